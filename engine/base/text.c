/* Bytes to values and back: see text.h. */
#include "engine/base/text.h"

#include "engine/base/assert.h"

#include <stddef.h>
#include <string.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first byte of a word lies lowest");

#define CENTS_PER_EURO  100u
#define THOUSANDS_GROUP 3u
/* -9223372036854775808 has one more unit below zero than above. */
#define I64_MIN_MAGNITUDE ((uint64_t)INT64_MAX + 1u)

static struct slice slice_of(const char *data, uint32_t size)
{
	return (struct slice){.data = data, .size = size};
}

static struct slice slice_skip(struct slice text, uint32_t bytes)
{
	ASSERT(bytes <= text.size);
	return bytes == 0 ? text : slice_of(text.data + bytes, text.size - bytes);
}

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

/* ---- Decimals ---- */

bool text_parse_u64(struct slice text, uint64_t max, uint64_t *ret_value)
{
	ASSERT(ret_value != NULL);
	if (text.size == 0)
		return false;
	uint64_t value = 0;
	for (uint32_t i = 0; i < text.size; i++) {
		if (!is_digit(text.data[i]))
			return false;
		if (__builtin_mul_overflow(value, 10u, &value))
			return false;
		if (__builtin_add_overflow(value, (uint64_t)(text.data[i] - '0'), &value))
			return false;
	}
	if (value > max)
		return false;
	*ret_value = value;
	return true;
}

bool text_parse_u32(struct slice text, uint32_t max, uint32_t *ret_value)
{
	ASSERT(ret_value != NULL);
	uint64_t value;
	if (!text_parse_u64(text, max, &value))
		return false;
	ASSERT(value <= UINT32_MAX);
	*ret_value = (uint32_t)value;
	return true;
}

/* A magnitude with its sign as int64_t. False: it does not fit. */
static bool signed_from(uint64_t magnitude, bool minus, int64_t *ret_value)
{
	if (magnitude > I64_MIN_MAGNITUDE - (minus ? 0u : 1u))
		return false;
	if (magnitude == I64_MIN_MAGNITUDE)
		*ret_value = INT64_MIN;
	else
		*ret_value = minus ? -(int64_t)magnitude : (int64_t)magnitude;
	return true;
}

static uint64_t magnitude_of(int64_t value)
{
	return value < 0 ? (uint64_t)(-(value + 1)) + 1u : (uint64_t)value;
}

bool text_parse_i64(struct slice text, int64_t min, int64_t max, int64_t *ret_value)
{
	ASSERT(ret_value != NULL);
	ASSERT(min <= max);
	bool minus = text.size > 0 && text.data[0] == '-';
	uint64_t magnitude;
	int64_t value;
	if (!text_parse_u64(slice_skip(text, minus ? 1 : 0), I64_MIN_MAGNITUDE, &magnitude))
		return false;
	if (!signed_from(magnitude, minus, &value) || value < min || value > max)
		return false;
	*ret_value = value;
	return true;
}

const char text_pairs[] = "00010203040506070809101112131415161718192021222324"
			  "25262728293031323334353637383940414243444546474849"
			  "50515253545556575859606162636465666768697071727374"
			  "75767778798081828384858687888990919293949596979899";
static_assert(sizeof(text_pairs) == 2 * 100 + 1, "a pair for each number below 100");

/* How many digits a number has: as many as its bits tell, and perhaps one more. */
static uint32_t digit_count(uint64_t value)
{
	static const uint64_t powers[TEXT_U64_SIZE_MAX] = {
	    0, /* which has a digit as well */
	    10,
	    100,
	    1000,
	    10000,
	    100000,
	    1000000,
	    10000000,
	    100000000,
	    1000000000,
	    10000000000,
	    100000000000,
	    1000000000000,
	    10000000000000,
	    100000000000000,
	    1000000000000000,
	    10000000000000000,
	    100000000000000000,
	    1000000000000000000,
	    10000000000000000000u,
	};
	uint32_t bits = 64 - (uint32_t)__builtin_clzll(value | 1);
	uint32_t count = bits * 1233 / 4096; /* the logarithm of 2 is 0.30103 */
	return count + (value >= powers[count] ? 1 : 0);
}

/* Two digits at a time, from the right, each to its place. */
uint32_t text_format_u64(uint64_t value, char *ret_text)
{
	ASSERT(ret_text != NULL);
	uint32_t size = digit_count(value);
	uint32_t at = size;
	for (; value >= 100; value /= 100) {
		at -= 2;
		text_put_pair(ret_text + at, (uint32_t)(value % 100));
	}
	if (value >= 10)
		text_put_pair(ret_text, (uint32_t)value);
	else
		*ret_text = (char)('0' + value);
	ASSERT(at == (value >= 10 ? 2 : 1));
	return size;
}

