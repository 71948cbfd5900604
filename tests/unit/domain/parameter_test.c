/* Parameters: how values are written, what is in force where and when. */
#include "engine/domain/parameter.h"

#include "tests/unit/domain/expect.h"

#include <string.h>

static struct command set(const struct fixture *fixture, enum parameter_name name,
			  const char *value, const char *from)
{
	struct command command =
	    fixture_command(COMMAND_KIND_PARAMETER_SET, fixture->role[ROLE_UDP_MANAGER]);
	struct command_parameter_set *input = &command.input.parameter_set;
	input->ambito = fixture->ambito;
	input->name = (uint8_t)name;
	FIXTURE_TEXT(input->value, value);
	input->valid_from = fixture_day(from);
	FIXTURE_TEXT(input->act, "SYNTHETIC 1/2026");
	return command;
}

static struct slice slice_of(const char *text)
{
	return (struct slice){text, (uint32_t)strlen(text)};
}

static void values_are_read_exactly(void **state)
{
	(void)state;
	static const struct {
		enum parameter_name name;
		const char *text;
		int64_t number; /* -1: refused */
	} rows[] = {
	    {PARAMETER_RESERVE_TTL_DAYS, "15", 15},
	    {PARAMETER_RESERVE_TTL_DAYS, "0", -1},
	    {PARAMETER_RESERVE_TTL_DAYS, "367", -1},
	    {PARAMETER_RESERVE_TTL_DAYS, "1x", -1},
	    {PARAMETER_RESERVE_TTL_DAYS, "", -1},
	    {PARAMETER_RESERVE_TTL_DAYS, "-1", -1},
	    {PARAMETER_RESERVE_TTL_DAYS, "99999999999", -1},
	    {PARAMETER_SUSPENDED_UNITS_RECOVERABLE, "true", 1},
	    {PARAMETER_SUSPENDED_UNITS_RECOVERABLE, "false", 0},
	    {PARAMETER_SUSPENDED_UNITS_RECOVERABLE, "1", -1},
	    {PARAMETER_CARRY_OVER_POLICY, "IF_USED_LAST_N", CARRY_OVER_POLICY_IF_USED_LAST_N},
	    {PARAMETER_CARRY_OVER_POLICY, "all", -1},
	    {PARAMETER_ISEE_VALIDITY_END, "31-12", 1231},
	    {PARAMETER_ISEE_VALIDITY_END, "29-02", 229},
	    {PARAMETER_PATRON_DAY, "10-06", 610},
    {PARAMETER_PATRON_DAY, "29-02", -1},
    {PARAMETER_PATRON_EASTER_DAYS, "50", 50},
    {PARAMETER_PATRON_EASTER_DAYS, "71", -1},
    {PARAMETER_ISEE_VALIDITY_END, "30-02", -1},
	    {PARAMETER_ISEE_VALIDITY_END, "31-13", -1},
	    {PARAMETER_ISEE_VALIDITY_END, "31", -1},
	    {PARAMETER_ISEE_VALIDITY_END, "31-12-", -1},
	    {PARAMETER_PROVISIONAL_BUDGET_MONTHLY_FRACTION, "1/12", 1 << 16 | 12},
	    {PARAMETER_PROVISIONAL_BUDGET_MONTHLY_FRACTION, "13/12", -1},
	    {PARAMETER_PROVISIONAL_BUDGET_MONTHLY_FRACTION, "0/12", -1},
	    {PARAMETER_PROVISIONAL_BUDGET_MONTHLY_FRACTION, "1/", -1},
	    {PARAMETER_ALERT_THRESHOLDS_PCT, "80,90,100", 80 | 90 << 8 | 100 << 16},
	    {PARAMETER_ALERT_THRESHOLDS_PCT, "95", 95},
	    {PARAMETER_ALERT_THRESHOLDS_PCT, "90,80", -1},
	    {PARAMETER_ALERT_THRESHOLDS_PCT, "80,90,100,110", -1},
	    {PARAMETER_ALERT_THRESHOLDS_PCT, "201", -1},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t number = 0;
		bool is_read = parameter_parse(rows[i].name, slice_of(rows[i].text), &number);
		assert_int_equal(is_read ? (int64_t)number : -1, rows[i].number);
	}
}

static int64_t at(const struct fixture *fixture, enum parameter_name name,
		  struct parameter_scope scope, const char *day)
{
	scope.ambito = fixture->ambito;
	return parameter_at(&fixture->state, name, &scope, fixture_day(day));
}

