/* Liquidation lines from the API: see liquidation.h. */
#include "connectors/liquidation/liquidation.h"

#include "connectors/delivery/folder.h"
#include "connectors/format/table_write.h"
#include "connectors/pages/pages.h"
#include "connectors/profiles/profile_file.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_SIZE 256u
#define VARIATIONS_MAX 1000u /* one after the other; more is no chain of this ledger */

/* What all rows of a statement share. */
struct sheet {
	struct liquidation_source *source;
	json_t *statement;
	const char *number; /* of the statement: "12" */
	const char *month;
	struct liquidation_row common;
	struct liquidation_batch *batch;
	uint32_t first;	  /* of its rows in the batch */
	json_t *vouchers; /* per row: set of titles */
	json_t *taken;	  /* by line: what is paid no more, [net, VAT]; NULL: nothing */
	struct cents net; /* that the rows must add up to */
	struct cents vat;
	const char *item;	  /* of the export, "345"; NULL: a statement alone */
	uint32_t last_adjustment; /* that counts */
};

static bool fail(struct liquidation_source *source, const char *text, const char *about)
{
	snprintf(source->fault, sizeof(source->fault), "%s: %.200s", text, about);
	return false;
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text == NULL ? "" : text;
}

static int64_t number_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

/* Into a NUL-padded member; what the ledger holds fits, for the sizes are the same. */
static void set_text(char *member, size_t size, const char *text)
{
	size_t length = strnlen(text, size);
	memset(member, 0, size);
	memcpy(member, text, length);
}
#define SET(member, text) set_text(member, sizeof(member), text)

void liquidation_source_free(struct liquidation_source *source)
{
	if (source == NULL)
		return;
	json_decref(source->cache);
	source->cache = NULL;
}

/* A master by its path, read once; borrowed. NULL: it could not be read. */
static const json_t *master(struct liquidation_source *source, const char *collection,
			    const char *id)
{
	char path[PATH_SIZE];
	int size = snprintf(path, sizeof(path), "/v1/%s/%s", collection, id);
	if (size < 0 || (size_t)size >= sizeof(path) || id[0] == '\0')
		return NULL;
	if (source->cache == NULL)
		source->cache = json_object();
	json_t *known = json_object_get(source->cache, path);
	if (known != NULL)
		return known;
	json_t *record = source->fetch(source->context, path);
	if (record == NULL || json_object_set_new(source->cache, path, record) != 0)
		return NULL;
	return record;
}

/* ---- Rows ---- */

/* "DT 321/2026" is kind, number and year; another act goes whole into its number. */
static void set_act(struct liquidation_row *row, const char *act)
{
	const char *blank = strchr(act, ' ');
	const char *slash = strrchr(act, '/');
	uint32_t year = 0;
	bool is_split = blank != NULL && slash != NULL && slash > blank + 1 &&
			(size_t)(blank - act) < sizeof(row->atto_tipo) && strlen(slash + 1) == 4 &&
			text_parse_u32(slice_from_text(slash + 1), 9999, &year);
	SET(row->atto_numero, act);
	if (!is_split)
		return;
	memset(row->atto_numero, 0, sizeof(row->atto_numero));
	memcpy(row->atto_tipo, act, (size_t)(blank - act));
	memcpy(row->atto_numero, blank + 1, (size_t)(slash - blank - 1));
	row->atto_anno = (uint16_t)year;
}

/* "FNPS-2026" is fund and year. */
static bool set_fund(struct liquidation_row *row, const char *fund_year)
{
	const char *dash = strrchr(fund_year, '-');
	uint32_t year = 0;
	if (dash == NULL || (size_t)(dash - fund_year) > sizeof(row->fondo) ||
	    !text_parse_u32(slice_from_text(dash + 1), 9999, &year))
		return false;
	memset(row->fondo, 0, sizeof(row->fondo));
	memcpy(row->fondo, fund_year, (size_t)(dash - fund_year));
	row->esercizio = (uint16_t)year;
	row->anno_impegno = (uint16_t)year;
	return true;
}

/* The part of a row that decides which row a line belongs to, and what comes with it. */
static bool row_of_line(struct sheet *sheet, const json_t *line, struct liquidation_row *row)
{
	struct liquidation_source *source = sheet->source;
	const json_t *commitment = master(source, "commitments", text_of(line, "commitment"));
	const json_t *service = master(source, "services", text_of(line, "service"));
	*row = sheet->common;
	if (commitment == NULL || service == NULL || !set_fund(row, text_of(line, "fund_year")))
		return fail(source, "a line's impegno, service or fund cannot be read",
			    text_of(line, "id"));
	SET(row->capitolo, text_of(commitment, "chapter"));
	SET(row->articolo, text_of(commitment, "article"));
	SET(row->numero_impegno, text_of(commitment, "number"));
	set_act(row, text_of(commitment, "act"));
	SET(row->codice_siope, text_of(service, "siope_code"));
	char pdc[LIQUIDATION_PDC_SIZE + 1] = "";
	if (liquidation_pdc(slice_from_text(text_of(service, "siope_code")), pdc))
		SET(row->pdc_v_livello, pdc);
	SET(row->codice_istat_comune, text_of(line, "comune"));
	return true;
}

