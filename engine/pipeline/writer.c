/* The journal thread and the keeper of room: see writer.h. */
#include "engine/pipeline/writer.h"

#include "engine/ledger/shared_log.h"
#include "engine/pipeline/stage.h"

#include <stddef.h>

#define RETRY_MS         50u   /* between two questions to a log that does not answer */
#define IDLE_MS          1000u /* longest sleep */
#define KEEP_ROOM_MS     1000u
#define KEEP_ROOM_BYTES  (UINT64_C(256) << 10) /* appended, after which room is looked at early: */
					      /* a quarter of the smallest segment */

/* The log takes nothing: those who wait learn that their outcome is not known. */
static void give_back_all(struct pipeline *pipeline)
{
	uint64_t filled = atomic_load_explicit(&pipeline->filled, memory_order_acquire);
	uint64_t done = atomic_load_explicit(&pipeline->done, memory_order_relaxed);
	for (uint64_t slot = done; slot < filled; slot++)
		stage_return_all(pipeline, &pipeline->batches[slot % PIPELINE_BATCHES],
		    RESULT_OUTCOME_UNKNOWN);
}

/* Waits a little for a log that could not take a batch. False: it is of no use to wait longer,
 * because the process ends. */
static bool wait_for_log(struct pipeline *pipeline, uint32_t *inout_waited_ms)
{
	uint32_t heard = bell_listen(&pipeline->keeper_bell);
	bell_wait(&pipeline->keeper_bell, heard, RETRY_MS);
	if (atomic_load(&pipeline->failed))
		return false;
	if (*inout_waited_ms < pipeline->config.stall_ms_max) {
		*inout_waited_ms += RETRY_MS;
		return true;
	}
	atomic_store(&pipeline->stalled, true);
	give_back_all(pipeline);
	bell_ring(&pipeline->ledger_bell);
	return atomic_load(&pipeline->phase) != STAGE_STOPS;
}

/* Makes sealed bytes durable, however long it takes. */
static enum result append(struct pipeline *pipeline, const struct shared_log_batch *batch)
{
	struct shared_log *log = pipeline->config.log;
	struct shared_log_buffer buffer = {
	    .bytes = pipeline->settle_buffer, .capacity = BATCH_SIZE_MAX};
	uint32_t waited_ms = 0;
	enum result result = shared_log_append(log, batch);
	while (result == RESULT_LOG_UNKNOWN || result == RESULT_DISK_NEARLY_FULL) {
		if (result == RESULT_DISK_NEARLY_FULL)
			atomic_store(&pipeline->disk_nearly_full, true);
		if (!wait_for_log(pipeline, &waited_ms))
			return result;
		if (result == RESULT_LOG_UNKNOWN)
			result = shared_log_settle(log, batch, buffer);
		else
			result = RESULT_NOT_FOUND; /* nothing was written */
		if (result == RESULT_NOT_FOUND)
			result = shared_log_append(log, batch);
	}
	atomic_store(&pipeline->stalled, false);
	return result;
}

static uint32_t histogram_slot(uint32_t entries)
{
	ASSERT(entries >= 1);
	uint32_t slot = 31u - (uint32_t)__builtin_clz(entries);
	return slot < PIPELINE_HISTOGRAM_SLOTS ? slot : PIPELINE_HISTOGRAM_SLOTS - 1;
}

static enum result write_batch(struct pipeline *pipeline, struct stage_batch *stage)
{
	if (!stage->begun)
		return RESULT_OK; /* works alone: all before them is durable by now */
	uint8_t previous_hash[SHARED_LOG_HASH_SIZE];
	uint8_t hash[BATCH_HASH_SIZE];
	shared_log_tail_hash(pipeline->config.log, previous_hash);
	enum result result =
	    batch_seal(&stage->builder, pipeline->hasher, previous_hash, hash);
	if (result != RESULT_OK)
		return result;
	const struct shared_log_batch batch = {
	    .bytes = stage->buffer,
	    .size = stage->builder.size,
	    .count = stage->builder.count,
	    .first_sequence = stage->builder.head.first_sequence,
	    .epoch = stage->builder.head.epoch,
	};
	result = append(pipeline, &batch);
	if (result != RESULT_OK)
		return result;
	stage_count(&pipeline->appends, 1);
	stage_count(&pipeline->bytes, batch.size);
	stage_count(&pipeline->batch_entries[histogram_slot(batch.count)], 1);
	pipeline->bytes_since_prepare += batch.size;
	if (pipeline->bytes_since_prepare >= KEEP_ROOM_BYTES) {
		pipeline->bytes_since_prepare = 0;
		bell_ring(&pipeline->keeper_bell);
	}
	return RESULT_OK;
}

void *writer_run(void *context)
{
	struct pipeline *pipeline = context;
	ASSERT(pipeline != NULL);
	for (;;) {
		uint32_t heard = bell_listen(&pipeline->journal_bell);
		bool ends = atomic_load(&pipeline->journal_ends);
		uint64_t done = atomic_load_explicit(&pipeline->done, memory_order_relaxed);
		if (done == atomic_load_explicit(&pipeline->filled, memory_order_acquire)) {
			if (ends)
				break;
			bell_wait(&pipeline->journal_bell, heard, IDLE_MS);
			continue;
		}
		struct stage_batch *stage = &pipeline->batches[done % PIPELINE_BATCHES];
		enum result result = RESULT_LOG_FENCED;
		if (!atomic_load(&pipeline->failed)) {
			result = write_batch(pipeline, stage);
			if (result != RESULT_OK)
				stage_fail(pipeline, result);
		}
		stage_return_all(pipeline, stage,
		    result == RESULT_OK ? RESULT_OK : RESULT_OUTCOME_UNKNOWN);
		atomic_store_explicit(&pipeline->done, done + 1, memory_order_release);
		bell_ring(&pipeline->ledger_bell);
	}
	if (!atomic_load(&pipeline->failed)) {
		enum result result = shared_log_stop(pipeline->config.log);
		if (result != RESULT_OK)
			stage_fail(pipeline, result);
	}
	return NULL;
}

void *writer_keep_room(void *context)
{
	struct pipeline *pipeline = context;
	ASSERT(pipeline != NULL);
	for (;;) {
		uint32_t heard = bell_listen(&pipeline->keeper_bell);
		if (atomic_load(&pipeline->keeper_ends) || atomic_load(&pipeline->failed))
			return NULL;
		enum result result = shared_log_prepare(pipeline->config.log);
		atomic_store(&pipeline->disk_nearly_full, result == RESULT_DISK_NEARLY_FULL);
		if (result != RESULT_OK && result != RESULT_DISK_NEARLY_FULL &&
		    result != RESULT_LOG_UNKNOWN) {
			stage_fail(pipeline, result);
			return NULL;
		}
		bell_wait(&pipeline->keeper_bell, heard, KEEP_ROOM_MS);
	}
}
