/* See filesystem.h. */
#include "engine/system/filesystem.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/vfs.h>

struct filesystem_kind {
	const char *name;
	uint32_t magic; /* linux/magic.h */
	bool safe;
};

/* clang-format off */
static const struct filesystem_kind filesystem_kinds[] = {
	{"ext", 0xEF53, true},
	{"xfs", 0x58465342, true},
	{"btrfs", 0x9123683E, true},
	{"zfs", 0x2FC12FC1, true},
	{"f2fs", 0xF2F52010, true},
	{"nfs", 0x6969, false},
	{"smb", 0x517B, false},
	{"cifs", 0xFF534D42, false},
	{"smb2", 0xFE534D42, false},
	{"tmpfs", 0x01021994, false},
	{"ramfs", 0x858458F6, false},
	{"overlay", 0x794C7630, false},
	{"fuse", 0x65735546, false},
	{"9p", 0x01021997, false},
	{"ceph", 0x00C36400, false},
	{"afs", 0x5346414F, false},
	{"vboxsf", 0x786F4256, false},
};
/* clang-format on */

enum result filesystem_check(const char *folder, char ret_name[FILESYSTEM_NAME_SIZE_MAX])
{
	const struct filesystem_kind *kind = NULL;
	struct statfs found;

	ASSERT(folder != NULL);
	if (statfs(folder, &found) != 0)
		return errno == ENOENT || errno == ENOTDIR ? RESULT_NOT_FOUND : RESULT_IO_FAILED;
	for (size_t i = 0; i < sizeof(filesystem_kinds) / sizeof(filesystem_kinds[0]); i++)
		if (filesystem_kinds[i].magic == (uint32_t)found.f_type)
			kind = &filesystem_kinds[i];
	(void)snprintf(ret_name, FILESYSTEM_NAME_SIZE_MAX, "%s",
		       kind == NULL ? "other" : kind->name);
	return kind == NULL || kind->safe ? RESULT_OK : RESULT_UNSAFE_FILESYSTEM;
}
