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
#include "engine/domain/attest.h"
#include "engine/domain/cell.h"
#include "engine/domain/duties.h"
#include "engine/domain/event.h"
#include "engine/domain/export.h"
#include "engine/domain/invoice.h"
#include "engine/domain/judge.h"
#include "engine/domain/payer.h"
#include "engine/domain/payment.h"
#include "engine/domain/set_off.h"
#include "engine/domain/settlement.h"
#include "engine/domain/statement.h"
#include "engine/domain/statement_round.h"

#include <string.h>

struct statement *settlement_edit_in_state(struct decision *decision, struct statement_id id,
					   enum statement_state state)
{
	const struct statement *statement = effects_read_statement(decision->effects, id);
	ASSERT(statement != NULL);
	return statement->state == state ? effects_edit_statement(decision->effects, id) : NULL;
}

enum result settlement_done(struct decision *decision, struct statement_id id)
{
	const struct statement *statement = effects_read_statement(decision->effects, id);
	decision->outcome->net = statement->net_cents;
	decision->outcome->gross = statement->gross_cents;
	return judge_object(decision, RESULT_OK, RECORD_KIND_STATEMENT, id.raw);
}

/* What was attested before it was contested need not be attested again. */
void settlement_confirm(struct decision *decision, struct statement_id id)
{
	struct statement *statement = effects_edit_statement(decision->effects, id);
	ASSERT(statement->state == STATEMENT_STATE_FROZEN);
	statement->state = STATEMENT_STATE_PROVIDER_CONFIRMED;
	statement->confirmed_on = decision->today;
	statement->due_on = attest_by(decision->effects, statement);
	if (statement->attested_count == statement->line_count)
		attest_all(statement);
}

/* The provider says that the statement is what it delivered. RESULT_NOT_OWNER: another's. */
enum result statement_confirm(struct decision *decision)
{
	struct statement_id id = decision->command->input.statement_confirm.statement;
	const struct statement *present = effects_read_statement(decision->effects, id);
	ASSERT(present != NULL && decision->principal != NULL);
	if (!statement_is_of(present, decision->principal->provider))
		return RESULT_NOT_OWNER;
	struct statement *statement =
	    settlement_edit_in_state(decision, id, STATEMENT_STATE_FROZEN);
	if (statement == NULL)
		return RESULT_STATEMENT_NOT_OPEN;
	settlement_confirm(decision, id);
	ASSERT(statement->state != STATEMENT_STATE_FROZEN);
	return settlement_done(decision, id);
}

/* ---- Invoice ---- */

static struct day day_after(struct day day, int64_t days)
{
	struct day other = day;
	bool exists = day_plus(day, (int32_t)days, &other);
	ASSERT(exists);
	return other;
}

/* SOURCE parameters.csv payment_term_days. */
static struct day pay_by(const struct decision *decision, const struct statement *statement,
			 struct day received)
{
	struct parameter_scope scope = {.ambito = statement->ambito};
	return day_after(received, parameter_at(decision->state, PARAMETER_PAYMENT_TERM_DAYS,
						&scope, decision->today));
}

static bool texts_equal(struct slice left, struct slice right)
{
	return left.size == right.size && memcmp(left.data, right.data, left.size) == 0;
}

/* States what was expected and by how much the invoice differs: in its total, else in its net. */
static uint8_t compare_amounts(struct outcome *outcome, const struct statement *statement,
			       const struct invoice_figures *invoice)
{
	struct cents total;
	outcome->limit = statement->gross_cents;
	bool fits = cents_add(invoice->net, invoice->vat, &total) &&
		    cents_delta(statement->gross_cents, total, &outcome->short_by);
	ASSERT(fits); /* inputs are bounded by INPUT_CENTS_MAX */
	if (!cents_is_zero(outcome->short_by))
		return INVOICE_DIFFERENCE_TOTAL;
	outcome->limit = statement->net_cents;
	fits = cents_delta(statement->net_cents, invoice->net, &outcome->short_by);
	ASSERT(fits);
	if (!cents_is_zero(outcome->short_by))
		return INVOICE_DIFFERENCE_TAXABLE;
	outcome->limit = statement->gross_cents;
	return 0;
}

