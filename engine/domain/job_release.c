/* Job: what a month left unused is released some days after its late window in the ambito is over
 * (release_unused_day, by measure: the first day after it): bookings expire, F140 -> F110,
 * C140 -> C120, U110 -> U150, and the commitment gets its share back; disputed money and units stay
 * until they are decided. What the measure carries over waits (carry_over.h). A title that has
 * ended and holds nothing more becomes CLOSED. SOURCE DOMAIN section 7 "release/expire"; SCENARIOS
 * S00.8, S08, S09; parameters.csv late_submission_last_day, release_unused_day. */
#include "engine/domain/carry_over.h"
#include "engine/domain/deadline.h"
#include "engine/domain/job.h"
#include "engine/domain/parameter.h"
#include "engine/domain/voucher.h"

/* A late window lasts 366 days at the most, the release follows within 60 (parameters.def). */
#define MONTHS_BACK_MAX 16

/* Days from the end of the late window to the day; 0 or less: it is not over. */
static int32_t days_after_window(const struct state *state, struct ambito_id ambito,
				 struct month month, struct day day)
{
	return day.number - deadlines_of(state, ambito, month).late_window.number;
}

static int64_t release_day_of(const struct state *state, const struct parameter_scope *scope,
			      struct month month)
{
	return parameter_at(state, PARAMETER_RELEASE_UNUSED_DAY, scope, month_last_day(month));
}

/* May cells of the month be released in this ambito on the day? By the ambito's own number of days,
 * or one that some measure has. */
static bool is_released_on(const struct state *state, struct ambito_id ambito, struct month month,
			   struct day day)
{
	int32_t days = days_after_window(state, ambito, month, day);
	struct parameter_scope scope = {.ambito = ambito};
	return days > 0 && (days == release_day_of(state, &scope, month) ||
			    parameter_is_set(state, PARAMETER_RELEASE_UNUSED_DAY, ambito,
					     (uint32_t)days));
}

static struct month first_month(struct day day)
{
	return (struct month){month_of_day(day).number - MONTHS_BACK_MAX};
}

static bool may_go_on(const void *context)
{
	return job_may_go_on(context);
}

/* Months are closed by their cell of share 0. */
static void release_cell(struct job *job, uint32_t raw)
{
	const struct state *state = job->decision->state;
	struct cell_id id = {raw};
	const struct cell *cell = effects_read_cell(job->decision->effects, id);
	ASSERT(cell != NULL);
	const struct voucher *voucher = state_voucher(state, cell->voucher);
	ASSERT(voucher != NULL);
	if (cell->share != 0 || voucher->ambito.raw != job->schedule->ambito.raw)
		return;
	struct parameter_scope scope = parameter_scope_of_title(voucher);
	if (days_after_window(state, voucher->ambito, cell->month, job->day) !=
	    release_day_of(state, &scope, cell->month))
		return;
	uint32_t written = job->decision->effects->write_count;
	struct carry_pace pace = {may_go_on, job};
	job->again = !carry_over_close(job->decision, id, &pace);
	if (job->decision->effects->write_count > written)
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
	int32_t end = month_of_day(day).number;
	for (uint32_t id = 1; id <= state_count(state, RECORD_KIND_AMBITO); id++)
		for (struct month month = first_month(day); month.number < end; month.number++)
			if (calendar_first_of_month(&state->cells_by_month, month) != 0 &&
			    is_released_on(state, (struct ambito_id){id}, month, day))
				return true;
	return false;
}
