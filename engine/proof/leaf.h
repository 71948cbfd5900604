/* What of an entry stands in the Merkle tree: schemas/ledger.md, section 6.
 *
 *	a leaf, 88 bytes, little-endian
 *	  0  u64  sequence                    20  u32  redemptions that the entry writes
 *	  8  i64  instant                     24  32   seal: HMAC-SHA256(batch's hash, entry)
 *	 16  u8   command                     56  32   root over those redemptions, zero without any
 *	 17  u8   version of this layout, 1
 *	 18  u16  result
 *
 * A redemption in its entry: leaf number i of a tree of its own (merkle.h), its bytes a salt,
 * HMAC-SHA256(batch's hash, u64 sequence, u32 i), and the write, header included.
 *
 * So one redemption can be shown with its salt, its path in the entry and the leaf, and nothing
 * else of the entry or of others: seal and salts are keyed by a hash that only holders of the
 * journal have, and from which nothing can be tried out. */
#ifndef ENGINE_PROOF_LEAF_H
#define ENGINE_PROOF_LEAF_H

#include "engine/proof/merkle.h"

#define LEAF_SIZE      88u
#define LEAF_VERSION   1u
#define LEAF_SALT_SIZE 32u

struct entry;
struct entry_write;

/* Makes leaves. One per thread. */
struct leaf_maker;

/* Borrows `merkle`. RESULT_OK; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result leaf_open(struct merkle *merkle, struct leaf_maker **ret_maker);
void leaf_close(struct leaf_maker *maker); /* accepts NULL */

/* The entries that follow are of the batch with this hash. */
void leaf_batch(struct leaf_maker *maker, const uint8_t batch_hash[MERKLE_HASH_SIZE]);

/* The leaf of an entry that was just opened (entry_open), none of its writes walked yet. The entry
 * is left as it was. */
void leaf_make(struct leaf_maker *maker, const struct entry *entry, uint8_t ret_leaf[LEAF_SIZE]);

/* One redemption of an entry, as it can be shown. */
struct leaf_shown {
	uint8_t leaf[LEAF_SIZE];
	uint8_t salt[LEAF_SALT_SIZE];
	const uint8_t *write; /* of the entry */
	uint32_t write_size;  /* bytes */
	uint32_t number;      /* among the entry's redemptions, from 0 */
	struct merkle_proof path;
};

/* RESULT_OK; RESULT_NOT_FOUND: the entry does not write this redemption; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result leaf_show(struct leaf_maker *maker, const struct entry *entry,
				 uint32_t redemption, struct leaf_shown *ret_shown);

#endif
