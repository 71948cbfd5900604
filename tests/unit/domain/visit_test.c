/* Visits in time, compared with a look at every record. */
#include "engine/domain/visit.h"

#include "tests/support/random.h"
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

#include <stdio.h>

#define MINUTE_US INT64_C(60000000)
#define VISITS    3000u

static const enum redemption_state states[] = {
    REDEMPTION_STATE_ACCEPTED,	REDEMPTION_STATE_DISPUTED,   REDEMPTION_STATE_BOOKED,
    REDEMPTION_STATE_REVERSED,	REDEMPTION_STATE_CANCELLED,  REDEMPTION_STATE_REJECTED,
    REDEMPTION_STATE_ACCEPTED,	REDEMPTION_STATE_SUPERSEDED,
};

/* Few persons and workers around one midnight, so that everything meets. */
static struct visit some_visit(struct test_random *random, struct instant begin)
{
	uint32_t person = 1 + (uint32_t)test_random_below(random, 6);
	int64_t minute = (int64_t)test_random_below(random, 4 * 1440);
	return (struct visit){
	    .voucher = {person * 10 + (uint32_t)test_random_below(random, 2)},
	    .beneficiary = {person},
	    .provider = {1 + (uint32_t)test_random_below(random, 2)},
	    .operator = test_random_below(random, 5),
	    .start = {begin.us + minute / 30 * 30 * MINUTE_US},
	    .minutes = (uint32_t)(test_random_below(random, 4) == 0
				      ? test_random_below(random, 1441)
				      : test_random_below(random, 91))};
}

static void write_visit(struct state *state, const struct visit *visit, enum redemption_state kind)
{
	struct redemption redemption = {.start = visit->start,
					.operator = visit->operator,
					.voucher = visit->voucher,
					.beneficiary = visit->beneficiary,
					.provider = visit->provider,
					.minutes = visit->minutes,
					.state = (uint8_t)kind};
	uint32_t id = state_count(state, RECORD_KIND_REDEMPTION) + 1;
	assert_true(apply_record(state, RECORD_KIND_REDEMPTION, id, &redemption));
}

/* Other minutes for some record; now and then that, or the latest record, is undone at once. */
static void change_some(struct state *state, struct test_random *random)
{
	uint32_t count = state_count(state, RECORD_KIND_REDEMPTION);
	if (count == 0)
		return;
	struct redemption_id id = {1 + (uint32_t)test_random_below(random, count)};
	struct redemption before = *state_redemption(state, id);
	struct redemption after = before;
	after.minutes = (uint32_t)test_random_below(random, 1441);
	assert_true(apply_record(state, RECORD_KIND_REDEMPTION, id.raw, &after));
	if (test_random_below(random, 3) == 0)
		apply_undo_record(state, RECORD_KIND_REDEMPTION, id.raw, &before);
	if (test_random_below(random, 5) == 0)
		apply_undo_record(state, RECORD_KIND_REDEMPTION, count, NULL);
}

static bool overlap(const struct visit *left, const struct redemption *right)
{
	if (left->minutes == 0 || right->minutes == 0)
		return false;
	for (uint32_t minute = 0; minute < left->minutes; minute++) {
		int64_t at = left->start.us + minute * MINUTE_US;
		if (at >= right->start.us && at < right->start.us + right->minutes * MINUTE_US)
			return true;
	}
	return false;
}

/* The same by walking over everything. */
static struct visit_clashes look_everywhere(const struct state *state, const struct visit *visit)
{
	struct visit_clashes clashes = {{0}, {0}, {0}, {0}};
	for (uint32_t id = state_count(state, RECORD_KIND_REDEMPTION); id > 0; id--) {
		const struct redemption *other =
		    state_redemption(state, (struct redemption_id){id});
		bool is_alive = other->state == REDEMPTION_STATE_ACCEPTED ||
				other->state == REDEMPTION_STATE_DISPUTED;
		bool is_same = other->voucher.raw == visit->voucher.raw &&
			       other->start.us == visit->start.us;
		if (is_alive && is_same && other->operator == visit->operator)
			clashes.duplicate.raw = id;
		else if (is_alive && other->beneficiary.raw == visit->beneficiary.raw &&
			 overlap(visit, other))
			clashes.beneficiary_overlap.raw = id;
		if (is_alive && visit->operator != 0 && other->operator == visit->operator &&
		    overlap(visit, other))
			clashes.operator_overlap.raw = id;
		if (other->state == REDEMPTION_STATE_BOOKED && is_same &&
		    other->provider.raw == visit->provider.raw)
			clashes.booking.raw = id;
	}
	return clashes;
}

