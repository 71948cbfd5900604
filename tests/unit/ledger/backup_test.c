/* Verification, backup and restore over the journal in files: a good ledger passes, every damage is
 * found with its place, a backup taken under load is whole, and what is restored is what was there. */
#include "engine/ledger/backup.h"

#include "engine/domain/state.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/gather.h"
#include "engine/ledger/layout.h"
#include "engine/ledger/log_drop.h"
#include "engine/ledger/log_file.h"
#include "engine/ledger/manifest.h"
#include "engine/ledger/read.h"
#include "engine/ledger/recovery.h"
#include "engine/ledger/store.h"
#include "engine/ledger/verify.h"
#include "engine/system/file.h"
#include "tests/support/random.h"
#include "tests/support/store_rows.h"
#include "tests/support/synthetic_ledger.h"
#include "tests/support/test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define ROOM 200000u
#define LOAD_BATCHES_MAX 1500u /* behind a backup, while it is taken */
#define PATH_SIZE (TEST_FOLDER_SIZE + 64u)

static char folder[TEST_FOLDER_SIZE];
static uint8_t ledger_id[16];

/* Syncs of the journal are the disk's business, not this test's: without them it is fast. */
static struct file_ops test_ops;

static int no_sync(int descriptor)
{
	(void)descriptor;
	return 0;
}

/* An opened ledger: journal and store of a folder, and the state of its journal. */
struct opened {
	char journal_folder[PATH_SIZE];
	char store_folder[PATH_SIZE];
	struct log_file *log;
	struct log_file_report report;
	struct store *store;
	struct synthetic_ledger ledger;
	struct synthetic_writer writer;
};

static struct log_file_options log_options(const char *journal_folder)
{
	struct log_file_options options = log_file_options_default(journal_folder, ledger_id);
	options.segment_size = 256 * 1024;
	options.free_space_min = 0;
	options.verify_all = true;
	return options;
}

static struct store_options store_options(const char *store_folder)
{
	struct store_options options = {
	    .folder = store_folder, .unsafe_filesystem = true, .map_size = UINT64_C(1) << 30};
	memcpy(options.ledger_id, ledger_id, sizeof(ledger_id));
	return options;
}

static void place(struct opened *opened, const char *base)
{
	memset(opened, 0, sizeof(*opened));
	(void)snprintf(opened->journal_folder, PATH_SIZE, "%s/journal", base);
	(void)snprintf(opened->store_folder, PATH_SIZE, "%s/store", base);
}

static void open_ledger(struct opened *opened, const char *base)
{
	place(opened, base);
	struct log_file_options options = log_options(opened->journal_folder);
	assert_int_equal(log_file_open(&options, &opened->log, &opened->report), RESULT_OK);
	assert_int_equal(log_file_start(opened->log), RESULT_OK);
	struct store_options of_store = store_options(opened->store_folder);
	assert_int_equal(store_open(&of_store, &opened->store), RESULT_OK);
	synthetic_ledger_make(&opened->ledger, ROOM);
	struct recovery_report report;
	struct recovery_config config = {
	    .store = opened->store,
	    .log = log_file_shared(opened->log),
	    .state = &opened->ledger.state,
	    .check_all = true,
	};
	assert_int_equal(recovery_run(&config, &report), RESULT_OK);
	synthetic_writer_make(&opened->writer, &opened->ledger, log_file_shared(opened->log),
	    report.sequence);
}

static void close_ledger(struct opened *opened)
{
	shared_log_close(log_file_shared(opened->log));
	store_close(opened->store);
	synthetic_writer_free(&opened->writer);
	synthetic_ledger_free(&opened->ledger);
}

static void create_ledger(struct opened *opened, const char *base)
{
	place(opened, base);
	assert_int_equal(mkdir(opened->journal_folder, 0700), 0);
	struct log_file_options options = log_options(opened->journal_folder);
	assert_int_equal(log_file_create(&options), RESULT_OK);
	open_ledger(opened, base);
}

