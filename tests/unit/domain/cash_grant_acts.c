/* Acts on buoni: see cash_grant_acts.h. */
#include "tests/unit/domain/cash_grant_acts.h"

#include "tests/unit/domain/expect.h"

#include <stdio.h>

static struct measure_id make_measure(struct fixture *fixture, const char *code,
				      enum title_kind kind)
{
	struct command command =
	    fixture_command(COMMAND_KIND_MEASURE_CREATE, fixture->role[ROLE_UDP_MANAGER]);
	command.input.measure_create.ambito = fixture->ambito;
	FIXTURE_TEXT(command.input.measure_create.code, code);
	FIXTURE_TEXT(command.input.measure_create.name, code);
	FIXTURE_TEXT(command.input.measure_create.act, "DGR-2");
	command.input.measure_create.kind = (uint8_t)kind;
	return (struct measure_id){fixture_must(fixture, &command)};
}

struct grants grants_begin(struct fixture *fixture)
{
	struct grants grants = {.fixture = fixture};
	grants.measure = make_measure(fixture, "B2", TITLE_KIND_BUONO);
	grants.voucher_measure = make_measure(fixture, "SADV", TITLE_KIND_VOUCHER);
	return grants;
}

static void make_commitment(struct grants *grants, struct fund_id fund, int64_t cents)
{
	struct command command =
	    fixture_command(COMMAND_KIND_COMMITMENT_CREATE, grants->fixture->role[ROLE_FINANCE]);
	struct command_commitment_create *input = &command.input.commitment_create;
	input->fund = fund;
	input->year = 2026;
	(void)snprintf(input->number, sizeof(input->number), "G-%u",
		       state_count(&grants->fixture->state, RECORD_KIND_COMMITMENT) + 1);
	FIXTURE_TEXT(input->chapter, "3551");
	FIXTURE_TEXT(input->act, "DET-9");
	input->amount_cents = cents_from(cents);
	(void)fixture_must(grants->fixture, &command);
}

void grants_second_fund(struct grants *grants, int64_t cents)
{
	struct fixture *fixture = grants->fixture;
	struct command command =
	    fixture_command(COMMAND_KIND_FUND_CREATE, fixture->role[ROLE_UDP_MANAGER]);
	command.input.fund_create.ambito = fixture->ambito;
	FIXTURE_TEXT(command.input.fund_create.code, "FSR");
	FIXTURE_TEXT(command.input.fund_create.name, "FSR");
	grants->second_fund.raw = fixture_must(fixture, &command);
	command = fixture_command(COMMAND_KIND_FUND_YEAR_PROPOSE, fixture->role[ROLE_UDP_MANAGER]);
	command.input.fund_year_propose.fund = grants->second_fund;
	command.input.fund_year_propose.year = 2026;
	command.input.fund_year_propose.stated_cents = cents_from(cents);
	FIXTURE_TEXT(command.input.fund_year_propose.act, "DGR-1");
	(void)fixture_must(fixture, &command);
	command = fixture_command(COMMAND_KIND_FUND_YEAR_APPROVE, fixture->role[ROLE_ASSEMBLY]);
	command.input.fund_year_approve.fund = grants->second_fund;
	command.input.fund_year_approve.year = 2026;
	command.input.fund_year_approve.ascertained_cents = cents_from(cents);
	FIXTURE_TEXT(command.input.fund_year_approve.act, "DEL-3");
	(void)fixture_must(fixture, &command);
	command = fixture_command(COMMAND_KIND_FUND_YEAR_OPEN, fixture->role[ROLE_FINANCE]);
	command.input.fund_year_open.fund = grants->second_fund;
	command.input.fund_year_open.year = 2026;
	(void)fixture_must(fixture, &command);
	make_commitment(grants, grants->second_fund, cents);
}

void grants_appropriate(struct grants *grants, int64_t cents)
{
	struct fixture *fixture = grants->fixture;
	struct command command =
	    fixture_command(COMMAND_KIND_FUND_YEAR_VARY, fixture->role[ROLE_FINANCE]);
	command.input.fund_year_vary.fund = fixture->fund;
	command.input.fund_year_vary.year = 2026;
	command.input.fund_year_vary.increase_cents = cents_from(cents);
	FIXTURE_TEXT(command.input.fund_year_vary.act, "VAR-1");
	(void)fixture_must(fixture, &command);
	make_commitment(grants, fixture->fund, cents);
}

/* ---- The title ---- */

static enum result propose(struct grants *grants, int64_t monthly_cents, const char *first,
			   const char *last, bool is_split)
{
	struct fixture *fixture = grants->fixture;
	struct command command = fixture_command(COMMAND_KIND_CASH_GRANT_PROPOSE,
						 fixture->role[ROLE_SOCIAL_WORKER]);
	struct command_cash_grant_propose *input = &command.input.cash_grant_propose;
	input->monthly_cents = cents_from(monthly_cents);
	input->beneficiary = fixture->person;
	input->measure = grants->measure;
	input->assistant = grants->assistant;
	input->profile = (uint8_t)grants->profile;
	input->first_month = fixture_month(first);
	input->last_month = fixture_month(last);
	if (is_split) {
		input->funds.count = 2;
		input->funds.items[0] =
		    (struct share_input){.fund = fixture->fund, .share_bp = 6000};
		input->funds.items[1] =
		    (struct share_input){.fund = grants->second_fund, .share_bp = 4000};
	} else {
		input->fund = fixture->fund;
	}
	enum result result = fixture_result(fixture, &command);
	if (result == RESULT_OK)
		grants->grant.raw = fixture->last.object;
	return result;
}

