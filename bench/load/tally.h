/* Counts the redemptions that an answer accepts, as its body comes in, in pieces of any size: the
 * word `accepted` in text, the results in records of schemas/redemptions.md. */
#ifndef BENCH_LOAD_TALLY_H
#define BENCH_LOAD_TALLY_H

#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

#define TALLY_WORD      "\"result\":\"accepted\""
#define TALLY_WORD_SIZE (sizeof(TALLY_WORD) - 1)

struct tally {
	uint32_t accepted;
	uint32_t hint; /* text: where in its line the word stood last */
	bool is_binary;
	uint64_t place; /* binary: bytes that came */
	uint32_t tail_size;
	/* Text: the end of what came, where a word may have begun. Binary: the magic, then each
	 * record up to its result. */
	char tail[TALLY_WORD_SIZE - 1];
};

void tally_init(struct tally *tally, bool is_binary);

/* Begins the next answer, which probably looks like the last one. */
void tally_begin(struct tally *tally, bool is_binary);

void tally_feed(struct tally *tally, const char *data, size_t size);

#endif