struct accreditation_id settlement_pact(const struct statement *statement)
{
	return statement->payee_accreditation.raw != 0 ? statement->payee_accreditation
						       : statement->accreditation;
}

static const struct accreditation *pact_of(struct effects *effects,
					   const struct statement *statement)
{
	const struct accreditation *accreditation =
	    effects_read_accreditation(effects, settlement_pact(statement));
	ASSERT(accreditation != NULL);
	return accreditation;
}

static struct slice cig_of(struct decision *decision, const struct statement *statement)
{
	return JUDGE_TEXT(pact_of(decision->effects, statement)->cig);
}

struct provider_id settlement_issuer(struct effects *effects, const struct statement *statement)
{
	return pact_of(effects, statement)->provider;
}

uint8_t settlement_compare_invoice(struct decision *decision, const struct statement *statement,
				   const struct invoice_figures *invoice)
{
	uint8_t amounts = compare_amounts(decision->outcome, statement, invoice);
	struct provider_id issuer = settlement_issuer(decision->effects, statement);
	if (amounts != 0)
		return amounts;
	if (!texts_equal(cig_of(decision, statement), invoice->cig))
		return INVOICE_DIFFERENCE_CIG;
	if (!cents_is_zero(statement->vat_cents) && !invoice->split_payment)
		return INVOICE_DIFFERENCE_SPLIT_PAYMENT;
	if (invoice->issuer.raw != 0 && invoice->issuer.raw != issuer.raw)
		return INVOICE_DIFFERENCE_ISSUER;
	decision->outcome->limit = cents_zero();
	return 0;
}

bool settlement_has_cig(struct decision *decision, const struct statement *statement)
{
	return cig_of(decision, statement).size != 0;
}

static void copy_number(char *number, uint32_t size, struct slice text)
{
	ASSERT(text.size <= size);
	memset(number, 0, size);
	memcpy(number, text.data, text.size);
}

void settlement_take_invoice(struct decision *decision, struct statement_id id,
			     const struct invoice_paper *paper)
{
	struct statement *statement = effects_edit_statement(decision->effects, id);
	ASSERT(statement->state == STATEMENT_STATE_ATTESTED);
	copy_number(statement->invoice_number, sizeof(statement->invoice_number), paper->number);
	statement->invoice_date = paper->date;
	statement->due_on = pay_by(decision, statement,
				   paper->received.number != 0 ? paper->received : paper->date);
	statement->state = STATEMENT_STATE_INVOICED;
}

/* By number of the difference: the field that it lies in; NULL for amounts. */
static const char *const difference_fields[] = {
    [INVOICE_DIFFERENCE_CIG] = "cig",
    [INVOICE_DIFFERENCE_SPLIT_PAYMENT] = "split_payment",
    [INVOICE_DIFFERENCE_ISSUER] = "issuer",
};

/* The invoice must equal the statement: net, VAT, the pact's CIG, split payment where there is VAT,
 * and who issued it. RESULT_INVOICE_MISMATCH: limit = expected, short = expected less invoiced
 * (negative where too much was invoiced; 0 where only CIG, regime or issuer differ, then with the
 * field); RESULT_CIG_MISSING: the pact has none. */
enum result statement_match_invoice(struct decision *decision)
{
	const struct command_statement_match_invoice *input =
	    &decision->command->input.statement_match_invoice;
	struct statement *statement =
	    settlement_edit_in_state(decision, input->statement, STATEMENT_STATE_ATTESTED);
	if (statement == NULL)
		return RESULT_STATEMENT_NOT_OPEN;
	if (cig_of(decision, statement).size == 0)
		return RESULT_CIG_MISSING;
	struct invoice_figures invoice = {.net = input->net_cents,
				  .vat = input->vat_cents,
				  .cig = JUDGE_TEXT(input->cig),
				  .issuer = input->issuer,
				  .split_payment = input->split_payment != 0};
	uint8_t difference = settlement_compare_invoice(decision, statement, &invoice);
	if (difference != 0 && difference < INVOICE_DIFFERENCE_CIG)
		return RESULT_INVOICE_MISMATCH;
	if (difference != 0)
		return judge_field(decision, RESULT_INVOICE_MISMATCH,
				   difference_fields[difference]);
	struct invoice_paper paper = {.number = JUDGE_TEXT(input->invoice_number),
				      .date = input->invoice_date,
				      .received = input->received_on};
	struct provider_id issuer = settlement_issuer(decision->effects, statement);
	settlement_take_invoice(decision, input->statement, &paper);
	invoice_follow(decision, input->statement, issuer, &paper, INVOICE_STATE_MATCHED);
	return settlement_done(decision, input->statement);
}

