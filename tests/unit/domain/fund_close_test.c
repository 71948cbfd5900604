/* The end of a fund year: residuals, lapse, carry forward, return, reopening, the surplus applied. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/command_of.h"
#include "tests/unit/domain/expect.h"

#include <string.h>

static int64_t balance(const struct fixture *fixture, struct fund_year_id year,
		       enum fund_account_slot slot)
{
	/* raw: tests compare with literals */
	return state_fund_balance(&fixture->state, year, slot).raw;
}

static struct command close_year(struct fixture *fixture, int64_t residuals, int64_t carried,
				 int64_t returned)
{
	struct command command =
	    command_of_year(fixture, COMMAND_KIND_FUND_YEAR_CLOSE, ROLE_FINANCE, 2026);
	command_set(&command, "residuals_cents", residuals);
	command_set(&command, "carried_cents", carried);
	command_set(&command, "returned_cents", returned);
	return command;
}

static struct command apply_surplus(struct fixture *fixture, int64_t cents)
{
	struct command command =
	    command_of_year(fixture, COMMAND_KIND_FUND_YEAR_APPLY_SURPLUS, ROLE_ASSEMBLY, 2027);
	command_set(&command, "from_year", 2026);
	command_set(&command, "amount_cents", cents);
	return command;
}

static void restrict_fund(struct fixture *fixture)
{
	struct fund fund = *state_fund(&fixture->state, fixture->fund);
	fund.restricted = 1;
	assert_true(apply_record(&fixture->state, RECORD_KIND_FUND, fixture->fund.raw, &fund));
}

/* One service of December is redeemed, all the rest is released; the clock stands in February. */
static void spend_a_year(struct fixture *fixture)
{
	struct acts acts = acts_begin(fixture);
	acts_must(&acts, "title 2026-12 2026-12 720 alfa; now 2026-12-06T09:00;"
			 "redeem 2026-12-05T09:00 60; now 2027-02-01T00:00");
	assert_int_equal(balance(fixture, fixture->year_2026, FUND_LAPSED), 28476 - 2373);
}

static void a_year_is_closed_with_its_list(void **state)
{
	struct fixture *fixture = *state;
	const struct fund_year_id year = fixture->year_2026;
	restrict_fund(fixture);
	struct acts acts = acts_begin(fixture);
	acts_must(&acts, "title 2026-12 2026-12 720 alfa; now 2027-01-06T09:00;"
			 "redeem 2026-12-05T09:00 60");
	struct command command = close_year(fixture, 2373, 0, 0);
	EXPECT(fixture, &command, FUND_YEAR_HAS_PROMISES);
	EXPECT_CENTS(fixture->last.short_by, 28476 - 2373);
	acts_must(&acts, "now 2027-02-01T00:00");
	command = close_year(fixture, 2372, 0, 0);
	EXPECT(fixture, &command, RESIDUALS_DIFFER);
	EXPECT_CENTS(fixture->last.limit, 2373);
	EXPECT_CENTS(fixture->last.short_by, 1);
	command = close_year(fixture, 2374, 0, 0);
	EXPECT(fixture, &command, RESIDUALS_DIFFER);
	EXPECT_CENTS(fixture->last.short_by, -1);
	const int64_t left = 14035000 - 2373;
	command = close_year(fixture, 2373, left, 1);
	EXPECT(fixture, &command, AMOUNT_EXCEEDED);
	EXPECT_CENTS(fixture->last.short_by, 1);
	command = close_year(fixture, 2373, left - 1000, 600);
	EXPECT(fixture, &command, APPROVAL_PENDING);
	struct outcome pending = fixture->last;
	assert_int_equal(command_grant(fixture, ROLE_FINANCE), RESULT_FOUR_EYES_REQUIRED);
	fixture->last = pending;
	assert_int_equal(command_grant(fixture, ROLE_UDP_MANAGER), RESULT_OK);
	assert_int_equal(state_fund_year(&fixture->state, year)->state, FUND_YEAR_STATE_CLOSED);
	assert_int_equal(balance(fixture, year, FUND_AVAILABLE), 0);
	assert_int_equal(balance(fixture, year, FUND_LAPSED), 400);
	assert_int_equal(balance(fixture, year, FUND_CARRIED_FORWARD), left - 1000);
	assert_int_equal(balance(fixture, year, FUND_RETURNED), 600);
	assert_int_equal(balance(fixture, year, FUND_REDEEMED), 2373);
	/* A closed year still settles and pays what it listed. */
	acts_must(&acts, "freeze; confirm; attest; invoice; approve; export; order; pay");
	assert_int_equal(balance(fixture, year, FUND_PAID), 2260);
	assert_int_equal(balance(fixture, year, FUND_VAT_PAID), 113);
}

