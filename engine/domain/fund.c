/* Funds and their years: appropriation, its approval, opening and variation.
 *
 *   propose > DRAFT > approve > APPROVED > open > OPEN ; vary: OPEN to OPEN
 *   (suspend, closing and close belong to the issue on year ends; their states are honoured here)
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

static void set_expected(struct effects *effects, struct fund_year_id fund_year,
			 struct cents amount)
{
	ASSERT(!cents_is_negative(amount));
	struct fund_account *account =
	    effects_edit_fund_account(effects, fund_account_slot_id(fund_year, FUND_EXPECTED));
	account->balance_cents = amount;
}

static void post_fund(struct effects *effects, struct fund_year_id fund_year,
		      enum posting_kind kind, enum fund_account_slot from,
		      enum fund_account_slot to, struct cents amount)
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

/* The year that a path names, which must be in `state`. */
static enum result find_year(struct decision *decision, struct fund_id fund, uint16_t year,
			     enum fund_year_state state, struct fund_year_id *ret_id)
{
	struct fund_year_id id = state_find_fund_year(decision->state, fund, year);
	if (id.raw == 0)
		return judge_field(decision, RESULT_NOT_FOUND, "year");
	if (effects_read_fund_year(decision->effects, id)->state != state)
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_FUND_YEAR,
				    id.raw);
	*ret_id = id;
	return RESULT_OK;
}

enum result fund_year_approve(struct decision *decision)
{
	const struct command_fund_year_approve *input =
	    &decision->command->input.fund_year_approve;
	struct fund_year_id id;
	enum result result =
	    find_year(decision, input->fund, input->year, FUND_YEAR_STATE_DRAFT, &id);
	if (result != RESULT_OK)
		return result;
	struct fund_year *fund_year = effects_edit_fund_year(decision->effects, id);
	fund_year->state = FUND_YEAR_STATE_APPROVED;
	JUDGE_COPY_TEXT(fund_year->act, input->act);
	struct cents expected = cents_zero();
	if (!cents_sub(fund_year->stated_cents, input->ascertained_cents, &expected))
		expected = cents_zero(); /* more was ascertained than announced */
	set_expected(decision->effects, id, expected);
	post_fund(decision->effects, id, POSTING_KIND_APPROPRIATE, FUND_APPROPRIATION,
		  FUND_AVAILABLE, input->ascertained_cents);
	decision->outcome->gross = input->ascertained_cents;
	return judge_object(decision, RESULT_OK, RECORD_KIND_FUND_YEAR, id.raw);
}

enum result fund_year_open(struct decision *decision)
{
	const struct command_fund_year_open *input = &decision->command->input.fund_year_open;
	struct fund_year_id id;
	enum result result =
	    find_year(decision, input->fund, input->year, FUND_YEAR_STATE_APPROVED, &id);
	if (result != RESULT_OK)
		return result;
	struct fund_year *fund_year = effects_edit_fund_year(decision->effects, id);
	fund_year->state = FUND_YEAR_STATE_OPEN;
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
	post_fund(effects, id, POSTING_KIND_VARY, FUND_AVAILABLE, FUND_APPROPRIATION, amount);
	return RESULT_OK;
}

static enum result increase_year(struct decision *decision, struct fund_year_id id,
				 struct cents amount)
{
	struct cents total = effects_fund_balance(decision->effects, id, FUND_APPROPRIATION);
	if (!cents_add(total, amount, &total))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "increase_cents");
	post_fund(decision->effects, id, POSTING_KIND_VARY, FUND_APPROPRIATION, FUND_AVAILABLE,
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
	    find_year(decision, input->fund, input->year, FUND_YEAR_STATE_OPEN, &id);
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

enum result fund_check_available(struct decision *decision, struct fund_year_id fund_year,
				 struct cents amount)
{
	ASSERT(fund_year.raw != 0 && !cents_is_negative(amount));
	struct cents available =
	    effects_fund_balance(decision->effects, fund_year, FUND_AVAILABLE);
	if (cents_less(available, amount))
		return judge_short(decision, RESULT_FUND_EXHAUSTED, amount, available);
	return RESULT_OK;
}
