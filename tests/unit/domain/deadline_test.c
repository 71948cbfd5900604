/* Dates of a month, with the defaults and with an ambito's own. */
#include "engine/domain/deadline.h"

#include "tests/unit/domain/expect.h"

static void expect_dates(uint8_t submission, uint8_t freeze, uint16_t late, const char *month,
			 const char *const dates[3])
{
	struct ambito ambito = {.submission_deadline_day = submission,
				.statement_cutoff_day = freeze,
				.late_submission_days = late};
	struct deadlines found = deadlines_of(&ambito, fixture_month(month));
	assert_int_equal(found.submission.number, fixture_day(dates[0]).number);
	assert_int_equal(found.freeze.number, fixture_day(dates[1]).number);
	assert_int_equal(found.late_window.number, fixture_day(dates[2]).number);
}

static void by_default(void **state)
{
	(void)state;
	expect_dates(10, 12, 31, "2026-01",
		     (const char *const[]){"2026-02-10", "2026-02-12", "2026-03-03"});
	expect_dates(10, 12, 31, "2026-06",
		     (const char *const[]){"2026-07-10", "2026-07-12", "2026-07-31"});
	expect_dates(10, 12, 31, "2028-02",
		     (const char *const[]){"2028-03-10", "2028-03-12", "2028-03-31"});
	expect_dates(10, 12, 31, "2026-12",
		     (const char *const[]){"2027-01-10", "2027-01-12", "2027-01-31"});
}

static void by_choice(void **state)
{
	(void)state;
	expect_dates(5, 20, 0, "2026-04",
		     (const char *const[]){"2026-05-05", "2026-05-20", "2026-04-30"});
	expect_dates(31, 31, 365, "2100-12",
		     (const char *const[]){"2101-01-31", "2101-01-31", "2101-12-31"});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(by_default),
	    cmocka_unit_test(by_choice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
