/* Late records: sent after the month's deadline and inside its late window.
 *
 *   redemption_submit ──late──> SUBMITTED ──redemption_authorise_late──> ACCEPTED (DISPUTED)
 *                                  │ ├──redemption_accept_partial──> ACCEPTED, the rest DISPUTED
 *                                  │ ├──redemption_dispute──> DISPUTED
 *                                  │ └──redemption_reject──> REJECTED
 *                                  └──the month is released──> DISPUTED, where money and units are
 *                                                              left for it; REJECTED otherwise
 *
 * A record that waits moves neither money nor units, and holds none: others may take them before it
 * is decided. Its month's release would take the rest, so what still waits then is held for the
 * plan office as a dispute is; so no title is closed over a record that waits. SOURCE
 * state_transitions.csv REDEMPTION authorise_late, hold, reject; SCENARIOS S08. */
#ifndef ENGINE_DOMAIN_LATE_H
#define ENGINE_DOMAIN_LATE_H

#include "engine/domain/submission.h"

/* The most records that may wait in one cell: what its release decides must fit in one command. */
#define LATE_WAITING_MAX 250u

/* Keeps a submission that was judged. RESULT_LATE_SUBMISSION; RESULT_EXCEEDS_MONTHLY_ALLOTMENT;
 * RESULT_TOO_MANY_EFFECTS: LATE_WAITING_MAX records wait already. */
MUST_CHECK enum result late_keep(struct decision *decision, struct submission *submission);

/* A record of its cell waits no longer. */
void late_leave(struct effects *effects, struct redemption_id redemption);

/* Holds a record that waits, by a person's decision. Results as redemption_dispute. */
MUST_CHECK enum result late_hold(struct decision *decision, struct redemption_id redemption,
				 enum reason reason);

/* Decides what still waits in a cell whose bookings have ended and which will be released. */
void late_end(struct effects *effects, struct cell_id cell);

#endif
