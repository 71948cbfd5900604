/* Tokens as text and hash, and the table that they open. */
#include "engine/auth/access.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define CREDENTIALS 2000u

static const struct instant now = {1000};

static void a_token_is_read_back(void **state)
{
	struct token token;
	struct token back;
	char text[TOKEN_TEXT_SIZE + 1];

	(void)state;
	token_draw(&token);
	token_format(&token, text);
	assert_memory_equal(text, "titoli_", 7);
	assert_true(token_parse((struct slice){text, TOKEN_TEXT_SIZE}, &back));
	assert_memory_equal(token.bits, back.bits, TOKEN_BITS_SIZE);
	for (uint32_t i = 0; i < TOKEN_TEXT_SIZE; i++) {
		char other[TOKEN_TEXT_SIZE];

		memcpy(other, text, sizeof(other));
		assert_true(token_text_equals(text, other));
		other[i] ^= 1;
		assert_false(token_text_equals(text, other));
	}
	assert_false(token_parse((struct slice){text, TOKEN_TEXT_SIZE - 1}, &back));
	assert_false(token_parse((struct slice){"", 0}, &back));
	text[0] = 'T';
	assert_false(token_parse((struct slice){text, TOKEN_TEXT_SIZE}, &back));
	text[0] = 't';
	text[20] = 'g';
	assert_false(token_parse((struct slice){text, TOKEN_TEXT_SIZE}, &back));
}

static void the_hash_is_sha256(void **state)
{
	static const uint8_t zeros_hash[] = {0x66, 0x68, 0x7a, 0xad, 0xf8, 0x62, 0xbd, 0x77};
	struct token token = {{0}};
	uint8_t hash[TOKEN_HASH_SIZE];

	(void)state;
	token_hash(&token, hash);
	assert_memory_equal(hash, zeros_hash, sizeof(zeros_hash));
}

static struct credential credential_of(uint32_t id, struct token *ret_token)
{
	struct credential credential = {.principal = {1 + id % 2}};

	memset(ret_token, 0, sizeof(*ret_token));
	memcpy(ret_token->bits, &id, sizeof(id));
	token_hash(ret_token, credential.token_hash);
	return credential;
}

static void put_principals(struct access *access)
{
	const struct principal active = {.role = ROLE_PROVIDER, .active = 1};
	const struct principal passive = {.role = ROLE_PROVIDER, .active = 0};

	access_put_principal(access, (struct principal_id){1}, &active);
	access_put_principal(access, (struct principal_id){2}, &active);
	access_put_principal(access, (struct principal_id){3}, &passive);
}

static void the_table_opens_what_was_put(void **state)
{
	struct access *access = NULL;
	struct access_grant grant;
	struct credential credential;
	struct token token;

	(void)state;
	assert_int_equal(access_open(CREDENTIALS, 3, &access), RESULT_OK);
	put_principals(access);
	for (uint32_t id = 1; id <= CREDENTIALS; id++) {
		credential = credential_of(id, &token);
		assert_int_equal(access_find(access, credential.token_hash, now, &grant),
				 RESULT_UNAUTHENTICATED);
		access_put_credential(access, (struct credential_id){id}, &credential);
		access_put_credential(access, (struct credential_id){id}, &credential);
	}
	for (uint32_t id = 1; id <= CREDENTIALS; id++) {
		credential = credential_of(id, &token);
		assert_int_equal(access_find(access, credential.token_hash, now, &grant),
				 RESULT_OK);
		assert_int_equal(grant.credential.raw, id);
		assert_int_equal(grant.principal.raw, 1 + id % 2);
		access_revoke(access, (struct credential_id){id});
		assert_false(access_still(access, grant, now));
		assert_int_equal(access_find(access, credential.token_hash, now, &grant),
				 RESULT_UNAUTHENTICATED);
	}
	access_close(access);
	access_close(NULL);
}

static void ends_are_kept(void **state)
{
	struct access *access = NULL;
	struct access_grant grant;
	struct credential credential;
	struct token token;

	(void)state;
	assert_int_equal(access_open(4, 3, &access), RESULT_OK);
	put_principals(access);
	credential = credential_of(1, &token);
	credential.expires_at.us = 2000;
	access_put_credential(access, (struct credential_id){1}, &credential);
	assert_int_equal(access_find(access, credential.token_hash, now, &grant), RESULT_OK);
	assert_int_equal(access_find(access, credential.token_hash, (struct instant){1999}, &grant),
			 RESULT_OK);
	assert_int_equal(access_find(access, credential.token_hash, (struct instant){2000}, &grant),
			 RESULT_UNAUTHENTICATED);
	credential = credential_of(2, &token);
	credential.principal.raw = 3;
	access_put_credential(access, (struct credential_id){2}, &credential);
	assert_int_equal(access_find(access, credential.token_hash, now, &grant),
			 RESULT_UNAUTHENTICATED);
	credential = credential_of(3, &token);
	credential.revoked = 1;
	access_put_credential(access, (struct credential_id){3}, &credential);
	assert_int_equal(access_find(access, credential.token_hash, now, &grant),
			 RESULT_UNAUTHENTICATED);
	assert_null(access_principal(access, (struct principal_id){0}));
	assert_null(access_principal(access, (struct principal_id){4}));
	access_close(access);
}

