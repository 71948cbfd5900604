/* The checkpoint thread and the read views: readers see whole sequences only, a client reads its own
 * writes, the map grows under readers, throttling rises smoothly, and what was checkpointed is what
 * the journal says. */
#include "engine/ledger/checkpoint.h"

#include "engine/domain/state.h"
#include "engine/ledger/gather.h"
#include "engine/ledger/log_memory.h"
#include "engine/ledger/read.h"
#include "engine/ledger/reader.h"
#include "engine/ledger/recovery.h"
#include "engine/ledger/shared_log.h"
#include "engine/ledger/store.h"
#include "engine/system/clock.h"
#include "tests/support/random.h"
#include "tests/support/synthetic_ledger.h"
#include "tests/support/test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ROOM 400000u

/* The thread sanitizer is some fifty times slower: the same races, over less. */
#ifdef __SANITIZE_THREAD__
#define BATCH_WRITES 60u
#define LARGE_ROUNDS 1u
#else
#define BATCH_WRITES 700u
#define LARGE_ROUNDS 3u
#endif

static char folder[TEST_FOLDER_SIZE];
static struct log_memory *memory;
static struct shared_log *journal;
static struct synthetic_ledger live;
static struct synthetic_writer writer;
static struct store *store;
static struct checkpoint_config config;
static struct checkpoint *checkpoint;
static struct reader *reader;
static _Atomic int failure;
static _Atomic bool stops;

static void note_failure(enum result result, void *context)
{
	(void)context;
	atomic_store(&failure, (int)result);
}

static void start(uint32_t interval_ms, uint64_t map_size, uint64_t lag_max)
{
	test_folder_make("checkpoint_test", folder);
	struct log_memory_options options = {.seed = 1, .capacity = UINT64_C(1) << 30};
	assert_int_equal(log_memory_make(&options, &memory), RESULT_OK);
	journal = log_memory_shared(memory);
	synthetic_ledger_make(&live, ROOM);
	synthetic_writer_make(&writer, &live, journal, 0);
	struct store_options store_options = {
	    .folder = folder, .unsafe_filesystem = true, .map_size = map_size};
	memset(store_options.ledger_id, SYNTHETIC_ID_BYTE, 16);
	assert_int_equal(store_open(&store_options, &store), RESULT_OK);
	config = (struct checkpoint_config){
	    .store = store,
	    .log = journal,
	    .failed = note_failure,
	    .interval_ms = interval_ms,
	    .lag_max = lag_max,
	};
	atomic_store(&failure, RESULT_OK);
	atomic_store(&stops, false);
	assert_int_equal(checkpoint_start(&config, &checkpoint), RESULT_OK);
	reader = checkpoint_reader(checkpoint);
}

static void end(void)
{
	assert_int_equal(checkpoint_stop(checkpoint, true), RESULT_OK);
	assert_int_equal(checkpoint_sequence(checkpoint), writer.next_sequence - 1);
	assert_int_equal(atomic_load(&failure), RESULT_OK);
	checkpoint_free(checkpoint);
	/* The store alone, without a tail, is the state. */
	struct synthetic_ledger back;
	struct recovery_report report;
	char ours[65];
	char theirs[65];
	synthetic_ledger_make(&back, ROOM);
	struct recovery_config recovery = {
	    .store = store, .log = journal, .state = &back.state, .check_all = true};
	assert_int_equal(recovery_run(&recovery, &report), RESULT_OK);
	assert_int_equal(report.entries_replayed, 0);
	synthetic_hash(&live, ours);
	synthetic_hash(&back, theirs);
	assert_string_equal(ours, theirs);
	synthetic_ledger_free(&back);
	store_close(store);
	synthetic_writer_free(&writer);
	synthetic_ledger_free(&live);
	shared_log_close(journal);
	log_memory_free(memory);
}

