/* Payment orders, rows to facts and facts to a tree: see opi.h. */
#include "connectors/format/opi.h"

#include "connectors/format/latin.h"
#include "connectors/format/opi_words.h"
#include "engine/base/text.h"

#include <string.h>

/* Who gets the VAT of split payments. */
#define ERARIO_NAME	"AGENZIA DELLE ENTRATE"
#define ERARIO_TAX_CODE "06363391001"
#define CHAPTER_MAX	9999999u
#define ARTICLE_MAX	999u

const char *const opi_operation_words[OPI_OPERATIONS] = {
    "", "INSERIMENTO", "VARIAZIONE", "ANNULLO", "SOSTITUZIONE",
};
const char *const opi_means_words[OPI_MEANS] = {
    "", "SEPA CREDIT TRANSFER", "F24EP", "COMPENSAZIONE", "REGOLARIZZAZIONE", "CASSA",
};
const char *const opi_destination_words[OPI_DESTINATIONS] = {"", "LIBERA", "VINCOLATA"};
const char *const opi_debt_words[OPI_DEBTS] = {"", "COMMERCIALE", "NON_COMMERCIALE", "IVA"};

uint8_t opi_word(const char *const *words, uint32_t count, struct slice text)
{
	ASSERT(words != NULL && count <= UINT8_MAX);
	for (uint32_t i = 1; i < count; i++)
		if (slice_equals_text(text, words[i]))
			return (uint8_t)i;
	return 0;
}

const char *opi_operation_name(enum opi_operation operation)
{
	ASSERT(operation >= OPI_INSERT && operation < OPI_OPERATIONS);
	return opi_operation_words[operation];
}

/* ---- Rows to facts ---- */

struct gathering {
	const struct opi_order *order;
	struct opi_flow *flow;
	struct findings *findings;
	const struct liquidation_row *before; /* row of the order at hand */
	uint32_t next;			      /* earlier row after the last that was found */
};

static void put(char *member, uint32_t size, struct slice text)
{
	ASSERT(text.size <= size);
	memset(member, 0, size);
	if (text.size > 0)
		memcpy(member, text.data, text.size);
}
#define PUT(member, text) put(member, sizeof(member), text)

static void put_ascii(struct gathering *gathering, char *member, uint32_t size, struct slice text,
		      const char *field)
{
	struct latin told = latin_write(LATIN_ASCII, text, member, size);
	uint32_t at = gathering->flow->count + 1;
	if (told.is_changed)
		finding_add(gathering->findings, FINDING_LETTERS_CHANGED, at, field);
	if (told.is_cut)
		finding_add(gathering->findings, FINDING_TEXT_CUT, at, field);
}
#define PUT_ASCII(gathering, member, text, field)                                                  \
	put_ascii(gathering, member, sizeof(member), text, field)

/* "DET 321/2026" */
static void put_act(struct opi_payment *payment, const struct liquidation_row *row)
{
	char text[sizeof(payment->act) + TEXT_U64_SIZE_MAX];
	struct slice kind = SLICE_OF(row->atto_tipo);
	struct slice number = SLICE_OF(row->atto_numero);
	uint32_t size = kind.size;
	static_assert(sizeof(row->atto_tipo) + sizeof(row->atto_numero) + 6 <= sizeof(payment->act),
		      "an act fits");
	if (number.size == 0)
		return;
	memcpy(text, kind.data, kind.size);
	if (size > 0)
		text[size++] = ' ';
	memcpy(text + size, number.data, number.size);
	size += number.size;
	if (row->atto_anno != 0) {
		text[size++] = '/';
		size += text_format_u64(row->atto_anno, text + size);
	}
	(void)latin_write(LATIN_ASCII, (struct slice){text, size}, payment->act,
			  sizeof(payment->act));
}

