/* Batches: round trips, the exact bytes of the format, every single-bit flip, hostile bytes. */
#include "engine/ledger/batch.h"

#include "engine/ledger/wire.h"
#include "tests/support/journal_workload.h"
#include "tests/support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SMALL_SIZE 4096u

static struct batch_hasher *hasher;

static int open_hasher(void **state)
{
	(void)state;
	return batch_hasher_open(&hasher) == RESULT_OK ? 0 : -1;
}

static int close_hasher(void **state)
{
	(void)state;
	batch_hasher_close(hasher);
	return 0;
}

static const struct batch_head usual_head = {
	.first_sequence = 0x0102030405060708,
	.instant_us = 1700000000000001,
	.epoch = 9,
};

/* Three entries: 5 bytes, none, 300 bytes of zero. Returns the size. */
static uint32_t make_small(uint8_t *buffer, uint8_t ret_hash[BATCH_HASH_SIZE])
{
	static const uint8_t zeros[300];
	struct batch_builder builder;
	uint8_t previous[BATCH_HASH_SIZE];
	memset(previous, 0xAB, sizeof(previous));
	batch_begin(&builder, buffer, SMALL_SIZE, &usual_head);
	assert_true(batch_append_entry(&builder, (struct batch_entry_type){1, 7}, "hello", 5));
	assert_true(batch_append_entry(&builder, (struct batch_entry_type){2, 8}, NULL, 0));
	assert_true(batch_append_entry(&builder, (struct batch_entry_type){3, 9}, zeros, 300));
	assert_int_equal(batch_seal(&builder, hasher, previous, ret_hash), RESULT_OK);
	assert_int_equal(builder.size, 104 + 3 * 12 + 305);
	return builder.size;
}

static void round_trip(void **state)
{
	(void)state;
	uint8_t buffer[SMALL_SIZE];
	uint8_t hash[BATCH_HASH_SIZE];
	struct batch batch;
	struct batch_entry entry;
	uint32_t size = make_small(buffer, hash);
	assert_int_equal(batch_open(buffer, size, hasher, &batch), RESULT_OK);
	assert_int_equal(batch.head.first_sequence, usual_head.first_sequence);
	assert_int_equal(batch.head.instant_us, usual_head.instant_us);
	assert_int_equal(batch.head.epoch, 9);
	assert_int_equal(batch.head.flags, 0);
	assert_int_equal(batch.count, 3);
	assert_int_equal(batch.previous_hash[31], 0xAB);
	assert_memory_equal(batch.hash, hash, BATCH_HASH_SIZE);
	assert_int_equal(batch_next(&batch, &entry), RESULT_OK);
	assert_int_equal(entry.sequence, usual_head.first_sequence);
	assert_int_equal(entry.type.version, 1);
	assert_int_equal(entry.type.kind, 7);
	assert_int_equal(entry.size, 5);
	assert_memory_equal(entry.bytes, "hello", 5);
	assert_int_equal(batch_next(&batch, &entry), RESULT_OK);
	assert_int_equal(entry.size, 0);
	assert_int_equal(entry.sequence, usual_head.first_sequence + 1);
	assert_int_equal(batch_next(&batch, &entry), RESULT_OK);
	assert_int_equal(entry.size, 300);
	assert_int_equal(entry.type.kind, 9);
	assert_int_equal(batch_next(&batch, &entry), RESULT_NOT_FOUND);
	assert_int_equal(batch_next(&batch, &entry), RESULT_NOT_FOUND);
}

/* The bytes that schemas/ledger.md describes, by their offsets: a change of the format is seen
 * here. */
static void format_is_as_documented(void **state)
{
	(void)state;
	uint8_t buffer[SMALL_SIZE];
	uint8_t hash[BATCH_HASH_SIZE];
	uint32_t size = make_small(buffer, hash);
	static const uint8_t start[] = {
		'T', 'J', 'B', '1', 1, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1, 3, 0, 0, 0,
		0x55, 0x01, 0, 0, /* 341 bytes of payload */
	};
	static const uint8_t first_entry[] = {5, 0, 0, 0};
	static const uint8_t first_type[] = {1, 0, 7, 0, 'h', 'e', 'l', 'l', 'o'};
	assert_memory_equal(buffer, start, sizeof(start));
	assert_int_equal(wire_get_i64(buffer + 24), usual_head.instant_us);
	assert_int_equal(wire_get_u32(buffer + 32), 9);
	assert_int_equal(buffer[40], 0xAB);
	assert_memory_equal(buffer + 72, hash, BATCH_HASH_SIZE);
	assert_memory_equal(buffer + 104, first_entry, sizeof(first_entry));
	assert_memory_equal(buffer + 112, first_type, sizeof(first_type));
	assert_int_equal(size, 445);
}

