/* Which ceilings an amount touches: the look-up behind ceiling.h, and the
 * making of one. */
#ifndef ENGINE_DOMAIN_CEILING_MATCH_H
#define ENGINE_DOMAIN_CEILING_MATCH_H

#include "engine/domain/ceiling.h"

struct ceiling_matches {
	uint32_t count;
	struct ceiling_id ids[2 * CEILINGS_ON_PATH_MAX]; /* rising */
};

/* The ceilings of a part that match the scope: at most CEILINGS_ON_PATH_MAX without a provider
 * dimension and as many with one. False: there are more. One look-up for each set of dimensions
 * that ceilings have. */
MUST_CHECK bool ceiling_match(struct effects *effects, const struct ceiling_scope *scope,
			      enum ceiling_part part, struct ceiling_matches *ret_matches);

/* Whether each dimension of the ceiling is "any" or equal to the scope's. */
bool ceiling_matches_scope(const struct ceiling *ceiling, const struct ceiling_scope *scope);

/* What the cells that match each of the ceilings hold already, and what of that is reserved (F120).
 * RESULT_OK, or
 * RESULT_TOO_MANY_EFFECTS when a cell already matches as many ceilings as it may, or a sum leaves
 * 64 bits. One pass over all cells: setting ceilings is rare, and most are set before the first
 * title. */
MUST_CHECK enum result ceiling_sum_held(struct decision *decision, const struct ceiling *ceilings,
					uint32_t count, struct cents *ret_held,
					struct cents *ret_reserved);

/* Mode, basis, thresholds and set-aside share where the act does not say: from the parameters. */
void ceiling_fill_defaults(struct decision *decision, struct ceiling *ceiling,
			   struct cents amount);

/* With what a ceiling begins. */
struct ceiling_start {
	struct cents amount;   /* granted */
	struct cents held;     /* by titles that run already, reservations included */
	struct cents reserved; /* part of it: C130 */
};

/* Makes a ceiling that counts what is held from the start. RESULT_OK; RESULT_ALREADY_EXISTS with
 * the ceiling of the same dimensions as the outcome's object; RESULT_CEILING_BELOW_USED with
 * short_by and limit (the amount offered). */
MUST_CHECK enum result ceiling_create(struct decision *decision, const struct ceiling *ceiling,
				      const struct ceiling_start *start,
				      struct ceiling_id *ret_id);

/* The ceiling with exactly these dimensions; 0 when there is none. */
struct ceiling_id ceiling_find_twin(struct effects *effects, const struct ceiling *dimensions);

#endif
