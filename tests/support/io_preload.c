/* A library for LD_PRELOAD that reports the file calls of a whole program, LMDB's among them, to
 * the recorder in that program (io_recorder.h). Without hooks every call goes straight to libc.
 *
 * Writes are reported before they are made and in full: a short write would be a fault of the
 * test's disk, and ends the program. Syncs are not made at all while hooks are attached, nor are
 * files opened to sync by themselves: what is judged is the recording. */
#include "tests/support/io_preload.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static _Atomic(const struct io_preload_hooks *) attached;

void io_preload_set(const struct io_preload_hooks *hooks)
{
	atomic_store(&attached, hooks);
}

/* The next definition of a function, libc's. */
static void *real(const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);
	if (found == NULL)
		abort();
	return found;
}

/* A data pointer made a function pointer, as POSIX grants for dlsym. */
#define REAL(name) \
	static __typeof__(name) *real_##name; \
	if (real_##name == NULL) { \
		void *symbol = real(#name); \
		memcpy(&real_##name, &symbol, sizeof(symbol)); \
	}

int open(const char *path, int flags, ...)
{
	REAL(open)
	const struct io_preload_hooks *hooks = atomic_load(&attached);
	struct stat status;
	va_list arguments;
	va_start(arguments, flags);
	mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
	va_end(arguments);
	bool existed = hooks != NULL && stat(path, &status) == 0;
	int descriptor = real_open(path, hooks == NULL ? flags : flags & ~(O_DSYNC | O_SYNC), mode);
	int error = errno;
	if (hooks != NULL && descriptor >= 0)
		hooks->on_open(descriptor, path, flags, existed);
	errno = error;
	return descriptor;
}

int close(int descriptor)
{
	REAL(close)
	const struct io_preload_hooks *hooks = atomic_load(&attached);
	if (hooks != NULL)
		hooks->on_close(descriptor);
	return real_close(descriptor);
}

static ssize_t complete(ssize_t done, size_t size)
{
	if (done != (ssize_t)size)
		abort();
	return done;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t size, off_t offset)
{
	REAL(pwrite)
	const struct io_preload_hooks *hooks = atomic_load(&attached);
	if (hooks == NULL)
		return real_pwrite(descriptor, bytes, size, offset);
	hooks->on_write(descriptor, (uint64_t)offset, bytes, size);
	return complete(real_pwrite(descriptor, bytes, size, offset), size);
}

ssize_t writev(int descriptor, const struct iovec *parts, int count)
{
	REAL(writev)
	const struct io_preload_hooks *hooks = atomic_load(&attached);
	off_t offset = hooks == NULL ? -1 : lseek(descriptor, 0, SEEK_CUR);
	if (offset < 0)
		return real_writev(descriptor, parts, count);
	size_t size = 0;
	for (int index = 0; index < count; index++) {
		hooks->on_write(descriptor, (uint64_t)offset + size, parts[index].iov_base,
		    parts[index].iov_len);
		size += parts[index].iov_len;
	}
	return complete(real_writev(descriptor, parts, count), size);
}

ssize_t write(int descriptor, const void *bytes, size_t size)
{
	struct iovec part = {.iov_len = size};
	memcpy(&part.iov_base, &bytes, sizeof(bytes));
	return writev(descriptor, &part, 1);
}

int ftruncate(int descriptor, off_t size)
{
	REAL(ftruncate)
	const struct io_preload_hooks *hooks = atomic_load(&attached);
	int failed = real_ftruncate(descriptor, size);
	if (hooks != NULL && failed == 0)
		hooks->on_resize(descriptor, (uint64_t)size);
	return failed;
}

int fallocate(int descriptor, int mode, off_t offset, off_t size)
{
	REAL(fallocate)
	const struct io_preload_hooks *hooks = atomic_load(&attached);
	int failed = real_fallocate(descriptor, mode, offset, size);
	if (hooks != NULL && failed == 0)
		hooks->on_resize(descriptor, (uint64_t)(offset + size));
	return failed;
}

int fdatasync(int descriptor)
{
	REAL(fdatasync)
	const struct io_preload_hooks *hooks = atomic_load(&attached);
	if (hooks == NULL)
		return real_fdatasync(descriptor);
	if (!hooks->before_sync(descriptor))
		hooks->on_sync(descriptor);
	return 0;
}

int fsync(int descriptor)
{
	REAL(fsync)
	if (atomic_load(&attached) == NULL)
		return real_fsync(descriptor);
	return fdatasync(descriptor);
}

int rename(const char *from, const char *to)
{
	REAL(rename)
	const struct io_preload_hooks *hooks = atomic_load(&attached);
	int failed = real_rename(from, to);
	if (hooks != NULL && failed == 0)
		hooks->on_rename(from, to);
	return failed;
}

int unlink(const char *path)
{
	REAL(unlink)
	const struct io_preload_hooks *hooks = atomic_load(&attached);
	int failed = real_unlink(path);
	int error = errno;
	if (hooks != NULL && failed == 0)
		hooks->on_remove(path);
	errno = error;
	return failed;
}
