/* Payment orders, a tree to facts: see opi.h. */
#include "connectors/format/opi.h"
#include "connectors/format/opi_words.h"

#include "engine/base/text.h"

#include <string.h>

struct reading {
	struct opi_flow *flow;
	const char *fault;
};

static bool fail(struct reading *reading, const char *path)
{
	reading->fault = path;
	return false;
}

/* A text that may be absent, into a member. */
static bool take_if(struct reading *reading, const struct tree_node *node, const char *path,
		    char *member, uint32_t size)
{
	struct slice text = tree_text_at(node, path);
	if (text.size > size)
		return fail(reading, path);
	memset(member, 0, size);
	if (text.size > 0)
		memcpy(member, text.data, text.size);
	return true;
}
#define TAKE_IF(node, path, member) take_if(reading, node, path, member, sizeof(member))

static bool take(struct reading *reading, const struct tree_node *node, const char *path,
		 char *member, uint32_t size)
{
	if (tree_text_at(node, path).size == 0)
		return fail(reading, path);
	return take_if(reading, node, path, member, size);
}
#define TAKE(node, path, member) take(reading, node, path, member, sizeof(member))

static bool take_number(struct reading *reading, const struct tree_node *node, const char *path,
			uint32_t *ret_number)
{
	if (!text_parse_u32(tree_text_at(node, path), UINT32_MAX, ret_number))
		return fail(reading, path);
	return true;
}

/* A number that may be absent, then 0. */
static bool take_short_if(struct reading *reading, const struct tree_node *node, const char *path,
			  uint16_t *ret_number)
{
	uint32_t number = 0;
	struct slice text = tree_text_at(node, path);
	if (text.size > 0 && !text_parse_u32(text, UINT16_MAX, &number))
		return fail(reading, path);
	*ret_number = (uint16_t)number;
	return true;
}

static bool take_day_if(struct reading *reading, const struct tree_node *node, const char *path,
			struct day *ret_day)
{
	struct slice text = tree_text_at(node, path);
	*ret_day = (struct day){0};
	return text.size == 0 || day_parse(text, ret_day) || fail(reading, path);
}

static bool take_word(struct reading *reading, const struct tree_node *node, const char *path,
		      const char *const *words, uint32_t count, uint8_t *ret_word)
{
	*ret_word = opi_word(words, count, tree_text_at(node, path));
	return *ret_word != 0 || fail(reading, path);
}

static bool read_header(struct reading *reading, const struct tree_node *header)
{
	struct opi_flow *flow = reading->flow;
	struct payer *payer = &flow->payer;
	return TAKE(header, "codice_ABI_BT", payer->treasury_abi) &&
	       TAKE(header, "identificativo_flusso", flow->id) &&
	       TAKE(header, "data_ora_creazione_flusso", flow->created) &&
	       TAKE(header, "codice_ente", payer->ipa_code) &&
	       TAKE(header, "descrizione_ente", flow->payer_name) &&
	       TAKE(header, "codice_istat_ente", payer->istat_code) &&
	       TAKE(header, "codice_fiscale_ente", payer->tax_code) &&
	       TAKE(header, "codice_tramite_ente", payer->a2a_body) &&
	       TAKE(header, "codice_tramite_BT", payer->a2a_treasury) &&
	       TAKE(header, "codice_ente_BT", payer->treasury_code);
}

static bool read_invoice(struct reading *reading, const struct tree_node *invoice,
			 struct opi_payment *payment)
{
	if (invoice == NULL)
		return true;
	struct slice lot = tree_text_at(invoice, "identificativo_lotto_sdi_siope");
	if (!text_parse_u64(lot, INT64_MAX, &payment->invoice_lot))
		return fail(reading, "identificativo_lotto_sdi_siope");
	return TAKE(invoice, "codice_ipa_ente_siope", payment->invoice_office) &&
	       TAKE(invoice, "dati_fattura_siope/numero_fattura_siope", payment->invoice_number) &&
	       take_day_if(reading, invoice, "dati_fattura_siope/data_scadenza_pagam_siope",
			   &payment->invoice_due);
}

static bool read_classification(struct reading *reading, const struct tree_node *node,
				struct opi_payment *payment)
{
	const struct tree_node *data = tree_child(node, "classificazione_dati_siope_uscite");
	const char *debt = tree_child(data, "tipo_debito_siope_c") != NULL ? "tipo_debito_siope_c"
									   : "tipo_debito_siope_nc";
	return TAKE(node, "codice_cgu", payment->siope) &&
	       TAKE_IF(node, "codice_cup", payment->cup) &&
	       take_word(reading, data, debt, opi_debt_words, OPI_DEBTS, &payment->debt) &&
	       TAKE_IF(data, "codice_cig_siope", payment->cig) &&
	       TAKE_IF(data, "motivo_esclusione_cig_siope", payment->exclusion) &&
	       read_invoice(reading, tree_child(data, "fattura_siope"), payment);
}

