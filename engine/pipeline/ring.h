/* The ring: works from many threads to one, in order of arrival, bounded, without locks.
 *
 * Each cell carries the turn in which it may be written or read, so that producers and consumer
 * meet on the cell alone. Nobody waits here: full and empty are answers. */
#ifndef ENGINE_PIPELINE_RING_H
#define ENGINE_PIPELINE_RING_H

#include "engine/base/assert.h"
#include "engine/base/result.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct ring_cell {
	_Atomic uint64_t turn;
	void *item;
};

struct ring {
	struct ring_cell *cells;
	uint64_t mask; /* cells - 1 */
	_Alignas(64) _Atomic uint64_t tail; /* next place to write: producers */
	_Alignas(64) _Atomic uint64_t head; /* next place to read: written by the consumer */
};

/* An empty ring of `size` cells, a power of two. RESULT_OK; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result ring_open(struct ring *ring, uint32_t size);
void ring_close(struct ring *ring);

/* Adds an item (not NULL). Any thread. False: full. */
MUST_CHECK bool ring_push(struct ring *ring, void *item);

/* Takes the oldest item; NULL: empty. The one consumer. */
void *ring_pop(struct ring *ring);

/* How many are in it, about. Any thread. */
uint32_t ring_depth(const struct ring *ring);

#endif
