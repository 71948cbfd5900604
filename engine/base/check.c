/* Voucher numbers and voucher codes: see check.h.
 *
 * Number: digits d (from the right) and a check value c below 31 with c + 3 d1 + 9 d2 + 27 d3 + …
 * = 0 modulo 31. 3 is a primitive root of 31, so the weights of the first 30 places all differ and
 * none is 0: a wrong character changes the sum by difference x weight, an exchange by difference x
 * difference of weights, and neither can be 0 modulo a prime.
 *
 * Code: symbols s0 … s17 as elements of GF(32) = GF(2)[x] / (x^5 + x^2 + 1), a = x. A word is right
 * when both syndromes are 0: sum s_i a^i and sum s_i a^(2i). Two errors at different places would
 * need e_i a^i = e_j a^j and e_i a^2i = e_j a^2j, hence a^i = a^j, which no two places below 31
 * allow. s0 … s15 carry the value, s16 and s17 solve the two equations. */
#include "engine/base/check.h"

#include "engine/base/assert.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define NUMBER_MODULUS    31u
#define NUMBER_DIGITS_MIN 7u
#define NUMBER_DIGITS_MAX 10u
#define CODE_VALUES       16u /* symbols that carry the value, 5 bits each */
#define CODE_GROUP        4u
#define FIELD_ORDER       31u /* of a: a^31 = 1 */

static_assert(CODE_VALUES * 5u == CHECK_CODE_BYTES * 8u, "16 symbols hold exactly 80 bits");
static_assert(CODE_VALUES + 2u == CHECK_CODE_SYMBOLS, "two symbols of check");
static_assert(CHECK_CODE_SYMBOLS < FIELD_ORDER, "all places differ");
static_assert(CHECK_CODE_TEXT_SIZE == CHECK_CODE_SYMBOLS + (CHECK_CODE_SYMBOLS - 1) / CODE_GROUP,
	      "a dash after every full group");
static_assert(CHECK_NUMBER_TEXT_SIZE_MAX == NUMBER_DIGITS_MAX + 1u, "digits and check");

/* No I, L, O, U: they read as other signs, or make words. The number uses all but the last. */
static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
static_assert(sizeof(alphabet) - 1 == 32, "five bits a symbol");

/* What a person may write for a symbol: lower case, and signs that look like a digit. */
static char symbol_meant(char byte)
{
	if (byte >= 'a' && byte <= 'z')
		byte = (char)(byte - 'a' + 'A');
	if (byte == 'O')
		byte = '0';
	if (byte == 'I' || byte == 'L')
		byte = '1';
	return byte;
}

/* The value of what a person wrote. Looks at the whole alphabet: how long it takes must not
 * tell a symbol of a secret code. */
static bool symbol_value(char byte, uint32_t *ret_value)
{
	ASSERT(ret_value != NULL);
	byte = symbol_meant(byte);
	bool found = false;
	for (uint32_t value = 0; value < sizeof(alphabet) - 1; value++) {
		bool same = alphabet[value] == byte;
		*ret_value = same ? value : *ret_value;
		found |= same;
	}
	return found;
}

/* ---- Numbers ---- */

/* The value of each sign of a number, which is no secret, and one; 0: it is none. Signs as
 * symbol_meant() takes them: tests hold this table against the codes' way of reading. */
#define LETTER(upper, lower, value) [upper] = (value) + 1, [lower] = (value) + 1
static const uint8_t number_values[UINT8_MAX + 1] = {
    ['0'] = 1,		  ['1'] = 2,	      ['2'] = 3,	  ['3'] = 4,
    ['4'] = 5,		  ['5'] = 6,	      ['6'] = 7,	  ['7'] = 8,
    ['8'] = 9,		  ['9'] = 10,	      LETTER('O', 'o', 0),  LETTER('I', 'i', 1),
    LETTER('L', 'l', 1),  LETTER('A', 'a', 10), LETTER('B', 'b', 11), LETTER('C', 'c', 12),
    LETTER('D', 'd', 13), LETTER('E', 'e', 14), LETTER('F', 'f', 15), LETTER('G', 'g', 16),
    LETTER('H', 'h', 17), LETTER('J', 'j', 18), LETTER('K', 'k', 19), LETTER('M', 'm', 20),
    LETTER('N', 'n', 21), LETTER('P', 'p', 22), LETTER('Q', 'q', 23), LETTER('R', 'r', 24),
    LETTER('S', 's', 25), LETTER('T', 't', 26), LETTER('V', 'v', 27), LETTER('W', 'w', 28),
    LETTER('X', 'x', 29), LETTER('Y', 'y', 30),
};
#undef LETTER

