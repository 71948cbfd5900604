/* E-invoices that came in: see invoice.h.
 *
 * What a file says is read outside; here it is compared with the ledger. Whoever reads the file may
 * also find what the ledger cannot see (lines of titles, the invoice's own sums): that is set aside
 * under its cause and keeps the invoice from being matched until a person has looked. */
#include "engine/domain/invoice.h"

#include "engine/domain/duties.h"
#include "engine/domain/event.h"
#include "engine/domain/judge.h"
#include "engine/domain/parameter.h"
#include "engine/domain/succession.h"

#include <string.h>

static bool is_note(uint8_t document)
{
	return document == INVOICE_DOCUMENT_TD04;
}

uint64_t invoice_number_key(const struct invoice *invoice)
{
	uint64_t who = (uint64_t)invoice->provider.raw << 32 |
		       (uint64_t)(uint32_t)day_fiscal_year(invoice->invoice_date) << 1 |
		       (is_note(invoice->document) ? 1u : 0u);
	return hash64(invoice->invoice_number, sizeof(invoice->invoice_number), who);
}

uint64_t invoice_sdi_key(const struct invoice *invoice)
{
	if (invoice->sdi_id[0] == '\0')
		return invoice_number_key(invoice); /* never looked up: spread, not one chain */
	return hash64(invoice->sdi_id, sizeof(invoice->sdi_id), invoice->place);
}

static bool has_same_number(const struct invoice *left, const struct invoice *right)
{
	return left->provider.raw == right->provider.raw &&
	       is_note(left->document) == is_note(right->document) &&
	       day_fiscal_year(left->invoice_date) == day_fiscal_year(right->invoice_date) &&
	       memcmp(left->invoice_number, right->invoice_number,
		      sizeof(left->invoice_number)) == 0;
}

/* Refused, and not by this very file: its number is free again. */
static bool is_free(const struct invoice *candidate, const struct invoice *wanted)
{
	return candidate->state == INVOICE_STATE_REFUSED &&
	       memcmp(candidate->file_hash, wanted->file_hash, sizeof(wanted->file_hash)) != 0;
}

/* The latest that has this number; 0: none. */
static struct invoice_id find_number(const struct state *state, const struct invoice *wanted)
{
	struct invoice_id found = {0};
	uint32_t id = index_first(&state->invoices_by_number, invoice_number_key(wanted));
	for (; id != 0; id = index_next(&state->invoices_by_number, id)) {
		const struct invoice *candidate = state_invoice(state, (struct invoice_id){id});
		if (has_same_number(candidate, wanted) && !is_free(candidate, wanted) &&
		    id > found.raw)
			found.raw = id;
	}
	return found;
}

/* The one that the SdI delivered under this identifier and place; 0: none, or none is given. */
static struct invoice_id find_sdi(const struct state *state, const struct invoice *wanted)
{
	struct invoice_id found = {0};
	if (wanted->sdi_id[0] == '\0')
		return found;
	uint32_t id = index_first(&state->invoices_by_sdi_id, invoice_sdi_key(wanted));
	for (; id != 0; id = index_next(&state->invoices_by_sdi_id, id)) {
		const struct invoice *candidate = state_invoice(state, (struct invoice_id){id});
		if (candidate->place == wanted->place && id > found.raw &&
		    memcmp(candidate->sdi_id, wanted->sdi_id, sizeof(wanted->sdi_id)) == 0)
			found.raw = id;
	}
	return found;
}

/* The same paper, in whatever envelope it came. */
static bool is_same(const struct invoice *left, const struct invoice *right)
{
	return left->document == right->document &&
	       day_equal(left->invoice_date, right->invoice_date) &&
	       cents_equal(left->net_cents, right->net_cents) &&
	       cents_equal(left->vat_cents, right->vat_cents);
}

/* The same question again: its answer is journaled, the record stays as it is. */
static enum result unchanged(struct decision *decision, struct invoice_id id)
{
	const struct invoice *invoice = effects_edit_invoice(decision->effects, id);
	decision->outcome->net = invoice->net_cents;
	return judge_object(decision, RESULT_OK, RECORD_KIND_INVOICE, id.raw);
}

/* Unchanged, but for the SdI's identifier: it is not in the file, so that whoever took the file in
 * may not have known it, and an order of payment cannot do without it. */
