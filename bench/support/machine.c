/* See machine.h. */
#include "bench/support/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

uint64_t machine_now_ns(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t own_ns(void)
{
	struct timespec used;
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

/* The processor clock of another process, by its id. */
static uint64_t other_ns(uint32_t process)
{
	clockid_t clock;
	struct timespec used;
	if (process == 0 || clock_getcpuclockid((pid_t)process, &clock) != 0 ||
	    clock_gettime(clock, &used) != 0)
		return 0;
	return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

/* The line `cpu` of /proc/stat: user nice system idle iowait irq softirq steal. */
static void read_ticks(struct machine_use *use)
{
	char line[512] = "";
	FILE *file = fopen("/proc/stat", "r");
	if (file == NULL)
		return;
	if (fgets(line, sizeof(line), file) != NULL && strncmp(line, "cpu ", 4) == 0) {
		char *at = line + 4;
		for (uint32_t i = 0; i < 8; i++) {
			uint64_t ticks = strtoull(at, &at, 10);
			use->all_ticks += ticks;
			if (i == 7)
				use->stolen_ticks = ticks;
		}
	}
	fclose(file);
}

void machine_use_now(uint32_t other, struct machine_use *ret_use)
{
	*ret_use = (struct machine_use){.wall_ns = machine_now_ns(), .own_ns = own_ns()};
	ret_use->other_ns = other_ns(other);
	read_ticks(ret_use);
}

struct machine_use machine_use_since(const struct machine_use *from, const struct machine_use *to)
{
	return (struct machine_use){
	    .wall_ns = to->wall_ns - from->wall_ns,
	    .own_ns = to->own_ns - from->own_ns,
	    .other_ns = to->other_ns - from->other_ns,
	    .stolen_ticks = to->stolen_ticks - from->stolen_ticks,
	    .all_ticks = to->all_ticks - from->all_ticks,
	};
}

uint64_t machine_stolen_per_mille(const struct machine_use *use)
{
	return use->all_ticks == 0 ? 0 : use->stolen_ticks * 1000 / use->all_ticks;
}

void machine_allow_files(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

void machine_die(const char *what)
{
	perror(what);
	exit(1);
}
