/* Bells over futexes: see bell.h. */
#include "engine/ledger/bell.h"

#include "engine/base/assert.h"

#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static_assert(sizeof(_Atomic uint32_t) == 4, "the kernel looks at 32 bits");

uint32_t bell_listen(struct bell *bell)
{
	ASSERT(bell != NULL);
	return atomic_load(&bell->rings);
}

void bell_wait(struct bell *bell, uint32_t heard, uint32_t timeout_ms)
{
	ASSERT(bell != NULL);
	struct timespec timeout = {
	    .tv_sec = timeout_ms / 1000u,
	    .tv_nsec = (long)(timeout_ms % 1000u) * 1000000L,
	};
	/* Only a ringer clears the mark, and it wakes all; a mark that a timeout left behind costs
	 * the next ring one call. Either the ringer sees a sleeper, or the kernel sees that the
	 * count has changed. */
	atomic_store(&bell->sleepers, 1u);
	if (atomic_load(&bell->rings) == heard)
		(void)syscall(
		    SYS_futex, &bell->rings, FUTEX_WAIT_PRIVATE, heard, &timeout, NULL, 0);
}

void bell_ring(struct bell *bell)
{
	ASSERT(bell != NULL);
	(void)atomic_fetch_add(&bell->rings, 1u);
	/* The first ring wakes; those that come before the sleeper is on its feet cost nothing. */
	if (atomic_load(&bell->sleepers) != 0 && atomic_exchange(&bell->sleepers, 0u) != 0)
		(void)syscall(SYS_futex, &bell->rings, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}
