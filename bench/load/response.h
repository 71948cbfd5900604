/* Reads HTTP/1.1 answers as they come in, in pieces of any size.
 *
 * By hand and not with llhttp, because the load generator shares the machine with what it measures:
 * it looks at the status, the framing and how the body answers, and at nothing else. Whatever it
 * does not expect ends the run.
 *
 * A whole answer whose head has the status, the size of the body and its end at the very places where
 * the last one had them is as long as that one: this is compared, and nothing searched. */
#ifndef BENCH_LOAD_RESPONSE_H
#define BENCH_LOAD_RESPONSE_H

#include "bench/load/tally.h"

#include <stdbool.h>

#define RESPONSE_HEAD_SIZE_MAX	 2048u
#define RESPONSE_START_SIZE	 16u /* of the status line */
#define RESPONSE_LENGTH_SIZE_MAX 40u
#define RESPONSE_SAMPLE		 64u /* each so many answers one is read in full whatever it looks like */

enum response_state {
	RESPONSE_HEAD = 0,
	RESPONSE_BODY,       /* `left` bytes more */
	RESPONSE_CHUNK_SIZE, /* in the line before a chunk */
	RESPONSE_CHUNK,      /* `left` bytes more of a chunk */
	RESPONSE_CHUNK_END,  /* the line end after it */
	RESPONSE_TRAILER,    /* lines up to an empty one */
};

/* What a head in one piece looked like. The next one differs in a few digits at most. */
struct response_like {
	uint32_t head_size; /* 0: nothing is known */
	uint32_t body_size;
	uint32_t status;
	uint32_t length_at; /* of the line with the body's size */
	uint32_t length_size;
	uint32_t turn;	   /* answers since the start */
	uint64_t expected; /* bytes of the one that is read in full though it looks alike; 0: none */
	char start[RESPONSE_START_SIZE];
	char length[RESPONSE_LENGTH_SIZE_MAX];
};

struct response {
	enum response_state state;
	struct response_like like;
	uint32_t status;
	uint64_t left;
	bool is_binary;
	bool is_chunked;
	bool has_digit;
	uint32_t line_size; /* of the trailer's line so far */
	uint32_t head_size;
	struct tally tally;
	char head[RESPONSE_HEAD_SIZE_MAX]; /* a head that came in pieces */
};

/* `is_binary`: what the bodies of answers are, see tally.h. */
void response_init(struct response *response, bool is_binary);

/* Takes bytes; returns how many. *ret_is_whole: an answer ends there, its status and tally stand in
 * the response until the next call, which begins a new one. */
size_t response_feed(struct response *response, const char *data, size_t size, bool *ret_is_whole);

#endif
