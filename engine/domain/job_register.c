/* Job: what the register's dates bring about. Accreditations whose last day was the day before
 * become EXPIRED; those whose notice or merger takes effect today end; a review of titles that did
 * not fit in one act goes on. Titles of who can no longer serve them are flagged (affected.h).
 * SOURCE state_transitions.csv ACCREDITATION withdraw, expire, succeed. */
#include "engine/domain/accreditation_history.h"
#include "engine/domain/affected.h"
#include "engine/domain/job.h"
#include "engine/domain/succession.h"

static bool has_expired(const struct accreditation *record, struct day day)
{
	return record->state == ACCREDITATION_STATE_ACTIVE && day_less(record->valid_to, day);
}

static bool has_ended(const struct accreditation *record, struct day day)
{
	return record->ending != 0 && !day_less(day, record->revoked_from);
}

static bool needs_work(const struct accreditation *record, struct day day)
{
	return has_expired(record, day) || has_ended(record, day) ||
	       record->review_from.number != 0;
}

static void expire(struct job *job, struct accreditation_id id)
{
	struct accreditation *record = effects_edit_accreditation(job->decision->effects, id);
	record->state = ACCREDITATION_STATE_EXPIRED;
	accreditation_history_add(
	    job->decision, id,
	    &(struct accreditation_deed){.event = ACCREDITATION_EVENT_EXPIRE, .from = job->day});
	affected_review(job->decision, id, job->day);
}

static void end(struct job *job, struct accreditation_id id)
{
	struct accreditation *record = effects_edit_accreditation(job->decision->effects, id);
	if (record->ending == ACCREDITATION_STATE_SUCCEEDED) {
		succession_carry_out(job->decision, id);
		return;
	}
	record->state = record->ending;
	record->ending = 0;
	affected_review(job->decision, id, record->revoked_from);
}

/* One accreditation; false when its review goes on. */
static bool look_at(struct job *job, struct accreditation_id id)
{
	struct effects *effects = job->decision->effects;
	const struct accreditation *record = effects_read_accreditation(effects, id);
	if (!needs_work(record, job->day))
		return true;
	if (has_ended(record, job->day))
		end(job, id);
	else if (has_expired(record, job->day))
		expire(job, id);
	job_changed(job);
	return affected_go_on(job->decision, id);
}

bool job_register_run(struct job *job)
{
	struct schedule *schedule = job->schedule;
	uint32_t count = state_count(job->decision->state, RECORD_KIND_ACCREDITATION);
	bool is_over = true;
	while (schedule->cursor < count && is_over && job_may_go_on(job)) {
		is_over = look_at(job, (struct accreditation_id){schedule->cursor + 1});
		job_looked(job);
		if (is_over)
			schedule->cursor++;
	}
	return schedule->cursor >= count;
}

bool job_register_has_work(const struct state *state, struct day day)
{
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_ACCREDITATION); i++)
		if (needs_work(state_accreditation(state, (struct accreditation_id){i}), day))
			return true;
	return false;
}
