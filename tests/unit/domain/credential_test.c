/* Tokens and client certificates: given, bound, replaced, taken. */
#include "tests/unit/domain/expect.h"

#define FINGERPRINT "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
#define ISSUER	    "CN=Autorita di prova,O=Ambito"
#define DAY_S	    86400u

static struct command create(struct fixture *fixture)
{
	struct command command =
	    fixture_command(COMMAND_KIND_CREDENTIAL_CREATE, fixture->role[ROLE_ADMINISTRATOR]);
	command.input.credential_create.principal = fixture->alfa_principal;
	command.input.credential_create.token_hash[31] = 7;
	return command;
}

static struct command certify(struct fixture *fixture, struct principal_id principal)
{
	struct command command =
	    fixture_command(COMMAND_KIND_CREDENTIAL_CERTIFY, fixture->role[ROLE_ADMINISTRATOR]);
	command.input.credential_certify.principal = principal;
	FIXTURE_TEXT(command.input.credential_certify.fingerprint, FINGERPRINT);
	FIXTURE_TEXT(command.input.credential_certify.issuer, ISSUER);
	command.input.credential_certify.expires_at = fixture_instant("2026-06-30T00:00");
	return command;
}

static struct command rotate(struct fixture *fixture, struct credential_id id, uint32_t overlap_s)
{
	struct command command =
	    fixture_command(COMMAND_KIND_CREDENTIAL_ROTATE, fixture->role[ROLE_ADMINISTRATOR]);
	command.input.credential_rotate.credential = id;
	command.input.credential_rotate.overlap_s = overlap_s;
	command.input.credential_rotate.token_hash[0] = 9;
	return command;
}

static struct command revoke(struct fixture *fixture, struct credential_id id)
{
	struct command command =
	    fixture_command(COMMAND_KIND_CREDENTIAL_REVOKE, fixture->role[ROLE_ADMINISTRATOR]);
	command.input.credential_revoke.credential = id;
	return command;
}

static void tokens_are_given_and_taken(void **state)
{
	struct fixture *fixture = *state;
	struct command command = create(fixture);
	command.input.credential_create.expires_at = fixture->now;
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "expires_at");
	command.input.credential_create.expires_at = fixture_instant("2026-06-30T00:00");
	command.input.credential_create.scope_visits = 1;
	struct credential_id id = {fixture_must(fixture, &command)};
	const struct credential *credential = state_credential(&fixture->state, id);
	assert_int_equal(credential->principal.raw, fixture->alfa_principal.raw);
	assert_int_equal(credential->token_hash[31], 7);
	assert_int_equal(credential->scope_visits, 1);
	assert_int_equal(credential->scope_read, 0);
	assert_int_equal(credential->revoked, 0);
	command = revoke(fixture, id);
	EXPECT(fixture, &command, OK);
	assert_int_equal(state_credential(&fixture->state, id)->revoked, 1);
	EXPECT(fixture, &command, ILLEGAL_TRANSITION);
}

static void certificates_are_registered_once(void **state)
{
	struct fixture *fixture = *state;
	struct command command = certify(fixture, fixture->alfa_principal);
	FIXTURE_TEXT(command.input.credential_certify.fingerprint, "0011");
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "fingerprint");
	command = certify(fixture, fixture->alfa_principal);
	command.input.credential_certify.expires_at = fixture->now;
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "expires_at");
	command = certify(fixture, fixture->alfa_principal);
	struct credential_id id = {fixture_must(fixture, &command)};
	const struct credential *credential = state_credential(&fixture->state, id);
	assert_int_equal(credential->fingerprint[1], 0x11);
	assert_int_equal(credential->fingerprint[31], 0xff);
	assert_string_equal(credential->issuer, ISSUER);
	command = certify(fixture, fixture->role[ROLE_FINANCE]);
	EXPECT(fixture, &command, ALREADY_EXISTS);
	struct command end = revoke(fixture, id);
	EXPECT(fixture, &end, OK);
	EXPECT(fixture, &command, ALREADY_EXISTS); /* what was revoked stays so */
	command.input.credential_certify.fingerprint[63] = '0';
	EXPECT(fixture, &command, OK);
}

static void tokens_are_bound_to_ones_own_good_certificate(void **state)
{
	struct fixture *fixture = *state;
	struct command command = certify(fixture, fixture->alfa_principal);
	struct credential_id certificate = {fixture_must(fixture, &command)};
	command = create(fixture);
	command.input.credential_create.certificate = certificate;
	struct credential_id token = {fixture_must(fixture, &command)};
	assert_int_equal(state_credential(&fixture->state, token)->certificate.raw,
			 certificate.raw);
	command.input.credential_create.certificate = token;
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "certificate");
	command.input.credential_create.certificate = certificate;
	command.input.credential_create.principal = fixture->role[ROLE_FINANCE];
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "certificate");
	struct command end = revoke(fixture, certificate);
	EXPECT(fixture, &end, OK);
	command.input.credential_create.principal = fixture->alfa_principal;
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "certificate");
}

static void tokens_are_replaced_with_an_overlap(void **state)
{
	struct fixture *fixture = *state;
	struct command command = create(fixture);
	command.input.credential_create.scope_read = 1;
	struct credential_id first = {fixture_must(fixture, &command)};
	command = rotate(fixture, first, 91 * DAY_S);
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "overlap_s");
	command = rotate(fixture, first, DAY_S);
	struct credential_id second = {fixture_must(fixture, &command)};
	const struct credential *old = state_credential(&fixture->state, first);
	const struct credential *fresh = state_credential(&fixture->state, second);
	assert_int_equal(old->expires_at.us, fixture->now.us + (int64_t)DAY_S * 1000000);
	assert_int_equal(fresh->expires_at.us, 0);
	assert_int_equal(fresh->predecessor.raw, first.raw);
	assert_int_equal(fresh->scope_read, 1);
	assert_int_equal(fresh->token_hash[0], 9);
	assert_int_equal(fresh->principal.raw, fixture->alfa_principal.raw);
	/* A longer overlap does not lengthen what ends earlier. */
	command = rotate(fixture, first, 2 * DAY_S);
	EXPECT(fixture, &command, OK);
	assert_int_equal(state_credential(&fixture->state, first)->expires_at.us,
			 fixture->now.us + (int64_t)DAY_S * 1000000);
	command = rotate(fixture, second, 0);
	EXPECT(fixture, &command, OK);
	EXPECT(fixture, &command, ILLEGAL_TRANSITION); /* it has ended */
	command = certify(fixture, fixture->alfa_principal);
	struct credential_id certificate = {fixture_must(fixture, &command)};
	command = rotate(fixture, certificate, 0);
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "credential");
	command = rotate(fixture, first, 0);
	command.input.credential_rotate.certificate = certificate;
	struct credential_id bound = {fixture_must(fixture, &command)};
	assert_int_equal(state_credential(&fixture->state, bound)->certificate.raw,
			 certificate.raw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(tokens_are_given_and_taken),
	    EXPECT_TEST(certificates_are_registered_once),
	    EXPECT_TEST(tokens_are_bound_to_ones_own_good_certificate),
	    EXPECT_TEST(tokens_are_replaced_with_an_overlap),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
