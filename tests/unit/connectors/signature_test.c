/* Detached signatures: a vector of RFC 8032, the same bytes again, and what must not verify. */
#include "connectors/delivery/signature.h"
#include "tests/support/test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* RFC 8032, section 7.1, test 2: the secret, and below the signature of the byte 72 in base64. */
static const unsigned char rfc_secret[] = {
    0x4c, 0xcd, 0x08, 0x9b, 0x28, 0xff, 0x96, 0xda, 0x9d, 0xb6, 0xc3, 0x46, 0xec, 0x11, 0x4e, 0x0f,
    0x5b, 0x8a, 0x31, 0x9f, 0x35, 0xab, 0xa6, 0x24, 0xda, 0x8c, 0xf6, 0xed, 0x4f, 0xb8, 0xa6, 0xfb};
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
	EVP_PKEY *key =
	    EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, rfc_secret, sizeof(rfc_secret));
	FILE *file = fopen(keys.private_path, "w");
	assert_non_null(key);
	assert_non_null(file);
	assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(file);
	EVP_PKEY_free(key);
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

/* Base64 decoders read '=' as 'A' and pass over the bits beyond the last byte: a signature has one
 * text all the same. */
static void a_signature_has_one_text(void **state)
{
	struct keys keys;
	(void)state;
	name_keys(&keys);
	assert_int_equal(signature_make_keys(keys.private_path, keys.public_path), RESULT_OK);
	for (unsigned message = 0; message < 12; message++) {
		char bytes[16];
		char text[SIGNATURE_TEXT_SIZE];
		(void)snprintf(bytes, sizeof(bytes), "riga %u", message);
		assert_int_equal(
		    signature_sign(keys.private_path, slice_from_text(bytes), text), RESULT_OK);
		for (size_t i = 0; i < sizeof(text); i++) {
			const char own = text[i];
			const char others[] = {'=', 'A', '\n', '\r', ' ', (char)(own + 1)};
			for (size_t k = 0; k < sizeof(others); k++) {
				text[i] = others[k];
				enum result expected = others[k] == own ? RESULT_OK
									: RESULT_CHECK_FAILED;
				assert_int_equal(
				    signature_verify(keys.public_path, slice_from_text(bytes),
						     (struct slice){text, sizeof(text)}),
				    expected);
			}
			text[i] = own;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(signatures_are_those_of_the_standard),
	    cmocka_unit_test(what_was_signed_verifies_and_nothing_else),
	    cmocka_unit_test(a_signature_has_one_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
