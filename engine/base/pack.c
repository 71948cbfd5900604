/* Packing: see pack.h. Whole groups are walked without looking for the end; what is left of the
 * last one is copied into a group that is filled up with zeros, or seen through a mask.
 *
 * Groups are written and read in one of two ways: word by word and byte by byte, or, where the
 * processor compares a whole group and gathers and spreads bits, all bytes of a word at once. */
#include "engine/base/pack.h"

#include "engine/base/processor.h"

#include <stddef.h>
#include <string.h>

#define WORD        8u
#define GROUP_WORDS 8u
#define GROUP       PACK_GROUP
#define READ_AHEAD  128u /* bytes that are read of a packed group at the most, in whole steps */
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

/* Writes the map of a group, and of its words that are not zero their maps and bytes. */
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

/* Takes a word off the packed bytes. False: they end, or a map or byte is zero that must not be. */
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

/* The bytes of a word that a map tells of, all bits of each. */
#define BYTE_OF(map, j)	 (((map) >> (j)&1u) != 0 ? UINT64_C(0xFF) << 8 * (j) : 0)
#define BYTES_OF(map)                                                                              \
	(BYTE_OF(map, 0) | BYTE_OF(map, 1) | BYTE_OF(map, 2) | BYTE_OF(map, 3) | BYTE_OF(map, 4) | \
	    BYTE_OF(map, 5) | BYTE_OF(map, 6) | BYTE_OF(map, 7))
#define BYTES_OF_4(map)                                                                            \
	BYTES_OF(map), BYTES_OF((map) + 1u), BYTES_OF((map) + 2u), BYTES_OF((map) + 3u)
#define BYTES_OF_16(map)                                                                           \
	BYTES_OF_4(map), BYTES_OF_4((map) + 4u), BYTES_OF_4((map) + 8u), BYTES_OF_4((map) + 12u)
#define BYTES_OF_64(map)                                                                           \
	BYTES_OF_16(map), BYTES_OF_16((map) + 16u), BYTES_OF_16((map) + 32u),                      \
	    BYTES_OF_16((map) + 48u)

static const uint64_t bytes_of[256] = {
    BYTES_OF_64(0u), BYTES_OF_64(64u), BYTES_OF_64(128u), BYTES_OF_64(192u)};

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
 * lie in the room that PACK_SIZE_MAX leaves. `beyond`: bit j of a byte that is not part of it. */
GATHERS static inline uint8_t *write_group_gather(
    const uint8_t *bytes, const uint8_t *before, uint64_t beyond, uint8_t *out)
{
	uint8_t differs[GROUP];
	uint64_t same = compare_half(bytes, before, differs);
	same |= (uint64_t)compare_half(bytes + GROUP / 2, before + GROUP / 2, differs + GROUP / 2)
		<< GROUP / 2;
	uint64_t maps = ~(same | beyond); /* byte i is the map of word i */
	uint64_t set = set_bytes(maps);
	*out++ = (uint8_t)__builtin_ia32_pext_di(set, EACH_BYTE << 7);
	for (; set != 0; set &= set - 1) {
		uint32_t at = (uint32_t)__builtin_ctzll(set) - 7u; /* bits and bytes before it */
		uint64_t map = maps >> at & 0xFFu;
		uint64_t word = __builtin_ia32_pext_di(load(differs + at), bytes_of[map]);
		*out = (uint8_t)map;
		memcpy(out + 1, &word, WORD);
		out += 1 + __builtin_popcountll(map);
	}
	return out;
}

/* Bit j: byte j of half a group is zero. */
GATHERS static inline uint32_t zeros_of_half(const uint8_t *bytes)
{
	half_group half;
	memcpy(&half, bytes, sizeof(half));
	return (uint32_t)__builtin_ia32_pmovmskb256(half == (half_group){0});
}

/* Changes the words of a group that the packed bytes tell of, and returns where these end. Reads up
 * to READ_AHEAD bytes of them. `wrong` is set where a map of a word or a byte is zero: none of the
 * bytes behind a group's map may be. */
