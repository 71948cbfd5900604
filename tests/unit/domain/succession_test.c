/* Mergers of providers in every state of their accounts; consortia; assigned credits; assistants. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

#include "engine/domain/provider.h"
#include "engine/domain/succession.h"

static struct command succeed(struct fixture *fixture, const char *day)
{
	struct command command = fixture_command(COMMAND_KIND_ACCREDITATION_SUCCEED,
						 fixture->role[ROLE_ACCREDITOR]);
	command.input.accreditation_succeed.accreditation = fixture->alfa_accreditation;
	command.input.accreditation_succeed.successor = fixture->beta_accreditation;
	command.input.accreditation_succeed.effective_from = fixture_day(day);
	FIXTURE_TEXT(command.input.accreditation_succeed.act, "FUSIONE");
	return command;
}

/* Cents that PAYEE_SUCCESSION told of an account in the latest command. */
static int64_t told(const struct fixture *fixture, enum fund_account_slot slot)
{
	int64_t sum = 0;
	for (uint32_t i = 0; i < fixture->effects.posting_count; i++) {
		const struct posting *posting = &fixture->effects.postings[i];
		if (posting->kind == POSTING_KIND_PAYEE_SUCCESSION && posting->from == slot) {
			assert_int_equal(posting->to, slot);
			assert_int_equal(posting->provider.raw, fixture->alfa.raw);
			sum += posting->amount;
		}
	}
	return sum;
}

static void open_accounts_follow_and_history_stays(void **state)
{
	struct acts acts = acts_begin(*state);
	struct fixture *fixture = acts.fixture;
	acts_must(&acts, "title 2026-01 2026-06 720 alfa; now 2026-01-20T09:00;"
			 "redeem 2026-01-05T09:00 60; now 2026-02-12T09:00;"
			 "freeze; confirm; attest; invoice; approve; now 2026-02-20T09:00;"
			 "redeem 2026-02-05T09:00 60; redeem 2026-02-06T09:00 60; dispute;"
			 "book 2026-03-10T09:00 60");
	struct command command = succeed(fixture, "2026-02-20");
	EXPECT(fixture, &command, OK);
	assert_int_equal(told(fixture, FUND_REDEEMED), 2373);
	assert_int_equal(told(fixture, FUND_SETTLED), 2260);
	assert_int_equal(told(fixture, FUND_DISPUTED), 2373);
	assert_int_equal(acts_fund(&acts, 2026, FUND_SETTLED), 2260);
	for (uint32_t i = 1; i <= state_count(&fixture->state, RECORD_KIND_STATEMENT); i++) {
		const struct statement *statement =
		    state_statement(&fixture->state, (struct statement_id){i});
		assert_int_equal(statement->provider.raw, fixture->alfa.raw);
		assert_int_equal(statement->payee.raw, fixture->beta.raw);
		assert_int_equal(statement->payee_accreditation.raw,
				 fixture->beta_accreditation.raw);
	}
	const struct voucher *voucher = state_voucher(&fixture->state, acts.voucher);
	assert_int_equal(voucher->provider.raw, fixture->beta.raw);
	assert_int_equal(voucher->at_risk, 0);
	assert_int_equal(acts_cell(&acts, 2)->booked_units, 0);
	assert_int_equal(state_provider(&fixture->state, fixture->alfa)->merged, 1);
	assert_int_equal(state_accreditation(&fixture->state, fixture->alfa_accreditation)->state,
			 ACCREDITATION_STATE_SUCCEEDED);
	EXPECT(fixture, &command, ILLEGAL_TRANSITION);
	/* ALFA still sends what it delivered; BETA goes on; neither does the other's days */
	acts_must(&acts, "redeem 2026-02-19T09:00 60");
	const struct redemption *late = state_redemption(&fixture->state, acts.record);
	assert_int_equal(late->provider.raw, fixture->alfa.raw);
	assert_int_equal(
	    state_statement(&fixture->state,
			    state_statement_line(&fixture->state, late->statement_line)->statement)
		->payee.raw,
	    fixture->beta.raw);
	acts_must(&acts, "now 2026-02-22T09:00; redeem 2026-02-21T09:00 60 by=beta operator=7");
	assert_int_equal(acts_do(&acts, "redeem 2026-02-21T15:00 60"),
			 RESULT_NOT_ACCREDITED_AT_SERVICE_DATE);
	effects_reset(&fixture->effects);
	assert_int_equal(succession_provider(&fixture->effects, fixture->alfa).raw,
			 fixture->beta.raw);
	assert_true(succession_leads_to(&fixture->effects, fixture->alfa, fixture->beta));
	assert_false(succession_leads_to(&fixture->effects, fixture->beta, fixture->alfa));
}

