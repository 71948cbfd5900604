/* The parser against good requests cut at every byte, and against a table of bad ones. */
#include "engine/http/parser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define BODY_CAPACITY 64u

struct case_bad {
	const char *text;
	enum result result; /* RESULT_OK: 400 or 505, whichever reader sees it first */
};

/* Runs a text through the parser in pieces of `step` bytes; answers the last step. */
static enum parser_step run(struct parser *parser, const char *text, size_t size, size_t step,
			    unsigned char *body, size_t *ret_used)
{
	size_t used = 0;

	parser_init(parser);
	while (true) {
		size_t piece = size - used < step ? size - used : step;
		uint32_t consumed = 0;
		enum parser_step answer =
		    parser_feed(parser, text + used, (uint32_t)piece, &consumed);

		used += consumed;
		*ret_used = used;
		if (answer == PARSER_HEAD) {
			parser_body(parser, body, BODY_CAPACITY);
			continue;
		}
		if (answer != PARSER_MORE)
			return answer;
		assert_int_equal(consumed, piece);
		if (used == size && piece == 0)
			return PARSER_MORE;
	}
}

#define GET   "GET /v1/funds?limit=2 HTTP/1.1\r\nHost: a\r\n"
#define POST  "POST /v1/redemptions HTTP/1.1\r\nHost: a\r\n"
#define CHUNK POST "Transfer-Encoding: chunked\r\n\r\n"

static void good_requests_at_every_cut(void **state)
{
	static const char *const texts[] = {
	    GET "\r\n",
	    "\r\n" GET "\r\n",
	    POST "Content-Length: 5\r\n\r\nhello",
	    POST "Content-Length: 0\r\n\r\n",
	    CHUNK "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
	    "GET / HTTP/1.0\r\n\r\n",
	    GET "X-Unknown: y\r\nIdempotency-Key:  k1 \r\nAccept: a\r\nAccept: b\r\n\r\n",
	    GET "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
	};
	struct parser parser;
	unsigned char body[BODY_CAPACITY];
	size_t used;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		size_t size = strlen(texts[i]);

		for (size_t step = 1; step <= size; step++) {
			assert_int_equal(run(&parser, texts[i], size, step, body, &used),
					 PARSER_DONE);
			assert_int_equal(used, size);
		}
	}
	(void)run(&parser, texts[2], strlen(texts[2]), 7, body, &used);
	assert_int_equal(parser.body_size, 5);
	assert_memory_equal(body, "hello", 5);
	assert_true(slice_equals_text(parser.head.method, "POST"));
	assert_true(slice_equals_text(parser.head.target, "/v1/redemptions"));
	(void)run(&parser, texts[4], strlen(texts[4]), 3, body, &used);
	assert_memory_equal(body, "hello", 5);
	(void)run(&parser, texts[6], strlen(texts[6]), 1, body, &used);
	assert_true(slice_equals_text(parser.head.headers[PARSER_IDEMPOTENCY_KEY], "k1"));
	assert_true(slice_equals_text(parser.head.headers[PARSER_HOST], "a"));
	assert_true(parser.head.headers[PARSER_EXPECT].data == NULL);
}

/* What came whole is read plainly, or left to llhttp where there is any doubt; cut anywhere, llhttp
 * reads it, to the same end. */
static void plain_heads_are_told_from_others(void **state)
{
	static const struct {
		const char *text;
		bool is_plain;
	} heads[] = {
	    {GET "\r\n", true},
	    {"GET / HTTP/1.1\r\nhOST:a\r\nX-Any-1: a\"(b)\"  \\c\r\n\r\n", true},
	    {GET "Connection: keep-alive\r\nUser-Agent: a\r\nUser-Agent: b\r\n\r\n", true},
	    {POST "Content-Length: 5\r\nAccept: 12345678\r\n\r\nhello", true},
	    {POST "content-length:000000005\r\n\r\nhello", true},
	    {POST "Content-Length: 0000000005\r\n\r\nhello", false},
	    {POST "Content-Length: 5 \r\n\r\nhello", false},
	    {CHUNK "2\r\nhe\r\n0\r\n\r\n", false},
	    {"\r\n" GET "\r\n", false},
	    {"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", false},
	    {"GET / HTTP/1.0\r\nHost: a\r\n\r\n", false},
	    {"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", false},
	    {"GET /a;b HTTP/1.1\r\nHost: a\r\n\r\n", false},
	    {GET "Accept:  two\r\n\r\n", false},
	    {GET "Accept: 1234567\t89\r\n\r\n", false},
	    {GET "Accept: 1234567\x80 89\r\n\r\n", false},
	    {GET "Accept:\r\n\r\n", false},
	    {GET "Accept: a\r\nAccept: b\r\n\r\n", false},
	    {GET "x_under: a\r\n\r\n", false},
	    {GET "Connection: close\r\n\r\n", false},
	    {GET "connectioN: keep-alive, upgrade\r\n\r\n", false},
	    {GET "Upgrade: h2c\r\n\r\n", false},
	    {GET "Proxy-Connection: keep-alive\r\n\r\n", false},
	};
	unsigned char body[BODY_CAPACITY];
	struct parser whole;
	struct parser cut;
	size_t used;

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		const char *text = heads[i].text;
		size_t size = strlen(text);

		assert_int_equal(run(&whole, text, size, size, body, &used), PARSER_DONE);
		assert_int_equal(used, size);
		if (whole.is_plain != heads[i].is_plain)
			fail_msg("plain or not: %s", text);
		assert_int_equal(run(&cut, text, size, 3, body, &used), PARSER_DONE);
		assert_int_equal(used, size);
		assert_false(cut.is_plain);
		assert_true(slice_equals(whole.head.target, cut.head.target));
		assert_int_equal(whole.head.keep_alive, cut.head.keep_alive);
		assert_int_equal(whole.body_size, cut.body_size);
		for (uint32_t header = 0; header < PARSER_HEADERS; header++)
			assert_true(slice_equals(whole.head.headers[header],
						 cut.head.headers[header]));
	}
}

