/* Identity of requests: see key.h. */
#include "engine/api/key.h"

#include "engine/base/assert.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"

#include <string.h>

static_assert(sizeof(((struct command *)0)->key_hash) == API_DIGEST_SIZE, "a digest is a hash");

bool key_is_valid(struct slice key)
{
	return key.size > 0 && key.size <= IDEMPOTENCY_KEY_SIZE_MAX && text_is_visible(key);
}

/* The first byte of what is digested: no two purposes ever meet. What follows it has one part of no
 * fixed size at most, the last: it says where it ends. */
enum { PURPOSE_KEY = 'K', PURPOSE_LINE = 'L', PURPOSE_REQUEST = 'R' };

static void digest(const struct api_request *request, const uint8_t *bytes, uint32_t size,
		   uint8_t *ret_digest)
{
	const struct api_secret *secret = &request->context->secret;
	secret->digest(secret->self, (struct slice){(const char *)bytes, size}, ret_digest);
}

struct key_scope key_scope_of(const struct api_request *request)
{
	struct key_scope scope = {{0}};
	uint8_t bytes[1 + sizeof(request->caller.raw) + IDEMPOTENCY_KEY_SIZE_MAX];
	ASSERT(request->key.size <= IDEMPOTENCY_KEY_SIZE_MAX);
	if (request->key.size == 0)
		return scope;
	bytes[0] = PURPOSE_KEY;
	/* little-endian, asserted in base/codec.c */
	memcpy(bytes + 1, &request->caller.raw, sizeof(request->caller.raw));
	memcpy(bytes + 1 + sizeof(request->caller.raw), request->key.data, request->key.size);
	digest(request, bytes, 1 + (uint32_t)sizeof(request->caller.raw) + request->key.size,
	       scope.digest);
	return scope;
}

static void bind_line(const struct api_request *request, struct slice line_id,
		      struct command *command)
{
	uint8_t bytes[1 + API_DIGEST_SIZE + BATCH_ID_SIZE_MAX];
	ASSERT(request->scope != NULL);
	ASSERT(line_id.size <= BATCH_ID_SIZE_MAX);
	bytes[0] = PURPOSE_LINE;
	memcpy(bytes + 1, request->scope->digest, API_DIGEST_SIZE);
	memcpy(bytes + 1 + API_DIGEST_SIZE, line_id.data, line_id.size);
	digest(request, bytes, 1 + API_DIGEST_SIZE + line_id.size, command->key_hash);
}

/* How many of these bytes stand before the zeros that end them, whose first word may be kept. */
static uint32_t size_without_zeros(const uint8_t *bytes, uint32_t size)
{
	uint64_t word;
	for (; size >= sizeof(word); size -= (uint32_t)sizeof(word)) {
		memcpy(&word, bytes + size - sizeof(word), sizeof(word));
		if (word != 0)
			break;
	}
	return size;
}

static void bind_request(const struct api_request *request, struct command *command)
{
	const struct command_info *info = command_info(command->kind);
	ASSERT(info != NULL);
	UNFILLED uint8_t bytes[2 + COMMAND_INPUT_SIZE_MAX];
	ASSERT(info->input_size_max <= COMMAND_INPUT_SIZE_MAX);
	bytes[0] = PURPOSE_REQUEST;
	bytes[1] = command->kind;
	/* EDGE fields are still zero here: they differ at every try. */
	uint32_t size = 2 + command_encode(command, bytes + 2);
	/* Most of what may be given is not, and what stands last least of all. From the encoding,
	 * with zeros without end behind it, one command can be read: no other has these bytes. */
	size = size_without_zeros(bytes, size);
	digest(request, bytes, size, command->request_hash);
}

void key_bind(const struct api_request *request, struct slice line_id, struct command *command)
{
	ASSERT(request != NULL && command != NULL);
	command->has_key = request->key.size > 0;
	memset(command->key_hash, 0, sizeof(command->key_hash));
	memset(command->request_hash, 0, sizeof(command->request_hash));
	if (!command->has_key)
		return;
	if (line_id.size > 0) {
		bind_line(request, line_id, command);
	} else {
		struct key_scope scope = key_scope_of(request);
		memcpy(command->key_hash, scope.digest, API_DIGEST_SIZE);
	}
	bind_request(request, command);
}
