/* Detached signatures: a vector of RFC 8032, the same bytes again, and what must not verify. */
#include "connectors/delivery/signature.h"
#include "tests/support/test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* RFC 8032, section 7.1, test 2: secret 4ccd089b…, message 72, as PKCS#8 and base64. */
static const char rfc_key[] = "-----BEGIN PRIVATE KEY-----\n"
			      "MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7\n"
			      "-----END PRIVATE KEY-----\n";
static const char rfc_signature[] =
    "kqAJqfDUyrhyDoILX2QlQKKye1QWUD+Ps3YiI+vbadoIWsHkPhWZbkWPNhPQ8R2MOHsurrQwKu6wDSkWErsMAA==\n";

struct keys {
	char private_path[TEST_FOLDER_SIZE + 8];
	char public_path[TEST_FOLDER_SIZE + 8];
};

static void name_keys(struct keys *keys)
{
	char folder[TEST_FOLDER_SIZE];
	test_folder_make("signature", folder);
	snprintf(keys->private_path, sizeof(keys->private_path), "%s/a.key", folder);
	snprintf(keys->public_path, sizeof(keys->public_path), "%s/a.pub", folder);
}

static void signatures_are_those_of_the_standard(void **state)
{
	struct keys keys;
	char text[SIGNATURE_TEXT_SIZE];
	(void)state;
	name_keys(&keys);
	FILE *file = fopen(keys.private_path, "w");
	assert_non_null(file);
	fputs(rfc_key, file);
	fclose(file);
	assert_int_equal(signature_sign(keys.private_path, (struct slice){"\x72", 1}, text),
			 RESULT_OK);
	assert_int_equal(sizeof(rfc_signature) - 1, sizeof(text));
	assert_memory_equal(text, rfc_signature, sizeof(text));
}

static void what_was_signed_verifies_and_nothing_else(void **state)
{
	struct keys keys;
	char text[SIGNATURE_TEXT_SIZE];
	char again[SIGNATURE_TEXT_SIZE];
	struct stat status;
	struct slice bytes = slice_from_text("file;righe\r\n");
	(void)state;
	name_keys(&keys);
	assert_int_equal(signature_make_keys(keys.private_path, keys.public_path), RESULT_OK);
	assert_int_equal(signature_make_keys(keys.private_path, keys.public_path),
			 RESULT_ALREADY_EXISTS);
	assert_int_equal(stat(keys.private_path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_int_equal(signature_sign(keys.private_path, bytes, text), RESULT_OK);
	assert_int_equal(signature_sign(keys.private_path, bytes, again), RESULT_OK);
	assert_memory_equal(text, again, sizeof(text));
	struct slice signature = {text, sizeof(text)};
	assert_int_equal(signature_verify(keys.public_path, bytes, signature), RESULT_OK);
	assert_int_equal(
	    signature_verify(keys.public_path, slice_from_text("file;righe\n"), signature),
	    RESULT_CHECK_FAILED);
	assert_int_equal(
	    signature_verify(keys.public_path, bytes, (struct slice){text, sizeof(text) - 1}),
	    RESULT_CHECK_FAILED);
	text[3] = text[3] == 'A' ? 'B' : 'A';
	assert_int_equal(signature_verify(keys.public_path, bytes, signature), RESULT_CHECK_FAILED);
	text[3] = '!';
	assert_int_equal(signature_verify(keys.public_path, bytes, signature), RESULT_CHECK_FAILED);
	/* A key of the wrong kind, or none. */
	assert_int_equal(signature_sign(keys.public_path, bytes, text), RESULT_CONFIG_INVALID);
	assert_int_equal(signature_verify(keys.private_path, bytes, signature),
			 RESULT_CONFIG_INVALID);
	assert_int_equal(signature_sign("/nowhere/a.key", bytes, text), RESULT_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(signatures_are_those_of_the_standard),
	    cmocka_unit_test(what_was_signed_verifies_and_nothing_else),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
