/* See signals.h. */
#include "engine/system/signals.h"

#include "engine/base/assert.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

#define MS_PER_SECOND 1000u
#define NS_PER_MS     1000000L

static void signals_set(sigset_t *set)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD};

	ASSERT(sigemptyset(set) == 0);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		ASSERT(sigaddset(set, numbers[i]) == 0);
}

void signals_block(void)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t set;

	signals_set(&set);
	ASSERT(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
	ASSERT(sigaction(SIGPIPE, &ignore, NULL) == 0);
}

enum signals_event signals_wait(uint32_t wait_ms)
{
	struct timespec wait = {(time_t)(wait_ms / MS_PER_SECOND),
				(long)(wait_ms % MS_PER_SECOND) * NS_PER_MS};
	sigset_t set;
	int number;

	signals_set(&set);
	number = sigtimedwait(&set, NULL, &wait);
	if (number == SIGHUP)
		return SIGNALS_RELOAD;
	return number == SIGTERM || number == SIGINT ? SIGNALS_STOP : SIGNALS_NONE;
}
