/* What the definition files say of a field, as data: read by every codec (journal, LMDB, JSON,
 * CSV, OpenAPI, command line), so that nothing is described twice.
 *
 * The rows F(TYPE, name, argument, flags, "meaning") of schemas/ become a member of a struct by
 * FIELD_MEMBER and a `struct field` by FIELD_ROW. */
#ifndef ENGINE_BASE_FIELD_H
#define ENGINE_BASE_FIELD_H

#include "engine/base/id.h"
#include "engine/base/money.h"
#include "engine/base/time.h"
#include "schemas/commands.def"
#include "schemas/enums.def"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*                     in C                  encoded (little-endian)         in JSON
 * FIELD_FLAG          uint8_t 0/1           1                               boolean
 * FIELD_U8..U64       uintN_t               1, 2, 4, 8                      integer
 * FIELD_CENTS         struct cents          8                               integer
 * FIELD_DAY           struct day            4                               "YYYY-MM-DD"
 * FIELD_MONTH         struct month          4                               "YYYY-MM"
 * FIELD_INSTANT       struct instant        8                               RFC 3339
 * FIELD_ENUM          uint8_t               1                               name
 * FIELD_ID            struct <kind>_id      4                               opaque text or code
 * FIELD_TEXT          char[N], NUL-padded   1 length + bytes                text of at most N bytes
 * FIELD_BYTES         uint8_t[N]            N                               hexadecimal
 * FIELD_KEYED         uint64_t              8                               caller's text, one way
 * FIELD_CODE          uint64_t              8                               voucher code, one way
 * FIELD_LIST          struct {count,items}  2 count + items                 array
 * Day and month 0 are "none": both lie outside any year the engine accepts as input. */
enum field_type {
	FIELD_FLAG = 1,
	FIELD_U8,
	FIELD_U16,
	FIELD_U32,
	FIELD_U64,
	FIELD_CENTS,
	FIELD_DAY,
	FIELD_MONTH,
	FIELD_INSTANT,
	FIELD_ENUM,
	FIELD_ID,
	FIELD_TEXT,
	FIELD_BYTES,
	FIELD_KEYED,
	FIELD_CODE,
	FIELD_LIST,
};

enum field_flags {
	FIELD_REQ = 1,  /* command: must be given */
	FIELD_OPT = 2,  /* command: may be absent, then zero */
	FIELD_PATH = 4, /* command: given by the request's path */
	FIELD_EDGE = 8, /* command: drawn by the edge, never accepted from outside */
	FIELD_SHOW = 16, /* record: visible in views */
	FIELD_HIDE = 32, /* record: internal */
};

struct enum_value {
	const char *name;
	uint8_t number;
};

struct enum_info {
	const char *name;
	const struct enum_value *values;
	uint32_t count;
};

struct field_set;

struct field {
	const char *name;
	const char *meaning;
	const struct enum_info *enumeration; /* FIELD_ENUM */
	const struct field_set *items;       /* FIELD_LIST */
	enum field_type type;
	uint16_t offset; /* in the struct, bytes; FIELD_LIST: of the uint32_t count */
	uint16_t size;   /* of the member, bytes; FIELD_LIST: offset of items[] inside the member */
	uint16_t items_max; /* FIELD_LIST */
	uint8_t kind;       /* FIELD_ID: enum record_kind */
	uint8_t flags;      /* enum field_flags */
	uint8_t name_size;  /* bytes of `name` */
};

struct field_set {
	const char *name;
	const struct field *fields;
	uint32_t count;
	uint32_t struct_size; /* bytes */
	uint8_t version;
};

#define X(name, PREFIX) extern const struct enum_info enum_##name;
ENUMS(X)
#undef X

#define L(name, NAME, most) extern const struct field_set list_##name;
LISTS(L)
#undef L

/* The C enumerations: ROLE_PROVIDER, UNIT_MINUTE … */
#define V(PREFIX, VALUE, number) PREFIX##_##VALUE = number,
#define X(name, PREFIX) enum name { ENUM_##PREFIX(V) };
ENUMS(X)
#undef X
#undef V

#define A(BOOK, SYMBOL, slot, code) BOOK##_##SYMBOL = slot,
enum fund_account_slot { FUND_ACCOUNTS(A) };
enum ceiling_account_slot { CEILING_ACCOUNTS(A) };
enum units_account_slot { UNITS_ACCOUNTS(A) };
enum receivable_account_slot { RECEIVABLE_ACCOUNTS(A) };
#undef A

/* The number of a value by its name; 0 when the enumeration has none of that name. */
uint8_t enum_number(const struct enum_info *info, struct slice name);
/* The name of a number; NULL when it has none (0 included). */
const char *enum_name(const struct enum_info *info, uint8_t number);

/* The field of a set by its name; NULL when there is none. */
const struct field *field_find(const struct field_set *set, struct slice name);

