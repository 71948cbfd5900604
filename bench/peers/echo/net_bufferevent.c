/* The network thread on libevent's bufferevents: see echo.h. */
#include "bench/peers/echo/echo.h"

#include "bench/support/machine.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <sys/eventfd.h>

struct net {
	struct echo *echo;
	struct event_base *base;
	struct echo_list asked; /* in this turn of the loop */
};

static struct net net;

static void on_read(struct bufferevent *bufferevent, void *context)
{
	struct echo_client *client = context;
	struct evbuffer *input = bufferevent_get_input(bufferevent);
	struct evbuffer_iovec piece;
	bool is_held = false;
	while (evbuffer_peek(input, -1, NULL, &piece, 1) > 0 && piece.iov_len > 0) {
		is_held |= echo_parse(client, piece.iov_base, piece.iov_len);
		(void)evbuffer_drain(input, piece.iov_len);
	}
	if (is_held)
		echo_list_add(&net.asked, client);
}

static void on_event(struct bufferevent *bufferevent, short what, void *context)
{
	struct echo_client *client = context;
	(void)what;
	(void)bufferevent_disable(bufferevent, EV_READ);
	echo_gone(client);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t socket,
		      struct sockaddr *address, int size, void *context)
{
	(void)listener;
	(void)address;
	(void)size;
	(void)context;
	struct echo_client *client = echo_client_new(net.echo, socket);
	client->bufferevent = bufferevent_socket_new(net.base, socket, BEV_OPT_CLOSE_ON_FREE);
	if (client->bufferevent == NULL)
		machine_die("echo: bufferevent");
	bufferevent_setcb(client->bufferevent, on_read, NULL, on_event, client);
	if (bufferevent_enable(client->bufferevent, EV_READ) != 0)
		machine_die("echo: bufferevent");
}

static void answer(struct echo_client *client)
{
	struct echo *echo = client->echo;
	for (uint64_t left = client->taken; left > 0;) {
		uint64_t some = left < ECHO_ANSWERS ? left : ECHO_ANSWERS;
		(void)bufferevent_write(client->bufferevent, echo->answers,
					some * echo->answer_size);
		left -= some;
	}
	client->answered += client->taken;
}

static void on_wake(evutil_socket_t descriptor, short what, void *context)
{
	eventfd_t count;
	(void)descriptor;
	(void)what;
	(void)context;
	(void)eventfd_read(net.echo->wake, &count);
	struct echo_client *client = echo_queue_take(&net.echo->back, false);
	while (client != NULL) {
		struct echo_client *next = client->next;
		answer(client);
		if (echo_let_go(client))
			echo_list_add(&net.asked, client);
		client = next;
	}
}

static void on_tick(evutil_socket_t descriptor, short what, void *context)
{
	(void)descriptor;
	(void)what;
	(void)context;
}

void net_bufferevent_run(struct echo *echo)
{
	const struct timeval tick = {0, 200000};
	struct event_config *config = event_config_new();
	net.echo = echo;
	if (config == NULL ||
	    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK |
					      EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST) != 0 ||
	    (net.base = event_base_new_with_config(config)) == NULL)
		machine_die("echo: event_base");
	event_config_free(config);
	struct evconnlistener *listener =
	    evconnlistener_new(net.base, on_accept, NULL, 0, 0, echo->listener);
	struct event *wake =
	    event_new(net.base, echo->wake, EV_READ | EV_PERSIST, on_wake, NULL);
	struct event *ticks = event_new(net.base, -1, EV_PERSIST, on_tick, NULL);
	if (listener == NULL || wake == NULL || ticks == NULL || event_add(wake, NULL) != 0 ||
	    event_add(ticks, &tick) != 0)
		machine_die("echo: events");
	while (!atomic_load(&echo->is_stopping)) {
		(void)event_base_loop(net.base, EVLOOP_ONCE);
		echo_queue_give(&echo->to_ledger, &net.asked);
	}
}
