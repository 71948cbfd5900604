/* Delivery into a folder: see folder.h. */
#include "connectors/delivery/folder.h"

#include "engine/base/assert.h"
#include "engine/system/file.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define COMPARE_SIZE 4096u

void folder_hash(struct slice bytes, uint8_t ret_hash[FOLDER_HASH_SIZE])
{
	unsigned size = 0;
	int good = EVP_Digest(bytes.data, bytes.size, ret_hash, &size, EVP_sha256(), NULL);
	ASSERT(good == 1); /* SHA-256 over memory cannot fail */
	ASSERT(size == FOLDER_HASH_SIZE);
}

enum result folder_make(const char *folder)
{
	return file_make_folder(folder);
}

/* RESULT_OK: the same bytes; RESULT_ALREADY_EXISTS: others. */
static enum result compare(struct file file, struct slice bytes)
{
	uint64_t size = 0;
	char part[COMPARE_SIZE];
	enum result result = file_size(file, &size);
	if (result == RESULT_OK && size != bytes.size)
		result = RESULT_ALREADY_EXISTS;
	for (uint64_t at = 0; result == RESULT_OK && at < bytes.size; at += sizeof(part)) {
		uint64_t left = bytes.size - at;
		uint64_t wanted = left < sizeof(part) ? left : sizeof(part);
		uint64_t got = 0;
		result = file_read(file, (struct file_span){at, wanted}, part, &got);
		if (result == RESULT_OK &&
		    (got != wanted || memcmp(part, bytes.data + at, wanted) != 0))
			result = RESULT_ALREADY_EXISTS;
	}
	return result;
}

static enum result compare_with(const char *path, struct slice bytes)
{
	struct file file = FILE_NONE;
	enum result result = file_open(path, FILE_READ, &file);
	if (result == RESULT_OK)
		result = compare(file, bytes);
	file_close(&file);
	return result;
}

static enum result write_whole(const char *path, struct slice bytes)
{
	struct file file = FILE_NONE;
	enum result result = file_open(path, FILE_CREATE, &file);
	if (result == RESULT_OK)
		result = file_write(file, (struct file_span){0, bytes.size}, bytes.data);
	if (result == RESULT_OK)
		result = file_sync(file);
	file_close(&file);
	return result;
}

enum result folder_deliver(const char *folder, const char *name, struct slice bytes)
{
	ASSERT(folder != NULL && name != NULL);
	char path[FILE_PATH_SIZE_MAX];
	char temporary[FILE_PATH_SIZE_MAX];
	char hidden[FILE_NAME_SIZE_MAX];
	/* Two who deliver the same file at once write each their own. */
	int size = snprintf(hidden, sizeof(hidden), ".%s.%ld.part", name, (long)getpid());
	if (size < 0 || (size_t)size >= sizeof(hidden) || strchr(name, '/') != NULL ||
	    name[0] == '.' || name[0] == '\0')
		return RESULT_FIELD_INVALID;
	if (!file_path(folder, name, path) || !file_path(folder, hidden, temporary))
		return RESULT_FIELD_INVALID;
	enum result result = compare_with(path, bytes);
	if (result != RESULT_NOT_FOUND)
		return result;
	result = write_whole(temporary, bytes);
	if (result == RESULT_OK)
		result = file_rename(temporary, path);
	if (result == RESULT_OK)
		return file_sync_folder(folder);
	if (file_remove(temporary) != RESULT_OK)
		return RESULT_IO_FAILED;
	return result;
}
