/* Ceilings on any set of dimensions: which ones an amount touches, what they count from the start,
 * what they refuse, and that C140 is always what the matching cells hold. */
#include "tests/unit/domain/expect.h"

#include "engine/domain/ceiling_match.h"
#include "tests/support/random.h"

#include <stdio.h>
#include <string.h>

static struct command set(struct fixture *fixture, int64_t cents)
{
	struct command command =
	    fixture_command(COMMAND_KIND_CEILING_SET, fixture->role[ROLE_UDP_MANAGER]);
	command.input.ceiling_set.ambito = fixture->ambito;
	command.input.ceiling_set.amount_cents = cents_from(cents);
	FIXTURE_TEXT(command.input.ceiling_set.act, "DEL-2");
	return command;
}

static struct command change(struct fixture *fixture, enum command_kind kind,
			     struct ceiling_id ceiling, int64_t cents)
{
	struct command command = fixture_command(kind, fixture->role[ROLE_UDP_MANAGER]);
	if (kind == COMMAND_KIND_CEILING_RAISE) {
		command.input.ceiling_raise.ceiling = ceiling;
		command.input.ceiling_raise.amount_cents = cents_from(cents);
		FIXTURE_TEXT(command.input.ceiling_raise.act, "DEL-3");
	} else {
		command.input.ceiling_lower.ceiling = ceiling;
		command.input.ceiling_lower.amount_cents = cents_from(cents);
		FIXTURE_TEXT(command.input.ceiling_lower.act, "DEL-3");
	}
	return command;
}

static int64_t balance(struct fixture *fixture, struct ceiling_id ceiling,
		       enum ceiling_account_slot slot)
{
	/* raw: tests compare with literals */
	return state_ceiling_balance(&fixture->state, ceiling, slot).raw;
}

/* C140 of every ceiling against a sum over all cells, by a comparison of its own. */
static void assert_used_is_held(struct fixture *fixture)
{
	const struct state *ledger = &fixture->state;
	for (uint32_t i = 1; i <= state_count(ledger, RECORD_KIND_CEILING); i++) {
		const struct ceiling *ceiling = state_ceiling(ledger, (struct ceiling_id){i});
		int64_t held = 0;
		for (uint32_t j = 1; j <= state_count(ledger, RECORD_KIND_CELL); j++) {
			const struct cell *cell = state_cell(ledger, (struct cell_id){j});
			const struct voucher *title = state_voucher(ledger, cell->voucher);
			const struct fund_year *year = state_fund_year(ledger, cell->fund_year);
			const struct comune *comune = state_comune(ledger, title->comune);
			uint32_t service =
			    state_voucher_line(ledger, (struct voucher_line_id){
							   title->first_line.raw + cell->line})
				->service.raw;
			if ((ceiling->comune.raw != 0 &&
			     ceiling->comune.raw != title->comune.raw) ||
			    (ceiling->sub_ambito.raw != 0 &&
			     ceiling->sub_ambito.raw != comune->sub_ambito.raw) ||
			    (ceiling->fund.raw != 0 && ceiling->fund.raw != year->fund.raw) ||
			    (ceiling->year != 0 && ceiling->year != year->year) ||
			    (ceiling->service.raw != 0 && ceiling->service.raw != service) ||
			    (ceiling->provider.raw != 0 &&
			     ceiling->provider.raw != title->provider.raw) ||
			    (ceiling->beneficiary.raw != 0 &&
			     ceiling->beneficiary.raw != title->beneficiary.raw) ||
			    (ceiling->month.number != 0 &&
			     ceiling->month.number != cell->month.number))
				continue;
			held += cell->held_cents.raw; /* raw: a sum of its own */
		}
		assert_int_equal(balance(fixture, (struct ceiling_id){i}, CEILING_USED), held);
	}
}

