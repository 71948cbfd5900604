/* Side by side: see world.h. */
#include "tests/model/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t world_below(struct world *world, uint32_t bound)
{
	return bound == 0 ? 0 : (uint32_t)test_random_below(&world->random, bound);
}

bool world_chance(struct world *world, uint32_t percent)
{
	return world_below(world, 100) < percent;
}

static const char *last_command = "";

_Noreturn static void differ(const struct world *world, const char *what, uint32_t id,
			     int64_t engine, int64_t reference)
{
	printf("DIFFERENCE in world %" PRIu64 ", command %" PRIu64 " (%s): %s %u: engine %" PRId64
	       ", reference %" PRId64 "\n0 passed, 1 failed\n",
	       world->hits->worlds, world->commands, last_command, what, id, engine, reference);
	(void)fflush(stdout);
	exit(1);
}

static void same(const struct world *world, const char *what, uint32_t id, int64_t engine,
		 int64_t reference)
{
	if (engine != reference)
		differ(world, what, id, engine, reference);
}

/* ---- One command ---- */

static void explain(const struct world *world, const struct command *command,
		    const struct outcome *outcome, const struct ref_outcome *expected)
{
	printf("%s by principal %u at %" PRId64 ": engine %s (cause %s, field %s), reference %s "
	       "(cause %s)\n",
	       command_info(command->kind)->name, command->principal.raw,
	       world->fixture.now.us / 1000000, result_code(outcome->result),
	       result_code(outcome->cause), outcome->field == NULL ? "-" : outcome->field->name,
	       result_code(expected->result), result_code(expected->cause));
}

static void compare_outcome(const struct world *world, const struct command *command,
			    const struct outcome *outcome, const struct ref_outcome *expected)
{
	bool differs = outcome->result != expected->result || outcome->cause != expected->cause ||
		       outcome->net.raw != expected->net ||   /* raw: compared as numbers */
		       outcome->gross.raw != expected->gross || /* raw: the same */
		       outcome->short_by.raw != expected->short_by || /* raw: the same */
		       outcome->limit.raw != expected->limit ||	      /* raw: the same */
		       outcome->units != expected->units ||
		       outcome->ceiling.raw != expected->ceiling ||
		       outcome->object != expected->object ||
		       outcome->replayed != expected->replayed;
	if (differs)
		explain(world, command, outcome, expected);
	same(world, "result", command->kind, outcome->result, expected->result);
	same(world, "cause", command->kind, outcome->cause, expected->cause);
	same(world, "net", command->kind, outcome->net.raw, expected->net);	/* raw: number */
	same(world, "gross", command->kind, outcome->gross.raw, expected->gross); /* raw: number */
	same(world, "short", command->kind, outcome->short_by.raw, /* raw: number */
	     expected->short_by);
	same(world, "limit", command->kind, outcome->limit.raw, expected->limit); /* raw: number */
	same(world, "units", command->kind, outcome->units, expected->units);
	same(world, "ceiling", command->kind, outcome->ceiling.raw, expected->ceiling);
	same(world, "object", command->kind, outcome->object, expected->object);
	same(world, "replayed", command->kind, outcome->replayed, expected->replayed);
}

/* The engine's midnight jobs up to an instant, in steps; the reference's in one. */
static void run_jobs(struct world *world, struct instant to)
{
	struct command tick;
	struct instant due;
	while (decide_tick_due(&world->fixture.state, to, &tick, &due)) {
		if (instant_less(world->fixture.now, due))
			world->fixture.now = due;
		(void)fixture_must(&world->fixture, &tick);
		world->hits->ticks++;
	}
	reference_run_jobs(world->ref, to.us);
	world->ref->now = world->fixture.now.us;
}

static bool is_clean_advance(const struct world *world, const struct command *command)
{
	return command->kind == COMMAND_KIND_CLOCK_ADVANCE && command->principal.raw == 1 &&
	       command->has_key == 0 &&
	       !instant_less(command->input.clock_advance.to, world->fixture.now);
}