/* A budget line needs a chapter that is a number; the accounts know the others. */
static void put_budget(struct gathering *gathering, struct opi_payment *payment,
		       const struct liquidation_row *row)
{
	uint32_t chapter = 0;
	uint32_t article = 0;
	struct slice text = SLICE_OF(row->capitolo);
	int32_t year = day_fiscal_year(gathering->order->day);
	if (!text_parse_u32(text, CHAPTER_MAX, &chapter) || chapter == 0) {
		if (text.size > 0)
			finding_add(gathering->findings, FINDING_CHAPTER,
				    gathering->flow->count + 1, "capitolo");
		return;
	}
	payment->chapter = chapter;
	if (text_parse_u32(SLICE_OF(row->articolo), ARTICLE_MAX, &article))
		payment->article = (uint16_t)article;
	if (row->anno_impegno != 0 && row->anno_impegno < year)
		payment->residual_year = row->anno_impegno;
}

/* What an order says of the invoice it pays. */
static void put_invoice(struct opi_payment *payment, const struct liquidation_row *row)
{
	uint64_t lot = 0;
	struct slice number = SLICE_OF(row->fattura_numero);
	if (number.size > sizeof(payment->invoice_number))
		number = (struct slice){number.data + number.size - sizeof(payment->invoice_number),
					sizeof(payment->invoice_number)};
	if (text_parse_u64(SLICE_OF(row->id_sdi), INT64_MAX, &lot))
		payment->invoice_lot = lot;
	(void)latin_write(LATIN_ASCII, number, payment->invoice_number,
			  sizeof(payment->invoice_number));
	payment->invoice_due = row->data_scadenza;
}

static bool same(const char *left, const char *right, uint32_t size)
{
	return memcmp(left, right, size) == 0;
}
#define SAME(left, right, member) same((left)->member, (right)->member, sizeof((left)->member))

/* Do two buoni belong into one order? */
static bool share_order(const struct liquidation_row *left, const struct liquidation_row *right)
{
	return SAME(left, right, tipo_debito) && SAME(left, right, capitolo) &&
	       SAME(left, right, articolo) && SAME(left, right, numero_impegno) &&
	       SAME(left, right, codice_siope) && SAME(left, right, atto_tipo) &&
	       SAME(left, right, atto_numero) && left->anno_impegno == right->anno_impegno &&
	       left->atto_anno == right->atto_anno;
}

static bool pays(const struct liquidation_row *row)
{
	return !cents_is_zero(row->importo_da_pagare);
}

static bool orders_vat(const struct opi_order *order, const struct liquidation_row *row)
{
	return order->orders_vat && row->split_payment != 0 && !cents_is_zero(row->iva);
}

static bool is_commercial(const struct liquidation_row *row)
{
	return opi_word(opi_debt_words, OPI_DEBTS, SLICE_OF(row->tipo_debito)) == OPI_COMMERCIAL;
}

/* The numbers that the earlier flow gave its rows: as opi_facts numbers those of this one. */
static void number_earlier(const struct opi_order *order)
{
	const struct liquidation_row *before = NULL;
	uint32_t next = order->earlier_first;
	uint32_t place = 1;
	for (uint32_t i = 0; i < order->earlier_count; i++) {
		const struct liquidation_row *row = &order->earlier[i];
		struct opi_place *found = &order->places[i];
		*found = (struct opi_place){.order = 0};
		if (pays(row)) {
			bool is_grant = !is_commercial(row);
			bool joins = is_grant && before != NULL && share_order(before, row);
			place = joins ? place + 1 : 1;
			next += joins ? 0 : 1;
			found->order = next - 1;
			found->place = place;
			before = is_grant ? row : NULL;
		}
		if (orders_vat(order, row)) {
			found->vat_order = next++;
			before = NULL;
		}
	}
}

/* Is it the same payment? What may be varied (amount, account, name, reference) does not count. */
static bool is_same_payment(const struct liquidation_row *left, const struct liquidation_row *right)
{
	bool is_grant = !is_commercial(left);
	return SAME(left, right, tipo_debito) && SAME(left, right, fondo) &&
	       SAME(left, right, capitolo) && SAME(left, right, articolo) &&
	       SAME(left, right, numero_impegno) && SAME(left, right, codice_siope) &&
	       SAME(left, right, codice_fornitore) && SAME(left, right, fattura_numero) &&
	       SAME(left, right, codice_istat_comune) && left->esercizio == right->esercizio &&
	       left->periodo.number == right->periodo.number &&
	       (!is_grant || SAME(left, right, causale));
}

