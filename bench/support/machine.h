/* What a benchmark asks the machine: the time, its own and another's processor time, and how much
 * of it the host took away. */
#ifndef BENCH_SUPPORT_MACHINE_H
#define BENCH_SUPPORT_MACHINE_H

#include <stdint.h>

struct machine_use {
	uint64_t wall_ns;
	uint64_t own_ns;   /* processor time of this process, user and system */
	uint64_t other_ns; /* of the watched process; 0: none */
	uint64_t stolen_ticks;
	uint64_t all_ticks; /* of all processors, whatever they did */
};

/* Nanoseconds of the monotonic clock. */
uint64_t machine_now_ns(void);

/* What was used until now; `other` is a process id or 0. */
void machine_use_now(uint32_t other, struct machine_use *ret_use);

/* What was used since. */
struct machine_use machine_use_since(const struct machine_use *from, const struct machine_use *to);

/* Stolen of all, in thousandths. */
uint64_t machine_stolen_per_mille(const struct machine_use *use);

/* As many open files as the system allows. */
void machine_allow_files(void);

/* Prints what failed and why (errno), ends with 1. */
_Noreturn void machine_die(const char *what);

#endif
