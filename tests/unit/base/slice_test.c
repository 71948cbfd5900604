/* Slices: same bytes, whatever they are. */
#include "engine/base/slice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void equality(void **state)
{
	(void)state;
	struct slice none = {.data = NULL, .size = 0};
	struct slice with_nul = {.data = "a\0b", .size = 3};
	struct slice other = {.data = "a\0c", .size = 3};
	assert_true(slice_equals(none, slice_from_text("")));
	assert_true(slice_equals_text(none, ""));
	assert_true(slice_equals(with_nul, with_nul));
	assert_false(slice_equals(with_nul, other));
	assert_false(slice_equals_text(with_nul, "a"));
	assert_false(slice_equals_text(slice_from_text("Crema"), "Crem"));
	assert_false(slice_equals_text(slice_from_text("Crem"), "Crema"));
	assert_int_equal(slice_from_text("città").size, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(equality)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
