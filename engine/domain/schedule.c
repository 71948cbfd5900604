/* Midnight jobs: see schedule.h. The jobs stand in a table, one file each (job.h).
 *
 *   schedule.next_day   the day being worked on, or the first one not looked at
 *   schedule.phase      place of the job at hand in the table
 *   schedule.cursor, inner, ambito   that job's own place; 0 at its beginning
 *
 * A cursor stays good from one tick to the next because a job does not rekey what it walks. */
#include "engine/domain/schedule.h"

#include "engine/domain/duties.h"
#include "engine/domain/job.h"
#include "engine/domain/judge.h"
#include "engine/domain/opening.h"

static const struct schedule_id the_schedule = {1};

static const struct {
	bool (*run)(struct job *job);
	bool (*has_work)(const struct state *state, struct day day);
} jobs[] = {
#define J(name) {job_##name##_run, job_##name##_has_work},
    JOBS(J)
#undef J
};

#define JOB_COUNT ((uint32_t)(sizeof(jobs) / sizeof(jobs[0])))

static_assert(sizeof(jobs) / sizeof(jobs[0]) <= UINT8_MAX, "the phase is one byte");

/* Does the next jobs of a day; days before it had none. Never refuses. */
enum result tick(struct decision *decision)
{
	struct day day = decision->command->input.tick.day;
	struct schedule *schedule = effects_edit_schedule(decision->effects, the_schedule);
	ASSERT(!day_less(day, schedule->next_day));
	if (day_less(schedule->next_day, day))
		*schedule = (struct schedule){.next_day = day};
	struct job job = {.decision = decision, .schedule = schedule, .day = day};
	while (schedule->phase < JOB_COUNT && jobs[schedule->phase].run(&job))
		*schedule = (struct schedule){.next_day = day,
					      .phase = (uint8_t)(schedule->phase + 1)};
	if (schedule->phase == JOB_COUNT)
		*schedule = (struct schedule){.next_day = job_days_after(day, 1)};
	decision->outcome->units = job.changed;
	return judge_object(decision, RESULT_OK, RECORD_KIND_SCHEDULE, 1);
}

/* ---- What is due ---- */

static bool has_work(const struct state *state, struct day day)
{
	for (uint32_t i = 0; i < JOB_COUNT; i++)
		if (jobs[i].has_work(state, day))
			return true;
	return false;
}

/* The first day with work from the schedule's on; today where there is none. */
static struct day next_day_of_work(const struct state *state, const struct schedule *schedule,
				   struct day today)
{
	struct day first = month_first_day((struct month){CALENDAR_FIRST_YEAR * 12});
	struct day day = schedule->next_day;
	bool is_begun = schedule->phase != 0 || schedule->cursor != 0 || schedule->inner != 0 ||
			schedule->ambito.raw != 0;
	if (is_begun)
		return day;
	if (day_less(day, first) && !day_less(today, first))
		day = first;
	while (day_less(day, today) && !has_work(state, day))
		day = job_days_after(day, 1);
	return day;
}

bool schedule_due(const struct state *state, struct instant now, struct command *ret_command,
		  struct instant *ret_due)
{
	ASSERT(state != NULL && ret_command != NULL && ret_due != NULL);
	const struct schedule *schedule = state_schedule(state, the_schedule);
	if (schedule == NULL)
		return false;
	struct opening_id opening = opening_in_posting(state);
	if (opening.raw != 0) {
		*ret_command = (struct command){.kind = COMMAND_KIND_OPENING_CONTINUE};
		ret_command->input.opening_continue.opening = opening;
		*ret_due = now;
		return true;
	}
	struct day today = state_day(state, now);
	if (day_less(today, schedule->next_day))
		return false;
	struct day day = next_day_of_work(state, schedule, today);
	*ret_command = (struct command){.kind = COMMAND_KIND_TICK};
	ret_command->input.tick.day = day;
	*ret_due = day_begin(&state->zone, day);
	return true;
}
