/* Co-pay bills of a month as payment positions: bills from the API, debtors from the persons file.
 * The same bills and persons give the same bytes; a bill keeps its notice number for ever. */
#ifndef CONNECTORS_COPAY_POSITIONS_H
#define CONNECTORS_COPAY_POSITIONS_H

#include "connectors/format/pagopa.h"
#include "connectors/format/persons.h"
#include "engine/base/result.h"

#include <jansson.h>

#define POSITIONS_MAX 1000000u

/* GETs a path of the API: a new reference, NULL on failure (which the function has told). */
typedef json_t *positions_fetch(void *context, const char *path);

struct positions_wanted {
	const char *month;    /* "2026-10" */
	const char *comune;   /* ISTAT code; NULL: all that the caller sees */
	const char *creditor; /* tax code of who is owed; NULL: the body that pays for the comune */
	const struct persons *persons;
	uint32_t segregation;
};

struct positions {
	struct copay_position *rows; /* in the order of the bills */
	uint32_t count;
	uint32_t paid_count; /* bills of the month of which nothing is owed any more */
	struct cents total;
	char fault[320]; /* one English sentence after a failure */
};

/* Reads the bills. RESULT_OK; RESULT_NOT_FOUND: a debtor is not in the persons file, or nobody is
 * known who is owed; RESULT_UNREACHABLE: a read failed; RESULT_CHECK_FAILED: an answer lacks what
 * was expected; RESULT_OUT_OF_MEMORY. Must be freed in every case. */
MUST_CHECK enum result positions_read(positions_fetch *fetch, void *context,
				      const struct positions_wanted *wanted,
				      struct positions *ret_positions);
void positions_free(struct positions *positions);

#endif
