/* Copies of the vault, and a vault out of them. See vault.h.
 *
 * Data and keys are copied under the lock, so that they belong together. The copy of the data has
 * no free pages. A restored folder takes the list of erasures of the keys' copy with it; the
 * opening adds what the list beside the copies has more. */
#include "engine/vault/vault_inside.h"

#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

#define PIECE_SIZE (64u * 1024u)
#define DATA_NAME  "data.mdb"
#define KEYS_NAME  "keys"

static enum result copy_bytes(struct file from, struct file to)
{
	uint8_t *piece = malloc(PIECE_SIZE);
	enum result result = piece == NULL ? RESULT_OUT_OF_MEMORY : RESULT_OK;
	uint64_t offset = 0;
	uint64_t size = PIECE_SIZE;

	while (result == RESULT_OK && size == PIECE_SIZE) {
		result = file_read(from, (struct file_span){offset, PIECE_SIZE}, piece, &size);
		if (result == RESULT_OK && size > 0)
			result = file_write(to, (struct file_span){offset, size}, piece);
		offset += size;
	}
	if (piece != NULL)
		cipher_wipe(piece, PIECE_SIZE);
	free(piece);
	return result == RESULT_OK ? file_sync(to) : result;
}

static enum result copy_file(const char *name, const char *from_folder, const char *to_folder)
{
	char from_path[FILE_PATH_SIZE_MAX];
	char to_path[FILE_PATH_SIZE_MAX];
	struct file from = FILE_NONE;
	struct file to = FILE_NONE;
	enum result result;

	if (!file_path(from_folder, name, from_path) || !file_path(to_folder, name, to_path))
		return RESULT_CONFIG_INVALID;
	result = file_open(from_path, FILE_READ, &from);
	if (result == RESULT_OK)
		result = file_open(to_path, FILE_CREATE, &to);
	if (result == RESULT_OK)
		result = copy_bytes(from, to);
	file_close(&from);
	file_close(&to);
	return result;
}

static enum result copy(struct vault *vault, const char *data_folder, const char *keys_folder)
{
	enum result result = tables_copy(vault->tables, data_folder);

	if (result == RESULT_OK)
		result = file_sync_all(data_folder);
	if (result == RESULT_OK)
		result = copy_file(KEYS_NAME, vault->folder, keys_folder);
	if (result == RESULT_OK)
		result = copy_file(VAULT_ERASURES_NAME, vault->folder, keys_folder);
	if (result == RESULT_OK)
		result = file_sync_folder(keys_folder);
	return result == RESULT_OK ? file_sync_folder(data_folder) : result;
}

enum result vault_copy(struct vault *vault, const char *data_folder, const char *keys_folder)
{
	enum result result = vault_enter(vault);

	return result == RESULT_OK ? vault_leave(vault, copy(vault, data_folder, keys_folder))
				   : result;
}

/* ---- A copy of the keys a day ---- */

#define KEY_COPY_PREFIX	   "keys-"
#define KEY_COPY_NEW	   "keys.new"
#define KEY_COPY_NAME_SIZE (sizeof(KEY_COPY_PREFIX) + DAY_TEXT_SIZE)
#define KEY_COPIES_AT_ONCE 64u
#define US_PER_DAY	   INT64_C(86400000000)

/* Copies that are due to go. */
struct old_copies {
	struct day today;
	uint32_t count;
	struct day days[KEY_COPIES_AT_ONCE];
};

static void key_copy_name(struct day day, char ret_name[KEY_COPY_NAME_SIZE])
{
	memcpy(ret_name, KEY_COPY_PREFIX, sizeof(KEY_COPY_PREFIX) - 1);
	day_format(day, ret_name + sizeof(KEY_COPY_PREFIX) - 1);
	ret_name[KEY_COPY_NAME_SIZE - 1] = '\0';
}

static bool see_copy(void *context, const char *name)
{
	struct old_copies *old = context;
	size_t prefix = sizeof(KEY_COPY_PREFIX) - 1;
	struct day day;

	if (strncmp(name, KEY_COPY_PREFIX, prefix) == 0 &&
	    day_parse(slice_from_text(name + prefix), &day) &&
	    day.number + VAULT_KEY_COPIES_DAYS < old->today.number)
		old->days[old->count++] = day;
	return old->count < KEY_COPIES_AT_ONCE;
}

