/* HTTP/2 with nghttp2: `depth` streams on each connection: see load.h. */
#include "bench/load/load.h"
#include "bench/load/tally.h"

#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OUTPUT_SIZE  (256u * 1024u)
#define WINDOW_SIZE  (8 * 1024 * 1024) /* of a stream and of the connection */
#define HEADERS      8u
#define REFUSAL_SIZE 600u

struct stream {
	struct line *line;
	struct stream *next_free;
	uint64_t since_ns;
	struct tally tally;
	char *body;
	uint32_t size;
	uint32_t sent;
	uint32_t text_size;
	char key[VISITS_KEY_SIZE];
	char length[12];
	char text[REFUSAL_SIZE]; /* the beginning of the answer */
};

struct http2 {
	nghttp2_session *session;
	struct stream *streams;
	struct stream *free;
	size_t used;
	size_t sent;
	char output[OUTPUT_SIZE];
};

static _Noreturn void fail(const char *what, long error)
{
	fprintf(stderr, "load: HTTP/2: %s: %s\n", what, nghttp2_strerror((int)error));
	exit(1);
}

static void must(const char *what, long result)
{
	if (result < 0)
		fail(what, result);
}

static ssize_t read_body(nghttp2_session *session, int32_t id, uint8_t *buffer, size_t length,
			 uint32_t *flags, nghttp2_data_source *source, void *context)
{
	struct stream *stream = source->ptr;
	size_t left = stream->size - stream->sent;
	size_t given = left < length ? left : length;
	(void)session;
	(void)id;
	(void)context;
	memcpy(buffer, stream->body + stream->sent, given);
	stream->sent += (uint32_t)given;
	if (stream->sent == stream->size)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)given;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
		   size_t size, void *context)
{
	struct stream *stream = nghttp2_session_get_stream_user_data(session, id);
	(void)flags;
	(void)context;
	if (stream == NULL)
		return 0;
	tally_feed(&stream->tally, (const char *)data, size);
	size_t room = sizeof(stream->text) - stream->text_size;
	size_t kept = size < room ? size : room;
	memcpy(stream->text + stream->text_size, data, kept);
	stream->text_size += (uint32_t)kept;
	return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t error, void *context)
{
	struct line *line = context;
	struct http2 *http2 = line->state;
	struct stream *stream = nghttp2_session_get_stream_user_data(session, id);
	if (stream == NULL)
		return 0;
	if (error != NGHTTP2_NO_ERROR) {
		fprintf(stderr, "load: HTTP/2: a stream was reset: %s\n",
			nghttp2_http2_strerror(error));
		exit(1);
	}
	stream->next_free = http2->free;
	http2->free = stream;
	const struct answer answer = {.since_ns = stream->since_ns,
				      .accepted = stream->tally.accepted,
				      .text = stream->text,
				      .text_size = stream->text_size};
	load_answered(line, &answer);
	return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
	(void)session;
	(void)context;
	if (frame->hd.type == NGHTTP2_GOAWAY) {
		fprintf(stderr, "load: HTTP/2: the daemon goes away: %s\n",
			nghttp2_http2_strerror(frame->goaway.error_code));
		exit(1);
	}
	return 0;
}

