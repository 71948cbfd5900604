/* What the load generator was asked for: see `load --help` and bench/README.md. */
#ifndef BENCH_LOAD_SETTINGS_H
#define BENCH_LOAD_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#define SETTINGS_SHAPES    "single|ndjson|csv|binary"
#define SETTINGS_PROTOCOLS "http1|h2"
#define SETTINGS_KEYS      "ordered|random"

enum shape {
	SHAPE_SINGLE = 0, /* one JSON object a request */
	SHAPE_NDJSON,     /* `lines` objects a request */
	SHAPE_CSV,
	SHAPE_BINARY, /* schemas/redemptions.md */
};

enum protocol {
	PROTOCOL_HTTP1 = 0,
	PROTOCOL_H2,
};

enum keys {
	KEYS_ORDERED = 0, /* begin with the time, as UUID version 7 does */
	KEYS_RANDOM,      /* as UUID version 4 */
};

struct settings {
	uint64_t port;
	const char *tokens; /* a file, one bearer token a line; line p is provider p */
	uint64_t shape;
	uint64_t protocol;
	uint64_t tls;
	const char *ca; /* file of certificates; empty: the server is not verified */
	const char *server_name;
	uint64_t connections;
	uint64_t depth; /* requests in flight on a connection: pipelined, or streams */
	uint64_t in_flight; /* requests in flight on all connections together; 0: no bound */
	uint64_t lines; /* redemptions in one request of a batch shape */
	uint64_t keys;
	uint64_t seconds;
	uint64_t warmup;
	uint64_t rate;     /* redemptions each second that arrive; 0: closed loop */
	uint64_t vouchers; /* titles in the ledger */
	uint64_t round;    /* first visit of each title */
	uint64_t visits;   /* that each title has units for */
	uint64_t together; /* visits of one title that follow each other */
	uint64_t timeout;
	uint64_t watch; /* process whose processor time is told too */
	const char *save_answer;
	const char *json;
};

/* Reads the options; ends the program when they make no sense. */
void settings_read(struct settings *settings, int argc, char **argv);

/* Redemptions in one request. */
uint32_t settings_lines(const struct settings *settings);

static inline bool settings_is_batch(const struct settings *settings)
{
	return settings->shape != SHAPE_SINGLE;
}

#endif
