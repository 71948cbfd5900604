/* S00 from the first visit to the treasurer's receipt and the release of January, with its golden
 * balances; who may do which step of a statement, and what each step leaves written. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

#include <stdio.h>
#include <string.h>

static const struct statement *statement(const struct acts *acts)
{
	const struct statement *found = state_statement(&acts->fixture->state, acts->statement);
	assert_non_null(found);
	return found;
}

static void deliver_january(struct acts *acts)
{
	char act[64];
	for (int i = 0; i < 11; i++) {
		(void)snprintf(act, sizeof(act), "redeem 2026-01-%02dT09:00 %d", i + 1,
			       i < 8 ? 60 : 75);
		acts_must(acts, act);
	}
}

static void the_baseline(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "ceiling pandino 2026 4000000; title 2026-01 2026-06 720 alfa;"
			 "now 2026-01-31T09:00");
	deliver_january(&acts);
	acts_must(&acts, "now 2026-02-12T09:00; freeze; confirm; attest; now 2026-02-20T09:00;"
			 "invoice net=26555 vat=1328; approve");
	assert_int_equal(acts_fund(&acts, 2026, FUND_SETTLED), 26555);
	assert_int_equal(acts_fund(&acts, 2026, FUND_VAT_PAYABLE), 1328);
	assert_int_equal(acts_fund(&acts, 2026, FUND_REDEEMED), 0);
	acts_must(&acts, "export; order; pay; now 2026-03-04T00:00");
	/* scenario_balances.csv, S00 */
	assert_int_equal(acts_fund(&acts, 2026, FUND_AVAILABLE), 13864737);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 142380);
	assert_int_equal(acts_fund(&acts, 2026, FUND_PAID), 26555);
	assert_int_equal(acts_fund(&acts, 2026, FUND_VAT_PAID), 1328);
	assert_int_equal(acts_fund(&acts, 2026, FUND_SETTLED), 0);
	assert_int_equal(acts_fund(&acts, 2026, FUND_VAT_PAYABLE), 0);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_FREE), 3829737);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 170263);
	const struct cell *january = acts_cell(&acts, 0);
	assert_int_equal(january->used_units, 705);
	assert_int_equal(january->expired_units, 15);
	assert_int_equal(january->free_units, 0);
	EXPECT_CENTS(january->held_cents, 27883);
	for (uint32_t n = 1; n < 6; n++) {
		assert_int_equal(acts_cell(&acts, n)->free_units, 720);
		EXPECT_CENTS(acts_cell(&acts, n)->committed_cents, 28476);
	}
}

static void what_each_step_writes(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-06 720 alfa; now 2026-01-31T09:00");
	deliver_january(&acts);
	acts_must(&acts, "now 2026-02-12T09:00; freeze");
	assert_int_equal(statement(&acts)->frozen_at.us, fixture_instant("2026-02-12T09:00").us);
	acts_must(&acts, "confirm; attest; invoice; approve");
	assert_int_equal(statement(&acts)->settled_by.raw,
			 acts.fixture->role[ROLE_UDP_MANAGER].raw);
	assert_memory_equal(statement(&acts)->invoice_number, "FPA-1/26", 8);
	acts_must(&acts, "export hash=9; order; pay");
	assert_int_equal(statement(&acts)->export_hash[31], 9);
	assert_memory_equal(statement(&acts)->order_number, "M-100", 5);
	assert_int_equal(statement(&acts)->order_date.number, fixture_day("2026-03-20").number);
	assert_memory_equal(statement(&acts)->receipt_number, "Q-100", 5);
	assert_int_equal(statement(&acts)->paid_on.number, fixture_day("2026-03-20").number);
	assert_int_equal(statement(&acts)->state, STATEMENT_STATE_PAID);
}

/* A statement of two comuni is attested when both have; the second in the plan office's words. */
static void each_comune_attests(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-01 720 alfa; live crema;"
			 "title 2026-01 2026-01 720 alfa; now 2026-01-31T09:00;"
			 "redeem 2026-01-05T09:00 60 title=1;"
			 "redeem 2026-01-06T09:00 60 title=2; now 2026-02-12T09:00; freeze;"
			 "confirm; attest");
	assert_int_equal(acts.fixture->last.units, 1);
	assert_int_equal(statement(&acts)->state, STATEMENT_STATE_PROVIDER_CONFIRMED);
	assert_int_equal(statement(&acts)->attested_count, 1);
	acts_must(&acts, "attest"); /* again: nothing more */
	assert_int_equal(statement(&acts)->attested_count, 1);
	assert_int_equal(acts_do(&acts, "invoice"), RESULT_STATEMENT_NOT_OPEN);
	acts_must(&acts, "attest by=manager act=DET-3 comune=crema");
	assert_int_equal(statement(&acts)->state, STATEMENT_STATE_ATTESTED);
}

