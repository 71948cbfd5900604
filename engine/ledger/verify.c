/* Verification: see verify.h. The journal is replayed once, from its first entry. Each entry is
 * held against its rows in the store as it passes; when the replay stands where the store stands,
 * all records are held against theirs.
 *
 * A checkpoint that was cut off leaves rows that are ahead of the store's sequence, up to its
 * target. Records that differ are then looked at once more when the replay has reached the
 * target. */
#include "engine/ledger/verify.h"

#include "engine/base/limits.h"
#include "engine/domain/apply.h"
#include "engine/domain/state.h"
#include "engine/ledger/batch.h"
#include "engine/ledger/entry.h"
#include "engine/ledger/entry_pack.h"
#include "engine/ledger/feed.h"
#include "engine/ledger/layout.h"
#include "engine/ledger/shared_log.h"
#include "engine/ledger/store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define PROGRESS_ENTRIES 65536u    /* between two calls of progress */
#define DOUBTFUL_MAX     (4u << 20) /* records of a cut-off checkpoint */

struct verify {
	const struct verify_config *config;
	struct verify_report *report;
	struct store_view view;
	struct entry_pack *pack; /* of the batch at hand */
	int64_t instant_us; /* of the last entry */
	uint32_t epoch;     /* of the last batch */
	uint64_t *doubtful; /* kind << 32 | id of records that may belong to the target */
	uint32_t doubtful_count;
	bool compared;      /* with the store, at its sequence */
	bool settled;       /* the doubtful ones, at its target */
};

static enum result fault(struct verify *verify, enum result result, const char *text)
{
	verify->report->fault = text;
	return result;
}

static enum result journal_fault(struct verify *verify, uint64_t sequence, const char *text)
{
	verify->report->fault_sequence = sequence;
	return fault(verify, RESULT_JOURNAL_CORRUPT, text);
}

static enum result record_fault(
    struct verify *verify, enum record_kind kind, uint32_t id, const char *text)
{
	verify->report->fault_kind = kind;
	verify->report->fault_id = id;
	return fault(verify, RESULT_STORE_CORRUPT, text);
}

/* ---- Records ---- */

static bool record_is_zero(const struct state *state, enum record_kind kind, uint32_t id)
{
	uint8_t bytes[LAYOUT_SIZE_MAX];
	uint32_t size = layout_encode(kind, state_record(state, kind, id), bytes);
	uint8_t any = 0;
	for (uint32_t i = 0; i < size; i++)
		any |= bytes[i];
	return any == 0;
}

/* Is the row what the replayed state holds? False also where the state has no such record. */
static bool row_agrees(
    const struct state *state, enum record_kind kind, const struct store_row *row)
{
	const void *record = state_record(state, kind, row->id);
	if (record == NULL)
		return false;
	uint8_t ours[LAYOUT_SIZE_MAX];
	uint8_t theirs[LAYOUT_SIZE_MAX];
	union layout_record decoded;
	struct layout_source source = {
	    .bytes = row->bytes,
	    .size = row->size,
	    .kind = (uint8_t)kind,
	    .version = row->version,
	};
	if (!layout_decode(&source, &decoded))
		return false;
	/* Both at the present layout, whatever version the row has. */
	uint32_t size = layout_encode(kind, record, ours);
	return layout_encode(kind, &decoded, theirs) == size && memcmp(ours, theirs, size) == 0;
}

/* A record that differs: wrong, or of the target and to be looked at again. */
static enum result doubt(struct verify *verify, enum record_kind kind, uint32_t id)
{
	if (verify->view.meta.target == verify->view.meta.sequence)
		return record_fault(
		    verify, kind, id, "The store differs from the replayed journal.");
	if (verify->doubtful == NULL)
		verify->doubtful = malloc(DOUBTFUL_MAX * sizeof(*verify->doubtful));
	if (verify->doubtful == NULL || verify->doubtful_count == DOUBTFUL_MAX)
		return RESULT_OUT_OF_MEMORY;
	verify->doubtful[verify->doubtful_count] = (uint64_t)kind << 32 | id;
	verify->doubtful_count++;
	return RESULT_OK;
}

/* Records `from` .. `to` - 1 have no row: right only for slots of balances that were never
 * used. */
static enum result expect_absent(
    struct verify *verify, enum record_kind kind, uint32_t from, uint32_t to)
{
	const struct state *state = verify->config->state;
	for (uint32_t id = from; id < to && id <= state_count(state, kind); id++)
		if (!record_kind_is_sparse(kind) || !record_is_zero(state, kind, id))
			return record_fault(verify, kind, id, "The store lacks a record.");
	return RESULT_OK;
}

