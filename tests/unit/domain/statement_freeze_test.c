/* Freezing to the cent: S00, S13, S14, and cents that must be found elsewhere. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

#include <stdio.h>

static const struct statement *statement(const struct acts *acts)
{
	const struct statement *found = state_statement(&acts->fixture->state, acts->statement);
	assert_non_null(found);
	return found;
}

static const struct statement_line *line_of_title(const struct acts *acts, uint32_t voucher)
{
	const struct state *state = &acts->fixture->state;
	struct statement_line_id id = statement(acts)->first_line;
	while (id.raw != 0) {
		const struct statement_line *line = state_statement_line(state, id);
		if (line->voucher.raw == voucher)
			return line;
		id = line->next_in_statement;
	}
	fail_msg("title %u has no line", voucher);
	return NULL;
}

static void redeem_days(struct acts *acts, int from, int to, int minutes, const char *rest)
{
	for (int day = from; day <= to; day++) {
		char act[96];
		(void)snprintf(act, sizeof(act), "redeem 2026-01-%02dT09:00 %d %s", day, minutes,
			       rest);
		acts_must(acts, act);
	}
}

/* S00.6: 278,82 by record, 278,83 on the invoice. */
static void one_cent_of_the_baseline(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-06 720 alfa; now 2026-01-31T09:00");
	redeem_days(&acts, 1, 8, 60, "");
	redeem_days(&acts, 9, 11, 75, "");
	acts_must(&acts, "now 2026-02-12T09:00; freeze");
	EXPECT_CENTS(acts.fixture->last.net, 26555);
	EXPECT_CENTS(acts.fixture->last.gross, 27883);
	EXPECT_CENTS(statement(&acts)->vat_cents, 1328);
	const struct effects *effects = &acts.fixture->effects;
	assert_int_equal(effects->posting_count, 1);
	assert_int_equal(effects->postings[0].kind, POSTING_KIND_ROUNDING_ADJ);
	assert_int_equal(effects->postings[0].from, FUND_COMMITTED);
	assert_int_equal(effects->postings[0].to, FUND_REDEEMED);
	assert_int_equal(effects->postings[0].amount, 1);
	assert_int_equal(acts_fund(&acts, 2026, FUND_REDEEMED), 27883);
	EXPECT_CENTS(acts_cell(&acts, 0)->committed_cents, 593);
	assert_int_equal(statement(&acts)->kind, STATEMENT_KIND_ORDINARY);
	/* what is accepted afterwards opens a supplementary statement */
	acts_must(&acts, "now 2026-02-28T09:00; title 2026-02 2026-02 720 alfa");
}

/* S13 (b): 18 x 40' fill 12 h; ROUNDING_ADJ +0,06 empties F140. */
static void short_visits(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-01 720 alfa; now 2026-01-31T09:00");
	redeem_days(&acts, 1, 18, 40, "");
	acts_must(&acts, "now 2026-02-12T09:00; freeze");
	EXPECT_CENTS(statement(&acts)->net_cents, 27120);
	EXPECT_CENTS(statement(&acts)->vat_cents, 1356);
	EXPECT_CENTS(statement(&acts)->gross_cents, 28476);
	assert_int_equal(acts.fixture->effects.postings[0].amount, 6);
	EXPECT_CENTS(acts_cell(&acts, 0)->committed_cents, 0);
	/* (a) 24 x 30': nothing to adjust */
	acts_must(&acts, "now 2026-02-28T09:00; live pandino; title 2026-02 2026-02 720 alfa");
	for (int day = 1; day <= 24; day++) {
		char act[64];
		(void)snprintf(act, sizeof(act), "redeem 2026-02-%02dT09:00 30", day);
		acts_must(&acts, act);
	}
	acts_must(&acts, "now 2026-03-12T09:00; freeze");
	EXPECT_CENTS(statement(&acts)->gross_cents, 28476);
	assert_int_equal(acts.fixture->effects.posting_count, 0);
}

