/* Exports: payments that leave the ledger together, exactly once.
 *
 *   export       - ──open, replace──> DRAFT ──seal──> SEALED ──deliver──> DELIVERED
 *                SEALED, DELIVERED ──results, payments──> ACCEPTED | REJECTED
 *                DRAFT, SEALED, DELIVERED, ACCEPTED ──cancel──> CANCELLED
 *                SEALED, DELIVERED, ACCEPTED ──seal of what replaces it──> REPLACED
 *   export_item  - ──add──> INCLUDED ──> ACCEPTED ──> PAID ──> RETURNED
 *                INCLUDED, ACCEPTED ──> REJECTED, WITHDRAWN, CANCELLED, REPLACED
 *                INCLUDED, in a draft ──> REMOVED
 *
 * Invariants
 *  1. A statement, or a payment of a buono, has at most one live item (INCLUDED, ACCEPTED, PAID) in
 *     exports that were not opened to replace another; a replacement's items take their place when
 *     it is sealed.
 *  2. Net and VAT of an export are the sums of its items that were not REMOVED; what a sealed one
 *     says never changes.
 *  3. A statement is EXPORTED while a sealed export pays it; what frees it makes it APPROVED.
 *
 * Decision 0026. */
#ifndef ENGINE_DOMAIN_EXPORT_H
#define ENGINE_DOMAIN_EXPORT_H

#include "engine/domain/decide.h"
#include "engine/domain/settlement.h"

/* What an item pays: one of the two. */
struct export_object {
	struct statement_id statement;
	struct cash_grant_payment_id cash_grant_payment;
};

/* Keys of the indexes (state.h). */
uint64_t export_key(struct paying_body_id paying_body, struct month month);
uint64_t export_item_key(struct export_object object);

/* The live item of an export that was not opened to replace another; 0: none. */
struct export_item_id export_live_item(struct effects *effects, struct export_object object);

/* The payment was taken in charge, or rejected: its live item, where an export that left has one,
 * says so. `reference`: PAYMENT_ORDER_SIZE bytes; `reason_code`: PAYMENT_REASON_SIZE; or NULL. */
void export_item_ordered(struct decision *decision, struct export_object object,
			 const char *reference);
void export_item_rejected(struct decision *decision, struct export_object object,
			  const char *reason_code);

/* The payment was made: its live item, where there is one, says so. */
void export_item_paid(struct decision *decision, struct export_object object);

/* The payment came back: its item is live no more, so that it may be exported again. */
void export_item_returned(struct decision *decision, struct export_object object);

/* The payment is held back: it leaves the drafts that it stands in. */
void export_item_held(struct decision *decision, struct statement_id statement);

/* What is left to pay of a statement, line by line: less what was paid in part, and with what came
 * back; its VAT was paid with the first payment. */
struct net_and_vat export_owed(struct effects *effects, const struct statement *statement);

/* Whether a payment that is held back no more stands in a sealed export as it is. */
bool export_still_pays(struct effects *effects, struct statement_id statement);

/* The files of a sealed export reached their destination. RESULT_OK, again too;
 * RESULT_EXPORT_NOT_OPEN: not sealed, or closed. */
MUST_CHECK enum result export_delivered(struct decision *decision, struct export_id id);

/* ---- Between the files of this duty ---- */

/* Takes an item out of the live ones and frees its statement (EXPORTED becomes APPROVED). */
void export_item_close(struct decision *decision, struct export_item_id id,
		       enum export_item_state state);

/* Is one of the live items of the export ordered or paid already? Gives the first in `ret_item`. */
bool export_has_paid(struct effects *effects, struct export_id id,
		     struct export_item_id *ret_item);

/* Closes an export and all its live items. */
void export_close(struct decision *decision, struct export_id id, enum export_state state,
		  enum export_item_state items);

bool export_item_is_live(const struct export_item *item);

#endif
