/* `titolid init`: a new, empty ledger with its identity, its clock, its rules of legal time and its
 * first administrator. */
#ifndef ENGINE_DAEMON_INIT_H
#define ENGINE_DAEMON_INIT_H

#include "engine/base/result.h"
#include "engine/base/time.h"

#include <stdbool.h>

struct config;

struct init_clock {
	bool is_manual;
	struct instant start; /* of a manual clock */
};

/* "system" or "manual=INSTANT" (RFC 3339; without offset: local time of the zone). False:
 * neither. */
MUST_CHECK bool init_clock_parse(const char *text, const struct zone_table *zone,
				 struct init_clock *ret_clock);

/* Makes the folder, the secret beside it, the journal, and writes the administrator's token into
 * admin.token, mode 0600, once. A folder that already holds a ledger is left alone.
 * RESULT_OK; RESULT_ALREADY_EXISTS; RESULT_UNSAFE_FILESYSTEM; RESULT_LEDGER_LOCKED; faults of
 * files, journal and pipeline. *ret_fault is one English sentence, static. */
MUST_CHECK enum result init_run(const struct config *config, const struct init_clock *clock,
				const struct zone_table *zone, const char **ret_fault);

#endif
