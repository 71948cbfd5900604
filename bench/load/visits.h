/* The redemptions that are asked for: each visit is new, none overlaps another of its person.
 *
 * make_ledger's title v is served by provider (v - 1) mod providers; the visits of a provider are
 * given out title by title, then round by round (with `together`, so many rounds of a title
 * at once). Round r of a title is on day 1 + r mod 24 of
 * October 2026, in the r / 24-th half-hour of the title's six hours; the four titles of a person
 * (and the operator of each, who is the title's own) have a quarter of the day each. */
#ifndef BENCH_LOAD_VISITS_H
#define BENCH_LOAD_VISITS_H

#include "bench/load/settings.h"

#define VISITS_PROVIDERS_MAX   1024u
#define VISITS_TOKEN_SIZE      71u
#define VISITS_LINE_SIZE_MAX   160u
#define VISITS_KEY_SIZE        36u
#define VISITS_ROUNDS_A_DAY    24u /* rounds before the next half-hour */
#define VISITS_TITLES_A_PERSON 4u

struct visits {
	uint32_t providers;
	uint32_t vouchers;
	uint32_t each; /* titles of a provider */
	uint32_t round;
	uint32_t rounds; /* beyond it there are no units */
	uint32_t together;
	uint64_t shape;
	uint64_t keys;
	uint64_t key_count;
	uint64_t key_seed;
	char tokens[VISITS_PROVIDERS_MAX][VISITS_TOKEN_SIZE + 1];
	struct visits_cursor {
		uint32_t given; /* so far */
		uint32_t title; /* of the next, among the provider's */
		uint32_t round; /* of the next, from the first of this run */
		uint32_t inner; /* of the next, among those of its title that go together */
	} cursors[VISITS_PROVIDERS_MAX];
};

struct visit {
	uint32_t voucher;
	uint32_t place; /* of the visit among those of its provider: its id in a batch */
	uint32_t day;   /* of the month */
	uint32_t minute; /* of the day */
};

/* Reads the tokens. */
void visits_init(struct visits *visits, const struct settings *settings);

/* The next visit of a provider. Ends the program when its titles are used up. */
struct visit visits_next(struct visits *visits, uint32_t provider);

/* Writes the body of a request of `lines` visits; returns its size, at most
 * (lines + 1) * VISITS_LINE_SIZE_MAX. */
uint32_t visits_body(struct visits *visits, uint32_t provider, uint32_t lines, char *ret_body);

/* Writes an idempotency key that was never used before, VISITS_KEY_SIZE bytes. */
void visits_key(struct visits *visits, char *ret_key);

/* The first round that no title has had a visit of. */
uint32_t visits_next_round(const struct visits *visits);

const char *visits_media_type(uint64_t shape);

#endif
