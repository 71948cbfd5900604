/* Opening balances: rows, totals, titles in course, slices, residuals, recoveries. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/command_of.h"
#include "tests/unit/domain/expect.h"

static int64_t balance(const struct fixture *fixture, enum fund_account_slot slot)
{
	/* raw: tests compare with literals */
	return state_fund_balance(&fixture->state, fixture->year_2026, slot).raw;
}

static struct command create(struct fixture *fixture)
{
	struct command command =
	    fixture_command(COMMAND_KIND_OPENING_CREATE, fixture->role[ROLE_FINANCE]);
	command_set(&command, "fund", fixture->fund.raw);
	command_set_text(&command, "act", "DEL-90");
	return command;
}

static struct command row(struct fixture *fixture, uint32_t opening, enum opening_account account,
			  int64_t cents)
{
	struct command command =
	    fixture_command(COMMAND_KIND_OPENING_ROW_ADD, fixture->role[ROLE_FINANCE]);
	command_set(&command, "opening", opening);
	command_set(&command, "year", 2026);
	command_set(&command, "account", account);
	command_set(&command, "amount_cents", cents);
	return command;
}

static struct command of_opening(struct fixture *fixture, enum command_kind kind, uint32_t opening)
{
	struct command command = fixture_command(kind, fixture->role[ROLE_FINANCE]);
	command_set(&command, "opening", opening);
	command_set_text(&command, "act", "DEL-91");
	return command;
}

static struct command post(struct fixture *fixture, uint32_t opening)
{
	return of_opening(fixture, COMMAND_KIND_OPENING_POST, opening);
}

static const struct opening *opening_of(const struct fixture *fixture, uint32_t id)
{
	return state_opening(&fixture->state, (struct opening_id){id});
}

static struct command of_row(struct fixture *fixture, enum command_kind kind, enum role role,
			     uint32_t id)
{
	struct command command = fixture_command(kind, fixture->role[role]);
	command_set(&command, "opening_row", id);
	command_set_text(&command, "act", "DET-9");
	return command;
}

/* The figures of S12, with comune and provider open, and their life after. */
static void aggregates_are_loaded_and_paid(void **state)
{
	struct fixture *fixture = *state;
	struct command command = create(fixture);
	command_set(&command, "stated_paid_cents", 4385967);
	command_set(&command, "stated_settled_cents", 200315);
	command_set(&command, "stated_redeemed_cents", 107412);
	uint32_t id = fixture_must(fixture, &command);
	command = row(fixture, id, OPENING_ACCOUNT_PAID, 4385967);
	(void)fixture_must(fixture, &command);
	command = row(fixture, id, OPENING_ACCOUNT_SETTLED, 200315);
	uint32_t settled = fixture_must(fixture, &command);
	struct command load = post(fixture, id);
	EXPECT(fixture, &load, OPENING_TOTALS_DIFFER);
	EXPECT_CENTS(fixture->last.limit, 107412);
	EXPECT_CENTS(fixture->last.short_by, 107412);
	assert_int_equal(balance(fixture, FUND_PAID), 0); /* nothing is loaded */
	command = row(fixture, id, OPENING_ACCOUNT_REDEEMED, 107412);
	uint32_t redeemed = fixture_must(fixture, &command);
	EXPECT(fixture, &load, APPROVAL_PENDING);
	assert_int_equal(balance(fixture, FUND_PAID), 0);
	assert_int_equal(command_grant(fixture, ROLE_UDP_MANAGER), RESULT_OK);
	assert_int_equal(fixture->effects.posting_count, 3); /* no ceiling counts them */
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(fixture->effects.postings[i].kind, POSTING_KIND_OPENING);
	assert_int_equal(opening_of(fixture, id)->state, OPENING_STATE_POSTED);
	assert_int_equal(balance(fixture, FUND_PAID), 4385967);
	assert_int_equal(balance(fixture, FUND_SETTLED), 200315);
	assert_int_equal(balance(fixture, FUND_REDEEMED), 107412);
	assert_int_equal(balance(fixture, FUND_AVAILABLE), 14035000 - 4693694);
	EXPECT(fixture, &load, ILLEGAL_TRANSITION);
	/* Residuals are settled and paid, row by row. */
	command = of_row(fixture, COMMAND_KIND_OPENING_ROW_PAY, ROLE_TREASURER, redeemed);
	EXPECT(fixture, &command, ILLEGAL_TRANSITION);
	command = of_row(fixture, COMMAND_KIND_OPENING_ROW_SETTLE, ROLE_UDP_MANAGER, redeemed);
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "net_cents");
	command_set(&command, "net_cents", 102297);
	command_set(&command, "vat_cents", 5116);
	EXPECT(fixture, &command, AMOUNT_EXCEEDED);
	command_set(&command, "vat_cents", 5115);
	EXPECT(fixture, &command, OK);
	EXPECT(fixture, &command, ILLEGAL_TRANSITION);
	command = of_row(fixture, COMMAND_KIND_OPENING_ROW_PAY, ROLE_FINANCE, redeemed);
	EXPECT(fixture, &command, OK);
	EXPECT_CENTS(fixture->last.gross, 107412);
	command = of_row(fixture, COMMAND_KIND_OPENING_ROW_PAY, ROLE_FINANCE, settled);
	EXPECT(fixture, &command, OK);
	assert_int_equal(balance(fixture, FUND_PAID), 4385967 + 200315 + 102297);
	assert_int_equal(balance(fixture, FUND_VAT_PAID), 5115);
}