/* One thread adds, others look: what is found is whole. */
static void certificates_open_with_their_issuer(void **state)
{
	static const char issuer[] = "CN=Prova";
	struct credential credential = {.principal = {1}, .scope_read = 1};
	struct access *access = NULL;
	struct access_grant grant;
	uint8_t fingerprint[TOKEN_HASH_SIZE] = {5, 6};

	(void)state;
	assert_int_equal(access_open(10, 3, &access), RESULT_OK);
	put_principals(access);
	memcpy(credential.fingerprint, fingerprint, sizeof(fingerprint));
	memcpy(credential.issuer, issuer, sizeof(issuer));
	access_put_credential(access, (struct credential_id){10}, &credential);
	assert_int_equal(access_find_certificate(access, fingerprint, slice_from_text(issuer), now,
						 &grant),
			 RESULT_OK);
	assert_int_equal(grant.credential.raw, 10);
	assert_int_equal(grant.scopes, SCOPE_READ);
	assert_int_equal(access_find_certificate(access, fingerprint, slice_from_text("CN=Prov"),
						 now, &grant),
			 RESULT_UNAUTHENTICATED);
	assert_int_equal(access_find_certificate(access, fingerprint, slice_from_text("CN=Altra"),
						 now, &grant),
			 RESULT_UNAUTHENTICATED);
	/* A fingerprint is no token, nor the other way round. */
	assert_int_equal(access_find(access, fingerprint, now, &grant), RESULT_UNAUTHENTICATED);
	access_revoke(access, (struct credential_id){10});
	assert_int_equal(access_find_certificate(access, fingerprint, slice_from_text(issuer), now,
						 &grant),
			 RESULT_UNAUTHENTICATED);
	access_close(access);
}

static void an_end_only_comes_nearer(void **state)
{
	struct access *access = NULL;
	struct token token;
	struct credential credential = credential_of(20, &token);
	struct access_grant grant;

	(void)state;
	assert_int_equal(access_open(20, 3, &access), RESULT_OK);
	put_principals(access);
	access_put_credential(access, (struct credential_id){20}, &credential);
	credential.expires_at.us = 5000;
	access_put_credential(access, (struct credential_id){20}, &credential);
	credential.expires_at.us = 9000;
	access_put_credential(access, (struct credential_id){20}, &credential);
	assert_int_equal(access_find(access, credential.token_hash, (struct instant){4999}, &grant),
			 RESULT_OK);
	assert_false(access_still(access, grant, (struct instant){5000}));
	access_close(access);
}

static void *look(void *context)
{
	struct access *access = context;
	uint32_t found = 0;

	while (found < CREDENTIALS) {
		struct access_grant grant;
		struct token token;
		struct credential credential = credential_of(found + 1, &token);

		if (access_find(access, credential.token_hash, now, &grant) != RESULT_OK)
			continue;
		assert_int_equal(grant.credential.raw, found + 1);
		assert_int_equal(grant.principal.raw, credential.principal.raw);
		found++;
	}
	return NULL;
}

static void readers_beside_a_writer(void **state)
{
	struct access *access = NULL;
	pthread_t threads[2];
	struct token token;

	(void)state;
	assert_int_equal(access_open(CREDENTIALS, 3, &access), RESULT_OK);
	put_principals(access);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, look, access), 0);
	for (uint32_t id = 1; id <= CREDENTIALS; id++) {
		struct credential credential = credential_of(id, &token);

		access_put_credential(access, (struct credential_id){id}, &credential);
	}
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	access_close(access);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_token_is_read_back),	    cmocka_unit_test(the_hash_is_sha256),
	    cmocka_unit_test(the_table_opens_what_was_put), cmocka_unit_test(ends_are_kept),
	    cmocka_unit_test(readers_beside_a_writer),
	    cmocka_unit_test(certificates_open_with_their_issuer),
	    cmocka_unit_test(an_end_only_comes_nearer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
