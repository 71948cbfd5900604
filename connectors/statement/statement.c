/* Statements for documents: see statement.h. */
#include "connectors/statement/statement.h"

#include "connectors/pages/pages.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_SIZE 256u

/* What is being read, and where it goes. */
struct reading {
	struct statement_source *source;
	const struct statement_wanted *wanted;
	struct sheet *sheet;
	const json_t *statement;
	json_t *line_places; /* id of a line -> its place in the sheet */
	uint32_t line_room;
	uint32_t record_room;
	enum result result;
};

static bool fail(struct reading *reading, enum result result, const char *text, const char *about)
{
	struct statement_source *source = reading->source;
	reading->result = result;
	snprintf(source->fault, sizeof(source->fault), "%s: %.100s", text, about);
	return false;
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text == NULL ? "" : text;
}

static struct cents cents_of(const json_t *object, const char *name)
{
	return cents_from(json_integer_value(json_object_get(object, name)));
}

static uint32_t number_of(const json_t *object, const char *name)
{
	json_int_t value = json_integer_value(json_object_get(object, name));
	return value < 0 || value > UINT32_MAX ? 0 : (uint32_t)value;
}

/* Into a NUL-padded member, cut at a character's beginning. */
static void set_text(char *member, uint32_t size, const char *text)
{
	size_t length = strlen(text);
	if (length > size) {
		length = size;
		while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
			length--;
	}
	memset(member, 0, size);
	memcpy(member, text, length);
}
#define SET(member, text) set_text(member, sizeof(member), text)

static void set_day(struct day *member, const json_t *object, const char *name)
{
	if (!day_parse(slice_from_text(text_of(object, name)), member))
		*member = (struct day){0};
}

bool statement_instant(const char *text, struct instant *ret_instant)
{
	struct instant_text read;
	if (!instant_parse(slice_from_text(text), &read) || !read.has_offset)
		return false;
	ret_instant->us =
	    read.day.number * TIME_US_PER_DAY + read.us_of_day - read.offset_s * TIME_US_PER_SECOND;
	return instant_is_valid(*ret_instant);
}

/* ---- Masters ---- */

void statement_source_free(struct statement_source *source)
{
	if (source == NULL)
		return;
	json_decref(source->cache);
	source->cache = NULL;
}

