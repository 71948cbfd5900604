/* What an export pays: see facts.h. */
#include "tests/properties/facts.h"

#include <stdio.h>
#include <string.h>

#define COPY(text, member) copy((text), (member), sizeof(member))

static void copy(char *text, const char *member, size_t size)
{
	memcpy(text, member, size);
	text[size] = '\0';
}

void facts_add(struct cents *sum, struct cents amount)
{
	if (!cents_add(*sum, amount, sum))
		life_fail("a sum beyond 64 bits");
}

static void take_away(struct cents *sum, struct cents amount)
{
	if (!cents_sub(*sum, amount, sum))
		life_fail("a sum beyond 64 bits");
}

/* ---- Statements ---- */

/* What of a line was taken by credit notes, set-off, other creditors and earlier payments. */
static void left_of(const struct state *state, struct statement_line_id id, uint32_t last,
		    struct cents *net, struct cents *vat)
{
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_LINE_ADJUSTMENT) && i <= last;
	     i++) {
		const struct line_adjustment *adjustment =
		    state_line_adjustment(state, (struct line_adjustment_id){i});
		if (adjustment->line.raw != id.raw)
			continue;
		switch (adjustment->kind) {
		case ADJUSTMENT_CREDITED:
		case ADJUSTMENT_SET_OFF:
		case ADJUSTMENT_SUBSTITUTED:
		case ADJUSTMENT_PAID:
			take_away(net, adjustment->net_cents);
			take_away(vat, adjustment->vat_cents);
			break;
		case ADJUSTMENT_RETURNED:
			facts_add(net, adjustment->net_cents);
			facts_add(vat, adjustment->vat_cents);
			break;
		default:
			break;
		}
	}
}

static struct fact *add_fact(struct facts *facts, const struct fact *wanted)
{
	for (uint32_t i = 0; i < facts->count; i++) {
		struct fact *fact = &facts->all[i];
		if (fact->item.raw == wanted->item.raw && fact->year == wanted->year &&
		    strcmp(fact->fund, wanted->fund) == 0 &&
		    strcmp(fact->commitment, wanted->commitment) == 0 &&
		    strcmp(fact->siope, wanted->siope) == 0)
			return fact;
	}
	if (facts->count == FACTS_MAX)
		life_fail("too many payments");
	facts->all[facts->count] = *wanted;
	return &facts->all[facts->count++];
}

static void add_title(struct fact *fact, struct voucher_id voucher)
{
	for (uint32_t i = 0; i < fact->title_count; i++)
		if (fact->titles[i] == voucher.raw)
			return;
	if (fact->title_count == FACT_TITLES_MAX)
		life_fail("too many titles");
	fact->titles[fact->title_count++] = voucher.raw;
}

static void set_impegno(const struct state *state, struct fact *fact,
			struct fund_year_id fund_year, struct commitment_id commitment)
{
	const struct fund_year *year = state_fund_year(state, fund_year);
	fact->year = (uint16_t)year->year;
	COPY(fact->fund, state_fund(state, year->fund)->code);
	COPY(fact->commitment, state_commitment(state, commitment)->number);
}

static void add_statement(const struct state *state, const struct export_item *item,
			  struct export_item_id id, uint32_t last, struct facts *facts)
{
	const struct statement *statement = state_statement(state, item->statement);
	struct provider_id payee =
	    statement->payee.raw == 0 ? statement->provider : statement->payee;
	struct accreditation_id pact = statement->payee_accreditation.raw == 0
					   ? statement->accreditation
					   : statement->payee_accreditation;
	for (struct statement_line_id line = statement->first_line; line.raw != 0;) {
		const struct statement_line *record = state_statement_line(state, line);
		struct fact wanted = {.item = id};
		struct cents net = record->net_cents;
		struct cents vat = record->vat_cents;
		set_impegno(state, &wanted, record->fund_year, record->commitment);
		COPY(wanted.siope, state_service(state, record->service)->siope_code);
		COPY(wanted.invoice, statement->invoice_number);
		COPY(wanted.cig, state_accreditation(state, pact)->cig);
		COPY(wanted.iban, state_provider(state, payee)->iban);
		COPY(wanted.payee, state_provider(state, payee)->legal_name);
		left_of(state, line, last, &net, &vat);
		struct fact *fact = add_fact(facts, &wanted);
		facts_add(&fact->net, net);
		facts_add(&fact->vat, vat);
		facts_add(&fact->payable, net); /* the body pays the VAT, where there is any */
		add_title(fact, record->voucher);
		line = record->next_in_statement;
	}
}

static void add_grant(const struct state *state, const struct export_item *item,
		      struct export_item_id id, struct facts *facts)
{
	const struct cash_grant_payment *payment =
	    state_cash_grant_payment(state, item->cash_grant_payment);
	struct fact fact = {.item = id,
			    .siope = "1040202999",
			    .net = payment->amount_cents,
			    .payable = payment->amount_cents};
	set_impegno(state, &fact, payment->fund_year, payment->commitment);
	(void)snprintf(fact.payee, sizeof(fact.payee), "ben_%u",
		       state_voucher(state, payment->voucher)->beneficiary.raw);
	add_title(&fact, payment->voucher);
	(void)add_fact(facts, &fact);
}