/* What a digit counts, from the right: powers of 3 modulo 31. Leading zeros add nothing. */
static const uint8_t number_weights[NUMBER_DIGITS_MAX] = {3, 9, 27, 19, 26, 16, 17, 20, 29, 25};

uint32_t check_number_format(uint32_t id, char *ret_text)
{
	ASSERT(ret_text != NULL);
	uint32_t digits = NUMBER_DIGITS_MIN;
	for (uint32_t rest = id / 10000000u; rest > 0; rest /= 10)
		digits++;
	ASSERT(digits <= NUMBER_DIGITS_MAX);
	uint32_t rest = id;
	uint32_t sum = 0;
	for (uint32_t place = 0; place < digits; place++) {
		uint32_t digit = rest % 10;
		rest /= 10;
		ret_text[digits - 1 - place] = (char)('0' + digit);
		sum += digit * number_weights[place];
	}
	ASSERT(rest == 0);
	uint32_t check = (NUMBER_MODULUS - sum % NUMBER_MODULUS) % NUMBER_MODULUS;
	ret_text[digits] = alphabet[check];
	return digits + 1;
}

bool check_number_parse(struct slice text, uint32_t *ret_id)
{
	ASSERT(ret_id != NULL);
	if (text.size < 2 || text.size > CHECK_NUMBER_TEXT_SIZE_MAX)
		return false;
	uint64_t id = 0;
	uint32_t sum = 0; /* of the digits, each three times as much as the one to its right */
	uint32_t last = text.size - 1;
	for (uint32_t i = 0; i < last; i++) {
		uint32_t value = number_values[(unsigned char)text.data[i]] - 1u;
		if (value > 9)
			return false;
		id = id * 10 + value;
		sum = sum * 3 + value;
	}
	if (id > UINT32_MAX)
		return false;
	uint32_t value = number_values[(unsigned char)text.data[last]] - 1u;
	if (value >= NUMBER_MODULUS)
		return false;
	if ((sum * 3 + value) % NUMBER_MODULUS != 0)
		return false;
	*ret_id = (uint32_t)id;
	return true;
}

/* ---- Codes ---- */

/* Product in GF(32): shift and add, reducing by x^5 = x^2 + 1. The work does not depend on the
 * values: codes are secrets. */
static uint32_t field_times(uint32_t left, uint32_t right)
{
	ASSERT(left < 32);
	ASSERT(right < 32);
	uint32_t product = 0;
	for (uint32_t bit = 0; bit < 5; bit++) {
		product ^= left & (0u - (right >> bit & 1u));
		uint32_t carry = left >> 4;
		left = (left << 1 & 31u) ^ (5u & (0u - carry));
	}
	return product;
}

/* a^exponent, by repeated multiplication; exponents are small. */
static uint32_t field_power(uint32_t exponent)
{
	uint32_t power = 1;
	for (uint32_t i = 0; i < exponent % FIELD_ORDER; i++)
		power = field_times(power, 2);
	ASSERT(power != 0);
	return power;
}

/* The inverse of a non-zero element: its power 30, since its power 31 is 1. */
static uint32_t field_inverse(uint32_t element)
{
	ASSERT(element != 0);
	uint32_t inverse = 1;
	for (uint32_t i = 0; i < FIELD_ORDER - 1; i++)
		inverse = field_times(inverse, element);
	ASSERT(field_times(inverse, element) == 1);
	return inverse;
}

struct syndromes {
	uint32_t first;  /* sum s_i a^i */
	uint32_t second; /* sum s_i a^2i */
};