static void write_batches(struct opened *opened, uint32_t batches)
{
	for (uint32_t i = 0; i < batches; i++) {
		assert_int_equal(synthetic_write(&opened->writer, 50), RESULT_OK);
		assert_int_equal(shared_log_prepare(log_file_shared(opened->log)), RESULT_OK);
	}
}

static void checkpoint_all(struct opened *opened)
{
	struct gather *gather = NULL;
	struct gather_span span;
	assert_int_equal(gather_open(&gather), RESULT_OK);
	assert_int_equal(gather_catch_up(gather, log_file_shared(opened->log), opened->store,
			     UINT64_MAX, &span),
	    RESULT_OK);
	gather_close(gather);
}

static enum result verify(struct opened *opened, struct verify_report *ret_report)
{
	struct synthetic_ledger fresh;
	synthetic_ledger_make(&fresh, ROOM);
	struct verify_config config = {
	    .store = opened->store,
	    .log = log_file_shared(opened->log),
	    .state = &fresh.state,
	};
	enum result result = verify_run(&config, ret_report);
	synthetic_ledger_free(&fresh);
	return result;
}

static void remove_tree(const char *base)
{
	char path[PATH_SIZE + 16];
	(void)snprintf(path, sizeof(path), "rm -rf '%s'", base);
	assert_int_equal(system(path), 0); /* test only */
}

static int setup(void **state)
{
	(void)state;
	memset(ledger_id, SYNTHETIC_ID_BYTE, sizeof(ledger_id));
	test_folder_make("backup_test", folder);
	remove_tree(folder);
	assert_int_equal(mkdir(folder, 0700), 0);
	test_ops = *file_ops_kernel();
	test_ops.fdatasync = no_sync;
	test_ops.fsync = no_sync;
	(void)file_ops_replace(&test_ops);
	return 0;
}

static void assert_same_hash(struct opened *left, struct opened *right)
{
	char ours[65];
	char theirs[65];
	synthetic_hash(&left->ledger, ours);
	synthetic_hash(&right->ledger, theirs);
	assert_string_equal(ours, theirs);
}

/* ---- Verification ---- */

static void a_good_ledger_passes(void **state)
{
	(void)state;
	struct opened opened;
	struct verify_report report;
	create_ledger(&opened, folder);
	assert_int_equal(verify(&opened, &report), RESULT_OK);
	assert_int_equal(report.sequence, 0);
	write_batches(&opened, 30);
	assert_int_equal(verify(&opened, &report), RESULT_OK); /* nothing in the store yet */
	checkpoint_all(&opened);
	write_batches(&opened, 10);
	assert_int_equal(verify(&opened, &report), RESULT_OK);
	assert_null(report.fault);
	assert_int_equal(report.sequence, opened.writer.next_sequence - 1);
	assert_int_equal(report.store_sequence, store_meta(opened.store)->sequence);
	assert_true(report.rows > 100 && report.entry_rows >= report.store_sequence);
	uint8_t hash[STATE_HASH_SIZE];
	assert_int_equal(state_hash(&opened.ledger.state, hash), RESULT_OK);
	assert_memory_equal(hash, report.state_hash, sizeof(hash));
	close_ledger(&opened);
}

static void put_one(struct opened *opened, const struct store_rows_row *put)
{
	assert_int_equal(store_begin(opened->store), RESULT_OK);
	store_rows_put(opened->store, put);
	assert_int_equal(store_commit(opened->store), RESULT_OK);
}

