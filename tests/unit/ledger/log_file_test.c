/* The journal in files: reading back, segments, restarts, stops, torn tails against damage, full
 * and failing disks, a reader beside the writer, dropping by order, and speed of opening. */
#include "engine/ledger/log_file.h"

#include "engine/ledger/log_drop.h"
#include "tests/support/journal_workload.h"
#include "tests/support/random.h"
#include "tests/support/test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cmocka.h>

#define SMALL_SEGMENT 16384u
#define BIG_SEGMENT   (256u * 1024u)
#define SECTOR        512

static char folder[TEST_FOLDER_SIZE];
static struct journal_workload workload;
static struct log_file_report report;

/* Syncs are the disk's business, not this test's: without them it is fast. */
static struct file_ops test_ops;
static _Atomic uint64_t sync_count;
static _Atomic uint64_t sync_fails_at; /* the Nth sync from now fails; 0: none */
static _Atomic uint64_t write_fails_at;
static _Atomic uint64_t write_count;
static int write_errno;
static _Atomic uint64_t free_bytes; /* what statvfs says; 0: the truth */

static int fake_sync(int descriptor)
{
	(void)descriptor;
	if (++sync_count == sync_fails_at) {
		errno = EIO;
		return -1;
	}
	return 0;
}

/* Takes at most 700 bytes, after an interruption each time: what a signal and a slow disk do. */
static ssize_t fake_pwrite(int descriptor, const void *bytes, size_t size, off_t offset)
{
	if (++write_count == write_fails_at) {
		errno = write_errno;
		return -1;
	}
	return file_ops_kernel()->pwrite(descriptor, bytes, size, offset);
}

static ssize_t grudging_pwrite(int descriptor, const void *bytes, size_t size, off_t offset)
{
	if (write_count++ % 2 == 0) {
		errno = EINTR;
		return -1;
	}
	return file_ops_kernel()->pwrite(descriptor, bytes, size < 700 ? size : 700, offset);
}

static int fake_statvfs(const char *path, struct statvfs *ret_stat)
{
	int failed = file_ops_kernel()->statvfs(path, ret_stat);
	if (failed == 0 && free_bytes > 0) {
		ret_stat->f_frsize = 1;
		ret_stat->f_bavail = free_bytes;
	}
	return failed;
}

static int setup(void **state)
{
	(void)state;
	test_folder_make("journal", folder);
	journal_workload_make(&workload, 42);
	sync_count = sync_fails_at = write_count = write_fails_at = free_bytes = 0;
	write_errno = EIO;
	test_ops = *file_ops_kernel();
	test_ops.fdatasync = fake_sync;
	test_ops.fsync = fake_sync;
	test_ops.pwrite = fake_pwrite;
	test_ops.statvfs = fake_statvfs;
	(void)file_ops_replace(&test_ops);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	(void)file_ops_replace(NULL);
	journal_workload_free(&workload);
	return 0;
}

static struct log_file_options options_of(uint64_t segment_size)
{
	static const uint8_t ledger_id[] = JOURNAL_WORKLOAD_LEDGER_ID;
	struct log_file_options options = log_file_options_default(folder, ledger_id);
	options.segment_size = segment_size;
	options.free_space_min = 0;
	options.verify_all = true;
	return options;
}

static enum result try_open(uint64_t materialised, struct log_file **ret_log)
{
	struct log_file_options options = options_of(SMALL_SEGMENT);
	options.materialised_sequence = materialised;
	return log_file_open(&options, ret_log, &report);
}

static struct log_file *open_log(void)
{
	struct log_file *log = NULL;
	enum result result = try_open(0, &log);
	if (result != RESULT_OK)
		print_error("open: %s at %s:%lu\n", report.place.reason, report.place.segment,
		    (unsigned long)report.place.offset);
	assert_int_equal(result, RESULT_OK);
	return log;
}

static struct log_file *start_log(void)
{
	struct log_file *log = open_log();
	assert_int_equal(log_file_start(log), RESULT_OK);
	return log;
}

static struct log_file *create_and_start(void)
{
	struct log_file_options options = options_of(SMALL_SEGMENT);
	assert_int_equal(log_file_create(&options), RESULT_OK);
	return start_log();
}

static enum result append_one(struct shared_log *log)
{
	struct shared_log_batch batch = journal_workload_next(&workload, log);
	return shared_log_append(log, &batch);
}

static void append_many(struct shared_log *log, uint32_t count)
{
	for (uint32_t index = 0; index < count; index++)
		assert_int_equal(append_one(log), RESULT_OK);
}

static void check_all(struct log_file *log)
{
	const char *wrong = journal_workload_check(&workload, log_file_shared(log), 1);
	if (wrong != NULL)
		print_error("%s\n", wrong);
	assert_null(wrong);
}

/* Puts `size` bytes into a segment file at an offset. */
static void overwrite(const char *name, uint64_t offset, const void *bytes, size_t size)
{
	char path[TEST_FOLDER_SIZE * 2];
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	int descriptor = open(path, O_RDWR | O_CLOEXEC);
	assert_true(descriptor >= 0);
	assert_int_equal(pwrite(descriptor, bytes, size, (off_t)offset), size);
	(void)close(descriptor);
}

