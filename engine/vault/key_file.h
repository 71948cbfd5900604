/* The file of keys: one slot per person, at a fixed place, overwritten where it lies.
 *
 *   offset 0       "TITOLIVK", u32 version, vault id 16, u32 CRC-32C of these
 *   offset 4096    slot 0: the key of the blind index; slot n: the key of person n
 *   slot           two halves of ROW_HALF_SIZE bytes: see struct row_half
 *
 * A slot lies within one sector, so that a half is written whole or not at all. Between rotations
 * one half is live. In a rotation the other one takes the new key first, then the rows follow it,
 * and only then is the old half overwritten: at no instant is there data without its key. An erased
 * slot stays erased for good.
 *
 * It is a file of its own, beside LMDB and not in it, because LMDB writes copies of what it
 * changes and leaves the old ones in free pages: a key deleted there can be read for a long time
 * after. What a file system or a disk copies by itself (snapshots, worn cells) is outside of what
 * it promises.
 */
#ifndef ENGINE_VAULT_KEY_FILE_H
#define ENGINE_VAULT_KEY_FILE_H

#include "engine/system/file.h"
#include "engine/vault/row.h"

#define KEY_FILE_PERSONS_MAX 16000000u
#define KEY_FILE_HEAD	     4096u
#define KEY_FILE_SLOT_SIZE   (2u * ROW_HALF_SIZE)

struct key_file {
	struct file file;
	uint8_t vault_id[ROW_VAULT_ID_SIZE];
	uint32_t slots; /* that the file has room for: one more than the highest person */
};

struct key_slot {
	struct row_half halves[2];
};

/* Makes the file, with slot 0 as given, durable with its name. RESULT_OK; faults of file.h. */
MUST_CHECK enum result key_file_create(const char *folder,
				       const uint8_t vault_id[ROW_VAULT_ID_SIZE],
				       const struct row_half *first);

/* RESULT_OK; RESULT_NOT_FOUND; RESULT_STORE_CORRUPT: not such a file; RESULT_IO_FAILED. */
MUST_CHECK enum result key_file_open(const char *folder, struct key_file *ret_keys);
void key_file_close(struct key_file *keys);

/* Slots beyond the end are empty. RESULT_OK; RESULT_STORE_CORRUPT: a half is damaged;
 * RESULT_IO_FAILED. */
MUST_CHECK enum result key_file_read(const struct key_file *keys, uint32_t person,
				     struct key_slot *ret_slot);

/* Overwrites one half; durable after key_file_sync. Results as file_write. */
MUST_CHECK enum result key_file_write(struct key_file *keys, uint32_t person, uint32_t half,
				      const struct row_half *content);
/* Overwrites both halves: no key stands here any more, nor ever will. Then as key_file_write. */
MUST_CHECK enum result key_file_erase(struct key_file *keys, uint32_t person);
MUST_CHECK enum result key_file_sync(const struct key_file *keys);

/* The live half with the highest version, -1: there is none. */
int key_slot_live(const struct key_slot *slot);
bool key_slot_is_erased(const struct key_slot *slot);

#endif
