/* Backup and restore: see backup.h and manifest.h.
 *
 * The store is copied first and the journal after it, up to what is durable then: so the journal
 * of a backup always reaches at least as far as its store. Sealed segments are copied whole; of
 * the open one the batches up to that sequence, the rest as zeros, which is how a journal
 * ends. */
#include "engine/ledger/backup.h"

#include "engine/base/limits.h"
#include "engine/ledger/batch.h"
#include "engine/ledger/log_scan.h"
#include "engine/ledger/manifest.h"
#include "engine/ledger/segment.h"
#include "engine/ledger/shared_log.h"
#include "engine/ledger/store.h"
#include "engine/system/file.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE (1u << 20) /* bytes copied at a time */

static enum result fault(struct backup_report *report, enum result result, const char *text)
{
	report->fault = text;
	return result;
}

/* ---- Copying one file ---- */

/* From where to where; `size` bytes are copied, then zeros up to `file_size`. */
struct copy {
	const char *source;
	const char *target;
	uint64_t size;
	uint64_t file_size;
};

static enum result copy_bytes(const struct copy *copy, struct file source, struct file target,
    uint8_t *chunk, EVP_MD_CTX *hash)
{
	uint64_t at = 0;
	while (at < copy->file_size) {
		uint64_t left = copy->file_size - at;
		uint64_t size = left < CHUNK_SIZE ? left : CHUNK_SIZE;
		struct file_span span = {.offset = at, .size = size};
		uint64_t wanted = at < copy->size ? copy->size - at : 0;
		uint64_t found = 0;
		if (wanted > span.size)
			wanted = span.size;
		memset(chunk, 0, (size_t)span.size);
		struct file_span part = {.offset = at, .size = wanted};
		enum result result =
		    wanted == 0 ? RESULT_OK : file_read(source, part, chunk, &found);
		if (result == RESULT_OK && found != wanted)
			result = RESULT_CHECK_FAILED; /* the file is shorter than it should be */
		if (result == RESULT_OK)
			result = file_write(target, span, chunk);
		if (result != RESULT_OK)
			return result;
		if (EVP_DigestUpdate(hash, chunk, (size_t)span.size) != 1)
			return RESULT_OUT_OF_MEMORY;
		at += span.size;
	}
	return RESULT_OK;
}

/* Copies durably (but for the folder) and tells the SHA-256 of what was written. */
static enum result copy_file(const struct copy *copy, uint8_t ret_hash[MANIFEST_HASH_SIZE])
{
	struct file source = FILE_NONE;
	struct file target = FILE_NONE;
	uint8_t *chunk = malloc(CHUNK_SIZE);
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	enum result result = RESULT_OUT_OF_MEMORY;
	if (chunk != NULL && hash != NULL && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1)
		result = file_open(copy->source, FILE_READ, &source);
	if (result == RESULT_OK)
		result = file_open(copy->target, FILE_CREATE, &target);
	if (result == RESULT_OK)
		result = copy_bytes(copy, source, target, chunk, hash);
	if (result == RESULT_OK)
		result = file_sync(target);
	if (result == RESULT_OK && EVP_DigestFinal_ex(hash, ret_hash, NULL) != 1)
		result = RESULT_OUT_OF_MEMORY;
	file_close(&target);
	file_close(&source);
	EVP_MD_CTX_free(hash);
	free(chunk);
	return result;
}

/* The SHA-256 of a file as it lies. */
static enum result hash_file(const char *path, uint8_t ret_hash[MANIFEST_HASH_SIZE])
{
	struct file file = FILE_NONE;
	uint8_t *chunk = malloc(CHUNK_SIZE);
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	enum result result = RESULT_OUT_OF_MEMORY;
	if (chunk != NULL && hash != NULL && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1)
		result = file_open(path, FILE_READ, &file);
	struct file_span span = {.size = CHUNK_SIZE};
	uint64_t found = CHUNK_SIZE;
	while (result == RESULT_OK && found == CHUNK_SIZE) {
		result = file_read(file, span, chunk, &found);
		if (result == RESULT_OK && EVP_DigestUpdate(hash, chunk, (size_t)found) != 1)
			result = RESULT_OUT_OF_MEMORY;
		span.offset += found;
	}
	if (result == RESULT_OK && EVP_DigestFinal_ex(hash, ret_hash, NULL) != 1)
		result = RESULT_OUT_OF_MEMORY;
	file_close(&file);
	EVP_MD_CTX_free(hash);
	free(chunk);
	return result;
}

