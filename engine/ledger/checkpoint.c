/* The checkpoint thread: see checkpoint.h. */
#include "engine/ledger/checkpoint.h"

#include "engine/ledger/age.h"
#include "engine/ledger/bell.h"
#include "engine/ledger/gather.h"
#include "engine/ledger/reader.h"
#include "engine/ledger/shared_log.h"
#include "engine/ledger/store.h"
#include "engine/system/clock.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define READERS_CHECK_MS 60000u /* between two searches for dead readers */
#define LOOK_MS          500u   /* longest sleep: how old what waits is, is known so exactly */
#define REST_MS_LEAST    1u     /* shorter rests are added up */
#define REST_MS_MOST     5u

static_assert(CHECKPOINT_LAG_MAX >= 2 * CHECKPOINT_ENTRIES_MAX, "it begins before it slows");
static_assert(CHECKPOINT_ENTRIES_MAX <= GATHER_ENTRIES_MAX, "one gather takes what wakes it");

enum order {
	ORDER_RUN,
	ORDER_FINISH, /* write what is durable, then end */
	ORDER_END,
};

struct checkpoint {
	struct checkpoint_config config;
	struct gather *gather;
	struct reader reader;
	struct bell bell;
	pthread_t thread;
	bool joined;
	uint64_t last_ms;          /* when the last one began; thread only */
	uint64_t readers_checked_ms;
	struct age age;            /* thread only */
	_Atomic uint64_t covered_ms; /* what was durable then is in the store */
	uint64_t began_ns;         /* of the one at hand; thread only, as all up to result */
	uint64_t calm_ns;          /* over how long it is spread */
	uint64_t rested_ns;        /* of that */
	uint64_t portion_ns;       /* when the portion at hand began, later by its rests */
	enum result result;        /* of the thread, read after it was joined */
	_Atomic int order;         /* enum order */
	_Atomic uint64_t wanted;   /* a sequence that somebody waits for */
	_Atomic bool woken;        /* by too much waiting: rung once per checkpoint */
	_Atomic uint64_t entry_ns; /* for each, of the last checkpoint of more than a little */
	uint64_t judged;           /* sequence of the last call of throttle; ledger thread only */
	uint64_t owed_us;          /* pauses too short to be made one by one; ledger thread only */

	_Atomic uint64_t checkpoints;
	_Atomic uint64_t entries;
	_Atomic uint64_t puts;
	_Atomic uint64_t row_bytes;
	_Atomic uint64_t lag_ms;
	_Atomic uint64_t longest_lag_ms;
	_Atomic uint64_t longest_portion_us;
	_Atomic uint64_t commits;
	_Atomic uint64_t map_used_bytes;
	_Atomic uint64_t map_size_bytes;
	_Atomic uint64_t oldest_reader_lag;
	_Atomic bool lacks_space;
	_Atomic bool failed;
};

static void note_figures(struct checkpoint *checkpoint)
{
	struct store_figures figures;
	store_figures_read(checkpoint->config.store, &figures);
	atomic_store(&checkpoint->map_used_bytes, figures.map_used_bytes);
	atomic_store(&checkpoint->map_size_bytes, figures.map_size_bytes);
	atomic_store(&checkpoint->oldest_reader_lag, figures.oldest_reader_lag);
}

static void note_longest(_Atomic uint64_t *longest, uint64_t value)
{
	if (value > atomic_load(longest)) /* one thread writes it */
		atomic_store(longest, value);
}

/* How old what waits is by now. A store that lacks space is late for want of space, not of time. */
static void note_lag(struct checkpoint *checkpoint)
{
	const struct age_look look = {
	    .now_ms = clock_monotonic_ms(), /* before the journal is looked at */
	    .durable = shared_log_durable_sequence(checkpoint->config.log),
	    .stored = atomic_load(&checkpoint->reader.sequence),
	};
	uint64_t covered_ms = age_covered_ms(&checkpoint->age, &look);
	atomic_store(&checkpoint->covered_ms, covered_ms);
	bool is_late = look.durable > look.stored && !atomic_load(&checkpoint->lacks_space);
	uint64_t lag_ms = is_late ? look.now_ms - covered_ms : 0;
	atomic_store(&checkpoint->lag_ms, lag_ms);
	note_longest(&checkpoint->longest_lag_ms, lag_ms);
}

