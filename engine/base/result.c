/* The registry of results: see result.h. The rows are compiled from schemas/results.def; the
 * switch of result_info() is made by the same table, so it cannot lag behind it. */
#include "engine/base/result.h"

#include <assert.h>
#include <stddef.h>

/* The byte of a name at a position, in lower case; 0 past its end. A constant expression, so that
 * the codes of the API are plain read-only data. */
#define NAME_AT(name, at) ((at) < sizeof(name) ? (name)[(at) < sizeof(name) ? (at) : 0] : 0)
#define CODE_AT(name, at)                                                                          \
	((char)(NAME_AT(name, at) >= 'A' && NAME_AT(name, at) <= 'Z' ? NAME_AT(name, at) + 32      \
								     : NAME_AT(name, at)))
#define CODE_EIGHT(name, at)                                                                       \
	CODE_AT(name, (at) + 0u), CODE_AT(name, (at) + 1u), CODE_AT(name, (at) + 2u),              \
	    CODE_AT(name, (at) + 3u), CODE_AT(name, (at) + 4u), CODE_AT(name, (at) + 5u),          \
	    CODE_AT(name, (at) + 6u), CODE_AT(name, (at) + 7u)
#define CODE(name)                                                                                 \
	{                                                                                          \
		CODE_EIGHT(name, 0u), CODE_EIGHT(name, 8u), CODE_EIGHT(name, 16u),                 \
		    CODE_EIGHT(name, 24u), CODE_EIGHT(name, 32u)                                   \
	}
static_assert(RESULT_CODE_SIZE_MAX == 40, "CODE() spells five times eight bytes");

static const struct result_info rows[] = {
#define RESULT(name, number_, status_, exit_, retryable_, kind_, title_it, title_en, remedy_it,    \
	       remedy_en)                                                                          \
	{                                                                                          \
		.result = RESULT_##name,                                                           \
		.number = (number_),                                                               \
		.status = (status_),                                                               \
		.exit = (exit_),                                                                   \
		.retryable = (retryable_),                                                         \
		.kind = RESULT_KIND_##kind_,                                                       \
		.code = CODE(#name),                                                               \
		.title = {title_it, title_en},                                                     \
		.remedy = {remedy_it, remedy_en},                                                  \
	},
#include "schemas/results.def"
#undef RESULT
};
static_assert(sizeof(rows) / sizeof(rows[0]) == RESULT_COUNT, "one row per result");

enum {
#define RESULT(name, ...) POSITION_##name,
#include "schemas/results.def"
#undef RESULT
};

#define RESULT(name, number, ...)                                                                  \
	static_assert((number) >= 0 && (number) <= 999, #name ": numbers have three digits");      \
	static_assert(sizeof(#name) <= RESULT_CODE_SIZE_MAX, #name ": the code is too long");
#include "schemas/results.def"
#undef RESULT

const struct result_info *result_info(enum result result)
{
	const struct result_info *info = NULL;

	switch (result) {
#define RESULT(name, ...)                                                                          \
	case RESULT_##name:                                                                        \
		info = &rows[POSITION_##name];                                                     \
		break;
#include "schemas/results.def"
#undef RESULT
	}
	ASSERT(info != NULL);
	ASSERT(info->result == result);
	return info;
}

const char *result_code(enum result result)
{
	return result_info(result)->code;
}

bool result_is_success(enum result result)
{
	return result_info(result)->kind == RESULT_KIND_OK;
}

const struct result_info *result_at(uint32_t position)
{
	ASSERT(position < RESULT_COUNT);
	return &rows[position];
}

bool result_from_code(struct slice code, enum result *ret_result)
{
	ASSERT(ret_result != NULL);
	for (uint32_t position = 0; position < RESULT_COUNT; position++) {
		if (!slice_equals_text(code, rows[position].code))
			continue;
		*ret_result = rows[position].result;
		return true;
	}
	return false;
}

bool result_from_number(uint32_t number, enum result *ret_result)
{
	ASSERT(ret_result != NULL);
	for (uint32_t position = 0; position < RESULT_COUNT; position++) {
		if (rows[position].number != number)
			continue;
		*ret_result = rows[position].result;
		return true;
	}
	return false;
}
