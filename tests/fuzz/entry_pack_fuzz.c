/* The packed entries of a batch from any bytes: unpacking ends, reads nothing outside them, and what
 * comes out packs again to something that unpacks to the same.
 *
 * The input is a row of entries, each u16 size and so many bytes. */
#include "engine/ledger/entry_pack.h"

#include "engine/base/pack.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LEAST_PLAIN 24u /* a writer's entries are longer than their command's place */

static void write_again(struct entry_pack *writer, struct entry_pack *again,
    const struct entry_packed *plain)
{
	struct entry_packed packed;
	struct entry_packed back;
	if (plain->size < LEAST_PLAIN)
		return;
	memcpy(entry_pack_room(writer), plain->bytes, plain->size);
	if (!entry_pack_write(writer, plain->size, &packed))
		return;
	if (!entry_pack_read(again, packed, &back) || back.size != plain->size ||
	    memcmp(back.bytes, plain->bytes, back.size) != 0)
		abort();
	entry_pack_keep(writer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct entry_pack *packs[3];
	for (uint32_t i = 0; i < 3; i++) {
		if (packs[i] == NULL && entry_pack_open(&packs[i]) != RESULT_OK)
			return 0;
		entry_pack_begin(packs[i]);
	}
	while (size >= 2) {
		uint32_t length = (uint32_t)data[0] | (uint32_t)data[1] << 8;
		struct entry_packed plain;
		data += 2;
		size -= 2;
		if (length > size)
			length = (uint32_t)size;
		uint8_t *exact = malloc(length == 0 ? 1 : length);
		if (exact == NULL)
			return 0;
		memcpy(exact, data, length);
		bool good = entry_pack_read(
		    packs[0], (struct entry_packed){exact, length}, &plain);
		free(exact);
		if (!good)
			return 0;
		write_again(packs[1], packs[2], &plain);
		data += length;
		size -= length;
	}
	return 0;
}
