/* Split funding, to the cent: division, deliveries, reversal, dispute, freeze, change of provider,
 * a fund that ends. Fixture and figures of S15 (decision 0009-split-funding). */
#include "engine/domain/cell.h"
#include "engine/domain/share.h"
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

#include <stdio.h>

#define TWO_FUNDS "fund FSR 2026 5000000;"

struct figures {
	const char *fund;
	enum fund_account_slot slot;
	int64_t cents;
};

static void expect_figures(struct acts *acts, const struct figures *figures, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char act[32];
		(void)snprintf(act, sizeof(act), "use %s", figures[i].fund);
		acts_must(acts, act);
		int64_t got = acts_fund(acts, 2026, figures[i].slot);
		if (got != figures[i].cents)
			fail_msg("figure %zu, %s: %lld, expected %lld", i, figures[i].fund,
				 (long long)got, (long long)figures[i].cents);
	}
}
#define EXPECT_FIGURES(acts, ...)                                                                  \
	do {                                                                                       \
		const struct figures figures[] = {__VA_ARGS__};                                    \
		expect_figures(acts, figures, sizeof(figures) / sizeof(figures[0]));               \
	} while (false)

static void visits(struct acts *acts, uint32_t first, uint32_t count, uint32_t minutes)
{
	for (uint32_t i = first; i < first + count; i++) {
		char act[64];
		(void)snprintf(act, sizeof(act), "redeem 2026-03-%02uT%s:00 %u", i / 2 + 1,
			       i % 2 == 0 ? "09" : "15", minutes);
		acts_must(acts, act);
		assert_int_equal(acts->fixture->last.result, RESULT_ACCEPTED);
	}
}

static void settle(struct acts *acts)
{
	acts->statement.raw = 1;
	acts_must(acts, "now 2026-04-12T09:00; freeze; confirm; attest; invoice; approve; export;"
			"order; pay");
}

/* S15: 60 % and 40 %; one of ten hours is reversed; 615' are paid. */
static void sixty_and_forty(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, TWO_FUNDS "title 2026-03 2026-03 720 alfa funds=FNPS:6000,FSR:4000");
	EXPECT_FIGURES(&acts, {"FNPS", FUND_COMMITTED, 17086}, {"FSR", FUND_COMMITTED, 11390});
	acts_must(&acts, "now 2026-04-01T09:00");
	visits(&acts, 0, 10, 60);
	EXPECT_CENTS(acts.fixture->last.gross, 2373);
	EXPECT_FIGURES(&acts, {"FNPS", FUND_REDEEMED, 14240}, {"FSR", FUND_REDEEMED, 9490});
	visits(&acts, 10, 1, 75);
	EXPECT_FIGURES(&acts, {"FNPS", FUND_REDEEMED, 16020}, {"FSR", FUND_REDEEMED, 10676});
	/* each visit is two records of one ring, the second without units */
	const struct redemption *first =
	    state_redemption(&acts.fixture->state, (struct redemption_id){3});
	const struct redemption *second = state_redemption(&acts.fixture->state, first->sibling);
	assert_int_equal(second->sibling.raw, 3);
	assert_int_equal(second->units, 0);
	EXPECT_CENTS(second->net_cents, 904);
	acts_must(&acts, "reverse record=3");
	EXPECT_CENTS(acts.fixture->last.gross, 2373);
	EXPECT_FIGURES(&acts, {"FNPS", FUND_REDEEMED, 14596}, {"FSR", FUND_REDEEMED, 9727},
		       {"FNPS", FUND_COMMITTED, 2490}, {"FSR", FUND_COMMITTED, 1663});
	assert_int_equal(acts_cell(&acts, 0)->free_units, 105);
	settle(&acts);
	EXPECT_FIGURES(&acts, {"FNPS", FUND_PAID, 13899}, {"FNPS", FUND_VAT_PAID, 695},
		       {"FSR", FUND_PAID, 9266}, {"FSR", FUND_VAT_PAID, 463});
	acts_must(&acts, "now 2026-05-02T09:00");
	EXPECT_FIGURES(&acts, {"FNPS", FUND_COMMITTED, 0}, {"FSR", FUND_COMMITTED, 0},
		       {"FNPS", FUND_AVAILABLE, 14035000 - 14594},
		       {"FSR", FUND_AVAILABLE, 5000000 - 9729});
}