/* Called after each portion. */
static void note_portion(void *context)
{
	struct checkpoint *checkpoint = context;
	uint64_t now_ns = clock_monotonic_ns();
	note_longest(&checkpoint->longest_portion_us, (now_ns - checkpoint->portion_ns) / 1000u);
	checkpoint->portion_ns = now_ns;
	note_lag(checkpoint);
}

static void close_gate(void *context)
{
	struct checkpoint *checkpoint = context;
	reader_close(&checkpoint->reader);
	checkpoint->portion_ns = clock_monotonic_ns();
}

static void open_gate(void *context)
{
	struct checkpoint *checkpoint = context;
	reader_open(&checkpoint->reader);
}

static void empty_gate(void *context)
{
	struct checkpoint *checkpoint = context;
	reader_empty(&checkpoint->reader);
	checkpoint->portion_ns = clock_monotonic_ns();
}

/* Over how many milliseconds the checkpoint that begins now is spread: half of the time until the
 * next, as long as what waits is not old. */
static uint64_t calm_ms(const struct checkpoint *checkpoint)
{
	uint64_t sequence = atomic_load(&checkpoint->reader.sequence);
	uint64_t waiting = shared_log_durable_sequence(checkpoint->config.log) - sequence;
	uint64_t age_ms = clock_monotonic_ms() - checkpoint->age.covered_ms;
	uint64_t interval_ms = checkpoint->config.interval_ms;
	uint64_t calm = waiting > CHECKPOINT_LITTLE ? interval_ms * CHECKPOINT_STRETCH / 2
						    : interval_ms / 2;
	if (calm > CHECKPOINT_CALM_MS_MAX)
		calm = CHECKPOINT_CALM_MS_MAX;
	if (age_ms >= CHECKPOINT_LAG_MS_MAX / 2)
		return 0;
	uint64_t left = CHECKPOINT_LAG_MS_MAX / 2 - age_ms;
	return calm < left ? calm : left;
}

/* Does somebody wait for the checkpoint at hand? */
static bool is_wanted(struct checkpoint *checkpoint)
{
	return atomic_load(&checkpoint->order) != ORDER_RUN ||
	       atomic_load(&checkpoint->wanted) > atomic_load(&checkpoint->reader.sequence);
}

/* Sleeps while more is done than has its time. Who has work in between has the processor at once,
 * instead of waiting behind a second of ours. */
static void rest(void *context, uint32_t done)
{
	struct checkpoint *checkpoint = context;
	uint32_t heard = bell_listen(&checkpoint->bell);
	uint64_t now_ns = clock_monotonic_ns();
	uint64_t due_ns = checkpoint->began_ns + checkpoint->calm_ns / 1000u * done;
	if (due_ns < now_ns + REST_MS_LEAST * 1000000u || is_wanted(checkpoint))
		return;
	uint64_t ms = (due_ns - now_ns) / 1000000u;
	bell_wait(&checkpoint->bell, heard, ms < REST_MS_MOST ? (uint32_t)ms : REST_MS_MOST);
	uint64_t rested_ns = clock_monotonic_ns() - now_ns;
	checkpoint->rested_ns += rested_ns;
	checkpoint->portion_ns += rested_ns;
	note_lag(checkpoint);
}

