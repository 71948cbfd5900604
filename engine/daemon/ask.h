/* The ledger's own commands, submitted by the daemon itself and waited for: genesis and the rules
 * of legal time. Before there are network threads. */
#ifndef ENGINE_DAEMON_ASK_H
#define ENGINE_DAEMON_ASK_H

#include "engine/base/result.h"
#include "engine/base/time.h"

struct command;
struct outcome;
struct pipeline;

/* Judges one command and waits until its effects are durable. RESULT_OK: see *ret_outcome;
 * RESULT_OUTCOME_UNKNOWN, RESULT_DISK_NEARLY_FULL, RESULT_OVERLOADED, RESULT_DRAINING;
 * RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result ask_command(struct pipeline *pipeline, const struct command *command,
				   struct outcome *ret_outcome);

/* Journals a table of legal time as zone_set commands. RESULT_OK; results of ask_command;
 * RESULT_BAD_TIME_ZONE: the ledger refused it. */
MUST_CHECK enum result ask_zone(struct pipeline *pipeline, const struct zone_table *zone);

/* Do both tables tell the same time? Rows that the ledger keeps after its last change, and that
 * change nothing, do not count. */
bool ask_zone_is_same(const struct zone_table *left, const struct zone_table *right);

/* Do they tell another time somewhere up to an instant, since 1970? New tzdata change the future of
 * a zone; another zone would move days that are recorded. */
bool ask_zone_moves_past(const struct zone_table *left, const struct zone_table *right,
			 struct instant until);

#endif