/* S15b: FNPS up to 1.000,00, FSR the rest; a reversal gives the cap room again. */
static void cap_then_the_rest(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, TWO_FUNDS "title 2026-03 2026-03 3600 alfa funds=FNPS:c100000,FSR");
	EXPECT_FIGURES(&acts, {"FNPS", FUND_COMMITTED, 100000}, {"FSR", FUND_COMMITTED, 42380});
	acts_must(&acts, "now 2026-04-01T09:00");
	visits(&acts, 0, 42, 60);
	EXPECT_FIGURES(&acts, {"FNPS", FUND_REDEEMED, 99666}, {"FSR", FUND_REDEEMED, 0});
	visits(&acts, 42, 1, 60);
	EXPECT_FIGURES(&acts, {"FNPS", FUND_REDEEMED, 100000}, {"FSR", FUND_REDEEMED, 2039});
	visits(&acts, 43, 7, 60);
	acts_must(&acts, "reverse record=10");
	EXPECT_FIGURES(&acts, {"FNPS", FUND_REDEEMED, 97627}, {"FSR", FUND_REDEEMED, 18650});
	visits(&acts, 50, 1, 60);
	EXPECT_FIGURES(&acts, {"FNPS", FUND_REDEEMED, 100000}, {"FSR", FUND_REDEEMED, 18650});
	settle(&acts);
	EXPECT_FIGURES(&acts, {"FNPS", FUND_PAID, 95238}, {"FNPS", FUND_VAT_PAID, 4762},
		       {"FSR", FUND_PAID, 17762}, {"FSR", FUND_VAT_PAID, 888});
}

/* A dispute holds the parts of both funds, and its rejection gives both back. */
static void dispute_of_both(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, TWO_FUNDS "title 2026-03 2026-03 720 alfa funds=FNPS:6000,FSR:4000;"
			 "now 2026-04-01T09:00; redeem 2026-03-02T09:00 60; dispute record=1");
	EXPECT_FIGURES(&acts, {"FNPS", FUND_DISPUTED, 1424}, {"FSR", FUND_DISPUTED, 949});
	acts_must(&acts, "resolve accept record=1; dispute record=1; resolve reject record=1");
	EXPECT_FIGURES(&acts, {"FNPS", FUND_COMMITTED, 17086}, {"FSR", FUND_COMMITTED, 11390});
}

/* A cheaper provider releases from each fund its part; with a cap the capped fund still pays
 * first. A dearer one is promised by each. */
static void change_of_provider(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, TWO_FUNDS "propose 2026-03 2026-04 720 funds=FNPS:6000,FSR:4000; issue;"
				   "choose gamma");
	EXPECT_CENTS(acts.fixture->last.gross, 2712);
	EXPECT_FIGURES(&acts, {"FNPS", FUND_COMMITTED, 32544}, {"FSR", FUND_COMMITTED, 21696});
	acts_must(&acts, "choose alfa");
	EXPECT_FIGURES(&acts, {"FNPS", FUND_COMMITTED, 34172}, {"FSR", FUND_COMMITTED, 22780});
}

static void change_under_a_cap(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, TWO_FUNDS "propose 2026-03 2026-05 720 funds=FNPS:c50000,FSR; issue;"
				   "choose gamma");
	/* 284,76 + 215,24 | 69,52 + 284,76 at issue; 271,20 a month now */
	EXPECT_FIGURES(&acts, {"FNPS", FUND_COMMITTED, 27120 + 21524},
		       {"FSR", FUND_COMMITTED, 5596 + 27120});
	acts_must(&acts, "choose alfa");
	EXPECT_FIGURES(&acts, {"FNPS", FUND_COMMITTED, 50000}, {"FSR", FUND_COMMITTED, 35428});
}

static void bookings_that_have_begun(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, TWO_FUNDS "title 2026-03 2026-03 720 alfa funds=FNPS:6000,FSR:4000;"
			 "now 2026-03-01T09:00; book 2026-03-05T09:00 60; now 2026-03-06T09:00");
	assert_int_equal(acts_do(&acts, "choose gamma"), RESULT_SHARE_BOOKINGS_OPEN);
	acts_must(&acts, "redeem 2026-03-05T09:00 60; choose gamma");
}

