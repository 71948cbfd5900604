/* The head of an answer: status line and headers, written into the room before the body so that
 * both leave in one write. */
#ifndef ENGINE_HTTP_ANSWER_H
#define ENGINE_HTTP_ANSWER_H

#include "engine/http/exchange.h"

/* Where no slot is free there is no room to write a better one. */
#define ANSWER_OVERLOADED                                                                          \
	"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"           \
	"Content-Length: 94\r\nRetry-After: 1\r\nConnection: close\r\n\r\n"                        \
	"{\"type\":\"about:blank\",\"title\":\"Il servizio è sovraccarico\",\"status\":503,"      \
	"\"code\":\"overloaded\"}\n"
#define ANSWER_CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"

/* Writes the head right before the body (exchange->answer) and gives both as one run of bytes. A
 * stream has no length and is chunked, or ends with the connection (HTTP/1.0); a HEAD request and
 * an answer that lies elsewhere get the head alone. */
void answer_head(struct exchange *exchange, const char *date, bool close, struct slice *ret_bytes);

/* The end of a chunked answer, in exchange->answer's memory. */
void answer_trailer(struct exchange *exchange, uint64_t ledger_sequence, struct slice *ret_bytes);

#endif
