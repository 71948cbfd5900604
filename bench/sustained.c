/* How many redemptions a second a ledger takes while the checkpoint keeps up, without HTTP: the real
 * rules, journal, store and checkpoint, fed from this program's own thread. Prints one line for each
 * figure: name value unit.
 *
 * usage: sustained CONFIG SECONDS ROUND [RATE]
 *
 * CONFIG is the configuration of a ledger that make_ledger filled and that no daemon serves. Each
 * redemption carries a key, as each line of a batch does, and works of 1,000 go round. ROUND is the
 * first visit of each title that is not taken yet (0 to 47). RATE redemptions a second arrive whether or not the
 * ledger keeps up, and waits are counted from the arrival; without RATE the ledger is always full.
 *
 * `written_bytes` is what this process gave to the kernel to write (/proc/self/io: wchar), journal,
 * preparation of segments and store together, over the run and the checkpoint of its last entries;
 * `device_bytes` is what the disk of the ledger's folder was given in that time, by whomever. */
#include "engine/base/index.h"
#include "engine/daemon/ledger.h"
#include "engine/domain/command.h"
#include "engine/domain/outcome.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/shared_log.h"
#include "engine/pipeline/completion.h"
#include "engine/pipeline/pipeline.h"
#include "engine/pipeline/work.h"
#include "engine/system/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define WORKS         24u
#define WAITS_MAX     4000000u
#define PROVIDERS_MAX 1024u
#define OCTOBER       INT64_C(1790805600000000) /* 2026-10-01T00:00:00+02:00 */
#define HOUR_US       INT64_C(3600000000)
#define DAY_US        INT64_C(86400000000)

struct bench {
	struct pipeline *pipeline;
	struct checkpoint *checkpoint;
	struct completion_queue queue;
	struct work works[WORKS];
	struct command *commands[WORKS];
	struct outcome *outcomes[WORKS];
	uint64_t arrived_ns[WORKS];
	struct work *idle;
	uint32_t busy;
	struct principal_id who[PROVIDERS_MAX]; /* of provider i + 1 */
	uint32_t given[PROVIDERS_MAX];
	uint32_t providers, vouchers, round, turn;
	uint64_t accepted, keys, rate;
	uint32_t *waits_us;
	uint64_t wait_count;
	uint64_t lag_entries_max;
	uint64_t completed_ns; /* when works came back last */
	uint64_t silence_ns;   /* longest time without one */
};

static _Noreturn void die(const char *what, enum result result)
{
	fprintf(stderr, "sustained: %s: %s\n", what, result_code(result));
	exit(1);
}

static void failed(enum result result, void *context)
{
	(void)context;
	die("journal or store", result);
}

/* Asked, but of no account: the ledger's clock is manual. */
static struct instant no_clock(void *context)
{
	(void)context;
	return (struct instant){0};
}

/* Who speaks for each provider, and how many titles there are. */
static void look_around(struct bench *bench, const struct state *state)
{
	for (uint32_t id = 1; id <= state_count(state, RECORD_KIND_PRINCIPAL); id++) {
		struct principal_id who = {id};
		const struct principal *principal = state_principal(state, who);
		if (principal->role != ROLE_PROVIDER || bench->providers == PROVIDERS_MAX)
			continue;
		bench->who[bench->providers++] = who;
	}
	bench->vouchers = state_count(state, RECORD_KIND_VOUCHER);
	if (bench->providers == 0 || bench->vouchers < bench->providers)
		die("the ledger was not made by make_ledger", RESULT_NOT_FOUND);
}

/* The next visit of a provider: the same as load.c's. */
static void fill(struct bench *bench, uint32_t provider, struct command *command)
{
	uint32_t given = bench->given[provider]++;
	uint32_t each = bench->vouchers / bench->providers;
	uint32_t voucher = given % each * bench->providers + provider + 1;
	uint32_t round = bench->round + given / each;
	struct command_redemption_submit *input = &command->input.redemption_submit;
	memset(command, 0, sizeof(*command));
	command->kind = COMMAND_KIND_REDEMPTION_SUBMIT;
	command->principal = bench->who[provider];
	command->has_key = 1;
	uint64_t key = ++bench->keys;
	for (uint32_t word = 0; word < 2; word++) {
		uint64_t half = hash64_of_u64(key, word + UINT64_C(2) * bench->round);
		memcpy(command->key_hash + 8 * (size_t)word, &half, 8);
		half = hash64_of_u64(key, word + 1000);
		memcpy(command->request_hash + 8 * (size_t)word, &half, 8);
	}
	input->voucher.raw = voucher;
	input->start.us = OCTOBER + (int64_t)(round % 24) * DAY_US +
			  (int64_t)(8 + voucher % 4 * 2 + round / 24 % 2) * HOUR_US;
	input->minutes = 30;
	input->operator = hash64_of_u64(voucher, 7);
}