/* In one slice the first comune has counted exactly the beneficiaries there are. */
static void check_slice(struct read_slice *slice)
{
	struct comune comune;
	union {
		struct beneficiary beneficiary;
		uint8_t bytes[READ_RECORD_SIZE_MAX];
	} record;
	if (slice->sequence == 0)
		return;
	assert_int_equal(read_record(slice, RECORD_KIND_COMUNE, 1, &comune), RESULT_OK);
	uint32_t count = slice->counts[RECORD_KIND_BENEFICIARY];
	assert_int_equal(comune.actual_users, count);
	uint32_t id = 1;
	uint32_t seen = 0;
	while (read_next(slice, RECORD_KIND_BENEFICIARY, &id, &record) == RESULT_OK) {
		seen++;
		assert_int_equal(id, seen);
		id++;
	}
	assert_int_equal(seen, count);
	id = UINT32_MAX;
	if (count > 0) {
		assert_int_equal(
		    read_previous(slice, RECORD_KIND_BENEFICIARY, &id, &record), RESULT_OK);
		assert_int_equal(id, count);
	}
	struct read_entry entry;
	assert_int_equal(read_entry(slice, slice->sequence, 0, &entry), RESULT_OK);
	assert_int_equal(entry.sequence, slice->sequence);
	assert_int_equal(entry.at.us, slice->at.us);
	assert_int_equal(read_entry(slice, slice->sequence + 1, 0, &entry), RESULT_NOT_FOUND);
}

/* A slice that holds the sequence. A slow machine may need longer than one client waits. */
static void begin_at(uint64_t sequence, struct read_slice *ret_slice)
{
	enum result result = RESULT_NOT_YET_VISIBLE;
	for (uint32_t tries = 0; result == RESULT_NOT_YET_VISIBLE && tries < 60; tries++)
		result = read_begin(reader, sequence, ret_slice);
	assert_int_equal(result, RESULT_OK);
}

static bool asks; /* readers ask for what was just written */

static void *query(void *context)
{
	_Atomic uint64_t *slices = context;
	while (!atomic_load(&stops)) {
		struct read_slice slice;
		bool wants = asks && atomic_load(slices) % 3 == 0;
		uint64_t wanted = wants ? shared_log_durable_sequence(journal) : 0;
		enum result result = read_begin(reader, wanted, &slice);
		if (result == RESULT_NOT_YET_VISIBLE)
			continue; /* a slow machine */
		assert_int_equal(result, RESULT_OK);
		assert_true(slice.sequence >= wanted);
		check_slice(&slice);
		read_end(&slice);
		(void)atomic_fetch_add(slices, 1u);
	}
	return NULL;
}

static struct checkpoint_figures run_with_readers(
    uint32_t interval_ms, uint64_t map_size, uint32_t batches)
{
	pthread_t threads[2];
	_Atomic uint64_t slices[2] = {0};
	start(interval_ms, map_size, 0);
	for (uint32_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, query, &slices[i]), 0);
	for (uint32_t i = 0; i < batches; i++) {
		assert_int_equal(synthetic_write(&writer, BATCH_WRITES), RESULT_OK);
		if (i % 10 == 0)
			(void)usleep(2000);
	}
	/* A fast machine is done with that before a checkpoint is, a slow one gives readers no turn. */
	struct checkpoint_figures figures;
	checkpoint_figures_read(checkpoint, &figures);
	while (figures.checkpoints < 2 || atomic_load(&slices[0]) + atomic_load(&slices[1]) < 4) {
		assert_int_equal(synthetic_write(&writer, 1), RESULT_OK);
		(void)usleep(2000);
		checkpoint_figures_read(checkpoint, &figures);
	}
	atomic_store(&stops, true);
	for (uint32_t i = 0; i < 2; i++)
		(void)pthread_join(threads[i], NULL);
	checkpoint_figures_read(checkpoint, &figures);
	assert_false(figures.failed);
	print_message("%llu checkpoints, %llu commits, %llu slices\n",
	    (unsigned long long)figures.checkpoints, (unsigned long long)figures.commits,
	    (unsigned long long)(slices[0] + slices[1]));
	end();
	return figures;
}

static void readers_see_whole_sequences(void **state)
{
	(void)state;
	asks = true;
	(void)run_with_readers(1, UINT64_C(1) << 30, 120);
}

