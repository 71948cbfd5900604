/* What a person types for a field, as the JSON that the API takes. Names and dates go as they are:
 * the daemon judges them and says what is wrong; only the form of numbers, amounts, switches and
 * lists is read here. */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "engine/base/field.h"

#include <jansson.h>

/* The value of a field from text, a new reference; NULL: not a value of its kind, *ret_expected
 * says what would be. `in_euro`: an amount as "1234.56" or "1.234,56", else in cents.
 * A list is items apart by commas, the fields of an item apart by ':', as in
 * "SAD_OSS:720,SAD_ASA:300". */
json_t *input_value(const struct field *field, const char *text, bool in_euro,
		    const char **ret_expected);

/* The amount of a text: "1234.56", "1.234,56", "1234". False: none of them. */
MUST_CHECK bool input_euro(const char *text, int64_t *ret_cents);

#endif
