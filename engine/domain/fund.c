/* Funds and their years: appropriation, its approval, opening and variation.
 *
 *   propose > DRAFT > approve > APPROVED > open > OPEN ; vary: OPEN to OPEN ; ascertain
 *   (fund_state.c: suspend, resume, start closing; fund_close.c: close, reopen, surplus)
 *
 * Invariants
 *  1. F100 = F110 + F120 + F140 + … + F195 at every instant. F105, money announced but not
 *     ascertained, is a memo outside the identity: it is written here directly, never posted.
 *  2. F100 never falls below the sum of the year's commitments. */
#include "engine/domain/fund.h"

#include "engine/base/text.h"
#include "engine/domain/commitment.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"
#include "engine/domain/parameter.h"

static void set_expected(struct effects *effects, struct fund_year_id fund_year,
			 struct cents amount)
{
	ASSERT(!cents_is_negative(amount));
	struct fund_account *account =
	    effects_edit_fund_account(effects, fund_account_slot_id(fund_year, FUND_EXPECTED));
	account->balance_cents = amount;
}

void fund_post(struct effects *effects, struct fund_year_id fund_year, enum posting_kind kind,
	       enum fund_account_slot from, enum fund_account_slot to, struct cents amount)
{
	struct posting posting = {
	    .amount = amount.raw, /* raw: postings carry plain amounts of their book */
	    .fund_year = fund_year,
	    .book = BOOK_FUND,
	    .kind = (uint8_t)kind,
	    .from = (uint8_t)from,
	    .to = (uint8_t)to,
	};
	effects_post(effects, &posting);
}

bool fund_appropriate(struct effects *effects, struct fund_year_id fund_year, struct cents amount)
{
	struct cents total = effects_fund_balance(effects, fund_year, FUND_APPROPRIATION);
	if (!cents_add(total, amount, &total))
		return false;
	struct cents expected = effects_fund_balance(effects, fund_year, FUND_EXPECTED);
	if (!cents_sub(expected, amount, &expected))
		expected = cents_zero(); /* more was ascertained than announced */
	set_expected(effects, fund_year, expected);
	fund_post(effects, fund_year, POSTING_KIND_APPROPRIATE, FUND_APPROPRIATION, FUND_AVAILABLE,
		  amount);
	return true;
}

enum result fund_create(struct decision *decision)
{
	const struct command_fund_create *input = &decision->command->input.fund_create;
	struct slice code = JUDGE_TEXT(input->code);
	if (!text_is_token(code))
		return judge_field(decision, RESULT_FIELD_INVALID, "code");
	uint32_t twin = state_find_code(decision->state, RECORD_KIND_FUND, code);
	if (twin != 0)
		return judge_object(decision, RESULT_ALREADY_EXISTS, RECORD_KIND_FUND, twin);
	struct fund_id id;
	struct fund *fund = effects_create_fund(decision->effects, &id);
	JUDGE_COPY_TEXT(fund->code, input->code);
	JUDGE_COPY_TEXT(fund->name, input->name);
	fund->ambito = input->ambito;
	fund->comune = input->comune;
	fund->restricted = input->restricted;
	fund->provisional_exempt = input->provisional_exempt;
	return judge_object(decision, RESULT_OK, RECORD_KIND_FUND, id.raw);
}

enum result fund_year_propose(struct decision *decision)
{
	const struct command_fund_year_propose *input =
	    &decision->command->input.fund_year_propose;
	struct effects *effects = decision->effects;
	struct fund_year_id present =
	    state_find_fund_year(decision->state, input->fund, input->year);
	if (present.raw != 0)
		return judge_object(decision, RESULT_ALREADY_EXISTS, RECORD_KIND_FUND_YEAR,
				    present.raw);
	const struct fund *fund = effects_read_fund(effects, input->fund);
	ASSERT(fund != NULL);
	struct fund_year_id id;
	struct fund_year *fund_year = effects_create_fund_year(effects, &id);
	fund_year->stated_cents = input->stated_cents;
	JUDGE_COPY_TEXT(fund_year->act, input->act);
	fund_year->fund = input->fund;
	fund_year->ambito = fund->ambito;
	fund_year->year = input->year;
	fund_year->state = FUND_YEAR_STATE_DRAFT;
	set_expected(effects, id, input->stated_cents);
	decision->outcome->gross = input->stated_cents;
	return judge_object(decision, RESULT_OK, RECORD_KIND_FUND_YEAR, id.raw);
}

