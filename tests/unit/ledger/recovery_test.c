/* Recovery and checkpoints: whatever part of the journal the store holds, store and tail together
 * give the state that was lost; interrupted checkpoints are finished; what does not belong together
 * is refused. */
#include "engine/ledger/recovery.h"

#include "engine/domain/state.h"
#include "engine/ledger/gather.h"
#include "engine/ledger/layout.h"
#include "engine/ledger/log_memory.h"
#include "engine/ledger/shared_log.h"
#include "engine/ledger/store.h"
#include "tests/support/random.h"
#include "tests/support/store_rows.h"
#include "tests/support/synthetic_ledger.h"
#include "tests/support/test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ROOM 60000u

/* The head of a page of LMDB: of which kind it is, and how far its list of nodes goes. */
#define LMDB_PAGE_SIZE 4096
#define LMDB_FLAGS_AT  10
#define LMDB_LEAF2     0x20u /* keys of one size, here 0: all are below the one that is sought */
#define LMDB_LOWER_AT  12

/* The thread sanitizer is some fifty times slower, and here is one thread: it sees less of the same. */
#ifdef __SANITIZE_THREAD__
#define ROUNDS 15
#else
#define ROUNDS 60
#endif

static char folder[TEST_FOLDER_SIZE];
static struct log_memory *memory;
static struct shared_log *journal;
static struct synthetic_ledger live;
static struct synthetic_writer writer;
static struct store *store;
static struct gather *gather;

static struct store *open_store(uint8_t id_byte)
{
	struct store_options options = {.folder = folder, .unsafe_filesystem = true};
	memset(options.ledger_id, id_byte, sizeof(options.ledger_id));
	options.map_size = UINT64_C(1) << 30;
	struct store *opened = NULL;
	assert_int_equal(store_open(&options, &opened), RESULT_OK);
	return opened;
}

static int setup(void **state)
{
	(void)state;
	test_folder_make("recovery_test", folder);
	struct log_memory_options options = {.seed = 1, .capacity = UINT64_C(1) << 30};
	assert_int_equal(log_memory_make(&options, &memory), RESULT_OK);
	journal = log_memory_shared(memory);
	synthetic_ledger_make(&live, ROOM);
	synthetic_writer_make(&writer, &live, journal, 0);
	store = open_store(SYNTHETIC_ID_BYTE);
	assert_int_equal(gather_open(&gather), RESULT_OK);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	gather_close(gather);
	store_close(store);
	synthetic_writer_free(&writer);
	synthetic_ledger_free(&live);
	shared_log_close(journal);
	log_memory_free(memory);
	return 0;
}

/* Brings the store up to a sequence (the end of its batch). */
static void checkpoint_to(uint64_t sequence)
{
	struct gather_span span;
	assert_int_equal(gather_catch_up(gather, journal, store, sequence, &span), RESULT_OK);
}

static void assert_recovers(struct recovery_report *ret_report)
{
	struct synthetic_ledger back;
	char expected[65];
	char found[65];
	synthetic_ledger_make(&back, ROOM);
	struct recovery_config config = {
	    .store = store, .log = journal, .state = &back.state, .check_all = true};
	assert_int_equal(recovery_run(&config, ret_report), RESULT_OK);
	assert_null(ret_report->fault);
	assert_int_equal(ret_report->sequence, writer.next_sequence - 1);
	synthetic_hash(&live, expected);
	synthetic_hash(&back, found);
	assert_string_equal(found, expected);
	synthetic_ledger_free(&back);
}

static void an_empty_ledger(void **state)
{
	(void)state;
	struct recovery_report report;
	assert_recovers(&report);
	assert_int_equal(report.sequence, 0);
	assert_int_equal(report.last_instant.us, INT64_MIN);
}

