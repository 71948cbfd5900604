/* See http2.h. nghttp2's callbacks run inside http2_take (what came) and http2_flush (what goes);
 * neither is entered while the other runs (session->is_busy). An answer that becomes ready outside
 * of them marks the session, and leaves at the end of the turn with all others. */
#include "engine/http/http2.h"

#include "engine/http/answer.h"
#include "engine/http/head.h"
#include "engine/http/network.h"
#include "engine/system/clock.h"

#include <string.h>

#define HTTP2_WINDOW_STREAM	(256 * 1024)  /* bytes a client may send of one body unasked */
#define HTTP2_WINDOW_CONNECTION (1024 * 1024) /* and of all */
#define HTTP2_RESETS_MAX	100u
#define HTTP2_RESETS_PER_S	10u
#define HTTP2_ACKS_MAX		64u
#define HTTP2_QUIET_FRAMES_MAX	1000u
#define HTTP2_HEAD_HARD_MAX	(64u * 1024u)
#define HTTP2_STATUS_SIZE	3u
#define MS_PER_S		1000u
#define HTTP2_UNKNOWN_TYPE_MIN	10u /* of frames that nghttp2 does not know itself */
#define HTTP2_LEAVING_MS	100u /* for streams that are on their way */

enum http2_goaway {
	HTTP2_SERVING,
	HTTP2_LEAVING, /* told that the end is near */
	HTTP2_LEFT,    /* the last stream was named */
};

static nghttp2_nv http2_field_of(struct slice name, struct slice value)
{
	return (nghttp2_nv){
	    .name = (uint8_t *)(uintptr_t)name.data,
	    .value = (uint8_t *)(uintptr_t)value.data,
	    .namelen = name.size,
	    .valuelen = value.size,
	    .flags = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE,
	};
}

static nghttp2_nv http2_field(const char *name, struct slice value)
{
	return http2_field_of(slice_from_text(name), value);
}

static void http2_reset(struct session *session, int32_t stream, uint32_t code)
{
	(void)nghttp2_submit_rst_stream(session->http2, NGHTTP2_FLAG_NONE, stream, code);
}

/* What was submitted leaves at the end of the turn; what is on the stack sees to it itself. */
static void http2_mark(struct session *session)
{
	if (!session->is_busy)
		network_mark_dirty(session->network, session);
}

/* ---- The end of a connection ---- */

static void http2_leave(struct session *session)
{
	if (session->goaway != HTTP2_SERVING)
		return;
	session->goaway = HTTP2_LEAVING;
	session->goaway_ms = clock_tick_ms();
	(void)nghttp2_submit_shutdown_notice(session->http2);
}

static void http2_name_last(struct session *session)
{
	int32_t last = nghttp2_session_get_last_proc_stream_id(session->http2);

	if (session->goaway == HTTP2_LEFT)
		return;
	session->goaway = HTTP2_LEFT;
	(void)nghttp2_submit_goaway(session->http2, NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR,
				    NULL, 0);
}

/* An answer in hand is still sent where the library can; then the end. */
static void http2_calm(struct session *session)
{
	network_count(&session->network->figures.floods, 1);
	session->goaway = HTTP2_LEFT;
	(void)nghttp2_session_terminate_session(session->http2, NGHTTP2_ENHANCE_YOUR_CALM);
}

/* ---- Requests ---- */

static void http2_rest(struct session *session)
{
	if (session->in_hand == 0 && !session->head_is_open)
		session->deadline_ms =
		    session_deadline(session->network->config.timeouts.idle_ms);
}

static void http2_close_head(struct session *session)
{
	if (!session->head_is_open)
		return;
	session->head_is_open = false;
	session->deadline_ms = 0;
	http2_rest(session);
}

static void http2_give(struct exchange *exchange)
{
	struct session *session = exchange->session;

	session_give_exchange(exchange);
	http2_rest(session);
}

static int http2_on_begin_headers(nghttp2_session *http2, const nghttp2_frame *frame, void *context)
{
	struct session *session = context;

	(void)http2;
	if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	head_begin(&session->parser);
	session->head_is_open = true;
	session->deadline_ms = session_deadline(session->network->config.timeouts.header_ms);
	return 0;
}

