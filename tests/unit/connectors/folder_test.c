/* Files into a folder, one by one and many together: whole or not at all, never over another's
 * bytes, in their order, and nothing left behind where something fails. */
#include "connectors/delivery/folder.h"

#include "engine/system/file.h"
#include "tests/support/test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MANY 9000u

static char folder[TEST_FOLDER_SIZE];
static struct file_ops ops;
static uint32_t syncs;
static uint32_t renames;
static uint32_t fail_rename_at;
static bool fail_sync;
static bool fail_write;

static int count_sync(int descriptor)
{
	syncs++;
	errno = EIO;
	return fail_sync ? -1 : file_ops_kernel()->fsync(descriptor);
}

static int count_rename(const char *from, const char *to)
{
	errno = EIO;
	return ++renames == fail_rename_at ? -1 : file_ops_kernel()->rename(from, to);
}

static ssize_t may_write(int descriptor, const void *bytes, size_t size, off_t offset)
{
	errno = ENOSPC;
	return fail_write ? -1 : file_ops_kernel()->pwrite(descriptor, bytes, size, offset);
}

static int set_up(void **state)
{
	(void)state;
	test_folder_make("folder", folder);
	ops = *file_ops_kernel();
	ops.syncfs = count_sync;
	ops.rename = count_rename;
	ops.pwrite = may_write;
	syncs = renames = fail_rename_at = 0;
	fail_sync = fail_write = false;
	(void)file_ops_replace(&ops);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)file_ops_replace(NULL);
	test_folder_empty(folder);
	return 0;
}

/* Files that a person sees, and those that are hidden. */
static void count_files(uint32_t *ret_seen, uint32_t *ret_hidden)
{
	DIR *open_folder = opendir(folder);
	assert_non_null(open_folder);
	*ret_seen = *ret_hidden = 0;
	for (struct dirent *entry = readdir(open_folder); entry != NULL;
	     entry = readdir(open_folder)) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		*(entry->d_name[0] == '.' ? ret_hidden : ret_seen) += 1;
	}
	closedir(open_folder);
}

static void expect_files(uint32_t seen, uint32_t hidden)
{
	uint32_t found_seen;
	uint32_t found_hidden;
	count_files(&found_seen, &found_hidden);
	assert_int_equal(found_seen, seen);
	assert_int_equal(found_hidden, hidden);
}

static enum result add(struct folder_group *group, const char *name, const char *text)
{
	return folder_group_add(group, name, slice_from_text(text));
}

static void nothing_is_seen_before_the_sync(void **state)
{
	struct folder_group group;
	(void)state;
	assert_int_equal(folder_group_open(&group, folder), RESULT_OK);
	assert_int_equal(add(&group, "one", "1"), RESULT_OK);
	assert_int_equal(add(&group, "two", "2"), RESULT_OK);
	expect_files(0, 2);
	assert_int_equal(folder_group_commit(&group), RESULT_OK);
	expect_files(2, 0);
	assert_int_equal(syncs, 1);
	assert_int_equal(folder_group_commit(&group), RESULT_OK); /* nothing more */
	assert_int_equal(syncs, 1);
	assert_int_equal(folder_deliver(folder, "one", slice_from_text("1")), RESULT_OK);
	assert_int_equal(add(&group, "two", "2"), RESULT_OK); /* these very bytes */
	assert_int_equal(add(&group, "two", "other"), RESULT_ALREADY_EXISTS);
	assert_int_equal(add(&group, "three", "3"), RESULT_OK);
	folder_group_close(&group); /* what was not committed goes */
	expect_files(2, 0);
	folder_group_close(&group);
	folder_group_close(NULL);
}

static void a_name_twice_in_one_group(void **state)
{
	struct folder_group group;
	(void)state;
	assert_int_equal(folder_group_open(&group, folder), RESULT_OK);
	assert_int_equal(add(&group, "one", "1"), RESULT_OK);
	assert_int_equal(add(&group, "one", "1"), RESULT_OK);
	assert_int_equal(add(&group, "one", "2"), RESULT_ALREADY_EXISTS);
	assert_int_equal(folder_group_commit(&group), RESULT_OK);
	assert_int_equal(folder_deliver(folder, "one", slice_from_text("1")), RESULT_OK);
	assert_int_equal(add(&group, "../up", "1"), RESULT_FIELD_INVALID);
	assert_int_equal(add(&group, ".hidden", "1"), RESULT_FIELD_INVALID);
	assert_int_equal(add(&group, "", "1"), RESULT_FIELD_INVALID);
	folder_group_close(&group);
	expect_files(1, 0);
}

static void more_files_than_a_group_holds(void **state)
{
	struct folder_group group;
	char name[32];
	(void)state;
	assert_int_equal(folder_group_open(&group, folder), RESULT_OK);
	for (uint32_t i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "file-%u", i);
		assert_int_equal(add(&group, name, name), RESULT_OK);
	}
	assert_int_equal(folder_group_commit(&group), RESULT_OK);
	folder_group_close(&group);
	expect_files(MANY, 0);
	assert_true(syncs > 1 && syncs < 10);
}

static void what_fails_leaves_nothing_hidden(void **state)
{
	struct folder_group group;
	(void)state;
	assert_int_equal(folder_group_open(&group, folder), RESULT_OK);
	fail_write = true;
	assert_int_equal(add(&group, "one", "1"), RESULT_DISK_NEARLY_FULL);
	expect_files(0, 0);
	fail_write = false;
	assert_int_equal(add(&group, "one", "1"), RESULT_OK);
	assert_int_equal(add(&group, "two", "2"), RESULT_OK);
	fail_sync = true;
	assert_int_equal(folder_group_commit(&group), RESULT_IO_FAILED);
	expect_files(0, 2); /* not synced: not shown */
	folder_group_close(&group);
	expect_files(0, 0);
	fail_sync = false;
	assert_int_equal(folder_group_open(&group, folder), RESULT_OK);
	assert_int_equal(add(&group, "one", "1"), RESULT_OK);
	assert_int_equal(add(&group, "two", "2"), RESULT_OK);
	fail_rename_at = renames + 2;
	assert_int_equal(folder_group_commit(&group), RESULT_IO_FAILED);
	folder_group_close(&group);
	expect_files(1, 0); /* the first in their order */
	assert_int_equal(folder_deliver(folder, "one", slice_from_text("1")), RESULT_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(nothing_is_seen_before_the_sync, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_name_twice_in_one_group, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(more_files_than_a_group_holds, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(what_fails_leaves_nothing_hidden, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
