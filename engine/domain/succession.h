/* Succession by merger: one provider stands in another's place (art. 2504-bis c.c.). History keeps
 * who delivered; from the day on the successor invoices, is paid and is owed from.
 *
 *   accreditation_succeed ──its day──> carried out: accreditations SUCCEEDED, provider.merged
 *
 * Invariant: payee of a statement that is not paid is never a provider that was merged. */
#ifndef ENGINE_DOMAIN_SUCCESSION_H
#define ENGINE_DOMAIN_SUCCESSION_H

#include "engine/domain/decide.h"

/* Longest chain of mergers that is followed; a longer one cannot be recorded. */
#define SUCCESSION_CHAIN_MAX 64u

/* Who stands in the provider's place now: itself, or the last of its successors. */
struct provider_id succession_provider(struct effects *effects, struct provider_id provider);

/* On whose pact services under the accreditation are invoiced now. */
struct accreditation_id succession_pact(struct effects *effects,
					struct accreditation_id accreditation);

/* Whether the provider was merged into the other, at once or by steps. */
bool succession_leads_to(struct effects *effects, struct provider_id provider,
			 struct provider_id successor);

/* Carries out a succession whose day has come: states, titles, statements, open amounts. */
void succession_carry_out(struct decision *decision, struct accreditation_id accreditation);

#endif
