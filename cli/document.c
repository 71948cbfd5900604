/* Papers of statements: see document.h. */
#include "cli/document.h"

#include "cli/export.h"
#include "cli/layout.h"
#include "cli/show.h"
#include "cli/table.h"
#include "connectors/delivery/folder.h"
#include "connectors/document/statement_sheet.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SIZE  160u
#define HASH_SHOWN 12

static const char usage[] =
    "titoli document statement S|annex S|provider P|voucher [N …] --out DIR; of a whole month "
    "--month M in the place of S; see `titoli help document`";

/* ---- Delivery ---- */

int document_open(struct document_folder *folder, struct session *session)
{
	ASSERT(folder != NULL && session != NULL);
	const char *path = arguments_flag(&session->arguments, "out");
	*folder = (struct document_folder){.session = session, .path = path};
	if (path == NULL || path[0] == '\0')
		return session_usage("%s", usage);
	folder->files = json_array();
	enum result result = folder_make(path);
	if (result == RESULT_OK)
		result = folder_group_open(&folder->group, path);
	if (result == RESULT_OK)
		return EXIT_DONE;
	session_usage("cannot write into %s (%s)", path,
		      result_info(result)->title[RESULT_LANGUAGE_EN]);
	return result_info(result)->exit;
}

int document_deliver(struct document_folder *folder, const char *name, const char *suffix,
		     struct slice bytes)
{
	ASSERT(folder != NULL && name != NULL && suffix != NULL);
	uint8_t hash[FOLDER_HASH_SIZE];
	char text[2 * FOLDER_HASH_SIZE];
	char whole[NAME_SIZE];
	folder_hash(bytes, hash);
	text_hex_encode(hash, sizeof(hash), text);
	snprintf(whole, sizeof(whole), "%.96s_%.*s%s", name, HASH_SHOWN, text, suffix);
	enum result result = folder_group_add(&folder->group, whole, bytes);
	if (result != RESULT_OK) {
		session_usage("%s cannot be written into %s (%s)", whole, folder->path,
			      result_info(result)->title[RESULT_LANGUAGE_EN]);
		return result_info(result)->exit;
	}
	json_array_append_new(folder->files,
			      json_pack("{s:s, s:I, s:s%}", "file", whole, "bytes",
					(json_int_t)bytes.size, "sha256", text, sizeof(text)));
	return EXIT_DONE;
}

int document_close(struct document_folder *folder, int code)
{
	ASSERT(folder != NULL);
	enum result result =
	    folder->group.names == NULL ? RESULT_OK : folder_group_commit(&folder->group);
	folder_group_close(&folder->group);
	if (result != RESULT_OK && code == EXIT_DONE) {
		session_usage("cannot write into %s (%s)", folder->path,
			      result_info(result)->title[RESULT_LANGUAGE_EN]);
		code = result_info(result)->exit;
	}
	if (code == EXIT_DONE && folder->session->is_json) {
		session_print_json(folder->files);
	} else if (code == EXIT_DONE) {
		struct table table = {.column_count = 0};
		table_of_items(&table, folder->files);
		table_print(&table, stdout);
		table_free(&table);
	}
	json_decref(folder->files);
	return code;
}

static int deliver_pdf(struct document_folder *folder, const char *name, enum result result,
		       struct canvas_bytes *bytes)
{
	if (result != RESULT_OK) {
		session_usage("%s cannot be drawn: %s", name,
			      result == RESULT_CONFIG_INVALID
				  ? "the DejaVu fonts are missing (package fonts-dejavu-core)"
				  : result_info(result)->title[RESULT_LANGUAGE_EN]);
		return result_info(result)->exit;
	}
	int code = document_deliver(folder, name, ".pdf", (struct slice){bytes->data, bytes->size});
	free(bytes->data);
	return code;
}

/* ---- Statements ---- */

/* Rows of one set through a profile, as one file. */
static int deliver_table(struct document_folder *folder, const char *name,
			 const struct profile *profile, const void *rows, uint32_t count)
{
	struct table_write table;
	char suffix[PROFILE_NAME_SIZE + 2];
	uint64_t size = ((uint64_t)count + 1) * SHEET_ROW_SIZE_MAX;
	if (size > UINT32_MAX)
		return session_usage("%s: too many rows for one file", name);
	char *memory = memory_get((size_t)size);
	const char *row = rows;
	bool is_whole = table_write_begin(&table, profile, memory, (uint32_t)size);
	for (uint32_t i = 0; i < count && is_whole; i++, row += profile->set->struct_size)
		is_whole = table_write_row(&table, row);
	layout_tell_changes(&table);
	snprintf(suffix, sizeof(suffix), ".%s", profile->suffix);
	int code = is_whole ? document_deliver(folder, name, suffix,
					       (struct slice){table.data, table.used})
			    : layout_refuse(&table);
	free(memory);
	return code;
}

