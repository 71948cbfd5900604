/* The machine ACCREDITATION: every transition of state_transitions.csv from every state, legal or
 * refused; requirements, calls, notice, renewal, extension, capacity. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

#include "engine/domain/accreditation.h"
#include "engine/domain/capacity.h"
#include "engine/domain/choice.h"

#include <stdio.h>

#define STATES (ACCREDITATION_STATE_REJECTED + 1)
#define NO     0 /* refused */

static struct command act(struct fixture *fixture, enum command_kind kind, enum role role,
			  struct accreditation_id id)
{
	struct command command = fixture_command(
	    kind, role == ROLE_PROVIDER ? fixture->alfa_principal : fixture->role[role]);
	command.input.accreditation_approve.accreditation = id; /* first in every act */
	return command;
}

/* A legal act of each kind on an accreditation, as far as its state allows. */
static struct command act_of(struct fixture *fixture, enum command_kind kind,
			     struct accreditation_id id)
{
	struct command command = act(fixture, kind, ROLE_ACCREDITOR, id);
	switch (kind) {
	case COMMAND_KIND_ACCREDITATION_REQUEST_INTEGRATION:
		command.input.accreditation_request_integration.accreditation = id;
		command.input.accreditation_request_integration.missing.count = 1;
		command.input.accreditation_request_integration.missing.items[0].kind =
		    DOCUMENT_INSURANCE;
		FIXTURE_TEXT(command.input.accreditation_request_integration.act, "A");
		break;
	case COMMAND_KIND_ACCREDITATION_INTEGRATE:
		command.input.accreditation_integrate.accreditation = id;
		break;
	case COMMAND_KIND_ACCREDITATION_REJECT:
		command.input.accreditation_reject.accreditation = id;
		command.input.accreditation_reject.reason = REASON_REQUIREMENTS_LOST;
		FIXTURE_TEXT(command.input.accreditation_reject.act, "A");
		break;
	case COMMAND_KIND_ACCREDITATION_APPROVE:
		command.input.accreditation_approve.durc_valid_to = fixture_day("2027-12-31");
		FIXTURE_TEXT(command.input.accreditation_approve.act, "A");
		break;
	case COMMAND_KIND_ACCREDITATION_ACTIVATE:
		command = act(fixture, kind, ROLE_CAPOFILA, id);
		command.input.accreditation_activate.accreditation = id;
		command.input.accreditation_activate.valid_from = fixture_day("2026-01-01");
		command.input.accreditation_activate.valid_to = fixture_day("2027-06-30");
		FIXTURE_TEXT(command.input.accreditation_activate.cig, "B0A1C2D3E9");
		FIXTURE_TEXT(command.input.accreditation_activate.act, "A");
		break;
	case COMMAND_KIND_ACCREDITATION_SUSPEND:
		command.input.accreditation_suspend.accreditation = id;
		command.input.accreditation_suspend.effective_from = fixture_day("2026-02-01");
		FIXTURE_TEXT(command.input.accreditation_suspend.act, "A");
		break;
	case COMMAND_KIND_ACCREDITATION_REINSTATE:
		command.input.accreditation_reinstate.accreditation = id;
		command.input.accreditation_reinstate.effective_from = fixture_day("2026-03-01");
		FIXTURE_TEXT(command.input.accreditation_reinstate.act, "A");
		break;
	case COMMAND_KIND_ACCREDITATION_REVOKE:
		command.input.accreditation_revoke.accreditation = id;
		command.input.accreditation_revoke.effective_from = fixture_day("2026-03-01");
		FIXTURE_TEXT(command.input.accreditation_revoke.act, "A");
		break;
	case COMMAND_KIND_ACCREDITATION_WITHDRAW:
		command = act(fixture, kind, ROLE_PROVIDER, id);
		command.input.accreditation_withdraw.accreditation = id;
		break;
	case COMMAND_KIND_ACCREDITATION_RENEW:
		command.input.accreditation_renew.accreditation = id;
		command.input.accreditation_renew.valid_to = fixture_day("2030-12-31");
		command.input.accreditation_renew.durc_valid_to = fixture_day("2031-12-31");
		FIXTURE_TEXT(command.input.accreditation_renew.act, "A");
		break;
	case COMMAND_KIND_ACCREDITATION_EXTEND:
		command.input.accreditation_extend.accreditation = id;
		command.input.accreditation_extend.effective_from = fixture_day("2026-02-01");
		command.input.accreditation_extend.sub_ambiti.count = 1;
		command.input.accreditation_extend.sub_ambiti.items[0].sub_ambito =
		    fixture->group[5];
		FIXTURE_TEXT(command.input.accreditation_extend.act, "A");
		break;
	default:
		assert_int_equal(kind, COMMAND_KIND_ACCREDITATION_SUCCEED);
		command.input.accreditation_succeed.accreditation = id;
		command.input.accreditation_succeed.successor = fixture->beta_accreditation;
		command.input.accreditation_succeed.effective_from = fixture_day("2026-01-01");
		FIXTURE_TEXT(command.input.accreditation_succeed.act, "A");
		break;
	}
	return command;
}

