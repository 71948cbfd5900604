/* The store: rows in and out, seeking, checksums that know their place, growth of the map, meta, and
 * what opening refuses. */
#include "engine/ledger/store.h"

#include "engine/ledger/layout.h"
#include "engine/ledger/row_group.h"
#include "tests/support/random.h"
#include "tests/support/store_rows.h"
#include "tests/support/test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[TEST_FOLDER_SIZE];

static struct store_options options_of(uint8_t ledger)
{
	struct store_options options = {.folder = folder, .unsafe_filesystem = true};
	memset(options.ledger_id, ledger, sizeof(options.ledger_id));
	options.map_size = UINT64_C(256) << 20;
	return options;
}

static struct store *open_store(void)
{
	struct store_options options = options_of(1);
	struct store *store = NULL;
	assert_int_equal(store_open(&options, &store), RESULT_OK);
	return store;
}

static int setup(void **state)
{
	(void)state;
	test_folder_make("store_test", folder);
	return 0;
}

static void put_beneficiary(struct store *store, uint32_t id, uint32_t comune, bool append)
{
	struct beneficiary record = {.ambito = {1}, .comune = {comune}};
	uint8_t bytes[LAYOUT_SIZE_MAX];
	uint32_t size = layout_encode(RECORD_KIND_BENEFICIARY, &record, bytes);
	struct store_rows_row put = {
	    .bytes = bytes,
	    .size = size,
	    .id = id,
	    .kind = RECORD_KIND_BENEFICIARY,
	    .version = layout_version(RECORD_KIND_BENEFICIARY),
	    .append = append,
	};
	store_rows_put(store, &put);
}

static uint32_t comune_of(const struct store_row *row)
{
	struct beneficiary record;
	struct layout_source source = {
	    .bytes = row->bytes,
	    .size = row->size,
	    .kind = RECORD_KIND_BENEFICIARY,
	    .version = row->version,
	};
	assert_true(layout_decode(&source, &record));
	return record.comune.raw;
}

static void rows_come_back(void **state)
{
	(void)state;
	struct store *store = open_store();
	assert_int_equal(store_begin(store), RESULT_OK);
	for (uint32_t id = 10; id <= 1000; id += 10)
		put_beneficiary(store, id, id + 1, true);
	put_beneficiary(store, 20, 77, true); /* there already: overwritten */
	put_beneficiary(store, 15, 16, false);
	assert_int_equal(store_commit(store), RESULT_OK);
	struct store_view view;
	struct store_row row;
	assert_int_equal(store_view_begin(store, &view), RESULT_OK);
	enum record_kind kind = RECORD_KIND_BENEFICIARY;
	assert_int_equal(store_find(&view, kind, 30, STORE_EXACT, &row), RESULT_OK);
	assert_int_equal(row.id, 30);
	assert_int_equal(comune_of(&row), 31);
	assert_int_equal(store_find(&view, kind, 20, STORE_EXACT, &row), RESULT_OK);
	assert_int_equal(comune_of(&row), 77);
	assert_int_equal(store_find(&view, kind, 31, STORE_EXACT, &row), RESULT_NOT_FOUND);
	assert_int_equal(store_find(&view, kind, 11, STORE_AT_LEAST, &row), RESULT_OK);
	assert_int_equal(row.id, 15);
	assert_int_equal(store_next(&view, kind, &row), RESULT_OK);
	assert_int_equal(row.id, 20);
	assert_int_equal(store_find(&view, kind, 1001, STORE_AT_LEAST, &row), RESULT_NOT_FOUND);
	assert_int_equal(store_find(&view, kind, 19, STORE_AT_MOST, &row), RESULT_OK);
	assert_int_equal(row.id, 15);
	assert_int_equal(store_find(&view, kind, 5000, STORE_AT_MOST, &row), RESULT_OK);
	assert_int_equal(row.id, 1000);
	assert_int_equal(store_find(&view, kind, 9, STORE_AT_MOST, &row), RESULT_NOT_FOUND);
	assert_int_equal(store_find(&view, RECORD_KIND_CELL, 1, STORE_AT_LEAST, &row),
	    RESULT_NOT_FOUND);
	store_view_end(&view);
	store_close(store);
}

