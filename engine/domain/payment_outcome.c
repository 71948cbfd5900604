/* What became of payments, as treasurers and banks tell it: one record for each line of a file.
 *
 *   record ──> APPLIED      our reference came back, and the books allow it: carried out
 *          ──> TO_CONFIRM   found by amount and date only, or not possible now: a person's task
 *          ──> REFUSED      the reference is ours and of no payment: a person's task
 *          ──> DISCARDED    another file had told the same
 *   TO_CONFIRM, REFUSED ──confirm──> CONFIRMED   carried out, on what the person names
 *                       ──discard──> DISCARDED
 *
 * Nothing ambiguous is ever paid without a person. A line is known by its file and number: told
 * again it changes nothing. A line without a reference that fits no payment is not recorded: it is
 * another's. SOURCE issue text: "matched by end-to-end id, then by amount and date with a person's
 * confirmation; idempotent". Decision 0036. */
#include "engine/domain/cash_grant_payment.h"
#include "engine/domain/duties.h"
#include "engine/domain/event.h"
#include "engine/domain/export.h"
#include "engine/domain/judge.h"
#include "engine/domain/outcome_match.h"
#include "engine/domain/payment.h"
#include "engine/domain/receivable.h"

#include <string.h>

/* What a person may add when confirming. */
struct consent {
	bool tax_debt_checked;
	bool antimafia_checked;
};

/* ---- Carrying out ---- */

static enum result carry_out_on_statement(struct decision *decision,
					  const struct payment_outcome *line,
					  const struct consent *consent, const char **ret_missing)
{
	struct payment payment = {.amount = line->amount_cents,
				  .order_number = line->order_number,
				  .receipt_number = line->receipt_number,
				  .reason_code = line->reason_code,
				  .order_date = line->order_date,
				  .day = line->day,
				  .tax_debt_checked = consent->tax_debt_checked,
				  .antimafia_checked = consent->antimafia_checked};
	switch ((enum outcome_kind)line->kind) {
	case OUTCOME_KIND_ORDERED:
		return payment_order(decision, line->statement, &payment, ret_missing);
	case OUTCOME_KIND_PAID:
		return payment_pay(decision, line->statement, &payment);
	case OUTCOME_KIND_REJECTED:
		return payment_reject(decision, line->statement, &payment);
	case OUTCOME_KIND_RETURNED:
		return payment_return(decision, line->statement, &payment);
	case OUTCOME_KIND_COLLECTED:
		break;
	}
	return RESULT_OUTCOME_UNMATCHED;
}

/* A buono is paid whole or not at all. */
static enum result carry_out_on_grant(struct decision *decision, const struct payment_outcome *line)
{
	const struct cash_grant_payment *payment =
	    effects_read_cash_grant_payment(decision->effects, line->cash_grant_payment);
	struct export_object object = {.cash_grant_payment = line->cash_grant_payment};
	if (!cents_equal(payment->amount_cents, line->amount_cents))
		return RESULT_OUTCOME_UNMATCHED;
	switch ((enum outcome_kind)line->kind) {
	case OUTCOME_KIND_PAID:
		return cash_grant_payment_confirm(decision, line->cash_grant_payment,
						  line->receipt_number, line->day);
	case OUTCOME_KIND_RETURNED:
		return cash_grant_payment_take_back(decision, line->cash_grant_payment, line->day);
	case OUTCOME_KIND_ORDERED:
		if (payment->state == CASH_GRANT_PAYMENT_STATE_APPROVED)
			export_item_ordered(decision, object, line->order_number);
		return payment->state == CASH_GRANT_PAYMENT_STATE_APPROVED
			   ? RESULT_OK
			   : RESULT_ILLEGAL_TRANSITION;
	case OUTCOME_KIND_REJECTED:
		if (payment->state != CASH_GRANT_PAYMENT_STATE_APPROVED)
			return RESULT_ILLEGAL_TRANSITION;
		export_item_rejected(decision, object, line->reason_code);
		event_emit(decision, &(struct event){.kind = EVENT_KIND_PAYMENT_REJECTED,
						     .task = 1,
						     .voucher = payment->voucher,
						     .fund_year = payment->fund_year,
						     .amount_cents = payment->amount_cents,
						     .value = line->cash_grant_payment.raw});
		return RESULT_OK;
	case OUTCOME_KIND_COLLECTED:
		break;
	}
	return RESULT_OUTCOME_UNMATCHED;
}