enum result settlement_refuse_invoice(struct decision *decision, struct statement_id statement_id,
				      const struct invoice_paper *paper,
				      const struct invoice_figures *invoice, uint8_t difference)
{
	const struct statement *statement =
	    effects_read_statement(decision->effects, statement_id);
	struct parameter_scope scope = {.ambito = statement->ambito};
	struct day last = day_after(paper->received,
				    parameter_at(decision->state, PARAMETER_INVOICE_REFUSAL_DAYS,
						 &scope, decision->today));
	if (day_less(last, decision->today))
		return RESULT_INVOICE_REFUSAL_TOO_LATE;
	if (difference == 0)
		return RESULT_INVOICE_CONFORMS;
	decision->outcome->limit = cents_zero();
	decision->outcome->short_by = cents_zero();
	struct refused_invoice_id id;
	struct refused_invoice *refused =
	    effects_create_refused_invoice(decision->effects, &id);
	copy_number(refused->invoice_number, sizeof(refused->invoice_number), paper->number);
	refused->net_cents = invoice->net;
	refused->vat_cents = invoice->vat;
	refused->at = decision->now;
	refused->statement = statement_id;
	refused->issuer = invoice->issuer;
	refused->invoice_date = paper->date;
	refused->received_on = paper->received;
	refused->difference = difference;
	struct event event = {.amount_cents = statement->gross_cents,
			      .ambito = statement->ambito,
			      .provider = statement->provider,
			      .statement = statement_id,
			      .due = last,
			      .value = difference,
			      .kind = EVENT_KIND_INVOICE_REFUSED,
			      .task = 1};
	event_emit(decision, &event);
	return RESULT_OK;
}

/* Sends an invoice back through the SdI (EC02); the statement stays ATTESTED and waits for another.
 *   RESULT_OK
 *   RESULT_STATEMENT_NOT_OPEN          no invoice is waited for
 *   RESULT_INVOICE_CONFORMS            it agrees: there is nothing to refuse
 *   RESULT_INVOICE_REFUSAL_TOO_LATE    parameter invoice_refusal_days
 *   RESULT_FIELD_OUT_OF_RANGE          received in the future
 * SOURCE state_transitions.csv STATEMENT refuse_invoice. */
enum result statement_refuse_invoice(struct decision *decision)
{
	const struct command_statement_refuse_invoice *input =
	    &decision->command->input.statement_refuse_invoice;
	const struct statement *statement =
	    effects_read_statement(decision->effects, input->statement);
	ASSERT(statement != NULL);
	if (statement->state != STATEMENT_STATE_ATTESTED)
		return RESULT_STATEMENT_NOT_OPEN;
	if (day_less(decision->today, input->received_on))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "received_on");
	struct invoice_figures invoice = {.net = input->net_cents,
				  .vat = input->vat_cents,
				  .cig = JUDGE_TEXT(input->cig),
				  .issuer = input->issuer,
				  .split_payment = input->split_payment != 0};
	uint8_t difference = settlement_compare_invoice(decision, statement, &invoice);
	struct invoice_paper paper = {.number = JUDGE_TEXT(input->invoice_number),
				      .date = input->invoice_date,
				      .received = input->received_on};
	struct provider_id issuer = input->issuer.raw != 0
					? input->issuer
					: settlement_issuer(decision->effects, statement);
	enum result result =
	    settlement_refuse_invoice(decision, input->statement, &paper, &invoice, difference);
	if (result != RESULT_OK)
		return result;
	invoice_follow(decision, input->statement, issuer, &paper, INVOICE_STATE_REFUSED);
	return settlement_done(decision, input->statement);
}

/* ---- Lines ---- */

