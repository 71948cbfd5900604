/* Any command in words, through its own definition: `do COMMAND [KEY=VALUE …]`. Values are written as
 * the API writes them; ids are numbers or codes; `voucher` is the latest title where it is not
 * said; lines=SERVICE:UNITS[:SUPPLEMENT][,…]; by= names a principal's role (officer's, absent);
 * key=1 sends it under an idempotency key. */
#ifndef TESTS_UNIT_DOMAIN_ACTS_ANY_H
#define TESTS_UNIT_DOMAIN_ACTS_ANY_H

#include "tests/unit/domain/acts.h"

MUST_CHECK enum result acts_any(struct acts *acts, const char *act);

#endif
