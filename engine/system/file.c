/* Files: see file.h for the invariants. The kernel is called only in the kernel_… functions and in
 * file_list; everything else goes through `ops`. */
#include "engine/system/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define EINTR_MAX 1000u /* interruptions of one call before it counts as failed */

static int kernel_open(const char *path, int flags, mode_t mode)
{
	return open(path, flags, mode);
}

static int kernel_fallocate(int descriptor, int mode, off_t offset, off_t size)
{
	return fallocate(descriptor, mode, offset, size);
}

static int kernel_fstat(int descriptor, struct stat *ret_stat)
{
	return fstat(descriptor, ret_stat);
}

static const struct file_ops kernel_ops = {
	.open = kernel_open,
	.close = close,
	.pread = pread,
	.pwrite = pwrite,
	.fdatasync = fdatasync,
	.fsync = fsync,
	.syncfs = syncfs,
	.fallocate = kernel_fallocate,
	.rename = rename,
	.unlink = unlink,
	.mkdir = mkdir,
	.fstat = kernel_fstat,
	.statvfs = statvfs,
	.flock = flock,
};

static const struct file_ops *ops = &kernel_ops;

const struct file_ops *file_ops_kernel(void)
{
	return &kernel_ops;
}

const struct file_ops *file_ops_replace(const struct file_ops *replacement)
{
	const struct file_ops *former = ops;
	ASSERT(former != NULL);
	ops = replacement == NULL ? &kernel_ops : replacement;
	ASSERT(ops->open != NULL && ops->pwrite != NULL && ops->fdatasync != NULL);
	return former;
}

/* The result that an errno stands for. */
static enum result result_of(int error)
{
	ASSERT(error != 0);
	if (error == ENOSPC || error == EDQUOT)
		return RESULT_DISK_NEARLY_FULL;
	if (error == ENOENT)
		return RESULT_NOT_FOUND;
	return RESULT_IO_FAILED;
}

enum result file_open(const char *path, enum file_mode mode, struct file *ret_file)
{
	ASSERT(path != NULL && path[0] != '\0');
	ASSERT(ret_file != NULL);
	int flags = O_CLOEXEC | O_NOCTTY;
	switch (mode) {
	case FILE_READ:
		flags |= O_RDONLY;
		break;
	case FILE_UPDATE:
		flags |= O_RDWR;
		break;
	case FILE_CREATE:
		flags |= O_RDWR | O_CREAT | O_TRUNC;
		break;
	}
	int descriptor = ops->open(path, flags, 0600);
	for (uint32_t tries = 0; descriptor < 0 && errno == EINTR && tries < EINTR_MAX; tries++)
		descriptor = ops->open(path, flags, 0600);
	if (descriptor < 0)
		return result_of(errno);
	*ret_file = (struct file){.descriptor = descriptor};
	return RESULT_OK;
}

void file_close(struct file *file)
{
	ASSERT(file != NULL);
	if (file->descriptor >= 0)
		(void)ops->close(file->descriptor);
	*file = FILE_NONE;
}

enum result file_read(struct file file, struct file_span span, void *bytes, uint64_t *ret_size)
{
	ASSERT(file.descriptor >= 0);
	ASSERT(span.offset <= INT64_MAX && span.size <= INT64_MAX - span.offset);
	uint8_t *next = bytes;
	uint64_t done = 0;
	uint32_t interruptions = 0;
	while (done < span.size) {
		ssize_t count = ops->pread(file.descriptor, next + done, (size_t)(span.size - done),
		    (off_t)(span.offset + done));
		if (count < 0 && errno == EINTR && interruptions++ < EINTR_MAX)
			continue;
		if (count < 0)
			return RESULT_IO_FAILED;
		if (count == 0)
			break;
		done += (uint64_t)count;
	}
	ASSERT(done <= span.size);
	*ret_size = done;
	return RESULT_OK;
}

enum result file_write(struct file file, struct file_span span, const void *bytes)
{
	ASSERT(file.descriptor >= 0);
	ASSERT(span.offset <= INT64_MAX && span.size <= INT64_MAX - span.offset);
	const uint8_t *next = bytes;
	uint64_t done = 0;
	uint32_t interruptions = 0;
	while (done < span.size) {
		ssize_t count = ops->pwrite(file.descriptor, next + done,
		    (size_t)(span.size - done), (off_t)(span.offset + done));
		if (count < 0 && errno == EINTR && interruptions++ < EINTR_MAX)
			continue;
		if (count < 0)
			return errno == ENOSPC || errno == EDQUOT ? RESULT_DISK_NEARLY_FULL
								  : RESULT_IO_FAILED;
		if (count == 0)
			return RESULT_IO_FAILED;
		done += (uint64_t)count;
	}
	ASSERT(done == span.size);
	return RESULT_OK;
}

enum result file_sync(struct file file)
{
	ASSERT(file.descriptor >= 0);
	return ops->fdatasync(file.descriptor) == 0 ? RESULT_OK : RESULT_IO_FAILED;
}

