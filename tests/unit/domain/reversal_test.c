/* Reversal after the approval, credit notes and set-off: S04 to the cent, and its neighbours. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

#include <stdio.h>

#define TO_APPROVED "freeze; confirm; attest by=deputy act=A-1; invoice; approve;"
#define TO_PAID     TO_APPROVED "export; order; pay;"

static const struct statement *statement(const struct acts *acts, uint32_t id)
{
	const struct statement *found =
	    state_statement(&acts->fixture->state, (struct statement_id){id});
	assert_non_null(found);
	return found;
}

static const struct recovery *recovery(const struct acts *acts, uint32_t id)
{
	const struct recovery *found =
	    state_recovery(&acts->fixture->state, (struct recovery_id){id});
	assert_non_null(found);
	return found;
}

/* Two visits of an hour a day from the first of the month on. */
static void deliver(struct acts *acts, const char *month, int visits)
{
	for (int i = 0; i < visits; i++) {
		char act[64];
		(void)snprintf(act, sizeof(act), "redeem %s-%02dT%s:00 60", month, i / 2 + 1,
			       i % 2 == 0 ? "09" : "15");
		acts_must(acts, act);
	}
}

static void reverse_paid(struct acts *acts, int first, int last)
{
	for (int i = first; i <= last; i++) {
		char act[64];
		(void)snprintf(act, sizeof(act), "reverse record=%d; grant", i);
		acts_must(acts, act);
	}
}

/* SCENARIOS S04 (the title has 3.000 minutes in both months). */
static void s04(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "ceiling castelleone 2026 2000000; live castelleone;"
			 "title 2026-02 2026-03 3000 alfa; now 2026-02-28T09:00");
	deliver(&acts, "2026-02", 40);
	acts_must(&acts, "now 2026-03-12T09:00;" TO_PAID);
	assert_int_equal(acts_fund(&acts, 2026, FUND_PAID), 90400);
	acts_must(&acts, "now 2026-03-31T09:00");
	deliver(&acts, "2026-03", 44);
	acts_must(&acts, "now 2026-04-10T09:00; reverse record=19");
	assert_int_equal(acts.fixture->last.result, RESULT_APPROVAL_PENDING);
	assert_int_equal(acts_fund(&acts, 2026, FUND_RECOVERABLE), 0);
	assert_int_equal(acts_do(&acts, "grant by=manager"), RESULT_FOUR_EYES_REQUIRED);
	acts_must(&acts, "grant; reverse record=21; grant");
	assert_int_equal(acts_fund(&acts, 2026, FUND_RECOVERABLE), 4746);
	assert_int_equal(acts_fund(&acts, 2026, FUND_PAID), 85880);
	assert_int_equal(acts_fund(&acts, 2026, FUND_VAT_PAID), 4294);
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_PAID);
	EXPECT_CENTS(statement(&acts, 1)->gross_cents, 94920); /* not edited */
	EXPECT_CENTS(recovery(&acts, 1)->net_cents, 2260);
	EXPECT_CENTS(recovery(&acts, 1)->vat_cents, 113);
	assert_int_equal(acts_do(&acts, "reverse record=19"), RESULT_ILLEGAL_TRANSITION);
	int64_t used = acts_ceiling(&acts, 1, CEILING_USED);
	int64_t available = acts_fund(&acts, 2026, FUND_AVAILABLE);
	/* the credit notes come, and must be right */
	assert_int_equal(acts_do(&acts, "credit 1 2260 112"), RESULT_INVOICE_MISMATCH);
	EXPECT_CENTS(acts.fixture->last.short_by, 1);
	acts_must(&acts, "credit 1 2260 113; credit 2 2260 113");
	assert_int_equal(acts_do(&acts, "credit 1 2260 113"), RESULT_ILLEGAL_TRANSITION);
	acts_must(&acts, "now 2026-04-12T09:00;" TO_APPROVED);
	EXPECT_CENTS(statement(&acts, 2)->net_cents, 99440);
	EXPECT_CENTS(statement(&acts, 2)->vat_cents, 4972);
	EXPECT_CENTS(statement(&acts, 2)->payable_net_cents, 94920);
	EXPECT_CENTS(statement(&acts, 2)->payable_vat_cents, 4746);
	assert_int_equal(acts_fund(&acts, 2026, FUND_SETTLED), 94920);
	assert_int_equal(acts_fund(&acts, 2026, FUND_VAT_PAYABLE), 4746);
	assert_int_equal(acts_fund(&acts, 2026, FUND_RECOVERABLE), 0);
	assert_int_equal(acts_fund(&acts, 2026, FUND_AVAILABLE), available + 4746);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), used - 4746);
	assert_int_equal(recovery(&acts, 1)->state, RECOVERY_STATE_RECOVERED);
	assert_int_equal(recovery(&acts, 2)->statement.raw, 2);
	acts_must(&acts, "export; order; pay");
	assert_int_equal(acts_fund(&acts, 2026, FUND_PAID), 185320);
	assert_int_equal(acts_fund(&acts, 2026, FUND_VAT_PAID), 9266);
	const struct cell *february = acts_cell(&acts, 0);
	assert_int_equal(february->used_units, 2280);
	assert_int_equal(february->expired_units, 600 + 120);
	EXPECT_CENTS(february->held_cents, 90174);
}

