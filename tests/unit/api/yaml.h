/* JSON to YAML, for the document that people read: block style, plain keys where they may be. */
#ifndef TESTS_UNIT_API_YAML_H
#define TESTS_UNIT_API_YAML_H

#include "engine/api/context.h"

/* Writes the YAML of a JSON text that is well formed. False: it is not, or there is no room. */
MUST_CHECK bool yaml_from_json(struct slice json, struct api_buffer *buffer);

#endif
