/* Whose personal data somebody may see: whoever may see the beneficiary in the ledger. */
#ifndef ENGINE_API_BENEFICIARY_H
#define ENGINE_API_BENEFICIARY_H

#include "engine/domain/state.h"

#define BENEFICIARY_LOOKS_MAX 16u

/* A look at several beneficiaries at once, on the ledger thread. */
struct beneficiary_look {
	struct principal principal;
	uint32_t count; /* in: to look at; out: those that may be seen, in their order */
	uint32_t ids[BENEFICIARY_LOOKS_MAX];
};

/* Keeps those that exist and that the principal may see. */
void beneficiary_look(const struct state *state, struct beneficiary_look *look);

#endif
