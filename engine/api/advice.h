/* What the rules expect of a field, in words: for refusals that come from the rules, which know the
 * field and the result but write no sentences. The edge's own checks say more (problem.h). */
#ifndef ENGINE_API_ADVICE_H
#define ENGINE_API_ADVICE_H

#include "engine/base/result.h"
#include "engine/base/slice.h"

#include <stdint.h>

/* Bounds of the rules (INPUT_CENTS_MAX, VOUCHER_UNITS_PER_MONTH_MAX), which the edge must not
 * include; a test holds them equal. */
#define ADVICE_CENTS_MAX	   INT64_C(100000000000000)
#define ADVICE_UNITS_PER_MONTH_MAX 100000000u

struct advice {
	const char *field;
	enum result result;
	const char *words[RESULT_LANGUAGES]; /* %max: the number below */
	int64_t maximum;
};

/* The row for a field and a result; NULL: the result's title says it all. */
const struct advice *advice_of(struct slice field, enum result result);

#endif
