/* See http1.h. http1_run is the only one that reads and the only one that writes answers: it parses
 * as far as it may, hands over, writes every answer whose turn has come, and goes on while that
 * made room. Whatever happens outside of it only changes what it will find. */
#include "engine/http/http1.h"

#include "engine/base/text.h"
#include "engine/http/answer.h"
#include "engine/http/http2.h"
#include "engine/http/network.h"
#include "engine/system/clock.h"

#include <event2/buffer.h>
#include <string.h>

#define HTTP1_CHUNK_HEAD_SIZE 10u /* eight digits, CR LF */

/* ---- May it read? ---- */

/* The next request waits: for the present one, for room, or for a slot of our own. */
static bool http1_must_wait(const struct session *session)
{
	if (wire_waiting(&session->wire) > 0)
		return true;
	if (session->in_hand == 0)
		return false;
	return !session->last->overlaps || session->in_hand >= HTTP_PIPELINE_MAX ||
	       session->network->exchanges.free == NULL;
}

static bool http1_is_reading(const struct session *session)
{
	if (session_is_gone(session) || session->http2 != NULL)
		return false;
	if (session->state == SESSION_IDLE)
		return !http1_must_wait(session);
	return session->state == SESSION_HEAD || session->state == SESSION_BODY;
}

/* ---- Reading ---- */

/* Between two requests: on to the next, or none will come. */
static void http1_next(struct session *session)
{
	session->reading = NULL;
	session->deadline_ms = 0;
	session->state = session->close_after ? SESSION_CLOSING : SESSION_IDLE;
}

/* A request that cannot be read, or came too late: one answer, after those before it, then the
 * end. */
static void http1_refuse(struct session *session, enum result result)
{
	struct exchange *exchange = session->reading;

	session->close_after = true;
	session->must_linger = true;
	session->state = SESSION_CLOSING;
	session->deadline_ms = 0;
	session->reading = NULL;
	if (exchange == NULL) {
		exchange = session_take_exchange(session);
		if (exchange == NULL) {
			/* The end itself is the answer, where one is due before. */
			if (session->in_hand == 0)
				session_write(session, ANSWER_OVERLOADED,
					      sizeof(ANSWER_OVERLOADED) - 1);
			return;
		}
		exchange->head = &session->parser.head;
		exchange->is_http_1_0 = exchange->head->is_http_1_0;
		exchange->id_size = network_draw_id(session->network, exchange->id);
	}
	session_refuse_exchange(exchange, result);
}

static void http1_await_body(struct session *session, struct exchange *exchange)
{
	uint64_t announced = session->parser.head.chunked ? exchange->body_capacity
							  : session->parser.head.content_length;

	ASSERT(exchange->body_capacity == 0 || exchange->body != NULL);
	session->deadline_ms = session_deadline(session_body_ms(session, announced));
	if (session_expects_continue(&session->parser.head)) {
		session->owes_continue = session->first != exchange;
		if (!session->owes_continue)
			session_write(session, ANSWER_CONTINUE, sizeof(ANSWER_CONTINUE) - 1);
	}
	parser_body(&session->parser, exchange->body, exchange->body_capacity);
}

/* The head is complete: a slot, then the handler's word. */
static void http1_take_head(struct session *session)
{
	const struct session_handler *handler = session->network->config.handler;
	struct exchange *exchange = session_take_exchange(session);
	uint64_t age_ms = clock_tick_ms() - session->born_ms;

	network_count(&session->network->figures.requests, 1);
	if (exchange == NULL) {
		http1_refuse(session, RESULT_OVERLOADED);
		return;
	}
	session->state = SESSION_BODY;
	session->reading = exchange;
	exchange->head = &session->parser.head;
	exchange->is_http_1_0 = exchange->head->is_http_1_0;
	exchange->is_head = slice_equals_text(exchange->head->method, "HEAD");
	/* The drain's flag itself: the tick that takes note of it may be yet to come. */
	if (!exchange->head->keep_alive || atomic_load(session->network->config.draining) ||
	    age_ms > session->network->config.timeouts.life_ms)
		session->close_after = true;
	session_name_exchange(exchange);
	handler->head(handler->self, exchange);
	if (session->reading == exchange)
		http1_await_body(session, exchange);
}

