/* Job: titles whose last service day was the day before become EXPIRED. Services of their days may
 * still be sent (SCENARIOS S08). SOURCE state_transitions.csv VOUCHER expire. */
#include "engine/domain/job.h"
#include "engine/domain/voucher.h"

static uint32_t first_of(const struct state *state, struct day day)
{
	return calendar_first_of_day(&state->vouchers_by_expiry, job_days_after(day, -1));
}

static void expire_voucher(struct job *job, uint32_t raw)
{
	struct voucher_id id = {raw};
	struct effects *effects = job->decision->effects;
	const struct voucher *voucher = effects_read_voucher(effects, id);
	ASSERT(voucher != NULL);
	if (voucher->state != VOUCHER_STATE_ISSUED && voucher->state != VOUCHER_STATE_ACTIVE &&
	    voucher->state != VOUCHER_STATE_EXHAUSTED &&
	    voucher->state != VOUCHER_STATE_SUSPENDED)
		return;
	effects_edit_voucher(effects, id)->state = VOUCHER_STATE_EXPIRED;
	voucher_close_if_done(effects, id, job->day);
	job_changed(job);
}

bool job_expiry_run(struct job *job)
{
	const struct state *state = job->decision->state;
	return job_walk(job, &state->vouchers_by_expiry, first_of(state, job->day),
			expire_voucher);
}

bool job_expiry_has_work(const struct state *state, struct day day)
{
	return first_of(state, day) != 0;
}
