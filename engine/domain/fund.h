/* Fund years as titles ask of them: which year pays a month, and whether it may promise money. */
#ifndef ENGINE_DOMAIN_FUND_H
#define ENGINE_DOMAIN_FUND_H

#include "engine/domain/decide.h"

/* The year of the fund in which a month's services are rendered, judged for a new promise.
 * RESULT_OK (OPEN, or APPROVED for a year later than today's: it accepts promises for its own
 * service dates); RESULT_FUND_YEAR_NOT_OPEN (none, DRAFT, or APPROVED and current);
 * RESULT_FUND_SUSPENDED; RESULT_YEAR_CLOSED (CLOSING or CLOSED). SOURCE state_transitions.csv. */
MUST_CHECK enum result fund_year_for_month(struct decision *decision, struct fund_id fund,
					   struct month month,
					   struct fund_year_id *ret_fund_year);

/* Whether F110 covers an amount. RESULT_OK; RESULT_FUND_EXHAUSTED with outcome->limit (F110) and
 * ->short_by. Moves nothing. */
MUST_CHECK enum result fund_check_available(struct decision *decision,
					    struct fund_year_id fund_year, struct cents amount);

#endif