static void take(struct net_and_vat *left, const struct line_adjustment *one)
{
	bool fits = cents_sub(left->net, one->net_cents, &left->net) &&
		    cents_sub(left->vat, one->vat_cents, &left->vat);
	ASSERT(fits);
}

static void give(struct net_and_vat *left, const struct line_adjustment *one)
{
	bool fits = cents_add(left->net, one->net_cents, &left->net) &&
		    cents_add(left->vat, one->vat_cents, &left->vat);
	ASSERT(fits);
}

/* The line's net and VAT less its adjustments of some kinds, bit 1 << enum adjustment, up to the
 * last that counts. What came back from the bank is to be paid again. First all that is given: no
 * step is below zero. */
static struct net_and_vat less(struct effects *effects, const struct statement_line *line,
			       uint32_t kinds, struct line_adjustment_id last)
{
	struct net_and_vat left = {line->net_cents, line->vat_cents};
	for (uint32_t pass = 0; pass < 2; pass++) {
		for (struct line_adjustment_id id = line->last_adjustment; id.raw != 0;) {
			const struct line_adjustment *one =
			    effects_read_line_adjustment(effects, id);
			ASSERT(one != NULL);
			bool is_wanted = id.raw <= last.raw && (kinds & (1u << one->kind)) != 0;
			bool is_given = one->kind == ADJUSTMENT_RETURNED;
			if (is_wanted && is_given && pass == 0)
				give(&left, one);
			else if (is_wanted && !is_given && pass == 1)
				take(&left, one);
			id = one->previous;
		}
	}
	return left;
}

#define ALL_ADJUSTMENTS ((struct line_adjustment_id){UINT32_MAX})
#define PAID_NO_MORE                                                                               \
	(1u << ADJUSTMENT_CREDITED | 1u << ADJUSTMENT_SET_OFF | 1u << ADJUSTMENT_SUBSTITUTED)
#define TRANSFERRED (1u << ADJUSTMENT_PAID | 1u << ADJUSTMENT_RETURNED)

struct net_and_vat settlement_left(struct effects *effects, const struct statement_line *line)
{
	return less(effects, line, PAID_NO_MORE | TRANSFERRED, ALL_ADJUSTMENTS);
}

struct net_and_vat settlement_due_at(struct effects *effects, const struct statement_line *line,
				     struct line_adjustment_id last)
{
	return less(effects, line, PAID_NO_MORE | TRANSFERRED, last);
}

struct net_and_vat settlement_due(struct effects *effects, const struct statement_line *line)
{
	return less(effects, line, PAID_NO_MORE, ALL_ADJUSTMENTS);
}

struct net_and_vat settlement_standing(struct effects *effects, const struct statement_line *line)
{
	return less(effects, line, 1u << ADJUSTMENT_CREDITED | 1u << ADJUSTMENT_REVERSED,
		    ALL_ADJUSTMENTS);
}

void settlement_move(struct decision *decision, struct statement_id id,
		     const struct settlement *settlement)
{
	struct effects *effects = decision->effects;
	const struct statement *statement = effects_read_statement(effects, id);
	for (struct statement_line_id line_id = statement->first_line; line_id.raw != 0;) {
		const struct statement_line *line = effects_read_statement_line(effects, line_id);
		ASSERT(line != NULL);
		struct net_and_vat left = settlement_left(effects, line);
		struct cell_act act = {.cell = line->cell,
				       .provider = statement->payee,
				       .statement = id,
				       .kind = settlement->net_kind};
		cell_move_money(effects, &act, settlement->net_from, settlement->net_to, left.net);
		act.kind = settlement->vat_kind;
		if (settlement->vat_from != settlement->vat_to)
			cell_move_money(effects, &act, settlement->vat_from, settlement->vat_to,
					left.vat);
		line_id = line->next_in_statement;
	}
}

/* ---- Approval ---- */

