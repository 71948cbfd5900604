/* Work on a ledger that no daemon runs on: verify, restore, recover. Each prints one JSON object on
 * stdout and returns the process's exit code. */
#ifndef ENGINE_DAEMON_OFFLINE_H
#define ENGINE_DAEMON_OFFLINE_H

#include <stdbool.h>
#include <stdint.h>

struct config;

/* Proves journal, store and their agreement; changes nothing. */
int offline_verify(const struct config *config);

/* Makes the configured folder out of a backup. */
int offline_restore(const struct config *config, const char *backup);

/* Drops the journal from the batch that holds `sequence`: a person's decision after damage. What is
 * dropped stays beside the segments. If the store holds what was dropped, it is set aside too. */
int offline_drop_from(const struct config *config, uint64_t sequence);

/* Sets the store aside: the next start builds it from the journal. */
int offline_rebuild_store(const struct config *config);

#endif
