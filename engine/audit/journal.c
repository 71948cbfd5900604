/* The journal: see journal.h.
 *
 *   folder -> segments by name -> header sector -> batches of sectors -> entries -> on_entry
 *
 * Invariant: `journal` holds what the last good batch left, so that every check of the chain is one
 * comparison; nothing behind the first wrong byte is handed on. */
#include "engine/audit/journal.h"

#include "engine/audit/packing.h"
#include "engine/audit/report.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTOR	       512u
#define SECTOR_CONTENT 511u
#define SEGMENT_MIN    (16u * 1024u)
#define SEGMENT_MAX    (1024u * 1024u * 1024u)
#define BATCH_HEADER   104u
#define BATCH_MAX      (1024u * 1024u)
#define BATCH_SECTORS  2053u
#define ENTRY_HEADER   12u
#define ENTRIES_MAX    16384u
#define NAME_DIGITS    16u
#define NAME_MAX_BYTES 64u
#define SEGMENTS_MAX   1000000u
#define TAG_NONE       0u /* of no written sector: what does not fit the chain is not torn */

enum { FLAG_ENTRIES, FLAG_START, FLAG_STOP };

struct segment {
	char name[NAME_MAX_BYTES];
	const uint8_t *bytes;
	size_t size;
	bool is_last;
};

/* One batch as it was put together from its sectors. */
struct batch {
	uint64_t first;
	uint32_t count;
	uint32_t size; /* of the entries */
	int64_t instant;
	uint32_t epoch;
	uint16_t flags;
	const uint8_t *before;
	const uint8_t *hash;
	size_t offset; /* in the segment */
};

struct reading {
	struct journal *journal;
	struct report *report;
	journal_entry *on_entry;
	void *context;
	struct packing *packing;
	uint8_t *batch; /* room for the longest one and a sector more */
};

/* ---- Segments ---- */

static bool is_segment_name(const char *name)
{
	if (strncmp(name, "journal-", 8) != 0 || strlen(name) != 8 + NAME_DIGITS + 4 ||
	    strcmp(name + 8 + NAME_DIGITS, ".seg") != 0)
		return false;
	return strspn(name + 8, "0123456789abcdef") == NAME_DIGITS;
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(left, right);
}

/* The names of the segments, sorted: an array of NAME_MAX_BYTES each, the caller's to free. */
static char *list_segments(const char *folder, size_t *ret_count)
{
	DIR *opened = opendir(folder);
	char *names = NULL;
	size_t count = 0;
	if (opened == NULL)
		return NULL;
	for (struct dirent *one = readdir(opened); one != NULL; one = readdir(opened)) {
		if (!is_segment_name(one->d_name) || count == SEGMENTS_MAX)
			continue;
		char *grown = realloc(names, (count + 1) * NAME_MAX_BYTES);
		if (grown == NULL)
			break;
		names = grown;
		memset(names + count * NAME_MAX_BYTES, 0, NAME_MAX_BYTES);
		memcpy(names + count * NAME_MAX_BYTES, one->d_name, strlen(one->d_name));
		count++;
	}
	closedir(opened);
	if (names != NULL)
		qsort(names, count, NAME_MAX_BYTES, compare_names);
	*ret_count = count;
	return names;
}

/* Maps a segment whole; false where it cannot be had. */
static bool map_segment(const char *folder, struct segment *segment)
{
	char path[4096];
	struct stat status;
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, segment->name) >= sizeof(path))
		return false;
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (file < 0)
		return false;
	bool is_mapped = false;
	segment->size = 0;
	segment->bytes = NULL;
	if (fstat(file, &status) == 0 && S_ISREG(status.st_mode)) {
		is_mapped = status.st_size == 0;
		segment->size = (size_t)status.st_size;
		if (status.st_size > 0 && status.st_size <= SEGMENT_MAX) {
			void *bytes = mmap(NULL, segment->size, PROT_READ, MAP_PRIVATE, file, 0);
			is_mapped = bytes != MAP_FAILED;
			segment->bytes = is_mapped ? bytes : NULL;
		}
	}
	close(file);
	return is_mapped;
}

