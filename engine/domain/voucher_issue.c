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
#include "engine/domain/residence.h"
#include "engine/domain/share.h"
#include "engine/domain/supplement.h"
#include "engine/domain/term.h"
#include "engine/domain/title_term.h"
#include "engine/domain/voucher.h"
#include "engine/domain/voucher_reserve.h"
#include "engine/domain/waitlist.h"

#include <string.h>

#define PLAN_YEARS_MAX (VOUCHER_MONTHS_MAX / 12u + 2u)

static_assert(PLAN_YEARS_MAX * 12u >= VOUCHER_MONTHS_MAX + 11u, "any 36 months fit");

/* One cell to be. */
struct planned_cell {
	struct tariff_id tariff;
	struct cents amount;   /* gross at the highest rate, or the part of it that a share pays */
	struct cents reserved; /* what the cell holds of it already */
	struct cents increase; /* what is still to be promised */
	struct cents copay;    /* of the amount, what the person pays: where ceilings ask for it */
	uint32_t year;         /* place in plan.years: fund and year */
	uint32_t units;
	uint16_t vat_bp;
};

struct planned_year {
	struct fund_id fund;
	struct fund_year_id fund_year;
	struct commitment_id commitment;
	struct cents amount;   /* of all cells of the year */
	struct cents increase; /* of these, what is not reserved yet */
	int32_t number;        /* fiscal year */
};

