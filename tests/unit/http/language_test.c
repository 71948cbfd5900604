/* Accept-Language in its forms. */
#include "engine/http/language.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct case_language {
	const char *header;
	enum result_language language;
};

static void headers(void **state)
{
	static const struct case_language cases[] = {
	    {"", RESULT_LANGUAGE_IT},
	    {"it", RESULT_LANGUAGE_IT},
	    {"en", RESULT_LANGUAGE_EN},
	    {"EN-gb", RESULT_LANGUAGE_EN},
	    {"en, it", RESULT_LANGUAGE_EN},
	    {"it, en", RESULT_LANGUAGE_IT},
	    {"it;q=0.5, en;q=0.9", RESULT_LANGUAGE_EN},
	    {"en;q=0.5, it;q=0.9", RESULT_LANGUAGE_IT},
	    {"fr, de;q=0.9, en;q=0.1", RESULT_LANGUAGE_EN},
	    {"fr", RESULT_LANGUAGE_IT},
	    {"en;q=0", RESULT_LANGUAGE_IT},
	    {"en;q=zero", RESULT_LANGUAGE_IT},
	    {"english", RESULT_LANGUAGE_IT},
	    {"*", RESULT_LANGUAGE_IT},
	    {",,;;,en", RESULT_LANGUAGE_EN},
	    {"en ; q=1.000 , it ; q=0.999", RESULT_LANGUAGE_EN},
	    {"it;q=0.001,en;q=0.002", RESULT_LANGUAGE_EN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(language_of(slice_from_text(cases[i].header)), cases[i].language);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(headers)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
