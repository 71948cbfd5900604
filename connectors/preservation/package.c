/* Packages as folders: see package.h. */
#include "connectors/preservation/package.h"

#include "connectors/delivery/folder.h"
#include "connectors/preservation/sign.h"
#include "connectors/xml/xml.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"
#include "engine/system/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INDEX	    "indice.xml"
#define SIGNATURE   "indice.xml.sig"
#define ARENA_SIZE  (16u << 20)
#define FOLDER_SIZE FILE_PATH_SIZE_MAX

/* Files of a folder, in the order of their names. */
struct listing {
	char (*names)[PRESERVATION_NAME_SIZE];
	uint32_t count;
	bool is_too_long; /* a name, or the list */
};

static bool take_name(void *context, const char *name)
{
	struct listing *listing = context;
	size_t size = strlen(name);
	if (name[0] == '.')
		return true;
	if (listing->count == PRESERVATION_FILES_MAX || size >= PRESERVATION_NAME_SIZE) {
		listing->is_too_long = true;
		return false;
	}
	memcpy(listing->names[listing->count++], name, size + 1);
	return true;
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(left, right);
}

static enum result list_files(const char *folder, struct listing *ret_listing)
{
	*ret_listing = (struct listing){
	    .names = calloc(PRESERVATION_FILES_MAX, sizeof(ret_listing->names[0]))};
	if (ret_listing->names == NULL)
		return RESULT_OUT_OF_MEMORY;
	enum result result = file_list(folder, take_name, ret_listing);
	if (result == RESULT_OK)
		qsort(ret_listing->names, ret_listing->count, sizeof(ret_listing->names[0]),
		      compare_names);
	return result;
}

static void hash_text(struct slice bytes, char ret_text[PRESERVATION_HEX_SIZE])
{
	uint8_t hash[FOLDER_HASH_SIZE];
	folder_hash(bytes, hash);
	text_hex_encode(hash, sizeof(hash), ret_text);
	ret_text[PRESERVATION_HEX_SIZE - 1] = '\0';
}

/* A whole file; the bytes are freed by the caller. */
static enum result read_file(const char *folder, const char *name, struct slice *ret_bytes)
{
	char path[FOLDER_SIZE];
	struct file file = FILE_NONE;
	uint64_t size = 0;
	uint64_t got = 0;
	if (!file_path(folder, name, path))
		return RESULT_FIELD_INVALID;
	enum result result = file_open(path, FILE_READ, &file);
	if (result == RESULT_OK)
		result = file_size(file, &size);
	if (result == RESULT_OK && size > PACKAGE_FILE_MAX)
		result = RESULT_BODY_TOO_LARGE;
	char *bytes = result == RESULT_OK ? malloc((size_t)size + 1) : NULL;
	if (result == RESULT_OK && bytes == NULL)
		result = RESULT_OUT_OF_MEMORY;
	if (result == RESULT_OK)
		result = file_read(file, (struct file_span){0, size}, bytes, &got);
	if (result == RESULT_OK && got != size)
		result = RESULT_IO_FAILED;
	file_close(&file);
	if (result == RESULT_OK)
		*ret_bytes = (struct slice){bytes, (uint32_t)size};
	else
		free(bytes);
	return result;
}

static void free_bytes(struct slice *bytes)
{
	free((char *)(uintptr_t)bytes->data);
	*bytes = (struct slice){NULL, 0};
}

/* ---- Making ---- */

/* What is being made. */
struct making {
	struct package *package;
	struct listing listing;
	struct preservation_file *files;
	struct preservation_file *metadata;
	void *memory;
	char documents[FOLDER_SIZE];
	char metadata_folder[FOLDER_SIZE];
};

static enum result fail(struct package *package, enum result result, const char *text,
			const char *about)
{
	snprintf(package->fault, sizeof(package->fault), "%s: %.140s", text, about);
	return result;
}

static enum result describe(struct making *making, uint32_t which, struct slice bytes)
{
	struct preservation_file *file = &making->files[which];
	struct slice name = slice_from_text(making->listing.names[which]);
	if (!preservation_name_is_good(name))
		return fail(making->package, RESULT_FIELD_INVALID,
			    "a name may hold letters, digits, dot, dash and underline", name.data);
	memcpy(file->name, name.data, name.size + 1);
	hash_text(bytes, file->sha256);
	file->size = bytes.size;
	file->role = preservation_role_of(name);
	return RESULT_OK;
}

