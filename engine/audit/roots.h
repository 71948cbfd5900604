/* Published roots, held against the journal: each must be the root of the tree of the journal's
 * first entries, under the instant of the last of them. */
#ifndef ENGINE_AUDIT_ROOTS_H
#define ENGINE_AUDIT_ROOTS_H

#include "engine/audit/tree.h"

struct report;

struct roots {
	struct report *report;
	struct signed_root *all; /* by rising size */
	size_t count;
	size_t next; /* of them, to be met */
	struct tree tree;
	bool has_failed; /* a leaf could not be made: nothing more is said */
};

/* Reads a ledger's file of roots, or what GET /v1/audit/roots answered: an object with "items",
 * or an array of them, each with its "record". Whatever is wrong with it is reported. False:
 * nothing can be held against it; also where the file cannot be read. Free it in any case. */
bool roots_read(struct roots *roots, const char *path, const uint8_t key[KEY_BYTES]);
void roots_free(struct roots *roots);

/* The next entry of the journal. */
void roots_entry(struct roots *roots, uint64_t sequence, const uint8_t *entry, size_t size,
		 const uint8_t batch_hash[HASH_BYTES]);

/* The journal ended. */
void roots_end(struct roots *roots, const uint8_t ledger_id[16]);

#endif
