/* HTTP/2 through the sessions of the daemon, with nghttp2's client at the other end: many streams, any
 * order of answers, flow control, trailers, limits, resets, floods, deadlines, the way out. */
#include "tests/unit/http/rig.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define STREAMS 128

struct stream {
	uint32_t status;
	size_t size; /* of the body so far */
	bool has_trailer;
	bool is_closed;
	uint32_t code;
	char text[128]; /* the body's beginning */
};

struct client {
	nghttp2_session *http2;
	int socket;
	bool is_closed; /* by the server */
	bool got_goaway;
	uint32_t goaway_code;
	int32_t goaway_last;
	uint32_t streams_max; /* of its SETTINGS */
	struct stream streams[STREAMS];
	const char *body; /* to be sent */
	size_t body_size;
	size_t body_sent;
	bool is_waiting; /* the body is not complete */
};

static struct client client;

static struct stream *stream_of(int32_t id)
{
	assert_true(id > 0 && id / 2 < STREAMS);
	return &client.streams[id / 2];
}

static int on_header(nghttp2_session *http2, const nghttp2_frame *frame, const uint8_t *name,
		     size_t name_size, const uint8_t *value, size_t value_size, uint8_t flags,
		     void *context)
{
	struct stream *stream = stream_of(frame->hd.stream_id);

	(void)http2;
	(void)flags;
	(void)context;
	if (name_size == 7 && memcmp(name, ":status", 7) == 0)
		stream->status = (uint32_t)(value[0] - '0') * 100 + (uint32_t)(value[1] - '0') * 10 +
				 (uint32_t)(value[2] - '0');
	if (name_size == 10 && memcmp(name, "ledger-seq", 10) == 0)
		stream->has_trailer = value_size == 2 && memcmp(value, "42", 2) == 0;
	return 0;
}

static int on_data(nghttp2_session *http2, uint8_t flags, int32_t id, const uint8_t *bytes,
		   size_t size, void *context)
{
	struct stream *stream = stream_of(id);

	(void)http2;
	(void)flags;
	(void)context;
	for (size_t i = 0; i < size && stream->size + i < sizeof(stream->text) - 1; i++)
		stream->text[stream->size + i] = (char)bytes[i];
	stream->size += size;
	return 0;
}

static int on_close(nghttp2_session *http2, int32_t id, uint32_t code, void *context)
{
	(void)http2;
	(void)context;
	stream_of(id)->is_closed = true;
	stream_of(id)->code = code;
	return 0;
}

static int on_frame(nghttp2_session *http2, const nghttp2_frame *frame, void *context)
{
	(void)context;
	if (frame->hd.type == NGHTTP2_GOAWAY) {
		client.got_goaway = true;
		client.goaway_code = frame->goaway.error_code;
		client.goaway_last = frame->goaway.last_stream_id;
	}
	if (frame->hd.type == NGHTTP2_SETTINGS && frame->hd.flags == 0)
		client.streams_max = nghttp2_session_get_remote_settings(
		    http2, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
	return 0;
}

/* Sends what the library wants, and takes what has come. */
static void exchange_bytes(void)
{
	static uint8_t bytes[1 << 16];
	ssize_t size;

	for (int i = 0; i < 8; i++) {
		const uint8_t *out;
		ssize_t taken;

		while ((size = nghttp2_session_mem_send(client.http2, &out)) > 0)
			assert_true(send(client.socket, out, (size_t)size, MSG_NOSIGNAL) == size ||
				    errno == EPIPE);
		rig_turn();
		while ((size = read(client.socket, bytes, sizeof(bytes))) > 0) {
			taken = nghttp2_session_mem_recv(client.http2, bytes, (size_t)size);
			assert_true(taken == size);
		}
		client.is_closed |= size == 0;
	}
}

static void open_client(uint32_t window)
{
	const nghttp2_settings_entry settings[] = {
	    {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window}};
	nghttp2_session_callbacks *callbacks;

	memset(&client, 0, sizeof(client));
	assert_int_equal(nghttp2_session_callbacks_new(&callbacks), 0);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	assert_int_equal(nghttp2_session_client_new(&client.http2, callbacks, NULL), 0);
	nghttp2_session_callbacks_del(callbacks);
	assert_int_equal(nghttp2_submit_settings(client.http2, 0, settings, 1), 0);
	client.socket = rig_connect(NULL);
	exchange_bytes();
}

static int open_world(void **state)
{
	int opened = rig_open(state);

	if (opened == 0)
		open_client(65535);
	return opened;
}

static int close_world(void **state)
{
	nghttp2_session_del(client.http2);
	(void)close(client.socket);
	return rig_close(state);
}

static ssize_t read_body(nghttp2_session *http2, int32_t id, uint8_t *bytes, size_t size,
			 uint32_t *flags, nghttp2_data_source *source, void *context)
{
	size_t piece = client.body_size - client.body_sent;

	(void)http2;
	(void)id;
	(void)source;
	(void)context;
	if (piece > size)
		piece = size;
	memcpy(bytes, client.body + client.body_sent, piece);
	client.body_sent += piece;
	if (piece == 0 && client.is_waiting)
		return NGHTTP2_ERR_DEFERRED;
	if (client.body_sent == client.body_size && !client.is_waiting)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)piece;
}

