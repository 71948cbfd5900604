/* The form of codec.h as straight code: what the rows of a definition become where speed counts.
 *
 * A definition D(F) is expanded to a sum of sizes by D(CODEC_SIZE), to writers by D(CODEC_PUT) and
 * to readers by D(CODEC_TAKE), one term a field, with offsets and sizes that the compiler knows:
 *
 *	enum { size_max = 0u D(CODEC_SIZE) };
 *	uint8_t *write(const struct thing *record, uint8_t *out) { D(CODEC_PUT) return out; }
 *	bool read(struct codec_source *source, struct thing *record) { return true D(CODEC_TAKE); }
 *
 * The record that is read into was zeroed. A definition with lists needs list_size_max_<item>,
 * write_list_<item> and read_list_<item> for each (command.c). The functions below are here and not
 * in codec.c so that they melt into that code. The walk over descriptors in codec.c stays what says
 * how the form is; tests hold the two together for every kind of record and command. */
#ifndef ENGINE_BASE_CODEC_ROWS_H
#define ENGINE_BASE_CODEC_ROWS_H

#include "engine/base/field.h"

#include <string.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "integers are copied as they lie");

/* Which numbers an enumeration has, one bit each; 0 is "not given". */
#define V(PREFIX, VALUE, number) | ((unsigned __int128)1 << (number))
#define X(name, PREFIX)                                                                            \
	__attribute__((unused)) static const unsigned __int128 codec_numbers_##name =              \
	    1 ENUM_##PREFIX(V);
ENUMS(X)
#undef X
#undef V

/* Is it a number of the enumeration, or 0? */
static inline bool codec_has_number(unsigned __int128 numbers, uint8_t number)
{
	return number < 128u && (numbers >> number & 1u) != 0;
}

/* ---- Sizes ---- */

#define CODEC_SIZE(TYPE, name, argument, flags, meaning) +CODEC_SIZE_##TYPE(argument)
#define CODEC_SIZE_FLAG(argument)    1u
#define CODEC_SIZE_U8(argument)      1u
#define CODEC_SIZE_U16(argument)     2u
#define CODEC_SIZE_U32(argument)     4u
#define CODEC_SIZE_U64(argument)     8u
#define CODEC_SIZE_CENTS(argument)   8u
#define CODEC_SIZE_DAY(argument)     4u
#define CODEC_SIZE_MONTH(argument)   4u
#define CODEC_SIZE_INSTANT(argument) 8u
#define CODEC_SIZE_ENUM(argument)    1u
#define CODEC_SIZE_ID(argument)      4u
#define CODEC_SIZE_TEXT(argument)    (1u + (argument))
#define CODEC_SIZE_BYTES(argument)   (argument)
#define CODEC_SIZE_KEYED(argument)   8u
#define CODEC_SIZE_CODE(argument)    8u
#define CODEC_SIZE_LIST(argument)    (2u + LIST_MAX_##argument * list_size_max_##argument)

/* ---- Writers: each returns the place after what it wrote ---- */

static inline uint8_t *codec_put(uint8_t *out, const void *member, size_t size)
{
	memcpy(out, member, size);
	return out + size;
}

static inline uint8_t *codec_put_text(uint8_t *out, const char *text, size_t size)
{
	if (text[0] == 0) { /* as most are */
		*out = 0;
		return out + 1;
	}
	const char *end = memchr(text, 0, size);
	size_t used = end == NULL ? size : (size_t)(end - text);
	ASSERT(used <= UINT8_MAX);
	*out = (uint8_t)used;
	memcpy(out + 1, text, used);
	return out + 1 + used;
}

static inline uint8_t *codec_put_count(uint8_t *out, uint32_t count, uint32_t items_max)
{
	ASSERT(count <= items_max);
	uint16_t count_u16 = (uint16_t)count;
	return codec_put(out, &count_u16, sizeof(count_u16));
}