struct outcome world_do(struct world *world, const struct command *command)
{
	if (is_clean_advance(world, command))
		run_jobs(world, command->input.clock_advance.to);
	struct outcome outcome = fixture_do(&world->fixture, command);
	last_command = command_info(command->kind)->name;
	struct ref_outcome expected;
	reference_do(world->ref, command, &expected);
	if (world->is_counting) {
		world->commands++;
		world->hits->commands++;
		world->hits->replays += outcome.replayed ? 1 : 0;
		world->hits->successes += result_is_success(outcome.result) ? 1 : 0;
		if (!outcome.replayed && outcome.result < WORLD_RESULTS)
			world->hits->by_result[command->kind][outcome.result]++;
	}
	compare_outcome(world, command, &outcome, &expected);
	bool is_advance = command->kind == COMMAND_KIND_CLOCK_ADVANCE;
	if (is_advance && result_is_success(outcome.result) && !outcome.replayed)
		world->fixture.now = command->input.clock_advance.to;
	return outcome;
}

/* ---- Everything ---- */

static void compare_funds(const struct world *world, const struct ref_sums *sums)
{
	const struct state *state = &world->fixture.state;
	const struct reference *ref = world->ref;
	static int64_t expected[REF_MASTERS][FUND_ACCOUNT_SLOTS];
	memset(expected, 0, sizeof(expected));
	for (uint32_t i = 1; i <= ref->years; i++) {
		int64_t total = reference_appropriated(ref, i);
		expected[i][FUND_APPROPRIATION] = total;
		expected[i][FUND_EXPECTED] = ref->year[i].expected;
		expected[i][FUND_LAPSED] = reference_lapsed(ref, i);
		expected[i][FUND_AVAILABLE] = total - expected[i][FUND_LAPSED];
	}
	for (uint32_t i = 1; i <= ref->cells; i++) {
		int64_t *year = expected[ref->cell[i].year];
		year[FUND_AVAILABLE] -= sums[i].held;
		year[FUND_COMMITTED] += reference_committed(&sums[i]);
		year[FUND_DISPUTED] += sums[i].disputed;
	}
	static struct ref_line_sums lines[REF_LINES];
	memset(lines, 0, sizeof(lines[0]) * (ref->lines + 1));
	for (uint32_t i = 1; i <= ref->lines; i++)
		lines[i].gross = ref->line[i].rounding;
	for (uint32_t i = 1; i <= ref->records; i++) {
		lines[ref->record[i].line].net += ref->record[i].net;
		lines[ref->record[i].line].gross += ref->record[i].gross;
	}
	for (uint32_t i = 1; i <= ref->lines; i++) {
		uint32_t stage = ref->statement[ref->line[i].statement].state;
		int64_t *year = expected[ref->cell[ref->line[i].cell].year];
		bool is_paid = stage == STATEMENT_STATE_PAID;
		if (stage < STATEMENT_STATE_APPROVED) {
			year[FUND_REDEEMED] += lines[i].gross;
			continue;
		}
		year[is_paid ? FUND_PAID : FUND_SETTLED] += lines[i].net;
		year[is_paid ? FUND_VAT_PAID : FUND_VAT_PAYABLE] += lines[i].gross - lines[i].net;
	}
	same(world, "count of fund years", 0, state_count(state, RECORD_KIND_FUND_YEAR),
	     ref->years);
	for (uint32_t i = 1; i <= ref->years; i++)
		for (uint32_t slot = 0; slot <= FUND_WRITTEN_OFF; slot++)
			same(world, enum_name(&enum_book, BOOK_FUND), i * 100 + slot,
			     state_fund_balance(state, (struct fund_year_id){i},
						(enum fund_account_slot)slot)
				 .raw, /* raw: compared as a number */
			     expected[i][slot]);
}

