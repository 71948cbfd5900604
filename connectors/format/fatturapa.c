/* FatturaPA as facts: see fatturapa.h. */
#include "connectors/format/fatturapa.h"

#include "engine/base/text.h"

#include <string.h>

#define CENT	       (FATTURAPA_DECIMALS / 100)
#define INTEGERS_MAX   10u /* digits before the point: the value fits 64 bits with 8 decimals */
#define CIG_COMPARED_MAX 64u
#define SUMMARIES_MAX	 256u /* one for each rate and Natura; lines are compared with each */

struct reading {
	struct arena *arena;
	struct fatturapa_fault *fault;
	enum result result;
};

static bool fail(struct reading *reading, enum result result, const char *what,
		 const struct tree_node *node, struct slice about)
{
	if (reading->result == RESULT_OK)
		*reading->fault = (struct fatturapa_fault){
		    .what = what, .about = about, .line = node == NULL ? 0 : node->line};
	if (reading->result == RESULT_OK)
		reading->result = result;
	return false;
}

/* `count` zeroed items; NULL and a fault: the arena is full. */
static void *make(struct reading *reading, uint32_t count, size_t size)
{
	void *items = arena_alloc_zeroed(reading->arena, count, size);
	if (items == NULL)
		(void)fail(reading, RESULT_BODY_TOO_LARGE, "the file holds too much", NULL,
			   (struct slice){NULL, 0});
	return items;
}

static uint32_t count_of(const struct tree_node *parent, const char *name)
{
	uint32_t count = 0;
	for (const struct tree_node *node = tree_child(parent, name); node != NULL;
	     node = tree_next(node))
		count++;
	return count;
}

/* ---- Values ---- */

/* "-12.345": at most ten digits, a point, at most eight. */
static bool parse_decimal(struct slice text, int64_t *ret_value)
{
	bool is_negative = text.size > 0 && text.data[0] == '-';
	uint32_t at = is_negative ? 1 : 0;
	uint32_t integers = 0;
	uint32_t decimals = 0;
	int64_t value = 0;
	for (; at < text.size && text.data[at] >= '0' && text.data[at] <= '9'; at++) {
		if (++integers > INTEGERS_MAX)
			return false;
		value = value * 10 + (text.data[at] - '0');
	}
	if (integers == 0)
		return false;
	if (at < text.size && text.data[at] == '.')
		for (at++; at < text.size && text.data[at] >= '0' && text.data[at] <= '9'; at++) {
			if (++decimals > 8)
				return false;
			value = value * 10 + (text.data[at] - '0');
		}
	if (at != text.size)
		return false;
	for (; decimals < 8; decimals++)
		value *= 10;
	*ret_value = is_negative ? -value : value;
	return true;
}

/* Half away from zero. */
static struct cents to_cents(int64_t value)
{
	int64_t half = value < 0 ? -(CENT / 2) : CENT / 2;
	return cents_from((value + half) / CENT);
}

static bool read_decimal(struct reading *reading, const struct tree_node *parent, const char *name,
			 int64_t absent, int64_t *ret_value)
{
	const struct tree_node *node = tree_child(parent, name);
	*ret_value = absent;
	if (node == NULL || parse_decimal(tree_text_of(node), ret_value))
		return true;
	return fail(reading, RESULT_BAD_REQUEST, "not an amount", node, node->name);
}

static bool read_cents(struct reading *reading, const struct tree_node *parent, const char *name,
		       struct cents *ret_amount)
{
	int64_t value;
	if (!read_decimal(reading, parent, name, 0, &value))
		return false;
	*ret_amount = to_cents(value);
	return true;
}

/* A rate as basis points: "5.00" is 500. */
static bool read_rate(struct reading *reading, const struct tree_node *parent, uint32_t *ret_bp)
{
	int64_t value;
	if (!read_decimal(reading, parent, "AliquotaIVA", 0, &value))
		return false;
	if (value < 0 || value > 100 * FATTURAPA_DECIMALS)
		return fail(reading, RESULT_BAD_REQUEST, "not a rate", parent, parent->name);
	*ret_bp = (uint32_t)(value / CENT);
	return true;
}

