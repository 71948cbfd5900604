/* Reversal after the approval: see reversal.h.
 *
 *   APPROVED, EXPORTED, BLOCKED   on a credit note (TD04): the money leaves what is to be paid and
 *                                 goes back to the fund; an exported statement is exported again
 *   ORDERED                       not now: the treasurer pays the amount of the order
 *   PAID                          by two persons: a recovery, set off in a later statement or
 *                                 refunded; the credit note is recorded when it comes
 *
 * A record's VAT is its own, at most what its line still has; the last record of a line takes what
 * is left, so that a line reversed whole ends at zero. Units: parameter reversed_units_recoverable.
 * SOURCE DOMAIN section 7; state_transitions.csv REDEMPTION reverse; SCENARIOS S04. */
#include "engine/domain/reversal.h"

#include "engine/domain/cell.h"
#include "engine/domain/duties.h"
#include "engine/domain/event.h"
#include "engine/domain/judge.h"
#include "engine/domain/parameter.h"
#include "engine/domain/payer.h"
#include "engine/domain/recovery.h"
#include "engine/domain/statement.h"
#include "engine/domain/statement_round.h"
#include "engine/domain/succession.h"
#include "engine/domain/voucher.h"

static const struct statement_line *line_of(struct effects *effects,
					    const struct redemption *redemption)
{
	return effects_read_statement_line(effects, redemption->statement_line);
}

bool reversal_is_after_approval(struct effects *effects, const struct redemption *redemption)
{
	const struct statement *statement = statement_of(effects, redemption);
	return statement != NULL && (statement->state == STATEMENT_STATE_APPROVED ||
				     statement->state == STATEMENT_STATE_EXPORTED ||
				     statement->state == STATEMENT_STATE_BLOCKED ||
				     statement->state == STATEMENT_STATE_ORDERED ||
				     statement->state == STATEMENT_STATE_PAID);
}

bool reversal_is_of_paid(const struct reversal *reversal)
{
	return reversal->is_paid || !cents_is_zero(reversal->recoverable.net) ||
	       !cents_is_zero(reversal->recoverable.vat);
}

static bool is_credited(const struct reversal *reversal)
{
	return !cents_is_zero(reversal->credited.net) || !cents_is_zero(reversal->credited.vat);
}

static struct cents rest_of(struct cents whole, struct cents part)
{
	struct cents rest;
	bool fits = cents_sub(whole, part, &rest);
	ASSERT(fits);
	return rest;
}

/* How many of the line's records were reversed after the approval. */
static uint32_t reversed_count(struct effects *effects, const struct statement_line *line)
{
	uint32_t count = 0;
	struct redemption_id id = line->last_redemption;
	for (uint32_t i = 0; i < line->redemption_count; i++) {
		const struct redemption *record = effects_read_redemption(effects, id);
		count += record->state == REDEMPTION_STATE_REVERSED ? 1 : 0;
		id = record->previous_in_line;
	}
	return count;
}

/* What the record comes to on its line. */
static struct net_and_vat worth_of(struct effects *effects, const struct redemption *redemption)
{
	const struct statement_line *line = line_of(effects, redemption);
	struct net_and_vat standing = settlement_standing(effects, line);
	if (reversed_count(effects, line) + 1 == line->redemption_count)
		return standing;
	struct cents vat;
	if (!cents_sub(redemption->gross_cents, redemption->net_cents, &vat))
		vat = cents_zero();
	return (struct net_and_vat){cents_min(redemption->net_cents, standing.net),
				    cents_min(vat, standing.vat)};
}