static void compare_ceilings(const struct world *world, const struct ref_sums *sums)
{
	const struct state *state = &world->fixture.state;
	const struct reference *ref = world->ref;
	same(world, "count of ceilings", 0, state_count(state, RECORD_KIND_CEILING), ref->ceilings);
	for (uint32_t i = 1; i <= ref->ceilings; i++) {
		struct ceiling_id id = {i};
		int64_t granted = reference_granted(ref, i);
		int64_t used = reference_ceiling_used(ref, i, sums);
		same(world, "C100 of ceiling", i,
		     state_ceiling_balance(state, id, CEILING_GRANTED).raw, granted); /* raw: nr */
		same(world, "C140 of ceiling", i,
		     state_ceiling_balance(state, id, CEILING_USED).raw, used); /* raw: number */
		same(world, "C120 of ceiling", i,
		     state_ceiling_balance(state, id, CEILING_FREE).raw, /* raw: number */
		     granted - used);
	}
	for (uint32_t i = 1; i <= ref->commitments; i++)
		same(world, "drawn of commitment", i,
		     state_commitment(state, (struct commitment_id){i})
			 ->drawn_cents.raw, /* raw: compared as a number */
		     reference_drawn(ref, i));
}

static void compare_cells(const struct world *world, const struct ref_sums *sums)
{
	const struct state *state = &world->fixture.state;
	const struct reference *ref = world->ref;
	same(world, "count of cells", 0, state_count(state, RECORD_KIND_CELL), ref->cells);
	for (uint32_t i = 1; i <= ref->cells; i++) {
		const struct cell *cell = state_cell(state, (struct cell_id){i});
		same(world, "F140 of cell", i, cell->committed_cents.raw, /* raw: number */
		     reference_committed(&sums[i]));
		same(world, "F155 of cell", i, cell->disputed_cents.raw, /* raw: number */
		     sums[i].disputed);
		same(world, "held of cell", i, cell->held_cents.raw, sums[i].held); /* raw: nr */
		same(world, "used net of cell", i, cell->used_net_cents.raw, /* raw: number */
		     sums[i].used_net);
		same(world, "U100 of cell", i, cell->granted_units, ref->cell[i].granted);
		same(world, "U110 of cell", i, cell->free_units,
		     reference_free_units(ref, i, &sums[i]));
		same(world, "U120 of cell", i, cell->booked_units, sums[i].booked_units);
		same(world, "U130 of cell", i, cell->used_units, sums[i].used_units);
		same(world, "U150 of cell", i, cell->expired_units, sums[i].expired_units);
		same(world, "disputed units of cell", i, cell->disputed_units,
		     sums[i].disputed_units);
		same(world, "rate of cell", i, cell->vat_bp, ref->cell[i].vat);
		same(world, "commitment of cell", i, cell->commitment.raw, ref->cell[i].commitment);
		same(world, "release of cell", i, cell->released, ref->cell[i].released);
	}
}

static void compare_titles(const struct world *world)
{
	const struct state *state = &world->fixture.state;
	const struct reference *ref = world->ref;
	same(world, "count of titles", 0, state_count(state, RECORD_KIND_VOUCHER), ref->vouchers);
	for (uint32_t i = 1; i <= ref->vouchers; i++) {
		const struct voucher *voucher = state_voucher(state, (struct voucher_id){i});
		same(world, "state of title", i, voucher->state, ref->voucher[i].state);
		same(world, "provider of title", i, voucher->provider.raw,
		     ref->voucher[i].provider);
		same(world, "risk of title", i, voucher->at_risk, ref->voucher[i].at_risk);
		same(world, "fund of title", i, voucher->fund.raw, ref->voucher[i].fund);
	}
	for (uint32_t i = 1; i <= ref->accreditations; i++) {
		const struct accreditation *pact =
		    state_accreditation(state, (struct accreditation_id){i});
		same(world, "state of accreditation", i, pact->state, ref->accreditation[i].state);
		same(world, "version of accreditation", i, pact->version,
		     ref->accreditation[i].acts);
	}
	for (uint32_t i = 1; i <= ref->years; i++)
		same(world, "state of fund year", i,
		     state_fund_year(state, (struct fund_year_id){i})->state, ref->year[i].state);
}

