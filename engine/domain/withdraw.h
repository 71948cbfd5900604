/* Services of a title that must not stand: of days on which it was revoked or suspended, as an act
 * that looks back finds. */
#ifndef ENGINE_DOMAIN_WITHDRAW_H
#define ENGINE_DOMAIN_WITHDRAW_H

#include "engine/domain/decide.h"

/* Days [from, to) of a title; to 0: without end. */
struct withdrawal {
	struct voucher_id voucher;
	struct day from;
	struct day to;
	enum result cause; /* why an accepted service is disputed */
};

/* Takes back the title's services that start on these days: bookings end; accepted ones become
 * disputed, each with an event (SERVICE_HELD); one that stands in a frozen or paid statement stays
 * there, with a task to contest or reverse it (PAID_SERVICE_TO_REVERSE). RESULT_OK, or
 * RESULT_TOO_MANY_EFFECTS: too many services for one act. */
MUST_CHECK enum result withdraw_services(struct decision *decision,
					 const struct withdrawal *withdrawal);

/* Ends the bookings alone. */
MUST_CHECK enum result withdraw_bookings(struct decision *decision,
					 const struct withdrawal *withdrawal);

#endif
