/* A redemption's receipt (GET /v1/redemptions/{id}/receipt), verified with a public key alone. */
#ifndef ENGINE_AUDIT_RECEIPT_H
#define ENGINE_AUDIT_RECEIPT_H

#include "engine/audit/tree.h"

#include <stdio.h>

/* Verifies the receipt in a file and says what it shows, or what is wrong with it, as words or
 * JSON. Returns the exit code: 0 right, 1 wrong. */
int receipt_verify(const char *path, const uint8_t key[KEY_BYTES], bool json, FILE *out);

#endif
