/* Percentiles of the histogram against sorted values. */
#include "bench/support/histogram.h"

#include "tests/support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define VALUES 20000u

static void nothing_is_zero(void **state)
{
	static struct histogram histogram;
	(void)state;
	histogram_init(&histogram);
	assert_int_equal(histogram_at(&histogram, 50, 100), 0);
	assert_int_equal(histogram_mean(&histogram), 0);
	assert_int_equal(histogram.most, 0);
}

static void small_values_are_exact(void **state)
{
	static struct histogram histogram;
	(void)state;
	histogram_init(&histogram);
	for (uint64_t value = 1; value <= 100; value++)
		histogram_add(&histogram, value);
	for (uint64_t percent = 1; percent <= 100; percent++)
		assert_int_equal(histogram_at(&histogram, percent, 100), percent);
	assert_int_equal(histogram_at(&histogram, 999, 1000), 100);
	assert_int_equal(histogram_at(&histogram, 1, 1000), 1);
	assert_int_equal(histogram_mean(&histogram), 50);
	assert_int_equal(histogram.least, 1);
}

static void the_largest_values_have_a_slot(void **state)
{
	static struct histogram histogram;
	(void)state;
	histogram_init(&histogram);
	for (uint32_t bit = 0; bit < 64; bit++)
		histogram_add(&histogram, UINT64_C(1) << bit);
	histogram_add(&histogram, UINT64_MAX);
	assert_int_equal(histogram_at(&histogram, 1, 1), UINT64_MAX);
	assert_int_equal(histogram.count, 65);
}

static int by_size(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left;
	uint64_t b = *(const uint64_t *)right;
	return (a > b) - (a < b);
}

/* Never less than the true value, at most 1/128 more. */
static void percentiles_are_near(void **state)
{
	static struct histogram histogram;
	static uint64_t values[VALUES];
	static const uint64_t parts[] = {1, 100, 500, 900, 990, 999, 1000};
	struct test_random random = test_random_make("percentiles_are_near");
	(void)state;
	histogram_init(&histogram);
	for (uint32_t i = 0; i < VALUES; i++) {
		values[i] = test_random_sized(&random);
		histogram_add(&histogram, values[i]);
	}
	qsort(values, VALUES, sizeof(values[0]), by_size);
	for (uint32_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		uint64_t truth = values[VALUES * parts[i] / 1000 - 1];
		uint64_t said = histogram_at(&histogram, parts[i], 1000);
		assert_true(said >= truth);
		assert_true(said - truth <= truth / 128);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_is_zero),
	    cmocka_unit_test(small_values_are_exact),
	    cmocka_unit_test(the_largest_values_have_a_slot),
	    cmocka_unit_test(percentiles_are_near),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
