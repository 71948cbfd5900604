/* The assert hook of test programs: says what broke and aborts, so that cmocka, a sanitizer or the
 * runner sees a crash. Weak: a test that expects a broken assertion defines its own. */
#include "engine/base/assert.h"

#include <stdio.h>
#include <stdlib.h>

__attribute__((weak)) _Noreturn void assert_failed(const char *file, int line, const char *condition)
{
	(void)fprintf(stderr, "%s:%d: assertion broken: %s\n", file, line, condition);
	abort();
}
