/* See visits.h. */
#include "bench/load/visits.h"

#include "bench/support/machine.h"
#include "bench/load/visits_binary.h"
#include "engine/base/check.h"
#include "schemas/redemptions.def"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MINUTES_A_TITLE 360u /* a quarter of the day */
#define VISIT_MINUTES   30u

void visits_init(struct visits *visits, const struct settings *settings)
{
	char line[256];
	FILE *file = fopen(settings->tokens, "r");
	if (file == NULL)
		machine_die(settings->tokens);
	while (visits->providers < VISITS_PROVIDERS_MAX && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (strlen(line) == VISITS_TOKEN_SIZE)
			memcpy(visits->tokens[visits->providers++], line, VISITS_TOKEN_SIZE);
	}
	fclose(file);
	visits->vouchers = (uint32_t)settings->vouchers;
	visits->round = (uint32_t)settings->round;
	visits->rounds = (uint32_t)settings->visits;
	visits->together = (uint32_t)settings->together;
	visits->each = visits->providers > 0 ? visits->vouchers / visits->providers : 0;
	visits->shape = settings->shape;
	visits->keys = settings->keys;
	visits->key_seed = machine_now_ns();
	if (visits->providers == 0 || visits->vouchers < visits->providers) {
		fprintf(stderr, "load: no tokens, or fewer titles than providers\n");
		exit(2);
	}
}

/* On to the next visit of a provider, without a division: the generator makes millions a second. */
static void step(const struct visits *visits, struct visits_cursor *cursor)
{
	cursor->given++;
	if (++cursor->inner < visits->together)
		return;
	cursor->inner = 0;
	if (++cursor->title < visits->each)
		return;
	cursor->title = 0;
	cursor->round += visits->together;
}

struct visit visits_next(struct visits *visits, uint32_t provider)
{
	struct visits_cursor *cursor = &visits->cursors[provider];
	struct visit visit = {.place = cursor->given};
	uint32_t round = visits->round + cursor->round + cursor->inner;
	if (round >= visits->rounds) {
		fprintf(stderr, "load: the titles of provider %u are used up after %u visits\n",
			provider, visit.place);
		exit(3);
	}
	visit.voucher = cursor->title * visits->providers + provider + 1;
	visit.day = 1 + round % VISITS_ROUNDS_A_DAY;
	visit.minute = (visit.voucher - 1) % VISITS_TITLES_A_PERSON * MINUTES_A_TITLE +
		       round / VISITS_ROUNDS_A_DAY * VISIT_MINUTES;
	step(visits, cursor);
	return visit;
}

uint32_t visits_next_round(const struct visits *visits)
{
	uint32_t most = 0;
	for (uint32_t i = 0; i < visits->providers; i++) {
		const struct visits_cursor *cursor = &visits->cursors[i];
		bool is_begun = cursor->title > 0 || cursor->inner > 0;
		uint32_t next = cursor->round + (is_begun ? visits->together : 0);
		if (next > most)
			most = next;
	}
	return visits->round + most;
}

static char *put(char *at, const char *text, size_t size)
{
	memcpy(at, text, size);
	return at + size;
}
#define PUT(at, text) put(at, text, sizeof(text) - 1)

static char *put_two(char *at, uint32_t number)
{
	at[0] = (char)('0' + number / 10);
	at[1] = (char)('0' + number % 10);
	return at + 2;
}

