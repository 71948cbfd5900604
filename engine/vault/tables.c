/* See tables.h. */
#include "engine/vault/tables.h"

#include <errno.h>
#include <lmdb.h>
#include <stdlib.h>
#include <string.h>

#define READERS_MAX 32u

struct tables {
	MDB_env *environment;
	MDB_dbi handles[TABLES_COUNT];
};

static const char *const names[TABLES_COUNT] = {"fields", "index", "log", "about", "meta"};

static enum result result_of(int error)
{
	switch (error) {
	case MDB_SUCCESS:
		return RESULT_OK;
	case MDB_MAP_FULL:
	case MDB_TXN_FULL:
		return RESULT_STORE_FULL;
	case MDB_PAGE_NOTFOUND:
	case MDB_CORRUPTED:
	case MDB_PANIC:
	case MDB_VERSION_MISMATCH:
	case MDB_INVALID:
	case MDB_INCOMPATIBLE:
	case MDB_BAD_TXN:
		return RESULT_STORE_CORRUPT;
	case ENOSPC:
	case EDQUOT:
		return RESULT_DISK_NEARLY_FULL;
	case ENOMEM:
		return RESULT_OUT_OF_MEMORY;
	default:
		return RESULT_IO_FAILED;
	}
}

static MDB_val val_of(struct tables_span span)
{
	return (MDB_val){.mv_size = span.size, .mv_data = (void *)(uintptr_t)span.data};
}

/* ---- Opening ---- */

static int open_handles(struct tables *tables)
{
	MDB_txn *transaction = NULL;
	int error = mdb_txn_begin(tables->environment, NULL, 0, &transaction);

	if (error != MDB_SUCCESS)
		return error;
	for (uint32_t i = 0; i < TABLES_COUNT && error == MDB_SUCCESS; i++)
		error = mdb_dbi_open(transaction, names[i], MDB_CREATE, &tables->handles[i]);
	if (error != MDB_SUCCESS) {
		mdb_txn_abort(transaction);
		return error;
	}
	return mdb_txn_commit(transaction);
}

enum result tables_open(const char *folder, uint64_t map_size, struct tables **ret_tables)
{
	struct tables *tables = calloc(1, sizeof(*tables));
	int dead = 0;
	int error;

	if (tables == NULL)
		return RESULT_OUT_OF_MEMORY;
	error = mdb_env_create(&tables->environment);
	if (error == MDB_SUCCESS)
		error = mdb_env_set_maxdbs(tables->environment, TABLES_COUNT);
	if (error == MDB_SUCCESS)
		error = mdb_env_set_maxreaders(tables->environment, READERS_MAX);
	if (error == MDB_SUCCESS)
		error = mdb_env_set_mapsize(tables->environment, (size_t)map_size);
	if (error == MDB_SUCCESS)
		error = mdb_env_open(tables->environment, folder, MDB_NOTLS, 0600);
	if (error == MDB_SUCCESS)
		error = mdb_reader_check(tables->environment, &dead);
	if (error == MDB_SUCCESS)
		error = open_handles(tables);
	if (error != MDB_SUCCESS) {
		tables_close(tables);
		return result_of(error);
	}
	*ret_tables = tables;
	return RESULT_OK;
}

void tables_close(struct tables *tables)
{
	if (tables == NULL)
		return;
	mdb_env_close(tables->environment);
	free(tables);
}

/* ---- Transactions ---- */

void tables_begin(struct tables *tables, bool is_write, struct tables_change *ret_change)
{
	*ret_change = (struct tables_change){.tables = tables};
	ret_change->error = mdb_txn_begin(tables->environment, NULL, is_write ? 0 : MDB_RDONLY,
					  &ret_change->transaction);
}

void tables_abort(struct tables_change *change)
{
	if (change->transaction != NULL)
		mdb_txn_abort(change->transaction);
	change->transaction = NULL;
}

enum result tables_end(struct tables_change *change)
{
	tables_abort(change);
	return result_of(change->error);
}

enum result tables_commit(struct tables_change *change)
{
	if (change->error != MDB_SUCCESS)
		return tables_end(change);
	change->error = mdb_txn_commit(change->transaction);
	change->transaction = NULL;
	return result_of(change->error);
}

void tables_put(struct tables_change *change, enum tables_name name, struct tables_span key,
		struct tables_span value)
{
	MDB_val at = val_of(key);
	MDB_val content = val_of(value);

