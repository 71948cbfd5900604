/* Memory of one thread for what comes and goes with each stream of HTTP/2: blocks of a few sizes,
 * kept in lists when they are given back, the latest first. Larger blocks are the system's.
 *
 * It grows to the most that was ever in use at once, which the streams of all connections bound,
 * and gives nothing back before its end. Not thread-safe. */
#ifndef ENGINE_HTTP_POOL_H
#define ENGINE_HTTP_POOL_H

#include "engine/base/assert.h"

#include <stddef.h>
#include <stdint.h>

/* Blocks of 64, 128, 256, 512 and 1,024 bytes, with what stands before them. */
#define POOL_CLASSES 5u
#define POOL_LEAST   64u

struct pool_block;

/* Zero-filled memory is an empty pool. */
struct pool {
	struct pool_block *free[POOL_CLASSES];
	struct pool_slab *slabs;
	char *fresh; /* of the latest slab, not yet used */
	size_t fresh_size;
};

/* At least `size` bytes, aligned for anything; NULL: no memory. */
void *pool_take(struct pool *pool, size_t size);
/* `count` times `size` bytes, zero; NULL also when that is more than there can be. */
void *pool_take_zero(struct pool *pool, size_t count, size_t size);
/* A block that was taken, or NULL, with room for `size` bytes and its content; NULL: no memory, and
 * the old one stays. */
void *pool_grow(struct pool *pool, void *memory, size_t size);
/* Nothing for NULL. */
void pool_give(struct pool *pool, void *memory);

/* Lets go of all blocks that it keeps. Nothing of it may be in use any more. */
void pool_close(struct pool *pool);

#endif