/* A row that is well-formed and wrong: only the replay can tell. */
static void a_forged_row_is_found(void **state)
{
	(void)state;
	struct opened opened;
	struct verify_report report;
	create_ledger(&opened, folder);
	write_batches(&opened, 10);
	checkpoint_all(&opened);
	struct fund_account account = {.balance_cents = cents_from(1)};
	uint8_t bytes[LAYOUT_SIZE_MAX];
	struct store_rows_row put = {
	    .bytes = bytes,
	    .size = layout_encode(RECORD_KIND_FUND_ACCOUNT, &account, bytes),
	    .id = fund_account_slot_id((struct fund_year_id){1}, FUND_AVAILABLE).raw,
	    .kind = RECORD_KIND_FUND_ACCOUNT,
	    .version = 1,
	};
	put_one(&opened, &put);
	assert_int_equal(verify(&opened, &report), RESULT_STORE_CORRUPT);
	assert_int_equal(report.fault_kind, RECORD_KIND_FUND_ACCOUNT);
	assert_int_equal(report.fault_id, put.id);
	/* One too many. */
	close_ledger(&opened);
	(void)setup(NULL);
	create_ledger(&opened, folder);
	write_batches(&opened, 10);
	checkpoint_all(&opened);
	put.id += 7;
	put_one(&opened, &put);
	assert_int_equal(verify(&opened, &report), RESULT_STORE_CORRUPT);
	assert_int_equal(report.fault_id, put.id);
	close_ledger(&opened);
}

/* A checkpoint cut off after its first portion is no fault, before or after the tail. */
static void a_cut_off_checkpoint_passes(void **state)
{
	(void)state;
	for (int first = 0; first < 2; first++) {
		struct opened opened;
		struct verify_report report;
		(void)setup(NULL);
		create_ledger(&opened, folder);
		write_batches(&opened, 5);
		if (first == 0)
			checkpoint_all(&opened);
		write_batches(&opened, 5);
		struct store_meta meta = *store_meta(opened.store);
		meta.target = opened.writer.next_sequence - 1;
		uint8_t bytes[LAYOUT_SIZE_MAX];
		assert_int_equal(store_begin(opened.store), RESULT_OK);
		for (uint32_t id = 1; id <= 20; id++) {
			struct store_rows_row put = {
			    .bytes = bytes,
			    .size = layout_encode(RECORD_KIND_AMBITO,
				state_record(&opened.ledger.state, RECORD_KIND_AMBITO, 1), bytes),
			    .id = 1,
			    .kind = RECORD_KIND_AMBITO,
			    .version = 1,
			};
			store_rows_put(opened.store, &put);
		}
		store_put_meta(opened.store, &meta);
		assert_int_equal(store_commit(opened.store), RESULT_OK);
		write_batches(&opened, 5);
		assert_int_equal(verify(&opened, &report), RESULT_OK);
		close_ledger(&opened);
	}
}

/* ---- Backup ---- */

struct load {
	struct opened *opened;
	_Atomic bool stops;
};

static void *write_on(void *context)
{
	struct load *load = context;
	for (uint32_t i = 0; i < LOAD_BATCHES_MAX && !atomic_load(&load->stops); i++) {
		write_batches(load->opened, 1);
		(void)usleep(2000);
	}
	return NULL;
}

static void ignore_failure(enum result result, void *context)
{
	(void)context;
	assert_int_equal(result, RESULT_OK);
}

static struct backup_config backup_of(struct opened *opened, const char *target)
{
	return (struct backup_config){
	    .store = opened->store,
	    .log = log_file_shared(opened->log),
	    .journal_folder = opened->journal_folder,
	    .target = target,
	};
}

/* A backup under load, restored elsewhere, goes on as a ledger of its own. */
/* The thread sanitizer is some fifty times slower: the same races, once. */
#ifdef __SANITIZE_THREAD__
#define LOADED_ROUNDS 1u
#else
#define LOADED_ROUNDS 4u
#endif

