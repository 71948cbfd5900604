/* The papers of a statement: see statement_sheet.h. */
#include "connectors/document/statement_sheet.h"

#include "connectors/document/paper.h"
#include "connectors/document/words.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <string.h>

#define TEXT_SIZE 320u
#define QR_SIDE	  3200
#define CELL(member)                                                                               \
	{                                                                                          \
		.text = SHEET_TEXT(member)                                                         \
	}

/* A NUL-padded member as a C text. */
#define MEMBER(member, text) member_text(SHEET_TEXT(member), text)

static const char *member_text(struct slice member, char ret_text[TEXT_SIZE])
{
	snprintf(ret_text, TEXT_SIZE, "%.*s", (int)member.size, member.data);
	return ret_text;
}

static void fact(struct paper *paper, const char *label, struct slice value)
{
	char text[TEXT_SIZE];
	paper_fact(paper, label, member_text(value, text));
}

/* ---- What all papers begin with ---- */

/* Words of the edges; texts that must outlive the making. */
struct edges {
	char title[TEXT_SIZE];
	char left[TEXT_SIZE];
	char right[TEXT_SIZE];
	char footer[TEXT_SIZE];
	char author[TEXT_SIZE];
};

static struct paper_words edges_of(const struct sheet_head *head, const char *kind,
				   struct edges *edges)
{
	char month[WORDS_SIZE];
	char number[TEXT_SIZE];
	char provider[TEXT_SIZE];
	char frozen[WORDS_SIZE];
	MEMBER(head->ambito, edges->left);
	MEMBER(head->ambito, edges->author);
	words_month(head->mese, month);
	MEMBER(head->prospetto, number);
	MEMBER(head->codice_fornitore, provider);
	snprintf(edges->title, TEXT_SIZE, "%s %.32s - %.24s - %.32s", kind, number, provider,
		 month);
	snprintf(edges->right, TEXT_SIZE, "%s %.32s - %.32s", kind, number, month);
	snprintf(edges->footer, TEXT_SIZE,
		 "Dal registro dei titoli sociali, dati chiusi il %.16s. Solo codici: nessun dato "
		 "personale.",
		 words_day(head->congelato_il, frozen));
	return (struct paper_words){.title = edges->title,
				    .author = edges->author,
				    .subject = "Voucher sociali: liquidazione mensile",
				    .header_left = edges->left,
				    .header_right = edges->right,
				    .footer = edges->footer,
				    .created = head->congelato};
}

static void tell_provider(struct paper *paper, const struct sheet_head *head)
{
	char text[TEXT_SIZE];
	char name[TEXT_SIZE];
	char vat[TEXT_SIZE];
	char code[TEXT_SIZE];
	MEMBER(head->fornitore, name);
	MEMBER(head->codice_fornitore, code);
	MEMBER(head->partita_iva, vat);
	snprintf(text, sizeof(text), "%.96s (%.16s)%s%.16s", name, code,
		 vat[0] == '\0' ? "" : ", P. IVA ", vat);
	paper_fact(paper, "Fornitore", text);
	fact(paper, "Creditore", SHEET_TEXT(head->creditore));
}

static void tell_invoice(struct paper *paper, const struct sheet_head *head)
{
	char text[TEXT_SIZE];
	char number[TEXT_SIZE];
	char day[WORDS_SIZE];
	MEMBER(head->fattura_numero, number);
	if (number[0] == '\0')
		return;
	snprintf(text, sizeof(text), "n. %.24s del %.16s", number,
		 words_day(head->fattura_data, day));
	paper_fact(paper, "Fattura elettronica", text);
}

static void tell_payment(struct paper *paper, const struct sheet_head *head)
{
	char text[TEXT_SIZE];
	char order[TEXT_SIZE];
	char receipt[TEXT_SIZE];
	char day[WORDS_SIZE];
	MEMBER(head->mandato_numero, order);
	MEMBER(head->quietanza, receipt);
	if (order[0] != '\0') {
		snprintf(text, sizeof(text), "n. %.16s del %.16s", order,
			 words_day(head->mandato_data, day));
		paper_fact(paper, "Mandato", text);
	}
	if (receipt[0] != '\0') {
		snprintf(text, sizeof(text), "n. %.24s del %.16s", receipt,
			 words_day(head->pagato_il, day));
		paper_fact(paper, "Quietanza", text);
	}
}

