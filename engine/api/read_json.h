/* A JSON body to a command, by the field tables of schemas/commands.def.
 *
 * One pass (yajl, SAX; plain objects in place, decision 0062). Strict: one object, UTF-8, no
 * duplicate and no unknown field, nothing after it, integers exact from their digits, nesting and
 * sizes bounded. The first fault ends it and is told with its place. The types are those of
 * base/field.h. */
#ifndef ENGINE_API_READ_JSON_H
#define ENGINE_API_READ_JSON_H

#include "engine/api/context.h"
#include "engine/api/problem.h"
#include "engine/api/route.h"
#include "engine/domain/command.h"

#define READ_JSON_MEMORY (96u * 1024u) /* arena bytes that must be free; given back at the end */

/* Reads the body of ROUTE_COMMAND or ROUTE_CHECK. An empty body stands for {}. Fields of the path
 * come from the route. On success the command has its principal, its inputs and, when the request
 * has a key, key_hash and request_hash; EDGE fields are zero and are the caller's to fill.
 * On failure (the result also stands in ret_problem) ret_command is undefined.
 * RESULT_OK, MALFORMED_JSON, UNKNOWN_FIELD, DUPLICATE_FIELD, FIELD_MISSING, FIELD_INVALID,
 * FIELD_OUT_OF_RANGE, UNKNOWN_REFERENCE, NOT_FOUND (identifier in the path), AMBIGUOUS_LOCAL_TIME,
 * NONEXISTENT_LOCAL_TIME, VOUCHER_CODE_UNKNOWN, OVERLOADED (the arena is full). */
MUST_CHECK enum result read_json_command(const struct api_request *request,
					 const struct route *route, struct slice body,
					 struct command *ret_command,
					 struct api_problem *ret_problem);

/* The same for one line of a batch: fields of the path stand in the object, beside the line's `id`,
 * which lies in the text or in the arena of the request. `line` is told in problems. When the line
 * could be read far enough, *ret_line_id is set even if the result is a failure. */
MUST_CHECK enum result read_json_line(const struct api_request *request, uint8_t command_kind,
				      struct slice text, uint32_t line, struct slice *ret_line_id,
				      struct command *ret_command, struct api_problem *ret_problem);

#endif
