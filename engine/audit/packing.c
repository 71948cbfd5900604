/* Packed entries: see packing.h. */
#include "engine/audit/packing.h"

#include "engine/audit/bytes.h"

#include <string.h>

#define SLOT_NONE 255u

void packing_begin(struct packing *packing)
{
	memset(packing->sizes, 0, sizeof(packing->sizes));
	packing->told = 0;
}

/* One word: its map, then the bytes that are not zero. */
static const char *take_word(struct reader *reader, uint8_t word[8])
{
	uint8_t map = bytes_u8(reader);
	if (!reader->failed && map == 0)
		return "the map of a packed word is empty";
	for (int byte = 0; byte < 8; byte++) {
		word[byte] = 0;
		if ((map >> byte & 1) == 0)
			continue;
		word[byte] = bytes_u8(reader);
		if (!reader->failed && word[byte] == 0)
			return "a packed byte is zero";
	}
	return reader->failed ? "a packed entry ends too early" : NULL;
}

static const char *take_words(struct reader *reader, uint8_t *entry, uint32_t size)
{
	size_t words = ((size_t)size + 7) / 8;
	uint8_t map = 0;
	for (size_t i = 0; i < words; i++) {
		if (i % 8 == 0)
			map = bytes_u8(reader);
		if (reader->failed)
			return "a packed entry ends too early";
		if (i % 8 == 0 && words - i < 8 && map >> (words - i) != 0)
			return "a map of packed words names one that is not there";
		memset(entry + 8 * i, 0, 8);
		const char *wrong =
		    (map >> (i % 8) & 1) != 0 ? take_word(reader, entry + 8 * i) : NULL;
		if (wrong != NULL)
			return wrong;
	}
	if (reader->left != 0)
		return "bytes stand behind a packed entry";
	return bytes_are_zero(entry + size, words * 8 - size)
		   ? NULL
		   : "the last packed word is not filled "
		     "up with zeros";
}

const char *packing_take(struct packing *packing, const uint8_t *content, size_t size,
			 uint32_t *ret_size)
{
	struct reader reader = bytes_reader(content, size);
	uint32_t head = bytes_u32(&reader);
	uint32_t told = head & 0xffffff;
	uint32_t slot = head >> 24;
	if (reader.failed || told == 0 || told > PACKING_BATCH_MAX)
		return "a packed entry does not say how long it is";
	if (told <= PACKING_SLOT_MAX ? slot >= PACKING_SLOTS : slot != SLOT_NONE)
		return "a packed entry names no slot that there is";
	packing->told += told;
	if (packing->told > PACKING_BATCH_MAX)
		return "the entries of a batch are longer than 8 MiB together";
	const char *wrong = take_words(&reader, packing->entry, told);
	if (wrong != NULL)
		return wrong;
	if (slot != SLOT_NONE) {
		uint8_t *kept = packing->slots[slot];
		if (packing->sizes[slot] == told)
			for (uint32_t i = 0; i < told; i++)
				packing->entry[i] ^= kept[i];
		memcpy(kept, packing->entry, told);
		packing->sizes[slot] = told;
	}
	*ret_size = told;
	return NULL;
}
