/* The only reader of the machine's clocks. Everybody else receives values. */
#ifndef ENGINE_SYSTEM_CLOCK_H
#define ENGINE_SYSTEM_CLOCK_H

#include "engine/base/time.h"

/* The wall clock, UTC, microseconds. May jump: the ledger's instants never do (the sequencer takes
 * the larger of this and the previous one). */
struct instant clock_now(void);

/* Milliseconds and nanoseconds since some start that never moves: for deadlines and figures. */
uint64_t clock_monotonic_ms(void);
uint64_t clock_monotonic_ns(void);

/* clock_monotonic_ms as of the kernel's last tick, up to 10 ms ago: for deadlines that are set for
 * each request, at a fraction of the cost. */
uint64_t clock_tick_ms(void);

#endif
