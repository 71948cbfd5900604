/* Random commands with plausible, odd and wild inputs through the door: nothing breaks an assertion,
 * every answer is of the registry, refusals leave the state as it was, books balance throughout. */
#include "tests/unit/domain/expect.h"

#include "tests/support/random_command.h"

#include <stdio.h>

enum { ROUNDS = 60000, CHECK_EVERY = 200 };

static void nothing_breaks(void **state)
{
	struct fixture *fixture = *state;
	struct test_random random = test_random_make("door");
	uint32_t hits[RESULT_KIND_FAULT + 1] = {0};
	fixture->check_all = false;
	for (uint32_t i = 1; i <= ROUNDS; i++) {
		struct command command = random_command(&random, fixture);
		bool is_keyed = test_random_below(&random, 4) == 0;
		struct outcome outcome = is_keyed ? fixture_do_keyed(fixture, &command)
						  : fixture_do(fixture, &command);
		hits[result_info(outcome.result)->kind]++;
		if (is_keyed && fixture_do(fixture, &command).replayed)
			assert_int_equal(fixture->last.result, outcome.result);
		if (i % CHECK_EVERY == 0) {
			struct invariant_fault fault = {0};
			if (!apply_check_all(&fixture->state, &fault))
				fail_msg("%s: %s %u", fault.rule, record_info(fault.kind)->name,
					 fault.id);
		}
		if (i % 5000 == 0)
			fixture_advance(fixture,
					(struct instant){fixture->now.us + 10 * TIME_US_PER_DAY});
	}
	(void)printf("done %u, refused %u, malformed %u, full %u\n", hits[RESULT_KIND_OK],
		     hits[RESULT_KIND_REFUSAL], hits[RESULT_KIND_REQUEST],
		     hits[RESULT_KIND_FAULT]);
	assert_true(hits[RESULT_KIND_OK] > ROUNDS / 50);
	assert_true(hits[RESULT_KIND_REFUSAL] > ROUNDS / 20);
	assert_true(hits[RESULT_KIND_REQUEST] > ROUNDS / 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(nothing_breaks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
