/* The vault's cryptography, all of it OpenSSL's: AES-256-GCM for fields and wrapped keys, HKDF and
 * HMAC with SHA-256 for derived keys and the blind index.
 *
 * Keys lie in memory that is locked where the system allows it, left out of core dumps, and wiped
 * before it is given back. Not thread-safe: the vault's lock is held. */
#ifndef ENGINE_VAULT_CIPHER_H
#define ENGINE_VAULT_CIPHER_H

#include "engine/base/assert.h"
#include "engine/base/result.h"

#include <stddef.h>
#include <stdint.h>

#define CIPHER_KEY_SIZE	  32u /* AES-256 */
#define CIPHER_NONCE_SIZE 12u
#define CIPHER_TAG_SIZE	  16u
#define CIPHER_INDEX_SIZE 16u /* of a blind index: HMAC-SHA-256, cut */
#define CIPHER_CHAIN_SIZE 32u /* of a link of the log: HMAC-SHA-256 */
#define CIPHER_NAME_SIZE  8u  /* by which a master key is told from another */

struct cipher;

struct cipher_key {
	uint8_t bytes[CIPHER_KEY_SIZE];
};

/* What is sealed with what; all sizes in bytes. */
struct cipher_box {
	const struct cipher_key *key;
	const uint8_t *nonce; /* CIPHER_NONCE_SIZE; fresh for each seal under one key */
	const void *bound;    /* authenticated, not encrypted */
	uint32_t bound_size;
};

/* RESULT_OK; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result cipher_open(struct cipher **ret_cipher);
void cipher_close(struct cipher *cipher); /* accepts NULL */

/* Encrypts `size` bytes; output may be the input. */
void cipher_seal(struct cipher *cipher, const struct cipher_box *box, const void *plain,
		 uint32_t size, uint8_t *ret_sealed, uint8_t ret_tag[CIPHER_TAG_SIZE]);

/* Decrypts. False, with ret_plain wiped: not what was sealed with this key, nonce and bound. */
MUST_CHECK bool cipher_unseal(struct cipher *cipher, const struct cipher_box *box,
			      const uint8_t *sealed, uint32_t size,
			      const uint8_t tag[CIPHER_TAG_SIZE], uint8_t *ret_plain);

/* HKDF-SHA-256 of a key under a label. RESULT_OK; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result cipher_derive(const struct cipher_key *key, const char *label,
				     uint8_t *ret_bytes, uint32_t size);

/* HMAC-SHA-256 over a field's number and its text, cut to CIPHER_INDEX_SIZE. */
void cipher_index(const struct cipher_key *key, uint8_t field, const void *text, uint32_t size,
		  uint8_t ret_index[CIPHER_INDEX_SIZE]);

/* The link after `before`: HMAC-SHA-256 over it and `size` bytes (at most 64). */
void cipher_chain(const struct cipher_key *key, const uint8_t before[CIPHER_CHAIN_SIZE],
		  const void *bytes, uint32_t size, uint8_t ret_link[CIPHER_CHAIN_SIZE]);

/* Overwrites in a way that no compiler leaves out. */
void cipher_wipe(void *bytes, size_t size);

/* Zeroed memory for secrets, in pages of its own: locked if the limit allows, not in core dumps;
 * NULL: there is none. */
void *cipher_pages(size_t size);
void cipher_pages_free(void *pages, size_t size); /* wiped; accepts NULL */

#endif
