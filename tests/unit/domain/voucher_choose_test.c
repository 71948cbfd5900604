/* Choice and change of provider: S03 in the order of its days, and ceilings of a provider. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

#include <stdio.h>

/* S03: booked 12, 15, 20 March with ALFA; suspended on the 16th from the 15th; GAMMA on the 17th;
 * ALFA sends its visits on the 18th. */
static void provider_suspended_between_booking_and_visit(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "ceiling castelleone 2026 2000000; live castelleone;"
			 "title 2026-03 2026-04 720 alfa; now 2026-03-01T09:00;"
			 "book 2026-03-12T09:00 60; book 2026-03-15T09:00 60;"
			 "book 2026-03-20T09:00 60; now 2026-03-16T10:00; suspend alfa 2026-03-15");
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 56952);
	acts_must(&acts, "now 2026-03-17T09:00; choose gamma");
	EXPECT_CENTS(acts.fixture->last.gross, 2486);
	assert_int_equal(state_redemption(&acts.fixture->state, acts.booking)->state,
			 REDEMPTION_STATE_CANCELLED);
	assert_int_equal(acts_cell(&acts, 0)->booked_units, 120);
	assert_int_equal(acts_cell(&acts, 0)->free_units, 600);
	acts_must(&acts, "now 2026-03-18T09:00; redeem 2026-03-12T09:00 60");
	assert_int_equal(acts.fixture->last.result, RESULT_ACCEPTED);
	EXPECT_CENTS(acts.fixture->last.gross, 2373);
	acts_must(&acts, "redeem 2026-03-15T09:00 60");
	assert_int_equal(acts.fixture->last.result, RESULT_DISPUTED);
	assert_int_equal(acts.fixture->last.cause, RESULT_NOT_ACCREDITED_AT_SERVICE_DATE);
	assert_int_equal(acts_fund(&acts, 2026, FUND_DISPUTED), 2373);
	acts_must(&acts, "resolve accept; now 2026-03-21T09:00");
	assert_int_equal(acts_do(&acts, "redeem 2026-03-20T09:00 60"),
			 RESULT_NOT_ACCREDITED_AT_SERVICE_DATE);
	/* scenario_balances.csv, S03 */
	assert_int_equal(acts_fund(&acts, 2026, FUND_AVAILABLE), 13980534);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 49720);
	assert_int_equal(acts_fund(&acts, 2026, FUND_REDEEMED), 4746);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_FREE), 1945534);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 54466);
	assert_int_equal(acts_cell(&acts, 0)->free_units + acts_cell(&acts, 1)->free_units, 1320);
	assert_int_equal(acts_cell(&acts, 0)->booked_units, 0);
	/* GAMMA goes on at its own rate */
	acts_must(&acts, "redeem 2026-03-20T09:00 60 by=gamma operator=5");
	EXPECT_CENTS(acts.fixture->last.gross, 2260);
}

/* The same when the visits were already in: 22 h left, 24,86 released. */
static void change_after_the_visits(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-03 2026-04 720 alfa; now 2026-03-16T09:00;"
			 "redeem 2026-03-12T09:00 60; redeem 2026-03-15T09:00 60; choose gamma");
	EXPECT_CENTS(acts.fixture->last.gross, 2486);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 49720);
	/* back to ALFA: promised again, whole */
	acts_must(&acts, "choose alfa");
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 52206);
}

static void unfunded_change_changes_nothing(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-06 720 gamma; ceiling pandino 2026 162720");
	assert_int_equal(acts_do(&acts, "choose alfa"), RESULT_PROVIDER_CHANGE_UNFUNDED);
	EXPECT_CENTS(acts.fixture->last.short_by, 8136);
	EXPECT_CENTS(acts.fixture->last.limit, 0);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 162720);
	assert_int_equal(state_voucher(&acts.fixture->state, acts.voucher)->provider.raw,
			 acts.fixture->gamma.raw);
}

/* A ceiling of a provider counts from the choice: what is left moves, what was delivered stays. */
static void ceilings_of_a_provider(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "ceiling pandino 2026 100000 provider=alfa;"
			 "ceiling pandino 2026 100000 provider=gamma;"
			 "propose 2026-01 2026-01 720; issue");
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 0);
	acts_must(&acts, "choose alfa");
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 28476);
	acts_must(&acts, "now 2026-01-10T09:00; redeem 2026-01-05T09:00 60; choose gamma");
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 2373);
	assert_int_equal(acts_ceiling(&acts, 2, CEILING_USED), 24860);
	/* ALFA's service comes back: its hour is promised anew at GAMMA's rate */
	acts_must(&acts, "reverse");
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 0);
	assert_int_equal(acts_ceiling(&acts, 2, CEILING_USED), 27120);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 27120);
	acts_must(&acts, "now 2026-03-04T00:00");
	assert_int_equal(acts_ceiling(&acts, 2, CEILING_USED), 0);
	assert_int_equal(acts_fund(&acts, 2026, FUND_AVAILABLE), 14035000);
}

