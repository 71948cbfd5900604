/* Character sets: see charset.h. */
#include "connectors/format/charset.h"

#include "engine/base/text.h"

#include <string.h>

#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

static const char *const names[] = {
    [CHARSET_UTF_8] = "UTF-8",
    [CHARSET_ASCII] = "ASCII",
    [CHARSET_ISO_8859_1] = "ISO-8859-1",
    [CHARSET_WINDOWS_1252] = "WINDOWS-1252",
};

/* What bytes 0x80 to 0x9F mean in Windows-1252; 0: nothing. */
static const uint16_t windows_points[32] = {
    0x20AC, 0,	    0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,	    0x017D, 0,	    0,	    0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,	    0x017E, 0x0178,
};

/* U+00A0 to U+017F in ASCII letters. */
#define LATIN_FIRST 0xA0u
static const char latin[][3] = {
    /* A0 */ " ", "!", "c", "L", "?", "Y", "|", "S", "\"", "C", "a", "\"", "-", "-", "R", "-",
    /* B0 */ "o", "?", "2", "3", "'", "u", "P", ".", ",", "1", "o", "\"", "?", "?", "?", "?",
    /* C0 */ "A", "A", "A", "A", "A", "A", "AE", "C", "E", "E", "E", "E", "I", "I", "I", "I",
    /* D0 */ "D", "N", "O", "O", "O", "O", "O", "x", "O", "U", "U", "U", "U", "Y", "TH", "ss",
    /* E0 */ "a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i",
    /* F0 */ "d", "n", "o", "o", "o", "o", "o", "/", "o", "u", "u", "u", "u", "y", "th", "y",
    /* 100 */ "A", "a", "A", "a", "A", "a", "C", "c", "C", "c", "C", "c", "C", "c", "D", "d",
    /* 110 */ "D", "d", "E", "e", "E", "e", "E", "e", "E", "e", "E", "e", "G", "g", "G", "g",
    /* 120 */ "G", "g", "G", "g", "H", "h", "H", "h", "I", "i", "I", "i", "I", "i", "I", "i",
    /* 130 */ "I", "i", "IJ", "ij", "J", "j", "K", "k", "k", "L", "l", "L", "l", "L", "l", "L",
    /* 140 */ "l", "L", "l", "N", "n", "N", "n", "N", "n", "n", "N", "n", "O", "o", "O", "o",
    /* 150 */ "O", "o", "OE", "oe", "R", "r", "R", "r", "R", "r", "S", "s", "S", "s", "S", "s",
    /* 160 */ "S", "s", "T", "t", "T", "t", "T", "t", "U", "u", "U", "u", "U", "u", "U", "u",
    /* 170 */ "U", "u", "U", "u", "W", "w", "Y", "y", "Y", "Z", "z", "Z", "z", "Z", "z", "s",
};

struct sign {
	uint32_t point;
	const char *letters;
};

/* What word processors and forms put into names and reasons. */
static const struct sign signs[] = {
    {0x2010, "-"}, {0x2011, "-"}, {0x2012, "-"},  {0x2013, "-"},   {0x2014, "-"},   {0x2015, "-"},
    {0x2018, "'"}, {0x2019, "'"}, {0x201A, ","},  {0x201C, "\""},  {0x201D, "\""},  {0x201E, "\""},
    {0x2022, "-"}, {0x2026, "..."}, {0x2032, "'"}, {0x2039, "<"},  {0x203A, ">"},   {0x20AC, "EUR"},
    {0x2116, "N."}, {0x2122, "TM"}, {0x2212, "-"}, {0x0192, "f"},  {0x02C6, "^"},   {0x02DC, "~"},
    {0x0218, "S"}, {0x0219, "s"}, {0x021A, "T"},  {0x021B, "t"},   {0x1E9E, "SS"},  {0x202F, " "},
};

uint8_t charset_of_name(struct slice name)
{
	for (uint8_t i = CHARSET_UTF_8; i < COUNT_OF(names); i++)
		if (text_equals_ignoring_case(name, slice_from_text(names[i])))
			return i;
	return 0;
}

const char *charset_name(enum charset charset)
{
	ASSERT(charset >= CHARSET_UTF_8 && charset <= CHARSET_WINDOWS_1252);
	return names[charset];
}

/* Bytes that a first byte announces; 0: none begins so. */
static uint32_t announced(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xC2 && first <= 0xDF)
		return 2;
	if (first >= 0xE0 && first <= 0xEF)
		return 3;
	return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

