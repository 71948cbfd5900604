/* A local certificate authority for the client certificates of a small ambito: a folder with
 *
 *	ca.pem	its certificate, self-signed, for clients alone (no authority below it)
 *	ca.key	its key, P-256, mode 0600: whoever has it can make clients; keep it off the server
 *	crl.pem	its revocation list, made anew by each revocation: what tls_client_crl names
 *	issued/	a copy of each certificate that it signed, by serial number
 *
 * It signs requests (CSR), so that clients' keys never leave them. What a request asks for besides
 * its name and key is not taken over: a certificate is good for client authentication and nothing
 * else. Functions return RESULT_OK or a result with *ret_fault, a sentence that names what is
 * wrong; nothing is left half done: files are written aside, synced and renamed. One process at a
 * time. */
#ifndef CONNECTORS_AUTHORITY_AUTHORITY_H
#define CONNECTORS_AUTHORITY_AUTHORITY_H

#include "engine/base/result.h"

#include <stdint.h>

#define AUTHORITY_SERIAL_SIZE 33u /* 32 hexadecimal digits with their NUL */
#define AUTHORITY_DAYS_MAX    3650u

struct authority;

/* Makes a new authority in a folder that does not exist or is empty. `name` is its common name,
 * at most 64 bytes of printable ASCII. RESULT_ALREADY_EXISTS; RESULT_FIELD_INVALID;
 * RESULT_IO_FAILED; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result authority_init(const char *folder, const char *name, uint32_t days,
				      const char **ret_fault);

/* Opens one, and locks it. RESULT_NOT_FOUND; RESULT_CONFIG_INVALID: its files are damaged, or
 * others can read its key; RESULT_LEDGER_LOCKED: another process has it. */
MUST_CHECK enum result authority_open(const char *folder, struct authority **ret_authority,
				      const char **ret_fault);
void authority_close(struct authority *authority); /* accepts NULL */

/* Signs the request of a PEM file into a new file. RESULT_FIELD_INVALID: the request is damaged,
 * not signed by its own key, of another key than RSA of 2048 to 8192 bits or P-256, or its name is
 * empty, too long or no text; RESULT_ALREADY_EXISTS: the file is there; RESULT_IO_FAILED. */
MUST_CHECK enum result authority_sign(struct authority *authority, const char *request,
				      const char *path, uint32_t days,
				      char ret_serial[AUTHORITY_SERIAL_SIZE],
				      const char **ret_fault);

/* Puts a serial number that it issued on the list. RESULT_NOT_FOUND: it did not;
 * RESULT_ALREADY_EXISTS: it stands there; RESULT_IO_FAILED. The new list holds for `days`. */
MUST_CHECK enum result authority_revoke(struct authority *authority, const char *serial,
					uint32_t days, const char **ret_fault);

/* The serial number of a certificate file that this authority signed. RESULT_NOT_FOUND;
 * RESULT_FIELD_INVALID: another's, or no certificate. */
MUST_CHECK enum result authority_serial(const struct authority *authority, const char *path,
					char ret_serial[AUTHORITY_SERIAL_SIZE],
					const char **ret_fault);

/* Signs the list anew, for `days` from now. RESULT_IO_FAILED; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result authority_list(struct authority *authority, uint32_t days,
				      const char **ret_fault);

#endif
