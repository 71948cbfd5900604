/* Erasure, and the list of who was erased. See vault.h.
 *
 * The list is a file of fixed rows, appended and synced, in the vault's folder and once more beside
 * the copies of keys. It holds numbers alone. The order makes a kill harmless: what stands in the
 * list will be erased, by this call or by the next opening; what does not was not yet answered. */
#include "engine/vault/vault_inside.h"

#include <string.h>

/* ---- The list ---- */

/* A torn last row is cut off: its erasure was never answered. */
static enum result open_list(const char *folder, struct file *ret_file, uint64_t *ret_size)
{
	char path[FILE_PATH_SIZE_MAX];
	enum result result;
	uint64_t size = 0;

	if (!file_path(folder, VAULT_ERASURES_NAME, path))
		return RESULT_CONFIG_INVALID;
	result = file_exists(path);
	if (result == RESULT_OK)
		result = file_open(path, FILE_UPDATE, ret_file);
	else if (result == RESULT_NOT_FOUND) {
		result = file_open(path, FILE_CREATE, ret_file);
		if (result == RESULT_OK)
			result = file_sync_folder(folder);
	}
	if (result == RESULT_OK)
		result = file_size(*ret_file, &size);
	*ret_size = size / ROW_ERASURE_SIZE * ROW_ERASURE_SIZE;
	return result;
}

static enum result read_entry(struct file file, uint64_t offset, struct row_erasure *ret_row,
			      bool *ret_is_row)
{
	uint8_t bytes[ROW_ERASURE_SIZE];
	uint64_t size = 0;
	enum result result =
	    file_read(file, (struct file_span){offset, sizeof(bytes)}, bytes, &size);

	if (result == RESULT_OK)
		*ret_is_row = size == sizeof(bytes) && row_erasure_decode(bytes, ret_row);
	return result;
}

static enum result append_entry(struct file file, uint64_t *inout_size,
				const struct row_erasure *row)
{
	uint8_t bytes[ROW_ERASURE_SIZE];
	enum result result;

	row_erasure_encode(row, bytes);
	result = file_write(file, (struct file_span){*inout_size, sizeof(bytes)}, bytes);
	if (result == RESULT_OK)
		result = file_sync(file);
	if (result == RESULT_OK)
		*inout_size += sizeof(bytes);
	return result;
}

static enum result append_to_lists(struct vault *vault, const struct row_erasure *row)
{
	enum result result = RESULT_OK;

	/* The one that outlives the folder first. */
	if (vault->erasures_copy.descriptor >= 0)
		result = append_entry(vault->erasures_copy, &vault->erasures_copy_size, row);
	return result == RESULT_OK ? append_entry(vault->erasures, &vault->erasures_size, row)
				   : result;
}

/* ---- The deed ---- */

static enum result erase_slot(struct vault *vault, uint32_t person, bool *ret_was_live)
{
	struct key_slot slot;
	enum result result = key_file_read(&vault->keys, person, &slot);

	/* A damaged slot may hold the rest of a key: overwritten as well. */
	if (result != RESULT_OK && result != RESULT_STORE_CORRUPT)
		return result;
	*ret_was_live = result != RESULT_OK || key_slot_live(&slot) >= 0;
	if (result == RESULT_OK && !*ret_was_live && key_slot_is_erased(&slot))
		return RESULT_OK;
	result = key_file_erase(&vault->keys, person);
	return result == RESULT_OK ? key_file_sync(&vault->keys) : result;
}

static enum result erase_rows(struct vault *vault, uint32_t person, const struct row_log *note)
{
	struct tables_change change;

	tables_begin(vault->tables, true, &change);
	vault_delete_rows(&change, person);
	if (note != NULL)
		vault_note(vault, &change, note);
	return tables_commit(&change);
}

static enum result erase(struct vault *vault, const struct vault_access *access)
{
	struct row_erasure entry = {.person = access->person,
				    .principal = access->principal,
				    .at = access->at};
	const struct row_log note = {.at = access->at,
				     .person = access->person,
				     .principal = access->principal,
				     .fields = VAULT_FIELDS_ALL,
				     .act = VAULT_ACT_ERASE,
				     .purpose = access->purpose};
	struct key_slot slot;
	bool was_live = false;
	enum result result = key_file_read(&vault->keys, access->person, &slot);