/* Hashes all files of the source; nothing is written yet. */
static enum result describe_all(struct making *making)
{
	struct package *package = making->package;
	bool is_sealed = package->sealed == NULL;
	enum result result = RESULT_OK;
	for (uint32_t i = 0; i < making->listing.count && result == RESULT_OK; i++) {
		struct slice bytes;
		result = read_file(package->from, making->listing.names[i], &bytes);
		if (result != RESULT_OK)
			return fail(package, result, "cannot be read", making->listing.names[i]);
		result = describe(making, i, bytes);
		is_sealed = is_sealed || strcmp(making->files[i].sha256, package->sealed) == 0;
		free_bytes(&bytes);
	}
	if (result == RESULT_OK && !is_sealed)
		return fail(package, RESULT_CHECK_FAILED,
			    "no file there has the hash that the ledger sealed", package->sealed);
	return result;
}

static enum result copy_all(struct making *making)
{
	struct package *package = making->package;
	for (uint32_t i = 0; i < package->count; i++) {
		struct slice bytes;
		enum result result = read_file(package->from, making->files[i].name, &bytes);
		if (result == RESULT_OK) {
			result = folder_deliver(making->documents, making->files[i].name, bytes);
			free_bytes(&bytes);
		}
		if (result != RESULT_OK)
			return fail(package, result, "cannot be written", making->files[i].name);
	}
	return RESULT_OK;
}

/* A tree as a file of the package; *ret_hash is that of its bytes. */
static enum result deliver_tree(struct making *making, const struct tree *tree, const char *folder,
				const char *name, struct preservation_file *ret_file)
{
	struct slice bytes;
	if (tree->overflow)
		return fail(making->package, RESULT_BODY_TOO_LARGE, "too many files", name);
	enum result result = xml_write(tree->root, &bytes);
	if (result != RESULT_OK)
		return fail(making->package, result, "cannot be made", name);
	*ret_file = (struct preservation_file){.size = bytes.size};
	snprintf(ret_file->name, sizeof(ret_file->name), "%s", name);
	hash_text(bytes, ret_file->sha256);
	result = folder_deliver(folder, name, bytes);
	xml_free(&bytes);
	if (result == RESULT_ALREADY_EXISTS)
		return fail(making->package, result, "the folder holds another package", folder);
	return result == RESULT_OK ? result
				   : fail(making->package, result, "cannot be written", name);
}

static enum result write_metadata(struct making *making)
{
	struct package *package = making->package;
	struct preservation_list list = {making->files, making->metadata, package->count};
	for (uint32_t i = 0; i < package->count; i++) {
		struct arena arena;
		struct tree tree;
		char name[PRESERVATION_NAME_SIZE];
		arena_init(&arena, making->memory, ARENA_SIZE);
		tree_init(&tree, &arena);
		preservation_metadata(&tree, &package->facts, &list, i);
		snprintf(name, sizeof(name), "%.120s.xml", making->files[i].name);
		enum result result = deliver_tree(making, &tree, making->metadata_folder, name,
						  &making->metadata[i]);
		if (result != RESULT_OK)
			return result;
	}
	return RESULT_OK;
}

/* The index is written last: a folder without one is no package. */
static enum result write_index(struct making *making)
{
	struct package *package = making->package;
	struct preservation_list list = {making->files, making->metadata, package->count};
	struct preservation_file index;
	struct arena arena;
	struct tree tree;
	arena_init(&arena, making->memory, ARENA_SIZE);
	tree_init(&tree, &arena);
	preservation_index(&tree, &package->facts, &list);
	enum result result = deliver_tree(making, &tree, package->to, INDEX, &index);
	if (result == RESULT_OK)
		memcpy(package->index_sha256, index.sha256, sizeof(index.sha256));
	return result;
}

