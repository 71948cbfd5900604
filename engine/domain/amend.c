/* Amendments of titles that run: other units after a revised plan, another tariff.
 *
 * Both speak of the months from one on, that month at the earliest the present one, and only of
 * what is not delivered: services that stand keep their price. The title's money follows: more is
 * promised where fund, ceilings and commitment hold all of it, or nothing changes; less is released
 * at once (adjust.h).
 *
 * A tariff applies to months as a whole, so it cannot begin in a month that already has services.
 * Titles are taken by slices of rising ids, each title by itself: one that cannot be paid stays as
 * it is and leaves a task that says how much is missing.
 * SOURCE state_transitions.csv VOUCHER amend; SCENARIOS S05. */
#include "engine/domain/adjust.h"
#include "engine/domain/capacity.h"
#include "engine/domain/cell.h"
#include "engine/domain/duties.h"
#include "engine/domain/event.h"
#include "engine/domain/judge.h"
#include "engine/domain/voucher.h"
#include "engine/domain/voucher_change.h"

#include <string.h>

/* Titles of one slice, and what its effects may grow to before the last. */
#define SLICE_TITLES_MAX 200u
#define SLICE_LOOKED_MAX 16384u
#define SLICE_WRITES     (EFFECT_WRITES_MAX / 4u)
#define SLICE_POSTINGS   (EFFECT_POSTINGS_MAX / 4u)

static_assert(VOUCHER_CELLS_MAX * (CEILINGS_ON_PATH_MAX + 4u) <= EFFECT_POSTINGS_MAX / 2u,
	      "the last title of a slice fits");

/* What becomes of one title. */
struct amendment {
	struct voucher_id voucher_id;
	const struct voucher *voucher;
	struct month from;
	struct increase increase;
	struct cents released;
	uint32_t units_added;
	uint32_t units_taken;
};

static bool is_amendable(const struct voucher *voucher)
{
	return voucher->state == VOUCHER_STATE_ISSUED || voucher->state == VOUCHER_STATE_ACTIVE ||
	       voucher->state == VOUCHER_STATE_SUSPENDED;
}

static struct cell_id next_cell(struct decision *decision, const struct amendment *amendment,
				uint32_t line, struct month *month)
{
	int32_t end = amendment->voucher->first_month.number + amendment->voucher->month_count;
	while (month->number < end) {
		struct cell_id id = voucher_cell(amendment->voucher, line, *month);
		month->number++;
		if (id.raw != 0 && effects_read_cell(decision->effects, id)->released == 0)
			return id;
	}
	return (struct cell_id){0};
}

static struct month first_month(const struct amendment *amendment)
{
	struct month first = amendment->voucher->first_month;
	return amendment->from.number > first.number ? amendment->from : first;
}

static void release(struct decision *decision, struct amendment *amendment, struct cell_id cell,
		    struct cents amount)
{
	adjust_release(decision->effects, cell, amount);
	if (!cents_add(amendment->released, amount, &amendment->released))
		ASSERT(false);
}

/* ---- Units ---- */

/* Gives a month its new units and releases their money; the money of more units is only noted. */
static enum result amend_cell(struct decision *decision, struct amendment *amendment,
			      struct cell_id id, uint32_t units)
{
	const struct cell *cell = effects_read_cell(decision->effects, id);
	uint32_t fewer = units < cell->granted_units ? cell->granted_units - units : 0;
	uint32_t more = units > cell->granted_units ? units - cell->granted_units : 0;
	if (fewer == 0 && more == 0)
		return RESULT_OK;
	if (fewer > cell->free_units) {
		decision->outcome->units = fewer - cell->free_units;
		return judge_object(decision, RESULT_UNITS_IN_USE, RECORD_KIND_VOUCHER,
				    amendment->voucher_id.raw);
	}
	struct adjust_month month = {.cell = id,
				     .tariff = cell->tariff,
				     .free_units = cell->free_units - fewer + more};
	struct cents lack;
	struct cents surplus;
	if (!adjust_difference(decision->effects, &month, &lack, &surplus))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "lines");
	if (fewer > 0)
		release(decision, amendment, id, surplus);
	else
		adjust_add(decision->effects, &amendment->increase, id, lack);
	struct cell_act act = {.cell = id,
			       .provider = amendment->voucher->provider,
			       .kind = POSTING_KIND_GRANT_UNITS};
	cell_move_units(decision->effects, &act, UNITS_FREE, UNITS_GRANTED, fewer);
	cell_move_units(decision->effects, &act, UNITS_GRANTED, UNITS_FREE, more);
	amendment->units_taken += fewer;
	amendment->units_added += more;
	return RESULT_OK;
}

