/* Keys and seals: what is bound to what. See vault_inside.h. */
#include "engine/system/random.h"
#include "engine/vault/vault_inside.h"

#include <string.h>

struct tables_span vault_span(const void *data, size_t size)
{
	return (struct tables_span){data, size};
}

void vault_wrap(struct vault *vault, uint32_t person, uint32_t key_version,
		const struct cipher_key *key, struct row_half *ret_half)
{
	uint8_t bound[ROW_KEY_BOUND_SIZE];
	struct cipher_box box = {&vault->secrets->wraps[0], ret_half->nonce, bound, sizeof(bound)};

	ASSERT(key_version > 0);
	memset(ret_half, 0, sizeof(*ret_half));
	ret_half->state = ROW_HALF_LIVE;
	ret_half->key_version = key_version;
	memcpy(ret_half->master, vault->secrets->names[0], CIPHER_NAME_SIZE);
	random_bytes(ret_half->nonce, sizeof(ret_half->nonce));
	row_key_bound(vault->keys.vault_id, person, key_version, bound);
	cipher_seal(vault->cipher, &box, key->bytes, CIPHER_KEY_SIZE, ret_half->wrapped,
		    ret_half->tag);
}

bool vault_is_former(const struct vault *vault, const struct row_half *half)
{
	return half->state == ROW_HALF_LIVE &&
	       memcmp(half->master, vault->secrets->names[0], CIPHER_NAME_SIZE) != 0;
}

enum result vault_unwrap(struct vault *vault, uint32_t person, const struct row_half *half,
			 struct cipher_key *ret_key)
{
	uint8_t bound[ROW_KEY_BOUND_SIZE];
	struct cipher_box box = {NULL, half->nonce, bound, sizeof(bound)};

	ASSERT(half->state == ROW_HALF_LIVE);
	row_key_bound(vault->keys.vault_id, person, half->key_version, bound);
	for (uint32_t i = 0; i < vault->masters && box.key == NULL; i++)
		if (memcmp(half->master, vault->secrets->names[i], CIPHER_NAME_SIZE) == 0)
			box.key = &vault->secrets->wraps[i];
	if (box.key == NULL)
		return RESULT_VAULT_KEY_WRONG;
	return cipher_unseal(vault->cipher, &box, half->wrapped, CIPHER_KEY_SIZE, half->tag,
			     ret_key->bytes)
		   ? RESULT_OK
		   : RESULT_STORE_CORRUPT;
}

enum result vault_load_key(struct vault *vault, uint32_t person, uint32_t *ret_version)
{
	struct key_slot slot;
	enum result result = key_file_read(&vault->keys, person, &slot);
	int live;

	if (result != RESULT_OK)
		return result;
	if (key_slot_is_erased(&slot))
		return RESULT_PERSON_ERASED;
	live = key_slot_live(&slot);
	if (live < 0)
		return RESULT_NOT_FOUND;
	*ret_version = slot.halves[live].key_version;
	return vault_unwrap(vault, person, &slot.halves[live], &vault->secrets->person);
}

void vault_seal(struct vault *vault, const struct cipher_key *key, uint32_t person,
		const struct vault_value *value, struct row_field *inout_row)
{
	uint8_t bound[ROW_FIELD_BOUND_SIZE];
	struct cipher_box box = {key, inout_row->nonce, bound, sizeof(bound)};
	uint32_t size = row_pad(value->text, vault->secrets->plain);

	ASSERT(inout_row->key_version > 0);
	inout_row->has_index = person_field(value->field)->is_indexed;
	memset(inout_row->index, 0, sizeof(inout_row->index));
	if (inout_row->has_index)
		cipher_index(&vault->secrets->index, value->field, value->text.data,
			     value->text.size, inout_row->index);
	random_bytes(inout_row->nonce, sizeof(inout_row->nonce));
	row_field_bound(vault->keys.vault_id, person, value->field, inout_row, bound);
	inout_row->sealed_size = (uint16_t)size;
	cipher_seal(vault->cipher, &box, vault->secrets->plain, size, inout_row->sealed,
		    inout_row->tag);
	cipher_wipe(vault->secrets->plain, size);
}

bool vault_unseal(struct vault *vault, const struct cipher_key *key, uint32_t person,
		  uint8_t field, const struct row_field *row, struct slice *ret_text)
{
	uint8_t bound[ROW_FIELD_BOUND_SIZE];
	struct cipher_box box = {key, row->nonce, bound, sizeof(bound)};

	row_field_bound(vault->keys.vault_id, person, field, row, bound);
	return cipher_unseal(vault->cipher, &box, row->sealed, row->sealed_size, row->tag,
			     vault->secrets->plain) &&
	       row_unpad(vault->secrets->plain, row->sealed_size, ret_text);
}
