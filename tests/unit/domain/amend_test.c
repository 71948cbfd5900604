/* Amendments after a revised plan, tariffs that rise, changes of provider, and what a title says of
 * what it has left. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

#include "engine/domain/balance.h"
#include "engine/domain/event.h"

#include <stdio.h>

static const struct voucher *title(const struct acts *acts)
{
	return state_voucher(&acts->fixture->state, acts->voucher);
}

static void expect_result(struct acts *acts, const char *act, enum result expected)
{
	assert_string_equal(result_code(acts_do(acts, act)), result_code(expected));
}

static uint32_t events_of(const struct acts *acts, enum event_kind kind)
{
	uint32_t count = 0;
	for (uint32_t id = 1; id <= state_count(&acts->fixture->state, RECORD_KIND_EVENT); id++)
		count += state_event(&acts->fixture->state, (struct event_id){id})->kind == kind;
	return count;
}

/* From April 600 to 720: three months of 120' more, each 284,76 - 237,30. */
static void more_units(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "ceiling pandino 2026 200000; title 2026-01 2026-06 600 alfa;"
			 "now 2026-03-15T09:00;"
			 "do voucher_amend from_month=2026-04 lines=SAD_OSS:720 act=PAI-2");
	EXPECT_CENTS(acts.fixture->last.gross, 3 * (28476 - 23730));
	assert_int_equal(acts.fixture->last.units, 360);
	assert_int_equal(acts_cell(&acts, 2)->granted_units, 600);
	assert_int_equal(acts_cell(&acts, 3)->granted_units, 720);
	assert_int_equal(acts_cell(&acts, 3)->free_units, 720);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 2 * 23730 + 3 * 28476);
	EXPECT_CENTS(state_commitment(&acts.fixture->state, acts.fixture->commitment_2026)
			 ->drawn_cents,
		     2 * 23730 + 3 * 28476); /* January was released */
}

/* Fewer: the rest is released; what is used or booked cannot be taken. */
static void fewer_units(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-03 600 alfa; now 2026-01-20T09:00;"
			 "redeem 2026-01-10T09:00 200; book 2026-01-25T09:00 100;"
			 "do voucher_amend from_month=2026-01 lines=SAD_OSS:300 act=PAI-2");
	assert_int_equal(acts_cell(&acts, 0)->free_units, 0);
	assert_int_equal(acts_cell(&acts, 0)->granted_units, 300);
	assert_int_equal(acts_cell(&acts, 1)->free_units, 300);
	EXPECT_CENTS(acts_cell(&acts, 1)->committed_cents, 11865);
	expect_result(&acts, "do voucher_amend from_month=2026-01 lines=SAD_OSS:299 act=PAI-3",
		      RESULT_UNITS_IN_USE);
	assert_int_equal(acts.fixture->last.units, 1);
	acts_must(&acts, "do voucher_amend from_month=2026-02 lines=SAD_OSS:0 act=PAI-3");
	EXPECT_CENTS(acts_cell(&acts, 1)->committed_cents, 0);
	assert_int_equal(acts_cell(&acts, 2)->granted_units, 0);
}

static void unfunded_changes_nothing(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "ceiling pandino 2026 72000; title 2026-01 2026-03 600 alfa");
	int64_t committed = acts_fund(&acts, 2026, FUND_COMMITTED);
	expect_result(&acts, "do voucher_amend from_month=2026-01 lines=SAD_OSS:720 act=PAI-2",
		      RESULT_CEILING_EXCEEDED);
	EXPECT_CENTS(acts.fixture->last.short_by, 3 * (28476 - 23730) - (72000 - 3 * 23730));
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), committed);
	assert_int_equal(acts_cell(&acts, 0)->granted_units, 600);
}

