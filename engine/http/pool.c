/* See pool.h. */
#include "engine/http/pool.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define POOL_SLAB_SIZE (64u * 1024u)

/* What stands before a block. */
struct pool_block {
	_Alignas(max_align_t) size_t size; /* bytes behind this */
	struct pool_block *next;	   /* while it is free */
};

struct pool_slab {
	_Alignas(max_align_t) struct pool_slab *next;
};

static_assert(POOL_LEAST >= 2 * sizeof(struct pool_block), "the smallest has room for something");
static_assert(POOL_LEAST % _Alignof(max_align_t) == 0, "blocks lie one behind the other");

/* POOL_CLASSES: larger than any. `size` with what stands before it. */
static uint32_t class_of(size_t size)
{
	uint32_t class = 0;

	while (class < POOL_CLASSES && (size_t)POOL_LEAST << class < size)
		class++;
	return class;
}

static struct pool_block *block_of(void *memory)
{
	return (struct pool_block *)memory - 1;
}

/* A new block of a slab. */
static struct pool_block *carve(struct pool *pool, size_t size)
{
	struct pool_block *block;

	if (pool->fresh_size < size) {
		struct pool_slab *slab = malloc(POOL_SLAB_SIZE);

		if (slab == NULL)
			return NULL;
		slab->next = pool->slabs;
		pool->slabs = slab;
		pool->fresh = (char *)(slab + 1);
		pool->fresh_size = POOL_SLAB_SIZE - sizeof(*slab);
	}
	block = (struct pool_block *)(void *)pool->fresh;
	pool->fresh += size;
	pool->fresh_size -= size;
	return block;
}

void *pool_take(struct pool *pool, size_t size)
{
	size_t whole;
	uint32_t class;
	struct pool_block *block;

	if (__builtin_add_overflow(size, sizeof(*block), &whole))
		return NULL;
	class = class_of(whole);
	if (class == POOL_CLASSES) {
		block = malloc(whole);
	} else {
		whole = (size_t)POOL_LEAST << class;
		block = pool->free[class];
		if (block != NULL)
			pool->free[class] = block->next;
		else
			block = carve(pool, whole);
	}
	if (block == NULL)
		return NULL;
	block->size = whole - sizeof(*block);
	return block + 1;
}

void *pool_take_zero(struct pool *pool, size_t count, size_t size)
{
	size_t all;
	void *memory;

	if (__builtin_mul_overflow(count, size, &all))
		return NULL;
	memory = pool_take(pool, all);
	if (memory != NULL)
		memset(memory, 0, all);
	return memory;
}

void pool_give(struct pool *pool, void *memory)
{
	struct pool_block *block;
	uint32_t class;

	if (memory == NULL)
		return;
	block = block_of(memory);
	class = class_of(block->size + sizeof(*block));
	if (class == POOL_CLASSES) {
		free(block);
		return;
	}
	block->next = pool->free[class];
	pool->free[class] = block;
}

void *pool_grow(struct pool *pool, void *memory, size_t size)
{
	void *grown;

	if (memory != NULL && size <= block_of(memory)->size)
		return memory;
	grown = pool_take(pool, size);
	if (grown == NULL)
		return NULL;
	if (memory != NULL)
		memcpy(grown, memory, block_of(memory)->size);
	pool_give(pool, memory);
	return grown;
}

void pool_close(struct pool *pool)
{
	while (pool->slabs != NULL) {
		struct pool_slab *slab = pool->slabs;

		pool->slabs = slab->next;
		free(slab);
	}
	memset(pool, 0, sizeof(*pool));
}
