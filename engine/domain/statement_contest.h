/* Contesting lines and splitting a statement, for others than their own commands: the comune that
 * attests a month, the midnight job. See statement_contest.c. */
#ifndef ENGINE_DOMAIN_STATEMENT_CONTEST_H
#define ENGINE_DOMAIN_STATEMENT_CONTEST_H

#include "engine/domain/decide.h"

/* Holds the records of those of the lines that are of the statement, which becomes CONTESTED where
 * it is not. Lines and state were checked. RESULT_OK; results of statement_unround;
 * RESULT_TOO_MANY_EFFECTS. */
MUST_CHECK enum result statement_contest_lines(struct decision *decision,
					       struct statement_id statement,
					       const struct contest_input *lines, uint32_t count,
					       uint32_t *ret_held);

/* Whether comuni had their working days and some line is still not attested. */
bool statement_split_is_due(const struct statement *statement, struct day today);

/* Moves the lines not attested to a new supplementary statement; the rest is ATTESTED. Results as
 * the duty statement_split, the first two apart. */
MUST_CHECK enum result statement_split_off(struct decision *decision,
					   struct statement_id statement);

#endif
