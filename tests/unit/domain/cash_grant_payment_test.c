/* Payments of buoni: machine BUONO_PAYMENT, every state against every act; money, list, recovery. */
#include "tests/unit/domain/cash_grant_acts.h"
#include "tests/unit/domain/expect.h"

#define ACT(name) COMMAND_KIND_CASH_GRANT_PAYMENT_##name
#define IN(name)  CASH_GRANT_PAYMENT_STATE_##name

/* An active buono of 400,00 from January 2026, on 28 January: one payment is scheduled. */
static struct grants begin_scheduled(struct fixture *fixture)
{
	struct grants grants = grants_begin(fixture);
	assert_int_equal(grants_propose(&grants, 40000, "2026-01", "2026-03"), RESULT_OK);
	assert_int_equal(grants_issue(&grants), RESULT_OK);
	assert_int_equal(grants_activate(&grants, NULL), RESULT_OK);
	fixture_advance(fixture, fixture_instant("2026-01-28T09:00"));
	return grants;
}

/* Approval is of the list: here of the one payment. */
static enum result act(struct grants *grants, enum command_kind kind)
{
	return kind == ACT(APPROVE) ? grants_approve(grants, "2026-01")
				    : grants_act(grants, 1, kind);
}

static void reach(struct grants *grants, enum cash_grant_payment_state state)
{
	static const enum command_kind roads[][4] = {
	    [IN(SCHEDULED)] = {0},
	    [IN(HELD)] = {ACT(HOLD)},
	    [IN(APPROVED)] = {ACT(APPROVE)},
	    [IN(PAID)] = {ACT(APPROVE), ACT(PAY)},
	    [IN(RECOVERING)] = {ACT(APPROVE), ACT(PAY), ACT(RECOVER)},
	    [IN(RECOVERED)] = {ACT(APPROVE), ACT(PAY), ACT(RECOVER), ACT(RECOVERED)},
	    [IN(WRITTEN_OFF)] = {ACT(APPROVE), ACT(PAY), ACT(RECOVER), ACT(WRITE_OFF)},
	    [IN(CANCELLED)] = {ACT(CANCEL)},
	};
	for (uint32_t i = 0; i < 4 && roads[state][i] != 0; i++) {
		enum result result = act(grants, roads[state][i]);
		if (result == RESULT_APPROVAL_PENDING)
			result = grants_second(grants, ROLE_UDP_MANAGER);
		assert_int_equal(result, RESULT_OK);
	}
	assert_int_equal(grants_payment(grants, 1)->state, state);
}

/* SOURCE state_transitions.csv, machine BUONO_PAYMENT: what is not here is refused. */
static void every_transition(void **unused)
{
	static const struct {
		enum command_kind act;
		enum cash_grant_payment_state from, to;
	} legal[] = {
	    {ACT(HOLD), IN(SCHEDULED), IN(HELD)},
	    {ACT(RELEASE), IN(HELD), IN(SCHEDULED)},
	    {ACT(CANCEL), IN(HELD), IN(CANCELLED)},
	    {ACT(CANCEL), IN(SCHEDULED), IN(CANCELLED)},
	    {ACT(APPROVE), IN(SCHEDULED), IN(APPROVED)},
	    {ACT(PAY), IN(APPROVED), IN(PAID)},
	    {ACT(BOUNCE), IN(PAID), IN(APPROVED)},
	    {ACT(RECOVER), IN(PAID), IN(RECOVERING)},
	    {ACT(RECOVERED), IN(RECOVERING), IN(RECOVERED)},
	    {ACT(WRITE_OFF), IN(RECOVERING), IN(WRITTEN_OFF)},
	};
	static const enum command_kind acts[] = {
	    ACT(HOLD),	 ACT(RELEASE), ACT(CANCEL),    ACT(APPROVE),  ACT(PAY),
	    ACT(BOUNCE), ACT(RECOVER), ACT(RECOVERED), ACT(WRITE_OFF)};
	(void)unused;
	uint32_t done = 0;
	for (uint32_t from = IN(SCHEDULED); from <= IN(CANCELLED); from++)
		for (uint32_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
			struct fixture fixture;
			fixture_init(&fixture);
			struct grants grants = begin_scheduled(&fixture);
			reach(&grants, (enum cash_grant_payment_state)from);
			uint32_t to = from;
			for (uint32_t j = 0; j < sizeof(legal) / sizeof(legal[0]); j++)
				if (legal[j].act == acts[i] && legal[j].from == from)
					to = legal[j].to;
			enum result result = act(&grants, acts[i]);
			if (result == RESULT_APPROVAL_PENDING)
				result = grants_second(&grants, ROLE_UDP_MANAGER);
			enum result refusal = acts[i] == ACT(APPROVE) ? RESULT_NOT_FOUND
								      : RESULT_ILLEGAL_TRANSITION;
			if (result != (to != from ? RESULT_OK : refusal))
				fail_msg("state %u act %u: %u", from, i, result);
			assert_int_equal(grants_payment(&grants, 1)->state, to);
			done += to != from ? 1 : 0;
			fixture_deinit(&fixture);
		}
	assert_int_equal(done, sizeof(legal) / sizeof(legal[0]));
}

