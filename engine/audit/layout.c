/* Layouts: see layout.h. */
#include "engine/audit/layout.h"

#include <string.h>

enum type { FLAG, U8, U16, U32, U64, CENTS, DAY, MONTH, INSTANT, ENUM, ID, TEXT, BYTES, KEYED };

struct field {
	const char *name;
	uint8_t type;
	uint16_t size; /* BYTES: how many; TEXT: how many at most */
};

struct layout {
	const char *name;
	const struct field *fields;
	uint32_t count;
	uint32_t version;
};

#define FIELD(type, name, size) {#name, type, size},
#define FIELDS_OF(name, number, version)                                                           \
	static const struct field fields_##name[] = {LAYOUT_##name(FIELD)};
KINDS(FIELDS_OF)
#define INPUT_FIELDS_OF(name, number)                                                              \
	static const struct field input_##name[] = {INPUT_##name(FIELD)};
INPUTS(INPUT_FIELDS_OF)

#define COUNT_OF(array) (uint32_t)(sizeof(array) / sizeof((array)[0]))
#define KIND_ROW(name, number, version)                                                            \
	[number] = {#name, fields_##name, COUNT_OF(fields_##name), version},
static const struct layout kinds[KIND_MAX] = {KINDS(KIND_ROW)};
#define INPUT_ROW(name, number) [number] = {#name, input_##name, COUNT_OF(input_##name), 1},
static const struct layout inputs[256] = {INPUTS(INPUT_ROW)};

const char *layout_kind_name(uint32_t kind)
{
	return kind < KIND_MAX && kinds[kind].name != NULL ? kinds[kind].name : "?";
}

const char *layout_field_name(uint32_t kind, uint32_t field)
{
	return field < layout_field_count(kind) ? kinds[kind].fields[field].name : "?";
}

uint32_t layout_field_count(uint32_t kind)
{
	return kind < KIND_MAX ? kinds[kind].count : 0;
}

uint32_t layout_known_version(uint32_t kind)
{
	return kind < KIND_MAX ? kinds[kind].version : 0;
}

/* Text or bytes: the first eight, the first one highest. */
static int64_t first_bytes(const uint8_t *bytes, size_t size)
{
	uint64_t value = 0;
	for (size_t i = 0; i < 8; i++)
		value = value << 8 | (i < size ? bytes[i] : 0);
	return (int64_t)value;
}

static const char *read_text(struct reader *reader, uint16_t most, int64_t *ret_value)
{
	size_t size = bytes_u8(reader);
	const uint8_t *text = bytes_take(reader, size);
	if (text == NULL)
		return NULL;
	if (size > most || memchr(text, 0, size) != NULL)
		return "a text is too long or holds a zero byte";
	*ret_value = first_bytes(text, size);
	return NULL;
}

static const char *read_field(struct reader *reader, const struct field *field, int64_t *ret_value)
{
	*ret_value = 0;
	switch ((enum type)field->type) {
	case FLAG:
		*ret_value = bytes_u8(reader);
		return *ret_value > 1 ? "a flag is neither 0 nor 1" : NULL;
	case U8:
	case ENUM:
		*ret_value = bytes_u8(reader);
		return NULL;
	case U16:
		*ret_value = bytes_u16(reader);
		return NULL;
	case U32:
	case ID:
		*ret_value = bytes_u32(reader);
		return NULL;
	case DAY:
	case MONTH:
		*ret_value = (int32_t)bytes_u32(reader);
		return NULL;
	case U64:
	case CENTS:
	case INSTANT:
	case KEYED:
		*ret_value = bytes_i64(reader);
		return NULL;
	case BYTES: {
		const uint8_t *bytes = bytes_take(reader, field->size);
		*ret_value = bytes == NULL ? 0 : first_bytes(bytes, field->size);
		return NULL;
	}
	case TEXT:
		break;
	}
	return read_text(reader, field->size, ret_value);
}

static const char *read_layout(const struct layout *layout, struct reader *reader, int64_t *values)
{
	for (uint32_t i = 0; i < layout->count; i++) {
		const char *wrong = read_field(reader, &layout->fields[i], &values[i]);
		if (wrong != NULL)
			return wrong;
	}
	return reader->failed ? "it ends before its last field" : NULL;
}

const char *layout_read_record(uint32_t kind, const uint8_t *bytes, size_t size,
			       int64_t values[FIELDS_MAX])
{
	struct reader reader = bytes_reader(bytes, size);
	const char *wrong = read_layout(&kinds[kind], &reader, values);
	if (wrong == NULL && reader.left != 0)
		return "bytes stand behind its last field";
	return wrong;
}

const char *layout_read_input(uint32_t command, const uint8_t *bytes, size_t size,
			      int64_t values[FIELDS_MAX], bool *ret_known)
{
	*ret_known = command < 256 && inputs[command].name != NULL;
	if (!*ret_known)
		return NULL;
	struct reader reader = bytes_reader(bytes, size);
	const char *wrong = read_layout(&inputs[command], &reader, values);
	if (wrong == NULL && reader.left != 0)
		return "bytes stand behind the input's last field";
	return wrong;
}