GATHERS static inline const uint8_t *read_group_gather(
    const uint8_t *packed, uint8_t *group, uint32_t *wrong)
{
	uint32_t words = *packed++;
	const uint8_t *at = packed;
	for (; words != 0; words &= words - 1) {
		uint8_t *place = group + WORD * (uint32_t)__builtin_ctz(words);
		uint64_t map = *at;
		uint64_t told = __builtin_ia32_pdep_di(load(at + 1), bytes_of[map]);
		uint64_t word = told ^ load(place);
		memcpy(place, &word, WORD);
		at += 1 + __builtin_popcountll(map);
	}
	uint32_t left = (uint32_t)(at - packed);
	for (; left > GROUP / 2; left -= GROUP / 2, packed += GROUP / 2)
		*wrong |= zeros_of_half(packed);
	*wrong |= zeros_of_half(packed) & (uint32_t)((UINT64_C(1) << left) - 1);
	return at;
}

#endif

/* ---- Byte by byte: all groups ---- */

/* Not inlined: it would make the way with the processor's help dearer. */
__attribute__((noinline)) static uint32_t write_all_portable(struct pack_plain plain, uint8_t *out)
{
	const uint8_t *before = plain.before == NULL ? zeros : plain.before;
	size_t step = plain.before == NULL ? 0 : GROUP;
	const uint8_t *bytes = plain.bytes;
	uint32_t rest = plain.size % GROUP;
	uint8_t *at = out;
	for (uint32_t groups = plain.size / GROUP; groups > 0; groups--) {
		at = write_group_portable(bytes, before, at);
		bytes += GROUP;
		before += step;
	}
	if (rest > 0) {
		uint8_t last_bytes[GROUP] = {0};
		uint8_t last_before[GROUP] = {0};
		memcpy(last_bytes, bytes, rest);
		memcpy(last_before, before, rest);
		at = write_group_portable(last_bytes, last_before, at);
	}
	return (uint32_t)(at - out);
}

/* Changes the words of a group that the packed bytes tell of. False: they end or are not of the
 * one form. */
static bool read_group_portable(struct pack_packed *packed, uint8_t *group)
{
	if (packed->size == 0)
		return false;
	uint32_t map = packed->bytes[0];
	packed->bytes++;
	packed->size--;
	for (; map != 0; map &= map - 1) {
		uint8_t *place = group + WORD * (uint32_t)__builtin_ctz(map);
		uint64_t word = 0;
		if (!read_word_portable(packed, &word))
			return false;
		word ^= load(place);
		memcpy(place, &word, WORD);
	}
	return true;
}

/* What stood before lies in `out` already. */
__attribute__((noinline)) static bool read_all_portable(
    struct pack_packed packed, uint8_t *out, uint32_t size)
{
	uint32_t offset = 0;
	uint8_t last[GROUP] = {0}; /* the last bytes, fewer than a group: zero behind them */
	for (; size - offset >= GROUP; offset += GROUP)
		if (!read_group_portable(&packed, out + offset))
			return false;
	uint32_t rest = size - offset;
	if (rest > 0) {
		memcpy(last, out + offset, rest);
		if (!read_group_portable(&packed, last) ||
		    memcmp(last + rest, zeros, GROUP - rest) != 0)
			return false;
		memcpy(out + offset, last, rest);
	}
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
	return write_all_portable(plain, out);
}

bool pack_read_portable(
    struct pack_packed packed, const uint8_t *before, uint8_t *out, uint32_t size)
{
	ASSERT(packed.bytes != NULL || packed.size == 0);
	ASSERT(out != NULL || size == 0);
	put_before(before, out, size);
	return read_all_portable(packed, out, size);
}

#if defined(__x86_64__)

/* Whole groups, then the last bytes through a mask, or where they have been copied to. */
GATHERS static inline uint32_t write_all_gather(
    struct pack_plain plain, bool is_roomy, uint8_t *out)
{
	const uint8_t *before = plain.before == NULL ? zeros : plain.before;
	size_t step = plain.before == NULL ? 0 : GROUP;
	const uint8_t *bytes = plain.bytes;
	uint32_t rest = plain.size % GROUP;
	uint8_t *at = out;
	for (uint32_t groups = plain.size / GROUP; groups > 0; groups--) {
		at = write_group_gather(bytes, before, 0, at);
		bytes += GROUP;
		before += step;
	}
	if (rest > 0 && is_roomy) {
		at = write_group_gather(bytes, before, ~UINT64_C(0) << rest, at);
	} else if (rest > 0) {
		uint8_t last_bytes[GROUP] = {0};
		uint8_t last_before[GROUP] = {0};
		memcpy(last_bytes, bytes, rest);
		memcpy(last_before, before, rest);
		at = write_group_gather(last_bytes, last_before, 0, at);
	}
	return (uint32_t)(at - out);
}