/* Order of rows: fund, year, impegno, SIOPE code. */
static int compare_rows(const struct liquidation_row *left, const struct liquidation_row *right)
{
	int order = memcmp(left->fondo, right->fondo, sizeof(left->fondo));
	if (order == 0)
		order = (int)left->esercizio - (int)right->esercizio;
	if (order == 0)
		order = memcmp(left->numero_impegno, right->numero_impegno,
			       sizeof(left->numero_impegno));
	if (order == 0)
		order = memcmp(left->codice_siope, right->codice_siope, sizeof(left->codice_siope));
	return order;
}

/* Room for one row more. */
static bool grow(struct liquidation_source *source, struct liquidation_batch *batch)
{
	if (batch->row_count < batch->row_capacity)
		return true;
	uint32_t capacity = batch->row_capacity == 0 ? 16 : 2 * batch->row_capacity;
	void *grown = realloc(batch->rows, capacity * sizeof(batch->rows[0]));
	if (grown == NULL)
		return fail(source, "out of memory", "rows");
	batch->rows = grown;
	batch->row_capacity = capacity;
	return true;
}

/* The place of a row among its statement's; a new one is made in order. False: no memory. */
static bool find_row(struct sheet *sheet, const struct liquidation_row *row, uint32_t *ret_place)
{
	struct liquidation_batch *batch = sheet->batch;
	uint32_t place = sheet->first;
	while (place < batch->row_count && compare_rows(&batch->rows[place], row) < 0)
		place++;
	*ret_place = place;
	if (place < batch->row_count && compare_rows(&batch->rows[place], row) == 0)
		return true;
	if (!grow(sheet->source, batch))
		return false;
	memmove(&batch->rows[place + 1], &batch->rows[place],
		(batch->row_count - place) * sizeof(batch->rows[0]));
	batch->rows[place] = *row;
	batch->row_count++;
	json_array_insert_new(sheet->vouchers, place - sheet->first, json_object());
	return true;
}

/* What of a line is left to pay. */
static bool left_of(struct sheet *sheet, const json_t *line, struct cents *ret_net,
		    struct cents *ret_vat)
{
	const json_t *taken = json_object_get(sheet->taken, text_of(line, "id"));
	int64_t net = json_integer_value(json_array_get(taken, 0));
	int64_t vat = json_integer_value(json_array_get(taken, 1));
	return cents_sub(cents_from(number_of(line, "net_cents")), cents_from(net), ret_net) &&
	       cents_sub(cents_from(number_of(line, "vat_cents")), cents_from(vat), ret_vat);
}

static bool add_line(struct sheet *sheet, const json_t *line)
{
	struct liquidation_row row;
	uint32_t place;
	if (!row_of_line(sheet, line, &row) || !find_row(sheet, &row, &place))
		return false;
	struct liquidation_row *sum = &sheet->batch->rows[place];
	struct cents net;
	struct cents vat;
	if (!left_of(sheet, line, &net, &vat) ||
	    !cents_add(sum->imponibile, net, &sum->imponibile) ||
	    !cents_add(sum->iva, vat, &sum->iva))
		return fail(sheet->source, "amounts that cannot be", text_of(line, "id"));
	if (memcmp(sum->codice_istat_comune, row.codice_istat_comune,
		   sizeof(row.codice_istat_comune)) != 0)
		memset(sum->codice_istat_comune, 0, sizeof(sum->codice_istat_comune));
	json_object_set_new(json_array_get(sheet->vouchers, place - sheet->first),
			    text_of(line, "voucher"), json_true());
	return true;
}

/* What of a line is paid no more: its credit notes, what was set off or paid to another creditor;
 * in an export also what was paid before, less what came back. 1, -1 where it came back, 0. */
static int64_t sign_of(const struct sheet *sheet, const char *kind)
{
	static const char *const kinds[] = {"CREDITED", "SET_OFF", "SUBSTITUTED"};
	for (uint32_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kind, kinds[i]) == 0)
			return 1;
	if (sheet->item == NULL)
		return 0;
	return strcmp(kind, "PAID") == 0 ? 1 : strcmp(kind, "RETURNED") == 0 ? -1 : 0;
}

static bool add_adjustment(struct sheet *sheet, const json_t *adjustment)
{
	const char *line = text_of(adjustment, "line");
	const char *id = strrchr(text_of(adjustment, "id"), '_');
	int64_t sign = sign_of(sheet, text_of(adjustment, "kind"));
	uint32_t number = 0;
	if (id == NULL || !text_parse_u32(slice_from_text(id + 1), UINT32_MAX, &number))
		return fail(sheet->source, "an adjustment cannot be read", line);
	if (sign == 0 || number > sheet->last_adjustment)
		return true;
	const json_t *before = json_object_get(sheet->taken, line);
	int64_t net = json_integer_value(json_array_get(before, 0));
	int64_t vat = json_integer_value(json_array_get(before, 1));
	if (__builtin_add_overflow(net, sign * number_of(adjustment, "net_cents"), &net) ||
	    __builtin_add_overflow(vat, sign * number_of(adjustment, "vat_cents"), &vat))
		return fail(sheet->source, "amounts that cannot be", line);
	json_object_set_new(sheet->taken, line, json_pack("[I, I]", net, vat));
	return true;
}

typedef bool take_item(struct sheet *sheet, const json_t *item);

/* Every item of a list that belongs to the statement. */
static bool take_all(struct sheet *sheet, const char *list, take_item *take)
{
	struct pages pages = {
	    .fetch = sheet->source->fetch, .context = sheet->source->context, .list = list};
	const json_t *item;
	bool is_good = true;
	while (is_good && (item = pages_next(&pages)) != NULL)
		is_good = take(sheet, item);
	if (!pages_close(&pages) && sheet->source->fault[0] == '\0')
		fail(sheet->source, "the lines cannot be read", list);
	return is_good && !pages.is_broken;
}

