/* Entering and leaving statements: see statement.h. */
#include "engine/domain/statement.h"

#include "engine/base/assert.h"
#include "engine/domain/payer.h"
#include "engine/domain/residence.h"

/* Which statement a record belongs to. */
struct place_in_books {
	struct provider_id provider;
	struct accreditation_id accreditation;
	struct month month;
	struct comune_id payer; /* told when a line is opened; none: the lead body */
	uint16_t vat_bp;
	uint8_t net_of_copay; /* titles under model A have their own */
};

/* Until the freeze VAT is what the records' own comes to; a record whose gross was cut to what its
 * month had left may be worth less than its net (SCENARIOS S13): then there is none to show. */
static void show_provisional(struct statement_line *line, struct statement *statement)
{
	if (!cents_sub(line->gross_cents, line->net_cents, &line->vat_cents))
		line->vat_cents = cents_zero();
	if (!cents_sub(statement->gross_cents, statement->net_cents, &statement->vat_cents))
		statement->vat_cents = cents_zero();
	statement->payable_net_cents = statement->net_cents;
	statement->payable_vat_cents = statement->vat_cents;
}

bool statement_is_of(const struct statement *statement, struct provider_id provider)
{
	ASSERT(statement != NULL);
	return provider.raw == statement->provider.raw || provider.raw == statement->payee.raw;
}

bool statement_takes_changes(const struct statement *statement)
{
	ASSERT(statement != NULL);
	return statement->state == STATEMENT_STATE_OPEN ||
	       statement->state == STATEMENT_STATE_CONTESTED;
}

static bool is_of(const struct statement *statement, const struct place_in_books *place)
{
	return statement->provider.raw == place->provider.raw &&
	       statement->accreditation.raw == place->accreditation.raw &&
	       statement->month.number == place->month.number &&
	       statement->vat_bp == place->vat_bp &&
	       statement->net_of_copay == place->net_of_copay;
}

/* The line of the cell in the open statement of this place; 0 when there is none. Usually the first
 * look succeeds: one line more is made only after a freeze or a change of provider. */
static struct statement_line_id find_line(struct effects *effects, const struct cell *cell,
					  const struct place_in_books *place)
{
	struct statement_line_id id = cell->statement_line;
	while (id.raw != 0) {
		const struct statement_line *line = effects_read_statement_line(effects, id);
		ASSERT(line != NULL);
		const struct statement *statement =
		    effects_read_statement(effects, line->statement);
		if (statement->state == STATEMENT_STATE_OPEN && is_of(statement, place))
			break;
		id = line->previous_of_cell;
	}
	return id;
}

/* The same among those that the command itself made, which no index knows yet. */
static struct statement_id find_made(struct effects *effects, const struct place_in_books *place)
{
	uint32_t last = effects_count(effects, RECORD_KIND_STATEMENT);
	uint32_t first = state_count(effects->state, RECORD_KIND_STATEMENT) + 1;
	for (uint32_t id = first; id <= last; id++) {
		const struct statement *candidate =
		    effects_read_statement(effects, (struct statement_id){id});
		if (is_of(candidate, place) && candidate->payer.raw == place->payer.raw &&
		    candidate->state == STATEMENT_STATE_OPEN &&
		    candidate->line_count < STATEMENT_LINES_MAX)
			return (struct statement_id){id};
	}
	return (struct statement_id){0};
}

/* The newest open statement of this place that still has room; where there is none, the oldest that
 * was frozen and stands: what a new one would continue. Several may have room, because a split and
 * a cancelled statement leave theirs beside the one that was opened meanwhile. Statements enter the
 * index once, in the order of their ids, so the newest comes first: a provider with hundreds of
 * full ones in a month does not walk over them for every title. */
static struct statement_id find_open(struct effects *effects, const struct place_in_books *place,
				     struct statement_id *ret_frozen)
{
	const struct state *state = effects->state;
	uint64_t key = state_statement_key(place->provider, place->accreditation, place->month,
					   place->vat_bp);
	struct statement_id open = {0};
	struct statement_id frozen = {0};
	uint32_t newer = UINT32_MAX;
	uint32_t id = index_first(&state->statements_by_key, key);
	for (; id != 0 && open.raw == 0; id = index_next(&state->statements_by_key, id)) {
		ASSERT(id < newer);
		newer = id;
		const struct statement *candidate =
		    effects_read_statement(effects, (struct statement_id){id});
		if (!is_of(candidate, place) || candidate->payer.raw != place->payer.raw ||
		    candidate->state == STATEMENT_STATE_CANCELLED)
			continue;
		if (candidate->state != STATEMENT_STATE_OPEN)
			frozen.raw = id; /* the oldest is met last */
		else if (candidate->line_count < STATEMENT_LINES_MAX)
			open.raw = id;
	}
	*ret_frozen = frozen;
	struct statement_id made = find_made(effects, place);
	return made.raw != 0 ? made : open;
}

