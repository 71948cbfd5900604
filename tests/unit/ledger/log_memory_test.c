/* The memory log: a writer that follows the rules of shared_log.h loses and doubles nothing,
 * whatever the log answers; the same seed gives the same run; fencing and failure are final. */
#include "engine/ledger/log_memory.h"

#include "tests/support/journal_workload.h"
#include "tests/support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define APPENDS 400u

static struct journal_workload workload;
static uint64_t delayed_us;

static int setup(void **state)
{
	(void)state;
	journal_workload_make(&workload, 77);
	delayed_us = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	journal_workload_free(&workload);
	return 0;
}

static void count_delay(void *context, uint32_t delay_us)
{
	(void)context;
	delayed_us += delay_us;
}

/* Appends one batch as a journal thread must. Returns the number of tries, 0 when not durable. */
static uint32_t append_stubbornly(struct shared_log *log, enum result *ret_result)
{
	struct shared_log_batch batch = journal_workload_next(&workload, log);
	struct shared_log_buffer buffer = {workload.read_buffer, BATCH_SIZE_MAX};
	enum result result = shared_log_append(log, &batch);
	uint32_t tries = 1;
	while (result == RESULT_LOG_UNKNOWN && tries < 1000) {
		result = shared_log_settle(log, &batch, buffer);
		if (result == RESULT_NOT_FOUND) {
			tries++;
			result = shared_log_append(log, &batch);
		}
	}
	*ret_result = result;
	return result == RESULT_OK ? tries : 0;
}

static struct log_memory_options options_of(uint64_t seed)
{
	return (struct log_memory_options){
		.seed = seed,
		.capacity = 8u * 1024u * 1024u,
		.unknown_rate = 300,
		.unread_rate = 200,
		.delay_rate = 100,
		.delay_us_max = 50,
		.delay = count_delay,
	};
}

/* Reads past RESULT_LOG_UNKNOWN until the whole log was checked. */
static void check_all(struct shared_log *log)
{
	struct shared_log_buffer buffer = {workload.read_buffer, BATCH_SIZE_MAX};
	uint64_t last = shared_log_durable_sequence(log);
	uint64_t sequence = 1;
	uint32_t calls = 0;
	while (sequence <= last) {
		struct shared_log_found found = {0};
		enum result result = shared_log_read_from(log, sequence, buffer, &found);
		assert_true(calls++ < 100000);
		if (result == RESULT_LOG_UNKNOWN)
			continue;
		assert_int_equal(result, RESULT_OK);
		assert_int_equal(found.first_sequence, sequence);
		assert_true(journal_workload_is_batch(
		    &workload, sequence, buffer.bytes, found.size));
		sequence += found.count;
	}
	assert_int_equal(sequence, last + 1);
}

static void nothing_is_lost_or_doubled(void **state)
{
	(void)state;
	struct test_random random = test_random_make("nothing_is_lost_or_doubled");
	struct log_memory_counts total = {0};
	for (uint32_t round = 0; round < 20; round++) {
		struct log_memory_options options = options_of(test_random_u64(&random));
		struct log_memory *memory = NULL;
		assert_int_equal(log_memory_make(&options, &memory), RESULT_OK);
		struct shared_log *log = log_memory_shared(memory);
		uint64_t expected = 0;
		for (uint32_t index = 0; index < APPENDS; index++) {
			enum result result = RESULT_OK;
			uint64_t first = shared_log_durable_sequence(log) + 1;
			assert_int_equal(first, expected + 1);
			assert_true(append_stubbornly(log, &result) > 0);
			expected += journal_workload_count(&workload, first);
			assert_int_equal(shared_log_durable_sequence(log), expected);
		}
		check_all(log);
		struct log_memory_counts counts = log_memory_counts(memory);
		total.unknown_landed += counts.unknown_landed;
		total.unknown_lost += counts.unknown_lost;
		total.unknown_late += counts.unknown_late;
		total.repeated += counts.repeated;
		total.delayed += counts.delayed;
		log_memory_free(memory);
	}
	/* The test met what it is about. */
	assert_true(total.unknown_landed > 500);
	assert_true(total.unknown_lost > 500);
	assert_true(total.unknown_late > 500);
	assert_true(total.repeated > 20);
	assert_true(total.delayed > 200 && delayed_us >= total.delayed);
}

static void the_same_seed_gives_the_same_run(void **state)
{
	(void)state;
	uint8_t hashes[2][SHARED_LOG_HASH_SIZE];
	struct log_memory_counts counts[2];
	for (uint32_t run = 0; run < 2; run++) {
		struct log_memory_options options = options_of(123456);
		struct log_memory *memory = NULL;
		assert_int_equal(log_memory_make(&options, &memory), RESULT_OK);
		struct shared_log *log = log_memory_shared(memory);
		for (uint32_t index = 0; index < APPENDS; index++) {
			enum result result = RESULT_OK;
			assert_true(append_stubbornly(log, &result) > 0);
		}
		shared_log_tail_hash(log, hashes[run]);
		counts[run] = log_memory_counts(memory);
		log_memory_free(memory);
	}
	assert_memory_equal(hashes[0], hashes[1], SHARED_LOG_HASH_SIZE);
	assert_memory_equal(&counts[0], &counts[1], sizeof(counts[0]));
}

