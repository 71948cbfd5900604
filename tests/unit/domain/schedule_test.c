/* Midnight jobs: what they release and when, in how many ticks, and that they can be resumed. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

#include "engine/domain/schedule.h"

#include <stdio.h>

static const struct schedule *schedule_of(const struct fixture *fixture)
{
	return state_schedule(&fixture->state, (struct schedule_id){1});
}

/* Runs what is due at `to` and counts the ticks. */
static uint32_t count_ticks(struct fixture *fixture, const char *to)
{
	struct instant end = fixture_instant(to);
	struct command tick;
	struct instant due;
	uint32_t ticks = 0;
	while (decide_tick_due(&fixture->state, end, &tick, &due)) {
		assert_false(instant_less(end, due));
		fixture->now = due;
		(void)fixture_must(fixture, &tick);
		ticks++;
		assert_true(ticks < 10000);
	}
	fixture->now = end;
	return ticks;
}

/* S08: expiry is about the service date; release on 1 August; then CLOSED. */
static void june_of_s08(void **state)
{
	struct fixture *fixture = *state;
	struct acts acts = acts_begin(fixture);
	acts_must(&acts, "ceiling pandino 2026 100000; title 2026-06 2026-06 720 alfa;"
			 "now 2026-06-30T23:00");
	char act[64];
	for (int day = 1; day <= 6; day++) {
		(void)snprintf(act, sizeof(act), "redeem 2026-06-%02dT09:00 60", day);
		acts_must(&acts, act);
	}
	const struct voucher *voucher = state_voucher(&fixture->state, acts.voucher);
	assert_int_equal(voucher->state, VOUCHER_STATE_ACTIVE);
	acts_must(&acts, "now 2026-07-01T09:00");
	assert_int_equal(voucher->state, VOUCHER_STATE_EXPIRED);
	acts_must(&acts, "redeem 2026-06-29T09:00 60; redeem 2026-06-30T09:00 75");
	assert_int_equal(acts_do(&acts, "redeem 2026-07-01T07:00 60"), RESULT_OUT_OF_VALIDITY);
	acts_must(&acts, "now 2026-07-12T09:00; freeze");
	EXPECT_CENTS(fixture->last.net, 18645);
	EXPECT_CENTS(fixture->last.gross, 19577);
	assert_int_equal(acts_do(&acts, "redeem 2026-06-26T09:00 60"), RESULT_LATE_SUBMISSION);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 28476 - 19577);
	acts_must(&acts, "now 2026-07-15T09:00; authorise");
	const struct statement *supplement =
	    state_statement(&fixture->state, (struct statement_id){2});
	assert_int_equal(supplement->kind, STATEMENT_KIND_SUPPLEMENTARY);
	EXPECT_CENTS(supplement->gross_cents, 2373);
	acts_must(&acts, "now 2026-07-31T23:59");
	assert_int_equal(voucher->state, VOUCHER_STATE_EXPIRED);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 28476 - 21950);
	acts_must(&acts, "now 2026-08-01T00:00");
	assert_int_equal(voucher->state, VOUCHER_STATE_CLOSED);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 0);
	assert_int_equal(acts_fund(&acts, 2026, FUND_AVAILABLE), 14035000 - 21950);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 21950);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_FREE), 100000 - 21950);
	EXPECT_CENTS(state_commitment(&fixture->state, fixture->commitment_2026)->drawn_cents,
		     21950);
	assert_int_equal(acts_cell(&acts, 0)->used_units, 555);
	assert_int_equal(acts_cell(&acts, 0)->expired_units, 165);
	acts_must(&acts, "now 2026-08-03T09:00");
	assert_int_equal(acts_do(&acts, "redeem 2026-06-27T09:00 60"),
			 RESULT_SUBMISSION_WINDOW_CLOSED);
}

/* S09 NONE: each month releases its own rest: 94,92 of January. */
static void months_release_their_own(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-06 600 alfa; now 2026-01-31T09:00;"
			 "redeem 2026-01-05T09:00 360; now 2026-03-03T23:59");
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 142380 - 14238);
	acts_must(&acts, "now 2026-03-04T00:00");
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 142380 - 14238 - 9492);
	acts_must(&acts, "now 2026-03-31T23:59");
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 142380 - 14238 - 9492);
	acts_must(&acts, "now 2026-04-01T00:00"); /* 28 February and 31 days: 31 March */
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 142380 - 14238 - 9492 - 23730);
}

/* Bookings go with their month; disputes stay and are released when they are rejected. */
static void bookings_and_disputes(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-01 720 alfa; book 2026-01-20T09:00 60;"
			 "now 2026-01-31T09:00; redeem 2026-01-05T09:00 60; dispute;"
			 "now 2026-03-04T00:00");
	const struct cell *cell = acts_cell(&acts, 0);
	assert_int_equal(cell->released, 1);
	assert_int_equal(cell->booked_units, 60);
	assert_int_equal(cell->disputed_units, 60);
	assert_int_equal(cell->expired_units, 660);
	EXPECT_CENTS(cell->committed_cents, 0);
	EXPECT_CENTS(cell->disputed_cents, 2373);
	const struct redemption *booking = state_redemption(&acts.fixture->state, acts.booking);
	assert_int_equal(booking->state, REDEMPTION_STATE_CANCELLED);
	const struct voucher *voucher = state_voucher(&acts.fixture->state, acts.voucher);
	assert_int_equal(voucher->state, VOUCHER_STATE_EXPIRED);
	acts_must(&acts, "resolve reject");
	assert_int_equal(cell->expired_units, 720);
	assert_int_equal(cell->booked_units, 0);
	EXPECT_CENTS(cell->disputed_cents, 0);
	EXPECT_CENTS(cell->held_cents, 0);
	assert_int_equal(acts_fund(&acts, 2026, FUND_AVAILABLE), 14035000);
	assert_int_equal(voucher->state, VOUCHER_STATE_CLOSED);
}

