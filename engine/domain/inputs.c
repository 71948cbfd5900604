/* Static rules from the field tables: see inputs.h. */
#include "engine/domain/inputs.h"

#include "engine/base/text.h"
#include "engine/domain/judge.h"
#include "engine/domain/references.h"

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

enum result inputs_check_fields(struct decision *decision)
{
	ASSERT(decision != NULL && decision->outcome != NULL);
	const struct command_info *info = command_info(decision->command->kind);
	ASSERT(info != NULL);
	const unsigned char *input = (const unsigned char *)&decision->command->input;
	for (uint32_t i = 0; i < info->set.count; i++) {
		const struct field *field = &info->set.fields[i];
		if ((field->flags & FIELD_EDGE) != 0)
			continue;
		const unsigned char *bytes = input + field->offset;
		enum result result = field->type == FIELD_LIST ? check_list(field, bytes)
							       : check_scalar(field, bytes);
		if (result != RESULT_OK) {
			decision->outcome->field = field;
			return result;
		}
	}
	return RESULT_OK;
}

enum result inputs_check_references(struct decision *decision)
{
	ASSERT(decision != NULL && decision->outcome != NULL);
	struct references references;
	struct reference reference;
	struct ambito_id ambito = {0};
	references_begin(&references, decision->command);
	while (references_next(&references, &reference)) {
		const void *record = state_record(decision->state, reference.kind, reference.id);
		decision->outcome->field = reference.field;
		if (record == NULL)
			return (reference.field->flags & FIELD_PATH) != 0
				   ? RESULT_NOT_FOUND
				   : RESULT_UNKNOWN_REFERENCE;
		struct place place =
		    place_of_record(decision->state, reference.kind, reference.id, record);
		if (place.ambito.raw == 0)
			continue;
		if (ambito.raw != 0 && ambito.raw != place.ambito.raw)
			return RESULT_UNKNOWN_REFERENCE;
		ambito = place.ambito;
	}
	decision->outcome->field = NULL;
	return RESULT_OK;
}
