/* A borrowed run of bytes. `data` may be NULL only when `size` is 0. Never NUL-terminated by
 * contract. Text in a slice was validated as UTF-8 once, in api/. */
#ifndef ENGINE_BASE_SLICE_H
#define ENGINE_BASE_SLICE_H

#include <stdbool.h>
#include <stdint.h>

struct slice {
	const char *data;
	uint32_t size; /* bytes */
};

/* The slice over a NUL-terminated text. */
struct slice slice_from_text(const char *text);

/* Same bytes? */
bool slice_equals(struct slice left, struct slice right);
bool slice_equals_text(struct slice left, const char *right);

#endif
