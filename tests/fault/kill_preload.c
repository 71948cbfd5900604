/* Ends titolid by SIGKILL inside a chosen system call, or fails that call: for kill9_test.py and
 * disk_test.py, through LD_PRELOAD.
 *
 * KILL_AT=PHASE:WHEN:COUNT kills at the COUNT-th call of the phase.
 *   PHASE  append      a write or sync of a journal segment, its header and zeroing apart
 *          segment     creating, reserving, zeroing or heading a segment
 *          checkpoint  a write or sync of the store's data file, after the start
 *          recovery    a read of journal or store, or a write to them, before the daemon serves
 *   WHEN   before, half (half of the sectors are written, for no kernel stops within one; a sync
 *          counts as before) or after;
 *          eio: the process lives, the call fails with EIO
 * The daemon serves from the first listen() on. KILL_REPORT names a file that receives the
 * phase before the process ends, so that the test can count. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define SECTOR_SIZE 512

enum phase { PHASE_NONE, PHASE_APPEND, PHASE_SEGMENT, PHASE_CHECKPOINT, PHASE_RECOVERY };
enum when { WHEN_BEFORE, WHEN_HALF, WHEN_AFTER, WHEN_EIO };

static const char *const phase_names[] = {"none", "append", "segment", "checkpoint", "recovery"};

static enum phase target_phase;
static enum when target_when;
static atomic_long calls_left;
static atomic_bool serving;

__attribute__((constructor)) static void read_target(void)
{
	const char *text = getenv("KILL_AT");
	char phase[32] = "";
	char when[16] = "";
	long count = 0;
	if (text == NULL || sscanf(text, "%31[^:]:%15[^:]:%ld", phase, when, &count) != 3)
		return;
	for (int i = PHASE_APPEND; i <= PHASE_RECOVERY; i++)
		if (strcmp(phase, phase_names[i]) == 0)
			target_phase = (enum phase)i;
	target_when = strcmp(when, "half") == 0	   ? WHEN_HALF
		      : strcmp(when, "eio") == 0   ? WHEN_EIO
		      : strcmp(when, "after") == 0 ? WHEN_AFTER
						   : WHEN_BEFORE;
	atomic_store(&calls_left, count);
}

static void *real(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);
	if (function == NULL)
		_exit(120);
	return function;
}

static void report_phase(void)
{
	const char *path = getenv("KILL_REPORT");
	if (path != NULL) {
		int (*open_file)(const char *, int, ...) = real("open");
		int file = open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		const char *name = phase_names[target_phase];
		if (file >= 0 && write(file, name, strlen(name)) < 0)
			_exit(121);
	}
}

/* The chosen call fails instead; true. */
static bool fail_here(void)
{
	if (target_when != WHEN_EIO)
		return false;
	report_phase();
	errno = EIO;
	return true;
}

static void die_here(void)
{
	report_phase();
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}

/* Which file a descriptor is: 'j' a journal segment, 's' the store's data, 0 another. */
static char kind_of(int file)
{
	char link[64];
	char path[512];
	snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
	ssize_t size = readlink(link, path, sizeof(path) - 1);
	if (size <= 0)
		return 0;
	path[size] = '\0';
	const char *name = strrchr(path, '/');
	if (name == NULL)
		return 0;
	if (strncmp(name, "/journal-", 9) == 0 || strstr(name, ".seg") != NULL)
		return 'j';
	return strncmp(name, "/data.mdb", 9) == 0 ? 's' : 0;
}

static bool is_zero(const void *bytes, size_t size)
{
	const unsigned char *byte = bytes;
	size_t looked = size < 4096 ? size : 4096;
	for (size_t i = 0; i < looked; i++)
		if (byte[i] != 0)
			return false;
	return true;
}

static enum phase phase_of_write(int file, const void *bytes, size_t size, off_t offset)
{
	char kind = kind_of(file);
	if (kind == 0)
		return PHASE_NONE;
	if (!atomic_load(&serving))
		return PHASE_RECOVERY;
	if (kind == 's')
		return PHASE_CHECKPOINT;
	return offset < SECTOR_SIZE || is_zero(bytes, size) ? PHASE_SEGMENT : PHASE_APPEND;
}

static enum phase phase_of_sync(int file)
{
	char kind = kind_of(file);
	if (kind == 0)
		return PHASE_NONE;
	if (!atomic_load(&serving))
		return PHASE_RECOVERY;
	return kind == 's' ? PHASE_CHECKPOINT : PHASE_APPEND;
}

/* Counts a call of the phase; true when it is the one. */
static bool is_the_one(enum phase phase)
{
	if (phase == PHASE_NONE || phase != target_phase)
		return false;
	return atomic_fetch_sub(&calls_left, 1) == 1;
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset)
{
	ssize_t (*next)(int, const void *, size_t, off_t) = real("pwrite");
	bool die = is_the_one(phase_of_write(file, bytes, size, offset));
	if (die && fail_here())
		return -1;
	if (die && target_when == WHEN_BEFORE)
		die_here();
	size_t half = size / 2 / SECTOR_SIZE * SECTOR_SIZE;
	ssize_t done = next(file, bytes, die && target_when == WHEN_HALF ? half : size, offset);
	if (die)
		die_here();
	return done;
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off_t offset)
{
	return pwrite(file, bytes, size, offset);
}

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t offset)
{
	ssize_t (*next)(int, const struct iovec *, int, off_t) = real("pwritev");
	bool die = count > 0 &&
		   is_the_one(phase_of_write(file, parts[0].iov_base, parts[0].iov_len, offset));
	if (die && fail_here())
		return -1;
	if (die && target_when != WHEN_AFTER)
		die_here();
	ssize_t done = next(file, parts, count, offset);
	if (die)
		die_here();
	return done;
}

static int sync_by(const char *name, int file)
{
	int (*next)(int) = real(name);
	bool die = is_the_one(phase_of_sync(file));
	if (die && fail_here())
		return -1;
	if (die && target_when != WHEN_AFTER)
		die_here();
	int done = next(file);
	if (die)
		die_here();
	return done;
}

int fdatasync(int file)
{
	return sync_by("fdatasync", file);
}

int fsync(int file)
{
	return sync_by("fsync", file);
}

int fallocate(int file, int mode, off_t offset, off_t size)
{
	int (*next)(int, int, off_t, off_t) = real("fallocate");
	bool die = kind_of(file) == 'j' &&
		   is_the_one(atomic_load(&serving) ? PHASE_SEGMENT : PHASE_RECOVERY);
	if (die && target_when != WHEN_AFTER)
		die_here();
	int done = next(file, mode, offset, size);
	if (die)
		die_here();
	return done;
}

ssize_t pread(int file, void *bytes, size_t size, off_t offset)
{
	ssize_t (*next)(int, void *, size_t, off_t) = real("pread");
	if (!atomic_load(&serving) && kind_of(file) != 0 && is_the_one(PHASE_RECOVERY))
		die_here();
	return next(file, bytes, size, offset);
}

ssize_t pread64(int file, void *bytes, size_t size, off_t offset)
{
	return pread(file, bytes, size, offset);
}

int listen(int file, int backlog)
{
	int (*next)(int, int) = real("listen");
	int done = next(file, backlog);
	atomic_store(&serving, true);
	return done;
}
