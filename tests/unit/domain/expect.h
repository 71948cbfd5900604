/* What tests of the rules say: a fixture per test, and results by their codes. */
#ifndef TESTS_UNIT_DOMAIN_EXPECT_H
#define TESTS_UNIT_DOMAIN_EXPECT_H

#include "tests/support/domain_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The command ends in this result. */
#define EXPECT(fixture, command, name)                                                             \
	assert_string_equal(result_code(fixture_result((fixture), (command))),                     \
			    result_code(RESULT_##name))
/* The same, and the outcome names this field. */
#define EXPECT_FIELD(fixture, command, code, member)                                               \
	do {                                                                                       \
		EXPECT(fixture, command, code);                                                    \
		assert_non_null((fixture)->last.field);                                            \
		assert_string_equal((fixture)->last.field->name, (member));                        \
	} while (0)
/* Amounts, in cents. raw: tests compare with literals. */
#define EXPECT_CENTS(amount, literal) assert_int_equal((amount).raw, (literal))

int expect_setup(void **state);
int expect_teardown(void **state);
#define EXPECT_TEST(test) cmocka_unit_test_setup_teardown(test, expect_setup, expect_teardown)

#endif