static void set_raise_lower(void **state)
{
	struct fixture *fixture = *state;
	struct ceiling_id id = fixture_ceiling(fixture, fixture->pandino, 2026, 4000000);
	const struct ceiling *ceiling = state_ceiling(&fixture->state, id);
	assert_int_equal(ceiling->state, CEILING_STATE_ACTIVE);
	assert_int_equal(ceiling->mode, CEILING_MODE_HARD);
	assert_int_equal(ceiling->basis, CEILING_BASIS_COMMITMENT_GROSS);
	assert_int_equal(balance(fixture, id, CEILING_GRANTED), 4000000);
	assert_int_equal(balance(fixture, id, CEILING_FREE), 4000000);
	assert_int_equal(fixture->effects.posting_count, 1);
	struct command command = change(fixture, COMMAND_KIND_CEILING_RAISE, id, 500);
	EXPECT(fixture, &command, OK);
	assert_int_equal(balance(fixture, id, CEILING_GRANTED), 4000500);
	command = change(fixture, COMMAND_KIND_CEILING_LOWER, id, 4000501);
	EXPECT(fixture, &command, CEILING_BELOW_USED);
	EXPECT_CENTS(fixture->last.short_by, 1);
	EXPECT_CENTS(fixture->last.limit, 4000500);
	command = change(fixture, COMMAND_KIND_CEILING_LOWER, id, 4000500);
	EXPECT(fixture, &command, OK);
	assert_int_equal(balance(fixture, id, CEILING_GRANTED), 0);
	command = change(fixture, COMMAND_KIND_CEILING_RAISE, id, 0);
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "amount_cents");
	command = change(fixture, COMMAND_KIND_CEILING_LOWER, id, 0);
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "amount_cents");
}

static void write_state(struct fixture *fixture, struct ceiling_id id, enum ceiling_state to)
{
	struct ceiling ceiling = *state_ceiling(&fixture->state, id);
	ceiling.state = (uint8_t)to;
	assert_true(apply_record(&fixture->state, RECORD_KIND_CEILING, id.raw, &ceiling));
}

static void only_active_ones_change(void **state)
{
	struct fixture *fixture = *state;
	struct ceiling_id id = fixture_ceiling(fixture, fixture->pandino, 2026, 1000);
	static const enum ceiling_state others[] = {CEILING_STATE_FROZEN, CEILING_STATE_OVERRUN,
						    CEILING_STATE_EXPIRED};
	for (uint32_t i = 0; i < 3; i++) {
		write_state(fixture, id, others[i]);
		struct command command = change(fixture, COMMAND_KIND_CEILING_RAISE, id, 1);
		EXPECT(fixture, &command, ILLEGAL_TRANSITION);
		command = change(fixture, COMMAND_KIND_CEILING_LOWER, id, 1);
		EXPECT(fixture, &command, ILLEGAL_TRANSITION);
	}
}

static void contradictions_and_twins(void **state)
{
	struct fixture *fixture = *state;
	struct command command = set(fixture, 100);
	command.input.ceiling_set.comune = fixture->pandino;
	command.input.ceiling_set.sub_ambito = fixture->group[2];
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "sub_ambito");
	command.input.ceiling_set.sub_ambito = fixture->group[1];
	EXPECT(fixture, &command, OK);
	uint32_t first = fixture->last.object;
	EXPECT(fixture, &command, ALREADY_EXISTS);
	assert_int_equal(fixture->last.object, first);
	command.input.ceiling_set.month = fixture_month("2026-03");
	command.input.ceiling_set.year = 2027;
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "month");
	command.input.ceiling_set.year = 2026;
	EXPECT(fixture, &command, OK);
	command.input.ceiling_set.year = 0;
	EXPECT(fixture, &command, OK);
}