static void same_as_looking_everywhere(void **state)
{
	struct fixture *fixture = *state;
	struct test_random random = test_random_make("visits");
	struct instant begin = fixture_instant("2026-03-27T00:00"); /* the clocks change inside */
	uint32_t found = 0;
	for (uint32_t i = 0; i < VISITS; i++) {
		struct visit visit = some_visit(&random, begin);
		struct visit_clashes clashes;
		visit_look(&fixture->state, &visit, &clashes);
		struct visit_clashes expected = look_everywhere(&fixture->state, &visit);
		assert_int_equal(clashes.duplicate.raw, expected.duplicate.raw);
		assert_int_equal(clashes.booking.raw, expected.booking.raw);
		assert_int_equal(clashes.operator_overlap.raw, expected.operator_overlap.raw);
		assert_int_equal(clashes.beneficiary_overlap.raw,
				 expected.beneficiary_overlap.raw);
		found += expected.operator_overlap.raw != 0;
		if (i % 12 == 0)
			write_visit(&fixture->state, &visit,
				    states[test_random_below(&random, 8)]);
		if (i % 30 == 0)
			change_some(&fixture->state, &random);
	}
	assert_true(found > 100);
}

/* Every record of the person on the days asked for, once, and no other. */
static void walk_over_days(void **state)
{
	struct fixture *fixture = *state;
	struct test_random random = test_random_make("walk");
	struct instant begin = fixture_instant("2026-03-27T00:00");
	for (uint32_t i = 0; i < 400; i++) {
		struct visit visit = some_visit(&random, begin);
		write_visit(&fixture->state, &visit, REDEMPTION_STATE_ACCEPTED);
	}
	for (int64_t last = 0; last < 5; last++) {
		struct instant to = {begin.us + last * 1440 * MINUTE_US};
		uint32_t expected = 0;
		for (uint32_t id = 1; id <= 400; id++) {
			const struct redemption *redemption =
			    state_redemption(&fixture->state, (struct redemption_id){id});
			int64_t day = redemption->start.us / TIME_US_PER_DAY;
			expected += redemption->beneficiary.raw == 3 &&
				    day >= begin.us / TIME_US_PER_DAY &&
				    day <= to.us / TIME_US_PER_DAY;
		}
		bool seen[401] = {false};
		struct visit_walk walk;
		visit_walk_begin(&walk, &fixture->state, (struct beneficiary_id){3}, begin, to);
		struct redemption_id id = visit_walk_next(&walk);
		for (; id.raw != 0; id = visit_walk_next(&walk)) {
			assert_false(seen[id.raw]);
			seen[id.raw] = true;
			assert_true(expected > 0);
			expected--;
		}
		assert_int_equal(expected, 0);
	}
}

/* Neighbouring persons on neighbouring days do not share keys. */
static void keys_do_not_meet(void **state)
{
	(void)state;
	struct instant start = fixture_instant("2026-03-05T09:00");
	uint32_t met = 0;
	uint64_t key = state_visit_key(1000, start, 0);
	for (uint32_t person = 1; person < 5000; person++)
		for (int32_t day = -1; day <= 31; day++)
			met += (uint32_t)state_visit_key(person, start, day) == (uint32_t)key;
	assert_int_equal(met, 1); /* itself */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(same_as_looking_everywhere),
	    EXPECT_TEST(walk_over_days),
	    cmocka_unit_test(keys_do_not_meet),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
