/* A bell: one thread sleeps until others ring, without missing a ring between look and sleep.
 *
 *	heard = bell_listen(bell);
 *	if (nothing to do)
 *		bell_wait(bell, heard, timeout_ms);
 *
 * A ring costs one atomic addition while nobody sleeps, one system call (futex) otherwise.
 * Zero-filled memory is a bell. Timeouts are relative: no clock is read. */
#ifndef ENGINE_LEDGER_BELL_H
#define ENGINE_LEDGER_BELL_H

#include <stdatomic.h>
#include <stdint.h>

struct bell {
	_Atomic uint32_t rings;
	_Atomic uint32_t sleepers; /* 1: somebody sleeps and nobody has woken it */
};

/* How often it rang: remember it before looking for work. */
uint32_t bell_listen(struct bell *bell);

/* Sleeps until the bell rings after `heard`, or the time is over, or (rarely) for no reason. */
void bell_wait(struct bell *bell, uint32_t heard, uint32_t timeout_ms);

/* Wakes whoever sleeps, and whoever is about to. Any thread. */
void bell_ring(struct bell *bell);

#endif