uint32_t charset_next(struct slice text, uint32_t *ret_point)
{
	ASSERT(text.size > 0 && ret_point != NULL);
	static const uint8_t masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
	unsigned char first = (unsigned char)text.data[0];
	if (first < 0x80) {
		*ret_point = first;
		return 1;
	}
	uint32_t size = announced(first);
	*ret_point = CHARSET_UNKNOWN;
	if (size == 0 || size > text.size || !text_is_utf8((struct slice){text.data, size}))
		return 1;
	uint32_t point = first & masks[size];
	for (uint32_t i = 1; i < size; i++)
		point = point << 6 | ((unsigned char)text.data[i] & 0x3Fu);
	*ret_point = point;
	return size;
}

const char *charset_ascii(uint32_t point, char ret_own[2])
{
	ASSERT(ret_own != NULL);
	ret_own[0] = '?';
	ret_own[1] = '\0';
	if (point < 0x80)
		ret_own[0] = (char)point;
	if (point < LATIN_FIRST)
		return ret_own;
	if (point - LATIN_FIRST < COUNT_OF(latin))
		return latin[point - LATIN_FIRST];
	for (uint32_t i = 0; i < COUNT_OF(signs); i++)
		if (signs[i].point == point)
			return signs[i].letters;
	return ret_own;
}

static uint32_t put_utf8(uint32_t point, char *bytes)
{
	if (point < 0x80) {
		bytes[0] = (char)point;
		return 1;
	}
	if (point < 0x800) {
		bytes[0] = (char)(0xC0 | point >> 6);
		bytes[1] = (char)(0x80 | (point & 0x3F));
		return 2;
	}
	if (point < 0x10000) {
		bytes[0] = (char)(0xE0 | point >> 12);
		bytes[1] = (char)(0x80 | (point >> 6 & 0x3F));
		bytes[2] = (char)(0x80 | (point & 0x3F));
		return 3;
	}
	bytes[0] = (char)(0xF0 | point >> 18);
	bytes[1] = (char)(0x80 | (point >> 12 & 0x3F));
	bytes[2] = (char)(0x80 | (point >> 6 & 0x3F));
	bytes[3] = (char)(0x80 | (point & 0x3F));
	return 4;
}

/* The byte of a character in a one-byte set. False: the set lacks it. */
static bool one_byte(enum charset charset, uint32_t point, char *byte)
{
	*byte = (char)point;
	if (point < 0x80)
		return true;
	if (charset == CHARSET_ASCII)
		return false;
	if (point >= LATIN_FIRST && point <= 0xFF)
		return true;
	for (uint32_t i = 0; charset == CHARSET_WINDOWS_1252 && i < COUNT_OF(windows_points); i++)
		if (windows_points[i] == point) {
			*byte = (char)(0x80 + i);
			return true;
		}
	return false;
}

uint32_t charset_put(enum charset charset, uint32_t point, char ret_bytes[CHARSET_BYTES_MAX],
		     bool *ret_is_other)
{
	ASSERT(ret_bytes != NULL && ret_is_other != NULL);
	char own[2];
	*ret_is_other = point == CHARSET_UNKNOWN;
	if (charset == CHARSET_UTF_8 && point != CHARSET_UNKNOWN)
		return put_utf8(point, ret_bytes);
	if (charset != CHARSET_UTF_8 && one_byte(charset, point, ret_bytes))
		return 1;
	*ret_is_other = true;
	const char *letters = charset_ascii(point, own);
	uint32_t size = (uint32_t)strlen(letters);
	ASSERT(size >= 1 && size <= CHARSET_BYTES_MAX);
	memcpy(ret_bytes, letters, size);
	return size;
}

bool charset_get(enum charset charset, struct slice bytes, uint32_t *ret_point,
		 uint32_t *ret_taken)
{
	ASSERT(bytes.size > 0 && ret_point != NULL && ret_taken != NULL);
	unsigned char first = (unsigned char)bytes.data[0];
	uint32_t point = first;
	uint32_t taken = 1;
	switch (charset) {
	case CHARSET_UTF_8:
		taken = charset_next(bytes, &point);
		if (point == CHARSET_UNKNOWN)
			return false;
		break;
	case CHARSET_ASCII:
		if (first >= 0x80)
			return false;
		break;
	case CHARSET_WINDOWS_1252:
		if (first >= 0x80 && first < LATIN_FIRST)
			point = windows_points[first - 0x80];
		if (point == 0 && first != 0)
			return false;
		break;
	case CHARSET_ISO_8859_1:
		break;
	}
	*ret_point = point;
	*ret_taken = taken;
	return true;
}
