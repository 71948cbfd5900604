/* Sorting over caller memory: a stable merge sort for fixed-size items under any order, and a radix
 * sort for 64-bit keys. Neither recurses nor allocates; both give the same result everywhere. */
#ifndef ENGINE_BASE_SORT_H
#define ENGINE_BASE_SORT_H

#include <stdint.h>

struct sort_items {
	void *items;        /* count x item_size bytes, sorted in place */
	void *scratch;      /* as many bytes again; content lost */
	uint32_t count;
	uint32_t item_size; /* bytes, > 0 */
};

struct sort_pair {
	uint64_t key;
	uint32_t payload;
	uint32_t reserved; /* travels with the pair */
};

/* Stable. `compare` answers negative (left first), zero (the given order stays) or positive, and
 * must be a total order; `context` is handed to it untouched. */
void sort_stable(struct sort_items items,
		 int (*compare)(const void *left, const void *right, const void *context),
		 const void *context);

/* Sorts pairs by rising key, stable; `scratch` has room for `count` pairs. Linear time; bytes that
 * are the same in all keys cost nothing but a count. */
void sort_pairs(struct sort_pair *pairs, struct sort_pair *scratch, uint32_t count);

#endif
