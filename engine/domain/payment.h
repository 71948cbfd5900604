/* A statement's payment, as persons, treasurers and banks tell it.
 *
 *   EXPORTED ──order──> ORDERED ──pay, whole──> PAID
 *   EXPORTED, APPROVED again ──pay, whole──> PAID       the money is out: it needs no order of ours
 *   EXPORTED ──pay, a part──> ORDERED ──pay, the rest──> PAID
 *   EXPORTED, ORDERED ──reject──> APPROVED              to be exported anew
 *   ORDERED, PAID ──return──> APPROVED                  what came back is to be paid again
 *
 * Paid is F160 -> F170 by what was paid, line by line in the chain's order; VAT (split payment)
 * goes F165 -> F175 with the last part, and stays there when a transfer comes back, for the
 * Treasury was paid. Parts and returns are line_adjustments, so that what is left of a line is
 * always told from them (settlement_left). SOURCE state_transitions.csv STATEMENT order, pay;
 * decision 0036. */
#ifndef ENGINE_DOMAIN_PAYMENT_H
#define ENGINE_DOMAIN_PAYMENT_H

#include "engine/domain/decide.h"

#define PAYMENT_ORDER_SIZE   16u /* bytes of an order's number */
#define PAYMENT_RECEIPT_SIZE 24u /* of a receipt's */
#define PAYMENT_REASON_SIZE  8u  /* of a reason's code */

/* What is told of it. Numbers are NUL-padded texts of the sizes above; NULL or empty: not told. */
struct payment {
	struct cents amount;
	const char *order_number;
	const char *receipt_number;
	const char *reason_code;
	struct day order_date;
	struct day day;
	bool tax_debt_checked;
	bool antimafia_checked;
};

/* What of the payable net is still to be paid. */
struct cents payment_left(const struct statement *statement);

/* Does the amount pay all that is left: the net, or net and VAT where an order states both? */
bool payment_is_whole(const struct statement *statement, struct cents amount);

/* May payments of this statement come in: it is on its way, or was before a part was rejected? */
bool payment_is_waited_for(const struct statement *statement);

/* RESULT_OK, also where it was ordered already; RESULT_STATEMENT_NOT_OPEN;
 * RESULT_FOUR_EYES_REQUIRED: the caller approved the settlement; RESULT_PAYMENT_BLOCKED: above a
 * threshold, and the check in *ret_missing was not made. */
MUST_CHECK enum result payment_order(struct decision *decision, struct statement_id statement,
				     const struct payment *payment, const char **ret_missing);

/* RESULT_OK; RESULT_STATEMENT_NOT_OPEN; RESULT_AMOUNT_EXCEEDED: more than is left, short and
 * limit. */
MUST_CHECK enum result payment_pay(struct decision *decision, struct statement_id statement,
				   const struct payment *payment);

/* RESULT_OK, also where it may be exported anew already; RESULT_STATEMENT_NOT_OPEN. Emits the
 * task. */
MUST_CHECK enum result payment_reject(struct decision *decision, struct statement_id statement,
				      const struct payment *payment);

/* RESULT_OK; RESULT_STATEMENT_NOT_OPEN: nothing was paid; RESULT_AMOUNT_EXCEEDED: more than was
 * paid and not reversed. Emits the task. */
MUST_CHECK enum result payment_return(struct decision *decision, struct statement_id statement,
				      const struct payment *payment);

/* The event that a statement's payment is held back, or goes on (PAYMENT_BLOCKED, UNBLOCKED). */
void payment_tell_block(struct decision *decision, struct statement_id id, enum event_kind kind);

#endif
