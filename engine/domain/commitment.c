/* Commitments: see commitment.h. An ambito has tens of commitments a year, a region some thousands:
 * they are walked, in the order of their ids. */
#include "engine/domain/commitment.h"

#include "engine/domain/duties.h"
#include "engine/domain/judge.h"

struct cents commitment_balance(struct effects *effects, struct commitment_id commitment)
{
	const struct commitment *record = effects_read_commitment(effects, commitment);
	ASSERT(record != NULL);
	struct cents balance = cents_zero();
	bool fits = cents_sub(record->amount_cents, record->drawn_cents, &balance);
	ASSERT(fits);
	return balance;
}

void commitment_draw(struct effects *effects, struct commitment_id commitment,
		     struct cents amount)
{
	ASSERT(!cents_is_negative(amount));
	ASSERT(!cents_less(commitment_balance(effects, commitment), amount));
	struct commitment *record = effects_edit_commitment(effects, commitment);
	bool fits = cents_add(record->drawn_cents, amount, &record->drawn_cents);
	ASSERT(fits);
}

void commitment_release(struct effects *effects, struct commitment_id commitment,
			struct cents amount)
{
	ASSERT(!cents_is_negative(amount));
	struct commitment *record = effects_edit_commitment(effects, commitment);
	bool fits = cents_sub(record->drawn_cents, amount, &record->drawn_cents);
	ASSERT(fits);
}

enum result commitment_find(struct decision *decision, struct fund_year_id fund_year,
			    struct cents amount, struct commitment_id *ret_commitment)
{
	ASSERT(fund_year.raw != 0 && ret_commitment != NULL);
	struct effects *effects = decision->effects;
	struct cents largest = cents_zero();
	for (uint32_t i = 1; i <= effects_count(effects, RECORD_KIND_COMMITMENT); i++) {
		struct commitment_id id = {i};
		const struct commitment *commitment = effects_read_commitment(effects, id);
		if (commitment->fund_year.raw != fund_year.raw)
			continue;
		struct cents balance = commitment_balance(effects, id);
		if (!cents_less(balance, amount)) {
			*ret_commitment = id;
			return RESULT_OK;
		}
		largest = cents_max(largest, balance);
	}
	if (!cents_less(largest, amount)) { /* nothing was asked of a year without commitments */
		decision->outcome->limit = largest;
		return RESULT_COMMITMENT_EXCEEDED;
	}
	return judge_short(decision, RESULT_COMMITMENT_EXCEEDED, amount, largest);
}

bool commitment_sum(struct effects *effects, struct fund_year_id fund_year,
		    struct cents *ret_sum)
{
	struct cents sum = cents_zero();
	for (uint32_t i = 1; i <= effects_count(effects, RECORD_KIND_COMMITMENT); i++) {
		const struct commitment *commitment =
		    effects_read_commitment(effects, (struct commitment_id){i});
		if (commitment->fund_year.raw == fund_year.raw &&
		    !cents_add(sum, commitment->amount_cents, &sum))
			return false;
	}
	*ret_sum = sum;
	return true;
}

/* A commitment of the same fund year with the same number; 0 when there is none. */
static uint32_t find_twin(struct effects *effects, struct fund_year_id fund_year,
			  struct slice number)
{
	for (uint32_t i = 1; i <= effects_count(effects, RECORD_KIND_COMMITMENT); i++) {
		const struct commitment *commitment =
		    effects_read_commitment(effects, (struct commitment_id){i});
		if (commitment->fund_year.raw == fund_year.raw &&
		    slice_equals(JUDGE_TEXT(commitment->number), number))
			return i;
	}
	return 0;
}

/* A year takes commitments when it is approved or open. */
static enum result judge_year(const struct fund_year *fund_year)
{
	switch ((enum fund_year_state)fund_year->state) {
	case FUND_YEAR_STATE_APPROVED:
	case FUND_YEAR_STATE_OPEN:
		return RESULT_OK;
	case FUND_YEAR_STATE_SUSPENDED:
		return RESULT_FUND_SUSPENDED;
	case FUND_YEAR_STATE_CLOSING:
	case FUND_YEAR_STATE_CLOSED:
		return RESULT_YEAR_CLOSED;
	case FUND_YEAR_STATE_DRAFT:
		break;
	}
	return RESULT_FUND_YEAR_NOT_OPEN;
}

enum result commitment_create(struct decision *decision)
{
	const struct command_commitment_create *input =
	    &decision->command->input.commitment_create;
	struct effects *effects = decision->effects;
	if (cents_is_zero(input->amount_cents))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "amount_cents");
	struct fund_year_id fund_year =
	    state_find_fund_year(decision->state, input->fund, input->year);
	if (fund_year.raw == 0)
		return judge_field(decision, RESULT_UNKNOWN_REFERENCE, "year");
	enum result result = judge_year(effects_read_fund_year(effects, fund_year));
	if (result != RESULT_OK)
		return result;
	uint32_t twin = find_twin(effects, fund_year, JUDGE_TEXT(input->number));
	if (twin != 0)
		return judge_object(decision, RESULT_ALREADY_EXISTS, RECORD_KIND_COMMITMENT, twin);
	struct cents promised = cents_zero();
	bool fits = commitment_sum(effects, fund_year, &promised);
	ASSERT(fits);
	struct cents room = cents_zero();
	fits = cents_sub(effects_fund_balance(effects, fund_year, FUND_APPROPRIATION), promised,
			 &room);
	ASSERT(fits);
	if (cents_less(room, input->amount_cents))
		return judge_short(decision, RESULT_COMMITMENT_EXCEEDED, input->amount_cents, room);
	struct commitment_id id;
	struct commitment *commitment = effects_create_commitment(effects, &id);
	commitment->amount_cents = input->amount_cents;
	commitment->fund_year = fund_year;
	JUDGE_COPY_TEXT(commitment->number, input->number);
	JUDGE_COPY_TEXT(commitment->chapter, input->chapter);
	JUDGE_COPY_TEXT(commitment->article, input->article);
	JUDGE_COPY_TEXT(commitment->cig, input->cig);
	JUDGE_COPY_TEXT(commitment->act, input->act);
	decision->outcome->gross = input->amount_cents;
	return judge_object(decision, RESULT_OK, RECORD_KIND_COMMITMENT, id.raw);
}
