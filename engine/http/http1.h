/* HTTP/1.1 on a session: its states, its order, its pipelining. See session.h. */
#ifndef ENGINE_HTTP_HTTP1_H
#define ENGINE_HTTP_HTTP1_H

#include "engine/http/session.h"

/* Bytes have come; none: the client sends no more. */
void http1_take(struct session *session, struct slice bytes);

/* The socket took what waited, or answers became ready: on with it. */
void http1_flushed(struct session *session);

/* For session_answer and the streams; the session and the stream are there. */
void http1_answer(struct exchange *exchange);
void http1_stream_begin(struct exchange *exchange);
void http1_stream_chunk(struct exchange *exchange);

void http1_tick(struct session *session, uint64_t now_ms);
void http1_drain(struct session *session);

#endif