/* Gathers and writes once. */
static enum result run_once(struct checkpoint *checkpoint)
{
	struct store *store = checkpoint->config.store;
	struct gather_span span;
	struct gather_written written;
	const struct gather_gate gate = {
	    .close = close_gate,
	    .open = open_gate,
	    .empty = empty_gate,
	    .wrote = note_portion,
	    .context = checkpoint,
	};
	note_lag(checkpoint);
	checkpoint->began_ns = clock_monotonic_ns();
	checkpoint->calm_ns = calm_ms(checkpoint) * 1000000u;
	checkpoint->rested_ns = 0;
	enum result result = gather_read(checkpoint->gather, checkpoint->config.log,
	    store_meta(store)->sequence + 1, UINT64_MAX, &span);
	if (result != RESULT_OK || span.entries == 0)
		return result;
	result = store_check_space(store, span.bytes);
	atomic_store(&checkpoint->lacks_space, result == RESULT_DISK_NEARLY_FULL);
	if (result == RESULT_DISK_NEARLY_FULL)
		return RESULT_OK; /* nothing is lost: it stands in the journal; look again later */
	checkpoint->portion_ns = clock_monotonic_ns();
	if (result == RESULT_OK)
		result = gather_write(checkpoint->gather, store, &gate, &written);
	if (result != RESULT_OK)
		return result;
	atomic_fetch_add(&checkpoint->checkpoints, 1u);
	atomic_fetch_add(&checkpoint->entries, span.entries);
	atomic_fetch_add(&checkpoint->puts, written.puts);
	atomic_fetch_add(&checkpoint->commits, written.commits);
	atomic_fetch_add(&checkpoint->row_bytes, span.bytes);
	if (span.entries >= CHECKPOINT_LITTLE)
		atomic_store(&checkpoint->entry_ns,
		    (clock_monotonic_ns() - checkpoint->began_ns - checkpoint->rested_ns) /
			span.entries);
	reader_publish(&checkpoint->reader, span.last_sequence);
	note_lag(checkpoint);
	note_figures(checkpoint);
	return RESULT_OK;
}

/* Milliseconds until a checkpoint should begin; 0: now. */
static uint32_t due_in_ms(struct checkpoint *checkpoint, uint64_t now_ms)
{
	uint64_t interval_ms = checkpoint->config.interval_ms;
	uint64_t sequence = atomic_load(&checkpoint->reader.sequence);
	uint64_t durable = shared_log_durable_sequence(checkpoint->config.log);
	if (durable == sequence)
		return (uint32_t)interval_ms;
	if (durable - sequence >= CHECKPOINT_ENTRIES_MAX && !atomic_load(&checkpoint->lacks_space))
		return 0;
	/* The rows of many entries lie on the same pages, which are written once: while much comes,
	 * more is gathered. Decision 0051. */
	uint64_t wait_ms =
	    durable - sequence > CHECKPOINT_LITTLE ? interval_ms * CHECKPOINT_STRETCH : interval_ms;
	if (atomic_load(&checkpoint->wanted) > sequence && wait_ms > CHECKPOINT_EARLY_MS)
		wait_ms = CHECKPOINT_EARLY_MS;
	uint64_t passed_ms = now_ms - checkpoint->last_ms;
	return passed_ms >= wait_ms ? 0 : (uint32_t)(wait_ms - passed_ms);
}

/* Ends the thread for good: nothing more is written, those who wait for it learn by time. */
static void fail(struct checkpoint *checkpoint, enum result result)
{
	checkpoint->result = result;
	atomic_store(&checkpoint->failed, true);
	checkpoint->config.failed(result, checkpoint->config.context);
}

/* Writes all that is durable. */
static enum result finish(struct checkpoint *checkpoint)
{
	uint64_t durable = shared_log_durable_sequence(checkpoint->config.log);
	enum result result = RESULT_OK;
	while (result == RESULT_OK && atomic_load(&checkpoint->reader.sequence) < durable &&
	       !atomic_load(&checkpoint->lacks_space))
		result = run_once(checkpoint);
	return result;
}

static void *run(void *context)
{
	struct checkpoint *checkpoint = context;
	enum result result = RESULT_OK;
	while (result == RESULT_OK || result == RESULT_LOG_UNKNOWN) {
		uint32_t heard = bell_listen(&checkpoint->bell);
		if (atomic_load(&checkpoint->order) != ORDER_RUN)
			break;
		uint64_t now_ms = clock_monotonic_ms();
		note_lag(checkpoint);
		uint32_t wait_ms = due_in_ms(checkpoint, now_ms);
		if (wait_ms > 0) {
			bell_wait(&checkpoint->bell, heard, wait_ms < LOOK_MS ? wait_ms : LOOK_MS);
			continue;
		}
		checkpoint->last_ms = now_ms;
		atomic_store(&checkpoint->woken, false);
		result = run_once(checkpoint);
		if (now_ms - checkpoint->readers_checked_ms > READERS_CHECK_MS) {
			checkpoint->readers_checked_ms = now_ms;
			store_check_readers(checkpoint->config.store);
		}
	}
	if (atomic_load(&checkpoint->order) == ORDER_FINISH && result == RESULT_OK)
		result = finish(checkpoint);
	if (result != RESULT_OK && result != RESULT_LOG_UNKNOWN)
		fail(checkpoint, result);
	return NULL;
}