static void absolute_targets_are_taken_apart(void **state)
{
	static const struct {
		const char *sent;
		const char *host;
		const char *target;
	} rows[] = {
	    {"http://b/x?y=1", "b", "/x?y=1"},
	    {"HTTPS://b:443/", "b:443", "/"},
	    {"http://b", "b", "/"},
	    {"http://b?y=1", "b", "/?y=1"},
	};
	struct parser parser;
	unsigned char body[BODY_CAPACITY];
	char text[100];
	size_t used;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int size = snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: a\r\n\r\n",
				    rows[i].sent);

		for (size_t step = 1; step <= (size_t)size; step++) {
			assert_int_equal(run(&parser, text, (size_t)size, step, body, &used),
					 PARSER_DONE);
			assert_true(slice_equals_text(parser.head.target, rows[i].target));
			assert_true(
			    slice_equals_text(parser.head.headers[PARSER_HOST], rows[i].host));
		}
	}
}

/* What is remembered of one Host says nothing of another, nor of another connection's. */
static void hosts_are_judged_once(void **state)
{
	struct parser parser;

	(void)state;
	parser_init(&parser);
	for (uint32_t i = 0; i < 2; i++) {
		assert_true(parser_host_is_right(&parser, slice_from_text("a:80")));
		assert_false(parser_host_is_right(&parser, slice_from_text("a/80")));
		assert_false(parser_host_is_right(&parser, (struct slice){NULL, 0}));
		parser_next(&parser);
		assert_int_equal(parser.host_size, 4);
	}
	parser_init(&parser);
	assert_int_equal(parser.host_size, 0);
}

static void every_name_is_known_in_any_case(void **state)
{
	static const char *const names[PARSER_HEADERS] = {
	    [PARSER_HOST] = "HoSt",
	    [PARSER_AUTHORIZATION] = "authorization",
	    [PARSER_CONTENT_LENGTH] = "Content-Length",
	    [PARSER_TRANSFER_ENCODING] = "TRANSFER-ENCODING",
	    [PARSER_CONTENT_TYPE] = "Content-Type",
	    [PARSER_CONTENT_ENCODING] = "Content-Encoding",
	    [PARSER_EXPECT] = "expect",
	    [PARSER_IDEMPOTENCY_KEY] = "Idempotency-Key",
	    [PARSER_REQUEST_ID] = "request-ID",
	    [PARSER_MIN_LEDGER_SEQ] = "Min-Ledger-Seq",
	    [PARSER_ACCEPT] = "Accept",
	    [PARSER_ACCEPT_LANGUAGE] = "Accept-Language",
	};
	static const char *const others[] = {"", "Hos", "Hosts", "Most", "Accent", "Content_Type"};

	(void)state;
	for (uint32_t i = 0; i < PARSER_HEADERS; i++)
		assert_int_equal(parser_header_of(slice_from_text(names[i])), i);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(parser_header_of(slice_from_text(others[i])), PARSER_HEADERS);
}

static void pipelined_requests_stop_at_their_end(void **state)
{
	static const char text[] = POST "Content-Length: 5\r\n\r\nhello" GET "\r\n";
	struct parser parser;
	unsigned char body[BODY_CAPACITY];
	size_t used;

	(void)state;
	for (size_t step = 1; step < sizeof(text); step++) {
		assert_int_equal(run(&parser, text, sizeof(text) - 1, step, body, &used),
				 PARSER_DONE);
		assert_int_equal(used, strlen(POST "Content-Length: 5\r\n\r\nhello"));
	}
}

