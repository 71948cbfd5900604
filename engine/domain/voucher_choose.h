/* A title's provider, when it changes without a new choice. */
#ifndef ENGINE_DOMAIN_VOUCHER_CHOOSE_H
#define ENGINE_DOMAIN_VOUCHER_CHOOSE_H

#include "engine/domain/decide.h"

/* Gives the title to the provider that stands in its provider's place. Where that costs more, or a
 * ceiling on the provider lacks it, the title stays as it is: its provider can no longer serve it,
 * and who reviews it finds that. */
void voucher_choose_follow(struct decision *decision, struct voucher_id voucher,
			   struct provider_id successor);

/* Gives an ISSUED title whose person did not choose in time to the next of the list of free choice
 * that can take it, as its order says (choice.h). False: nobody can; there is a task then. */
bool voucher_choose_by_turn(struct decision *decision, struct voucher_id voucher);

#endif
