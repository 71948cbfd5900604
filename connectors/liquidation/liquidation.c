/* Liquidation lines from the API: see liquidation.h. */
#include "connectors/liquidation/liquidation.h"

#include "connectors/delivery/folder.h"
#include "connectors/format/table_write.h"
#include "connectors/profiles/profile_file.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_SIZE 256u
#define LIMIT	  "1000"

/* What all rows of a statement share. */
struct sheet {
	struct liquidation_source *source;
	json_t *statement;
	const char *number; /* of the statement: "12" */
	const char *month;
	struct liquidation_row common;
	struct liquidation_batch *batch;
	uint32_t capacity;
	json_t *vouchers; /* per row: set of titles */
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

/* The place of a row in the batch; a new one is made in order. False: no memory. */
static bool find_row(struct sheet *sheet, const struct liquidation_row *row, uint32_t *ret_place)
{
	struct liquidation_batch *batch = sheet->batch;
	uint32_t place = 0;
	while (place < batch->row_count && compare_rows(&batch->rows[place], row) < 0)
		place++;
	*ret_place = place;
	if (place < batch->row_count && compare_rows(&batch->rows[place], row) == 0)
		return true;
	if (batch->row_count == sheet->capacity) {
		uint32_t capacity = sheet->capacity == 0 ? 16 : 2 * sheet->capacity;
		void *grown = realloc(batch->rows, capacity * sizeof(batch->rows[0]));
		if (grown == NULL)
			return fail(sheet->source, "out of memory", "rows");
		batch->rows = grown;
		sheet->capacity = capacity;
	}
	memmove(&batch->rows[place + 1], &batch->rows[place],
		(batch->row_count - place) * sizeof(batch->rows[0]));
	batch->rows[place] = *row;
	batch->row_count++;
	json_array_insert_new(sheet->vouchers, place, json_object());
	return true;
}

static bool add_line(struct sheet *sheet, const json_t *line)
{
	struct liquidation_row row;
	uint32_t place;
	if (!row_of_line(sheet, line, &row) || !find_row(sheet, &row, &place))
		return false;
	struct liquidation_row *sum = &sheet->batch->rows[place];
	struct cents net = cents_from(number_of(line, "net_cents"));
	struct cents vat = cents_from(number_of(line, "vat_cents"));
	if (!cents_add(sum->imponibile, net, &sum->imponibile) ||
	    !cents_add(sum->iva, vat, &sum->iva))
		return fail(sheet->source, "amounts beyond 64 bits", text_of(line, "id"));
	if (memcmp(sum->codice_istat_comune, row.codice_istat_comune,
		   sizeof(row.codice_istat_comune)) != 0)
		memset(sum->codice_istat_comune, 0, sizeof(sum->codice_istat_comune));
	json_object_set_new(json_array_get(sheet->vouchers, place), text_of(line, "voucher"),
			    json_true());
	return true;
}

static bool add_lines(struct sheet *sheet, const char *statement)
{
	char cursor[128] = "";
	for (;;) {
		char path[PATH_SIZE];
		snprintf(path, sizeof(path), "/v1/statements/%s/lines?limit=" LIMIT "%s%s",
			 statement, cursor[0] == '\0' ? "" : "&cursor=", cursor);
		json_t *page = sheet->source->fetch(sheet->source->context, path);
		json_t *items = json_object_get(page, "items");
		bool good = json_is_array(items);
		size_t at;
		json_t *line;
		json_array_foreach(items, at, line) good = good && add_line(sheet, line);
		snprintf(cursor, sizeof(cursor), "%s", text_of(page, "next_cursor"));
		json_decref(page);
		if (!good && sheet->source->fault[0] == '\0')
			fail(sheet->source, "the lines cannot be read", statement);
		if (!good)
			return false;
		if (cursor[0] == '\0')
			return true;
	}
}

/* ---- What rows share ---- */

static bool set_payer(struct sheet *sheet)
{
	const json_t *ambito = master(sheet->source, "ambiti", text_of(sheet->statement, "ambito"));
	if (ambito == NULL)
		return fail(sheet->source, "the ambito cannot be read",
			    text_of(sheet->statement, "ambito"));
	struct liquidation_row *row = &sheet->common;
	SET(row->cf_ente, text_of(ambito, "lead_tax_code"));
	SET(row->codice_ufficio_ipa, text_of(ambito, "lead_ipa_code"));
	SET(row->comune, text_of(ambito, "name"));
	int size = snprintf(sheet->batch->id, sizeof(sheet->batch->id), "VCH-%.4s%.2s-%.10s-S%s",
			    sheet->month, sheet->month + 5, text_of(ambito, "code"), sheet->number);
	if (size < 0 || (size_t)size >= sizeof(sheet->batch->id))
		return fail(sheet->source, "not a statement's number", sheet->number);
	SET(row->id_lotto, sheet->batch->id);
	return true;
}

static bool set_payee(struct sheet *sheet)
{
	struct liquidation_source *source = sheet->source;
	const json_t *provider = master(source, "providers", text_of(sheet->statement, "provider"));
	const json_t *pact =
	    master(source, "accreditations", text_of(sheet->statement, "accreditation"));
	if (provider == NULL || pact == NULL)
		return fail(source, "provider or pact cannot be read",
			    text_of(sheet->statement, "provider"));
	struct liquidation_row *row = &sheet->common;
	SET(row->codice_fornitore, text_of(provider, "code"));
	SET(row->beneficiario, text_of(provider, "legal_name"));
	SET(row->partita_iva, text_of(provider, "vat_number"));
	SET(row->codice_fiscale, text_of(provider, "vat_number")); /* the same for organisations */
	SET(row->iban, text_of(provider, "iban"));
	SET(row->cig, text_of(pact, "cig"));
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
	snprintf(reason, sizeof(reason), "CIG %.12s VOUCHER SOCIALI %.2s/%.4s FATT %s", row->cig,
		 sheet->month + 5, sheet->month, text_of(statement, "invoice_number"));
	SET(row->causale, reason);
	return month_parse(slice_from_text(sheet->month), &row->periodo) &&
	       day_parse(slice_from_text(text_of(statement, "invoice_date")), &row->fattura_data) &&
	       day_plus(row->fattura_data, LIQUIDATION_TERM_DAYS, &row->data_scadenza);
}

/* Numbers, names and payable amounts, once all lines are in. */
static bool finish_rows(struct sheet *sheet)
{
	for (uint32_t i = 0; i < sheet->batch->row_count; i++) {
		struct liquidation_row *row = &sheet->batch->rows[i];
		char text[sizeof(row->end_to_end_id) + 1];
		row->riga = i + 1;
		row->numero_voucher =
		    (uint32_t)json_object_size(json_array_get(sheet->vouchers, i));
		snprintf(text, sizeof(text), "VCH-%.4s%.2s-S%.10s-%03u", sheet->month,
			 sheet->month + 5, sheet->number, i + 1);
		SET(row->end_to_end_id, text);
		row->importo_da_pagare = row->imponibile;
		if (row->split_payment == 0 &&
		    !cents_add(row->imponibile, row->iva, &row->importo_da_pagare))
			return fail(sheet->source, "amounts beyond 64 bits", sheet->number);
		if (row->codice_istat_comune[0] == '\0')
			continue;
		char istat[sizeof(row->codice_istat_comune) + 1] = "";
		memcpy(istat, row->codice_istat_comune, sizeof(row->codice_istat_comune));
		const json_t *comune = master(sheet->source, "comuni", istat);
		if (comune == NULL)
			return fail(sheet->source, "the comune cannot be read", istat);
		SET(row->codice_catastale, text_of(comune, "cadastral_code"));
		SET(row->comune, text_of(comune, "name"));
	}
	return true;
}

static bool check_sums(struct sheet *sheet)
{
	struct liquidation_batch *batch = sheet->batch;
	struct cents net = cents_from(number_of(sheet->statement, "net_cents"));
	struct cents vat = cents_from(number_of(sheet->statement, "vat_cents"));
	return liquidation_add_up(batch->rows, batch->row_count, &batch->totals) &&
	       cents_equal(batch->totals.net, net) && cents_equal(batch->totals.vat, vat);
}

static bool is_approved(const char *state)
{
	static const char *const states[] = {"APPROVED", "EXPORTED", "ORDERED", "PAID"};
	for (uint32_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(state, states[i]) == 0)
			return true;
	return false;
}

/* Is the statement paid whole, and to its provider? The lines know no credit that was set off and
 * no other payee: such a statement must not leave as if there were none. */
static bool is_plain(const json_t *statement)
{
	static const char *const amounts[2][2] = {{"payable_net_cents", "net_cents"},
						  {"payable_vat_cents", "vat_cents"}};
	for (uint32_t i = 0; i < 2; i++)
		if (json_object_get(statement, amounts[i][0]) != NULL &&
		    number_of(statement, amounts[i][0]) != number_of(statement, amounts[i][1]))
			return false;
	if (number_of(statement, "paid_net_cents") != 0)
		return false;
	const char *payee = text_of(statement, "payee");
	return payee[0] == '\0' || strcmp(payee, text_of(statement, "provider")) == 0;
}

static enum result read_sheet(struct sheet *sheet, const char *statement)
{
	struct liquidation_source *source = sheet->source;
	if (!is_approved(text_of(sheet->statement, "state"))) {
		fail(source, "only approved statements are exported", statement);
		return RESULT_STATEMENT_NOT_OPEN;
	}
	if (!is_plain(sheet->statement)) {
		fail(source, "not paid whole to its provider: enter it by hand", statement);
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

enum result liquidation_read(struct liquidation_source *source, const char *statement,
			     struct liquidation_batch *ret_batch)
{
	ASSERT(source != NULL && source->fetch != NULL);
	ASSERT(statement != NULL && ret_batch != NULL);
	char path[PATH_SIZE];
	*ret_batch = (struct liquidation_batch){.rows = NULL};
	source->fault[0] = '\0';
	int size = snprintf(path, sizeof(path), "/v1/statements/%s", statement);
	if (size < 0 || (size_t)size >= sizeof(path))
		return RESULT_UNREACHABLE;
	struct sheet sheet = {.source = source, .batch = ret_batch};
	sheet.statement = source->fetch(source->context, path);
	if (sheet.statement == NULL) {
		fail(source, "the statement cannot be read", statement);
		return RESULT_UNREACHABLE;
	}
	sheet.vouchers = json_array();
	enum result result = read_sheet(&sheet, statement);
	json_decref(sheet.vouchers);
	json_decref(sheet.statement);
	return result;
}

void liquidation_batch_free(struct liquidation_batch *batch)
{
	if (batch == NULL)
		return;
	free(batch->rows);
	*batch = (struct liquidation_batch){.rows = NULL};
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
	enum result result =
	    profile_file_load(desk->profiles, name, set, &desk->profile, &fault);
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

static enum result deliver_manifest(struct desk *desk,
				    const struct liquidation_manifest *manifests,
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
