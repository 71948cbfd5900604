/* The master key: 256 random bits that wrap all other keys and lie outside of the vault.
 *
 * It is read from a file of 64 hexadecimal digits: one that systemd hands over (LoadCredential:
 * "credential:NAME" is NAME in $CREDENTIALS_DIRECTORY), or one of the machine, which nobody but its
 * owner may read. */
#ifndef ENGINE_VAULT_MASTER_H
#define ENGINE_VAULT_MASTER_H

#include "engine/base/result.h"
#include "engine/vault/cipher.h"

#define MASTER_CREDENTIAL "credential:"

/* Draws a master key into a new file, mode 0600. RESULT_OK; RESULT_ALREADY_EXISTS;
 * RESULT_NOT_FOUND: no such folder; RESULT_DISK_NEARLY_FULL; RESULT_IO_FAILED. */
MUST_CHECK enum result master_create(const char *path);

/* `credentials` is $CREDENTIALS_DIRECTORY, or NULL. RESULT_OK; RESULT_NOT_FOUND;
 * RESULT_CONFIG_INVALID: no credentials were handed over, not 64 hexadecimal digits, a link, or
 * readable by group or others; RESULT_IO_FAILED. */
MUST_CHECK enum result master_load(const char *source, const char *credentials,
				   struct cipher_key *ret_key);

#endif