/* The body of the last request in hand is complete, and it is its turn or it overlaps. */
static void http1_hand_over(struct session *session)
{
	struct exchange *exchange = session->reading;

	ASSERT(exchange != NULL && exchange == session->last);
	http1_next(session);
	session_ask_handler(exchange);
}

static void http1_take_body(struct session *session)
{
	struct exchange *exchange = session->reading;

	ASSERT(exchange != NULL);
	exchange->body_size = session->parser.body_size;
	session->deadline_ms = 0;
	if (exchange->overlaps || session->first == exchange)
		http1_hand_over(session);
	else
		session->state = SESSION_HELD;
}

/* One step of the parser over a piece; what it took. */
static uint32_t http1_step(struct session *session, struct slice piece)
{
	uint32_t consumed = 0;

	if (piece.size > 0 && session->state == SESSION_IDLE) {
		/* The head of the request before lies there until now. */
		if (session->last != NULL)
			session->last->head = NULL;
		parser_next(&session->parser);
		session->state = SESSION_HEAD;
		session->deadline_ms =
		    session_deadline(session->network->config.timeouts.header_ms);
	}
	switch (parser_feed(&session->parser, piece.data, piece.size, &consumed)) {
	case PARSER_MORE:
		break;
	case PARSER_HEAD:
		http1_take_head(session);
		break;
	case PARSER_DONE:
		http1_take_body(session);
		break;
	case PARSER_FAILED:
		network_count(&session->network->figures.bad_requests, 1);
		http1_refuse(session, session->parser.result);
		break;
	}
	ASSERT(consumed <= piece.size);
	return consumed;
}

/* Is the parser at a point where it goes on without bytes (an empty body)? */
static bool http1_needs_step(const struct session *session)
{
	return session->state == SESSION_BODY && !session_is_gone(session);
}

static size_t http1_rest(const struct session *session)
{
	return session->rest == NULL ? 0 : evbuffer_get_length(session->rest);
}

/* The piece to be parsed next: of what had to wait, or of what has just come. */
static struct slice http1_piece(struct session *session, struct slice fresh)
{
	struct evbuffer_iovec piece = {NULL, 0};

	if (http1_rest(session) == 0)
		return fresh;
	(void)evbuffer_peek(session->rest, -1, NULL, &piece, 1);
	if (piece.iov_len > HTTP_INPUT_SIZE_MAX)
		piece.iov_len = HTTP_INPUT_SIZE_MAX;
	return (struct slice){piece.iov_base, (uint32_t)piece.iov_len};
}

/* Parses as far as it may. */
static void http1_parse(struct session *session, struct slice *fresh)
{
	uint8_t state;
	uint32_t consumed;

	do {
		struct slice piece = http1_piece(session, *fresh);

		if (!http1_is_reading(session))
			return;
		if (piece.size == 0 && !http1_needs_step(session))
			return;
		state = session->state;
		consumed = http1_step(session, piece);
		if (session_is_gone(session))
			return;
		if (http1_rest(session) > 0)
			(void)evbuffer_drain(session->rest, consumed);
		else if (consumed > 0)
			*fresh = (struct slice){fresh->data + consumed, fresh->size - consumed};
	} while (consumed > 0 || session->state != state);
}

/* What may not be parsed yet waits here, and behind it the socket. */
static void http1_keep(struct session *session, struct slice fresh)
{
	if (session_is_gone(session) || session->state == SESSION_CLOSING ||
	    session->state == SESSION_LINGER)
		return;
	if (fresh.size > 0 && session->rest == NULL)
		session->rest = evbuffer_new();
	if (fresh.size > 0 && (session->rest == NULL ||
			       evbuffer_add(session->rest, fresh.data, fresh.size) != 0)) {
		session_abort(session);
		return;
	}
	wire_watch(&session->wire, http1_rest(session) < HTTP_INPUT_SIZE_MAX);
}

/* ---- Writing ---- */

/* Gathers in the network's room; what does not fit goes out first. */
static void http1_put(struct session *session, struct slice bytes, uint32_t *used)
{
	struct wire_room *room = session->wire.room;

	if (bytes.size > sizeof(room->output) - *used) {
		session_write(session, room->output, *used);
		*used = 0;
	}
	if (bytes.size > sizeof(room->output)) {
		session_write(session, bytes.data, bytes.size);
		return;
	}
	memcpy(room->output + *used, bytes.data, bytes.size);
	*used += bytes.size;
}

