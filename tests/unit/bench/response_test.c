/* Answers of a daemon, whole and in pieces of every size: status, acceptances, where each ends. */
#include "bench/load/response.h"

#include "engine/base/result.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ACCEPTED "{\"id\":\"1\",\"status\":201,\"result\":\"accepted\",\"units_left\":660}\n"
#define REFUSED  "{\"id\":\"2\",\"status\":409,\"code\":\"duplicate_service\"}\n"

static const char single[] = "HTTP/1.1 201 Created\r\nDate: Mon, 23 Nov 2026 13:13:36 GMT\r\n"
			     "Content-Type: application/json\r\ncontent-length: 21\r\n"
			     "Ledger-Seq: 7\r\n\r\n{\"result\":\"accepted\"}";
static const char refusal[] = "HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\n{}";
static const char empty[] = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
/* The chunk ends in the middle of the word that is counted. */
static const char chunked[] =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Ledger-Seq\r\n\r\n"
    "2F\r\n{\"id\":\"1\",\"result\":\"accepted\"}\n{\"id\":\"2\",\"resul\r\n"
    "10\r\nt\":\"accepted\"}\n\n\r\n0\r\nLedger-Seq: 65436\r\n\r\n";

struct seen {
	uint32_t count;
	uint32_t status[8];
	uint32_t accepted[8];
};

/* Gives the bytes in pieces of one size, each in memory of its own. */
static struct seen feed(const char *text, size_t size, size_t piece)
{
	static struct response response;
	struct seen seen = {0};
	response_init(&response, false);
	for (size_t at = 0; at < size; at += piece) {
		char bytes[2048];
		size_t left = size - at < piece ? size - at : piece;
		size_t used = 0;
		memcpy(bytes, text + at, left);
		while (used < left) {
			bool is_whole;
			used += response_feed(&response, bytes + used, left - used, &is_whole);
			if (is_whole) {
				assert_true(seen.count < 8);
				seen.status[seen.count] = response.status;
				seen.accepted[seen.count++] = response.tally.accepted;
			}
		}
	}
	return seen;
}

static void answers_in_pieces(void **state)
{
	static const uint32_t status[] = {201, 409, 200, 503, 201};
	static const uint32_t accepted[] = {1, 0, 2, 0, 1};
	char all[2048];
	size_t size = 0;
	const char *parts[] = {single, refusal, chunked, empty, single};
	(void)state;
	for (uint32_t i = 0; i < 5; i++) {
		memcpy(all + size, parts[i], strlen(parts[i]));
		size += strlen(parts[i]);
	}
	for (size_t piece = 1; piece <= size; piece++) {
		struct seen seen = feed(all, size, piece);
		assert_int_equal(seen.count, 5);
		assert_memory_equal(seen.status, status, sizeof(status));
		assert_memory_equal(seen.accepted, accepted, sizeof(accepted));
	}
}

/* Heads that differ in digits, with bodies of one size of which every seventh is a refusal, and every
 * fiftieth of another size: as long as the one before or not, each is read for what it is. */
static void answers_that_look_alike(void **state)
{
	static const char good[] = "{\"result\":\"accepted\",\"n\":1}";
	static const char bad[] = "{\"result\":\"rejected\",\"n\":1}";
	static char all[64 * 1024];
	static const size_t pieces[] = {1, 97, 150, 4096, sizeof(all)};
	size_t size = 0;
	(void)state;
	for (uint32_t i = 0; i < 300; i++) {
		const char *extra = i % 50 == 49 ? "  " : "";
		size += (size_t)sprintf(all + size,
					"HTTP/1.1 20%u OK\r\nLedger-Seq: %03u\r\nContent-Length: "
					"%zu\r\n\r\n%s%s",
					i % 2, i, sizeof(good) - 1 + strlen(extra),
					i % 7 == 6 ? bad : good, extra);
	}
	for (size_t n = 0; n < sizeof(pieces) / sizeof(pieces[0]); n++) {
		static struct response response;
		uint32_t count = 0;
		response_init(&response, false);
		for (size_t at = 0; at < size; at += pieces[n]) {
			size_t end = at + pieces[n] < size ? at + pieces[n] : size;
			for (size_t used = at; used < end;) {
				bool is_whole;
				used += response_feed(&response, all + used, end - used, &is_whole);
				if (!is_whole)
					continue;
				assert_int_equal(response.status, 200 + count % 2);
				assert_int_equal(response.tally.accepted, count % 7 != 6);
				count++;
			}
		}
		assert_int_equal(count, 300);
	}
}

static void words_are_counted_once(void **state)
{
	char text[4096];
	size_t size = 0;
	(void)state;
	for (uint32_t i = 0; i < 20; i++) {
		const char *line = i % 3 == 0 ? REFUSED : ACCEPTED;
		memcpy(text + size, line, strlen(line));
		size += strlen(line);
	}
	for (size_t piece = 1; piece <= size; piece++) {
		struct tally tally;
		tally_init(&tally, false);
		for (size_t at = 0; at < size; at += piece)
			tally_feed(&tally, text + at, size - at < piece ? size - at : piece);
		assert_int_equal(tally.accepted, 13);
	}
}

/* A header and four records: accepted, refused, kept but late, accepted. */
static void records_are_counted(void **state)
{
	static const uint16_t results[] = {RESULT_ACCEPTED, RESULT_DUPLICATE_SERVICE,
					   RESULT_LATE_SUBMISSION, RESULT_ACCEPTED};
	char bytes[5 * 64];
	(void)state;
	/* Zeros in the header's place of a result are no acceptance. */
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, "TITOLIRA", 8);
	for (uint32_t i = 0; i < 4; i++) {
		bytes[(i + 1) * 64 + 56] = (char)(results[i] & 255);
		bytes[(i + 1) * 64 + 57] = (char)(results[i] >> 8);
	}
	for (size_t piece = 1; piece <= sizeof(bytes); piece++) {
		struct tally tally;
		tally_init(&tally, true);
		for (size_t at = 0; at < sizeof(bytes); at += piece)
			tally_feed(&tally, bytes + at,
				   sizeof(bytes) - at < piece ? sizeof(bytes) - at : piece);
		assert_int_equal(tally.accepted, 2);
	}
}

/* A problem in the place of a binary answer accepts nothing. */
static void problems_accept_nothing(void **state)
{
	char text[640];
	(void)state;
	memset(text, 0, sizeof(text));
	text[0] = '{';
	for (size_t piece = 1; piece <= sizeof(text); piece++) {
		struct tally tally;
		tally_init(&tally, true);
		for (size_t at = 0; at < sizeof(text); at += piece)
			tally_feed(&tally, text + at,
				   sizeof(text) - at < piece ? sizeof(text) - at : piece);
		assert_int_equal(tally.accepted, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(answers_in_pieces),
	    cmocka_unit_test(answers_that_look_alike),
	    cmocka_unit_test(words_are_counted_once),
	    cmocka_unit_test(records_are_counted),
	    cmocka_unit_test(problems_accept_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
