/* AES-256-GCM, HKDF and HMAC against published vectors; what a seal refuses. */
#include "engine/vault/cipher.h"

#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct cipher *cipher;

static int open_cipher(void **state)
{
	(void)state;
	return cipher_open(&cipher) == RESULT_OK ? 0 : -1;
}

static int close_cipher(void **state)
{
	(void)state;
	cipher_close(cipher);
	cipher_close(NULL);
	return 0;
}

static void from_hex(const char *text, uint8_t *ret_bytes, uint32_t size)
{
	assert_true(text_hex_decode(slice_from_text(text), ret_bytes, size));
}

/* Test case 16 of "The Galois/Counter Mode of Operation" (McGrew, Viega). */
static void seals_as_published(void **state)
{
	struct cipher_key key;
	uint8_t nonce[12];
	uint8_t plain[60];
	uint8_t bound[20];
	uint8_t wanted[60];
	uint8_t wanted_tag[16];
	uint8_t sealed[60];
	uint8_t tag[16];
	struct cipher_box box = {&key, nonce, bound, sizeof(bound)};

	(void)state;
	from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", key.bytes,
		 32);
	from_hex("cafebabefacedbaddecaf888", nonce, 12);
	from_hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c9595680953"
		 "2fcf0e2449a6b525b16aedf5aa0de657ba637b39",
		 plain, 60);
	from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2", bound, 20);
	from_hex("522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3d"
		 "a7b08b1056828838c5f61e6393ba7a0abcc9f662",
		 wanted, 60);
	from_hex("76fc6ece0f4e1768cddf8853bb2d551b", wanted_tag, 16);
	cipher_seal(cipher, &box, plain, sizeof(plain), sealed, tag);
	assert_memory_equal(sealed, wanted, sizeof(wanted));
	assert_memory_equal(tag, wanted_tag, sizeof(wanted_tag));
	assert_true(cipher_unseal(cipher, &box, sealed, sizeof(sealed), tag, sealed));
	assert_memory_equal(sealed, plain, sizeof(plain));
}

