/* Packing: what goes in comes out, there is one form for it, and any bytes are read safely; and both
 * ways of doing it, with the processor's help and without, agree in all of that. */
#include "engine/base/pack.h"

#include "tests/support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SIZE_MAX_TRIED 700u

/* Memory of exactly so many bytes: a sanitizer sees what is read or written beside it. */
static uint8_t *exact(uint32_t size)
{
	uint8_t *bytes = malloc(size == 0 ? 1 : size);
	assert_non_null(bytes);
	return bytes;
}

static void fill(struct test_random *random, uint8_t *bytes, uint32_t size)
{
	uint64_t zeros = test_random_below(random, 10); /* of ten bytes, about */
	for (uint32_t i = 0; i < size; i++)
		bytes[i] = test_random_below(random, 10) < zeros
			       ? 0
			       : (uint8_t)test_random_u64(random);
}

/* The bytes that are packed without the processor's help. */
static void assert_same_packed(struct pack_plain plain, const uint8_t *packed, uint32_t size)
{
	uint8_t *ours = exact(PACK_SIZE_MAX(plain.size));
	assert_int_equal(pack_write_portable(plain, ours), size);
	assert_memory_equal(ours, packed, size);
	free(ours);
}

/* As many bytes in memory of whole groups, with anything behind them. */
static uint8_t *roomy(const uint8_t *bytes, uint32_t size, int behind)
{
	uint32_t whole = (size + PACK_GROUP - 1) / PACK_GROUP * PACK_GROUP;
	uint8_t *copy = exact(whole);
	memset(copy, behind, whole);
	memcpy(copy, bytes, size);
	return copy;
}

/* The bytes that are packed without a copy of the last group. */
static void assert_same_roomy(struct pack_plain plain, const uint8_t *packed, uint32_t size)
{
	uint8_t *bytes = roomy(plain.bytes, plain.size, 0x5A);
	uint8_t *before = plain.before == NULL ? NULL : roomy(plain.before, plain.size, 0xC3);
	uint8_t *ours = exact(PACK_SIZE_MAX(plain.size));
	assert_int_equal(
	    pack_write_roomy((struct pack_plain){bytes, before, plain.size}, ours), size);
	assert_memory_equal(ours, packed, size);
	free(bytes);
	free(before);
	free(ours);
}

/* Is read, or refused, as pack_read did. */
static void assert_same_read(
    struct pack_packed packed, const uint8_t *before, const uint8_t *out, uint32_t size, bool good)
{
	uint8_t *ours = exact(size);
	assert_int_equal(pack_read_portable(packed, before, ours, size), good);
	if (good)
		assert_memory_equal(ours, out, size);
	free(ours);
}

static void what_goes_in_comes_out(void **state)
{
	(void)state;
	struct test_random random = test_random_make("what_goes_in_comes_out");
	for (uint32_t round = 0; round < 20000; round++) {
		uint32_t size = round < SIZE_MAX_TRIED
				    ? round
				    : (uint32_t)test_random_below(&random, SIZE_MAX_TRIED);
		uint8_t *plain = exact(size);
		uint8_t *before = exact(size);
		uint8_t *out = exact(size);
		uint8_t *packed = exact(PACK_SIZE_MAX(size));
		fill(&random, plain, size);
		memcpy(before, plain, size);
		for (uint32_t flips = (uint32_t)test_random_below(&random, 20); flips > 0 && size > 0;
		     flips--)
			before[test_random_below(&random, size)] = (uint8_t)test_random_u64(&random);
		const uint8_t *against = round % 2 == 0 ? NULL : before;
		uint8_t last = size == 0 ? 0 : before[size - 1];
		uint32_t used = pack_write((struct pack_plain){plain, against, size}, packed);
		assert_true(used <= PACK_SIZE_MAX(size));
		assert_same_packed((struct pack_plain){plain, against, size}, packed, used);
		assert_same_roomy((struct pack_plain){plain, against, size}, packed, used);
		const struct pack_packed given = {packed, used};
		memset(out, 0xA5, size);
		assert_true(pack_read(given, against, out, size));
		assert_memory_equal(out, plain, size);
		assert_same_read(given, against, out, size, true);
		assert_true(pack_read(given, against, before, size) || against != NULL);
		if (against != NULL) /* in its place */
			assert_memory_equal(before, plain, size);
		/* No less, no more. */
		if (used > 0)
			assert_false(
			    pack_read((struct pack_packed){packed, used - 1}, NULL, out, size));
		if (size > 0 && pack_read(given, NULL, out, size - 1)) /* it said nothing of the last */
			assert_int_equal(plain[size - 1], against == NULL ? 0 : last);
		free(plain);
		free(before);
		free(out);
		free(packed);
	}
}

