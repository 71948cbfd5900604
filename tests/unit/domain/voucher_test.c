/* Proposal, cancellation and revocation: what they write and what they give back. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

#include "engine/domain/voucher.h"

#include <stdio.h>

static const struct voucher *title(const struct acts *acts)
{
	return state_voucher(&acts->fixture->state, acts->voucher);
}

static void what_a_proposal_says(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "service PASTI PIECE 650; live crema;"
			 "propose 2026-01 2026-06 720 service=SAD_OSS,PASTI from=2026-01-15");
	assert_int_equal(title(&acts)->state, VOUCHER_STATE_PROPOSED);
	assert_int_equal(title(&acts)->comune.raw, acts.fixture->crema.raw);
	assert_int_equal(title(&acts)->valid_from.number, fixture_day("2026-01-15").number);
	assert_int_equal(title(&acts)->valid_to.number, fixture_day("2026-06-30").number);
	assert_int_equal(title(&acts)->line_count, 2);
	assert_int_equal(title(&acts)->month_count, 6);
	assert_int_equal(title(&acts)->proposed_at.us, acts.fixture->now.us);
	assert_int_equal(voucher_cell_count(title(&acts)), 12);
	struct voucher_line_id second = {title(&acts)->first_line.raw + 1};
	assert_int_equal(state_voucher_line(&acts.fixture->state, second)->voucher.raw,
			 acts.voucher.raw);
	assert_int_equal(acts.fixture->effects.posting_count, 0);
	assert_int_equal(voucher_cell(title(&acts), 0, fixture_month("2026-01")).raw, 0);
	acts_must(&acts, "enrol ALFA SOCIAL_COOP service=PASTI; issue");
	uint32_t first = title(&acts)->first_cell.raw;
	assert_int_equal(voucher_cell(title(&acts), 0, fixture_month("2026-01")).raw, first);
	assert_int_equal(voucher_cell(title(&acts), 1, fixture_month("2026-06")).raw, first + 11);
	assert_int_equal(voucher_cell(title(&acts), 0, fixture_month("2025-12")).raw, 0);
	assert_int_equal(voucher_cell(title(&acts), 0, fixture_month("2026-07")).raw, 0);
}

static void cancellation_gives_all_back(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "ceiling pandino 2026 4000000; propose 2026-01 2026-06 720; issue;"
			 "cancel");
	EXPECT_CENTS(acts.fixture->last.gross, 170856);
	assert_int_equal(acts_fund(&acts, 2026, FUND_AVAILABLE), 14035000);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_FREE), 4000000);
	assert_int_equal(acts_cell(&acts, 0)->expired_units, 720);
	assert_int_equal(title(&acts)->state, VOUCHER_STATE_CANCELLED);
	/* the months' own jobs find nothing more to do */
	acts_must(&acts, "now 2026-09-01T09:00");
	assert_int_equal(title(&acts)->state, VOUCHER_STATE_CANCELLED);
}

/* From a future day: later months go at once, the present one when its late window ends. */
static void revoked_from_a_future_day(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-04 720 alfa; book 2026-02-20T09:00 60;"
			 "book 2026-02-05T09:00 60; now 2026-01-31T09:00;"
			 "redeem 2026-01-05T09:00 60;"
			 "revoke 2026-02-10");
	EXPECT_CENTS(acts.fixture->last.gross, 2 * 28476);
	assert_int_equal(title(&acts)->state, VOUCHER_STATE_REVOKED);
	assert_int_equal(acts_cell(&acts, 1)->booked_units, 60); /* that of the 5th */
	acts_must(&acts, "now 2026-02-28T09:00; redeem 2026-02-05T09:00 60");
	assert_int_equal(acts_do(&acts, "redeem 2026-02-10T09:00 60"), RESULT_VOUCHER_NOT_ACTIVE);
	acts_must(&acts, "now 2026-04-01T00:00");
	assert_int_equal(title(&acts)->state, VOUCHER_STATE_CLOSED);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 0);
	assert_int_equal(acts_fund(&acts, 2026, FUND_REDEEMED), 4746);
}

/* From a past day: later services are disputed, but for those in a frozen statement. */
static void revoked_from_a_past_day(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-02 720 alfa; now 2026-01-31T09:00;"
			 "redeem 2026-01-20T09:00 60; redeem 2026-01-25T09:00 60;"
			 "now 2026-02-12T09:00; freeze; redeem 2026-02-03T09:00 60;"
			 "revoke 2026-01-22");
	assert_int_equal(acts_fund(&acts, 2026, FUND_DISPUTED), 2373);
	assert_int_equal(acts_fund(&acts, 2026, FUND_REDEEMED), 4746);
	const struct redemption *disputed = state_redemption(&acts.fixture->state, acts.record);
	assert_int_equal(disputed->state, REDEMPTION_STATE_DISPUTED);
	assert_int_equal(disputed->cause, RESULT_VOUCHER_NOT_ACTIVE);
	assert_int_equal(acts_cell(&acts, 1)->released, 1);
	acts_must(&acts, "resolve reject; now 2026-03-04T00:00");
	assert_int_equal(acts_fund(&acts, 2026, FUND_AVAILABLE), 14035000 - 4746);
	assert_int_equal(title(&acts)->state, VOUCHER_STATE_CLOSED);
}

/* More services than one act can take back: refused whole. */
static void too_much_to_take_back(void **state)
{
	struct acts acts = acts_begin(*state);
	acts.fixture->check_all = false;
	acts_must(&acts, "title 2026-01 2026-04 7000 alfa; now 2026-04-30T20:00");
	char act[64];
	for (uint32_t i = 0; i < 6200; i++) {
		(void)snprintf(act, sizeof(act), "redeem 2026-04-%02uT%02u:%02u 1", 1 + i / 240,
			       i % 240 / 60 + 8, i % 60);
		acts_must(&acts, act);
	}
	assert_int_equal(acts_do(&acts, "revoke 2026-04-01"), RESULT_TOO_MANY_EFFECTS);
	assert_int_equal(title(&acts)->state, VOUCHER_STATE_ACTIVE);
	acts_must(&acts, "revoke 2026-04-25");
	acts.fixture->check_all = true;
	acts_must(&acts, "live pandino; propose 2026-04 2026-04 60");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(what_a_proposal_says),
	    EXPECT_TEST(cancellation_gives_all_back),
	    EXPECT_TEST(revoked_from_a_future_day),
	    EXPECT_TEST(revoked_from_a_past_day),
	    EXPECT_TEST(too_much_to_take_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