uint32_t text_format_i64(int64_t value, char *ret_text)
{
	ASSERT(ret_text != NULL);
	uint32_t size = 0;
	if (value < 0)
		ret_text[size++] = '-';
	size += text_format_u64(magnitude_of(value), ret_text + size);
	ASSERT(size <= TEXT_I64_SIZE_MAX);
	return size;
}

/* ---- Amounts ---- */

/* Euro and cents, both without sign, to an amount. */
static bool cents_from_parts(uint64_t euro, uint64_t hundredths, bool minus,
			     struct cents *ret_amount)
{
	ASSERT(hundredths < CENTS_PER_EURO);
	uint64_t magnitude;
	int64_t value;
	if (__builtin_mul_overflow(euro, (uint64_t)CENTS_PER_EURO, &magnitude))
		return false;
	if (__builtin_add_overflow(magnitude, hundredths, &magnitude))
		return false;
	if (!signed_from(magnitude, minus, &value))
		return false;
	*ret_amount = cents_from(value);
	return true;
}

/* The place of the only such byte, or the size when there is none. */
static uint32_t find_byte(struct slice text, char wanted)
{
	uint32_t at = 0;
	while (at < text.size && text.data[at] != wanted)
		at++;
	return at;
}

bool text_parse_cents(struct slice text, struct cents *ret_amount)
{
	ASSERT(ret_amount != NULL);
	bool minus = text.size > 0 && text.data[0] == '-';
	struct slice rest = slice_skip(text, minus ? 1 : 0);
	uint32_t point = find_byte(rest, '.');
	uint64_t euro;
	uint64_t hundredths = 0;
	if (!text_parse_u64(slice_of(rest.data, point), UINT64_MAX, &euro))
		return false;
	if (point < rest.size) {
		struct slice decimals = slice_skip(rest, point + 1);
		if (decimals.size != 2 || !text_parse_u64(decimals, 99, &hundredths))
			return false;
	}
	return cents_from_parts(euro, hundredths, minus, ret_amount);
}

/* Digits, either without any dot or in groups of three from the right: "1.234.567". */
static bool parse_grouped(struct slice text, uint64_t *ret_value)
{
	bool grouped = find_byte(text, '.') < text.size;
	uint64_t value = 0;
	if (text.size == 0)
		return false;
	for (uint32_t i = 0; i < text.size; i++) {
		bool dot_place = grouped && (text.size - i) % (THOUSANDS_GROUP + 1) == 0;
		/* A dot exactly where one belongs, and a digit before the first. */
		if ((text.data[i] == '.') != dot_place || (dot_place && i == 0))
			return false;
		if (dot_place)
			continue;
		if (!is_digit(text.data[i]))
			return false;
		if (__builtin_mul_overflow(value, 10u, &value))
			return false;
		if (__builtin_add_overflow(value, (uint64_t)(text.data[i] - '0'), &value))
			return false;
	}
	*ret_value = value;
	return true;
}

bool text_parse_cents_italian(struct slice text, struct cents *ret_amount)
{
	ASSERT(ret_amount != NULL);
	bool minus = text.size > 0 && text.data[0] == '-';
	struct slice rest = slice_skip(text, minus ? 1 : 0);
	uint32_t comma = find_byte(rest, ',');
	uint64_t euro;
	uint64_t hundredths = 0;
	if (!parse_grouped(slice_of(rest.data, comma), &euro))
		return false;
	if (comma < rest.size) {
		struct slice decimals = slice_skip(rest, comma + 1);
		if (decimals.size > 2 || !text_parse_u64(decimals, 99, &hundredths))
			return false;
		if (decimals.size == 1)
			hundredths *= 10;
	}
	return cents_from_parts(euro, hundredths, minus, ret_amount);
}

/* How an amount is punctuated; thousands 0: not at all. */
struct punctuation {
	char thousands;
	char decimal;
};

