/* Dense arrays by id, and an open-addressed index from the first bytes of the hash to the
 * credential's id. See access.h. */
#include "engine/auth/access.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* What each request looks at comes first. */
struct access_credential {
	_Atomic int64_t expires_at_us; /* 0: never */
	struct principal_id principal;
	struct credential_id certificate;
	uint8_t scopes;
	bool is_certificate;
	atomic_bool revoked;
	atomic_bool present;
	uint8_t hash[TOKEN_HASH_SIZE]; /* of the token, or the fingerprint */
	char issuer[sizeof(((struct credential *)0)->issuer)]; /* of a certificate */
};

struct access_principal {
	struct principal record;
	atomic_bool present;
};

struct access {
	struct access_credential *credentials; /* by id - 1 */
	struct access_principal *principals;   /* by id - 1 */
	_Atomic uint32_t *slots;	       /* credential ids; 0: empty */
	uint32_t credentials_max;
	uint32_t principals_max;
	uint32_t slot_mask;
	pthread_mutex_t writers;
};

static uint32_t access_slots_for(uint32_t credentials_max)
{
	uint32_t slots = 16;

	ASSERT(credentials_max <= UINT32_MAX / 4);
	while (slots < 2 * credentials_max)
		slots *= 2;
	return slots;
}

enum result access_open(uint32_t credentials_max, uint32_t principals_max,
			struct access **ret_access)
{
	struct access *access = calloc(1, sizeof(*access));
	uint32_t slots = access_slots_for(credentials_max);

	ASSERT(credentials_max > 0 && principals_max > 0);
	if (access == NULL)
		return RESULT_OUT_OF_MEMORY;
	ASSERT(pthread_mutex_init(&access->writers, NULL) == 0);
	access->credentials_max = credentials_max;
	access->principals_max = principals_max;
	access->slot_mask = slots - 1;
	access->credentials = calloc(credentials_max, sizeof(access->credentials[0]));
	access->principals = calloc(principals_max, sizeof(access->principals[0]));
	access->slots = calloc(slots, sizeof(access->slots[0]));
	if (access->credentials == NULL || access->principals == NULL || access->slots == NULL) {
		access_close(access);
		return RESULT_OUT_OF_MEMORY;
	}
	*ret_access = access;
	return RESULT_OK;
}

void access_close(struct access *access)
{
	if (access == NULL)
		return;
	free(access->credentials);
	free(access->principals);
	free((void *)access->slots);
	(void)pthread_mutex_destroy(&access->writers);
	free(access);
}

void access_put_principal(struct access *access, struct principal_id id,
			  const struct principal *principal)
{
	struct access_principal *entry;

	ASSERT(id.raw > 0 && id.raw <= access->principals_max);
	entry = &access->principals[id.raw - 1];
	ASSERT(pthread_mutex_lock(&access->writers) == 0);
	if (!atomic_load_explicit(&entry->present, memory_order_relaxed)) {
		entry->record = *principal;
		atomic_store_explicit(&entry->present, true, memory_order_release);
	}
	ASSERT(pthread_mutex_unlock(&access->writers) == 0);
}

static uint32_t access_slot_of(const struct access *access, const uint8_t hash[TOKEN_HASH_SIZE])
{
	uint32_t start;

	memcpy(&start, hash, sizeof(start));
	return start & access->slot_mask;
}

/* Under the writers' lock: the table is twice as large as its content, so an empty slot exists. */
static void access_enter(struct access *access, const uint8_t hash[TOKEN_HASH_SIZE], uint32_t id)
{
	uint32_t slot = access_slot_of(access, hash);

	while (atomic_load_explicit(&access->slots[slot], memory_order_relaxed) != 0)
		slot = (slot + 1) & access->slot_mask;
	atomic_store_explicit(&access->slots[slot], id, memory_order_release);
}

/* Under the writers' lock: an end comes nearer, never later. */
static void access_end_by(struct access_credential *entry, struct instant end)
{
	int64_t known = atomic_load_explicit(&entry->expires_at_us, memory_order_relaxed);

	if (end.us != 0 && (known == 0 || end.us < known))
		atomic_store_explicit(&entry->expires_at_us, end.us, memory_order_release);
}

