/* Late, partly proven, corrected and missed visits: what moves, and what their side records keep. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

static const struct redemption *record(const struct acts *acts, uint32_t id)
{
	const struct redemption *found =
	    state_redemption(&acts->fixture->state, (struct redemption_id){id});
	assert_non_null(found);
	return found;
}

static const struct visit_detail *detail(const struct acts *acts, uint32_t redemption)
{
	const struct state *state = &acts->fixture->state;
	struct visit_detail_id id =
	    state_find_visit_detail(state, (struct redemption_id){redemption});
	assert_int_equal(record(acts, redemption)->detailed, id.raw != 0);
	return state_visit_detail(state, id);
}

static void expect_books(const struct acts *acts, int64_t committed, int64_t redeemed,
			 int64_t disputed)
{
	assert_int_equal(acts_fund(acts, 2026, FUND_COMMITTED), committed);
	assert_int_equal(acts_fund(acts, 2026, FUND_REDEEMED), redeemed);
	assert_int_equal(acts_fund(acts, 2026, FUND_DISPUTED), disputed);
}

/* Nothing moves while a record waits; authorised, it is in a statement of its own. */
static void late_moves_nothing(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-01 720 alfa; now 2026-01-31T09:00;"
			 "redeem 2026-01-05T09:00 60; now 2026-02-12T09:00; freeze;"
			 "redeem 2026-01-06T09:00 60");
	EXPECT_CENTS(acts.fixture->last.gross, 2373);
	assert_int_equal(acts.fixture->effects.posting_count, 0);
	expect_books(&acts, 28476 - 2373, 2373, 0);
	assert_int_equal(acts_cell(&acts, 0)->waiting, 1);
	assert_int_equal(acts_cell(&acts, 0)->free_units, 660);
	assert_int_equal(record(&acts, 2)->cause, RESULT_LATE_SUBMISSION);
	assert_int_equal(detail(&acts, 2)->late, 1);
	acts_must(&acts, "authorise");
	expect_books(&acts, 28476 - 4746, 4746, 0);
	assert_int_equal(acts_cell(&acts, 0)->waiting, 0);
	assert_string_equal(detail(&acts, 2)->act, "AUT-1/26");
	assert_int_not_equal(record(&acts, 2)->statement_line.raw,
			     record(&acts, 1)->statement_line.raw);
}

/* At the end of the window: first come first held, what is left for none is rejected; the title
 * closes only when the last is decided. */
static void late_at_the_end_of_the_window(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-01 90 alfa; now 2026-02-12T09:00;"
			 "redeem 2026-01-06T09:00 60; redeem 2026-01-05T09:00 60;"
			 "redeem 2026-01-07T09:00 20; now 2026-03-04T00:00");
	assert_int_equal(record(&acts, 1)->state, REDEMPTION_STATE_DISPUTED);
	assert_int_equal(record(&acts, 2)->state, REDEMPTION_STATE_REJECTED);
	assert_int_equal(record(&acts, 2)->cause, RESULT_SUBMISSION_WINDOW_CLOSED);
	assert_int_equal(record(&acts, 3)->state, REDEMPTION_STATE_DISPUTED);
	expect_books(&acts, 0, 0, 2373 + 791);
	assert_int_equal(acts_cell(&acts, 0)->expired_units, 10);
	const struct voucher *voucher = state_voucher(&acts.fixture->state, acts.voucher);
	assert_int_equal(voucher->state, VOUCHER_STATE_EXPIRED);
	acts_must(&acts, "resolve accept record=1");
	assert_int_equal(voucher->state, VOUCHER_STATE_EXPIRED);
	acts_must(&acts, "resolve reject record=3");
	assert_int_equal(voucher->state, VOUCHER_STATE_CLOSED);
	expect_books(&acts, 0, 2373, 0);
}

/* A late record accepted in part: together the parts cost what the whole does. */
static void late_in_part(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-01 720 alfa; now 2026-02-12T09:00;"
			 "redeem 2026-01-05T09:00 90; partial 60");
	EXPECT_CENTS(acts.fixture->last.gross, 2373);
	expect_books(&acts, 28476 - 3560, 2373, 1187);
	assert_int_equal(record(&acts, 1)->units, 60);
	assert_int_equal(record(&acts, 2)->units, 30);
	assert_int_equal(record(&acts, 2)->start.us, fixture_instant("2026-01-05T10:00").us);
	assert_int_equal(detail(&acts, 2)->contested_of.raw, 1);
}

