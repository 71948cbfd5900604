/* Looking ahead: whatever a command says, it is only looked for, and the work is judged as without.
 */
#include "engine/domain/ahead.h"

#include "tests/support/random.h"
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

#include <stdlib.h>

#define TITLES 20u
#define LINES  600u

/* What a stranger may send: titles that are none, days that no calendar has. */
static struct command some_command(struct test_random *random, const struct fixture *fixture,
				   const uint32_t *titles, struct instant begin)
{
	static const int64_t odd_starts[] = {INT64_MIN, -1, 0, INT64_MAX};
	struct command command =
	    fixture_command(COMMAND_KIND_REDEMPTION_SUBMIT, fixture->alfa_principal);
	if (test_random_below(random, 10) == 0)
		return fixture_command(COMMAND_KIND_BENEFICIARY_CREATE, fixture->alfa_principal);
	struct command_redemption_submit *input = &command.input.redemption_submit;
	command.has_key = 1;
	for (uint32_t i = 0; i < sizeof(command.key_hash); i++)
		command.key_hash[i] = (uint8_t)test_random_below(random, 256);
	input->voucher.raw = titles[test_random_below(random, TITLES)];
	if (test_random_below(random, 10) == 0)
		input->voucher.raw = (uint32_t)test_random_below(random, UINT32_MAX);
	input->operator = test_random_below(random, 4);
	input->minutes = 30;
	input->start.us =
	    begin.us + (int64_t)test_random_below(random, 31 * 24) * 3600 * TIME_US_PER_SECOND;
	if (test_random_below(random, 10) == 0)
		input->start.us = odd_starts[test_random_below(random, 4)];
	return command;
}

static void judge_all(struct fixture *fixture, const struct command *commands, bool looks,
		      struct outcome *ret_outcomes)
{
	struct ahead ahead;
	ahead_begin(&ahead, &fixture->state);
	for (uint32_t i = 0; looks && i < AHEAD_COMMANDS - 1; i++)
		ahead_take(&ahead, &commands[i]);
	for (uint32_t i = 0; i < LINES; i++) {
		uint32_t next = i + AHEAD_COMMANDS - 1;
		if (looks)
			ahead_take(&ahead, next < LINES ? &commands[next] : NULL);
		if (commands[i].kind == COMMAND_KIND_REDEMPTION_SUBMIT)
			ret_outcomes[i] = fixture_do(fixture, &commands[i]);
	}
}

/* Two ledgers, the same commands, in one of them looked at before: the same outcomes. */
static void judged_as_without(void **state)
{
	(void)state;
	static struct fixture plain;
	static struct fixture looked;
	static struct command commands[LINES];
	static struct outcome outcomes[2][LINES];
	struct test_random random = test_random_make("judged_as_without");
	uint32_t titles[TITLES];
	fixture_init(&plain);
	fixture_init(&looked);
	plain.check_all = false;
	looked.check_all = false;
	for (uint32_t i = 0; i < TITLES; i++) {
		titles[i] = fixture_title(&plain, plain.pandino, "2026-01", "2026-02", 600,
					  plain.alfa)
				.raw;
		uint32_t twin = fixture_title(&looked, looked.pandino, "2026-01", "2026-02", 600,
					      looked.alfa)
				    .raw;
		assert_int_equal(twin, titles[i]);
	}
	fixture_advance(&plain, fixture_instant("2026-02-01T08:00"));
	fixture_advance(&looked, fixture_instant("2026-02-01T08:00"));
	for (uint32_t i = 0; i < LINES; i++)
		commands[i] = some_command(&random, &plain, titles,
					   fixture_instant("2026-01-01T00:00"));
	judge_all(&plain, commands, false, outcomes[0]);
	judge_all(&looked, commands, true, outcomes[1]);
	uint32_t accepted = 0;
	for (uint32_t i = 0; i < LINES; i++) {
		assert_int_equal(outcomes[1][i].result, outcomes[0][i].result);
		assert_int_equal(outcomes[1][i].object, outcomes[0][i].object);
		assert_int_equal(outcomes[1][i].units, outcomes[0][i].units);
		assert_int_equal(outcomes[1][i].sequence, outcomes[0][i].sequence);
		assert_true(cents_equal(outcomes[1][i].gross, outcomes[0][i].gross));
		accepted += outcomes[0][i].result == RESULT_ACCEPTED;
	}
	assert_true(accepted > 20);
	fixture_deinit(&plain);
	fixture_deinit(&looked);
}

/* Walks of every length, down to none, each command in memory of its own that goes with its turn:
 * nothing is looked at before it is taken or after it was judged. */
static void short_walks(void **state)
{
	(void)state;
	static struct fixture fixture;
	fixture_init(&fixture);
	uint32_t title =
	    fixture_title(&fixture, fixture.pandino, "2026-01", "2026-01", 300, fixture.alfa).raw;
	for (uint32_t count = 0; count <= 2 * AHEAD_COMMANDS; count++) {
		struct command *line[AHEAD_COMMANDS] = {NULL};
		struct ahead ahead;
		ahead_begin(&ahead, &fixture.state);
		for (uint32_t i = 0; i < count + AHEAD_COMMANDS; i++) {
			struct command **place = &line[i % AHEAD_COMMANDS];
			free(*place);
			*place = NULL;
			if (i < count) {
				*place = malloc(sizeof(**place));
				assert_non_null(*place);
				**place = fixture_command(COMMAND_KIND_REDEMPTION_SUBMIT,
							  fixture.alfa_principal);
				(*place)->input.redemption_submit.voucher.raw = title;
			}
			ahead_take(&ahead, *place);
		}
		for (uint32_t i = 0; i < AHEAD_COMMANDS; i++)
			free(line[i]);
	}
	fixture_deinit(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(judged_as_without),
	    cmocka_unit_test(short_walks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
