/* The load generator: what its parts share.
 *
 *	pace     says when the next request is due, measures and counts
 *	line     a connection; `http1` and `http2` say how its requests and answers look
 *
 * Closed loop: every line always has `depth` requests in flight. Open loop: requests arrive at a
 * fixed rate whatever the daemon does; one that finds no free line waits, and its latency counts
 * from its arrival, so that a pause shows in all that arrived during it. */
#ifndef BENCH_LOAD_LOAD_H
#define BENCH_LOAD_LOAD_H

#include "bench/load/channel.h"
#include "bench/load/settings.h"
#include "bench/load/visits.h"
#include "bench/support/histogram.h"
#include "bench/support/machine.h"

#include <event2/event.h>
#include <event2/event_struct.h>

#define LOAD_INPUT_SIZE (128u * 1024u) /* stays in the processor's cache */

struct load;
struct line;

/* How a protocol speaks. */
struct protocol_calls {
	/* Makes the state of a line, whose channel is open. */
	void (*open)(struct line *line);
	/* Begins anew on a fresh channel: what was in flight is forgotten. */
	void (*reopen)(struct line *line);
	/* Queues one request; there is room for it. */
	void (*submit)(struct line *line, uint64_t since_ns);
	/* Bytes came in; answers end with load_answered. */
	void (*receive)(struct line *line, const char *data, size_t size);
	/* Sends what is queued; false: the socket is full. */
	bool (*flush)(struct line *line);
};

struct line {
	struct load *load;
	uint32_t number;
	uint32_t provider; /* of its next request */
	uint32_t in_flight;
	bool is_queued; /* among the free lines */
	bool is_dirty;  /* among the lines to flush */
	struct line *next_free;
	struct line *next_dirty;
	struct channel channel;
	struct event readable;
	struct event writable;
	void *state; /* of the protocol */
};

struct load {
	struct settings settings;
	const struct protocol_calls *protocol;
	struct ssl_ctx_st *tls;
	struct event_base *base;
	struct visits visits;
	struct line *lines;
	struct line *free_first; /* lines with room, first come first served */
	struct line *free_last;
	struct line *dirty;
	char *input; /* LOAD_INPUT_SIZE bytes, of whichever line reads */

	struct event tick; /* open loop: the next arrival */
	struct event watch; /* each second */
	uint64_t now_ns; /* when what is looked at came in */
	uint64_t start_ns;
	uint64_t measure_ns; /* end of the warm-up */
	uint64_t end_ns;
	uint64_t last_ns;    /* of the latest answer */
	uint64_t arrivals;   /* so far */
	uint64_t arrivals_all;
	uint64_t in_flight;
	uint64_t backlog_most; /* arrivals that waited for a line, at worst */
	bool is_measuring;
	bool is_refusal_told;
	uint64_t drops_in_row; /* connections lost since the latest answer */

	/* After the warm-up. */
	uint64_t answers;
	uint64_t accepted;
	uint64_t refused;
	uint64_t drops;      /* connections lost, and opened again; in the warm-up too */
	uint64_t lost;	     /* requests that were in flight on them */
	uint64_t silence_ns; /* longest time without an answer */
	struct machine_use use_from;
	struct machine_use use_to;
	struct histogram latency; /* nanoseconds */
};

/* What came back for one request. */
struct answer {
	uint64_t since_ns;
	uint32_t accepted;
	const char *text; /* some of it, for a refusal */
	size_t text_size;
};

extern const struct protocol_calls http1_calls;
extern const struct protocol_calls http2_calls;

/* The provider whose titles a line's next request redeems: singles stay with one, so that
 * multiplexed headers stay the same, batches go round. */
uint32_t load_provider(struct line *line);

/* A request of the line is answered. */
void load_answered(struct line *line, const struct answer *answer);

/* Runs until all is answered. */
void load_run(struct load *load);

#endif
