/* Plain listeners are bound to loopback only. */
#include "engine/http/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

static void other_addresses_are_refused(void **state)
{
	static const char *const texts[] = {
	    "0.0.0.0:0",     "10.0.0.1:80",	 "[::]:0",	 "[::2]:0", "localhost:80",
	    "127.0.0.1",     "127.0.0.1:",	 "127.0.0.1:x",	 ":80",	    "127.0.0.1:65536",
	    "[::1]",	     "128.0.0.1:0",	 "127.0.0.1:-1", "[]:0",    "127.0.0.1:1 ",
	    "2130706433:80", "[127.0.0.1]:8080",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct address_bound bound = {.descriptor = -7};
		const char *reason = NULL;

		assert_int_equal(address_listen_tcp(texts[i], true, &bound, &reason),
				 RESULT_CONFIG_INVALID);
		assert_int_equal(bound.descriptor, -7);
		assert_non_null(reason);
	}
}

static void loopback_is_bound(void **state)
{
	struct address_bound first;
	struct address_bound second;
	const char *reason = NULL;
	char text[32];

	(void)state;
	assert_int_equal(address_listen_tcp("127.0.0.1:0", true, &first, &reason), RESULT_OK);
	assert_true(first.port > 0);
	(void)snprintf(text, sizeof(text), "127.0.0.1:%u", (unsigned)first.port);
	assert_int_equal(address_listen_tcp(text, true, &second, &reason), RESULT_CONFIG_INVALID);
	assert_int_equal(close(first.descriptor), 0);
	/* Where TLS is spoken, any address will do. */
	assert_int_equal(address_listen_tcp("0.0.0.0:0", true, &first, &reason),
			 RESULT_CONFIG_INVALID);
	assert_int_equal(address_listen_tcp("0.0.0.0:0", false, &first, &reason), RESULT_OK);
	assert_int_equal(close(first.descriptor), 0);
	assert_int_equal(address_listen_tcp("nowhere:0", false, &first, &reason),
			 RESULT_CONFIG_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(other_addresses_are_refused),
	    cmocka_unit_test(loopback_is_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
