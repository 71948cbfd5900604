/* The secret's file, the keyed hashes against published vectors, the voucher code's cipher. */
#include "engine/auth/secret.h"

#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/params.h>

static struct secret secret;
static struct secret_hasher *hasher;

static int open_hasher(void **state)
{
	uint8_t bytes[SECRET_SIZE];

	(void)state;
	for (uint32_t i = 0; i < SECRET_SIZE; i++)
		bytes[i] = (uint8_t)i;
	if (secret_derive(bytes, &secret) != RESULT_OK)
		return -1;
	return secret_hasher_open(&secret, &hasher) == RESULT_OK ? 0 : -1;
}

static int close_hasher(void **state)
{
	(void)state;
	secret_hasher_close(hasher);
	secret_hasher_close(NULL);
	return 0;
}

/* A second implementation, that of the ledgers made before: the same hashes for ever. */
static void siphash_of_openssl(const uint8_t key[16], const uint8_t *bytes, size_t size,
			       size_t hash_size, uint8_t *ret_hash)
{
	OSSL_PARAM params[] = {OSSL_PARAM_construct_size_t("size", &hash_size),
			       OSSL_PARAM_construct_end()};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
	EVP_MAC_CTX *context = EVP_MAC_CTX_new(mac);
	size_t written = 0;

	assert_non_null(context);
	assert_int_equal(EVP_MAC_CTX_set_params(context, params), 1);
	assert_int_equal(EVP_MAC_init(context, key, 16, NULL), 1);
	assert_int_equal(EVP_MAC_update(context, bytes, size), 1);
	assert_int_equal(EVP_MAC_final(context, ret_hash, &written, hash_size), 1);
	assert_int_equal(written, hash_size);
	EVP_MAC_CTX_free(context);
	EVP_MAC_free(mac);
}

static void hashes_are_those_of_openssl(void **state)
{
	uint8_t text[SECRET_MESSAGE_SIZE_MAX];
	uint8_t found[SECRET_HASH_SIZE];
	uint8_t wanted[SECRET_HASH_SIZE];

	(void)state;
	for (uint32_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * 31 + 7);
	for (uint32_t size = 0; size <= sizeof(text) - 16; size += size < 80 ? 1 : 61) {
		struct slice input = {(const char *)text + 16, size};
		uint64_t number = UINT64_C(0x0123456789abcdef) * (size + 1);

		secret_hash128(hasher, input, found);
		siphash_of_openssl(secret.key_key, text + 16, size, 16, wanted);
		assert_memory_equal(found, wanted, 16);
		for (uint32_t i = 0; i < 8; i++)
			text[8 + i] = (uint8_t)(number >> (8 * i));
		uint64_t hash = secret_hash64(hasher, number, text + 16, size);
		siphash_of_openssl(secret.hash_key, text + 8, size + 8, 8, wanted);
		assert_memory_equal(&hash, wanted, 8);
	}
}

/* SipHash-2-4 of the paper's appendix: key 00 … 0f, message 00 … 0e gives a129ca6149be45e5. The
 * number is the message's first eight bytes here. */
static void siphash_of_the_paper(void **state)
{
	struct secret known = {.hash_key = {0}};
	struct secret_hasher *other = NULL;
	uint8_t rest[7];
	uint64_t number = 0;

	(void)state;
	for (uint32_t i = 0; i < 16; i++)
		known.hash_key[i] = (uint8_t)i;
	for (uint32_t i = 0; i < 8; i++)
		number |= (uint64_t)i << (8 * i);
	for (uint32_t i = 0; i < 7; i++)
		rest[i] = (uint8_t)(8 + i);
	assert_int_equal(secret_hasher_open(&known, &other), RESULT_OK);
	for (int twice = 0; twice < 2; twice++)
		assert_true(secret_hash64(other, number, rest, 7) == UINT64_C(0xa129ca6149be45e5));
	secret_hasher_close(other);
}

