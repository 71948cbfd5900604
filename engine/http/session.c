/* See session.h. Reading side: session_pump drives the parser over what libevent has read. Writing
 * side: bytes go to the socket at once; what it does not take waits in the bufferevent. */
#include "engine/http/session.h"

#include "engine/base/text.h"
#include "engine/http/answer.h"
#include "engine/http/network.h"
#include "engine/system/clock.h"

#include <event2/buffer.h>
#include <string.h>
#include <sys/socket.h>

#define SESSION_LINGER_MS	1000u
#define SESSION_CHUNK_HEAD_SIZE 10u /* eight digits, CR LF */
#define SESSION_MIB		(1024u * 1024u)
#define SESSION_BATCH_READ_SIZE (512u * 1024u) /* read ahead of an authorised large body, bytes */
#define US_PER_NS		1000u

static void session_pump(struct session *session);

/* ---- Ends ---- */

static void session_detach(struct session *session)
{
	if (session->bufferevent != NULL)
		bufferevent_free(session->bufferevent);
	session->bufferevent = NULL;
	session->descriptor = -1;
}

static void session_give_exchange(struct session *session)
{
	struct exchange *exchange = session->exchange;
	const struct session_handler *handler = session->network->config.handler;

	ASSERT(exchange != NULL);
	session->exchange = NULL;
	handler->release(handler->self, exchange);
	exchange_give(&session->network->exchanges, exchange);
	session->network->figures.slots_in_use = session->network->exchanges.in_use;
}

void session_abort(struct session *session)
{
	const struct session_handler *handler = session->network->config.handler;

	ASSERT(session->state != SESSION_FREE);
	session_detach(session);
	session->deadline_ms = 0;
	if (session->state == SESSION_PENDING) {
		/* Gone: the handler still has the exchange. A stream that waits for room need not
		 * wait any more. */
		if (session->exchange->is_streaming)
			handler->room(handler->self, session->exchange);
		return;
	}
	if (session->exchange != NULL)
		session_give_exchange(session);
	if (!session->is_pumping)
		network_free_session(session->network, session);
}

bool session_is_gone(const struct session *session)
{
	return session->bufferevent == NULL;
}

static uint64_t session_deadline(uint64_t ms)
{
	return clock_monotonic_ms() + ms;
}

/* ---- Writing ---- */

static size_t session_waiting(const struct session *session)
{
	return evbuffer_get_length(bufferevent_get_output(session->bufferevent));
}

static void session_write(struct session *session, const char *bytes, size_t size)
{
	size_t sent = 0;

	if (session_is_gone(session) || size == 0)
		return;
	network_count(&session->network->figures.bytes_out, size);
	if (session->descriptor >= 0 && session_waiting(session) == 0) {
		ssize_t taken = send(session->descriptor, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);

		/* An error will come again, to libevent. */
		sent = taken < 0 ? 0 : (size_t)taken;
	}
	/* Memory is bounded by HTTP_OUTPUT_SIZE_MAX and the slots. */
	if (sent < size && bufferevent_write(session->bufferevent, bytes + sent, size - sent) != 0)
		session->close_after = true;
}

static uint64_t session_write_ms(const struct session *session)
{
	uint64_t write_ms = session->network->config.timeouts.write_ms;

	return write_ms + session_waiting(session) / SESSION_MIB * write_ms;
}

/* The output is taken: on to the next request, or to the end. */
static void session_flushed(struct session *session)
{
	if (session->state == SESSION_CLOSING && session->must_linger && !session->has_eof &&
	    session->descriptor >= 0) {
		session->state = SESSION_LINGER;
		session->deadline_ms = session_deadline(SESSION_LINGER_MS);
		(void)shutdown(session->descriptor, SHUT_WR);
		return;
	}
	if (session->state == SESSION_CLOSING) {
		session_abort(session);
		return;
	}
	session->state = SESSION_IDLE;
	session->deadline_ms = session_deadline(session->network->config.timeouts.idle_ms);
	parser_next(&session->parser);
}

/* After an answer was handed over. */
static void session_after_answer(struct session *session)
{
	if (session_is_gone(session)) {
		/* Nobody waits any more. */
		session->state = SESSION_CLOSING;
		if (!session->is_pumping)
			network_free_session(session->network, session);
		return;
	}
	session->state = session->close_after ? SESSION_CLOSING : SESSION_FLUSHING;
	if (session_waiting(session) > 0) {
		session->deadline_ms = session_deadline(session_write_ms(session));
		return;
	}
	session_flushed(session);
}

