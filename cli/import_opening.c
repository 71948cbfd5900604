/* Imports of opening balances: see import_opening.h.
 *
 *   POST /v1/opening-balances           the draft, with the totals by the accounts
 *   POST /v1/opening-rows:batch         the rows, each with the draft's identifier
 *   POST /v1/opening-balances/X:cancel  when a row was refused: nothing stays behind
 *
 * The file is a CSV of opening rows: id,year,account,amount_cents,comune,provider,... A cell `*` is
 * an open dimension, which the API writes as an absent one. */
#include "cli/import_opening.h"

#include "cli/act.h"
#include "cli/import.h"
#include "engine/domain/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_SIZE (CLIENT_KEY_SIZE + 128u)

/* The rows as they are sent: one column more, `*` emptied. */
struct rows {
	struct buffer text;
	const char *opening;
	char separator;
	bool is_quoted; /* inside quotes */
	bool is_header;
	size_t line; /* where the present line begins in text */
	size_t cell; /* where the present cell begins */
};

static char separator_of(const char *text)
{
	size_t header = strcspn(text, "\r\n");
	static const char separators[] = ";,\t";
	for (size_t i = 0; i < sizeof(separators) - 1; i++)
		if (memchr(text, separators[i], header) != NULL)
			return separators[i];
	return ',';
}

static void end_cell(struct rows *rows)
{
	if (rows->text.size == rows->cell + 1 && rows->text.data[rows->cell] == '*')
		rows->text.size--;
}

static void end_line(struct rows *rows)
{
	end_cell(rows);
	if (rows->text.size > rows->line) {
		buffer_put(&rows->text, &rows->separator, 1);
		buffer_text(&rows->text, rows->is_header ? "opening" : rows->opening);
		rows->is_header = false;
	}
	buffer_text(&rows->text, "\n");
	rows->line = rows->text.size;
	rows->cell = rows->line;
}

static void put_rows(struct rows *rows, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '"')
			rows->is_quoted = !rows->is_quoted;
		if (*text == '\r' && !rows->is_quoted)
			continue;
		if (*text == '\n' && !rows->is_quoted) {
			end_line(rows);
			continue;
		}
		if (*text == rows->separator && !rows->is_quoted)
			end_cell(rows);
		buffer_put(&rows->text, text, 1);
		if (*text == rows->separator && !rows->is_quoted)
			rows->cell = rows->text.size;
	}
	if (rows->text.size > rows->line)
		end_line(rows);
}

/* Gives up the draft: a row was refused. */
static void cancel(struct session *session, const char *opening, const char *act, const char *key)
{
	struct buffer path = {NULL, 0, 0};
	char cancel_key[KEY_SIZE];
	json_t *body = json_pack("{s:s}", "act", act);
	char *text = json_dumps(body, JSON_COMPACT);
	snprintf(cancel_key, sizeof(cancel_key), "%s-cancel", key);
	buffer_text(&path, "/v1/opening-balances/");
	client_escape(&path, opening);
	buffer_text(&path, ":cancel");
	const struct client_request request = {.method = "POST",
					       .path = buffer_string(&path),
					       .media = "application/json",
					       .key = cancel_key,
					       .body = slice_from_text(text)};
	struct client_answer answer;
	enum result result = client_send(&session->client, &request, &answer);
	if (result == RESULT_OK && client_result(&answer) == RESULT_OK)
		fprintf(stderr, "titoli: nothing is loaded; the draft %s is cancelled\n", opening);
	else
		fprintf(stderr, "titoli: nothing is loaded; cancel the draft %s\n", opening);
	client_answer_free(&answer);
	buffer_free(&path);
	json_decref(body);
	free(text);
}

static int send_rows(struct session *session, const char *opening, const struct buffer *file,
		     const char *key)
{
	struct rows rows = {.opening = opening,
			    .separator = separator_of(buffer_string(file)),
			    .is_header = true};
	put_rows(&rows, buffer_string(file));
	const char *act = arguments_flag(&session->arguments, "act");
	int code =
	    import_text(session, COMMAND_KIND_OPENING_ROW_ADD, "rows.csv", &rows.text, key);
	if (code == EXIT_DONE)
		printf("draft %s; a second person approves: titoli opening post %s --act ACT\n",
		       opening, opening);
	else if (code != EXIT_USAGE)
		cancel(session, opening, act == NULL ? "" : act, key);
	buffer_free(&rows.text);
	return code;
}

int import_opening(struct session *session, const char *file)
{
	struct buffer text = {NULL, 0, 0};
	char drawn[CLIENT_KEY_SIZE];
	char draft_key[KEY_SIZE];
	client_draw_key(drawn);
	const char *key = arguments_flag(&session->arguments, "key");
	key = key == NULL ? drawn : key;
	if (snprintf(draft_key, sizeof(draft_key), "%s-draft", key) >= (int)sizeof(draft_key))
		return session_usage("--key is too long");
	if (!buffer_read_file(&text, file))
		return session_usage("cannot read %s: %s", file, strerrordesc_np(errno));
	json_t *answer = NULL;
	int code = act_step(session, COMMAND_KIND_OPENING_CREATE, draft_key, &answer);
	const char *opening = json_string_value(json_object_get(answer, "opening"));
	if (code == EXIT_DONE && opening != NULL)
		code = send_rows(session, opening, &text, key);
	json_decref(answer);
	buffer_free(&text);
	return code;
}
