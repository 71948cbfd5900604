/* A title's provider, when it changes without a new choice. */
#ifndef ENGINE_DOMAIN_VOUCHER_CHOOSE_H
#define ENGINE_DOMAIN_VOUCHER_CHOOSE_H

#include "engine/domain/decide.h"

/* Gives the title to the provider that stands in its provider's place. Where that costs more, or a
 * ceiling on the provider lacks it, the title stays as it is: its provider can no longer serve it,
 * and who reviews it finds that. */
void voucher_choose_follow(struct decision *decision, struct voucher_id voucher,
			   struct provider_id successor);

#endif
