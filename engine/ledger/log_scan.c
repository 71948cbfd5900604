/* Reading a journal and judging it: see log_scan.h for the rule. */
#include "engine/ledger/log_scan.h"

#include "engine/ledger/log_verify.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW_SIZE (4u * 1024u * 1024u) /* bytes read ahead */

static_assert(WINDOW_SIZE >= SEGMENT_BATCH_SECTORS_MAX * SEGMENT_SECTOR_SIZE,
    "the window holds the largest batch");

/* One walk. */
struct scan {
	const struct log_scan_request *request;
	const struct log_segments *segments;
	struct log_place *place;
	struct log_scan_end end;
	struct log_verify *verify;

	struct file file; /* the segment being walked */
	uint8_t *window;  /* WINDOW_SIZE */
	struct file_span window_span;
};

struct list {
	struct log_segments *segments;
	bool too_many;
};

static bool list_visit(void *context, const char *name)
{
	struct list *list = context;
	uint64_t first_sequence = 0;
	if (!segment_name_parse(name, &first_sequence))
		return true;
	if (list->segments->count == JOURNAL_SEGMENTS_MAX) {
		list->too_many = true;
		return false;
	}
	list->segments->first_sequences[list->segments->count++] = first_sequence;
	return true;
}

static int compare_sequences(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left;
	uint64_t b = *(const uint64_t *)right;
	return (a > b) - (a < b);
}

enum result log_scan_list(const char *folder, struct log_segments *segments)
{
	ASSERT(folder != NULL);
	ASSERT(segments != NULL && segments->first_sequences != NULL);
	struct list list = {.segments = segments};
	segments->count = 0;
	enum result result = file_list(folder, list_visit, &list);
	if (result != RESULT_OK)
		return result;
	if (list.too_many)
		return RESULT_JOURNAL_CORRUPT;
	qsort(segments->first_sequences, segments->count, sizeof(uint64_t), compare_sequences);
	return RESULT_OK;
}

/* Notes what is wrong and where. */
static enum result fault(struct scan *scan, uint64_t offset, const char *reason)
{
	ASSERT(reason != NULL);
	ASSERT(scan->end.segment < scan->segments->count);
	struct log_place *place = scan->place;
	segment_name(scan->segments->first_sequences[scan->end.segment], place->segment);
	place->offset = offset;
	place->sequence = scan->end.chain.next_sequence;
	place->reason = reason;
	return RESULT_JOURNAL_CORRUPT;
}

/* The bytes of a span of the segment; within the file and the window's size. */
static enum result look(struct scan *scan, struct file_span span, const uint8_t **ret_bytes)
{
	ASSERT(span.size > 0 && span.size <= WINDOW_SIZE);
	ASSERT(span.offset + span.size <= scan->end.segment_size);
	const struct file_span *have = &scan->window_span;
	if (span.offset < have->offset || span.offset + span.size > have->offset + have->size) {
		uint64_t left = scan->end.segment_size - span.offset;
		struct file_span want = {span.offset, left < WINDOW_SIZE ? left : WINDOW_SIZE};
		uint64_t size = 0;
		if (file_read(scan->file, want, scan->window, &size) != RESULT_OK) {
			(void)fault(scan, span.offset, "the file cannot be read here");
			return RESULT_IO_FAILED;
		}
		scan->window_span = (struct file_span){span.offset, size};
		if (size < span.size)
			return fault(scan, span.offset + size, "the file has become shorter");
	}
	*ret_bytes = scan->window + (span.offset - scan->window_span.offset);
	return RESULT_OK;
}

/* Is everything from an offset to the end of the segment zero? If not, *ret_offset is the first
 * sector that is not. */
static enum result find_nonzero(struct scan *scan, uint64_t offset, uint64_t *ret_offset)
{
	uint64_t size = scan->end.segment_size;
	ASSERT(offset % SEGMENT_SECTOR_SIZE == 0);
	ASSERT(offset <= size);
	while (offset < size) {
		const uint8_t *bytes = NULL;
		enum result result =
		    look(scan, (struct file_span){offset, SEGMENT_SECTOR_SIZE}, &bytes);
		if (result != RESULT_OK)
			return result;
		uint64_t run = scan->window_span.offset + scan->window_span.size - offset;
		run -= run % SEGMENT_SECTOR_SIZE;
		ASSERT(run >= SEGMENT_SECTOR_SIZE);
		if (!segment_bytes_are_zero(bytes, run)) {
			while (segment_bytes_are_zero(bytes, SEGMENT_SECTOR_SIZE)) {
				bytes += SEGMENT_SECTOR_SIZE;
				offset += SEGMENT_SECTOR_SIZE;
			}
			break;
		}
		offset += run;
	}
	*ret_offset = offset;
	return RESULT_OK;
}

