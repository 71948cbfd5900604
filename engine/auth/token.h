/* Bearer tokens: 256 random bits, shown once, kept only as SHA-256.
 *
 * A hash without salt or stretching is enough: nobody guesses 256 bits. The text begins with
 * "titoli_" so that secret scanners find leaked ones. */
#ifndef ENGINE_AUTH_TOKEN_H
#define ENGINE_AUTH_TOKEN_H

#include "engine/base/assert.h"
#include "engine/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

#define TOKEN_BITS_SIZE 32u /* bytes of randomness */
#define TOKEN_TEXT_SIZE 71u /* "titoli_" and 64 hexadecimal digits, no NUL */
#define TOKEN_HASH_SIZE 32u /* SHA-256 */

struct token {
	uint8_t bits[TOKEN_BITS_SIZE];
};

/* Draws a token. */
void token_draw(struct token *ret_token);

/* Writes exactly TOKEN_TEXT_SIZE bytes, no NUL. */
void token_format(const struct token *token, char *ret_text);

/* False: not the text of a token. */
MUST_CHECK bool token_parse(struct slice text, struct token *ret_token);

/* Are two texts of TOKEN_TEXT_SIZE bytes the same? In the same time wherever they differ. */
bool token_text_equals(const char *one, const char *other);

/* SHA-256 of the bits. */
void token_hash(const struct token *token, uint8_t ret_hash[TOKEN_HASH_SIZE]);

#endif
