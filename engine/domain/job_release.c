/* Job: what a month left unused is released when its late window in the ambito is over: bookings
 * expire, F140 -> F110, C140 -> C120, U110 -> U150, and the commitment gets its share back;
 * disputed money and units stay until they are decided. A title that has ended and holds nothing
 * more becomes CLOSED. SOURCE DOMAIN section 7 "release/expire"; SCENARIOS S00.8, S08;
 * parameters.csv late_submission_last_day, release_unused_day. */
#include "engine/domain/deadline.h"
#include "engine/domain/job.h"
#include "engine/domain/voucher.h"

#define MONTHS_BACK_MAX 14 /* a late window lasts 366 days at the most (parameters.def) */

/* Did the late window of the month end in this ambito on the day before? */
static bool is_released_on(const struct state *state, struct ambito_id ambito, struct month month,
			   struct day day)
{
	return job_days_after(deadlines_of(state, ambito, month).late_window, 1).number ==
	       day.number;
}

static struct month first_month(struct day day)
{
	return (struct month){month_of_day(day).number - MONTHS_BACK_MAX};
}

static void release_cell(struct job *job, uint32_t raw)
{
	struct cell_id id = {raw};
	struct effects *effects = job->decision->effects;
	const struct cell *cell = effects_read_cell(effects, id);
	ASSERT(cell != NULL);
	const struct voucher *voucher = effects_read_voucher(effects, cell->voucher);
	ASSERT(voucher != NULL);
	if (cell->released != 0 || voucher->ambito.raw != job->schedule->ambito.raw)
		return;
	cell_expire(effects, id, POSTING_KIND_RELEASE);
	voucher_units_gone(effects, cell->voucher);
	voucher_close_if_done(effects, cell->voucher, job->day);
	job_changed(job);
}

/* The months of one ambito whose time has come; `inner` is the one at hand. */
static bool release_ambito(struct job *job, struct ambito_id ambito)
{
	const struct state *state = job->decision->state;
	struct schedule *schedule = job->schedule;
	struct month month = first_month(job->day);
	if (schedule->inner > (uint32_t)month.number)
		month.number = (int32_t)schedule->inner;
	for (; month.number < month_of_day(job->day).number; month.number++) {
		if (!is_released_on(state, ambito, month, job->day))
			continue;
		if (schedule->inner != (uint32_t)month.number)
			schedule->cursor = 0;
		schedule->inner = (uint32_t)month.number;
		if (!job_walk(job, &state->cells_by_month,
			      calendar_first_of_month(&state->cells_by_month, month),
			      release_cell))
			return false;
	}
	schedule->inner = 0;
	schedule->cursor = 0;
	return true;
}

bool job_release_run(struct job *job)
{
	const struct state *state = job->decision->state;
	struct ambito_id *ambito = &job->schedule->ambito;
	if (ambito->raw == 0)
		ambito->raw = 1;
	for (; ambito->raw <= state_count(state, RECORD_KIND_AMBITO); ambito->raw++)
		if (!release_ambito(job, *ambito))
			return false;
	return true;
}

bool job_release_has_work(const struct state *state, struct day day)
{
	struct month end = month_of_day(day);
	for (uint32_t id = 1; id <= state_count(state, RECORD_KIND_AMBITO); id++)
		for (struct month month = first_month(day); month.number < end.number; month.number++)
			if (calendar_first_of_month(&state->cells_by_month, month) != 0 &&
			    is_released_on(state, (struct ambito_id){id}, month, day))
				return true;
	return false;
}
