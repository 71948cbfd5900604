/* New keys, while the vault is in use. See vault.h and key_file.h.
 *
 *	slots: old | -      new keys drawn, wrapped by the present master, written	-- sync
 *	slots: old | new    rows sealed anew, one transaction with the place reached	-- commit
 *	slots: old | new    old halves overwritten					-- sync
 *	slots: -   | new
 *
 * A kill leaves slots with two keys. Rows changed in one transaction, so all rows of a person are
 * under one of them, and the other is overwritten at the next opening. The key of the index, slot
 * 0, is wrapped anew at the end and stays the same. */
#include "engine/system/random.h"
#include "engine/vault/vault_inside.h"

#include <endian.h>
#include <string.h>

#define ROTATION_SIZE 17u /* u8 version, u32 next, u32 end, i64 instant */

static const struct row_half empty_half = {.state = ROW_HALF_EMPTY};

/* ---- The place reached ---- */

static void put_rotation(struct tables_change *change, const struct vault_rotation *rotation)
{
	uint8_t bytes[ROTATION_SIZE] = {ROW_VERSION};
	uint32_t next = htole32(rotation->next);
	uint32_t end = htole32(rotation->end);
	uint64_t at = htole64((uint64_t)rotation->at.us);

	memcpy(bytes + 1, &next, 4);
	memcpy(bytes + 5, &end, 4);
	memcpy(bytes + 9, &at, 8);
	tables_put(change, TABLES_META,
		   vault_span(VAULT_META_ROTATION, strlen(VAULT_META_ROTATION)),
		   vault_span(bytes, sizeof(bytes)));
}

static enum result read_rotation(struct vault *vault)
{
	struct tables_change change;
	struct tables_span found;
	bool is_good = true;
	enum result result;

	tables_begin(vault->tables, false, &change);
	if (tables_get(&change, TABLES_META,
		       vault_span(VAULT_META_ROTATION, strlen(VAULT_META_ROTATION)), &found)) {
		uint8_t bytes[ROTATION_SIZE] = {0};
		uint64_t at;

		is_good = found.size == sizeof(bytes);
		if (is_good)
			memcpy(bytes, found.data, sizeof(bytes));
		is_good = is_good && bytes[0] == ROW_VERSION;
		memcpy(&vault->rotation.next, bytes + 1, 4);
		memcpy(&vault->rotation.end, bytes + 5, 4);
		memcpy(&at, bytes + 9, 8);
		vault->rotation.next = le32toh(vault->rotation.next);
		vault->rotation.end = le32toh(vault->rotation.end);
		vault->rotation.at.us = (int64_t)le64toh(at);
	}
	result = tables_end(&change);
	return result == RESULT_OK && !is_good ? RESULT_STORE_CORRUPT : result;
}

static enum result save_rotation(struct vault *vault, struct vault_rotation rotation)
{
	struct tables_change change;
	enum result result;

	tables_begin(vault->tables, true, &change);
	put_rotation(&change, &rotation);
	result = tables_commit(&change);
	if (result == RESULT_OK)
		vault->rotation = rotation;
	return result;
}

/* ---- After a kill ---- */

/* The key version of the person's rows; 0: it has none. */
static enum result version_of_rows(struct vault *vault, uint32_t person, uint32_t *ret_version)
{
	struct tables_change change;
	struct row_field row;
	uint8_t field = 0;
	bool is_bad = false;
	enum result result;

	*ret_version = 0;
	tables_begin(vault->tables, false, &change);
	if (vault_next_field(&change, person, &field, &row, &is_bad))
		*ret_version = row.key_version;
	result = tables_end(&change);
	return result == RESULT_OK && is_bad ? RESULT_STORE_CORRUPT : result;
}

/* One of two live halves is overwritten: the one that no row needs. */
static enum result settle(struct vault *vault, uint32_t person, const struct key_slot *slot)
{
	uint32_t version = 0;
	uint32_t newer = (uint32_t)key_slot_live(slot);
	uint32_t keep = newer;
	enum result result = person == VAULT_INDEX_SLOT
				 ? RESULT_OK
				 : version_of_rows(vault, person, &version);