static const struct case_bad bad_requests[] = {
    {"GET / HTTP/1.1\r\n\r\n", RESULT_BAD_REQUEST},			  /* no Host */
    {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", RESULT_BAD_REQUEST}, /* two */
    {"GET / HTTP/1.1\r\nHost:\r\n\r\n", RESULT_BAD_REQUEST},		  /* empty */
    {"GET / HTTP/1.1\nHost: a\n\n", RESULT_BAD_REQUEST},		  /* bare LF */
    {"GET / HTTP/1.1\r\nHost: a\n\r\n", RESULT_BAD_REQUEST},
    {"GET / HTTP/1.1\r\nHost: a\r\n\n", RESULT_BAD_REQUEST},
    {"GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", RESULT_BAD_REQUEST},	     /* bare CR */
    {"GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n\r\n", RESULT_BAD_REQUEST}, /* folded */
    {"GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n\tc\r\n\r\n", RESULT_BAD_REQUEST},
    {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", RESULT_BAD_REQUEST},
    {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", RESULT_BAD_REQUEST},	      /* blank before colon */
    {"GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", RESULT_BAD_REQUEST}, /* empty name */
    {"GET / HTTP/1.1\r\nHost: a\r\nnocolon\r\n\r\n", RESULT_BAD_REQUEST},
    {"GET / HTTP/1.1\r\nHost: a\r\nA(b): c\r\n\r\n", RESULT_BAD_REQUEST},
    {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", RESULT_VERSION_UNSUPPORTED},
    {"GET / HTTP/0.9\r\nHost: a\r\n\r\n", RESULT_VERSION_UNSUPPORTED},
    {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", RESULT_VERSION_UNSUPPORTED},
    {"GET / HTTP/11\r\nHost: a\r\n\r\n", RESULT_BAD_REQUEST},
    {"GET / ICE/1.0\r\nHost: a\r\n\r\n", RESULT_BAD_REQUEST}, /* llhttp knows it */
    {"OPTIONS / RTSP/1.0\r\nHost: a\r\n\r\n", RESULT_BAD_REQUEST},
    {"GET /\r\nHost: a\r\n\r\n", RESULT_BAD_REQUEST},
    {"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", RESULT_BAD_REQUEST},
    {"GET * HTTP/1.1\r\nHost: a\r\n\r\n", RESULT_BAD_REQUEST},
    {"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", RESULT_BAD_REQUEST},
    {"GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", RESULT_BAD_REQUEST},
    {"GET http:///b HTTP/1.1\r\nHost: a\r\n\r\n", RESULT_BAD_REQUEST},
    {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", RESULT_BAD_REQUEST},
    {"get / HTTP/1.1\r\nHost: a\r\n\r\n", RESULT_BAD_REQUEST},
    {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", RESULT_BAD_REQUEST},
    {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", RESULT_BAD_REQUEST},
    {"GET /\x80 HTTP/1.1\r\nHost: a\r\n\r\n", RESULT_BAD_REQUEST},
    {"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", RESULT_BAD_REQUEST},
    {"NOSUCH / HTTP/1.1\r\nHost: a\r\n\r\n", RESULT_BAD_REQUEST},
    {POST "Content-Length: +5\r\n\r\nhello", RESULT_BAD_REQUEST},
    {POST "Content-Length: -5\r\n\r\nhello", RESULT_BAD_REQUEST},
    {POST "Content-Length: 0x5\r\n\r\nhello", RESULT_BAD_REQUEST},
    {POST "Content-Length: 5,5\r\n\r\nhello", RESULT_BAD_REQUEST},
    {POST "Content-Length: 5 5\r\n\r\nhello", RESULT_BAD_REQUEST},
    {POST "Content-Length:\r\n\r\n", RESULT_BAD_REQUEST},
    {POST "Content-Length: 99999999999999999999\r\n\r\n", RESULT_BAD_REQUEST},
    {POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", RESULT_BAD_REQUEST},
    {POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", RESULT_BAD_REQUEST},
    {POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", RESULT_BAD_REQUEST},
    {POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", RESULT_BAD_REQUEST},
    {POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     RESULT_BAD_REQUEST},
    {POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", RESULT_BAD_REQUEST},
    {POST "Transfer-Encoding: identity\r\n\r\n", RESULT_BAD_REQUEST},
    {POST "Transfer-Encoding: chunked, identity\r\n\r\n", RESULT_BAD_REQUEST},
    {POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", RESULT_BAD_REQUEST},
    {POST "Transfer-Encoding:\r\n\r\n", RESULT_BAD_REQUEST},
    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", RESULT_BAD_REQUEST},
    {CHUNK "g\r\n", RESULT_BAD_REQUEST},
    {CHUNK "-1\r\n", RESULT_BAD_REQUEST},
    {CHUNK "2\nhe\r\n0\r\n\r\n", RESULT_BAD_REQUEST},
    {CHUNK "2\r\nheX0\r\n\r\n", RESULT_BAD_REQUEST},
    {CHUNK "2;a=b\r\nhe\r\n0\r\n\r\n", RESULT_BAD_REQUEST},
    {CHUNK "0\r\nTrailer: a\r\n\r\n", RESULT_BAD_REQUEST},
    {CHUNK "0\r\n\n", RESULT_BAD_REQUEST}, /* llhttp took it */
    {CHUNK "fffffffffffffffff\r\n", RESULT_BAD_REQUEST},
    {CHUNK "41\r\n"
	   "0123456789012345678901234567890123456789012345678901234567890123456789\r\n",
     RESULT_BODY_TOO_LARGE},
    {"\r\n\r\n\r\nGET  / HTTP/1.1\r\n\r\n", RESULT_BAD_REQUEST},
    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", RESULT_OK},
};

static void bad_requests_at_every_cut(void **state)
{
	struct parser parser;
	unsigned char body[BODY_CAPACITY];
	size_t used;

	(void)state;
	for (size_t i = 0; i < sizeof(bad_requests) / sizeof(bad_requests[0]); i++) {
		const struct case_bad *bad = &bad_requests[i];
		size_t size = strlen(bad->text);

		for (size_t step = 1; step <= size; step++) {
			enum parser_step answer = run(&parser, bad->text, size, step, body, &used);

			if (answer != PARSER_FAILED)
				print_message("case %zu step %zu: %s\n", i, step, bad->text);
			assert_int_equal(answer, PARSER_FAILED);
			if (bad->result != RESULT_OK)
				assert_int_equal(parser.result, bad->result);
		}
	}
}

static void nul_is_refused(void **state)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: a\r\nA: b\0c\r\n\r\n";
	struct parser parser;
	unsigned char body[BODY_CAPACITY];
	size_t used;

	(void)state;
	for (size_t step = 1; step < sizeof(text); step++)
		assert_int_equal(run(&parser, text, sizeof(text) - 1, step, body, &used),
				 PARSER_FAILED);
}

/* A request of `count` headers of `size` bytes, or a target of `size` bytes when count is 0. */
static enum parser_step run_large(struct parser *parser, uint32_t count, uint32_t size)
{
	static char text[65536];
	unsigned char body[BODY_CAPACITY];
	size_t used = 0;
	size_t at = (size_t)snprintf(text, sizeof(text), "GET /");

	if (count == 0) {
		memset(text + at, 'a', size);
		at += size;
	}
	at += (size_t)snprintf(text + at, sizeof(text) - at, " HTTP/1.1\r\nHost: a\r\n");
	for (uint32_t i = 0; i < count; i++) {
		at += (size_t)snprintf(text + at, sizeof(text) - at, "X: ");
		memset(text + at, 'b', size);
		at += size;
		at += (size_t)snprintf(text + at, sizeof(text) - at, "\r\n");
	}
	at += (size_t)snprintf(text + at, sizeof(text) - at, "\r\n");
	return run(parser, text, at, 1000, body, &used);
}

static void bounds_hold(void **state)
{
	struct parser parser;

	(void)state;
	assert_int_equal(run_large(&parser, 0, HTTP_TARGET_SIZE_MAX - 1), PARSER_DONE);
	assert_int_equal(run_large(&parser, 0, HTTP_TARGET_SIZE_MAX), PARSER_FAILED);
	assert_int_equal(parser.result, RESULT_URI_TOO_LONG);
	assert_int_equal(run_large(&parser, 0, 30000), PARSER_FAILED);
	assert_int_equal(parser.result, RESULT_URI_TOO_LONG);
	assert_int_equal(run_large(&parser, HTTP_HEADERS_MAX - 1, 10), PARSER_DONE);
	assert_int_equal(run_large(&parser, HTTP_HEADERS_MAX, 10), PARSER_FAILED);
	assert_int_equal(parser.result, RESULT_HEADER_TOO_LARGE);
	assert_int_equal(run_large(&parser, 8, 1000), PARSER_DONE);
	assert_int_equal(run_large(&parser, 9, 1000), PARSER_FAILED);
	assert_int_equal(parser.result, RESULT_HEADER_TOO_LARGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(good_requests_at_every_cut),
	    cmocka_unit_test(plain_heads_are_told_from_others),
	    cmocka_unit_test(absolute_targets_are_taken_apart),
	    cmocka_unit_test(hosts_are_judged_once),
	    cmocka_unit_test(every_name_is_known_in_any_case),
	    cmocka_unit_test(pipelined_requests_stop_at_their_end),
	    cmocka_unit_test(bad_requests_at_every_cut),
	    cmocka_unit_test(nul_is_refused),
	    cmocka_unit_test(bounds_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