enum result fund_find_year(struct decision *decision, struct fund_id fund, uint16_t year,
			   struct fund_year_id *ret_id)
{
	struct fund_year_id id = state_find_fund_year(decision->state, fund, year);
	if (id.raw == 0)
		return judge_field(decision, RESULT_NOT_FOUND, "year");
	if (effects_read_fund_year(decision->effects, id)->is_loading != 0)
		return judge_object(decision, RESULT_OPENING_IN_PROGRESS, RECORD_KIND_FUND_YEAR,
				    id.raw);
	*ret_id = id;
	return RESULT_OK;
}

enum result fund_find_year_in(struct decision *decision, struct fund_id fund, uint16_t year,
			      uint32_t states, struct fund_year_id *ret_id)
{
	enum result result = fund_find_year(decision, fund, year, ret_id);
	if (result != RESULT_OK)
		return result;
	uint8_t state = effects_read_fund_year(decision->effects, *ret_id)->state;
	if ((states & (1u << state)) == 0)
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_FUND_YEAR,
				    ret_id->raw);
	return RESULT_OK;
}

/* Makes a DRAFT year APPROVED with the money that is certain; the rest of what was announced stays
 * expected (F105).
 *   RESULT_OK; RESULT_NOT_FOUND; RESULT_ILLEGAL_TRANSITION
 *   RESULT_DIFFERENCE_UNDECIDED   a total differs from its lines and nobody has decided yet */
enum result fund_year_approve(struct decision *decision)
{
	const struct command_fund_year_approve *input =
	    &decision->command->input.fund_year_approve;
	struct fund_year_id id;
	enum result result =
	    fund_find_year_in(decision, input->fund, input->year, FUND_IN(DRAFT), &id);
	if (result != RESULT_OK)
		return result;
	if (effects_read_fund_year(decision->effects, id)->undecided_count != 0)
		return judge_object(decision, RESULT_DIFFERENCE_UNDECIDED, RECORD_KIND_FUND_YEAR,
				    id.raw);
	struct fund_year *fund_year = effects_edit_fund_year(decision->effects, id);
	fund_year->state = FUND_YEAR_STATE_APPROVED;
	JUDGE_COPY_TEXT(fund_year->act, input->act);
	set_expected(decision->effects, id,
		     fund_year->difference == DIFFERENCE_KEEP_LINES ? fund_year->lines_cents
								    : fund_year->stated_cents);
	bool fits = fund_appropriate(decision->effects, id, input->ascertained_cents);
	ASSERT(fits);
	decision->outcome->gross = input->ascertained_cents;
	return judge_object(decision, RESULT_OK, RECORD_KIND_FUND_YEAR, id.raw);
}

/* More of the expected money became certain: F100 -> F110, F105 shrinks.
 *   RESULT_OK; RESULT_NOT_FOUND; RESULT_ILLEGAL_TRANSITION   neither approved, open nor suspended
 *   RESULT_FIELD_OUT_OF_RANGE                                0, or beyond 64 bits */
enum result fund_year_ascertain(struct decision *decision)
{
	const struct command_fund_year_ascertain *input =
	    &decision->command->input.fund_year_ascertain;
	struct fund_year_id id;
	enum result result =
	    fund_find_year_in(decision, input->fund, input->year,
			      FUND_IN(APPROVED) | FUND_IN(OPEN) | FUND_IN(SUSPENDED), &id);
	if (result != RESULT_OK)
		return result;
	if (cents_is_zero(input->amount_cents) ||
	    !fund_appropriate(decision->effects, id, input->amount_cents))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "amount_cents");
	struct fund_year *fund_year = effects_edit_fund_year(decision->effects, id);
	JUDGE_COPY_TEXT(fund_year->act, input->act);
	decision->outcome->gross = input->amount_cents;
	return judge_object(decision, RESULT_OK, RECORD_KIND_FUND_YEAR, id.raw);
}

