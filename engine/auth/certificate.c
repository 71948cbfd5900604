/* See certificate.h. */
#include "engine/auth/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static bool certificate_take_issuer(const X509 *x509, char ret_issuer[CERTIFICATE_ISSUER_SIZE])
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long size = 0;
	bool is_good = false;

	if (bio == NULL)
		return false;
	if (X509_NAME_print_ex(bio, X509_get_issuer_name(x509), 0, XN_FLAG_RFC2253) >= 0)
		size = BIO_get_mem_data(bio, &text);
	if (size > 0 && size < (long)CERTIFICATE_ISSUER_SIZE) {
		memcpy(ret_issuer, text, (size_t)size);
		ret_issuer[size] = '\0';
		is_good = strlen(ret_issuer) == (size_t)size;
	}
	BIO_free(bio);
	return is_good;
}

bool certificate_of(const struct x509_st *x509, struct certificate *ret_certificate)
{
	unsigned int size = CERTIFICATE_HASH_SIZE;
	struct tm end;

	if (ASN1_TIME_to_tm(X509_get0_notAfter(x509), &end) != 1 ||
	    X509_digest(x509, EVP_sha256(), ret_certificate->fingerprint, &size) != 1) {
		ERR_clear_error();
		return false;
	}
	(void)snprintf(ret_certificate->ends, sizeof(ret_certificate->ends),
		       "%04d-%02d-%02dT%02d:%02d:%02dZ", end.tm_year + 1900, end.tm_mon + 1,
		       end.tm_mday, end.tm_hour, end.tm_min, end.tm_sec);
	return certificate_take_issuer(x509, ret_certificate->issuer);
}

enum result certificate_read(const char *path, struct certificate *ret_certificate)
{
	BIO *bio = BIO_new_file(path, "r");
	X509 *x509;
	bool is_good;

	if (bio == NULL) {
		ERR_clear_error();
		return RESULT_NOT_FOUND;
	}
	x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	is_good = x509 != NULL && certificate_of(x509, ret_certificate);
	X509_free(x509);
	BIO_free(bio);
	ERR_clear_error();
	return is_good ? RESULT_OK : RESULT_CONFIG_INVALID;
}
