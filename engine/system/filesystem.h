/* Which file systems may hold a ledger. A journal is worth what its fdatasync is worth, and LMDB
 * maps its file: network, memory and overlay file systems break one or the other. SOURCE
 * ARCHITECTURE section 3 rule 9. */
#ifndef ENGINE_SYSTEM_FILESYSTEM_H
#define ENGINE_SYSTEM_FILESYSTEM_H

#include "engine/base/result.h"

#define FILESYSTEM_NAME_SIZE_MAX 16u

/* Looks at the file system of a folder that exists. RESULT_OK;
 * RESULT_UNSAFE_FILESYSTEM: NFS, SMB, tmpfs, ramfs, overlay, FUSE, 9p and kin; RESULT_NOT_FOUND;
 * RESULT_IO_FAILED. *ret_name ("ext", "tmpfs", "other" …) is filled with OK and UNSAFE. */
MUST_CHECK enum result filesystem_check(const char *folder,
					char ret_name[FILESYSTEM_NAME_SIZE_MAX]);

#endif
