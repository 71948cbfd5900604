/* Going back: what a run of commands wrote is remembered, so that all of it can be taken back where
 * a later one of them may not stand (a batch of all or nothing).
 *
 *	undo_begin(&undo, state);
 *	for each command: decide, undo_note(&undo, effects), apply_effects
 *	undo_all(&undo) takes back everything since undo_begin; or forget it: it stands */
#ifndef ENGINE_DOMAIN_UNDO_H
#define ENGINE_DOMAIN_UNDO_H

#include "engine/domain/effects.h"

#define UNDO_MEMORY_SIZE (16u * 1024u * 1024u)

struct undo {
	struct state *state;
	unsigned char *memory;
	uint32_t used;                       /* bytes */
	uint32_t last;                       /* place of the latest note + 1; 0: none */
	uint32_t counts[RECORD_KIND_MAX + 1]; /* of sparse kinds, when it began */
};

/* Over `memory` of UNDO_MEMORY_SIZE bytes, aligned to 16, which stays the caller's. */
void undo_init(struct undo *undo, void *memory);

void undo_begin(struct undo *undo, struct state *state);

/* Remembers what the effects are about to change. False: the memory is full, nothing was noted. */
MUST_CHECK bool undo_note(struct undo *undo, const struct effects *effects);

/* Takes back, latest first. */
void undo_all(struct undo *undo);

#endif
