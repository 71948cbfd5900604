/* The pipeline over the log in memory, which delays, answers unknown, fails and is fenced, with the
 * invented rules of the synthetic ledger: nothing returns before it is durable, everything returns
 * once, keys count once, time and midnight jobs go forward. */
#include "engine/pipeline/pipeline.h"

#include "engine/domain/state.h"
#include "engine/ledger/log_memory.h"
#include "engine/ledger/recovery.h"
#include "engine/ledger/shared_log.h"
#include "engine/pipeline/completion.h"
#include "engine/pipeline/work.h"
#include "engine/system/clock.h"
#include "tests/support/random.h"
#include "tests/support/synthetic_ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ROOM        200000u
#define PATIENCE_MS 120000u /* for what takes no time, on a slow machine under a sanitizer */
#define DAY_US      (INT64_C(86400) * 1000000)

static struct log_memory *memory;
static struct shared_log *journal;
static struct synthetic_ledger live;
static struct pipeline *pipeline;
static struct completion_queue queue;
static _Atomic int64_t clock_us;
static _Atomic int failure;
static _Atomic uint32_t failures;

static const struct pipeline_rules rules = {
    .decide = synthetic_decide,
    .tick_due = synthetic_tick_due,
};

static struct instant read_clock(void *context)
{
	(void)context;
	return (struct instant){atomic_load(&clock_us)};
}

static void note_failure(enum result result, void *context)
{
	(void)context;
	atomic_store(&failure, (int)result);
	atomic_fetch_add(&failures, 1u);
}

static void sleep_us(void *context, uint32_t delay_us)
{
	(void)context;
	(void)usleep(delay_us);
}

static void start(uint64_t sequence, struct instant last, uint32_t stall_ms)
{
	struct pipeline_config config = {
	    .state = &live.state,
	    .log = journal,
	    .sequence = sequence,
	    .last_instant = last,
	    .clock = read_clock,
	    .failed = note_failure,
	    .rules = &rules,
	    .stall_ms_max = stall_ms,
	};
	assert_int_equal(pipeline_start(&config, &pipeline), RESULT_OK);
}

static void begin(const struct log_memory_options *options)
{
	assert_int_equal(log_memory_make(options, &memory), RESULT_OK);
	journal = log_memory_shared(memory);
	synthetic_ledger_make(&live, ROOM);
	assert_int_equal(completion_open(&queue), RESULT_OK);
	atomic_store(&clock_us, 1000000);
	atomic_store(&failure, RESULT_OK);
	atomic_store(&failures, 0u);
	start(0, (struct instant){INT64_MIN}, 100);
}

static void end(enum result expected)
{
	assert_int_equal(pipeline_stop(pipeline), expected);
	pipeline_free(pipeline);
	completion_close(&queue);
	synthetic_ledger_free(&live);
	shared_log_close(journal);
	log_memory_free(memory);
}

/* A work that is taken and comes back. */
static void submit_and_wait(struct work *work)
{
	assert_int_equal(pipeline_submit(pipeline, work), RESULT_OK);
	assert_ptr_equal(completion_wait(&queue, PATIENCE_MS), work);
}

/* Submits one command and waits for it. */
static enum result run(struct command command, struct outcome *ret_outcome, struct work *ret_work)
{
	struct work work = {
	    .kind = WORK_COMMANDS,
	    .count = 1,
	    .commands = &command,
	    .outcomes = ret_outcome,
	    .queue = &queue,
	};
	enum result result = pipeline_submit(pipeline, &work);
	if (result != RESULT_OK)
		return result;
	assert_ptr_equal(completion_wait(&queue, PATIENCE_MS), &work);
	if (work.result == RESULT_OK)
		assert_true(shared_log_durable_sequence(journal) >= work.last_sequence);
	*ret_work = work;
	return work.result;
}

static enum result run_plain(struct command command)
{
	struct outcome outcome;
	struct work work;
	return run(command, &outcome, &work);
}

