/* Payments of buoni: see cash_grant_payment.h. Every act out of turn is RESULT_ILLEGAL_TRANSITION,
 * which the table of the machine in cash_grant_payment_test.c goes through. */
#include "engine/domain/cash_grant_payment.h"

#include "engine/domain/approval.h"
#include "engine/domain/cell.h"
#include "engine/domain/duties.h"
#include "engine/domain/event.h"
#include "engine/domain/export.h"
#include "engine/domain/judge.h"
#include "engine/domain/recovery.h"
#include "engine/domain/share.h"
#include "engine/domain/voucher.h"

/* One act approves at most this many payments; the list goes on with the next act. */
#define APPROVED_AT_ONCE_MAX 1000u

static_assert(APPROVED_AT_ONCE_MAX * 2u < EFFECT_WRITES_MAX &&
		  APPROVED_AT_ONCE_MAX * 2u < EFFECT_POSTINGS_MAX,
	      "a slice of a list fits in one command");

static enum result done(struct decision *decision, enum result result,
			struct cash_grant_payment_id id)
{
	return judge_object(decision, result, RECORD_KIND_CASH_GRANT_PAYMENT, id.raw);
}

static struct cell_act act_of(const struct cash_grant_payment *payment, enum posting_kind kind)
{
	return (struct cell_act){.cell = payment->cell, .kind = kind};
}

/* The payment in one of two states that an act needs; NULL in any other. */
static struct cash_grant_payment *edit_in(struct decision *decision,
					  struct cash_grant_payment_id id,
					  enum cash_grant_payment_state state,
					  enum cash_grant_payment_state other)
{
	const struct cash_grant_payment *payment =
	    effects_read_cash_grant_payment(decision->effects, id);
	ASSERT(payment != NULL);
	if (payment->state != state && payment->state != other)
		return NULL;
	return effects_edit_cash_grant_payment(decision->effects, id);
}

/* Money, state and the outcome's figure of one step. */
static enum result step(struct decision *decision, struct cash_grant_payment_id id,
			const struct cell_act *act, const enum fund_account_slot slots[2],
			enum cash_grant_payment_state state)
{
	struct cash_grant_payment *payment =
	    effects_edit_cash_grant_payment(decision->effects, id);
	cell_move_money(decision->effects, act, slots[0], slots[1], payment->amount_cents);
	payment->state = (uint8_t)state;
	decision->outcome->gross = payment->amount_cents;
	return done(decision, RESULT_OK, id);
}

struct cash_grant_payment_id cash_grant_payment_of_cell(struct effects *effects,
							struct cell_id cell)
{
	const struct index *index = &effects->state->payments_by_cell;
	uint32_t id =
	    index_first(index, hash64_of_u64(cell.raw, RECORD_KIND_CASH_GRANT_PAYMENT));
	for (; id != 0; id = index_next(index, id)) {
		const struct cash_grant_payment *payment = effects_read_cash_grant_payment(
		    effects, (struct cash_grant_payment_id){id});
		if (payment->cell.raw == cell.raw &&
		    payment->state != CASH_GRANT_PAYMENT_STATE_CANCELLED)
			break;
	}
	return (struct cash_grant_payment_id){id};
}

/* ---- Schedule ---- */

/* One fund's part of a month: F140 -> F150. */
static struct cash_grant_payment_id make_payment(struct decision *decision,
						 const struct cash_grant_due *due,
						 struct cell_id cell_id, struct cents amount)
{
	struct effects *effects = decision->effects;
	const struct cash_grant *grant = effects_read_cash_grant(effects, due->grant);
	const struct cell *cell = effects_read_cell(effects, cell_id);
	struct cash_grant_payment_id id;
	struct cash_grant_payment *payment = effects_create_cash_grant_payment(effects, &id);
	payment->amount_cents = amount;
	payment->cash_grant = due->grant;
	payment->voucher = grant->voucher;
	payment->ambito = grant->ambito;
	payment->measure = grant->measure;
	payment->fund_year = cell->fund_year;
	payment->commitment = cell->commitment;
	payment->cell = cell_id;
	payment->month = due->month;
	payment->state = CASH_GRANT_PAYMENT_STATE_SCHEDULED;
	if (due->payslip != NULL)
		judge_copy_text(payment->payslip_number,
				(uint32_t)sizeof(payment->payslip_number), due->payslip,
				(uint32_t)sizeof(payment->payslip_number));
	struct cell_act act = act_of(payment, POSTING_KIND_SCHEDULE);
	cell_move_money(effects, &act, FUND_COMMITTED, FUND_REDEEMED, amount);
	return id;
}

