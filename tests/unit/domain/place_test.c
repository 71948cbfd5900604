/* Ambiti, sub-ambiti, comuni and the registration of beneficiaries in them. */
#include "tests/unit/domain/expect.h"

#include <stdio.h>

static struct command comune(struct fixture *fixture, const char *istat, const char *cadastral)
{
	struct command command =
	    fixture_command(COMMAND_KIND_COMUNE_CREATE, fixture->role[ROLE_UDP_OFFICER]);
	struct command_comune_create *input = &command.input.comune_create;
	FIXTURE_TEXT(input->istat_code, istat);
	FIXTURE_TEXT(input->cadastral_code, cadastral);
	FIXTURE_TEXT(input->name, "Agnadello");
	input->sub_ambito = fixture->group[1];
	input->population = 3854;
	return command;
}

static void codes_of_ambiti_are_unique(void **state)
{
	struct fixture *fixture = *state;
	struct command command =
	    fixture_command(COMMAND_KIND_AMBITO_CREATE, fixture->role[ROLE_ADMINISTRATOR]);
	FIXTURE_TEXT(command.input.ambito_create.code, "CREMA");
	FIXTURE_TEXT(command.input.ambito_create.name, "Crema");
	EXPECT(fixture, &command, ALREADY_EXISTS);
	assert_int_equal(fixture->last.object, fixture->ambito.raw);
	FIXTURE_TEXT(command.input.ambito_create.code, "CR EMA");
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "code");
}

static void sub_ambiti_have_ordinals_of_their_ambito(void **state)
{
	struct fixture *fixture = *state;
	for (uint32_t i = 0; i < 6; i++)
		assert_int_equal(state_sub_ambito(&fixture->state, fixture->group[i])->ordinal,
				 i + 1);
	struct command ambito =
	    fixture_command(COMMAND_KIND_AMBITO_CREATE, fixture->role[ROLE_ADMINISTRATOR]);
	FIXTURE_TEXT(ambito.input.ambito_create.code, "LODI");
	FIXTURE_TEXT(ambito.input.ambito_create.name, "Lodi");
	struct ambito_id lodi = {fixture_must(fixture, &ambito)};
	struct command principal =
	    fixture_command(COMMAND_KIND_PRINCIPAL_CREATE, fixture->role[ROLE_ADMINISTRATOR]);
	FIXTURE_TEXT(principal.input.principal_create.code, "lodi");
	principal.input.principal_create.role = ROLE_UDP_OFFICER;
	principal.input.principal_create.ambito = lodi;
	struct command command = fixture_command(
	    COMMAND_KIND_SUB_AMBITO_CREATE,
	    (struct principal_id){fixture_must(fixture, &principal)});
	command.input.sub_ambito_create.ambito = lodi;
	FIXTURE_TEXT(command.input.sub_ambito_create.code, "SUB1"); /* as Crema has one too */
	FIXTURE_TEXT(command.input.sub_ambito_create.name, "Sub-ambito 1");
	struct sub_ambito_id id = {fixture_must(fixture, &command)};
	assert_int_equal(state_sub_ambito(&fixture->state, id)->ordinal, 1);
	EXPECT(fixture, &command, ALREADY_EXISTS);
	assert_int_equal(fixture->last.object, id.raw);
}

static void an_ambito_has_64_sub_ambiti(void **state)
{
	struct fixture *fixture = *state;
	fixture->check_all = false;
	for (uint32_t i = 7; i <= 64; i++) {
		char code[16];
		(void)snprintf(code, sizeof(code), "G%u", i);
		struct sub_ambito_id id = fixture_sub_ambito(fixture, fixture->ambito, code);
		assert_int_equal(state_sub_ambito(&fixture->state, id)->ordinal, i);
	}
	struct command command =
	    fixture_command(COMMAND_KIND_SUB_AMBITO_CREATE, fixture->role[ROLE_UDP_OFFICER]);
	command.input.sub_ambito_create.ambito = fixture->ambito;
	FIXTURE_TEXT(command.input.sub_ambito_create.code, "G65");
	FIXTURE_TEXT(command.input.sub_ambito_create.name, "G65");
	EXPECT(fixture, &command, CAPACITY_OF_LEDGER_REACHED);
}

static void comuni_have_two_codes(void **state)
{
	struct fixture *fixture = *state;
	static const char *const bad_istat[] = {"01900", "0190020", "01900A", "019 02", "19002 "};
	for (uint32_t i = 0; i < sizeof(bad_istat) / sizeof(bad_istat[0]); i++) {
		struct command command = comune(fixture, bad_istat[i], "A076");
		EXPECT_FIELD(fixture, &command, FIELD_INVALID, "istat_code");
	}
	static const char *const bad_cadastral[] = {"A07", "A0760", "a076", "1076", "A07B"};
	for (uint32_t i = 0; i < sizeof(bad_cadastral) / sizeof(bad_cadastral[0]); i++) {
		struct command command = comune(fixture, "019002", bad_cadastral[i]);
		EXPECT_FIELD(fixture, &command, FIELD_INVALID, "cadastral_code");
	}
	struct command command = comune(fixture, "019067", "A076");
	EXPECT(fixture, &command, ALREADY_EXISTS);
	assert_int_equal(fixture->last.object, fixture->pandino.raw);
	command = comune(fixture, "019002", "A076");
	struct comune_id id = {fixture_must(fixture, &command)};
	const struct comune *record = state_comune(&fixture->state, id);
	assert_int_equal(record->ambito.raw, fixture->ambito.raw);
	assert_int_equal(record->sub_ambito.raw, fixture->group[1].raw);
	assert_int_equal(record->population, 3854);
}

static void beneficiaries_live_in_a_comune(void **state)
{
	struct fixture *fixture = *state;
	struct beneficiary_id id = fixture_beneficiary(fixture, fixture->izano);
	const struct beneficiary *record = state_beneficiary(&fixture->state, id);
	assert_int_equal(record->comune.raw, fixture->izano.raw);
	assert_int_equal(record->ambito.raw, fixture->ambito.raw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(codes_of_ambiti_are_unique),
	    EXPECT_TEST(sub_ambiti_have_ordinals_of_their_ambito),
	    EXPECT_TEST(an_ambito_has_64_sub_ambiti),
	    EXPECT_TEST(comuni_have_two_codes),
	    EXPECT_TEST(beneficiaries_live_in_a_comune),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