static void read_back(const char *name, uint64_t offset, void *ret_bytes, size_t size)
{
	char path[TEST_FOLDER_SIZE * 2];
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(descriptor >= 0);
	assert_int_equal(pread(descriptor, ret_bytes, size, (off_t)offset), size);
	(void)close(descriptor);
}

static void an_empty_folder_has_no_journal(void **state)
{
	(void)state;
	struct log_file *log = NULL;
	assert_int_equal(try_open(0, &log), RESULT_NOT_FOUND);
	assert_int_equal(try_open(5, &log), RESULT_JOURNAL_CORRUPT);
	assert_null(log);
	struct log_file_options options = options_of(SMALL_SEGMENT);
	assert_int_equal(log_file_create(&options), RESULT_OK);
	assert_int_equal(log_file_create(&options), RESULT_LEDGER_MISMATCH);
	log = start_log();
	assert_int_equal(shared_log_epoch(log_file_shared(log)), 1);
	assert_int_equal(shared_log_durable_sequence(log_file_shared(log)), 0);
	shared_log_close(log_file_shared(log));
}

static void batches_come_back_over_many_segments(void **state)
{
	(void)state;
	struct log_file *log = create_and_start();
	struct shared_log *shared = log_file_shared(log);
	for (uint32_t round = 0; round < 200; round++) {
		assert_int_equal(append_one(shared), RESULT_OK);
		if (round % 3 == 0)
			assert_int_equal(shared_log_prepare(shared), RESULT_OK);
	}
	check_all(log);
	/* Out of order too: the reader rewinds. */
	struct test_random random = test_random_make("batches_come_back_over_many_segments");
	struct shared_log_buffer buffer = {workload.read_buffer, BATCH_SIZE_MAX};
	uint64_t last = shared_log_durable_sequence(shared);
	for (uint32_t round = 0; round < 500; round++) {
		uint64_t sequence = 1 + test_random_below(&random, last);
		struct shared_log_found found = {0};
		assert_int_equal(
		    shared_log_read_from(shared, sequence, buffer, &found), RESULT_OK);
		assert_true(sequence - found.first_sequence < found.count);
		assert_true(journal_workload_is_batch(
		    &workload, found.first_sequence, buffer.bytes, found.size));
	}
	shared_log_close(shared);
	log = open_log();
	assert_true(report.segments > 20);
	assert_int_equal(report.batches, 201); /* and the start */
	assert_int_equal(report.last_sequence, last);
	assert_false(report.stopped);
	assert_false(report.torn);
	check_all(log);
	shared_log_close(log_file_shared(log));
}

static void short_writes_and_interruptions_are_continued(void **state)
{
	(void)state;
	test_ops.pwrite = grudging_pwrite;
	struct log_file *log = create_and_start();
	append_many(log_file_shared(log), 30);
	check_all(log);
	shared_log_close(log_file_shared(log));
	log = open_log();
	check_all(log);
	shared_log_close(log_file_shared(log));
}

static void each_start_raises_the_epoch(void **state)
{
	(void)state;
	struct log_file *log = create_and_start();
	for (uint32_t round = 1; round <= 20; round++) {
		struct shared_log *shared = log_file_shared(log);
		assert_int_equal(shared_log_epoch(shared), round);
		append_many(shared, round % 3 + 1);
		if (round % 2 == 0)
			assert_int_equal(shared_log_stop(shared), RESULT_OK);
		shared_log_close(shared);
		log = open_log();
		assert_int_equal(report.stopped, round % 2 == 0);
		assert_int_equal(report.last_epoch, round);
		assert_int_equal(log_file_start(log), RESULT_OK);
	}
	check_all(log);
	shared_log_close(log_file_shared(log));
}

/* A daemon that starts and stops a thousand times with nothing to do leaves the journal as it
 * was. */
static void idle_starts_leave_no_trace(void **state)
{
	(void)state;
	struct log_file *log = create_and_start();
	append_many(log_file_shared(log), 1);
	assert_int_equal(shared_log_stop(log_file_shared(log)), RESULT_OK);
	shared_log_close(log_file_shared(log));
	uint64_t batches = 0;
	for (uint32_t round = 0; round < 100; round++) {
		log = start_log();
		if (round % 2 == 0)
			assert_int_equal(shared_log_stop(log_file_shared(log)), RESULT_OK);
		shared_log_close(log_file_shared(log));
		if (round > 0)
			assert_int_equal(report.batches, batches);
		batches = report.batches;
	}
	assert_int_equal(report.segments, 1);
}