static enum result register_again(struct decision *decision, struct invoice_id id,
				  const struct invoice *paper)
{
	struct invoice *invoice = effects_edit_invoice(decision->effects, id);
	if (invoice->sdi_id[0] == '\0')
		memcpy(invoice->sdi_id, paper->sdi_id, sizeof(invoice->sdi_id));
	return unchanged(decision, id);
}

static struct invoice paper_of(const struct decision *decision)
{
	const struct command_invoice_register *input = &decision->command->input.invoice_register;
	struct invoice invoice = {
	    .net_cents = input->net_cents,
	    .vat_cents = input->vat_cents,
	    .at = decision->now,
	    .provider = input->provider,
	    .invoice_date = input->invoice_date,
	    .received_on =
		input->received_on.number != 0 ? input->received_on : decision->today,
	    .place = input->place != 0 ? input->place : 1,
	    .document = input->document,
	    .vat_regime = input->vat_regime,
	    .state = INVOICE_STATE_SET_ASIDE};
	JUDGE_COPY_TEXT(invoice.invoice_number, input->invoice_number);
	JUDGE_COPY_TEXT(invoice.sdi_id, input->sdi_id);
	JUDGE_COPY_TEXT(invoice.cig, input->cig);
	JUDGE_COPY_TEXT(invoice.cup, input->cup);
	memcpy(invoice.file_hash, input->file_hash, sizeof(invoice.file_hash));
	return invoice;
}

/* Records what a file says; nothing is compared yet. The same invoice again answers with the record
 * that stands, which learns the SdI's identifier where it had none.
 *   RESULT_OK
 *   RESULT_FIELD_OUT_OF_RANGE      received in the future, or before its date
 *   RESULT_INVOICE_NUMBER_TAKEN    other figures under its number: the object stands there
 *   RESULT_INVOICE_FILE_TAKEN      the SdI's identifier is another invoice's
 * SOURCE formats/README FatturaPA: "Key: P.IVA + number + year, or the SdI lot id". */
enum result invoice_register(struct decision *decision)
{
	struct invoice paper = paper_of(decision);
	if (day_less(decision->today, paper.received_on))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "received_on");
	struct invoice_id known = find_number(decision->state, &paper);
	struct invoice_id delivered = find_sdi(decision->state, &paper);
	if (delivered.raw != 0 &&
	    !has_same_number(state_invoice(decision->state, delivered), &paper))
		return judge_object(decision, RESULT_INVOICE_FILE_TAKEN, RECORD_KIND_INVOICE,
				    delivered.raw);
	if (known.raw == 0)
		known = delivered;
	if (known.raw != 0 && !is_same(state_invoice(decision->state, known), &paper))
		return judge_object(decision, RESULT_INVOICE_NUMBER_TAKEN, RECORD_KIND_INVOICE,
				    known.raw);
	if (known.raw != 0)
		return register_again(decision, known, &paper);
	struct invoice_id id;
	struct invoice *invoice = effects_create_invoice(decision->effects, &id);
	*invoice = paper;
	decision->outcome->net = paper.net_cents;
	return judge_object(decision, RESULT_OK, RECORD_KIND_INVOICE, id.raw);
}

/* ---- What is told ---- */

static bool is_settled(const struct invoice *invoice)
{
	return invoice->state == INVOICE_STATE_MATCHED || invoice->state == INVOICE_STATE_REFUSED ||
	       invoice->state == INVOICE_STATE_CREDIT_NOTE;
}

/* Causes for which an invoice waits rather than differs. */
static bool is_waiting(uint8_t difference)
{
	return difference == INVOICE_DIFFERENCE_NOT_ATTESTED ||
	       difference == INVOICE_DIFFERENCE_NO_STATEMENT ||
	       difference == INVOICE_DIFFERENCE_SEVERAL_STATEMENTS;
}

static struct day last_to_refuse(const struct decision *decision, const struct invoice *invoice)
{
	const struct provider *provider =
	    effects_read_provider(decision->effects, invoice->provider);
	struct parameter_scope scope = {.ambito = provider->ambito};
	int64_t days = parameter_at(decision->state, PARAMETER_INVOICE_REFUSAL_DAYS, &scope,
				    decision->today);
	struct day last = invoice->received_on;
	bool exists = day_plus(invoice->received_on, (int32_t)days, &last);
	ASSERT(exists);
	return last;
}

