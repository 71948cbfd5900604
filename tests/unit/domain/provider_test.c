/* Providers: check digits of VAT numbers and accounts, every single wrong digit among them. */
#include "tests/unit/domain/expect.h"

#include <string.h>

static struct command create(struct fixture *fixture, const char *vat_number, const char *iban)
{
	struct command command =
	    fixture_command(COMMAND_KIND_PROVIDER_CREATE, fixture->role[ROLE_UDP_OFFICER]);
	struct command_provider_create *input = &command.input.provider_create;
	input->ambito = fixture->ambito;
	FIXTURE_TEXT(input->code, "DELTA");
	FIXTURE_TEXT(input->legal_name, "Delta cooperativa sociale");
	input->kind = PROVIDER_KIND_SOCIAL_COOP;
	FIXTURE_TEXT(input->vat_number, vat_number);
	FIXTURE_TEXT(input->iban, iban);
	return command;
}

static const char good_vat[] = "01234567897";
static const char good_iban[] = "IT60X0542811101000000123456"; /* example of the Banca d'Italia */

static void vat_numbers(void **state)
{
	struct fixture *fixture = *state;
	static const char *const bad[] = {"0123456789", "012345678977", "0123456789A",
					  "00000000000", "IT01234567897"};
	for (uint32_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct command command = create(fixture, bad[i], good_iban);
		EXPECT_FIELD(fixture, &command, FIELD_INVALID, "vat_number");
	}
	for (size_t place = 0; place < strlen(good_vat); place++)
		for (char digit = '0'; digit <= '9'; digit++) {
			char wrong[12];
			memcpy(wrong, good_vat, sizeof(wrong));
			if (wrong[place] == digit)
				continue;
			wrong[place] = digit;
			struct command command = create(fixture, wrong, good_iban);
			EXPECT_FIELD(fixture, &command, FIELD_INVALID, "vat_number");
		}
}

static void accounts(void **state)
{
	struct fixture *fixture = *state;
	static const char *const bad[] = {
	    "IT60X054281110100000012345",	/* short */
	    "IT60X05428111010000001234560",	/* long */
	    "DE89370400440532013000",		/* another country */
	    "IT6OX0542811101000000123456",	/* letter in the check digits */
	    "IT6010542811101000000123456",	/* CIN is a letter */
	    "IT60X0542811101 00000123456",	/* blank */
	    "it60X0542811101000000123456",	/* small letters */
	    "IT60X054281110100000012345\xC3"};
	for (uint32_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct command command = create(fixture, good_vat, bad[i]);
		EXPECT_FIELD(fixture, &command, FIELD_INVALID, "iban");
	}
	for (size_t place = 0; place < strlen(good_iban); place++) {
		char wrong[28];
		memcpy(wrong, good_iban, sizeof(wrong));
		wrong[place] = wrong[place] == '7' ? '8' : '7';
		struct command command = create(fixture, good_vat, wrong);
		EXPECT_FIELD(fixture, &command, FIELD_INVALID, "iban");
	}
	struct command command = create(fixture, good_vat, "SM86U0322509800000000270100");
	EXPECT(fixture, &command, OK);
}

static void codes(void **state)
{
	struct fixture *fixture = *state;
	struct command command = create(fixture, good_vat, good_iban);
	FIXTURE_TEXT(command.input.provider_create.code, "ALFA");
	EXPECT(fixture, &command, ALREADY_EXISTS);
	assert_int_equal(fixture->last.object, fixture->alfa.raw);
	FIXTURE_TEXT(command.input.provider_create.code, "AL FA");
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "code");
	FIXTURE_TEXT(command.input.provider_create.code, "DELTA");
	struct provider_id id = {fixture_must(fixture, &command)};
	assert_int_equal(state_provider(&fixture->state, id)->kind, PROVIDER_KIND_SOCIAL_COOP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(vat_numbers),
	    EXPECT_TEST(accounts),
	    EXPECT_TEST(codes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