/* "Never above the commitment": none of the impegni that the lines draw on is overdrawn. */
static enum result check_commitments(struct decision *decision, const struct statement *statement)
{
	struct effects *effects = decision->effects;
	struct statement_line_id id = statement->first_line;
	while (id.raw != 0) {
		const struct statement_line *line = effects_read_statement_line(effects, id);
		const struct commitment *commitment =
		    effects_read_commitment(effects, line->commitment);
		if (commitment != NULL &&
		    cents_less(commitment->amount_cents, commitment->drawn_cents))
			return judge_short(decision, RESULT_COMMITMENT_EXCEEDED,
					   commitment->drawn_cents, commitment->amount_cents);
		id = line->next_in_statement;
	}
	return RESULT_OK;
}

static bool is_checked(const struct decision *decision, const struct statement *statement)
{
	struct parameter_scope scope = {.ambito = statement->ambito};
	return parameter_at(decision->state, PARAMETER_PAYMENT_CHECKS, &scope, decision->today) !=
	       0;
}

bool settlement_owes_tax_check(const struct decision *decision, const struct statement *statement)
{
	struct parameter_scope scope = {.ambito = statement->ambito};
	int64_t most = parameter_at(decision->state, PARAMETER_TAX_DEBT_CHECK_THRESHOLD_CENTS,
				    &scope, decision->today);
	return cents_less(cents_from(most), statement->payable_net_cents);
}

/* The DURC must last until today, and no longer than one lasts. */
bool settlement_durc_is_valid(const struct decision *decision, const struct statement *statement,
			      struct day valid_to)
{
	if (day_less(valid_to, decision->today))
		return false;
	struct parameter_scope scope = {.ambito = statement->ambito};
	struct day latest = day_after(decision->today,
				      parameter_at(decision->state, PARAMETER_DURC_VALIDITY_DAYS,
						   &scope, decision->today));
	return !is_checked(decision, statement) || !day_less(latest, valid_to);
}

/* The antimafia threshold is one of contracts: what was approved under the pact so far counts. */
static bool owes_antimafia_check(struct decision *decision, const struct statement *statement)
{
	struct parameter_scope scope = {.ambito = statement->ambito};
	int64_t most = parameter_at(decision->state, PARAMETER_ANTIMAFIA_THRESHOLD_CENTS, &scope,
				    decision->today);
	return cents_less(cents_from(most), pact_of(decision->effects, statement)->settled_cents);
}

const char *settlement_missing_check(struct decision *decision,
				     const struct statement *statement, bool tax_debt_checked,
				     bool antimafia_checked)
{
	if (!is_checked(decision, statement))
		return NULL;
	if (!tax_debt_checked && settlement_owes_tax_check(decision, statement))
		return "tax_debt_checked";
	if (!antimafia_checked && owes_antimafia_check(decision, statement))
		return "antimafia_checked";
	return NULL;
}

static void ask_for_check(struct decision *decision, struct statement_id id, enum event_kind kind)
{
	const struct statement *statement = effects_read_statement(decision->effects, id);
	struct event event = {.amount_cents = statement->payable_net_cents,
			      .ambito = statement->ambito,
			      .provider = statement->payee,
			      .statement = id,
			      .due = statement->due_on,
			      .kind = (uint8_t)kind,
			      .task = 1};
	event_emit(decision, &event);
}

static void ask_for_checks(struct decision *decision, struct statement_id id)
{
	const struct statement *statement = effects_read_statement(decision->effects, id);
	if (settlement_owes_tax_check(decision, statement))
		ask_for_check(decision, id, EVENT_KIND_TAX_DEBT_CHECK_DUE);
	if (owes_antimafia_check(decision, statement))
		ask_for_check(decision, id, EVENT_KIND_ANTIMAFIA_CHECK_DUE);
}

static void count_settled(struct effects *effects, const struct statement *statement)
{
	struct accreditation *pact =
	    effects_edit_accreditation(effects, settlement_pact(statement));
	bool fits = cents_add(pact->settled_cents, statement->net_cents, &pact->settled_cents);
	ASSERT(fits);
}

/* Did the caller say what is owed, by freezing the statement or attesting a line of it in
 * substitution? Who approves is another person (DOMAIN section 3; section 6, rules 9 and 10). */
static bool had_a_hand(struct decision *decision, const struct statement *statement)
{
	struct principal_id caller = decision->command->principal;
	if (statement->frozen_by.raw == caller.raw)
		return true;
	for (struct statement_line_id id = statement->first_line; id.raw != 0;) {
		const struct statement_line *line =
		    effects_read_statement_line(decision->effects, id);
		ASSERT(line != NULL);
		if (line->attested != 0 && line->substitute.raw == caller.raw)
			return true;
		id = line->next_in_statement;
	}
	return false;
}

