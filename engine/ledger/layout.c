/* Layouts of records: see layout.h. The definitions of schemas/records.def are expanded: to sizes,
 * to writers, to readers. Integers lie little-endian, as in memory; a kind whose members lie in
 * memory as in the bytes, without gaps, is copied whole. */
#include "engine/ledger/layout.h"

#include "engine/base/codec_rows.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

static_assert(sizeof(union layout_record) <= LAYOUT_RECORD_SIZE_MAX, "any record fits");

#define R(name, NAME, number, version, prefix, what)                                               \
	enum { size_max_##name = 0u RECORD_##NAME(CODEC_SIZE) };                                   \
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

#define R(name, NAME, number, version, prefix, what)                                               \
	static uint8_t *write_##name(const struct name *record, uint8_t *out)                      \
	{                                                                                          \
		if (is_flat_##name())                                                              \
			return codec_put(out, record, size_max_##name);                            \
		RECORD_##NAME(CODEC_PUT) return out;                                               \
	}
RECORDS(R)
#undef R

/* ---- Readers ---- */

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
#define HOLDS_ENUM(name, argument) &&codec_has_number(codec_numbers_##argument, record->name)
#define HOLDS_ID(name, argument)
#define HOLDS_TEXT(name, argument) &&false
#define HOLDS_BYTES(name, argument)
#define HOLDS_KEYED(name, argument)

#define R(name, NAME, number, version, prefix, what)                                               \
	static bool read_##name(struct codec_source *source, struct name *record)                  \
	{                                                                                          \
		memset(record, 0, sizeof(*record));                                                \
		if (is_flat_##name())                                                              \
			return codec_take(source, record, size_max_##name) RECORD_##NAME(HOLDS);   \
		return true RECORD_##NAME(CODEC_TAKE);                                             \
	}
RECORDS(R)
#undef R

/* ---- Upgrades ---- */

/* How the bytes of an old layout become the present struct. A layout that changes gets its old
 * reader here, and a journal of that version in tests/golden/journal for ever. */
struct upgrade {
	uint8_t kind;    /* 0 ends the table */
	uint8_t version; /* the old one */
	bool (*read)(struct codec_source *source, void *record);
};

static const struct upgrade upgrades[] = {
    {0, 0, NULL},
};

static bool read_old(const struct layout_source *given, struct codec_source *source, void *record)
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
	struct codec_source source = {.at = given->bytes, .end = given->bytes + given->size};
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
	return codec_has_number(codec_numbers_book, ret_posting->book) &&
	       codec_has_number(codec_numbers_posting_kind, ret_posting->kind);
}
