/* What becomes of a bill: collected, waived, refunded; and the job that finds the arrears. See
 * receivable.h. */
#include "engine/domain/duties.h"
#include "engine/domain/event.h"
#include "engine/domain/job.h"
#include "engine/domain/judge.h"
#include "engine/domain/receivable.h"

/* What is not paid: due and in arrears. */
static struct cents unpaid(const struct receivable *bill)
{
	struct cents sum;
	bool fits = cents_add(bill->due_cents, bill->arrears_cents, &sum);
	ASSERT(fits);
	return sum;
}

static enum result check_unpaid(struct decision *decision, const struct receivable *bill,
				struct cents amount)
{
	if (cents_is_zero(amount))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "amount_cents");
	if (cents_less(unpaid(bill), amount))
		return judge_short(decision, RESULT_COPAY_NOT_DUE, amount, unpaid(bill));
	return RESULT_OK;
}

/* The oldest debt first: arrears, then what is due. */
static void take_unpaid(struct decision *decision, struct receivable_id id,
			enum posting_kind kind, enum receivable_account_slot to,
			struct cents amount)
{
	const struct receivable *bill = effects_read_receivable(decision->effects, id);
	struct cents late = cents_min(bill->arrears_cents, amount);
	bool fits = cents_sub(amount, late, &amount);
	ASSERT(fits);
	receivable_move(decision->effects, id, kind, RECEIVABLE_ARREARS, to, late);
	receivable_move(decision->effects, id, kind, RECEIVABLE_DUE, to, amount);
	decision->outcome->net = unpaid(effects_read_receivable(decision->effects, id));
}

enum result receivable_take(struct decision *decision, struct receivable_id id,
			    struct cents amount, const char *receipt_number, struct day day)
{
	const struct receivable *bill = effects_read_receivable(decision->effects, id);
	ASSERT(bill != NULL);
	struct slice known = JUDGE_TEXT(bill->receipt_number);
	struct slice given = judge_text(receipt_number, (uint32_t)sizeof(bill->receipt_number));
	if (given.size != 0 && slice_equals(known, given))
		return judge_object(decision, RESULT_ALREADY_EXISTS, RECORD_KIND_RECEIVABLE,
				    id.raw);
	enum result result = check_unpaid(decision, bill, amount);
	if (result != RESULT_OK)
		return result;
	take_unpaid(decision, id, POSTING_KIND_COLLECT_COPAY, RECEIVABLE_COLLECTED, amount);
	struct receivable *paid = effects_edit_receivable(decision->effects, id);
	judge_copy_text(paid->receipt_number, (uint32_t)sizeof(paid->receipt_number),
			receipt_number, (uint32_t)sizeof(paid->receipt_number));
	paid->collected_on = day;
	return judge_object(decision, RESULT_OK, RECORD_KIND_RECEIVABLE, id.raw);
}

/* A payment, by the receipt of pagoPA: R210 and R230 -> R220.
 *   RESULT_OK               outcome: net still unpaid
 *   RESULT_COPAY_NOT_DUE    more than is unpaid; short, limit
 *   RESULT_ALREADY_EXISTS   the receipt is on the bill already */
enum result receivable_collect(struct decision *decision)
{
	const struct command_receivable_collect *input =
	    &decision->command->input.receivable_collect;
	return receivable_take(decision, input->receivable, input->amount_cents,
			       input->receipt_number, input->collected_on);
}

/* An exemption, by act: R210 and R230 -> R240. Results as receivable_collect. */
enum result receivable_waive(struct decision *decision)
{
	const struct command_receivable_waive *input = &decision->command->input.receivable_waive;
	const struct receivable *bill =
	    effects_read_receivable(decision->effects, input->receivable);
	ASSERT(bill != NULL);
	enum result result = check_unpaid(decision, bill, input->amount_cents);
	if (result != RESULT_OK)
		return result;
	take_unpaid(decision, input->receivable, POSTING_KIND_WAIVE_COPAY, RECEIVABLE_WAIVED,
		    input->amount_cents);
	struct receivable *waived = effects_edit_receivable(decision->effects, input->receivable);
	JUDGE_COPY_TEXT(waived->act, input->act);
	waived->reason = input->reason;
	return judge_object(decision, RESULT_OK, RECORD_KIND_RECEIVABLE, input->receivable.raw);
}

/* Pays a credit back that no later bill will use. The books moved when it arose; here it stops
 * being owed. RESULT_OK; RESULT_COPAY_NOT_DUE: more than the credit; short, limit. */
enum result receivable_refund(struct decision *decision)
{
	const struct command_receivable_refund *input =
	    &decision->command->input.receivable_refund;
	struct receivable *bill = effects_edit_receivable(decision->effects, input->receivable);
	if (cents_is_zero(input->amount_cents))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "amount_cents");
	struct cents rest;
	if (!cents_sub(bill->credit_cents, input->amount_cents, &rest))
		return judge_short(decision, RESULT_COPAY_NOT_DUE, input->amount_cents,
				   bill->credit_cents);
	bill->credit_cents = rest;
	JUDGE_COPY_TEXT(bill->act, input->act);
	decision->outcome->net = rest;
	return judge_object(decision, RESULT_OK, RECORD_KIND_RECEIVABLE, input->receivable.raw);
}

/* ---- Job: bills whose last day is over ---- */

static void mark_late(struct job *job, uint32_t raw)
{
	struct receivable_id id = {raw};
	struct effects *effects = job->decision->effects;
	const struct receivable *bill = effects_read_receivable(effects, id);
	ASSERT(bill != NULL);
	struct cents due = bill->due_cents;
	if (cents_is_zero(due))
		return;
	receivable_move(effects, id, POSTING_KIND_ARREARS_COPAY, RECEIVABLE_DUE,
			RECEIVABLE_ARREARS, due);
	event_emit(job->decision, &(struct event){.voucher = bill->voucher,
						  .amount_cents = due,
						  .kind = EVENT_KIND_COPAY_ARREARS});
	job_changed(job);
}

bool job_arrears_run(struct job *job)
{
	const struct calendar *bills = &job->decision->state->receivables_by_due;
	return job_walk(job, bills, calendar_first_of_day(bills, job_days_after(job->day, -1)),
			mark_late);
}

bool job_arrears_has_work(const struct state *state, struct day day)
{
	return calendar_first_of_day(&state->receivables_by_due, job_days_after(day, -1)) != 0;
}
