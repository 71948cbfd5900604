/* Identity of requests: what a retry must repeat to be the same request.
 *
 * scope        = digest(caller, Idempotency-Key): the scope of a key is the principal.
 * key_hash     = scope; inside a batch digest(scope, line id), the scope made once for all lines.
 * request_hash = digest(command kind, inputs in their canonical encoding without EDGE fields and
 *                without words of zeros at its end): the order of fields, white space and the
 *                spelling of an instant do not matter. */
#ifndef ENGINE_API_KEY_H
#define ENGINE_API_KEY_H

#include "engine/api/context.h"
#include "engine/domain/command.h"

/* What all lines of one batch have in common. */
struct key_scope {
	uint8_t digest[API_DIGEST_SIZE];
};

/* The scope of a request's key, for the reader of a batch: it hands it to key_bind() in a copy of
 * the request. Zero without a key. */
struct key_scope key_scope_of(const struct api_request *request);

/* Fills key_hash, request_hash and has_key; without a key has_key is 0 and both hashes are zero. A
 * line id is given with the scope of its batch, and only so (asserted). */
void key_bind(const struct api_request *request, struct slice line_id, struct command *command);

/* 1 to IDEMPOTENCY_KEY_SIZE_MAX visible ASCII characters? */
bool key_is_valid(struct slice key);

#endif
