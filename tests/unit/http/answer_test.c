/* Heads of answers, byte for byte: what all have is prepared, and made again when it changes. */
#include "engine/http/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char first_second[] = "Mon, 23 Nov 2026 04:13:20 GMT";
static const char next_second[] = "Mon, 23 Nov 2026 04:13:21 GMT";

static struct exchange *exchange;
static struct answer_start start;

static int open_exchange(void **state)
{
	(void)state;
	exchange = calloc(1, sizeof(*exchange));
	memset(&start, 0, sizeof(start));
	return exchange == NULL;
}

static int close_exchange(void **state)
{
	(void)state;
	free(exchange);
	return 0;
}

static void expect_head(const char *date, bool close, const char *expected)
{
	struct slice bytes;

	answer_head(exchange, date, close, &start, &bytes);
	assert_int_equal(bytes.size, strlen(expected));
	assert_memory_equal(bytes.data, expected, bytes.size);
}

static void fill(uint16_t status, const char *media_type)
{
	exchange_answer_reset(exchange);
	exchange->status = status;
	exchange->media_type = media_type;
	memcpy(exchange->answer.data, "{}", 2);
	exchange->answer.used = 2;
	memcpy(exchange->id, "req-1", 5);
	exchange->id_size = 5;
}

#define TYPE(text) "Content-Type: " text "\r\n"
#define SAFE                                                                                       \
	"Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"                           \
	"Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
#define ID	   "Content-Length: 2\r\nRequest-Id: req-1\r\n"

static void usual_heads_are_whole(void **state)
{
	static const char json[] = "application/json";

	(void)state;
	fill(201, json);
	exchange->ledger_sequence = 4165433;
	for (int i = 0; i < 2; i++)
		expect_head(first_second, false,
			    "HTTP/1.1 201 Created\r\nDate: Mon, 23 Nov 2026 04:13:20 GMT\r\n" TYPE(
				"application/json") "Content-Language: it\r\n" SAFE ID
						    "Ledger-Seq: 4165433\r\n\r\n{}");
	exchange->ledger_sequence = 0;
	expect_head(next_second, false,
		    "HTTP/1.1 201 Created\r\nDate: Mon, 23 Nov 2026 04:13:21 GMT\r\n" TYPE(
			"application/json") "Content-Language: it\r\n" SAFE ID "\r\n{}");
	exchange->request.language = RESULT_LANGUAGE_EN;
	expect_head(next_second, false,
		    "HTTP/1.1 201 Created\r\nDate: Mon, 23 Nov 2026 04:13:21 GMT\r\n" TYPE(
			"application/json") "Content-Language: en\r\n" SAFE ID "\r\n{}");
	fill(409, "application/problem+json");
	expect_head(next_second, false,
		    "HTTP/1.1 409 Conflict\r\nDate: Mon, 23 Nov 2026 04:13:21 GMT\r\n" TYPE(
			"application/problem+json") "Content-Language: en\r\n" SAFE ID "\r\n{}");
}

/* What came by TLS is told to come by TLS again; what did not, is not. */
static void transport_security_is_told_by_tls_alone(void **state)
{
	static const char json[] = "application/json";
	static const char plain[] =
	    "HTTP/1.1 200 OK\r\nDate: Mon, 23 Nov 2026 04:13:20 GMT\r\n" TYPE(
		"application/json") "Content-Language: it\r\n" SAFE ID "\r\n{}";
	static const char secure[] =
	    "HTTP/1.1 200 OK\r\nDate: Mon, 23 Nov 2026 04:13:20 GMT\r\n" TYPE(
		"application/json") "Content-Language: it\r\n" SAFE
				    "Strict-Transport-Security: max-age=63072000\r\n" ID "\r\n{}";

	(void)state;
	for (int i = 0; i < 4; i++) {
		fill(200, json);
		exchange->is_secure = i % 2 == 1;
		expect_head(first_second, false, exchange->is_secure ? secure : plain);
	}
}

static void others_have_their_lines(void **state)
{
	(void)state;
	fill(503, "text/plain");
	exchange->retry_after_s = 1;
	expect_head(first_second, true,
		    "HTTP/1.1 503 Service Unavailable\r\nDate: Mon, 23 Nov 2026 04:13:20 GMT\r\n" TYPE(
			"text/plain") "Content-Language: it\r\n" SAFE ID
				      "Retry-After: 1\r\nConnection: close\r\n\r\n{}");
	fill(200, "text/plain");
	exchange->retry_after_s = 0;
	exchange->replayed = true;
	expect_head(first_second, false,
		    "HTTP/1.1 200 OK\r\nDate: Mon, 23 Nov 2026 04:13:20 GMT\r\n" TYPE(
			"text/plain") "Content-Language: it\r\n" SAFE ID
				      "Idempotency-Replayed: true\r\n\r\n{}");
	exchange->replayed = false;
	exchange->is_http_1_0 = true;
	expect_head(first_second, false,
		    "HTTP/1.1 200 OK\r\nDate: Mon, 23 Nov 2026 04:13:20 GMT\r\n" TYPE(
			"text/plain") "Content-Language: it\r\n" SAFE ID
				      "Connection: keep-alive\r\n\r\n{}");
	exchange->is_http_1_0 = false;
	exchange->is_head = true;
	expect_head(first_second, false,
		    "HTTP/1.1 200 OK\r\nDate: Mon, 23 Nov 2026 04:13:20 GMT\r\n" TYPE(
			"text/plain") "Content-Language: it\r\n" SAFE ID "\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(usual_heads_are_whole, open_exchange, close_exchange),
	    cmocka_unit_test_setup_teardown(transport_security_is_told_by_tls_alone, open_exchange, close_exchange),
	    cmocka_unit_test_setup_teardown(others_have_their_lines, open_exchange,
					    close_exchange),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