/* The same as the PDF, for programs and for a spreadsheet. */
static int deliver_tables(struct document_folder *folder, const char *name,
			  const struct sheet *sheet, bool with_records)
{
	static const char *const profiles[] = {"report", "report-xlsx-safe"};
	const struct field_set *set = with_records ? &sheet_record_set : &sheet_line_set;
	int code = EXIT_DONE;
	for (uint32_t i = 0; i < 2 && code == EXIT_DONE; i++) {
		struct profile profile;
		code = layout_load(folder->session, profiles[i], set, &profile);
		if (code != EXIT_DONE)
			break;
		code =
		    with_records
			? deliver_table(folder, name, &profile, sheet->records, sheet->record_count)
			: deliver_table(folder, name, &profile, sheet->lines, sheet->line_count);
	}
	return code;
}

static int tell_fault(const struct statement_source *source, enum result result)
{
	session_usage("%s (%s)", source->fault, result_info(result)->title[RESULT_LANGUAGE_EN]);
	return result_info(result)->exit;
}

/* One paper, of the whole statement or of one comune. */
static int make_paper(struct document_folder *folder, struct statement_source *source,
		      const struct statement_wanted *wanted, const char *link)
{
	char name[NAME_SIZE];
	struct sheet sheet;
	struct canvas_bytes bytes = {NULL, 0};
	enum result result = statement_read(source, wanted, &sheet);
	int code = result == RESULT_OK ? EXIT_DONE : tell_fault(source, result);
	snprintf(name, sizeof(name), "%s_%.40s%s%.12s",
		 wanted->with_records ? "allegato" : "prospetto", wanted->statement,
		 wanted->comune == NULL ? "" : "_", wanted->comune == NULL ? "" : wanted->comune);
	if (code == EXIT_DONE) {
		result = wanted->with_records ? statement_sheet_annex(&sheet, &bytes)
					      : statement_sheet_make(&sheet, link, &bytes);
		code = deliver_pdf(folder, name, result, &bytes);
	}
	if (code == EXIT_DONE)
		code = deliver_tables(folder, name, &sheet, wanted->with_records);
	statement_free(&sheet);
	return code;
}

/* One paper for each comune that has lines in it. */
static int make_each(struct document_folder *folder, struct statement_source *source,
		     struct statement_wanted wanted, const char *link)
{
	struct sheet sheet;
	struct statement_wanted whole = {.statement = wanted.statement};
	enum result result = statement_read(source, &whole, &sheet);
	int code = result == RESULT_OK ? EXIT_DONE : tell_fault(source, result);
	for (uint32_t i = 0; i < sheet.line_count && code == EXIT_DONE; i++) {
		const char *own = sheet.lines[i].codice_istat_comune;
		char comune[sizeof(sheet.lines[i].codice_istat_comune) + 1] = "";
		memcpy(comune, own, sizeof(comune) - 1);
		if (i > 0 &&
		    memcmp(own, sheet.lines[i - 1].codice_istat_comune, sizeof(comune) - 1) == 0)
			continue;
		wanted.comune = comune;
		code = make_paper(folder, source, &wanted, link);
	}
	statement_free(&sheet);
	return code;
}

/* What is made of a statement. */
struct making {
	struct statement_wanted wanted;
	const char *link;
	bool is_each; /* of each comune apart */
};

static int make_papers(struct document_folder *folder, struct statement_source *source,
		       const struct making *making)
{
	return making->is_each ? make_each(folder, source, making->wanted, making->link)
			       : make_paper(folder, source, &making->wanted, making->link);
}

/* Is it frozen, and not cancelled since? */
static bool has_papers(const json_t *statement)
{
	const char *state = json_string_value(json_object_get(statement, "state"));
	return state != NULL && strcmp(state, "OPEN") != 0 && strcmp(state, "CANCELLED") != 0;
}

/* Papers of every frozen statement of a month, of one provider or all. */
static int make_month(struct document_folder *folder, struct statement_source *source,
		      struct making making, const char *month, const char *provider)
{
	struct buffer path = {NULL, 0, 0};
	json_t *statements = NULL;
	size_t at;
	json_t *statement;
	uint32_t count = 0;
	buffer_text(&path, "/v1/statements?month=");
	client_escape(&path, month);
	if (provider != NULL) {
		buffer_text(&path, "&provider=");
		client_escape(&path, provider);
	}
	int code = show_fetch_all(folder->session, buffer_string(&path), UINT32_MAX, &statements);
	json_array_foreach(statements, at, statement)
	{
		making.wanted.statement = json_string_value(json_object_get(statement, "id"));
		if (code != EXIT_DONE || !has_papers(statement))
			continue;
		code = make_papers(folder, source, &making);
		count++;
	}
	if (code == EXIT_DONE && count == 0)
		code = session_usage("no statement of %s is frozen", month);
	json_decref(statements);
	buffer_free(&path);
	return code;
}

