/* Counts of durations, exact to 1 part in 128, in fixed memory: the layout of HDR histograms, in
 * whole numbers only.
 *
 * A value below 128 has a slot of its own; a larger one falls into one of 128 equal slots between
 * two powers of two. Percentiles are the largest value of their slot, never less than what was
 * measured, and at most 0.8 percent more. */
#ifndef BENCH_SUPPORT_HISTOGRAM_H
#define BENCH_SUPPORT_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BITS  7u
#define HISTOGRAM_SLOTS ((64u - HISTOGRAM_BITS + 1u) << HISTOGRAM_BITS)

struct histogram {
	uint64_t count;
	uint64_t sum;
	uint64_t least; /* UINT64_MAX while empty */
	uint64_t most;
	uint64_t slots[HISTOGRAM_SLOTS];
};

void histogram_init(struct histogram *histogram);

void histogram_add(struct histogram *histogram, uint64_t value);

/* The value that `parts` of `whole` of all values do not exceed (99 of 100, 999 of 1000); never
 * more than the largest value. 0 while empty. */
uint64_t histogram_at(const struct histogram *histogram, uint64_t parts, uint64_t whole);

/* The mean, rounded down; 0 while empty. */
uint64_t histogram_mean(const struct histogram *histogram);

#endif