static void another_epoch_or_sequence_is_fenced(void **state)
{
	(void)state;
	struct log_file *log = create_and_start();
	struct shared_log *shared = log_file_shared(log);
	append_many(shared, 2);
	struct shared_log_batch batch = journal_workload_next(&workload, shared);
	batch.epoch = 2;
	assert_int_equal(shared_log_append(shared, &batch), RESULT_LOG_FENCED);
	batch.epoch = 1;
	batch.first_sequence++;
	assert_int_equal(shared_log_append(shared, &batch), RESULT_LOG_FENCED);
	batch.first_sequence--;
	assert_int_equal(shared_log_append(shared, &batch), RESULT_OK);
	assert_int_equal(shared_log_append(shared, &batch), RESULT_LOG_FENCED);
	struct shared_log_buffer buffer = {workload.read_buffer, BATCH_SIZE_MAX};
	assert_int_equal(shared_log_settle(shared, &batch, buffer), RESULT_OK);
	shared_log_close(shared);
}

static void another_ledger_is_refused(void **state)
{
	(void)state;
	struct log_file *log = create_and_start();
	shared_log_close(log_file_shared(log));
	struct log_file_options options = options_of(SMALL_SEGMENT);
	options.ledger_id[3] ^= 1;
	assert_int_equal(log_file_open(&options, &log, &report), RESULT_LEDGER_MISMATCH);
	assert_int_equal(report.place.offset, 0);
	assert_string_equal(report.place.segment, "journal-0000000000000001.seg");
}

static void the_store_may_not_be_ahead(void **state)
{
	(void)state;
	struct log_file *log = create_and_start();
	append_many(log_file_shared(log), 10);
	uint64_t last = shared_log_durable_sequence(log_file_shared(log));
	shared_log_close(log_file_shared(log));
	for (uint64_t materialised = 0; materialised <= last; materialised++) {
		assert_int_equal(try_open(materialised, &log), RESULT_OK);
		shared_log_close(log_file_shared(log));
	}
	assert_int_equal(try_open(last + 1, &log), RESULT_JOURNAL_CORRUPT);
	assert_int_equal(report.last_sequence, last);
}

/* ---- Torn against damaged ---- */

/* A journal whose last batch has at least five sectors; returns where that begins. */
struct tail {
	char segment[SEGMENT_NAME_SIZE];
	uint64_t offset;
	uint64_t sectors;
	uint64_t first_sequence; /* of the last batch */
	uint8_t bytes[SMALL_SEGMENT];
};