	if (result == RESULT_OK && key_slot_is_erased(&slot))
		return RESULT_OK;
	if (result != RESULT_OK && result != RESULT_STORE_CORRUPT)
		return result;
	memcpy(entry.vault_id, vault->keys.vault_id, sizeof(entry.vault_id));
	result = append_to_lists(vault, &entry);
	if (result == RESULT_OK)
		result = erase_slot(vault, access->person, &was_live);
	if (result != RESULT_OK)
		return result;
	vault->erased++;
	vault->persons -= was_live ? 1 : 0;
	return erase_rows(vault, access->person, &note);
}

enum result vault_erase(struct vault *vault, const struct vault_access *access)
{
	enum result result = vault_enter(vault);

	ASSERT(access->person >= 1 && access->person <= VAULT_PERSONS_MAX);
	return result == RESULT_OK ? vault_leave(vault, erase(vault, access)) : result;
}

/* ---- At the opening ---- */

/* Does any row of the person stand? */
static enum result has_rows(struct vault *vault, uint32_t person, bool *ret_has)
{
	struct tables_key key = {.size = ROW_FIELD_KEY_SIZE};
	struct tables_change change;
	struct tables_span value;

	row_field_key(person, 0, key.bytes);
	tables_begin(vault->tables, false, &change);
	*ret_has = tables_next(&change, TABLES_FIELDS, &key, &value) &&
		   key.size == ROW_FIELD_KEY_SIZE && row_person_of(key.bytes) == person;
	return tables_end(&change);
}

static enum result apply_entry(struct vault *vault, const struct row_erasure *entry)
{
	bool was_live = false;
	bool has = false;
	enum result result;

	if (memcmp(entry->vault_id, vault->keys.vault_id, sizeof(entry->vault_id)) != 0 ||
	    entry->person > KEY_FILE_PERSONS_MAX)
		return RESULT_STORE_CORRUPT;
	result = erase_slot(vault, entry->person, &was_live);
	if (result == RESULT_OK)
		result = has_rows(vault, entry->person, &has);
	return result == RESULT_OK && has ? erase_rows(vault, entry->person, NULL) : result;
}

/* Rows of one list, each applied, and added to the other where that is shorter by them. A row that
 * is none is the end where it is the last, and damage elsewhere. */
static enum result apply_list(struct vault *vault, struct file file, uint64_t *inout_size)
{
	for (uint64_t offset = 0; offset < *inout_size; offset += ROW_ERASURE_SIZE) {
		struct row_erasure entry;
		bool is_row = false;
		enum result result = read_entry(file, offset, &entry, &is_row);

		if (result == RESULT_OK && !is_row) {
			if (offset + ROW_ERASURE_SIZE != *inout_size)
				return RESULT_STORE_CORRUPT;
			*inout_size = offset;
			return RESULT_OK;
		}
		if (result == RESULT_OK)
			result = apply_entry(vault, &entry);
		if (result != RESULT_OK)
			return result;
	}
	return RESULT_OK;
}

/* The lists grow alike: the shorter one lost its end to a kill, or to an older copy. */
static enum result level_lists(struct vault *vault)
{
	bool is_behind = vault->erasures_size < vault->erasures_copy_size;
	struct file from = is_behind ? vault->erasures_copy : vault->erasures;
	struct file to = is_behind ? vault->erasures : vault->erasures_copy;
	uint64_t end = is_behind ? vault->erasures_copy_size : vault->erasures_size;
	uint64_t *size = is_behind ? &vault->erasures_size : &vault->erasures_copy_size;

	while (*size < end) {
		struct row_erasure entry;
		bool is_row = false;
		enum result result = read_entry(from, *size, &entry, &is_row);

		if (result == RESULT_OK && !is_row)
			result = RESULT_STORE_CORRUPT;
		if (result == RESULT_OK)
			result = append_entry(to, size, &entry);
		if (result != RESULT_OK)
			return result;
	}
	return RESULT_OK;
}

enum result vault_open_erasures(struct vault *vault, const char *copies_folder)
{
	bool has_copy = copies_folder[0] != '\0';
	enum result result = open_list(vault->folder, &vault->erasures, &vault->erasures_size);

	if (result == RESULT_OK && has_copy)
		result = file_make_folder(copies_folder);
	if (result == RESULT_OK && has_copy)
		result =
		    open_list(copies_folder, &vault->erasures_copy, &vault->erasures_copy_size);
	if (result == RESULT_OK)
		result = apply_list(vault, vault->erasures, &vault->erasures_size);
	if (result == RESULT_OK && has_copy)
		result = apply_list(vault, vault->erasures_copy, &vault->erasures_copy_size);
	return result == RESULT_OK && has_copy ? level_lists(vault) : result;
}
