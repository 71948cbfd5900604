/* A work: what a network thread hands to the ledger thread, and gets back through a completion
 * queue.
 *
 * The life of a work
 *
 *	filled by its owner -> pipeline_submit -> ring -> judged by the ledger thread -> its
 *	batch is durable -> completion queue -> taken by its owner
 *
 * Invariants
 *  1. From a pipeline_submit that said RESULT_OK until completion_take returns it, a work and all
 *     memory it points to belong to the pipeline; the owner neither reads nor writes them.
 *  2. Every submitted work comes back exactly once, whatever happens, as long as the process
 *     lives.
 *  3. What a work says is durable when it comes back: its own effects, and every effect that a
 *     read or a check of its own saw (ARCHITECTURE section 3, rule 4).
 *  4. The commands of a work are judged in order, one after another, each with its own outcome.
 *     Those of two works never mix, but a work of many commands may spread over several journal
 *     batches; it comes back after the last. Two works in flight under the same idempotency key
 *     meet on the ledger thread one after the other: the second is a replay of the first, and is
 *     answered as one. */
#ifndef ENGINE_PIPELINE_WORK_H
#define ENGINE_PIPELINE_WORK_H

#include "engine/base/result.h"
#include "engine/base/time.h"

#include <stdint.h>

#define WORK_COMMANDS_MAX 1000u /* commands in one work; a longer body is several works */

struct command;
struct completion_queue;
struct outcome;
struct state;

enum work_kind {
	WORK_COMMANDS = 1, /* judge each command and keep its effects */
	WORK_CHECK,        /* judge each command as if it were the next, keep nothing */
	WORK_READ,         /* run `read` over the resident state */
};

/* How the commands of a WORK_COMMANDS belong together. All but the first go over this work and
 * those linked by `more`, WORK_GROUP_MAX commands together; the linked ones are not submitted. */
enum work_mode {
	WORK_EACH = 0,
	WORK_RANKED,   /* by the rank of the titles they name; outcomes stand in the given order */
	WORK_TOGETHER, /* all or nothing, in one batch of the log: see `blocked_at` */
	WORK_SIMULATED,        /* one after another, each on what those before left; then all is
				* taken back: outcomes say what would be, nothing is kept */
	WORK_SIMULATED_RANKED, /* the same by rank */
};

#define WORK_GROUP_MAX 2000u
#define WORK_NOT_BLOCKED UINT32_MAX

struct work {
	/* Filled by the owner. */
	enum work_kind kind;
	enum work_mode mode;
	struct work *more;
	uint32_t count;                  /* commands; 1 .. WORK_COMMANDS_MAX, 0 for WORK_READ */
	const struct command *commands;  /* `count` of them */
	struct outcome *outcomes;        /* room for `count` */
	/* WORK_READ: runs on the ledger thread, bounded (below a millisecond), without allocation
	 * or wait. Copies what is wanted into memory of `context`; keeps no pointer into the
	 * state. `now` is the ledger's present, `sequence` the last one that the state holds. */
	void (*read)(
	    const struct state *state, struct instant now, uint64_t sequence, void *context);
	void *context;
	struct completion_queue *queue;  /* where it comes back */
	void *owner;                     /* for the owner's use */

	/* Filled by the pipeline. */

	/* RESULT_OK                  outcomes (or the read's copies) are complete and durable
	 * RESULT_OUTCOME_UNKNOWN     the commands were judged, but whether their effects are
	 *                            durable is not known: outcomes must not be shown; the client
	 *                            repeats with the same key. The outcomes of a read or check
	 *                            must not be shown either
	 * RESULT_DISK_NEARLY_FULL    not judged: the journal has no room for new commands
	 * RESULT_OVERLOADED          not judged: the checkpoint is too far behind
	 * RESULT_DRAINING            not judged: the pipeline stops */
	enum result result;
	/* WORK_TOGETHER: the first command, counted over the group, that may not stand, or
	 * WORK_NOT_BLOCKED. Its outcome says why; nothing of the group has happened, and no outcome
	 * was kept: the same keys may be tried again. BATCH_TOO_LARGE: the group does not fit one
	 * batch of the log. */
	uint32_t blocked_at;
	uint64_t last_sequence; /* for Ledger-Seq: the last sequence that the work saw or made */
	struct instant at;      /* when it was judged */

	/* Of whoever holds it. */
	struct work *next;
};

#endif