static void make_ledger(enum clock_mode mode, int64_t us)
{
	assert_int_equal(run_plain(synthetic_genesis(mode, (struct instant){us})), RESULT_OK);
}

/* On a log that may answer unknown the genesis may come back unknown too, and lands later. */
static void make_ledger_at_last(void)
{
	enum result result =
	    run_plain(synthetic_genesis(CLOCK_MODE_SYSTEM, (struct instant){1000000}));
	if (result == RESULT_OK)
		return;
	assert_int_equal(result, RESULT_OUTCOME_UNKNOWN);
	for (int waited = 0; shared_log_durable_sequence(journal) < 1 && waited < 6000; waited++)
		(void)usleep(10000);
	assert_int_equal(shared_log_durable_sequence(journal), 1);
}

/* Replays the log from nothing and compares. */
static void assert_log_gives(const struct synthetic_ledger *expected)
{
	struct synthetic_ledger back;
	struct recovery_report report;
	char ours[65];
	char theirs[65];
	synthetic_ledger_make(&back, ROOM);
	struct recovery_config config = {.log = journal, .state = &back.state, .check_all = true};
	assert_int_equal(recovery_run(&config, &report), RESULT_OK);
	synthetic_hash(expected, ours);
	synthetic_hash(&back, theirs);
	assert_string_equal(ours, theirs);
	synthetic_ledger_free(&back);
}

/* ---- One at a time ---- */

static void one_command(void **state)
{
	(void)state;
	begin(&(struct log_memory_options){.seed = 1, .capacity = UINT64_C(1) << 26});
	make_ledger(CLOCK_MODE_SYSTEM, 1000000);
	struct outcome outcome;
	struct work work;
	assert_int_equal(run(synthetic_beneficiary(5), &outcome, &work), RESULT_OK);
	assert_int_equal(outcome.result, RESULT_OK);
	assert_int_equal(outcome.sequence, 2);
	assert_int_equal(outcome.object, 1);
	assert_int_equal(work.last_sequence, 2);
	/* The same key again: the same outcome, no entry. */
	assert_int_equal(run(synthetic_beneficiary(5), &outcome, &work), RESULT_OK);
	assert_true(outcome.replayed);
	assert_int_equal(outcome.sequence, 2);
	assert_int_equal(work.last_sequence, 2);
	/* A refusal is stored under its key, and not without. */
	assert_int_equal(run(synthetic_vary(6, 0, 0), &outcome, &work), RESULT_OK);
	assert_int_equal(outcome.result, RESULT_FUND_EXHAUSTED);
	assert_int_equal(work.last_sequence, 3);
	assert_int_equal(run(synthetic_vary(0, 0, 0), &outcome, &work), RESULT_OK);
	assert_int_equal(outcome.result, RESULT_FUND_EXHAUSTED);
	assert_int_equal(work.last_sequence, 3);
	struct pipeline_figures figures;
	pipeline_figures_read(pipeline, &figures);
	assert_int_equal(figures.entries, 3);
	assert_int_equal(figures.commands, 5);
	assert_int_equal(figures.batches, 3);
	assert_int_equal(figures.batch_entries[0], 3);
	assert_int_equal(figures.sequence, 3);
	assert_int_equal(figures.durable_sequence, 3);
	assert_log_gives(&live);
	end(RESULT_OK);
}

struct look {
	uint32_t beneficiaries;
	uint64_t sequence;
	struct instant now;
};

static void look_at_state(
    const struct state *state, struct instant now, uint64_t sequence, void *context)
{
	struct look *look = context;
	look->beneficiaries = state_count(state, RECORD_KIND_BENEFICIARY);
	look->sequence = sequence;
	look->now = now;
}