#define NV(field_name, field_value)                                                                \
	(nghttp2_nv)                                                                               \
	{                                                                                          \
		.name = (uint8_t *)(uintptr_t)(field_name),                                        \
		.value = (uint8_t *)(uintptr_t)(field_value), .namelen = strlen(field_name),       \
		.valuelen = strlen(field_value),                                                   \
	}

static int32_t ask(const char *method, const char *path, const char *body)
{
	const nghttp2_nv fields[] = {NV(":method", method), NV(":path", path), NV(":scheme", "http"),
				     NV(":authority", "a")};
	const nghttp2_data_provider provider = {.read_callback = read_body};

	client.body = body;
	client.body_size = body == NULL ? 0 : strlen(body);
	client.body_sent = 0;
	return nghttp2_submit_request(client.http2, NULL, fields, 4,
				      body == NULL ? NULL : &provider, NULL);
}

static void requests_are_answered(void **state)
{
	int32_t get = ask("GET", "/one", NULL);
	int32_t post;

	(void)state;
	exchange_bytes();
	assert_int_equal(client.streams_max, RIG_STREAMS);
	assert_int_equal(stream_of(get)->status, 200);
	assert_string_equal(stream_of(get)->text, "/one:0:");
	post = ask("POST", "/two", "hello");
	exchange_bytes();
	assert_string_equal(stream_of(post)->text, "/two:5:hello");
	assert_true(stream_of(post)->is_closed);
	get = ask("HEAD", "/three", NULL);
	exchange_bytes();
	assert_int_equal(stream_of(get)->status, 200);
	assert_int_equal(stream_of(get)->size, 0);
	assert_int_equal(rig.network.exchanges.in_use, 0);
	assert_int_equal(rig.released, 3);
}

static void answers_come_as_they_are_ready(void **state)
{
	int32_t streams[RIG_STREAMS];

	(void)state;
	for (uint32_t i = 0; i < RIG_STREAMS; i++)
		streams[i] = ask("GET", "/wait", NULL);
	exchange_bytes();
	assert_int_equal(rig.waiting_count, RIG_STREAMS);
	rig_answer(3, "three");
	exchange_bytes();
	assert_string_equal(stream_of(streams[3])->text, "three");
	assert_false(stream_of(streams[0])->is_closed);
	for (uint32_t i = 0; i < RIG_STREAMS; i++)
		if (rig.waiting[i] != NULL)
			rig_answer(i, "rest");
	exchange_bytes();
	for (uint32_t i = 0; i < RIG_STREAMS; i++)
		assert_true(stream_of(streams[i])->is_closed);
	assert_int_equal(rig.network.exchanges.in_use, 0);
}

