/* The two texts of a title: the public number and the secret code.
 *
 * The number is the title's dense id with one check character. It stands on documents and in
 * FatturaPA; it is no secret. Its check is a weighted sum modulo the prime 31, so every single
 * wrong character and every exchange of two characters (adjacent or not) is caught.
 *
 * The code is 80 random bits, drawn elsewhere, as 16 symbols of a 32-letter alphabet without I, L,
 * O, U, followed by two check symbols. The 18 symbols are a word of the [18,16] Reed-Solomon code
 * over GF(32), whose words differ in at least three places: every one- or two-symbol error is
 * caught, among them every exchange of two symbols. Whatever was typed, a code that passes is still
 * only well-formed: whether it exists is for the ledger to say, in uniform words. */
#ifndef ENGINE_BASE_CHECK_H
#define ENGINE_BASE_CHECK_H

#include "engine/base/assert.h"
#include "engine/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

#define CHECK_NUMBER_TEXT_SIZE_MAX 11u /* ten digits and the check character, no NUL */
#define CHECK_CODE_BYTES           10u /* 80 random bits */
#define CHECK_CODE_SYMBOLS         18u /* 16 of the value, 2 of check */
#define CHECK_CODE_TEXT_SIZE       22u /* XXXX-XXXX-XXXX-XXXX-XX, no NUL */

/* The 80 bits of a voucher code. A secret: never logged, never stored in clear. */
struct check_code {
	uint8_t bytes[CHECK_CODE_BYTES];
};

/* Writes the number of a title: the id in at least seven digits and its check character. Returns
 * the bytes written, 8 to CHECK_NUMBER_TEXT_SIZE_MAX, no NUL. */
uint32_t check_number_format(uint32_t id, char *ret_text);

/* Reads a number back. Leading zeros may be missing (spreadsheets eat them), letters may be lower
 * case, O reads as 0, I and L as 1. False: not a number, a wrong check character, or above 32
 * bits. */
MUST_CHECK bool check_number_parse(struct slice text, uint32_t *ret_id);

/* Writes exactly CHECK_CODE_TEXT_SIZE bytes: XXXX-XXXX-XXXX-XXXX-XX, no NUL. */
void check_code_format(const struct check_code *code, char *ret_text);

/* Reads what a person typed: lower or upper case, spaces and dashes anywhere, I and L as 1, O as 0.
 * False: not 18 symbols, a foreign character (U among them), or the check symbols disagree. */
MUST_CHECK bool check_code_parse(struct slice text, struct check_code *ret_code);

#endif