static void what_is_held_counts_from_the_start(void **state)
{
	struct fixture *fixture = *state;
	(void)fixture_title(fixture, fixture->pandino, "2026-01", "2026-06", 720, fixture->alfa);
	(void)fixture_title(fixture, fixture->crema, "2026-01", "2026-02", 720, fixture->gamma);
	struct command command = set(fixture, 170855);
	command.input.ceiling_set.comune = fixture->pandino;
	EXPECT(fixture, &command, CEILING_BELOW_USED);
	EXPECT_CENTS(fixture->last.short_by, 1);
	EXPECT_CENTS(fixture->last.limit, 170855);
	command.input.ceiling_set.amount_cents = cents_from(170856);
	struct ceiling_id pandino = {fixture_must(fixture, &command)};
	assert_int_equal(balance(fixture, pandino, CEILING_USED), 170856);
	assert_int_equal(balance(fixture, pandino, CEILING_FREE), 0);
	assert_int_equal(fixture->effects.posting_count, 2);
	command = set(fixture, 1000000);
	command.input.ceiling_set.month = fixture_month("2026-02");
	struct ceiling_id february = {fixture_must(fixture, &command)};
	assert_int_equal(balance(fixture, february, CEILING_USED), 28476 + 27120);
	command = set(fixture, 1000000);
	command.input.ceiling_set.provider = fixture->gamma;
	struct ceiling_id gamma = {fixture_must(fixture, &command)};
	assert_int_equal(balance(fixture, gamma, CEILING_USED), 2 * 27120);
	command = set(fixture, 1000000);
	command.input.ceiling_set.year = 2027;
	struct ceiling_id later = {fixture_must(fixture, &command)};
	assert_int_equal(balance(fixture, later, CEILING_USED), 0);
	assert_used_is_held(fixture);
}

/* A decision around the fixture's state, for the helpers that titles call. */
struct bench {
	struct command command;
	struct outcome outcome;
	struct decision decision;
};

static struct decision *bench_of(struct fixture *fixture, struct bench *bench)
{
	effects_reset(&fixture->effects);
	bench->command = set(fixture, 1);
	bench->outcome = (struct outcome){.result = RESULT_OK};
	bench->decision = (struct decision){.effects = &fixture->effects,
					    .state = &fixture->state,
					    .command = &bench->command,
					    .outcome = &bench->outcome,
					    .now = fixture->now};
	return &bench->decision;
}

static struct ceiling_scope scope_of(struct fixture *fixture, const char *month)
{
	return (struct ceiling_scope){
	    .ambito = fixture->ambito,
	    .comune = fixture->pandino,
	    .sub_ambito = fixture->group[1],
	    .fund = fixture->fund,
	    .service = fixture->service,
	    .beneficiary = fixture->person,
	    .month = fixture_month(month),
	    .year = (uint16_t)month_year(fixture_month(month)),
	};
}

static void the_lowest_blocking_ceiling_is_named(void **state)
{
	struct fixture *fixture = *state;
	struct command command = set(fixture, 500);
	command.input.ceiling_set.service = fixture->service;
	struct ceiling_id narrow = {fixture_must(fixture, &command)};
	struct ceiling_id wide = fixture_ceiling(fixture, fixture->pandino, 2026, 300);
	struct ceiling_scope scope = scope_of(fixture, "2026-03");
	struct bench bench;
	struct decision *decision = bench_of(fixture, &bench);
	assert_int_equal(ceiling_check(decision, &scope, cents_from(300)), RESULT_OK);
	assert_int_equal(ceiling_check(decision, &scope, cents_from(301)),
			 RESULT_CEILING_EXCEEDED);
	assert_int_equal(bench.outcome.ceiling.raw, wide.raw);
	EXPECT_CENTS(bench.outcome.short_by, 1);
	EXPECT_CENTS(bench.outcome.limit, 300);
	assert_int_equal(ceiling_check(decision, &scope, cents_from(501)),
			 RESULT_CEILING_EXCEEDED);
	assert_int_equal(bench.outcome.ceiling.raw, narrow.raw);
	EXPECT_CENTS(bench.outcome.short_by, 1);
	write_state(fixture, wide, CEILING_STATE_FROZEN);
	assert_int_equal(ceiling_check(decision, &scope, cents_from(1)), RESULT_CEILING_FROZEN);
	assert_int_equal(bench.outcome.ceiling.raw, wide.raw);
	assert_int_equal(ceiling_check(decision, &scope, cents_zero()), RESULT_OK);
	write_state(fixture, wide, CEILING_STATE_OVERRUN);
	assert_int_equal(ceiling_check(decision, &scope, cents_from(1)),
			 RESULT_CEILING_EXCEEDED);
	EXPECT_CENTS(bench.outcome.limit, 0);
	write_state(fixture, wide, CEILING_STATE_EXPIRED);
	assert_int_equal(ceiling_check(decision, &scope, cents_from(1)), RESULT_CEILING_FROZEN);
	scope.comune = fixture->crema;
	scope.sub_ambito = fixture->group[0];
	assert_int_equal(ceiling_check(decision, &scope, cents_from(500)), RESULT_OK);
}

