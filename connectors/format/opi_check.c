/* Payment orders, what their schema does not check: see opi.h. */
#include "connectors/format/latin.h"
#include "connectors/format/once.h"
#include "connectors/format/opi.h"
#include "connectors/format/opi_words.h"

#include "engine/base/identifier.h"
#include "engine/base/text.h"

struct checking {
	struct findings *findings;
	const struct siope *siope;
	struct once references;
	uint32_t year;
	uint32_t at;
};

static void refuse(struct checking *checking, enum finding_code code, const char *field)
{
	finding_add(checking->findings, code, checking->at, field);
}

/* An amount of at least a cent, added to a sum. */
static void add_amount(struct checking *checking, const struct tree_node *node, const char *name,
		       struct cents *sum)
{
	struct cents amount;
	if (!text_parse_cents(tree_text_at(node, name), &amount) ||
	    cents_less(amount, cents_from(1)) || !cents_add(*sum, amount, sum))
		refuse(checking, FINDING_AMOUNT, name);
}

static bool is_amount(const struct tree_node *node, const char *name, struct cents expected)
{
	struct cents amount;
	return text_parse_cents(tree_text_at(node, name), &amount) && cents_equal(amount, expected);
}

/* ---- Header ---- */

static bool is_digits(struct slice text, uint32_t least, uint32_t most)
{
	for (uint32_t i = 0; i < text.size; i++)
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	return text.size >= least && text.size <= most;
}

static bool is_a2a(struct slice text)
{
	return text.size == 12 && slice_equals_text((struct slice){text.data, 4}, "A2A-") &&
	       is_digits((struct slice){text.data + 4, 8}, 8, 8);
}

static bool is_flow_name(struct slice text)
{
	for (uint32_t i = 0; i < text.size; i++) {
		struct slice sign = {text.data + i, 1};
		if (text.data[i] != '#' && (text.data[i] == ':' || !text_is_token(sign)))
			return false;
	}
	return text.size >= 1 && text.size <= OPI_FLOW_ID_SIZE;
}

static void check_header(struct checking *checking, const struct tree_node *header)
{
	if (!is_digits(tree_text_at(header, "codice_ABI_BT"), 5, 5))
		refuse(checking, FINDING_PAYER, "codice_ABI_BT");
	if (!is_flow_name(tree_text_at(header, "identificativo_flusso")))
		refuse(checking, FINDING_FLOW_NAME, "identificativo_flusso");
	if (!identifier_ipa_office_is_valid(tree_text_at(header, "codice_ente")))
		refuse(checking, FINDING_PAYER, "codice_ente");
	if (tree_text_at(header, "descrizione_ente").size == 0)
		refuse(checking, FINDING_PAYER, "descrizione_ente");
	if (!is_digits(tree_text_at(header, "codice_istat_ente"), 9, 15))
		refuse(checking, FINDING_PAYER, "codice_istat_ente");
	if (!identifier_tax_code_is_valid(tree_text_at(header, "codice_fiscale_ente")))
		refuse(checking, FINDING_PAYER, "codice_fiscale_ente");
	if (!is_a2a(tree_text_at(header, "codice_tramite_ente")))
		refuse(checking, FINDING_PAYER, "codice_tramite_ente");
	if (!is_a2a(tree_text_at(header, "codice_tramite_BT")))
		refuse(checking, FINDING_PAYER, "codice_tramite_BT");
	if (tree_text_at(header, "codice_ente_BT").size == 0)
		refuse(checking, FINDING_PAYER, "codice_ente_BT");
}

/* ---- Classifications ---- */

