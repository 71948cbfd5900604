/* The journal: see log_file.h for the invariants and the life of a log.
 *
 * Who touches what:
 *   appending thread   chain, file, offset, batch_index, scratch; publishes position and sequence
 *   preparing thread   next_file and next_ready, under next_mutex
 *   readers            log_reader.c, through `published`
 *   all                `failed`, which only ever becomes true */
#include "engine/ledger/log_file.h"

#include "engine/ledger/batch.h"
#include "engine/ledger/log_reader.h"
#include "engine/system/clock.h"
#include "engine/system/file.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define SCRATCH_ALIGNMENT 4096u
#define SCRATCH_SIZE \
	((SEGMENT_BATCH_SECTORS_MAX * SEGMENT_SECTOR_SIZE + SCRATCH_ALIGNMENT - 1) / \
	    SCRATCH_ALIGNMENT * SCRATCH_ALIGNMENT)
#define ZEROS_SIZE (256u * 1024u)

/* A segment that filled faster than this is followed by one that is reserved, not zeroed: decision
 * 0051. */
#define ZEROED_FILL_MS 8000u

/* The next segment is synced piece by piece: one sync of all of it held up appends for 50 ms. */
#define PREPARE_SYNC_SIZE (1024u * 1024u)

static uint8_t zeros[ZEROS_SIZE]; /* never written to */

enum log_file_state {
	LOG_FILE_OPENED,
	LOG_FILE_STARTED,
	LOG_FILE_STOPPED,
};

struct log_file {
	struct shared_log log; /* first: the two structs have one address */
	char folder[FILE_PATH_SIZE_MAX];
	char next_path[FILE_PATH_SIZE_MAX];
	struct log_file_options options;
	enum log_file_state state;
	_Atomic bool failed;
	uint32_t epoch;

	struct segment_chain chain; /* after the last batch that was written */
	bool start_pending;         /* the start batch is built, not yet written */
	struct batch start;
	uint8_t start_bytes[BATCH_HEADER_SIZE];
	struct batch_hasher *hasher;

	struct file file; /* the last segment */
	uint64_t segment_size;
	uint64_t offset; /* where the next batch begins */
	uint32_t batch_index;
	uint64_t torn_size; /* bytes at `offset` that start must cut */
	uint8_t *scratch;   /* SCRATCH_SIZE */

	_Atomic uint64_t longest_append_us;
	struct log_published published;
	struct log_reader *reader;

	pthread_mutex_t next_mutex;
	bool next_mutex_made;
	struct file next_file;
	bool next_ready;
	uint64_t rolled_ms;      /* when the last segment began; appending thread */
	_Atomic bool fills_fast; /* the one before was full within ZEROED_FILL_MS */
};

static struct log_file *file_of(struct shared_log *log)
{
	ASSERT(log != NULL);
	return (struct log_file *)log;
}

static const struct log_file *file_of_const(const struct shared_log *log)
{
	ASSERT(log != NULL);
	return (const struct log_file *)log;
}

static bool has_failed(const struct log_file *log)
{
	return atomic_load_explicit(&log->failed, memory_order_acquire);
}

/* From here on every call refuses. */
static enum result fail(struct log_file *log)
{
	atomic_store_explicit(&log->failed, true, memory_order_release);
	return RESULT_IO_FAILED;
}

static void publish(struct log_file *log)
{
	struct log_published *published = &log->published;
	uint64_t segment = atomic_load_explicit(&published->position, memory_order_relaxed) >> 32;
	ASSERT(log->offset <= log->segment_size && log->segment_size <= UINT32_MAX);
	ASSERT(log->chain.next_sequence >= 1);
	atomic_store_explicit(
	    &published->position, segment << 32 | log->offset, memory_order_release);
	atomic_store_explicit(&published->durable_sequence, log->chain.next_sequence - 1,
	    memory_order_release);
}

static bool segment_size_is_valid(uint64_t size)
{
	return size >= JOURNAL_SEGMENT_SIZE_MIN && size <= JOURNAL_SEGMENT_SIZE_MAX &&
	    size % SCRATCH_ALIGNMENT == 0;
}

