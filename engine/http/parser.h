/* Bytes of a connection to requests, through llhttp, stricter than llhttp.
 *
 * A guard walks the lines of the head before llhttp sees them, so that no two readers of the same
 * bytes can disagree on where a header or a request ends; the body is read without llhttp
 * (chunked.h). Refused with 400, and the connection is of no more use: bare LF, bare CR, NUL, a
 * request line without exactly two blanks or without HTTP/digit.digit at its end, a target that is
 * neither a path nor an address of http nor the asterisk of OPTIONS, a fragment, CONNECT, a folded
 * header, a blank before a colon, an empty header name, a Host that is missing, doubled or no name,
 * Transfer-Encoding beside Content-Length, either of them twice, a coding other than chunked, a
 * length that is not plain digits, trailers, chunk extensions. HTTP/1.0 and 1.1 only.
 * A head that came whole and in the plainest form is read without either of them: plain_head.h.
 *
 *	parser_init > parser_feed > HEAD > parser_body > parser_feed > DONE > parser_next > ...
 *	                        any parser_feed may say FAILED: answer parser->result and close
 *
 * SOURCE RFC 9112; RELIABILITY.md, libevent. */
#ifndef ENGINE_HTTP_PARSER_H
#define ENGINE_HTTP_PARSER_H

#include "engine/base/limits.h"
#include "engine/base/result.h"
#include "engine/http/chunked.h"

#include <llhttp.h>

/* The headers that mean something here. All but the two Accepts may stand once. */
enum parser_header {
	PARSER_HOST,
	PARSER_AUTHORIZATION,
	PARSER_CONTENT_LENGTH,
	PARSER_TRANSFER_ENCODING,
	PARSER_CONTENT_TYPE,
	PARSER_CONTENT_ENCODING,
	PARSER_EXPECT,
	PARSER_IDEMPOTENCY_KEY,
	PARSER_REQUEST_ID,
	PARSER_MIN_LEDGER_SEQ,
	PARSER_ACCEPT,
	PARSER_ACCEPT_LANGUAGE,
	PARSER_HEADERS,
};

enum parser_step {
	PARSER_MORE,   /* all bytes were taken */
	PARSER_HEAD,   /* parser->head is complete; call parser_body, then go on */
	PARSER_DONE,   /* the body is complete, parser->body_size bytes */
	PARSER_FAILED, /* parser->result says why */
};

/* One request's head. The slices live in the parser until parser_next. */
struct parser_head {
	struct slice method;
	struct slice target;
	struct slice headers[PARSER_HEADERS]; /* trimmed; data NULL: absent */
	uint64_t content_length;
	bool chunked;
	bool keep_alive; /* the client would send more on this connection */
	bool is_http_1_0;
};

#define PARSER_HOST_KNOWN_MAX 64u /* bytes of a Host that is remembered */
#define PARSER_VERSION_SIZE   10u /* "HTTP/1.1", CR, LF */

struct parser {
	llhttp_t llhttp;
	uint32_t host_size; /* of the last Host that was found right on this connection; 0: none */
	char host[PARSER_HOST_KNOWN_MAX];
	struct parser_head head;
	enum result result;
	uint8_t phase;	       /* enum parser_phase */
	bool carriage_return;  /* the guard's last byte was one */
	bool name_open;	       /* a header is being read */
	bool is_plain;	       /* plain_head.h read the head */
	uint32_t lines;	       /* of the head, complete */
	uint32_t line_size;    /* bytes of the present line */
	uint32_t blanks;       /* in the request line */
	uint32_t version_size; /* bytes behind the second of them */
	uint32_t head_size;    /* bytes of the head so far */
	uint32_t header_count;
	uint32_t text_used;  /* bytes of text[] */
	uint32_t name_begin; /* of the header being read, in text[] */
	uint32_t value_begin;
	struct chunked chunked;
	uint64_t wire_size;  /* bytes of a chunked body as sent, framing included */
	unsigned char *body; /* the caller's, from parser_body on */
	uint32_t body_capacity;
	uint32_t body_size;
	char text[HTTP_HEAD_SIZE_MAX];
};

void parser_init(struct parser *parser);

/* Forgets the request that is done, ready for the next on the same connection. */
void parser_next(struct parser *parser);

/* Where the body goes: `capacity` bytes at `body`; more is RESULT_BODY_TOO_LARGE. After HEAD. */
void parser_body(struct parser *parser, unsigned char *body, uint32_t capacity);

/* Takes bytes up to the next step; *ret_consumed of them are done with. The results of a failure:
 * RESULT_BAD_REQUEST, RESULT_HEADER_TOO_LARGE, RESULT_URI_TOO_LONG, RESULT_VERSION_UNSUPPORTED,
 * RESULT_BODY_TOO_LARGE. */
enum parser_step parser_feed(struct parser *parser, const char *bytes, uint32_t size,
			     uint32_t *ret_consumed);

/* ---- For heads that come otherwise, in the same memory: head.h ---- */

/* Which header a name (a token, in any case) is; PARSER_HEADERS: none that means something here. */
enum parser_header parser_header_of(struct slice name);

/* Keeps a header, if its name means something here (*ret_known); name in any case, value in text[].
 * RESULT_OK; RESULT_BAD_REQUEST: it stands twice and may not; RESULT_HEADER_TOO_LARGE: too many. */
MUST_CHECK enum result parser_keep(struct parser *parser, struct slice name, struct slice value,
				   bool *ret_known);

/* Is the target one that the method may have, once an absolute one is taken apart: visible ASCII, a
 * path without fragment, or the asterisk of OPTIONS? CONNECT has none. */
bool parser_target_is_right(const struct parser_head *head);

/* Is the Host one? A Host of the connection's is judged once. */
bool parser_host_is_right(struct parser *parser, struct slice host);

/* Has a request begun (bytes of a head taken) that is not complete? */
bool parser_is_amid(const struct parser *parser);

/* Will a body follow the head? */
bool parser_has_body(const struct parser *parser);

#endif
