/* Looking ahead: see ahead.h. Each step follows what the step before has brought:
 *
 *   title, heads of the searches for key and worker      TITLE_AHEAD commands before
 *   its month and plan, head of the search for the person    MONTH_AHEAD
 *   the month's statement line, first ids of the searches     LINE_AHEAD
 *   the visits that these ids name                             VISIT_AHEAD */
#include "engine/domain/ahead.h"

#include "engine/base/assert.h"
#include "engine/domain/voucher.h"

#include <string.h>

#define TITLE_AHEAD 7u
#define MONTH_AHEAD 5u
#define LINE_AHEAD  3u
#define VISIT_AHEAD 1u

static_assert(TITLE_AHEAD < AHEAD_COMMANDS, "keys are kept until their last use");

static void ask_for(const void *record, size_t size)
{
	if (record == NULL)
		return;
	__builtin_prefetch(record);
	__builtin_prefetch((const unsigned char *)record + size - 1);
}

/* The command so many places on; NULL: none, or it delivers nothing. */
static const struct command_redemption_submit *input_at(const struct ahead *ahead, uint32_t index)
{
	if (index >= ahead->count)
		return NULL;
	const struct command *command = &ahead->commands[index];
	return command->kind == COMMAND_KIND_REDEMPTION_SUBMIT ? &command->input.redemption_submit
							       : NULL;
}

static struct ahead_keys *keys_at(struct ahead *ahead, uint32_t index)
{
	return &ahead->keys[index % AHEAD_COMMANDS];
}

static void look_for_title(struct ahead *ahead, uint32_t index)
{
	const struct state *state = ahead->state;
	const struct command_redemption_submit *input = input_at(ahead, index);
	if (input == NULL)
		return;
	struct ahead_keys *keys = keys_at(ahead, index);
	*keys = (struct ahead_keys){.receipt = state_receipt_key(ahead->commands[index].key_hash)};
	ask_for(state_voucher(state, input->voucher), sizeof(struct voucher));
	index_prefetch(&state->receipts_by_key, keys->receipt);
	keys->operator = state_visit_key(input->operator, input->start, 0);
	index_prefetch(&state->redemptions_by_operator, keys->operator);
}

/* The cell of the title's first line, in the month of the start. */
static struct cell_id cell_of(const struct command_redemption_submit *input,
			      const struct voucher *voucher)
{
	int64_t day = input->start.us / TIME_US_PER_DAY;
	if (voucher->line_count == 0 || day < 0 || day > INT32_MAX ||
	    !day_is_valid((struct day){(int32_t)day}))
		return (struct cell_id){0};
	return voucher_cell(voucher, 0, month_of_day((struct day){(int32_t)day}));
}

static void look_for_month(struct ahead *ahead, uint32_t index)
{
	const struct state *state = ahead->state;
	const struct command_redemption_submit *input = input_at(ahead, index);
	const struct voucher *voucher = input == NULL ? NULL : state_voucher(state, input->voucher);
	if (voucher == NULL)
		return;
	struct ahead_keys *keys = keys_at(ahead, index);
	keys->cell = cell_of(input, voucher);
	ask_for(state_cell(state, keys->cell), sizeof(struct cell));
	ask_for(state_voucher_line(state, voucher->first_line), sizeof(struct voucher_line));
	keys->person = state_visit_key(voucher->beneficiary.raw, input->start, 0);
	index_prefetch(&state->redemptions_by_beneficiary, keys->person);
}

static void look_for_line(struct ahead *ahead, uint32_t index)
{
	const struct state *state = ahead->state;
	if (input_at(ahead, index) == NULL)
		return;
	const struct ahead_keys *keys = keys_at(ahead, index);
	const struct cell *cell = state_cell(state, keys->cell);
	if (cell != NULL)
		ask_for(state_statement_line(state, cell->statement_line),
			sizeof(struct statement_line));
	index_prefetch_first(&state->receipts_by_key, keys->receipt);
	index_prefetch_first(&state->redemptions_by_operator, keys->operator);
	index_prefetch_first(&state->redemptions_by_beneficiary, keys->person);
}

static void look_for_visits(struct ahead *ahead, uint32_t index)
{
	const struct state *state = ahead->state;
	if (input_at(ahead, index) == NULL)
		return;
	const struct ahead_keys *keys = keys_at(ahead, index);
	struct redemption_id of_operator = {
	    index_first(&state->redemptions_by_operator, keys->operator)};
	struct redemption_id of_person = {
	    index_first(&state->redemptions_by_beneficiary, keys->person)};
	ask_for(state_redemption(state, of_operator), sizeof(struct redemption));
	ask_for(state_redemption(state, of_person), sizeof(struct redemption));
}

void ahead_begin(struct ahead *ahead, const struct state *state, const struct command *commands,
		 uint32_t count)
{
	ASSERT(ahead != NULL && state != NULL && (commands != NULL || count == 0));
	memset(ahead, 0, sizeof(*ahead));
	ahead->state = state;
	ahead->commands = commands;
	ahead->count = count;
	for (uint32_t index = 0; index < TITLE_AHEAD; index++)
		look_for_title(ahead, index);
	for (uint32_t index = 0; index < MONTH_AHEAD; index++)
		look_for_month(ahead, index);
	for (uint32_t index = 0; index < LINE_AHEAD; index++)
		look_for_line(ahead, index);
}

void ahead_look(struct ahead *ahead, uint32_t next)
{
	ASSERT(ahead != NULL && next < ahead->count);
	look_for_title(ahead, next + TITLE_AHEAD);
	look_for_month(ahead, next + MONTH_AHEAD);
	look_for_line(ahead, next + LINE_AHEAD);
	look_for_visits(ahead, next + VISIT_AHEAD);
}