static int http2_on_header(nghttp2_session *http2, const nghttp2_frame *frame, const uint8_t *name,
			   size_t name_size, const uint8_t *value, size_t value_size, uint8_t flags,
			   void *context)
{
	struct session *session = context;

	(void)http2;
	(void)flags;
	/* Trailers mean nothing here. */
	if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	head_add(&session->parser, (struct slice){(const char *)name, (uint32_t)name_size},
		   (struct slice){(const char *)value, (uint32_t)value_size});
	return head_size(&session->parser) > HTTP2_HEAD_HARD_MAX ? NGHTTP2_ERR_CALLBACK_FAILURE
								   : 0;
}

/* No slot: an answer out of fixed memory. */
static ssize_t http2_read_overloaded(nghttp2_session *http2, int32_t stream, uint8_t *bytes,
				     size_t size, uint32_t *flags, nghttp2_data_source *source,
				     void *context)
{
	static const char text[] = ANSWER_OVERLOADED_BODY;

	(void)http2;
	(void)stream;
	(void)source;
	(void)context;
	*flags |= NGHTTP2_DATA_FLAG_EOF;
	ASSERT(size >= sizeof(text) - 1); /* a frame is at least 16 KiB; the text is short */
	memcpy(bytes, text, sizeof(text) - 1);
	return (ssize_t)sizeof(text) - 1;
}

static void http2_overloaded(struct session *session, int32_t stream)
{
	const nghttp2_data_provider provider = {.read_callback = http2_read_overloaded};
	const nghttp2_nv fields[] = {
	    http2_field(":status", slice_from_text("503")),
	    http2_field("content-type", slice_from_text("application/problem+json")),
	    http2_field("retry-after", slice_from_text("1")),
	};

	(void)nghttp2_submit_response(session->http2, stream, fields,
				      sizeof(fields) / sizeof(fields[0]), &provider);
}

static void http2_submit_continue(struct session *session, int32_t stream)
{
	const nghttp2_nv field = http2_field(":status", slice_from_text("100"));

	(void)nghttp2_submit_headers(session->http2, NGHTTP2_FLAG_NONE, stream, NULL, &field, 1,
				     NULL);
}

static void http2_await_body(struct session *session, struct exchange *exchange)
{
	uint64_t announced =
	    exchange->head->chunked ? exchange->body_capacity : exchange->head->content_length;

	exchange->deadline_ms = session_deadline(session_body_ms(session, announced));
	if (session_expects_continue(exchange->head))
		http2_submit_continue(session, exchange->stream);
}

/* The head is complete: a slot, then the handler's word. */
static void http2_take_head(struct session *session, const nghttp2_frame *frame)
{
	const struct session_handler *handler = session->network->config.handler;
	bool has_body = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0;
	enum result result = head_end(&session->parser, has_body);
	struct exchange *exchange;

	session->head_is_open = false;
	session->deadline_ms = 0;
	network_count(&session->network->figures.requests, 1);
	/* Those that were reset are still in hand. */
	if (session->in_hand >= session->network->config.streams_max) {
		http2_rest(session);
		http2_reset(session, frame->hd.stream_id, NGHTTP2_REFUSED_STREAM);
		return;
	}
	exchange = session_take_exchange(session);
	if (exchange == NULL) {
		http2_rest(session);
		http2_overloaded(session, frame->hd.stream_id);
		return;
	}
	exchange->stream = frame->hd.stream_id;
	exchange->head = &exchange->head_copy;
	exchange->overlaps = true;
	/* A fresh arena has room for a head. */
	ASSERT(head_copy(&session->parser, &exchange->arena, &exchange->head_copy));
	exchange->is_head = slice_equals_text(exchange->head->method, "HEAD");
	session_name_exchange(exchange);
	(void)nghttp2_session_set_stream_user_data(session->http2, exchange->stream, exchange);
	if (result != RESULT_OK) {
		network_count(&session->network->figures.bad_requests, 1);
		session_refuse_exchange(exchange, result);
		return;
	}
	handler->head(handler->self, exchange);
	if (exchange->is_answered)
		return;
	if (has_body)
		http2_await_body(session, exchange);
	else
		session_ask_handler(exchange);
}

/* The exchange whose body is being read; NULL: it was answered, or there is none. */
static struct exchange *http2_reader(nghttp2_session *http2, int32_t stream)
{
	struct exchange *exchange = nghttp2_session_get_stream_user_data(http2, stream);

	if (exchange == NULL || exchange->is_answered || exchange->is_pending)
		return NULL;
	return exchange;
}