/* RESULT_OK, or what stands in the way; then nothing is changed. */
static enum result carry_out(struct decision *decision, const struct payment_outcome *line,
			     const struct consent *consent, const char **ret_missing)
{
	if (line->statement.raw != 0)
		return carry_out_on_statement(decision, line, consent, ret_missing);
	if (line->cash_grant_payment.raw != 0)
		return carry_out_on_grant(decision, line);
	ASSERT(line->receivable.raw != 0);
	if (line->kind != OUTCOME_KIND_COLLECTED)
		return RESULT_OUTCOME_UNMATCHED;
	return receivable_take(decision, line->receivable, line->amount_cents,
			       line->receipt_number, line->day);
}

static enum outcome_cause cause_of(enum result result)
{
	if (result == RESULT_AMOUNT_EXCEEDED || result == RESULT_COPAY_NOT_DUE ||
	    result == RESULT_OUTCOME_UNMATCHED)
		return OUTCOME_CAUSE_AMOUNT_EXCEEDED;
	if (result == RESULT_PAYMENT_BLOCKED)
		return OUTCOME_CAUSE_CHECK_MISSING;
	if (result == RESULT_FOUR_EYES_REQUIRED)
		return OUTCOME_CAUSE_FOUR_EYES;
	return result == RESULT_ALREADY_EXISTS ? OUTCOME_CAUSE_KNOWN : OUTCOME_CAUSE_NOT_OPEN;
}

/* ---- Known already ---- */

static bool is_same_line(const struct payment_outcome *known,
			 const struct command_payment_outcome_record *input)
{
	return known->kind == input->kind && known->day.number == input->day.number &&
	       cents_equal(known->amount_cents, input->amount_cents) &&
	       memcmp(known->end_to_end, input->end_to_end, sizeof(known->end_to_end)) == 0;
}

static struct payment_outcome_id find_line(const struct state *state,
					   const struct command_payment_outcome_record *input)
{
	uint64_t key = state_outcome_line_key(input->file_in, input->line);
	uint32_t id = index_first(&state->outcomes_by_line, key);
	for (; id != 0; id = index_next(&state->outcomes_by_line, id)) {
		const struct payment_outcome *one =
		    state_payment_outcome(state, (struct payment_outcome_id){id});
		if (one->file_in.raw == input->file_in.raw && one->line == input->line)
			break;
	}
	return (struct payment_outcome_id){id};
}

/* The line of another file that told the same: reference, kind, amount and day, or the same
 * receipt. Within one file the same line twice is two payments, which a person looks at. */
static struct payment_outcome_id find_same(const struct state *state,
					   const struct command_payment_outcome_record *input)
{
	uint64_t key = state_outcome_reference_key(input->end_to_end);
	uint32_t id = 0;
	if (input->end_to_end[0] != '\0')
		id = index_first(&state->outcomes_by_reference, key);
	for (; id != 0; id = index_next(&state->outcomes_by_reference, id)) {
		const struct payment_outcome *one =
		    state_payment_outcome(state, (struct payment_outcome_id){id});
		if (one->file_in.raw != input->file_in.raw && is_same_line(one, input) &&
		    one->state != OUTCOME_STATE_DISCARDED && one->state != OUTCOME_STATE_REFUSED)
			break;
	}
	return (struct payment_outcome_id){id};
}

/* ---- Record ---- */

static enum result check_line(struct decision *decision, const struct file_in *file,
			      const struct command_payment_outcome_record *input)
{
	struct slice reference = JUDGE_TEXT(input->end_to_end);
	if (cents_is_zero(input->amount_cents))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "amount_cents");
	if (input->line == 0 || input->line > file->line_count)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "line");
	if (day_less(decision->today, input->day))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "day");
	if (reference.size != 0 && !outcome_reference_is_ours(reference))
		return judge_field(decision, RESULT_FIELD_INVALID, "end_to_end");
	return RESULT_OK;
}

static enum result done(struct decision *decision, enum result result, struct payment_outcome_id id)
{
	const struct payment_outcome *line = effects_read_payment_outcome(decision->effects, id);
	decision->outcome->gross = line->amount_cents;
	decision->outcome->net = cents_zero();
	if (line->statement.raw != 0)
		decision->outcome->net =
		    payment_left(effects_read_statement(decision->effects, line->statement));
	return judge_object(decision, result, RECORD_KIND_PAYMENT_OUTCOME, id.raw);
}

