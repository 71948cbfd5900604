/* The auditor's arithmetic and calendar: to the cent, at the edges of rounding and of months. */
#include "engine/audit/money.h"

#include "engine/audit/calendar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* SOURCE DOMAIN section 8, SCENARIOS S00, S13. */
static void parts_are_rounded_half_up(void **state)
{
	(void)state;
	assert_int_equal(money_part(60, 2260, 60), 2260);
	assert_int_equal(money_part(75, 2260, 60), 2825);
	assert_int_equal(money_part(40, 2260, 60), 1507);
	assert_int_equal(money_part(1, 1, 2), 1);
	assert_int_equal(money_part(1, 1, 3), 0);
	assert_int_equal(money_part(2, 1, 3), 1);
	assert_int_equal(money_part(0, 2260, 60), 0);
	assert_int_equal(money_part(26555, 500, 10000), 1328);
	assert_int_equal(money_part(INT64_C(4000000000000), 10000, 12200),
			 INT64_C(3278688524590));
}

static void parts_add_up_to_the_whole(void **state)
{
	(void)state;
	const int64_t halves[] = {565, 565};
	const int64_t shares[] = {6000, 4000};
	const int64_t nothing[] = {0, 0, 0};
	int64_t parts[3];
	money_divide(57, halves, 2, parts); /* S14: the cent goes to the first */
	assert_int_equal(parts[0], 29);
	assert_int_equal(parts[1], 28);
	money_divide(28476, shares, 2, parts); /* S15: to the larger remainder */
	assert_int_equal(parts[0], 17086);
	assert_int_equal(parts[1], 11390);
	money_divide(0, nothing, 3, parts);
	assert_int_equal(parts[0] + parts[1] + parts[2], 0);
	for (int64_t total = 0; total < 200; total++) {
		const int64_t weights[] = {7, total, 13};
		money_divide(total, weights, 3, parts);
		assert_int_equal(parts[0] + parts[1] + parts[2], total);
	}
}

static void amounts_are_told_in_euro(void **state)
{
	(void)state;
	assert_string_equal(money_text(0).text, "0,00");
	assert_string_equal(money_text(27883).text, "278,83");
	assert_string_equal(money_text(-5).text, "-0,05");
	assert_string_equal(money_text(INT64_MIN).text, "-92233720368547758,08");
}

static void months_begin_on_their_first_day(void **state)
{
	(void)state;
	assert_int_equal(calendar_first_day(1970 * 12), 0);
	assert_int_equal(calendar_first_day(1970 * 12 + 1), 31);
	assert_int_equal(calendar_first_day(2000 * 12 + 2), 11017); /* after a leap day */
	assert_int_equal(calendar_first_day(2026 * 12), 20454);
	for (int64_t month = 1970 * 12; month < 2100 * 12; month++) {
		int64_t days = calendar_first_day(month + 1) - calendar_first_day(month);
		assert_true(days >= 28 && days <= 31);
	}
}

/* A visit at 23:30 UTC on 31 December is one of January in Rome: SOURCE SCENARIOS S06. */
static void instants_lie_in_local_months(void **state)
{
	(void)state;
	struct ledger ledger = {0};
	int64_t before[FIELDS_MAX];
	const int64_t row[FIELDS_MAX] = {[ZONE_ROW_AT] = INT64_MIN,
					 [ZONE_ROW_OFFSET_S_PLUS_DAY] = 86400 + 3600};
	const int64_t day_us = INT64_C(86400000000);
	assert_null(ledger_put(&ledger, KIND_ZONE_ROW, 1, row, before));
	int64_t new_year = calendar_first_day(2026 * 12) * day_us;
	assert_int_equal(calendar_month(&ledger, new_year), 2026 * 12);
	assert_int_equal(calendar_month(&ledger, new_year - day_us / 48), 2026 * 12);
	assert_int_equal(calendar_month(&ledger, new_year - day_us / 12), 2025 * 12 + 11);
	ledger_free(&ledger);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(parts_are_rounded_half_up),
	    cmocka_unit_test(parts_add_up_to_the_whole),
	    cmocka_unit_test(amounts_are_told_in_euro),
	    cmocka_unit_test(months_begin_on_their_first_day),
	    cmocka_unit_test(instants_lie_in_local_months),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
