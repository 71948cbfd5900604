/* One value in text form to a member of a struct, by its field description: the same for JSON texts
 * and numbers, cells of a CSV, parameters of a path and filters of a query. */
#ifndef ENGINE_API_VALUE_H
#define ENGINE_API_VALUE_H

#include "engine/api/context.h"
#include "engine/api/problem.h"

#define VALUE_CENTS_MAX	    INT64_C(9007199254740991) /* 2^53 - 1: exact in every client */
#define VALUE_REFERENCE_MAX 64u			      /* bytes of a FIELD_KEYED reference */
#define VALUE_YEAR_MIN	    2000 /* of days, months and instants: the ledger's calendar */
#define VALUE_YEAR_MAX	    2100

/* Writes the value into the member of `owner` that the field describes (not FIELD_LIST). On failure
 * the owner is untouched, the problem tells result, field and expectation; its pointer and place
 * are left to the caller.
 * RESULT_OK, FIELD_INVALID, FIELD_OUT_OF_RANGE, UNKNOWN_REFERENCE, NOT_FOUND (a coded record that a
 * PATH field names), AMBIGUOUS_LOCAL_TIME, NONEXISTENT_LOCAL_TIME, VOUCHER_CODE_UNKNOWN. */
MUST_CHECK enum result value_parse(const struct api_request *request, const struct field *field,
				   struct slice text, void *owner, struct api_problem *ret_problem);

/* Lies an instant, and its legal day in any zone, in the years that the ledger can file? */
bool value_instant_is_served(struct instant instant);

/* What a field of this type expects in words. */
enum problem_expectation value_expectation(const struct field *field);

#endif
