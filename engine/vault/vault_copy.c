/* Copies of the vault, and a vault out of them. See vault.h.
 *
 * Data and keys are copied under the lock, so that they belong together. The copy of the data has
 * no free pages. A restored folder takes the list of erasures of the keys' copy with it; the
 * opening adds what the list beside the copies has more. */
#include "engine/vault/vault_inside.h"

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
