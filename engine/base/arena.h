/* A bump allocator over memory the caller gives: one per request slot, reset after the reply.
 * Nothing is freed singly. Exhaustion is an answer (NULL), not an accident: the caller refuses. */
#ifndef ENGINE_BASE_ARENA_H
#define ENGINE_BASE_ARENA_H

#include "engine/base/assert.h"
#include "engine/base/slice.h"

#include <stdbool.h>
#include <stddef.h>

#define ARENA_ALIGNMENT 16u /* of every allocation, relative to an aligned base */

struct arena {
	unsigned char *base;
	size_t size; /* bytes given */
	size_t used; /* bytes handed out, padding included */
};

/* An empty arena over `size` bytes at `memory`, aligned to ARENA_ALIGNMENT (asserted). */
void arena_init(struct arena *arena, void *memory, size_t size);

/* `size` bytes, aligned to ARENA_ALIGNMENT, content undefined; NULL when they do not fit. A size
 * of 0 gives a valid pointer of no bytes. */
MUST_CHECK void *arena_alloc(struct arena *arena, size_t size);
/* The same, zero-filled, for `count` items; NULL also when the product overflows. */
MUST_CHECK void *arena_alloc_zeroed(struct arena *arena, size_t count, size_t item_size);

/* Copies a slice into the arena. False: it does not fit. */
MUST_CHECK bool arena_copy(struct arena *arena, struct slice source, struct slice *ret_copy);

/* Bytes that an allocation could still get. */
size_t arena_free(const struct arena *arena);

/* Forgets every allocation. */
void arena_reset(struct arena *arena);

/* A point to return to: arena_rewind() forgets what was allocated since. */
size_t arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, size_t mark);

#endif