static void tell_head(struct paper *paper, const struct sheet_head *head)
{
	char text[TEXT_SIZE];
	char words[WORDS_SIZE];
	char payer[TEXT_SIZE];
	char tax[TEXT_SIZE];
	bool is_late = slice_equals_text(SHEET_TEXT(head->tipo), "SUPPLEMENTARY");
	MEMBER(head->prospetto, text);
	snprintf(payer, sizeof(payer), "%.16s, %s", text, is_late ? "suppletivo" : "ordinario");
	paper_fact(paper, "Prospetto", payer);
	paper_fact(paper, "Mese delle prestazioni", words_month(head->mese, words));
	MEMBER(head->pagatore, payer);
	MEMBER(head->cf_ente, tax);
	MEMBER(head->ambito, text);
	if (payer[0] != '\0')
		paper_fact(paper, "Ente che paga", payer);
	else
		paper_fact(paper, "Ente che paga", text);
	paper_fact(paper, "Codice fiscale dell'ente", payer[0] == '\0' ? tax : "");
	MEMBER(head->codice_istat_comune, tax);
	MEMBER(head->comune, text);
	if (tax[0] != '\0') {
		snprintf(payer, sizeof(payer), "%.64s (ISTAT %.8s)", text, tax);
		paper_fact(paper, "Comune", payer);
	}
	tell_provider(paper, head);
	fact(paper, "CIG", SHEET_TEXT(head->cig));
	fact(paper, "Patto di accreditamento", SHEET_TEXT(head->atto_accreditamento));
	tell_invoice(paper, head);
	tell_payment(paper, head);
	paper_fact(paper, "Stato", words_state(SHEET_TEXT(head->stato), words));
	if (!slice_equals_text(SHEET_TEXT(head->stato), "PAID"))
		paper_fact(paper, "Prossima scadenza", words_day(head->scadenza, words));
}

/* ---- The prospectus ---- */

struct prospectus {
	const struct sheet *sheet;
	const char *link;
};

static void tell_qr(struct paper *paper, const struct prospectus *prospectus)
{
	char text[TEXT_SIZE];
	char number[TEXT_SIZE];
	const char *link = prospectus->link == NULL ? "" : prospectus->link;
	MEMBER(prospectus->sheet->head.prospetto, number);
	snprintf(text, sizeof(text), "%.256s%s%.16s", link[0] == '\0' ? "titoli:statement" : link,
		 "/", number);
	paper_qr(paper, QR_SIDE, slice_from_text(text));
}

/* Totals by comune, fund, impegno: what the act liquidates. */
static void tell_groups(struct paper *paper, const struct sheet *sheet)
{
	static const struct paper_column columns[] = {
	    {"Comune", 0, PAPER_TEXT, false},	     {"Fondo", 3000, PAPER_TEXT, false},
	    {"Impegno", 1500, PAPER_TEXT, false},    {"Cap.", 1300, PAPER_TEXT, false},
	    {"Atto", 2100, PAPER_TEXT, false},	     {"IVA", 1400, PAPER_TEXT, false},
	    {"Imponibile", 2100, PAPER_CENTS, true}, {"Imposta", 1800, PAPER_CENTS, true},
	    {"Totale", 2100, PAPER_CENTS, true},
	};
	struct paper_table table = {.columns = columns,
				    .column_count = sizeof(columns) / sizeof(columns[0]),
				    .style = CANVAS_SMALL};
	char rate[WORDS_SIZE];
	words_rate(sheet->head.aliquota_bp, rate);
	paper_heading(paper, "Totali per fondo, impegno e aliquota");
	paper_table_begin(paper, &table);
	for (uint32_t at = 0; at < sheet->line_count;) {
		struct sheet_sums sums;
		const struct sheet_line *line = &sheet->lines[at];
		bool fits = sheet_next_group(sheet, &at, &sums);
		ASSERT(fits); /* the whole was added up before */
		const struct paper_cell cells[] = {
		    CELL(line->comune),	  CELL(line->fondo),   CELL(line->impegno),
		    CELL(line->capitolo), CELL(line->atto),    {.text = slice_from_text(rate)},
		    {.cents = sums.net},  {.cents = sums.vat}, {.cents = sums.gross},
		};
		paper_table_row(paper, &table, cells);
	}
	paper_table_end(paper, &table, "Totale");
}

