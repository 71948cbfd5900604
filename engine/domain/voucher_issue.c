/* Issue: the moment at which an ambito promises money to a person.
 *
 * A title becomes cells, one for each line and month. Every cell takes the tariff in force on its
 * month's first day and the highest VAT among the providers that could be chosen then, so that any
 * choice is funded (DOMAIN section 6, principle 1; decision 0005); the money stands in the fiscal
 * year in which the service is rendered (SCENARIOS S12).
 *
 * All or nothing over the title: fund, ceilings and commitment are judged for all cells together
 * before the first posting. Money that lacks puts the request on the waitlist and leaves every
 * balance as it was (SCENARIOS S02). */
#include "engine/domain/accreditation.h"
#include "engine/domain/ceiling.h"
#include "engine/domain/cell.h"
#include "engine/domain/commitment.h"
#include "engine/domain/copay.h"
#include "engine/domain/deadline.h"
#include "engine/domain/duties.h"
#include "engine/domain/fund.h"
#include "engine/domain/incompatibility.h"
#include "engine/domain/judge.h"
#include "engine/domain/share.h"
#include "engine/domain/supplement.h"
#include "engine/domain/term.h"
#include "engine/domain/voucher.h"

#include <string.h>

#define PLAN_YEARS_MAX (VOUCHER_MONTHS_MAX / 12u + 2u)

static_assert(PLAN_YEARS_MAX * 12u >= VOUCHER_MONTHS_MAX + 11u, "any 36 months fit");

/* One cell to be. */
struct planned_cell {
	struct tariff_id tariff;
	struct cents amount; /* gross at the highest rate, or the part of it that a share pays */
	uint32_t year;       /* place in plan.years: fund and year */
	uint32_t units;
	uint16_t vat_bp;
};

struct planned_year {
	struct fund_id fund;
	struct fund_year_id fund_year;
	struct commitment_id commitment;
	struct cents amount; /* of all cells of the year */
	int32_t number;      /* fiscal year */
};

struct plan {
	struct voucher_id voucher_id;
	const struct voucher *voucher;
	struct fund_id fund;
	struct cents amount;
	enum copay_collection_model copay_model;
	uint32_t cell_count;
	uint32_t month_cells; /* of one share: lines x months */
	uint32_t year_count;
	struct planned_year years[VOUCHER_SHARES_MAX * PLAN_YEARS_MAX]; /* share-major, then year */
	struct planned_cell cells[VOUCHER_CELLS_MAX]; /* share-major, then line, then month */
};

static struct month plan_month(const struct plan *plan, uint32_t n)
{
	return (struct month){plan->voucher->first_month.number +
			      (int32_t)(n % plan->voucher->month_count)};
}

static const struct voucher_line *plan_line(struct effects *effects, const struct plan *plan,
					    uint32_t n)
{
	struct voucher_line_id id = {plan->voucher->first_line.raw +
				     n % plan->month_cells / plan->voucher->month_count};
	const struct voucher_line *line = effects_read_voucher_line(effects, id);
	ASSERT(line != NULL);
	return line;
}

/* The years of one fund that the title's months lie in, in order. */
static enum result plan_years_of(struct decision *decision, struct plan *plan, struct fund_id fund)
{
	uint32_t first = plan->year_count;
	for (uint32_t i = 0; i < plan->voucher->month_count; i++) {
		struct month month = plan_month(plan, i);
		uint32_t count = plan->year_count;
		if (count > first && plan->years[count - 1].number == month_year(month))
			continue;
		ASSERT(count < first + PLAN_YEARS_MAX);
		struct planned_year *year = &plan->years[count];
		*year = (struct planned_year){.fund = fund, .number = month_year(month)};
		enum result result = fund_year_for_month(decision, fund, month, &year->fund_year);
		if (result != RESULT_OK)
			return result;
		plan->year_count++;
	}
	return RESULT_OK;
}

/* The fund years of the title's months; a month that can no longer be used is refused. */
static enum result plan_years(struct decision *decision, struct plan *plan)
{
	struct deadlines first = deadlines_of(decision->state, plan->voucher->ambito,
					      plan->voucher->first_month);
	if (day_less(first.late_window, decision->today))
		return RESULT_OUT_OF_VALIDITY;
	for (uint32_t n = 0; n < share_count(plan->voucher); n++) {
		struct fund_id fund =
		    n == 0 ? plan->fund : share_fund(decision->effects, plan->voucher, n);
		enum result result = plan_years_of(decision, plan, fund);
		if (result != RESULT_OK)
			return result;
	}
	return RESULT_OK;
}