/* A decision for the provider after the release still pays from what was held. */
static void dispute_accepted_after_release(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-01 720 alfa; now 2026-01-31T09:00;"
			 "redeem 2026-01-05T09:00 60; dispute; now 2026-03-04T00:00;"
			 "resolve accept; freeze");
	assert_int_equal(acts_fund(&acts, 2026, FUND_REDEEMED), 2373);
	const struct voucher *voucher = state_voucher(&acts.fixture->state, acts.voucher);
	assert_int_equal(voucher->state, VOUCHER_STATE_CLOSED);
}

/* Issued after its last day, while the late window is open: closed all the same. */
static void issued_late(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "propose 2026-01 2026-01 720; now 2026-02-05T09:00; issue; choose alfa;"
			 "redeem 2026-01-05T09:00 60; now 2026-03-04T00:00");
	const struct voucher *voucher = state_voucher(&acts.fixture->state, acts.voucher);
	assert_int_equal(voucher->state, VOUCHER_STATE_CLOSED);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 0);
}

/* Days without work cost nothing: three years pass in a few ticks. */
static void empty_days_are_skipped(void **state)
{
	struct fixture *fixture = *state;
	struct acts acts = acts_begin(fixture);
	acts_must(&acts, "title 2026-01 2026-03 720 alfa");
	uint32_t ticks = count_ticks(fixture, "2029-01-01T12:00");
	/* January; expiry and February, both on 1 April; March; the year 2026 starts closing; the
	 * present day noted */
	assert_int_equal(ticks, 5);
	assert_int_equal(schedule_of(fixture)->next_day.number,
			 fixture_day("2029-01-02").number);
	assert_int_equal(count_ticks(fixture, "2029-01-01T23:59"), 0);
	assert_int_equal(count_ticks(fixture, "2029-01-02T00:00"), 1);
	const struct voucher *voucher = state_voucher(&fixture->state, acts.voucher);
	assert_int_equal(voucher->state, VOUCHER_STATE_CLOSED);
}

/* 2,500 titles of one month: ticks of at most a thousand objects, each resuming the one before. */
static void many_titles_in_bounded_steps(void **state)
{
	struct fixture *fixture = *state;
	struct acts acts = acts_begin(fixture);
	fixture->check_all = false;
	acts_must(&acts, "fund BIG 2026 100000000");
	for (int i = 0; i < 2500; i++)
		acts_must(&acts, "propose 2026-01 2026-01 60; issue");
	fixture->check_all = true;
	assert_int_equal(count_ticks(fixture, "2026-01-31T23:59"), 1);
	assert_int_equal(count_ticks(fixture, "2026-02-01T00:00"), 3); /* expiry */
	assert_int_equal(count_ticks(fixture, "2026-03-03T23:59"), 1);
	struct command tick;
	struct instant due;
	struct instant midnight = fixture_instant("2026-03-04T00:00");
	for (uint32_t done = 1000; done <= 2000; done += 1000) {
		assert_true(decide_tick_due(&fixture->state, midnight, &tick, &due));
		assert_int_equal(due.us, midnight.us);
		fixture->now = due;
		(void)fixture_must(fixture, &tick);
		assert_int_equal(fixture->last.units, 1000);
		assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED),
				 (int64_t)(2500 - done) * 2373);
		assert_int_equal(schedule_of(fixture)->next_day.number,
				 fixture_day("2026-03-04").number);
	}
	assert_int_equal(count_ticks(fixture, "2026-03-04T00:00"), 1);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 0);
	assert_int_equal(state_voucher(&fixture->state, (struct voucher_id){1})->state,
			 VOUCHER_STATE_CLOSED);
}

/* Each ambito has its own late window. */
static void ambiti_have_their_own_windows(void **state)
{
	struct fixture *fixture = *state;
	struct acts acts = acts_begin(fixture);
	acts_must(&acts, "title 2026-01 2026-01 720 alfa");
	struct parameter shorter = {.ambito = fixture->ambito,
				    .valid_from = fixture_day("2026-01-31"),
				    .number = 15,
				    .name = PARAMETER_LATE_SUBMISSION_LAST_DAY};
	assert_true(apply_record(&fixture->state, RECORD_KIND_PARAMETER, 1, &shorter));
	struct ambito other = *state_ambito(&fixture->state, fixture->ambito);
	other.code[0] = 'X';
	assert_true(apply_record(&fixture->state, RECORD_KIND_AMBITO, fixture->ambito.raw + 1,
				 &other));
	acts_must(&acts, "now 2026-02-15T23:59");
	assert_int_equal(acts_cell(&acts, 0)->released, 0);
	acts_must(&acts, "now 2026-02-16T00:00");
	assert_int_equal(acts_cell(&acts, 0)->released, 1);
	acts_must(&acts, "now 2026-03-05T00:00");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(june_of_s08),
	    EXPECT_TEST(months_release_their_own),
	    EXPECT_TEST(bookings_and_disputes),
	    EXPECT_TEST(dispute_accepted_after_release),
	    EXPECT_TEST(issued_late),
	    EXPECT_TEST(empty_days_are_skipped),
	    EXPECT_TEST(many_titles_in_bounded_steps),
	    EXPECT_TEST(ambiti_have_their_own_windows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