static bool add_lines(struct sheet *sheet, const char *statement)
{
	char path[PATH_SIZE / 2];
	struct cents net = cents_from(number_of(sheet->statement, "net_cents"));
	struct cents vat = cents_from(number_of(sheet->statement, "vat_cents"));
	if (!cents_equal(net, sheet->net) || !cents_equal(vat, sheet->vat)) {
		sheet->taken = json_object();
		snprintf(path, sizeof(path), "/v1/line-adjustments?statement=%.40s",
			 statement);
		if (!take_all(sheet, path, add_adjustment))
			return false;
	}
	snprintf(path, sizeof(path), "/v1/statements/%.40s/lines", statement);
	return take_all(sheet, path, add_line);
}

/* ---- What rows share ---- */

/* Of an export the payer is the copy in it; of one statement alone the ambito's lead body. */
static bool set_payer(struct sheet *sheet)
{
	struct liquidation_batch *batch = sheet->batch;
	struct liquidation_row *row = &sheet->common;
	const json_t *ambito = master(sheet->source, "ambiti", text_of(sheet->statement, "ambito"));
	if (ambito == NULL)
		return fail(sheet->source, "the ambito cannot be read",
			    text_of(sheet->statement, "ambito"));
	SET(row->comune, text_of(ambito, "name"));
	SET(row->id_lotto, batch->id);
	if (batch->export.id[0] != '\0') {
		memcpy(row->cf_ente, batch->payer.tax_code, sizeof(row->cf_ente));
		memcpy(row->codice_ufficio_ipa, batch->payer.ipa_code,
		       sizeof(row->codice_ufficio_ipa));
		return true;
	}
	SET(row->cf_ente, text_of(ambito, "lead_tax_code"));
	SET(row->codice_ufficio_ipa, text_of(ambito, "lead_ipa_code"));
	int size = snprintf(batch->id, sizeof(batch->id), "VCH-%.4s%.2s-%.10s-S%s", sheet->month,
			    sheet->month + 5, text_of(ambito, "code"), sheet->number);
	if (size < 0 || (size_t)size >= sizeof(batch->id))
		return fail(sheet->source, "not a statement's number", sheet->number);
	SET(row->id_lotto, batch->id);
	return true;
}

static bool set_payee(struct sheet *sheet)
{
	struct liquidation_source *source = sheet->source;
	/* Another than who delivered, where the credit was assigned or the provider merged. */
	const char *payee = text_of(sheet->statement, "payee");
	const char *invoicing = text_of(sheet->statement, "payee_accreditation");
	if (payee[0] == '\0')
		payee = text_of(sheet->statement, "provider");
	if (invoicing[0] == '\0')
		invoicing = text_of(sheet->statement, "accreditation");
	const json_t *provider = master(source, "providers", payee);
	const json_t *pact = master(source, "accreditations", invoicing);
	if (provider == NULL || pact == NULL)
		return fail(source, "payee or pact cannot be read", payee);
	struct liquidation_row *row = &sheet->common;
	SET(row->codice_fornitore, text_of(provider, "code"));
	SET(row->beneficiario, text_of(provider, "legal_name"));
	SET(row->partita_iva, text_of(provider, "vat_number"));
	SET(row->codice_fiscale, text_of(provider, "vat_number")); /* the same for organisations */
	SET(row->iban, text_of(provider, "iban"));
	SET(row->cig, text_of(pact, "cig"));
	return true;
}

/* Is less paid than the invoice says? */
static bool is_reduced(const struct sheet *sheet)
{
	return !cents_equal(sheet->net, cents_from(number_of(sheet->statement, "net_cents"))) ||
	       !cents_equal(sheet->vat, cents_from(number_of(sheet->statement, "vat_cents")));
}

/* The number in the Sistema di Interscambio, of an e-invoice whose file came in. */
static bool set_sdi(struct sheet *sheet)
{
	const char *id = text_of(sheet->statement, "invoice");
	if (id[0] == '\0')
		return true;
	const json_t *invoice = master(sheet->source, "invoices", id);
	if (invoice == NULL)
		return fail(sheet->source, "the e-invoice cannot be read", id);
	SET(sheet->common.id_sdi, text_of(invoice, "sdi_id"));
	return true;
}

static bool set_invoice(struct sheet *sheet)
{
	struct liquidation_row *row = &sheet->common;
	const json_t *statement = sheet->statement;
	SET(row->versione, LIQUIDATION_LAYOUT);
	SET(row->tipo_debito, "COMMERCIALE");
	SET(row->natura_spesa, "CORRENTE");
	SET(row->fattura_numero, text_of(statement, "invoice_number"));
	/* VAT on services to a public body is paid by the body, where there is any. */
	row->split_payment = number_of(statement, "vat_bp") > 0 ? 1 : 0;
	char reason[sizeof(row->causale) + 1];
	int size = snprintf(reason, sizeof(reason), "CIG %.12s VOUCHER SOCIALI %.2s/%.4s FATT %s",
			    row->cig, sheet->month + 5, sheet->month,
			    text_of(statement, "invoice_number"));
	if (size > 0 && (size_t)size < sizeof(reason) && is_reduced(sheet))
		snprintf(reason + size, sizeof(reason) - (size_t)size,
			 " AL NETTO DI NOTE DI CREDITO E COMPENSAZIONI");
	SET(row->causale, reason);
	return set_sdi(sheet) && month_parse(slice_from_text(sheet->month), &row->periodo) &&
	       day_parse(slice_from_text(text_of(statement, "invoice_date")), &row->fattura_data) &&
	       day_plus(row->fattura_data, LIQUIDATION_TERM_DAYS, &row->data_scadenza);
}

