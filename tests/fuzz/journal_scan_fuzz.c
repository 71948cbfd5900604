/* Opening a journal whose one segment holds any bytes behind a good header: it is whole, torn or
 * corrupt, never a crash; and what was called whole or torn starts, takes a batch and opens again.
 *
 * Input: sectors of 512 bytes at most, each preceded by a byte: 0 means a sector of zeros, 1 the
 * bytes as they are, 2 the bytes with the tag of the next batch. Before them stand a start and two
 * batches, whose last sectors the input may cover. */
#include "engine/ledger/log_file.h"

#include "tests/support/journal_workload.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SEGMENT_SIZE 16384u

static char folder[] = "/tmp/journal-scan-fuzz-XXXXXX";
static char path[FILE_PATH_SIZE_MAX];
static uint8_t template[SEGMENT_SIZE]; /* a header, a start, two batches */
static uint64_t template_end;
static struct file_ops ops;
static struct journal_workload workload;

static int no_sync(int descriptor)
{
	(void)descriptor;
	return 0;
}

static void need(bool good)
{
	if (!good)
		abort();
}

static struct log_file_options options_of(void)
{
	static const uint8_t ledger_id[] = JOURNAL_WORKLOAD_LEDGER_ID;
	struct log_file_options options = log_file_options_default(folder, ledger_id);
	options.segment_size = SEGMENT_SIZE;
	options.free_space_min = 0;
	options.verify_all = true;
	return options;
}

static void append_batches(struct log_file *log, uint32_t count)
{
	for (uint32_t index = 0; index < count; index++) {
		struct shared_log_batch batch =
		    journal_workload_next(&workload, log_file_shared(log));
		need(shared_log_append(log_file_shared(log), &batch) == RESULT_OK);
	}
}

static bool remove_file(void *context, const char *name)
{
	char file[FILE_PATH_SIZE_MAX];
	(void)context;
	need(file_path(folder, name, file));
	need(file_remove(file) == RESULT_OK);
	return true;
}

static void remove_files(void)
{
	need(file_list(folder, remove_file, NULL) == RESULT_OK);
}

static void finish(void)
{
	remove_files();
	(void)rmdir(folder);
}

static void prepare(void)
{
	struct log_file_options options = options_of();
	struct log_file_report report;
	struct log_file *log = NULL;
	uint64_t size = 0;
	struct file file = FILE_NONE;
	need(mkdtemp(folder) != NULL);
	ops = *file_ops_kernel();
	ops.fdatasync = no_sync;
	ops.fsync = no_sync;
	(void)file_ops_replace(&ops);
	journal_workload_make(&workload, 3);
	workload.entry_size_max = 200;
	need(log_file_create(&options) == RESULT_OK);
	need(log_file_open(&options, &log, &report) == RESULT_OK);
	need(log_file_start(log) == RESULT_OK);
	append_batches(log, 2);
	shared_log_close(log_file_shared(log));
	need(file_path(folder, "journal-0000000000000001.seg", path));
	need(file_open(path, FILE_READ, &file) == RESULT_OK);
	need(file_read(file, (struct file_span){0, SEGMENT_SIZE}, template, &size) == RESULT_OK);
	file_close(&file);
	template_end = SEGMENT_SIZE;
	while (template[template_end - SEGMENT_SECTOR_SIZE] == 0)
		template_end -= SEGMENT_SECTOR_SIZE;
	need(atexit(finish) == 0);
}

/* Lays the input behind the template, or over its end. */
static void lay_out(const uint8_t *data, size_t size, uint8_t *bytes)
{
	memcpy(bytes, template, SEGMENT_SIZE);
	/* Over the last sectors of the last batch too. */
	uint64_t at = template_end - (uint64_t)(data[0] % 3) * SEGMENT_SECTOR_SIZE;
	uint8_t tag = segment_tag(3);
	data++;
	size--;
	while (size > 0 && at < SEGMENT_SIZE) {
		uint8_t kind = data[0] % 3;
		size_t part = size - 1 < SEGMENT_SECTOR_SIZE ? size - 1 : SEGMENT_SECTOR_SIZE;
		memset(bytes + at, 0, SEGMENT_SECTOR_SIZE);
		data++;
		size--;
		if (kind != 0) {
			memcpy(bytes + at, data, part);
			data += part;
			size -= part;
		}
		if (kind == 2)
			bytes[at] = tag;
		at += SEGMENT_SECTOR_SIZE;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t bytes[SEGMENT_SIZE];
	struct log_file_options options = options_of();
	struct log_file_report report;
	struct log_file *log = NULL;
	struct file file = FILE_NONE;
	if (path[0] == '\0')
		prepare();
	if (size < 1)
		return 0;
	lay_out(data, size, bytes);
	remove_files();
	need(file_open(path, FILE_CREATE, &file) == RESULT_OK);
	need(file_write(file, (struct file_span){0, SEGMENT_SIZE}, bytes) == RESULT_OK);
	file_close(&file);
	enum result result = log_file_open(&options, &log, &report);
	need(result == RESULT_OK || result == RESULT_JOURNAL_CORRUPT);
	if (result != RESULT_OK) {
		need(report.place.reason != NULL && report.place.offset <= SEGMENT_SIZE);
		return 0;
	}
	uint64_t before = report.last_sequence;
	need(log_file_start(log) == RESULT_OK);
	append_batches(log, 1);
	shared_log_close(log_file_shared(log));
	need(log_file_open(&options, &log, &report) == RESULT_OK);
	need(report.last_sequence > before && !report.torn);
	shared_log_close(log_file_shared(log));
	return 0;
}
