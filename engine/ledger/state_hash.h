/* The state hash: one number for everything a ledger knows.
 *
 * SHA-256 over all records in the order of (kind, id), each as kind u8, id u32, size u32 and its
 * encoded bytes (engine/base/codec.h), integers little-endian. Two states with the same hash hold
 * the same records; indexes are derived and do not enter. Slots of balance kinds that were never
 * written are zero-filled records and do enter. */
#ifndef ENGINE_LEDGER_STATE_HASH_H
#define ENGINE_LEDGER_STATE_HASH_H

#include "engine/base/assert.h"
#include "engine/base/result.h"

#include <stdint.h>

#define STATE_HASH_SIZE 32u

struct state;

/* RESULT_OK; RESULT_OUT_OF_MEMORY when OpenSSL fails. */
MUST_CHECK enum result state_hash(const struct state *state, uint8_t ret_hash[STATE_HASH_SIZE]);

#endif
