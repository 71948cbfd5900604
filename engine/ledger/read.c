/* Read views and the gate before them: see read.h and reader.h. */
#include "engine/ledger/read.h"

#include "engine/ledger/checkpoint.h"
#include "engine/ledger/layout.h"
#include "engine/ledger/reader.h"
#include "engine/system/clock.h"

#include <assert.h>
#include <string.h>

#define GATE_WAIT_MS 100u /* longest sleep between two looks at the gate */

static_assert(READ_RECORD_SIZE_MAX >= sizeof(union layout_record), "any record fits");
static_assert(READ_ENTRY_POSTINGS_MAX == STORE_CHUNK_POSTINGS, "one row of the store, one answer");

/* ---- The gate ---- */

void reader_init(struct reader *reader, struct store *store, struct checkpoint *checkpoint)
{
	ASSERT(reader != NULL && store != NULL);
	*reader = (struct reader){.store = store, .checkpoint = checkpoint};
	int error = pthread_mutex_init(&reader->lock, NULL);
	ASSERT(error == 0);
	atomic_store(&reader->sequence, store_meta(store)->sequence);
}

/* Under the lock, or when no other thread is left. */
static void end_spares(struct reader *reader)
{
	for (; reader->spare_count > 0; reader->spare_count--)
		store_view_end(&reader->spares[reader->spare_count - 1]);
}

void reader_deinit(struct reader *reader)
{
	ASSERT(reader != NULL && reader->open_views == 0);
	end_spares(reader);
	int error = pthread_mutex_destroy(&reader->lock);
	ASSERT(error == 0);
}

static void lock(struct reader *reader)
{
	int error = pthread_mutex_lock(&reader->lock);
	ASSERT(error == 0);
}

static void unlock(struct reader *reader)
{
	int error = pthread_mutex_unlock(&reader->lock);
	ASSERT(error == 0);
}

void reader_close(void *context)
{
	struct reader *reader = context;
	lock(reader);
	ASSERT(!reader->closed && reader->spare_count == 0);
	/* Where there is none to be had, readers wait. */
	while (reader->spare_count < READER_SPARES &&
	       store_view_begin(reader->store, &reader->spares[reader->spare_count]) == RESULT_OK)
		reader->spare_count++;
	reader->closed = true;
	reader->is_emptied = false;
	unlock(reader);
}

void reader_open(void *context)
{
	struct reader *reader = context;
	lock(reader);
	end_spares(reader);
	reader->closed = false;
	unlock(reader);
	bell_ring(&reader->bell);
}

void reader_empty(void *context)
{
	struct reader *reader = context;
	for (;;) {
		uint32_t heard = bell_listen(&reader->bell);
		lock(reader);
		ASSERT(reader->closed);
		end_spares(reader);
		reader->is_emptied = true;
		uint32_t open_views = reader->open_views;
		unlock(reader);
		if (open_views == 0)
			return;
		bell_wait(&reader->bell, heard, GATE_WAIT_MS);
	}
}

void reader_publish(struct reader *reader, uint64_t sequence)
{
	ASSERT(sequence >= atomic_load(&reader->sequence));
	atomic_store(&reader->sequence, sequence);
	bell_ring(&reader->bell);
}

/* ---- Slices ---- */

/* Begins a view if the gate is open, takes a spare one if not; RESULT_NOT_YET_VISIBLE: there is
 * none. */
static enum result try_begin(struct reader *reader, struct store_view *ret_view)
{
	lock(reader);
	enum result result = RESULT_NOT_YET_VISIBLE;
	if (!reader->closed) {
		result = store_view_begin(reader->store, ret_view);
	} else if (reader->spare_count > 0) {
		reader->spare_count--;
		*ret_view = reader->spares[reader->spare_count];
		result = RESULT_OK;
	}
	if (result == RESULT_OK)
		reader->open_views++;
	unlock(reader);
	return result;
}

static void end_view(struct reader *reader, struct store_view *view)
{
	lock(reader);
	bool is_spare = reader->closed && !reader->is_emptied &&
			reader->spare_count < READER_SPARES &&
			view->meta.sequence == atomic_load(&reader->sequence);
	if (is_spare) {
		reader->spares[reader->spare_count] = *view;
		reader->spare_count++;
	}
	unlock(reader);
	if (!is_spare)
		store_view_end(view); /* before it is no longer counted */
	lock(reader);
	ASSERT(reader->open_views > 0);
	reader->open_views--;
	bool wakes = reader->closed && (is_spare || reader->open_views == 0);
	unlock(reader);
	if (wakes)
		bell_ring(&reader->bell);
}

