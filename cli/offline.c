/* Ledgers at rest: see offline.h. */
#include "cli/offline.h"

#include "cli/table.h"
#include "engine/base/assert.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define EXIT_CANNOT_RUN 71

void offline_program(const struct settings *settings, char ret_path[SETTING_SIZE_MAX])
{
	const char *given = settings->values[SETTING_TITOLID];
	if (given[0] != '\0') {
		snprintf(ret_path, SETTING_SIZE_MAX, "%s", given);
		return;
	}
	char self[900];
	ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[size > 0 ? size : 0] = '\0';
	char *slash = strrchr(self, '/');
	if (slash != NULL)
		*slash = '\0';
	snprintf(ret_path, SETTING_SIZE_MAX, "%s/titolid", self);
	if (slash == NULL || access(ret_path, X_OK) != 0)
		snprintf(ret_path, SETTING_SIZE_MAX, "titolid");
}

/* Is this word the flag (with its value after it, or joined by '=')? */
static bool is_flag(const char *word, const char *name)
{
	size_t size = strlen(name);
	return strncmp(word, name, size) == 0 && (word[size] == '\0' || word[size] == '=');
}

int offline_run(struct session *session, char *const *values)
{
	char program[SETTING_SIZE_MAX];
	char *words[ARGUMENTS_MAX * 2 + 2] = {program};
	uint32_t count = 1;
	offline_program(&session->settings, program);
	for (uint32_t i = 1; values[i] != NULL && count < ARGUMENTS_MAX * 2; i++) {
		if (is_flag(values[i], "--titolid")) {
			i += strchr(values[i], '=') == NULL && values[i + 1] != NULL ? 1 : 0;
			continue;
		}
		if (strcmp(values[i], "--dry-run") != 0)
			words[count++] = values[i];
	}
	if (session->is_dry) {
		for (uint32_t i = 0; i < count; i++)
			printf("%s%s", i == 0 ? "" : " ", words[i]);
		puts("");
		return EXIT_DONE;
	}
	execvp(program, words);
	fprintf(stderr, "titoli: cannot run %s: %s\n", program, strerrordesc_np(errno));
	return EXIT_CANNOT_RUN;
}

static int send_backup(struct session *session, const struct client_request *request)
{
	struct client_answer answer;
	enum result result = client_send(&session->client, request, &answer);
	int code = EXIT_DONE;
	if (result != RESULT_OK) {
		code = session_fault(session, result);
	} else if (client_result(&answer) != RESULT_OK) {
		code = session_problem(session, &answer);
	} else {
		json_t *done = client_json(&answer);
		if (session->is_json)
			session_print_json(done);
		else
			table_print_object(done, stdout);
		json_decref(done);
	}
	client_answer_free(&answer);
	return code;
}

int offline_backup(struct session *session)
{
	const char *name = arguments_word(&session->arguments);
	if (name == NULL)
		return session_usage("titoli backup NAME (a new folder in the daemon's "
				     "backup_folder)");
	if (!session_flags_used(session))
		return EXIT_USAGE;
	struct buffer path = {NULL, 0, 0};
	buffer_text(&path, "/v1/backups/");
	client_escape(&path, name);
	/* No key: it is not repeated by itself, for the folder would be there already. */
	struct client_request request = {.method = "POST", .path = buffer_string(&path)};
	int code = EXIT_DONE;
	if (session->is_dry)
		printf("POST %s\n", request.path);
	else
		code = send_backup(session, &request);
	buffer_free(&path);
	return code;
}
