/* Accreditations: their acts, and what they say of a service on its day. */
#include "tests/unit/domain/expect.h"

#include "engine/domain/accreditation.h"

static struct command suspend(struct fixture *fixture, const char *from, bool safety)
{
	struct command command = fixture_command(COMMAND_KIND_ACCREDITATION_SUSPEND,
						 fixture->role[ROLE_ACCREDITOR]);
	command.input.accreditation_suspend.accreditation = fixture->alfa_accreditation;
	command.input.accreditation_suspend.effective_from = fixture_day(from);
	command.input.accreditation_suspend.safety = safety;
	FIXTURE_TEXT(command.input.accreditation_suspend.act, "DET-20");
	return command;
}

static struct command reinstate(struct fixture *fixture, const char *from)
{
	struct command command = fixture_command(COMMAND_KIND_ACCREDITATION_REINSTATE,
						 fixture->role[ROLE_ACCREDITOR]);
	command.input.accreditation_reinstate.accreditation = fixture->alfa_accreditation;
	command.input.accreditation_reinstate.effective_from = fixture_day(from);
	FIXTURE_TEXT(command.input.accreditation_reinstate.act, "DET-21");
	return command;
}

static struct command revoke(struct fixture *fixture, const char *from)
{
	struct command command = fixture_command(COMMAND_KIND_ACCREDITATION_REVOKE,
						 fixture->role[ROLE_ACCREDITOR]);
	command.input.accreditation_revoke.accreditation = fixture->alfa_accreditation;
	command.input.accreditation_revoke.effective_from = fixture_day(from);
	FIXTURE_TEXT(command.input.accreditation_revoke.act, "DET-22");
	return command;
}

/* What the register says of ALFA for home help in Pandino on a day. */
static void expect_on(struct fixture *fixture, const char *day, enum result expected)
{
	struct accreditation_id found = {0};
	effects_reset(&fixture->effects);
	enum result result =
	    accreditation_at(&fixture->effects, fixture->alfa, fixture->service,
			     fixture->pandino, fixture_day(day), &found);
	assert_string_equal(result_code(result), result_code(expected));
	bool is_found = expected == RESULT_OK || expected == RESULT_DISPUTED;
	assert_int_equal(found.raw, is_found ? fixture->alfa_accreditation.raw : 0);
}

static void from_application_to_pact(void **state)
{
	struct fixture *fixture = *state;
	struct command apply =
	    fixture_command(COMMAND_KIND_ACCREDITATION_APPLY, fixture->alfa_principal);
	struct command_accreditation_apply *input = &apply.input.accreditation_apply;
	input->provider = fixture->alfa;
	input->services.count = 1;
	input->services.items[0].service = fixture->service;
	input->sub_ambiti.count = 2;
	input->sub_ambiti.items[0].sub_ambito = fixture->group[0];
	input->sub_ambiti.items[1].sub_ambito = fixture->group[5];
	input->capacity_units = 54000;
	struct accreditation_id id = {fixture_must(fixture, &apply)};
	const struct accreditation *record = state_accreditation(&fixture->state, id);
	assert_int_equal(record->state, ACCREDITATION_STATE_SUBMITTED);
	assert_int_equal(record->version, 1);
	assert_int_equal(record->services_mask, UINT64_C(1) << (fixture->service.raw - 1));
	assert_int_equal(record->territory_mask, 0x21);
	struct command activate = fixture_command(COMMAND_KIND_ACCREDITATION_ACTIVATE,
						  fixture->role[ROLE_CAPOFILA]);
	struct command_accreditation_activate *pact = &activate.input.accreditation_activate;
	pact->accreditation = id;
	pact->valid_from = fixture_day("2026-01-01");
	pact->valid_to = fixture_day("2025-12-31");
	FIXTURE_TEXT(pact->cig, "B0A1C2D3E4");
	FIXTURE_TEXT(pact->act, "PATTO");
	EXPECT_FIELD(fixture, &activate, FIELD_OUT_OF_RANGE, "valid_to");
	pact->valid_to = fixture_day("2028-12-31");
	EXPECT(fixture, &activate, ILLEGAL_TRANSITION);
	struct command approve = fixture_command(COMMAND_KIND_ACCREDITATION_APPROVE,
						 fixture->role[ROLE_ACCREDITOR]);
	approve.input.accreditation_approve.accreditation = id;
	FIXTURE_TEXT(approve.input.accreditation_approve.act, "DET");
	EXPECT(fixture, &approve, DURC_INVALID);
	approve.input.accreditation_approve.durc_valid_to = fixture_day("2025-12-31");
	EXPECT(fixture, &approve, DURC_INVALID);
	approve.input.accreditation_approve.durc_valid_to = fixture_day("2026-01-01");
	EXPECT(fixture, &approve, OK);
	EXPECT(fixture, &approve, ILLEGAL_TRANSITION);
	FIXTURE_TEXT(pact->cig, "B0A1C2D3E");
	EXPECT_FIELD(fixture, &activate, FIELD_INVALID, "cig");
	FIXTURE_TEXT(pact->cig, "b0a1c2d3e4");
	EXPECT_FIELD(fixture, &activate, FIELD_INVALID, "cig");
	FIXTURE_TEXT(pact->cig, "B0A1C2D3E5");
	EXPECT(fixture, &activate, OK);
	assert_int_equal(record->state, ACCREDITATION_STATE_ACTIVE);
	assert_int_equal(record->version, 3);
}

