/* The only writer of the state. Nothing here may refuse: all checks came before. */
#ifndef ENGINE_DOMAIN_APPLY_H
#define ENGINE_DOMAIN_APPLY_H

#include "engine/domain/effects.h"
#include "engine/domain/state.h"

/* Writes one record: new when `id` is beyond the table's count, else the next after-image of the
 * same id. Keeps indexes, calendars and the zone table in step. Used by apply, by replay and by
 * loading from the store. False: the id is 0 or beyond the table's capacity (damaged input). Ids of
 * one kind arrive without gaps except for balances, whose slots are fixed. */
MUST_CHECK bool apply_record(struct state *state, enum record_kind kind, uint32_t id,
			     const void *record);

/* Takes one write back: the record as it was before (of a sparse kind: zero where it was never
 * written), or NULL for one that was new. In the reverse order of the writes, and of all writes
 * since the one to go back to: undo.h. */
void apply_undo_record(struct state *state, enum record_kind kind, uint32_t id,
		       const void *before);

/* Carries out a command's effects, after asserting that the books it touched balance:
 * every touched fund year F100 = F110 + F120 + … + F195 (F105 apart), every touched ceiling
 * C100 = C120 + C130 + C140 + C150 - OVERRUN shortfall, every touched cell U100 = sum of U.
 * SOURCE DOMAIN section 7. */
void apply_effects(struct state *state, const struct effects *effects);

/* Full sums over the whole state, slice by slice on another state or at rest:
 * sum of cells' F140 = fund year's F140, and so for F120 and F155; lines of unsettled statements =
 * F150; every identity of apply_effects. False, with the kind and id at fault. */
struct invariant_fault {
	enum record_kind kind;
	uint32_t id;
	const char *rule;
};
MUST_CHECK bool apply_check_all(const struct state *state, struct invariant_fault *ret_fault);

#endif