static struct accreditation_id apply_for(struct fixture *fixture)
{
	struct command command =
	    fixture_command(COMMAND_KIND_ACCREDITATION_APPLY, fixture->alfa_principal);
	struct command_accreditation_apply *input = &command.input.accreditation_apply;
	input->provider = fixture->alfa;
	input->services.count = 1;
	input->services.items[0].service = fixture->service;
	input->sub_ambiti.count = 1;
	input->sub_ambiti.items[0].sub_ambito = fixture->group[1];
	return (struct accreditation_id){fixture_must(fixture, &command)};
}

static void do_act(struct fixture *fixture, enum command_kind kind, struct accreditation_id id)
{
	struct command command = act_of(fixture, kind, id);
	EXPECT(fixture, &command, OK);
}

/* A new accreditation of ALFA, led to a state by acts alone. */
static struct accreditation_id in_state(struct fixture *fixture, enum accreditation_state state)
{
	static const uint8_t ways[STATES][5] = {
	    [ACCREDITATION_STATE_INTEGRATION_REQUESTED] =
		{COMMAND_KIND_ACCREDITATION_REQUEST_INTEGRATION},
	    [ACCREDITATION_STATE_REJECTED] = {COMMAND_KIND_ACCREDITATION_REJECT},
	    [ACCREDITATION_STATE_APPROVED] = {COMMAND_KIND_ACCREDITATION_APPROVE},
	    [ACCREDITATION_STATE_ACTIVE] = {COMMAND_KIND_ACCREDITATION_APPROVE,
					    COMMAND_KIND_ACCREDITATION_ACTIVATE},
	    [ACCREDITATION_STATE_SUSPENDED] = {COMMAND_KIND_ACCREDITATION_APPROVE,
					       COMMAND_KIND_ACCREDITATION_ACTIVATE,
					       COMMAND_KIND_ACCREDITATION_SUSPEND},
	    [ACCREDITATION_STATE_REVOKED] = {COMMAND_KIND_ACCREDITATION_APPROVE,
					     COMMAND_KIND_ACCREDITATION_ACTIVATE,
					     COMMAND_KIND_ACCREDITATION_REVOKE},
	    [ACCREDITATION_STATE_WITHDRAWN] = {COMMAND_KIND_ACCREDITATION_APPROVE,
					       COMMAND_KIND_ACCREDITATION_ACTIVATE,
					       COMMAND_KIND_ACCREDITATION_WITHDRAW},
	    [ACCREDITATION_STATE_EXPIRED] = {COMMAND_KIND_ACCREDITATION_APPROVE,
					     COMMAND_KIND_ACCREDITATION_ACTIVATE},
	    [ACCREDITATION_STATE_SUCCEEDED] = {COMMAND_KIND_ACCREDITATION_APPROVE,
					       COMMAND_KIND_ACCREDITATION_ACTIVATE,
					       COMMAND_KIND_ACCREDITATION_SUCCEED},
	};
	struct accreditation_id id = apply_for(fixture);
	for (uint32_t i = 0; i < 5 && ways[state][i] != 0; i++)
		do_act(fixture, (enum command_kind)ways[state][i], id);
	if (state == ACCREDITATION_STATE_EXPIRED)
		fixture_advance(fixture, fixture_instant("2027-07-01T08:00"));
	if (state == ACCREDITATION_STATE_WITHDRAWN)
		fixture_advance(fixture, fixture_instant("2026-03-02T08:00"));
	assert_int_equal(state_accreditation(&fixture->state, id)->state, state);
	return id;
}

/* SOURCE state_transitions.csv, machine ACCREDITATION: columns are the states from which the act is
 * legal; extension is SCENARIOS S11. */
