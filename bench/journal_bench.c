/* The journal alone: how many batches and entries a second become durable on this disk, and how
 * fast a journal is verified and read back. Prints one line per figure: name value unit.
 *
 * usage: journal_bench FOLDER [SECONDS]    (FOLDER on the disk to measure; emptied of *.seg
 * files) */
#include "engine/ledger/log_file.h"

#include "engine/system/clock.h"
#include "engine/system/file.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENTRY_SIZE     400u
#define REPLAY_ENTRIES 1000000u
#define REPLAY_BATCH   1000u

static const uint8_t ledger_id[SEGMENT_LEDGER_ID_SIZE] = {1, 2, 3};
static uint8_t buffer[BATCH_SIZE_MAX];
static _Atomic bool preparing_ends;

static void need(bool good, const char *what)
{
	if (!good) {
		(void)fprintf(stderr, "journal_bench: %s failed\n", what);
		exit(1);
	}
}

static uint64_t now_us(void)
{
	return clock_monotonic_ns() / 1000u;
}

static bool remove_segment(void *context, const char *name)
{
	const char *folder = context;
	char path[FILE_PATH_SIZE_MAX];
	uint64_t sequence = 0;
	if (segment_name_parse(name, &sequence) || strcmp(name, LOG_FILE_NEXT_NAME) == 0) {
		need(file_path(folder, name, path), "path");
		need(file_remove(path) == RESULT_OK, "remove");
	}
	return true;
}

static void *keep_preparing(void *context)
{
	while (!preparing_ends) {
		need(shared_log_prepare(context) == RESULT_OK, "prepare");
		(void)usleep(2000);
	}
	return NULL;
}

/* A fresh journal, with a thread that prepares its segments. */
struct writer {
	struct log_file *file;
	struct shared_log *log;
	struct batch_hasher *hasher;
	pthread_t preparer;
	int64_t instant_us;
};

static void writer_open(struct writer *writer, char *folder)
{
	struct log_file_options options = log_file_options_default(folder, ledger_id);
	struct log_file_report report;
	need(file_list(folder, remove_segment, folder) == RESULT_OK, "list");
	need(log_file_create(&options) == RESULT_OK, "create");
	need(log_file_open(&options, &writer->file, &report) == RESULT_OK, "open");
	need(log_file_start(writer->file) == RESULT_OK, "start");
	need(batch_hasher_open(&writer->hasher) == RESULT_OK, "hasher");
	writer->log = log_file_shared(writer->file);
	writer->instant_us = 0;
	preparing_ends = false;
	need(shared_log_prepare(writer->log) == RESULT_OK, "prepare");
	need(pthread_create(&writer->preparer, NULL, keep_preparing, writer->log) == 0, "thread");
}

static void writer_close(struct writer *writer)
{
	preparing_ends = true;
	need(pthread_join(writer->preparer, NULL) == 0, "join");
	need(shared_log_stop(writer->log) == RESULT_OK, "stop");
	shared_log_close(writer->log);
	batch_hasher_close(writer->hasher);
}

static void write_batch(struct writer *writer, uint32_t count)
{
	struct batch_builder builder;
	uint8_t previous_hash[SHARED_LOG_HASH_SIZE];
	uint8_t hash[BATCH_HASH_SIZE];
	struct batch_head head = {
		.first_sequence = shared_log_durable_sequence(writer->log) + 1,
		.instant_us = ++writer->instant_us,
		.epoch = shared_log_epoch(writer->log),
	};
	batch_begin(&builder, buffer, sizeof(buffer), &head);
	for (uint32_t index = 0; index < count; index++) {
		uint8_t *content = batch_entry_begin(&builder, ENTRY_SIZE);
		need(content != NULL, "entry");
		memset(content, (int)(head.first_sequence + index), ENTRY_SIZE);
		batch_entry_end(&builder, (struct batch_entry_type){1, 1}, ENTRY_SIZE);
	}
	shared_log_tail_hash(writer->log, previous_hash);
	need(batch_seal(&builder, writer->hasher, previous_hash, hash) == RESULT_OK, "seal");
	struct shared_log_batch batch = {
		.bytes = builder.buffer,
		.size = builder.size,
		.count = count,
		.first_sequence = head.first_sequence,
		.epoch = head.epoch,
	};
	need(shared_log_append(writer->log, &batch) == RESULT_OK, "append");
}

