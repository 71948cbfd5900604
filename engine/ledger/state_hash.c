/* The state hash: see state_hash.h. */
#include "engine/ledger/state_hash.h"

#include "engine/domain/state.h"
#include "engine/ledger/layout.h"
#include "engine/ledger/wire.h"

#include <openssl/evp.h>
#include <string.h>

#define HEADER_SIZE 9u     /* kind, id, size before the bytes of a record */
#define BUFFER_SIZE 65536u /* hashed at a time */

struct buffer {
	EVP_MD_CTX *context;
	uint32_t used; /* bytes */
	uint8_t bytes[BUFFER_SIZE];
};

static_assert(BUFFER_SIZE >= HEADER_SIZE + LAYOUT_SIZE_MAX, "a record fits");

static bool flush(struct buffer *buffer)
{
	bool good = EVP_DigestUpdate(buffer->context, buffer->bytes, buffer->used) == 1;
	buffer->used = 0;
	return good;
}

static bool add_kind(struct buffer *buffer, const struct state *state, enum record_kind kind)
{
	uint32_t count = state_count(state, kind);
	for (uint32_t id = 1; id <= count; id++) {
		if (buffer->used + HEADER_SIZE + LAYOUT_SIZE_MAX > BUFFER_SIZE && !flush(buffer))
			return false;
		uint8_t *place = buffer->bytes + buffer->used;
		uint32_t size =
		    layout_encode(kind, state_record(state, kind, id), place + HEADER_SIZE);
		place[0] = (uint8_t)kind;
		wire_put_u32(place + 1, id);
		wire_put_u32(place + 5, size);
		buffer->used += HEADER_SIZE + size;
	}
	return true;
}

enum result state_hash(const struct state *state, uint8_t ret_hash[STATE_HASH_SIZE])
{
	ASSERT(state != NULL && ret_hash != NULL);
	struct buffer buffer = {.context = EVP_MD_CTX_new()};
	bool good =
	    buffer.context != NULL && EVP_DigestInit_ex(buffer.context, EVP_sha256(), NULL) == 1;
	for (uint32_t kind = 1; kind <= RECORD_KIND_MAX && good; kind++)
		if (layout_kind_is_known(kind))
			good = add_kind(&buffer, state, (enum record_kind)kind);
	uint8_t hash[STATE_HASH_SIZE];
	unsigned size = 0;
	good = good && flush(&buffer) && EVP_DigestFinal_ex(buffer.context, hash, &size) == 1;
	EVP_MD_CTX_free(buffer.context);
	if (!good)
		return RESULT_OUT_OF_MEMORY;
	ASSERT(size == STATE_HASH_SIZE);
	memcpy(ret_hash, hash, STATE_HASH_SIZE);
	return RESULT_OK;
}
