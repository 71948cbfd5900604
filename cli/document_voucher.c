/* Voucher sheets: see document.h. The secret codes come from the answers of the issue, the names
 * from the persons file; both are read here, drawn, and sent nowhere. */
#include "cli/document.h"
#include "cli/export.h"
#include "connectors/document/voucher_sheet.h"
#include "connectors/format/persons.h"
#include "engine/base/arena.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHEETS_MAX 20000u

static const char usage[] = "titoli document voucher [NUMBER …] [--answers FILE] [--persons FILE] "
			    "[--card] [--contact TEXT] --out DIR";

/* What the sheets are made from. */
struct vouchers {
	struct session *session;
	struct statement_source source;
	json_t *codes; /* number -> secret code, or null; in the order asked for */
	struct buffer persons_text;
	void *persons_memory;
	struct persons persons;
	bool with_persons;
	struct voucher_sheet *sheets;
	struct instant created;
};

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text == NULL ? "" : text;
}
#define COPY(member, text) snprintf(member, sizeof(member), "%s", text)

static void later(struct vouchers *vouchers, const char *text)
{
	struct instant at;
	if (statement_instant(text, &at) && vouchers->created.us < at.us)
		vouchers->created = at;
}

/* One answer of an issue: its number and code. */
static bool take_answer(struct vouchers *vouchers, const json_t *answer)
{
	const char *number = text_of(answer, "voucher");
	const char *code = text_of(answer, "voucher_code");
	if (number[0] == '\0' || code[0] == '\0')
		return false;
	later(vouchers, text_of(answer, "at"));
	json_object_set_new(vouchers->codes, number, json_string(code));
	return true;
}

/* A JSON answer, an array of them, or one on each line. Lines that were refused are passed over. */
static int read_answers(struct vouchers *vouchers, const char *path)
{
	struct buffer text = {NULL, 0, 0};
	if (!buffer_read_file(&text, path))
		return session_usage("%s cannot be read: %s", path, strerrordesc_np(errno));
	const char *at = buffer_string(&text);
	const char *end = at + text.size;
	uint32_t taken = 0;
	bool is_good = true;
	while (is_good && at < end) {
		json_error_t error;
		json_t *value = json_loadb(at, (size_t)(end - at),
					   JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, &error);
		size_t place;
		json_t *answer;
		is_good = value != NULL;
		if (json_is_array(value))
			json_array_foreach(value, place, answer) taken +=
			    take_answer(vouchers, answer) ? 1 : 0;
		else if (is_good)
			taken += take_answer(vouchers, value) ? 1 : 0;
		at += is_good ? error.position : 0;
		while (at < end && (*at == '\n' || *at == '\r' || *at == ' ' || *at == '\t'))
			at++;
		json_decref(value);
	}
	buffer_free(&text);
	if (!is_good)
		return session_usage("%s is not JSON, nor JSON lines", path);
	if (taken == 0)
		return session_usage(
		    "%s holds no answer with \"voucher\" and \"voucher_code\": give "
		    "the answers of `titoli voucher issue --json`, or of `titoli "
		    "import voucher-issue … --answers FILE`",
		    path);
	return EXIT_DONE;
}

static int read_persons(struct vouchers *vouchers, const char *path)
{
	struct arena arena;
	if (!buffer_read_file(&vouchers->persons_text, path))
		return session_usage("%s cannot be read: %s", path, strerrordesc_np(errno));
	struct slice text = buffer_slice(&vouchers->persons_text);
	size_t size = persons_memory(text);
	vouchers->persons_memory = memory_get(size);
	arena_init(&arena, vouchers->persons_memory, size);
	vouchers->with_persons = true;
	if (persons_read(&vouchers->persons, &arena, text))
		return EXIT_DONE;
	enum result_language language = vouchers->session->client.options.language;
	session_usage("%s, line %u%s%s: %s", path, vouchers->persons.line,
		      vouchers->persons.column == NULL ? "" : ", column ",
		      vouchers->persons.column == NULL ? "" : vouchers->persons.column,
		      persons_fault_text(vouchers->persons.fault, language));
	return result_info(RESULT_FIELD_INVALID)->exit;
}

static bool set_person(const struct vouchers *vouchers, const char *beneficiary,
		       struct voucher_sheet *sheet)
{
	if (!vouchers->with_persons)
		return true;
	const struct person *person =
	    persons_find(&vouchers->persons, slice_from_text(beneficiary));
	if (person == NULL)
		return false;
	struct slice name = PERSONS_TEXT_OF(person->name);
	struct slice surname = PERSONS_TEXT_OF(person->surname);
	snprintf(sheet->person, sizeof(sheet->person), "%.*s %.*s", (int)name.size, name.data,
		 (int)surname.size, surname.data);
	return true;
}

static void set_services(struct vouchers *vouchers, const json_t *lines,
			 struct voucher_sheet *sheet)
{
	size_t at;
	json_t *line;
	json_array_foreach((json_t *)(uintptr_t)lines, at, line)
	{
		if (sheet->service_count == VOUCHER_SHEET_SERVICES_MAX)
			break;
		struct voucher_sheet_service *service = &sheet->services[sheet->service_count++];
		const json_t *known =
		    statement_master(&vouchers->source, "services", text_of(line, "service"));
		json_int_t units = json_integer_value(json_object_get(line, "units_per_month"));
		COPY(service->name,
		     known == NULL ? text_of(line, "service") : text_of(known, "name"));
		COPY(service->unit, text_of(known, "unit"));
		service->units_per_month = units < 0 ? 0 : (uint64_t)units;
	}
}

