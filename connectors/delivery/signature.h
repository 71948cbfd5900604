/* Detached signatures of files: Ed25519 (RFC 8032), which is deterministic, so that the same file
 * and key give the same signature. Keys are PEM files (PKCS#8, SubjectPublicKeyInfo), as OpenSSL
 * writes and reads them. */
#ifndef CONNECTORS_DELIVERY_SIGNATURE_H
#define CONNECTORS_DELIVERY_SIGNATURE_H

#include "engine/base/assert.h"
#include "engine/base/result.h"
#include "engine/base/slice.h"

#define SIGNATURE_TEXT_SIZE 89u /* 64 bytes in base64, and a line break */

/* Makes a key pair; neither file may be there. The private one has mode 0600. RESULT_OK,
 * RESULT_ALREADY_EXISTS, RESULT_IO_FAILED. */
MUST_CHECK enum result signature_make_keys(const char *private_path, const char *public_path);

/* Signs bytes. RESULT_OK; RESULT_NOT_FOUND: no such key file; RESULT_CONFIG_INVALID: it holds no
 * Ed25519 key. */
MUST_CHECK enum result signature_sign(const char *private_path, struct slice bytes,
				      char ret_text[SIGNATURE_TEXT_SIZE]);

/* RESULT_OK: the key's holder signed these bytes, and `text` is to the letter what signature_sign
 * writes; RESULT_CHECK_FAILED: not so, or no signature;
 * RESULT_NOT_FOUND, RESULT_CONFIG_INVALID: the key file, as above. */
MUST_CHECK enum result signature_verify(const char *public_path, struct slice bytes,
					struct slice text);

#endif