const json_t *statement_master(struct statement_source *source, const char *collection,
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

/* ---- The head ---- */

static bool is_frozen(const char *state)
{
	return state[0] != '\0' && strcmp(state, "OPEN") != 0 && strcmp(state, "CANCELLED") != 0;
}

static void set_amounts(struct sheet_head *head, const json_t *statement)
{
	head->imponibile = cents_of(statement, "net_cents");
	head->iva = cents_of(statement, "vat_cents");
	head->totale = cents_of(statement, "gross_cents");
	head->bollo = cents_of(statement, "stamp_cents");
	head->pagabile_imponibile = cents_of(statement, "payable_net_cents");
	head->pagabile_iva = cents_of(statement, "payable_vat_cents");
	head->aliquota_bp = (uint16_t)number_of(statement, "vat_bp");
	SET(head->fattura_numero, text_of(statement, "invoice_number"));
	SET(head->mandato_numero, text_of(statement, "order_number"));
	SET(head->quietanza, text_of(statement, "receipt_number"));
	set_day(&head->fattura_data, statement, "invoice_date");
	set_day(&head->mandato_data, statement, "order_date");
	set_day(&head->pagato_il, statement, "paid_on");
	set_day(&head->scadenza, statement, "due_on");
}

static bool set_parties(struct reading *reading)
{
	struct sheet_head *head = &reading->sheet->head;
	const json_t *statement = reading->statement;
	struct statement_source *source = reading->source;
	const char *pact_id = text_of(statement, "payee_accreditation");
	const char *payee_id = text_of(statement, "payee");
	if (pact_id[0] == '\0')
		pact_id = text_of(statement, "accreditation");
	const json_t *ambito = statement_master(source, "ambiti", text_of(statement, "ambito"));
	const json_t *provider =
	    statement_master(source, "providers", text_of(statement, "provider"));
	const json_t *pact = statement_master(source, "accreditations", pact_id);
	if (ambito == NULL || provider == NULL || pact == NULL)
		return fail(reading, RESULT_UNREACHABLE, "ambito, provider or pact cannot be read",
			    reading->wanted->statement);
	SET(head->ambito, text_of(ambito, "name"));
	SET(head->cf_ente, text_of(ambito, "lead_tax_code"));
	SET(head->codice_fornitore, text_of(provider, "code"));
	SET(head->fornitore, text_of(provider, "legal_name"));
	SET(head->partita_iva, text_of(provider, "vat_number"));
	SET(head->cig, text_of(pact, "cig"));
	SET(head->atto_accreditamento, text_of(pact, "act"));
	if (payee_id[0] != '\0' && strcmp(payee_id, text_of(statement, "provider")) != 0)
		SET(head->creditore,
		    text_of(statement_master(source, "providers", payee_id), "legal_name"));
	const char *payer = text_of(statement, "payer");
	if (payer[0] != '\0')
		SET(head->pagatore, text_of(statement_master(source, "comuni", payer), "name"));
	return true;
}

static bool read_head(struct reading *reading)
{
	struct sheet_head *head = &reading->sheet->head;
	const json_t *statement = reading->statement;
	const char *comune = reading->wanted->comune;
	const char *frozen = text_of(statement, "frozen_at");
	if (!is_frozen(text_of(statement, "state")))
		return fail(reading, RESULT_STATEMENT_NOT_OPEN,
			    "a statement has documents once it is frozen",
			    reading->wanted->statement);
	SET(head->prospetto, text_of(statement, "id"));
	SET(head->tipo, text_of(statement, "kind"));
	SET(head->stato, text_of(statement, "state"));
	if (!month_parse(slice_from_text(text_of(statement, "month")), &head->mese) ||
	    strlen(frozen) < DAY_TEXT_SIZE || !statement_instant(frozen, &head->congelato) ||
	    !day_parse((struct slice){frozen, DAY_TEXT_SIZE}, &head->congelato_il))
		return fail(reading, RESULT_CHECK_FAILED, "no month or no day of the freeze",
			    reading->wanted->statement);
	set_amounts(head, statement);
	if (comune != NULL) {
		SET(head->codice_istat_comune, comune);
		SET(head->comune,
		    text_of(statement_master(reading->source, "comuni", comune), "name"));
	}
	return set_parties(reading);
}

/* ---- Rows ---- */

/* Room for one row more of an array. */
static void *grow(struct reading *reading, void *rows, uint32_t count, uint32_t *room, size_t size)
{
	if (count < *room)
		return rows;
	uint32_t wanted = *room == 0 ? 64 : 2 * *room;
	void *grown = count < STATEMENT_ROWS_MAX ? realloc(rows, wanted * size) : NULL;
	if (grown == NULL) {
		fail(reading,
		     count < STATEMENT_ROWS_MAX ? RESULT_OUT_OF_MEMORY : RESULT_BODY_TOO_LARGE,
		     "too many rows", reading->wanted->statement);
		return NULL;
	}
	*room = wanted;
	return grown;
}

static bool fill_line(struct reading *reading, const json_t *line, struct sheet_line *row)
{
	struct statement_source *source = reading->source;
	const struct sheet_head *head = &reading->sheet->head;
	const json_t *commitment =
	    statement_master(source, "commitments", text_of(line, "commitment"));
	const json_t *service = statement_master(source, "services", text_of(line, "service"));
	const json_t *comune = statement_master(source, "comuni", text_of(line, "comune"));
	if (commitment == NULL || service == NULL || comune == NULL)
		return fail(reading, RESULT_UNREACHABLE,
			    "a line's impegno, service or comune cannot be read",
			    text_of(line, "id"));
	*row = (struct sheet_line){.mese = head->mese, .aliquota_bp = head->aliquota_bp};
	memcpy(row->prospetto, head->prospetto, sizeof(row->prospetto));
	memcpy(row->codice_fornitore, head->codice_fornitore, sizeof(row->codice_fornitore));
	memcpy(row->cig, head->cig, sizeof(row->cig));
	SET(row->riga, text_of(line, "id"));
	SET(row->codice_istat_comune, text_of(line, "comune"));
	SET(row->comune, text_of(comune, "name"));
	SET(row->fondo, text_of(line, "fund_year"));
	SET(row->impegno, text_of(commitment, "number"));
	SET(row->capitolo, text_of(commitment, "chapter"));
	SET(row->atto, text_of(commitment, "act"));
	SET(row->voucher, text_of(line, "voucher"));
	SET(row->servizio, text_of(line, "service"));
	SET(row->nome_servizio, text_of(service, "name"));
	SET(row->misura, text_of(service, "unit"));
	row->quantita = number_of(line, "units");
	row->prestazioni = number_of(line, "redemption_count");
	row->imponibile = cents_of(line, "net_cents");
	row->iva = cents_of(line, "vat_cents");
	row->totale = cents_of(line, "gross_cents");
	row->attestata = json_is_true(json_object_get(line, "attested")) ? 1 : 0;
	return true;
}

static bool is_wanted(const struct reading *reading, const char *comune)
{
	return reading->wanted->comune == NULL || strcmp(reading->wanted->comune, comune) == 0;
}

static bool take_line(struct reading *reading, const json_t *line)
{
	struct sheet *sheet = reading->sheet;
	if (!is_wanted(reading, text_of(line, "comune")))
		return true;
	struct sheet_line *lines =
	    grow(reading, sheet->lines, sheet->line_count, &reading->line_room, sizeof(*lines));
	if (lines == NULL)
		return false;
	sheet->lines = lines;
	if (!fill_line(reading, line, &lines[sheet->line_count]))
		return false;
	json_object_set_new(reading->line_places, text_of(line, "id"),
			    json_integer(sheet->line_count));
	sheet->line_count++;
	return true;
}

/* Records that count: what was reversed or is disputed is not in the amounts. */
static bool is_counted(const char *state)
{
	static const char *const states[] = {"ACCEPTED", "IN_STATEMENT", "SETTLED", "PAID"};
	for (uint32_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(state, states[i]) == 0)
			return true;
	return false;
}

static bool take_record(struct reading *reading, const json_t *record)
{
	struct sheet *sheet = reading->sheet;
	const char *start = text_of(record, "start");
	const json_t *place =
	    json_object_get(reading->line_places, text_of(record, "statement_line"));
	if (place == NULL || !is_counted(text_of(record, "state")))
		return true;
	const struct sheet_line *line = &sheet->lines[json_integer_value(place)];
	struct sheet_record *records = grow(reading, sheet->records, sheet->record_count,
					    &reading->record_room, sizeof(*records));
	if (records == NULL)
		return false;
	sheet->records = records;
	struct sheet_record *row = &records[sheet->record_count++];
	*row = (struct sheet_record){.minuti = number_of(record, "minutes"),
				     .quantita = number_of(record, "units"),
				     .imponibile = cents_of(record, "net_cents"),
				     .totale = cents_of(record, "gross_cents")};
	memcpy(row->prospetto, line->prospetto, sizeof(row->prospetto));
	memcpy(row->riga, line->riga, sizeof(row->riga));
	memcpy(row->voucher, line->voucher, sizeof(row->voucher));
	memcpy(row->codice_istat_comune, line->codice_istat_comune,
	       sizeof(row->codice_istat_comune));
	memcpy(row->servizio, line->servizio, sizeof(row->servizio));
	SET(row->prestazione, text_of(record, "id"));
	SET(row->stato, text_of(record, "state"));
	/* "2026-01-10T09:00:00+01:00": as the clock on the wall told it. */
	if (strlen(start) < DAY_TEXT_SIZE + 6 ||
	    !day_parse((struct slice){start, DAY_TEXT_SIZE}, &row->data))
		return fail(reading, RESULT_CHECK_FAILED, "a record without a start",
			    text_of(record, "id"));
	memcpy(row->ora, start + DAY_TEXT_SIZE + 1, sizeof(row->ora));
	return true;
}

typedef bool take_item(struct reading *reading, const json_t *item);

/* Every item of a list, page by page. */
static bool read_list(struct reading *reading, const char *part, take_item *take)
{
	char list[PATH_SIZE];
	const json_t *item;
	bool is_good = true;
	snprintf(list, sizeof(list), "/v1/statements/%.64s/%s", reading->wanted->statement, part);
	struct pages pages = {
	    .fetch = reading->source->fetch, .context = reading->source->context, .list = list};
	while (is_good && (item = pages_next(&pages)) != NULL)
		is_good = take(reading, item);
	if (!pages_close(&pages))
		return fail(reading, RESULT_UNREACHABLE, "a list cannot be read", list);
	return is_good;
}

static int compare_lines(const void *left, const void *right)
{
	return sheet_compare_lines(left, right);
}

static int compare_records(const void *left, const void *right)
{
	return sheet_compare_records(left, right);
}

/* The lines of all comuni are the statement, to the cent. */
static bool check_sums(struct reading *reading)
{
	struct sheet_sums sums;
	const struct sheet *sheet = reading->sheet;
	const char *about = reading->wanted->statement;
	if (sheet->line_count == 0 && reading->wanted->comune != NULL)
		return fail(reading, RESULT_NOT_FOUND, "no line of this comune",
			    reading->wanted->comune);
	if (!sheet_add_up(sheet, &sums))
		return fail(reading, RESULT_CHECK_FAILED, "amounts beyond 64 bits", about);
	if (reading->wanted->comune == NULL && (!cents_equal(sums.net, sheet->head.imponibile) ||
						!cents_equal(sums.vat, sheet->head.iva) ||
						!cents_equal(sums.gross, sheet->head.totale)))
		return fail(reading, RESULT_CHECK_FAILED, "the lines do not add up", about);
	return true;
}

static bool read_all(struct reading *reading)
{
	struct sheet *sheet = reading->sheet;
	if (!read_head(reading))
		return false;
	if (reading->wanted->only_head)
		return true;
	if (!read_list(reading, "lines", take_line))
		return false;
	if (reading->wanted->with_records && !read_list(reading, "redemptions", take_record))
		return false;
	if (sheet->line_count > 0)
		qsort(sheet->lines, sheet->line_count, sizeof(sheet->lines[0]), compare_lines);
	if (sheet->record_count > 0)
		qsort(sheet->records, sheet->record_count, sizeof(sheet->records[0]),
		      compare_records);
	return check_sums(reading);
}

enum result statement_read(struct statement_source *source, const struct statement_wanted *wanted,
			   struct sheet *ret_sheet)
{
	ASSERT(source != NULL && source->fetch != NULL);
	ASSERT(wanted != NULL && wanted->statement != NULL && ret_sheet != NULL);
	char path[PATH_SIZE];
	*ret_sheet = (struct sheet){.lines = NULL};
	source->fault[0] = '\0';
	struct reading reading = {.source = source, .wanted = wanted, .sheet = ret_sheet};
	int size = snprintf(path, sizeof(path), "/v1/statements/%s", wanted->statement);
	json_t *statement =
	    size > 0 && (size_t)size < sizeof(path) ? source->fetch(source->context, path) : NULL;
	if (statement == NULL) {
		fail(&reading, RESULT_UNREACHABLE, "the statement cannot be read",
		     wanted->statement);
		return reading.result;
	}
	reading.statement = statement;
	reading.line_places = json_object();
	if (read_all(&reading))
		reading.result = RESULT_OK;
	json_decref(reading.line_places);
	json_decref(statement);
	return reading.result;
}

void statement_free(struct sheet *sheet)
{
	if (sheet == NULL)
		return;
	free(sheet->lines);
	free(sheet->records);
	*sheet = (struct sheet){.lines = NULL};
}
