/* Every kind of record belongs to a part of the API; none given means all. */
#include "engine/auth/scope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void every_kind_has_its_part(void **state)
{
	(void)state;
	for (uint32_t kind = 1; kind <= RECORD_KIND_MAX; kind++)
		if (record_kind_exists(kind))
			assert_int_not_equal(scope_of_kind((enum record_kind)kind), 0);
	assert_int_equal(scope_of_kind(RECORD_KIND_REDEMPTION), SCOPE_VISITS);
	assert_int_equal(scope_of_kind(RECORD_KIND_CREDENTIAL), SCOPE_ACCESS);
}

static void none_means_all(void **state)
{
	struct credential credential = {.revoked = 0};

	(void)state;
	assert_int_equal(scope_bits_of(&credential), SCOPES_ALL);
	credential.scope_read = 1;
	assert_int_equal(scope_bits_of(&credential), SCOPE_READ);
	credential.scope_visits = credential.scope_titles = credential.scope_accounts = 1;
	credential.scope_plan = credential.scope_register = 1;
	credential.scope_couriers = credential.scope_access = 1;
	assert_int_equal(scope_bits_of(&credential), SCOPES_ALL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_kind_has_its_part),
	    cmocka_unit_test(none_means_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
