/* The head of an answer: which headers it has, and their form in HTTP/1.1, written into the room
 * before the body so that both leave in one write. */
#ifndef ENGINE_HTTP_ANSWER_H
#define ENGINE_HTTP_ANSWER_H

#include "engine/base/text.h"
#include "engine/http/exchange.h"

/* Where no slot is free there is no room to write a better one. */
#define ANSWER_OVERLOADED_BODY                                                                     \
	"{\"type\":\"about:blank\",\"title\":\"Il servizio è sovraccarico\",\"status\":503,"      \
	"\"code\":\"overloaded\"}\n"
#define ANSWER_OVERLOADED                                                                          \
	"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"           \
	"Content-Length: 94\r\nRetry-After: 1\r\nConnection: close\r\n\r\n" ANSWER_OVERLOADED_BODY
#define ANSWER_CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"

#define ANSWER_FIELDS_MAX 16u
#define ANSWER_DIGITS_MAX 3u
#define ANSWER_DATE_SIZE 29u /* "Mon, 23 Nov 2026 04:13:20 GMT" */
#define ANSWER_START_SIZE_MAX 512u

/* A header's name in both forms. */
struct answer_name {
	struct slice line;  /* "Content-Type: ", as HTTP/1.1 writes it */
	struct slice plain; /* "content-type", as HTTP/2 does */
	bool varies; /* from answer to answer: of no use in the table that HTTP/2 remembers */
};

struct answer_field {
	const struct answer_name *name;
	struct slice value;
};

/* The headers of an answer, but for those of the connection. Values are borrowed from the exchange,
 * the network and the list itself. */
struct answer_fields {
	uint32_t count;
	uint32_t digits_used;
	struct answer_field fields[ANSWER_FIELDS_MAX];
	char digits[ANSWER_DIGITS_MAX][TEXT_U64_SIZE_MAX];
};

/* What answers begin with, up to the digits of their length, as the last one of a network thread
 * did: nearly always the next one's are the same, until the second is over. Zeros: none yet. */
struct answer_start {
	uint16_t status;
	bool is_secure;
	enum result_language language;
	uint32_t size;
	const char *media_type; /* told apart by where they lie: they are texts of the program */
	char date[ANSWER_DATE_SIZE];
	char bytes[ANSWER_START_SIZE_MAX];
};

void answer_collect(const struct exchange *exchange, const char *date,
		    struct answer_fields *ret_fields);

/* The bytes of the body: none to HEAD, and none of a stream. */
struct slice answer_body(const struct exchange *exchange);

/* Writes the head right before the body (exchange->answer) and gives both as one run of bytes. A
 * stream has no length and is chunked, or ends with the connection (HTTP/1.0); a HEAD request and
 * an answer that lies elsewhere get the head alone. */
void answer_head(struct exchange *exchange, const char *date, bool close,
		 struct answer_start *start, struct slice *ret_bytes);

/* The end of a chunked answer, in exchange->answer's memory. */
void answer_trailer(struct exchange *exchange, uint64_t ledger_sequence, struct slice *ret_bytes);

#endif
