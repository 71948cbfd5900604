/* Suspension and resumption: see suspension.h. */
#include "engine/domain/suspension.h"

#include "engine/domain/adjust.h"
#include "engine/domain/duties.h"
#include "engine/domain/event.h"
#include "engine/domain/judge.h"
#include "engine/domain/parameter.h"
#include "engine/domain/voucher.h"
#include "engine/domain/voucher_change.h"
#include "engine/domain/withdraw.h"

static bool is_within(struct day day, const struct voucher_change *interval)
{
	return !day_less(day, interval->from) &&
	       (interval->to.number == 0 || day_less(day, interval->to));
}

static struct voucher_change_id first_suspension(const struct state *state, struct voucher_id id,
						 const struct voucher *voucher)
{
	return voucher_change_of_title(state, voucher_change_first(state, voucher->beneficiary), id,
				       VOUCHER_CHANGE_SUSPENSION);
}

static struct voucher_change_id next_suspension(const struct state *state, struct voucher_id id,
						struct voucher_change_id change)
{
	return voucher_change_of_title(state, voucher_change_next(state, change), id,
				       VOUCHER_CHANGE_SUSPENSION);
}

bool suspension_covers(const struct state *state, struct voucher_id id, struct day day)
{
	const struct voucher *voucher = state_voucher(state, id);
	ASSERT(voucher != NULL);
	if (voucher->interrupted == 0)
		return false;
	for (struct voucher_change_id change = first_suspension(state, id, voucher);
	     change.raw != 0; change = next_suspension(state, id, change))
		if (is_within(day, state_voucher_change(state, change)))
			return true;
	return false;
}

void suspension_begin(struct decision *decision, const struct suspension *suspension)
{
	struct effects *effects = decision->effects;
	struct voucher *voucher = effects_edit_voucher(effects, suspension->voucher);
	ASSERT(voucher->state == VOUCHER_STATE_ISSUED || voucher->state == VOUCHER_STATE_ACTIVE);
	voucher->state = VOUCHER_STATE_SUSPENDED;
	voucher->interrupted = 1;
	struct voucher_change change = {.voucher = suspension->voucher,
					.from = suspension->from,
					.kind = VOUCHER_CHANGE_SUSPENSION,
					.reason = suspension->reason};
	if (suspension->act != NULL)
		judge_copy_text(change.act, sizeof(change.act), suspension->act,
				sizeof(change.act));
	(void)voucher_change_add(decision, &change);
	event_emit(decision, &(struct event){.voucher = suspension->voucher,
					     .provider = voucher->provider,
					     .due = suspension->from,
					     .kind = EVENT_KIND_VOUCHER_SUSPENDED});
}

/* A suspension begins after every earlier one has ended. */
static bool is_after_others(const struct state *state, struct voucher_id id,
			    const struct voucher *voucher, struct day from)
{
	if (voucher->interrupted == 0)
		return true;
	for (struct voucher_change_id change = first_suspension(state, id, voucher);
	     change.raw != 0; change = next_suspension(state, id, change))
		if (day_less(from, state_voucher_change(state, change)->to))
			return false;
	return true;
}

/* Suspends a title from a day on, which may be past: bookings of those days end, services already
 * accepted are disputed or reported (withdraw.h).
 *   RESULT_OK
 *   RESULT_ILLEGAL_TRANSITION   neither ISSUED nor ACTIVE
 *   RESULT_FIELD_OUT_OF_RANGE   the day is to come, outside the validity, or before the end of an
 *                               earlier suspension
 *   RESULT_TOO_MANY_EFFECTS     too many services of those days
 * SOURCE state_transitions.csv VOUCHER suspend. */
enum result voucher_suspend(struct decision *decision)
{
	const struct command_voucher_suspend *input = &decision->command->input.voucher_suspend;
	const struct voucher *voucher = effects_read_voucher(decision->effects, input->voucher);
	ASSERT(voucher != NULL);
	if (voucher->state != VOUCHER_STATE_ISSUED && voucher->state != VOUCHER_STATE_ACTIVE)
		return RESULT_ILLEGAL_TRANSITION;
	if (day_less(decision->today, input->effective_from) ||
	    day_less(input->effective_from, voucher->valid_from) ||
	    day_less(voucher_last_day(voucher), input->effective_from) ||
	    !is_after_others(decision->state, input->voucher, voucher, input->effective_from))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "effective_from");
	struct suspension suspension = {.voucher = input->voucher,
					.from = input->effective_from,
					.reason = input->reason,
					.act = input->act};
	suspension_begin(decision, &suspension);
	struct withdrawal withdrawal = {.voucher = input->voucher,
					.from = input->effective_from,
					.cause = RESULT_VOUCHER_SUSPENDED_AT_SERVICE_DATE};
	enum result result = withdraw_services(decision, &withdrawal);
	if (result != RESULT_OK)
		return result;
	return judge_object(decision, RESULT_OK, RECORD_KIND_VOUCHER, input->voucher.raw);
}