enum result fund_year_open(struct decision *decision)
{
	const struct command_fund_year_open *input = &decision->command->input.fund_year_open;
	struct fund_year_id id;
	enum result result =
	    fund_find_year_in(decision, input->fund, input->year, FUND_IN(APPROVED), &id);
	if (result != RESULT_OK)
		return result;
	struct fund_year *fund_year = effects_edit_fund_year(decision->effects, id);
	fund_year->state = FUND_YEAR_STATE_OPEN;
	fund_year->provisional = input->provisional;
	if (JUDGE_TEXT(input->act).size > 0)
		JUDGE_COPY_TEXT(fund_year->act, input->act);
	return judge_object(decision, RESULT_OK, RECORD_KIND_FUND_YEAR, id.raw);
}

/* Takes from F110 what is neither promised to titles nor recorded as a commitment. */
static enum result decrease_year(struct decision *decision, struct fund_year_id id,
				 struct cents amount)
{
	struct effects *effects = decision->effects;
	struct cents available = effects_fund_balance(effects, id, FUND_AVAILABLE);
	if (cents_less(available, amount))
		return judge_short(decision, RESULT_FUND_EXHAUSTED, amount, available);
	struct cents promised = cents_zero();
	struct cents uncommitted = cents_zero();
	bool fits = commitment_sum(effects, id, &promised) &&
		    cents_sub(effects_fund_balance(effects, id, FUND_APPROPRIATION), promised,
			      &uncommitted);
	ASSERT(fits);
	if (cents_less(uncommitted, amount))
		return judge_short(decision, RESULT_APPROPRIATION_BELOW_USED, amount, uncommitted);
	fund_post(effects, id, POSTING_KIND_VARY, FUND_AVAILABLE, FUND_APPROPRIATION, amount);
	return RESULT_OK;
}

static enum result increase_year(struct decision *decision, struct fund_year_id id,
				 struct cents amount)
{
	struct cents total = effects_fund_balance(decision->effects, id, FUND_APPROPRIATION);
	if (!cents_add(total, amount, &total))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "increase_cents");
	fund_post(decision->effects, id, POSTING_KIND_VARY, FUND_APPROPRIATION, FUND_AVAILABLE,
		  amount);
	return RESULT_OK;
}

enum result fund_year_vary(struct decision *decision)
{
	const struct command_fund_year_vary *input = &decision->command->input.fund_year_vary;
	bool is_increase = !cents_is_zero(input->increase_cents);
	if (is_increase == !cents_is_zero(input->decrease_cents))
		return judge_field(decision,
				   is_increase ? RESULT_FIELD_INVALID : RESULT_FIELD_MISSING,
				   is_increase ? "decrease_cents" : "increase_cents");
	struct fund_year_id id;
	enum result result =
	    fund_find_year_in(decision, input->fund, input->year, FUND_IN(OPEN), &id);
	if (result != RESULT_OK)
		return result;
	result = is_increase ? increase_year(decision, id, input->increase_cents)
			     : decrease_year(decision, id, input->decrease_cents);
	if (result != RESULT_OK)
		return result;
	struct fund_year *fund_year = effects_edit_fund_year(decision->effects, id);
	JUDGE_COPY_TEXT(fund_year->act, input->act);
	decision->outcome->gross = is_increase ? input->increase_cents : input->decrease_cents;
	return judge_object(decision, RESULT_OK, RECORD_KIND_FUND_YEAR, id.raw);
}

enum result fund_year_for_month(struct decision *decision, struct fund_id fund, struct month month,
				struct fund_year_id *ret_fund_year)
{
	ASSERT(month_is_valid(month) && ret_fund_year != NULL);
	int32_t year = month_year(month);
	struct fund_year_id id = state_find_fund_year(decision->state, fund, (uint16_t)year);
	const struct fund_year *fund_year = effects_read_fund_year(decision->effects, id);
	if (fund_year == NULL)
		return RESULT_FUND_YEAR_NOT_OPEN;
	switch ((enum fund_year_state)fund_year->state) {
	case FUND_YEAR_STATE_APPROVED:
		if (year <= day_fiscal_year(decision->today))
			return RESULT_FUND_YEAR_NOT_OPEN;
		break;
	case FUND_YEAR_STATE_OPEN:
		break;
	case FUND_YEAR_STATE_SUSPENDED:
		return RESULT_FUND_SUSPENDED;
	case FUND_YEAR_STATE_CLOSING:
	case FUND_YEAR_STATE_CLOSED:
		return RESULT_YEAR_CLOSED;
	case FUND_YEAR_STATE_DRAFT:
		return RESULT_FUND_YEAR_NOT_OPEN;
	}
	*ret_fund_year = id;
	return RESULT_OK;
}