/* Settled, unpaid: on a TD04 the money goes back to the fund; the export is made again. */
static void settled_and_unpaid(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "ceiling pandino 2026 100000; title 2026-01 2026-01 720 alfa;"
			 "now 2026-01-31T09:00");
	deliver(&acts, "2026-01", 3);
	acts_must(&acts, "now 2026-02-12T09:00; freeze");
	assert_int_equal(acts_do(&acts, "reverse"), RESULT_REDEMPTION_IN_STATEMENT);
	acts_must(&acts, "confirm; attest; invoice; approve");
	assert_int_equal(acts_do(&acts, "reverse"), RESULT_FIELD_MISSING);
	int64_t available = acts_fund(&acts, 2026, FUND_AVAILABLE);
	const struct commitment *commitment =
	    state_commitment(&acts.fixture->state, (struct commitment_id){1});
	int64_t drawn = commitment->drawn_cents.raw; /* raw: compared */
	acts_must(&acts, "export; reverse note=TD04-1");
	assert_int_equal(acts.fixture->last.result, RESULT_OK);
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_APPROVED);
	assert_int_equal(acts_fund(&acts, 2026, FUND_SETTLED), 4520);
	assert_int_equal(acts_fund(&acts, 2026, FUND_VAT_PAYABLE), 226);
	assert_int_equal(acts_fund(&acts, 2026, FUND_AVAILABLE), available + 2373);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 28476 - 2373);
	EXPECT_CENTS(commitment->drawn_cents, drawn - 2373);
	EXPECT_CENTS(statement(&acts, 1)->payable_net_cents, 4520);
	assert_int_equal(acts_cell(&acts, 0)->expired_units, 60);
	assert_int_equal(state_count(&acts.fixture->state, RECORD_KIND_CREDIT_NOTE), 1);
	acts_must(&acts, "export hash=8; order");
	assert_int_equal(acts_do(&acts, "reverse record=1 note=TD04-2"), RESULT_PAYMENT_ORDERED);
	acts_must(&acts, "pay");
	assert_int_equal(acts_fund(&acts, 2026, FUND_PAID), 4520);
	assert_int_equal(acts_fund(&acts, 2026, FUND_SETTLED), 0);
}

/* Reversed whole, a line ends at zero: the last record takes the VAT that rounding had added. */
static void a_whole_line(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-01 720 alfa; now 2026-01-31T09:00");
	for (int day = 1; day <= 18; day++) {
		char act[64];
		(void)snprintf(act, sizeof(act), "redeem 2026-01-%02dT09:00 40", day);
		acts_must(&acts, act);
	}
	acts_must(&acts, "now 2026-02-12T09:00;" TO_PAID);
	assert_int_equal(acts_fund(&acts, 2026, FUND_VAT_PAID), 1356);
	reverse_paid(&acts, 1, 18);
	assert_int_equal(acts_fund(&acts, 2026, FUND_PAID), 0);
	assert_int_equal(acts_fund(&acts, 2026, FUND_VAT_PAID), 0);
	assert_int_equal(acts_fund(&acts, 2026, FUND_RECOVERABLE), 28476);
}

