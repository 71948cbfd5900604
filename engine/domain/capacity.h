/* How many units a provider is already bound to, and how many it declared (units a month). Counted
 * when a title is assigned, by month of the title from the month of the choice on. */
#ifndef ENGINE_DOMAIN_CAPACITY_H
#define ENGINE_DOMAIN_CAPACITY_H

#include "engine/domain/decide.h"

/* Units assigned under an accreditation in a month. */
uint64_t capacity_used(struct effects *effects, struct accreditation_id accreditation,
		       struct month month);

/* Gives back what the title's lines take in the months from `from` on. A title that was never
 * assigned takes nothing. */
void capacity_give_back(struct effects *effects, struct voucher_id voucher, struct month from);

/* Takes the title's units in the months from `from` on, each line under the accreditation that its
 * record names. RESULT_OK; RESULT_PROVIDER_CAPACITY_REACHED, with outcome->units: those missing in
 * a month that is too full now; all is taken either way, for who may not refuse (a merger). Call
 * capacity_give_back first where the title had taken. */
MUST_CHECK enum result capacity_take(struct decision *decision, struct voucher_id voucher,
				     struct month from);

#endif