static enum result sync_by_folder(const char *path, int (*sync)(int descriptor))
{
	ASSERT(path != NULL && path[0] != '\0');
	int descriptor = ops->open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (descriptor < 0)
		return RESULT_IO_FAILED;
	int failed = sync(descriptor);
	(void)ops->close(descriptor);
	return failed == 0 ? RESULT_OK : RESULT_IO_FAILED;
}

enum result file_sync_folder(const char *path)
{
	return sync_by_folder(path, ops->fsync);
}

enum result file_sync_all(const char *folder)
{
	return sync_by_folder(folder, ops->syncfs);
}

enum result file_allocate(struct file file, uint64_t size, bool *ret_reserved)
{
	ASSERT(file.descriptor >= 0);
	ASSERT(size > 0 && size <= INT64_MAX);
	ASSERT(ret_reserved != NULL);
	*ret_reserved = false;
	for (uint32_t tries = 0; tries < EINTR_MAX; tries++) {
		if (ops->fallocate(file.descriptor, 0, 0, (off_t)size) == 0) {
			*ret_reserved = true;
			return RESULT_OK;
		}
		if (errno == EOPNOTSUPP || errno == ENOSYS)
			return RESULT_OK;
		if (errno == ENOSPC || errno == EDQUOT)
			return RESULT_DISK_NEARLY_FULL;
		if (errno != EINTR)
			return RESULT_IO_FAILED;
	}
	return RESULT_IO_FAILED;
}

enum result file_rename(const char *from, const char *to)
{
	ASSERT(from != NULL && to != NULL);
	ASSERT(strcmp(from, to) != 0);
	if (ops->rename(from, to) == 0)
		return RESULT_OK;
	return errno == ENOENT ? RESULT_NOT_FOUND : RESULT_IO_FAILED;
}

enum result file_remove(const char *path)
{
	ASSERT(path != NULL && path[0] != '\0');
	if (ops->unlink(path) == 0 || errno == ENOENT)
		return RESULT_OK;
	return RESULT_IO_FAILED;
}

enum result file_make_folder(const char *path)
{
	ASSERT(path != NULL && path[0] != '\0');
	if (ops->mkdir(path, 0700) == 0 || errno == EEXIST)
		return RESULT_OK;
	return RESULT_IO_FAILED;
}

enum result file_size(struct file file, uint64_t *ret_size)
{
	ASSERT(file.descriptor >= 0);
	ASSERT(ret_size != NULL);
	struct stat status;
	if (ops->fstat(file.descriptor, &status) != 0 || status.st_size < 0)
		return RESULT_IO_FAILED;
	*ret_size = (uint64_t)status.st_size;
	return RESULT_OK;
}

enum result file_exists(const char *path)
{
	ASSERT(path != NULL && path[0] != '\0');
	int descriptor = ops->open(path, O_PATH | O_CLOEXEC, 0);
	if (descriptor < 0)
		return errno == ENOENT ? RESULT_NOT_FOUND : RESULT_IO_FAILED;
	(void)ops->close(descriptor);
	return RESULT_OK;
}

enum result file_free_space(const char *path, uint64_t *ret_size)
{
	ASSERT(path != NULL && path[0] != '\0');
	ASSERT(ret_size != NULL);
	struct statvfs status;
	if (ops->statvfs(path, &status) != 0)
		return RESULT_IO_FAILED;
	uint64_t size = 0;
	if (__builtin_mul_overflow((uint64_t)status.f_bavail, (uint64_t)status.f_frsize, &size))
		size = UINT64_MAX;
	*ret_size = size;
	return RESULT_OK;
}

enum result file_lock(const char *path, struct file *ret_file)
{
	ASSERT(path != NULL && path[0] != '\0');
	ASSERT(ret_file != NULL);
	int descriptor = ops->open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
	if (descriptor < 0)
		return RESULT_IO_FAILED;
	if (ops->flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
		enum result result = errno == EWOULDBLOCK ? RESULT_LEDGER_LOCKED : RESULT_IO_FAILED;
		(void)ops->close(descriptor);
		return result;
	}
	*ret_file = (struct file){.descriptor = descriptor};
	return RESULT_OK;
}

enum result file_list(
    const char *folder, bool (*visit)(void *context, const char *name), void *context)
{
	ASSERT(folder != NULL && folder[0] != '\0');
	ASSERT(visit != NULL);
	DIR *stream = opendir(folder);
	if (stream == NULL)
		return errno == ENOENT ? RESULT_NOT_FOUND : RESULT_IO_FAILED;
	enum result result = RESULT_OK;
	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(stream);
		if (entry == NULL) {
			result = errno == 0 ? RESULT_OK : RESULT_IO_FAILED;
			break;
		}
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (!visit(context, entry->d_name))
			break;
	}
	(void)closedir(stream);
	return result;
}

bool file_path(const char *folder, const char *name, char ret_path[FILE_PATH_SIZE_MAX])
{
	ASSERT(folder != NULL && name != NULL);
	ASSERT(ret_path != NULL);
	size_t folder_size = strlen(folder);
	size_t name_size = strlen(name);
	if (folder_size + 1 + name_size + 1 > FILE_PATH_SIZE_MAX)
		return false;
	memcpy(ret_path, folder, folder_size);
	ret_path[folder_size] = '/';
	memcpy(ret_path + folder_size + 1, name, name_size + 1);
	return true;
}
