/* The store over LMDB 0.9: see store.h for tables, keys and values. */
#include "engine/ledger/store.h"

#include "engine/base/crc32c.h"
#include "engine/ledger/layout.h"
#include "engine/ledger/wire.h"
#include "engine/system/file.h"
#include "engine/system/filesystem.h"

#include <endian.h>
#include <errno.h>
#include <lmdb.h>
#include <stdlib.h>
#include <string.h>

#define ENTRY_KEY_SIZE    10u
#define ENTRY_HEADER_SIZE 26u /* before the postings, after the value header */
#define META_VERSION      1u
#define META_KEY          "checkpoint"
#define META_SIZE_MAX     512u
#define TABLES_MAX        128u
#define SPACE_FACTOR      4u                     /* bytes of disk per byte of rows, at the worst */
#define SPACE_FLOOR       (UINT64_C(4) << 20)    /* bytes besides */
#define MAP_SIZE_LIMIT    (UINT64_C(1) << 46) /* bytes of address space that may be asked for */

static_assert(RECORD_KIND_MAX + 2u <= TABLES_MAX, "every table has a handle");
static_assert(STORE_CHUNK_POSTINGS * LAYOUT_POSTING_SIZE + ENTRY_HEADER_SIZE < 65536u,
    "values stay below 64 KB");

struct store {
	MDB_env *environment;
	MDB_dbi tables[RECORD_KIND_MAX + 1];
	bool has_table[RECORD_KIND_MAX + 1]; /* an old one, read only, may lack the newest kinds */
	MDB_dbi entries;
	MDB_dbi meta_table;
	bool read_only;
	uint8_t ledger_id[16];
	uint64_t map_size;
	struct store_meta meta; /* as committed */

	/* The write transaction, NULL when there is none, and its first error. */
	MDB_txn *transaction;
	MDB_cursor *cursors[RECORD_KIND_MAX + 1];
	MDB_cursor *entry_cursor;
	int error;
	struct store_meta meta_pending;
	bool has_meta_pending;

	char folder[FILE_PATH_SIZE_MAX];
};

