/* Genesis, the zone table and the manual clock. */
#include "tests/unit/domain/expect.h"

#include "tests/support/rome_zone.h"

static const struct principal_id nobody = {0};

static void genesis_makes_one_ledger(void **state)
{
	(void)state;
	static struct fixture fixture;
	fixture_init_empty(&fixture, 10, 10);
	const struct ledger *ledger = state_ledger(&fixture.state, (struct ledger_id){1});
	assert_non_null(ledger);
	assert_int_equal(ledger->clock_mode, CLOCK_MODE_MANUAL);
	assert_int_equal(ledger->clock.us, fixture_instant("2026-01-01T08:00").us);
	assert_int_equal(ledger->zone_version, 1);
	const struct schedule *schedule = state_schedule(&fixture.state, (struct schedule_id){1});
	assert_int_equal(schedule->next_day.number, fixture_day("2026-01-02").number);
	const struct principal *admin =
	    state_principal(&fixture.state, (struct principal_id){1});
	assert_int_equal(admin->role, ROLE_ADMINISTRATOR);
	assert_int_equal(admin->active, 1);
	assert_int_equal(
	    state_find_code(&fixture.state, RECORD_KIND_PRINCIPAL, slice_from_text("admin")), 1);
	assert_int_equal(state_count(&fixture.state, RECORD_KIND_CREDENTIAL), 1);
	struct command again = fixture_command(COMMAND_KIND_GENESIS, nobody);
	again.input.genesis.clock_mode = CLOCK_MODE_SYSTEM;
	EXPECT(&fixture, &again, ALREADY_EXISTS);
	fixture_deinit(&fixture);
}

static void genesis_refuses_nonsense(void **state)
{
	(void)state;
	struct outcome outcome;
	static struct state empty;
	static struct fixture other;
	fixture_init_empty(&other, 10, 10);
	/* An empty state over the same memory: no ledger yet. */
	state_init(&empty, &other.state.limits, other.state_memory);
	effects_init(&other.effects, &empty, other.effects_memory);
	struct command command = fixture_command(COMMAND_KIND_GENESIS, nobody);
	decide(&other.effects, &command, other.now, 1, &outcome);
	assert_int_equal(outcome.result, RESULT_FIELD_INVALID);
	assert_string_equal(outcome.field->name, "clock_mode");
	command.input.genesis.clock_mode = CLOCK_MODE_MANUAL;
	command.input.genesis.clock.us = -5;
	decide(&other.effects, &command, other.now, 1, &outcome);
	assert_int_equal(outcome.result, RESULT_FIELD_OUT_OF_RANGE);
	struct command zone = fixture_command(COMMAND_KIND_ZONE_SET, nobody);
	decide(&other.effects, &zone, other.now, 1, &outcome);
	assert_int_equal(outcome.result, RESULT_ILLEGAL_TRANSITION);
	fixture_deinit(&other);
}

static void zone_is_that_of_rome(void **state)
{
	struct fixture *fixture = *state;
	const struct zone_table *rome = rome_zone();
	assert_int_equal(fixture->state.zone.count, rome->count);
	assert_memory_equal(fixture->state.zone.transitions, rome->transitions,
			    rome->count * sizeof(rome->transitions[0]));
}

static struct command zone_rows(uint16_t first, uint32_t count, bool last)
{
	struct command command = fixture_command(COMMAND_KIND_ZONE_SET, nobody);
	struct command_zone_set *input = &command.input.zone_set;
	input->first = first;
	input->transitions.count = count;
	for (uint32_t i = 0; i < count; i++) {
		input->transitions.items[i].at.us =
		    rome_zone()->transitions[first + i].at_us;
		input->transitions.items[i].offset_s_plus_day = TIME_SECONDS_PER_DAY + 3600;
	}
	input->last = last;
	return command;
}

