/* Commands built from names of fields, for tests that go through many commands alike. */
#ifndef TESTS_UNIT_DOMAIN_COMMAND_OF_H
#define TESTS_UNIT_DOMAIN_COMMAND_OF_H

#include "tests/support/domain_fixture.h"

/* Sets a member of the command by its name, which it must have (asserted): numbers, identifiers,
 * cents, enumerations, flags, days and months by `value`; texts by `text`. */
void command_set(struct command *command, const char *name, int64_t value);
void command_set_text(struct command *command, const char *name, const char *text);

/* A command on a fiscal year of the fixture's fund, with an act where the command has one. */
struct command command_of_year(struct fixture *fixture, enum command_kind kind, enum role role,
			       uint16_t year);

/* Grants the approval that is the latest outcome's object, as another role. */
MUST_CHECK enum result command_grant(struct fixture *fixture, enum role role);

/* The command and its grant by the second role; both must succeed (asserted). */
void command_with_two(struct fixture *fixture, const struct command *command, enum role second);

#endif
