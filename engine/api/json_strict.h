/* What yajl lets pass and JSON (RFC 8259) does not have. Both readers that use it ask here: of the
 * bytes it took, and of those behind the object, where they end it themselves: it would take the
 * beginning of a text there for the end. */
#ifndef ENGINE_API_JSON_STRICT_H
#define ENGINE_API_JSON_STRICT_H

#include "engine/base/slice.h"

/* Where the first fault stands in bytes that yajl took: a vertical tab or a form feed, which it has
 * for blanks, or the escape of half a surrogate pair, for which it would write a question mark. The
 * size where there is none. */
uint32_t json_strict_fault(struct slice taken);

/* Where the first byte from `at` on stands that is no blank; the size where there is none. */
uint32_t json_strict_blanks(struct slice text, uint32_t at);

#endif
