/* Carry-over: see carry_over.h. */
#include "engine/domain/carry_over.h"

#include "engine/domain/adjust.h"
#include "engine/domain/cell.h"
#include "engine/domain/event.h"
#include "engine/domain/late.h"
#include "engine/domain/parameter.h"
#include "engine/domain/share.h"
#include "engine/domain/suspension.h"
#include "engine/domain/visit.h"
#include "engine/domain/voucher.h"
#include "engine/domain/voucher_change.h"

struct rule {
	enum carry_over_policy policy;
	int32_t lookback; /* months */
	uint32_t cap;	  /* units */
};

static int64_t parameter_of(const struct state *state, const struct voucher *voucher,
			    enum parameter_name name, struct day day)
{
	struct parameter_scope scope = parameter_scope_of_title(voucher);
	return parameter_at(state, name, &scope, day);
}

/* The rule in force on the first day of the month that would draw. */
static struct rule rule_of(const struct state *state, const struct voucher *voucher,
			   struct month month)
{
	struct day day = month_first_day(month);
	struct rule rule = {.policy = (enum carry_over_policy)parameter_of(
				state, voucher, PARAMETER_CARRY_OVER_POLICY, day)};
	if (rule.policy == CARRY_OVER_POLICY_IF_USED_LAST_N)
		rule.lookback = (int32_t)parameter_of(
		    state, voucher, PARAMETER_CARRY_OVER_LOOKBACK_MONTHS, day);
	if (rule.policy == CARRY_OVER_POLICY_CAP) {
		int64_t cap =
		    parameter_of(state, voucher, PARAMETER_CARRY_OVER_CAP_UNITS, day);
		rule.cap = cap == PARAMETER_UNSET ? 0 : (uint32_t)cap;
	}
	return rule;
}

/* The first month of the title in the fiscal year of a month. */
static struct month first_of_year(const struct voucher *voucher, struct month month)
{
	struct month first = {month_year(month) * 12};
	return voucher->first_month.number > first.number ? voucher->first_month : first;
}

/* Does the record belong to this line of the title? */
static bool is_of_line(const struct state *state, const struct redemption *record,
		       struct carry_line line)
{
	return record->voucher.raw == line.voucher.raw &&
	       state_cell(state, record->cell)->line == line.line;
}

/* A walk over the person's records whose service lies in the months [from, to]. */
static struct visit_walk walk_months(const struct state *state, const struct voucher *voucher,
				     struct month from, struct month to)
{
	struct visit_walk walk;
	visit_walk_begin(&walk, state, voucher->beneficiary, month_begin(&state->zone, from),
			 month_begin(&state->zone, (struct month){to.number + 1}));
	return walk;
}

static int32_t month_of_record(const struct state *state, const struct redemption *record)
{
	return month_of_day(state_day(state, record->start)).number;
}

/* Was a service of the line accepted in the months [from, to]? */
static bool was_used(const struct state *state, struct carry_line line, struct month from,
		     struct month to)
{
	const struct voucher *voucher = state_voucher(state, line.voucher);
	struct visit_walk walk = walk_months(state, voucher, from, to);
	for (struct redemption_id id = visit_walk_next(&walk); id.raw != 0;
	     id = visit_walk_next(&walk)) {
		const struct redemption *record = state_redemption(state, id);
		if (record->state != REDEMPTION_STATE_ACCEPTED || !is_of_line(state, record, line))
			continue;
		int32_t month = month_of_record(state, record);
		if (month >= from.number && month <= to.number)
			return true;
	}
	return false;
}

/* Units of a cell that services of later months hold. */
static uint32_t units_lent(const struct state *state, struct cell_id id)
{
	const struct cell *cell = state_cell(state, id);
	const struct voucher *voucher = state_voucher(state, cell->voucher);
	uint32_t units = 0;
	struct visit_walk walk =
	    walk_months(state, voucher, (struct month){cell->month.number + 1},
			(struct month){month_year(cell->month) * 12 + 11});
	for (struct redemption_id record_id = visit_walk_next(&walk); record_id.raw != 0;
	     record_id = visit_walk_next(&walk)) {
		const struct redemption *record = state_redemption(state, record_id);
		if (record->cell.raw == id.raw &&
		    (record->state == REDEMPTION_STATE_ACCEPTED ||
		     record->state == REDEMPTION_STATE_MISSED ||
		     record->state == REDEMPTION_STATE_DISPUTED) &&
		    month_of_record(state, record) > cell->month.number)
			units += record->units;
	}
	return units;
}

