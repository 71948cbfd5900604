/* Buoni: machine BUONO and its months, with every result of its acts. */
#include "engine/domain/cash_grant.h"
#include "engine/domain/cash_grant_payment.h"
#include "tests/unit/domain/cash_grant_acts.h"
#include "tests/unit/domain/expect.h"

/* From proposal to a month that is scheduled on its day. */
static void issue_activate_schedule(void **state)
{
	struct grants grants = grants_begin(*state);
	assert_int_equal(grants_propose(&grants, 40000, "2026-01", "2026-12"), RESULT_OK);
	assert_int_equal(grants_issue(&grants), RESULT_OK);
	EXPECT_CENTS(grants.fixture->last.gross, 480000);
	assert_int_equal(grants_fund(&grants, FUND_COMMITTED), 480000);
	assert_int_equal(grants_title(&grants)->state, VOUCHER_STATE_ISSUED);
	assert_int_equal(grants_activate(&grants, NULL), RESULT_OK);
	assert_int_equal(grants_title(&grants)->state, VOUCHER_STATE_ACTIVE);
	fixture_advance(grants.fixture, fixture_instant("2026-01-26T09:00"));
	assert_int_equal(grants_fund(&grants, FUND_REDEEMED), 0);
	fixture_advance(grants.fixture, fixture_instant("2026-01-27T00:00"));
	assert_int_equal(grants_fund(&grants, FUND_REDEEMED), 40000);
	const struct cash_grant_payment *payment = grants_payment(&grants, 1);
	assert_int_equal(payment->state, CASH_GRANT_PAYMENT_STATE_SCHEDULED);
	assert_int_equal(payment->month.number, fixture_month("2026-01").number);
	/* its year goes by: twelve payments, then the title expires and closes */
	fixture_advance(grants.fixture, fixture_instant("2027-02-01T00:00"));
	assert_int_equal(state_count(&grants.fixture->state, RECORD_KIND_CASH_GRANT_PAYMENT), 12);
	assert_int_equal(grants_fund(&grants, FUND_REDEEMED), 480000);
	assert_int_equal(grants_fund(&grants, FUND_COMMITTED), 0);
	assert_int_equal(grants_title(&grants)->state, VOUCHER_STATE_CLOSED);
}

/* BUONO: from each state each act; X legal. States are reached by the acts named. */
static void every_transition_of_the_title(void **state)
{
	enum reach { PROPOSED, WAITLISTED, ISSUED, ACTIVE, REVOKED, CANCELLED, EXPIRED };
	static const struct {
		enum reach reach;
		bool issue, activate, schedule, cancel, revoke;
	} rows[] = {
	    {PROPOSED, true, false, false, true, false},
	    {WAITLISTED, true, false, false, true, false},
	    {ISSUED, false, true, false, true, true},
	    {ACTIVE, false, false, true, false, true},
	    {REVOKED, false, false, true, false, false},
	    {CANCELLED, false, false, false, false, false},
	    {EXPIRED, false, false, true, false, false},
	};
	(void)state;
	for (uint32_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++)
		for (uint32_t act = 0; act < 5; act++) {
			struct fixture fixture;
			fixture_init(&fixture);
			struct grants grants = grants_begin(&fixture);
			enum reach reach = rows[row].reach;
			int64_t monthly = reach == WAITLISTED ? 20000000 : 40000;
			assert_int_equal(grants_propose(&grants, monthly, "2026-01", "2026-02"),
					 RESULT_OK);
			if (reach == WAITLISTED) {
				assert_int_equal(grants_issue(&grants), RESULT_WAITLISTED);
				grants_appropriate(&grants, 40000000);
			} else if (reach != PROPOSED) {
				assert_int_equal(grants_issue(&grants), RESULT_OK);
			}
			if (reach >= ACTIVE && reach != CANCELLED)
				assert_int_equal(grants_activate(&grants, NULL), RESULT_OK);
			if (reach == CANCELLED)
				assert_int_equal(grants_cancel(&grants), RESULT_OK);
			if (reach == REVOKED)
				assert_int_equal(grants_revoke(&grants, "2026-02-01"), RESULT_OK);
			if (reach >= ACTIVE) {
				fixture_advance(&fixture, fixture_instant(reach == EXPIRED
									     ? "2026-03-01T09:00"
									     : "2026-02-16T09:00"));
				if (state_count(&fixture.state, RECORD_KIND_CASH_GRANT_PAYMENT) > 0)
					assert_int_equal(
					    grants_act(&grants, 1,
						       COMMAND_KIND_CASH_GRANT_PAYMENT_CANCEL),
					    RESULT_OK);
			}
			bool legal = false;
			enum result result = RESULT_OK;
			switch (act) {
			case 0:
				legal = rows[row].issue;
				result = grants_issue(&grants);
				break;
			case 1:
				legal = rows[row].activate;
				result = grants_activate(&grants, NULL);
				break;
			case 2:
				legal = rows[row].schedule;
				result = grants_schedule(&grants, "2026-01");
				break;
			case 3:
				legal = rows[row].cancel;
				result = grants_cancel(&grants);
				break;
			default:
				legal = rows[row].revoke;
				result = grants_revoke(&grants, "2026-02-20");
				break;
			}
			if (result != (legal ? RESULT_OK : RESULT_ILLEGAL_TRANSITION))
				fail_msg("row %u act %u: %u", row, act, result);
			fixture_deinit(&fixture);
		}
}

