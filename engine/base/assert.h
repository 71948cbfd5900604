/* Assertions that stay on in production.
 *
 * ASSERT(condition) means "we can prove this". It is never used on input, disk content or the
 * network: those get a result code. A failed assertion ends the process through
 * assert_failed(), which each program defines (engine/system/panic.c for the daemon). */
#ifndef ENGINE_BASE_ASSERT_H
#define ENGINE_BASE_ASSERT_H

#include <assert.h>

#define MUST_CHECK __attribute__((warn_unused_result))

/* Before a large local variable of a hot path that is written before it is read: the build fills
 * all others with zeros, which costs an instruction for each eight bytes. */
#define UNFILLED __attribute__((uninitialized))

/* Reports the broken assertion and ends the process at once; never returns. */
_Noreturn void assert_failed(const char *file, int line, const char *condition);

#define ASSERT(condition) ((condition) ? (void)0 : assert_failed(__FILE__, __LINE__, #condition))

#endif
