/* Batches and segment headers under any bytes. The first byte says which checksums are put right,
 * so that lying numbers get past them: what opens can be walked to its end inside its bytes, and
 * sealing the same entries again gives the same bytes. */
#include "engine/ledger/batch.h"
#include "engine/ledger/segment.h"

#include "engine/base/crc32c.h"
#include "engine/ledger/wire.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_SIZE_MAX 65536u

enum repair {
	REPAIR_HEAD = 1,    /* magic, version, checksum of the head */
	REPAIR_SIZE = 2,    /* payload size */
	REPAIR_ENTRIES = 4, /* checksums of entries */
	CHECK_HASH = 8,     /* open with the hash */
};

static void repair_entries(uint8_t *bytes, uint32_t size)
{
	uint32_t at = BATCH_HEADER_SIZE;
	while (size - at >= BATCH_ENTRY_HEADER_SIZE) {
		uint32_t content = wire_get_u32(bytes + at);
		if (content > size - at - BATCH_ENTRY_HEADER_SIZE)
			return;
		uint32_t checksum = crc32c(bytes + at, 4);
		wire_put_u32(bytes + at + 4, crc32c_extend(checksum, bytes + at + 8, content + 4));
		at += BATCH_ENTRY_HEADER_SIZE + content;
	}
}

static void repair(uint8_t *bytes, uint32_t size, uint8_t what)
{
	if (size < BATCH_HEADER_SIZE)
		return;
	if ((what & REPAIR_ENTRIES) != 0)
		repair_entries(bytes, size);
	if ((what & REPAIR_SIZE) != 0)
		wire_put_u32(bytes + 20, size - BATCH_HEADER_SIZE);
	if ((what & REPAIR_HEAD) == 0)
		return;
	memcpy(bytes, "TJB1", 4);
	wire_put_u16(bytes + 4, BATCH_FORMAT_VERSION);
	wire_put_u32(bytes + 36, crc32c_extend(crc32c(bytes, 36), bytes + 40, 32));
}

/* Seals what was read once more: the same bytes, but for the hash, which was not checked. */
static void seal_again(struct batch batch, const uint8_t *bytes, uint32_t size,
    struct batch_hasher *hasher)
{
	static uint8_t again[BATCH_SIZE_MAX];
	struct batch_builder builder;
	struct batch_entry entry;
	uint8_t hash[BATCH_HASH_SIZE];
	batch_begin(&builder, again, BATCH_SIZE_MAX, &batch.head);
	uint32_t count = 0;
	enum result result = batch_next(&batch, &entry);
	while (result == RESULT_OK) {
		ASSERT(entry.bytes >= bytes && entry.bytes + entry.size <= bytes + size);
		ASSERT(entry.sequence == batch.head.first_sequence + count);
		ASSERT(batch_append_entry(&builder, entry.type, entry.bytes, entry.size));
		count++;
		result = batch_next(&batch, &entry);
	}
	if (result != RESULT_NOT_FOUND)
		return;
	ASSERT(count == batch.count && builder.size == size);
	ASSERT(batch_seal(&builder, hasher, batch.previous_hash, hash) == RESULT_OK);
	ASSERT(memcmp(again, bytes, BATCH_HEADER_SIZE - BATCH_HASH_SIZE) == 0);
	ASSERT(memcmp(again + BATCH_HEADER_SIZE, bytes + BATCH_HEADER_SIZE,
	    size - BATCH_HEADER_SIZE) == 0);
	/* And the result opens, its hash checked. */
	ASSERT(batch_open(again, size, hasher, &batch) == RESULT_OK);
}

static void check_header(const uint8_t *data, size_t size, uint8_t what)
{
	uint8_t sector[SEGMENT_SECTOR_SIZE] = {0};
	uint8_t back[SEGMENT_SECTOR_SIZE];
	struct segment_header header;
	memcpy(sector, data, size < sizeof(sector) ? size : sizeof(sector));
	if ((what & REPAIR_HEAD) != 0) {
		memcpy(sector, "TITOLIJS", 8);
		wire_put_u32(sector + 508, crc32c(sector, 508));
	}
	if (segment_header_decode(sector, &header) != NULL)
		return;
	segment_header_encode(&header, back);
	ASSERT(memcmp(sector, back, sizeof(sector)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct batch_hasher *hasher;
	static uint8_t bytes[INPUT_SIZE_MAX];
	struct batch batch;
	if (hasher == NULL && batch_hasher_open(&hasher) != RESULT_OK)
		abort();
	if (size < 1 || size > INPUT_SIZE_MAX)
		return 0;
	uint8_t what = data[0];
	uint32_t given = (uint32_t)size - 1;
	check_header(data + 1, given, what);
	/* An exact copy, so that the sanitizer sees a read behind it. */
	uint8_t *exact = malloc(given == 0 ? 1 : given);
	if (exact == NULL)
		abort();
	memcpy(bytes, data + 1, given);
	repair(bytes, given, what);
	memcpy(exact, bytes, given);
	bool hashed = (what & CHECK_HASH) != 0;
	if (batch_open(exact, given, hashed ? hasher : NULL, &batch) == RESULT_OK)
		seal_again(batch, exact, given, hasher);
	free(exact);
	return 0;
}
