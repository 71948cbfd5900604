/* Money of titles that run: see adjust.h. */
#include "engine/domain/adjust.h"

#include "engine/domain/ceiling.h"
#include "engine/domain/cell.h"
#include "engine/domain/commitment.h"
#include "engine/domain/copay.h"
#include "engine/domain/fund.h"
#include "engine/domain/judge.h"

/* ---- What a month is worth ---- */

static const struct voucher *title_of(struct effects *effects, const struct cell *cell)
{
	const struct voucher *voucher = effects_read_voucher(effects, cell->voucher);
	ASSERT(voucher != NULL);
	return voucher;
}

/* What of F140 is meant for supplements, and stays with the units that stay: what the month has
 * beyond the worth of its present units, where its line expects supplements. */
static bool supplement_money(struct effects *effects, struct cell_id id, struct cents there,
			     uint32_t units, struct cents *ret_money)
{
	const struct cell *cell = effects_read_cell(effects, id);
	struct voucher_line_id line_id = {title_of(effects, cell)->first_line.raw + cell->line};
	*ret_money = cents_zero();
	if (effects_read_voucher_line(effects, line_id)->supplement_units == 0)
		return true;
	struct price price = cell_price(effects, cell, (struct provider_id){0});
	uint32_t present = cell->free_units + (cell->booked_units - cell->disputed_units);
	struct worth worth;
	if (!price_units(&price, present, &worth))
		return false;
	struct cents promised = copay_promised(effects, id, present, worth.gross);
	if (present == 0 || !cents_sub(there, promised, ret_money))
		return true;
	return units >= present || cents_net(units, *ret_money, present, ret_money);
}

bool adjust_difference(struct effects *effects, const struct adjust_month *month,
		       struct cents *ret_lack, struct cents *ret_surplus)
{
	const struct cell *cell = effects_read_cell(effects, month->cell);
	ASSERT(cell != NULL && cell->share == 0 && cell->booked_units >= cell->disputed_units);
	struct cell as_if = *cell;
	as_if.tariff = month->tariff;
	struct price price = cell_price(effects, &as_if, (struct provider_id){0});
	uint32_t units = month->free_units + (cell->booked_units - cell->disputed_units);
	const struct voucher *voucher = title_of(effects, cell);
	struct cents there = share_spendable(effects, voucher, month->cell, voucher->provider);
	struct worth worth;
	struct cents extra;
	if (!price_units(&price, units, &worth) ||
	    !supplement_money(effects, month->cell, there, units, &extra))
		return false;
	struct cents worth_held = copay_promised(effects, month->cell, units, worth.gross);
	if (!cents_add(worth_held, extra, &worth_held))
		return false;
	if (!cents_sub(worth_held, there, ret_lack))
		*ret_lack = cents_zero();
	if (!cents_sub(there, worth_held, ret_surplus))
		*ret_surplus = cents_zero();
	return true;
}

/* ---- Less ---- */

void adjust_release(struct effects *effects, struct cell_id first, struct cents amount)
{
	const struct voucher *voucher =
	    title_of(effects, effects_read_cell(effects, first));
	struct share_amounts limits;
	struct share_amounts parts;
	for (uint32_t n = 0; n < share_count(voucher); n++)
		limits.of[n] = cell_spendable(effects, share_cell(voucher, first, n),
					      voucher->provider);
	bool fits = share_divide(effects, voucher, amount, &limits, &parts);
	ASSERT(fits);
	for (uint32_t n = 0; n < share_count(voucher); n++) {
		struct cell_act act = {.cell = share_cell(voucher, first, n),
				       .provider = voucher->provider,
				       .kind = POSTING_KIND_RELEASE};
		cell_release(effects, &act, parts.of[n]);
	}
}

struct cents adjust_lose_units(struct effects *effects, struct cell_id id, uint32_t units)
{
	const struct cell *cell = effects_read_cell(effects, id);
	ASSERT(cell != NULL && cell->released == 0 && cell->free_units >= units);
	struct adjust_month month = {
	    .cell = id, .tariff = cell->tariff, .free_units = cell->free_units - units};
	struct cents lack;
	struct cents surplus;
	if (!adjust_difference(effects, &month, &lack, &surplus))
		surplus = cents_zero();
	adjust_release(effects, id, surplus);
	struct cell_act act = {.cell = id,
			       .provider = title_of(effects, cell)->provider,
			       .kind = POSTING_KIND_RELEASE};
	cell_move_units(effects, &act, UNITS_FREE, UNITS_EXPIRED, units);
	return surplus;
}

/* ---- More ---- */

static void add_cell(struct increase *increase, struct cell_id cell, struct cents amount)
{
	if (cents_is_zero(amount))
		return;
	ASSERT(increase->count < VOUCHER_CELLS_MAX);
	increase->cells[increase->count] = cell;
	increase->amounts[increase->count] = amount;
	increase->count++;
}

void adjust_begin(struct effects *effects, struct voucher_id id, struct increase *ret_increase)
{
	ret_increase->voucher = effects_read_voucher(effects, id);
	ASSERT(ret_increase->voucher != NULL);
	ret_increase->count = 0;
	ret_increase->missing = cents_zero();
	share_promise_limits(effects, ret_increase->voucher, &ret_increase->limits);
}