struct log_file_options log_file_options_default(
    const char *folder, const uint8_t ledger_id[SEGMENT_LEDGER_ID_SIZE])
{
	ASSERT(folder != NULL && ledger_id != NULL);
	struct log_file_options options = {
		.folder = folder,
		.segment_size = JOURNAL_SEGMENT_SIZE_DEFAULT,
		.free_space_min = JOURNAL_FREE_SPACE_MIN,
		.zeroed_fill_ms = ZEROED_FILL_MS,
	};
	memcpy(options.ledger_id, ledger_id, SEGMENT_LEDGER_ID_SIZE);
	ASSERT(segment_size_is_valid(options.segment_size));
	return options;
}

/* ---- The next segment ---- */

/* Writes zeros and syncs them, every so many bytes and at the end. */
static enum result write_zeros(struct file file, struct file_span span, uint64_t sync_every)
{
	uint64_t unsynced = 0;
	ASSERT(span.size > 0 && sync_every > 0);
	for (uint64_t done = 0; done < span.size;) {
		uint64_t left = span.size - done;
		struct file_span part = {span.offset + done, left < ZEROS_SIZE ? left : ZEROS_SIZE};
		enum result result = file_write(file, part, zeros);
		done += part.size;
		unsynced += part.size;
		if (result == RESULT_OK && (unsynced >= sync_every || done == span.size)) {
			result = file_sync(file);
			unsynced = 0;
		}
		if (result != RESULT_OK)
			return result;
	}
	return RESULT_OK;
}

/* Is there room on the disk for `size` bytes more above the floor? */
static enum result check_space(const struct log_file_options *options, uint64_t size)
{
	uint64_t space = 0;
	ASSERT(options->free_space_min <= UINT64_MAX - size);
	if (file_free_space(options->folder, &space) != RESULT_OK)
		return RESULT_IO_FAILED;
	return space < options->free_space_min + size ? RESULT_DISK_NEARLY_FULL : RESULT_OK;
}

/* Makes the next segment under its temporary name: reserved, zero, synced. `reserves`: the file
 * system's word for the zeros is enough, where it gives it; the sync of the header covers it. */
static enum result make_next(const struct log_file_options *options, const char *path,
    bool reserves, struct file *ret_file)
{
	struct file file = FILE_NONE;
	bool reserved = false;
	ASSERT(segment_size_is_valid(options->segment_size));
	enum result result = check_space(options, options->segment_size);
	if (result != RESULT_OK)
		return result;
	result = file_open(path, FILE_CREATE, &file);
	if (result != RESULT_OK)
		return result;
	result = file_allocate(file, options->segment_size, &reserved);
	if (result == RESULT_OK && !(reserves && reserved))
		result = write_zeros(
		    file, (struct file_span){0, options->segment_size}, PREPARE_SYNC_SIZE);
	if (result == RESULT_OK) {
		*ret_file = file;
		return RESULT_OK;
	}
	file_close(&file);
	if (file_remove(path) != RESULT_OK)
		return RESULT_IO_FAILED;
	return result;
}

/* Gives the next segment its header, makes that durable, and then its name. */
static enum result name_next(const struct log_file_options *options, const char *next_path,
    struct file file, const struct segment_chain *chain)
{
	uint8_t sector[SEGMENT_SECTOR_SIZE];
	char name[SEGMENT_NAME_SIZE];
	char path[FILE_PATH_SIZE_MAX];
	struct segment_header header = {.size = options->segment_size, .chain = *chain};
	ASSERT(chain->next_sequence >= 1);
	memcpy(header.ledger_id, options->ledger_id, SEGMENT_LEDGER_ID_SIZE);
	segment_header_encode(&header, sector);
	segment_name(chain->next_sequence, name);
	if (!file_path(options->folder, name, path))
		return RESULT_IO_FAILED;
	/* A segment that holds only starts and stops would lend its name to the next one. That
	 * takes a hundred thousand crashes between a start and its first batch; it must not
	 * overwrite. */
	if (file_exists(path) != RESULT_NOT_FOUND)
		return RESULT_IO_FAILED;
	enum result result = file_write(file, (struct file_span){0, sizeof(sector)}, sector);
	if (result == RESULT_OK)
		result = file_sync(file);
	if (result == RESULT_OK)
		result = file_rename(next_path, path);
	if (result == RESULT_OK)
		result = file_sync_folder(options->folder);
	return result == RESULT_OK ? RESULT_OK : RESULT_IO_FAILED;
}

