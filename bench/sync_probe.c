/* What the disk itself does: writes and fdatasyncs of one size into a file that was written with
 * zeros before, one after another, at a pace or as fast as they go. `sync_probe --help` lists the
 * options.
 *
 * Beside a daemon's latencies it tells which pauses are the disk's. It ends after --seconds, or at
 * SIGTERM, and then prints its figures. */
#include "bench/support/figures.h"
#include "bench/support/histogram.h"
#include "bench/support/machine.h"
#include "bench/support/options.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define COUNT(rows) (uint32_t)(sizeof(rows) / sizeof((rows)[0]))
#define ALIGNMENT   4096u

struct probe {
	const char *file;
	uint64_t size;
	uint64_t every_us;
	uint64_t seconds;
	uint64_t file_mib;
	int descriptor;
	uint8_t *bytes;
};

static volatile sig_atomic_t is_stopped;

static void stop(int signal)
{
	(void)signal;
	is_stopped = 1;
}

static void read_options(struct probe *probe, int argc, char **argv)
{
	*probe = (struct probe){
	    .file = "", .size = 4096, .every_us = 10000, .seconds = 2, .file_mib = 16};
	const struct option_row rows[] = {
	    {"file", OPTION_TEXT, &probe->file, 0, 0, NULL, "made, and removed at the end"},
	    {"size", OPTION_NUMBER, &probe->size, 512, 1 << 20, NULL, "bytes of a write"},
	    {"every-us", OPTION_NUMBER, &probe->every_us, 0, 10000000, NULL,
	     "pace; 0: as fast as they go"},
	    {"seconds", OPTION_NUMBER, &probe->seconds, 1, 3600, NULL, "at most"},
	    {"file-mib", OPTION_NUMBER, &probe->file_mib, 1, 4096, NULL, "used in rounds"},
	};
	const struct option_table table = {"sync_probe: how long a sync takes", rows, COUNT(rows)};
	options_read(&table, argc, argv);
	if (probe->file[0] == '\0') {
		fprintf(stderr, "--file is needed\n");
		exit(2);
	}
}

static void open_file(struct probe *probe)
{
	void *bytes;
	if (posix_memalign(&bytes, ALIGNMENT, 1u << 20) != 0)
		machine_die("sync_probe: memory");
	memset(bytes, 0, 1u << 20);
	probe->bytes = bytes;
	probe->descriptor = open(probe->file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (probe->descriptor < 0)
		machine_die(probe->file);
	for (uint64_t i = 0; i < probe->file_mib; i++)
		if (pwrite(probe->descriptor, bytes, 1u << 20, (off_t)(i << 20)) != 1 << 20)
			machine_die(probe->file);
	if (fsync(probe->descriptor) != 0)
		machine_die(probe->file);
	memset(bytes, 0x5A, 1u << 20);
}

/* One write and its sync; nanoseconds. */
static uint64_t sync_once(const struct probe *probe, uint64_t offset)
{
	uint64_t begin = machine_now_ns();
	if (pwrite(probe->descriptor, probe->bytes, probe->size, (off_t)offset) !=
		(ssize_t)probe->size ||
	    fdatasync(probe->descriptor) != 0)
		machine_die(probe->file);
	return machine_now_ns() - begin;
}

static void run(const struct probe *probe, struct histogram *ret_syncs)
{
	uint64_t file_size = probe->file_mib << 20;
	uint64_t offset = 0;
	uint64_t end_ns = machine_now_ns() + probe->seconds * 1000000000u;
	uint64_t next_ns = machine_now_ns();
	while (!is_stopped && machine_now_ns() < end_ns) {
		histogram_add(ret_syncs, sync_once(probe, offset));
		offset = offset + 2 * probe->size > file_size ? 0 : offset + probe->size;
		next_ns += probe->every_us * 1000;
		uint64_t now_ns = machine_now_ns();
		if (next_ns > now_ns) {
			const struct timespec wait = {(time_t)((next_ns - now_ns) / 1000000000u),
						      (long)((next_ns - now_ns) % 1000000000u)};
			(void)nanosleep(&wait, NULL);
		} else {
			next_ns = now_ns; /* what was missed is not made up for */
		}
	}
}

int main(int argc, char **argv)
{
	static struct histogram syncs;
	static struct figures figures;
	struct probe probe;
	struct machine_use from;
	struct machine_use to;
	read_options(&probe, argc, argv);
	open_file(&probe);
	(void)signal(SIGTERM, stop);
	(void)signal(SIGINT, stop);
	histogram_init(&syncs);
	machine_use_now(0, &from);
	run(&probe, &syncs);
	machine_use_now(0, &to);
	(void)close(probe.descriptor);
	(void)unlink(probe.file);
	struct machine_use use = machine_use_since(&from, &to);
	figures_add(&figures, "syncs", syncs.count, "syncs");
	figures_add(&figures, "syncs_per_second", syncs.count * 1000000 / (use.wall_ns / 1000 + 1),
		    "syncs/s");
	figures_add(&figures, "sync_p50_us", histogram_at(&syncs, 50, 100) / 1000, "us");
	figures_add(&figures, "sync_p99_us", histogram_at(&syncs, 99, 100) / 1000, "us");
	figures_add(&figures, "sync_p99_9_us", histogram_at(&syncs, 999, 1000) / 1000, "us");
	figures_add(&figures, "sync_max_us", syncs.most / 1000, "us");
	figures_add(&figures, "stolen_per_mille", machine_stolen_per_mille(&use), "per_mille");
	figures_print(&figures);
	return 0;
}