/* What each share may give: all that its cell has, which no payment holds yet. */
static enum result read_limits(struct decision *decision, const struct voucher *voucher,
			       struct cell_id first, struct share_amounts *ret_limits,
			       struct cents *ret_sum)
{
	*ret_sum = cents_zero();
	for (uint32_t n = 0; n < share_count(voucher); n++) {
		struct cell_id id = share_cell(voucher, first, n);
		struct cash_grant_payment_id present =
		    cash_grant_payment_of_cell(decision->effects, id);
		if (present.raw != 0)
			return done(decision, RESULT_CASH_GRANT_MONTH_SCHEDULED, present);
		const struct cell *cell = effects_read_cell(decision->effects, id);
		ret_limits->of[n] = cell->committed_cents;
		bool fits = cents_add(*ret_sum, cell->committed_cents, ret_sum);
		ASSERT(fits);
	}
	return RESULT_OK;
}

enum result cash_grant_payment_schedule(struct decision *decision, const struct cash_grant_due *due)
{
	struct effects *effects = decision->effects;
	const struct cash_grant *grant = effects_read_cash_grant(effects, due->grant);
	const struct voucher *voucher = effects_read_voucher(effects, grant->voucher);
	struct cell_id first = voucher_cell(voucher, 0, due->month);
	if (first.raw == 0)
		return RESULT_CASH_GRANT_MONTH_OUTSIDE;
	struct share_amounts limits;
	struct share_amounts parts;
	struct cents sum;
	enum result result = read_limits(decision, voucher, first, &limits, &sum);
	if (result != RESULT_OK)
		return result;
	sum = cents_min(sum, due->most);
	if (cents_is_zero(sum))
		return RESULT_CASH_GRANT_MONTH_OUTSIDE;
	bool fits = share_divide(effects, voucher, sum, &limits, &parts);
	ASSERT(fits);
	struct cash_grant_payment_id made = {0};
	for (uint32_t n = share_count(voucher); n-- > 0;)
		if (!cents_is_zero(parts.of[n]))
			made = make_payment(decision, due, share_cell(voucher, first, n),
					    parts.of[n]);
	decision->outcome->gross = sum;
	return done(decision, RESULT_OK, made);
}

/* ---- Hold, release, cancel ---- */

/* Something must be cleared first: hospital, death check, account refused. F150 -> F155. */
enum result cash_grant_payment_hold(struct decision *decision)
{
	const struct command_cash_grant_payment_hold *input =
	    &decision->command->input.cash_grant_payment_hold;
	struct cash_grant_payment *payment =
	    edit_in(decision, input->cash_grant_payment, CASH_GRANT_PAYMENT_STATE_SCHEDULED,
		    CASH_GRANT_PAYMENT_STATE_SCHEDULED);
	if (payment == NULL)
		return done(decision, RESULT_ILLEGAL_TRANSITION, input->cash_grant_payment);
	payment->reason = input->reason;
	static const enum fund_account_slot slots[] = {FUND_REDEEMED, FUND_DISPUTED};
	struct cell_act act = act_of(payment, POSTING_KIND_HOLD);
	return step(decision, input->cash_grant_payment, &act, slots,
		    CASH_GRANT_PAYMENT_STATE_HELD);
}

/* The cause is cleared: F155 -> F150. */
enum result cash_grant_payment_release(struct decision *decision)
{
	struct cash_grant_payment_id id =
	    decision->command->input.cash_grant_payment_release.cash_grant_payment;
	struct cash_grant_payment *payment = edit_in(
	    decision, id, CASH_GRANT_PAYMENT_STATE_HELD, CASH_GRANT_PAYMENT_STATE_HELD);
	if (payment == NULL)
		return done(decision, RESULT_ILLEGAL_TRANSITION, id);
	static const enum fund_account_slot slots[] = {FUND_DISPUTED, FUND_REDEEMED};
	struct cell_act act = act_of(payment, POSTING_KIND_ACCEPT_AFTER_DISPUTE);
	return step(decision, id, &act, slots, CASH_GRANT_PAYMENT_STATE_SCHEDULED);
}

/* Ends a payment that was not approved: back to F140, where it may be scheduled again, or free for
 * others (F110, C120) where the month is lost or its late window is over. */
