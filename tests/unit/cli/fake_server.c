/* The tests' server: see fake_server.h. */
#include "tests/unit/cli/fake_server.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static void must(int good, const char *what)
{
	if (!good) {
		perror(what);
		abort();
	}
}

/* Bytes of body that the head announces. */
static size_t body_size(const char *head)
{
	const char *length = strcasestr(head, "\r\nContent-Length:");
	return length == NULL ? 0 : (size_t)strtoull(length + 17, NULL, 10);
}

/* Reads one request into `text`. 0: the peer closed. */
static size_t read_request(int peer, char *text)
{
	size_t used = 0;
	for (;;) {
		ssize_t got = recv(peer, text + used, FAKE_SIZE_MAX - 1 - used, 0);
		if (got <= 0)
			return 0;
		used += (size_t)got;
		text[used] = '\0';
		const char *end = strstr(text, "\r\n\r\n");
		if (end != NULL && used >= (size_t)(end + 4 - text) + body_size(text))
			return used;
	}
}

static void *serve(void *context)
{
	struct fake_server *server = context;
	while (server->request_count < server->answer_count) {
		int peer = accept(server->listener, NULL, NULL);
		if (peer < 0)
			break;
		while (server->request_count < server->answer_count &&
		       read_request(peer, server->requests[server->request_count]) > 0) {
			const char *answer = server->answers[server->request_count++];
			if (answer == NULL)
				break;
			must(send(peer, answer, strlen(answer), MSG_NOSIGNAL) > 0, "send");
		}
		close(peer);
	}
	return NULL;
}

void fake_server_start(struct fake_server *server, const char *const *answers, uint32_t count)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	pthread_t thread;
	must(count <= FAKE_REQUESTS_MAX, "too many answers");
	memset(server, 0, sizeof(*server));
	server->answers = answers;
	server->answer_count = count;
	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(server->listener >= 0, "socket");
	must(bind(server->listener, (struct sockaddr *)&address, size) == 0, "bind");
	must(getsockname(server->listener, (struct sockaddr *)&address, &size) == 0, "name");
	must(listen(server->listener, 8) == 0, "listen");
	snprintf(server->url, sizeof(server->url), "http://127.0.0.1:%u", ntohs(address.sin_port));
	must(pthread_create(&thread, NULL, serve, server) == 0, "thread");
	server->thread = thread;
}

void fake_server_stop(struct fake_server *server)
{
	shutdown(server->listener, SHUT_RDWR);
	pthread_join((pthread_t)server->thread, NULL);
	close(server->listener);
}