/* The earlier numbers of a row; NULL: it was not there. */
static const struct opi_place *earlier_place(struct gathering *gathering,
					     const struct liquidation_row *row)
{
	const struct opi_order *order = gathering->order;
	for (uint32_t i = 0; i < order->earlier_count; i++) {
		uint32_t at = (gathering->next + i) % order->earlier_count;
		if (order->places[at].is_taken || !is_same_payment(&order->earlier[at], row))
			continue;
		order->places[at].is_taken = true;
		gathering->next = at + 1;
		return &order->places[at];
	}
	return NULL;
}

/* The next number of this flow. */
static void number_next(struct gathering *gathering, struct opi_payment *payment, bool joins)
{
	payment->order = gathering->order->first_number;
	payment->place = 1;
	if (gathering->flow->count == 0)
		return;
	const struct opi_payment *last = payment - 1;
	payment->order = joins ? last->order : last->order + 1;
	payment->place = joins ? last->place + 1 : 1;
}

/* False: the earlier flow, which this one is about, has no such order; or orders would be out of
 * their sequence. */
static bool number_payment(struct gathering *gathering, struct opi_payment *payment, bool joins,
			   uint32_t earlier, uint32_t place)
{
	const struct opi_order *order = gathering->order;
	if (order->operation == OPI_INSERT || order->operation == OPI_REPLACE)
		number_next(gathering, payment, joins);
	if (order->operation == OPI_INSERT)
		return true;
	if (earlier == 0)
		return false;
	if (order->operation == OPI_REPLACE) {
		payment->replaced_order = earlier;
		payment->replaced_place = place;
		payment->replaced_year = order->earlier_year;
		return true;
	}
	payment->order = earlier;
	payment->place = place;
	return gathering->flow->count == 0 || payment[-1].order < earlier ||
	       (payment[-1].order == earlier && payment[-1].place < place);
}

/* What a row says of any of its payments. */
static void common_facts(struct gathering *gathering, struct opi_payment *payment,
			 const struct liquidation_row *row)
{
	const struct opi_order *order = gathering->order;
	struct slice siope = SLICE_OF(row->codice_siope);
	*payment = (struct opi_payment){.destination = order->destination};
	payment->is_provisional_budget = order->is_provisional_budget ? 1 : 0;
	put_act(payment, row);
	put_budget(gathering, payment, row);
	if (siope.size <= sizeof(payment->siope))
		PUT(payment->siope, siope);
	PUT(payment->cup, SLICE_OF(row->cup));
	PUT(payment->cig, SLICE_OF(row->cig));
	PUT(payment->invoice_office, SLICE_OF(row->codice_ufficio_ipa));
	if (payment->cig[0] == '\0')
		PUT(payment->exclusion, SLICE_OF(row->motivo_esclusione_cig));
	if (order->stamp_reason != NULL)
		PUT_ASCII(gathering, payment->stamp_reason, slice_from_text(order->stamp_reason),
			  "causale_esenzione_bollo");
}

static bool add_payment(struct gathering *gathering, const struct opi_payment *payment)
{
	struct opi_flow *flow = gathering->flow;
	ASSERT(flow->count < flow->size);
	if (payment->order > OPI_NUMBER_MAX ||
	    !cents_add(flow->total, payment->amount, &flow->total))
		return false;
	flow->count++;
	return true;
}

/* A buono rests on no contract and no invoice. */
static void drop_contract(struct opi_payment *payment)
{
	memset(payment->cig, 0, sizeof(payment->cig));
	memset(payment->exclusion, 0, sizeof(payment->exclusion));
	memset(payment->invoice_office, 0, sizeof(payment->invoice_office));
}