static void refusals_and_the_day(void **state)
{
	struct fixture *fixture = *state;
	struct command command = succeed(fixture, "2026-02-01");
	command.input.accreditation_succeed.successor = fixture->alfa_accreditation;
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "successor");
	command = succeed(fixture, "2029-01-01");
	EXPECT(fixture, &command, ACCREDITATION_NOT_ACTIVE);
	command = succeed(fixture, "2026-02-01");
	EXPECT(fixture, &command, OK);
	assert_int_equal(state_provider(&fixture->state, fixture->alfa)->merged, 0);
	EXPECT(fixture, &command, ILLEGAL_TRANSITION);
	fixture_advance(fixture, fixture_instant("2026-02-01T00:00"));
	assert_int_equal(state_provider(&fixture->state, fixture->alfa)->merged, 1);
	struct command apply =
	    fixture_command(COMMAND_KIND_ACCREDITATION_APPLY, fixture->alfa_principal);
	apply.input.accreditation_apply.provider = fixture->alfa;
	apply.input.accreditation_apply.services.count = 1;
	apply.input.accreditation_apply.services.items[0].service = fixture->service;
	apply.input.accreditation_apply.sub_ambiti.count = 1;
	apply.input.accreditation_apply.sub_ambiti.items[0].sub_ambito = fixture->group[1];
	EXPECT(fixture, &apply, ILLEGAL_TRANSITION);
}

/* Ceilings of a provider: what was delivered counts for who delivered it, before and after. */
static void ceilings_of_both_providers(void **state)
{
	struct acts acts = acts_begin(*state);
	struct fixture *fixture = acts.fixture;
	acts_must(&acts, "ceiling pandino 2026 100000 provider=alfa;"
			 "ceiling pandino 2026 100000 provider=beta;"
			 "title 2026-01 2026-03 720 alfa; now 2026-01-20T09:00;"
			 "redeem 2026-01-05T09:00 60");
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 85428);
	struct command command = succeed(fixture, "2026-01-20");
	EXPECT(fixture, &command, OK);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 2373);
	assert_int_equal(acts_ceiling(&acts, 2, CEILING_USED), 85428 - 2373);
	acts_must(&acts, "redeem 2026-01-06T09:00 60"); /* ALFA's, sent late */
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 2 * 2373);
	assert_int_equal(acts_ceiling(&acts, 2, CEILING_USED), 85428 - 2 * 2373);
	acts_must(&acts, "reverse");
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 2373);
	assert_int_equal(acts_ceiling(&acts, 2, CEILING_USED), 85428 - 2373);
}

static void a_member_delivers_for_the_consortium(void **state)
{
	struct acts acts = acts_begin(*state);
	struct fixture *fixture = acts.fixture;
	struct command join =
	    fixture_command(COMMAND_KIND_PROVIDER_JOIN, fixture->role[ROLE_ACCREDITOR]);
	join.input.provider_join.provider = fixture->gamma;
	join.input.provider_join.consortium = fixture->gamma;
	join.input.provider_join.from = fixture_day("2026-01-10");
	FIXTURE_TEXT(join.input.provider_join.act, "STATUTO");
	EXPECT_FIELD(fixture, &join, FIELD_INVALID, "consortium");
	join.input.provider_join.consortium = fixture->alfa;
	EXPECT(fixture, &join, OK);
	EXPECT(fixture, &join, ILLEGAL_TRANSITION);
	acts_must(&acts, "title 2026-01 2026-01 720 alfa; now 2026-01-20T09:00");
	assert_int_equal(acts_do(&acts, "redeem 2026-01-09T09:00 60 by=gamma operator=9"),
			 RESULT_PROVIDER_NOT_CHOSEN);
	acts_must(&acts, "redeem 2026-01-10T09:00 60 by=gamma operator=9");
	EXPECT_CENTS(fixture->last.gross, 2373); /* at ALFA's VAT: it invoices */
	const struct redemption *visit = state_redemption(&fixture->state, acts.record);
	assert_int_equal(visit->provider.raw, fixture->gamma.raw);
	assert_int_equal(visit->accreditation.raw, fixture->alfa_accreditation.raw);
	const struct statement *statement = state_statement(
	    &fixture->state,
	    state_statement_line(&fixture->state, visit->statement_line)->statement);
	assert_int_equal(statement->payee.raw, fixture->alfa.raw);
	struct command leave =
	    fixture_command(COMMAND_KIND_PROVIDER_LEAVE, fixture->role[ROLE_ACCREDITOR]);
	leave.input.provider_leave.provider = fixture->gamma;
	leave.input.provider_leave.from = fixture_day("2026-01-09");
	FIXTURE_TEXT(leave.input.provider_leave.act, "RECESSO");
	EXPECT_FIELD(fixture, &leave, FIELD_OUT_OF_RANGE, "from");
	leave.input.provider_leave.from = fixture_day("2026-01-15");
	EXPECT(fixture, &leave, OK);
	EXPECT(fixture, &leave, ILLEGAL_TRANSITION);
	assert_int_equal(acts_do(&acts, "redeem 2026-01-15T09:00 60 by=gamma operator=9"),
			 RESULT_PROVIDER_NOT_CHOSEN);
	join.input.provider_join.from = fixture_day("2026-01-14");
	EXPECT_FIELD(fixture, &join, FIELD_OUT_OF_RANGE, "from");
}

