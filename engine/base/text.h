/* Small pure helpers between bytes and values: decimals, amounts, hex, UTF-8.
 *
 * Parsers take the whole slice or refuse it: no leading or trailing space, no sign where none is
 * named, no locale. Formatters write without a NUL and return the bytes written; the caller's
 * buffer has the size the constant names. */
#ifndef ENGINE_BASE_TEXT_H
#define ENGINE_BASE_TEXT_H

#include "engine/base/assert.h"
#include "engine/base/money.h"
#include "engine/base/slice.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define TEXT_U64_SIZE_MAX   20u /* 18446744073709551615 */
#define TEXT_I64_SIZE_MAX   20u /* -9223372036854775808 */
#define TEXT_CENTS_SIZE_MAX 27u /* -92.233.720.368.547.758,08 and room */

/* Decimal digits only, value <= max. Leading zeros are allowed, the empty text is not. */
MUST_CHECK bool text_parse_u64(struct slice text, uint64_t max, uint64_t *ret_value);
/* The same with an optional leading minus and min <= value <= max. */
MUST_CHECK bool text_parse_i64(struct slice text, int64_t min, int64_t max, int64_t *ret_value);
MUST_CHECK bool text_parse_u32(struct slice text, uint32_t max, uint32_t *ret_value);

/* The numbers below 100 as two digits each, one behind the other. */
extern const char text_pairs[];

/* Writes a number below 100 as two digits. */
static inline void text_put_pair(char *ret_text, uint32_t number)
{
	ASSERT(number < 100);
	memcpy(ret_text, text_pairs + 2 * (size_t)number, 2);
}

uint32_t text_format_u64(uint64_t value, char *ret_text);
uint32_t text_format_i64(int64_t value, char *ret_text);

/* "1234.56": optional minus, digits, and if there is a point exactly two digits after it. */
MUST_CHECK bool text_parse_cents(struct slice text, struct cents *ret_amount);
/* "1.234,56": as a clerk writes it; thousands dots may be left out, but not misplaced; the comma
 * has one or two digits after it; "1234" is 1234 euro. A point as a decimal mark is refused, not
 * guessed. */
MUST_CHECK bool text_parse_cents_italian(struct slice text, struct cents *ret_amount);
/* "1234.56" and "1.234,56"; at most TEXT_CENTS_SIZE_MAX bytes. */
uint32_t text_format_cents(struct cents amount, char *ret_text);
uint32_t text_format_cents_italian(struct cents amount, char *ret_text);

/* Well-formed UTF-8 (RFC 3629): no overlong form, surrogate, or value above U+10FFFF. */
bool text_is_utf8(struct slice text);
/* Well-formed UTF-8 with no control character (C0, DEL, C1): what a name or reference may be. */
bool text_is_printable(struct slice text);
/* Only visible ASCII, '!' to '~'. */
bool text_is_visible(struct slice text);
/* Only bytes that are safe as an identifier: A-Z a-z 0-9 . _ : - ; and not empty. */
bool text_is_token(struct slice text);

/* Where the first byte from `at` on stands that a JSON text does not hold as it is: a control
 * character, a quote or a backslash; the size where there is none. */
uint32_t text_json_end(struct slice text, uint32_t at);

/* Takes white space (space, tab, CR, LF) off both ends; the result borrows from `text`. */
struct slice text_trim(struct slice text);
/* Same bytes when ASCII letters are compared without case? */
bool text_equals_ignoring_case(struct slice left, struct slice right);

/* Two lower-case hex digits per byte: writes 2 x size bytes. */
void text_hex_encode(const uint8_t *bytes, uint32_t size, char *ret_text);
/* Exactly 2 x size hex digits, either case. False: another length or a foreign character. */
MUST_CHECK bool text_hex_decode(struct slice text, uint8_t *ret_bytes, uint32_t size);

#endif
