/* See row.h. */
#include "engine/vault/row.h"

#include "engine/base/crc32c.h"

#include <endian.h>
#include <string.h>

#define FIELD_LABEL "titoli vault field"
#define KEY_LABEL   "titoli vault key"

static void put_u32(uint8_t *at, uint32_t value)
{
	value = htole32(value);
	memcpy(at, &value, sizeof(value));
}

static void put_u64(uint8_t *at, uint64_t value)
{
	value = htole64(value);
	memcpy(at, &value, sizeof(value));
}

static uint32_t get_u32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return le32toh(value);
}

static uint64_t get_u64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return le64toh(value);
}

static bool is_zero(const uint8_t *bytes, uint32_t size)
{
	uint8_t seen = 0;

	for (uint32_t i = 0; i < size; i++)
		seen |= bytes[i];
	return seen == 0;
}

/* ---- Values ---- */

uint32_t row_pad(struct slice text, uint8_t ret_plain[ROW_PLAIN_SIZE_MAX])
{
	uint32_t size = text.size + 2;

	ASSERT(text.size > 0 && text.size <= VAULT_VALUE_SIZE_MAX);
	size = (size + ROW_PADDING - 1) / ROW_PADDING * ROW_PADDING;
	ASSERT(size <= ROW_PLAIN_SIZE_MAX);
	memset(ret_plain, 0, size);
	ret_plain[0] = (uint8_t)(text.size & 0xff);
	ret_plain[1] = (uint8_t)(text.size >> 8);
	memcpy(ret_plain + 2, text.data, text.size);
	return size;
}

bool row_unpad(const uint8_t *plain, uint32_t size, struct slice *ret_text)
{
	uint32_t length;

	if (size < ROW_PADDING || size > ROW_PLAIN_SIZE_MAX || size % ROW_PADDING != 0)
		return false;
	length = plain[0] | (uint32_t)plain[1] << 8;
	if (length == 0 || length > size - 2 || length + 2 + ROW_PADDING <= size)
		return false;
	if (!is_zero(plain + 2 + length, size - 2 - length))
		return false;
	*ret_text = (struct slice){(const char *)plain + 2, length};
	return true;
}

/* ---- Fields ---- */

uint32_t row_field_encode(const struct row_field *row, uint8_t ret_bytes[ROW_FIELD_SIZE_MAX])
{
	ASSERT(row->sealed_size > 0 && row->sealed_size <= ROW_PLAIN_SIZE_MAX);
	memset(ret_bytes, 0, ROW_FIELD_HEAD);
	ret_bytes[0] = ROW_VERSION;
	ret_bytes[1] = row->has_index ? 1 : 0;
	put_u32(ret_bytes + 4, row->key_version);
	memcpy(ret_bytes + 8, row->nonce, CIPHER_NONCE_SIZE);
	memcpy(ret_bytes + 20, row->index, CIPHER_INDEX_SIZE);
	memcpy(ret_bytes + 36, row->tag, CIPHER_TAG_SIZE);
	memcpy(ret_bytes + ROW_FIELD_HEAD, row->sealed, row->sealed_size);
	return ROW_FIELD_HEAD + row->sealed_size;
}

bool row_field_decode(const uint8_t *bytes, size_t size, struct row_field *ret_row)
{
	if (size < ROW_FIELD_HEAD + ROW_PADDING || size > ROW_FIELD_SIZE_MAX ||
	    (size - ROW_FIELD_HEAD) % ROW_PADDING != 0)
		return false;
	if (bytes[0] != ROW_VERSION || bytes[1] > 1 || bytes[2] != 0 || bytes[3] != 0)
		return false;
	if (bytes[1] == 0 && !is_zero(bytes + 20, CIPHER_INDEX_SIZE))
		return false;
	ret_row->has_index = bytes[1] == 1;
	ret_row->key_version = get_u32(bytes + 4);
	memcpy(ret_row->nonce, bytes + 8, CIPHER_NONCE_SIZE);
	memcpy(ret_row->index, bytes + 20, CIPHER_INDEX_SIZE);
	memcpy(ret_row->tag, bytes + 36, CIPHER_TAG_SIZE);
	ret_row->sealed_size = (uint16_t)(size - ROW_FIELD_HEAD);
	memcpy(ret_row->sealed, bytes + ROW_FIELD_HEAD, ret_row->sealed_size);
	return true;
}

