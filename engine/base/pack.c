/* Packing: see pack.h. Whole groups are walked without looking for the end; what is left of the
 * last one is copied into a group that is filled up with zeros.
 *
 * Groups are written and read in one of two ways: word by word and byte by byte, or, where the
 * processor compares a whole group and gathers and spreads bits, all bytes of a word at once. The
 * walk over groups is one for both, expanded twice. */
#include "engine/base/pack.h"

#include "engine/base/processor.h"

#include <stddef.h>
#include <string.h>

#define WORD        8u
#define GROUP_WORDS 8u
#define GROUP       PACK_GROUP
#define EACH_BYTE   UINT64_C(0x0101010101010101) /* its lowest bit */

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "byte j of a word is byte j in memory");

static_assert(GROUP == WORD * GROUP_WORDS, "a group is words");

static const uint8_t zeros[GROUP];

static uint64_t load(const uint8_t *bytes)
{
	uint64_t word;
	memcpy(&word, bytes, WORD);
	return word;
}

/* The highest bit of each byte that is not zero. */
static uint64_t set_bytes(uint64_t word)
{
	const uint64_t below = EACH_BYTE * 0x7F;
	return (((word & below) + below) | word) & ~below;
}

/* Bit j: the highest bit of byte j. The factor brings each of them into the uppermost byte. */
static uint8_t map_of(uint64_t set)
{
	return (uint8_t)((set >> 7) * UINT64_C(0x0102040810204080) >> 56);
}

/* ---- Byte by byte ---- */

static uint8_t *write_word_portable(uint64_t word, uint8_t *out)
{
	uint64_t set = set_bytes(word);
	*out++ = map_of(set);
	for (; set != 0; set &= set - 1)
		*out++ = (uint8_t)(word >> ((uint32_t)__builtin_ctzll(set) - 7));
	return out;
}

static uint8_t *write_group_portable(const uint8_t *bytes, const uint8_t *before, uint8_t *out)
{
	uint8_t *map = out++;
	uint32_t set = 0;
	for (uint32_t i = 0; i < GROUP_WORDS; i++) {
		uint64_t word = load(bytes + i * WORD) ^ load(before + i * WORD);
		if (word == 0)
			continue;
		set |= 1u << i;
		out = write_word_portable(word, out);
	}
	*map = (uint8_t)set;
	return out;
}

static bool read_word_portable(struct pack_packed *packed, uint64_t *ret_word)
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

/* ---- All bytes of a word at once ---- */

#if defined(__x86_64__)

#define GATHERS __attribute__((target("avx2,bmi,bmi2,popcnt")))

/* Half a group. */
typedef char half_group __attribute__((vector_size(GROUP / 2)));

/* What half a group differs in, to `differs`. Bit j of the answer: byte j does not. */
GATHERS static inline uint32_t compare_half(
    const uint8_t *bytes, const uint8_t *before, uint8_t *differs)
{
	half_group one;
	half_group other;
	memcpy(&one, bytes, sizeof(one));
	memcpy(&other, before, sizeof(other));
	one ^= other;
	memcpy(differs, &one, sizeof(one));
	return (uint32_t)__builtin_ia32_pmovmskb256(one == (half_group){0});
}

/* Eight bytes are written for each word; those beyond its own are overwritten by what follows, or
 * lie in the room that PACK_SIZE_MAX leaves. */
GATHERS static inline uint8_t *write_group_gather(
    const uint8_t *bytes, const uint8_t *before, uint8_t *out)
{
	uint8_t differs[GROUP];
	uint64_t same = compare_half(bytes, before, differs);
	same |= (uint64_t)compare_half(bytes + GROUP / 2, before + GROUP / 2, differs + GROUP / 2)
		<< GROUP / 2;
	uint64_t maps = ~same; /* byte i is the map of word i */
	uint64_t set = set_bytes(maps);
	*out++ = (uint8_t)__builtin_ia32_pext_di(set, EACH_BYTE << 7);
	for (; set != 0; set &= set - 1) {
		uint32_t at = (uint32_t)__builtin_ctzll(set) - 7u; /* bits and bytes before it */
		uint64_t map = maps >> at & 0xFFu;
		uint64_t of_word = __builtin_ia32_pdep_di(map, EACH_BYTE) * 0xFF;
		uint64_t word = __builtin_ia32_pext_di(load(differs + at), of_word);
		*out = (uint8_t)map;
		memcpy(out + 1, &word, WORD);
		out += 1 + __builtin_popcountll(map);
	}
	return out;
}

GATHERS static inline bool read_word_gather(struct pack_packed *packed, uint64_t *ret_word)
{
	if (packed->size < 1 + WORD)
		return read_word_portable(packed, ret_word);
	uint64_t map = packed->bytes[0];
	uint64_t told = __builtin_ia32_pdep_di(map, EACH_BYTE);
	uint64_t word = __builtin_ia32_pdep_di(load(packed->bytes + 1), told * 0xFF);
	uint32_t used = 1 + (uint32_t)__builtin_popcountll(map);
	packed->bytes += used;
	packed->size -= used;
	*ret_word = word;
	return map != 0 && set_bytes(word) == told << 7;
}

#endif

/* ---- Groups, either way ---- */

/* Writes the map of a group, and of its words that are not zero their maps and bytes. */
typedef uint8_t *write_group(const uint8_t *bytes, const uint8_t *before, uint8_t *out);

/* Takes a word off the packed bytes. False: they end, or a map or byte is zero that must not be. */
typedef bool read_word(struct pack_packed *packed, uint64_t *ret_word);

