/* The age of what waits: how long ago the oldest entry that is durable and not in the store became
 * so.
 *
 * While much comes there is no moment at which the store holds all that is durable. So marks are
 * taken on the way: at this time the journal reached that sequence. Once the store has reached a
 * mark's sequence, it holds all that was durable at the mark's time.
 *
 * Invariant: the age told is never less than the true one, and more by no longer than between two
 * looks, at least AGE_MARK_MS, as long as there is room for marks (AGE_MARKS of them). */
#ifndef ENGINE_LEDGER_AGE_H
#define ENGINE_LEDGER_AGE_H

#include "engine/base/assert.h"

#include <stdint.h>

#define AGE_MARKS   256u
#define AGE_MARK_MS 100u /* between two marks: together longer than anything may wait */

struct age_mark {
	uint64_t sequence; /* nothing behind it was durable */
	uint64_t at_ms;    /* at this time */
};

/* Of one thread. Zero-filled but for covered_ms, which is the time of the beginning. */
struct age {
	struct age_mark marks[AGE_MARKS]; /* a ring; sequences and times rise */
	uint32_t first;
	uint32_t count;
	uint64_t covered_ms; /* what was durable then is in the store */
};

/* How it stands: look at the clock first, then at the journal. */
struct age_look {
	uint64_t now_ms;
	uint64_t durable; /* last sequence in the journal */
	uint64_t stored;  /* last sequence in the store */
};

/* Takes a look, as often as you like: at least once in every second. Returns `covered_ms`, which
 * never falls. */
uint64_t age_covered_ms(struct age *age, const struct age_look *look);

#endif
