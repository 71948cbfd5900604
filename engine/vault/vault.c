/* Writing, reading, searching. See vault.h. */
#include "engine/vault/vault.h"

#include "engine/system/random.h"
#include "engine/vault/vault_inside.h"

#include <string.h>

void vault_values_wipe(struct vault_values *values)
{
	cipher_wipe(values, sizeof(*values));
}

/* ---- Rows ---- */

void vault_note_access(struct vault *vault, struct tables_change *change,
		       const struct vault_access *access, enum vault_act act, uint32_t fields)
{
	const struct row_log row = {
	    .at = access->at,
	    .person = access->person,
	    .principal = access->principal,
	    .fields = fields,
	    .act = (uint8_t)act,
	    .purpose = access->purpose,
	};

	ASSERT(person_purpose_name(access->purpose) != NULL);
	vault_note(vault, change, &row);
}

bool vault_next_field(struct tables_change *change, uint32_t person, uint8_t *inout_field,
		      struct row_field *ret_row, bool *ret_bad)
{
	struct tables_key key = {.size = ROW_FIELD_KEY_SIZE};
	struct tables_span value;

	row_field_key(person, *inout_field, key.bytes);
	if (!tables_next(change, TABLES_FIELDS, &key, &value) || key.size != ROW_FIELD_KEY_SIZE ||
	    row_person_of(key.bytes) != person)
		return false;
	*inout_field = key.bytes[4];
	if (person_field(*inout_field) != NULL &&
	    row_field_decode(value.data, value.size, ret_row))
		return true;
	*ret_bad = true;
	return false;
}

static void delete_index(struct tables_change *change, uint32_t person, uint8_t field,
			 const struct row_field *row)
{
	uint8_t key[ROW_INDEX_KEY_SIZE];

	if (!row->has_index)
		return;
	row_index_key(field, row->index, person, key);
	tables_delete(change, TABLES_INDEX, vault_span(key, sizeof(key)));
}

/* Damaged rows go as well: nothing of the person may stay. Their entries of the index, which they
 * no longer tell, lead to an erased person. */
void vault_delete_rows(struct tables_change *change, uint32_t person)
{
	for (uint32_t field = 1; field < VAULT_FIELD_END; field++) {
		uint8_t key[ROW_FIELD_KEY_SIZE];
		struct tables_span value;
		struct row_field row;

		row_field_key(person, (uint8_t)field, key);
		if (!tables_get(change, TABLES_FIELDS, vault_span(key, sizeof(key)), &value))
			continue;
		if (row_field_decode(value.data, value.size, &row))
			delete_index(change, person, (uint8_t)field, &row);
		tables_delete(change, TABLES_FIELDS, vault_span(key, sizeof(key)));
	}
}

/* ---- Writing ---- */

/* The key of a person who has none yet: durable before anything is sealed with it. */
static enum result make_key(struct vault *vault, uint32_t person, uint32_t *ret_version)
{
	struct row_half half;
	enum result result;

	random_bytes(vault->secrets->person.bytes, CIPHER_KEY_SIZE);
	*ret_version = 1;
	vault_wrap(vault, person, *ret_version, &vault->secrets->person, &half);
	result = key_file_write(&vault->keys, person, 0, &half);
	if (result == RESULT_OK)
		result = key_file_sync(&vault->keys);
	if (result == RESULT_OK)
		vault->persons++;
	return result;
}

/* False: the row that stood there is damaged. */
static bool put_value(struct vault *vault, struct tables_change *change, uint32_t person,
		      uint32_t key_version, const struct vault_value *value)
{
	struct row_field row = {.key_version = key_version};
	uint8_t bytes[ROW_FIELD_SIZE_MAX];
	uint8_t key[ROW_FIELD_KEY_SIZE];
	uint8_t index[ROW_INDEX_KEY_SIZE];
	struct tables_span found;
	const uint8_t version = ROW_VERSION;

	row_field_key(person, value->field, key);
	if (tables_get(change, TABLES_FIELDS, vault_span(key, sizeof(key)), &found)) {
		struct row_field old;

		if (!row_field_decode(found.data, found.size, &old))
			return false;
		delete_index(change, person, value->field, &old);
	}
	if (value->text.size == 0) {
		tables_delete(change, TABLES_FIELDS, vault_span(key, sizeof(key)));
		return true;
	}
	vault_seal(vault, &vault->secrets->person, person, value, &row);
	tables_put(change, TABLES_FIELDS, vault_span(key, sizeof(key)),
		   vault_span(bytes, row_field_encode(&row, bytes)));
	if (row.has_index) {
		row_index_key(value->field, row.index, person, index);
		tables_put(change, TABLES_INDEX, vault_span(index, sizeof(index)),
			   vault_span(&version, sizeof(version)));
	}
	return true;
}

static enum result write_values(struct vault *vault, const struct vault_access *access,
				const struct vault_value *values, uint32_t count)
{
	struct tables_change change;
	uint32_t version = 0;
	uint32_t fields = 0;
	bool is_good = true;
	bool is_new;
	enum result result = vault_load_key(vault, access->person, &version);

	is_new = result == RESULT_NOT_FOUND;
	if (is_new)
		result = make_key(vault, access->person, &version);
	if (result != RESULT_OK)
		return result;
	tables_begin(vault->tables, true, &change);
	/* Rows whose key went with an older copy of the keys: nobody can read them. */
	if (is_new)
		vault_delete_rows(&change, access->person);
	for (uint32_t i = 0; i < count && is_good && change.error == 0; i++) {
		is_good = put_value(vault, &change, access->person, version, &values[i]);
		fields |= VAULT_FIELD_BIT(values[i].field);
	}
	vault_note_access(vault, &change, access, VAULT_ACT_WRITE, fields);
	if (!is_good) {
		tables_abort(&change);
		return RESULT_STORE_CORRUPT;
	}
	return tables_commit(&change);
}