/* The rest never takes over: one fund's month is released, its part is refused. */
static void a_fund_that_ended(void **state)
{
	struct fixture *fixture = *state;
	struct acts acts = acts_begin(fixture);
	acts_must(&acts, TWO_FUNDS "title 2026-03 2026-03 720 alfa funds=FNPS:6000,FSR:4000;"
			 "now 2026-04-01T09:00; redeem 2026-03-02T09:00 60");
	struct decision decision = {.effects = &fixture->effects,
				    .state = &fixture->state,
				    .outcome = &fixture->last,
				    .now = fixture->now};
	effects_reset(&fixture->effects);
	cell_expire(&fixture->effects, (struct cell_id){2}, POSTING_KIND_RELEASE);
	share_fund_ended(&decision, state_cell(&fixture->state, (struct cell_id){2})->fund_year);
	apply_effects(&fixture->state, &fixture->effects);
	const struct event *event = state_event(&fixture->state, (struct event_id){1});
	assert_int_equal(event->kind, EVENT_KIND_SHARE_ENDED);
	assert_int_equal(event->task, 1);
	assert_int_equal(event->voucher.raw, acts.voucher.raw);
	assert_int_equal(acts_do(&acts, "redeem 2026-03-03T09:00 60"), RESULT_SHARE_UNFUNDED);
	EXPECT_CENTS(fixture->last.short_by, 949);
	EXPECT_FIGURES(&acts, {"FNPS", FUND_REDEEMED, 1424}, {"FSR", FUND_REDEEMED, 949},
		       {"FSR", FUND_COMMITTED, 0});
	acts_must(&acts, "reverse record=1");
	EXPECT_FIGURES(&acts, {"FNPS", FUND_COMMITTED, 17086}, {"FSR", FUND_COMMITTED, 0});
}

/* Either fund short: nothing of the title stands. */
static void one_fund_short(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "fund FSR 2026 11389;"
			 "propose 2026-03 2026-03 720 funds=FNPS:6000,FSR:4000");
	assert_int_equal(acts_do(&acts, "issue"), RESULT_WAITLISTED);
	EXPECT_CENTS(acts.fixture->last.short_by, 1);
	EXPECT_FIGURES(&acts, {"FNPS", FUND_COMMITTED, 0}, {"FSR", FUND_COMMITTED, 0});
}

static void lists_that_are_none(void **state)
{
	static const char *const refused[] = {
	    "FNPS:6000,FSR:3999", "FNPS:6000,FSR:4001",	 "FNPS:5000,FNPS:5000",
	    "FNPS,FSR:10000",	  "FNPS:5000,FSR:c1000", "FNPS:c1000,FSR:c1000",
	    "FNPS:c1000",	  "FNPS:10000,FSR"};
	struct acts acts = acts_begin(*state);
	acts_must(&acts, TWO_FUNDS "use FNPS");
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		char act[96];
		(void)snprintf(act, sizeof(act), "propose 2026-03 2026-03 720 funds=%s", refused[i]);
		if (acts_do(&acts, act) != RESULT_FIELD_INVALID)
			fail_msg("%s: %u", refused[i], acts.fixture->last.result);
	}
	/* one fund for all is no list */
	acts_must(&acts, "propose 2026-03 2026-03 720 funds=FSR");
	const struct voucher *title = state_voucher(&acts.fixture->state, acts.voucher);
	assert_int_equal(title->share_count, 0);
	assert_int_equal(title->fund.raw, 2);
}

/* Every visit of every length divides exactly, whatever the shares, and the month is used up. */
static void always_exact(void **state)
{
	static const char *const lists[] = {"FNPS:3333,FSR:3333,FNA:3334", "FNPS:1,FSR:1,FNA:9998",
					    "FNPS:c1111,FSR:5000,FNA:5000", "FNPS:c1,FSR:c2,FNA"};
	struct acts acts = acts_begin(*state);
	acts_must(&acts, TWO_FUNDS "fund FNA 2026 5000000; now 2026-04-01T09:00");
	for (uint32_t list = 0; list < sizeof(lists) / sizeof(lists[0]); list++) {
		char act[128];
		(void)snprintf(act, sizeof(act),
			       "live pandino; title 2026-03 2026-03 720 alfa funds=%s",
			       lists[list]);
		acts_must(&acts, act);
		uint32_t used = 0;
		for (uint32_t i = 0; used < 720; i++) {
			uint32_t minutes = 1 + i * 7 % 41;
			minutes = minutes > 720 - used ? 720 - used : minutes;
			(void)snprintf(act, sizeof(act),
				       "redeem 2026-03-%02uT%02u:00 %u operator=%u", i / 10 + 1,
				       8 + i % 10, minutes, 100 + list);
			acts_must(&acts, act);
			used += minutes;
		}
		int64_t left = 0;
		for (uint32_t n = 0; n < 3; n++)
			left += acts_cell(&acts, n)->committed_cents.raw;
		assert_true(left < 100); /* rounding of the visits alone */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(sixty_and_forty),	    EXPECT_TEST(cap_then_the_rest),
	    EXPECT_TEST(dispute_of_both),	    EXPECT_TEST(change_of_provider),
	    EXPECT_TEST(change_under_a_cap),	    EXPECT_TEST(bookings_that_have_begun),
	    EXPECT_TEST(a_fund_that_ended),	    EXPECT_TEST(one_fund_short),
	    EXPECT_TEST(lists_that_are_none),	    EXPECT_TEST(always_exact),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
