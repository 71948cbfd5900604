/* Personal data: see person.h. */
#include "cli/person.h"

#include "cli/progress.h"
#include "cli/show.h"
#include "cli/table.h"
#include "engine/base/assert.h"
#include "schemas/vault.def"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PERSONS	      "/v1/persons"
#define VAULT	      "/v1/vault"
#define POLL_MS	      200
#define FLAG_SIZE_MAX 32u

static const struct {
	const char *name;
	const char *meaning;
	bool is_indexed;
} fields[] = {
#define V(NAME, number, name, size, CHECK, index, meaning) {#name, meaning, (index) != 0},
    VAULT_FIELDS(V)
#undef V
};

#define FIELD_COUNT (sizeof(fields) / sizeof(fields[0]))

/* ---- What is sent ---- */

static void flag_of(const char *name, char ret_flag[FLAG_SIZE_MAX])
{
	snprintf(ret_flag, FLAG_SIZE_MAX, "%s", name);
	for (char *at = ret_flag; *at != '\0'; at++)
		*at = *at == '_' ? '-' : *at;
}

/* The members of --from; a new object without it. NULL: told. */
static json_t *body_of_file(struct session *session)
{
	const char *path = arguments_flag(&session->arguments, "from");
	struct buffer text = {NULL, 0, 0};
	json_error_t error;
	json_t *body;

	if (path == NULL)
		return json_object();
	if (!buffer_read_file(&text, path)) {
		session_usage("%s: %s", path, strerrordesc_np(errno));
		return NULL;
	}
	body = json_loadb(buffer_string(&text), text.size, JSON_REJECT_DUPLICATES, &error);
	if (text.data != NULL)
		explicit_bzero(text.data, text.capacity);
	buffer_free(&text);
	if (json_is_object(body))
		return body;
	json_decref(body);
	session_usage("%s: not one JSON object (line %d)", path, error.line);
	return NULL;
}

/* An empty flag takes its field away. */
static void add_flags(struct session *session, json_t *body, bool is_search)
{
	char flag[FLAG_SIZE_MAX];

	for (uint32_t i = 0; i < FIELD_COUNT; i++) {
		const char *value;

		flag_of(fields[i].name, flag);
		value = is_search && !fields[i].is_indexed
			    ? NULL
			    : arguments_flag(&session->arguments, flag);
		if (value != NULL)
			json_object_set_new(body, fields[i].name,
					    value[0] == '\0' ? json_null() : json_string(value));
	}
}

static const char *purpose_of(struct session *session)
{
	const char *purpose = arguments_flag(&session->arguments, "purpose");

	if (purpose == NULL || purpose[0] == '\0') {
		session_usage("--purpose is missing: why? One of");
#define V(NAME, number, meaning) fprintf(stderr, "        %-17s %s\n", #NAME, meaning);
		VAULT_PURPOSES(V)
#undef V
		return NULL;
	}
	return purpose;
}

static void add_parameter(struct buffer *path, const char *name, const char *value)
{
	buffer_text(path, strchr(buffer_string(path), '?') == NULL ? "?" : "&");
	buffer_text(path, name);
	buffer_text(path, "=");
	client_escape(path, value);
}

/* ---- Requests ---- */

static int post(struct session *session, const char *path, const json_t *body, json_t **ret_answer)
{
	char key[CLIENT_KEY_SIZE];
	struct client_answer answer;
	char *text = json_dumps(body, JSON_COMPACT);
	struct client_request request = {.method = "POST",
					 .path = path,
					 .media = "application/json",
					 .key = key,
					 .body = {text, text == NULL ? 0 : (uint32_t)strlen(text)}};
	enum result result;
	int code = EXIT_DONE;

	ASSERT(text != NULL);
	client_draw_key(key);
	result = client_send(&session->client, &request, &answer);
	if (result != RESULT_OK)
		code = session_fault(session, result);
	else if (client_result(&answer) != RESULT_OK)
		code = session_problem(session, &answer);
	else
		*ret_answer = client_json(&answer);
	client_answer_free(&answer);
	explicit_bzero(text, strlen(text));
	free(text);
	return code;
}

