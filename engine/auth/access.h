/* Who may come in: the resident table from a token's hash, or a client certificate's fingerprint,
 * to the principal it speaks for.
 *
 * Filled from the state at start; a network thread extends it when a command that makes a principal
 * or a credential, or revokes one, is durable. Invariants:
 *   1. An entry is published whole, by one release store, and never moves or goes away.
 *   2. A revoked or expired credential is refused from the next request on.
 *   3. Nothing is open by default: no entry, no entrance.
 * Lookups take no lock; writers exclude each other. Comparison of hashes is in constant time,
 * though the hash of a random token tells nothing.
 *
 * It authenticates only: what a principal may do is judged in decide, and in read views. */
#ifndef ENGINE_AUTH_ACCESS_H
#define ENGINE_AUTH_ACCESS_H

#include "engine/auth/scope.h"
#include "engine/auth/token.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/domain/model.h"

struct access;

/* A table for at most so many credentials and principals (ids from 1). RESULT_OK;
 * RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result access_open(uint32_t credentials_max, uint32_t principals_max,
				   struct access **ret_access);
void access_close(struct access *access); /* accepts NULL */

/* Makes a principal known: an id within the bounds; a second time has no effect. */
void access_put_principal(struct access *access, struct principal_id id,
			  const struct principal *principal);

/* Makes a credential known; a second time it may only end: by `revoked`, or by an earlier end. */
void access_put_credential(struct access *access, struct credential_id id,
			   const struct credential *credential);

/* From now on the credential opens nothing. */
void access_revoke(struct access *access, struct credential_id id);

/* Who came in, and how far. */
struct access_grant {
	struct principal_id principal;
	struct credential_id credential;
	struct credential_id certificate; /* it opens only where this one is shown; 0: anywhere */
	uint8_t scopes;			  /* bits of enum scope */
};

/* The principal of a token at an instant. RESULT_OK; RESULT_UNAUTHENTICATED: unknown, revoked,
 * expired, or of a principal that is not active: the same answer for all. */
MUST_CHECK enum result access_find(struct access *access, const uint8_t hash[TOKEN_HASH_SIZE],
				   struct instant now, struct access_grant *ret_grant);

/* The same for the client certificate of this fingerprint, whose issuer must be the one that was
 * registered with it: its name as of RFC 2253. */
MUST_CHECK enum result access_find_certificate(struct access *access,
					       const uint8_t fingerprint[TOKEN_HASH_SIZE],
					       struct slice issuer, struct instant now,
					       struct access_grant *ret_grant);

/* Is the grant of a moment ago still good? For a connection that shows the same token again. */
MUST_CHECK bool access_still(struct access *access, struct access_grant grant, struct instant now);

/* A principal that was put; NULL when there is none. Never changes while the table lives. */
const struct principal *access_principal(struct access *access, struct principal_id id);

#endif
