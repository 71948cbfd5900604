/* Recovery: from the files to a resident state, and what goes wrong on the way.
 *
 * Store first, then the journal's tail, both through apply_record: nothing is decided again. A
 * checkpoint that was cut off by a crash is finished first, from the journal, so that the rows
 * loaded all belong to one sequence.
 *
 * The caller checks the clock: a system clock behind `last_instant` is
 * RESULT_CLOCK_BEHIND_JOURNAL and stops the start. */
#ifndef ENGINE_LEDGER_RECOVERY_H
#define ENGINE_LEDGER_RECOVERY_H

#include "engine/base/assert.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/domain/apply.h"

#include <stdbool.h>
#include <stdint.h>

struct shared_log;
struct state;
struct store;

struct recovery_report {
	uint64_t sequence;           /* last in the state; 0: the ledger is empty */
	struct instant last_instant; /* of that entry */
	uint8_t hash[32];            /* of the journal's last batch; zero when empty */
	uint64_t store_sequence;     /* where the store ended */
	uint64_t records_loaded;
	uint64_t entries_replayed;
	/* After a failure: */
	uint64_t fault_sequence;     /* the journal's entry at fault, 0: none */
	enum record_kind fault_kind; /* the record at fault */
	uint32_t fault_id;
	const char *fault;           /* one English sentence; static; NULL after RESULT_OK */
};

struct recovery_config {
	struct store *store; /* opened; NULL: none, replay the journal from its beginning */
	struct shared_log *log;
	struct state *state; /* empty */
	uint64_t sequence_max; /* replay no further; 0: to the end */
	bool check_all;        /* run apply_check_all over the result: after an unclean stop */
};

/* RESULT_OK
 * RESULT_STORE_CORRUPT     a row's checksum, layout or id is wrong; or the store is ahead of the
 *                          journal
 * RESULT_LEDGER_MISMATCH   store and journal belong to different ledgers, or the journal holds
 *                          another batch than the one the store was made from
 * RESULT_JOURNAL_CORRUPT   an entry cannot be decoded, or instants or sequences do not fit
 * RESULT_CAPACITY_OF_LEDGER_REACHED   the state is configured too small for what is recorded
 * RESULT_CHECK_FAILED      the books do not balance (check_all)
 * RESULT_IO_FAILED, RESULT_OUT_OF_MEMORY, RESULT_LOG_UNKNOWN
 * The report is filled in every case. */
MUST_CHECK enum result recovery_run(
    const struct recovery_config *config, struct recovery_report *ret_report);

/* After an unclean stop, before store_open and before any thread: reads every row of the store in
 * a child process, because damage can crash LMDB itself, or hold it for ever: the child has five
 * seconds of the processor and one more for each 8 MiB of the store. RESULT_OK, also when there is
 * no store yet; RESULT_STORE_CORRUPT: a checksum failed, the child crashed or its seconds ended;
 * RESULT_IO_FAILED: it cannot be read, or it is another ledger's; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result recovery_check_store(const char *folder, const uint8_t ledger_id[16]);

/* Makes the store of a folder anew from the journal, after `log_drop_from` dropped what the
 * store holds, or after the store was damaged. The old file stays beside it as `data.mdb.dropped`
 * (a former one of that name is replaced). `options` as for store_open; no store of the folder is
 * open.
 * RESULT_OK; RESULT_JOURNAL_CORRUPT; RESULT_IO_FAILED; RESULT_DISK_NEARLY_FULL;
 * RESULT_UNSAFE_FILESYSTEM; RESULT_OUT_OF_MEMORY; RESULT_LOG_UNKNOWN. */
struct store_options;
MUST_CHECK enum result recovery_rebuild_store(
    const struct store_options *options, struct shared_log *log);

#endif
