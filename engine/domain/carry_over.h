/* Carry-over: what becomes of a month's units that were not used.
 *
 * They stay in their own month's cell. A service draws from its own month first; what that lacks it
 * takes from earlier months of the same line, the oldest first, as the measure allows:
 *   NONE            nothing; a month is released when its late window is over
 *   ALL             everything that earlier months have left
 *   CAP             of each month at most carry_over_cap_units, over all later months together; the
 *                   rest lapses when the month's late window is over
 *   IF_USED_LAST_N  everything, as long as the last N months (carry_over_lookback_months) had an
 *                   accepted service. On the first day of a month after N months without one, what
 *                   earlier months have left is held back (U110 -> U150) and its money waits: until
 *                   a service of those months is accepted after all (U150 -> U110), or until the
 *                   last of their late windows is over, when it is released. A title has to have
 *                   run for N months; months with a day of suspension judge nobody.
 * Nothing is carried over into another fiscal year: commitment and fund end with theirs. The month
 * that may draw last, the title's last or December, releases all of its year when its late window
 * is over. Own first, because a service sent late must find its month's units (decision 0017).
 * Bookings take from their own month alone.
 * SOURCE SCENARIOS S09; parameters.csv carry_over_policy, carry_over_lookback_months. */
#ifndef ENGINE_DOMAIN_CARRY_OVER_H
#define ENGINE_DOMAIN_CARRY_OVER_H

#include "engine/domain/decide.h"

/* Earlier months that one month may draw from. */
#define CARRY_OVER_CELLS_MAX 11u

struct carry_source {
	struct cell_id cell;
	uint32_t units; /* that it may give */
};

/* The months of a title's line (from 0) that a service of `month` may draw from beside its own,
 * the oldest first. Returns how many. Sees the state. */
struct carry_line {
	struct voucher_id voucher;
	uint32_t line;
};
uint32_t carry_over_sources(const struct state *state, struct carry_line line, struct month month,
			    struct carry_source *ret_sources);

/* The last day on which what a month has left may be used, as the rules stand: the month's own, or
 * the end of the year that may draw on it. */
struct day carry_over_last_day(const struct state *state, struct carry_line line,
			       struct month month);

/* A service of the month is taken: gives back what was held back for want of one. */
void carry_over_used(struct decision *decision, struct carry_line line, struct month month);

/* On the first day of a month: holds back what the rule of use takes. True: something changed. */
bool carry_over_hold_back(struct decision *decision, struct cell_id last_month, struct day day);

/* The late window of a cell's month is over: releases what no later month may use. True: there is
 * nothing left to do; false: call again in another tick. */
struct carry_pace {
	bool (*may_go_on)(const void *context); /* one month more? */
	const void *context;
};
MUST_CHECK bool carry_over_close(struct decision *decision, struct cell_id cell,
				 const struct carry_pace *pace);

#endif
