/* Commands of titoli as a person would type them: another process of this program, with the token
 * of whoever acts. What it says is kept in commands.log. */
#include "cli/demo/steps.h"
#include "engine/base/assert.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MAX 24u

struct process {
	const struct demo *demo;
	const char *token;
	char log[SETTING_SIZE_MAX];
	char out[SETTING_SIZE_MAX];
};

/* The child: its answer goes to a file, what it says to people is added to the log. */
static void become(const struct process *process, char *const *words)
{
	int out = open(process->out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int log = open(process->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	char token[SETTING_SIZE_MAX];
	char url[SETTING_SIZE_MAX];
	char profiles[SETTING_SIZE_MAX];
	char schemas[SETTING_SIZE_MAX];
	char *environment[] = {token, url, profiles, schemas, NULL};
	snprintf(profiles, sizeof(profiles), "TITOLI_PROFILES=%.900s/profiles",
		 process->demo->folder);
	snprintf(schemas, sizeof(schemas), "TITOLI_SCHEMAS=%.900s",
		 process->demo->session->settings.values[SETTING_SCHEMAS]);
	snprintf(token, sizeof(token), "TITOLI_TOKEN=%s", process->token);
	snprintf(url, sizeof(url), "TITOLI_URL=%s", process->demo->url);
	if (out >= 0 && log >= 0 && dup2(out, STDOUT_FILENO) >= 0 && dup2(log, STDERR_FILENO) >= 0)
		execve("/proc/self/exe", words, environment);
	_exit(127);
}

static void note(const struct process *process, char *const *words)
{
	FILE *file = fopen(process->log, "ae");
	if (file == NULL)
		return;
	fputs("$ titoli", file);
	for (uint32_t i = 1; words[i] != NULL; i++)
		fprintf(file, " %s", words[i]);
	fputc('\n', file);
	fclose(file);
}

static json_t *answer_of(const struct process *process)
{
	struct buffer text = {NULL, 0, 0};
	json_t *answer = NULL;
	if (buffer_read_file(&text, process->out))
		answer = json_loads(buffer_string(&text), JSON_REJECT_DUPLICATES, NULL);
	buffer_free(&text);
	return answer;
}

json_t *command_run(struct demo *demo, const char *token, int expected, const char *const *given)
{
	struct process process = {.demo = demo, .token = token};
	char *words[WORDS_MAX] = {(char *)(uintptr_t) "titoli"};
	uint32_t count = 1;
	int status = 0;
	for (; given[count - 1] != NULL; count++) {
		ASSERT(count + 2 < WORDS_MAX);
		words[count] = (char *)(uintptr_t)given[count - 1];
	}
	words[count++] = (char *)(uintptr_t) "--json";
	snprintf(process.log, sizeof(process.log), "%.900s/commands.log", demo->folder);
	snprintf(process.out, sizeof(process.out), "%.900s/command.json", demo->folder);
	note(&process, words);
	fflush(NULL);
	pid_t child = fork();
	if (child == 0)
		become(&process, words);
	bool ended = child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status);
	json_t *answer = answer_of(&process);
	unlink(process.out);
	call_expect(demo, ended && WEXITSTATUS(status) == expected,
		    "titoli %s %s ended with %d: see %s", given[0], given[1],
		    ended ? WEXITSTATUS(status) : -1, process.log);
	return answer;
}
