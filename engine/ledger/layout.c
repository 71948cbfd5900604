/* Layouts of records: see layout.h. The definitions of schemas/records.def are expanded: to sizes,
 * to writers, to readers. Integers lie little-endian, as in memory; a kind whose members lie in
 * memory as in the bytes, without gaps, is copied whole. */
#include "engine/ledger/layout.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "integers are copied as they lie");
static_assert(sizeof(union layout_record) <= LAYOUT_RECORD_SIZE_MAX, "any record fits");

/* Which numbers an enumeration has, one bit each; 0 is "not given". */
#define V(PREFIX, VALUE, number) | ((unsigned __int128)1 << (number))
#define X(name, PREFIX)                                                                            \
	__attribute__((unused)) static const unsigned __int128 enum_mask_##name =                  \
	    1 ENUM_##PREFIX(V);
ENUMS(X)
#undef X
#undef V

/* ---- Sizes ---- */

#define SIZE_OF(TYPE, name, argument, flags, meaning) +SIZE_OF_##TYPE(argument)
#define SIZE_OF_FLAG(argument)    1u
#define SIZE_OF_U8(argument)      1u
#define SIZE_OF_U16(argument)     2u
#define SIZE_OF_U32(argument)     4u
#define SIZE_OF_U64(argument)     8u
#define SIZE_OF_CENTS(argument)   8u
#define SIZE_OF_DAY(argument)     4u
#define SIZE_OF_MONTH(argument)   4u
#define SIZE_OF_INSTANT(argument) 8u
#define SIZE_OF_ENUM(argument)    1u
#define SIZE_OF_ID(argument)      4u
#define SIZE_OF_TEXT(argument)    (1u + (argument))
#define SIZE_OF_BYTES(argument)   (argument)
#define SIZE_OF_KEYED(argument)   8u

