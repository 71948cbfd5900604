/* Italian holidays: Easter against a second computation and known years, the list of a year, laws
 * that changed it, the patron, and working days over every year's end. */
#include "engine/base/calendar_it.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct patron_day no_patron = {0, 0, 0};

static struct day the_day(const char *text)
{
	struct day day = {.number = INT32_MIN};
	assert_true(day_parse(slice_from_text(text), &day));
	return day;
}

static struct day civil(int32_t year, int32_t month, int32_t day)
{
	struct day result = {0};
	assert_true(day_from_civil((struct civil_day){year, month, day}, &result));
	return result;
}

/* The paschal full moon by the calendar's own rule (epact with the corrections of 1900 to 2199),
 * then the first Sunday after it: nothing in common with the engine's formula. */
static struct day easter_by_epact(int32_t year)
{
	int32_t golden_number = year % 19 + 1;
	int32_t epact = (11 * (golden_number - 1) + 29) % 30; /* 29: golden number 1, 1900-2199 */
	/* Days from 21 March to the full moon: epact 24 counts as 25, and 25 as 26 in the second
	 * half of the cycle, so that no moon falls twice on one day. */
	if (epact == 24 || (epact == 25 && golden_number > 11))
		epact++;
	struct day moon = civil(year, 3, 21);
	moon.number += (53 - epact) % 30;
	do
		moon.number++;
	while (day_of_week(moon) != 7);
	return moon;
}

static void easter_of_a_century(void **state)
{
	(void)state;
	static const char *const known[] = {"2000-04-23", "2008-03-23", "2011-04-24", "2019-04-21",
					    "2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28",
					    "2038-04-25", "2049-04-18", "2076-04-19", "2100-03-28"};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct day day = the_day(known[i]);
		assert_int_equal(calendar_it_easter(day_fiscal_year(day)).number, day.number);
	}
	for (int32_t year = CALENDAR_IT_YEAR_MIN; year <= CALENDAR_IT_YEAR_MAX; year++)
		assert_int_equal(calendar_it_easter(year).number, easter_by_epact(year).number);
}

static void holidays_of_2026(void **state)
{
	(void)state;
	static const char *const expected[] = {
	    "2026-01-01", "2026-01-06", "2026-04-05", "2026-04-06", "2026-04-25",
	    "2026-05-01", "2026-06-02", "2026-08-15", "2026-10-04", "2026-11-01",
	    "2026-12-08", "2026-12-25", "2026-12-26"};
	size_t next = 0;
	for (struct day day = the_day("2026-01-01"); day.number <= the_day("2026-12-31").number;
	     day.number++) {
		if (!calendar_it_is_holiday(day, no_patron))
			continue;
		assert_true(next < sizeof(expected) / sizeof(expected[0]));
		assert_int_equal(day.number, the_day(expected[next]).number);
		next++;
	}
	assert_int_equal(next, sizeof(expected) / sizeof(expected[0]));
}

static void laws_have_their_first_year(void **state)
{
	(void)state;
	assert_false(calendar_it_is_holiday(the_day("2000-06-02"), no_patron));
	assert_true(calendar_it_is_holiday(the_day("2001-06-02"), no_patron));
	assert_false(calendar_it_is_holiday(the_day("2010-03-17"), no_patron));
	assert_true(calendar_it_is_holiday(the_day("2011-03-17"), no_patron));
	assert_false(calendar_it_is_holiday(the_day("2012-03-17"), no_patron));
	assert_false(calendar_it_is_holiday(the_day("2025-10-04"), no_patron));
	assert_true(calendar_it_is_holiday(the_day("2027-10-04"), no_patron));
	assert_false(calendar_it_is_holiday(the_day("1999-12-25"), no_patron));
	assert_false(calendar_it_is_holiday(the_day("2101-12-25"), no_patron));
}

static void patron_saint(void **state)
{
	(void)state;
	struct patron_day pantaleone = {.month = 6, .day = 10}; /* Crema */
	assert_true(calendar_it_patron_is_valid(pantaleone));
	assert_true(calendar_it_is_holiday(the_day("2026-06-10"), pantaleone));
	assert_false(calendar_it_is_holiday(the_day("2026-06-10"), no_patron));
	assert_false(calendar_it_is_working_day(the_day("2026-06-10"), pantaleone));
	assert_false(calendar_it_patron_is_valid((struct patron_day){2, 29, 0}));
	assert_false(calendar_it_patron_is_valid((struct patron_day){13, 1, 0}));
	assert_false(calendar_it_patron_is_valid((struct patron_day){0, 4, 0}));
	/* Whit Monday, 50 days after Easter: 25 May 2026, 17 May 2027. */
	struct patron_day whit = {.easter_days = 50};
	assert_true(calendar_it_patron_is_valid(whit));
	assert_true(calendar_it_is_holiday(the_day("2026-05-25"), whit));
	assert_false(calendar_it_is_holiday(the_day("2027-05-25"), whit));
	assert_true(calendar_it_is_holiday(the_day("2027-05-17"), whit));
	assert_false(calendar_it_patron_is_valid((struct patron_day){0, 0, 71}));
	assert_false(calendar_it_patron_is_valid((struct patron_day){4, 0, 0}));
	assert_true(calendar_it_patron_is_valid(no_patron));
}

static struct day after(const char *from, uint32_t days, struct patron_day patron)
{
	struct day day = {0};
	assert_true(calendar_it_add_working_days(the_day(from), days, patron, &day));
	return day;
}

static void working_days(void **state)
{
	(void)state;
	/* DOMAIN section 9: frozen on the 12th, confirmed by the 19th, five working days later. */
	assert_int_equal(after("2026-02-12", 5, no_patron).number, the_day("2026-02-19").number);
	assert_int_equal(after("2026-02-12", 0, no_patron).number, the_day("2026-02-12").number);
	/* Good Friday is worked, Easter Monday is not. */
	assert_int_equal(after("2026-04-02", 2, no_patron).number, the_day("2026-04-07").number);
	/* Thursday 24 December 2026: 25 holiday, 26 Saturday and holiday, 27 Sunday, 28 works;
	 * 1 January holiday. */
	assert_int_equal(after("2026-12-24", 5, no_patron).number, the_day("2027-01-04").number);
	assert_int_equal(after("2026-06-08", 2, (struct patron_day){6, 10, 0}).number,
			 the_day("2026-06-11").number);
	struct day last = civil(9999, 12, 30);
	struct day kept = last;
	assert_false(calendar_it_add_working_days(last, 3, no_patron, &kept));
	assert_int_equal(kept.number, last.number);
}

/* Every day of the range: adding n days passes exactly n working days and stops on one. */
static void adding_counts_working_days(void **state)
{
	(void)state;
	for (int32_t year = CALENDAR_IT_YEAR_MIN; year < CALENDAR_IT_YEAR_MAX; year++) {
		for (int32_t month = 1; month <= 12; month += 11) {
			struct day from = civil(year, month, month == 1 ? 1 : 24);
			struct day to = {0};
			assert_true(calendar_it_add_working_days(from, 7, no_patron, &to));
			assert_true(calendar_it_is_working_day(to, no_patron));
			uint32_t counted = 0;
			for (struct day day = from; day.number < to.number;) {
				day.number++;
				if (calendar_it_is_working_day(day, no_patron))
					counted++;
			}
			assert_int_equal(counted, 7);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(easter_of_a_century),
	    cmocka_unit_test(holidays_of_2026),
	    cmocka_unit_test(laws_have_their_first_year),
	    cmocka_unit_test(patron_saint),
	    cmocka_unit_test(working_days),
	    cmocka_unit_test(adding_counts_working_days),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