	if (result != RESULT_OK)
		return result;
	if (version != 0 && version == slot->halves[1 - newer].key_version)
		keep = 1 - newer;
	else if (version != 0 && version != slot->halves[newer].key_version)
		return RESULT_STORE_CORRUPT;
	return key_file_write(&vault->keys, person, 1 - keep, &empty_half);
}

enum result vault_open_rotation(struct vault *vault)
{
	enum result result = read_rotation(vault);

	for (uint32_t person = 0; person < vault->keys.slots && result == RESULT_OK; person++) {
		struct key_slot slot;

		result = key_file_read(&vault->keys, person, &slot);
		if (result == RESULT_OK && slot.halves[0].state == ROW_HALF_LIVE &&
		    slot.halves[1].state == ROW_HALF_LIVE)
			result = settle(vault, person, &slot);
	}
	return result == RESULT_OK ? key_file_sync(&vault->keys) : result;
}

/* ---- Step ---- */

/* The slots of one step, as they were before it. */
struct step {
	uint32_t first;
	uint32_t count;
	struct key_slot slots[VAULT_ROTATE_PERSONS];
	struct row_half fresh[VAULT_ROTATE_PERSONS]; /* EMPTY: nothing to do */
};

static enum result draw_key(struct vault *vault, struct step *step, uint32_t at)
{
	uint32_t person = step->first + at;
	struct row_half *fresh = &step->fresh[at];
	enum result result = key_file_read(&vault->keys, person, &step->slots[at]);
	int live;

	*fresh = empty_half;
	if (result != RESULT_OK)
		return result;
	live = key_slot_live(&step->slots[at]);
	if (live < 0)
		return RESULT_OK;
	random_bytes(vault->secrets->next.bytes, CIPHER_KEY_SIZE);
	vault_wrap(vault, person, step->slots[at].halves[live].key_version + 1,
		   &vault->secrets->next, fresh);
	return key_file_write(&vault->keys, person, live == 0 ? 1 : 0, fresh);
}

/* False: a row or its seal is damaged. */
static bool reseal_person(struct vault *vault, struct tables_change *change, uint32_t person,
			  uint32_t old_version, uint32_t new_version)
{
	struct row_field row;
	uint8_t field = 0;
	bool is_bad = false;

	while (!is_bad && vault_next_field(change, person, &field, &row, &is_bad)) {
		struct row_field sealed = {.key_version = new_version};
		uint8_t text[VAULT_VALUE_SIZE_MAX];
		uint8_t bytes[ROW_FIELD_SIZE_MAX];
		uint8_t key[ROW_FIELD_KEY_SIZE];
		struct vault_value value = {.field = field};

		if (row.key_version != old_version ||
		    !vault_unseal(vault, &vault->secrets->person, person, field, &row,
				  &value.text))
			return false;
		memcpy(text, value.text.data, value.text.size);
		value.text.data = (const char *)text;
		vault_seal(vault, &vault->secrets->next, person, &value, &sealed);
		cipher_wipe(text, sizeof(text));
		row_field_key(person, field, key);
		tables_put(change, TABLES_FIELDS, vault_span(key, sizeof(key)),
			   vault_span(bytes, row_field_encode(&sealed, bytes)));
	}
	return !is_bad;
}

static enum result reseal_rows(struct vault *vault, const struct step *step,
			       struct tables_change *change)
{
	for (uint32_t i = 0; i < step->count; i++) {
		uint32_t person = step->first + i;
		int live = key_slot_live(&step->slots[i]);
		enum result result;

		if (live < 0)
			continue;
		result = vault_unwrap(vault, person, &step->slots[i].halves[live],
				      &vault->secrets->person);
		if (result == RESULT_OK)
			result = vault_unwrap(vault, person, &step->fresh[i],
					      &vault->secrets->next);
		if (result == RESULT_OK &&
		    !reseal_person(vault, change, person,
				   step->slots[i].halves[live].key_version,
				   step->fresh[i].key_version))
			result = RESULT_STORE_CORRUPT;
		if (result != RESULT_OK)
			return result;
	}
	return RESULT_OK;
}

static enum result drop_old(struct vault *vault, const struct step *step)
{
	enum result result = RESULT_OK;

