/* The acts on a ceiling that exists: raise, lower, transfer, freeze, cover, expire. The machine is
 * drawn in ceiling.c; overrides stand in ceiling_override.c.
 * SOURCE state_transitions.csv, machine CEILING. */
#include "engine/domain/approval.h"
#include "engine/domain/ceiling_match.h"
#include "engine/domain/delegation.h"
#include "engine/domain/duties.h"
#include "engine/domain/job.h"
#include "engine/domain/judge.h"
#include "engine/domain/parameter.h"

/* RESULT_OK, or RESULT_ILLEGAL_TRANSITION naming the ceiling. */
static enum result expect_state(struct decision *decision, struct ceiling_id id,
				enum ceiling_state state)
{
	const struct ceiling *ceiling = effects_read_ceiling(decision->effects, id);
	ASSERT(ceiling != NULL);
	if (ceiling->state == state)
		return RESULT_OK;
	return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_CEILING, id.raw);
}

static enum result done(struct decision *decision, struct ceiling_id id, struct cents amount)
{
	decision->outcome->gross = amount;
	return judge_object(decision, RESULT_OK, RECORD_KIND_CEILING, id.raw);
}

enum result ceiling_require_second(struct decision *decision, struct ceiling_id id)
{
	const struct ceiling *ceiling = effects_read_ceiling(decision->effects, id);
	bool is_admin = delegation_acts_as(decision, ceiling->comune, ROLE_COMUNE_ADMIN);
	struct approval_object object = {RECORD_KIND_CEILING, id.raw, ceiling->comune};
	return approval_require(decision,
				is_admin ? ROLE_BIT(FINANCE) : ROLE_BIT(COMUNE_ADMIN), &object);
}

/* What a ceiling is once nothing holds it any more: its last day may have passed meanwhile. */
static enum ceiling_state state_after(const struct decision *decision,
				      const struct ceiling *ceiling)
{
	bool is_over = ceiling->valid_to.number != 0 &&
		       day_less(ceiling->valid_to, decision->today);
	return is_over ? CEILING_STATE_EXPIRED : CEILING_STATE_ACTIVE;
}

/* More is granted: C100 -> C120; what was used without grant is covered first, C120 -> C100. */
static void grant_more(struct effects *effects, struct ceiling_id id, enum posting_kind kind,
		       struct cents amount)
{
	ceiling_post(effects, id, kind, CEILING_GRANTED, CEILING_FREE, amount, NULL);
	const struct ceiling *ceiling = effects_read_ceiling(effects, id);
	struct cents part = cents_min(amount, ceiling->shortfall_cents);
	if (cents_is_zero(part))
		return;
	struct ceiling *covered = effects_edit_ceiling(effects, id);
	bool fits = cents_sub(covered->shortfall_cents, part, &covered->shortfall_cents);
	ASSERT(fits);
	ceiling_post(effects, id, kind, CEILING_FREE, CEILING_GRANTED, part, NULL);
}

/* Does more fit in 64 bits? */
static bool may_grow(struct effects *effects, struct ceiling_id id, struct cents amount)
{
	struct cents granted = effects_ceiling_balance(effects, id, CEILING_GRANTED);
	return cents_add(granted, amount, &granted);
}

/* Grants more: C100 -> C120. RESULT_OK; RESULT_ILLEGAL_TRANSITION; RESULT_FIELD_OUT_OF_RANGE. */
enum result ceiling_raise(struct decision *decision)
{
	const struct command_ceiling_raise *input = &decision->command->input.ceiling_raise;
	struct effects *effects = decision->effects;
	if (cents_is_zero(input->amount_cents))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "amount_cents");
	enum result result = expect_state(decision, input->ceiling, CEILING_STATE_ACTIVE);
	if (result != RESULT_OK)
		return result;
	if (!may_grow(effects, input->ceiling, input->amount_cents))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "amount_cents");
	JUDGE_COPY_TEXT(effects_edit_ceiling(effects, input->ceiling)->act, input->act);
	grant_more(effects, input->ceiling, POSTING_KIND_CEILING_GRANT, input->amount_cents);
	return done(decision, input->ceiling, input->amount_cents);
}

/* Takes back what is free: C120 -> C100. RESULT_OK; RESULT_ILLEGAL_TRANSITION;
 * RESULT_FIELD_OUT_OF_RANGE; RESULT_CEILING_BELOW_USED with short and limit: it takes the second
 * signature of ceiling_lower_below_used. */
