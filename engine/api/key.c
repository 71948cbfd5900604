/* Identity of requests: see key.h. */
#include "engine/api/key.h"

#include "engine/base/assert.h"
#include "engine/base/limits.h"

#include <string.h>

bool key_is_valid(struct slice key)
{
	if (key.size == 0 || key.size > IDEMPOTENCY_KEY_SIZE_MAX)
		return false;
	for (uint32_t i = 0; i < key.size; i++)
		if (key.data[i] < '!' || key.data[i] > '~')
			return false;
	return true;
}

/* Domain separation: the two digests never meet. */
enum { PURPOSE_KEY = 'K', PURPOSE_REQUEST = 'R' };

static void put_u32(uint8_t *bytes, uint32_t value)
{
	memcpy(bytes, &value, sizeof(value)); /* little-endian, asserted in base/codec.c */
}

static void bind_key(const struct api_request *request, struct slice line_id,
		     struct command *command)
{
	uint8_t bytes[1 + 4 + 4 + IDEMPOTENCY_KEY_SIZE_MAX + BATCH_ID_SIZE_MAX];
	ASSERT(request->key.size <= IDEMPOTENCY_KEY_SIZE_MAX);
	ASSERT(line_id.size <= BATCH_ID_SIZE_MAX);
	uint32_t size = 0;
	bytes[size++] = PURPOSE_KEY;
	put_u32(bytes + size, request->caller.raw);
	size += 4;
	put_u32(bytes + size, request->key.size); /* where the key ends and the line id begins */
	size += 4;
	memcpy(bytes + size, request->key.data, request->key.size);
	size += request->key.size;
	if (line_id.size > 0)
		memcpy(bytes + size, line_id.data, line_id.size);
	size += line_id.size;
	const struct api_secret *secret = &request->context->secret;
	secret->digest(secret->self, (struct slice){(const char *)bytes, size}, command->key_hash);
}

static void bind_request(const struct api_request *request, struct command *command)
{
	const struct command_info *info = command_info(command->kind);
	ASSERT(info != NULL);
	uint8_t bytes[2 + COMMAND_INPUT_SIZE_MAX];
	ASSERT(info->input_size_max <= COMMAND_INPUT_SIZE_MAX);
	bytes[0] = PURPOSE_REQUEST;
	bytes[1] = command->kind;
	/* EDGE fields are still zero here: they differ at every try. */
	uint32_t size = 2 + command_encode(command, bytes + 2);
	const struct api_secret *secret = &request->context->secret;
	secret->digest(secret->self, (struct slice){(const char *)bytes, size},
		       command->request_hash);
}

void key_bind(const struct api_request *request, struct slice line_id, struct command *command)
{
	ASSERT(request != NULL && command != NULL);
	command->has_key = request->key.size > 0;
	memset(command->key_hash, 0, sizeof(command->key_hash));
	memset(command->request_hash, 0, sizeof(command->request_hash));
	if (!command->has_key)
		return;
	bind_key(request, line_id, command);
	bind_request(request, command);
}
