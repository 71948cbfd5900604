/* The rules that the field tables alone can judge, for every command. */
#ifndef ENGINE_DOMAIN_INPUTS_H
#define ENGINE_DOMAIN_INPUTS_H

#include "engine/domain/decide.h"

/* The largest amount that one input may state: a thousand billion euro, in cents. Sums of such
 * amounts are still checked where they are made. */
#define INPUT_CENTS_MAX INT64_C(100000000000000)

/* Checks every field that a caller gives (EDGE fields are the ledger's own). RESULT_OK, or with
 * outcome->field:
 *   RESULT_FIELD_MISSING       a REQ or PATH field is 0 or empty (numbers and flags may be 0)
 *   RESULT_FIELD_INVALID       a value its type does not have; text that is not printable UTF-8
 *   RESULT_FIELD_OUT_OF_RANGE  negative or too large cents; years, months, days and instants
 *                              outside 2000 to 2100 */
MUST_CHECK enum result inputs_check_fields(struct decision *decision);

/* Checks every identifier given. RESULT_OK, or with outcome->field:
 *   RESULT_NOT_FOUND           the thing that the path names does not exist
 *   RESULT_UNKNOWN_REFERENCE   another thing named does not exist, or lies in another ambito than
 *                              the things named before it: no act spans two */
MUST_CHECK enum result inputs_check_references(struct decision *decision);

#endif
