/* The gate between the checkpoint, which writes the store, and the threads that read it: what
 * read.c and checkpoint.c share.
 *
 * Invariants
 *  1. While the gate is closed no view of the store begins: portions of an unfinished checkpoint
 *     are never seen. Views that began before keep their picture.
 *  2. So some are begun just before it closes: readers take turns with these spares, and see the
 *     sequence that the last complete checkpoint reached.
 *  3. `open_views` counts the views between begin and end; the map grows only when it is 0 and no
 *     spare is left. */
#ifndef ENGINE_LEDGER_READER_H
#define ENGINE_LEDGER_READER_H

#include "engine/ledger/bell.h"
#include "engine/ledger/store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define READER_SPARES 8u /* who reads at the same time while a checkpoint is being written */

struct checkpoint;

struct reader {
	struct store *store;
	struct checkpoint *checkpoint; /* asked for early checkpoints */
	pthread_mutex_t lock;          /* of closed, open_views and spares */
	bool closed;
	bool is_emptied;               /* since it closed: there are no spares any more */
	uint32_t open_views;
	uint32_t spare_count;
	struct store_view spares[READER_SPARES]; /* those that nobody reads from */
	struct bell bell;              /* rings when sequence, gate or views change */
	_Atomic uint64_t sequence;     /* of the last complete checkpoint */
};

void reader_init(struct reader *reader, struct store *store, struct checkpoint *checkpoint);
void reader_deinit(struct reader *reader); /* no view is open (asserted) */

/* The writer's side; `context` is the reader (struct gather_gate). */
void reader_close(void *context);
void reader_open(void *context);
void reader_empty(void *context);

/* Tells those who wait that the store has reached a sequence. */
void reader_publish(struct reader *reader, uint64_t sequence);

#endif