/* Under model A the person pays a share to the provider: only the rest is promised. */
static enum result leave_copay_out(struct effects *effects, const struct plan *plan, uint32_t n,
				   struct planned_cell *cell)
{
	struct copay_amount amount = {.line = n / plan->voucher->month_count,
				      .month = plan_month(plan, n),
				      .units = cell->units,
				      .gross = cell->amount};
	struct cents share;
	enum result result = copay_to_commit(effects, plan->voucher, &amount, &share);
	if (result != RESULT_OK)
		return result;
	return cents_sub(cell->amount, share, &cell->amount) ? RESULT_OK
							     : RESULT_FIELD_OUT_OF_RANGE;
}

/* Tariff, rate and amount of one cell. */
static enum result price_cell(struct decision *decision, const struct plan *plan, uint32_t n,
			      struct planned_cell *cell)
{
	struct effects *effects = decision->effects;
	const struct voucher_line *line = plan_line(effects, plan, n);
	const struct service *service = effects_read_service(effects, line->service);
	ASSERT(service != NULL);
	struct month month = plan_month(plan, n);
	enum result result =
	    fund_check_restriction(decision, plan->fund, (uint16_t)month_year(month),
				   line->service, plan->voucher->measure);
	if (result != RESULT_OK)
		return result;
	if (service->unit != UNIT_EURO) {
		cell->tariff = state_find_tariff(decision->state, line->service,
						 month_first_day(month));
		if (cell->tariff.raw == 0)
			return RESULT_NO_TARIFF_IN_FORCE;
	}
	result = accreditation_highest_vat(
	    effects, line->service, plan->voucher->comune, month_first_day(month),
	    month_last_day(month), &cell->vat_bp);
	if (result != RESULT_OK)
		return result;
	struct price price = price_of_tariff(
	    service, effects_read_tariff(effects, cell->tariff), cell->vat_bp);
	struct cents supplement;
	struct worth worth;
	if (!price_units(&price, line->units_per_month, &worth) ||
	    !supplement_expected(decision->state, line->service, month, line->supplement_units,
				 &price, &supplement) ||
	    !cents_gross(supplement, cell->vat_bp, &supplement) ||
	    !cents_add(worth.gross, supplement, &worth.gross))
		return RESULT_FIELD_OUT_OF_RANGE;
	cell->amount = worth.gross;
	cell->units = line->units_per_month;
	return plan->copay_model == COPAY_COLLECTION_MODEL_A
		   ? leave_copay_out(effects, plan, n, cell)
		   : RESULT_OK;
}

/* Divides a month that cells[n] holds whole among the shares' cells; the limits shrink by what caps
 * gave. False: the caps hold less than the title is worth. */
static void divide_month(struct decision *decision, struct plan *plan, uint32_t n,
			 struct share_amounts *limits)
{
	struct planned_cell whole = plan->cells[n];
	struct share_amounts parts;
	bool fits = share_divide(decision->effects, plan->voucher, whole.amount, limits, &parts);
	ASSERT(fits); /* the last entry has no cap */
	for (uint32_t i = 0; i < share_count(plan->voucher); i++) {
		struct planned_cell *cell = &plan->cells[i * plan->month_cells + n];
		*cell = whole;
		cell->amount = parts.of[i];
		cell->units = i == 0 ? whole.units : 0;
		fits = cents_sub(limits->of[i], parts.of[i], &limits->of[i]);
		ASSERT(fits);
	}
}

static enum result price_cells(struct decision *decision, struct plan *plan)
{
	struct share_amounts limits;
	share_promise_limits(decision->effects, plan->voucher, &limits);
	for (uint32_t n = 0; n < plan->month_cells; n++) {
		plan->cells[n] = (struct planned_cell){.year = 0};
		enum result result = price_cell(decision, plan, n, &plan->cells[n]);
		if (result != RESULT_OK)
			return result;
		if (plan->voucher->share_count > 0)
			divide_month(decision, plan, n, &limits);
	}
	return RESULT_OK;
}

static enum result plan_cells(struct decision *decision, struct plan *plan)
{
	enum result result = price_cells(decision, plan);
	if (result != RESULT_OK)
		return result;
	uint32_t years_of_fund = plan->year_count / share_count(plan->voucher);
	for (uint32_t n = 0; n < plan->cell_count; n++) {
		struct planned_cell *cell = &plan->cells[n];
		int32_t number = month_year(plan_month(plan, n));
		cell->year = n / plan->month_cells * years_of_fund;
		while (plan->years[cell->year].number != number)
			cell->year++;
		ASSERT(cell->year < plan->year_count);
		struct planned_year *year = &plan->years[cell->year];
		if (!cents_add(year->amount, cell->amount, &year->amount) ||
		    !cents_add(plan->amount, cell->amount, &plan->amount))
			return RESULT_FIELD_OUT_OF_RANGE;
	}
	return RESULT_OK;
}

