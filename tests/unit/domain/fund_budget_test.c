/* Budgets as stated and what a fund may pay: totals that differ from their lines, restrictions,
 * variations of commitments. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/command_of.h"
#include "tests/unit/domain/expect.h"

#define YEAR 2029

static uint32_t draft(struct fixture *fixture, int64_t stated)
{
	struct command command =
	    command_of_year(fixture, COMMAND_KIND_FUND_YEAR_PROPOSE, ROLE_UDP_MANAGER, YEAR);
	command_set(&command, "stated_cents", stated);
	return fixture_must(fixture, &command);
}

static struct command line(struct fixture *fixture, const char *code, uint32_t parent,
			   int64_t cents)
{
	struct command command =
	    command_of_year(fixture, COMMAND_KIND_BUDGET_LINE_ADD, ROLE_UDP_MANAGER, YEAR);
	command_set_text(&command, "code", code);
	command_set_text(&command, "name", code);
	command_set(&command, "parent", parent);
	command_set(&command, "amount_cents", cents);
	return command;
}

static uint32_t add(struct fixture *fixture, const char *code, uint32_t parent, int64_t cents)
{
	struct command command = line(fixture, code, parent, cents);
	return fixture_must(fixture, &command);
}

static struct command decide_on(struct fixture *fixture, uint32_t of_line, int64_t decision)
{
	struct command command = command_of_year(
	    fixture, COMMAND_KIND_FUND_YEAR_DECIDE_DIFFERENCE, ROLE_ASSEMBLY, YEAR);
	command_set(&command, "line", of_line);
	command_set(&command, "decision", decision);
	return command;
}

static struct command approve(struct fixture *fixture, int64_t cents)
{
	struct command command =
	    command_of_year(fixture, COMMAND_KIND_FUND_YEAR_APPROVE, ROLE_ASSEMBLY, YEAR);
	command_set(&command, "ascertained_cents", cents);
	return command;
}

/* Lodi's FNPS of 2006 in small: the total by 263, a line by -336 (in euro). */
static void differences_are_kept_and_decided(void **state)
{
	struct fixture *fixture = *state;
	uint32_t id = draft(fixture, 203900000);
	const struct fund_year *year =
	    state_fund_year(&fixture->state, (struct fund_year_id){id});
	uint32_t azioni = add(fixture, "AZIONI", 0, 32133600);
	(void)add(fixture, "REST", 0, 203926300 - 32133600);
	(void)add(fixture, "AZIONI.1", azioni, 32100000);
	EXPECT_CENTS(year->stated_cents, 203900000);
	EXPECT_CENTS(year->lines_cents, 203926300);
	assert_int_equal(year->undecided_count, 2);
	struct command command = approve(fixture, 203900000);
	EXPECT(fixture, &command, DIFFERENCE_UNDECIDED);
	command = decide_on(fixture, azioni, DIFFERENCE_KEEP_TOTAL);
	EXPECT(fixture, &command, OK);
	EXPECT_CENTS(fixture->last.gross, 32133600);
	EXPECT_CENTS(fixture->last.net, 32100000);
	assert_int_equal(year->undecided_count, 1);
	command = approve(fixture, 203900000);
	EXPECT(fixture, &command, DIFFERENCE_UNDECIDED);
	command = decide_on(fixture, 0, DIFFERENCE_KEEP_LINES);
	EXPECT(fixture, &command, OK);
	EXPECT_CENTS(fixture->last.gross, 203926300);
	command = approve(fixture, 203900000);
	EXPECT(fixture, &command, OK);
	EXPECT_CENTS(year->stated_cents, 203900000); /* nothing is corrected */
	assert_int_equal(year->difference, DIFFERENCE_KEEP_LINES);
	EXPECT_CENTS(state_fund_balance(&fixture->state, (struct fund_year_id){id}, FUND_EXPECTED),
		     26300);
}

static void a_later_line_asks_again(void **state)
{
	struct fixture *fixture = *state;
	uint32_t id = draft(fixture, 100);
	const struct fund_year *year =
	    state_fund_year(&fixture->state, (struct fund_year_id){id});
	(void)add(fixture, "A", 0, 60);
	struct command command = decide_on(fixture, 0, DIFFERENCE_KEEP_TOTAL);
	EXPECT(fixture, &command, OK);
	assert_int_equal(year->undecided_count, 0);
	(void)add(fixture, "B", 0, 30);
	assert_int_equal(year->undecided_count, 1);
	(void)add(fixture, "C", 0, 10);
	assert_int_equal(year->undecided_count, 0); /* it adds up */
	EXPECT(fixture, &command, ILLEGAL_TRANSITION);
	command = approve(fixture, 100);
	EXPECT(fixture, &command, OK);
}

