/* What may be asked: names, addresses, ports; and what only looks like them. */
#include "engine/http/authority.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void right_and_wrong(void **state)
{
	static const char *const right[] = {
	    "a",
	    "a.example",
	    "a.example:443",
	    "127.0.0.1:8910",
	    "a:",
	    "xn--a-b_c~d",
	    "a%2Db",
	    "!$&'()*+,;=",
	    "[::1]",
	    "[2001:db8::1]:443",
	    "[::ffff:192.0.2.1]",
	};
	static const char *const wrong[] = {
	    "",	    ":",	   ":80",    "a b",	"a/b",	    "u@a",  "a?b",  "a#b",
	    "a\\b", "http://a",	   "a:80x",  "a:80:80", "a:123456", "[::1", "::1]", "[]",
	    "[:]x", "[::1]x",	   "[g::1]", "[[::1]]", "\"a\"",    "<a>",  "a%2",  "a%",
	    "a%zz", "caf\xc3\xa9", "a\x7f",  "a\t",	"a|b",	    "a^b",  "a`b",  "{a}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		if (!authority_is_valid(slice_from_text(right[i])))
			fail_msg("refused: %s", right[i]);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (authority_is_valid(slice_from_text(wrong[i])))
			fail_msg("taken: %s", wrong[i]);
}

static void bounds(void **state)
{
	char text[300];

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_true(authority_is_valid((struct slice){text, 255}));
	assert_false(authority_is_valid((struct slice){text, 256}));
	memcpy(text + 255, ":443", 4);
	assert_true(authority_is_valid((struct slice){text, 259}));
	memset(text, ':', sizeof(text));
	text[0] = '[';
	text[46] = ']';
	assert_true(authority_is_valid((struct slice){text, 47}));
	text[46] = ':';
	text[47] = ']';
	assert_false(authority_is_valid((struct slice){text, 48}));
	/* A NUL is no end of a text here. */
	assert_false(authority_is_valid((struct slice){"a\0b", 3}));
	assert_false(authority_is_valid((struct slice){"\0", 1}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(right_and_wrong),
	    cmocka_unit_test(bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
