/* Imports of outcomes: see import_outcome.h. The work is connectors/intake's; here are the doors to
 * the API, and the telling. Ends with 0 when nothing waits for a person, 1 when something does. */
#include "cli/import_outcome.h"

#include "cli/export.h"
#include "cli/table.h"
#include "cli/upload.h"
#include "connectors/intake/outcome.h"
#include "engine/base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_LINES 5000u
#define SHOWN_MOST  200u

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text == NULL ? "" : text;
}

/* ---- Doors ---- */

static bool post(void *context, const char *path, const json_t *body, json_t **ret_answer)
{
	struct session *session = context;
	char key[CLIENT_KEY_SIZE];
	char *text = json_dumps(body, JSON_COMPACT);
	client_draw_key(key);
	const struct client_request request = {.method = "POST",
					       .path = path,
					       .media = "application/json",
					       .key = key,
					       .body = slice_from_text(text == NULL ? "{}" : text)};
	struct client_answer answer;
	enum result result = client_send(&session->client, &request, &answer);
	bool is_done = result == RESULT_OK && client_result(&answer) == RESULT_OK;
	if (result != RESULT_OK)
		(void)session_fault(session, result);
	else if (!is_done)
		(void)session_problem(session, &answer);
	*ret_answer = is_done ? client_json(&answer) : NULL;
	client_answer_free(&answer);
	free(text);
	return is_done;
}

struct taker {
	void (*take)(void *taker, const json_t *answer);
	void *taker;
};

static void take_line(void *context, const json_t *answer, struct slice text)
{
	struct taker *taker = context;
	(void)text;
	taker->take(taker->taker, answer);
}

static bool batch(void *context, const char *path, struct slice lines,
		  void (*take)(void *taker, const json_t *answer), void *taker)
{
	struct session *session = context;
	struct taker both = {take, taker};
	char key[CLIENT_KEY_SIZE];
	client_draw_key(key);
	const struct upload upload = {.client = &session->client,
				      .path = path,
				      .media = "application/x-ndjson",
				      .key = key,
				      .piece_lines = PIECE_LINES,
				      .line = take_line,
				      .context = &both};
	struct upload_tally tally;
	struct client_answer problem;
	enum result result = upload_run(&upload, lines, &tally, &problem);
	if (result == RESULT_UNREACHABLE || result == RESULT_REQUEST_TIMEOUT)
		(void)session_fault(session, result);
	else if (result != RESULT_OK)
		(void)session_problem(session, &problem);
	client_answer_free(&problem);
	return result == RESULT_OK;
}

/* ---- Telling ---- */

static void tell_lines(const json_t *report)
{
	const json_t *lines = json_object_get(report, "lines");
	struct table table = {.column_count = 0};
	static const char *const columns[] = {"line", "reference", "amount", "kind", "what",
					      "about", "to do"};
	size_t at;
	json_t *line;
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		table_column(&table, columns[i], i == 0 || i == 2);
	json_array_foreach(lines, at, line)
	{
		char amount[TEXT_CENTS_SIZE_MAX + 1] = "";
		if (at == SHOWN_MOST)
			break;
		amount[text_format_cents_italian(
		    cents_from(json_integer_value(json_object_get(line, "amount_cents"))),
		    amount)] = '\0';
		const char *about = text_of(line, "statement");
		about = about[0] != '\0' ? about : text_of(line, "cash_grant_payment");
		about = about[0] != '\0' ? about : text_of(line, "receivable");
		const char *remedy = text_of(line, "remedy");
		table_number(&table, json_integer_value(json_object_get(line, "line")));
		table_cell(&table, text_of(line, "end_to_end"));
		table_cell(&table, amount);
		table_cell(&table, text_of(line, "kind"));
		table_cell(&table, text_of(line, "state"));
		table_cell(&table, about);
		table_cell(&table, remedy[0] != '\0' ? remedy : text_of(line, "cause"));
	}
	if (json_array_size(lines) > 0)
		table_print(&table, stdout);
	table_free(&table);
	if (json_array_size(lines) > SHOWN_MOST)
		printf("... and %zu more: --json tells them all\n",
		       json_array_size(lines) - SHOWN_MOST);
}

static void tell(const struct session *session, const json_t *report)
{
	if (session->is_json) {
		session_print_json(report);
		return;
	}
	tell_lines(report);
	const json_t *others = json_object_get(report, "others");
	const char *flow = text_of(report, "flow");
	const char *count;
	json_t *number;
	printf("%s %s: ", text_of(report, "kind"), text_of(report, "message"));
	json_object_foreach(json_object_get(report, "counts"), count, number)
	    printf("%lld %s, ", (long long)json_integer_value(number), count);
	printf("%lld not about our payments\n", (long long)json_integer_value(others));
	if (json_is_true(json_object_get(report, "is_rejected")))
		printf("the flow %s was rejected whole (%s)\n", flow, text_of(report, "reason"));
	if (json_is_true(json_object_get(report, "again")))
		printf("imported before: nothing changed\n");
	else if (session->is_dry)
		printf("nothing was recorded (--dry-run)\n");
}

static int exit_of(const json_t *report)
{
	static const char *const waiting[] = {"TO_CONFIRM", "REFUSED", "NOT_RECORDED"};
	const json_t *counts = json_object_get(report, "counts");
	for (size_t i = 0; i < sizeof(waiting) / sizeof(waiting[0]); i++)
		if (json_object_get(counts, waiting[i]) != NULL)
			return EXIT_REFUSED;
	return EXIT_DONE;
}

static int run(struct session *session, const struct buffer *bytes, const char *format,
	       const char *ambito)
{
	struct outcome_intake intake = {
	    .context = session,
	    .fetch = export_fetch,
	    .post = post,
	    .batch = batch,
	    .profiles = session->settings.values[SETTING_PROFILES],
	    .format = format,
	    .ambito = ambito,
	    .is_italian = session->client.options.language == RESULT_LANGUAGE_IT,
	    .is_dry = session->is_dry};
	json_t *report = NULL;
	enum result result = outcome_intake(&intake, buffer_slice(bytes), &report);
	int code = result == RESULT_OK ? exit_of(report) : result_info(result)->exit;
	if (result == RESULT_OK)
		tell(session, report);
	else if (intake.fault[0] != '\0')
		session_usage("%s", intake.fault);
	json_decref(report);
	return code;
}

int import_outcome(struct session *session, const char *file)
{
	const char *format = arguments_flag(&session->arguments, "format");
	const char *ambito = arguments_flag(&session->arguments, "ambito");
	struct buffer bytes = {NULL, 0, 0};
	if (format != NULL && strcmp(format, "auto") == 0)
		format = NULL;
	if (!session_flags_used(session))
		return EXIT_USAGE;
	if (!buffer_read_file(&bytes, file))
		return session_usage("cannot read %s: %s", file, strerrordesc_np(errno));
	int code = run(session, &bytes, format, ambito);
	buffer_free(&bytes);
	return code;
}