static void make_tail(struct tail *tail)
{
	struct log_file *log = create_and_start();
	struct shared_log *shared = log_file_shared(log);
	workload.entries_max = 8;
	for (;;) {
		struct shared_log_batch batch = journal_workload_next(&workload, shared);
		tail->sectors = segment_sectors(batch.size);
		tail->first_sequence = batch.first_sequence;
		assert_int_equal(shared_log_append(shared, &batch), RESULT_OK);
		if (tail->sectors >= 5 && batch.first_sequence > 60)
			break;
	}
	shared_log_close(shared);
	/* The end of the journal is where opening says; cut one byte to learn the batch's own
	 * start. */
	log = open_log();
	shared_log_close(log_file_shared(log));
	uint64_t first = 1;
	for (uint64_t sequence = tail->first_sequence; sequence >= 1; sequence--) {
		char path[TEST_FOLDER_SIZE * 2];
		char name[SEGMENT_NAME_SIZE];
		struct stat status;
		segment_name(sequence, name);
		(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
		if (stat(path, &status) == 0) {
			first = sequence;
			break;
		}
	}
	segment_name(first, tail->segment);
	read_back(tail->segment, 0, tail->bytes, SMALL_SEGMENT);
	uint64_t end = SMALL_SEGMENT;
	while (tail->bytes[end - SECTOR] == 0)
		end -= SECTOR;
	tail->offset = end - tail->sectors * SECTOR;
}

static void restore_tail(const struct tail *tail)
{
	overwrite(tail->segment, 0, tail->bytes, SMALL_SEGMENT);
}

static void zero_sector(const struct tail *tail, uint64_t sector)
{
	static const uint8_t zeros[SECTOR];
	overwrite(tail->segment, tail->offset + sector * SECTOR, zeros, SECTOR);
}

static void every_torn_subset_is_cut(void **state)
{
	(void)state;
	struct tail tail;
	char saved[TEST_FOLDER_SIZE];
	make_tail(&tail);
	test_folder_make("saved", saved);
	test_folder_copy(folder, saved);
	for (uint64_t kept = 0; kept + 1 < UINT64_C(1) << 5; kept++) {
		struct log_file *log = NULL;
		for (uint64_t sector = 0; sector < tail.sectors; sector++) {
			/* The sectors behind the fifth go with it. */
			if ((kept >> (sector < 4 ? sector : 4) & 1) == 0)
				zero_sector(&tail, sector);
		}
		assert_int_equal(try_open(tail.first_sequence - 1, &log), RESULT_OK);
		assert_int_equal(report.torn, kept != 0);
		assert_int_equal(report.last_sequence, tail.first_sequence - 1);
		if (kept != 0) {
			assert_int_equal(report.place.offset, tail.offset);
			assert_int_equal(report.place.sequence, tail.first_sequence);
			assert_string_equal(report.place.segment, tail.segment);
		}
		/* Verifying changed nothing; starting cuts. */
		assert_int_equal(log_file_start(log), RESULT_OK);
		append_many(log_file_shared(log), 3);
		check_all(log);
		shared_log_close(log_file_shared(log));
		log = open_log();
		assert_false(report.torn);
		check_all(log);
		shared_log_close(log_file_shared(log));
		test_folder_copy(saved, folder);
	}
}

static void damage_is_not_taken_for_torn(void **state)
{
	(void)state;
	struct tail tail;
	struct log_file *log = NULL;
	make_tail(&tail);
	/* Torn, but the store holds it. */
	zero_sector(&tail, 2);
	assert_int_equal(try_open(tail.first_sequence, &log), RESULT_JOURNAL_CORRUPT);
	assert_int_equal(report.place.offset, tail.offset);
	/* Torn, and another sector is wrong as well. */
	uint8_t wrong = 0x01;
	overwrite(tail.segment, tail.offset + SECTOR * 3, &wrong, 1);
	assert_int_equal(try_open(0, &log), RESULT_JOURNAL_CORRUPT);
	assert_int_equal(report.place.offset, tail.offset + SECTOR * 3);
	restore_tail(&tail);
	/* No sector is zero: a byte is wrong. */
	wrong = (uint8_t)(tail.bytes[tail.offset + SECTOR + 9] ^ 0x10);
	overwrite(tail.segment, tail.offset + SECTOR + 9, &wrong, 1);
	assert_int_equal(try_open(0, &log), RESULT_JOURNAL_CORRUPT);
	assert_int_equal(report.place.sequence, tail.first_sequence);
	restore_tail(&tail);
	/* A tag that became zero does not make a sector of zeros. */
	wrong = 0;
	overwrite(tail.segment, tail.offset + SECTOR, &wrong, 1);
	assert_int_equal(try_open(0, &log), RESULT_JOURNAL_CORRUPT);
	restore_tail(&tail);
	/* Something valid follows: a zero sector in the last batch but one. */
	zero_sector(&tail, UINT64_MAX); /* the sector before the last batch */
	assert_int_equal(try_open(0, &log), RESULT_JOURNAL_CORRUPT);
	restore_tail(&tail);
	/* Bytes behind the end. */
	wrong = segment_tag(0);
	overwrite(tail.segment, SMALL_SEGMENT - SECTOR, &wrong, 1);
	assert_int_equal(try_open(0, &log), RESULT_JOURNAL_CORRUPT);
	restore_tail(&tail);
	/* In a segment before the last, nothing is ever torn. */
	wrong = 0;
	static const uint8_t zeros[SECTOR];
	overwrite("journal-0000000000000001.seg", SECTOR * 2, zeros, SECTOR);
	assert_int_equal(try_open(0, &log), RESULT_JOURNAL_CORRUPT);
	assert_string_equal(report.place.segment, "journal-0000000000000001.seg");
	assert_int_equal(report.place.sequence, 1);
}

static void after_a_clean_stop_nothing_is_torn(void **state)
{
	(void)state;
	struct tail tail;
	make_tail(&tail);
	struct log_file *log = start_log();
	assert_int_equal(shared_log_stop(log_file_shared(log)), RESULT_OK);
	shared_log_close(log_file_shared(log));
	log = open_log();
	assert_true(report.stopped);
	shared_log_close(log_file_shared(log));
	/* start and stop follow the last batch: a zero sector in it is damage now */
	zero_sector(&tail, 1);
	assert_int_equal(try_open(0, &log), RESULT_JOURNAL_CORRUPT);
	restore_tail(&tail);
	log = start_log();
	assert_int_equal(shared_log_stop(log_file_shared(log)), RESULT_OK);
	shared_log_close(log_file_shared(log));
	/* and so is anything behind the stop, even with the tag a torn batch would have */
	for (uint32_t index = 0; index < 64; index++) {
		uint8_t tag = segment_tag(index);
		overwrite(tail.segment, tail.offset + (tail.sectors + 3) * SECTOR, &tag, 1);
		assert_int_equal(try_open(0, &log), RESULT_JOURNAL_CORRUPT);
	}
}

static void a_missing_segment_is_found(void **state)
{
	(void)state;
	struct log_file *log = create_and_start();
	append_many(log_file_shared(log), 60);
	shared_log_close(log_file_shared(log));
	log = open_log();
	assert_true(report.segments > 3);
	shared_log_close(log_file_shared(log));
	char path[TEST_FOLDER_SIZE * 2];
	(void)snprintf(path, sizeof(path), "%s/journal-0000000000000001.seg", folder);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(try_open(0, &log), RESULT_JOURNAL_CORRUPT);
	assert_int_equal(report.place.offset, 0);
}

/* ---- Faults of the disk ---- */

static void a_failed_sync_is_final(void **state)
{
	(void)state;
	/* One run for each sync that 25 appends and the segments they need come to. */
	for (uint64_t at = 1;; at++) {
		test_folder_empty(folder);
		struct log_file *log = create_and_start();
		struct shared_log *shared = log_file_shared(log);
		sync_count = 0;
		sync_fails_at = at;
		uint32_t done = 0;
		uint64_t durable = 0;
		enum result result = RESULT_OK;
		while (done < 25 && result == RESULT_OK) {
			durable = shared_log_durable_sequence(shared);
			result = append_one(shared);
			done += result == RESULT_OK;
		}
		sync_fails_at = 0;
		if (done < 25) {
			uint64_t syncs = sync_count;
			struct shared_log_found found;
			/* What was not synced is not durable, for the checkpoint either. */
			assert_int_equal(shared_log_durable_sequence(shared), durable);
			struct shared_log_buffer buffer = {workload.read_buffer, BATCH_SIZE_MAX};
			assert_int_equal(result, RESULT_IO_FAILED);
			assert_int_equal(append_one(shared), RESULT_IO_FAILED);
			assert_int_equal(shared_log_prepare(shared), RESULT_IO_FAILED);
			assert_int_equal(shared_log_stop(shared), RESULT_IO_FAILED);
			assert_int_equal(
			    shared_log_read_from(shared, 1, buffer, &found), RESULT_IO_FAILED);
			assert_int_equal(sync_count, syncs); /* nothing was tried again */
		}
		shared_log_close(shared);
		if (done == 25) {
			assert_true(at > 30);
			break;
		}
	}
}

static void a_failed_write_is_final(void **state)
{
	(void)state;
	for (uint64_t at = 1;; at++) {
		test_folder_empty(folder);
		struct log_file *log = create_and_start();
		struct shared_log *shared = log_file_shared(log);
		write_count = 0;
		write_fails_at = at;
		uint32_t done = 0;
		enum result result = RESULT_OK;
		while (done < 25 && result == RESULT_OK) {
			result = append_one(shared);
			done += result == RESULT_OK;
		}
		write_fails_at = 0;
		if (done < 25) {
			assert_int_equal(result, RESULT_IO_FAILED);
			assert_int_equal(append_one(shared), RESULT_IO_FAILED);
		}
		shared_log_close(shared);
		log = open_log(); /* what is there is whole */
		shared_log_close(log_file_shared(log));
		if (done == 25)
			break;
	}
}

static void a_full_disk_is_met_ahead(void **state)
{
	(void)state;
	struct log_file_options options = options_of(SMALL_SEGMENT);
	struct log_file *log = NULL;
	options.free_space_min = 1000000;
	free_bytes = 1000000 + SMALL_SEGMENT - 1;
	assert_int_equal(log_file_create(&options), RESULT_DISK_NEARLY_FULL);
	free_bytes = 1000000 + SMALL_SEGMENT;
	assert_int_equal(log_file_create(&options), RESULT_OK);
	assert_int_equal(log_file_open(&options, &log, &report), RESULT_OK);
	assert_int_equal(log_file_start(log), RESULT_OK);
	struct shared_log *shared = log_file_shared(log);
	free_bytes = 999999;
	assert_int_equal(shared_log_prepare(shared), RESULT_DISK_NEARLY_FULL);
	enum result result = RESULT_OK;
	while (result == RESULT_OK)
		result = append_one(shared);
	assert_int_equal(result, RESULT_DISK_NEARLY_FULL);
	uint64_t last = shared_log_durable_sequence(shared);
	uint64_t writes = write_count;
	for (uint32_t round = 0; round < 5; round++)
		assert_int_equal(append_one(shared), RESULT_DISK_NEARLY_FULL);
	assert_int_equal(write_count, writes); /* nothing was written */
	assert_int_equal(shared_log_durable_sequence(shared), last);
	check_all(log);
	/* A stop needs no new segment, and a restart finds everything. */
	assert_int_equal(shared_log_stop(shared), RESULT_OK);
	shared_log_close(shared);
	assert_int_equal(log_file_open(&options, &log, &report), RESULT_OK);
	assert_true(report.stopped);
	assert_int_equal(report.last_sequence, last);
	assert_int_equal(log_file_start(log), RESULT_OK);
	shared = log_file_shared(log);
	assert_int_equal(append_one(shared), RESULT_DISK_NEARLY_FULL);
	free_bytes = 0;
	append_many(shared, 10);
	check_all(log);
	shared_log_close(shared);
}

/* The real thing: the file system has no room left when the next segment is written. */
static void enospc_while_preparing_loses_nothing(void **state)
{
	(void)state;
	struct log_file *log = create_and_start();
	struct shared_log *shared = log_file_shared(log);
	append_many(shared, 2);
	write_errno = ENOSPC;
	write_fails_at = write_count + 1;
	assert_int_equal(shared_log_prepare(shared), RESULT_DISK_NEARLY_FULL);
	char path[TEST_FOLDER_SIZE * 2];
	struct stat status;
	(void)snprintf(path, sizeof(path), "%s/%s", folder, LOG_FILE_NEXT_NAME);
	assert_int_equal(stat(path, &status), -1); /* the space was given back */
	append_many(shared, 40);
	check_all(log);
	shared_log_close(shared);
}

/* ---- A reader beside the writer ---- */

struct follower {
	struct shared_log *log;
	struct journal_workload workload;
	uint64_t last;
	const char *wrong;
};

static void *follow(void *context)
{
	struct follower *follower = context;
	struct shared_log_buffer buffer = {follower->workload.read_buffer, BATCH_SIZE_MAX};
	uint64_t sequence = 1;
	while (sequence <= follower->last && follower->wrong == NULL) {
		struct shared_log_found found = {0};
		enum result result =
		    shared_log_read_from(follower->log, sequence, buffer, &found);
		if (result == RESULT_NOT_FOUND)
			continue;
		if (result != RESULT_OK || found.first_sequence != sequence ||
		    !journal_workload_is_batch(
			&follower->workload, sequence, buffer.bytes, found.size))
			follower->wrong = "a reader saw something else than what was written";
		sequence += found.count;
	}
	return NULL;
}

static _Atomic bool preparing_ends;

static void *keep_preparing(void *context)
{
	while (!preparing_ends) {
		if (shared_log_prepare(context) != RESULT_OK)
			return context;
	}
	return NULL;
}

static void readers_follow_the_writer(void **state)
{
	(void)state;
	struct log_file *log = create_and_start();
	struct shared_log *shared = log_file_shared(log);
	struct follower followers[2];
	pthread_t threads[3];
	uint64_t last = 3000;
	preparing_ends = false;
	for (uint32_t index = 0; index < 2; index++) {
		followers[index] = (struct follower){.log = shared, .last = last};
		journal_workload_make(&followers[index].workload, 42);
		assert_int_equal(
		    pthread_create(&threads[index], NULL, follow, &followers[index]), 0);
	}
	assert_int_equal(pthread_create(&threads[2], NULL, keep_preparing, shared), 0);
	while (shared_log_durable_sequence(shared) < last)
		append_many(shared, 1);
	preparing_ends = true;
	void *failed = NULL;
	assert_int_equal(pthread_join(threads[2], &failed), 0);
	assert_null(failed);
	for (uint32_t index = 0; index < 2; index++) {
		assert_int_equal(pthread_join(threads[index], NULL), 0);
		assert_null(followers[index].wrong);
		journal_workload_free(&followers[index].workload);
	}
	shared_log_close(shared);
}

static void a_reader_reports_damage_with_its_place(void **state)
{
	(void)state;
	struct log_file *log = create_and_start();
	append_many(log_file_shared(log), 1);
	shared_log_close(log_file_shared(log));
	log = open_log();
	uint8_t wrong = 0xFF;
	overwrite("journal-0000000000000001.seg", SECTOR * 2, &wrong, 1);
	struct shared_log_buffer buffer = {workload.read_buffer, BATCH_SIZE_MAX};
	struct shared_log_found found = {0};
	assert_int_equal(
	    shared_log_read_from(log_file_shared(log), 1, buffer, &found), RESULT_JOURNAL_CORRUPT);
	struct log_place place = log_file_fault(log);
	assert_int_equal(place.offset, SECTOR * 2);
	assert_string_equal(place.segment, "journal-0000000000000001.seg");
	assert_int_equal(place.sequence, 1);
	shared_log_close(log_file_shared(log));
}

/* ---- Dropping by order ---- */

static void dropping_keeps_all_before(void **state)
{
	(void)state;
	char saved[TEST_FOLDER_SIZE];
	struct test_random random = test_random_make("dropping_keeps_all_before");
	struct log_file_options options = options_of(SMALL_SEGMENT);
	struct log_file *log = create_and_start();
	append_many(log_file_shared(log), 40);
	assert_int_equal(shared_log_stop(log_file_shared(log)), RESULT_OK);
	shared_log_close(log_file_shared(log));
	log = start_log();
	append_many(log_file_shared(log), 20);
	uint64_t last = shared_log_durable_sequence(log_file_shared(log));
	shared_log_close(log_file_shared(log));
	test_folder_make("saved", saved);
	test_folder_copy(folder, saved);
	for (uint32_t round = 0; round < 40; round++) {
		struct log_dropped dropped;
		uint64_t from = round == 0 ? 1 : 1 + test_random_below(&random, last);
		test_folder_copy(saved, folder);
		assert_int_equal(log_drop_from(&options, last + 1, &dropped), RESULT_NOT_FOUND);
		assert_int_equal(log_drop_from(&options, from, &dropped), RESULT_OK);
		assert_true(dropped.first_sequence <= from);
		assert_true(from - dropped.first_sequence <
		    journal_workload_count(&workload, dropped.first_sequence));
		log = start_log();
		assert_int_equal(report.last_sequence, dropped.first_sequence - 1);
		append_many(log_file_shared(log), 5);
		check_all(log);
		shared_log_close(log_file_shared(log));
		log = open_log();
		check_all(log);
		shared_log_close(log_file_shared(log));
	}
}

static void dropping_mends_damage(void **state)
{
	(void)state;
	char saved[TEST_FOLDER_SIZE];
	struct test_random random = test_random_make("dropping_mends_damage");
	struct log_file_options options = options_of(SMALL_SEGMENT);
	struct log_file *log = create_and_start();
	append_many(log_file_shared(log), 60);
	shared_log_close(log_file_shared(log));
	log = open_log();
	uint32_t segments = report.segments;
	shared_log_close(log_file_shared(log));
	assert_true(segments > 4);
	test_folder_make("saved", saved);
	test_folder_copy(folder, saved);
	uint32_t mended = 0;
	for (uint32_t round = 0; round < 60; round++) {
		struct log_dropped dropped;
		struct log_segments list = {
			.first_sequences = calloc(JOURNAL_SEGMENTS_MAX, sizeof(uint64_t)),
		};
		char name[SEGMENT_NAME_SIZE];
		uint8_t byte = 0;
		test_folder_copy(saved, folder);
		assert_int_equal(log_scan_list(folder, &list), RESULT_OK);
		segment_name(list.first_sequences[test_random_below(&random, list.count)], name);
		free(list.first_sequences);
		uint64_t offset = round % 4 == 0 ? test_random_below(&random, SECTOR)
						 : test_random_below(&random, SMALL_SEGMENT);
		read_back(name, offset, &byte, 1);
		byte ^= 0x40;
		overwrite(name, offset, &byte, 1);
		assert_int_equal(try_open(0, &log), RESULT_JOURNAL_CORRUPT);
		uint64_t good = report.place.sequence;
		uint64_t later = good + journal_workload_count(&workload, good);
		assert_int_equal(log_drop_from(&options, later, &dropped), RESULT_JOURNAL_CORRUPT);
		assert_int_equal(dropped.place.sequence, good);
		enum result result = log_drop_from(&options, good, &dropped);
		if (result == RESULT_JOURNAL_CORRUPT) {
			/* The very first header: nothing can be kept. */
			assert_string_equal(name, "journal-0000000000000001.seg");
			assert_true(offset < SECTOR);
			continue;
		}
		assert_int_equal(result, RESULT_OK);
		assert_int_equal(dropped.first_sequence, good);
		log = start_log();
		append_many(log_file_shared(log), 2);
		check_all(log);
		shared_log_close(log_file_shared(log));
		mended++;
	}
	assert_true(mended > 30);
}

/* ---- Large batches ---- */

static void the_largest_batch_fits(void **state)
{
	(void)state;
	struct log_file_options options = options_of(4u * 1024u * 1024u);
	struct log_file *log = NULL;
	assert_int_equal(log_file_create(&options), RESULT_OK);
	assert_int_equal(log_file_open(&options, &log, &report), RESULT_OK);
	assert_int_equal(log_file_start(log), RESULT_OK);
	struct shared_log *shared = log_file_shared(log);
	assert_int_equal(shared_log_batch_size_max(shared), BATCH_SIZE_MAX);
	struct batch_builder builder;
	uint8_t hash[BATCH_HASH_SIZE];
	for (uint32_t round = 0; round < 8; round++) {
		struct batch_head head = {.first_sequence = round + 1, .epoch = 1};
		uint8_t previous[BATCH_HASH_SIZE];
		batch_begin(&builder, workload.buffer, BATCH_SIZE_MAX, &head);
		uint32_t size = BATCH_SIZE_MAX - BATCH_HEADER_SIZE - BATCH_ENTRY_HEADER_SIZE;
		uint8_t *content = batch_entry_begin(&builder, size);
		assert_non_null(content);
		memset(content, (int)round, size);
		batch_entry_end(&builder, (struct batch_entry_type){1, 1}, size);
		shared_log_tail_hash(shared, previous);
		assert_int_equal(batch_seal(&builder, workload.hasher, previous, hash), RESULT_OK);
		struct shared_log_batch batch = {
			.bytes = builder.buffer, .size = builder.size, .count = 1,
			.first_sequence = round + 1, .epoch = 1,
		};
		assert_int_equal(builder.size, BATCH_SIZE_MAX);
		assert_int_equal(shared_log_append(shared, &batch), RESULT_OK);
		struct shared_log_buffer buffer = {workload.read_buffer, BATCH_SIZE_MAX};
		assert_int_equal(shared_log_settle(shared, &batch, buffer), RESULT_OK);
	}
	shared_log_close(shared);
	assert_int_equal(log_file_open(&options, &log, &report), RESULT_OK);
	assert_int_equal(report.last_sequence, 8);
	assert_int_equal(report.segments, 3);
	shared_log_close(log_file_shared(log));
}

#define LARGE_BATCHES 200u

/* Where a batch of the large journal lies. */
struct laid {
	char segment[SEGMENT_NAME_SIZE];
	uint64_t offset;
	uint64_t sequence;
};

/* Writes a journal large enough for the hashing threads. */
static void make_large(const struct log_file_options *options, struct laid *ret_batches)
{
	struct log_file *log = NULL;
	uint64_t segment = 0;
	uint64_t offset = 0;
	workload.entries_max = 200;
	workload.entry_size_max = 2000;
	assert_int_equal(log_file_create(options), RESULT_OK);
	assert_int_equal(log_file_open(options, &log, &report), RESULT_OK);
	assert_int_equal(log_file_start(log), RESULT_OK);
	struct shared_log *shared = log_file_shared(log);
	for (uint32_t index = 0; index < LARGE_BATCHES; index++) {
		struct laid *laid = &ret_batches[index];
		struct shared_log_batch batch = journal_workload_next(&workload, shared);
		char path[FILE_PATH_SIZE_MAX];
		assert_int_equal(shared_log_append(shared, &batch), RESULT_OK);
		segment_name(batch.first_sequence, laid->segment);
		assert_true(file_path(folder, laid->segment, path));
		if (file_exists(path) == RESULT_OK) {
			segment = batch.first_sequence;
			/* the very first segment begins with the start batch */
			offset = index == 0 ? 2 * SECTOR : SECTOR;
		}
		segment_name(segment, laid->segment);
		laid->offset = offset;
		laid->sequence = batch.first_sequence;
		offset += segment_sectors(batch.size) * (uint64_t)SECTOR;
	}
	shared_log_close(shared);
}

/* Flips a bit behind the header, in the batch's first sector: only the hash can tell. */
static void flip_batches(const struct laid *batches, const bool *damaged)
{
	for (uint32_t index = 0; index < LARGE_BATCHES; index++) {
		uint8_t byte = 0;
		uint64_t at = batches[index].offset + 1 + BATCH_HEADER_SIZE + 9;
		if (!damaged[index])
			continue;
		read_back(batches[index].segment, at, &byte, 1);
		byte ^= 0x08;
		overwrite(batches[index].segment, at, &byte, 1);
	}
}

static void the_first_of_many_damages_is_reported(void **state)
{
	(void)state;
	struct test_random random = test_random_make("the_first_of_many_damages_is_reported");
	struct log_file_options options = options_of(4u * 1024u * 1024u);
	struct log_file *log = NULL;
	struct laid batches[LARGE_BATCHES];
	make_large(&options, batches);
	assert_int_equal(log_file_open(&options, &log, &report), RESULT_OK);
	assert_true(report.segments >= 4 && report.bytes > 12u * 1024u * 1024u);
	assert_null(journal_workload_check(&workload, log_file_shared(log), 1));
	shared_log_close(log_file_shared(log));
	for (uint32_t round = 0; round < 30; round++) {
		bool damaged[LARGE_BATCHES] = {false};
		uint32_t first = LARGE_BATCHES;
		for (uint64_t hits = 1 + test_random_below(&random, 20); hits > 0; hits--) {
			uint32_t index = (uint32_t)test_random_below(&random, LARGE_BATCHES);
			damaged[index] = true;
			first = index < first ? index : first;
		}
		flip_batches(batches, damaged);
		assert_int_equal(log_file_open(&options, &log, &report), RESULT_JOURNAL_CORRUPT);
		assert_string_equal(report.place.segment, batches[first].segment);
		assert_int_equal(report.place.sequence, batches[first].sequence);
		assert_in_range(report.place.offset, batches[first].offset,
		    batches[first].offset + SECTOR);
		assert_int_equal(report.last_sequence, batches[first].sequence - 1);
		flip_batches(batches, damaged);
	}
	assert_int_equal(log_file_open(&options, &log, &report), RESULT_OK);
	shared_log_close(log_file_shared(log));
}

static void names_are_parsed_strictly(void **state)
{
	(void)state;
	uint64_t sequence = 0;
	assert_true(segment_name_parse("journal-00000000000000ff.seg", &sequence));
	assert_int_equal(sequence, 255);
	static const char *const bad[] = {
		"journal-00000000000000FF.seg", "journal-0000000000000000.seg",
		"journal-0000000000000001.seg.dropped", "journal-000000000000001.seg",
		"journal-0000000000000001.sag", "jurnal--0000000000000001.seg", "",
		"journal-next.tmp",
	};
	for (size_t index = 0; index < sizeof(bad) / sizeof(bad[0]); index++)
		assert_false(segment_name_parse(bad[index], &sequence));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(an_empty_folder_has_no_journal),
		CASE(batches_come_back_over_many_segments),
		CASE(short_writes_and_interruptions_are_continued),
		CASE(each_start_raises_the_epoch),
		CASE(idle_starts_leave_no_trace),
		CASE(another_epoch_or_sequence_is_fenced),
		CASE(another_ledger_is_refused),
		CASE(the_store_may_not_be_ahead),
		CASE(every_torn_subset_is_cut),
		CASE(damage_is_not_taken_for_torn),
		CASE(after_a_clean_stop_nothing_is_torn),
		CASE(a_missing_segment_is_found),
		CASE(a_failed_sync_is_final),
		CASE(a_failed_write_is_final),
		CASE(a_full_disk_is_met_ahead),
		CASE(enospc_while_preparing_loses_nothing),
		CASE(readers_follow_the_writer),
		CASE(a_reader_reports_damage_with_its_place),
		CASE(dropping_keeps_all_before),
		CASE(dropping_mends_damage),
		CASE(the_largest_batch_fits),
		CASE(the_first_of_many_damages_is_reported),
		CASE(names_are_parsed_strictly),
	};
	return cmocka_run_group_tests_name("log_file", tests, NULL, NULL);
}