static void a_credit_is_assigned_from_a_day(void **state)
{
	struct fixture *fixture = *state;
	struct command assign =
	    fixture_command(COMMAND_KIND_CREDIT_ASSIGN, fixture->role[ROLE_FINANCE]);
	struct command_credit_assign *input = &assign.input.credit_assign;
	input->provider = fixture->alfa;
	input->payee = fixture->alfa;
	input->from = fixture_day("2026-02-01");
	FIXTURE_TEXT(input->act, "DET-7");
	EXPECT_FIELD(fixture, &assign, FIELD_INVALID, "payee");
	input->payee = fixture->gamma;
	input->to = fixture_day("2026-02-01");
	EXPECT_FIELD(fixture, &assign, FIELD_OUT_OF_RANGE, "to");
	input->to = (struct day){0};
	uint32_t id = fixture_must(fixture, &assign);
	EXPECT(fixture, &assign, ALREADY_EXISTS);
	struct command end =
	    fixture_command(COMMAND_KIND_CREDIT_ASSIGNMENT_END, fixture->role[ROLE_FINANCE]);
	end.input.credit_assignment_end.credit_assignment.raw = id;
	end.input.credit_assignment_end.to = fixture_day("2026-01-31");
	FIXTURE_TEXT(end.input.credit_assignment_end.act, "DET-8");
	EXPECT_FIELD(fixture, &end, FIELD_OUT_OF_RANGE, "to");
	end.input.credit_assignment_end.to = fixture_day("2026-03-01");
	EXPECT(fixture, &end, OK);
	EXPECT(fixture, &end, ILLEGAL_TRANSITION);
	input->payee = fixture->beta;
	input->from = fixture_day("2026-03-01");
	EXPECT(fixture, &assign, OK);
	static const char *const days[] = {"2026-01-31", "2026-02-01", "2026-02-28", "2026-03-01"};
	const uint32_t payees[] = {fixture->alfa.raw, fixture->gamma.raw, fixture->gamma.raw,
				   fixture->beta.raw};
	effects_reset(&fixture->effects);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(provider_payee_on(&fixture->effects, fixture->alfa,
						   fixture->ambito, fixture_day(days[i]))
				     .raw,
				 payees[i]);
}

