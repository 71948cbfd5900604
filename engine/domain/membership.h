/* Graduality: comuni join a measure one by one, each from a day, with its share (SR14). */
#ifndef ENGINE_DOMAIN_MEMBERSHIP_H
#define ENGINE_DOMAIN_MEMBERSHIP_H

#include "engine/domain/effects.h"

/* May a title of the measure be given for the comune from this day? A measure that no comune ever
 * joined is open to all. */
bool membership_holds(struct effects *effects, struct measure_id measure, struct comune_id comune,
		      struct day day);

/* The share that the comune bears on the day, in basis points; 0: not a member, or none stated. */
uint16_t membership_share(struct effects *effects, struct measure_id measure,
			  struct comune_id comune, struct day day);

#endif