	for (uint32_t i = 0; i < step->count && result == RESULT_OK; i++) {
		int live = key_slot_live(&step->slots[i]);

		if (live < 0)
			continue;
		result = key_file_write(&vault->keys, step->first + i, (uint32_t)live,
					&empty_half);
		if (vault_is_former(vault, &step->slots[i].halves[live]))
			vault->former--;
	}
	return result == RESULT_OK ? key_file_sync(&vault->keys) : result;
}

/* Nothing was changed: the new keys go again. A fault of the disk leaves them to the opening. */
static enum result undo(struct vault *vault, const struct step *step, enum result why)
{
	enum result result = RESULT_OK;

	if (why == RESULT_IO_FAILED)
		return why;
	for (uint32_t i = 0; i < step->count && result == RESULT_OK; i++) {
		int live = key_slot_live(&step->slots[i]);

		if (live >= 0)
			result = key_file_write(&vault->keys, step->first + i, live == 0 ? 1 : 0,
						&empty_half);
	}
	if (result == RESULT_OK)
		result = key_file_sync(&vault->keys);
	return result == RESULT_OK ? why : result;
}

static enum result step_persons(struct vault *vault, struct step *step)
{
	struct vault_rotation rotation = vault->rotation;
	struct tables_change change;
	enum result result = RESULT_OK;

	for (uint32_t i = 0; i < step->count && result == RESULT_OK; i++)
		result = draw_key(vault, step, i);
	if (result == RESULT_OK)
		result = key_file_sync(&vault->keys);
	if (result != RESULT_OK)
		return undo(vault, step, result);
	tables_begin(vault->tables, true, &change);
	result = reseal_rows(vault, step, &change);
	if (result != RESULT_OK) {
		tables_abort(&change);
		return undo(vault, step, result);
	}
	rotation.next += step->count;
	put_rotation(&change, &rotation);
	result = tables_commit(&change);
	if (result != RESULT_OK)
		return undo(vault, step, result);
	vault->rotation = rotation;
	return drop_old(vault, step);
}

/* The index's key is wrapped anew, and the rotation is over. */
static enum result finish(struct vault *vault)
{
	struct vault_rotation over = {.at = vault->rotation.at};
	struct row_half fresh;
	struct key_slot slot;
	enum result result = key_file_read(&vault->keys, VAULT_INDEX_SLOT, &slot);
	int live;

	if (result != RESULT_OK)
		return result;
	live = key_slot_live(&slot);
	ASSERT(live >= 0); /* the opening found it */
	vault_wrap(vault, VAULT_INDEX_SLOT, slot.halves[live].key_version + 1,
		   &vault->secrets->index, &fresh);
	result = key_file_write(&vault->keys, VAULT_INDEX_SLOT, live == 0 ? 1 : 0, &fresh);
	if (result == RESULT_OK)
		result = key_file_sync(&vault->keys);
	if (result == RESULT_OK)
		result = key_file_write(&vault->keys, VAULT_INDEX_SLOT, (uint32_t)live,
					&empty_half);
	if (result == RESULT_OK)
		result = key_file_sync(&vault->keys);
	if (result == RESULT_OK && vault_is_former(vault, &slot.halves[live]))
		vault->former--;
	return result == RESULT_OK ? save_rotation(vault, over) : result;
}

static enum result step_on(struct vault *vault, bool *ret_done)
{
	uint32_t left = vault->rotation.end - vault->rotation.next;
	struct step step = {.first = vault->rotation.next,
			    .count = left < VAULT_ROTATE_PERSONS ? left : VAULT_ROTATE_PERSONS};
	enum result result;

	*ret_done = vault->rotation.next == 0;
	if (*ret_done)
		return RESULT_OK;
	if (left > 0)
		return step_persons(vault, &step);
	result = finish(vault);
	*ret_done = result == RESULT_OK;
	return result;
}

enum result vault_rotate_step(struct vault *vault, bool *ret_done)
{
	enum result result = vault_enter(vault);

	return result == RESULT_OK ? vault_leave(vault, step_on(vault, ret_done)) : result;
}

enum result vault_rotate(struct vault *vault, struct instant at)
{
	enum result result = vault_enter(vault);

	if (result != RESULT_OK)
		return result;
	if (vault->rotation.next == 0)
		result = save_rotation(
		    vault, (struct vault_rotation){
			       .next = 1, .end = vault->keys.slots, .at = at});
	return vault_leave(vault, result);
}