/* The client's window bounds what is sent; a stream goes on as it opens, and others pass it. */
static void a_stream_follows_its_window(void **state)
{
	int32_t slow;
	int32_t quick;

	(void)close_world(state);
	assert_int_equal(rig_open(state), 0);
	open_client(1000);
	slow = ask("GET", "/stream/20", NULL);
	exchange_bytes();
	quick = ask("GET", "/quick", NULL);
	for (int i = 0; i < 10000 && !stream_of(slow)->is_closed; i++)
		exchange_bytes();
	assert_int_equal(stream_of(quick)->status, 200);
	assert_int_equal(stream_of(slow)->size, 20u * RIG_CHUNK);
	assert_true(stream_of(slow)->has_trailer);
	assert_int_equal(stream_of(slow)->code, NGHTTP2_NO_ERROR);
	assert_int_equal(rig.network.exchanges.in_use, 0);
}

static void bodies_are_bounded(void **state)
{
	static char large[100000];
	int32_t id;

	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	id = ask("POST", "/big", large);
	for (int i = 0; i < 20; i++)
		exchange_bytes();
	assert_int_equal(stream_of(id)->status, 413);
	assert_true(stream_of(id)->is_closed);
	large[70000] = '\0'; /* exactly what fits, more than the first window */
	id = ask("POST", "/fits", large);
	for (int i = 0; i < 20; i++)
		exchange_bytes();
	assert_string_equal(stream_of(id)->text, "/fits:70000:");
	assert_int_equal(rig.network.exchanges.in_use, 0);
}

/* Answered before the body is in: the answer comes, the rest is not asked for, the connection goes
 * on. */
static void an_early_answer_ends_the_upload(void **state)
{
	int32_t id;

	(void)state;
	client.is_waiting = true;
	id = ask("POST", "/head", "begun");
	exchange_bytes();
	assert_int_equal(stream_of(id)->status, 401);
	assert_true(stream_of(id)->is_closed);
	client.is_waiting = false;
	id = ask("GET", "/next", NULL);
	exchange_bytes();
	assert_int_equal(stream_of(id)->status, 200);
}

/* Reset by its client: the work comes back to nobody, and counts as in hand until it does. */
static void reset_streams_are_outlived(void **state)
{
	int32_t id = 0;

	(void)state;
	for (uint32_t i = 0; i < RIG_STREAMS; i++) {
		id = ask("GET", "/wait", NULL);
		exchange_bytes();
		(void)nghttp2_submit_rst_stream(client.http2, 0, id, NGHTTP2_CANCEL);
	}
	exchange_bytes();
	assert_int_equal(rig.network.exchanges.in_use, RIG_STREAMS);
	id = ask("GET", "/more", NULL);
	exchange_bytes();
	assert_int_equal(stream_of(id)->code, NGHTTP2_REFUSED_STREAM);
	for (uint32_t i = 0; i < RIG_STREAMS; i++)
		rig_answer(i, "to nobody");
	exchange_bytes();
	assert_int_equal(rig.network.exchanges.in_use, 0);
	id = ask("GET", "/again", NULL);
	exchange_bytes();
	assert_int_equal(stream_of(id)->status, 200);
}

static void a_reset_stream_does_not_wait_for_room(void **state)
{
	int32_t id = ask("GET", "/stream/900", NULL);

	(void)state;
	exchange_bytes();
	(void)nghttp2_submit_rst_stream(client.http2, 0, id, NGHTTP2_CANCEL);
	exchange_bytes();
	assert_int_equal(rig.network.exchanges.in_use, 0);
	id = ask("GET", "/on", NULL);
	exchange_bytes();
	assert_int_equal(stream_of(id)->status, 200);
}

static void rapid_resets_end_the_connection(void **state)
{
	(void)state;
	for (int i = 0; i < 120 && !client.got_goaway; i++) {
		int32_t id = ask("GET", "/x", NULL);
		const uint8_t *out;
		ssize_t size;

		/* Headers and reset in one piece. */
		while ((size = nghttp2_session_mem_send(client.http2, &out)) > 0)
			(void)send(client.socket, out, (size_t)size, MSG_NOSIGNAL);
		(void)nghttp2_submit_rst_stream(client.http2, 0, id, NGHTTP2_CANCEL);
		while ((size = nghttp2_session_mem_send(client.http2, &out)) > 0)
			(void)send(client.socket, out, (size_t)size, MSG_NOSIGNAL);
		exchange_bytes();
	}
	assert_true(client.got_goaway);
	assert_true(client.goaway_code != NGHTTP2_NO_ERROR);
	assert_int_equal(rig.network.exchanges.in_use, 0);
}