/* Our reference, which comes back in the giornale di cassa: of a statement alone its number and
 * row; of an export its number, that of the payment in it, and the row. */
static void set_reference(const struct sheet *sheet, struct liquidation_row *row, uint32_t ordinal)
{
	char text[sizeof(row->end_to_end_id) + 1];
	if (sheet->item == NULL)
		snprintf(text, sizeof(text), "VCH-%.4s%.2s-S%.10s-%03u", sheet->month,
			 sheet->month + 5, sheet->number, ordinal);
	else
		snprintf(text, sizeof(text), "TIT-%.10s-%.10s-%u",
			 strchr(sheet->batch->export.id, '_') + 1, sheet->item, ordinal);
	SET(row->end_to_end_id, text);
}

static bool set_place(struct sheet *sheet, struct liquidation_row *row)
{
	if (row->codice_istat_comune[0] == '\0')
		return true;
	char istat[sizeof(row->codice_istat_comune) + 1] = "";
	memcpy(istat, row->codice_istat_comune, sizeof(row->codice_istat_comune));
	const json_t *comune = master(sheet->source, "comuni", istat);
	if (comune == NULL)
		return fail(sheet->source, "the comune cannot be read", istat);
	SET(row->codice_catastale, text_of(comune, "cadastral_code"));
	SET(row->comune, text_of(comune, "name"));
	return true;
}

/* Numbers, names and payable amounts, once all lines are in. */
static bool finish_rows(struct sheet *sheet)
{
	for (uint32_t i = sheet->first; i < sheet->batch->row_count; i++) {
		struct liquidation_row *row = &sheet->batch->rows[i];
		row->riga = i + 1;
		row->numero_voucher =
		    (uint32_t)json_object_size(json_array_get(sheet->vouchers, i - sheet->first));
		set_reference(sheet, row, i - sheet->first + 1);
		row->importo_da_pagare = row->imponibile;
		if (row->split_payment == 0 &&
		    !cents_add(row->imponibile, row->iva, &row->importo_da_pagare))
			return fail(sheet->source, "amounts beyond 64 bits", sheet->number);
		if (!set_place(sheet, row))
			return false;
	}
	return true;
}

static bool check_sums(struct sheet *sheet)
{
	struct liquidation_batch *batch = sheet->batch;
	struct liquidation_totals totals;
	return liquidation_add_up(batch->rows + sheet->first, batch->row_count - sheet->first,
				  &totals) &&
	       cents_equal(totals.net, sheet->net) && cents_equal(totals.vat, sheet->vat);
}

/* Of an export that was sealed, what it pays may be held back since. */
static bool is_approved(const struct sheet *sheet)
{
	static const char *const states[] = {"APPROVED", "EXPORTED", "ORDERED", "PAID", "BLOCKED"};
	uint32_t count = sizeof(states) / sizeof(states[0]) - (sheet->item == NULL ? 1 : 0);
	for (uint32_t i = 0; i < count; i++)
		if (strcmp(text_of(sheet->statement, "state"), states[i]) == 0)
			return true;
	return false;
}

static bool is_paid_in_part(const json_t *statement)
{
	return number_of(statement, "paid_net_cents") != 0 &&
	       strcmp(text_of(statement, "state"), "PAID") != 0;
}

static enum result read_sheet(struct sheet *sheet, const char *statement)
{
	struct liquidation_source *source = sheet->source;
	if (!is_approved(sheet)) {
		fail(source, "only approved statements are exported", statement);
		return RESULT_STATEMENT_NOT_OPEN;
	}
	if (sheet->item == NULL && is_paid_in_part(sheet->statement)) {
		fail(source, "paid in part: what is left leaves in an export", statement);
		return RESULT_PAYMENT_BLOCKED;
	}
	const char *underline = strrchr(statement, '_');
	sheet->number = underline == NULL ? statement : underline + 1;
	sheet->month = text_of(sheet->statement, "month");
	if (strlen(sheet->month) != MONTH_TEXT_SIZE || !set_payer(sheet) || !set_payee(sheet) ||
	    !set_invoice(sheet) || !add_lines(sheet, statement) || !finish_rows(sheet)) {
		if (source->fault[0] == '\0')
			fail(source, "the statement lacks what rows need", statement);
		return RESULT_CHECK_FAILED;
	}
	if (!check_sums(sheet)) {
		fail(source, "the lines do not add up to the statement", statement);
		return RESULT_CHECK_FAILED;
	}
	return RESULT_OK;
}

/* The statement's rows behind those of the batch. The sheet says of what it is a part, and what
 * its rows must add up to; of a statement alone, what it is to be paid. */