static enum result check_ceilings(struct decision *decision, const struct plan *plan)
{
	struct effects *effects = decision->effects;
	const struct comune *comune = effects_read_comune(effects, plan->voucher->comune);
	ASSERT(comune != NULL);
	struct ceiling_demand demands[VOUCHER_CELLS_MAX];
	for (uint32_t n = 0; n < plan->cell_count; n++) {
		const struct planned_cell *cell = &plan->cells[n];
		demands[n] = (struct ceiling_demand){
		    .scope = {.ambito = plan->voucher->ambito,
			      .comune = plan->voucher->comune,
			      .sub_ambito = comune->sub_ambito,
			      .fund = plan->years[cell->year].fund,
			      .service = plan_line(effects, plan, n)->service,
			      .beneficiary = plan->voucher->beneficiary,
			      .month = plan_month(plan, n),
			      .year = (uint16_t)plan->years[cell->year].number},
		    .amount = cell->amount};
	}
	return ceiling_check_demands(decision, demands, plan->cell_count, CEILING_PART_ALL);
}

/* Other measures of the person, and how much it may have of this one. */
static enum result check_person(struct decision *decision, const struct plan *plan)
{
	const struct voucher *voucher = plan->voucher;
	struct incompatibility_question question = {.beneficiary = voucher->beneficiary,
						    .measure = voucher->measure,
						    .from = voucher->valid_from,
						    .to = voucher->valid_to,
						    .voucher = plan->voucher_id};
	enum result result = incompatibility_check(decision, &question);
	if (result != RESULT_OK)
		return result;
	struct cents months[VOUCHER_MONTHS_MAX];
	for (uint32_t n = 0; n < voucher->month_count; n++)
		months[n] = cents_zero();
	for (uint32_t n = 0; n < plan->cell_count; n++) {
		struct cents *month = &months[n % voucher->month_count];
		if (!cents_add(*month, plan->cells[n].amount, month))
			return RESULT_FIELD_OUT_OF_RANGE;
	}
	return incompatibility_check_amounts(decision, plan->voucher_id, months);
}

/* Fund, ceilings, commitment: in this order, each over all cells. */
static enum result check_money(struct decision *decision, struct plan *plan)
{
	for (uint32_t i = 0; i < plan->year_count; i++) {
		enum result result = fund_check_available(decision, plan->years[i].fund_year,
							  plan->years[i].amount);
		if (result != RESULT_OK)
			return result;
	}
	enum result result = check_ceilings(decision, plan);
	if (result != RESULT_OK)
		return result;
	for (uint32_t i = 0; i < plan->year_count; i++) {
		struct planned_year *year = &plan->years[i];
		result = commitment_find(decision, year->fund_year, year->amount,
					 &year->commitment);
		if (result != RESULT_OK)
			return result;
	}
	return RESULT_OK;
}

static enum result place_on_waitlist(struct decision *decision, const struct plan *plan,
				     enum result cause)
{
	struct voucher *voucher = effects_edit_voucher(decision->effects, plan->voucher_id);
	voucher->fund = plan->fund;
	voucher->state = VOUCHER_STATE_WAITLISTED;
	decision->outcome->cause = cause;
	decision->outcome->gross = plan->amount;
	return RESULT_WAITLISTED;
}

/* After "yes" nothing may refuse. Cells are made first, so that their ids are consecutive. */
static void carry_out(struct decision *decision, const struct plan *plan)
{
	struct effects *effects = decision->effects;
	struct voucher *voucher = effects_edit_voucher(effects, plan->voucher_id);
	voucher->fund = plan->fund;
	voucher->state = VOUCHER_STATE_ISSUED;
	voucher->copay_model = (uint8_t)plan->copay_model;
	for (uint32_t n = 0; n < plan->cell_count; n++) {
		const struct planned_cell *planned = &plan->cells[n];
		struct cell_id id;
		struct cell *cell = effects_create_cell(effects, &id);
		cell->voucher = plan->voucher_id;
		cell->fund_year = plan->years[planned->year].fund_year;
		cell->commitment = plan->years[planned->year].commitment;
		cell->tariff = planned->tariff;
		cell->month = plan_month(plan, n);
		cell->vat_bp = planned->vat_bp;
		cell->line = (uint8_t)(n % plan->month_cells / voucher->month_count);
		cell->share = (uint8_t)(n / plan->month_cells);
		if (n == 0)
			voucher->first_cell = id;
		ASSERT(id.raw == voucher->first_cell.raw + n);
	}
	for (uint32_t n = 0; n < plan->cell_count; n++) {
		struct cell_act act = {.cell = {voucher->first_cell.raw + n},
				       .kind = POSTING_KIND_COMMIT};
		cell_promise(effects, &act, plan->cells[n].amount);
		act.kind = POSTING_KIND_GRANT_UNITS;
		cell_move_units(effects, &act, UNITS_GRANTED, UNITS_FREE, plan->cells[n].units);
	}
}