static void store_and_tail_give_the_state(void **state)
{
	(void)state;
	struct test_random random = test_random_make("store_and_tail_give_the_state");
	struct recovery_report report;
	for (int round = 0; round < ROUNDS; round++) {
		uint32_t commands = 1 + (uint32_t)test_random_below(&random, 400);
		assert_int_equal(synthetic_write(&writer, commands), RESULT_OK);
		if (test_random_below(&random, 3) != 0)
			checkpoint_to(1 + test_random_below(&random, writer.next_sequence));
		assert_recovers(&report);
		assert_int_equal(report.store_sequence, store_meta(store)->sequence);
		assert_int_equal(report.entries_replayed,
		    writer.next_sequence - 1 - report.store_sequence);
		if (report.entries_replayed > 0)
			assert_int_equal(report.last_instant.us <= writer.now_us, true);
	}
	/* From the journal alone, and up to a point. */
	struct synthetic_ledger again;
	synthetic_ledger_make(&again, ROOM);
	struct recovery_config config = {.log = journal, .state = &again.state, .sequence_max = 100};
	assert_int_equal(recovery_run(&config, &report), RESULT_OK);
	assert_int_equal(report.sequence, 100);
	assert_int_equal(report.records_loaded, 0);
	synthetic_ledger_free(&again);
}

/* A crash between two portions: the store has rows of the target, the sequence of before. */
static void an_interrupted_checkpoint_is_finished(void **state)
{
	(void)state;
	assert_int_equal(synthetic_write(&writer, 300), RESULT_OK);
	checkpoint_to(UINT64_MAX);
	uint64_t before = store_meta(store)->sequence;
	assert_int_equal(synthetic_write(&writer, 300), RESULT_OK);
	uint64_t target = writer.next_sequence - 1;
	/* The first portion: a few rows as they are at the target, and the target itself. */
	struct store_meta meta = *store_meta(store);
	meta.target = target;
	assert_int_equal(store_begin(store), RESULT_OK);
	for (uint32_t id = 1; id <= state_count(&live.state, RECORD_KIND_BENEFICIARY); id++) {
		uint8_t bytes[LAYOUT_SIZE_MAX];
		struct store_rows_row put = {
		    .bytes = bytes,
		    .size = layout_encode(RECORD_KIND_BENEFICIARY,
			state_record(&live.state, RECORD_KIND_BENEFICIARY, id), bytes),
		    .id = id,
		    .kind = RECORD_KIND_BENEFICIARY,
		    .version = 1,
		    .append = true,
		};
		store_rows_put(store, &put);
	}
	store_put_meta(store, &meta);
	assert_int_equal(store_commit(store), RESULT_OK);
	assert_int_equal(store_meta(store)->sequence, before);
	store_close(store);
	store = open_store(SYNTHETIC_ID_BYTE);
	/* More was journaled after the checkpoint began. */
	assert_int_equal(synthetic_write(&writer, 100), RESULT_OK);
	struct recovery_report report;
	assert_recovers(&report);
	assert_int_equal(report.store_sequence, target);
	assert_int_equal(store_meta(store)->target, store_meta(store)->sequence);
}

/* What each portion left in the store. */
struct portions {
	uint64_t before; /* the store's sequence */
	uint64_t target;
	uint32_t count;
	uint32_t last; /* portions in which the sequence had moved */
};

static void nothing_more(void *context)
{
	(void)context;
}

static void look_at_portion(void *context)
{
	struct portions *portions = context;
	const struct store_meta *meta = store_meta(store);
	assert_int_equal(meta->target, portions->target);
	assert_true(meta->sequence == portions->before || meta->sequence == portions->target);
	portions->count++;
	portions->last += meta->sequence == portions->target;
}

/* While a checkpoint is under way the store says which sequence it is going to, and that it is not
 * there yet. */
static void the_last_portion_moves_the_sequence(void **state)
{
	(void)state;
	assert_int_equal(synthetic_write(&writer, 100), RESULT_OK);
	checkpoint_to(UINT64_MAX);
	struct portions portions = {.before = store_meta(store)->sequence};
	assert_int_equal(synthetic_write(&writer, 300), RESULT_OK);
	portions.target = shared_log_durable_sequence(journal);
	const struct gather_gate gate = {
	    .close = nothing_more,
	    .open = nothing_more,
	    .empty = nothing_more,
	    .wrote = look_at_portion,
	    .context = &portions,
	};
	struct gather_span span;
	struct gather_written written;
	gather_set_portion(gather, 1);
	assert_int_equal(
	    gather_read(gather, journal, portions.before + 1, UINT64_MAX, &span), RESULT_OK);
	assert_int_equal(span.last_sequence, portions.target);
	assert_int_equal(gather_write(gather, store, &gate, &written), RESULT_OK);
	assert_true(portions.count > 10);
	assert_int_equal(portions.last, 1);
	assert_int_equal(store_meta(store)->sequence, portions.target);
}