static void refuses_every_changed_bit(void **state)
{
	struct cipher_key key = {{1, 2, 3}};
	uint8_t nonce[12] = {4};
	uint8_t bound[9] = "personal";
	uint8_t plain[32] = "Maria Rossi";
	uint8_t sealed[32];
	uint8_t tag[16];
	uint8_t out[32];
	struct cipher_box box = {&key, nonce, bound, sizeof(bound)};
	struct {
		uint8_t *bytes;
		uint32_t size;
	} parts[] = {{key.bytes, 32}, {nonce, 12}, {bound, 9}, {sealed, 32}, {tag, 16}};
	static const uint8_t zeros[32];

	(void)state;
	cipher_seal(cipher, &box, plain, sizeof(plain), sealed, tag);
	for (uint32_t part = 0; part < sizeof(parts) / sizeof(parts[0]); part++)
		for (uint32_t bit = 0; bit < 8 * parts[part].size; bit++) {
			parts[part].bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
			memset(out, 0xee, sizeof(out));
			assert_false(cipher_unseal(cipher, &box, sealed, 32, tag, out));
			assert_memory_equal(out, zeros, sizeof(out));
			parts[part].bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
	for (uint32_t size = 0; size < 32; size++)
		assert_false(cipher_unseal(cipher, &box, sealed, size, tag, out));
	assert_true(cipher_unseal(cipher, &box, sealed, 32, tag, out));
	assert_memory_equal(out, plain, sizeof(plain));
}

static void derives_apart(void **state)
{
	struct cipher_key key = {{9}};
	struct cipher_key other = {{10}};
	uint8_t first[32];
	uint8_t second[32];

	(void)state;
	assert_int_equal(cipher_derive(&key, "one", first, 32), RESULT_OK);
	assert_int_equal(cipher_derive(&key, "two", second, 32), RESULT_OK);
	assert_memory_not_equal(first, second, 32);
	assert_int_equal(cipher_derive(&other, "one", second, 32), RESULT_OK);
	assert_memory_not_equal(first, second, 32);
	assert_int_equal(cipher_derive(&key, "one", second, 32), RESULT_OK);
	assert_memory_equal(first, second, 32);
	/* HKDF-SHA-256 of 32 bytes 0x0b, no salt, info "titoli": by Python's hmac. */
	memset(key.bytes, 0x0b, sizeof(key.bytes));
	from_hex("0216d7854fc6222993532e16243ea6937247c69014c18000a1297c161fcf4497", second, 32);
	assert_int_equal(cipher_derive(&key, "titoli", first, 32), RESULT_OK);
	assert_memory_equal(first, second, 32);
}

static void indexes_by_key_field_and_text(void **state)
{
	struct cipher_key key;
	uint8_t first[CIPHER_INDEX_SIZE];
	uint8_t second[CIPHER_INDEX_SIZE];

	(void)state;
	/* HMAC-SHA-256 of 0x01 "RSSMRA80A01H501U" under 32 bytes 0x0b: by Python's hmac. */
	memset(key.bytes, 0x0b, sizeof(key.bytes));
	from_hex("f77123f6bdf6ef5216a16d1ed7dee76d", second, CIPHER_INDEX_SIZE);
	cipher_index(&key, 1, "RSSMRA80A01H501U", 16, first);
	assert_memory_equal(first, second, CIPHER_INDEX_SIZE);
	cipher_index(&key, 2, "RSSMRA80A01H501U", 16, second);
	assert_memory_not_equal(first, second, CIPHER_INDEX_SIZE);
	cipher_index(&key, 1, "RSSMRA80A01H501", 15, second);
	assert_memory_not_equal(first, second, CIPHER_INDEX_SIZE);
	key.bytes[31] ^= 1;
	cipher_index(&key, 1, "RSSMRA80A01H501U", 16, second);
	assert_memory_not_equal(first, second, CIPHER_INDEX_SIZE);
}

/* The same HMAC as the index's, over the link before and the bytes, uncut. */
static void links_by_all_that_came(void **state)
{
	struct cipher_key key = {{7, 7, 7}};
	uint8_t before[CIPHER_CHAIN_SIZE] = {1, 2, 3};
	uint8_t bytes[32] = "who looked";
	uint8_t both[63];
	uint8_t index[CIPHER_INDEX_SIZE];
	uint8_t first[CIPHER_CHAIN_SIZE];
	uint8_t other[CIPHER_CHAIN_SIZE];
	uint8_t *parts[] = {key.bytes, before, bytes};

	(void)state;
	cipher_chain(&key, before, bytes, sizeof(bytes), first);
	memcpy(both, before + 1, 31);
	memcpy(both + 31, bytes, 32);
	cipher_index(&key, before[0], both, sizeof(both), index);
	assert_memory_equal(first, index, sizeof(index));
	for (uint32_t part = 0; part < 3; part++)
		for (uint32_t bit = 0; bit < 8 * 32; bit++) {
			parts[part][bit / 8] ^= (uint8_t)(1u << bit % 8);
			cipher_chain(&key, before, bytes, sizeof(bytes), other);
			assert_memory_not_equal(first, other, sizeof(first));
			parts[part][bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
}

static void pages_are_zero_and_writable(void **state)
{
	uint8_t *pages = cipher_pages(5000);

	(void)state;
	assert_non_null(pages);
	for (uint32_t i = 0; i < 5000; i++)
		assert_int_equal(pages[i], 0);
	memset(pages, 1, 5000);
	cipher_pages_free(pages, 5000);
	cipher_pages_free(NULL, 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(seals_as_published),
	    cmocka_unit_test(refuses_every_changed_bit),
	    cmocka_unit_test(derives_apart),
	    cmocka_unit_test(indexes_by_key_field_and_text),
	    cmocka_unit_test(links_by_all_that_came),
	    cmocka_unit_test(pages_are_zero_and_writable),
	};

	return cmocka_run_group_tests(tests, open_cipher, close_cipher);
}