static void session_count_answer(struct session *session, const struct exchange *exchange)
{
	struct network_figures *figures = &session->network->figures;
	uint64_t us = (clock_monotonic_ns() - exchange->began_ns) / US_PER_NS;
	uint32_t bucket = 0;

	while (bucket + 1 < NETWORK_LATENCY_BUCKETS && us >> bucket != 0)
		bucket++;
	network_count(&figures->latency[bucket], 1);
	network_count(&figures->latency_sum_us, us);
	network_count(&figures->answers[exchange->status / 100 % NETWORK_STATUS_CLASSES], 1);
}

/* Does the connection end with this answer? */
static void session_decide_close(struct session *session, const struct exchange *exchange)
{
	/* The drain's flag itself: the tick that takes note of it may be yet to come. */
	if (!exchange->head->keep_alive || atomic_load(session->network->config.draining))
		session->close_after = true;
	if (clock_monotonic_ms() - session->born_ms > session->network->config.timeouts.life_ms)
		session->close_after = true;
	/* A body that was announced and not read cannot be told from a next request. */
	if (session->state == SESSION_BODY || session->state == SESSION_HEAD) {
		if (parser_has_body(&session->parser)) {
			session->close_after = true;
			session->must_linger = true;
		}
	}
}

void session_answer(struct exchange *exchange)
{
	struct session *session = exchange->session;
	struct slice bytes;

	ASSERT(!exchange->is_answered && !exchange->is_streaming);
	ASSERT(session->exchange == exchange);
	exchange->is_answered = true;
	session_decide_close(session, exchange);
	if (!session_is_gone(session)) {
		answer_head(exchange, network_date(session->network), session->close_after, &bytes);
		session_write(session, bytes.data, bytes.size);
		if (exchange->answer_fixed.data != NULL && !exchange->is_head)
			session_write(session, exchange->answer_fixed.data,
				      exchange->answer_fixed.size);
	}
	session_count_answer(session, exchange);
	session_give_exchange(session);
	session_after_answer(session);
	if (!session->is_pumping && session->state == SESSION_IDLE)
		session_pump(session);
}

/* ---- Streams ---- */

void session_stream_begin(struct exchange *exchange)
{
	struct session *session = exchange->session;
	struct slice bytes;

	ASSERT(!exchange->is_answered && !exchange->is_streaming);
	ASSERT(exchange->answer.used == 0);
	exchange->is_streaming = true;
	session_decide_close(session, exchange);
	if (exchange->head->is_http_1_0)
		session->close_after = true;
	if (session_is_gone(session))
		return;
	answer_head(exchange, network_date(session->network), session->close_after, &bytes);
	session_write(session, bytes.data, bytes.size);
}

void session_stream_chunk(struct exchange *exchange)
{
	struct session *session = exchange->session;
	char *begin = exchange->answer.data;
	uint32_t size = exchange->answer.used;

	ASSERT(exchange->is_streaming && !exchange->answer.overflow);
	if (size > 0 && !exchange->head->is_http_1_0) {
		/* The chunk's size stands in the room before the answer, its line end after. */
		char digits[2 * sizeof(uint32_t)];
		uint8_t big_endian[sizeof(uint32_t)] = {(uint8_t)(size >> 24),
							(uint8_t)(size >> 16), (uint8_t)(size >> 8),
							(uint8_t)size};

		text_hex_encode(big_endian, sizeof(big_endian), digits);
		begin -= SESSION_CHUNK_HEAD_SIZE;
		memcpy(begin, digits, sizeof(digits));
		memcpy(begin + sizeof(digits), "\r\n", 2);
		memcpy(exchange->answer.data + size, "\r\n", 2);
		size += SESSION_CHUNK_HEAD_SIZE + 2;
	}
	session_write(session, begin, size);
	exchange_answer_reset(exchange);
	if (!session_is_gone(session) && session_waiting(session) > 0)
		session->deadline_ms = session_deadline(session_write_ms(session));
}

void session_stream_end(struct exchange *exchange, uint64_t ledger_sequence)
{
	struct session *session = exchange->session;
	struct slice bytes;

	ASSERT(exchange->is_streaming && exchange->answer.used == 0);
	exchange->is_answered = true;
	if (!exchange->head->is_http_1_0) {
		answer_trailer(exchange, ledger_sequence, &bytes);
		session_write(session, bytes.data, bytes.size);
	}
	session_count_answer(session, exchange);
	session_give_exchange(session);
	session_after_answer(session);
	if (!session->is_pumping && session->state == SESSION_IDLE)
		session_pump(session);
}

bool session_has_room(const struct session *session)
{
	return session_is_gone(session) || session_waiting(session) < HTTP_OUTPUT_SIZE_MAX;
}

/* ---- Reading ---- */