static enum result read_statement(struct sheet *sheet, const char *statement)
{
	struct liquidation_source *source = sheet->source;
	char path[PATH_SIZE];
	int size = snprintf(path, sizeof(path), "/v1/statements/%s", statement);
	if (size < 0 || (size_t)size >= sizeof(path))
		return RESULT_UNREACHABLE;
	sheet->first = sheet->batch->row_count;
	sheet->statement = source->fetch(source->context, path);
	if (sheet->statement == NULL) {
		fail(source, "the statement cannot be read", statement);
		return RESULT_UNREACHABLE;
	}
	if (sheet->item == NULL) {
		const char *net = json_object_get(sheet->statement, "payable_net_cents") == NULL
				      ? "net_cents"
				      : "payable_net_cents";
		const char *vat = json_object_get(sheet->statement, "payable_vat_cents") == NULL
				      ? "vat_cents"
				      : "payable_vat_cents";
		sheet->net = cents_from(number_of(sheet->statement, net));
		sheet->vat = cents_from(number_of(sheet->statement, vat));
	}
	sheet->vouchers = json_array();
	enum result result = read_sheet(sheet, statement);
	json_decref(sheet->vouchers);
	json_decref(sheet->taken);
	json_decref(sheet->statement);
	return result;
}

enum result liquidation_read(struct liquidation_source *source, const char *statement,
			     struct liquidation_batch *ret_batch)
{
	ASSERT(source != NULL && source->fetch != NULL);
	ASSERT(statement != NULL && ret_batch != NULL);
	*ret_batch = (struct liquidation_batch){.rows = NULL};
	source->fault[0] = '\0';
	struct sheet sheet = {.source = source, .batch = ret_batch, .last_adjustment = UINT32_MAX};
	enum result result = read_statement(&sheet, statement);
	if (result == RESULT_OK &&
	    !liquidation_add_up(ret_batch->rows, ret_batch->row_count, &ret_batch->totals))
		result = RESULT_CHECK_FAILED;
	return result;
}

void liquidation_batch_free(struct liquidation_batch *batch)
{
	if (batch == NULL)
		return;
	free(batch->rows);
	free(batch->earlier);
	*batch = (struct liquidation_batch){.rows = NULL};
}

/* ---- Buoni ---- */

/* A buono's payment is one row, and no invoice. Who is paid stands in no record: the row says the
 * beneficiary's code, and the persons file the rest (liquidation_name_persons). */
static enum result read_grant(struct sheet *sheet, const json_t *item)
{
	struct liquidation_source *source = sheet->source;
	const json_t *payment =
	    master(source, "cash-grant-payments", text_of(item, "cash_grant_payment"));
	const json_t *title = master(source, "vouchers", text_of(payment, "voucher"));
	const json_t *commitment = master(source, "commitments", text_of(payment, "commitment"));
	sheet->first = sheet->batch->row_count;
	if (title == NULL || commitment == NULL || !grow(source, sheet->batch)) {
		fail(source, "a buono's payment cannot be read", text_of(item, "id"));
		return RESULT_CHECK_FAILED;
	}
	struct liquidation_row row = {.riga = sheet->first + 1, .numero_voucher = 1};
	sheet->month = text_of(payment, "month");
	memcpy(row.cf_ente, sheet->batch->payer.tax_code, sizeof(row.cf_ente));
	memcpy(row.codice_ufficio_ipa, sheet->batch->payer.ipa_code,
	       sizeof(row.codice_ufficio_ipa));
	SET(row.id_lotto, sheet->batch->id);
	SET(row.versione, LIQUIDATION_LAYOUT);
	SET(row.tipo_debito, "NON_COMMERCIALE");
	SET(row.natura_spesa, "CORRENTE");
	SET(row.codice_siope, LIQUIDATION_GRANT_SIOPE);
	SET(row.capitolo, text_of(commitment, "chapter"));
	SET(row.articolo, text_of(commitment, "article"));
	SET(row.numero_impegno, text_of(commitment, "number"));
	set_act(&row, text_of(commitment, "act"));
	SET(row.codice_istat_comune, text_of(title, "comune"));
	SET(row.codice_fornitore, text_of(title, "beneficiary"));
	SET(row.beneficiario, text_of(title, "beneficiary"));
	char pdc[LIQUIDATION_PDC_SIZE + 1] = "";
	if (liquidation_pdc(slice_from_text(LIQUIDATION_GRANT_SIOPE), pdc))
		SET(row.pdc_v_livello, pdc);
	char reason[sizeof(row.causale) + 1];
	snprintf(reason, sizeof(reason), "BUONO SOCIALE %.2s/%.4s RIF %.16s", sheet->month + 5,
		 sheet->month, text_of(payment, "id"));
	SET(row.causale, reason);
	row.imponibile = row.importo_da_pagare = sheet->net;
	set_reference(sheet, &row, 1);
	if (strlen(sheet->month) != MONTH_TEXT_SIZE ||
	    !set_fund(&row, text_of(payment, "fund_year")) ||
	    !month_parse(slice_from_text(sheet->month), &row.periodo) ||
	    !day_plus(month_last_day(row.periodo), LIQUIDATION_TERM_DAYS, &row.data_scadenza) ||
	    !set_place(sheet, &row)) {
		fail(source, "a buono's payment lacks what rows need", text_of(item, "id"));
		return RESULT_CHECK_FAILED;
	}
	sheet->batch->rows[sheet->batch->row_count++] = row;
	return RESULT_OK;
}

/* ---- Exports ---- */

/* An export while its items are read. */
struct export_sheet {
	struct liquidation_source *source;
	struct liquidation_batch *batch;
	struct cents net; /* of the items so far */
	struct cents vat;
	uint32_t items;
	uint32_t last_adjustment;
	enum result result;
};

