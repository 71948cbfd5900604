/* Money: golden figures of the scenarios, the edges of 64 bits, and properties against a slower way
 * of computing the same. */
#include "engine/base/money.h"

#include "tests/support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RATE_CENTS_PER_HOUR 2260
#define VAT_COOPERATIVE     500u
#define WIDE                unsigned __int128

static void assert_cents(struct cents amount, int64_t expected)
{
	assert_int_equal(amount.raw, expected); /* raw: the figure under test */
}

static void golden_table(void **state)
{
	(void)state;
	static const struct {
		uint64_t minutes;
		int64_t net;
		int64_t vat;
		int64_t gross;
	} rows[] = {
	    {15, 565, 28, 593},      {30, 1130, 57, 1187},    {60, 2260, 113, 2373},
	    {75, 2825, 141, 2966},   {90, 3390, 170, 3560},   {720, 27120, 1356, 28476},
	    {540, 20340, 1017, 21357}, {420, 15820, 791, 16611}, {0, 0, 0, 0},
	    {1, 38, 2, 40}, /* 37,666 -> 38; 1,9 -> 2 */
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cents net;
		struct cents vat;
		struct cents gross;
		assert_true(cents_net(rows[i].minutes, cents_from(RATE_CENTS_PER_HOUR), 60, &net));
		assert_true(cents_vat(net, VAT_COOPERATIVE, &vat));
		assert_true(cents_gross(net, VAT_COOPERATIVE, &gross));
		assert_cents(net, rows[i].net);
		assert_cents(vat, rows[i].vat);
		assert_cents(gross, rows[i].gross);
	}
}

/* A straight line, half-up, clamped; a falling one; against a slower way of computing the same. */
static void interpolation(void **state)
{
	(void)state;
	struct cents value;
	const struct cents_line verdello = {cents_from(300000), cents_from(0), cents_from(3000000),
					    cents_from(1868)};
	static const struct {
		int64_t at;
		int64_t value;
	} rows[] = {{-5, 0}, {300000, 0}, {420000, 83}, {1240000, 650}, {3000000, 1868},
		    {INT64_MAX, 1868}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(cents_interpolate(&verdello, cents_from(rows[i].at), &value));
		assert_cents(value, rows[i].value);
	}
	const struct cents_line falling = {cents_from(0), cents_from(10000), cents_from(8),
					   cents_from(2000)};
	for (int64_t at = 0; at <= 8; at++) {
		assert_true(cents_interpolate(&falling, cents_from(at), &value));
		assert_cents(value, 10000 - 1000 * at);
	}
	const struct cents_line wide = {cents_from(0), cents_from(0), cents_from(INT64_MAX),
					cents_from(INT64_MAX)};
	assert_true(cents_interpolate(&wide, cents_from(INT64_MAX / 3), &value));
	assert_cents(value, INT64_MAX / 3);
	const struct cents_line point = {cents_from(5), cents_from(1), cents_from(5),
					 cents_from(1)};
	const struct cents_line below = {cents_from(0), cents_from(-1), cents_from(5),
					 cents_from(1)};
	assert_false(cents_interpolate(&point, cents_from(5), &value));
	assert_false(cents_interpolate(&below, cents_from(5), &value));
	struct test_random random = test_random_make("interpolation");
	for (int i = 0; i < 100000; i++) {
		int64_t from = (int64_t)test_random_below(&random, 100000);
		int64_t to = from + 1 + (int64_t)test_random_below(&random, 100000);
		int64_t low = (int64_t)test_random_below(&random, 100000);
		int64_t high = (int64_t)test_random_below(&random, 100000);
		int64_t at = from + (int64_t)test_random_below(&random, (uint64_t)(to - from + 1));
		const struct cents_line line = {cents_from(from), cents_from(low), cents_from(to),
						cents_from(high)};
		assert_true(cents_interpolate(&line, cents_from(at), &value));
		/* twice the exact value times the width lies within one width of twice the result */
		int64_t exact = 2 * (low * (to - at) + high * (at - from));
		int64_t off = 2 * (value.raw) * (to - from) - exact; /* raw: under test */
		assert_true(off <= to - from && off > -(to - from));
	}
}