static void tell_lines(struct paper *paper, const struct sheet *sheet)
{
	static const struct paper_column columns[] = {
	    {"Voucher n.", 1900, PAPER_TEXT, false}, {"Comune", 1450, PAPER_TEXT, false},
	    {"Servizio", 0, PAPER_TEXT, false},	     {"Quantità", 1900, PAPER_TEXT, false},
	    {"Prest.", 1150, PAPER_COUNT, true},     {"Imponibile", 2150, PAPER_CENTS, true},
	    {"Imposta", 1800, PAPER_CENTS, true},    {"Totale", 2150, PAPER_CENTS, true},
	    {"Attest.", 1450, PAPER_TEXT, false},
	};
	struct paper_table table = {.columns = columns,
				    .column_count = sizeof(columns) / sizeof(columns[0]),
				    .style = CANVAS_SMALL};
	paper_heading(paper, "Righe per numero di voucher");
	paper_table_begin(paper, &table);
	for (uint32_t i = 0; i < sheet->line_count; i++) {
		const struct sheet_line *line = &sheet->lines[i];
		char units[WORDS_SIZE];
		words_units(line->quantita, SHEET_TEXT(line->misura), units);
		const struct paper_cell cells[] = {
		    CELL(line->voucher),
		    CELL(line->codice_istat_comune),
		    CELL(line->nome_servizio),
		    {.text = slice_from_text(units)},
		    {.count = line->prestazioni},
		    {.cents = line->imponibile},
		    {.cents = line->iva},
		    {.cents = line->totale},
		    {.text = slice_from_text(line->attestata != 0 ? "sì" : "no")},
		};
		paper_table_row(paper, &table, cells);
	}
	paper_table_end(paper, &table, "Totale");
}

/* Who gets what of it. Under split payment the payee gets the net, the treasury the VAT. */
static void tell_payable(struct paper *paper, const struct sheet *sheet)
{
	const struct sheet_head *head = &sheet->head;
	char net[WORDS_SIZE];
	char vat[WORDS_SIZE];
	char stamp[WORDS_SIZE];
	bool is_whole = SHEET_TEXT(head->codice_istat_comune).size == 0;
	paper_heading(paper, "Importi");
	words_euro(is_whole ? head->pagabile_imponibile : head->imponibile, net);
	words_euro(is_whole ? head->pagabile_iva : head->iva, vat);
	if (!is_whole) {
		paper_paragraph(
		    paper, CANVAS_SMALL,
		    "Gli importi da pagare sono quelli del prospetto intero; qui stanno "
		    "le sole righe del comune indicato.");
		return;
	}
	paper_fact(paper, "Da pagare al creditore", net);
	if (head->aliquota_bp > 0) {
		paper_fact(paper, "IVA all'Erario", vat);
		paper_paragraph(paper, CANVAS_SMALL,
				"Scissione dei pagamenti (art. 17-ter DPR 633/1972): l'ente versa "
				"l'imposta.");
	}
	if (!cents_is_zero(head->bollo))
		paper_fact(paper, "Bollo sulla fattura", words_euro(head->bollo, stamp));
	if (!cents_equal(head->pagabile_imponibile, head->imponibile) ||
	    !cents_equal(head->pagabile_iva, head->iva))
		paper_paragraph(
		    paper, CANVAS_SMALL,
		    "L'importo da pagare tiene conto di note di credito e compensazioni.");
}

static void tell_attestation(struct paper *paper, const struct sheet *sheet,
			     const struct sheet_sums *sums)
{
	char text[2 * TEXT_SIZE];
	char comune[TEXT_SIZE];
	char gross[WORDS_SIZE];
	struct canvas_area line = {.height = 0};
	MEMBER(sheet->head.comune, comune);
	words_euro(sums->gross, gross);
	paper_need(paper, 5200);
	paper_heading(paper, "Attestazione di regolare esecuzione");
	snprintf(
	    text, sizeof(text),
	    "Si attesta che le prestazioni delle righe segnate «sì» (%u di %u)%s%.64s sono state "
	    "rese regolarmente, secondo i piani individuali e il patto di accreditamento. Totale "
	    "del prospetto: %.40s.",
	    sums->attested, sums->lines, comune[0] == '\0' ? "" : ", per il comune di ", comune,
	    gross);
	paper_paragraph(paper, CANVAS_BODY, text);
	if (sums->attested < sums->lines)
		paper_paragraph(paper, CANVAS_BODY,
				"Le righe segnate «no» non sono ancora attestate: alla scadenza "
				"passano a un prospetto suppletivo e il resto prosegue.");
	paper_space(paper, 900);
	int32_t half = paper_width(paper) / 2;
	line.y = paper_y(paper);
	line.width = half - 600;
	line.x = 1500;
	canvas_rule(paper_canvas(paper), &line, CANVAS_BLACK);
	line.x += half + 300;
	canvas_rule(paper_canvas(paper), &line, CANVAS_BLACK);
	struct canvas_box box = {.x = 1500,
				 .y = paper_y(paper) + 60,
				 .width = half - 600,
				 .style = CANVAS_TINY,
				 .ink = CANVAS_GREY};
	canvas_text(paper_canvas(paper), &box, slice_from_text("luogo e data"));
	box.x += half + 300;
	canvas_text(paper_canvas(paper), &box,
		    slice_from_text("il responsabile (firma, o firma digitale del file)"));
	paper_space(paper, 600);
}