/* A task for a person, named in the record so that deciding closes it. */
static struct event_id ask_person(struct decision *decision, const struct payment_outcome *line,
				  struct payment_outcome_id id)
{
	struct event event = {.amount_cents = line->amount_cents,
			      .ambito = line->ambito,
			      .statement = line->statement,
			      .value = id.raw,
			      .kind = EVENT_KIND_OUTCOME_TO_CONFIRM,
			      .task = 1};
	event_emit(decision, &event);
	return (struct event_id){effects_count(decision->effects, RECORD_KIND_EVENT)};
}

static void count_line(struct decision *decision, const struct payment_outcome *line)
{
	struct file_in *file = effects_edit_file_in(decision->effects, line->file_in);
	bool fits = cents_add(file->recorded_cents, line->amount_cents, &file->recorded_cents);
	ASSERT(fits);
	file->recorded_count++;
	if (line->state == OUTCOME_STATE_APPLIED)
		file->applied_count++;
	else if (line->state == OUTCOME_STATE_DISCARDED)
		file->known_count++;
	else
		file->to_confirm_count++;
}

/* What becomes of a line that was just made. */
static void judge_line(struct decision *decision, struct payment_outcome *line,
		       const struct outcome_target *target, struct payment_outcome_id same)
{
	line->statement = target->statement;
	line->cash_grant_payment = target->cash_grant_payment;
	line->receivable = target->receivable;
	line->candidate_count =
	    (uint16_t)(target->candidates < UINT16_MAX ? target->candidates : UINT16_MAX);
	if (same.raw != 0) {
		line->same_as = same;
		line->state = OUTCOME_STATE_DISCARDED;
		line->cause = OUTCOME_CAUSE_KNOWN;
		return;
	}
	if (!target->is_exact) {
		bool is_unknown = line->end_to_end[0] != '\0';
		line->state = is_unknown ? OUTCOME_STATE_REFUSED : OUTCOME_STATE_TO_CONFIRM;
		line->cause = OUTCOME_CAUSE_UNKNOWN_REFERENCE;
		if (!is_unknown)
			line->cause = target->candidates == 1 ? OUTCOME_CAUSE_NO_REFERENCE
							      : OUTCOME_CAUSE_AMBIGUOUS;
		return;
	}
	static const struct consent nothing = {false, false};
	struct outcome before = *decision->outcome;
	const char *missing = NULL;
	enum result result = carry_out(decision, line, &nothing, &missing);
	*decision->outcome = before;
	line->state = result == RESULT_OK ? OUTCOME_STATE_APPLIED : OUTCOME_STATE_TO_CONFIRM;
	line->cause = result == RESULT_OK ? 0 : (uint8_t)cause_of(result);
}

/* Records a line of a file, and carries it out where it is certain.
 *   RESULT_OK                   the record's state says what became of it; net = what is left to
 *                               pay of its statement. Told again: the same record
 *   RESULT_OUTCOME_DIFFERS      that line was recorded otherwise
 *   RESULT_FILE_IN_CLOSED       all lines were told
 *   RESULT_OUTCOME_UNMATCHED    no reference, and no payment of this amount: another's
 *   RESULT_FIELD_OUT_OF_RANGE   amount 0, a line that the file does not have, a day to come
 *   RESULT_FIELD_INVALID        end_to_end is not of our shape */
enum result payment_outcome_record(struct decision *decision)
{
	const struct command_payment_outcome_record *input =
	    &decision->command->input.payment_outcome_record;
	const struct file_in *file = effects_read_file_in(decision->effects, input->file_in);
	ASSERT(file != NULL);
	enum result result = check_line(decision, file, input);
	if (result != RESULT_OK)
		return result;
	struct payment_outcome_id id = find_line(decision->state, input);
	if (id.raw != 0) { /* an act that changes nothing */
		bool is_same = is_same_line(effects_edit_payment_outcome(decision->effects, id),
					    input);
		return done(decision, is_same ? RESULT_OK : RESULT_OUTCOME_DIFFERS, id);
	}
	if (file->state != FILE_IN_STATE_OPEN)
		return RESULT_FILE_IN_CLOSED;
	struct outcome_target target = outcome_match(decision, file->ambito, input);
	if (!target.is_exact && target.candidates == 0 && input->end_to_end[0] == '\0')
		return RESULT_OUTCOME_UNMATCHED;
	struct payment_outcome *line =
	    effects_create_payment_outcome(decision->effects, &id);
	line->amount_cents = input->amount_cents;
	line->recorded_at = decision->now;
	JUDGE_COPY_TEXT(line->end_to_end, input->end_to_end);
	JUDGE_COPY_TEXT(line->order_number, input->order_number);
	JUDGE_COPY_TEXT(line->receipt_number, input->receipt_number);
	JUDGE_COPY_TEXT(line->reason_code, input->reason_code);
	line->ambito = file->ambito;
	line->file_in = input->file_in;
	line->day = input->day;
	line->order_date = input->order_date;
	line->line = input->line;
	line->kind = input->kind;
	judge_line(decision, line, &target, find_same(decision->state, input));
	if (line->state == OUTCOME_STATE_TO_CONFIRM || line->state == OUTCOME_STATE_REFUSED)
		line->task = ask_person(decision, line, id);
	count_line(decision, line);
	return done(decision, RESULT_OK, id);
}

