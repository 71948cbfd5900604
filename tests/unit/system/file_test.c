/* Files: what each call does when the kernel interrupts, shortens or refuses it. */
#include "engine/system/file.h"

#include "tests/support/test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[TEST_FOLDER_SIZE];
static char path[FILE_PATH_SIZE_MAX];
static struct file_ops ops;
static uint32_t calls;
static int failing_errno;
static uint32_t failures; /* how many calls fail before one succeeds */

static int setup(void **state)
{
	(void)state;
	test_folder_make("files", folder);
	assert_true(file_path(folder, "one", path));
	ops = *file_ops_kernel();
	calls = 0;
	failures = 0;
	(void)file_ops_replace(&ops);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_ptr_equal(file_ops_replace(NULL), &ops);
	return 0;
}

static bool fails(void)
{
	calls++;
	if (calls > failures)
		return false;
	errno = failing_errno;
	return true;
}

static int faulty_open(const char *name, int flags, mode_t mode)
{
	return fails() ? -1 : file_ops_kernel()->open(name, flags, mode);
}

/* One to seven bytes at a time. */
static ssize_t faulty_pwrite(int descriptor, const void *bytes, size_t size, off_t offset)
{
	if (fails())
		return -1;
	size_t part = 1 + calls % 7;
	return file_ops_kernel()->pwrite(descriptor, bytes, size < part ? size : part, offset);
}

static ssize_t faulty_pread(int descriptor, void *bytes, size_t size, off_t offset)
{
	if (fails())
		return -1;
	size_t part = 1 + calls % 7;
	return file_ops_kernel()->pread(descriptor, bytes, size < part ? size : part, offset);
}

static ssize_t write_nothing(int descriptor, const void *bytes, size_t size, off_t offset)
{
	(void)descriptor, (void)bytes, (void)size, (void)offset;
	calls++;
	return 0;
}

static int faulty_sync(int descriptor)
{
	return fails() ? -1 : file_ops_kernel()->fdatasync(descriptor);
}

static int faulty_fallocate(int descriptor, int mode, off_t offset, off_t size)
{
	return fails() ? -1 : file_ops_kernel()->fallocate(descriptor, mode, offset, size);
}

static int faulty_rename(const char *from, const char *to)
{
	return fails() ? -1 : file_ops_kernel()->rename(from, to);
}

static struct file create(void)
{
	struct file file = FILE_NONE;
	assert_int_equal(file_open(path, FILE_CREATE, &file), RESULT_OK);
	return file;
}

static void reads_and_writes_are_completed(void **state)
{
	(void)state;
	struct file file = create();
	uint8_t bytes[1000];
	uint8_t back[2000];
	uint64_t size = 0;
	for (uint32_t index = 0; index < sizeof(bytes); index++)
		bytes[index] = (uint8_t)(index * 7);
	ops.pwrite = faulty_pwrite;
	ops.pread = faulty_pread;
	failures = 5;
	failing_errno = EINTR;
	assert_int_equal(file_write(file, (struct file_span){10, sizeof(bytes)}, bytes), RESULT_OK);
	assert_true(calls > 150);
	calls = 0;
	assert_int_equal(file_read(file, (struct file_span){0, sizeof(back)}, back, &size),
			 RESULT_OK);
	assert_int_equal(size, 10 + sizeof(bytes)); /* the file ends there */
	assert_memory_equal(back + 10, bytes, sizeof(bytes));
	assert_int_equal(file_size(file, &size), RESULT_OK);
	assert_int_equal(size, 1010);
	file_close(&file);
	assert_int_equal(file.descriptor, -1);
	file_close(&file);
}

static void write_errors_have_their_result(void **state)
{
	(void)state;
	static const struct {
		int error;
		enum result result;
	} rows[] = {
	    {EIO, RESULT_IO_FAILED},	       {ENOSPC, RESULT_DISK_NEARLY_FULL},
	    {EDQUOT, RESULT_DISK_NEARLY_FULL}, {EBADF, RESULT_IO_FAILED},
	    {EINTR, RESULT_IO_FAILED}, /* for ever */
	};
	struct file file = create();
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		ops.pwrite = faulty_pwrite;
		ops.fallocate = faulty_fallocate;
		failing_errno = rows[row].error;
		failures = UINT32_MAX;
		calls = 0;
		assert_int_equal(file_write(file, (struct file_span){0, 4}, "abcd"),
				 rows[row].result);
		assert_true(calls <= 2000);
		calls = 0;
		bool reserved = true;
		assert_int_equal(file_allocate(file, 4096, &reserved), rows[row].result);
		assert_false(reserved);
	}
	ops.pwrite = write_nothing;
	assert_int_equal(file_write(file, (struct file_span){0, 4}, "abcd"), RESULT_IO_FAILED);
	ops.fallocate = faulty_fallocate;
	failing_errno = EOPNOTSUPP;
	failures = UINT32_MAX;
	bool reserved = true;
	assert_int_equal(file_allocate(file, 4096, &reserved), RESULT_OK);
	assert_false(reserved);
	file_close(&file);
}

