/* Fund years: proposal, approval, opening, variation; which year pays a month. */
#include "tests/unit/domain/expect.h"

#include "engine/domain/fund.h"

static struct command propose(struct fixture *fixture, uint16_t year, int64_t cents)
{
	struct command command =
	    fixture_command(COMMAND_KIND_FUND_YEAR_PROPOSE, fixture->role[ROLE_UDP_MANAGER]);
	command.input.fund_year_propose.fund = fixture->fund;
	command.input.fund_year_propose.year = year;
	command.input.fund_year_propose.stated_cents = cents_from(cents);
	FIXTURE_TEXT(command.input.fund_year_propose.act, "DGR-5");
	return command;
}

static struct command approve(struct fixture *fixture, uint16_t year, int64_t cents)
{
	struct command command =
	    fixture_command(COMMAND_KIND_FUND_YEAR_APPROVE, fixture->role[ROLE_ASSEMBLY]);
	command.input.fund_year_approve.fund = fixture->fund;
	command.input.fund_year_approve.year = year;
	command.input.fund_year_approve.ascertained_cents = cents_from(cents);
	FIXTURE_TEXT(command.input.fund_year_approve.act, "DEL-5");
	return command;
}

static struct command open_year(struct fixture *fixture, uint16_t year)
{
	struct command command =
	    fixture_command(COMMAND_KIND_FUND_YEAR_OPEN, fixture->role[ROLE_FINANCE]);
	command.input.fund_year_open.fund = fixture->fund;
	command.input.fund_year_open.year = year;
	return command;
}

static struct command vary(struct fixture *fixture, int64_t increase, int64_t decrease)
{
	struct command command =
	    fixture_command(COMMAND_KIND_FUND_YEAR_VARY, fixture->role[ROLE_FINANCE]);
	command.input.fund_year_vary.fund = fixture->fund;
	command.input.fund_year_vary.year = 2026;
	command.input.fund_year_vary.increase_cents = cents_from(increase);
	command.input.fund_year_vary.decrease_cents = cents_from(decrease);
	FIXTURE_TEXT(command.input.fund_year_vary.act, "DEL-6");
	return command;
}

static int64_t balance(struct fixture *fixture, uint32_t year, enum fund_account_slot slot)
{
	/* raw: tests compare with literals */
	return state_fund_balance(&fixture->state, (struct fund_year_id){year}, slot).raw;
}

static void a_year_lives_from_proposal_to_opening(void **state)
{
	struct fixture *fixture = *state;
	struct command command = propose(fixture, 2028, 5000000);
	uint32_t year = fixture_must(fixture, &command);
	const struct fund_year *record =
	    state_fund_year(&fixture->state, (struct fund_year_id){year});
	assert_int_equal(record->state, FUND_YEAR_STATE_DRAFT);
	assert_int_equal(balance(fixture, year, FUND_EXPECTED), 5000000);
	assert_int_equal(balance(fixture, year, FUND_AVAILABLE), 0);
	EXPECT(fixture, &command, ALREADY_EXISTS);
	assert_int_equal(fixture->last.object, year);
	command = open_year(fixture, 2028);
	EXPECT(fixture, &command, ILLEGAL_TRANSITION);
	command = approve(fixture, 2028, 4000000);
	EXPECT(fixture, &command, OK);
	assert_int_equal(record->state, FUND_YEAR_STATE_APPROVED);
	assert_int_equal(balance(fixture, year, FUND_APPROPRIATION), 4000000);
	assert_int_equal(balance(fixture, year, FUND_AVAILABLE), 4000000);
	assert_int_equal(balance(fixture, year, FUND_EXPECTED), 1000000);
	assert_int_equal(fixture->effects.posting_count, 1);
	assert_int_equal(fixture->effects.postings[0].kind, POSTING_KIND_APPROPRIATE);
	EXPECT(fixture, &command, ILLEGAL_TRANSITION);
	command = open_year(fixture, 2028);
	EXPECT(fixture, &command, OK);
	assert_int_equal(record->state, FUND_YEAR_STATE_OPEN);
	EXPECT(fixture, &command, ILLEGAL_TRANSITION);
	command = open_year(fixture, 2035);
	EXPECT_FIELD(fixture, &command, NOT_FOUND, "year");
}

static void more_may_be_ascertained_than_announced(void **state)
{
	struct fixture *fixture = *state;
	struct command command = propose(fixture, 2028, 100);
	uint32_t year = fixture_must(fixture, &command);
	command = approve(fixture, 2028, 150);
	EXPECT(fixture, &command, OK);
	assert_int_equal(balance(fixture, year, FUND_EXPECTED), 0);
	assert_int_equal(balance(fixture, year, FUND_AVAILABLE), 150);
}

static void variations_keep_the_identity(void **state)
{
	struct fixture *fixture = *state;
	uint32_t year = fixture->year_2026.raw;
	struct command command = vary(fixture, 0, 0);
	EXPECT_FIELD(fixture, &command, FIELD_MISSING, "increase_cents");
	command = vary(fixture, 5, 5);
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "decrease_cents");
	command = vary(fixture, 1000, 0);
	EXPECT(fixture, &command, OK);
	assert_int_equal(balance(fixture, year, FUND_APPROPRIATION), 14036000);
	assert_int_equal(balance(fixture, year, FUND_AVAILABLE), 14036000);
	command = vary(fixture, 0, 1000);
	EXPECT(fixture, &command, OK);
	assert_int_equal(balance(fixture, year, FUND_APPROPRIATION), 14035000);
	command.input.fund_year_vary.year = 2027;
	EXPECT(fixture, &command, ILLEGAL_TRANSITION); /* approved, not open */
}

