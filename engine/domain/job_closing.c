/* Job: at 31 December 24:00 in Rome every open fund year of the year that ended starts closing. It
 * runs before the release of November's cells, whose late window ends at the same midnight, so that
 * they lapse. A past year that was opened or resumed later follows at the next midnight.
 * SOURCE state_transitions.csv FUND_YEAR start_closing ("31 Dec 24:00 Europe/Rome"); SCENARIOS
 * S12. */
#include "engine/domain/event.h"
#include "engine/domain/job.h"

static bool is_over(const struct fund_year *fund_year, struct day day)
{
	return fund_year->state == FUND_YEAR_STATE_OPEN && fund_year->year < day_fiscal_year(day);
}

bool job_closing_run(struct job *job)
{
	struct effects *effects = job->decision->effects;
	struct schedule *schedule = job->schedule;
	uint32_t count = effects_count(effects, RECORD_KIND_FUND_YEAR);
	while (schedule->cursor < count && job_may_go_on(job)) {
		struct fund_year_id id = {++schedule->cursor};
		job_looked(job);
		const struct fund_year *present = effects_read_fund_year(effects, id);
		if (!is_over(present, job->day))
			continue;
		struct fund_year *fund_year = effects_edit_fund_year(effects, id);
		fund_year->state = FUND_YEAR_STATE_CLOSING;
		event_emit(job->decision,
			   &(struct event){.kind = EVENT_KIND_FUND_YEAR_CLOSING,
					   .ambito = fund_year->ambito,
					   .fund_year = id,
					   .amount_cents = effects_fund_balance(effects, id,
										FUND_AVAILABLE)});
		job_changed(job);
	}
	return schedule->cursor >= count;
}

bool job_closing_has_work(const struct state *state, struct day day)
{
	for (uint32_t id = 1; id <= state_count(state, RECORD_KIND_FUND_YEAR); id++)
		if (is_over(state_fund_year(state, (struct fund_year_id){id}), day))
			return true;
	return false;
}