/* A day, with a zone after it or not; none where it is missing. */
static bool read_day(struct reading *reading, const struct tree_node *parent, const char *name,
		     struct day *ret_day)
{
	const struct tree_node *node = tree_child(parent, name);
	struct slice text = tree_text_of(node);
	if (node == NULL)
		return true;
	if (text.size > DAY_TEXT_SIZE &&
	    (text.data[DAY_TEXT_SIZE] == 'Z' || text.data[DAY_TEXT_SIZE] == '+' ||
	     text.data[DAY_TEXT_SIZE] == '-'))
		text.size = DAY_TEXT_SIZE;
	if (day_parse(text, ret_day))
		return true;
	return fail(reading, RESULT_BAD_REQUEST, "not a date", node, node->name);
}

/* ---- Lines ---- */

static bool read_articles(struct reading *reading, const struct tree_node *node,
			  struct fatturapa_line *line)
{
	line->article_count = count_of(node, "CodiceArticolo");
	line->articles = make(reading, line->article_count, sizeof(*line->articles));
	if (line->articles == NULL)
		return false;
	const struct tree_node *article = tree_child(node, "CodiceArticolo");
	for (uint32_t i = 0; i < line->article_count; i++, article = tree_next(article))
		line->articles[i] =
		    (struct fatturapa_article){.type = tree_text_at(article, "CodiceTipo"),
					       .value = tree_text_at(article, "CodiceValore")};
	return true;
}

static bool read_line(struct reading *reading, const struct tree_node *node,
		      struct fatturapa_line *line)
{
	line->node = node;
	line->description = tree_text_at(node, "Descrizione");
	line->nature = tree_text_at(node, "Natura");
	if (!text_parse_u32(tree_text_at(node, "NumeroLinea"), 9999, &line->number))
		return fail(reading, RESULT_BAD_REQUEST, "not a line number", node,
			    tree_text_at(node, "NumeroLinea"));
	bool read = read_articles(reading, node, line) &&
		    read_decimal(reading, node, "Quantita", FATTURAPA_DECIMALS, &line->quantity) &&
		    read_decimal(reading, node, "PrezzoUnitario", 0, &line->price) &&
		    read_decimal(reading, node, "PrezzoTotale", 0, &line->total) &&
		    read_day(reading, node, "DataInizioPeriodo", &line->from) &&
		    read_day(reading, node, "DataFinePeriodo", &line->to) &&
		    read_rate(reading, node, &line->vat_bp);
	line->amount = to_cents(line->total);
	return read;
}

static bool read_lines(struct reading *reading, const struct tree_node *goods,
		       struct fatturapa_invoice *invoice)
{
	invoice->line_count = count_of(goods, "DettaglioLinee");
	invoice->lines = make(reading, invoice->line_count, sizeof(*invoice->lines));
	if (invoice->lines == NULL)
		return false;
	const struct tree_node *node = tree_child(goods, "DettaglioLinee");
	for (uint32_t i = 0; i < invoice->line_count; i++, node = tree_next(node))
		if (!read_line(reading, node, &invoice->lines[i]))
			return false;
	return true;
}

/* ---- Summaries ---- */

static enum fatturapa_regime regime_of(const struct fatturapa_summary *summary)
{
	if (cents_is_zero(summary->vat) && summary->vat_bp == 0)
		return FATTURAPA_EXEMPT;
	if (summary->due == 'S')
		return FATTURAPA_SPLIT;
	return summary->due == 'D' ? FATTURAPA_DEFERRED : FATTURAPA_IMMEDIATE;
}

static bool read_summary(struct reading *reading, const struct tree_node *node,
			 struct fatturapa_summary *summary)
{
	struct slice due = tree_text_at(node, "EsigibilitaIVA");
	summary->node = node;
	summary->nature = tree_text_at(node, "Natura");
	summary->due = due.size == 1 ? due.data[0] : '\0';
	return read_cents(reading, node, "ImponibileImporto", &summary->net) &&
	       read_cents(reading, node, "Imposta", &summary->vat) &&
	       read_decimal(reading, node, "Arrotondamento", 0, &summary->rounding) &&
	       read_rate(reading, node, &summary->vat_bp);
}

static bool add_summary(struct reading *reading, struct fatturapa_invoice *invoice,
			const struct fatturapa_summary *summary)
{
	if (!cents_add(invoice->net, summary->net, &invoice->net) ||
	    !cents_add(invoice->vat, summary->vat, &invoice->vat))
		return fail(reading, RESULT_BAD_REQUEST, "the sums are out of range", summary->node,
			    summary->node->name);
	enum fatturapa_regime regime = regime_of(summary);
	if (invoice->regime == FATTURAPA_EXEMPT)
		invoice->regime = regime;
	else if (regime != FATTURAPA_EXEMPT && regime != invoice->regime)
		invoice->regime = FATTURAPA_MIXED;
	return true;
}

