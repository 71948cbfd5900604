/* The ledger's secret: what keeps keyed hashes and encrypted voucher codes worthless to whoever has
 * only the journal or the store.
 *
 * One file beside the ledger, mode 0600, holds 256 random bits in hexadecimal. Three keys are
 * derived from it by HKDF-SHA-256 and never leave this module's structs:
 *   hash    SipHash-2-4, 64 bits: KEYED texts and voucher codes
 *   key     SipHash-2-4, 128 bits: idempotency keys and request bodies
 *   code    AES-256, one block: the voucher code for reprint and replay
 * Lose the file and duplicates by operator, replays and reprints are lost; the money is not.
 *
 * SOURCE ARCHITECTURE section 4: "no personal data enters journal or LMDB … nor an unkeyed hash of
 * one"; API.md, voucher number and voucher code. */
#ifndef ENGINE_AUTH_SECRET_H
#define ENGINE_AUTH_SECRET_H

#include "engine/base/check.h"
#include "engine/base/result.h"

#include <stdint.h>

#define SECRET_SIZE	  32u /* bytes of the file's content, 64 hexadecimal digits */
#define SECRET_HASH_SIZE  16u /* bytes of a 128-bit hash */
#define SECRET_BLOCK_SIZE 16u /* bytes of an encrypted voucher code */
#define SECRET_MESSAGE_SIZE_MAX 2048u /* what a 64-bit hash is made over, its number included */

/* The derived keys. Read-only after secret_load: shared by all threads. */
struct secret {
	uint8_t hash_key[16];
	uint8_t key_key[16];
	uint8_t code_key[32];
};

/* A place for a secret, zeros: pages that are locked, guarded on both sides and in no core dump.
 * NULL: no memory. Where the limit of locked memory is too small they may be swapped, as all else
 * may. */
struct secret *secret_place_open(void);
void secret_place_close(struct secret *secret); /* wipes; accepts NULL */

/* Draws a secret into a new file, mode 0600, durable with its name. RESULT_OK;
 * RESULT_ALREADY_EXISTS: the file is there and stays as it is; RESULT_IO_FAILED;
 * RESULT_DISK_NEARLY_FULL; RESULT_NOT_FOUND: no such folder. */
MUST_CHECK enum result secret_create(const char *path);

/* Reads the file and derives the keys. RESULT_OK; RESULT_NOT_FOUND; RESULT_CONFIG_INVALID: not 64
 * hexadecimal digits, or readable by group or others; RESULT_IO_FAILED; RESULT_OUT_OF_MEMORY:
 * OpenSSL could not derive. */
MUST_CHECK enum result secret_load(const char *path, struct secret *ret_secret);

/* Derives the keys from given bytes: what secret_load does after reading. */
MUST_CHECK enum result secret_derive(const uint8_t bytes[SECRET_SIZE], struct secret *ret_secret);

/* The algorithms, fetched once; one per thread. */
struct secret_hasher;

/* `secret` must outlive it. RESULT_OK; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result secret_hasher_open(const struct secret *secret,
					  struct secret_hasher **ret_hasher);
void secret_hasher_close(struct secret_hasher *hasher); /* accepts NULL */

/* The 64-bit keyed hash of a number and a text: KEYED fields take the provider's id and the
 * caller's reference, so that two providers' equal references differ. The text has at most
 * SECRET_MESSAGE_SIZE_MAX - 8 bytes (asserted). */
uint64_t secret_hash64(struct secret_hasher *hasher, uint64_t number, const void *bytes,
		       uint32_t size);

/* The 128-bit keyed hash of bytes of any size. What they are for, and where each of their parts
 * ends, is for them to say: engine/api/key.c. */
void secret_hash128(struct secret_hasher *hasher, struct slice input,
		    uint8_t ret_hash[SECRET_HASH_SIZE]);

/* The keyed hash under which a voucher code is found. */
uint64_t secret_code_hash(struct secret_hasher *hasher, const struct check_code *code);

/* One AES-256 block: 10 bytes of code and 6 zero bytes. */
void secret_code_encrypt(struct secret_hasher *hasher, const struct check_code *code,
			 uint8_t ret_block[SECRET_BLOCK_SIZE]);
/* False: the block is not one that this secret made (the zero bytes are not zero). */
MUST_CHECK bool secret_code_decrypt(struct secret_hasher *hasher,
				    const uint8_t block[SECRET_BLOCK_SIZE],
				    struct check_code *ret_code);

#endif
