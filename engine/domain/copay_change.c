/* Changes of the co-pay of running titles: see copay_change.h. */
#include "engine/domain/copay_change.h"

#include "engine/domain/adjust.h"
#include "engine/domain/ceiling.h"
#include "engine/domain/cell.h"
#include "engine/domain/commitment.h"
#include "engine/domain/copay_net.h"
#include "engine/domain/duties.h"
#include "engine/domain/event.h"
#include "engine/domain/fund.h"
#include "engine/domain/judge.h"
#include "engine/domain/share.h"
#include "engine/domain/voucher.h"

static bool is_running(const struct voucher *voucher)
{
	return voucher->state == VOUCHER_STATE_ISSUED || voucher->state == VOUCHER_STATE_ACTIVE ||
	       voucher->state == VOUCHER_STATE_SUSPENDED ||
	       voucher->state == VOUCHER_STATE_EXHAUSTED;
}

void copay_change_call(struct decision *decision, struct beneficiary_id beneficiary,
		       struct day from)
{
	const struct state *state = decision->state;
	uint32_t id = index_first(&state->vouchers_by_beneficiary,
				  hash64_of_u64(beneficiary.raw, RECORD_KIND_VOUCHER));
	for (; id != 0; id = index_next(&state->vouchers_by_beneficiary, id)) {
		struct voucher_id voucher_id = {id};
		const struct voucher *voucher =
		    effects_read_voucher(decision->effects, voucher_id);
		bool counts = voucher->copay_model == COPAY_COLLECTION_MODEL_A ||
			      state->has_net_basis;
		if (voucher->beneficiary.raw != beneficiary.raw || !is_running(voucher) ||
		    !counts ||
		    day_less(voucher->valid_to, from) ||
		    event_open_task(decision->effects, voucher_id, EVENT_KIND_COPAY_CHANGE).raw !=
			0)
			continue;
		event_emit(decision, &(struct event){.voucher = voucher_id,
						     .kind = EVENT_KIND_COPAY_CHANGE,
						     .due = from,
						     .task = 1});
	}
}

bool copay_change_reaches(const struct state *state, const struct copay_question *question,
			  struct month month, struct day from, struct day *ret_day)
{
	struct day first = month_first_day(month);
	*ret_day = first;
	if (!day_less(first, from))
		return true;
	*ret_day = from;
	return !day_less(month_last_day(month), from) &&
	       parameter_at(state, PARAMETER_ISEE_CHANGE_POLICY, &question->scope, from) ==
		   ISEE_CHANGE_POLICY_BY_DATE;
}

/* ---- Application ---- */

/* What one cell must gain or lose. */
struct planned_change {
	struct cell_id cell;
	struct cents increase;
	struct cents decrease;
};

struct change_plan {
	const struct voucher *voucher;
	struct voucher_id voucher_id;
	struct day from;
	uint32_t units_left; /* units that the change still reaches, from the last month back */
	uint32_t count;
	struct cents increase;
	struct cents decrease;
	struct share_amounts limits; /* what each share may still promise */
	struct planned_change changes[VOUCHER_CELLS_MAX];
};

/* What the ambito pays for units of the cell at the rate that holds for the question. */
static enum result public_share(struct decision *decision, const struct cell *cell,
				const struct copay_question *question, uint32_t units,
				struct cents *ret_public)
{
	struct copay_share share;
	enum result result = copay_net_share(decision, cell, question, units, &share);
	if (result != RESULT_OK)
		return result;
	return cents_sub(share.gross, share.own, ret_public) ? RESULT_OK
							     : RESULT_FIELD_OUT_OF_RANGE;
}

/* F140 that the cell must hold: the units reached at the new public share, the others at that of
 * the day before the change. Told from the rates alone: a second act finds nothing to do. */
static enum result needed_of(struct decision *decision, const struct change_plan *plan,
			     const struct cell *cell, struct copay_question *question,
			     uint32_t reached, struct cents *ret_needed)
{
	uint32_t open = cell->free_units + cell->booked_units - cell->disputed_units;
	struct cents needed;
	struct cents kept = cents_zero();
	ASSERT(open >= reached);
	enum result result = public_share(decision, cell, question, reached, &needed);
	if (result == RESULT_OK && open > reached) {
		if (!day_plus(plan->from, -1, &question->day))
			return RESULT_FIELD_OUT_OF_RANGE;
		result = public_share(decision, cell, question, open - reached, &kept);
	}
	if (result != RESULT_OK)
		return result;
	return cents_add(needed, kept, ret_needed) ? RESULT_OK : RESULT_FIELD_OUT_OF_RANGE;
}

