/* What a line of a treasurer's or bank's file is about: by our reference, which comes back; else by
 * amount and date among the payments that are waited for, statements whole and each of their single
 * transfers (transfer.h), which only a person may confirm.
 *
 * References: TIT-<export>-<payment>-<row> of what left in an export; VCH-YYYYMM-S<statement>-<row>
 * of a statement alone; CPY-<bill> of the co-pay. */
#ifndef ENGINE_DOMAIN_OUTCOME_MATCH_H
#define ENGINE_DOMAIN_OUTCOME_MATCH_H

#include "engine/domain/decide.h"

/* How many months before the payment its services may lie, where amount and date decide. */
#define OUTCOME_MONTHS_MAX 24

/* For how long after its payment a transfer may come back, where amount and date decide. */
#define OUTCOME_RETURN_DAYS 60

struct outcome_target {
	struct statement_id statement; /* one of the three, or none */
	struct cash_grant_payment_id cash_grant_payment;
	struct receivable_id receivable;
	uint32_t candidates; /* by amount and date */
	bool is_exact;       /* by our reference, or by the order's number */
};

/* May a text stand as our reference: of our shape, in capitals, digits and hyphens? */
bool outcome_reference_is_ours(struct slice reference);

/* Finds what the line is about, in the ambito. */
struct outcome_target outcome_match(struct decision *decision, struct ambito_id ambito,
				    const struct command_payment_outcome_record *line);

#endif