enum result fund_check_rounding(struct decision *decision, struct fund_year_id fund_year,
				struct cents amount)
{
	ASSERT(fund_year.raw != 0 && !cents_is_negative(amount));
	struct cents available =
	    effects_fund_balance(decision->effects, fund_year, FUND_AVAILABLE);
	if (cents_less(available, amount))
		return judge_short(decision, RESULT_FUND_EXHAUSTED, amount, available);
	return RESULT_OK;
}

/* In a provisional budget, what was promised up to month k stays within k twelfths of the
 * appropriation, whatever was promised for; exempt funds aside. SOURCE parameters.csv
 * provisional_budget_monthly_fraction (art. 163 TUEL); SCENARIOS S12. */
static enum result check_twelfths(struct decision *decision, struct fund_year_id id,
				  const struct fund_year *fund_year, struct cents amount)
{
	const struct fund *fund = effects_read_fund(decision->effects, fund_year->fund);
	ASSERT(fund != NULL);
	if (fund_year->provisional == 0 || fund->provisional_exempt != 0)
		return RESULT_OK;
	const struct parameter_scope scope = {.ambito = fund_year->ambito};
	int64_t fraction =
	    parameter_at(decision->state, PARAMETER_PROVISIONAL_BUDGET_MONTHLY_FRACTION, &scope,
			 decision->today);
	ASSERT(fraction > 0 && (fraction & 0xffff) != 0);
	uint64_t months = 1;
	if (day_fiscal_year(decision->today) == fund_year->year)
		months = (uint64_t)month_of_year(month_of_day(decision->today));
	struct cents total = effects_fund_balance(decision->effects, id, FUND_APPROPRIATION);
	struct cents limit;
	struct cents promised;
	bool fits = cents_net(months * (uint64_t)(fraction >> 16), total,
			      (uint32_t)(fraction & 0xffff), &limit) &&
		    cents_sub(total, effects_fund_balance(decision->effects, id, FUND_AVAILABLE),
			      &promised);
	ASSERT(fits);
	struct cents room;
	if (!cents_sub(cents_min(limit, total), promised, &room))
		room = cents_zero();
	return cents_less(room, amount)
		   ? judge_short(decision, RESULT_PROVISIONAL_LIMIT, amount, room)
		   : RESULT_OK;
}

enum result fund_check_available(struct decision *decision, struct fund_year_id id,
				 struct cents amount)
{
	const struct fund_year *fund_year = effects_read_fund_year(decision->effects, id);
	ASSERT(fund_year != NULL);
	if (cents_is_zero(amount))
		return RESULT_OK;
	if (fund_year->is_loading != 0)
		return judge_short(decision, RESULT_OPENING_IN_PROGRESS, amount, cents_zero());
	if (fund_year->state == FUND_YEAR_STATE_SUSPENDED)
		return judge_short(decision, RESULT_FUND_SUSPENDED, amount, cents_zero());
	if (fund_year->state == FUND_YEAR_STATE_CLOSING ||
	    fund_year->state == FUND_YEAR_STATE_CLOSED)
		return judge_short(decision, RESULT_YEAR_CLOSED, amount, cents_zero());
	enum result result = fund_check_rounding(decision, id, amount);
	return result == RESULT_OK ? check_twelfths(decision, id, fund_year, amount) : result;
}

enum fund_account_slot fund_freed_slot(struct effects *effects, struct fund_year_id id)
{
	const struct fund_year *fund_year = effects_read_fund_year(effects, id);
	ASSERT(fund_year != NULL);
	bool has_ended = fund_year->state == FUND_YEAR_STATE_CLOSING ||
			 fund_year->state == FUND_YEAR_STATE_CLOSED;
	return has_ended ? FUND_LAPSED : FUND_AVAILABLE;
}

void fund_note_entry(struct effects *effects, struct fund_year_id id)
{
	const struct fund_year *fund_year = effects_read_fund_year(effects, id);
	ASSERT(fund_year != NULL);
	if (fund_year->has_entries == 0)
		effects_edit_fund_year(effects, id)->has_entries = 1;
}