static const struct {
	enum command_kind kind;
	enum accreditation_state from[2];
	enum accreditation_state to;
} transitions[] = {
    {COMMAND_KIND_ACCREDITATION_REQUEST_INTEGRATION, {ACCREDITATION_STATE_SUBMITTED, NO},
     ACCREDITATION_STATE_INTEGRATION_REQUESTED},
    {COMMAND_KIND_ACCREDITATION_REJECT, {ACCREDITATION_STATE_SUBMITTED, NO},
     ACCREDITATION_STATE_REJECTED},
    {COMMAND_KIND_ACCREDITATION_APPROVE, {ACCREDITATION_STATE_SUBMITTED, NO},
     ACCREDITATION_STATE_APPROVED},
    {COMMAND_KIND_ACCREDITATION_ACTIVATE, {ACCREDITATION_STATE_APPROVED, NO},
     ACCREDITATION_STATE_ACTIVE},
    {COMMAND_KIND_ACCREDITATION_SUSPEND, {ACCREDITATION_STATE_ACTIVE, NO},
     ACCREDITATION_STATE_SUSPENDED},
    {COMMAND_KIND_ACCREDITATION_REINSTATE, {ACCREDITATION_STATE_SUSPENDED, NO},
     ACCREDITATION_STATE_ACTIVE},
    {COMMAND_KIND_ACCREDITATION_REVOKE,
     {ACCREDITATION_STATE_ACTIVE, ACCREDITATION_STATE_SUSPENDED}, ACCREDITATION_STATE_REVOKED},
    {COMMAND_KIND_ACCREDITATION_WITHDRAW, {ACCREDITATION_STATE_ACTIVE, NO},
     ACCREDITATION_STATE_ACTIVE}, /* until the notice ends */
    {COMMAND_KIND_ACCREDITATION_RENEW,
     {ACCREDITATION_STATE_ACTIVE, ACCREDITATION_STATE_EXPIRED}, ACCREDITATION_STATE_ACTIVE},
    {COMMAND_KIND_ACCREDITATION_EXTEND, {ACCREDITATION_STATE_ACTIVE, NO},
     ACCREDITATION_STATE_ACTIVE},
    {COMMAND_KIND_ACCREDITATION_SUCCEED, {ACCREDITATION_STATE_ACTIVE, NO},
     ACCREDITATION_STATE_SUCCEEDED},
};

static void one_state(enum accreditation_state state)
{
	for (uint32_t i = 0; i < sizeof(transitions) / sizeof(transitions[0]); i++) {
		void *context = NULL;
		assert_int_equal(expect_setup(&context), 0);
		struct fixture *fixture = context;
		struct accreditation_id id = in_state(fixture, state);
		uint16_t version = state_accreditation(&fixture->state, id)->version;
		struct command command = act_of(fixture, transitions[i].kind, id);
		bool is_legal =
		    transitions[i].from[0] == state || transitions[i].from[1] == state;
		enum result result = fixture_result(fixture, &command);
		const struct accreditation *record = state_accreditation(&fixture->state, id);
		if (is_legal) {
			assert_int_equal(result, RESULT_OK);
			assert_int_equal(record->state, transitions[i].to);
			assert_true(record->version > version);
			const struct accreditation_act *latest =
			    state_accreditation_act(&fixture->state, record->last_act);
			assert_int_equal(latest->accreditation.raw, id.raw);
		} else {
			assert_int_equal(result, RESULT_ILLEGAL_TRANSITION);
			assert_int_equal(fixture->last.object, id.raw);
			assert_int_equal(record->state, state);
			assert_int_equal(record->version, version);
		}
		assert_int_equal(expect_teardown(&context), 0);
	}
}

static void every_act_from_every_state(void **state)
{
	(void)state;
	for (uint32_t i = ACCREDITATION_STATE_SUBMITTED; i < STATES; i++)
		if (i != ACCREDITATION_STATE_INTEGRATION_REQUESTED)
			one_state((enum accreditation_state)i);
	one_state(ACCREDITATION_STATE_INTEGRATION_REQUESTED);
}

static uint32_t add_document(struct fixture *fixture, struct accreditation_id id,
			     enum document_kind kind, const char *valid_to)
{
	struct command command =
	    fixture_command(COMMAND_KIND_DOCUMENT_ADD, fixture->alfa_principal);
	command.input.document_add.accreditation = id;
	command.input.document_add.kind = (uint8_t)kind;
	FIXTURE_TEXT(command.input.document_add.reference, "PROT-1");
	if (valid_to != NULL)
		command.input.document_add.valid_to = fixture_day(valid_to);
	return fixture_must(fixture, &command);
}

