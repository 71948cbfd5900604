/* Machine FUND_YEAR: every command from every state, legal and illegal; the midnight of the year's
 * end from 2020 to 2040. SOURCE state_transitions.csv. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/command_of.h"
#include "tests/unit/domain/expect.h"

#include <stdio.h>
#include <string.h>

#define YEAR 2028

enum place { NONE, DRAFT, APPROVED, OPEN, SUSPENDED, CLOSING, CLOSED, PLACES };

static struct command of_year(struct fixture *fixture, enum command_kind kind)
{
	static const struct {
		enum command_kind kind;
		enum role role;
	} roles[] = {
	    {COMMAND_KIND_FUND_YEAR_PROPOSE, ROLE_UDP_MANAGER},
	    {COMMAND_KIND_FUND_YEAR_APPROVE, ROLE_ASSEMBLY},
	    {COMMAND_KIND_BUDGET_LINE_ADD, ROLE_UDP_MANAGER},
	    {COMMAND_KIND_FUND_YEAR_DECIDE_DIFFERENCE, ROLE_UDP_MANAGER},
	};
	enum role role = ROLE_FINANCE;
	for (uint32_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (roles[i].kind == kind)
			role = roles[i].role;
	return command_of_year(fixture, kind, role, YEAR);
}

static void must(struct fixture *fixture, enum command_kind kind, const char *amount, int64_t cents)
{
	struct command command = of_year(fixture, kind);
	if (amount != NULL)
		command_set(&command, amount, cents);
	(void)fixture_must(fixture, &command);
}

/* Brings the year to a state by the shortest way; a budget line that differs stays in DRAFT. */
static void bring_to(struct fixture *fixture, enum place place)
{
	if (place >= DRAFT)
		must(fixture, COMMAND_KIND_FUND_YEAR_PROPOSE, "stated_cents", 100000);
	if (place >= APPROVED)
		must(fixture, COMMAND_KIND_FUND_YEAR_APPROVE, "ascertained_cents", 90000);
	if (place >= OPEN)
		must(fixture, COMMAND_KIND_FUND_YEAR_OPEN, "provisional", 1);
	if (place == SUSPENDED)
		must(fixture, COMMAND_KIND_FUND_YEAR_SUSPEND, NULL, 0);
	if (place >= CLOSING)
		must(fixture, COMMAND_KIND_FUND_YEAR_START_CLOSING, NULL, 0);
	if (place == CLOSED) {
		struct command close = of_year(fixture, COMMAND_KIND_FUND_YEAR_CLOSE);
		command_with_two(fixture, &close, ROLE_UDP_MANAGER);
	}
	struct fund_year_id id = state_find_fund_year(&fixture->state, fixture->fund, YEAR);
	if (place == NONE)
		assert_int_equal(id.raw, 0);
	else
		assert_int_equal(state_fund_year(&fixture->state, id)->state, place);
}

static const enum result ok = RESULT_OK;
static const enum result no = RESULT_ILLEGAL_TRANSITION;
static const enum result missing = RESULT_NOT_FOUND;
static const enum result pending = RESULT_APPROVAL_PENDING;

