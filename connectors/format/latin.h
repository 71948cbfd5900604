/* Text in the few signs that banks and treasurers take. What a set lacks is written with the
 * nearest letters; the caller learns that something changed, and tells the user. Pure. */
#ifndef CONNECTORS_FORMAT_LATIN_H
#define CONNECTORS_FORMAT_LATIN_H

#include "engine/base/assert.h"
#include "engine/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum latin_set {
	LATIN_SEPA = 1, /* letters, digits, / - ? : ( ) . , ' + and the space. SOURCE EPC217-08 */
	LATIN_ASCII,	/* printable ASCII: no accents, no euro sign */
};

struct latin {
	uint32_t size;
	bool is_changed; /* letters were replaced */
	bool is_cut;	 /* it did not fit */
};

/* Does the text hold signs of the set alone? */
bool latin_is(enum latin_set set, struct slice text);

/* Writes text in signs of the set: blanks of any sort as one space, none at the ends. `ret_text`
 * has `size` bytes; what is left of them is zeroed. */
struct latin latin_write(enum latin_set set, struct slice text, char *ret_text, uint32_t size);

#endif
