/* The end of a fund year: closing with residuals, lapse, carry forward and return; reopening for
 * correction; applying a restricted surplus to a later year.
 *
 *   F110 ──YEAR_END_LAPSE──> F180 ──CARRY_FORWARD──> F185 (avanzo vincolato) ──applied──> F100
 *   F140 ──at release──────> F180 ──RETURN─────────> F187 (to the funder)           of a later year
 *
 * Residuals (F150, F155, F160, F165, F168) stay: a CLOSED year settles and pays them. Totals
 * carried and returned are those of the year in all, so that a year reopened for correction is
 * closed again with its right figures and only the differences move. SOURCE DOMAIN sections 4.9 and
 * 7 ("year end"); state_transitions.csv FUND_YEAR close; SCENARIOS S12. */
#include "engine/domain/approval.h"
#include "engine/domain/duties.h"
#include "engine/domain/fund.h"
#include "engine/domain/judge.h"

static struct cents sum_of(struct effects *effects, struct fund_year_id id,
			   const enum fund_account_slot *slots, uint32_t count)
{
	struct cents sum = cents_zero();
	for (uint32_t i = 0; i < count; i++) {
		bool fits = cents_add(sum, effects_fund_balance(effects, id, slots[i]), &sum);
		ASSERT(fits);
	}
	return sum;
}

#define SUM_OF(effects, id, slots)                                                                 \
	sum_of((effects), (id), (slots), (uint32_t)(sizeof(slots) / sizeof((slots)[0])))

/* The signed list of residuals is the one that the books show. */
static enum result check_residuals(struct decision *decision, struct fund_year_id id)
{
	static const enum fund_account_slot promised[] = {FUND_RESERVED, FUND_COMMITTED};
	static const enum fund_account_slot residuals[] = {
	    FUND_REDEEMED, FUND_DISPUTED, FUND_SETTLED, FUND_VAT_PAYABLE, FUND_WITHHELD};
	struct outcome *outcome = decision->outcome;
	struct cents open = SUM_OF(decision->effects, id, promised);
	if (!cents_is_zero(open))
		return judge_short(decision, RESULT_FUND_YEAR_HAS_PROMISES, open, cents_zero());
	struct cents stated = decision->command->input.fund_year_close.residuals_cents;
	struct cents sum = SUM_OF(decision->effects, id, residuals);
	if (cents_equal(sum, stated))
		return RESULT_OK;
	bool fits = cents_delta(sum, stated, &outcome->short_by);
	ASSERT(fits);
	outcome->limit = sum;
	return RESULT_RESIDUALS_DIFFER;
}

/* What is carried and returned together is there, may be carried, and covers what was applied. */
static enum result check_surplus(struct decision *decision, struct fund_year_id id)
{
	static const enum fund_account_slot leftovers[] = {FUND_AVAILABLE, FUND_LAPSED,
							   FUND_CARRIED_FORWARD, FUND_RETURNED};
	const struct command_fund_year_close *input = &decision->command->input.fund_year_close;
	struct effects *effects = decision->effects;
	const struct fund_year *fund_year = effects_read_fund_year(effects, id);
	const struct fund *fund = effects_read_fund(effects, fund_year->fund);
	ASSERT(fund != NULL);
	struct cents left = SUM_OF(effects, id, leftovers);
	struct cents used;
	bool fits = cents_add(input->carried_cents, input->returned_cents, &used);
	ASSERT(fits); /* inputs are bounded by INPUT_CENTS_MAX */
	if (cents_less(left, used))
		return judge_short(decision, RESULT_AMOUNT_EXCEEDED, used, left);
	if (cents_less(input->carried_cents, fund_year->applied_cents))
		return judge_short(decision, RESULT_AMOUNT_EXCEEDED, fund_year->applied_cents,
				   input->carried_cents);
	if (fund->restricted == 0 && !cents_is_zero(input->carried_cents))
		return judge_field(decision, RESULT_SURPLUS_NOT_RESTRICTED, "carried_cents");
	return RESULT_OK;
}