/* From nothing, DRAFT, APPROVED, OPEN, SUSPENDED, CLOSING, CLOSED. */
static void every_command_from_every_state(void **state)
{
	struct row {
		enum command_kind kind;
		const char *field;
		int64_t value;
		enum result from[PLACES];
	} rows[] = {
	    {COMMAND_KIND_FUND_YEAR_PROPOSE, "stated_cents", 100,
	     {ok, RESULT_ALREADY_EXISTS, RESULT_ALREADY_EXISTS, RESULT_ALREADY_EXISTS,
	      RESULT_ALREADY_EXISTS, RESULT_ALREADY_EXISTS, RESULT_ALREADY_EXISTS}},
	    {COMMAND_KIND_FUND_YEAR_APPROVE, "ascertained_cents", 100,
	     {missing, ok, no, no, no, no, no}},
	    {COMMAND_KIND_FUND_YEAR_OPEN, NULL, 0, {missing, no, ok, no, no, no, no}},
	    {COMMAND_KIND_FUND_YEAR_VARY, "increase_cents", 100,
	     {missing, no, no, ok, no, no, no}},
	    {COMMAND_KIND_FUND_YEAR_SUSPEND, NULL, 0, {missing, no, no, ok, no, no, no}},
	    {COMMAND_KIND_FUND_YEAR_RESUME, NULL, 0, {missing, no, no, no, ok, no, no}},
	    {COMMAND_KIND_FUND_YEAR_START_CLOSING, NULL, 0, {missing, no, no, ok, no, no, no}},
	    {COMMAND_KIND_FUND_YEAR_CLOSE, NULL, 0, {missing, no, no, no, no, pending, no}},
	    {COMMAND_KIND_FUND_YEAR_REOPEN, "reason", REASON_OFFICE_CHECK,
	     {missing, no, no, no, no, no, pending}},
	    {COMMAND_KIND_FUND_YEAR_ASCERTAIN, "amount_cents", 100,
	     {missing, no, ok, ok, ok, no, no}},
	    {COMMAND_KIND_FUND_YEAR_END_PROVISIONAL, NULL, 0, {missing, no, no, ok, ok, no, no}},
	    {COMMAND_KIND_FUND_YEAR_DECIDE_DIFFERENCE, "decision", DIFFERENCE_KEEP_TOTAL,
	     {missing, no, no, no, no, no, no}}, /* there is no difference in the draft */
	    {COMMAND_KIND_BUDGET_LINE_ADD, "amount_cents", 100000,
	     {missing, ok, no, no, no, no, no}},
	    {COMMAND_KIND_COMMITMENT_CREATE, "amount_cents", 100,
	     {RESULT_UNKNOWN_REFERENCE, RESULT_FUND_YEAR_NOT_OPEN, ok, ok, RESULT_FUND_SUSPENDED,
	      RESULT_YEAR_CLOSED, RESULT_YEAR_CLOSED}},
	};
	(void)state;
	for (enum place place = NONE; place < PLACES; place++)
		for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct fixture fixture;
			fixture_init(&fixture);
			bring_to(&fixture, place);
			struct command command = of_year(&fixture, rows[i].kind);
			if (rows[i].field != NULL)
				command_set(&command, rows[i].field, rows[i].value);
			if (rows[i].kind == COMMAND_KIND_BUDGET_LINE_ADD) {
				command_set_text(&command, "code", "VOUCHER");
				command_set_text(&command, "name", "Voucher");
			}
			if (rows[i].kind == COMMAND_KIND_COMMITMENT_CREATE) {
				command_set_text(&command, "number", "2028/9");
				command_set_text(&command, "chapter", "3550");
			}
			enum result result = fixture_result(&fixture, &command);
			if (result != rows[i].from[place])
				fail_msg("%s from state %d: %s, expected %s",
					 command_info(command.kind)->name, place,
					 result_code(result), result_code(rows[i].from[place]));
			fixture_deinit(&fixture);
		}
}

/* Is there an event that the fund year starts closing? */
static bool is_told(const struct fixture *fixture, uint32_t fund_year)
{
	for (uint32_t i = 1; i <= state_count(&fixture->state, RECORD_KIND_EVENT); i++) {
		const struct event *event = state_event(&fixture->state, (struct event_id){i});
		if (event->kind == EVENT_KIND_FUND_YEAR_CLOSING &&
		    event->fund_year.raw == fund_year)
			return true;
	}
	return false;
}

/* 31 December 24:00 in Rome, to the microsecond, in every year. */
static void the_year_ends_at_midnight_in_rome(void **state)
{
	(void)state;
	for (uint16_t year = 2020; year <= 2040; year++) {
		struct fixture fixture;
		fixture_init(&fixture);
		fixture.check_all = false;
		char text[32];
		(void)snprintf(text, sizeof(text), "%d-12-01", year);
		struct schedule schedule = {.next_day = fixture_day(text)};
		struct fund_year fund_year = {.fund = fixture.fund,
					      .ambito = fixture.ambito,
					      .year = year,
					      .state = FUND_YEAR_STATE_OPEN};
		uint32_t id = state_count(&fixture.state, RECORD_KIND_FUND_YEAR) + 1;
		assert_true(apply_record(&fixture.state, RECORD_KIND_SCHEDULE, 1, &schedule));
		for (uint32_t i = 1; i < id; i++) { /* the fixture's own years stay out of it */
			struct fund_year other =
			    *state_fund_year(&fixture.state, (struct fund_year_id){i});
			other.state = FUND_YEAR_STATE_SUSPENDED;
			assert_true(apply_record(&fixture.state, RECORD_KIND_FUND_YEAR, i, &other));
		}
		assert_true(apply_record(&fixture.state, RECORD_KIND_FUND_YEAR, id, &fund_year));
		(void)snprintf(text, sizeof(text), "%d-01-01T00:00:00+01:00", year + 1);
		struct instant midnight = fixture_instant(text);
		const struct fund_year *record =
		    state_fund_year(&fixture.state, (struct fund_year_id){id});
		struct command tick;
		struct instant due;
		fixture.now = (struct instant){midnight.us - 1};
		while (decide_tick_due(&fixture.state, fixture.now, &tick, &due))
			(void)fixture_must(&fixture, &tick);
		assert_int_equal(record->state, FUND_YEAR_STATE_OPEN);
		fixture.now = midnight;
		while (decide_tick_due(&fixture.state, fixture.now, &tick, &due)) {
			assert_int_equal(due.us, midnight.us);
			(void)fixture_must(&fixture, &tick);
		}
		assert_int_equal(record->state, FUND_YEAR_STATE_CLOSING);
		assert_true(is_told(&fixture, id));
		fixture_deinit(&fixture);
	}
}

