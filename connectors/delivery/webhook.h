/* Signatures of webhooks as Standard Webhooks 1.0 has them: over "id.timestamp.body", HMAC-SHA256,
 * one `v1,BASE64` for each secret in use, apart by spaces. Secrets are `whsec_` and base64 of 24 to
 * 64 bytes; while one is replaced by another both sign. */
#ifndef CONNECTORS_DELIVERY_WEBHOOK_H
#define CONNECTORS_DELIVERY_WEBHOOK_H

#include "engine/base/assert.h"
#include "engine/base/slice.h"

#include <stdbool.h>

#define WEBHOOK_SECRETS_MAX	4u
#define WEBHOOK_SECRET_SIZE_MIN 24u
#define WEBHOOK_SECRET_SIZE_MAX 64u
#define WEBHOOK_SIGNATURE_SIZE	(WEBHOOK_SECRETS_MAX * 48u + 1u)

struct webhook_secrets {
	uint8_t bytes[WEBHOOK_SECRETS_MAX][WEBHOOK_SECRET_SIZE_MAX];
	uint32_t sizes[WEBHOOK_SECRETS_MAX];
	uint32_t count;
};

/* Reads secrets apart by spaces, commas or line ends. False: one is none, or too many, or none. */
MUST_CHECK bool webhook_secrets_parse(struct slice text, struct webhook_secrets *ret_secrets);

/* Writes the header's value, with its NUL. */
void webhook_sign(const struct webhook_secrets *secrets, struct slice id, int64_t timestamp_s,
		  struct slice body, char ret_signature[WEBHOOK_SIGNATURE_SIZE]);

#endif