static uint32_t smaller(uint32_t left, uint32_t right)
{
	return left < right ? left : right;
}

/* What of a cell later months may still take under a cap. */
static uint32_t left_of_cap(const struct state *state, struct cell_id id, uint32_t cap)
{
	uint32_t lent = units_lent(state, id);
	return lent < cap ? cap - lent : 0;
}

uint32_t carry_over_sources(const struct state *state, struct carry_line line, struct month month,
			    struct carry_source *ret_sources)
{
	const struct voucher *voucher = state_voucher(state, line.voucher);
	ASSERT(voucher != NULL && line.line < voucher->line_count);
	struct month from = first_of_year(voucher, month);
	if (from.number >= month.number)
		return 0;
	struct rule rule = rule_of(state, voucher, month);
	if (rule.policy == CARRY_OVER_POLICY_NONE)
		return 0;
	uint32_t count = 0;
	for (; from.number < month.number; from.number++) {
		struct cell_id id = voucher_cell(voucher, line.line, from);
		const struct cell *cell = state_cell(state, id);
		if (cell == NULL || cell->released != 0 || cell->blocked != 0 ||
		    cell->free_units == 0)
			continue;
		uint32_t units = cell->free_units;
		if (rule.policy == CARRY_OVER_POLICY_CAP)
			units = smaller(units, left_of_cap(state, id, rule.cap));
		ASSERT(count < CARRY_OVER_CELLS_MAX);
		if (units > 0)
			ret_sources[count++] = (struct carry_source){id, units};
	}
	return count;
}

struct day carry_over_last_day(const struct state *state, struct carry_line line,
			       struct month month)
{
	const struct voucher *voucher = state_voucher(state, line.voucher);
	struct month next = {month.number + 1};
	if (month_of_year(next) == 1 ||
	    rule_of(state, voucher, next).policy == CARRY_OVER_POLICY_NONE)
		return month_last_day(month);
	return month_last_day((struct month){month_year(month) * 12 + 11});
}

/* ---- Held back, and given back ---- */

static void hold_back_cell(struct decision *decision, struct cell_id id, struct day day)
{
	struct effects *effects = decision->effects;
	struct cell *cell = effects_edit_cell(effects, id);
	const struct voucher *voucher = effects_read_voucher(effects, cell->voucher);
	(void)voucher_change_add(decision,
				 &(struct voucher_change){.voucher = cell->voucher,
							  .cell = id,
							  .from = day,
							  .units = cell->free_units,
							  .kind = VOUCHER_CHANGE_HELD_BACK});
	struct cell_act act = {.cell = id,
			       .provider = voucher->provider,
			       .kind = POSTING_KIND_HOLD_BACK};
	cell_move_units(effects, &act, UNITS_FREE, UNITS_EXPIRED, cell->free_units);
	cell->blocked = 1;
}

/* Was the title suspended on a day of the months [from, to]? */
static bool was_suspended(const struct state *state, struct voucher_id id, struct month from,
			  struct month to)
{
	if (state_voucher(state, id)->interrupted == 0)
		return false;
	struct day last = month_last_day(to);
	for (struct day day = month_first_day(from); !day_less(last, day); day.number++)
		if (suspension_covers(state, id, day))
			return true;
	return false;
}

/* Is the rule of use broken in the month that follows `last`? */
static bool is_unused(const struct state *state, struct carry_line line, const struct rule *rule,
		      struct month last)
{
	const struct voucher *voucher = state_voucher(state, line.voucher);
	struct month from = {last.number - rule->lookback + 1};
	return from.number >= voucher->first_month.number &&
	       !was_used(state, line, from, last) &&
	       !was_suspended(state, line.voucher, from, last);
}

