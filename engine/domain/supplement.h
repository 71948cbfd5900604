/* Additions to a tariff on some days and hours: night, holiday, Saturday. Dated, set by act; each
 * adds a part of the tariff or an amount to the net of the minutes that lie in its window, or of
 * the pieces of a service that starts in it. Several may hold at once: they add up.
 *
 * Windows are read on the local clock: the minute in which the hour comes twice counts twice, the
 * one that is jumped over not at all. HOLIDAY means Sundays and the holidays of base/calendar_it.h,
 * with the patron saint that the supplement names; a window over midnight belongs to the day on
 * which each of its minutes lies.
 *
 * Money: the title's line says how many of its monthly units are expected at a supplement; they are
 * committed at the highest that the month may see. A supplement is paid out of what the month holds
 * beyond the worth of the units that it has left: where that is too little the service is accepted
 * at its tariff, the answer says SUPPLEMENT_UNFUNDED and how much is short, and a task stands for
 * the plan office. Never does one visit's supplement eat the money of the next visit's hours.
 * SOURCE state_transitions.csv VOUCHER issue "highest applicable gross tariff (with dated
 * supplements)"; decision 0016. */
#ifndef ENGINE_DOMAIN_SUPPLEMENT_H
#define ENGINE_DOMAIN_SUPPLEMENT_H

#include "engine/domain/decide.h"
#include "engine/domain/price.h"

/* Net that the supplements of a service add to units that begin at an instant; `minutes` 0 where
 * the unit is not time. 0 where the service has none. False: an amount leaves 64 bits. */
struct supplement_question {
	struct service_id service;
	struct instant start;
	uint32_t minutes;
	uint32_t units;
};
MUST_CHECK bool supplement_net(const struct state *state,
			       const struct supplement_question *question,
			       const struct price *price, struct cents *ret_net);

/* Whether the service has any. */
bool supplement_exists(const struct state *state, struct service_id service);

/* Net that units expected at a supplement add in a month: at the highest sum of supplements that
 * one moment of the month may see. 0 where there is none. False as above. */
MUST_CHECK bool supplement_expected(const struct state *state, struct service_id service,
				    struct month month, uint32_t units, const struct price *price,
				    struct cents *ret_net);

#endif