static void a_view_keeps_its_picture(void **state)
{
	(void)state;
	struct store *store = open_store();
	struct store_view before;
	struct store_row row;
	assert_int_equal(store_view_begin(store, &before), RESULT_OK);
	assert_int_equal(store_begin(store), RESULT_OK);
	put_beneficiary(store, 1, 5, true);
	struct store_meta meta = {.sequence = 9, .target = 9, .instant_us = 4};
	meta.counts[RECORD_KIND_BENEFICIARY] = 1;
	store_put_meta(store, &meta);
	assert_int_equal(store_commit(store), RESULT_OK);
	assert_int_equal(
	    store_find(&before, RECORD_KIND_BENEFICIARY, 1, STORE_EXACT, &row), RESULT_NOT_FOUND);
	assert_int_equal(before.meta.sequence, 0);
	store_view_end(&before);
	struct store_view after;
	assert_int_equal(store_view_begin(store, &after), RESULT_OK);
	assert_int_equal(after.meta.sequence, 9);
	assert_int_equal(after.meta.instant_us, 4);
	assert_int_equal(after.meta.counts[RECORD_KIND_BENEFICIARY], 1);
	store_view_end(&after);
	/* What was not committed is not there. */
	assert_int_equal(store_begin(store), RESULT_OK);
	put_beneficiary(store, 2, 5, true);
	store_abort(store);
	assert_int_equal(store_meta(store)->sequence, 9);
	store_close(store);
	store = open_store();
	assert_int_equal(store_meta(store)->sequence, 9);
	store_close(store);
}

static void postings_come_in_chunks(void **state)
{
	(void)state;
	struct store *store = open_store();
	uint8_t postings[STORE_CHUNK_POSTINGS * LAYOUT_POSTING_SIZE];
	for (uint32_t i = 0; i < STORE_CHUNK_POSTINGS; i++) {
		struct posting posting = {.amount = i, .book = BOOK_FUND, .kind = POSTING_KIND_PAY};
		layout_posting_encode(&posting, postings + i * LAYOUT_POSTING_SIZE);
	}
	struct store_entry entry = {
	    .sequence = 7,
	    .instant_us = 70,
	    .principal = 3,
	    .posting_count = 300,
	    .count = STORE_CHUNK_POSTINGS,
	    .result = 1,
	    .cause = 2,
	    .command = 60,
	    .posting_version = layout_posting_version(),
	    .postings = postings,
	};
	assert_int_equal(store_begin(store), RESULT_OK);
	store_rows_put_entry(store, &entry);
	entry.first = STORE_CHUNK_POSTINGS;
	entry.count = 300 - STORE_CHUNK_POSTINGS;
	store_rows_put_entry(store, &entry);
	entry = (struct store_entry){.sequence = 9, .posting_version = layout_posting_version()};
	store_rows_put_entry(store, &entry);
	assert_int_equal(store_commit(store), RESULT_OK);
	struct store_view view;
	assert_int_equal(store_view_begin(store, &view), RESULT_OK);
	assert_int_equal(store_find_entry(&view, 1, 0, &entry), RESULT_OK);
	assert_int_equal(entry.sequence, 7);
	assert_int_equal(entry.count, STORE_CHUNK_POSTINGS);
	assert_int_equal(entry.posting_count, 300);
	assert_int_equal(entry.principal, 3);
	assert_int_equal(entry.instant_us, 70);
	assert_int_equal(entry.result, 1);
	assert_int_equal(entry.cause, 2);
	assert_int_equal(entry.command, 60);
	assert_memory_equal(entry.postings, postings, sizeof(postings));
	assert_int_equal(store_find_entry(&view, 7, 299, &entry), RESULT_OK);
	assert_int_equal(entry.first, STORE_CHUNK_POSTINGS);
	assert_int_equal(entry.count, 300 - STORE_CHUNK_POSTINGS);
	assert_int_equal(store_find_entry(&view, 8, 0, &entry), RESULT_OK);
	assert_int_equal(entry.sequence, 9);
	assert_int_equal(entry.count, 0);
	assert_int_equal(store_find_entry(&view, 10, 0, &entry), RESULT_NOT_FOUND);
	struct store_check check;
	assert_int_equal(store_check_all(&view, &check), RESULT_OK);
	assert_int_equal(check.entry_rows, 3);
	store_view_end(&view);
	store_close(store);
}

#define FLIPPED 0xabcd1100u

/* Bits flipped in the file, at rest, anywhere: found, or without effect on any row. LMDB itself may
 * crash on what it then reads; that is why recovery looks first in a child (recovery_test). */
