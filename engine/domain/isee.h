/* ISEE: a person's means indicator as a timeline of dated rows, amounts in cents and no document.
 *
 * A row is in force from valid_from to valid_to; of several the one that begins last counts, so
 * that a current ISEE (CORRENTE) takes the place of the ordinary one and gives it back at its end.
 * When none is in force, one that ended still counts until the renewal grace (SOURCE parameters.csv
 * isee_renewal_grace: "Rho: by 31 March, tariff from April"); after it, isee_missing_policy says
 * what holds. Rows are never edited: a wrong one is annulled with a reason. Who may read them:
 * decision 0010. */
#ifndef ENGINE_DOMAIN_ISEE_H
#define ENGINE_DOMAIN_ISEE_H

#include "engine/domain/decide.h"
#include "engine/domain/parameter.h"

enum isee_standing {
	ISEE_MISSING = 1, /* none ever, or ended and the grace is over */
	ISEE_IN_FORCE,
	ISEE_IN_GRACE, /* ended, not renewed, still counts */
};

struct isee_view {
	enum isee_standing standing;
	bool is_known;	     /* there is an amount: in force, in grace, or the last that ended */
	struct cents amount; /* of it */
	uint8_t type;	     /* enum isee_type of it */
};

/* What is asked of the timeline. */
struct isee_question {
	struct beneficiary_id beneficiary;
	struct parameter_scope scope;  /* whose grace holds */
	struct day day;
	uint8_t type;		       /* enum isee_type wanted, or CORRENTE in its place; 0: any */
	const struct isee *if_it_were; /* a row taken as registered, for previews; NULL: none */
};

struct isee_view isee_at(const struct state *state, const struct isee_question *question);

/* Is the person's ISEE known and within the measure's maximum on the day? Asks for the parameters
 * isee_max_*: a maximum for minors binds who has an ISEE MINORENNI, the one for adults everybody
 * else, the others everybody. RESULT_OK (no maximum set included); RESULT_ISEE_EXPIRED: there is
 * none in force or in grace; RESULT_ISEE_ABOVE_MAXIMUM: outcome->limit is the maximum (the amount
 * itself is not told). */
MUST_CHECK enum result isee_check_maximum(struct decision *decision,
					  struct beneficiary_id beneficiary,
					  const struct parameter_scope *scope, struct day day);

/* The same day of another year, month x 100 + day as parameters hold it; 29 February becomes 28. */
struct day isee_year_day(int32_t year, int64_t month_and_day);

/* The key of a person's rows, for the index (apply.c). */
uint64_t isee_key(struct beneficiary_id beneficiary);

#endif