/* May a torn batch stand here at all? */
static enum result judge_torn(struct scan *scan, uint64_t size)
{
	const struct segment_chain *chain = &scan->end.chain;
	uint64_t offset = scan->end.offset;
	ASSERT(size > 0);
	ASSERT(!scan->end.torn);
	if (scan->end.segment + 1 != scan->segments->count)
		return fault(scan, offset, "a sector of zeros where a later segment follows");
	if (chain->epoch == 0)
		return fault(scan, offset, "an unfinished batch before the first start");
	if (chain->flags == BATCH_FLAG_STOP)
		return fault(scan, offset, "an unfinished batch after a clean stop");
	if (!scan->request->ignore_store &&
	    chain->next_sequence <= scan->request->materialised_sequence)
		return fault(scan, offset, "an unfinished batch that the store already holds");
	scan->end.torn = true;
	scan->end.torn_size = size;
	return RESULT_OK;
}

/* The sector where the next batch would begin is zero: the end, or a batch without its head. */
static enum result judge_tail(struct scan *scan)
{
	uint64_t begin = scan->end.offset;
	uint64_t limit = begin + (uint64_t)SEGMENT_BATCH_SECTORS_MAX * SEGMENT_SECTOR_SIZE;
	uint64_t torn_end = 0;
	uint8_t tag = segment_tag(scan->end.batch_index);
	for (uint64_t offset = begin;;) {
		enum result result = find_nonzero(scan, offset, &offset);
		if (result != RESULT_OK)
			return result;
		ASSERT(offset <= scan->end.segment_size);
		if (offset == scan->end.segment_size)
			break;
		const uint8_t *sector = NULL;
		result = look(scan, (struct file_span){offset, SEGMENT_SECTOR_SIZE}, &sector);
		if (result != RESULT_OK)
			return result;
		if (offset >= limit)
			return fault(scan, offset, "bytes far behind the end of the batches");
		if (sector[0] != tag)
			return fault(scan, offset, "a sector behind the end, of no torn batch");
		offset += SEGMENT_SECTOR_SIZE;
		torn_end = offset;
	}
	return torn_end == 0 ? RESULT_OK : judge_torn(scan, torn_end - begin);
}

/* Checks the tags of a batch's sectors. *ret_zeros: how many of them are all zero. */
static enum result check_tags(
    struct scan *scan, const uint8_t *sectors, uint32_t count, uint32_t *ret_zeros)
{
	uint8_t tag = segment_tag(scan->end.batch_index);
	uint32_t zeros = 0;
	ASSERT(count >= 1 && count <= SEGMENT_BATCH_SECTORS_MAX);
	for (uint32_t index = 0; index < count; index++) {
		const uint8_t *sector = sectors + index * SEGMENT_SECTOR_SIZE;
		uint64_t offset = scan->end.offset + index * SEGMENT_SECTOR_SIZE;
		switch (segment_sector_state(sector, tag)) {
		case SEGMENT_SECTOR_WRITTEN:
			break;
		case SEGMENT_SECTOR_ZERO:
			zeros++;
			break;
		case SEGMENT_SECTOR_DAMAGED:
			return fault(scan, offset, "the sector's tag is wrong");
		}
	}
	ASSERT(zeros < count);
	*ret_zeros = zeros;
	return RESULT_OK;
}

/* A batch whose head is right but one of whose sectors is zero. */
static enum result judge_unfinished(struct scan *scan, uint64_t size)
{
	uint64_t end = scan->end.offset + size;
	uint64_t nonzero = 0;
	ASSERT(end <= scan->end.segment_size);
	enum result result = find_nonzero(scan, end, &nonzero);
	if (result != RESULT_OK)
		return result;
	if (nonzero != scan->end.segment_size)
		return fault(scan, scan->end.offset, "a sector of zeros, and other batches follow");
	return judge_torn(scan, size);
}

/* The hash of a batch is wrong: which entry is it? Only to name the place as well as we can. */
static enum result fault_in_batch(struct scan *scan, const uint8_t *bytes, uint32_t size)
{
	struct batch batch = {0};
	struct batch_entry entry;
	uint64_t offset = scan->end.offset;
	if (batch_open(bytes, size, NULL, &batch) != RESULT_OK)
		return fault(scan, offset, "the batch's hash is wrong and its entries do not fit");
	enum result result = batch_next(&batch, &entry);
	while (result == RESULT_OK)
		result = batch_next(&batch, &entry);
	if (result != RESULT_JOURNAL_CORRUPT)
		return fault(scan, offset, "the batch's hash is wrong");
	uint32_t at = BATCH_HEADER_SIZE + batch.next_offset;
	ASSERT(at < size);
	offset += at / SEGMENT_SECTOR_CONTENT * SEGMENT_SECTOR_SIZE;
	offset += 1 + at % SEGMENT_SECTOR_CONTENT;
	return fault(scan, offset, "the entry's checksum is wrong");
}

