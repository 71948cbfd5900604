/* See authority.h. */
#include "connectors/authority/authority_inside.h"
#include "engine/base/text.h"
#include "engine/system/random.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define AUTHORITY_SERIAL_BYTES 16u
#define AUTHORITY_S_PER_DAY    86400
#define AUTHORITY_EARLIER_S    300 /* clocks differ */

enum result authority_fail(enum result result, const char *fault, const char **ret_fault)
{
	*ret_fault = fault;
	return result;
}

/* ---- Files ---- */

enum result authority_write(const char *folder, const char *name, BIO *text)
{
	char aside[FILE_PATH_SIZE_MAX];
	char path[FILE_PATH_SIZE_MAX];
	char hidden[80];
	char *bytes = NULL;
	long size = BIO_get_mem_data(text, &bytes);
	struct file file = FILE_NONE;
	enum result result;

	(void)snprintf(hidden, sizeof(hidden), "%s.new", name);
	if (size <= 0 || !file_path(folder, hidden, aside) || !file_path(folder, name, path))
		return RESULT_IO_FAILED;
	result = file_remove(aside);
	if (result == RESULT_OK)
		result = file_open(aside, FILE_CREATE, &file);
	if (result == RESULT_OK)
		result = file_write(file, (struct file_span){0, (uint64_t)size}, bytes);
	if (result == RESULT_OK)
		result = file_sync(file);
	file_close(&file);
	if (result == RESULT_OK)
		result = file_rename(aside, path);
	return result == RESULT_OK ? file_sync_folder(folder) : result;
}

static int no_passphrase(char *buffer, int size, int is_writing, void *context)
{
	(void)buffer;
	(void)size;
	(void)is_writing;
	(void)context;
	return -1;
}

static BIO *open_text(const char *folder, const char *name)
{
	char path[FILE_PATH_SIZE_MAX];

	return file_path(folder, name, path) ? BIO_new_file(path, "r") : NULL;
}

/* ---- Certificates ---- */

bool authority_extend(X509 *made, X509 *issuer, int kind, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX context;
	bool is_good;

	X509V3_set_ctx(&context, issuer, made, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
	is_good = extension != NULL && X509_add_ext(made, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return is_good;
}

/* 127 random bits: positive, and nobody's guess. */
static bool draw_serial(X509 *made)
{
	uint8_t bytes[AUTHORITY_SERIAL_BYTES];
	BIGNUM *number;
	bool is_good;

	random_bytes(bytes, sizeof(bytes));
	bytes[0] = (uint8_t)((bytes[0] & 0x7fu) | 0x40u); /* sixteen bytes always */
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	is_good = number != NULL &&
		  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(made)) != NULL;
	BN_free(number);
	return is_good;
}

bool authority_begin(X509 *made, EVP_PKEY *key, uint32_t days)
{
	return made != NULL && X509_set_version(made, X509_VERSION_3) == 1 && draw_serial(made) &&
	       X509_gmtime_adj(X509_getm_notBefore(made), -AUTHORITY_EARLIER_S) != NULL &&
	       X509_gmtime_adj(X509_getm_notAfter(made), (long)days * AUTHORITY_S_PER_DAY) !=
		   NULL &&
	       X509_set_pubkey(made, key) == 1;
}

static bool serial_text(const ASN1_INTEGER *serial, char ret_text[AUTHORITY_SERIAL_SIZE])
{
	uint8_t bytes[AUTHORITY_SERIAL_BYTES];
	BIGNUM *number = ASN1_INTEGER_to_BN(serial, NULL);
	bool is_good =
	    number != NULL && BN_is_negative(number) == 0 &&
	    BN_bn2binpad(number, bytes, sizeof(bytes)) == (int)sizeof(bytes);

	BN_free(number);
	if (!is_good)
		return false;
	text_hex_encode(bytes, sizeof(bytes), ret_text);
	ret_text[AUTHORITY_SERIAL_SIZE - 1] = '\0';
	return true;
}

static X509 *make_root(EVP_PKEY *key, const char *name, uint32_t days)
{
	X509 *made = X509_new();
	bool is_good = authority_begin(made, key, days);
	X509_NAME *subject = is_good ? X509_get_subject_name(made) : NULL;

	is_good = is_good &&
		  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
					     (const unsigned char *)name, -1, -1, 0) == 1 &&
		  X509_set_issuer_name(made, subject) == 1 &&
		  authority_extend(made, made, NID_basic_constraints,
				   "critical,CA:TRUE,pathlen:0") &&
		  authority_extend(made, made, NID_key_usage, "critical,keyCertSign,cRLSign") &&
		  authority_extend(made, made, NID_subject_key_identifier, "hash") &&
		  X509_sign(made, key, EVP_sha256()) > 0;
	if (is_good)
		return made;
	X509_free(made);
	return NULL;
}

