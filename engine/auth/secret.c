/* See secret.h. SipHash is libsodium's: the same hashes as OpenSSL's, a quarter of the time,
 * because OpenSSL takes parameters and a fetch for each (decision 0048). */
#include "engine/auth/secret.h"

#include "engine/base/text.h"
#include "engine/system/file.h"
#include "engine/system/random.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <sodium/core.h>
#include <sodium/crypto_shorthash_siphash24.h>
#include <sodium/utils.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SECRET_TEXT_SIZE   (2u * SECRET_SIZE + 1u) /* digits and line end */
#define SECRET_NUMBER_SIZE 8u

static_assert(crypto_shorthash_siphash24_BYTES == SECRET_NUMBER_SIZE, "64 bits");
static_assert(crypto_shorthash_siphashx24_BYTES == SECRET_HASH_SIZE, "128 bits");
static_assert(crypto_shorthash_siphashx24_KEYBYTES == sizeof(((struct secret *)0)->key_key),
	      "a key of 128 bits");

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are hashed as they lie");

struct secret_hasher {
	const struct secret *secret;
	EVP_CIPHER_CTX *encrypt;
	EVP_CIPHER_CTX *decrypt;
	uint8_t message[SECRET_MESSAGE_SIZE_MAX]; /* what is being hashed */
};

/* ---- The place ---- */

struct secret *secret_place_open(void)
{
	struct secret *secret = sodium_init() < 0 ? NULL : sodium_malloc(sizeof(*secret));

	if (secret != NULL)
		memset(secret, 0, sizeof(*secret));
	return secret;
}

void secret_place_close(struct secret *secret)
{
	sodium_free(secret);
}

/* ---- The file ---- */

/* The folder of a path, for the sync of its names. */
static void secret_folder_of(const char *path, char ret_folder[FILE_PATH_SIZE_MAX])
{
	const char *slash = strrchr(path, '/');
	size_t size = slash == NULL ? 0 : (size_t)(slash - path);

	ASSERT(size < FILE_PATH_SIZE_MAX);
	memcpy(ret_folder, path, size);
	ret_folder[size] = '\0';
	if (slash == path)
		memcpy(ret_folder, "/", 2);
	if (slash == NULL)
		memcpy(ret_folder, ".", 2);
}

enum result secret_create(const char *path)
{
	uint8_t bytes[SECRET_SIZE];
	char text[SECRET_TEXT_SIZE];
	char folder[FILE_PATH_SIZE_MAX];
	struct file file = FILE_NONE;
	enum result result = file_exists(path);

	if (result != RESULT_NOT_FOUND)
		return result == RESULT_OK ? RESULT_ALREADY_EXISTS : result;
	result = file_open(path, FILE_CREATE, &file);
	if (result != RESULT_OK)
		return result;
	random_bytes(bytes, sizeof(bytes));
	text_hex_encode(bytes, sizeof(bytes), text);
	text[SECRET_TEXT_SIZE - 1] = '\n';
	result = file_write(file, (struct file_span){0, sizeof(text)}, text);
	if (result == RESULT_OK)
		result = file_sync(file);
	file_close(&file);
	OPENSSL_cleanse(bytes, sizeof(bytes));
	OPENSSL_cleanse(text, sizeof(text));
	secret_folder_of(path, folder);
	return result == RESULT_OK ? file_sync_folder(folder) : result;
}

static enum result secret_expand(EVP_KDF_CTX *context, const uint8_t bytes[SECRET_SIZE],
				 const char *label, uint8_t *ret_key, size_t size)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
	    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)bytes,
					      SECRET_SIZE),
	    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)label,
					      strlen(label)),
	    OSSL_PARAM_construct_end(),
	};

	EVP_KDF_CTX_reset(context);
	return EVP_KDF_derive(context, ret_key, size, params) == 1 ? RESULT_OK
								   : RESULT_OUT_OF_MEMORY;
}

enum result secret_derive(const uint8_t bytes[SECRET_SIZE], struct secret *ret_secret)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *context = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
	enum result result = RESULT_OUT_OF_MEMORY;

	if (context == NULL)
		goto out;
	result = secret_expand(context, bytes, "titoli hash", ret_secret->hash_key,
			       sizeof(ret_secret->hash_key));
	if (result == RESULT_OK)
		result = secret_expand(context, bytes, "titoli key", ret_secret->key_key,
				       sizeof(ret_secret->key_key));
	if (result == RESULT_OK)
		result = secret_expand(context, bytes, "titoli code", ret_secret->code_key,
				       sizeof(ret_secret->code_key));
out:
	EVP_KDF_CTX_free(context);
	EVP_KDF_free(kdf);
	return result;
}

enum result secret_load(const char *path, struct secret *ret_secret)
{
	uint8_t bytes[SECRET_SIZE];
	char text[SECRET_TEXT_SIZE + 1];
	struct file file = FILE_NONE;
	struct stat found;
	uint64_t size = 0;
	enum result result;