/* Much at once: several portions, between which the gate is closed. */
static void large_checkpoints(void **state)
{
	(void)state;
	pthread_t thread;
	_Atomic uint64_t slices = 0;
	asks = false;
	start(1000000, UINT64_C(1) << 30, 0); /* nothing happens unasked */
	assert_int_equal(pthread_create(&thread, NULL, query, &slices), 0);
	for (uint32_t round = 0; round < LARGE_ROUNDS; round++) {
		struct read_slice slice;
		for (uint32_t i = 0; i < 60; i++)
			assert_int_equal(synthetic_write(&writer, 700), RESULT_OK);
		uint64_t sequence = shared_log_durable_sequence(journal);
		begin_at(sequence, &slice);
		check_slice(&slice);
		read_end(&slice);
	}
	while (atomic_load(&slices) <= 3)
		(void)usleep(2000);
	atomic_store(&stops, true);
	(void)pthread_join(thread, NULL);
	struct checkpoint_figures figures;
	checkpoint_figures_read(checkpoint, &figures);
	assert_int_equal(figures.checkpoints, LARGE_ROUNDS);
	assert_true(figures.commits >= LARGE_ROUNDS * 2);
	end();
}

static void the_map_grows_under_readers(void **state)
{
	(void)state;
	asks = true;
	struct checkpoint_figures figures = run_with_readers(20, UINT64_C(1) << 20, 100);
	assert_true(figures.map_size_bytes > UINT64_C(1) << 20);
}

static void a_client_reads_its_own_writes(void **state)
{
	(void)state;
	start(1000000, UINT64_C(1) << 30, 0); /* nothing happens unasked */
	assert_int_equal(synthetic_write(&writer, 10), RESULT_OK);
	uint64_t sequence = shared_log_durable_sequence(journal);
	struct read_slice slice;
	assert_int_equal(read_begin(reader, 0, &slice), RESULT_OK);
	assert_int_equal(slice.sequence, 0);
	read_end(&slice);
	uint64_t before_ms = clock_monotonic_ms();
	begin_at(sequence, &slice);
	assert_true(!read_is_old(&slice) || clock_monotonic_ms() - before_ms > READ_SLICE_MS_MAX);
	assert_int_equal(slice.sequence, sequence);
	check_slice(&slice);
	(void)usleep((READ_SLICE_MS_MAX + 10) * 1000);
	assert_true(read_is_old(&slice));
	read_end(&slice);
	assert_int_equal(read_begin(reader, sequence + 1, &slice), RESULT_NOT_YET_VISIBLE);
	assert_int_equal(read_sequence(reader), sequence);
	end();
}

/* While portions stand in the store, some read on at once, as of the sequence before, and hand
 * their views on. Before the map grows no view is left. */
static void readers_do_not_wait_for_portions(void **state)
{
	(void)state;
	struct read_slice before;
	struct read_slice slices[READER_SPARES];
	start(1000000, UINT64_C(1) << 30, 0); /* nothing happens unasked */
	assert_int_equal(synthetic_write(&writer, 10), RESULT_OK);
	uint64_t sequence = shared_log_durable_sequence(journal);
	begin_at(sequence, &before);
	reader_close(reader);
	for (uint32_t turn = 0; turn < 3; turn++) {
		for (uint32_t i = 0; i < READER_SPARES; i++) {
			assert_int_equal(read_begin(reader, 0, &slices[i]), RESULT_OK);
			assert_int_equal(slices[i].sequence, sequence);
			check_slice(&slices[i]);
		}
		assert_int_equal(reader->open_views, READER_SPARES + 1);
		assert_int_equal(reader->spare_count, 0);
		for (uint32_t i = 0; i < READER_SPARES; i++)
			read_end(&slices[i]);
		assert_int_equal(reader->spare_count, READER_SPARES);
	}
	read_end(&before);
	reader_empty(reader);
	assert_int_equal(reader->spare_count, 0);
	reader_open(reader);
	begin_at(sequence, &before);
	check_slice(&before);
	reader_close(reader);
	reader_open(reader);
	assert_int_equal(reader->spare_count, 0);
	read_end(&before);
	assert_int_equal(reader->open_views, 0);
	end();
}

