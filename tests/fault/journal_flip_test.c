/* Flipped bits in the journal: every kind of byte of every segment, one bit at a time, must be
 * reported by opening with the place it lies in; and a batch read back from an open log must not
 * pass.
 *
 * Nothing is exempt: the area behind the last batch that was never written must be zero to its end,
 * so a bit there is reported too, and so are the unused bytes of a header and of a batch's last
 * sector. */
#include "engine/ledger/log_file.h"

#include "tests/support/journal_workload.h"
#include "tests/support/random.h"
#include "tests/support/test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SEGMENT_SIZE     16384u
#define SEGMENTS_MAX     64u
#define FLIPS_PER_REGION 1500u
#define READ_FLIPS       3000u

enum region {
	REGION_SEGMENT_HEADER,
	REGION_TAG,
	REGION_BATCH_HEADER,
	REGION_CONTROL,     /* a start or stop batch */
	REGION_ENTRY_HEADER,
	REGION_ENTRY_CONTENT,
	REGION_SLACK,       /* zeros to the end of a batch's last sector */
	REGION_UNUSED,      /* zeros behind the last batch of a segment */
	REGIONS,
};

static const char *const region_names[REGIONS] = {
	"segment header", "tag", "batch header", "start or stop", "entry header", "entry content",
	"slack of a last sector", "never written",
};

/* One byte of the journal: what it is, and between which offsets its damage may be reported. */
struct cell {
	uint32_t segment;
	uint32_t offset;
	uint32_t place_begin;
	uint32_t place_end;
	uint64_t sequence; /* the first of its batch; 0: of none */
};

struct cells {
	struct cell *items;
	uint32_t count;
	uint32_t capacity;
};

static char folder[TEST_FOLDER_SIZE];
static struct journal_workload workload;
static struct file_ops no_sync_ops;
static struct cells regions[REGIONS];
static int descriptors[SEGMENTS_MAX];
static char names[SEGMENTS_MAX][SEGMENT_NAME_SIZE];
static uint32_t segment_count;

static int no_sync(int descriptor)
{
	(void)descriptor;
	return 0;
}

static struct log_file_options options_of(void)
{
	static const uint8_t ledger_id[] = JOURNAL_WORKLOAD_LEDGER_ID;
	struct log_file_options options = log_file_options_default(folder, ledger_id);
	options.segment_size = SEGMENT_SIZE;
	options.free_space_min = 0;
	options.verify_all = true;
	return options;
}

static void add_cell(enum region region, struct cell cell)
{
	struct cells *cells = &regions[region];
	if (cells->count == cells->capacity) {
		cells->capacity = cells->capacity == 0 ? 4096 : cells->capacity * 2;
		cells->items = realloc(cells->items, cells->capacity * sizeof(struct cell));
		assert_non_null(cells->items);
	}
	cells->items[cells->count++] = cell;
}

/* Says of each byte of a whole batch what it is. */
static void map_batch(const uint8_t *bytes, struct cell start, const struct batch *head)
{
	uint32_t size = BATCH_HEADER_SIZE + head->payload_size;
	uint32_t entry = BATCH_HEADER_SIZE; /* where the entry at hand begins */
	uint32_t next = BATCH_HEADER_SIZE;
	struct cell cell = start;
	for (uint32_t at = 0; at < segment_sectors(size) * SEGMENT_SECTOR_CONTENT; at++) {
		enum region region = REGION_SLACK;
		if (at == next && at < size) {
			entry = next;
			next = entry + BATCH_ENTRY_HEADER_SIZE + bytes[entry] +
			    (uint32_t)bytes[entry + 1] * 256;
		}
		if (at < size)
			region = head->head.flags != 0 ? REGION_CONTROL
			    : at < BATCH_HEADER_SIZE ? REGION_BATCH_HEADER
			    : at < entry + BATCH_ENTRY_HEADER_SIZE ? REGION_ENTRY_HEADER
								   : REGION_ENTRY_CONTENT;
		cell.offset = start.offset + at / SEGMENT_SECTOR_CONTENT * SEGMENT_SECTOR_SIZE +
		    1 + at % SEGMENT_SECTOR_CONTENT;
		add_cell(region, cell);
		if (at % SEGMENT_SECTOR_CONTENT == 0) {
			cell.offset--;
			add_cell(REGION_TAG, cell);
		}
	}
}