static bool goes_on(const struct voucher *voucher, struct month month)
{
	return (voucher->state == VOUCHER_STATE_ISSUED || voucher->state == VOUCHER_STATE_ACTIVE ||
		voucher->state == VOUCHER_STATE_SUSPENDED ||
		voucher->state == VOUCHER_STATE_EXHAUSTED) &&
	       month.number <= month_of_day(voucher_last_day(voucher)).number;
}

bool carry_over_hold_back(struct decision *decision, struct cell_id last_id, struct day day)
{
	const struct state *state = decision->state;
	const struct cell *last = state_cell(state, last_id);
	struct month month = month_of_day(day);
	ASSERT(last != NULL && last->month.number + 1 == month.number);
	const struct voucher *voucher = state_voucher(state, last->voucher);
	if (last->share != 0 || month_of_year(month) == 1 || !goes_on(voucher, month))
		return false;
	struct carry_line line = {last->voucher, last->line};
	struct rule rule = rule_of(state, voucher, month);
	if (rule.policy != CARRY_OVER_POLICY_IF_USED_LAST_N ||
	    !is_unused(state, line, &rule, last->month))
		return false;
	uint32_t units = 0;
	for (struct month at = first_of_year(voucher, month); at.number < month.number;
	     at.number++) {
		struct cell_id id = voucher_cell(voucher, line.line, at);
		const struct cell *cell = state_cell(state, id);
		if (cell->released != 0 || cell->blocked != 0 || cell->free_units == 0)
			continue;
		units += cell->free_units;
		hold_back_cell(decision, id, day);
	}
	if (units == 0)
		return false;
	event_emit(decision, &(struct event){.voucher = line.voucher,
					     .provider = voucher->provider,
					     .value = units,
					     .due = day,
					     .kind = EVENT_KIND_UNITS_BLOCKED});
	return true;
}

/* Ends what is held back of a cell: given back, or (released with the cell) gone for good. */
static void end_hold(struct decision *decision, struct voucher_change_id id, bool is_given_back)
{
	struct effects *effects = decision->effects;
	struct voucher_change *held = effects_edit_voucher_change(effects, id);
	held->closed = 1;
	held->to = decision->today;
	struct cell *cell = effects_edit_cell(effects, held->cell);
	cell->blocked = 0;
	if (!is_given_back)
		return;
	const struct voucher *voucher = effects_read_voucher(effects, held->voucher);
	struct cell_act act = {.cell = held->cell,
			       .provider = voucher->provider,
			       .kind = POSTING_KIND_GIVE_BACK};
	cell_move_units(effects, &act, UNITS_EXPIRED, UNITS_FREE, held->units);
}

/* The next open hold of a line, from `id` on; `cell` 0: of any month. */
static struct voucher_change_id open_hold(const struct state *state, struct voucher_change_id id,
					  struct carry_line line, struct cell_id cell)
{
	id = voucher_change_of_title(state, id, line.voucher, VOUCHER_CHANGE_HELD_BACK);
	while (id.raw != 0) {
		const struct voucher_change *held = state_voucher_change(state, id);
		if (held->closed == 0 && state_cell(state, held->cell)->line == line.line &&
		    (cell.raw == 0 || held->cell.raw == cell.raw))
			break;
		id = voucher_change_of_title(state, voucher_change_next(state, id), line.voucher,
					     VOUCHER_CHANGE_HELD_BACK);
	}
	return id;
}

static void give_back(struct decision *decision, struct carry_line line)
{
	const struct state *state = decision->state;
	const struct voucher *voucher = state_voucher(state, line.voucher);
	struct cell_id any = {0};
	struct voucher_change_id id =
	    open_hold(state, voucher_change_first(state, voucher->beneficiary), line, any);
	while (id.raw != 0) {
		struct voucher_change_id next =
		    open_hold(state, voucher_change_next(state, id), line, any);
		end_hold(decision, id, true);
		id = next;
	}
	voucher_units_back(decision->effects, line.voucher);
}

