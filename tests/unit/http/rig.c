/* See rig.h. */
#include "tests/unit/http/rig.h"

#include "engine/base/text.h"
#include "engine/system/clock.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#define STREAM	    "/stream/"
#define BODY_MAX    70000u
#define SOCKET_SIZE 65536

struct rig rig;
static uint32_t chunks_left[RIG_SLOTS];
static unsigned char large_bodies[RIG_SLOTS][BODY_MAX];

static uint32_t slot_of(const struct exchange *exchange)
{
	return (uint32_t)(exchange - rig.network.exchanges.all);
}

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
	rig.heads++;
	exchange->body = large_bodies[slot_of(exchange)];
	exchange->body_capacity = BODY_MAX;
	exchange->overlaps = true;
	if (!slice_equals_text(exchange->head->target, "/head"))
		return;
	fill(exchange, "no");
	exchange->status = 401;
	exchange->ask_token = true;
	session_answer(exchange);
}

static void on_room(void *self, struct exchange *exchange)
{
	uint32_t *left = &chunks_left[slot_of(exchange)];

	(void)self;
	while (*left > 0) {
		if (!session_has_room(exchange))
			return;
		memset(exchange->answer.data, 'x', RIG_CHUNK);
		exchange->answer.used = RIG_CHUNK;
		(*left)--;
		session_stream_chunk(exchange);
	}
	session_stream_end(exchange, 42);
}

static void on_body(void *self, struct exchange *exchange)
{
	struct slice target = exchange->head->target;
	char text[256];

	rig.bodies++;
	if (slice_equals_text(target, "/wait")) {
		assert_true(rig.waiting_count < RIG_WAITERS);
		rig.waiting[rig.waiting_count++] = exchange;
		return;
	}
	if (target.size > strlen(STREAM) && memcmp(target.data, STREAM, strlen(STREAM)) == 0) {
		target = (struct slice){target.data + strlen(STREAM),
					target.size - (uint32_t)strlen(STREAM)};
		assert_true(text_parse_u32(target, 1000, &chunks_left[slot_of(exchange)]));
		exchange->status = 200;
		exchange->media_type = "text/plain";
		session_stream_begin(exchange);
		on_room(self, exchange);
		return;
	}
	(void)snprintf(text, sizeof(text), "%.*s:%u:%.*s", (int)target.size, target.data,
		       exchange->body_size, (int)(exchange->body_size < 100 ? exchange->body_size : 0),
		       (const char *)exchange->body);
	fill(exchange, text);
	session_answer(exchange);
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
	rig.released++;
}

static void on_completed(void *context, struct work *work)
{
	(void)context;
	(void)work;
	fail();
}

static void on_ticked(void *context, uint64_t now_ms)
{
	(void)context;
	(void)now_ms;
}

static void on_turned(void *context)
{
	(void)context;
}

static const struct session_handler handler = {
    .head = on_head,
    .body = on_body,
    .room = on_room,
    .refuse = on_refuse,
    .release = on_release,
};

int rig_open(void **state)
{
	const struct network_config config = {
	    .handler = &handler,
	    .timeouts = {1000, 1000, 1000, 1000, 100000},
	    .sessions_max = 4,
	    .slots_max = RIG_SLOTS,
	    .streams_max = RIG_STREAMS,
	    .completed = on_completed,
	    .ticked = on_ticked,
	    .turned = on_turned,
	    .draining = &rig.draining,
	};

	(void)state;
	memset(&rig, 0, sizeof(rig));
	return network_open(&rig.network, &config) == RESULT_OK ? 0 : -1;
}

int rig_close(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < rig.network.sessions_used; i++)
		if (rig.network.sessions[i].state != SESSION_FREE)
			session_abort(&rig.network.sessions[i]);
	network_close(&rig.network);
	return 0;
}

int rig_connect(struct tls *tls)
{
	const struct network_listener listener = {.tls = tls};
	const int size = SOCKET_SIZE;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	(void)setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	(void)setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	assert_true(network_adopt(&rig.network, pair[0], &listener, CALLER_NONE));
	return pair[1];
}

void rig_turn(void)
{
	for (int i = 0; i < 3; i++)
		network_turn(&rig.network, EVLOOP_NONBLOCK);
}

void rig_answer(uint32_t index, const char *text)
{
	assert_true(index < rig.waiting_count && rig.waiting[index] != NULL);
	fill(rig.waiting[index], text);
	session_answer(rig.waiting[index]);
	rig.waiting[index] = NULL;
}

void rig_tick_later(uint64_t ms)
{
	for (uint32_t i = 0; i < rig.network.sessions_used; i++)
		if (rig.network.sessions[i].state != SESSION_FREE)
			session_tick(&rig.network.sessions[i], clock_monotonic_ms() + ms);
	rig_turn();
}
