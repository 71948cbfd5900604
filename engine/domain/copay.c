/* Co-pay: see copay.h. */
#include "engine/domain/copay.h"

#include "engine/domain/cell.h"
#include "engine/domain/judge.h"

#define MINUTES_PER_HOUR 60u

/* The most by which own roundings may exceed a month's whole: half a cent on the net, on its VAT
 * and on the share, for each record. */
#define ROUNDING_PER_RECORD_CENTS 2

/* ---- Rate ---- */

static struct day day_asked(const struct state *state, const struct copay_question *question)
{
	int64_t policy = parameter_at(state, PARAMETER_ISEE_CHANGE_POLICY, &question->scope,
				      question->day);
	if (policy == ISEE_CHANGE_POLICY_BY_DATE)
		return question->day;
	ASSERT(policy == ISEE_CHANGE_POLICY_NEXT_MONTH);
	return month_first_day(month_of_day(question->day));
}

/* Does the last known ISEE count although it ended and the grace is over? */
static bool keeps_last(const struct copay_question *question, int64_t policy)
{
	return policy == ISEE_MISSING_POLICY_KEEP_LAST ||
	       (question->hypothesis != NULL && question->hypothesis->keeps_last);
}

static enum result find_tariff(const struct state *state, const struct copay_question *question,
			       struct copay_scheme_id scheme, uint8_t type,
			       struct copay_tariff *ret_tariff)
{
	struct isee_question asked = {.beneficiary = question->beneficiary,
				      .scope = question->scope,
				      .day = day_asked(state, question),
				      .type = type};
	if (question->hypothesis != NULL)
		asked.if_it_were = question->hypothesis->isee;
	struct isee_view isee = isee_at(state, &asked);
	if (isee.standing != ISEE_MISSING) {
		*ret_tariff = copay_scheme_tariff(state, scheme, isee.amount);
		return RESULT_OK;
	}
	int64_t policy = parameter_at(state, PARAMETER_ISEE_MISSING_POLICY, &question->scope,
				      question->day);
	if (isee.is_known && keeps_last(question, policy)) {
		*ret_tariff = copay_scheme_tariff(state, scheme, isee.amount);
		return RESULT_OK;
	}
	if (policy == ISEE_MISSING_POLICY_REFUSE)
		return RESULT_ISEE_EXPIRED;
	*ret_tariff = copay_scheme_without_isee(state, scheme);
	return RESULT_OK;
}

enum result copay_rate_at(const struct state *state, const struct copay_question *question,
			  struct copay_rate *ret_rate)
{
	ASSERT(state != NULL && question != NULL && ret_rate != NULL);
	const struct copay_adoption *adoption =
	    copay_scheme_in_force(state, &question->scope, question->day);
	struct copay_scheme_id scheme = {0};
	uint8_t type = 0;
	if (adoption != NULL) {
		scheme = adoption->scheme;
		type = adoption->isee_type;
	}
	if (question->hypothesis != NULL && question->hypothesis->scheme.raw != 0)
		scheme = question->hypothesis->scheme;
	*ret_rate = (struct copay_rate){.per = 1, .applies = false};
	if (scheme.raw == 0)
		return RESULT_OK;
	struct copay_tariff tariff;
	enum result result = find_tariff(state, question, scheme, type, &tariff);
	if (result != RESULT_OK)
		return result;
	ret_rate->tariff = tariff.per_unit;
	ret_rate->covered_bp = tariff.covered_bp;
	ret_rate->is_percent = tariff.is_percent;
	ret_rate->applies = tariff.is_percent || question->unit != UNIT_EURO;
	if (question->unit == UNIT_MINUTE)
		ret_rate->per = MINUTES_PER_HOUR;
	int64_t deductible = parameter_at(state, PARAMETER_DAY_SERVICE_MONTHLY_DEDUCTIBLE_CENTS,
					  &question->scope, question->day);
	if (tariff.is_percent && deductible != PARAMETER_UNSET)
		ret_rate->deductible = cents_from(deductible);
	return RESULT_OK;
}

/* ---- Share ---- */

