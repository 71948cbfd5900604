/* Authorised overruns: see ceiling_override.h. C150 of a ceiling is the sum of what its open
 * overrides have left. SOURCE state_transitions.csv CEILING authorise_override. */
#include "engine/domain/ceiling_override.h"

#include "engine/domain/approval.h"
#include "engine/domain/duties.h"
#include "engine/domain/job.h"
#include "engine/domain/judge.h"

/* The open override that ends first; 0: none is left. */
static struct ceiling_override_id first_to_end(struct effects *effects, struct ceiling_id ceiling)
{
	const struct index *index = &effects->state->overrides_by_ceiling;
	uint64_t key = hash64_of_u64(ceiling.raw, RECORD_KIND_CEILING_OVERRIDE);
	struct ceiling_override_id best = {0};
	struct day best_day = {0};
	for (uint32_t id = index_first(index, key); id != 0; id = index_next(index, id)) {
		const struct ceiling_override *given =
		    effects_read_ceiling_override(effects, (struct ceiling_override_id){id});
		if (given->ceiling.raw != ceiling.raw || given->open == 0 ||
		    cents_is_zero(given->left_cents))
			continue;
		bool is_before = best.raw == 0 || day_less(given->expires_on, best_day) ||
				 (day_equal(given->expires_on, best_day) && id < best.raw);
		if (!is_before)
			continue;
		best.raw = id;
		best_day = given->expires_on;
	}
	return best;
}

void ceiling_override_draw(struct effects *effects, struct ceiling_id ceiling,
			   struct cents amount)
{
	while (!cents_is_zero(amount)) {
		struct ceiling_override_id id = first_to_end(effects, ceiling);
		ASSERT(id.raw != 0);
		struct ceiling_override *given = effects_edit_ceiling_override(effects, id);
		struct cents part = cents_min(amount, given->left_cents);
		bool fits = cents_sub(given->left_cents, part, &given->left_cents) &&
			    cents_sub(amount, part, &amount);
		ASSERT(fits);
	}
}

/* The money behind the ceiling, where it names a fund and a year: an override without it would
 * promise nothing. */
static enum result check_money(struct decision *decision, const struct ceiling *ceiling,
			       struct cents amount)
{
	if (ceiling->fund.raw == 0 || ceiling->year == 0)
		return RESULT_OK;
	struct fund_year_id fund_year =
	    state_find_fund_year(decision->state, ceiling->fund, ceiling->year);
	struct cents available = cents_zero();
	if (fund_year.raw != 0)
		available =
		    effects_fund_balance(decision->effects, fund_year, FUND_AVAILABLE);
	if (cents_less(available, amount))
		return judge_short(decision, RESULT_FUND_EXHAUSTED, amount, available);
	return RESULT_OK;
}

/* Authorises an overrun of an ACTIVE ceiling of mode HARD_WITH_OVERRIDE: C100 -> C150. A comune's
 * administrator and its accounting office, whoever asks first.
 *   RESULT_OK, RESULT_APPROVAL_PENDING
 *   RESULT_ILLEGAL_TRANSITION, RESULT_OVERRIDE_NOT_ALLOWED (another mode)
 *   RESULT_FIELD_OUT_OF_RANGE   nothing is authorised, or the last day is past
 *   RESULT_FUND_EXHAUSTED       F110 of the ceiling's fund year is below it; short, limit */
enum result ceiling_authorise_override(struct decision *decision)
{
	const struct command_ceiling_authorise_override *input =
	    &decision->command->input.ceiling_authorise_override;
	struct effects *effects = decision->effects;
	const struct ceiling *ceiling = effects_read_ceiling(effects, input->ceiling);
	ASSERT(ceiling != NULL);
	if (cents_is_zero(input->amount_cents))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "amount_cents");
	if (day_less(input->expires_on, decision->today))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "expires_on");
	if (ceiling->state != CEILING_STATE_ACTIVE)
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_CEILING,
				    input->ceiling.raw);
	if (ceiling->mode != CEILING_MODE_HARD_WITH_OVERRIDE)
		return RESULT_OVERRIDE_NOT_ALLOWED;
	enum result result = check_money(decision, ceiling, input->amount_cents);
	if (result == RESULT_OK)
		result = ceiling_require_second(decision, input->ceiling);
	if (result != RESULT_OK)
		return result;
	struct ceiling_override_id id;
	struct ceiling_override *given = effects_create_ceiling_override(effects, &id);
	given->amount_cents = input->amount_cents;
	given->left_cents = input->amount_cents;
	given->ceiling = input->ceiling;
	given->asked_by = decision->first_principal;
	given->granted_by = decision->command->principal;
	given->expires_on = input->expires_on;
	given->open = 1;
	JUDGE_COPY_TEXT(given->act, input->act);
	ceiling_post(effects, input->ceiling, POSTING_KIND_CEILING_OVERRIDE, CEILING_GRANTED,
		     CEILING_OVERRIDE, input->amount_cents, NULL);
	decision->outcome->gross = input->amount_cents;
	return judge_object(decision, RESULT_OK, RECORD_KIND_CEILING, input->ceiling.raw);
}

/* ---- Job: overrides whose last day was the day before ---- */

static uint32_t first_of(const struct state *state, struct day day)
{
	return calendar_first_of_day(&state->overrides_by_expiry, job_days_after(day, -1));
}

/* C150 -> C100 of what was not used. */
static void expire_override(struct job *job, uint32_t raw)
{
	struct effects *effects = job->decision->effects;
	struct ceiling_override_id id = {raw};
	if (effects_read_ceiling_override(effects, id)->open == 0)
		return;
	struct ceiling_override *given = effects_edit_ceiling_override(effects, id);
	given->open = 0;
	ceiling_tell(effects, EVENT_KIND_OVERRIDE_EXPIRED, given->ceiling, given->left_cents, 0);
	ceiling_post(effects, given->ceiling, POSTING_KIND_CEILING_OVERRIDE, CEILING_OVERRIDE,
		     CEILING_GRANTED, given->left_cents, NULL);
	given->left_cents = cents_zero();
	job_changed(job);
}

bool job_overrides_run(struct job *job)
{
	const struct state *state = job->decision->state;
	return job_walk(job, &state->overrides_by_expiry, first_of(state, job->day),
			expire_override);
}

bool job_overrides_has_work(const struct state *state, struct day day)
{
	return first_of(state, day) != 0;
}