/* In the register by a code alone; nothing is delivered, chosen or invoiced. */
static void a_family_assistant_is_paid_by_the_family(void **state)
{
	struct acts acts = acts_begin(*state);
	struct fixture *fixture = acts.fixture;
	struct command create =
	    fixture_command(COMMAND_KIND_PROVIDER_CREATE, fixture->role[ROLE_ACCREDITOR]);
	struct command_provider_create *input = &create.input.provider_create;
	input->ambito = fixture->ambito;
	FIXTURE_TEXT(input->code, "AF-0001");
	FIXTURE_TEXT(input->legal_name, "Rossi");
	input->kind = PROVIDER_KIND_INDIVIDUAL_ASSISTANT;
	EXPECT_FIELD(fixture, &create, FIELD_INVALID, "legal_name");
	FIXTURE_TEXT(input->legal_name, "AF-0001");
	FIXTURE_TEXT(input->vat_number, "01234567897");
	EXPECT_FIELD(fixture, &create, FIELD_INVALID, "vat_number");
	input->vat_number[0] = '\0';
	FIXTURE_TEXT(input->iban, "IT60X0542811101000000123456");
	EXPECT_FIELD(fixture, &create, FIELD_INVALID, "iban");
	input->iban[0] = '\0';
	for (uint32_t i = 0; i < sizeof(input->vat_number); i++)
		input->vat_number[i] = '\0';
	for (uint32_t i = 0; i < sizeof(input->iban); i++)
		input->iban[i] = '\0';
	struct provider_id assistant = {fixture_must(fixture, &create)};
	FIXTURE_TEXT(input->code, "COOP");
	FIXTURE_TEXT(input->legal_name, "Coop");
	input->kind = PROVIDER_KIND_SOCIAL_COOP;
	EXPECT_FIELD(fixture, &create, FIELD_MISSING, "vat_number");
	FIXTURE_TEXT(input->vat_number, "01234567897");
	EXPECT_FIELD(fixture, &create, FIELD_MISSING, "iban");
	struct command apply = fixture_command(COMMAND_KIND_ACCREDITATION_APPLY,
					       fixture->role[ROLE_ACCREDITOR]);
	apply.input.accreditation_apply.provider = assistant;
	apply.input.accreditation_apply.services.count = 1;
	apply.input.accreditation_apply.services.items[0].service = fixture->service;
	apply.input.accreditation_apply.sub_ambiti.count = 1;
	apply.input.accreditation_apply.sub_ambiti.items[0].sub_ambito = fixture->group[1];
	struct accreditation_id id = {fixture_must(fixture, &apply)};
	struct command approve = fixture_command(COMMAND_KIND_ACCREDITATION_APPROVE,
						 fixture->role[ROLE_ACCREDITOR]);
	approve.input.accreditation_approve.accreditation = id;
	FIXTURE_TEXT(approve.input.accreditation_approve.act, "DET");
	EXPECT(fixture, &approve, OK); /* a person has no DURC of its own */
	struct command activate = fixture_command(COMMAND_KIND_ACCREDITATION_ACTIVATE,
						  fixture->role[ROLE_CAPOFILA]);
	activate.input.accreditation_activate.accreditation = id;
	activate.input.accreditation_activate.valid_from = fixture_day("2026-01-15");
	FIXTURE_TEXT(activate.input.accreditation_activate.cig, "B0A1C2D3E4");
	FIXTURE_TEXT(activate.input.accreditation_activate.act, "ALBO");
	EXPECT_FIELD(fixture, &activate, FIELD_INVALID, "cig");
	for (uint32_t i = 0; i < 12; i++)
		activate.input.accreditation_activate.cig[i] = '\0';
	EXPECT(fixture, &activate, OK);
	assert_int_equal(state_accreditation(&fixture->state, id)->valid_to.number,
			 fixture_day("2029-01-14").number); /* 36 months: the parameter */
	acts_must(&acts, "propose 2026-02 2026-02 60; issue");
	struct command choose = fixture_command(COMMAND_KIND_VOUCHER_CHOOSE_PROVIDER,
						fixture->role[ROLE_SOCIAL_WORKER]);
	choose.input.voucher_choose_provider.voucher = acts.voucher;
	choose.input.voucher_choose_provider.provider = assistant;
	EXPECT(fixture, &choose, PAID_THROUGH_FAMILY);
	struct command principal =
	    fixture_command(COMMAND_KIND_PRINCIPAL_CREATE, fixture->role[ROLE_ADMINISTRATOR]);
	FIXTURE_TEXT(principal.input.principal_create.code, "assistant");
	principal.input.principal_create.role = ROLE_PROVIDER;
	principal.input.principal_create.provider = assistant;
	struct principal_id who = {fixture_must(fixture, &principal)};
	struct command submit = fixture_submit(who, acts.voucher, "2026-01-01T07:00", 10, 5);
	EXPECT(fixture, &submit, PAID_THROUGH_FAMILY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(open_accounts_follow_and_history_stays),
	    EXPECT_TEST(refusals_and_the_day),
	    EXPECT_TEST(ceilings_of_both_providers),
	    EXPECT_TEST(a_member_delivers_for_the_consortium),
	    EXPECT_TEST(a_credit_is_assigned_from_a_day),
	    EXPECT_TEST(a_family_assistant_is_paid_by_the_family),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
