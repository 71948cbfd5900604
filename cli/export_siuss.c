/* Benefits to SIUSS: see export_siuss.h. Who a person is comes from the persons file, which is read
 * here and sent nowhere. What cannot be sent is set apart: told, and listed in a file that holds
 * codes alone. */
#include "cli/export_siuss.h"

#include "cli/buffer.h"
#include "cli/export.h"
#include "cli/table.h"
#include "connectors/delivery/folder.h"
#include "connectors/profiles/profile_file.h"
#include "connectors/siuss/cases.h"
#include "connectors/siuss/flow.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULES_NAME   "siuss.conf"
#define NAME_SIZE    128u
#define HASH_SHOWN   12u
#define SEQUENCE_MAX 9999999u

static const char usage[] = "titoli export siuss --month M --persons FILE --out DIR [--rules FILE] "
			    "[--date D] [--first N] [--cancel]";

/* What one run holds. */
struct run {
	struct session *session;
	const char *folder;
	struct buffer rules_text;
	struct buffer persons_text;
	struct arena rules_arena;
	struct arena persons_arena;
	struct siuss_rules rules;
	struct persons persons;
	struct xml_schemas *schemas; /* NULL: not configured */
	struct cases cases;
	struct month month;
	struct day date;
	uint32_t first;
	bool cancels;
	struct folder_group group;
	struct buffer apart; /* CSV */
	uint32_t written;
	uint32_t apart_count;
	uint32_t refused; /* of those apart: faults, not the cases that the schema never takes */
};

/* ---- What is given ---- */

static int refuse(enum result result, const char *text, const char *about)
{
	session_usage("%s: %s", about, text);
	return result_info(result)->exit;
}

static int read_file(struct buffer *text, struct arena *arena, const char *path, size_t most)
{
	if (!buffer_read_file(text, path))
		return session_usage("%s cannot be read: %s", path, strerrordesc_np(errno));
	size_t size = most == 0 ? persons_memory(buffer_slice(text)) : most + 2 * text->size;
	arena_init(arena, memory_get(size), size);
	return EXIT_DONE;
}

static int read_rules(struct run *run)
{
	char path[FILE_PATH_SIZE_MAX + sizeof(RULES_NAME)];
	char folder[FILE_PATH_SIZE_MAX];
	struct siuss_rules_fault fault;
	const char *given = arguments_flag(&run->session->arguments, "rules");
	if (given == NULL) {
		if (!profile_file_folder(run->session->settings.values[SETTING_PROFILES], folder))
			return refuse(RESULT_NOT_FOUND, "there is no folder of profiles",
				      RULES_NAME);
		snprintf(path, sizeof(path), "%s/" RULES_NAME, folder);
		given = path;
	}
	int code =
	    read_file(&run->rules_text, &run->rules_arena, given, sizeof(struct siuss_rule) * 1024);
	if (code != EXIT_DONE)
		return code;
	if (siuss_rules_read(&run->rules, &run->rules_arena, buffer_slice(&run->rules_text),
			     &fault))
		return EXIT_DONE;
	session_usage("%s, line %u: %s", given, fault.line, fault.text);
	return result_info(RESULT_CONFIG_INVALID)->exit;
}

static int read_persons(struct run *run, const char *path)
{
	const struct persons *persons = &run->persons;
	int code = read_file(&run->persons_text, &run->persons_arena, path, 0);
	if (code != EXIT_DONE ||
	    persons_read(&run->persons, &run->persons_arena, buffer_slice(&run->persons_text)))
		return code;
	session_usage("%s, line %u%s%s: %s", path, persons->line,
		      persons->column == NULL ? "" : ", column ",
		      persons->column == NULL ? "" : persons->column,
		      persons_fault_text(persons->fault, run->session->client.options.language));
	return result_info(RESULT_FIELD_INVALID)->exit;
}

static int open_schemas(struct run *run)
{
	const char *folder = run->session->settings.values[SETTING_SCHEMAS];
	if (folder[0] == '\0') {
		if (!run->session->is_quiet)
			fputs("titoli: schemas_dir is not set: no file is validated against its "
			      "schema\n",
			      stderr);
		return EXIT_DONE;
	}
	enum result result = xml_schemas_open(folder, &run->schemas);
	return result == RESULT_OK ? EXIT_DONE
				   : refuse(result, "schemas_dir cannot be read", folder);
}