static void validity_bounds_are_inclusive(void **state)
{
	struct fixture *fixture = *state;
	expect_on(fixture, "2023-12-31", RESULT_NOT_ACCREDITED_AT_SERVICE_DATE);
	expect_on(fixture, "2024-01-01", RESULT_OK);
	expect_on(fixture, "2028-12-31", RESULT_OK);
	expect_on(fixture, "2029-01-01", RESULT_NOT_ACCREDITED_AT_SERVICE_DATE);
}

/* S03: suspended on 16 March from 15 March. The 12th is good, the 15th is held, the 16th and later
 * are refused. */
static void back_dated_suspension_holds_what_was_before_its_notice(void **state)
{
	struct fixture *fixture = *state;
	fixture->now = fixture_instant("2026-03-16T10:00");
	struct command command = suspend(fixture, "2026-03-15", false);
	EXPECT(fixture, &command, OK);
	expect_on(fixture, "2026-03-14", RESULT_OK);
	expect_on(fixture, "2026-03-15", RESULT_DISPUTED);
	expect_on(fixture, "2026-03-16", RESULT_NOT_ACCREDITED_AT_SERVICE_DATE);
	expect_on(fixture, "2026-03-20", RESULT_NOT_ACCREDITED_AT_SERVICE_DATE);
	EXPECT(fixture, &command, ILLEGAL_TRANSITION);
	command = reinstate(fixture, "2026-03-14");
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "effective_from");
	command = reinstate(fixture, "2026-03-25");
	EXPECT(fixture, &command, OK);
	expect_on(fixture, "2026-03-15", RESULT_DISPUTED);
	expect_on(fixture, "2026-03-24", RESULT_NOT_ACCREDITED_AT_SERVICE_DATE);
	expect_on(fixture, "2026-03-25", RESULT_OK);
	EXPECT(fixture, &command, ILLEGAL_TRANSITION);
}

static void safety_refuses_at_once(void **state)
{
	struct fixture *fixture = *state;
	fixture->now = fixture_instant("2026-03-16T10:00");
	struct command command = suspend(fixture, "2026-03-10", true);
	EXPECT(fixture, &command, OK);
	expect_on(fixture, "2026-03-09", RESULT_OK);
	expect_on(fixture, "2026-03-10", RESULT_NOT_ACCREDITED_AT_SERVICE_DATE);
}

