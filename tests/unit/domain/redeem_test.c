/* Redemptions to the cent: S00's records, S06, S07, S13; states and figures of answers. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

#include <stdio.h>

static const struct redemption *record(const struct acts *acts, uint32_t id)
{
	const struct redemption *found =
	    state_redemption(&acts->fixture->state, (struct redemption_id){id});
	assert_non_null(found);
	return found;
}

static void expect_cell(const struct acts *acts, uint32_t n, uint32_t used, uint32_t left,
			int64_t committed)
{
	const struct cell *cell = acts_cell(acts, n);
	assert_int_equal(cell->used_units, used);
	assert_int_equal(cell->free_units, left);
	EXPECT_CENTS(cell->committed_cents, committed);
}

/* S00.5: 8 visits of 60' and 3 of 75' come to 278,82 by record. */
static void january_of_the_baseline(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-06 720 alfa; now 2026-01-31T09:00");
	char act[64];
	for (int i = 0; i < 11; i++) {
		(void)snprintf(act, sizeof(act), "redeem 2026-01-%02dT09:00 %d", i + 1,
			       i < 8 ? 60 : 75);
		acts_must(&acts, act);
	}
	const struct outcome *last = &acts.fixture->last;
	EXPECT_CENTS(last->net, 2825);
	EXPECT_CENTS(last->gross, 2966);
	assert_int_equal(last->units, 15);
	expect_cell(&acts, 0, 705, 15, 28476 - 27882);
	assert_int_equal(acts_fund(&acts, 2026, FUND_REDEEMED), 27882);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 170856 - 27882);
	assert_int_equal(acts_fund(&acts, 2026, FUND_AVAILABLE), 14035000 - 170856);
	const struct statement *statement = state_statement(&acts.fixture->state, acts.statement);
	EXPECT_CENTS(statement->net_cents, 26555);
	EXPECT_CENTS(statement->gross_cents, 27882);
	assert_int_equal(statement->redemption_count, 11);
	assert_int_equal(statement->line_count, 1);
	assert_int_equal(statement->vat_bp, 500);
}

/* S07: the same visit again, and another that overlaps, on another title. */
static void duplicate_after_a_timeout(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "ceiling pandino 2026 100000; title 2026-03 2026-03 720 alfa;"
			 "live pandino; title 2026-03 2026-03 720 alfa; now 2026-03-06T09:00;"
			 "redeem 2026-03-05T09:00 60 operator=12 title=1");
	struct outcome first = acts.fixture->last;
	assert_int_equal(first.result, RESULT_ACCEPTED);
	assert_int_equal(acts_do(&acts, "redeem 2026-03-05T09:00 60 operator=12 title=1"),
			 RESULT_DUPLICATE_SERVICE);
	assert_int_equal(acts.fixture->last.object_kind, RECORD_KIND_REDEMPTION);
	assert_int_equal(acts.fixture->last.object, first.object);
	assert_int_equal(acts_do(&acts, "redeem 2026-03-05T09:30 60 operator=12 title=2"),
			 RESULT_DISPUTED);
	assert_int_equal(acts.fixture->last.cause, RESULT_OPERATOR_OVERLAP);
	assert_int_equal(record(&acts, acts.fixture->last.object)->cause, RESULT_OPERATOR_OVERLAP);
	assert_int_equal(acts_fund(&acts, 2026, FUND_REDEEMED), 2373);
	assert_int_equal(acts_fund(&acts, 2026, FUND_DISPUTED), 2373);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 26103 + 26103);
	assert_int_equal(acts_fund(&acts, 2026, FUND_AVAILABLE), 13978048);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 56952);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_FREE), 43048);
	const struct cell *disputed = acts_cell(&acts, 0);
	assert_int_equal(disputed->free_units, 660);
	assert_int_equal(disputed->booked_units, 60);
	assert_int_equal(disputed->disputed_units, 60);
}

/* The same submission under the same key replays; the same key with another body does not. */
static void retries_with_their_key(void **state)
{
	struct fixture *fixture = *state;
	struct acts acts = acts_begin(fixture);
	acts_must(&acts, "title 2026-03 2026-03 720 alfa; now 2026-03-06T09:00");
	struct command command =
	    fixture_submit(fixture->alfa_principal, acts.voucher, "2026-03-05T09:00", 60, 12);
	struct outcome first = fixture_do_keyed(fixture, &command);
	assert_int_equal(first.result, RESULT_ACCEPTED);
	struct outcome second = fixture_do(fixture, &command);
	assert_true(second.replayed);
	assert_int_equal(second.object, first.object);
	command.request_hash[0]++;
	assert_int_equal(fixture_result(fixture, &command), RESULT_IDEMPOTENCY_KEY_REUSED);
	assert_int_equal(acts_fund(&acts, 2026, FUND_REDEEMED), 2373);
}

