/* What answers and broken connections mean, and how long to wait. */
#include "connectors/delivery/verdict.h"

#include "connectors/delivery/send.h"
#include "connectors/delivery/transfer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void every_status_has_its_meaning(void **state)
{
	(void)state;
	static const struct {
		uint16_t status;
		enum delivery_outcome outcome;
		uint8_t cause;
	} rows[] = {
	    {200, DELIVERY_OUTCOME_SENT, 0},
	    {201, DELIVERY_OUTCOME_SENT, 0},
	    {204, DELIVERY_OUTCOME_SENT, 0},
	    {301, DELIVERY_OUTCOME_NEVER, DELIVERY_CAUSE_REDIRECTED},
	    {307, DELIVERY_OUTCOME_NEVER, DELIVERY_CAUSE_REDIRECTED},
	    {400, DELIVERY_OUTCOME_NEVER, DELIVERY_CAUSE_REFUSED},
	    {401, DELIVERY_OUTCOME_NEVER, DELIVERY_CAUSE_NOT_AUTHORISED},
	    {403, DELIVERY_OUTCOME_NEVER, DELIVERY_CAUSE_NOT_AUTHORISED},
	    {404, DELIVERY_OUTCOME_NEVER, DELIVERY_CAUSE_REFUSED},
	    {408, DELIVERY_OUTCOME_TRY_AGAIN, DELIVERY_CAUSE_SERVER_ERROR},
	    {413, DELIVERY_OUTCOME_NEVER, DELIVERY_CAUSE_FILE_TOO_LARGE},
	    {422, DELIVERY_OUTCOME_NEVER, DELIVERY_CAUSE_REFUSED},
	    {429, DELIVERY_OUTCOME_TRY_AGAIN, DELIVERY_CAUSE_SERVER_ERROR},
	    {500, DELIVERY_OUTCOME_UNKNOWN, DELIVERY_CAUSE_SERVER_ERROR},
	    {501, DELIVERY_OUTCOME_NEVER, DELIVERY_CAUSE_REFUSED},
	    {502, DELIVERY_OUTCOME_UNKNOWN, DELIVERY_CAUSE_SERVER_ERROR},
	    {503, DELIVERY_OUTCOME_TRY_AGAIN, DELIVERY_CAUSE_SERVER_ERROR},
	    {504, DELIVERY_OUTCOME_UNKNOWN, DELIVERY_CAUSE_SERVER_ERROR},
	    {507, DELIVERY_OUTCOME_TRY_AGAIN, DELIVERY_CAUSE_NO_SPACE},
	    {0, DELIVERY_OUTCOME_UNKNOWN, DELIVERY_CAUSE_SERVER_ERROR},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct verdict verdict = verdict_of_status(rows[i].status);
		if (verdict.outcome != rows[i].outcome || verdict.cause != rows[i].cause)
			fail_msg("%u", rows[i].status);
		assert_int_equal(verdict.status, rows[i].status);
	}
}

static void what_may_have_arrived_is_unknown(void **state)
{
	(void)state;
	static const enum verdict_end open[] = {VERDICT_END_INTERRUPTED, VERDICT_END_TOO_SLOW,
						VERDICT_END_ANSWER_TOO_LARGE, VERDICT_END_REFUSED};
	static const enum verdict_end never[] = {
	    VERDICT_END_CERTIFICATE, VERDICT_END_HOST_KEY, VERDICT_END_NOT_AUTHORISED};
	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++) {
		assert_int_equal(verdict_of_end(open[i], true).outcome, DELIVERY_OUTCOME_UNKNOWN);
		assert_int_equal(verdict_of_end(open[i], false).outcome,
				 DELIVERY_OUTCOME_TRY_AGAIN);
	}
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		assert_int_equal(verdict_of_end(never[i], true).outcome, DELIVERY_OUTCOME_NEVER);
	assert_int_equal(verdict_of_end(VERDICT_END_UNREACHABLE, true).outcome,
			 DELIVERY_OUTCOME_TRY_AGAIN);
	assert_int_equal(verdict_of_end(VERDICT_END_HOST_KEY, false).cause,
			 DELIVERY_CAUSE_HOST_KEY);
}

