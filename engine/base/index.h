/* A hash index: from the hash of a key to the dense ids of the records that may have it.
 *
 * Linear hashing with chains over memory the caller gives. The directory grows by one bucket per
 * insertion and splits one short chain as it does: no insertion ever pauses to rehash, nothing
 * moves, and untouched memory stays untouched (a large reserved mapping costs only what is used).
 * Buckets and ids are 32 bits wide. Beside each link stands the low half of its hash, so chains are
 * walked, and split, without touching a record.
 *
 * The index stores no keys: the ids of a lookup share 32 bits of hash, and the
 * caller compares keys.
 *
 *	for (id = index_first(index, hash); id != 0; id = index_next(index, id))
 *		if (key of record id == key)
 *			…
 *
 * The order of ids within a lookup is that of their insertion, the latest first. Ids that leave and
 * come back stand where they came back: where that happens rules must not depend on the order.
 * Ids are 1-based and dense (those of table.h); an id is in an index at most once. */
#ifndef ENGINE_BASE_INDEX_H
#define ENGINE_BASE_INDEX_H

#include "engine/base/assert.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct index_link {
	uint32_t next; /* id of the next in the chain, 0 at its end */
	uint32_t hash; /* low half of the id's hash */
};

struct index {
	uint32_t *heads;          /* first id of each bucket, 0 when empty */
	struct index_link *links; /* by id - 1 */
	uint32_t capacity;        /* largest id, and largest number of buckets */
	uint32_t buckets;         /* in use: low <= buckets <= 2 x low */
	uint32_t low;             /* power of two: buckets of the finished round */
	uint32_t count;           /* ids in the index */
};

/* Bytes of memory an index for ids 1 … capacity needs: 12 per id. capacity > 0. */
size_t index_size_bytes(uint32_t capacity);

/* Makes an empty index over `memory` (index_size_bytes(capacity) bytes, aligned to 8; its content
 * does not matter). The memory stays the caller's and must outlive the index. */
void index_init(struct index *index, void *memory, uint32_t capacity);

/* Adds an id (1 … capacity, not in the index yet) under the hash of its key. */
void index_insert(struct index *index, uint64_t hash, uint32_t id);

/* The first and the next id whose hash has these low 32 bits; 0 when there is none (more). */
uint32_t index_first(const struct index *index, uint64_t hash);
uint32_t index_next(const struct index *index, uint32_t id);

/* Takes an id out; `hash` is the one it was inserted under. False: it was not there. */
MUST_CHECK bool index_remove(struct index *index, uint64_t hash, uint32_t id);

/* Asks the processor to load what index_first(hash) will read: for batches. */
void index_prefetch(const struct index *index, uint64_t hash);
/* The step after it, once that is there: what the first id of the bucket lies beside. */
void index_prefetch_first(const struct index *index, uint64_t hash);

/* A mixing hash over bytes. Good spread in all 64 bits, not cryptographic: with a secret random
 * seed it resists crafted collisions in resident tables; it never goes to disk or network. */
uint64_t hash64(const void *data, size_t size, uint64_t seed);
uint64_t hash64_of_u64(uint64_t value, uint64_t seed);

#endif
