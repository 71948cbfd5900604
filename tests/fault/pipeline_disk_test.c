/* The pipeline on the journal in files, over a disk that fails and one that is full.
 *
 *  1. The Nth write or sync fails, for every N of a run: the pipeline fails once, with the result of
 *     the disk; every work comes back; what was answered with RESULT_OK is there after a restart, and
 *     every key counts once when all are sent again.
 *  2. The disk is nearly full: commands are refused by name, reads go on, nothing is lost; when there
 *     is room again the same keys succeed. */
#include "engine/domain/state.h"
#include "engine/ledger/log_file.h"
#include "engine/ledger/recovery.h"
#include "engine/pipeline/completion.h"
#include "engine/pipeline/pipeline.h"
#include "engine/pipeline/work.h"
#include "engine/system/file.h"
#include "tests/support/random.h"
#include "tests/support/synthetic_ledger.h"
#include "tests/support/test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cmocka.h>

#define ROOM         4000u
#define SEGMENT_SIZE 32768u
#define KEYS     60u
#define FLOOR_BYTES  (UINT64_C(1) << 20)

static char folder[TEST_FOLDER_SIZE];
static uint8_t ledger_id[16];
static struct file_ops ops;
static _Atomic uint64_t calls;      /* writes and syncs so far */
static _Atomic uint64_t fails_at;   /* the call that fails; 0: none */
static _Atomic int fails_with;
static _Atomic uint64_t free_bytes; /* what statvfs says; 0: the truth */
static _Atomic int failure;
static _Atomic uint32_t failures;

static bool fails_now(void)
{
	if (atomic_fetch_add(&calls, 1u) + 1 != atomic_load(&fails_at))
		return false;
	errno = atomic_load(&fails_with);
	return true;
}

static ssize_t my_pwrite(int descriptor, const void *bytes, size_t size, off_t offset)
{
	if (fails_now())
		return -1;
	return file_ops_kernel()->pwrite(descriptor, bytes, size, offset);
}

/* The disk's own syncs are of no account here: without them it is fast. */
static int my_sync(int descriptor)
{
	(void)descriptor;
	return fails_now() ? -1 : 0;
}

static int my_statvfs(const char *path, struct statvfs *ret_stat)
{
	int failed = file_ops_kernel()->statvfs(path, ret_stat);
	uint64_t told = atomic_load(&free_bytes);
	if (failed == 0 && told > 0) {
		ret_stat->f_frsize = 1;
		ret_stat->f_bavail = told;
	}
	return failed;
}

/* A ledger being served. */
struct served {
	struct log_file *log;
	struct log_file_report report;
	struct synthetic_ledger ledger;
	struct pipeline *pipeline;
	struct completion_queue queue;
};

static const struct pipeline_rules rules = {
    .decide = synthetic_decide,
    .tick_due = synthetic_tick_due,
};

static struct instant read_clock(void *context)
{
	(void)context;
	return (struct instant){5000000};
}

static void note_failure(enum result result, void *context)
{
	(void)context;
	atomic_store(&failure, (int)result);
	atomic_fetch_add(&failures, 1u);
}

static struct log_file_options options_of(uint64_t floor_bytes)
{
	struct log_file_options options = log_file_options_default(folder, ledger_id);
	options.segment_size = SEGMENT_SIZE;
	options.free_space_min = floor_bytes;
	return options;
}

/* Opens, recovers and starts to serve. */
static enum result serve(struct served *served, uint64_t floor_bytes)
{
	memset(served, 0, sizeof(*served));
	struct log_file_options options = options_of(floor_bytes);
	struct recovery_report report;
	assert_int_equal(log_file_open(&options, &served->log, &served->report), RESULT_OK);
	enum result result = log_file_start(served->log);
	if (result != RESULT_OK) {
		shared_log_close(log_file_shared(served->log));
		return result;
	}
	synthetic_ledger_make(&served->ledger, ROOM);
	struct recovery_config recovery = {.log = log_file_shared(served->log),
	    .state = &served->ledger.state,
	    .check_all = true};
	assert_int_equal(recovery_run(&recovery, &report), RESULT_OK);
	struct pipeline_config config = {
	    .state = &served->ledger.state,
	    .log = log_file_shared(served->log),
	    .sequence = report.sequence,
	    .last_instant = report.last_instant,
	    .clock = read_clock,
	    .failed = note_failure,
	    .rules = &rules,
	    .stall_ms_max = 300,
	};
	assert_int_equal(completion_open(&served->queue), RESULT_OK);
	assert_int_equal(pipeline_start(&config, &served->pipeline), RESULT_OK);
	return RESULT_OK;
}

