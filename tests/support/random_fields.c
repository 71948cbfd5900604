/* Random structs of any field set: see random_fields.h. */
#include "tests/support/random_fields.h"

#include <string.h>

static void random_scalar(struct test_random *random, const struct field *field,
			  unsigned char *member)
{
	if (field->type == FIELD_TEXT) {
		uint64_t size = test_random_below(random, field->size + 1u);
		for (uint64_t at = 0; at < size; at++)
			member[at] = (unsigned char)(1 + test_random_below(random, 255));
	} else if (field->type == FIELD_ENUM) {
		uint64_t place = test_random_below(random, field->enumeration->count + 1u);
		*member = place == 0 ? 0 : field->enumeration->values[place - 1].number;
	} else if (field->type == FIELD_FLAG) {
		*member = (unsigned char)test_random_below(random, 2);
	} else {
		test_random_bytes(random, member, field->size);
	}
}

static void random_list(struct test_random *random, const struct field *field,
			unsigned char *member)
{
	uint32_t count = (uint32_t)test_random_below(random, field->items_max + 1u);
	memcpy(member, &count, sizeof(count));
	for (uint32_t i = 0; i < count; i++) {
		unsigned char *item =
		    member + field->size + (size_t)i * field->items->struct_size;
		for (uint32_t j = 0; j < field->items->count; j++) {
			const struct field *inner = &field->items->fields[j];
			random_scalar(random, inner, item + inner->offset);
		}
	}
}

void random_fields(struct test_random *random, const struct field_set *set, void *ret_record)
{
	unsigned char *record = ret_record;
	memset(record, 0, set->struct_size);
	for (uint32_t i = 0; i < set->count; i++) {
		const struct field *field = &set->fields[i];
		if (field->type == FIELD_LIST)
			random_list(random, field, record + field->offset);
		else
			random_scalar(random, field, record + field->offset);
	}
}