static void reads_and_checks(void **state)
{
	(void)state;
	begin(&(struct log_memory_options){.seed = 1, .capacity = UINT64_C(1) << 26});
	make_ledger(CLOCK_MODE_SYSTEM, 1000000);
	assert_int_equal(run_plain(synthetic_beneficiary(1)), RESULT_OK);
	struct command commands[2] = {synthetic_beneficiary(2), synthetic_beneficiary(3)};
	struct outcome outcomes[2];
	struct work check = {
	    .kind = WORK_CHECK,
	    .count = 2,
	    .commands = commands,
	    .outcomes = outcomes,
	    .queue = &queue,
	};
	submit_and_wait(&check);
	assert_int_equal(check.result, RESULT_OK);
	assert_int_equal(outcomes[0].object, 2);
	assert_int_equal(outcomes[1].object, 2); /* each as if it were the next */
	struct look look = {0};
	struct work read = {
	    .kind = WORK_READ, .read = look_at_state, .context = &look, .queue = &queue};
	atomic_store(&clock_us, 7000000);
	assert_int_equal(run_plain(synthetic_beneficiary(4)), RESULT_OK);
	submit_and_wait(&read);
	assert_int_equal(look.beneficiaries, 2);
	assert_int_equal(look.sequence, 3);
	assert_int_equal(look.now.us, 7000000);
	end(RESULT_OK);
}

/* ---- Many at once ---- */

#define CLIENTS        4u
#define CLIENT_WORKS   150u
#define WORK_SIZE      20u

struct client {
	pthread_t thread;
	uint64_t first_key;
	uint32_t answered;
	uint32_t unknown;
	bool repeats; /* works that came back unknown are offered again until they are known */
};

/* Sends works of commands of its own keys; every answer is durable when it comes. */
static void *be_client(void *context)
{
	struct client *client = context;
	struct completion_queue mine;
	struct command commands[WORK_SIZE];
	struct outcome outcomes[WORK_SIZE];
	assert_int_equal(completion_open(&mine), RESULT_OK);
	for (uint32_t i = 0; i < CLIENT_WORKS; i++) {
		for (uint32_t at = 0; at < WORK_SIZE; at++)
			commands[at] = synthetic_beneficiary(client->first_key + i * WORK_SIZE + at);
		struct work work = {
		    .kind = WORK_COMMANDS,
		    .count = WORK_SIZE,
		    .commands = commands,
		    .outcomes = outcomes,
		    .queue = &mine,
		};
		enum result result = RESULT_OUTCOME_UNKNOWN;
		while (result == RESULT_OUTCOME_UNKNOWN || result == RESULT_OVERLOADED) {
			result = pipeline_submit(pipeline, &work);
			if (result == RESULT_OK) {
				assert_ptr_equal(completion_wait(&mine, PATIENCE_MS), &work);
				result = work.result;
			}
			client->unknown += result == RESULT_OUTCOME_UNKNOWN;
			if (result == RESULT_OUTCOME_UNKNOWN && !client->repeats)
				break;
			if (result == RESULT_OVERLOADED)
				(void)usleep(1000);
		}
		if (result != RESULT_OK)
			break;
		assert_true(shared_log_durable_sequence(journal) >= work.last_sequence);
		client->answered += WORK_SIZE;
	}
	completion_close(&mine);
	return NULL;
}

static void run_clients(struct client *clients, bool repeats)
{
	for (uint32_t i = 0; i < CLIENTS; i++) {
		clients[i] = (struct client){
		    .first_key = 1000 + i * CLIENT_WORKS * WORK_SIZE, .repeats = repeats};
		assert_int_equal(
		    pthread_create(&clients[i].thread, NULL, be_client, &clients[i]), 0);
	}
	for (uint32_t i = 0; i < CLIENTS; i++)
		(void)pthread_join(clients[i].thread, NULL);
}

