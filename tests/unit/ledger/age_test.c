/* The age of what waits, by a clock that the test keeps: it is told as it is while the store follows
 * closely and never catches up, and never as less. */
#include "engine/ledger/age.h"

#include "tests/support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdlib.h>

#include <cmocka.h>

static uint64_t look(struct age *age, uint64_t now_ms, uint64_t durable, uint64_t stored)
{
	const struct age_look at = {.now_ms = now_ms, .durable = durable, .stored = stored};
	return age_covered_ms(age, &at);
}

/* 300 entries a millisecond for a minute; each checkpoint takes a million, and more waits when it is
 * done. What waits is never older than the two checkpoints that it may take, and 100 ms. */
static void a_store_that_follows_closely_is_not_late(void **state)
{
	(void)state;
	const uint64_t rate = 300;
	const uint64_t of_one = 1000000;
	const uint64_t took_ms = of_one / rate;
	struct age age = {.covered_ms = 1000};
	uint64_t stored = 0;
	for (uint64_t ms = 0; ms < 60000; ms++) {
		uint64_t durable = ms * rate;
		if (ms > took_ms && ms % took_ms == took_ms / 4) {
			stored += of_one;
			assert_true(durable > stored);
		}
		uint64_t told_ms = 1000 + ms - look(&age, 1000 + ms, durable, stored);
		uint64_t true_ms = ms - stored / rate;
		assert_true(told_ms >= true_ms - (true_ms > 0 ? 1 : 0));
		assert_true(told_ms <= true_ms + AGE_MARK_MS + 1);
		assert_true(told_ms <= 2 * took_ms);
	}
}

static void all_that_is_durable_is_there(void **state)
{
	(void)state;
	struct age age = {.covered_ms = 5};
	assert_int_equal(look(&age, 10, 0, 0), 10);
	assert_int_equal(look(&age, 20, 7, 0), 10); /* came between the looks */
	assert_int_equal(look(&age, 30, 9, 0), 10);
	assert_int_equal(look(&age, 40, 9, 7), 20);
	assert_int_equal(look(&age, 50, 9, 9), 50);
	assert_int_equal(age.count, 0);
}

/* Whatever comes and goes, at any pace and with any pauses, also when marks run out: what was durable
 * at the time told is there, and the time never falls. */
static void never_told_as_less(void **state)
{
	(void)state;
	struct test_random random = test_random_make("age");
	static uint64_t durable_at[200000]; /* by millisecond */
	struct age age = {.covered_ms = 0};
	uint64_t durable = 0;
	uint64_t stored = 0;
	uint64_t before = 0;
	uint64_t pace = 1;
	for (uint64_t ms = 0; ms < 200000; ms++) {
		if (ms % 5000 == 0)
			pace = test_random_below(&random, 8);
		durable += test_random_below(&random, 10);
		durable_at[ms] = durable;
		if (test_random_below(&random, 3) != 0)
			continue;
		uint64_t more = test_random_below(&random, 10 * pace + 1);
		stored = stored + more < durable ? stored + more : durable;
		uint64_t covered = look(&age, ms, durable, stored);
		assert_true(covered >= before && covered <= ms);
		assert_true(covered == 0 || durable_at[covered] <= stored);
		before = covered;
	}
	(void)look(&age, 200000, durable, durable);
	assert_int_equal(age.count, 0);
	assert_int_equal(age.covered_ms, 200000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_store_that_follows_closely_is_not_late),
	    cmocka_unit_test(all_that_is_durable_is_there),
	    cmocka_unit_test(never_told_as_less),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