static struct command check_document(struct fixture *fixture, uint32_t id,
				     enum document_state state)
{
	struct command command =
	    fixture_command(COMMAND_KIND_DOCUMENT_CHECK, fixture->role[ROLE_ACCREDITOR]);
	command.input.document_check.document.raw = id;
	command.input.document_check.state = (uint8_t)state;
	return command;
}

static void integration_and_documents(void **state)
{
	struct fixture *fixture = *state;
	struct accreditation_id id = in_state(fixture, ACCREDITATION_STATE_INTEGRATION_REQUESTED);
	struct command integrate = act_of(fixture, COMMAND_KIND_ACCREDITATION_INTEGRATE, id);
	EXPECT(fixture, &integrate, REQUIREMENTS_MISSING);
	uint32_t insurance = add_document(fixture, id, DOCUMENT_INSURANCE, NULL);
	EXPECT(fixture, &integrate, OK);
	EXPECT(fixture, &integrate, ILLEGAL_TRANSITION);
	struct command approve = act_of(fixture, COMMAND_KIND_ACCREDITATION_APPROVE, id);
	EXPECT(fixture, &approve, REQUIREMENTS_MISSING); /* not checked yet */
	struct command check = check_document(fixture, insurance, DOCUMENT_STATE_TO_CHECK);
	EXPECT_FIELD(fixture, &check, FIELD_INVALID, "state");
	check = check_document(fixture, insurance, DOCUMENT_STATE_NOT_GOOD);
	EXPECT(fixture, &check, OK);
	EXPECT(fixture, &approve, REQUIREMENTS_MISSING);
	insurance = add_document(fixture, id, DOCUMENT_INSURANCE, NULL);
	check = check_document(fixture, insurance, DOCUMENT_STATE_GOOD);
	EXPECT(fixture, &check, OK);
	approve.input.accreditation_approve.durc_valid_to = (struct day){0};
	EXPECT(fixture, &approve, DURC_INVALID);
	uint32_t durc = add_document(fixture, id, DOCUMENT_DURC, "2026-01-01");
	check = check_document(fixture, durc, DOCUMENT_STATE_GOOD);
	EXPECT(fixture, &check, OK);
	EXPECT(fixture, &approve, OK);
	struct command add = fixture_command(COMMAND_KIND_DOCUMENT_ADD, fixture->alfa_principal);
	add.input.document_add.accreditation = id;
	add.input.document_add.kind = DOCUMENT_DURC;
	FIXTURE_TEXT(add.input.document_add.reference, "PROT-2");
	EXPECT_FIELD(fixture, &add, FIELD_MISSING, "valid_to");
	id = in_state(fixture, ACCREDITATION_STATE_REJECTED);
	add.input.document_add.accreditation = id;
	add.input.document_add.kind = DOCUMENT_STATUTE;
	EXPECT(fixture, &add, ILLEGAL_TRANSITION);
}

static void integration_has_a_deadline(void **state)
{
	struct fixture *fixture = *state;
	struct accreditation_id id = in_state(fixture, ACCREDITATION_STATE_INTEGRATION_REQUESTED);
	assert_int_equal(state_accreditation(&fixture->state, id)->integration_due.number,
			 fixture_day("2026-01-11").number); /* ten days: the parameter */
	(void)add_document(fixture, id, DOCUMENT_INSURANCE, NULL);
	fixture_advance(fixture, fixture_instant("2026-01-12T08:00"));
	struct command integrate = act_of(fixture, COMMAND_KIND_ACCREDITATION_INTEGRATE, id);
	EXPECT(fixture, &integrate, APPLICATION_NOT_OPEN);
	struct accreditation_id other = apply_for(fixture);
	struct command request =
	    act_of(fixture, COMMAND_KIND_ACCREDITATION_REQUEST_INTEGRATION, other);
	request.input.accreditation_request_integration.due = fixture_day("2026-01-11");
	EXPECT_FIELD(fixture, &request, FIELD_OUT_OF_RANGE, "due");
}

