/* HTTP/2, `depth` streams on each connection: see load.h, frames.h.
 *
 *	submit -> waiting, in their order -> pump: HEADERS, DATA as the windows allow -> output
 *	receive -> frames -> the stream's tally -> answered
 *
 * A stream is found by its id: ids rise, and one whose place is taken is left out. */
#include "bench/load/frames.h"
#include "bench/load/load.h"
#include "bench/load/tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OUTPUT_SIZE   (256u * 1024u)
#define OUTPUT_SPARE  (FRAMES_SIZE_MAX + 2 * FRAMES_HEAD_SIZE + FRAMES_BLOCK_MAX + 256u)
#define WINDOW_SIZE   (8 * 1024 * 1024) /* of a stream and of the connection */
#define WINDOW_FIRST  65535		/* before either side says more (RFC 9113, 6.9.2) */
#define SETTING_PUSH  2u
#define SETTING_MOST  3u
#define SETTING_WINDOW 4u
#define REFUSAL_SIZE  600u
#define PREFACE	      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

struct stream {
	struct stream *next; /* free, or waiting */
	uint64_t since_ns;
	struct tally tally;
	int64_t window;
	char *body;
	uint32_t id; /* 0: its head has not left */
	uint32_t provider;
	uint32_t size;
	uint32_t sent;
	uint32_t text_size;
	char key[VISITS_KEY_SIZE];
	char text[REFUSAL_SIZE]; /* the beginning of the answer */
};

struct http2 {
	struct frames frames;
	struct frames_fields fields;
	struct stream *streams; /* `depth` */
	struct stream *free;
	struct stream *waiting; /* to be sent, or the rest of it */
	struct stream **waiting_end;
	struct stream **places; /* by half of their id */
	uint32_t places_mask;
	uint32_t next_id;
	uint32_t first_provider; /* whose token the peer remembers */
	int64_t window;		 /* what the peer takes of all bodies */
	int64_t window_new;	 /* and of a new one */
	int64_t received;	 /* of our own window */
	size_t used;
	size_t sent;
	unsigned char output[OUTPUT_SIZE];
};

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "load: HTTP/2: %s\n", what);
	exit(1);
}

/* ---- Out ---- */

/* A frame of a few numbers; there is always room for those of one turn. */
static void put_frame(struct http2 *http2, const struct frame *frame, const void *content)
{
	if (http2->used + FRAMES_HEAD_SIZE + frame->size > OUTPUT_SIZE)
		fail("too much to say");
	unsigned char *at = frames_put_head(http2->output + http2->used, frame);
	memcpy(at, content, frame->size);
	http2->used += FRAMES_HEAD_SIZE + frame->size;
}

static void put_window(struct http2 *http2, uint32_t more)
{
	const struct frame frame = {.size = 4, .type = FRAME_WINDOW};
	unsigned char content[4];
	(void)frames_put_u32(content, more);
	put_frame(http2, &frame, content);
}

static void put_setting(unsigned char *at, uint32_t setting, uint32_t value)
{
	at[0] = (unsigned char)(setting >> 8);
	at[1] = (unsigned char)setting;
	(void)frames_put_u32(at + 2, value);
}

static void begin_session(struct line *line)
{
	struct http2 *http2 = line->state;
	const struct settings *settings = &line->load->settings;
	const struct frame frame = {.size = 12, .type = FRAME_SETTINGS};
	unsigned char content[12];
	frames_init(&http2->frames);
	http2->free = NULL;
	for (uint64_t i = settings->depth; i > 0; i--) {
		http2->streams[i - 1].next = http2->free;
		http2->free = &http2->streams[i - 1];
	}
	http2->waiting = NULL;
	http2->waiting_end = &http2->waiting;
	memset(http2->places, 0, (http2->places_mask + 1u) * sizeof(http2->places[0]));
	http2->next_id = 1;
	http2->window = WINDOW_FIRST;
	http2->window_new = WINDOW_FIRST;
	http2->received = 0;
	http2->sent = 0;
	memcpy(http2->output, PREFACE, sizeof(PREFACE) - 1);
	http2->used = sizeof(PREFACE) - 1;
	put_setting(content, SETTING_PUSH, 0);
	put_setting(content + 6, SETTING_WINDOW, WINDOW_SIZE);
	put_frame(http2, &frame, content);
	put_window(http2, WINDOW_SIZE - WINDOW_FIRST);
}

static void http2_open(struct line *line)
{
	const struct settings *settings = &line->load->settings;
	struct http2 *http2 = calloc(1, sizeof(*http2));
	size_t size = (settings_lines(settings) + 1) * (size_t)VISITS_LINE_SIZE_MAX;
	uint32_t places = 16;
	while (places < 4 * settings->depth)
		places *= 2;
	if (http2 == NULL)
		machine_die("load: memory");
	http2->places_mask = places - 1;
	http2->places = calloc(places, sizeof(http2->places[0]));
	http2->streams = calloc(settings->depth, sizeof(http2->streams[0]));
	if (http2->places == NULL || http2->streams == NULL)
		machine_die("load: memory");
	for (uint64_t i = 0; i < settings->depth; i++) {
		http2->streams[i].body = malloc(size);
		if (http2->streams[i].body == NULL)
			machine_die("load: memory");
	}
	http2->fields = (struct frames_fields){
	    .is_tls = settings->tls != 0,
	    .authority = settings->server_name,
	    .path = settings_is_batch(settings) ? "/v1/redemptions:batch" : "/v1/redemptions",
	    .media_type = visits_media_type(settings->shape),
	};
	line->state = http2;
	begin_session(line);
}

