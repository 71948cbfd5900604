/* The vault's own LMDB environment: default sync flags, no DUPSORT, one writer at a time (the
 * vault's lock). The only file of the vault that calls LMDB; what rows mean is row.h's.
 *
 * A transaction keeps its first error; later calls do nothing; the commit tells it. A failed commit
 * but for a full map is final: the caller stops using the vault. */
#ifndef ENGINE_VAULT_TABLES_H
#define ENGINE_VAULT_TABLES_H

#include "engine/base/assert.h"
#include "engine/base/result.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLES_KEY_SIZE_MAX 32u

enum tables_name {
	TABLES_FIELDS,
	TABLES_INDEX,
	TABLES_LOG,
	TABLES_ABOUT,
	TABLES_META,
	TABLES_COUNT,
};

struct tables;
struct MDB_txn;

struct tables_span {
	const void *data;
	size_t size; /* bytes */
};

struct tables_change {
	struct tables *tables;
	struct MDB_txn *transaction;
	int error; /* the first */
};

/* `folder` exists. RESULT_OK; RESULT_STORE_CORRUPT; RESULT_DISK_NEARLY_FULL; RESULT_IO_FAILED;
 * RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result tables_open(const char *folder, uint64_t map_size,
				   struct tables **ret_tables);
void tables_close(struct tables *tables); /* accepts NULL; no transaction is open */

/* Begins a transaction; an error shows at its end. */
void tables_begin(struct tables *tables, bool is_write, struct tables_change *ret_change);
/* RESULT_OK: durable, where it was to write; RESULT_STORE_FULL; RESULT_STORE_CORRUPT;
 * RESULT_DISK_NEARLY_FULL; RESULT_IO_FAILED. */
MUST_CHECK enum result tables_commit(struct tables_change *change);
/* The end of one that only read: its first error. Results as tables_commit. */
MUST_CHECK enum result tables_end(struct tables_change *change);
/* What was written is forgotten. */
void tables_abort(struct tables_change *change);

void tables_put(struct tables_change *change, enum tables_name name, struct tables_span key,
		struct tables_span value);
void tables_delete(struct tables_change *change, enum tables_name name, struct tables_span key);

/* False: there is none, or an error. The value lies in the map until the transaction's end, or the
 * next change. */
bool tables_get(struct tables_change *change, enum tables_name name, struct tables_span key,
		struct tables_span *ret_value);

/* A key that is walked along. */
struct tables_key {
	uint8_t bytes[TABLES_KEY_SIZE_MAX];
	size_t size; /* 0: before the first, behind the last */
};

/* The first row with a key greater than `inout_key`; false: none, or an error. */
bool tables_next(struct tables_change *change, enum tables_name name, struct tables_key *inout_key,
		 struct tables_span *ret_value);
/* The last row with a key smaller than `inout_key`. */
bool tables_previous(struct tables_change *change, enum tables_name name,
		     struct tables_key *inout_key, struct tables_span *ret_value);

/* Copies the environment into a folder that exists, without its free pages, while it is in use.
 * Results as tables_commit. */
MUST_CHECK enum result tables_copy(struct tables *tables, const char *folder);

#endif