static int read_flags(struct run *run)
{
	struct arguments *arguments = &run->session->arguments;
	const char *month = arguments_flag(arguments, "month");
	const char *date = arguments_flag(arguments, "date");
	const char *first = arguments_flag(arguments, "first");
	run->folder = arguments_flag(arguments, "out");
	run->cancels = arguments_has(arguments, "cancel");
	run->first = 1;
	if (month == NULL || run->folder == NULL ||
	    !month_parse(slice_from_text(month), &run->month))
		return session_usage("%s", usage);
	run->date = month_last_day(run->month);
	if (date != NULL && !day_parse(slice_from_text(date), &run->date))
		return session_usage("--date is a day, YYYY-MM-DD, not %s", date);
	if (first != NULL &&
	    (!text_parse_u32(slice_from_text(first), SEQUENCE_MAX, &run->first) || run->first == 0))
		return session_usage("--first is a number from 1, not %s", first);
	return EXIT_DONE;
}

/* ---- Cases ---- */

/* Codes alone: no name, no tax code. */
static void set_apart(struct run *run, const struct cases_row *row, const char *code,
		      const char *field, const char *text)
{
	run->apart_count++;
	buffer_format(&run->apart, "%s;%s;%s;%s;%s;\"%s\"\r\n", row->title, row->service,
		      row->beneficiary, code, field, text);
	fprintf(stderr, "titoli: set apart: %s, title %s, %s: %s (%s)\n", row->beneficiary,
		row->title, row->service, text, field);
}

/* Every finding of a case that did not leave; of one that did, what was changed. */
static void tell(struct run *run, const struct cases_row *row, const struct flow *flow,
		 bool has_left)
{
	enum result_language language = run->session->client.options.language;
	for (uint32_t i = 0; i < flow->findings.count; i++) {
		const struct finding *finding = &flow->findings.items[i];
		enum finding_kind kind = finding_kind(finding->code);
		const char *text = finding_text(finding->code, language);
		if (kind == FINDING_KIND_TOLD && !run->session->is_quiet)
			fprintf(stderr, "titoli: %s, title %s: %s (%s)\n", row->beneficiary,
				row->title, text, finding->field);
		if (!has_left && kind != FINDING_KIND_TOLD)
			set_apart(run, row, finding_name(finding->code), finding->field, text);
	}
	run->refused += flow->findings.refused > 0 ? 1 : 0;
	if (!has_left && flow->fault[0] != '\0') {
		run->refused++;
		set_apart(run, row, "SCHEMA", "file", "the schema refuses it");
		fprintf(stderr, "titoli: %s\n", flow->fault);
	}
}

static int deliver(struct run *run, const struct flow *flow)
{
	char name[NAME_SIZE];
	struct slice flow_name = SLICE_OF(flow->benefit.flow_name);
	snprintf(name, sizeof(name), "%.*s.siuss.xml", (int)flow_name.size, flow_name.data);
	enum result result = folder_group_add(&run->group, name, flow->bytes);
	if (result != RESULT_OK)
		return refuse(result, result_info(result)->title[RESULT_LANGUAGE_EN], name);
	run->written++;
	return EXIT_DONE;
}

static int send_case(struct run *run, uint32_t at)
{
	const struct cases_row *row = &run->cases.rows[at];
	struct flow flow;
	struct siuss_case given = {
	    .person = persons_find(&run->persons, slice_from_text(row->beneficiary)),
	    .service = slice_from_text(row->service),
	    .title = slice_from_text(row->title),
	    .comune = slice_from_text(row->comune),
	    .begin = month_first_day(run->month),
	    .end = month_last_day(run->month),
	    .body_share = row->body_share,
	    .user_share = row->user_share,
	    .character = SIUSS_PERIODIC,
	    .at = at + 1,
	    .sequence = run->first + at,
	    .sent_on = run->date,
	    .cancels = run->cancels};
	if (given.sequence > SEQUENCE_MAX)
		return session_usage("too many flows after --first %u", run->first);
	enum result result = flow_make(&run->rules, &given, run->schemas, &flow);
	tell(run, row, &flow, result == RESULT_OK);
	int code = EXIT_DONE;
	if (result == RESULT_OK)
		code = deliver(run, &flow);
	else if (result == RESULT_OUT_OF_MEMORY || result == RESULT_NOT_FOUND)
		code = refuse(result, flow.fault, SIUSS_SCHEMA);
	xml_free(&flow.bytes);
	return code;
}

