/* The Merkle tree over the entries and signed roots of it (schemas/ledger.md, 6), from the page
 * alone. */
#ifndef ENGINE_AUDIT_TREE_H
#define ENGINE_AUDIT_TREE_H

#include "engine/audit/bytes.h"

#define TREE_LEVELS    64
#define LEAF_BYTES     88
#define SALT_BYTES     32
#define KEY_BYTES      32
#define ROOT_BYTES     192
#define TREE_PATH_MAX  64
#define LEAF_AT_SEAL   24
#define LEAF_AT_INSIDE 56

struct hash {
	uint8_t bytes[HASH_BYTES];
};

/* A tree that grows; zero-filled it is empty. */
struct tree {
	uint64_t size;
	struct hash whole[TREE_LEVELS]; /* of 2^level leaves, where that bit of the size is set */
};

/* Each returns false when the library has no memory. */
bool tree_leaf(const void *first, size_t first_size, const void *second, size_t second_size,
	       struct hash *ret_hash);
bool tree_add(struct tree *tree, const struct hash *leaf);
bool tree_root(const struct tree *tree, struct hash *ret_root);

/* The root of a tree of `size` leaves in which `leaf` is number `index`, by its path. False: the
 * path is not as long as it must be. */
bool tree_climb(const struct hash *leaf, uint64_t index, uint64_t size, const struct hash *path,
		size_t path_size, struct hash *ret_root);

/* The leaf of an entry of whole bytes, in a batch of this hash. False: its writes are not as they
 * must be, or no memory. */
bool tree_entry_leaf(const uint8_t *entry, size_t size, const uint8_t batch_hash[HASH_BYTES],
		     uint8_t ret_leaf[LEAF_BYTES]);

struct signed_root {
	uint8_t ledger_id[16];
	uint64_t size;
	int64_t instant;
	int64_t signed_at;
	uint8_t cause;
	struct hash root;
};

/* Reads 192 bytes that `key` signed. Returns NULL, or in words what is wrong. */
const char *tree_read_root(const uint8_t bytes[ROOT_BYTES], const uint8_t key[KEY_BYTES],
			   struct signed_root *ret_root);

/* Digits of either case to bytes. False: another number of digits, or something else. */
bool tree_read_hex(const char *text, uint8_t *ret_bytes, size_t size);

/* A public key: 64 hexadecimal digits, or the name of a PEM file. False: neither. */
bool tree_read_key(const char *text, uint8_t ret_key[KEY_BYTES]);

#endif
