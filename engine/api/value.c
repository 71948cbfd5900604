/* Text to values: see value.h. */
#include "engine/api/value.h"

#include "engine/api/name.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"
#include "engine/domain/state.h"

#include <string.h>

static_assert(VALUE_YEAR_MIN == CALENDAR_FIRST_YEAR, "the edge accepts what the ledger can file");
static_assert(VALUE_YEAR_MAX == CALENDAR_FIRST_YEAR + CALENDAR_YEARS - 1, "to the last year");

/* What value_parse works on. */
struct value {
	const struct api_request *request;
	const struct field *field;
	struct slice text;
	unsigned char *member;
	struct api_problem *problem;
};

enum problem_expectation value_expectation(const struct field *field)
{
	ASSERT(field != NULL);
	switch (field->type) {
	case FIELD_FLAG:
		return PROBLEM_EXPECTS_BOOLEAN;
	case FIELD_U8:
	case FIELD_U16:
	case FIELD_U32:
	case FIELD_U64:
	case FIELD_CENTS:
		return PROBLEM_EXPECTS_INTEGER;
	case FIELD_DAY:
		return PROBLEM_EXPECTS_DAY;
	case FIELD_MONTH:
		return PROBLEM_EXPECTS_MONTH;
	case FIELD_INSTANT:
		return PROBLEM_EXPECTS_INSTANT;
	case FIELD_ENUM:
		return PROBLEM_EXPECTS_ENUM;
	case FIELD_ID:
		if (field->kind == RECORD_KIND_VOUCHER)
			return PROBLEM_EXPECTS_NUMBER;
		return directory_has_kind((enum record_kind)field->kind)
			   ? PROBLEM_EXPECTS_CODE
			   : PROBLEM_EXPECTS_IDENTIFIER;
	case FIELD_TEXT:
	case FIELD_KEYED:
		return PROBLEM_EXPECTS_PRINTABLE;
	case FIELD_BYTES:
		return PROBLEM_EXPECTS_HEXADECIMAL;
	case FIELD_CODE:
		return PROBLEM_EXPECTS_VOUCHER_CODE;
	case FIELD_LIST:
		return PROBLEM_EXPECTS_ARRAY;
	}
	ASSERT(false);
	return PROBLEM_EXPECTS_NOTHING;
}

static enum result refuse(const struct value *value, enum result result,
			  enum problem_expectation expected)
{
	*value->problem = problem_of(result);
	value->problem->expected = expected;
	value->problem->field = value->field;
	return result;
}

static enum result refuse_bounds(const struct value *value, enum problem_expectation expected,
				 int64_t minimum, int64_t maximum)
{
	enum result result = refuse(value, RESULT_FIELD_OUT_OF_RANGE, expected);
	value->problem->minimum = minimum;
	value->problem->maximum = maximum;
	return result;
}

static bool is_integer(struct slice text)
{
	uint32_t at = text.size > 0 && text.data[0] == '-' ? 1 : 0;
	if (at == text.size)
		return false;
	for (; at < text.size; at++)
		if (text.data[at] < '0' || text.data[at] > '9')
			return false;
	return true;
}

static enum result parse_integer(const struct value *value, uint64_t maximum)
{
	uint64_t number = 0;
	if (!text_parse_u64(value->text, maximum, &number)) {
		if (!is_integer(value->text))
			return refuse(value, RESULT_FIELD_INVALID, PROBLEM_EXPECTS_INTEGER);
		return refuse_bounds(value, PROBLEM_EXPECTS_RANGE, 0, (int64_t)maximum);
	}
	ASSERT(value->field->size <= sizeof(number));
	memcpy(value->member, &number, value->field->size); /* little-endian */
	return RESULT_OK;
}

static enum result parse_flag(const struct value *value)
{
	bool yes = slice_equals_text(value->text, "true");
	if (!yes && !slice_equals_text(value->text, "false"))
		return refuse(value, RESULT_FIELD_INVALID, PROBLEM_EXPECTS_BOOLEAN);
	*value->member = yes;
	return RESULT_OK;
}