enum result reversal_plan(struct decision *decision, struct redemption_id id,
			  struct reversal *ret_reversal)
{
	const struct command_redemption_reverse *input =
	    &decision->command->input.redemption_reverse;
	struct effects *effects = decision->effects;
	const struct redemption *redemption = effects_read_redemption(effects, id);
	const struct statement *statement = statement_of(effects, redemption);
	ASSERT(statement != NULL);
	if (statement->state == STATEMENT_STATE_ORDERED)
		return RESULT_PAYMENT_ORDERED;
	struct net_and_vat worth = worth_of(effects, redemption);
	struct net_and_vat left = settlement_left(effects, line_of(effects, redemption));
	if (statement->state == STATEMENT_STATE_PAID)
		left = (struct net_and_vat){cents_zero(), cents_zero()};
	struct reversal reversal = {.redemption = id,
				    .is_paid = statement->state == STATEMENT_STATE_PAID};
	reversal.credited.net = cents_min(worth.net, left.net);
	reversal.credited.vat = cents_min(worth.vat, left.vat);
	reversal.recoverable.net = rest_of(worth.net, reversal.credited.net);
	reversal.recoverable.vat = rest_of(worth.vat, reversal.credited.vat);
	bool needs_note = is_credited(&reversal) || !reversal_is_of_paid(&reversal);
	if (needs_note && JUDGE_TEXT(input->credit_note_number).size == 0)
		return judge_field(decision, RESULT_FIELD_MISSING, "credit_note_number");
	if (needs_note && input->credit_note_date.number == 0)
		return judge_field(decision, RESULT_FIELD_MISSING, "credit_note_date");
	*ret_reversal = reversal;
	return RESULT_OK;
}

/* ---- Money ---- */

static void adjust(struct decision *decision, const struct redemption *redemption,
		   struct redemption_id id, enum adjustment kind, struct net_and_vat amount,
		   struct recovery_id recovery)
{
	struct line_adjustment adjustment = {.net_cents = amount.net,
					     .vat_cents = amount.vat,
					     .line = redemption->statement_line,
					     .redemption = id,
					     .recovery = recovery,
					     .kind = (uint8_t)kind};
	statement_adjust_line(decision, &adjustment);
}

static void record_note(struct decision *decision, const struct credit_note *given)
{
	struct credit_note_id id;
	struct credit_note *note = effects_create_credit_note(decision->effects, &id);
	*note = *given;
	note->at = decision->now;
}

/* What is not paid yet goes back to the fund. */
static void credit(struct decision *decision, const struct reversal *reversal)
{
	const struct command_redemption_reverse *input =
	    &decision->command->input.redemption_reverse;
	struct effects *effects = decision->effects;
	const struct redemption *redemption =
	    effects_read_redemption(effects, reversal->redemption);
	struct statement_id id = line_of(effects, redemption)->statement;
	struct statement *statement = effects_edit_statement(effects, id);
	bool is_withheld = statement->state == STATEMENT_STATE_BLOCKED;
	struct cell_act act = {.cell = redemption->cell,
			       .provider = redemption->provider,
			       .statement = id,
			       .kind = POSTING_KIND_CREDIT_NOTE};
	cell_free(effects, &act, is_withheld ? FUND_WITHHELD : FUND_SETTLED,
		  reversal->credited.net);
	cell_free(effects, &act, FUND_VAT_PAYABLE, reversal->credited.vat);
	adjust(decision, redemption, reversal->redemption, ADJUSTMENT_CREDITED,
	       reversal->credited, (struct recovery_id){0});
	payer_credit(decision, redemption->statement_line, reversal->credited);
	statement->payable_net_cents =
	    rest_of(statement->payable_net_cents, reversal->credited.net);
	statement->payable_vat_cents =
	    rest_of(statement->payable_vat_cents, reversal->credited.vat);
	struct accreditation *pact =
	    effects_edit_accreditation(effects, settlement_pact(statement));
	pact->settled_cents = rest_of(pact->settled_cents, reversal->credited.net);
	if (statement->state == STATEMENT_STATE_EXPORTED)
		statement->state = STATEMENT_STATE_APPROVED;
	struct credit_note note = {.net_cents = reversal->credited.net,
				   .vat_cents = reversal->credited.vat,
				   .provider = statement->payee,
				   .statement = id,
				   .redemption = reversal->redemption,
				   .date = input->credit_note_date};
	JUDGE_COPY_TEXT(note.number, input->credit_note_number);
	record_note(decision, &note);
}