static void cancel(struct decision *decision, struct cash_grant_payment_id id, bool is_lost)
{
	struct effects *effects = decision->effects;
	struct cash_grant_payment *payment = effects_edit_cash_grant_payment(effects, id);
	const struct cell *cell = effects_read_cell(effects, payment->cell);
	ASSERT(cell != NULL);
	enum fund_account_slot from = payment->state == CASH_GRANT_PAYMENT_STATE_HELD
					  ? FUND_DISPUTED
					  : FUND_REDEEMED;
	payment->month_lost = is_lost || cell->released != 0;
	struct cell_act act = act_of(payment, payment->month_lost != 0 ? POSTING_KIND_RELEASE
								       : POSTING_KIND_REVERSE);
	if (payment->month_lost != 0)
		cell_free(effects, &act, from, payment->amount_cents);
	else
		cell_move_money(effects, &act, from, FUND_COMMITTED, payment->amount_cents);
	payment->state = CASH_GRANT_PAYMENT_STATE_CANCELLED;
	voucher_close_if_done(effects, payment->voucher, decision->today);
}

/* A requirement is lost. F150 or F155 -> F140, or -> F110 with C140 -> C120. */
enum result cash_grant_payment_cancel(struct decision *decision)
{
	const struct command_cash_grant_payment_cancel *input =
	    &decision->command->input.cash_grant_payment_cancel;
	struct cash_grant_payment *payment =
	    edit_in(decision, input->cash_grant_payment, CASH_GRANT_PAYMENT_STATE_SCHEDULED,
		    CASH_GRANT_PAYMENT_STATE_HELD);
	if (payment == NULL)
		return done(decision, RESULT_ILLEGAL_TRANSITION, input->cash_grant_payment);
	payment->reason = input->reason;
	cancel(decision, input->cash_grant_payment, input->month_lost != 0);
	decision->outcome->gross = payment->amount_cents;
	return done(decision, RESULT_OK, input->cash_grant_payment);
}

struct cents cash_grant_payment_withdraw(struct decision *decision, struct cash_grant_id grant_id,
					 struct month from, uint8_t reason)
{
	struct effects *effects = decision->effects;
	const struct cash_grant *grant = effects_read_cash_grant(effects, grant_id);
	const struct voucher *voucher = effects_read_voucher(effects, grant->voucher);
	struct cents freed = cents_zero();
	for (uint32_t n = 0; voucher->first_cell.raw != 0 && n < voucher_cell_count(voucher); n++) {
		struct cell_id cell_id = {voucher->first_cell.raw + n};
		struct cash_grant_payment_id id = cash_grant_payment_of_cell(effects, cell_id);
		if (id.raw == 0 || effects_read_cell(effects, cell_id)->month.number < from.number)
			continue;
		struct cash_grant_payment *payment = effects_edit_cash_grant_payment(effects, id);
		payment->reason = reason;
		if (payment->state == CASH_GRANT_PAYMENT_STATE_SCHEDULED ||
		    payment->state == CASH_GRANT_PAYMENT_STATE_HELD) {
			bool fits = cents_add(freed, payment->amount_cents, &freed);
			ASSERT(fits);
			cancel(decision, id, true);
		} else if (payment->state == CASH_GRANT_PAYMENT_STATE_APPROVED ||
			   payment->state == CASH_GRANT_PAYMENT_STATE_PAID) {
			event_emit(decision, &(struct event){.kind = EVENT_KIND_CASH_GRANT_UNDUE,
							     .task = 1,
							     .voucher = payment->voucher,
							     .fund_year = payment->fund_year,
							     .amount_cents = payment->amount_cents,
							     .value = id.raw});
		}
	}
	return freed;
}

/* ---- The month's list ---- */

static bool is_listed(const struct cash_grant_payment *payment, struct measure_id measure)
{
	return payment->measure.raw == measure.raw &&
	       payment->state == CASH_GRANT_PAYMENT_STATE_SCHEDULED;
}

/* Approves what is scheduled of a measure's month by one collective act: F150 -> F160. A list of
 * more than APPROVED_AT_ONCE_MAX goes on with the next act.
 *   RESULT_OK          outcome: gross approved; units: how many are left to approve
 *   RESULT_NOT_FOUND   nothing is scheduled (month)
 * SOURCE state_transitions.csv BUONO_PAYMENT approve: "collective act with codes, no names". */
