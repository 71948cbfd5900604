/* From typed text to JSON: see input.h. */
#include "cli/input.h"

#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <ctype.h>
#include <string.h>

#define INPUT_INTEGER_MAX INT64_C(9007199254740991) /* 2^53 - 1 */

bool input_euro(const char *text, int64_t *ret_cents)
{
	ASSERT(text != NULL && ret_cents != NULL);
	struct slice slice = text_trim(slice_from_text(text));
	struct cents amount;
	if (!text_parse_cents(slice, &amount) && !text_parse_cents_italian(slice, &amount))
		return false;
	*ret_cents = amount.raw; /* raw: JSON carries whole cents */
	return true;
}

static json_t *integer_value(struct slice text, uint64_t most)
{
	uint64_t number = 0;
	if (!text_parse_u64(text, most, &number))
		return NULL;
	return json_integer((json_int_t)number);
}

static json_t *amount_value(const char *text, bool in_euro)
{
	int64_t cents = 0;
	if (!in_euro)
		return integer_value(slice_from_text(text), INPUT_INTEGER_MAX);
	return input_euro(text, &cents) && cents >= 0 ? json_integer(cents) : NULL;
}

static json_t *flag_value(const char *text)
{
	static const char *const yes[] = {"", "yes", "true", "1", "si", "sì"};
	static const char *const no[] = {"no", "false", "0"};
	for (uint32_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		if (strcmp(text, yes[i]) == 0)
			return json_true();
	for (uint32_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (strcmp(text, no[i]) == 0)
			return json_false();
	return NULL;
}

/* Names of enumerations may be typed in lower case and with '-'. */
static json_t *enum_value(const char *text)
{
	char name[64];
	size_t size = strlen(text);
	if (size >= sizeof(name))
		return NULL;
	for (size_t i = 0; i <= size; i++)
		name[i] = text[i] == '-' ? '_' : (char)toupper((unsigned char)text[i]);
	return json_string(name);
}

static json_t *scalar_value(const struct field *field, const char *text, bool in_euro)
{
	switch (field->type) {
	case FIELD_FLAG:
		return flag_value(text);
	case FIELD_U8:
	case FIELD_U16:
	case FIELD_U32:
	case FIELD_U64:
		return integer_value(slice_from_text(text), INPUT_INTEGER_MAX);
	case FIELD_CENTS:
		return amount_value(text, in_euro);
	case FIELD_ENUM:
		return enum_value(text);
	case FIELD_DAY:
	case FIELD_MONTH:
	case FIELD_INSTANT:
	case FIELD_ID:
	case FIELD_TEXT:
	case FIELD_BYTES:
	case FIELD_KEYED:
	case FIELD_CODE:
		return json_string(text);
	case FIELD_LIST:
		break;
	}
	ASSERT(false);
	return NULL;
}

/* One item: its fields in their order apart by ':', where those at the end that may be absent may
 * be left out and one before may be empty; of one field, the plain value. */
static json_t *item_value(const struct field_set *set, char *text)
{
	if (set->count == 1)
		return scalar_value(&set->fields[0], text, false);
	json_t *item = json_object();
	for (uint32_t i = 0; i < set->count; i++) {
		const struct field *field = &set->fields[i];
		char *end = text == NULL ? NULL : strchr(text, ':');
		bool is_empty = text == NULL || *text == '\0' || *text == ':';
		bool is_refused = (is_empty && (field->flags & FIELD_REQ) != 0) ||
				  (end != NULL && i + 1 == set->count);
		if (end != NULL)
			*end = '\0';
		json_t *value = is_empty || is_refused ? NULL : scalar_value(field, text, false);
		if (is_refused ||
		    (!is_empty &&
		     (value == NULL || json_object_set_new(item, field->name, value) != 0))) {
			json_decref(item);
			return NULL;
		}
		text = end == NULL ? NULL : end + 1;
	}
	return item;
}

static json_t *list_value(const struct field *field, const char *text)
{
	char copy[4096];
	size_t size = strlen(text);
	if (size >= sizeof(copy))
		return NULL;
	memcpy(copy, text, size + 1);
	json_t *list = json_array();
	char *at = copy;
	while (*at != '\0') {
		size_t part = strcspn(at, ", ");
		char *next = at[part] == '\0' ? at + part : at + part + 1;
		at[part] = '\0';
		json_t *item = part == 0 ? NULL : item_value(field->items, at);
		if (part > 0 && (item == NULL || json_array_append_new(list, item) != 0)) {
			json_decref(list);
			return NULL;
		}
		at = next;
	}
	return list;
}

static const char *expected_of(const struct field *field, bool in_euro)
{
	switch (field->type) {
	case FIELD_FLAG:
		return "yes or no";
	case FIELD_CENTS:
		return in_euro ? "an amount in euro, as 1234.56 or 1.234,56" : "whole cents";
	case FIELD_LIST:
		return field->items->count == 1 ? "items apart by commas"
						: "items apart by commas, their fields by ':'";
	case FIELD_ENUM:
		return "one of its names";
	default:
		return "a whole number";
	}
}

json_t *input_value(const struct field *field, const char *text, bool in_euro,
		    const char **ret_expected)
{
	ASSERT(field != NULL && text != NULL && ret_expected != NULL);
	json_t *value = field->type == FIELD_LIST ? list_value(field, text)
						  : scalar_value(field, text, in_euro);
	if (value == NULL)
		*ret_expected = expected_of(field, in_euro);
	return value;
}
