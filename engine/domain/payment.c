/* A statement's payment: see payment.h. */
#include "engine/domain/payment.h"

#include "engine/domain/cell.h"
#include "engine/domain/duties.h"
#include "engine/domain/event.h"
#include "engine/domain/export.h"
#include "engine/domain/judge.h"
#include "engine/domain/settlement.h"
#include "engine/domain/statement_round.h"

#include <string.h>

static struct cents rest_of(struct cents whole, struct cents part)
{
	struct cents rest;
	bool fits = cents_sub(whole, part, &rest);
	ASSERT(fits);
	return rest;
}

static struct cents sum_of(struct cents one, struct cents other)
{
	struct cents sum;
	bool fits = cents_add(one, other, &sum);
	ASSERT(fits);
	return sum;
}

struct cents payment_left(const struct statement *statement)
{
	return rest_of(statement->payable_net_cents, statement->paid_net_cents);
}

bool payment_is_whole(const struct statement *statement, struct cents amount)
{
	if (cents_equal(amount, payment_left(statement)))
		return true;
	struct cents gross = sum_of(statement->payable_net_cents, statement->payable_vat_cents);
	return cents_is_zero(statement->paid_net_cents) && cents_equal(amount, gross);
}

bool payment_is_waited_for(const struct statement *statement)
{
	static const uint8_t nothing[sizeof(statement->export_hash)];
	bool was_exported =
	    memcmp(statement->export_hash, nothing, sizeof(statement->export_hash)) != 0;
	return statement->state == STATEMENT_STATE_EXPORTED ||
	       statement->state == STATEMENT_STATE_ORDERED ||
	       (statement->state == STATEMENT_STATE_APPROVED && was_exported);
}

static void tell(struct decision *decision, struct statement_id id, enum event_kind kind,
		 struct cents amount)
{
	const struct statement *statement = effects_read_statement(decision->effects, id);
	struct event event = {.amount_cents = amount,
			      .ambito = statement->ambito,
			      .provider = statement->payee,
			      .statement = id,
			      .kind = (uint8_t)kind,
			      .task = kind == EVENT_KIND_PAYMENT_PARTIAL ? 0 : 1};
	event_emit(decision, &event);
}

/* ---- Order ---- */

/* Keeps the order's number and date where they are told and none is known. */
static void note_order(struct statement *statement, const struct payment *payment)
{
	if (payment->order_number == NULL || payment->order_number[0] == '\0' ||
	    statement->order_number[0] != '\0')
		return;
	judge_copy_text(statement->order_number, (uint32_t)sizeof(statement->order_number),
			payment->order_number, PAYMENT_ORDER_SIZE);
	statement->order_date =
	    payment->order_date.number != 0 ? payment->order_date : payment->day;
}

enum result payment_order(struct decision *decision, struct statement_id id,
			  const struct payment *payment, const char **ret_missing)
{
	const struct statement *present = effects_read_statement(decision->effects, id);
	ASSERT(present != NULL);
	if (present->state == STATEMENT_STATE_ORDERED || present->state == STATEMENT_STATE_PAID)
		return RESULT_OK;
	if (present->state != STATEMENT_STATE_EXPORTED)
		return RESULT_STATEMENT_NOT_OPEN;
	if (present->settled_by.raw == decision->command->principal.raw)
		return RESULT_FOUR_EYES_REQUIRED;
	*ret_missing = settlement_missing_check(decision, present, payment->tax_debt_checked,
						payment->antimafia_checked);
	if (*ret_missing != NULL)
		return RESULT_PAYMENT_BLOCKED;
	struct statement *statement = effects_edit_statement(decision->effects, id);
	note_order(statement, payment);
	statement->state = STATEMENT_STATE_ORDERED;
	export_item_ordered(decision, (struct export_object){.statement = id},
			    payment->order_number);
	return RESULT_OK;
}

/* The mandato. RESULT_FOUR_EYES_REQUIRED: the caller approved the settlement;
 * RESULT_PAYMENT_BLOCKED: above a threshold, and the check was not made (with the field). */
enum result statement_order(struct decision *decision)
{
	const struct command_statement_order *input = &decision->command->input.statement_order;
	if (settlement_edit_in_state(decision, input->statement, STATEMENT_STATE_EXPORTED) == NULL)
		return RESULT_STATEMENT_NOT_OPEN;
	struct payment payment = {.order_number = input->order_number,
				  .order_date = input->order_date,
				  .tax_debt_checked = input->tax_debt_checked != 0,
				  .antimafia_checked = input->antimafia_checked != 0};
	const char *missing = NULL;
	enum result result = payment_order(decision, input->statement, &payment, &missing);
	if (missing != NULL)
		return judge_field(decision, result, missing);
	return result == RESULT_OK ? settlement_done(decision, input->statement) : result;
}

/* ---- Payment ---- */

