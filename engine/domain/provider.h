/* Providers as settlement asks of them: who invoices, and who is paid. */
#ifndef ENGINE_DOMAIN_PROVIDER_H
#define ENGINE_DOMAIN_PROVIDER_H

#include "engine/domain/effects.h"

/* The consortium that invoices what the provider delivers on the day as its member; 0: none. */
struct provider_id provider_consortium_on(struct effects *effects, struct provider_id member,
					  struct day day);

/* Who is paid on the day what the provider earned in the ambito: itself, or who its credit was
 * assigned to. */
struct provider_id provider_payee_on(struct effects *effects, struct provider_id provider,
				     struct ambito_id ambito, struct day day);

#endif