static struct syndromes code_syndromes(const uint8_t *symbols, uint32_t count)
{
	ASSERT(count <= CHECK_CODE_SYMBOLS);
	struct syndromes syndromes = {.first = 0, .second = 0};
	/* Horner's rule from the last symbol down. */
	for (uint32_t i = count; i > 0; i--) {
		syndromes.first = field_times(syndromes.first, 2) ^ symbols[i - 1];
		syndromes.second = field_times(syndromes.second, 4) ^ symbols[i - 1];
	}
	ASSERT(syndromes.first < 32 && syndromes.second < 32);
	return syndromes;
}

/* Fills s16 and s17 so that both syndromes become 0: with p = a^16, q = a^17 and the sums S, T of
 * the value symbols, p u + q v = S and p^2 u + q^2 v = T give v = (T + p S) / (q (p + q)). */
static void code_complete(uint8_t *symbols)
{
	struct syndromes sums = code_syndromes(symbols, CODE_VALUES);
	uint32_t p = field_power(CODE_VALUES);
	uint32_t q = field_power(CODE_VALUES + 1);
	ASSERT(p != q);
	uint32_t numerator = sums.second ^ field_times(p, sums.first);
	uint32_t v = field_times(numerator, field_inverse(field_times(q, p ^ q)));
	uint32_t u = field_times(sums.first ^ field_times(q, v), field_inverse(p));
	symbols[CODE_VALUES] = (uint8_t)u;
	symbols[CODE_VALUES + 1] = (uint8_t)v;
	struct syndromes whole = code_syndromes(symbols, CHECK_CODE_SYMBOLS);
	ASSERT(whole.first == 0);
	ASSERT(whole.second == 0);
}

/* 80 bits to 16 symbols, most significant bits first. */
static void code_spread(const struct check_code *code, uint8_t *ret_symbols)
{
	uint32_t held = 0; /* bits not yet written, right-aligned */
	uint32_t bits = 0;
	uint32_t at = 0;
	for (uint32_t i = 0; i < CHECK_CODE_BYTES; i++) {
		held = (held << 8 | code->bytes[i]) & 0xFFFFu;
		bits += 8;
		for (; bits >= 5; bits -= 5)
			ret_symbols[at++] = (uint8_t)(held >> (bits - 5) & 31u);
	}
	ASSERT(at == CODE_VALUES);
	ASSERT(bits == 0);
}

static void code_gather(const uint8_t *symbols, struct check_code *ret_code)
{
	uint32_t held = 0;
	uint32_t bits = 0;
	uint32_t at = 0;
	for (uint32_t i = 0; i < CODE_VALUES; i++) {
		held = (held << 5 | symbols[i]) & 0xFFFFu;
		bits += 5;
		if (bits < 8)
			continue;
		bits -= 8;
		ret_code->bytes[at++] = (uint8_t)(held >> bits & 0xFFu);
	}
	ASSERT(at == CHECK_CODE_BYTES);
	ASSERT(bits == 0);
}

void check_code_format(const struct check_code *code, char *ret_text)
{
	ASSERT(code != NULL);
	ASSERT(ret_text != NULL);
	uint8_t symbols[CHECK_CODE_SYMBOLS];
	code_spread(code, symbols);
	code_complete(symbols);
	uint32_t at = 0;
	for (uint32_t i = 0; i < CHECK_CODE_SYMBOLS; i++) {
		if (i > 0 && i % CODE_GROUP == 0)
			ret_text[at++] = '-';
		ret_text[at++] = alphabet[symbols[i]];
	}
	ASSERT(at == CHECK_CODE_TEXT_SIZE);
}

bool check_code_parse(struct slice text, struct check_code *ret_code)
{
	ASSERT(ret_code != NULL);
	uint8_t symbols[CHECK_CODE_SYMBOLS] = {0};
	uint32_t count = 0;
	for (uint32_t i = 0; i < text.size; i++) {
		char byte = text.data[i];
		if (byte == ' ' || byte == '-')
			continue;
		uint32_t value = 0;
		if (count == CHECK_CODE_SYMBOLS || !symbol_value(byte, &value))
			return false;
		symbols[count++] = (uint8_t)value;
	}
	if (count != CHECK_CODE_SYMBOLS)
		return false;
	struct syndromes syndromes = code_syndromes(symbols, CHECK_CODE_SYMBOLS);
	if ((syndromes.first | syndromes.second) != 0)
		return false;
	code_gather(symbols, ret_code);
	return true;
}
