/* Recoveries: see recovery.h. */
#include "engine/domain/recovery.h"

#include "engine/domain/approval.h"
#include "engine/domain/cell.h"
#include "engine/domain/duties.h"
#include "engine/domain/fund.h"
#include "engine/domain/judge.h"
#include "engine/domain/opening.h"
#include "engine/domain/voucher.h"

struct recovery_id recovery_open(struct effects *effects, const struct recovery *recovery)
{
	struct cents sum = cents_zero();
	bool fits = cents_add(recovery->net_cents, recovery->vat_cents, &sum);
	ASSERT(fits && cents_equal(sum, recovery->amount_cents) && !cents_is_zero(sum));
	ASSERT((recovery->cell.raw != 0) != (recovery->opening_row.raw != 0));
	struct recovery_id id;
	struct recovery *made = effects_create_recovery(effects, &id);
	*made = *recovery;
	made->recovered_cents = cents_zero();
	made->written_off_cents = cents_zero();
	made->state = RECOVERY_STATE_OPEN;
	return id;
}

struct cents recovery_left(const struct recovery *recovery)
{
	struct cents left = cents_zero();
	bool fits = cents_sub(recovery->amount_cents, recovery->recovered_cents, &left) &&
		    cents_sub(left, recovery->written_off_cents, &left);
	ASSERT(fits);
	return left;
}

static void end_if_nothing_is_left(struct recovery *recovery)
{
	if (!cents_is_zero(recovery_left(recovery)))
		return;
	recovery->state = cents_is_zero(recovery->recovered_cents) ? RECOVERY_STATE_WRITTEN_OFF
								    : RECOVERY_STATE_RECOVERED;
}

/* Who delivered what is recovered; it may have been merged into who owes it now. */
static struct provider_id performer_of(struct effects *effects, const struct recovery *recovery)
{
	const struct redemption *redemption =
	    effects_read_redemption(effects, recovery->redemption);
	return redemption == NULL ? recovery->provider : redemption->provider;
}

void recovery_take(struct effects *effects, struct recovery_id id, struct cents amount,
		   struct statement_id statement)
{
	struct recovery *recovery = effects_edit_recovery(effects, id);
	ASSERT(recovery->state == RECOVERY_STATE_OPEN);
	ASSERT(!cents_less(recovery_left(recovery), amount));
	if (recovery->cell.raw != 0) {
		struct cell_act act = {.cell = recovery->cell,
				       .provider = recovery->provider,
				       .performer = performer_of(effects, recovery),
				       .statement = statement,
				       .kind = POSTING_KIND_RECOVERED};
		cell_free(effects, &act, FUND_RECOVERABLE, amount);
	} else {
		opening_free(effects, recovery->opening_row, recovery->provider, statement, amount);
	}
	bool fits = cents_add(recovery->recovered_cents, amount, &recovery->recovered_cents);
	ASSERT(fits);
	if (statement.raw != 0)
		recovery->statement = statement;
	end_if_nothing_is_left(recovery);
}

void recovery_give_up(struct effects *effects, struct recovery_id id, struct cents amount)
{
	struct recovery *recovery = effects_edit_recovery(effects, id);
	ASSERT(!cents_less(recovery_left(recovery), amount));
	if (recovery->cell.raw != 0) {
		struct cell_act act = {.cell = recovery->cell,
				       .provider = recovery->provider,
				       .kind = POSTING_KIND_WRITE_OFF};
		cell_move_money(effects, &act, FUND_RECOVERABLE, FUND_WRITTEN_OFF, amount);
	} else {
		opening_write_off(effects, recovery->opening_row, recovery->provider, amount);
	}
	bool fits =
	    cents_add(recovery->written_off_cents, amount, &recovery->written_off_cents);
	ASSERT(fits);
	end_if_nothing_is_left(recovery);
}

/* The recovery of a buono's payment ends with that payment (cash_grant_payment.h), nowhere else. */
static bool is_of_payment(struct decision *decision, const struct recovery *recovery)
{
	const struct voucher *voucher =
	    effects_read_voucher(decision->effects, recovery->voucher);
	return voucher != NULL && voucher_is_cash_grant(decision->effects, voucher);
}

/* An amount of an OPEN recovery. RESULT_OK; RESULT_ILLEGAL_TRANSITION: nothing is left of it, or a
 * buono's payment brings it;
 * RESULT_FIELD_OUT_OF_RANGE: 0; RESULT_AMOUNT_EXCEEDED: more than is left, with both figures. */
static enum result judge_amount(struct decision *decision, struct recovery_id id,
				struct cents amount)
{
	const struct recovery *recovery = effects_read_recovery(decision->effects, id);
	ASSERT(recovery != NULL);
	if (recovery->state != RECOVERY_STATE_OPEN || is_of_payment(decision, recovery))
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_RECOVERY,
				    id.raw);
	if (cents_is_zero(amount))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "amount_cents");
	struct cents left = recovery_left(recovery);
	if (cents_less(left, amount))
		return judge_short(decision, RESULT_AMOUNT_EXCEEDED, amount, left);
	return RESULT_OK;
}

/* Money came back by itself, with the receipt's number: F190 -> F110 (F180), C140 -> C120. Results:
 * see judge_amount. */
enum result recovery_refund(struct decision *decision)
{
	const struct command_recovery_refund *input = &decision->command->input.recovery_refund;
	enum result result = judge_amount(decision, input->recovery, input->amount_cents);
	if (result != RESULT_OK)
		return result;
	recovery_take(decision->effects, input->recovery, input->amount_cents,
		      (struct statement_id){0});
	struct recovery *recovery = effects_edit_recovery(decision->effects, input->recovery);
	JUDGE_COPY_TEXT(recovery->act, input->act);
	decision->outcome->gross = input->amount_cents;
	return judge_object(decision, RESULT_OK, RECORD_KIND_RECOVERY, input->recovery.raw);
}

/* What cannot be had back is given up by act, by two persons: F190 -> F195. Ceilings go on counting
 * it: the money was spent. Results: see judge_amount; RESULT_APPROVAL_PENDING. */
enum result recovery_write_off(struct decision *decision)
{
	const struct command_recovery_write_off *input =
	    &decision->command->input.recovery_write_off;
	enum result result = judge_amount(decision, input->recovery, input->amount_cents);
	if (result != RESULT_OK)
		return result;
	const struct approval_object object = {.kind = RECORD_KIND_RECOVERY,
					       .id = input->recovery.raw};
	result = approval_require(decision, ROLE_BIT(FINANCE) | ROLE_BIT(UDP_MANAGER), &object);
	if (result != RESULT_OK)
		return result;
	recovery_give_up(decision->effects, input->recovery, input->amount_cents);
	struct recovery *recovery = effects_edit_recovery(decision->effects, input->recovery);
	JUDGE_COPY_TEXT(recovery->act, input->act);
	decision->outcome->gross = input->amount_cents;
	return judge_object(decision, RESULT_OK, RECORD_KIND_RECOVERY, input->recovery.raw);
}
