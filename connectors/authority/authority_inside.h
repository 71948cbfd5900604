/* Between the files of the authority: nobody else's. */
#ifndef CONNECTORS_AUTHORITY_AUTHORITY_INSIDE_H
#define CONNECTORS_AUTHORITY_AUTHORITY_INSIDE_H

#include "connectors/authority/authority.h"
#include "engine/system/file.h"

#include <openssl/bio.h>
#include <openssl/x509.h>

struct authority {
	char folder[FILE_PATH_SIZE_MAX];
	X509 *certificate;
	EVP_PKEY *key;
	X509_CRL *list; /* as it stands */
	struct file lock;
};

/* Says what is wrong; returns `result`. */
MUST_CHECK enum result authority_fail(enum result result, const char *fault,
				      const char **ret_fault);

/* Writes what was printed into a file of the folder: aside, synced, renamed. RESULT_OK;
 * RESULT_IO_FAILED; RESULT_DISK_NEARLY_FULL. */
MUST_CHECK enum result authority_write(const char *folder, const char *name, BIO *text);

/* A request whose name and key may be certified; the caller's. Results as authority_sign. */
MUST_CHECK enum result authority_read_request(const char *path, X509_REQ **ret_request,
					      const char **ret_fault);

/* Version, serial, validity from five minutes ago, public key; false: no memory. */
MUST_CHECK bool authority_begin(X509 *made, EVP_PKEY *key, uint32_t days);

/* Adds an extension by OpenSSL's words; false: no memory. */
MUST_CHECK bool authority_extend(X509 *made, X509 *issuer, int kind, const char *value);

/* Signs a list with these entries and the next number, and writes it. Takes over `entry`, which may
 * be NULL. */
MUST_CHECK enum result authority_write_list(struct authority *authority, X509_REVOKED *entry,
					    uint32_t days, const char **ret_fault);

#endif