/* The title's line of a service; VOUCHER_LINES_MAX: it has none. */
static uint32_t line_of(struct effects *effects, const struct voucher *voucher,
			struct service_id service)
{
	for (uint32_t line = 0; line < voucher->line_count; line++) {
		struct voucher_line_id id = {voucher->first_line.raw + line};
		if (effects_read_voucher_line(effects, id)->service.raw == service.raw)
			return line;
	}
	return VOUCHER_LINES_MAX;
}

static enum result amend_line(struct decision *decision, struct amendment *amendment,
			      const struct line_input *input)
{
	struct effects *effects = decision->effects;
	uint32_t line = line_of(effects, amendment->voucher, input->service);
	if (line == VOUCHER_LINES_MAX)
		return RESULT_SERVICE_NOT_COVERED;
	if (input->units_per_month > VOUCHER_UNITS_PER_MONTH_MAX)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "lines");
	struct month month = first_month(amendment);
	for (struct cell_id id = next_cell(decision, amendment, line, &month); id.raw != 0;
	     id = next_cell(decision, amendment, line, &month)) {
		enum result result =
		    amend_cell(decision, amendment, id, input->units_per_month);
		if (result != RESULT_OK)
			return result;
	}
	struct voucher_line_id line_id = {amendment->voucher->first_line.raw + line};
	effects_edit_voucher_line(effects, line_id)->units_per_month = input->units_per_month;
	return RESULT_OK;
}

/* ---- Tariff ---- */

/* What a tariff would do to one title: nothing changes before all of it is known. */
struct repricing {
	struct amendment amendment;
	uint32_t count;
	struct cell_id cells[VOUCHER_CELLS_MAX];
	struct tariff_id tariffs[VOUCHER_CELLS_MAX];
	struct cents surplus[VOUCHER_CELLS_MAX];
};

/* RESULT_UNITS_IN_USE: the cell has services already. */
static enum result plan_cell(struct decision *decision, struct repricing *plan, struct cell_id id,
			     struct service_id service)
{
	const struct cell *cell = effects_read_cell(decision->effects, id);
	struct tariff_id tariff =
	    state_find_tariff(decision->state, service, month_first_day(cell->month));
	if (tariff.raw == cell->tariff.raw)
		return RESULT_OK;
	ASSERT(tariff.raw != 0);
	if (cell->used_units > 0 || cell->disputed_units > 0 || cell->kept != 0)
		return RESULT_UNITS_IN_USE;
	struct adjust_month month = {
	    .cell = id, .tariff = tariff, .free_units = cell->free_units};
	struct cents lack;
	if (!adjust_difference(decision->effects, &month, &lack, &plan->surplus[plan->count]))
		return RESULT_FIELD_OUT_OF_RANGE;
	adjust_add(decision->effects, &plan->amendment.increase, id, lack);
	plan->cells[plan->count] = id;
	plan->tariffs[plan->count] = tariff;
	plan->count++;
	return RESULT_OK;
}

static enum result plan_title(struct decision *decision, struct repricing *plan, uint32_t line,
			      struct service_id service)
{
	struct month month = first_month(&plan->amendment);
	for (struct cell_id id = next_cell(decision, &plan->amendment, line, &month); id.raw != 0;
	     id = next_cell(decision, &plan->amendment, line, &month)) {
		enum result result = plan_cell(decision, plan, id, service);
		if (result != RESULT_OK)
			return result;
	}
	return adjust_check(decision, &plan->amendment.increase);
}

static void set_tariff(struct decision *decision, const struct voucher *voucher,
		       struct cell_id first, struct tariff_id tariff)
{
	for (uint32_t n = 0; n < share_count(voucher); n++)
		effects_edit_cell(decision->effects, share_cell(voucher, first, n))->tariff =
		    tariff;
}

static struct cents carry_out(struct decision *decision, struct repricing *plan)
{
	for (uint32_t n = 0; n < plan->count; n++) {
		set_tariff(decision, plan->amendment.voucher, plan->cells[n], plan->tariffs[n]);
		release(decision, &plan->amendment, plan->cells[n], plan->surplus[n]);
	}
	return adjust_promise(decision, &plan->amendment.increase);
}

/* ---- Acts ---- */

