/* Enumerations as data, and look-ups in field sets: see field.h. */
#include "engine/base/field.h"

#include "engine/base/assert.h"
#include "engine/base/slice.h"

#define V(PREFIX, VALUE, number_) {.name = #VALUE, .number = number_},
#define X(name_, PREFIX)                                                                           \
	static const struct enum_value values_##name_[] = {ENUM_##PREFIX(V)};                      \
	const struct enum_info enum_##name_ = {                                                    \
	    .name = #name_,                                                                        \
	    .values = values_##name_,                                                              \
	    .count = (uint32_t)(sizeof(values_##name_) / sizeof(values_##name_[0])),               \
	};
ENUMS(X)
#undef X
#undef V

uint8_t enum_number(const struct enum_info *info, struct slice name)
{
	ASSERT(info != NULL);
	for (uint32_t i = 0; i < info->count; i++)
		if (slice_equals_text(name, info->values[i].name))
			return info->values[i].number;
	return 0;
}

const char *enum_name(const struct enum_info *info, uint8_t number)
{
	ASSERT(info != NULL);
	for (uint32_t i = 0; i < info->count; i++)
		if (info->values[i].number == number)
			return info->values[i].name;
	return NULL;
}

const struct field *field_find(const struct field_set *set, struct slice name)
{
	ASSERT(set != NULL);
	for (uint32_t i = 0; i < set->count; i++)
		if (slice_equals_text(name, set->fields[i].name))
			return &set->fields[i];
	return NULL;
}
