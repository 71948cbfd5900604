/* Identity of requests: what a retry must repeat to be the same request.
 *
 * key_hash     = digest(caller, Idempotency-Key, line id or nothing): the scope of a key is the
 *                principal, and inside a batch the line.
 * request_hash = digest(command kind, inputs in their canonical encoding without EDGE fields): the
 *                order of fields, white space and the spelling of an instant do not matter. */
#ifndef ENGINE_API_KEY_H
#define ENGINE_API_KEY_H

#include "engine/api/context.h"
#include "engine/domain/command.h"

/* Fills key_hash, request_hash and has_key; without a key has_key is 0 and both hashes are zero. */
void key_bind(const struct api_request *request, struct slice line_id, struct command *command);

/* 1 to IDEMPOTENCY_KEY_SIZE_MAX visible ASCII characters? */
bool key_is_valid(struct slice key);

#endif
