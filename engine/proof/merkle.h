/* The Merkle tree over the journal's entries: RFC 6962 (and 9162), section 2.1, with SHA-256.
 *
 *	leaf   H(0x00, leaf bytes)   what they are: leaf.h
 *	node   H(0x01, left, right)  n leaves are split at the largest power of two below n
 *
 * Only whole subtrees are kept. They are numbered in the order in which they become whole: leaf 0,
 * leaf 1, their parent, leaf 2, leaf 3, their parent, the parent of both, ... so that a growing
 * tree only ever appends (merkle_place). Every root and every proof of any earlier size is made
 * from them.
 *
 * Invariant: a tree of n leaves never changes as it grows, and from the roots of two sizes and a
 * proof of at most 2 × 64 hashes anyone can tell that one extends the other. */
#ifndef ENGINE_PROOF_MERKLE_H
#define ENGINE_PROOF_MERKLE_H

#include "engine/base/assert.h"
#include "engine/base/result.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MERKLE_HASH_SIZE  32u
#define MERKLE_LEVELS_MAX 48u /* a tree has fewer than 2^48 leaves */
#define MERKLE_GROWTH_MAX (MERKLE_LEVELS_MAX + 1u)
#define MERKLE_PROOF_MAX  64u
#define MERKLE_SIZE_MAX	  ((UINT64_C(1) << MERKLE_LEVELS_MAX) - 1u)

struct merkle_hash {
	uint8_t bytes[MERKLE_HASH_SIZE];
};

/* SHA-256, fetched once. One per thread. */
struct merkle;

/* RESULT_OK; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result merkle_open(struct merkle **ret_merkle);
void merkle_close(struct merkle *merkle); /* accepts NULL */

/* SHA-256 over two runs of bytes, one after the other. */
void merkle_digest(struct merkle *merkle, const void *first, size_t first_size, const void *second,
		   size_t second_size, struct merkle_hash *ret_hash);

/* The hash of a leaf with these bytes. */
void merkle_leaf(struct merkle *merkle, const void *bytes, size_t size,
		 struct merkle_hash *ret_hash);

/* ---- Growing ---- */

/* The right edge of a tree: its whole subtrees, one for each bit of the size that is set. Zero-fill
 * it for an empty tree. */
struct merkle_edge {
	uint64_t size; /* leaves */
	struct merkle_hash peaks[MERKLE_LEVELS_MAX];
};

/* Appends a leaf. Returns how many subtrees became whole (1 .. MERKLE_GROWTH_MAX); they are to be
 * stored behind those that are there already. */
uint32_t merkle_grow(struct merkle *merkle, struct merkle_edge *edge,
		     const struct merkle_hash *leaf,
		     struct merkle_hash ret_whole[MERKLE_GROWTH_MAX]);

/* The root; that of the empty tree is the hash of nothing. */
void merkle_edge_root(struct merkle *merkle, const struct merkle_edge *edge,
		      struct merkle_hash *ret_root);

/* How many whole subtrees a tree of `size` leaves has: what a store of it holds. */
uint64_t merkle_stored(uint64_t size);

/* ---- Asking ---- */

/* Where whole subtrees are kept. `read` gives number `place` (from 0); false: it cannot. */
struct merkle_source {
	bool (*read)(void *context, uint64_t place, struct merkle_hash *ret_hash);
	void *context;
};

/* Number of the whole subtree of 2^level leaves that is the `index`-th of its level. */
uint64_t merkle_place(uint32_t level, uint64_t index);

struct merkle_proof {
	uint32_t count;
	struct merkle_hash hashes[MERKLE_PROOF_MAX];
};

/* All of the following: false where the source cannot read. `size` is at most what is stored. */
MUST_CHECK bool merkle_load(const struct merkle_source *source, uint64_t size,
			    struct merkle_edge *ret_edge);
MUST_CHECK bool merkle_root(struct merkle *merkle, const struct merkle_source *source,
			    uint64_t size, struct merkle_hash *ret_root);
/* The audit path of leaf `index` (below `size`). */
MUST_CHECK bool merkle_inclusion(struct merkle *merkle, const struct merkle_source *source,
				 uint64_t index, uint64_t size, struct merkle_proof *ret_proof);
/* That the tree of `to` leaves extends that of `from` (1 .. to). */
MUST_CHECK bool merkle_consistency(struct merkle *merkle, const struct merkle_source *source,
				   uint64_t from, uint64_t to, struct merkle_proof *ret_proof);

/* ---- Judging what others say: any values may be given ---- */

struct merkle_tree {
	uint64_t size;
	struct merkle_hash root;
};

/* Is this leaf hash number `index` of the tree? */
MUST_CHECK bool merkle_includes(struct merkle *merkle, const struct merkle_tree *tree,
				uint64_t index, const struct merkle_hash *leaf,
				const struct merkle_proof *proof);
/* Does `to` extend `from` (of at least one leaf)? */
MUST_CHECK bool merkle_extends(struct merkle *merkle, const struct merkle_tree *from,
			       const struct merkle_tree *to, const struct merkle_proof *proof);

#endif
