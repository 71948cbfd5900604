/* Power cuts on a whole small ledger: commands are judged and journaled, checkpoints are written in
 * many small portions, and at every event of the recording (journal and LMDB, through a preloaded
 * library) the folders that a cut could leave are opened by the real recovery and judged:
 *
 *   - store and journal's tail give exactly the state that the ledger had after the last batch that is
 *     there: its hash is the one noted then;
 *   - no acknowledged batch is lost, none is there that was never issued;
 *   - a checkpoint that had returned is there; one that was cut between portions is finished;
 *   - the ledger goes on: a batch, a checkpoint, and a full verification that replays the journal from
 *     nothing and holds every row against it.
 *
 * suite: seconds 900 */
#include "engine/ledger/gather.h"
#include "engine/ledger/log_file.h"
#include "engine/ledger/recovery.h"
#include "engine/ledger/shared_log.h"
#include "engine/ledger/state_hash.h"
#include "engine/ledger/store.h"
#include "engine/ledger/verify.h"
#include "tests/support/child.h"
#include "tests/support/io_recorder.h"
#include "tests/support/random.h"
#include "tests/support/synthetic_ledger.h"
#include "tests/support/test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ROOM          4000u
#define SEGMENT_SIZE  32768u
#define MAP_SIZE      (UINT64_C(16) << 20)
#define BATCHES       12u
#define PORTION_GROUPS 3u
#define CUTS_MIN      1500u
#define SKIPPED_MIN   5u /* syncs of the store's pages left out */
#define SEQUENCES_MAX 4096u

enum mark {
	MARK_CREATED = 1,
	MARK_ISSUED = 2,
	MARK_ACKNOWLEDGED = 3, /* value: last sequence of the batch */
	MARK_CHECKPOINT = 4,   /* value: sequence of a checkpoint that has returned */
};

static char live[TEST_FOLDER_SIZE];
static char image[TEST_FOLDER_SIZE];
static uint8_t ledger_id[16];
static uint8_t hashes[SEQUENCES_MAX][STATE_HASH_SIZE]; /* after the batch that ends there */
static struct gather *gather;
static uint64_t finished; /* checkpoints that recovery had to finish */

/* A ledger in small: <folder>/journal and <folder>/store. */
struct pair {
	struct log_file *log;
	struct store *store;
	struct synthetic_ledger ledger;
	struct recovery_report report;
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
	return options;
}

static void close_pair(struct pair *pair)
{
	if (pair->log != NULL)
		shared_log_close(log_file_shared(pair->log));
	store_close(pair->store);
	synthetic_ledger_free(&pair->ledger);
}

/* Opens and recovers; NULL: as it should be. To be closed either way. */
static const char *open_pair(const char *folder, struct pair *ret_pair)
{
	char journal[FILE_PATH_SIZE_MAX];
	char store_folder[FILE_PATH_SIZE_MAX];
	struct log_file_report report;
	memset(ret_pair, 0, sizeof(*ret_pair));
	synthetic_ledger_make(&ret_pair->ledger, ROOM);
	folders_of(folder, journal, store_folder);
	struct store_options options = {
	    .folder = store_folder, .map_size = MAP_SIZE, .unsafe_filesystem = true};
	memcpy(options.ledger_id, ledger_id, sizeof(ledger_id));
	if (store_open(&options, &ret_pair->store) != RESULT_OK)
		return "the store does not open";
	const struct store_meta *meta = store_meta(ret_pair->store);
	finished += meta->target > meta->sequence;
	struct log_file_options log = log_options(journal, meta->sequence);
	if (log_file_open(&log, &ret_pair->log, &report) != RESULT_OK)
		return "the journal does not open";
	struct recovery_config config = {
	    .store = ret_pair->store,
	    .log = log_file_shared(ret_pair->log),
	    .state = &ret_pair->ledger.state,
	    .check_all = true,
	};
	if (recovery_run(&config, &ret_pair->report) != RESULT_OK)
		return ret_pair->report.fault;
	return NULL;
}

static enum result checkpoint(struct pair *pair)
{
	struct gather_span span;
	return gather_catch_up(
	    gather, log_file_shared(pair->log), pair->store, UINT64_MAX, &span);
}

/* ---- Recording ---- */

