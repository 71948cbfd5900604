/* The manifest of a backup: which files it has, and what they must hold.
 *
 *	titoli-backup 1
 *	ledger <32 hexadecimal digits>
 *	sequence <last entry that the backup holds>
 *	store-sequence <last entry in its store>
 *	file <bytes> <SHA-256> <name>          one line for each file
 *	end <SHA-256 over all the lines above>
 *
 * Names are "store/data.mdb" or "journal/" and a segment's name; nothing else is accepted, so a
 * manifest from elsewhere cannot name a place outside the backup. */
#ifndef ENGINE_LEDGER_MANIFEST_H
#define ENGINE_LEDGER_MANIFEST_H

#include "engine/base/assert.h"
#include "engine/base/result.h"

#include <stdbool.h>
#include <stdint.h>

#define MANIFEST_FILE_NAME      "manifest"
#define MANIFEST_STORE_NAME     "store/data.mdb"
#define MANIFEST_JOURNAL_FOLDER "journal"
#define MANIFEST_STORE_FOLDER   "store"
#define MANIFEST_NAME_SIZE_MAX  48u /* bytes with the NUL */
#define MANIFEST_FILES_MAX      65537u
#define MANIFEST_HASH_SIZE      32u

struct manifest_file {
	uint64_t size; /* bytes */
	uint8_t hash[MANIFEST_HASH_SIZE];
	char name[MANIFEST_NAME_SIZE_MAX];
};

struct manifest {
	uint8_t ledger_id[16];
	uint64_t sequence;
	uint64_t store_sequence;
	uint32_t count;
	struct manifest_file *files; /* room for MANIFEST_FILES_MAX */
};

/* RESULT_OK; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result manifest_init(struct manifest *manifest);
void manifest_deinit(struct manifest *manifest);

/* A new file in the list, its name a folder and a name in it. False: too many, or too long. */
MUST_CHECK bool manifest_add(struct manifest *manifest, const char *folder, const char *name,
    struct manifest_file **ret_file);

/* Writes it into a folder, durably, under its name only when it is whole; *ret_hash is that of
 * the file. RESULT_OK; RESULT_IO_FAILED; RESULT_DISK_NEARLY_FULL; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result manifest_write(const struct manifest *manifest, const char *folder,
    uint8_t ret_hash[MANIFEST_HASH_SIZE]);

/* Reads it from a folder. RESULT_OK; RESULT_NOT_FOUND: no backup; RESULT_CHECK_FAILED: not a
 * manifest, or damaged; RESULT_IO_FAILED; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result manifest_read(const char *folder, struct manifest *manifest,
    uint8_t ret_hash[MANIFEST_HASH_SIZE]);

#endif