enum result checkpoint_start(
    const struct checkpoint_config *config, struct checkpoint **ret_checkpoint)
{
	ASSERT(config != NULL && config->store != NULL && config->log != NULL);
	ASSERT(config->failed != NULL && ret_checkpoint != NULL);
	struct checkpoint *checkpoint = calloc(1, sizeof(*checkpoint));
	if (checkpoint == NULL)
		return RESULT_OUT_OF_MEMORY;
	checkpoint->config = *config;
	checkpoint->last_ms = clock_monotonic_ms(); /* what there was is not late */
	checkpoint->age.covered_ms = checkpoint->last_ms;
	atomic_store(&checkpoint->covered_ms, checkpoint->last_ms);
	if (checkpoint->config.interval_ms == 0)
		checkpoint->config.interval_ms = CHECKPOINT_INTERVAL_MS;
	if (checkpoint->config.lag_max == 0)
		checkpoint->config.lag_max = CHECKPOINT_LAG_MAX;
	if (gather_open(&checkpoint->gather) != RESULT_OK) {
		free(checkpoint);
		return RESULT_OUT_OF_MEMORY;
	}
	gather_set_pace(
	    checkpoint->gather, &(struct gather_pace){.rest = rest, .context = checkpoint});
	reader_init(&checkpoint->reader, config->store, checkpoint);
	note_figures(checkpoint);
	sigset_t all;
	sigset_t before;
	(void)sigfillset(&all);
	int error = pthread_sigmask(SIG_SETMASK, &all, &before);
	ASSERT(error == 0);
	error = pthread_create(&checkpoint->thread, NULL, run, checkpoint);
	int restored = pthread_sigmask(SIG_SETMASK, &before, NULL);
	ASSERT(restored == 0);
	if (error != 0) {
		checkpoint->joined = true;
		checkpoint_free(checkpoint);
		return RESULT_OUT_OF_MEMORY;
	}
	(void)pthread_setname_np(checkpoint->thread, "checkpoint");
	*ret_checkpoint = checkpoint;
	return RESULT_OK;
}

struct reader *checkpoint_reader(struct checkpoint *checkpoint)
{
	ASSERT(checkpoint != NULL);
	return &checkpoint->reader;
}

bool checkpoint_ask(struct checkpoint *checkpoint, uint64_t sequence)
{
	ASSERT(checkpoint != NULL);
	if (sequence > shared_log_durable_sequence(checkpoint->config.log) ||
	    atomic_load(&checkpoint->failed))
		return false;
	uint64_t wanted = atomic_load(&checkpoint->wanted);
	while (wanted < sequence)
		if (atomic_compare_exchange_weak(&checkpoint->wanted, &wanted, sequence))
			break;
	bell_ring(&checkpoint->bell);
	return true;
}

uint64_t checkpoint_sequence(const struct checkpoint *checkpoint)
{
	ASSERT(checkpoint != NULL);
	return atomic_load(&checkpoint->reader.sequence);
}

/* Microseconds to pause: none up to half of the bound, then rising. */
static uint32_t rise(uint64_t value, uint64_t bound)
{
	if (value <= bound / 2)
		return 0;
	if (value >= bound)
		return CHECKPOINT_THROTTLE_US_MAX;
	uint64_t over = value - bound / 2;
	return (uint32_t)(over * CHECKPOINT_THROTTLE_US_MAX / (bound - bound / 2));
}

uint64_t checkpoint_pace_ns(uint64_t lag_ms, uint64_t entry_ns)
{
	if (lag_ms <= CHECKPOINT_LAG_MS_MAX / 4 * 3)
		return 0;
	uint64_t over_ms = lag_ms - CHECKPOINT_LAG_MS_MAX / 4 * 3;
	if (over_ms > CHECKPOINT_LAG_MS_MAX / 4)
		over_ms = CHECKPOINT_LAG_MS_MAX / 4;
	return entry_ns * over_ms * 8 / CHECKPOINT_LAG_MS_MAX;
}