/* A request that cannot be read, or came too late: one answer, then the end. */
static void session_refuse(struct session *session, enum result result)
{
	const struct session_handler *handler = session->network->config.handler;
	struct exchange *exchange = session->exchange;

	session->close_after = true;
	session->must_linger = true;
	if (exchange == NULL) {
		exchange = exchange_take(&session->network->exchanges);
		if (exchange == NULL) {
			session_write(session, ANSWER_OVERLOADED, sizeof(ANSWER_OVERLOADED) - 1);
			network_count(&session->network->figures.slots_exhausted, 1);
			session_after_answer(session);
			return;
		}
		exchange->session = session;
		exchange->head = &session->parser.head;
		exchange->began_ns = clock_monotonic_ns();
		exchange->id_size = network_draw_id(session->network, exchange->id);
		session->exchange = exchange;
	}
	handler->refuse(handler->self, exchange, result);
	session_answer(exchange);
}

/* The client's Request-Id, if it is a sane one; else ours. */
static void session_name_exchange(struct session *session, struct exchange *exchange)
{
	struct slice given = exchange->head->headers[PARSER_REQUEST_ID];

	if (given.data != NULL && given.size <= EXCHANGE_ID_SIZE_MAX && text_is_token(given)) {
		memcpy(exchange->id, given.data, given.size);
		exchange->id_size = given.size;
	} else {
		exchange->id_size = network_draw_id(session->network, exchange->id);
	}
}

static bool session_expects_continue(const struct session *session)
{
	struct slice expect = session->parser.head.headers[PARSER_EXPECT];

	return expect.data != NULL && !session->parser.head.is_http_1_0 &&
	       parser_has_body(&session->parser) &&
	       text_equals_ignoring_case(expect, slice_from_text("100-continue"));
}

static void session_await_body(struct session *session, struct exchange *exchange)
{
	uint64_t body_ms = session->network->config.timeouts.body_ms;
	uint64_t announced = session->parser.head.chunked ? exchange->body_capacity
							  : session->parser.head.content_length;

	ASSERT(exchange->body_capacity == 0 || exchange->body != NULL);
	session->deadline_ms = session_deadline(body_ms + announced / SESSION_MIB * body_ms);
	if (announced > BODY_SIZE_MAX)
		bufferevent_setwatermark(session->bufferevent, EV_READ, 0, SESSION_BATCH_READ_SIZE);
	if (session_expects_continue(session))
		session_write(session, ANSWER_CONTINUE, sizeof(ANSWER_CONTINUE) - 1);
	parser_body(&session->parser, exchange->body, exchange->body_capacity);
}

/* The head is complete: a slot, then the handler's word. */
static void session_take_head(struct session *session)
{
	const struct session_handler *handler = session->network->config.handler;
	struct exchange *exchange = exchange_take(&session->network->exchanges);

	network_count(&session->network->figures.requests, 1);
	session->state = SESSION_BODY;
	if (exchange == NULL) {
		session_refuse(session, RESULT_OVERLOADED);
		return;
	}
	session->network->figures.slots_in_use = session->network->exchanges.in_use;
	session->exchange = exchange;
	exchange->session = session;
	exchange->head = &session->parser.head;
	exchange->began_ns = clock_monotonic_ns();
	exchange->is_head = slice_equals_text(exchange->head->method, "HEAD");
	session_name_exchange(session, exchange);
	handler->head(handler->self, exchange);
	if (session->exchange == exchange && session->state == SESSION_BODY)
		session_await_body(session, exchange);
}

static void session_take_body(struct session *session)
{
	const struct session_handler *handler = session->network->config.handler;
	struct exchange *exchange = session->exchange;

	ASSERT(exchange != NULL);
	exchange->body_size = session->parser.body_size;
	session->state = SESSION_PENDING;
	session->deadline_ms = 0;
	if (exchange->body_capacity > BODY_SIZE_MAX)
		bufferevent_setwatermark(session->bufferevent, EV_READ, 0, HTTP_INPUT_SIZE_MAX);
	handler->body(handler->self, exchange);
}

/* One step of the parser. False: nothing more can be done with what has been read. */
static bool session_step(struct session *session)
{
	struct evbuffer *input = bufferevent_get_input(session->bufferevent);
	struct evbuffer_iovec piece = {NULL, 0};
	uint32_t consumed = 0;
	enum parser_step step;

	(void)evbuffer_peek(input, -1, NULL, &piece, 1);
	if (piece.iov_len > HTTP_INPUT_SIZE_MAX)
		piece.iov_len = HTTP_INPUT_SIZE_MAX;
	if (piece.iov_len > 0 && session->state == SESSION_IDLE) {
		session->state = SESSION_HEAD;
		session->deadline_ms =
		    session_deadline(session->network->config.timeouts.header_ms);
	}
	step = parser_feed(&session->parser, piece.iov_base, (uint32_t)piece.iov_len, &consumed);
	ASSERT(consumed <= piece.iov_len);
	(void)evbuffer_drain(input, consumed);
	switch (step) {
	case PARSER_MORE:
		return consumed > 0;
	case PARSER_HEAD:
		session_take_head(session);
		return true;
	case PARSER_DONE:
		session_take_body(session);
		return true;
	case PARSER_FAILED:
		network_count(&session->network->figures.bad_requests, 1);
		session_refuse(session, session->parser.result);
		return true;
	}
	ASSERT(false);
}