/* One answer whose turn has come. Alone, it is not copied. */
static void http1_put_answer(struct session *session, struct exchange *exchange, uint32_t *used)
{
	bool is_last = exchange->next == NULL;
	bool closes = is_last && session->state == SESSION_CLOSING;
	struct slice bytes;

	if (exchange->is_streaming) {
		if (!exchange->is_http_1_0) {
			answer_trailer(exchange, exchange->last_sequence, &bytes);
			http1_put(session, bytes, used);
		}
		return;
	}
	answer_head(exchange, network_date(session->network), closes,
		    &session->network->answer_start, &bytes);
	if (*used == 0 && (is_last || !exchange->next->is_answered))
		session_write(session, bytes.data, bytes.size);
	else
		http1_put(session, bytes, used);
	if (exchange->answer_fixed.data != NULL && !exchange->is_head)
		http1_put(session, exchange->answer_fixed, used);
}

/* Every answer whose turn has come. True: there was one. */
static bool http1_answer_ready(struct session *session)
{
	bool drains = atomic_load(session->network->config.draining);
	bool any = false;
	uint32_t used = 0;

	while (session->first != NULL && session->first->is_answered) {
		struct exchange *exchange = session->first;

		if (drains && exchange->next == NULL && session->state == SESSION_IDLE)
			session->state = SESSION_CLOSING;
		http1_put_answer(session, exchange, &used);
		session_give_exchange(exchange);
		any = true;
	}
	session_write(session, session->wire.room->output, used);
	if (any)
		session_watch_output(session);
	return any;
}

/* The first request in hand has changed: what waited for its turn. True: something did. */
static bool http1_turn(struct session *session)
{
	if (session->owes_continue && session->first == session->reading) {
		session->owes_continue = false;
		session_write(session, ANSWER_CONTINUE, sizeof(ANSWER_CONTINUE) - 1);
	}
	if (session->state != SESSION_HELD || session->first != session->reading)
		return false;
	http1_hand_over(session);
	return true;
}

/* Nothing is in hand, nothing waits: the connection rests, or ends. */
static void http1_rests(struct session *session)
{
	if (session->in_hand > 0 || wire_waiting(&session->wire) > 0)
		return;
	if (session->state == SESSION_CLOSING)
		session_end(session);
	else if (session->state == SESSION_IDLE &&
		 (session->has_eof || atomic_load(session->network->config.draining)))
		session_abort(session);
	else if (session->state == SESSION_IDLE && session->deadline_ms == 0)
		session->deadline_ms =
		    session_deadline(session->network->config.timeouts.idle_ms);
}

/* The rest of a request that will never come: those before it are still answered. */
static void http1_cut_off(struct session *session)
{
	struct exchange *exchange = session->reading;

	if (!session->has_eof || http1_rest(session) > 0 ||
	    (session->state != SESSION_HEAD && session->state != SESSION_BODY))
		return;
	session->state = SESSION_CLOSING;
	session->deadline_ms = 0;
	if (exchange != NULL)
		session_give_exchange(exchange);
}

/* What has become possible: answers, then whoever waited for them. True: something was. */
static bool http1_move(struct session *session)
{
	bool answered = http1_answer_ready(session);

	return http1_turn(session) || answered;
}

static void http1_run(struct session *session, struct slice fresh)
{
	ASSERT(!session->is_busy);
	session->is_busy = true;
	do {
		http1_parse(session, &fresh);
		if (session_is_gone(session))
			break;
	} while (http1_move(session));
	if (!session_is_gone(session))
		http1_keep(session, fresh);
	if (!session_is_gone(session))
		http1_cut_off(session);
	if (!session_is_gone(session))
		http1_rests(session);
	session->is_busy = false;
	session_settle(session);
}

/* ---- Prior knowledge ---- */

/* The first bytes of a plain connection: is it, or may it become, the preface of HTTP/2? True: they
 * were dealt with. */
static bool http1_meets_preface(struct session *session, struct slice bytes)
{
	static const char preface[] = NGHTTP2_CLIENT_MAGIC;
	char begun[NGHTTP2_CLIENT_MAGIC_LEN];
	size_t had = http1_rest(session);
	size_t more = bytes.size < sizeof(begun) - had ? bytes.size : sizeof(begun) - had;

	ASSERT(had < sizeof(begun));
	if (had > 0)
		(void)evbuffer_copyout(session->rest, begun, had);
	memcpy(begun + had, bytes.data, more);
	if (memcmp(begun, preface, had + more) != 0) {
		session->is_fresh = false;
		return false;
	}
	if (had + more < sizeof(begun)) {
		http1_keep(session, bytes);
		return true;
	}
	session->is_fresh = false;
	if (!http2_start(session)) {
		session_abort(session);
		return true;
	}
	if (had > 0) {
		(void)evbuffer_drain(session->rest, had);
		http2_take(session, (struct slice){begun, (uint32_t)had});
	}
	if (!session_is_gone(session) && session->http2 != NULL)
		http2_take(session, bytes);
	return true;
}