#define R(name, NAME, number, version, prefix, what)                                               \
	enum { size_max_##name = 0u RECORD_##NAME(SIZE_OF) };                                      \
	static_assert(size_max_##name <= LAYOUT_SIZE_MAX, "the bound of limits holds");
RECORDS(R)
#undef R

/* ---- Kinds that are copied whole ---- */

/* A text is a length and its bytes, so that the size of a kind that has one is not its struct's. */
#define LIES_ALIKE(TYPE, name, argument, flags, meaning)                                           \
	&&offsetof(wide, name) == offsetof(tight, name)

#define R(name, NAME, number, version, prefix, what)                                               \
	struct __attribute__((packed)) tight_##name {                                              \
		RECORD_##NAME(FIELD_MEMBER)                                                        \
	};                                                                                         \
	static inline bool is_flat_##name(void)                                                    \
	{                                                                                          \
		typedef struct name wide;                                                          \
		typedef struct tight_##name tight;                                                 \
		return size_max_##name == sizeof(tight) RECORD_##NAME(LIES_ALIKE);                 \
	}
RECORDS(R)
#undef R

/* ---- Writers ---- */

static uint8_t *put(uint8_t *out, const void *member, size_t size)
{
	memcpy(out, member, size);
	return out + size;
}

static uint8_t *put_text(uint8_t *out, const char *text, size_t size)
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

#define PUT(TYPE, name, argument, flags, meaning) PUT_##TYPE(name, argument)
#define PUT_FLAG(name, argument)    out = put(out, &record->name, 1u);
#define PUT_U8(name, argument)      out = put(out, &record->name, 1u);
#define PUT_U16(name, argument)     out = put(out, &record->name, 2u);
#define PUT_U32(name, argument)     out = put(out, &record->name, 4u);
#define PUT_U64(name, argument)     out = put(out, &record->name, 8u);
#define PUT_CENTS(name, argument)   out = put(out, &record->name, 8u);
#define PUT_DAY(name, argument)     out = put(out, &record->name, 4u);
#define PUT_MONTH(name, argument)   out = put(out, &record->name, 4u);
#define PUT_INSTANT(name, argument) out = put(out, &record->name, 8u);
#define PUT_ENUM(name, argument)    out = put(out, &record->name, 1u);
#define PUT_ID(name, argument)      out = put(out, &record->name, 4u);
#define PUT_TEXT(name, argument)    out = put_text(out, record->name, sizeof(record->name));
#define PUT_BYTES(name, argument)   out = put(out, record->name, sizeof(record->name));
#define PUT_KEYED(name, argument)   out = put(out, &record->name, 8u);

#define R(name, NAME, number, version, prefix, what)                                               \
	static uint8_t *write_##name(const struct name *record, uint8_t *out)                      \
	{                                                                                          \
		if (is_flat_##name())                                                              \
			return put(out, record, size_max_##name);                                  \
		RECORD_##NAME(PUT) return out;                                                     \
	}
RECORDS(R)
#undef R

/* ---- Readers ---- */

struct source {
	const uint8_t *at;
	const uint8_t *end;
};

static bool take(struct source *source, void *member, size_t size)
{
	if ((size_t)(source->end - source->at) < size)
		return false;
	memcpy(member, source->at, size);
	source->at += size;
	return true;
}

static bool take_flag(struct source *source, uint8_t *member)
{
	return take(source, member, 1u) && *member <= 1u;
}

static bool is_of_enum(uint8_t value, unsigned __int128 mask)
{
	return value < 128u && (mask >> value & 1u) != 0;
}

static bool take_enum(struct source *source, uint8_t *member, unsigned __int128 mask)
{
	return take(source, member, 1u) && is_of_enum(*member, mask);
}

static bool take_text(struct source *source, char *member, size_t size)
{
	uint8_t used = 0;
	if (!take(source, &used, 1u) || used > size || !take(source, member, used))
		return false;
	return used == 0 || memchr(member, 0, used) == NULL;
}

#define TAKE(TYPE, name, argument, flags, meaning) &&TAKE_##TYPE(name, argument)
#define TAKE_FLAG(name, argument)    take_flag(source, &record->name)
#define TAKE_U8(name, argument)      take(source, &record->name, 1u)
#define TAKE_U16(name, argument)     take(source, &record->name, 2u)
#define TAKE_U32(name, argument)     take(source, &record->name, 4u)
#define TAKE_U64(name, argument)     take(source, &record->name, 8u)
#define TAKE_CENTS(name, argument)   take(source, &record->name, 8u)
#define TAKE_DAY(name, argument)     take(source, &record->name, 4u)
#define TAKE_MONTH(name, argument)   take(source, &record->name, 4u)
#define TAKE_INSTANT(name, argument) take(source, &record->name, 8u)
#define TAKE_ENUM(name, argument)    take_enum(source, &record->name, enum_mask_##argument)
#define TAKE_ID(name, argument)      take(source, &record->name, 4u)
#define TAKE_TEXT(name, argument)    take_text(source, record->name, sizeof(record->name))
#define TAKE_BYTES(name, argument)   take(source, record->name, sizeof(record->name))
#define TAKE_KEYED(name, argument)   take(source, &record->name, 8u)

/* Of a kind that was copied: is the value one that the field may have? */
#define HOLDS(TYPE, name, argument, flags, meaning) HOLDS_##TYPE(name, argument)
#define HOLDS_FLAG(name, argument) &&record->name <= 1u
#define HOLDS_U8(name, argument)
#define HOLDS_U16(name, argument)
#define HOLDS_U32(name, argument)
#define HOLDS_U64(name, argument)
#define HOLDS_CENTS(name, argument)
#define HOLDS_DAY(name, argument)
#define HOLDS_MONTH(name, argument)
#define HOLDS_INSTANT(name, argument)
#define HOLDS_ENUM(name, argument) &&is_of_enum(record->name, enum_mask_##argument)
#define HOLDS_ID(name, argument)
#define HOLDS_TEXT(name, argument) &&false
#define HOLDS_BYTES(name, argument)
#define HOLDS_KEYED(name, argument)

#define R(name, NAME, number, version, prefix, what)                                               \
	static bool read_##name(struct source *source, struct name *record)                        \
	{                                                                                          \
		memset(record, 0, sizeof(*record));                                                \
		if (is_flat_##name())                                                              \
			return take(source, record, size_max_##name) RECORD_##NAME(HOLDS);         \
		return true RECORD_##NAME(TAKE);                                                   \
	}
RECORDS(R)
#undef R

/* ---- Upgrades ---- */

/* How the bytes of an old layout become the present struct. A layout that changes gets its old
 * reader here, and a journal of that version in tests/golden/journal for ever. */
struct upgrade {
	uint8_t kind;    /* 0 ends the table */
	uint8_t version; /* the old one */
	bool (*read)(struct source *source, void *record);
};

static const struct upgrade upgrades[] = {
    {0, 0, NULL},
};

static bool read_old(const struct layout_source *given, struct source *source, void *record)
{
	for (const struct upgrade *row = upgrades; row->kind != 0; row++)
		if (row->kind == given->kind && row->version == given->version)
			return row->read(source, record) && source->at == source->end;
	return false;
}

/* ---- Doors ---- */

bool layout_kind_is_known(uint32_t kind)
{
	static const bool known[RECORD_KIND_MAX + 1] = {
#define R(name, NAME, number, version, prefix, what) [number] = true,
	    RECORDS(R)
#undef R
	};
	return kind <= RECORD_KIND_MAX && known[kind];
}

uint8_t layout_version(enum record_kind kind)
{
	static const uint8_t versions[RECORD_KIND_MAX + 1] = {
#define R(name, NAME, number, version, prefix, what) [number] = version,
	    RECORDS(R)
#undef R
	};
	ASSERT(layout_kind_is_known(kind));
	return versions[kind];
}

uint32_t layout_size_max(enum record_kind kind)
{
	static const uint16_t sizes[RECORD_KIND_MAX + 1] = {
#define R(name, NAME, number, version, prefix, what) [number] = size_max_##name,
	    RECORDS(R)
#undef R
	};
	ASSERT(layout_kind_is_known(kind));
	return sizes[kind];
}

uint32_t layout_encode(enum record_kind kind, const void *record, uint8_t *out)
{
	ASSERT(record != NULL && out != NULL);
	uint8_t *end = out;
	switch (kind) {
#define R(name, NAME, number, version, prefix, what)                                               \
	case RECORD_KIND_##NAME:                                                                   \
		end = write_##name(record, out);                                                   \
		break;
		RECORDS(R)
#undef R
	case RECORD_KIND_NONE:
		ASSERT(false);
	}
	ASSERT(end > out && (size_t)(end - out) <= layout_size_max(kind));
	return (uint32_t)(end - out);
}

bool layout_decode(const struct layout_source *given, void *ret_record)
{
	ASSERT(given != NULL && ret_record != NULL);
	if (!layout_kind_is_known(given->kind))
		return false;
	struct source source = {.at = given->bytes, .end = given->bytes + given->size};
	enum record_kind kind = (enum record_kind)given->kind;
	if (given->version != layout_version(kind))
		return read_old(given, &source, ret_record);
	bool good = false;
	switch (kind) {
#define R(name, NAME, number, version, prefix, what)                                               \
	case RECORD_KIND_##NAME:                                                                   \
		good = read_##name(&source, ret_record);                                           \
		break;
		RECORDS(R)
#undef R
	case RECORD_KIND_NONE:
		break;
	}
	return good && source.at == source.end;
}

/* ---- Postings ---- */

/* A posting lies in memory as in the bytes: a test holds it against the definition. */
static_assert(sizeof(struct posting) == LAYOUT_POSTING_SIZE, "a posting has no gaps");

uint8_t layout_posting_version(void)
{
	return posting_set.version;
}

void layout_posting_encode(const struct posting *posting, uint8_t *out)
{
	ASSERT(posting != NULL && out != NULL);
	memcpy(out, posting, LAYOUT_POSTING_SIZE);
}

bool layout_posting_decode(uint8_t version, const uint8_t *bytes, struct posting *ret_posting)
{
	ASSERT(bytes != NULL && ret_posting != NULL);
	if (version != posting_set.version)
		return false;
	memcpy(ret_posting, bytes, LAYOUT_POSTING_SIZE);
	return is_of_enum(ret_posting->book, enum_mask_book) &&
	       is_of_enum(ret_posting->kind, enum_mask_posting_kind);
}