/* Acts on vouchers are not for buoni, nor measures of buoni for vouchers. */
static void not_a_voucher(void **state)
{
	struct grants grants = grants_begin(*state);
	struct fixture *fixture = grants.fixture;
	assert_int_equal(grants_propose(&grants, 40000, "2026-01", "2026-03"), RESULT_OK);
	struct voucher_id title = {grants_record(&grants)->voucher.raw};
	struct command command = fixture_issue(fixture, title);
	assert_int_equal(fixture_result(fixture, &command), RESULT_ILLEGAL_TRANSITION);
	command = fixture_command(COMMAND_KIND_VOUCHER_CANCEL, fixture->role[ROLE_UDP_OFFICER]);
	command.input.voucher_cancel.voucher = title;
	command.input.voucher_cancel.reason = REASON_OFFICE_CHECK;
	assert_int_equal(fixture_result(fixture, &command), RESULT_ILLEGAL_TRANSITION);
	assert_int_equal(grants_issue(&grants), RESULT_OK);
	assert_int_equal(grants_activate(&grants, NULL), RESULT_OK);
	command = fixture_submit(fixture->alfa_principal, title, "2026-01-01T07:00", 30, 7);
	assert_int_equal(fixture_result(fixture, &command), RESULT_SERVICE_NOT_COVERED);
	command = fixture_command(COMMAND_KIND_VOUCHER_PROPOSE, fixture->role[ROLE_SOCIAL_WORKER]);
	struct command_voucher_propose *input = &command.input.voucher_propose;
	input->beneficiary = fixture->person;
	input->fund = fixture->fund;
	input->measure = grants.measure;
	input->lines.count = 1;
	input->lines.items[0].service = fixture->service;
	input->lines.items[0].units_per_month = 60;
	input->first_month = fixture_month("2026-01");
	input->last_month = fixture_month("2026-01");
	assert_int_equal(fixture_result(fixture, &command), RESULT_FIELD_INVALID);
}

/* Each profile has its maximum, and the measure one for all. SOURCE parameters.csv buono_b2_*. */
static void limits_of_the_measure(void **state)
{
	static const struct {
		enum cash_grant_profile profile;
		int64_t cents;
		bool above;
	} rows[] = {
	    {CASH_GRANT_PROFILE_CAREGIVER, 40000, false},
	    {CASH_GRANT_PROFILE_CAREGIVER, 40001, true},
	    {CASH_GRANT_PROFILE_CAREGIVER_AND_ASSISTANT, 80000, false},
	    {CASH_GRANT_PROFILE_CAREGIVER_AND_ASSISTANT, 80001, true},
	    {CASH_GRANT_PROFILE_ASSISTANT_ALONE, 80000, false},
	    {CASH_GRANT_PROFILE_ASSISTANT_ALONE, 80001, true},
	    {CASH_GRANT_PROFILE_OTHER, 90000, false},
	    {CASH_GRANT_PROFILE_OTHER, 90001, true},
	};
	struct grants grants = grants_begin(*state);
	grants_parameter(&grants, PARAMETER_BUONO_B2_CAREGIVER_MAX_CENTS, "40000");
	grants_parameter(&grants, PARAMETER_BUONO_B2_ASSISTANT_EXTRA_MAX_CENTS, "40000");
	grants_parameter(&grants, PARAMETER_BUONO_B2_NO_CAREGIVER_MAX_CENTS, "80000");
	grants_parameter(&grants, PARAMETER_BUONO_MONTH_MAX_CENTS, "90000");
	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		grants.profile = rows[i].profile;
		assert_int_equal(grants_propose(&grants, rows[i].cents, "2026-01", "2026-01"),
				 RESULT_OK);
		enum result result = grants_issue(&grants);
		if (result != (rows[i].above ? RESULT_CASH_GRANT_ABOVE_MAXIMUM : RESULT_OK))
			fail_msg("row %u: %u", i, result);
		if (rows[i].above)
			EXPECT_CENTS(grants.fixture->last.short_by, 1);
	}
}

