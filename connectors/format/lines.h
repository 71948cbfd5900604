/* Small configuration texts: lines `key = value`, # begins a line that says nothing. Pure; what is
 * given borrows from the text. */
#ifndef CONNECTORS_FORMAT_LINES_H
#define CONNECTORS_FORMAT_LINES_H

#include "engine/base/assert.h"
#include "engine/base/slice.h"

#include <stdbool.h>

/* What stands before a sign, trimmed; the rest behind it. Without the sign: all, and nothing. */
struct slice lines_cut(struct slice *rest, char sign);

/* The next line that says something; *line counts all. False: the text has ended. A line without
 * `=` is a key without value. */
MUST_CHECK bool lines_next(struct slice *rest, uint32_t *line, struct slice *ret_key,
			   struct slice *ret_value);

#endif
