/* A bump allocator over caller memory: see arena.h. Invariant: used <= size, and used is a multiple
 * of the alignment unless the arena is full to the last byte. */
#include "engine/base/arena.h"

#include "engine/base/assert.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

static_assert((ARENA_ALIGNMENT & (ARENA_ALIGNMENT - 1)) == 0, "a power of two");

void arena_init(struct arena *arena, void *memory, size_t size)
{
	ASSERT(arena != NULL);
	ASSERT(memory != NULL);
	ASSERT((uintptr_t)memory % ARENA_ALIGNMENT == 0);
	*arena = (struct arena){.base = memory, .size = size, .used = 0};
}

size_t arena_free(const struct arena *arena)
{
	ASSERT(arena != NULL);
	ASSERT(arena->used <= arena->size);
	return arena->size - arena->used;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	ASSERT(arena != NULL && arena->used <= arena->size);
	size_t used = arena->used;
	if (size > arena->size - used)
		return NULL;
	size_t end = (used + size + ARENA_ALIGNMENT - 1) & ~((size_t)ARENA_ALIGNMENT - 1);
	/* The padding of the last allocation may not exist any more. */
	arena->used = end < arena->size ? end : arena->size;
	return arena->base + used;
}

void *arena_alloc_zeroed(struct arena *arena, size_t count, size_t item_size)
{
	size_t size;
	if (__builtin_mul_overflow(count, item_size, &size))
		return NULL;
	void *memory = arena_alloc(arena, size);
	if (memory != NULL)
		memset(memory, 0, size);
	return memory;
}

bool arena_copy(struct arena *arena, struct slice source, struct slice *ret_copy)
{
	ASSERT(ret_copy != NULL);
	if (source.size > 0)
		ASSERT(source.data != NULL);
	char *memory = arena_alloc(arena, source.size);
	if (memory == NULL)
		return false;
	if (source.size > 0)
		memcpy(memory, source.data, source.size);
	*ret_copy = (struct slice){.data = memory, .size = source.size};
	return true;
}

void arena_reset(struct arena *arena)
{
	ASSERT(arena != NULL);
	ASSERT(arena->used <= arena->size);
	arena->used = 0;
}

size_t arena_mark(const struct arena *arena)
{
	ASSERT(arena != NULL);
	return arena->used;
}

void arena_rewind(struct arena *arena, size_t mark)
{
	ASSERT(arena != NULL);
	ASSERT(mark <= arena->used);
	arena->used = mark;
}