static enum result size_of(const char *path, uint64_t *ret_size)
{
	struct file file = FILE_NONE;
	enum result result = file_open(path, FILE_READ, &file);
	if (result == RESULT_OK)
		result = file_size(file, ret_size);
	file_close(&file);
	return result;
}

/* ---- Folders ---- */

static bool note_name(void *context, const char *name)
{
	bool *has_any = context;
	(void)name;
	*has_any = true;
	return false;
}

/* Makes a folder, which must be new or empty. */
static enum result make_target(const char *path)
{
	bool has_any = false;
	enum result result = file_make_folder(path);
	if (result == RESULT_OK)
		result = file_list(path, note_name, &has_any);
	if (result != RESULT_OK)
		return result;
	return has_any ? RESULT_FOLDER_NOT_EMPTY : RESULT_OK;
}

/* Makes `target`, `target`/store and `target`/journal. */
static enum result make_folders(const char *target)
{
	char path[FILE_PATH_SIZE_MAX];
	enum result result = make_target(target);
	if (result != RESULT_OK)
		return result;
	if (!file_path(target, MANIFEST_STORE_FOLDER, path))
		return RESULT_IO_FAILED;
	result = file_make_folder(path);
	if (result != RESULT_OK)
		return result;
	if (!file_path(target, MANIFEST_JOURNAL_FOLDER, path))
		return RESULT_IO_FAILED;
	return file_make_folder(path);
}

static enum result sync_folders(const char *target)
{
	char path[FILE_PATH_SIZE_MAX];
	if (!file_path(target, MANIFEST_STORE_FOLDER, path))
		return RESULT_IO_FAILED;
	enum result result = file_sync_folder(path);
	if (result == RESULT_OK && !file_path(target, MANIFEST_JOURNAL_FOLDER, path))
		return RESULT_IO_FAILED;
	if (result == RESULT_OK)
		result = file_sync_folder(path);
	return result == RESULT_OK ? file_sync_folder(target) : result;
}

/* ---- The journal ---- */

/* What is at work during a backup. */
struct backup {
	const struct backup_config *config;
	struct backup_report *report;
	struct manifest manifest;
	struct log_segments segments;
	uint64_t sequence; /* copy up to here */
};

/* Reads the head of the batch at an offset. False: there is none, or it is past the sequence. */
static bool next_batch(struct backup *backup, struct file file, uint64_t offset, uint32_t index,
    uint64_t *ret_size)
{
	uint8_t sector[SEGMENT_SECTOR_SIZE];
	uint64_t found = 0;
	struct file_span span = {.offset = offset, .size = sizeof(sector)};
	struct batch batch;
	if (file_read(file, span, sector, &found) != RESULT_OK || found != sizeof(sector))
		return false;
	if (segment_sector_state(sector, segment_tag(index)) != SEGMENT_SECTOR_WRITTEN)
		return false;
	/* A batch's head lies within its first sector, after the tag. */
	if (batch_open_head(sector + 1, &batch) != RESULT_OK)
		return false;
	if (batch.head.first_sequence > backup->sequence)
		return false;
	*ret_size = (uint64_t)segment_sectors(BATCH_HEADER_SIZE + batch.payload_size) *
		    SEGMENT_SECTOR_SIZE;
	return true;
}

