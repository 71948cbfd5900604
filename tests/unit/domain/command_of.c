/* Commands by names of fields: see command_of.h. */
#include "tests/unit/domain/command_of.h"

#include <stdio.h>
#include <string.h>

static const struct field *field_of(const struct command *command, const char *name)
{
	return field_find(&command_info(command->kind)->set, slice_from_text(name));
}

void command_set(struct command *command, const char *name, int64_t value)
{
	const struct field *field = field_of(command, name);
	ASSERT(field != NULL && field->type != FIELD_TEXT);
	memcpy((unsigned char *)&command->input + field->offset, &value, field->size);
}

void command_set_text(struct command *command, const char *name, const char *text)
{
	const struct field *field = field_of(command, name);
	ASSERT(field != NULL && field->type == FIELD_TEXT);
	ASSERT(strlen(text) <= field->size);
	memcpy((unsigned char *)&command->input + field->offset, text, strlen(text));
}

struct command command_of_year(struct fixture *fixture, enum command_kind kind, enum role role,
			       uint16_t year)
{
	struct command command = fixture_command(kind, fixture->role[role]);
	command_set(&command, "fund", fixture->fund.raw);
	command_set(&command, "year", year);
	if (field_of(&command, "act") != NULL)
		command_set_text(&command, "act", "DEL-7");
	return command;
}

enum result command_grant(struct fixture *fixture, enum role role)
{
	struct command grant =
	    fixture_command(COMMAND_KIND_APPROVAL_GRANT, fixture->role[role]);
	ASSERT(fixture->last.object_kind == RECORD_KIND_APPROVAL);
	grant.input.approval_grant.approval.raw = fixture->last.object;
	return fixture_result(fixture, &grant);
}

void command_with_two(struct fixture *fixture, const struct command *command, enum role second)
{
	enum result result = fixture_result(fixture, command);
	if (result != RESULT_APPROVAL_PENDING)
		(void)fprintf(stderr, "%s: %s\n", command_info(command->kind)->name,
			      result_code(result));
	ASSERT(result == RESULT_APPROVAL_PENDING);
	result = command_grant(fixture, second);
	if (result != RESULT_OK)
		(void)fprintf(stderr, "%s granted: %s\n", command_info(command->kind)->name,
			      result_code(result));
	ASSERT(result == RESULT_OK);
}
