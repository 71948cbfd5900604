/* Billing a month's co-pay: charge or credit, of one title or of a comune. See receivable.h. */
#include "engine/domain/copay.h"
#include "engine/domain/duties.h"
#include "engine/domain/event.h"
#include "engine/domain/judge.h"
#include "engine/domain/parameter.h"
#include "engine/domain/receivable.h"
#include "engine/domain/voucher.h"

#define COMUNE_LOOKED_MAX 2048u /* titles that one act looks at */

struct bill {
	const struct voucher *voucher;
	struct voucher_id voucher_id;
	struct month month;
	struct receivable_id made; /* 0: nothing to charge */
	struct cents owed;
	struct cents charged;  /* by this act */
	struct cents credited; /* by this act */
};

/* ---- Bills of a month ---- */

/* The month's bill of highest id below `before`; 0: none. */
static struct receivable_id bill_before(struct effects *effects, struct voucher_id voucher,
					struct month month, uint32_t before)
{
	const struct state *state = effects->state;
	uint32_t best = 0;
	uint32_t id = index_first(&state->receivables_by_title, receivable_key(voucher, month));
	for (; id != 0; id = index_next(&state->receivables_by_title, id)) {
		const struct receivable *bill =
		    effects_read_receivable(effects, (struct receivable_id){id});
		if (bill->voucher.raw == voucher.raw && bill->month.number == month.number &&
		    id < before && id > best)
			best = id;
	}
	return (struct receivable_id){best};
}

static struct cents charged_so_far(struct effects *effects, const struct bill *bill)
{
	struct cents sum = cents_zero();
	struct receivable_id id =
	    bill_before(effects, bill->voucher_id, bill->month, UINT32_MAX);
	while (id.raw != 0) {
		cents_increase(&sum, effects_read_receivable(effects, id)->charged_cents);
		id = bill_before(effects, bill->voucher_id, bill->month, id.raw);
	}
	return sum;
}

/* Takes up to `amount` back from one account of a bill; returns what is left to credit. */
static struct cents credit_from(struct effects *effects, struct receivable_id id,
				enum receivable_account_slot slot, struct cents amount)
{
	struct cents there = receivable_balance(effects_read_receivable(effects, id), slot);
	struct cents taken = cents_min(there, amount);
	receivable_move(effects, id, POSTING_KIND_CREDIT_COPAY, slot, RECEIVABLE_CHARGED, taken);
	if (slot == RECEIVABLE_COLLECTED && !cents_is_zero(taken))
		cents_increase(&effects_edit_receivable(effects, id)->credit_cents, taken);
	cents_decrease(&amount, taken);
	return amount;
}

/* The latest bills first; of each what is not paid before what was, which becomes a credit. */
static void credit(struct effects *effects, struct bill *bill, struct cents amount)
{
	static const enum receivable_account_slot slots[] = {
	    RECEIVABLE_DUE, RECEIVABLE_ARREARS, RECEIVABLE_WAIVED, RECEIVABLE_COLLECTED};
	bill->credited = amount;
	for (uint32_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		struct receivable_id id =
		    bill_before(effects, bill->voucher_id, bill->month, UINT32_MAX);
		while (id.raw != 0 && !cents_is_zero(amount)) {
			bill->made = id;
			amount = credit_from(effects, id, slots[i], amount);
			id = bill_before(effects, bill->voucher_id, bill->month, id.raw);
		}
	}
	ASSERT(cents_is_zero(amount)); /* R200 is the sum of the four */
}

/* Credits of the title's other months pay the new bill first ("credited on the next bill"). */
static void set_off(struct effects *effects, const struct bill *bill)
{
	for (uint32_t n = 0; n < bill->voucher->month_count; n++) {
		struct month month = {bill->voucher->first_month.number + (int32_t)n};
		struct receivable_id id =
		    bill_before(effects, bill->voucher_id, month, UINT32_MAX);
		for (; id.raw != 0; id = bill_before(effects, bill->voucher_id, month, id.raw)) {
			struct cents due =
			    effects_read_receivable(effects, bill->made)->due_cents;
			struct cents amount = cents_min(
			    due, effects_read_receivable(effects, id)->credit_cents);
			if (cents_is_zero(amount))
				continue;
			cents_decrease(&effects_edit_receivable(effects, id)->credit_cents, amount);
			receivable_move(effects, bill->made, POSTING_KIND_SET_OFF_COPAY,
					RECEIVABLE_DUE, RECEIVABLE_COLLECTED, amount);
		}
	}
}