static uint64_t number_in_name(const char *name)
{
	uint64_t number = 0;
	for (size_t i = 8; i < 8 + NAME_DIGITS; i++) {
		unsigned digit = (unsigned char)name[i] <= '9' ? (unsigned)(name[i] - '0')
							       : (unsigned)(name[i] - 'a') + 10;
		number = number << 4 | digit;
	}
	return number;
}

static const char *wrong_with_header(const struct journal *journal, const struct segment *segment)
{
	if (segment->size < SEGMENT_MIN || segment->size > SEGMENT_MAX ||
	    segment->size % SECTOR != 0)
		return "no segment has this size";
	struct reader reader = bytes_reader(segment->bytes, SECTOR);
	const uint8_t *magic = bytes_take(&reader, 8);
	bool is_first = journal->batches == 0;
	if (memcmp(magic, "TITOLIJS", 8) != 0 || bytes_u16(&reader) != 1)
		return "the header does not begin as a segment's";
	uint16_t flags = bytes_u16(&reader);
	uint32_t epoch = bytes_u32(&reader);
	const uint8_t *ledger_id = bytes_take(&reader, 16);
	uint64_t first = bytes_u64(&reader);
	uint64_t size = bytes_u64(&reader);
	int64_t instant = bytes_i64(&reader);
	const uint8_t *hash = bytes_take(&reader, HASH_BYTES);
	const uint8_t *zeros = bytes_take(&reader, 420);
	if (bytes_u32(&reader) != bytes_crc32c(0, segment->bytes, SECTOR - 4))
		return "the header's check sum is wrong";
	if (!bytes_are_zero(zeros, 420))
		return "the header holds more than it should";
	if (first != number_in_name(segment->name) || size != segment->size)
		return "the header does not agree with the file's name and size";
	if (!is_first && memcmp(ledger_id, journal->ledger_id, 16) != 0)
		return "it belongs to another ledger";
	if (first != journal->next || flags != journal->flags || epoch != journal->epoch ||
	    instant != journal->instant || memcmp(hash, journal->hash, HASH_BYTES) != 0)
		return is_first ? "the first segment of the journal is missing"
				: "it does not continue where the segment before it ends";
	return NULL;
}

/* ---- Sectors ---- */

static uint8_t tag_of(uint32_t batch_in_segment)
{
	return (uint8_t)(0xc0 + batch_in_segment % 64);
}

static bool is_rest_zero(const struct segment *segment, size_t offset)
{
	return bytes_are_zero(segment->bytes + offset, segment->size - offset);
}

/* Is what stands at `offset` a batch that a crash cut while it was written? `sectors`: how many it
 * would take, 0 where that is not known. */
static bool is_torn(const struct reading *reading, const struct segment *segment, size_t offset,
		    uint8_t tag, size_t sectors)
{
	if (!segment->is_last || reading->journal->batches == 0 ||
	    reading->journal->flags == FLAG_STOP)
		return false;
	size_t left = (segment->size - offset) / SECTOR;
	size_t most = sectors != 0 ? sectors : BATCH_SECTORS;
	size_t last = 0;
	bool has_hole = false;
	most = most < left ? most : left;
	for (size_t i = 0; i < most; i++) {
		const uint8_t *sector = segment->bytes + offset + i * SECTOR;
		if (bytes_are_zero(sector, SECTOR)) {
			has_hole = true;
			continue;
		}
		if (sector[0] != tag)
			return false;
		last = i + 1;
	}
	return has_hole && last > 0 && is_rest_zero(segment, offset + most * SECTOR);
}