static void waits_double_within_bounds(void **state)
{
	(void)state;
	for (uint32_t failures = 0; failures < 80; failures++) {
		uint64_t whole = 30;
		for (uint32_t i = 0; i < failures && whole < 21600; i++)
			whole *= 2;
		whole = whole > 21600 ? 21600 : whole;
		for (uint64_t seed = 0; seed < 50; seed++) {
			uint32_t wait = verdict_wait_s(failures, seed, 30, 21600, 0);
			assert_true(wait >= whole / 2 && wait <= whole);
			assert_int_equal(wait, verdict_wait_s(failures, seed, 30, 21600, 0));
		}
	}
	assert_int_not_equal(verdict_wait_s(8, 1, 30, 21600, 0), verdict_wait_s(8, 2, 30, 21600, 0));
	assert_int_equal(verdict_wait_s(0, 1, 30, 21600, 500), 500);
	assert_true(verdict_wait_s(9, 1, 30, 21600, 5) > 5);
	assert_int_equal(verdict_wait_s(0, 1, 30, 21600, 4000000000u), VERDICT_RETRY_AFTER_MAX_S);
	assert_int_equal(verdict_wait_s(0, 1, 1, 1, 0), 1);
}

static void retry_after_is_a_number_or_a_date(void **state)
{
	(void)state;
	struct instant now = {INT64_C(1445412480) * TIME_US_PER_SECOND}; /* 21 Oct 2015 07:28:00 */
	static const struct {
		const char *text;
		uint32_t wait;
	} rows[] = {
	    {"120", 120},
	    {"0", 0},
	    {"99999999", VERDICT_RETRY_AFTER_MAX_S},
	    {"Wed, 21 Oct 2015 07:29:30 GMT", 90},
	    {"Wed, 21 Oct 2015 07:28:00 GMT", 0},
	    {"Tue, 20 Oct 2015 07:28:00 GMT", 0},
	    {"Wed, 21 Oct 2025 07:28:00 GMT", VERDICT_RETRY_AFTER_MAX_S},
	    {"", 0},
	    {"soon", 0},
	    {"-5", 0},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (transfer_retry_after(slice_from_text(rows[i].text), now) != rows[i].wait)
			fail_msg("%s", rows[i].text);
}

static void only_what_is_listed_is_spoken_to(void **state)
{
	(void)state;
	static const struct {
		const char *allow;
		const char *address;
		bool is_allowed;
	} rows[] = {
	    {"bank.example", "https://bank.example/in/", true},
	    {"bank.example", "https://bank.example:443/in/", true},
	    {"bank.example:443", "https://bank.example/in/", true},
	    {"bank.example", "https://bank.example:8443/in/", false},
	    {"bank.example:8443", "https://bank.example:8443/in/", true},
	    {"bank.example", "sftp://bank.example/in/", true},
	    {"bank.example:22", "sftp://bank.example/in/", true},
	    {"bank.example:443", "sftp://bank.example/in/", false},
	    {"bank.example", "https://evil.bank.example/in/", false},
	    {"bank.example", "https://bank.example.evil/in/", false},
	    {"bank.example", "https://bank.exampl/in/", false},
	    {"a, b c", "https://b/in/", true},
	    {"a, b c", "https://c/in/", true},
	    {"", "https://b/in/", false},
	    {"b", "https:///in/", false},
	    {"/srv/out", "/srv/out", true},
	    {"/srv/out/", "/srv/out/a", true},
	    {"/srv/out", "/srv/output", false},
	    {"/srv/out", "/srv", false},
	    {"/srv/out", "/srv/out/../../etc", false},
	    {"/", "/etc", false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (send_is_allowed(rows[i].allow, rows[i].address) != rows[i].is_allowed)
			fail_msg("%s: %s", rows[i].allow, rows[i].address);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_status_has_its_meaning),
	    cmocka_unit_test(what_may_have_arrived_is_unknown),
	    cmocka_unit_test(waits_double_within_bounds),
	    cmocka_unit_test(retry_after_is_a_number_or_a_date),
	    cmocka_unit_test(only_what_is_listed_is_spoken_to),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
