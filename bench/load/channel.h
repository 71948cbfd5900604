/* A connection's bytes: a socket on loopback, plain or under TLS 1.3. Never blocks once open. */
#ifndef BENCH_LOAD_CHANNEL_H
#define BENCH_LOAD_CHANNEL_H

#include "bench/load/settings.h"

#include <stddef.h>
#include <sys/types.h>

struct ssl_st;
struct ssl_ctx_st;

struct channel {
	int socket;
	struct ssl_st *ssl; /* NULL: plain */
	bool is_broken;	    /* it is of no more use: nothing goes and nothing comes */
};

/* Makes what all TLS connections share; NULL without TLS. Ends the program on failure. */
struct ssl_ctx_st *channel_tls(const struct settings *settings);

/* Connects, shakes hands, then turns to not blocking. Ends the program on failure. */
void channel_open(struct channel *channel, const struct settings *settings,
		  struct ssl_ctx_st *tls);

/* Sends what goes; returns how much, 0 when nothing goes now, or ever (is_broken). */
size_t channel_send(struct channel *channel, const void *data, size_t size);

/* Receives what is there; returns how much, 0 when nothing is there now, or ever (is_broken: the
 * peer closed). */
size_t channel_receive(struct channel *channel, void *data, size_t size);

/* After a receive: is there more that no event will tell of? `was_filled`: it took all the room. */
bool channel_has_more(const struct channel *channel, bool was_filled);

void channel_close(struct channel *channel);

#endif