static void run(struct io_recorder *recorder, struct test_random *random)
{
	struct pair pair;
	struct synthetic_writer writer;
	assert_null(open_pair(live, &pair));
	io_recorder_mark(recorder, MARK_CREATED, 1);
	assert_int_equal(log_file_start(pair.log), RESULT_OK);
	synthetic_writer_make(
	    &writer, &pair.ledger, log_file_shared(pair.log), pair.report.sequence);
	writer.postings_max = 20;
	for (uint32_t i = 0; i < BATCHES; i++) {
		/* What the batch will be is known only when it is written: any of its sequences. */
		uint32_t commands = 1 + (uint32_t)test_random_below(random, 8);
		io_recorder_mark(recorder, MARK_ISSUED, writer.next_sequence - 1 + commands);
		assert_int_equal(synthetic_write(&writer, commands), RESULT_OK);
		uint64_t last = writer.next_sequence - 1;
		assert_true(last < SEQUENCES_MAX);
		assert_int_equal(state_hash(&pair.ledger.state, hashes[last]), RESULT_OK);
		io_recorder_mark(recorder, MARK_ACKNOWLEDGED, last);
		/* By chance, and often enough in any case. */
		if (test_random_below(random, 3) == 0 || i % 4 == 3) {
			assert_int_equal(checkpoint(&pair), RESULT_OK);
			io_recorder_mark(recorder, MARK_CHECKPOINT, last);
		}
	}
	synthetic_writer_free(&writer);
	close_pair(&pair);
}

/* Records making a ledger and two runs of it. */
static struct io_recorder *record(struct test_random *random, struct io_plant plant)
{
	char journal[FILE_PATH_SIZE_MAX];
	char store_folder[FILE_PATH_SIZE_MAX];
	test_folder_empty(live);
	folders_of(live, journal, store_folder);
	assert_int_equal(file_make_folder(journal), RESULT_OK);
	assert_int_equal(file_make_folder(store_folder), RESULT_OK);
	struct io_recorder *recorder = io_recorder_begin(live, plant);
	struct log_file_options options = log_options(journal, 0);
	assert_int_equal(log_file_create(&options), RESULT_OK);
	run(recorder, random);
	run(recorder, random);
	io_recorder_end(recorder);
	return recorder;
}

/* ---- Judging ---- */

static const char *judge_verification(struct pair *pair)
{
	struct synthetic_ledger fresh;
	struct verify_report report;
	synthetic_ledger_make(&fresh, ROOM);
	struct verify_config config = {
	    .store = pair->store, .log = log_file_shared(pair->log), .state = &fresh.state};
	enum result result = verify_run(&config, &report);
	synthetic_ledger_free(&fresh);
	return result == RESULT_OK ? NULL : report.fault;
}

static const char *judge_going_on(struct pair *pair)
{
	struct synthetic_writer writer;
	if (log_file_start(pair->log) != RESULT_OK)
		return "the journal does not start";
	synthetic_writer_make(
	    &writer, &pair->ledger, log_file_shared(pair->log), pair->report.sequence);
	writer.postings_max = 20;
	enum result result = synthetic_write(&writer, 8);
	synthetic_writer_free(&writer);
	if (result != RESULT_OK)
		return "the journal takes no batch";
	if (checkpoint(pair) != RESULT_OK)
		return "the store takes no checkpoint";
	return judge_verification(pair);
}

static const char *judge_opened(
    const struct io_recorder *recorder, uint32_t cut, struct pair *pair, bool goes_on)
{
	uint64_t last = pair->report.sequence;
	uint8_t hash[STATE_HASH_SIZE];
	if (last < io_recorder_last_mark(recorder, cut, MARK_ACKNOWLEDGED, 0))
		return "an acknowledged batch is lost";
	if (last > io_recorder_last_mark(recorder, cut, MARK_ISSUED, 0))
		return "there is a batch that was never issued";
	if (pair->report.store_sequence < io_recorder_last_mark(recorder, cut, MARK_CHECKPOINT, 0))
		return "a checkpoint that had returned is lost";
	if (state_hash(&pair->ledger.state, hash) != RESULT_OK)
		return "no hash";
	if (last > 0 && memcmp(hash, hashes[last], sizeof(hash)) != 0)
		return "the state is not what it was";
	return goes_on ? judge_going_on(pair) : NULL;
}

static const char *judge(const struct io_recorder *recorder, uint32_t cut, bool goes_on)
{
	struct pair pair;
	/* Before both exist a start makes them anew: nothing can be lost yet. */
	if (io_recorder_last_mark(recorder, cut, MARK_CREATED, 0) == 0)
		return NULL;
	const char *wrong = open_pair(image, &pair);
	if (wrong == NULL)
		wrong = judge_opened(recorder, cut, &pair, goes_on);
	close_pair(&pair);
	return wrong;
}

struct judged {
	const struct io_recorder *recorder;
	uint32_t cut;
};