static void calls_open_and_close(void **state)
{
	struct fixture *fixture = *state;
	struct command open =
	    fixture_command(COMMAND_KIND_CALL_OPEN, fixture->role[ROLE_ACCREDITOR]);
	struct command_call_open *input = &open.input.call_open;
	input->ambito = fixture->ambito;
	FIXTURE_TEXT(input->code, "AVV 1");
	input->services.count = 1;
	input->services.items[0].service = fixture->service;
	input->documents.count = 1;
	input->documents.items[0].kind = DOCUMENT_INSURANCE;
	input->opens = fixture_day("2026-01-10");
	input->closes = fixture_day("2026-01-09");
	FIXTURE_TEXT(input->act, "DET-1");
	EXPECT_FIELD(fixture, &open, FIELD_INVALID, "code");
	FIXTURE_TEXT(input->code, "AVV-1");
	EXPECT_FIELD(fixture, &open, FIELD_OUT_OF_RANGE, "closes");
	input->closes = fixture_day("2026-02-10");
	struct accreditation_call_id call = {fixture_must(fixture, &open)};
	EXPECT(fixture, &open, ALREADY_EXISTS);
	struct command apply =
	    fixture_command(COMMAND_KIND_ACCREDITATION_APPLY, fixture->alfa_principal);
	apply.input.accreditation_apply.provider = fixture->alfa;
	apply.input.accreditation_apply.services.count = 1;
	apply.input.accreditation_apply.services.items[0].service = fixture->service;
	apply.input.accreditation_apply.sub_ambiti.count = 1;
	apply.input.accreditation_apply.sub_ambiti.items[0].sub_ambito = fixture->group[1];
	EXPECT(fixture, &apply, APPLICATION_NOT_OPEN); /* an ambito with calls takes no other */
	apply.input.accreditation_apply.call = call;
	EXPECT(fixture, &apply, APPLICATION_NOT_OPEN); /* not open yet */
	fixture_advance(fixture, fixture_instant("2026-01-10T08:00"));
	apply.input.accreditation_apply.vat_regime = PROVIDER_KIND_OTHER;
	EXPECT_FIELD(fixture, &apply, FIELD_INVALID, "vat_regime");
	apply.input.accreditation_apply.vat_regime = PROVIDER_KIND_SOCIAL_COOP;
	FIXTURE_TEXT(apply.input.accreditation_apply.iban, "IT60X0542811101000000123457");
	EXPECT_FIELD(fixture, &apply, FIELD_INVALID, "iban");
	FIXTURE_TEXT(apply.input.accreditation_apply.iban, "IT60X0542811101000000123456");
	struct accreditation_id id = {fixture_must(fixture, &apply)};
	struct command approve = act_of(fixture, COMMAND_KIND_ACCREDITATION_APPROVE, id);
	EXPECT(fixture, &approve, REQUIREMENTS_MISSING); /* the call asks for insurance */
	uint32_t insurance = add_document(fixture, id, DOCUMENT_INSURANCE, "2026-12-31");
	struct command check = check_document(fixture, insurance, DOCUMENT_STATE_GOOD);
	EXPECT(fixture, &check, OK);
	EXPECT(fixture, &approve, OK);
	struct command close =
	    fixture_command(COMMAND_KIND_CALL_CLOSE, fixture->role[ROLE_ACCREDITOR]);
	close.input.call_close.accreditation_call = call;
	FIXTURE_TEXT(close.input.call_close.act, "DET-2");
	close.input.call_close.closes = fixture_day("2026-01-08");
	EXPECT_FIELD(fixture, &close, FIELD_OUT_OF_RANGE, "closes");
	close.input.call_close.closes = fixture_day("2026-03-01");
	EXPECT(fixture, &close, ILLEGAL_TRANSITION);
	close.input.call_close.closes = fixture_day("2026-01-10");
	EXPECT(fixture, &close, OK);
	fixture_advance(fixture, fixture_instant("2026-01-11T08:00"));
	EXPECT(fixture, &apply, APPLICATION_NOT_OPEN);
}

static void expect_alfa_on(struct fixture *fixture, struct comune_id comune, const char *day,
			   enum result expected)
{
	struct accreditation_id found = {0};
	effects_reset(&fixture->effects);
	enum result result = accreditation_at(&fixture->effects, fixture->alfa, fixture->service,
					      comune, fixture_day(day), &found);
	assert_string_equal(result_code(result), result_code(expected));
}

/* ALFA's accreditation of the fixture goes; the one of SUB1 alone is judged. */
static struct accreditation_id only_sub1(struct fixture *fixture)
{
	struct accreditation_id id = in_state(fixture, ACCREDITATION_STATE_ACTIVE);
	struct command command = act_of(fixture, COMMAND_KIND_ACCREDITATION_REVOKE,
					fixture->alfa_accreditation);
	command.input.accreditation_revoke.effective_from = fixture_day("2026-01-01");
	EXPECT(fixture, &command, OK);
	return id;
}