/* Puts the batch's bytes together; false when a tag is wrong or the filling is not zero. */
static bool gather(const struct reading *reading, const struct segment *segment, size_t offset,
		   uint8_t tag, size_t size)
{
	for (size_t done = 0; done < size; done += SECTOR_CONTENT, offset += SECTOR) {
		const uint8_t *sector = segment->bytes + offset;
		size_t part = size - done < SECTOR_CONTENT ? size - done : SECTOR_CONTENT;
		if (sector[0] != tag || !bytes_are_zero(sector + 1 + part, SECTOR_CONTENT - part))
			return false;
		memcpy(reading->batch + done, sector + 1, part);
	}
	return true;
}

/* ---- Batches ---- */

/* Reads the header at the front of `bytes`; NULL, or why it is none. */
static const char *read_header(const uint8_t *bytes, struct batch *batch)
{
	struct reader reader = bytes_reader(bytes, BATCH_HEADER);
	const uint8_t *magic = bytes_take(&reader, 4);
	uint16_t version = bytes_u16(&reader);
	batch->flags = bytes_u16(&reader);
	batch->first = bytes_u64(&reader);
	batch->count = bytes_u32(&reader);
	batch->size = bytes_u32(&reader);
	batch->instant = bytes_i64(&reader);
	batch->epoch = bytes_u32(&reader);
	uint32_t crc = bytes_u32(&reader);
	batch->before = bytes_take(&reader, HASH_BYTES);
	batch->hash = bytes_take(&reader, HASH_BYTES);
	if (crc != bytes_crc32c(bytes_crc32c(0, bytes, 36), bytes + 40, 32))
		return "the check sum of a batch's header is wrong";
	if (memcmp(magic, "TJB1", 4) != 0 || version != 1 || batch->flags > FLAG_STOP)
		return "a batch's header does not begin as one";
	bool is_empty = batch->flags != FLAG_ENTRIES;
	if (is_empty ? batch->count != 0 || batch->size != 0
		     : batch->count == 0 || batch->count > ENTRIES_MAX ||
			   batch->size > BATCH_MAX - BATCH_HEADER)
		return "a batch's header gives counts that cannot be";
	return NULL;
}

static const char *wrong_with_chain(const struct journal *journal, const struct batch *batch)
{
	bool is_start = batch->flags == FLAG_START;
	if (batch->first > journal->next)
		return "entries are missing before this batch";
	if (batch->first < journal->next)
		return "entries stand here that came before";
	if (memcmp(batch->before, journal->hash, HASH_BYTES) != 0)
		return "the batch does not carry the hash of the one before it";
	if (batch->epoch != journal->epoch + (is_start ? 1 : 0) ||
	    (journal->batches == 0 && !is_start))
		return "the batch was not written under the start that stands before it";
	if (journal->flags == FLAG_STOP && !is_start)
		return "something was written after a stop";
	bool has_time = journal->batches == 0 || batch->instant >= journal->instant;
	if (!has_time || (batch->flags != FLAG_ENTRIES && batch->instant != journal->instant))
		return "the batch's instant is before that of the batch before it";
	return NULL;
}

static bool is_hash_right(const struct reading *reading, const struct batch *batch)
{
	uint8_t stored[HASH_BYTES];
	uint8_t computed[HASH_BYTES];
	memcpy(stored, batch->hash, HASH_BYTES);
	memset(reading->batch + 72, 0, HASH_BYTES);
	bool is_right = bytes_sha256(reading->batch, BATCH_HEADER + batch->size, computed) &&
			memcmp(stored, computed, HASH_BYTES) == 0;
	memcpy(reading->batch + 72, stored, HASH_BYTES);
	return is_right;
}

static void report_at(struct reading *reading, enum fault fault, uint64_t sequence,
		      const struct segment *segment, size_t offset, const char *what)
{
	report_fault(reading->report, fault, sequence, "%s (%s, offset %zu)", what, segment->name,
		     offset);
}

