/* What the edge knows while it reads a request and writes its answer. Values and borrowed pointers
 * only: api opens no socket, reads no clock, draws nothing at random.
 *
 * struct api_context lives as long as the daemon; each thread has its own copy, because hashers
 * belong to a thread (directory, zone and routes are shared). struct api_request lives as long as
 * one request. */
#ifndef ENGINE_API_CONTEXT_H
#define ENGINE_API_CONTEXT_H

#include "engine/base/arena.h"
#include "engine/base/check.h"
#include "engine/base/id.h"
#include "engine/base/result.h"
#include "engine/base/slice.h"
#include "engine/base/time.h"
#include "engine/domain/model.h"

struct directory;
struct key_scope;
struct route_table;

#define API_DIGEST_SIZE 16u /* bytes of a key hash and of a request hash */

/* The keyed functions, under the ledger's secret, which api never sees. All are deterministic. */
struct api_secret {
	void *self; /* handed to each function untouched; of one thread, like the context */
	/* FIELD_KEYED: a caller's reference text, in the name space of one provider (0: none). */
	uint64_t (*reference_hash)(void *self, struct provider_id provider, struct slice text);
	/* FIELD_CODE: a voucher code that was parsed. */
	uint64_t (*code_hash)(void *self, const struct check_code *code);
	/* Identity of requests: 128 bits over any input. */
	void (*digest)(void *self, struct slice input, uint8_t ret_digest[API_DIGEST_SIZE]);
};

struct api_context {
	struct directory *directory;   /* codes <-> ids */
	const struct zone_table *zone; /* legal time */
	const struct route_table *routes;
	struct api_secret secret;
	struct proofs *proofs; /* signed roots; NULL: this ledger has no signer */
};

/* One request. The principal is a copy, taken when the token was checked. */
struct api_request {
	const struct api_context *context;
	struct arena *arena; /* of the request slot; what is read borrows from it */
	struct principal_id caller;
	struct principal principal; /* record of the caller */
	struct slice key;	    /* Idempotency-Key; empty where none was given */
	const struct key_scope *scope; /* of the key, while a batch's lines are read; else NULL */
	struct slice instance;	    /* identifies this request in problem answers: its Request-Id */
	enum result_language language;
	bool is_check; /* ROUTE_CHECK: answers tell no object and no sequence */
};

/* Caller's memory that answers are written to. On overflow `overflow` is set, nothing more is
 * written and the writer says so: the text is then useless. */
struct api_buffer {
	char *data;
	uint32_t size; /* bytes given */
	uint32_t used; /* bytes written */
	bool overflow;
};

#endif
