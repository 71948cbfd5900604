/* Static rules from the field tables: see inputs.h. The rows of schemas/commands.def are expanded
 * to one check for each kind of command, in the order of the definition; a type of which every
 * value will do expands to nothing. */
#include "engine/domain/inputs.h"

#include "engine/base/codec_rows.h"
#include "engine/base/text.h"
#include "engine/domain/judge.h"
#include "engine/domain/references.h"

#include <string.h>

/* What was not given. */
static enum result missing_or_absent(bool is_required)
{
	return is_required ? RESULT_FIELD_MISSING : RESULT_OK;
}

static enum result in_range(bool condition)
{
	return condition ? RESULT_OK : RESULT_FIELD_OUT_OF_RANGE;
}

/* A number of 16 bits: only fiscal years have a range that all commands share. */
static enum result check_year(uint32_t year, bool is_required)
{
	if (year == 0)
		return missing_or_absent(is_required);
	return in_range(judge_year_in_range(year));
}

static enum result check_cents(struct cents amount)
{
	return in_range(!cents_is_negative(amount) &&
			!cents_less(cents_from(INPUT_CENTS_MAX), amount));
}

static enum result check_day(struct day day, bool is_required)
{
	if (day.number == 0)
		return missing_or_absent(is_required);
	return in_range(judge_day_in_range(day));
}

static enum result check_month(struct month month, bool is_required)
{
	if (month.number == 0)
		return missing_or_absent(is_required);
	return in_range(judge_month_in_range(month));
}

static enum result check_given_instant(struct instant instant)
{
	if (!instant_is_valid(instant) || instant.us < 0)
		return RESULT_FIELD_OUT_OF_RANGE;
	struct day utc_day = {(int32_t)(instant.us / TIME_US_PER_DAY)};
	return in_range(judge_day_in_range(utc_day));
}

static enum result check_text(const char *member, uint32_t size, bool is_required)
{
	struct slice text = judge_text(member, size);
	if (text.size == 0)
		return missing_or_absent(is_required);
	return text_is_printable(text) ? RESULT_OK : RESULT_FIELD_INVALID;
}

static enum result check_enum(unsigned __int128 numbers, uint8_t number, bool is_required)
{
	if (number == 0)
		return missing_or_absent(is_required);
	return codec_has_number(numbers, number) ? RESULT_OK : RESULT_FIELD_INVALID;
}

static enum result check_count(uint32_t count, uint32_t items_max, bool is_required)
{
	if (count == 0)
		return missing_or_absent(is_required);
	return in_range(count <= items_max);
}

/* ---- One field, by its type: a condition that may end the check ---- */

#define IS_REQUIRED(flags) (((flags) & (FIELD_REQ | FIELD_PATH)) != 0)
#define IS_YEAR(text)                                                                              \
	(sizeof(text) == sizeof("year") && memcmp(text, "year", sizeof("year")) == 0)

#define CHECK_FLAG(name, argument, required)                                                       \
	(input->name <= 1 ? RESULT_OK : RESULT_FIELD_INVALID)
