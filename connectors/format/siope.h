/* The SIOPE codes in force, as a list that is loaded: the schema of orders takes any digits, the
 * treasurer does not. Pure.
 *
 * The file has one code of ten digits per line (piano dei conti level V without "U" and dots);
 * lines that are empty or begin with # say nothing. */
#ifndef CONNECTORS_FORMAT_SIOPE_H
#define CONNECTORS_FORMAT_SIOPE_H

#include "engine/base/arena.h"
#include "engine/base/sort.h"

struct siope {
	struct sort_pair *codes; /* rising */
	uint32_t count;
};

/* Reads the list into the arena. False, with the line: not a code, or the arena is too small. */
MUST_CHECK bool siope_read(struct siope *siope, struct arena *arena, struct slice bytes,
			   uint32_t *ret_line);

/* Is the code in the list? */
bool siope_has(const struct siope *siope, struct slice code);

#endif