static void give(struct bench *bench, uint64_t arrived_ns)
{
	struct work *work = bench->idle;
	size_t place = (size_t)(work - bench->works);
	uint32_t provider = bench->turn++ % bench->providers;
	bench->idle = work->next;
	work->next = NULL;
	work->count = WORK_COMMANDS_MAX;
	for (uint32_t i = 0; i < work->count; i++)
		fill(bench, provider, &bench->commands[place][i]);
	bench->arrived_ns[place] = arrived_ns;
	bench->busy++;
	enum result result = pipeline_submit(bench->pipeline, work);
	if (result != RESULT_OK)
		die("submit", result);
}

/* Takes back what is done. */
static void collect(struct bench *bench, int timeout_ms)
{
	struct work *work = completion_wait(&bench->queue, timeout_ms);
	uint64_t now_ns = clock_monotonic_ns();
	if (work != NULL) {
		if (bench->completed_ns != 0 && now_ns - bench->completed_ns > bench->silence_ns)
			bench->silence_ns = now_ns - bench->completed_ns;
		bench->completed_ns = now_ns;
	}
	while (work != NULL) {
		struct work *next = work->next;
		if (work->result != RESULT_OK)
			die("work", work->result);
		for (uint32_t i = 0; i < work->count; i++)
			if (work->outcomes[i].result != RESULT_ACCEPTED)
				die("redemption", work->outcomes[i].result);
		bench->accepted += work->count;
		uint64_t arrived_ns = bench->arrived_ns[work - bench->works];
		if (bench->wait_count < WAITS_MAX)
			bench->waits_us[bench->wait_count++] =
			    (uint32_t)((now_ns - arrived_ns) / 1000u);
		work->next = bench->idle;
		bench->idle = work;
		bench->busy--;
		work = next;
	}
}

static void note_lag(struct bench *bench)
{
	struct checkpoint_figures figures;
	checkpoint_figures_read(bench->checkpoint, &figures);
	uint64_t lag = figures.durable - figures.sequence;
	if (lag > bench->lag_entries_max)
		bench->lag_entries_max = lag;
}

static void drive(struct bench *bench, uint64_t seconds)
{
	uint64_t begin_ns = clock_monotonic_ns();
	uint64_t end_ns = begin_ns + seconds * UINT64_C(1000000000);
	uint64_t step_ns =
	    bench->rate == 0 ? 0 : WORK_COMMANDS_MAX * UINT64_C(1000000000) / bench->rate;
	uint64_t due_ns = begin_ns;
	for (uint64_t now_ns = begin_ns; now_ns < end_ns; now_ns = clock_monotonic_ns()) {
		while (bench->idle != NULL && due_ns <= now_ns) {
			give(bench, bench->rate == 0 ? now_ns : due_ns);
			due_ns += step_ns;
		}
		uint64_t wait_ns = due_ns > now_ns ? due_ns - now_ns : 0;
		collect(bench, bench->idle == NULL ? -1 : (int)(wait_ns / 1000000u));
		note_lag(bench);
	}
	while (bench->busy > 0)
		collect(bench, -1);
}

static uint64_t written_bytes(void)
{
	char line[128];
	unsigned long long value = 0;
	FILE *file = fopen("/proc/self/io", "r");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "wchar: %llu", &value) == 1)
			break;
	if (file != NULL)
		(void)fclose(file);
	return value;
}

/* Of the disk that holds a folder; 0: it has no line in /proc/diskstats. */
static uint64_t device_bytes(const char *folder)
{
	char line[512];
	struct stat stat_of;
	unsigned major_number = 0;
	unsigned minor_number = 0;
	unsigned long long sectors = 0;
	uint64_t value = 0;
	FILE *file = fopen("/proc/diskstats", "r");
	if (stat(folder, &stat_of) != 0)
		die(folder, RESULT_IO_FAILED);
	while (file != NULL && value == 0 && fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "%u %u %*s %*u %*u %*u %*u %*u %*u %llu", &major_number,
			&minor_number, &sectors) == 3 &&
		    makedev(major_number, minor_number) == stat_of.st_dev)
			value = sectors * 512u;
	if (file != NULL)
		(void)fclose(file);
	return value;
}