static void only_restricted_money_is_carried(void **state)
{
	struct fixture *fixture = *state;
	spend_a_year(fixture);
	struct command command = close_year(fixture, 2373, 1, 0);
	EXPECT_FIELD(fixture, &command, SURPLUS_NOT_RESTRICTED, "carried_cents");
	command = close_year(fixture, 2373, 0, 100);
	command_with_two(fixture, &command, ROLE_UDP_MANAGER);
	assert_int_equal(balance(fixture, fixture->year_2026, FUND_RETURNED), 100);
	assert_int_equal(balance(fixture, fixture->year_2026, FUND_LAPSED), 14035000 - 2373 - 100);
}

static void a_surplus_is_applied_once(void **state)
{
	struct fixture *fixture = *state;
	restrict_fund(fixture);
	spend_a_year(fixture);
	struct command apply = apply_surplus(fixture, 100);
	EXPECT(fixture, &apply, ILLEGAL_TRANSITION); /* 2026 is not closed */
	struct command command = close_year(fixture, 2373, 5000, 0);
	command_with_two(fixture, &command, ROLE_UDP_MANAGER);
	apply = apply_surplus(fixture, 5001);
	EXPECT(fixture, &apply, AMOUNT_EXCEEDED);
	EXPECT_CENTS(fixture->last.short_by, 1);
	apply = apply_surplus(fixture, 0);
	EXPECT_FIELD(fixture, &apply, FIELD_OUT_OF_RANGE, "amount_cents");
	command_set(&apply, "from_year", 2027);
	EXPECT_FIELD(fixture, &apply, FIELD_OUT_OF_RANGE, "from_year");
	command_set(&apply, "from_year", 2020);
	EXPECT_FIELD(fixture, &apply, UNKNOWN_REFERENCE, "from_year");
	int64_t before = balance(fixture, fixture->year_2027, FUND_APPROPRIATION);
	apply = apply_surplus(fixture, 3000);
	EXPECT(fixture, &apply, OK);
	assert_int_equal(balance(fixture, fixture->year_2027, FUND_APPROPRIATION), before + 3000);
	assert_int_equal(balance(fixture, fixture->year_2026, FUND_CARRIED_FORWARD), 5000);
	apply = apply_surplus(fixture, 2001);
	EXPECT(fixture, &apply, AMOUNT_EXCEEDED);
	EXPECT_CENTS(fixture->last.limit, 2000);
}

static void a_year_is_reopened_and_closed_again(void **state)
{
	struct fixture *fixture = *state;
	const struct fund_year_id year = fixture->year_2026;
	restrict_fund(fixture);
	spend_a_year(fixture);
	struct command command = close_year(fixture, 2373, 5000, 700);
	command_with_two(fixture, &command, ROLE_UDP_MANAGER);
	struct command apply = apply_surplus(fixture, 3000);
	(void)fixture_must(fixture, &apply);
	struct command reopen =
	    command_of_year(fixture, COMMAND_KIND_FUND_YEAR_REOPEN, ROLE_FINANCE, 2026);
	command_set(&reopen, "reason", REASON_OFFICE_CHECK);
	EXPECT(fixture, &reopen, APPROVAL_PENDING);
	struct outcome pending = fixture->last;
	assert_int_equal(command_grant(fixture, ROLE_ASSEMBLY), RESULT_FORBIDDEN);
	fixture->last = pending;
	assert_int_equal(command_grant(fixture, ROLE_UDP_MANAGER), RESULT_OK);
	assert_int_equal(state_fund_year(&fixture->state, year)->state, FUND_YEAR_STATE_CLOSING);
	assert_int_equal(balance(fixture, year, FUND_CARRIED_FORWARD), 5000);
	command = close_year(fixture, 2373, 2999, 0);
	EXPECT(fixture, &command, AMOUNT_EXCEEDED); /* 30,00 were applied */
	command = close_year(fixture, 2373, 4000, 900);
	command_with_two(fixture, &command, ROLE_UDP_MANAGER);
	assert_int_equal(balance(fixture, year, FUND_CARRIED_FORWARD), 4000);
	assert_int_equal(balance(fixture, year, FUND_RETURNED), 900);
	assert_int_equal(balance(fixture, year, FUND_LAPSED), 14035000 - 2373 - 4900);
}

