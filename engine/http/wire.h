/* One connection's bytes, plain or through TLS: the same doors for both, so that sessions do not
 * know which they speak over.
 *
 * The socket is watched by bare events. What is read lies in the network thread's room until the
 * next read of any connection: the reader takes what it needs before it returns. What is written
 * goes to the socket at once; what it does not take waits here, and on_flushed says when all is
 * taken. TLS runs between two pieces of memory: one recv, all the records in it; all the records of
 * an answer, one send.
 *
 * Threads: that of its network, always. */
#ifndef ENGINE_HTTP_WIRE_H
#define ENGINE_HTTP_WIRE_H

#include "engine/base/slice.h"
#include "engine/http/tls.h"

#include <event2/event.h>

#define WIRE_READ_SIZE	 (64u * 1024u) /* one recv, bytes */
#define WIRE_RECORD_SIZE (20u * 1024u) /* more than a TLS record, bytes */
#define WIRE_OUTPUT_SIZE (64u * 1024u)

struct evbuffer;

/* The room that all connections of a network thread share. */
struct wire_room {
	char taken[WIRE_READ_SIZE];			 /* from the socket */
	char opened[WIRE_READ_SIZE + WIRE_RECORD_SIZE];	 /* taken, deciphered */
	char sealed[WIRE_READ_SIZE + WIRE_RECORD_SIZE];	 /* ciphered, for the socket */
	char output[WIRE_OUTPUT_SIZE]; /* for whoever gathers what is to be written */
	uint32_t sealed_used;
};

enum wire_step {
	WIRE_NOTHING, /* not now */
	WIRE_BYTES,
	WIRE_END,    /* the peer sends no more */
	WIRE_BROKEN, /* of no more use */
};

struct wire {
	struct wire_room *room;
	SSL *ssl; /* NULL: plain */
	struct evbuffer *waiting; /* NULL: nothing ever waited */
	void (*on_readable)(void *context);
	void (*on_flushed)(void *context);
	void *context;
	struct slice taken; /* what TLS has not yet taken of room->taken */
	int descriptor;	    /* -1: closed */
	bool is_reading;    /* the socket is watched for input */
	bool is_broken;	    /* nothing can be written any more */
	bool has_ended;	    /* the peer sends no more */
	struct event *readable;
	struct event *writable;
};

/* Takes a connected, non-blocking socket, and TLS where it is not NULL: both are the wire's from
 * here on. Input is watched from the start. RESULT_OK; RESULT_OUT_OF_MEMORY (they stay the
 * caller's). */
MUST_CHECK enum result wire_open(struct wire *wire, struct event_base *base,
				 struct wire_room *room, int descriptor, SSL *ssl);

/* Closes at once; what waits is lost. Nothing for a wire that is closed. */
void wire_close(struct wire *wire);
bool wire_is_open(const struct wire *wire);

/* What has come, in room->taken or room->opened: valid until the next call for any wire. */
enum wire_step wire_read(struct wire *wire, struct slice *ret_bytes);

/* Watches for input, or lets it wait in the kernel. After WIRE_END it is never watched again. */
void wire_watch(struct wire *wire, bool watch);

/* Sends, or keeps: bytes are copied where they must wait. */
void wire_write(struct wire *wire, const char *bytes, size_t size);

/* Bytes that the socket has not taken. */
size_t wire_waiting(const struct wire *wire);

/* No more will be written. */
void wire_shut(struct wire *wire);

/* TLS, its handshake done: was HTTP/2 chosen? */
bool wire_is_http2(const struct wire *wire);

#endif