static uint64_t cpu_us(void)
{
	struct rusage usage;
	(void)getrusage(RUSAGE_SELF, &usage);
	return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000u +
	       (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static int by_size(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left;
	uint32_t b = *(const uint32_t *)right;
	return (a > b) - (a < b);
}

static void tell(const char *name, uint64_t value, const char *unit)
{
	printf("%s %llu %s\n", name, (unsigned long long)value, unit);
	(void)fflush(stdout);
}

static void tell_waits(struct bench *bench)
{
	uint64_t last = bench->wait_count - 1;
	qsort(bench->waits_us, bench->wait_count, sizeof(uint32_t), by_size);
	tell("work_p50_us", bench->waits_us[last / 2], "us");
	tell("work_p99_us", bench->waits_us[last * 99 / 100], "us");
	tell("work_p999_us", bench->waits_us[last * 999 / 1000], "us");
	tell("work_max_us", bench->waits_us[last], "us");
	tell("longest_silence_us", bench->silence_ns / 1000u, "us");
}

/* Runs, waits for the store, and tells what it took. */
static void measure(struct bench *bench, const char *folder, uint64_t seconds)
{
	struct pipeline_figures before;
	struct pipeline_figures after;
	pipeline_figures_read(bench->pipeline, &before);
	struct checkpoint_figures stored;
	checkpoint_figures_read(bench->checkpoint, &stored);
	uint64_t written = written_bytes();
	uint64_t device = device_bytes(folder);
	uint64_t cpu = cpu_us();
	uint64_t begin_ns = clock_monotonic_ns();
	drive(bench, seconds);
	uint64_t ns = clock_monotonic_ns() - begin_ns;
	pipeline_figures_read(bench->pipeline, &after);
	tell("sustained_per_s", bench->accepted * UINT64_C(1000000000) / ns, "redemptions/s");
	tell_waits(bench);
	tell("batch_entries", (after.entries - before.entries) / (after.batches - before.batches),
	    "entries/batch");
	tell("journal_bytes_per_redemption", (after.bytes - before.bytes) / bench->accepted, "bytes");
	uint64_t stored_ns = clock_monotonic_ns();
	uint64_t last = after.durable_sequence;
	while (checkpoint_sequence(bench->checkpoint) < last)
		(void)usleep(1000);
	tell("checkpoint_behind_ms", (clock_monotonic_ns() - stored_ns) / 1000000u, "ms");
	tell("checkpoint_lag_entries_max", bench->lag_entries_max, "entries");
	tell("written_bytes_per_redemption", (written_bytes() - written) / bench->accepted, "bytes");
	tell("device_bytes_per_redemption", (device_bytes(folder) - device) / bench->accepted, "bytes");
	tell("cpu_ns_per_redemption", (cpu_us() - cpu) * 1000u / bench->accepted, "ns");
	struct checkpoint_figures figures;
	checkpoint_figures_read(bench->checkpoint, &figures);
	tell("checkpoints", figures.checkpoints - stored.checkpoints, "checkpoints");
	tell("rows_per_100_redemptions", (figures.puts - stored.puts) * 100u / bench->accepted, "rows");
}

static void open_works(struct bench *bench)
{
	for (uint32_t i = 0; i < WORKS; i++) {
		bench->commands[i] = calloc(WORK_COMMANDS_MAX, sizeof(struct command));
		bench->outcomes[i] = calloc(WORK_COMMANDS_MAX, sizeof(struct outcome));
		if (bench->commands[i] == NULL || bench->outcomes[i] == NULL)
			die("works", RESULT_OUT_OF_MEMORY);
		bench->works[i] = (struct work){
		    .kind = WORK_COMMANDS,
		    .commands = bench->commands[i],
		    .outcomes = bench->outcomes[i],
		    .queue = &bench->queue,
		    .next = bench->idle,
		};
		bench->idle = &bench->works[i];
	}
	bench->waits_us = calloc(WAITS_MAX, sizeof(uint32_t));
	if (bench->waits_us == NULL || completion_open(&bench->queue) != RESULT_OK)
		die("works", RESULT_OUT_OF_MEMORY);
}

int main(int count, char **arguments)
{
	static struct config config;
	static struct ledger_files files;
	static struct bench bench;
	struct config_fault fault;
	if (count < 4) {
		fprintf(stderr, "usage: sustained CONFIG SECONDS ROUND [RATE]\n");
		return 2;
	}
	config_init(&config);
	if (config_read(&config, arguments[1], &fault) != RESULT_OK)
		die(fault.key, RESULT_CONFIG_INVALID);
	uint64_t seconds = strtoull(arguments[2], NULL, 10);
	bench.round = (uint32_t)strtoul(arguments[3], NULL, 10);
	bench.rate = count > 4 ? strtoull(arguments[4], NULL, 10) : 0;
	enum result result = ledger_open(&config, true, &files);
	if (result != RESULT_OK)
		die("open", result);
	look_around(&bench, files.state);
	open_works(&bench);
	const struct checkpoint_config checkpoint = {
	    .store = files.store,
	    .log = files.log,
	    .failed = failed,
	    .interval_ms = (uint32_t)config.checkpoint_ms,
	};
	if ((result = checkpoint_start(&checkpoint, &bench.checkpoint)) != RESULT_OK)
		die("checkpoint", result);
	const struct pipeline_config pipeline = {
	    .state = files.state,
	    .log = files.log,
	    .checkpoint = bench.checkpoint,
	    .sequence = files.recovered.sequence,
	    .last_instant = files.recovered.last_instant,
	    .clock = no_clock,
	    .failed = failed,
	};
	if ((result = pipeline_start(&pipeline, &bench.pipeline)) != RESULT_OK)
		die("pipeline", result);
	while (checkpoint_sequence(bench.checkpoint) < files.recovered.sequence)
		(void)usleep(1000); /* what make_ledger left to the store */
	measure(&bench, files.paths.folder, seconds);
	if ((result = pipeline_stop(bench.pipeline)) != RESULT_OK ||
	    (result = checkpoint_stop(bench.checkpoint, true)) != RESULT_OK)
		die("stop", result);
	pipeline_free(bench.pipeline);
	checkpoint_free(bench.checkpoint);
	ledger_close(&files);
	return 0;
}