/* S06: months by local start date, elapsed minutes from instants, New Year split. */
static void month_and_year_boundaries(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-12 2027-01 720 alfa; now 2027-01-02T09:00;"
			 "redeem 2026-12-31T23:00 end=2027-01-01T01:00");
	assert_int_equal(acts.fixture->last.result, RESULT_ACCEPTED);
	EXPECT_CENTS(acts.fixture->last.net, 4520);
	EXPECT_CENTS(acts.fixture->last.gross, 4746);
	expect_cell(&acts, 0, 60, 660, 26103);
	expect_cell(&acts, 1, 60, 660, 26103);
	const struct redemption *first = record(&acts, 1);
	const struct redemption *second = record(&acts, 2);
	assert_int_equal(first->sibling.raw, 2);
	assert_int_equal(second->sibling.raw, 1);
	assert_int_equal(first->minutes, 60);
	assert_int_equal(second->start.us, fixture_instant("2027-01-01T00:00").us);
	assert_int_equal(acts_fund(&acts, 2026, FUND_REDEEMED), 2373);
	assert_int_equal(acts_fund(&acts, 2027, FUND_REDEEMED), 2373);
	assert_int_equal(acts_do(&acts, "redeem 2026-12-31T23:00 end=2027-01-01T01:00"),
			 RESULT_DUPLICATE_SERVICE);
	/* both records go back together */
	acts_must(&acts, "reverse record=2");
	assert_int_equal(record(&acts, 1)->state, REDEMPTION_STATE_REVERSED);
	assert_int_equal(acts_fund(&acts, 2026, FUND_REDEEMED), 0);
	assert_int_equal(acts_fund(&acts, 2027, FUND_REDEEMED), 0);
	expect_cell(&acts, 0, 0, 720, 28476);
}

static void clocks_go_back(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2027-10 2027-11 720 alfa; now 2027-11-02T09:00;"
			 "redeem 2027-10-30T22:00 end=2027-10-31T06:00");
	EXPECT_CENTS(acts.fixture->last.net, 20340);
	EXPECT_CENTS(acts.fixture->last.gross, 21357);
	acts_must(&acts, "redeem 2027-11-01T00:10 end=2027-11-01T01:10");
	expect_cell(&acts, 0, 540, 180, 28476 - 21357);
	expect_cell(&acts, 1, 60, 660, 26103);
	assert_int_equal(acts_fund(&acts, 2027, FUND_COMMITTED), 33222);
	assert_int_equal(acts_fund(&acts, 2027, FUND_REDEEMED), 23730);
}

static void clocks_go_forward(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-03 2026-04 720 alfa; now 2026-04-02T09:00;"
			 "redeem 2026-03-28T22:00 end=2026-03-29T06:00");
	EXPECT_CENTS(acts.fixture->last.net, 15820);
	acts_must(&acts, "redeem 2026-03-31T23:30 end=2026-04-01T00:30");
	expect_cell(&acts, 0, 480, 240, 9492);
	expect_cell(&acts, 1, 0, 720, 28476);
}

/* A visit that begins within the last minute of the year belongs to the new one. */
static void last_minute_of_the_year(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-12 2027-01 720 alfa; now 2027-01-02T09:00;"
			 "redeem 2026-12-31T23:59:30 60");
	expect_cell(&acts, 0, 0, 720, 28476);
	expect_cell(&acts, 1, 60, 660, 26103);
	assert_int_equal(record(&acts, 1)->sibling.raw, 0);
	assert_int_equal(acts_do(&acts, "redeem 2026-12-31T23:59:30 60"),
			 RESULT_DUPLICATE_SERVICE);
	/* one that ends at midnight stays whole in the old year */
	acts_must(&acts, "redeem 2026-12-31T20:00 end=2027-01-01T00:00 operator=3");
	expect_cell(&acts, 0, 240, 480, 28476 - 9492);
}

/* S13 (a): 24 visits of 30', the last one 11,75; (b) 18 of 40', the last 15,01 + VAT = 15,76. */
static void short_visits_fill_the_allotment(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-01 720 alfa; now 2026-01-31T09:00");
	char act[64];
	for (int i = 0; i < 24; i++) {
		(void)snprintf(act, sizeof(act), "redeem 2026-01-%02dT09:00 30", i + 1);
		acts_must(&acts, act);
	}
	EXPECT_CENTS(acts.fixture->last.gross, 1175);
	EXPECT_CENTS(acts.fixture->last.net, 1130);
	expect_cell(&acts, 0, 720, 0, 0);
	const struct voucher *voucher = state_voucher(&acts.fixture->state, acts.voucher);
	assert_int_equal(voucher->state, VOUCHER_STATE_EXHAUSTED);

	acts_must(&acts, "live pandino; title 2026-01 2026-01 720 alfa");
	for (int i = 0; i < 18; i++) {
		(void)snprintf(act, sizeof(act), "redeem 2026-01-%02dT15:00 40", i + 1);
		acts_must(&acts, act);
	}
	EXPECT_CENTS(acts.fixture->last.net, 1501);
	EXPECT_CENTS(acts.fixture->last.gross, 1576);
	expect_cell(&acts, 0, 720, 0, 6);
}

