/* Sorting: ordered, stable, nothing lost, for every small size and many random ones. */
#include "engine/base/sort.h"

#include "tests/support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { ITEMS_MAX = 2000 };

struct item {
	uint16_t key;
	uint16_t place; /* where it stood: shows stability */
	unsigned char filler[3];
};

static int by_key(const void *left, const void *right, const void *context)
{
	const struct item *a = left;
	const struct item *b = right;
	assert_ptr_equal(context, &by_key);
	return (int)a->key - (int)b->key;
}

static void check_stable(struct test_random *random, uint32_t count, uint32_t keys)
{
	static struct item items[ITEMS_MAX];
	static struct item scratch[ITEMS_MAX];
	uint64_t sum = 0;
	for (uint32_t i = 0; i < count; i++) {
		items[i].key = (uint16_t)test_random_below(random, keys);
		items[i].place = (uint16_t)i;
		items[i].filler[2] = (unsigned char)(items[i].key * 7 + i);
		sum += items[i].key * 65537u;
	}
	struct sort_items all = {
	    .items = items, .scratch = scratch, .count = count, .item_size = sizeof(items[0])};
	sort_stable(all, by_key, (const void *)&by_key);
	static uint8_t seen[ITEMS_MAX];
	memset(seen, 0, sizeof(seen));
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(seen[items[i].place]++, 0);
		assert_int_equal(items[i].filler[2],
				 (unsigned char)(items[i].key * 7 + items[i].place));
		sum -= items[i].key * 65537u;
		if (i == 0)
			continue;
		assert_true(items[i - 1].key <= items[i].key);
		if (items[i - 1].key == items[i].key)
			assert_true(items[i - 1].place < items[i].place);
	}
	assert_int_equal(sum, 0);
}

static void stable_merge(void **state)
{
	(void)state;
	struct test_random random = test_random_make("stable_merge");
	for (uint32_t count = 0; count < 200; count++) {
		check_stable(&random, count, 3);
		check_stable(&random, count, 60000);
	}
	for (int i = 0; i < 30; i++)
		check_stable(&random, (uint32_t)test_random_below(&random, ITEMS_MAX), 50);
}

static void radix(void **state)
{
	(void)state;
	struct test_random random = test_random_make("radix");
	static struct sort_pair pairs[ITEMS_MAX];
	static struct sort_pair scratch[ITEMS_MAX];
	for (int round = 0; round < 600; round++) {
		uint32_t count = round < 300 ? (uint32_t)round
					     : (uint32_t)test_random_below(&random, ITEMS_MAX);
		uint64_t sum = 0;
		for (uint32_t i = 0; i < count; i++) {
			uint64_t key = test_random_sized(&random);
			if (round % 3 == 1)
				key &= 0xFF00FF; /* most passes have nothing to do */
			if (round % 3 == 2)
				key %= 5;
			pairs[i] = (struct sort_pair){.key = key, .payload = i, .reserved = ~i};
			sum += key;
		}
		sort_pairs(pairs, scratch, count);
		for (uint32_t i = 0; i < count; i++) {
			sum -= pairs[i].key;
			assert_true(pairs[i].reserved == ~pairs[i].payload);
			if (i == 0)
				continue;
			assert_true(pairs[i - 1].key <= pairs[i].key);
			if (pairs[i - 1].key == pairs[i].key)
				assert_true(pairs[i - 1].payload < pairs[i].payload);
		}
		assert_true(sum == 0);
	}
}

static void cost_of_a_million(void **state)
{
	(void)state;
	enum { MILLION = 1000000 };
	struct test_random random = test_random_make("cost_of_a_million");
	struct sort_pair *pairs = malloc(MILLION * sizeof(pairs[0]));
	struct sort_pair *scratch = malloc(MILLION * sizeof(pairs[0]));
	assert_non_null(pairs);
	assert_non_null(scratch);
	for (uint32_t i = 0; i < MILLION; i++)
		pairs[i] = (struct sort_pair){.key = test_random_below(&random, 10000000),
					      .payload = i};
	struct timespec begin;
	struct timespec end;
	(void)clock_gettime(CLOCK_MONOTONIC, &begin);
	sort_pairs(pairs, scratch, MILLION);
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	for (uint32_t i = 1; i < MILLION; i++)
		assert_true(pairs[i - 1].key <= pairs[i].key);
	printf("sort_pairs_million_ms %lld\n",
	       (long long)((end.tv_sec - begin.tv_sec) * 1000 +
			   (end.tv_nsec - begin.tv_nsec) / 1000000));
	free(pairs);
	free(scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(stable_merge),
	    cmocka_unit_test(radix),
	    cmocka_unit_test(cost_of_a_million),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
