/* Gathering: many entries of the journal become one checkpoint of the store.
 *
 * Whole batches are read from the shared log; of each record only the last after-image is kept;
 * sorted by kind and id they are put into the store in portions. The same code serves the
 * checkpoint thread, recovery (which finishes a checkpoint that a crash cut off) and the
 * rebuilding of a store.
 *
 * Invariants
 *  1. A gather ends at the end of a batch.
 *  2. gather_write may be repeated, wholly or after a crash in the middle: every put
 *     overwrites. */
#ifndef ENGINE_LEDGER_GATHER_H
#define ENGINE_LEDGER_GATHER_H

#include "engine/base/assert.h"
#include "engine/base/result.h"

#include <stdbool.h>
#include <stdint.h>

#define GATHER_ENTRIES_MAX 1000000u
#define GATHER_WRITES_MAX  (16u << 20)             /* images, hot ones once */
#define GATHER_BYTES_MAX   (UINT64_C(1) << 30)     /* of after-images; address space */
#define GATHER_ROWS_MAX    (UINT64_C(1) << 30)     /* bytes of rows of "entries"; address space */
#define GATHER_KEPT_BYTES  (UINT64_C(4) << 20)     /* of each area, not given back in between */

struct gather;
struct shared_log;
struct store;

/* What was gathered, and where it ends. */
struct gather_span {
	uint64_t first_sequence;
	uint64_t last_sequence; /* first_sequence - 1 when nothing was */
	int64_t instant_us;     /* of the last entry */
	uint8_t hash[32];       /* of the last batch */
	uint64_t entries;
	uint64_t writes;        /* after-images kept, hot ones once */
	uint64_t bytes;         /* of what gather_write would put, about */
	bool full;              /* stopped at a bound: more is waiting */
	uint64_t fault_sequence; /* after RESULT_JOURNAL_CORRUPT */
};

/* Reserves address space (about 2.6 GB, touched as used). RESULT_OK; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result gather_open(struct gather **ret_gather);
void gather_close(struct gather *gather); /* accepts NULL */

/* Groups of rows in one transaction: STORE_PORTION_GROUPS unless a test wants to see many small
 * ones. */
void gather_set_portion(struct gather *gather, uint32_t groups);

/* Called often while reading and writing go on, with how much of both is done, in thousandths: it
 * may sleep, so that the processor is left to others. NULL (at first): never called. */
struct gather_pace {
	void (*rest)(void *context, uint32_t done);
	void *context;
};
void gather_set_pace(struct gather *gather, const struct gather_pace *pace);

/* Forgets what was gathered and reads the batches from `first_sequence` (the beginning of one)
 * on, up to the batch that holds `last_sequence` (UINT64_MAX: all that is durable), or a bound.
 * RESULT_OK: *ret_span, possibly empty; RESULT_JOURNAL_CORRUPT; RESULT_IO_FAILED;
 * RESULT_LOG_UNKNOWN. */
MUST_CHECK enum result gather_read(struct gather *gather, struct shared_log *log,
    uint64_t first_sequence, uint64_t last_sequence, struct gather_span *ret_span);

/* Called around the portions when there is more than one: keeps readers out, lets them in again.
 * And before the map grows: no view may be open when it returns. NULL: nobody reads. */
struct gather_gate {
	void (*close)(void *context);
	void (*open)(void *context);
	void (*empty)(void *context); /* waits until every open view has ended */
	void (*wrote)(void *context); /* a portion was committed */
	void *context;
};

/* What a write did. */
struct gather_written {
	uint64_t puts; /* rows */
	uint64_t commits;
};

/* Writes what was gathered. RESULT_OK: the store's sequence is the span's last; else as
 * store_commit, and the store's sequence has not moved. */
MUST_CHECK enum result gather_write(struct gather *gather, struct store *store,
    const struct gather_gate *gate, struct gather_written *ret_written);

/* Brings a store up to `last_sequence` of the log (UINT64_MAX: all that is durable), in as many
 * gathers as it takes: recovery and rebuilding. Results as gather_read and gather_write. */
MUST_CHECK enum result gather_catch_up(struct gather *gather, struct shared_log *log,
    struct store *store, uint64_t last_sequence, struct gather_span *ret_span);

#endif