/* ---- Resumption ---- */

static int32_t days_between(struct day from, struct day to)
{
	return to.number > from.number ? to.number - from.number : 0;
}

static struct day later(struct day left, struct day right)
{
	return day_less(left, right) ? right : left;
}

static struct day earlier(struct day left, struct day right)
{
	return day_less(left, right) ? left : right;
}

/* What a cell loses by a suspension [from, to). */
static uint32_t units_lost(const struct voucher *voucher, const struct cell *cell, struct day from,
			   struct day to)
{
	struct day begin = later(month_first_day(cell->month), voucher->valid_from);
	struct day end = earlier(month_last_day(cell->month), voucher_last_day(voucher));
	end.number++;
	int32_t valid = days_between(begin, end);
	int32_t suspended = days_between(later(begin, from), earlier(end, to));
	if (suspended == 0)
		return 0;
	if (suspended == valid)
		return cell->free_units;
	uint64_t lost = (uint64_t)cell->granted_units * (uint32_t)suspended / (uint32_t)valid;
	return lost < cell->free_units ? (uint32_t)lost : cell->free_units;
}

struct loss {
	struct cents amount;
	uint32_t units;
};

static void lose_units(struct decision *decision, struct voucher_id id, struct day from,
		       struct day to, struct loss *ret_loss)
{
	struct effects *effects = decision->effects;
	const struct voucher *voucher = effects_read_voucher(effects, id);
	uint32_t months = (uint32_t)voucher->line_count * voucher->month_count;
	for (uint32_t n = 0; n < months; n++) { /* cells of share 0 stand first */
		struct cell_id cell_id = {voucher->first_cell.raw + n};
		const struct cell *cell = effects_read_cell(effects, cell_id);
		uint32_t units = cell->released != 0 ? 0 : units_lost(voucher, cell, from, to);
		if (units == 0)
			continue;
		struct cents released = adjust_lose_units(effects, cell_id, units);
		ret_loss->units += units;
		if (!cents_add(ret_loss->amount, released, &ret_loss->amount))
			ASSERT(false);
	}
}

static bool is_recoverable(const struct state *state, const struct voucher *voucher, struct day day)
{
	struct parameter_scope scope = parameter_scope_of_title(voucher);
	return parameter_at(state, PARAMETER_SUSPENDED_UNITS_RECOVERABLE, &scope, day) == 1;
}

/* The suspension that has not ended; the title is SUSPENDED. */
static struct voucher_change_id open_suspension(const struct state *state, struct voucher_id id,
						const struct voucher *voucher)
{
	struct voucher_change_id change = first_suspension(state, id, voucher);
	while (change.raw != 0 && state_voucher_change(state, change)->to.number != 0)
		change = next_suspension(state, id, change);
	ASSERT(change.raw != 0);
	return change;
}

/* Ends a suspension: [from, returned_on) loses its units unless they are recoverable.
 *   RESULT_OK                   outcome: gross released, units lost
 *   RESULT_ILLEGAL_TRANSITION   not SUSPENDED
 *   RESULT_FIELD_OUT_OF_RANGE   the return is to come, or before the suspension's first day
 *   RESULT_TOO_MANY_EFFECTS     too many bookings in it
 * SOURCE state_transitions.csv VOUCHER resume. */
enum result voucher_resume(struct decision *decision)
{
	const struct command_voucher_resume *input = &decision->command->input.voucher_resume;
	struct effects *effects = decision->effects;
	const struct voucher *before = effects_read_voucher(effects, input->voucher);
	ASSERT(before != NULL);
	if (before->state != VOUCHER_STATE_SUSPENDED)
		return RESULT_ILLEGAL_TRANSITION;
	struct voucher_change_id id = open_suspension(decision->state, input->voucher, before);
	struct voucher_change *change = effects_edit_voucher_change(effects, id);
	if (day_less(decision->today, input->returned_on) ||
	    day_less(input->returned_on, change->from))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "returned_on");
	struct withdrawal withdrawal = {
	    .voucher = input->voucher, .from = change->from, .to = input->returned_on};
	enum result result = withdraw_bookings(decision, &withdrawal);
	if (result != RESULT_OK)
		return result;
	change->to = input->returned_on;
	JUDGE_COPY_TEXT(change->end_act, input->act);
	struct loss loss = {.amount = cents_zero()};
	if (!is_recoverable(decision->state, before, change->from))
		lose_units(decision, input->voucher, change->from, change->to, &loss);
	change->units = loss.units;
	change->amount_cents = loss.amount;
	struct voucher *voucher = effects_edit_voucher(effects, input->voucher);
	voucher->state =
	    voucher->provider.raw == 0 ? VOUCHER_STATE_ISSUED : VOUCHER_STATE_ACTIVE;
	voucher_units_gone(effects, input->voucher);
	decision->outcome->gross = loss.amount;
	decision->outcome->units = loss.units;
	return judge_object(decision, RESULT_OK, RECORD_KIND_VOUCHER, input->voucher.raw);
}
