/* See session.h: what both protocols share. */
#include "engine/http/session.h"

#include "engine/base/text.h"
#include "engine/http/http1.h"
#include "engine/http/http2.h"
#include "engine/http/network.h"
#include "engine/system/clock.h"

#include <event2/buffer.h>
#include <string.h>

#define SESSION_LINGER_MS 1000u
#define SESSION_MIB	  (1024u * 1024u)
#define US_PER_NS	  1000u

/* ---- Small things ---- */

bool session_is_gone(const struct session *session)
{
	return !wire_is_open(&session->wire);
}

uint64_t session_deadline(uint64_t ms)
{
	return clock_tick_ms() + ms;
}

uint64_t session_body_ms(const struct session *session, uint64_t size)
{
	uint64_t body_ms = session->network->config.timeouts.body_ms;

	return body_ms + size / SESSION_MIB * body_ms;
}

uint64_t session_write_ms(const struct session *session, uint64_t size)
{
	uint64_t write_ms = session->network->config.timeouts.write_ms;

	return write_ms + size / SESSION_MIB * write_ms;
}

void session_watch_output(struct session *session)
{
	size_t waiting = wire_waiting(&session->wire);

	session->write_deadline_ms =
	    waiting == 0 ? 0 : session_deadline(session_write_ms(session, waiting));
}

void session_write(struct session *session, const char *bytes, size_t size)
{
	if (session_is_gone(session) || size == 0)
		return;
	network_count(&session->network->figures.bytes_out, size);
	wire_write(&session->wire, bytes, size);
}

/* ---- Requests in hand ---- */

struct exchange *session_take_exchange(struct session *session)
{
	struct network *network = session->network;
	struct exchange *exchange = exchange_take(&network->exchanges);

	if (exchange == NULL) {
		network_count(&network->figures.slots_exhausted, 1);
		return NULL;
	}
	network->figures.slots_in_use = network->exchanges.in_use;
	exchange->session = session;
	exchange->is_secure = session->wire.ssl != NULL;
	exchange->began_ns = clock_monotonic_ns();
	exchange->previous = session->last;
	if (session->last != NULL)
		session->last->next = exchange;
	else
		session->first = exchange;
	session->last = exchange;
	session->in_hand++;
	return exchange;
}

void session_name_exchange(struct exchange *exchange)
{
	struct slice given = exchange->head->headers[PARSER_REQUEST_ID];

	if (given.data != NULL && given.size <= EXCHANGE_ID_SIZE_MAX && text_is_token(given)) {
		memcpy(exchange->id, given.data, given.size);
		exchange->id_size = given.size;
	} else {
		exchange->id_size = network_draw_id(exchange->session->network, exchange->id);
	}
}

void session_give_exchange(struct exchange *exchange)
{
	struct session *session = exchange->session;
	struct network *network = session->network;

	ASSERT(session->in_hand > 0 && !exchange->is_pending);
	if (exchange->previous != NULL)
		exchange->previous->next = exchange->next;
	else
		session->first = exchange->next;
	if (exchange->next != NULL)
		exchange->next->previous = exchange->previous;
	else
		session->last = exchange->previous;
	session->in_hand--;
	if (session->reading == exchange)
		session->reading = NULL;
	network->config.handler->release(network->config.handler->self, exchange);
	exchange_give(&network->exchanges, exchange);
	network->figures.slots_in_use = network->exchanges.in_use;
}

void session_refuse_exchange(struct exchange *exchange, enum result result)
{
	const struct session_handler *handler = exchange->session->network->config.handler;

	handler->refuse(handler->self, exchange, result);
	session_answer(exchange);
}

void session_ask_handler(struct exchange *exchange)
{
	const struct session_handler *handler = exchange->session->network->config.handler;

	ASSERT(!exchange->is_answered && !exchange->is_pending);
	exchange->is_pending = true;
	exchange->deadline_ms = 0;
	handler->body(handler->self, exchange);
}

bool session_expects_continue(const struct parser_head *head)
{
	struct slice expect = head->headers[PARSER_EXPECT];

	return expect.data != NULL && !head->is_http_1_0 &&
	       (head->chunked || head->content_length > 0) &&
	       text_equals_ignoring_case(expect, slice_from_text("100-continue"));
}