static bool read_payee(struct reading *reading, const struct tree_node *node,
		       struct opi_payment *payment)
{
	const struct tree_node *payee = tree_child(node, "beneficiario");
	const struct tree_node *transfer = tree_child(node, "sepa_credit_transfer");
	return TAKE(payee, "anagrafica_beneficiario", payment->name) &&
	       TAKE_IF(payee, "partita_iva_beneficiario", payment->vat_number) &&
	       TAKE_IF(payee, "codice_fiscale_beneficiario", payment->tax_code) &&
	       TAKE_IF(transfer, "iban", payment->iban) &&
	       TAKE_IF(transfer, "identificativo_end_to_end", payment->reference);
}

static bool read_replaced(struct reading *reading, const struct tree_node *node,
			  struct opi_payment *payment)
{
	if (node == NULL)
		return true;
	return take_number(reading, node, "numero_mandato_da_sostituire",
			   &payment->replaced_order) &&
	       take_number(reading, node, "progressivo_beneficiario_da_sostituire",
			   &payment->replaced_place) &&
	       take_short_if(reading, node, "esercizio_mandato_da_sostituire",
			     &payment->replaced_year);
}

static bool read_payment(struct reading *reading, const struct tree_node *node,
			 struct opi_payment *payment)
{
	struct slice provisional = tree_text_at(node, "sospeso/numero_provvisorio");
	struct slice destination = tree_text_at(node, "destinazione");
	payment->is_provisional_budget = tree_child(node, "gestione_provvisoria") != NULL;
	payment->destination = opi_word(opi_destination_words, OPI_DESTINATIONS, destination);
	if (!text_parse_cents(tree_text_at(node, "importo_beneficiario"), &payment->amount))
		return fail(reading, "importo_beneficiario");
	if (provisional.size > 0 && !text_parse_u64(provisional, UINT64_MAX, &payment->provisional))
		return fail(reading, "numero_provvisorio");
	if (destination.size > 0 && payment->destination == 0)
		return fail(reading, "destinazione");
	return take_number(reading, node, "progressivo_beneficiario", &payment->place) &&
	       take_word(reading, node, "tipo_pagamento", opi_means_words, OPI_MEANS,
			 &payment->means) &&
	       take_day_if(reading, node, "data_scadenza_pagamento", &payment->due) &&
	       read_classification(reading, tree_child(node, "classificazione"), payment) &&
	       TAKE_IF(node, "bollo/causale_esenzione_bollo", payment->stamp_reason) &&
	       read_payee(reading, node, payment) && TAKE(node, "causale", payment->reason) &&
	       read_replaced(reading, tree_child(node, "sostituzione_mandato"), payment);
}

/* What the payments of an order share. */
static bool read_shared(struct reading *reading, const struct tree_node *order,
			struct opi_payment *shared)
{
	const struct tree_node *budget = tree_child(order, "bilancio");
	*shared = (struct opi_payment){.order = 0};
	if (budget != NULL && !take_number(reading, budget, "codifica_bilancio", &shared->chapter))
		return false;
	return take_number(reading, order, "numero_mandato", &shared->order) &&
	       TAKE_IF(order, "estremi_provvedimento_autorizzativo", shared->act) &&
	       take_short_if(reading, budget, "numero_articolo", &shared->article) &&
	       take_short_if(reading, budget, "anno_residuo", &shared->residual_year);
}

static bool read_order(struct reading *reading, const struct tree_node *order)
{
	struct opi_flow *flow = reading->flow;
	struct opi_payment shared;
	if (!read_shared(reading, order, &shared))
		return false;
	const struct tree_node *node = tree_child(order, "informazioni_beneficiario");
	for (; node != NULL; node = tree_next(node)) {
		if (flow->count == flow->size)
			return fail(reading, "informazioni_beneficiario");
		struct opi_payment *payment = &flow->payments[flow->count];
		*payment = shared;
		if (!read_payment(reading, node, payment))
			return false;
		if (!cents_add(flow->total, payment->amount, &flow->total))
			return fail(reading, "importo_beneficiario");
		flow->count++;
	}
	return true;
}

bool opi_read(const struct tree_node *root, struct opi_flow *flow, const char **ret_fault)
{
	ASSERT(flow != NULL && ret_fault != NULL);
	struct reading state = {.flow = flow};
	struct reading *reading = &state;
	const struct tree_node *order = tree_child(root, "mandato");
	flow->payer = (struct payer){.code = ""};
	flow->count = 0;
	flow->total = cents_zero();
	bool is_good = read_header(reading, tree_child(root, "testata_flusso")) &&
		       take_day_if(reading, order, "data_mandato", &flow->day) &&
		       take_word(reading, order, "tipo_operazione", opi_operation_words,
				 OPI_OPERATIONS, &flow->operation);
	for (; is_good && order != NULL; order = tree_next(order))
		is_good = read_order(reading, order);
	*ret_fault = state.fault;
	return is_good;
}