/* Summer time is abolished from 2030: fewer rows, same winter offset for ever. */
static void a_shorter_table_stays_valid(void **state)
{
	struct fixture *fixture = *state;
	const struct zone_table *zone = &fixture->state.zone;
	uint16_t first = 0;
	while (zone->transitions[first].at_us < fixture_instant("2030-01-01T00:00").us)
		first++;
	struct command command = zone_rows(first, 1, true);
	EXPECT(fixture, &command, OK);
	assert_true(zone_is_valid(zone));
	assert_int_equal(zone->count, rome_zone()->count);
	assert_int_equal(zone_offset_s(zone, fixture_instant("2029-07-01T12:00")), 7200);
	assert_int_equal(zone_offset_s(zone, fixture_instant("2031-07-01T12:00")), 3600);
	assert_int_equal(zone_offset_s(zone, fixture_instant("2099-07-01T12:00")), 3600);
	assert_int_equal(state_ledger(&fixture->state, (struct ledger_id){1})->zone_version, 2);
}

static void broken_tables_are_refused(void **state)
{
	struct fixture *fixture = *state;
	struct command command = zone_rows(10, 2, false);
	command.input.zone_set.transitions.items[1].at.us =
	    command.input.zone_set.transitions.items[0].at.us;
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "transitions");
	command = zone_rows(10, 1, false);
	command.input.zone_set.first = 240;
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "transitions");
	command = zone_rows(10, 1, false);
	command.input.zone_set.transitions.items[0].offset_s_plus_day = 3 * TIME_SECONDS_PER_DAY;
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "transitions");
	command = zone_rows(10, 0, true);
	EXPECT_FIELD(fixture, &command, FIELD_MISSING, "transitions");
	command = zone_rows(10, 1, true);
	command.principal = fixture->role[ROLE_ADMINISTRATOR];
	EXPECT(fixture, &command, FORBIDDEN);
	assert_memory_equal(fixture->state.zone.transitions, rome_zone()->transitions,
			    rome_zone()->count * sizeof(rome_zone()->transitions[0]));
}

static void manual_clock_goes_forward_only(void **state)
{
	struct fixture *fixture = *state;
	struct command command =
	    fixture_command(COMMAND_KIND_CLOCK_ADVANCE, fixture->role[ROLE_ADMINISTRATOR]);
	command.input.clock_advance.to = fixture_instant("2026-01-01T07:59");
	EXPECT_FIELD(fixture, &command, CLOCK_BACKWARDS, "to");
	command.input.clock_advance.to = fixture_instant("2026-01-01T08:00");
	EXPECT(fixture, &command, OK);
	command.input.clock_advance.to = fixture_instant("2026-01-01T09:30");
	EXPECT(fixture, &command, OK);
	assert_int_equal(state_ledger(&fixture->state, (struct ledger_id){1})->clock.us,
			 fixture_instant("2026-01-01T09:30").us);
	command.input.clock_advance.to = fixture_instant("2026-01-01T09:29");
	EXPECT_FIELD(fixture, &command, CLOCK_BACKWARDS, "to");
}

static void system_clock_is_not_moved(void **state)
{
	struct fixture *fixture = *state;
	struct ledger ledger = *state_ledger(&fixture->state, (struct ledger_id){1});
	ledger.clock_mode = CLOCK_MODE_SYSTEM;
	assert_true(apply_record(&fixture->state, RECORD_KIND_LEDGER, 1, &ledger));
	struct command command =
	    fixture_command(COMMAND_KIND_CLOCK_ADVANCE, fixture->role[ROLE_ADMINISTRATOR]);
	command.input.clock_advance.to = fixture_instant("2027-01-01T00:00");
	EXPECT(fixture, &command, CLOCK_NOT_MANUAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(genesis_makes_one_ledger),
	    cmocka_unit_test(genesis_refuses_nonsense),
	    EXPECT_TEST(zone_is_that_of_rome),
	    EXPECT_TEST(a_shorter_table_stays_valid),
	    EXPECT_TEST(broken_tables_are_refused),
	    EXPECT_TEST(manual_clock_goes_forward_only),
	    EXPECT_TEST(system_clock_is_not_moved),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
