/* Signatures: see signature.h. */
#include "connectors/delivery/signature.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIGNATURE_SIZE 64u
static_assert(SIGNATURE_TEXT_SIZE == (SIGNATURE_SIZE + 2) / 3 * 4 + 1, "base64 and a line break");

/* ---- Keys ---- */

static FILE *create(const char *path, mode_t mode)
{
	int file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode);
	return file < 0 ? NULL : fdopen(file, "w");
}

static bool end(FILE *file, bool good)
{
	good = good && fflush(file) == 0 && fsync(fileno(file)) == 0;
	return fclose(file) == 0 && good;
}

static enum result write_keys(const char *private_path, const char *public_path, EVP_PKEY *key)
{
	FILE *file = create(private_path, S_IRUSR | S_IWUSR);
	if (file == NULL)
		return errno == EEXIST ? RESULT_ALREADY_EXISTS : RESULT_IO_FAILED;
	if (!end(file, PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1))
		return RESULT_IO_FAILED;
	file = create(public_path, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
	if (file == NULL)
		return errno == EEXIST ? RESULT_ALREADY_EXISTS : RESULT_IO_FAILED;
	return end(file, PEM_write_PUBKEY(file, key) == 1) ? RESULT_OK : RESULT_IO_FAILED;
}

enum result signature_make_keys(const char *private_path, const char *public_path)
{
	ASSERT(private_path != NULL && public_path != NULL);
	if (access(private_path, F_OK) == 0 || access(public_path, F_OK) == 0)
		return RESULT_ALREADY_EXISTS;
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (key == NULL)
		return RESULT_IO_FAILED;
	enum result result = write_keys(private_path, public_path, key);
	EVP_PKEY_free(key);
	return result;
}

static enum result read_key(const char *path, bool is_private, EVP_PKEY **ret_key)
{
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return RESULT_NOT_FOUND;
	EVP_PKEY *key = is_private ? PEM_read_PrivateKey(file, NULL, NULL, NULL)
				   : PEM_read_PUBKEY(file, NULL, NULL, NULL);
	(void)fclose(file);
	if (key == NULL || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519) {
		EVP_PKEY_free(key);
		return RESULT_CONFIG_INVALID;
	}
	*ret_key = key;
	return RESULT_OK;
}

/* ---- Signatures ---- */

enum result signature_sign(const char *private_path, struct slice bytes,
			   char ret_text[SIGNATURE_TEXT_SIZE])
{
	ASSERT(private_path != NULL && ret_text != NULL);
	EVP_PKEY *key = NULL;
	enum result result = read_key(private_path, true, &key);
	if (result != RESULT_OK)
		return result;
	unsigned char signature[SIGNATURE_SIZE];
	unsigned char text[SIGNATURE_TEXT_SIZE + 1];
	size_t size = sizeof(signature);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good = context != NULL && EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
		    EVP_DigestSign(context, signature, &size, (const unsigned char *)bytes.data,
				   bytes.size) == 1 &&
		    size == sizeof(signature);
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	if (!good)
		return RESULT_CONFIG_INVALID;
	int length = EVP_EncodeBlock(text, signature, (int)sizeof(signature));
	ASSERT((size_t)length == SIGNATURE_TEXT_SIZE - 1);
	memcpy(ret_text, text, SIGNATURE_TEXT_SIZE - 1);
	ret_text[SIGNATURE_TEXT_SIZE - 1] = '\n';
	return RESULT_OK;
}

/* The bytes of a signature's text, in the one way to write them: a decoder of base64 would take
 * others for the same. */
static bool read_text(struct slice text, unsigned char ret_signature[SIGNATURE_TEXT_SIZE])
{
	unsigned char own[SIGNATURE_TEXT_SIZE];
	if (text.size != SIGNATURE_TEXT_SIZE || text.data[SIGNATURE_TEXT_SIZE - 1] != '\n')
		return false;
	if (EVP_DecodeBlock(ret_signature, (const unsigned char *)text.data,
			    (int)SIGNATURE_TEXT_SIZE - 1) < (int)SIGNATURE_SIZE)
		return false;
	(void)EVP_EncodeBlock(own, ret_signature, (int)SIGNATURE_SIZE);
	return memcmp(own, text.data, SIGNATURE_TEXT_SIZE - 1) == 0;
}

enum result signature_verify(const char *public_path, struct slice bytes, struct slice text)
{
	ASSERT(public_path != NULL);
	EVP_PKEY *key = NULL;
	enum result result = read_key(public_path, false, &key);
	if (result != RESULT_OK)
		return result;
	unsigned char signature[SIGNATURE_TEXT_SIZE];
	bool good = read_text(text, signature);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	good = good && context != NULL &&
	       EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
	       EVP_DigestVerify(context, signature, SIGNATURE_SIZE,
				(const unsigned char *)bytes.data, bytes.size) == 1;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	return good ? RESULT_OK : RESULT_CHECK_FAILED;
}
