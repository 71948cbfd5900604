/* One connection: bytes in, requests to the handler, answers out, in time. Two protocols share its
 * doors, its deadlines and its end: HTTP/1.1 (http1.h) and HTTP/2 (http2.h). Which one is spoken
 * is known from the handshake (ALPN) or, without TLS, from the first bytes (the preface of HTTP/2,
 * "prior knowledge").
 *
 * HTTP/1.1, reading:
 *	  accept
 *	    v    first byte      head complete       body complete
 *	  IDLE ------------> HEAD ------------> BODY --------> IDLE, or HELD until it is its turn
 *	    | idle too long    | 408              | 408
 *	    v                  v                  v
 *	  close              CLOSING <------------+   nothing more is read; the last answer ends it
 * HTTP/2 is in STREAMS from its first byte to its last.
 * LINGER: our side is shut, and what the client still sends is thrown away until it closes or a
 * second has passed (so that the answer is not lost to a reset).
 *
 * Invariants
 *   1. The requests in hand stand in a list, in the order in which they came. HTTP/1.1 answers them
 *      in this order, whatever the order in which the answers are made.
 *   2. The next request of HTTP/1.1 is begun before the present one is answered only if that one
 *      says so (overlaps: what it does cannot be seen by the reading of the next, and works come to
 *      the ledger in the order of the requests), at most HTTP_PIPELINE_MAX at once.
 *   3. What waits for the client to act has a deadline, absolute, not moved by dripping bytes.
 *   4. A session whose client went away while requests are in hand stays until the handler is done.
 *   5. Input is read ahead by at most HTTP_INPUT_SIZE_MAX; output that waits is bounded: a stream
 *      asks session_has_room first.
 * Answers that become ready in one turn of the loop leave in one write. Threads: that of its
 * network, always. */
#ifndef ENGINE_HTTP_SESSION_H
#define ENGINE_HTTP_SESSION_H

#include "engine/auth/certificate.h"
#include "engine/http/exchange.h"
#include "engine/http/wire.h"

#include <nghttp2/nghttp2.h>

struct network;

enum session_state {
	SESSION_FREE,
	SESSION_IDLE,
	SESSION_HEAD,
	SESSION_BODY,
	SESSION_HELD,
	SESSION_CLOSING,
	SESSION_STREAMS,
	SESSION_LINGER,
};

/* The client certificate of a connection, looked at when it matters first. */
struct session_peer {
	bool is_looked_at;
	bool is_shown;
	uint32_t generation;	   /* by which files it was good last (tls.h) */
	struct access_grant grant; /* credential 0: it opens nothing, as far as is known */
	struct certificate certificate;
};

struct session {
	struct network *network;
	struct wire wire; /* closed: the client is gone */
	struct session *next_free;
	struct session *next_dirty;
	struct exchange *first; /* in hand */
	struct exchange *last;
	uint32_t in_hand;
	uint8_t state;		  /* enum session_state */
	bool is_busy;		  /* its code is on the stack, and looks at the end itself */
	bool is_dirty;		  /* has something to write at the end of this turn */
	bool is_admin;		  /* came by the admin listener */
	bool is_fresh;		  /* no byte has been read */
	bool has_eof;		  /* the client sends no more */
	bool close_after;	  /* the last request in hand is the last */
	bool must_linger;	  /* there may be input that nobody reads */
	bool owes_continue;	  /* 100 Continue, when it is its turn */
	struct callers *callers;  /* where the connection counts; NULL: nowhere */
	uint64_t caller;	  /* as whose */
	uint64_t born_ms;
	uint64_t deadline_ms;	    /* of reading; monotonic; 0: none */
	uint64_t write_deadline_ms; /* of what waits to be taken; 0: nothing waits */

	/* HTTP/1.1. */
	struct exchange *reading; /* whose body is being read, or waits for its turn */
	struct evbuffer *rest;	  /* read, not yet parsed; NULL: never needed */