#define DAY_MIN 10957 /* 2000-01-01 */
#define DAY_MAX 47846 /* 2100-12-31 */

static bool day_is_served(struct day day)
{
	return day.number >= DAY_MIN && day.number <= DAY_MAX;
}

static enum result parse_day(const struct value *value)
{
	struct day day;
	if (!day_parse(value->text, &day))
		return refuse(value, RESULT_FIELD_INVALID, PROBLEM_EXPECTS_DAY);
	if (!day_is_served(day))
		return refuse_bounds(value, PROBLEM_EXPECTS_YEARS, VALUE_YEAR_MIN, VALUE_YEAR_MAX);
	memcpy(value->member, &day, sizeof(day));
	return RESULT_OK;
}

static enum result parse_month(const struct value *value)
{
	struct month month;
	if (!month_parse(value->text, &month))
		return refuse(value, RESULT_FIELD_INVALID, PROBLEM_EXPECTS_MONTH);
	if (month_year(month) < VALUE_YEAR_MIN || month_year(month) > VALUE_YEAR_MAX)
		return refuse_bounds(value, PROBLEM_EXPECTS_YEARS, VALUE_YEAR_MIN, VALUE_YEAR_MAX);
	memcpy(value->member, &month, sizeof(month));
	return RESULT_OK;
}

/* A day off both ends: its legal day then lies in these years in every zone. */
bool value_instant_is_served(struct instant instant)
{
	return instant.us >= (DAY_MIN + 1) * TIME_US_PER_DAY &&
	       instant.us < DAY_MAX * TIME_US_PER_DAY;
}

static enum result parse_instant(const struct value *value)
{
	struct instant_text written;
	struct instant instant;
	const struct zone_table *zone = value->request->context->zone;
	if (!instant_parse(value->text, &written))
		return refuse(value, RESULT_FIELD_INVALID, PROBLEM_EXPECTS_INSTANT);
	/* The written day first: conversions at the calendar's edge need not be thought about. */
	if (!day_is_served(written.day))
		return refuse_bounds(value, PROBLEM_EXPECTS_YEARS, VALUE_YEAR_MIN, VALUE_YEAR_MAX);
	enum result result = instant_resolve(zone, written, &instant);
	if (result != RESULT_OK)
		return refuse(value, result, PROBLEM_EXPECTS_INSTANT);
	if (!value_instant_is_served(instant))
		return refuse_bounds(value, PROBLEM_EXPECTS_YEARS, VALUE_YEAR_MIN, VALUE_YEAR_MAX);
	memcpy(value->member, &instant, sizeof(instant));
	return RESULT_OK;
}

static enum result parse_enum(const struct value *value)
{
	uint8_t number = enum_number(value->field->enumeration, value->text);
	if (number == 0)
		return refuse(value, RESULT_FIELD_INVALID, PROBLEM_EXPECTS_ENUM);
	*value->member = number;
	return RESULT_OK;
}

static enum result parse_id(const struct value *value)
{
	uint32_t id = 0;
	enum record_kind kind = (enum record_kind)value->field->kind;
	enum result result = name_parse(value->request->context->directory, kind, value->text, &id);
	if (result == RESULT_UNKNOWN_REFERENCE && (value->field->flags & FIELD_PATH))
		result = RESULT_NOT_FOUND;
	if (result != RESULT_OK)
		return refuse(value, result, value_expectation(value->field));
	ASSERT(id > 0 && value->field->size == sizeof(id));
	memcpy(value->member, &id, sizeof(id));
	return RESULT_OK;
}

/* Unique codes go into paths, account names and file names: only safe characters. */
static bool is_code(const struct field *field)
{
	return strcmp(field->name, "code") == 0 || strcmp(field->name, "istat_code") == 0;
}