/* Over the bytes of the index, as they stand in the folder. */
static enum result write_signature(struct package *package)
{
	struct slice bytes;
	uint8_t signature[SIGN_SIZE];
	if (package->sign_key == NULL)
		return RESULT_OK;
	enum result result = read_file(package->to, INDEX, &bytes);
	if (result != RESULT_OK)
		return fail(package, result, "cannot be read", INDEX);
	result = sign_make(package->sign_key, bytes, signature);
	free_bytes(&bytes);
	if (result != RESULT_OK)
		return fail(package, result, "no Ed25519 key in PEM", package->sign_key);
	result = folder_deliver(package->to, SIGNATURE,
				(struct slice){(const char *)signature, sizeof(signature)});
	return result == RESULT_OK ? result : fail(package, result, "cannot be written", SIGNATURE);
}

static enum result open_folders(struct making *making)
{
	struct package *package = making->package;
	if (!file_path(package->to, "documenti", making->documents) ||
	    !file_path(package->to, "metadati", making->metadata_folder))
		return fail(package, RESULT_FIELD_INVALID, "too long a path", package->to);
	enum result result = folder_make(package->to);
	if (result == RESULT_OK)
		result = folder_make(making->documents);
	if (result == RESULT_OK)
		result = folder_make(making->metadata_folder);
	return result == RESULT_OK ? result
				   : fail(package, result, "cannot be written", package->to);
}

/* Before anything is written: can this key sign? */
static enum result try_key(struct package *package)
{
	uint8_t signature[SIGN_SIZE];
	if (package->sign_key == NULL)
		return RESULT_OK;
	enum result result = sign_make(package->sign_key, slice_from_text(""), signature);
	return result == RESULT_OK
		   ? result
		   : fail(package, result, "no Ed25519 key in PEM", package->sign_key);
}

static enum result make(struct making *making)
{
	struct package *package = making->package;
	enum result result = list_files(package->from, &making->listing);
	if (result != RESULT_OK)
		return fail(package, result, "cannot be read", package->from);
	package->count = making->listing.count;
	if (making->listing.is_too_long)
		return fail(package, RESULT_BODY_TOO_LARGE, "too many files, or too long a name",
			    package->from);
	if (package->count == 0)
		return fail(package, RESULT_NOT_FOUND, "there is no file", package->from);
	making->files = calloc(package->count, sizeof(*making->files));
	making->metadata = calloc(package->count, sizeof(*making->metadata));
	making->memory = malloc(ARENA_SIZE);
	if (making->files == NULL || making->metadata == NULL || making->memory == NULL)
		return fail(package, RESULT_OUT_OF_MEMORY, "out of memory", package->from);
	result = try_key(package);
	if (result == RESULT_OK)
		result = describe_all(making);
	if (result == RESULT_OK)
		result = open_folders(making);
	if (result == RESULT_OK)
		result = copy_all(making);
	if (result == RESULT_OK)
		result = write_metadata(making);
	if (result == RESULT_OK)
		result = write_index(making);
	return result == RESULT_OK ? write_signature(package) : result;
}

enum result package_make(struct package *package)
{
	ASSERT(package != NULL && package->from != NULL && package->to != NULL);
	struct making *making = calloc(1, sizeof(*making));
	if (making == NULL)
		return fail(package, RESULT_OUT_OF_MEMORY, "out of memory", package->to);
	making->package = package;
	package->fault[0] = '\0';
	enum result result = make(making);
	free(making->listing.names);
	free(making->files);
	free(making->metadata);
	free(making->memory);
	free(making);
	return result;
}

/* ---- Verifying ---- */

static void tell(struct package_check *check, const char *about, const char *text)
{
	char sentence[PACKAGE_FAULT_SIZE];
	snprintf(sentence, sizeof(sentence), "%.150s: %.90s", about, text);
	check->faults++;
	check->told(check->context, sentence);
}

static void verify_file(struct package_check *check, const struct preservation_entry *entry)
{
	struct slice bytes;
	char hash[PRESERVATION_HEX_SIZE];
	enum result result = read_file(check->folder, entry->path, &bytes);
	check->files++;
	if (result != RESULT_OK) {
		tell(check, entry->path,
		     result == RESULT_NOT_FOUND ? "is missing" : "cannot be read");
		return;
	}
	hash_text(bytes, hash);
	if (bytes.size != entry->size)
		tell(check, entry->path, "has another size than the index says");
	else if (strcmp(hash, entry->sha256) != 0)
		tell(check, entry->path, "has another hash than the index says: it was changed");
	free_bytes(&bytes);
}