	/* HTTP/2; NULL: the other. */
	nghttp2_session *http2;
	uint32_t quiet_frames; /* since the last that moved a request or an answer */
	uint32_t resets;       /* of streams, by us, that were not forgotten yet */
	uint64_t resets_ms;    /* monotonic, when some were */
	uint8_t goaway;	       /* enum http2_goaway */
	bool head_is_open;     /* a head has begun that is not complete */
	uint64_t goaway_ms;    /* monotonic, of the notice */

	/* The token that opened last on this connection, and what it opened: shown again, it need
	 * not be hashed again. token_size 0: none. */
	struct access_grant grant;
	uint32_t token_size;
	char token[TOKEN_TEXT_SIZE];
	struct session_peer peer;
	struct parser parser;
};

/* What a session asks of whoever answers requests. Neither waits. */
struct session_handler {
	void *self;
	/* The head is complete. Sets body_capacity (and body, if it is not the slot's own) and
	 * overlaps, or answers at once with session_answer. */
	void (*head)(void *self, struct exchange *exchange);
	/* The body is complete, body_size bytes. Answers now or later. What overlaps has no head
	 * any more when this returns. */
	void (*body)(void *self, struct exchange *exchange);
	/* A stream may write again. */
	void (*room)(void *self, struct exchange *exchange);
	/* Fills in the answer to a request that cannot be read. */
	void (*refuse)(void *self, struct exchange *exchange, enum result result);
	/* The exchange is about to be given back: let go of what it holds. */
	void (*release)(void *self, struct exchange *exchange);
};

/* Starts a session whose wire is open. */
void session_start(struct session *session, bool is_admin);

/* Sends what the exchange's answer members say, when it is its turn, and gives the exchange back.
 * From the handler. */
void session_answer(struct exchange *exchange);

/* A streamed answer: chunks, data frames or, to HTTP/1.0, bytes until the close. */
void session_stream_begin(struct exchange *exchange);
/* Sends exchange->answer as a chunk and empties it, now or (HTTP/2) by the time there is room. */
void session_stream_chunk(struct exchange *exchange);
/* `ledger_sequence` goes into the trailer when it is not 0. Gives the exchange back. */
void session_stream_end(struct exchange *exchange, uint64_t ledger_sequence);
/* exchange->answer is empty and may be written and sent as a chunk; or nobody takes it, and it does
 * not matter. False: the handler's room is called when there is. */
bool session_has_room(const struct exchange *exchange);
/* Is nobody there to take the answers? */
bool session_is_gone(const struct session *session);

/* The tick: ends what is overdue. */
void session_tick(struct session *session, uint64_t now_ms);

/* The end of a turn: writes what became ready. */
void session_write_dirty(struct session *session);

/* No more requests: idle ones are closed, others after their answers. */
void session_drain(struct session *session);

/* Closes at once; a session with requests in hand becomes gone. */
void session_abort(struct session *session);

/* ---- For the protocols ---- */

/* A slot for a request, last in the list; its head and Request-Id are yet to be set. NULL: all are
 * in use, counted. */
struct exchange *session_take_exchange(struct session *session);
/* The client's Request-Id, if it is a sane one; else ours. */
void session_name_exchange(struct exchange *exchange);
/* Takes it out of the list and gives it back. */
void session_give_exchange(struct exchange *exchange);
/* Fills in the handler's refusal and answers. */
void session_refuse_exchange(struct exchange *exchange, enum result result);
/* The body is complete: the handler's word. */
void session_ask_handler(struct exchange *exchange);
/* Does the body of a request announce itself with Expect: 100-continue? */
bool session_expects_continue(const struct parser_head *head);
/* Monotonic, `ms` from now. */
uint64_t session_deadline(uint64_t ms);
/* To send a body of which so much is announced; to take so much of an answer. */
uint64_t session_body_ms(const struct session *session, uint64_t size);
uint64_t session_write_ms(const struct session *session, uint64_t size);
/* Sets or clears the deadline of what waits. */
void session_watch_output(struct session *session);
/* Writes, and counts. */
void session_write(struct session *session, const char *bytes, size_t size);
/* The last byte was taken: shuts our side and lingers if there may be unread input, else closes. */
void session_end(struct session *session);
/* At the end of what ran with is_busy: a session that is gone and has nothing in hand is free. */
void session_settle(struct session *session);

#endif
