/* Whom an act on a provider's accreditation concerns: its titles, their bookings, what to do. */
#ifndef ENGINE_DOMAIN_AFFECTED_H
#define ENGINE_DOMAIN_AFFECTED_H

#include "engine/domain/decide.h"

/* Looks at the provider's ACTIVE titles after an act in force from `from`: sets and clears at_risk,
 * opens and closes the tasks RECHOICE, ends the bookings that lie after both now and the day. What
 * does not fit in one command goes on at the next midnight (affected_go_on). Adds the number of
 * titles whose flag changed to outcome->units. */
void affected_review(struct decision *decision, struct accreditation_id accreditation,
		     struct day from);

/* Goes on with a review that was begun; true when it is over. Nothing to do is over. */
MUST_CHECK bool affected_go_on(struct decision *decision, struct accreditation_id accreditation);

#endif
