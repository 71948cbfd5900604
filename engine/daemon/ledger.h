/* A ledger's folder, opened: lock, journal, store, resident state.
 *
 *	FOLDER/lock            held while any process uses the ledger
 *	FOLDER/journal/        segments (engine/ledger/log_file.h)
 *	FOLDER/store/          LMDB (engine/ledger/store.h)
 *	FOLDER/running         stands while a daemon runs: found at start, the last stop was unclean
 *	FOLDER/admin.token     first administrator's token, written by init, mode 0600
 *	FOLDER.key             the secret, beside the folder and never inside: a copy of the folder
 *	                       alone opens nothing
 *
 * Opening order: file system, lock, identity (from the first segment), store, journal, recovery. */
#ifndef ENGINE_DAEMON_LEDGER_H
#define ENGINE_DAEMON_LEDGER_H

#include "engine/domain/state.h"
#include "engine/ledger/log_file.h"
#include "engine/ledger/recovery.h"
#include "engine/system/config.h"
#include "engine/system/file.h"
#include "engine/system/filesystem.h"

#define LEDGER_ID_SIZE 16u

struct store;

struct ledger_paths {
	char folder[FILE_PATH_SIZE_MAX];
	char journal[FILE_PATH_SIZE_MAX];
	char store[FILE_PATH_SIZE_MAX];
	char lock[FILE_PATH_SIZE_MAX];
	char running[FILE_PATH_SIZE_MAX];
	char token[FILE_PATH_SIZE_MAX];
	char secret[FILE_PATH_SIZE_MAX];
};

/* Everything that was opened; members of a later step are NULL or none until then. */
struct ledger_files {
	struct ledger_paths paths;
	struct file lock;
	uint8_t id[LEDGER_ID_SIZE];
	struct log_file *journal;
	struct shared_log *log;
	struct store *store;
	struct state *state; /* in memory of its own */
	struct state_limits limits;
	void *state_memory;
	size_t state_size; /* bytes */
	char filesystem[FILESYSTEM_NAME_SIZE_MAX];
	bool is_unsafe;	  /* the file system, accepted by configuration */
	bool was_unclean; /* the last stop was not in order */
	struct log_file_report found;
	struct recovery_report recovered;
	/* After a failure: what to tell, beside the result. */
	const char *fault; /* one English sentence, static */
	uint64_t fault_sequence;
	const char *fault_path; /* static, or in paths */
};

/* What an operator can do about a result, in English: as the registry says, but where its words are
 * for clients of the API. */
const char *ledger_remedy(enum result result);

/* False: a path is too long. */
MUST_CHECK bool ledger_paths_make(const struct config *config, struct ledger_paths *ret_paths);

/* Checks the folder and takes its lock. RESULT_OK; RESULT_NOT_FOUND; RESULT_UNSAFE_FILESYSTEM;
 * RESULT_LEDGER_LOCKED; RESULT_IO_FAILED; RESULT_CONFIG_INVALID: a path is too long. */
MUST_CHECK enum result ledger_lock(const struct config *config, struct ledger_files *files);

/* Reads the ledger's identity from its first segment. RESULT_OK; RESULT_NOT_FOUND: there is no
 * ledger; RESULT_JOURNAL_CORRUPT; RESULT_IO_FAILED. */
MUST_CHECK enum result ledger_identify(struct ledger_files *files);

/* The options of the journal, from the configuration. */
struct log_file_options ledger_journal_options(const struct config *config,
					       const struct ledger_files *files);

/* Memory for the state, empty. RESULT_OK; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result ledger_make_state(const struct config *config, struct ledger_files *files);

/* The whole way: lock, identity, store, journal, recovery; with `start` the journal can be appended
 * to, else nothing is written. Results of all these steps. */
MUST_CHECK enum result ledger_open(const struct config *config, bool start,
				   struct ledger_files *files);

/* Closes what is open, gives the lock back. Accepts a half-opened one. */
void ledger_close(struct ledger_files *files);

/* The mark of a run: made durable at start, removed after an orderly stop. */
MUST_CHECK enum result ledger_mark_running(struct ledger_files *files);
MUST_CHECK enum result ledger_mark_stopped(struct ledger_files *files);

#endif