static void check_invoices(struct checking *checking, const struct tree_node *node,
			   const struct tree_node *data)
{
	struct cents sum = cents_zero();
	const struct tree_node *invoice = tree_child(data, "fattura_siope");
	bool is_commercial = tree_child(data, "tipo_debito_siope_c") != NULL;
	if (invoice == NULL) {
		if (is_commercial)
			refuse(checking, FINDING_INVOICE_MISSING, "fattura_siope");
		return;
	}
	for (; invoice != NULL; invoice = tree_next(invoice)) {
		struct cents amount;
		const struct tree_node *said = tree_child(invoice, "dati_fattura_siope");
		if (tree_text_at(said, "numero_fattura_siope").size == 0)
			refuse(checking, FINDING_INVOICE_MISSING, "numero_fattura_siope");
		/* Credit notes stand here below zero: the only amounts that may. */
		if (!text_parse_cents(tree_text_at(said, "importo_siope"), &amount) ||
		    !cents_add(sum, amount, &sum))
			refuse(checking, FINDING_AMOUNT, "importo_siope");
	}
	if (!is_amount(node, "importo", sum))
		refuse(checking, FINDING_INVOICE_SUM, "importo_siope");
}

static void check_classification(struct checking *checking, const struct tree_node *node)
{
	const struct tree_node *data = tree_child(node, "classificazione_dati_siope_uscite");
	struct slice cig = tree_text_at(data, "codice_cig_siope");
	struct slice cup = tree_text_at(node, "codice_cup");
	bool is_commercial = tree_child(data, "tipo_debito_siope_c") != NULL;
	if (!siope_has(checking->siope, tree_text_at(node, "codice_cgu")))
		refuse(checking, FINDING_CGU, "codice_cgu");
	if (cup.size > 0 && !identifier_cup_is_valid(cup))
		refuse(checking, FINDING_CUP, "codice_cup");
	if (cig.size > 0 && !identifier_cig_is_valid(cig))
		refuse(checking, FINDING_CIG, "codice_cig_siope");
	if (is_commercial && cig.size == 0 &&
	    tree_text_at(data, "motivo_esclusione_cig_siope").size == 0)
		refuse(checking, FINDING_CIG_MISSING, "codice_cig_siope");
	check_invoices(checking, node, data);
}

static void check_classifications(struct checking *checking, const struct tree_node *payment)
{
	struct cents sum = cents_zero();
	const struct tree_node *node = tree_child(payment, "classificazione");
	if (node == NULL) {
		refuse(checking, FINDING_CLASSIFICATION_MISSING, "classificazione");
		return;
	}
	for (; node != NULL; node = tree_next(node)) {
		add_amount(checking, node, "importo", &sum);
		check_classification(checking, node);
	}
	if (!is_amount(payment, "importo_beneficiario", sum))
		refuse(checking, FINDING_CLASSIFICATION_SUM, "importo");
}

/* ---- Beneficiaries ---- */

static void check_reference(struct checking *checking, struct slice text)
{
	if (text.size == 0 || text.size > OPI_REFERENCE_SIZE || text.data[0] == '/')
		refuse(checking, FINDING_REFERENCE, "identificativo_end_to_end");
	else if (!once_add(&checking->references, text))
		refuse(checking, FINDING_TWICE, "identificativo_end_to_end");
}

static void check_transfer(struct checking *checking, const struct tree_node *payment)
{
	const struct tree_node *transfer = tree_child(payment, "sepa_credit_transfer");
	struct slice means = tree_text_at(payment, "tipo_pagamento");
	struct slice bic = tree_text_at(transfer, "bic");
	if (transfer == NULL) {
		if (slice_equals_text(means, opi_means_words[OPI_SEPA]))
			refuse(checking, FINDING_TRANSFER_MISSING, "sepa_credit_transfer");
		return;
	}
	if (!identifier_iban_is_valid(tree_text_at(transfer, "iban")))
		refuse(checking, FINDING_IBAN, "iban");
	if (bic.size > 0 && !identifier_bic_is_shaped(bic))
		refuse(checking, FINDING_BIC, "bic");
	check_reference(checking, tree_text_at(transfer, "identificativo_end_to_end"));
}

