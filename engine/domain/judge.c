/* Words that duties share: see judge.h. Nothing here decides a rule. */
#include "engine/domain/judge.h"

#include <string.h>

static const struct field *field_of(const struct decision *decision, const char *name)
{
	const struct command_info *info = command_info(decision->command->kind);
	ASSERT(info != NULL);
	const struct field *field = field_find(&info->set, slice_from_text(name));
	ASSERT(field != NULL);
	return field;
}

enum result judge_field(struct decision *decision, enum result result, const char *name)
{
	ASSERT(result != RESULT_OK);
	decision->outcome->field = field_of(decision, name);
	return result;
}

enum result judge_short(struct decision *decision, enum result result, struct cents needed,
			struct cents there)
{
	struct cents missing = cents_zero();
	bool is_short = cents_sub(needed, there, &missing);
	ASSERT(is_short);
	ASSERT(!cents_is_zero(missing));
	decision->outcome->short_by = missing;
	decision->outcome->limit = there;
	return result;
}

enum result judge_object(struct decision *decision, enum result result, enum record_kind kind,
			 uint32_t id)
{
	ASSERT(kind != RECORD_KIND_NONE && id != 0);
	decision->outcome->object_kind = (uint8_t)kind;
	decision->outcome->object = id;
	return result;
}

struct slice judge_text(const char *text, uint32_t size)
{
	ASSERT(text != NULL);
	uint32_t used = 0;
	while (used < size && text[used] != '\0')
		used++;
	return (struct slice){text, used};
}

void judge_copy_text(char *record, uint32_t record_size, const char *input, uint32_t input_size)
{
	ASSERT(record != NULL && input != NULL);
	ASSERT(record_size >= input_size);
	struct slice text = judge_text(input, input_size);
	memset(record, 0, record_size);
	if (text.size > 0)
		memcpy(record, text.data, text.size);
}

bool judge_year_in_range(uint32_t year)
{
	return year >= CALENDAR_FIRST_YEAR && year < CALENDAR_FIRST_YEAR + CALENDAR_YEARS;
}

bool judge_month_in_range(struct month month)
{
	return month_is_valid(month) && judge_year_in_range((uint32_t)month_year(month));
}

bool judge_day_in_range(struct day day)
{
	return day_is_valid(day) && judge_month_in_range(month_of_day(day));
}