/* All that is left of every line: F160 -> F170 and F165 -> F175. */
static void pay_whole(struct decision *decision, struct statement_id id,
		      const struct payment *payment)
{
	static const struct settlement whole = {.net_from = FUND_SETTLED,
						.net_to = FUND_PAID,
						.vat_from = FUND_VAT_PAYABLE,
						.vat_to = FUND_VAT_PAID,
						.net_kind = POSTING_KIND_PAY,
						.vat_kind = POSTING_KIND_PAY_VAT};
	settlement_move(decision, id, &whole);
	struct statement *statement = effects_edit_statement(decision->effects, id);
	if (payment->receipt_number != NULL)
		judge_copy_text(statement->receipt_number,
				(uint32_t)sizeof(statement->receipt_number),
				payment->receipt_number, PAYMENT_RECEIPT_SIZE);
	statement->paid_net_cents = statement->payable_net_cents;
	statement->paid_on = payment->day;
	statement->state = STATEMENT_STATE_PAID;
	export_item_paid(decision, (struct export_object){.statement = id});
}

/* A part of the net: F160 -> F170, line by line. */
static void pay_part(struct decision *decision, struct statement_id id, struct cents amount)
{
	struct effects *effects = decision->effects;
	struct statement *statement = effects_edit_statement(effects, id);
	statement->paid_net_cents = sum_of(statement->paid_net_cents, amount);
	if (statement->state == STATEMENT_STATE_EXPORTED)
		statement->state = STATEMENT_STATE_ORDERED;
	tell(decision, id, EVENT_KIND_PAYMENT_PARTIAL, amount);
	for (struct statement_line_id line_id = statement->first_line;
	     line_id.raw != 0 && !cents_is_zero(amount);) {
		const struct statement_line *line = effects_read_statement_line(effects, line_id);
		struct statement_line_id next = line->next_in_statement;
		struct cents part = cents_min(amount, settlement_left(effects, line).net);
		struct cell_act act = {.cell = line->cell,
				       .provider = statement->payee,
				       .statement = id,
				       .kind = POSTING_KIND_PAY};
		cell_move_money(effects, &act, FUND_SETTLED, FUND_PAID, part);
		struct line_adjustment adjustment = {
		    .net_cents = part, .line = line_id, .kind = ADJUSTMENT_PAID};
		if (!cents_is_zero(part))
			statement_adjust_line(decision, &adjustment);
		amount = rest_of(amount, part);
		line_id = next;
	}
	ASSERT(cents_is_zero(amount));
}

enum result payment_pay(struct decision *decision, struct statement_id id,
			const struct payment *payment)
{
	const struct statement *present = effects_read_statement(decision->effects, id);
	ASSERT(present != NULL);
	struct cents left = payment_left(present);
	if (present->state == STATEMENT_STATE_PAID)
		return judge_short(decision, RESULT_AMOUNT_EXCEEDED, payment->amount, left);
	if (!payment_is_waited_for(present))
		return RESULT_STATEMENT_NOT_OPEN;
	bool is_whole = payment_is_whole(present, payment->amount);
	if (!is_whole && cents_less(left, payment->amount))
		return judge_short(decision, RESULT_AMOUNT_EXCEEDED, payment->amount, left);
	note_order(effects_edit_statement(decision->effects, id), payment);
	if (is_whole)
		pay_whole(decision, id, payment);
	else
		pay_part(decision, id, payment->amount);
	return RESULT_OK;
}

/* The treasurer's receipt (quietanza) of all that is left. */
enum result statement_pay(struct decision *decision)
{
	const struct command_statement_pay *input = &decision->command->input.statement_pay;
	const struct statement *statement =
	    settlement_edit_in_state(decision, input->statement, STATEMENT_STATE_ORDERED);
	if (statement == NULL)
		return RESULT_STATEMENT_NOT_OPEN;
	struct payment payment = {.amount = payment_left(statement),
				  .receipt_number = input->receipt_number,
				  .day = input->paid_on};
	pay_whole(decision, input->statement, &payment);
	return settlement_done(decision, input->statement);
}

/* ---- Rejected, returned ---- */

/* It may be exported anew: the old order is no longer one. Outcomes keep its numbers. */
static void become_payable(struct statement *statement)
{
	memset(statement->order_number, 0, sizeof(statement->order_number));
	memset(statement->receipt_number, 0, sizeof(statement->receipt_number));
	statement->order_date.number = 0;
	statement->paid_on.number = 0;
	statement->state = STATEMENT_STATE_APPROVED;
}

enum result payment_reject(struct decision *decision, struct statement_id id,
			   const struct payment *payment)
{
	const struct statement *present = effects_read_statement(decision->effects, id);
	ASSERT(present != NULL);
	if (!payment_is_waited_for(present))
		return RESULT_STATEMENT_NOT_OPEN;
	if (present->state != STATEMENT_STATE_APPROVED)
		become_payable(effects_edit_statement(decision->effects, id));
	export_item_rejected(decision, (struct export_object){.statement = id},
			     payment->reason_code);
	tell(decision, id, EVENT_KIND_PAYMENT_REJECTED, payment->amount);
	return RESULT_OK;
}

