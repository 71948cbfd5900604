/* Opening and closing. See vault.h.
 *
 * A new vault: its key file is renamed into place first, then the tables note its id; a kill
 * between the two leaves a key file of one slot, which the next opening takes for its own. */
#include "engine/system/filesystem.h"
#include "engine/system/random.h"
#include "engine/vault/vault_inside.h"

#include <stdlib.h>
#include <string.h>

#define LOCK_NAME "lock"
#define ID_SIZE	  (1u + ROW_VAULT_ID_SIZE)

/* ---- Keys ---- */

static enum result derive_master(struct vault_secrets *secrets, uint32_t at,
				 const struct cipher_key *master)
{
	enum result result = cipher_derive(master, "titoli vault wrap", secrets->wraps[at].bytes,
					   CIPHER_KEY_SIZE);

	if (result == RESULT_OK)
		result = cipher_derive(master, "titoli vault name", secrets->names[at],
				       CIPHER_NAME_SIZE);
	return result;
}

static enum result open_secrets(struct vault *vault, const struct vault_config *config)
{
	enum result result;

	vault->secrets = cipher_pages(sizeof(*vault->secrets));
	if (vault->secrets == NULL)
		return RESULT_OUT_OF_MEMORY;
	vault->masters = config->former == NULL ? 1 : 2;
	result = derive_master(vault->secrets, 0, config->master);
	if (result == RESULT_OK && config->former != NULL)
		result = derive_master(vault->secrets, 1, config->former);
	return result == RESULT_OK ? cipher_open(&vault->cipher) : result;
}

static enum result make_keys(struct vault *vault)
{
	struct row_half half;

	random_bytes(vault->keys.vault_id, sizeof(vault->keys.vault_id));
	random_bytes(vault->secrets->index.bytes, CIPHER_KEY_SIZE);
	vault_wrap(vault, VAULT_INDEX_SLOT, 1, &vault->secrets->index, &half);
	return key_file_create(vault->folder, vault->keys.vault_id, &half);
}

static enum result load_index_key(struct vault *vault)
{
	struct key_slot slot;
	enum result result = key_file_read(&vault->keys, VAULT_INDEX_SLOT, &slot);
	int live;

	if (result != RESULT_OK)
		return result;
	live = key_slot_live(&slot);
	if (live < 0)
		return RESULT_STORE_CORRUPT;
	return vault_unwrap(vault, VAULT_INDEX_SLOT, &slot.halves[live], &vault->secrets->index);
}

static enum result count_keys(struct vault *vault)
{
	struct key_slot slot;
	enum result result = RESULT_OK;

	for (uint32_t person = 0; person < vault->keys.slots && result == RESULT_OK; person++) {
		int live;

		result = key_file_read(&vault->keys, person, &slot);
		if (result != RESULT_OK)
			break;
		live = key_slot_live(&slot);
		vault->erased += key_slot_is_erased(&slot) ? 1 : 0;
		vault->persons += person > 0 && live >= 0 ? 1 : 0;
		if (live >= 0 && vault_is_former(vault, &slot.halves[live]))
			vault->former++;
	}
	return result;
}

/* ---- Tables and their id ---- */

static enum result note_id(struct vault *vault)
{
	uint8_t bytes[ID_SIZE] = {ROW_VERSION};
	struct tables_change change;

	memcpy(bytes + 1, vault->keys.vault_id, ROW_VAULT_ID_SIZE);
	tables_begin(vault->tables, true, &change);
	tables_put(&change, TABLES_META, vault_span(VAULT_META_ID, strlen(VAULT_META_ID)),
		   vault_span(bytes, sizeof(bytes)));
	return tables_commit(&change);
}

/* RESULT_NOT_FOUND: the tables are new. */
static enum result read_id(struct vault *vault, uint8_t ret_id[ROW_VAULT_ID_SIZE])
{
	struct tables_change change;
	struct tables_span found;
	enum result result = RESULT_NOT_FOUND;
	enum result ended;

	tables_begin(vault->tables, false, &change);
	if (tables_get(&change, TABLES_META, vault_span(VAULT_META_ID, strlen(VAULT_META_ID)),
		       &found)) {
		const uint8_t *bytes = found.data;

		result = RESULT_STORE_CORRUPT;
		if (found.size == ID_SIZE && bytes[0] == ROW_VERSION) {
			memcpy(ret_id, bytes + 1, ROW_VAULT_ID_SIZE);
			result = RESULT_OK;
		}
	}
	ended = tables_end(&change);
	return ended == RESULT_OK ? result : ended;
}

static enum result open_parts(struct vault *vault)
{
	uint8_t id[ROW_VAULT_ID_SIZE];
	enum result found = read_id(vault, id);
	enum result result;

	if (found != RESULT_OK && found != RESULT_NOT_FOUND)
		return found;
	result = key_file_open(vault->folder, &vault->keys);
	if (result == RESULT_NOT_FOUND && found == RESULT_NOT_FOUND) {
		result = make_keys(vault);
		if (result == RESULT_OK)
			result = key_file_open(vault->folder, &vault->keys);
	}
	if (result != RESULT_OK) /* rows whose keys are gone */
		return result == RESULT_NOT_FOUND ? RESULT_STORE_CORRUPT : result;
	if (found == RESULT_OK)
		return memcmp(id, vault->keys.vault_id, sizeof(id)) == 0 ? RESULT_OK
									 : RESULT_STORE_CORRUPT;
	/* Keys of persons whose rows are gone. */
	return vault->keys.slots > 1 ? RESULT_STORE_CORRUPT : note_id(vault);
}