static void backup_under_load(void **state)
{
	(void)state;
	struct opened opened;
	char target[PATH_SIZE];
	char restored[PATH_SIZE];
	create_ledger(&opened, folder);
	write_batches(&opened, 40);
	struct checkpoint *checkpoint = NULL;
	struct checkpoint_config of_checkpoint = {
	    .store = opened.store,
	    .log = log_file_shared(opened.log),
	    .failed = ignore_failure,
	    .interval_ms = 3,
	};
	assert_int_equal(checkpoint_start(&of_checkpoint, &checkpoint), RESULT_OK);
	struct load load = {.opened = &opened};
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, write_on, &load), 0);
	for (uint32_t round = 0; round < LOADED_ROUNDS; round++) {
		struct backup_report report;
		struct backup_report of_restore;
		(void)snprintf(target, sizeof(target), "%s/backup%u", folder, round);
		(void)snprintf(restored, sizeof(restored), "%s/restored%u", folder, round);
		struct backup_config config = backup_of(&opened, target);
		assert_int_equal(backup_run(&config, &report), RESULT_OK);
		assert_null(report.fault);
		assert_true(report.sequence >= report.store_sequence);
		assert_int_equal(backup_restore(target, restored, &of_restore), RESULT_OK);
		assert_memory_equal(of_restore.manifest_hash, report.manifest_hash, 32);
		assert_int_equal(of_restore.bytes, report.bytes);
		struct opened copy;
		struct verify_report verified;
		open_ledger(&copy, restored);
		assert_false(copy.report.torn);
		assert_int_equal(copy.writer.next_sequence - 1, report.sequence);
		assert_int_equal(verify(&copy, &verified), RESULT_OK);
		write_batches(&copy, 3);
		checkpoint_all(&copy);
		assert_int_equal(verify(&copy, &verified), RESULT_OK);
		close_ledger(&copy);
	}
	atomic_store(&load.stops, true);
	(void)pthread_join(thread, NULL);
	assert_int_equal(checkpoint_stop(checkpoint, true), RESULT_OK);
	checkpoint_free(checkpoint);
	close_ledger(&opened);
}

static void a_backup_at_rest_is_the_ledger(void **state)
{
	(void)state;
	struct opened opened;
	struct opened copy;
	struct backup_report report;
	char target[PATH_SIZE];
	char restored[PATH_SIZE];
	create_ledger(&opened, folder);
	write_batches(&opened, 40);
	checkpoint_all(&opened);
	write_batches(&opened, 7);
	(void)snprintf(target, sizeof(target), "%s/backup", folder);
	(void)snprintf(restored, sizeof(restored), "%s/restored", folder);
	struct backup_config config = backup_of(&opened, target);
	assert_int_equal(backup_run(&config, &report), RESULT_OK);
	assert_memory_equal(report.ledger_id, ledger_id, sizeof(ledger_id));
	assert_int_equal(backup_run(&config, &report), RESULT_FOLDER_NOT_EMPTY);
	assert_int_equal(backup_restore(target, restored, &report), RESULT_OK);
	assert_int_equal(backup_restore(target, restored, &report), RESULT_FOLDER_NOT_EMPTY);
	open_ledger(&copy, restored);
	assert_same_hash(&opened, &copy);
	close_ledger(&copy);
	close_ledger(&opened);
}

static void flip(const char *path, off_t at)
{
	int file = open(path, O_RDWR);
	uint8_t byte = 0;
	assert_true(file >= 0);
	assert_int_equal(pread(file, &byte, 1, at), 1);
	byte ^= 0x40;
	assert_int_equal(pwrite(file, &byte, 1, at), 1);
	(void)close(file);
}

