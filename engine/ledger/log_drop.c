/* Dropping the end of a damaged journal: see log_drop.h. */
#include "engine/ledger/log_drop.h"

#include "engine/ledger/log_scan.h"
#include "engine/system/file.h"

#include <stdlib.h>
#include <string.h>

#define COPY_SIZE        (256u * 1024u)
#define DROP_NAME_SIZE   (SEGMENT_NAME_SIZE + sizeof(LOG_DROP_SUFFIX))
#define DROP_UNFINISHED  "journal-dropped.tmp" /* a copy being made */

struct drop {
	const struct log_file_options *options;
	struct log_segments segments;
	struct log_scan_end end;
	uint8_t *bytes; /* COPY_SIZE */
};

/* The paths of a segment and of what it is called once dropped. */
struct drop_paths {
	char segment[FILE_PATH_SIZE_MAX];
	char dropped[FILE_PATH_SIZE_MAX];
};

static bool find_paths(const struct drop *drop, uint32_t index, struct drop_paths *ret_paths)
{
	char name[DROP_NAME_SIZE];
	ASSERT(index < drop->segments.count);
	segment_name(drop->segments.first_sequences[index], name);
	if (!file_path(drop->options->folder, name, ret_paths->segment))
		return false;
	memcpy(name + SEGMENT_NAME_SIZE - 1, LOG_DROP_SUFFIX, sizeof(LOG_DROP_SUFFIX));
	return file_path(drop->options->folder, name, ret_paths->dropped);
}

static enum result copy_bytes(struct drop *drop, struct file from, struct file to)
{
	uint64_t size = 0;
	enum result result = file_size(from, &size);
	for (uint64_t offset = 0; result == RESULT_OK && offset < size;) {
		struct file_span span = {offset, COPY_SIZE};
		result = file_read(from, span, drop->bytes, &span.size);
		if (result == RESULT_OK && span.size == 0)
			return RESULT_IO_FAILED;
		if (result == RESULT_OK)
			result = file_write(to, span, drop->bytes);
		offset += span.size;
	}
	return result == RESULT_OK ? file_sync(to) : result;
}

/* Keeps a copy of the segment that is about to be shortened, unless a finished copy is there. */
static enum result keep_copy(struct drop *drop, const struct drop_paths *paths)
{
	char unfinished[FILE_PATH_SIZE_MAX];
	struct file from = FILE_NONE;
	struct file to = FILE_NONE;
	enum result result = file_exists(paths->dropped);
	if (result != RESULT_NOT_FOUND)
		return result;
	if (!file_path(drop->options->folder, DROP_UNFINISHED, unfinished))
		return RESULT_IO_FAILED;
	result = file_open(paths->segment, FILE_READ, &from);
	if (result == RESULT_OK)
		result = file_open(unfinished, FILE_CREATE, &to);
	if (result == RESULT_OK)
		result = copy_bytes(drop, from, to);
	file_close(&from);
	file_close(&to);
	if (result == RESULT_OK)
		result = file_rename(unfinished, paths->dropped);
	if (result == RESULT_OK)
		result = file_sync_folder(drop->options->folder);
	return result;
}

/* Renames whole segments out of the way, the newest first, so that what stays is always a chain. */
static enum result set_aside(struct drop *drop, uint32_t first, uint32_t *ret_count)
{
	uint32_t count = 0;
	for (uint32_t index = drop->segments.count; index > first; index--) {
		struct drop_paths paths;
		if (!find_paths(drop, index - 1, &paths))
			return RESULT_IO_FAILED;
		enum result result = file_rename(paths.segment, paths.dropped);
		if (result != RESULT_OK)
			return RESULT_IO_FAILED;
		count++;
	}
	*ret_count = count;
	return count == 0 ? RESULT_OK : file_sync_folder(drop->options->folder);
}

