/* Roles that a comune lends, by act and between two dates, to the same role of another comune, to
 * the coordinator of a sub-ambito or to the consortium: small comuni cannot staff four eyes.
 * Duties stay separate per person: who asked an act never grants it, in whatever role.
 * SOURCE DOMAIN section 6, rule 10. */
#ifndef ENGINE_DOMAIN_DELEGATION_H
#define ENGINE_DOMAIN_DELEGATION_H

#include "engine/domain/decide.h"

/* Which roles of this comune the principal has on this day by delegation: bits 1 << role. */
uint32_t delegation_roles(const struct state *state, const struct principal *principal,
			  struct comune_id comune, struct day day);

/* Does the principal act in this role for the comune: its own, or a lent one? */
bool delegation_acts_as(const struct decision *decision, struct comune_id comune, enum role role);

#endif
