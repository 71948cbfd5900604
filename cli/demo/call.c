/* Speaking with the daemon: see call.h. */
#include "cli/demo/call.h"

#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/show.h"
#include "engine/base/assert.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAULTS_SHOWN 25u

bool call_expect(struct demo *demo, bool is_true, const char *format, ...)
{
	if (is_true)
		return true;
	demo->faults++;
	if (demo->faults > FAULTS_SHOWN)
		return false;
	va_list values;
	va_start(values, format);
	fputs("demo: NOT AS EXPECTED: ", stderr);
	vfprintf(stderr, format, values);
	fputs("\n", stderr);
	va_end(values);
	return false;
}

void call_as(struct demo *demo, const char *token)
{
	demo->session->client.options.token = token;
}

const char *call_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text == NULL ? "" : text;
}

int64_t call_number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

enum result call_outcome(const json_t *answer)
{
	enum result result = RESULT_BAD_REQUEST;
	const char *code = call_text(answer, "code");
	if (code[0] == '\0')
		code = call_text(answer, "result");
	if (!result_from_code(slice_from_text(code), &result))
		return RESULT_BAD_REQUEST;
	return result;
}

static void next_key(struct demo *demo, char ret_key[CLIENT_KEY_SIZE])
{
	snprintf(ret_key, CLIENT_KEY_SIZE, "demo-%06u", demo->key_number++);
}

/* Sends and reads the answer as JSON; NULL, told, where there is none. */
static json_t *send_post(struct demo *demo, const char *path, const char *text, const char *key,
			 enum result *ret_result)
{
	struct client_answer answer;
	struct client_request request = {.method = "POST",
					 .path = path,
					 .media = "application/json",
					 .key = key,
					 .body = slice_from_text(text)};
	enum result result = client_send(&demo->session->client, &request, &answer);
	json_t *told = result == RESULT_OK ? client_json(&answer) : NULL;
	*ret_result = result == RESULT_OK ? client_result(&answer) : result;
	client_answer_free(&answer);
	return told;
}

json_t *call_any(struct demo *demo, const char *path, json_t *body, const char *key)
{
	char drawn[CLIENT_KEY_SIZE];
	enum result result = RESULT_OK;
	next_key(demo, drawn);
	char *text = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	json_t *told = send_post(demo, path, text, key == NULL ? drawn : key, &result);
	call_expect(demo, told != NULL, "POST %s %s: %s", path, text, result_code(result));
	free(text);
	return told;
}

json_t *call_post(struct demo *demo, const char *path, json_t *body, enum result expected)
{
	char key[CLIENT_KEY_SIZE];
	enum result result = RESULT_OK;
	next_key(demo, key);
	char *text = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	json_t *told = send_post(demo, path, text, key, &result);
	char *answer = json_dumps(told, JSON_COMPACT);
	bool is_good = call_expect(demo, result == expected, "POST %s %s: %s instead of %s: %.300s",
				   path, text, result_code(result), result_code(expected),
				   answer == NULL ? "" : answer);
	free(answer);
	free(text);
	if (is_good)
		return told;
	json_decref(told);
	return NULL;
}

void call_do(struct demo *demo, const char *path, json_t *body, enum result expected)
{
	json_decref(call_post(demo, path, body, expected));
}

json_t *call_list(struct demo *demo, const char *path)
{
	json_t *items = NULL;
	int code = show_fetch_all(demo->session, path, UINT32_MAX, &items);
	if (call_expect(demo, code == EXIT_DONE, "GET %s: exit code %d", path, code))
		return items;
	return json_array();
}

void call_line(struct buffer *lines, json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);
	ASSERT(text != NULL);
	buffer_text(lines, text);
	buffer_text(lines, "\n");
	free(text);
	json_decref(object);
}

struct watched {
	struct progress progress;
	const struct call_batch *batch;
};

static void watch_progress(void *context, uint64_t bytes)
{
	progress_set(&((struct watched *)context)->progress, bytes);
}

static void watch_line(void *context, const json_t *answer, struct slice text)
{
	const struct call_batch *batch = ((struct watched *)context)->batch;
	if (batch->line != NULL)
		batch->line(batch->context, answer, text);
}

bool call_batch(struct demo *demo, const struct call_batch *batch, const struct buffer *lines)
{
	char key[CLIENT_KEY_SIZE];
	struct watched watched = {.batch = batch};
	next_key(demo, key);
	struct upload upload = {.client = &demo->session->client,
				.path = commands_batch_path(batch->command),
				.media = batch->is_csv ? "text/csv" : "application/x-ndjson",
				.key = batch->key == NULL ? key : batch->key,
				.piece_lines = UPLOAD_LINES_MAX,
				.line = watch_line,
				.progress = batch->label == NULL ? NULL : watch_progress,
				.context = &watched};
	struct upload_tally tally;
	struct client_answer problem;
	if (lines->size == 0)
		return true;
	if (batch->label != NULL)
		progress_begin(&watched.progress, batch->label, lines->size,
			       demo->session->is_quiet);
	enum result result = upload_run(&upload, buffer_slice(lines), &tally, &problem);
	watched.progress.done = tally.lines;
	if (batch->label != NULL)
		progress_end(&watched.progress);
	bool is_good = call_expect(demo, result == RESULT_OK, "batch %s: %s: %.300s", upload.path,
				   result_code(result), buffer_string(&problem.body));
	client_answer_free(&problem);
	return is_good;
}

struct must_succeed {
	struct demo *demo;
	const struct call_batch *batch;
};

static void line_must_succeed(void *context, const json_t *answer, struct slice text)
{
	struct must_succeed *must = context;
	bool is_good = json_object_get(answer, "code") == NULL;
	call_expect(must->demo, is_good, "%s: %.*s", command_info(must->batch->command)->name,
		    (int)(text.size < 400 ? text.size : 400), text.data);
	if (must->batch->line != NULL)
		must->batch->line(must->batch->context, answer, text);
}

bool call_batch_ok(struct demo *demo, const struct call_batch *batch, const struct buffer *lines)
{
	struct must_succeed must = {demo, batch};
	struct call_batch strict = *batch;
	strict.line = line_must_succeed;
	strict.context = &must;
	return call_batch(demo, &strict, lines);
}