/* Under next_mutex: has the next segment ready. */
static enum result ready_next(struct log_file *log)
{
	if (log->next_ready)
		return RESULT_OK;
	bool reserves = atomic_load_explicit(&log->fills_fast, memory_order_relaxed);
	enum result result =
	    make_next(&log->options, log->next_path, reserves, &log->next_file);
	if (result == RESULT_OK)
		log->next_ready = true;
	else if (result != RESULT_DISK_NEARLY_FULL)
		return fail(log);
	ASSERT(log->next_ready == (result == RESULT_OK));
	return result;
}

static void lock_next(struct log_file *log)
{
	int locked = pthread_mutex_lock(&log->next_mutex);
	ASSERT(locked == 0);
}

static void unlock_next(struct log_file *log)
{
	int unlocked = pthread_mutex_unlock(&log->next_mutex);
	ASSERT(unlocked == 0);
}

/* How fast the segment that ends now was filled. */
static void note_roll(struct log_file *log)
{
	uint64_t now_ms = clock_monotonic_ms();
	bool fast = now_ms - log->rolled_ms < log->options.zeroed_fill_ms;
	atomic_store_explicit(&log->fills_fast, fast, memory_order_relaxed);
	log->rolled_ms = now_ms;
}

/* Goes on to the next segment. Nothing of the batch that needs it has been written. */
static enum result roll(struct log_file *log)
{
	struct file file = FILE_NONE;
	struct log_published *published = &log->published;
	lock_next(log);
	enum result result = ready_next(log);
	if (result == RESULT_OK) {
		file = log->next_file;
		log->next_file = FILE_NONE;
		result = name_next(&log->options, log->next_path, file, &log->chain);
		log->next_ready = false;
		if (result != RESULT_OK)
			result = fail(log);
	}
	unlock_next(log);
	if (result != RESULT_OK) {
		file_close(&file);
		return result;
	}
	uint64_t position = atomic_load_explicit(&published->position, memory_order_relaxed);
	uint64_t index = (position >> 32) + 1;
	if (index == JOURNAL_SEGMENTS_MAX) {
		file_close(&file);
		return fail(log);
	}
	file_close(&log->file);
	log->file = file;
	log->segment_size = log->options.segment_size;
	log->offset = SEGMENT_SECTOR_SIZE;
	log->batch_index = 0;
	published->first_sequences[index] = log->chain.next_sequence;
	note_roll(log);
	atomic_store_explicit(
	    &published->position, index << 32 | SEGMENT_SECTOR_SIZE, memory_order_release);
	return RESULT_OK;
}

/* ---- Appending ---- */

/* Writes and syncs one sealed batch whose place in the chain was checked. */
static enum result write_batch(
    struct log_file *log, const uint8_t *bytes, const struct batch *batch)
{
	uint32_t size = BATCH_HEADER_SIZE + batch->payload_size;
	uint64_t span_size = (uint64_t)segment_sectors(size) * SEGMENT_SECTOR_SIZE;
	uint64_t kept = batch->head.flags != 0 ? 0 : SEGMENT_CONTROL_SECTORS * SEGMENT_SECTOR_SIZE;
	ASSERT(span_size <= SCRATCH_SIZE);
	ASSERT(segment_chain_objection(&log->chain, batch) == NULL);
	if (log->offset + span_size + kept > log->segment_size) {
		enum result result = roll(log);
		if (result != RESULT_OK)
			return result;
	}
	ASSERT(log->offset + span_size + kept <= log->segment_size);
	segment_spread(bytes, size, segment_tag(log->batch_index), log->scratch);
	struct file_span span = {log->offset, span_size};
	if (file_write(log->file, span, log->scratch) != RESULT_OK)
		return fail(log);
	if (file_sync(log->file) != RESULT_OK)
		return fail(log);
	log->offset += span_size;
	log->batch_index++;
	segment_chain_advance(&log->chain, batch);
	publish(log);
	return RESULT_OK;
}

/* Records the new epoch, if this start has not yet. */
static enum result write_start(struct log_file *log)
{
	if (!log->start_pending)
		return RESULT_OK;
	enum result result = write_batch(log, log->start_bytes, &log->start);
	if (result == RESULT_OK)
		log->start_pending = false;
	return result;
}