/* ---- The door ---- */

static enum result open_folder(struct vault *vault, const struct vault_config *config)
{
	char name[FILESYSTEM_NAME_SIZE_MAX];
	char path[FILE_PATH_SIZE_MAX];
	enum result result;

	if (strlen(config->folder) >= sizeof(vault->folder) ||
	    strlen(config->copies_folder) >= sizeof(vault->copies_folder) ||
	    !file_path(config->folder, LOCK_NAME, path))
		return RESULT_CONFIG_INVALID;
	memcpy(vault->folder, config->folder, strlen(config->folder) + 1);
	memcpy(vault->copies_folder, config->copies_folder, strlen(config->copies_folder) + 1);
	result = file_make_folder(vault->folder);
	if (result == RESULT_OK)
		result = filesystem_check(vault->folder, name);
	if (result == RESULT_UNSAFE_FILESYSTEM && config->unsafe_filesystem)
		result = RESULT_OK;
	return result == RESULT_OK ? file_lock(path, &vault->lock_file) : result;
}

static enum result open_all(struct vault *vault, const struct vault_config *config)
{
	enum result result = open_folder(vault, config);

	if (result == RESULT_OK)
		result = open_secrets(vault, config);
	if (result == RESULT_OK)
		result = tables_open(vault->folder,
				     config->map_size == 0 ? VAULT_MAP_SIZE : config->map_size,
				     &vault->tables);
	if (result == RESULT_OK)
		result = open_parts(vault);
	if (result == RESULT_OK)
		result = load_index_key(vault);
	if (result == RESULT_OK)
		result = vault_open_log(vault);
	if (result == RESULT_OK)
		result = vault_open_erasures(vault, config->copies_folder);
	if (result == RESULT_OK)
		result = vault_open_rotation(vault);
	return result == RESULT_OK ? count_keys(vault) : result;
}

enum result vault_open(const struct vault_config *config, struct vault **ret_vault)
{
	struct vault *vault = calloc(1, sizeof(*vault));
	enum result result;

	ASSERT(config->folder != NULL && config->copies_folder != NULL && config->master != NULL);
	if (vault == NULL)
		return RESULT_OUT_OF_MEMORY;
	vault->keys.file = FILE_NONE;
	vault->lock_file = FILE_NONE;
	vault->erasures = FILE_NONE;
	vault->erasures_copy = FILE_NONE;
	ASSERT(pthread_mutex_init(&vault->lock, NULL) == 0);
	result = open_all(vault, config);
	if (result != RESULT_OK) {
		vault_close(vault);
		return result;
	}
	*ret_vault = vault;
	return RESULT_OK;
}

void vault_close(struct vault *vault)
{
	if (vault == NULL)
		return;
	tables_close(vault->tables);
	key_file_close(&vault->keys);
	file_close(&vault->erasures);
	file_close(&vault->erasures_copy);
	cipher_close(vault->cipher);
	cipher_pages_free(vault->secrets, sizeof(*vault->secrets));
	file_close(&vault->lock_file);
	ASSERT(pthread_mutex_destroy(&vault->lock) == 0);
	free(vault);
}

enum result vault_enter(struct vault *vault)
{
	ASSERT(pthread_mutex_lock(&vault->lock) == 0);
	if (vault->failed == RESULT_OK) {
		vault->log_before = vault->log_number;
		memcpy(vault->link_before, vault->link, sizeof(vault->link));
		return RESULT_OK;
	}
	ASSERT(pthread_mutex_unlock(&vault->lock) == 0);
	return RESULT_IO_FAILED;
}

enum result vault_leave(struct vault *vault, enum result result)
{
	if (result == RESULT_IO_FAILED)
		vault->failed = result;
	if (result != RESULT_OK) {
		vault->log_number = vault->log_before;
		memcpy(vault->link, vault->link_before, sizeof(vault->link));
	}
	cipher_wipe(&vault->secrets->person, sizeof(vault->secrets->person));
	cipher_wipe(&vault->secrets->next, sizeof(vault->secrets->next));
	cipher_wipe(vault->secrets->plain, sizeof(vault->secrets->plain));
	ASSERT(pthread_mutex_unlock(&vault->lock) == 0);
	return result;
}

void vault_status(struct vault *vault, struct vault_status *ret_status)
{
	ASSERT(pthread_mutex_lock(&vault->lock) == 0);
	*ret_status = (struct vault_status){
	    .persons = vault->persons,
	    .erased = vault->erased,
	    .former = vault->former,
	    .log_rows = vault->log_number,
	    .is_rotating = vault->rotation.next != 0,
	    .rotated = vault->rotation.next == 0 ? 0 : vault->rotation.next - 1,
	    .to_rotate = vault->rotation.next == 0 ? 0 : vault->rotation.end - 1,
	    .rotation_at = vault->rotation.at,
	    .key_copy = vault->key_copy,
	};
	memcpy(ret_status->id, vault->keys.vault_id, ROW_VAULT_ID_SIZE);
	memcpy(ret_status->log_link, vault->link, sizeof(ret_status->log_link));
	ASSERT(pthread_mutex_unlock(&vault->lock) == 0);
}