enum result ceiling_lower(struct decision *decision)
{
	const struct command_ceiling_lower *input = &decision->command->input.ceiling_lower;
	struct effects *effects = decision->effects;
	if (cents_is_zero(input->amount_cents))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "amount_cents");
	enum result result = expect_state(decision, input->ceiling, CEILING_STATE_ACTIVE);
	if (result != RESULT_OK)
		return result;
	struct cents available = effects_ceiling_balance(effects, input->ceiling, CEILING_FREE);
	if (cents_less(available, input->amount_cents)) {
		decision->outcome->ceiling = input->ceiling;
		return judge_short(decision, RESULT_CEILING_BELOW_USED, input->amount_cents,
				   available);
	}
	JUDGE_COPY_TEXT(effects_edit_ceiling(effects, input->ceiling)->act, input->act);
	ceiling_post(effects, input->ceiling, POSTING_KIND_CEILING_GRANT, CEILING_FREE,
		     CEILING_GRANTED, input->amount_cents, NULL);
	return done(decision, input->ceiling, input->amount_cents);
}

/* May a ceiling be lowered by more than is free? With what is short of it. */
static enum result check_below_used(struct decision *decision, struct ceiling_id id,
				    struct cents amount)
{
	struct effects *effects = decision->effects;
	const struct ceiling *ceiling = effects_read_ceiling(effects, id);
	struct parameter_scope scope = {.ambito = ceiling->ambito, .comune = ceiling->comune};
	struct cents available = effects_ceiling_balance(effects, id, CEILING_FREE);
	struct cents granted = effects_ceiling_balance(effects, id, CEILING_GRANTED);
	bool fits = cents_sub(granted, ceiling->shortfall_cents, &granted);
	ASSERT(fits);
	if (!cents_less(available, amount) || cents_less(granted, amount))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "amount_cents");
	if (parameter_at(decision->state, PARAMETER_CEILING_LOWER_BELOW_USED, &scope,
			 decision->today) == LOWER_BELOW_USED_OVERRUN)
		return RESULT_OK;
	decision->outcome->ceiling = id;
	return judge_short(decision, RESULT_CEILING_BELOW_USED, amount, available);
}

/* Lowers an ACTIVE ceiling below what is used, which stays: C120 -> C100 down to zero, the rest is
 * shortfall; OVERRUN until covered. A comune's administrator and its accounting office.
 *   RESULT_OK, RESULT_APPROVAL_PENDING
 *   RESULT_CEILING_BELOW_USED   where the parameter ceiling_lower_below_used says REFUSE
 *   RESULT_FIELD_OUT_OF_RANGE   not more than what is free (then lower), or more than was granted
 *   RESULT_ILLEGAL_TRANSITION */
enum result ceiling_lower_below_used(struct decision *decision)
{
	const struct command_ceiling_lower_below_used *input =
	    &decision->command->input.ceiling_lower_below_used;
	struct effects *effects = decision->effects;
	enum result result = expect_state(decision, input->ceiling, CEILING_STATE_ACTIVE);
	if (result == RESULT_OK)
		result = check_below_used(decision, input->ceiling, input->amount_cents);
	if (result == RESULT_OK)
		result = ceiling_require_second(decision, input->ceiling);
	if (result != RESULT_OK)
		return result;
	struct cents available = effects_ceiling_balance(effects, input->ceiling, CEILING_FREE);
	struct cents missing = cents_zero();
	struct ceiling *ceiling = effects_edit_ceiling(effects, input->ceiling);
	bool fits = cents_sub(input->amount_cents, available, &missing) &&
		    cents_add(ceiling->shortfall_cents, missing, &ceiling->shortfall_cents);
	ASSERT(fits);
	ceiling->state = CEILING_STATE_OVERRUN;
	JUDGE_COPY_TEXT(ceiling->act, input->act);
	ceiling_post(effects, input->ceiling, POSTING_KIND_CEILING_GRANT, CEILING_FREE,
		     CEILING_GRANTED, available, NULL);
	ceiling_tell(effects, EVENT_KIND_CEILING_OVERRUN, input->ceiling, missing, 0);
	return done(decision, input->ceiling, input->amount_cents);
}