static bool read_summaries(struct reading *reading, const struct tree_node *goods,
			   struct fatturapa_invoice *invoice)
{
	invoice->summary_count = count_of(goods, "DatiRiepilogo");
	invoice->summaries = make(reading, invoice->summary_count, sizeof(*invoice->summaries));
	if (invoice->summaries == NULL)
		return false;
	if (invoice->summary_count > SUMMARIES_MAX)
		return fail(reading, RESULT_BODY_TOO_LARGE, "too many summaries", goods,
			    goods->name);
	invoice->regime = FATTURAPA_EXEMPT;
	const struct tree_node *node = tree_child(goods, "DatiRiepilogo");
	for (uint32_t i = 0; i < invoice->summary_count; i++, node = tree_next(node))
		if (!read_summary(reading, node, &invoice->summaries[i]) ||
		    !add_summary(reading, invoice, &invoice->summaries[i]))
			return false;
	return true;
}

/* ---- What it refers to ---- */

static const char *const reference_names[FATTURAPA_REFERENCES] = {
    [FATTURAPA_ORDER] = "DatiOrdineAcquisto",   [FATTURAPA_CONTRACT] = "DatiContratto",
    [FATTURAPA_CONVENTION] = "DatiConvenzione", [FATTURAPA_RECEPTION] = "DatiRicezione",
    [FATTURAPA_INVOICE] = "DatiFattureCollegate",
};

/* Takes the codes of a reference; what a related invoice says of itself is not this one's. */
static void take_codes(struct fatturapa_invoice *invoice, uint32_t at)
{
	const struct fatturapa_reference *reference = &invoice->references[at];
	if (invoice->cup.size == 0)
		invoice->cup = reference->cup;
	if (reference->cig.size == 0)
		return;
	if (invoice->cig.size == 0)
		invoice->cig = reference->cig;
	for (uint32_t i = 0; i < at && i < CIG_COMPARED_MAX; i++)
		if (slice_equals(invoice->references[i].cig, reference->cig))
			return;
	invoice->cig_count++;
}

static bool read_references(struct reading *reading, const struct tree_node *general,
			    struct fatturapa_invoice *invoice)
{
	uint32_t count = 0;
	for (int kind = 0; kind < FATTURAPA_REFERENCES; kind++)
		count += count_of(general, reference_names[kind]);
	invoice->references = make(reading, count, sizeof(*invoice->references));
	if (invoice->references == NULL)
		return false;
	for (int kind = 0; kind < FATTURAPA_REFERENCES; kind++) {
		const struct tree_node *node = tree_child(general, reference_names[kind]);
		for (; node != NULL; node = tree_next(node)) {
			struct fatturapa_reference *one =
			    &invoice->references[invoice->reference_count];
			one->kind = (enum fatturapa_reference_kind)kind;
			one->id = tree_text_at(node, "IdDocumento");
			one->cig = tree_text_at(node, "CodiceCIG");
			one->cup = tree_text_at(node, "CodiceCUP");
			if (!read_day(reading, node, "Data", &one->date))
				return false;
			take_codes(invoice, invoice->reference_count++);
		}
	}
	return true;
}

static bool read_payments(struct reading *reading, const struct tree_node *body,
			  struct fatturapa_invoice *invoice)
{
	uint32_t count = 0;
	const struct tree_node *terms = tree_child(body, "DatiPagamento");
	for (; terms != NULL; terms = tree_next(terms))
		count += count_of(terms, "DettaglioPagamento");
	invoice->payments = make(reading, count, sizeof(*invoice->payments));
	if (invoice->payments == NULL)
		return false;
	for (terms = tree_child(body, "DatiPagamento"); terms != NULL; terms = tree_next(terms)) {
		const struct tree_node *node = tree_child(terms, "DettaglioPagamento");
		for (; node != NULL; node = tree_next(node)) {
			struct fatturapa_payment *payment =
			    &invoice->payments[invoice->payment_count++];
			payment->mode = tree_text_at(node, "ModalitaPagamento");
			payment->iban = tree_text_at(node, "IBAN");
			if (!read_cents(reading, node, "ImportoPagamento", &payment->amount) ||
			    !read_day(reading, node, "DataScadenzaPagamento", &payment->due))
				return false;
		}
	}
	return true;
}