static void decreases_stop_at_what_is_free(void **state)
{
	struct fixture *fixture = *state;
	struct command command = vary(fixture, 0, 14035001);
	EXPECT(fixture, &command, FUND_EXHAUSTED);
	EXPECT_CENTS(fixture->last.short_by, 1);
	EXPECT_CENTS(fixture->last.limit, 14035000);
	command = vary(fixture, 0, 1); /* the commitment takes all of the appropriation */
	EXPECT(fixture, &command, APPROPRIATION_BELOW_USED);
	EXPECT_CENTS(fixture->last.short_by, 1);
	EXPECT_CENTS(fixture->last.limit, 0);
	(void)fixture_title(fixture, fixture->pandino, "2026-01", "2026-06", 720, fixture->alfa);
	assert_int_equal(balance(fixture, fixture->year_2026.raw, FUND_AVAILABLE),
			 14035000 - 170856);
	command = vary(fixture, 0, 14035000 - 170856 + 2);
	EXPECT(fixture, &command, FUND_EXHAUSTED);
	EXPECT_CENTS(fixture->last.short_by, 2);
}

static void sums_beyond_64_bits_are_refused(void **state)
{
	struct fixture *fixture = *state;
	struct fund_account account = {.balance_cents = cents_from(INT64_MAX - 10)};
	fixture->check_all = false;
	assert_true(apply_record(
	    &fixture->state, RECORD_KIND_FUND_ACCOUNT,
	    fund_account_slot_id(fixture->year_2026, FUND_APPROPRIATION).raw, &account));
	struct command command = vary(fixture, 11, 0);
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "increase_cents");
}

static void funds_have_codes(void **state)
{
	struct fixture *fixture = *state;
	struct command command =
	    fixture_command(COMMAND_KIND_FUND_CREATE, fixture->role[ROLE_UDP_OFFICER]);
	command.input.fund_create.ambito = fixture->ambito;
	FIXTURE_TEXT(command.input.fund_create.name, "Fondo sociale regionale");
	FIXTURE_TEXT(command.input.fund_create.code, "FNPS");
	EXPECT(fixture, &command, ALREADY_EXISTS);
	FIXTURE_TEXT(command.input.fund_create.code, "FSR/1");
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "code");
	FIXTURE_TEXT(command.input.fund_create.code, "FSR");
	EXPECT(fixture, &command, OK);
}

static enum result year_for(struct fixture *fixture, const char *month, uint32_t *ret_year)
{
	struct command command = propose(fixture, 2026, 1);
	struct outcome outcome = {.result = RESULT_OK};
	struct decision decision = {.effects = &fixture->effects,
				    .state = &fixture->state,
				    .command = &command,
				    .outcome = &outcome,
				    .now = fixture->now,
				    .today = state_day(&fixture->state, fixture->now)};
	struct fund_year_id year = {0};
	effects_reset(&fixture->effects);
	enum result result =
	    fund_year_for_month(&decision, fixture->fund, fixture_month(month), &year);
	*ret_year = year.raw;
	return result;
}

static void set_year_state(struct fixture *fixture, struct fund_year_id id,
			   enum fund_year_state year_state)
{
	struct fund_year year = *state_fund_year(&fixture->state, id);
	year.state = (uint8_t)year_state;
	assert_true(apply_record(&fixture->state, RECORD_KIND_FUND_YEAR, id.raw, &year));
}

static void a_month_is_paid_by_its_year(void **state)
{
	struct fixture *fixture = *state;
	uint32_t year = 0;
	assert_int_equal(year_for(fixture, "2026-12", &year), RESULT_OK);
	assert_int_equal(year, fixture->year_2026.raw);
	assert_int_equal(year_for(fixture, "2027-01", &year), RESULT_OK); /* approved, later */
	assert_int_equal(year, fixture->year_2027.raw);
	assert_int_equal(year_for(fixture, "2025-12", &year), RESULT_FUND_YEAR_NOT_OPEN);
	assert_int_equal(year_for(fixture, "2028-01", &year), RESULT_FUND_YEAR_NOT_OPEN);
	static const struct {
		enum fund_year_state state;
		enum result result;
	} rows[] = {
	    {FUND_YEAR_STATE_DRAFT, RESULT_FUND_YEAR_NOT_OPEN},
	    {FUND_YEAR_STATE_APPROVED, RESULT_FUND_YEAR_NOT_OPEN}, /* current, not opened */
	    {FUND_YEAR_STATE_SUSPENDED, RESULT_FUND_SUSPENDED},
	    {FUND_YEAR_STATE_CLOSING, RESULT_YEAR_CLOSED},
	    {FUND_YEAR_STATE_CLOSED, RESULT_YEAR_CLOSED},
	    {FUND_YEAR_STATE_OPEN, RESULT_OK},
	};
	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		set_year_state(fixture, fixture->year_2026, rows[i].state);
		assert_int_equal(year_for(fixture, "2026-03", &year), rows[i].result);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(a_year_lives_from_proposal_to_opening),
	    EXPECT_TEST(more_may_be_ascertained_than_announced),
	    EXPECT_TEST(variations_keep_the_identity),
	    EXPECT_TEST(decreases_stop_at_what_is_free),
	    EXPECT_TEST(sums_beyond_64_bits_are_refused),
	    EXPECT_TEST(funds_have_codes),
	    EXPECT_TEST(a_month_is_paid_by_its_year),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
