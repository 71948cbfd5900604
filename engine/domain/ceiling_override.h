/* Overruns that two persons authorised beforehand: how much, by which act, until when. */
#ifndef ENGINE_DOMAIN_CEILING_OVERRIDE_H
#define ENGINE_DOMAIN_CEILING_OVERRIDE_H

#include "engine/domain/ceiling.h"

/* Draws from the ceiling's overrides what leaves C150 for C140: from the one that ends first,
 * lowest id among equals. C150 must hold it (asserted). */
void ceiling_override_draw(struct effects *effects, struct ceiling_id ceiling,
			   struct cents amount);

#endif