static void map_segment(uint32_t segment, const uint8_t *file)
{
	struct cell cell = {.segment = segment, .place_end = SEGMENT_SECTOR_SIZE};
	uint8_t bytes[SEGMENT_SIZE];
	for (cell.offset = 0; cell.offset < SEGMENT_SECTOR_SIZE; cell.offset++)
		add_cell(REGION_SEGMENT_HEADER, cell);
	while (cell.offset < SEGMENT_SIZE && file[cell.offset] != 0) {
		struct batch head;
		segment_gather(file + cell.offset, BATCH_HEADER_SIZE, bytes);
		assert_int_equal(batch_open_head(bytes, &head), RESULT_OK);
		uint32_t size = BATCH_HEADER_SIZE + head.payload_size;
		segment_gather(file + cell.offset, size, bytes);
		cell.sequence = head.head.flags == 0 ? head.head.first_sequence : 0;
		cell.place_begin = cell.offset;
		cell.place_end = cell.offset + segment_sectors(size) * SEGMENT_SECTOR_SIZE;
		map_batch(bytes, cell, &head);
		cell.offset = cell.place_end;
	}
	cell.sequence = 0;
	for (; cell.offset < SEGMENT_SIZE; cell.offset++) {
		cell.place_begin = cell.offset / SEGMENT_SECTOR_SIZE * SEGMENT_SECTOR_SIZE;
		cell.place_end = cell.place_begin + SEGMENT_SECTOR_SIZE;
		add_cell(REGION_UNUSED, cell);
	}
}

/* Makes a journal of some segments, with starts and, between them, a stop; maps all its bytes. */
static void make_journal(bool stops)
{
	struct log_file_options options = options_of();
	struct log_file_report report;
	test_folder_empty(folder);
	assert_int_equal(log_file_create(&options), RESULT_OK);
	for (uint32_t session = 0; session < 3; session++) {
		struct log_file *log = NULL;
		assert_int_equal(log_file_open(&options, &log, &report), RESULT_OK);
		assert_int_equal(log_file_start(log), RESULT_OK);
		for (uint32_t index = 0; index < 8; index++) {
			struct shared_log_batch batch =
			    journal_workload_next(&workload, log_file_shared(log));
			assert_int_equal(
			    shared_log_append(log_file_shared(log), &batch), RESULT_OK);
		}
		if (session == 1 || stops)
			assert_int_equal(shared_log_stop(log_file_shared(log)), RESULT_OK);
		shared_log_close(log_file_shared(log));
	}
	struct log_segments segments = {
		.first_sequences = calloc(JOURNAL_SEGMENTS_MAX, sizeof(uint64_t)),
	};
	assert_int_equal(log_scan_list(folder, &segments), RESULT_OK);
	assert_in_range(segments.count, 4, SEGMENTS_MAX);
	segment_count = segments.count;
	for (uint32_t index = 0; index < segment_count; index++) {
		char path[FILE_PATH_SIZE_MAX];
		uint8_t file[SEGMENT_SIZE];
		segment_name(segments.first_sequences[index], names[index]);
		assert_true(file_path(folder, names[index], path));
		descriptors[index] = open(path, O_RDWR | O_CLOEXEC);
		assert_true(descriptors[index] >= 0);
		assert_int_equal(pread(descriptors[index], file, SEGMENT_SIZE, 0), SEGMENT_SIZE);
		map_segment(index, file);
	}
	free(segments.first_sequences);
}

static void forget_journal(void)
{
	for (uint32_t index = 0; index < segment_count; index++)
		(void)close(descriptors[index]);
	for (uint32_t region = 0; region < REGIONS; region++) {
		free(regions[region].items);
		regions[region] = (struct cells){0};
	}
}

static int setup(void **state)
{
	(void)state;
	test_folder_make("flipped", folder);
	journal_workload_make(&workload, 99);
	no_sync_ops = *file_ops_kernel();
	no_sync_ops.fdatasync = no_sync;
	no_sync_ops.fsync = no_sync;
	(void)file_ops_replace(&no_sync_ops);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	(void)file_ops_replace(NULL);
	journal_workload_free(&workload);
	return 0;
}

static void flip(const struct cell *cell, uint32_t bit)
{
	uint8_t byte = 0;
	assert_int_equal(pread(descriptors[cell->segment], &byte, 1, cell->offset), 1);
	byte ^= (uint8_t)(1u << bit);
	assert_int_equal(pwrite(descriptors[cell->segment], &byte, 1, cell->offset), 1);
}

