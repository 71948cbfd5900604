/* The age of what waits: see age.h. */
#include "engine/ledger/age.h"

#include <stdbool.h>
#include <stddef.h>

static struct age_mark *mark_at(struct age *age, uint32_t index)
{
	ASSERT(index <= age->count && age->count <= AGE_MARKS);
	return &age->marks[(age->first + index) % AGE_MARKS];
}

/* Is it time for another mark, and room? */
static bool takes_mark(struct age *age, uint64_t now_ms)
{
	if (age->count == 0)
		return true;
	return age->count < AGE_MARKS &&
	       now_ms >= mark_at(age, age->count - 1)->at_ms + AGE_MARK_MS;
}

uint64_t age_covered_ms(struct age *age, const struct age_look *look)
{
	ASSERT(age != NULL && look != NULL);
	while (age->count > 0 && mark_at(age, 0)->sequence <= look->stored) {
		age->covered_ms = mark_at(age, 0)->at_ms;
		age->first = (age->first + 1) % AGE_MARKS;
		age->count--;
	}
	if (look->durable <= look->stored) {
		age->covered_ms = look->now_ms;
	} else if (takes_mark(age, look->now_ms)) {
		*mark_at(age, age->count) = (struct age_mark){look->durable, look->now_ms};
		age->count++;
	}
	return age->covered_ms;
}