void adjust_add(struct effects *effects, struct increase *increase, struct cell_id first,
		struct cents amount)
{
	const struct voucher *voucher = increase->voucher;
	struct share_amounts parts;
	if (!share_divide(effects, voucher, amount, &increase->limits, &parts)) {
		if (!cents_add(increase->missing, amount, &increase->missing))
			ASSERT(false);
		return;
	}
	for (uint32_t n = 0; n < share_count(voucher); n++) {
		add_cell(increase, share_cell(voucher, first, n), parts.of[n]);
		if (!cents_sub(increase->limits.of[n], parts.of[n], &increase->limits.of[n]))
			ASSERT(false);
	}
}

struct cents adjust_sum(const struct increase *increase)
{
	struct cents sum = cents_zero();
	for (uint32_t n = 0; n < increase->count; n++)
		if (!cents_add(sum, increase->amounts[n], &sum))
			ASSERT(false);
	return sum;
}

/* The sum over the cells that share the nth one's fund year (or commitment); 0 where an earlier
 * cell stands for them. */
static bool sum_of_peers(struct decision *decision, const struct increase *increase, uint32_t n,
			 bool by_commitment, struct cents *ret_sum)
{
	const struct cell *cell = effects_read_cell(decision->effects, increase->cells[n]);
	*ret_sum = cents_zero();
	for (uint32_t i = 0; i < increase->count; i++) {
		const struct cell *other =
		    effects_read_cell(decision->effects, increase->cells[i]);
		bool is_peer = by_commitment ? other->commitment.raw == cell->commitment.raw
					     : other->fund_year.raw == cell->fund_year.raw;
		if (!is_peer)
			continue;
		if (i < n) {
			*ret_sum = cents_zero();
			return true;
		}
		if (!cents_add(*ret_sum, increase->amounts[i], ret_sum))
			return false;
	}
	return true;
}

static enum result check_years(struct decision *decision, const struct increase *increase)
{
	for (uint32_t n = 0; n < increase->count; n++) {
		struct cents sum;
		if (!sum_of_peers(decision, increase, n, false, &sum))
			return RESULT_FIELD_OUT_OF_RANGE;
		const struct cell *cell = effects_read_cell(decision->effects, increase->cells[n]);
		enum result result = fund_check_available(decision, cell->fund_year, sum);
		if (result != RESULT_OK)
			return result;
	}
	return RESULT_OK;
}

enum result adjust_check_open(struct decision *decision, struct cell_id id)
{
	const struct cell *cell = effects_read_cell(decision->effects, id);
	ASSERT(cell != NULL);
	const struct fund_year *fund_year =
	    effects_read_fund_year(decision->effects, cell->fund_year);
	ASSERT(fund_year != NULL);
	struct fund_year_id found;
	return fund_year_for_month(decision, fund_year->fund, cell->month, &found);
}

static enum result check_open(struct decision *decision, const struct increase *increase)
{
	for (uint32_t n = 0; n < increase->count; n++) {
		enum result result = adjust_check_open(decision, increase->cells[n]);
		if (result != RESULT_OK)
			return result;
	}
	return RESULT_OK;
}

static enum result check_commitments(struct decision *decision, const struct increase *increase)
{
	for (uint32_t n = 0; n < increase->count; n++) {
		struct cents sum;
		if (!sum_of_peers(decision, increase, n, true, &sum))
			return RESULT_FIELD_OUT_OF_RANGE;
		const struct cell *cell = effects_read_cell(decision->effects, increase->cells[n]);
		struct cents balance = commitment_balance(decision->effects, cell->commitment);
		if (cents_less(balance, sum))
			return judge_short(decision, RESULT_COMMITMENT_EXCEEDED, sum, balance);
	}
	return RESULT_OK;
}

enum result adjust_check(struct decision *decision, const struct increase *increase)
{
	struct ceiling_demand demands[VOUCHER_CELLS_MAX];
	for (uint32_t n = 0; n < increase->count; n++) {
		demands[n] = (struct ceiling_demand){
		    .scope = ceiling_scope_of_cell(decision->effects, increase->cells[n]),
		    .amount = increase->amounts[n]};
	}
	if (!cents_is_zero(increase->missing)) {
		decision->outcome->short_by = increase->missing;
		return RESULT_SHARE_UNFUNDED;
	}
	enum result result = check_open(decision, increase);
	if (result == RESULT_OK)
		result = check_years(decision, increase);
	if (result == RESULT_OK)
		result = ceiling_check_demands(decision, demands, increase->count,
					       CEILING_PART_ALL);
	if (result == RESULT_OK)
		result = check_commitments(decision, increase);
	return result;
}

struct cents adjust_promise(struct decision *decision, const struct increase *increase)
{
	for (uint32_t n = 0; n < increase->count; n++) {
		struct cell_act act = {.cell = increase->cells[n],
				       .provider = increase->voucher->provider,
				       .kind = POSTING_KIND_COMMIT};
		cell_promise(decision->effects, &act, increase->amounts[n]);
	}
	return adjust_sum(increase);
}