/* A difference that is new makes a task, due while the invoice may still be refused. */
static void tell(struct decision *decision, const struct invoice *invoice, uint8_t before)
{
	if (invoice->state != INVOICE_STATE_MISMATCHED || invoice->difference == before)
		return;
	const struct provider *provider =
	    effects_read_provider(decision->effects, invoice->provider);
	struct event event = {.amount_cents = invoice->net_cents,
			      .ambito = provider->ambito,
			      .provider = invoice->provider,
			      .statement = invoice->statement,
			      .due = last_to_refuse(decision, invoice),
			      .value = invoice->difference,
			      .kind = EVENT_KIND_INVOICE_DIFFERS,
			      .task = 1};
	event_emit(decision, &event);
}

static enum result done(struct decision *decision, struct invoice_id id, uint8_t before)
{
	const struct invoice *invoice = effects_read_invoice(decision->effects, id);
	tell(decision, invoice, before);
	decision->outcome->limit = cents_zero(); /* the record tells what differs */
	decision->outcome->short_by = cents_zero();
	decision->outcome->net = invoice->net_cents;
	bool fits =
	    cents_add(invoice->net_cents, invoice->vat_cents, &decision->outcome->gross);
	ASSERT(fits); /* inputs are bounded by INPUT_CENTS_MAX */
	return judge_object(decision, RESULT_OK, RECORD_KIND_INVOICE, id.raw);
}

static void differ(struct invoice *invoice, uint8_t difference)
{
	invoice->difference = difference;
	invoice->state =
	    is_waiting(difference) ? INVOICE_STATE_SET_ASIDE : INVOICE_STATE_MISMATCHED;
}

static struct invoice_figures figures_of(const struct invoice *invoice)
{
	return (struct invoice_figures){.net = invoice->net_cents,
					.vat = invoice->vat_cents,
					.cig = JUDGE_TEXT(invoice->cig),
					.issuer = invoice->provider,
					.split_payment = invoice->vat_regime == VAT_REGIME_SPLIT};
}

/* ---- Invoices ---- */

/* Where the statement stands on the way to its invoice; 0: it waits for one. */
static uint8_t stands(const struct statement *statement)
{
	switch ((enum statement_state)statement->state) {
	case STATEMENT_STATE_ATTESTED:
		return 0;
	case STATEMENT_STATE_OPEN:
	case STATEMENT_STATE_FROZEN:
	case STATEMENT_STATE_PROVIDER_CONFIRMED:
	case STATEMENT_STATE_CONTESTED:
		return INVOICE_DIFFERENCE_NOT_ATTESTED;
	case STATEMENT_STATE_CANCELLED:
		return INVOICE_DIFFERENCE_NO_STATEMENT;
	case STATEMENT_STATE_INVOICED:
	case STATEMENT_STATE_APPROVED:
	case STATEMENT_STATE_EXPORTED:
	case STATEMENT_STATE_ORDERED:
	case STATEMENT_STATE_PAID:
	case STATEMENT_STATE_BLOCKED:
		break;
	}
	return INVOICE_DIFFERENCE_ALREADY_INVOICED;
}

static enum result match_statement(struct decision *decision, struct invoice_id id,
				   struct statement_id statement_id)
{
	const struct statement *statement =
	    effects_read_statement(decision->effects, statement_id);
	uint8_t difference = stands(statement);
	if (difference == 0 && !settlement_has_cig(decision, statement))
		return RESULT_CIG_MISSING;
	struct invoice *invoice = effects_edit_invoice(decision->effects, id);
	uint8_t before = invoice->difference;
	invoice->statement = statement_id;
	invoice->expected_net_cents = statement->net_cents;
	invoice->expected_vat_cents = statement->vat_cents;
	struct invoice_figures figures = figures_of(invoice);
	if (difference == 0)
		difference = settlement_compare_invoice(decision, statement, &figures);
	if (difference != 0) {
		differ(invoice, difference);
		return done(decision, id, before);
	}
	struct invoice_paper paper = {.number = JUDGE_TEXT(invoice->invoice_number),
				      .date = invoice->invoice_date,
				      .received = invoice->received_on};
	settlement_take_invoice(decision, statement_id, &paper);
	effects_edit_statement(decision->effects, statement_id)->invoice = id;
	invoice->difference = 0;
	invoice->state = INVOICE_STATE_MATCHED;
	return done(decision, id, before);
}

