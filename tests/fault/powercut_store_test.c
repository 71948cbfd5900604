/* Power cuts on journal and store together: LMDB's own writes are recorded as well, through a
 * preloaded library (tests/support/io_preload.c), and each folder that a cut could leave is opened
 * and judged:
 *
 *   - the store opens and every row of it is right; it reaches at least the last checkpoint that
 *   had
 *     returned, and never beyond what the journal holds;
 *   - the journal opens with the store's sequence, and no acknowledged batch is lost;
 *   - both go on: an append and a checkpoint of it.
 *
 * What a checkpoint does to the store is done here in small: rows of what was read from the durable
 * journal, and the sequence they reach, in one transaction. A skipped sync of LMDB's must be
 * noticed. */
#include "engine/ledger/log_file.h"
#include "engine/ledger/store.h"
#include "tests/support/child.h"
#include "tests/support/io_recorder.h"
#include "tests/support/journal_workload.h"
#include "tests/support/random.h"
#include "tests/support/store_rows.h"
#include "tests/support/test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define SEGMENT_SIZE 16384u
#define MAP_SIZE     (UINT64_C(8) << 20)
#define ROW_KIND     ((enum record_kind)1)
#define ROW_SIZE     40u
#define CUTS_MIN     700u
#define APPENDS      14u

enum mark {
	MARK_CREATED = 1,      /* journal and store */
	MARK_ISSUED = 2,
	MARK_ACKNOWLEDGED = 3, /* value: last sequence of the batch */
	MARK_CHECKPOINT = 4,   /* value: sequence of a checkpoint that has returned */
};

static const uint8_t ledger_id[] = JOURNAL_WORKLOAD_LEDGER_ID;

static char live[TEST_FOLDER_SIZE];
static char image[TEST_FOLDER_SIZE];
static struct journal_workload workload;

/* A ledger in small: <folder>/journal and <folder>/store. */
struct pair {
	struct log_file *log;
	struct store *store;
};

static void folders_of(const char *folder, char ret_journal[FILE_PATH_SIZE_MAX],
    char ret_store[FILE_PATH_SIZE_MAX])
{
	assert_true(file_path(folder, "journal", ret_journal));
	assert_true(file_path(folder, "store", ret_store));
}

static struct log_file_options log_options(const char *folder, uint64_t materialised)
{
	struct log_file_options options = log_file_options_default(folder, ledger_id);
	options.segment_size = SEGMENT_SIZE;
	options.free_space_min = 0;
	options.materialised_sequence = materialised;
	options.verify_all = true;
	return options;
}

static void row_of(uint64_t sequence, uint8_t ret_row[ROW_SIZE])
{
	for (uint32_t index = 0; index < ROW_SIZE; index++)
		ret_row[index] = (uint8_t)(sequence * 37 + index * 11 + (sequence >> 8));
}

/* Opens store and journal; NULL: as it should be. Both are NULL unless opened. */
static const char *open_ledger(const char *folder, struct pair *ret_ledger, uint64_t *ret_last)
{
	char journal[FILE_PATH_SIZE_MAX];
	char store_folder[FILE_PATH_SIZE_MAX];
	struct log_file_report report;
	*ret_ledger = (struct pair){0};
	folders_of(folder, journal, store_folder);
	struct store_options options = {
		.folder = store_folder, .map_size = MAP_SIZE, .unsafe_filesystem = true,
	};
	memcpy(options.ledger_id, ledger_id, sizeof(options.ledger_id));
	if (store_open(&options, &ret_ledger->store) != RESULT_OK)
		return "the store does not open";
	struct log_file_options log = log_options(
	    journal, store_meta(ret_ledger->store)->sequence);
	if (log_file_open(&log, &ret_ledger->log, &report) != RESULT_OK)
		return report.place.reason != NULL ? report.place.reason
						   : "the journal does not open";
	*ret_last = report.last_sequence;
	return NULL;
}

static void close_ledger(struct pair *ledger)
{
	if (ledger->log != NULL)
		shared_log_close(log_file_shared(ledger->log));
	store_close(ledger->store);
	*ledger = (struct pair){0};
}

/* Puts a row for each sequence that the journal holds and the store does not. */
static enum result checkpoint(struct pair *ledger)
{
	struct store_meta meta = *store_meta(ledger->store);
	uint64_t last = shared_log_durable_sequence(log_file_shared(ledger->log));
	enum result result = store_begin(ledger->store);
	if (result != RESULT_OK)
		return result;
	for (uint64_t sequence = meta.sequence + 1; sequence <= last; sequence++) {
		uint8_t row[ROW_SIZE];
		row_of(sequence, row);
		struct store_rows_row put = {
			.bytes = row, .size = ROW_SIZE, .id = (uint32_t)sequence,
			.kind = (uint8_t)ROW_KIND, .version = 1, .append = true,
		};
		store_rows_put(ledger->store, &put);
	}
	meta.sequence = last;
	meta.target = last;
	store_put_meta(ledger->store, &meta);
	return store_commit(ledger->store);
}