static void http2_reopen(struct line *line)
{
	begin_session(line);
}

static void http2_submit(struct line *line, uint64_t since_ns)
{
	struct load *load = line->load;
	struct http2 *http2 = line->state;
	struct stream *stream = http2->free;
	if (stream == NULL)
		fail("no stream is free");
	http2->free = stream->next;
	stream->next = NULL;
	stream->since_ns = since_ns;
	stream->id = 0;
	stream->sent = 0;
	stream->text_size = 0;
	stream->provider = load_provider(line);
	tally_begin(&stream->tally, load->settings.shape == SHAPE_BINARY);
	stream->size = visits_body(&load->visits, stream->provider,
				   settings_lines(&load->settings), stream->body);
	visits_key(&load->visits, stream->key);
	*http2->waiting_end = stream;
	http2->waiting_end = &stream->next;
}

/* HEADERS of a stream, which gets its id now: ids rise as they leave. */
static void put_headers(struct line *line, struct stream *stream)
{
	struct http2 *http2 = line->state;
	const struct visits *visits = &line->load->visits;
	bool is_first = http2->next_id == 1;
	struct frames_request request = {
	    .length = stream->size, .key = stream->key, .key_size = sizeof(stream->key)};
	unsigned char *head = http2->output + http2->used;
	unsigned char *block = head + FRAMES_HEAD_SIZE;
	unsigned char *end;
	while (http2->places[http2->next_id / 2 & http2->places_mask] != NULL)
		http2->next_id += 2;
	if (http2->next_id > INT32_MAX - 2)
		fail("all ids are used");
	stream->id = http2->next_id;
	stream->window = http2->window_new;
	http2->places[stream->id / 2 & http2->places_mask] = stream;
	http2->next_id += 2;
	if (is_first) {
		http2->first_provider = stream->provider;
		http2->fields.token = visits->tokens[stream->provider];
		http2->fields.token_size = VISITS_TOKEN_SIZE;
		end = frames_put_first(block, &http2->fields, &request);
	} else {
		if (stream->provider != http2->first_provider) {
			request.token = visits->tokens[stream->provider];
			request.token_size = VISITS_TOKEN_SIZE;
		}
		end = frames_put_later(block, &http2->fields, &request);
	}
	const struct frame frame = {.size = (uint32_t)(end - block),
				    .stream = stream->id,
				    .type = FRAME_HEADERS,
				    .flags = FRAME_END_HEADERS};
	(void)frames_put_head(head, &frame);
	http2->used = (size_t)(end - http2->output);
}

/* One DATA frame, as long as the windows allow. False: they allow none. */
static bool put_data(struct http2 *http2, struct stream *stream)
{
	int64_t size = stream->size - stream->sent;
	if (size > FRAMES_SIZE_MAX)
		size = FRAMES_SIZE_MAX;
	if (size > http2->window)
		size = http2->window;
	if (size > stream->window)
		size = stream->window;
	if (size <= 0)
		return false;
	bool is_last = stream->sent + (uint32_t)size == stream->size;
	const struct frame frame = {.size = (uint32_t)size,
				    .stream = stream->id,
				    .type = FRAME_DATA,
				    .flags = is_last ? FRAME_END_STREAM : 0};
	put_frame(http2, &frame, stream->body + stream->sent);
	stream->sent += (uint32_t)size;
	stream->window -= size;
	http2->window -= size;
	return true;
}

/* Frames of those that wait, one after another, while there is room and a window is open. */
static void pump(struct line *line)
{
	struct http2 *http2 = line->state;
	struct stream *stream;
	while ((stream = http2->waiting) != NULL && OUTPUT_SIZE - http2->used > OUTPUT_SPARE) {
		if (stream->id == 0)
			put_headers(line, stream);
		if (!put_data(http2, stream))
			return;
		if (stream->sent < stream->size)
			continue;
		http2->waiting = stream->next;
		if (http2->waiting == NULL)
			http2->waiting_end = &http2->waiting;
	}
}

static bool http2_flush(struct line *line)
{
	struct http2 *http2 = line->state;
	for (;;) {
		pump(line);
		if (http2->used == 0)
			return true;
		while (http2->sent < http2->used) {
			size_t sent = channel_send(&line->channel, http2->output + http2->sent,
						   http2->used - http2->sent);
			if (sent == 0)
				return false;
			http2->sent += sent;
		}
		http2->used = 0;
		http2->sent = 0;
	}
}

