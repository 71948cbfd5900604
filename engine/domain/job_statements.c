/* Job: what becomes of statements by time alone, where the ambito says so.
 *
 *   AUTOMATIC_FREEZE     on the cutoff day, every open statement of the month and of earlier ones
 *   TACIT_CONFIRMATION   a provider that let its working days pass has confirmed
 *   SPLIT_UNATTESTED     comuni that let theirs pass: their lines leave, the rest goes on; where
 *                        nobody attested anything the plan office is called (never tacit)
 *
 * Statements of the last twelve months are looked at. What cannot be done for want of cents is left
 * to the office, with an event. SOURCE parameters.csv statement_cutoff_day, provider_confirm_days,
 * comune_attest_days; state_transitions.csv STATEMENT freeze, confirm; DOMAIN section 6, rule 9. */
#include "engine/domain/deadline.h"
#include "engine/domain/event.h"
#include "engine/domain/job.h"
#include "engine/domain/parameter.h"
#include "engine/domain/settlement.h"
#include "engine/domain/statement_contest.h"
#include "engine/domain/statement_round.h"

#define MONTHS_BACK 12u
/* A statement of more lines is worked on in a tick of its own: it may fill it. */
#define SMALL_LINES_MAX 64u

static bool is_on(const struct state *state, struct ambito_id ambito, enum parameter_name name,
		  struct day day)
{
	struct parameter_scope scope = {.ambito = ambito};
	return parameter_at(state, name, &scope, day) != 0;
}

/* The month whose cutoff day this is in the ambito; false: of none. */
static bool month_to_freeze(const struct state *state, struct ambito_id ambito, struct day day,
			    struct month *ret_month)
{
	struct month month = {month_of_day(day).number - 1};
	*ret_month = month;
	return is_on(state, ambito, PARAMETER_AUTOMATIC_FREEZE, day) &&
	       day_equal(deadlines_of(state, ambito, month).freeze, day);
}

static void tell(struct job *job, struct statement_id id, enum event_kind kind, bool is_task)
{
	const struct statement *statement =
	    effects_read_statement(job->decision->effects, id);
	struct event event = {.amount_cents = statement->gross_cents,
			      .ambito = statement->ambito,
			      .provider = statement->provider,
			      .statement = id,
			      .due = statement->due_on,
			      .kind = (uint8_t)kind,
			      .task = is_task ? 1 : 0};
	event_emit(job->decision, &event);
	job_changed(job);
}

static void freeze(struct job *job, struct statement_id id)
{
	if (!statement_can_round(job->decision, id)) {
		tell(job, id, EVENT_KIND_STATEMENT_NOT_FROZEN, true);
		return;
	}
	enum result result = statement_become_frozen(job->decision, id);
	ASSERT(result == RESULT_OK);
	tell(job, id, EVENT_KIND_STATEMENT_FROZEN, false);
}

static void confirm(struct job *job, struct statement_id id)
{
	settlement_confirm(job->decision, id);
	tell(job, id, EVENT_KIND_TACITLY_CONFIRMED, false);
}

/* On the first day after the comuni's time. */
static void split(struct job *job, struct statement_id id)
{
	const struct statement *statement =
	    effects_read_statement(job->decision->effects, id);
	bool is_first_day = day_equal(job_days_after(statement->due_on, 1), job->day);
	if (statement->attested_count > 0 && statement_can_split(job->decision, id)) {
		enum result result = statement_split_off(job->decision, id);
		ASSERT(result == RESULT_OK);
		job_changed(job);
	} else if (is_first_day) {
		tell(job, id, EVENT_KIND_ATTEST_OVERDUE, true);
	}
}

/* Does what is due of one statement. False: not in this tick. */
static bool look_at(struct job *job, struct statement_id id)
{
	const struct state *state = job->decision->state;
	const struct statement *statement =
	    effects_read_statement(job->decision->effects, id);
	struct month month;
	bool is_late = statement->due_on.number != 0 && day_less(statement->due_on, job->day);
	bool must_freeze = statement->state == STATEMENT_STATE_OPEN &&
			   statement->redemption_count > 0 &&
			   month_to_freeze(state, statement->ambito, job->day, &month) &&
			   statement->month.number <= month.number;
	bool must_confirm =
	    statement->state == STATEMENT_STATE_FROZEN && is_late &&
	    is_on(state, statement->ambito, PARAMETER_TACIT_CONFIRMATION, job->day);
	bool must_split = statement_split_is_due(statement, job->day) &&
			  is_on(state, statement->ambito, PARAMETER_SPLIT_UNATTESTED, job->day);
	bool is_work = must_freeze || must_confirm || must_split;
	if (is_work && statement->line_count > SMALL_LINES_MAX && job->changed > 0)
		return false;
	struct outcome before = *job->decision->outcome;
	if (must_freeze)
		freeze(job, id);
	else if (must_confirm)
		confirm(job, id);
	else if (must_split)
		split(job, id);
	*job->decision->outcome = before;
	return true;
}

/* The statements of one month; true when none is left. */
static bool run_month(struct job *job, struct month month)
{
	const struct calendar *calendar = &job->decision->state->statements_by_month;
	struct schedule *schedule = job->schedule;
	uint32_t id = schedule->cursor != 0 ? calendar_next(calendar, schedule->cursor)
					    : calendar_first_of_month(calendar, month);
	while (id != 0) {
		if (!job_may_go_on(job) || !look_at(job, (struct statement_id){id}))
			return false;
		job_looked(job);
		schedule->cursor = id;
		id = calendar_next(calendar, id);
	}
	return true;
}

bool job_statements_run(struct job *job)
{
	struct schedule *schedule = job->schedule;
	if (!job_statements_has_work(job->decision->state, job->day))
		return true;
	int32_t present = month_of_day(job->day).number;
	for (; schedule->inner < MONTHS_BACK; schedule->inner++) {
		struct month month = {present - 1 - (int32_t)schedule->inner};
		if (!run_month(job, month))
			return false;
		schedule->cursor = 0;
	}
	return true;
}

bool job_statements_has_work(const struct state *state, struct day day)
{
	for (uint32_t id = 1; id <= state_count(state, RECORD_KIND_AMBITO); id++) {
		struct ambito_id ambito = {id};
		struct month month;
		if (month_to_freeze(state, ambito, day, &month) ||
		    is_on(state, ambito, PARAMETER_TACIT_CONFIRMATION, day) ||
		    is_on(state, ambito, PARAMETER_SPLIT_UNATTESTED, day))
			return true;
	}
	return false;
}