/* S10 over New Year: the cut where the proof ends and the cut of the year are independent. */
static void proof_over_new_year(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-12 2027-01 720 alfa; now 2027-01-02T09:00;"
			 "redeem 2026-12-31T23:00 180 confirmed=90");
	assert_int_equal(acts.fixture->last.result, RESULT_ACCEPTED_PARTIAL);
	assert_int_equal(record(&acts, 1)->units, 60); /* 2026, proven */
	assert_int_equal(record(&acts, 2)->units, 30); /* 2027, proven */
	assert_int_equal(record(&acts, 3)->units, 90); /* 2027, contested */
	assert_int_equal(record(&acts, 1)->sibling.raw, 2);
	assert_int_equal(record(&acts, 2)->sibling.raw, 1);
	assert_int_equal(record(&acts, 3)->sibling.raw, 0);
	assert_int_equal(record(&acts, 3)->state, REDEMPTION_STATE_DISPUTED);
	assert_int_equal(acts_fund(&acts, 2026, FUND_REDEEMED), 2373);
	assert_int_equal(acts_fund(&acts, 2027, FUND_REDEEMED), 1187);
	assert_int_equal(acts_fund(&acts, 2027, FUND_DISPUTED), 4746 - 1187);
	EXPECT_CENTS(acts.fixture->last.gross, 2373 + 1187);
}

/* Two records held together are accepted in part from their start on. */
static void part_of_a_visit_of_two_years(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-12 2027-01 720 alfa; now 2027-01-02T09:00;"
			 "redeem 2026-12-31T23:00 120; dispute record=2; resolve 75 record=2");
	assert_int_equal(record(&acts, 1)->state, REDEMPTION_STATE_ACCEPTED);
	assert_int_equal(record(&acts, 2)->state, REDEMPTION_STATE_ACCEPTED);
	assert_int_equal(record(&acts, 2)->units, 15);
	assert_int_equal(detail(&acts, 2)->claimed_units, 60);
	assert_int_equal(acts_fund(&acts, 2027, FUND_REDEEMED), 593);
	assert_int_equal(acts_fund(&acts, 2027, FUND_DISPUTED), 0);
	assert_int_equal(acts_fund(&acts, 2027, FUND_COMMITTED), 28476 - 593);
}

static void correction_replaces(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-01 720 alfa; now 2026-01-31T09:00;"
			 "redeem 2026-01-05T09:00 60; correct minutes=75");
	EXPECT_CENTS(acts.fixture->last.gross, 2966);
	assert_int_equal(record(&acts, 1)->state, REDEMPTION_STATE_SUPERSEDED);
	assert_int_equal(record(&acts, 1)->sibling.raw, 2);
	assert_int_equal(record(&acts, 1)->statement_line.raw, 0);
	assert_int_equal(detail(&acts, 2)->supersedes.raw, 1);
	assert_int_equal(record(&acts, 2)->operator, record(&acts, 1)->operator);
	expect_books(&acts, 28476 - 2966, 2966, 0);
	assert_int_equal(acts_cell(&acts, 0)->used_units, 75);
	/* refused: the old record stands, statement and all */
	assert_int_equal(acts_do(&acts, "correct minutes=721"), RESULT_EXCEEDS_MONTHLY_ALLOTMENT);
	assert_int_equal(record(&acts, 2)->state, REDEMPTION_STATE_ACCEPTED);
	expect_books(&acts, 28476 - 2966, 2966, 0);
	const struct statement *statement = state_statement(&acts.fixture->state, acts.statement);
	assert_int_equal(statement->redemption_count, 1);
}