/* F140 of a month over all shares of the title. */
static bool committed_of(struct effects *effects, const struct voucher *voucher,
			 struct cell_id first, struct share_amounts *ret_each,
			 struct cents *ret_sum)
{
	*ret_sum = cents_zero();
	for (uint32_t n = 0; n < share_count(voucher); n++) {
		const struct cell *cell = effects_read_cell(effects, share_cell(voucher, first, n));
		ASSERT(cell != NULL);
		ret_each->of[n] = cell->committed_cents;
		if (!cents_add(*ret_sum, cell->committed_cents, ret_sum))
			return false;
	}
	return true;
}

/* Divides the difference of a month among the shares' cells. An increase that the caps do not take
 * stands on share 0 and fails with its cap. */
static enum result add_changes(struct decision *decision, struct change_plan *plan,
			       struct cell_id first, struct cents needed)
{
	struct effects *effects = decision->effects;
	struct share_amounts committed;
	struct share_amounts parts = {.of = {{0}}};
	struct cents present;
	struct cents increase;
	struct cents decrease;
	if (!committed_of(effects, plan->voucher, first, &committed, &present))
		return RESULT_FIELD_OUT_OF_RANGE;
	bool is_increase = cents_sub(needed, present, &increase);
	bool is_decrease = !is_increase && cents_sub(present, needed, &decrease);
	ASSERT(is_increase || is_decrease);
	struct cents amount = is_increase ? increase : decrease;
	struct share_amounts *limits = is_increase ? &plan->limits : &committed;
	if (!share_divide(effects, plan->voucher, amount, limits, &parts))
		parts.of[0] = amount;
	for (uint32_t n = 0; n < share_count(plan->voucher); n++) {
		if (is_increase && !cents_sub(limits->of[n], parts.of[n], &limits->of[n]))
			limits->of[n] = cents_zero();
		struct planned_change *change = &plan->changes[plan->count++];
		*change = (struct planned_change){.cell = share_cell(plan->voucher, first, n)};
		*(is_increase ? &change->increase : &change->decrease) = parts.of[n];
	}
	struct cents *sum = is_increase ? &plan->increase : &plan->decrease;
	return cents_add(*sum, amount, sum) ? RESULT_OK : RESULT_FIELD_OUT_OF_RANGE;
}

static enum result plan_cell(struct decision *decision, struct change_plan *plan,
			     struct cell_id id)
{
	const struct cell *cell = effects_read_cell(decision->effects, id);
	ASSERT(cell != NULL);
	uint32_t open = cell->free_units + cell->booked_units - cell->disputed_units;
	struct copay_question question =
	    copay_question_of(decision->effects, plan->voucher, cell->line, plan->from);
	if (cell->released != 0 || open == 0 || cell->share != 0 ||
	    !copay_change_reaches(decision->state, &question, cell->month, plan->from,
			       &question.day))
		return RESULT_OK;
	uint32_t reached = open < plan->units_left ? open : plan->units_left;
	if (reached == 0)
		return RESULT_OK;
	plan->units_left -= reached;
	struct cents needed;
	enum result result = needed_of(decision, plan, cell, &question, reached, &needed);
	if (result != RESULT_OK)
		return result;
	return add_changes(decision, plan, id, needed);
}

/* From the last month back, so that units that are left of a plan are the last ones. */
static enum result plan_cells(struct decision *decision, struct change_plan *plan)
{
	for (uint32_t n = voucher_cell_count(plan->voucher); n > 0; n--) {
		struct cell_id id = {plan->voucher->first_cell.raw + n - 1};
		enum result result = plan_cell(decision, plan, id);
		if (result != RESULT_OK)
			return result;
	}
	return RESULT_OK;
}

/* The increase of all cells of one fund year, seen from the first of them; 0 from the others. */
static struct cents increase_of_year(struct decision *decision, const struct change_plan *plan,
				     uint32_t n)
{
	const struct cell *cell = effects_read_cell(decision->effects, plan->changes[n].cell);
	struct cents sum = cents_zero();
	for (uint32_t i = 0; i < plan->count; i++) {
		const struct cell *other =
		    effects_read_cell(decision->effects, plan->changes[i].cell);
		if (other->fund_year.raw != cell->fund_year.raw)
			continue;
		if (i < n)
			return cents_zero();
		bool fits = cents_add(sum, plan->changes[i].increase, &sum);
		ASSERT(fits);
	}
	return sum;
}

