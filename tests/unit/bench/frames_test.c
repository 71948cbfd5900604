/* The generator's HTTP/2: frames whole and in pieces of every size, and heads of requests as nghttp2
 * reads them. */
#include "bench/load/frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <nghttp2/nghttp2.h>

/* SETTINGS, HEADERS that end nothing, DATA in two frames of which the first is empty, PING, GOAWAY. */
static const unsigned char stream_of_frames[] = {
    0, 0, 6, FRAME_SETTINGS, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100, /* MAX_CONCURRENT_STREAMS */
    0, 0, 3, FRAME_HEADERS, FRAME_END_HEADERS, 0, 0, 0, 1, 'a', 'b', 'c',
    0, 0, 0, FRAME_DATA, 0, 0, 0, 0, 1,
    0, 0, 5, FRAME_DATA, FRAME_END_STREAM, 0, 0, 0, 1, 'h', 'e', 'l', 'l', 'o',
    0, 0, 8, FRAME_PING, FRAME_ACK, 0x80, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8,
    0, 0, 8, FRAME_GOAWAY, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 11};

static void add_piece(const struct frames_piece *piece, char *seen, size_t room)
{
	size_t used = strlen(seen);
	if (piece->frame == NULL)
		return;
	if (piece->frame->type == FRAME_DATA)
		used += (size_t)snprintf(seen + used, room - used, "%.*s%s", (int)piece->size,
					 (const char *)piece->data, piece->is_last ? ";" : "");
	else
		used += (size_t)snprintf(seen + used, room - used, "%u/%u/%u/%zu:%u;",
					 piece->frame->type, piece->frame->flags,
					 piece->frame->stream, piece->size,
					 piece->data[piece->size - 1]);
	assert_true(used < room);
}

static void frames_in_pieces_of_every_size(void **state)
{
	(void)state;
	for (size_t size = 1; size <= sizeof(stream_of_frames); size++) {
		struct frames frames;
		char seen[256] = "";
		frames_init(&frames);
		for (size_t at = 0; at < sizeof(stream_of_frames); at += size) {
			size_t left = sizeof(stream_of_frames) - at;
			size_t piece = left < size ? left : size;
			char bytes[sizeof(stream_of_frames)];
			memcpy(bytes, stream_of_frames + at, piece);
			for (size_t taken = 0; taken < piece;) {
				struct frames_piece got;
				size_t more = frames_feed(&frames, bytes + taken, piece - taken, &got);
				assert_true(more > 0);
				taken += more;
				add_piece(&got, seen, sizeof(seen));
			}
		}
		assert_string_equal(seen, "4/0/0/6:100;1/4/1/3:99;;hello;6/1/0/8:8;7/0/0/8:11;");
	}
}

/* Of a frame that is longer than what is kept, the first bytes. */
static void long_frames_are_cut(void **state)
{
	(void)state;
	static char bytes[FRAMES_HEAD_SIZE + 1000];
	const struct frame head = {.size = 1000, .stream = 7, .type = FRAME_HEADERS};
	struct frames frames;
	struct frames_piece piece;
	frames_init(&frames);
	(void)frames_put_head((unsigned char *)bytes, &head);
	assert_int_equal(frames_feed(&frames, bytes, sizeof(bytes), &piece), sizeof(bytes));
	assert_non_null(piece.frame);
	assert_int_equal(piece.frame->size, 1000);
	assert_int_equal(piece.frame->stream, 7);
	assert_int_equal(piece.size, FRAMES_KEPT_MAX);
}

/* What a reader of HPACK makes of a block: "name=value\n" for each field. */
static void inflate(nghttp2_hd_inflater *inflater, const unsigned char *block, size_t size,
		    char *ret_text, size_t room)
{
	int flags = 0;
	size_t used = 0;
	while ((flags & NGHTTP2_HD_INFLATE_FINAL) == 0) {
		nghttp2_nv field;
		ssize_t taken = nghttp2_hd_inflate_hd2(inflater, &field, &flags, block, size, 1);
		assert_true(taken >= 0);
		block += taken;
		size -= (size_t)taken;
		if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0)
			used += (size_t)snprintf(ret_text + used, room - used, "%.*s=%.*s\n",
						 (int)field.namelen, (const char *)field.name,
						 (int)field.valuelen, (const char *)field.value);
		assert_true(used < room);
	}
	assert_int_equal(size, 0);
	assert_int_equal(nghttp2_hd_inflate_end_headers(inflater), 0);
}

static void heads_are_read_as_they_were_meant(void **state)
{
	(void)state;
	struct frames_fields fields = {.authority = "localhost",
				       .path = "/v1/redemptions",
				       .media_type = "application/json",
				       .token = "titoli_a",
				       .token_size = 8};
	const struct frames_request requests[] = {
	    {.length = 0, .key = "key-1", .key_size = 5},
	    {.length = 199, .key = "key-2", .key_size = 5},
	    {.length = 4294967295u, .key = "key-3", .key_size = 5, .token = "b", .token_size = 1},
	    {.length = 7, .key = "key-4", .key_size = 5},
	};
	static const char *const ends[] = {
	    "authorization=Bearer titoli_a\ncontent-length=0\nidempotency-key=key-1\n",
	    "authorization=Bearer titoli_a\ncontent-length=199\nidempotency-key=key-2\n",
	    "authorization=Bearer b\ncontent-length=4294967295\nidempotency-key=key-3\n",
	    "authorization=Bearer titoli_a\ncontent-length=7\nidempotency-key=key-4\n",
	};
	for (int tls = 0; tls < 2; tls++) {
		nghttp2_hd_inflater *inflater;
		fields.is_tls = tls == 1;
		assert_int_equal(nghttp2_hd_inflate_new(&inflater), 0);
		for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
			unsigned char block[FRAMES_BLOCK_MAX];
			char wanted[512];
			char text[512];
			unsigned char *end =
			    i == 0 ? frames_put_first(block, &fields, &requests[i])
				   : frames_put_later(block, &fields, &requests[i]);
			inflate(inflater, block, (size_t)(end - block), text, sizeof(text));
			(void)snprintf(wanted, sizeof(wanted),
				       ":method=POST\n:scheme=%s\n:authority=localhost\n"
				       ":path=/v1/redemptions\ncontent-type=application/json\n%s",
				       tls == 1 ? "https" : "http", ends[i]);
			assert_string_equal(text, wanted);
		}
		nghttp2_hd_inflate_del(inflater);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(frames_in_pieces_of_every_size),
	    cmocka_unit_test(long_frames_are_cut),
	    cmocka_unit_test(heads_are_read_as_they_were_meant),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