static void who_may_be_amended(void **state)
{
	struct acts acts = acts_begin(*state);
	const char *amend = "do voucher_amend from_month=2026-02 lines=SAD_OSS:600 act=P";
	acts_must(&acts, "propose 2026-01 2026-03 600");
	expect_result(&acts, amend, RESULT_ILLEGAL_TRANSITION);
	acts_must(&acts, "issue");
	acts_must(&acts, amend);
	expect_result(&acts, "do voucher_amend from_month=2026-02 act=P", RESULT_FIELD_MISSING);
	expect_result(&acts, "do voucher_amend from_month=2025-12 lines=SAD_OSS:1 act=P",
		      RESULT_FIELD_OUT_OF_RANGE);
	acts_must(&acts, "service PASTI PIECE 650");
	expect_result(&acts, "do voucher_amend from_month=2026-02 lines=PASTI:1 act=P",
		      RESULT_SERVICE_NOT_COVERED);
	acts_must(&acts, "do voucher_suspend effective_from=2026-01-01 reason=RESPITE");
	acts_must(&acts, amend);
	acts_must(&acts, "revoke 2026-02-01");
	expect_result(&acts, amend, RESULT_ILLEGAL_TRANSITION);
	expect_result(&acts, "do voucher_suspend effective_from=2026-01-01 reason=RESPITE",
		      RESULT_ILLEGAL_TRANSITION);
	expect_result(&acts, "do voucher_close", RESULT_VOUCHER_HAS_OPEN_SERVICES);
}

/* ---- A tariff rises ---- */

/* 22,60 -> 24,00 from May: 12 h cost 302,40 instead of 284,76; the second title lacks money. */
static void tariff_of_running_titles(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-03 2026-06 720 alfa; live crema;"
			 "ceiling crema 2026 113904; title 2026-03 2026-06 720 alfa;"
			 "now 2026-04-20T09:00;"
			 "do tariff_create service=SAD_OSS valid_from=2026-05-01 net_cents=2400 "
			 "act=D by=manager;"
			 "do tariff_apply service=SAD_OSS from_month=2026-05 act=D-9");
	assert_int_equal(acts.fixture->last.units, 1);
	assert_int_equal(acts.fixture->last.object, 0);
	EXPECT_CENTS(acts.fixture->last.gross, 2 * (30240 - 28476));
	EXPECT_CENTS(acts.fixture->last.short_by, 2 * (30240 - 28476));
	assert_int_equal(events_of(&acts, EVENT_KIND_TARIFF_UNFUNDED), 1);
	EXPECT_CENTS(acts_cell(&acts, 2)->committed_cents, 28476); /* Crema's title: as it was */
	assert_int_equal(acts_cell(&acts, 2)->tariff.raw, acts.fixture->tariff.raw);
	/* Money comes: the same act amends the rest, and the task is done. */
	acts_must(&acts, "do ceiling_raise ceiling=1 amount_cents=100000 act=X by=manager;"
			 "do tariff_apply service=SAD_OSS from_month=2026-05 act=D-9");
	assert_int_equal(acts.fixture->last.units, 1);
	EXPECT_CENTS(acts_cell(&acts, 1)->committed_cents, 28476);
	EXPECT_CENTS(acts_cell(&acts, 2)->committed_cents, 30240);
	assert_int_equal(
	    event_open_task(&acts.fixture->effects, acts.voucher, EVENT_KIND_TARIFF_UNFUNDED).raw,
	    0);
	acts_must(&acts, "now 2026-05-10T12:00; redeem 2026-05-05T09:00 60");
	EXPECT_CENTS(acts.fixture->last.gross, 2520);
}

static void tariff_of_a_month_in_use(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-05 2026-06 720 alfa; now 2026-05-10T12:00;"
			 "redeem 2026-05-05T09:00 60;"
			 "do tariff_create service=SAD_OSS valid_from=2026-05-01 net_cents=2000 "
			 "act=D by=manager;"
			 "do tariff_apply service=SAD_OSS from_month=2026-05 act=D-9");
	assert_int_equal(acts.fixture->last.units, 0);
	assert_int_equal(events_of(&acts, EVENT_KIND_TARIFF_MONTH_IN_USE), 1);
	acts_must(&acts, "do tariff_apply service=SAD_OSS from_month=2026-06 act=D-9");
	EXPECT_CENTS(acts_cell(&acts, 1)->committed_cents, 25200); /* a lower one releases */
	expect_result(&acts, "do tariff_apply service=SAD_OSS from_month=2026-04 act=D",
		      RESULT_FIELD_OUT_OF_RANGE);
}

/* ---- Another provider ---- */

