/* From the frozen statement to the treasurer's receipt.
 *
 *   OPEN ──statement_freeze──> FROZEN ──confirm──> PROVIDER_CONFIRMED ──attest, every comune──>
 *   ATTESTED ──match_invoice──> INVOICED ──approve──> APPROVED ──export──> EXPORTED ──order──>
 *   ORDERED ──pay──> PAID
 *
 * Money moves twice, line by line: at approval F150 -> F160 + F165 (split payment: the VAT is owed
 * to the Treasury, not to the provider), at payment F160 -> F170 and F165 -> F175. The other steps
 * are recorded facts. Who approved a statement does not order its payment (FOUR_EYES_REQUIRED):
 * duties are separate per person (DOMAIN section 6, principle 10).
 *
 * Every step out of turn is RESULT_STATEMENT_NOT_OPEN. SOURCE state_transitions.csv STATEMENT. */
#include "engine/domain/cell.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"

#include <string.h>

/* The statement in the state that a step needs; NULL in any other. */
static struct statement *edit_in_state(struct decision *decision, struct statement_id id,
				       enum statement_state state)
{
	const struct statement *statement = effects_read_statement(decision->effects, id);
	ASSERT(statement != NULL);
	return statement->state == state ? effects_edit_statement(decision->effects, id) : NULL;
}

static enum result step_done(struct decision *decision, struct statement_id id)
{
	const struct statement *statement = effects_read_statement(decision->effects, id);
	decision->outcome->net = statement->net_cents;
	decision->outcome->gross = statement->gross_cents;
	return judge_object(decision, RESULT_OK, RECORD_KIND_STATEMENT, id.raw);
}

/* The provider says that the statement is what it delivered. RESULT_NOT_OWNER: another's. */
enum result statement_confirm(struct decision *decision)
{
	struct statement_id id = decision->command->input.statement_confirm.statement;
	const struct statement *present = effects_read_statement(decision->effects, id);
	ASSERT(present != NULL && decision->principal != NULL);
	if (decision->principal->provider.raw != present->provider.raw)
		return RESULT_NOT_OWNER;
	struct statement *statement = edit_in_state(decision, id, STATEMENT_STATE_FROZEN);
	if (statement == NULL)
		return RESULT_STATEMENT_NOT_OPEN;
	statement->state = STATEMENT_STATE_PROVIDER_CONFIRMED;
	return step_done(decision, id);
}

/* ---- Attestation ---- */

/* Marks the lines of a comune (none: all); returns how many lines were its own, marked or not. */
static uint32_t attest_lines(struct decision *decision, struct statement *statement,
			     struct comune_id comune)
{
	uint32_t own = 0;
	struct statement_line_id id = statement->first_line;
	while (id.raw != 0) {
		const struct statement_line *line =
		    effects_read_statement_line(decision->effects, id);
		ASSERT(line != NULL);
		bool is_own = comune.raw == 0 || line->comune.raw == comune.raw;
		if (is_own && line->attested == 0) {
			effects_edit_statement_line(decision->effects, id)->attested = 1;
			statement->attested_count++;
		}
		own += is_own ? 1 : 0;
		id = line->next_in_statement;
	}
	ASSERT(statement->attested_count <= statement->line_count);
	return own;
}

/* A comune attests regular execution of its own lines; the plan office's manager may do it in its
 * stead by an act, for one comune or for all (DOMAIN section 6, principle 9). The statement is
 * ATTESTED when every line is. RESULT_FORBIDDEN: another comune's lines; RESULT_FIELD_MISSING: the
 * act of a substitution; RESULT_STATEMENT_EMPTY: the comune has no line in it. */
enum result statement_attest(struct decision *decision)
{
	const struct command_statement_attest *input = &decision->command->input.statement_attest;
	const struct principal *principal = decision->principal;
	ASSERT(principal != NULL);
	struct comune_id comune = input->comune;
	if (principal->role == ROLE_COMUNE_SOCIAL) {
		ASSERT(principal->comune.raw != 0);
		if (comune.raw != 0 && comune.raw != principal->comune.raw)
			return RESULT_FORBIDDEN;
		comune = principal->comune;
	} else if (JUDGE_TEXT(input->act).size == 0) {
		return judge_field(decision, RESULT_FIELD_MISSING, "act");
	}
	struct statement *statement =
	    edit_in_state(decision, input->statement, STATEMENT_STATE_PROVIDER_CONFIRMED);
	if (statement == NULL)
		return RESULT_STATEMENT_NOT_OPEN;
	uint32_t own = attest_lines(decision, statement, comune);
	if (own == 0)
		return RESULT_STATEMENT_EMPTY;
	if (statement->attested_count == statement->line_count)
		statement->state = STATEMENT_STATE_ATTESTED;
	decision->outcome->units = own;
	return step_done(decision, input->statement);
}

