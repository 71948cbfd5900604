/* Reversal, dispute and decision: money, units, statements, and visits of two records. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

static const struct statement *statement(const struct acts *acts)
{
	return state_statement(&acts->fixture->state, acts->statement);
}

static void reversal_restores(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-06 720 alfa; now 2026-01-31T09:00;"
			 "redeem 2026-01-05T09:00 60; redeem 2026-01-06T09:00 75;"
			 "redeem 2026-01-07T09:00 60; reverse record=2");
	const struct outcome *last = &acts.fixture->last;
	EXPECT_CENTS(last->net, 2825);
	EXPECT_CENTS(last->gross, 2966);
	assert_int_equal(last->units, 600);
	assert_int_equal(acts_fund(&acts, 2026, FUND_REDEEMED), 4746);
	assert_int_equal(acts_cell(&acts, 0)->used_units, 120);
	EXPECT_CENTS(acts_cell(&acts, 0)->used_net_cents, 4520);
	assert_int_equal(statement(&acts)->redemption_count, 2);
	const struct redemption *newest =
	    state_redemption(&acts.fixture->state, (struct redemption_id){3});
	assert_int_equal(newest->previous_in_line.raw, 1); /* the chain closed over the gap */
	const struct redemption *reversed =
	    state_redemption(&acts.fixture->state, (struct redemption_id){2});
	assert_int_equal(reversed->reason, REASON_TYPING_ERROR);
	assert_int_equal(reversed->statement_line.raw, 0);
}

static void dispute_holds(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "ceiling pandino 2026 100000; title 2026-01 2026-01 720 alfa;"
			 "now 2026-01-31T09:00; redeem 2026-01-05T09:00 60; dispute");
	assert_int_equal(acts_fund(&acts, 2026, FUND_REDEEMED), 0);
	assert_int_equal(acts_fund(&acts, 2026, FUND_DISPUTED), 2373);
	assert_int_equal(acts_cell(&acts, 0)->booked_units, 60);
	assert_int_equal(acts_cell(&acts, 0)->disputed_units, 60);
	assert_int_equal(statement(&acts)->redemption_count, 0);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 28476); /* still promised */
	acts_must(&acts, "resolve reject");
	assert_int_equal(acts_fund(&acts, 2026, FUND_DISPUTED), 0);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 28476);
	assert_int_equal(acts_cell(&acts, 0)->free_units, 720);
	/* a rejected visit may be sent again */
	acts_must(&acts, "redeem 2026-01-05T09:00 60");
	assert_int_equal(acts_fund(&acts, 2026, FUND_REDEEMED), 2373);
}

/* The two records of New Year's night share every fate. */
static void both_parts_of_a_visit(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-12 2027-01 720 alfa; now 2027-01-02T09:00;"
			 "redeem 2026-12-31T23:00 120; dispute record=2");
	EXPECT_CENTS(acts.fixture->last.gross, 4746);
	assert_int_equal(acts_fund(&acts, 2026, FUND_DISPUTED), 2373);
	assert_int_equal(acts_fund(&acts, 2027, FUND_DISPUTED), 2373);
	acts_must(&acts, "resolve accept record=1");
	assert_int_equal(acts_fund(&acts, 2026, FUND_REDEEMED), 2373);
	assert_int_equal(acts_fund(&acts, 2027, FUND_REDEEMED), 2373);
	/* December is frozen: January's part alone cannot go */
	acts_must(&acts, "now 2027-01-12T09:00; freeze statement=1");
	assert_int_equal(acts_do(&acts, "reverse record=2"), RESULT_REDEMPTION_IN_STATEMENT);
	assert_int_equal(acts_fund(&acts, 2027, FUND_REDEEMED), 2373);
}

/* A month released meanwhile keeps nothing of what comes back. */
static void reversal_after_release(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "ceiling pandino 2026 100000; title 2026-01 2026-02 720 alfa;"
			 "now 2026-01-31T09:00; redeem 2026-01-05T09:00 60; now 2026-03-04T00:00;"
			 "reverse");
	assert_int_equal(acts_cell(&acts, 0)->expired_units, 720);
	EXPECT_CENTS(acts_cell(&acts, 0)->held_cents, 0);
	assert_int_equal(acts_fund(&acts, 2026, FUND_AVAILABLE), 14035000 - 28476);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 28476);
}

/* Units that come back to a released month are gone: a title without any others is used up. */
static void rejection_leaves_no_units(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-03 60 alfa; now 2026-01-31T09:00;"
			 "redeem 2026-01-05T09:00 60; dispute; now 2026-02-20T09:00;"
			 "redeem 2026-02-05T09:00 60; now 2026-03-05T09:00;"
			 "redeem 2026-03-04T09:00 60");
	const struct voucher *title = state_voucher(&acts.fixture->state, acts.voucher);
	assert_int_equal(title->state, VOUCHER_STATE_ACTIVE);
	acts_must(&acts, "resolve reject record=1");
	assert_int_equal(acts_cell(&acts, 0)->expired_units, 60);
	assert_int_equal(title->state, VOUCHER_STATE_EXHAUSTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(reversal_restores),
	    EXPECT_TEST(dispute_holds),
	    EXPECT_TEST(both_parts_of_a_visit),
	    EXPECT_TEST(reversal_after_release),
	    EXPECT_TEST(rejection_leaves_no_units),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
