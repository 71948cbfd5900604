/* The client and the upload, against a server that answers what its script says. */
#include "cli/client.h"
#include "cli/upload.h"
#include "tests/unit/cli/fake_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define OK_BODY(length, body)                                                                      \
	"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLedger-Seq: 41\r\n"                  \
	"Content-Length: " length "\r\n\r\n" body
#define BUSY                                                                                       \
	"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"           \
	"Content-Length: 26\r\n\r\n{\"code\":\"outcome_unknown\"}"
#define REFUSED                                                                                    \
	"HTTP/1.1 409 Conflict\r\nContent-Type: application/problem+json\r\n"                      \
	"Content-Length: 27\r\n\r\n{\"code\":\"ceiling_exceeded\"}"

static struct fake_server server;

static struct client open_client(uint32_t tries)
{
	struct client client;
	struct client_options options = {.url = server.url,
					 .token = "secret",
					 .language = RESULT_LANGUAGE_EN,
					 .tries = tries,
					 .timeout_ms = 5000};
	assert_int_equal(client_open(&client, &options), RESULT_OK);
	return client;
}

/* The value of a header in a request, up to its line end. */
static void header_of(const char *request, const char *name, char *ret_value, size_t size)
{
	char needle[64];
	snprintf(needle, sizeof(needle), "\r\n%s: ", name);
	const char *at = strstr(request, needle);
	assert_non_null(at);
	at += strlen(needle);
	snprintf(ret_value, size, "%.*s", (int)strcspn(at, "\r"), at);
}

static void a_retry_carries_the_same_key(void **state)
{
	static const char *const answers[] = {NULL, BUSY, OK_BODY("2", "{}")};
	char first[64];
	char last[64];
	(void)state;
	fake_server_start(&server, answers, 3);
	struct client client = open_client(5);
	struct client_request request = {.method = "POST",
					 .path = "/v1/x",
					 .media = "application/json",
					 .key = "k-1",
					 .body = {"{}", 2}};
	struct client_answer answer;
	assert_int_equal(client_send(&client, &request, &answer), RESULT_OK);
	assert_int_equal(answer.status, 200);
	assert_int_equal(answer.tries, 3);
	assert_int_equal(answer.sequence, 41);
	client_answer_free(&answer);
	client_close(&client);
	fake_server_stop(&server);
	header_of(server.requests[0], "Idempotency-Key", first, sizeof(first));
	header_of(server.requests[2], "Idempotency-Key", last, sizeof(last));
	assert_string_equal(first, "k-1");
	assert_string_equal(last, "k-1");
	assert_non_null(strstr(server.requests[2], "\r\n\r\n{}"));
	assert_non_null(strstr(server.requests[0], "Authorization: Bearer secret\r\n"));
}

static void without_a_key_nothing_is_repeated(void **state)
{
	static const char *const answers[] = {BUSY};
	(void)state;
	fake_server_start(&server, answers, 1);
	struct client client = open_client(5);
	struct client_request request = {
	    .method = "POST", .path = "/v1/x", .media = "application/json", .body = {"{}", 2}};
	struct client_answer answer;
	assert_int_equal(client_send(&client, &request, &answer), RESULT_OK);
	assert_int_equal(answer.tries, 1);
	assert_int_equal(client_result(&answer), RESULT_OUTCOME_UNKNOWN);
	client_answer_free(&answer);
	client_close(&client);
	fake_server_stop(&server);
}

static void a_refusal_is_final(void **state)
{
	static const char *const answers[] = {REFUSED};
	(void)state;
	fake_server_start(&server, answers, 1);
	struct client client = open_client(5);
	struct client_request request = {.method = "POST",
					 .path = "/v1/x",
					 .media = "application/json",
					 .key = "k",
					 .body = {"{}", 2}};
	struct client_answer answer;
	assert_int_equal(client_send(&client, &request, &answer), RESULT_OK);
	assert_int_equal(answer.tries, 1);
	assert_int_equal(client_result(&answer), RESULT_CEILING_EXCEEDED);
	client_answer_free(&answer);
	client_close(&client);
	fake_server_stop(&server);
}

static void a_read_asks_for_what_was_written(void **state)
{
	static const char *const answers[] = {OK_BODY("2", "{}"), OK_BODY("2", "{}")};
	(void)state;
	fake_server_start(&server, answers, 2);
	struct client client = open_client(1);
	struct client_request request = {.method = "GET", .path = "/v1/x"};
	for (uint32_t i = 0; i < 2; i++) {
		struct client_answer answer;
		assert_int_equal(client_send(&client, &request, &answer), RESULT_OK);
		client_answer_free(&answer);
	}
	client_close(&client);
	fake_server_stop(&server);
	assert_null(strstr(server.requests[0], "Min-Ledger-Seq"));
	assert_non_null(strstr(server.requests[1], "\r\nMin-Ledger-Seq: 41\r\n"));
}

