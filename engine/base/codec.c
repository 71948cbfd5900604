/* The one binary codec: see codec.h for the form. Lists hold structs of scalar fields only, so the
 * walk is two levels deep and needs no recursion. */
#include "engine/base/codec.h"

#include "engine/base/assert.h"

#include <string.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "integers are copied as they lie");

/* Bytes of a scalar field when encoded; texts are the only ones that vary. */
static uint32_t scalar_size_max(const struct field *field)
{
	ASSERT(field->type != FIELD_LIST);
	if (field->type == FIELD_TEXT)
		return 1u + field->size;
	return field->size;
}

uint32_t codec_size_max(const struct field_set *set)
{
	ASSERT(set != NULL);
	uint32_t size = 0;
	for (uint32_t i = 0; i < set->count; i++) {
		const struct field *field = &set->fields[i];
		if (field->type != FIELD_LIST) {
			size += scalar_size_max(field);
			continue;
		}
		uint32_t item = 0;
		for (uint32_t j = 0; j < field->items->count; j++)
			item += scalar_size_max(&field->items->fields[j]);
		size += 2u + item * field->items_max;
	}
	return size;
}

static uint32_t text_size(const uint8_t *member, uint32_t size)
{
	uint32_t used = 0;
	while (used < size && member[used] != 0)
		used++;
	return used;
}

static uint8_t *encode_scalar(const struct field *field, const uint8_t *owner, uint8_t *out)
{
	const uint8_t *member = owner + field->offset;
	if (field->type == FIELD_TEXT) {
		uint32_t used = text_size(member, field->size);
		ASSERT(used <= UINT8_MAX);
		*out++ = (uint8_t)used;
		memcpy(out, member, used);
		return out + used;
	}
	switch (field->size) { /* constant sizes: one move each */
	case 1:
		*out = *member;
		return out + 1;
	case 2:
		memcpy(out, member, 2);
		return out + 2;
	case 4:
		memcpy(out, member, 4);
		return out + 4;
	case 8:
		memcpy(out, member, 8);
		return out + 8;
	default:
		memcpy(out, member, field->size);
		return out + field->size;
	}
}

static uint8_t *encode_list(const struct field *field, const uint8_t *owner, uint8_t *out)
{
	const uint8_t *member = owner + field->offset;
	uint32_t count = 0;
	memcpy(&count, member, sizeof(count));
	ASSERT(count <= field->items_max);
	uint16_t count_u16 = (uint16_t)count;
	memcpy(out, &count_u16, sizeof(count_u16));
	out += sizeof(count_u16);
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *item = member + field->size + i * field->items->struct_size;
		for (uint32_t j = 0; j < field->items->count; j++)
			out = encode_scalar(&field->items->fields[j], item, out);
	}
	return out;
}

uint32_t codec_encode(const struct field_set *set, const void *record, uint8_t *out)
{
	ASSERT(set != NULL && record != NULL && out != NULL);
	uint8_t *end = out;
	for (uint32_t i = 0; i < set->count; i++) {
		const struct field *field = &set->fields[i];
		end = field->type == FIELD_LIST ? encode_list(field, record, end)
						: encode_scalar(field, record, end);
	}
	return (uint32_t)(end - out);
}

/* What is left to read. */
struct source {
	const uint8_t *bytes;
	uint32_t size;
};

static bool take(struct source *source, void *out, uint32_t size)
{
	if (source->size < size)
		return false;
	memcpy(out, source->bytes, size);
	source->bytes += size;
	source->size -= size;
	return true;
}

static bool decode_text(const struct field *field, uint8_t *member, struct source *source)
{
	uint8_t used = 0;
	if (!take(source, &used, 1) || used > field->size)
		return false;
	memset(member, 0, field->size);
	if (!take(source, member, used))
		return false;
	return text_size(member, field->size) == used;
}

static bool decode_scalar(const struct field *field, uint8_t *owner, struct source *source)
{
	uint8_t *member = owner + field->offset;
	if (field->type == FIELD_TEXT)
		return decode_text(field, member, source);
	if (!take(source, member, field->size))
		return false;
	if (field->type == FIELD_FLAG)
		return *member <= 1;
	if (field->type == FIELD_ENUM)
		return *member == 0 || enum_name(field->enumeration, *member) != NULL;
	return true;
}

static bool decode_list(const struct field *field, uint8_t *owner, struct source *source)
{
	uint8_t *member = owner + field->offset;
	uint16_t count = 0;
	if (!take(source, &count, sizeof(count)) || count > field->items_max)
		return false;
	uint32_t count_u32 = count;
	memcpy(member, &count_u32, sizeof(count_u32));
	for (uint32_t i = 0; i < count; i++) {
		uint8_t *item = member + field->size + i * field->items->struct_size;
		for (uint32_t j = 0; j < field->items->count; j++)
			if (!decode_scalar(&field->items->fields[j], item, source))
				return false;
	}
	return true;
}

bool codec_decode(const struct field_set *set, const uint8_t *bytes, uint32_t size,
		  void *ret_record)
{
	ASSERT(set != NULL && ret_record != NULL);
	struct source source = {.bytes = bytes, .size = size};
	memset(ret_record, 0, set->struct_size);
	for (uint32_t i = 0; i < set->count; i++) {
		const struct field *field = &set->fields[i];
		bool read = field->type == FIELD_LIST ? decode_list(field, ret_record, &source)
						      : decode_scalar(field, ret_record, &source);
		if (!read)
			return false;
	}
	return source.size == 0;
}
