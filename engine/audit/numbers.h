/* Numbers by index, in rows that grow. */
#ifndef ENGINE_AUDIT_NUMBERS_H
#define ENGINE_AUDIT_NUMBERS_H

#include <stddef.h>
#include <stdint.h>

/* Numbers by index that grow as they are asked for; zero where nothing was put. */
struct numbers {
	int64_t *values;
	size_t count;
};

/* Where number `index` stands; NULL without memory. Freed with numbers_free. */
int64_t *numbers_at(struct numbers *numbers, size_t index);
int64_t numbers_get(const struct numbers *numbers, size_t index);
void numbers_free(struct numbers *numbers);

#endif