/* The deductible first, then what the ambito does not cover of the rest. */
static bool share_of_percent(const struct copay_rate *rate, struct cents gross,
			     struct cents deductible_left, struct cents *ret_share)
{
	struct cents borne = cents_min(deductible_left, gross);
	struct cents rest;
	struct cents covered;
	return cents_sub(gross, borne, &rest) && cents_vat(rest, rate->covered_bp, &covered) &&
	       cents_sub(gross, covered, ret_share);
}

bool copay_of_units(const struct copay_rate *rate, uint32_t units, struct cents gross,
		    struct cents deductible_left, struct cents *ret_share)
{
	ASSERT(rate != NULL && ret_share != NULL);
	struct cents share = cents_zero();
	if (!rate->applies) {
		*ret_share = share;
		return true;
	}
	if (rate->is_percent) {
		struct cents left = cents_min(deductible_left, rate->deductible);
		return share_of_percent(rate, gross, left, ret_share);
	}
	if (!cents_net(units, rate->tariff, rate->per, &share))
		return false;
	*ret_share = cents_min(share, gross);
	return true;
}

struct copay_question copay_question_of(struct effects *effects, const struct voucher *voucher,
					uint32_t line_number, struct day day)
{
	ASSERT(voucher != NULL && line_number < voucher->line_count);
	const struct voucher_line *line = effects_read_voucher_line(
	    effects, (struct voucher_line_id){voucher->first_line.raw + line_number});
	ASSERT(line != NULL);
	const struct service *service = effects_read_service(effects, line->service);
	ASSERT(service != NULL);
	return (struct copay_question){.scope = {.ambito = voucher->ambito,
						 .measure = voucher->measure,
						 .comune = voucher->comune,
						 .service = line->service},
				       .beneficiary = voucher->beneficiary,
				       .day = day,
				       .unit = service->unit};
}

enum result copay_check_person(struct decision *decision, const struct voucher *voucher)
{
	ASSERT(voucher != NULL && voucher->line_count > 0);
	struct day day = decision->today;
	if (day_less(day, voucher->valid_from))
		day = voucher->valid_from;
	struct copay_question question = copay_question_of(decision->effects, voucher, 0, day);
	enum result result = isee_check_maximum(decision, voucher->beneficiary, &question.scope,
						day);
	struct copay_rate rate;
	return result == RESULT_OK ? copay_rate_at(decision->state, &question, &rate) : result;
}

/* ---- Model A ---- */

enum copay_collection_model copay_model_of(const struct state *state,
					   const struct voucher *voucher, struct day day)
{
	if (voucher->copay_model != 0)
		return (enum copay_collection_model)voucher->copay_model;
	struct parameter_scope scope = parameter_scope_of_title(voucher);
	return (enum copay_collection_model)parameter_at(state, PARAMETER_COPAY_COLLECTION_MODEL,
							 &scope, day);
}

enum result copay_to_commit(struct effects *effects, const struct voucher *voucher,
			    const struct copay_amount *amount, struct cents *ret_share)
{
	static const struct copay_hypothesis renewed = {.keeps_last = true};
	struct day day = month_first_day(amount->month);
	if (day_less(day, voucher->valid_from))
		day = voucher->valid_from;
	struct copay_question question = copay_question_of(effects, voucher, amount->line, day);
	question.hypothesis = &renewed;
	struct copay_rate rate;
	enum result result = copay_rate_at(effects->state, &question, &rate);
	if (result != RESULT_OK)
		return result;
	return copay_of_units(&rate, amount->units, amount->gross, rate.deductible, ret_share)
		   ? RESULT_OK
		   : RESULT_FIELD_OUT_OF_RANGE;
}

struct cents copay_of_cell_units(struct effects *effects, struct cell_id id, uint32_t units,
				 struct cents gross)
{
	const struct cell *cell = effects_read_cell(effects, id);
	ASSERT(cell != NULL);
	const struct voucher *voucher = effects_read_voucher(effects, cell->voucher);
	ASSERT(voucher != NULL);
	struct copay_amount amount = {
	    .line = cell->line, .month = cell->month, .units = units, .gross = gross};
	struct cents share;
	if (copay_to_commit(effects, voucher, &amount, &share) != RESULT_OK)
		return cents_zero();
	return share;
}