#define CODEC_PUT(TYPE, name, argument, flags, meaning) CODEC_PUT_##TYPE(name, argument)
#define CODEC_PUT_FLAG(name, argument)	  out = codec_put(out, &record->name, 1u);
#define CODEC_PUT_U8(name, argument)	  out = codec_put(out, &record->name, 1u);
#define CODEC_PUT_U16(name, argument)	  out = codec_put(out, &record->name, 2u);
#define CODEC_PUT_U32(name, argument)	  out = codec_put(out, &record->name, 4u);
#define CODEC_PUT_U64(name, argument)	  out = codec_put(out, &record->name, 8u);
#define CODEC_PUT_CENTS(name, argument)	  out = codec_put(out, &record->name, 8u);
#define CODEC_PUT_DAY(name, argument)	  out = codec_put(out, &record->name, 4u);
#define CODEC_PUT_MONTH(name, argument)	  out = codec_put(out, &record->name, 4u);
#define CODEC_PUT_INSTANT(name, argument) out = codec_put(out, &record->name, 8u);
#define CODEC_PUT_ENUM(name, argument)	  out = codec_put(out, &record->name, 1u);
#define CODEC_PUT_ID(name, argument)	  out = codec_put(out, &record->name, 4u);
#define CODEC_PUT_TEXT(name, argument)                                                             \
	out = codec_put_text(out, record->name, sizeof(record->name));
#define CODEC_PUT_BYTES(name, argument) out = codec_put(out, record->name, sizeof(record->name));
#define CODEC_PUT_KEYED(name, argument) out = codec_put(out, &record->name, 8u);
#define CODEC_PUT_CODE(name, argument)	out = codec_put(out, &record->name, 8u);
#define CODEC_PUT_LIST(name, argument)                                                             \
	out = codec_put_count(out, record->name.count, LIST_MAX_##argument);                       \
	out = write_list_##argument(record->name.items, record->name.count, out);

/* ---- Readers: each false when the bytes are not its own ---- */

struct codec_source {
	const uint8_t *at;
	const uint8_t *end;
};

static inline bool codec_take(struct codec_source *source, void *member, size_t size)
{
	if ((size_t)(source->end - source->at) < size)
		return false;
	memcpy(member, source->at, size);
	source->at += size;
	return true;
}

static inline bool codec_take_flag(struct codec_source *source, uint8_t *member)
{
	return codec_take(source, member, 1u) && *member <= 1u;
}

static inline bool codec_take_number(struct codec_source *source, uint8_t *member,
				     unsigned __int128 numbers)
{
	return codec_take(source, member, 1u) && codec_has_number(numbers, *member);
}

static inline bool codec_take_text(struct codec_source *source, char *member, size_t size)
{
	uint8_t used = 0;
	if (!codec_take(source, &used, 1u) || used > size || !codec_take(source, member, used))
		return false;
	return used == 0 || memchr(member, 0, used) == NULL;
}

static inline bool codec_take_count(struct codec_source *source, uint32_t *count,
				    uint32_t items_max)
{
	uint16_t count_u16 = 0;
	if (!codec_take(source, &count_u16, sizeof(count_u16)) || count_u16 > items_max)
		return false;
	*count = count_u16;
	return true;
}

#define CODEC_TAKE(TYPE, name, argument, flags, meaning) &&CODEC_TAKE_##TYPE(name, argument)
#define CODEC_TAKE_FLAG(name, argument)	   codec_take_flag(source, &record->name)
#define CODEC_TAKE_U8(name, argument)	   codec_take(source, &record->name, 1u)
#define CODEC_TAKE_U16(name, argument)	   codec_take(source, &record->name, 2u)
#define CODEC_TAKE_U32(name, argument)	   codec_take(source, &record->name, 4u)
#define CODEC_TAKE_U64(name, argument)	   codec_take(source, &record->name, 8u)
#define CODEC_TAKE_CENTS(name, argument)   codec_take(source, &record->name, 8u)
#define CODEC_TAKE_DAY(name, argument)	   codec_take(source, &record->name, 4u)
#define CODEC_TAKE_MONTH(name, argument)   codec_take(source, &record->name, 4u)
#define CODEC_TAKE_INSTANT(name, argument) codec_take(source, &record->name, 8u)
#define CODEC_TAKE_ENUM(name, argument)                                                            \
	codec_take_number(source, &record->name, codec_numbers_##argument)
#define CODEC_TAKE_ID(name, argument)	 codec_take(source, &record->name, 4u)
#define CODEC_TAKE_TEXT(name, argument)	 codec_take_text(source, record->name, sizeof(record->name))
#define CODEC_TAKE_BYTES(name, argument) codec_take(source, record->name, sizeof(record->name))
#define CODEC_TAKE_KEYED(name, argument) codec_take(source, &record->name, 8u)
#define CODEC_TAKE_CODE(name, argument)	 codec_take(source, &record->name, 8u)
#define CODEC_TAKE_LIST(name, argument)                                                            \
	(codec_take_count(source, &record->name.count, LIST_MAX_##argument) &&                     \
	 read_list_##argument(source, record->name.items, record->name.count))

#endif
