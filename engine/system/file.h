/* Files: the only place in the engine that opens, reads, writes, syncs, renames or locks one.
 *
 * Every call reaches the kernel through one table, struct file_ops, which a test replaces to record
 * the calls, to fail the Nth, to tear or to drop one. Invariants:
 *
 *   1. file_write returns RESULT_OK only when all bytes were taken; short writes and EINTR are
 *      continued here. Nothing is durable before file_sync returned RESULT_OK.
 *   2. A sync is never retried, not even after EINTR: after a failure the state of the page cache
 *      is unknown (the kernel may have dropped the dirty pages and cleared the error).
 *   3. A rename or a new file is durable only after file_sync_folder of its folder.
 *   4. No call allocates memory; paths are bounded by FILE_PATH_SIZE_MAX.
 *
 * Signals should be blocked in threads that call file_sync. */
#ifndef ENGINE_SYSTEM_FILE_H
#define ENGINE_SYSTEM_FILE_H

#include "engine/base/assert.h"
#include "engine/base/result.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define FILE_PATH_SIZE_MAX 1024u /* bytes of a path with its NUL */
#define FILE_NAME_SIZE_MAX 256u  /* bytes of one name with its NUL */

struct stat;
struct statvfs;

/* The kernel's calls, with their kernel meaning: -1 and errno on failure. */
struct file_ops {
	int (*open)(const char *path, int flags, mode_t mode);
	int (*close)(int descriptor);
	ssize_t (*pread)(int descriptor, void *bytes, size_t size, off_t offset);
	ssize_t (*pwrite)(int descriptor, const void *bytes, size_t size, off_t offset);
	int (*fdatasync)(int descriptor);
	int (*fsync)(int descriptor);  /* used on folders only */
	int (*syncfs)(int descriptor); /* of a folder */
	int (*fallocate)(int descriptor, int mode, off_t offset, off_t size);
	int (*rename)(const char *from, const char *to);
	int (*unlink)(const char *path);
	int (*mkdir)(const char *path, mode_t mode);
	int (*fstat)(int descriptor, struct stat *ret_stat);
	int (*statvfs)(const char *path, struct statvfs *ret_stat);
	int (*flock)(int descriptor, int operation);
};

/* An open file. Zero is not a valid value: start from FILE_NONE. */
struct file {
	int descriptor;
};

#define FILE_NONE ((struct file){.descriptor = -1})

enum file_mode {
	FILE_READ,   /* must exist */
	FILE_UPDATE, /* read and write, must exist */
	FILE_CREATE, /* read and write, made with mode 0600; emptied if it exists */
};

/* A run of bytes in a file. */
struct file_span {
	uint64_t offset; /* bytes from the start of the file */
	uint64_t size;   /* bytes */
};

/* The table that calls the kernel; static storage. */
const struct file_ops *file_ops_kernel(void);

/* Replaces the table for the whole process and returns the former one. For tests, and only while
 * no other thread uses a file. NULL restores the kernel's. */
const struct file_ops *file_ops_replace(const struct file_ops *ops);

/* Opens a regular file. RESULT_OK; RESULT_NOT_FOUND; RESULT_IO_FAILED;
 * RESULT_DISK_NEARLY_FULL when making it met ENOSPC. */
MUST_CHECK enum result file_open(const char *path, enum file_mode mode, struct file *ret_file);

/* Closes and forgets. Accepts FILE_NONE. An error of close is of no account: what had to last was
 * synced. */
void file_close(struct file *file);

/* Reads up to `span.size` bytes; less only where the file ends. RESULT_OK; RESULT_IO_FAILED. */
MUST_CHECK enum result file_read(
    struct file file, struct file_span span, void *bytes, uint64_t *ret_size);

/* Writes all bytes. RESULT_OK (taken, not yet durable); RESULT_IO_FAILED;
 * RESULT_DISK_NEARLY_FULL on ENOSPC or EDQUOT, with some bytes possibly written. */
MUST_CHECK enum result file_write(struct file file, struct file_span span, const void *bytes);

/* fdatasync: everything written so far, and the size, is durable. RESULT_OK; RESULT_IO_FAILED,
 * which is final: what was written may be gone. */
MUST_CHECK enum result file_sync(struct file file);

/* fsync of a folder: its new names, renames and removals are durable. Results as file_sync. */
MUST_CHECK enum result file_sync_folder(const char *path);

/* syncfs: everything written so far to the file system that the folder is on is durable, by whom it
 * was written; names in the folder still need file_sync_folder. For many files at once: one sync of
 * all costs about what one of one file does. (Linux tells its errors since 5.8.) Results as
 * file_sync. */
MUST_CHECK enum result file_sync_all(const char *folder);

/* Reserves blocks so that the file has at least `size` bytes; new ones read as zeros. RESULT_OK,
 * also where the file system cannot (*ret_reserved is false: the caller writes the bytes next);
 * RESULT_DISK_NEARLY_FULL; RESULT_IO_FAILED. */
MUST_CHECK enum result file_allocate(struct file file, uint64_t size, bool *ret_reserved);

/* Renames, replacing what is there. RESULT_OK; RESULT_NOT_FOUND; RESULT_IO_FAILED. */
MUST_CHECK enum result file_rename(const char *from, const char *to);

/* Removes a file. RESULT_OK, also when there is none; RESULT_IO_FAILED. */
MUST_CHECK enum result file_remove(const char *path);

/* Makes a folder, mode 0700. RESULT_OK, also when it is there; RESULT_IO_FAILED. */
MUST_CHECK enum result file_make_folder(const char *path);

/* Size in bytes. RESULT_OK; RESULT_IO_FAILED. */
MUST_CHECK enum result file_size(struct file file, uint64_t *ret_size);

/* Is there something of this name? RESULT_OK; RESULT_NOT_FOUND; RESULT_IO_FAILED. */
MUST_CHECK enum result file_exists(const char *path);

/* Bytes that an unprivileged process may still write on the file system of a folder.
 * RESULT_OK; RESULT_IO_FAILED. */
MUST_CHECK enum result file_free_space(const char *path, uint64_t *ret_size);

/* Takes the exclusive lock of a file, made if missing; held until file_close or the end of the
 * process. RESULT_OK; RESULT_LEDGER_LOCKED: another process holds it; RESULT_IO_FAILED. */
MUST_CHECK enum result file_lock(const char *path, struct file *ret_file);

/* Calls `visit` for each name in a folder, in no order, `.` and `..` left out, until it returns
 * false. Names longer than FILE_NAME_SIZE_MAX do not exist on Linux. RESULT_OK; RESULT_NOT_FOUND;
 * RESULT_IO_FAILED. */
MUST_CHECK enum result file_list(
    const char *folder, bool (*visit)(void *context, const char *name), void *context);

/* Joins folder and name. False: the path would not fit FILE_PATH_SIZE_MAX. */
MUST_CHECK bool file_path(const char *folder, const char *name, char ret_path[FILE_PATH_SIZE_MAX]);

#endif
