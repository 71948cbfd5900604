/* Buoni (cash grants): titles paid in money to the person, month by month.
 *
 *   PROPOSED ──cash_grant_issue──> ISSUED ──cash_grant_activate──> ACTIVE ──tick──> EXPIRED
 *      └──> WAITLISTED ──issue──>┘  │ cash_grant_cancel: never paid ──> CANCELLED
 *                                   └ cash_grant_revoke: from a day ──> REVOKED
 *
 * A buono is a voucher record with one line that names no service and counts cents: it consumes the
 * same funds, ceilings, commitments and lists of funds as any title, and its cells hold each
 * month's money. It has no units, no provider and no redemptions; what is paid stands in
 * cash_grant_payment records (cash_grant_payment.h).
 *
 * No IBAN of a person stands in the ledger: the vault keeps it, and the buono a keyed hash of the
 * reference under which it does (decision 0004).
 *
 * An individual assistant without VAT number is employed by the family and paid through it: such a
 * buono is paid month by month against the payslip receipt, at most what the family spent (DOMAIN
 * section 6, rule 11; section 4.6 "sum of measures <= real cost").
 * SOURCE state_transitions.csv, machines BUONO and BUONO_PAYMENT. */
#ifndef ENGINE_DOMAIN_CASH_GRANT_H
#define ENGINE_DOMAIN_CASH_GRANT_H

#include "engine/domain/decide.h"

/* Are the requirements of a buono alive on a day? RESULT_OK; RESULT_VOUCHER_NOT_ACTIVE,
 * RESULT_OUT_OF_VALIDITY, RESULT_ISEE_EXPIRED, RESULT_ISEE_ABOVE_MAXIMUM,
 * RESULT_MEASURE_INCOMPATIBLE. */
MUST_CHECK enum result cash_grant_requirements(struct decision *decision,
					       const struct cash_grant *grant, struct day day);

/* The day of a month on which requirements must be alive, and the one on which its payment is
 * scheduled. */
struct day cash_grant_reference_day(const struct state *state, const struct cash_grant *grant,
				    struct month month);
struct day cash_grant_schedule_day(const struct state *state, struct ambito_id ambito,
				   struct month month);

/* Schedules one month, whose reference day must have come: see cash_grant_schedule. */
MUST_CHECK enum result cash_grant_schedule_month(struct decision *decision,
						 struct cash_grant_id grant, struct month month);

/* The same for the job: a lost requirement becomes a task (EVENT_KIND_CASH_GRANT_NOT_SCHEDULED, its
 * value being the result), anything else that stands in the way is left alone. */
void cash_grant_run_month(struct decision *decision, struct cash_grant_id grant,
			  struct month month);

#endif
