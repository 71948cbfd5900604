/* The shared log in memory: see log_memory.h. All state is behind one mutex; `delay` runs
 * outside. */
#include "engine/ledger/log_memory.h"

#include "engine/ledger/batch.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define RATE_WHOLE      1000u
#define LATE_CALLS_MAX  6u /* a late append lands after 1 .. this many calls */
#define BATCHES_PER_MIB 4096u

/* Where a stored batch lies. */
struct stored {
	uint64_t offset;
	uint64_t first_sequence;
	uint32_t size;
	uint32_t count;
};

struct log_memory {
	struct shared_log log; /* first */
	struct log_memory_options options;
	pthread_mutex_t mutex;
	uint64_t random;
	uint32_t epoch;        /* of the present writer */
	bool fenced;
	bool failed;
	bool stopped;
	uint64_t attempts;     /* appends of this writer */

	uint8_t *bytes;        /* options.capacity */
	uint64_t bytes_used;
	struct stored *batches;
	uint32_t batch_count;
	uint32_t batch_capacity;
	uint64_t next_sequence;
	uint8_t hash[BATCH_HASH_SIZE];

	uint8_t *late_bytes;   /* BATCH_SIZE_MAX: an append that lands later */
	struct shared_log_batch late;
	uint32_t late_calls;   /* until it lands; 0: none */

	struct log_memory_counts counts;
};

static struct log_memory *memory_of(struct shared_log *log)
{
	ASSERT(log != NULL);
	return (struct log_memory *)log;
}

/* The mutex is the one thing that a reader of a const log changes. */
static struct log_memory *memory_of_const(const struct shared_log *log)
{
	ASSERT(log != NULL);
	return (struct log_memory *)(uintptr_t)log;
}

static void lock(struct log_memory *log)
{
	int locked = pthread_mutex_lock(&log->mutex);
	ASSERT(locked == 0);
}

static void unlock(struct log_memory *log)
{
	int unlocked = pthread_mutex_unlock(&log->mutex);
	ASSERT(unlocked == 0);
}

/* splitmix64: the seed's next number below `bound`. */
static uint32_t draw(struct log_memory *log, uint32_t bound)
{
	ASSERT(bound > 0);
	log->random += UINT64_C(0x9E3779B97F4A7C15);
	uint64_t x = log->random;
	x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
	return (uint32_t)((x ^ x >> 31) % bound);
}

static bool has_room(const struct log_memory *log, uint32_t size)
{
	return log->batch_count < log->batch_capacity &&
	    size <= log->options.capacity - log->bytes_used;
}

static void store(struct log_memory *log, const struct shared_log_batch *batch)
{
	struct batch head;
	ASSERT(batch->first_sequence == log->next_sequence);
	ASSERT(has_room(log, batch->size));
	/* The caller sealed these bytes: a head that does not fit is our own bug. */
	enum result result = batch_open_head(batch->bytes, &head);
	ASSERT(result == RESULT_OK && head.count == batch->count);
	ASSERT(memcmp(head.previous_hash, log->hash, BATCH_HASH_SIZE) == 0);
	memcpy(log->bytes + log->bytes_used, batch->bytes, batch->size);
	log->batches[log->batch_count++] = (struct stored){
		.offset = log->bytes_used,
		.first_sequence = batch->first_sequence,
		.size = batch->size,
		.count = batch->count,
	};
	log->bytes_used += batch->size;
	log->next_sequence += batch->count;
	memcpy(log->hash, head.hash, BATCH_HASH_SIZE);
}

/* The batch that holds a sequence that is there. */
static const struct stored *find(const struct log_memory *log, uint64_t sequence)
{
	uint32_t low = 0;
	uint32_t high = log->batch_count;
	ASSERT(sequence >= 1 && sequence < log->next_sequence);
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		if (log->batches[middle].first_sequence <= sequence)
			low = middle;
		else
			high = middle;
	}
	ASSERT(sequence - log->batches[low].first_sequence < log->batches[low].count);
	return &log->batches[low];
}

/* A late append comes nearer, lands, or finds its place taken. */
static void pass_time(struct log_memory *log)
{
	if (log->late_calls == 0 || --log->late_calls > 0)
		return;
	if (log->late.first_sequence == log->next_sequence && has_room(log, log->late.size) &&
	    log->late.epoch == log->epoch)
		store(log, &log->late);
}

