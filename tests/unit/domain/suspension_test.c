/* Suspension, resumption, absences and terms: what a title loses, what is refused, and when the
 * midnight jobs act, over both changes of the clock, leap days and the ends of 2020 to 2040. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

#include "engine/domain/suspension.h"

#include <stdio.h>

static const struct voucher *title(const struct acts *acts)
{
	return state_voucher(&acts->fixture->state, acts->voucher);
}

static void expect_result(struct acts *acts, const char *act, enum result expected)
{
	assert_string_equal(result_code(acts_do(acts, act)), result_code(expected));
}

/* March: 11 of 31 days, floor(720 x 11 / 31) = 255 units; the rest is worth 465' = 183,91. */
static void days_of_a_month(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "ceiling pandino 2026 100000; title 2026-03 2026-04 720 alfa;"
			 "now 2026-03-09T09:00;"
			 "do voucher_suspend effective_from=2026-03-05 reason=HOSPITAL_STAY");
	assert_int_equal(title(&acts)->state, VOUCHER_STATE_SUSPENDED);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 56952);
	acts_must(&acts, "now 2026-03-20T09:00; do voucher_resume returned_on=2026-03-16 act=D-1");
	assert_int_equal(title(&acts)->state, VOUCHER_STATE_ACTIVE);
	assert_int_equal(acts.fixture->last.units, 255);
	EXPECT_CENTS(acts.fixture->last.gross, 28476 - 18391);
	assert_int_equal(acts_cell(&acts, 0)->free_units, 465);
	assert_int_equal(acts_cell(&acts, 0)->expired_units, 255);
	EXPECT_CENTS(acts_cell(&acts, 0)->committed_cents, 18391);
	assert_int_equal(acts_cell(&acts, 1)->free_units, 720);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 28476 + 18391);
	EXPECT_CENTS(state_commitment(&acts.fixture->state, acts.fixture->commitment_2026)
			 ->drawn_cents,
		     28476 + 18391);
	/* Judged at the service date, whatever the present state. */
	acts_must(&acts, "redeem 2026-03-04T09:00 60");
	expect_result(&acts, "redeem 2026-03-05T00:00 60",
		      RESULT_VOUCHER_SUSPENDED_AT_SERVICE_DATE);
	expect_result(&acts, "redeem 2026-03-15T22:00 60",
		      RESULT_VOUCHER_SUSPENDED_AT_SERVICE_DATE);
	acts_must(&acts, "redeem 2026-03-16T00:00 60");
}

/* Whole months go entirely; the first and the last by their days. */
static void over_months(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-05 600 alfa; now 2026-01-21T09:00;"
			 "do voucher_suspend effective_from=2026-01-21 reason=RESPITE act=A-1;"
			 "now 2026-04-11T09:00;"
			 "do voucher_resume returned_on=2026-04-11 act=D-1");
	/* January: its late window is over, released whole. */
	assert_int_equal(acts_cell(&acts, 0)->released, 1);
	assert_int_equal(acts_cell(&acts, 1)->released, 1);
	assert_int_equal(acts_cell(&acts, 2)->free_units, 0);
	EXPECT_CENTS(acts_cell(&acts, 2)->committed_cents, 0);
	assert_int_equal(acts_cell(&acts, 3)->free_units, 400); /* 10 of 30 days */
	assert_int_equal(acts_cell(&acts, 4)->free_units, 600);
	assert_int_equal(acts.fixture->last.units, 800);
}

/* What was used or booked for other days is not taken; an exact allotment may be used up. */
static void only_free_units_are_lost(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-01 120 alfa; book 2026-01-30T09:00 60;"
			 "book 2026-01-12T09:00 30; now 2026-01-10T09:00;"
			 "redeem 2026-01-02T09:00 30;"
			 "do voucher_suspend effective_from=2026-01-10 reason=RESPITE");
	const struct cell *cell = acts_cell(&acts, 0);
	assert_int_equal(cell->booked_units, 0); /* bookings of suspended days have ended */
	assert_int_equal(cell->free_units, 90);
	acts_must(&acts, "now 2026-01-31T09:00; do voucher_resume returned_on=2026-01-31 act=D");
	assert_int_equal(acts.fixture->last.units, 120 * 21 / 31);
	acts_must(&acts, "redeem 2026-01-31T07:00 9");
	assert_int_equal(title(&acts)->state, VOUCHER_STATE_EXHAUSTED);
	EXPECT_CENTS(cell->committed_cents, 0);
}

