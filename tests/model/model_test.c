/* Random commands through the engine and through a naive reference written apart; every outcome
 * and, every so often, every figure must be the same. See README.md.
 *
 * suite: seconds 600
 *
 * TEST_SEED replays a run. MODEL_COMMANDS says how many commands (1,500,000), MODEL_COMPARE after
 * how many of them all figures are compared (100). With MODEL_BRIEF the hits are neither printed
 * nor judged: for the runs against planted faults. */
#include "tests/model/expected.h"
#include "tests/model/world.h"

#include "engine/ledger/state_hash.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMANDS_DEFAULT   1500000u
#define COMMANDS_PER_WORLD 4000u
#define COMPARE_EVERY	   100u
#define CHECK_EVERY	   1000u
#define HITS_MIN	   100u
#define SUCCESS_PERCENT	   40u

static struct reference reference;
static uint64_t compare_every = COMPARE_EVERY;
static uint32_t passed;
static uint32_t failed;

static void judge(bool is_right, const char *what)
{
	passed += is_right ? 1 : 0;
	failed += is_right ? 0 : 1;
	if (!is_right)
		printf("FAILED: %s\n", what);
}

static void check_invariants(const struct world *world)
{
	struct invariant_fault fault;
	if (apply_check_all(&world->fixture.state, &fault))
		return;
	printf("DIFFERENCE: invariant broken in world %" PRIu64 ", command %" PRIu64
	       ": %s, %s %u\n0 passed, 1 failed\n",
	       world->hits->worlds, world->commands, fault.rule, record_info(fault.kind)->name,
	       fault.id);
	exit(1);
}

/* One ledger's life; its state hash at the end. */
static void run_world(struct test_random random, uint64_t commands, struct hits *hits,
		      uint8_t ret_hash[STATE_HASH_SIZE])
{
	static struct world world;
	world_init(&world, &reference, random, hits);
	while (world.commands < commands && !reference_is_full(&reference)) {
		world_step(&world);
		if (world.commands % compare_every == 0)
			world_compare(&world);
		if (world.commands % CHECK_EVERY == 0)
			check_invariants(&world);
	}
	world_compare(&world);
	check_invariants(&world);
	enum result result = state_hash(&world.fixture.state, ret_hash);
	ASSERT(result == RESULT_OK);
	world_deinit(&world);
}

static void run_all(struct test_random *random, uint64_t commands, struct hits *hits)
{
	uint8_t hash[STATE_HASH_SIZE];
	while (hits->commands < commands) {
		uint64_t left = commands - hits->commands;
		struct test_random own = {.state = test_random_u64(random)};
		run_world(own, left < COMMANDS_PER_WORLD ? left : COMMANDS_PER_WORLD, hits, hash);
	}
}

/* The same seed gives the same ledger, bit for bit. */
static void check_same_seed(struct test_random *random)
{
	uint8_t first[STATE_HASH_SIZE];
	uint8_t second[STATE_HASH_SIZE];
	static struct hits ignored;
	struct test_random own = {.state = test_random_u64(random)};
	run_world(own, COMMANDS_PER_WORLD, &ignored, first);
	run_world(own, COMMANDS_PER_WORLD, &ignored, second);
	judge(memcmp(first, second, sizeof(first)) == 0, "same seed, same state hash");
	own.state++;
	run_world(own, COMMANDS_PER_WORLD, &ignored, second);
	judge(memcmp(first, second, sizeof(first)) != 0, "another seed, another state hash");
}

static bool is_expected(uint8_t command, uint32_t result)
{
	for (uint32_t i = 0; i < expected_count; i++)
		if (expected[i].command == command && expected[i].result == result)
			return true;
	for (uint32_t i = 0; i < expected_rarely_count; i++)
		if (expected_rarely[i].command == command && expected_rarely[i].result == result)
			return true;
	return false;
}

