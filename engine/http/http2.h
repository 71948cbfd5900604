/* HTTP/2 on a session, through nghttp2: each stream is an exchange, and goes the way of any other
 * request. See session.h.
 *
 * What a client may not do to us, and where it is stopped
 *   streams at once         HTTP2 streams_max, told in SETTINGS; those whose client reset them
 *                           count until their work is back
 *   opened and reset        nghttp2's bucket: HTTP2_RESETS_MAX at once, HTTP2_RESETS_PER_S after
 *   so that we reset them   the same, counted here
 *   frames that move        HTTP2_QUIET_FRAMES_MAX in a row (PING, SETTINGS, WINDOW_UPDATE, empty
 *   nothing                 DATA, unknown ones): GOAWAY ENHANCE_YOUR_CALM
 *   acknowledgements        HTTP2_ACKS_MAX that wait to be sent
 *   large heads             HTTP_HEAD_SIZE_MAX: 431; HTTP2_HEAD_HARD_MAX: the connection ends
 *   heads in many pieces    nghttp2: 8 continuations; header_timeout_ms for the whole
 *   bodies                  bounded by their slot; body_timeout_ms
 *   answers not taken       the window is the client's: write_timeout_ms for each piece
 *
 * The end: GOAWAY that names no last stream, a tick later the one that does, the streams in hand,
 * the close. */
#ifndef ENGINE_HTTP_HTTP2_H
#define ENGINE_HTTP_HTTP2_H

#include "engine/http/pool.h"
#include "engine/http/session.h"

/* What all connections of a network thread share. */
struct http2_shared {
	nghttp2_session_callbacks *callbacks;
	nghttp2_option *option;
	struct pool pool; /* what the library takes for streams and headers */
	nghttp2_mem memory;
};

/* RESULT_OK; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result http2_open_shared(struct http2_shared *shared);
void http2_close_shared(struct http2_shared *shared);

/* From now on the session speaks HTTP/2. False: no memory. */
MUST_CHECK bool http2_start(struct session *session);
void http2_free(struct session *session);

void http2_take(struct session *session, struct slice bytes);
/* The client sends no more. */
void http2_end(struct session *session);
/* Writes what there is, as far as the socket takes it. */
void http2_flush(struct session *session);

/* For session_answer and the streams; the session and the stream are there. */
void http2_answer(struct exchange *exchange);
void http2_stream_begin(struct exchange *exchange);
void http2_stream_chunk(struct exchange *exchange);

void http2_tick(struct session *session, uint64_t now_ms);
void http2_drain(struct session *session);

#endif