static void every_flip_is_found(void **state)
{
	(void)state;
	uint8_t buffer[SMALL_SIZE];
	uint8_t hash[BATCH_HASH_SIZE];
	uint32_t size = make_small(buffer, hash);
	for (uint32_t bit = 0; bit < size * 8; bit++) {
		struct batch batch;
		buffer[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(batch_open(buffer, size, hasher, &batch), RESULT_JOURNAL_CORRUPT);
		buffer[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	struct batch batch;
	assert_int_equal(batch_open(buffer, size, hasher, &batch), RESULT_OK);
}

/* Without the hash the entries' own checksums find every flip of an entry. */
static void entry_checksums_find_every_flip(void **state)
{
	(void)state;
	uint8_t buffer[SMALL_SIZE];
	uint8_t hash[BATCH_HASH_SIZE];
	uint32_t size = make_small(buffer, hash);
	for (uint32_t bit = BATCH_HEADER_SIZE * 8; bit < size * 8; bit++) {
		struct batch batch;
		struct batch_entry entry;
		buffer[bit / 8] ^= (uint8_t)(1u << bit % 8);
		enum result result = batch_open(buffer, size, NULL, &batch);
		while (result == RESULT_OK)
			result = batch_next(&batch, &entry);
		assert_int_equal(result, RESULT_JOURNAL_CORRUPT);
		buffer[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static void wrong_sizes_are_refused(void **state)
{
	(void)state;
	uint8_t buffer[SMALL_SIZE] = {0};
	uint8_t hash[BATCH_HASH_SIZE];
	struct batch batch;
	uint32_t size = make_small(buffer, hash);
	for (uint32_t wrong = 0; wrong < SMALL_SIZE; wrong++) {
		enum result expected = wrong == size ? RESULT_OK : RESULT_JOURNAL_CORRUPT;
		assert_int_equal(batch_open(buffer, wrong, hasher, &batch), expected);
	}
}

static void full_batches_say_so(void **state)
{
	(void)state;
	uint8_t buffer[BATCH_HEADER_SIZE + 2 * BATCH_ENTRY_HEADER_SIZE + 10];
	struct batch_builder builder;
	batch_begin(&builder, buffer, sizeof(buffer), &usual_head);
	assert_true(batch_append_entry(&builder, (struct batch_entry_type){1, 1}, "0123456", 7));
	assert_false(batch_append_entry(&builder, (struct batch_entry_type){1, 1}, "0123", 4));
	assert_null(batch_entry_begin(&builder, UINT32_MAX));
	assert_int_equal(builder.count, 1);
	assert_true(batch_append_entry(&builder, (struct batch_entry_type){1, 1}, "012", 3));
	assert_null(batch_entry_begin(&builder, 0));
	assert_int_equal(builder.size, sizeof(buffer));

	uint8_t *large = malloc(BATCH_SIZE_MAX);
	batch_begin(&builder, large, BATCH_SIZE_MAX, &usual_head);
	for (uint32_t index = 0; index < BATCH_ENTRIES_MAX; index++)
		assert_true(batch_append_entry(&builder, (struct batch_entry_type){1, 1}, NULL, 0));
	assert_null(batch_entry_begin(&builder, 0));
	free(large);
}

static void a_reserved_entry_may_end_smaller(void **state)
{
	(void)state;
	uint8_t buffer[SMALL_SIZE];
	uint8_t hash[BATCH_HASH_SIZE];
	uint8_t previous[BATCH_HASH_SIZE] = {0};
	struct batch_builder builder;
	struct batch batch;
	struct batch_entry entry;
	batch_begin(&builder, buffer, sizeof(buffer), &usual_head);
	uint8_t *content = batch_entry_begin(&builder, 1000);
	assert_non_null(content);
	content[0] = 42;
	batch_entry_end(&builder, (struct batch_entry_type){5, 6}, 1);
	assert_int_equal(batch_seal(&builder, hasher, previous, hash), RESULT_OK);
	assert_int_equal(builder.size, 104 + 13);
	assert_int_equal(batch_open(buffer, builder.size, hasher, &batch), RESULT_OK);
	assert_int_equal(batch_next(&batch, &entry), RESULT_OK);
	assert_int_equal(entry.size, 1);
	assert_int_equal(entry.bytes[0], 42);
}

static void controls_carry_nothing(void **state)
{
	(void)state;
	uint8_t buffer[BATCH_HEADER_SIZE];
	uint8_t hash[BATCH_HASH_SIZE];
	uint8_t previous[BATCH_HASH_SIZE] = {0};
	struct batch_builder builder;
	struct batch batch;
	struct batch_entry entry;
	struct batch_head head = usual_head;
	head.flags = BATCH_FLAG_STOP;
	batch_begin(&builder, buffer, sizeof(buffer), &head);
	assert_int_equal(batch_seal(&builder, hasher, previous, hash), RESULT_OK);
	assert_int_equal(batch_open(buffer, sizeof(buffer), hasher, &batch), RESULT_OK);
	assert_int_equal(batch.head.flags, BATCH_FLAG_STOP);
	assert_int_equal(batch_next(&batch, &entry), RESULT_NOT_FOUND);
}

/* Bytes with right checksums and lying numbers: what a flip never makes, but an enemy does. */
static void hostile_bytes_are_refused(void **state)
{
	(void)state;
	struct test_random random = test_random_make("hostile_bytes_are_refused");
	uint8_t buffer[SMALL_SIZE];
	uint8_t hash[BATCH_HASH_SIZE];
	uint32_t size = make_small(buffer, hash);
	uint32_t opened = 0;
	for (uint32_t round = 0; round < 200000; round++) {
		uint8_t copy[SMALL_SIZE];
		struct batch batch;
		struct batch_entry entry;
		memcpy(copy, buffer, size);
		for (uint64_t hits = 1 + test_random_below(&random, 4); hits > 0; hits--) {
			uint64_t at = BATCH_HEADER_SIZE +
			    test_random_below(&random, size - BATCH_HEADER_SIZE);
			copy[at] = (uint8_t)test_random_u64(&random);
		}
		uint32_t given = (uint32_t)test_random_below(&random, size + 1);
		if (test_random_below(&random, 2) == 0)
			given = size;
		enum result result = batch_open(copy, given, NULL, &batch);
		for (uint32_t index = 0; result == RESULT_OK; index++) {
			assert_true(index <= batch.count);
			result = batch_next(&batch, &entry);
			opened++;
		}
	}
	assert_true(opened > 1000);
}

static void workload_batches_agree(void **state)
{
	(void)state;
	struct journal_workload workload;
	journal_workload_make(&workload, 5);
	/* The check itself must be able to say no. */
	struct batch_builder builder;
	uint8_t hash[BATCH_HASH_SIZE];
	uint8_t previous[BATCH_HASH_SIZE] = {0};
	batch_begin(&builder, workload.buffer, BATCH_SIZE_MAX, &usual_head);
	assert_true(batch_append_entry(&builder, (struct batch_entry_type){1, 1}, "no", 2));
	assert_int_equal(batch_seal(&builder, workload.hasher, previous, hash), RESULT_OK);
	assert_false(journal_workload_is_batch(
	    &workload, usual_head.first_sequence, workload.buffer, builder.size));
	journal_workload_free(&workload);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(format_is_as_documented),
		cmocka_unit_test(every_flip_is_found),
		cmocka_unit_test(entry_checksums_find_every_flip),
		cmocka_unit_test(wrong_sizes_are_refused),
		cmocka_unit_test(full_batches_say_so),
		cmocka_unit_test(a_reserved_entry_may_end_smaller),
		cmocka_unit_test(controls_carry_nothing),
		cmocka_unit_test(hostile_bytes_are_refused),
		cmocka_unit_test(workload_batches_agree),
	};
	return cmocka_run_group_tests_name("batch", tests, open_hasher, close_hasher);
}
