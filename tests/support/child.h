/* Work that may crash or never end, in a child: LMDB on what a missing sync left behind, for instance. */
#ifndef TESTS_SUPPORT_CHILD_H
#define TESTS_SUPPORT_CHILD_H

#include <stdbool.h>

/* Runs `run` in a child process, where signals of a crash end it at once. True: it came back with
 * true; false: it came back with false, crashed, or took over 20 seconds of the processor. */
bool child_agrees(bool (*run)(void *context), void *context);

#endif