/* ---- Making one ---- */

static bool name_is_good(const char *name)
{
	size_t size = strlen(name);

	for (size_t i = 0; i < size; i++)
		if (name[i] < ' ' || name[i] > '~')
			return false;
	return size > 0 && size <= 64;
}

static bool visit_any(void *context, const char *name)
{
	(void)name;
	*(bool *)context = true;
	return false;
}

/* The key last: an authority without one is none, and can be made again. */
static enum result write_all(struct authority *made, const char **ret_fault)
{
	char issued[FILE_PATH_SIZE_MAX];
	BIO *text = BIO_new(BIO_s_mem());
	enum result result = RESULT_OUT_OF_MEMORY;

	if (text != NULL && PEM_write_bio_X509(text, made->certificate) == 1)
		result = authority_write(made->folder, "ca.pem", text);
	BIO_free(text);
	if (result == RESULT_OK)
		result = file_path(made->folder, "issued", issued) ? file_make_folder(issued)
								   : RESULT_IO_FAILED;
	if (result == RESULT_OK)
		result = authority_write_list(made, NULL, 30, ret_fault);
	text = BIO_new(BIO_s_secmem());
	if (result == RESULT_OK)
		result = text != NULL && PEM_write_bio_PKCS8PrivateKey(text, made->key, NULL, NULL,
								       0, NULL, NULL) == 1
			     ? authority_write(made->folder, "ca.key", text)
			     : RESULT_OUT_OF_MEMORY;
	BIO_free(text);
	return result == RESULT_OK
		   ? result
		   : authority_fail(result, "the folder cannot be written", ret_fault);
}

enum result authority_init(const char *folder, const char *name, uint32_t days,
			   const char **ret_fault)
{
	struct authority made = {.lock = FILE_NONE};
	bool has_any = false;
	enum result result;

	if (!name_is_good(name))
		return authority_fail(RESULT_FIELD_INVALID,
				      "the name is no printable ASCII of 1 to 64 bytes", ret_fault);
	if (days == 0 || days > AUTHORITY_DAYS_MAX)
		return authority_fail(RESULT_FIELD_INVALID, "the days are not 1 to 3650",
				      ret_fault);
	if (strlen(folder) >= sizeof(made.folder))
		return authority_fail(RESULT_FIELD_INVALID, "the folder's name is too long",
				      ret_fault);
	memcpy(made.folder, folder, strlen(folder) + 1);
	if (file_make_folder(folder) != RESULT_OK ||
	    file_list(folder, visit_any, &has_any) != RESULT_OK)
		return authority_fail(RESULT_IO_FAILED, "the folder cannot be made", ret_fault);
	if (has_any)
		return authority_fail(RESULT_ALREADY_EXISTS, "the folder is not empty", ret_fault);
	made.key = EVP_EC_gen("P-256");
	made.certificate = made.key == NULL ? NULL : make_root(made.key, name, days);
	result = made.certificate == NULL
		     ? authority_fail(RESULT_OUT_OF_MEMORY, "no memory", ret_fault)
		     : write_all(&made, ret_fault);
	X509_CRL_free(made.list);
	X509_free(made.certificate);
	EVP_PKEY_free(made.key);
	ERR_clear_error();
	return result;
}

/* ---- Using one ---- */

