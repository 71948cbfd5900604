/* When an ISEE or a scheme changes what a title under model A costs the ambito: the public share
 * rises or falls with it, and the commitment follows. Also the preview of such changes.
 *
 *   isee_register, isee_annul ──> task COPAY_CHANGE ──voucher_apply_copay──┬─> promised or released
 *                                                                          └─> task
 *                                                       COPAY_CHANGE_UNFUNDED, with the amount
 * The lower tariff stands in either case: services are priced at it from their own date on, and
 * nobody is billed at the old one (SCENARIOS S05). Services that F140 no longer covers are refused
 * until the increase is authorised or the hours are renegotiated. */
#ifndef ENGINE_DOMAIN_COPAY_CHANGE_H
#define ENGINE_DOMAIN_COPAY_CHANGE_H

#include "engine/domain/copay.h"

/* Gives a task COPAY_CHANGE for each running title of the person under model A. */
void copay_change_call(struct decision *decision, struct beneficiary_id beneficiary,
		       struct day from);

/* The first day of a month that a change reaches; false: none. Under NEXT_MONTH a change inside a
 * month reaches only the months after it. */
MUST_CHECK bool copay_change_reaches(const struct state *state,
				     const struct copay_question *question, struct month month,
				     struct day from, struct day *ret_day);

/* The increase lacks: nothing moved, a person must decide. Returns RESULT_COPAY_UNFUNDED. */
MUST_CHECK enum result copay_change_unfunded(struct decision *decision, struct voucher_id voucher,
					     struct day from, struct cents increase);
/* The change is carried out: its tasks are done. */
void copay_change_done(struct decision *decision, struct voucher_id voucher);

/* What a change does to a title from a day on: sums over its months that are not released. */
struct copay_preview {
	struct cents share_before; /* the person's share of units not yet delivered */
	struct cents share_after;
	struct cents increase; /* of what the ambito pays; needs money under model A … */
	struct cents decrease; /* … or sets it free; one of the two is 0 */
	uint32_t units;	       /* not yet delivered */
};

/* Pure: asks "what if", moves nothing. Months that the change's day cuts count whole under BY_DATE
 * and not at all under NEXT_MONTH. Results as copay_rate_at; RESULT_FIELD_OUT_OF_RANGE. */
MUST_CHECK enum result copay_change_preview(struct effects *effects, struct voucher_id voucher,
					    const struct copay_hypothesis *hypothesis,
					    struct day from, struct copay_preview *ret_preview);

#endif