static void the_earlier_suspension_is_remembered(void **state)
{
	struct fixture *fixture = *state;
	fixture->now = fixture_instant("2026-03-16T10:00");
	struct command command = suspend(fixture, "2026-03-15", false);
	EXPECT(fixture, &command, OK);
	command = reinstate(fixture, "2026-03-20");
	EXPECT(fixture, &command, OK);
	fixture->now = fixture_instant("2026-04-02T10:00");
	command = suspend(fixture, "2026-04-02", true);
	EXPECT(fixture, &command, OK);
	expect_on(fixture, "2026-03-15", RESULT_DISPUTED);
	expect_on(fixture, "2026-03-19", RESULT_NOT_ACCREDITED_AT_SERVICE_DATE);
	expect_on(fixture, "2026-03-20", RESULT_OK);
	expect_on(fixture, "2026-04-01", RESULT_OK);
	expect_on(fixture, "2026-04-02", RESULT_NOT_ACCREDITED_AT_SERVICE_DATE);
	assert_int_equal(
	    state_accreditation(&fixture->state, fixture->alfa_accreditation)->version, 6);
}

static void revocation_ends_it(void **state)
{
	struct fixture *fixture = *state;
	struct command command = revoke(fixture, "2026-05-01");
	EXPECT(fixture, &command, OK);
	expect_on(fixture, "2026-04-30", RESULT_OK);
	expect_on(fixture, "2026-05-01", RESULT_NOT_ACCREDITED_AT_SERVICE_DATE);
	EXPECT(fixture, &command, ILLEGAL_TRANSITION);
	command = suspend(fixture, "2026-05-01", false);
	EXPECT(fixture, &command, ILLEGAL_TRANSITION);
}

static void a_suspended_one_can_be_revoked(void **state)
{
	struct fixture *fixture = *state;
	struct command command = suspend(fixture, "2026-02-01", false);
	EXPECT(fixture, &command, OK);
	command = revoke(fixture, "2026-03-01");
	EXPECT(fixture, &command, OK);
	expect_on(fixture, "2026-01-31", RESULT_OK);
	expect_on(fixture, "2026-02-15", RESULT_NOT_ACCREDITED_AT_SERVICE_DATE);
	expect_on(fixture, "2026-03-15", RESULT_NOT_ACCREDITED_AT_SERVICE_DATE);
}

/* The nearest answer over all accreditations of a provider. */
static void service_and_territory(void **state)
{
	struct fixture *fixture = *state;
	struct command command =
	    fixture_command(COMMAND_KIND_SERVICE_CREATE, fixture->role[ROLE_UDP_OFFICER]);
	command.input.service_create.ambito = fixture->ambito;
	FIXTURE_TEXT(command.input.service_create.code, "ADM");
	FIXTURE_TEXT(command.input.service_create.name, "ADM");
	command.input.service_create.unit = UNIT_MINUTE;
	struct service_id minors = {fixture_must(fixture, &command)};
	struct accreditation_id found = {0};
	struct day day = fixture_day("2026-03-01");
	struct effects *effects = &fixture->effects;
	assert_int_equal(accreditation_at(effects, fixture->alfa, minors, fixture->pandino, day,
					  &found),
			 RESULT_SERVICE_NOT_COVERED);
	command = fixture_command(COMMAND_KIND_ACCREDITATION_APPLY, fixture->alfa_principal);
	struct command_accreditation_apply *apply = &command.input.accreditation_apply;
	apply->provider = fixture->alfa;
	apply->services.count = 1;
	apply->services.items[0].service = minors;
	apply->sub_ambiti.count = 1;
	apply->sub_ambiti.items[0].sub_ambito = fixture->group[0];
	struct accreditation_id second = {fixture_must(fixture, &command)};
	struct accreditation record = *state_accreditation(&fixture->state, second);
	record.state = ACCREDITATION_STATE_ACTIVE;
	record.valid_from = fixture_day("2026-01-01");
	record.valid_to = fixture_day("2026-12-31");
	assert_true(
	    apply_record(&fixture->state, RECORD_KIND_ACCREDITATION, second.raw, &record));
	effects_reset(effects);
	assert_int_equal(accreditation_at(effects, fixture->alfa, minors, fixture->pandino, day,
					  &found),
			 RESULT_TERRITORY_NOT_COVERED);
	assert_int_equal(found.raw, 0);
	assert_int_equal(accreditation_at(effects, fixture->alfa, minors, fixture->crema, day,
					  &found),
			 RESULT_OK);
	assert_int_equal(found.raw, second.raw);
	assert_int_equal(accreditation_at(effects, fixture->beta, minors, fixture->crema, day,
					  &found),
			 RESULT_SERVICE_NOT_COVERED);
}