static struct statement_id open_statement(struct effects *effects, const struct voucher *voucher,
					  const struct place_in_books *place)
{
	struct statement_id frozen;
	struct statement_id id = find_open(effects, place, &frozen);
	if (id.raw != 0)
		return id;
	struct statement *statement = effects_create_statement(effects, &id);
	bool any_frozen = frozen.raw != 0;
	statement->ambito = voucher->ambito;
	statement->provider = place->provider;
	statement->accreditation = place->accreditation;
	statement->payer = place->payer;
	statement->origin = frozen;
	statement->month = place->month;
	statement->vat_bp = place->vat_bp;
	statement->net_of_copay = place->net_of_copay;
	statement->state = STATEMENT_STATE_OPEN;
	statement->kind = any_frozen ? STATEMENT_KIND_SUPPLEMENTARY : STATEMENT_KIND_ORDINARY;
	payer_set_payee(effects, id, month_last_day(place->month));
	return id;
}

static struct statement_line_id open_line(struct effects *effects, struct cell_id cell_id,
					  const struct place_in_books *place)
{
	struct cell *cell = effects_edit_cell(effects, cell_id);
	struct statement_line_id id = find_line(effects, cell, place);
	if (id.raw != 0)
		return id;
	const struct voucher *voucher = effects_read_voucher(effects, cell->voucher);
	ASSERT(voucher != NULL);
	struct place_in_books with_payer = *place;
	with_payer.payer = payer_of(effects, voucher, cell->fund_year, place->month);
	struct statement_id statement_id = open_statement(effects, voucher, &with_payer);
	struct statement *statement = effects_edit_statement(effects, statement_id);
	const struct voucher_line *voucher_line = effects_read_voucher_line(
	    effects, (struct voucher_line_id){voucher->first_line.raw + cell->line});
	ASSERT(voucher_line != NULL);
	struct statement_line *line = effects_create_statement_line(effects, &id);
	line->statement = statement_id;
	line->cell = cell_id;
	line->voucher = cell->voucher;
	line->comune = residence_comune(effects, voucher, cell->month);
	line->fund_year = cell->fund_year;
	line->commitment = cell->commitment;
	line->service = voucher_line->service;
	line->next_in_statement = statement->first_line;
	line->previous_of_cell = cell->statement_line;
	statement->first_line = id;
	statement->line_count++;
	ASSERT(statement->line_count <= STATEMENT_LINES_MAX);
	cell->statement_line = id;
	return id;
}

struct statement_id statement_enter(struct effects *effects, struct redemption_id redemption_id,
				    uint16_t vat_bp, struct month month)
{
	struct redemption *redemption = effects_edit_redemption(effects, redemption_id);
	ASSERT(redemption->state == REDEMPTION_STATE_ACCEPTED ||
	       redemption->state == REDEMPTION_STATE_MISSED);
	ASSERT(redemption->statement_line.raw == 0);
	const struct cell *cell = effects_read_cell(effects, redemption->cell);
	ASSERT(cell != NULL);
	struct place_in_books place = {.provider = redemption->provider,
				       .accreditation = redemption->accreditation,
				       .month = month,
				       .vat_bp = vat_bp};
	const struct voucher *voucher = effects_read_voucher(effects, cell->voucher);
	ASSERT(voucher != NULL);
	place.net_of_copay = voucher->copay_model == COPAY_COLLECTION_MODEL_A ? 1 : 0;
	struct statement_line_id line_id = open_line(effects, redemption->cell, &place);
	struct statement_line *line = effects_edit_statement_line(effects, line_id);
	redemption->statement_line = line_id;
	redemption->previous_in_line = line->last_redemption;
	line->last_redemption = redemption_id;
	line->units += redemption->units;
	line->redemption_count++;
	cents_increase(&line->net_cents, redemption->net_cents);
	cents_increase(&line->gross_cents, redemption->gross_cents);
	struct statement *statement = effects_edit_statement(effects, line->statement);
	statement->redemption_count++;
	cents_increase(&statement->net_cents, redemption->net_cents);
	cents_increase(&statement->gross_cents, redemption->gross_cents);
	show_provisional(line, statement);
	return line->statement;
}