static bool add_row(struct gathering *gathering, const struct liquidation_row *row,
		    const struct opi_place *earlier)
{
	struct opi_flow *flow = gathering->flow;
	struct opi_payment *payment = &flow->payments[flow->count];
	if (flow->count == flow->size)
		return false;
	common_facts(gathering, payment, row);
	payment->amount = row->importo_da_pagare;
	payment->means = OPI_SEPA;
	payment->due = row->data_scadenza;
	payment->debt = is_commercial(row) ? OPI_COMMERCIAL : OPI_OTHER;
	if (payment->debt == OPI_COMMERCIAL)
		put_invoice(payment, row);
	else
		drop_contract(payment);
	bool joins = payment->debt == OPI_OTHER && gathering->before != NULL &&
		     share_order(gathering->before, row);
	gathering->before = payment->debt == OPI_OTHER ? row : NULL;
	PUT_ASCII(gathering, payment->name, SLICE_OF(row->beneficiario), "anagrafica_beneficiario");
	PUT(payment->vat_number, SLICE_OF(row->partita_iva));
	PUT(payment->tax_code, SLICE_OF(row->codice_fiscale));
	PUT(payment->iban, SLICE_OF(row->iban));
	PUT_ASCII(gathering, payment->reference, SLICE_OF(row->end_to_end_id),
		  "identificativo_end_to_end");
	PUT_ASCII(gathering, payment->reason, SLICE_OF(row->causale), "causale");
	return number_payment(gathering, payment, joins, earlier == NULL ? 0 : earlier->order,
			      earlier == NULL ? 0 : earlier->place) &&
	       add_payment(gathering, payment);
}

/* The VAT of an invoice with split payment, to the Erario. */
static bool add_vat(struct gathering *gathering, const struct liquidation_row *row,
		    const struct opi_place *earlier)
{
	static const char words[] = "IVA SPLIT PAYMENT FATT ";
	char reason[sizeof(words) + sizeof(row->fattura_numero)];
	struct opi_flow *flow = gathering->flow;
	struct opi_payment *payment = &flow->payments[flow->count];
	struct slice number = SLICE_OF(row->fattura_numero);
	if (flow->count == flow->size)
		return false;
	common_facts(gathering, payment, row);
	payment->amount = row->iva;
	payment->means = OPI_F24EP;
	payment->debt = OPI_VAT;
	put_invoice(payment, row);
	PUT(payment->name, slice_from_text(ERARIO_NAME));
	PUT(payment->tax_code, slice_from_text(ERARIO_TAX_CODE));
	memcpy(reason, words, sizeof(words) - 1);
	memcpy(reason + sizeof(words) - 1, number.data, number.size);
	PUT_ASCII(gathering, payment->reason,
		  ((struct slice){reason, (uint32_t)sizeof(words) - 1 + number.size}), "causale");
	gathering->before = NULL;
	return number_payment(gathering, payment, false, earlier == NULL ? 0 : earlier->vat_order,
			      1) &&
	       add_payment(gathering, payment);
}

/* Signs that a flow's name may not have become dashes. */
static void put_flow_id(struct opi_flow *flow, struct slice id)
{
	struct latin told = latin_write(LATIN_ASCII, id, flow->id, sizeof(flow->id));
	for (uint32_t i = 0; i < told.size; i++)
		if (flow->id[i] == ':' || !text_is_token((struct slice){flow->id + i, 1}))
			flow->id[i] = '-';
}

bool opi_facts(const struct opi_order *order, struct opi_flow *flow, struct findings *findings)
{
	ASSERT(order != NULL && order->payer != NULL && flow != NULL && findings != NULL);
	ASSERT(order->created.size == OPI_CREATED_SIZE && order->first_number > 0);
	struct gathering gathering = {order, flow, findings, NULL, 0};
	flow->payer = *order->payer;
	(void)latin_write(LATIN_ASCII, SLICE_OF(order->payer->name), flow->payer_name,
			  sizeof(flow->payer_name));
	put_flow_id(flow, order->id);
	memcpy(flow->created, order->created.data, OPI_CREATED_SIZE);
	flow->day = order->day;
	flow->operation = (uint8_t)order->operation;
	flow->count = 0;
	flow->total = cents_zero();
	bool is_about = order->operation != OPI_INSERT;
	if (is_about)
		number_earlier(order);
	for (uint32_t i = 0; i < order->count; i++) {
		const struct liquidation_row *row = &order->rows[i];
		const struct opi_place *earlier =
		    is_about ? earlier_place(&gathering, row) : NULL;
		if (pays(row) && !add_row(&gathering, row, earlier))
			return false;
		if (orders_vat(order, row) && !add_vat(&gathering, row, earlier))
			return false;
	}
	return true;
}

