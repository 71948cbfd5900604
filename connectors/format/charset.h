/* Character sets of files for other programs: UTF-8, and the one-byte sets that old accounting
 * programs read. What a set lacks is written with the nearest ASCII letters (é as e, € as EUR), and
 * the caller is told, so that nobody finds out in the bank's books. Pure. */
#ifndef CONNECTORS_FORMAT_CHARSET_H
#define CONNECTORS_FORMAT_CHARSET_H

#include "engine/base/assert.h"
#include "engine/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum charset {
	CHARSET_UTF_8 = 1,
	CHARSET_ASCII,
	CHARSET_ISO_8859_1,
	CHARSET_WINDOWS_1252,
};

#define CHARSET_BYTES_MAX 4u /* of one character, in any set or as its substitute */
#define CHARSET_UNKNOWN	  0xFFFDu /* code point of what was no character */

/* The set of a name ("UTF-8", "ASCII", "ISO-8859-1", "WINDOWS-1252", any case); 0: none. */
uint8_t charset_of_name(struct slice name);
const char *charset_name(enum charset charset);

/* The first character of UTF-8 text that is not empty: its code point, and the bytes it takes. A
 * byte that begins no character counts as one CHARSET_UNKNOWN. */
uint32_t charset_next(struct slice text, uint32_t *ret_point);

/* Writes a character; returns the bytes. *ret_is_other: the set lacks it and others stand for it
 * ('?' where there are none). */
uint32_t charset_put(enum charset charset, uint32_t point, char ret_bytes[CHARSET_BYTES_MAX],
		     bool *ret_is_other);

/* Reads one character of bytes that are not empty. False: no character of the set begins there. */
MUST_CHECK bool charset_get(enum charset charset, struct slice bytes, uint32_t *ret_point,
			    uint32_t *ret_taken);

/* ASCII letters that stand for a character: "a" for à, "EUR" for €, "?" where there are none.
 * ASCII itself stands for itself (one letter). At most three. */
const char *charset_ascii(uint32_t point, char ret_own[2]);

#endif
