/* What the preloaded library tells whoever attached itself: see io_preload.c. */
#ifndef TESTS_SUPPORT_IO_PRELOAD_H
#define TESTS_SUPPORT_IO_PRELOAD_H

#include <stdbool.h>
#include <stdint.h>

struct io_preload_hooks {
	void (*on_open)(int descriptor, const char *path, int flags, bool existed);
	void (*on_close)(int descriptor);
	void (*on_write)(int descriptor, uint64_t offset, const void *bytes, uint64_t size);
	void (*on_resize)(int descriptor, uint64_t size);
	bool (*before_sync)(int descriptor); /* true: leave the sync out */
	void (*on_sync)(int descriptor);
	void (*on_rename)(const char *from, const char *to);
	void (*on_remove)(const char *path);
};

/* Found with dlsym(RTLD_DEFAULT, "io_preload_set") when the library is loaded. NULL detaches. The
 * hooks stay the caller's. */
void io_preload_set(const struct io_preload_hooks *hooks);

#endif