static int compare_u32(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left;
	uint32_t b = *(const uint32_t *)right;
	return (a > b) - (a < b);
}

static void measure_appends(char *folder, uint32_t count, uint64_t seconds)
{
	static uint32_t waits[1u << 20];
	struct writer writer;
	uint32_t batches = 0;
	writer_open(&writer, folder);
	uint64_t begin = now_us();
	uint64_t end = begin;
	while (end - begin < seconds * 1000000u && batches < sizeof(waits) / sizeof(waits[0])) {
		write_batch(&writer, count);
		uint64_t now = now_us();
		waits[batches++] = (uint32_t)(now - end);
		end = now;
	}
	writer_close(&writer);
	uint64_t us = end - begin;
	qsort(waits, batches, sizeof(waits[0]), compare_u32);
	printf("journal_append_%u_per_s %llu batches/s\n", count,
	    (unsigned long long)(batches * UINT64_C(1000000) / us));
	printf("journal_append_%u_entries_per_s %llu entries/s\n", count,
	    (unsigned long long)((uint64_t)batches * count * 1000000u / us));
	printf("journal_append_%u_p50_us %u us\n", count, waits[batches / 2]);
	printf("journal_append_%u_p99_us %u us\n", count, waits[batches / 100 * 99]);
	printf("journal_append_%u_max_us %u us\n", count, waits[batches - 1]);
}

static void measure_replay(char *folder)
{
	static uint8_t bytes[BATCH_SIZE_MAX];
	struct log_file_options options = log_file_options_default(folder, ledger_id);
	struct shared_log_buffer read_buffer = {bytes, sizeof(bytes)};
	struct log_file_report report;
	struct writer writer;
	struct log_file *file = NULL;
	writer_open(&writer, folder);
	for (uint32_t done = 0; done < REPLAY_ENTRIES; done += REPLAY_BATCH)
		write_batch(&writer, REPLAY_BATCH);
	writer_close(&writer);
	options.verify_all = true;
	uint64_t begin = now_us();
	need(log_file_open(&options, &file, &report) == RESULT_OK, "open");
	uint64_t opened = now_us();
	uint64_t entries = 0;
	while (entries < report.last_sequence) {
		struct shared_log_found found;
		struct batch batch;
		struct batch_entry entry;
		enum result result = shared_log_read_from(
		    log_file_shared(file), entries + 1, read_buffer, &found);
		need(result == RESULT_OK, "read");
		need(batch_open(bytes, found.size, NULL, &batch) == RESULT_OK, "batch");
		while (batch_next(&batch, &entry) == RESULT_OK)
			entries++;
	}
	uint64_t read = now_us();
	shared_log_close(log_file_shared(file));
	printf("journal_verify_1m_ms %llu ms\n", (unsigned long long)((opened - begin) / 1000));
	printf("journal_read_1m_ms %llu ms\n", (unsigned long long)((read - opened) / 1000));
	printf("journal_replay_per_s %llu entries/s\n",
	    (unsigned long long)(entries * 1000000u / (read - begin)));
	printf("journal_verify_mb_per_s %llu MB/s\n",
	    (unsigned long long)(report.bytes / (opened - begin)));
}

int main(int count, char **arguments)
{
	if (count < 2) {
		(void)fprintf(stderr, "usage: journal_bench FOLDER [SECONDS]\n");
		return 64;
	}
	uint64_t seconds = count > 2 ? (uint64_t)(arguments[2][0] - '0') : 2;
	need(seconds >= 1 && seconds <= 9, "SECONDS is 1 to 9;");
	need(file_make_folder(arguments[1]) == RESULT_OK, "folder");
	measure_appends(arguments[1], 1, seconds);
	measure_appends(arguments[1], 100, seconds);
	measure_appends(arguments[1], 1000, seconds);
	measure_replay(arguments[1]);
	need(file_list(arguments[1], remove_segment, arguments[1]) == RESULT_OK, "list");
	return 0;
}
