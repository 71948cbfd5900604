/* Book R: what persons owe for their services under model B, bill by bill.
 *
 *   R200 charged (contra) = R210 due + R220 collected + R230 arrears + R240 waived, of every bill
 *
 *        receivable_bill                 receivable_collect
 *   R200 ───────────────> R210 due ─────────────────────────> R220 collected
 *     ^                     │  ╲ job arrears: due_on is over      ^
 *     │ what is no longer   │   `──> R230 arrears ────────────────┤
 *     │ owed, by the next   │            │                        │
 *     └─────────────────────┴────────────┴──> R240 waived (act)   │
 *     └───────────────────────────────────────────────────────────┘ paid and no longer owed:
 *                                 credit_cents, set off against the next bill, or refunded
 *
 * One record is one bill (avviso pagoPA) of one title and month; a month may have several. Billing
 * is idempotent: it compares what is owed now, record by record, with what the month's bills charge
 * together, and posts only the difference: a new bill, or a credit on the latest ones. A disputed
 * visit counts as claimed until it is decided (SCENARIOS S10: 9,75 + 3,25 billed, 1,62 credited).
 * Money and units move through receivable_move alone; apply asserts the identity. */
#ifndef ENGINE_DOMAIN_RECEIVABLE_H
#define ENGINE_DOMAIN_RECEIVABLE_H

#include "engine/domain/decide.h"

/* What a title's month costs the person by its records as they stand now: accepted, disputed,
 * missed and payable. Records of model A cost nothing here. RESULT_OK; RESULT_ISEE_EXPIRED;
 * RESULT_FIELD_OUT_OF_RANGE: leaves 64 bits. */
MUST_CHECK enum result receivable_owed(struct effects *effects, struct voucher_id voucher,
				       struct month month, struct cents *ret_owed);

/* One posting in book R; the bill's balances follow and must allow it. */
void receivable_move(struct effects *effects, struct receivable_id receivable,
		     enum posting_kind kind, enum receivable_account_slot from,
		     enum receivable_account_slot to, struct cents amount);

/* A payment of a bill: R210 and R230 -> R220. `receipt_number`: 24 bytes, NUL-padded. Results as
 * receivable_collect; RESULT_FIELD_OUT_OF_RANGE: nothing was paid. */
MUST_CHECK enum result receivable_take(struct decision *decision, struct receivable_id id,
				       struct cents amount, const char *receipt_number,
				       struct day day);

/* A bill's balance in one account. */
struct cents receivable_balance(const struct receivable *receivable,
				enum receivable_account_slot slot);

/* R200 = R210 + R220 + R230 + R240? */
bool receivable_balances(const struct receivable *receivable);

/* The key of the bills of a title's month, for the index (apply.c). */
uint64_t receivable_key(struct voucher_id voucher, struct month month);

#endif
