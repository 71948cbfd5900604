/* What a configuration or a server hands to delivery as text: secrets of webhooks, Retry-After,
 * allow-lists and addresses. */
#include "connectors/delivery/send.h"
#include "connectors/delivery/transfer.h"
#include "connectors/delivery/webhook.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void secrets(struct slice text)
{
	struct webhook_secrets secrets;
	char signature[WEBHOOK_SIGNATURE_SIZE];
	if (!webhook_secrets_parse(text, &secrets))
		return;
	webhook_sign(&secrets, slice_from_text("msg_1"), 1614265330, text, signature);
	size_t wanted = secrets.count * strlen("v1,") + secrets.count * 44 + secrets.count - 1;
	if (strlen(signature) != wanted)
		abort();
}

static void retry_after(struct slice text)
{
	struct instant now = {INT64_C(1445412480) * TIME_US_PER_SECOND};
	if (transfer_retry_after(text, now) > VERDICT_RETRY_AFTER_MAX_S)
		abort();
}

/* Up to the first line end the list, then the address. */
static void allowed(struct slice text)
{
	char copy[1024];
	if (text.size >= sizeof(copy))
		return;
	memcpy(copy, text.data, text.size);
	copy[text.size] = '\0';
	char *address = strchr(copy, '\n');
	if (address == NULL)
		return;
	*address++ = '\0';
	bool is_allowed = send_is_allowed(copy, address);
	if (is_allowed && (copy[0] == '\0' || strstr(address, "/../") != NULL))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2 || size > 65536)
		return 0;
	struct slice text = {(const char *)data + 1, (uint32_t)size - 1};
	switch (data[0] % 3) {
	case 0:
		secrets(text);
		break;
	case 1:
		retry_after(text);
		break;
	default:
		allowed(text);
		break;
	}
	return 0;
}