enum result read_begin(
    struct reader *reader, uint64_t sequence_min, struct read_slice *ret_slice)
{
	ASSERT(reader != NULL && ret_slice != NULL);
	uint64_t began_ms = clock_monotonic_ms();
	uint64_t now_ms = began_ms;
	while (now_ms - began_ms <= READ_WAIT_MS_MAX) {
		uint32_t heard = bell_listen(&reader->bell);
		if (atomic_load(&reader->sequence) >= sequence_min) {
			struct read_slice slice = {.reader = reader, .began_ms = now_ms};
			enum result result = try_begin(reader, &slice.view);
			if (result == RESULT_OK) {
				slice.sequence = slice.view.meta.sequence;
				slice.at.us = slice.view.meta.instant_us;
				memcpy(slice.counts, slice.view.meta.counts, sizeof(slice.counts));
				*ret_slice = slice;
			}
			if (result != RESULT_NOT_YET_VISIBLE)
				return result;
		} else if (!checkpoint_ask(reader->checkpoint, sequence_min)) {
			return RESULT_NOT_YET_VISIBLE; /* nothing of that sequence is durable */
		}
		bell_wait(&reader->bell, heard, GATE_WAIT_MS);
		now_ms = clock_monotonic_ms();
	}
	return RESULT_NOT_YET_VISIBLE;
}

void read_end(struct read_slice *slice)
{
	ASSERT(slice != NULL);
	if (slice->reader != NULL)
		end_view(slice->reader, &slice->view);
	slice->reader = NULL;
}

bool read_is_old(const struct read_slice *slice)
{
	ASSERT(slice != NULL && slice->reader != NULL);
	return clock_monotonic_ms() - slice->began_ms > READ_SLICE_MS_MAX;
}

static enum result decode_row(
    enum record_kind kind, const struct store_row *row, uint32_t *inout_id, void *ret_record)
{
	struct layout_source source = {
	    .bytes = row->bytes,
	    .size = row->size,
	    .kind = (uint8_t)kind,
	    .version = row->version,
	};
	if (!layout_decode(&source, ret_record))
		return RESULT_STORE_CORRUPT;
	*inout_id = row->id;
	return RESULT_OK;
}

enum result read_record(
    struct read_slice *slice, enum record_kind kind, uint32_t id, void *ret_record)
{
	ASSERT(slice != NULL && slice->reader != NULL);
	ASSERT(ret_record != NULL);
	struct store_row row;
	uint32_t found = id;
	if (id == 0 || id > slice->counts[kind])
		return RESULT_NOT_FOUND;
	enum result result = store_find(&slice->view, kind, id, STORE_EXACT, &row);
	return result == RESULT_OK ? decode_row(kind, &row, &found, ret_record) : result;
}

enum result read_next(
    struct read_slice *slice, enum record_kind kind, uint32_t *inout_id, void *ret_record)
{
	ASSERT(slice != NULL && slice->reader != NULL);
	ASSERT(inout_id != NULL && ret_record != NULL);
	struct store_row row;
	if (*inout_id > slice->counts[kind])
		return RESULT_NOT_FOUND;
	enum result result = store_find(&slice->view, kind, *inout_id, STORE_AT_LEAST, &row);
	return result == RESULT_OK ? decode_row(kind, &row, inout_id, ret_record) : result;
}

enum result read_previous(
    struct read_slice *slice, enum record_kind kind, uint32_t *inout_id, void *ret_record)
{
	ASSERT(slice != NULL && slice->reader != NULL);
	ASSERT(inout_id != NULL && ret_record != NULL);
	struct store_row row;
	uint32_t id = *inout_id < slice->counts[kind] ? *inout_id : slice->counts[kind];
	if (id == 0)
		return RESULT_NOT_FOUND;
	enum result result = store_find(&slice->view, kind, id, STORE_AT_MOST, &row);
	return result == RESULT_OK ? decode_row(kind, &row, inout_id, ret_record) : result;
}

enum result read_entry(struct read_slice *slice, uint64_t sequence, uint32_t first,
    struct read_entry *ret_entry)
{
	ASSERT(slice != NULL && slice->reader != NULL);
	ASSERT(ret_entry != NULL);
	struct store_entry row;
	enum result result = store_find_entry(&slice->view, sequence, first, &row);
	if (result != RESULT_OK)
		return result;
	if (row.sequence > slice->sequence)
		return RESULT_NOT_FOUND;
	ret_entry->sequence = row.sequence;
	ret_entry->at.us = row.instant_us;
	ret_entry->principal.raw = row.principal; /* raw: as it is encoded */
	ret_entry->command = row.command;
	ret_entry->result = row.result;
	ret_entry->cause = row.cause;
	ret_entry->posting_count = row.posting_count;
	ret_entry->first = row.first;
	ret_entry->count = row.count;
	ASSERT(row.count <= READ_ENTRY_POSTINGS_MAX);
	for (uint32_t i = 0; i < row.count; i++)
		if (!layout_posting_decode(row.posting_version,
			row.postings + (size_t)i * LAYOUT_POSTING_SIZE, &ret_entry->postings[i]))
			return RESULT_STORE_CORRUPT;
	return RESULT_OK;
}

uint64_t read_sequence(const struct reader *reader)
{
	ASSERT(reader != NULL);
	return atomic_load(&reader->sequence);
}
