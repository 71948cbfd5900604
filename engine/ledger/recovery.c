/* Recovery: see recovery.h. */
#include "engine/ledger/recovery.h"

#include "engine/base/limits.h"
#include "engine/domain/state.h"
#include "engine/ledger/batch.h"
#include "engine/ledger/entry.h"
#include "engine/ledger/entry_pack.h"
#include "engine/ledger/feed.h"
#include "engine/ledger/gather.h"
#include "engine/ledger/layout.h"
#include "engine/ledger/shared_log.h"
#include "engine/ledger/store.h"
#include "engine/system/file.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Notes what is wrong, for a person. */
static enum result fault(struct recovery_report *report, enum result result, const char *text)
{
	report->fault = text;
	return result;
}

/* ---- Store and journal belong together ---- */

/* Does the journal hold, where the store ends, the very batch that the store ends with? */
static enum result check_meeting(const struct recovery_config *config, uint8_t *buffer,
    struct recovery_report *report)
{
	const struct store_meta *meta = store_meta(config->store);
	uint64_t durable = shared_log_durable_sequence(config->log);
	report->store_sequence = meta->sequence;
	report->fault_sequence = meta->target;
	if (meta->target > durable)
		return fault(report, RESULT_STORE_CORRUPT, "The store is ahead of the journal.");
	report->fault_sequence = 0;
	if (meta->sequence == 0)
		return RESULT_OK;
	struct shared_log_buffer room = {.bytes = buffer, .capacity = BATCH_SIZE_MAX};
	struct shared_log_found found;
	struct batch batch;
	enum result result = shared_log_read_from(config->log, meta->sequence, room, &found);
	report->fault_sequence = meta->sequence;
	if (result != RESULT_OK)
		return fault(report, result == RESULT_NOT_FOUND ? RESULT_JOURNAL_CORRUPT : result,
		    "The journal's batch where the store ends cannot be read.");
	if (batch_open(buffer, found.size, NULL, &batch) != RESULT_OK)
		return fault(report, RESULT_JOURNAL_CORRUPT, "A batch cannot be decoded.");
	if (found.first_sequence + found.count - 1 != meta->sequence ||
	    memcmp(batch.hash, meta->hash, sizeof(meta->hash)) != 0)
		return fault(report, RESULT_LEDGER_MISMATCH,
		    "The journal holds another batch than the one the store was made from.");
	report->fault_sequence = 0;
	return RESULT_OK;
}

/* Finishes a checkpoint of which only some portions were committed. */
static enum result finish_checkpoint(const struct recovery_config *config,
    struct recovery_report *report)
{
	const struct store_meta *meta = store_meta(config->store);
	if (meta->target == meta->sequence)
		return RESULT_OK;
	struct gather *gather = NULL;
	struct gather_span span = {0};
	enum result result = gather_open(&gather);
	if (result == RESULT_OK)
		result = gather_catch_up(gather, config->log, config->store, meta->target, &span);
	gather_close(gather);
	report->store_sequence = store_meta(config->store)->sequence;
	report->fault_sequence = span.fault_sequence;
	if (result != RESULT_OK)
		return fault(report, result, "A checkpoint that was cut off cannot be finished.");
	return RESULT_OK;
}

/* ---- Records into the state ---- */

/* A row or write that does not decode, or does not fit, is the fault of where it came from. */
static enum result apply_bytes(struct state *state, const struct layout_source *source,
    uint32_t id, enum result corrupt)
{
	union layout_record record;
	if (!layout_decode(source, &record))
		return corrupt;
	enum record_kind kind = (enum record_kind)source->kind;
	if (apply_record(state, kind, id, &record))
		return RESULT_OK;
	return id > state->limits.capacity[kind] ? RESULT_CAPACITY_OF_LEDGER_REACHED : corrupt;
}

static enum result load_kind(struct store_view *view, struct state *state, enum record_kind kind,
    struct recovery_report *report)
{
	struct store_row row = {0};
	enum result result = store_find(view, kind, 0, STORE_AT_LEAST, &row);
	while (result == RESULT_OK) {
		struct layout_source source = {
		    .bytes = row.bytes,
		    .size = row.size,
		    .kind = (uint8_t)kind,
		    .version = row.version,
		};
		result = apply_bytes(state, &source, row.id, RESULT_STORE_CORRUPT);
		if (result != RESULT_OK)
			break;
		report->records_loaded++;
		result = store_next(view, kind, &row);
	}
	if (result == RESULT_NOT_FOUND && state_count(state, kind) == view->meta.counts[kind])
		return RESULT_OK;
	report->fault_kind = kind;
	report->fault_id = row.id;
	if (result == RESULT_CAPACITY_OF_LEDGER_REACHED)
		return fault(report, result, "The store holds more records than are configured.");
	if (result == RESULT_NOT_FOUND)
		return fault(report, RESULT_STORE_CORRUPT, "Records are missing in the store.");
	return fault(report, result, "A row of the store is damaged.");
}

