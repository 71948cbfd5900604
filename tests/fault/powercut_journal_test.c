/* Power cuts on the journal: a workload is recorded (tests/support/io_recorder.h), and at each
 * event of the recording the folders that a power cut could leave are built, opened with the real
 * code and judged:
 *
 *   - it opens, or there is no journal yet because creating it had not returned;
 *   - every acknowledged batch is there, whole and as written; nothing that was never issued is;
 *   - no batch is there in part;
 *   - the log goes on: appends, a stop, and a full verification pass;
 *   - a second cut during that recovery is survived as well.
 *
 * A judge that cannot say no is worth nothing: each sync is left out in turn, and acknowledgements
 * are given before the sync, and every such plant must be noticed. The one exception is the sync
 * after zeroing the next segment, which is there for speed: the header's sync covers it.
 *
 * suite: seconds 900 */
#include "engine/ledger/log_file.h"

#include "tests/support/io_recorder.h"
#include "tests/support/journal_workload.h"
#include "tests/support/random.h"
#include "tests/support/test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEGMENT_SIZE   16384u
#define CUTS_MIN       2200u
#define SESSIONS       3u
#define APPENDS        8u  /* of a busy session, on average */
#define NESTED_MAX     30u /* torn images whose recovery is cut again */
#define PLANT_TRIES    12u /* images of each cut that looks for a plant */
#define TRIES_MAX      50u /* recordings until one has what is looked for; most have */
#define PLANT_EVENTS   24u /* events after a skipped sync that are cut */

enum mark {
	MARK_CREATED = 1,
	MARK_ISSUED = 2,     /* value: last sequence of the batch handed to append */
	MARK_ACKNOWLEDGED = 3,
	MARK_CHECKPOINT = 4, /* value: last sequence that a store holds */
	MARK_STOPPED = 5,    /* value 1: a stop has returned; 0: something was issued after it */
};

static char live[TEST_FOLDER_SIZE];
static char image[TEST_FOLDER_SIZE];
static char second_image[TEST_FOLDER_SIZE];
static struct journal_workload workload;
static struct file_ops no_sync_ops;
static uint32_t zeroed_fill_ms = UINT32_MAX; /* all but the first reserved; 0: all zeroed */

static struct {
	uint64_t cuts;
	uint64_t states;
	uint64_t torn;
	uint64_t absent;      /* before the journal was created */
	uint64_t kept_unacknowledged;
	uint64_t nested;
} totals;

static int no_sync(int descriptor)
{
	(void)descriptor;
	return 0;
}

static int setup(void **state)
{
	(void)state;
	test_folder_make("live", live);
	test_folder_make("image", image);
	test_folder_make("second-image", second_image);
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
	return 0;
}

static struct log_file_options options_of(const char *folder, uint64_t materialised)
{
	static const uint8_t ledger_id[] = JOURNAL_WORKLOAD_LEDGER_ID;
	struct log_file_options options = log_file_options_default(folder, ledger_id);
	options.segment_size = SEGMENT_SIZE;
	options.free_space_min = 0;
	options.materialised_sequence = materialised;
	options.verify_all = true;
	options.zeroed_fill_ms = zeroed_fill_ms;
	return options;
}

/* ---- Recording ---- */

struct session {
	struct io_recorder *recorder;
	uint64_t issued;     /* last sequence handed to append */
	bool early;          /* the plant: acknowledge before the sync */
};

static void acknowledge_early(void *context)
{
	struct session *session = context;
	if (session->early && session->issued > 0)
		io_recorder_mark(session->recorder, MARK_ACKNOWLEDGED, session->issued);
}

static void append_recorded(struct session *session, struct shared_log *log)
{
	struct shared_log_batch batch = journal_workload_next(&workload, log);
	session->issued = batch.first_sequence + batch.count - 1;
	io_recorder_mark(session->recorder, MARK_ISSUED, session->issued);
	io_recorder_mark(session->recorder, MARK_STOPPED, 0);
	assert_int_equal(shared_log_append(log, &batch), RESULT_OK);
	io_recorder_mark(session->recorder, MARK_ACKNOWLEDGED, session->issued);
	session->issued = 0;
}

