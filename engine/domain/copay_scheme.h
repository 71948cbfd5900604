/* Co-pay schemes (regolamenti di compartecipazione) as data: what a unit of service costs a person
 * of a given ISEE.
 *
 * A scheme is a list of rules by rising ISEE, of one family:
 *   BRACKETS_LINEAR, FLAT, LINEAR  inside [from, to] the tariff goes in a straight line from the
 *                                  first amount to the second; below the first rule and above the
 *                                  last one it stays at its end; an ISEE in the gap between two
 *                                  rules (3.000,50 of "0-3.000" and "3.001-7.500") counts as the
 *                                  beginning of the second. No `to`: open upwards.
 *   PIECEWISE                      points (ISEE, tariff) joined by straight lines, flat outside.
 *   PERCENT_COVERED                the same lines, but of the part of the gross that the ambito
 *                                  pays, in basis points.
 *   ISEE_MISSING                   beside any family: what holds without an ISEE.
 * The tariff of an ISEE is rounded half-up to whole cents (or basis points), then each record is
 * rounded by itself: VERDELLO at 12.400 is 18,68 x 9.400 / 27.000 = 6,50 an hour, and 75' are 8,13.
 * Rules never change: a new regulation is a new scheme, adopted from a day by an ambito or by one
 * of its comuni, for one measure or service or for all; the most exact adoption in force counts.
 * SOURCE copay_schemes.csv; DOMAIN sections 4.3 and 8; SCENARIOS, fixture. */
#ifndef ENGINE_DOMAIN_COPAY_SCHEME_H
#define ENGINE_DOMAIN_COPAY_SCHEME_H

#include "engine/domain/parameter.h"

/* What a scheme asks of somebody. */
struct copay_tariff {
	struct cents per_unit; /* of an hour or a piece */
	uint16_t covered_bp;   /* PERCENT_COVERED: paid by the ambito */
	bool is_percent;
};

/* The tariff at an ISEE. The scheme must exist and be well made (asserted: commands check it). */
struct copay_tariff copay_scheme_tariff(const struct state *state, struct copay_scheme_id scheme,
					struct cents isee);

/* The tariff without an ISEE: that of the ISEE_MISSING rule, else the dearest of the others. */
struct copay_tariff copay_scheme_without_isee(const struct state *state,
					      struct copay_scheme_id scheme);

/* The adoption in force; NULL: none. One whose scheme is none ends the others. */
const struct copay_adoption *copay_scheme_in_force(const struct state *state,
						   const struct parameter_scope *scope,
						   struct day day);

/* The key of the adoptions of an ambito, for the index (apply.c). */
uint64_t copay_scheme_key(struct ambito_id ambito, struct comune_id comune);

#endif