static enum result append(struct shared_log *shared, const struct shared_log_batch *batch)
{
	struct log_file *log = file_of(shared);
	struct batch head = {0};
	ASSERT(log->state == LOG_FILE_STARTED);
	if (has_failed(log))
		return RESULT_IO_FAILED;
	if (batch->epoch != log->epoch || batch->first_sequence != log->chain.next_sequence)
		return RESULT_LOG_FENCED;
	/* The caller sealed these bytes a moment ago: a head that does not fit is our own bug. */
	enum result result = batch_open_head(batch->bytes, &head);
	ASSERT(result == RESULT_OK);
	ASSERT(head.count == batch->count && head.head.flags == 0);
	ASSERT(head.payload_size + BATCH_HEADER_SIZE == batch->size);
	uint64_t began_ns = clock_monotonic_ns();
	result = write_start(log);
	if (result == RESULT_OK)
		result = write_batch(log, batch->bytes, &head);
	uint64_t append_us = (clock_monotonic_ns() - began_ns) / 1000u;
	if (append_us > atomic_load_explicit(&log->longest_append_us, memory_order_relaxed))
		atomic_store_explicit(&log->longest_append_us, append_us, memory_order_relaxed);
	return result;
}

/* Builds a start or stop batch, which follows `chain`. */
static enum result build_control(struct log_file *log, uint16_t flags, uint8_t *ret_bytes,
    struct batch *ret_batch)
{
	struct batch_builder builder;
	uint8_t hash[BATCH_HASH_SIZE];
	struct batch_head head = {
		.first_sequence = log->chain.next_sequence,
		.instant_us = log->chain.instant_us,
		.epoch = log->epoch,
		.flags = flags,
	};
	ASSERT(flags == BATCH_FLAG_START || flags == BATCH_FLAG_STOP);
	batch_begin(&builder, ret_bytes, BATCH_HEADER_SIZE, &head);
	enum result result = batch_seal(&builder, log->hasher, log->chain.hash, hash);
	if (result != RESULT_OK)
		return result;
	result = batch_open_head(ret_bytes, ret_batch);
	ASSERT(result == RESULT_OK);
	return RESULT_OK;
}

static enum result stop(struct shared_log *shared)
{
	struct log_file *log = file_of(shared);
	uint8_t bytes[BATCH_HEADER_SIZE];
	struct batch batch = {0};
	ASSERT(log->state == LOG_FILE_STARTED);
	if (has_failed(log))
		return RESULT_IO_FAILED;
	bool unused = log->start_pending && log->chain.flags == BATCH_FLAG_STOP;
	if (!unused) {
		enum result result = write_start(log);
		if (result == RESULT_OK)
			result = build_control(log, BATCH_FLAG_STOP, bytes, &batch);
		if (result == RESULT_OK)
			result = write_batch(log, bytes, &batch);
		if (result != RESULT_OK)
			return result;
	}
	log->state = LOG_FILE_STOPPED;
	return RESULT_OK;
}

/* ---- The other calls ---- */

static enum result read_from(struct shared_log *shared, uint64_t sequence,
    struct shared_log_buffer buffer, struct shared_log_found *ret_found)
{
	struct log_file *log = file_of(shared);
	if (has_failed(log))
		return RESULT_IO_FAILED;
	return log_reader_read(log->reader, sequence, buffer, ret_found);
}

enum result log_file_reader(struct log_file *log, struct log_reader **ret_reader)
{
	ASSERT(log != NULL && ret_reader != NULL);
	return log_reader_open(log->options.folder, &log->published, ret_reader);
}

static uint64_t durable_sequence(const struct shared_log *shared)
{
	const struct log_file *log = file_of_const(shared);
	return atomic_load_explicit(&log->published.durable_sequence, memory_order_acquire);
}

static uint32_t epoch(const struct shared_log *shared)
{
	return file_of_const(shared)->epoch;
}

static uint32_t batch_size_max(const struct shared_log *shared)
{
	return segment_batch_size_max(file_of_const(shared)->options.segment_size);
}

static void tail_hash(const struct shared_log *shared, uint8_t ret_hash[SHARED_LOG_HASH_SIZE])
{
	const struct log_file *log = file_of_const(shared);
	const uint8_t *hash = log->start_pending ? log->start.hash : log->chain.hash;
	static_assert(SHARED_LOG_HASH_SIZE == BATCH_HASH_SIZE, "one kind of hash");
	memcpy(ret_hash, hash, SHARED_LOG_HASH_SIZE);
}