static void a_store_ahead_is_refused(void **state)
{
	(void)state;
	assert_int_equal(synthetic_write(&writer, 50), RESULT_OK);
	checkpoint_to(UINT64_MAX);
	struct store_meta meta = *store_meta(store);
	meta.sequence += 5;
	meta.target = meta.sequence;
	assert_int_equal(store_begin(store), RESULT_OK);
	store_put_meta(store, &meta);
	assert_int_equal(store_commit(store), RESULT_OK);
	struct synthetic_ledger back;
	struct recovery_report report;
	synthetic_ledger_make(&back, ROOM);
	struct recovery_config config = {.store = store, .log = journal, .state = &back.state};
	assert_int_equal(recovery_run(&config, &report), RESULT_STORE_CORRUPT);
	assert_non_null(report.fault);
	assert_int_equal(report.fault_sequence, meta.sequence);
	synthetic_ledger_free(&back);
}

static void another_journal_is_refused(void **state)
{
	(void)state;
	assert_int_equal(synthetic_write(&writer, 50), RESULT_OK);
	checkpoint_to(UINT64_MAX);
	struct store_meta meta = *store_meta(store);
	meta.hash[0] ^= 1;
	assert_int_equal(store_begin(store), RESULT_OK);
	store_put_meta(store, &meta);
	assert_int_equal(store_commit(store), RESULT_OK);
	struct synthetic_ledger back;
	struct recovery_report report;
	synthetic_ledger_make(&back, ROOM);
	struct recovery_config config = {.store = store, .log = journal, .state = &back.state};
	assert_int_equal(recovery_run(&config, &report), RESULT_LEDGER_MISMATCH);
	synthetic_ledger_free(&back);
	/* A store that was made for another ledger than the journal's own record tells. */
	store_close(store);
	test_folder_empty(folder);
	store = open_store(SYNTHETIC_ID_BYTE + 1);
	synthetic_ledger_make(&back, ROOM);
	config = (struct recovery_config){.store = store, .log = journal, .state = &back.state};
	assert_int_equal(recovery_run(&config, &report), RESULT_LEDGER_MISMATCH);
	synthetic_ledger_free(&back);
}

static void missing_rows_are_noticed(void **state)
{
	(void)state;
	assert_int_equal(synthetic_write(&writer, 50), RESULT_OK);
	checkpoint_to(UINT64_MAX);
	struct store_meta meta = *store_meta(store);
	meta.counts[RECORD_KIND_BENEFICIARY]++;
	assert_int_equal(store_begin(store), RESULT_OK);
	store_put_meta(store, &meta);
	assert_int_equal(store_commit(store), RESULT_OK);
	struct synthetic_ledger back;
	struct recovery_report report;
	synthetic_ledger_make(&back, ROOM);
	struct recovery_config config = {.store = store, .log = journal, .state = &back.state};
	assert_int_equal(recovery_run(&config, &report), RESULT_STORE_CORRUPT);
	assert_int_equal(report.fault_kind, RECORD_KIND_BENEFICIARY);
	synthetic_ledger_free(&back);
}

static void too_small_a_state_is_told(void **state)
{
	(void)state;
	for (int round = 0; round < 20; round++)
		assert_int_equal(synthetic_write(&writer, 400), RESULT_OK);
	struct synthetic_ledger small;
	struct recovery_report report;
	synthetic_ledger_make(&small, 10);
	struct recovery_config config = {.log = journal, .state = &small.state};
	assert_int_equal(recovery_run(&config, &report), RESULT_CAPACITY_OF_LEDGER_REACHED);
	assert_true(report.fault_id > 10);
	synthetic_ledger_free(&small);
	checkpoint_to(UINT64_MAX);
	synthetic_ledger_make(&small, 10);
	config = (struct recovery_config){.store = store, .log = journal, .state = &small.state};
	assert_int_equal(recovery_run(&config, &report), RESULT_CAPACITY_OF_LEDGER_REACHED);
	synthetic_ledger_free(&small);
}

