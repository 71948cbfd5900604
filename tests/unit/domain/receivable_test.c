/* Book R: bills to the cent, credits, disputes, payments, arrears, waivers; and that billing twice
 * does nothing. */
#include "engine/domain/receivable.h"

#include "tests/unit/domain/copay_acts.h"
#include "tests/unit/domain/expect.h"

#include <stdio.h>

/* A title of 12 h a month by ALFA under VERDELLO, ISEE 12.400 from January. */
static struct acts begin(struct fixture *fixture, const char *months)
{
	struct acts acts = acts_begin(fixture);
	(void)copay_acts_verdello(fixture);
	copay_acts_must_isee(fixture, fixture->person, 1240000, "2026-01-01", NULL);
	char text[64];
	(void)snprintf(text, sizeof(text), "title %s 720 alfa", months);
	acts_must(&acts, text);
	return acts;
}

static void expect_bill(struct acts *acts, const char *month, int64_t owed, int64_t charged)
{
	struct command bill = copay_acts_bill(acts->fixture, acts->voucher, month);
	(void)fixture_must(acts->fixture, &bill);
	EXPECT_CENTS(acts->fixture->last.net, owed);
	EXPECT_CENTS(acts->fixture->last.gross, charged);
}

static void expect_book(const struct fixture *fixture, int64_t charged, int64_t due,
			int64_t collected, int64_t arrears, int64_t waived)
{
	assert_int_equal(copay_acts_balance(fixture, RECEIVABLE_CHARGED), charged);
	assert_int_equal(copay_acts_balance(fixture, RECEIVABLE_DUE), due);
	assert_int_equal(copay_acts_balance(fixture, RECEIVABLE_COLLECTED), collected);
	assert_int_equal(copay_acts_balance(fixture, RECEIVABLE_ARREARS), arrears);
	assert_int_equal(copay_acts_balance(fixture, RECEIVABLE_WAIVED), waived);
}

/* Each record by itself: 60' 6,50; 75' 8,13; 30' 3,25; 15' 1,63 (S00: 8 x 6,50 + 3 x 8,13). */
static void own_rounding(void **state)
{
	struct acts acts = begin(*state, "2026-01 2026-06");
	acts_must(&acts, "now 2026-01-31T09:00; redeem 2026-01-05T09:00 60;"
			 "redeem 2026-01-06T09:00 75; redeem 2026-01-07T09:00 30;"
			 "redeem 2026-01-08T09:00 15");
	expect_bill(&acts, "2026-01", 650 + 813 + 325 + 163, 1951);
	expect_bill(&acts, "2026-01", 1951, 0);
	assert_int_equal(acts.fixture->last.object_kind, RECORD_KIND_VOUCHER);
	acts_must(&acts, "redeem 2026-01-09T09:00 75");
	expect_bill(&acts, "2026-01", 2764, 813);
	assert_int_equal(state_count(&acts.fixture->state, RECORD_KIND_RECEIVABLE), 2);
	expect_book(acts.fixture, 2764, 2764, 0, 0, 0);
}

/* A disputed visit counts as claimed until it is decided; a reversed one no longer counts. */
static void disputes_and_reversals(void **state)
{
	struct acts acts = begin(*state, "2026-01 2026-06");
	acts_must(&acts, "now 2026-01-31T09:00; redeem 2026-01-05T09:00 60;"
			 "redeem 2026-01-06T09:00 30; dispute");
	expect_bill(&acts, "2026-01", 975, 975);
	acts_must(&acts, "resolve reject");
	expect_bill(&acts, "2026-01", 650, 0);
	expect_book(acts.fixture, 650, 650, 0, 0, 0);
	acts_must(&acts, "reverse record=1");
	expect_bill(&acts, "2026-01", 0, 0);
	expect_book(acts.fixture, 0, 0, 0, 0, 0);
}

