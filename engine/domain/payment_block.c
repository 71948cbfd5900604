/* Payments that are held back: F160 -> F168 and back, or on to the creditor in the payee's stead.
 *
 *   APPROVED, EXPORTED ──block──> BLOCKED ──unblock──> APPROVED, EXPORTED
 *
 * A payment that is held back leaves the draft export it stands in. Of an export that was sealed
 * it stays a part: let go on as it stands there, it is EXPORTED again; changed, it is APPROVED and
 * must be withdrawn from that export before another pays it.
 *
 * VAT is owed to the Treasury whatever the payee owes: it stays in F165. What was paid in
 * substitution is a line_adjustment, and leaves the payable net. SOURCE state_transitions.csv
 * STATEMENT block, unblock; DOMAIN 4.10. */
#include "engine/domain/cell.h"
#include "engine/domain/duties.h"
#include "engine/domain/export.h"
#include "engine/domain/judge.h"
#include "engine/domain/payment.h"
#include "engine/domain/set_off.h"
#include "engine/domain/settlement.h"
#include "engine/domain/statement_round.h"

/* Holds the payment back.
 *   RESULT_OK
 *   RESULT_STATEMENT_NOT_OPEN       neither APPROVED nor EXPORTED
 *   RESULT_PAYMENT_CHECK_NOT_DUE    TAX_DEBT at or below tax_debt_check_threshold_cents */
enum result statement_block(struct decision *decision)
{
	const struct command_statement_block *input = &decision->command->input.statement_block;
	const struct statement *present =
	    effects_read_statement(decision->effects, input->statement);
	ASSERT(present != NULL);
	if (present->state != STATEMENT_STATE_APPROVED &&
	    present->state != STATEMENT_STATE_EXPORTED)
		return RESULT_STATEMENT_NOT_OPEN;
	if (input->cause == BLOCK_CAUSE_TAX_DEBT && !settlement_owes_tax_check(decision, present))
		return RESULT_PAYMENT_CHECK_NOT_DUE;
	static const struct settlement withholding = {.net_from = FUND_SETTLED,
						      .net_to = FUND_WITHHELD,
						      .vat_from = FUND_VAT_PAYABLE,
						      .vat_to = FUND_VAT_PAYABLE,
						      .net_kind = POSTING_KIND_BLOCK,
						      .vat_kind = POSTING_KIND_BLOCK};
	settlement_move(decision, input->statement, &withholding);
	struct statement *statement = effects_edit_statement(decision->effects, input->statement);
	statement->state = STATEMENT_STATE_BLOCKED;
	statement->block_cause = input->cause;
	export_item_held(decision, input->statement);
	payment_tell_block(decision, input->statement, EVENT_KIND_PAYMENT_BLOCKED);
	return settlement_done(decision, input->statement);
}

/* Pays an amount of net in the payee's stead: F168 -> F170, line by line in the chain's order. */
static void substitute(struct decision *decision, struct statement_id id, struct cents amount)
{
	struct effects *effects = decision->effects;
	struct statement *statement = effects_edit_statement(effects, id);
	bool fits = cents_sub(statement->payable_net_cents, amount, &statement->payable_net_cents);
	ASSERT(fits);
	struct statement_line_id line_id = statement->first_line;
	while (line_id.raw != 0 && !cents_is_zero(amount)) {
		const struct statement_line *line = effects_read_statement_line(effects, line_id);
		struct cents part = cents_min(amount, settlement_left(effects, line).net);
		struct statement_line_id next = line->next_in_statement;
		struct cell_act act = {.cell = line->cell,
				       .provider = statement->payee,
				       .statement = id,
				       .kind = POSTING_KIND_UNBLOCK};
		cell_move_money(effects, &act, FUND_WITHHELD, FUND_PAID, part);
		struct line_adjustment adjustment = {.net_cents = part,
						     .line = line_id,
						     .kind = ADJUSTMENT_SUBSTITUTED};
		if (!cents_is_zero(part))
			statement_adjust_line(decision, &adjustment);
		fits = cents_sub(amount, part, &amount);
		ASSERT(fits);
		line_id = next;
	}
	ASSERT(cents_is_zero(amount));
}

/* The cause is gone, or its creditor was paid: the rest goes on.
 *   RESULT_OK
 *   RESULT_STATEMENT_NOT_OPEN   not BLOCKED
 *   RESULT_FIELD_OUT_OF_RANGE   substituted: more than is left to pay
 *   RESULT_FIELD_MISSING        durc_valid_to, where an irregular DURC was the cause and less than
 *                               all was paid in substitution
 *   RESULT_DURC_INVALID         that DURC is not valid today */
enum result statement_unblock(struct decision *decision)
{
	const struct command_statement_unblock *input = &decision->command->input.statement_unblock;
	struct statement *statement =
	    settlement_edit_in_state(decision, input->statement, STATEMENT_STATE_BLOCKED);
	if (statement == NULL)
		return RESULT_STATEMENT_NOT_OPEN;
	if (cents_less(payment_left(statement), input->substituted_cents))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "substituted_cents");
	bool is_whole = cents_equal(payment_left(statement), input->substituted_cents);
	if (statement->block_cause == BLOCK_CAUSE_DURC_IRREGULAR && !is_whole) {
		if (input->durc_valid_to.number == 0)
			return judge_field(decision, RESULT_FIELD_MISSING, "durc_valid_to");
		if (!settlement_durc_is_valid(decision, statement, input->durc_valid_to))
			return RESULT_DURC_INVALID;
	}
	substitute(decision, input->statement, input->substituted_cents);
	static const struct settlement release = {.net_from = FUND_WITHHELD,
						  .net_to = FUND_SETTLED,
						  .vat_from = FUND_VAT_PAYABLE,
						  .vat_to = FUND_VAT_PAYABLE,
						  .net_kind = POSTING_KIND_UNBLOCK,
						  .vat_kind = POSTING_KIND_UNBLOCK};
	settlement_move(decision, input->statement, &release);
	statement->state = STATEMENT_STATE_APPROVED;
	set_off(decision, input->statement);
	if (export_still_pays(decision->effects, input->statement))
		statement->state = STATEMENT_STATE_EXPORTED;
	payment_tell_block(decision, input->statement, EVENT_KIND_PAYMENT_UNBLOCKED);
	return settlement_done(decision, input->statement);
}
