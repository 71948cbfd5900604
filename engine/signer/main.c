/* titoli-signer: signs the roots of a ledger's Merkle tree, with a key that the daemon cannot read.
 * See titoli-signer.8.
 *
 * One connection at a time, fixed-size requests and answers (engine/proof/root.h). */
#include "engine/signer/signer.h"

#include "engine/base/text.h"
#include "engine/system/clock.h"
#include "engine/system/log.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#define USAGE_EXIT   2
#define PATIENCE_S   5 /* for a request that has begun, or an answer to be taken */
#define BACKLOG	     4
#define SOCKET_MODE  0660
#define HEX_SIZE     (2 * ROOT_KEY_SIZE)

static const char usage[] =
    "usage: titoli-signer init --folder FOLDER\n"
    "       titoli-signer serve --folder FOLDER [--socket FILE] [--client USER-ID]\n"
    "\n"
    "  init       makes an Ed25519 key in FOLDER (key.pem, 0600; public.pem) and tells it\n"
    "  serve      signs roots that extend the last one signed, and nothing else\n"
    "  --socket   where to listen; without it the socket is systemd's\n"
    "  --client   only this user's processes (and root's) are answered\n";

struct options {
	const char *command;
	const char *folder;
	const char *socket;
	const char *client;
};

static bool read_options(struct options *options, int count, char **words)
{
	if (count < 2)
		return false;
	options->command = words[1];
	for (int i = 2; i + 1 < count; i += 2) {
		if (strcmp(words[i], "--folder") == 0)
			options->folder = words[i + 1];
		else if (strcmp(words[i], "--socket") == 0)
			options->socket = words[i + 1];
		else if (strcmp(words[i], "--client") == 0)
			options->client = words[i + 1];
		else
			return false;
	}
	return count % 2 == 0 && options->folder != NULL;
}

static int failed(enum result result, const char *path)
{
	LOG("signer_failed", log_result("result", result),
	    log_text("title", result_info(result)->title[RESULT_LANGUAGE_EN]),
	    log_text("path", path));
	return result_info(result)->exit;
}

/* ---- The socket ---- */

/* A listening socket of a name; -1. */
static int listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t size = strlen(path);
	if (size >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, path, size + 1);
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* What a killed signer left; a file that is no socket stays, and bind refuses. */
	struct stat status;
	if (lstat(path, &status) == 0 && S_ISSOCK(status.st_mode))
		(void)unlink(path);
	if (listener < 0 ||
	    bind(listener, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
	    chmod(path, SOCKET_MODE) != 0 || listen(listener, BACKLOG) != 0) {
		if (listener >= 0)
			(void)close(listener);
		return -1;
	}
	return listener;
}

static int find_listener(const struct options *options)
{
	if (options->socket != NULL)
		return listen_at(options->socket);
	int given = sd_listen_fds(1);
	return given == 1 &&
		       sd_is_socket_unix(SD_LISTEN_FDS_START, SOCK_STREAM, 1, NULL, 0) > 0
		   ? SD_LISTEN_FDS_START
		   : -1;
}

/* Is the other side a process of the user that may ask? */
static bool is_client(int connection, bool has_client, uint64_t client)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);
	if (!has_client)
		return true;
	return getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
	       (peer.uid == client || peer.uid == 0);
}

/* Reads a whole request. False: the other side ended, or took too long. */
static bool read_request(int connection, uint8_t bytes[ROOT_REQUEST_SIZE])
{
	for (size_t at = 0; at < ROOT_REQUEST_SIZE;) {
		ssize_t size = recv(connection, bytes + at, ROOT_REQUEST_SIZE - at, 0);
		if (size < 0 && errno == EINTR)
			continue;
		if (size <= 0)
			return false;
		at += (size_t)size;
	}
	return true;
}

static bool write_answer(int connection, const uint8_t bytes[ROOT_ANSWER_SIZE])
{
	for (size_t at = 0; at < ROOT_ANSWER_SIZE;) {
		ssize_t size =
		    send(connection, bytes + at, ROOT_ANSWER_SIZE - at, MSG_NOSIGNAL);
		if (size < 0 && errno == EINTR)
			continue;
		if (size <= 0)
			return false;
		at += (size_t)size;
	}
	return true;
}

static void serve_connection(struct signer *signer, int connection)
{
	struct timeval patience = {.tv_sec = PATIENCE_S};
	uint8_t request[ROOT_REQUEST_SIZE];
	uint8_t bytes[ROOT_ANSWER_SIZE];
	struct root_answer answer = {.verdict = ROOT_FAILED};
	if (setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) != 0 ||
	    setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) != 0)
		return;
	while (read_request(connection, request)) {
		signer_judge(signer, request, clock_now(), bytes);
		bool is_own = root_answer_decode(bytes, &answer);
		ASSERT(is_own);
		if (answer.verdict != ROOT_LAST)
			LOG("root_judged", log_number("verdict", answer.verdict),
			    log_number("size", answer.has_root
						   ? (int64_t)answer.root.tree.size
						   : 0));
		if (!write_answer(connection, bytes))
			return;
	}
}

static int serve(const struct options *options)
{
	struct signer *signer = NULL;
	uint64_t client = 0;
	if (options->client != NULL &&
	    !text_parse_u64(slice_from_text(options->client), UINT32_MAX, &client))
		return USAGE_EXIT;
	enum result result = signer_open(options->folder, &signer);
	if (result != RESULT_OK)
		return failed(result, options->folder);
	int listener = find_listener(options);
	if (listener < 0)
		return failed(RESULT_CONFIG_INVALID, options->socket);
	LOG("signer_started", log_text("folder", options->folder));
	(void)sd_notify(0, "READY=1");
	for (;;) {
		int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (connection < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (connection < 0)
			return failed(RESULT_IO_FAILED, options->socket);
		if (is_client(connection, options->client != NULL, client))
			serve_connection(signer, connection);
		(void)close(connection);
	}
}

static int init(const struct options *options)
{
	struct signer *signer = NULL;
	uint8_t key[ROOT_KEY_SIZE];
	char digits[HEX_SIZE];
	enum result result = signer_make_key(options->folder);
	if (result == RESULT_OK)
		result = signer_open(options->folder, &signer);
	if (result != RESULT_OK)
		return failed(result, options->folder);
	signer_public_key(signer, key);
	signer_close(signer);
	text_hex_encode(key, sizeof(key), digits);
	(void)printf("%.*s\n", (int)sizeof(digits), digits);
	return 0;
}

int main(int count, char **words)
{
	struct options options = {0};
	const struct rlimit none = {0, 0};
	(void)umask(077);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)signal(SIGPIPE, SIG_IGN);
	if (count == 2 && strcmp(words[1], "--help") == 0) {
		(void)fputs(usage, stdout);
		return 0;
	}
	int code = USAGE_EXIT;
	if (read_options(&options, count, words)) {
		if (strcmp(options.command, "init") == 0 && options.socket == NULL)
			code = init(&options);
		else if (strcmp(options.command, "serve") == 0)
			code = serve(&options);
	}
	if (code == USAGE_EXIT)
		(void)fputs(usage, stderr);
	return code;
}
