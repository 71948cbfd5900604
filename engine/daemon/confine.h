/* The daemon's walls, from its settings: which folders it may reach, which calls it may make.
 *
 * A setting's unit says what the daemon still needs of it once it runs (schemas/config.def):
 * "folder" is written below, "file" is read again in its folder (a renewed certificate comes by
 * rename), "socket" is made and removed, and of anything else nothing is reached any more. */
#ifndef ENGINE_DAEMON_CONFINE_H
#define ENGINE_DAEMON_CONFINE_H

#include "engine/system/config.h"

/* Before the first thread, after ledger and secret are opened. RESULT_OK, also with `sandbox = no`
 * and on a kernel without Landlock, which is logged; RESULT_CONFIG_INVALID, with a static text
 * why. */
MUST_CHECK enum result confine_files(const struct config *config, const char **ret_fault);

/* When everything is opened and all threads stand. RESULT_OK, also with `sandbox = no` and on a
 * kernel without seccomp, which is logged; RESULT_OUT_OF_MEMORY, with a static text why. */
MUST_CHECK enum result confine_calls(const struct config *config, const char **ret_fault);

#endif
