/* Connections by address: as many as may be, never lost, whatever comes and goes. */
#include "engine/http/callers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CONNECTIONS 200u
#define CALLERS	    64u
#define STEPS	    200000u

static uint64_t of(const char *text)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};
	struct sockaddr_in four = {.sin_family = AF_INET};

	if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
		return caller_of((const struct sockaddr *)(const void *)&four);
	assert_int_equal(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
	return caller_of((const struct sockaddr *)(const void *)&six);
}

static void who_counts_as_whom(void **state)
{
	const struct sockaddr local = {.sa_family = AF_UNIX};

	(void)state;
	assert_true(caller_of(&local) == CALLER_NONE);
	assert_true(of("192.0.2.1") != of("192.0.2.2"));
	assert_true(of("192.0.2.1") == of("::ffff:192.0.2.1"));
	assert_true(of("2001:db8:1:2::1") == of("2001:db8:1:2:ffff::9"));
	assert_true(of("2001:db8:1:2::1") != of("2001:db8:1:3::1"));
	assert_true(of("0.0.0.0") != CALLER_NONE && of("::1") != CALLER_NONE);
}

static void bounds(void **state)
{
	struct callers *callers = NULL;

	(void)state;
	assert_int_equal(callers_open(CONNECTIONS, 2, &callers), RESULT_OK);
	assert_true(callers_enter(callers, 7));
	assert_true(callers_enter(callers, 7));
	assert_false(callers_enter(callers, 7));
	assert_true(callers_enter(callers, 8));
	callers_leave(callers, 7);
	assert_true(callers_enter(callers, 7));
	assert_int_equal(callers_count(callers, 7), 2);
	for (uint32_t i = 0; i < 10; i++)
		assert_true(callers_enter(callers, CALLER_NONE));
	callers_leave(callers, CALLER_NONE);
	callers_close(callers);
	callers_close(NULL);
}

/* Against plain counts. */
static void whatever_comes_and_goes(void **state)
{
	uint32_t counts[CALLERS] = {0};
	struct callers *callers = NULL;
	uint32_t open = 0;
	uint64_t random = 1;

	(void)state;
	assert_int_equal(callers_open(CONNECTIONS, 10, &callers), RESULT_OK);
	for (uint32_t i = 0; i < STEPS; i++) {
		uint32_t who;

		random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		who = (uint32_t)(random >> 33) % CALLERS;
		if ((random >> 60) % 2 == 0 && open < CONNECTIONS) {
			bool may = callers_enter(callers, who + 1);

			assert_int_equal(may, counts[who] < 10);
			counts[who] += may;
			open += may;
		} else if (counts[who] > 0) {
			callers_leave(callers, who + 1);
			counts[who]--;
			open--;
		}
		assert_int_equal(callers_count(callers, who + 1), counts[who]);
	}
	for (uint32_t who = 0; who < CALLERS; who++)
		assert_int_equal(callers_count(callers, who + 1), counts[who]);
	callers_close(callers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(who_counts_as_whom),
	    cmocka_unit_test(bounds),
	    cmocka_unit_test(whatever_comes_and_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
