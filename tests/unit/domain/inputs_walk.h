/* The static rules as a walk over the field tables, one field after the other: what the straight
 * code of inputs.c and references.c is held against. */
#ifndef TESTS_UNIT_DOMAIN_INPUTS_WALK_H
#define TESTS_UNIT_DOMAIN_INPUTS_WALK_H

#include "engine/domain/references.h"
#include "tests/unit/domain/expect.h"

#define INPUTS_WALK_REFERENCES_MAX 1024u

/* As inputs_check_fields; the field at fault goes to *ret_field, NULL when there is none. */
enum result inputs_walk_fields(const struct command *command, const struct field **ret_field);

/* Every identifier given, in the order of the definition; returns how many. */
uint32_t inputs_walk_references(const struct command *command,
				struct reference ret_references[INPUTS_WALK_REFERENCES_MAX]);

/* As inputs_check_references; the field at fault goes to *ret_field, NULL when there is none. */
enum result inputs_walk_places(const struct state *state, const struct command *command,
			       const struct field **ret_field);

#endif