static struct command on_bill(const struct fixture *fixture, enum command_kind kind, uint32_t bill,
			      int64_t cents, const char *text)
{
	struct command command = fixture_command(kind, fixture->role[ROLE_FINANCE]);
	if (kind == COMMAND_KIND_RECEIVABLE_COLLECT) {
		command.input.receivable_collect.receivable.raw = bill;
		command.input.receivable_collect.amount_cents = cents_from(cents);
		command.input.receivable_collect.collected_on = fixture_day("2026-02-10");
		FIXTURE_TEXT(command.input.receivable_collect.receipt_number, text);
	} else if (kind == COMMAND_KIND_RECEIVABLE_WAIVE) {
		command.principal = fixture->role[ROLE_UDP_MANAGER];
		command.input.receivable_waive.receivable.raw = bill;
		command.input.receivable_waive.amount_cents = cents_from(cents);
		command.input.receivable_waive.reason = REASON_OFFICE_CHECK;
		FIXTURE_TEXT(command.input.receivable_waive.act, text);
	} else {
		command.input.receivable_refund.receivable.raw = bill;
		command.input.receivable_refund.amount_cents = cents_from(cents);
		FIXTURE_TEXT(command.input.receivable_refund.act, text);
	}
	return command;
}

/* Due 30 days after the bill, then in arrears; payments take arrears first; a waiver by act. */
static void payments_and_arrears(void **state)
{
	struct acts acts = begin(*state, "2026-01 2026-06");
	struct fixture *fixture = acts.fixture;
	acts_must(&acts, "now 2026-01-31T09:00; redeem 2026-01-05T09:00 120");
	expect_bill(&acts, "2026-01", 1300, 1300);
	struct command pay = on_bill(fixture, COMMAND_KIND_RECEIVABLE_COLLECT, 1, 300, "IUV-1");
	(void)fixture_must(fixture, &pay);
	EXPECT_CENTS(fixture->last.net, 1000);
	EXPECT(fixture, &pay, ALREADY_EXISTS); /* the same receipt */
	struct command too_much =
	    on_bill(fixture, COMMAND_KIND_RECEIVABLE_COLLECT, 1, 1001, "IUV-2");
	EXPECT(fixture, &too_much, COPAY_NOT_DUE);
	EXPECT_CENTS(fixture->last.short_by, 1);
	EXPECT_CENTS(fixture->last.limit, 1000);
	struct command none = on_bill(fixture, COMMAND_KIND_RECEIVABLE_COLLECT, 1, 0, "IUV-2");
	EXPECT_FIELD(fixture, &none, FIELD_OUT_OF_RANGE, "amount_cents");
	acts_must(&acts, "now 2026-03-02T23:59");
	expect_book(fixture, 1300, 1000, 300, 0, 0);
	acts_must(&acts, "now 2026-03-03T00:00"); /* the 30th day, 2 March, is over */
	expect_book(fixture, 1300, 0, 300, 1000, 0);
	struct command late = on_bill(fixture, COMMAND_KIND_RECEIVABLE_COLLECT, 1, 400, "IUV-2");
	(void)fixture_must(fixture, &late);
	expect_book(fixture, 1300, 0, 700, 600, 0);
	struct command waive = on_bill(fixture, COMMAND_KIND_RECEIVABLE_WAIVE, 1, 600, "DET 5");
	(void)fixture_must(fixture, &waive);
	expect_book(fixture, 1300, 0, 700, 0, 600);
	EXPECT(fixture, &waive, COPAY_NOT_DUE);
	/* what is no longer owed leaves the waiver before what was paid */
	acts_must(&acts, "reverse record=1");
	expect_bill(&acts, "2026-01", 0, 0);
	expect_book(fixture, 0, 0, 0, 0, 0);
	const struct receivable *bill = state_receivable(&fixture->state,
							 (struct receivable_id){1});
	EXPECT_CENTS(bill->credit_cents, 700);
}

