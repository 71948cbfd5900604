/* What the clients of the peers share: which visits they submit, how they are timed, what they
 * print. The visits are those of bench/load.c: provider p serves the titles v with (v - 1) mod
 * providers = p, each request redeems the next titles of its provider for 30 minutes, and round r
 * of a title falls on another day and hour. A title has room for 24 of them. */
#ifndef BENCH_PEERS_PEER_H
#define BENCH_PEERS_PEER_H

#include <stdbool.h>
#include <stdint.h>

#define PEER_PROVIDERS     64u
#define PEER_LINKS_MAX     256u
#define PEER_LINES_MAX     20000u
#define PEER_DEPTH_MAX     64u
#define PEER_KEY_SIZE      16u
#define PEER_VISIT_MINUTES 30u

/* The command line: --to SOCKET --mode NAME --connections N --seconds S --first V --vouchers N
 * --given N --lines N --depth N. */
struct peer_options {
	const char *to;       /* folder, socket or file of the peer */
	const char *mode;
	uint32_t connections;
	double seconds;
	uint32_t first;       /* titles before those that are used */
	uint32_t vouchers;    /* titles that are used; a multiple of PEER_PROVIDERS */
	uint32_t given;       /* visits of each provider that were submitted before */
	uint32_t lines;       /* visits in a batch */
	uint32_t depth;       /* requests in flight on one connection */
};

struct visit {
	uint32_t voucher;
	uint32_t provider;
	uint32_t minutes;
	int64_t start_s;                /* seconds since 1970, UTC */
	uint64_t worker;
	uint8_t key[PEER_KEY_SIZE];     /* unique, rising with time */
};

struct peer {
	struct peer_options options;
	uint32_t next[PEER_PROVIDERS];  /* visits given out so far, by provider */
	uint32_t turn;                  /* whose request is next */
	uint64_t keys;
	uint64_t key_base;
	uint32_t *latencies;            /* microseconds */
	uint64_t latency_count;
	uint64_t accepted;
	uint64_t refused;
	uint64_t began_ns;
	uint64_t ends_ns;
};

/* Reads the command line; ends the program with 2 where it is wrong. */
void peer_init(struct peer *peer, int argc, char **argv);

/* The provider of the next request: each in its turn, so that all titles are used alike. */
uint32_t peer_turn(struct peer *peer);

/* The next visit of a provider (0 to PEER_PROVIDERS - 1). */
void peer_visit(struct peer *peer, uint32_t provider, struct visit *ret_visit);

/* Monotonic nanoseconds. */
uint64_t peer_now(void);

/* The time of the measurement begins. */
void peer_begin(struct peer *peer);

/* Is there time for another request? */
bool peer_goes_on(const struct peer *peer);

/* A request was answered: so many of its visits were accepted. */
void peer_answered(struct peer *peer, uint64_t started_ns, uint64_t visits, uint64_t accepted);

/* Prints per_second, accepted, refused and percentiles as `name value`, as bench/load does, and
 * given: the most visits of a provider that were ever submitted. Exit
 * code of the program: 1 where a visit was refused. */
int peer_report(struct peer *peer);

/* Ends the program with what failed. */
_Noreturn void peer_die(const char *what, const char *why);

#endif