/* S11's opening row: 47,46 that ALFA must give back, on Pandino's ceiling. */
static void a_recoverable_amount_comes_back(void **state)
{
	struct fixture *fixture = *state;
	struct ceiling_id ceiling = fixture_ceiling(fixture, fixture->pandino, 2026, 200000);
	struct command command = create(fixture);
	command_set(&command, "stated_recoverable_cents", 4746);
	uint32_t id = fixture_must(fixture, &command);
	command = row(fixture, id, OPENING_ACCOUNT_RECOVERABLE, 4746);
	command_set(&command, "comune", fixture->pandino.raw);
	command_set(&command, "provider", fixture->alfa.raw);
	command_set(&command, "vat_cents", 4747);
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "vat_cents");
	command_set(&command, "vat_cents", 226);
	(void)fixture_must(fixture, &command);
	struct command load = post(fixture, id);
	command_with_two(fixture, &load, ROLE_UDP_MANAGER);
	assert_int_equal(balance(fixture, FUND_RECOVERABLE), 4746);
	EXPECT_CENTS(state_ceiling_balance(&fixture->state, ceiling, CEILING_USED), 4746);
	const struct recovery *recovery = state_recovery(&fixture->state, (struct recovery_id){1});
	EXPECT_CENTS(recovery->net_cents, 4520);
	EXPECT_CENTS(recovery->vat_cents, 226);
	/* A ceiling that is set later counts it too. */
	struct ceiling_id later = fixture_ceiling(fixture, fixture->castelleone, 2026, 1000);
	EXPECT_CENTS(state_ceiling_balance(&fixture->state, later, CEILING_USED), 0);
	command = fixture_command(COMMAND_KIND_CEILING_SET, fixture->role[ROLE_UDP_MANAGER]);
	command_set(&command, "ambito", fixture->ambito.raw);
	command_set(&command, "fund", fixture->fund.raw);
	command_set(&command, "amount_cents", 10000);
	command_set_text(&command, "act", "DEL-3");
	later.raw = fixture_must(fixture, &command);
	EXPECT_CENTS(state_ceiling_balance(&fixture->state, later, CEILING_USED), 4746);
	command = fixture_command(COMMAND_KIND_RECOVERY_REFUND, fixture->role[ROLE_FINANCE]);
	command_set(&command, "recovery", 1);
	command_set_text(&command, "act", "REV-1");
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "amount_cents");
	command_set(&command, "amount_cents", 4747);
	EXPECT(fixture, &command, AMOUNT_EXCEEDED);
	command_set(&command, "amount_cents", 4000);
	EXPECT(fixture, &command, OK);
	assert_int_equal(balance(fixture, FUND_RECOVERABLE), 746);
	EXPECT_CENTS(state_ceiling_balance(&fixture->state, ceiling, CEILING_USED), 746);
	EXPECT_CENTS(state_ceiling_balance(&fixture->state, later, CEILING_USED), 746);
	struct command off =
	    fixture_command(COMMAND_KIND_RECOVERY_WRITE_OFF, fixture->role[ROLE_UDP_MANAGER]);
	command_set(&off, "recovery", 1);
	command_set(&off, "amount_cents", 746);
	command_set_text(&off, "act", "DEL-4");
	command_with_two(fixture, &off, ROLE_FINANCE);
	assert_int_equal(balance(fixture, FUND_WRITTEN_OFF), 746);
	EXPECT_CENTS(state_ceiling_balance(&fixture->state, ceiling, CEILING_USED), 746);
	assert_int_equal(recovery->state, RECOVERY_STATE_RECOVERED);
	EXPECT(fixture, &command, ILLEGAL_TRANSITION);
}

