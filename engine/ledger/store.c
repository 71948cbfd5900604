/* The store over LMDB 0.9: see store.h for tables, keys and values. */
#include "engine/ledger/store.h"

#include "engine/base/crc32c.h"
#include "engine/ledger/row_group.h"
#include "engine/ledger/wire.h"
#include "engine/system/file.h"
#include "engine/system/filesystem.h"

#include <endian.h>
#include <errno.h>
#include <lmdb.h>
#include <stdlib.h>
#include <string.h>

#define KEY_SIZE_MAX      10u
#define ID_KEY_SIZE       4u
#define ENTRY_KEY_SIZE    10u
#define ENTRIES           0u  /* among tables, where kinds of records begin at 1 */
#define VALUE_HEADER_SIZE 5u  /* version and checksum before a group of rows */
#define META_VERSION      2u
#define META_KEY          "checkpoint"
#define META_SIZE_MAX     512u
#define TABLES_MAX        128u
#define SPACE_FACTOR      4u                     /* bytes of disk per byte of rows, at the worst */
#define SPACE_FLOOR       (UINT64_C(4) << 20)    /* bytes besides */
#define MAP_SIZE_LIMIT    (UINT64_C(1) << 46) /* bytes of address space that may be asked for */

static_assert(RECORD_KIND_MAX + 2u <= TABLES_MAX, "every table has a handle");
static_assert(STORE_ENTRY_SIZE_MAX <= ROW_GROUP_ROW_MAX && LAYOUT_SIZE_MAX <= ROW_GROUP_ROW_MAX,
    "any row fits into a group");

/* Where a group of rows lies. */
struct place {
	uint32_t table;  /* ENTRIES or a kind of record */
	uint32_t chunk;  /* of entries only */
	uint64_t number; /* of the group */
};

/* What the writer works with; NULL in a store that is only read. */
struct writer {
	struct row_group_room room;
	uint8_t value[VALUE_HEADER_SIZE + ROW_GROUP_SIZE_MAX];
};

struct store {
	MDB_env *environment;
	MDB_dbi tables[RECORD_KIND_MAX + 1]; /* [ENTRIES]: that of entries */
	bool has_table[RECORD_KIND_MAX + 1]; /* an old one, read only, may lack the newest kinds */
	MDB_dbi meta_table;
	bool read_only;
	uint8_t ledger_id[16];
	uint64_t map_size;
	struct store_meta meta; /* as committed */

