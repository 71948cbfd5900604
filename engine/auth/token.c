/* See token.h. */
#include "engine/auth/token.h"

#include "engine/base/text.h"
#include "engine/system/random.h"

#include <openssl/evp.h>
#include <string.h>

#define TOKEN_PREFIX	  "titoli_"
#define TOKEN_PREFIX_SIZE 7u

_Static_assert(TOKEN_PREFIX_SIZE + 2 * TOKEN_BITS_SIZE == TOKEN_TEXT_SIZE, "the text's size");

void token_draw(struct token *ret_token)
{
	random_bytes(ret_token->bits, sizeof(ret_token->bits));
}

void token_format(const struct token *token, char *ret_text)
{
	memcpy(ret_text, TOKEN_PREFIX, TOKEN_PREFIX_SIZE);
	text_hex_encode(token->bits, TOKEN_BITS_SIZE, ret_text + TOKEN_PREFIX_SIZE);
}

bool token_parse(struct slice text, struct token *ret_token)
{
	struct slice digits;

	if (text.size != TOKEN_TEXT_SIZE || memcmp(text.data, TOKEN_PREFIX, TOKEN_PREFIX_SIZE) != 0)
		return false;
	digits = (struct slice){text.data + TOKEN_PREFIX_SIZE, text.size - TOKEN_PREFIX_SIZE};
	return text_hex_decode(digits, ret_token->bits, TOKEN_BITS_SIZE);
}

bool token_text_equals(const char *one, const char *other)
{
	uint64_t differ = 0;

	_Static_assert(TOKEN_TEXT_SIZE >= sizeof(differ), "the last word may overlap");
	for (uint32_t at = 0; at < TOKEN_TEXT_SIZE; at += (uint32_t)sizeof(differ)) {
		uint32_t begin = at < TOKEN_TEXT_SIZE - sizeof(differ)
				     ? at
				     : (uint32_t)(TOKEN_TEXT_SIZE - sizeof(differ));
		uint64_t left;
		uint64_t right;

		memcpy(&left, one + begin, sizeof(left));
		memcpy(&right, other + begin, sizeof(right));
		differ |= left ^ right;
	}
	return differ == 0;
}

void token_hash(const struct token *token, uint8_t ret_hash[TOKEN_HASH_SIZE])
{
	unsigned int size = 0;

	ASSERT(EVP_Digest(token->bits, TOKEN_BITS_SIZE, ret_hash, &size, EVP_sha256(), NULL) == 1);
	ASSERT(size == TOKEN_HASH_SIZE);
}
