/* The revocation list: it is itself the memory of what was revoked. */
#include "connectors/authority/authority_inside.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define LIST_S_PER_DAY 86400

/* One more than the number of the list before. */
static bool add_number(X509_CRL *made, X509_CRL *before)
{
	ASN1_INTEGER *number = NULL;
	BIGNUM *next = NULL;
	bool is_good = false;

	if (before != NULL)
		number = X509_CRL_get_ext_d2i(before, NID_crl_number, NULL, NULL);
	next = number == NULL ? BN_new() : ASN1_INTEGER_to_BN(number, NULL);
	ASN1_INTEGER_free(number);
	number = NULL;
	if (next != NULL && BN_add_word(next, 1) == 1)
		number = BN_to_ASN1_INTEGER(next, NULL);
	if (number != NULL)
		is_good = X509_CRL_add1_ext_i2d(made, NID_crl_number, number, 0, 0) == 1;
	ASN1_INTEGER_free(number);
	BN_free(next);
	return is_good;
}

static bool copy_entries(X509_CRL *made, X509_CRL *before)
{
	STACK_OF(X509_REVOKED) *entries = before == NULL ? NULL : X509_CRL_get_REVOKED(before);

	for (int i = 0; entries != NULL && i < sk_X509_REVOKED_num(entries); i++) {
		X509_REVOKED *copy = X509_REVOKED_dup(sk_X509_REVOKED_value(entries, i));

		if (copy == NULL || X509_CRL_add0_revoked(made, copy) != 1) {
			X509_REVOKED_free(copy);
			return false;
		}
	}
	return true;
}

static bool add_key_identifier(X509_CRL *made, X509 *issuer)
{
	X509_EXTENSION *extension;
	X509V3_CTX context;
	bool is_good;

	X509V3_set_ctx(&context, issuer, NULL, NULL, made, 0);
	extension =
	    X509V3_EXT_conf_nid(NULL, &context, NID_authority_key_identifier, "keyid:always");
	is_good = extension != NULL && X509_CRL_add_ext(made, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return is_good;
}

static bool date(X509_CRL *made, uint32_t days)
{
	ASN1_TIME *time = X509_gmtime_adj(NULL, 0);
	bool is_good = time != NULL && X509_CRL_set1_lastUpdate(made, time) == 1 &&
		       X509_gmtime_adj(time, (long)days * LIST_S_PER_DAY) != NULL &&
		       X509_CRL_set1_nextUpdate(made, time) == 1;

	ASN1_TIME_free(time);
	return is_good;
}

/* Takes over the entry. */
static X509_CRL *make(struct authority *authority, X509_REVOKED *entry, uint32_t days)
{
	X509_CRL *made = X509_CRL_new();
	bool is_good = made != NULL && X509_CRL_set_version(made, X509_CRL_VERSION_2) == 1 &&
		       X509_CRL_set_issuer_name(
			   made, X509_get_subject_name(authority->certificate)) == 1 &&
		       date(made, days) && copy_entries(made, authority->list);

	if (is_good && entry != NULL) {
		is_good = X509_CRL_add0_revoked(made, entry) == 1;
		entry = is_good ? NULL : entry;
	}
	X509_REVOKED_free(entry);
	is_good = is_good && add_key_identifier(made, authority->certificate) &&
		  add_number(made, authority->list) && X509_CRL_sort(made) == 1 &&
		  X509_CRL_sign(made, authority->key, EVP_sha256()) > 0;
	if (!is_good) {
		X509_CRL_free(made);
		made = NULL;
	}
	ERR_clear_error();
	return made;
}

enum result authority_write_list(struct authority *authority, X509_REVOKED *entry, uint32_t days,
				 const char **ret_fault)
{
	X509_CRL *made = make(authority, entry, days);
	BIO *text = BIO_new(BIO_s_mem());
	enum result result = RESULT_OUT_OF_MEMORY;

	if (made != NULL && text != NULL && PEM_write_bio_X509_CRL(text, made) == 1)
		result = authority_write(authority->folder, "crl.pem", text);
	BIO_free(text);
	if (result != RESULT_OK) {
		X509_CRL_free(made);
		return authority_fail(result, "the list cannot be written", ret_fault);
	}
	X509_CRL_free(authority->list);
	authority->list = made;
	return RESULT_OK;
}
