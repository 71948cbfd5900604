/* Connections over pairs of sockets: order, pipelining, late answers, clients that vanish, full
 * pools, streams that wait, deadlines, drain. HTTP/2 and TLS have tests of their own. */
#include "engine/http/network.h"
#include "engine/system/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define SLOTS	  2u
#define SEND_SIZE 65536

struct world {
	struct network network;
	int client;
	struct exchange *waiting; /* the last that was asked to wait */
	struct exchange *held[8]; /* all of them, in order */
	uint32_t held_count;
	uint32_t heads;
	uint32_t bodies;
	uint32_t rooms;
	uint32_t released;
	bool ends_in_room; /* a stream ends when it may write again */
};

static struct world world;
static atomic_bool draining;
static char seen[1 << 20];

static void fill(struct exchange *exchange, const char *text)
{
	exchange->status = 200;
	exchange->media_type = "text/plain";
	memcpy(exchange->answer.data, text, strlen(text));
	exchange->answer.used = (uint32_t)strlen(text);
}

static void on_head(void *self, struct exchange *exchange)
{
	(void)self;
	world.heads++;
	exchange->body_capacity = 16;
	exchange->overlaps = slice_equals_text(exchange->head->target, "/over");
}

static void on_body(void *self, struct exchange *exchange)
{
	char text[64];

	(void)self;
	world.bodies++;
	if (slice_equals_text(exchange->head->target, "/wait") ||
	    slice_equals_text(exchange->head->target, "/over")) {
		world.waiting = exchange;
		world.held[world.held_count++ % 8] = exchange;
		return;
	}
	if (slice_equals_text(exchange->head->target, "/stream")) {
		exchange->status = 200;
		exchange->media_type = "text/plain";
		session_stream_begin(exchange);
		while (session_has_room(exchange)) {
			memset(exchange->answer.data, 'x', 60000);
			exchange->answer.used = 60000;
			session_stream_chunk(exchange);
		}
		world.waiting = exchange;
		return;
	}
	(void)snprintf(text, sizeof(text), "%.*s:%.*s", (int)exchange->head->target.size,
		       exchange->head->target.data, (int)exchange->body_size,
		       (const char *)exchange->body);
	fill(exchange, text);
	session_answer(exchange);
}

static void on_room(void *self, struct exchange *exchange)
{
	(void)self;
	world.rooms++;
	if (!world.ends_in_room)
		return;
	world.waiting = NULL;
	session_stream_end(exchange, 42);
}

static void on_refuse(void *self, struct exchange *exchange, enum result result)
{
	(void)self;
	fill(exchange, "refused");
	exchange->status = result_info(result)->status;
}

static void on_release(void *self, struct exchange *exchange)
{
	(void)self;
	(void)exchange;
	world.released++;
}

static const struct session_handler handler = {
    .head = on_head,
    .body = on_body,
    .room = on_room,
    .refuse = on_refuse,
    .release = on_release,
};

static void nothing_completed(void *context, struct work *work)
{
	(void)context;
	(void)work;
	fail();
}

static void nothing_ticked(void *context, uint64_t now_ms)
{
	(void)context;
	(void)now_ms;
}

static void nothing_turned(void *context)
{
	(void)context;
}

static int connect_one(void)
{
	const struct network_listener listener = {.tls = NULL};
	const int size = SEND_SIZE;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	(void)setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	assert_true(network_adopt(&world.network, pair[0], &listener, CALLER_NONE));
	return pair[1];
}

static void disconnect(int client)
{
	if (client >= 0)
		(void)close(client);
}

static int open_world(void **state)
{
	const struct network_config config = {
	    .handler = &handler,
	    .timeouts = {1000, 1000, 1000, 1000, 100000},
	    .sessions_max = 4,
	    .slots_max = SLOTS,
	    .streams_max = 8,
	    .completed = nothing_completed,
	    .ticked = nothing_ticked,
	    .turned = nothing_turned,
	    .draining = &draining,
	};

	(void)state;
	memset(&world, 0, sizeof(world));
	atomic_store(&draining, false);
	if (network_open(&world.network, &config) != RESULT_OK)
		return -1;
	world.client = connect_one();
	return 0;
}

static int close_world(void **state)
{
	(void)state;
	disconnect(world.client);
	for (uint32_t i = 0; i < world.network.sessions_used; i++)
		if (world.network.sessions[i].state != SESSION_FREE)
			session_abort(&world.network.sessions[i]);
	network_close(&world.network);
	return 0;
}

static void turn(void)
{
	for (int i = 0; i < 5; i++)
		network_turn(&world.network, EVLOOP_NONBLOCK);
}

static void send_text(int client, const char *text)
{
	assert_int_equal(write(client, text, strlen(text)), strlen(text));
	turn();
}

/* Everything that has come to a client, taken. */
static const char *take(int client)
{
	size_t size = 0;
	ssize_t more;

	while ((more = read(client, seen + size, sizeof(seen) - 1 - size)) > 0)
		size += (size_t)more;
	seen[size] = '\0';
	return seen;
}

