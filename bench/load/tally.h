/* Counts the redemptions that an answer accepts, as its body comes in, in pieces of any size. */
#ifndef BENCH_LOAD_TALLY_H
#define BENCH_LOAD_TALLY_H

#include <stddef.h>
#include <stdint.h>

#define TALLY_WORD      "\"result\":\"accepted\""
#define TALLY_WORD_SIZE (sizeof(TALLY_WORD) - 1)

struct tally {
	uint32_t accepted;
	uint32_t tail_size;
	char tail[TALLY_WORD_SIZE - 1]; /* the end of what came, where a word may have begun */
};

void tally_init(struct tally *tally);

void tally_feed(struct tally *tally, const char *data, size_t size);

#endif
