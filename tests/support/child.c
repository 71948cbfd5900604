/* See child.h. */
#include "tests/support/child.h"

#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSOR_SECONDS 20u

bool child_agrees(bool (*run)(void *context), void *context)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGXCPU};
	int status = 0;
	pid_t child = fork();
	if (child < 0)
		abort();
	if (child == 0) {
		for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
			(void)signal(signals[i], SIG_DFL);
		struct rlimit limit = {PROCESSOR_SECONDS, PROCESSOR_SECONDS};
		(void)setrlimit(RLIMIT_CPU, &limit);
		_exit(run(context) ? 0 : 1);
	}
	while (waitpid(child, &status, 0) != child)
		continue;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