/* ---- Ends ---- */

void session_settle(struct session *session)
{
	ASSERT(!session->is_busy);
	if (session->state != SESSION_FREE && session_is_gone(session) && session->in_hand == 0)
		network_free_session(session->network, session);
}

/* Gives back what the handler has not, and lets streams that wait for room end. */
static void session_let_go(struct session *session)
{
	const struct session_handler *handler = session->network->config.handler;
	struct exchange *exchange = session->first;

	while (exchange != NULL) {
		struct exchange *next = exchange->next;

		exchange->is_gone = true;
		if (!exchange->is_pending)
			session_give_exchange(exchange);
		else if (exchange->is_streaming)
			handler->room(handler->self, exchange);
		exchange = next;
	}
}

void session_abort(struct session *session)
{
	bool was_busy = session->is_busy;

	ASSERT(session->state != SESSION_FREE);
	if (session_is_gone(session))
		return;
	wire_close(&session->wire);
	session->deadline_ms = 0;
	session->write_deadline_ms = 0;
	session->owes_continue = false;
	if (session->rest != NULL)
		evbuffer_free(session->rest);
	session->rest = NULL;
	session->is_busy = true;
	session_let_go(session);
	session->is_busy = was_busy;
	if (!was_busy)
		session_settle(session);
}

void session_end(struct session *session)
{
	if (!session->must_linger || session->has_eof) {
		session_abort(session);
		return;
	}
	session->state = SESSION_LINGER;
	session->deadline_ms = session_deadline(SESSION_LINGER_MS);
	wire_shut(&session->wire);
	wire_watch(&session->wire, true);
}

/* ---- Answers ---- */

static void session_count_answer(const struct exchange *exchange)
{
	struct network_figures *figures = &exchange->session->network->figures;
	uint64_t us = (clock_monotonic_ns() - exchange->began_ns) / US_PER_NS;
	uint32_t bits = us == 0 ? 0 : 64u - (uint32_t)__builtin_clzll(us);
	uint32_t bucket = bits < NETWORK_LATENCY_BUCKETS ? bits : NETWORK_LATENCY_BUCKETS - 1;

	network_count(&figures->latency[bucket], 1);
	network_count(&figures->latency_sum_us, us);
	network_count(&figures->answers[exchange->status / 100 % NETWORK_STATUS_CLASSES], 1);
}

/* Nobody waits for it any more. */
static void session_drop(struct exchange *exchange)
{
	struct session *session = exchange->session;

	session_give_exchange(exchange);
	if (!session->is_busy)
		session_settle(session);
}

/* The last word of an exchange. */
static void session_finish(struct exchange *exchange)
{
	struct session *session = exchange->session;

	session_count_answer(exchange);
	exchange->is_answered = true;
	exchange->is_pending = false;
	if (exchange->is_gone || session_is_gone(session))
		session_drop(exchange);
	else if (session->http2 != NULL)
		http2_answer(exchange);
	else
		http1_answer(exchange);
}

void session_answer(struct exchange *exchange)
{
	ASSERT(!exchange->is_answered && !exchange->is_streaming);
	session_finish(exchange);
}

void session_stream_begin(struct exchange *exchange)
{
	struct session *session = exchange->session;

	ASSERT(!exchange->is_answered && !exchange->is_streaming && exchange->is_pending);
	ASSERT(exchange->answer.used == 0);
	exchange->is_streaming = true;
	if (exchange->is_gone || session_is_gone(session))
		return;
	if (session->http2 != NULL)
		http2_stream_begin(exchange);
	else
		http1_stream_begin(exchange);
}

void session_stream_chunk(struct exchange *exchange)
{
	struct session *session = exchange->session;

	ASSERT(exchange->is_streaming && !exchange->answer.overflow);
	if (exchange->is_gone || session_is_gone(session))
		exchange_answer_reset(exchange);
	else if (session->http2 != NULL)
		http2_stream_chunk(exchange);
	else
		http1_stream_chunk(exchange);
}

