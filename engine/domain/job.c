/* Bounds of a tick and the walk that jobs share: see job.h. */
#include "engine/domain/job.h"

/* One tick stops at any of these. The last two keep its journal entry well below a batch. */
#define LOOKED_MAX   (16u * TICK_OBJECTS_MAX)
#define WRITES_MAX   (EFFECT_WRITES_MAX / 4u)
#define POSTINGS_MAX (EFFECT_POSTINGS_MAX / 3u)

static_assert(WRITES_MAX + JOB_OBJECT_WRITES_MAX <= EFFECT_WRITES_MAX,
	      "the last object, with all its bookings, fits too");
static_assert(POSTINGS_MAX + JOB_OBJECT_POSTINGS_MAX <= EFFECT_POSTINGS_MAX,
	      "the same for postings");

bool job_may_go_on(const struct job *job)
{
	const struct effects *effects = job->decision->effects;
	return job->changed < TICK_OBJECTS_MAX && job->looked < LOOKED_MAX &&
	       effects->write_count < WRITES_MAX && effects->posting_count < POSTINGS_MAX;
}

void job_looked(struct job *job)
{
	job->looked++;
}

void job_changed(struct job *job)
{
	job->changed++;
}

struct day job_days_after(struct day day, int32_t days)
{
	struct day other = day;
	bool exists = day_plus(day, days, &other);
	ASSERT(exists);
	return other;
}

bool job_walk(struct job *job, const struct calendar *calendar, uint32_t first,
	      void (*visit)(struct job *job, uint32_t id))
{
	struct schedule *schedule = job->schedule;
	uint32_t id = schedule->cursor != 0 ? calendar_next(calendar, schedule->cursor) : first;
	while (id != 0 && job_may_go_on(job)) {
		visit(job, id);
		if (job->again) {
			job->again = false;
			return false;
		}
		schedule->cursor = id;
		job_looked(job);
		id = calendar_next(calendar, id);
	}
	return id == 0;
}
