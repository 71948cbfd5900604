/* Growing rows of numbers: see numbers.h. */
#include "engine/audit/numbers.h"

#include <stdlib.h>
#include <string.h>

int64_t *numbers_at(struct numbers *numbers, size_t index)
{
	if (index >= numbers->count) {
		size_t count = numbers->count == 0 ? 64 : numbers->count;
		while (count <= index)
			count *= 2;
		int64_t *grown = realloc(numbers->values, count * sizeof(int64_t));
		if (grown == NULL)
			return NULL;
		memset(grown + numbers->count, 0, (count - numbers->count) * sizeof(int64_t));
		numbers->values = grown;
		numbers->count = count;
	}
	return &numbers->values[index];
}

int64_t numbers_get(const struct numbers *numbers, size_t index)
{
	return index < numbers->count ? numbers->values[index] : 0;
}

void numbers_free(struct numbers *numbers)
{
	free(numbers->values);
	*numbers = (struct numbers){0};
}