/* Liquidazione: the amount is certain and due. With a cause the payment is held back from the start
 * (F168), DURC irregular included.
 *   RESULT_OK
 *   RESULT_STATEMENT_NOT_OPEN
 *   RESULT_CIG_MISSING
 *   RESULT_DURC_INVALID          the DURC that was checked is no longer valid today
 *   RESULT_FOUR_EYES_REQUIRED    the caller froze the statement, or attested a line of it in the
 *                                stead of its comune
 *   RESULT_COMMITMENT_EXCEEDED   an impegno is overdrawn */
enum result statement_approve(struct decision *decision)
{
	const struct command_statement_approve *input = &decision->command->input.statement_approve;
	struct statement *statement =
	    settlement_edit_in_state(decision, input->statement, STATEMENT_STATE_INVOICED);
	if (statement == NULL)
		return RESULT_STATEMENT_NOT_OPEN;
	if (cig_of(decision, statement).size == 0)
		return RESULT_CIG_MISSING;
	bool is_blocked = input->block_cause != 0;
	if (input->block_cause != BLOCK_CAUSE_DURC_IRREGULAR &&
	    !settlement_durc_is_valid(decision, statement, input->durc_valid_to))
		return RESULT_DURC_INVALID;
	if (had_a_hand(decision, statement))
		return RESULT_FOUR_EYES_REQUIRED;
	enum result result = check_commitments(decision, statement);
	if (result != RESULT_OK)
		return result;
	struct settlement approval = {.net_from = FUND_REDEEMED,
				      .net_to = is_blocked ? FUND_WITHHELD : FUND_SETTLED,
				      .vat_from = FUND_REDEEMED,
				      .vat_to = FUND_VAT_PAYABLE,
				      .net_kind = POSTING_KIND_SETTLE,
				      .vat_kind = POSTING_KIND_SETTLE_VAT};
	settlement_move(decision, input->statement, &approval);
	statement->state = is_blocked ? STATEMENT_STATE_BLOCKED : STATEMENT_STATE_APPROVED;
	statement->block_cause = input->block_cause;
	statement->approved_at = decision->now;
	statement->settled_by = decision->command->principal;
	payer_set_payee(decision->effects, input->statement, decision->today);
	count_settled(decision->effects, statement);
	payer_charge_comuni(decision, input->statement);
	if (is_blocked)
		payment_tell_block(decision, input->statement, EVENT_KIND_PAYMENT_BLOCKED);
	else
		set_off(decision, input->statement);
	ask_for_checks(decision, input->statement);
	return settlement_done(decision, input->statement);
}

/* ---- Export ---- */

/* The files of one statement went to the accounting system by hand. Once more with the same
 * manifest is an act that changes nothing. RESULT_STATEMENT_IN_EXPORT: an export holds it. */
enum result statement_export(struct decision *decision)
{
	const struct command_statement_export *input = &decision->command->input.statement_export;
	struct statement *statement =
	    settlement_edit_in_state(decision, input->statement, STATEMENT_STATE_EXPORTED);
	if (statement != NULL && memcmp(statement->export_hash, input->manifest_hash,
					sizeof(statement->export_hash)) == 0)
		return settlement_done(decision, input->statement);
	statement = settlement_edit_in_state(decision, input->statement, STATEMENT_STATE_APPROVED);
	if (statement == NULL)
		return RESULT_STATEMENT_NOT_OPEN;
	struct export_object object = {.statement = input->statement};
	const struct export_item *item = effects_read_export_item(
	    decision->effects, export_live_item(decision->effects, object));
	if (item != NULL)
		return judge_object(decision, RESULT_STATEMENT_IN_EXPORT, RECORD_KIND_EXPORT,
				    item->export.raw);
	memcpy(statement->export_hash, input->manifest_hash, sizeof(statement->export_hash));
	statement->state = STATEMENT_STATE_EXPORTED;
	return settlement_done(decision, input->statement);
}