static void tell_prospectus(struct paper *paper, const void *facts)
{
	const struct prospectus *prospectus = facts;
	const struct sheet *sheet = prospectus->sheet;
	struct sheet_sums sums;
	bool fits = sheet_add_up(sheet, &sums);
	ASSERT(fits); /* statement_sheet_make looked */
	paper_title(paper, "Prospetto di liquidazione");
	paper_paragraph(paper, CANVAS_BODY,
			"Voucher sociali: allegato all'atto di liquidazione, con i soli codici.");
	tell_qr(paper, prospectus);
	tell_head(paper, &sheet->head);
	tell_groups(paper, sheet);
	tell_lines(paper, sheet);
	tell_payable(paper, sheet);
	tell_attestation(paper, sheet, &sums);
}

enum result statement_sheet_make(const struct sheet *sheet, const char *link,
				 struct canvas_bytes *ret_bytes)
{
	ASSERT(sheet != NULL && ret_bytes != NULL);
	struct edges edges;
	struct sheet_sums sums;
	struct prospectus prospectus = {sheet, link};
	struct paper_words words = edges_of(&sheet->head, "Prospetto", &edges);
	if (!sheet_add_up(sheet, &sums))
		return RESULT_CHECK_FAILED;
	return paper_make(&words, tell_prospectus, &prospectus, ret_bytes);
}

/* ---- The annex ---- */

static void tell_annex(struct paper *paper, const void *facts)
{
	static const struct paper_column columns[] = {
	    {"Voucher n.", 2400, PAPER_TEXT, false}, {"Prestazione", 2300, PAPER_TEXT, false},
	    {"Servizio", 0, PAPER_TEXT, false},	     {"Data", 2000, PAPER_TEXT, false},
	    {"Ora", 1100, PAPER_TEXT, false},	     {"Minuti", 1400, PAPER_COUNT, true},
	    {"Quantità", 1700, PAPER_COUNT, true},   {"Imponibile", 2200, PAPER_CENTS, true},
	};
	const struct sheet *sheet = facts;
	struct paper_table table = {.columns = columns,
				    .column_count = sizeof(columns) / sizeof(columns[0]),
				    .style = CANVAS_SMALL};
	paper_title(paper, "Allegato: elenco delle prestazioni");
	tell_head(paper, &sheet->head);
	paper_heading(paper, "Prestazioni accettate");
	paper_table_begin(paper, &table);
	for (uint32_t i = 0; i < sheet->record_count; i++) {
		const struct sheet_record *record = &sheet->records[i];
		char day[WORDS_SIZE];
		words_day(record->data, day);
		const struct paper_cell cells[] = {
		    CELL(record->voucher),	 CELL(record->prestazione),
		    CELL(record->servizio),	 {.text = slice_from_text(day)},
		    CELL(record->ora),		 {.count = record->minuti},
		    {.count = record->quantita}, {.cents = record->imponibile},
		};
		paper_table_row(paper, &table, cells);
	}
	paper_table_end(paper, &table, "Totale");
	paper_paragraph(
	    paper, CANVAS_SMALL,
	    "L'imposta si calcola una volta sul totale del prospetto, non per prestazione.");
}

enum result statement_sheet_annex(const struct sheet *sheet, struct canvas_bytes *ret_bytes)
{
	ASSERT(sheet != NULL && ret_bytes != NULL);
	struct edges edges;
	struct paper_words words = edges_of(&sheet->head, "Allegato al prospetto", &edges);
	return paper_make(&words, tell_annex, sheet, ret_bytes);
}

/* ---- The letter ---- */