static enum result stop(struct served *served)
{
	enum result result = pipeline_stop(served->pipeline);
	pipeline_free(served->pipeline);
	completion_close(&served->queue);
	synthetic_ledger_free(&served->ledger);
	shared_log_close(log_file_shared(served->log));
	return result;
}

/* Sends one command and waits. */
static enum result send(struct served *served, struct command command, struct outcome *ret_outcome)
{
	struct work work = {
	    .kind = WORK_COMMANDS,
	    .count = 1,
	    .commands = &command,
	    .outcomes = ret_outcome,
	    .queue = &served->queue,
	};
	enum result result = pipeline_submit(served->pipeline, &work);
	if (result != RESULT_OK)
		return result;
	assert_ptr_equal(completion_wait(&served->queue, 60000), &work);
	return work.result;
}

static void make_ledger(void)
{
	atomic_store(&fails_at, 0u);
	atomic_store(&free_bytes, 0u);
	atomic_store(&failure, RESULT_OK);
	atomic_store(&failures, 0u);
	test_folder_empty(folder);
	struct log_file_options options = options_of(0);
	struct served served;
	struct outcome outcome;
	assert_int_equal(log_file_create(&options), RESULT_OK);
	assert_int_equal(serve(&served, 0), RESULT_OK);
	struct command genesis = synthetic_genesis(CLOCK_MODE_SYSTEM, (struct instant){5000000});
	assert_int_equal(send(&served, genesis, &outcome), RESULT_OK);
	assert_int_equal(stop(&served), RESULT_OK);
}

/* Sends every key again: known ones replay, the others happen now. Then all are there once. */
static void assert_all_once(uint32_t answered)
{
	struct served served;
	struct outcome outcome;
	atomic_store(&fails_at, 0u);
	assert_int_equal(serve(&served, 0), RESULT_OK);
	uint32_t replayed = 0;
	for (uint32_t key = 1; key <= KEYS; key++) {
		assert_int_equal(send(&served, synthetic_provider(key), &outcome), RESULT_OK);
		assert_int_equal(outcome.result, RESULT_OK);
		assert_true(outcome.replayed || key > answered);
		replayed += outcome.replayed;
	}
	assert_true(replayed <= answered + 1); /* one was under way */
	assert_int_equal(state_count(&served.ledger.state, RECORD_KIND_PROVIDER), KEYS);
	assert_int_equal(stop(&served), RESULT_OK);
}

/* One run whose Nth call fails. Returns false when the run has fewer calls. */
static bool run_failing(uint64_t nth, int error)
{
	struct served served;
	struct outcome outcome;
	make_ledger();
	atomic_store(&fails_with, error);
	atomic_store(&calls, 0u);
	atomic_store(&fails_at, nth);
	enum result result = serve(&served, 0);
	uint32_t answered = 0;
	if (result == RESULT_OK) {
		for (uint32_t key = 1; key <= KEYS && result == RESULT_OK; key++) {
			result = send(&served, synthetic_provider(key), &outcome);
			answered += result == RESULT_OK;
		}
		enum result stopped = stop(&served);
		bool reached = atomic_load(&calls) >= nth;
		if (reached && error == EIO) {
			assert_int_equal(stopped, RESULT_IO_FAILED);
			assert_int_equal(atomic_load(&failure) == RESULT_OK ||
					     atomic_load(&failure) == RESULT_IO_FAILED,
			    1);
			assert_true(atomic_load(&failures) <= 1);
		}
		if (answered < KEYS)
			assert_true(result == RESULT_OUTCOME_UNKNOWN || result == RESULT_DRAINING ||
				    result == RESULT_DISK_NEARLY_FULL);
	}
	bool reached = atomic_load(&calls) >= nth;
	assert_all_once(answered);
	return reached;
}