/* S00: by record 278,82, on the statement's total 278,83; six months commit 1.708,56. */
static void statement_of_the_baseline(void **state)
{
	(void)state;
	struct cents net = cents_zero();
	struct cents gross = cents_zero();
	for (int i = 0; i < 11; i++) {
		struct cents record;
		struct cents record_gross;
		uint64_t minutes = i < 8 ? 60 : 75;
		assert_true(cents_net(minutes, cents_from(RATE_CENTS_PER_HOUR), 60, &record));
		assert_true(cents_gross(record, VAT_COOPERATIVE, &record_gross));
		assert_true(cents_add(net, record, &net));
		assert_true(cents_add(gross, record_gross, &gross));
	}
	struct cents vat;
	struct cents total;
	struct cents rounding;
	assert_cents(net, 26555);
	assert_cents(gross, 27882);
	assert_true(cents_vat(net, VAT_COOPERATIVE, &vat));
	assert_cents(vat, 1328);
	assert_true(cents_gross(net, VAT_COOPERATIVE, &total));
	assert_true(cents_delta(total, gross, &rounding));
	assert_cents(rounding, 1);
	struct cents commit;
	assert_true(cents_times(cents_from(28476), 6, &commit));
	assert_cents(commit, 170856);
	cents_decrease(&commit, cents_from(170855));
	assert_cents(commit, 1);
	cents_increase(&commit, cents_from(-1));
	assert_cents(commit, 0);
}

static void balances_do_not_go_below_zero(void **state)
{
	(void)state;
	struct cents kept = cents_from(77);
	assert_true(cents_sub(cents_from(5), cents_from(5), &kept));
	assert_cents(kept, 0);
	kept = cents_from(77);
	assert_false(cents_sub(cents_from(5), cents_from(6), &kept));
	assert_cents(kept, 77);
	assert_false(cents_adjust(cents_from(5), cents_from(-6), &kept));
	assert_cents(kept, 77);
	assert_true(cents_adjust(cents_from(5), cents_from(-5), &kept));
	assert_cents(kept, 0);
	assert_true(cents_delta(cents_from(5), cents_from(6), &kept));
	assert_cents(kept, -1);
}

static void edges_of_64_bits(void **state)
{
	(void)state;
	struct cents most = cents_from(INT64_MAX);
	struct cents least = cents_from(INT64_MIN);
	struct cents kept = cents_from(77);
	struct cents pair[2] = {most, cents_from(1)};

	assert_false(cents_add(most, cents_from(1), &kept));
	assert_false(cents_add(least, cents_from(-1), &kept));
	assert_false(cents_sub(most, least, &kept));
	assert_false(cents_delta(least, cents_from(1), &kept));
	assert_false(cents_adjust(most, cents_from(1), &kept));
	assert_false(cents_times(most, 2, &kept));
	assert_false(cents_times(cents_from(1), UINT64_MAX, &kept));
	assert_false(cents_times(cents_from(-1), UINT64_MAX, &kept));
	assert_false(cents_sum(pair, 2, &kept));
	assert_false(cents_net(UINT64_MAX, most, 1, &kept));
	assert_false(cents_net(1, cents_from(-1), 60, &kept));
	assert_false(cents_net(1, cents_from(1), 0, &kept));
	assert_false(cents_vat(cents_from(-1), 500, &kept));
	assert_false(cents_vat(most, 10001, &kept));
	assert_false(cents_gross(most, 1, &kept));
	assert_false(cents_net_of_gross(cents_from(-1), 500, &kept));
	assert_false(cents_div_floor(cents_from(-1), 3, &kept));
	assert_false(cents_div_floor(cents_from(1), 0, &kept));
	assert_cents(kept, 77);

	assert_true(cents_vat(most, 10000, &kept));
	assert_cents(kept, INT64_MAX);
	assert_true(cents_net_of_gross(most, UINT32_MAX, &kept));
	assert_cents(kept, 21474786485116);
	assert_true(cents_net(UINT64_MAX, cents_from(1), 2, &kept) == false);
	assert_true(cents_net(UINT64_MAX - 3, cents_from(1), 2, &kept));
	assert_cents(kept, INT64_MAX - 1);
	assert_true(cents_times(least, 1, &kept));
	assert_cents(kept, INT64_MIN);
	assert_true(cents_times(cents_from(-3), 7, &kept));
	assert_cents(kept, -21);
	assert_true(cents_sum(NULL, 0, &kept));
	assert_cents(kept, 0);
}