static uint32_t format_cents(struct cents amount, struct punctuation punctuation, char *ret_text)
{
	ASSERT(ret_text != NULL);
	uint64_t magnitude = magnitude_of(amount.raw); /* raw: written as text */
	char digits[TEXT_U64_SIZE_MAX];
	uint32_t count = text_format_u64(magnitude / CENTS_PER_EURO, digits);
	uint32_t hundredths = (uint32_t)(magnitude % CENTS_PER_EURO);
	uint32_t size = 0;
	if (cents_is_negative(amount))
		ret_text[size++] = '-';
	for (uint32_t i = 0; i < count; i++) {
		if (i > 0 && (count - i) % THOUSANDS_GROUP == 0 && punctuation.thousands != 0)
			ret_text[size++] = punctuation.thousands;
		ret_text[size++] = digits[i];
	}
	ret_text[size++] = punctuation.decimal;
	text_put_pair(ret_text + size, hundredths);
	size += 2;
	ASSERT(size <= TEXT_CENTS_SIZE_MAX);
	return size;
}

uint32_t text_format_cents(struct cents amount, char *ret_text)
{
	return format_cents(amount, (struct punctuation){.decimal = '.'}, ret_text);
}

uint32_t text_format_cents_italian(struct cents amount, char *ret_text)
{
	return format_cents(amount, (struct punctuation){.thousands = '.', .decimal = ','},
			    ret_text);
}

/* ---- Characters ---- */

#define EACH_BYTE (~UINT64_C(0) / 255)
#define HIGH_BITS (EACH_BYTE * 0x80)

/* Reads one UTF-8 character; returns its bytes, 0 if it is malformed. RFC 3629, table in section 4:
 * the second byte's range excludes overlong forms, surrogates and values above U+10FFFF. */
static uint32_t utf8_read(struct slice text, uint32_t *ret_code_point)
{
	ASSERT(text.size > 0);
	const unsigned char *byte = (const unsigned char *)text.data;
	uint32_t size = byte[0] < 0x80 ? 1 : byte[0] < 0xE0 ? 2 : byte[0] < 0xF0 ? 3 : 4;
	if (size == 1) {
		*ret_code_point = byte[0];
		return 1;
	}
	if (byte[0] < 0xC2 || byte[0] > 0xF4 || text.size < size)
		return 0;
	uint32_t low = byte[0] == 0xE0 ? 0xA0u : byte[0] == 0xF0 ? 0x90u : 0x80u;
	uint32_t high = byte[0] == 0xED ? 0x9Fu : byte[0] == 0xF4 ? 0x8Fu : 0xBFu;
	if (byte[1] < low || byte[1] > high)
		return 0;
	uint32_t code_point = byte[0] & (0x7Fu >> size);
	for (uint32_t i = 1; i < size; i++) {
		if ((byte[i] & 0xC0u) != 0x80u)
			return 0;
		code_point = code_point << 6 | (byte[i] & 0x3Fu);
	}
	ASSERT(code_point >= 0x80 && code_point <= 0x10FFFF);
	*ret_code_point = code_point;
	return size;
}

/* Characters of one byte alone? Words of eight, the last of which may share bytes with the one
 * before; shorter texts are not looked at. */
static bool is_long_ascii(struct slice text)
{
	uint64_t word;
	uint64_t all = 0;
	if (text.size < sizeof(word))
		return false;
	for (uint32_t at = 0; text.size - at >= sizeof(word); at += (uint32_t)sizeof(word)) {
		memcpy(&word, text.data + at, sizeof(word));
		all |= word;
	}
	memcpy(&word, text.data + text.size - sizeof(word), sizeof(word));
	return ((all | word) & HIGH_BITS) == 0;
}

bool text_is_utf8(struct slice text)
{
	uint32_t at = 0;
	if (is_long_ascii(text))
		return true;
	while (at < text.size) {
		uint64_t word;
		if (text.size - at >= sizeof(word)) {
			memcpy(&word, text.data + at, sizeof(word));
			if ((word & HIGH_BITS) == 0) { /* eight characters of one byte */
				at += sizeof(word);
				continue;
			}
		}
		uint32_t code_point;
		uint32_t size = utf8_read(slice_skip(text, at), &code_point);
		if (size == 0)
			return false;
		at += size;
	}
	ASSERT(at == text.size);
	return true;
}

/* The highest bit of each byte that is below `bound`; of those above the first such byte, which
 * lies lowest, nothing is said. */
static uint64_t bytes_below(uint64_t word, uint64_t bound)
{
	return (word - EACH_BYTE * bound) & ~word & HIGH_BITS;
}