/* A busy session, or one in three that does almost nothing. */
static void run_session(
    struct session *session, const char *folder, bool busy, struct test_random *random)
{
	struct log_file_options options = options_of(folder, 0);
	struct log_file *log = NULL;
	struct log_file_report report;
	assert_int_equal(log_file_open(&options, &log, &report), RESULT_OK);
	assert_int_equal(log_file_start(log), RESULT_OK);
	struct shared_log *shared = log_file_shared(log);
	uint64_t appends = busy ? APPENDS / 2 + test_random_below(random, APPENDS + 1)
				: test_random_below(random, 4);
	for (uint64_t index = 0; index < appends; index++) {
		append_recorded(session, shared);
		if (test_random_below(random, 3) == 0)
			assert_int_equal(shared_log_prepare(shared), RESULT_OK);
		if (test_random_below(random, 4) == 0) {
			uint64_t last = shared_log_durable_sequence(shared);
			io_recorder_mark(session->recorder, MARK_CHECKPOINT,
			    last - test_random_below(random, last < 20 ? last + 1 : 20));
		}
	}
	if (test_random_below(random, 2) == 0) {
		assert_int_equal(shared_log_stop(shared), RESULT_OK);
		io_recorder_mark(session->recorder, MARK_STOPPED, appends > 0);
	}
	shared_log_close(shared);
}

/* Records sessions from an empty folder. The same seed gives the same calls. */
static struct io_recorder *record(
    uint64_t seed, uint32_t sessions, struct io_plant plant, bool early)
{
	struct test_random random = {.state = seed};
	struct session session = {.early = early};
	struct log_file_options options = options_of(live, 0);
	test_folder_empty(live);
	if (early) {
		plant.before_sync = acknowledge_early;
		plant.context = &session;
	}
	session.recorder = io_recorder_begin(live, plant);
	(void)file_ops_replace(io_recorder_ops());
	assert_int_equal(log_file_create(&options), RESULT_OK);
	io_recorder_mark(session.recorder, MARK_CREATED, 1);
	for (uint32_t index = 0; index < sessions; index++)
		run_session(&session, live, index % 3 != 2, &random);
	io_recorder_end(session.recorder);
	(void)file_ops_replace(&no_sync_ops);
	return session.recorder;
}

/* ---- Judging ---- */

/* What must hold of an image. */
struct expectation {
	bool created;
	bool stopped;
	uint64_t acknowledged;
	uint64_t issued;
	uint64_t checkpoint;
};

static struct expectation expectation_at(const struct io_recorder *recorder, uint32_t cut)
{
	return (struct expectation){
		.created = io_recorder_last_mark(recorder, cut, MARK_CREATED, 0) != 0,
		.stopped = io_recorder_last_mark(recorder, cut, MARK_STOPPED, 0) != 0,
		.acknowledged = io_recorder_last_mark(recorder, cut, MARK_ACKNOWLEDGED, 0),
		.issued = io_recorder_last_mark(recorder, cut, MARK_ISSUED, 0),
		.checkpoint = io_recorder_last_mark(recorder, cut, MARK_CHECKPOINT, 0),
	};
}

/* Appends a few batches, perhaps stops, and verifies everything again. */
static const char *judge_going_on(struct log_file *log, const char *folder, bool stops)
{
	struct shared_log *shared = log_file_shared(log);
	struct log_file_options options = options_of(folder, 0);
	struct log_file_report report;
	const char *wrong = NULL;
	for (uint32_t index = 0; index < 3 && wrong == NULL; index++) {
		struct shared_log_batch batch = journal_workload_next(&workload, shared);
		if (shared_log_append(shared, &batch) != RESULT_OK)
			wrong = "the recovered log takes no batch";
	}
	uint64_t last = shared_log_durable_sequence(shared);
	if (wrong == NULL && stops && shared_log_stop(shared) != RESULT_OK)
		wrong = "the recovered log does not stop";
	shared_log_close(shared);
	if (wrong != NULL)
		return wrong;
	if (log_file_open(&options, &log, &report) != RESULT_OK)
		return "the recovered log does not open again";
	if (report.last_sequence != last || report.stopped != stops || report.torn)
		wrong = "the recovered log is not what was appended";
	if (wrong == NULL)
		wrong = journal_workload_check(&workload, log_file_shared(log), 1);
	shared_log_close(log_file_shared(log));
	return wrong;
}