/* Any number of suspensions is remembered, and the gap before a late renewal. */
static void every_past_day_is_judged_as_it_was(void **state)
{
	struct fixture *fixture = *state;
	struct accreditation_id id = only_sub1(fixture);
	char day[] = "2026-00-01";
	char instant[] = "2026-00-01T09:00";
	for (int month = 2; month <= 9; month++) {
		day[6] = instant[6] = (char)('0' + month);
		fixture_advance(fixture, fixture_instant(instant));
		struct command command = act_of(fixture, COMMAND_KIND_ACCREDITATION_SUSPEND, id);
		command.input.accreditation_suspend.effective_from = fixture_day(day);
		command.input.accreditation_suspend.safety = month % 2 == 0;
		command.input.accreditation_suspend.effective_from.number -= 3;
		EXPECT(fixture, &command, OK);
		command = act_of(fixture, COMMAND_KIND_ACCREDITATION_REINSTATE, id);
		command.input.accreditation_reinstate.effective_from = fixture_day(day);
		command.input.accreditation_reinstate.effective_from.number += 5;
		EXPECT(fixture, &command, OK);
	}
	struct comune_id pandino = fixture->pandino;
	expect_alfa_on(fixture, pandino, "2026-01-28", RESULT_OK);
	expect_alfa_on(fixture, pandino, "2026-01-29", RESULT_NOT_ACCREDITED_AT_SERVICE_DATE);
	expect_alfa_on(fixture, pandino, "2026-02-05", RESULT_NOT_ACCREDITED_AT_SERVICE_DATE);
	expect_alfa_on(fixture, pandino, "2026-02-06", RESULT_OK);
	expect_alfa_on(fixture, pandino, "2026-02-26", RESULT_DISPUTED); /* without SAFETY */
	expect_alfa_on(fixture, pandino, "2026-03-01", RESULT_NOT_ACCREDITED_AT_SERVICE_DATE);
	expect_alfa_on(fixture, pandino, "2026-04-28", RESULT_DISPUTED); /* May, odd: no SAFETY */
	fixture_advance(fixture, fixture_instant("2027-07-10T09:00"));
	assert_int_equal(state_accreditation(&fixture->state, id)->state,
			 ACCREDITATION_STATE_EXPIRED);
	struct command renew = act_of(fixture, COMMAND_KIND_ACCREDITATION_RENEW, id);
	renew.input.accreditation_renew.valid_from = fixture_day("2027-06-30");
	EXPECT_FIELD(fixture, &renew, FIELD_OUT_OF_RANGE, "valid_from");
	renew.input.accreditation_renew.valid_from = fixture_day("2027-07-20");
	renew.input.accreditation_renew.valid_to = fixture_day("2027-07-19");
	EXPECT_FIELD(fixture, &renew, FIELD_OUT_OF_RANGE, "valid_to");
	renew.input.accreditation_renew.valid_to = fixture_day("2030-12-31");
	renew.input.accreditation_renew.durc_valid_to = (struct day){0};
	EXPECT(fixture, &renew, OK); /* the DURC of the approval is good until 2027-12-31 */
	expect_alfa_on(fixture, pandino, "2027-06-30", RESULT_OK);
	expect_alfa_on(fixture, pandino, "2027-07-01", RESULT_NOT_ACCREDITED_AT_SERVICE_DATE);
	expect_alfa_on(fixture, pandino, "2027-07-19", RESULT_NOT_ACCREDITED_AT_SERVICE_DATE);
	expect_alfa_on(fixture, pandino, "2027-07-20", RESULT_OK);
	expect_alfa_on(fixture, pandino, "2026-02-26", RESULT_DISPUTED);
}

static void extension_has_its_day(void **state)
{
	struct fixture *fixture = *state;
	struct accreditation_id id = only_sub1(fixture);
	struct command extend = act_of(fixture, COMMAND_KIND_ACCREDITATION_EXTEND, id);
	extend.input.accreditation_extend.sub_ambiti.count = 0;
	EXPECT_FIELD(fixture, &extend, FIELD_MISSING, "services");
	extend.input.accreditation_extend.sub_ambiti.count = 1;
	extend.input.accreditation_extend.effective_from = fixture_day("2027-07-01");
	EXPECT_FIELD(fixture, &extend, FIELD_OUT_OF_RANGE, "effective_from");
	extend.input.accreditation_extend.effective_from = fixture_day("2026-02-01");
	EXPECT(fixture, &extend, OK);
	expect_alfa_on(fixture, fixture->castelleone, "2026-01-31", RESULT_TERRITORY_NOT_COVERED);
	expect_alfa_on(fixture, fixture->castelleone, "2026-02-01", RESULT_OK);
	expect_alfa_on(fixture, fixture->pandino, "2026-01-31", RESULT_OK);
	extend.input.accreditation_extend.effective_from = fixture_day("2026-01-31");
	EXPECT_FIELD(fixture, &extend, FIELD_OUT_OF_RANGE, "effective_from");
}