/* Takes back from an account what is above its right total. */
static void lower_to(struct effects *effects, struct fund_year_id id, enum posting_kind kind,
		     enum fund_account_slot slot, struct cents total)
{
	struct cents above;
	if (cents_sub(effects_fund_balance(effects, id, slot), total, &above))
		fund_post(effects, id, kind, slot, FUND_LAPSED, above);
}

static void raise_to(struct effects *effects, struct fund_year_id id, enum posting_kind kind,
		     enum fund_account_slot slot, struct cents total)
{
	struct cents below;
	if (cents_sub(total, effects_fund_balance(effects, id, slot), &below))
		fund_post(effects, id, kind, FUND_LAPSED, slot, below);
}

/* Closes a CLOSING year, by two persons: F110 -> F180, then F180 -> F185 and F187 to the totals
 * given; the rest has lapsed.
 *   RESULT_OK                        outcome: gross = what lapsed, was carried or returned
 *   RESULT_APPROVAL_PENDING          the second person is asked
 *   RESULT_NOT_FOUND, RESULT_OPENING_IN_PROGRESS, RESULT_ILLEGAL_TRANSITION
 *   RESULT_FUND_YEAR_HAS_PROMISES    F120 or F140 is not 0; short = what it is
 *   RESULT_RESIDUALS_DIFFER          limit = the books' sum, short = books less list (signed)
 *   RESULT_AMOUNT_EXCEEDED          more than is left, or less than was already applied
 *   RESULT_SURPLUS_NOT_RESTRICTED    only a restricted fund carries forward */
enum result fund_year_close(struct decision *decision)
{
	const struct command_fund_year_close *input = &decision->command->input.fund_year_close;
	struct effects *effects = decision->effects;
	struct fund_year_id id;
	enum result result =
	    fund_find_year_in(decision, input->fund, input->year, FUND_IN(CLOSING), &id);
	if (result == RESULT_OK)
		result = check_residuals(decision, id);
	if (result == RESULT_OK)
		result = check_surplus(decision, id);
	if (result != RESULT_OK)
		return result;
	const struct approval_object object = {.kind = RECORD_KIND_FUND_YEAR, .id = id.raw};
	result = approval_require(decision, ROLE_BIT(FINANCE) | ROLE_BIT(UDP_MANAGER), &object);
	if (result != RESULT_OK)
		return result;
	fund_post(effects, id, POSTING_KIND_YEAR_END_LAPSE, FUND_AVAILABLE, FUND_LAPSED,
		  effects_fund_balance(effects, id, FUND_AVAILABLE));
	lower_to(effects, id, POSTING_KIND_CARRY_FORWARD, FUND_CARRIED_FORWARD,
		 input->carried_cents);
	lower_to(effects, id, POSTING_KIND_RETURN, FUND_RETURNED, input->returned_cents);
	raise_to(effects, id, POSTING_KIND_CARRY_FORWARD, FUND_CARRIED_FORWARD,
		 input->carried_cents);
	raise_to(effects, id, POSTING_KIND_RETURN, FUND_RETURNED, input->returned_cents);
	struct fund_year *fund_year = effects_edit_fund_year(effects, id);
	fund_year->state = FUND_YEAR_STATE_CLOSED;
	JUDGE_COPY_TEXT(fund_year->act, input->act);
	static const enum fund_account_slot leftovers[] = {FUND_LAPSED, FUND_CARRIED_FORWARD,
							   FUND_RETURNED};
	decision->outcome->gross = SUM_OF(effects, id, leftovers);
	return judge_object(decision, RESULT_OK, RECORD_KIND_FUND_YEAR, id.raw);
}

/* Opens a CLOSED year again for correction: CLOSING, no money moves. One of the two persons is
 * FINANCE, the other the plan office's manager. RESULT_OK, RESULT_APPROVAL_PENDING,
 * RESULT_NOT_FOUND, RESULT_OPENING_IN_PROGRESS, RESULT_ILLEGAL_TRANSITION. */