void row_field_bound(const uint8_t vault_id[ROW_VAULT_ID_SIZE], uint32_t person, uint8_t field,
		     const struct row_field *row, uint8_t ret_bound[ROW_FIELD_BOUND_SIZE])
{
	uint8_t *at = ret_bound;

	static_assert(sizeof(FIELD_LABEL) - 1 + ROW_VAULT_ID_SIZE + 4 + 1 + 4 + 1 +
			      CIPHER_INDEX_SIZE ==
			  ROW_FIELD_BOUND_SIZE,
		      "the bound is filled");
	memcpy(at, FIELD_LABEL, sizeof(FIELD_LABEL) - 1);
	at += sizeof(FIELD_LABEL) - 1;
	memcpy(at, vault_id, ROW_VAULT_ID_SIZE);
	at += ROW_VAULT_ID_SIZE;
	put_u32(at, person);
	at[4] = field;
	put_u32(at + 5, row->key_version);
	at[9] = row->has_index ? 1 : 0;
	memcpy(at + 10, row->index, CIPHER_INDEX_SIZE);
}

void row_key_bound(const uint8_t vault_id[ROW_VAULT_ID_SIZE], uint32_t person,
		   uint32_t key_version, uint8_t ret_bound[ROW_KEY_BOUND_SIZE])
{
	uint8_t *at = ret_bound;

	static_assert(sizeof(KEY_LABEL) - 1 + ROW_VAULT_ID_SIZE + 4 + 4 == ROW_KEY_BOUND_SIZE,
		      "the bound is filled");
	memcpy(at, KEY_LABEL, sizeof(KEY_LABEL) - 1);
	at += sizeof(KEY_LABEL) - 1;
	memcpy(at, vault_id, ROW_VAULT_ID_SIZE);
	at += ROW_VAULT_ID_SIZE;
	put_u32(at, person);
	put_u32(at + 4, key_version);
}

/* ---- The log ---- */

#define LOG_DEED_SIZE 24u /* who did what, when */

static_assert(ROW_LOG_KEY_SIZE + LOG_DEED_SIZE == ROW_LINKED_SIZE, "a link is over both");
static_assert(LOG_DEED_SIZE + CIPHER_CHAIN_SIZE + 4 == ROW_LOG_SIZE, "a row is full");

/* A row that was moved under another number is damaged. */
static uint32_t log_checksum(uint64_t number, const uint8_t bytes[ROW_LOG_SIZE])
{
	uint8_t key[ROW_LOG_KEY_SIZE];

	row_log_key(number, key);
	return crc32c_extend(crc32c(key, sizeof(key)), bytes, ROW_LOG_SIZE - 4);
}

static void encode_deed(const struct row_log *row, uint8_t ret_bytes[LOG_DEED_SIZE])
{
	ret_bytes[0] = ROW_VERSION;
	ret_bytes[1] = row->act;
	ret_bytes[2] = row->purpose;
	ret_bytes[3] = 0;
	put_u32(ret_bytes + 4, row->person);
	put_u32(ret_bytes + 8, row->principal);
	put_u32(ret_bytes + 12, row->fields);
	put_u64(ret_bytes + 16, (uint64_t)row->at.us);
}

void row_log_encode(const struct row_log *row, uint8_t ret_bytes[ROW_LOG_SIZE])
{
	encode_deed(row, ret_bytes);
	memcpy(ret_bytes + LOG_DEED_SIZE, row->link, CIPHER_CHAIN_SIZE);
	put_u32(ret_bytes + ROW_LOG_SIZE - 4, log_checksum(row->number, ret_bytes));
}

void row_log_linked(const struct row_log *row, uint8_t ret_bytes[ROW_LINKED_SIZE])
{
	row_log_key(row->number, ret_bytes);
	encode_deed(row, ret_bytes + ROW_LOG_KEY_SIZE);
}

bool row_log_decode(uint64_t number, const uint8_t *bytes, size_t size, struct row_log *ret_row)
{
	if (size != ROW_LOG_SIZE || bytes[0] != ROW_VERSION || bytes[3] != 0 ||
	    get_u32(bytes + ROW_LOG_SIZE - 4) != log_checksum(number, bytes))
		return false;
	if (person_act_name(bytes[1]) == NULL || person_purpose_name(bytes[2]) == NULL)
		return false;
	*ret_row = (struct row_log){
	    .number = number,
	    .at = {(int64_t)get_u64(bytes + 16)},
	    .person = get_u32(bytes + 4),
	    .principal = get_u32(bytes + 8),
	    .fields = get_u32(bytes + 12),
	    .act = bytes[1],
	    .purpose = bytes[2],
	};
	memcpy(ret_row->link, bytes + LOG_DEED_SIZE, CIPHER_CHAIN_SIZE);
	return true;
}

/* ---- Key slots ---- */

