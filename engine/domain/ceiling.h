/* Spend ceilings (tetti di spesa): maximums over any set of dimensions. What titles ask of them.
 *
 * A ceiling matches a cell when each of its dimensions is "any" or equal to the cell's. What of a
 * cell counts depends on the ceiling's basis:
 *   COMMITMENT_GROSS          all of its `held_cents`: reserved, promised, redeemed, disputed,
 *                             settled and paid (DOMAIN section 7, "across that set's edge")
 *   COMMITMENT_NET_OF_COPAY   the same less the part that the person pays (counted_cell)
 *   REDEEMED_GROSS            what was accepted, from F150 on; mode SOFT alone
 * A ceiling with a provider dimension counts from the choice of the provider on; before it, the
 * scope's provider is none.
 *
 * At its maximum a HARD ceiling refuses; HARD_WITH_OVERRIDE draws on what two persons authorised
 * beforehand (C150), then refuses; SOFT passes and records. Mandatory and urgent titles pass every
 * ceiling: out of the share set aside for them, then out of what is free, then as recorded overrun
 * (DOMAIN section 6, rule 8). An overrun is posted C100 -> C140 and kept in `shortfall_cents`; what
 * comes back goes to C100 until the shortfall is covered. Nothing is silent: each overrun and each
 * threshold crossed is an event.
 *
 * Every answer is independent of the order in which ceilings are found: matches are taken by
 * rising id, and the blocking ceiling is the matching one with the lowest id that blocks. */
#ifndef ENGINE_DOMAIN_CEILING_H
#define ENGINE_DOMAIN_CEILING_H

#include "engine/domain/decide.h"

/* Where one amount stands: every dimension a ceiling may have. */
struct ceiling_scope {
	struct ambito_id ambito;
	struct comune_id comune; /* none: several, in opening balances */
	struct sub_ambito_id sub_ambito;
	struct fund_id fund;
	struct service_id service;
	struct measure_id measure;   /* none where the title has none */
	struct provider_id provider; /* none before the choice */
	struct beneficiary_id beneficiary;
	struct month month;
	uint16_t year;     /* fiscal year of the service */
	uint8_t priority;  /* enum title_priority of the title; 0: an ordinary one */
};

/* Which of the matching ceilings: of those on commitments the ones without a provider dimension,
 * the ones with, or both; or those on what is redeemed. */
enum ceiling_part {
	CEILING_PART_ALL = 1,
	CEILING_PART_WITHOUT_PROVIDER,
	CEILING_PART_PROVIDER,
	CEILING_PART_REDEEMED,
};

/* One amount to be promised. */
struct ceiling_demand {
	struct ceiling_scope scope;
	struct cents amount; /* gross */
	struct cents copay;  /* of these, what the person pays; below 0 beside an amount of 0: by
			      * how much ceilings net of it rise */
};

/* What a ceiling_move's postings carry besides the ceiling, for the postings table; 0 where it does
 * not apply. */
struct ceiling_dimensions {
	struct fund_year_id fund_year;
	struct cell_id cell;
	struct comune_id comune;
	struct voucher_id voucher;
	struct provider_id provider;
	struct statement_id statement;
};

/* The scope of a cell of a title as it stands now (its provider is the chosen one). The cell must
 * exist (asserted). */
struct ceiling_scope ceiling_scope_of_cell(struct effects *effects, struct cell_id cell);

/* May this amount be promised? RESULT_OK; RESULT_CEILING_EXCEEDED or RESULT_CEILING_FROZEN with
 * outcome->ceiling, ->short_by and ->limit (what is free); RESULT_TOO_MANY_EFFECTS where more than
 * CEILINGS_ON_PATH_MAX ceilings match. An OVERRUN ceiling that is not SOFT is exceeded whatever the
 * amount; an amount of 0, and every amount of a mandatory or urgent title, passes. Moves
 * nothing. */
MUST_CHECK enum result ceiling_check(struct decision *decision, const struct ceiling_scope *scope,
				     struct cents amount);
/* The same for the ceilings with a provider dimension alone: at the choice. */
MUST_CHECK enum result ceiling_check_provider(struct decision *decision,
					      const struct ceiling_scope *scope,
					      struct cents amount);