#define EXPANDED __attribute__((always_inline)) static inline

/* `rest`: bytes of the last group where it must be copied to be filled up; 0: it need not. */
EXPANDED uint32_t write_all(
    struct pack_plain plain, uint32_t rest, uint8_t *out, write_group *write)
{
	const uint8_t *before = plain.before == NULL ? zeros : plain.before;
	size_t step = plain.before == NULL ? 0 : GROUP;
	const uint8_t *bytes = plain.bytes;
	uint8_t *at = out;
	uint32_t groups = (plain.size - rest + GROUP - 1) / GROUP;
	for (; groups > 0; groups--, bytes += GROUP, before += step)
		at = write(bytes, before, at);
	if (rest > 0) {
		uint8_t last_bytes[GROUP] = {0};
		uint8_t last_before[GROUP] = {0};
		memcpy(last_bytes, bytes, rest);
		memcpy(last_before, before, rest);
		at = write(last_bytes, last_before, at);
	}
	return (uint32_t)(at - out);
}

/* Changes the words of a group that the packed bytes tell of. False: they end or are not of the
 * one form. */
EXPANDED bool read_group(struct pack_packed *packed, uint8_t *group, read_word *read)
{
	if (packed->size == 0)
		return false;
	uint32_t map = packed->bytes[0];
	packed->bytes++;
	packed->size--;
	for (; map != 0; map &= map - 1) {
		uint8_t *place = group + WORD * (uint32_t)__builtin_ctz(map);
		uint64_t word = 0;
		if (!read(packed, &word))
			return false;
		word ^= load(place);
		memcpy(place, &word, WORD);
	}
	return true;
}

/* The last bytes, fewer than a group: nothing may be said of what lies beyond them. */
EXPANDED bool read_rest(
    struct pack_packed *packed, uint8_t *out, uint32_t size, read_word *read)
{
	uint8_t group[GROUP] = {0};
	memcpy(group, out, size);
	if (!read_group(packed, group, read))
		return false;
	memcpy(out, group, size);
	return memcmp(group + size, zeros, GROUP - size) == 0;
}

/* What stood before lies in `out` already. */
EXPANDED bool read_all(struct pack_packed packed, uint8_t *out, uint32_t size, read_word *read)
{
	uint32_t offset = 0;
	for (; size - offset >= GROUP; offset += GROUP)
		if (!read_group(&packed, out + offset, read))
			return false;
	if (offset < size && !read_rest(&packed, out + offset, size - offset, read))
		return false;
	return packed.size == 0;
}

/* ---- Doors ---- */

static void put_before(const uint8_t *before, uint8_t *out, uint32_t size)
{
	if (size == 0 || before == out)
		return;
	if (before == NULL)
		memset(out, 0, size);
	else
		memcpy(out, before, size);
}

uint32_t pack_write_portable(struct pack_plain plain, uint8_t *out)
{
	ASSERT(plain.bytes != NULL || plain.size == 0);
	ASSERT(out != NULL);
	return write_all(plain, plain.size % GROUP, out, write_group_portable);
}

bool pack_read_portable(
    struct pack_packed packed, const uint8_t *before, uint8_t *out, uint32_t size)
{
	ASSERT(packed.bytes != NULL || packed.size == 0);
	ASSERT(out != NULL || size == 0);
	put_before(before, out, size);
	return read_all(packed, out, size, read_word_portable);
}

#if defined(__x86_64__)

GATHERS static uint32_t pack_write_gather(struct pack_plain plain, uint32_t rest, uint8_t *out)
{
	return write_all(plain, rest, out, write_group_gather);
}

GATHERS static bool pack_read_gather(struct pack_packed packed, uint8_t *out, uint32_t size)
{
	return read_all(packed, out, size, read_word_gather);
}

uint32_t pack_write(struct pack_plain plain, uint8_t *out)
{
	if (!processor_has_bit_gather())
		return pack_write_portable(plain, out);
	ASSERT(plain.bytes != NULL || plain.size == 0);
	ASSERT(out != NULL);
	uint32_t used = pack_write_gather(plain, plain.size % GROUP, out);
	ASSERT(used <= PACK_SIZE_MAX(plain.size));
	return used;
}

uint32_t pack_write_filled_up(struct pack_plain plain, uint8_t *out)
{
	if (!processor_has_bit_gather())
		return pack_write_portable(plain, out);
	ASSERT(plain.bytes != NULL && out != NULL);
	uint32_t used = pack_write_gather(plain, 0, out);
	ASSERT(used <= PACK_SIZE_MAX(plain.size));
	return used;
}

bool pack_read(struct pack_packed packed, const uint8_t *before, uint8_t *out, uint32_t size)
{
	if (!processor_has_bit_gather())
		return pack_read_portable(packed, before, out, size);
	ASSERT(packed.bytes != NULL || packed.size == 0);
	ASSERT(out != NULL || size == 0);
	put_before(before, out, size);
	return pack_read_gather(packed, out, size);
}

#else

uint32_t pack_write(struct pack_plain plain, uint8_t *out)
{
	return pack_write_portable(plain, out);
}

uint32_t pack_write_filled_up(struct pack_plain plain, uint8_t *out)
{
	return pack_write_portable(plain, out);
}

bool pack_read(struct pack_packed packed, const uint8_t *before, uint8_t *out, uint32_t size)
{
	return pack_read_portable(packed, before, out, size);
}

#endif