/* Checks the batch whose head was read, has its hash checked, moves past it. */
static enum result take_batch(struct scan *scan, const struct batch *head)
{
	struct log_scan_end *end = &scan->end;
	uint32_t size = BATCH_HEADER_SIZE + head->payload_size;
	uint32_t count = segment_sectors(size);
	uint64_t span_size = (uint64_t)count * SEGMENT_SECTOR_SIZE;
	const uint8_t *sectors = NULL;
	uint32_t zeros = 0;
	if (span_size > end->segment_size - end->offset)
		return fault(scan, end->offset, "the batch runs past the end of the segment");
	const char *objection = segment_chain_objection(&end->chain, head);
	if (objection != NULL)
		return fault(scan, end->offset, objection);
	enum result result = look(scan, (struct file_span){end->offset, span_size}, &sectors);
	if (result != RESULT_OK)
		return result;
	result = check_tags(scan, sectors, count, &zeros);
	if (result != RESULT_OK)
		return result;
	if (zeros > 0)
		return judge_unfinished(scan, span_size);
	if (!segment_slack_is_zero(sectors, size))
		return fault(scan, end->offset + span_size - SEGMENT_SECTOR_SIZE,
		    "the rest of the batch's last sector is not zero");
	uint8_t *room = log_verify_room(scan->verify);
	if (room == NULL)
		return RESULT_OUT_OF_MEMORY;
	segment_gather(sectors, size, room);
	log_verify_submit(scan->verify, size, end);
	segment_chain_advance(&end->chain, head);
	end->offset += span_size;
	end->batch_index++;
	end->batches++;
	end->bytes += span_size;
	return RESULT_OK;
}

/* Walks the batches of the open segment. */
static enum result walk_batches(struct scan *scan)
{
	struct log_scan_end *end = &scan->end;
	while (end->offset < end->segment_size && !end->torn &&
	    !log_verify_has_failed(scan->verify)) {
		const uint8_t *sector = NULL;
		uint8_t head_bytes[BATCH_HEADER_SIZE];
		struct batch head = {0};
		struct file_span span = {end->offset, SEGMENT_SECTOR_SIZE};
		enum result result = look(scan, span, &sector);
		if (result != RESULT_OK)
			return result;
		enum segment_sector_state state =
		    segment_sector_state(sector, segment_tag(end->batch_index));
		if (state == SEGMENT_SECTOR_ZERO)
			return judge_tail(scan);
		if (state == SEGMENT_SECTOR_DAMAGED)
			return fault(scan, end->offset, "the sector's tag is wrong");
		segment_gather(sector, BATCH_HEADER_SIZE, head_bytes);
		if (batch_open_head(head_bytes, &head) != RESULT_OK)
			return fault(scan, end->offset, "the batch's header is damaged");
		if (head.head.flags == 0 && head.head.first_sequence == end->chain.next_sequence &&
		    scan->request->stop_sequence - end->chain.next_sequence < head.count) {
			end->stopped = true;
			return RESULT_OK;
		}
		result = take_batch(scan, &head);
		if (result != RESULT_OK)
			return result;
	}
	return RESULT_OK;
}

static bool chains_equal(const struct segment_chain *left, const struct segment_chain *right)
{
	return left->next_sequence == right->next_sequence &&
	    left->instant_us == right->instant_us && left->epoch == right->epoch &&
	    left->flags == right->flags && memcmp(left->hash, right->hash, BATCH_HASH_SIZE) == 0;
}

/* Reads and checks the header of the open segment. */
static enum result check_header(struct scan *scan, struct segment_header *ret_header)
{
	uint8_t sector[SEGMENT_SECTOR_SIZE];
	uint64_t size = 0;
	uint64_t file_bytes = 0;
	struct segment_header header = {0};
	struct file_span span = {0, sizeof(sector)};
	if (file_read(scan->file, span, sector, &size) != RESULT_OK ||
	    file_size(scan->file, &file_bytes) != RESULT_OK) {
		(void)fault(scan, 0, "the segment's header cannot be read");
		return RESULT_IO_FAILED;
	}
	if (size != sizeof(sector))
		return fault(scan, size, "the file is shorter than a segment's header");
	const char *objection = segment_header_decode(sector, &header);
	if (objection != NULL)
		return fault(scan, 0, objection);
	if (memcmp(header.ledger_id, scan->request->ledger_id, SEGMENT_LEDGER_ID_SIZE) != 0) {
		(void)fault(scan, 0, "the segment belongs to another ledger");
		return RESULT_LEDGER_MISMATCH;
	}
	if (header.chain.next_sequence != scan->segments->first_sequences[scan->end.segment])
		return fault(scan, 0, "the segment's name does not fit its first sequence");
	if (file_bytes != header.size)
		return fault(scan, file_bytes, "the file has not the size that its header says");
	struct segment_chain genesis = segment_chain_genesis();
	if (scan->end.segment == 0 && !chains_equal(&header.chain, &genesis))
		return fault(scan, 0, "the segments before this one are missing");
	*ret_header = header;
	return RESULT_OK;
}