/* ---- In ---- */

static void finish(struct line *line, struct stream *stream)
{
	struct http2 *http2 = line->state;
	const struct answer answer = {.since_ns = stream->since_ns,
				      .accepted = stream->tally.accepted,
				      .text = stream->text,
				      .text_size = stream->text_size};
	if (stream->sent < stream->size) {
		fprintf(stderr, "load: %.*s\n", (int)stream->text_size, stream->text);
		fail("an answer to a request that was not complete");
	}
	http2->places[stream->id / 2 & http2->places_mask] = NULL;
	stream->next = http2->free;
	http2->free = stream;
	load_answered(line, &answer);
}

static void take_data(struct http2 *http2, struct stream *stream, const struct frames_piece *piece)
{
	if ((piece->frame->flags & FRAME_PADDED) != 0)
		fail("padding");
	http2->received += (int64_t)piece->size;
	if (http2->received > WINDOW_SIZE / 2) {
		put_window(http2, (uint32_t)http2->received);
		http2->received = 0;
	}
	if (stream == NULL)
		return;
	tally_feed(&stream->tally, (const char *)piece->data, piece->size);
	size_t room = sizeof(stream->text) - stream->text_size;
	size_t kept = piece->size < room ? piece->size : room;
	memcpy(stream->text + stream->text_size, piece->data, kept);
	stream->text_size += (uint32_t)kept;
}

/* The windows of streams that are open follow the first one's change. */
static void change_windows(struct line *line, int64_t window)
{
	struct http2 *http2 = line->state;
	for (uint64_t i = 0; i < line->load->settings.depth; i++)
		http2->streams[i].window += window - http2->window_new;
	http2->window_new = window;
}

static void take_settings(struct line *line, const struct frames_piece *piece)
{
	static const struct frame ack = {.type = FRAME_SETTINGS, .flags = FRAME_ACK};
	if ((piece->frame->flags & FRAME_ACK) != 0)
		return;
	if (piece->frame->size > FRAMES_KEPT_MAX)
		fail("many settings");
	for (size_t at = 0; at + 6 <= piece->size; at += 6) {
		uint32_t setting = (uint32_t)piece->data[at] << 8 | piece->data[at + 1];
		uint32_t value = frames_u32(piece->data + at + 2);
		if (setting == SETTING_MOST && value < line->load->settings.depth)
			fail("--depth is more than the daemon's streams");
		if (setting == SETTING_WINDOW)
			change_windows(line, value);
	}
	put_frame(line->state, &ack, "");
}

static void take_window(struct http2 *http2, struct stream *stream,
			const struct frames_piece *piece)
{
	if (piece->size != 4)
		fail("a window of another size");
	uint32_t more = frames_u32(piece->data);
	if (piece->frame->stream == 0)
		http2->window += more;
	else if (stream != NULL)
		stream->window += more;
}

static struct stream *stream_of(struct http2 *http2, uint32_t id)
{
	struct stream *stream = http2->places[id / 2 & http2->places_mask];
	return stream != NULL && stream->id == id ? stream : NULL;
}

static void take(struct line *line, const struct frames_piece *piece)
{
	const struct frame *frame = piece->frame;
	struct http2 *http2 = line->state;
	struct stream *stream = stream_of(http2, frame->stream);
	const struct frame pong = {.size = frame->size, .type = FRAME_PING, .flags = FRAME_ACK};
	switch (frame->type) {
	case FRAME_DATA:
		take_data(http2, stream, piece);
		break;
	case FRAME_SETTINGS:
		take_settings(line, piece);
		return;
	case FRAME_WINDOW:
		take_window(http2, stream, piece);
		return;
	case FRAME_PING:
		if ((frame->flags & FRAME_ACK) == 0 && frame->size == 8)
			put_frame(http2, &pong, piece->data);
		return;
	case FRAME_RESET:
		if (stream != NULL)
			fail("a stream was reset");
		return;
	case FRAME_GOAWAY:
		line->channel.is_broken = true;
		return;
	case FRAME_HEADERS:
		break;
	default:
		return;
	}
	/* DATA or HEADERS; the end of a DATA frame is its last piece. */
	if (stream != NULL && piece->is_last && (frame->flags & FRAME_END_STREAM) != 0)
		finish(line, stream);
}

static void http2_receive(struct line *line, const char *data, size_t size)
{
	struct http2 *http2 = line->state;
	while (size > 0) {
		struct frames_piece piece;
		size_t taken = frames_feed(&http2->frames, data, size, &piece);
		if (piece.frame != NULL)
			take(line, &piece);
		data += taken;
		size -= taken;
	}
	/* Windows and acknowledgements may have to leave though no request does. */
	if ((http2->used > 0 || http2->waiting != NULL) && !line->is_dirty) {
		line->is_dirty = true;
		line->next_dirty = line->load->dirty;
		line->load->dirty = line;
	}
}

const struct protocol_calls http2_calls = {http2_open, http2_reopen, http2_submit, http2_receive,
					   http2_flush};