static enum result result_of(int error)
{
	switch (error) {
	case MDB_SUCCESS:
		return RESULT_OK;
	case MDB_NOTFOUND:
		return RESULT_NOT_FOUND;
	case MDB_MAP_FULL:
	case MDB_TXN_FULL:
		return RESULT_STORE_FULL;
	case MDB_READERS_FULL:
		return RESULT_OVERLOADED;
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

/* ---- Keys, values, checksums ---- */

static MDB_val key_of_id(uint32_t *storage)
{
	*storage = htobe32(*storage);
	return (MDB_val){.mv_size = sizeof(*storage), .mv_data = storage};
}

static void put_entry_key(uint8_t key[ENTRY_KEY_SIZE], uint64_t sequence, uint32_t chunk)
{
	ASSERT(chunk <= UINT16_MAX);
	uint64_t high = htobe64(sequence);
	uint16_t low = htobe16((uint16_t)chunk);
	memcpy(key, &high, sizeof(high));
	memcpy(key + sizeof(high), &low, sizeof(low));
}

static uint32_t row_checksum(uint8_t kind, uint32_t id, uint8_t version, struct slice bytes)
{
	uint8_t place[6] = {kind, 0, 0, 0, 0, version};
	wire_put_u32(place + 1, id);
	return crc32c_extend(crc32c(place, sizeof(place)), bytes.data, bytes.size);
}

static uint32_t keyed_checksum(MDB_val key, const uint8_t *bytes, size_t size)
{
	return crc32c_extend(crc32c(key.mv_data, key.mv_size), bytes, size);
}

/* ---- Meta ---- */

static size_t meta_encode(const struct store_meta *meta, uint8_t out[META_SIZE_MAX])
{
	uint8_t *at = out + STORE_VALUE_HEADER_SIZE;
	wire_put_u64(at, meta->sequence);
	wire_put_u64(at + 8, meta->target);
	wire_put_i64(at + 16, meta->instant_us);
	memcpy(at + 24, meta->hash, STORE_HASH_SIZE);
	memcpy(at + 56, meta->ledger_id, 16);
	wire_put_u32(at + 72, RECORD_KIND_MAX);
	at += 76;
	for (uint32_t kind = 1; kind <= RECORD_KIND_MAX; kind++, at += 4)
		wire_put_u32(at, meta->counts[kind]);
	size_t size = (size_t)(at - out);
	ASSERT(size <= META_SIZE_MAX);
	MDB_val key = {.mv_size = sizeof(META_KEY) - 1, .mv_data = (void *)(uintptr_t)META_KEY};
	out[0] = META_VERSION;
	wire_put_u32(out + 1, keyed_checksum(key, out + STORE_VALUE_HEADER_SIZE,
	    size - STORE_VALUE_HEADER_SIZE));
	return size;
}

static bool meta_decode(const uint8_t *bytes, size_t size, struct store_meta *ret_meta)
{
	if (size < STORE_VALUE_HEADER_SIZE + 76u || size > META_SIZE_MAX ||
	    bytes[0] != META_VERSION)
		return false;
	const uint8_t *at = bytes + STORE_VALUE_HEADER_SIZE;
	size_t left = size - STORE_VALUE_HEADER_SIZE;
	MDB_val key = {.mv_size = sizeof(META_KEY) - 1, .mv_data = (void *)(uintptr_t)META_KEY};
	if (wire_get_u32(bytes + 1) != keyed_checksum(key, at, left))
		return false;
	struct store_meta meta = {
	    .sequence = wire_get_u64(at),
	    .target = wire_get_u64(at + 8),
	    .instant_us = wire_get_i64(at + 16),
	};
	memcpy(meta.hash, at + 24, STORE_HASH_SIZE);
	memcpy(meta.ledger_id, at + 56, 16);
	uint32_t kinds = wire_get_u32(at + 72);
	if (kinds > RECORD_KIND_MAX || left != 76u + 4u * (size_t)kinds)
		return false;
	for (uint32_t kind = 1; kind <= kinds; kind++)
		meta.counts[kind] = wire_get_u32(at + 76 + 4u * (kind - 1));
	if (meta.target < meta.sequence)
		return false;
	*ret_meta = meta;
	return true;
}

static int meta_get(const struct store *store, MDB_txn *transaction, struct store_meta *ret_meta)
{
	MDB_val key = {.mv_size = sizeof(META_KEY) - 1, .mv_data = (void *)(uintptr_t)META_KEY};
	MDB_val value;
	int error = mdb_get(transaction, store->meta_table, &key, &value);
	if (error != MDB_SUCCESS)
		return error;
	return meta_decode(value.mv_data, value.mv_size, ret_meta) ? MDB_SUCCESS : MDB_CORRUPTED;
}

/* ---- Opening ---- */

static int open_tables(struct store *store, MDB_txn *transaction)
{
	unsigned flags = store->read_only ? 0 : MDB_CREATE;
	int error = mdb_dbi_open(transaction, "meta", flags, &store->meta_table);
	if (error == MDB_SUCCESS)
		error = mdb_dbi_open(transaction, "entries", flags, &store->entries);
	for (uint32_t kind = 1; kind <= RECORD_KIND_MAX && error == MDB_SUCCESS; kind++) {
		if (!layout_kind_is_known(kind))
			continue;
		const char *name = record_info((enum record_kind)kind)->name;
		error = mdb_dbi_open(transaction, name, flags, &store->tables[kind]);
		store->has_table[kind] = error == MDB_SUCCESS;
		if (error == MDB_NOTFOUND)
			error = MDB_SUCCESS;
	}
	return error;
}

/* Reads the meta row, or writes the first one. */
static int open_meta(struct store *store, MDB_txn *transaction, const uint8_t ledger_id[16])
{
	int error = meta_get(store, transaction, &store->meta);
	if (error != MDB_NOTFOUND || store->read_only)
		return error;
	store->meta = (struct store_meta){.instant_us = INT64_MIN};
	memcpy(store->meta.ledger_id, ledger_id, 16);
	uint8_t bytes[META_SIZE_MAX];
	MDB_val key = {.mv_size = sizeof(META_KEY) - 1, .mv_data = (void *)(uintptr_t)META_KEY};
	MDB_val value = {.mv_size = meta_encode(&store->meta, bytes), .mv_data = bytes};
	return mdb_put(transaction, store->meta_table, &key, &value, 0);
}

static int open_environment(struct store *store, const struct store_options *options)
{
	int error = mdb_env_create(&store->environment);
	if (error == MDB_SUCCESS)
		error = mdb_env_set_maxdbs(store->environment, TABLES_MAX);
	if (error == MDB_SUCCESS)
		error = mdb_env_set_maxreaders(store->environment, STORE_READERS_MAX);
	store->map_size = options->map_size != 0 ? options->map_size : STORE_MAP_SIZE;
	if (error == MDB_SUCCESS)
		error = mdb_env_set_mapsize(store->environment, (size_t)store->map_size);
	/* Offline and alone (the ledger's lock is held): no lock file is made in a backup. */
	unsigned flags = MDB_NOTLS | (options->read_only ? MDB_RDONLY | MDB_NOLOCK : 0u);
	if (error == MDB_SUCCESS)
		error = mdb_env_open(store->environment, store->folder, flags, 0600);
	if (error != MDB_SUCCESS)
		return error;
	int dead = 0;
	if (!options->read_only)
		(void)mdb_reader_check(store->environment, &dead);
	MDB_txn *transaction = NULL;
	error = mdb_txn_begin(
	    store->environment, NULL, options->read_only ? MDB_RDONLY : 0u, &transaction);
	if (error != MDB_SUCCESS)
		return error;
	error = open_tables(store, transaction);
	if (error == MDB_SUCCESS)
		error = open_meta(store, transaction, options->ledger_id);
	if (error != MDB_SUCCESS) {
		mdb_txn_abort(transaction);
		return error;
	}
	return mdb_txn_commit(transaction);
}

static enum result prepare_folder(const struct store_options *options)
{
	if (!options->read_only) {
		enum result made = file_make_folder(options->folder);
		if (made != RESULT_OK)
			return made;
	}
	char name[FILESYSTEM_NAME_SIZE_MAX];
	enum result checked = filesystem_check(options->folder, name);
	if (checked == RESULT_UNSAFE_FILESYSTEM && options->unsafe_filesystem)
		return RESULT_OK;
	return checked;
}

enum result store_open(const struct store_options *options, struct store **ret_store)
{
	ASSERT(options != NULL && options->folder != NULL);
	ASSERT(ret_store != NULL);
	enum result result = prepare_folder(options);
	if (result != RESULT_OK)
		return result;
	struct store *store = calloc(1, sizeof(*store));
	if (store == NULL)
		return RESULT_OUT_OF_MEMORY;
	size_t size = strlen(options->folder) + 1;
	if (size > sizeof(store->folder)) {
		free(store);
		return RESULT_IO_FAILED;
	}
	memcpy(store->folder, options->folder, size);
	store->read_only = options->read_only;
	int error = open_environment(store, options);
	result = error == ENOENT ? RESULT_NOT_FOUND : result_of(error);
	if (result == RESULT_OK && memcmp(store->meta.ledger_id, options->ledger_id, 16) != 0)
		result = RESULT_LEDGER_MISMATCH;
	/* LMDB syncs a new file but not its name: without this a power cut may take the store. */
	if (result == RESULT_OK && !options->read_only)
		result = file_sync_folder(options->folder);
	if (result != RESULT_OK) {
		store_close(store);
		return result;
	}
	memcpy(store->ledger_id, options->ledger_id, 16);
	*ret_store = store;
	return RESULT_OK;
}

void store_close(struct store *store)
{
	if (store == NULL)
		return;
	ASSERT(store->transaction == NULL);
	if (store->environment != NULL)
		mdb_env_close(store->environment);
	free(store);
}

const struct store_meta *store_meta(const struct store *store)
{
	ASSERT(store != NULL);
	return &store->meta;
}

/* ---- Writing ---- */

enum result store_begin(struct store *store)
{
	ASSERT(store != NULL && !store->read_only);
	ASSERT(store->transaction == NULL);
	store->error = MDB_SUCCESS;
	store->has_meta_pending = false;
	memset(store->cursors, 0, sizeof(store->cursors));
	store->entry_cursor = NULL;
	int error = mdb_txn_begin(store->environment, NULL, 0, &store->transaction);
	if (error != MDB_SUCCESS)
		store->transaction = NULL;
	return result_of(error);
}

/* Puts room for a value at a key; NULL after an error. With `append`, first as the greatest
 * key. */
static uint8_t *put_reserved(struct store *store, MDB_cursor *cursor, MDB_val key, size_t size,
    bool append)
{
	MDB_val value = {.mv_size = size, .mv_data = NULL};
	int error = append ? mdb_cursor_put(cursor, &key, &value, MDB_RESERVE | MDB_APPEND)
			   : mdb_cursor_put(cursor, &key, &value, MDB_RESERVE);
	if (append && error == MDB_KEYEXIST) {
		value = (MDB_val){.mv_size = size, .mv_data = NULL};
		error = mdb_cursor_put(cursor, &key, &value, MDB_RESERVE);
	}
	store->error = error;
	return error == MDB_SUCCESS ? value.mv_data : NULL;
}

void store_put(struct store *store, const struct store_put *put)
{
	ASSERT(store != NULL && store->transaction != NULL);
	ASSERT(put != NULL && put->id != 0 && layout_kind_is_known(put->kind));
	if (store->error != MDB_SUCCESS)
		return;
	MDB_cursor **cursor = &store->cursors[put->kind];
	if (*cursor == NULL)
		store->error =
		    mdb_cursor_open(store->transaction, store->tables[put->kind], cursor);
	if (store->error != MDB_SUCCESS)
		return;
	uint32_t id = put->id;
	MDB_val key = key_of_id(&id);
	uint8_t *value = put_reserved(
	    store, *cursor, key, STORE_VALUE_HEADER_SIZE + put->size, put->append);
	if (value == NULL)
		return;
	struct slice bytes = {.data = (const char *)put->bytes, .size = put->size};
	value[0] = put->version;
	wire_put_u32(value + 1, row_checksum(put->kind, put->id, put->version, bytes));
	memcpy(value + STORE_VALUE_HEADER_SIZE, put->bytes, put->size);
}

void store_put_entry(struct store *store, const struct store_entry *entry)
{
	ASSERT(store != NULL && store->transaction != NULL);
	ASSERT(entry->first % STORE_CHUNK_POSTINGS == 0 && entry->count <= STORE_CHUNK_POSTINGS);
	if (store->error != MDB_SUCCESS)
		return;
	if (store->entry_cursor == NULL)
		store->error =
		    mdb_cursor_open(store->transaction, store->entries, &store->entry_cursor);
	if (store->error != MDB_SUCCESS)
		return;
	uint8_t key_bytes[ENTRY_KEY_SIZE];
	put_entry_key(key_bytes, entry->sequence, entry->first / STORE_CHUNK_POSTINGS);
	MDB_val key = {.mv_size = sizeof(key_bytes), .mv_data = key_bytes};
	size_t postings_size = (size_t)entry->count * LAYOUT_POSTING_SIZE;
	size_t size = STORE_VALUE_HEADER_SIZE + ENTRY_HEADER_SIZE + postings_size;
	uint8_t *value = put_reserved(store, store->entry_cursor, key, size, true);
	if (value == NULL)
		return;
	uint8_t *at = value + STORE_VALUE_HEADER_SIZE;
	wire_put_u32(at, entry->posting_count);
	wire_put_u32(at + 4, entry->first);
	wire_put_i64(at + 8, entry->instant_us);
	wire_put_u32(at + 16, entry->principal);
	wire_put_u16(at + 20, entry->result);
	wire_put_u16(at + 22, entry->cause);
	at[24] = entry->command;
	at[25] = entry->posting_version;
	if (postings_size > 0)
		memcpy(at + ENTRY_HEADER_SIZE, entry->postings, postings_size);
	value[0] = STORE_ENTRY_VERSION;
	wire_put_u32(value + 1, keyed_checksum(key, at, ENTRY_HEADER_SIZE + postings_size));
}

void store_put_meta(struct store *store, const struct store_meta *meta)
{
	ASSERT(store != NULL && store->transaction != NULL);
	ASSERT(meta->target >= meta->sequence);
	if (store->error != MDB_SUCCESS)
		return;
	uint8_t bytes[META_SIZE_MAX];
	store->meta_pending = *meta;
	memcpy(store->meta_pending.ledger_id, store->ledger_id, sizeof(store->ledger_id));
	MDB_val key = {.mv_size = sizeof(META_KEY) - 1, .mv_data = (void *)(uintptr_t)META_KEY};
	MDB_val value = {.mv_size = meta_encode(&store->meta_pending, bytes), .mv_data = bytes};
	store->error = mdb_put(store->transaction, store->meta_table, &key, &value, 0);
	store->has_meta_pending = store->error == MDB_SUCCESS;
}

/* Cursors of a write transaction do not outlive it. */
static void close_cursors(struct store *store)
{
	for (uint32_t kind = 1; kind <= RECORD_KIND_MAX; kind++)
		if (store->cursors[kind] != NULL)
			mdb_cursor_close(store->cursors[kind]);
	memset(store->cursors, 0, sizeof(store->cursors));
	if (store->entry_cursor != NULL)
		mdb_cursor_close(store->entry_cursor);
	store->entry_cursor = NULL;
}

enum result store_commit(struct store *store)
{
	ASSERT(store != NULL && store->transaction != NULL);
	close_cursors(store);
	MDB_txn *transaction = store->transaction;
	store->transaction = NULL;
	if (store->error != MDB_SUCCESS) {
		mdb_txn_abort(transaction);
		return result_of(store->error);
	}
	int error = mdb_txn_commit(transaction);
	if (error == MDB_SUCCESS && store->has_meta_pending)
		store->meta = store->meta_pending;
	return result_of(error);
}

void store_abort(struct store *store)
{
	ASSERT(store != NULL && store->transaction != NULL);
	close_cursors(store);
	mdb_txn_abort(store->transaction);
	store->transaction = NULL;
}

enum result store_grow(struct store *store)
{
	ASSERT(store != NULL && store->transaction == NULL);
	if (store->map_size > MAP_SIZE_LIMIT / 2)
		return RESULT_STORE_FULL;
	if (mdb_env_set_mapsize(store->environment, (size_t)(store->map_size * 2)) != MDB_SUCCESS)
		return RESULT_STORE_FULL;
	store->map_size *= 2;
	return RESULT_OK;
}

/* ---- Reading ---- */

enum result store_view_begin(struct store *store, struct store_view *ret_view)
{
	ASSERT(store != NULL && ret_view != NULL);
	struct store_view view = {.store = store};
	MDB_txn *transaction = NULL;
	int error = mdb_txn_begin(store->environment, NULL, MDB_RDONLY, &transaction);
	if (error != MDB_SUCCESS)
		return result_of(error);
	error = meta_get(store, transaction, &view.meta);
	if (error != MDB_SUCCESS) {
		mdb_txn_abort(transaction);
		return error == MDB_NOTFOUND ? RESULT_STORE_CORRUPT : result_of(error);
	}
	view.transaction = transaction;
	*ret_view = view;
	return RESULT_OK;
}

void store_view_end(struct store_view *view)
{
	ASSERT(view != NULL);
	for (uint32_t kind = 1; kind <= RECORD_KIND_MAX; kind++)
		if (view->cursors[kind] != NULL)
			mdb_cursor_close(view->cursors[kind]);
	if (view->entries != NULL)
		mdb_cursor_close(view->entries);
	if (view->transaction != NULL)
		mdb_txn_abort(view->transaction);
	memset(view, 0, sizeof(*view));
}

/* A row's id, if the key is one, and its checksum. */
static enum result check_row(enum record_kind kind, MDB_val key, MDB_val value,
    struct store_row *ret_row)
{
	uint32_t stored = 0;
	*ret_row = (struct store_row){0};
	if (key.mv_size != sizeof(stored))
		return RESULT_STORE_CORRUPT;
	memcpy(&stored, key.mv_data, sizeof(stored));
	ret_row->id = be32toh(stored);
	if (value.mv_size <= STORE_VALUE_HEADER_SIZE ||
	    value.mv_size > STORE_VALUE_HEADER_SIZE + LAYOUT_SIZE_MAX || ret_row->id == 0)
		return RESULT_STORE_CORRUPT;
	const uint8_t *bytes = value.mv_data;
	ret_row->version = bytes[0];
	ret_row->bytes = bytes + STORE_VALUE_HEADER_SIZE;
	ret_row->size = (uint32_t)value.mv_size - STORE_VALUE_HEADER_SIZE;
	struct slice content = {.data = (const char *)ret_row->bytes, .size = ret_row->size};
	uint32_t checksum = row_checksum((uint8_t)kind, ret_row->id, ret_row->version, content);
	return checksum == wire_get_u32(bytes + 1) ? RESULT_OK : RESULT_STORE_CORRUPT;
}

static int view_cursor(struct store_view *view, enum record_kind kind)
{
	if (view->cursors[kind] != NULL)
		return MDB_SUCCESS;
	MDB_cursor *cursor = NULL;
	int error = mdb_cursor_open(view->transaction, view->store->tables[kind], &cursor);
	if (error == MDB_SUCCESS)
		view->cursors[kind] = cursor;
	return error;
}

enum result store_find(struct store_view *view, enum record_kind kind, uint32_t id,
    enum store_seek seek, struct store_row *ret_row)
{
	ASSERT(view != NULL && view->transaction != NULL);
	ASSERT(layout_kind_is_known(kind) && ret_row != NULL);
	if (!view->store->has_table[kind])
		return RESULT_NOT_FOUND;
	int error = view_cursor(view, kind);
	if (error != MDB_SUCCESS)
		return result_of(error);
	MDB_cursor *cursor = view->cursors[kind];
	uint32_t sought = id;
	MDB_val key = key_of_id(&sought);
	MDB_val value = {0, NULL};
	MDB_cursor_op operation = seek == STORE_EXACT ? MDB_SET_KEY : MDB_SET_RANGE;
	error = mdb_cursor_get(cursor, &key, &value, operation);
	if (seek == STORE_AT_MOST && error == MDB_NOTFOUND) {
		error = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
	} else if (seek == STORE_AT_MOST && error == MDB_SUCCESS) {
		struct store_row found;
		enum result result = check_row(kind, key, value, &found);
		if (result != RESULT_OK || found.id == id) {
			*ret_row = found;
			return result;
		}
		error = mdb_cursor_get(cursor, &key, &value, MDB_PREV);
	}
	return error == MDB_SUCCESS ? check_row(kind, key, value, ret_row) : result_of(error);
}

enum result store_next(struct store_view *view, enum record_kind kind, struct store_row *ret_row)
{
	ASSERT(view != NULL && view->transaction != NULL);
	ASSERT(layout_kind_is_known(kind) && ret_row != NULL);
	if (!view->store->has_table[kind])
		return RESULT_NOT_FOUND;
	int error = view_cursor(view, kind);
	if (error != MDB_SUCCESS)
		return result_of(error);
	MDB_val key = {0, NULL};
	MDB_val value = {0, NULL};
	error = mdb_cursor_get(view->cursors[kind], &key, &value, MDB_NEXT);
	return error == MDB_SUCCESS ? check_row(kind, key, value, ret_row) : result_of(error);
}

static enum result check_entry(MDB_val key, MDB_val value, struct store_entry *ret_entry)
{
	uint64_t high = 0;
	uint16_t low = 0;
	*ret_entry = (struct store_entry){0};
	if (key.mv_size != ENTRY_KEY_SIZE)
		return RESULT_STORE_CORRUPT;
	memcpy(&high, key.mv_data, sizeof(high));
	memcpy(&low, (const uint8_t *)key.mv_data + sizeof(high), sizeof(low));
	ret_entry->sequence = be64toh(high);
	if (value.mv_size < STORE_VALUE_HEADER_SIZE + ENTRY_HEADER_SIZE)
		return RESULT_STORE_CORRUPT;
	const uint8_t *bytes = value.mv_data;
	const uint8_t *at = bytes + STORE_VALUE_HEADER_SIZE;
	size_t size = value.mv_size - STORE_VALUE_HEADER_SIZE;
	if (bytes[0] != STORE_ENTRY_VERSION ||
	    wire_get_u32(bytes + 1) != keyed_checksum(key, at, size))
		return RESULT_STORE_CORRUPT;
	ret_entry->posting_count = wire_get_u32(at);
	ret_entry->first = wire_get_u32(at + 4);
	ret_entry->instant_us = wire_get_i64(at + 8);
	ret_entry->principal = wire_get_u32(at + 16);
	ret_entry->result = wire_get_u16(at + 20);
	ret_entry->cause = wire_get_u16(at + 22);
	ret_entry->command = at[24];
	ret_entry->posting_version = at[25];
	ret_entry->postings = at + ENTRY_HEADER_SIZE;
	size_t postings_size = size - ENTRY_HEADER_SIZE;
	ret_entry->count = (uint32_t)(postings_size / LAYOUT_POSTING_SIZE);
	bool fits = postings_size % LAYOUT_POSTING_SIZE == 0 &&
		    ret_entry->count <= STORE_CHUNK_POSTINGS &&
		    ret_entry->first == (uint32_t)be16toh(low) * STORE_CHUNK_POSTINGS &&
		    (uint64_t)ret_entry->first + ret_entry->count <= ret_entry->posting_count;
	return fits ? RESULT_OK : RESULT_STORE_CORRUPT;
}

enum result store_find_entry(struct store_view *view, uint64_t sequence, uint32_t first,
    struct store_entry *ret_entry)
{
	ASSERT(view != NULL && view->transaction != NULL);
	ASSERT(ret_entry != NULL);
	if (view->entries == NULL) {
		MDB_cursor *cursor = NULL;
		int error = mdb_cursor_open(view->transaction, view->store->entries, &cursor);
		if (error != MDB_SUCCESS)
			return result_of(error);
		view->entries = cursor;
	}
	uint32_t chunk = first / STORE_CHUNK_POSTINGS;
	uint8_t key_bytes[ENTRY_KEY_SIZE];
	put_entry_key(key_bytes, sequence, chunk < UINT16_MAX ? chunk : UINT16_MAX);
	MDB_val key = {.mv_size = sizeof(key_bytes), .mv_data = key_bytes};
	MDB_val value = {0, NULL};
	int error = mdb_cursor_get(view->entries, &key, &value, MDB_SET_RANGE);
	return error == MDB_SUCCESS ? check_entry(key, value, ret_entry) : result_of(error);
}

/* ---- The whole ---- */

/* mdb_reader_list calls this with lines "pid thread transaction"; the header and idle slots have
 * no number at their end. */
static int note_reader(const char *line, void *context)
{
	uint64_t *oldest = context;
	uint64_t number = 0;
	bool has_digit = false;
	for (const char *at = line; *at != '\0' && *at != '\n'; at++) {
		if (*at >= '0' && *at <= '9') {
			number = number * 10u + (uint64_t)(*at - '0');
			has_digit = true;
		} else {
			number = 0;
			has_digit = false;
		}
	}
	if (has_digit && number != 0 && number < *oldest)
		*oldest = number;
	return 0;
}

void store_figures_read(struct store *store, struct store_figures *ret_figures)
{
	ASSERT(store != NULL && ret_figures != NULL);
	MDB_envinfo info;
	MDB_stat stat;
	*ret_figures = (struct store_figures){.map_size_bytes = store->map_size};
	if (mdb_env_info(store->environment, &info) != MDB_SUCCESS ||
	    mdb_env_stat(store->environment, &stat) != MDB_SUCCESS)
		return;
	ret_figures->map_used_bytes = ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
	uint64_t oldest = UINT64_MAX;
	if (!store->read_only)
		(void)mdb_reader_list(store->environment, note_reader, &oldest);
	if (oldest != UINT64_MAX && oldest <= info.me_last_txnid)
		ret_figures->oldest_reader_lag = info.me_last_txnid - oldest;
}

enum result store_check_space(const struct store *store, uint64_t bytes)
{
	ASSERT(store != NULL);
	uint64_t free_bytes = 0;
	enum result result = file_free_space(store->folder, &free_bytes);
	if (result != RESULT_OK)
		return result;
	ASSERT(bytes < UINT64_MAX / SPACE_FACTOR - SPACE_FLOOR);
	bool fits = free_bytes >= bytes * SPACE_FACTOR + SPACE_FLOOR;
	return fits ? RESULT_OK : RESULT_DISK_NEARLY_FULL;
}

void store_check_readers(struct store *store)
{
	ASSERT(store != NULL);
	int dead = 0;
	(void)mdb_reader_check(store->environment, &dead);
}

enum result store_copy(struct store *store, const char *folder, struct store_meta *ret_meta)
{
	ASSERT(store != NULL && folder != NULL && ret_meta != NULL);
	int error = mdb_env_copy2(store->environment, folder, MDB_CP_COMPACT);
	if (error != MDB_SUCCESS)
		return result_of(error);
	char path[FILE_PATH_SIZE_MAX];
	struct file file = FILE_NONE;
	if (!file_path(folder, "data.mdb", path))
		return RESULT_IO_FAILED;
	enum result result = file_open(path, FILE_UPDATE, &file);
	if (result == RESULT_OK)
		result = file_sync(file);
	file_close(&file);
	if (result == RESULT_OK)
		result = file_sync_folder(folder);
	if (result != RESULT_OK)
		return result == RESULT_NOT_FOUND ? RESULT_IO_FAILED : result;
	struct store_options options = {
	    .folder = folder,
	    .map_size = store->map_size,
	    .unsafe_filesystem = true, /* a backup may lie anywhere */
	    .read_only = true,
	};
	memcpy(options.ledger_id, store->ledger_id, sizeof(options.ledger_id));
	struct store *copy = NULL;
	result = store_open(&options, &copy);
	if (result == RESULT_OK)
		*ret_meta = copy->meta;
	store_close(copy);
	return result;
}

static enum result check_table(struct store_view *view, enum record_kind kind,
    struct store_check *check)
{
	struct store_row row;
	union layout_record record;
	check->fault_kind = kind;
	enum result result = store_find(view, kind, 0, STORE_AT_LEAST, &row);
	while (result == RESULT_OK) {
		struct layout_source source = {
		    .bytes = row.bytes,
		    .size = row.size,
		    .kind = (uint8_t)kind,
		    .version = row.version,
		};
		if (!layout_decode(&source, &record))
			result = RESULT_STORE_CORRUPT;
		if (result != RESULT_OK)
			break;
		check->rows++;
		result = store_next(view, kind, &row);
	}
	check->fault_id = row.id;
	return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

static enum result check_entries(struct store_view *view, struct store_check *check)
{
	struct store_entry entry = {0};
	check->fault_kind = RECORD_KIND_NONE;
	enum result result = store_find_entry(view, 1, 0, &entry);
	MDB_val key;
	MDB_val value;
	while (result == RESULT_OK) {
		struct posting posting;
		for (uint32_t i = 0; i < entry.count; i++)
			if (!layout_posting_decode(entry.posting_version,
				entry.postings + (size_t)i * LAYOUT_POSTING_SIZE, &posting))
				result = RESULT_STORE_CORRUPT;
		if (result != RESULT_OK)
			break;
		check->entry_rows++;
		int error = mdb_cursor_get(view->entries, &key, &value, MDB_NEXT);
		result = error == MDB_SUCCESS ? check_entry(key, value, &entry) : result_of(error);
	}
	check->fault_id = entry.sequence;
	return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

enum result store_check_all(struct store_view *view, struct store_check *ret_check)
{
	ASSERT(view != NULL && ret_check != NULL);
	*ret_check = (struct store_check){0};
	for (uint32_t kind = 1; kind <= RECORD_KIND_MAX; kind++) {
		if (!layout_kind_is_known(kind))
			continue;
		enum result result = check_table(view, (enum record_kind)kind, ret_check);
		if (result != RESULT_OK)
			return result;
	}
	enum result result = check_entries(view, ret_check);
	if (result == RESULT_OK)
		ret_check->fault_id = 0; /* of no row */
	return result;
}