/* ---- The doors ---- */

void http1_take(struct session *session, struct slice bytes)
{
	if (session->is_fresh && bytes.size > 0 && http1_meets_preface(session, bytes))
		return;
	http1_run(session, bytes);
}

void http1_flushed(struct session *session)
{
	struct exchange *first = session->first;
	const struct session_handler *handler = session->network->config.handler;

	if (first != NULL && first->is_pending && first->is_streaming) {
		if (session_has_room(first) && wire_waiting(&session->wire) == 0)
			handler->room(handler->self, first);
		return;
	}
	http1_run(session, (struct slice){NULL, 0});
}

void http1_answer(struct exchange *exchange)
{
	struct session *session = exchange->session;

	/* Answered before its body was read. If one was announced, it cannot be told from a next
	 * request. */
	if (session->reading == exchange) {
		if (parser_has_body(&session->parser)) {
			session->close_after = true;
			session->must_linger = true;
		}
		http1_next(session);
	}
	if (session->is_busy)
		return;
	if (session->in_hand == 1)
		http1_run(session, (struct slice){NULL, 0});
	else
		network_mark_dirty(session->network, session);
}

void http1_stream_begin(struct exchange *exchange)
{
	struct session *session = exchange->session;
	struct slice bytes;

	ASSERT(session->first == exchange && exchange->next == NULL);
	if (exchange->is_http_1_0 || atomic_load(session->network->config.draining)) {
		session->close_after = true;
		if (session->state == SESSION_IDLE)
			session->state = SESSION_CLOSING;
	}
	answer_head(exchange, network_date(session->network), session->state == SESSION_CLOSING,
		    &session->network->answer_start, &bytes);
	session_write(session, bytes.data, bytes.size);
}

void http1_stream_chunk(struct exchange *exchange)
{
	struct session *session = exchange->session;
	char *begin = exchange->answer.data;
	uint32_t size = exchange->answer.used;

	if (size > 0 && !exchange->is_http_1_0) {
		/* The chunk's size stands in the room before the answer, its line end after. */
		char digits[2 * sizeof(uint32_t)];
		uint8_t big_endian[sizeof(uint32_t)] = {(uint8_t)(size >> 24),
							(uint8_t)(size >> 16), (uint8_t)(size >> 8),
							(uint8_t)size};

		text_hex_encode(big_endian, sizeof(big_endian), digits);
		begin -= HTTP1_CHUNK_HEAD_SIZE;
		memcpy(begin, digits, sizeof(digits));
		memcpy(begin + sizeof(digits), "\r\n", 2);
		memcpy(exchange->answer.data + size, "\r\n", 2);
		size += HTTP1_CHUNK_HEAD_SIZE + 2;
	}
	session_write(session, begin, size);
	exchange_answer_reset(exchange);
	session_watch_output(session);
}

void http1_tick(struct session *session, uint64_t now_ms)
{
	bool is_late = session->deadline_ms != 0 && now_ms >= session->deadline_ms;

	if (session->state == SESSION_IDLE && session->in_hand == 0 &&
	    (is_late ||
	     now_ms - session->born_ms > session->network->config.timeouts.life_ms)) {
		session_abort(session);
		return;
	}
	if (!is_late || (session->state != SESSION_HEAD && session->state != SESSION_BODY))
		return;
	network_count(&session->network->figures.timeouts, 1);
	session->is_busy = true;
	http1_refuse(session, RESULT_REQUEST_TIMEOUT);
	session->is_busy = false;
	http1_run(session, (struct slice){NULL, 0});
}

void http1_drain(struct session *session)
{
	if (session->state != SESSION_IDLE)
		return;
	session->state = SESSION_CLOSING;
	session->deadline_ms = 0;
	if (session->in_hand == 0 && wire_waiting(&session->wire) == 0)
		session_abort(session);
}
