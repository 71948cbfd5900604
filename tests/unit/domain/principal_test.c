/* Principals and their scopes. */
#include "tests/unit/domain/expect.h"

static struct command create(struct fixture *fixture, const char *code, enum role role)
{
	struct command command =
	    fixture_command(COMMAND_KIND_PRINCIPAL_CREATE, fixture->role[ROLE_ADMINISTRATOR]);
	FIXTURE_TEXT(command.input.principal_create.code, code);
	command.input.principal_create.role = (uint8_t)role;
	return command;
}

static void codes_are_unique_tokens(void **state)
{
	struct fixture *fixture = *state;
	struct command command = create(fixture, "admin", ROLE_AUDITOR);
	EXPECT(fixture, &command, ALREADY_EXISTS);
	assert_int_equal(fixture->last.object, 1);
	assert_int_equal(fixture->last.object_kind, RECORD_KIND_PRINCIPAL);
	command = create(fixture, "two words", ROLE_AUDITOR);
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "code");
}

static void roles_need_their_scope(void **state)
{
	struct fixture *fixture = *state;
	static const struct {
		enum role role;
		const char *scope;
	} needs[] = {
	    {ROLE_PROVIDER, "provider"},	 {ROLE_OPERATOR, "provider"},
	    {ROLE_COMUNE_ADMIN, "comune"},	 {ROLE_COMUNE_SOCIAL, "comune"},
	    {ROLE_SUBAMBITO_COORD, "sub_ambito"}, {ROLE_BENEFICIARY, "beneficiary"},
	};
	for (uint32_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		struct command command = create(fixture, "new", needs[i].role);
		EXPECT_FIELD(fixture, &command, FIELD_MISSING, needs[i].scope);
	}
	struct command command = create(fixture, "new", ROLE_SYSTEM);
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "role");
}

static void scopes_are_completed_and_must_fit(void **state)
{
	struct fixture *fixture = *state;
	struct command command = create(fixture, "izano", ROLE_COMUNE_SOCIAL);
	struct command_principal_create *input = &command.input.principal_create;
	input->comune = fixture->izano;
	struct principal_id id = {fixture_must(fixture, &command)};
	assert_int_equal(state_principal(&fixture->state, id)->ambito.raw, fixture->ambito.raw);
	FIXTURE_TEXT(input->code, "izano2");
	input->sub_ambito = fixture->group[1];
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "sub_ambito");
	input->sub_ambito = fixture->group[4];
	EXPECT(fixture, &command, OK);
	command = create(fixture, "person", ROLE_BENEFICIARY);
	input->beneficiary = fixture->person;
	input->comune = fixture->izano;
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "comune");
	command = create(fixture, "gamma2", ROLE_PROVIDER);
	input->provider = fixture->gamma;
	id.raw = fixture_must(fixture, &command);
	assert_int_equal(state_principal(&fixture->state, id)->ambito.raw, fixture->ambito.raw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(codes_are_unique_tokens),
	    EXPECT_TEST(roles_need_their_scope),
	    EXPECT_TEST(scopes_are_completed_and_must_fit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