static void flipped_bits_in_rows_are_found(void **state)
{
	(void)state;
	struct store *store = open_store();
	assert_int_equal(store_begin(store), RESULT_OK);
	for (uint32_t id = 1; id <= 500; id++)
		put_beneficiary(store, id, FLIPPED + id, true);
	assert_int_equal(store_commit(store), RESULT_OK);
	store_close(store);
	char path[TEST_FOLDER_SIZE + 16];
	(void)snprintf(path, sizeof(path), "%s/data.mdb", folder);
	int file = open(path, O_RDWR);
	struct stat stat;
	assert_true(file >= 0 && fstat(file, &stat) == 0);
	uint8_t *bytes = malloc((size_t)stat.st_size);
	assert_int_equal(pread(file, bytes, (size_t)stat.st_size, 0), stat.st_size);
	/* The first row of each group holds its comune as it is, little-endian. */
	uint32_t flipped = 0;
	for (off_t at = 8192; at + 4 < stat.st_size; at++) {
		uint32_t word;
		memcpy(&word, bytes + at, sizeof(word));
		uint32_t id = word - FLIPPED;
		if (id == 0 || id > 500 || id % ROW_GROUP_ROWS != 0)
			continue;
		uint8_t damaged = (uint8_t)(bytes[at] ^ 0x10);
		assert_int_equal(pwrite(file, &damaged, 1, at), 1);
		store = open_store();
		struct store_view view;
		struct store_check check;
		assert_int_equal(store_view_begin(store, &view), RESULT_OK);
		assert_int_equal(store_check_all(&view, &check), RESULT_STORE_CORRUPT);
		assert_int_equal(check.fault_kind, RECORD_KIND_BENEFICIARY);
		assert_int_equal(check.fault_id, id);
		store_view_end(&view);
		store_close(store);
		assert_int_equal(pwrite(file, bytes + at, 1, at), 1);
		flipped++;
	}
	assert_true(flipped >= 25);
	(void)close(file);
	free(bytes);
}

#define MAP_ROWS 600000u

static void the_map_grows(void **state)
{
	(void)state;
	struct store_options options = options_of(1);
	options.map_size = 1u << 20;
	struct store *store = NULL;
	assert_int_equal(store_open(&options, &store), RESULT_OK);
	uint32_t grown = 0;
	for (uint32_t first = 1; first < MAP_ROWS;) {
		assert_int_equal(store_begin(store), RESULT_OK);
		for (uint32_t id = first; id < first + 5000; id++)
			put_beneficiary(store, id, id * 2654435761u, true); /* like nothing */
		enum result result = store_commit(store);
		if (result == RESULT_STORE_FULL) {
			assert_int_equal(store_grow(store), RESULT_OK);
			grown++;
			continue;
		}
		assert_int_equal(result, RESULT_OK);
		first += 5000;
	}
	assert_true(grown >= 2);
	struct store_view view;
	struct store_check check;
	assert_int_equal(store_view_begin(store, &view), RESULT_OK);
	assert_int_equal(store_check_all(&view, &check), RESULT_OK);
	assert_int_equal(check.rows, MAP_ROWS);
	struct store_figures figures;
	store_figures_read(store, &figures);
	assert_int_equal(figures.map_size_bytes, (UINT64_C(1) << 20) << grown);
	assert_true(figures.map_used_bytes > 4u << 20);
	assert_int_equal(figures.oldest_reader_lag, 0);
	assert_int_equal(store_begin(store), RESULT_OK);
	put_beneficiary(store, 1, 2, false);
	assert_int_equal(store_commit(store), RESULT_OK);
	store_figures_read(store, &figures);
	assert_int_equal(figures.oldest_reader_lag, 1);
	store_view_end(&view);
	store_close(store);
}

static void what_opening_refuses(void **state)
{
	(void)state;
	store_close(open_store());
	struct store_options other = options_of(2);
	struct store *store = NULL;
	assert_int_equal(store_open(&other, &store), RESULT_LEDGER_MISMATCH);
	char missing[TEST_FOLDER_SIZE + 16];
	(void)snprintf(missing, sizeof(missing), "%s/none", folder);
	struct store_options nowhere = options_of(1);
	nowhere.folder = missing;
	nowhere.read_only = true;
	assert_int_equal(store_open(&nowhere, &store), RESULT_NOT_FOUND);
	if (access("/dev/shm", W_OK) == 0) {
		struct store_options memory = options_of(1);
		memory.folder = "/dev/shm";
		memory.unsafe_filesystem = false;
		assert_int_equal(store_open(&memory, &store), RESULT_UNSAFE_FILESYSTEM);
	}
	assert_null(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(rows_come_back, setup),
	    cmocka_unit_test_setup(a_view_keeps_its_picture, setup),
	    cmocka_unit_test_setup(postings_come_in_chunks, setup),
	    cmocka_unit_test_setup(flipped_bits_in_rows_are_found, setup),
	    cmocka_unit_test_setup(the_map_grows, setup),
	    cmocka_unit_test_setup(what_opening_refuses, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
