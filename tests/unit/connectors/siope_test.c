/* The list of SIOPE codes: the one that is shipped, and lists that are none. */
#include "connectors/format/siope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static _Alignas(16) unsigned char memory[1 << 18];

static void the_shipped_list(void **state)
{
	static char text[1 << 16];
	struct siope siope;
	struct arena arena;
	uint32_t line = 0;
	(void)state;
	FILE *file = fopen("connectors/profiles/siope-uscite.codes", "rb");
	assert_non_null(file);
	size_t size = fread(text, 1, sizeof(text), file);
	fclose(file);
	assert_true(size < sizeof(text));
	arena_init(&arena, memory, sizeof(memory));
	assert_true(siope_read(&siope, &arena, (struct slice){text, (uint32_t)size}, &line));
	assert_int_equal(siope.count, 1281);
	/* The two vectors of tests/golden/identifiers.csv, and what social titles use. */
	assert_true(siope_has(&siope, slice_from_text("1030215009")));
	assert_false(siope_has(&siope, slice_from_text("1040202001")));
	assert_true(siope_has(&siope, slice_from_text("1030215003")));
	assert_true(siope_has(&siope, slice_from_text("1030215008")));
	assert_true(siope_has(&siope, slice_from_text("1040202999")));
	assert_false(siope_has(&siope, slice_from_text("103021500")));
	assert_false(siope_has(&siope, slice_from_text("")));
	assert_false(siope_has(&siope, slice_from_text("9999999999")));
}

static void lists_in_any_order_and_lists_that_are_none(void **state)
{
	struct siope siope = {.codes = NULL};
	struct arena arena;
	uint32_t line = 7;
	(void)state;
	arena_init(&arena, memory, sizeof(memory));
	assert_true(siope_read(&siope, &arena, slice_from_text(""), &line));
	assert_false(siope_has(&siope, slice_from_text("1030215009")));
	assert_true(
	    siope_read(&siope, &arena, slice_from_text("# x\n\n2000000000\r\n1000000000"), &line));
	assert_int_equal(siope.count, 2);
	assert_true(siope_has(&siope, slice_from_text("1000000000")));
	assert_true(siope_has(&siope, slice_from_text("2000000000")));
	assert_false(siope_read(&siope, &arena, slice_from_text("1000000000\n1.03.02\n"), &line));
	assert_int_equal(line, 2);
	arena_init(&arena, memory, 16);
	assert_false(siope_read(&siope, &arena, slice_from_text("1\n2\n3\n"), &line));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_shipped_list),
	    cmocka_unit_test(lists_in_any_order_and_lists_that_are_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