static void compare_records(const struct world *world)
{
	const struct state *state = &world->fixture.state;
	const struct reference *ref = world->ref;
	same(world, "count of records", 0, state_count(state, RECORD_KIND_REDEMPTION),
	     ref->records);
	for (uint32_t i = 1; i <= ref->records; i++) {
		const struct redemption *record =
		    state_redemption(state, (struct redemption_id){i});
		const struct ref_record *expected = &ref->record[i];
		same(world, "state of record", i, record->state, expected->state);
		same(world, "net of record", i, record->net_cents.raw, expected->net); /* raw: nr */
		same(world, "gross of record", i, record->gross_cents.raw, /* raw: number */
		     expected->gross);
		same(world, "start of record", i, record->start.us, expected->start);
		same(world, "minutes of record", i, record->minutes, expected->minutes);
		same(world, "units of record", i, record->units, expected->units);
		same(world, "cell of record", i, record->cell.raw, expected->cell);
		same(world, "line of record", i, record->statement_line.raw, expected->line);
		same(world, "sibling of record", i, record->sibling.raw, expected->sibling);
		same(world, "accreditation of record", i, record->accreditation.raw,
		     expected->accreditation);
	}
}

static void compare_statements(const struct world *world)
{
	const struct state *state = &world->fixture.state;
	const struct reference *ref = world->ref;
	static struct ref_line_sums sums[REF_STATEMENTS];
	static struct ref_line_sums of_line[REF_LINES];
	memset(sums, 0, sizeof(sums[0]) * (ref->statements + 1));
	memset(of_line, 0, sizeof(of_line[0]) * (ref->lines + 1));
	for (uint32_t i = 1; i <= ref->records; i++) {
		uint32_t line = ref->record[i].line;
		of_line[line].net += ref->record[i].net;
		of_line[line].gross += ref->record[i].gross;
		of_line[line].units += ref->record[i].units;
		of_line[line].count++;
	}
	for (uint32_t i = 1; i <= ref->lines; i++) {
		const struct statement_line *line =
		    state_statement_line(state, (struct statement_line_id){i});
		struct ref_line_sums *sum = &sums[ref->line[i].statement];
		of_line[i].gross += ref->line[i].rounding;
		same(world, "net of line", i, line->net_cents.raw, of_line[i].net); /* raw: nr */
		same(world, "gross of line", i, line->gross_cents.raw, /* raw: number */
		     of_line[i].gross);
		same(world, "units of line", i, line->units, of_line[i].units);
		same(world, "cell of line", i, line->cell.raw, ref->line[i].cell);
		same(world, "attested line", i, line->attested, ref->line[i].attested);
		same(world, "substitute", i, line->substitute.raw, ref->line[i].substitute);
		if (ref->statement[ref->line[i].statement].state != STATEMENT_STATE_OPEN &&
		    of_line[i].count > 0)
			same(world, "VAT of line", i, line->vat_cents.raw, /* raw: number */
			     of_line[i].gross - of_line[i].net);
		sum->net += of_line[i].net;
		sum->gross += of_line[i].gross;
		sum->count += of_line[i].count;
	}
	same(world, "count of statements", 0, state_count(state, RECORD_KIND_STATEMENT),
	     ref->statements);
	for (uint32_t i = 1; i <= ref->statements; i++) {
		const struct statement *statement =
		    state_statement(state, (struct statement_id){i});
		same(world, "state of statement", i, statement->state, ref->statement[i].state);
		same(world, "net of statement", i, statement->net_cents.raw, /* raw: number */
		     sums[i].net);
		same(world, "gross of statement", i, statement->gross_cents.raw, /* raw: nr */
		     sums[i].gross);
		same(world, "records of statement", i, statement->redemption_count, sums[i].count);
		same(world, "month of statement", i, statement->month.number,
		     ref->statement[i].month);
		same(world, "supplementary statement", i,
		     statement->kind == STATEMENT_KIND_SUPPLEMENTARY,
		     ref->statement[i].supplementary);
	}
}

void world_compare(struct world *world)
{
	static struct ref_sums sums[REF_CELLS];
	reference_sum_cells(world->ref, sums);
	compare_titles(world);
	compare_records(world);
	compare_cells(world, sums);
	compare_statements(world);
	compare_funds(world, sums);
	compare_ceilings(world, sums);
	world->hits->compares++;
}
