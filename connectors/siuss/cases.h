/* What SIUSS is told of a month: for each title and service what was delivered and what the person
 * pays of it, and each payment of a buono. A client of the API that knows nothing of how it is
 * reached.
 *
 *   struct cases_source source = {fetch, context, ""};
 *   cases_read(&source, month, &cases)
 *   cases_free(&cases)
 *
 * Amounts come from the month's statements once they are frozen (with their supplements), so that
 * what is told is what is paid. The co-pay that the body bills comes from the bills; a statement of
 * the public share alone (model A) has no more. A bill rounds each service, a statement its whole:
 * who bears all bears what the statement says, not the cents of roundings beyond it. The list is a
 * function of the records alone, sorted by title and service. */
#ifndef CONNECTORS_SIUSS_CASES_H
#define CONNECTORS_SIUSS_CASES_H

#include "engine/base/money.h"
#include "engine/base/result.h"
#include "engine/base/time.h"

#include <jansson.h>

/* GETs a path of the API: a new reference, NULL on failure (which the function has told). */
typedef json_t *cases_fetch(void *context, const char *path);

struct cases_source {
	cases_fetch *fetch;
	void *context;
	char fault[192]; /* one English sentence after a failure */
};

struct cases_row {
	char title[16];	      /* public number */
	char service[24];     /* code; SIUSS_BUONO where money is given */
	char beneficiary[16]; /* ben_12 */
	char comune[8];
	struct cents body_share;
	struct cents user_share;
	struct cents public_share; /* of statements that hold no more: part of body_share */
	uint32_t records; /* services in it, each rounded on its own */
};

struct cases {
	struct cases_row *rows;
	uint32_t count;
	uint32_t capacity;
	uint32_t open_statements; /* of the month: not frozen yet, so not in it */
};

/* RESULT_OK; RESULT_UNREACHABLE: a read failed; RESULT_CHECK_FAILED: an answer lacks what was
 * expected, or more is billed to a person than was delivered; RESULT_OUT_OF_MEMORY. The cases must
 * be freed. */
MUST_CHECK enum result cases_read(struct cases_source *source, struct month month,
				  struct cases *ret_cases);
void cases_free(struct cases *cases);

#endif