/* What a table of the letter lists. */
static bool is_paid(const struct sheet_head *head)
{
	return slice_equals_text(SHEET_TEXT(head->stato), "PAID");
}

static void tell_statements(struct paper *paper, const struct statement_letter *letter, bool paid)
{
	static const struct paper_column columns[] = {
	    {"Prospetto", 2000, PAPER_TEXT, false}, {"Mese", 2600, PAPER_TEXT, false},
	    {"Fattura", 2300, PAPER_TEXT, false},   {"Stato", 0, PAPER_TEXT, false},
	    {"Scadenza", 1900, PAPER_TEXT, false},  {"Pagato il", 1900, PAPER_TEXT, false},
	    {"Da pagare", 2200, PAPER_CENTS, true}, {"IVA", 1800, PAPER_CENTS, true},
	};
	struct paper_table table = {.columns = columns,
				    .column_count = sizeof(columns) / sizeof(columns[0]),
				    .style = CANVAS_SMALL};
	uint32_t count = 0;
	for (uint32_t i = 0; i < letter->count; i++)
		count += is_paid(&letter->heads[i]) == paid ? 1 : 0;
	if (count == 0)
		return;
	paper_heading(paper, paid ? "Pagati" : "Da pagare");
	paper_table_begin(paper, &table);
	for (uint32_t i = 0; i < letter->count; i++) {
		const struct sheet_head *head = &letter->heads[i];
		char month[WORDS_SIZE];
		char state[WORDS_SIZE];
		char due[WORDS_SIZE];
		char on[WORDS_SIZE];
		if (is_paid(head) != paid)
			continue;
		words_month(head->mese, month);
		words_state(SHEET_TEXT(head->stato), state);
		words_day(paid ? (struct day){0} : head->scadenza, due);
		words_day(head->pagato_il, on);
		const struct paper_cell cells[] = {
		    CELL(head->prospetto),
		    {.text = slice_from_text(month)},
		    CELL(head->fattura_numero),
		    {.text = slice_from_text(state)},
		    {.text = slice_from_text(due)},
		    {.text = slice_from_text(on)},
		    {.cents = head->pagabile_imponibile},
		    {.cents = head->pagabile_iva},
		};
		paper_table_row(paper, &table, cells);
	}
	paper_table_end(paper, &table, "Totale");
}

static void tell_letter(struct paper *paper, const void *facts)
{
	const struct statement_letter *letter = facts;
	const struct sheet_head *head = &letter->heads[0];
	char text[TEXT_SIZE];
	paper_title(paper, "Situazione dei pagamenti");
	tell_provider(paper, head);
	fact(paper, "Ambito", SHEET_TEXT(head->ambito));
	paper_space(paper, 300);
	paper_paragraph(paper, CANVAS_BODY,
			"Qui sotto stanno i prospetti mensili con il loro stato. Un prospetto "
			"confermato dal fornitore e attestato dal comune è un credito certo; il "
			"pagamento è dovuto entro 30 giorni dalla fattura.");
	tell_statements(paper, letter, false);
	tell_statements(paper, letter, true);
	paper_paragraph(
	    paper, CANVAS_SMALL,
	    "Con la scissione dei pagamenti l'ente versa l'IVA all'Erario: al fornitore va "
	    "la colonna «Da pagare».");
	if (letter->contact != NULL && letter->contact[0] != '\0') {
		snprintf(text, sizeof(text), "Per informazioni: %.200s", letter->contact);
		paper_paragraph(paper, CANVAS_BODY, text);
	}
}

enum result statement_sheet_letter(const struct statement_letter *letter,
				   struct canvas_bytes *ret_bytes)
{
	ASSERT(letter != NULL && letter->heads != NULL && letter->count > 0 && ret_bytes != NULL);
	struct edges edges;
	struct sheet_head head = letter->heads[0];
	for (uint32_t i = 1; i < letter->count; i++)
		if (head.congelato.us < letter->heads[i].congelato.us) {
			head.congelato = letter->heads[i].congelato;
			head.congelato_il = letter->heads[i].congelato_il;
		}
	struct paper_words words = edges_of(&head, "Situazione dei pagamenti", &edges);
	char provider[TEXT_SIZE];
	MEMBER(head.codice_fornitore, provider);
	snprintf(edges.right, sizeof(edges.right), "Fornitore %.16s", provider);
	snprintf(edges.title, sizeof(edges.title), "Situazione dei pagamenti - %.16s", provider);
	return paper_make(&words, tell_letter, letter, ret_bytes);
}
