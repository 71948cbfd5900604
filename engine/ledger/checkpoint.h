/* The checkpoint: one thread that follows the durable journal and writes it into LMDB.
 *
 * Life of the thread: wait (a second, or until asked, or until enough is waiting) -> gather whole
 * journal batches, the last after-image of each record -> sort -> put and commit in portions ->
 * the last commit advances the applied sequence -> publish. See gather.h and store.h.
 *
 * Invariants
 *  1. The store never holds what is not durable in the journal.
 *  2. The applied sequence moves from one batch's end to another's, in one commit, and stands in
 *     the same transaction as the last rows it covers.
 *  3. Sealed segments of the journal are never removed here: they are the audit trail. */
#ifndef ENGINE_LEDGER_CHECKPOINT_H
#define ENGINE_LEDGER_CHECKPOINT_H

#include "engine/base/assert.h"
#include "engine/base/result.h"

#include <stdbool.h>
#include <stdint.h>

#define CHECKPOINT_INTERVAL_MS     1000u    /* between two, unless asked or enough waits */
#define CHECKPOINT_LITTLE          16384u   /* entries that one portion takes, or nearly */
#define CHECKPOINT_STRETCH         8u       /* intervals that more than so little may wait */
#define CHECKPOINT_CALM_MS_MAX     4000u    /* longest time over which one is spread */
#define CHECKPOINT_EARLY_MS        50u      /* at most one on demand in so long */
#define CHECKPOINT_ENTRIES_MAX     1000000u /* gathered for one checkpoint */
#define CHECKPOINT_THROTTLE_US_MAX 20000u   /* longest pause per batch for how much waits */
#define CHECKPOINT_PAUSE_US_MIN    1000u    /* shorter ones for how long it waits are added up */
#define CHECKPOINT_PAUSE_US_MAX    100000u  /* longest of these, for a batch of the largest */

/* Entries judged and not yet in the store: at the bound commands are refused, from half of it on
 * they are slowed. */
#define CHECKPOINT_LAG_MAX 8000000u

/* Age of the oldest entry that is durable and not in the store: up to half of it the checkpoint
 * leaves the processor to others; from three quarters on commands are slowed, in proportion to
 * their number, so that from seven eighths on fewer come than the checkpoint takes and the age
 * falls again. */
#define CHECKPOINT_LAG_MS_MAX 20000u

struct checkpoint;
struct reader;
struct shared_log;
struct store;

struct checkpoint_config {
	struct store *store;    /* opened, recovered; the checkpoint's until its stop */
	struct shared_log *log; /* read only */
	/* Called once, by the checkpoint thread, when the store or the journal cannot be used any
	 * more: the caller logs it and ends the process. */
	void (*failed)(enum result result, void *context);
	void *context;
	uint32_t interval_ms; /* 0: CHECKPOINT_INTERVAL_MS */
	uint64_t lag_max;     /* 0: CHECKPOINT_LAG_MAX */
};

struct checkpoint_figures {
	uint64_t sequence;       /* checkpointed */
	uint64_t durable;        /* in the journal */
	uint64_t checkpoints;    /* completed */
	uint64_t entries;        /* gathered in all */
	uint64_t puts;           /* rows written */
	uint64_t row_bytes;      /* of these rows; LMDB writes pages */
	uint64_t commits;
	uint64_t map_used_bytes; /* of the store */
	uint64_t map_size_bytes;
	uint64_t lag_ms;         /* age of the oldest entry that is durable and not here; 0: none */
	uint64_t longest_lag_ms; /* since the start */
	uint64_t longest_portion_us; /* one transaction with its sync, without rests */
	uint64_t oldest_reader_lag; /* LMDB transactions between the oldest reader and the newest */
	bool lacks_space; /* the disk has too little room: the store waits, the journal holds all */
	bool failed;
};

/* Allocates and starts the thread, all signals blocked in it. RESULT_OK; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result checkpoint_start(
    const struct checkpoint_config *config, struct checkpoint **ret_checkpoint);

/* The view for query threads; lives as long as the checkpoint. */
struct reader *checkpoint_reader(struct checkpoint *checkpoint);

/* Wakes the thread: at least `sequence` should be in the store soon. Any thread; never waits.
 * False: nothing of that sequence is durable, or the checkpoint has failed. */
bool checkpoint_ask(struct checkpoint *checkpoint, uint64_t sequence);

/* Last sequence in the store. Any thread. */
uint64_t checkpoint_sequence(const struct checkpoint *checkpoint);

/* Called by the ledger thread after each batch, with the last sequence it judged: microseconds
 * that it should pause. For how much waits, 0 up to half of its bound, then rising smoothly to
 * CHECKPOINT_THROTTLE_US_MAX; for how long it waits, checkpoint_pace_ns for each entry since the
 * call before; whichever is more. UINT32_MAX: the bound of how much waits is reached; refuse new
 * commands with RESULT_OVERLOADED. */
uint32_t checkpoint_throttle_us(struct checkpoint *checkpoint, uint64_t sequence);

/* Nanoseconds that the ledger thread should pause for each entry: nothing up to three quarters of
 * CHECKPOINT_LAG_MS_MAX, as long as the checkpoint takes for one (`entry_ns`) at seven eighths,
 * twice that at all of it and beyond. */
uint64_t checkpoint_pace_ns(uint64_t lag_ms, uint64_t entry_ns);

/* Everything durable goes into the store (`finish`), or the thread ends after the commit it is
 * in.
 * RESULT_OK, or the failure. No read slice may be open any more. */
MUST_CHECK enum result checkpoint_stop(struct checkpoint *checkpoint, bool finish);

/* Frees it, after checkpoint_stop only. Accepts NULL. */
void checkpoint_free(struct checkpoint *checkpoint);

/* Any thread, without locks. */
void checkpoint_figures_read(
    const struct checkpoint *checkpoint, struct checkpoint_figures *ret_figures);

#endif
