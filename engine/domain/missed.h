/* Missed accesses: the worker was at the door, the person was not at home and had not told.
 *
 *   BOOKED, or nothing ──missed_access──> MISSED     F140 -> F150, U120 -> U130: the payable part
 *   BOOKED ──booking_cancel by the person, too late──> MISSED
 *
 * Payable are missed_access_payable_minutes (0 by default) of a service that counts time, at most
 * as many as were booked, for missed_access_max_per_month of a title's month; beyond it, and for
 * other services, the access is recorded and pays nothing. What pays joins the month's statement.
 * SOURCE state_transitions.csv REDEMPTION missed_access; SCENARIOS S10. */
#ifndef ENGINE_DOMAIN_MISSED_H
#define ENGINE_DOMAIN_MISSED_H

#include "engine/domain/decide.h"

/* Whether cancelling this booking now comes too late and is paid as a missed access. */
bool missed_is_late_cancel(struct decision *decision, struct redemption_id booking);

/* Turns a booking into a missed access. Results as missed_access. */
MUST_CHECK enum result missed_from_booking(struct decision *decision, struct redemption_id booking);

#endif
