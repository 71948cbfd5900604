/* The framing of a chunked body, read strictly: no two readers of the same bytes may disagree on
 * where it ends.
 *
 *	SIZE CR LF data CR LF ... 0 CR LF CR LF
 *
 * A size is one hexadecimal digit or more and nothing else; extensions and trailers are refused,
 * and so is every line end but CR LF. SOURCE RFC 9112, 7.1. */
#ifndef ENGINE_HTTP_CHUNKED_H
#define ENGINE_HTTP_CHUNKED_H

#include "engine/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum chunked_step {
	CHUNKED_MORE, /* all bytes were taken */
	CHUNKED_DATA, /* *ret_data is a piece of the body, not empty */
	CHUNKED_SIZE, /* a chunk begins: chunked->left bytes */
	CHUNKED_END,
	CHUNKED_BAD,
};

/* All zeros: the beginning. */
struct chunked {
	uint64_t left; /* bytes of the present chunk that are yet to come */
	uint8_t state; /* enum chunked_state */
};

/* Takes bytes up to the next step; *ret_used of them are done with. Not after END or BAD. */
enum chunked_step chunked_read(struct chunked *chunked, struct slice bytes, uint32_t *ret_used,
			       struct slice *ret_data);

#endif