/* Where in the last segment the batch that holds `sequence` ends. */
static enum result durable_size(struct backup *backup, const char *path, uint64_t *ret_size)
{
	struct file file = FILE_NONE;
	enum result result = file_open(path, FILE_READ, &file);
	if (result != RESULT_OK)
		return result;
	uint64_t offset = SEGMENT_SECTOR_SIZE;
	uint64_t size = 0;
	uint32_t index = 0;
	while (next_batch(backup, file, offset, index, &size)) {
		offset += size;
		index++;
	}
	file_close(&file);
	*ret_size = offset;
	return RESULT_OK;
}

static enum result copy_segment(struct backup *backup, uint32_t index)
{
	const char *folder = backup->config->journal_folder;
	char name[SEGMENT_NAME_SIZE];
	char source[FILE_PATH_SIZE_MAX];
	char target[FILE_PATH_SIZE_MAX];
	struct manifest_file *file = NULL;
	segment_name(backup->segments.first_sequences[index], name);
	if (!manifest_add(&backup->manifest, MANIFEST_JOURNAL_FOLDER, name, &file) ||
	    !file_path(folder, name, source) ||
	    !file_path(backup->config->target, file->name, target))
		return RESULT_IO_FAILED;
	struct copy copy = {.source = source, .target = target};
	enum result result = size_of(source, &copy.file_size);
	copy.size = copy.file_size;
	bool is_last = index + 1 == backup->segments.count ||
		       backup->segments.first_sequences[index + 1] > backup->sequence;
	if (result == RESULT_OK && is_last)
		result = durable_size(backup, source, &copy.size);
	if (result != RESULT_OK)
		return result;
	if (copy.size > copy.file_size)
		return RESULT_JOURNAL_CORRUPT;
	file->size = copy.file_size;
	backup->report->bytes += file->size;
	return copy_file(&copy, file->hash);
}

static enum result copy_journal(struct backup *backup)
{
	enum result result = log_scan_list(backup->config->journal_folder, &backup->segments);
	if (result != RESULT_OK)
		return result == RESULT_NOT_FOUND ? RESULT_IO_FAILED : result;
	for (uint32_t i = 0; i < backup->segments.count && result == RESULT_OK; i++) {
		if (i > 0 && backup->segments.first_sequences[i] > backup->sequence)
			break;
		result = copy_segment(backup, i);
	}
	return result;
}

static enum result copy_store(struct backup *backup)
{
	char folder[FILE_PATH_SIZE_MAX];
	char path[FILE_PATH_SIZE_MAX];
	struct manifest_file *file = NULL;
	struct store_meta meta;
	if (!file_path(backup->config->target, MANIFEST_STORE_FOLDER, folder) ||
	    !file_path(backup->config->target, MANIFEST_STORE_NAME, path) ||
	    !manifest_add(&backup->manifest, MANIFEST_STORE_FOLDER, "data.mdb", &file))
		return RESULT_IO_FAILED;
	enum result result = store_copy(backup->config->store, folder, &meta);
	if (result == RESULT_OK)
		result = size_of(path, &file->size);
	if (result != RESULT_OK)
		return result;
	backup->report->bytes += file->size;
	backup->manifest.store_sequence = meta.sequence;
	memcpy(backup->manifest.ledger_id, meta.ledger_id, sizeof(meta.ledger_id));
	return hash_file(path, file->hash);
}

static enum result run(struct backup *backup)
{
	struct backup_report *report = backup->report;
	enum result result = make_folders(backup->config->target);
	if (result == RESULT_FOLDER_NOT_EMPTY)
		return fault(report, result, "The target folder is not empty.");
	if (result == RESULT_OK)
		result = copy_store(backup);
	if (result != RESULT_OK)
		return fault(report, result, "The store cannot be copied.");
	backup->sequence = shared_log_durable_sequence(backup->config->log);
	backup->manifest.sequence = backup->sequence;
	result = copy_journal(backup);
	if (result != RESULT_OK)
		return fault(report, result, "The journal cannot be copied.");
	result = sync_folders(backup->config->target);
	if (result == RESULT_OK)
		result = manifest_write(
		    &backup->manifest, backup->config->target, report->manifest_hash);
	if (result != RESULT_OK)
		return fault(report, result, "The manifest cannot be written.");
	return RESULT_OK;
}