static enum result compare_kind(struct verify *verify, enum record_kind kind)
{
	const struct state *state = verify->config->state;
	struct store_row row;
	uint32_t next_id = 1;
	enum result result = store_find(&verify->view, kind, 0, STORE_AT_LEAST, &row);
	while (result == RESULT_OK) {
		result = expect_absent(verify, kind, next_id, row.id);
		if (result == RESULT_OK && !row_agrees(state, kind, &row))
			result = doubt(verify, kind, row.id);
		if (result != RESULT_OK)
			return result;
		verify->report->rows++;
		next_id = row.id + 1;
		result = store_next(&verify->view, kind, &row);
	}
	if (result == RESULT_STORE_CORRUPT)
		return record_fault(verify, kind, row.id, "A row's checksum is wrong.");
	if (result != RESULT_NOT_FOUND)
		return fault(verify, result, "The store cannot be read.");
	if (state_count(state, kind) == UINT32_MAX)
		return RESULT_OK;
	return expect_absent(verify, kind, next_id, state_count(state, kind) + 1);
}

/* The replay stands at the store's sequence. */
static enum result compare_records(struct verify *verify)
{
	verify->compared = true;
	enum result result = RESULT_OK;
	for (uint32_t kind = 1; kind <= RECORD_KIND_MAX && result == RESULT_OK; kind++)
		if (layout_kind_is_known(kind))
			result = compare_kind(verify, (enum record_kind)kind);
	return result;
}

/* The replay stands at the store's target. */
static enum result settle_doubtful(struct verify *verify)
{
	verify->settled = true;
	for (uint32_t i = 0; i < verify->doubtful_count; i++) {
		enum record_kind kind = (enum record_kind)(verify->doubtful[i] >> 32);
		uint32_t id = (uint32_t)verify->doubtful[i];
		struct store_row row;
		if (store_find(&verify->view, kind, id, STORE_EXACT, &row) != RESULT_OK ||
		    !row_agrees(verify->config->state, kind, &row))
			return record_fault(
			    verify, kind, id, "The store differs from the replayed journal.");
	}
	return RESULT_OK;
}

/* ---- Entries ---- */

static bool entry_row_agrees(
    const struct entry *entry, const struct store_entry *row, uint32_t first)
{
	const struct entry_head *head = &entry->head;
	uint32_t left = entry->posting_count - first;
	uint32_t count = left < STORE_CHUNK_POSTINGS ? left : STORE_CHUNK_POSTINGS;
	bool same = row->sequence == head->sequence && row->instant_us == head->at.us &&
		    row->principal == head->principal.raw && /* raw: as it is encoded */
		    row->command == head->command && row->result == head->result &&
		    row->cause == head->cause && row->posting_count == entry->posting_count &&
		    row->posting_version == entry->posting_version && row->first == first &&
		    row->count == count;
	return same && memcmp(row->postings,
			   entry->postings + (size_t)first * LAYOUT_POSTING_SIZE,
			   (size_t)count * LAYOUT_POSTING_SIZE) == 0;
}

/* The rows of "entries" for an entry that the store should hold. */
static enum result compare_entry(struct verify *verify, const struct entry *entry)
{
	uint32_t first = 0;
	do {
		struct store_entry row;
		enum result result =
		    store_find_entry(&verify->view, entry->head.sequence, first, &row);
		verify->report->fault_sequence = entry->head.sequence;
		if (result == RESULT_NOT_FOUND)
			return fault(verify, RESULT_STORE_CORRUPT, "The store lacks an entry.");
		if (result != RESULT_OK)
			return fault(verify, result, "An entry's row in the store is damaged.");
		if (!entry_row_agrees(entry, &row, first))
			return fault(verify, RESULT_STORE_CORRUPT,
			    "An entry in the store differs from the journal.");
		verify->report->fault_sequence = 0;
		verify->report->entry_rows++;
		first += STORE_CHUNK_POSTINGS;
	} while (first < entry->posting_count);
	return RESULT_OK;
}

static enum result apply_entry(struct verify *verify, struct entry *entry)
{
	struct entry_write write;
	while (entry_next_write(entry, &write)) {
		union layout_record record;
		struct layout_source source = {
		    .bytes = write.bytes,
		    .size = write.size,
		    .kind = write.kind,
		    .version = write.version,
		};
		enum record_kind kind = (enum record_kind)write.kind;
		struct state *state = verify->config->state;
		if (layout_decode(&source, &record) && apply_record(state, kind, write.id, &record))
			continue;
		verify->report->fault_kind = kind;
		verify->report->fault_id = write.id;
		if (write.id > state->limits.capacity[kind]) {
			verify->report->fault_sequence = entry->head.sequence;
			return fault(verify, RESULT_CAPACITY_OF_LEDGER_REACHED,
			    "The journal holds more records than are configured.");
		}
		return journal_fault(
		    verify, entry->head.sequence, "A record of an entry cannot be applied.");
	}
	for (uint32_t i = 0; i < entry->posting_count; i++) {
		struct posting posting;
		if (!entry_posting(entry, i, &posting))
			return journal_fault(
			    verify, entry->head.sequence, "A posting cannot be decoded.");
	}
	return RESULT_OK;
}

