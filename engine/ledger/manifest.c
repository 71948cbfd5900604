/* Manifests: see manifest.h. */
#include "engine/ledger/manifest.h"

#include "engine/base/slice.h"
#include "engine/base/text.h"
#include "engine/ledger/segment.h"
#include "engine/system/file.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define TITLE         "titoli-backup 1"
#define TEMPORARY     "manifest.tmp"
#define LINE_SIZE_MAX \
	(TEXT_U64_SIZE_MAX + 2u * MANIFEST_HASH_SIZE + MANIFEST_NAME_SIZE_MAX + 16u)
#define TEXT_SIZE_MAX ((uint64_t)(MANIFEST_FILES_MAX + 8u) * LINE_SIZE_MAX)

enum result manifest_init(struct manifest *manifest)
{
	ASSERT(manifest != NULL);
	*manifest = (struct manifest){
	    .files = calloc(MANIFEST_FILES_MAX, sizeof(*manifest->files)),
	};
	return manifest->files == NULL ? RESULT_OUT_OF_MEMORY : RESULT_OK;
}

void manifest_deinit(struct manifest *manifest)
{
	ASSERT(manifest != NULL);
	free(manifest->files);
	manifest->files = NULL;
}

bool manifest_add(struct manifest *manifest, const char *folder, const char *name,
    struct manifest_file **ret_file)
{
	ASSERT(manifest != NULL && folder != NULL && name != NULL && ret_file != NULL);
	size_t folder_size = strlen(folder);
	size_t name_size = strlen(name);
	if (manifest->count == MANIFEST_FILES_MAX ||
	    folder_size + 1 + name_size + 1 > MANIFEST_NAME_SIZE_MAX)
		return false;
	struct manifest_file *file = &manifest->files[manifest->count];
	*file = (struct manifest_file){0};
	memcpy(file->name, folder, folder_size);
	file->name[folder_size] = '/';
	memcpy(file->name + folder_size + 1, name, name_size + 1);
	manifest->count++;
	*ret_file = file;
	return true;
}

static bool name_is_allowed(struct slice name)
{
	if (slice_equals_text(name, MANIFEST_STORE_NAME))
		return true;
	size_t prefix = strlen(MANIFEST_JOURNAL_FOLDER "/");
	if (name.size != prefix + SEGMENT_NAME_SIZE - 1 ||
	    memcmp(name.data, MANIFEST_JOURNAL_FOLDER "/", prefix) != 0)
		return false;
	char segment[SEGMENT_NAME_SIZE] = {0};
	uint64_t first_sequence = 0;
	memcpy(segment, name.data + prefix, SEGMENT_NAME_SIZE - 1);
	return segment_name_parse(segment, &first_sequence);
}

/* ---- Writing ---- */

static char *put_text(char *at, const char *text)
{
	size_t size = strlen(text);
	memcpy(at, text, size);
	return at + size;
}

static char *put_number(char *at, const char *word, uint64_t number, const char *end)
{
	at = put_text(at, word);
	at += text_format_u64(number, at);
	return put_text(at, end);
}

static char *put_hash(char *at, const uint8_t *hash, uint32_t size, const char *end)
{
	text_hex_encode(hash, size, at);
	return put_text(at + 2u * size, end);
}

static bool hash_of(const char *text, size_t size, uint8_t ret_hash[MANIFEST_HASH_SIZE])
{
	return EVP_Digest(text, size, ret_hash, NULL, EVP_sha256(), NULL) == 1;
}

/* Fills `text` and returns its end; NULL when OpenSSL fails. */
static char *format(const struct manifest *manifest, char *text)
{
	char *at = put_text(text, TITLE "\nledger ");
	at = put_hash(at, manifest->ledger_id, sizeof(manifest->ledger_id), "\n");
	at = put_number(at, "sequence ", manifest->sequence, "\n");
	at = put_number(at, "store-sequence ", manifest->store_sequence, "\n");
	for (uint32_t i = 0; i < manifest->count; i++) {
		const struct manifest_file *file = &manifest->files[i];
		at = put_number(at, "file ", file->size, " ");
		at = put_hash(at, file->hash, sizeof(file->hash), " ");
		at = put_text(at, file->name);
		at = put_text(at, "\n");
	}
	uint8_t hash[MANIFEST_HASH_SIZE];
	if (!hash_of(text, (size_t)(at - text), hash))
		return NULL;
	at = put_text(at, "end ");
	return put_hash(at, hash, sizeof(hash), "\n");
}

static enum result write_text(const char *folder, const char *text, uint64_t size)
{
	char temporary[FILE_PATH_SIZE_MAX];
	char path[FILE_PATH_SIZE_MAX];
	struct file file = FILE_NONE;
	if (!file_path(folder, TEMPORARY, temporary) ||
	    !file_path(folder, MANIFEST_FILE_NAME, path))
		return RESULT_IO_FAILED;
	enum result result = file_open(temporary, FILE_CREATE, &file);
	if (result == RESULT_OK)
		result = file_write(file, (struct file_span){.size = size}, text);
	if (result == RESULT_OK)
		result = file_sync(file);
	file_close(&file);
	if (result == RESULT_OK)
		result = file_rename(temporary, path);
	return result == RESULT_OK ? file_sync_folder(folder) : result;
}

