/* Static rules by a walk over the field tables: see inputs_walk.h. */
#include "tests/unit/domain/inputs_walk.h"

#include "engine/base/text.h"
#include "engine/domain/inputs.h"
#include "engine/domain/judge.h"

#include <string.h>

static uint64_t number_at(const unsigned char *bytes, uint16_t size)
{
	uint8_t one = 0;
	uint16_t two = 0;
	uint32_t four = 0;
	uint64_t eight = 0;
	switch (size) {
	case sizeof(one):
		memcpy(&one, bytes, sizeof(one));
		return one;
	case sizeof(two):
		memcpy(&two, bytes, sizeof(two));
		return two;
	case sizeof(four):
		memcpy(&four, bytes, sizeof(four));
		return four;
	default:
		ASSERT(size == sizeof(eight));
		memcpy(&eight, bytes, sizeof(eight));
		return eight;
	}
}

static bool is_required(const struct field *field)
{
	return (field->flags & (FIELD_REQ | FIELD_PATH)) != 0;
}

static enum result missing_or_absent(const struct field *field)
{
	return is_required(field) ? RESULT_FIELD_MISSING : RESULT_OK;
}

/* A number of 16 bits: only fiscal years have a range that all commands share. */
static enum result check_number(const struct field *field, const unsigned char *bytes)
{
	if (!slice_equals_text(slice_from_text(field->name), "year"))
		return RESULT_OK;
	uint64_t year = number_at(bytes, field->size);
	if (year == 0)
		return missing_or_absent(field);
	return year <= UINT16_MAX && judge_year_in_range((uint32_t)year)
		   ? RESULT_OK
		   : RESULT_FIELD_OUT_OF_RANGE;
}

static enum result check_cents(const unsigned char *bytes)
{
	struct cents amount;
	memcpy(&amount, bytes, sizeof(amount));
	if (cents_is_negative(amount) || cents_less(cents_from(INPUT_CENTS_MAX), amount))
		return RESULT_FIELD_OUT_OF_RANGE;
	return RESULT_OK;
}

static enum result check_day(const struct field *field, const unsigned char *bytes)
{
	struct day day;
	memcpy(&day, bytes, sizeof(day));
	if (day.number == 0)
		return missing_or_absent(field);
	return judge_day_in_range(day) ? RESULT_OK : RESULT_FIELD_OUT_OF_RANGE;
}

static enum result check_month(const struct field *field, const unsigned char *bytes)
{
	struct month month;
	memcpy(&month, bytes, sizeof(month));
	if (month.number == 0)
		return missing_or_absent(field);
	return judge_month_in_range(month) ? RESULT_OK : RESULT_FIELD_OUT_OF_RANGE;
}

static enum result check_instant(const struct field *field, const unsigned char *bytes)
{
	struct instant instant;
	memcpy(&instant, bytes, sizeof(instant));
	if (instant.us == 0)
		return missing_or_absent(field);
	if (!instant_is_valid(instant))
		return RESULT_FIELD_OUT_OF_RANGE;
	struct day utc_day = {(int32_t)(instant.us / TIME_US_PER_DAY)};
	return instant.us > 0 && judge_day_in_range(utc_day) ? RESULT_OK
							     : RESULT_FIELD_OUT_OF_RANGE;
}

static enum result check_text(const struct field *field, const unsigned char *bytes)
{
	struct slice text = judge_text((const char *)bytes, field->size);
	if (text.size == 0)
		return missing_or_absent(field);
	return text_is_printable(text) ? RESULT_OK : RESULT_FIELD_INVALID;
}

static enum result check_enum(const struct field *field, const unsigned char *bytes)
{
	if (*bytes == 0)
		return missing_or_absent(field);
	return enum_name(field->enumeration, *bytes) != NULL ? RESULT_OK : RESULT_FIELD_INVALID;
}

