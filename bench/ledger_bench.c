/* How fast a ledger is opened, replayed, checkpointed and verified: one line for each figure.
 *
 * usage: ledger_bench CONFIG
 *
 * CONFIG is the configuration of a ledger that no daemon serves and that was stopped in order (for
 * instance one that make_ledger filled). The ledger is only read; a second store is made beside it and
 * removed. Figures are of processor time (`…_cpu_ms`) beside the clock's, so that a busy machine does
 * not hide what the code costs. */
#include "engine/daemon/ledger.h"
#include "engine/domain/apply.h"
#include "engine/ledger/gather.h"
#include "engine/ledger/log_file.h"
#include "engine/ledger/recovery.h"
#include "engine/ledger/shared_log.h"
#include "engine/ledger/state_hash.h"
#include "engine/ledger/store.h"
#include "engine/ledger/verify.h"
#include "engine/system/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct moment {
	uint64_t wall_us;
	uint64_t cpu_us;
};

static uint64_t us_of(clockid_t clock)
{
	struct timespec now;
	(void)clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static struct moment moment(void)
{
	return (struct moment){us_of(CLOCK_MONOTONIC), us_of(CLOCK_PROCESS_CPUTIME_ID)};
}

/* Tells how long something took and, with a count, how many a second that is. */
static void tell(const char *name, struct moment begin, uint64_t count)
{
	struct moment end = moment();
	uint64_t wall_us = end.wall_us - begin.wall_us + 1;
	printf("%s_ms %llu ms\n", name, (unsigned long long)(wall_us / 1000));
	printf("%s_cpu_ms %llu ms\n", name,
	    (unsigned long long)((end.cpu_us - begin.cpu_us) / 1000));
	if (count > 0)
		printf("%s_per_s %llu /s\n", name,
		    (unsigned long long)(count * 1000000u / wall_us));
	(void)fflush(stdout);
}

static void must(const char *what, enum result result)
{
	if (result == RESULT_OK)
		return;
	fprintf(stderr, "ledger_bench: %s: %s\n", what, result_code(result));
	exit(1);
}

/* Forgets the state: its memory is as new. */
static void empty_state(struct ledger_files *files)
{
	size_t head = (sizeof(struct state) + 63u) & ~(size_t)63u;
	must("memory", madvise(files->state_memory, files->state_size, MADV_DONTNEED) == 0
			   ? RESULT_OK
			   : RESULT_OUT_OF_MEMORY);
	state_init(files->state, &files->limits, (unsigned char *)files->state_memory + head);
}

static void measure_rebuild(const struct ledger_files *files)
{
	char folder[FILE_PATH_SIZE_MAX];
	char path[FILE_PATH_SIZE_MAX];
	struct store_options options = {.folder = folder, .unsafe_filesystem = true};
	struct store *store = NULL;
	struct gather *gather = NULL;
	struct gather_span span;
	memcpy(options.ledger_id, files->id, sizeof(files->id));
	if (!file_path(files->paths.folder, "bench-store", folder))
		exit(1);
	must("second store", store_open(&options, &store));
	must("gather", gather_open(&gather));
	struct moment begin = moment();
	must("checkpoint", gather_catch_up(gather, files->log, store, UINT64_MAX, &span));
	tell("checkpoint_all", begin, store_meta(store)->sequence);
	gather_close(gather);
	store_close(store);
	if (file_path(folder, "data.mdb", path))
		(void)unlink(path);
	if (file_path(folder, "lock.mdb", path))
		(void)unlink(path);
	(void)rmdir(folder);
}

int main(int count, char **arguments)
{
	struct config config;
	struct ledger_files files = {.lock = FILE_NONE};
	struct config_fault fault;
	if (count != 2) {
		fprintf(stderr, "usage: ledger_bench CONFIG\n");
		return 2;
	}
	config_init(&config);
	must("configuration", config_read(&config, arguments[1], &fault));
	struct moment begin = moment();
	must("ledger", ledger_open(&config, false, &files));
	tell("open_all", begin, 0);
	printf("records_loaded %llu\nentries_replayed %llu\n",
	    (unsigned long long)files.recovered.records_loaded,
	    (unsigned long long)files.recovered.entries_replayed);

	struct recovery_report report;
	struct recovery_config from_store = {
	    .store = files.store, .log = files.log, .state = files.state};
	empty_state(&files);
	begin = moment();
	must("load", recovery_run(&from_store, &report));
	tell("load", begin, report.records_loaded);

	struct recovery_config from_journal = {.log = files.log, .state = files.state};
	empty_state(&files);
	begin = moment();
	must("replay", recovery_run(&from_journal, &report));
	tell("replay", begin, report.entries_replayed);

	uint8_t hash[STATE_HASH_SIZE];
	begin = moment();
	must("hash", state_hash(files.state, hash));
	tell("state_hash", begin, report.entries_replayed);

	struct invariant_fault broken;
	begin = moment();
	must("books", apply_check_all(files.state, &broken) ? RESULT_OK : RESULT_CHECK_FAILED);
	tell("check_all", begin, 0);

	measure_rebuild(&files);

	struct verify_report verified;
	struct verify_config verify = {
	    .store = files.store, .log = files.log, .state = files.state};
	empty_state(&files);
	begin = moment();
	must("verify", verify_run(&verify, &verified));
	tell("verify", begin, verified.entries);
	ledger_close(&files);
	return 0;
}
