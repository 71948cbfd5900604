/* Sorting without recursion or allocation: see sort.h. */
#include "engine/base/sort.h"

#include "engine/base/assert.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define RADIX_BITS   8u
#define RADIX_VALUES 256u
#define RADIX_PASSES 8u

static_assert(RADIX_BITS * RADIX_PASSES == 64, "the passes cover a key");

/* ---- Merge sort ---- */

struct order {
	int (*compare)(const void *left, const void *right, const void *context);
	const void *context;
	size_t item_size;
};

/* Two neighbouring sorted runs, [begin, middle) and [middle, end), in items. */
struct runs {
	size_t begin;
	size_t middle;
	size_t end;
};

/* Merges two runs of `from` into the same places of `into`; the left run wins ties. */
static void merge(const unsigned char *from, unsigned char *into, struct runs runs,
		  const struct order *order)
{
	ASSERT(runs.begin <= runs.middle);
	ASSERT(runs.middle <= runs.end);
	size_t item_size = order->item_size;
	size_t left = runs.begin;
	size_t right = runs.middle;
	for (size_t at = runs.begin; at < runs.end; at++) {
		bool take_left = right == runs.end;
		if (left < runs.middle && right < runs.end) {
			const void *first = from + left * item_size;
			const void *second = from + right * item_size;
			take_left = order->compare(first, second, order->context) <= 0;
		}
		size_t source = take_left ? left++ : right++;
		memcpy(into + at * item_size, from + source * item_size, item_size);
	}
	ASSERT(left == runs.middle);
	ASSERT(right == runs.end);
}

static size_t smaller(size_t left, size_t right)
{
	return left < right ? left : right;
}

void sort_stable(struct sort_items items,
		 int (*compare)(const void *left, const void *right, const void *context),
		 const void *context)
{
	ASSERT(compare != NULL);
	ASSERT(items.item_size > 0);
	if (items.count < 2)
		return;
	ASSERT(items.items != NULL);
	ASSERT(items.scratch != NULL);
	struct order order = {
	    .compare = compare,
	    .context = context,
	    .item_size = items.item_size,
	};
	unsigned char *from = items.items;
	unsigned char *into = items.scratch;
	size_t count = items.count;

	for (size_t width = 1; width < count; width *= 2) {
		for (size_t begin = 0; begin < count; begin += 2 * width) {
			struct runs runs = {
			    .begin = begin,
			    .middle = smaller(begin + width, count),
			    .end = smaller(begin + 2 * width, count),
			};
			merge(from, into, runs, &order);
		}
		unsigned char *sorted = into;
		into = from;
		from = sorted;
	}
	if (from != items.items)
		memcpy(items.items, from, count * items.item_size);
}

/* ---- Radix sort ---- */

static uint32_t digit_of(uint64_t key, uint32_t pass)
{
	return (uint32_t)(key >> (pass * RADIX_BITS)) & (RADIX_VALUES - 1);
}

/* Turns how often each digit occurs into where its first pair goes. */
static void digit_places(uint32_t counts[RADIX_VALUES], uint32_t total)
{
	uint32_t place = 0;
	for (uint32_t digit = 0; digit < RADIX_VALUES; digit++) {
		uint32_t count = counts[digit];
		counts[digit] = place;
		place += count;
	}
	ASSERT(place == total);
}

/* The bits that keys differ in; 0 where the pairs are in order already. */
static uint64_t bits_to_sort(const struct sort_pair *pairs, uint32_t count)
{
	uint64_t differs = 0;
	bool sorted = true;
	for (uint32_t i = 1; i < count; i++) {
		differs |= pairs[i].key ^ pairs[0].key;
		sorted = sorted && pairs[i - 1].key <= pairs[i].key;
	}
	return sorted ? 0 : differs;
}

/* One pass of the sort: stable, by one digit. */
static void sort_by_digit(
	const struct sort_pair *from, struct sort_pair *into, uint32_t count, uint32_t pass)
{
	uint32_t counts[RADIX_VALUES] = {0};
	for (uint32_t i = 0; i < count; i++)
		counts[digit_of(from[i].key, pass)]++;
	digit_places(counts, count);
	for (uint32_t i = 0; i < count; i++)
		into[counts[digit_of(from[i].key, pass)]++] = from[i];
}

void sort_pairs(struct sort_pair *pairs, struct sort_pair *scratch, uint32_t count)
{
	if (count < 2)
		return;
	ASSERT(pairs != NULL);
	ASSERT(scratch != NULL);
	uint64_t differs = bits_to_sort(pairs, count);
	struct sort_pair *from = pairs;
	struct sort_pair *into = scratch;
	for (uint32_t pass = 0; pass < RADIX_PASSES; pass++) {
		if (digit_of(differs, pass) == 0)
			continue;
		sort_by_digit(from, into, count, pass);
		struct sort_pair *sorted = into;
		into = from;
		from = sorted;
	}
	if (from != pairs)
		memcpy(pairs, from, (size_t)count * sizeof(pairs[0]));
}
