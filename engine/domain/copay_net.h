/* Ceilings that count net of the co-pay, when it changes under model B: what a title holds stays,
 * the part of it that is not the person's does not. SOURCE DOMAIN section 7:
 * "COMMITMENT_NET_OF_COPAY posts gross less co-pay and moves on ISEE change". */
#ifndef ENGINE_DOMAIN_COPAY_NET_H
#define ENGINE_DOMAIN_COPAY_NET_H

#include "engine/domain/copay.h"
#include "engine/domain/decide.h"

/* What units of a cell are worth at the rate that a question has, and what of it the person
 * pays. */
struct copay_share {
	struct cents gross;
	struct cents own;
};

/* RESULT_OK; RESULT_FIELD_OUT_OF_RANGE: beyond 64 bits; as copay_rate_at. */
MUST_CHECK enum result copay_net_share(struct decision *decision, const struct cell *cell,
				       const struct copay_question *question, uint32_t units,
				       struct copay_share *ret_share);

/* Tells the ceilings of a title's months from a day on what the person pays now: units not yet
 * delivered at the new rate (at most `units_left`, from the last month back), the others at that of
 * the day before, or of their whole month where it lies after the change. RESULT_OK with
 * outcome->gross (what the ceilings took more); RESULT_COPAY_UNFUNDED; RESULT_TOO_MANY_EFFECTS;
 * as copay_rate_at. */
MUST_CHECK enum result copay_net_apply(struct decision *decision, struct voucher_id voucher,
				       struct day from, uint32_t units_left);

#endif