/* Where the money stands in each state. */
static void money_of_each_state(void **unused)
{
	static const enum fund_account_slot slots[] = {
	    [IN(SCHEDULED)] = FUND_REDEEMED,	 [IN(HELD)] = FUND_DISPUTED,
	    [IN(APPROVED)] = FUND_SETTLED,	 [IN(PAID)] = FUND_PAID,
	    [IN(RECOVERING)] = FUND_RECOVERABLE, [IN(WRITTEN_OFF)] = FUND_WRITTEN_OFF,
	};
	(void)unused;
	for (uint32_t at = IN(SCHEDULED); at <= IN(CANCELLED); at++) {
		struct fixture fixture;
		fixture_init(&fixture);
		struct ceiling_id ceiling =
		    fixture_ceiling(&fixture, fixture.pandino, 2026, 1000000);
		struct grants grants = begin_scheduled(&fixture);
		reach(&grants, (enum cash_grant_payment_state)at);
		int64_t committed = at == IN(CANCELLED) ? 120000 : 80000;
		int64_t used = at == IN(RECOVERED) ? 80000 : 120000;
		if (at < sizeof(slots) / sizeof(slots[0]) && slots[at] != 0)
			assert_int_equal(grants_fund(&grants, slots[at]), 40000);
		assert_int_equal(grants_fund(&grants, FUND_COMMITTED), committed);
		assert_int_equal(grants_fund(&grants, FUND_AVAILABLE), 14035000 - used);
		assert_int_equal(
		    state_ceiling_balance(&fixture.state, ceiling, CEILING_USED).raw, used);
		fixture_deinit(&fixture);
	}
}

/* Held and lost: the money is free for others, and the month cannot be scheduled again. */
static void held_and_lost(void **state)
{
	struct grants grants = begin_scheduled(*state);
	assert_int_equal(grants_act(&grants, 1, ACT(HOLD)), RESULT_OK);
	assert_int_equal(grants_payment(&grants, 1)->reason, REASON_HOSPITAL_STAY);
	assert_int_equal(grants_lose(&grants, 1), RESULT_OK);
	EXPECT_CENTS(grants.fixture->last.gross, 40000);
	assert_int_equal(grants_fund(&grants, FUND_AVAILABLE), 14035000 - 80000);
	assert_int_equal(grants_schedule(&grants, "2026-01"), RESULT_CASH_GRANT_MONTH_OUTSIDE);
}

/* Cancelled, not lost: scheduled again by hand as another payment. */
static void cancelled_and_scheduled_again(void **state)
{
	struct grants grants = begin_scheduled(*state);
	assert_int_equal(grants_act(&grants, 1, ACT(CANCEL)), RESULT_OK);
	assert_int_equal(grants_schedule(&grants, "2026-01"), RESULT_OK);
	assert_int_equal(grants.fixture->last.object, 2);
	assert_int_equal(grants_fund(&grants, FUND_REDEEMED), 40000);
}

