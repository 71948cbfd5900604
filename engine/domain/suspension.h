/* Suspension of a title: intervals of days without services.
 *
 *   ISSUED, ACTIVE ──voucher_suspend, or the tick after too many days of absence──> SUSPENDED
 *   SUSPENDED ──voucher_resume──> ACTIVE (ISSUED, where no provider was chosen)
 *
 * What decides about a service is not the title's present state but whether its day lies in one of
 * its intervals [from, to): a service of the day before stays good while the title is suspended,
 * one of a suspended day stays refused after it resumed (DOMAIN section 6, principle 3).
 *
 * Unless the parameter suspended_units_recoverable says otherwise, a suspension takes its units: of
 * every month, days suspended over days of validity in it, of what was granted, rounded down in
 * the person's favour; of a month suspended throughout all that is free. They go U110 -> U150 as
 * the title resumes, and F140 shrinks to the worth of what is left (decision 0015).
 * SOURCE state_transitions.csv VOUCHER suspend, resume; parameters.csv suspend_…, suspended_…. */
#ifndef ENGINE_DOMAIN_SUSPENSION_H
#define ENGINE_DOMAIN_SUSPENSION_H

#include "engine/domain/decide.h"

/* Does the day lie in one of the title's suspensions? Costs nothing for a title that never was
 * suspended. Sees the state alone. */
bool suspension_covers(const struct state *state, struct voucher_id voucher, struct day day);

struct suspension {
	struct voucher_id voucher;
	struct day from;
	uint8_t reason; /* enum reason */
	const char *act; /* TEXT of 32, or NULL */
};

/* Suspends an ISSUED or ACTIVE title (asserted) from a day on, with an event. */
void suspension_begin(struct decision *decision, const struct suspension *suspension);

#endif