/* Before its end a year starts closing by an act only. */
static void early_closing_needs_an_act(void **state)
{
	struct fixture *fixture = *state;
	bring_to(fixture, OPEN);
	struct command command = of_year(fixture, COMMAND_KIND_FUND_YEAR_START_CLOSING);
	memset(command.input.fund_year_start_closing.act, 0,
	       sizeof(command.input.fund_year_start_closing.act));
	EXPECT_FIELD(fixture, &command, FIELD_MISSING, "act");
}

/* A suspended year refuses promises and takes services. */
static void suspension_stops_promises_only(void **state)
{
	struct fixture *fixture = *state;
	struct acts acts = acts_begin(fixture);
	acts_must(&acts, "title 2026-01 2026-02 720 alfa; now 2026-01-06T09:00");
	struct command suspend = command_of_year(fixture, COMMAND_KIND_FUND_YEAR_SUSPEND,
						 ROLE_FINANCE, 2026);
	(void)fixture_must(fixture, &suspend);
	acts_must(&acts, "redeem 2026-01-05T09:00 60; live pandino; propose 2026-02 2026-02 720");
	assert_int_equal(acts_do(&acts, "issue"), RESULT_FUND_SUSPENDED);
	struct command resume =
	    command_of_year(fixture, COMMAND_KIND_FUND_YEAR_RESUME, ROLE_FINANCE, 2026);
	(void)fixture_must(fixture, &resume);
	acts_must(&acts, "issue");
}

/* In a closing year nothing is promised, a dearer provider included; services of the year are still
 * taken; what is released lapses. */
static void closing_lapses_what_is_released(void **state)
{
	struct fixture *fixture = *state;
	struct acts acts = acts_begin(fixture);
	acts_must(&acts, "ceiling pandino 2026 1000000; title 2026-11 2026-12 720 gamma");
	struct command start = command_of_year(fixture, COMMAND_KIND_FUND_YEAR_START_CLOSING,
					       ROLE_FINANCE, 2026);
	(void)fixture_must(fixture, &start);
	assert_int_equal(acts_do(&acts, "choose alfa"), RESULT_PROVIDER_CHANGE_UNFUNDED);
	acts_must(&acts, "now 2027-01-01T00:00");
	int64_t available = acts_fund(&acts, 2026, FUND_AVAILABLE);
	const struct fund_year *year = state_fund_year(&fixture->state, fixture->year_2026);
	assert_int_equal(year->state, FUND_YEAR_STATE_CLOSING);
	assert_int_equal(acts_fund(&acts, 2026, FUND_LAPSED), 27120); /* November, 12 h x 22,60 */
	acts_must(&acts, "now 2027-01-05T09:00; redeem 2026-12-05T09:00 60 by=gamma;"
			 "now 2027-02-01T00:00");
	assert_int_equal(acts_fund(&acts, 2026, FUND_LAPSED), 27120 + 27120 - 2260);
	assert_int_equal(acts_fund(&acts, 2026, FUND_AVAILABLE), available);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 0);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 2260);
	assert_int_equal(fixture->last.result, RESULT_OK);
	acts_must(&acts, "live pandino; propose 2026-12 2026-12 720");
	assert_int_equal(acts_do(&acts, "issue"), RESULT_OUT_OF_VALIDITY);
}

/* Past its window a service of a past year is refused with what it is worth; one of this year is
 * refused as ever. */
static void late_services_of_a_past_year(void **state)
{
	struct fixture *fixture = *state;
	struct acts acts = acts_begin(fixture);
	acts_must(&acts, "title 2026-11 2026-12 720 alfa; title 2027-01 2027-02 720 alfa;"
			 "now 2027-01-20T09:00");
	assert_int_equal(acts_do(&acts, "redeem 2026-12-05T09:00 60 title=1"),
			 RESULT_LATE_SUBMISSION);
	acts_must(&acts, "now 2027-02-01T00:00");
	assert_int_equal(acts_do(&acts, "redeem 2026-12-05T09:00 60 title=1"),
			 RESULT_LATE_PRIOR_YEAR);
	EXPECT_CENTS(fixture->last.short_by, 2373);
	acts_must(&acts, "now 2027-03-04T00:00");
	assert_int_equal(acts_do(&acts, "redeem 2027-01-05T09:00 60 title=2"),
			 RESULT_SUBMISSION_WINDOW_CLOSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_command_from_every_state),
	    cmocka_unit_test(the_year_ends_at_midnight_in_rome),
	    EXPECT_TEST(early_closing_needs_an_act),
	    EXPECT_TEST(suspension_stops_promises_only),
	    EXPECT_TEST(closing_lapses_what_is_released),
	    EXPECT_TEST(late_services_of_a_past_year),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
