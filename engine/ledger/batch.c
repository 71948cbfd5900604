/* Batches: see batch.h for the format and the invariants. */
#include "engine/ledger/batch.h"

#include "engine/base/crc32c.h"
#include "engine/ledger/wire.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* Offsets in the header. */
#define AT_VERSION        4u
#define AT_FLAGS          6u
#define AT_FIRST_SEQUENCE 8u
#define AT_COUNT          16u
#define AT_PAYLOAD_SIZE   20u
#define AT_INSTANT        24u
#define AT_EPOCH          32u
#define AT_CHECKSUM       36u
#define AT_PREVIOUS_HASH  40u
#define AT_HASH           72u

/* Offsets in an entry. */
#define ENTRY_AT_CHECKSUM 4u
#define ENTRY_AT_VERSION  8u
#define ENTRY_AT_KIND     10u

static const uint8_t magic[4] = {'T', 'J', 'B', '1'};
static const uint8_t no_hash[BATCH_HASH_SIZE];

static_assert(AT_HASH + BATCH_HASH_SIZE == BATCH_HEADER_SIZE, "the hash ends the header");
static_assert(AT_PREVIOUS_HASH + BATCH_HASH_SIZE == AT_HASH, "the hashes are neighbours");
static_assert(BATCH_SIZE_MAX > BATCH_HEADER_SIZE + BATCH_ENTRY_HEADER_SIZE, "a batch has room");

struct batch_hasher {
	EVP_MD *algorithm;
	EVP_MD_CTX *context;
};

enum result batch_hasher_open(struct batch_hasher **ret_hasher)
{
	ASSERT(ret_hasher != NULL);
	struct batch_hasher *hasher = calloc(1, sizeof(*hasher));
	if (hasher == NULL)
		return RESULT_OUT_OF_MEMORY;
	hasher->algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
	hasher->context = EVP_MD_CTX_new();
	if (hasher->algorithm == NULL || hasher->context == NULL) {
		batch_hasher_close(hasher);
		return RESULT_OUT_OF_MEMORY;
	}
	ASSERT(EVP_MD_get_size(hasher->algorithm) == (int)BATCH_HASH_SIZE);
	*ret_hasher = hasher;
	return RESULT_OK;
}

void batch_hasher_close(struct batch_hasher *hasher)
{
	if (hasher == NULL)
		return;
	EVP_MD_CTX_free(hasher->context);
	EVP_MD_free(hasher->algorithm);
	free(hasher);
}

/* The hash of a whole batch: its header with the hash field zero, then its payload. */
static bool hash_batch(struct batch_hasher *hasher, const uint8_t *bytes, uint32_t size,
    uint8_t ret_hash[BATCH_HASH_SIZE])
{
	ASSERT(hasher != NULL);
	ASSERT(size >= BATCH_HEADER_SIZE);
	EVP_MD_CTX *context = hasher->context;
	unsigned int hash_size = 0;
	bool ok = EVP_DigestInit_ex2(context, hasher->algorithm, NULL) == 1 &&
	    EVP_DigestUpdate(context, bytes, AT_HASH) == 1 &&
	    EVP_DigestUpdate(context, no_hash, BATCH_HASH_SIZE) == 1 &&
	    EVP_DigestUpdate(context, bytes + BATCH_HEADER_SIZE, size - BATCH_HEADER_SIZE) == 1 &&
	    EVP_DigestFinal_ex(context, ret_hash, &hash_size) == 1;
	return ok && hash_size == BATCH_HASH_SIZE;
}

static uint32_t head_checksum(const uint8_t *bytes)
{
	uint32_t checksum = crc32c(bytes, AT_CHECKSUM);
	return crc32c_extend(checksum, bytes + AT_PREVIOUS_HASH, BATCH_HASH_SIZE);
}

static uint32_t entry_checksum(const uint8_t *entry, uint32_t size)
{
	ASSERT(size <= BATCH_SIZE_MAX);
	uint32_t checksum = crc32c(entry, ENTRY_AT_CHECKSUM);
	return crc32c_extend(checksum, entry + ENTRY_AT_VERSION,
	    size + BATCH_ENTRY_HEADER_SIZE - ENTRY_AT_VERSION);
}

void batch_begin(struct batch_builder *builder, uint8_t *buffer, uint32_t capacity,
    const struct batch_head *head)
{
	ASSERT(builder != NULL && buffer != NULL && head != NULL);
	ASSERT(capacity >= BATCH_HEADER_SIZE && capacity <= BATCH_SIZE_MAX);
	ASSERT(head->first_sequence >= 1 && head->epoch >= 1);
	ASSERT(head->flags == 0 || head->flags == BATCH_FLAG_START ||
	    head->flags == BATCH_FLAG_STOP);
	*builder = (struct batch_builder){
		.buffer = buffer,
		.capacity = capacity,
		.size = BATCH_HEADER_SIZE,
		.head = *head,
	};
}