static void recoverable_units_stay(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-03 2026-03 720 alfa;"
			 "do parameter_set ambito=crema name=SUSPENDED_UNITS_RECOVERABLE value=true "
			 "valid_from=2026-01-01 act=A by=manager; now 2026-03-05T09:00;"
			 "do voucher_suspend effective_from=2026-03-05 reason=HOSPITAL_STAY;"
			 "now 2026-03-20T09:00; do voucher_resume returned_on=2026-03-20 act=D");
	assert_int_equal(acts.fixture->last.units, 0);
	assert_int_equal(acts_cell(&acts, 0)->free_units, 720);
	EXPECT_CENTS(acts_cell(&acts, 0)->committed_cents, 28476);
}

/* Looks back: what was accepted in those days is disputed; in a frozen statement it is a task. */
static void services_of_suspended_days(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-03 720 alfa; now 2026-02-12T12:00;"
			 "redeem 2026-02-09T09:00 60; now 2026-02-13T12:00;"
			 "do voucher_suspend effective_from=2026-02-09 reason=HOSPITAL_STAY");
	assert_int_equal(state_redemption(&acts.fixture->state, acts.record)->state,
			 REDEMPTION_STATE_DISPUTED);
	assert_int_equal(acts_fund(&acts, 2026, FUND_DISPUTED), 2373);
	struct acts other = acts_begin(acts.fixture);
	acts_must(&other, "live crema; title 2026-02 2026-03 720 alfa; now 2026-02-20T12:00;"
			  "redeem 2026-02-19T09:00 60; now 2026-03-12T09:00; freeze;"
			  "do voucher_suspend effective_from=2026-02-19 reason=HOSPITAL_STAY");
	assert_int_equal(state_redemption(&other.fixture->state, other.record)->state,
			 REDEMPTION_STATE_ACCEPTED);
	const struct state *ledger = &other.fixture->state;
	bool is_told = false;
	for (uint32_t id = 1; id <= state_count(ledger, RECORD_KIND_EVENT); id++) {
		const struct event *event = state_event(ledger, (struct event_id){id});
		if (event->kind == EVENT_KIND_PAID_SERVICE_TO_REVERSE) {
			is_told = event->task == 1 && event->redemption.raw == other.record.raw &&
				  event->statement.raw == other.statement.raw;
		}
	}
	assert_true(is_told);
}

static void refusals(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-02 2026-03 720 alfa; now 2026-02-10T09:00");
	expect_result(&acts, "do voucher_suspend effective_from=2026-02-11 reason=RESPITE",
		      RESULT_FIELD_OUT_OF_RANGE);
	expect_result(&acts, "do voucher_suspend effective_from=2026-01-31 reason=RESPITE",
		      RESULT_FIELD_OUT_OF_RANGE);
	expect_result(&acts, "do voucher_resume returned_on=2026-02-10 act=D",
		      RESULT_ILLEGAL_TRANSITION);
	acts_must(&acts, "do voucher_suspend effective_from=2026-02-05 reason=RESPITE");
	expect_result(&acts, "do voucher_suspend effective_from=2026-02-06 reason=RESPITE",
		      RESULT_ILLEGAL_TRANSITION);
	expect_result(&acts, "do voucher_resume returned_on=2026-02-11 act=D",
		      RESULT_FIELD_OUT_OF_RANGE);
	expect_result(&acts, "do voucher_resume returned_on=2026-02-04 act=D",
		      RESULT_FIELD_OUT_OF_RANGE);
	acts_must(&acts, "do voucher_resume returned_on=2026-02-08 act=D");
	expect_result(&acts, "do voucher_suspend effective_from=2026-02-07 reason=RESPITE",
		      RESULT_FIELD_OUT_OF_RANGE);
	acts_must(&acts, "do voucher_suspend effective_from=2026-02-08 reason=RESPITE");
	assert_true(suspension_covers(&acts.fixture->state, acts.voucher,
				      fixture_day("2026-02-07")));
	assert_false(suspension_covers(&acts.fixture->state, acts.voucher,
				       fixture_day("2026-02-04")));
	/* An expired title stays expired. */
	acts_must(&acts, "now 2026-04-01T00:00");
	assert_int_equal(title(&acts)->state, VOUCHER_STATE_EXPIRED);
	expect_result(&acts, "do voucher_resume returned_on=2026-03-10 act=D",
		      RESULT_ILLEGAL_TRANSITION);
}

static void an_issued_title_resumes_issued(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "propose 2026-01 2026-03 720; issue;"
			 "do voucher_suspend effective_from=2026-01-01 reason=ARREARS;"
			 "now 2026-01-20T09:00; do voucher_resume returned_on=2026-01-11 act=D");
	assert_int_equal(title(&acts)->state, VOUCHER_STATE_ISSUED);
	assert_int_equal(acts_cell(&acts, 0)->free_units, 720 - 720 * 10 / 31);
}

