/* Job: terms of titles that ended on the day before. See term.h. */
#include "engine/domain/job.h"
#include "engine/domain/term.h"

static void end_term(struct job *job, uint32_t raw)
{
	if (term_over(job->decision, (struct voucher_deadline_id){raw}, job->day))
		job_changed(job);
}

bool job_term_run(struct job *job)
{
	const struct calendar *calendar = &job->decision->state->deadlines_by_day;
	return job_walk(job, calendar, calendar_first_of_day(calendar, job->day), end_term);
}

bool job_term_has_work(const struct state *state, struct day day)
{
	return calendar_first_of_day(&state->deadlines_by_day, day) != 0;
}