/* Every byte of the store's file is damaged in turn (some of them): the child finds it or it is of
 * no account; the parent lives. */
static void damage_kills_only_the_child(void **state)
{
	(void)state;
	struct test_random random = test_random_make("damage_kills_only_the_child");
	uint8_t id[16];
	memset(id, SYNTHETIC_ID_BYTE, sizeof(id));
	for (int round = 0; round < 5; round++)
		assert_int_equal(synthetic_write(&writer, 400), RESULT_OK);
	checkpoint_to(UINT64_MAX);
	store_close(store);
	assert_int_equal(recovery_check_store(folder, id), RESULT_OK);
	char path[TEST_FOLDER_SIZE + 16];
	(void)snprintf(path, sizeof(path), "%s/data.mdb", folder);
	int file = open(path, O_RDWR);
	off_t size = lseek(file, 0, SEEK_END);
	uint32_t found = 0;
	for (int round = 0; round < 150; round++) {
		uint8_t page[64];
		uint8_t damaged[64];
		/* Headers of pages now and then: that is where LMDB trusts what it reads. */
		off_t at = (off_t)test_random_below(&random, (uint64_t)size / 4096) * 4096;
		if (round % 2 == 0)
			at += (off_t)test_random_below(&random, 4096 - sizeof(page));
		assert_int_equal(pread(file, page, sizeof(page), at), sizeof(page));
		memcpy(damaged, page, sizeof(page));
		for (uint32_t i = 0; i < sizeof(page); i++)
			damaged[i] ^= (uint8_t)(test_random_u64(&random) & test_random_u64(&random));
		assert_int_equal(pwrite(file, damaged, sizeof(page), at), sizeof(page));
		found += recovery_check_store(folder, id) != RESULT_OK;
		assert_int_equal(pwrite(file, page, sizeof(page), at), sizeof(page));
	}
	(void)close(file);
	assert_int_equal(recovery_check_store(folder, id), RESULT_OK);
	print_message("damage found %u times of 150\n", found);
	assert_true(found > 20);
	store = open_store(SYNTHETIC_ID_BYTE);
}

/* A search that halves between 0 and some two thousand million never ends: the sum of both overflows. */
static void damage_does_not_hold_the_start(void **state)
{
	(void)state;
	uint8_t page[LMDB_PAGE_SIZE];
	uint8_t id[16];
	uint32_t damaged = 0;
	memset(id, SYNTHETIC_ID_BYTE, sizeof(id));
	assert_int_equal(synthetic_write(&writer, 400), RESULT_OK);
	checkpoint_to(UINT64_MAX);
	store_close(store);
	store = NULL;
	char path[TEST_FOLDER_SIZE + 16];
	(void)snprintf(path, sizeof(path), "%s/data.mdb", folder);
	int file = open(path, O_RDWR);
	for (off_t at = 0; pread(file, page, sizeof(page), at) == sizeof(page);
	     at += LMDB_PAGE_SIZE) {
		if (memmem(page, sizeof(page), id, sizeof(id)) == NULL)
			continue;
		page[LMDB_FLAGS_AT] |= LMDB_LEAF2;
		memset(page + LMDB_LOWER_AT, 0, 2);
		assert_int_equal(pwrite(file, page, sizeof(page), at), sizeof(page));
		damaged++;
	}
	(void)close(file);
	assert_true(damaged > 0);
	assert_int_equal(recovery_check_store(folder, id), RESULT_STORE_CORRUPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(an_empty_ledger, setup, teardown),
	    cmocka_unit_test_setup_teardown(store_and_tail_give_the_state, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		an_interrupted_checkpoint_is_finished, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		the_last_portion_moves_the_sequence, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_store_ahead_is_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(another_journal_is_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(missing_rows_are_noticed, setup, teardown),
	    cmocka_unit_test_setup_teardown(too_small_a_state_is_told, setup, teardown),
	    cmocka_unit_test_setup_teardown(damage_kills_only_the_child, setup, teardown),
	    cmocka_unit_test_setup_teardown(damage_does_not_hold_the_start, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