/* ---- Absences ---- */

#define RESPITE_PARAMETERS                                                                         \
	"do parameter_set ambito=crema name=SUSPEND_RESPITE_DAYS_ADULT value=60 "                  \
	"valid_from=2026-01-01 act=A by=manager;"                                                  \
	"do parameter_set ambito=crema name=SUSPEND_RESPITE_DAYS_MINOR value=90 "                  \
	"valid_from=2026-01-01 act=A by=manager;"

/* 60 days from 1 February: the 61st is 2 April. */
static void sixty_days_of_respite(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, RESPITE_PARAMETERS "title 2026-01 2026-06 720 alfa;"
					    "do voucher_absence from=2026-02-01 reason=RESPITE;"
					    "now 2026-04-01T23:59");
	assert_int_equal(title(&acts)->state, VOUCHER_STATE_ACTIVE);
	acts_must(&acts, "redeem 2026-04-01T09:00 60; now 2026-04-02T00:00");
	assert_int_equal(title(&acts)->state, VOUCHER_STATE_SUSPENDED);
	acts_must(&acts, "now 2026-04-10T12:00");
	expect_result(&acts, "redeem 2026-04-02T09:00 60",
		      RESULT_VOUCHER_SUSPENDED_AT_SERVICE_DATE);
}

/* Days add up within the year; who comes back in time stays; minors have their own number. */
static void days_of_a_year_add_up(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, RESPITE_PARAMETERS
		  "title 2026-01 2026-12 720 alfa;"
		  "do voucher_absence from=2026-01-11 to=2026-02-10 reason=RESPITE;" /* 30 days */
		  "do voucher_absence from=2026-03-01 to=2026-03-31 reason=RESPITE;" /* 60 */
		  "now 2026-06-01T00:00");
	assert_int_equal(title(&acts)->state, VOUCHER_STATE_ACTIVE);
	acts_must(&acts, "do voucher_absence from=2026-06-01 reason=RESPITE");
	assert_int_equal(title(&acts)->state, VOUCHER_STATE_SUSPENDED); /* at once */
	acts_must(&acts, "live crema; title 2026-06 2026-12 720 alfa;"
			 "do voucher_absence from=2026-06-01 reason=RESPITE minor=1;"
			 "now 2026-08-29T23:00");
	assert_int_equal(title(&acts)->state, VOUCHER_STATE_ACTIVE);
	acts_must(&acts, "now 2026-08-30T00:00"); /* the 91st day */
	assert_int_equal(title(&acts)->state, VOUCHER_STATE_SUSPENDED);
}

/* An end that is told in time undoes the term. */
static void back_in_time(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, RESPITE_PARAMETERS "title 2026-01 2026-06 720 alfa;"
					    "do voucher_absence from=2026-02-01 reason=RESPITE");
	char act[96];
	(void)snprintf(act, sizeof(act), "do voucher_absence_end voucher_change=%u to=2026-04-02",
		       acts.fixture->last.object);
	acts_must(&acts, act);
	expect_result(&acts, act, RESULT_ILLEGAL_TRANSITION);
	acts_must(&acts, "now 2026-05-01T09:00");
	assert_int_equal(title(&acts)->state, VOUCHER_STATE_ACTIVE);
	expect_result(&acts, "do voucher_absence from=2026-03-01 reason=DEATH",
		      RESULT_FIELD_INVALID);
	expect_result(&acts, "do voucher_absence from=2025-12-31 reason=RESPITE",
		      RESULT_FIELD_OUT_OF_RANGE);
	expect_result(&acts, "do voucher_absence from=2026-03-01 to=2026-03-01 reason=RESPITE",
		      RESULT_FIELD_OUT_OF_RANGE);
}

/* From 20 November: 42 days of 2026 and then the new year's own sixty: suspended on 2 March. */
static void every_year_counts_anew(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, RESPITE_PARAMETERS "title 2026-06 2027-06 720 alfa;"
					    "do voucher_absence from=2026-11-20 reason=RESPITE;"
					    "now 2027-03-01T23:59");
	assert_int_equal(title(&acts)->state, VOUCHER_STATE_ACTIVE);
	acts_must(&acts, "now 2027-03-02T00:00");
	assert_int_equal(title(&acts)->state, VOUCHER_STATE_SUSPENDED);
}

/* ---- Terms ---- */

