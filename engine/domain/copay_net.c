/* Ceilings net of the co-pay: see copay_net.h. */
#include "engine/domain/copay_net.h"

#include "engine/domain/ceiling.h"
#include "engine/domain/cell.h"
#include "engine/domain/copay_change.h"
#include "engine/domain/judge.h"
#include "engine/domain/share.h"
#include "engine/domain/voucher.h"

/* What one cell's ceilings are to be told. */
struct net_change {
	struct cell_id cell;
	struct cents gross;
	struct cents copay;
};

struct net_plan {
	const struct voucher *voucher;
	struct day from;
	uint32_t units_left;
	uint32_t count;
	struct cents increase;
	struct net_change changes[VOUCHER_CELLS_MAX];
};

enum result copay_net_share(struct decision *decision, const struct cell *cell,
			    const struct copay_question *question, uint32_t units,
			    struct copay_share *ret_share)
{
	struct price price = cell_price(decision->effects, cell, (struct provider_id){0});
	struct copay_rate rate;
	enum result result = copay_rate_at(decision->state, question, &rate);
	if (result != RESULT_OK)
		return result;
	struct worth worth;
	struct cents own;
	if (!price_units(&price, units, &worth) ||
	    !copay_of_units(&rate, units, worth.gross, rate.deductible, &own))
		return RESULT_FIELD_OUT_OF_RANGE;
	*ret_share = (struct copay_share){.gross = worth.gross, .own = own};
	return RESULT_OK;
}

static enum result add_share(struct decision *decision, const struct cell *cell,
			     const struct copay_question *question, uint32_t units,
			     struct cents *sum)
{
	struct copay_share share;
	enum result result = copay_net_share(decision, cell, question, units, &share);
	if (result != RESULT_OK)
		return result;
	return cents_add(*sum, share.own, sum) ? RESULT_OK : RESULT_FIELD_OUT_OF_RANGE;
}

/* What the person pays of the whole month. */
static enum result share_of_month(struct decision *decision, struct net_plan *plan,
				  const struct cell *cell, struct copay_question *question,
				  struct cents *ret_share)
{
	uint32_t open = cell->free_units + cell->booked_units - cell->disputed_units;
	uint32_t reached = open < plan->units_left ? open : plan->units_left;
	uint32_t delivered = cell->granted_units - open;
	bool is_whole = !day_less(month_first_day(cell->month), plan->from);
	plan->units_left -= reached;
	*ret_share = cents_zero();
	uint32_t at_new = is_whole ? reached + delivered : reached;
	enum result result = add_share(decision, cell, question, at_new, ret_share);
	if (result != RESULT_OK || at_new == cell->granted_units)
		return result;
	if (!day_plus(plan->from, -1, &question->day))
		return RESULT_FIELD_OUT_OF_RANGE;
	return add_share(decision, cell, question, cell->granted_units - at_new, ret_share);
}

/* Divides a month's share among the cells of the title's funds, as their gross stands. */
static bool add_changes(struct decision *decision, struct net_plan *plan, struct cell_id first,
			struct cents share)
{
	struct effects *effects = decision->effects;
	uint64_t weights[VOUCHER_SHARES_MAX] = {0};
	struct cents parts[VOUCHER_SHARES_MAX];
	struct cents grosses[VOUCHER_SHARES_MAX];
	uint32_t count = share_count(plan->voucher);
	struct cents present;
	for (uint32_t n = 0; n < count; n++) {
		struct cell_id cell = share_cell(plan->voucher, first, n);
		if (!ceiling_copay_of(effects, cell, &grosses[n], &present))
			return true; /* issued before any ceiling counted net */
		weights[n] = (uint64_t)grosses[n].raw; /* raw: a weight */
	}
	if (!cents_allocate_largest_remainder(share, weights, count, parts))
		return false;
	for (uint32_t n = 0; n < count; n++) {
		struct net_change *change = &plan->changes[plan->count++];
		*change = (struct net_change){.cell = share_cell(plan->voucher, first, n),
					      .gross = grosses[n],
					      .copay = parts[n]};
		struct cents rise = ceiling_copay_increase(effects, change->cell, parts[n]);
		if (!cents_add(plan->increase, rise, &plan->increase))
			return false;
	}
	return true;
}

static enum result plan_month(struct decision *decision, struct net_plan *plan, struct cell_id id)
{
	const struct cell *cell = effects_read_cell(decision->effects, id);
	ASSERT(cell != NULL);
	struct copay_question question =
	    copay_question_of(decision->effects, plan->voucher, cell->line, plan->from);
	if (cell->released != 0 || cell->share != 0 || cell->granted_units == 0 ||
	    !copay_change_reaches(decision->state, &question, cell->month, plan->from,
				  &question.day))
		return RESULT_OK;
	struct cents share;
	enum result result = share_of_month(decision, plan, cell, &question, &share);
	if (result != RESULT_OK)
		return result;
	return add_changes(decision, plan, id, share) ? RESULT_OK : RESULT_FIELD_OUT_OF_RANGE;
}

/* All rises together: several months may touch one ceiling. */
static enum result check_ceilings(struct decision *decision, const struct net_plan *plan)
{
	struct ceiling_demand demands[VOUCHER_CELLS_MAX];
	for (uint32_t n = 0; n < plan->count; n++) {
		const struct net_change *change = &plan->changes[n];
		struct cents fall = cents_zero();
		bool fits = cents_delta(
		    cents_zero(),
		    ceiling_copay_increase(decision->effects, change->cell, change->copay), &fall);
		ASSERT(fits);
		demands[n] = (struct ceiling_demand){
		    .scope = ceiling_scope_of_cell(decision->effects, change->cell),
		    .amount = cents_zero(),
		    .copay = fall};
	}
	return ceiling_check_demands(decision, demands, plan->count,
				     CEILING_PART_WITHOUT_PROVIDER);
}

enum result copay_net_apply(struct decision *decision, struct voucher_id voucher_id,
			    struct day from, uint32_t units_left)
{
	struct net_plan plan = {.from = from, .units_left = units_left};
	plan.voucher = effects_read_voucher(decision->effects, voucher_id);
	ASSERT(plan.voucher != NULL);
	for (uint32_t n = voucher_cell_count(plan.voucher); n > 0; n--) {
		struct cell_id id = {plan.voucher->first_cell.raw + n - 1};
		enum result result = plan_month(decision, &plan, id);
		if (result != RESULT_OK)
			return result;
	}
	enum result result = check_ceilings(decision, &plan);
	if (result == RESULT_CEILING_EXCEEDED || result == RESULT_CEILING_FROZEN)
		return copay_change_unfunded(decision, voucher_id, from, plan.increase);
	if (result != RESULT_OK)
		return result;
	for (uint32_t n = 0; n < plan.count; n++)
		ceiling_set_copay(decision->effects, plan.changes[n].cell, plan.changes[n].gross,
				  plan.changes[n].copay);
	copay_change_done(decision, voucher_id);
	decision->outcome->gross = plan.increase;
	return judge_object(decision, RESULT_OK, RECORD_KIND_VOUCHER, voucher_id.raw);
}
