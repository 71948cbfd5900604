/* The head of a request in its plainest form, read in one pass: what nearly every client sends.
 *
 *	POST /v1/redemptions HTTP/1.1 CRLF	GET or POST; letters, digits, -._~/?=&%:,+
 *	Content-Type: application/json CRLF	letters, digits and '-'; ':'; one blank or none;
 *	CRLF					visible ASCII and blanks, none at the ends
 *
 * Plain is what is plain beyond doubt; whatever else comes, right or wrong, is left to llhttp and
 * its guard, which know all of HTTP and say what is wrong: half a head, a header twice, one that
 * says how the connection or the body goes on (Connection but for keep-alive, Transfer-Encoding,
 * Upgrade), no Host, a length of ten digits. So there is nothing to refuse here, and what is read
 * here, llhttp would have read alike: tests/fuzz/http_head_fuzz.c has both read the same bytes. */
#ifndef ENGINE_HTTP_PLAIN_HEAD_H
#define ENGINE_HTTP_PLAIN_HEAD_H

#include "engine/http/parser.h"

#include <stdbool.h>

/* Reads the head that `bytes` begin with into a fresh parser: parser->head, its text, sizes and
 * is_plain; *ret_size bytes were the head. False: it is not there as a whole, or not plain, and the
 * parser is as it was. */
bool plain_head_read(struct parser *parser, const char *bytes, uint32_t size, uint32_t *ret_size);

#endif