/* ---- The whole ---- */

static int deliver_apart(struct run *run)
{
	uint8_t hash[FOLDER_HASH_SIZE];
	char hex[2 * FOLDER_HASH_SIZE];
	char month[MONTH_TEXT_SIZE];
	char name[NAME_SIZE];
	if (run->apart_count == 0)
		return EXIT_DONE;
	struct slice bytes = buffer_slice(&run->apart);
	folder_hash(bytes, hash);
	text_hex_encode(hash, sizeof(hash), hex);
	month_format(run->month, month);
	snprintf(name, sizeof(name), "siuss_%.*s_apart_%.*s.csv", (int)sizeof(month), month,
		 (int)HASH_SHOWN, hex);
	enum result result = folder_group_add(&run->group, name, bytes);
	if (result != RESULT_OK)
		return refuse(result, result_info(result)->title[RESULT_LANGUAGE_EN], name);
	return EXIT_DONE;
}

static void print_summary(const struct run *run)
{
	json_t *told =
	    json_pack("{s:I, s:I, s:I, s:I}", "flows", (json_int_t)run->written, "set_apart",
		      (json_int_t)run->apart_count, "refused", (json_int_t)run->refused,
		      "statements_not_frozen", (json_int_t)run->cases.open_statements);
	if (run->session->is_json)
		session_print_json(told);
	else
		table_print_object(told, stdout);
	json_decref(told);
}

static int send_all(struct run *run)
{
	struct cases_source source = {.fetch = export_fetch, .context = run->session};
	enum result result = cases_read(&source, run->month, &run->cases);
	if (result == RESULT_OK)
		result = folder_make(run->folder);
	if (result == RESULT_OK)
		result = folder_group_open(&run->group, run->folder);
	if (result != RESULT_OK)
		return refuse(result, result_info(result)->title[RESULT_LANGUAGE_EN],
			      source.fault[0] == '\0' ? run->folder : source.fault);
	int code = EXIT_DONE;
	buffer_text(&run->apart, "title;service;beneficiary;code;field;reason\r\n");
	for (uint32_t i = 0; i < run->cases.count && code == EXIT_DONE; i++)
		code = send_case(run, i);
	if (code == EXIT_DONE)
		code = deliver_apart(run);
	result = folder_group_commit(&run->group); /* what was made stays, whatever came after */
	if (code == EXIT_DONE && result != RESULT_OK)
		code = refuse(result, result_info(result)->title[RESULT_LANGUAGE_EN], run->folder);
	if (code == EXIT_DONE)
		print_summary(run);
	if (code == EXIT_DONE && run->refused > 0)
		code = result_info(RESULT_CHECK_FAILED)->exit;
	return code;
}

int export_siuss_run(struct session *session)
{
	ASSERT(session != NULL);
	struct run run = {.session = session};
	const char *persons = arguments_flag(&session->arguments, "persons");
	int code = read_flags(&run);
	if (code == EXIT_DONE && persons == NULL)
		code = session_usage("%s", usage);
	if (code == EXIT_DONE)
		code = read_rules(&run);
	if (code == EXIT_DONE && !session_flags_used(session))
		code = EXIT_USAGE;
	if (code == EXIT_DONE)
		code = read_persons(&run, persons);
	if (code == EXIT_DONE)
		code = open_schemas(&run);
	if (code == EXIT_DONE)
		code = send_all(&run);
	folder_group_close(&run.group);
	cases_free(&run.cases);
	xml_schemas_close(run.schemas);
	free(run.persons_arena.base);
	free(run.rules_arena.base);
	buffer_free(&run.persons_text);
	buffer_free(&run.rules_text);
	buffer_free(&run.apart);
	return code;
}
