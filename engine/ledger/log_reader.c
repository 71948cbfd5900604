/* Reading batches back: see log_reader.h. */
#include "engine/ledger/log_reader.h"

#include "engine/ledger/batch.h"
#include "engine/ledger/segment.h"
#include "engine/system/file.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_SIZE (2u * 1024u * 1024u) /* bytes read ahead */
#define NO_SEGMENT  UINT32_MAX

static_assert(WINDOW_SIZE >= SEGMENT_BATCH_SECTORS_MAX * SEGMENT_SECTOR_SIZE,
    "the window holds the largest batch");
static_assert(JOURNAL_SEGMENT_SIZE_MAX <= UINT32_MAX, "an offset fits the position's low half");

struct log_reader {
	pthread_mutex_t mutex;
	const struct log_published *published;
	char folder[FILE_PATH_SIZE_MAX];
	uint8_t *window; /* WINDOW_SIZE */
	struct log_place place;

	/* The cursor: the batch at `offset` is number `index` of the segment and begins with
	 * `next_sequence`. `limit`: bytes of the segment that may be read now. */
	struct file file;
	uint32_t segment;
	uint32_t index;
	uint64_t offset;
	uint64_t next_sequence;
	uint64_t limit;
	struct file_span window_span;
};

enum result log_reader_open(
    const char *folder, const struct log_published *published, struct log_reader **ret_reader)
{
	ASSERT(folder != NULL && published != NULL && ret_reader != NULL);
	ASSERT(strlen(folder) < FILE_PATH_SIZE_MAX);
	struct log_reader *reader = calloc(1, sizeof(*reader));
	uint8_t *window = malloc(WINDOW_SIZE);
	if (reader == NULL || window == NULL || pthread_mutex_init(&reader->mutex, NULL) != 0) {
		free(reader);
		free(window);
		return RESULT_OUT_OF_MEMORY;
	}
	reader->published = published;
	reader->window = window;
	reader->file = FILE_NONE;
	reader->segment = NO_SEGMENT;
	memcpy(reader->folder, folder, strlen(folder) + 1);
	*ret_reader = reader;
	return RESULT_OK;
}

void log_reader_close(struct log_reader *reader)
{
	if (reader == NULL)
		return;
	file_close(&reader->file);
	(void)pthread_mutex_destroy(&reader->mutex);
	free(reader->window);
	free(reader);
}

static enum result fault(struct log_reader *reader, uint64_t offset, const char *reason)
{
	ASSERT(reason != NULL);
	ASSERT(reader->segment != NO_SEGMENT);
	struct log_place *place = &reader->place;
	segment_name(reader->published->first_sequences[reader->segment], place->segment);
	place->offset = offset;
	place->sequence = reader->next_sequence;
	place->reason = reason;
	reader->window_span = (struct file_span){0, 0};
	return RESULT_JOURNAL_CORRUPT;
}

