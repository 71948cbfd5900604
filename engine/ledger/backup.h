/* Backup and restore of a whole ledger.
 *
 * A backup is a folder: `store/data.mdb` (a compacting copy made under one read transaction, the
 * one long transaction that is allowed), `journal/` (every segment, the open one up to a durable
 * batch) and `manifest` (text: ledger id, sequence, hashes, files with size and SHA-256). The
 * manifest is written last, after everything else was synced: a folder without one is no backup.
 *
 * A backup may be taken while the ledger works. Restore only writes into a new, empty folder,
 * checks every file against the manifest, and leaves the rest to verify. */
#ifndef ENGINE_LEDGER_BACKUP_H
#define ENGINE_LEDGER_BACKUP_H

#include "engine/base/assert.h"
#include "engine/base/result.h"

#include <stdint.h>

struct shared_log;
struct store;

struct backup_report {
	uint8_t ledger_id[16];
	uint64_t sequence;       /* the backup holds entries 1 .. sequence */
	uint64_t store_sequence; /* of these, in its store */
	uint64_t bytes;
	uint32_t files;
	uint8_t manifest_hash[32]; /* SHA-256 of the manifest: note it apart from the backup */
	const char *fault;         /* one English sentence; static; NULL after RESULT_OK */
};

/* Copies the ledger of `store` and of the journal folder into `target`, which must be missing or
 * empty. RESULT_OK; RESULT_FOLDER_NOT_EMPTY; RESULT_DISK_NEARLY_FULL; RESULT_IO_FAILED;
 * RESULT_JOURNAL_CORRUPT; RESULT_OUT_OF_MEMORY. */
struct backup_config {
	struct store *store;        /* opened */
	struct shared_log *log;     /* opened; asked for its durable sequence and read to check */
	const char *journal_folder; /* where the segments lie */
	const char *target;
};
MUST_CHECK enum result backup_run(
    const struct backup_config *config, struct backup_report *ret_report);

/* Makes a ledger folder out of a backup: `source` -> `target`/store, `target`/journal. Every file
 * is compared with the manifest while it is copied. RESULT_OK; RESULT_CHECK_FAILED: a file is
 * missing or differs; RESULT_FOLDER_NOT_EMPTY; RESULT_IO_FAILED; RESULT_DISK_NEARLY_FULL;
 * RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result backup_restore(
    const char *source, const char *target, struct backup_report *ret_report);

#endif