/* ---- Credit notes ---- */

static void add(struct cents *sum, struct cents amount)
{
	bool fits = cents_add(*sum, amount, sum);
	ASSERT(fits);
}

/* What was recorded under the note's number when services were reversed, one row for each. */
static bool sum_recorded(struct decision *decision, struct invoice *invoice)
{
	bool is_known = false;
	uint32_t count = effects_count(decision->effects, RECORD_KIND_CREDIT_NOTE);
	invoice->expected_net_cents = cents_zero();
	invoice->expected_vat_cents = cents_zero();
	for (uint32_t i = 1; i <= count; i++) {
		const struct credit_note *note = effects_read_credit_note(
		    decision->effects, (struct credit_note_id){i});
		struct provider_id issuer = succession_provider(decision->effects, note->provider);
		if ((note->provider.raw != invoice->provider.raw &&
		     issuer.raw != invoice->provider.raw) ||
		    memcmp(note->number, invoice->invoice_number, sizeof(note->number)) != 0 ||
		    day_fiscal_year(note->date) != day_fiscal_year(invoice->invoice_date))
			continue;
		add(&invoice->expected_net_cents, note->net_cents);
		add(&invoice->expected_vat_cents, note->vat_cents);
		invoice->statement = note->statement;
		is_known = true;
	}
	return is_known;
}

static bool agrees(const struct invoice *invoice)
{
	return cents_equal(invoice->net_cents, invoice->expected_net_cents) &&
	       cents_equal(invoice->vat_cents, invoice->expected_vat_cents);
}

/* A credit note agrees with the services reversed under its number, or takes back an invoice that
 * was not accepted. */
static enum result match_note(struct decision *decision, struct invoice_id id,
			      struct invoice_id corrects)
{
	const struct invoice *taken_back = effects_read_invoice(decision->effects, corrects);
	if (taken_back != NULL && (taken_back->state == INVOICE_STATE_MATCHED ||
				   is_note(taken_back->document) ||
				   taken_back->provider.raw !=
				       effects_read_invoice(decision->effects, id)->provider.raw))
		return judge_field(decision, RESULT_FIELD_INVALID, "corrects");
	struct invoice *invoice = effects_edit_invoice(decision->effects, id);
	uint8_t before = invoice->difference;
	bool is_known = sum_recorded(decision, invoice);
	if (taken_back != NULL) {
		is_known = true;
		invoice->corrects = corrects;
		invoice->statement = taken_back->statement;
		invoice->expected_net_cents = taken_back->net_cents;
		invoice->expected_vat_cents = taken_back->vat_cents;
	}
	if (!is_known)
		differ(invoice, INVOICE_DIFFERENCE_NO_SERVICE);
	else if (!agrees(invoice))
		differ(invoice, INVOICE_DIFFERENCE_TOTAL);
	else
		invoice->state = INVOICE_STATE_CREDIT_NOTE;
	if (invoice->state == INVOICE_STATE_CREDIT_NOTE)
		invoice->difference = 0;
	return done(decision, id, before);
}

/* Compares a registered invoice with its statement, a credit note with what was reversed. That they
 * differ is an answer, and is recorded: state, first difference, the figures of the other side.
 *   RESULT_OK
 *   RESULT_FIELD_MISSING      an invoice needs a statement
 *   RESULT_FIELD_INVALID      not an invoice that this note can take back
 *   RESULT_INVOICE_CLOSED     refused; or matched already, with another statement
 *   RESULT_CIG_MISSING        the pact has none
 * SOURCE state_transitions.csv STATEMENT match_invoice; REDEMPTION reverse. */
