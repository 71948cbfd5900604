/* Issue: S00.3, S02, S12's years, the rate that is committed, what a waitlisted title leaves. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

static void the_baseline(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "ceiling pandino 2026 4000000; propose 2026-01 2026-06 720; issue");
	EXPECT_CENTS(acts.fixture->last.gross, 170856);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_FREE), 3829144);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 170856);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 170856);
	const struct cell *cell = acts_cell(&acts, 5);
	assert_int_equal(cell->vat_bp, 500);
	assert_int_equal(cell->month.number, fixture_month("2026-06").number);
	assert_int_equal(cell->granted_units, 720);
	assert_int_equal(cell->tariff.raw, acts.fixture->tariff.raw);
	EXPECT_CENTS(cell->held_cents, 28476);
	const struct commitment *commitment =
	    state_commitment(&acts.fixture->state, acts.fixture->commitment_2026);
	EXPECT_CENTS(commitment->drawn_cents, 170856);
	/* no ALFA yet: the same VAT as assumed releases nothing */
	acts_must(&acts, "choose alfa");
	EXPECT_CENTS(acts.fixture->last.gross, 0);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 170856);
}

/* S02: one wins, the other waits, short 1.417,12; its ceiling is untouched. */
static void two_comuni_one_fund(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "fund F 2026 200000; ceiling crema 2026 500000;"
			 "ceiling pandino 2026 300000; live crema; propose 2026-01 2026-06 720;"
			 "issue;"
			 "live pandino; propose 2026-01 2026-06 720; issue");
	const struct outcome *last = &acts.fixture->last;
	assert_int_equal(last->result, RESULT_WAITLISTED);
	assert_int_equal(last->cause, RESULT_FUND_EXHAUSTED);
	EXPECT_CENTS(last->short_by, 141712);
	EXPECT_CENTS(last->limit, 29144);
	assert_int_equal(last->object, acts.voucher.raw);
	assert_int_equal(acts_fund(&acts, 2026, FUND_AVAILABLE), 29144);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 170856);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_FREE), 329144);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 170856);
	assert_int_equal(acts_ceiling(&acts, 2, CEILING_FREE), 300000);
	assert_int_equal(acts_ceiling(&acts, 2, CEILING_USED), 0);
	const struct voucher *waiting = state_voucher(&acts.fixture->state, acts.voucher);
	assert_int_equal(waiting->state, VOUCHER_STATE_WAITLISTED);
	assert_int_equal(waiting->first_cell.raw, 0);
	assert_int_equal(acts.fixture->effects.posting_count, 0);
	/* the winner's money comes back: the other can be issued */
	acts_must(&acts, "cancel title=1; issue");
	assert_int_equal(last->result, RESULT_OK);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 0);
	assert_int_equal(acts_ceiling(&acts, 2, CEILING_USED), 170856);
}

/* The cells of one title count together on a ceiling. */
static void cells_count_together(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "ceiling pandino 2026 56951; propose 2026-01 2026-02 720; issue");
	const struct outcome *last = &acts.fixture->last;
	assert_int_equal(last->result, RESULT_WAITLISTED);
	assert_int_equal(last->cause, RESULT_CEILING_EXCEEDED);
	assert_int_equal(last->ceiling.raw, 1);
	EXPECT_CENTS(last->short_by, 1);
	EXPECT_CENTS(last->limit, 56951);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_FREE), 56951);
}

/* S12: each month on the year in which the service is rendered. */
static void months_in_their_own_year(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "live castelleone; propose 2026-11 2027-04 720; issue");
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 56952);
	assert_int_equal(acts_fund(&acts, 2027, FUND_COMMITTED), 113904);
	assert_int_equal(acts_cell(&acts, 1)->commitment.raw, acts.fixture->commitment_2026.raw);
	assert_int_equal(acts_cell(&acts, 2)->commitment.raw, acts.fixture->commitment_2027.raw);
	assert_int_equal(acts_cell(&acts, 2)->fund_year.raw, acts.fixture->year_2027.raw);
}

