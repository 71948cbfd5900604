/* Delivery into a folder: a file appears under its name whole or not at all, and stays there after
 * a power cut: temporary file, sync, rename, sync of the folder. Delivering the same bytes under
 * the same name again is nothing new. */
#ifndef CONNECTORS_DELIVERY_FOLDER_H
#define CONNECTORS_DELIVERY_FOLDER_H

#include "engine/base/assert.h"
#include "engine/base/result.h"
#include "engine/base/slice.h"

#define FOLDER_HASH_SIZE 32u /* SHA-256 */

/* Makes the folder where it is missing (its parent must exist). RESULT_OK, RESULT_IO_FAILED. */
MUST_CHECK enum result folder_make(const char *folder);

/* Delivers the bytes. RESULT_OK, also where the file was there with these very bytes;
 * RESULT_ALREADY_EXISTS: it is there with others, which are left alone; RESULT_IO_FAILED;
 * RESULT_DISK_NEARLY_FULL; RESULT_FIELD_INVALID: the name is a path, or too long. */
MUST_CHECK enum result folder_deliver(const char *folder, const char *name, struct slice bytes);

/* Many files into one folder, synced together: each appears whole or not at all, in the order in
 * which they were added, and all are there after a power cut once the group was committed.
 *
 *   folder_group_open(&group, folder)
 *   folder_group_add(&group, name, bytes)    again and again; commits what fills the group
 *   folder_group_commit(&group)
 *   folder_group_close(&group)               whatever came before */
struct folder_group {
	const char *folder; /* borrowed */
	struct folder_name *names;
	uint64_t *hashes; /* of the names */
	uint32_t count;
};

/* RESULT_OK, RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result folder_group_open(struct folder_group *group, const char *folder);

/* Results as folder_deliver(); a name that was added before is compared with what was. */
MUST_CHECK enum result folder_group_add(struct folder_group *group, const char *name,
					struct slice bytes);

/* RESULT_OK; RESULT_IO_FAILED: of the group's last files some may not be there; add them again. */
MUST_CHECK enum result folder_group_commit(struct folder_group *group);

/* Takes away what was not committed. */
void folder_group_close(struct folder_group *group);

/* SHA-256 of bytes. */
void folder_hash(struct slice bytes, uint8_t ret_hash[FOLDER_HASH_SIZE]);

#endif