/* Where the chosen provider's ceiling has no room, what an earlier one gave back is released. */
static void returned_hours_that_find_no_room(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "ceiling pandino 2026 24860 provider=gamma;"
			 "title 2026-01 2026-01 720 alfa; now 2026-01-10T09:00;"
			 "redeem 2026-01-05T09:00 60; choose gamma; reverse");
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 24860);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_FREE), 0);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 24860);
	assert_int_equal(acts_cell(&acts, 0)->free_units, 660);
	assert_int_equal(acts_cell(&acts, 0)->expired_units, 60);
}

/* A kept booking holds its provider's money; what it did not need goes to the chosen one. */
static void kept_booking_delivered_in_part(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "ceiling pandino 2026 100000 provider=alfa;"
			 "ceiling pandino 2026 100000 provider=gamma;"
			 "title 2026-01 2026-01 720 alfa; book 2026-01-05T09:00 60;"
			 "book 2026-01-06T09:00 60; now 2026-01-10T09:00; choose gamma");
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 4746);
	assert_int_equal(acts_ceiling(&acts, 2, CEILING_USED), 22600);
	assert_int_equal(acts_do(&acts, "redeem 2026-01-05T09:00 61"),
			 RESULT_EXCEEDS_MONTHLY_ALLOTMENT);
	acts_must(&acts, "redeem 2026-01-05T09:00 30");
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 2373 + 1187);
	assert_int_equal(acts_ceiling(&acts, 2, CEILING_USED), 22600 + 1130);
	/* GAMMA cannot spend what ALFA's other booking holds */
	acts_must(&acts, "redeem 2026-01-08T09:00 630 by=gamma operator=5");
	EXPECT_CENTS(acts_cell(&acts, 0)->committed_cents, 2373);
	acts_must(&acts, "unbook record=2");
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 1187);
	assert_int_equal(acts_ceiling(&acts, 2, CEILING_USED), 22600 + 1130 + 2260);
	EXPECT_CENTS(acts_cell(&acts, 0)->committed_cents, 2260);
}

/* Short visits of the chosen provider run out of money before they touch what the booking holds. */
static void kept_booking_is_not_eaten_by_rounding(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-01 720 alfa; book 2026-01-05T09:00 60;"
			 "now 2026-01-10T09:00; choose beta; now 2026-01-31T09:00");
	char act[64];
	for (int day = 6; day < 28; day++) {
		(void)snprintf(act, sizeof(act), "redeem 2026-01-%02dT09:00 30 by=beta", day);
		acts_must(&acts, act);
	}
	EXPECT_CENTS(acts.fixture->last.gross, 26103 - 21 * 1187);
	EXPECT_CENTS(acts_cell(&acts, 0)->committed_cents, 2373);
	acts_must(&acts, "redeem 2026-01-05T09:00 60");
	EXPECT_CENTS(acts.fixture->last.gross, 2373);
	EXPECT_CENTS(acts_cell(&acts, 0)->committed_cents, 0);
}

/* The code that the person shows is what binds; it stays valid for a change. */
static void provider_binds_itself_by_code(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "propose 2026-01 2026-01 720; issue; choose alfa by=alfa code=right;"
			 "choose beta by=beta code=right");
	assert_int_equal(state_voucher(&acts.fixture->state, acts.voucher)->provider.raw,
			 acts.fixture->beta.raw);
	assert_int_equal(acts_do(&acts, "choose alfa by=beta code=right"), RESULT_NOT_OWNER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(provider_suspended_between_booking_and_visit),
	    EXPECT_TEST(change_after_the_visits),
	    EXPECT_TEST(unfunded_change_changes_nothing),
	    EXPECT_TEST(ceilings_of_a_provider),
	    EXPECT_TEST(returned_hours_that_find_no_room),
	    EXPECT_TEST(kept_booking_delivered_in_part),
	    EXPECT_TEST(kept_booking_is_not_eaten_by_rounding),
	    EXPECT_TEST(provider_binds_itself_by_code),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
