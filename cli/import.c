/* Imports: see import.h. */
#include "cli/import.h"

#include "cli/commands.h"
#include "cli/copay.h"
#include "cli/import_invoice.h"
#include "cli/import_isee.h"
#include "cli/import_opening.h"
#include "cli/import_outcome.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "cli/upload.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PIECE_LINES_DEFAULT 5000u
#define SHOWN_REFUSALS	    10u

struct import {
	struct session *session;
	FILE *answers; /* where answer lines go; NULL: nowhere */
	struct progress progress;
	json_t *codes; /* count by code or result */
	uint32_t shown;
	int worst; /* exit code of the first refused line */
};

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text == NULL ? "" : text;
}

static int exit_of(const char *code)
{
	enum result result;
	return result_from_code(slice_from_text(code), &result) ? result_info(result)->exit
								: EXIT_REFUSED;
}

static void take_answer(void *context, const json_t *answer, struct slice text)
{
	struct import *import = context;
	const char *code = text_of(answer, "code");
	const char *name = code[0] != '\0' ? code : text_of(answer, "result");
	json_int_t count = json_integer_value(json_object_get(import->codes, name));
	json_object_set_new(import->codes, name, json_integer(count + 1));
	if (import->answers != NULL)
		fwrite(text.data, 1, text.size, import->answers);
	if (code[0] == '\0')
		return;
	import->worst = import->worst == EXIT_DONE ? exit_of(code) : import->worst;
	if (import->shown++ < SHOWN_REFUSALS && !import->session->is_quiet)
		fprintf(stderr, "%sline %lld (%s): %s\n",
			import->progress.is_terminal ? "\r\033[K" : "",
			(long long)json_integer_value(json_object_get(answer, "line")),
			text_of(answer, "id"), text_of(answer, "detail"));
}

static void take_progress(void *context, uint64_t bytes)
{
	struct import *import = context;
	progress_set(&import->progress, bytes);
}

static void summarise(const struct import *import, const struct upload_tally *tally)
{
	if (import->session->is_json) {
		json_t *summary =
		    json_pack("{s:I, s:I, s:I, s:I, s:I, s:O}", "lines", (json_int_t)tally->lines,
			      "accepted", (json_int_t)tally->accepted, "replayed",
			      (json_int_t)tally->replayed, "waiting", (json_int_t)tally->waiting,
			      "refused", (json_int_t)tally->refused, "by_code", import->codes);
		session_print_json(summary);
		json_decref(summary);
		return;
	}
	struct table table = {.column_count = 0};
	const char *name;
	json_t *count;
	table_column(&table, "outcome", false);
	table_column(&table, "lines", true);
	json_object_foreach(import->codes, name, count)
	{
		table_cell(&table, name);
		table_number(&table, json_integer_value(count));
	}
	table_totals(&table);
	table_cell(&table, "in all");
	table_number(&table, (int64_t)tally->lines);
	table_print(&table, stdout);
	table_free(&table);
}

static const char *media_of(const char *file, const struct buffer *text)
{
	size_t size = strlen(file);
	if (size > 4 && strcmp(file + size - 4, ".csv") == 0)
		return "text/csv";
	const char *first = buffer_string(text);
	while (*first == ' ' || *first == '\n' || *first == '\r' || *first == '\t')
		first++;
	return *first == '{' ? "application/x-ndjson" : "text/csv";
}

static int send_all(struct import *import, struct upload *upload, const struct buffer *text)
{
	struct session *session = import->session;
	struct upload_tally tally;
	struct client_answer problem;
	progress_begin(&import->progress, upload->path, text->size, session->is_quiet);
	enum result result = upload_run(upload, buffer_slice(text), &tally, &problem);
	import->progress.done = tally.lines;
	progress_end(&import->progress);
	int code = import->worst;
	if (result == RESULT_UNREACHABLE || result == RESULT_REQUEST_TIMEOUT) {
		code = session_fault(session, result);
		fprintf(stderr, "        Repeat with --key %s: lines that were done are replayed\n",
			upload->key);
	} else if (result != RESULT_OK && problem.status >= 400) {
		code = session_problem(session, &problem);
	} else if (result != RESULT_OK) {
		code = result_info(result)->exit;
		session_usage("%s", result_info(result)->title[RESULT_LANGUAGE_EN]);
	} else {
		summarise(import, &tally);
	}
	client_answer_free(&problem);
	return code;
}

static bool take_piece(struct session *session, uint32_t *ret_lines)
{
	const char *given = arguments_flag(&session->arguments, "piece");
	*ret_lines = PIECE_LINES_DEFAULT;
	if (given == NULL)
		return true;
	if (text_parse_u32(slice_from_text(given), UPLOAD_LINES_MAX, ret_lines) && *ret_lines >= 1)
		return true;
	session_usage("--piece is 1 to %u lines", UPLOAD_LINES_MAX);
	return false;
}

int import_text(struct session *session, uint8_t command, const char *file,
		const struct buffer *text, const char *given_key)
{
	struct import import = {.session = session, .codes = json_object()};
	char drawn[CLIENT_KEY_SIZE];
	client_draw_key(drawn);
	const char *flag = arguments_flag(&session->arguments, "key");
	const char *key = given_key != NULL ? given_key : flag;
	const char *out = arguments_flag(&session->arguments, "answers");
	struct upload upload = {.client = &session->client,
				.path = commands_batch_path(command),
				.media = media_of(file, text),
				.key = key == NULL ? drawn : key,
				.line = take_answer,
				.progress = take_progress,
				.context = &import};
	int code = EXIT_USAGE;
	if (strlen(upload.key) >= UPLOAD_KEY_SIZE) {
		session_usage("--key is too long");
	} else if (take_piece(session, &upload.piece_lines) && session_flags_used(session)) {
		if (out != NULL)
			import.answers = strcmp(out, "-") == 0 ? stdout : fopen(out, "we");
		if (out != NULL && import.answers == NULL)
			code = session_usage("cannot write %s: %s", out, strerrordesc_np(errno));
		else if (session->is_dry)
			code = printf("POST %s (%s, %zu bytes)\n", upload.path, upload.media,
				      text->size) < 0;
		else
			code = send_all(&import, &upload, text);
	}
	if (import.answers != NULL && import.answers != stdout && fclose(import.answers) != 0)
		code = session_usage("cannot write %s", out);
	json_decref(import.codes);
	return code;
}

int import_run(struct session *session)
{
	const char *name = arguments_word(&session->arguments);
	if (name != NULL && strcmp(name, "invoice") == 0)
		return import_invoice(session);
	if (name != NULL && strcmp(name, "isee") == 0 &&
	    arguments_has(&session->arguments, "persons"))
		return import_isee(session);
	const char *file = arguments_word(&session->arguments);
	if (name == NULL || file == NULL)
		return session_usage(
		    "titoli import KIND-or-COMMAND FILE; see `titoli help import`");
	if (strcmp(name, "opening") == 0)
		return import_opening(session, file);
	if (strcmp(name, "outcome") == 0)
		return import_outcome(session, file);
	if (strcmp(name, "copay-payments") == 0)
		return copay_import(session, file);
	uint8_t command = commands_find_import(name);
	if (command == COMMAND_KIND_NONE || commands_batch_path(command) == NULL)
		return session_usage("«%s» cannot be imported", name);
	struct buffer text = {NULL, 0, 0};
	int code = EXIT_USAGE;
	if (!buffer_read_file(&text, file))
		session_usage("cannot read %s: %s", file, strerrordesc_np(errno));
	else
		code = import_text(session, command, file, &text, NULL);
	buffer_free(&text);
	return code;
}
