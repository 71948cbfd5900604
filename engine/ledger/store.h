/* The store: the journal materialised in LMDB. The only file that calls LMDB.
 *
 * Tables (named databases of one environment, default sync flags, no DUPSORT):
 *
 *   Rows stand in groups of ROW_GROUP_ROWS with neighbouring numbers (row_group.h), so that they
 *   are told by what they differ in and the tree has few, full pages.
 *
 *   one per kind of record, named as in schemas/records.def: the row of a record is its bytes
 *     key    u32 id / ROW_GROUP_ROWS, big-endian     value  u8 STORE_GROUP_VERSION
 *                                                           u32 CRC-32C, little-endian, over
 *                                                             u8 kind, key and what follows
 *                                                           the group; row id % ROW_GROUP_ROWS
 *   "entries": what each journal entry did, in chunks of STORE_CHUNK_POSTINGS postings
 *     key    u64 sequence / ROW_GROUP_ROWS,          value  the same, with kind 0
 *            u16 chunk, big-endian                          rows: see struct store_entry
 *   "meta": one row, key "checkpoint"
 *
 * Invariants
 *  1. Every group carries a checksum that covers its place: one that was damaged, or stands under
 *     another key, is never believed.
 *  2. Rows are written in portions (transactions of about STORE_PORTION_GROUPS groups); the applied
 *     sequence moves only in the last. While portions of an unfinished checkpoint stand, `target`
 *     is greater than `sequence`: readers are kept out, and recovery finishes the checkpoint
 *     first.
 *  3. A write transaction keeps its first error; later calls do nothing; the commit tells it.
 *     Every error of a commit but a full map is final (a failed fdatasync may have lost pages).
 *  4. One process opens a store once. Read transactions are short, but for the backup's.
 *
 * Threads: one writer (checkpoint or recovery); views by any thread, each used by one at a
 * time. */
#ifndef ENGINE_LEDGER_STORE_H
#define ENGINE_LEDGER_STORE_H

#include "engine/base/assert.h"
#include "engine/base/result.h"
#include "engine/domain/model.h"
#include "engine/ledger/layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_PORTION_GROUPS 2048u  /* in one transaction: a page or less is written for each */
#define STORE_CHUNK_POSTINGS 256u   /* postings in one row of "entries" */
#define STORE_GROUP_VERSION  1u
#define STORE_ENTRY_VERSION  1u
#define STORE_ENTRY_HEADER_SIZE 26u /* before the postings, in a row of "entries" */
#define STORE_ENTRY_SIZE_MAX                                                                       \
	(STORE_ENTRY_HEADER_SIZE + STORE_CHUNK_POSTINGS * LAYOUT_POSTING_SIZE)
#define STORE_READERS_MAX    256u
#define STORE_HASH_SIZE      32u

struct row_group_row;
struct store;
struct store_walk;

struct store_options {
	const char *folder;      /* made if missing, unless read_only */
	uint8_t ledger_id[16];   /* written into a new store, compared with an old one */
	uint64_t map_size;       /* bytes of address space; 0: STORE_MAP_SIZE */
	bool unsafe_filesystem;  /* accept what filesystem_check refuses */
	bool read_only;
};

#define STORE_MAP_SIZE (UINT64_C(64) << 30) /* virtual; the file grows with what it holds */

/* How far the store reaches. */
struct store_meta {
	uint64_t sequence;         /* applied: the last entry whose effects are all here; 0: none */
	uint64_t target;           /* of a checkpoint under way; = sequence when there is none */
	int64_t instant_us;        /* of that entry */
	uint8_t hash[STORE_HASH_SIZE]; /* of the journal batch that ends with it */
	uint8_t ledger_id[16];
	uint32_t counts[RECORD_KIND_MAX + 1]; /* highest id of each kind at `sequence` */
};

/* RESULT_OK; RESULT_UNSAFE_FILESYSTEM; RESULT_LEDGER_MISMATCH: of another ledger;
 * RESULT_STORE_CORRUPT; RESULT_NOT_FOUND (read_only: there is none); RESULT_IO_FAILED;
 * RESULT_DISK_NEARLY_FULL; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result store_open(const struct store_options *options, struct store **ret_store);

/* Accepts NULL. No view and no write transaction is open. */
void store_close(struct store *store);

/* The meta row as last committed. Writer's thread. */
const struct store_meta *store_meta(const struct store *store);

/* ---- Writing: one thread ---- */

MUST_CHECK enum result store_begin(struct store *store);

/* Rows with neighbouring numbers, put together. `append`: the group is expected beyond all others
 * of its table (cheaper; where it is not, it is put as usual). */
struct store_group {
	const struct row_group_row *rows; /* ROW_GROUP_ROWS of them, one at least given */
	uint64_t number;                  /* id or sequence / ROW_GROUP_ROWS: row id % … */
	uint32_t chunk;                   /* of entries only: first / STORE_CHUNK_POSTINGS */
	uint8_t kind;                     /* enum record_kind; NONE: entries */
	bool append;
};
/* Rising numbers are cheapest. Rows of the group that are not given stay as they are. */
void store_put_group(struct store *store, const struct store_group *group);