static struct command month(struct fixture *fixture, uint32_t opening, struct voucher_id voucher,
			    const char *text, uint32_t left, int64_t cents)
{
	struct command command = row(fixture, opening, OPENING_ACCOUNT_COMMITTED, cents);
	struct month month = fixture_month(text);
	command_set(&command, "year", month_year(month));
	command_set(&command, "voucher", voucher.raw);
	command_set(&command, "provider", fixture->alfa.raw);
	command_set(&command, "month", month.number);
	command_set(&command, "units_granted", 720);
	command_set(&command, "units_left", left);
	return command;
}

/* A title that began before: 660' of January used, of which a service is redeemed and not settled. */
static void a_title_goes_on(void **state)
{
	struct fixture *fixture = *state;
	struct ceiling_id ceiling = fixture_ceiling(fixture, fixture->pandino, 2026, 100000);
	struct voucher_id voucher =
	    fixture_propose(fixture, fixture->person, "2026-01", "2026-03", 720);
	struct command command = create(fixture);
	command_set(&command, "stated_committed_cents", 2373 + 2 * 28476);
	command_set(&command, "stated_redeemed_cents", 26103);
	uint32_t id = fixture_must(fixture, &command);
	command = month(fixture, id, voucher, "2026-02", 720, 28476);
	EXPECT(fixture, &command, OPENING_INCOMPLETE); /* January comes first */
	command = month(fixture, id, voucher, "2026-01", 721, 2373);
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "units_left");
	command = month(fixture, id, voucher, "2026-04", 60, 2373);
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "month");
	command = month(fixture, id, voucher, "2026-01", 60, 2373);
	(void)fixture_must(fixture, &command);
	command = row(fixture, id, OPENING_ACCOUNT_REDEEMED, 26103);
	command_set(&command, "voucher", voucher.raw);
	command_set(&command, "provider", fixture->alfa.raw);
	EXPECT(fixture, &command, OPENING_INCOMPLETE); /* in the middle of the title */
	struct command next = month(fixture, id, voucher, "2026-02", 720, 28476);
	(void)fixture_must(fixture, &next);
	struct command load = post(fixture, id);
	next = month(fixture, id, voucher, "2026-03", 720, 28476);
	(void)fixture_must(fixture, &next);
	(void)fixture_must(fixture, &command);
	next = month(fixture, id, voucher, "2026-01", 60, 2373);
	EXPECT(fixture, &next, ALREADY_EXISTS);
	command_with_two(fixture, &load, ROLE_UDP_MANAGER);
	const struct voucher *title = state_voucher(&fixture->state, voucher);
	assert_int_equal(title->state, VOUCHER_STATE_ACTIVE);
	assert_int_equal(title->provider.raw, fixture->alfa.raw);
	const struct cell *january = state_cell(&fixture->state, title->first_cell);
	assert_int_equal(january->free_units, 60);
	assert_int_equal(january->used_units, 660);
	EXPECT_CENTS(january->committed_cents, 2373);
	assert_int_equal(balance(fixture, FUND_COMMITTED), 2373 + 2 * 28476);
	assert_int_equal(balance(fixture, FUND_REDEEMED), 26103);
	EXPECT_CENTS(state_ceiling_balance(&fixture->state, ceiling, CEILING_USED), 3 * 28476);
	EXPECT_CENTS(state_commitment(&fixture->state, fixture->commitment_2026)->drawn_cents,
		     2373 + 2 * 28476);
	/* It is used like any other. */
	struct acts acts = acts_begin(fixture);
	acts.voucher = voucher;
	acts_must(&acts, "now 2026-01-20T09:00; redeem 2026-01-19T09:00 60");
	EXPECT_CENTS(fixture->last.gross, 2373);
	assert_int_equal(acts_do(&acts, "redeem 2026-01-18T09:00 1"),
			 RESULT_EXCEEDS_MONTHLY_ALLOTMENT);
	command = create(fixture);
	id = fixture_must(fixture, &command); /* openings may still follow: nothing was promised */
	command = row(fixture, id, OPENING_ACCOUNT_PAID, 1);
	EXPECT(fixture, &command, OK);
	acts_must(&acts, "live pandino; title 2026-01 2026-01 60 alfa");
	EXPECT(fixture, &command, OPENING_TOO_LATE);
	load = post(fixture, id);
	EXPECT(fixture, &load, OPENING_TOTALS_DIFFER);
}