enum result fund_year_reopen(struct decision *decision)
{
	const struct command_fund_year_reopen *input = &decision->command->input.fund_year_reopen;
	struct fund_year_id id;
	enum result result =
	    fund_find_year_in(decision, input->fund, input->year, FUND_IN(CLOSED), &id);
	if (result != RESULT_OK)
		return result;
	const struct approval_object object = {.kind = RECORD_KIND_FUND_YEAR, .id = id.raw};
	uint32_t second = decision->principal->role == ROLE_FINANCE ? ROLE_BIT(UDP_MANAGER)
								    : ROLE_BIT(FINANCE);
	result = approval_require(decision, second, &object);
	if (result != RESULT_OK)
		return result;
	struct fund_year *fund_year = effects_edit_fund_year(decision->effects, id);
	fund_year->state = FUND_YEAR_STATE_CLOSING;
	JUDGE_COPY_TEXT(fund_year->act, input->act);
	return judge_object(decision, RESULT_OK, RECORD_KIND_FUND_YEAR, id.raw);
}

/* Applies money that a closed year of the same fund carried forward: it becomes part of this year's
 * appropriation (F100 -> F110).
 *   RESULT_OK; RESULT_NOT_FOUND (year)
 *   RESULT_UNKNOWN_REFERENCE (from_year)    the fund has no such year
 *   RESULT_ILLEGAL_TRANSITION               this year is neither approved nor open, or that one is
 *                                           not closed
 *   RESULT_FIELD_OUT_OF_RANGE               amount 0 or beyond 64 bits; a year not after the other
 *   RESULT_AMOUNT_EXCEEDED                 more than was carried and not yet applied */
enum result fund_year_apply_surplus(struct decision *decision)
{
	const struct command_fund_year_apply_surplus *input =
	    &decision->command->input.fund_year_apply_surplus;
	struct effects *effects = decision->effects;
	struct fund_year_id id;
	enum result result = fund_find_year_in(decision, input->fund, input->year,
					       FUND_IN(APPROVED) | FUND_IN(OPEN), &id);
	if (result != RESULT_OK)
		return result;
	if (input->from_year >= input->year)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "from_year");
	struct fund_year_id from =
	    state_find_fund_year(decision->state, input->fund, input->from_year);
	const struct fund_year *source = effects_read_fund_year(effects, from);
	if (source == NULL)
		return judge_field(decision, RESULT_UNKNOWN_REFERENCE, "from_year");
	if (source->state != FUND_YEAR_STATE_CLOSED)
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_FUND_YEAR,
				    from.raw);
	struct cents left;
	struct cents total;
	bool fits = cents_sub(effects_fund_balance(effects, from, FUND_CARRIED_FORWARD),
			      source->applied_cents, &left);
	ASSERT(fits);
	if (cents_less(left, input->amount_cents))
		return judge_short(decision, RESULT_AMOUNT_EXCEEDED, input->amount_cents, left);
	if (cents_is_zero(input->amount_cents) ||
	    !cents_add(effects_fund_balance(effects, id, FUND_APPROPRIATION), input->amount_cents,
		       &total))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "amount_cents");
	struct fund_year *edited = effects_edit_fund_year(effects, from);
	fits = cents_add(edited->applied_cents, input->amount_cents, &edited->applied_cents);
	ASSERT(fits);
	fund_post(effects, id, POSTING_KIND_APPROPRIATE, FUND_APPROPRIATION, FUND_AVAILABLE,
		  input->amount_cents);
	struct fund_year *fund_year = effects_edit_fund_year(effects, id);
	JUDGE_COPY_TEXT(fund_year->act, input->act);
	decision->outcome->gross = input->amount_cents;
	return judge_object(decision, RESULT_OK, RECORD_KIND_FUND_YEAR, id.raw);
}