static bool key_is_private(const char *folder)
{
	char path[FILE_PATH_SIZE_MAX];
	struct stat found;

	return file_path(folder, "ca.key", path) && stat(path, &found) == 0 &&
	       (found.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

static bool read_all(struct authority *authority)
{
	BIO *certificate = open_text(authority->folder, "ca.pem");
	BIO *key = open_text(authority->folder, "ca.key");
	BIO *list = open_text(authority->folder, "crl.pem");

	if (certificate != NULL)
		authority->certificate = PEM_read_bio_X509(certificate, NULL, NULL, NULL);
	if (key != NULL)
		authority->key = PEM_read_bio_PrivateKey(key, NULL, no_passphrase, NULL);
	if (list != NULL)
		authority->list = PEM_read_bio_X509_CRL(list, NULL, NULL, NULL);
	BIO_free(certificate);
	BIO_free(key);
	BIO_free(list);
	return authority->certificate != NULL && authority->key != NULL &&
	       authority->list != NULL &&
	       X509_check_private_key(authority->certificate, authority->key) == 1 &&
	       X509_CRL_verify(authority->list, authority->key) == 1;
}

enum result authority_open(const char *folder, struct authority **ret_authority,
			   const char **ret_fault)
{
	struct authority *authority = calloc(1, sizeof(*authority));
	char path[FILE_PATH_SIZE_MAX];
	enum result result;

	if (authority == NULL)
		return authority_fail(RESULT_OUT_OF_MEMORY, "no memory", ret_fault);
	authority->lock = FILE_NONE;
	result = strlen(folder) < sizeof(authority->folder) && file_path(folder, "ca.key", path)
		     ? file_exists(path)
		     : RESULT_NOT_FOUND;
	if (result != RESULT_OK) {
		free(authority);
		return authority_fail(result, "no authority is in this folder", ret_fault);
	}
	memcpy(authority->folder, folder, strlen(folder) + 1);
	if (!key_is_private(folder))
		result = authority_fail(RESULT_CONFIG_INVALID, "others can read ca.key", ret_fault);
	if (result == RESULT_OK && file_path(folder, "lock", path)) {
		result = file_lock(path, &authority->lock);
		*ret_fault = "another process is using it";
	}
	if (result == RESULT_OK && !read_all(authority))
		result = authority_fail(RESULT_CONFIG_INVALID, "its files are damaged", ret_fault);
	ERR_clear_error();
	if (result == RESULT_OK)
		*ret_authority = authority;
	else
		authority_close(authority);
	return result;
}

void authority_close(struct authority *authority)
{
	if (authority == NULL)
		return;
	X509_free(authority->certificate);
	X509_CRL_free(authority->list);
	EVP_PKEY_free(authority->key);
	file_close(&authority->lock);
	free(authority);
}

static X509 *make_client(struct authority *authority, X509_REQ *request, uint32_t days)
{
	X509 *issuer = authority->certificate;
	X509 *made = X509_new();
	bool is_good =
	    authority_begin(made, X509_REQ_get0_pubkey(request), days) &&
	    X509_set_subject_name(made, X509_REQ_get_subject_name(request)) == 1 &&
	    X509_set_issuer_name(made, X509_get_subject_name(issuer)) == 1;

	/* It does not outlive who vouches for it. */
	if (is_good &&
	    ASN1_TIME_compare(X509_get0_notAfter(made), X509_get0_notAfter(issuer)) > 0)
		is_good = X509_set1_notAfter(made, X509_get0_notAfter(issuer)) == 1;
	is_good = is_good &&
		  authority_extend(made, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
		  authority_extend(made, issuer, NID_key_usage, "critical,digitalSignature") &&
		  authority_extend(made, issuer, NID_ext_key_usage, "clientAuth") &&
		  authority_extend(made, issuer, NID_subject_key_identifier, "hash") &&
		  authority_extend(made, issuer, NID_authority_key_identifier, "keyid:always") &&
		  X509_sign(made, authority->key, EVP_sha256()) > 0;
	if (is_good)
		return made;
	X509_free(made);
	return NULL;
}

/* Into a new file of the caller's, and before that a copy for the authority. */
static enum result write_client(struct authority *authority, X509 *made, const char *path,
				char ret_serial[AUTHORITY_SERIAL_SIZE])
{
	char issued[FILE_PATH_SIZE_MAX];
	char name[AUTHORITY_SERIAL_SIZE + 4];
	char *bytes = NULL;
	struct file file = FILE_NONE;
	BIO *text = BIO_new(BIO_s_mem());
	enum result result = RESULT_OUT_OF_MEMORY;

	if (text != NULL && PEM_write_bio_X509(text, made) == 1 &&
	    serial_text(X509_get0_serialNumber(made), ret_serial) &&
	    file_path(authority->folder, "issued", issued)) {
		(void)snprintf(name, sizeof(name), "%s.pem", ret_serial);
		result = authority_write(issued, name, text);
	}
	if (result == RESULT_OK)
		result = file_open(path, FILE_CREATE, &file);
	if (result == RESULT_OK) {
		long size = BIO_get_mem_data(text, &bytes);

		result = file_write(file, (struct file_span){0, (uint64_t)size}, bytes);
	}
	if (result == RESULT_OK)
		result = file_sync(file);
	file_close(&file);
	BIO_free(text);
	return result;
}

enum result authority_sign(struct authority *authority, const char *request, const char *path,
			   uint32_t days, char ret_serial[AUTHORITY_SERIAL_SIZE],
			   const char **ret_fault)
{
	X509_REQ *read = NULL;
	X509 *made;
	enum result result;

	if (days == 0 || days > AUTHORITY_DAYS_MAX)
		return authority_fail(RESULT_FIELD_INVALID, "the days are not 1 to 3650",
				      ret_fault);
	if (X509_cmp_current_time(X509_get0_notAfter(authority->certificate)) <= 0)
		return authority_fail(RESULT_CONFIG_INVALID, "the authority itself has ended",
				      ret_fault);
	if (file_exists(path) != RESULT_NOT_FOUND)
		return authority_fail(RESULT_ALREADY_EXISTS, "the new file's name is taken",
				      ret_fault);
	result = authority_read_request(request, &read, ret_fault);
	if (result != RESULT_OK)
		return result;
	made = make_client(authority, read, days);
	result = made == NULL ? RESULT_OUT_OF_MEMORY
			      : write_client(authority, made, path, ret_serial);
	X509_free(made);
	X509_REQ_free(read);
	ERR_clear_error();
	return result == RESULT_OK ? result
				   : authority_fail(result, "the certificate cannot be written",
						    ret_fault);
}

enum result authority_revoke(struct authority *authority, const char *serial, uint32_t days,
			     const char **ret_fault)
{
	uint8_t bytes[AUTHORITY_SERIAL_BYTES];
	char digits[AUTHORITY_SERIAL_SIZE] = "";
	char name[AUTHORITY_SERIAL_SIZE + 12];
	char path[FILE_PATH_SIZE_MAX];
	X509_REVOKED *entry = NULL;
	X509_REVOKED *known = NULL;
	ASN1_INTEGER *number = NULL;
	ASN1_TIME *now = NULL;
	BIGNUM *value = NULL;
	bool is_good;

	if (!text_hex_decode(slice_from_text(serial), bytes, sizeof(bytes)))
		return authority_fail(RESULT_NOT_FOUND, "no serial number of 32 digits", ret_fault);
	text_hex_encode(bytes, sizeof(bytes), digits); /* in lower case, whatever came */
	(void)snprintf(name, sizeof(name), "issued/%s.pem", digits);
	if (!file_path(authority->folder, name, path) || file_exists(path) != RESULT_OK)
		return authority_fail(RESULT_NOT_FOUND, "it did not issue this one", ret_fault);
	value = BN_bin2bn(bytes, sizeof(bytes), NULL);
	number = value == NULL ? NULL : BN_to_ASN1_INTEGER(value, NULL);
	BN_free(value);
	if (number != NULL && X509_CRL_get0_by_serial(authority->list, &known, number) != 0) {
		ASN1_INTEGER_free(number);
		return authority_fail(RESULT_ALREADY_EXISTS, "it stands on the list", ret_fault);
	}
	now = X509_gmtime_adj(NULL, 0);
	entry = X509_REVOKED_new();
	is_good = number != NULL && now != NULL && entry != NULL &&
		  X509_REVOKED_set_serialNumber(entry, number) == 1 &&
		  X509_REVOKED_set_revocationDate(entry, now) == 1;
	ASN1_INTEGER_free(number);
	ASN1_TIME_free(now);
	if (is_good)
		return authority_write_list(authority, entry, days, ret_fault);
	X509_REVOKED_free(entry);
	return authority_fail(RESULT_OUT_OF_MEMORY, "no memory", ret_fault);
}

enum result authority_serial(const struct authority *authority, const char *path,
			     char ret_serial[AUTHORITY_SERIAL_SIZE], const char **ret_fault)
{
	BIO *text = BIO_new_file(path, "r");
	X509 *read = text == NULL ? NULL : PEM_read_bio_X509(text, NULL, NULL, NULL);
	bool is_ours = read != NULL && X509_verify(read, authority->key) == 1 &&
		       serial_text(X509_get0_serialNumber(read), ret_serial);
	bool is_there = text != NULL;

	X509_free(read);
	BIO_free(text);
	ERR_clear_error();
	if (!is_there)
		return authority_fail(RESULT_NOT_FOUND, "there is no such file", ret_fault);
	return is_ours ? RESULT_OK
		       : authority_fail(RESULT_FIELD_INVALID,
					"it is no certificate that this authority signed",
					ret_fault);
}

enum result authority_list(struct authority *authority, uint32_t days, const char **ret_fault)
{
	return authority_write_list(authority, NULL, days, ret_fault);
}
