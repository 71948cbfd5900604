/* Texts that may stand once: see once.h. */
#include "connectors/format/once.h"

static_assert(sizeof(struct slice) <= ONCE_SLOT_SIZE, "a slot holds a slice");

bool once_init(struct once *once, struct arena *arena, uint32_t most)
{
	ASSERT(once != NULL && arena != NULL);
	size_t slots = 2 * (size_t)most + 1;
	*once = (struct once){.slots = arena_alloc_zeroed(arena, slots, sizeof(struct slice))};
	once->slot_count = (uint32_t)slots;
	return once->slots != NULL && slots <= UINT32_MAX;
}

bool once_add(struct once *once, struct slice text)
{
	ASSERT(once != NULL && once->slots != NULL);
	if (text.size == 0)
		return true;
	uint32_t hash = 2166136261u; /* FNV-1a */
	for (uint32_t i = 0; i < text.size; i++)
		hash = (hash ^ (uint8_t)text.data[i]) * 16777619u;
	uint32_t slot = hash % once->slot_count;
	while (once->slots[slot].size > 0) {
		if (slice_equals(once->slots[slot], text))
			return false;
		slot = slot + 1 == once->slot_count ? 0 : slot + 1;
	}
	ASSERT(once->count < once->slot_count / 2);
	once->slots[slot] = text;
	once->count++;
	return true;
}
