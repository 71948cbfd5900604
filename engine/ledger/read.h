/* Read views: what query threads may see of the store.
 *
 * A slice is one LMDB read transaction: a consistent picture of all records as of one sequence.
 * It lives at most READ_SLICE_MS_MAX (a longer one keeps old pages alive and grows the file), so
 * a long list is read in slices, each continued from the last id of the one before.
 *
 * Invariants
 *  1. A slice begins only between two complete checkpoints, so that rows of different kinds
 *     belong to the same sequence; rows that a started checkpoint already wrote are never seen.
 *  2. Every row's checksum is verified; what is returned is a decoded copy in the caller's
 *     memory.
 *  3. A slice is used by the thread that began it, and ended before that thread begins
 *     another. */
#ifndef ENGINE_LEDGER_READ_H
#define ENGINE_LEDGER_READ_H

#include "engine/base/assert.h"
#include "engine/base/result.h"
#include "engine/domain/model.h"
#include "engine/ledger/store.h"

#include <stdbool.h>
#include <stdint.h>

#define READ_SLICE_MS_MAX 500u  /* how long a slice should live */
#define READ_WAIT_MS_MAX  2000u /* how long a slice waits for a sequence that it must contain */
#define READ_RECORD_SIZE_MAX 512u /* bytes: the largest record struct */
#define READ_ENTRY_POSTINGS_MAX 256u /* postings of an entry that one call returns */

struct reader; /* made by checkpoint_start, shared by all query threads: checkpoint_reader() */

struct read_slice {
	struct reader *reader;
	struct store_view view;   /* not for callers */
	uint64_t began_ms;        /* monotonic */
	uint64_t sequence;        /* the slice holds exactly the effects of entries 1 .. sequence */
	struct instant at;        /* instant of that entry */
	uint32_t counts[RECORD_KIND_MAX + 1]; /* highest id of each kind */
};

/* Begins a slice that contains at least `sequence_min` (a client's Min-Ledger-Seq; 0: any). Where
 * the store is behind it asks for an early checkpoint and waits up to READ_WAIT_MS_MAX.
 * RESULT_OK               end it with read_end
 * RESULT_NOT_YET_VISIBLE  the store does not reach it in time, or it lies in the future
 * RESULT_OVERLOADED       all reader slots are taken
 * RESULT_IO_FAILED        the store cannot be read */
MUST_CHECK enum result read_begin(
    struct reader *reader, uint64_t sequence_min, struct read_slice *ret_slice);

/* Ends a slice. Accepts a zero-filled one. */
void read_end(struct read_slice *slice);

/* Has the slice lived longer than READ_SLICE_MS_MAX? Then end it and go on in a new one. */
bool read_is_old(const struct read_slice *slice);

/* The record of an id, decoded into *ret_record, the struct of its kind.
 * RESULT_OK; RESULT_NOT_FOUND; RESULT_STORE_CORRUPT; RESULT_IO_FAILED. */
MUST_CHECK enum result read_record(
    struct read_slice *slice, enum record_kind kind, uint32_t id, void *ret_record);

/* The record with the least id >= *inout_id; the id found goes to *inout_id. Cheapest for rising
 * ids. Results as read_record; RESULT_NOT_FOUND: there is none. */
MUST_CHECK enum result read_next(
    struct read_slice *slice, enum record_kind kind, uint32_t *inout_id, void *ret_record);

/* The record with the greatest id <= *inout_id: for lists with the newest first. */
MUST_CHECK enum result read_previous(
    struct read_slice *slice, enum record_kind kind, uint32_t *inout_id, void *ret_record);

/* One entry of the journal as the store keeps it: who did what and what it moved. */
struct read_entry {
	uint64_t sequence;
	struct instant at;
	struct principal_id principal; /* none: the ledger's own */
	uint8_t command;               /* enum command_kind */
	uint16_t result;               /* number of results.def */
	uint16_t cause;
	uint32_t posting_count; /* all the entry has */
	uint32_t first;         /* place of postings[0] among them, from 0 */
	uint32_t count;         /* in postings[] */
	struct posting postings[READ_ENTRY_POSTINGS_MAX];
};

/* The entry with the least sequence >= `sequence`, from its posting number `first` (rounded down
 * to a multiple of READ_ENTRY_POSTINGS_MAX) on. To see all postings of a big entry ask again with
 * first + count until first + count = posting_count.
 * RESULT_OK; RESULT_NOT_FOUND: none up to the slice's sequence; RESULT_STORE_CORRUPT;
 * RESULT_IO_FAILED. */
MUST_CHECK enum result read_entry(struct read_slice *slice, uint64_t sequence, uint32_t first,
    struct read_entry *ret_entry);

/* The last sequence of a complete checkpoint: what a slice begun now would hold. Any thread. */
uint64_t read_sequence(const struct reader *reader);

#endif
