/* The commands as data: see command.h. */
#include "engine/domain/command.h"

#include "engine/base/assert.h"
#include "engine/base/limits.h"

#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

/* Item structs of lists. Scalar fields only: the codecs rely on it. */
#define LIST_SET(name_)                                                                            \
	const struct field_set list_##name_ = {                                                    \
	    .name = #name_,                                                                        \
	    .fields = list_##name_##_fields,                                                       \
	    .count = COUNT_OF(list_##name_##_fields),                                              \
	    .struct_size = sizeof(struct name_),                                                   \
	    .version = 1,                                                                          \
	};
#define FIELD_OWNER struct line_input
static const struct field list_line_input_fields[] = {LIST_LINE_INPUT(FIELD_ROW)};
#undef FIELD_OWNER
#define FIELD_OWNER struct copay_rule_input
static const struct field list_copay_rule_input_fields[] = {LIST_COPAY_RULE_INPUT(FIELD_ROW)};
#undef FIELD_OWNER
#define FIELD_OWNER struct share_input
static const struct field list_share_input_fields[] = {LIST_SHARE_INPUT(FIELD_ROW)};
#undef FIELD_OWNER
#define FIELD_OWNER struct service_input
static const struct field list_service_input_fields[] = {LIST_SERVICE_INPUT(FIELD_ROW)};
#undef FIELD_OWNER
#define FIELD_OWNER struct sub_ambito_input
static const struct field list_sub_ambito_input_fields[] = {LIST_SUB_AMBITO_INPUT(FIELD_ROW)};
#undef FIELD_OWNER
#define FIELD_OWNER struct document_input
static const struct field list_document_input_fields[] = {LIST_DOCUMENT_INPUT(FIELD_ROW)};
#undef FIELD_OWNER
#define FIELD_OWNER struct zone_input
static const struct field list_zone_input_fields[] = {LIST_ZONE_INPUT(FIELD_ROW)};
#undef FIELD_OWNER
#define FIELD_OWNER struct contest_input
static const struct field list_contest_input_fields[] = {LIST_CONTEST_INPUT(FIELD_ROW)};
#undef FIELD_OWNER
#define FIELD_OWNER struct event_kind_input
static const struct field list_event_kind_input_fields[] = {LIST_EVENT_KIND_INPUT(FIELD_ROW)};
#undef FIELD_OWNER

/* The most bytes of an input when it is encoded: codec.h says how. */
#define SIZE_OF(TYPE, name, argument, flags, meaning) +SIZE_OF_##TYPE(argument)
#define SIZE_OF_FLAG(argument)	  1u
#define SIZE_OF_U8(argument)	  1u
#define SIZE_OF_U16(argument)	  2u
#define SIZE_OF_U32(argument)	  4u
#define SIZE_OF_U64(argument)	  8u
#define SIZE_OF_CENTS(argument)	  8u
#define SIZE_OF_DAY(argument)	  4u
#define SIZE_OF_MONTH(argument)	  4u
#define SIZE_OF_INSTANT(argument) 8u
#define SIZE_OF_ENUM(argument)	  1u
#define SIZE_OF_ID(argument)	  4u
#define SIZE_OF_TEXT(argument)	  (1u + (argument))
#define SIZE_OF_BYTES(argument)	  (argument)
#define SIZE_OF_KEYED(argument)	  8u
#define SIZE_OF_CODE(argument)	  8u
#define SIZE_OF_LIST(argument)	  (2u + LIST_MAX_##argument * list_size_max_##argument)

#define L(name, NAME, most) enum { list_size_max_##name = 0u LIST_##NAME(SIZE_OF) };
LISTS(L)
#undef L
#define C(name, NAME, number, path, object, roles, it, en)                                         \
	enum { input_size_max_##name = 0u COMMAND_##NAME(SIZE_OF) };                               \
	static_assert(input_size_max_##name <= COMMAND_INPUT_SIZE_MAX, "the bound of limits");
COMMANDS(C)
#undef C

#define L(name, NAME, most) LIST_SET(name)
LISTS(L)
#undef L

#define C(name_, NAME, number_, path_, object_, roles_, it, en)                                    \
	static_assert((number_) <= COMMAND_KIND_MAX, "COMMAND_KIND_MAX covers every command");     \
	static const struct command_info *info_##name_(void)                                       \
	{                                                                                          \
		typedef struct command_##name_ FIELD_OWNER;                                        \
		static const struct field fields[] = {COMMAND_##NAME(FIELD_ROW)};                  \
		static const struct command_info info = {                                          \
		    .name = #name_,                                                                \
		    .path = path_,                                                                 \
		    .summary_it = it,                                                              \
		    .input_size_max = input_size_max_##name_,					   \
		    .summary_en = en,                                                              \
		    .set = {.name = #name_,                                                        \
			    .fields = fields,                                                      \
			    .count = COUNT_OF(fields),                                             \
			    .struct_size = sizeof(struct command_##name_),                         \
			    .version = 1},                                                         \
		    .roles = roles_,                                                               \
		    .object = FIELD_KIND_##object_,                                                \
		};                                                                                 \
		return &info;                                                                      \
	}
COMMANDS(C)
#undef C

const struct command_info *command_info(uint8_t kind)
{
	switch (kind) {
#define C(name, NAME, number, path, object, roles, it, en)                                         \
	case COMMAND_KIND_##NAME:                                                                  \
		return info_##name();
		COMMANDS(C)
#undef C
	default: /* numbers from outside: the only switch with a default */
		return NULL;
	}
}
