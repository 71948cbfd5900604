/* Delivery into a folder: see folder.h. */
#include "connectors/delivery/folder.h"

#include "engine/base/assert.h"
#include "engine/system/file.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMPARE_SIZE 4096u
#define GROUP_MAX    4096u /* files that wait for one sync */

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

static enum result write_whole(const char *path, struct slice bytes, bool is_synced)
{
	struct file file = FILE_NONE;
	enum result result = file_open(path, FILE_CREATE, &file);
	if (result == RESULT_OK)
		result = file_write(file, (struct file_span){0, bytes.size}, bytes.data);
	if (result == RESULT_OK && is_synced)
		result = file_sync(file);
	file_close(&file);
	return result;
}

/* Where a file goes, and where it stands until it is whole. Two who deliver the same file at once
 * write each their own. False: the name is a path, or too long. */
struct places {
	char final[FILE_PATH_SIZE_MAX];
	char temporary[FILE_PATH_SIZE_MAX];
};

static bool find_places(const char *folder, const char *name, struct places *ret_places)
{
	char hidden[FILE_NAME_SIZE_MAX];
	int size = snprintf(hidden, sizeof(hidden), ".%s.%ld.part", name, (long)getpid());
	return size > 0 && (size_t)size < sizeof(hidden) && strchr(name, '/') == NULL &&
	       name[0] != '.' && name[0] != '\0' && file_path(folder, name, ret_places->final) &&
	       file_path(folder, hidden, ret_places->temporary);
}

enum result folder_deliver(const char *folder, const char *name, struct slice bytes)
{
	ASSERT(folder != NULL && name != NULL);
	struct places places;
	if (!find_places(folder, name, &places))
		return RESULT_FIELD_INVALID;
	enum result result = compare_with(places.final, bytes);
	if (result != RESULT_NOT_FOUND)
		return result;
	result = write_whole(places.temporary, bytes, true);
	if (result == RESULT_OK)
		result = file_rename(places.temporary, places.final);
	if (result == RESULT_OK)
		return file_sync_folder(folder);
	if (file_remove(places.temporary) != RESULT_OK)
		return RESULT_IO_FAILED;
	return result;
}

/* ---- Groups ---- */

struct folder_name {
	char text[FILE_NAME_SIZE_MAX];
};

enum result folder_group_open(struct folder_group *group, const char *folder)
{
	ASSERT(group != NULL && folder != NULL);
	*group = (struct folder_group){.folder = folder};
	group->names = calloc(GROUP_MAX, sizeof(group->names[0]));
	group->hashes = calloc(GROUP_MAX, sizeof(group->hashes[0]));
	if (group->names != NULL && group->hashes != NULL)
		return RESULT_OK;
	folder_group_close(group);
	return RESULT_OUT_OF_MEMORY;
}

static uint64_t hash_of(const char *name)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a */
	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * 1099511628211u;
	return hash;
}

static bool is_pending(const struct folder_group *group, const char *name, uint64_t hash)
{
	for (uint32_t i = 0; i < group->count; i++)
		if (group->hashes[i] == hash && strcmp(group->names[i].text, name) == 0)
			return true;
	return false;
}

enum result folder_group_add(struct folder_group *group, const char *name, struct slice bytes)
{
	ASSERT(group != NULL && group->names != NULL && name != NULL);
	struct places places;
	uint64_t hash = hash_of(name);
	enum result result = RESULT_OK;
	if (!find_places(group->folder, name, &places))
		return RESULT_FIELD_INVALID;
	if (group->count == GROUP_MAX || is_pending(group, name, hash))
		result = folder_group_commit(group);
	if (result != RESULT_OK)
		return result;
	result = compare_with(places.final, bytes);
	if (result != RESULT_NOT_FOUND)
		return result;
	result = write_whole(places.temporary, bytes, false);
	if (result != RESULT_OK) {
		enum result removed = file_remove(places.temporary);
		return removed == RESULT_OK ? result : removed;
	}
	snprintf(group->names[group->count].text, sizeof(group->names[0].text), "%s", name);
	group->hashes[group->count++] = hash;
	return RESULT_OK;
}

enum result folder_group_commit(struct folder_group *group)
{
	ASSERT(group != NULL && group->names != NULL);
	struct places places;
	if (group->count == 0)
		return RESULT_OK;
	enum result result = file_sync_all(group->folder);
	for (uint32_t i = 0; i < group->count && result == RESULT_OK; i++) {
		bool is_good = find_places(group->folder, group->names[i].text, &places);
		ASSERT(is_good); /* it was, when it was added */
		result = file_rename(places.temporary, places.final);
	}
	if (result == RESULT_OK)
		result = file_sync_folder(group->folder);
	if (result == RESULT_OK)
		group->count = 0;
	return result;
}

void folder_group_close(struct folder_group *group)
{
	struct places places;
	if (group == NULL)
		return;
	for (uint32_t i = 0; i < group->count; i++)
		if (!find_places(group->folder, group->names[i].text, &places) ||
		    file_remove(places.temporary) != RESULT_OK)
			continue; /* what stays is hidden, and of this process alone */
	free(group->names);
	free(group->hashes);
	*group = (struct folder_group){.folder = NULL};
}