static enum result check_scalar(const struct field *field, const unsigned char *bytes)
{
	switch (field->type) {
	case FIELD_FLAG:
		return *bytes <= 1 ? RESULT_OK : RESULT_FIELD_INVALID;
	case FIELD_U16:
		return check_number(field, bytes);
	case FIELD_CENTS:
		return check_cents(bytes);
	case FIELD_DAY:
		return check_day(field, bytes);
	case FIELD_MONTH:
		return check_month(field, bytes);
	case FIELD_INSTANT:
		return check_instant(field, bytes);
	case FIELD_ENUM:
		return check_enum(field, bytes);
	case FIELD_TEXT:
		return check_text(field, bytes);
	case FIELD_ID:
	case FIELD_KEYED:
	case FIELD_CODE:
		return number_at(bytes, field->size) != 0 ? RESULT_OK : missing_or_absent(field);
	case FIELD_U8:
	case FIELD_U32:
	case FIELD_U64:
	case FIELD_BYTES:
	case FIELD_LIST:
		break;
	}
	return RESULT_OK;
}

static enum result check_list(const struct field *field, const unsigned char *member)
{
	uint32_t count = 0;
	memcpy(&count, member, sizeof(count));
	if (count == 0)
		return missing_or_absent(field);
	if (count > field->items_max)
		return RESULT_FIELD_OUT_OF_RANGE;
	for (uint32_t i = 0; i < count; i++) {
		const unsigned char *item =
		    member + field->size + (size_t)i * field->items->struct_size;
		for (uint32_t j = 0; j < field->items->count; j++) {
			const struct field *inner = &field->items->fields[j];
			enum result result = check_scalar(inner, item + inner->offset);
			if (result != RESULT_OK)
				return result;
		}
	}
	return RESULT_OK;
}

enum result inputs_walk_fields(const struct command *command, const struct field **ret_field)
{
	const struct command_info *info = command_info(command->kind);
	const unsigned char *input = (const unsigned char *)&command->input;
	*ret_field = NULL;
	for (uint32_t i = 0; i < info->set.count; i++) {
		const struct field *field = &info->set.fields[i];
		if ((field->flags & FIELD_EDGE) != 0)
			continue;
		const unsigned char *bytes = input + field->offset;
		enum result result = field->type == FIELD_LIST ? check_list(field, bytes)
							       : check_scalar(field, bytes);
		if (result != RESULT_OK) {
			*ret_field = field;
			return result;
		}
	}
	return RESULT_OK;
}

/* Every identifier of one struct; returns how many there are now. */
static uint32_t collect(const struct field_set *set, const unsigned char *owner,
			const struct field *list, struct reference *ret_references, uint32_t count)
{
	for (uint32_t i = 0; i < set->count; i++) {
		const struct field *field = &set->fields[i];
		uint32_t number = 0;
		if (field->type == FIELD_ID || field->type == FIELD_LIST)
			memcpy(&number, owner + field->offset, sizeof(number));
		if (field->type == FIELD_ID && number != 0) {
			const struct field *told = list != NULL ? list : field;
			assert_true(count < INPUTS_WALK_REFERENCES_MAX);
			ret_references[count++] = (struct reference){
			    told, (enum record_kind)field->kind, number};
		}
		for (uint32_t j = 0; field->type == FIELD_LIST && j < number; j++)
			count = collect(field->items,
					owner + field->offset + field->size +
					    (size_t)j * field->items->struct_size,
					field, ret_references, count);
	}
	return count;
}

uint32_t inputs_walk_references(const struct command *command,
				struct reference ret_references[INPUTS_WALK_REFERENCES_MAX])
{
	return collect(&command_info(command->kind)->set,
		       (const unsigned char *)&command->input, NULL, ret_references, 0);
}

enum result inputs_walk_places(const struct state *state, const struct command *command,
			       const struct field **ret_field)
{
	static struct reference references[INPUTS_WALK_REFERENCES_MAX];
	uint32_t count = inputs_walk_references(command, references);
	uint32_t ambito = 0;
	for (uint32_t i = 0; i < count; i++) {
		const struct reference *at = &references[i];
		const void *record = state_record(state, at->kind, at->id);
		*ret_field = at->field;
		if (record == NULL)
			return (at->field->flags & FIELD_PATH) != 0 ? RESULT_NOT_FOUND
								    : RESULT_UNKNOWN_REFERENCE;
		uint32_t own = place_of_record(state, at->kind, at->id, record).ambito.raw;
		if (own == 0)
			continue;
		if (ambito != 0 && ambito != own)
			return RESULT_UNKNOWN_REFERENCE;
		ambito = own;
	}
	*ret_field = NULL;
	return RESULT_OK;
}