static void check_payee(struct checking *checking, const struct tree_node *payee)
{
	struct slice vat = tree_text_at(payee, "partita_iva_beneficiario");
	struct slice tax = tree_text_at(payee, "codice_fiscale_beneficiario");
	struct slice name = tree_text_at(payee, "anagrafica_beneficiario");
	if ((vat.size == 0 && tax.size == 0) || (vat.size > 0 && !identifier_vat_is_valid(vat)) ||
	    (tax.size > 0 && !identifier_tax_code_is_valid(tax)))
		refuse(checking, FINDING_PAYEE_CODE, "beneficiario");
	if (name.size > OPI_NAME_SIZE)
		refuse(checking, FINDING_TEXT_LONG, "anagrafica_beneficiario");
	if (!latin_is(LATIN_ASCII, name))
		refuse(checking, FINDING_LETTERS, "anagrafica_beneficiario");
}

static void check_payment(struct checking *checking, const struct tree_node *payment)
{
	struct slice reason = tree_text_at(payment, "causale");
	check_classifications(checking, payment);
	check_transfer(checking, payment);
	check_payee(checking, tree_child(payment, "beneficiario"));
	if (reason.size > OPI_REASON_SIZE)
		refuse(checking, FINDING_TEXT_LONG, "causale");
	if (!latin_is(LATIN_ASCII, reason))
		refuse(checking, FINDING_LETTERS, "causale");
}

/* ---- Orders ---- */

static void check_budget(struct checking *checking, const struct tree_node *order)
{
	struct cents sum = cents_zero();
	const struct tree_node *node = tree_child(order, "bilancio");
	if (node == NULL)
		return;
	for (; node != NULL; node = tree_next(node)) {
		uint32_t residual = 0;
		struct slice year = tree_text_at(node, "anno_residuo");
		bool is_residual = slice_equals_text(tree_text_at(node, "gestione"), "RESIDUO");
		bool has_year = text_parse_u32(year, UINT32_MAX, &residual);
		if (is_residual != (year.size > 0) || (year.size > 0 && !has_year) ||
		    residual >= checking->year)
			refuse(checking, FINDING_BUDGET_YEAR, "anno_residuo");
		add_amount(checking, node, "importo_bilancio", &sum);
	}
	if (!is_amount(order, "importo_mandato", sum))
		refuse(checking, FINDING_BUDGET_SUM, "importo_bilancio");
}

/* `at` is the order's first beneficiary when this begins, and the next order's when it ends. */
static void check_order(struct checking *checking, const struct tree_node *order)
{
	struct cents sum = cents_zero();
	uint32_t first = checking->at;
	const struct tree_node *node = tree_child(order, "informazioni_beneficiario");
	bool replaces = slice_equals_text(tree_text_at(order, "tipo_operazione"),
					  opi_operation_words[OPI_REPLACE]);
	for (; node != NULL; node = tree_next(node)) {
		bool names_replaced = tree_child(node, "sostituzione_mandato") != NULL;
		add_amount(checking, node, "importo_beneficiario", &sum);
		check_payment(checking, node);
		if (replaces != names_replaced)
			refuse(checking, FINDING_REPLACED, "sostituzione_mandato");
		checking->at++;
	}
	uint32_t next = checking->at;
	checking->at = first;
	if (!is_amount(order, "importo_mandato", sum))
		refuse(checking, FINDING_BENEFICIARIES_SUM, "importo_mandato");
	check_budget(checking, order);
	checking->at = next;
}

bool opi_check(const struct tree_node *root, const struct siope *siope, struct arena *memory,
	       struct findings *findings)
{
	ASSERT(siope != NULL && memory != NULL && findings != NULL);
	struct checking checking = {.findings = findings, .siope = siope};
	const struct tree_node *order = tree_child(root, "mandato");
	uint32_t most = 1;
	if (order == NULL || tree_child(root, "testata_flusso") == NULL ||
	    !text_parse_u32(tree_text_at(root, "esercizio"), 9999, &checking.year)) {
		refuse(&checking, FINDING_STRUCTURE, "flusso_ordinativi");
		return true;
	}
	for (const struct tree_node *node = root; node != NULL; node = tree_walk(node, root))
		most += slice_equals_text(node->name, "informazioni_beneficiario") ? 1 : 0;
	if (!once_init(&checking.references, memory, most))
		return false;
	check_header(&checking, tree_child(root, "testata_flusso"));
	checking.at = 1;
	for (; order != NULL; order = tree_next(order))
		check_order(&checking, order);
	return true;
}