static enum result load_store(const struct recovery_config *config, struct recovery_report *report)
{
	struct store_view view;
	enum result result = store_view_begin(config->store, &view);
	if (result != RESULT_OK)
		return fault(report, result, "The store cannot be read.");
	ASSERT(view.meta.target == view.meta.sequence);
	for (uint32_t kind = 1; kind <= RECORD_KIND_MAX && result == RESULT_OK; kind++)
		if (layout_kind_is_known(kind))
			result = load_kind(&view, config->state, (enum record_kind)kind, report);
	report->sequence = view.meta.sequence;
	report->last_instant.us = view.meta.instant_us;
	memcpy(report->hash, view.meta.hash, sizeof(report->hash));
	store_view_end(&view);
	return result;
}

/* ---- The tail ---- */

/* Where entries go, and what those of a batch stand against. */
struct replay {
	struct state *state;
	struct entry_pack *pack;
};

static enum result replay_entry(const struct replay *replay, const struct batch_entry *given,
    struct recovery_report *report)
{
	struct entry entry;
	struct entry_write write;
	report->fault_sequence = given->sequence;
	if (given->sequence != report->sequence + 1)
		return fault(report, RESULT_JOURNAL_CORRUPT, "A sequence is missing.");
	if (!entry_open(replay->pack, given, &entry))
		return fault(report, RESULT_JOURNAL_CORRUPT, "An entry cannot be decoded.");
	if (entry.head.at.us < report->last_instant.us)
		return fault(report, RESULT_JOURNAL_CORRUPT, "An instant lies before another.");
	while (entry_next_write(&entry, &write)) {
		struct layout_source source = {
		    .bytes = write.bytes,
		    .size = write.size,
		    .kind = write.kind,
		    .version = write.version,
		};
		enum result result =
		    apply_bytes(replay->state, &source, write.id, RESULT_JOURNAL_CORRUPT);
		if (result != RESULT_OK) {
			report->fault_kind = (enum record_kind)write.kind;
			report->fault_id = write.id;
			return fault(report, result, "A record of an entry cannot be applied.");
		}
	}
	report->sequence = given->sequence;
	report->last_instant = entry.head.at;
	report->entries_replayed++;
	report->fault_sequence = 0;
	return RESULT_OK;
}

/* One batch, or of it the entries up to sequence_max. */
static enum result replay_batch(const struct recovery_config *config, struct entry_pack *pack,
    const struct feed_batch *fed, struct recovery_report *report)
{
	const struct replay replay = {config->state, pack};
	entry_pack_begin(pack);
	for (uint32_t i = 0; i < fed->batch.count; i++) {
		if (fed->entries[i].sequence > config->sequence_max)
			break;
		enum result result = replay_entry(&replay, &fed->entries[i], report);
		if (result != RESULT_OK)
			return result;
	}
	memcpy(report->hash, fed->batch.hash, sizeof(report->hash));
	return RESULT_OK;
}