enum result grants_propose(struct grants *grants, int64_t monthly_cents, const char *first,
			   const char *last)
{
	return propose(grants, monthly_cents, first, last, false);
}

enum result grants_propose_split(struct grants *grants, int64_t monthly_cents, const char *first,
				 const char *last)
{
	return propose(grants, monthly_cents, first, last, true);
}

enum result grants_issue(struct grants *grants)
{
	struct command command = fixture_command(COMMAND_KIND_CASH_GRANT_ISSUE,
						 grants->fixture->role[ROLE_UDP_OFFICER]);
	command.input.cash_grant_issue.cash_grant = grants->grant;
	FIXTURE_TEXT(command.input.cash_grant_issue.act, "DET-10");
	return fixture_result(grants->fixture, &command);
}

enum result grants_activate(struct grants *grants, const char *start)
{
	struct command command = fixture_command(COMMAND_KIND_CASH_GRANT_ACTIVATE,
						 grants->fixture->role[ROLE_UDP_OFFICER]);
	command.input.cash_grant_activate.cash_grant = grants->grant;
	command.input.cash_grant_activate.account_reference = 99;
	if (start != NULL)
		command.input.cash_grant_activate.start_month = fixture_month(start);
	return fixture_result(grants->fixture, &command);
}

enum result grants_schedule(struct grants *grants, const char *month)
{
	struct command command = fixture_command(COMMAND_KIND_CASH_GRANT_SCHEDULE,
						 grants->fixture->role[ROLE_UDP_OFFICER]);
	command.input.cash_grant_schedule.cash_grant = grants->grant;
	command.input.cash_grant_schedule.month = fixture_month(month);
	return fixture_result(grants->fixture, &command);
}

enum result grants_payslip(struct grants *grants, const char *month, int64_t cents)
{
	struct command command = fixture_command(COMMAND_KIND_CASH_GRANT_PAYSLIP,
						 grants->fixture->role[ROLE_UDP_OFFICER]);
	command.input.cash_grant_payslip.cash_grant = grants->grant;
	command.input.cash_grant_payslip.month = fixture_month(month);
	command.input.cash_grant_payslip.cost_cents = cents_from(cents);
	FIXTURE_TEXT(command.input.cash_grant_payslip.receipt_number, "BP-1");
	return fixture_result(grants->fixture, &command);
}

enum result grants_cancel(struct grants *grants)
{
	struct command command = fixture_command(COMMAND_KIND_CASH_GRANT_CANCEL,
						 grants->fixture->role[ROLE_UDP_OFFICER]);
	command.input.cash_grant_cancel.cash_grant = grants->grant;
	command.input.cash_grant_cancel.reason = REASON_BENEFICIARY_REQUEST;
	return fixture_result(grants->fixture, &command);
}

enum result grants_revoke(struct grants *grants, const char *day)
{
	struct command command = fixture_command(COMMAND_KIND_CASH_GRANT_REVOKE,
						 grants->fixture->role[ROLE_UDP_OFFICER]);
	command.input.cash_grant_revoke.cash_grant = grants->grant;
	command.input.cash_grant_revoke.effective_from = fixture_day(day);
	command.input.cash_grant_revoke.reason = REASON_DEATH;
	return fixture_result(grants->fixture, &command);
}

/* ---- Payments ---- */

enum result grants_approve(struct grants *grants, const char *month)
{
	struct command command = fixture_command(COMMAND_KIND_CASH_GRANT_PAYMENT_APPROVE,
						 grants->fixture->role[ROLE_UDP_MANAGER]);
	command.input.cash_grant_payment_approve.measure = grants->measure;
	command.input.cash_grant_payment_approve.month = fixture_month(month);
	FIXTURE_TEXT(command.input.cash_grant_payment_approve.act, "DET-11");
	return fixture_result(grants->fixture, &command);
}

static enum role usual_role(enum command_kind act)
{
	if (act == COMMAND_KIND_CASH_GRANT_PAYMENT_PAY ||
	    act == COMMAND_KIND_CASH_GRANT_PAYMENT_BOUNCE)
		return ROLE_TREASURER;
	if (act == COMMAND_KIND_CASH_GRANT_PAYMENT_RECOVERED ||
	    act == COMMAND_KIND_CASH_GRANT_PAYMENT_WRITE_OFF)
		return ROLE_FINANCE;
	return ROLE_UDP_OFFICER;
}

