/* Texts that may stand once in a file: a set of slices over memory of an arena. Pure. */
#ifndef CONNECTORS_FORMAT_ONCE_H
#define CONNECTORS_FORMAT_ONCE_H

#include "engine/base/arena.h"

#define ONCE_SLOT_SIZE 16u /* bytes; two slots for each text */

struct once {
	struct slice *slots;
	uint32_t slot_count;
	uint32_t count;
};

/* An empty set for `most` texts. False: the arena is too small. */
MUST_CHECK bool once_init(struct once *once, struct arena *arena, uint32_t most);

/* Adds a text, which is borrowed. False: it was there already. The empty text is never there. */
MUST_CHECK bool once_add(struct once *once, struct slice text);

#endif
