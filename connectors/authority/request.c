/* Requests as they come from outside: see authority.h for what is refused. */
#include "connectors/authority/authority_inside.h"

#include <openssl/err.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#define REQUEST_SIZE_MAX     16384
#define REQUEST_RSA_BITS_MIN 2048
#define REQUEST_RSA_BITS_MAX 8192
#define REQUEST_NAME_MAX     8  /* parts of the name */
#define REQUEST_TEXT_MAX     64 /* characters of each, as X.520 bounds them */

static const char *key_fault(EVP_PKEY *key)
{
	char curve[64] = "";
	size_t size = 0;

	if (EVP_PKEY_is_a(key, "RSA") == 1) {
		int bits = EVP_PKEY_get_bits(key);

		return bits >= REQUEST_RSA_BITS_MIN && bits <= REQUEST_RSA_BITS_MAX
			   ? NULL
			   : "its RSA key has fewer than 2048 or more than 8192 bits";
	}
	if (EVP_PKEY_is_a(key, "EC") == 1 &&
	    EVP_PKEY_get_group_name(key, curve, sizeof(curve), &size) == 1 &&
	    OBJ_txt2nid(curve) == NID_X9_62_prime256v1)
		return NULL;
	return "its key is neither RSA nor ECDSA on P-256";
}

/* Words that a person can read, and nothing that could pass for other words. */
static bool is_plain(const ASN1_STRING *text)
{
	unsigned char *bytes = NULL;
	int size = ASN1_STRING_to_UTF8(&bytes, text);
	bool is_good = size > 0 && size <= REQUEST_TEXT_MAX;

	for (int i = 0; is_good && i < size; i++)
		is_good = bytes[i] >= ' ' && bytes[i] != 0x7f;
	OPENSSL_free(bytes);
	return is_good;
}

static const char *name_fault(const X509_NAME *name)
{
	int count = X509_NAME_entry_count(name);

	if (X509_NAME_get_index_by_NID(name, NID_commonName, -1) < 0)
		return "its name has no common name (CN)";
	if (count > REQUEST_NAME_MAX)
		return "its name has more than eight parts";
	for (int i = 0; i < count; i++)
		if (!is_plain(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i))))
			return "a part of its name is empty, longer than 64 bytes, or no text";
	return NULL;
}

static const char *request_fault(X509_REQ *request)
{
	EVP_PKEY *key = X509_REQ_get0_pubkey(request);
	const char *fault;

	if (key == NULL)
		return "its key cannot be read";
	fault = key_fault(key);
	if (fault != NULL)
		return fault;
	if (X509_REQ_verify(request, key) != 1)
		return "it is not signed by its own key";
	return name_fault(X509_REQ_get_subject_name(request));
}

enum result authority_read_request(const char *path, X509_REQ **ret_request,
				   const char **ret_fault)
{
	static char bytes[REQUEST_SIZE_MAX + 1];
	struct file file = FILE_NONE;
	uint64_t size = 0;
	X509_REQ *request = NULL;
	const char *fault;
	BIO *bio;
	enum result result = file_open(path, FILE_READ, &file);

	if (result != RESULT_OK)
		return authority_fail(result, "the request cannot be read", ret_fault);
	result = file_read(file, (struct file_span){0, sizeof(bytes)}, bytes, &size);
	file_close(&file);
	if (result != RESULT_OK)
		return authority_fail(result, "the request cannot be read", ret_fault);
	if (size > REQUEST_SIZE_MAX)
		return authority_fail(RESULT_FIELD_INVALID, "the request is too long", ret_fault);
	bio = BIO_new_mem_buf(bytes, (int)size);
	if (bio != NULL)
		request = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
	BIO_free(bio);
	fault = request == NULL ? "it is no certificate request in PEM" : request_fault(request);
	ERR_clear_error();
	if (fault != NULL) {
		X509_REQ_free(request);
		return authority_fail(RESULT_FIELD_INVALID, fault, ret_fault);
	}
	*ret_request = request;
	return RESULT_OK;
}