struct cents copay_promised(struct effects *effects, struct cell_id id, uint32_t units,
			    struct cents gross)
{
	const struct cell *cell = effects_read_cell(effects, id);
	ASSERT(cell != NULL);
	const struct voucher *voucher = effects_read_voucher(effects, cell->voucher);
	ASSERT(voucher != NULL);
	if (voucher->copay_model != COPAY_COLLECTION_MODEL_A)
		return gross;
	struct cents promised;
	bool fits =
	    cents_sub(gross, copay_of_cell_units(effects, id, units, gross), &promised);
	ASSERT(fits);
	return promised;
}

/* Records of the cell that lines of statements hold: each may have been rounded. */
static uint32_t records_of(struct effects *effects, const struct cell *cell)
{
	uint32_t count = 0;
	struct statement_line_id id = cell->statement_line;
	while (id.raw != 0) {
		const struct statement_line *line = effects_read_statement_line(effects, id);
		ASSERT(line != NULL);
		count += line->redemption_count;
		id = line->previous_of_cell;
	}
	return count;
}

/* What of the month's deductible the units taken so far have not borne. */
static bool deductible_left(struct effects *effects, const struct cell *cell,
			    const struct copay_rate *rate, const struct copay_delivery *delivery,
			    struct cents *ret_left)
{
	*ret_left = rate->deductible;
	if (cents_is_zero(rate->deductible))
		return true;
	struct price price = cell_price(effects, cell, (struct provider_id){0});
	price.vat_bp = delivery->vat_bp;
	struct worth taken;
	if (!price_units(&price, cell->used_units + cell->disputed_units, &taken))
		return false;
	if (!cents_sub(rate->deductible, taken.gross, ret_left))
		*ret_left = cents_zero();
	return true;
}

/* A visit drawn from several cells costs the person what it costs from one: by subtraction. */
static bool share_of_delivery(struct effects *effects, const struct cell *cell,
			      const struct copay_rate *rate,
			      const struct copay_delivery *delivery, struct cents gross,
			      struct cents *ret_share)
{
	struct cents left;
	struct cents whole_gross;
	struct cents whole;
	struct cents before;
	if (!deductible_left(effects, cell, rate, delivery, &left) ||
	    !cents_add(delivery->gross_before, gross, &whole_gross) ||
	    !copay_of_units(rate, delivery->units_before + delivery->units, whole_gross, left,
			    &whole) ||
	    !copay_of_units(rate, delivery->units_before, delivery->gross_before, left, &before))
		return false;
	struct cents share;
	if (!cents_sub(whole, before, &share))
		share = cents_zero();
	*ret_share = cents_min(share, gross);
	return true;
}

static enum result refuse_unfunded(struct decision *decision, struct cents needed,
				   struct cents left)
{
	return judge_short(decision, RESULT_COPAY_CHANGE_UNFUNDED, needed, left);
}

enum result copay_public_share(struct decision *decision, const struct copay_delivery *delivery,
			       struct worth *worth)
{
	struct effects *effects = decision->effects;
	const struct cell *cell = effects_read_cell(effects, delivery->cell);
	ASSERT(cell != NULL);
	const struct voucher *voucher = effects_read_voucher(effects, cell->voucher);
	ASSERT(voucher != NULL && voucher->copay_model == COPAY_COLLECTION_MODEL_A);
	struct copay_question question =
	    copay_question_of(effects, voucher, cell->line, delivery->day);
	struct copay_rate rate;
	enum result result = copay_rate_at(decision->state, &question, &rate);
	if (result != RESULT_OK)
		return result;
	struct cents share;
	struct cents public;
	if (!share_of_delivery(effects, cell, &rate, delivery, worth->gross, &share) ||
	    !cents_sub(worth->gross, share, &public))
		return RESULT_FIELD_OUT_OF_RANGE;
	struct cents missing;
	if (cents_sub(public, delivery->left, &missing)) {
		int64_t records = (int64_t)records_of(effects, cell) + 1;
		if (cents_less(cents_from(records * ROUNDING_PER_RECORD_CENTS), missing))
			return refuse_unfunded(decision, public, delivery->left);
		public = delivery->left;
	}
	if (!cents_net_of_gross(public, delivery->vat_bp, &worth->net))
		return RESULT_FIELD_OUT_OF_RANGE;
	worth->gross = public;
	return RESULT_OK;
}
