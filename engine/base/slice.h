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

/* The text of a NUL-padded member: up to the first NUL, at most `size` bytes. Borrowed. */
struct slice slice_from_padded(const char *member, uint32_t size);
#define SLICE_OF(member) slice_from_padded((member), (uint32_t)sizeof(member))

/* Same bytes? */
bool slice_equals(struct slice left, struct slice right);
bool slice_equals_text(struct slice left, const char *right);

#endif