static bool session_is_reading(const struct session *session)
{
	return !session_is_gone(session) &&
	       (session->state == SESSION_IDLE || session->state == SESSION_HEAD ||
		session->state == SESSION_BODY);
}

static void session_pump(struct session *session)
{
	ASSERT(!session->is_pumping);
	session->is_pumping = true;
	while (session_is_reading(session) && session_step(session))
		continue;
	session->is_pumping = false;
	/* The rest of a request that will never come. */
	if (session_is_reading(session) && session->has_eof)
		session_abort(session);
	else if (session_is_gone(session) && session->state != SESSION_PENDING)
		network_free_session(session->network, session);
	else if (session->state == SESSION_IDLE && session->network->is_draining)
		session_abort(session);
}

/* ---- libevent's callbacks ---- */

static void session_on_read(struct bufferevent *bufferevent, void *context)
{
	struct session *session = context;

	ASSERT(session->bufferevent == bufferevent);
	if (session->state == SESSION_LINGER) {
		struct evbuffer *input = bufferevent_get_input(bufferevent);

		(void)evbuffer_drain(input, evbuffer_get_length(input));
		return;
	}
	if (session_is_reading(session))
		session_pump(session);
}

static void session_on_write(struct bufferevent *bufferevent, void *context)
{
	struct session *session = context;
	const struct session_handler *handler = session->network->config.handler;

	ASSERT(session->bufferevent == bufferevent);
	if (session_waiting(session) > 0)
		return;
	if (session->state == SESSION_FLUSHING || session->state == SESSION_CLOSING) {
		session_flushed(session);
		if (session->state == SESSION_IDLE)
			session_pump(session);
	} else if (session->state == SESSION_PENDING && session->exchange->is_streaming) {
		session->deadline_ms = 0;
		handler->room(handler->self, session->exchange);
	}
}

static void session_on_event(struct bufferevent *bufferevent, short what, void *context)
{
	struct session *session = context;

	ASSERT(session->bufferevent == bufferevent);
	if ((what & BEV_EVENT_ERROR) != 0 || session->state == SESSION_LINGER) {
		session_abort(session);
		return;
	}
	if ((what & BEV_EVENT_EOF) == 0)
		return;
	session->has_eof = true;
	if (session_is_reading(session))
		session_pump(session);
}

/* ---- Life ---- */

void session_start(struct session *session, struct bufferevent *bufferevent, int descriptor,
		   bool is_admin)
{
	struct network *network = session->network;

	ASSERT(session->state == SESSION_FREE);
	session->bufferevent = bufferevent;
	session->descriptor = descriptor;
	session->is_admin = is_admin;
	session->exchange = NULL;
	session->is_pumping = false;
	session->has_eof = false;
	session->close_after = false;
	session->must_linger = false;
	session->token_size = 0;
	session->born_ms = clock_monotonic_ms();
	session->state = SESSION_IDLE;
	/* A client that connects and says nothing is not idle, it is late. */
	session->deadline_ms = session->born_ms + network->config.timeouts.header_ms;
	parser_init(&session->parser);
	bufferevent_setwatermark(bufferevent, EV_READ, 0, HTTP_INPUT_SIZE_MAX);
	bufferevent_setcb(bufferevent, session_on_read, session_on_write, session_on_event,
			  session);
	(void)bufferevent_enable(bufferevent, EV_READ | EV_WRITE);
}

void session_tick(struct session *session, uint64_t now_ms)
{
	if (session->state == SESSION_IDLE &&
	    now_ms - session->born_ms > session->network->config.timeouts.life_ms) {
		session_abort(session);
		return;
	}
	if (session->deadline_ms == 0 || now_ms < session->deadline_ms)
		return;
	if (session->state != SESSION_IDLE)
		network_count(&session->network->figures.timeouts, 1);
	if (session->state == SESSION_HEAD || session->state == SESSION_BODY)
		session_refuse(session, RESULT_REQUEST_TIMEOUT);
	else
		session_abort(session);
}

void session_drain(struct session *session)
{
	session->close_after = true;
	if (session->state == SESSION_IDLE)
		session_abort(session);
}