/* Opens and judges the folder; NULL: as it should be. */
static const char *judge(
    const char *folder, const struct expectation *expected, bool *ret_torn, bool go_on)
{
	struct log_file_options options = options_of(folder, expected->checkpoint);
	struct log_file_report report;
	struct log_file *log = NULL;
	enum result result = log_file_open(&options, &log, &report);
	*ret_torn = false;
	if (result == RESULT_NOT_FOUND && !expected->created) {
		totals.absent++;
		return NULL;
	}
	if (result != RESULT_OK)
		return report.place.reason != NULL ? report.place.reason : "it does not open";
	const char *wrong = NULL;
	if (report.last_sequence < expected->acknowledged)
		wrong = "an acknowledged batch is lost";
	else if (report.last_sequence > expected->issued)
		wrong = "there is a batch that was never issued";
	else if (expected->stopped && !report.stopped)
		wrong = "a stop that had returned is lost";
	else
		wrong = journal_workload_check(&workload, log_file_shared(log), 1);
	if (wrong == NULL && report.last_sequence > expected->acknowledged)
		totals.kept_unacknowledged++;
	*ret_torn = report.torn;
	if (wrong == NULL && go_on && log_file_start(log) == RESULT_OK)
		return judge_going_on(log, folder, report.last_sequence % 2 == 0);
	shared_log_close(log_file_shared(log));
	return wrong;
}

/* The recovery of a torn image is recorded and cut again, with an acknowledged batch after it. */
static const char *judge_recovery(const struct expectation *first, struct io_plant plant,
    struct test_random *random, uint64_t *ret_states)
{
	static const enum io_cut_policy policies[] = {
		IO_CUT_DROP, IO_CUT_KEEP, IO_CUT_TEAR, IO_CUT_TEAR, IO_CUT_TEAR, IO_CUT_PREFIX,
	};
	struct session session = {.recorder = io_recorder_begin(image, plant)};
	struct log_file_options options = options_of(image, first->checkpoint);
	struct log_file_report report;
	struct log_file *log = NULL;
	const char *wrong = NULL;
	(void)file_ops_replace(io_recorder_ops());
	assert_int_equal(log_file_open(&options, &log, &report), RESULT_OK);
	assert_int_equal(log_file_start(log), RESULT_OK);
	append_recorded(&session, log_file_shared(log));
	append_recorded(&session, log_file_shared(log));
	shared_log_close(log_file_shared(log));
	io_recorder_end(session.recorder);
	(void)file_ops_replace(&no_sync_ops);
	uint32_t count = io_recorder_count(session.recorder);
	for (uint32_t cut = 0; cut <= count && wrong == NULL; cut++) {
		struct expectation expected = expectation_at(session.recorder, cut);
		bool torn = false;
		expected.created = true;
		expected.checkpoint = first->checkpoint;
		if (expected.acknowledged < first->acknowledged)
			expected.acknowledged = first->acknowledged;
		if (expected.issued < first->issued)
			expected.issued = first->issued;
		for (size_t index = 0; index < sizeof(policies) / sizeof(policies[0]); index++) {
			io_recorder_image(
			    session.recorder, cut, policies[index], random, second_image);
			wrong = judge(second_image, &expected, &torn, true);
			(*ret_states)++;
			if (wrong != NULL)
				break;
		}
	}
	io_recorder_free(session.recorder);
	return wrong;
}

#define POLICIES 5u

static const enum io_cut_policy all_policies[POLICIES] = {
	IO_CUT_DROP, IO_CUT_TEAR, IO_CUT_TEAR, IO_CUT_PREFIX, IO_CUT_KEEP,
};

static void fail_with(uint64_t seed, uint32_t cut, enum io_cut_policy policy, const char *wrong)
{
	print_error("recording %llu, cut %u, policy %d: %s; image in %s\n",
	    (unsigned long long)seed, cut, (int)policy, wrong, image);
	fail();
}