static int http2_on_data(nghttp2_session *http2, uint8_t flags, int32_t stream,
			 const uint8_t *bytes, size_t size, void *context)
{
	struct session *session = context;
	struct exchange *exchange = http2_reader(http2, stream);

	(void)flags;
	if (size > 0)
		session->quiet_frames = 0;
	if (exchange == NULL)
		return 0;
	if (size > exchange->body_capacity - exchange->body_size) {
		session_refuse_exchange(exchange, RESULT_BODY_TOO_LARGE);
		return 0;
	}
	memcpy(exchange->body + exchange->body_size, bytes, size);
	exchange->body_size += (uint32_t)size;
	return 0;
}

static int http2_on_frame(nghttp2_session *http2, const nghttp2_frame *frame, void *context)
{
	struct session *session = context;
	bool is_last = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
	struct exchange *exchange;

	if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
		session->quiet_frames = 0;
		http2_take_head(session, frame);
		return 0;
	}
	/* The first SETTINGS: the client has said what it must. */
	if (frame->hd.type == NGHTTP2_SETTINGS && session->is_fresh) {
		session->is_fresh = false;
		http2_rest(session);
	}
	if ((frame->hd.type != NGHTTP2_DATA && frame->hd.type != NGHTTP2_HEADERS) || !is_last)
		return 0;
	exchange = http2_reader(http2, frame->hd.stream_id);
	if (exchange != NULL)
		session_ask_handler(exchange);
	return 0;
}

/* A head that the library refused itself. */
static int http2_on_invalid(nghttp2_session *http2, const nghttp2_frame *frame, int error,
			    void *context)
{
	(void)http2;
	(void)error;
	if (frame->hd.type == NGHTTP2_HEADERS)
		http2_close_head(context);
	return 0;
}

static int http2_on_begin_frame(nghttp2_session *http2, const nghttp2_frame_hd *head, void *context)
{
	struct session *session = context;

	(void)http2;
	/* Whatever became of the head before. */
	if (head->type != NGHTTP2_CONTINUATION)
		http2_close_head(session);
	if (++session->quiet_frames == HTTP2_QUIET_FRAMES_MAX)
		http2_calm(session);
	return 0;
}

/* Frames of a kind that nobody knows mean nothing, and count as such. */
static int http2_on_unknown(nghttp2_session *http2, void **ret_payload,
			    const nghttp2_frame_hd *head, void *context)
{
	struct session *session = context;

	(void)http2;
	(void)ret_payload;
	(void)head;
	if (++session->quiet_frames == HTTP2_QUIET_FRAMES_MAX)
		http2_calm(session);
	return NGHTTP2_ERR_CANCEL;
}

/* The stream is over, well or not. What the handler has, it keeps. */
static int http2_on_close(nghttp2_session *http2, int32_t stream, uint32_t code, void *context)
{
	struct session *session = context;
	struct exchange *exchange = nghttp2_session_get_stream_user_data(http2, stream);

	(void)code;
	if (exchange == NULL)
		return 0;
	ASSERT(exchange->session == session && exchange->stream == stream);
	(void)nghttp2_session_set_stream_user_data(http2, stream, NULL);
	exchange->is_gone = true;
	exchange->deadline_ms = 0;
	if (!exchange->is_pending)
		http2_give(exchange);
	else if (exchange->is_streaming)
		exchange->wants_room = true; /* it need not wait any more */
	return 0;
}

/* A client may have us reset its streams as often as it may reset them itself. */
static void http2_count_reset(struct session *session)
{
	uint64_t now_ms = clock_tick_ms();
	uint64_t forgotten = (now_ms - session->resets_ms) * HTTP2_RESETS_PER_S / MS_PER_S;

	if (forgotten > 0) {
		session->resets -= forgotten < session->resets ? (uint32_t)forgotten
							       : session->resets;
		session->resets_ms = now_ms;
	}
	if (++session->resets > HTTP2_RESETS_MAX && session->goaway != HTTP2_LEFT)
		http2_calm(session);
}