/* Whatever byte of a backup is flipped, restoring says so. */
static void a_damaged_backup_is_refused(void **state)
{
	(void)state;
	struct test_random random = test_random_make("a_damaged_backup_is_refused");
	struct opened opened;
	struct backup_report report;
	char target[PATH_SIZE];
	char restored[PATH_SIZE];
	create_ledger(&opened, folder);
	write_batches(&opened, 40);
	checkpoint_all(&opened);
	(void)snprintf(target, sizeof(target), "%s/backup", folder);
	(void)snprintf(restored, sizeof(restored), "%s/restored", folder);
	struct backup_config config = backup_of(&opened, target);
	assert_int_equal(backup_run(&config, &report), RESULT_OK);
	close_ledger(&opened);
	struct manifest manifest;
	uint8_t hash[MANIFEST_HASH_SIZE];
	assert_int_equal(manifest_init(&manifest), RESULT_OK);
	assert_int_equal(manifest_read(target, &manifest, hash), RESULT_OK);
	assert_true(manifest.count >= 3);
	for (uint32_t round = 0; round < 60; round++) {
		char path[PATH_SIZE + 64];
		struct stat stat_of;
		uint32_t which = round % (manifest.count + 1);
		(void)snprintf(path, sizeof(path), "%s/%s", target,
		    which == manifest.count ? MANIFEST_FILE_NAME : manifest.files[which].name);
		assert_int_equal(stat(path, &stat_of), 0);
		off_t at = (off_t)test_random_below(&random, (uint64_t)stat_of.st_size);
		flip(path, at);
		remove_tree(restored);
		assert_int_equal(backup_restore(target, restored, &report), RESULT_CHECK_FAILED);
		assert_non_null(report.fault);
		flip(path, at);
	}
	/* A file cut short, a file missing, no manifest. */
	char path[PATH_SIZE + 64];
	(void)snprintf(path, sizeof(path), "%s/%s", target, manifest.files[1].name);
	assert_int_equal(truncate(path, 4096), 0);
	remove_tree(restored);
	assert_int_equal(backup_restore(target, restored, &report), RESULT_CHECK_FAILED);
	assert_int_equal(unlink(path), 0);
	remove_tree(restored);
	assert_int_equal(backup_restore(target, restored, &report), RESULT_CHECK_FAILED);
	(void)snprintf(path, sizeof(path), "%s/%s", target, MANIFEST_FILE_NAME);
	assert_int_equal(unlink(path), 0);
	remove_tree(restored);
	assert_int_equal(backup_restore(target, restored, &report), RESULT_CHECK_FAILED);
	manifest_deinit(&manifest);
}

/* The journal loses its end by a person's decision; the store is made anew from what is left. */
static void dropping_and_rebuilding(void **state)
{
	(void)state;
	struct opened opened;
	create_ledger(&opened, folder);
	write_batches(&opened, 40);
	checkpoint_all(&opened);
	uint64_t last = opened.writer.next_sequence - 1;
	close_ledger(&opened);
	struct log_file_options options = log_options(opened.journal_folder);
	struct log_dropped dropped;
	assert_int_equal(log_drop_from(&options, last / 2, &dropped), RESULT_OK);
	assert_int_equal(
	    log_file_open(&options, &opened.log, &opened.report), RESULT_OK);
	struct store_options of_store = store_options(opened.store_folder);
	/* As it is the store is ahead of the journal. */
	struct synthetic_ledger fresh;
	struct recovery_report report;
	synthetic_ledger_make(&fresh, ROOM);
	assert_int_equal(store_open(&of_store, &opened.store), RESULT_OK);
	struct recovery_config config = {
	    .store = opened.store,
	    .log = log_file_shared(opened.log),
	    .state = &fresh.state,
	};
	assert_int_equal(recovery_run(&config, &report), RESULT_STORE_CORRUPT);
	store_close(opened.store);
	synthetic_ledger_free(&fresh);
	assert_int_equal(
	    recovery_rebuild_store(&of_store, log_file_shared(opened.log)), RESULT_OK);
	shared_log_close(log_file_shared(opened.log));
	open_ledger(&opened, folder);
	struct verify_report verified;
	assert_int_equal(opened.writer.next_sequence, dropped.first_sequence);
	assert_int_equal(verify(&opened, &verified), RESULT_OK);
	assert_int_equal(verified.store_sequence, dropped.first_sequence - 1);
	write_batches(&opened, 5);
	assert_int_equal(verify(&opened, &verified), RESULT_OK);
	close_ledger(&opened);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(a_good_ledger_passes, setup),
	    cmocka_unit_test_setup(a_forged_row_is_found, setup),
	    cmocka_unit_test_setup(a_cut_off_checkpoint_passes, setup),
	    cmocka_unit_test_setup(backup_under_load, setup),
	    cmocka_unit_test_setup(a_backup_at_rest_is_the_ledger, setup),
	    cmocka_unit_test_setup(a_damaged_backup_is_refused, setup),
	    cmocka_unit_test_setup(dropping_and_rebuilding, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