static void hashes_tell_everything_apart(void **state)
{
	static const char *const texts[] = {"ab", "a", "b", "", "ab"};
	uint8_t hashes[5][SECRET_HASH_SIZE];

	(void)state;
	assert_true(secret_hash64(hasher, 1, "op", 2) == secret_hash64(hasher, 1, "op", 2));
	assert_true(secret_hash64(hasher, 1, "op", 2) != secret_hash64(hasher, 2, "op", 2));
	assert_true(secret_hash64(hasher, 1, "op", 2) != secret_hash64(hasher, 1, "oq", 2));
	for (int i = 0; i < 5; i++)
		secret_hash128(hasher, slice_from_text(texts[i]), hashes[i]);
	for (int i = 0; i < 4; i++)
		for (int j = 0; j < i; j++)
			assert_memory_not_equal(hashes[i], hashes[j], SECRET_HASH_SIZE);
	assert_memory_equal(hashes[0], hashes[4], SECRET_HASH_SIZE);
}

static void codes_go_there_and_back(void **state)
{
	struct check_code code = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}};
	struct check_code back;
	uint8_t block[SECRET_BLOCK_SIZE];

	(void)state;
	secret_code_encrypt(hasher, &code, block);
	assert_memory_not_equal(block, code.bytes, CHECK_CODE_BYTES);
	assert_true(secret_code_decrypt(hasher, block, &back));
	assert_memory_equal(back.bytes, code.bytes, CHECK_CODE_BYTES);
	block[3] ^= 1;
	assert_false(secret_code_decrypt(hasher, block, &back));
	assert_true(secret_code_hash(hasher, &code) !=
		    secret_hash64(hasher, 0, code.bytes, CHECK_CODE_BYTES));
}

static void the_file(void **state)
{
	char folder[] = "/tmp/titoli-secret-XXXXXX";
	char path[64];
	struct secret first;
	struct secret second;
	struct stat found;
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/ledger.key", folder);
	assert_int_equal(secret_load(path, &first), RESULT_NOT_FOUND);
	assert_int_equal(secret_create(path), RESULT_OK);
	assert_int_equal(secret_create(path), RESULT_ALREADY_EXISTS);
	assert_int_equal(stat(path, &found), 0);
	assert_int_equal(found.st_mode & 0777, 0600);
	assert_int_equal(secret_load(path, &first), RESULT_OK);
	assert_int_equal(secret_load(path, &second), RESULT_OK);
	assert_memory_equal(&first, &second, sizeof(first));
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(secret_load(path, &first), RESULT_CONFIG_INVALID);
	assert_int_equal(chmod(path, 0600), 0);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs("not hexadecimal", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(secret_load(path, &first), RESULT_CONFIG_INVALID);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

/* The flags of the mapping that holds an address, as the kernel tells them. */
static void flags_of(const void *address, char *ret_flags, size_t size)
{
	FILE *maps = fopen("/proc/self/smaps", "r");
	char line[512];
	bool inside = false;

	assert_non_null(maps);
	ret_flags[0] = '\0';
	while (fgets(line, sizeof(line), maps) != NULL) {
		void *first;
		void *last;

		if (sscanf(line, "%p-%p ", &first, &last) == 2)
			inside = address >= first && address < last;
		if (inside && strncmp(line, "VmFlags:", 8) == 0)
			(void)snprintf(ret_flags, size, "%s", line + 8);
	}
	assert_int_equal(fclose(maps), 0);
}

static void the_place_is_in_no_dump(void **state)
{
	static const uint8_t zeros[sizeof(struct secret)];
	struct secret *place = secret_place_open();
	char flags[512];

	(void)state;
	assert_non_null(place);
	assert_memory_equal(place, zeros, sizeof(zeros));
	flags_of(place, flags, sizeof(flags));
	assert_non_null(strstr(flags, " dd"));
	flags_of(&secret, flags, sizeof(flags));
	assert_null(strstr(flags, " dd"));
	secret_place_close(place);
	secret_place_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(siphash_of_the_paper),
	    cmocka_unit_test(hashes_are_those_of_openssl),
	    cmocka_unit_test(hashes_tell_everything_apart),
	    cmocka_unit_test(codes_go_there_and_back),
	    cmocka_unit_test(the_file),
	    cmocka_unit_test(the_place_is_in_no_dump),
	};

	return cmocka_run_group_tests(tests, open_hasher, close_hasher);
}
