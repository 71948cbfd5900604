/* Signatures of webhooks: see webhook.h. */
#include "connectors/delivery/webhook.h"

#include "engine/base/text.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH_SIZE 32u

static const char prefix[] = "whsec_";

/* One secret; the decoder of OpenSSL wants whole groups of four and counts their padding. */
static bool parse_secret(struct slice text, uint8_t ret_bytes[WEBHOOK_SECRET_SIZE_MAX],
			 uint32_t *ret_size)
{
	unsigned char decoded[WEBHOOK_SECRET_SIZE_MAX + 4];
	uint32_t skip = (uint32_t)strlen(prefix);
	if (text.size < skip || memcmp(text.data, prefix, skip) != 0)
		return false;
	struct slice code = {text.data + skip, text.size - skip};
	if (code.size == 0 || code.size % 4 != 0 || code.size / 4 * 3 > sizeof(decoded))
		return false;
	int size = EVP_DecodeBlock(decoded, (const unsigned char *)code.data, (int)code.size);
	for (uint32_t i = 0; i < 2 && code.data[code.size - 1 - i] == '='; i++)
		size--;
	if (size < (int)WEBHOOK_SECRET_SIZE_MIN || size > (int)WEBHOOK_SECRET_SIZE_MAX)
		return false;
	memcpy(ret_bytes, decoded, (size_t)size);
	*ret_size = (uint32_t)size;
	return true;
}

static bool is_between(char symbol)
{
	return symbol == ' ' || symbol == ',' || symbol == '\n' || symbol == '\r' || symbol == '\t';
}

bool webhook_secrets_parse(struct slice text, struct webhook_secrets *ret_secrets)
{
	ASSERT(ret_secrets != NULL);
	struct webhook_secrets secrets = {.count = 0};
	uint32_t at = 0;
	while (at < text.size) {
		uint32_t end = at;
		while (end < text.size && !is_between(text.data[end]))
			end++;
		struct slice one = {text.data + at, end - at};
		at = end + 1;
		if (one.size == 0)
			continue;
		if (secrets.count == WEBHOOK_SECRETS_MAX ||
		    !parse_secret(one, secrets.bytes[secrets.count],
				  &secrets.sizes[secrets.count]))
			return false;
		secrets.count++;
	}
	*ret_secrets = secrets;
	return secrets.count > 0;
}

void webhook_sign(const struct webhook_secrets *secrets, struct slice id, int64_t timestamp_s,
		  struct slice body, char ret_signature[WEBHOOK_SIGNATURE_SIZE])
{
	ASSERT(secrets != NULL && secrets->count > 0 && secrets->count <= WEBHOOK_SECRETS_MAX);
	size_t room = (size_t)id.size + body.size + 32;
	char *signed_text = malloc(room);
	ASSERT(signed_text != NULL); /* a few kilobytes */
	int head = snprintf(signed_text, room, "%.*s.%lld.", (int)id.size, id.data,
			    (long long)timestamp_s);
	ASSERT(head > 0 && (size_t)head + body.size <= room);
	if (body.size > 0)
		memcpy(signed_text + head, body.data, body.size);
	size_t used = 0;
	for (uint32_t i = 0; i < secrets->count; i++) {
		unsigned char hash[HASH_SIZE];
		unsigned char code[HASH_SIZE * 2];
		size_t size = 0;
		const unsigned char *made =
		    EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, secrets->bytes[i],
			      secrets->sizes[i], (const unsigned char *)signed_text,
			      (size_t)head + body.size, hash, sizeof(hash), &size);
		ASSERT(made != NULL && size == HASH_SIZE);
		(void)EVP_EncodeBlock(code, hash, (int)size);
		int written =
		    snprintf(ret_signature + used, WEBHOOK_SIGNATURE_SIZE - used, "%sv1,%s",
			     i == 0 ? "" : " ", (const char *)code);
		ASSERT(written > 0 && used + (size_t)written < WEBHOOK_SIGNATURE_SIZE);
		used += (size_t)written;
	}
	free(signed_text);
}
