/* Reads HTTP/1.1 answers as they come in, in pieces of any size.
 *
 * By hand and not with llhttp, because the load generator shares the machine with what it measures:
 * it looks at the status, the framing and how the body answers, and at nothing else. Whatever it
 * does not expect ends the run. */
#ifndef BENCH_LOAD_RESPONSE_H
#define BENCH_LOAD_RESPONSE_H

#include "bench/load/tally.h"

#include <stdbool.h>

#define RESPONSE_HEAD_SIZE_MAX 2048u

enum response_state {
	RESPONSE_HEAD = 0,
	RESPONSE_BODY,       /* `left` bytes more */
	RESPONSE_CHUNK_SIZE, /* in the line before a chunk */
	RESPONSE_CHUNK,      /* `left` bytes more of a chunk */
	RESPONSE_CHUNK_END,  /* the line end after it */
	RESPONSE_TRAILER,    /* lines up to an empty one */
};

struct response {
	enum response_state state;
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
