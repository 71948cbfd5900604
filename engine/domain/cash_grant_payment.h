/* Payments of buoni: one month of one buono, by one fund.
 *
 *   SCHEDULED <──hold, release──> HELD
 *       │  └──cancel──> CANCELLED <──┘     back to F140, or free again where the month is lost
 *       └──approve, the month's list──> APPROVED <──pay, bounce──> PAID ──recover──> RECOVERING
 *   RECOVERING ──recovered──> RECOVERED, ──write_off──> WRITTEN_OFF
 *
 *   SCHEDULED F150 · HELD F155 · APPROVED F160 · PAID F170 · RECOVERING F190 · WRITTEN_OFF F195
 *
 * The amount never changes. There is no VAT. A recovery has its record (recovery.h), so that F190
 * is told from one place; it is ended here alone, whole. SOURCE state_transitions.csv, machine
 * BUONO_PAYMENT; DOMAIN section 7. */
#ifndef ENGINE_DOMAIN_CASH_GRANT_PAYMENT_H
#define ENGINE_DOMAIN_CASH_GRANT_PAYMENT_H

#include "engine/domain/decide.h"

/* What is to be scheduled: a month of a buono, at most `most` of it. */
struct cash_grant_due {
	struct cash_grant_id grant;
	struct month month;
	struct cents most;
	const char *payslip; /* number of the receipt, 24 bytes; NULL: none */
};

/* Schedules a month: F140 -> F150, one payment for each fund that pays part of it. RESULT_OK, the
 * outcome's object being the first payment and gross the sum; RESULT_CASH_GRANT_MONTH_OUTSIDE (no
 * such month, released, or nothing committed), RESULT_CASH_GRANT_MONTH_SCHEDULED with the
 * payment. */
MUST_CHECK enum result cash_grant_payment_schedule(struct decision *decision,
						   const struct cash_grant_due *due);

/* APPROVED: it was paid, F160 -> F170. `receipt_number`: 24 bytes, NUL-padded. RESULT_OK,
 * RESULT_ILLEGAL_TRANSITION, RESULT_FOUR_EYES_REQUIRED: the caller approved it. */
MUST_CHECK enum result cash_grant_payment_confirm(struct decision *decision,
						  struct cash_grant_payment_id id,
						  const char *receipt_number, struct day paid_on);

/* PAID: the transfer came back, F170 -> F160, with its task. RESULT_OK,
 * RESULT_ILLEGAL_TRANSITION. */
MUST_CHECK enum result cash_grant_payment_take_back(struct decision *decision,
						    struct cash_grant_payment_id id,
						    struct day returned_on);

/* Payments of this month and later ones: those not approved yet are cancelled and their months
 * lost; the paid ones become tasks (EVENT_KIND_CASH_GRANT_UNDUE). Returns what became free. */
struct cents cash_grant_payment_withdraw(struct decision *decision, struct cash_grant_id grant,
					 struct month from, uint8_t reason);

/* The payment of a cell that was not cancelled; 0: none. */
struct cash_grant_payment_id cash_grant_payment_of_cell(struct effects *effects,
							struct cell_id cell);

#endif
