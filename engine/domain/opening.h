/* Opening balances: what stood in the comune's accounts before the ledger began.
 *
 *   opening_create ──> DRAFT ──opening_post, two persons──> POSTING ──slices──> POSTED
 *                        └──opening_cancel──> CANCELLED
 *
 * A draft belongs to a fund; its rows name the fiscal years. Rows are judged one by one when they
 * are added. Posting judges all of them together, before anything moves: every total must be the
 * one that the accounts state, every fund year, ceiling and commitment must hold the sums, else
 * nothing is loaded. Then each row posts F and C with the kind OPENING (and U for months of
 * titles).
 *
 * A large opening does not fit one journal entry. It is posted in slices: the first by the act
 * itself, the others by the ledger's own command opening_continue, which is due at once and runs
 * before any other command is judged (schedule.c, pipeline). Until the last slice the fund years
 * are marked is_loading: they promise nothing, no act changes them, reports do not show them.
 *
 * What a row posts besides F140, which stands in its title's cells, stays on the row itself: the
 * row is the detail of F150 to F175 and F190, and holds what ceilings count of it.
 *
 * Opening balances of a fund year end with its first ordinary promise (fund_year.has_entries). */
#ifndef ENGINE_DOMAIN_OPENING_H
#define ENGINE_DOMAIN_OPENING_H

#include "engine/domain/ceiling.h"
#include "engine/domain/decide.h"

/* The opening whose posting goes on; 0: none. Cheap: openings are few. */
struct opening_id opening_in_posting(const struct state *state);

/* The next slice of a POSTING one; ends it after the last row. */
void opening_post_slice(struct decision *decision, struct opening_id id);

/* Money of a row's recovery that came back: F190 -> F110 or F180, C140 -> C120, kind RECOVERED. */
void opening_free(struct effects *effects, struct opening_row_id id, struct provider_id provider,
		  struct statement_id statement, struct cents amount);
/* The same given up: F190 -> F195; ceilings go on counting it. */
void opening_write_off(struct effects *effects, struct opening_row_id id,
		       struct provider_id provider, struct cents amount);

/* Where a row's money stands, for ceilings: a dimension that it does not tell is none, and only
 * ceilings that leave it open count the row. */
struct ceiling_scope opening_scope(struct effects *effects, const struct opening_row *row);

/* Adds to held[j] what posted rows hold under ceilings[j]: for ceilings set later. False: a sum
 * left 64 bits. */
MUST_CHECK bool opening_sum_held(struct effects *effects, const struct ceiling *ceilings,
				 uint32_t count, struct cents *held);

/* Judges a row against state and money-free rules, as when it is added: see opening_row_add. */
MUST_CHECK enum result opening_check_row(struct decision *decision, struct opening_id opening,
					 const struct opening_row *row);

#endif