GATHERS static uint32_t pack_write_gather(struct pack_plain plain, uint8_t *out)
{
	return write_all_gather(plain, false, out);
}

GATHERS static uint32_t pack_write_roomy_gather(struct pack_plain plain, uint8_t *out)
{
	return write_all_gather(plain, true, out);
}

/* Where reading stands. */
struct reading {
	const uint8_t *at;    /* of the packed bytes */
	const uint8_t *limit; /* no group is begun beyond */
	uint8_t *group;
	uint32_t wrong;
};

/* Reads groups until the last whole one, or the limit. */
GATHERS static inline void read_groups(struct reading *reading, const uint8_t *whole_end)
{
	const uint8_t *at = reading->at;
	const uint8_t *limit = reading->limit;
	uint8_t *group = reading->group;
	uint32_t wrong = reading->wrong;
	for (; group != whole_end && at <= limit; group += GROUP)
		at = read_group_gather(at, group, &wrong);
	reading->at = at;
	reading->group = group;
	reading->wrong = wrong;
}

/* Goes on in a copy of the last packed bytes, behind which more may be read: zeros, which no
 * packed form goes on with. */
GATHERS static inline void read_in_tail(
    struct reading *reading, struct pack_packed packed, uint8_t tail[2 * READ_AHEAD])
{
	const uint8_t *end = packed.bytes + packed.size;
	uint32_t left = (uint32_t)(end - reading->at);
	ASSERT(left <= READ_AHEAD);
	uint8_t *tail_end = tail + left;
	if (packed.size >= READ_AHEAD) {
		memcpy(tail, end - READ_AHEAD, READ_AHEAD);
		tail_end = tail + READ_AHEAD;
	} else if (left > 0) {
		memcpy(tail, reading->at, left);
	}
	for (uint32_t i = 0; i < READ_AHEAD; i += GROUP / 2)
		memcpy(tail_end + i, zeros, GROUP / 2);
	reading->at = tail_end - left;
	reading->limit = tail_end;
}

/* The last bytes, fewer than a group. */
GATHERS static inline void read_rest(struct reading *reading, uint32_t rest)
{
	uint8_t last[GROUP] = {0};
	memcpy(last, reading->group, rest);
	reading->at = read_group_gather(reading->at, last, &reading->wrong);
	memcpy(reading->group, last, rest);
	uint64_t none =
	    zeros_of_half(last) | (uint64_t)zeros_of_half(last + GROUP / 2) << GROUP / 2;
	reading->wrong |= ~none >> rest != 0; /* something is said of what lies beyond */
}

GATHERS static bool pack_read_gather(struct pack_packed packed, uint8_t *out, uint32_t size)
{
	uint8_t tail[2 * READ_AHEAD];
	uint32_t rest = size % GROUP;
	const uint8_t *whole_end = out + (size - rest);
	struct reading reading = {.at = packed.bytes, .group = out};
	if (packed.size >= READ_AHEAD) {
		reading.limit = packed.bytes + (packed.size - READ_AHEAD);
		read_groups(&reading, whole_end);
	}
	if (packed.bytes + packed.size - reading.at > READ_AHEAD)
		return false; /* more than any last group has */
	read_in_tail(&reading, packed, tail);
	read_groups(&reading, whole_end);
	if (reading.at > reading.limit || reading.group != whole_end)
		return false;
	if (rest > 0)
		read_rest(&reading, rest);
	return reading.at == reading.limit && reading.wrong == 0;
}

uint32_t pack_write(struct pack_plain plain, uint8_t *out)
{
	if (!processor_has_bit_gather())
		return pack_write_portable(plain, out);
	ASSERT(plain.bytes != NULL || plain.size == 0);
	ASSERT(out != NULL);
	uint32_t used = pack_write_gather(plain, out);
	ASSERT(used <= PACK_SIZE_MAX(plain.size));
	return used;
}

uint32_t pack_write_roomy(struct pack_plain plain, uint8_t *out)
{
	if (!processor_has_bit_gather())
		return pack_write_portable(plain, out);
	ASSERT(plain.bytes != NULL && out != NULL);
	uint32_t used = pack_write_roomy_gather(plain, out);
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

uint32_t pack_write_roomy(struct pack_plain plain, uint8_t *out)
{
	return pack_write_portable(plain, out);
}

bool pack_read(struct pack_packed packed, const uint8_t *before, uint8_t *out, uint32_t size)
{
	return pack_read_portable(packed, before, out, size);
}

#endif
