/* Batches that follow from a seed: see journal_workload.h. */
#include "tests/support/journal_workload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KINDS 7u

/* splitmix64: one well-mixed number from two. */
static uint64_t mix(uint64_t seed, uint64_t value)
{
	uint64_t x = seed + value * UINT64_C(0x9E3779B97F4A7C15);
	x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
	return x ^ x >> 31;
}

void journal_workload_make(struct journal_workload *workload, uint64_t seed)
{
	*workload = (struct journal_workload){
		.seed = seed,
		.entries_max = 12,
		.entry_size_max = 700,
		.buffer = malloc(BATCH_SIZE_MAX),
		.read_buffer = malloc(BATCH_SIZE_MAX),
		.expected = malloc(BATCH_SIZE_MAX),
	};
	enum result result = batch_hasher_open(&workload->hasher);
	if (result != RESULT_OK || workload->buffer == NULL || workload->read_buffer == NULL ||
	    workload->expected == NULL)
		abort();
}

void journal_workload_free(struct journal_workload *workload)
{
	batch_hasher_close(workload->hasher);
	free(workload->buffer);
	free(workload->read_buffer);
	free(workload->expected);
}

static uint32_t entry_size(const struct journal_workload *workload, uint64_t sequence)
{
	uint64_t number = mix(workload->seed ^ 1, sequence);
	if (number % 16 == 0)
		return 0;
	return (uint32_t)(number >> 8) % (workload->entry_size_max + 1);
}

/* One content in eight is all zero: written sectors of zeros must not look unwritten. */
static void entry_content(
    const struct journal_workload *workload, uint64_t sequence, uint8_t *ret_bytes, uint32_t size)
{
	uint64_t start = mix(workload->seed ^ 2, sequence);
	memset(ret_bytes, 0, size);
	if (start % 8 == 0)
		return;
	for (uint32_t at = 0; at < size; at++)
		ret_bytes[at] = (uint8_t)(mix(start, at / 8) >> (at % 8 * 8));
}

uint32_t journal_workload_count(const struct journal_workload *workload, uint64_t first_sequence)
{
	uint64_t number = mix(workload->seed ^ 3, first_sequence);
	return number % 4 == 0 ? 1 : 1 + (uint32_t)(number >> 8) % workload->entries_max;
}

struct shared_log_batch journal_workload_next(
    struct journal_workload *workload, const struct shared_log *log)
{
	struct batch_builder builder;
	uint8_t previous_hash[SHARED_LOG_HASH_SIZE];
	uint8_t hash[BATCH_HASH_SIZE];
	uint64_t first_sequence = shared_log_durable_sequence(log) + 1;
	struct batch_head head = {
		.first_sequence = first_sequence,
		.instant_us = INT64_C(1700000000000000) + (int64_t)first_sequence * 1000,
		.epoch = shared_log_epoch(log),
	};
	uint32_t count = journal_workload_count(workload, first_sequence);
	batch_begin(&builder, workload->buffer, shared_log_batch_size_max(log), &head);
	for (uint32_t index = 0; index < count; index++) {
		uint64_t sequence = first_sequence + index;
		uint32_t size = entry_size(workload, sequence);
		uint8_t *content = batch_entry_begin(&builder, size);
		if (content == NULL)
			abort();
		entry_content(workload, sequence, content, size);
		struct batch_entry_type type = {1, (uint16_t)(sequence % KINDS)};
		batch_entry_end(&builder, type, size);
	}
	shared_log_tail_hash(log, previous_hash);
	if (batch_seal(&builder, workload->hasher, previous_hash, hash) != RESULT_OK)
		abort();
	return (struct shared_log_batch){
		.bytes = builder.buffer,
		.size = builder.size,
		.count = count,
		.first_sequence = first_sequence,
		.epoch = head.epoch,
	};
}

bool journal_workload_is_batch(struct journal_workload *workload, uint64_t first_sequence,
    const uint8_t *bytes, uint32_t size)
{
	struct batch batch;
	struct batch_entry entry;
	uint8_t *expected = workload->expected;
	bool good = batch_open(bytes, size, workload->hasher, &batch) == RESULT_OK &&
	    batch.head.first_sequence == first_sequence && batch.head.flags == 0 &&
	    batch.count == journal_workload_count(workload, first_sequence);
	for (uint32_t index = 0; good && index < batch.count; index++) {
		uint64_t sequence = first_sequence + index;
		good = batch_next(&batch, &entry) == RESULT_OK && entry.sequence == sequence &&
		    entry.size == entry_size(workload, sequence) && entry.type.version == 1 &&
		    entry.type.kind == sequence % KINDS;
		if (good) {
			entry_content(workload, sequence, expected, entry.size);
			good = memcmp(expected, entry.bytes, entry.size) == 0;
		}
	}
	return good && batch_next(&batch, &entry) == RESULT_NOT_FOUND;
}

const char *journal_workload_check(
    struct journal_workload *workload, struct shared_log *log, uint64_t sequence)
{
	struct shared_log_buffer buffer = {workload->read_buffer, BATCH_SIZE_MAX};
	uint64_t last = shared_log_durable_sequence(log);
	while (sequence <= last) {
		struct shared_log_found found = {0};
		if (shared_log_read_from(log, sequence, buffer, &found) != RESULT_OK)
			return "a durable batch cannot be read";
		if (found.first_sequence != sequence)
			return "a batch does not begin where it should";
		if (!journal_workload_is_batch(workload, sequence, buffer.bytes, found.size))
			return "a batch does not hold what was written";
		sequence += found.count;
	}
	if (sequence != last + 1)
		return "the last batch does not end where it should";
	struct shared_log_found found = {0};
	if (shared_log_read_from(log, sequence, buffer, &found) != RESULT_NOT_FOUND)
		return "there is something after the last batch";
	return NULL;
}