static void print_hits(const struct hits *hits)
{
	for (uint32_t kind = 1; kind <= COMMAND_KIND_MAX; kind++)
		for (uint32_t result = 0; result < WORLD_RESULTS; result++)
			if (hits->by_result[kind][result] > 0)
				printf("%-26s %-34s %8" PRIu64 "%s\n",
				       command_info((uint8_t)kind)->name,
				       result_code((enum result)result),
				       hits->by_result[kind][result],
				       is_expected((uint8_t)kind, result) ? "" : "   unlisted");
	printf("worlds %" PRIu64 ", commands %" PRIu64 ", successes %" PRIu64
	       " (%" PRIu64 " %%), replays %" PRIu64 ", midnight jobs %" PRIu64
	       ", full comparisons %" PRIu64 "\n",
	       hits->worlds, hits->commands, hits->successes,
	       hits->successes * 100 / hits->commands, hits->replays, hits->ticks,
	       hits->compares);
	printf("services over a midnight %" PRIu64 ", split at New Year %" PRIu64
	       ", on days of 23 or 25 hours %" PRIu64 "\n",
	       hits->midnights, hits->splits, hits->changeovers);
}

static uint64_t hits_least(uint64_t commands)
{
	if (commands < COMMANDS_DEFAULT)
		return HITS_MIN * commands / COMMANDS_DEFAULT / 4; /* a short run: a token */
	return HITS_MIN;
}

/* The rarest rows come a little more often than they must: an unlucky seed goes on for some worlds
 * more, until they have come. */
static void run_until_met(struct test_random *random, uint64_t commands, struct hits *hits)
{
	for (uint32_t i = 0; i < expected_count && hits->commands < 3 * commands; i++)
		while (hits->by_result[expected[i].command][expected[i].result] <
			   hits_least(commands) &&
		       hits->commands < 3 * commands)
			run_all(random, hits->commands + COMMANDS_PER_WORLD, hits);
}

/* Every row that the rules can produce was met often enough, and no other row was met. */
static void judge_hits(const struct hits *hits, uint64_t commands)
{
	uint64_t least = hits_least(commands);
	for (uint32_t i = 0; i < expected_count; i++) {
		char what[128];
		uint64_t met = hits->by_result[expected[i].command][expected[i].result];
		(void)snprintf(what, sizeof(what), "%s %s met %" PRIu64 " times, at least %" PRIu64,
			       command_info(expected[i].command)->name,
			       result_code(expected[i].result), met, least);
		judge(met >= least, what);
	}
	for (uint32_t kind = 1; kind <= COMMAND_KIND_MAX; kind++)
		for (uint32_t result = 0; result < WORLD_RESULTS; result++) {
			bool is_listed = is_expected((uint8_t)kind, result);
			if (hits->by_result[kind][result] == 0 || is_listed)
				continue;
			printf("%s ", command_info((uint8_t)kind)->name);
			judge(false, result_code((enum result)result));
		}
	judge(hits->successes * 100 >= hits->commands * SUCCESS_PERCENT, "successes");
	judge(hits->replays > 0 && hits->splits > 0, "replays and splits were met");
	judge(hits->midnights > 0 && hits->changeovers > 0, "midnights and changes of hour");
}

int main(void)
{
	static struct hits hits;
	const char *given = getenv("MODEL_COMMANDS");
	uint64_t commands = COMMANDS_DEFAULT;
	const char *interval = getenv("MODEL_COMPARE");
	if (given != NULL)
		commands = strtoull(given, NULL, 10); /* banned: a test, by hand */
	struct test_random random = test_random_make("model");
	if (interval != NULL)
		compare_every = strtoull(interval, NULL, 10); /* banned: the same */
	run_all(&random, commands, &hits);
	judge(true, "no difference");
	if (getenv("MODEL_BRIEF") == NULL) {
		run_until_met(&random, commands, &hits);
		check_same_seed(&random);
		print_hits(&hits);
		judge_hits(&hits, commands);
	}
	printf("%u passed, %u failed\n", passed, failed);
	return failed == 0 ? 0 : 1;
}
