/* Reversal of what was approved or paid. The statement is not edited: its lines get adjustments,
 * its payable figures shrink, what was paid becomes a recovery. See reversal.c. */
#ifndef ENGINE_DOMAIN_REVERSAL_H
#define ENGINE_DOMAIN_REVERSAL_H

#include "engine/domain/decide.h"
#include "engine/domain/settlement.h"

/* What reversing one record would take back: from what is not paid yet, by a credit note, and from
 * what is, by a recovery. */
struct reversal {
	struct redemption_id redemption;
	struct net_and_vat credited;
	struct net_and_vat recoverable;
	bool is_paid; /* its statement was paid */
};

/* Whether the record's statement was approved, and so its reversal is of this sort. */
bool reversal_is_after_approval(struct effects *effects, const struct redemption *redemption);

/* Plans the reversal of a record. RESULT_OK; RESULT_PAYMENT_ORDERED: the treasurer has the order;
 * RESULT_FIELD_MISSING: the credit note of what is not paid. Changes nothing. */
MUST_CHECK enum result reversal_plan(struct decision *decision, struct redemption_id redemption,
				     struct reversal *ret_reversal);

/* Whether the plan touches money that was paid, which needs two persons. */
bool reversal_is_of_paid(const struct reversal *reversal);

/* Carries it out: F160 + F165 (F168) -> F110 (F180) and C140 -> C120; F170 + F175 -> F190. */
void reversal_carry_out(struct decision *decision, const struct reversal *reversal);

#endif
