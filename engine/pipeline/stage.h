/* What the threads of one pipeline share: the ledger thread (sequencer.c), the journal thread and
 * the keeper of room (writer.c), and the door (pipeline.c).
 *
 * Batches go round: slot n % PIPELINE_BATCHES is the ledger thread's while filled <= n < done +
 * PIPELINE_BATCHES, the journal thread's while done <= n < filled. The two counters are all that
 * passes between them; a slot's content is published by them. */
#ifndef ENGINE_PIPELINE_STAGE_H
#define ENGINE_PIPELINE_STAGE_H

#include "engine/domain/effects.h"
#include "engine/domain/undo.h"
#include "engine/ledger/batch.h"
#include "engine/ledger/bell.h"
#include "engine/pipeline/pipeline.h"
#include "engine/pipeline/ring.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct entry_pack;
struct work;

/* A journal batch with the works that wait for it. It may have works and no entries: reads that
 * saw what an earlier batch has not yet made durable. */
struct stage_batch {
	struct batch_builder builder;
	uint8_t *buffer;
	struct work *first; /* linked by work.next, in order */
	struct work *last;
	bool begun;         /* the builder holds a batch */
};

enum stage_phase {
	STAGE_RUNS,
	STAGE_DRAINS, /* no new works; what was taken is finished */
	STAGE_STOPS,  /* and then the threads end */
};

struct pipeline {
	struct pipeline_config config;
	struct pipeline_rules rules;
	struct ring ring;
	struct bell ledger_bell;  /* works came, a batch is durable, the phase changed */
	struct bell journal_bell; /* a batch was filled, the end has come */
	struct bell keeper_bell;
	pthread_t ledger_thread;
	pthread_t journal_thread;
	pthread_t keeper_thread;
	uint32_t threads;         /* started: 0 to 3, in that order */

	struct stage_batch batches[PIPELINE_BATCHES];
	_Alignas(64) _Atomic uint64_t filled; /* batches handed over; the ledger thread's */
	_Alignas(64) _Atomic uint64_t done;   /* batches given back; the journal thread's */
	_Alignas(64) _Atomic int phase;       /* enum stage_phase */
	_Atomic uint32_t submitters;          /* inside pipeline_submit */
	_Atomic bool failed;                  /* no further answer */
	_Atomic int failure;                  /* enum result, set before failed */
	_Atomic bool journal_ends;            /* nothing more will be filled */
	_Atomic bool keeper_ends;
	_Atomic bool disk_nearly_full;
	_Atomic bool stalled;                 /* the log has taken nothing for stall_ms_max */

	/* The ledger thread's own. */
	struct effects effects;
	void *effects_memory;
	struct undo undo; /* of the group at hand */
	struct entry_pack *pack; /* of the batch being filled */
	void *undo_memory;
	uint64_t next_sequence;
	struct instant last_instant;
	struct instant now;
	uint32_t works_at_present; /* since the clock was looked at */
	bool behind;           /* the checkpoint's lag bound is reached */
	bool filling;          /* the slot `filled` is in use */

	/* The journal thread's own. */
	struct batch_hasher *hasher;
	uint8_t *settle_buffer;
	uint64_t bytes_since_prepare;

	/* Figures. */
	_Alignas(64) _Atomic uint64_t entries;
	_Atomic uint64_t ticks;
	_Atomic uint64_t commands;
	_Atomic uint64_t reads;
	_Atomic uint64_t sequence;
	_Atomic uint64_t appends;
	_Atomic uint64_t bytes;
	_Atomic uint64_t pause_us;
	_Atomic uint64_t overloads;
	_Atomic uint64_t unknowns;
	_Atomic uint64_t batch_entries[PIPELINE_HISTOGRAM_SLOTS];
};

/* Notes the first failure; later ones are of no account. Any thread. */
void stage_fail(struct pipeline *pipeline, enum result result);

/* Gives a work back with a result. */
void stage_return(struct work *work, enum result result);

/* Gives back the works that wait for a batch, in order, and forgets them. */
void stage_return_all(
    struct pipeline *pipeline, struct stage_batch *batch, enum result result);

/* Adds to a figure. */
void stage_count(_Atomic uint64_t *figure, uint64_t more);

#endif
