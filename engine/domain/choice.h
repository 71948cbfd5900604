/* The list from which a person chooses: who may deliver all of a title's services in its comune,
 * and has room. Its order is recorded policy (parameter provider_list_order), the same for
 * everybody who asks, and needs no chance outside the ledger. SOURCE DOMAIN section 6; section 14
 * "fair choice list". */
#ifndef ENGINE_DOMAIN_CHOICE_H
#define ENGINE_DOMAIN_CHOICE_H

#include "engine/domain/effects.h"

#define CHOICE_OFFERS_MAX 64u

struct choice_offer {
	uint64_t order; /* rising */
	struct provider_id provider;
	uint32_t free_units; /* of the fullest month, this title aside; UINT32_MAX: not declared */
};

struct choice_list {
	uint32_t count;
	uint8_t order; /* enum provider_list_order */
	struct day day; /* judged on */
	struct choice_offer offers[CHOICE_OFFERS_MAX];
};

/* The providers that may be chosen for the title today; the first CHOICE_OFFERS_MAX of them. */
void choice_list(struct effects *effects, struct voucher_id voucher, struct day today,
		 struct choice_list *ret_list);

#endif
