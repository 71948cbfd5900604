/* Detached Ed25519 signatures of whole files, with keys in PEM files: deterministic, so that the
 * same package is signed alike. `openssl pkeyutl -verify -rawin` reads them too. */
#ifndef CONNECTORS_PRESERVATION_SIGN_H
#define CONNECTORS_PRESERVATION_SIGN_H

#include "engine/base/assert.h"
#include "engine/base/result.h"
#include "engine/base/slice.h"

#define SIGN_SIZE 64u

/* RESULT_OK; RESULT_NOT_FOUND: no such file; RESULT_CONFIG_INVALID: it holds no Ed25519 key that
 * can be read without a passphrase. */
MUST_CHECK enum result sign_make(const char *private_key, struct slice bytes,
				 uint8_t ret_signature[SIGN_SIZE]);

/* The same, and RESULT_CHECK_FAILED: the signature is not that key's over these bytes. */
MUST_CHECK enum result sign_check(const char *public_key, struct slice bytes,
				  struct slice signature);

#endif