/* The same for many amounts together (the cells of a title): a ceiling that several of them touch
 * must hold their sum, and short_by is what is missing for all of them. RESULT_TOO_MANY_EFFECTS
 * also where the demands touch more than CEILING_DEMANDED_MAX ceilings together. */
#define CEILING_DEMANDED_MAX 512u
MUST_CHECK enum result ceiling_check_demands(struct decision *decision,
					     const struct ceiling_demand *demands, uint32_t count,
					     enum ceiling_part part);

/* The same for one ceiling by its id, and an amount of 0 passes. */
MUST_CHECK enum result ceiling_check_one(struct decision *decision, struct ceiling_id ceiling,
					 struct cents amount);

/* Posts the amount between two accounts of every matching ceiling, by rising id. Checks no money:
 * call ceiling_check before. An amount of 0 posts nothing. `dimensions` may be NULL. From C120 it
 * is a promise: what is not free comes from C150, and what neither holds is overrun, allowed to a
 * SOFT ceiling and to mandatory and urgent titles (asserted). To C120 it is a return: what covers a
 * shortfall goes to C100 instead. */
void ceiling_move(struct effects *effects, const struct ceiling_scope *scope,
		  enum posting_kind kind, enum ceiling_account_slot from,
		  enum ceiling_account_slot to, struct cents amount,
		  const struct ceiling_dimensions *dimensions);
/* The same for the ceilings with a provider dimension alone: at the choice and its change. */
void ceiling_move_provider(struct effects *effects, const struct ceiling_scope *scope,
			   enum posting_kind kind, enum ceiling_account_slot from,
			   enum ceiling_account_slot to, struct cents amount,
			   const struct ceiling_dimensions *dimensions);

/* What the ceilings on redeemed money count: C120 -> C140, and back. Costs nothing where no ceiling
 * has that basis. */
void ceiling_redeem(struct effects *effects, struct cell_id cell, struct provider_id provider,
		    struct cents amount);
void ceiling_unredeem(struct effects *effects, struct cell_id cell, struct provider_id provider,
		      struct cents amount);

/* Notes what the person pays of a cell about to be promised, where some ceiling counts net of it;
 * for a cell that is noted already (ISEE change) the ceilings follow. The cell's held_cents must be
 * 0 the first time (asserted). Ceilings must allow what grows: ceiling_check_copay before. */
void ceiling_set_copay(struct effects *effects, struct cell_id cell, struct cents gross,
		       struct cents copay);
/* What is noted of a cell; false: nothing. */
MUST_CHECK bool ceiling_copay_of(struct effects *effects, struct cell_id cell,
				 struct cents *ret_gross, struct cents *ret_copay);
/* By how much ceilings net of it rise where the person's part becomes this; 0: they fall. */
struct cents ceiling_copay_increase(struct effects *effects, struct cell_id cell,
				    struct cents copay);
/* May the person's part of a promised cell become this? RESULT_OK, or as ceiling_check. */
MUST_CHECK enum result ceiling_check_copay(struct decision *decision, struct cell_id cell,
					   struct cents copay);

/* What the ceiling lets an ordinary title use: C120 less what is left of the share set aside. */
struct cents ceiling_ordinary_room(struct effects *effects, struct ceiling_id ceiling);

/* The same for an amount that already is net. For ceilings that count net of co-pay alone. */
MUST_CHECK enum result ceiling_check_net(struct decision *decision, struct cell_id cell,
					 struct cents net);

/* Four eyes on a ceiling: who asks is a comune's administrator or its accounting office, the second
 * is the other. See approval_require. */
MUST_CHECK enum result ceiling_require_second(struct decision *decision, struct ceiling_id ceiling);

/* Makes an event about a ceiling. */
void ceiling_tell(struct effects *effects, enum event_kind kind, struct ceiling_id ceiling,
		  struct cents amount, uint32_t value);

/* One posting of a ceiling alone; thresholds crossed are told. */
void ceiling_post(struct effects *effects, struct ceiling_id ceiling, enum posting_kind kind,
		  enum ceiling_account_slot from, enum ceiling_account_slot to,
		  struct cents amount, const struct ceiling_dimensions *dimensions);

#endif
