/* Log lines are JSON, one write each, whatever text they carry. */
#include "engine/system/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char line[2 * LOG_LINE_SIZE_MAX];
static int kept_stderr;
static int pipe_ends[2];

static void begin(void)
{
	kept_stderr = dup(STDERR_FILENO);
	assert_int_equal(pipe(pipe_ends), 0);
	assert_true(dup2(pipe_ends[1], STDERR_FILENO) >= 0);
}

static void end(void)
{
	ssize_t size;

	assert_true(dup2(kept_stderr, STDERR_FILENO) >= 0);
	(void)close(kept_stderr);
	(void)close(pipe_ends[1]);
	size = read(pipe_ends[0], line, sizeof(line) - 1);
	(void)close(pipe_ends[0]);
	assert_true(size > 0);
	line[size] = '\0';
}

static void fields_are_typed(void **state)
{
	(void)state;
	begin();
	LOG("thing_done", log_text("name", "a\"b\\c\n\x7f"), log_number("count", -7),
	    log_result("result", RESULT_LEDGER_LOCKED));
	end();
	assert_non_null(strstr(line, ",\"event\":\"thing_done\",\"name\":\"a\\u0022b\\u005cc\\u000a"
				     "\\u007f\",\"count\":-7,\"result\":\"ledger_locked\"}\n"));
	assert_memory_equal(line, "{\"at\":\"20", 9);
}

static void no_fields(void **state)
{
	(void)state;
	begin();
	LOG("drain_started");
	end();
	assert_non_null(strstr(line, ",\"event\":\"drain_started\"}\n"));
}

static void a_long_line_loses_its_last_fields(void **state)
{
	static char text[LOG_LINE_SIZE_MAX];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	begin();
	LOG("long", log_number("first", 1), log_text("second", text), log_number("third", 3));
	end();
	assert_true(strlen(line) <= LOG_LINE_SIZE_MAX);
	assert_non_null(strstr(line, "\"first\":1,\"cut\":true}\n"));
	assert_null(strstr(line, "xxx"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fields_are_typed),
	    cmocka_unit_test(no_fields),
	    cmocka_unit_test(a_long_line_loses_its_last_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