static void clients_at_once(void **state)
{
	(void)state;
	struct test_random random = test_random_make("clients_at_once");
	begin(&(struct log_memory_options){
	    .seed = test_random_u64(&random),
	    .capacity = UINT64_C(1) << 28,
	    .delay_rate = 500,
	    .delay_us_max = 400,
	    .delay = sleep_us,
	});
	make_ledger(CLOCK_MODE_SYSTEM, 1000000);
	struct client clients[CLIENTS];
	run_clients(clients, false);
	for (uint32_t i = 0; i < CLIENTS; i++) {
		assert_int_equal(clients[i].answered, CLIENT_WORKS * WORK_SIZE);
		assert_int_equal(clients[i].unknown, 0);
	}
	assert_int_equal(state_count(&live.state, RECORD_KIND_BENEFICIARY),
	    CLIENTS * CLIENT_WORKS * WORK_SIZE);
	struct pipeline_figures figures;
	pipeline_figures_read(pipeline, &figures);
	assert_int_equal(figures.entries, 1 + CLIENTS * CLIENT_WORKS * WORK_SIZE);
	assert_true(figures.batches < figures.entries / 10); /* they share syncs */
	assert_log_gives(&live);
	end(RESULT_OK);
}

/* Half of all appends do not say what came of them: nobody notices but by waiting. */
static void a_log_that_answers_unknown(void **state)
{
	(void)state;
	struct test_random random = test_random_make("a_log_that_answers_unknown");
	begin(&(struct log_memory_options){
	    .seed = test_random_u64(&random),
	    .capacity = UINT64_C(1) << 28,
	    .unknown_rate = 300,
	    .unread_rate = 100,
	});
	make_ledger_at_last();
	struct client clients[CLIENTS];
	run_clients(clients, true);
	for (uint32_t i = 0; i < CLIENTS; i++)
		assert_int_equal(clients[i].answered, CLIENT_WORKS * WORK_SIZE);
	assert_int_equal(state_count(&live.state, RECORD_KIND_BENEFICIARY),
	    CLIENTS * CLIENT_WORKS * WORK_SIZE);
	struct log_memory_counts counts = log_memory_counts(memory);
	assert_true(counts.unknown_landed > 0 && counts.unknown_lost > 0);
	end(RESULT_OK);
}

/* Another writer takes over, or a write fails: whoever was answered is in the log, everything comes
 * back, the failure is told once. */
static void assert_ends_well(struct log_memory_options options, enum result expected)
{
	begin(&options);
	make_ledger(CLOCK_MODE_SYSTEM, 1000000);
	struct client clients[CLIENTS];
	run_clients(clients, false);
	while (atomic_load(&failures) == 0)
		(void)usleep(100);
	uint32_t answered = 0;
	for (uint32_t i = 0; i < CLIENTS; i++)
		answered += clients[i].answered;
	assert_true(answered < CLIENTS * CLIENT_WORKS * WORK_SIZE);
	assert_int_equal(atomic_load(&failure), expected);
	assert_int_equal(run_plain(synthetic_beneficiary(9)), RESULT_DRAINING);
	struct synthetic_ledger back;
	struct recovery_report report;
	synthetic_ledger_make(&back, ROOM);
	struct recovery_config config = {.log = journal, .state = &back.state};
	assert_int_equal(pipeline_stop(pipeline), expected);
	assert_int_equal(atomic_load(&failures), 1);
	log_memory_restart(memory);
	assert_int_equal(recovery_run(&config, &report), RESULT_OK);
	assert_true(state_count(&back.state, RECORD_KIND_BENEFICIARY) >= answered);
	for (uint32_t i = 0; i < CLIENTS; i++) {
		for (uint32_t at = 0; at < clients[i].answered; at++) {
			struct command command = synthetic_beneficiary(clients[i].first_key + at);
			assert_int_not_equal(
			    state_find_receipt(&back.state, command.key_hash).raw, 0);
		}
	}
	synthetic_ledger_free(&back);
	pipeline_free(pipeline);
	completion_close(&queue);
	synthetic_ledger_free(&live);
	shared_log_close(journal);
	log_memory_free(memory);
}