uint8_t *batch_entry_begin(struct batch_builder *builder, uint32_t size_max)
{
	ASSERT(builder != NULL && !builder->sealed);
	ASSERT(builder->reserved == 0);
	ASSERT(builder->head.flags == 0);
	ASSERT(builder->size <= builder->capacity);
	if (builder->count == BATCH_ENTRIES_MAX)
		return NULL;
	uint32_t room = builder->capacity - builder->size;
	if (room < BATCH_ENTRY_HEADER_SIZE || size_max > room - BATCH_ENTRY_HEADER_SIZE)
		return NULL;
	builder->reserved = BATCH_ENTRY_HEADER_SIZE + size_max;
	return builder->buffer + builder->size + BATCH_ENTRY_HEADER_SIZE;
}

void batch_entry_end(struct batch_builder *builder, struct batch_entry_type type, uint32_t size)
{
	ASSERT(builder != NULL && !builder->sealed);
	ASSERT(builder->reserved >= BATCH_ENTRY_HEADER_SIZE);
	ASSERT(size <= builder->reserved - BATCH_ENTRY_HEADER_SIZE);
	uint8_t *entry = builder->buffer + builder->size;
	wire_put_u32(entry, size);
	wire_put_u32(entry + ENTRY_AT_CHECKSUM, 0); /* batch_seal fills it in */
	wire_put_u16(entry + ENTRY_AT_VERSION, type.version);
	wire_put_u16(entry + ENTRY_AT_KIND, type.kind);
	builder->size += BATCH_ENTRY_HEADER_SIZE + size;
	builder->count++;
	builder->reserved = 0;
	ASSERT(builder->size <= builder->capacity);
}

bool batch_append_entry(struct batch_builder *builder, struct batch_entry_type type,
    const void *bytes, uint32_t size)
{
	ASSERT(bytes != NULL || size == 0);
	uint8_t *content = batch_entry_begin(builder, size);
	if (content == NULL)
		return false;
	if (size > 0)
		memcpy(content, bytes, size);
	batch_entry_end(builder, type, size);
	return true;
}

static void seal_entries(struct batch_builder *builder)
{
	uint8_t *entry = builder->buffer + BATCH_HEADER_SIZE;
	const uint8_t *end = builder->buffer + builder->size;
	for (uint32_t index = 0; index < builder->count; index++) {
		uint32_t size = wire_get_u32(entry);
		ASSERT(size <= builder->capacity);
		wire_put_u32(entry + ENTRY_AT_CHECKSUM, entry_checksum(entry, size));
		entry += BATCH_ENTRY_HEADER_SIZE + size;
		ASSERT(entry <= end);
	}
	ASSERT(entry == end);
}

enum result batch_seal(struct batch_builder *builder, struct batch_hasher *hasher,
    const uint8_t previous_hash[BATCH_HASH_SIZE], uint8_t ret_hash[BATCH_HASH_SIZE])
{
	ASSERT(builder != NULL && !builder->sealed && builder->reserved == 0);
	ASSERT((builder->count == 0) == (builder->head.flags != 0));
	ASSERT(builder->head.first_sequence <= UINT64_MAX - builder->count);
	uint8_t *bytes = builder->buffer;
	seal_entries(builder);
	memcpy(bytes, magic, sizeof(magic));
	wire_put_u16(bytes + AT_VERSION, BATCH_FORMAT_VERSION);
	wire_put_u16(bytes + AT_FLAGS, builder->head.flags);
	wire_put_u64(bytes + AT_FIRST_SEQUENCE, builder->head.first_sequence);
	wire_put_u32(bytes + AT_COUNT, builder->count);
	wire_put_u32(bytes + AT_PAYLOAD_SIZE, builder->size - BATCH_HEADER_SIZE);
	wire_put_i64(bytes + AT_INSTANT, builder->head.instant_us);
	wire_put_u32(bytes + AT_EPOCH, builder->head.epoch);
	memcpy(bytes + AT_PREVIOUS_HASH, previous_hash, BATCH_HASH_SIZE);
	wire_put_u32(bytes + AT_CHECKSUM, head_checksum(bytes));
	if (!hash_batch(hasher, bytes, builder->size, bytes + AT_HASH))
		return RESULT_OUT_OF_MEMORY;
	builder->sealed = true;
	memcpy(ret_hash, bytes + AT_HASH, BATCH_HASH_SIZE);
	return RESULT_OK;
}

/* Do the numbers of a head fit each other and the limits? */
static bool head_is_consistent(const struct batch *batch)
{
	const struct batch_head *head = &batch->head;
	if (head->first_sequence == 0 || head->epoch == 0)
		return false;
	if (head->first_sequence > UINT64_MAX - BATCH_ENTRIES_MAX)
		return false;
	if (batch->payload_size > BATCH_SIZE_MAX - BATCH_HEADER_SIZE)
		return false;
	if (batch->count > BATCH_ENTRIES_MAX)
		return false;
	if (head->flags == BATCH_FLAG_START || head->flags == BATCH_FLAG_STOP)
		return batch->count == 0 && batch->payload_size == 0;
	if (head->flags != 0 || batch->count == 0)
		return false;
	return batch->payload_size >= batch->count * BATCH_ENTRY_HEADER_SIZE;
}

