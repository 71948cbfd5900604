/* Signatures: see sign.h. */
#include "connectors/preservation/sign.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>

/* Never asks anybody: a service has no terminal. */
static int no_passphrase(char *buffer, int size, int is_writing, void *context)
{
	(void)buffer;
	(void)size;
	(void)is_writing;
	(void)context;
	return -1;
}

static enum result load(const char *path, bool is_private, EVP_PKEY **ret_key)
{
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return RESULT_NOT_FOUND;
	EVP_PKEY *key = is_private ? PEM_read_PrivateKey(file, NULL, no_passphrase, NULL)
				   : PEM_read_PUBKEY(file, NULL, no_passphrase, NULL);
	(void)fclose(file);
	if (key != NULL && EVP_PKEY_is_a(key, "ED25519") == 1) {
		*ret_key = key;
		return RESULT_OK;
	}
	EVP_PKEY_free(key);
	return RESULT_CONFIG_INVALID;
}

static const unsigned char *bytes_of(struct slice bytes)
{
	return (const unsigned char *)bytes.data;
}

enum result sign_make(const char *private_key, struct slice bytes, uint8_t ret_signature[SIGN_SIZE])
{
	ASSERT(private_key != NULL);
	EVP_PKEY *key = NULL;
	size_t size = SIGN_SIZE;
	enum result result = load(private_key, true, &key);
	if (result != RESULT_OK)
		return result;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool is_good =
	    context != NULL && EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
	    EVP_DigestSign(context, ret_signature, &size, bytes_of(bytes), bytes.size) == 1;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	return is_good && size == SIGN_SIZE ? RESULT_OK : RESULT_OUT_OF_MEMORY;
}

enum result sign_check(const char *public_key, struct slice bytes, struct slice signature)
{
	ASSERT(public_key != NULL);
	EVP_PKEY *key = NULL;
	enum result result = load(public_key, false, &key);
	if (result != RESULT_OK)
		return result;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool is_good = signature.size == SIGN_SIZE && context != NULL &&
		       EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
		       EVP_DigestVerify(context, bytes_of(signature), signature.size,
					bytes_of(bytes), bytes.size) == 1;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	return is_good ? RESULT_OK : RESULT_CHECK_FAILED;
}