static void every_call_fails_once(void **state)
{
	(void)state;
	uint64_t nth = 1;
	while (run_failing(nth, EIO))
		nth++;
	print_message("%llu calls failed one by one\n", (unsigned long long)nth - 1);
	assert_true(nth > KEYS * 2);
}

/* ENOSPC where it should not come any more, because room is made ahead: refused or repeated, never
 * lost. */
static void no_space_at_any_call(void **state)
{
	(void)state;
	uint64_t nth = 1;
	while (run_failing(nth, ENOSPC))
		nth += 3;
	assert_true(nth > KEYS);
}

static void look(const struct state *state, struct instant now, uint64_t sequence, void *context)
{
	(void)now;
	(void)sequence;
	*(uint32_t *)context = state_count(state, RECORD_KIND_PROVIDER);
}

static void a_disk_that_is_nearly_full(void **state)
{
	(void)state;
	struct served served;
	struct outcome outcome;
	make_ledger();
	assert_int_equal(serve(&served, FLOOR_BYTES), RESULT_OK);
	uint64_t key = 1;
	for (; key <= 40; key++)
		assert_int_equal(send(&served, synthetic_provider(key), &outcome), RESULT_OK);
	atomic_store(&free_bytes, FLOOR_BYTES / 2);
	/* Commands go on while there is room made before. The one that finds it used up may wait and
	 * come back unknown; from then on they are refused. */
	enum result result = RESULT_OK;
	for (; result == RESULT_OK && key < ROOM; key++)
		result = send(&served, synthetic_provider(key), &outcome);
	uint64_t refused = key - 1;
	bool unknown = result == RESULT_OUTCOME_UNKNOWN;
	assert_true(unknown || result == RESULT_DISK_NEARLY_FULL);
	assert_true(pipeline_disk_is_nearly_full(served.pipeline));
	assert_int_equal(
	    send(&served, synthetic_provider(refused), &outcome), RESULT_DISK_NEARLY_FULL);
	/* Reads and checks go on. */
	uint32_t count = 0;
	struct work read = {
	    .kind = WORK_READ, .read = look, .context = &count, .queue = &served.queue};
	assert_int_equal(pipeline_submit(served.pipeline, &read), RESULT_OK);
	assert_ptr_equal(completion_wait(&served.queue, 20000), &read);
	assert_int_equal(read.result, unknown ? RESULT_OUTCOME_UNKNOWN : RESULT_OK);
	assert_int_equal(count, unknown ? refused : refused - 1);
	/* Room again: the same key succeeds, as a first time. */
	atomic_store(&free_bytes, 0u);
	result = RESULT_DISK_NEARLY_FULL;
	for (uint32_t waited = 0; result == RESULT_DISK_NEARLY_FULL && waited < 400; waited++) {
		(void)usleep(10000);
		result = send(&served, synthetic_provider(refused), &outcome);
	}
	assert_int_equal(result, RESULT_OK);
	assert_int_equal(outcome.replayed, unknown);
	assert_int_equal(stop(&served), RESULT_OK);
	assert_int_equal(atomic_load(&failures), 0);
	assert_int_equal(serve(&served, 0), RESULT_OK);
	assert_int_equal(state_count(&served.ledger.state, RECORD_KIND_PROVIDER), refused);
	assert_int_equal(stop(&served), RESULT_OK);
}

static int setup(void **state)
{
	(void)state;
	memset(ledger_id, SYNTHETIC_ID_BYTE, sizeof(ledger_id));
	test_folder_make("pipeline_disk", folder);
	ops = *file_ops_kernel();
	ops.pwrite = my_pwrite;
	ops.fdatasync = my_sync;
	ops.fsync = my_sync;
	ops.statvfs = my_statvfs;
	(void)file_ops_replace(&ops);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_call_fails_once),
	    cmocka_unit_test(no_space_at_any_call),
	    cmocka_unit_test(a_disk_that_is_nearly_full),
	};
	return cmocka_run_group_tests_name("pipeline disk", tests, setup, NULL);
}
