/* Recoveries: money that was paid in excess and must come back (F190).
 *
 *   reversal of what was paid, or an opening balance ──> OPEN ──> RECOVERED    set off or refunded
 *                                                          └────> WRITTEN_OFF  given up by act
 *
 * Whoever opens one posts the money into F190 itself (F170, F175 -> F190): it stays inside what
 * ceilings count. What comes back leaves it: F190 -> F110 (F180 when the year is closing or closed)
 * and C140 -> C120; what is written off stays counted (F195). SOURCE DOMAIN section 7.
 *
 * Invariants: 0 <= recovered + written off <= amount; F190 of a fund year is what its open
 * recoveries still have to bring, whatever holds them: a cell or a row of opening balances. */
#ifndef ENGINE_DOMAIN_RECOVERY_H
#define ENGINE_DOMAIN_RECOVERY_H

#include "engine/domain/decide.h"

/* Makes an OPEN recovery of these amounts and dimensions (amount = net + VAT, more than 0; a cell
 * or an opening row, asserted). Moves no money. */
struct recovery_id recovery_open(struct effects *effects, const struct recovery *recovery);

/* What it still has to bring. */
struct cents recovery_left(const struct recovery *recovery);

/* Money that came back, by set-off in a statement or by refund: at most what is left (asserted).
 * F190 -> F110 or F180, C140 -> C120, kind RECOVERED; the cell, its commitment or the opening row
 * count it no more. `statement` may be none. */
void recovery_take(struct effects *effects, struct recovery_id id, struct cents amount,
		   struct statement_id statement);

/* Gives up by act an amount that it still has to bring: F190 -> F195. */
void recovery_give_up(struct effects *effects, struct recovery_id id, struct cents amount);

#endif
