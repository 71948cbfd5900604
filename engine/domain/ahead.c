/* Looking ahead: see ahead.h. Each step follows what the step before has brought:
 *
 *   title, heads of the searches for key and worker      as soon as the command is taken
 *   its month and plan, head of the search for the person    MONTH_AFTER commands later
 *   the month's statement line, first ids of the searches     LINE_AFTER
 *   the visits that these ids name                             VISIT_AFTER, one before its turn */
#include "engine/domain/ahead.h"

#include "engine/base/assert.h"
#include "engine/domain/voucher.h"

#include <string.h>

#define MONTH_AFTER 2u
#define LINE_AFTER  4u
#define VISIT_AFTER 6u

static_assert(VISIT_AFTER < AHEAD_COMMANDS, "keys are kept until their last use");
static_assert((AHEAD_COMMANDS & (AHEAD_COMMANDS - 1)) == 0, "the walk may begin before its first");

static void ask_for(const void *record, size_t size)
{
	if (record == NULL)
		return;
	__builtin_prefetch(record);
	__builtin_prefetch((const unsigned char *)record + size - 1);
}

static struct ahead_keys *keys_at(struct ahead *ahead, uint32_t place)
{
	return &ahead->keys[place % AHEAD_COMMANDS];
}

static void look_for_title(const struct state *state, const struct command *command,
			   struct ahead_keys *keys)
{
	if (command == NULL || command->kind != COMMAND_KIND_REDEMPTION_SUBMIT) {
		keys->input = NULL;
		return;
	}
	const struct command_redemption_submit *input = &command->input.redemption_submit;
	*keys = (struct ahead_keys){.input = input,
				    .receipt = state_receipt_key(command->key_hash),
				    .operator = state_visit_key(input->operator, input->start, 0)};
	ask_for(state_voucher(state, input->voucher), sizeof(struct voucher));
	index_prefetch(&state->receipts_by_key, keys->receipt);
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

static void look_for_month(const struct state *state, struct ahead_keys *keys)
{
	const struct command_redemption_submit *input = keys->input;
	const struct voucher *voucher = input == NULL ? NULL : state_voucher(state, input->voucher);
	if (voucher == NULL)
		return;
	keys->cell = cell_of(input, voucher);
	ask_for(state_cell(state, keys->cell), sizeof(struct cell));
	ask_for(state_voucher_line(state, voucher->first_line), sizeof(struct voucher_line));
	keys->person = state_visit_key(voucher->beneficiary.raw, input->start, 0);
	index_prefetch(&state->redemptions_by_beneficiary, keys->person);
}

static void look_for_line(const struct state *state, const struct ahead_keys *keys)
{
	if (keys->input == NULL)
		return;
	const struct cell *cell = state_cell(state, keys->cell);
	if (cell != NULL)
		ask_for(state_statement_line(state, cell->statement_line),
			sizeof(struct statement_line));
	index_prefetch_first(&state->receipts_by_key, keys->receipt);
	index_prefetch_first(&state->redemptions_by_operator, keys->operator);
	index_prefetch_first(&state->redemptions_by_beneficiary, keys->person);
}

static void look_for_visits(const struct state *state, const struct ahead_keys *keys)
{
	if (keys->input == NULL)
		return;
	struct redemption_id of_operator = {
	    index_first(&state->redemptions_by_operator, keys->operator)};
	struct redemption_id of_person = {
	    index_first(&state->redemptions_by_beneficiary, keys->person)};
	ask_for(state_redemption(state, of_operator), sizeof(struct redemption));
	ask_for(state_redemption(state, of_person), sizeof(struct redemption));
}

void ahead_begin(struct ahead *ahead, const struct state *state)
{
	ASSERT(ahead != NULL && state != NULL);
	memset(ahead, 0, sizeof(*ahead));
	ahead->state = state;
}

void ahead_take(struct ahead *ahead, const struct command *command)
{
	ASSERT(ahead != NULL);
	uint32_t place = ahead->taken;
	ahead->taken++;
	look_for_title(ahead->state, command, keys_at(ahead, place));
	look_for_month(ahead->state, keys_at(ahead, place - MONTH_AFTER));
	look_for_line(ahead->state, keys_at(ahead, place - LINE_AFTER));
	look_for_visits(ahead->state, keys_at(ahead, place - VISIT_AFTER));
}
