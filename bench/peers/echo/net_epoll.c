/* The network thread on epoll alone: see echo.h. */
#include "bench/peers/echo/echo.h"

#include "bench/support/machine.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 512

static void watch(int poll, int descriptor, void *context)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = context};
	if (epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) != 0)
		machine_die("echo: epoll_ctl");
}

static void accept_all(struct echo *echo, int poll)
{
	int socket;
	while ((socket = accept4(echo->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
		watch(poll, socket, echo_client_new(echo, socket));
}

static void read_client(struct echo_client *client, int poll, struct echo_list *asked)
{
	static char input[ECHO_INPUT_SIZE];
	ssize_t got = recv(client->socket, input, sizeof(input), 0);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		(void)epoll_ctl(poll, EPOLL_CTL_DEL, client->socket, NULL);
		echo_gone(client);
		return;
	}
	if (echo_parse(client, input, (size_t)got))
		echo_list_add(asked, client);
}

static void answer_all(struct echo *echo, struct echo_list *asked)
{
	eventfd_t count;
	(void)eventfd_read(echo->wake, &count);
	struct echo_client *client = echo_queue_take(&echo->back, false);
	while (client != NULL) {
		struct echo_client *next = client->next;
		echo_send(client, client->taken);
		client->answered += client->taken;
		if (echo_let_go(client))
			echo_list_add(asked, client);
		client = next;
	}
}

void net_epoll_run(struct echo *echo)
{
	struct epoll_event events[EVENTS];
	int poll = epoll_create1(EPOLL_CLOEXEC);
	if (poll < 0)
		machine_die("echo: epoll_create1");
	watch(poll, echo->listener, &echo->listener);
	watch(poll, echo->wake, &echo->wake);
	while (!atomic_load(&echo->is_stopping)) {
		struct echo_list asked = {NULL, NULL};
		int count = epoll_wait(poll, events, EVENTS, 200);
		bool has_answers = false;
		for (int i = 0; i < count; i++) {
			void *context = events[i].data.ptr;
			if (context == &echo->listener)
				accept_all(echo, poll);
			else if (context == &echo->wake)
				has_answers = true;
			else
				read_client(context, poll, &asked);
		}
		/* Requests first, so that the next sync begins; then answers of the last. */
		echo_queue_give(&echo->to_ledger, &asked);
		if (has_answers)
			answer_all(echo, &asked);
		echo_queue_give(&echo->to_ledger, &asked);
	}
	(void)close(poll);
}
