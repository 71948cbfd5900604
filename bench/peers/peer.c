/* What the clients of the peers share: see peer.h. */
#include "bench/peers/peer.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LATENCIES_MAX 4000000u
#define ROUNDS_OF_DAYS 24u
/* 2026-10-01T08:00:00+02:00 */
#define FIRST_START_S INT64_C(1790834400)

_Noreturn void peer_die(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	exit(1);
}

uint64_t peer_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint32_t number_of(const char *text)
{
	return (uint32_t)strtoul(text, NULL, 10);
}

static void set(struct peer_options *options, int which, const char *value)
{
	switch (which) {
	case 't':
		options->to = value;
		break;
	case 'm':
		options->mode = value;
		break;
	case 'c':
		options->connections = number_of(value);
		break;
	case 's':
		options->seconds = strtod(value, NULL);
		break;
	case 'f':
		options->first = number_of(value);
		break;
	case 'v':
		options->vouchers = number_of(value);
		break;
	case 'g':
		options->given = number_of(value);
		break;
	case 'l':
		options->lines = number_of(value);
		break;
	case 'd':
		options->depth = number_of(value);
		break;
	default:
		exit(2);
	}
}

void peer_init(struct peer *peer, int argc, char **argv)
{
	static const struct option names[] = {{"to", required_argument, NULL, 't'},
					      {"mode", required_argument, NULL, 'm'},
					      {"connections", required_argument, NULL, 'c'},
					      {"seconds", required_argument, NULL, 's'},
					      {"first", required_argument, NULL, 'f'},
					      {"vouchers", required_argument, NULL, 'v'},
					      {"given", required_argument, NULL, 'g'},
					      {"lines", required_argument, NULL, 'l'},
					      {"depth", required_argument, NULL, 'd'},
					      {NULL, 0, NULL, 0}};
	struct peer_options *options = &peer->options;
	*options = (struct peer_options){
	    .to = "", .mode = "single", .connections = 1, .seconds = 3, .lines = 1000, .depth = 16};
	int which;
	while ((which = getopt_long(argc, argv, "", names, NULL)) != -1)
		set(options, which, optarg);
	if (options->connections == 0 || options->connections > PEER_LINKS_MAX ||
	    options->lines == 0 || options->lines > PEER_LINES_MAX || options->depth == 0 ||
	    options->depth > PEER_DEPTH_MAX || options->vouchers < PEER_PROVIDERS ||
	    options->vouchers % PEER_PROVIDERS != 0 || options->first % PEER_PROVIDERS != 0)
		peer_die("usage", "--to WHERE --mode NAME --connections N --seconds S --first V "
				  "--vouchers N --given N --lines N --depth N");
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	peer->key_base = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	peer->latencies = malloc(LATENCIES_MAX * sizeof(uint32_t));
	if (peer->latencies == NULL)
		peer_die("malloc", "no memory");
	for (uint32_t i = 0; i < PEER_PROVIDERS; i++)
		peer->next[i] = options->given;
}

static void put_u64(uint8_t *to, uint64_t value)
{
	for (uint32_t i = 0; i < 8; i++)
		to[i] = (uint8_t)(value >> (56 - 8 * i));
}

uint32_t peer_turn(struct peer *peer)
{
	return peer->turn++ % PEER_PROVIDERS;
}

void peer_visit(struct peer *peer, uint32_t provider, struct visit *ret_visit)
{
	const struct peer_options *options = &peer->options;
	uint32_t given = peer->next[provider]++;
	uint32_t each = options->vouchers / PEER_PROVIDERS;
	uint32_t voucher = options->first + given % each * PEER_PROVIDERS + provider + 1;
	uint32_t round = given / each;
	uint32_t hours = (voucher - 1) % 4 * 2 + round / ROUNDS_OF_DAYS % 2;
	*ret_visit = (struct visit){.voucher = voucher,
				    .provider = provider + 1,
				    .minutes = PEER_VISIT_MINUTES,
				    .start_s = FIRST_START_S +
					       (int64_t)(round % ROUNDS_OF_DAYS) * 86400 +
					       (int64_t)hours * 3600,
				    .worker = voucher};
	put_u64(ret_visit->key, peer->key_base);
	put_u64(ret_visit->key + 8, peer->keys++);
}

void peer_begin(struct peer *peer)
{
	peer->began_ns = peer_now();
	peer->ends_ns = peer->began_ns + (uint64_t)(peer->options.seconds * 1e9);
}

bool peer_goes_on(const struct peer *peer)
{
	return peer_now() < peer->ends_ns;
}

void peer_answered(struct peer *peer, uint64_t started_ns, uint64_t visits, uint64_t accepted)
{
	if (peer->latency_count < LATENCIES_MAX)
		peer->latencies[peer->latency_count++] =
		    (uint32_t)((peer_now() - started_ns) / 1000);
	peer->accepted += accepted;
	peer->refused += visits - accepted;
}

static int by_size(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left;
	uint32_t b = *(const uint32_t *)right;
	return (a > b) - (a < b);
}

int peer_report(struct peer *peer)
{
	double seconds = (double)(peer_now() - peer->began_ns) / 1e9;
	qsort(peer->latencies, peer->latency_count, sizeof(uint32_t), by_size);
	uint64_t last = peer->latency_count == 0 ? 0 : peer->latency_count - 1;
	uint32_t given = 0;
	for (uint32_t i = 0; i < PEER_PROVIDERS; i++)
		given = peer->next[i] > given ? peer->next[i] : given;
	printf("given %u\n", given);
	printf("per_second %.0f\naccepted %llu\nrefused %llu\np50_us %u\np99_us %u\nmax_us %u\n",
	       (double)peer->accepted / seconds, (unsigned long long)peer->accepted,
	       (unsigned long long)peer->refused, peer->latencies[last / 2],
	       peer->latencies[last * 99 / 100], peer->latencies[last]);
	return peer->refused > 0;
}
