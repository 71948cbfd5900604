/* The midnight jobs: expiry of titles and release of what a closed month left unused.
 *
 * A tick does at most TICK_OBJECTS_MAX objects of one legal day and leaves its place in the
 * schedule record, so that any number of titles expires in bounded steps. Days without work are
 * skipped in one step. Nothing depends on a request arriving (ARCHITECTURE section 3, rule 1).
 *
 * Jobs of the legal day D, at its midnight:
 *  0. expiry   titles whose last service day was D-1 become EXPIRED;
 *  1. release  for each ambito whose late window of a month ended on D-1: bookings of that month
 *              expire, F140 -> F110, C140 -> C120, U110 -> U150 and the commitment gets its share
 *              back; disputed money and units stay until they are decided. A title that has expired
 *              or was revoked and holds nothing more becomes CLOSED.
 * SOURCE DOMAIN section 7 "release/expire"; SCENARIOS S00.8, S08; parameters.csv
 * late_submission_last_day, release_unused_day. */
#ifndef ENGINE_DOMAIN_SCHEDULE_H
#define ENGINE_DOMAIN_SCHEDULE_H

#include "engine/domain/command.h"
#include "engine/domain/state.h"

#include <stdbool.h>

/* Whether jobs wait at `now`: fills the tick command that does the next of them and the instant at
 * which they were due (the midnight of its day, never after `now`). False: none wait, or the ledger
 * has no schedule record yet. Cheap when none wait: one comparison of days. */
MUST_CHECK bool schedule_due(const struct state *state, struct instant now,
			     struct command *ret_command, struct instant *ret_due);

#endif