static bool is_good(void *context)
{
	const struct judged *judged = context;
	return judge(judged->recorder, judged->cut, false) == NULL;
}

/* The same where LMDB may read what a missing sync left behind, and crash on it. */
static const char *judge_in_child(const struct io_recorder *recorder, uint32_t cut)
{
	struct judged judged = {.recorder = recorder, .cut = cut};
	return child_agrees(is_good, &judged) ? NULL : "damage is noticed";
}

static const enum io_cut_policy policies[] = {
    IO_CUT_DROP, IO_CUT_TEAR, IO_CUT_PREFIX, IO_CUT_KEEP};
#define POLICIES (sizeof(policies) / sizeof(policies[0]))

static void no_cut_changes_what_was_answered(void **state)
{
	(void)state;
	struct test_random random = test_random_make("powercut checkpoint");
	struct io_plant nothing = {0};
	uint64_t cuts = 0;
	uint64_t states = 0;
	finished = 0;
	while (cuts < CUTS_MIN) {
		uint64_t seed = random.state;
		struct io_recorder *recorder = record(&random, nothing);
		for (uint32_t cut = 0; cut <= io_recorder_count(recorder); cut++) {
			cuts++;
			for (size_t index = 0; index < POLICIES; index++) {
				io_recorder_image(recorder, cut, policies[index], &random, image);
				bool goes_on = (cut + index) % 5 == 0;
				const char *wrong = judge(recorder, cut, goes_on);
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
	}
	print_message("%llu cut points, %llu states, %llu checkpoints finished, 0 lost\n",
	    (unsigned long long)cuts, (unsigned long long)states, (unsigned long long)finished);
	assert_true(finished >= 50);
}

/* Looks for damage behind the sync that was left out. */
static bool a_cut_shows_it(const struct io_recorder *recorder, struct test_random *random)
{
	uint32_t first = io_recorder_skipped_at(recorder);
	for (uint32_t cut = first; cut < first + 12 && cut <= io_recorder_count(recorder); cut++) {
		for (uint32_t try = 0; try < 4; try++) {
			enum io_cut_policy policy = try == 0 ? IO_CUT_DROP : IO_CUT_TEAR;
			io_recorder_image(recorder, cut, policy, random, image);
			if (judge_in_child(recorder, cut) != NULL)
				return true;
		}
	}
	return false;
}

/* Leaves out the syncs of one recording in turn, those of the store's pages are judged. Returns how
 * many these were: chance decides how many a recording has. */
static uint32_t skip_each_sync(struct test_random *random, uint32_t *noticed)
{
	struct test_random same = {.state = test_random_u64(random)};
	uint64_t syncs = 1;
	uint32_t tried = 0;
	for (uint64_t number = 1; number <= syncs; number += 1 + number / 6) {
		struct io_plant plant = {.skip_sync = number};
		struct test_random seeded = same;
		struct io_recorder *recorder = record(&seeded, plant);
		syncs = io_recorder_syncs(recorder);
		uint32_t first = io_recorder_skipped_at(recorder);
		if (strcmp(io_recorder_sync_name(recorder, number), "store/data.mdb") == 0 &&
		    io_recorder_last_mark(recorder, first, MARK_CREATED, 0) != 0) {
			tried++;
			*noticed += a_cut_shows_it(recorder, random);
		}
		io_recorder_free(recorder);
	}
	return tried;
}

/* Each sync of the store's pages, left out in turn, must be noticed somewhere. */
static void a_skipped_sync_of_the_store_is_noticed(void **state)
{
	(void)state;
	struct test_random random = test_random_make("skipped checkpoint");
	uint32_t tried = 0;
	uint32_t noticed = 0;
	while (tried < SKIPPED_MIN)
		tried += skip_each_sync(&random, &noticed);
	print_message("%u syncs of the store left out, %u noticed\n", tried, noticed);
	assert_int_equal(noticed, tried);
}

static int setup(void **state)
{
	(void)state;
	memset(ledger_id, SYNTHETIC_ID_BYTE, sizeof(ledger_id));
	test_folder_make("live", live);
	test_folder_make("image", image);
	assert_int_equal(gather_open(&gather), RESULT_OK);
	gather_set_portion(gather, PORTION_GROUPS);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	gather_close(gather);
	return 0;
}

int main(int count, char **arguments)
{
	(void)count;
	io_recorder_attach(arguments);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_cut_changes_what_was_answered),
	    cmocka_unit_test(a_skipped_sync_of_the_store_is_noticed),
	};
	return cmocka_run_group_tests_name("powercut checkpoint", tests, setup, teardown);
}