/* Has our side been closed? */
static bool is_closed(int client)
{
	char byte;

	return recv(client, &byte, 1, MSG_PEEK) == 0;
}

#define GET(target) "GET " target " HTTP/1.1\r\nHost: a\r\n\r\n"

static void requests_are_answered_in_order(void **state)
{
	const char *text;

	(void)state;
	send_text(world.client, GET("/1") GET("/wait") GET("/3"));
	text = take(world.client);
	assert_non_null(strstr(text, "/1:"));
	assert_null(strstr(text, "/3:"));
	assert_int_equal(world.bodies, 2);
	fill(world.waiting, "late");
	session_answer(world.waiting);
	turn();
	text = take(world.client);
	assert_non_null(strstr(text, "late"));
	assert_true(strstr(text, "late") < strstr(text, "/3:"));
	assert_int_equal(world.released, 3);
	send_text(world.client, "POST /4 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
	assert_non_null(strstr(take(world.client), "/4:hello"));
}

/* What overlaps is handed over at once; whatever the order of the answers, they leave in that of the
 * requests. */
static void pipelined_requests_overlap(void **state)
{
	const char *text;

	(void)state;
	send_text(world.client, GET("/over") GET("/over"));
	assert_int_equal(world.bodies, 2);
	assert_ptr_not_equal(world.held[0], world.held[1]);
	assert_null(world.held[0]->head); /* the second stands in its place */
	fill(world.held[1], "second");
	session_answer(world.held[1]);
	turn();
	assert_string_equal(take(world.client), "");
	fill(world.held[0], "first");
	session_answer(world.held[0]);
	turn();
	text = take(world.client);
	assert_non_null(strstr(text, "first"));
	assert_true(strstr(text, "first") < strstr(text, "second"));
	assert_int_equal(world.network.exchanges.in_use, 0);
}

/* What does not overlap waits for those before it, and those after it wait for it. */
static void order_is_kept_around_what_does_not_overlap(void **state)
{
	(void)state;
	send_text(world.client, GET("/over") GET("/wait") GET("/over"));
	assert_int_equal(world.heads, 2);
	assert_int_equal(world.bodies, 1);
	fill(world.held[0], "first");
	session_answer(world.held[0]);
	turn();
	assert_int_equal(world.heads, 2);
	assert_int_equal(world.bodies, 2);
	fill(world.held[1], "second");
	session_answer(world.held[1]);
	turn();
	assert_int_equal(world.bodies, 3);
	fill(world.held[2], "third");
	session_answer(world.held[2]);
	turn();
	assert_non_null(strstr(take(world.client), "third"));
}

/* A connection with requests in hand waits for a slot of its own, where a first one is refused. */
static void pipelined_requests_wait_for_slots(void **state)
{
	(void)state;
	send_text(world.client, GET("/over") GET("/over") GET("/over") GET("/x"));
	assert_int_equal(world.bodies, SLOTS);
	fill(world.held[0], "0");
	session_answer(world.held[0]);
	turn();
	assert_int_equal(world.bodies, SLOTS + 1);
	fill(world.held[1], "1");
	session_answer(world.held[1]);
	fill(world.held[2], "2");
	session_answer(world.held[2]);
	turn();
	(void)take(world.client);
	assert_non_null(strstr(seen, "/x:"));
	assert_null(strstr(seen, "503"));
}

/* A bad request behind good ones is refused in its turn, and ends the connection. */
static void a_refusal_waits_for_its_turn(void **state)
{
	const char *text;

	(void)state;
	send_text(world.client, GET("/over") "BAD\r\n\r\n" GET("/never"));
	assert_string_equal(take(world.client), "");
	fill(world.held[0], "good");
	session_answer(world.held[0]);
	turn();
	text = take(world.client);
	assert_non_null(strstr(text, "good"));
	assert_true(strstr(text, "good") < strstr(text, "refused"));
	assert_null(strstr(text, "/never"));
	assert_true(is_closed(world.client));
}

/* Half-closed behind a request that is complete and one that is not. */
static void a_half_closed_client_gets_its_answers(void **state)
{
	(void)state;
	send_text(world.client, GET("/over") "GET /cut");
	(void)shutdown(world.client, SHUT_WR);
	turn();
	assert_int_equal(world.network.sessions_open, 1);
	fill(world.held[0], "whole");
	session_answer(world.held[0]);
	turn();
	assert_non_null(strstr(take(world.client), "whole"));
	assert_null(strstr(seen, "cut"));
	assert_true(is_closed(world.client));
	assert_int_equal(world.network.sessions_open, 0);
}

static void vanished_pipelines_are_outlived(void **state)
{
	(void)state;
	send_text(world.client, GET("/over") GET("/over"));
	session_abort(world.held[0]->session);
	assert_int_equal(world.network.exchanges.in_use, 2);
	fill(world.held[1], "to nobody");
	session_answer(world.held[1]);
	assert_int_equal(world.network.sessions_open, 1);
	fill(world.held[0], "to nobody");
	session_answer(world.held[0]);
	assert_int_equal(world.network.sessions_open, 0);
	assert_int_equal(world.network.exchanges.in_use, 0);
}

static void a_vanished_client_is_outlived(void **state)
{
	(void)state;
	send_text(world.client, GET("/wait"));
	assert_non_null(world.waiting);
	session_abort(world.waiting->session);
	assert_true(session_is_gone(world.waiting->session));
	assert_int_equal(world.network.sessions_open, 1);
	fill(world.waiting, "to nobody");
	session_answer(world.waiting);
	assert_int_equal(world.network.sessions_open, 0);
	assert_int_equal(world.network.exchanges.in_use, 0);
}

static void a_stream_does_not_wait_for_nobody(void **state)
{
	(void)state;
	world.ends_in_room = true;
	send_text(world.client, GET("/stream"));
	assert_non_null(world.waiting);
	assert_int_equal(world.rooms, 0);
	session_abort(world.waiting->session);
	assert_int_equal(world.rooms, 1);
	assert_int_equal(world.network.sessions_open, 0);
	assert_int_equal(world.network.exchanges.in_use, 0);
}

static void a_stream_goes_on_when_there_is_room(void **state)
{
	size_t size = 0;

	(void)state;
	world.ends_in_room = true;
	send_text(world.client, GET("/stream"));
	for (int i = 0; i < 1000; i++) {
		(void)take(world.client);
		if (seen[0] == '\0')
			break;
		size += strlen(seen);
		turn();
	}
	assert_true(size >= HTTP_OUTPUT_SIZE_MAX);
	assert_int_equal(world.rooms, 1);
	assert_int_equal(world.network.exchanges.in_use, 0);
	send_text(world.client, GET("/after"));
	assert_non_null(strstr(take(world.client), "/after:"));
}

static void a_full_pool_is_an_answer(void **state)
{
	int others[SLOTS];
	uint32_t held = 0;

	(void)state;
	for (; held < SLOTS; held++) {
		others[held] = connect_one();
		send_text(others[held], GET("/wait"));
	}
	send_text(world.client, GET("/x"));
	assert_memory_equal(take(world.client), "HTTP/1.1 503", 12);
	assert_non_null(strstr(seen, "Retry-After: 1"));
	for (uint32_t i = 0; i < world.network.sessions_used; i++) {
		struct session *session = &world.network.sessions[i];

		if (session->first == NULL)
			continue;
		fill(session->first, "done");
		session_answer(session->first);
	}
	turn();
	for (uint32_t i = 0; i < held; i++) {
		assert_non_null(strstr(take(others[i]), "done"));
		disconnect(others[i]);
	}
}

static void deadlines_are_absolute(void **state)
{
	struct session *session = &world.network.sessions[0];
	uint64_t deadline;

	(void)state;
	send_text(world.client, "GET /");
	assert_int_equal(session->state, SESSION_HEAD);
	deadline = session->deadline_ms;
	send_text(world.client, "x");
	assert_true(session->deadline_ms == deadline);
	session_tick(session, deadline - 1);
	assert_int_equal(session->state, SESSION_HEAD);
	session_tick(session, deadline);
	turn();
	assert_memory_equal(take(world.client), "HTTP/1.1 408", 12);
	assert_non_null(strstr(seen, "Connection: close"));
}

static void a_drain_ends_idle_and_finishes_busy_ones(void **state)
{
	int idle = connect_one();

	(void)state;
	send_text(world.client, GET("/wait") GET("/never"));
	atomic_store(&draining, true);
	for (uint32_t i = 0; i < world.network.sessions_used; i++)
		session_drain(&world.network.sessions[i]);
	assert_int_equal(world.network.sessions_open, 1);
	fill(world.waiting, "last");
	session_answer(world.waiting);
	turn();
	assert_non_null(strstr(take(world.client), "Connection: close"));
	assert_non_null(strstr(seen, "last"));
	assert_null(strstr(seen, "/never"));
	assert_true(is_closed(world.client));
	assert_int_equal(world.network.sessions_open, 0);
	disconnect(idle);
}

int main(void)
{
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(requests_are_answered_in_order),
	    WORLD_TEST(pipelined_requests_overlap),
	    WORLD_TEST(order_is_kept_around_what_does_not_overlap),
	    WORLD_TEST(pipelined_requests_wait_for_slots),
	    WORLD_TEST(a_refusal_waits_for_its_turn),
	    WORLD_TEST(a_half_closed_client_gets_its_answers),
	    WORLD_TEST(vanished_pipelines_are_outlived),
	    WORLD_TEST(a_vanished_client_is_outlived),
	    WORLD_TEST(a_stream_does_not_wait_for_nobody),
	    WORLD_TEST(a_stream_goes_on_when_there_is_room),
	    WORLD_TEST(a_full_pool_is_an_answer),
	    WORLD_TEST(deadlines_are_absolute),
	    WORLD_TEST(a_drain_ends_idle_and_finishes_busy_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
