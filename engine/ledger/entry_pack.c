/* Entries packed: see entry_pack.h for the bytes. */
#include "engine/ledger/entry_pack.h"

#include "engine/base/pack.h"
#include "engine/ledger/wire.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PLAIN_SIZE_BITS 24u
#define PLAIN_SIZE_MASK ((1u << PLAIN_SIZE_BITS) - 1u)
#define AT_COMMAND      20u /* in a plain entry */
#define PLAIN_ROOM      (BATCH_PLAIN_SIZE_MAX + PACK_GROUP) /* read, not used, beyond */
#define PACKED_SIZE     (ENTRY_PACK_HEADER_SIZE + PACK_SIZE_MAX(BATCH_PLAIN_SIZE_MAX))

static_assert(BATCH_PLAIN_SIZE_MAX <= PLAIN_SIZE_MASK, "a size fits its bits");
static_assert(ENTRY_PACK_SLOT_SIZE % PACK_GROUP == 0, "a slot is whole groups");
static_assert(ENTRY_PACK_SLOTS <= ENTRY_PACK_NO_SLOT, "a slot fits a byte");

struct entry_pack {
	uint32_t plain_total;             /* of the batch so far */
	uint32_t sizes[ENTRY_PACK_SLOTS]; /* of what stands in each slot; 0: nothing */
	uint32_t written_size;            /* of the last entry_pack_write */
	uint32_t written_slot;
	uint8_t *plain;  /* PLAIN_ROOM */
	uint8_t *packed; /* PACKED_SIZE */
	uint8_t slots[ENTRY_PACK_SLOTS][ENTRY_PACK_SLOT_SIZE];
};

static uint8_t *reserve(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return memory == MAP_FAILED ? NULL : memory;
}

enum result entry_pack_open(struct entry_pack **ret_pack)
{
	ASSERT(ret_pack != NULL);
	struct entry_pack *pack = calloc(1, sizeof(*pack));
	if (pack == NULL)
		return RESULT_OUT_OF_MEMORY;
	pack->plain = reserve(PLAIN_ROOM);
	pack->packed = reserve(PACKED_SIZE);
	if (pack->plain == NULL || pack->packed == NULL) {
		entry_pack_close(pack);
		return RESULT_OUT_OF_MEMORY;
	}
	*ret_pack = pack;
	return RESULT_OK;
}

void entry_pack_close(struct entry_pack *pack)
{
	if (pack == NULL)
		return;
	if (pack->plain != NULL)
		(void)munmap(pack->plain, PLAIN_ROOM);
	if (pack->packed != NULL)
		(void)munmap(pack->packed, PACKED_SIZE);
	free(pack);
}

void entry_pack_begin(struct entry_pack *pack)
{
	ASSERT(pack != NULL);
	pack->plain_total = 0;
	memset(pack->sizes, 0, sizeof(pack->sizes));
}

uint8_t *entry_pack_room(struct entry_pack *pack)
{
	ASSERT(pack != NULL);
	return pack->plain;
}

/* What an entry of this size in this slot stands against; NULL: zeros. */
static const uint8_t *before(const struct entry_pack *pack, uint32_t slot, uint32_t size)
{
	if (slot == ENTRY_PACK_NO_SLOT || pack->sizes[slot] != size)
		return NULL;
	return pack->slots[slot];
}

bool entry_pack_write(struct entry_pack *pack, uint32_t size, struct entry_packed *ret_packed)
{
	ASSERT(pack != NULL && ret_packed != NULL);
	ASSERT(size > AT_COMMAND && size <= BATCH_PLAIN_SIZE_MAX);
	if (size > BATCH_PLAIN_SIZE_MAX - pack->plain_total)
		return false;
	uint32_t slot = ENTRY_PACK_NO_SLOT;
	if (size <= ENTRY_PACK_SLOT_SIZE)
		slot = (size + pack->plain[AT_COMMAND]) % ENTRY_PACK_SLOTS;
	wire_put_u32(pack->packed, size | slot << PLAIN_SIZE_BITS);
	uint32_t used = pack_write_roomy(
	    (struct pack_plain){pack->plain, before(pack, slot, size), size},
	    pack->packed + ENTRY_PACK_HEADER_SIZE);
	pack->written_size = size;
	pack->written_slot = slot;
	*ret_packed = (struct entry_packed){pack->packed, ENTRY_PACK_HEADER_SIZE + used};
	return true;
}

void entry_pack_keep(struct entry_pack *pack)
{
	ASSERT(pack != NULL && pack->written_size > 0);
	uint32_t slot = pack->written_slot;
	if (slot != ENTRY_PACK_NO_SLOT) {
		memcpy(pack->slots[slot], pack->plain, pack->written_size);
		pack->sizes[slot] = pack->written_size;
	}
	pack->plain_total += pack->written_size;
	pack->written_size = 0;
	ASSERT(pack->plain_total <= BATCH_PLAIN_SIZE_MAX);
}

bool entry_pack_read(
    struct entry_pack *pack, struct entry_packed packed, struct entry_packed *ret_plain)
{
	ASSERT(pack != NULL && ret_plain != NULL);
	if (packed.size < ENTRY_PACK_HEADER_SIZE)
		return false;
	uint32_t word = wire_get_u32(packed.bytes);
	uint32_t size = word & PLAIN_SIZE_MASK;
	uint32_t slot = word >> PLAIN_SIZE_BITS;
	if (size == 0 || size > BATCH_PLAIN_SIZE_MAX - pack->plain_total)
		return false;
	bool is_large = size > ENTRY_PACK_SLOT_SIZE;
	if (is_large ? slot != ENTRY_PACK_NO_SLOT : slot >= ENTRY_PACK_SLOTS)
		return false;
	uint8_t *plain = is_large ? pack->plain : pack->slots[slot];
	const struct pack_packed rest = {
	    packed.bytes + ENTRY_PACK_HEADER_SIZE, packed.size - ENTRY_PACK_HEADER_SIZE};
	if (!pack_read(rest, before(pack, slot, size), plain, size))
		return false;
	if (!is_large)
		pack->sizes[slot] = size;
	pack->plain_total += size;
	*ret_plain = (struct entry_packed){plain, size};
	return true;
}
