/* Rounding of a statement: what the freeze does to the money of its lines, and its undoing.
 *
 * Before the freeze a line's gross is the sum of its records' own; afterwards net + allotted VAT.
 * The difference moves between F140 and F150; where F140 lacks the cents they are promised anew,
 * where the month may not keep them they go back to the fund. Both leave a line_adjustment, so that
 * undoing finds the way back to the cent. */
#ifndef ENGINE_DOMAIN_STATEMENT_ROUND_H
#define ENGINE_DOMAIN_STATEMENT_ROUND_H

#include "engine/domain/decide.h"
#include "engine/domain/parameter.h"

/* Drops empty lines, allots VAT, adjusts every line. RESULT_OK; RESULT_STATEMENT_EMPTY: no record
 * is left; RESULT_FUND_EXHAUSTED: cents that no line can bear; RESULT_TOO_MANY_EFFECTS;
 * RESULT_FIELD_OUT_OF_RANGE. On a refusal the effects are to be discarded. */
MUST_CHECK enum result statement_round(struct decision *decision, struct statement_id statement);

/* Whether statement_round would succeed, told with care: false where it might not. Changes nothing.
 * For jobs, which cannot discard what they did. */
MUST_CHECK bool statement_can_round(struct decision *decision, struct statement_id statement);

/* Whether undoing and rounding anew would succeed, told with the same care. */
MUST_CHECK bool statement_can_split(struct decision *decision, struct statement_id statement);

/* Brings every line back to the sum of its records, and the statement to its provisional figures.
 * RESULT_OK; RESULT_FUND_EXHAUSTED: cents that went back to the fund cannot be had again;
 * RESULT_TOO_MANY_EFFECTS. */
MUST_CHECK enum result statement_unround(struct decision *decision, struct statement_id statement);

/* Rounds and becomes FROZEN today, by the command's principal. Results as statement_round. */
MUST_CHECK enum result statement_become_frozen(struct decision *decision,
					       struct statement_id statement);

/* Notes a change of a line beside its records. */
void statement_adjust_line(struct decision *decision, const struct line_adjustment *adjustment);

#endif