static char *put_number(char *at, uint32_t number)
{
	char digits[10];
	uint32_t used = 0;
	do {
		digits[used++] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	while (used > 0)
		*at++ = digits[--used];
	return at;
}

static char *put_start(char *at, struct visit visit)
{
	at = PUT(at, "2026-10-");
	at = put_two(at, visit.day);
	*at++ = 'T';
	at = put_two(at, visit.minute / 60);
	*at++ = ':';
	at = put_two(at, visit.minute % 60);
	return PUT(at, ":00+02:00");
}

static char *put_json(char *at, struct visit visit, bool with_id)
{
	at = with_id ? PUT(at, "{\"id\":\"") : PUT(at, "{");
	if (with_id) {
		at = put_number(at, visit.place);
		at = PUT(at, "\",");
	}
	at = PUT(at, "\"voucher\":\"");
	at += check_number_format(visit.voucher, at);
	at = PUT(at, "\",\"start\":\"");
	at = put_start(at, visit);
	at = PUT(at, "\",\"minutes\":30,\"operator\":\"OP-");
	at = put_number(at, visit.voucher);
	return with_id ? PUT(at, "\"}\n") : PUT(at, "\"}");
}

static char *put_csv(char *at, struct visit visit)
{
	at = put_number(at, visit.place);
	*at++ = ';';
	at += check_number_format(visit.voucher, at);
	*at++ = ';';
	at = put_start(at, visit);
	at = PUT(at, ";30;OP-");
	at = put_number(at, visit.voucher);
	*at++ = '\n';
	return at;
}

uint32_t visits_body(struct visits *visits, uint32_t provider, uint32_t lines, char *ret_body)
{
	char *at = ret_body;
	if (visits->shape == SHAPE_BINARY)
		return visits_binary(visits, provider, lines, ret_body);
	if (visits->shape == SHAPE_CSV)
		at = PUT(at, "id;voucher;start;minutes;operator\n");
	for (uint32_t i = 0; i < lines; i++) {
		struct visit visit = visits_next(visits, provider);
		at = visits->shape == SHAPE_CSV
			 ? put_csv(at, visit)
			 : put_json(at, visit, visits->shape == SHAPE_NDJSON);
	}
	return (uint32_t)(at - ret_body);
}

/* One step of splitmix64: numbers that repeat after 2^64 steps and look random. */
static uint64_t mix(uint64_t *state)
{
	uint64_t value = *state += UINT64_C(0x9E3779B97F4A7C15);
	value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
	return value ^ (value >> 31);
}

/* The eight digits of a number at once, each in a byte of a word. */
static void put_hex(char *at, uint32_t number)
{
	uint64_t spread = number;
	spread = (spread | spread << 16) & UINT64_C(0x0000FFFF0000FFFF);
	spread = (spread | spread << 8) & UINT64_C(0x00FF00FF00FF00FF);
	spread = (spread | spread << 4) & UINT64_C(0x0F0F0F0F0F0F0F0F);
	/* 10 and more are letters: with 6 more they pass 16. */
	uint64_t letters = (spread + UINT64_C(0x0606060606060606)) >> 4 & UINT64_C(0x0101010101010101);
	spread += UINT64_C(0x3030303030303030) + letters * ('a' - '0' - 10);
	spread = __builtin_bswap64(spread);
	memcpy(at, &spread, sizeof(spread));
}

static void put_uuid(char *at, uint64_t high, uint64_t low)
{
	char digits[32];
	put_hex(digits, (uint32_t)(high >> 32));
	put_hex(digits + 8, (uint32_t)high);
	put_hex(digits + 16, (uint32_t)(low >> 32));
	put_hex(digits + 24, (uint32_t)low);
	memcpy(at, digits, 8);
	at[8] = '-';
	memcpy(at + 9, digits + 8, 4);
	at[13] = '-';
	memcpy(at + 14, digits + 12, 4);
	at[18] = '-';
	memcpy(at + 19, digits + 16, 4);
	at[23] = '-';
	memcpy(at + 24, digits + 20, 12);
}

void visits_key(struct visits *visits, char *ret_key)
{
	uint64_t high = mix(&visits->key_seed);
	uint64_t low = mix(&visits->key_seed);
	uint64_t version = 4;
	if (visits->keys == KEYS_ORDERED) {
		struct timespec now;
		(void)clock_gettime(CLOCK_REALTIME_COARSE, &now);
		uint64_t ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
		high = ms << 16 | (high & 0xFFF);
		/* Counts within the millisecond and beyond: never backwards. */
		low = visits->key_count++ << 24 | (low & 0xFFFFFF);
		version = 7;
	}
	high = (high & ~UINT64_C(0xF000)) | version << 12;
	low = (low & ~(UINT64_C(3) << 62)) | UINT64_C(2) << 62;
	put_uuid(ret_key, high, low);
}

const char *visits_media_type(uint64_t shape)
{
	switch ((enum shape)shape) {
	case SHAPE_SINGLE:
		break;
	case SHAPE_NDJSON:
		return "application/x-ndjson";
	case SHAPE_CSV:
		return "text/csv";
	case SHAPE_BINARY:
		return BINARY_MEDIA_TYPE;
	}
	return "application/json";
}
