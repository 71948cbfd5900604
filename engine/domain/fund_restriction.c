/* What a fund may pay (vincolo di destinazione): rows of service and measure, each for some years.
 *
 * A fund without a row in force in a fiscal year pays anything; with rows, a service under a
 * measure is paid when one row names both or leaves open what it does not name. Rows are few and
 * are walked. SOURCE DOMAIN section 2 (restriction), SR5; section 13 FUND_RESTRICTION_MISMATCH. */
#include "engine/domain/duties.h"
#include "engine/domain/fund.h"
#include "engine/domain/judge.h"

static bool is_in_force(const struct fund_restriction *restriction, struct fund_id fund,
			uint16_t year)
{
	return restriction->fund.raw == fund.raw && restriction->lifted == 0 &&
	       restriction->year <= year &&
	       (restriction->year_to == 0 || restriction->year_to >= year);
}

enum result fund_check_restriction(struct decision *decision, struct fund_id fund, uint16_t year,
				   struct service_id service, struct measure_id measure)
{
	struct effects *effects = decision->effects;
	bool is_restricted = false;
	for (uint32_t i = 1; i <= effects_count(effects, RECORD_KIND_FUND_RESTRICTION); i++) {
		const struct fund_restriction *restriction =
		    effects_read_fund_restriction(effects, (struct fund_restriction_id){i});
		if (!is_in_force(restriction, fund, year))
			continue;
		is_restricted = true;
		if ((restriction->service.raw == 0 || restriction->service.raw == service.raw) &&
		    (restriction->measure.raw == 0 || restriction->measure.raw == measure.raw))
			return RESULT_OK;
	}
	return is_restricted ? RESULT_FUND_RESTRICTION_MISMATCH : RESULT_OK;
}

/* Lets a fund pay a service, a measure, or a service under a measure, and from then on nothing that
 * no row names.
 *   RESULT_OK
 *   RESULT_FIELD_MISSING        neither service nor measure (service)
 *   RESULT_FIELD_OUT_OF_RANGE   the last year is before the first, or beyond 2100 (year_to)
 *   RESULT_ALREADY_EXISTS       the same row is in force */
enum result fund_restriction_create(struct decision *decision)
{
	const struct command_fund_restriction_create *input =
	    &decision->command->input.fund_restriction_create;
	struct effects *effects = decision->effects;
	if (input->service.raw == 0 && input->measure.raw == 0)
		return judge_field(decision, RESULT_FIELD_MISSING, "service");
	if (input->year_to != 0 &&
	    (input->year_to < input->year || !judge_year_in_range(input->year_to)))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "year_to");
	for (uint32_t i = 1; i <= effects_count(effects, RECORD_KIND_FUND_RESTRICTION); i++) {
		const struct fund_restriction *other =
		    effects_read_fund_restriction(effects, (struct fund_restriction_id){i});
		if (other->fund.raw == input->fund.raw && other->lifted == 0 &&
		    other->service.raw == input->service.raw &&
		    other->measure.raw == input->measure.raw && other->year == input->year &&
		    other->year_to == input->year_to)
			return judge_object(decision, RESULT_ALREADY_EXISTS,
					    RECORD_KIND_FUND_RESTRICTION, i);
	}
	struct fund_restriction_id id;
	struct fund_restriction *made = effects_create_fund_restriction(effects, &id);
	made->fund = input->fund;
	made->service = input->service;
	made->measure = input->measure;
	made->year = input->year;
	made->year_to = input->year_to;
	JUDGE_COPY_TEXT(made->act, input->act);
	return judge_object(decision, RESULT_OK, RECORD_KIND_FUND_RESTRICTION, id.raw);
}

/* Takes a row out of force; titles already issued keep their money. RESULT_OK;
 * RESULT_ILLEGAL_TRANSITION: it was lifted before. */
enum result fund_restriction_lift(struct decision *decision)
{
	const struct command_fund_restriction_lift *input =
	    &decision->command->input.fund_restriction_lift;
	struct fund_restriction *restriction =
	    effects_edit_fund_restriction(decision->effects, input->fund_restriction);
	if (restriction->lifted != 0)
		return RESULT_ILLEGAL_TRANSITION;
	restriction->lifted = 1;
	JUDGE_COPY_TEXT(restriction->lifted_act, input->act);
	return judge_object(decision, RESULT_OK, RECORD_KIND_FUND_RESTRICTION,
			    input->fund_restriction.raw);
}