static void a_sync_is_never_retried(void **state)
{
	(void)state;
	static const int errors[] = {EIO, EINTR, ENOSPC, EROFS};
	struct file file = create();
	ops.fdatasync = faulty_sync;
	ops.fsync = faulty_sync;
	ops.syncfs = faulty_sync;
	for (size_t index = 0; index < sizeof(errors) / sizeof(errors[0]); index++) {
		failing_errno = errors[index];
		failures = 1;
		calls = 0;
		assert_int_equal(file_sync(file), RESULT_IO_FAILED);
		assert_int_equal(calls, 1);
		calls = 0;
		assert_int_equal(file_sync_folder(folder), RESULT_IO_FAILED);
		assert_int_equal(calls, 1);
		calls = 0;
		assert_int_equal(file_sync_all(folder), RESULT_IO_FAILED);
		assert_int_equal(calls, 1);
	}
	calls = 0;
	failures = 0;
	assert_int_equal(file_sync(file), RESULT_OK);
	assert_int_equal(file_sync_folder(folder), RESULT_OK);
	assert_int_equal(file_sync_all(folder), RESULT_OK);
	file_close(&file);
}

static void opening_and_names(void **state)
{
	(void)state;
	struct file file = FILE_NONE;
	char other[FILE_PATH_SIZE_MAX];
	struct stat status;
	assert_true(file_path(folder, "two", other));
	assert_int_equal(file_open(path, FILE_READ, &file), RESULT_NOT_FOUND);
	assert_int_equal(file_open(path, FILE_UPDATE, &file), RESULT_NOT_FOUND);
	assert_int_equal(file_exists(path), RESULT_NOT_FOUND);
	assert_int_equal(file_rename(path, other), RESULT_NOT_FOUND);
	assert_int_equal(file_remove(path), RESULT_OK);
	file = create();
	assert_int_equal(fstat(file.descriptor, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	file_close(&file);
	assert_int_equal(file_exists(path), RESULT_OK);
	assert_int_equal(file_rename(path, other), RESULT_OK);
	assert_int_equal(file_exists(path), RESULT_NOT_FOUND);
	assert_int_equal(file_exists(other), RESULT_OK);
	assert_int_equal(file_remove(other), RESULT_OK);
	ops.open = faulty_open;
	failing_errno = EINTR;
	failures = 3;
	file = create();
	file_close(&file);
	failing_errno = EACCES;
	failures = UINT32_MAX;
	assert_int_equal(file_open(path, FILE_READ, &file), RESULT_IO_FAILED);
	ops.rename = faulty_rename;
	assert_int_equal(file_rename(path, other), RESULT_IO_FAILED);
}

static void paths_are_bounded(void **state)
{
	(void)state;
	char long_name[FILE_PATH_SIZE_MAX];
	char joined[FILE_PATH_SIZE_MAX];
	memset(long_name, 'x', sizeof(long_name));
	long_name[sizeof(long_name) - 3] = '\0';
	assert_true(file_path("", long_name, joined));
	assert_true(file_path("a", long_name, joined));
	assert_false(file_path("ab", long_name, joined));
	assert_true(file_path("/etc", "hosts", joined));
	assert_string_equal(joined, "/etc/hosts");
}

static bool count_names(void *context, const char *name)
{
	uint32_t *count = context;
	assert_true(strcmp(name, "one") == 0 || strcmp(name, "two") == 0);
	++*count;
	return true;
}

static void folders_are_listed(void **state)
{
	(void)state;
	char other[FILE_PATH_SIZE_MAX];
	uint32_t count = 0;
	struct file file = create();
	file_close(&file);
	assert_true(file_path(folder, "two", other));
	assert_int_equal(file_make_folder(other), RESULT_OK);
	assert_int_equal(file_make_folder(other), RESULT_OK);
	assert_int_equal(file_list(folder, count_names, &count), RESULT_OK);
	assert_int_equal(count, 2);
	assert_true(file_path(folder, "none", other));
	assert_int_equal(file_list(other, count_names, &count), RESULT_NOT_FOUND);
	uint64_t space = 0;
	assert_int_equal(file_free_space(folder, &space), RESULT_OK);
	assert_true(space > 0);
	assert_int_equal(file_free_space(other, &space), RESULT_IO_FAILED);
}

/* Another process cannot take the lock while this one holds it, and can after. */
static enum result lock_in_a_child(void)
{
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct file lock = FILE_NONE;
		enum result result = file_lock(path, &lock);
		_exit(result == RESULT_OK ? 0 : result == RESULT_LEDGER_LOCKED ? 1 : 2);
	}
	int status = 0;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status) == 0	  ? RESULT_OK
	       : WEXITSTATUS(status) == 1 ? RESULT_LEDGER_LOCKED
					  : RESULT_IO_FAILED;
}

static void a_lock_excludes_others(void **state)
{
	(void)state;
	struct file lock = FILE_NONE;
	assert_int_equal(lock_in_a_child(), RESULT_OK);
	assert_int_equal(file_lock(path, &lock), RESULT_OK);
	assert_int_equal(lock_in_a_child(), RESULT_LEDGER_LOCKED);
	file_close(&lock);
	assert_int_equal(lock_in_a_child(), RESULT_OK);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    CASE(reads_and_writes_are_completed),
	    CASE(write_errors_have_their_result),
	    CASE(a_sync_is_never_retried),
	    CASE(opening_and_names),
	    CASE(paths_are_bounded),
	    CASE(folders_are_listed),
	    CASE(a_lock_excludes_others),
	};
	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