static int run_statement(struct session *session, bool with_records)
{
	struct arguments *arguments = &session->arguments;
	const char *statement = arguments_word(arguments);
	const char *comune = arguments_flag(arguments, "comune");
	const char *month = arguments_flag(arguments, "month");
	const char *provider = month == NULL ? NULL : arguments_flag(arguments, "provider");
	struct making making = {
	    .link = with_records ? NULL : arguments_flag(arguments, "link"),
	    .is_each = arguments_has(arguments, "each-comune"),
	    .wanted = {.statement = statement, .comune = comune, .with_records = with_records}};
	struct document_folder folder;
	int code = document_open(&folder, session);
	if (code == EXIT_DONE && ((statement == NULL) == (month == NULL) ||
				  (comune != NULL && (making.is_each || month != NULL))))
		code = session_usage("%s", usage);
	if (code == EXIT_DONE && !session_flags_used(session))
		code = EXIT_USAGE;
	struct statement_source source = {.fetch = export_fetch, .context = session};
	if (code == EXIT_DONE)
		code = month == NULL ? make_papers(&folder, &source, &making)
				     : make_month(&folder, &source, making, month, provider);
	statement_source_free(&source);
	return document_close(&folder, code);
}

/* ---- A provider ---- */

static int read_heads(struct statement_source *source, const json_t *statements,
		      struct sheet_head *heads, uint32_t *ret_count)
{
	size_t at;
	json_t *statement;
	json_array_foreach((json_t *)(uintptr_t)statements, at, statement)
	{
		const char *id = json_string_value(json_object_get(statement, "id"));
		struct sheet sheet;
		if (id == NULL || !has_papers(statement))
			continue;
		struct statement_wanted wanted = {.statement = id, .only_head = true};
		enum result result = statement_read(source, &wanted, &sheet);
		if (result != RESULT_OK) {
			statement_free(&sheet);
			return tell_fault(source, result);
		}
		heads[(*ret_count)++] = sheet.head;
		statement_free(&sheet);
	}
	return EXIT_DONE;
}

static int make_letter(struct document_folder *folder, const char *provider, const char *month,
		       const char *contact)
{
	struct statement_source source = {.fetch = export_fetch, .context = folder->session};
	struct buffer path = {NULL, 0, 0};
	json_t *statements = NULL;
	char name[NAME_SIZE];
	uint32_t count = 0;
	buffer_text(&path, "/v1/statements?provider=");
	client_escape(&path, provider);
	if (month != NULL) {
		buffer_text(&path, "&month=");
		client_escape(&path, month);
	}
	int code = show_fetch_all(folder->session, buffer_string(&path), UINT32_MAX, &statements);
	buffer_free(&path);
	struct sheet_head *heads = memory_get((json_array_size(statements) + 1) * sizeof(*heads));
	if (code == EXIT_DONE)
		code = read_heads(&source, statements, heads, &count);
	if (code == EXIT_DONE && count == 0)
		code = session_usage("provider %s has no frozen statement%s", provider,
				     month == NULL ? "" : " of this month");
	if (code == EXIT_DONE) {
		struct canvas_bytes bytes = {NULL, 0};
		struct statement_letter letter = {heads, count, contact};
		snprintf(name, sizeof(name), "pagamenti_%.40s%s%.10s", provider,
			 month == NULL ? "" : "_", month == NULL ? "" : month);
		code = deliver_pdf(folder, name, statement_sheet_letter(&letter, &bytes), &bytes);
	}
	free(heads);
	json_decref(statements);
	statement_source_free(&source);
	return code;
}

static int run_provider(struct session *session)
{
	struct arguments *arguments = &session->arguments;
	const char *provider = arguments_word(arguments);
	const char *month = arguments_flag(arguments, "month");
	const char *contact = arguments_flag(arguments, "contact");
	struct document_folder folder;
	int code = document_open(&folder, session);
	if (code == EXIT_DONE && provider == NULL)
		code = session_usage("%s", usage);
	if (code == EXIT_DONE && !session_flags_used(session))
		code = EXIT_USAGE;
	if (code == EXIT_DONE)
		code = make_letter(&folder, provider, month, contact);
	return document_close(&folder, code);
}

int document_run(struct session *session)
{
	ASSERT(session != NULL);
	const char *what = arguments_word(&session->arguments);
	if (what == NULL)
		return session_usage("%s", usage);
	if (strcmp(what, "statement") == 0)
		return run_statement(session, false);
	if (strcmp(what, "annex") == 0)
		return run_statement(session, true);
	if (strcmp(what, "provider") == 0)
		return run_provider(session);
	if (strcmp(what, "voucher") == 0)
		return document_voucher(session);
	session->arguments.next_word--;
	return -1;
}
