/* Sums by group, over memory the caller gives: rows of a key of six numbers and some amounts. Grows
 * to what the memory holds, then says so; never allocates. */
#ifndef ENGINE_API_FOLD_H
#define ENGINE_API_FOLD_H

#include "engine/api/context.h"
#include "engine/base/money.h"

#define FOLD_KEYS	6u
#define FOLD_VALUES_MAX 16u

struct fold_row {
	uint32_t key[FOLD_KEYS];
	int64_t values[FOLD_VALUES_MAX]; /* the first `value_count` exist */
};

struct fold {
	unsigned char *rows;
	unsigned char *scratch; /* as many rows again, for sorting */
	uint32_t *slots;	/* hash of the key -> row + 1 */
	uint32_t slot_count;	/* power of two */
	uint32_t row_size;	/* bytes */
	uint32_t value_count;
	uint32_t count;
	uint32_t capacity;
	bool overflow; /* a group did not fit, or a sum left 64 bits */
};

/* An empty fold over the buffer's memory, aligned to 16 or cut to it. */
void fold_init(struct fold *fold, struct api_buffer memory, uint32_t value_count);

/* The row of a key, made when it is new; NULL when there is no room (overflow is set). */
struct fold_row *fold_row(struct fold *fold, const uint32_t key[FOLD_KEYS]);

/* Adds to one value of a row; NULL rows are ignored. */
void fold_add(struct fold *fold, struct fold_row *row, uint32_t value, int64_t amount);
void fold_add_cents(struct fold *fold, struct fold_row *row, uint32_t value, struct cents amount);

/* Puts the rows in order of their keys; afterwards only fold_at may be used. */
void fold_sort(struct fold *fold);
const struct fold_row *fold_at(const struct fold *fold, uint32_t place);

#endif