/* ---- A person decides ---- */

static struct payment_outcome *edit_waiting(struct decision *decision, struct payment_outcome_id id)
{
	const struct payment_outcome *present =
	    effects_read_payment_outcome(decision->effects, id);
	ASSERT(present != NULL);
	if (present->state != OUTCOME_STATE_TO_CONFIRM && present->state != OUTCOME_STATE_REFUSED)
		return NULL;
	return effects_edit_payment_outcome(decision->effects, id);
}

static void decide_line(struct decision *decision, struct payment_outcome *line,
			enum outcome_state state)
{
	line->state = (uint8_t)state;
	line->decided_at = decision->now;
	line->decided_by = decision->command->principal;
	if (line->task.raw != 0)
		effects_edit_event(decision->effects, line->task)->closed = 1;
}

/* Carries an outcome out that waited, on the payment that was found or that the person names.
 *   RESULT_OK                 net = what is left to pay of its statement
 *   RESULT_OUTCOME_DECIDED    it does not wait
 *   RESULT_FIELD_MISSING      statement: nothing was found and nothing is named
 *   RESULT_FIELD_INVALID      two things are named
 *   RESULT_OUTCOME_UNMATCHED  what is named cannot have such an outcome
 *   and what payment.h, cash_grant_payment.h and receivable.h say of the act itself */
enum result payment_outcome_confirm(struct decision *decision)
{
	const struct command_payment_outcome_confirm *input =
	    &decision->command->input.payment_outcome_confirm;
	struct payment_outcome *line = edit_waiting(decision, input->payment_outcome);
	if (line == NULL)
		return done(decision, RESULT_OUTCOME_DECIDED, input->payment_outcome);
	if (input->statement.raw != 0 && input->cash_grant_payment.raw != 0)
		return judge_field(decision, RESULT_FIELD_INVALID, "cash_grant_payment");
	if (input->statement.raw != 0 || input->cash_grant_payment.raw != 0) {
		line->statement = input->statement;
		line->cash_grant_payment = input->cash_grant_payment;
		line->receivable.raw = 0;
	}
	if (line->statement.raw == 0 && line->cash_grant_payment.raw == 0 &&
	    line->receivable.raw == 0)
		return judge_field(decision, RESULT_FIELD_MISSING, "statement");
	struct consent consent = {.tax_debt_checked = input->tax_debt_checked != 0,
				  .antimafia_checked = input->antimafia_checked != 0};
	const char *missing = NULL;
	enum result result = carry_out(decision, line, &consent, &missing);
	if (missing != NULL)
		return judge_field(decision, result, missing);
	if (result != RESULT_OK)
		return result;
	decide_line(decision, line, OUTCOME_STATE_CONFIRMED);
	return done(decision, RESULT_OK, input->payment_outcome);
}

/* It is not one of our payments, or was told otherwise. RESULT_OK; RESULT_OUTCOME_DECIDED. */
enum result payment_outcome_discard(struct decision *decision)
{
	const struct command_payment_outcome_discard *input =
	    &decision->command->input.payment_outcome_discard;
	struct payment_outcome *line = edit_waiting(decision, input->payment_outcome);
	if (line == NULL)
		return done(decision, RESULT_OUTCOME_DECIDED, input->payment_outcome);
	decide_line(decision, line, OUTCOME_STATE_DISCARDED);
	return done(decision, RESULT_OK, input->payment_outcome);
}