/* The segment that holds a durable sequence: the last one that begins at or before it. */
static uint32_t find_segment(const struct log_reader *reader, uint32_t last, uint64_t sequence)
{
	const uint64_t *first_sequences = reader->published->first_sequences;
	uint32_t low = 0;
	uint32_t high = last;
	ASSERT(last < JOURNAL_SEGMENTS_MAX);
	ASSERT(first_sequences[0] <= sequence);
	while (low < high) {
		uint32_t middle = low + (high - low + 1) / 2;
		if (first_sequences[middle] <= sequence)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

static void rewind_cursor(struct log_reader *reader)
{
	ASSERT(reader->segment != NO_SEGMENT);
	reader->offset = SEGMENT_SECTOR_SIZE;
	reader->index = 0;
	reader->next_sequence = reader->published->first_sequences[reader->segment];
}

/* Puts the cursor into a segment, at or before a sequence, and finds how far it may be read. */
static enum result seek(struct log_reader *reader, uint64_t position, uint64_t sequence)
{
	uint32_t last = (uint32_t)(position >> 32);
	uint32_t segment = find_segment(reader, last, sequence);
	if (segment != reader->segment) {
		char name[SEGMENT_NAME_SIZE];
		char path[FILE_PATH_SIZE_MAX];
		struct file file = FILE_NONE;
		segment_name(reader->published->first_sequences[segment], name);
		if (!file_path(reader->folder, name, path))
			return RESULT_IO_FAILED;
		if (file_open(path, FILE_READ, &file) != RESULT_OK)
			return RESULT_IO_FAILED;
		file_close(&reader->file);
		reader->file = file;
		reader->segment = segment;
		reader->window_span = (struct file_span){0, 0};
		rewind_cursor(reader);
	}
	if (reader->next_sequence > sequence)
		rewind_cursor(reader);
	reader->limit = position & UINT32_MAX;
	if (segment != last && file_size(reader->file, &reader->limit) != RESULT_OK)
		return RESULT_IO_FAILED;
	ASSERT(reader->next_sequence <= sequence);
	return RESULT_OK;
}

/* The bytes of a span that may be read. */
static enum result look(struct log_reader *reader, struct file_span span, const uint8_t **ret_bytes)
{
	ASSERT(span.size > 0 && span.size <= WINDOW_SIZE);
	ASSERT(span.offset + span.size <= reader->limit);
	const struct file_span *have = &reader->window_span;
	if (span.offset < have->offset || span.offset + span.size > have->offset + have->size) {
		uint64_t left = reader->limit - span.offset;
		struct file_span want = {span.offset, left < WINDOW_SIZE ? left : WINDOW_SIZE};
		uint64_t size = 0;
		reader->window_span = (struct file_span){0, 0};
		if (file_read(reader->file, want, reader->window, &size) != RESULT_OK)
			return RESULT_IO_FAILED;
		if (size < span.size)
			return fault(reader, span.offset + size, "the file has become shorter");
		reader->window_span = (struct file_span){span.offset, size};
	}
	*ret_bytes = reader->window + (span.offset - reader->window_span.offset);
	return RESULT_OK;
}

/* Reads and checks the head of the batch at the cursor. */
static enum result read_head(struct log_reader *reader, struct batch *ret_head)
{
	const uint8_t *sector = NULL;
	uint8_t head_bytes[BATCH_HEADER_SIZE];
	struct batch head = {0};
	uint8_t tag = segment_tag(reader->index);
	if (reader->offset + SEGMENT_SECTOR_SIZE > reader->limit)
		return fault(reader, reader->offset, "a durable batch is missing");
	enum result result =
	    look(reader, (struct file_span){reader->offset, SEGMENT_SECTOR_SIZE}, &sector);
	if (result != RESULT_OK)
		return result;
	if (segment_sector_state(sector, tag) != SEGMENT_SECTOR_WRITTEN)
		return fault(reader, reader->offset, "the sector's tag is wrong");
	segment_gather(sector, BATCH_HEADER_SIZE, head_bytes);
	if (batch_open_head(head_bytes, &head) != RESULT_OK)
		return fault(reader, reader->offset, "the batch's header is damaged");
	if (head.head.first_sequence != reader->next_sequence)
		return fault(reader, reader->offset, "the batch's sequence is not the next one");
	uint64_t span = (uint64_t)segment_sectors(BATCH_HEADER_SIZE + head.payload_size) *
	    SEGMENT_SECTOR_SIZE;
	if (span > reader->limit - reader->offset)
		return fault(reader, reader->offset, "the batch runs past the durable end");
	*ret_head = head;
	return RESULT_OK;
}

/* Copies the batch at the cursor into the buffer. */
static enum result read_batch(struct log_reader *reader, const struct batch *head,
    struct shared_log_buffer buffer, struct shared_log_found *ret_found)
{
	uint32_t size = BATCH_HEADER_SIZE + head->payload_size;
	uint32_t count = segment_sectors(size);
	uint8_t tag = segment_tag(reader->index);
	const uint8_t *sectors = NULL;
	ASSERT(size <= buffer.capacity);
	struct file_span span = {reader->offset, (uint64_t)count * SEGMENT_SECTOR_SIZE};
	enum result result = look(reader, span, &sectors);
	if (result != RESULT_OK)
		return result;
	for (uint32_t index = 0; index < count; index++) {
		uint32_t at = index * SEGMENT_SECTOR_SIZE;
		if (sectors[at] != tag)
			return fault(reader, span.offset + at, "the sector's tag is wrong");
	}
	if (!segment_slack_is_zero(sectors, size))
		return fault(reader, span.offset + span.size - SEGMENT_SECTOR_SIZE,
		    "the rest of the batch's last sector is not zero");
	segment_gather(sectors, size, buffer.bytes);
	*ret_found = (struct shared_log_found){
		.first_sequence = head->head.first_sequence, .count = head->count, .size = size,
	};
	return RESULT_OK;
}

static enum result read_locked(struct log_reader *reader, uint64_t sequence,
    struct shared_log_buffer buffer, struct shared_log_found *ret_found)
{
	const struct log_published *published = reader->published;
	uint64_t durable =
	    atomic_load_explicit(&published->durable_sequence, memory_order_acquire);
	if (sequence > durable)
		return RESULT_NOT_FOUND;
	uint64_t position = atomic_load_explicit(&published->position, memory_order_acquire);
	enum result result = seek(reader, position, sequence);
	/* Bounded: each step moves at least a sector on, and ends at the limit. */
	while (result == RESULT_OK) {
		struct batch head = {0};
		result = read_head(reader, &head);
		if (result != RESULT_OK)
			break;
		if (sequence - reader->next_sequence < head.count)
			return read_batch(reader, &head, buffer, ret_found);
		uint32_t size = BATCH_HEADER_SIZE + head.payload_size;
		reader->offset += (uint64_t)segment_sectors(size) * SEGMENT_SECTOR_SIZE;
		reader->index++;
		reader->next_sequence += head.count;
		ASSERT(reader->next_sequence <= sequence);
	}
	return result;
}

enum result log_reader_read(struct log_reader *reader, uint64_t sequence,
    struct shared_log_buffer buffer, struct shared_log_found *ret_found)
{
	ASSERT(reader != NULL && ret_found != NULL);
	ASSERT(sequence >= 1 && buffer.capacity >= BATCH_SIZE_MAX);
	int locked = pthread_mutex_lock(&reader->mutex);
	ASSERT(locked == 0);
	enum result result = read_locked(reader, sequence, buffer, ret_found);
	int unlocked = pthread_mutex_unlock(&reader->mutex);
	ASSERT(unlocked == 0);
	return result;
}

struct log_place log_reader_fault(struct log_reader *reader)
{
	ASSERT(reader != NULL);
	int locked = pthread_mutex_lock(&reader->mutex);
	ASSERT(locked == 0);
	struct log_place place = reader->place;
	int unlocked = pthread_mutex_unlock(&reader->mutex);
	ASSERT(unlocked == 0);
	return place;
}
