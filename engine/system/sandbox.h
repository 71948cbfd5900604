/* What a process that serves the network may still ask of the kernel, once all is opened.
 *
 * Two walls that do not know of each other:
 *   files   Landlock. Only the named folders, and of them only what was asked for; no connection
 *           to the network, no signal to others. Inherited by threads that are made later, so it
 *           stands before the first of them.
 *   calls   seccomp. A list of what the daemon needs, for all threads at once. What no daemon that
 *           answers requests has a reason to call (a program, a process, a listener, another
 *           user) ends the process with SIGSYS; anything else that is not listed fails with
 *           ENOSYS, as on an older kernel.
 * Neither can be taken down again. Where a kernel lacks one, the other stands. */
#ifndef ENGINE_SYSTEM_SANDBOX_H
#define ENGINE_SYSTEM_SANDBOX_H

#include "engine/base/result.h"

#include <stdbool.h>
#include <stdint.h>

#define SANDBOX_PATHS_MAX 32u

enum sandbox_access {
	SANDBOX_READ,	/* files below a folder may be read */
	SANDBOX_WRITE,	/* files and folders below it: read, made, changed, renamed, removed */
	SANDBOX_SOCKET, /* sockets may be made in the folder, and files removed from it */
};

struct sandbox_path {
	const char *folder; /* or a single file; borrowed */
	enum sandbox_access access;
};

struct sandbox_files {
	uint32_t abi;	  /* of Landlock; 0: the kernel has none, nothing was confined */
	uint32_t allowed; /* folders that are there and were allowed */
};

/* Confines the calling thread, and all it makes, to the folders. A folder that is not there is
 * left out: what appears in its place later cannot be reached. RESULT_OK; RESULT_CONFIG_INVALID: a
 * kernel with Landlock refused. */
MUST_CHECK enum result sandbox_confine_files(const struct sandbox_path *paths, uint32_t count,
					     struct sandbox_files *ret_files);

/* Filters the calls of every thread, from now on; false: the kernel, or what this process runs in,
 * has no seccomp. RESULT_OK; RESULT_OUT_OF_MEMORY: the filter could not be made. */
MUST_CHECK enum result sandbox_filter_calls(bool *ret_filtered);

#endif
