/* What a provider says of a visit, whichever command carried it. */
#ifndef ENGINE_DOMAIN_REDEEM_H
#define ENGINE_DOMAIN_REDEEM_H

#include "engine/domain/submission.h"

struct redeem_input {
	struct claim_input claimed; /* its minutes, or the end */
	struct instant end;
	struct visit_facts facts;
};

/* The facts that a command's input names. */
#define REDEEM_FACTS(input)                                                                        \
	((struct visit_facts){.proof_at = (input)->proof_at,                                       \
			      .evv_start = (input)->evv_start,                                     \
			      .evv_end = (input)->evv_end,                                         \
			      .performer = (input)->performer,                                     \
			      .tariff = (input)->tariff,                                           \
			      .proven_minutes = (input)->confirmed_minutes,                        \
			      .qualification = (input)->qualification,                             \
			      .edit_reason = (input)->edit_reason,                                 \
			      .located = (input)->located != 0,                                    \
			      .indirect = (input)->indirect != 0})

/* Reads claim and facts and cuts the visit into its parts: the static part of redemption_submit. */
MUST_CHECK enum result redeem_read(struct decision *decision, const struct redeem_input *input,
				   struct submission *submission);

#endif