/* One entry at the front of what is left of a batch: its content, or why it is none. */
static const char *take_content(struct reader *left, uint16_t *ret_version,
				const uint8_t **ret_content, uint32_t *ret_size)
{
	const uint8_t *begin = left->at;
	uint32_t size = bytes_u32(left);
	uint32_t crc = bytes_u32(left);
	*ret_version = bytes_u16(left);
	uint16_t kind = bytes_u16(left);
	*ret_content = bytes_take(left, size);
	*ret_size = size;
	if (left->failed)
		return "an entry is longer than its batch";
	if (crc != bytes_crc32c(bytes_crc32c(0, begin, 4), begin + 8, 4 + (size_t)size))
		return "the bytes of this entry were changed";
	if (kind != 1 || (*ret_version != 1 && *ret_version != 2))
		return "an entry is of no kind or version that there is";
	return NULL;
}

/* Goes over the entries; hands them on when `on_entry` is wanted. Returns false after a report. */
static bool walk_entries(struct reading *reading, const struct segment *segment,
			 const struct batch *batch, bool is_handed_on)
{
	struct reader left = bytes_reader(reading->batch + BATCH_HEADER, batch->size);
	packing_begin(reading->packing);
	for (uint32_t i = 0; i < batch->count; i++) {
		uint64_t sequence = batch->first + i;
		uint16_t version;
		const uint8_t *content;
		uint32_t size;
		const char *wrong = take_content(&left, &version, &content, &size);
		if (wrong == NULL && version == 2) {
			wrong = packing_take(reading->packing, content, size, &size);
			content = reading->packing->entry;
		}
		if (wrong != NULL) {
			report_at(reading, FAULT_DAMAGE, sequence, segment, batch->offset, wrong);
			return false;
		}
		if (is_handed_on)
			reading->on_entry(reading->context, sequence, batch->instant, content,
					  size, batch->hash);
	}
	if (left.left == 0)
		return true;
	report_at(reading, FAULT_DAMAGE, batch->first, segment, batch->offset,
		  "bytes stand behind the last entry of a batch");
	return false;
}

static void keep_end(struct journal *journal, const struct batch *batch)
{
	memcpy(journal->hash, batch->hash, HASH_BYTES);
	journal->next = batch->first + batch->count;
	journal->instant = batch->instant;
	journal->epoch = batch->epoch;
	journal->flags = batch->flags;
	journal->batches++;
	if (journal->wanted_sequence != 0 && batch->flags == FLAG_ENTRIES &&
	    journal->next == journal->wanted_sequence + 1) {
		journal->wanted_found = true;
		memcpy(journal->wanted_hash, batch->hash, HASH_BYTES);
	}
}

/* A whole batch of right sectors: chain, entries, hash. */
static bool take_batch(struct reading *reading, const struct segment *segment,
		       const struct batch *batch)
{
	const char *wrong = wrong_with_chain(reading->journal, batch);
	bool is_right = is_hash_right(reading, batch);
	if (!is_right) {
		/* Which entry? Its own check sum says; else the batch as a whole was rewritten. */
		if (!walk_entries(reading, segment, batch, false))
			return false;
		report_at(reading, FAULT_DAMAGE, batch->first, segment, batch->offset,
			  "a batch is not what its hash says");
		return false;
	}
	if (wrong != NULL) {
		report_at(reading, FAULT_CHAIN, reading->journal->next, segment, batch->offset,
			  wrong);
		return false;
	}
	if (!walk_entries(reading, segment, batch, true))
		return false;
	keep_end(reading->journal, batch);
	return true;
}

/* What stands at `offset` is no batch that can be read. */
static bool report_damage(struct reading *reading, const struct segment *segment, size_t offset,
			  uint8_t tag, size_t sectors, const char *what)
{
	if (is_torn(reading, segment, offset, tag, sectors)) {
		report_at(reading, FAULT_TORN, reading->journal->next, segment, offset,
			  "the last write was cut by a crash");
		return true;
	}
	report_at(reading, FAULT_DAMAGE, reading->journal->next, segment, offset, what);
	return false;
}