static enum result check_from(struct decision *decision, struct month from)
{
	if (!judge_month_in_range(from) ||
	    from.number < month_of_day(decision->today).number)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "from_month");
	return RESULT_OK;
}

static void note(struct decision *decision, const struct amendment *amendment, const char *act,
		 uint32_t act_size, enum voucher_change_kind kind)
{
	struct cents promised = adjust_sum(&amendment->increase);
	struct voucher_change change = {.voucher = amendment->voucher_id,
					.from = month_first_day(amendment->from),
					.amount_cents = cents_max(promised, amendment->released),
					.units = amendment->units_added + amendment->units_taken,
					.kind = (uint8_t)kind};
	judge_copy_text(change.act, sizeof(change.act), act, act_size);
	(void)voucher_change_add(decision, &change);
}

/* The lines, and what they take of the chosen provider's capacity. */
static enum result amend_lines(struct decision *decision, struct amendment *amendment)
{
	const struct command_voucher_amend *input = &decision->command->input.voucher_amend;
	bool is_bound = amendment->voucher->provider.raw != 0;
	if (is_bound)
		capacity_give_back(decision->effects, input->voucher, input->from_month);
	for (uint32_t i = 0; i < input->lines.count; i++) {
		enum result result =
		    amend_line(decision, amendment, &input->lines.items[i]);
		if (result != RESULT_OK)
			return result;
	}
	if (!is_bound)
		return RESULT_OK;
	struct outcome kept = *decision->outcome;
	enum result result = capacity_take(decision, input->voucher, input->from_month);
	if (result == RESULT_OK || amendment->units_added > 0)
		return result;
	*decision->outcome = kept; /* fewer units are taken even where there are too many */
	return RESULT_OK;
}

/* Changes the monthly units of one or more services from a month on, as a revised plan says.
 *   RESULT_OK                    outcome: gross promised, or released where nothing was; units
 *   RESULT_ILLEGAL_TRANSITION    neither ISSUED, ACTIVE nor SUSPENDED
 *   RESULT_FIELD_MISSING, RESULT_FIELD_OUT_OF_RANGE  no lines; a month that is past; an amount that
 *                                leaves 64 bits
 *   RESULT_SERVICE_NOT_COVERED   a service that the title has not
 *   RESULT_PROVIDER_CAPACITY_REACHED  more than the chosen provider declared
 *   RESULT_UNITS_IN_USE          fewer than are used or booked; units: how many
 *   RESULT_FUND_EXHAUSTED, RESULT_CEILING_EXCEEDED, RESULT_CEILING_FROZEN,
 *   RESULT_COMMITMENT_EXCEEDED, RESULT_TOO_MANY_EFFECTS (see adjust.h): nothing changes
 * SOURCE state_transitions.csv VOUCHER amend. */
enum result voucher_amend(struct decision *decision)
{
	const struct command_voucher_amend *input = &decision->command->input.voucher_amend;
	struct amendment amendment = {.voucher_id = input->voucher, .from = input->from_month};
	amendment.voucher = effects_read_voucher(decision->effects, input->voucher);
	ASSERT(amendment.voucher != NULL);
	adjust_begin(decision->effects, input->voucher, &amendment.increase);
	if (!is_amendable(amendment.voucher))
		return RESULT_ILLEGAL_TRANSITION;
	enum result result = check_from(decision, input->from_month);
	if (result != RESULT_OK)
		return result;
	if (input->lines.count == 0)
		return judge_field(decision, RESULT_FIELD_MISSING, "lines");
	result = amend_lines(decision, &amendment);
	if (result != RESULT_OK)
		return result;
	result = adjust_check(decision, &amendment.increase);
	if (result != RESULT_OK)
		return result;
	note(decision, &amendment, input->act, sizeof(input->act), VOUCHER_CHANGE_AMENDMENT);
	struct cents promised = adjust_promise(decision, &amendment.increase);
	voucher_units_gone(decision->effects, input->voucher);
	decision->outcome->gross = cents_is_zero(promised) ? amendment.released : promised;
	decision->outcome->units = amendment.units_added + amendment.units_taken;
	return judge_object(decision, RESULT_OK, RECORD_KIND_VOUCHER, input->voucher.raw);
}

static void leave_task(struct decision *decision, struct voucher_id id, enum result cause)
{
	bool is_in_use = cause == RESULT_UNITS_IN_USE;
	enum event_kind kind =
	    is_in_use ? EVENT_KIND_TARIFF_MONTH_IN_USE : EVENT_KIND_TARIFF_UNFUNDED;
	if (event_open_task(decision->effects, id, kind).raw != 0)
		return;
	struct event task = {.voucher = id, .kind = (uint8_t)kind, .task = 1};
	if (!is_in_use)
		task.amount_cents = decision->outcome->short_by;
	event_emit(decision, &task);
}