void access_put_credential(struct access *access, struct credential_id id,
			   const struct credential *credential)
{
	struct access_credential *entry;

	ASSERT(id.raw > 0 && id.raw <= access->credentials_max);
	entry = &access->credentials[id.raw - 1];
	ASSERT(pthread_mutex_lock(&access->writers) == 0);
	if (credential->revoked != 0)
		atomic_store_explicit(&entry->revoked, true, memory_order_relaxed);
	access_end_by(entry, credential->expires_at);
	if (!atomic_load_explicit(&entry->present, memory_order_relaxed)) {
		entry->is_certificate = credential->issuer[0] != '\0';
		memcpy(entry->hash,
		       entry->is_certificate ? credential->fingerprint : credential->token_hash,
		       TOKEN_HASH_SIZE);
		memcpy(entry->issuer, credential->issuer, sizeof(entry->issuer));
		entry->principal = credential->principal;
		entry->certificate = credential->certificate;
		entry->scopes = scope_bits_of(credential);
		atomic_store_explicit(&entry->present, true, memory_order_relaxed);
		access_enter(access, entry->hash, id.raw);
	}
	ASSERT(pthread_mutex_unlock(&access->writers) == 0);
}

void access_revoke(struct access *access, struct credential_id id)
{
	ASSERT(id.raw > 0 && id.raw <= access->credentials_max);
	atomic_store_explicit(&access->credentials[id.raw - 1].revoked, true, memory_order_release);
}

bool access_still(struct access *access, struct access_grant grant, struct instant now)
{
	const struct access_credential *entry;
	const struct principal *principal = access_principal(access, grant.principal);
	struct instant end;

	ASSERT(grant.credential.raw > 0 && grant.credential.raw <= access->credentials_max);
	entry = &access->credentials[grant.credential.raw - 1];
	if (atomic_load_explicit(&entry->revoked, memory_order_acquire))
		return false;
	end.us = atomic_load_explicit(&entry->expires_at_us, memory_order_acquire);
	if (end.us != 0 && !instant_less(now, end))
		return false;
	return principal != NULL && principal->active != 0;
}

static enum result access_look(struct access *access, const uint8_t hash[TOKEN_HASH_SIZE],
			       bool is_certificate, struct instant now,
			       struct access_grant *ret_grant)
{
	uint32_t slot = access_slot_of(access, hash);

	for (;; slot = (slot + 1) & access->slot_mask) {
		uint32_t id = atomic_load_explicit(&access->slots[slot], memory_order_acquire);
		const struct access_credential *entry;
		struct access_grant grant;

		if (id == 0)
			return RESULT_UNAUTHENTICATED;
		entry = &access->credentials[id - 1];
		if (CRYPTO_memcmp(entry->hash, hash, TOKEN_HASH_SIZE) != 0 ||
		    entry->is_certificate != is_certificate)
			continue;
		grant = (struct access_grant){
		    entry->principal, {id}, entry->certificate, entry->scopes};
		if (!access_still(access, grant, now))
			return RESULT_UNAUTHENTICATED;
		*ret_grant = grant;
		return RESULT_OK;
	}
}

enum result access_find(struct access *access, const uint8_t hash[TOKEN_HASH_SIZE],
			struct instant now, struct access_grant *ret_grant)
{
	return access_look(access, hash, false, now, ret_grant);
}

enum result access_find_certificate(struct access *access,
				    const uint8_t fingerprint[TOKEN_HASH_SIZE],
				    struct slice issuer, struct instant now,
				    struct access_grant *ret_grant)
{
	struct access_grant grant;
	enum result result = access_look(access, fingerprint, true, now, &grant);
	const char *known;

	if (result != RESULT_OK)
		return result;
	known = access->credentials[grant.credential.raw - 1].issuer;
	if (strnlen(known, sizeof(access->credentials[0].issuer)) != issuer.size ||
	    memcmp(known, issuer.data, issuer.size) != 0)
		return RESULT_UNAUTHENTICATED;
	*ret_grant = grant;
	return RESULT_OK;
}

const struct principal *access_principal(struct access *access, struct principal_id id)
{
	struct access_principal *entry;

	if (id.raw == 0 || id.raw > access->principals_max)
		return NULL;
	entry = &access->principals[id.raw - 1];
	return atomic_load_explicit(&entry->present, memory_order_acquire) ? &entry->record : NULL;
}
