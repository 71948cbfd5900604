/* Clocks, randomness, signals and file systems of the machine. */
#include "engine/system/clock.h"
#include "engine/system/filesystem.h"
#include "engine/system/random.h"
#include "engine/system/signals.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void clocks_go_on(void **state)
{
	struct instant now = clock_now();
	uint64_t ns = clock_monotonic_ns();

	(void)state;
	assert_true(instant_is_valid(now));
	assert_true(now.us > INT64_C(1700000000) * TIME_US_PER_SECOND);
	for (int i = 0; i < 1000; i++) {
		uint64_t next = clock_monotonic_ns();

		assert_true(next >= ns);
		ns = next;
	}
	assert_true(clock_monotonic_ms() >= ns / 1000000u);
	/* The tick is behind, never ahead. */
	assert_true(clock_tick_ms() > 0);
	assert_true(clock_tick_ms() <= clock_monotonic_ms());
}

static void random_bytes_differ(void **state)
{
	uint8_t seen[256] = {0};
	uint8_t first[4096];
	uint8_t second[4096];
	uint32_t values = 0;

	(void)state;
	random_bytes(first, sizeof(first));
	random_bytes(second, sizeof(second));
	assert_memory_not_equal(first, second, sizeof(first));
	for (size_t i = 0; i < sizeof(first); i++)
		seen[first[i]] = 1;
	for (size_t i = 0; i < sizeof(seen); i++)
		values += seen[i];
	assert_int_equal(values, sizeof(seen));
}

static void signals_are_waited_for(void **state)
{
	(void)state;
	signals_block();
	assert_int_equal(signals_wait(1), SIGNALS_NONE);
	assert_int_equal(kill(getpid(), SIGTERM), 0);
	assert_int_equal(signals_wait(1000), SIGNALS_STOP);
	assert_int_equal(kill(getpid(), SIGHUP), 0);
	assert_int_equal(signals_wait(1000), SIGNALS_RELOAD);
	assert_int_equal(kill(getpid(), SIGINT), 0);
	assert_int_equal(signals_wait(1000), SIGNALS_STOP);
	/* A peer that hangs up must not end the process. */
	assert_int_equal(raise(SIGPIPE), 0);
}

static void file_systems(void **state)
{
	char name[FILESYSTEM_NAME_SIZE_MAX] = "";

	(void)state;
	assert_int_equal(filesystem_check("/dev/shm", name), RESULT_UNSAFE_FILESYSTEM);
	assert_string_equal(name, "tmpfs");
	assert_int_equal(filesystem_check("/nonexistent/folder", name), RESULT_NOT_FOUND);
	assert_int_equal(filesystem_check("/dev/null/x", name), RESULT_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(clocks_go_on),
	    cmocka_unit_test(random_bytes_differ),
	    cmocka_unit_test(signals_are_waited_for),
	    cmocka_unit_test(file_systems),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
