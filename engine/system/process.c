/* See process.h. */
#include "engine/system/process.h"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum result process_hide_memory(void)
{
	const struct rlimit none = {0, 0};

	if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L) != 0)
		return RESULT_CONFIG_INVALID;
	return RESULT_OK;
}

enum result process_become(const char *user, enum process_identity *ret_identity)
{
	const struct passwd *entry;

	*ret_identity = geteuid() == 0 ? PROCESS_IS_ROOT : PROCESS_AS_STARTED;
	if (geteuid() != 0 || user[0] == '\0')
		return RESULT_OK;
	entry = getpwnam(user);
	if (entry == NULL || entry->pw_uid == 0)
		return RESULT_CONFIG_INVALID;
	if (initgroups(user, entry->pw_gid) != 0 ||
	    setresgid(entry->pw_gid, entry->pw_gid, entry->pw_gid) != 0 ||
	    setresuid(entry->pw_uid, entry->pw_uid, entry->pw_uid) != 0)
		return RESULT_CONFIG_INVALID;
	/* No way back: a kernel that lets it be undone has not done it. */
	if (setuid(0) == 0 || geteuid() == 0 || getegid() == 0)
		return RESULT_CONFIG_INVALID;
	*ret_identity = PROCESS_CHANGED;
	return RESULT_OK;
}