static void invoice_differences_are_told(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-06 720 alfa; now 2026-01-31T09:00");
	deliver_january(&acts);
	acts_must(&acts, "now 2026-02-12T09:00; freeze; confirm; attest");
	assert_int_equal(acts_do(&acts, "invoice net=26555 vat=1327"), RESULT_INVOICE_MISMATCH);
	EXPECT_CENTS(acts.fixture->last.short_by, 1);
	EXPECT_CENTS(acts.fixture->last.limit, 27883);
	assert_int_equal(acts_do(&acts, "invoice net=26600 vat=1328"), RESULT_INVOICE_MISMATCH);
	EXPECT_CENTS(acts.fixture->last.short_by, -45);
	assert_int_equal(acts_do(&acts, "invoice net=26554 vat=1329"), RESULT_INVOICE_MISMATCH);
	EXPECT_CENTS(acts.fixture->last.short_by, 1);
	EXPECT_CENTS(acts.fixture->last.limit, 26555);
	acts_must(&acts, "invoice net=26555 vat=1328");
}

/* The person who approved does not order the payment: a principal that may do both is made. */
static void approver_does_not_order(void **state)
{
	struct fixture *fixture = *state;
	struct acts acts = acts_begin(fixture);
	acts_must(&acts, "title 2026-01 2026-06 720 alfa; now 2026-01-31T09:00");
	deliver_january(&acts);
	acts_must(&acts, "now 2026-02-12T09:00; freeze; confirm; attest; invoice; approve; export");
	/* the manager is given the finance office */
	struct principal manager =
	    *state_principal(&fixture->state, fixture->role[ROLE_UDP_MANAGER]);
	manager.role = ROLE_FINANCE;
	assert_true(apply_record(&fixture->state, RECORD_KIND_PRINCIPAL,
				 fixture->role[ROLE_UDP_MANAGER].raw, &manager));
	assert_int_equal(acts_do(&acts, "order by=manager"), RESULT_FOUR_EYES_REQUIRED);
	acts_must(&acts, "order");
}

/* Who attested in a comune's stead does not approve, be it of one line among many; another manager
 * does. */
static void substitute_does_not_approve(void **state)
{
	static const char *const ways[] = {
	    "attest; attest by=manager act=DET-3 comune=crema",
	    "attest; attest-month 2026-01 by=manager act=DET-3 comune=crema",
	};
	for (uint32_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct fixture *fixture = *state;
		struct acts acts = acts_begin(fixture);
		acts_must(&acts, "title 2026-01 2026-01 720 alfa; live crema;"
				 "title 2026-01 2026-01 720 alfa; now 2026-01-31T09:00;"
				 "redeem 2026-01-05T09:00 60 title=1;"
				 "redeem 2026-01-06T09:00 60 title=2; now 2026-02-12T09:00; freeze;"
				 "confirm");
		acts_must(&acts, ways[i]);
		acts_must(&acts, "invoice");
		assert_int_equal(acts_do(&acts, "approve"), RESULT_FOUR_EYES_REQUIRED);
		assert_int_equal(statement(&acts)->state, STATEMENT_STATE_INVOICED);
		acts_must(&acts, "approve by=deputy");
		assert_int_equal(statement(&acts)->state, STATEMENT_STATE_APPROVED);
		fixture_deinit(fixture);
		fixture_init(fixture);
	}
}

/* The act of a substitution that found all attested by the comune itself binds nobody. */
static void substitution_of_nothing(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-01 720 alfa; live crema;"
			 "title 2026-01 2026-01 720 alfa; now 2026-01-31T09:00;"
			 "redeem 2026-01-05T09:00 60 title=1;"
			 "redeem 2026-01-06T09:00 60 title=2; now 2026-02-12T09:00; freeze;"
			 "confirm; attest; attest by=manager act=DET-3 comune=pandino;"
			 "attest by=deputy act=DET-4 comune=crema; invoice");
	assert_int_equal(acts_do(&acts, "approve by=deputy"), RESULT_FOUR_EYES_REQUIRED);
	acts_must(&acts, "approve");
}

static void pact_without_cig(void **state)
{
	struct fixture *fixture = *state;
	struct acts acts = acts_begin(fixture);
	acts_must(&acts, "title 2026-01 2026-06 720 alfa; now 2026-01-31T09:00");
	deliver_january(&acts);
	acts_must(&acts, "now 2026-02-12T09:00; freeze; confirm; attest");
	struct accreditation pact =
	    *state_accreditation(&fixture->state, fixture->alfa_accreditation);
	struct accreditation without = pact;
	memset(without.cig, 0, sizeof(without.cig));
	uint32_t id = fixture->alfa_accreditation.raw;
	assert_true(apply_record(&fixture->state, RECORD_KIND_ACCREDITATION, id, &without));
	assert_int_equal(acts_do(&acts, "invoice"), RESULT_CIG_MISSING);
	assert_true(apply_record(&fixture->state, RECORD_KIND_ACCREDITATION, id, &pact));
	acts_must(&acts, "invoice");
	assert_true(apply_record(&fixture->state, RECORD_KIND_ACCREDITATION, id, &without));
	assert_int_equal(acts_do(&acts, "approve"), RESULT_CIG_MISSING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(the_baseline),
	    EXPECT_TEST(what_each_step_writes),
	    EXPECT_TEST(each_comune_attests),
	    EXPECT_TEST(invoice_differences_are_told),
	    EXPECT_TEST(approver_does_not_order),
	    EXPECT_TEST(substitute_does_not_approve),
	    EXPECT_TEST(substitution_of_nothing),
	    EXPECT_TEST(pact_without_cig),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