enum result vault_write(struct vault *vault, const struct vault_access *access,
			const struct vault_value *values, uint32_t count)
{
	enum result result = vault_enter(vault);

	ASSERT(access->person >= 1 && access->person <= VAULT_PERSONS_MAX);
	for (uint32_t i = 0; i < count; i++)
		ASSERT(person_field(values[i].field) != NULL &&
		       values[i].text.size <= person_field(values[i].field)->size_max);
	if (result != RESULT_OK)
		return result;
	return vault_leave(vault, write_values(vault, access, values, count));
}

/* ---- Reading ---- */

/* A damaged row of more than a field's size cannot be: the seal was good. */
static bool take_value(struct vault_values *values, uint8_t field, struct slice text)
{
	if (text.size > person_field(field)->size_max)
		return false;
	memcpy(values->memory + values->used, text.data, text.size);
	values->values[values->count++] =
	    (struct vault_value){field, {values->memory + values->used, text.size}};
	values->used += text.size;
	return true;
}

static bool read_fields(struct vault *vault, struct tables_change *change, uint32_t person,
			uint32_t key_version, uint32_t fields, struct vault_values *ret_values)
{
	struct row_field row;
	struct slice text;
	uint8_t field = 0;
	bool is_bad = false;

	while (!is_bad && vault_next_field(change, person, &field, &row, &is_bad)) {
		if ((fields & VAULT_FIELD_BIT(field)) == 0)
			continue;
		is_bad = row.key_version != key_version ||
			 !vault_unseal(vault, &vault->secrets->person, person, field, &row,
				       &text) ||
			 !take_value(ret_values, field, text);
	}
	return !is_bad;
}

static enum result read_values(struct vault *vault, const struct vault_access *access,
			       enum vault_act act, uint32_t fields,
			       struct vault_values *ret_values)
{
	struct tables_change change;
	uint32_t version = 0;
	bool is_good;
	enum result result = vault_load_key(vault, access->person, &version);

	if (result != RESULT_OK)
		return result;
	tables_begin(vault->tables, true, &change);
	is_good = read_fields(vault, &change, access->person, version, fields, ret_values);
	vault_note_access(vault, &change, access, act, fields);
	if (is_good)
		return tables_commit(&change);
	tables_abort(&change);
	return RESULT_STORE_CORRUPT;
}

enum result vault_read(struct vault *vault, const struct vault_access *access, enum vault_act act,
		       uint32_t fields, struct vault_values *ret_values)
{
	enum result result = vault_enter(vault);

	ASSERT(access->person >= 1 && access->person <= VAULT_PERSONS_MAX);
	ASSERT(act == VAULT_ACT_READ || act == VAULT_ACT_EXPORT);
	if (result != RESULT_OK)
		return result;
	ret_values->count = 0;
	ret_values->used = 0;
	result = read_values(vault, access, act, fields, ret_values);
	if (result != RESULT_OK)
		vault_values_wipe(ret_values);
	return vault_leave(vault, result);
}

/* ---- Searching ---- */

static void find_persons(struct tables_change *change, uint8_t field,
			 const uint8_t index[CIPHER_INDEX_SIZE], struct vault_found *ret_found)
{
	struct tables_key key = {.size = ROW_INDEX_KEY_SIZE};
	uint8_t first[ROW_INDEX_KEY_SIZE];
	struct tables_span value;

	row_index_key(field, index, 0, first);
	memcpy(key.bytes, first, sizeof(first));
	while (tables_next(change, TABLES_INDEX, &key, &value) &&
	       key.size == ROW_INDEX_KEY_SIZE &&
	       memcmp(key.bytes, first, sizeof(first) - sizeof(uint32_t)) == 0) {
		if (ret_found->count == VAULT_FOUND_MAX) {
			ret_found->more = true;
			return;
		}
		ret_found->persons[ret_found->count++] =
		    row_person_of(key.bytes + 1 + CIPHER_INDEX_SIZE);
	}
}

static enum result search(struct vault *vault, const struct vault_access *access,
			  const struct vault_value *value, struct vault_found *ret_found)
{
	struct vault_access about = *access;
	struct tables_change change;
	uint8_t index[CIPHER_INDEX_SIZE];

	*ret_found = (struct vault_found){.count = 0};
	cipher_index(&vault->secrets->index, value->field, value->text.data, value->text.size,
		     index);
	tables_begin(vault->tables, true, &change);
	find_persons(&change, value->field, index, ret_found);
	about.person = 0;
	for (uint32_t i = 0; i < ret_found->count; i++) {
		about.person = ret_found->persons[i];
		vault_note_access(vault, &change, &about, VAULT_ACT_SEARCH,
			    VAULT_FIELD_BIT(value->field));
	}
	if (ret_found->count == 0)
		vault_note_access(vault, &change, &about, VAULT_ACT_SEARCH,
			    VAULT_FIELD_BIT(value->field));
	return tables_commit(&change);
}

enum result vault_search(struct vault *vault, const struct vault_access *access,
			 const struct vault_value *value, struct vault_found *ret_found)
{
	enum result result = vault_enter(vault);

	ASSERT(person_field(value->field) != NULL && person_field(value->field)->is_indexed);
	ASSERT(value->text.size > 0);
	return result == RESULT_OK
		   ? vault_leave(vault, search(vault, access, value, ret_found))
		   : result;
}
