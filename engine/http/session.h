/* One connection: bytes in, requests to the handler, answers out, in order, in time.
 *
 *	  accept
 *	    v    first byte      head complete       body complete
 *	  IDLE ------------> HEAD ------------> BODY ------------> PENDING
 *	  ^  | idle too long   | 408             | 408               | session_answer,
 *	  |  v                 v                 v                   v stream end
 *	  | close            CLOSING <-----------+-------------- FLUSHING
 *	  +------------------------------------------- output taken --+
 *
 * CLOSING: the last answer is being taken; then LINGER: our side is shut, and what the client still
 * sends is thrown away until it closes or a second has passed (so that the answer is not lost to a
 * reset).
 *
 * Invariants
 *   1. One request at a time is in hand; the next is parsed after its answer was taken.
 *   2. Every state but PENDING has a deadline, absolute, not moved by dripping bytes.
 *   3. A session whose client went away while a request is in hand stays until the handler is done.
 *   4. Input is read ahead by at most HTTP_INPUT_SIZE_MAX; output that waits is bounded: a stream
 *      asks session_has_room first.
 * Head and body of an answer leave in one write. Threads: that of its network, always. */
#ifndef ENGINE_HTTP_SESSION_H
#define ENGINE_HTTP_SESSION_H

#include "engine/http/exchange.h"

#include <event2/bufferevent.h>

struct network;

enum session_state {
	SESSION_FREE,
	SESSION_IDLE,
	SESSION_HEAD,
	SESSION_BODY,
	SESSION_PENDING,
	SESSION_FLUSHING,
	SESSION_CLOSING,
	SESSION_LINGER,
};

struct session {
	struct network *network;
	struct bufferevent *bufferevent; /* NULL: the client is gone */
	struct exchange *exchange;	 /* in BODY and PENDING */
	struct session *next_free;
	uint64_t born_ms;
	uint64_t deadline_ms; /* monotonic; 0: none */
	int descriptor;	      /* -1: not a socket (a test's pair) */
	uint8_t state;	      /* enum session_state */
	bool is_pumping;      /* session_pump is on the stack */
	bool is_admin;	      /* came by the admin listener */
	bool has_eof;	      /* the client sends no more */
	bool close_after;     /* the present answer is the last */
	bool must_linger;     /* there may be input that nobody reads */
	/* The token that opened last on this connection, and what it opened: shown again, it need
	 * not be hashed again. token_size 0: none. */
	struct access_grant grant;
	uint32_t token_size;
	char token[TOKEN_TEXT_SIZE];
	struct parser parser;
};

/* What a session asks of whoever answers requests. Neither waits. */
struct session_handler {
	void *self;
	/* The head is complete. Sets body_capacity (and body, if it is not the slot's own), or
	 * answers at once with session_answer. */
	void (*head)(void *self, struct exchange *exchange);
	/* The body is complete, body_size bytes. Answers now or later. */
	void (*body)(void *self, struct exchange *exchange);
	/* A stream may write again. */
	void (*room)(void *self, struct exchange *exchange);
	/* Fills in the answer to a request that cannot be read. */
	void (*refuse)(void *self, struct exchange *exchange, enum result result);
	/* The exchange is about to be given back: let go of what it holds. */
	void (*release)(void *self, struct exchange *exchange);
};

/* Starts a session on a connected bufferevent, which it owns from now on. `descriptor` is that of
 * its socket, -1 when it has none. */
void session_start(struct session *session, struct bufferevent *bufferevent, int descriptor,
		   bool is_admin);

/* Sends what the exchange's answer members say, and gives the exchange back. From the handler. */
void session_answer(struct exchange *exchange);

/* A streamed answer: chunks (or, to HTTP/1.0, bytes until the close). */
void session_stream_begin(struct exchange *exchange);
/* Sends exchange->answer as a chunk and empties it. */
void session_stream_chunk(struct exchange *exchange);
/* `ledger_sequence` goes into the trailer when it is not 0. Gives the exchange back. */
void session_stream_end(struct exchange *exchange, uint64_t ledger_sequence);
/* Less than HTTP_OUTPUT_SIZE_MAX waits, or the client is gone: write on. */
bool session_has_room(const struct session *session);
/* Is nobody there to take the answer? */
bool session_is_gone(const struct session *session);

/* The tick: ends what is overdue. */
void session_tick(struct session *session, uint64_t now_ms);

/* No more requests: idle ones are closed, others after their answer. */
void session_drain(struct session *session);

/* Closes at once; a session with a request in hand becomes gone. */
void session_abort(struct session *session);

#endif