/* An append whose answer gets lost. */
static enum result append_unknown(struct log_memory *log, const struct shared_log_batch *batch)
{
	switch (draw(log, 3)) {
	case 0:
		log->counts.unknown_landed++;
		store(log, batch);
		break;
	case 1:
		log->counts.unknown_lost++;
		break;
	case 2:
		log->counts.unknown_late++;
		memcpy(log->late_bytes, batch->bytes, batch->size);
		log->late = *batch;
		log->late.bytes = log->late_bytes;
		log->late_calls = 1 + draw(log, LATE_CALLS_MAX);
		break;
	}
	return RESULT_LOG_UNKNOWN;
}

/* A sequence that is taken: by these bytes, or by others. */
static enum result append_taken(struct log_memory *log, const struct shared_log_batch *batch)
{
	if (batch->first_sequence > log->next_sequence || batch->first_sequence == 0)
		return RESULT_LOG_FENCED;
	const struct stored *stored = find(log, batch->first_sequence);
	if (stored->size != batch->size ||
	    memcmp(log->bytes + stored->offset, batch->bytes, batch->size) != 0)
		return RESULT_LOG_FENCED;
	log->counts.repeated++;
	return RESULT_OK;
}

static enum result append_locked(struct log_memory *log, const struct shared_log_batch *batch)
{
	const struct log_memory_options *options = &log->options;
	ASSERT(!log->stopped);
	pass_time(log);
	log->attempts++;
	if (options->fails_after > 0 && log->attempts > options->fails_after)
		log->failed = true;
	if (options->fenced_after > 0 && log->attempts > options->fenced_after)
		log->fenced = true;
	if (log->failed)
		return RESULT_IO_FAILED;
	if (log->fenced || batch->epoch != log->epoch) {
		log->counts.fenced++;
		return RESULT_LOG_FENCED;
	}
	if (batch->first_sequence != log->next_sequence)
		return append_taken(log, batch);
	if (!has_room(log, batch->size))
		return RESULT_DISK_NEARLY_FULL;
	if (draw(log, RATE_WHOLE) < options->unknown_rate)
		return append_unknown(log, batch);
	store(log, batch);
	log->counts.appended++;
	return RESULT_OK;
}

static enum result append(struct shared_log *shared, const struct shared_log_batch *batch)
{
	struct log_memory *log = memory_of(shared);
	const struct log_memory_options *options = &log->options;
	uint32_t delay_us = 0;
	lock(log);
	if (draw(log, RATE_WHOLE) < options->delay_rate && options->delay != NULL) {
		log->counts.delayed++;
		delay_us = 1 + draw(log, options->delay_us_max);
	}
	unlock(log);
	if (delay_us > 0)
		options->delay(options->delay_context, delay_us);
	lock(log);
	enum result result = append_locked(log, batch);
	unlock(log);
	return result;
}

static enum result read_from(struct shared_log *shared, uint64_t sequence,
    struct shared_log_buffer buffer, struct shared_log_found *ret_found)
{
	struct log_memory *log = memory_of(shared);
	enum result result = RESULT_OK;
	lock(log);
	pass_time(log);
	if (log->failed) {
		result = RESULT_IO_FAILED;
	} else if (draw(log, RATE_WHOLE) < log->options.unread_rate) {
		result = RESULT_LOG_UNKNOWN;
	} else if (sequence >= log->next_sequence) {
		result = RESULT_NOT_FOUND;
	} else {
		const struct stored *stored = find(log, sequence);
		ASSERT(stored->size <= buffer.capacity);
		memcpy(buffer.bytes, log->bytes + stored->offset, stored->size);
		*ret_found = (struct shared_log_found){
			.first_sequence = stored->first_sequence,
			.count = stored->count,
			.size = stored->size,
		};
	}
	unlock(log);
	return result;
}

static uint64_t durable_sequence(const struct shared_log *shared)
{
	struct log_memory *log = memory_of_const(shared);
	lock(log);
	uint64_t sequence = log->next_sequence - 1;
	unlock(log);
	return sequence;
}

static uint32_t epoch(const struct shared_log *shared)
{
	struct log_memory *log = memory_of_const(shared);
	lock(log);
	uint32_t number = log->epoch;
	unlock(log);
	return number;
}