/* Overwritten and synced before its name goes. */
static enum result destroy_copy(const char *folder, struct day day)
{
	char name[KEY_COPY_NAME_SIZE];
	char path[FILE_PATH_SIZE_MAX];
	struct file file = FILE_NONE;
	static const uint8_t zeros[4096];
	uint64_t size = 0;
	enum result result;

	key_copy_name(day, name);
	if (!file_path(folder, name, path))
		return RESULT_CONFIG_INVALID;
	result = file_open(path, FILE_UPDATE, &file);
	if (result == RESULT_OK)
		result = file_size(file, &size);
	for (uint64_t at = 0; result == RESULT_OK && at < size; at += sizeof(zeros)) {
		uint64_t left = size - at;

		result = file_write(
		    file, (struct file_span){at, left < sizeof(zeros) ? left : sizeof(zeros)},
		    zeros);
	}
	if (result == RESULT_OK)
		result = file_sync(file);
	file_close(&file);
	return result == RESULT_OK ? file_remove(path) : result;
}

static enum result destroy_old(const char *folder, struct day today)
{
	struct old_copies old = {.today = today};
	enum result result = file_list(folder, see_copy, &old);

	for (uint32_t i = 0; i < old.count && result == RESULT_OK; i++)
		result = destroy_copy(folder, old.days[i]);
	return result;
}

static enum result copy_keys(const struct vault *vault, struct day day)
{
	char name[KEY_COPY_NAME_SIZE];
	char path[FILE_PATH_SIZE_MAX];
	char path_new[FILE_PATH_SIZE_MAX];
	struct file file = FILE_NONE;
	enum result result;

	key_copy_name(day, name);
	if (!file_path(vault->copies_folder, name, path) ||
	    !file_path(vault->copies_folder, KEY_COPY_NEW, path_new))
		return RESULT_CONFIG_INVALID;
	result = file_exists(path);
	if (result != RESULT_NOT_FOUND)
		return result;
	result = file_remove(path_new); /* of a kill */
	if (result == RESULT_OK)
		result = file_open(path_new, FILE_CREATE, &file);
	if (result == RESULT_OK)
		result = copy_bytes(vault->keys.file, file);
	file_close(&file);
	return result == RESULT_OK ? file_rename(path_new, path) : result;
}

enum result vault_keep_keys(struct vault *vault, struct instant at)
{
	struct day today = {(int32_t)(at.us / US_PER_DAY)};
	enum result entered = vault_enter(vault);
	enum result result = RESULT_OK;

	if (entered != RESULT_OK)
		return entered;
	if (vault->copies_folder[0] != '\0' && today.number != vault->key_copy.number &&
	    day_is_valid(today)) {
		result = copy_keys(vault, today);
		if (result == RESULT_OK)
			result = destroy_old(vault->copies_folder, today);
		if (result == RESULT_OK)
			result = file_sync_folder(vault->copies_folder);
		if (result == RESULT_OK)
			vault->key_copy = today;
	}
	entered = vault_leave(vault, RESULT_OK);
	return entered == RESULT_OK ? result : entered;
}

enum result vault_restore(const char *data_folder, const char *keys_folder, const char *folder)
{
	char path[FILE_PATH_SIZE_MAX];
	enum result result;

	if (!file_path(folder, KEYS_NAME, path))
		return RESULT_CONFIG_INVALID;
	result = file_exists(path);
	if (result != RESULT_NOT_FOUND)
		return result == RESULT_OK ? RESULT_FOLDER_NOT_EMPTY : result;
	result = file_make_folder(folder);
	if (result == RESULT_OK)
		result = copy_file(DATA_NAME, data_folder, folder);
	if (result == RESULT_OK)
		result = copy_file(VAULT_ERASURES_NAME, keys_folder, folder);
	if (result == RESULT_OK)
		result = copy_file(KEYS_NAME, keys_folder, folder);
	return result == RESULT_OK ? file_sync_folder(folder) : result;
}