static void not_activated_in_time(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "do parameter_set ambito=crema name=VOUCHER_ACTIVATION_DAYS value=30 "
			 "valid_from=2026-01-01 act=A by=manager;"
			 "propose 2026-01 2026-06 720; issue; now 2026-01-31T23:59");
	assert_int_equal(title(&acts)->state, VOUCHER_STATE_ISSUED);
	acts_must(&acts, "now 2026-02-01T00:00");
	assert_int_equal(title(&acts)->state, VOUCHER_STATE_CLOSED);
	assert_int_equal(acts_fund(&acts, 2026, FUND_AVAILABLE), 14035000);
	acts_must(&acts, "live crema; propose 2026-02 2026-06 720; issue; now 2026-03-03T09:00;"
			 "choose alfa; now 2026-03-10T09:00");
	assert_int_equal(title(&acts)->state, VOUCHER_STATE_ACTIVE);
}

static void not_completed_in_time(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "do parameter_set ambito=crema name=VOUCHER_COMPLETION_MONTHS value=3 "
			 "valid_from=2026-01-01 act=A by=manager;"
			 "propose 2026-01 2026-12 720; issue; now 2026-01-31T09:00; choose alfa");
	/* 31 January and three months: 30 April, the month's last (art. 2963). */
	assert_int_equal(title(&acts)->completes_by.number, fixture_day("2026-04-30").number);
	acts_must(&acts, "now 2026-04-30T23:59; redeem 2026-04-30T09:00 60");
	assert_int_equal(title(&acts)->state, VOUCHER_STATE_ACTIVE);
	acts_must(&acts, "now 2026-05-01T08:00");
	assert_int_equal(title(&acts)->state, VOUCHER_STATE_EXPIRED);
	assert_int_equal(acts_cell(&acts, 4)->released, 1);
	assert_int_equal(acts_cell(&acts, 3)->released, 0);
	expect_result(&acts, "redeem 2026-05-01T06:00 60", RESULT_OUT_OF_VALIDITY);
	acts_must(&acts, "redeem 2026-04-29T09:00 60; now 2026-06-01T00:00");
	assert_int_equal(title(&acts)->state, VOUCHER_STATE_CLOSED);
}

/* ---- Every year's end, leap days and both changes of the clock ---- */

static void suspend_over(struct fixture *fixture, int year, const char *from, const char *to,
			 uint32_t lost)
{
	struct acts acts = acts_begin(fixture);
	char text[256];
	(void)snprintf(text, sizeof(text), "live crema; fund F%.2s%.2s%d %d 10000000", from,
		       from + 3, year, year);
	acts_must(&acts, text);
	(void)snprintf(text, sizeof(text), "now %d-%sT00:30; title %d-%.2s %d-%.2s 7440 alfa",
		       year, from, year, from, year, from);
	acts_must(&acts, text);
	(void)snprintf(text, sizeof(text),
		       "do voucher_suspend effective_from=%d-%s reason=RESPITE; now %d-%sT23:30;"
		       "do voucher_resume returned_on=%d-%s act=D",
		       year, from, year, to, year, to);
	acts_must(&acts, text);
	assert_int_equal(acts.fixture->last.units, lost);
}

/* Days are legal days: a day of 23 or 25 hours weighs as any other. */
static void years_and_clocks(void **state)
{
	struct fixture *fixture = *state;
	fixture->check_all = false;
	for (int year = 2026; year <= 2028; year++) {
		bool is_leap = year_is_leap(year);
		suspend_over(fixture, year, "02-20", "02-28", 7440u * 8 / (is_leap ? 29 : 28));
		suspend_over(fixture, year, "03-20", "03-31", 7440u * 11 / 31);
		suspend_over(fixture, year, "10-20", "10-31", 7440u * 11 / 31);
		suspend_over(fixture, year, "12-20", "12-31", 7440u * 11 / 31);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(days_of_a_month),
	    EXPECT_TEST(over_months),
	    EXPECT_TEST(only_free_units_are_lost),
	    EXPECT_TEST(recoverable_units_stay),
	    EXPECT_TEST(services_of_suspended_days),
	    EXPECT_TEST(refusals),
	    EXPECT_TEST(an_issued_title_resumes_issued),
	    EXPECT_TEST(sixty_days_of_respite),
	    EXPECT_TEST(days_of_a_year_add_up),
	    EXPECT_TEST(back_in_time),
	    EXPECT_TEST(every_year_counts_anew),
	    EXPECT_TEST(not_activated_in_time),
	    EXPECT_TEST(not_completed_in_time),
	    EXPECT_TEST(years_and_clocks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