static void fenced(void **state)
{
	(void)state;
	for (uint64_t after = 1; after < 40; after += 7)
		assert_ends_well(
		    (struct log_memory_options){
			.seed = after, .capacity = UINT64_C(1) << 28, .fenced_after = after + 1},
		    RESULT_LOG_FENCED);
}

static void failing(void **state)
{
	(void)state;
	for (uint64_t after = 1; after < 40; after += 7)
		assert_ends_well(
		    (struct log_memory_options){
			.seed = after, .capacity = UINT64_C(1) << 28, .fails_after = after + 1},
		    RESULT_IO_FAILED);
}

/* The log takes nothing any more: works in flight come back unknown after a while, new ones are
 * refused, reads are not lost, and the end is told as a failure. */
static void a_full_log(void **state)
{
	(void)state;
	begin(&(struct log_memory_options){.seed = 1, .capacity = 20000});
	make_ledger(CLOCK_MODE_SYSTEM, 1000000);
	enum result result = RESULT_OK;
	uint64_t key = 1;
	while (result == RESULT_OK)
		result = run_plain(synthetic_provider(key++));
	assert_int_equal(result, RESULT_OUTCOME_UNKNOWN);
	assert_true(key > 10);
	result = run_plain(synthetic_provider(key));
	assert_true(result == RESULT_DISK_NEARLY_FULL || result == RESULT_OVERLOADED);
	struct look look = {0};
	struct work read = {
	    .kind = WORK_READ, .read = look_at_state, .context = &look, .queue = &queue};
	submit_and_wait(&read);
	assert_int_equal(read.result, RESULT_OUTCOME_UNKNOWN); /* it saw what is not durable */
	struct pipeline_figures figures;
	pipeline_figures_read(pipeline, &figures);
	assert_true(figures.unknowns >= 2 && figures.overloads >= 1);
	end(RESULT_DISK_NEARLY_FULL);
	assert_int_equal(atomic_load(&failures), 1);
}

/* ---- Waking ---- */

#define NAPS_MAX_MS 8000u /* a thread that is not woken sleeps up to a second, each time */

/* One after another: each finds all threads asleep. */
static void nobody_sleeps_over_a_work(void **state)
{
	(void)state;
	begin(&(struct log_memory_options){.seed = 1, .capacity = UINT64_C(1) << 26});
	make_ledger(CLOCK_MODE_SYSTEM, 1000000);
	uint64_t began_ms = clock_monotonic_ms();
	for (uint32_t i = 0; i < 30; i++)
		assert_int_equal(run_plain(synthetic_beneficiary(i + 1)), RESULT_OK);
	assert_true(clock_monotonic_ms() - began_ms < NAPS_MAX_MS);
	end(RESULT_OK);
}

/* Two: the second is judged while the first is being made durable, and leaves when that is done. */
static void nobody_sleeps_over_a_batch(void **state)
{
	(void)state;
	begin(&(struct log_memory_options){
	    .seed = 1,
	    .capacity = UINT64_C(1) << 26,
	    .delay_rate = 1000,
	    .delay_us_max = 20000,
	    .delay = sleep_us,
	});
	make_ledger(CLOCK_MODE_SYSTEM, 1000000);
	uint64_t began_ms = clock_monotonic_ms();
	for (uint32_t i = 0; i < 30; i++) {
		struct command commands[2];
		struct outcome outcomes[2];
		struct work works[2];
		for (uint32_t place = 0; place < 2; place++) {
			commands[place] = synthetic_beneficiary(2 * i + place + 1);
			works[place] = (struct work){
			    .kind = WORK_COMMANDS,
			    .count = 1,
			    .commands = &commands[place],
			    .outcomes = &outcomes[place],
			    .queue = &queue,
			};
			assert_int_equal(pipeline_submit(pipeline, &works[place]), RESULT_OK);
			(void)usleep(2000);
		}
		for (uint32_t back = 0; back < 2;)
			for (struct work *work = completion_wait(&queue, PATIENCE_MS); work != NULL;
			     work = work->next, back++)
				assert_int_equal(work->result, RESULT_OK);
	}
	assert_true(clock_monotonic_ms() - began_ms < NAPS_MAX_MS);
	end(RESULT_OK);
}

