/* Commitments (impegni di spesa): what titles draw on, inside a fund year's appropriation. One is
 * ACTIVE until it is closed; variations move its amount by act, never below what was drawn.
 *
 * Invariants: 0 <= drawn_cents <= amount_cents; the commitments of a fund year sum to at most its
 * F100. The commitment belongs to the title, never to the provider (DOMAIN section 6). */
#ifndef ENGINE_DOMAIN_COMMITMENT_H
#define ENGINE_DOMAIN_COMMITMENT_H

#include "engine/domain/decide.h"

/* The commitment of lowest id, among those of the fund year, whose balance covers the whole amount.
 * RESULT_OK; RESULT_COMMITMENT_EXCEEDED with outcome->limit (the largest balance there is) and
 * ->short_by. Draws nothing. */
MUST_CHECK enum result commitment_find(struct decision *decision, struct fund_year_id fund_year,
				       struct cents amount,
				       struct commitment_id *ret_commitment);

/* What a commitment can still promise. It must exist (asserted). */
struct cents commitment_balance(struct effects *effects, struct commitment_id commitment);

/* Promises and gives back an amount; the balance must allow it (asserted). */
void commitment_draw(struct effects *effects, struct commitment_id commitment,
		     struct cents amount);
void commitment_release(struct effects *effects, struct commitment_id commitment,
			struct cents amount);

/* What the commitments of a fund year authorise together. False: the sum leaves 64 bits. */
MUST_CHECK bool commitment_sum(struct effects *effects, struct fund_year_id fund_year,
			       struct cents *ret_sum);

#endif
