/* The bytes of what the vault stores: rows of fields, rows of the log, halves of key slots, rows of
 * the erasure list. Decoders meet bytes of a disk: they refuse, and never read outside.
 *
 * Numbers are little-endian, in keys big-endian.
 *
 *   field   key    u32 person, u8 field
 *           value  u8 version, u8 has index, u16 0, u32 key version, nonce 12, index 16, tag 16,
 *                  sealed: u16 size, text, zeros up to a multiple of ROW_PADDING
 *           bound  "titoli vault field", vault id 16, u32 person, u8 field, u32 key version,
 *                  u8 has index, index 16
 *   index   key    u8 field, index 16, u32 person
 *           value  u8 version
 *   log     key    u64 number
 *           value  u8 version, u8 act, u8 purpose, u8 0, u32 person, u32 principal, u32 fields,
 *                  i64 instant, link 32, u32 CRC-32C over number and what stands before it
 *           link   HMAC-SHA-256, under a key derived from the index's, over the link of the row
 *                  before (of the first: zeros), the number, and the row up to the link
 *   person_log     u32 person, u64 number: which rows of the log are about whom
 *   half of a key slot, 128 bytes: see struct row_half
 *   row of the erasure list, 40 bytes: see struct row_erasure
 *
 * The tag of AES-GCM takes the checksum's place where there is one. */
#ifndef ENGINE_VAULT_ROW_H
#define ENGINE_VAULT_ROW_H

#include "engine/base/assert.h"
#include "engine/base/slice.h"
#include "engine/base/time.h"
#include "engine/vault/cipher.h"
#include "engine/vault/person.h"

#include <stddef.h>

#define ROW_VERSION	   1u
#define ROW_PADDING	   32u /* bytes: what a length tells of a name */
#define ROW_FIELD_KEY_SIZE 5u
#define ROW_INDEX_KEY_SIZE 21u
#define ROW_LOG_KEY_SIZE   8u
#define ROW_ABOUT_KEY_SIZE 12u
#define ROW_FIELD_HEAD	   52u
#define ROW_PLAIN_SIZE_MAX 1024u /* the longest value with its size, padded */
#define ROW_FIELD_SIZE_MAX (ROW_FIELD_HEAD + ROW_PLAIN_SIZE_MAX)
#define ROW_FIELD_BOUND_SIZE 60u
#define ROW_KEY_BOUND_SIZE   40u
#define ROW_LOG_SIZE	   60u
#define ROW_LINKED_SIZE	   32u /* of a row of the log: what its link is over */
#define ROW_HALF_SIZE	   128u
#define ROW_ERASURE_SIZE   40u
#define ROW_VAULT_ID_SIZE  16u

static_assert(VAULT_VALUE_SIZE_MAX + 2u <= ROW_PLAIN_SIZE_MAX, "the longest value fits");
static_assert(ROW_PLAIN_SIZE_MAX % ROW_PADDING == 0, "padded values fit");

struct row_field {
	uint32_t key_version;
	bool has_index;
	uint8_t nonce[CIPHER_NONCE_SIZE];
	uint8_t index[CIPHER_INDEX_SIZE]; /* zero without one */
	uint8_t tag[CIPHER_TAG_SIZE];
	uint16_t sealed_size; /* bytes, a multiple of ROW_PADDING */
	uint8_t sealed[ROW_PLAIN_SIZE_MAX];
};

/* Somebody did something with a person's data. */
struct row_log {
	uint64_t number; /* dense from 1 */
	struct instant at;
	uint32_t person;    /* 0: a search that found nobody */
	uint32_t principal; /* who */
	uint32_t fields;    /* which, as bits */
	uint8_t act;	    /* enum vault_act */
	uint8_t purpose;    /* enum vault_purpose */
	uint8_t link[CIPHER_CHAIN_SIZE];
};

enum row_half_state {
	ROW_HALF_EMPTY = 0,
	ROW_HALF_LIVE = 1,
	ROW_HALF_ERASED = 2, /* the key was destroyed: for good */
};

/* u8 state, u8 version, u16 0, u32 key version, master's name 8, nonce 12, wrapped key 32, tag 16,
 * zeros, u32 CRC-32C. An empty half is all zero. */
struct row_half {
	uint8_t state; /* enum row_half_state */
	uint32_t key_version;
	uint8_t master[CIPHER_NAME_SIZE]; /* which master key wraps it */
	uint8_t nonce[CIPHER_NONCE_SIZE];
	uint8_t wrapped[CIPHER_KEY_SIZE];
	uint8_t tag[CIPHER_TAG_SIZE];
};

/* u8 version, three zeros, u32 person, u32 principal, vault id 16, i64 instant, u32 CRC-32C. */
struct row_erasure {
	uint8_t vault_id[ROW_VAULT_ID_SIZE];
	uint32_t person;
	uint32_t principal;
	struct instant at;
};

/* A field's value as it is sealed: size, text, zeros. Returns the bytes. */
uint32_t row_pad(struct slice text, uint8_t ret_plain[ROW_PLAIN_SIZE_MAX]);
/* False: not what row_pad makes. The text borrows from `plain`. */
MUST_CHECK bool row_unpad(const uint8_t *plain, uint32_t size, struct slice *ret_text);

/* Returns the bytes. */
uint32_t row_field_encode(const struct row_field *row, uint8_t ret_bytes[ROW_FIELD_SIZE_MAX]);
MUST_CHECK bool row_field_decode(const uint8_t *bytes, size_t size, struct row_field *ret_row);

/* What a field's seal is bound to. */
void row_field_bound(const uint8_t vault_id[ROW_VAULT_ID_SIZE], uint32_t person, uint8_t field,
		     const struct row_field *row, uint8_t ret_bound[ROW_FIELD_BOUND_SIZE]);
/* What a wrapped key is bound to. */
void row_key_bound(const uint8_t vault_id[ROW_VAULT_ID_SIZE], uint32_t person,
		   uint32_t key_version, uint8_t ret_bound[ROW_KEY_BOUND_SIZE]);

void row_log_encode(const struct row_log *row, uint8_t ret_bytes[ROW_LOG_SIZE]);
/* The number and the row up to its link. */
void row_log_linked(const struct row_log *row, uint8_t ret_bytes[ROW_LINKED_SIZE]);
MUST_CHECK bool row_log_decode(uint64_t number, const uint8_t *bytes, size_t size,
			       struct row_log *ret_row);

void row_half_encode(const struct row_half *half, uint8_t ret_bytes[ROW_HALF_SIZE]);
MUST_CHECK bool row_half_decode(const uint8_t bytes[ROW_HALF_SIZE], struct row_half *ret_half);

void row_erasure_encode(const struct row_erasure *row, uint8_t ret_bytes[ROW_ERASURE_SIZE]);
MUST_CHECK bool row_erasure_decode(const uint8_t bytes[ROW_ERASURE_SIZE],
				   struct row_erasure *ret_row);

void row_field_key(uint32_t person, uint8_t field, uint8_t ret_key[ROW_FIELD_KEY_SIZE]);
void row_index_key(uint8_t field, const uint8_t index[CIPHER_INDEX_SIZE], uint32_t person,
		   uint8_t ret_key[ROW_INDEX_KEY_SIZE]);
void row_log_key(uint64_t number, uint8_t ret_key[ROW_LOG_KEY_SIZE]);
void row_about_key(uint32_t person, uint64_t number, uint8_t ret_key[ROW_ABOUT_KEY_SIZE]);
/* The numbers at the ends of keys. */
uint32_t row_person_of(const uint8_t *bytes);
uint64_t row_number_of(const uint8_t *bytes);

#endif