static void proposals_refused(void **state)
{
	struct grants grants = grants_begin(*state);
	struct fixture *fixture = grants.fixture;
	assert_int_equal(grants_propose(&grants, 0, "2026-01", "2026-01"),
			 RESULT_FIELD_OUT_OF_RANGE);
	assert_int_equal(grants_propose(&grants, 100000001, "2026-01", "2026-01"),
			 RESULT_FIELD_OUT_OF_RANGE);
	assert_int_equal(grants_propose(&grants, 40000, "2026-02", "2026-01"),
			 RESULT_FIELD_OUT_OF_RANGE);
	grants.assistant = fixture->alfa; /* an organisation */
	assert_int_equal(grants_propose(&grants, 40000, "2026-01", "2026-01"),
			 RESULT_FIELD_INVALID);
	grants.assistant.raw = 0;
	grants.measure = grants.voucher_measure;
	assert_int_equal(grants_propose(&grants, 40000, "2026-01", "2026-01"),
			 RESULT_FIELD_INVALID);
	assert_string_equal(fixture->last.field->name, "measure");
}

/* Activated in May from April on: January to March are lost, April is scheduled at once. */
static void a_late_start(void **state)
{
	struct grants grants = grants_begin(*state);
	assert_int_equal(grants_propose(&grants, 40000, "2026-03", "2026-06"), RESULT_OK);
	assert_int_equal(grants_issue(&grants), RESULT_OK);
	fixture_advance(grants.fixture, fixture_instant("2026-05-01T09:00"));
	assert_int_equal(grants_activate(&grants, "2026-07"), RESULT_FIELD_OUT_OF_RANGE);
	assert_int_equal(grants_activate(&grants, "2026-04"), RESULT_OK);
	EXPECT_CENTS(grants.fixture->last.gross, 40000);
	assert_int_equal(grants_fund(&grants, FUND_REDEEMED), 40000);
	assert_int_equal(grants_fund(&grants, FUND_COMMITTED), 80000);
	assert_int_equal(grants_schedule(&grants, "2026-03"), RESULT_CASH_GRANT_MONTH_OUTSIDE);
	assert_int_equal(grants_schedule(&grants, "2026-04"), RESULT_CASH_GRANT_MONTH_SCHEDULED);
	assert_int_equal(grants.fixture->last.object, 1);
	assert_int_equal(grants_schedule(&grants, "2026-05"), RESULT_CASH_GRANT_MONTH_OUTSIDE);
	assert_int_equal(grants_schedule(&grants, "2026-12"), RESULT_CASH_GRANT_MONTH_OUTSIDE);
	fixture_advance(grants.fixture, fixture_instant("2026-05-15T09:00"));
	assert_int_equal(grants_schedule(&grants, "2026-05"), RESULT_OK);
	EXPECT_CENTS(grants.fixture->last.gross, 40000);
}

/* A requirement lost on the reference day: nothing is scheduled, somebody must look. */
static void requirements_on_the_reference_day(void **state)
{
	struct grants grants = grants_begin(*state);
	struct fixture *fixture = grants.fixture;
	grants_parameter(&grants, PARAMETER_ISEE_MAX_B2_ADULT_CENTS, "2500000");
	assert_int_equal(grants_propose(&grants, 40000, "2026-01", "2026-12"), RESULT_OK);
	assert_int_equal(grants_issue(&grants), RESULT_ISEE_EXPIRED);
	grants_isee(&grants, 2000000, "2026-01-01", "2026-02-20");
	grants_isee(&grants, 2600000, "2026-02-21", "2026-12-31");
	assert_int_equal(grants_issue(&grants), RESULT_OK);
	assert_int_equal(grants_activate(&grants, NULL), RESULT_OK);
	fixture_advance(fixture, fixture_instant("2026-03-28T00:00"));
	/* January and February had it on the 15th, March has not */
	assert_int_equal(grants_fund(&grants, FUND_REDEEMED), 80000);
	uint32_t events = state_count(&fixture->state, RECORD_KIND_EVENT);
	const struct event *event = state_event(&fixture->state, (struct event_id){events});
	assert_int_equal(event->kind, EVENT_KIND_CASH_GRANT_NOT_SCHEDULED);
	assert_int_equal(event->value, RESULT_ISEE_ABOVE_MAXIMUM);
	assert_int_equal(event->task, 1);
	assert_int_equal(grants_schedule(&grants, "2026-03"), RESULT_ISEE_ABOVE_MAXIMUM);
	/* March is released with its late window */
	fixture_advance(fixture, fixture_instant("2026-05-02T00:00"));
	assert_int_equal(grants_fund(&grants, FUND_COMMITTED), 9 * 40000);
}

