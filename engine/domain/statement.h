/* Statements from the side of a redemption: a redemption joins its statement at acceptance and
 * leaves it by reversal or dispute, while the statement is OPEN, or CONTESTED (decision 0003).
 *
 *   statement.first_line -> statement_line.next_in_statement -> …      lines, newest first
 *   statement_line.last_redemption -> redemption.previous_in_line -> … records, newest first
 *   cell.statement_line -> statement_line.previous_of_cell -> …        its lines, newest first
 *
 * Invariants
 *  1. A statement has one provider, accreditation, month and VAT rate; of those that share them
 *     only OPEN ones take records: the newest that has room. A second one is there when the first
 *     was full, or when a split or a cancelled statement left its lines to one.
 *  2. A cell has at most one line in a statement; a line has at least one record unless its last
 *     one left again (the freeze drops such lines).
 *  3. net, gross, units and counts of line and statement are sums over their records. */
#ifndef ENGINE_DOMAIN_STATEMENT_H
#define ENGINE_DOMAIN_STATEMENT_H

#include "engine/domain/effects.h"

#include <stdbool.h>

/* Enters an ACCEPTED or MISSED record, whose amounts are final, in the open statement of its
 * provider, accreditation, VAT and payer, and of `month`, that of its start; opens one where there
 * is none. Moves no money. Returns the statement. */
struct statement_id statement_enter(struct effects *effects, struct redemption_id redemption,
				    uint16_t vat_bp, struct month month);

/* Whether it speaks for the statement: who delivered, or who is paid. */
bool statement_is_of(const struct statement *statement, struct provider_id provider);

/* Whether records may leave it: OPEN, or CONTESTED and so back to its provisional figures. */
bool statement_takes_changes(const struct statement *statement);

/* Opens a statement like another, of the same month, that continues it. */
struct statement_id statement_continue(struct effects *effects, struct statement_id statement,
				       enum statement_kind kind);

/* Moves a line with its records to an OPEN statement; `before` is the line before it in its chain,
 * 0 for the first. Both statements must be at their provisional figures. */
void statement_move_line(struct effects *effects, struct statement_line_id line,
			 struct statement_line_id before, struct statement_id to);

/* Takes a record out of its statement, which must take changes (asserted). */
void statement_withdraw(struct effects *effects, struct redemption_id redemption);

/* The statement that holds a record; NULL when none does. */
const struct statement *statement_of(struct effects *effects, const struct redemption *redemption);

/* The provider of a statement line. */
struct provider_id statement_provider(struct effects *effects, const struct statement_line *line);

#endif