/* The pause for what was judged since the last call, by the age of what waits. */
static uint32_t pause_by_age(struct checkpoint *checkpoint, uint64_t sequence)
{
	uint64_t entries = sequence > checkpoint->judged ? sequence - checkpoint->judged : 0;
	bool begins = checkpoint->judged == 0;
	checkpoint->judged = sequence;
	if (begins || atomic_load(&checkpoint->lacks_space))
		return 0;
	uint64_t lag_ms = clock_monotonic_ms() - atomic_load(&checkpoint->covered_ms);
	uint64_t pace_ns = checkpoint_pace_ns(lag_ms, atomic_load(&checkpoint->entry_ns));
	checkpoint->owed_us = pace_ns == 0 ? 0 : checkpoint->owed_us + entries * pace_ns / 1000u;
	if (checkpoint->owed_us < CHECKPOINT_PAUSE_US_MIN)
		return 0;
	uint64_t pause_us = checkpoint->owed_us;
	if (pause_us > CHECKPOINT_PAUSE_US_MAX)
		pause_us = CHECKPOINT_PAUSE_US_MAX;
	checkpoint->owed_us -= pause_us;
	return (uint32_t)pause_us;
}

uint32_t checkpoint_throttle_us(struct checkpoint *checkpoint, uint64_t sequence)
{
	ASSERT(checkpoint != NULL);
	uint64_t reached = atomic_load(&checkpoint->reader.sequence);
	uint32_t by_age = pause_by_age(checkpoint, sequence);
	if (sequence <= reached)
		return 0;
	uint64_t lag = sequence - reached;
	uint64_t lag_max = checkpoint->config.lag_max;
	if (lag >= CHECKPOINT_ENTRIES_MAX && !atomic_exchange(&checkpoint->woken, true))
		bell_ring(&checkpoint->bell);
	if (lag >= lag_max)
		return UINT32_MAX;
	uint32_t by_count = rise(lag, lag_max);
	return by_count > by_age ? by_count : by_age;
}

enum result checkpoint_stop(struct checkpoint *checkpoint, bool finishes)
{
	ASSERT(checkpoint != NULL && !checkpoint->joined);
	atomic_store(&checkpoint->order, finishes ? ORDER_FINISH : ORDER_END);
	bell_ring(&checkpoint->bell);
	int error = pthread_join(checkpoint->thread, NULL);
	ASSERT(error == 0);
	checkpoint->joined = true;
	return checkpoint->result;
}

void checkpoint_free(struct checkpoint *checkpoint)
{
	if (checkpoint == NULL)
		return;
	ASSERT(checkpoint->joined);
	reader_deinit(&checkpoint->reader);
	gather_close(checkpoint->gather);
	free(checkpoint);
}

void checkpoint_figures_read(
    const struct checkpoint *checkpoint, struct checkpoint_figures *ret_figures)
{
	ASSERT(checkpoint != NULL && ret_figures != NULL);
	uint64_t sequence = atomic_load(&checkpoint->reader.sequence);
	uint64_t durable = shared_log_durable_sequence(checkpoint->config.log);
	uint64_t now_ms = clock_monotonic_ms();
	uint64_t covered_ms = atomic_load(&checkpoint->covered_ms);
	*ret_figures = (struct checkpoint_figures){
	    .sequence = sequence,
	    .durable = durable,
	    .checkpoints = atomic_load(&checkpoint->checkpoints),
	    .entries = atomic_load(&checkpoint->entries),
	    .puts = atomic_load(&checkpoint->puts),
	    .row_bytes = atomic_load(&checkpoint->row_bytes),
	    .lag_ms = durable > sequence && now_ms > covered_ms ? now_ms - covered_ms : 0,
	    .longest_lag_ms = atomic_load(&checkpoint->longest_lag_ms),
	    .longest_portion_us = atomic_load(&checkpoint->longest_portion_us),
	    .commits = atomic_load(&checkpoint->commits),
	    .map_used_bytes = atomic_load(&checkpoint->map_used_bytes),
	    .map_size_bytes = atomic_load(&checkpoint->map_size_bytes),
	    .oldest_reader_lag = atomic_load(&checkpoint->oldest_reader_lag),
	    .lacks_space = atomic_load(&checkpoint->lacks_space),
	    .failed = atomic_load(&checkpoint->failed),
	};
}
