/* See cipher.h. */
#include "engine/vault/cipher.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define INDEX_INPUT_SIZE_MAX 1024u
#define CHAIN_INPUT_SIZE_MAX 64u

struct cipher {
	EVP_CIPHER *algorithm;
	EVP_CIPHER_CTX *context;
};

enum result cipher_open(struct cipher **ret_cipher)
{
	struct cipher *cipher = calloc(1, sizeof(*cipher));

	if (cipher == NULL)
		return RESULT_OUT_OF_MEMORY;
	cipher->algorithm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	cipher->context = EVP_CIPHER_CTX_new();
	if (cipher->algorithm == NULL || cipher->context == NULL) {
		cipher_close(cipher);
		return RESULT_OUT_OF_MEMORY;
	}
	*ret_cipher = cipher;
	return RESULT_OK;
}

void cipher_close(struct cipher *cipher)
{
	if (cipher == NULL)
		return;
	EVP_CIPHER_CTX_free(cipher->context);
	EVP_CIPHER_free(cipher->algorithm);
	free(cipher);
}

/* Key, nonce and what is bound; the content is next. Fails only without memory. */
static void begin(struct cipher *cipher, const struct cipher_box *box, int encrypt)
{
	int written = 0;

	ASSERT(EVP_CipherInit_ex2(cipher->context, cipher->algorithm, box->key->bytes, box->nonce,
				  encrypt, NULL) == 1);
	ASSERT(EVP_CipherUpdate(cipher->context, NULL, &written, box->bound,
				(int)box->bound_size) == 1);
}

/* OpenSSL keeps the key's schedule until the next use. */
static void forget(struct cipher *cipher)
{
	ASSERT(EVP_CIPHER_CTX_reset(cipher->context) == 1);
}

void cipher_seal(struct cipher *cipher, const struct cipher_box *box, const void *plain,
		 uint32_t size, uint8_t *ret_sealed, uint8_t ret_tag[CIPHER_TAG_SIZE])
{
	int written = 0;
	int last = 0;

	begin(cipher, box, 1);
	ASSERT(EVP_CipherUpdate(cipher->context, ret_sealed, &written, plain, (int)size) == 1);
	ASSERT(EVP_CipherFinal_ex(cipher->context, ret_sealed + written, &last) == 1);
	ASSERT((uint32_t)(written + last) == size);
	ASSERT(EVP_CIPHER_CTX_ctrl(cipher->context, EVP_CTRL_AEAD_GET_TAG, CIPHER_TAG_SIZE,
				   ret_tag) == 1);
	forget(cipher);
}

bool cipher_unseal(struct cipher *cipher, const struct cipher_box *box, const uint8_t *sealed,
		   uint32_t size, const uint8_t tag[CIPHER_TAG_SIZE], uint8_t *ret_plain)
{
	uint8_t expected[CIPHER_TAG_SIZE];
	int written = 0;
	int last = 0;
	bool is_true;

	memcpy(expected, tag, sizeof(expected));
	begin(cipher, box, 0);
	ASSERT(EVP_CipherUpdate(cipher->context, ret_plain, &written, sealed, (int)size) == 1);
	ASSERT(EVP_CIPHER_CTX_ctrl(cipher->context, EVP_CTRL_AEAD_SET_TAG, CIPHER_TAG_SIZE,
				   expected) == 1);
	is_true = EVP_CipherFinal_ex(cipher->context, ret_plain + written, &last) == 1;
	forget(cipher);
	if (!is_true)
		cipher_wipe(ret_plain, size);
	return is_true;
}

enum result cipher_derive(const struct cipher_key *key, const char *label, uint8_t *ret_bytes,
			  uint32_t size)
{
	char digest[] = "SHA256";
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *context = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
	OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
	    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)key->bytes,
					      CIPHER_KEY_SIZE),
	    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)label,
					      strlen(label)),
	    OSSL_PARAM_construct_end(),
	};
	bool is_done = context != NULL && EVP_KDF_derive(context, ret_bytes, size, params) == 1;

	EVP_KDF_CTX_free(context);
	EVP_KDF_free(kdf);
	return is_done ? RESULT_OK : RESULT_OUT_OF_MEMORY;
}

void cipher_index(const struct cipher_key *key, uint8_t field, const void *text, uint32_t size,
		  uint8_t ret_index[CIPHER_INDEX_SIZE])
{
	uint8_t input[INDEX_INPUT_SIZE_MAX];
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned int hash_size = 0;

	ASSERT(size < INDEX_INPUT_SIZE_MAX);
	input[0] = field;
	if (size > 0)
		memcpy(input + 1, text, size);
	ASSERT(HMAC(EVP_sha256(), key->bytes, CIPHER_KEY_SIZE, input, size + 1, hash,
		    &hash_size) != NULL);
	ASSERT(hash_size >= CIPHER_INDEX_SIZE);
	memcpy(ret_index, hash, CIPHER_INDEX_SIZE);
	cipher_wipe(input, size + 1);
	cipher_wipe(hash, sizeof(hash));
}

void cipher_chain(const struct cipher_key *key, const uint8_t before[CIPHER_CHAIN_SIZE],
		  const void *bytes, uint32_t size, uint8_t ret_link[CIPHER_CHAIN_SIZE])
{
	uint8_t input[CIPHER_CHAIN_SIZE + CHAIN_INPUT_SIZE_MAX];
	unsigned int hash_size = 0;

	ASSERT(size <= CHAIN_INPUT_SIZE_MAX);
	memcpy(input, before, CIPHER_CHAIN_SIZE);
	memcpy(input + CIPHER_CHAIN_SIZE, bytes, size);
	ASSERT(HMAC(EVP_sha256(), key->bytes, CIPHER_KEY_SIZE, input, CIPHER_CHAIN_SIZE + size,
		    ret_link, &hash_size) != NULL);
	ASSERT(hash_size == CIPHER_CHAIN_SIZE);
}

void cipher_wipe(void *bytes, size_t size)
{
	OPENSSL_cleanse(bytes, size);
}

void *cipher_pages(size_t size)
{
	void *pages =
	    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED)
		return NULL;
	/* Where the limit of locked memory is too small they may be swapped, as all else may. */
	(void)mlock(pages, size);
	(void)madvise(pages, size, MADV_DONTDUMP);
	return pages;
}

void cipher_pages_free(void *pages, size_t size)
{
	if (pages == NULL)
		return;
	cipher_wipe(pages, size);
	(void)munlock(pages, size);
	(void)munmap(pages, size);
}