/* ---- Facts to a tree ---- */

static void write_header(const struct opi_flow *flow, struct tree *tree)
{
	const struct payer *payer = &flow->payer;
	tree_open(tree, "testata_flusso");
	tree_text(tree, "codice_ABI_BT", SLICE_OF(payer->treasury_abi));
	tree_text(tree, "identificativo_flusso", SLICE_OF(flow->id));
	tree_text(tree, "data_ora_creazione_flusso", SLICE_OF(flow->created));
	tree_text(tree, "codice_ente", SLICE_OF(payer->ipa_code));
	tree_text(tree, "descrizione_ente", SLICE_OF(flow->payer_name));
	tree_text(tree, "codice_istat_ente", SLICE_OF(payer->istat_code));
	tree_text(tree, "codice_fiscale_ente", SLICE_OF(payer->tax_code));
	tree_text(tree, "codice_tramite_ente", SLICE_OF(payer->a2a_body));
	tree_text(tree, "codice_tramite_BT", SLICE_OF(payer->a2a_treasury));
	tree_text(tree, "codice_ente_BT", SLICE_OF(payer->treasury_code));
	tree_close(tree);
}

static void write_budget(const struct opi_payment *payment, struct cents amount, struct tree *tree)
{
	if (payment->chapter == 0)
		return;
	tree_open(tree, "bilancio");
	tree_number(tree, "codifica_bilancio", payment->chapter);
	tree_string(tree, "gestione", payment->residual_year != 0 ? "RESIDUO" : "COMPETENZA");
	if (payment->residual_year != 0)
		tree_number(tree, "anno_residuo", payment->residual_year);
	if (payment->article != 0)
		tree_number(tree, "numero_articolo", payment->article);
	tree_cents(tree, "importo_bilancio", amount);
	tree_close(tree);
}

static void write_invoice(const struct opi_payment *payment, struct tree *tree)
{
	if (payment->invoice_lot == 0)
		return;
	tree_open(tree, "fattura_siope");
	tree_text(tree, "codice_ipa_ente_siope", SLICE_OF(payment->invoice_office));
	tree_string(tree, "tipo_documento_siope_e", "ELETTRONICO");
	tree_number(tree, "identificativo_lotto_sdi_siope", payment->invoice_lot);
	tree_open(tree, "dati_fattura_siope");
	tree_text(tree, "numero_fattura_siope", SLICE_OF(payment->invoice_number));
	tree_cents(tree, "importo_siope", payment->amount);
	if (payment->invoice_due.number != 0)
		tree_day(tree, "data_scadenza_pagam_siope", payment->invoice_due);
	tree_string(tree, "motivo_scadenza_siope", "SCAD_FATTURA");
	tree_string(tree, "natura_spesa_siope", "CORRENTE");
	tree_close(tree);
	tree_close(tree);
}

static void write_classification(const struct opi_payment *payment, struct tree *tree)
{
	bool has_contract = payment->debt == OPI_COMMERCIAL || payment->invoice_lot != 0;
	tree_open(tree, "classificazione");
	tree_text(tree, "codice_cgu", SLICE_OF(payment->siope));
	tree_text_if(tree, "codice_cup", SLICE_OF(payment->cup));
	tree_cents(tree, "importo", payment->amount);
	tree_open(tree, "classificazione_dati_siope_uscite");
	tree_string(
	    tree, payment->debt == OPI_COMMERCIAL ? "tipo_debito_siope_c" : "tipo_debito_siope_nc",
	    opi_debt_words[payment->debt]);
	if (has_contract) {
		tree_text_if(tree, "codice_cig_siope", SLICE_OF(payment->cig));
		tree_text_if(tree, "motivo_esclusione_cig_siope", SLICE_OF(payment->exclusion));
		write_invoice(payment, tree);
	}
	tree_close(tree);
	tree_close(tree);
}

