/* Character sets: what a set holds goes there and back, what it lacks is rewritten and told. */
#include "connectors/format/charset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static void every_character_comes_back(void **state)
{
	(void)state;
	for (uint8_t set = CHARSET_UTF_8; set <= CHARSET_WINDOWS_1252; set++)
		for (uint32_t point = 1; point < 0x11000; point++) {
			char bytes[CHARSET_BYTES_MAX];
			bool is_other = false;
			uint32_t back = 0;
			uint32_t taken = 0;
			if (point >= 0xD800 && point < 0xE000)
				continue;
			uint32_t size = charset_put(set, point, bytes, &is_other);
			assert_true(size >= 1 && size <= CHARSET_BYTES_MAX);
			if (is_other) {
				assert_true(set != CHARSET_UTF_8 || point == CHARSET_UNKNOWN);
				for (uint32_t i = 0; i < size; i++)
					assert_true((unsigned char)bytes[i] < 0x80);
				continue;
			}
			assert_true(charset_get(set, (struct slice){bytes, size}, &back, &taken));
			assert_int_equal(back, point);
			assert_int_equal(taken, size);
		}
}

static void letters_that_lack_are_rewritten(void **state)
{
	static const struct {
		uint32_t point;
		const char *letters;
	} rows[] = {{0xE0, "a"},   {0xC8, "E"},   {0xDF, "ss"},   {0x20AC, "EUR"}, {0x2019, "'"},
		    {0x2026, "..."}, {0x153, "oe"}, {0x17E, "z"}, {0x4E2D, "?"},   {0xAB, "\""},
		    {'x', "x"},	   {0x1F600, "?"}};
	char own[2];
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(charset_ascii(rows[i].point, own), rows[i].letters);
}

static void bytes_of_no_character_are_refused(void **state)
{
	uint32_t point = 0;
	uint32_t taken = 0;
	(void)state;
	assert_false(charset_get(CHARSET_ASCII, slice_from_text("\xe0"), &point, &taken));
	assert_false(charset_get(CHARSET_WINDOWS_1252, slice_from_text("\x81"), &point, &taken));
	assert_true(charset_get(CHARSET_WINDOWS_1252, slice_from_text("\x80"), &point, &taken));
	assert_int_equal(point, 0x20AC);
	assert_false(charset_get(CHARSET_UTF_8, slice_from_text("\xc3"), &point, &taken));
	assert_false(charset_get(CHARSET_UTF_8, slice_from_text("\xed\xa0\x80"), &point, &taken));
	assert_int_equal(charset_next(slice_from_text("\xc0\xaf"), &point), 1);
	assert_int_equal(point, CHARSET_UNKNOWN);
}

static void sets_have_names(void **state)
{
	(void)state;
	for (uint8_t set = CHARSET_UTF_8; set <= CHARSET_WINDOWS_1252; set++)
		assert_int_equal(charset_of_name(slice_from_text(charset_name(set))), set);
	assert_int_equal(charset_of_name(slice_from_text("iso-8859-1")), CHARSET_ISO_8859_1);
	assert_int_equal(charset_of_name(slice_from_text("latin1")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_character_comes_back),
	    cmocka_unit_test(letters_that_lack_are_rewritten),
	    cmocka_unit_test(bytes_of_no_character_are_refused),
	    cmocka_unit_test(sets_have_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
