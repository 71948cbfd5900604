/* What the load generator asks for: no visit twice, none overlapping another of its person; keys. */
#include "bench/load/visits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TITLES    64u
#define PROVIDERS 4u
#define ROUNDS    288u
#define VISITS    (TITLES * ROUNDS)

static struct visits visits;
static uint32_t together = 1;

static void prepare(uint64_t shape, uint64_t keys)
{
	memset(&visits, 0, sizeof(visits));
	visits.providers = PROVIDERS;
	visits.vouchers = TITLES;
	visits.each = TITLES / PROVIDERS;
	visits.rounds = ROUNDS;
	visits.together = together;
	visits.shape = shape;
	visits.keys = keys;
}

static int by_number(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left;
	uint32_t b = *(const uint32_t *)right;
	return (a > b) - (a < b);
}

/* Person, day and half-hour of every visit: all differ, so none overlaps. */
static void check_all_differ(void)
{
	static uint32_t places[VISITS];
	uint32_t count = 0;
	prepare(SHAPE_SINGLE, KEYS_ORDERED);
	for (uint32_t provider = 0; provider < PROVIDERS; provider++) {
		for (uint32_t i = 0; i < VISITS / PROVIDERS; i++) {
			struct visit visit = visits_next(&visits, provider);
			uint32_t person = (visit.voucher - 1) / VISITS_TITLES_A_PERSON;
			assert_int_equal((visit.voucher - 1) % PROVIDERS, provider);
			assert_in_range(visit.voucher, 1, TITLES);
			assert_in_range(visit.day, 1, VISITS_ROUNDS_A_DAY);
			assert_in_range(visit.minute, 0, 1440 - 30);
			assert_int_equal(visit.minute % 30, 0);
			places[count++] = (person * 32 + visit.day) * 48 + visit.minute / 30;
		}
	}
	assert_int_equal(count, VISITS);
	assert_int_equal(visits_next_round(&visits), ROUNDS);
	qsort(places, count, sizeof(places[0]), by_number);
	for (uint32_t i = 1; i < count; i++)
		assert_true(places[i] != places[i - 1]);
}

static void visits_never_overlap(void **state)
{
	(void)state;
	for (together = 1; together <= 8; together *= 2)
		check_all_differ();
	together = 1;
}

static void rounds_go_on(void **state)
{
	(void)state;
	prepare(SHAPE_SINGLE, KEYS_ORDERED);
	visits.round = 7;
	assert_int_equal(visits_next_round(&visits), 7);
	assert_int_equal(visits_next(&visits, 2).day, 8);
	assert_int_equal(visits_next_round(&visits), 8);
	for (uint32_t i = 1; i <= TITLES / PROVIDERS; i++)
		(void)visits_next(&visits, 2);
	assert_int_equal(visits_next_round(&visits), 9);
}

static void bodies(void **state)
{
	static char body[4 * VISITS_LINE_SIZE_MAX];
	static const char single[] =
	    "{\"voucher\":\"0000001W\",\"start\":\"2026-10-01T00:00:00+02:00\",\"minutes\":30,"
	    "\"operator\":\"OP-1\"}";
	static const char lines[] =
	    "{\"id\":\"1\",\"voucher\":\"0000005G\",\"start\":\"2026-10-01T00:00:00+02:00\","
	    "\"minutes\":30,\"operator\":\"OP-5\"}\n";
	static const char csv[] = "id;voucher;start;minutes;operator\n"
				  "0;0000001W;2026-10-01T00:00:00+02:00;30;OP-1\n";
	(void)state;
	prepare(SHAPE_SINGLE, KEYS_ORDERED);
	uint32_t size = visits_body(&visits, 0, 1, body);
	assert_int_equal(size, sizeof(single) - 1);
	assert_memory_equal(body, single, size);
	visits.shape = SHAPE_NDJSON;
	size = visits_body(&visits, 0, 1, body);
	assert_int_equal(size, sizeof(lines) - 1);
	assert_memory_equal(body, lines, size);
	prepare(SHAPE_CSV, KEYS_ORDERED);
	size = visits_body(&visits, 0, 1, body);
	assert_int_equal(size, sizeof(csv) - 1);
	assert_memory_equal(body, csv, size);
}

static void keys_are_new(void **state)
{
	char last[VISITS_KEY_SIZE];
	char key[VISITS_KEY_SIZE];
	(void)state;
	prepare(SHAPE_SINGLE, KEYS_ORDERED);
	visits_key(&visits, last);
	for (uint32_t i = 0; i < 1000; i++) {
		visits_key(&visits, key);
		assert_int_equal(key[14], '7');
		/* Not before the last: the time first, then the count. */
		assert_true(memcmp(key, last, 13) >= 0);
		assert_true(memcmp(key + 19, last + 19, VISITS_KEY_SIZE - 19) > 0);
		memcpy(last, key, sizeof(last));
	}
	prepare(SHAPE_SINGLE, KEYS_RANDOM);
	visits_key(&visits, last);
	visits_key(&visits, key);
	assert_int_equal(key[14], '4');
	assert_memory_not_equal(key, last, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(visits_never_overlap),
	    cmocka_unit_test(rounds_go_on),
	    cmocka_unit_test(bodies),
	    cmocka_unit_test(keys_are_new),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