/* How many bytes from the first on lie between `least`, at most 0x80, and '~'. */
static uint32_t plain_bytes(struct slice text, unsigned char least)
{
	uint32_t at = 0;
	for (; text.size - at >= 8; at += 8) {
		uint64_t word;
		memcpy(&word, text.data + at, sizeof(word));
		/* Above '~': with one more the highest bit is set, if it was not before. */
		uint64_t above = ((word + EACH_BYTE) | word) & HIGH_BITS;
		if ((bytes_below(word, least) | above) != 0)
			break;
	}
	while (at < text.size && (unsigned char)text.data[at] >= least &&
	       (unsigned char)text.data[at] <= '~')
		at++;
	return at;
}

bool text_is_visible(struct slice text)
{
	return plain_bytes(text, '!') == text.size;
}

bool text_is_printable(struct slice text)
{
	uint32_t at = plain_bytes(text, ' ');
	while (at < text.size) {
		uint32_t code_point;
		uint32_t size = utf8_read(slice_skip(text, at), &code_point);
		if (size == 0 || code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0))
			return false;
		at += size;
		at += plain_bytes(slice_skip(text, at), ' ');
	}
	ASSERT(at == text.size);
	return true;
}

uint32_t text_json_end(struct slice text, uint32_t at)
{
	ASSERT(at <= text.size);
	for (; text.size - at >= 8; at += 8) {
		uint64_t word;
		memcpy(&word, text.data + at, sizeof(word));
		/* A quote is the one byte above 0x1f that comes below 0x21 with this bit turned. */
		uint64_t found = bytes_below(word ^ EACH_BYTE * 0x02, 0x21) |
				 bytes_below(word ^ EACH_BYTE * '\\', 1);
		if (found != 0)
			return at + (uint32_t)__builtin_ctzll(found) / 8;
	}
	for (; at < text.size; at++) {
		unsigned char byte = (unsigned char)text.data[at];
		if (byte < 0x20 || byte == '"' || byte == '\\')
			break;
	}
	return at;
}

static bool is_letter(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

bool text_is_token(struct slice text)
{
	for (uint32_t i = 0; i < text.size; i++) {
		char byte = text.data[i];
		if (!is_letter(byte) && !is_digit(byte) && byte != '.' && byte != '_' &&
		    byte != ':' && byte != '-')
			return false;
	}
	return text.size > 0;
}

static bool is_space(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

struct slice text_trim(struct slice text)
{
	uint32_t begin = 0;
	uint32_t end = text.size;
	if (end == 0 || (!is_space(text.data[0]) && !is_space(text.data[end - 1])))
		return text;
	while (begin < end && is_space(text.data[begin]))
		begin++;
	while (end > begin && is_space(text.data[end - 1]))
		end--;
	ASSERT(begin <= end);
	return slice_of(slice_skip(text, begin).data, end - begin);
}

static char lower(char byte)
{
	return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

bool text_equals_ignoring_case(struct slice left, struct slice right)
{
	if (left.size != right.size)
		return false;
	for (uint32_t i = 0; i < left.size; i++) {
		/* Most are of the same case. */
		if (left.data[i] != right.data[i] && lower(left.data[i]) != lower(right.data[i]))
			return false;
	}
	return true;
}

/* ---- Hex ---- */

void text_hex_encode(const uint8_t *bytes, uint32_t size, char *ret_text)
{
	static const char digits[] = "0123456789abcdef";
	if (size > 0) {
		ASSERT(bytes != NULL);
		ASSERT(ret_text != NULL);
	}
	for (uint32_t i = 0; i < size; i++) {
		ret_text[2 * (size_t)i] = digits[bytes[i] >> 4];
		ret_text[2 * (size_t)i + 1] = digits[bytes[i] & 0xFu];
	}
}

static bool hex_value(char byte, uint32_t *ret_value)
{
	byte = lower(byte);
	if (is_digit(byte))
		*ret_value = (uint32_t)(byte - '0');
	else if (byte >= 'a' && byte <= 'f')
		*ret_value = (uint32_t)(byte - 'a') + 10u;
	else
		return false;
	return true;
}

bool text_hex_decode(struct slice text, uint8_t *ret_bytes, uint32_t size)
{
	ASSERT(ret_bytes != NULL);
	if ((uint64_t)text.size != 2 * (uint64_t)size)
		return false;
	uint32_t value;
	for (uint32_t i = 0; i < text.size; i++) {
		if (!hex_value(text.data[i], &value))
			return false;
	}
	/* All digits are good: from here on the output is written. */
	for (uint32_t i = 0; i < size; i++) {
		uint32_t high = 0;
		uint32_t low = 0;
		bool good = hex_value(text.data[2 * i], &high) &&
			    hex_value(text.data[2 * i + 1], &low);
		ASSERT(good);
		ret_bytes[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}