/* Ends an overrun: by granting what is missing, or because what came back covered it.
 *   RESULT_OK                   ACTIVE; what is granted beyond the shortfall is free
 *   RESULT_CEILING_BELOW_USED   the amount does not cover it; short, limit (the amount)
 *   RESULT_ILLEGAL_TRANSITION, RESULT_FIELD_OUT_OF_RANGE */
enum result ceiling_cover_overrun(struct decision *decision)
{
	const struct command_ceiling_cover_overrun *input =
	    &decision->command->input.ceiling_cover_overrun;
	struct effects *effects = decision->effects;
	enum result result = expect_state(decision, input->ceiling, CEILING_STATE_OVERRUN);
	if (result != RESULT_OK)
		return result;
	if (!may_grow(effects, input->ceiling, input->amount_cents))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "amount_cents");
	struct ceiling *ceiling = effects_edit_ceiling(effects, input->ceiling);
	if (cents_less(input->amount_cents, ceiling->shortfall_cents)) {
		decision->outcome->ceiling = input->ceiling;
		return judge_short(decision, RESULT_CEILING_BELOW_USED, ceiling->shortfall_cents,
				   input->amount_cents);
	}
	ceiling->state = (uint8_t)state_after(decision, ceiling);
	JUDGE_COPY_TEXT(ceiling->act, input->act);
	grant_more(effects, input->ceiling, POSTING_KIND_CEILING_GRANT, input->amount_cents);
	return done(decision, input->ceiling, input->amount_cents);
}

/* ---- Transfer ---- */

/* Does the ceiling's comune agree, where the parameter asks for it? */
static enum result check_consent(struct decision *decision, struct ceiling_id id,
				 struct cents amount)
{
	const struct ceiling *ceiling = effects_read_ceiling(decision->effects, id);
	struct parameter_scope scope = {.ambito = ceiling->ambito};
	if (ceiling->comune.raw == 0 ||
	    parameter_at(decision->state, PARAMETER_CEILING_TRANSFER_CONSENT, &scope,
			 decision->today) == 0 ||
	    !cents_less(ceiling->consented_cents, amount))
		return RESULT_OK;
	decision->outcome->ceiling = id;
	return judge_short(decision, RESULT_TRANSFER_NOT_CONSENTED, amount,
			   ceiling->consented_cents);
}

static void use_consent(struct effects *effects, struct ceiling_id id, struct cents amount)
{
	const struct ceiling *ceiling = effects_read_ceiling(effects, id);
	if (cents_is_zero(ceiling->consented_cents))
		return;
	struct cents *left = &effects_edit_ceiling(effects, id)->consented_cents;
	bool fits = cents_sub(*left, cents_min(*left, amount), left);
	ASSERT(fits);
}

/* Moves room between two ACTIVE ceilings in one act: C120(a) -> C100(a), C100(b) -> C120(b). Titles
 * that wait stay on the waitlist: the office confirms who moves up.
 *   RESULT_OK
 *   RESULT_CEILING_BELOW_USED      more than what is free; short, limit, ceiling
 *   RESULT_TRANSFER_NOT_CONSENTED  a comune has not agreed (parameter ceiling_transfer_consent)
 *   RESULT_FIELD_INVALID           to itself
 *   RESULT_ILLEGAL_TRANSITION, RESULT_FIELD_OUT_OF_RANGE */
enum result ceiling_transfer(struct decision *decision)
{
	const struct command_ceiling_transfer *input = &decision->command->input.ceiling_transfer;
	struct effects *effects = decision->effects;
	if (input->to.raw == input->ceiling.raw)
		return judge_field(decision, RESULT_FIELD_INVALID, "to");
	if (cents_is_zero(input->amount_cents))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "amount_cents");
	enum result result = expect_state(decision, input->ceiling, CEILING_STATE_ACTIVE);
	if (result == RESULT_OK)
		result = expect_state(decision, input->to, CEILING_STATE_ACTIVE);
	if (result == RESULT_OK)
		result = check_consent(decision, input->ceiling, input->amount_cents);
	if (result == RESULT_OK)
		result = check_consent(decision, input->to, input->amount_cents);
	if (result != RESULT_OK)
		return result;
	struct cents available = effects_ceiling_balance(effects, input->ceiling, CEILING_FREE);
	if (cents_less(available, input->amount_cents)) {
		decision->outcome->ceiling = input->ceiling;
		return judge_short(decision, RESULT_CEILING_BELOW_USED, input->amount_cents,
				   available);
	}
	if (!may_grow(effects, input->to, input->amount_cents))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "amount_cents");
	JUDGE_COPY_TEXT(effects_edit_ceiling(effects, input->ceiling)->act, input->act);
	JUDGE_COPY_TEXT(effects_edit_ceiling(effects, input->to)->act, input->act);
	use_consent(effects, input->ceiling, input->amount_cents);
	use_consent(effects, input->to, input->amount_cents);
	ceiling_post(effects, input->ceiling, POSTING_KIND_CEILING_TRANSFER, CEILING_FREE,
		     CEILING_GRANTED, input->amount_cents, NULL);
	grant_more(effects, input->to, POSTING_KIND_CEILING_TRANSFER, input->amount_cents);
	return done(decision, input->ceiling, input->amount_cents);
}

