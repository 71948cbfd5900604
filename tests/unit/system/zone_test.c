/* Legal time derived from the machine, against instants known from elsewhere. */
#include "engine/system/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct zone_table zone;

static void rome_from_2000_to_2100(void **state)
{
	(void)state;
	assert_int_equal(zone_derive("Europe/Rome", &zone), RESULT_OK);
	assert_true(zone_is_valid(&zone));
	assert_true(zone_is_rome(&zone));
	/* Two changes a year for 101 years, and the beginning. */
	assert_int_equal(zone.count, 2 * 101 + 1);
	for (uint32_t i = 1; i < zone.count; i++) {
		/* Every change is at 01:00 UTC on a Sunday. */
		int64_t second = zone.transitions[i].at_us / TIME_US_PER_SECOND;
		struct day day = {(int32_t)(second / TIME_SECONDS_PER_DAY)};

		assert_int_equal(second % TIME_SECONDS_PER_DAY, 3600);
		assert_int_equal(day_of_week(day), 7);
		assert_int_equal(zone.transitions[i].offset_s, i % 2 == 1 ? 7200 : 3600);
	}
}

static void another_zone_is_not_rome(void **state)
{
	(void)state;
	assert_int_equal(zone_derive("UTC", &zone), RESULT_OK);
	assert_int_equal(zone.count, 1);
	assert_false(zone_is_rome(&zone));
	assert_int_equal(zone_derive("Europe/London", &zone), RESULT_OK);
	assert_false(zone_is_rome(&zone));
}

static void what_is_no_zone_is_refused(void **state)
{
	static const char *const names[] = {"",
					    "Europe/Roma",
					    "Europe",
					    "/usr/share/zoneinfo/Europe/Rome",
					    "../zoneinfo/Europe/Rome",
					    "tzdata.zi",
					    "zone.tab"};

	(void)state;
	zone.count = 77;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(zone_derive(names[i], &zone), RESULT_BAD_TIME_ZONE);
	assert_int_equal(zone.count, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rome_from_2000_to_2100),
	    cmocka_unit_test(another_zone_is_not_rome),
	    cmocka_unit_test(what_is_no_zone_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