/* The cells of a title ask together: a ceiling of the year must hold their sum. */
static void demands_are_summed(void **state)
{
	struct fixture *fixture = *state;
	struct ceiling_id year = fixture_ceiling(fixture, fixture->pandino, 2026, 1000);
	struct ceiling_demand demands[4];
	static const char *const months[] = {"2026-01", "2026-02", "2026-03", "2027-01"};
	for (uint32_t i = 0; i < 4; i++)
		demands[i] = (struct ceiling_demand){.scope = scope_of(fixture, months[i]),
						  .amount = cents_from(400)};
	struct bench bench;
	struct decision *decision = bench_of(fixture, &bench);
	assert_int_equal(ceiling_check_demands(decision, demands, 2, CEILING_PART_ALL), RESULT_OK);
	assert_int_equal(ceiling_check_demands(decision, demands, 4, CEILING_PART_ALL),
			 RESULT_CEILING_EXCEEDED);
	assert_int_equal(bench.outcome.ceiling.raw, year.raw);
	EXPECT_CENTS(bench.outcome.short_by, 200); /* 1.200 of 2026; 2027 is another's */
	assert_int_equal(ceiling_check_demands(decision, NULL, 0, CEILING_PART_ALL), RESULT_OK);
}

static void provider_ceilings_count_from_the_choice(void **state)
{
	struct fixture *fixture = *state;
	struct command command = set(fixture, 1000);
	command.input.ceiling_set.provider = fixture->alfa;
	struct ceiling_id alfa = {fixture_must(fixture, &command)};
	struct ceiling_id comune = fixture_ceiling(fixture, fixture->pandino, 2026, 1000);
	struct ceiling_scope scope = scope_of(fixture, "2026-03");
	struct bench bench;
	struct decision *decision = bench_of(fixture, &bench);
	assert_int_equal(ceiling_check(decision, &scope, cents_from(1000)), RESULT_OK);
	ceiling_move(decision->effects, &scope, POSTING_KIND_COMMIT, CEILING_FREE, CEILING_USED,
		     cents_from(1000), NULL);
	assert_int_equal(decision->effects->posting_count, 1);
	scope.provider = fixture->alfa;
	assert_int_equal(ceiling_check_provider(decision, &scope, cents_from(1001)),
			 RESULT_CEILING_EXCEEDED);
	assert_int_equal(bench.outcome.ceiling.raw, alfa.raw);
	assert_int_equal(ceiling_check_provider(decision, &scope, cents_from(1000)), RESULT_OK);
	struct ceiling_dimensions dimensions = {.comune = fixture->pandino,
						.provider = fixture->alfa};
	ceiling_move_provider(decision->effects, &scope, POSTING_KIND_COMMIT, CEILING_FREE,
			      CEILING_USED, cents_from(700), &dimensions);
	assert_int_equal(decision->effects->posting_count, 2);
	assert_int_equal(decision->effects->postings[1].ceiling.raw, alfa.raw);
	assert_int_equal(decision->effects->postings[1].provider.raw, fixture->alfa.raw);
	assert_int_equal(decision->effects->postings[1].comune.raw, fixture->pandino.raw);
	EXPECT_CENTS(effects_ceiling_balance(decision->effects, alfa, CEILING_FREE), 300);
	EXPECT_CENTS(effects_ceiling_balance(decision->effects, comune, CEILING_FREE), 0);
	scope.provider = fixture->beta;
	assert_int_equal(ceiling_check_provider(decision, &scope, cents_from(5000)), RESULT_OK);
	effects_reset(&fixture->effects);
}

/* Fills a ceiling_set command with some of seven dimensions, one bit each. */
static struct command combination(struct fixture *fixture, uint32_t bits, int64_t cents,
				  struct beneficiary_id person)
{
	struct command command = set(fixture, cents);
	struct command_ceiling_set *input = &command.input.ceiling_set;
	input->fund.raw = (bits & 1) != 0 ? fixture->fund.raw : 0;
	input->year = (bits & 2) != 0 ? 2026 : 0;
	input->comune.raw = (bits & 4) != 0 ? fixture->pandino.raw : 0;
	input->sub_ambito.raw = (bits & 8) != 0 ? fixture->group[1].raw : 0;
	input->service.raw = (bits & 16) != 0 ? fixture->service.raw : 0;
	input->beneficiary.raw = (bits & 32) != 0 ? person.raw : 0;
	if ((bits & 64) != 0)
		input->month = fixture_month("2026-03");
	return command;
}

