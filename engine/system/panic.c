/* assert_failed() of the daemon, and panic_fault(). See panic.h. */
#include "engine/system/panic.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PANIC_LINE_SIZE_MAX 512

static void panic_write(const char *line, int size)
{
	size_t bytes = size < 0 ? 0 : (size_t)size;

	if (bytes > PANIC_LINE_SIZE_MAX - 1)
		bytes = PANIC_LINE_SIZE_MAX - 1;
	/* Nothing can be done when stderr is gone. */
	if (write(STDERR_FILENO, line, bytes) < 0)
		return;
}

_Noreturn void panic_fault(enum result result, const char *where)
{
	const struct result_info *info = result_info(result);
	char line[PANIC_LINE_SIZE_MAX];

	panic_write(line,
		    snprintf(line, sizeof(line),
			     "{\"event\":\"fatal_fault\",\"result\":\"%s\",\"where\":\"%s\"}\n",
			     info->code, where));
	_exit(info->exit == 0 ? EXIT_FAILURE : info->exit);
}

/* The condition is C source: quotes and backslashes are left out so that the line stays JSON. */
static void panic_plain(const char *text, char *ret_plain, size_t size)
{
	size_t used = 0;

	for (; *text != '\0' && used + 1 < size; text++)
		if (*text != '"' && *text != '\\' && (unsigned char)*text >= ' ')
			ret_plain[used++] = *text;
	ret_plain[used] = '\0';
}

_Noreturn void assert_failed(const char *file, int line, const char *condition)
{
	char plain[PANIC_LINE_SIZE_MAX / 2];
	char text[PANIC_LINE_SIZE_MAX];

	panic_plain(condition, plain, sizeof(plain));
	panic_write(text, snprintf(text, sizeof(text),
				   "{\"event\":\"assertion_broken\",\"file\":\"%s\",\"line\":%d,"
				   "\"condition\":\"%s\"}\n",
				   file, line, plain));
	abort();
}
