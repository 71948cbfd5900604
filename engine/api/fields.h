/* Gathering the fields of one command from named values, whatever carried them: which were seen,
 * which are foreign, which are missing. Shared by the JSON and the CSV readers. */
#ifndef ENGINE_API_FIELDS_H
#define ENGINE_API_FIELDS_H

#include "engine/api/context.h"
#include "engine/api/problem.h"
#include "engine/api/route.h"
#include "engine/domain/command.h"

#define FIELDS_MAX 32u /* of one command: a bit each (asserted) */

/* Place of a field that a request may give, by name; -1 when there is none. Fields of the path
 * count only where `in_line`; fields drawn by the edge never. `hint` is where to look first. */
int32_t fields_find(const struct field_set *set, struct slice name, bool in_line, uint32_t hint);

/* The same for the name that the text begins with, ended by a quote; only where it is written
 * without escapes. */
int32_t fields_find_quoted(const struct field_set *set, struct slice text, bool in_line,
			   uint32_t hint);

/* The first field that must be given and is not among `seen` (bits by place); NULL: complete. Those
 * of the path must be where `in_line`. */
const struct field *fields_missing(const struct command_info *info, uint32_t seen, bool in_line);

/* Enters kind and principal in a command and empties its input; what lies behind the input of this
 * kind is left as it was. Returns what is known of the kind. */
const struct command_info *fields_begin(const struct api_request *request, uint8_t command_kind,
					struct command *ret_command);

/* Fields of the path into the command. RESULT_OK or RESULT_NOT_FOUND, with the problem. */
MUST_CHECK enum result fields_of_path(const struct api_request *request, const struct route *route,
				      struct command *command, struct api_problem *ret_problem);

#endif