/* An answer that is out before its request is in: the rest of that is not wanted. */
static int http2_on_sent(nghttp2_session *http2, const nghttp2_frame *frame, void *context)
{
	bool is_answer = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
	struct session *session = context;

	if (frame->hd.type == NGHTTP2_DATA && frame->hd.length > 0)
		session->quiet_frames = 0;
	if (frame->hd.type == NGHTTP2_RST_STREAM &&
	    frame->rst_stream.error_code != NGHTTP2_NO_ERROR &&
	    frame->rst_stream.error_code != NGHTTP2_REFUSED_STREAM)
		http2_count_reset(session);
	if (is_answer && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 &&
	    nghttp2_session_get_stream_remote_close(http2, frame->hd.stream_id) == 0)
		http2_reset(session, frame->hd.stream_id, NGHTTP2_NO_ERROR);
	return 0;
}

/* ---- Answers ---- */

/* The trailer and the end of a stream. */
static void http2_submit_trailer(struct session *session, const struct exchange *exchange)
{
	char digits[TEXT_U64_SIZE_MAX];
	uint32_t size = text_format_u64(exchange->last_sequence, digits);
	nghttp2_nv field = http2_field("ledger-seq", (struct slice){digits, size});

	field.flags = NGHTTP2_NV_FLAG_NONE; /* copied */
	(void)nghttp2_submit_trailer(session->http2, exchange->stream, &field, 1);
}

static ssize_t http2_read(nghttp2_session *http2, int32_t stream, uint8_t *bytes, size_t size,
			  uint32_t *flags, nghttp2_data_source *source, void *context)
{
	struct session *session = context;
	struct exchange *exchange = source->ptr;
	struct slice body = answer_body(exchange);
	size_t piece = body.size - exchange->sent;

	(void)http2;
	ASSERT(exchange->stream == stream && exchange->sent <= body.size);
	if (piece > size)
		piece = size;
	if (piece > 0)
		memcpy(bytes, body.data + exchange->sent, piece);
	exchange->sent += (uint32_t)piece;
	if (exchange->sent < body.size)
		return (ssize_t)piece;
	if (exchange->is_answered) {
		*flags |= NGHTTP2_DATA_FLAG_EOF;
		exchange->deadline_ms = 0;
		if (exchange->is_streaming && exchange->last_sequence != 0) {
			*flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
			http2_submit_trailer(session, exchange);
		}
		return (ssize_t)piece;
	}
	exchange->wants_room = true;
	return piece == 0 ? NGHTTP2_ERR_DEFERRED : (ssize_t)piece;
}

static void http2_submit(struct exchange *exchange, bool has_body)
{
	struct session *session = exchange->session;
	/* The list lies in the room of the head until it has been sent. */
	struct answer_fields *list = (struct answer_fields *)(void *)exchange->answer_memory;
	nghttp2_nv fields[ANSWER_FIELDS_MAX + 1];
	nghttp2_data_provider provider = {.source.ptr = exchange, .read_callback = http2_read};
	char *status = list->digits[ANSWER_DIGITS_MAX - 1];

	answer_collect(exchange, network_date(session->network), list);
	ASSERT(list->digits_used < ANSWER_DIGITS_MAX);
	ASSERT(text_format_u64(exchange->status, status) == HTTP2_STATUS_SIZE);
	fields[0] = http2_field(":status", (struct slice){status, HTTP2_STATUS_SIZE});
	for (uint32_t i = 0; i < list->count; i++) {
		const struct answer_name *name = list->fields[i].name;

		fields[i + 1] = http2_field_of(name->plain, list->fields[i].value);
		/* The library looks for a value among all of its name that it remembers. */
		if (name->varies)
			fields[i + 1].flags |= NGHTTP2_NV_FLAG_NO_INDEX;
	}
	if (nghttp2_submit_response(session->http2, exchange->stream, fields, list->count + 1u,
				    has_body ? &provider : NULL) != 0)
		http2_reset(session, exchange->stream, NGHTTP2_INTERNAL_ERROR);
	exchange->deadline_ms =
	    session_deadline(session_write_ms(session, answer_body(exchange).size));
	http2_mark(session);
}

void http2_answer(struct exchange *exchange)
{
	struct session *session = exchange->session;

	if (!exchange->is_streaming) {
		http2_submit(exchange, answer_body(exchange).size > 0);
		return;
	}
	(void)nghttp2_session_resume_data(session->http2, exchange->stream);
	http2_mark(session);
}

void http2_stream_begin(struct exchange *exchange)
{
	http2_submit(exchange, true);
}

void http2_stream_chunk(struct exchange *exchange)
{
	struct session *session = exchange->session;

	if (exchange->answer.used == 0)
		return;
	ASSERT(exchange->sent == 0);
	exchange->wants_room = false;
	exchange->deadline_ms = session_deadline(session_write_ms(session, exchange->answer.used));
	(void)nghttp2_session_resume_data(session->http2, exchange->stream);
	http2_mark(session);
}