static void missed_accesses_pay_twice_a_month(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "set MISSED_ACCESS_PAYABLE_MINUTES 30; title 2026-01 2026-01 720 alfa;"
			 "book 2026-01-05T09:00 60; book 2026-01-06T09:00 20; now 2026-01-31T09:00;"
			 "missed 2026-01-05T09:00");
	EXPECT_CENTS(acts.fixture->last.gross, 1187);
	assert_int_equal(record(&acts, 1)->state, REDEMPTION_STATE_MISSED);
	assert_int_equal(record(&acts, 1)->units, 30);
	assert_int_equal(detail(&acts, 1)->claimed_units, 60);
	assert_int_not_equal(record(&acts, 1)->statement_line.raw, 0);
	acts_must(&acts, "missed 2026-01-06T09:00"); /* at most what was booked */
	assert_int_equal(record(&acts, 2)->units, 20);
	acts_must(&acts, "missed 2026-01-07T09:00"); /* the third of the month */
	EXPECT_CENTS(acts.fixture->last.gross, 0);
	assert_int_equal(record(&acts, 3)->state, REDEMPTION_STATE_MISSED);
	assert_int_equal(record(&acts, 3)->statement_line.raw, 0);
	assert_int_equal(acts_cell(&acts, 0)->used_units, 50);
	assert_int_equal(acts_cell(&acts, 0)->booked_units, 0);
	expect_books(&acts, 28476 - 1187 - 791, 1187 + 791, 0);
}

/* The person tells too late; where nothing is paid for it, or it tells in time, the booking ends. */
static void late_cancellation_by_the_person(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-02 2026-02 720 alfa; book 2026-02-05T09:00 60;"
			 "book 2026-02-06T09:00 60; book 2026-02-07T09:00 60;"
			 "now 2026-02-05T08:00; unbook record=1 by=beneficiary");
	assert_int_equal(record(&acts, 1)->state, REDEMPTION_STATE_CANCELLED);
	acts_must(&acts, "set MISSED_ACCESS_PAYABLE_MINUTES 30; unbook record=2 by=beneficiary;"
			 "now 2026-02-06T09:01; unbook record=3 by=beneficiary");
	assert_int_equal(record(&acts, 2)->state, REDEMPTION_STATE_CANCELLED); /* 25 hours */
	assert_int_equal(record(&acts, 3)->state, REDEMPTION_STATE_MISSED);
	assert_int_equal(acts_cell(&acts, 0)->used_units, 30);
	expect_books(&acts, 28476 - 1187, 1187, 0);
}

static void quantum_and_direction(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "set BILLING_QUANTUM_MINUTES 15; title 2026-01 2026-03 720 alfa;"
			 "now 2026-03-31T09:00; redeem 2026-03-05T09:00 74");
	assert_int_equal(record(&acts, 1)->minutes, 74);
	assert_int_equal(record(&acts, 1)->units, 60);
	acts_must(&acts, "set BILLING_QUANTUM_ROUNDING NEAREST day=2026-03-06;"
			 "redeem 2026-03-06T09:00 74; redeem 2026-03-07T09:00 67");
	assert_int_equal(record(&acts, 2)->units, 75);
	assert_int_equal(record(&acts, 3)->units, 60);
	acts_must(&acts, "set BILLING_QUANTUM_ROUNDING UP day=2026-03-08;"
			 "redeem 2026-03-08T09:00 61 confirmed=31");
	assert_int_equal(record(&acts, 4)->units, 45); /* 31 proven minutes */
	assert_int_equal(record(&acts, 5)->units, 30); /* of 75 in all */
}

static void months_split_where_they_are_told_to(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "set MONTH_ATTRIBUTION SPLIT_AT_MIDNIGHT; title 2026-01 2026-02 720 alfa;"
			 "now 2026-02-02T09:00; redeem 2026-01-31T23:30 60;"
			 "redeem 2026-01-15T23:30 60");
	assert_int_equal(acts_cell(&acts, 0)->used_units, 30 + 60);
	assert_int_equal(acts_cell(&acts, 1)->used_units, 30);
	assert_int_equal(record(&acts, 1)->sibling.raw, 2);
	assert_int_equal(record(&acts, 3)->sibling.raw, 0); /* a midnight inside a month */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(late_moves_nothing),
	    EXPECT_TEST(late_at_the_end_of_the_window),
	    EXPECT_TEST(late_in_part),
	    EXPECT_TEST(proof_over_new_year),
	    EXPECT_TEST(part_of_a_visit_of_two_years),
	    EXPECT_TEST(correction_replaces),
	    EXPECT_TEST(missed_accesses_pay_twice_a_month),
	    EXPECT_TEST(late_cancellation_by_the_person),
	    EXPECT_TEST(quantum_and_direction),
	    EXPECT_TEST(months_split_where_they_are_told_to),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