/* S14: one statement, two comuni, two funds; the cent goes by ISTAT code. */
static void two_comuni_two_funds(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-01 15 alfa; fund B 2026 100000; live crema;"
			 "title 2026-01 2026-01 15 alfa; now 2026-01-31T09:00;"
			 "redeem 2026-01-05T09:00 15 title=1; redeem 2026-01-06T09:00 15 title=2;"
			 "now 2026-02-12T09:00; freeze");
	EXPECT_CENTS(statement(&acts)->net_cents, 1130);
	EXPECT_CENTS(statement(&acts)->vat_cents, 57);
	assert_int_equal(statement(&acts)->line_count, 2);
	EXPECT_CENTS(line_of_title(&acts, 2)->vat_cents, 29); /* Crema 019035 */
	EXPECT_CENTS(line_of_title(&acts, 1)->vat_cents, 28); /* Pandino 019067 */
	/* Crema's F140 was empty: the cent was promised first, on fund B */
	assert_int_equal(acts_fund(&acts, 2026, FUND_REDEEMED), 594);
	assert_int_equal(acts_fund(&acts, 2026, FUND_AVAILABLE), 100000 - 594);
	const struct cell *cell = acts_cell(&acts, 0);
	EXPECT_CENTS(cell->held_cents, 594);
	EXPECT_CENTS(cell->committed_cents, 0);
	assert_int_equal(statement(&acts)->first_line.raw, 2);
}

/* In one comune the cent goes by the order of funds, then of titles. */
static void ties_by_fund_and_title(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "fund B 2026 100000; title 2026-01 2026-01 30 alfa;"
			 "fund FNPS 2028 1000000; title 2026-01 2026-01 30 alfa;"
			 "title 2026-01 2026-01 30 alfa;"
			 "now 2026-01-31T09:00; redeem 2026-01-05T09:00 15 title=1;"
			 "redeem 2026-01-06T09:00 15 title=3; redeem 2026-01-07T09:00 15 title=2;"
			 "now 2026-02-12T09:00; freeze");
	/* 3 x 28,25 = 85: one cent goes to the first of FNPS, the older fund */
	EXPECT_CENTS(statement(&acts)->vat_cents, 85);
	EXPECT_CENTS(line_of_title(&acts, 1)->vat_cents, 28);
	EXPECT_CENTS(line_of_title(&acts, 2)->vat_cents, 29);
	EXPECT_CENTS(line_of_title(&acts, 3)->vat_cents, 28);
}

/* The same with fund B, then the ceiling, without that cent: it is taken from the next line. */
static void cent_from_the_next_line(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-01 30 alfa; fund B 2026 593; live crema;"
			 "title 2026-01 2026-01 15 alfa; now 2026-01-31T09:00;"
			 "redeem 2026-01-05T09:00 15 title=1; redeem 2026-01-06T09:00 15 title=2;"
			 "now 2026-02-12T09:00; freeze");
	EXPECT_CENTS(line_of_title(&acts, 2)->vat_cents, 28);
	EXPECT_CENTS(line_of_title(&acts, 1)->vat_cents, 29);
	assert_int_equal(acts_fund(&acts, 2026, FUND_AVAILABLE), 0);
	EXPECT_CENTS(acts.fixture->last.short_by, 0);
}

/* No line can bear it: nothing is frozen. */
static void cent_from_nowhere(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "fund B 2026 1186; title 2026-01 2026-01 15 alfa; live crema;"
			 "title 2026-01 2026-01 15 alfa; now 2026-01-31T09:00;"
			 "redeem 2026-01-05T09:00 15 title=1; redeem 2026-01-06T09:00 15 title=2;"
			 "now 2026-02-12T09:00");
	assert_int_equal(acts_do(&acts, "freeze"), RESULT_FUND_EXHAUSTED);
	EXPECT_CENTS(acts.fixture->last.short_by, 1);
	assert_int_equal(statement(&acts)->state, STATEMENT_STATE_OPEN);
	/* the money that lacks is found: the freeze goes through */
	acts_must(&acts, "vary 2026 1; commitment 2026 1");
	assert_int_equal(acts_do(&acts, "freeze"), RESULT_FUND_EXHAUSTED);
}