/* A death on 20 March: March had its reference day, April and later months are lost, what was
 * scheduled of them cancelled, what was paid becomes a task. */
static void revoked_in_the_past(void **state)
{
	struct grants grants = grants_begin(*state);
	struct fixture *fixture = grants.fixture;
	assert_int_equal(grants_propose(&grants, 40000, "2026-01", "2026-06"), RESULT_OK);
	assert_int_equal(grants_issue(&grants), RESULT_OK);
	assert_int_equal(grants_activate(&grants, NULL), RESULT_OK);
	fixture_advance(fixture, fixture_instant("2026-04-28T09:00"));
	assert_int_equal(grants_approve(&grants, "2026-04"), RESULT_OK);
	assert_int_equal(grants_act(&grants, 4, COMMAND_KIND_CASH_GRANT_PAYMENT_PAY), RESULT_OK);
	fixture_advance(fixture, fixture_instant("2026-05-27T09:00"));
	assert_int_equal(grants_fund(&grants, FUND_REDEEMED), 160000);
	assert_int_equal(grants_revoke(&grants, "2026-07-01"), RESULT_FIELD_OUT_OF_RANGE);
	assert_int_equal(grants_revoke(&grants, "2026-03-20"), RESULT_OK);
	EXPECT_CENTS(fixture->last.gross, 80000); /* May's payment and June */
	assert_int_equal(grants_fund(&grants, FUND_REDEEMED), 120000);
	assert_int_equal(grants_fund(&grants, FUND_PAID), 40000);
	assert_int_equal(grants_payment(&grants, 5)->state, CASH_GRANT_PAYMENT_STATE_CANCELLED);
	assert_int_equal(grants_payment(&grants, 5)->month_lost, 1);
	uint32_t events = state_count(&fixture->state, RECORD_KIND_EVENT);
	const struct event *event = state_event(&fixture->state, (struct event_id){events});
	assert_int_equal(event->kind, EVENT_KIND_CASH_GRANT_UNDUE);
	assert_int_equal(event->value, 4);
}

/* Two funds pay each month; the payments are divided as the title is. */
static void paid_by_two_funds(void **state)
{
	struct grants grants = grants_begin(*state);
	struct fixture *fixture = grants.fixture;
	grants_second_fund(&grants, 5000000);
	assert_int_equal(grants_propose_split(&grants, 40001, "2026-01", "2026-02"), RESULT_OK);
	assert_int_equal(grants_issue(&grants), RESULT_OK);
	assert_int_equal(grants_fund(&grants, FUND_COMMITTED), 2 * 24001);
	assert_int_equal(grants_activate(&grants, NULL), RESULT_OK);
	fixture_advance(fixture, fixture_instant("2026-01-27T09:00"));
	assert_int_equal(state_count(&fixture->state, RECORD_KIND_CASH_GRANT_PAYMENT), 2);
	EXPECT_CENTS(grants_payment(&grants, 1)->amount_cents, 16000);
	EXPECT_CENTS(grants_payment(&grants, 2)->amount_cents, 24001);
	assert_int_equal(grants_approve(&grants, "2026-01"), RESULT_OK);
	EXPECT_CENTS(fixture->last.gross, 40001);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(issue_activate_schedule),
	    cmocka_unit_test(every_transition_of_the_title),
	    EXPECT_TEST(not_a_voucher),
	    EXPECT_TEST(limits_of_the_measure),
	    EXPECT_TEST(proposals_refused),
	    EXPECT_TEST(a_late_start),
	    EXPECT_TEST(requirements_on_the_reference_day),
	    EXPECT_TEST(revoked_in_the_past),
	    EXPECT_TEST(paid_by_two_funds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