static void no_cut_loses_an_acknowledged_batch(void **state)
{
	(void)state;
	struct test_random random = test_random_make("powercut");
	struct io_plant nothing = {0};
	uint32_t nested = 0;
	while (totals.cuts < CUTS_MIN) {
		uint64_t seed = test_random_u64(&random);
		journal_workload_make(&workload, seed);
		struct io_recorder *recorder = record(seed, SESSIONS, nothing, false);
		uint32_t count = io_recorder_count(recorder);
		for (uint32_t cut = 0; cut <= count; cut++) {
			struct expectation expected = expectation_at(recorder, cut);
			totals.cuts++;
			for (size_t index = 0; index < POLICIES; index++) {
				enum io_cut_policy policy = all_policies[index];
				bool torn = false;
				io_recorder_image(recorder, cut, policy, &random, image);
				/* A torn image may be needed as it is, so it goes on in a copy. */
				const char *wrong = judge(image, &expected, &torn, false);
				totals.states++;
				totals.torn += torn;
				if (wrong == NULL && torn && nested < NESTED_MAX && ++nested > 0)
					wrong = judge_recovery(
					    &expected, nothing, &random, &totals.nested);
				else if (wrong == NULL)
					wrong = judge(image, &expected, &torn, true);
				if (wrong != NULL)
					fail_with(seed, cut, policy, wrong);
			}
		}
		io_recorder_free(recorder);
		journal_workload_free(&workload);
	}
	print_message("%llu cut points, %llu states: %llu torn tails cut, %llu unacknowledged "
	    "batches kept whole, %llu before creation; %llu states of cut recoveries; 0 lost\n",
	    (unsigned long long)totals.cuts, (unsigned long long)totals.states,
	    (unsigned long long)totals.torn, (unsigned long long)totals.kept_unacknowledged,
	    (unsigned long long)totals.absent, (unsigned long long)totals.nested);
	assert_true(totals.cuts >= 2000);
	assert_true(totals.torn >= 200);
	assert_true(totals.kept_unacknowledged >= 200);
	assert_true(totals.nested >= 1000);
	assert_true(totals.absent > 0);
}

/* Does any cut from an event on show that something is wrong? Tears come by chance: several
 * tries. */
static const char *find_wrong(
    const struct io_recorder *recorder, uint32_t first, uint32_t last, struct test_random *random)
{
	const char *wrong = NULL;
	for (uint32_t cut = first; cut <= last && wrong == NULL; cut++) {
		struct expectation expected = expectation_at(recorder, cut);
		for (uint32_t try = 0; try < PLANT_TRIES && wrong == NULL; try++) {
			enum io_cut_policy policy = try == 0 ? IO_CUT_DROP
			    : try == 1 ? IO_CUT_KEEP : IO_CUT_TEAR;
			bool torn = false;
			io_recorder_image(recorder, cut, policy, random, image);
			wrong = judge(image, &expected, &torn, true);
		}
	}
	return wrong;
}

static void an_early_acknowledgement_is_noticed(void **state)
{
	(void)state;
	struct test_random random = test_random_make("early");
	struct io_plant nothing = {0};
	for (uint32_t number = 0; number < 5; number++) {
		uint64_t seed = test_random_u64(&random);
		journal_workload_make(&workload, seed);
		struct io_recorder *recorder = record(seed, 2, nothing, true);
		uint32_t count = io_recorder_count(recorder);
		const char *wrong = find_wrong(recorder, 0, count, &random);
		assert_non_null(wrong);
		assert_string_equal(wrong, "an acknowledged batch is lost");
		io_recorder_free(recorder);
		/* The same calls without the plant are good. */
		recorder = record(seed, 2, nothing, false);
		assert_null(find_wrong(recorder, 0, PLANT_EVENTS, &random));
		io_recorder_free(recorder);
		journal_workload_free(&workload);
	}
}

/* The size of the last write before the sync that was skipped. */
static uint64_t last_write_size(const struct io_recorder *recorder)
{
	for (uint32_t index = io_recorder_skipped_at(recorder); index > 0; index--) {
		const struct io_event *event = io_recorder_event(recorder, index - 1);
		if (event->kind == IO_EVENT_WRITE)
			return event->size;
	}
	return 0;
}

static uint32_t syncs_of(const struct io_recorder *recorder, const char *name)
{
	uint32_t found = 0;
	for (uint64_t number = 1; number <= io_recorder_syncs(recorder); number++)
		found += strcmp(io_recorder_sync_name(recorder, number), name) == 0;
	return found;
}

/* Draws until two sessions go over several segments: then each kind of sync is there. Leaves the
 * workload made. */