/* What a journal entry did. The postings are as encoded, LAYOUT_POSTING_SIZE bytes each; in a row
 * of the table they are those `first` .. `first + count - 1` of `posting_count`. Encoded: u32
 * posting_count, u32 first, i64 instant, u32 principal, u16 result, u16 cause, u8 command, u8
 * version of the postings, postings. */
struct store_entry {
	uint64_t sequence;
	int64_t instant_us;
	uint32_t principal;
	uint32_t posting_count;
	uint32_t first;
	uint32_t count;
	uint16_t result;
	uint16_t cause;
	uint8_t command;
	uint8_t posting_version;
	const uint8_t *postings;
};
/* The bytes of a row of entries, of STORE_ENTRY_VERSION: `first` is a multiple of
 * STORE_CHUNK_POSTINGS, `count` at most that many. Returns the bytes written, at most
 * STORE_ENTRY_SIZE_MAX. */
uint32_t store_entry_encode(const struct store_entry *entry, uint8_t *out);

void store_put_meta(struct store *store, const struct store_meta *meta);

/* RESULT_OK; RESULT_STORE_FULL: nothing was written, store_grow and begin again;
 * RESULT_DISK_NEARLY_FULL, RESULT_IO_FAILED, RESULT_STORE_CORRUPT: final. */
MUST_CHECK enum result store_commit(struct store *store);
void store_abort(struct store *store);

/* Doubles the map. No view is open in this process (the caller keeps readers out), no write
 * transaction. RESULT_OK; RESULT_STORE_FULL: the address space is used up. */
MUST_CHECK enum result store_grow(struct store *store);

/* ---- Reading: any thread ---- */

/* One read transaction. */
struct store_view {
	struct store *store;
	void *transaction;                  /* opaque */
	struct store_walk *walks[RECORD_KIND_MAX + 1]; /* where it stands; [0]: among entries */
	struct store_meta meta;             /* as of this view */
};

/* RESULT_OK; RESULT_OVERLOADED: all STORE_READERS_MAX are in use; RESULT_STORE_CORRUPT;
 * RESULT_IO_FAILED. */
MUST_CHECK enum result store_view_begin(struct store *store, struct store_view *ret_view);
void store_view_end(struct store_view *view); /* accepts a zero-filled one */

/* A row, its checksum verified. The bytes are the view's: valid until the next call that finds in
 * this table, or the view's end. */
struct store_row {
	const uint8_t *bytes;
	uint32_t size; /* bytes */
	uint32_t id;
	uint8_t version;
};

enum store_seek {
	STORE_EXACT,    /* the row of this id */
	STORE_AT_LEAST, /* the first row with this id or a greater one */
	STORE_AT_MOST,  /* the last row with this id or a lesser one */
};

/* RESULT_OK; RESULT_NOT_FOUND; RESULT_STORE_CORRUPT: *ret_row.id says where, to the row or the
 * first of its group; RESULT_IO_FAILED; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result store_find(struct store_view *view, enum record_kind kind, uint32_t id,
    enum store_seek seek, struct store_row *ret_row);

/* The row after the one that store_find or store_next found last in this kind (it found one:
 * asserted). Results as above. */
MUST_CHECK enum result store_next(
    struct store_view *view, enum record_kind kind, struct store_row *ret_row);

/* The chunk of the first entry with at least this sequence; among those of exactly this sequence,
 * the one that holds posting `first`. The postings are the view's, as a row's bytes. Results as
 * store_find. */
MUST_CHECK enum result store_find_entry(struct store_view *view, uint64_t sequence, uint32_t first,
    struct store_entry *ret_entry);

/* ---- The whole ---- */

struct store_figures {
	uint64_t map_size_bytes;
	uint64_t map_used_bytes;
	uint64_t oldest_reader_lag; /* transactions behind the newest; 0: none reads */
};
void store_figures_read(struct store *store, struct store_figures *ret_figures);

/* May `bytes` more of rows be written? LMDB copies pages, so several times as much must be free
 * on the disk. RESULT_OK; RESULT_DISK_NEARLY_FULL; RESULT_IO_FAILED. */
MUST_CHECK enum result store_check_space(const struct store *store, uint64_t bytes);

/* Frees slots of reader processes that died. */
void store_check_readers(struct store *store);

/* A compacted copy as `folder`/data.mdb, synced, under one read transaction, of which *ret_meta
 * tells. RESULT_OK; RESULT_DISK_NEARLY_FULL; RESULT_IO_FAILED. */
MUST_CHECK enum result store_copy(
    struct store *store, const char *folder, struct store_meta *ret_meta);

/* Reads everything. RESULT_OK; RESULT_STORE_CORRUPT with the place; RESULT_IO_FAILED. */
struct store_check {
	uint64_t rows;
	uint64_t entry_rows;
	enum record_kind fault_kind; /* RECORD_KIND_NONE: the table of entries, or meta */
	uint64_t fault_id;           /* id or sequence */
};
MUST_CHECK enum result store_check_all(struct store_view *view, struct store_check *ret_check);

#endif
