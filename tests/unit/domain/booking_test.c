/* Bookings hold units and no money; what fulfils them; how many a month may hold. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

#include "engine/domain/cell.h"

#include <stdio.h>

static void units_held_and_given_back(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-06 720 alfa; book 2026-01-20T09:00 90 operator=4");
	const struct outcome *last = &acts.fixture->last;
	EXPECT_CENTS(last->net, 3390);
	EXPECT_CENTS(last->gross, 3560);
	assert_int_equal(last->units, 630);
	const struct cell *cell = acts_cell(&acts, 0);
	assert_int_equal(cell->booked_units, 90);
	assert_int_equal(cell->disputed_units, 0);
	EXPECT_CENTS(cell->committed_cents, 28476);
	const struct effects *effects = &acts.fixture->effects;
	assert_int_equal(effects->posting_count, 1);
	assert_int_equal(effects->postings[0].book, BOOK_UNITS);
	assert_int_equal(effects->postings[0].kind, POSTING_KIND_BOOK);
	acts_must(&acts, "unbook");
	assert_int_equal(last->units, 720);
	assert_int_equal(cell->booked_units, 0);
	assert_int_equal(state_redemption(&acts.fixture->state, acts.booking)->state,
			 REDEMPTION_STATE_CANCELLED);
}

/* Shorter, longer, in another month: the booking's units return to where they came from. */
static void fulfilled_otherwise_than_planned(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-02 120 alfa; book 2026-01-20T09:00 60;"
			 "book 2026-01-21T09:00 60; book 2026-02-01T09:00 60; now 2026-02-01T20:00;"
			 "redeem 2026-01-20T09:00 45; redeem 2026-01-21T10:00 75 booking=2");
	assert_int_equal(acts_cell(&acts, 0)->free_units, 0);
	assert_int_equal(acts_cell(&acts, 0)->booked_units, 0);
	acts_must(&acts, "redeem 2026-02-01T12:00 50 booking=3");
	assert_int_equal(acts_cell(&acts, 1)->free_units, 70);
	const struct redemption *booking =
	    state_redemption(&acts.fixture->state, (struct redemption_id){3});
	assert_int_equal(booking->state, REDEMPTION_STATE_SUPERSEDED);
	assert_int_equal(booking->sibling.raw, acts.record.raw);
	/* its record can be reversed without waking the booking */
	acts_must(&acts, "reverse");
	assert_int_equal(booking->state, REDEMPTION_STATE_SUPERSEDED);
	assert_int_equal(acts_cell(&acts, 1)->free_units, 120);
}

/* A booking of another service of the title at the same start is left alone. */
static void booking_of_another_service(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "service PASTI PIECE 650; enrol ALFA SOCIAL_COOP service=PASTI;"
			 "title 2026-01 2026-01 60 alfa service=SAD_OSS,PASTI;"
			 "book 2026-01-20T12:00 units=1 service=PASTI; now 2026-01-21T09:00;"
			 "redeem 2026-01-20T12:00 60 service=SAD_OSS");
	assert_int_equal(state_redemption(&acts.fixture->state, acts.booking)->state,
			 REDEMPTION_STATE_BOOKED);
	acts_must(&acts, "redeem 2026-01-20T12:00 units=1 service=PASTI operator=12");
	assert_int_equal(state_redemption(&acts.fixture->state, acts.booking)->state,
			 REDEMPTION_STATE_SUPERSEDED);
}

static void as_many_as_a_release_can_end(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-01 720 alfa");
	char act[64];
	for (uint32_t i = 0; i < CELL_BOOKINGS_MAX; i++) {
		(void)snprintf(act, sizeof(act), "book 2026-01-%02uT%02u:%02u 1", 2 + i / 24,
			       i % 24, i % 60);
		acts_must(&acts, act);
	}
	assert_int_equal(acts_do(&acts, "book 2026-01-30T09:00 1"), RESULT_TOO_MANY_EFFECTS);
	acts_must(&acts, "unbook; book 2026-01-30T09:00 1; now 2026-03-04T00:00");
	assert_int_equal(acts_cell(&acts, 0)->booked_units, 0);
	assert_int_equal(acts_cell(&acts, 0)->expired_units, 720);
	assert_int_equal(acts_fund(&acts, 2026, FUND_AVAILABLE), 14035000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(units_held_and_given_back),
	    EXPECT_TEST(fulfilled_otherwise_than_planned),
	    EXPECT_TEST(booking_of_another_service),
	    EXPECT_TEST(as_many_as_a_release_can_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
