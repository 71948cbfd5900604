/* See ask_signer.h. */
#include "engine/proof/ask_signer.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_S 10

static bool send_all(int connection, const uint8_t *bytes, size_t size)
{
	for (size_t at = 0; at < size;) {
		ssize_t sent = send(connection, bytes + at, size - at, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return false;
		at += (size_t)sent;
	}
	return true;
}

static bool receive_all(int connection, uint8_t *bytes, size_t size)
{
	for (size_t at = 0; at < size;) {
		ssize_t received = recv(connection, bytes + at, size - at, 0);
		if (received < 0 && errno == EINTR)
			continue;
		if (received <= 0)
			return false;
		at += (size_t)received;
	}
	return true;
}

bool ask_signer(void *context, const uint8_t request[ROOT_REQUEST_SIZE],
		uint8_t ret_answer[ROOT_ANSWER_SIZE])
{
	const char *path = context;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = PATIENCE_S};
	size_t size = strlen(path);
	if (size >= sizeof(address.sun_path))
		return false;
	memcpy(address.sun_path, path, size + 1);
	int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connection < 0)
		return false;
	bool is_asked =
	    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0 &&
	    setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) == 0 &&
	    connect(connection, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
	    send_all(connection, request, ROOT_REQUEST_SIZE) &&
	    receive_all(connection, ret_answer, ROOT_ANSWER_SIZE);
	(void)close(connection);
	return is_asked;
}