	/* The write transaction, NULL when there is none, and its first error. */
	MDB_txn *transaction;
	MDB_cursor *cursors[RECORD_KIND_MAX + 1];
	int error;
	struct writer *writer;
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

static MDB_val key_of_place(const struct place *place, uint8_t storage[KEY_SIZE_MAX])
{
	MDB_val key = {.mv_size = ID_KEY_SIZE, .mv_data = storage};
	if (place->table != ENTRIES) {
		uint32_t number = htobe32((uint32_t)place->number);
		memcpy(storage, &number, sizeof(number));
		return key;
	}
	ASSERT(place->chunk <= UINT16_MAX);
	uint64_t high = htobe64(place->number);
	uint16_t low = htobe16((uint16_t)place->chunk);
	memcpy(storage, &high, sizeof(high));
	memcpy(storage + sizeof(high), &low, sizeof(low));
	key.mv_size = ENTRY_KEY_SIZE;
	return key;
}

/* False: no key of this table. */
static bool place_of_key(uint32_t table, MDB_val key, struct place *ret_place)
{
	uint32_t number = 0;
	uint64_t high = 0;
	uint16_t low = 0;
	*ret_place = (struct place){.table = table};
	if (table != ENTRIES && key.mv_size == ID_KEY_SIZE) {
		memcpy(&number, key.mv_data, sizeof(number));
		ret_place->number = be32toh(number);
		return true;
	}
	if (table != ENTRIES || key.mv_size != ENTRY_KEY_SIZE)
		return false;
	memcpy(&high, key.mv_data, sizeof(high));
	memcpy(&low, (const uint8_t *)key.mv_data + sizeof(high), sizeof(low));
	ret_place->number = be64toh(high);
	ret_place->chunk = be16toh(low);
	return true;
}

static uint32_t keyed_checksum(MDB_val key, const uint8_t *bytes, size_t size)
{
	return crc32c_extend(crc32c(key.mv_data, key.mv_size), bytes, size);
}

/* Of a group: over its place and its bytes. */
static uint32_t group_checksum(
    const struct place *place, MDB_val key, const uint8_t *bytes, size_t size)
{
	uint8_t table = (uint8_t)place->table;
	uint32_t crc = crc32c_extend(crc32c(&table, 1), key.mv_data, key.mv_size);
	return crc32c_extend(crc, bytes, size);
}

static uint32_t row_size_max(uint32_t table)
{
	return table == ENTRIES ? STORE_ENTRY_SIZE_MAX : LAYOUT_SIZE_MAX;
}

/* Checks and opens what stands at a key. False: it is damaged; *ret_place is zero where the key is
 * none. */
static bool open_group(uint32_t table, MDB_val key, MDB_val value, struct place *ret_place,
    struct row_group *ret_group)
{
	const uint8_t *bytes = value.mv_data;
	if (!place_of_key(table, key, ret_place) || value.mv_size <= VALUE_HEADER_SIZE ||
	    value.mv_size > VALUE_HEADER_SIZE + ROW_GROUP_SIZE_MAX ||
	    bytes[0] != STORE_GROUP_VERSION)
		return false;
	size_t size = value.mv_size - VALUE_HEADER_SIZE;
	const uint8_t *content = bytes + VALUE_HEADER_SIZE;
	return wire_get_u32(bytes + 1) == group_checksum(ret_place, key, content, size) &&
	       row_group_open(content, (uint32_t)size, row_size_max(table), ret_group);
}

/* ---- Meta ---- */

static size_t meta_encode(const struct store_meta *meta, uint8_t out[META_SIZE_MAX])
{
	uint8_t *at = out + VALUE_HEADER_SIZE;
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
	wire_put_u32(out + 1, keyed_checksum(key, out + VALUE_HEADER_SIZE,
	    size - VALUE_HEADER_SIZE));
	return size;
}

static bool meta_decode(const uint8_t *bytes, size_t size, struct store_meta *ret_meta)
{
	if (size < VALUE_HEADER_SIZE + 76u || size > META_SIZE_MAX ||
	    bytes[0] != META_VERSION)
		return false;
	const uint8_t *at = bytes + VALUE_HEADER_SIZE;
	size_t left = size - VALUE_HEADER_SIZE;
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
		error = mdb_dbi_open(transaction, "entries", flags, &store->tables[ENTRIES]);
	store->has_table[ENTRIES] = error == MDB_SUCCESS;
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
	store->writer = options->read_only ? NULL : malloc(sizeof(*store->writer));
	if (store->writer == NULL && !options->read_only) {
		free(store);
		return RESULT_OUT_OF_MEMORY;
	}
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
	free(store->writer);
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
	int error = mdb_txn_begin(store->environment, NULL, 0, &store->transaction);
	if (error != MDB_SUCCESS)
		store->transaction = NULL;
	return result_of(error);
}

static MDB_cursor *writing_cursor(struct store *store, uint32_t table)
{
	if (store->cursors[table] == NULL)
		store->error = mdb_cursor_open(
		    store->transaction, store->tables[table], &store->cursors[table]);
	return store->error == MDB_SUCCESS ? store->cursors[table] : NULL;
}

/* The value that a group makes with the rows of `old` that stay; its size, 0: `old` is damaged. */
static size_t make_value(struct store *store, const struct store_group *put,
    const struct row_group *old, const struct place *place, MDB_val key)
{
	struct writer *writer = store->writer;
	uint8_t *content = writer->value + VALUE_HEADER_SIZE;
	uint32_t size = row_group_write(old, put->rows, &writer->room, content);
	if (size == 0)
		return 0;
	writer->value[0] = STORE_GROUP_VERSION;
	wire_put_u32(writer->value + 1, group_checksum(place, key, content, size));
	return VALUE_HEADER_SIZE + size;
}

/* Puts rows together with those of their group that are there already. */
static int merge_group(struct store *store, const struct store_group *put,
    const struct place *place, MDB_cursor *cursor, MDB_val key)
{
	struct row_group group;
	struct place found;
	MDB_val old = {0, NULL};
	MDB_val sought = key;
	int error = mdb_cursor_get(cursor, &sought, &old, MDB_SET_KEY);
	if (error != MDB_SUCCESS && error != MDB_NOTFOUND)
		return error;
	bool is_there = error == MDB_SUCCESS;
	if (is_there && !open_group(place->table, sought, old, &found, &group))
		return MDB_CORRUPTED;
	size_t size = make_value(store, put, is_there ? &group : NULL, place, key);
	MDB_val value = {.mv_size = size, .mv_data = store->writer->value};
	return size == 0 ? MDB_CORRUPTED : mdb_cursor_put(cursor, &key, &value, 0);
}

void store_put_group(struct store *store, const struct store_group *put)
{
	ASSERT(store != NULL && store->transaction != NULL);
	ASSERT(put != NULL && put->rows != NULL);
	ASSERT(put->kind == RECORD_KIND_NONE || layout_kind_is_known(put->kind));
	MDB_cursor *cursor =
	    store->error == MDB_SUCCESS ? writing_cursor(store, put->kind) : NULL;
	if (cursor == NULL)
		return;
	const struct place place = {put->kind, put->chunk, put->number};
	uint8_t storage[KEY_SIZE_MAX];
	MDB_val key = key_of_place(&place, storage);
	int error = MDB_KEYEXIST;
	if (put->append) {
		size_t size = make_value(store, put, NULL, &place, key);
		MDB_val value = {.mv_size = size, .mv_data = store->writer->value};
		error = mdb_cursor_put(cursor, &key, &value, MDB_APPEND);
	}
	store->error =
	    error == MDB_KEYEXIST ? merge_group(store, put, &place, cursor, key) : error;
}

uint32_t store_entry_encode(const struct store_entry *entry, uint8_t *out)
{
	ASSERT(entry->first % STORE_CHUNK_POSTINGS == 0 && entry->count <= STORE_CHUNK_POSTINGS);
	uint32_t postings_size = entry->count * LAYOUT_POSTING_SIZE;
	wire_put_u32(out, entry->posting_count);
	wire_put_u32(out + 4, entry->first);
	wire_put_i64(out + 8, entry->instant_us);
	wire_put_u32(out + 16, entry->principal);
	wire_put_u16(out + 20, entry->result);
	wire_put_u16(out + 22, entry->cause);
	out[24] = entry->command;
	out[25] = entry->posting_version;
	if (postings_size > 0)
		memcpy(out + STORE_ENTRY_HEADER_SIZE, entry->postings, postings_size);
	return STORE_ENTRY_HEADER_SIZE + postings_size;
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
	for (uint32_t table = 0; table <= RECORD_KIND_MAX; table++)
		if (store->cursors[table] != NULL)
			mdb_cursor_close(store->cursors[table]);
	memset(store->cursors, 0, sizeof(store->cursors));
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

/* Where a view stands in a table, with the group there opened. */
struct store_walk {
	MDB_cursor *cursor;
	struct place place; /* of the group */
	struct row_group group;
	bool has_group;
	bool has_first; /* the group's first row is unpacked */
	uint32_t index; /* of the row found last */
	uint32_t row_max;
	uint8_t rows[]; /* the first row, and the last one found: row_max bytes each */
};

static void walk_close(struct store_walk *walk)
{
	if (walk == NULL)
		return;
	mdb_cursor_close(walk->cursor);
	free(walk);
}

void store_view_end(struct store_view *view)
{
	ASSERT(view != NULL);
	for (uint32_t table = 0; table <= RECORD_KIND_MAX; table++)
		walk_close(view->walks[table]);
	if (view->transaction != NULL)
		mdb_txn_abort(view->transaction);
	memset(view, 0, sizeof(*view));
}

static int walk_of(struct store_view *view, uint32_t table, struct store_walk **ret_walk)
{
	*ret_walk = view->walks[table];
	if (*ret_walk != NULL)
		return MDB_SUCCESS;
	uint32_t row_max = row_size_max(table);
	struct store_walk *walk = malloc(sizeof(*walk) + 2u * (size_t)row_max);
	if (walk == NULL)
		return ENOMEM;
	walk->has_group = false;
	walk->row_max = row_max;
	int error = mdb_cursor_open(view->transaction, view->store->tables[table], &walk->cursor);
	if (error != MDB_SUCCESS) {
		free(walk);
		return error;
	}
	walk->place = (struct place){.table = table};
	view->walks[table] = walk;
	*ret_walk = walk;
	return MDB_SUCCESS;
}

/* Goes to a group and opens it. */
static int walk_to(struct store_walk *walk, const struct place *sought, MDB_cursor_op operation)
{
	uint8_t storage[KEY_SIZE_MAX];
	MDB_val key = key_of_place(sought, storage);
	MDB_val value = {0, NULL};
	walk->has_group = false;
	walk->has_first = false;
	int error = mdb_cursor_get(walk->cursor, &key, &value, operation);
	if (error != MDB_SUCCESS)
		return error;
	if (!open_group(sought->table, key, value, &walk->place, &walk->group))
		return MDB_CORRUPTED;
	walk->has_group = true;
	return MDB_SUCCESS;
}

/* Goes to the group of a place, or to the first one behind it. */
static int walk_at_least(struct store_walk *walk, const struct place *sought)
{
	if (walk->has_group && walk->place.number == sought->number &&
	    walk->place.chunk == sought->chunk)
		return MDB_SUCCESS;
	return walk_to(walk, sought, MDB_SET_RANGE);
}

static int walk_step(struct store_walk *walk, MDB_cursor_op operation)
{
	const struct place here = walk->place;
	return walk_to(walk, &here, operation);
}

/* Unpacks the row of a place that is present. */
static int walk_read(struct store_walk *walk, uint32_t index, const uint8_t **ret_bytes)
{
	const struct row_group *group = &walk->group;
	uint8_t *first = walk->rows;
	uint8_t *row = walk->rows + walk->row_max;
	walk->index = index;
	if (!walk->has_first && !row_group_read(group, group->first, NULL, first))
		return MDB_CORRUPTED;
	walk->has_first = true;
	*ret_bytes = first;
	if (index == group->first)
		return MDB_SUCCESS;
	*ret_bytes = row;
	return row_group_read(group, index, first, row) ? MDB_SUCCESS : MDB_CORRUPTED;
}

static uint32_t lowest(uint32_t present)
{
	return (uint32_t)__builtin_ctz(present);
}

static uint32_t highest(uint32_t present)
{
	return 31u - (uint32_t)__builtin_clz(present);
}

/* Rows of a group from a place on, or up to it. */
static uint32_t from(uint32_t present, uint32_t index)
{
	return present & ~0u << index;
}

static uint32_t up_to(uint32_t present, uint32_t index)
{
	return present & ((2u << index) - 1u);
}

/* The row found, or where the damage is. */
static enum result tell_row(struct store_walk *walk, uint32_t index, int error,
    struct store_row *ret_row)
{
	uint64_t id = walk->place.number * ROW_GROUP_ROWS + index;
	*ret_row = (struct store_row){.id = id == 0 ? 1u : (uint32_t)id};
	if (error == MDB_SUCCESS && (id == 0 || id > UINT32_MAX))
		error = MDB_CORRUPTED;
	if (error == MDB_SUCCESS)
		error = walk_read(walk, index, &ret_row->bytes);
	if (error != MDB_SUCCESS)
		return result_of(error);
	ret_row->size = walk->group.rows[index].size;
	ret_row->version = walk->group.rows[index].version;
	return RESULT_OK;
}

/* The last row up to a place. */
static enum result find_at_most(struct store_walk *walk, const struct place *sought,
    uint32_t index, struct store_row *ret_row)
{
	int error = walk_at_least(walk, sought);
	if (error == MDB_NOTFOUND)
		error = walk_step(walk, MDB_LAST);
	else if (error == MDB_SUCCESS && (walk->place.number > sought->number ||
					     up_to(walk->group.present, index) == 0))
		error = walk_step(walk, MDB_PREV);
	if (error != MDB_SUCCESS)
		return tell_row(walk, 0, error, ret_row);
	uint32_t present = walk->group.present;
	if (walk->place.number == sought->number)
		present = up_to(present, index);
	return tell_row(walk, highest(present), error, ret_row);
}

/* The first row from a place on. */
static enum result find_at_least(struct store_walk *walk, const struct place *sought,
    uint32_t index, struct store_row *ret_row)
{
	int error = walk_at_least(walk, sought);
	if (error == MDB_SUCCESS && walk->place.number == sought->number) {
		uint32_t present = from(walk->group.present, index);
		if (present != 0)
			return tell_row(walk, lowest(present), error, ret_row);
		error = walk_step(walk, MDB_NEXT);
	}
	uint32_t found = error == MDB_SUCCESS ? walk->group.first : 0;
	return tell_row(walk, found, error, ret_row);
}

enum result store_find(struct store_view *view, enum record_kind kind, uint32_t id,
    enum store_seek seek, struct store_row *ret_row)
{
	ASSERT(view != NULL && view->transaction != NULL);
	ASSERT(layout_kind_is_known(kind) && ret_row != NULL);
	struct store_walk *walk = NULL;
	if (!view->store->has_table[kind])
		return RESULT_NOT_FOUND;
	int error = walk_of(view, kind, &walk);
	if (error != MDB_SUCCESS)
		return result_of(error);
	const struct place sought = {.table = kind, .number = id / ROW_GROUP_ROWS};
	uint32_t index = id % ROW_GROUP_ROWS;
	if (seek == STORE_AT_MOST)
		return find_at_most(walk, &sought, index, ret_row);
	if (seek == STORE_AT_LEAST)
		return find_at_least(walk, &sought, index, ret_row);
	if (!walk->has_group || walk->place.number != sought.number)
		error = walk_to(walk, &sought, MDB_SET_KEY);
	if (error == MDB_SUCCESS && (walk->group.present >> index & 1u) == 0)
		error = MDB_NOTFOUND;
	return tell_row(walk, index, error, ret_row);
}

enum result store_next(struct store_view *view, enum record_kind kind, struct store_row *ret_row)
{
	ASSERT(view != NULL && view->transaction != NULL);
	ASSERT(layout_kind_is_known(kind) && ret_row != NULL);
	struct store_walk *walk = view->walks[kind];
	if (!view->store->has_table[kind])
		return RESULT_NOT_FOUND;
	ASSERT(walk != NULL && walk->has_group);
	uint32_t present = from(walk->group.present, walk->index + 1);
	if (present != 0)
		return tell_row(walk, lowest(present), MDB_SUCCESS, ret_row);
	int error = walk_step(walk, MDB_NEXT);
	return tell_row(walk, error == MDB_SUCCESS ? walk->group.first : 0, error, ret_row);
}

/* The entry in a row of the table. */
static int read_entry_row(
    struct store_walk *walk, uint32_t index, struct store_entry *ret_entry)
{
	const uint8_t *at = NULL;
	uint32_t size = walk->group.rows[index].size;
	*ret_entry = (struct store_entry){
	    .sequence = walk->place.number * ROW_GROUP_ROWS + index,
	};
	int error = walk_read(walk, index, &at);
	if (error != MDB_SUCCESS)
		return error;
	if (size < STORE_ENTRY_HEADER_SIZE ||
	    walk->group.rows[index].version != STORE_ENTRY_VERSION)
		return MDB_CORRUPTED;
	ret_entry->posting_count = wire_get_u32(at);
	ret_entry->first = wire_get_u32(at + 4);
	ret_entry->instant_us = wire_get_i64(at + 8);
	ret_entry->principal = wire_get_u32(at + 16);
	ret_entry->result = wire_get_u16(at + 20);
	ret_entry->cause = wire_get_u16(at + 22);
	ret_entry->command = at[24];
	ret_entry->posting_version = at[25];
	ret_entry->postings = at + STORE_ENTRY_HEADER_SIZE;
	ret_entry->count = (size - STORE_ENTRY_HEADER_SIZE) / LAYOUT_POSTING_SIZE;
	bool fits = (size - STORE_ENTRY_HEADER_SIZE) % LAYOUT_POSTING_SIZE == 0 &&
		    ret_entry->first == walk->place.chunk * STORE_CHUNK_POSTINGS &&
		    (uint64_t)ret_entry->first + ret_entry->count <= ret_entry->posting_count;
	return fits ? MDB_SUCCESS : MDB_CORRUPTED;
}

/* Goes to chunk 0 of the first entry of at least a sequence. */
static int find_first_entry(struct store_walk *walk, uint64_t sequence, uint32_t *ret_index)
{
	struct place sought = {.table = ENTRIES, .number = sequence / ROW_GROUP_ROWS};
	int error = walk_at_least(walk, &sought);
	*ret_index = 0;
	if (error == MDB_SUCCESS && walk->place.number == sought.number) {
		uint32_t present =
		    from(walk->group.present, (uint32_t)(sequence % ROW_GROUP_ROWS));
		if (present != 0 && walk->place.chunk == 0) {
			*ret_index = lowest(present);
			return MDB_SUCCESS;
		}
		sought.number++; /* behind further chunks of this group */
		error = walk_to(walk, &sought, MDB_SET_RANGE);
	}
	if (error == MDB_SUCCESS)
		*ret_index = walk->group.first;
	return error;
}

enum result store_find_entry(struct store_view *view, uint64_t sequence, uint32_t first,
    struct store_entry *ret_entry)
{
	ASSERT(view != NULL && view->transaction != NULL);
	ASSERT(ret_entry != NULL);
	struct store_walk *walk = NULL;
	int error = walk_of(view, ENTRIES, &walk);
	if (error != MDB_SUCCESS)
		return result_of(error);
	uint32_t chunk = first / STORE_CHUNK_POSTINGS;
	uint32_t index = (uint32_t)(sequence % ROW_GROUP_ROWS);
	*ret_entry = (struct store_entry){.sequence = sequence};
	if (chunk > 0 && chunk <= UINT16_MAX) {
		const struct place sought = {ENTRIES, chunk, sequence / ROW_GROUP_ROWS};
		error = walk_to(walk, &sought, MDB_SET_KEY);
		if (error == MDB_SUCCESS && (walk->group.present >> index & 1u) != 0)
			return result_of(read_entry_row(walk, index, ret_entry));
		if (error != MDB_SUCCESS && error != MDB_NOTFOUND)
			return result_of(error);
	}
	/* This entry has no such chunk: then the next one. */
	error = find_first_entry(walk, chunk > 0 ? sequence + 1 : sequence, &index);
	return result_of(
	    error == MDB_SUCCESS ? read_entry_row(walk, index, ret_entry) : error);
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

/* All rows of the group that the walk stands at. */
static int check_entry_group(struct store_walk *walk, struct store_check *check)
{
	for (uint32_t left = walk->group.present; left != 0; left &= left - 1) {
		struct store_entry entry;
		struct posting posting;
		int error = read_entry_row(walk, lowest(left), &entry);
		check->fault_id = entry.sequence;
		if (error != MDB_SUCCESS)
			return error;
		for (uint32_t i = 0; i < entry.count; i++)
			if (!layout_posting_decode(entry.posting_version,
				entry.postings + (size_t)i * LAYOUT_POSTING_SIZE, &posting))
				return MDB_CORRUPTED;
		check->entry_rows++;
	}
	return MDB_SUCCESS;
}

static enum result check_entries(struct store_view *view, struct store_check *check)
{
	const struct place begin = {.table = ENTRIES};
	struct store_walk *walk = NULL;
	check->fault_kind = RECORD_KIND_NONE;
	int error = walk_of(view, ENTRIES, &walk);
	if (error == MDB_SUCCESS)
		error = walk_to(walk, &begin, MDB_SET_RANGE);
	while (error == MDB_SUCCESS) {
		error = check_entry_group(walk, check);
		if (error == MDB_SUCCESS)
			error = walk_step(walk, MDB_NEXT);
	}
	return error == MDB_NOTFOUND ? RESULT_OK : result_of(error);
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