static void vat_by_kind_and_the_highest(void **state)
{
	struct fixture *fixture = *state;
	struct effects *effects = &fixture->effects;
	struct service service = *state_service(&fixture->state, fixture->service);
	struct provider provider = {.kind = PROVIDER_KIND_SOCIAL_COOP};
	assert_int_equal(accreditation_provider_vat(&service, &provider), 500);
	provider.kind = PROVIDER_KIND_NON_COMMERCIAL_ETS;
	assert_int_equal(accreditation_provider_vat(&service, &provider), 0);
	provider.kind = PROVIDER_KIND_OTHER;
	assert_int_equal(accreditation_provider_vat(&service, &provider), 2200);
	uint16_t rate = 1;
	struct day first = fixture_day("2026-01-01");
	struct day last = fixture_day("2026-01-31");
	assert_int_equal(accreditation_highest_vat(effects, fixture->service, fixture->pandino,
						   first, last, &rate),
			 RESULT_OK);
	assert_int_equal(rate, 500);
	struct command command = revoke(fixture, "2026-01-01");
	EXPECT(fixture, &command, OK);
	command.input.accreditation_revoke.accreditation = fixture->beta_accreditation;
	EXPECT(fixture, &command, OK);
	effects_reset(effects);
	assert_int_equal(accreditation_highest_vat(effects, fixture->service, fixture->pandino,
						   first, last, &rate),
			 RESULT_OK);
	assert_int_equal(rate, 0); /* GAMMA is left */
	first = fixture_day("2029-01-01");
	last = fixture_day("2029-01-31");
	rate = 77;
	assert_int_equal(accreditation_highest_vat(effects, fixture->service, fixture->pandino,
						   first, last, &rate),
			 RESULT_NO_PROVIDER_FOR_SERVICE);
	assert_int_equal(rate, 77);
}

static bool is_at_risk(struct fixture *fixture, struct voucher_id title)
{
	return state_voucher(&fixture->state, title)->at_risk != 0;
}

static void titles_are_flagged_and_cleared(void **state)
{
	struct fixture *fixture = *state;
	struct voucher_id own = fixture_title(fixture, fixture->pandino, "2026-01", "2026-06", 720,
					      fixture->alfa);
	struct voucher_id shorter = fixture_title(fixture, fixture->pandino, "2026-01", "2026-02",
						  720, fixture->alfa);
	struct voucher_id other = fixture_title(fixture, fixture->pandino, "2026-01", "2026-06",
						720, fixture->beta);
	struct command command = suspend(fixture, "2026-03-01", false);
	EXPECT(fixture, &command, OK);
	assert_int_equal(fixture->last.units, 1);
	assert_true(is_at_risk(fixture, own));
	assert_false(is_at_risk(fixture, shorter)); /* over before the suspension begins */
	assert_false(is_at_risk(fixture, other));
	command = reinstate(fixture, "2026-03-10");
	EXPECT(fixture, &command, OK);
	assert_int_equal(fixture->last.units, 1);
	assert_false(is_at_risk(fixture, own));
	command = revoke(fixture, "2026-01-15");
	EXPECT(fixture, &command, OK);
	assert_int_equal(fixture->last.units, 2);
	assert_true(is_at_risk(fixture, own));
	assert_true(is_at_risk(fixture, shorter));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(from_application_to_pact),
	    EXPECT_TEST(validity_bounds_are_inclusive),
	    EXPECT_TEST(back_dated_suspension_holds_what_was_before_its_notice),
	    EXPECT_TEST(safety_refuses_at_once),
	    EXPECT_TEST(the_earlier_suspension_is_remembered),
	    EXPECT_TEST(revocation_ends_it),
	    EXPECT_TEST(a_suspended_one_can_be_revoked),
	    EXPECT_TEST(service_and_territory),
	    EXPECT_TEST(vat_by_kind_and_the_highest),
	    EXPECT_TEST(titles_are_flagged_and_cleared),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