static void copy_text(char *ret_text, size_t size, const char *text)
{
	snprintf(ret_text, size, "%s", text);
}
#define COPY(member, object, name) copy_text(member, sizeof(member), text_of(object, name))

static void set_export_payer(struct payer *payer, const json_t *export)
{
	*payer = (struct payer){.code = ""};
	SET(payer->code, text_of(export, "paying_body"));
	SET(payer->name, text_of(export, "payer_name"));
	SET(payer->tax_code, text_of(export, "payer_tax_code"));
	SET(payer->ipa_code, text_of(export, "payer_ipa_code"));
	SET(payer->istat_code, text_of(export, "payer_istat_code"));
	SET(payer->treasury_abi, text_of(export, "payer_treasury_abi"));
	SET(payer->treasury_code, text_of(export, "payer_treasury_code"));
	SET(payer->iban, text_of(export, "payer_iban"));
	SET(payer->bic, text_of(export, "payer_bic"));
	SET(payer->cuc, text_of(export, "payer_cuc"));
}

/* TIT-202601-CREMA-CAPO-3: month, who pays, number among its exports. */
static bool set_export_id(const json_t *export, char ret_id[LIQUIDATION_ID_SIZE])
{
	const char *month = text_of(export, "month");
	int size = snprintf(ret_id, LIQUIDATION_ID_SIZE, "TIT-%.4s%.2s-%.16s-%" PRId64, month,
			    strlen(month) < 6 ? "" : month + 5, text_of(export, "paying_body"),
			    number_of(export, "ordinal"));
	return size > 0 && (uint32_t)size < LIQUIDATION_ID_SIZE;
}

static bool is_zero_hash(const char *text)
{
	return text[strspn(text, "0")] == '\0';
}

/* What the record says; false: it lacks something. */
static bool set_export(struct liquidation_batch *batch, const json_t *export)
{
	struct liquidation_export *said = &batch->export;
	COPY(said->id, export, "id");
	COPY(said->state, export, "state");
	COPY(said->format, export, "format");
	COPY(said->profile, export, "profile");
	COPY(said->family, export, "family");
	COPY(said->operation, export, "operation");
	COPY(said->created, export, "opened_at");
	COPY(said->content_hash, export, "content_hash");
	COPY(said->protocol_number, export, "protocol_number");
	if (is_zero_hash(said->content_hash))
		said->content_hash[0] = '\0';
	said->net = cents_from(number_of(export, "net_cents"));
	said->vat = cents_from(number_of(export, "vat_cents"));
	said->item_count = (uint32_t)number_of(export, "item_count");
	set_export_payer(&batch->payer, export);
	const char *day = text_of(export, "protocol_date");
	return set_export_id(export, batch->id) && strchr(said->id, '_') != NULL &&
	       (day[0] == '\0' || day_parse(slice_from_text(day), &said->protocol_date)) &&
	       month_parse(slice_from_text(text_of(export, "month")), &said->month);
}

/* One payment of the export: a statement's rows. */
static bool read_item(struct export_sheet *export, const json_t *item)
{
	const char *id = strchr(text_of(item, "id"), '_');
	const char *statement = text_of(item, "statement");
	struct cents net = cents_from(number_of(item, "net_cents"));
	struct cents vat = cents_from(number_of(item, "vat_cents"));
	if (strcmp(text_of(item, "state"), "REMOVED") == 0)
		return true;
	if (id == NULL || !cents_add(export->net, net, &export->net) ||
	    !cents_add(export->vat, vat, &export->vat))
		return fail(export->source, "a payment cannot be read", text_of(item, "id"));
	export->items++;
	struct sheet sheet = {.source = export->source,
			      .batch = export->batch,
			      .item = id + 1,
			      .net = net,
			      .vat = vat,
			      .last_adjustment = export->last_adjustment};
	export->result =
	    statement[0] != '\0' ? read_statement(&sheet, statement) : read_grant(&sheet, item);
	return export->result == RESULT_OK;
}

static enum result read_items(struct export_sheet *export, const char *id)
{
	struct liquidation_source *source = export->source;
	char list[PATH_SIZE];
	const json_t *item;
	bool is_good = true;
	snprintf(list, sizeof(list), "/v1/export-items?export=%.16s", id);
	struct pages pages = {.fetch = source->fetch, .context = source->context, .list = list};
	while (is_good && (item = pages_next(&pages)) != NULL)
		is_good = read_item(export, item);
	is_good = pages_close(&pages) && is_good;
	if (!is_good && source->fault[0] == '\0')
		fail(source, "the payments cannot be read", id);
	if (is_good)
		return RESULT_OK;
	return export->result == RESULT_OK ? RESULT_UNREACHABLE : export->result;
}

static json_t *fetch_export(struct liquidation_source *source, const char *id)
{
	char path[PATH_SIZE];
	snprintf(path, sizeof(path), "/v1/exports/%.16s", id);
	json_t *export = source->fetch(source->context, path);
	if (export == NULL)
		fail(source, "the export cannot be read", id);
	return export;
}

/* Of a sealed export only what was adjusted before its seal counts. */
static uint32_t last_adjustment_of(const json_t *export)
{
	uint32_t number = 0;
	const char *id = strchr(text_of(export, "last_adjustment"), '_');
	bool is_draft = strcmp(text_of(export, "state"), "DRAFT") == 0;
	if (is_draft)
		return UINT32_MAX;
	if (id != NULL && !text_parse_u32(slice_from_text(id + 1), UINT32_MAX, &number))
		return 0;
	return number;
}

