/* Rows there and back; every cut and every changed byte that a checksum covers is refused. */
#include "engine/vault/row.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void values_are_padded(void **state)
{
	uint8_t plain[ROW_PLAIN_SIZE_MAX];
	char text[VAULT_VALUE_SIZE_MAX];
	struct slice found;

	(void)state;
	memset(text, 'x', sizeof(text));
	for (uint32_t length = 1; length <= VAULT_VALUE_SIZE_MAX; length++) {
		uint32_t size = row_pad((struct slice){text, length}, plain);

		assert_int_equal(size % ROW_PADDING, 0);
		assert_true(row_unpad(plain, size, &found));
		assert_int_equal(found.size, length);
		assert_memory_equal(found.data, text, length);
	}
	assert_int_equal(row_pad((struct slice){text, 3}, plain),
			 row_pad((struct slice){text, 30}, plain));
	plain[2 + 30 - 1] = 0;
	assert_true(row_unpad(plain, 32, &found));
	(void)row_pad((struct slice){text, 3}, plain);
	plain[31] = 1; /* not a zero of the padding */
	assert_false(row_unpad(plain, 32, &found));
	plain[31] = 0;
	assert_false(row_unpad(plain, 64, &found)); /* a block too many */
	assert_false(row_unpad(plain, 31, &found));
	plain[0] = 31; /* longer than what is there */
	assert_false(row_unpad(plain, 32, &found));
	plain[0] = 0;
	assert_false(row_unpad(plain, 32, &found));
}

static void fields_come_back(void **state)
{
	struct row_field row = {.key_version = 77, .has_index = true, .sealed_size = 64};
	struct row_field found;
	uint8_t bytes[ROW_FIELD_SIZE_MAX];
	uint32_t size;

	(void)state;
	memset(row.nonce, 1, sizeof(row.nonce));
	memset(row.index, 2, sizeof(row.index));
	memset(row.tag, 3, sizeof(row.tag));
	memset(row.sealed, 4, row.sealed_size);
	size = row_field_encode(&row, bytes);
	memset(&found, 0, sizeof(found));
	assert_true(row_field_decode(bytes, size, &found));
	assert_memory_equal(&row, &found, sizeof(row));
	for (uint32_t cut = 0; cut < size; cut++)
		if (cut != size - 32) /* a whole block less: for the tag to tell */
			assert_false(row_field_decode(bytes, cut, &found));
	bytes[1] = 0; /* no index, and yet one stands there */
	assert_false(row_field_decode(bytes, size, &found));
	bytes[1] = 2;
	assert_false(row_field_decode(bytes, size, &found));
	bytes[1] = 1;
	bytes[0] = 9;
	assert_false(row_field_decode(bytes, size, &found));
}

/* Two bounds are the same only for the same field of the same person. */
static void bounds_tell_all_apart(void **state)
{
	struct row_field row = {.key_version = 1, .has_index = true};
	struct row_field newer = {.key_version = 2, .has_index = true};
	struct row_field other = {.key_version = 1, .has_index = true, .index = {1}};
	struct row_field without = {.key_version = 1};
	const uint8_t id[ROW_VAULT_ID_SIZE] = {5};
	const uint8_t other_id[ROW_VAULT_ID_SIZE] = {6};
	uint8_t bounds[7][ROW_FIELD_BOUND_SIZE];

	(void)state;
	row_field_bound(id, 3, 4, &row, bounds[0]);
	row_field_bound(id, 3, 5, &row, bounds[1]);
	row_field_bound(id, 4, 4, &row, bounds[2]);
	row_field_bound(id, 3, 4, &newer, bounds[3]);
	row_field_bound(id, 3, 4, &other, bounds[4]);
	row_field_bound(id, 3, 4, &without, bounds[5]);
	row_field_bound(other_id, 3, 4, &row, bounds[6]);
	for (uint32_t i = 0; i < 7; i++)
		for (uint32_t j = 0; j < i; j++)
			assert_memory_not_equal(bounds[i], bounds[j], ROW_FIELD_BOUND_SIZE);
}

static void log_rows_keep_their_place(void **state)
{
	const struct row_log row = {.number = 12,
				    .at = {-5},
				    .person = 3,
				    .principal = 4,
				    .fields = 6,
				    .act = VAULT_ACT_EXPORT,
				    .purpose = VAULT_PURPOSE_NOTICE,
				    .link = {9, 8, 7}};
	struct row_log found;
	uint8_t bytes[ROW_LOG_SIZE];

	(void)state;
	row_log_encode(&row, bytes);
	assert_true(row_log_decode(12, bytes, sizeof(bytes), &found));
	assert_int_equal(found.at.us, -5);
	assert_int_equal(found.person, 3);
	assert_int_equal(found.principal, 4);
	assert_int_equal(found.fields, 6);
	assert_int_equal(found.act, VAULT_ACT_EXPORT);
	assert_int_equal(found.purpose, VAULT_PURPOSE_NOTICE);
	assert_memory_equal(found.link, row.link, sizeof(row.link));
	assert_false(row_log_decode(13, bytes, sizeof(bytes), &found));
	assert_false(row_log_decode(12, bytes, sizeof(bytes) - 1, &found));
	for (uint32_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] ^= 0x10;
		assert_false(row_log_decode(12, bytes, sizeof(bytes), &found));
		bytes[i] ^= 0x10;
	}
}

static void halves_of_slots(void **state)
{
	struct row_half half = {.state = ROW_HALF_LIVE, .key_version = 2};
	const struct row_half erased = {.state = ROW_HALF_ERASED, .key_version = 9,
					.wrapped = {1, 2, 3}};
	struct row_half found;
	uint8_t bytes[ROW_HALF_SIZE];
	uint8_t zeros[ROW_HALF_SIZE] = {0};

	(void)state;
	memset(half.wrapped, 8, sizeof(half.wrapped));
	memset(&found, 0, sizeof(found));
	row_half_encode(&half, bytes);
	assert_true(row_half_decode(bytes, &found));
	assert_memory_equal(&half, &found, sizeof(half));
	for (uint32_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] ^= 1;
		assert_false(row_half_decode(bytes, &found));
		bytes[i] ^= 1;
	}
	assert_true(row_half_decode(zeros, &found));
	assert_int_equal(found.state, ROW_HALF_EMPTY);
	/* Nothing of the key is left in an erased half. */
	row_half_encode(&erased, bytes);
	assert_true(row_half_decode(bytes, &found));
	assert_int_equal(found.state, ROW_HALF_ERASED);
	assert_memory_equal(bytes + 2, zeros, ROW_HALF_SIZE - 6);
}

static void erasures_come_back(void **state)
{
	const struct row_erasure row = {.vault_id = {1, 2}, .person = 5, .principal = 6,
					.at = {7}};
	struct row_erasure found;
	uint8_t bytes[ROW_ERASURE_SIZE];

	(void)state;
	row_erasure_encode(&row, bytes);
	assert_true(row_erasure_decode(bytes, &found));
	assert_memory_equal(&row, &found, sizeof(row));
	for (uint32_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] ^= 4;
		assert_false(row_erasure_decode(bytes, &found));
		bytes[i] ^= 4;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_are_padded),
	    cmocka_unit_test(fields_come_back),
	    cmocka_unit_test(bounds_tell_all_apart),
	    cmocka_unit_test(log_rows_keep_their_place),
	    cmocka_unit_test(halves_of_slots),
	    cmocka_unit_test(erasures_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