static void comparisons(void **state)
{
	(void)state;
	assert_true(cents_less(cents_from(-1), cents_zero()));
	assert_false(cents_less(cents_zero(), cents_zero()));
	assert_true(cents_equal(cents_from(4), cents_from(4)));
	assert_false(cents_equal(cents_from(4), cents_from(-4)));
	assert_true(cents_is_zero(cents_zero()));
	assert_true(cents_is_negative(cents_from(-1)));
	assert_false(cents_is_negative(cents_zero()));
	assert_cents(cents_min(cents_from(3), cents_from(-2)), -2);
	assert_cents(cents_max(cents_from(3), cents_from(-2)), 3);
}

/* Half-up, by the definition: q is right if 2 x |exact - q| < 1, or = 1 with q above. */
static void rounding_by_definition(void **state)
{
	(void)state;
	struct test_random random = test_random_make("rounding_by_definition");
	for (int i = 0; i < 200000; i++) {
		uint64_t units = test_random_sized(&random) >> 24;
		int64_t rate = (int64_t)(test_random_sized(&random) >> 40);
		uint32_t per = (uint32_t)test_random_below(&random, 1000) + 1;
		struct cents net;
		__int128 twice = 2 * (__int128)units * rate;
		/* The largest units at the largest rate are too much for cents, and refused. */
		bool fits = (twice + per) / (2 * (__int128)per) <= INT64_MAX;
		assert_int_equal(cents_net(units, cents_from(rate), per, &net), fits);
		if (!fits)
			continue;
		__int128 error = 2 * (__int128)net.raw * per - twice; /* raw: under test */
		assert_true(error > -(__int128)per && error <= (__int128)per);
	}
}

/* Separation and VAT agree within a cent, and gross is always net + VAT by subtraction. */
static void separation(void **state)
{
	(void)state;
	static const uint32_t rates[] = {0, 400, 500, 1000, 2200, 10000};
	struct cents net;
	assert_true(cents_net_of_gross(cents_from(28476), 500, &net));
	assert_cents(net, 27120);
	assert_true(cents_net_of_gross(cents_from(12200), 2200, &net));
	assert_cents(net, 10000);
	for (size_t r = 0; r < sizeof(rates) / sizeof(rates[0]); r++) {
		for (int64_t gross = 0; gross < 30000; gross++) {
			struct cents vat;
			struct cents by_rate;
			struct cents difference;
			assert_true(cents_net_of_gross(cents_from(gross), rates[r], &net));
			assert_true(cents_sub(cents_from(gross), net, &vat));
			assert_true(cents_vat(net, rates[r], &by_rate));
			assert_true(cents_delta(vat, by_rate, &difference));
			assert_in_range((uint64_t)(difference.raw + 1), 0, 2); /* raw: test */
		}
	}
}

static void division_rounds_down(void **state)
{
	(void)state;
	struct cents quotient;
	assert_true(cents_div_floor(cents_from(100), 3, &quotient));
	assert_cents(quotient, 33);
	assert_true(cents_div_floor(cents_from(2), 3, &quotient));
	assert_cents(quotient, 0);
	assert_true(cents_div_floor(cents_from(INT64_MAX), UINT64_MAX, &quotient));
	assert_cents(quotient, 0);
	assert_true(cents_div_floor(cents_from(INT64_MAX), 1, &quotient));
	assert_cents(quotient, INT64_MAX);
}