static void rows_that_are_refused(void **state)
{
	struct fixture *fixture = *state;
	struct command command = create(fixture);
	uint32_t id = fixture_must(fixture, &command);
	struct command load = post(fixture, id);
	EXPECT(fixture, &load, OPENING_INCOMPLETE); /* no rows */
	command = row(fixture, id, OPENING_ACCOUNT_PAID, 0);
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "amount_cents");
	command = row(fixture, id, OPENING_ACCOUNT_PAID, 5);
	command_set(&command, "units_left", 1);
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "units_granted");
	command = row(fixture, id, OPENING_ACCOUNT_PAID, 5);
	command_set(&command, "year", 2040);
	EXPECT_FIELD(fixture, &command, UNKNOWN_REFERENCE, "year");
	command = row(fixture, id, OPENING_ACCOUNT_PAID, 5);
	command_set(&command, "month", fixture_month("2025-12").number);
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "month");
	command = row(fixture, id, OPENING_ACCOUNT_CEILING_USED, 5);
	EXPECT_FIELD(fixture, &command, FIELD_MISSING, "ceiling");
	command = row(fixture, id, OPENING_ACCOUNT_COMMITTED, 5);
	EXPECT_FIELD(fixture, &command, FIELD_MISSING, "voucher");
	struct voucher_id voucher =
	    fixture_propose(fixture, fixture->person, "2026-01", "2026-01", 720);
	command = row(fixture, id, OPENING_ACCOUNT_REDEEMED, 5);
	command_set(&command, "voucher", voucher.raw);
	command_set(&command, "comune", fixture->crema.raw);
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "comune");
	struct command cancel = of_opening(fixture, COMMAND_KIND_OPENING_CANCEL, id);
	EXPECT(fixture, &cancel, OK);
	EXPECT(fixture, &cancel, ILLEGAL_TRANSITION);
	command = row(fixture, id, OPENING_ACCOUNT_PAID, 5);
	EXPECT(fixture, &command, ILLEGAL_TRANSITION);
	EXPECT(fixture, &load, ILLEGAL_TRANSITION);
}