void carry_over_used(struct decision *decision, struct carry_line line, struct month month)
{
	const struct state *state = decision->state;
	const struct voucher *voucher = state_voucher(state, line.voucher);
	struct voucher_change_id id = open_hold(
	    state, voucher_change_first(state, voucher->beneficiary), line, (struct cell_id){0});
	if (id.raw == 0)
		return;
	struct month held = month_of_day(state_voucher_change(state, id)->from);
	struct rule rule = rule_of(state, voucher, held);
	if (month.number < held.number && month.number >= held.number - rule.lookback)
		give_back(decision, line);
}

/* ---- Closing a month ---- */

/* All funds' cells of a line and month; units that are held back are gone. */
static void expire_month(struct decision *decision, struct carry_line line, struct cell_id first)
{
	const struct state *state = decision->state;
	const struct voucher *voucher = state_voucher(state, line.voucher);
	if (effects_read_cell(decision->effects, first)->blocked != 0) {
		struct voucher_change_id id = open_hold(
		    state, voucher_change_first(state, voucher->beneficiary), line, first);
		ASSERT(id.raw != 0);
		end_hold(decision, id, false);
	}
	for (uint32_t n = 0; n < share_count(voucher); n++)
		cell_expire(decision->effects, share_cell(voucher, first, n),
			    POSTING_KIND_RELEASE);
}

/* What may not be carried over from this month on: it and the months before it that were kept. */
static bool expire_up_to(struct decision *decision, struct carry_line line, struct month last,
			 const struct carry_pace *pace)
{
	struct effects *effects = decision->effects;
	const struct voucher *voucher = state_voucher(decision->state, line.voucher);
	struct month first = first_of_year(voucher, last);
	struct month at = last;
	while (at.number > first.number) {
		struct cell_id before =
		    voucher_cell(voucher, line.line, (struct month){at.number - 1});
		if (effects_read_cell(effects, before)->released != 0)
			break;
		at.number--;
	}
	bool is_any = false;
	for (; at.number <= last.number; at.number++) {
		struct cell_id id = voucher_cell(voucher, line.line, at);
		if (effects_read_cell(effects, id)->released != 0)
			continue;
		if (!pace->may_go_on(pace->context))
			return false;
		expire_month(decision, line, id);
		is_any = true;
	}
	if (!is_any)
		return true;
	voucher_units_gone(effects, line.voucher);
	voucher_close_if_done(effects, line.voucher, decision->today);
	return true;
}

/* The month stays for later ones: its own bookings and late records end, what exceeds a cap too. */
static void keep_month(struct decision *decision, struct cell_id id, const struct rule *rule)
{
	cell_end_bookings(decision->effects, id, POSTING_KIND_RELEASE);
	late_end(decision->effects, id);
	if (rule->policy != CARRY_OVER_POLICY_CAP)
		return;
	const struct cell *cell = effects_read_cell(decision->effects, id);
	uint32_t kept = left_of_cap(decision->state, id, rule->cap);
	if (cell->free_units > kept)
		(void)adjust_lose_units(decision->effects, id, cell->free_units - kept);
	voucher_units_gone(decision->effects, cell->voucher);
}

bool carry_over_close(struct decision *decision, struct cell_id id, const struct carry_pace *pace)
{
	const struct state *state = decision->state;
	const struct cell *cell = state_cell(state, id);
	ASSERT(cell != NULL && cell->share == 0);
	const struct voucher *voucher = state_voucher(state, cell->voucher);
	struct carry_line line = {cell->voucher, cell->line};
	struct month next = {cell->month.number + 1};
	struct rule rule = rule_of(state, voucher, next);
	bool is_last = month_of_year(next) == 1 ||
		       next.number > month_of_day(voucher_last_day(voucher)).number;
	bool is_kept = !is_last && rule.policy != CARRY_OVER_POLICY_NONE;
	if (is_kept && rule.policy == CARRY_OVER_POLICY_IF_USED_LAST_N) {
		is_kept = !is_unused(state, line, &rule, cell->month);
		if (is_kept && cell->blocked != 0)
			give_back(decision, line); /* a dispute was decided meanwhile */
	}
	if (!is_kept)
		return expire_up_to(decision, line, cell->month, pace);
	if (cell->released == 0)
		keep_month(decision, id, &rule);
	return true;
}