static void open_session(struct line *line, struct http2 *http2)
{
	nghttp2_session_callbacks *callbacks;
	nghttp2_option *option;
	const nghttp2_settings_entry settings[] = {
	    {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
	    {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
	    {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW_SIZE}};
	must("callbacks", nghttp2_session_callbacks_new(&callbacks));
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	must("option", nghttp2_option_new(&option));
	/* The daemon's tests judge its headers; here that would cost the generator. */
	nghttp2_option_set_no_http_messaging(option, 1);
	must("session", nghttp2_session_client_new2(&http2->session, callbacks, line, option));
	nghttp2_option_del(option);
	nghttp2_session_callbacks_del(callbacks);
	must("settings", nghttp2_submit_settings(http2->session, NGHTTP2_FLAG_NONE, settings,
						 sizeof(settings) / sizeof(settings[0])));
	must("window", nghttp2_session_set_local_window_size(http2->session, NGHTTP2_FLAG_NONE, 0,
							     WINDOW_SIZE));
}

static void http2_open(struct line *line)
{
	const struct settings *settings = &line->load->settings;
	struct http2 *http2 = calloc(1, sizeof(*http2));
	size_t size = (settings_lines(settings) + 1) * (size_t)VISITS_LINE_SIZE_MAX;
	if (http2 == NULL ||
	    (http2->streams = calloc(settings->depth, sizeof(http2->streams[0]))) == NULL)
		machine_die("load: memory");
	for (uint64_t i = settings->depth; i > 0; i--) {
		struct stream *stream = &http2->streams[i - 1];
		stream->line = line;
		stream->body = malloc(size);
		if (stream->body == NULL)
			machine_die("load: memory");
		stream->next_free = http2->free;
		http2->free = stream;
	}
	line->state = http2;
	open_session(line, http2);
}

static nghttp2_nv header(const char *name, const char *value, size_t size, bool is_indexed)
{
	return (nghttp2_nv){
	    .name = (uint8_t *)(uintptr_t)name,
	    .namelen = strlen(name),
	    .value = (uint8_t *)(uintptr_t)value,
	    .valuelen = size,
	    .flags = (uint8_t)(NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE |
			       (is_indexed ? NGHTTP2_NV_FLAG_NONE : NGHTTP2_NV_FLAG_NO_INDEX))};
}
#define HEADER(name, value) header(name, value, strlen(value), true)

static void http2_submit(struct line *line, uint64_t since_ns)
{
	struct load *load = line->load;
	struct http2 *http2 = line->state;
	const struct settings *settings = &load->settings;
	struct stream *stream = http2->free;
	uint32_t provider = load_provider(line);
	char authorization[sizeof("Bearer ") + VISITS_TOKEN_SIZE];
	if (stream == NULL)
		fail("no stream is free", NGHTTP2_ERR_STREAM_ID_NOT_AVAILABLE);
	http2->free = stream->next_free;
	stream->since_ns = since_ns;
	stream->sent = 0;
	stream->text_size = 0;
	tally_init(&stream->tally, settings->shape == SHAPE_BINARY);
	stream->size =
	    visits_body(&load->visits, provider, settings_lines(settings), stream->body);
	visits_key(&load->visits, stream->key);
	snprintf(authorization, sizeof(authorization), "Bearer %s",
		 load->visits.tokens[provider]);
	snprintf(stream->length, sizeof(stream->length), "%u", stream->size);
	const char *path =
	    settings_is_batch(settings) ? "/v1/redemptions:batch" : "/v1/redemptions";
	nghttp2_nv headers[HEADERS] = {
	    HEADER(":method", "POST"),
	    HEADER(":scheme", settings->tls ? "https" : "http"),
	    HEADER(":authority", settings->server_name),
	    HEADER(":path", path),
	    HEADER("authorization", authorization),
	    HEADER("content-type", visits_media_type(settings->shape)),
	    header("content-length", stream->length, strlen(stream->length), true),
	    header("idempotency-key", stream->key, sizeof(stream->key), false),
	};
	/* On this function's stack: it must be copied. */
	headers[4].flags &= (uint8_t)~NGHTTP2_NV_FLAG_NO_COPY_VALUE;
	const nghttp2_data_provider body = {.source.ptr = stream, .read_callback = read_body};
	must("request",
	     nghttp2_submit_request(http2->session, NULL, headers, HEADERS, &body, stream));
}

static void http2_receive(struct line *line, const char *data, size_t size)
{
	struct http2 *http2 = line->state;
	must("receive",
	     nghttp2_session_mem_recv(http2->session, (const uint8_t *)data, size));
	/* Windows and acknowledgements may have to leave though no request does. */
	if (nghttp2_session_want_write(http2->session) && !line->is_dirty) {
		line->is_dirty = true;
		line->next_dirty = line->load->dirty;
		line->load->dirty = line;
	}
}

/* Sends what is gathered; false: the socket is full. */
static bool send_output(struct line *line)
{
	struct http2 *http2 = line->state;
	while (http2->sent < http2->used) {
		size_t sent = channel_send(&line->channel, http2->output + http2->sent,
					   http2->used - http2->sent);
		if (sent == 0)
			return false;
		http2->sent += sent;
	}
	http2->used = 0;
	http2->sent = 0;
	return true;
}

static bool http2_flush(struct line *line)
{
	struct http2 *http2 = line->state;
	const uint8_t *data;
	for (;;) {
		ssize_t size = 0;
		if (http2->used > OUTPUT_SIZE - 32768u && !send_output(line))
			return false;
		size = nghttp2_session_mem_send(http2->session, &data);
		must("send", size);
		if (size == 0)
			return send_output(line);
		if ((size_t)size > OUTPUT_SIZE - http2->used)
			fail("a frame is too long", NGHTTP2_ERR_FRAME_SIZE_ERROR);
		memcpy(http2->output + http2->used, data, (size_t)size);
		http2->used += (size_t)size;
	}
}

const struct protocol_calls http2_calls = {http2_open, http2_submit, http2_receive, http2_flush};