/* Rows of the items of `paid`: the export itself, or the one that an ANNULLO cancels. */
static enum result read_paid(struct liquidation_source *source, struct liquidation_batch *batch,
			     const json_t *paid)
{
	struct export_sheet sheet = {
	    .source = source, .batch = batch, .last_adjustment = last_adjustment_of(paid)};
	enum result result = read_items(&sheet, text_of(paid, "id"));
	if (result != RESULT_OK)
		return result;
	bool is_whole =
	    liquidation_add_up(batch->rows, batch->row_count, &batch->totals) &&
	    sheet.items == batch->export.item_count && cents_equal(sheet.net, batch->export.net) &&
	    cents_equal(sheet.vat, batch->export.vat) &&
	    cents_equal(batch->totals.net, sheet.net) && cents_equal(batch->totals.vat, sheet.vat);
	if (!is_whole) {
		fail(source, "the payments do not add up to the export", batch->export.id);
		return RESULT_EXPORT_TOTALS_DIFFER;
	}
	return RESULT_OK;
}

/* Rows and year of the batch that gave the numbers. */
static enum result read_earlier(struct liquidation_source *source, const json_t *numbered,
				struct liquidation_batch *batch)
{
	struct liquidation_batch earlier = {.rows = NULL};
	struct day day;
	if (!set_export(&earlier, numbered) || strlen(earlier.export.created) < DAY_TEXT_SIZE ||
	    !day_parse((struct slice){earlier.export.created, DAY_TEXT_SIZE}, &day)) {
		fail(source, "the export lacks what files need", text_of(numbered, "id"));
		return RESULT_CHECK_FAILED;
	}
	enum result result = read_paid(source, &earlier, numbered);
	if (result == RESULT_OK) {
		batch->earlier = earlier.rows;
		batch->earlier_count = earlier.row_count;
		batch->earlier_year = (uint16_t)day_fiscal_year(day);
		earlier.rows = NULL;
	}
	liquidation_batch_free(&earlier);
	return result;
}

/* The id of the batch whose numbers the orders of `other` bear: a VARIAZIONE keeps those of what it
 * varies. */
static enum result set_numbered(struct liquidation_source *source, const json_t *other,
				struct liquidation_batch *batch)
{
	json_t *varied = NULL;
	const json_t *numbered = other;
	enum result result = RESULT_OK;
	for (uint32_t i = 0; i < VARIATIONS_MAX && result == RESULT_OK &&
			     strcmp(text_of(numbered, "operation"), "VARIATION") == 0;
	     i++) {
		json_t *next = fetch_export(source, text_of(numbered, "replaces"));
		result = next == NULL ? RESULT_UNREACHABLE : RESULT_OK;
		json_decref(varied);
		varied = next;
		numbered = next;
	}
	if (result == RESULT_OK && !set_export_id(numbered, batch->export.replaces))
		result = RESULT_CHECK_FAILED;
	if (result == RESULT_OK)
		result = read_earlier(source, numbered, batch);
	json_decref(varied);
	return result;
}

static enum result read_export(struct liquidation_source *source, const json_t *export,
			       struct liquidation_batch *batch)
{
	const char *replaced = text_of(export, "replaces");
	if (!set_export(batch, export)) {
		fail(source, "the export lacks what files need", text_of(export, "id"));
		return RESULT_CHECK_FAILED;
	}
	if (replaced[0] == '\0')
		return read_paid(source, batch, export);
	json_t *other = fetch_export(source, replaced);
	enum result result = RESULT_UNREACHABLE;
	bool is_counter = strcmp(batch->export.operation, "CANCEL") == 0;
	if (other != NULL)
		result = set_numbered(source, other, batch);
	if (result == RESULT_OK)
		result = read_paid(source, batch, is_counter ? other : export);
	json_decref(other);
	return result;
}

enum result liquidation_read_export(struct liquidation_source *source, const char *export_id,
				    struct liquidation_batch *ret_batch)
{
	ASSERT(source != NULL && source->fetch != NULL);
	ASSERT(export_id != NULL && ret_batch != NULL);
	*ret_batch = (struct liquidation_batch){.rows = NULL};
	source->fault[0] = '\0';
	json_t *export = fetch_export(source, export_id);
	if (export == NULL)
		return RESULT_UNREACHABLE;
	enum result result = read_export(source, export, ret_batch);
	json_decref(export);
	return result;
}

/* ---- Files ---- */

static const char *const profiles[LIQUIDATION_PROFILES] = {"excel-it", "rfc4180"};

/* What the files of a batch are made with. */
struct desk {
	struct liquidation_source *source;
	const struct liquidation_batch *batch;
	const char *folder;
	char profiles[FILE_PATH_SIZE_MAX];
	struct profile profile;
	struct table_write table;
	char *memory;
	uint32_t size;
};

static enum result load(struct desk *desk, const char *name, const struct field_set *set)
{
	struct profile_file_fault fault;
	enum result result = profile_file_load(desk->profiles, name, set, &desk->profile, &fault);
	if (result != RESULT_OK)
		fail(desk->source, "profile", fault.text);
	return result;
}

static enum result refuse_row(struct desk *desk)
{
	const struct table_write *table = &desk->table;
	snprintf(desk->source->fault, sizeof(desk->source->fault),
		 "profile %.40s, row %u, %.40s: %s", desk->profile.name, table->fault_at.row,
		 desk->profile.columns[table->fault_at.column].heading,
		 table_fault_text(table->fault));
	return RESULT_FIELD_INVALID;
}