/* ---- Out ---- */

/* One stream whose chunk is out, or whose client is gone, writes on. True: there was one. */
static bool http2_make_room(struct session *session)
{
	const struct session_handler *handler = session->network->config.handler;

	for (struct exchange *exchange = session->first; exchange != NULL;
	     exchange = exchange->next) {
		if (!exchange->wants_room)
			continue;
		exchange->wants_room = false;
		if (!exchange->is_pending || !exchange->is_streaming)
			continue;
		exchange_answer_reset(exchange);
		exchange->sent = 0;
		exchange->deadline_ms = 0;
		handler->room(handler->self, exchange);
		return true;
	}
	return false;
}

/* Frames, as many as the socket takes. False: the library is at its end. */
static bool http2_send(struct session *session)
{
	struct wire_room *room = session->wire.room;
	uint32_t used = 0;

	while (wire_waiting(&session->wire) == 0) {
		const uint8_t *bytes = NULL;
		ssize_t size = nghttp2_session_mem_send(session->http2, &bytes);

		if (size < 0)
			return false;
		if (size == 0 || (size_t)size > sizeof(room->output) - used) {
			session_write(session, room->output, used);
			used = 0;
		}
		if (size == 0)
			return true;
		if ((size_t)size > sizeof(room->output)) {
			session_write(session, (const char *)bytes, (size_t)size);
			continue;
		}
		memcpy(room->output + used, bytes, (size_t)size);
		used += (uint32_t)size;
	}
	session_write(session, room->output, used);
	return true;
}

static void http2_pump(struct session *session)
{
	bool is_well;

	do
		is_well = http2_send(session);
	while (is_well && http2_make_room(session));
	session_watch_output(session);
	if (!is_well) {
		session_abort(session);
		return;
	}
	if (session->goaway == HTTP2_LEFT && session->in_hand == 0 &&
	    nghttp2_session_want_write(session->http2) == 0 && wire_waiting(&session->wire) == 0)
		session_end(session);
	else if (nghttp2_session_want_read(session->http2) == 0 &&
		 nghttp2_session_want_write(session->http2) == 0 &&
		 wire_waiting(&session->wire) == 0)
		session_end(session);
}

void http2_flush(struct session *session)
{
	if (session->is_busy)
		return;
	session->is_busy = true;
	http2_pump(session);
	session->is_busy = false;
	session_settle(session);
}

/* ---- In ---- */

void http2_take(struct session *session, struct slice bytes)
{
	ssize_t taken;

	ASSERT(!session->is_busy);
	session->is_busy = true;
	taken = nghttp2_session_mem_recv(session->http2, (const uint8_t *)bytes.data, bytes.size);
	if (taken < 0) {
		/* What the library has to say about it, goes out; then the end. */
		network_count(&session->network->figures.bad_requests, 1);
		if (taken != NGHTTP2_ERR_NOMEM) {
			http2_calm(session);
			(void)http2_send(session);
		}
		session_abort(session);
	} else {
		http2_pump(session);
	}
	session->is_busy = false;
	session_settle(session);
}

void http2_end(struct session *session)
{
	/* Nobody sends half of HTTP/2: streams in hand have lost their reader. */
	session_abort(session);
}

/* ---- Time ---- */

static void http2_tick_streams(struct session *session, uint64_t now_ms)
{
	struct exchange *exchange = session->first;

	while (exchange != NULL) {
		struct exchange *next = exchange->next;
		bool is_late = exchange->deadline_ms != 0 && now_ms >= exchange->deadline_ms;

		if (is_late && !exchange->is_gone) {
			network_count(&session->network->figures.timeouts, 1);
			exchange->deadline_ms = 0;
			if (exchange->is_answered || exchange->is_pending)
				http2_reset(session, exchange->stream, NGHTTP2_CANCEL);
			else
				session_refuse_exchange(exchange, RESULT_REQUEST_TIMEOUT);
			http2_mark(session);
		}
		exchange = next;
	}
}

