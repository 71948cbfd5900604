/* Splitting a statement, for the office and for the midnight job. See statement_contest.c. */
#ifndef ENGINE_DOMAIN_STATEMENT_CONTEST_H
#define ENGINE_DOMAIN_STATEMENT_CONTEST_H

#include "engine/domain/decide.h"

/* Whether comuni had their working days and some line is still not attested. */
bool statement_split_is_due(const struct statement *statement, struct day today);

/* Moves the lines not attested to a new supplementary statement; the rest is ATTESTED. Results as
 * the duty statement_split, the first two apart. */
MUST_CHECK enum result statement_split_off(struct decision *decision,
					   struct statement_id statement);

#endif