/* ---- Large works ---- */

static void a_work_larger_than_a_batch(void **state)
{
	(void)state;
	begin(&(struct log_memory_options){.seed = 1, .capacity = UINT64_C(1) << 28});
	make_ledger(CLOCK_MODE_SYSTEM, 1000000);
	struct command *commands = calloc(WORK_COMMANDS_MAX, sizeof(*commands));
	struct outcome *outcomes = calloc(WORK_COMMANDS_MAX, sizeof(*outcomes));
	for (uint32_t i = 0; i < WORK_COMMANDS_MAX; i++)
		commands[i] = synthetic_vary(i + 1, 1, 700); /* about 28 KB each, plain */
	commands[WORK_COMMANDS_MAX - 1] = commands[0];       /* the same key, in one work */
	struct work work = {
	    .kind = WORK_COMMANDS,
	    .count = WORK_COMMANDS_MAX,
	    .commands = commands,
	    .outcomes = outcomes,
	    .queue = &queue,
	};
	submit_and_wait(&work);
	assert_int_equal(work.result, RESULT_OK);
	for (uint32_t i = 0; i < WORK_COMMANDS_MAX - 1; i++) {
		assert_int_equal(outcomes[i].result, RESULT_OK);
		assert_int_equal(outcomes[i].sequence, i + 2);
	}
	assert_true(outcomes[WORK_COMMANDS_MAX - 1].replayed);
	assert_int_equal(outcomes[WORK_COMMANDS_MAX - 1].sequence, 2);
	assert_int_equal(shared_log_durable_sequence(journal), WORK_COMMANDS_MAX);
	struct pipeline_figures figures;
	pipeline_figures_read(pipeline, &figures);
	assert_true(figures.batches >= 4);
	assert_log_gives(&live);
	free(commands);
	free(outcomes);
	end(RESULT_OK);
}

/* ---- Groups ---- */

static uint32_t receipts_of(const struct command *commands, uint32_t count)
{
	uint32_t found = 0;
	for (uint32_t i = 0; i < count; i++)
		found += state_find_receipt(&live.state, commands[i].key_hash).raw != 0;
	return found;
}

/* The last line may not stand: nothing of the group has happened, to the receipts of the lines before
 * it. Without it the others stand, in one batch, and are known when they come again. */
static void a_group_stands_together_or_not_at_all(void **state)
{
	(void)state;
	begin(&(struct log_memory_options){.seed = 1, .capacity = UINT64_C(1) << 26});
	make_ledger(CLOCK_MODE_SYSTEM, 1000000);
	const struct command commands[4] = {synthetic_beneficiary(1), synthetic_provider(2),
	    synthetic_vary(3, 500, 3), synthetic_vary(4, 0, 0)};
	struct outcome outcomes[4];
	for (uint32_t count = 4; count >= 3; count--) {
		struct work work = {
		    .kind = WORK_COMMANDS,
		    .mode = WORK_TOGETHER,
		    .count = count,
		    .commands = commands,
		    .outcomes = outcomes,
		    .queue = &queue,
		};
		submit_and_wait(&work);
		assert_int_equal(work.result, RESULT_OK);
		assert_int_equal(work.blocked_at, count == 4 ? 3 : WORK_NOT_BLOCKED);
		assert_int_equal(work.last_sequence, count == 4 ? 1 : 4);
		assert_int_equal(receipts_of(commands, 4), count == 4 ? 0 : 3);
		assert_int_equal(shared_log_durable_sequence(journal), count == 4 ? 1 : 4);
		assert_log_gives(&live);
	}
	struct pipeline_figures figures;
	pipeline_figures_read(pipeline, &figures);
	assert_int_equal(figures.batches, 2);
	struct outcome outcome;
	struct work work;
	assert_int_equal(run(commands[1], &outcome, &work), RESULT_OK);
	assert_true(outcome.replayed);
	assert_int_equal(outcome.sequence, 3);
	end(RESULT_OK);
}

