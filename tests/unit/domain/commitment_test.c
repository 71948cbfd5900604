/* Commitments: inside the appropriation, numbered, drawn and given back. */
#include "tests/unit/domain/expect.h"

#include "engine/domain/commitment.h"

static struct command commit(struct fixture *fixture, uint16_t year, const char *number,
			     int64_t cents)
{
	struct command command =
	    fixture_command(COMMAND_KIND_COMMITMENT_CREATE, fixture->role[ROLE_FINANCE]);
	struct command_commitment_create *input = &command.input.commitment_create;
	input->fund = fixture->fund;
	input->year = year;
	FIXTURE_TEXT(input->number, number);
	FIXTURE_TEXT(input->chapter, "1200");
	input->amount_cents = cents_from(cents);
	FIXTURE_TEXT(input->act, "DET-8");
	return command;
}

/* Another 1.000,00 of appropriation, not committed yet. */
static void widen(struct fixture *fixture)
{
	struct command command =
	    fixture_command(COMMAND_KIND_FUND_YEAR_VARY, fixture->role[ROLE_FINANCE]);
	command.input.fund_year_vary.fund = fixture->fund;
	command.input.fund_year_vary.year = 2026;
	command.input.fund_year_vary.increase_cents = cents_from(100000);
	FIXTURE_TEXT(command.input.fund_year_vary.act, "DEL-6");
	(void)fixture_must(fixture, &command);
}

static void commitments_stay_inside_the_appropriation(void **state)
{
	struct fixture *fixture = *state;
	struct command command = commit(fixture, 2026, "102", 1);
	EXPECT(fixture, &command, COMMITMENT_EXCEEDED);
	EXPECT_CENTS(fixture->last.short_by, 1);
	EXPECT_CENTS(fixture->last.limit, 0);
	widen(fixture);
	command = commit(fixture, 2026, "102", 100001);
	EXPECT(fixture, &command, COMMITMENT_EXCEEDED);
	EXPECT_CENTS(fixture->last.short_by, 1);
	EXPECT_CENTS(fixture->last.limit, 100000);
	command = commit(fixture, 2026, "102", 100000);
	EXPECT(fixture, &command, OK);
	EXPECT_CENTS(fixture->last.gross, 100000);
}

static void inputs_and_states(void **state)
{
	struct fixture *fixture = *state;
	struct command command = commit(fixture, 2026, "101", 1);
	EXPECT(fixture, &command, ALREADY_EXISTS);
	assert_int_equal(fixture->last.object, fixture->commitment_2026.raw);
	command = commit(fixture, 2026, "102", 0);
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "amount_cents");
	command = commit(fixture, 2030, "102", 1);
	EXPECT_FIELD(fixture, &command, UNKNOWN_REFERENCE, "year");
	static const struct {
		enum fund_year_state state;
		enum result result;
	} rows[] = {
	    {FUND_YEAR_STATE_DRAFT, RESULT_FUND_YEAR_NOT_OPEN},
	    {FUND_YEAR_STATE_APPROVED, RESULT_COMMITMENT_EXCEEDED},
	    {FUND_YEAR_STATE_OPEN, RESULT_COMMITMENT_EXCEEDED},
	    {FUND_YEAR_STATE_SUSPENDED, RESULT_FUND_SUSPENDED},
	    {FUND_YEAR_STATE_CLOSING, RESULT_YEAR_CLOSED},
	    {FUND_YEAR_STATE_CLOSED, RESULT_YEAR_CLOSED},
	};
	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fund_year year = *state_fund_year(&fixture->state, fixture->year_2026);
		year.state = (uint8_t)rows[i].state;
		assert_true(apply_record(&fixture->state, RECORD_KIND_FUND_YEAR,
					 fixture->year_2026.raw, &year));
		command = commit(fixture, 2026, "102", 1);
		assert_int_equal(fixture_result(fixture, &command), rows[i].result);
	}
}

static void the_first_that_covers_is_found(void **state)
{
	struct fixture *fixture = *state;
	widen(fixture);
	struct command command = commit(fixture, 2026, "102", 60000);
	struct commitment_id second = {fixture_must(fixture, &command)};
	command = commit(fixture, 2026, "103", 40000);
	struct commitment_id third = {fixture_must(fixture, &command)};
	struct outcome outcome = {.result = RESULT_OK};
	struct decision decision = {.effects = &fixture->effects,
				    .state = &fixture->state,
				    .command = &command,
				    .outcome = &outcome};
	effects_reset(&fixture->effects);
	commitment_draw(&fixture->effects, fixture->commitment_2026, cents_from(14035000 - 100));
	struct commitment_id found = {0};
	assert_int_equal(
	    commitment_find(&decision, fixture->year_2026, cents_from(100), &found), RESULT_OK);
	assert_int_equal(found.raw, fixture->commitment_2026.raw);
	assert_int_equal(
	    commitment_find(&decision, fixture->year_2026, cents_from(101), &found), RESULT_OK);
	assert_int_equal(found.raw, second.raw);
	commitment_draw(&fixture->effects, second, cents_from(30000));
	assert_int_equal(
	    commitment_find(&decision, fixture->year_2026, cents_from(30001), &found), RESULT_OK);
	assert_int_equal(found.raw, third.raw);
	assert_int_equal(
	    commitment_find(&decision, fixture->year_2026, cents_from(50000), &found),
	    RESULT_COMMITMENT_EXCEEDED);
	EXPECT_CENTS(outcome.limit, 40000);
	EXPECT_CENTS(outcome.short_by, 10000);
	commitment_release(&fixture->effects, second, cents_from(20000));
	EXPECT_CENTS(commitment_balance(&fixture->effects, second), 50000);
	assert_int_equal(
	    commitment_find(&decision, fixture->year_2026, cents_from(50000), &found), RESULT_OK);
	assert_int_equal(found.raw, second.raw);
	effects_reset(&fixture->effects);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(commitments_stay_inside_the_appropriation),
	    EXPECT_TEST(inputs_and_states),
	    EXPECT_TEST(the_first_that_covers_is_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