struct statement_id statement_continue(struct effects *effects, struct statement_id id,
				       enum statement_kind kind)
{
	const struct statement *from = effects_read_statement(effects, id);
	ASSERT(from != NULL);
	struct statement_id made;
	struct statement *statement = effects_create_statement(effects, &made);
	*statement = (struct statement){.ambito = from->ambito,
					.provider = from->provider,
					.accreditation = from->accreditation,
					.payee = from->payee,
					.payer = from->payer,
					.payee_accreditation = from->payee_accreditation,
					.origin = id,
					.month = from->month,
					.vat_bp = from->vat_bp,
					.net_of_copay = from->net_of_copay,
					.state = STATEMENT_STATE_OPEN,
					.kind = (uint8_t)kind};
	return made;
}

/* Takes the line after `before` (0: the first) out of its statement's chain. */
static void unlink_line(struct effects *effects, struct statement *from,
			struct statement_line_id before, struct statement_line_id next)
{
	if (before.raw == 0)
		from->first_line = next;
	else
		effects_edit_statement_line(effects, before)->next_in_statement = next;
}

void statement_move_line(struct effects *effects, struct statement_line_id id,
			 struct statement_line_id before, struct statement_id to_id)
{
	struct statement_line *line = effects_edit_statement_line(effects, id);
	struct statement *from = effects_edit_statement(effects, line->statement);
	struct statement *to = effects_edit_statement(effects, to_id);
	ASSERT(to->state == STATEMENT_STATE_OPEN && from->line_count > 0);
	unlink_line(effects, from, before, line->next_in_statement);
	from->line_count--;
	if (line->attested != 0)
		from->attested_count--;
	from->redemption_count -= line->redemption_count;
	cents_decrease(&from->net_cents, line->net_cents);
	cents_decrease(&from->gross_cents, line->gross_cents);
	line->statement = to_id;
	line->attested = 0;
	line->substitute.raw = 0;
	line->next_in_statement = to->first_line;
	to->first_line = id;
	to->line_count++;
	to->redemption_count += line->redemption_count;
	cents_increase(&to->net_cents, line->net_cents);
	cents_increase(&to->gross_cents, line->gross_cents);
	show_provisional(line, to);
}

/* Takes a record out of its line's chain. */
static void unlink_redemption(struct effects *effects, struct statement_line *line,
			      struct redemption_id id, struct redemption_id before)
{
	if (line->last_redemption.raw == id.raw) {
		line->last_redemption = before;
		return;
	}
	struct redemption_id later = line->last_redemption;
	for (uint32_t i = 0; i < line->redemption_count; i++) {
		const struct redemption *candidate = effects_read_redemption(effects, later);
		ASSERT(candidate != NULL);
		if (candidate->previous_in_line.raw == id.raw)
			break;
		later = candidate->previous_in_line;
	}
	struct redemption *successor = effects_edit_redemption(effects, later);
	ASSERT(successor->previous_in_line.raw == id.raw);
	successor->previous_in_line = before;
}

void statement_withdraw(struct effects *effects, struct redemption_id id)
{
	struct redemption *redemption = effects_edit_redemption(effects, id);
	ASSERT(redemption->statement_line.raw != 0);
	struct statement_line *line =
	    effects_edit_statement_line(effects, redemption->statement_line);
	struct statement *statement = effects_edit_statement(effects, line->statement);
	ASSERT(statement_takes_changes(statement));
	unlink_redemption(effects, line, id, redemption->previous_in_line);
	ASSERT(line->redemption_count > 0 && line->units >= redemption->units);
	line->units -= redemption->units;
	line->redemption_count--;
	cents_decrease(&line->net_cents, redemption->net_cents);
	cents_decrease(&line->gross_cents, redemption->gross_cents);
	statement->redemption_count--;
	cents_decrease(&statement->net_cents, redemption->net_cents);
	cents_decrease(&statement->gross_cents, redemption->gross_cents);
	show_provisional(line, statement);
	redemption->statement_line.raw = 0;
	redemption->previous_in_line.raw = 0;
}

const struct statement *statement_of(struct effects *effects, const struct redemption *redemption)
{
	ASSERT(redemption != NULL);
	if (redemption->statement_line.raw == 0)
		return NULL;
	const struct statement_line *line =
	    effects_read_statement_line(effects, redemption->statement_line);
	ASSERT(line != NULL);
	return effects_read_statement(effects, line->statement);
}

struct provider_id statement_provider(struct effects *effects, const struct statement_line *line)
{
	const struct statement *statement = effects_read_statement(effects, line->statement);
	ASSERT(statement != NULL);
	return statement->provider;
}