static void charge(struct decision *decision, struct bill *bill, struct cents amount)
{
	struct parameter_scope scope = parameter_scope_of_title(bill->voucher);
	int64_t days =
	    parameter_at(decision->state, PARAMETER_COPAY_DUE_DAYS, &scope, decision->today);
	struct receivable *made = effects_create_receivable(decision->effects, &bill->made);
	made->ambito = bill->voucher->ambito;
	made->comune = bill->voucher->comune;
	made->beneficiary = bill->voucher->beneficiary;
	made->voucher = bill->voucher_id;
	made->cell = voucher_cell(bill->voucher, 0, bill->month);
	made->month = bill->month;
	made->charged_on = decision->today;
	bool exists = day_plus(decision->today, (int32_t)days, &made->due_on);
	ASSERT(exists);
	receivable_move(decision->effects, bill->made, POSTING_KIND_CHARGE_COPAY,
			RECEIVABLE_CHARGED, RECEIVABLE_DUE, amount);
	bill->charged = amount;
	set_off(decision->effects, bill);
}

/* Posts the difference between what is owed and what was charged. */
static enum result bill_month(struct decision *decision, struct bill *bill)
{
	enum result result = receivable_owed(decision->effects, bill->voucher_id, bill->month,
					     &bill->owed);
	if (result != RESULT_OK)
		return result;
	struct cents before = charged_so_far(decision->effects, bill);
	struct cents difference;
	if (!cents_sub(bill->owed, before, &difference)) {
		bool fits = cents_sub(before, bill->owed, &difference);
		ASSERT(fits);
		credit(decision->effects, bill, difference);
	} else if (!cents_is_zero(difference)) {
		charge(decision, bill, difference);
	}
	return RESULT_OK;
}

/* ---- One title ---- */

static bool was_issued(const struct voucher *voucher)
{
	return voucher->first_cell.raw != 0;
}

/* Bills a title's month, or corrects its bills: R200 <-> R210.
 *   RESULT_OK                   outcome: net owed by the month's records, gross charged by this act
 *                               (0: nothing, or a credit); the new bill, else the title
 *   RESULT_ILLEGAL_TRANSITION   the title was never issued
 *   RESULT_COPAY_COLLECTED_BY_PROVIDER   model A
 *   RESULT_FIELD_OUT_OF_RANGE   a month that is not the title's, or has not begun
 *   RESULT_ISEE_EXPIRED         isee_missing_policy REFUSE
 *   RESULT_TOO_MANY_EFFECTS     more records than one act can weigh
 * SOURCE SCENARIOS S00, S04, S05, S10. */
enum result receivable_bill(struct decision *decision)
{
	const struct command_receivable_bill *input = &decision->command->input.receivable_bill;
	struct bill bill = {.voucher_id = input->voucher, .month = input->month};
	bill.voucher = effects_read_voucher(decision->effects, input->voucher);
	ASSERT(bill.voucher != NULL);
	if (!was_issued(bill.voucher))
		return RESULT_ILLEGAL_TRANSITION;
	if (bill.voucher->copay_model == COPAY_COLLECTION_MODEL_A)
		return RESULT_COPAY_COLLECTED_BY_PROVIDER;
	if (voucher_cell(bill.voucher, 0, input->month).raw == 0 ||
	    day_less(decision->today, month_first_day(input->month)))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "month");
	enum result result = bill_month(decision, &bill);
	if (result != RESULT_OK)
		return result;
	decision->outcome->net = bill.owed;
	decision->outcome->gross = bill.charged;
	if (bill.made.raw == 0) {
		(void)effects_edit_voucher(decision->effects, input->voucher); /* it was asked */
		return judge_object(decision, RESULT_OK, RECORD_KIND_VOUCHER, input->voucher.raw);
	}
	return judge_object(decision, RESULT_OK, RECORD_KIND_RECEIVABLE, bill.made.raw);
}

/* ---- A comune ---- */

struct comune_bills {
	struct comune_id comune;
	struct month month;
	struct cents charged;
	uint32_t looked;
	uint32_t changed;
	struct voucher_id last; /* looked at */
};

