/* The pipeline: the ledger thread, the journal thread and the thread that keeps room in the
 * journal, with the bounded queues between them. The door for whoever wants a command judged.
 *
 *	network threads --ring--> ledger thread --batches--> journal thread --completions-->
 *	network
 *
 * Invariants
 *  1. Only the ledger thread writes the state, from pipeline_start to pipeline_stop.
 *  2. The ledger thread calls no malloc, reads no clock, file or randomness: its present comes
 *     from `config.clock`, once per batch, and never decreases (max of clock and the latest
 *     instant).
 *  3. Batches reach the log in the order in which they were judged; batch N + 1 is not appended
 *     before N is durable; no work completes before its batch, and all before it, are durable.
 *  4. Nothing waits when there is no load: a batch leaves as soon as the journal thread is idle
 *     and the ring is empty; under load a batch fills while the one before it syncs.
 *  5. After a failure of the log (fenced, input/output, corruption) no work completes with
 *     RESULT_OK; works already judged come back as OUTCOME_UNKNOWN, the others as DRAINING;
 *     `config.failed` is called once, and the caller ends the process. */
#ifndef ENGINE_PIPELINE_PIPELINE_H
#define ENGINE_PIPELINE_PIPELINE_H

#include "engine/base/assert.h"
#include "engine/base/result.h"
#include "engine/base/time.h"

#include <stdbool.h>
#include <stdint.h>

#define PIPELINE_RING_SIZE        16384u /* works waiting for the ledger thread; power of two */
#define PIPELINE_BATCHES          8u     /* journal buffers, 1 MiB each */
#define PIPELINE_HISTOGRAM_SLOTS  15u    /* batches of 1, 2-3, 4-7 ... 16384 entries */

struct checkpoint;
struct command;
struct effects;
struct outcome;
struct pipeline;
struct shared_log;
struct state;
struct work;

/* The rules that the ledger thread asks: engine/domain/decide.h, or a test's own. NULL members of
 * struct pipeline_config mean the real ones. */
struct pipeline_rules {
	void (*decide)(struct effects *effects, const struct command *command, struct instant now,
	    uint64_t sequence, struct outcome *ret_outcome);
	bool (*tick_due)(const struct state *state, struct instant now, struct command *ret_command,
	    struct instant *ret_due);
};

struct pipeline_config {
	struct state *state;           /* loaded by recovery; the pipeline's until the stop */
	struct shared_log *log;        /* opened; the pipeline's until the stop */
	struct checkpoint *checkpoint; /* whose lag slows the ledger thread; NULL: none */
	uint64_t sequence;             /* last in the state (recovery_report.sequence) */
	struct instant last_instant;   /* latest stamped (recovery_report.last_instant) */

	/* The present of a ledger with a system clock. Called by the ledger thread, once per
	 * batch and at least once a second. */
	struct instant (*clock)(void *context);
	/* Called once, by the thread that met the failure, after every work in flight was given
	 * back. The caller logs it and ends the process; it must not call pipeline_stop from
	 * here. */
	void (*failed)(enum result result, void *context);
	void *context; /* of both */

	const struct pipeline_rules *rules; /* NULL: the domain's */
	uint32_t stall_ms_max; /* after so long without room or answer from the log, works in flight
	                        * come back as OUTCOME_UNKNOWN; 0: PIPELINE_STALL_MS_MAX */
};

#define PIPELINE_STALL_MS_MAX 10000u

/* Figures of the pipeline since its start; each is exact, together they are of about one
 * moment. */
struct pipeline_figures {
	uint64_t entries;         /* journaled */
	uint64_t ticks;           /* of these, midnight jobs */
	uint64_t commands;        /* judged, checks included */
	uint64_t reads;
	uint64_t batches;         /* made durable: appends, each one fdatasync */
	uint64_t bytes;           /* of these batches */
	uint64_t pause_us;        /* that the ledger thread was slowed for the checkpoint, in all */
	uint64_t overloads;       /* works refused: ring full, checkpoint behind, disk full */
	uint64_t unknowns;        /* works given back as OUTCOME_UNKNOWN */
	uint64_t sequence;        /* last judged */
	uint64_t durable_sequence;
	uint32_t queue_depth;     /* works in the ring */
	uint32_t batches_in_flight;
	bool disk_nearly_full;
	bool draining;
	bool failed;
	uint64_t batch_entries[PIPELINE_HISTOGRAM_SLOTS]; /* batches by entries: slot = log2 */
};

/* Allocates everything (about 20 MB) and starts the threads, with all signals blocked in them.
 * The state and log must not be touched by the caller from here to pipeline_stop, but for
 * shared_log_read_from and shared_log_durable_sequence.
 * RESULT_OK; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result pipeline_start(
    const struct pipeline_config *config, struct pipeline **ret_pipeline);

/* Hands over a work. Any thread. Never waits.
 * RESULT_OK            the work is the pipeline's until it comes back to its queue
 * RESULT_OVERLOADED    the ring is full; the work is still the caller's
 * RESULT_DRAINING      the pipeline stops or has failed; the work is still the caller's
 * RESULT_DISK_NEARLY_FULL   commands are refused until there is room again; reads and checks
 *                           pass */
MUST_CHECK enum result pipeline_submit(struct pipeline *pipeline, struct work *work);

/* The same without waking the ledger thread, which may sleep up to a second: for several works in
 * one turn, followed by pipeline_wake. Results as pipeline_submit. */
MUST_CHECK enum result pipeline_offer(struct pipeline *pipeline, struct work *work);

/* Wakes the ledger thread after pipeline_offer. Any thread. */
void pipeline_wake(struct pipeline *pipeline);

/* No more works are taken: pipeline_submit says RESULT_DRAINING. What was taken is finished. */
void pipeline_drain(struct pipeline *pipeline);

/* Drains, waits until all works are back, records an orderly stop in the log, ends the threads.
 * The log and the state stay open, the caller's again. RESULT_OK; or the failure that was given
 * to config.failed. */
MUST_CHECK enum result pipeline_stop(struct pipeline *pipeline);

/* Frees it; after pipeline_stop only. Accepts NULL. */
void pipeline_free(struct pipeline *pipeline);

/* Any thread, without locks. */
void pipeline_figures_read(const struct pipeline *pipeline, struct pipeline_figures *ret_figures);

/* Are commands refused because the disk is nearly full? Any thread. */
bool pipeline_disk_is_nearly_full(const struct pipeline *pipeline);

#endif