static int post_and_print(struct session *session, const char *path, json_t *body)
{
	json_t *answer = NULL;
	int code = EXIT_DONE;

	if (session->is_dry) {
		printf("POST %s\n", path);
		session_print_json(body);
	} else {
		code = post(session, path, body, &answer);
		if (code == EXIT_DONE)
			show_answer(session, answer);
	}
	json_decref(answer);
	json_decref(body);
	return code;
}

static int get_and_print(struct session *session, const char *path)
{
	json_t *answer = NULL;
	int code = EXIT_DONE;

	if (session->is_dry) {
		printf("GET %s\n", path);
		return EXIT_DONE;
	}
	code = session_get(session, path, &answer);
	if (code == EXIT_DONE)
		show_answer(session, answer);
	json_decref(answer);
	return code;
}

/* ---- Verbs ---- */

/* Sets what the flags say, or finds by it. */
static int run_with_body(struct session *session, const char *path, bool is_search)
{
	const char *purpose = purpose_of(session);
	json_t *body = purpose == NULL ? NULL : body_of_file(session);

	if (body == NULL)
		return EXIT_USAGE;
	json_object_set_new(body, "purpose", json_string(purpose));
	add_flags(session, body, is_search);
	if (session_flags_used(session))
		return post_and_print(session, path, body);
	json_decref(body);
	return EXIT_USAGE;
}

static int run_erase(struct session *session, const char *path)
{
	const char *purpose = purpose_of(session);
	struct buffer target = {NULL, 0, 0};
	int code = EXIT_USAGE;

	if (purpose == NULL || !session_flags_used(session))
		return code;
	buffer_text(&target, path);
	buffer_text(&target, ":erase");
	code = post_and_print(session, buffer_string(&target),
			      json_pack("{s:s}", "purpose", purpose));
	buffer_free(&target);
	return code;
}

/* A file for the person alone: mode 0600, and none that stands is overwritten. */
static int write_file(const char *path, const json_t *answer)
{
	char *text = json_dumps(answer, JSON_INDENT(2));
	int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
	bool is_good = file != NULL && text != NULL && fputs(text, file) >= 0 &&
		       fputs("\n", file) >= 0 && fflush(file) == 0 && fsync(descriptor) == 0;
	int error = errno;

	if (file != NULL)
		is_good = fclose(file) == 0 && is_good;
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
	if (is_good)
		return EXIT_DONE;
	fprintf(stderr, "titoli: %s: %s\n", path, strerrordesc_np(error));
	return result_info(RESULT_IO_FAILED)->exit;
}

static int run_export(struct session *session, const char *path)
{
	const char *out = arguments_flag(&session->arguments, "out");
	const char *purpose = arguments_flag(&session->arguments, "purpose");
	struct buffer target = {NULL, 0, 0};
	json_t *answer = NULL;
	int code;

	if (!session_flags_used(session))
		return EXIT_USAGE;
	/* Said before anything is asked for: each look is noted. */
	if (out != NULL && access(out, F_OK) == 0) {
		fprintf(stderr, "titoli: %s: %s\n", out, strerrordesc_np(EEXIST));
		return result_info(RESULT_IO_FAILED)->exit;
	}
	buffer_text(&target, path);
	buffer_text(&target, "/export");
	add_parameter(&target, "purpose", purpose == NULL ? "ACCESS_REQUEST" : purpose);
	if (out == NULL || session->is_dry) {
		code = get_and_print(session, buffer_string(&target));
	} else {
		code = session_get(session, buffer_string(&target), &answer);
		if (code == EXIT_DONE)
			code = write_file(out, answer);
		json_decref(answer);
	}
	buffer_free(&target);
	return code;
}

/* show and reads: a purpose, and what narrows the answer. */
static int run_look(struct session *session, const char *path, const char *tail,
		    const char *const *parameters)
{
	const char *purpose = purpose_of(session);
	struct buffer target = {NULL, 0, 0};
	int code = EXIT_USAGE;

	if (purpose == NULL)
		return code;
	buffer_text(&target, path);
	buffer_text(&target, tail);
	add_parameter(&target, "purpose", purpose);
	for (; *parameters != NULL; parameters++) {
		const char *value = arguments_flag(&session->arguments, *parameters);

		if (value != NULL)
			add_parameter(&target, *parameters, value);
	}
	if (session_flags_used(session))
		code = get_and_print(session, buffer_string(&target));
	buffer_free(&target);
	return code;
}