/* Is this path in the index? */
static bool is_known(const struct tree_node *root, const char *path)
{
	for (const struct tree_node *node = root; node != NULL; node = tree_walk(node, root)) {
		if (!slice_equals_text(node->name, "File"))
			continue;
		if (slice_equals_text(tree_text_at(node, "Path"), path))
			return true;
	}
	return false;
}

static enum result find_foreign(struct package_check *check, const struct tree_node *root,
				const char *part)
{
	char folder[FOLDER_SIZE];
	struct listing listing;
	if (!file_path(check->folder, part, folder))
		return RESULT_FIELD_INVALID;
	enum result result = list_files(folder, &listing);
	for (uint32_t i = 0; i < listing.count && result == RESULT_OK; i++) {
		char path[PRESERVATION_NAME_SIZE + 16];
		snprintf(path, sizeof(path), "%.12s/%s", part, listing.names[i]);
		if (!is_known(root, path))
			tell(check, path, "is not in the index");
	}
	if (result == RESULT_OK && listing.is_too_long)
		tell(check, folder, "holds more files than a package may");
	if (result == RESULT_NOT_FOUND) {
		tell(check, folder, "is missing");
		result = RESULT_OK;
	}
	free(listing.names);
	return result;
}

static enum result verify_entries(struct package_check *check, const struct tree_node *root)
{
	if (!slice_equals_text(root->name, "PIndex"))
		tell(check, INDEX, "is no index of a package");
	for (const struct tree_node *node = root; node != NULL; node = tree_walk(node, root)) {
		struct preservation_entry entry;
		if (!slice_equals_text(node->name, "File"))
			continue;
		if (preservation_read_entry(node, &entry))
			verify_file(check, &entry);
		else
			tell(check, INDEX, "a File lacks its path, hash or size");
	}
	if (check->files == 0)
		tell(check, INDEX, "names no file");
	enum result result = find_foreign(check, root, "documenti");
	return result == RESULT_OK ? find_foreign(check, root, "metadati") : result;
}

static void check_signature(struct package_check *check, struct slice index)
{
	struct slice signature;
	if (check->public_key == NULL)
		return;
	if (read_file(check->folder, SIGNATURE, &signature) != RESULT_OK) {
		tell(check, SIGNATURE, "is missing: the package is not signed");
		return;
	}
	enum result result = sign_check(check->public_key, index, signature);
	free_bytes(&signature);
	if (result == RESULT_CHECK_FAILED)
		tell(check, SIGNATURE, "is not the signature of this index by this key");
	else if (result != RESULT_OK)
		tell(check, check->public_key, "holds no public Ed25519 key in PEM");
}

static enum result verify_index(struct package_check *check, struct slice bytes, void *memory)
{
	struct arena arena;
	const struct tree_node *root = NULL;
	char fault[XML_FAULT_SIZE];
	char hash[PRESERVATION_HEX_SIZE];
	hash_text(bytes, hash);
	if (check->index_sha256 != NULL && strcmp(hash, check->index_sha256) != 0)
		tell(check, INDEX, "has another hash than the one given");
	check_signature(check, bytes);
	arena_init(&arena, memory, ARENA_SIZE);
	if (xml_read(bytes, &xml_limits_default, &arena, &root, fault) != RESULT_OK) {
		tell(check, INDEX, fault);
		return RESULT_CHECK_FAILED;
	}
	enum result result = verify_entries(check, root);
	if (result != RESULT_OK)
		return result;
	return check->faults == 0 ? RESULT_OK : RESULT_CHECK_FAILED;
}

enum result package_verify(struct package_check *check)
{
	ASSERT(check != NULL && check->folder != NULL && check->told != NULL);
	struct slice bytes;
	check->files = 0;
	check->faults = 0;
	enum result result = read_file(check->folder, INDEX, &bytes);
	if (result != RESULT_OK) {
		tell(check, check->folder, "holds no indice.xml that can be read: no package");
		return result;
	}
	void *memory = malloc(ARENA_SIZE);
	result = memory == NULL ? RESULT_OUT_OF_MEMORY : verify_index(check, bytes, memory);
	free(memory);
	free_bytes(&bytes);
	return result;
}