static void a_cell_matches_64_ceilings_at_most(void **state)
{
	struct fixture *fixture = *state;
	for (uint32_t bits = 0; bits < 64; bits++) {
		struct command command =
		    combination(fixture, bits, 1000000, fixture->person);
		EXPECT(fixture, &command, OK);
	}
	struct ceiling_scope scope = scope_of(fixture, "2026-03");
	struct bench bench;
	assert_int_equal(ceiling_check(bench_of(fixture, &bench), &scope, cents_from(1)),
			 RESULT_OK);
	struct voucher_id title =
	    fixture_propose(fixture, fixture->person, "2026-03", "2026-03", 60);
	struct command issue = fixture_issue(fixture, title);
	EXPECT(fixture, &issue, OK);
	assert_used_is_held(fixture);
	/* The title's cell is on 64 paths: a 65th is refused, one elsewhere is not. */
	struct command command = combination(fixture, 64, 1000000, fixture->person);
	EXPECT(fixture, &command, TOO_MANY_EFFECTS);
	command.input.ceiling_set.month = fixture_month("2026-04");
	EXPECT(fixture, &command, OK);
	/* Where nothing is held it may be set, and then nothing more can be promised there. */
	command = combination(fixture, 64 | 32, 1000000,
			      fixture_beneficiary(fixture, fixture->pandino));
	EXPECT(fixture, &command, OK);
	scope = scope_of(fixture, "2026-04");
	assert_int_equal(ceiling_check(bench_of(fixture, &bench), &scope, cents_from(1)),
			 RESULT_TOO_MANY_EFFECTS);
}

static void issue_is_bound_by_every_ceiling(void **state)
{
	struct fixture *fixture = *state;
	struct command command = set(fixture, 20000);
	command.input.ceiling_set.month = fixture_month("2026-02");
	struct ceiling_id february = {fixture_must(fixture, &command)};
	struct ceiling_id comune = fixture_ceiling(fixture, fixture->pandino, 2026, 100000000);
	struct voucher_id title =
	    fixture_propose(fixture, fixture->person, "2026-01", "2026-03", 720);
	struct command issue = fixture_issue(fixture, title);
	struct outcome outcome = fixture_do(fixture, &issue);
	enum result why = outcome.result == RESULT_WAITLISTED ? outcome.cause : outcome.result;
	assert_string_equal(result_code(why), "ceiling_exceeded");
	assert_int_equal(outcome.ceiling.raw, february.raw);
	EXPECT_CENTS(outcome.short_by, 28476 - 20000);
	assert_int_equal(balance(fixture, comune, CEILING_USED), 0);
	assert_int_equal(balance(fixture, february, CEILING_USED), 0);
	command = change(fixture, COMMAND_KIND_CEILING_RAISE, february, 8476);
	EXPECT(fixture, &command, OK);
	EXPECT(fixture, &issue, OK);
	assert_int_equal(balance(fixture, february, CEILING_FREE), 0);
	assert_int_equal(balance(fixture, comune, CEILING_USED), 3 * 28476);
	assert_used_is_held(fixture);
}

/* ---- The look-up against a plain walk ---- */

static uint32_t pick(struct test_random *random, uint32_t values)
{
	return (uint32_t)test_random_below(random, values);
}

static void random_ceiling(struct test_random *random, struct fixture *fixture,
			   struct command_ceiling_set *input, const struct comune_id *comuni)
{
	if (pick(random, 2) != 0)
		input->fund = fixture->fund;
	if (pick(random, 2) != 0)
		input->year = (uint16_t)(2026 + pick(random, 2));
	if (pick(random, 2) != 0)
		input->comune = comuni[pick(random, 5)];
	if (pick(random, 4) == 0)
		input->sub_ambito = fixture->group[pick(random, 6)];
	if (pick(random, 3) == 0)
		input->service = fixture->service;
	if (pick(random, 3) == 0)
		input->provider = pick(random, 2) != 0 ? fixture->alfa : fixture->beta;
	if (pick(random, 4) == 0)
		input->beneficiary = fixture->person;
	if (pick(random, 3) == 0)
		input->month.number = 2026 * 12 + (int32_t)pick(random, 24);
}