struct told {
	uint32_t calls;
	uint32_t first;
	uint32_t last;
};

static void note_done(void *context, uint32_t done)
{
	struct told *told = context;
	assert_true(done >= told->last && done <= 1000);
	if (told->calls == 0)
		told->first = done;
	told->calls++;
	told->last = done;
}

/* From beginning to end, and what is written is the same. */
static void work_is_told_as_it_goes_on(void **state)
{
	(void)state;
	struct told told = {0};
	struct gather *gather = NULL;
	struct gather_span span;
	struct gather_written written;
	start(1000000, UINT64_C(1) << 30, 0);
	assert_int_equal(checkpoint_stop(checkpoint, false), RESULT_OK);
	checkpoint_free(checkpoint);
	while (writer.next_sequence < 5000)
		assert_int_equal(synthetic_write(&writer, 700), RESULT_OK);
	assert_int_equal(gather_open(&gather), RESULT_OK);
	gather_set_pace(gather, &(struct gather_pace){.rest = note_done, .context = &told});
	assert_int_equal(gather_read(gather, journal, 1, UINT64_MAX, &span), RESULT_OK);
	assert_true(told.first < 100 && told.last > 400 && told.last <= 500);
	assert_int_equal(gather_write(gather, store, NULL, &written), RESULT_OK);
	assert_true(told.last > 900);
	gather_close(gather);
	assert_int_equal(checkpoint_start(&config, &checkpoint), RESULT_OK);
	reader = checkpoint_reader(checkpoint);
	end();
}

/* What stood in the journal when the thread began waits like all else: the clock of the machine,
 * which has run for long, does not make it late. */
static void what_was_there_is_not_late(void **state)
{
	(void)state;
	start(1000000, UINT64_C(1) << 30, 0);
	assert_int_equal(checkpoint_stop(checkpoint, false), RESULT_OK);
	checkpoint_free(checkpoint);
	assert_int_equal(synthetic_write(&writer, 10), RESULT_OK);
	config.interval_ms = 10000;
	assert_int_equal(checkpoint_start(&config, &checkpoint), RESULT_OK);
	reader = checkpoint_reader(checkpoint);
	(void)usleep(100000);
	struct checkpoint_figures figures;
	checkpoint_figures_read(checkpoint, &figures);
	assert_int_equal(figures.checkpoints, 0);
	end();
}

/* While much comes, more is gathered than one interval brings; what waits is as old as it is told. */
static void much_is_gathered_for_longer(void **state)
{
	(void)state;
	start(1000000, UINT64_C(1) << 30, 0);
	assert_int_equal(checkpoint_stop(checkpoint, false), RESULT_OK);
	checkpoint_free(checkpoint);
	while (writer.next_sequence <= CHECKPOINT_LITTLE + 1)
		assert_int_equal(synthetic_write(&writer, 700), RESULT_OK);
	config.interval_ms = 400;
	uint64_t began_ms = clock_monotonic_ms();
	assert_int_equal(checkpoint_start(&config, &checkpoint), RESULT_OK);
	reader = checkpoint_reader(checkpoint);
	(void)usleep(1000000);
	struct checkpoint_figures figures;
	checkpoint_figures_read(checkpoint, &figures);
	bool is_early = clock_monotonic_ms() - began_ms < 400 * CHECKPOINT_STRETCH;
	if (is_early) { /* a slow machine may have slept through all of it */
		assert_int_equal(figures.checkpoints, 0);
		assert_true(figures.lag_ms >= 900);
	}
	while (checkpoint_sequence(checkpoint) + 1 < writer.next_sequence)
		(void)usleep(10000);
	checkpoint_figures_read(checkpoint, &figures);
	assert_int_equal(figures.lag_ms, 0);
	assert_true(figures.longest_lag_ms >= 400 * CHECKPOINT_STRETCH - 1);
	assert_true(figures.longest_portion_us > 0 && figures.row_bytes > 0);
	end();
}

