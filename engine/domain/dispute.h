/* Disputes: a service whose payment waits for the plan office's decision. Its money stands in F155,
 * its units in U120; it is in no statement. SOURCE state_transitions.csv REDEMPTION hold,
 * resolve. */
#ifndef ENGINE_DOMAIN_DISPUTE_H
#define ENGINE_DOMAIN_DISPUTE_H

#include "engine/domain/submission.h"

/* Takes an ACCEPTED record out of its OPEN statement: F150 -> F155, U130 -> U120, state DISPUTED
 * with the cause. False, and nothing moved, when its statement is frozen. */
MUST_CHECK bool dispute_withdraw(struct decision *decision, struct redemption_id redemption,
				 enum result cause);

/* All parts ACCEPTED and none in a frozen statement: RESULT_OK, RESULT_ILLEGAL_TRANSITION,
 * RESULT_REDEMPTION_IN_STATEMENT. */
MUST_CHECK enum result dispute_check_open(struct decision *decision, const struct ring *parts);

#endif
