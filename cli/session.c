/* One run: see session.h. */
#include "cli/session.h"

#include "engine/base/assert.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int session_usage(const char *format, ...)
{
	va_list values;
	va_start(values, format);
	fputs("titoli: ", stderr);
	vfprintf(stderr, format, values);
	fputs("\n", stderr);
	va_end(values);
	return EXIT_USAGE;
}

bool session_flags_used(const struct session *session)
{
	const char *unused = arguments_unused(&session->arguments);
	if (unused == NULL)
		return true;
	session_usage("unknown flag --%s; see `titoli help`", unused);
	return false;
}

int session_fault(const struct session *session, enum result result)
{
	const struct result_info *info = result_info(result);
	enum result_language language = session->client.options.language;
	fprintf(stderr, "titoli: %s (%s: %s)\n        %s\n", info->title[language],
		session->settings.values[SETTING_URL], session->client.fault,
		info->remedy[language]);
	return info->exit;
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text == NULL ? "" : text;
}

/* Where there is nothing to add, the detail is the title again, with a full stop. */
static bool adds_nothing(const char *detail, const char *title)
{
	size_t size = strlen(title);
	return strncmp(detail, title, size) == 0 &&
	       (detail[size] == '\0' || strcmp(detail + size, ".") == 0);
}

int session_problem(const struct session *session, const struct client_answer *answer)
{
	json_t *body = client_json(answer);
	if (session->is_json && body != NULL) {
		session_print_json(body);
	} else if (body == NULL) {
		fprintf(stderr, "titoli: HTTP status %ld without an explanation\n", answer->status);
	} else {
		fprintf(stderr, "titoli: %s [%s]\n", text_of(body, "title"), text_of(body, "code"));
		if (!adds_nothing(text_of(body, "detail"), text_of(body, "title")))
			fprintf(stderr, "        %s\n", text_of(body, "detail"));
		if (json_object_get(body, "pointer") != NULL)
			fprintf(stderr, "        at %s\n", text_of(body, "pointer"));
		fprintf(stderr, "        %s\n", text_of(body, "remedy"));
	}
	json_decref(body);
	return result_info(client_result(answer))->exit;
}

int session_get(struct session *session, const char *path, json_t **ret_body)
{
	ASSERT(session != NULL && ret_body != NULL);
	struct client_request request = {.method = "GET", .path = path};
	struct client_answer answer;
	enum result result = client_send(&session->client, &request, &answer);
	int code = EXIT_DONE;
	json_t *body = result == RESULT_OK ? client_json(&answer) : NULL;
	if (result != RESULT_OK)
		code = session_fault(session, result);
	else if (client_result(&answer) != RESULT_OK)
		code = session_problem(session, &answer);
	else if (body == NULL)
		code = session_usage("the answer is not JSON");
	if (code == EXIT_DONE)
		*ret_body = body;
	else
		json_decref(body);
	client_answer_free(&answer);
	return code;
}

void session_print_json(const json_t *value)
{
	char *text = json_dumps(value, JSON_INDENT(2) | JSON_ENCODE_ANY);
	if (text != NULL)
		puts(text);
	free(text);
}
