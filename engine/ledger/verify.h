/* `titolid verify` and `titoli verify`: proves a ledger offline, changing nothing.
 *
 *  1. Every batch of the journal: framing, checksums, hash chain, sequences without gap, instants
 *     that never decrease; every entry decodes.
 *  2. Every row of the store: checksum, layout, decoding.
 *  3. Replaying the journal from nothing up to the store's sequence gives, record by record, what
 *     the store holds, and nothing else.
 *  4. The books balance (apply_check_all) at the journal's end. */
#ifndef ENGINE_LEDGER_VERIFY_H
#define ENGINE_LEDGER_VERIFY_H

#include "engine/base/assert.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/domain/model.h"
#include "engine/ledger/state_hash.h"

#include <stdint.h>

struct shared_log;
struct state;
struct store;

struct verify_report {
	uint64_t sequence;       /* end of the journal */
	uint64_t store_sequence; /* end of the store */
	struct instant last_instant;
	uint64_t batches;
	uint64_t entries;
	uint64_t rows;           /* of records, in the store */
	uint64_t entry_rows;     /* of the journal table, in the store */
	uint8_t journal_hash[32];
	uint8_t state_hash[STATE_HASH_SIZE]; /* at `sequence` */
	/* The first fault and its place: */
	const char *fault;       /* one English sentence; static; NULL when all is well */
	uint64_t fault_sequence; /* entry or batch of the journal, 0: none */
	enum record_kind fault_kind;
	uint32_t fault_id;
};

struct verify_config {
	struct store *store; /* opened for reading */
	struct shared_log *log; /* opened */
	struct state *state; /* empty, large enough */
	/* Called now and then with entries done and in all; NULL: nobody watches. */
	void (*progress)(uint64_t done, uint64_t all, void *context);
	void *context;
};

/* RESULT_OK; RESULT_JOURNAL_CORRUPT; RESULT_STORE_CORRUPT; RESULT_LEDGER_MISMATCH;
 * RESULT_CHECK_FAILED; RESULT_IO_FAILED; RESULT_OUT_OF_MEMORY;
 * RESULT_CAPACITY_OF_LEDGER_REACHED. The report is filled in every case. */
MUST_CHECK enum result verify_run(
    const struct verify_config *config, struct verify_report *ret_report);

#endif