static bool read_batches(struct reading *reading, const struct segment *segment)
{
	uint32_t number = 0;
	for (size_t offset = SECTOR; offset < segment->size; number++) {
		const uint8_t *sector = segment->bytes + offset;
		uint8_t tag = tag_of(number);
		if (is_rest_zero(segment, offset))
			return true;
		struct batch batch = {.offset = offset};
		if (sector[0] != tag)
			return report_damage(reading, segment, offset, tag, 0,
					     "a sector does not begin with the tag it must have");
		const char *wrong = read_header(sector + 1, &batch);
		if (wrong != NULL) {
			report_at(reading, FAULT_DAMAGE, reading->journal->next, segment, offset,
				  wrong);
			return false;
		}
		size_t size = BATCH_HEADER + (size_t)batch.size;
		size_t sectors = (size + SECTOR_CONTENT - 1) / SECTOR_CONTENT;
		if (sectors * SECTOR > segment->size - offset) {
			report_at(reading, FAULT_DAMAGE, batch.first, segment, offset,
				  "a batch is longer than its segment");
			return false;
		}
		bool fits = wrong_with_chain(reading->journal, &batch) == NULL;
		if (!gather(reading, segment, offset, tag, size))
			return report_damage(reading, segment, offset, fits ? tag : TAG_NONE,
					     sectors,
					     "a sector of this batch has the wrong tag or filling");
		read_header(reading->batch, &batch);
		if (!take_batch(reading, segment, &batch))
			return false;
		offset += sectors * SECTOR;
	}
	return true;
}

/* ---- The whole ---- */

static bool read_segment(struct reading *reading, const char *folder, struct segment *segment)
{
	if (!map_segment(folder, segment)) {
		report_at(reading, FAULT_UNREADABLE, 0, segment, 0, "cannot be read");
		return false;
	}
	const char *wrong = wrong_with_header(reading->journal, segment);
	bool is_right = false;
	if (wrong != NULL) {
		report_at(reading, FAULT_SEGMENT, reading->journal->next, segment, 0, wrong);
	} else {
		memcpy(reading->journal->ledger_id, segment->bytes + 16, 16);
		is_right = read_batches(reading, segment);
	}
	if (segment->bytes != NULL)
		munmap((void *)(uintptr_t)segment->bytes, segment->size);
	return is_right;
}

static bool read_all(struct reading *reading, const char *folder)
{
	size_t count = 0;
	char *names = list_segments(folder, &count);
	bool is_right = names != NULL;
	if (!is_right)
		report_fault(reading->report, FAULT_UNREADABLE, 0,
			     "there is no journal in the folder %s", folder);
	for (size_t i = 0; i < count && is_right; i++) {
		struct segment segment = {.is_last = i + 1 == count};
		memcpy(segment.name, names + i * NAME_MAX_BYTES, NAME_MAX_BYTES);
		is_right = read_segment(reading, folder, &segment);
	}
	free(names);
	return is_right;
}

bool journal_read(struct journal *journal, const char *folder, struct report *report,
		  journal_entry *on_entry, void *context)
{
	uint64_t wanted = journal->wanted_sequence;
	*journal = (struct journal){.next = 1, .instant = INT64_MIN, .wanted_sequence = wanted};
	struct reading reading = {
	    .journal = journal,
	    .report = report,
	    .on_entry = on_entry,
	    .context = context,
	    .packing = malloc(sizeof(struct packing)),
	    .batch = malloc(BATCH_MAX + SECTOR),
	};
	bool is_right = false;
	if (reading.packing != NULL && reading.batch != NULL) {
		reading.packing->entry = malloc(PACKING_BATCH_MAX + 8);
		if (reading.packing->entry != NULL)
			is_right = read_all(&reading, folder);
		else
			report_fault(report, FAULT_UNREADABLE, 0, "out of memory");
		free(reading.packing->entry);
	} else {
		report_fault(report, FAULT_UNREADABLE, 0, "out of memory");
	}
	free(reading.packing);
	free(reading.batch);
	return is_right;
}