static void lines_that_are_refused(void **state)
{
	struct fixture *fixture = *state;
	(void)draft(fixture, 100);
	uint32_t first = add(fixture, "A", 0, 60);
	struct command command = line(fixture, "A", 0, 1);
	EXPECT(fixture, &command, ALREADY_EXISTS);
	assert_int_equal(fixture->last.object, first);
	command = line(fixture, "two words", 0, 1);
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "code");
	command = command_of_year(fixture, COMMAND_KIND_FUND_YEAR_PROPOSE, ROLE_UDP_MANAGER, 2030);
	(void)fixture_must(fixture, &command);
	command = line(fixture, "B", first, 1);
	command_set(&command, "year", 2030);
	EXPECT_FIELD(fixture, &command, UNKNOWN_REFERENCE, "parent");
	command = decide_on(fixture, first, DIFFERENCE_KEEP_LINES);
	command_set(&command, "year", 2030);
	EXPECT_FIELD(fixture, &command, UNKNOWN_REFERENCE, "line");
}

/* ---- Restrictions ---- */

static struct command restriction(struct fixture *fixture, uint32_t service, uint32_t measure)
{
	struct command command = fixture_command(COMMAND_KIND_FUND_RESTRICTION_CREATE,
						 fixture->role[ROLE_UDP_MANAGER]);
	command_set(&command, "fund", fixture->fund.raw);
	command_set(&command, "service", service);
	command_set(&command, "measure", measure);
	command_set_text(&command, "act", "DGR-1");
	return command;
}

static uint32_t measure(struct fixture *fixture)
{
	struct command command =
	    fixture_command(COMMAND_KIND_MEASURE_CREATE, fixture->role[ROLE_UDP_MANAGER]);
	command_set(&command, "ambito", fixture->ambito.raw);
	command_set(&command, "kind", TITLE_KIND_VOUCHER);
	command_set_text(&command, "code", "B1");
	command_set_text(&command, "name", "B1");
	command_set_text(&command, "act", "DGR-2");
	return fixture_must(fixture, &command);
}

static void a_fund_pays_what_its_rows_name(void **state)
{
	struct fixture *fixture = *state;
	struct acts acts = acts_begin(fixture);
	acts_must(&acts, "propose 2026-01 2026-02 720"); /* before any row: anything */
	uint32_t b1 = measure(fixture);
	struct command command = restriction(fixture, 0, 0);
	EXPECT_FIELD(fixture, &command, FIELD_MISSING, "service");
	command = restriction(fixture, fixture->service.raw, b1);
	uint32_t row = fixture_must(fixture, &command);
	EXPECT(fixture, &command, ALREADY_EXISTS);
	assert_int_equal(fixture->last.object, row);
	assert_int_equal(acts_do(&acts, "issue"), RESULT_FUND_RESTRICTION_MISMATCH);
	assert_int_equal(acts_do(&acts, "propose 2026-01 2026-02 720"),
			 RESULT_FUND_RESTRICTION_MISMATCH);
	command = restriction(fixture, fixture->service.raw, 0); /* under any measure, in 2026 */
	command_set(&command, "year", 2026);
	command_set(&command, "year_to", 2025);
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "year_to");
	command_set(&command, "year_to", 2026);
	uint32_t wide = fixture_must(fixture, &command);
	acts_must(&acts, "issue; propose 2026-01 2026-02 720");
	assert_int_equal(acts_do(&acts, "propose 2026-12 2027-01 720"),
			 RESULT_FUND_RESTRICTION_MISMATCH);
	struct command lift = fixture_command(COMMAND_KIND_FUND_RESTRICTION_LIFT,
					      fixture->role[ROLE_ASSEMBLY]);
	command_set(&lift, "fund_restriction", wide);
	command_set_text(&lift, "act", "DGR-3");
	EXPECT(fixture, &lift, OK);
	EXPECT(fixture, &lift, ILLEGAL_TRANSITION);
	assert_int_equal(acts_do(&acts, "issue"), RESULT_FUND_RESTRICTION_MISMATCH);
	command_set(&lift, "fund_restriction", row);
	EXPECT(fixture, &lift, OK);
	acts_must(&acts, "issue");
}

/* ---- Commitments ---- */

static struct command vary(struct fixture *fixture, const char *field, int64_t cents)
{
	struct command command =
	    fixture_command(COMMAND_KIND_COMMITMENT_VARY, fixture->role[ROLE_FINANCE]);
	command_set(&command, "commitment", fixture->commitment_2026.raw);
	command_set(&command, field, cents);
	command_set_text(&command, "act", "DET-2");
	return command;
}