static enum result prepare(struct shared_log *shared)
{
	struct log_file *log = file_of(shared);
	if (has_failed(log))
		return RESULT_IO_FAILED;
	lock_next(log);
	/* Commands are refused below the floor even while the last segment still has room. */
	enum result result = log->next_ready ? check_space(&log->options, 0) : ready_next(log);
	unlock_next(log);
	return result == RESULT_IO_FAILED ? fail(log) : result;
}

static void close_log(struct shared_log *shared)
{
	struct log_file *log = file_of(shared);
	file_close(&log->file);
	file_close(&log->next_file);
	log_reader_close(log->reader);
	batch_hasher_close(log->hasher);
	if (log->next_mutex_made)
		(void)pthread_mutex_destroy(&log->next_mutex);
	free(log->published.first_sequences);
	free(log->scratch);
	free(log);
}

static const struct shared_log_ops log_file_ops = {
	.append = append,
	.read_from = read_from,
	.durable_sequence = durable_sequence,
	.epoch = epoch,
	.batch_size_max = batch_size_max,
	.tail_hash = tail_hash,
	.prepare = prepare,
	.stop = stop,
	.close = close_log,
};

/* ---- Creating, opening, starting ---- */

enum result log_file_create(const struct log_file_options *options)
{
	char next_path[FILE_PATH_SIZE_MAX];
	struct file file = FILE_NONE;
	ASSERT(options != NULL && segment_size_is_valid(options->segment_size));
	ASSERT(options->folder != NULL);
	struct log_segments segments = {
		.first_sequences = calloc(JOURNAL_SEGMENTS_MAX, sizeof(uint64_t)),
	};
	if (segments.first_sequences == NULL)
		return RESULT_OUT_OF_MEMORY;
	enum result result = log_scan_list(options->folder, &segments);
	free(segments.first_sequences);
	if (result == RESULT_JOURNAL_CORRUPT || (result == RESULT_OK && segments.count > 0))
		return RESULT_LEDGER_MISMATCH;
	if (result != RESULT_OK)
		return result;
	if (!file_path(options->folder, LOG_FILE_NEXT_NAME, next_path))
		return RESULT_IO_FAILED;
	result = make_next(options, next_path, false, &file);
	if (result != RESULT_OK)
		return result;
	struct segment_chain chain = segment_chain_genesis();
	result = name_next(options, next_path, file, &chain);
	file_close(&file);
	return result;
}

/* Takes over what the scan found. */
static void adopt(struct log_file *log, const struct log_scan_end *end)
{
	log->chain = end->chain;
	log->epoch = end->chain.epoch;
	log->segment_size = end->segment_size;
	log->offset = end->offset;
	log->batch_index = end->batch_index;
	log->torn_size = end->torn ? end->torn_size : 0;
	ASSERT(end->offset >= SEGMENT_SECTOR_SIZE && end->offset <= end->segment_size);
	ASSERT(log->torn_size <= SCRATCH_SIZE);
	atomic_store_explicit(
	    &log->published.position, (uint64_t)end->segment << 32, memory_order_release);
	publish(log);
}

static void fill_report(struct log_file_report *report, const struct log_scan_end *end,
    const struct log_segments *segments)
{
	report->last_sequence = end->chain.next_sequence == 0 ? 0 : end->chain.next_sequence - 1;
	report->last_instant_us = end->chain.instant_us;
	report->last_epoch = end->chain.epoch;
	report->segments = segments->count;
	report->batches = end->batches;
	report->bytes = end->bytes;
	report->stopped = end->chain.flags == BATCH_FLAG_STOP;
	report->torn = end->torn;
	if (end->torn) {
		segment_name(segments->first_sequences[end->segment], report->place.segment);
		report->place.offset = end->offset;
		report->place.sequence = end->chain.next_sequence;
		report->place.reason = "the last batch was written in part and never answered";
	}
}

static enum result scan_into(struct log_file *log, struct log_file_report *ret_report)
{
	struct log_scan_request request = {
		.folder = log->folder,
		.materialised_sequence = log->options.materialised_sequence,
		.verify_from = 1,
		.stop_sequence = UINT64_MAX,
	};
	struct log_scan_end end = {.chain = segment_chain_genesis()};
	struct log_segments segments = {.first_sequences = log->published.first_sequences};
	memcpy(request.ledger_id, log->options.ledger_id, SEGMENT_LEDGER_ID_SIZE);
	ASSERT(request.materialised_sequence < UINT64_MAX);
	if (!log->options.verify_all)
		request.verify_from = request.materialised_sequence + 1;
	enum result result = log_scan(&request, &segments, &end, &ret_report->place);
	fill_report(ret_report, &end, &segments);
	if (result == RESULT_OK)
		adopt(log, &end);
	return result;
}

