/* The demo's daemon: a fresh ledger with a manual clock, on a free port of the loopback. */
#include "cli/demo/steps.h"
#include "engine/base/assert.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATH_SIZE     900u
#define READY_TRIES   200u
#define READY_WAIT_NS 25000000L
#define STOP_TRIES    600u

static void wait_a_little(void)
{
	struct timespec time = {.tv_sec = 0, .tv_nsec = READY_WAIT_NS};
	nanosleep(&time, NULL);
}

/* A port that nobody listens on right now. 0: none could be had. */
static uint32_t free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint32_t port = 0;
	if (descriptor >= 0 && bind(descriptor, (struct sockaddr *)&address, size) == 0 &&
	    getsockname(descriptor, (struct sockaddr *)&address, &size) == 0)
		port = ntohs(address.sin_port);
	if (descriptor >= 0)
		close(descriptor);
	return port;
}

/* Runs titolid with its output in daemon.log; the process, or -1. */
static pid_t spawn(struct demo *demo, char *const *words)
{
	char log[SETTING_SIZE_MAX];
	snprintf(log, sizeof(log), "%.900s/daemon.log", demo->folder);
	fflush(NULL);
	pid_t process = fork();
	if (process != 0)
		return process;
	int descriptor = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (descriptor >= 0) {
		dup2(descriptor, STDOUT_FILENO);
		dup2(descriptor, STDERR_FILENO);
	}
	execvp(words[0], words);
	_exit(127);
}