/* Whatever is accepted is the one form of what came out. */
static void every_form_but_one_is_refused(void **state)
{
	(void)state;
	struct test_random random = test_random_make("every_form_but_one_is_refused");
	uint32_t accepted = 0;
	for (uint32_t round = 0; round < 300000; round++) {
		uint32_t size = (uint32_t)test_random_below(&random, 40);
		uint32_t given = (uint32_t)test_random_below(&random, 24);
		uint8_t *packed = exact(given);
		uint8_t *out = exact(size);
		uint8_t *again = exact(PACK_SIZE_MAX(size));
		for (uint32_t i = 0; i < given; i++) {
			uint64_t drawn = test_random_u64(&random);
			packed[i] = (uint8_t)(drawn >> 8 & (drawn % 3 == 0 ? 0xFF : 0x03));
		}
		bool good = pack_read((struct pack_packed){packed, given}, NULL, out, size);
		assert_same_read((struct pack_packed){packed, given}, NULL, out, size, good);
		if (good) {
			uint32_t used = pack_write((struct pack_plain){out, NULL, size}, again);
			assert_int_equal(used, given);
			assert_memory_equal(again, packed, given);
			accepted++;
		}
		free(packed);
		free(out);
		free(again);
	}
	assert_true(accepted > 1000);
}

/* A packed form with one byte changed: long ones, in which words are read at once. */
static void both_ways_refuse_the_same(void **state)
{
	(void)state;
	struct test_random random = test_random_make("both_ways_refuse_the_same");
	uint32_t refused = 0;
	for (uint32_t round = 0; round < 20000; round++) {
		uint8_t plain[200];
		uint8_t out[200];
		uint8_t packed[PACK_SIZE_MAX(200)];
		uint32_t size = 100 + (uint32_t)test_random_below(&random, 100);
		fill(&random, plain, size);
		uint32_t used = pack_write((struct pack_plain){plain, NULL, size}, packed);
		packed[test_random_below(&random, used)] = (uint8_t)test_random_below(&random, 256);
		uint8_t *given = exact(used);
		memcpy(given, packed, used);
		bool good = pack_read((struct pack_packed){given, used}, NULL, out, size);
		assert_same_read((struct pack_packed){given, used}, NULL, out, size, good);
		refused += !good;
		free(given);
	}
	assert_true(refused > 1000 && refused < 19000);
}

static void what_is_the_same_costs_an_eighth_of_an_eighth(void **state)
{
	(void)state;
	uint8_t plain[640];
	uint8_t packed[PACK_SIZE_MAX(640)];
	memset(plain, 0x77, sizeof(plain));
	assert_int_equal(pack_write((struct pack_plain){plain, plain, 640}, packed), 10);
	assert_int_equal(pack_write((struct pack_plain){plain, NULL, 640}, packed), 640 + 80 + 10);
	plain[13] = 0x78;
	uint8_t before[640];
	memset(before, 0x77, sizeof(before));
	assert_int_equal(pack_write((struct pack_plain){plain, before, 640}, packed), 12);
	const uint8_t form[] = {2, 1 << 5, 0x0F, 0, 0, 0, 0, 0, 0, 0, 0, 0};
	assert_memory_equal(packed, form, sizeof(form));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_goes_in_comes_out),
	    cmocka_unit_test(every_form_but_one_is_refused),
	    cmocka_unit_test(both_ways_refuse_the_same),
	    cmocka_unit_test(what_is_the_same_costs_an_eighth_of_an_eighth),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