/* A statement smaller than the debt sets off what it can; the rest waits for the next. Blocked, it
 * sets off when it is let go. */
static void set_off_in_parts(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-03 720 alfa; now 2026-01-31T09:00");
	deliver(&acts, "2026-01", 4);
	acts_must(&acts, "now 2026-02-12T09:00;" TO_PAID);
	reverse_paid(&acts, 1, 4);
	assert_int_equal(acts_fund(&acts, 2026, FUND_RECOVERABLE), 9492);
	acts_must(&acts, "now 2026-02-28T09:00");
	deliver(&acts, "2026-02", 3);
	acts_must(&acts, "now 2026-03-12T09:00; freeze; confirm; attest; invoice;"
			 "approve block=SEIZURE");
	assert_int_equal(acts_fund(&acts, 2026, FUND_RECOVERABLE), 9492);
	acts_must(&acts, "unblock");
	assert_int_equal(acts_fund(&acts, 2026, FUND_RECOVERABLE), 2373);
	EXPECT_CENTS(statement(&acts, 2)->payable_net_cents, 0);
	EXPECT_CENTS(statement(&acts, 2)->payable_vat_cents, 0);
	assert_int_equal(acts_fund(&acts, 2026, FUND_SETTLED), 0);
	/* what was set off counts as paid: reversing it is a recovery again */
	acts_must(&acts, "reverse record=5");
	assert_int_equal(acts.fixture->last.result, RESULT_APPROVAL_PENDING);
	acts_must(&acts, "grant");
	assert_int_equal(acts_fund(&acts, 2026, FUND_RECOVERABLE), 4746);
	acts_must(&acts, "export; order; pay; now 2026-03-31T09:00");
	deliver(&acts, "2026-03", 3);
	acts_must(&acts, "now 2026-04-12T09:00;" TO_APPROVED);
	assert_int_equal(acts_fund(&acts, 2026, FUND_RECOVERABLE), 0);
	EXPECT_CENTS(statement(&acts, 3)->payable_net_cents, 2260);
	EXPECT_CENTS(statement(&acts, 3)->payable_vat_cents, 113);
}

/* GAMMA's statement does not pay ALFA's debt. */
static void debts_are_ones_own(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-01 720 alfa; now 2026-01-31T09:00");
	deliver(&acts, "2026-01", 1);
	acts_must(&acts, "now 2026-02-12T09:00;" TO_PAID "reverse; grant; live crema;"
			 "title 2026-02 2026-02 720 gamma; now 2026-02-28T09:00;"
			 "redeem 2026-02-05T09:00 60 by=gamma; now 2026-03-12T09:00; freeze;"
			 "confirm by=gamma; attest by=deputy act=A-2; invoice; approve");
	assert_int_equal(acts_fund(&acts, 2026, FUND_RECOVERABLE), 2373);
	EXPECT_CENTS(statement(&acts, 2)->payable_net_cents, 2260);
}

/* Where units may be used again they come back with money promised anew, while the month runs. */
static void units_by_policy(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "parameter REVERSED_UNITS_RECOVERABLE true;"
			 "title 2026-01 2026-01 720 alfa; now 2026-01-31T09:00");
	deliver(&acts, "2026-01", 2);
	acts_must(&acts, "now 2026-02-12T09:00;" TO_PAID "reverse; grant");
	assert_int_equal(acts_cell(&acts, 0)->free_units, 660);
	EXPECT_CENTS(acts_cell(&acts, 0)->committed_cents, 28476 - 2373);
	acts_must(&acts, "now 2026-03-04T00:00; reverse record=1; grant");
	assert_int_equal(acts_cell(&acts, 0)->free_units, 0);
	assert_int_equal(acts_cell(&acts, 0)->expired_units, 720);
	assert_int_equal(acts_cell(&acts, 0)->used_units, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(s04),
	    EXPECT_TEST(settled_and_unpaid),
	    EXPECT_TEST(a_whole_line),
	    EXPECT_TEST(set_off_in_parts),
	    EXPECT_TEST(debts_are_ones_own),
	    EXPECT_TEST(units_by_policy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
