/* See histogram.h. */
#include "bench/support/histogram.h"

#include <string.h>

#define PER_OCTAVE (UINT64_C(1) << HISTOGRAM_BITS)

void histogram_init(struct histogram *histogram)
{
	memset(histogram, 0, sizeof(*histogram));
	histogram->least = UINT64_MAX;
}

/* The octave and, in it, the leading bits after the first. */
static uint32_t slot_of(uint64_t value)
{
	if (value < PER_OCTAVE)
		return (uint32_t)value;
	uint32_t shift = 63u - (uint32_t)__builtin_clzll(value) - HISTOGRAM_BITS;
	return ((shift + 1) << HISTOGRAM_BITS) + (uint32_t)((value >> shift) - PER_OCTAVE);
}

/* The largest value that falls into a slot. */
static uint64_t top_of(uint32_t slot)
{
	if (slot < PER_OCTAVE)
		return slot;
	uint32_t shift = (slot >> HISTOGRAM_BITS) - 1;
	uint64_t base = PER_OCTAVE + (slot & (PER_OCTAVE - 1));
	return (base << shift) + ((UINT64_C(1) << shift) - 1);
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
	histogram->count++;
	histogram->sum += value;
	if (value < histogram->least)
		histogram->least = value;
	if (value > histogram->most)
		histogram->most = value;
	histogram->slots[slot_of(value)]++;
}

uint64_t histogram_at(const struct histogram *histogram, uint64_t parts, uint64_t whole)
{
	/* How many must not exceed it, rounded up, at least one. */
	uint64_t wanted = histogram->count / whole * parts +
			  (histogram->count % whole * parts + whole - 1) / whole;
	uint64_t seen = 0;
	if (wanted == 0)
		wanted = 1;
	for (uint32_t slot = 0; slot < HISTOGRAM_SLOTS; slot++) {
		seen += histogram->slots[slot];
		if (seen >= wanted) {
			uint64_t top = top_of(slot);
			return top < histogram->most ? top : histogram->most;
		}
	}
	return histogram->most;
}

uint64_t histogram_mean(const struct histogram *histogram)
{
	return histogram->count == 0 ? 0 : histogram->sum / histogram->count;
}