struct tariff_slice {
	struct cents promised;
	struct cents short_by;
	uint32_t amended;
};

static void add_to(struct cents *sum, struct cents amount)
{
	if (!cents_add(*sum, amount, sum))
		ASSERT(false);
}

static void apply_to_title(struct decision *decision, struct voucher_id id, uint32_t line,
			   struct tariff_slice *slice)
{
	const struct command_tariff_apply *input = &decision->command->input.tariff_apply;
	struct repricing plan;
	memset(&plan, 0, sizeof(plan));
	plan.amendment.voucher_id = id;
	plan.amendment.voucher = effects_read_voucher(decision->effects, id);
	plan.amendment.from = input->from_month;
	adjust_begin(decision->effects, id, &plan.amendment.increase);
	struct outcome kept = *decision->outcome;
	enum result result = plan_title(decision, &plan, line, input->service);
	if (result != RESULT_OK) {
		leave_task(decision, id, result);
		add_to(&slice->short_by, decision->outcome->short_by);
		*decision->outcome = kept;
		return;
	}
	if (plan.count == 0)
		return;
	add_to(&slice->promised, carry_out(decision, &plan));
	note(decision, &plan.amendment, input->act, sizeof(input->act), VOUCHER_CHANGE_TARIFF);
	event_close_tasks(decision->effects, id, EVENT_KIND_TARIFF_UNFUNDED);
	slice->amended++;
}

static bool has_room(const struct decision *decision, const struct tariff_slice *slice,
		     uint32_t looked)
{
	return slice->amended < SLICE_TITLES_MAX && looked < SLICE_LOOKED_MAX &&
	       decision->effects->write_count < SLICE_WRITES &&
	       decision->effects->posting_count < SLICE_POSTINGS;
}

/* Applies the tariff in force to the titles of a service, for the months from one on: one slice, in
 * the order of their ids. Each title changes whole or not at all; one that cannot leaves a task
 * (TARIFF_UNFUNDED with what is short, TARIFF_MONTH_IN_USE).
 *   RESULT_OK                    outcome: gross promised, short_by in all, units: titles amended,
 *                                object: the last title looked at; none after the last slice
 *   RESULT_FIELD_OUT_OF_RANGE    a month that is past
 *   RESULT_NO_TARIFF_IN_FORCE    none on the month's first day
 * SOURCE state_transitions.csv VOUCHER amend; DOMAIN section 6 (tariff rise). */
enum result tariff_apply(struct decision *decision)
{
	const struct command_tariff_apply *input = &decision->command->input.tariff_apply;
	const struct service *service = effects_read_service(decision->effects, input->service);
	ASSERT(service != NULL);
	enum result result = check_from(decision, input->from_month);
	if (result != RESULT_OK)
		return result;
	if (state_find_tariff(decision->state, input->service, month_first_day(input->from_month))
		.raw == 0)
		return RESULT_NO_TARIFF_IN_FORCE;
	struct tariff_slice slice = {.promised = cents_zero(), .short_by = cents_zero()};
	uint32_t count = state_count(decision->state, RECORD_KIND_VOUCHER);
	uint32_t id = input->after.raw;
	for (uint32_t looked = 0; id < count && has_room(decision, &slice, looked); looked++) {
		id++;
		const struct voucher *voucher =
		    effects_read_voucher(decision->effects, (struct voucher_id){id});
		if (voucher->ambito.raw != service->ambito.raw || !is_amendable(voucher))
			continue;
		uint32_t line = line_of(decision->effects, voucher, input->service);
		if (line < VOUCHER_LINES_MAX)
			apply_to_title(decision, (struct voucher_id){id}, line, &slice);
	}
	event_emit(decision, &(struct event){.ambito = service->ambito,
					     .amount_cents = slice.promised,
					     .value = slice.amended,
					     .due = month_first_day(input->from_month),
					     .kind = EVENT_KIND_TARIFF_APPLIED});
	decision->outcome->gross = slice.promised;
	decision->outcome->short_by = slice.short_by;
	decision->outcome->units = slice.amended;
	if (id == count)
		return RESULT_OK;
	return judge_object(decision, RESULT_OK, RECORD_KIND_VOUCHER, id);
}
