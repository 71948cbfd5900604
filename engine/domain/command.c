/* The commands as data: see command.h. */
#include "engine/domain/command.h"

#include "engine/base/assert.h"
#include "engine/base/codec_rows.h"
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

/* The most bytes of an input when it is encoded. */
#define L(name, NAME, most) enum { list_size_max_##name = 0u LIST_##NAME(CODEC_SIZE) };
LISTS(L)
#undef L
#define C(name, NAME, number, path, object, roles, it, en)                                         \
	enum { input_size_max_##name = 0u COMMAND_##NAME(CODEC_SIZE) };                            \
	static_assert(input_size_max_##name <= COMMAND_INPUT_SIZE_MAX, "the bound of limits");
COMMANDS(C)
#undef C

#define L(name, NAME, most) LIST_SET(name)
LISTS(L)
#undef L

/* Rows of struct command_reference: fields that are no identifier and no list give none. */
#define REFERENCE(TYPE, name, argument, flags, meaning)	  REFERENCE_##TYPE(name, argument)
#define REFERENCE_FLAG(name, argument)
#define REFERENCE_U8(name, argument)
#define REFERENCE_U16(name, argument)
#define REFERENCE_U32(name, argument)
#define REFERENCE_U64(name, argument)
#define REFERENCE_CENTS(name, argument)
#define REFERENCE_DAY(name, argument)
#define REFERENCE_MONTH(name, argument)
#define REFERENCE_INSTANT(name, argument)
#define REFERENCE_ENUM(name, argument)
#define REFERENCE_TEXT(name, argument)
#define REFERENCE_BYTES(name, argument)
#define REFERENCE_KEYED(name, argument)
#define REFERENCE_CODE(name, argument)
#define REFERENCE_ID(name, argument)                                                               \
	{(uint16_t)offsetof(FIELD_OWNER, name), field_place_##name, FIELD_KIND_##argument},
#define REFERENCE_LIST(name, argument)                                                             \
	{(uint16_t)offsetof(FIELD_OWNER, name), field_place_##name, 0},

#define C(name_, NAME, number_, path_, object_, roles_, it, en)                                    \
	static_assert((number_) <= COMMAND_KIND_MAX, "COMMAND_KIND_MAX covers every command");     \
	static const struct command_info *info_##name_(void)                                       \
	{                                                                                          \
		typedef struct command_##name_ FIELD_OWNER;                                        \
		static const struct field fields[] = {COMMAND_##NAME(FIELD_ROW)};                  \
		enum { COMMAND_##NAME(FIELD_PLACE) places };                                       \
		static_assert(places <= UINT8_MAX, "a place in the fields is a byte");             \
		static const struct command_reference references[] = {                             \
		    COMMAND_##NAME(REFERENCE){0, 0, 0}};                                           \
		static const struct command_info info = {                                          \
		    .name = #name_,                                                                \
		    .path = path_,                                                                 \
		    .summary_it = it,                                                              \
		    .input_size_max = input_size_max_##name_,                                      \
		    .summary_en = en,                                                              \
		    .set = {.name = #name_,                                                        \
			    .fields = fields,                                                      \
			    .count = COUNT_OF(fields),                                             \
			    .struct_size = sizeof(struct command_##name_),                         \
			    .version = 1},                                                         \
		    .references = references,                                                      \
		    .reference_count = COUNT_OF(references) - 1,                                   \
		    .required = 0u COMMAND_##NAME(FIELD_REQUIRED),                                 \
		    .in_path = 0u COMMAND_##NAME(FIELD_IN_PATH),                                   \
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

/* ---- Inputs as bytes: the form of codec.h ---- */

#define L(name, NAME, most)                                                                        \
	static uint8_t *write_list_##name(const struct name *items, uint32_t count, uint8_t *out)  \
	{                                                                                          \
		for (uint32_t i = 0; i < count; i++) {                                             \
			const struct name *record = &items[i];                                     \
			LIST_##NAME(CODEC_PUT)                                                     \
		}                                                                                  \
		return out;                                                                        \
	}                                                                                          \
	static bool read_list_##name(struct codec_source *source, struct name *items,              \
				     uint32_t count)                                               \
	{                                                                                          \
		for (uint32_t i = 0; i < count; i++) {                                             \
			struct name *record = &items[i];                                           \
			if (!(true LIST_##NAME(CODEC_TAKE)))                                       \
				return false;                                                      \
		}                                                                                  \
		return true;                                                                       \
	}
LISTS(L)
#undef L

#define C(name, NAME, number, path, object, roles, it, en)                                         \
	static uint8_t *write_##name(const struct command_##name *record, uint8_t *out)            \
	{                                                                                          \
		(void)record;                                                                      \
		COMMAND_##NAME(CODEC_PUT) return out;                                              \
	}                                                                                          \
	static bool read_##name(struct codec_source *source, struct command_##name *record)        \
	{                                                                                          \
		memset(record, 0, sizeof(*record));                                                \
		return source->at <= source->end COMMAND_##NAME(CODEC_TAKE);                       \
	}
COMMANDS(C)
#undef C

uint32_t command_encode(const struct command *command, uint8_t *out)
{
	ASSERT(command != NULL && out != NULL);
	switch ((enum command_kind)command->kind) {
#define C(name, NAME, number, path, object, roles, it, en)                                         \
	case COMMAND_KIND_##NAME:                                                                  \
		return (uint32_t)(write_##name(&command->input.name, out) - out);
		COMMANDS(C)
#undef C
	case COMMAND_KIND_NONE:
		break;
	}
	ASSERT(false);
	return 0;
}

bool command_decode(const uint8_t *bytes, uint32_t size, struct command *command)
{
	ASSERT(command != NULL && bytes != NULL);
	struct codec_source source = {.at = bytes, .end = bytes + size};
	switch ((enum command_kind)command->kind) {
#define C(name, NAME, number, path, object, roles, it, en)                                         \
	case COMMAND_KIND_##NAME:                                                                  \
		return read_##name(&source, &command->input.name) && source.at == source.end;
		COMMANDS(C)
#undef C
	case COMMAND_KIND_NONE:
		break;
	}
	ASSERT(false);
	return false;
}
