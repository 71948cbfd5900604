/* Dates of a month, with the defaults and with an ambito's own. */
#include "engine/domain/deadline.h"

#include "tests/unit/domain/expect.h"

static void expect_dates(const struct fixture *fixture, const char *month,
			 const char *const dates[3])
{
	struct deadlines found =
	    deadlines_of(&fixture->state, fixture->ambito, fixture_month(month));
	assert_int_equal(found.submission.number, fixture_day(dates[0]).number);
	assert_int_equal(found.freeze.number, fixture_day(dates[1]).number);
	assert_int_equal(found.late_window.number, fixture_day(dates[2]).number);
}

/* A value from a day on, as parameter_set leaves it. */
static void set(struct fixture *fixture, enum parameter_name name, const char *from,
		uint32_t number)
{
	struct parameter value = {.ambito = fixture->ambito,
				  .valid_from = fixture_day(from),
				  .number = number,
				  .name = (uint8_t)name};
	uint32_t id = state_count(&fixture->state, RECORD_KIND_PARAMETER) + 1;
	assert_true(apply_record(&fixture->state, RECORD_KIND_PARAMETER, id, &value));
}

static void by_default(void **state)
{
	expect_dates(*state, "2026-01",
		     (const char *const[]){"2026-02-10", "2026-02-12", "2026-03-03"});
	expect_dates(*state, "2026-06",
		     (const char *const[]){"2026-07-10", "2026-07-12", "2026-07-31"});
	expect_dates(*state, "2028-02",
		     (const char *const[]){"2028-03-10", "2028-03-12", "2028-03-31"});
	expect_dates(*state, "2026-12",
		     (const char *const[]){"2027-01-10", "2027-01-12", "2027-01-31"});
}

/* What is in force on the month's last day holds. */
static void by_choice(void **state)
{
	struct fixture *fixture = *state;
	set(fixture, PARAMETER_SUBMISSION_DEADLINE_DAY, "2026-04-30", 5);
	set(fixture, PARAMETER_STATEMENT_CUTOFF_DAY, "2026-04-30", 20);
	set(fixture, PARAMETER_LATE_SUBMISSION_LAST_DAY, "2026-04-30", 0);
	set(fixture, PARAMETER_LATE_SUBMISSION_LAST_DAY, "2100-01-01", 365);
	expect_dates(fixture, "2026-03",
		     (const char *const[]){"2026-04-10", "2026-04-12", "2026-05-01"});
	expect_dates(fixture, "2026-04",
		     (const char *const[]){"2026-05-05", "2026-05-20", "2026-04-30"});
	expect_dates(fixture, "2100-12",
		     (const char *const[]){"2101-01-05", "2101-01-20", "2101-12-31"});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(by_default),
	    EXPECT_TEST(by_choice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
