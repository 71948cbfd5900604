/* See clock.h. */
#include "engine/system/clock.h"

#include "engine/base/assert.h"

#include <time.h>

#define NS_PER_SECOND UINT64_C(1000000000)
#define NS_PER_MS     UINT64_C(1000000)
#define NS_PER_US     1000

struct instant clock_now(void)
{
	struct timespec now;

	/* Fails only for a clock that does not exist. */
	ASSERT(clock_gettime(CLOCK_REALTIME, &now) == 0);
	return (struct instant){(int64_t)now.tv_sec * TIME_US_PER_SECOND + now.tv_nsec / NS_PER_US};
}

uint64_t clock_monotonic_ns(void)
{
	struct timespec now;

	ASSERT(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

uint64_t clock_monotonic_ms(void)
{
	return clock_monotonic_ns() / NS_PER_MS;
}

uint64_t clock_tick_ms(void)
{
	struct timespec now;

	ASSERT(clock_gettime(CLOCK_MONOTONIC_COARSE, &now) == 0);
	return (uint64_t)now.tv_sec * (NS_PER_SECOND / NS_PER_MS) +
	       (uint64_t)now.tv_nsec / NS_PER_MS;
}