static int run_to_end(struct demo *demo, char *const *words)
{
	int status = 0;
	pid_t process = spawn(demo, words);
	if (process < 0 || waitpid(process, &status, 0) != process)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Settings of the daemon and of whoever looks further with titoli. */
static bool write_settings(const struct demo *demo, uint32_t port)
{
	char path[SETTING_SIZE_MAX];
	snprintf(path, sizeof(path), "%.900s/titolid.conf", demo->folder);
	FILE *file = fopen(path, "we");
	if (file == NULL)
		return false;
	fprintf(file,
		"# The demo's daemon. A demo may lie on any file system.\n"
		"ledger = %s/ledger\nlisten = 127.0.0.1:%u\nadmin_listen =\n"
		"unsafe_filesystem = yes\nbackup_folder = %s/backups\n"
		"vouchers_max = 20000\nredemptions_max = 200000\nstore_gib = 4\n"
		"disk_floor_mib = 64\n",
		demo->folder, port, demo->folder);
	bool good = fclose(file) == 0;
	snprintf(path, sizeof(path), "%.900s/titoli.conf", demo->folder);
	file = fopen(path, "we");
	if (file == NULL)
		return false;
	fprintf(file, "url = http://127.0.0.1:%u\ntoken_file = %s/auditor.token\nlang = it\n", port,
		demo->folder);
	return fclose(file) == 0 && good;
}

static bool take_admin_token(struct demo *demo)
{
	char path[SETTING_SIZE_MAX];
	struct buffer text = {NULL, 0, 0};
	snprintf(path, sizeof(path), "%.900s/ledger/admin.token", demo->folder);
	bool good = buffer_read_file(&text, path);
	snprintf(demo->tokens[DEMO_ADMINISTRATOR], DEMO_TOKEN_SIZE, "%.*s",
		 (int)strcspn(buffer_string(&text), "\r\n "), buffer_string(&text));
	buffer_free(&text);
	return good;
}

static bool wait_until_ready(struct demo *demo)
{
	struct client_options options = demo->session->client.options;
	options.url = demo->url;
	options.token = demo->tokens[DEMO_ADMINISTRATOR];
	client_close(&demo->session->client);
	if (client_open(&demo->session->client, &options) != RESULT_OK)
		return false;
	struct client_request request = {.method = "GET", .path = "/readyz"};
	uint32_t tries = demo->session->client.options.tries;
	demo->session->client.options.tries = 1;
	bool is_ready = false;
	for (uint32_t i = 0; i < READY_TRIES && !is_ready; i++) {
		struct client_answer answer;
		enum result result = client_send(&demo->session->client, &request, &answer);
		is_ready = result == RESULT_OK && answer.status == 200;
		client_answer_free(&answer);
		if (!is_ready && waitpid(demo->process, NULL, WNOHANG) == demo->process) {
			demo->process = 0;
			break;
		}
		if (!is_ready)
			wait_a_little();
	}
	demo->session->client.options.tries = tries;
	return is_ready;
}

bool daemon_start(struct demo *demo)
{
	char ledger[SETTING_SIZE_MAX];
	char config[SETTING_SIZE_MAX];
	uint32_t port = free_port();
	snprintf(config, sizeof(config), "%.900s/titolid.conf", demo->folder);
	snprintf(demo->url, sizeof(demo->url), "http://127.0.0.1:%u", port);
	bool made = mkdir(demo->folder, 0755) == 0;
	const char *why = errno == EEXIST ? "it exists: remove it or name another --folder"
					  : strerrordesc_np(errno);
	if (!call_expect(demo, made, "cannot make %s: %s", demo->folder, why))
		return false;
	snprintf(ledger, sizeof(ledger), "%.900s/backups", demo->folder);
	if (!call_expect(demo, mkdir(ledger, 0700) == 0, "cannot make %s", ledger))
		return false;
	snprintf(ledger, sizeof(ledger), "%.900s/ledger", demo->folder);
	if (!call_expect(demo, port != 0 && write_settings(demo, port), "cannot write into %s",
			 demo->folder))
		return false;
	char init_word[] = "init";
	char config_flag[] = "--config";
	char clock_flag[] = "--clock";
	char clock[64];
	snprintf(clock, sizeof(clock), "%s", demo->clock);
	char *init[] = {demo->titolid, init_word, config_flag, config, clock_flag, clock, NULL};
	int code = run_to_end(demo, init);
	if (!call_expect(demo, code == 0, "titolid init: exit code %d, see %s/daemon.log", code,
			 demo->folder))
		return false;
	char run_word[] = "run";
	char *run[] = {demo->titolid, run_word, config_flag, config, NULL};
	demo->process = spawn(demo, run);
	return call_expect(demo, take_admin_token(demo), "no token in %s", ledger) &&
	       call_expect(demo, demo->process > 0 && wait_until_ready(demo),
			   "titolid is not ready, see %s/daemon.log", demo->folder);
}

bool daemon_stop(struct demo *demo)
{
	int status = 0;
	pid_t process = demo->process;
	demo->process = 0;
	if (process <= 0 || kill(process, SIGTERM) != 0)
		return call_expect(demo, false, "there is no daemon to stop");
	for (uint32_t i = 0; i < STOP_TRIES; i++) {
		if (waitpid(process, &status, WNOHANG) == process)
			return call_expect(demo, WIFEXITED(status) && WEXITSTATUS(status) == 0,
					   "titolid ended with status %d", status);
		wait_a_little();
	}
	kill(process, SIGKILL);
	waitpid(process, &status, 0);
	return call_expect(demo, false, "titolid did not stop");
}

void daemon_kill(struct demo *demo)
{
	if (demo->process <= 0)
		return;
	kill(demo->process, SIGKILL);
	waitpid(demo->process, NULL, 0);
	demo->process = 0;
}

bool daemon_verify(struct demo *demo)
{
	char config[SETTING_SIZE_MAX];
	char verify_word[] = "verify";
	char config_flag[] = "--config";
	snprintf(config, sizeof(config), "%.900s/titolid.conf", demo->folder);
	char *words[] = {demo->titolid, verify_word, config_flag, config, NULL};
	int code = run_to_end(demo, words);
	return call_expect(demo, code == 0, "titolid verify: exit code %d, see %s/daemon.log", code,
			   demo->folder);
}