struct plan {
	bool is_reservation; /* money is held, nothing is granted yet */
	bool may_wait;       /* what lacks money goes on the waitlist */
	bool is_strict;      /* nobody ranked before is overtaken */
	bool is_first_fit;   /* in simulations: whoever fits is served */
	struct waitlist_blocker blocker;
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

/* May every fund of the title pay the service in that month? */
static enum result check_restrictions(struct decision *decision, const struct plan *plan,
				      struct service_id service, struct month month)
{
	for (uint32_t n = 0; n < share_count(plan->voucher); n++) {
		struct fund_id fund =
		    n == 0 ? plan->fund : share_fund(decision->effects, plan->voucher, n);
		enum result result =
		    fund_check_restriction(decision, fund, (uint16_t)month_year(month), service,
					   plan->voucher->measure);
		if (result != RESULT_OK)
			return result;
	}
	return RESULT_OK;
}

/* Tariff, rate and amount of one cell. */
static enum result price_cell(struct decision *decision, const struct plan *plan, uint32_t n,
			      struct planned_cell *cell)
{
	struct effects *effects = decision->effects;
	const struct voucher_line *line = plan_line(effects, plan, n);
	struct month month = plan_month(plan, n);
	enum result result = check_restrictions(decision, plan, line->service, month);
	if (result != RESULT_OK)
		return result;
	const struct service *service = effects_read_service(effects, line->service);
	if (service == NULL) { /* a buono: cents of the month, and no units */
		cell->amount = cents_from((int64_t)line->units_per_month);
		return RESULT_OK;
	}
	if (service->unit != UNIT_EURO) {
		cell->tariff = state_find_tariff(decision->state, line->service,
						 month_first_day(month));
		if (cell->tariff.raw == 0)
			return RESULT_NO_TARIFF_IN_FORCE;
	}
	result = accreditation_highest_vat(
	    effects, line->service, residence_comune(effects, plan->voucher, month),
	    month_first_day(month),
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

/* What the person pays of a cell that is promised gross, for the ceilings that count net of it; 0
 * where no rate is in force. */
static struct cents copay_of(struct effects *effects, const struct plan *plan, uint32_t n,
			     const struct planned_cell *cell)
{
	struct copay_amount amount = {.line = n / plan->voucher->month_count,
				      .month = plan_month(plan, n),
				      .units = cell->units,
				      .gross = cell->amount};
	struct cents share;
	if (cell->units == 0 || !effects->state->has_net_basis ||
	    plan->copay_model == COPAY_COLLECTION_MODEL_A ||
	    copay_to_commit(effects, plan->voucher, &amount, &share) != RESULT_OK)
		return cents_zero();
	return cents_min(share, cell->amount);
}

/* The person's part follows the money of the shares. */
static void divide_copay(struct plan *plan, uint32_t n, struct cents copay)
{
	uint64_t weights[VOUCHER_SHARES_MAX];
	struct cents parts[VOUCHER_SHARES_MAX];
	uint32_t shares = plan->cell_count / plan->month_cells;
	for (uint32_t i = 0; i < shares; i++) {
		struct cents amount = plan->cells[i * plan->month_cells + n].amount;
		weights[i] = (uint64_t)amount.raw; /* raw: a weight */
	}
	if (cents_is_zero(copay) ||
	    !cents_allocate_largest_remainder(copay, weights, shares, parts))
		return;
	for (uint32_t i = 0; i < shares; i++)
		plan->cells[i * plan->month_cells + n].copay = parts[i];
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
		struct cents copay = copay_of(decision->effects, plan, n, &plan->cells[n]);
		if (plan->voucher->share_count > 0)
			divide_month(decision, plan, n, &limits);
		divide_copay(plan, n, copay);
	}
	return RESULT_OK;
}

/* What a reservation holds already is not asked for again. */
static void look_at_reserved(struct effects *effects, struct plan *plan, uint32_t n)
{
	struct planned_cell *planned = &plan->cells[n];
	planned->increase = planned->amount;
	planned->reserved = cents_zero();
	if (plan->voucher->first_cell.raw == 0)
		return;
	const struct cell *cell =
	    effects_read_cell(effects, (struct cell_id){plan->voucher->first_cell.raw + n});
	planned->reserved = cell->reserved_cents;
	if (!cents_sub(planned->amount, planned->reserved, &planned->increase))
		planned->increase = cents_zero();
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
		look_at_reserved(decision->effects, plan, n);
		if (!cents_add(year->amount, cell->amount, &year->amount) ||
		    !cents_add(year->increase, cell->increase, &year->increase) ||
		    !cents_add(plan->amount, cell->amount, &plan->amount))
			return RESULT_FIELD_OUT_OF_RANGE;
	}
	return RESULT_OK;
}

static struct ceiling_scope plan_scope(struct effects *effects, const struct plan *plan,
				       uint32_t n)
{
	struct comune_id comune_id = residence_comune(effects, plan->voucher, plan_month(plan, n));
	const struct comune *comune = effects_read_comune(effects, comune_id);
	ASSERT(comune != NULL);
	return (struct ceiling_scope){
	    .ambito = plan->voucher->ambito,
	    .comune = comune_id,
	    .sub_ambito = comune->sub_ambito,
	    .fund = plan->years[plan->cells[n].year].fund,
	    .service = plan_line(effects, plan, n)->service,
	    .measure = plan->voucher->measure,
	    .beneficiary = plan->voucher->beneficiary,
	    .month = plan_month(plan, n),
	    .year = (uint16_t)plan->years[plan->cells[n].year].number,
	    .priority = plan->voucher->priority,
	};
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

static enum result check_ceilings(struct decision *decision, struct plan *plan)
{
	struct ceiling_demand demands[VOUCHER_CELLS_MAX];
	for (uint32_t n = 0; n < plan->cell_count; n++)
		demands[n] = (struct ceiling_demand){
		    .scope = plan_scope(decision->effects, plan, n),
		    .amount = plan->cells[n].increase,
		    .copay = cents_min(plan->cells[n].increase, plan->cells[n].copay)};
	enum result result =
	    ceiling_check_demands(decision, demands, plan->cell_count, CEILING_PART_ALL);
	if (result == RESULT_CEILING_EXCEEDED)
		plan->blocker = (struct waitlist_blocker){.ceiling = decision->outcome->ceiling};
	return result;
}

/* Nobody takes what somebody before waits for. SOURCE SCENARIOS S01. */
static enum result check_rank(struct decision *decision, struct plan *plan)
{
	struct ceiling_id ceiling;
	struct waitlist_place mine = {plan->voucher_id, plan->is_strict};
	if (decision->state->terms_by_blocker.count == 0 || plan->is_first_fit)
		return RESULT_OK;
	for (uint32_t i = 0; i < plan->year_count; i++) {
		plan->blocker = (struct waitlist_blocker){.fund_year = plan->years[i].fund_year};
		if (cents_is_zero(plan->years[i].increase))
			continue;
		if (waitlist_is_behind_year(decision, &mine, plan->years[i].fund_year))
			return RESULT_RANKED_BEFORE;
	}
	for (uint32_t n = 0; n < plan->cell_count; n++) {
		struct ceiling_scope scope = plan_scope(decision->effects, plan, n);
		if (cents_is_zero(plan->cells[n].increase))
			continue;
		if (!waitlist_is_behind_scope(decision, &mine, &scope, &ceiling))
			continue;
		plan->blocker = (struct waitlist_blocker){.ceiling = ceiling};
		decision->outcome->ceiling = ceiling;
		return RESULT_RANKED_BEFORE;
	}
	return RESULT_OK;
}

static enum result check_commitments(struct decision *decision, struct plan *plan)
{
	for (uint32_t i = 0; i < plan->year_count; i++) {
		struct planned_year *year = &plan->years[i];
		plan->blocker = (struct waitlist_blocker){.fund_year = year->fund_year};
		enum result result = commitment_find(decision, year->fund_year, year->amount,
						     &year->commitment);
		if (result != RESULT_OK)
			return result;
	}
	return RESULT_OK;
}

/* Fund, ceilings, rank, commitment: in this order, each over all cells. What is only reserved draws
 * on no commitment yet. */
static enum result check_money(struct decision *decision, struct plan *plan)
{
	for (uint32_t i = 0; i < plan->year_count; i++) {
		plan->blocker = (struct waitlist_blocker){.fund_year = plan->years[i].fund_year};
		enum result result = fund_check_available(decision, plan->years[i].fund_year,
							  plan->years[i].increase);
		if (result != RESULT_OK)
			return result;
	}
	enum result result = check_ceilings(decision, plan);
	if (result == RESULT_OK)
		result = check_rank(decision, plan);
	if (result == RESULT_OK && !plan->is_reservation)
		result = check_commitments(decision, plan);
	return result;
}

/* Does what lacks money wait? A title that must be given waits also for its commitment. */
static bool waits_for(const struct plan *plan, enum result cause)
{
	if (!plan->may_wait || plan->voucher->state == VOUCHER_STATE_RESERVED)
		return false;
	if (cause == RESULT_COMMITMENT_EXCEEDED)
		return plan->voucher->priority != 0;
	return cause == RESULT_FUND_EXHAUSTED || cause == RESULT_PROVISIONAL_LIMIT ||
	       cause == RESULT_CEILING_EXCEEDED || cause == RESULT_RANKED_BEFORE;
}

static enum result place_on_waitlist(struct decision *decision, const struct plan *plan,
				     enum result cause)
{
	effects_edit_voucher(decision->effects, plan->voucher_id)->fund = plan->fund;
	waitlist_enter(decision, plan->voucher_id, &plan->blocker, decision->outcome->short_by);
	decision->outcome->cause = cause;
	decision->outcome->gross = plan->amount;
	return RESULT_WAITLISTED;
}

/* The title's cells, made now or at its reservation, as this plan has them. They are made first, so
 * that their ids are consecutive. */
static void write_cells(struct effects *effects, const struct plan *plan, struct voucher *voucher)
{
	bool are_new = voucher->first_cell.raw == 0;
	for (uint32_t n = 0; n < plan->cell_count; n++) {
		const struct planned_cell *planned = &plan->cells[n];
		struct cell_id id = {voucher->first_cell.raw + n};
		struct cell *cell = are_new ? effects_create_cell(effects, &id)
					    : effects_edit_cell(effects, id);
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
}

/* A cell of a reservation: what it is too much goes back, the rest becomes a promise. */
static void take_reserved(struct effects *effects, const struct cell_act *act,
			  const struct planned_cell *planned)
{
	struct cents excess = cents_zero();
	if (!cents_sub(planned->reserved, planned->amount, &excess))
		excess = cents_zero();
	struct cell_act release = *act;
	release.kind = POSTING_KIND_RELEASE;
	cell_unreserve(effects, &release, excess);
	cell_promise_reserved(effects, act);
}

/* After "yes" nothing may refuse. */
static void carry_out(struct decision *decision, const struct plan *plan)
{
	struct effects *effects = decision->effects;
	struct voucher *voucher = effects_edit_voucher(effects, plan->voucher_id);
	voucher->fund = plan->fund;
	voucher->state = plan->is_reservation ? VOUCHER_STATE_RESERVED : VOUCHER_STATE_ISSUED;
	voucher->copay_model = (uint8_t)plan->copay_model;
	write_cells(effects, plan, voucher);
	for (uint32_t n = 0; n < plan->cell_count; n++) {
		const struct planned_cell *planned = &plan->cells[n];
		struct cell_act act = {.cell = {voucher->first_cell.raw + n},
				       .kind = POSTING_KIND_COMMIT};
		if (cents_is_zero(planned->reserved))
			ceiling_set_copay(effects, act.cell, planned->amount, planned->copay);
		if (plan->is_reservation) {
			act.kind = POSTING_KIND_RESERVE;
			cell_reserve(effects, &act, planned->increase);
			continue;
		}
		take_reserved(effects, &act, planned);
		cell_promise(effects, &act, planned->increase);
		act.kind = POSTING_KIND_GRANT_UNITS;
		cell_move_units(effects, &act, UNITS_GRANTED, UNITS_FREE, planned->units);
	}
}

enum result voucher_issue_promise(struct decision *decision, const struct voucher_promise *asked)
{
	struct plan plan = {.voucher_id = asked->voucher,
			    .is_reservation = asked->is_reservation,
			    .may_wait = asked->may_wait,
			    .is_first_fit = asked->is_first_fit,
			    .is_strict = asked->is_strict};
	plan.voucher = effects_read_voucher(decision->effects, asked->voucher);
	ASSERT(plan.voucher != NULL);
	plan.fund = asked->fund.raw == 0 ? plan.voucher->fund : asked->fund;
	if (plan.voucher->share_count > 0 && asked->fund.raw != 0)
		return judge_field(decision, RESULT_FIELD_INVALID, "fund");
	plan.cell_count = voucher_cell_count(plan.voucher);
	plan.month_cells = plan.cell_count / share_count(plan.voucher);
	ASSERT(plan.cell_count > 0 && plan.cell_count <= VOUCHER_CELLS_MAX);
	if (plan.voucher->state == VOUCHER_STATE_RESERVED &&
	    plan.fund.raw != plan.voucher->fund.raw)
		return judge_field(decision, RESULT_FIELD_INVALID, "fund");
	enum result result = RESULT_OK;
	if (!voucher_is_cash_grant(decision->effects, plan.voucher)) {
		plan.copay_model = copay_model_of(decision->state, plan.voucher, decision->today);
		result = copay_check_person(decision, plan.voucher);
	}
	if (result == RESULT_OK)
		result = plan_years(decision, &plan);
	if (result == RESULT_OK)
		result = plan_cells(decision, &plan);
	if (result == RESULT_OK)
		result = check_person(decision, &plan);
	if (result == RESULT_OK)
		result = check_money(decision, &plan);
	if (waits_for(&plan, result))
		return place_on_waitlist(decision, &plan, result);
	if (result != RESULT_OK)
		return result;
	carry_out(decision, &plan);
	decision->outcome->gross = plan.amount;
	return RESULT_OK;
}

/* Issues a PROPOSED, RESERVED or WAITLISTED title: F110 or F120 -> F140, C120 or C130 -> C140,
 * U100 -> U110. A mandatory or urgent one passes every ceiling; the money of the fund must be
 * there: what no appropriation covers would be an off-budget debt, so it waits before all others,
 * with a task (decision 0022).
 *   RESULT_OK                       outcome: gross committed
 *   RESULT_WAITLISTED               cause FUND_EXHAUSTED, PROVISIONAL_LIMIT, CEILING_EXCEEDED,
 *                                   RANKED_BEFORE or, for a mandatory or urgent one,
 *                                   COMMITMENT_EXCEEDED; short, limit, ceiling. These are refusals
 *                                   where `refuse` is set, and of a RESERVED title
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
 *   RESULT_FIELD_INVALID            another fund than the reserved one; an order that is none
 *   RESULT_FIELD_MISSING            an order without authority or act
 *   RESULT_ALREADY_EXISTS           the drawn code is another title's: draw again
 * SOURCE state_transitions.csv VOUCHER issue; DOMAIN section 7. */
enum result voucher_issue(struct decision *decision)
{
	const struct command_voucher_issue *input = &decision->command->input.voucher_issue;
	struct effects *effects = decision->effects;
	const struct voucher *voucher = effects_read_voucher(effects, input->voucher);
	ASSERT(voucher != NULL);
	if (voucher->state != VOUCHER_STATE_PROPOSED && voucher->state != VOUCHER_STATE_RESERVED &&
	    voucher->state != VOUCHER_STATE_WAITLISTED)
		return RESULT_ILLEGAL_TRANSITION;
	if (state_find_voucher_by_code(decision->state, input->code_hash).raw != 0)
		return RESULT_ALREADY_EXISTS;
	struct title_order order = {input->priority, JUDGE_TEXT(input->authority),
				    JUDGE_TEXT(input->priority_act)};
	enum result result = title_term_check_order(decision, &order, voucher->priority);
	if (result != RESULT_OK)
		return result;
	title_term_note_order(decision, input->voucher, &order);
	struct voucher_promise asked = {.voucher = input->voucher,
					.fund = input->fund,
					.may_wait = input->refuse == 0,
					.is_first_fit = input->first_fit != 0,
					.is_strict = input->strict != 0};
	result = voucher_issue_promise(decision, &asked);
	if (result == RESULT_MEASURE_INCOMPATIBLE)
		return result; /* names the other title */
	if (result != RESULT_OK)
		return judge_object(decision, result, RECORD_KIND_VOUCHER, input->voucher.raw);
	title_term_issued(decision, input->voucher);
	struct voucher_secret *secret = effects_edit_voucher_secret(
	    effects, (struct voucher_secret_id){input->voucher.raw});
	secret->code_hash = input->code_hash;
	memcpy(secret->code_cipher, input->code_cipher, sizeof(secret->code_cipher));
	term_issued(decision, input->voucher);
	return judge_object(decision, RESULT_OK, RECORD_KIND_VOUCHER, input->voucher.raw);
}
