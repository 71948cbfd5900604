/* Entering and leaving statements: see statement.h. */
#include "engine/domain/statement.h"

#include "engine/base/assert.h"

/* Which statement a record belongs to. */
struct place_in_books {
	struct provider_id provider;
	struct accreditation_id accreditation;
	struct month month;
	uint16_t vat_bp;
	uint8_t net_of_copay; /* titles under model A have their own */
};

static void add(struct cents *sum, struct cents amount)
{
	bool fits = cents_add(*sum, amount, sum);
	ASSERT(fits);
}

static void subtract(struct cents *sum, struct cents amount)
{
	bool fits = cents_sub(*sum, amount, sum);
	ASSERT(fits);
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
		if (is_of(candidate, place) && candidate->state == STATEMENT_STATE_OPEN &&
		    candidate->line_count < STATEMENT_LINES_MAX)
			return (struct statement_id){id};
	}
	return (struct statement_id){0};
}

/* The open statement of this place that still has room, and whether one was frozen. At most one has
 * room: another is made only when it is full, and lines are dropped only by the freeze. So the
 * first one found is the one, whatever the order; the newest is found first. */
static struct statement_id find_open(struct effects *effects, const struct place_in_books *place,
				     bool *ret_any_frozen)
{
	const struct state *state = effects->state;
	uint64_t key = state_statement_key(place->provider, place->accreditation, place->month,
					   place->vat_bp);
	bool any_frozen = false;
	uint32_t id = index_first(&state->statements_by_key, key);
	for (; id != 0; id = index_next(&state->statements_by_key, id)) {
		const struct statement *candidate =
		    effects_read_statement(effects, (struct statement_id){id});
		if (!is_of(candidate, place))
			continue;
		if (candidate->state != STATEMENT_STATE_OPEN)
			any_frozen = true;
		else if (candidate->line_count < STATEMENT_LINES_MAX)
			break;
	}
	*ret_any_frozen = any_frozen;
	return id != 0 ? (struct statement_id){id} : find_made(effects, place);
}

static struct statement_id open_statement(struct effects *effects, const struct voucher *voucher,
					  const struct place_in_books *place)
{
	bool any_frozen;
	struct statement_id id = find_open(effects, place, &any_frozen);
	if (id.raw != 0)
		return id;
	struct statement *statement = effects_create_statement(effects, &id);
	statement->ambito = voucher->ambito;
	statement->provider = place->provider;
	statement->accreditation = place->accreditation;
	statement->month = place->month;
	statement->vat_bp = place->vat_bp;
	statement->net_of_copay = place->net_of_copay;
	statement->state = STATEMENT_STATE_OPEN;
	statement->kind = any_frozen ? STATEMENT_KIND_SUPPLEMENTARY : STATEMENT_KIND_ORDINARY;
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
	struct statement_id statement_id = open_statement(effects, voucher, place);
	struct statement *statement = effects_edit_statement(effects, statement_id);
	const struct voucher_line *voucher_line = effects_read_voucher_line(
	    effects, (struct voucher_line_id){voucher->first_line.raw + cell->line});
	ASSERT(voucher_line != NULL);
	struct statement_line *line = effects_create_statement_line(effects, &id);
	line->statement = statement_id;
	line->cell = cell_id;
	line->voucher = cell->voucher;
	line->comune = voucher->comune;
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
				    uint16_t vat_bp)
{
	struct redemption *redemption = effects_edit_redemption(effects, redemption_id);
	ASSERT(redemption->state == REDEMPTION_STATE_ACCEPTED);
	ASSERT(redemption->statement_line.raw == 0);
	const struct cell *cell = effects_read_cell(effects, redemption->cell);
	ASSERT(cell != NULL);
	struct place_in_books place = {.provider = redemption->provider,
				       .accreditation = redemption->accreditation,
				       .month = month_of_day(
					   state_day(effects->state, redemption->start)),
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
	add(&line->net_cents, redemption->net_cents);
	add(&line->gross_cents, redemption->gross_cents);
	struct statement *statement = effects_edit_statement(effects, line->statement);
	statement->redemption_count++;
	add(&statement->net_cents, redemption->net_cents);
	add(&statement->gross_cents, redemption->gross_cents);
	return line->statement;
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
	ASSERT(statement->state == STATEMENT_STATE_OPEN);
	unlink_redemption(effects, line, id, redemption->previous_in_line);
	ASSERT(line->redemption_count > 0 && line->units >= redemption->units);
	line->units -= redemption->units;
	line->redemption_count--;
	subtract(&line->net_cents, redemption->net_cents);
	subtract(&line->gross_cents, redemption->gross_cents);
	statement->redemption_count--;
	subtract(&statement->net_cents, redemption->net_cents);
	subtract(&statement->gross_cents, redemption->gross_cents);
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
