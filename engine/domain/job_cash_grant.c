/* Job: on the schedule day of a month the payments of the buoni that are active in it: F140 ->
 * F150, where their requirements are alive on the reference day; else the plan office has a task.
 * SOURCE state_transitions.csv BUONO_PAYMENT schedule. */
#include "engine/domain/cash_grant.h"
#include "engine/domain/job.h"

static bool is_schedule_day(const struct state *state, struct ambito_id ambito, struct day day)
{
	return day_equal(cash_grant_schedule_day(state, ambito, month_of_day(day)), day);
}

bool job_cash_grant_run(struct job *job)
{
	const struct state *state = job->decision->state;
	uint32_t *cursor = &job->schedule->cursor;
	uint32_t count = state_count(state, RECORD_KIND_CASH_GRANT);
	while (*cursor < count && job_may_go_on(job)) {
		struct cash_grant_id id = {++*cursor};
		job_looked(job);
		const struct cash_grant *grant = state_cash_grant(state, id);
		const struct voucher *voucher = state_voucher(state, grant->voucher);
		if (voucher->state != VOUCHER_STATE_ACTIVE ||
		    !is_schedule_day(state, grant->ambito, job->day))
			continue;
		cash_grant_run_month(job->decision, id, month_of_day(job->day));
		job_changed(job);
	}
	return *cursor >= count;
}

bool job_cash_grant_has_work(const struct state *state, struct day day)
{
	if (state_count(state, RECORD_KIND_CASH_GRANT) == 0)
		return false;
	for (uint32_t id = 1; id <= state_count(state, RECORD_KIND_AMBITO); id++)
		if (is_schedule_day(state, (struct ambito_id){id}, day))
			return true;
	return false;
}
