/* The connection's real code fed with any bytes: parser, session, answers, timers, over a pair of
 * bufferevents, with a handler that answers at once, later, or in a stream, as the request says.
 *
 * What must hold whatever comes: no crash, no report of a sanitizer, every exchange released, no
 * more answers than requests, and every answer begins with a status line. The first byte of the input
 * says how the bytes are cut. */
#include "engine/http/network.h"

#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

#define FUZZ_SLOTS     2u
#define FUZZ_TURNS_MAX 400
#define FUZZ_BODY_MAX  256u

struct fuzz {
	struct network network;
	struct exchange *later; /* answered at the end of the turn */
	uint32_t taken;		/* exchanges that came */
	uint32_t released;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct fuzz fuzz;
static const atomic_bool fuzz_draining;

static void fuzz_fill(struct exchange *exchange)
{
	exchange->status = 200;
	exchange->media_type = "text/plain";
	memcpy(exchange->answer.data, "done", 4);
	exchange->answer.used = 4;
}

static void fuzz_head(void *self, struct exchange *exchange)
{
	struct fuzz *state = self;

	state->taken++;
	exchange->body_capacity = FUZZ_BODY_MAX;
	if (slice_equals_text(exchange->head->method, "DELETE")) {
		fuzz_fill(exchange);
		session_answer(exchange);
	}
}

static void fuzz_body(void *self, struct exchange *exchange)
{
	struct fuzz *state = self;

	ASSERT(exchange->body_size <= FUZZ_BODY_MAX);
	if (slice_equals_text(exchange->head->target, "/later") && state->later == NULL) {
		state->later = exchange;
		return;
	}
	fuzz_fill(exchange);
	if (!slice_equals_text(exchange->head->target, "/stream")) {
		session_answer(exchange);
		return;
	}
	exchange->answer.used = 0;
	session_stream_begin(exchange);
	for (uint32_t i = 0; i < 3; i++) {
		memset(exchange->answer.data, 'x', 100);
		exchange->answer.used = 100;
		session_stream_chunk(exchange);
	}
	session_stream_end(exchange, 7);
}

static void fuzz_room(void *self, struct exchange *exchange)
{
	(void)self;
	(void)exchange;
}

static void fuzz_refuse(void *self, struct exchange *exchange, enum result result)
{
	struct fuzz *state = self;

	state->taken++;
	fuzz_fill(exchange);
	exchange->status = result_info(result)->status;
}

static void fuzz_release(void *self, struct exchange *exchange)
{
	struct fuzz *state = self;

	(void)exchange;
	state->released++;
}

static void fuzz_completed(void *context, struct work *work)
{
	(void)context;
	(void)work;
	ASSERT(false);
}

static void fuzz_ticked(void *context, uint64_t now_ms)
{
	(void)context;
	(void)now_ms;
}

static void fuzz_turned(void *context)
{
	(void)context;
}

static const struct session_handler fuzz_handler = {
    .self = &fuzz,
    .head = fuzz_head,
    .body = fuzz_body,
    .room = fuzz_room,
    .refuse = fuzz_refuse,
    .release = fuzz_release,
};

static void fuzz_open(void)
{
	const struct network_config config = {
	    .handler = &fuzz_handler,
	    .timeouts = {5000, 5000, 5000, 5000, 100000},
	    .sessions_max = 4,
	    .slots_max = FUZZ_SLOTS,
	    .completed = fuzz_completed,
	    .ticked = fuzz_ticked,
	    .turned = fuzz_turned,
	    .draining = &fuzz_draining,
	};

	if (network_open(&fuzz.network, &config) != RESULT_OK)
		abort();
}

static void fuzz_turn(void)
{
	struct exchange *later = fuzz.later;

	(void)event_base_loop(fuzz.network.base, EVLOOP_NONBLOCK);
	if (later == NULL)
		return;
	fuzz.later = NULL;
	fuzz_fill(later);
	session_answer(later);
	(void)event_base_loop(fuzz.network.base, EVLOOP_NONBLOCK);
}

/* Everything that came back must be answers. */
static void fuzz_look(struct bufferevent *client)
{
	struct evbuffer *input = bufferevent_get_input(client);
	size_t size = evbuffer_get_length(input);
	char start[8] = {0};

	if (size < sizeof(start))
		return;
	(void)evbuffer_copyout(input, start, sizeof(start));
	ASSERT(memcmp(start, "HTTP/1.1", sizeof(start)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bufferevent *pair[2];
	size_t step;

	if (size < 2)
		return 0;
	if (fuzz.network.base == NULL)
		fuzz_open();
	step = (size_t)data[0] % 64 + 1;
	if (step == 64)
		step = size;
	data++;
	size--;
	if (bufferevent_pair_new(fuzz.network.base, 0, pair) != 0)
		abort();
	(void)bufferevent_enable(pair[1], EV_READ | EV_WRITE);
	if (!network_adopt(&fuzz.network, pair[0], -1, false))
		abort();
	for (size_t at = 0; at < size && at / step < FUZZ_TURNS_MAX; at += step) {
		size_t piece = size - at < step ? size - at : step;

		(void)bufferevent_write(pair[1], data + at, piece);
		fuzz_turn();
	}
	fuzz_turn();
	fuzz_look(pair[1]);
	bufferevent_free(pair[1]);
	fuzz_turn();
	for (uint32_t i = 0; i < fuzz.network.sessions_used; i++)
		if (fuzz.network.sessions[i].state != SESSION_FREE)
			session_abort(&fuzz.network.sessions[i]);
	fuzz_turn();
	ASSERT(fuzz.taken >= fuzz.released);
	ASSERT(fuzz.network.exchanges.in_use == 0);
	ASSERT(fuzz.network.sessions_open == 0);
	return 0;
}