	if (stat(path, &found) != 0)
		return errno == ENOENT ? RESULT_NOT_FOUND : RESULT_IO_FAILED;
	if ((found.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return RESULT_CONFIG_INVALID;
	result = file_open(path, FILE_READ, &file);
	if (result != RESULT_OK)
		return result;
	result = file_read(file, (struct file_span){0, sizeof(text)}, text, &size);
	file_close(&file);
	if (result != RESULT_OK)
		return result;
	if (size < 2 * SECRET_SIZE || size > SECRET_TEXT_SIZE ||
	    !text_hex_decode((struct slice){text, 2 * SECRET_SIZE}, bytes, SECRET_SIZE))
		return RESULT_CONFIG_INVALID;
	result = secret_derive(bytes, ret_secret);
	OPENSSL_cleanse(bytes, sizeof(bytes));
	OPENSSL_cleanse(text, sizeof(text));
	return result;
}

/* ---- The algorithms ---- */

static EVP_CIPHER_CTX *secret_cipher_open(const struct secret *secret, int encrypt)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();

	if (context == NULL)
		return NULL;
	if (EVP_CipherInit_ex2(context, EVP_aes_256_ecb(), secret->code_key, NULL, encrypt, NULL) !=
		1 ||
	    EVP_CIPHER_CTX_set_padding(context, 0) != 1) {
		EVP_CIPHER_CTX_free(context);
		return NULL;
	}
	return context;
}

enum result secret_hasher_open(const struct secret *secret, struct secret_hasher **ret_hasher)
{
	struct secret_hasher *hasher = calloc(1, sizeof(*hasher));

	ASSERT(secret != NULL);
	if (hasher == NULL)
		return RESULT_OUT_OF_MEMORY;
	hasher->secret = secret;
	hasher->encrypt = secret_cipher_open(secret, 1);
	hasher->decrypt = secret_cipher_open(secret, 0);
	if (hasher->encrypt == NULL || hasher->decrypt == NULL) {
		secret_hasher_close(hasher);
		return RESULT_OUT_OF_MEMORY;
	}
	*ret_hasher = hasher;
	return RESULT_OK;
}

void secret_hasher_close(struct secret_hasher *hasher)
{
	if (hasher == NULL)
		return;
	EVP_CIPHER_CTX_free(hasher->encrypt);
	EVP_CIPHER_CTX_free(hasher->decrypt);
	OPENSSL_cleanse(hasher->message, sizeof(hasher->message));
	free(hasher);
}

uint64_t secret_hash64(struct secret_hasher *hasher, uint64_t number, const void *bytes,
		       uint32_t size)
{
	uint8_t hash[SECRET_NUMBER_SIZE];
	uint64_t value;

	ASSERT(size <= sizeof(hasher->message) - SECRET_NUMBER_SIZE);
	memcpy(hasher->message, &number, SECRET_NUMBER_SIZE);
	if (size > 0)
		memcpy(hasher->message + SECRET_NUMBER_SIZE, bytes, size);
	(void)crypto_shorthash_siphash24(hash, hasher->message, SECRET_NUMBER_SIZE + size,
					 hasher->secret->hash_key);
	memcpy(&value, hash, sizeof(value));
	return value;
}

void secret_hash128(struct secret_hasher *hasher, struct slice input,
		    uint8_t ret_hash[SECRET_HASH_SIZE])
{
	(void)crypto_shorthash_siphashx24(ret_hash, (const unsigned char *)input.data, input.size,
					  hasher->secret->key_key);
}

uint64_t secret_code_hash(struct secret_hasher *hasher, const struct check_code *code)
{
	/* A number no record id reaches keeps codes apart from KEYED texts. */
	return secret_hash64(hasher, UINT64_MAX, code->bytes, CHECK_CODE_BYTES);
}

static void secret_block(EVP_CIPHER_CTX *context, const uint8_t *input, uint8_t *output)
{
	int written = 0;

	ASSERT(EVP_CipherUpdate(context, output, &written, input, (int)SECRET_BLOCK_SIZE) == 1);
	ASSERT(written == (int)SECRET_BLOCK_SIZE);
}

void secret_code_encrypt(struct secret_hasher *hasher, const struct check_code *code,
			 uint8_t ret_block[SECRET_BLOCK_SIZE])
{
	uint8_t plain[SECRET_BLOCK_SIZE] = {0};

	memcpy(plain, code->bytes, CHECK_CODE_BYTES);
	secret_block(hasher->encrypt, plain, ret_block);
	OPENSSL_cleanse(plain, sizeof(plain));
}

bool secret_code_decrypt(struct secret_hasher *hasher, const uint8_t block[SECRET_BLOCK_SIZE],
			 struct check_code *ret_code)
{
	static const uint8_t zeros[SECRET_BLOCK_SIZE - CHECK_CODE_BYTES];
	uint8_t plain[SECRET_BLOCK_SIZE];

	secret_block(hasher->decrypt, block, plain);
	if (memcmp(plain + CHECK_CODE_BYTES, zeros, sizeof(zeros)) != 0)
		return false;
	memcpy(ret_code->bytes, plain, CHECK_CODE_BYTES);
	OPENSSL_cleanse(plain, sizeof(plain));
	return true;
}