static uint64_t seed_of_many_segments(struct test_random *random)
{
	struct io_plant nothing = {0};
	for (uint32_t tries = 0; tries < TRIES_MAX; tries++) {
		uint64_t seed = test_random_u64(random);
		journal_workload_make(&workload, seed);
		workload.entry_size_max = 1400; /* several segments in few appends */
		workload.entries_max = 7;
		struct io_recorder *recorder = record(seed, 2, nothing, false);
		uint32_t names = syncs_of(recorder, "");
		uint32_t contents = syncs_of(recorder, LOG_FILE_NEXT_NAME); /* headers and zeros */
		io_recorder_free(recorder);
		if (names >= 3 && contents >= names + 3)
			return seed;
		journal_workload_free(&workload);
	}
	fail_msg("no recording of many segments in %u", TRIES_MAX);
	return 0;
}

static void every_skipped_sync_is_noticed(void **state)
{
	(void)state;
	struct test_random random = test_random_make("skipped");
	uint64_t syncs = 1;
	uint32_t noticed[4] = {0}; /* of a batch, of a header, of a name; of zeros: never */
	zeroed_fill_ms = 0;	   /* its syncs are looked at too */
	uint64_t seed = seed_of_many_segments(&random);
	for (uint64_t number = 1; number <= syncs; number++) {
		struct io_plant plant = {.skip_sync = number};
		struct io_recorder *recorder = record(seed, 2, plant, false);
		syncs = io_recorder_syncs(recorder);
		const char *name = io_recorder_sync_name(recorder, number);
		bool next = strcmp(name, LOG_FILE_NEXT_NAME) == 0;
		bool zeros = next && last_write_size(recorder) != SEGMENT_SECTOR_SIZE;
		uint32_t first = io_recorder_skipped_at(recorder);
		uint32_t last = io_recorder_count(recorder);
		if (last > first + PLANT_EVENTS)
			last = first + PLANT_EVENTS;
		const char *wrong = find_wrong(recorder, first, last, &random);
		if ((wrong != NULL) == zeros) {
			print_error("sync %llu (%s): %s\n", (unsigned long long)number, name,
			    wrong == NULL ? "its lack was not noticed" : wrong);
			fail();
		}
		noticed[zeros ? 3 : next ? 1 : name[0] == '\0' ? 2 : 0]++;
		io_recorder_free(recorder);
	}
	journal_workload_free(&workload);
	print_message("seed %llu: skipped syncs noticed: %u of batches, %u of headers, "
	    "%u of names; %u of zeros, which are for speed, harmless\n",
	    (unsigned long long)seed, noticed[0], noticed[1], noticed[2], noticed[3]);
	assert_true(noticed[0] >= 5 && noticed[1] >= 2 && noticed[2] >= 2 && noticed[3] >= 2);
}

/* The cut of a torn tail, left unsynced, must be noticed too. */
static void a_skipped_sync_of_the_cut_is_noticed(void **state)
{
	(void)state;
	struct test_random random = test_random_make("skipped cut");
	struct io_plant nothing = {0};
	struct io_plant plant = {.skip_sync = 1};
	uint32_t torn_images = 0;
	uint32_t noticed = 0;
	uint64_t states = 0;
	for (uint32_t tries = 0; torn_images < 20 && tries < TRIES_MAX; tries++) {
		uint64_t seed = test_random_u64(&random);
		journal_workload_make(&workload, seed);
		struct io_recorder *recorder = record(seed, 3, nothing, false);
		uint32_t count = io_recorder_count(recorder);
		for (uint32_t cut = 0; cut <= count && torn_images < 60; cut++) {
			struct expectation expected = expectation_at(recorder, cut);
			bool torn = false;
			io_recorder_image(recorder, cut, IO_CUT_TEAR, &random, image);
			assert_null(judge(image, &expected, &torn, false));
			if (!torn)
				continue;
			torn_images++;
			noticed += judge_recovery(&expected, plant, &random, &states) != NULL;
		}
		io_recorder_free(recorder);
		journal_workload_free(&workload);
	}
	print_message("%u torn images, the missing sync of their cut noticed on %u\n",
	    torn_images, noticed);
	assert_true(torn_images >= 20);
	assert_true(noticed >= 1); /* two of three are */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_cut_loses_an_acknowledged_batch),
		cmocka_unit_test(an_early_acknowledgement_is_noticed),
		cmocka_unit_test(every_skipped_sync_is_noticed),
		cmocka_unit_test(a_skipped_sync_of_the_cut_is_noticed),
	};
	return cmocka_run_group_tests_name("powercut journal", tests, setup, teardown);
}
