/* Cells: one line of a title in one month. The only place where their money and units move.
 *
 * Whose is the money of a cell? Ceilings with a provider dimension must know at every instant:
 *  - what was delivered or is disputed counts for the provider who delivered it;
 *  - F140 counts for the chosen provider, but for what the bookings of an earlier provider hold,
 *    kept through a change of provider because their day had already come (SCENARIOS S03): each
 *    such booking holds its `gross_cents`, and the cell's flag `kept` says that there are some.
 * Money that comes back from an earlier provider is therefore promised anew for the chosen one;
 * where that cannot be, money and units are released instead (cell_return).
 *
 * Invariants
 *  1. A balance of the fund book moves together with the cell's part of it.
 *  2. F110 <-> F140 (F180 <- F140 at the year's end) moves together with every matching ceiling,
 *     with the commitment's drawn amount and with held_cents; nothing else moves these. SOURCE
 *     DOMAIN section 7.
 *  3. A released cell has no free and no booked units and no F140. */
#ifndef ENGINE_DOMAIN_CELL_H
#define ENGINE_DOMAIN_CELL_H

#include "engine/domain/decide.h"
#include "engine/domain/price.h"
#include "engine/domain/visit.h"

/* The most bookings that one cell may hold at once: what releases it must fit in one command. */
#define CELL_BOOKINGS_MAX 128u

/* What every move says: where, why, whose delivery it is (none before the choice), and the
 * statement, where there is one. */
struct cell_act {
	struct cell_id cell;
	struct provider_id provider;
	struct provider_id performer; /* for whom ceilings count it, where that is another */
	struct statement_id statement;
	enum posting_kind kind;
};

/* One posting in the fund book; the cell's F140 and F155 follow. The balances must allow it. */
void cell_move_money(struct effects *effects, const struct cell_act *act,
		     enum fund_account_slot from, enum fund_account_slot to, struct cents amount);

/* One posting in the unit book. Kinds HOLD, ACCEPT_AFTER_DISPUTE and
 * DISPUTE_REJECTED move the disputed part of U120. */
void cell_move_units(struct effects *effects, const struct cell_act *act,
		     enum units_account_slot from, enum units_account_slot to, uint32_t units);

/* What a delivery takes: F140 -> F150 and U110 -> U130, or F155 and U120 where the act's kind is
 * HOLD. */
void cell_take(struct effects *effects, const struct cell_act *act, struct cents amount,
	       uint32_t units);

/* F110 -> F140 and back, with ceilings and commitment: see invariant 2. Both check nothing. What is
 * released in a year that is closing or closed lapses: F180, kind YEAR_END_LAPSE (SCENARIOS
 * S12). */
void cell_promise(struct effects *effects, const struct cell_act *act, struct cents amount);
void cell_release(struct effects *effects, const struct cell_act *act, struct cents amount);
/* The same as cell_release out of any account that ceilings count (F150 to F175, F190): what was
 * settled and reversed, what was recovered. The kind is the act's; the money goes to F110, or F180
 * in a year that is closing or closed. */
void cell_free(struct effects *effects, const struct cell_act *act, enum fund_account_slot from,
	       struct cents amount);

/* The same before the commitment act: F110 -> F120, C120 -> C130, and back; no commitment is
 * drawn. */
void cell_reserve(struct effects *effects, const struct cell_act *act, struct cents amount);
void cell_unreserve(struct effects *effects, const struct cell_act *act, struct cents amount);
/* All that is reserved becomes promised: F120 -> F140, C130 -> C140. The commitment must hold
 * it. */
void cell_promise_reserved(struct effects *effects, const struct cell_act *act);

/* May the amount be promised for the cell, for this provider? RESULT_OK, RESULT_FUND_EXHAUSTED,
 * another of fund_check_available, RESULT_CEILING_EXCEEDED or _FROZEN, RESULT_COMMITMENT_EXCEEDED,
 * with the outcome's figures; RESULT_SHARE_UNFUNDED: the cap of the fund in the title's list is
 * full. */
MUST_CHECK enum result cell_check_promise(struct decision *decision, struct cell_id cell,
					  struct provider_id provider, struct cents amount);