#define CHECK_U8(name, argument, required)  RESULT_OK
#define CHECK_U16(name, argument, required)                                                        \
	(IS_YEAR(#name) ? check_year(input->name, required) : RESULT_OK)
#define CHECK_U32(name, argument, required)	RESULT_OK
#define CHECK_U64(name, argument, required)	RESULT_OK
#define CHECK_CENTS(name, argument, required)	check_cents(input->name)
#define CHECK_DAY(name, argument, required)	check_day(input->name, required)
#define CHECK_MONTH(name, argument, required)	check_month(input->name, required)
#define CHECK_INSTANT(name, argument, required)                                                    \
	(input->name.us == 0 ? missing_or_absent(required) : check_given_instant(input->name))
#define CHECK_ENUM(name, argument, required)                                                       \
	check_enum(codec_numbers_##argument, input->name, required)
#define CHECK_ID(name, argument, required)                                                         \
	(input->name.raw == 0 ? missing_or_absent(required) : RESULT_OK)
#define CHECK_TEXT(name, argument, required)                                                       \
	check_text(input->name, (uint32_t)sizeof(input->name), required)
#define CHECK_BYTES(name, argument, required) RESULT_OK
#define CHECK_KEYED(name, argument, required)                                                      \
	(input->name == 0 ? missing_or_absent(required) : RESULT_OK)
#define CHECK_CODE(name, argument, required) CHECK_KEYED(name, argument, required)
#define CHECK_LIST(name, argument, required)                                                       \
	check_list_##argument(                                                                     \
	    input->name.items, input->name.count,                                                  \
	    check_count(input->name.count, LIST_MAX_##argument, required))

/* Inside a list every field is checked, and the list is what is told. */
#define CHECK_ITEM(TYPE, name, argument, flag, meaning)                                            \
	result = CHECK_##TYPE(name, argument, IS_REQUIRED(FIELD_##flag));                          \
	if (result != RESULT_OK)                                                                   \
		return result;

#define L(name, NAME, most)                                                                        \
	static enum result check_list_##name(                                                      \
	    const struct name *items, uint32_t count, enum result of_count)                        \
	{                                                                                          \
		enum result result = of_count;                                                     \
		for (uint32_t i = 0; result == RESULT_OK && i < count; i++) {                      \
			const struct name *input = &items[i];                                      \
			LIST_##NAME(CHECK_ITEM)                                                    \
		}                                                                                  \
		return result;                                                                     \
	}
LISTS(L)
#undef L

/* EDGE fields are the ledger's own. */
#define CHECK(TYPE, name, argument, flag, meaning)                                                 \
	if ((FIELD_##flag & FIELD_EDGE) == 0)                                                      \
		result = CHECK_##TYPE(name, argument, IS_REQUIRED(FIELD_##flag));                  \
	if (result != RESULT_OK) {                                                                 \
		*ret_place = field_place_##name;                                                   \
		return result;                                                                     \
	}

#define C(name, NAME, number, path, object, roles, it, en)                                         \
	static enum result check_##name(const struct command_##name *input, uint32_t *ret_place)   \
	{                                                                                          \
		enum { COMMAND_##NAME(FIELD_PLACE) places };                                       \
		enum result result = RESULT_OK;                                                    \
		(void)input;                                                                       \
		(void)ret_place;                                                                   \
		COMMAND_##NAME(CHECK)                                                              \
		return result;                                                                     \
	}
COMMANDS(C)
#undef C

/* The place of the first field at fault goes to *ret_place. */
static enum result check_fields(const struct command *command, uint32_t *ret_place)
{
	switch ((enum command_kind)command->kind) {
#define C(name, NAME, number, path, object, roles, it, en)                                         \
	case COMMAND_KIND_##NAME:                                                                  \
		return check_##name(&command->input.name, ret_place);
		COMMANDS(C)
#undef C
	case COMMAND_KIND_NONE:
		break;
	}
	ASSERT(false);
	return RESULT_OK;
}

enum result inputs_check_fields(struct decision *decision)
{
	ASSERT(decision != NULL && decision->outcome != NULL);
	uint32_t place = 0;
	enum result result = check_fields(decision->command, &place);
	if (result != RESULT_OK) {
		const struct command_info *info = decision->info;
		ASSERT(place < info->set.count);
		decision->outcome->field = &info->set.fields[place];
	}
	return result;
}

/* Whose ambito a thing is that exists; 0: nobody's. */
static struct ambito_id ambito_of(const struct decision *decision,
				  const struct reference *reference)
{
	const struct state *state = decision->state;
	const void *record = state_record(state, reference->kind, reference->id);
	return place_of_record(state, reference->kind, reference->id, record).ambito;
}

enum result inputs_check_references(struct decision *decision)
{
	ASSERT(decision != NULL && decision->outcome != NULL);
	struct references references;
	struct reference reference;
	struct reference first = {.id = 0}; /* alone it spans nothing: its ambito can wait */
	struct ambito_id ambito = {0};
	references_of(&references, decision);
	while (references_next(&references, &reference)) {
		decision->outcome->field = reference.field;
		if (state_record(decision->state, reference.kind, reference.id) == NULL)
			return (reference.field->flags & FIELD_PATH) != 0
				   ? RESULT_NOT_FOUND
				   : RESULT_UNKNOWN_REFERENCE;
		if (first.id == 0) {
			first = reference;
			continue;
		}
		if (ambito.raw == 0)
			ambito = ambito_of(decision, &first);
		struct ambito_id other = ambito_of(decision, &reference);
		if (ambito.raw == 0)
			first = reference;
		else if (other.raw != 0 && other.raw != ambito.raw)
			return RESULT_UNKNOWN_REFERENCE;
	}
	decision->outcome->field = NULL;
	return RESULT_OK;
}