/* After the late window nothing goes back to F140: the month is lost whatever was said. */
static void cancelled_after_its_window(void **state)
{
	struct grants grants = begin_scheduled(*state);
	assert_int_equal(grants_act(&grants, 1, ACT(HOLD)), RESULT_OK);
	fixture_advance(grants.fixture, fixture_instant("2026-03-05T09:00"));
	assert_int_equal(grants_act(&grants, 1, ACT(CANCEL)), RESULT_OK);
	assert_int_equal(grants_payment(&grants, 1)->month_lost, 1);
	assert_int_equal(grants_fund(&grants, FUND_AVAILABLE), 14035000 - 80000);
}

static void bounced_and_paid_again(void **state)
{
	struct grants grants = begin_scheduled(*state);
	reach(&grants, IN(PAID));
	assert_int_equal(grants_act(&grants, 1, ACT(BOUNCE)), RESULT_OK);
	assert_int_equal(grants_fund(&grants, FUND_SETTLED), 40000);
	assert_int_equal(grants_payment(&grants, 1)->bounces, 1);
	uint32_t events = state_count(&grants.fixture->state, RECORD_KIND_EVENT);
	assert_int_equal(
	    state_event(&grants.fixture->state, (struct event_id){events})->kind,
	    EVENT_KIND_CASH_GRANT_RETURNED);
	assert_int_equal(grants_act(&grants, 1, ACT(PAY)), RESULT_OK);
	assert_int_equal(grants_fund(&grants, FUND_PAID), 40000);
}

/* Who approved does not order the payment; who writes off needs the other office. */
static void two_persons(void **state)
{
	struct grants grants = begin_scheduled(*state);
	struct fixture *fixture = grants.fixture;
	reach(&grants, IN(RECOVERING));
	assert_int_equal(grants_act(&grants, 1, ACT(WRITE_OFF)), RESULT_APPROVAL_PENDING);
	assert_int_equal(grants_fund(&grants, FUND_RECOVERABLE), 40000);
	assert_int_equal(grants_second(&grants, ROLE_UDP_OFFICER), RESULT_FORBIDDEN);
	assert_int_equal(grants_second(&grants, ROLE_UDP_MANAGER), RESULT_OK);
	assert_int_equal(grants_fund(&grants, FUND_WRITTEN_OFF), 40000);
	(void)fixture;
}

/* A recovery of a buono ends with its payment, not through the door of recoveries. */
static void its_recovery_has_one_door(void **state)
{
	struct grants grants = begin_scheduled(*state);
	struct fixture *fixture = grants.fixture;
	reach(&grants, IN(RECOVERING));
	struct command command =
	    fixture_command(COMMAND_KIND_RECOVERY_REFUND, fixture->role[ROLE_FINANCE]);
	command.input.recovery_refund.recovery = grants_payment(&grants, 1)->recovery;
	command.input.recovery_refund.amount_cents = cents_from(100);
	FIXTURE_TEXT(command.input.recovery_refund.act, "REV-1");
	assert_int_equal(fixture_result(fixture, &command), RESULT_ILLEGAL_TRANSITION);
}

/* The month's list of a measure: the scheduled ones, whosever they are, in one act. */
static void the_list_of_a_month(void **state)
{
	struct fixture *fixture = *state;
	struct grants grants = grants_begin(fixture);
	fixture->check_all = false;
	for (uint32_t i = 0; i < 1003; i++) {
		assert_int_equal(grants_propose(&grants, 100, "2026-01", "2026-01"), RESULT_OK);
		assert_int_equal(grants_issue(&grants), RESULT_OK);
		assert_int_equal(grants_activate(&grants, NULL), RESULT_OK);
	}
	fixture_advance(fixture, fixture_instant("2026-01-28T09:00"));
	fixture->check_all = true;
	assert_int_equal(grants_fund(&grants, FUND_REDEEMED), 100300);
	assert_int_equal(grants_act(&grants, 5, ACT(HOLD)), RESULT_OK);
	assert_int_equal(grants_approve(&grants, "2026-02"), RESULT_NOT_FOUND);
	assert_int_equal(grants_approve(&grants, "2026-01"), RESULT_OK);
	EXPECT_CENTS(fixture->last.gross, 100000);
	assert_int_equal(fixture->last.units, 2);
	assert_int_equal(grants_approve(&grants, "2026-01"), RESULT_OK);
	EXPECT_CENTS(fixture->last.gross, 200);
	assert_int_equal(fixture->last.units, 0);
	assert_int_equal(grants_approve(&grants, "2026-01"), RESULT_NOT_FOUND);
	assert_int_equal(grants_payment(&grants, 5)->state, IN(HELD));
	assert_string_equal(grants_payment(&grants, 7)->act, "DET-11");
}

