/* See key_file.h. */
#include "engine/vault/key_file.h"

#include "engine/base/crc32c.h"

#include <endian.h>
#include <string.h>

#define MAGIC	  "TITOLIVK"
#define HEAD_SIZE 32u
#define FILE_NAME "keys"
#define NEW_NAME  "keys.new"

static_assert(KEY_FILE_HEAD % KEY_FILE_SLOT_SIZE == 0, "a slot lies within one sector");
static_assert(512u % KEY_FILE_SLOT_SIZE == 0, "a slot lies within one sector");

static void head_encode(const uint8_t vault_id[ROW_VAULT_ID_SIZE], uint8_t ret_head[HEAD_SIZE])
{
	uint32_t version = htole32(ROW_VERSION);
	uint32_t checksum;

	memcpy(ret_head, MAGIC, 8);
	memcpy(ret_head + 8, &version, 4);
	memcpy(ret_head + 12, vault_id, ROW_VAULT_ID_SIZE);
	checksum = htole32(crc32c(ret_head, 28));
	memcpy(ret_head + 28, &checksum, 4);
}

static uint64_t slot_offset(uint32_t person)
{
	return KEY_FILE_HEAD + (uint64_t)person * KEY_FILE_SLOT_SIZE;
}

static enum result write_first(struct file file, const uint8_t vault_id[ROW_VAULT_ID_SIZE],
			       const struct row_half *first)
{
	uint8_t bytes[KEY_FILE_HEAD + KEY_FILE_SLOT_SIZE] = {0};
	enum result result;

	head_encode(vault_id, bytes);
	row_half_encode(first, bytes + KEY_FILE_HEAD);
	result = file_write(file, (struct file_span){0, sizeof(bytes)}, bytes);
	return result == RESULT_OK ? file_sync(file) : result;
}

enum result key_file_create(const char *folder, const uint8_t vault_id[ROW_VAULT_ID_SIZE],
			    const struct row_half *first)
{
	char path[FILE_PATH_SIZE_MAX];
	char new_path[FILE_PATH_SIZE_MAX];
	struct file file = FILE_NONE;
	enum result result;

	if (!file_path(folder, FILE_NAME, path) || !file_path(folder, NEW_NAME, new_path))
		return RESULT_CONFIG_INVALID;
	result = file_open(new_path, FILE_CREATE, &file);
	if (result != RESULT_OK)
		return result;
	result = write_first(file, vault_id, first);
	file_close(&file);
	if (result == RESULT_OK)
		result = file_rename(new_path, path);
	return result == RESULT_OK ? file_sync_folder(folder) : result;
}

static enum result read_head(struct key_file *keys)
{
	uint8_t head[HEAD_SIZE];
	uint8_t expected[HEAD_SIZE];
	uint64_t size = 0;
	enum result result =
	    file_read(keys->file, (struct file_span){0, sizeof(head)}, head, &size);

	if (result != RESULT_OK)
		return result;
	if (size != sizeof(head))
		return RESULT_STORE_CORRUPT;
	memcpy(keys->vault_id, head + 12, ROW_VAULT_ID_SIZE);
	head_encode(keys->vault_id, expected);
	if (memcmp(head, expected, sizeof(head)) != 0)
		return RESULT_STORE_CORRUPT;
	result = file_size(keys->file, &size);
	if (result != RESULT_OK)
		return result;
	if (size < KEY_FILE_HEAD + KEY_FILE_SLOT_SIZE)
		return RESULT_STORE_CORRUPT;
	size = (size - KEY_FILE_HEAD + KEY_FILE_SLOT_SIZE - 1) / KEY_FILE_SLOT_SIZE;
	if (size > KEY_FILE_PERSONS_MAX + 1u)
		return RESULT_STORE_CORRUPT;
	keys->slots = (uint32_t)size;
	return RESULT_OK;
}

enum result key_file_open(const char *folder, struct key_file *ret_keys)
{
	char path[FILE_PATH_SIZE_MAX];
	struct key_file keys = {.file = FILE_NONE};
	enum result result;

	if (!file_path(folder, FILE_NAME, path))
		return RESULT_CONFIG_INVALID;
	result = file_open(path, FILE_UPDATE, &keys.file);
	if (result != RESULT_OK)
		return result;
	result = read_head(&keys);
	if (result != RESULT_OK) {
		file_close(&keys.file);
		return result;
	}
	*ret_keys = keys;
	return RESULT_OK;
}

void key_file_close(struct key_file *keys)
{
	file_close(&keys->file);
}

enum result key_file_read(const struct key_file *keys, uint32_t person, struct key_slot *ret_slot)
{
	uint8_t bytes[KEY_FILE_SLOT_SIZE] = {0};
	uint64_t size = 0;
	bool is_good;
	enum result result = file_read(
	    keys->file, (struct file_span){slot_offset(person), sizeof(bytes)}, bytes, &size);

	if (result != RESULT_OK)
		return result;
	is_good = row_half_decode(bytes, &ret_slot->halves[0]) &&
		  row_half_decode(bytes + ROW_HALF_SIZE, &ret_slot->halves[1]);
	cipher_wipe(bytes, sizeof(bytes));
	return is_good ? RESULT_OK : RESULT_STORE_CORRUPT;
}

static void grow(struct key_file *keys, uint32_t person)
{
	if (person >= keys->slots)
		keys->slots = person + 1;
}

enum result key_file_write(struct key_file *keys, uint32_t person, uint32_t half,
			   const struct row_half *content)
{
	uint8_t bytes[ROW_HALF_SIZE];
	struct file_span span = {slot_offset(person) + (uint64_t)half * ROW_HALF_SIZE,
				 sizeof(bytes)};
	enum result result;

	ASSERT(person <= KEY_FILE_PERSONS_MAX && half <= 1);
	row_half_encode(content, bytes);
	result = file_write(keys->file, span, bytes);
	cipher_wipe(bytes, sizeof(bytes));
	if (result == RESULT_OK)
		grow(keys, person);
	return result;
}

enum result key_file_erase(struct key_file *keys, uint32_t person)
{
	const struct row_half erased = {.state = ROW_HALF_ERASED};
	uint8_t bytes[KEY_FILE_SLOT_SIZE];
	enum result result;

	ASSERT(person >= 1 && person <= KEY_FILE_PERSONS_MAX);
	row_half_encode(&erased, bytes);
	row_half_encode(&erased, bytes + ROW_HALF_SIZE);
	result = file_write(keys->file, (struct file_span){slot_offset(person), sizeof(bytes)},
			    bytes);
	if (result == RESULT_OK)
		grow(keys, person);
	return result;
}

enum result key_file_sync(const struct key_file *keys)
{
	return file_sync(keys->file);
}

int key_slot_live(const struct key_slot *slot)
{
	bool first = slot->halves[0].state == ROW_HALF_LIVE;
	bool second = slot->halves[1].state == ROW_HALF_LIVE;

	if (first && second)
		return slot->halves[1].key_version > slot->halves[0].key_version ? 1 : 0;
	if (!first && !second)
		return -1;
	return first ? 0 : 1;
}

bool key_slot_is_erased(const struct key_slot *slot)
{
	return slot->halves[0].state == ROW_HALF_ERASED || slot->halves[1].state == ROW_HALF_ERASED;
}