void http2_tick(struct session *session, uint64_t now_ms)
{
	uint64_t age_ms = now_ms - session->born_ms;

	if (session->deadline_ms != 0 && now_ms >= session->deadline_ms) {
		if (session->head_is_open || session->is_fresh) {
			network_count(&session->network->figures.timeouts, 1);
			session_abort(session);
			return;
		}
		session->deadline_ms = 0;
		http2_name_last(session);
		http2_mark(session);
	}
	if (session->goaway == HTTP2_LEAVING &&
	    now_ms - session->goaway_ms >= HTTP2_LEAVING_MS) {
		http2_name_last(session);
		http2_mark(session);
	}
	if (age_ms > session->network->config.timeouts.life_ms &&
	    session->goaway == HTTP2_SERVING) {
		http2_leave(session);
		http2_mark(session);
	}
	http2_tick_streams(session, now_ms);
}

void http2_drain(struct session *session)
{
	http2_leave(session);
	http2_mark(session);
}

/* ---- Life ---- */

static void *http2_take_memory(size_t size, void *pool)
{
	return pool_take(pool, size);
}

static void http2_give_memory(void *memory, void *pool)
{
	pool_give(pool, memory);
}

static void *http2_take_zeros(size_t count, size_t size, void *pool)
{
	return pool_take_zero(pool, count, size);
}

static void *http2_grow_memory(void *memory, size_t size, void *pool)
{
	return pool_grow(pool, memory, size);
}

enum result http2_open_shared(struct http2_shared *shared)
{
	nghttp2_session_callbacks *callbacks;

	if (nghttp2_session_callbacks_new(&shared->callbacks) != 0 ||
	    nghttp2_option_new(&shared->option) != 0)
		return RESULT_OUT_OF_MEMORY;
	shared->pool = (struct pool){{NULL}, NULL, NULL, 0};
	shared->memory = (nghttp2_mem){&shared->pool, http2_take_memory, http2_give_memory,
				       http2_take_zeros, http2_grow_memory};
	callbacks = shared->callbacks;
	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, http2_on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, http2_on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, http2_on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, http2_on_frame);
	nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, http2_on_invalid);
	nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, http2_on_begin_frame);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, http2_on_close);
	nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, http2_on_sent);
	nghttp2_session_callbacks_set_unpack_extension_callback(callbacks, http2_on_unknown);
	for (uint32_t type = HTTP2_UNKNOWN_TYPE_MIN; type <= UINT8_MAX; type++)
		nghttp2_option_set_user_recv_extension_type(shared->option, (uint8_t)type);
	nghttp2_option_set_max_outbound_ack(shared->option, HTTP2_ACKS_MAX);
	nghttp2_option_set_stream_reset_rate_limit(shared->option, HTTP2_RESETS_MAX,
						   HTTP2_RESETS_PER_S);
	/* Closed streams are forgotten at once. */
	nghttp2_option_set_no_closed_streams(shared->option, 1);
	return RESULT_OK;
}

void http2_close_shared(struct http2_shared *shared)
{
	nghttp2_session_callbacks_del(shared->callbacks);
	nghttp2_option_del(shared->option);
	pool_close(&shared->pool);
	memset(shared, 0, sizeof(*shared));
}

bool http2_start(struct session *session)
{
	struct http2_shared *shared = &session->network->http2;
	const nghttp2_settings_entry settings[] = {
	    {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, session->network->config.streams_max},
	    {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, HTTP2_WINDOW_STREAM},
	    {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HTTP_HEAD_SIZE_MAX},
	    {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
	};

	if (nghttp2_session_server_new3(&session->http2, shared->callbacks, session,
					shared->option, &shared->memory) != 0)
		return false;
	session->state = SESSION_STREAMS;
	session->is_fresh = true; /* until the first SETTINGS; the deadline of the accept stands */
	session->quiet_frames = 0;
	session->resets = 0;
	session->resets_ms = clock_tick_ms();
	session->goaway = HTTP2_SERVING;
	session->must_linger = true; /* there is always something on its way */
	session->head_is_open = false;
	if (session->deadline_ms == 0)
		session->deadline_ms =
		    session_deadline(session->network->config.timeouts.header_ms);
	return nghttp2_submit_settings(session->http2, NGHTTP2_FLAG_NONE, settings,
				       sizeof(settings) / sizeof(settings[0])) == 0 &&
	       nghttp2_session_set_local_window_size(session->http2, NGHTTP2_FLAG_NONE, 0,
						     HTTP2_WINDOW_CONNECTION) == 0;
}

void http2_free(struct session *session)
{
	nghttp2_session_del(session->http2);
	session->http2 = NULL;
}