enum result invoice_match(struct decision *decision)
{
	const struct command_invoice_match *input = &decision->command->input.invoice_match;
	const struct invoice *invoice = effects_read_invoice(decision->effects, input->invoice);
	ASSERT(invoice != NULL);
	bool has_target = input->statement.raw != 0 || is_note(invoice->document);
	if (!has_target)
		return judge_field(decision, RESULT_FIELD_MISSING, "statement");
	if (!is_note(invoice->document) && input->corrects.raw != 0)
		return judge_field(decision, RESULT_FIELD_INVALID, "corrects");
	if (is_settled(invoice)) {
		bool is_again = is_note(invoice->document) ||
				(invoice->state == INVOICE_STATE_MATCHED &&
				 invoice->statement.raw == input->statement.raw);
		return is_again ? unchanged(decision, input->invoice) : RESULT_INVOICE_CLOSED;
	}
	return is_note(invoice->document)
		   ? match_note(decision, input->invoice, input->corrects)
		   : match_statement(decision, input->invoice, input->statement);
}

/* Says why an invoice cannot be matched, where the file tells it and the ledger cannot see it.
 * RESULT_INVOICE_CLOSED: it is matched, refused or a credit note that agreed. */
enum result invoice_set_aside(struct decision *decision)
{
	const struct command_invoice_set_aside *input =
	    &decision->command->input.invoice_set_aside;
	if (is_settled(effects_read_invoice(decision->effects, input->invoice)))
		return RESULT_INVOICE_CLOSED;
	struct invoice *invoice = effects_edit_invoice(decision->effects, input->invoice);
	uint8_t before = invoice->difference;
	differ(invoice, input->difference);
	const struct statement *statement =
	    effects_read_statement(decision->effects, input->statement);
	invoice->statement = input->statement;
	invoice->expected_net_cents = statement != NULL ? statement->net_cents : cents_zero();
	invoice->expected_vat_cents = statement != NULL ? statement->vat_cents : cents_zero();
	return done(decision, input->invoice, before);
}

/* Sends a registered invoice back through the SdI (EC02).
 *   RESULT_OK
 *   RESULT_INVOICE_CLOSED            it is matched, refused, or a credit note
 *   RESULT_INVOICE_CONFORMS          nothing was found that differs
 *   RESULT_STATEMENT_NOT_OPEN        it was compared with no statement
 *   RESULT_INVOICE_REFUSAL_TOO_LATE  parameter invoice_refusal_days
 * SOURCE state_transitions.csv STATEMENT refuse_invoice. */
enum result invoice_refuse(struct decision *decision)
{
	const struct command_invoice_refuse *input = &decision->command->input.invoice_refuse;
	const struct invoice *present = effects_read_invoice(decision->effects, input->invoice);
	ASSERT(present != NULL);
	if (is_settled(present) || is_note(present->document))
		return RESULT_INVOICE_CLOSED;
	if (present->state != INVOICE_STATE_MISMATCHED)
		return RESULT_INVOICE_CONFORMS;
	if (present->statement.raw == 0)
		return RESULT_STATEMENT_NOT_OPEN;
	struct invoice *invoice = effects_edit_invoice(decision->effects, input->invoice);
	struct invoice_figures figures = figures_of(invoice);
	struct invoice_paper paper = {.number = JUDGE_TEXT(invoice->invoice_number),
				      .date = invoice->invoice_date,
				      .received = invoice->received_on};
	enum result result = settlement_refuse_invoice(decision, invoice->statement, &paper,
						       &figures, invoice->difference);
	if (result != RESULT_OK)
		return result;
	invoice->state = INVOICE_STATE_REFUSED;
	return done(decision, input->invoice, invoice->difference);
}

void invoice_follow(struct decision *decision, struct statement_id statement_id,
		    struct provider_id issuer, const struct invoice_paper *paper,
		    enum invoice_state state)
{
	struct invoice wanted = {.provider = issuer, .invoice_date = paper->date};
	ASSERT(paper->number.size <= sizeof(wanted.invoice_number));
	memcpy(wanted.invoice_number, paper->number.data, paper->number.size);
	struct invoice_id id = find_number(decision->state, &wanted);
	if (id.raw == 0 || is_settled(state_invoice(decision->state, id)))
		return;
	const struct statement *statement =
	    effects_read_statement(decision->effects, statement_id);
	struct invoice *invoice = effects_edit_invoice(decision->effects, id);
	invoice->statement = statement_id;
	invoice->expected_net_cents = statement->net_cents;
	invoice->expected_vat_cents = statement->vat_cents;
	invoice->state = (uint8_t)state;
	if (state == INVOICE_STATE_MATCHED) {
		invoice->difference = 0;
		effects_edit_statement(decision->effects, statement_id)->invoice = id;
	}
}