static int make_sheet(struct vouchers *vouchers, const char *number, const json_t *code,
		      struct voucher_sheet *sheet)
{
	struct buffer path = {NULL, 0, 0};
	json_t *voucher = NULL;
	struct statement_source *source = &vouchers->source;
	buffer_text(&path, "/v1/vouchers/");
	client_escape(&path, number);
	int exit = session_get(vouchers->session, buffer_string(&path), &voucher);
	buffer_free(&path);
	if (exit != EXIT_DONE)
		return exit;
	*sheet = (struct voucher_sheet){.service_count = 0};
	COPY(sheet->number, number);
	COPY(sheet->code, json_is_string(code) ? json_string_value(code) : "");
	COPY(sheet->ambito,
	     text_of(statement_master(source, "ambiti", text_of(voucher, "ambito")), "name"));
	COPY(sheet->comune,
	     text_of(statement_master(source, "comuni", text_of(voucher, "comune")), "name"));
	if (text_of(voucher, "provider")[0] != '\0')
		COPY(sheet->provider,
		     text_of(statement_master(source, "providers", text_of(voucher, "provider")),
			     "legal_name"));
	bool has_days =
	    day_parse(slice_from_text(text_of(voucher, "valid_from")), &sheet->valid_from) &&
	    day_parse(slice_from_text(text_of(voucher, "valid_to")), &sheet->valid_to);
	set_services(vouchers, json_object_get(voucher, "lines"), sheet);
	later(vouchers, text_of(voucher, "proposed_at"));
	if (!has_days)
		exit = session_usage("voucher %s has no validity: it is not issued", number);
	else if (!set_person(vouchers, text_of(voucher, "beneficiary"), sheet))
		exit = session_usage("the persons file lacks %s, of voucher %s",
				     text_of(voucher, "beneficiary"), number);
	json_decref(voucher);
	return exit;
}

static int make_sheets(struct vouchers *vouchers, struct document_folder *folder,
		       enum voucher_sheet_size size, const char *contact)
{
	const char *number;
	json_t *code;
	uint32_t count = 0;
	int exit = EXIT_DONE;
	vouchers->sheets =
	    memory_get(json_object_size(vouchers->codes) * sizeof(*vouchers->sheets));
	json_object_foreach(vouchers->codes, number, code)
	{
		if (exit == EXIT_DONE)
			exit = make_sheet(vouchers, number, code, &vouchers->sheets[count++]);
	}
	if (exit != EXIT_DONE)
		return exit;
	struct canvas_bytes bytes = {NULL, 0};
	struct voucher_sheet_set set = {vouchers->sheets, count, size, vouchers->created, contact};
	enum result result = voucher_sheet_make(&set, &bytes);
	if (result != RESULT_OK) {
		session_usage("the sheets cannot be drawn: %s",
			      result == RESULT_CONFIG_INVALID
				  ? "the DejaVu fonts are missing (package fonts-dejavu-core)"
				  : result_info(result)->title[RESULT_LANGUAGE_EN]);
		return result_info(result)->exit;
	}
	exit = document_deliver(folder, size == VOUCHER_SHEET_CARD ? "voucher_tessere" : "voucher",
				".pdf", (struct slice){bytes.data, bytes.size});
	free(bytes.data);
	return exit;
}

static void free_vouchers(struct vouchers *vouchers)
{
	json_decref(vouchers->codes);
	statement_source_free(&vouchers->source);
	buffer_free(&vouchers->persons_text);
	free(vouchers->persons_memory);
	free(vouchers->sheets);
}

int document_voucher(struct session *session)
{
	ASSERT(session != NULL);
	struct arguments *arguments = &session->arguments;
	const char *answers = arguments_flag(arguments, "answers");
	const char *persons = arguments_flag(arguments, "persons");
	const char *contact = arguments_flag(arguments, "contact");
	bool is_card = arguments_has(arguments, "card");
	struct vouchers vouchers = {.session = session,
				    .source = {.fetch = export_fetch, .context = session},
				    .codes = json_object()};
	struct document_folder folder;
	int code = document_open(&folder, session);
	for (const char *word = arguments_word(arguments); word != NULL;
	     word = arguments_word(arguments))
		json_object_set_new(vouchers.codes, word, json_null());
	if (code == EXIT_DONE && !session_flags_used(session))
		code = EXIT_USAGE;
	if (code == EXIT_DONE && answers != NULL)
		code = read_answers(&vouchers, answers);
	if (code == EXIT_DONE && persons != NULL)
		code = read_persons(&vouchers, persons);
	size_t count = json_object_size(vouchers.codes);
	if (code == EXIT_DONE && (count == 0 || count > SHEETS_MAX))
		code = session_usage("%s (at most %u vouchers)", usage, SHEETS_MAX);
	if (code == EXIT_DONE)
		code = make_sheets(&vouchers, &folder,
				   is_card ? VOUCHER_SHEET_CARD : VOUCHER_SHEET_A4, contact);
	free_vouchers(&vouchers);
	return document_close(&folder, code);
}