	if (change->error == MDB_SUCCESS)
		change->error = mdb_put(change->transaction, change->tables->handles[name], &at,
					&content, 0);
}

void tables_delete(struct tables_change *change, enum tables_name name, struct tables_span key)
{
	MDB_val at = val_of(key);
	int error;

	if (change->error != MDB_SUCCESS)
		return;
	error = mdb_del(change->transaction, change->tables->handles[name], &at, NULL);
	if (error != MDB_NOTFOUND)
		change->error = error;
}

/* Nothing found is no error. */
static bool is_found(struct tables_change *change, int error)
{
	if (error != MDB_SUCCESS && error != MDB_NOTFOUND)
		change->error = error;
	return error == MDB_SUCCESS;
}

bool tables_get(struct tables_change *change, enum tables_name name, struct tables_span key,
		struct tables_span *ret_value)
{
	MDB_val at = val_of(key);
	MDB_val value;

	if (change->error != MDB_SUCCESS ||
	    !is_found(change, mdb_get(change->transaction, change->tables->handles[name], &at,
				      &value)))
		return false;
	*ret_value = (struct tables_span){value.mv_data, value.mv_size};
	return true;
}

/* ---- Walking ---- */

/* From where the key is, or would be. */
static int step_next(MDB_cursor *cursor, const struct tables_key *key, MDB_val *at, MDB_val *value)
{
	MDB_val given = {.mv_size = key->size, .mv_data = (void *)(uintptr_t)key->bytes};
	int error;

	if (key->size == 0)
		return mdb_cursor_get(cursor, at, value, MDB_FIRST);
	*at = given;
	error = mdb_cursor_get(cursor, at, value, MDB_SET_RANGE);
	if (error == MDB_SUCCESS && at->mv_size == given.mv_size &&
	    memcmp(at->mv_data, given.mv_data, given.mv_size) == 0)
		error = mdb_cursor_get(cursor, at, value, MDB_NEXT);
	return error;
}

static int step_previous(MDB_cursor *cursor, const struct tables_key *key, MDB_val *at,
			 MDB_val *value)
{
	MDB_val given = {.mv_size = key->size, .mv_data = (void *)(uintptr_t)key->bytes};
	int error;

	if (key->size == 0)
		return mdb_cursor_get(cursor, at, value, MDB_LAST);
	*at = given;
	error = mdb_cursor_get(cursor, at, value, MDB_SET_RANGE);
	if (error == MDB_NOTFOUND)
		return mdb_cursor_get(cursor, at, value, MDB_LAST);
	return error == MDB_SUCCESS ? mdb_cursor_get(cursor, at, value, MDB_PREV) : error;
}

static bool walk(struct tables_change *change, enum tables_name name, struct tables_key *inout_key,
		 struct tables_span *ret_value,
		 int (*step)(MDB_cursor *, const struct tables_key *, MDB_val *, MDB_val *))
{
	MDB_cursor *cursor = NULL;
	MDB_val value;
	MDB_val at;
	int error;

	if (change->error != MDB_SUCCESS)
		return false;
	change->error =
	    mdb_cursor_open(change->transaction, change->tables->handles[name], &cursor);
	if (change->error != MDB_SUCCESS)
		return false;
	error = step(cursor, inout_key, &at, &value);
	mdb_cursor_close(cursor);
	if (error == MDB_SUCCESS && at.mv_size > TABLES_KEY_SIZE_MAX)
		error = MDB_CORRUPTED;
	if (!is_found(change, error))
		return false;
	memcpy(inout_key->bytes, at.mv_data, at.mv_size);
	inout_key->size = at.mv_size;
	*ret_value = (struct tables_span){value.mv_data, value.mv_size};
	return true;
}

bool tables_next(struct tables_change *change, enum tables_name name, struct tables_key *inout_key,
		 struct tables_span *ret_value)
{
	return walk(change, name, inout_key, ret_value, step_next);
}

bool tables_previous(struct tables_change *change, enum tables_name name,
		     struct tables_key *inout_key, struct tables_span *ret_value)
{
	return walk(change, name, inout_key, ret_value, step_previous);
}

enum result tables_copy(struct tables *tables, const char *folder)
{
	return result_of(mdb_env_copy2(tables->environment, folder, MDB_CP_COMPACT));
}