static int list_fields(void)
{
	struct table table = {.column_count = 0};

	table_column(&table, "field", false);
	table_column(&table, "found by it", false);
	table_column(&table, "meaning", false);
	for (uint32_t i = 0; i < FIELD_COUNT; i++) {
		table_cell(&table, fields[i].name);
		table_cell(&table, fields[i].is_indexed ? "yes" : "");
		table_cell(&table, fields[i].meaning);
	}
	table_print(&table, stdout);
	table_free(&table);
	return EXIT_DONE;
}

static int run_verb(struct session *session, const char *verb, const char *path)
{
	static const char *const of_show[] = {"fields", NULL};
	static const char *const of_reads[] = {"limit", "cursor", NULL};

	if (strcmp(verb, "put") == 0)
		return run_with_body(session, path, false);
	if (strcmp(verb, "show") == 0)
		return run_look(session, path, "", of_show);
	if (strcmp(verb, "reads") == 0)
		return run_look(session, path, "/reads", of_reads);
	if (strcmp(verb, "export") == 0)
		return run_export(session, path);
	if (strcmp(verb, "erase") == 0)
		return run_erase(session, path);
	return session_usage("there is no `person %s`; see `titoli help person`", verb);
}

int person_run(struct session *session)
{
	const char *verb = arguments_word(&session->arguments);
	const char *person;
	struct buffer path = {NULL, 0, 0};
	int code;

	if (verb != NULL && strcmp(verb, "find") == 0)
		return run_with_body(session, PERSONS ":search", true);
	if (verb != NULL && strcmp(verb, "fields") == 0)
		return list_fields();
	person = verb == NULL ? NULL : arguments_word(&session->arguments);
	if (person == NULL)
		return session_usage("titoli person put|show|export|erase|reads BENEFICIARY, or "
				     "titoli person find; see `titoli help person`");
	buffer_text(&path, PERSONS "/");
	client_escape(&path, person);
	code = run_verb(session, verb, buffer_string(&path));
	buffer_free(&path);
	return code;
}

/* ---- The vault ---- */

static void pause_between(void)
{
	const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};

	(void)nanosleep(&pause, NULL);
}

/* Looks on until the keys are changed; another may have begun it, or a kill may have interrupted
 * it: the daemon goes on by itself, whether somebody looks or not. */
static int follow(struct session *session, json_t *status)
{
	struct progress progress;
	uint64_t total = (uint64_t)json_integer_value(json_object_get(status, "to_rotate"));
	int code = EXIT_DONE;

	progress_begin(&progress, "new keys", total, session->is_quiet);
	while (code == EXIT_DONE && json_is_true(json_object_get(status, "is_rotating"))) {
		json_t *next = NULL;

		progress_set(&progress, (uint64_t)json_integer_value(
					    json_object_get(status, "rotated")));
		pause_between();
		code = session_get(session, VAULT, &next);
		json_decref(status);
		status = next;
	}
	if (code == EXIT_DONE) {
		progress_set(&progress, total);
		progress_end(&progress);
		show_answer(session, status);
	}
	json_decref(status);
	return code;
}

static int run_rotate(struct session *session)
{
	json_t *body = json_object();
	json_t *status = NULL;
	int code = EXIT_DONE;

	if (session->is_dry)
		printf("POST " VAULT ":rotate\n");
	else
		code = post(session, VAULT ":rotate", body, &status);
	json_decref(body);
	return status == NULL ? code : follow(session, status);
}

int person_vault(struct session *session)
{
	const char *verb = arguments_word(&session->arguments);

	if (verb == NULL || (strcmp(verb, "status") != 0 && strcmp(verb, "rotate") != 0))
		return session_usage("titoli vault status, or titoli vault rotate");
	if (!session_flags_used(session))
		return EXIT_USAGE;
	return strcmp(verb, "rotate") == 0 ? run_rotate(session) : get_and_print(session, VAULT);
}
