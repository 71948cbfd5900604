/* What the process itself is allowed to be: no memory in core dumps, nobody's superuser. */
#ifndef ENGINE_SYSTEM_PROCESS_H
#define ENGINE_SYSTEM_PROCESS_H

#include "engine/base/result.h"

/* From now on a crash writes no memory to disk, and no other process of this user may look into
 * this one: RLIMIT_CORE is zero and the process is not dumpable. RESULT_OK;
 * RESULT_CONFIG_INVALID: the kernel refused. */
MUST_CHECK enum result process_hide_memory(void);

enum process_identity {
	PROCESS_AS_STARTED, /* not root */
	PROCESS_IS_ROOT,    /* root, and no user was asked for */
	PROCESS_CHANGED,    /* was root, is the user now, for good */
};

/* Started as root, becomes `user` with its own groups and no way back; "": stays. Before the first
 * thread and the first file. RESULT_OK; RESULT_CONFIG_INVALID: no such user, or it is root, or
 * the kernel refused. */
MUST_CHECK enum result process_become(const char *user, enum process_identity *ret_identity);

#endif