/* The dearest provider that could be chosen decides; a struck-off one no longer counts. */
static void highest_rate_is_committed(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "enrol DELTA OTHER; propose 2026-01 2026-01 720; issue");
	assert_int_equal(acts_cell(&acts, 0)->vat_bp, 2200);
	EXPECT_CENTS(acts_cell(&acts, 0)->committed_cents, 33086); /* 271,20 + 59,66 */
	acts_must(&acts, "choose alfa");
	EXPECT_CENTS(acts_cell(&acts, 0)->committed_cents, 28476);
	EXPECT_CENTS(acts.fixture->last.gross, 33086 - 28476);
	acts_must(&acts, "strike DELTA 2026-01-01; propose 2026-01 2026-01 720; issue");
	assert_int_equal(acts_cell(&acts, 0)->vat_bp, 500);
	acts_must(&acts, "strike alfa 2026-01-01; strike beta 2026-01-01;"
			 "propose 2026-01 2026-01 720; issue");
	assert_int_equal(acts_cell(&acts, 0)->vat_bp, 0);
	EXPECT_CENTS(acts_cell(&acts, 0)->committed_cents, 27120);
}

/* Lines: cells are consecutive, line by line, each with its own tariff. */
static void lines_and_months(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "service PASTI PIECE 650; enrol ALFA SOCIAL_COOP service=PASTI;"
			 "propose 2026-01 2026-02 60 service=SAD_OSS,PASTI; issue");
	for (uint32_t n = 0; n < 4; n++) {
		assert_int_equal(acts_cell(&acts, n)->line, n / 2);
		assert_int_equal(acts_cell(&acts, n)->month.number,
				 fixture_month("2026-01").number + (int)(n % 2));
	}
	EXPECT_CENTS(acts_cell(&acts, 0)->committed_cents, 2373);
	EXPECT_CENTS(acts_cell(&acts, 2)->committed_cents, 40950); /* 60 x 6,50 + 5 % */
	acts_must(&acts, "choose alfa; now 2026-01-31T09:00;"
			 "redeem 2026-01-05T12:00 units=20 service=PASTI");
	EXPECT_CENTS(acts.fixture->last.gross, 13650);
	assert_int_equal(acts_cell(&acts, 2)->free_units, 40);
	assert_int_equal(acts_cell(&acts, 0)->free_units, 60);
}

/* The oldest commitment that covers the whole year's part is drawn, never two for one. */
static void commitment_is_chosen(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "fund F 2026 50000; vary 2026 1000000; commitment 2026 200000;"
			 "commitment 2026 300000; propose 2026-01 2026-06 720; issue");
	struct commitment_id first = acts_cell(&acts, 0)->commitment;
	EXPECT_CENTS(state_commitment(&acts.fixture->state, first)->amount_cents, 200000);
	acts_must(&acts, "propose 2026-01 2026-01 720; issue");
	assert_int_not_equal(acts_cell(&acts, 0)->commitment.raw, first.raw);
	EXPECT_CENTS(state_commitment(&acts.fixture->state, acts_cell(&acts, 0)->commitment)
			 ->amount_cents,
		     50000);
	acts_must(&acts, "propose 2026-01 2026-06 720; issue; propose 2026-01 2026-06 720");
	assert_int_equal(acts_do(&acts, "issue"), RESULT_COMMITMENT_EXCEEDED);
	EXPECT_CENTS(acts.fixture->last.limit, 129144);
	EXPECT_CENTS(acts.fixture->last.short_by, 41712);
}

static void code_of_another_title(void **state)
{
	struct fixture *fixture = *state;
	struct acts acts = acts_begin(fixture);
	acts_must(&acts, "propose 2026-01 2026-01 720; issue; propose 2026-01 2026-01 720");
	struct command issue = fixture_issue(fixture, acts.voucher);
	issue.input.voucher_issue.code_hash -= 1;
	EXPECT(fixture, &issue, ALREADY_EXISTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(the_baseline),
	    EXPECT_TEST(two_comuni_one_fund),
	    EXPECT_TEST(cells_count_together),
	    EXPECT_TEST(months_in_their_own_year),
	    EXPECT_TEST(highest_rate_is_committed),
	    EXPECT_TEST(lines_and_months),
	    EXPECT_TEST(commitment_is_chosen),
	    EXPECT_TEST(code_of_another_title),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