static enum result write_rows(struct desk *desk)
{
	const struct liquidation_batch *batch = desk->batch;
	if (!table_write_begin(&desk->table, &desk->profile, desk->memory, desk->size))
		return refuse_row(desk);
	for (uint32_t i = 0; i < batch->row_count; i++)
		if (profile_takes(&desk->profile, &batch->rows[i]) &&
		    !table_write_row(&desk->table, &batch->rows[i]))
			return refuse_row(desk);
	return RESULT_OK;
}

static const char *separator_word(char separator)
{
	switch (separator) {
	case ';':
		return "PUNTO_E_VIRGOLA";
	case ',':
		return "VIRGOLA";
	case '\t':
		return "TAB";
	default:
		return "BARRA_VERTICALE";
	}
}

static enum result deliver_profile(struct desk *desk, uint32_t which,
				   struct liquidation_delivery *delivery,
				   struct liquidation_manifest *manifest)
{
	const struct liquidation_batch *batch = desk->batch;
	const struct profile *profile = &desk->profile;
	uint8_t hash[FOLDER_HASH_SIZE];
	enum result result = load(desk, profiles[which], &liquidation_row_set);
	if (result == RESULT_OK)
		result = write_rows(desk);
	if (result != RESULT_OK)
		return result;
	struct slice bytes = {desk->table.data, desk->table.used};
	folder_hash(bytes, hash);
	*manifest = (struct liquidation_manifest){.righe = desk->table.rows};
	text_hex_encode(hash, sizeof(hash), manifest->sha256);
	snprintf(delivery->names[which], LIQUIDATION_NAME_SIZE, "liquidazioni_%s_%.12s.%s",
		 batch->id, manifest->sha256, profile->suffix);
	SET(manifest->file, delivery->names[which]);
	SET(manifest->encoding, profile->has_mark ? "UTF-8-BOM" : charset_name(profile->charset));
	SET(manifest->separatore, separator_word(profile->separator));
	/* raw: totals of a manifest are numbers of cents, never negative (liquidation_add_up) */
	manifest->totale_da_pagare_centesimi = (uint64_t)batch->totals.payable.raw; /* raw: cents */
	manifest->imponibile_centesimi = (uint64_t)batch->totals.net.raw;	    /* raw: cents */
	manifest->iva_centesimi = (uint64_t)batch->totals.vat.raw;		    /* raw: cents */
	return folder_deliver(desk->folder, delivery->names[which], bytes);
}

static enum result deliver_manifest(struct desk *desk, const struct liquidation_manifest *manifests,
				    struct liquidation_delivery *delivery)
{
	uint8_t hash[FOLDER_HASH_SIZE];
	enum result result = load(desk, "manifest", &liquidation_manifest_set);
	if (result != RESULT_OK)
		return result;
	if (!table_write_begin(&desk->table, &desk->profile, desk->memory, desk->size))
		return refuse_row(desk);
	for (uint32_t i = 0; i < LIQUIDATION_PROFILES; i++)
		if (!table_write_row(&desk->table, &manifests[i]))
			return refuse_row(desk);
	struct slice bytes = {desk->table.data, desk->table.used};
	folder_hash(bytes, hash);
	text_hex_encode(hash, sizeof(hash), delivery->manifest_hash);
	delivery->manifest_hash[2 * sizeof(hash)] = '\0';
	snprintf(delivery->manifest_name, LIQUIDATION_NAME_SIZE, "liquidazioni_%s_%.12s.%s",
		 desk->batch->id, delivery->manifest_hash, desk->profile.suffix);
	return folder_deliver(desk->folder, delivery->manifest_name, bytes);
}

static enum result deliver(struct desk *desk, struct liquidation_delivery *delivery)
{
	struct liquidation_manifest manifests[LIQUIDATION_PROFILES];
	if (!profile_file_folder(desk->source->profiles, desk->profiles)) {
		fail(desk->source, "there is no folder of profiles", desk->profiles);
		return RESULT_NOT_FOUND;
	}
	enum result result = folder_make(desk->folder);
	for (uint32_t i = 0; i < LIQUIDATION_PROFILES && result == RESULT_OK; i++)
		result = deliver_profile(desk, i, delivery, &manifests[i]);
	if (result == RESULT_OK)
		result = deliver_manifest(desk, manifests, delivery);
	return result;
}

enum result liquidation_deliver(struct liquidation_source *source,
				const struct liquidation_batch *batch, const char *folder,
				struct liquidation_delivery *ret_delivery)
{
	ASSERT(source != NULL && batch != NULL && folder != NULL && ret_delivery != NULL);
	struct liquidation_delivery delivery = {.totals = batch->totals};
	fail(source, "cannot write into", folder);
	struct desk *desk = calloc(1, sizeof(*desk));
	if (desk == NULL)
		return RESULT_OUT_OF_MEMORY;
	desk->source = source;
	desk->batch = batch;
	desk->folder = folder;
	desk->size = (batch->row_count + 2) * LIQUIDATION_ROW_SIZE_MAX;
	desk->memory = malloc(desk->size);
	enum result result = desk->memory == NULL ? RESULT_OUT_OF_MEMORY : deliver(desk, &delivery);
	free(desk->memory);
	free(desk);
	if (result == RESULT_OK)
		*ret_delivery = delivery;
	return result;
}
