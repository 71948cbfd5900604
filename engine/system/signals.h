/* Signals: blocked in every thread, taken one at a time by the main thread. No handler ever runs,
 * so no call of another thread is interrupted (an fdatasync cut by EINTR could not be retried). */
#ifndef ENGINE_SYSTEM_SIGNALS_H
#define ENGINE_SYSTEM_SIGNALS_H

#include <stdint.h>

enum signals_event {
	SIGNALS_NONE, /* the wait ended without one */
	SIGNALS_STOP, /* SIGTERM or SIGINT: drain; the second time: at once */
	SIGNALS_RELOAD, /* SIGHUP: read again what can be read again */
};

/* Blocks SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2 and SIGCHLD, ignores SIGPIPE. Call it before the
 * first thread: threads inherit the mask. */
void signals_block(void);

/* Waits at most `wait_ms` for a signal. The others are taken and ignored. Main thread.
 */
enum signals_event signals_wait(uint32_t wait_ms);

#endif