static void the_latest_value_of_the_most_exact_scope_wins(void **state)
{
	struct fixture *fixture = *state;
	const enum parameter_name name = PARAMETER_EVV_TOLERANCE_MINUTES;
	struct parameter_scope any = {.ambito = {0}};
	struct parameter_scope service = {.service = fixture->service};
	assert_int_equal(at(fixture, name, any, "2026-03-01"), 10);
	struct command command = set(fixture, name, "7", "2026-02-01");
	EXPECT(fixture, &command, OK);
	command.input.parameter_set.service = fixture->service;
	FIXTURE_TEXT(command.input.parameter_set.value, "3");
	EXPECT(fixture, &command, OK);
	command = set(fixture, name, "5", "2026-04-01");
	EXPECT(fixture, &command, OK);
	assert_int_equal(at(fixture, name, any, "2026-01-31"), 10);
	assert_int_equal(at(fixture, name, any, "2026-02-01"), 7);
	assert_int_equal(at(fixture, name, any, "2026-04-01"), 5);
	assert_int_equal(at(fixture, name, service, "2026-01-31"), 10);
	assert_int_equal(at(fixture, name, service, "2026-04-01"), 3);
	struct parameter_scope elsewhere = {.service = {fixture->service.raw + 1}};
	assert_int_equal(at(fixture, name, elsewhere, "2026-04-01"), 5);
	assert_int_equal(at(fixture, PARAMETER_MAX_ACCESSES_PER_DAY, any, "2026-04-01"),
			 PARAMETER_UNSET);
}

static void a_value_never_changes(void **state)
{
	struct fixture *fixture = *state;
	struct command command = set(fixture, PARAMETER_RESERVE_TTL_DAYS, "20", "2026-02-01");
	uint32_t first = fixture_must(fixture, &command);
	command = set(fixture, PARAMETER_RESERVE_TTL_DAYS, "30", "2026-02-01");
	EXPECT_FIELD(fixture, &command, ALREADY_EXISTS, "valid_from");
	assert_int_equal(fixture->last.object, first);
	command = set(fixture, PARAMETER_RESERVE_TTL_DAYS, "20 days", "2026-03-01");
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "value");
	command = set(fixture, PARAMETER_RESERVE_TTL_DAYS, "20", "2026-03-01");
	command.input.parameter_set.service = fixture->service;
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "service");
	command = set(fixture, PARAMETER_RESERVE_TTL_DAYS, "20", "2026-03-01");
	command.input.parameter_set.comune = fixture->pandino;
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "comune");
}

static void windows_are_not_moved_backwards(void **state)
{
	struct fixture *fixture = *state;
	struct command command =
	    set(fixture, PARAMETER_LATE_SUBMISSION_LAST_DAY, "20", "2025-12-31");
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "valid_from");
	command = set(fixture, PARAMETER_LATE_SUBMISSION_LAST_DAY, "20", "2026-01-01");
	EXPECT(fixture, &command, OK);
}

static void measures_are_scopes(void **state)
{
	struct fixture *fixture = *state;
	struct command command =
	    fixture_command(COMMAND_KIND_MEASURE_CREATE, fixture->role[ROLE_UDP_MANAGER]);
	struct command_measure_create *input = &command.input.measure_create;
	input->ambito = fixture->ambito;
	FIXTURE_TEXT(input->code, "B1");
	FIXTURE_TEXT(input->name, "Misura B1");
	FIXTURE_TEXT(input->act, "SYNTHETIC 2/2026");
	input->kind = TITLE_KIND_VOUCHER;
	struct measure_id measure = {fixture_must(fixture, &command)};
	EXPECT(fixture, &command, ALREADY_EXISTS);
	FIXTURE_TEXT(input->code, "B 1");
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "code");
	command = set(fixture, PARAMETER_CARRY_OVER_POLICY, "ALL", "2026-01-01");
	command.input.parameter_set.measure = measure;
	EXPECT(fixture, &command, OK);
	struct parameter_scope scope = {.measure = measure};
	assert_int_equal(at(fixture, PARAMETER_CARRY_OVER_POLICY, scope, "2026-01-01"),
			 CARRY_OVER_POLICY_ALL);
	scope.measure.raw = 0;
	assert_int_equal(at(fixture, PARAMETER_CARRY_OVER_POLICY, scope, "2026-01-01"),
			 CARRY_OVER_POLICY_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_are_read_exactly),
	    EXPECT_TEST(the_latest_value_of_the_most_exact_scope_wins),
	    EXPECT_TEST(a_value_never_changes),
	    EXPECT_TEST(windows_are_not_moved_backwards),
	    EXPECT_TEST(measures_are_scopes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