static enum result verify_entry(struct verify *verify, const struct batch_entry *given)
{
	struct entry entry;
	struct command command;
	if (!entry_open(verify->pack, given, &entry))
		return journal_fault(verify, given->sequence, "An entry cannot be decoded.");
	if (!entry_command(&entry, &command))
		return journal_fault(verify, given->sequence, "A command cannot be decoded.");
	if (entry.head.at.us < verify->instant_us)
		return journal_fault(verify, given->sequence, "An instant lies before another.");
	verify->instant_us = entry.head.at.us;
	enum result result = apply_entry(verify, &entry);
	if (result == RESULT_OK && given->sequence <= verify->view.meta.sequence)
		result = compare_entry(verify, &entry);
	if (result != RESULT_OK)
		return result;
	verify->report->sequence = given->sequence;
	verify->report->last_instant = entry.head.at;
	verify->report->entries++;
	if (given->sequence == verify->view.meta.sequence)
		result = compare_records(verify);
	if (result == RESULT_OK && given->sequence == verify->view.meta.target)
		result = settle_doubtful(verify);
	return result;
}

/* ---- The journal ---- */

static enum result verify_batch(struct verify *verify, const struct feed_batch *fed)
{
	uint64_t next = verify->report->sequence + 1;
	if (fed->batch.head.epoch < verify->epoch)
		return journal_fault(verify, next, "A batch of an older epoch.");
	verify->epoch = fed->batch.head.epoch;
	entry_pack_begin(verify->pack);
	for (uint32_t i = 0; i < fed->batch.count; i++) {
		enum result result = verify_entry(verify, &fed->entries[i]);
		if (result != RESULT_OK)
			return result;
	}
	verify->report->batches++;
	const uint8_t *hash = fed->batch.hash;
	memcpy(verify->report->journal_hash, hash, sizeof(verify->report->journal_hash));
	bool meets = verify->report->sequence == verify->view.meta.sequence;
	if (meets && memcmp(hash, verify->view.meta.hash, STORE_HASH_SIZE) != 0) {
		verify->report->fault_sequence = next;
		return fault(verify, RESULT_LEDGER_MISMATCH,
		    "The journal holds another batch than the one the store was made from.");
	}
	return RESULT_OK;
}

/* A store that holds nothing has no rows, but perhaps those of a first portion. */
static enum result verify_beginning(struct verify *verify)
{
	if (verify->view.meta.sequence != 0)
		return RESULT_OK;
	verify->settled = verify->view.meta.target == 0;
	return compare_records(verify);
}

static enum result verify_journal(struct verify *verify)
{
	const struct verify_config *config = verify->config;
	uint64_t durable = shared_log_durable_sequence(config->log);
	uint64_t told = 0;
	struct feed *feed = NULL;
	enum result result = feed_open(config->log, 1, true, &feed);
	while (result == RESULT_OK && verify->report->sequence < durable) {
		struct feed_batch fed;
		result = feed_next(feed, &fed);
		if (result == RESULT_OK) {
			result = verify_batch(verify, &fed);
		} else {
			verify->report->fault_sequence = verify->report->sequence + 1;
			result = fault(verify,
			    result == RESULT_NOT_FOUND ? RESULT_JOURNAL_CORRUPT : result,
			    "A batch of the journal is damaged or cannot be read.");
		}
		uint64_t untold = verify->report->entries - told;
		if (config->progress != NULL && untold >= PROGRESS_ENTRIES) {
			told = verify->report->entries;
			config->progress(told, durable, config->context);
		}
	}
	feed_close(feed);
	return result;
}

static enum result verify_end(struct verify *verify)
{
	struct store_meta *meta = &verify->view.meta;
	if (meta->target > verify->report->sequence) {
		verify->report->fault_sequence = meta->target;
		return fault(verify, RESULT_STORE_CORRUPT, "The store is ahead of the journal.");
	}
	if (!verify->compared || !verify->settled)
		return fault(verify, RESULT_LEDGER_MISMATCH,
		    "The store ends where no entry of the journal does.");
	struct invariant_fault broken;
	if (!apply_check_all(verify->config->state, &broken)) {
		verify->report->fault_kind = broken.kind;
		verify->report->fault_id = broken.id;
		return fault(verify, RESULT_CHECK_FAILED, broken.rule);
	}
	return RESULT_OK;
}

enum result verify_run(const struct verify_config *config, struct verify_report *ret_report)
{
	ASSERT(config != NULL && config->store != NULL && config->log != NULL);
	ASSERT(config->state != NULL && ret_report != NULL);
	*ret_report = (struct verify_report){.last_instant = {INT64_MIN}};
	struct verify verify = {
	    .config = config,
	    .report = ret_report,
	    .instant_us = INT64_MIN,
	};
	enum result result = entry_pack_open(&verify.pack);
	if (result == RESULT_OK)
		result = store_view_begin(config->store, &verify.view);
	if (result == RESULT_OK) {
		ret_report->store_sequence = verify.view.meta.sequence;
		result = verify_beginning(&verify);
		if (result == RESULT_OK)
			result = verify_journal(&verify);
		if (result == RESULT_OK)
			result = verify_end(&verify);
		store_view_end(&verify.view);
	}
	if (result == RESULT_OK)
		result = state_hash(config->state, ret_report->state_hash);
	entry_pack_close(verify.pack);
	free(verify.doubtful);
	return result;
}