static void tell(struct backup_report *report, const struct manifest *manifest)
{
	memcpy(report->ledger_id, manifest->ledger_id, sizeof(report->ledger_id));
	report->sequence = manifest->sequence;
	report->store_sequence = manifest->store_sequence;
	report->files = manifest->count;
}

enum result backup_run(const struct backup_config *config, struct backup_report *ret_report)
{
	ASSERT(config != NULL && config->store != NULL && config->log != NULL);
	ASSERT(config->journal_folder != NULL && config->target != NULL && ret_report != NULL);
	*ret_report = (struct backup_report){0};
	struct backup backup = {.config = config, .report = ret_report};
	backup.segments.first_sequences =
	    calloc(JOURNAL_SEGMENTS_MAX, sizeof(*backup.segments.first_sequences));
	enum result result = manifest_init(&backup.manifest);
	if (backup.segments.first_sequences == NULL)
		result = RESULT_OUT_OF_MEMORY;
	if (result == RESULT_OK)
		result = run(&backup);
	tell(ret_report, &backup.manifest);
	manifest_deinit(&backup.manifest);
	free(backup.segments.first_sequences);
	return result;
}

/* ---- Restore ---- */

static enum result restore_file(const char *source, const char *target,
    const struct manifest_file *file, struct backup_report *report)
{
	char from[FILE_PATH_SIZE_MAX];
	char to[FILE_PATH_SIZE_MAX];
	uint8_t hash[MANIFEST_HASH_SIZE];
	uint64_t size = 0;
	if (!file_path(source, file->name, from) || !file_path(target, file->name, to))
		return RESULT_IO_FAILED;
	enum result result = size_of(from, &size);
	if (result == RESULT_NOT_FOUND)
		return fault(report, RESULT_CHECK_FAILED, "A file of the backup is missing.");
	if (result != RESULT_OK)
		return result;
	if (size != file->size)
		return fault(report, RESULT_CHECK_FAILED, "A file of the backup has another size.");
	const struct copy copy = {.source = from, .target = to, .size = size, .file_size = size};
	result = copy_file(&copy, hash);
	if (result != RESULT_OK)
		return result;
	if (memcmp(hash, file->hash, sizeof(hash)) != 0)
		return fault(report, RESULT_CHECK_FAILED, "A file of the backup is damaged.");
	report->bytes += size;
	return RESULT_OK;
}

enum result backup_restore(
    const char *source, const char *target, struct backup_report *ret_report)
{
	ASSERT(source != NULL && target != NULL && ret_report != NULL);
	*ret_report = (struct backup_report){0};
	struct manifest manifest;
	enum result result = manifest_init(&manifest);
	if (result != RESULT_OK)
		return result;
	result = manifest_read(source, &manifest, ret_report->manifest_hash);
	if (result == RESULT_NOT_FOUND)
		result = fault(ret_report, RESULT_CHECK_FAILED, "There is no backup here.");
	else if (result == RESULT_CHECK_FAILED)
		result = fault(ret_report, result, "The manifest is damaged.");
	if (result == RESULT_OK) {
		tell(ret_report, &manifest);
		result = make_folders(target);
		if (result == RESULT_FOLDER_NOT_EMPTY)
			result = fault(ret_report, result, "The target folder is not empty.");
	}
	for (uint32_t i = 0; i < manifest.count && result == RESULT_OK; i++)
		result = restore_file(source, target, &manifest.files[i], ret_report);
	if (result == RESULT_OK)
		result = sync_folders(target);
	if (result != RESULT_OK && ret_report->fault == NULL)
		result = fault(ret_report, result, "The backup cannot be copied.");
	manifest_deinit(&manifest);
	return result;
}
