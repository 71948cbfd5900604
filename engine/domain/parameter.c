/* Parameters of the rules: see parameter.h.
 *
 * Invariant: the values of one parameter in one scope have strictly rising first days, in the order
 * of their ids; a value never changes. */
#include "engine/domain/parameter.h"

#include "engine/base/text.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"
#include "schemas/parameters.def"

#define LEAP_DAY 229u /* of a YEAR_DAY */

enum parameter_kind {
	PARAMETER_KIND_COUNT = 1,
	PARAMETER_KIND_FLAG,
	PARAMETER_KIND_CHOICE,
	PARAMETER_KIND_YEAR_DAY,
	PARAMETER_KIND_FRACTION,
	PARAMETER_KIND_PERCENTS,
};

struct parameter_info {
	uint32_t least;
	uint32_t most;
	const struct enum_info *choices;
	uint8_t kind;
	uint8_t scopes;
};

/* By number of the name. */
static const struct parameter_info infos[] = {
#define P(NAME, kind_, fallback_, least_, most_, scopes_, choices_, meaning)                       \
	[PARAMETER_##NAME] = {.least = (least_),                                                   \
			      .most = (most_),                                                     \
			      .choices = (choices_),                                               \
			      .kind = PARAMETER_KIND_##kind_,                                      \
			      .scopes = PARAMETER_SCOPE_##scopes_},
    PARAMETERS(P)
#undef P
};

#define V(PREFIX, VALUE, number) +1
#define P(NAME, kind, fallback, least, most, scopes, choices, meaning) +1
static_assert((0 PARAMETERS(P)) == (0 ENUM_PARAMETER(V)), "every name has its row");
#undef P
#undef V

/* The fallbacks alone: nearly every question is answered by one. */
static const int64_t fallbacks[] = {
#define P(NAME, kind, fallback_, least, most, scopes, choices, meaning)                            \
	[PARAMETER_##NAME] = (fallback_),
    PARAMETERS(P)
#undef P
};

static const struct parameter_info *info_of(uint8_t name)
{
	ASSERT(name > 0 && name < sizeof(infos) / sizeof(infos[0]));
	ASSERT(infos[name].kind != 0);
	return &infos[name];
}

struct parameter_scope parameter_scope_of_title(const struct voucher *voucher)
{
	ASSERT(voucher != NULL);
	return (struct parameter_scope){.ambito = voucher->ambito,
					.measure = voucher->measure,
					.comune = voucher->comune};
}

uint64_t parameter_key(uint8_t name, struct ambito_id ambito)
{
	return hash64_of_u64((uint64_t)ambito.raw << 8 | name, RECORD_KIND_PARAMETER);
}

static bool was_ever_set(const struct state *state, enum parameter_name name)
{
	return (state->parameters_set[(uint32_t)name / 64] >> (uint32_t)name % 64 & 1) != 0;
}

/* How exact a value's scope is; 0: it does not hold in the scope asked for. */
static uint32_t exactness(const struct parameter *value, const struct parameter_scope *scope)
{
	if ((value->measure.raw != 0 && value->measure.raw != scope->measure.raw) ||
	    (value->comune.raw != 0 && value->comune.raw != scope->comune.raw) ||
	    (value->service.raw != 0 && value->service.raw != scope->service.raw))
		return 0;
	return 1u + (value->comune.raw != 0 ? 1u : 0u) + (value->service.raw != 0 ? 2u : 0u) +
	       (value->measure.raw != 0 ? 4u : 0u);
}

/* The most exact value in force on the day; of one scope the latest. Apart from parameter_at, so
 * that asking for what nobody set saves and restores nothing. */
static __attribute__((noinline)) int64_t value_in_force(const struct state *state,
							enum parameter_name name,
							const struct parameter_scope *scope,
							struct day day)
{
	const struct parameter *best = NULL;
	uint32_t best_exactness = 0;
	uint32_t id = index_first(&state->parameters_by_name,
				  parameter_key((uint8_t)name, scope->ambito));
	for (; id != 0; id = index_next(&state->parameters_by_name, id)) {
		const struct parameter *value = state_parameter(state, (struct parameter_id){id});
		if (value->name != (uint8_t)name || value->ambito.raw != scope->ambito.raw ||
		    day_less(day, value->valid_from))
			continue;
		uint32_t here = exactness(value, scope);
		if (here == 0 || here < best_exactness)
			continue;
		if (here > best_exactness || day_less(best->valid_from, value->valid_from)) {
			best = value;
			best_exactness = here;
		}
	}
	return best == NULL ? fallbacks[name] : (int64_t)best->number;
}

int64_t parameter_at(const struct state *state, enum parameter_name name,
		     const struct parameter_scope *scope, struct day day)
{
	ASSERT((uint32_t)name < sizeof(fallbacks) / sizeof(fallbacks[0]));
	if (!was_ever_set(state, name))
		return fallbacks[name];
	return value_in_force(state, name, scope, day);
}

bool parameter_is_set(const struct state *state, enum parameter_name name, struct ambito_id ambito,
		      uint32_t number)
{
	uint32_t id =
	    index_first(&state->parameters_by_name, parameter_key((uint8_t)name, ambito));
	for (; id != 0; id = index_next(&state->parameters_by_name, id)) {
		const struct parameter *value = state_parameter(state, (struct parameter_id){id});
		if (value->name == (uint8_t)name && value->ambito.raw == ambito.raw &&
		    value->number == number)
			return true;
	}
	return false;
}

/* ---- Reading ---- */

/* A number up to the separator, which is taken too; false where there is none. */
static bool take_number(struct slice *text, char separator, uint32_t *ret_number)
{
	uint64_t number = 0;
	uint32_t digits = 0;
	while (digits < text->size && text->data[digits] >= '0' && text->data[digits] <= '9' &&
	       digits < 10) {
		number = number * 10 + (uint64_t)(text->data[digits] - '0');
		digits++;
	}
	if (digits == 0 || number > INT32_MAX)
		return false;
	if (digits < text->size && text->data[digits] != separator)
		return false;
	uint32_t taken = digits < text->size ? digits + 1 : digits;
	*text = (struct slice){text->data + taken, text->size - taken};
	*ret_number = (uint32_t)number;
	return true;
}

static bool parse_two(struct slice text, char separator, uint32_t *ret_first, uint32_t *ret_second)
{
	return take_number(&text, separator, ret_first) && text.size > 0 &&
	       take_number(&text, '\0', ret_second) && text.size == 0;
}

/* "31-12": a day that every year has, or 29 February. */
static bool parse_year_day(struct slice text, uint32_t *ret_number)
{
	static const uint8_t days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	uint32_t day = 0;
	uint32_t month = 0;
	if (!parse_two(text, '-', &day, &month) || month == 0 || month > 12 || day == 0 ||
	    day > days[month - 1])
		return false;
	*ret_number = month * 100 + day;
	return true;
}

static bool parse_fraction(struct slice text, uint32_t *ret_number)
{
	uint32_t part = 0;
	uint32_t whole = 0;
	if (!parse_two(text, '/', &part, &whole) || part == 0 || part > whole || whole > 32767)
		return false;
	*ret_number = part << 16 | whole;
	return true;
}

/* "80,90,100". */
static bool parse_percents(struct slice text, uint32_t *ret_number)
{
	uint32_t number = 0;
	uint32_t before = 0;
	for (uint32_t i = 0; i < 3 && text.size > 0; i++) {
		uint32_t percent = 0;
		if (!take_number(&text, ',', &percent) || percent <= before || percent > 200)
			return false;
		number |= percent << (8 * i);
		before = percent;
	}
	*ret_number = number;
	return text.size == 0 && number != 0;
}

static bool parse_flag(struct slice text, uint32_t *ret_number)
{
	*ret_number = slice_equals_text(text, "true") ? 1 : 0;
	return *ret_number == 1 || slice_equals_text(text, "false");
}

bool parameter_parse(enum parameter_name name, struct slice text, uint32_t *ret_number)
{
	const struct parameter_info *info = info_of((uint8_t)name);
	uint32_t number = 0;
	bool is_read = false;
	switch ((enum parameter_kind)info->kind) {
	case PARAMETER_KIND_COUNT:
		is_read = take_number(&text, '\0', &number) && text.size == 0;
		break;
	case PARAMETER_KIND_FLAG:
		is_read = parse_flag(text, &number);
		break;
	case PARAMETER_KIND_CHOICE:
		number = enum_number(info->choices, text);
		is_read = number != 0;
		break;
	case PARAMETER_KIND_YEAR_DAY:
		is_read = parse_year_day(text, &number);
		break;
	case PARAMETER_KIND_FRACTION:
		is_read = parse_fraction(text, &number);
		break;
	case PARAMETER_KIND_PERCENTS:
		is_read = parse_percents(text, &number);
		break;
	}
	if (name == PARAMETER_PATRON_DAY && number == LEAP_DAY)
		return false; /* every year has its patron */
	if (!is_read || number < info->least || number > info->most)
		return false;
	*ret_number = number;
	return true;
}

/* ---- Setting ---- */

static enum result check_scopes(struct decision *decision, const struct parameter_info *info)
{
	const struct command_parameter_set *input = &decision->command->input.parameter_set;
	if (input->measure.raw != 0 && (info->scopes & PARAMETER_SCOPE_M) == 0)
		return judge_field(decision, RESULT_FIELD_INVALID, "measure");
	if (input->comune.raw != 0 && (info->scopes & PARAMETER_SCOPE_C) == 0)
		return judge_field(decision, RESULT_FIELD_INVALID, "comune");
	if (input->service.raw != 0 && (info->scopes & PARAMETER_SCOPE_S) == 0)
		return judge_field(decision, RESULT_FIELD_INVALID, "service");
	return RESULT_OK;
}

/* The latest value of exactly this scope; 0: none. */
static uint32_t latest_of_scope(struct decision *decision)
{
	const struct command_parameter_set *input = &decision->command->input.parameter_set;
	const struct state *state = decision->state;
	uint32_t latest = 0;
	uint32_t id = index_first(&state->parameters_by_name,
				  parameter_key(input->name, input->ambito));
	for (; id != 0; id = index_next(&state->parameters_by_name, id)) {
		const struct parameter *value = state_parameter(state, (struct parameter_id){id});
		if (value->name == input->name && value->ambito.raw == input->ambito.raw &&
		    value->measure.raw == input->measure.raw &&
		    value->comune.raw == input->comune.raw &&
		    value->service.raw == input->service.raw && id > latest)
			latest = id;
	}
	return latest;
}

/* Sets a parameter from a day on.
 *   RESULT_OK
 *   RESULT_FIELD_INVALID    the value is not one of the parameter's; a scope that it has not
 *   RESULT_FIELD_OUT_OF_RANGE  the late window is changed for months that may be released already
 *   RESULT_ALREADY_EXISTS   a value of the same scope begins on the same day or later
 * SOURCE DOMAIN section 9: every value is versioned by validity date and by act. */
enum result parameter_set(struct decision *decision)
{
	const struct command_parameter_set *input = &decision->command->input.parameter_set;
	enum result result = check_scopes(decision, info_of(input->name));
	if (result != RESULT_OK)
		return result;
	uint32_t number = 0;
	if (!parameter_parse((enum parameter_name)input->name, JUDGE_TEXT(input->value), &number))
		return judge_field(decision, RESULT_FIELD_INVALID, "value");
	if (input->name == PARAMETER_LATE_SUBMISSION_LAST_DAY &&
	    day_less(input->valid_from, decision->today))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "valid_from");
	uint32_t latest = latest_of_scope(decision);
	const struct parameter *present =
	    state_parameter(decision->state, (struct parameter_id){latest});
	if (present != NULL && !day_less(present->valid_from, input->valid_from)) {
		decision->outcome->object = latest;
		return judge_field(decision, RESULT_ALREADY_EXISTS, "valid_from");
	}
	struct parameter_id id;
	struct parameter *value = effects_create_parameter(decision->effects, &id);
	JUDGE_COPY_TEXT(value->value, input->value);
	JUDGE_COPY_TEXT(value->act, input->act);
	value->ambito = input->ambito;
	value->measure = input->measure;
	value->comune = input->comune;
	value->service = input->service;
	value->valid_from = input->valid_from;
	value->number = number;
	value->name = input->name;
	return judge_object(decision, RESULT_OK, RECORD_KIND_PARAMETER, id.raw);
}