/* Sixty days of notice; the state follows on the day, dates at once. */
static void withdrawal_takes_effect_when_the_notice_ends(void **state)
{
	struct fixture *fixture = *state;
	struct accreditation_id id = only_sub1(fixture);
	struct voucher_id title = fixture_title(fixture, fixture->pandino, "2026-01", "2026-06",
						720, fixture->alfa);
	struct command withdraw = act_of(fixture, COMMAND_KIND_ACCREDITATION_WITHDRAW, id);
	withdraw.input.accreditation_withdraw.effective_from = fixture_day("2026-03-01");
	EXPECT_FIELD(fixture, &withdraw, FIELD_OUT_OF_RANGE, "effective_from");
	withdraw.input.accreditation_withdraw.effective_from = (struct day){0};
	EXPECT(fixture, &withdraw, OK);
	EXPECT(fixture, &withdraw, ILLEGAL_TRANSITION);
	expect_alfa_on(fixture, fixture->pandino, "2026-03-01", RESULT_OK);
	expect_alfa_on(fixture, fixture->pandino, "2026-03-02",
		       RESULT_NOT_ACCREDITED_AT_SERVICE_DATE);
	assert_int_equal(state_voucher(&fixture->state, title)->at_risk, 1);
	fixture_advance(fixture, fixture_instant("2026-03-01T08:00"));
	assert_int_equal(state_accreditation(&fixture->state, id)->state,
			 ACCREDITATION_STATE_ACTIVE);
	fixture_advance(fixture, fixture_instant("2026-03-02T08:00"));
	assert_int_equal(state_accreditation(&fixture->state, id)->state,
			 ACCREDITATION_STATE_WITHDRAWN);
}

/* Units a month, from the month of the choice; given back by change and revocation. */
static void capacity_is_counted_by_month(void **state)
{
	struct acts acts = acts_begin(*state);
	struct fixture *fixture = acts.fixture;
	struct command extend = act_of(fixture, COMMAND_KIND_ACCREDITATION_EXTEND,
				       fixture->alfa_accreditation);
	extend.input.accreditation_extend.sub_ambiti.count = 0;
	extend.input.accreditation_extend.capacity_units = 1500;
	EXPECT(fixture, &extend, OK);
	acts_must(&acts, "title 2026-01 2026-03 720 alfa; live castelleone;"
			 "title 2026-02 2026-04 720 alfa");
	effects_reset(&fixture->effects);
	assert_int_equal(capacity_used(&fixture->effects, fixture->alfa_accreditation,
				       fixture_month("2026-02")),
			 1440);
	acts_must(&acts, "live crema; propose 2026-03 2026-05 100; issue");
	assert_int_equal(acts_do(&acts, "choose alfa"), RESULT_PROVIDER_CAPACITY_REACHED);
	assert_int_equal(fixture->last.units, 40);
	struct choice_list list;
	effects_reset(&fixture->effects);
	choice_list(&fixture->effects, acts.voucher, fixture_day("2026-01-01"), &list);
	assert_int_equal(list.count, 2); /* BETA and GAMMA */
	assert_int_equal(list.order, PROVIDER_LIST_ORDER_ROTATING);
	acts_must(&acts, "choose gamma title=2; choose alfa title=3");
	effects_reset(&fixture->effects);
	assert_int_equal(capacity_used(&fixture->effects, fixture->alfa_accreditation,
				       fixture_month("2026-03")),
			 820);
	acts_must(&acts, "revoke 2026-02-01 title=1");
	effects_reset(&fixture->effects);
	assert_int_equal(capacity_used(&fixture->effects, fixture->alfa_accreditation,
				       fixture_month("2026-01")),
			 720);
	assert_int_equal(capacity_used(&fixture->effects, fixture->alfa_accreditation,
				       fixture_month("2026-03")),
			 100);
	choice_list(&fixture->effects, acts.voucher, fixture_day("2026-01-01"), &list);
	assert_int_equal(list.count, 3);
	assert_int_equal(list.offers[0].provider.raw, fixture->beta.raw); /* never assigned */
	assert_int_equal(list.offers[0].free_units, UINT32_MAX);
}