static void commitments_are_varied_within_bounds(void **state)
{
	struct fixture *fixture = *state;
	struct acts acts = acts_begin(fixture);
	const struct commitment *commitment =
	    state_commitment(&fixture->state, fixture->commitment_2026);
	struct command command = vary(fixture, "increase_cents", 0);
	EXPECT_FIELD(fixture, &command, FIELD_MISSING, "increase_cents");
	command = vary(fixture, "increase_cents", 1);
	command_set(&command, "decrease_cents", 1);
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "decrease_cents");
	command = vary(fixture, "increase_cents", 1); /* it has all of the appropriation */
	EXPECT(fixture, &command, COMMITMENT_EXCEEDED);
	EXPECT_CENTS(fixture->last.limit, 0);
	acts_must(&acts, "title 2026-01 2026-01 720 alfa");
	command = vary(fixture, "decrease_cents", 14035000 - 28476 + 1);
	EXPECT(fixture, &command, AMOUNT_EXCEEDED);
	EXPECT_CENTS(fixture->last.short_by, 1);
	command = vary(fixture, "decrease_cents", 14035000 - 28476);
	EXPECT(fixture, &command, OK);
	EXPECT_CENTS(commitment->amount_cents, 28476);
	acts_must(&acts, "live pandino; propose 2026-01 2026-01 60");
	assert_int_equal(acts_do(&acts, "issue"), RESULT_COMMITMENT_EXCEEDED);
	command = vary(fixture, "increase_cents", 2373);
	EXPECT(fixture, &command, OK);
	acts_must(&acts, "issue");
	EXPECT_CENTS(commitment->drawn_cents, 28476 + 2373);
}

static void a_closed_commitment_promises_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct acts acts = acts_begin(fixture);
	acts_must(&acts, "title 2026-01 2026-01 720 alfa; live pandino; propose 2026-01 2026-01 60");
	struct command command =
	    fixture_command(COMMAND_KIND_COMMITMENT_CLOSE, fixture->role[ROLE_FINANCE]);
	command_set(&command, "commitment", fixture->commitment_2026.raw);
	command_set_text(&command, "act", "DET-3");
	EXPECT(fixture, &command, OK);
	EXPECT_CENTS(fixture->last.gross, 14035000 - 28476);
	EXPECT(fixture, &command, ILLEGAL_TRANSITION);
	struct command more = vary(fixture, "increase_cents", 1);
	EXPECT(fixture, &more, ILLEGAL_TRANSITION);
	assert_int_equal(acts_do(&acts, "issue"), RESULT_COMMITMENT_EXCEEDED);
	/* What was drawn lives on: it is redeemed, released and paid. */
	acts_must(&acts, "now 2026-01-06T09:00; redeem 2026-01-05T09:00 60 title=1;"
			 "now 2026-03-04T00:00");
	const struct commitment *commitment =
	    state_commitment(&fixture->state, fixture->commitment_2026);
	EXPECT_CENTS(commitment->drawn_cents, 2373);
	EXPECT_CENTS(commitment->amount_cents, 2373);
}

static void variations_follow_the_state_of_the_year(void **state)
{
	struct fixture *fixture = *state;
	struct command down = vary(fixture, "decrease_cents", 100);
	struct command up = vary(fixture, "increase_cents", 50);
	(void)fixture_must(fixture, &down);
	struct command suspend =
	    command_of_year(fixture, COMMAND_KIND_FUND_YEAR_SUSPEND, ROLE_FINANCE, 2026);
	struct command resume =
	    command_of_year(fixture, COMMAND_KIND_FUND_YEAR_RESUME, ROLE_FINANCE, 2026);
	struct command start = command_of_year(fixture, COMMAND_KIND_FUND_YEAR_START_CLOSING,
					       ROLE_FINANCE, 2026);
	(void)fixture_must(fixture, &suspend);
	EXPECT(fixture, &up, FUND_SUSPENDED);
	EXPECT(fixture, &down, OK);
	(void)fixture_must(fixture, &resume);
	(void)fixture_must(fixture, &start);
	EXPECT(fixture, &up, YEAR_CLOSED);
	EXPECT(fixture, &down, OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(differences_are_kept_and_decided),
	    EXPECT_TEST(a_later_line_asks_again),
	    EXPECT_TEST(lines_that_are_refused),
	    EXPECT_TEST(a_fund_pays_what_its_rows_name),
	    EXPECT_TEST(commitments_are_varied_within_bounds),
	    EXPECT_TEST(a_closed_commitment_promises_nothing),
	    EXPECT_TEST(variations_follow_the_state_of_the_year),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