/* What was paid is to be had back. */
static void recover(struct decision *decision, const struct reversal *reversal)
{
	struct effects *effects = decision->effects;
	const struct redemption *redemption =
	    effects_read_redemption(effects, reversal->redemption);
	const struct statement_line *line = line_of(effects, redemption);
	const struct statement *statement = effects_read_statement(effects, line->statement);
	struct cell_act act = {.cell = redemption->cell,
			       .provider = statement->payee,
			       .statement = line->statement,
			       .kind = POSTING_KIND_REVERSE_PAID};
	cell_move_money(effects, &act, FUND_PAID, FUND_RECOVERABLE, reversal->recoverable.net);
	cell_move_money(effects, &act, FUND_VAT_PAID, FUND_RECOVERABLE,
			reversal->recoverable.vat);
	struct recovery recovery = {.net_cents = reversal->recoverable.net,
				    .vat_cents = reversal->recoverable.vat,
				    .fund_year = line->fund_year,
				    .cell = redemption->cell,
				    .comune = line->comune,
				    .provider = succession_provider(
					effects, settlement_issuer(effects, statement)),
				    .voucher = redemption->voucher,
				    .redemption = reversal->redemption};
	bool fits =
	    cents_add(recovery.net_cents, recovery.vat_cents, &recovery.amount_cents);
	ASSERT(fits);
	struct recovery_id id = recovery_open(effects, &recovery);
	payer_credit(decision, redemption->statement_line, reversal->recoverable);
	adjust(decision, redemption, reversal->redemption, ADJUSTMENT_REVERSED,
	       reversal->recoverable, id);
	struct event event = {.amount_cents = recovery.amount_cents,
			      .provider = statement->payee,
			      .voucher = redemption->voucher,
			      .redemption = reversal->redemption,
			      .statement = line->statement,
			      .kind = EVENT_KIND_CREDIT_NOTE_DUE,
			      .task = 1};
	event_emit(decision, &event);
}

/* ---- Units ---- */

/* Whether the units come back to a month that still runs, with money promised anew for them. */
static bool give_units_back(struct decision *decision, const struct redemption *redemption)
{
	struct effects *effects = decision->effects;
	const struct cell *cell = effects_read_cell(effects, redemption->cell);
	const struct voucher *voucher = effects_read_voucher(effects, redemption->voucher);
	struct parameter_scope scope = {.ambito = voucher->ambito, .measure = voucher->measure};
	if (cell->released != 0 ||
	    parameter_at(decision->state, PARAMETER_REVERSED_UNITS_RECOVERABLE, &scope,
			 decision->today) == 0)
		return false;
	struct price price = cell_price(effects, cell, (struct provider_id){0});
	struct worth worth;
	if (!price_units(&price, redemption->units, &worth))
		return false;
	struct outcome before = *decision->outcome;
	bool is_funded = cell_check_promise(decision, redemption->cell, voucher->provider,
					    worth.gross) == RESULT_OK;
	*decision->outcome = before;
	if (!is_funded)
		return false;
	struct cell_act act = {.cell = redemption->cell,
			       .provider = voucher->provider,
			       .kind = POSTING_KIND_COMMIT};
	cell_promise(effects, &act, worth.gross);
	act.kind = POSTING_KIND_REVERSE;
	cell_move_units(effects, &act, UNITS_USED, UNITS_FREE, redemption->units);
	voucher_units_back(effects, redemption->voucher);
	return true;
}