/* Makes everything from the end of the good part zero. */
static enum result zero_rest(struct drop *drop, const struct drop_paths *paths)
{
	struct file file = FILE_NONE;
	const struct log_scan_end *end = &drop->end;
	ASSERT(end->offset >= SEGMENT_SECTOR_SIZE);
	ASSERT(end->offset <= end->segment_size);
	enum result result = file_open(paths->segment, FILE_UPDATE, &file);
	if (result != RESULT_OK)
		return RESULT_IO_FAILED;
	memset(drop->bytes, 0, COPY_SIZE);
	for (uint64_t offset = end->offset; result == RESULT_OK && offset < end->segment_size;) {
		uint64_t left = end->segment_size - offset;
		struct file_span span = {offset, left < COPY_SIZE ? left : COPY_SIZE};
		result = file_write(file, span, drop->bytes);
		offset += span.size;
	}
	if (result == RESULT_OK)
		result = file_sync(file);
	file_close(&file);
	return result;
}

/* The good part ends at drop->end: sets the rest aside. */
static enum result drop_rest(struct drop *drop, struct log_dropped *ret_dropped)
{
	const struct log_scan_end *end = &drop->end;
	struct drop_paths paths;
	bool whole = end->offset == 0; /* not even the header of that segment is good */
	uint32_t first_aside = whole ? end->segment : end->segment + 1;
	if (whole && end->segment == 0)
		return RESULT_JOURNAL_CORRUPT;
	if (!find_paths(drop, end->segment, &paths))
		return RESULT_IO_FAILED;
	enum result result = whole ? RESULT_OK : keep_copy(drop, &paths);
	if (result == RESULT_OK)
		result = set_aside(drop, first_aside, &ret_dropped->segments);
	if (result == RESULT_OK && !whole)
		result = zero_rest(drop, &paths);
	if (result != RESULT_OK)
		return result;
	ret_dropped->first_sequence = end->chain.next_sequence;
	ret_dropped->place = (struct log_place){
		.offset = end->offset,
		.sequence = end->chain.next_sequence,
		.reason = "the journal was cut here by order",
	};
	segment_name(drop->segments.first_sequences[whole ? end->segment - 1 : end->segment],
	    ret_dropped->place.segment);
	return RESULT_OK;
}

static enum result find_and_drop(
    struct drop *drop, uint64_t sequence, struct log_dropped *ret_dropped)
{
	struct log_scan_request request = {
		.folder = drop->options->folder,
		.verify_from = drop->options->verify_all ? 1 : sequence,
		.stop_sequence = sequence,
		.ignore_store = true,
	};
	memcpy(request.ledger_id, drop->options->ledger_id, SEGMENT_LEDGER_ID_SIZE);
	enum result result = log_scan(&request, &drop->segments, &drop->end, &ret_dropped->place);
	if (result == RESULT_OK && !drop->end.stopped)
		return RESULT_NOT_FOUND;
	if (result != RESULT_OK && result != RESULT_JOURNAL_CORRUPT)
		return result;
	if (result == RESULT_JOURNAL_CORRUPT && ret_dropped->place.sequence != sequence)
		return result;
	return drop_rest(drop, ret_dropped);
}

enum result log_drop_from(const struct log_file_options *options, uint64_t sequence,
    struct log_dropped *ret_dropped)
{
	ASSERT(options != NULL && options->folder != NULL);
	ASSERT(sequence >= 1 && ret_dropped != NULL);
	struct drop drop = {
		.options = options,
		.segments = {.first_sequences = calloc(JOURNAL_SEGMENTS_MAX, sizeof(uint64_t))},
		.bytes = malloc(COPY_SIZE),
	};
	*ret_dropped = (struct log_dropped){0};
	enum result result = RESULT_OUT_OF_MEMORY;
	if (drop.segments.first_sequences != NULL && drop.bytes != NULL)
		result = find_and_drop(&drop, sequence, ret_dropped);
	free(drop.segments.first_sequences);
	free(drop.bytes);
	return result;
}