static void another_writer_fences(void **state)
{
	(void)state;
	struct log_memory_options options = options_of(5);
	struct log_memory *memory = NULL;
	options.fenced_after = 50;
	assert_int_equal(log_memory_make(&options, &memory), RESULT_OK);
	struct shared_log *log = log_memory_shared(memory);
	enum result result = RESULT_OK;
	uint32_t done = 0;
	while (append_stubbornly(log, &result) > 0)
		done++;
	assert_true(done > 10 && done <= 50);
	assert_int_equal(result, RESULT_LOG_FENCED);
	assert_int_equal(append_stubbornly(log, &result), 0);
	assert_int_equal(result, RESULT_LOG_FENCED);
	/* The next writer has the next epoch, and the old one's batches. */
	uint64_t last = shared_log_durable_sequence(log);
	log_memory_restart(memory);
	assert_int_equal(shared_log_epoch(log), 2);
	assert_true(shared_log_durable_sequence(log) >= last);
	for (uint32_t index = 0; index < 50; index++)
		assert_true(append_stubbornly(log, &result) > 0);
	check_all(log);
	assert_int_equal(shared_log_stop(log), RESULT_OK);
	shared_log_close(log);
	log_memory_free(memory);
}

static void failure_is_final(void **state)
{
	(void)state;
	struct log_memory_options options = options_of(6);
	struct log_memory *memory = NULL;
	struct shared_log_buffer buffer = {workload.read_buffer, BATCH_SIZE_MAX};
	struct shared_log_found found;
	options.fails_after = 20;
	assert_int_equal(log_memory_make(&options, &memory), RESULT_OK);
	struct shared_log *log = log_memory_shared(memory);
	enum result result = RESULT_OK;
	while (append_stubbornly(log, &result) > 0)
		continue;
	assert_int_equal(result, RESULT_IO_FAILED);
	assert_int_equal(shared_log_read_from(log, 1, buffer, &found), RESULT_IO_FAILED);
	assert_int_equal(shared_log_prepare(log), RESULT_IO_FAILED);
	assert_int_equal(shared_log_stop(log), RESULT_IO_FAILED);
	log_memory_restart(memory);
	assert_true(append_stubbornly(log, &result) > 0);
	check_all(log);
	log_memory_free(memory);
}

static void a_full_log_says_so(void **state)
{
	(void)state;
	struct log_memory_options options = {.seed = 1, .capacity = 200000};
	struct log_memory *memory = NULL;
	assert_int_equal(log_memory_make(&options, &memory), RESULT_OK);
	struct shared_log *log = log_memory_shared(memory);
	enum result result = RESULT_OK;
	uint32_t done = 0;
	while (append_stubbornly(log, &result) > 0)
		done++;
	assert_int_equal(result, RESULT_DISK_NEARLY_FULL);
	assert_true(done > 5);
	check_all(log);
	log_memory_free(memory);
}

static void *read_on(void *context)
{
	struct shared_log *log = context;
	uint8_t *bytes = malloc(BATCH_SIZE_MAX);
	struct shared_log_buffer buffer = {bytes, BATCH_SIZE_MAX};
	uint64_t sequence = 1;
	while (bytes != NULL && sequence <= 1000) {
		struct shared_log_found found = {0};
		if (shared_log_read_from(log, sequence, buffer, &found) == RESULT_OK)
			sequence += found.count;
	}
	free(bytes);
	return NULL;
}

static void readers_run_beside_the_writer(void **state)
{
	(void)state;
	struct log_memory_options options = options_of(8);
	struct log_memory *memory = NULL;
	pthread_t thread;
	assert_int_equal(log_memory_make(&options, &memory), RESULT_OK);
	struct shared_log *log = log_memory_shared(memory);
	assert_int_equal(pthread_create(&thread, NULL, read_on, log), 0);
	enum result result = RESULT_OK;
	while (shared_log_durable_sequence(log) < 1000)
		assert_true(append_stubbornly(log, &result) > 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	log_memory_free(memory);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(nothing_is_lost_or_doubled),
		CASE(the_same_seed_gives_the_same_run),
		CASE(another_writer_fences),
		CASE(failure_is_final),
		CASE(a_full_log_says_so),
		CASE(readers_run_beside_the_writer),
	};
	return cmocka_run_group_tests_name("log_memory", tests, NULL, NULL);
}
