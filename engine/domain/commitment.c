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
	if (record->state == COMMITMENT_STATE_CLOSED)
		return balance;
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
	if (record->state == COMMITMENT_STATE_CLOSED)
		record->amount_cents = record->drawn_cents; /* an economy, nothing to promise */
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
		if (commitment->fund_year.raw != fund_year.raw ||
		    commitment->state == COMMITMENT_STATE_CLOSED)
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

/* What of the year's appropriation no commitment has. */
static struct cents room_of_year(struct effects *effects, struct fund_year_id fund_year)
{
	struct cents promised = cents_zero();
	struct cents room = cents_zero();
	bool fits = commitment_sum(effects, fund_year, &promised) &&
		    cents_sub(effects_fund_balance(effects, fund_year, FUND_APPROPRIATION),
			      promised, &room);
	ASSERT(fits);
	return room;
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
	struct cents room = room_of_year(effects, fund_year);
	if (cents_less(room, input->amount_cents))
		return judge_short(decision, RESULT_COMMITMENT_EXCEEDED, input->amount_cents, room);
	struct commitment_id id;
	struct commitment *commitment = effects_create_commitment(effects, &id);
	commitment->amount_cents = input->amount_cents;
	commitment->fund_year = fund_year;
	commitment->state = COMMITMENT_STATE_ACTIVE;
	JUDGE_COPY_TEXT(commitment->number, input->number);
	JUDGE_COPY_TEXT(commitment->chapter, input->chapter);
	JUDGE_COPY_TEXT(commitment->article, input->article);
	JUDGE_COPY_TEXT(commitment->cig, input->cig);
	JUDGE_COPY_TEXT(commitment->act, input->act);
	decision->outcome->gross = input->amount_cents;
	return judge_object(decision, RESULT_OK, RECORD_KIND_COMMITMENT, id.raw);
}

static enum result vary_up(struct decision *decision, struct commitment *commitment,
			   struct cents amount)
{
	struct cents room = room_of_year(decision->effects, commitment->fund_year);
	if (cents_less(room, amount))
		return judge_short(decision, RESULT_COMMITMENT_EXCEEDED, amount, room);
	bool fits = cents_add(commitment->amount_cents, amount, &commitment->amount_cents);
	ASSERT(fits); /* the year's commitments sum to at most its appropriation */
	return RESULT_OK;
}

static enum result vary_down(struct decision *decision, struct commitment_id id,
			     struct commitment *commitment, struct cents amount)
{
	struct cents balance = commitment_balance(decision->effects, id);
	if (cents_less(balance, amount))
		return judge_short(decision, RESULT_AMOUNT_EXCEEDED, amount, balance);
	bool fits = cents_sub(commitment->amount_cents, amount, &commitment->amount_cents);
	ASSERT(fits);
	return RESULT_OK;
}

/* Varies an ACTIVE commitment by act: up while its year takes commitments and has appropriation
 * left, down to what was drawn at the least.
 *   RESULT_OK                        outcome: gross = the variation
 *   RESULT_FIELD_MISSING, RESULT_FIELD_INVALID   neither or both of increase and decrease
 *   RESULT_ILLEGAL_TRANSITION        it is closed
 *   RESULT_FUND_YEAR_NOT_OPEN, RESULT_FUND_SUSPENDED, RESULT_YEAR_CLOSED   of an increase
 *   RESULT_OPENING_IN_PROGRESS       opening balances are being posted
 *   RESULT_COMMITMENT_EXCEEDED       the appropriation has less left; short, limit
 *   RESULT_AMOUNT_EXCEEDED    titles drew more than would remain; short, limit */
enum result commitment_vary(struct decision *decision)
{
	const struct command_commitment_vary *input = &decision->command->input.commitment_vary;
	struct effects *effects = decision->effects;
	bool is_increase = !cents_is_zero(input->increase_cents);
	if (is_increase == !cents_is_zero(input->decrease_cents))
		return judge_field(decision,
				   is_increase ? RESULT_FIELD_INVALID : RESULT_FIELD_MISSING,
				   is_increase ? "decrease_cents" : "increase_cents");
	struct commitment *commitment = effects_edit_commitment(effects, input->commitment);
	const struct fund_year *fund_year = effects_read_fund_year(effects, commitment->fund_year);
	if (commitment->state == COMMITMENT_STATE_CLOSED)
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_COMMITMENT,
				    input->commitment.raw);
	if (fund_year->is_loading != 0)
		return RESULT_OPENING_IN_PROGRESS;
	enum result result = is_increase ? judge_year(fund_year) : RESULT_OK;
	if (result == RESULT_OK)
		result = is_increase ? vary_up(decision, commitment, input->increase_cents)
				     : vary_down(decision, input->commitment, commitment,
						 input->decrease_cents);
	if (result != RESULT_OK)
		return result;
	JUDGE_COPY_TEXT(commitment->act, input->act);
	decision->outcome->gross = is_increase ? input->increase_cents : input->decrease_cents;
	return judge_object(decision, RESULT_OK, RECORD_KIND_COMMITMENT, input->commitment.raw);
}

/* Closes a commitment: it promises nothing more and its unused balance is an economy; what was
 * drawn stays. RESULT_OK (outcome: gross = the balance given up); RESULT_ILLEGAL_TRANSITION: it
 * was closed before; RESULT_OPENING_IN_PROGRESS. */
enum result commitment_close(struct decision *decision)
{
	const struct command_commitment_close *input = &decision->command->input.commitment_close;
	struct effects *effects = decision->effects;
	struct cents balance = commitment_balance(effects, input->commitment);
	struct commitment *commitment = effects_edit_commitment(effects, input->commitment);
	if (commitment->state == COMMITMENT_STATE_CLOSED)
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_COMMITMENT,
				    input->commitment.raw);
	if (effects_read_fund_year(effects, commitment->fund_year)->is_loading != 0)
		return RESULT_OPENING_IN_PROGRESS;
	commitment->state = COMMITMENT_STATE_CLOSED;
	commitment->amount_cents = commitment->drawn_cents;
	JUDGE_COPY_TEXT(commitment->act, input->act);
	decision->outcome->gross = balance;
	return judge_object(decision, RESULT_OK, RECORD_KIND_COMMITMENT, input->commitment.raw);
}
