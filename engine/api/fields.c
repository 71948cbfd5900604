/* Fields of a command by name: see fields.h. */
#include "engine/api/fields.h"

#include "engine/api/value.h"
#include "engine/base/assert.h"

#include <stddef.h>
#include <string.h>

/* Same text as a NUL-terminated name? The first byte settles most; a NUL inside the text never
 * matches, because the name is measured as well. */
static bool is_named(const char *name, struct slice text)
{
	return name[0] == text.data[0] && strncmp(name, text.data, text.size) == 0 &&
	       strnlen(name, (size_t)text.size + 1) == text.size;
}

static bool may_be_given(const struct field *field, bool in_line)
{
	if (field->flags & FIELD_EDGE)
		return false;
	return in_line || !(field->flags & FIELD_PATH);
}

int32_t fields_find(const struct field_set *set, struct slice name, bool in_line, uint32_t hint)
{
	ASSERT(set != NULL);
	ASSERT(set->count <= FIELDS_MAX);
	if (name.size == 0)
		return -1;
	for (uint32_t i = 0; i < set->count; i++) {
		uint32_t at = hint + i < set->count ? hint + i : (hint + i) % set->count;
		if (is_named(set->fields[at].name, name))
			return may_be_given(&set->fields[at], in_line) ? (int32_t)at : -1;
	}
	return -1;
}

int32_t fields_find_quoted(const struct field_set *set, struct slice text, bool in_line,
			   uint32_t hint)
{
	ASSERT(set != NULL && hint <= set->count);
	uint32_t at = hint;
	for (uint32_t i = 0; i < set->count; i++, at++) {
		if (at >= set->count)
			at = 0;
		const struct field *field = &set->fields[at];
		uint32_t size = field->name_size;
		if (text.size <= size || text.data[0] != field->name[0] || text.data[size] != '"' ||
		    memcmp(text.data, field->name, size) != 0)
			continue;
		return may_be_given(field, in_line) ? (int32_t)at : -1;
	}
	return -1;
}

const struct field *fields_missing(const struct command_info *info, uint32_t seen, bool in_line)
{
	ASSERT(info != NULL);
	uint32_t missing = (info->required | (in_line ? info->in_path : 0u)) & ~seen;
	return missing == 0 ? NULL : &info->set.fields[__builtin_ctz(missing)];
}

const struct command_info *fields_begin(const struct api_request *request, uint8_t command_kind,
					struct command *ret_command)
{
	ASSERT(request != NULL && ret_command != NULL);
	const struct command_info *info = command_info(command_kind);
	ASSERT(info != NULL);
	memset(ret_command, 0, offsetof(struct command, input) + info->set.struct_size);
	ret_command->kind = command_kind;
	ret_command->principal = request->caller;
	return info;
}

enum result fields_of_path(const struct api_request *request, const struct route *route,
			   struct command *command, struct api_problem *ret_problem)
{
	ASSERT(route != NULL && command != NULL);
	ASSERT(ret_problem != NULL);
	const struct field_set *set = &command_info(command->kind)->set;
	uint32_t taken = 0;
	for (uint32_t i = 0; i < set->count; i++) {
		const struct field *field = &set->fields[i];
		if (!(field->flags & FIELD_PATH))
			continue;
		ASSERT(taken < route->parameter_count);
		enum result result = value_parse(request, field, route->parameters[taken++],
						 &command->input, ret_problem);
		if (result == RESULT_OK)
			continue;
		/* Whatever is wrong with it, nothing lies there. */
		ret_problem->result = RESULT_NOT_FOUND;
		problem_point(ret_problem, slice_from_text(field->name));
		return RESULT_NOT_FOUND;
	}
	ASSERT(taken == route->parameter_count);
	return RESULT_OK;
}
