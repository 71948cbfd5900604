/* Bookings: units of a title's month held for a planned service. They hold units, not money: F140
 * already holds it. A booking lives until it is fulfilled, cancelled, or its month is released. */
#ifndef ENGINE_DOMAIN_BOOKING_H
#define ENGINE_DOMAIN_BOOKING_H

#include "engine/domain/decide.h"

/* Ends a BOOKED record: U120 -> U110; what it held for an earlier provider is promised anew for the
 * chosen one or released (cell_return). */
void booking_end(struct decision *decision, struct redemption_id booking);

/* Ends the bookings that the title's chosen provider has at or after an instant. False: they did
 * not all fit in the command's effects; what was ended stays ended, the rest stands. */
MUST_CHECK bool booking_end_from(struct decision *decision, struct voucher_id voucher,
				 struct instant from);

#endif