/* ---- Invoice and approval ---- */

static bool texts_equal(struct slice left, struct slice right)
{
	return left.size == right.size && memcmp(left.data, right.data, left.size) == 0;
}

/* States what was expected and by how much the invoice differs: in its total, else in its net. */
static enum result refuse_invoice(struct decision *decision, const struct statement *statement)
{
	const struct command_statement_match_invoice *input =
	    &decision->command->input.statement_match_invoice;
	struct outcome *outcome = decision->outcome;
	struct cents total;
	outcome->limit = statement->gross_cents;
	bool fits = cents_add(input->net_cents, input->vat_cents, &total) &&
		    cents_delta(statement->gross_cents, total, &outcome->short_by);
	if (fits && cents_is_zero(outcome->short_by)) {
		outcome->limit = statement->net_cents;
		fits = cents_delta(statement->net_cents, input->net_cents, &outcome->short_by);
	}
	ASSERT(fits); /* inputs are bounded by INPUT_CENTS_MAX */
	return RESULT_INVOICE_MISMATCH;
}

static struct slice cig_of(struct decision *decision, const struct statement *statement)
{
	const struct accreditation *accreditation =
	    effects_read_accreditation(decision->effects, statement->accreditation);
	ASSERT(accreditation != NULL);
	return JUDGE_TEXT(accreditation->cig);
}

/* The invoice must equal the statement: net, VAT, the pact's CIG, and split payment where there is
 * VAT. RESULT_INVOICE_MISMATCH: limit = expected, short = expected less invoiced (negative where
 * too much was invoiced; 0 where only CIG or regime differ, then with the field);
 * RESULT_CIG_MISSING: the pact has none. */
enum result statement_match_invoice(struct decision *decision)
{
	const struct command_statement_match_invoice *input =
	    &decision->command->input.statement_match_invoice;
	struct statement *statement =
	    edit_in_state(decision, input->statement, STATEMENT_STATE_ATTESTED);
	if (statement == NULL)
		return RESULT_STATEMENT_NOT_OPEN;
	struct slice cig = cig_of(decision, statement);
	if (cig.size == 0)
		return RESULT_CIG_MISSING;
	if (!cents_equal(input->net_cents, statement->net_cents) ||
	    !cents_equal(input->vat_cents, statement->vat_cents))
		return refuse_invoice(decision, statement);
	decision->outcome->limit = statement->gross_cents;
	if (!texts_equal(cig, JUDGE_TEXT(input->cig)))
		return judge_field(decision, RESULT_INVOICE_MISMATCH, "cig");
	if (!cents_is_zero(statement->vat_cents) && input->split_payment == 0)
		return judge_field(decision, RESULT_INVOICE_MISMATCH, "split_payment");
	decision->outcome->limit = cents_zero();
	JUDGE_COPY_TEXT(statement->invoice_number, input->invoice_number);
	statement->invoice_date = input->invoice_date;
	statement->state = STATEMENT_STATE_INVOICED;
	return step_done(decision, input->statement);
}

/* Moves the net and the VAT of every line from one pair of accounts to another. */
struct settlement {
	enum fund_account_slot net_from;
	enum fund_account_slot net_to;
	enum fund_account_slot vat_from;
	enum fund_account_slot vat_to;
	enum posting_kind net_kind;
	enum posting_kind vat_kind;
};

static void settle_lines(struct decision *decision, struct statement_id id,
			 const struct settlement *settlement)
{
	struct effects *effects = decision->effects;
	const struct statement *statement = effects_read_statement(effects, id);
	struct cents sum = cents_zero();
	for (struct statement_line_id line_id = statement->first_line; line_id.raw != 0;) {
		const struct statement_line *line = effects_read_statement_line(effects, line_id);
		ASSERT(line != NULL);
		struct cell_act act = {.cell = line->cell,
				       .provider = statement->provider,
				       .statement = id,
				       .kind = settlement->net_kind};
		cell_move_money(effects, &act, settlement->net_from, settlement->net_to,
				line->net_cents);
		act.kind = settlement->vat_kind;
		cell_move_money(effects, &act, settlement->vat_from, settlement->vat_to,
				line->vat_cents);
		bool fits = cents_add(sum, line->gross_cents, &sum);
		ASSERT(fits);
		line_id = line->next_in_statement;
	}
	ASSERT(cents_equal(sum, statement->gross_cents));
}