/* ---- Recording ---- */

static void run(struct io_recorder *recorder, struct test_random *random)
{
	struct pair ledger;
	uint64_t last = 0;
	assert_null(open_ledger(live, &ledger, &last));
	io_recorder_mark(recorder, MARK_CREATED, 1);
	assert_int_equal(log_file_start(ledger.log), RESULT_OK);
	struct shared_log *log = log_file_shared(ledger.log);
	for (uint32_t index = 0; index < APPENDS; index++) {
		struct shared_log_batch batch = journal_workload_next(&workload, log);
		uint64_t end = batch.first_sequence + batch.count - 1;
		io_recorder_mark(recorder, MARK_ISSUED, end);
		assert_int_equal(shared_log_append(log, &batch), RESULT_OK);
		io_recorder_mark(recorder, MARK_ACKNOWLEDGED, end);
		/* By chance, and often enough in any case. */
		if (test_random_below(random, 3) == 0 || index % 5 == 4) {
			assert_int_equal(checkpoint(&ledger), RESULT_OK);
			io_recorder_mark(recorder, MARK_CHECKPOINT, end);
		}
	}
	close_ledger(&ledger);
}

/* Records making a ledger and two runs of it. */
static struct io_recorder *record(uint64_t seed, struct io_plant plant)
{
	struct test_random random = {.state = seed};
	char journal[FILE_PATH_SIZE_MAX];
	char store_folder[FILE_PATH_SIZE_MAX];
	test_folder_empty(live);
	folders_of(live, journal, store_folder);
	assert_int_equal(file_make_folder(journal), RESULT_OK);
	assert_int_equal(file_make_folder(store_folder), RESULT_OK);
	struct io_recorder *recorder = io_recorder_begin(live, plant);
	struct log_file_options options = log_options(journal, 0);
	assert_int_equal(log_file_create(&options), RESULT_OK);
	run(recorder, &random);
	run(recorder, &random);
	io_recorder_end(recorder);
	return recorder;
}

/* ---- Judging ---- */

static const char *judge_rows(struct store *store)
{
	struct store_view view;
	const char *wrong = NULL;
	if (store_view_begin(store, &view) != RESULT_OK)
		return "the store cannot be read";
	for (uint64_t sequence = 1; sequence <= view.meta.sequence && wrong == NULL; sequence++) {
		uint8_t expected[ROW_SIZE];
		struct store_row row;
		row_of(sequence, expected);
		if (store_find(&view, ROW_KIND, (uint32_t)sequence, STORE_EXACT, &row) != RESULT_OK)
			wrong = "a row of the store is missing or damaged";
		else if (row.size != ROW_SIZE || memcmp(row.bytes, expected, ROW_SIZE) != 0)
			wrong = "a row of the store is not what was put";
	}
	struct store_row beyond;
	if (wrong == NULL && store_find(&view, ROW_KIND, (uint32_t)view.meta.sequence + 1,
	    STORE_AT_LEAST, &beyond) != RESULT_NOT_FOUND)
		wrong = "the store holds more than its sequence says";
	store_view_end(&view);
	return wrong;
}

static const char *judge_opened(
    const struct io_recorder *recorder, uint32_t cut, struct pair *ledger, uint64_t last)
{
	uint64_t stored = store_meta(ledger->store)->sequence;
	if (last < io_recorder_last_mark(recorder, cut, MARK_ACKNOWLEDGED, 0))
		return "an acknowledged batch is lost";
	if (last > io_recorder_last_mark(recorder, cut, MARK_ISSUED, 0))
		return "there is a batch that was never issued";
	if (stored < io_recorder_last_mark(recorder, cut, MARK_CHECKPOINT, 0))
		return "a checkpoint that had returned is lost";
	if (stored > last)
		return "the store is ahead of the journal";
	const char *wrong = judge_rows(ledger->store);
	if (wrong == NULL)
		wrong = journal_workload_check(&workload, log_file_shared(ledger->log), 1);
	if (wrong != NULL)
		return wrong;
	if (log_file_start(ledger->log) != RESULT_OK)
		return "the journal does not start";
	struct shared_log_batch batch =
	    journal_workload_next(&workload, log_file_shared(ledger->log));
	if (shared_log_append(log_file_shared(ledger->log), &batch) != RESULT_OK)
		return "the journal takes no batch";
	if (checkpoint(ledger) != RESULT_OK)
		return "the store takes no checkpoint";
	return judge_rows(ledger->store);
}