enum result manifest_write(
    const struct manifest *manifest, const char *folder, uint8_t ret_hash[MANIFEST_HASH_SIZE])
{
	ASSERT(manifest != NULL && folder != NULL && ret_hash != NULL);
	char *text = malloc((size_t)(manifest->count + 8u) * LINE_SIZE_MAX);
	if (text == NULL)
		return RESULT_OUT_OF_MEMORY;
	char *end = format(manifest, text);
	enum result result = RESULT_OUT_OF_MEMORY;
	if (end != NULL && hash_of(text, (size_t)(end - text), ret_hash))
		result = write_text(folder, text, (uint64_t)(end - text));
	free(text);
	return result;
}

/* ---- Reading ---- */

/* What is left to read. */
struct lines {
	const char *at;
	const char *end;
};

/* The next line without its end. False: there is none, or it is too long. */
static bool next_line(struct lines *lines, struct slice *ret_line)
{
	size_t left = (size_t)(lines->end - lines->at);
	const char *end = left == 0 ? NULL : memchr(lines->at, '\n', left);
	if (end == NULL || end - lines->at > (ptrdiff_t)LINE_SIZE_MAX)
		return false;
	*ret_line = (struct slice){.data = lines->at, .size = (uint32_t)(end - lines->at)};
	lines->at = end + 1;
	return true;
}

/* Takes a word and the space after it off the front. False: the line does not begin with it. */
static bool take_word(struct slice *line, const char *word)
{
	size_t size = strlen(word);
	if (line->size < size || memcmp(line->data, word, size) != 0)
		return false;
	line->data += size;
	line->size -= (uint32_t)size;
	return true;
}

/* Takes everything up to a space. */
static struct slice take_field(struct slice *line)
{
	const char *end = line->size == 0 ? NULL : memchr(line->data, ' ', line->size);
	struct slice field = *line;
	if (end == NULL) {
		*line = (struct slice){0};
		return field;
	}
	field.size = (uint32_t)(end - field.data);
	line->data += field.size + 1;
	line->size -= field.size + 1;
	return field;
}

static bool parse_file(struct slice line, struct manifest *manifest)
{
	if (manifest->count == MANIFEST_FILES_MAX)
		return false;
	struct manifest_file *file = &manifest->files[manifest->count];
	*file = (struct manifest_file){0};
	struct slice size = take_field(&line);
	struct slice hash = take_field(&line);
	if (!text_parse_u64(size, INT64_MAX, &file->size) ||
	    !text_hex_decode(hash, file->hash, sizeof(file->hash)) || !name_is_allowed(line) ||
	    line.size >= sizeof(file->name))
		return false;
	memcpy(file->name, line.data, line.size);
	manifest->count++;
	return true;
}

static bool parse_head(struct lines *lines, struct manifest *manifest)
{
	struct slice line;
	if (!next_line(lines, &line) || !slice_equals_text(line, TITLE))
		return false;
	if (!next_line(lines, &line) || !take_word(&line, "ledger ") ||
	    !text_hex_decode(line, manifest->ledger_id, sizeof(manifest->ledger_id)))
		return false;
	if (!next_line(lines, &line) || !take_word(&line, "sequence ") ||
	    !text_parse_u64(line, UINT64_MAX, &manifest->sequence))
		return false;
	return next_line(lines, &line) && take_word(&line, "store-sequence ") &&
	       text_parse_u64(line, UINT64_MAX, &manifest->store_sequence);
}

static bool parse(const char *text, uint64_t size, struct manifest *manifest)
{
	struct lines lines = {.at = text, .end = text + size};
	struct slice line;
	uint8_t expected[MANIFEST_HASH_SIZE];
	uint8_t found[MANIFEST_HASH_SIZE];
	if (!parse_head(&lines, manifest))
		return false;
	const char *line_begin = lines.at;
	while (next_line(&lines, &line)) {
		if (take_word(&line, "file ")) {
			if (!parse_file(line, manifest))
				return false;
			line_begin = lines.at;
			continue;
		}
		return take_word(&line, "end ") && lines.at == lines.end &&
		       text_hex_decode(line, expected, sizeof(expected)) &&
		       hash_of(text, (size_t)(line_begin - text), found) &&
		       memcmp(found, expected, sizeof(found)) == 0;
	}
	return false;
}

enum result manifest_read(
    const char *folder, struct manifest *manifest, uint8_t ret_hash[MANIFEST_HASH_SIZE])
{
	ASSERT(folder != NULL && manifest != NULL && manifest->files != NULL);
	ASSERT(ret_hash != NULL);
	char path[FILE_PATH_SIZE_MAX];
	struct file file = FILE_NONE;
	uint64_t size = 0;
	char *text = NULL;
	if (!file_path(folder, MANIFEST_FILE_NAME, path))
		return RESULT_IO_FAILED;
	enum result result = file_open(path, FILE_READ, &file);
	if (result == RESULT_OK)
		result = file_size(file, &size);
	if (result == RESULT_OK && (size == 0 || size > TEXT_SIZE_MAX))
		result = RESULT_CHECK_FAILED;
	if (result == RESULT_OK) {
		text = malloc((size_t)size);
		result = text == NULL ? RESULT_OUT_OF_MEMORY : RESULT_OK;
	}
	uint64_t found = 0;
	if (result == RESULT_OK)
		result = file_read(file, (struct file_span){.size = size}, text, &found);
	manifest->count = 0;
	if (result == RESULT_OK && (found != size || !parse(text, size, manifest)))
		result = RESULT_CHECK_FAILED;
	if (result == RESULT_OK && !hash_of(text, (size_t)size, ret_hash))
		result = RESULT_OUT_OF_MEMORY;
	free(text);
	file_close(&file);
	return result;
}