/* Opens the flipped journal. True: reported, at the right place. */
static bool is_reported(const struct cell *cell)
{
	struct log_file_options options = options_of();
	struct log_file_report report;
	struct log_file *log = NULL;
	enum result result = log_file_open(&options, &log, &report);
	if (result == RESULT_OK)
		shared_log_close(log_file_shared(log));
	bool good = result == RESULT_JOURNAL_CORRUPT && report.place.reason != NULL &&
	    strcmp(report.place.segment, names[cell->segment]) == 0 &&
	    report.place.offset >= cell->place_begin && report.place.offset < cell->place_end;
	if (!good)
		print_error("%s offset %u: result %d, reported at %s:%llu (%s)\n",
		    names[cell->segment], cell->offset, (int)result, report.place.segment,
		    (unsigned long long)report.place.offset,
		    report.place.reason == NULL ? "-" : report.place.reason);
	return good;
}

static void every_flip_is_reported(bool stops, const char *name)
{
	struct test_random random = test_random_make(name);
	uint64_t total = 0;
	uint64_t missed = 0;
	make_journal(stops);
	for (uint32_t region = 0; region < REGIONS; region++) {
		const struct cells *cells = &regions[region];
		/* All bits where there are few, else a sample of the whole. */
		uint64_t bits = (uint64_t)cells->count * 8;
		uint64_t flips = bits < FLIPS_PER_REGION ? bits : FLIPS_PER_REGION;
		assert_true(cells->count > 0);
		for (uint64_t index = 0; index < flips; index++) {
			uint64_t bit =
			    flips == bits ? index : test_random_below(&random, bits);
			const struct cell *cell = &cells->items[bit / 8];
			flip(cell, bit % 8);
			missed += !is_reported(cell);
			flip(cell, bit % 8);
		}
		print_message("%s: %llu flips of %u bytes reported with their place\n",
		    region_names[region], (unsigned long long)flips, cells->count);
		total += flips;
	}
	print_message("%llu flips, %llu missed, 0 exempt\n", (unsigned long long)total,
	    (unsigned long long)missed);
	assert_int_equal(missed, 0);
	assert_true(total >= 10000);
	/* And the journal itself is good. */
	struct log_file_options options = options_of();
	struct log_file_report report;
	struct log_file *log = NULL;
	assert_int_equal(log_file_open(&options, &log, &report), RESULT_OK);
	assert_null(journal_workload_check(&workload, log_file_shared(log), 1));
	shared_log_close(log_file_shared(log));
	forget_journal();
}

static void after_a_crash(void **state)
{
	(void)state;
	every_flip_is_reported(false, "flips after a crash");
}

static void after_a_clean_stop(void **state)
{
	(void)state;
	every_flip_is_reported(true, "flips after a clean stop");
}

/* Damage that comes while the log is open: a reader must not take the batch for good. */
static void a_reader_is_not_deceived(void **state)
{
	(void)state;
	struct test_random random = test_random_make("flips under a reader");
	struct log_file_options options = options_of();
	struct shared_log_buffer buffer = {workload.read_buffer, BATCH_SIZE_MAX};
	make_journal(false);
	for (uint32_t index = 0; index < READ_FLIPS; index++) {
		static const enum region in_batches[] = {
			REGION_TAG, REGION_BATCH_HEADER, REGION_ENTRY_HEADER, REGION_ENTRY_CONTENT,
			REGION_SLACK,
		};
		const struct cells *cells = &regions[in_batches[index % 5]];
		const struct cell *cell = &cells->items[test_random_below(&random, cells->count)];
		uint32_t bit = (uint32_t)test_random_below(&random, 8);
		struct log_file_report report;
		struct log_file *log = NULL;
		struct shared_log_found found;
		struct batch batch;
		if (cell->sequence == 0)
			continue;
		assert_int_equal(log_file_open(&options, &log, &report), RESULT_OK);
		flip(cell, bit);
		enum result result = shared_log_read_from(
		    log_file_shared(log), cell->sequence, buffer, &found);
		if (result == RESULT_OK)
			result = batch_open(buffer.bytes, found.size, workload.hasher, &batch);
		assert_int_equal(result, RESULT_JOURNAL_CORRUPT);
		flip(cell, bit);
		shared_log_close(log_file_shared(log));
	}
	forget_journal();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(after_a_crash),
		cmocka_unit_test(after_a_clean_stop),
		cmocka_unit_test(a_reader_is_not_deceived),
	};
	return cmocka_run_group_tests_name("journal flip", tests, setup, teardown);
}
