/* Job: on the first day of a month, what the rule of use takes is held back (carry_over.h). */
#include "engine/domain/carry_over.h"
#include "engine/domain/job.h"
#include "engine/domain/parameter.h"

static void hold_back(struct job *job, uint32_t raw)
{
	if (carry_over_hold_back(job->decision, (struct cell_id){raw}, job->day))
		job_changed(job);
}

static uint32_t first_of(const struct state *state, struct day day)
{
	struct month last = {month_of_day(day).number - 1};
	return calendar_first_of_month(&state->cells_by_month, last);
}

bool job_carry_over_has_work(const struct state *state, struct day day)
{
	if (!day_equal(day, month_first_day(month_of_day(day))) || first_of(state, day) == 0)
		return false;
	for (uint32_t id = 1; id <= state_count(state, RECORD_KIND_AMBITO); id++)
		if (parameter_is_set(state, PARAMETER_CARRY_OVER_POLICY, (struct ambito_id){id},
				     CARRY_OVER_POLICY_IF_USED_LAST_N))
			return true;
	return false;
}

bool job_carry_over_run(struct job *job)
{
	const struct state *state = job->decision->state;
	if (!job_carry_over_has_work(state, job->day))
		return true;
	return job_walk(job, &state->cells_by_month, first_of(state, job->day), hold_back);
}