static void minimum_stay_and_notice(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "do parameter_set ambito=crema name=PROVIDER_CHANGE_MIN_STAY_DAYS "
			 "value=30 valid_from=2026-01-01 act=A by=manager;"
			 "title 2026-01 2026-06 720 alfa; now 2026-01-30T09:00");
	expect_result(&acts, "choose beta", RESULT_PROVIDER_CHANGE_TOO_SOON);
	acts_must(&acts, "now 2026-01-31T09:00; choose beta");
	assert_int_equal(title(&acts)->provider.raw, acts.fixture->beta.raw);
	expect_result(&acts, "choose alfa", RESULT_PROVIDER_CHANGE_TOO_SOON);
	acts_must(&acts, "do voucher_choose_provider provider=alfa reason=QUALITY by=worker");
	acts_must(&acts, "do parameter_set ambito=crema name=PROVIDER_CHANGE_NOTICE_DAYS value=10 "
			 "valid_from=2026-02-01 act=A by=manager; now 2026-03-20T09:00");
	expect_result(&acts, "choose beta", RESULT_PROVIDER_CHANGE_TOO_SOON);
	expect_result(&acts, "do voucher_choose_provider provider=beta notified_on=2026-03-11 by=worker",
		      RESULT_PROVIDER_CHANGE_TOO_SOON);
	acts_must(&acts, "do voucher_choose_provider provider=beta notified_on=2026-03-10 by=worker");
}

/* A dearer provider that is not funded leaves a task, once. */
static void unfunded_change_leaves_a_task(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "ceiling pandino 2026 85428; title 2026-01 2026-03 720 gamma;"
			 "do ceiling_lower ceiling=1 amount_cents=4068 act=X by=manager");
	expect_result(&acts, "do voucher_choose_provider provider=alfa by=worker key=1",
		      RESULT_PROVIDER_CHANGE_UNFUNDED);
	EXPECT_CENTS(acts.fixture->last.short_by, 4068);
	assert_int_equal(events_of(&acts, EVENT_KIND_PROVIDER_CHANGE_UNFUNDED), 1);
	expect_result(&acts, "do voucher_choose_provider provider=alfa by=worker key=1",
		      RESULT_PROVIDER_CHANGE_UNFUNDED);
	assert_int_equal(events_of(&acts, EVENT_KIND_PROVIDER_CHANGE_UNFUNDED), 1);
	assert_int_equal(title(&acts)->provider.raw, acts.fixture->gamma.raw);
}

/* ---- What is left ---- */

static void balance_before_the_visit(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "do parameter_set ambito=crema name=CARRY_OVER_POLICY value=ALL "
			 "valid_from=2026-01-01 act=A by=manager;"
			 "title 2026-01 2026-03 600 alfa; now 2026-02-10T09:00;"
			 "redeem 2026-01-10T09:00 90; book 2026-02-20T09:00 60");
	struct balance balance;
	balance_of(&acts.fixture->state, acts.voucher, fixture_day("2026-02-10"), &balance);
	assert_int_equal(balance.count, 3);
	assert_int_equal(balance.months[0].free, 510);
	assert_int_equal(balance.months[1].free, 540);
	assert_int_equal(balance.months[1].booked, 60);
	assert_int_equal(balance.months[1].carried, 510);
	assert_int_equal(balance.months[2].carried, 510 + 540);
	assert_int_equal(balance.months[1].last_day.number, fixture_day("2026-02-28").number);
	assert_int_equal(balance.months[1].submit_by.number, fixture_day("2026-03-10").number);
	assert_int_equal(balance.months[1].ends.number, fixture_day("2026-03-31").number);
	assert_false(balance.is_suspended);
}

static void warned_once_before_the_end(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "do parameter_set ambito=crema name=UNITS_WARNING_PCT value=20 "
			 "valid_from=2026-01-01 act=A by=manager;"
			 "title 2026-01 2026-03 600 alfa; now 2026-01-20T09:00;"
			 "redeem 2026-01-10T09:00 479");
	assert_int_equal(events_of(&acts, EVENT_KIND_UNITS_ENDING), 0);
	acts_must(&acts, "redeem 2026-01-11T09:00 1");
	assert_int_equal(events_of(&acts, EVENT_KIND_UNITS_ENDING), 1);
	acts_must(&acts, "redeem 2026-01-12T09:00 60");
	assert_int_equal(events_of(&acts, EVENT_KIND_UNITS_ENDING), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(more_units),
	    EXPECT_TEST(fewer_units),
	    EXPECT_TEST(unfunded_changes_nothing),
	    EXPECT_TEST(who_may_be_amended),
	    EXPECT_TEST(tariff_of_running_titles),
	    EXPECT_TEST(tariff_of_a_month_in_use),
	    EXPECT_TEST(minimum_stay_and_notice),
	    EXPECT_TEST(unfunded_change_leaves_a_task),
	    EXPECT_TEST(balance_before_the_visit),
	    EXPECT_TEST(warned_once_before_the_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