static void move_units(struct decision *decision, const struct redemption *redemption)
{
	struct effects *effects = decision->effects;
	struct cell *cell = effects_edit_cell(effects, redemption->cell);
	if (!cents_sub(cell->used_net_cents, redemption->net_cents, &cell->used_net_cents))
		cell->used_net_cents = cents_zero();
	if (give_units_back(decision, redemption))
		return;
	struct cell_act act = {.cell = redemption->cell,
			       .provider = redemption->provider,
			       .kind = POSTING_KIND_REVERSE};
	cell_move_units(effects, &act, UNITS_USED, UNITS_EXPIRED, redemption->units);
}

void reversal_carry_out(struct decision *decision, const struct reversal *reversal)
{
	struct effects *effects = decision->effects;
	struct redemption *redemption = effects_edit_redemption(effects, reversal->redemption);
	struct statement_id statement = line_of(effects, redemption)->statement;
	if (is_credited(reversal))
		credit(decision, reversal);
	if (!cents_is_zero(reversal->recoverable.net) || !cents_is_zero(reversal->recoverable.vat))
		recover(decision, reversal);
	redemption->state = REDEMPTION_STATE_REVERSED;
	redemption->reason = decision->command->input.redemption_reverse.reason;
	move_units(decision, redemption);
	struct event event = {.amount_cents = redemption->gross_cents,
			      .provider = redemption->provider,
			      .voucher = redemption->voucher,
			      .redemption = reversal->redemption,
			      .statement = statement,
			      .kind = EVENT_KIND_SIUSS_CORRECTION,
			      .task = 1};
	event_emit(decision, &event);
}

/* ---- The credit note of what had been paid ---- */

/* Records the provider's TD04 for a recovery: it must equal what was reversed.
 *   RESULT_OK
 *   RESULT_ILLEGAL_TRANSITION   of an opening balance, or recorded already: the object stands there
 *   RESULT_INVOICE_MISMATCH     limit = expected, short = expected less credited */
enum result credit_note_record(struct decision *decision)
{
	const struct command_credit_note_record *input =
	    &decision->command->input.credit_note_record;
	const struct recovery *recovery =
	    effects_read_recovery(decision->effects, input->recovery);
	ASSERT(recovery != NULL);
	const struct redemption *redemption =
	    effects_read_redemption(decision->effects, recovery->redemption);
	if (redemption == NULL)
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_RECOVERY,
				    input->recovery.raw);
	for (uint32_t i = 1; i <= effects_count(decision->effects, RECORD_KIND_CREDIT_NOTE); i++)
		if (effects_read_credit_note(decision->effects, (struct credit_note_id){i})
			->recovery.raw == input->recovery.raw)
			return judge_object(decision, RESULT_ILLEGAL_TRANSITION,
					    RECORD_KIND_CREDIT_NOTE, i);
	struct cents total;
	bool fits = cents_add(input->net_cents, input->vat_cents, &total) &&
		    cents_delta(recovery->amount_cents, total, &decision->outcome->short_by);
	ASSERT(fits);
	if (!cents_equal(input->net_cents, recovery->net_cents) ||
	    !cents_equal(input->vat_cents, recovery->vat_cents)) {
		decision->outcome->limit = recovery->amount_cents;
		return RESULT_INVOICE_MISMATCH;
	}
	struct credit_note note = {.net_cents = input->net_cents,
				   .vat_cents = input->vat_cents,
				   .provider = recovery->provider,
				   .statement = line_of(decision->effects, redemption)->statement,
				   .redemption = recovery->redemption,
				   .recovery = input->recovery,
				   .date = input->date};
	JUDGE_COPY_TEXT(note.number, input->number);
	record_note(decision, &note);
	event_close_tasks(decision->effects, recovery->voucher, EVENT_KIND_CREDIT_NOTE_DUE);
	return judge_object(decision, RESULT_OK, RECORD_KIND_CREDIT_NOTE,
			    effects_count(decision->effects, RECORD_KIND_CREDIT_NOTE));
}
