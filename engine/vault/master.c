/* See master.h. */
#include "engine/vault/master.h"

#include "engine/base/text.h"
#include "engine/system/file.h"
#include "engine/system/random.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define DIGITS	  (2u * CIPHER_KEY_SIZE)
#define TEXT_SIZE (DIGITS + 1u) /* and the line's end */

static void folder_of(const char *path, char ret_folder[FILE_PATH_SIZE_MAX])
{
	const char *slash = strrchr(path, '/');
	size_t size = slash == NULL ? 0 : (size_t)(slash - path);

	ASSERT(size < FILE_PATH_SIZE_MAX);
	memcpy(ret_folder, path, size);
	ret_folder[size] = '\0';
	if (slash == path)
		memcpy(ret_folder, "/", 2);
	if (slash == NULL)
		memcpy(ret_folder, ".", 2);
}

enum result master_create(const char *path)
{
	struct cipher_key key;
	char text[TEXT_SIZE];
	char folder[FILE_PATH_SIZE_MAX];
	struct file file = FILE_NONE;
	enum result result = file_exists(path);

	if (result != RESULT_NOT_FOUND)
		return result == RESULT_OK ? RESULT_ALREADY_EXISTS : result;
	result = file_open(path, FILE_CREATE, &file);
	if (result != RESULT_OK)
		return result;
	random_bytes(key.bytes, sizeof(key.bytes));
	text_hex_encode(key.bytes, sizeof(key.bytes), text);
	text[DIGITS] = '\n';
	result = file_write(file, (struct file_span){0, sizeof(text)}, text);
	if (result == RESULT_OK)
		result = file_sync(file);
	file_close(&file);
	cipher_wipe(&key, sizeof(key));
	cipher_wipe(text, sizeof(text));
	folder_of(path, folder);
	return result == RESULT_OK ? file_sync_folder(folder) : result;
}

/* The path of a source; false: it has none. systemd's files are its own user's, in a folder that
 * nobody else may enter: their mode may show the group. */
static bool path_of(const char *source, const char *credentials,
		    char ret_path[FILE_PATH_SIZE_MAX], mode_t *ret_forbidden)
{
	size_t prefix = strlen(MASTER_CREDENTIAL);
	int size;

	*ret_forbidden = S_IRWXG | S_IRWXO;
	if (strncmp(source, MASTER_CREDENTIAL, prefix) == 0) {
		const char *name = source + prefix;

		*ret_forbidden = S_IRWXO | S_IWGRP;
		if (credentials == NULL || name[0] == '\0' || strchr(name, '/') != NULL)
			return false;
		return file_path(credentials, name, ret_path);
	}
	size = snprintf(ret_path, FILE_PATH_SIZE_MAX, "%s", source);
	return size > 0 && (size_t)size < FILE_PATH_SIZE_MAX;
}

enum result master_load(const char *source, const char *credentials, struct cipher_key *ret_key)
{
	char path[FILE_PATH_SIZE_MAX];
	char text[TEXT_SIZE + 1];
	struct file file = FILE_NONE;
	struct stat found;
	mode_t forbidden;
	uint64_t size = 0;
	enum result result;

	if (!path_of(source, credentials, path, &forbidden))
		return RESULT_CONFIG_INVALID;
	if (lstat(path, &found) != 0)
		return errno == ENOENT ? RESULT_NOT_FOUND : RESULT_IO_FAILED;
	if (!S_ISREG(found.st_mode) || (found.st_mode & forbidden) != 0)
		return RESULT_CONFIG_INVALID;
	result = file_open(path, FILE_READ, &file);
	if (result != RESULT_OK)
		return result;
	result = file_read(file, (struct file_span){0, sizeof(text)}, text, &size);
	file_close(&file);
	if (result == RESULT_OK &&
	    (size < DIGITS || size > TEXT_SIZE || (size == TEXT_SIZE && text[DIGITS] != '\n') ||
	     !text_hex_decode((struct slice){text, DIGITS}, ret_key->bytes, CIPHER_KEY_SIZE)))
		result = RESULT_CONFIG_INVALID;
	cipher_wipe(text, sizeof(text));
	return result;
}