/* A credit pays the next bill first; what no bill uses is refunded. */
static void credits(void **state)
{
	struct acts acts = begin(*state, "2026-01 2026-06");
	struct fixture *fixture = acts.fixture;
	acts_must(&acts, "now 2026-01-31T09:00; redeem 2026-01-05T09:00 120;"
			 "redeem 2026-01-06T09:00 60");
	expect_bill(&acts, "2026-01", 1950, 1950);
	struct command pay = on_bill(fixture, COMMAND_KIND_RECEIVABLE_COLLECT, 1, 1950, "IUV-1");
	(void)fixture_must(fixture, &pay);
	acts_must(&acts, "reverse record=1");
	expect_bill(&acts, "2026-01", 650, 0);
	expect_book(fixture, 650, 0, 650, 0, 0);
	acts_must(&acts, "now 2026-02-10T09:00; redeem 2026-02-05T09:00 60");
	expect_bill(&acts, "2026-02", 650, 650);
	expect_book(fixture, 1300, 0, 1300, 0, 0); /* 6,50 of the 13,00 of credit */
	struct command refund = on_bill(fixture, COMMAND_KIND_RECEIVABLE_REFUND, 1, 651, "DET 6");
	EXPECT(fixture, &refund, COPAY_NOT_DUE);
	refund.input.receivable_refund.amount_cents = cents_from(650);
	(void)fixture_must(fixture, &refund);
	EXPECT_CENTS(fixture->last.net, 0);
	expect_book(fixture, 1300, 0, 1300, 0, 0); /* the books moved when the credit arose */
}

static void bills_that_are_none(void **state)
{
	struct acts acts = begin(*state, "2026-02 2026-03");
	struct fixture *fixture = acts.fixture;
	struct command other = copay_acts_bill(fixture, acts.voucher, "2026-01");
	EXPECT_FIELD(fixture, &other, FIELD_OUT_OF_RANGE, "month");
	struct command early = copay_acts_bill(fixture, acts.voucher, "2026-02");
	EXPECT_FIELD(fixture, &early, FIELD_OUT_OF_RANGE, "month");
	acts_must(&acts, "propose 2026-02 2026-03 720");
	struct command proposed = copay_acts_bill(fixture, acts.voucher, "2026-02");
	EXPECT(fixture, &proposed, ILLEGAL_TRANSITION);
}

/* Without an ISEE: the dearest tariff from April, none at all, or the last one known. */
static void isee_missing(void **state)
{
	static const struct {
		const char *policy;
		int64_t owed; /* -1: refused */
	} rows[] = {{"MAX_TARIFF", 1868}, {"REFUSE", -1}, {"KEEP_LAST", 650}};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static struct fixture fixture;
		fixture_init(&fixture);
		struct acts acts = begin(&fixture, "2026-12 2027-05");
		copay_acts_parameter(&fixture, PARAMETER_ISEE_MISSING_POLICY, rows[i].policy);
		acts_must(&acts, "now 2027-04-02T09:00; redeem 2027-03-31T09:00 60;"
				 "redeem 2027-04-01T09:00 60");
		expect_bill(&acts, "2027-03", 650, 650); /* in grace */
		if (rows[i].owed >= 0) {
			expect_bill(&acts, "2027-04", rows[i].owed, rows[i].owed);
		} else {
			struct command bill = copay_acts_bill(&fixture, acts.voucher, "2027-04");
			EXPECT(&fixture, &bill, ISEE_EXPIRED);
			struct command all = fixture_command(COMMAND_KIND_RECEIVABLE_BILL_COMUNE,
							     fixture.role[ROLE_FINANCE]);
			all.input.receivable_bill_comune.comune = fixture.pandino;
			all.input.receivable_bill_comune.month = fixture_month("2027-04");
			(void)fixture_must(&fixture, &all);
			assert_int_equal(copay_acts_tasks(&fixture, EVENT_KIND_ISEE_MISSING), 1);
			(void)fixture_must(&fixture, &all); /* once is enough */
			assert_int_equal(copay_acts_tasks(&fixture, EVENT_KIND_ISEE_MISSING), 1);
		}
		fixture_deinit(&fixture);
	}
}

/* S05b and S05c: the month in course keeps its tariff, or the change counts from its day. */
static void isee_changes(void **state)
{
	struct acts acts = begin(*state, "2026-05 2026-06");
	struct fixture *fixture = acts.fixture;
	acts_must(&acts, "now 2026-06-02T09:00; redeem 2026-05-04T08:00 240;"
			 "redeem 2026-05-14T08:00 480; redeem 2026-06-01T08:00 720");
	expect_bill(&acts, "2026-05", 7800, 7800);
	copay_acts_must_isee(fixture, fixture->person, 420000, "2026-05-14", "2026-11-13");
	expect_bill(&acts, "2026-05", 7800, 0);
	expect_bill(&acts, "2026-06", 996, 996);
	copay_acts_parameter(fixture, PARAMETER_ISEE_CHANGE_POLICY, "BY_DATE");
	expect_bill(&acts, "2026-05", 2600 + 664, 0);
	assert_int_equal(copay_acts_balance(fixture, RECEIVABLE_CHARGED), 3264 + 996);
}