/* Struct members. A list's item struct is `struct <name>`, its bound <NAME> below. */
#define FIELD_MEMBER(TYPE, name, argument, flags, meaning) FIELD_MEMBER_##TYPE(name, argument)
#define FIELD_MEMBER_FLAG(name, argument)    uint8_t name;
#define FIELD_MEMBER_U8(name, argument)      uint8_t name;
#define FIELD_MEMBER_U16(name, argument)     uint16_t name;
#define FIELD_MEMBER_U32(name, argument)     uint32_t name;
#define FIELD_MEMBER_U64(name, argument)     uint64_t name;
#define FIELD_MEMBER_CENTS(name, argument)   struct cents name;
#define FIELD_MEMBER_DAY(name, argument)     struct day name;
#define FIELD_MEMBER_MONTH(name, argument)   struct month name;
#define FIELD_MEMBER_INSTANT(name, argument) struct instant name;
#define FIELD_MEMBER_ENUM(name, argument)    uint8_t name;
#define FIELD_MEMBER_ID(name, argument)      struct argument##_id name;
#define FIELD_MEMBER_TEXT(name, argument)    char name[argument];
#define FIELD_MEMBER_BYTES(name, argument)   uint8_t name[argument];
#define FIELD_MEMBER_KEYED(name, argument)   uint64_t name;
#define FIELD_MEMBER_CODE(name, argument)    uint64_t name;
#define FIELD_MEMBER_LIST(name, argument)                                                          \
	struct {                                                                                   \
		uint32_t count;                                                                    \
		struct argument items[LIST_MAX_##argument];                                        \
	} name;

/* Descriptor rows: FIELD_OWNER must name the struct's type where a table is written. */
#define FIELD_ROW(TYPE, member, argument, flag, text)                                              \
	{.name = #member,                                                                          \
	 .name_size = (uint8_t)(sizeof(#member) - 1),                                              \
	 .meaning = text,                                                                          \
	 .type = FIELD_##TYPE,                                                                     \
	 .offset = (uint16_t)offsetof(FIELD_OWNER, member),                                 \
	 .flags = FIELD_##flag,                                                                    \
	 FIELD_EXTRA_##TYPE(member, argument)},
#define FIELD_SIZE(member) .size = (uint16_t)sizeof(((FIELD_OWNER *)0)->member)
#define FIELD_EXTRA_FLAG(member, argument)    FIELD_SIZE(member)
#define FIELD_EXTRA_U8(member, argument)      FIELD_SIZE(member)
#define FIELD_EXTRA_U16(member, argument)     FIELD_SIZE(member)
#define FIELD_EXTRA_U32(member, argument)     FIELD_SIZE(member)
#define FIELD_EXTRA_U64(member, argument)     FIELD_SIZE(member)
#define FIELD_EXTRA_CENTS(member, argument)   FIELD_SIZE(member)
#define FIELD_EXTRA_DAY(member, argument)     FIELD_SIZE(member)
#define FIELD_EXTRA_MONTH(member, argument)   FIELD_SIZE(member)
#define FIELD_EXTRA_INSTANT(member, argument) FIELD_SIZE(member)
#define FIELD_EXTRA_ENUM(member, argument)    FIELD_SIZE(member), .enumeration = &enum_##argument
#define FIELD_EXTRA_ID(member, argument)      FIELD_SIZE(member), .kind = FIELD_KIND_##argument
#define FIELD_EXTRA_TEXT(member, argument)    FIELD_SIZE(member)
#define FIELD_EXTRA_BYTES(member, argument)   FIELD_SIZE(member)
#define FIELD_EXTRA_KEYED(member, argument)   FIELD_SIZE(member)
#define FIELD_EXTRA_CODE(member, argument)    FIELD_SIZE(member)
#define FIELD_EXTRA_LIST(member, argument)                                                         \
	.size = (uint16_t)offsetof(FIELD_OWNER, member.items) -                             \
		(uint16_t)offsetof(FIELD_OWNER, member),                                    \
	.items = &list_##argument, .items_max = LIST_MAX_##argument

/* The places of fields in their set: enum { D(FIELD_PLACE) places }; */
#define FIELD_PLACE(TYPE, name, argument, flags, meaning) field_place_##name,

/* Which of them must be given, one bit each: 0u D(FIELD_REQUIRED), and of those in the path. */
#define FIELD_REQUIRED(TYPE, name, argument, flag, meaning)                                        \
	| ((FIELD_##flag & FIELD_REQ) != 0 ? 1u << field_place_##name : 0u)
#define FIELD_IN_PATH(TYPE, name, argument, flag, meaning)                                         \
	| ((FIELD_##flag & FIELD_PATH) != 0 ? 1u << field_place_##name : 0u)

enum {
#define R(name, NAME, number, version, prefix, what) FIELD_KIND_##name = number,
	RECORDS(R)
#undef R
#define L(name, NAME, most) LIST_MAX_##name = most,
	LISTS(L)
#undef L
};

#endif