/* What must hold the sums holds them, or nothing is loaded. */
static void sums_are_held_by_all_or_nothing_is_loaded(void **state)
{
	struct fixture *fixture = *state;
	struct ceiling_id ceiling = fixture_ceiling(fixture, fixture->pandino, 2026, 100);
	struct command command = create(fixture);
	command_set(&command, "stated_paid_cents", 200);
	uint32_t id = fixture_must(fixture, &command);
	for (uint32_t i = 0; i < 2; i++) {
		command = row(fixture, id, OPENING_ACCOUNT_PAID, 100);
		command_set(&command, "comune", fixture->pandino.raw);
		(void)fixture_must(fixture, &command);
	}
	struct command load = post(fixture, id);
	EXPECT(fixture, &load, CEILING_EXCEEDED);
	EXPECT_CENTS(fixture->last.short_by, 100);
	assert_int_equal(fixture->last.ceiling.raw, ceiling.raw);
	command = fixture_command(COMMAND_KIND_CEILING_RAISE, fixture->role[ROLE_UDP_MANAGER]);
	command_set(&command, "ceiling", ceiling.raw);
	command_set(&command, "amount_cents", 100);
	command_set_text(&command, "act", "DEL-3");
	(void)fixture_must(fixture, &command);
	command = row(fixture, id, OPENING_ACCOUNT_CEILING_USED, 201);
	command_set(&command, "ceiling", ceiling.raw);
	(void)fixture_must(fixture, &command);
	EXPECT(fixture, &load, OPENING_TOTALS_DIFFER); /* the ceiling will show 2,00 */
	assert_int_equal(fixture->last.ceiling.raw, ceiling.raw);
	assert_int_equal(balance(fixture, FUND_PAID), 0);
	command = create(fixture);
	command_set(&command, "stated_paid_cents", 14035001);
	id = fixture_must(fixture, &command);
	command = row(fixture, id, OPENING_ACCOUNT_PAID, 14035001);
	(void)fixture_must(fixture, &command);
	load = post(fixture, id);
	EXPECT(fixture, &load, FUND_EXHAUSTED);
	EXPECT_CENTS(fixture->last.short_by, 1);
}

/* 4,000 rows do not fit one entry: slices follow at once, and until the last one the year neither
 * promises nor changes. */
static void a_large_opening_is_posted_in_slices(void **state)
{
	struct fixture *fixture = *state;
	fixture->check_all = false;
	struct command command = create(fixture);
	command_set(&command, "stated_paid_cents", 4000);
	uint32_t id = fixture_must(fixture, &command);
	for (uint32_t i = 0; i < 4000; i++) {
		command = row(fixture, id, OPENING_ACCOUNT_PAID, 1);
		(void)fixture_must(fixture, &command);
	}
	struct acts acts = acts_begin(fixture);
	acts_must(&acts, "propose 2026-01 2026-01 60");
	fixture->check_all = true;
	struct command load = post(fixture, id);
	command_with_two(fixture, &load, ROLE_UDP_MANAGER);
	assert_int_equal(opening_of(fixture, id)->state, OPENING_STATE_POSTING);
	assert_int_equal(state_fund_year(&fixture->state, fixture->year_2026)->is_loading, 1);
	assert_int_equal(acts_do(&acts, "issue"), RESULT_OPENING_IN_PROGRESS);
	struct command suspend =
	    command_of_year(fixture, COMMAND_KIND_FUND_YEAR_SUSPEND, ROLE_FINANCE, 2026);
	EXPECT(fixture, &suspend, OPENING_IN_PROGRESS);
	struct command slice;
	struct instant due;
	uint32_t slices = 0;
	while (opening_of(fixture, id)->state == OPENING_STATE_POSTING) {
		assert_true(decide_tick_due(&fixture->state, fixture->now, &slice, &due));
		assert_int_equal(slice.kind, COMMAND_KIND_OPENING_CONTINUE);
		assert_int_equal(due.us, fixture->now.us);
		(void)fixture_must(fixture, &slice);
		slices++;
	}
	assert_true(slices >= 1);
	assert_int_equal(balance(fixture, FUND_PAID), 4000);
	assert_int_equal(state_fund_year(&fixture->state, fixture->year_2026)->is_loading, 0);
	assert_false(decide_tick_due(&fixture->state, fixture->now, &slice, &due));
	acts_must(&acts, "issue");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(aggregates_are_loaded_and_paid),
	    EXPECT_TEST(a_recoverable_amount_comes_back),
	    EXPECT_TEST(a_title_goes_on),
	    EXPECT_TEST(rows_that_are_refused),
	    EXPECT_TEST(sums_are_held_by_all_or_nothing_is_loaded),
	    EXPECT_TEST(a_large_opening_is_posted_in_slices),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