static void write_stamp(const struct opi_payment *payment, struct tree *tree)
{
	tree_open(tree, "bollo");
	tree_string(tree, "assoggettamento_bollo", "ESENTE BOLLO");
	tree_text_if(tree, "causale_esenzione_bollo", SLICE_OF(payment->stamp_reason));
	tree_close(tree);
}

static void write_payee(const struct opi_payment *payment, struct tree *tree)
{
	tree_open(tree, "beneficiario");
	tree_text(tree, "anagrafica_beneficiario", SLICE_OF(payment->name));
	tree_text_if(tree, "partita_iva_beneficiario", SLICE_OF(payment->vat_number));
	tree_text_if(tree, "codice_fiscale_beneficiario", SLICE_OF(payment->tax_code));
	tree_close(tree);
	if (payment->means != OPI_SEPA)
		return;
	tree_open(tree, "sepa_credit_transfer");
	tree_text(tree, "iban", SLICE_OF(payment->iban));
	tree_text_if(tree, "identificativo_end_to_end", SLICE_OF(payment->reference));
	tree_close(tree);
}

static void write_payment(const struct opi_payment *payment, struct tree *tree)
{
	tree_open(tree, "informazioni_beneficiario");
	tree_number(tree, "progressivo_beneficiario", payment->place);
	tree_cents(tree, "importo_beneficiario", payment->amount);
	tree_string(tree, "tipo_pagamento", opi_means_words[payment->means]);
	if (payment->is_provisional_budget != 0)
		tree_string(tree, "gestione_provvisoria", "SI");
	if (payment->due.number != 0)
		tree_day(tree, "data_scadenza_pagamento", payment->due);
	if (payment->destination != 0)
		tree_string(tree, "destinazione", opi_destination_words[payment->destination]);
	write_classification(payment, tree);
	write_stamp(payment, tree);
	write_payee(payment, tree);
	tree_text(tree, "causale", SLICE_OF(payment->reason));
	if (payment->provisional != 0) {
		tree_open(tree, "sospeso");
		tree_number(tree, "numero_provvisorio", payment->provisional);
		tree_cents(tree, "importo_provvisorio", payment->amount);
		tree_close(tree);
	}
	if (payment->replaced_order != 0) {
		tree_open(tree, "sostituzione_mandato");
		tree_number(tree, "numero_mandato_da_sostituire", payment->replaced_order);
		tree_number(tree, "progressivo_beneficiario_da_sostituire",
			    payment->replaced_place);
		tree_number(tree, "esercizio_mandato_da_sostituire", payment->replaced_year);
		tree_close(tree);
	}
	tree_close(tree);
}

/* One order, from the payments that begin at `first`; returns how many they are. */
static uint32_t write_order(const struct opi_flow *flow, uint32_t first, struct tree *tree)
{
	const struct opi_payment *payment = &flow->payments[first];
	struct cents amount = cents_zero();
	uint32_t count = 0;
	while (first + count < flow->count && payment[count].order == payment->order) {
		bool is_good = cents_add(amount, payment[count].amount, &amount);
		ASSERT(is_good); /* the sum of the flow is within 64 bits */
		count++;
	}
	tree_open(tree, "mandato");
	tree_string(tree, "tipo_operazione", opi_operation_words[flow->operation]);
	tree_number(tree, "numero_mandato", payment->order);
	tree_day(tree, "data_mandato", flow->day);
	tree_cents(tree, "importo_mandato", amount);
	tree_text_if(tree, "estremi_provvedimento_autorizzativo", SLICE_OF(payment->act));
	write_budget(payment, amount, tree);
	for (uint32_t i = 0; i < count; i++)
		write_payment(&payment[i], tree);
	tree_close(tree);
	ASSERT(count > 0);
	return count;
}

void opi_write(const struct opi_flow *flow, struct tree *tree)
{
	ASSERT(flow != NULL && tree != NULL);
	ASSERT(flow->operation >= OPI_INSERT && flow->operation < OPI_OPERATIONS);
	tree_open(tree, "flusso_ordinativi");
	write_header(flow, tree);
	tree_number(tree, "esercizio", (uint64_t)day_fiscal_year(flow->day));
	for (uint32_t at = 0; at < flow->count;)
		at += write_order(flow, at, tree);
	tree_close(tree);
}
