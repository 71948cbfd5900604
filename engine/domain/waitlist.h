/* The waitlist: who waits for which money, and who may not overtake whom.
 *
 * A title that lacks money waits for the first account that is short: a ceiling, or the money of a
 * fund year. Another may then overtake it on that account or not, by two parameters of the measure:
 *
 *   waitlist_policy  STRICT_RANK  nobody draws on an account for which somebody before waits, even
 *                                 where what is left would do: the ranking is a legal position
 *                    FIRST_FIT    whoever fits is served
 *   access_mode      RANKING      "before" is a lower rank; titles without a rank stand outside
 *                    FIRST_COME   "before" is an earlier proposal
 *
 * Mandatory and urgent titles stand before all others and wait behind nobody. Ranks of different
 * measures are not compared. Nothing leaves the waitlist by itself: the office issues.
 * SOURCE parameters.csv; SCENARIOS S01; DOMAIN section 6, rule 8. */
#ifndef ENGINE_DOMAIN_WAITLIST_H
#define ENGINE_DOMAIN_WAITLIST_H

#include "engine/domain/ceiling.h"

/* What a title waits for: one of the two. */
struct waitlist_blocker {
	struct ceiling_id ceiling;
	struct fund_year_id fund_year;
};

/* Who asks. */
struct waitlist_place {
	struct voucher_id voucher;
	bool is_strict; /* STRICT_RANK, whatever the measure's policy */
};

/* Does somebody before this title wait for the money of the fund year, or for a ceiling that the
 * scope matches? True: *ret_blocker says for which. Cheap where nobody waits. */
MUST_CHECK bool waitlist_is_behind_year(struct decision *decision,
					const struct waitlist_place *mine,
					struct fund_year_id fund_year);
MUST_CHECK bool waitlist_is_behind_scope(struct decision *decision,
					 const struct waitlist_place *mine,
					 const struct ceiling_scope *scope,
					 struct ceiling_id *ret_ceiling);

/* Puts a title on the waitlist, or notes for what it waits now: rank and time are kept. */
void waitlist_enter(struct decision *decision, struct voucher_id voucher,
		    const struct waitlist_blocker *blocker, struct cents short_by);

#endif
