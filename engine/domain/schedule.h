/* The midnight jobs: which day is due, and where they stand.
 *
 * A tick does at most TICK_OBJECTS_MAX objects of one legal day and leaves its place in the
 * schedule record, so that any number of titles expires in bounded steps. Days without work are
 * skipped in one step. Nothing depends on a request arriving (ARCHITECTURE section 3, rule 1).
 *
 * The jobs of a legal day D run at its midnight in the order of JOBS (job.h), each in its file:
 *   closing   at the year's end open fund years start closing
 *   term      titles not activated or completed in time, absences that became too long (term.h)
 *   expiry    titles whose last service day was D-1 become EXPIRED
 *   arrears   bills whose last day to pay was D-1: what is still due is in arrears
 *   overrides authorised overruns whose last day was D-1: what was not used is taken back
 *   ceilings  those whose last day was D-1 become EXPIRED
 *   terms     reservations whose last day was D-1 end; urgent titles not validated by D-1 are told
 *   statements  frozen on the cutoff day, confirmed by silence, split (where the ambito says so)
 *   cash_grant  on the schedule day, the month's payments of active buoni
 *   release   what the month whose late window ended on D-1 left unused is released
 *   carry_over  units that nobody used for N months are held back, on a month's first day
 * SOURCE DOMAIN section 7 "release/expire"; parameters.csv release_unused_day ("Jobs run at 00:00
 * Europe/Rome of the ledger clock"). */
#ifndef ENGINE_DOMAIN_SCHEDULE_H
#define ENGINE_DOMAIN_SCHEDULE_H

#include "engine/domain/command.h"
#include "engine/domain/state.h"

#include <stdbool.h>

/* Besides the jobs, opening balances that are being posted go on at once (opening.h).
 *
 * Whether jobs wait at `now`: fills the tick command that does the next of them and the instant at
 * which they were due (the midnight of its day, never after `now`). False: none wait, or the ledger
 * has no schedule record yet. Cheap when none wait: one comparison of days. */
MUST_CHECK bool schedule_due(const struct state *state, struct instant now,
			     struct command *ret_command, struct instant *ret_due);

#endif