static struct command payment_command(struct grants *grants, uint32_t payment,
				      enum command_kind act)
{
	struct command command =
	    fixture_command(act, grants->fixture->role[usual_role(act)]);
	struct cash_grant_payment_id id = {payment};
	struct day today = state_day(&grants->fixture->state, grants->fixture->now);
	if (act == COMMAND_KIND_CASH_GRANT_PAYMENT_HOLD) {
		command.input.cash_grant_payment_hold.cash_grant_payment = id;
		command.input.cash_grant_payment_hold.reason = REASON_HOSPITAL_STAY;
	} else if (act == COMMAND_KIND_CASH_GRANT_PAYMENT_RELEASE) {
		command.input.cash_grant_payment_release.cash_grant_payment = id;
	} else if (act == COMMAND_KIND_CASH_GRANT_PAYMENT_CANCEL) {
		command.input.cash_grant_payment_cancel.cash_grant_payment = id;
		command.input.cash_grant_payment_cancel.reason = REASON_REQUIREMENTS_LOST;
	} else if (act == COMMAND_KIND_CASH_GRANT_PAYMENT_PAY) {
		command.input.cash_grant_payment_pay.cash_grant_payment = id;
		command.input.cash_grant_payment_pay.paid_on = today;
		FIXTURE_TEXT(command.input.cash_grant_payment_pay.receipt_number, "Q-16");
	} else if (act == COMMAND_KIND_CASH_GRANT_PAYMENT_BOUNCE) {
		command.input.cash_grant_payment_bounce.cash_grant_payment = id;
		command.input.cash_grant_payment_bounce.returned_on = today;
	} else if (act == COMMAND_KIND_CASH_GRANT_PAYMENT_RECOVER) {
		command.input.cash_grant_payment_recover.cash_grant_payment = id;
		command.input.cash_grant_payment_recover.reason = REASON_DEATH;
	} else if (act == COMMAND_KIND_CASH_GRANT_PAYMENT_RECOVERED) {
		command.input.cash_grant_payment_recovered.cash_grant_payment = id;
		FIXTURE_TEXT(command.input.cash_grant_payment_recovered.receipt_number, "PPA-1");
	} else {
		assert_int_equal(act, COMMAND_KIND_CASH_GRANT_PAYMENT_WRITE_OFF);
		command.input.cash_grant_payment_write_off.cash_grant_payment = id;
		FIXTURE_TEXT(command.input.cash_grant_payment_write_off.act, "DET-12");
	}
	return command;
}

enum result grants_act(struct grants *grants, uint32_t payment, enum command_kind act)
{
	struct command command = payment_command(grants, payment, act);
	return fixture_result(grants->fixture, &command);
}

enum result grants_lose(struct grants *grants, uint32_t payment)
{
	struct command command =
	    payment_command(grants, payment, COMMAND_KIND_CASH_GRANT_PAYMENT_CANCEL);
	command.input.cash_grant_payment_cancel.month_lost = 1;
	return fixture_result(grants->fixture, &command);
}

enum result grants_second(struct grants *grants, enum role role)
{
	struct command command =
	    fixture_command(COMMAND_KIND_APPROVAL_GRANT, grants->fixture->role[role]);
	command.input.approval_grant.approval.raw =
	    state_count(&grants->fixture->state, RECORD_KIND_APPROVAL);
	return fixture_result(grants->fixture, &command);
}

/* ---- World ---- */

void grants_parameter(struct grants *grants, enum parameter_name name, const char *value)
{
	struct command command = fixture_command(COMMAND_KIND_PARAMETER_SET,
						 grants->fixture->role[ROLE_UDP_MANAGER]);
	struct command_parameter_set *input = &command.input.parameter_set;
	input->ambito = grants->fixture->ambito;
	input->measure = grants->measure;
	input->name = (uint8_t)name;
	FIXTURE_TEXT(input->value, value);
	input->valid_from = fixture_day("2026-01-01");
	FIXTURE_TEXT(input->act, "DGR-5");
	(void)fixture_must(grants->fixture, &command);
}

void grants_isee(struct grants *grants, int64_t cents, const char *from, const char *to)
{
	struct command command = fixture_command(COMMAND_KIND_ISEE_REGISTER,
						 grants->fixture->role[ROLE_SOCIAL_WORKER]);
	struct command_isee_register *input = &command.input.isee_register;
	input->beneficiary = grants->fixture->person;
	input->type = ISEE_TYPE_SOCIOSANITARIO;
	input->amount_cents = cents_from(cents);
	input->valid_from = fixture_day(from);
	input->valid_to = fixture_day(to);
	(void)fixture_must(grants->fixture, &command);
}

const struct cash_grant *grants_record(const struct grants *grants)
{
	return state_cash_grant(&grants->fixture->state, grants->grant);
}

const struct voucher *grants_title(const struct grants *grants)
{
	return state_voucher(&grants->fixture->state, grants_record(grants)->voucher);
}

const struct cash_grant_payment *grants_payment(const struct grants *grants, uint32_t id)
{
	const struct cash_grant_payment *payment = state_cash_grant_payment(
	    &grants->fixture->state, (struct cash_grant_payment_id){id});
	assert_non_null(payment);
	return payment;
}

int64_t grants_fund(const struct grants *grants, enum fund_account_slot slot)
{
	return state_fund_balance(&grants->fixture->state, grants->fixture->year_2026, slot).raw;
}