static uint32_t batch_size_max(const struct shared_log *shared)
{
	const struct log_memory *log = memory_of_const(shared);
	return log->options.capacity < BATCH_SIZE_MAX ? (uint32_t)log->options.capacity
						      : BATCH_SIZE_MAX;
}

static void tail_hash(const struct shared_log *shared, uint8_t ret_hash[SHARED_LOG_HASH_SIZE])
{
	struct log_memory *log = memory_of_const(shared);
	lock(log);
	memcpy(ret_hash, log->hash, SHARED_LOG_HASH_SIZE);
	unlock(log);
}

static enum result prepare(struct shared_log *shared)
{
	struct log_memory *log = memory_of(shared);
	lock(log);
	enum result result = log->failed ? RESULT_IO_FAILED : RESULT_OK;
	if (result == RESULT_OK && !has_room(log, 0))
		result = RESULT_DISK_NEARLY_FULL;
	unlock(log);
	return result;
}

static enum result stop(struct shared_log *shared)
{
	struct log_memory *log = memory_of(shared);
	lock(log);
	enum result result = log->failed ? RESULT_IO_FAILED : RESULT_OK;
	if (result == RESULT_OK && log->fenced)
		result = RESULT_LOG_FENCED;
	if (result == RESULT_OK)
		log->stopped = true;
	unlock(log);
	return result;
}

static void close_writer(struct shared_log *shared)
{
	struct log_memory *log = memory_of(shared);
	lock(log);
	log->stopped = true;
	unlock(log);
}

static const struct shared_log_ops log_memory_ops = {
	.append = append,
	.read_from = read_from,
	.durable_sequence = durable_sequence,
	.epoch = epoch,
	.batch_size_max = batch_size_max,
	.tail_hash = tail_hash,
	.prepare = prepare,
	.stop = stop,
	.close = close_writer,
};

enum result log_memory_make(const struct log_memory_options *options, struct log_memory **ret_log)
{
	ASSERT(options != NULL && ret_log != NULL);
	ASSERT(options->capacity >= BATCH_HEADER_SIZE + BATCH_ENTRY_HEADER_SIZE);
	ASSERT(options->delay_rate == 0 || options->delay_us_max > 0);
	uint64_t batches = (options->capacity / (1024 * 1024) + 1) * BATCHES_PER_MIB;
	struct log_memory *log = calloc(1, sizeof(*log));
	if (log == NULL || batches > UINT32_MAX || pthread_mutex_init(&log->mutex, NULL) != 0) {
		free(log);
		return RESULT_OUT_OF_MEMORY;
	}
	log->log.ops = &log_memory_ops;
	log->options = *options;
	log->random = options->seed;
	log->epoch = 1;
	log->next_sequence = 1;
	log->batch_capacity = (uint32_t)batches;
	log->bytes = malloc(options->capacity);
	log->batches = calloc(batches, sizeof(struct stored));
	log->late_bytes = malloc(BATCH_SIZE_MAX);
	if (log->bytes == NULL || log->batches == NULL || log->late_bytes == NULL) {
		log_memory_free(log);
		return RESULT_OUT_OF_MEMORY;
	}
	*ret_log = log;
	return RESULT_OK;
}

struct shared_log *log_memory_shared(struct log_memory *log)
{
	ASSERT(log != NULL);
	return &log->log;
}

void log_memory_restart(struct log_memory *log)
{
	ASSERT(log != NULL);
	lock(log);
	while (log->late_calls > 0)
		pass_time(log);
	log->epoch++;
	log->fenced = false;
	log->failed = false;
	log->stopped = false;
	log->attempts = 0;
	log->options.fenced_after = 0;
	log->options.fails_after = 0;
	unlock(log);
}

struct log_memory_counts log_memory_counts(const struct log_memory *log)
{
	ASSERT(log != NULL);
	struct log_memory *mutable = memory_of_const(&log->log);
	lock(mutable);
	struct log_memory_counts counts = mutable->counts;
	unlock(mutable);
	return counts;
}

void log_memory_free(struct log_memory *log)
{
	if (log == NULL)
		return;
	(void)pthread_mutex_destroy(&log->mutex);
	free(log->bytes);
	free(log->batches);
	free(log->late_bytes);
	free(log);
}