/* A comune agrees that its ceiling may give or take up to an amount by transfers; 0 withdraws.
 * RESULT_OK; RESULT_ILLEGAL_TRANSITION: not ACTIVE. */
enum result ceiling_consent(struct decision *decision)
{
	const struct command_ceiling_consent *input = &decision->command->input.ceiling_consent;
	enum result result = expect_state(decision, input->ceiling, CEILING_STATE_ACTIVE);
	if (result != RESULT_OK)
		return result;
	struct ceiling *ceiling = effects_edit_ceiling(decision->effects, input->ceiling);
	ceiling->consented_cents = input->amount_cents;
	JUDGE_COPY_TEXT(ceiling->act, input->act);
	return done(decision, input->ceiling, input->amount_cents);
}

/* ---- Freeze ---- */

/* Refuses further promises: ACTIVE -> FROZEN. RESULT_OK; RESULT_ILLEGAL_TRANSITION. */
enum result ceiling_freeze(struct decision *decision)
{
	const struct command_ceiling_freeze *input = &decision->command->input.ceiling_freeze;
	enum result result = expect_state(decision, input->ceiling, CEILING_STATE_ACTIVE);
	if (result != RESULT_OK)
		return result;
	struct ceiling *ceiling = effects_edit_ceiling(decision->effects, input->ceiling);
	ceiling->state = CEILING_STATE_FROZEN;
	ceiling->reason = input->reason;
	return done(decision, input->ceiling, cents_zero());
}

/* Takes promises again: FROZEN -> ACTIVE, or OVERRUN where a title that no ceiling refuses overran
 * it meanwhile. RESULT_OK; RESULT_ILLEGAL_TRANSITION. */
enum result ceiling_unfreeze(struct decision *decision)
{
	struct ceiling_id id = decision->command->input.ceiling_unfreeze.ceiling;
	enum result result = expect_state(decision, id, CEILING_STATE_FROZEN);
	if (result != RESULT_OK)
		return result;
	struct ceiling *ceiling = effects_edit_ceiling(decision->effects, id);
	bool is_short =
	    ceiling->mode != CEILING_MODE_SOFT && !cents_is_zero(ceiling->shortfall_cents);
	ceiling->state =
	    (uint8_t)(is_short ? CEILING_STATE_OVERRUN : state_after(decision, ceiling));
	ceiling->reason = 0;
	return done(decision, id, cents_zero());
}

/* ---- Job: ceilings whose last day was the day before ---- */

static uint32_t first_of(const struct state *state, struct day day)
{
	return calendar_first_of_day(&state->ceilings_by_expiry, job_days_after(day, -1));
}

static void expire_ceiling(struct job *job, uint32_t raw)
{
	struct effects *effects = job->decision->effects;
	struct ceiling_id id = {raw};
	if (effects_read_ceiling(effects, id)->state != CEILING_STATE_ACTIVE)
		return; /* once unfrozen or covered */
	effects_edit_ceiling(effects, id)->state = CEILING_STATE_EXPIRED;
	ceiling_tell(effects, EVENT_KIND_CEILING_EXPIRED, id,
		     effects_ceiling_balance(effects, id, CEILING_FREE), 0);
	job_changed(job);
}

bool job_ceilings_run(struct job *job)
{
	const struct state *state = job->decision->state;
	return job_walk(job, &state->ceilings_by_expiry, first_of(state, job->day),
			expire_ceiling);
}

bool job_ceilings_has_work(const struct state *state, struct day day)
{
	return first_of(state, day) != 0;
}
