/* The bounded queue of D. Vyukov, with one consumer: see ring.h. */
#include "engine/pipeline/ring.h"

#include <stdlib.h>

enum result ring_open(struct ring *ring, uint32_t size)
{
	ASSERT(ring != NULL);
	ASSERT(size >= 2 && (size & (size - 1)) == 0);
	struct ring_cell *cells = calloc(size, sizeof(*cells));
	if (cells == NULL)
		return RESULT_OUT_OF_MEMORY;
	for (uint64_t i = 0; i < size; i++)
		atomic_init(&cells[i].turn, i);
	ring->cells = cells;
	ring->mask = size - 1;
	atomic_init(&ring->tail, 0);
	atomic_init(&ring->head, 0);
	return RESULT_OK;
}

void ring_close(struct ring *ring)
{
	ASSERT(ring != NULL);
	free(ring->cells);
	ring->cells = NULL;
}

bool ring_push(struct ring *ring, void *item)
{
	ASSERT(ring != NULL && item != NULL);
	uint64_t place = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	for (;;) {
		struct ring_cell *cell = &ring->cells[place & ring->mask];
		uint64_t turn = atomic_load_explicit(&cell->turn, memory_order_acquire);
		if (turn < place)
			return false; /* still unread since the last round */
		if (turn > place) { /* another producer was faster */
			place = atomic_load_explicit(&ring->tail, memory_order_relaxed);
			continue;
		}
		if (!atomic_compare_exchange_weak_explicit(&ring->tail, &place, place + 1,
			memory_order_relaxed, memory_order_relaxed))
			continue;
		cell->item = item;
		atomic_store_explicit(&cell->turn, place + 1, memory_order_release);
		return true;
	}
}

void *ring_pop(struct ring *ring)
{
	ASSERT(ring != NULL);
	uint64_t place = atomic_load_explicit(&ring->head, memory_order_relaxed);
	struct ring_cell *cell = &ring->cells[place & ring->mask];
	uint64_t turn = atomic_load_explicit(&cell->turn, memory_order_acquire);
	if (turn != place + 1)
		return NULL;
	void *item = cell->item;
	atomic_store_explicit(&cell->turn, place + ring->mask + 1, memory_order_release);
	atomic_store_explicit(&ring->head, place + 1, memory_order_relaxed);
	ASSERT(item != NULL);
	return item;
}

uint32_t ring_depth(const struct ring *ring)
{
	ASSERT(ring != NULL);
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	return tail > head ? (uint32_t)(tail - head) : 0;
}