enum result cash_grant_payment_approve(struct decision *decision)
{
	const struct command_cash_grant_payment_approve *input =
	    &decision->command->input.cash_grant_payment_approve;
	struct effects *effects = decision->effects;
	const struct calendar *calendar = &decision->state->payments_by_month;
	struct cents sum = cents_zero();
	uint32_t approved = 0;
	uint32_t left = 0;
	for (uint32_t raw = calendar_first_of_month(calendar, input->month); raw != 0;
	     raw = calendar_next(calendar, raw)) {
		struct cash_grant_payment_id id = {raw};
		if (!is_listed(effects_read_cash_grant_payment(effects, id), input->measure))
			continue;
		if (approved == APPROVED_AT_ONCE_MAX) {
			left++;
			continue;
		}
		struct cash_grant_payment *payment = effects_edit_cash_grant_payment(effects, id);
		JUDGE_COPY_TEXT(payment->act, input->act);
		payment->approved_by = decision->command->principal;
		payment->state = CASH_GRANT_PAYMENT_STATE_APPROVED;
		struct cell_act act = act_of(payment, POSTING_KIND_SETTLE);
		cell_move_money(effects, &act, FUND_REDEEMED, FUND_SETTLED, payment->amount_cents);
		bool fits = cents_add(sum, payment->amount_cents, &sum);
		ASSERT(fits);
		approved++;
	}
	if (approved == 0)
		return judge_field(decision, RESULT_NOT_FOUND, "month");
	decision->outcome->gross = sum;
	decision->outcome->units = left;
	return judge_object(decision, RESULT_OK, RECORD_KIND_MEASURE, input->measure.raw);
}

/* ---- Payment ---- */

enum result cash_grant_payment_confirm(struct decision *decision, struct cash_grant_payment_id id,
				       const char *receipt_number, struct day paid_on)
{
	struct cash_grant_payment *payment =
	    edit_in(decision, id, CASH_GRANT_PAYMENT_STATE_APPROVED,
		    CASH_GRANT_PAYMENT_STATE_APPROVED);
	if (payment == NULL)
		return done(decision, RESULT_ILLEGAL_TRANSITION, id);
	if (payment->approved_by.raw == decision->command->principal.raw)
		return done(decision, RESULT_FOUR_EYES_REQUIRED, id);
	judge_copy_text(payment->receipt_number, (uint32_t)sizeof(payment->receipt_number),
			receipt_number, (uint32_t)sizeof(payment->receipt_number));
	payment->paid_on = paid_on;
	export_item_paid(decision, (struct export_object){.cash_grant_payment = id});
	static const enum fund_account_slot slots[] = {FUND_SETTLED, FUND_PAID};
	struct cell_act act = act_of(payment, POSTING_KIND_PAY);
	return step(decision, id, &act, slots, CASH_GRANT_PAYMENT_STATE_PAID);
}

/* The treasurer's receipt: F160 -> F170. RESULT_FOUR_EYES_REQUIRED: the caller approved it. */
enum result cash_grant_payment_pay(struct decision *decision)
{
	const struct command_cash_grant_payment_pay *input =
	    &decision->command->input.cash_grant_payment_pay;
	return cash_grant_payment_confirm(decision, input->cash_grant_payment,
					  input->receipt_number, input->paid_on);
}

enum result cash_grant_payment_take_back(struct decision *decision,
					 struct cash_grant_payment_id id, struct day returned_on)
{
	struct cash_grant_payment *payment = edit_in(
	    decision, id, CASH_GRANT_PAYMENT_STATE_PAID, CASH_GRANT_PAYMENT_STATE_PAID);
	if (payment == NULL)
		return done(decision, RESULT_ILLEGAL_TRANSITION, id);
	payment->returned_on = returned_on;
	payment->bounces++;
	export_item_returned(decision, (struct export_object){.cash_grant_payment = id});
	event_emit(decision, &(struct event){.kind = EVENT_KIND_CASH_GRANT_RETURNED,
					     .task = 1,
					     .voucher = payment->voucher,
					     .fund_year = payment->fund_year,
					     .amount_cents = payment->amount_cents,
					     .value = id.raw});
	static const enum fund_account_slot slots[] = {FUND_PAID, FUND_SETTLED};
	struct cell_act act = act_of(payment, POSTING_KIND_BOUNCE);
	return step(decision, id, &act, slots, CASH_GRANT_PAYMENT_STATE_APPROVED);
}

/* The transfer came back: F170 -> F160. The plan office has a task: the account must be looked at
 * before it is paid again. */