/* S09: "Feb hours 11-12 refused EXCEEDS_MONTHLY_ALLOTMENT (47,46)". */
static void missing_units_are_told(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-02 2026-02 600 alfa; now 2026-02-27T09:00;"
			 "redeem 2026-02-05T09:00 600");
	assert_int_equal(acts_do(&acts, "redeem 2026-02-06T09:00 120"),
			 RESULT_EXCEEDS_MONTHLY_ALLOTMENT);
	EXPECT_CENTS(acts.fixture->last.short_by, 4746);
	EXPECT_CENTS(acts.fixture->last.limit, 0);
	assert_int_equal(acts.fixture->last.units, 120);
}

/* EXHAUSTED and back. */
static void exhausted_and_back(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-01 60 alfa; now 2026-01-31T09:00;"
			 "redeem 2026-01-05T09:00 60");
	const struct voucher *voucher = state_voucher(&acts.fixture->state, acts.voucher);
	assert_int_equal(voucher->state, VOUCHER_STATE_EXHAUSTED);
	acts_must(&acts, "reverse");
	assert_int_equal(voucher->state, VOUCHER_STATE_ACTIVE);
	acts_must(&acts, "redeem 2026-01-05T09:00 60; dispute");
	assert_int_equal(voucher->state, VOUCHER_STATE_ACTIVE);
	acts_must(&acts, "resolve accept");
	assert_int_equal(voucher->state, VOUCHER_STATE_EXHAUSTED);
}

/* A title in euro is worth its own cents; its net is separated at the provider's rate. */
static void title_in_euro(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "service BUONO EURO 0; enrol ALFA SOCIAL_COOP service=BUONO;"
			 "enrol GAMMA NON_COMMERCIAL_ETS service=BUONO;"
			 "title 2026-01 2026-02 10000 alfa service=BUONO; now 2026-01-31T09:00;"
			 "redeem 2026-01-05T09:00 units=10000");
	EXPECT_CENTS(acts.fixture->last.gross, 10000);
	EXPECT_CENTS(acts.fixture->last.net, 9524);
	expect_cell(&acts, 0, 10000, 0, 0);
	acts_must(&acts, "choose gamma; now 2026-02-10T09:00;"
			 "redeem 2026-02-05T09:00 units=4000 by=gamma");
	EXPECT_CENTS(acts.fixture->last.net, 4000);
	expect_cell(&acts, 1, 4000, 6000, 6000);
}

/* One act's postings: fund and units, nothing else. */
static void postings_of_one_service(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "ceiling pandino 2026 200000; title 2026-01 2026-06 720 alfa;"
			 "now 2026-01-31T09:00; redeem 2026-01-05T09:00 60");
	const struct effects *effects = &acts.fixture->effects;
	assert_int_equal(effects->posting_count, 2);
	const struct posting *money = &effects->postings[0];
	assert_int_equal(money->book, BOOK_FUND);
	assert_int_equal(money->kind, POSTING_KIND_REDEEM);
	assert_int_equal(money->from, FUND_COMMITTED);
	assert_int_equal(money->to, FUND_REDEEMED);
	assert_int_equal(money->amount, 2373);
	assert_int_equal(money->provider.raw, acts.fixture->alfa.raw);
	assert_int_equal(money->comune.raw, acts.fixture->pandino.raw);
	assert_int_equal(money->voucher.raw, acts.voucher.raw);
	assert_int_equal(money->statement.raw, acts.statement.raw);
	const struct posting *units = &effects->postings[1];
	assert_int_equal(units->book, BOOK_UNITS);
	assert_int_equal(units->from, UNITS_FREE);
	assert_int_equal(units->to, UNITS_USED);
	assert_int_equal(units->amount, 60);
	/* record, cell, line, statement, F140, F150 */
	assert_int_equal(effects->write_count, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(january_of_the_baseline),
	    EXPECT_TEST(duplicate_after_a_timeout),
	    EXPECT_TEST(retries_with_their_key),
	    EXPECT_TEST(month_and_year_boundaries),
	    EXPECT_TEST(clocks_go_back),
	    EXPECT_TEST(clocks_go_forward),
	    EXPECT_TEST(last_minute_of_the_year),
	    EXPECT_TEST(short_visits_fill_the_allotment),
	    EXPECT_TEST(missing_units_are_told),
	    EXPECT_TEST(exhausted_and_back),
	    EXPECT_TEST(title_in_euro),
	    EXPECT_TEST(postings_of_one_service),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
