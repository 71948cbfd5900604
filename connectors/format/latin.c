/* Signs that banks take: see latin.h. */
#include "connectors/format/latin.h"

#include "connectors/format/charset.h"

#include <string.h>

static bool is_letter_or_digit(char sign)
{
	return (sign >= 'a' && sign <= 'z') || (sign >= 'A' && sign <= 'Z') ||
	       (sign >= '0' && sign <= '9');
}

/* Where a sign stands in a list of signs; the list's length: nowhere. */
static uint32_t place_in(const char *signs, char sign)
{
	uint32_t place = 0;
	while (signs[place] != '\0' && signs[place] != sign)
		place++;
	return place;
}

static bool is_of_set(enum latin_set set, char sign)
{
	static const char others[] = "/-?:().,'+ ";
	if (set == LATIN_ASCII)
		return sign >= ' ' && sign <= '~';
	return is_letter_or_digit(sign) || place_in(others, sign) < sizeof(others) - 1;
}

bool latin_is(enum latin_set set, struct slice text)
{
	for (uint32_t i = 0; i < text.size; i++)
		if (!is_of_set(set, text.data[i]))
			return false;
	return true;
}

/* The sign of the SEPA set that stands for another ASCII one. */
static char stand_in(char sign)
{
	static const char from[] = "&_\"`[]{}<>;*";
	static const char to[] = "+-''()()(),.";
	static_assert(sizeof(from) == sizeof(to), "one for one");
	uint32_t place = place_in(from, sign);
	return place == sizeof(from) - 1 ? '.' : to[place];
}

static bool is_blank(uint32_t point)
{
	return point == ' ' || point == '\t' || point == '\n' || point == '\r' || point == 0xA0;
}

struct latin latin_write(enum latin_set set, struct slice text, char *ret_text, uint32_t size)
{
	ASSERT(ret_text != NULL && size > 0);
	struct latin told = {.size = 0};
	bool has_blank = false; /* before the next letter */
	char own[2];
	while (text.size > 0) {
		uint32_t point = 0;
		uint32_t taken = charset_next(text, &point);
		text = (struct slice){text.data + taken, text.size - taken};
		if (is_blank(point)) {
			has_blank = told.size > 0;
			continue;
		}
		const char *letters = charset_ascii(point, own);
		uint32_t count = (uint32_t)strlen(letters);
		told.is_changed = told.is_changed || point > '~' || point < ' ';
		if (count + (has_blank ? 1u : 0u) > size - told.size) {
			told.is_cut = true;
			break;
		}
		if (has_blank)
			ret_text[told.size++] = ' ';
		has_blank = false;
		for (uint32_t i = 0; i < count; i++) {
			bool is_good = is_of_set(set, letters[i]);
			told.is_changed = told.is_changed || !is_good;
			ret_text[told.size++] = is_good ? letters[i] : stand_in(letters[i]);
		}
	}
	memset(ret_text + told.size, 0, size - told.size);
	return told;
}
