/* JSON Schemas of the OpenAPI document, from the field tables: what a command takes, what a record
 * shows, what an answer says. */
#ifndef ENGINE_API_OPENAPI_SCHEMA_H
#define ENGINE_API_OPENAPI_SCHEMA_H

#include "engine/api/json.h"
#include "engine/api/route.h"

/* The schema of one field as a request gives it, or as a view shows it (`is_input`). */
void openapi_schema_field(struct json *json, const struct field *field, bool is_input);

/* An example of a field's value; nothing is written for fields that requests cannot give. */
void openapi_schema_example(struct json *json, const struct field *field);

/* An example body of a command: its required fields; for a batch line with `id` and path fields. */
void openapi_schema_command_example(struct json *json, const struct command_info *info,
				    bool in_line);

/* Every schema under components: commands, lines, records, details, outcomes, problem, pages. */
void openapi_schema_components(struct json *json, const struct route_table *routes);

/* Does a body of this command name codes or local times, so that 422 may be the answer? */
bool openapi_schema_may_be_unprocessable(const struct command_info *info);

/* May this act wait for a second person, so that 202 with an approval may be the answer? */
bool openapi_schema_waits(uint8_t command);
/* Does it always? Then the act itself is answered by the second person's grant. */
bool openapi_schema_always_waits(uint8_t command);

/* {"$ref": "#/components/schemas/<first><second>"}. */
void openapi_schema_reference(struct json *json, const char *first, const char *second);

#endif