static bool naive_match(const struct ceiling *ceiling, const struct ceiling_scope *scope,
			enum ceiling_part part)
{
	const uint32_t pairs[][2] = {
	    {ceiling->comune.raw, scope->comune.raw},
	    {ceiling->sub_ambito.raw, scope->sub_ambito.raw},
	    {ceiling->fund.raw, scope->fund.raw},
	    {ceiling->service.raw, scope->service.raw},
	    {ceiling->provider.raw, scope->provider.raw},
	    {ceiling->beneficiary.raw, scope->beneficiary.raw},
	    {(uint32_t)ceiling->month.number, (uint32_t)scope->month.number},
	    {ceiling->year, scope->year},
	};
	for (uint32_t i = 0; i < 8; i++)
		if (pairs[i][0] != 0 && pairs[i][0] != pairs[i][1])
			return false;
	if (part == CEILING_PART_PROVIDER)
		return ceiling->provider.raw != 0;
	return part == CEILING_PART_ALL || ceiling->provider.raw == 0;
}

static void look_up_finds_what_a_walk_finds(void **state)
{
	struct fixture *fixture = *state;
	struct test_random random = test_random_make("ceilings");
	const struct comune_id comuni[] = {fixture->crema, fixture->pandino, fixture->offanengo,
					   fixture->izano, fixture->castelleone};
	for (uint32_t i = 0; i < 600; i++) {
		struct command command = set(fixture, 1000);
		random_ceiling(&random, fixture, &command.input.ceiling_set, comuni);
		(void)fixture_do(fixture, &command);
	}
	uint32_t count = state_count(&fixture->state, RECORD_KIND_CEILING);
	assert_true(count > 200); /* of 600, for scopes come twice */
	uint32_t found = 0;
	effects_reset(&fixture->effects);
	for (uint32_t i = 0; i < 5000; i++) {
		struct comune_id comune = comuni[pick(&random, 5)];
		int32_t month = 2026 * 12 + (int32_t)pick(&random, 24);
		struct ceiling_scope scope = {
		    .ambito = fixture->ambito,
		    .comune = comune,
		    .sub_ambito = state_comune(&fixture->state, comune)->sub_ambito,
		    .fund = fixture->fund,
		    .service = fixture->service,
		    .provider = {pick(&random, 3)},
		    .beneficiary = {pick(&random, 2)},
		    .month = {month},
		    .year = (uint16_t)(month / 12),
		};
		enum ceiling_part part = (enum ceiling_part)(1 + pick(&random, 3));
		struct ceiling_matches matches;
		assert_true(ceiling_match(&fixture->effects, &scope, part, &matches));
		uint32_t place = 0;
		for (uint32_t id = 1; id <= count; id++) {
			const struct ceiling *ceiling =
			    state_ceiling(&fixture->state, (struct ceiling_id){id});
			if (!naive_match(ceiling, &scope, part))
				continue;
			assert_true(place < matches.count);
			assert_int_equal(matches.ids[place++].raw, id);
		}
		assert_int_equal(place, matches.count);
		found += place;
	}
	assert_true(found > 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(set_raise_lower),
	    EXPECT_TEST(only_active_ones_change),
	    EXPECT_TEST(contradictions_and_twins),
	    EXPECT_TEST(what_is_held_counts_from_the_start),
	    EXPECT_TEST(the_lowest_blocking_ceiling_is_named),
	    EXPECT_TEST(demands_are_summed),
	    EXPECT_TEST(provider_ceilings_count_from_the_choice),
	    EXPECT_TEST(a_cell_matches_64_ceilings_at_most),
	    EXPECT_TEST(issue_is_bound_by_every_ceiling),
	    EXPECT_TEST(look_up_finds_what_a_walk_finds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
