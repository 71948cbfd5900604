/* Borrowed runs of bytes: see slice.h. */
#include "engine/base/slice.h"

#include "engine/base/assert.h"

#include <string.h>

struct slice slice_from_text(const char *text)
{
	ASSERT(text != NULL);
	size_t size = strlen(text);
	ASSERT(size <= UINT32_MAX);
	return (struct slice){.data = text, .size = (uint32_t)size};
}

struct slice slice_from_padded(const char *member, uint32_t size)
{
	uint32_t used = 0;
	ASSERT(member != NULL);
	while (used < size && member[used] != '\0')
		used++;
	return (struct slice){.data = member, .size = used};
}

bool slice_equals(struct slice left, struct slice right)
{
	if (left.size != right.size)
		return false;
	return left.size == 0 || memcmp(left.data, right.data, left.size) == 0;
}

bool slice_equals_text(struct slice left, const char *right)
{
	return slice_equals(left, slice_from_text(right));
}