void session_stream_end(struct exchange *exchange, uint64_t ledger_sequence)
{
	ASSERT(exchange->is_streaming && !exchange->is_answered);
	exchange->last_sequence = ledger_sequence;
	session_finish(exchange);
}

bool session_has_room(const struct exchange *exchange)
{
	const struct session *session = exchange->session;

	if (exchange->is_gone || session_is_gone(session))
		return true;
	if (session->http2 != NULL)
		return exchange->answer.used == 0;
	return wire_waiting(&session->wire) < HTTP_OUTPUT_SIZE_MAX;
}

/* ---- The wire's callbacks ---- */

static void session_take_bytes(struct session *session, struct slice bytes)
{
	if (session->state == SESSION_LINGER)
		return;
	if (session->is_fresh && session->http2 == NULL && session->wire.ssl != NULL) {
		session->is_fresh = false;
		if (wire_is_http2(&session->wire) && !http2_start(session)) {
			session_abort(session);
			return;
		}
	}
	if (session->http2 != NULL)
		http2_take(session, bytes);
	else
		http1_take(session, bytes);
}

static void session_on_readable(void *context)
{
	struct session *session = context;
	struct slice bytes;

	switch (wire_read(&session->wire, &bytes)) {
	case WIRE_NOTHING:
		return;
	case WIRE_BYTES:
		session_take_bytes(session, bytes);
		return;
	case WIRE_END:
		session->has_eof = true;
		wire_watch(&session->wire, false);
		if (session->state == SESSION_LINGER)
			session_abort(session);
		else if (session->http2 != NULL)
			http2_end(session);
		else
			http1_take(session, (struct slice){NULL, 0});
		return;
	case WIRE_BROKEN:
		session_abort(session);
		return;
	}
	ASSERT(false);
}

static void session_on_flushed(void *context)
{
	struct session *session = context;

	session->write_deadline_ms = 0;
	if (session->state == SESSION_LINGER)
		return;
	if (session->http2 != NULL)
		http2_flush(session);
	else
		http1_flushed(session);
}

/* ---- Life ---- */

void session_start(struct session *session, bool is_admin)
{
	ASSERT(session->state == SESSION_FREE && session->first == NULL);
	session->wire.on_readable = session_on_readable;
	session->wire.on_flushed = session_on_flushed;
	session->wire.context = session;
	session->is_admin = is_admin;
	session->is_busy = false;
	session->is_fresh = true;
	session->has_eof = false;
	session->close_after = false;
	session->must_linger = false;
	session->owes_continue = false;
	session->reading = NULL;
	session->rest = NULL;
	session->http2 = NULL;
	session->token_size = 0;
	session->peer = (struct session_peer){.is_looked_at = false};
	session->born_ms = clock_tick_ms();
	session->state = SESSION_IDLE;
	/* A client that connects and says nothing is not idle, it is late; the handshake counts. */
	session->deadline_ms = session->born_ms + session->network->config.timeouts.header_ms;
	session->write_deadline_ms = 0;
	parser_init(&session->parser);
}

void session_tick(struct session *session, uint64_t now_ms)
{
	bool is_late = session->deadline_ms != 0 && now_ms >= session->deadline_ms;

	if (session_is_gone(session))
		return;
	if (session->write_deadline_ms != 0 && now_ms >= session->write_deadline_ms) {
		network_count(&session->network->figures.timeouts, 1);
		session_abort(session);
	} else if (session->state == SESSION_LINGER) {
		if (is_late)
			session_abort(session);
	} else if (session->http2 != NULL) {
		http2_tick(session, now_ms);
	} else {
		http1_tick(session, now_ms);
	}
}

void session_write_dirty(struct session *session)
{
	session->is_dirty = false;
	if (session->state == SESSION_FREE || session_is_gone(session) ||
	    session->state == SESSION_LINGER)
		return;
	if (session->http2 != NULL)
		http2_flush(session);
	else
		http1_flushed(session);
}

void session_drain(struct session *session)
{
	session->close_after = true;
	if (session_is_gone(session) || session->state == SESSION_LINGER)
		return;
	if (session->http2 != NULL)
		http2_drain(session);
	else
		http1_drain(session);
}
