/* One command: see act.h. */
#include "cli/act.h"

#include "cli/commands.h"
#include "cli/input.h"
#include "cli/table.h"
#include "engine/base/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A request under construction. */
struct act {
	struct session *session;
	const struct command_info *info;
	const char *values[32]; /* text of each field, by its place; NULL: not given */
	bool in_euro[32];
	struct buffer path;
	json_t *body;
	const char *key;  /* NULL: the flag --key, or a drawn one */
	json_t **ret_answer; /* a step: takes the answer instead of its being told */
};

/* The flag of a field: its name; amounts also without "-cents", then in euro. */
static void take_field(struct act *act, uint32_t i)
{
	const struct field *field = &act->info->set.fields[i];
	struct arguments *arguments = &act->session->arguments;
	char flag[COMMANDS_TEXT_SIZE];
	commands_dashed(field->name, flag);
	act->values[i] = arguments_flag(arguments, flag);
	if (field->type != FIELD_CENTS || act->values[i] != NULL)
		return;
	size_t size = strlen(flag);
	ASSERT(size > 6 && strcmp(flag + size - 6, "-cents") == 0);
	flag[size - 6] = '\0';
	act->values[i] = arguments_flag(arguments, flag);
	act->in_euro[i] = true;
}

static bool take_fields(struct act *act)
{
	ASSERT(act->info->set.count <= sizeof(act->values) / sizeof(act->values[0]));
	for (uint32_t i = 0; i < act->info->set.count; i++) {
		const struct field *field = &act->info->set.fields[i];
		if (field->flags & FIELD_EDGE)
			continue;
		take_field(act, i);
		if ((field->flags & FIELD_PATH) && act->values[i] == NULL)
			act->values[i] = arguments_word(&act->session->arguments);
		bool is_needed = (field->flags & (FIELD_PATH | FIELD_REQ)) != 0;
		if (is_needed && act->values[i] == NULL) {
			char flag[COMMANDS_TEXT_SIZE];
			commands_dashed(field->name, flag);
			session_usage("--%s is missing: %s", flag, field->meaning);
			return false;
		}
	}
	const char *extra = arguments_word(&act->session->arguments);
	if (extra != NULL)
		session_usage("what is «%s»? Values are given by flags", extra);
	return extra == NULL;
}

static const char *value_named(const struct act *act, const char *name, size_t size)
{
	for (uint32_t i = 0; i < act->info->set.count; i++) {
		const char *field = act->info->set.fields[i].name;
		if (strlen(field) == size && memcmp(field, name, size) == 0)
			return act->values[i];
	}
	ASSERT(false);
	return "";
}

/* The path with its {parameters} filled in. */
static void fill_path(struct act *act, const char *path)
{
	while (*path != '\0') {
		if (*path != '{') {
			buffer_put(&act->path, path++, 1);
			continue;
		}
		size_t size = strcspn(path + 1, "}");
		client_escape(&act->path, value_named(act, path + 1, size));
		path += size + 2;
	}
}

static bool fill_body(struct act *act)
{
	act->body = json_object();
	for (uint32_t i = 0; i < act->info->set.count; i++) {
		const struct field *field = &act->info->set.fields[i];
		const char *expected = "";
		if (act->values[i] == NULL || (field->flags & FIELD_PATH))
			continue;
		json_t *value = input_value(field, act->values[i], act->in_euro[i], &expected);
		if (value == NULL || json_object_set_new(act->body, field->name, value) != 0) {
			session_usage("%s: «%s» is not %s", field->name, act->values[i], expected);
			return false;
		}
	}
	return true;
}

static void tell_success(const struct act *act, const struct client_answer *answer)
{
	json_t *body = client_json(answer);
	if (act->ret_answer != NULL) {
		*act->ret_answer = body;
		return;
	}
	if (act->session->is_json)
		session_print_json(body);
	else if (!act->session->is_quiet && body != NULL)
		table_print_object(body, stdout);
	if (answer->replayed && !act->session->is_quiet)
		fputs("titoli: this key had been used: the earlier answer again\n", stderr);
	json_decref(body);
}

static int send(struct act *act)
{
	struct session *session = act->session;
	char drawn[CLIENT_KEY_SIZE];
	client_draw_key(drawn);
	const char *key =
	    act->key != NULL ? act->key : arguments_flag(&session->arguments, "key");
	char *body = json_dumps(act->body, JSON_COMPACT);
	struct client_request request = {.method = "POST",
					 .path = buffer_string(&act->path),
					 .media = "application/json",
					 .key = key == NULL ? drawn : key,
					 .body = slice_from_text(body)};
	if (session->is_check)
		request.key = NULL;
	int code = EXIT_DONE;
	if (act->ret_answer == NULL && !session_flags_used(session)) {
		free(body);
		return EXIT_USAGE;
	}
	if (session->is_dry) {
		printf("POST %s\n%s\n", request.path, body);
		free(body);
		return EXIT_DONE;
	}
	struct client_answer answer;
	enum result result = client_send(&session->client, &request, &answer);
	if (result != RESULT_OK) {
		code = session_fault(session, result);
		if (request.key != NULL)
			fprintf(stderr, "        Repeat with --key %s\n", request.key);
	} else if (client_result(&answer) != RESULT_OK) {
		code = session_problem(session, &answer);
	} else {
		tell_success(act, &answer);
	}
	client_answer_free(&answer);
	free(body);
	return code;
}

static int run(struct act *act, const char *path)
{
	int code = EXIT_USAGE;
	if (take_fields(act) && fill_body(act)) {
		fill_path(act, path);
		code = send(act);
	}
	buffer_free(&act->path);
	json_decref(act->body);
	return code;
}

int act_step(struct session *session, uint8_t command, const char *key, json_t **ret_answer)
{
	struct act act = {.session = session,
			  .info = command_info(command),
			  .key = key,
			  .ret_answer = ret_answer};
	ASSERT(act.info != NULL && act.info->path[0] != '\0');
	*ret_answer = NULL;
	return run(&act, act.info->path);
}

int act_run(struct session *session, uint8_t command)
{
	struct act act = {.session = session, .info = command_info(command)};
	ASSERT(act.info != NULL && act.info->path[0] != '\0');
	const char *path = act.info->path;
	if (session->is_check) {
		path = commands_check_path(command);
		if (path == NULL)
			return session_usage("--check exists for `redeem` and `voucher issue`; "
					     "--dry-run shows any request");
	}
	return run(&act, path);
}