/* Lines that lost their only record are dropped; the others stay chained. */
static void empty_lines_are_dropped(void **state)
{
	struct acts acts = acts_begin(*state);
	for (int i = 0; i < 4; i++)
		acts_must(&acts, "live pandino; title 2026-01 2026-01 720 alfa");
	acts_must(&acts, "now 2026-01-31T09:00; redeem 2026-01-05T09:00 60 title=1 operator=1;"
			 "redeem 2026-01-05T09:00 60 title=2 operator=2;"
			 "redeem 2026-01-05T09:00 60 title=3 operator=3;"
			 "redeem 2026-01-05T09:00 60 title=4 operator=4;"
			 "reverse record=1; reverse record=3; reverse record=4");
	assert_int_equal(statement(&acts)->line_count, 4);
	acts_must(&acts, "redeem 2026-01-06T09:00 60 title=3 operator=3;"
			 "now 2026-02-12T09:00; freeze");
	assert_int_equal(statement(&acts)->line_count, 2);
	EXPECT_CENTS(statement(&acts)->net_cents, 4520);
	EXPECT_CENTS(line_of_title(&acts, 2)->net_cents, 2260);
	EXPECT_CENTS(line_of_title(&acts, 3)->net_cents, 2260);
	assert_int_equal(line_of_title(&acts, 2)->next_in_statement.raw, 0);
}

/* After the freeze a late decision opens a supplementary statement. */
static void supplementary_statement(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-01 720 alfa; now 2026-01-31T09:00;"
			 "redeem 2026-01-05T09:00 60; redeem 2026-01-06T09:00 60; dispute;"
			 "now 2026-02-12T09:00; freeze; resolve accept");
	assert_int_equal(acts.statement.raw, 2);
	assert_int_equal(statement(&acts)->kind, STATEMENT_KIND_SUPPLEMENTARY);
	EXPECT_CENTS(statement(&acts)->net_cents, 2260);
	acts_must(&acts, "freeze");
	EXPECT_CENTS(statement(&acts)->gross_cents, 2373);
	const struct cell *cell = acts_cell(&acts, 0);
	assert_int_equal(cell->statement_line.raw, 2);
	assert_int_equal(state_statement_line(&acts.fixture->state, cell->statement_line)
			     ->previous_of_cell.raw,
			 1);
}

/* A month frozen after its release: what rounding gives back goes straight to the fund. */
static void frozen_after_release(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-01 720 alfa; now 2026-01-31T09:00");
	redeem_days(&acts, 1, 2, 30, ""); /* 2 x 11,87 by record; 22,60 + 1,13 on the invoice */
	acts_must(&acts, "now 2026-03-04T00:00");
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 0);
	assert_int_equal(acts_fund(&acts, 2026, FUND_REDEEMED), 2374);
	acts_must(&acts, "freeze");
	assert_int_equal(acts_fund(&acts, 2026, FUND_REDEEMED), 2373);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 0);
	assert_int_equal(acts_fund(&acts, 2026, FUND_AVAILABLE), 14035000 - 2373);
	EXPECT_CENTS(acts_cell(&acts, 0)->held_cents, 2373);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(one_cent_of_the_baseline),
	    EXPECT_TEST(short_visits),
	    EXPECT_TEST(two_comuni_two_funds),
	    EXPECT_TEST(ties_by_fund_and_title),
	    EXPECT_TEST(cent_from_the_next_line),
	    EXPECT_TEST(cent_from_nowhere),
	    EXPECT_TEST(empty_lines_are_dropped),
	    EXPECT_TEST(supplementary_statement),
	    EXPECT_TEST(frozen_after_release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