static void nobody_there_is_unreachable(void **state)
{
	struct client client;
	struct client_options options = {
	    .url = "unix:/nonexistent/socket", .tries = 1, .timeout_ms = 1000};
	struct client_request request = {.method = "GET", .path = "/status"};
	struct client_answer answer;
	(void)state;
	assert_int_equal(client_open(&client, &options), RESULT_OK);
	assert_int_equal(client_send(&client, &request, &answer), RESULT_UNREACHABLE);
	client_answer_free(&answer);
	client_close(&client);
	options.url = "ftp://x";
	assert_int_equal(client_open(&client, &options), RESULT_CONFIG_INVALID);
}

/* ---- Uploads ---- */

#define LINES_1                                                                                    \
	"{\"id\":\"a\",\"line\":2,\"status\":201,\"result\":\"accepted\"}\n"                       \
	"{\"id\":\"b\",\"line\":3,\"status\":409,\"code\":\"duplicate_service\"}\n"
#define LINES_2                                                                                    \
	"{\"id\":\"c\",\"line\":2,\"status\":202,\"result\":\"disputed\",\"replayed\":true}\n"

static void count_calls(void *context, const json_t *answer, struct slice text)
{
	assert_non_null(json_object_get(answer, "id"));
	assert_true(text.size > 0);
	(*(uint32_t *)context)++;
}

static struct upload csv_upload(struct client *client, uint32_t *calls)
{
	return (struct upload){.client = client,
			       .path = "/v1/redemptions:batch",
			       .media = "text/csv",
			       .key = "up",
			       .piece_lines = 2,
			       .line = count_calls,
			       .context = calls};
}

static void a_file_is_cut_and_each_piece_has_header_and_key(void **state)
{
	static char first[512];
	static char second[512];
	const char *answers[] = {first, second};
	uint32_t calls = 0;
	(void)state;
	snprintf(first, sizeof(first), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
		 strlen(LINES_1), LINES_1);
	snprintf(second, sizeof(second), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
		 strlen(LINES_2), LINES_2);
	fake_server_start(&server, answers, 2);
	struct client client = open_client(1);
	struct upload upload = csv_upload(&client, &calls);
	struct upload_tally tally;
	struct client_answer problem;
	struct slice text = slice_from_text("id,voucher\r\na,1\r\n\r\nb,2\r\nc,3");
	assert_int_equal(upload_run(&upload, text, &tally, &problem), RESULT_OK);
	client_answer_free(&problem);
	client_close(&client);
	fake_server_stop(&server);
	assert_int_equal(calls, 3);
	assert_int_equal(tally.lines, 3);
	assert_int_equal(tally.accepted, 2);
	assert_int_equal(tally.waiting, 1);
	assert_int_equal(tally.refused, 1);
	assert_int_equal(tally.replayed, 1);
	assert_non_null(strstr(server.requests[0], "\r\n\r\nid,voucher\r\na,1\r\n\r\nb,2\r\n"));
	assert_non_null(strstr(server.requests[1], "\r\n\r\nid,voucher\r\nc,3"));
	assert_non_null(strstr(server.requests[0], "Idempotency-Key: up-1\r\n"));
	assert_non_null(strstr(server.requests[1], "Idempotency-Key: up-2\r\n"));
}

static void a_missing_answer_line_is_no_success(void **state)
{
	static char first[512];
	const char *answers[] = {first};
	uint32_t calls = 0;
	(void)state;
	snprintf(first, sizeof(first), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
		 strlen(LINES_2), LINES_2);
	fake_server_start(&server, answers, 1);
	struct client client = open_client(1);
	struct upload upload = csv_upload(&client, &calls);
	struct upload_tally tally;
	struct client_answer problem;
	struct slice text = slice_from_text("id,voucher\na,1\nb,2\n");
	assert_int_equal(upload_run(&upload, text, &tally, &problem), RESULT_BAD_REQUEST);
	client_answer_free(&problem);
	client_close(&client);
	fake_server_stop(&server);
}

static void paths_are_escaped(void **state)
{
	struct buffer buffer = {NULL, 0, 0};
	(void)state;
	client_escape(&buffer, "A-z_0.~ /à?&=");
	assert_string_equal(buffer_string(&buffer), "A-z_0.~%20%2F%C3%A0%3F%26%3D");
	buffer_free(&buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_retry_carries_the_same_key),
	    cmocka_unit_test(without_a_key_nothing_is_repeated),
	    cmocka_unit_test(a_refusal_is_final),
	    cmocka_unit_test(a_read_asks_for_what_was_written),
	    cmocka_unit_test(nobody_there_is_unreachable),
	    cmocka_unit_test(a_file_is_cut_and_each_piece_has_header_and_key),
	    cmocka_unit_test(a_missing_answer_line_is_no_success),
	    cmocka_unit_test(paths_are_escaped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