/* The log fills amid a work. Its commands that found no place have not happened: as many are known by
 * their keys as have entries. Nobody is told that it was done. */
static void a_log_that_fills_amid_a_work(void **state)
{
	(void)state;
	begin(&(struct log_memory_options){.seed = 1, .capacity = 20000});
	make_ledger(CLOCK_MODE_SYSTEM, 1000000);
	struct command *commands = calloc(WORK_COMMANDS_MAX, sizeof(*commands));
	struct outcome *outcomes = calloc(WORK_COMMANDS_MAX, sizeof(*outcomes));
	for (uint32_t i = 0; i < WORK_COMMANDS_MAX; i++)
		commands[i] = synthetic_vary(i + 1, 1, 500); /* more than all batches hold */
	struct work work = {
	    .kind = WORK_COMMANDS,
	    .count = WORK_COMMANDS_MAX,
	    .commands = commands,
	    .outcomes = outcomes,
	    .queue = &queue,
	};
	submit_and_wait(&work);
	struct pipeline_figures figures;
	pipeline_figures_read(pipeline, &figures);
	assert_int_equal(work.result, RESULT_OUTCOME_UNKNOWN);
	assert_true(figures.entries > 1 && figures.entries < WORK_COMMANDS_MAX);
	assert_int_equal(receipts_of(commands, WORK_COMMANDS_MAX), figures.entries - 1);
	assert_true(shared_log_durable_sequence(journal) < figures.entries);
	free(commands);
	free(outcomes);
	end(RESULT_DISK_NEARLY_FULL);
}

/* ---- Time ---- */

static void midnight_jobs_run_by_themselves(void **state)
{
	(void)state;
	begin(&(struct log_memory_options){.seed = 1, .capacity = UINT64_C(1) << 28});
	atomic_store(&clock_us, DAY_US / 2);
	make_ledger(CLOCK_MODE_SYSTEM, DAY_US / 2);
	assert_int_equal(run_plain(synthetic_beneficiary(1)), RESULT_OK);
	assert_int_equal(shared_log_durable_sequence(journal), 2);
	/* Nobody asks anything; three midnights pass. */
	atomic_store(&clock_us, 3 * DAY_US + 5);
	for (int waited = 0; shared_log_durable_sequence(journal) < 5 && waited < 6000; waited++)
		(void)usleep(10000);
	assert_int_equal(shared_log_durable_sequence(journal), 5);
	struct outcome outcome;
	struct work work;
	assert_int_equal(run(synthetic_beneficiary(2), &outcome, &work), RESULT_OK);
	assert_int_equal(outcome.at.us, 3 * DAY_US + 5);
	/* The clock falls back: time stands still. */
	atomic_store(&clock_us, DAY_US);
	assert_int_equal(run(synthetic_beneficiary(3), &outcome, &work), RESULT_OK);
	assert_int_equal(outcome.at.us, 3 * DAY_US + 5);
	struct pipeline_figures figures;
	pipeline_figures_read(pipeline, &figures);
	assert_int_equal(figures.ticks, 3);
	assert_log_gives(&live);
	end(RESULT_OK);
}