/* An assistant employed by the family: paid against payslips, at most what the family spent. */
static void against_payslips(void **state)
{
	struct fixture *fixture = *state;
	struct grants grants = grants_begin(fixture);
	struct command command =
	    fixture_command(COMMAND_KIND_PROVIDER_CREATE, fixture->role[ROLE_UDP_MANAGER]);
	command.input.provider_create.ambito = fixture->ambito;
	FIXTURE_TEXT(command.input.provider_create.code, "ASS-1");
	FIXTURE_TEXT(command.input.provider_create.legal_name, "ASS-1");
	command.input.provider_create.kind = PROVIDER_KIND_INDIVIDUAL_ASSISTANT;
	grants.assistant.raw = fixture_must(fixture, &command);
	assert_int_equal(grants_propose(&grants, 40000, "2026-01", "2026-03"), RESULT_OK);
	assert_int_equal(grants_issue(&grants), RESULT_OK);
	assert_int_equal(grants_payslip(&grants, "2026-01", 35000), RESULT_ILLEGAL_TRANSITION);
	assert_int_equal(grants_activate(&grants, NULL), RESULT_OK);
	fixture_advance(fixture, fixture_instant("2026-02-02T09:00"));
	assert_int_equal(grants_fund(&grants, FUND_REDEEMED), 0);
	assert_int_equal(grants_schedule(&grants, "2026-01"), RESULT_CASH_GRANT_NEEDS_PAYSLIP);
	assert_int_equal(grants_payslip(&grants, "2026-01", 0), RESULT_FIELD_OUT_OF_RANGE);
	assert_int_equal(grants_payslip(&grants, "2026-02", 35000),
			 RESULT_CASH_GRANT_MONTH_OUTSIDE);
	assert_int_equal(grants_payslip(&grants, "2026-01", 35000), RESULT_OK);
	EXPECT_CENTS(fixture->last.gross, 35000);
	assert_string_equal(grants_payment(&grants, 1)->payslip_number, "BP-1");
	assert_int_equal(grants_payslip(&grants, "2026-01", 35000),
			 RESULT_CASH_GRANT_MONTH_SCHEDULED);
	fixture_advance(fixture, fixture_instant("2026-03-02T09:00"));
	assert_int_equal(grants_payslip(&grants, "2026-02", 52000), RESULT_OK);
	EXPECT_CENTS(fixture->last.gross, 40000);
	/* what the family did not spend in January is released with the month */
	fixture_advance(fixture, fixture_instant("2026-03-05T09:00"));
	assert_int_equal(grants_fund(&grants, FUND_COMMITTED), 40000);
	/* a buono that needs none */
	grants.assistant.raw = 0;
	assert_int_equal(grants_propose(&grants, 40000, "2026-03", "2026-03"), RESULT_OK);
	assert_int_equal(grants_issue(&grants), RESULT_OK);
	assert_int_equal(grants_activate(&grants, NULL), RESULT_OK);
	assert_int_equal(grants_payslip(&grants, "2026-03", 100), RESULT_ILLEGAL_TRANSITION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_transition),
	    cmocka_unit_test(money_of_each_state),
	    EXPECT_TEST(held_and_lost),
	    EXPECT_TEST(cancelled_and_scheduled_again),
	    EXPECT_TEST(cancelled_after_its_window),
	    EXPECT_TEST(bounced_and_paid_again),
	    EXPECT_TEST(two_persons),
	    EXPECT_TEST(its_recovery_has_one_door),
	    EXPECT_TEST(the_list_of_a_month),
	    EXPECT_TEST(against_payslips),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