/* Opens one segment and checks its header; walks it unless it lies before what must be verified. */
static enum result walk_segment(struct scan *scan, uint32_t index, bool walk, bool first)
{
	char name[SEGMENT_NAME_SIZE];
	char path[FILE_PATH_SIZE_MAX];
	struct segment_header header = {0};
	struct log_scan_end *end = &scan->end;
	ASSERT(index < scan->segments->count);
	end->segment = index;
	end->offset = 0;
	if (!walk || first) /* what its name says, until its header does */
		end->chain.next_sequence = scan->segments->first_sequences[index];
	segment_name(scan->segments->first_sequences[index], name);
	if (!file_path(scan->request->folder, name, path))
		return RESULT_IO_FAILED;
	file_close(&scan->file);
	if (file_open(path, FILE_READ, &scan->file) != RESULT_OK) {
		(void)fault(scan, 0, "the segment cannot be opened");
		return RESULT_IO_FAILED;
	}
	scan->window_span = (struct file_span){0, 0};
	enum result result = check_header(scan, &header);
	if (result != RESULT_OK || !walk)
		return result;
	if (first)
		end->chain = header.chain;
	if (!chains_equal(&end->chain, &header.chain))
		return fault(scan, 0, "the segment does not continue the one before it");
	end->segment_size = header.size;
	end->offset = SEGMENT_SECTOR_SIZE;
	end->batch_index = 0;
	end->bytes += SEGMENT_SECTOR_SIZE;
	return walk_batches(scan);
}

static enum result walk_all(struct scan *scan)
{
	const struct log_scan_request *request = scan->request;
	const struct log_segments *segments = scan->segments;
	uint32_t begin = 0;
	ASSERT(segments->count > 0);
	while (begin + 1 < segments->count &&
	    segments->first_sequences[begin + 1] <= request->verify_from)
		begin++;
	scan->end.chain = segment_chain_genesis();
	for (uint32_t index = 0; index < segments->count; index++) {
		enum result result = walk_segment(scan, index, index >= begin, index == begin);
		if (result != RESULT_OK)
			return result;
		if (scan->end.stopped || log_verify_has_failed(scan->verify))
			return RESULT_OK;
		ASSERT(!scan->end.torn || index + 1 == segments->count);
	}
	if (!request->ignore_store &&
	    scan->end.chain.next_sequence <= request->materialised_sequence)
		return fault(scan, scan->end.offset, "the store is ahead of the journal");
	return RESULT_OK;
}

/* A wrong hash comes to light after the walk has gone on: it counts before all that was met
 * later. */
static enum result finish(struct scan *scan, enum result walked)
{
	struct log_verify_fault wrong;
	enum result result = log_verify_finish(scan->verify, &wrong);
	if (result == RESULT_OK)
		return walked;
	if (result != RESULT_JOURNAL_CORRUPT)
		return result;
	ASSERT(wrong.before.chain.next_sequence <= scan->end.chain.next_sequence ||
	    scan->end.offset == 0);
	scan->end = wrong.before;
	return fault_in_batch(scan, wrong.bytes, wrong.size);
}

enum result log_scan(const struct log_scan_request *request, struct log_segments *segments,
    struct log_scan_end *ret_end, struct log_place *ret_place)
{
	ASSERT(request != NULL && request->verify_from >= 1 && request->stop_sequence >= 1);
	ASSERT(ret_end != NULL && ret_place != NULL);
	struct scan scan = {
		.request = request, .segments = segments, .place = ret_place, .file = FILE_NONE,
	};
	*ret_place = (struct log_place){0};
	enum result result = log_scan_list(request->folder, segments);
	if (result != RESULT_OK)
		return result;
	if (segments->count == 0 && (request->ignore_store || request->materialised_sequence == 0))
		return RESULT_NOT_FOUND;
	if (segments->count == 0) {
		ret_place->sequence = 1;
		ret_place->reason = "there is no segment, but the store holds records";
		return RESULT_JOURNAL_CORRUPT;
	}
	scan.window = malloc(WINDOW_SIZE);
	result = log_verify_open(&scan.verify);
	if (result == RESULT_OK && scan.window == NULL)
		result = RESULT_OUT_OF_MEMORY;
	if (result == RESULT_OK)
		result = finish(&scan, walk_all(&scan));
	*ret_end = scan.end;
	file_close(&scan.file);
	log_verify_close(scan.verify);
	free(scan.window);
	return result;
}
