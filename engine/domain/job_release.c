/* Job: what a month left unused is released when its late window in the ambito is over: bookings
 * expire, F140 -> F110, C140 -> C120, U110 -> U150, and the commitment gets its share back;
 * disputed money and units stay until they are decided. A title that has ended and holds nothing
 * more becomes CLOSED. SOURCE DOMAIN section 7 "release/expire"; SCENARIOS S00.8, S08;
 * parameters.csv late_submission_last_day, release_unused_day. */
#include "engine/domain/job.h"
#include "engine/domain/voucher.h"

/* The month whose late window in this ambito ended on the day before; false: none did. */
static bool month_to_release(const struct ambito *ambito, struct day day, struct month *ret_month)
{
	struct day month_end = job_days_after(day, -1 - (int32_t)ambito->late_submission_days);
	struct month month = month_of_day(month_end);
	if (!day_equal(month_last_day(month), month_end))
		return false;
	*ret_month = month;
	return true;
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

bool job_release_run(struct job *job)
{
	const struct state *state = job->decision->state;
	struct ambito_id *ambito_id = &job->schedule->ambito;
	if (ambito_id->raw == 0)
		ambito_id->raw = 1;
	for (; ambito_id->raw <= state_count(state, RECORD_KIND_AMBITO); ambito_id->raw++) {
		const struct ambito *ambito = state_ambito(state, *ambito_id);
		ASSERT(ambito != NULL);
		struct month month;
		if (month_to_release(ambito, job->day, &month) &&
		    !job_walk(job, &state->cells_by_month,
			      calendar_first_of_month(&state->cells_by_month, month),
			      release_cell))
			return false;
		job->schedule->cursor = 0;
	}
	return true;
}

bool job_release_has_work(const struct state *state, struct day day)
{
	for (uint32_t id = 1; id <= state_count(state, RECORD_KIND_AMBITO); id++) {
		const struct ambito *ambito = state_ambito(state, (struct ambito_id){id});
		struct month month;
		if (month_to_release(ambito, day, &month) &&
		    calendar_first_of_month(&state->cells_by_month, month) != 0)
			return true;
	}
	return false;
}