/* The same for the cents of a statement's rounding, which a year that is suspended or closing still
 * owes (F110 -> F140 at the freeze). */
MUST_CHECK enum result cell_check_rounding(struct decision *decision, struct cell_id cell,
					   struct provider_id provider, struct cents amount);

/* The price of the cell's units when this provider delivers them, and when nobody in particular
 * does (provider none): then at the rate at which the rest is committed. */
struct price cell_price(struct effects *effects, const struct cell *cell,
			struct provider_id provider);

/* The part of F140 that the provider may draw without touching what is another's: all of it for the
 * chosen provider, but for kept bookings; nothing for any other. */
struct cents cell_spendable(struct effects *effects, struct cell_id cell,
			    struct provider_id provider);

/* What of the cell's held_cents counts for a provider: what it delivered, settled or not, what is
 * disputed, its part of F140. For ceilings that are set when titles already run. */
struct cents cell_counted_for(struct effects *effects, struct cell_id cell,
			      struct provider_id provider);

/* Money and units that act->provider gave back stand in F140 and U110: keeps them for the chosen
 * provider, or releases them where the cell is released or they cannot be promised anew. */
void cell_return(struct decision *decision, const struct cell_act *act, uint32_t units,
		 struct cents amount);

/* A walk over the cell's records that are in one state, in any order; a record may leave the state
 * while the walk goes on. */
struct cell_walk {
	struct visit_walk visits;
	struct effects *effects;
	struct cell_id cell;
	enum redemption_state state; /* BOOKED, SUBMITTED or DISPUTED */
};

void cell_walk_begin(struct cell_walk *walk, struct effects *effects, struct cell_id cell,
		     enum redemption_state state);
/* The next record; 0 at the end. */
struct redemption_id cell_walk_next(struct cell_walk *walk);

/* How many bookings the cell holds. */
uint32_t cell_booking_count(struct effects *effects, struct cell_id cell);

/* Ends a booking: its units return to U110, its state becomes CANCELLED. The money that it held for
 * an earlier provider is left to the caller, who gets its amount (0 for the chosen provider's). */
struct cents cell_cancel_booking(struct effects *effects, struct redemption_id booking);

/* What a change of provider would do to one cell. */
struct cell_change {
	struct cell_id cell;
	struct cents moved;    /* F140 that counts for the provider before the change */
	struct cents increase; /* a dearer provider: to be promised … */
	struct cents decrease; /* … or a cheaper one: to be released; one of the two is 0 */
	uint16_t vat_bp;       /* new rate of the rest */
};

/* Prepares a cell for another provider: ends the present provider's bookings that lie in the
 * future, keeps the others and what they hold, and computes the difference of the free units' worth
 * between the two VAT rates; of a title that several funds pay it stands on share 0, whole, until
 * share_spread_changes divides it. Changes bookings and units only. False: an amount leaves 64
 * bits. */
MUST_CHECK bool cell_plan_change(struct decision *decision, struct cell_id cell,
				 struct provider_id chosen, struct cell_change *ret_change);

/* What counts for the chosen provider after the change. */
struct cents cell_change_result(const struct cell_change *change);

/* Carries the change out: money and ceilings. The title must still name the provider before the
 * change; fund, ceilings and commitment must allow the increase. */
void cell_carry_out_change(struct effects *effects, const struct cell_change *change,
			   struct provider_id chosen);

/* A provider that was merged into the chosen one delivered something: that part of F140 counts for
 * it. The check: RESULT_OK, RESULT_CEILING_EXCEEDED or _FROZEN on its own ceilings. */
MUST_CHECK enum result cell_check_hand_over(struct decision *decision, struct cell_id cell,
					    struct provider_id performer, struct cents amount);
void cell_hand_over(struct effects *effects, struct cell_id cell, struct provider_id performer,
		    struct cents amount);

/* Ends the cell's bookings, and releases what they held for an earlier provider. */
void cell_end_bookings(struct effects *effects, struct cell_id cell, enum posting_kind kind);

/* Releases all that is neither delivered nor disputed: bookings, free units, F140. */
void cell_expire(struct effects *effects, struct cell_id cell, enum posting_kind kind);

#endif
