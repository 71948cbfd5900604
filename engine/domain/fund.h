/* Funds and their years as the rest of the rules asks of them: which year pays a month, whether it
 * may promise money, where freed money goes, what a fund may pay.
 *
 *   propose     approve       open                    tick at 31 Dec 24:00,       close
 *   ───> DRAFT ───> APPROVED ───> OPEN <──> SUSPENDED  start_closing ──> CLOSING ───> CLOSED
 *                                  └─────────────────────────────────────^  ^──────────┘ reopen
 *
 *  SUSPENDED  new promises are refused; redemptions, statements and payments go on
 *  CLOSING    no new promises; services of the year are accepted until their late windows end; what
 *             is released lapses (F180) instead of being free again (F110)
 *  CLOSED     what is left was carried forward (F185), returned (F187) or lapsed (F180); residuals
 *             are still settled and paid
 * SOURCE state_transitions.csv, machine FUND_YEAR. */
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

/* May the year promise this amount now? RESULT_OK; RESULT_FUND_SUSPENDED, RESULT_YEAR_CLOSED,
 * RESULT_OPENING_IN_PROGRESS; RESULT_PROVISIONAL_LIMIT (twelfths) or RESULT_FUND_EXHAUSTED (F110)
 * with outcome->limit and ->short_by. An amount of 0 always passes. Moves nothing. */
MUST_CHECK enum result fund_check_available(struct decision *decision,
					    struct fund_year_id fund_year, struct cents amount);

/* Whether F110 alone covers an amount: for the cents of roundings, which any year still owes. As
 * above with RESULT_FUND_EXHAUSTED only. */
MUST_CHECK enum result fund_check_rounding(struct decision *decision,
					   struct fund_year_id fund_year, struct cents amount);

/* Where money goes that is no longer promised: F110, or F180 in a year that is closing or
 * closed. */
enum fund_account_slot fund_freed_slot(struct effects *effects, struct fund_year_id fund_year);

/* Notes that money was promised: opening balances come before. */
void fund_note_entry(struct effects *effects, struct fund_year_id fund_year);

/* May the fund pay this service under this measure (none: under none in particular) in a fiscal
 * year? A fund without restrictions in force pays anything. RESULT_OK,
 * RESULT_FUND_RESTRICTION_MISMATCH. */
MUST_CHECK enum result fund_check_restriction(struct decision *decision, struct fund_id fund,
					      uint16_t year, struct service_id service,
					      struct measure_id measure);

/* The year that an act names, while nothing is being loaded into it; RESULT_NOT_FOUND (field year)
 * or RESULT_OPENING_IN_PROGRESS. */
MUST_CHECK enum result fund_find_year(struct decision *decision, struct fund_id fund,
				      uint16_t year, struct fund_year_id *ret_id);
/* The same, which must be in one of these states (bits 1 << FUND_YEAR_STATE_…), else
 * RESULT_ILLEGAL_TRANSITION with the year as object. */
MUST_CHECK enum result fund_find_year_in(struct decision *decision, struct fund_id fund,
					 uint16_t year, uint32_t states,
					 struct fund_year_id *ret_id);
#define FUND_IN(STATE) (1u << FUND_YEAR_STATE_##STATE)

/* One posting in the fund book that belongs to the year as a whole. */
void fund_post(struct effects *effects, struct fund_year_id fund_year, enum posting_kind kind,
	       enum fund_account_slot from, enum fund_account_slot to, struct cents amount);

/* Adds to F100 and F110 what became certain; F105, what is still only expected, shrinks by it.
 * False: the appropriation would leave 64 bits. */
MUST_CHECK bool fund_appropriate(struct effects *effects, struct fund_year_id fund_year,
				 struct cents amount);

#endif