/* Fund, commitment, ceilings: all of it or nothing. */
static enum result check_money(struct decision *decision, const struct change_plan *plan)
{
	struct ceiling_demand demands[VOUCHER_CELLS_MAX];
	for (uint32_t n = 0; n < plan->count; n++) {
		struct cents increase = increase_of_year(decision, plan, n);
		const struct cell *cell =
		    effects_read_cell(decision->effects, plan->changes[n].cell);
		demands[n] = (struct ceiling_demand){
		    .scope = ceiling_scope_of_cell(decision->effects, plan->changes[n].cell),
		    .amount = plan->changes[n].increase};
		enum result cap = share_check_cap(decision, plan->changes[n].cell,
						  plan->changes[n].increase);
		if (cap != RESULT_OK)
			return cap;
		if (cents_is_zero(increase))
			continue;
		enum result result = adjust_check_open(decision, plan->changes[n].cell);
		if (result == RESULT_OK)
			result = fund_check_available(decision, cell->fund_year, increase);
		if (result != RESULT_OK)
			return result;
		struct cents balance = commitment_balance(decision->effects, cell->commitment);
		if (cents_less(balance, increase))
			return judge_short(decision, RESULT_COMMITMENT_EXCEEDED, increase,
					   balance);
	}
	return ceiling_check_demands(decision, demands, plan->count, CEILING_PART_ALL);
}

static void carry_out(struct decision *decision, const struct change_plan *plan)
{
	for (uint32_t n = 0; n < plan->count; n++) {
		const struct planned_change *change = &plan->changes[n];
		struct cell_act act = {.cell = change->cell,
				       .provider = plan->voucher->provider,
				       .kind = POSTING_KIND_COMMIT};
		cell_promise(decision->effects, &act, change->increase);
		act.kind = POSTING_KIND_RELEASE;
		cell_release(decision->effects, &act, change->decrease);
	}
	copay_change_done(decision, plan->voucher_id);
}

enum result copay_change_unfunded(struct decision *decision, struct voucher_id voucher,
				  struct day from, struct cents increase)
{
	event_close_tasks(decision->effects, voucher, EVENT_KIND_COPAY_CHANGE);
	struct event_id open =
	    event_open_task(decision->effects, voucher, EVENT_KIND_COPAY_CHANGE_UNFUNDED);
	if (open.raw != 0)
		effects_edit_event(decision->effects, open)->amount_cents = increase;
	else
		event_emit(decision, &(struct event){.voucher = voucher,
						     .kind = EVENT_KIND_COPAY_CHANGE_UNFUNDED,
						     .amount_cents = increase,
						     .due = from,
						     .task = 1});
	decision->outcome->cause = RESULT_COPAY_CHANGE_UNFUNDED;
	decision->outcome->gross = increase;
	return judge_object(decision, RESULT_COPAY_UNFUNDED, RECORD_KIND_VOUCHER, voucher.raw);
}

void copay_change_done(struct decision *decision, struct voucher_id voucher)
{
	event_close_tasks(decision->effects, voucher, EVENT_KIND_COPAY_CHANGE);
	event_close_tasks(decision->effects, voucher, EVENT_KIND_COPAY_CHANGE_UNFUNDED);
	(void)effects_edit_voucher(decision->effects, voucher); /* it was asked */
}

static bool is_shortage(enum result result)
{
	return result == RESULT_FUND_EXHAUSTED || result == RESULT_CEILING_EXCEEDED ||
	       result == RESULT_CEILING_FROZEN || result == RESULT_COMMITMENT_EXCEEDED ||
	       result == RESULT_SHARE_UNFUNDED;
}

/* Brings a title's commitment in line with the co-pay from a day on: F110 <-> F140, C120 <-> C140.
 *   RESULT_OK                   outcome: gross promised more (0 where it was released)
 *   RESULT_COPAY_UNFUNDED       cause COPAY_CHANGE_UNFUNDED; gross: the whole increase; short and
 *                               limit of the account that lacks it; a task stands
 *   RESULT_ILLEGAL_TRANSITION   not a running title
 *   RESULT_COPAY_COLLECTED_BY_ENTITY  under model B the commitment does not depend on it, and no
 *                               ceiling counts net of the co-pay
 *   RESULT_FIELD_INVALID        units left of a title of several services
 *   RESULT_ISEE_EXPIRED, RESULT_FIELD_OUT_OF_RANGE, RESULT_TOO_MANY_EFFECTS
 * SOURCE SCENARIOS S05: 20 h left at 5,67 more are 113,40. */
