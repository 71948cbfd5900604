/* Sums by group: see fold.h. */
#include "engine/api/fold.h"

#include "engine/base/assert.h"
#include "engine/base/index.h"
#include "engine/base/sort.h"

#include <stddef.h>
#include <string.h>

#define KEY_HASH_SEED UINT64_C(3)

void fold_init(struct fold *fold, struct api_buffer memory, uint32_t value_count)
{
	ASSERT(fold != NULL);
	ASSERT(value_count > 0 && value_count <= FOLD_VALUES_MAX);
	size_t skip = (16 - (uintptr_t)memory.data % 16) % 16;
	ASSERT(memory.size > skip + 4096);
	size_t size = memory.size - skip;
	uint32_t row_size =
	    (uint32_t)(offsetof(struct fold_row, values) + value_count * sizeof(int64_t));
	uint32_t slot_count = 64;
	/* Two rows (one to sort into) and at most four slots for each group. */
	while ((size_t)slot_count * 2 * sizeof(uint32_t) + (size_t)slot_count * row_size <= size)
		slot_count *= 2;
	slot_count /= 2;
	*fold = (struct fold){.slot_count = slot_count,
			      .row_size = row_size,
			      .value_count = value_count,
			      .capacity = slot_count / 2};
	fold->slots = (uint32_t *)(void *)(memory.data + skip);
	fold->rows = (unsigned char *)memory.data + skip + slot_count * sizeof(uint32_t);
	fold->scratch = fold->rows + (size_t)fold->capacity * row_size;
	ASSERT(slot_count * sizeof(uint32_t) + 2 * (size_t)fold->capacity * row_size <= size);
	memset(fold->slots, 0, slot_count * sizeof(uint32_t));
}

static struct fold_row *row_at(const struct fold *fold, uint32_t place)
{
	return (struct fold_row *)(void *)(fold->rows + (size_t)place * fold->row_size);
}

struct fold_row *fold_row(struct fold *fold, const uint32_t key[FOLD_KEYS])
{
	ASSERT(fold != NULL && key != NULL);
	const size_t key_size = FOLD_KEYS * sizeof(key[0]);
	uint32_t mask = fold->slot_count - 1;
	uint32_t slot = (uint32_t)hash64(key, key_size, KEY_HASH_SEED) & mask;
	while (fold->slots[slot] != 0) {
		struct fold_row *row = row_at(fold, fold->slots[slot] - 1);
		if (memcmp(row->key, key, key_size) == 0)
			return row;
		slot = (slot + 1) & mask;
	}
	if (fold->count == fold->capacity) {
		fold->overflow = true;
		return NULL;
	}
	struct fold_row *row = row_at(fold, fold->count++);
	memset(row, 0, fold->row_size);
	memcpy(row->key, key, key_size);
	fold->slots[slot] = fold->count;
	return row;
}

void fold_add(struct fold *fold, struct fold_row *row, uint32_t value, int64_t amount)
{
	ASSERT(fold != NULL && value < fold->value_count);
	if (row != NULL && __builtin_add_overflow(row->values[value], amount, &row->values[value]))
		fold->overflow = true;
}

void fold_add_cents(struct fold *fold, struct fold_row *row, uint32_t value, struct cents amount)
{
	fold_add(fold, row, value, amount.raw); /* raw: summed with the overflow looked at */
}

static int compare(const void *left, const void *right, const void *context)
{
	const struct fold_row *a = left;
	const struct fold_row *b = right;
	(void)context;
	for (uint32_t i = 0; i < FOLD_KEYS; i++)
		if (a->key[i] != b->key[i])
			return a->key[i] < b->key[i] ? -1 : 1;
	return 0;
}

void fold_sort(struct fold *fold)
{
	ASSERT(fold != NULL);
	struct sort_items items = {.items = fold->rows,
				   .scratch = fold->scratch,
				   .count = fold->count,
				   .item_size = fold->row_size};
	sort_stable(items, compare, NULL);
}

const struct fold_row *fold_at(const struct fold *fold, uint32_t place)
{
	ASSERT(fold != NULL && place < fold->count);
	return row_at(fold, place);
}