enum result batch_open_head(const uint8_t bytes[BATCH_HEADER_SIZE], struct batch *ret_batch)
{
	ASSERT(bytes != NULL);
	ASSERT(ret_batch != NULL);
	if (memcmp(bytes, magic, sizeof(magic)) != 0)
		return RESULT_JOURNAL_CORRUPT;
	if (wire_get_u16(bytes + AT_VERSION) != BATCH_FORMAT_VERSION)
		return RESULT_JOURNAL_CORRUPT;
	if (wire_get_u32(bytes + AT_CHECKSUM) != head_checksum(bytes))
		return RESULT_JOURNAL_CORRUPT;
	struct batch batch = {
		.head = {
			.first_sequence = wire_get_u64(bytes + AT_FIRST_SEQUENCE),
			.instant_us = wire_get_i64(bytes + AT_INSTANT),
			.epoch = wire_get_u32(bytes + AT_EPOCH),
			.flags = wire_get_u16(bytes + AT_FLAGS),
		},
		.count = wire_get_u32(bytes + AT_COUNT),
		.payload_size = wire_get_u32(bytes + AT_PAYLOAD_SIZE),
	};
	if (!head_is_consistent(&batch))
		return RESULT_JOURNAL_CORRUPT;
	memcpy(batch.previous_hash, bytes + AT_PREVIOUS_HASH, BATCH_HASH_SIZE);
	memcpy(batch.hash, bytes + AT_HASH, BATCH_HASH_SIZE);
	*ret_batch = batch;
	return RESULT_OK;
}

/* Do the sizes of the entries fill the payload exactly? */
static bool entries_fill_payload(const struct batch *batch, const uint8_t *payload)
{
	ASSERT(batch->count <= BATCH_ENTRIES_MAX);
	ASSERT(batch->payload_size <= BATCH_SIZE_MAX);
	uint32_t offset = 0;
	for (uint32_t index = 0; index < batch->count; index++) {
		uint32_t left = batch->payload_size - offset;
		if (left < BATCH_ENTRY_HEADER_SIZE)
			return false;
		uint32_t size = wire_get_u32(payload + offset);
		if (size > left - BATCH_ENTRY_HEADER_SIZE)
			return false;
		offset += BATCH_ENTRY_HEADER_SIZE + size;
	}
	return offset == batch->payload_size;
}

enum result batch_open(const uint8_t *bytes, uint32_t size, struct batch_hasher *hasher,
    struct batch *ret_batch)
{
	ASSERT(bytes != NULL || size == 0);
	ASSERT(ret_batch != NULL);
	struct batch batch = {0};
	if (size < BATCH_HEADER_SIZE)
		return RESULT_JOURNAL_CORRUPT;
	if (batch_open_head(bytes, &batch) != RESULT_OK)
		return RESULT_JOURNAL_CORRUPT;
	if (size - BATCH_HEADER_SIZE != batch.payload_size)
		return RESULT_JOURNAL_CORRUPT;
	if (hasher != NULL) {
		uint8_t hash[BATCH_HASH_SIZE];
		if (!hash_batch(hasher, bytes, size, hash))
			return RESULT_OUT_OF_MEMORY;
		if (memcmp(hash, batch.hash, BATCH_HASH_SIZE) != 0)
			return RESULT_JOURNAL_CORRUPT;
	}
	if (!entries_fill_payload(&batch, bytes + BATCH_HEADER_SIZE))
		return RESULT_JOURNAL_CORRUPT;
	batch.payload = bytes + BATCH_HEADER_SIZE;
	*ret_batch = batch;
	return RESULT_OK;
}

enum result batch_next(struct batch *batch, struct batch_entry *ret_entry)
{
	ASSERT(batch != NULL && batch->payload != NULL);
	ASSERT(batch->next_offset <= batch->payload_size);
	if (batch->next_index == batch->count)
		return RESULT_NOT_FOUND;
	/* batch_open walked the sizes; they are read again, so they are checked again. */
	const uint8_t *entry = batch->payload + batch->next_offset;
	uint32_t left = batch->payload_size - batch->next_offset;
	if (left < BATCH_ENTRY_HEADER_SIZE)
		return RESULT_JOURNAL_CORRUPT;
	uint32_t size = wire_get_u32(entry);
	if (size > left - BATCH_ENTRY_HEADER_SIZE)
		return RESULT_JOURNAL_CORRUPT;
	if (wire_get_u32(entry + ENTRY_AT_CHECKSUM) != entry_checksum(entry, size))
		return RESULT_JOURNAL_CORRUPT;
	*ret_entry = (struct batch_entry){
		.sequence = batch->head.first_sequence + batch->next_index,
		.type = {
			.version = wire_get_u16(entry + ENTRY_AT_VERSION),
			.kind = wire_get_u16(entry + ENTRY_AT_KIND),
		},
		.bytes = entry + BATCH_ENTRY_HEADER_SIZE,
		.size = size,
	};
	batch->next_offset += BATCH_ENTRY_HEADER_SIZE + size;
	batch->next_index++;
	return RESULT_OK;
}