/* ---- Invoices ---- */

static bool read_invoice(struct reading *reading, const struct tree_node *body,
			 struct fatturapa_invoice *invoice)
{
	const struct tree_node *general = tree_child(body, "DatiGenerali");
	const struct tree_node *document = tree_child(general, "DatiGeneraliDocumento");
	const struct tree_node *goods = tree_child(body, "DatiBeniServizi");
	if (document == NULL || goods == NULL)
		return fail(reading, RESULT_BAD_REQUEST, "an invoice without its data", body,
			    body->name);
	invoice->document = tree_text_at(document, "TipoDocumento");
	invoice->currency = tree_text_at(document, "Divisa");
	invoice->number = tree_text_at(document, "Numero");
	invoice->has_total = tree_child(document, "ImportoTotaleDocumento") != NULL;
	if (invoice->number.size == 0 || tree_child(document, "Data") == NULL)
		return fail(reading, RESULT_BAD_REQUEST, "an invoice without number or date",
			    document, document->name);
	return read_day(reading, document, "Data", &invoice->date) &&
	       read_cents(reading, document, "ImportoTotaleDocumento", &invoice->total) &&
	       read_cents(reading, tree_child(document, "DatiBollo"), "ImportoBollo",
			  &invoice->stamp) &&
	       read_lines(reading, goods, invoice) && read_summaries(reading, goods, invoice) &&
	       read_references(reading, general, invoice) &&
	       read_payments(reading, body, invoice);
}

static bool read_header(struct reading *reading, const struct tree_node *root,
			struct fatturapa_lot *lot)
{
	const struct tree_node *header = tree_child(root, "FatturaElettronicaHeader");
	const struct tree_node *sent = tree_child(header, "DatiTrasmissione");
	const struct tree_node *issuer = tree_at(header, "CedentePrestatore/DatiAnagrafici");
	const struct tree_node *buyer = tree_at(header, "CessionarioCommittente/DatiAnagrafici");
	if (sent == NULL || issuer == NULL)
		return fail(reading, RESULT_BAD_REQUEST, "a file without its header", root,
			    root->name);
	lot->format = tree_text_at(sent, "FormatoTrasmissione");
	lot->progressive = tree_text_at(sent, "ProgressivoInvio");
	lot->office = tree_text_at(sent, "CodiceDestinatario");
	lot->issuer_country = tree_text_at(issuer, "IdFiscaleIVA/IdPaese");
	lot->issuer_vat = tree_text_at(issuer, "IdFiscaleIVA/IdCodice");
	lot->issuer_tax_code = tree_text_at(issuer, "CodiceFiscale");
	lot->issuer_name = tree_text_at(issuer, "Anagrafica/Denominazione");
	lot->buyer_vat = tree_text_at(buyer, "IdFiscaleIVA/IdCodice");
	lot->buyer_tax_code = tree_text_at(buyer, "CodiceFiscale");
	if (lot->issuer_vat.size == 0)
		return fail(reading, RESULT_BAD_REQUEST, "no partita IVA of the issuer", issuer,
			    issuer->name);
	return true;
}

enum result fatturapa_read(const struct tree_node *root, struct arena *arena,
			   struct fatturapa_lot *ret_lot, struct fatturapa_fault *ret_fault)
{
	ASSERT(root != NULL && arena != NULL && ret_lot != NULL && ret_fault != NULL);
	struct reading reading = {arena, ret_fault, RESULT_OK};
	struct fatturapa_lot lot = {.format = {NULL, 0}};
	if (!slice_equals_text(root->name, "FatturaElettronica"))
		(void)fail(&reading, RESULT_BAD_REQUEST, "not a FatturaPA", root, root->name);
	else if (read_header(&reading, root, &lot)) {
		lot.invoice_count = count_of(root, "FatturaElettronicaBody");
		if (lot.invoice_count == 0)
			(void)fail(&reading, RESULT_BAD_REQUEST, "a file without an invoice", root,
				   root->name);
		lot.invoices = make(&reading, lot.invoice_count, sizeof(*lot.invoices));
	}
	const struct tree_node *body = tree_child(root, "FatturaElettronicaBody");
	for (uint32_t i = 0; reading.result == RESULT_OK && i < lot.invoice_count;
	     i++, body = tree_next(body))
		(void)read_invoice(&reading, body, &lot.invoices[i]);
	if (reading.result == RESULT_OK)
		*ret_lot = lot;
	return reading.result;
}
