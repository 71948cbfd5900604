/* Statements from the side of a redemption: a redemption joins its statement at acceptance and
 * leaves it by reversal or dispute, while the statement is OPEN (decision 0003).
 *
 *   statement.first_line -> statement_line.next_in_statement -> …      lines, newest first
 *   statement_line.last_redemption -> redemption.previous_in_line -> … records, newest first
 *   cell.statement_line -> statement_line.previous_of_cell -> …        its lines, newest first
 *
 * Invariants
 *  1. A statement has one provider, accreditation, month and VAT rate; of those that share them
 *     only OPEN ones take records, and a second OPEN one exists only beside full ones.
 *  2. A cell has at most one line in a statement; a line has at least one record unless its last
 *     one left again (the freeze drops such lines).
 *  3. net, gross, units and counts of line and statement are sums over their records. */
#ifndef ENGINE_DOMAIN_STATEMENT_H
#define ENGINE_DOMAIN_STATEMENT_H

#include "engine/domain/effects.h"

/* Enters an ACCEPTED record, whose amounts are final, in the open statement of its provider,
 * accreditation, month and VAT; opens one where there is none. Moves no money. Returns the
 * statement. */
struct statement_id statement_enter(struct effects *effects, struct redemption_id redemption,
				    uint16_t vat_bp);

/* Takes a record out of its statement, which must be OPEN (asserted). */
void statement_withdraw(struct effects *effects, struct redemption_id redemption);

/* The statement that holds a record; NULL when none does. */
const struct statement *statement_of(struct effects *effects, const struct redemption *redemption);

/* The provider of a statement line. */
struct provider_id statement_provider(struct effects *effects, const struct statement_line *line);

#endif