/* ---- Largest remainders ---- */

static void ties_go_to_the_earlier(void **state)
{
	(void)state;
	struct cents parts[4];
	const uint64_t thirds[3] = {1, 1, 1};
	assert_true(cents_allocate_largest_remainder(cents_from(100), thirds, 3, parts));
	assert_cents(parts[0], 34);
	assert_cents(parts[1], 33);
	assert_cents(parts[2], 33);
	assert_true(cents_allocate_largest_remainder(cents_from(101), thirds, 3, parts));
	assert_cents(parts[0], 34);
	assert_cents(parts[1], 34);
	assert_cents(parts[2], 33);
	/* 7 by 3 3 0 1: 3 0 | 3 0 | 0 | 1 0, exact: nothing is left to hand out. */
	const uint64_t uneven[4] = {3, 3, 0, 1};
	assert_true(cents_allocate_largest_remainder(cents_from(7), uneven, 4, parts));
	assert_cents(parts[0], 3);
	assert_cents(parts[2], 0);
	assert_cents(parts[3], 1);
	/* 8: shares 3 3/7, 3 3/7, 0, 1 1/7; the one cent goes to the first of the two 3/7. */
	assert_true(cents_allocate_largest_remainder(cents_from(8), uneven, 4, parts));
	assert_cents(parts[0], 4);
	assert_cents(parts[1], 3);
	assert_cents(parts[2], 0);
	assert_cents(parts[3], 1);
}

static void allocation_refusals(void **state)
{
	(void)state;
	struct cents parts[2] = {cents_from(77), cents_from(78)};
	const uint64_t nothing[2] = {0, 0};
	const uint64_t halves[2] = {1, 1};
	assert_false(cents_allocate_largest_remainder(cents_from(1), nothing, 2, parts));
	assert_false(cents_allocate_largest_remainder(cents_from(-1), halves, 2, parts));
	assert_false(cents_allocate_largest_remainder(cents_from(1), halves, 0, parts));
	assert_cents(parts[0], 77);
	assert_cents(parts[1], 78);
	assert_true(cents_allocate_largest_remainder(cents_zero(), nothing, 2, parts));
	assert_cents(parts[0], 0);
	assert_cents(parts[1], 0);
}

/* The solidarity fund of 251.250,00 by population (all weight on X): the seed's example, comuni of
 * Crema in the order of their ISTAT codes. Population and cadastral data derive from ISTAT. */
struct contribution {
	uint64_t population;
	int64_t cents;
};
static const struct contribution solidarity[] = {
    {3854, 605195}, {4862, 763481}, {1214, 190635}, {674, 105838},
    {2166, 340128}, {2276, 357401}, {1817, 285324}, {1136, 178386},
    {523, 82127}, {1773, 278415}, {447, 70193}, {9278, 1456927},
    {2253, 353789}, {1562, 245281}, {34242, 5377030}, {1728, 271348},
    {411, 64539}, {3726, 585095}, {1193, 187337}, {1140, 179014},
    {628, 98615}, {1945, 305424}, {2776, 435916}, {2263, 355359},
    {2453, 385195}, {718, 112748}, {5874, 922396}, {3768, 591690},
    {8852, 1390032}, {2491, 391162}, {1115, 175089}, {881, 138344},
    {1736, 272605}, {992, 155774}, {3355, 526837}, {529, 83069},
    {7919, 1243523}, {3072, 482397}, {1122, 176188}, {3494, 548664},
    {7511, 1179454}, {6832, 1072831}, {410, 64382}, {490, 76945},
    {2773, 435445}, {1633, 256430}, {3605, 566094}, {4489, 704909},
};
#define COMUNI (sizeof(solidarity) / sizeof(solidarity[0]))