/* Twelfths: 50.000,00 / 12 = 4.166,67 in January, twice that (8.333,33) in February. */
static void a_provisional_budget_goes_by_twelfths(void **state)
{
	struct fixture *fixture = *state;
	struct acts acts = acts_begin(fixture);
	acts_must(&acts, "fund UNRES 2026 5000000; live pandino");
	struct fund_year_id id = state_find_fund_year(&fixture->state, acts.fund, 2026);
	struct fund_year year = *state_fund_year(&fixture->state, id);
	year.provisional = 1;
	assert_true(apply_record(&fixture->state, RECORD_KIND_FUND_YEAR, id.raw, &year));
	acts_must(&acts, "propose 2026-01 2026-06 720; issue"); /* 1.708,56 */
	acts_must(&acts, "live pandino; propose 2026-01 2026-06 720; issue");
	acts_must(&acts, "live pandino; propose 2026-01 2026-06 720");
	assert_int_equal(acts_do(&acts, "issue"), RESULT_WAITLISTED);
	assert_int_equal(fixture->last.cause, RESULT_PROVISIONAL_LIMIT);
	EXPECT_CENTS(fixture->last.limit, 416667 - 2 * 170856);
	EXPECT_CENTS(fixture->last.short_by, 3 * 170856 - 416667);
	acts_must(&acts, "now 2026-01-31T23:59");
	assert_int_equal(acts_do(&acts, "issue"), RESULT_WAITLISTED);
	acts_must(&acts, "now 2026-02-01T00:00; issue");
	acts_must(&acts, "live pandino; propose 2026-02 2026-07 720; issue;"
			 "live pandino; propose 2026-02 2026-07 720");
	assert_int_equal(acts_do(&acts, "issue"), RESULT_WAITLISTED);
	EXPECT_CENTS(fixture->last.limit, 833333 - 4 * 170856);
	struct fund fund = *state_fund(&fixture->state, acts.fund);
	fund.provisional_exempt = 1; /* bound to its purpose: exempt */
	assert_true(apply_record(&fixture->state, RECORD_KIND_FUND, acts.fund.raw, &fund));
	acts_must(&acts, "issue");
}

static void the_end_of_a_provisional_budget(void **state)
{
	struct fixture *fixture = *state;
	struct fund_year year = *state_fund_year(&fixture->state, fixture->year_2026);
	struct command command = command_of_year(
	    fixture, COMMAND_KIND_FUND_YEAR_END_PROVISIONAL, ROLE_FINANCE, 2026);
	EXPECT(fixture, &command, ILLEGAL_TRANSITION);
	year.provisional = 1;
	assert_true(apply_record(&fixture->state, RECORD_KIND_FUND_YEAR, fixture->year_2026.raw,
				 &year));
	EXPECT(fixture, &command, OK);
	assert_int_equal(state_fund_year(&fixture->state, fixture->year_2026)->provisional, 0);
}

/* Less may be ascertained than was announced, and more of it later. */
static void money_is_ascertained_in_steps(void **state)
{
	struct fixture *fixture = *state;
	struct command command =
	    command_of_year(fixture, COMMAND_KIND_FUND_YEAR_PROPOSE, ROLE_UDP_MANAGER, 2029);
	command_set(&command, "stated_cents", 1000);
	struct fund_year_id year = {fixture_must(fixture, &command)};
	command = command_of_year(fixture, COMMAND_KIND_FUND_YEAR_APPROVE, ROLE_ASSEMBLY, 2029);
	command_set(&command, "ascertained_cents", 600);
	(void)fixture_must(fixture, &command);
	assert_int_equal(balance(fixture, year, FUND_EXPECTED), 400);
	command = command_of_year(fixture, COMMAND_KIND_FUND_YEAR_ASCERTAIN, ROLE_FINANCE, 2029);
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "amount_cents");
	command_set(&command, "amount_cents", 300);
	EXPECT(fixture, &command, OK);
	assert_int_equal(balance(fixture, year, FUND_EXPECTED), 100);
	assert_int_equal(balance(fixture, year, FUND_AVAILABLE), 900);
	EXPECT(fixture, &command, OK); /* more than was announced */
	assert_int_equal(balance(fixture, year, FUND_EXPECTED), 0);
	assert_int_equal(balance(fixture, year, FUND_APPROPRIATION), 1200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(a_year_is_closed_with_its_list),
	    EXPECT_TEST(only_restricted_money_is_carried),
	    EXPECT_TEST(a_surplus_is_applied_once),
	    EXPECT_TEST(a_year_is_reopened_and_closed_again),
	    EXPECT_TEST(a_provisional_budget_goes_by_twelfths),
	    EXPECT_TEST(the_end_of_a_provisional_budget),
	    EXPECT_TEST(money_is_ascertained_in_steps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