void row_half_encode(const struct row_half *half, uint8_t ret_bytes[ROW_HALF_SIZE])
{
	memset(ret_bytes, 0, ROW_HALF_SIZE);
	if (half->state == ROW_HALF_EMPTY)
		return;
	ret_bytes[0] = half->state;
	ret_bytes[1] = ROW_VERSION;
	if (half->state == ROW_HALF_LIVE) {
		put_u32(ret_bytes + 4, half->key_version);
		memcpy(ret_bytes + 8, half->master, CIPHER_NAME_SIZE);
		memcpy(ret_bytes + 16, half->nonce, CIPHER_NONCE_SIZE);
		memcpy(ret_bytes + 28, half->wrapped, CIPHER_KEY_SIZE);
		memcpy(ret_bytes + 60, half->tag, CIPHER_TAG_SIZE);
	}
	put_u32(ret_bytes + ROW_HALF_SIZE - 4, crc32c(ret_bytes, ROW_HALF_SIZE - 4));
}

bool row_half_decode(const uint8_t bytes[ROW_HALF_SIZE], struct row_half *ret_half)
{
	if (is_zero(bytes, ROW_HALF_SIZE)) {
		*ret_half = (struct row_half){.state = ROW_HALF_EMPTY};
		return true;
	}
	if (get_u32(bytes + ROW_HALF_SIZE - 4) != crc32c(bytes, ROW_HALF_SIZE - 4) ||
	    bytes[1] != ROW_VERSION || bytes[2] != 0 || bytes[3] != 0 ||
	    !is_zero(bytes + 76, ROW_HALF_SIZE - 80))
		return false;
	if (bytes[0] == ROW_HALF_ERASED && is_zero(bytes + 4, 72)) {
		*ret_half = (struct row_half){.state = ROW_HALF_ERASED};
		return true;
	}
	if (bytes[0] != ROW_HALF_LIVE || get_u32(bytes + 4) == 0)
		return false;
	ret_half->state = bytes[0];
	ret_half->key_version = get_u32(bytes + 4);
	memcpy(ret_half->master, bytes + 8, CIPHER_NAME_SIZE);
	memcpy(ret_half->nonce, bytes + 16, CIPHER_NONCE_SIZE);
	memcpy(ret_half->wrapped, bytes + 28, CIPHER_KEY_SIZE);
	memcpy(ret_half->tag, bytes + 60, CIPHER_TAG_SIZE);
	return true;
}

/* ---- The erasure list ---- */

void row_erasure_encode(const struct row_erasure *row, uint8_t ret_bytes[ROW_ERASURE_SIZE])
{
	memset(ret_bytes, 0, ROW_ERASURE_SIZE);
	ret_bytes[0] = ROW_VERSION;
	put_u32(ret_bytes + 4, row->person);
	put_u32(ret_bytes + 8, row->principal);
	memcpy(ret_bytes + 12, row->vault_id, ROW_VAULT_ID_SIZE);
	put_u64(ret_bytes + 28, (uint64_t)row->at.us);
	put_u32(ret_bytes + 36, crc32c(ret_bytes, 36));
}

bool row_erasure_decode(const uint8_t bytes[ROW_ERASURE_SIZE], struct row_erasure *ret_row)
{
	if (bytes[0] != ROW_VERSION || !is_zero(bytes + 1, 3) || get_u32(bytes + 4) == 0 ||
	    get_u32(bytes + 36) != crc32c(bytes, 36))
		return false;
	ret_row->person = get_u32(bytes + 4);
	ret_row->principal = get_u32(bytes + 8);
	memcpy(ret_row->vault_id, bytes + 12, ROW_VAULT_ID_SIZE);
	ret_row->at.us = (int64_t)get_u64(bytes + 28);
	return true;
}

/* ---- Keys of the tables ---- */

static void put_big_u32(uint8_t *at, uint32_t value)
{
	value = htobe32(value);
	memcpy(at, &value, sizeof(value));
}

static void put_big_u64(uint8_t *at, uint64_t value)
{
	value = htobe64(value);
	memcpy(at, &value, sizeof(value));
}

void row_field_key(uint32_t person, uint8_t field, uint8_t ret_key[ROW_FIELD_KEY_SIZE])
{
	put_big_u32(ret_key, person);
	ret_key[4] = field;
}

void row_index_key(uint8_t field, const uint8_t index[CIPHER_INDEX_SIZE], uint32_t person,
		   uint8_t ret_key[ROW_INDEX_KEY_SIZE])
{
	ret_key[0] = field;
	memcpy(ret_key + 1, index, CIPHER_INDEX_SIZE);
	put_big_u32(ret_key + 1 + CIPHER_INDEX_SIZE, person);
}

void row_log_key(uint64_t number, uint8_t ret_key[ROW_LOG_KEY_SIZE])
{
	put_big_u64(ret_key, number);
}

void row_about_key(uint32_t person, uint64_t number, uint8_t ret_key[ROW_ABOUT_KEY_SIZE])
{
	put_big_u32(ret_key, person);
	put_big_u64(ret_key + 4, number);
}

uint32_t row_person_of(const uint8_t *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return be32toh(value);
}

uint64_t row_number_of(const uint8_t *bytes)
{
	uint64_t value;

	memcpy(&value, bytes, sizeof(value));
	return be64toh(value);
}
