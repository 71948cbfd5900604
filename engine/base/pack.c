/* Packing: see pack.h. */
#include "engine/base/pack.h"

#include <stddef.h>
#include <string.h>

#define WORD        8u
#define GROUP_WORDS 8u

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "byte j of a word is byte j in memory");

/* The word at an offset, filled up with zeros beyond the end. */
static uint64_t word_at(const uint8_t *bytes, uint32_t offset, uint32_t size)
{
	uint64_t word = 0;
	uint32_t left = size - offset;
	if (left >= WORD)
		memcpy(&word, bytes + offset, WORD);
	else
		memcpy(&word, bytes + offset, left);
	return word;
}

/* Writes the map of a word and its bytes that are not zero. */
static uint8_t *write_word(uint64_t word, uint8_t *out)
{
	uint8_t *map = out++;
	uint32_t set = 0;
	for (uint32_t j = 0; j < WORD; j++, word >>= 8) {
		uint32_t is_set = (word & 0xFFu) != 0;
		*out = (uint8_t)word; /* overwritten by the next where it is zero */
		out += is_set;
		set |= is_set << j;
	}
	*map = (uint8_t)set;
	return out;
}

uint32_t pack_write(struct pack_plain plain, uint8_t *out)
{
	ASSERT(plain.bytes != NULL || plain.size == 0);
	ASSERT(out != NULL);
	uint8_t *at = out;
	for (uint32_t offset = 0; offset < plain.size;) {
		uint8_t *map = at++;
		uint32_t set = 0;
		for (uint32_t i = 0; i < GROUP_WORDS && offset < plain.size; i++, offset += WORD) {
			uint64_t word = word_at(plain.bytes, offset, plain.size);
			if (plain.before != NULL)
				word ^= word_at(plain.before, offset, plain.size);
			if (word == 0)
				continue;
			set |= 1u << i;
			at = write_word(word, at);
		}
		*map = (uint8_t)set;
	}
	ASSERT((uint32_t)(at - out) <= PACK_SIZE_MAX(plain.size));
	return (uint32_t)(at - out);
}

/* Takes a word off the packed bytes. False: they end, or a map or byte is zero that must not be. */
static bool read_word(struct pack_packed *packed, uint64_t *ret_word)
{
	if (packed->size == 0)
		return false;
	uint32_t map = packed->bytes[0];
	uint32_t count = (uint32_t)__builtin_popcount(map);
	if (count == 0 || packed->size - 1u < count)
		return false;
	const uint8_t *bytes = packed->bytes + 1;
	packed->bytes += 1u + count;
	packed->size -= 1u + count;
	uint64_t word = 0;
	bool whole = true;
	for (; map != 0; map &= map - 1) {
		uint64_t byte = *bytes++;
		whole = whole && byte != 0;
		word |= byte << (8 * (uint32_t)__builtin_ctz(map));
	}
	*ret_word = word;
	return whole;
}

/* Puts a word in its place; the last one may stick out, with zeros only. */
static bool put_word(uint64_t word, uint8_t *out, uint32_t left)
{
	if (left >= WORD) {
		memcpy(out, &word, WORD);
		return true;
	}
	memcpy(out, &word, left);
	return word >> (8 * left) == 0;
}

bool pack_read(struct pack_packed packed, const uint8_t *before, uint8_t *out, uint32_t size)
{
	ASSERT(packed.bytes != NULL || packed.size == 0);
	ASSERT(out != NULL || size == 0);
	for (uint32_t offset = 0; offset < size;) {
		if (packed.size == 0)
			return false;
		uint32_t map = packed.bytes[0];
		packed.bytes++;
		packed.size--;
		for (uint32_t i = 0; i < GROUP_WORDS && offset < size; i++, offset += WORD) {
			uint64_t word = 0;
			if ((map & 1u) != 0 && !read_word(&packed, &word))
				return false;
			map >>= 1;
			if (before != NULL)
				word ^= word_at(before, offset, size);
			if (!put_word(word, out + offset, size - offset))
				return false;
		}
		if (map != 0)
			return false;
	}
	return packed.size == 0;
}