enum result voucher_apply_copay(struct decision *decision)
{
	const struct command_voucher_apply_copay *input =
	    &decision->command->input.voucher_apply_copay;
	struct change_plan plan = {.voucher_id = input->voucher,
				   .from = input->effective_from,
				   .units_left = UINT32_MAX};
	plan.voucher = effects_read_voucher(decision->effects, input->voucher);
	ASSERT(plan.voucher != NULL);
	if (!is_running(plan.voucher))
		return RESULT_ILLEGAL_TRANSITION;
	bool is_net = plan.voucher->copay_model != COPAY_COLLECTION_MODEL_A;
	if (is_net && !decision->state->has_net_basis)
		return RESULT_COPAY_COLLECTED_BY_ENTITY;
	if (input->remaining_units != 0) {
		if (plan.voucher->line_count > 1)
			return judge_field(decision, RESULT_FIELD_INVALID, "remaining_units");
		plan.units_left = input->remaining_units;
	}
	if (is_net)
		return copay_net_apply(decision, plan.voucher_id, plan.from, plan.units_left);
	share_promise_limits(decision->effects, plan.voucher, &plan.limits);
	enum result result = plan_cells(decision, &plan);
	if (result != RESULT_OK)
		return result;
	result = check_money(decision, &plan);
	if (is_shortage(result))
		return copay_change_unfunded(decision, plan.voucher_id, plan.from,
					     plan.increase);
	if (result != RESULT_OK)
		return result;
	carry_out(decision, &plan);
	decision->outcome->gross = plan.increase;
	return judge_object(decision, RESULT_OK, RECORD_KIND_VOUCHER, input->voucher.raw);
}

/* ---- Preview ---- */

static bool add_share(const struct copay_rate *rate, uint32_t units, struct cents gross,
		      struct cents *sum)
{
	struct cents share;
	return copay_of_units(rate, units, gross, rate->deductible, &share) &&
	       cents_add(*sum, share, sum);
}

static enum result preview_cell(struct effects *effects, const struct voucher *voucher,
				const struct cell *cell, const struct copay_hypothesis *hypothesis,
				struct day from, struct copay_preview *preview)
{
	uint32_t open = cell->free_units + cell->booked_units - cell->disputed_units;
	struct copay_question question = copay_question_of(effects, voucher, cell->line, from);
	if (cell->released != 0 || open == 0 || cell->share != 0 ||
	    !copay_change_reaches(effects->state, &question, cell->month, from, &question.day))
		return RESULT_OK;
	struct copay_rate before;
	struct copay_rate after;
	enum result result = copay_rate_at(effects->state, &question, &before);
	question.hypothesis = hypothesis;
	if (result == RESULT_OK)
		result = copay_rate_at(effects->state, &question, &after);
	if (result != RESULT_OK)
		return result;
	struct price price = cell_price(effects, cell, (struct provider_id){0});
	struct worth worth;
	if (!price_units(&price, open, &worth) ||
	    !add_share(&before, open, worth.gross, &preview->share_before) ||
	    !add_share(&after, open, worth.gross, &preview->share_after))
		return RESULT_FIELD_OUT_OF_RANGE;
	preview->units += open;
	return RESULT_OK;
}

enum result copay_change_preview(struct effects *effects, struct voucher_id id,
				 const struct copay_hypothesis *hypothesis, struct day from,
				 struct copay_preview *ret_preview)
{
	const struct voucher *voucher = effects_read_voucher(effects, id);
	ASSERT(voucher != NULL && hypothesis != NULL);
	struct copay_preview preview = {.units = 0};
	uint32_t cells = voucher->first_cell.raw == 0 ? 0 : voucher_cell_count(voucher);
	for (uint32_t n = 0; n < cells; n++) {
		const struct cell *cell =
		    effects_read_cell(effects, (struct cell_id){voucher->first_cell.raw + n});
		ASSERT(cell != NULL);
		enum result result =
		    preview_cell(effects, voucher, cell, hypothesis, from, &preview);
		if (result != RESULT_OK)
			return result;
	}
	if (!cents_sub(preview.share_before, preview.share_after, &preview.increase))
		preview.increase = cents_zero();
	if (!cents_sub(preview.share_after, preview.share_before, &preview.decrease))
		preview.decrease = cents_zero();
	*ret_preview = preview;
	return RESULT_OK;
}