static enum result allocate(const struct log_file_options *options, struct log_file **ret_log)
{
	struct log_file *log = calloc(1, sizeof(*log));
	if (log == NULL)
		return RESULT_OUT_OF_MEMORY;
	log->log.ops = &log_file_ops;
	log->file = FILE_NONE;
	log->next_file = FILE_NONE;
	log->options = *options;
	log->options.folder = log->folder;
	memcpy(log->folder, options->folder, strlen(options->folder) + 1);
	log->published.first_sequences = calloc(JOURNAL_SEGMENTS_MAX, sizeof(uint64_t));
	log->scratch = aligned_alloc(SCRATCH_ALIGNMENT, SCRATCH_SIZE);
	log->next_mutex_made = pthread_mutex_init(&log->next_mutex, NULL) == 0;
	enum result result = batch_hasher_open(&log->hasher);
	if (result == RESULT_OK)
		result = log_reader_open(log->folder, &log->published, &log->reader);
	if (log->published.first_sequences == NULL || log->scratch == NULL || !log->next_mutex_made)
		result = RESULT_OUT_OF_MEMORY;
	if (result != RESULT_OK) {
		close_log(&log->log);
		return result;
	}
	*ret_log = log;
	return RESULT_OK;
}

enum result log_file_open(const struct log_file_options *options, struct log_file **ret_log,
    struct log_file_report *ret_report)
{
	struct log_file *log = NULL;
	char next_path[FILE_PATH_SIZE_MAX];
	ASSERT(options != NULL && options->folder != NULL);
	ASSERT(segment_size_is_valid(options->segment_size));
	ASSERT(ret_log != NULL && ret_report != NULL);
	*ret_report = (struct log_file_report){0};
	if (!file_path(options->folder, LOG_FILE_NEXT_NAME, next_path))
		return RESULT_IO_FAILED;
	enum result result = allocate(options, &log);
	if (result != RESULT_OK)
		return result;
	memcpy(log->next_path, next_path, sizeof(next_path));
	result = scan_into(log, ret_report);
	if (result != RESULT_OK) {
		close_log(&log->log);
		return result;
	}
	*ret_log = log;
	return RESULT_OK;
}

enum result log_file_start(struct log_file *log)
{
	char name[SEGMENT_NAME_SIZE];
	char path[FILE_PATH_SIZE_MAX];
	ASSERT(log != NULL && log->state == LOG_FILE_OPENED);
	uint64_t segment =
	    atomic_load_explicit(&log->published.position, memory_order_relaxed) >> 32;
	segment_name(log->published.first_sequences[segment], name);
	if (has_failed(log) || log->chain.epoch == UINT32_MAX)
		return fail(log);
	if (!file_path(log->folder, name, path))
		return fail(log);
	if (file_open(path, FILE_UPDATE, &log->file) != RESULT_OK)
		return fail(log);
	if (log->torn_size > 0) {
		struct file_span tail = {log->offset, log->torn_size};
		if (write_zeros(log->file, tail, tail.size) != RESULT_OK)
			return fail(log);
		log->torn_size = 0;
	}
	if (file_remove(log->next_path) != RESULT_OK)
		return fail(log);
	log->epoch = log->chain.epoch + 1;
	if (build_control(log, BATCH_FLAG_START, log->start_bytes, &log->start) != RESULT_OK)
		return fail(log);
	log->start_pending = true;
	log->rolled_ms = clock_monotonic_ms();
	log->state = LOG_FILE_STARTED;
	return RESULT_OK;
}

struct shared_log *log_file_shared(struct log_file *log)
{
	ASSERT(log != NULL);
	return &log->log;
}

uint64_t log_file_longest_append_us(const struct log_file *log)
{
	ASSERT(log != NULL);
	return atomic_load_explicit(&log->longest_append_us, memory_order_relaxed);
}

struct log_place log_file_fault(struct log_file *log)
{
	ASSERT(log != NULL);
	return log_reader_fault(log->reader);
}