/* The task lives from the act to the new choice. */
static void tasks_of_persons_concerned(void **state)
{
	struct acts acts = acts_begin(*state);
	struct fixture *fixture = acts.fixture;
	acts_must(&acts, "title 2026-01 2026-06 720 alfa; now 2026-01-10T09:00;"
			 "book 2026-01-20T09:00 60; suspend alfa 2026-01-10");
	uint32_t events = state_count(&fixture->state, RECORD_KIND_EVENT);
	const struct event *task = NULL;
	for (uint32_t i = 1; i <= events; i++) {
		const struct event *event =
		    state_event(&fixture->state, (struct event_id){i});
		if (event->kind == EVENT_KIND_RECHOICE)
			task = event;
	}
	assert_non_null(task);
	assert_int_equal(task->voucher.raw, acts.voucher.raw);
	assert_int_equal(task->closed, 0);
	assert_int_equal(acts_cell(&acts, 0)->booked_units, 0); /* returned at once */
	assert_int_equal(acts_cell(&acts, 0)->free_units, 720);
	acts_must(&acts, "choose gamma");
	assert_int_equal(task->closed, 1);
	assert_int_equal(state_voucher(&fixture->state, acts.voucher)->choice_mode,
			 CHOICE_MODE_FREE);
}

/* No choice in ten days: by turn, the one assigned longest ago; nobody left: a task. */
static void who_does_not_choose_is_served_by_turn(void **state)
{
	struct acts acts = acts_begin(*state);
	struct fixture *fixture = acts.fixture;
	struct command set =
	    fixture_command(COMMAND_KIND_PARAMETER_SET, fixture->role[ROLE_UDP_MANAGER]);
	set.input.parameter_set.ambito = fixture->ambito;
	set.input.parameter_set.name = PARAMETER_CHOICE_FALLBACK_DAYS;
	FIXTURE_TEXT(set.input.parameter_set.value, "10");
	set.input.parameter_set.valid_from = fixture_day("2026-01-01");
	FIXTURE_TEXT(set.input.parameter_set.act, "DET-30");
	EXPECT(fixture, &set, OK);
	acts_must(&acts, "title 2026-01 2026-02 60 alfa; propose 2026-01 2026-06 60; issue;"
			 "now 2026-01-11T12:00");
	const struct voucher *voucher = state_voucher(&fixture->state, acts.voucher);
	assert_int_equal(voucher->state, VOUCHER_STATE_ISSUED);
	acts_must(&acts, "now 2026-01-12T00:00");
	assert_int_equal(voucher->state, VOUCHER_STATE_ACTIVE);
	assert_int_equal(voucher->provider.raw, fixture->beta.raw); /* ALFA had one before */
	assert_int_equal(voucher->choice_mode, CHOICE_MODE_ROTATION);
	assert_int_equal(voucher->chosen_by.raw, 0);
	acts_must(&acts, "live crema; propose 2026-01 2026-06 60; issue;"
			 "strike alfa 2026-01-20; strike beta 2026-01-20; strike gamma 2026-01-20;"
			 "now 2026-01-23T00:00");
	voucher = state_voucher(&fixture->state, acts.voucher);
	assert_int_equal(voucher->state, VOUCHER_STATE_ISSUED);
	const struct event *last = state_event(
	    &fixture->state,
	    (struct event_id){state_count(&fixture->state, RECORD_KIND_EVENT)});
	assert_int_equal(last->kind, EVENT_KIND_RECHOICE);
	assert_int_equal(last->task, 1);
	assert_int_equal(last->voucher.raw, acts.voucher.raw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_act_from_every_state),
	    EXPECT_TEST(integration_and_documents),
	    EXPECT_TEST(integration_has_a_deadline),
	    EXPECT_TEST(calls_open_and_close),
	    EXPECT_TEST(every_past_day_is_judged_as_it_was),
	    EXPECT_TEST(extension_has_its_day),
	    EXPECT_TEST(withdrawal_takes_effect_when_the_notice_ends),
	    EXPECT_TEST(capacity_is_counted_by_month),
	    EXPECT_TEST(tasks_of_persons_concerned),
	    EXPECT_TEST(who_does_not_choose_is_served_by_turn),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