static void a_manual_clock(void **state)
{
	(void)state;
	begin(&(struct log_memory_options){.seed = 1, .capacity = UINT64_C(1) << 28});
	atomic_store(&clock_us, 900 * DAY_US); /* the machine's clock is of no account */
	make_ledger(CLOCK_MODE_MANUAL, DAY_US / 2);
	struct outcome outcome;
	struct work work;
	assert_int_equal(run(synthetic_beneficiary(1), &outcome, &work), RESULT_OK);
	assert_int_equal(outcome.at.us, DAY_US / 2);
	struct command advance;
	memset(&advance, 0, sizeof(advance));
	advance.kind = COMMAND_KIND_CLOCK_ADVANCE;
	advance.input.clock_advance.to.us = 10 * DAY_US + 7;
	assert_int_equal(run(advance, &outcome, &work), RESULT_OK);
	assert_int_equal(outcome.result, RESULT_OK);
	assert_int_equal(outcome.sequence, 2 + 10 + 1); /* after the ten jobs it passed */
	assert_int_equal(run(synthetic_beneficiary(2), &outcome, &work), RESULT_OK);
	assert_int_equal(outcome.at.us, 10 * DAY_US + 7);
	assert_int_equal(state_ledger(&live.state, (struct ledger_id){1})->clock.us,
	    10 * DAY_US + 7);
	assert_log_gives(&live);
	/* After a restart it stands where it stood. */
	assert_int_equal(pipeline_stop(pipeline), RESULT_OK);
	pipeline_free(pipeline);
	log_memory_restart(memory);
	start(14, outcome.at, 100);
	assert_int_equal(run(synthetic_beneficiary(3), &outcome, &work), RESULT_OK);
	assert_int_equal(outcome.at.us, 10 * DAY_US + 7);
	end(RESULT_OK);
}

/* ---- The end ---- */

static void draining(void **state)
{
	(void)state;
	begin(&(struct log_memory_options){
	    .seed = 1,
	    .capacity = UINT64_C(1) << 28,
	    .delay_rate = 1000,
	    .delay_us_max = 2000,
	    .delay = sleep_us,
	});
	make_ledger(CLOCK_MODE_SYSTEM, 1000000);
	struct command commands[100];
	struct outcome outcomes[100];
	struct work works[100];
	for (uint32_t i = 0; i < 100; i++) {
		commands[i] = synthetic_beneficiary(i + 1);
		works[i] = (struct work){
		    .kind = WORK_COMMANDS,
		    .count = 1,
		    .commands = &commands[i],
		    .outcomes = &outcomes[i],
		    .queue = &queue,
		};
		assert_int_equal(pipeline_submit(pipeline, &works[i]), RESULT_OK);
	}
	pipeline_drain(pipeline);
	assert_int_equal(run_plain(synthetic_beneficiary(500)), RESULT_DRAINING);
	assert_int_equal(pipeline_stop(pipeline), RESULT_OK);
	uint32_t back = 0;
	for (struct work *work = completion_take(&queue); work != NULL; work = work->next) {
		assert_int_equal(work->result, RESULT_OK);
		back++;
	}
	assert_int_equal(back, 100);
	assert_log_gives(&live);
	pipeline_free(pipeline);
	completion_close(&queue);
	synthetic_ledger_free(&live);
	shared_log_close(journal);
	log_memory_free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_command),
	    cmocka_unit_test(reads_and_checks),
	    cmocka_unit_test(clients_at_once),
	    cmocka_unit_test(a_log_that_answers_unknown),
	    cmocka_unit_test(fenced),
	    cmocka_unit_test(failing),
	    cmocka_unit_test(a_full_log),
	    cmocka_unit_test(nobody_sleeps_over_a_work),
	    cmocka_unit_test(nobody_sleeps_over_a_batch),
	    cmocka_unit_test(a_work_larger_than_a_batch),
	    cmocka_unit_test(a_group_stands_together_or_not_at_all),
	    cmocka_unit_test(a_log_that_fills_amid_a_work),
	    cmocka_unit_test(midnight_jobs_run_by_themselves),
	    cmocka_unit_test(a_manual_clock),
	    cmocka_unit_test(draining),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
