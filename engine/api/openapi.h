/* The OpenAPI 3.1 document, made at run time from the tables that also make the structs, the JSON
 * codec and the routes: it cannot say what the daemon does not do. */
#ifndef ENGINE_API_OPENAPI_H
#define ENGINE_API_OPENAPI_H

#include "engine/api/context.h"
#include "engine/api/route.h"

#define OPENAPI_SIZE_MAX (4u * 1024u * 1024u) /* bytes of the document */

/* Writes the document as JSON. It never changes while the daemon runs: write it once at start.
 * The buffer has OPENAPI_SIZE_MAX bytes (asserted not to overflow). */
void openapi_write(struct api_buffer *buffer, const struct route_table *routes);

#endif