static enum result parse_text(const struct value *value)
{
	struct slice text = value->text;
	if (text.size == 0 || !text_is_printable(text))
		return refuse(value, RESULT_FIELD_INVALID, PROBLEM_EXPECTS_PRINTABLE);
	if (text.size > value->field->size)
		return refuse_bounds(value, PROBLEM_EXPECTS_BYTES_MAX, 1, value->field->size);
	if (is_code(value->field) && !text_is_token(text))
		return refuse(value, RESULT_FIELD_INVALID, PROBLEM_EXPECTS_TOKEN);
	memset(value->member, 0, value->field->size);
	memcpy(value->member, text.data, text.size);
	return RESULT_OK;
}

static enum result parse_bytes(const struct value *value)
{
	if (!text_hex_decode(value->text, value->member, value->field->size)) {
		enum result result =
		    refuse(value, RESULT_FIELD_INVALID, PROBLEM_EXPECTS_HEXADECIMAL);
		value->problem->maximum = 2 * value->field->size;
		return result;
	}
	return RESULT_OK;
}

/* A hash of 0 would read as "absent": its place is taken by 1. */
static void put_hash(const struct value *value, uint64_t hash)
{
	hash = hash == 0 ? 1 : hash;
	ASSERT(value->field->size == sizeof(hash));
	memcpy(value->member, &hash, sizeof(hash));
}

static enum result parse_reference(const struct value *value)
{
	struct slice text = value->text;
	if (text.size == 0 || !text_is_printable(text))
		return refuse(value, RESULT_FIELD_INVALID, PROBLEM_EXPECTS_PRINTABLE);
	if (text.size > VALUE_REFERENCE_MAX)
		return refuse_bounds(value, PROBLEM_EXPECTS_BYTES_MAX, 1, VALUE_REFERENCE_MAX);
	const struct api_secret *secret = &value->request->context->secret;
	put_hash(value,
		 secret->reference_hash(secret->self, value->request->principal.provider, text));
	return RESULT_OK;
}

/* Ill-formed and unknown codes get the same answer: it must not tell which. */
static enum result parse_code(const struct value *value)
{
	struct check_code code;
	if (!check_code_parse(value->text, &code))
		return refuse(value, RESULT_VOUCHER_CODE_UNKNOWN, PROBLEM_EXPECTS_NOTHING);
	const struct api_secret *secret = &value->request->context->secret;
	put_hash(value, secret->code_hash(secret->self, &code));
	return RESULT_OK;
}

enum result value_parse(const struct api_request *request, const struct field *field,
			struct slice text, void *owner, struct api_problem *ret_problem)
{
	ASSERT(request != NULL && field != NULL);
	ASSERT(owner != NULL && ret_problem != NULL);
	struct value value = {request, field, text, (unsigned char *)owner + field->offset,
			      ret_problem};
	switch (field->type) {
	case FIELD_FLAG:
		return parse_flag(&value);
	case FIELD_U8:
		return parse_integer(&value, UINT8_MAX);
	case FIELD_U16:
		return parse_integer(&value, UINT16_MAX);
	case FIELD_U32:
		return parse_integer(&value, UINT32_MAX);
	case FIELD_U64:
	case FIELD_CENTS:
		return parse_integer(&value, VALUE_CENTS_MAX);
	case FIELD_DAY:
		return parse_day(&value);
	case FIELD_MONTH:
		return parse_month(&value);
	case FIELD_INSTANT:
		return parse_instant(&value);
	case FIELD_ENUM:
		return parse_enum(&value);
	case FIELD_ID:
		return parse_id(&value);
	case FIELD_TEXT:
		return parse_text(&value);
	case FIELD_BYTES:
		return parse_bytes(&value);
	case FIELD_KEYED:
		return parse_reference(&value);
	case FIELD_CODE:
		return parse_code(&value);
	case FIELD_LIST:
		break;
	}
	ASSERT(false);
	return RESULT_BAD_REQUEST;
}
