/* Spend ceilings (tetti di spesa): maximums over any set of dimensions. What titles ask of them.
 *
 * A ceiling matches a cell when each of its dimensions is "any" or equal to the cell's. All of a
 * cell's `held_cents` counts on every ceiling that matches: money promised, redeemed, disputed,
 * settled and paid (DOMAIN section 7, "across that set's edge"). A ceiling with a provider
 * dimension counts from the choice of the provider on; before it, the scope's provider is none.
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
	struct provider_id provider; /* none before the choice */
	struct beneficiary_id beneficiary;
	struct month month;
	uint16_t year; /* fiscal year of the service */
};

/* Which of the matching ceilings: those without a provider dimension, only those with one, or
 * both. */
enum ceiling_part {
	CEILING_PART_ALL = 1,
	CEILING_PART_WITHOUT_PROVIDER,
	CEILING_PART_PROVIDER,
};

/* One amount to be promised. */
struct ceiling_demand {
	struct ceiling_scope scope;
	struct cents amount;
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
 * CEILINGS_ON_PATH_MAX ceilings match. An OVERRUN ceiling is exceeded whatever the amount; an
 * amount of 0 always passes. Moves nothing. */
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
 * call ceiling_check before. An amount of 0 posts nothing. `dimensions` may be NULL. */
void ceiling_move(struct effects *effects, const struct ceiling_scope *scope,
		  enum posting_kind kind, enum ceiling_account_slot from,
		  enum ceiling_account_slot to, struct cents amount,
		  const struct ceiling_dimensions *dimensions);
/* The same for the ceilings with a provider dimension alone: at the choice and its change. */
void ceiling_move_provider(struct effects *effects, const struct ceiling_scope *scope,
			   enum posting_kind kind, enum ceiling_account_slot from,
			   enum ceiling_account_slot to, struct cents amount,
			   const struct ceiling_dimensions *dimensions);

#endif