/* Entries of many postings come in pieces that fit together. */
static void entries_can_be_read(void **state)
{
	(void)state;
	start(1000000, UINT64_C(1) << 30, 0);
	for (uint32_t i = 0; i < 40; i++)
		assert_int_equal(synthetic_write(&writer, 60), RESULT_OK);
	struct read_slice slice;
	begin_at(shared_log_durable_sequence(journal), &slice);
	uint32_t pieces = 0;
	int64_t posted = 0;
	for (uint64_t sequence = 1; sequence <= slice.sequence; sequence++) {
		struct read_entry entry;
		uint32_t first = 0;
		do {
			assert_int_equal(read_entry(&slice, sequence, first, &entry), RESULT_OK);
			assert_int_equal(entry.sequence, sequence);
			assert_int_equal(entry.first, first);
			for (uint32_t i = 0; i < entry.count; i++)
				posted += entry.postings[i].amount;
			first += entry.count;
			pieces++;
		} while (first < entry.posting_count);
	}
	assert_true(pieces > slice.sequence + 20);
	read_end(&slice);
	struct cents balance =
	    state_fund_balance(&live.state, (struct fund_year_id){1}, FUND_AVAILABLE);
	assert_true(cents_equal(balance, cents_from(posted)));
	end();
}

static void throttling(void **state)
{
	(void)state;
	start(1000000, UINT64_C(1) << 30, 1000);
	assert_int_equal(checkpoint_throttle_us(checkpoint, 0), 0);
	assert_int_equal(checkpoint_throttle_us(checkpoint, 500), 0);
	uint32_t before = 0;
	for (uint64_t lag = 501; lag < 1000; lag++) {
		uint32_t pause = checkpoint_throttle_us(checkpoint, lag);
		assert_true(pause >= before && pause - before <= 100);
		before = pause;
	}
	assert_true(before > CHECKPOINT_THROTTLE_US_MAX * 9 / 10);
	assert_int_equal(checkpoint_throttle_us(checkpoint, 1000), UINT32_MAX);
	end();
}

/* Before the bound the ledger is slower than the checkpoint, and it becomes so smoothly. */
static void what_is_old_slows_the_ledger(void **state)
{
	(void)state;
	const uint64_t entry_ns = 3000;
	uint64_t before = 0;
	assert_int_equal(checkpoint_pace_ns(CHECKPOINT_LAG_MS_MAX * 3 / 4, entry_ns), 0);
	for (uint64_t lag_ms = 0; lag_ms <= CHECKPOINT_LAG_MS_MAX; lag_ms++) {
		uint64_t pace_ns = checkpoint_pace_ns(lag_ms, entry_ns);
		assert_true(pace_ns >= before && pace_ns - before <= 2);
		before = pace_ns;
	}
	assert_int_equal(
	    checkpoint_pace_ns(CHECKPOINT_LAG_MS_MAX * 7 / 8, entry_ns), entry_ns);
	assert_int_equal(checkpoint_pace_ns(CHECKPOINT_LAG_MS_MAX, entry_ns), 2 * entry_ns);
	assert_int_equal(checkpoint_pace_ns(UINT64_MAX, entry_ns), 2 * entry_ns);
	assert_int_equal(checkpoint_pace_ns(CHECKPOINT_LAG_MS_MAX, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(readers_see_whole_sequences),
	    cmocka_unit_test(large_checkpoints),
	    cmocka_unit_test(the_map_grows_under_readers),
	    cmocka_unit_test(a_client_reads_its_own_writes),
	    cmocka_unit_test(readers_do_not_wait_for_portions),
	    cmocka_unit_test(work_is_told_as_it_goes_on),
	    cmocka_unit_test(what_was_there_is_not_late),
	    cmocka_unit_test(much_is_gathered_for_longer),
	    cmocka_unit_test(entries_can_be_read),
	    cmocka_unit_test(throttling),
	    cmocka_unit_test(what_is_old_slows_the_ledger),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