static void solidarity_fund(void **state)
{
	(void)state;
	uint64_t weights[COMUNI];
	struct cents parts[COMUNI];
	for (size_t i = 0; i < COMUNI; i++)
		weights[i] = solidarity[i].population;
	assert_true(cents_allocate_largest_remainder(cents_from(25125000), weights, COMUNI, parts));
	struct cents sum;
	assert_true(cents_sum(parts, COMUNI, &sum));
	assert_cents(sum, 25125000);
	for (size_t i = 0; i < COMUNI; i++)
		assert_cents(parts[i], solidarity[i].cents);
}

/* The obvious way: repeatedly give a cent to the largest remainder left, the first of equals. */
static void allocate_naively(int64_t total, const uint64_t *weights, uint32_t count, int64_t *parts)
{
	WIDE sum = 0;
	WIDE remainders[64];
	int64_t left = total;
	for (uint32_t i = 0; i < count; i++)
		sum += weights[i];
	for (uint32_t i = 0; i < count; i++) {
		WIDE product = (WIDE)(uint64_t)total * weights[i];
		parts[i] = (int64_t)(product / sum);
		remainders[i] = product % sum;
		left -= parts[i];
	}
	bool given[64] = {false};
	for (; left > 0; left--) {
		uint32_t best = count;
		for (uint32_t i = 0; i < count; i++) {
			if (!given[i] && (best == count || remainders[i] > remainders[best]))
				best = i;
		}
		given[best] = true;
		parts[best]++;
	}
}

static void allocation_against_the_obvious(void **state)
{
	(void)state;
	struct test_random random = test_random_make("allocation_against_the_obvious");
	for (int round = 0; round < 30000; round++) {
		uint64_t weights[64];
		struct cents parts[64];
		int64_t expected[64];
		uint32_t count = (uint32_t)test_random_below(&random, 64) + 1;
		uint64_t kind = test_random_below(&random, 3);
		WIDE sum = 0;
		for (uint32_t i = 0; i < count; i++) {
			if (kind == 0) /* many ties and zeros */
				weights[i] = test_random_below(&random, 4);
			else if (kind == 1)
				weights[i] = test_random_sized(&random);
			else
				weights[i] = UINT64_MAX - test_random_below(&random, 3);
			sum += weights[i];
		}
		if (sum == 0)
			continue;
		int64_t total = (int64_t)(test_random_sized(&random) >> 1);
		assert_true(cents_allocate_largest_remainder(cents_from(total), weights, count,
							     parts));
		allocate_naively(total, weights, count, expected);
		for (uint32_t i = 0; i < count; i++)
			assert_cents(parts[i], expected[i]);
	}
}

static void allocation_of_the_largest(void **state)
{
	(void)state;
	enum { LINES = 2048 };
	static uint64_t weights[LINES];
	static struct cents parts[LINES];
	for (uint32_t i = 0; i < LINES; i++)
		weights[i] = UINT64_MAX;
	assert_true(
	    cents_allocate_largest_remainder(cents_from(INT64_MAX), weights, LINES, parts));
	for (uint32_t i = 0; i < LINES; i++)
		assert_cents(parts[i], INT64_MAX / LINES + (i < INT64_MAX % LINES ? 1 : 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(golden_table),
	    cmocka_unit_test(interpolation),
	    cmocka_unit_test(statement_of_the_baseline),
	    cmocka_unit_test(balances_do_not_go_below_zero),
	    cmocka_unit_test(edges_of_64_bits),
	    cmocka_unit_test(comparisons),
	    cmocka_unit_test(rounding_by_definition),
	    cmocka_unit_test(separation),
	    cmocka_unit_test(division_rounds_down),
	    cmocka_unit_test(ties_go_to_the_earlier),
	    cmocka_unit_test(allocation_refusals),
	    cmocka_unit_test(solidarity_fund),
	    cmocka_unit_test(allocation_against_the_obvious),
	    cmocka_unit_test(allocation_of_the_largest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