/* A statement that was paid whole: what each line was paid last becomes an adjustment, so that it
 * can be taken back. */
static void itemise(struct decision *decision, struct statement_id id)
{
	struct effects *effects = decision->effects;
	const struct statement *statement = effects_read_statement(effects, id);
	for (struct statement_line_id line_id = statement->first_line; line_id.raw != 0;) {
		const struct statement_line *line = effects_read_statement_line(effects, line_id);
		struct statement_line_id next = line->next_in_statement;
		struct net_and_vat left = settlement_left(effects, line);
		struct line_adjustment adjustment = {.net_cents = left.net,
						     .vat_cents = left.vat,
						     .line = line_id,
						     .kind = ADJUSTMENT_PAID};
		if (!cents_is_zero(left.net) || !cents_is_zero(left.vat))
			statement_adjust_line(decision, &adjustment);
		line_id = next;
	}
}

/* What of a line's net was transferred and has not come back, nor is to be recovered. */
static struct cents transferred(struct effects *effects, const struct statement *statement,
				const struct statement_line *line)
{
	struct cents in = cents_zero();
	struct cents out = cents_zero();
	for (struct line_adjustment_id id = line->last_adjustment; id.raw != 0;) {
		const struct line_adjustment *one = effects_read_line_adjustment(effects, id);
		if (one->kind == ADJUSTMENT_PAID)
			in = sum_of(in, one->net_cents);
		else if (one->kind == ADJUSTMENT_RETURNED || one->kind == ADJUSTMENT_REVERSED)
			out = sum_of(out, one->net_cents);
		id = one->previous;
	}
	if (statement->state == STATEMENT_STATE_PAID)
		in = sum_of(in, settlement_left(effects, line).net);
	return cents_less(in, out) ? cents_zero() : rest_of(in, out);
}

static struct cents all_transferred(struct effects *effects, const struct statement *statement)
{
	struct cents sum = cents_zero();
	for (struct statement_line_id id = statement->first_line; id.raw != 0;) {
		const struct statement_line *line = effects_read_statement_line(effects, id);
		sum = sum_of(sum, transferred(effects, statement, line));
		id = line->next_in_statement;
	}
	return sum;
}

/* F170 -> F160, line by line. */
static void take_back(struct decision *decision, struct statement_id id, struct cents amount)
{
	struct effects *effects = decision->effects;
	const struct statement *statement = effects_read_statement(effects, id);
	for (struct statement_line_id line_id = statement->first_line;
	     line_id.raw != 0 && !cents_is_zero(amount);) {
		const struct statement_line *line = effects_read_statement_line(effects, line_id);
		struct statement_line_id next = line->next_in_statement;
		struct cents part = cents_min(amount, transferred(effects, statement, line));
		struct cell_act act = {.cell = line->cell,
				       .provider = statement->payee,
				       .statement = id,
				       .kind = POSTING_KIND_BOUNCE};
		cell_move_money(effects, &act, FUND_PAID, FUND_SETTLED, part);
		struct line_adjustment adjustment = {
		    .net_cents = part, .line = line_id, .kind = ADJUSTMENT_RETURNED};
		if (!cents_is_zero(part))
			statement_adjust_line(decision, &adjustment);
		amount = rest_of(amount, part);
		line_id = next;
	}
	ASSERT(cents_is_zero(amount));
}

enum result payment_return(struct decision *decision, struct statement_id id,
			   const struct payment *payment)
{
	const struct statement *present = effects_read_statement(decision->effects, id);
	ASSERT(present != NULL);
	if (present->state != STATEMENT_STATE_PAID && !payment_is_waited_for(present))
		return RESULT_STATEMENT_NOT_OPEN;
	struct cents most = all_transferred(decision->effects, present);
	if (cents_less(most, payment->amount))
		return judge_short(decision, RESULT_AMOUNT_EXCEEDED, payment->amount, most);
	if (present->state == STATEMENT_STATE_PAID)
		itemise(decision, id);
	struct statement *statement = effects_edit_statement(decision->effects, id);
	become_payable(statement);
	statement->paid_net_cents = rest_of(statement->paid_net_cents, payment->amount);
	take_back(decision, id, payment->amount);
	export_item_returned(decision, (struct export_object){.statement = id});
	tell(decision, id, EVENT_KIND_PAYMENT_RETURNED, payment->amount);
	return RESULT_OK;
}

void payment_tell_block(struct decision *decision, struct statement_id id, enum event_kind kind)
{
	const struct statement *statement = effects_read_statement(decision->effects, id);
	struct event event = {.amount_cents = statement->payable_net_cents,
			      .ambito = statement->ambito,
			      .provider = statement->payee,
			      .statement = id,
			      .value = statement->block_cause,
			      .kind = (uint8_t)kind};
	event_emit(decision, &event);
}