static void quiet_frames_end_the_connection(void **state)
{
	(void)state;
	for (int i = 0; i < 1200 && !client.is_closed; i++) {
		(void)nghttp2_submit_window_update(client.http2, 0, 0, 1);
		if (i % 20 == 0)
			exchange_bytes();
	}
	exchange_bytes();
	assert_true(client.got_goaway);
	assert_int_equal(client.goaway_code, NGHTTP2_ENHANCE_YOUR_CALM);
	assert_int_equal(atomic_load(&rig.network.figures.floods), 1);
}

static void requests_forgive_quiet_frames(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) {
		for (int j = 0; j < 20; j++)
			(void)nghttp2_submit_ping(client.http2, 0, NULL);
		(void)ask("GET", "/x", NULL);
		exchange_bytes();
	}
	assert_false(client.got_goaway);
	assert_int_equal(rig.bodies, 100);
}

static void large_heads_are_refused(void **state)
{
	static char value[9000];
	const nghttp2_nv fields[] = {NV(":method", "GET"), NV(":path", "/x"), NV(":scheme", "http"),
				     NV(":authority", "a"), NV("x-large", value)};
	nghttp2_nv large[5];
	int32_t id;

	(void)state;
	memset(value, 'v', sizeof(value) - 1);
	memcpy(large, fields, sizeof(fields));
	large[4].valuelen = sizeof(value) - 1;
	id = nghttp2_submit_request(client.http2, NULL, large, 5, NULL, NULL);
	exchange_bytes();
	assert_int_equal(stream_of(id)->status, 431);
	id = ask("GET", "/y", NULL);
	exchange_bytes();
	assert_int_equal(stream_of(id)->status, 200);
}

static void odd_heads_are_refused(void **state)
{
	static const struct {
		const char *name;
		const char *value;
	} odd[] = {{"host", "b"}, {"content-length", "+1"}, {"idempotency-key", "a"}};

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		const nghttp2_nv fields[] = {
		    NV(":method", "GET"),	   NV(":path", "/x"),
		    NV(":scheme", "http"),	   NV(":authority", "a"),
		    NV("idempotency-key", "k"),	   NV(odd[i].name, odd[i].value)};
		int32_t id = nghttp2_submit_request(client.http2, NULL, fields, 6, NULL, NULL);

		exchange_bytes();
		assert_true(stream_of(id)->status == 400 ||
			    stream_of(id)->code == NGHTTP2_PROTOCOL_ERROR);
	}
	assert_int_equal(rig.bodies, 0);
}

static void full_slots_are_an_answer(void **state)
{
	struct exchange *taken[RIG_SLOTS];
	int32_t id;

	(void)state;
	for (uint32_t i = 0; i < RIG_SLOTS; i++)
		taken[i] = exchange_take(&rig.network.exchanges);
	id = ask("GET", "/x", NULL);
	exchange_bytes();
	assert_int_equal(stream_of(id)->status, 503);
	assert_non_null(strstr(stream_of(id)->text, "about:blank"));
	for (uint32_t i = 0; i < RIG_SLOTS; i++)
		exchange_give(&rig.network.exchanges, taken[i]);
}