/* Puglia: 50,00 a month first, then what is not covered; the order of entry does not matter. */
static void deductible(void **state)
{
	struct fixture *fixture = *state;
	struct acts acts = acts_begin(fixture);
	struct command scheme = copay_acts_scheme(fixture, "PUGLIA_BUONI");
	struct copay_rule_input *rule =
	    copay_acts_rule(&scheme, COPAY_RULE_PERCENT_COVERED, 0, 4000000, 0, 0);
	rule->covered_from_bp = 10000;
	rule->covered_to_bp = 2000;
	struct copay_scheme_id id = {fixture_must(fixture, &scheme)};
	struct command adopt =
	    copay_acts_adoption(fixture, id, (struct comune_id){0}, "2026-01-01");
	(void)fixture_must(fixture, &adopt);
	copay_acts_parameter(fixture, PARAMETER_DAY_SERVICE_MONTHLY_DEDUCTIBLE_CENTS, "5000");
	copay_acts_must_isee(fixture, fixture->person, 2000000, "2026-01-01", NULL); /* 60 % */
	acts_must(&acts, "title 2026-01 2026-02 720 alfa; now 2026-01-31T09:00;"
			 "redeem 2026-01-20T09:00 60; redeem 2026-01-05T09:00 120;"
			 "redeem 2026-01-06T09:00 60");
	/* 47,46: all of it; 23,73: 2,54 and 40 % of 21,19; 23,73: 40 % */
	expect_bill(&acts, "2026-01", 4746 + 254 + (2119 - 1271) + (2373 - 1424), 6797);
}

/* All titles of a comune in one act, in as many as it takes; another comune's stay out. */
static void of_a_comune(void **state)
{
	struct acts acts = begin(*state, "2026-01 2026-06");
	struct fixture *fixture = acts.fixture;
	acts_must(&acts, "now 2026-01-31T09:00; redeem 2026-01-05T09:00 60; live crema;"
			 "title 2026-01 2026-02 720 alfa; redeem 2026-01-05T11:00 60;"
			 "live pandino; title 2026-01 2026-02 720 alfa;"
			 "redeem 2026-01-05T14:00 120");
	struct command bill =
	    fixture_command(COMMAND_KIND_RECEIVABLE_BILL_COMUNE, fixture->role[ROLE_COMUNE_ADMIN]);
	struct command_receivable_bill_comune *input = &bill.input.receivable_bill_comune;
	input->comune = fixture->pandino;
	input->month = fixture_month("2026-01");
	(void)fixture_must(fixture, &bill);
	EXPECT_CENTS(fixture->last.gross, 650 + 2 * 1868); /* the third person has no ISEE */
	assert_int_equal(fixture->last.units, 2);
	assert_int_equal(fixture->last.object_kind, RECORD_KIND_COMUNE);
	(void)fixture_must(fixture, &bill);
	EXPECT_CENTS(fixture->last.gross, 0);
	assert_int_equal(fixture->last.units, 0);
	input->comune = fixture->crema;
	EXPECT(fixture, &bill, NOT_OWNER);
	bill.principal = fixture->role[ROLE_FINANCE];
	input->after = acts.voucher; /* the newest cell of the month: Crema's follows */
	(void)fixture_must(fixture, &bill);
	EXPECT_CENTS(fixture->last.gross, 1868);
	input->month = fixture_month("2026-02");
	EXPECT_FIELD(fixture, &bill, FIELD_OUT_OF_RANGE, "month");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(own_rounding),	       EXPECT_TEST(disputes_and_reversals),
	    EXPECT_TEST(payments_and_arrears), EXPECT_TEST(credits),
	    EXPECT_TEST(bills_that_are_none),  cmocka_unit_test(isee_missing),
	    EXPECT_TEST(isee_changes),	       EXPECT_TEST(deductible),
	    EXPECT_TEST(of_a_comune),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