/* An act's room: what one title needs at the most is little beside a quarter of it. */
static bool has_room(const struct effects *effects, const struct comune_bills *bills)
{
	return bills->looked < COMUNE_LOOKED_MAX && effects->write_count < EFFECT_WRITES_MAX / 4 &&
	       effects->posting_count < EFFECT_POSTINGS_MAX / 4 &&
	       effects->arena.used < effects->arena.size / 2;
}

/* Who cannot be billed without an ISEE is left to a person. */
static void call_for_isee(struct decision *decision, struct voucher_id voucher)
{
	if (event_open_task(decision->effects, voucher, EVENT_KIND_ISEE_MISSING).raw == 0)
		event_emit(decision, &(struct event){.voucher = voucher,
						     .kind = EVENT_KIND_ISEE_MISSING,
						     .task = 1});
}

static enum result bill_cell(struct decision *decision, struct comune_bills *bills,
			     struct cell_id id)
{
	const struct cell *cell = effects_read_cell(decision->effects, id);
	ASSERT(cell != NULL);
	struct bill bill = {.voucher_id = cell->voucher, .month = bills->month};
	bill.voucher = effects_read_voucher(decision->effects, cell->voucher);
	ASSERT(bill.voucher != NULL);
	if (bill.voucher->comune.raw != bills->comune.raw ||
	    bill.voucher->copay_model == COPAY_COLLECTION_MODEL_A ||
	    voucher_cell(bill.voucher, 0, bills->month).raw != id.raw)
		return RESULT_OK;
	bills->looked++;
	bills->last = cell->voucher;
	enum result result = bill_month(decision, &bill);
	if (result == RESULT_ISEE_EXPIRED) {
		call_for_isee(decision, cell->voucher);
		return RESULT_OK;
	}
	if (result != RESULT_OK)
		return result;
	bills->changed += bill.made.raw != 0 ? 1 : 0;
	cents_increase(&bills->charged, bill.charged);
	return RESULT_OK;
}

/* Where to begin: after the title named, or at the month's first cell. */
static enum result first_cell(struct decision *decision, uint32_t *ret_id)
{
	const struct command_receivable_bill_comune *input =
	    &decision->command->input.receivable_bill_comune;
	const struct calendar *cells = &decision->state->cells_by_month;
	*ret_id = calendar_first_of_month(cells, input->month);
	if (input->after.raw == 0)
		return RESULT_OK;
	const struct voucher *voucher = effects_read_voucher(decision->effects, input->after);
	struct cell_id cell = voucher_cell(voucher, 0, input->month);
	if (cell.raw == 0)
		return judge_field(decision, RESULT_FIELD_INVALID, "after");
	*ret_id = calendar_next(cells, cell.raw);
	return RESULT_OK;
}

/* Bills the month of every title of a comune, at most COMUNE_LOOKED_MAX of them.
 *   RESULT_OK      outcome: gross charged, units: bills made or credited; the comune when all are
 *                  done, else the last title looked at: go on with `after`
 *   RESULT_FIELD_INVALID        `after` has no such month
 *   RESULT_FIELD_OUT_OF_RANGE   the month has not begun
 *   RESULT_TOO_MANY_EFFECTS     as receivable_bill */
enum result receivable_bill_comune(struct decision *decision)
{
	const struct command_receivable_bill_comune *input =
	    &decision->command->input.receivable_bill_comune;
	if (day_less(decision->today, month_first_day(input->month)))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "month");
	struct comune_bills bills = {.comune = input->comune, .month = input->month};
	uint32_t id = 0;
	enum result result = first_cell(decision, &id);
	if (result != RESULT_OK)
		return result;
	while (id != 0 && has_room(decision->effects, &bills)) {
		result = bill_cell(decision, &bills, (struct cell_id){id});
		if (result != RESULT_OK)
			return result;
		id = calendar_next(&decision->state->cells_by_month, id);
	}
	(void)effects_edit_comune(decision->effects, input->comune); /* it was asked */
	decision->outcome->gross = bills.charged;
	decision->outcome->units = bills.changed;
	if (id != 0 && bills.last.raw != 0)
		return judge_object(decision, RESULT_OK, RECORD_KIND_VOUCHER, bills.last.raw);
	return judge_object(decision, RESULT_OK, RECORD_KIND_COMUNE, input->comune.raw);
}