static void what_is_late_is_ended(void **state)
{
	int32_t half;
	int32_t stuck;

	(void)state;
	client.is_waiting = true;
	half = ask("POST", "/x", "begun");
	exchange_bytes();
	rig_tick_later(1500);
	exchange_bytes();
	assert_int_equal(stream_of(half)->status, 408);
	assert_true(stream_of(half)->is_closed);
	client.is_waiting = false;
	/* An answer that its reader leaves lying: nghttp2 opens no window of itself here. */
	nghttp2_session_del(client.http2);
	(void)close(client.socket);
	open_client(10);
	stuck = ask("GET", "/stream/1", NULL);
	{
		const uint8_t *out;
		ssize_t size = nghttp2_session_mem_send(client.http2, &out);

		assert_true(size > 0 && send(client.socket, out, (size_t)size, 0) == size);
	}
	rig_turn();
	assert_int_equal(rig.network.exchanges.in_use, 1);
	rig_tick_later(1500);
	assert_int_equal(rig.network.exchanges.in_use, 0);
	exchange_bytes();
	assert_true(stream_of(stuck)->is_closed);
}

static void half_a_head_is_late(void **state)
{
	/* HEADERS without END_HEADERS, and nothing after it. */
	static const uint8_t begun[] = {0, 0, 1, 1, 0x01, 0, 0, 0, 1, 0x82};

	(void)state;
	assert_true(send(client.socket, begun, sizeof(begun), 0) == sizeof(begun));
	exchange_bytes();
	rig_tick_later(500);
	exchange_bytes();
	assert_false(client.is_closed);
	rig_tick_later(1500);
	exchange_bytes();
	assert_true(client.is_closed);
}

static void silence_ends_the_connection(void **state)
{
	(void)state;
	(void)ask("GET", "/x", NULL);
	exchange_bytes();
	rig_tick_later(500);
	exchange_bytes();
	assert_false(client.got_goaway);
	rig_tick_later(1500);
	exchange_bytes();
	assert_true(client.got_goaway && client.is_closed);
	assert_int_equal(client.goaway_code, NGHTTP2_NO_ERROR);
}

/* The drain: told, then the last stream is named; what is in hand is answered; then the end. */
static void a_drain_answers_what_is_in_hand(void **state)
{
	int32_t id = ask("GET", "/wait", NULL);

	(void)state;
	exchange_bytes();
	for (uint32_t i = 0; i < rig.network.sessions_used; i++)
		session_drain(&rig.network.sessions[i]);
	exchange_bytes();
	assert_true(client.got_goaway);
	assert_int_equal(client.goaway_last, INT32_MAX);
	rig_tick_later(200);
	exchange_bytes();
	assert_int_equal(client.goaway_last, id);
	assert_false(client.is_closed);
	rig_answer(0, "last");
	exchange_bytes();
	assert_string_equal(stream_of(id)->text, "last");
	assert_true(client.is_closed);
	(void)shutdown(client.socket, SHUT_WR);
	rig_turn();
	assert_int_equal(rig.network.sessions_open, 0);
}

static void garbage_ends_the_connection(void **state)
{
	static const char garbage[] = "\0\0\4\0\0\0\0\0\1four and then some more that is no frame";

	(void)state;
	assert_true(send(client.socket, garbage, sizeof(garbage), 0) > 0);
	exchange_bytes();
	assert_true(client.got_goaway);
	assert_int_equal(rig.network.exchanges.in_use, 0);
}

int main(void)
{
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(requests_are_answered),
	    WORLD_TEST(answers_come_as_they_are_ready),
	    WORLD_TEST(a_stream_follows_its_window),
	    WORLD_TEST(bodies_are_bounded),
	    WORLD_TEST(an_early_answer_ends_the_upload),
	    WORLD_TEST(reset_streams_are_outlived),
	    WORLD_TEST(a_reset_stream_does_not_wait_for_room),
	    WORLD_TEST(rapid_resets_end_the_connection),
	    WORLD_TEST(quiet_frames_end_the_connection),
	    WORLD_TEST(requests_forgive_quiet_frames),
	    WORLD_TEST(large_heads_are_refused),
	    WORLD_TEST(odd_heads_are_refused),
	    WORLD_TEST(full_slots_are_an_answer),
	    WORLD_TEST(what_is_late_is_ended),
	    WORLD_TEST(half_a_head_is_late),
	    WORLD_TEST(silence_ends_the_connection),
	    WORLD_TEST(a_drain_answers_what_is_in_hand),
	    WORLD_TEST(garbage_ends_the_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