enum result cash_grant_payment_bounce(struct decision *decision)
{
	const struct command_cash_grant_payment_bounce *input =
	    &decision->command->input.cash_grant_payment_bounce;
	return cash_grant_payment_take_back(decision, input->cash_grant_payment,
					    input->returned_on);
}

/* ---- Recovery ---- */

/* It was not due: F170 -> F190. */
enum result cash_grant_payment_recover(struct decision *decision)
{
	const struct command_cash_grant_payment_recover *input =
	    &decision->command->input.cash_grant_payment_recover;
	struct effects *effects = decision->effects;
	struct cash_grant_payment *payment =
	    edit_in(decision, input->cash_grant_payment, CASH_GRANT_PAYMENT_STATE_PAID,
		    CASH_GRANT_PAYMENT_STATE_PAID);
	if (payment == NULL)
		return done(decision, RESULT_ILLEGAL_TRANSITION, input->cash_grant_payment);
	const struct voucher *voucher = effects_read_voucher(effects, payment->voucher);
	payment->reason = input->reason;
	struct recovery recovery = {.amount_cents = payment->amount_cents,
				    .net_cents = payment->amount_cents,
				    .fund_year = payment->fund_year,
				    .cell = payment->cell,
				    .comune = voucher->comune,
				    .voucher = payment->voucher};
	payment->recovery = recovery_open(effects, &recovery);
	static const enum fund_account_slot slots[] = {FUND_PAID, FUND_RECOVERABLE};
	struct cell_act act = act_of(payment, POSTING_KIND_REVERSE_PAID);
	return step(decision, input->cash_grant_payment, &act, slots,
		    CASH_GRANT_PAYMENT_STATE_RECOVERING);
}

/* It came back by pagoPA or set-off: F190 -> F110 (F180 when the year is over), C140 -> C120. */
enum result cash_grant_payment_recovered(struct decision *decision)
{
	const struct command_cash_grant_payment_recovered *input =
	    &decision->command->input.cash_grant_payment_recovered;
	struct cash_grant_payment *payment =
	    edit_in(decision, input->cash_grant_payment, CASH_GRANT_PAYMENT_STATE_RECOVERING,
		    CASH_GRANT_PAYMENT_STATE_RECOVERING);
	if (payment == NULL)
		return done(decision, RESULT_ILLEGAL_TRANSITION, input->cash_grant_payment);
	recovery_take(decision->effects, payment->recovery, payment->amount_cents,
		      (struct statement_id){0});
	JUDGE_COPY_TEXT(payment->recovery_number, input->receipt_number);
	payment->state = CASH_GRANT_PAYMENT_STATE_RECOVERED;
	decision->outcome->gross = payment->amount_cents;
	return done(decision, RESULT_OK, input->cash_grant_payment);
}

/* It is given up by act, by finance and the plan office's manager together: F190 -> F195.
 * RESULT_APPROVAL_PENDING: the other one must grant it. */
enum result cash_grant_payment_write_off(struct decision *decision)
{
	const struct command_cash_grant_payment_write_off *input =
	    &decision->command->input.cash_grant_payment_write_off;
	struct effects *effects = decision->effects;
	const struct cash_grant_payment *present =
	    effects_read_cash_grant_payment(effects, input->cash_grant_payment);
	ASSERT(present != NULL && decision->principal != NULL);
	if (present->state != CASH_GRANT_PAYMENT_STATE_RECOVERING)
		return done(decision, RESULT_ILLEGAL_TRANSITION, input->cash_grant_payment);
	uint32_t second = decision->principal->role == ROLE_FINANCE ? ROLE_BIT(UDP_MANAGER)
								     : ROLE_BIT(FINANCE);
	const struct approval_object object = {.kind = RECORD_KIND_CASH_GRANT_PAYMENT,
					       .id = input->cash_grant_payment.raw};
	enum result result = approval_require(decision, second, &object);
	if (result != RESULT_OK)
		return result;
	struct cash_grant_payment *payment =
	    effects_edit_cash_grant_payment(effects, input->cash_grant_payment);
	recovery_give_up(effects, payment->recovery, payment->amount_cents);
	JUDGE_COPY_TEXT(payment->recovery_number, input->act);
	payment->state = CASH_GRANT_PAYMENT_STATE_WRITTEN_OFF;
	decision->outcome->gross = payment->amount_cents;
	return done(decision, RESULT_OK, input->cash_grant_payment);
}
