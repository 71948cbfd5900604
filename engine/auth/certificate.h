/* What a certificate is known by: the SHA-256 of its DER, and its issuer's name. Who its subject is
 * said to be does not matter to anybody here. */
#ifndef ENGINE_AUTH_CERTIFICATE_H
#define ENGINE_AUTH_CERTIFICATE_H

#include "engine/base/result.h"

#include <stdbool.h>
#include <stdint.h>

#define CERTIFICATE_HASH_SIZE	32u
#define CERTIFICATE_ISSUER_SIZE 201u /* with its NUL */
#define CERTIFICATE_TIME_SIZE	32u  /* with its NUL */

struct x509_st; /* OpenSSL's X509 */

struct certificate {
	uint8_t fingerprint[CERTIFICATE_HASH_SIZE];
	char issuer[CERTIFICATE_ISSUER_SIZE]; /* as of RFC 2253, ASCII */
	char ends[CERTIFICATE_TIME_SIZE];     /* last second of validity: 2027-11-23T10:00:00Z */
};

/* False: the issuer has no name or one of more than 200 bytes, or the end is no date. */
MUST_CHECK bool certificate_of(const struct x509_st *x509, struct certificate *ret_certificate);

/* The first certificate of a PEM file. RESULT_OK; RESULT_NOT_FOUND: no such file;
 * RESULT_CONFIG_INVALID: it holds none, or one of which certificate_of is false. */
MUST_CHECK enum result certificate_read(const char *path, struct certificate *ret_certificate);

#endif