static enum result replay_tail(const struct recovery_config *config,
    struct recovery_report *report)
{
	struct feed *feed = NULL;
	struct entry_pack *pack = NULL;
	enum result result = entry_pack_open(&pack);
	if (result == RESULT_OK)
		result = feed_open(config->log, report->sequence + 1, false, &feed);
	while (result == RESULT_OK && report->sequence < config->sequence_max) {
		struct feed_batch fed;
		result = feed_next(feed, &fed);
		if (result == RESULT_OK) {
			result = replay_batch(config, pack, &fed, report);
		} else if (result != RESULT_NOT_FOUND) {
			report->fault_sequence = report->sequence + 1;
			report->fault = "A batch of the journal is damaged or cannot be read.";
		}
	}
	feed_close(feed);
	entry_pack_close(pack);
	return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

static enum result check_result(const struct recovery_config *config,
    struct recovery_report *report)
{
	const struct ledger *ledger = state_ledger(config->state, (struct ledger_id){1});
	if (ledger != NULL && config->store != NULL &&
	    memcmp(ledger->ledger_id, store_meta(config->store)->ledger_id, 16) != 0)
		return fault(report, RESULT_LEDGER_MISMATCH,
		    "The journal tells of another ledger than the store.");
	struct invariant_fault broken;
	if (config->check_all && !apply_check_all(config->state, &broken)) {
		report->fault_kind = broken.kind;
		report->fault_id = broken.id;
		return fault(report, RESULT_CHECK_FAILED, broken.rule);
	}
	return RESULT_OK;
}

enum result recovery_run(const struct recovery_config *given, struct recovery_report *ret_report)
{
	ASSERT(given != NULL && given->log != NULL && given->state != NULL);
	ASSERT(ret_report != NULL);
	struct recovery_config config = *given;
	if (config.sequence_max == 0)
		config.sequence_max = UINT64_MAX;
	*ret_report = (struct recovery_report){.last_instant = {INT64_MIN}};
	uint8_t *buffer = malloc(BATCH_SIZE_MAX);
	if (buffer == NULL)
		return RESULT_OUT_OF_MEMORY;
	enum result result = RESULT_OK;
	if (config.store != NULL)
		result = check_meeting(&config, buffer, ret_report);
	if (config.store != NULL && result == RESULT_OK)
		result = finish_checkpoint(&config, ret_report);
	if (config.store != NULL && result == RESULT_OK)
		result = load_store(&config, ret_report);
	if (result == RESULT_OK)
		result = replay_tail(&config, ret_report);
	if (result == RESULT_OK)
		result = check_result(&config, ret_report);
	free(buffer);
	return result;
}

/* ---- A new store ---- */

/* Sets the old file aside. */
static enum result set_aside(const char *folder)
{
	char path[FILE_PATH_SIZE_MAX];
	char aside[FILE_PATH_SIZE_MAX];
	char locks[FILE_PATH_SIZE_MAX];
	if (!file_path(folder, "data.mdb", path) || !file_path(folder, "lock.mdb", locks) ||
	    !file_path(folder, "data.mdb.dropped", aside))
		return RESULT_IO_FAILED;
	enum result result = file_exists(path);
	if (result == RESULT_NOT_FOUND)
		return RESULT_OK;
	if (result == RESULT_OK)
		result = file_rename(path, aside);
	if (result == RESULT_OK)
		result = file_remove(locks);
	return result == RESULT_OK ? file_sync_folder(folder) : result;
}

enum result recovery_rebuild_store(const struct store_options *options, struct shared_log *log)
{
	ASSERT(options != NULL && !options->read_only && log != NULL);
	struct store *store = NULL;
	struct gather *gather = NULL;
	struct gather_span span;
	enum result result = set_aside(options->folder);
	if (result == RESULT_OK)
		result = store_open(options, &store);
	if (result == RESULT_OK)
		result = gather_open(&gather);
	if (result == RESULT_OK)
		result = gather_catch_up(gather, log, store, UINT64_MAX, &span);
	gather_close(gather);
	store_close(store);
	return result;
}

/* ---- The store in a child ---- */

enum {
	CHILD_GOOD = 0,
	CHILD_CORRUPT = 1,
	CHILD_FAILED = 2,
};

/* What a sound store needs is far less; damage may hold LMDB for ever. */
#define CHECK_SECONDS		 UINT64_C(5)
#define CHECK_BYTES_A_SECOND (UINT64_C(8) << 20)

/* What damage may raise ends the child at once, whatever handlers the parent has: a crash, or the
 * end of its seconds. */
static void die_of_damage(uint64_t store_size)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGXCPU};
	for (uint32_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		(void)signal(signals[i], SIG_DFL);
	struct rlimit limit = {.rlim_max = RLIM_INFINITY};
	(void)getrlimit(RLIMIT_CPU, &limit);
	rlim_t seconds = CHECK_SECONDS + store_size / CHECK_BYTES_A_SECOND;
	limit.rlim_cur = seconds < limit.rlim_max ? seconds : limit.rlim_max;
	(void)setrlimit(RLIMIT_CPU, &limit);
}

static int check_in_child(const char *folder, const uint8_t ledger_id[16])
{
	struct store_options options = {
	    .folder = folder,
	    .unsafe_filesystem = true, /* store_open of the parent decides */
	    .read_only = true,
	};
	memcpy(options.ledger_id, ledger_id, sizeof(options.ledger_id));
	struct store *store = NULL;
	struct store_view view;
	struct store_check check;
	enum result result = store_open(&options, &store);
	if (result == RESULT_NOT_FOUND)
		return CHILD_GOOD;
	if (result == RESULT_OK)
		result = store_view_begin(store, &view);
	if (result == RESULT_OK)
		result = store_check_all(&view, &check);
	if (result == RESULT_OK)
		return CHILD_GOOD;
	return result == RESULT_STORE_CORRUPT ? CHILD_CORRUPT : CHILD_FAILED;
}

enum result recovery_check_store(const char *folder, const uint8_t ledger_id[16])
{
	ASSERT(folder != NULL && ledger_id != NULL);
	char path[FILE_PATH_SIZE_MAX];
	if (!file_path(folder, "data.mdb", path))
		return RESULT_IO_FAILED;
	struct file file = FILE_NONE;
	enum result result = file_open(path, FILE_READ, &file);
	if (result != RESULT_OK)
		return result == RESULT_NOT_FOUND ? RESULT_OK : result;
	uint64_t size = 0;
	result = file_size(file, &size);
	file_close(&file);
	if (result != RESULT_OK)
		return result;
	pid_t child = fork();
	if (child < 0)
		return RESULT_OUT_OF_MEMORY;
	if (child == 0) {
		die_of_damage(size);
		_exit(check_in_child(folder, ledger_id));
	}
	int status = 0;
	while (waitpid(child, &status, 0) < 0)
		continue;
	if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_GOOD)
		return RESULT_OK;
	if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_FAILED)
		return RESULT_IO_FAILED;
	return RESULT_STORE_CORRUPT; /* a checksum, or LMDB crashed or hung on what it read */
}