/* Liquidazione: the amount is certain and due. RESULT_CIG_MISSING; RESULT_DURC_INVALID: the DURC
 * that was checked is no longer valid today. */
enum result statement_approve(struct decision *decision)
{
	const struct command_statement_approve *input = &decision->command->input.statement_approve;
	struct statement *statement =
	    edit_in_state(decision, input->statement, STATEMENT_STATE_INVOICED);
	if (statement == NULL)
		return RESULT_STATEMENT_NOT_OPEN;
	if (cig_of(decision, statement).size == 0)
		return RESULT_CIG_MISSING;
	if (day_less(input->durc_valid_to, decision->today))
		return RESULT_DURC_INVALID;
	static const struct settlement approval = {.net_from = FUND_REDEEMED,
						   .net_to = FUND_SETTLED,
						   .vat_from = FUND_REDEEMED,
						   .vat_to = FUND_VAT_PAYABLE,
						   .net_kind = POSTING_KIND_SETTLE,
						   .vat_kind = POSTING_KIND_SETTLE_VAT};
	settle_lines(decision, input->statement, &approval);
	statement->state = STATEMENT_STATE_APPROVED;
	statement->approved_at = decision->now;
	statement->settled_by = decision->command->principal;
	return step_done(decision, input->statement);
}

/* ---- Payment ---- */

/* The files went to the accounting system. Once more with the same manifest is an act that changes
 * nothing. */
enum result statement_export(struct decision *decision)
{
	const struct command_statement_export *input = &decision->command->input.statement_export;
	struct statement *statement =
	    edit_in_state(decision, input->statement, STATEMENT_STATE_EXPORTED);
	if (statement != NULL && memcmp(statement->export_hash, input->manifest_hash,
					sizeof(statement->export_hash)) == 0)
		return step_done(decision, input->statement);
	statement = edit_in_state(decision, input->statement, STATEMENT_STATE_APPROVED);
	if (statement == NULL)
		return RESULT_STATEMENT_NOT_OPEN;
	memcpy(statement->export_hash, input->manifest_hash, sizeof(statement->export_hash));
	statement->state = STATEMENT_STATE_EXPORTED;
	return step_done(decision, input->statement);
}

/* The mandato. RESULT_FOUR_EYES_REQUIRED: the caller approved the settlement. */
enum result statement_order(struct decision *decision)
{
	const struct command_statement_order *input = &decision->command->input.statement_order;
	struct statement *statement =
	    edit_in_state(decision, input->statement, STATEMENT_STATE_EXPORTED);
	if (statement == NULL)
		return RESULT_STATEMENT_NOT_OPEN;
	if (statement->settled_by.raw == decision->command->principal.raw)
		return RESULT_FOUR_EYES_REQUIRED;
	JUDGE_COPY_TEXT(statement->order_number, input->order_number);
	statement->order_date = input->order_date;
	statement->state = STATEMENT_STATE_ORDERED;
	return step_done(decision, input->statement);
}

/* The treasurer's receipt (quietanza). */
enum result statement_pay(struct decision *decision)
{
	const struct command_statement_pay *input = &decision->command->input.statement_pay;
	struct statement *statement =
	    edit_in_state(decision, input->statement, STATEMENT_STATE_ORDERED);
	if (statement == NULL)
		return RESULT_STATEMENT_NOT_OPEN;
	static const struct settlement payment = {.net_from = FUND_SETTLED,
						  .net_to = FUND_PAID,
						  .vat_from = FUND_VAT_PAYABLE,
						  .vat_to = FUND_VAT_PAID,
						  .net_kind = POSTING_KIND_PAY,
						  .vat_kind = POSTING_KIND_PAY_VAT};
	settle_lines(decision, input->statement, &payment);
	JUDGE_COPY_TEXT(statement->receipt_number, input->receipt_number);
	statement->paid_on = input->paid_on;
	statement->state = STATEMENT_STATE_PAID;
	return step_done(decision, input->statement);
}