static const char *judge(const struct io_recorder *recorder, uint32_t cut)
{
	struct pair ledger;
	uint64_t last = 0;
	/* Before both exist a start makes them anew: nothing can be lost yet. */
	if (io_recorder_last_mark(recorder, cut, MARK_CREATED, 0) == 0)
		return NULL;
	const char *wrong = open_ledger(image, &ledger, &last);
	if (wrong == NULL)
		wrong = judge_opened(recorder, cut, &ledger, last);
	close_ledger(&ledger);
	return wrong;
}

#define POLICIES 5u

static const enum io_cut_policy policies[POLICIES] = {
	IO_CUT_DROP, IO_CUT_TEAR, IO_CUT_TEAR, IO_CUT_PREFIX, IO_CUT_KEEP,
};

struct judged {
	const struct io_recorder *recorder;
	uint32_t cut;
};

static bool is_good(void *context)
{
	const struct judged *judged = context;
	return judge(judged->recorder, judged->cut) == NULL;
}

/* The same where LMDB may read what a missing sync left behind, and crash on it. */
static const char *judge_in_child(const struct io_recorder *recorder, uint32_t cut)
{
	struct judged judged = {.recorder = recorder, .cut = cut};
	return child_agrees(is_good, &judged) ? NULL : "damage is noticed";
}

static void no_cut_parts_journal_and_store(void **state)
{
	(void)state;
	struct test_random random = test_random_make("powercut store");
	struct io_plant nothing = {0};
	uint64_t cuts = 0;
	uint64_t states = 0;
	while (cuts < CUTS_MIN) {
		uint64_t seed = test_random_u64(&random);
		journal_workload_make(&workload, seed);
		struct io_recorder *recorder = record(seed, nothing);
		for (uint32_t cut = 0; cut <= io_recorder_count(recorder); cut++) {
			cuts++;
			for (size_t index = 0; index < POLICIES; index++) {
				io_recorder_image(recorder, cut, policies[index], &random, image);
				const char *wrong = judge(recorder, cut);
				states++;
				if (wrong != NULL) {
					print_error("seed %llu, cut %u, policy %d: %s\n",
					    (unsigned long long)seed, cut, (int)policies[index],
					    wrong);
					fail();
				}
			}
		}
		io_recorder_free(recorder);
		journal_workload_free(&workload);
	}
	print_message("%llu cut points, %llu states, 0 lost\n", (unsigned long long)cuts,
	    (unsigned long long)states);
}

/* Each sync of the store's file, left out in turn. LMDB has two: of the pages, and of the meta
 * page, which is written on a descriptor that syncs by itself and cannot be left out here. */
static void a_skipped_sync_of_the_store_is_noticed(void **state)
{
	(void)state;
	struct test_random random = test_random_make("skipped store");
	uint64_t seed = test_random_u64(&random);
	uint64_t syncs = 1;
	uint32_t tried = 0;
	uint32_t noticed = 0;
	journal_workload_make(&workload, seed);
	for (uint64_t number = 1; number <= syncs; number++) {
		struct io_plant plant = {.skip_sync = number};
		struct io_recorder *recorder = record(seed, plant);
		syncs = io_recorder_syncs(recorder);
		uint32_t first = io_recorder_skipped_at(recorder);
		bool store = strcmp(io_recorder_sync_name(recorder, number), "store/data.mdb") == 0;
		bool created = io_recorder_last_mark(recorder, first, MARK_CREATED, 0) != 0;
		const char *wrong = NULL;
		for (uint32_t cut = first; store && created && wrong == NULL && cut < first + 12 &&
		     cut <= io_recorder_count(recorder); cut++) {
			for (uint32_t try = 0; try < 4 && wrong == NULL; try++) {
				enum io_cut_policy policy = try == 0 ? IO_CUT_DROP : IO_CUT_TEAR;
				io_recorder_image(recorder, cut, policy, &random, image);
				wrong = judge_in_child(recorder, cut);
			}
		}
		tried += store && created;
		noticed += wrong != NULL;
		io_recorder_free(recorder);
	}
	journal_workload_free(&workload);
	print_message("seed %llu: %u syncs of the store left out, %u noticed\n",
	    (unsigned long long)seed, tried, noticed);
	assert_true(tried >= 3);
	assert_int_equal(noticed, tried);
}

static int setup(void **state)
{
	(void)state;
	test_folder_make("live", live);
	test_folder_make("image", image);
	return 0;
}

int main(int count, char **arguments)
{
	(void)count;
	io_recorder_attach(arguments);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_cut_parts_journal_and_store),
		cmocka_unit_test(a_skipped_sync_of_the_store_is_noticed),
	};
	return cmocka_run_group_tests_name("powercut store", tests, setup, NULL);
}
