/* The head of an HTTP/2 request, field by field, into the same struct parser_head that HTTP/1.1
 * fills: what comes after it sees no difference.
 *
 * nghttp2 has judged the fields one by one before (RFC 9113, 8.1 to 8.3: lower case, no field of
 * the connection, pseudo-fields first and once, a length that fits the data). Here they are bounded
 * and chosen. Only one head is open at a time on a connection; it lies in its parser's memory until
 * it is complete. */
#ifndef ENGINE_HTTP_HEAD_H
#define ENGINE_HTTP_HEAD_H

#include "engine/base/arena.h"
#include "engine/http/parser.h"

/* What a field weighs beside its bytes. SOURCE RFC 9113, 6.5.2. */
#define HEAD_FIELD_OVERHEAD 32u

void head_begin(struct parser *parser);

/* One field more. The first one that may not stand is remembered, and told at the end. */
void head_add(struct parser *parser, struct slice name, struct slice value);

/* Bytes of the head so far, kept or not. */
uint32_t head_size(const struct parser *parser);

/* The head is complete; without a length its body, if one comes, counts as chunked.
 * RESULT_OK; RESULT_BAD_REQUEST; RESULT_HEADER_TOO_LARGE; RESULT_URI_TOO_LONG. */
MUST_CHECK enum result head_end(struct parser *parser, bool has_body);

/* Copies the head out of the parser. False: no room in the arena. */
MUST_CHECK bool head_copy(const struct parser *parser, struct arena *arena,
			    struct parser_head *ret_head);

#endif
