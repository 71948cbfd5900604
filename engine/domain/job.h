/* The midnight jobs: what runs at the beginning of a legal day, in which order, in bounded steps.
 *
 * To add a job: a line in JOBS, a file job_NAME.c with the two functions declared below, a line in
 * the table of schedule.h. The schedule record keeps the place of the job at hand; a job uses
 * `cursor`, `inner` and `ambito` of it as it likes and finds them 0 when it begins.
 *
 * A job
 *  - looks at objects while job_may_go_on(), counts each with job_looked(), and job_changed() when
 *    it did something; one object changes at most JOB_OBJECT_WRITES_MAX records and makes at most
 *    JOB_OBJECT_POSTINGS_MAX postings, so that a tick's entry stays bounded;
 *  - returns true when the day has nothing left for it, false to be called again by the next tick;
 *  - never refuses: what it cannot do it leaves, with an event where a person must know.
 * Lists that a job walks must not change by what it does (calendars are keyed by what stays). */
#ifndef ENGINE_DOMAIN_JOB_H
#define ENGINE_DOMAIN_JOB_H

#include "engine/domain/cell.h"
#include "engine/domain/late.h"

/* J(name): in the order in which the jobs of a day run. */
#define JOBS(J)                                                                                    \
	J(closing)                                                                                 \
	J(register)                                                                                \
	J(term)                                                                                    \
	J(expiry)                                                                                  \
	J(arrears)                                                                                 \
	J(overrides)                                                                               \
	J(ceilings)                                                                                \
	J(terms)                                                                                   \
	J(statements)                                                                              \
	J(cash_grant)                                                                              \
	J(release)                                                                                 \
	J(carry_over)

#define JOB_OBJECT_WRITES_MAX                                                                      \
	(CELL_BOOKINGS_MAX + LATE_WAITING_MAX + 8u * VOUCHER_SHARES_MAX * CEILINGS_ON_PATH_MAX)
#define JOB_OBJECT_POSTINGS_MAX                                                                    \
	((CELL_BOOKINGS_MAX + VOUCHER_SHARES_MAX) * (CEILINGS_ON_PATH_MAX + 3u) +                  \
	 2u * LATE_WAITING_MAX)

struct job {
	struct decision *decision;
	struct schedule *schedule; /* the place: cursor, inner, ambito */
	struct day day;            /* whose midnight it is */
	uint32_t looked;
	uint32_t changed;
	bool again; /* set by a visit: the object is not finished, the next tick visits it anew */
};

/* Room for one more object in this tick? */
bool job_may_go_on(const struct job *job);
void job_looked(struct job *job);
void job_changed(struct job *job);

/* The day `days` after (before, if negative); it must exist (asserted). */
struct day job_days_after(struct day day, int32_t days);

/* Walks a calendar from `first` (or after the cursor, once begun), keeping the last id looked at in
 * schedule->cursor. True when the list is over. */
MUST_CHECK bool job_walk(struct job *job, const struct calendar *calendar, uint32_t first,
			 void (*visit)(struct job *job, uint32_t id));

/* Of each job: its work, and whether a day has any for it. The latter is asked for every day that
 * the clock passes: it must be cheap, and may say yes in vain. */
#define J(name)                                                                                    \
	MUST_CHECK bool job_##name##_run(struct job *job);                                         \
	bool job_##name##_has_work(const struct state *state, struct day day);
JOBS(J)
#undef J

#endif