/* Issues a PROPOSED or WAITLISTED title: F110 -> F140, C120 -> C140, U100 -> U110.
 *   RESULT_OK                       outcome: gross committed
 *   RESULT_WAITLISTED               cause FUND_EXHAUSTED, PROVISIONAL_LIMIT or CEILING_EXCEEDED;
 *                                   short, limit, ceiling
 *   RESULT_ILLEGAL_TRANSITION       in another state
 *   RESULT_OUT_OF_VALIDITY          the late window of its first month is over
 *   RESULT_FUND_YEAR_NOT_OPEN, RESULT_FUND_SUSPENDED, RESULT_YEAR_CLOSED,
 *   RESULT_OPENING_IN_PROGRESS
 *   RESULT_FUND_RESTRICTION_MISMATCH    the fund may not pay a service or the measure
 *   RESULT_NO_TARIFF_IN_FORCE, RESULT_NO_PROVIDER_FOR_SERVICE
 *   RESULT_CEILING_FROZEN, RESULT_TOO_MANY_EFFECTS (see ceiling.h)
 *   RESULT_COMMITMENT_EXCEEDED      no commitment covers a year of it; short, limit
 *   RESULT_MEASURE_INCOMPATIBLE     names the person's other title; RESULT_MEASURE_CAP_EXCEEDED
 *   RESULT_FIELD_OUT_OF_RANGE       the amount leaves 64 bits
 *   RESULT_ISEE_ABOVE_MAXIMUM, RESULT_ISEE_EXPIRED  the person's ISEE (copay.h)
 *   RESULT_ALREADY_EXISTS           the drawn code is another title's: draw again
 * SOURCE state_transitions.csv VOUCHER issue; DOMAIN section 7. */
enum result voucher_issue(struct decision *decision)
{
	const struct command_voucher_issue *input = &decision->command->input.voucher_issue;
	struct effects *effects = decision->effects;
	struct plan plan = {.voucher_id = input->voucher};
	plan.voucher = effects_read_voucher(effects, input->voucher);
	ASSERT(plan.voucher != NULL);
	plan.fund = input->fund.raw == 0 ? plan.voucher->fund : input->fund;
	if (plan.voucher->share_count > 0 && input->fund.raw != 0)
		return judge_field(decision, RESULT_FIELD_INVALID, "fund");
	plan.cell_count = voucher_cell_count(plan.voucher);
	plan.month_cells = plan.cell_count / share_count(plan.voucher);
	ASSERT(plan.cell_count > 0 && plan.cell_count <= VOUCHER_CELLS_MAX);
	if (plan.voucher->state != VOUCHER_STATE_PROPOSED &&
	    plan.voucher->state != VOUCHER_STATE_WAITLISTED)
		return RESULT_ILLEGAL_TRANSITION;
	if (state_find_voucher_by_code(decision->state, input->code_hash).raw != 0)
		return RESULT_ALREADY_EXISTS;
	plan.copay_model = copay_model_of(decision->state, plan.voucher, decision->today);
	enum result result = copay_check_person(decision, plan.voucher);
	if (result == RESULT_OK)
		result = plan_years(decision, &plan);
	if (result == RESULT_OK)
		result = plan_cells(decision, &plan);
	if (result == RESULT_OK)
		result = check_person(decision, &plan);
	if (result == RESULT_MEASURE_INCOMPATIBLE)
		return result; /* names the other title */
	if (result == RESULT_OK)
		result = check_money(decision, &plan);
	if (result == RESULT_FUND_EXHAUSTED || result == RESULT_PROVISIONAL_LIMIT ||
	    result == RESULT_CEILING_EXCEEDED)
		result = place_on_waitlist(decision, &plan, result);
	if (result != RESULT_OK)
		return judge_object(decision, result, RECORD_KIND_VOUCHER, input->voucher.raw);
	carry_out(decision, &plan);
	struct voucher_secret *secret = effects_edit_voucher_secret(
	    effects, (struct voucher_secret_id){input->voucher.raw});
	secret->code_hash = input->code_hash;
	memcpy(secret->code_cipher, input->code_cipher, sizeof(secret->code_cipher));
	term_issued(decision, input->voucher);
	decision->outcome->gross = plan.amount;
	return judge_object(decision, RESULT_OK, RECORD_KIND_VOUCHER, input->voucher.raw);
}