void facts_of_export(const struct life *life, struct export_id export, struct facts *facts)
{
	const struct state *state = &life->fixture.state;
	const struct export *record = state_export(state, export);
	uint32_t last = record->state == EXPORT_STATE_DRAFT ? UINT32_MAX
							    : record->last_adjustment.raw;
	memset(facts, 0, sizeof(*facts));
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_EXPORT_ITEM); i++) {
		struct export_item_id id = {i};
		const struct export_item *item = state_export_item(state, id);
		if (item->export.raw != export.raw || item->state == EXPORT_ITEM_STATE_REMOVED)
			continue;
		if (item->statement.raw != 0)
			add_statement(state, item, id, last, facts);
		else
			add_grant(state, item, id, facts);
	}
	for (uint32_t i = 0; i < facts->count; i++) {
		facts_add(&facts->net, facts->all[i].net);
		facts_add(&facts->vat, facts->all[i].vat);
		facts_add(&facts->payable, facts->all[i].payable);
	}
}

/* ---- Rows ---- */

static bool is_text(const char *member, size_t size, const char *text)
{
	return slice_equals_text((struct slice){member, (uint32_t)strnlen(member, size)}, text);
}
#define IS_TEXT(member, text) is_text(member, sizeof(member), text)

static bool says(const struct fact *fact, struct export_id export,
		 const struct liquidation_row *row)
{
	char reference[40];
	int size = snprintf(reference, sizeof(reference), "TIT-%u-%u-", export.raw, fact->item.raw);
	bool is_named = fact->iban[0] == '\0' || (IS_TEXT(row->iban, fact->iban) &&
						  IS_TEXT(row->beneficiario, fact->payee));
	return memcmp(row->end_to_end_id, reference, (size_t)size) == 0 && is_named &&
	       row->esercizio == fact->year && IS_TEXT(row->fondo, fact->fund) &&
	       IS_TEXT(row->numero_impegno, fact->commitment) &&
	       IS_TEXT(row->codice_siope, fact->siope) &&
	       IS_TEXT(row->fattura_numero, fact->invoice) && IS_TEXT(row->cig, fact->cig) &&
	       cents_equal(row->imponibile, fact->net) && cents_equal(row->iva, fact->vat) &&
	       cents_equal(row->importo_da_pagare, fact->payable) &&
	       row->numero_voucher == fact->title_count;
}

struct fact *facts_take(struct facts *facts, struct export_id export,
			const struct liquidation_row *row)
{
	for (uint32_t i = 0; i < facts->count; i++) {
		struct fact *fact = &facts->all[i];
		if (fact->is_taken || !says(fact, export, row))
			continue;
		fact->is_taken = true;
		return fact;
	}
	return NULL;
}

/* ---- What SIUSS and pagoPA are told ---- */

struct cents facts_delivered(const struct life *life, struct month month,
			     struct voucher_id voucher, struct service_id service)
{
	const struct state *state = &life->fixture.state;
	struct cents sum = cents_zero();
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_STATEMENT_LINE); i++) {
		const struct statement_line *line =
		    state_statement_line(state, (struct statement_line_id){i});
		const struct statement *statement = state_statement(state, line->statement);
		if (line->voucher.raw != voucher.raw || line->service.raw != service.raw ||
		    statement->month.number != month.number ||
		    statement->state == STATEMENT_STATE_OPEN ||
		    statement->state == STATEMENT_STATE_CANCELLED)
			continue;
		facts_add(&sum, line->net_cents);
		facts_add(&sum, line->vat_cents);
	}
	return sum;
}

struct cents facts_granted(const struct life *life, struct month month,
			   struct voucher_id voucher)
{
	const struct state *state = &life->fixture.state;
	struct cents sum = cents_zero();
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_CASH_GRANT_PAYMENT); i++) {
		const struct cash_grant_payment *payment =
		    state_cash_grant_payment(state, (struct cash_grant_payment_id){i});
		if (payment->voucher.raw == voucher.raw && payment->month.number == month.number &&
		    payment->state == CASH_GRANT_PAYMENT_STATE_PAID)
			facts_add(&sum, payment->amount_cents);
	}
	return sum;
}

struct cents facts_billed(const struct life *life, struct month month,
			  struct voucher_id voucher)
{
	const struct state *state = &life->fixture.state;
	struct cents sum = cents_zero();
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_RECEIVABLE); i++) {
		const struct receivable *bill = state_receivable(state, (struct receivable_id){i});
		if (bill->voucher.raw != voucher.raw || bill->month.number != month.number)
			continue;
		facts_add(&sum, bill->charged_cents);
		take_away(&sum, bill->waived_cents);
	}
	return sum;
}
