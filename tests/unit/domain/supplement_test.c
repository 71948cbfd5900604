/* Supplements to tariffs, what they commit and when they are paid; measures that exclude each
 * other, and the most that a person may have. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

#include <stdio.h>

static void expect_result(struct acts *acts, const char *act, enum result expected)
{
	assert_string_equal(result_code(acts_do(acts, act)), result_code(expected));
}

#define NIGHT                                                                                      \
	"do supplement_create service=SAD_OSS valid_from=2026-01-01 days=ALL from_minute=1320 "    \
	"to_minute=360 rate_bp=1500 act=D by=manager;"
#define HOLIDAY                                                                                    \
	"do supplement_create service=SAD_OSS valid_from=2026-01-01 days=HOLIDAY rate_bp=2000 "    \
	"patron_month=6 patron_day=10 act=D by=manager;"

/* 12 h at 22,60 and 3 of them at 35 % more (night of a holiday): net 271,20 + 23,73; each VAT by
 * itself: 284,76 + 24,92. */
static void expected_units_are_committed(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, NIGHT HOLIDAY "propose 2026-06 2026-06 720");
	/* The line of the proposal, with three hours at a supplement. */
	acts_must(&acts, "do voucher_propose beneficiary=1 fund=FNPS lines=SAD_OSS:720:180 "
			 "first_month=2026-06 last_month=2026-06 by=worker");
	acts.voucher.raw = acts.fixture->last.object;
	acts_must(&acts, "issue; choose alfa");
	EXPECT_CENTS(acts_cell(&acts, 0)->committed_cents, 28476 + 2492);
	/* Wednesday 10 June is the patron's day: 60' cost 22,60 + 4,52. */
	acts_must(&acts, "now 2026-06-30T12:00; redeem 2026-06-10T09:00 60");
	EXPECT_CENTS(acts.fixture->last.net, 2712);
	EXPECT_CENTS(acts.fixture->last.gross, 2373 + 475);
	/* 21:30 to 22:30 of a Tuesday: half an hour at night, 11,30' worth of 15 %: 1,70. */
	acts_must(&acts, "redeem 2026-06-09T21:30 60");
	EXPECT_CENTS(acts.fixture->last.net, 2260 + 170);
	/* An ordinary hour. */
	acts_must(&acts, "redeem 2026-06-11T09:00 60");
	EXPECT_CENTS(acts.fixture->last.net, 2260);
}

/* No money for it: accepted at the tariff, told, and never at the cost of later hours. */
static void unfunded_supplement_is_told(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, HOLIDAY "title 2026-06 2026-06 120 alfa; now 2026-06-30T12:00;"
				 "redeem 2026-06-07T09:00 60");
	EXPECT_CENTS(acts.fixture->last.net, 2260);
	assert_int_equal(acts.fixture->last.cause, RESULT_SUPPLEMENT_UNFUNDED);
	EXPECT_CENTS(acts.fixture->last.short_by, 475);
	acts_must(&acts, "redeem 2026-06-08T09:00 60");
	EXPECT_CENTS(acts.fixture->last.gross, 2373);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 0);
}

/* The hour that comes twice counts twice, the one that is skipped not at all. */
static void nights_of_both_changes_of_the_clock(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, NIGHT "fund N 2026 10000000;"
			       "do voucher_propose beneficiary=1 fund=N lines=SAD_OSS:2000:2000 "
			       "first_month=2026-03 last_month=2026-10 by=worker");
	acts.voucher.raw = acts.fixture->last.object;
	acts_must(&acts, "issue; choose alfa; now 2026-03-31T12:00;"
			 "redeem 2026-03-28T22:00 end=2026-03-29T06:00");
	/* 7 hours, all at night: 158,20 and 15 % of each: 23,73. */
	EXPECT_CENTS(acts.fixture->last.net, 15820 + 2373);
	acts_must(&acts, "now 2026-10-31T12:00; redeem 2026-10-24T22:00 end=2026-10-25T06:00");
	/* 9 hours: 203,40 + 30,51. */
	EXPECT_CENTS(acts.fixture->last.net, 20340 + 3051);
	acts_must(&acts, "redeem 2026-10-20T05:30 60");
	EXPECT_CENTS(acts.fixture->last.net, 2260 + 170);
}

static void supplement_refusals(void **state)
{
	struct acts acts = acts_begin(*state);
	const char *begin = "do supplement_create service=SAD_OSS act=D by=manager days=ALL ";
	static const struct {
		const char *rest;
		enum result result;
	} rows[] = {
	    {"valid_from=2026-01-01 rate_bp=1500", RESULT_OK},
	    {"valid_from=2026-01-01 net_cents=100", RESULT_OK},
	    {"valid_from=2026-01-01", RESULT_FIELD_MISSING},
	    {"valid_from=2026-01-01 rate_bp=1500 net_cents=100", RESULT_FIELD_MISSING},
	    {"valid_from=2025-12-31 rate_bp=1500", RESULT_FIELD_OUT_OF_RANGE},
	    {"valid_from=2026-02-01 valid_to=2026-01-31 rate_bp=1", RESULT_FIELD_OUT_OF_RANGE},
	    {"valid_from=2026-01-01 rate_bp=1 from_minute=1440", RESULT_FIELD_OUT_OF_RANGE},
	    {"valid_from=2026-01-01 rate_bp=1 to_minute=1441", RESULT_FIELD_OUT_OF_RANGE},
	    {"valid_from=2026-01-01 rate_bp=1 from_minute=60 to_minute=60", RESULT_FIELD_INVALID},
	    {"valid_from=2026-01-01 rate_bp=1 patron_month=2 patron_day=29", RESULT_FIELD_INVALID},
	};
	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char act[256];
		(void)snprintf(act, sizeof(act), "%s%s", begin, rows[i].rest);
		expect_result(&acts, act, rows[i].result);
	}
	acts_must(&acts, "service BUONO EURO 0");
	expect_result(&acts, "do supplement_create service=BUONO valid_from=2026-01-01 days=ALL "
			     "rate_bp=1 act=D by=manager",
		      RESULT_FIELD_INVALID);
}

/* ---- Measures ---- */

#define MEASURES                                                                                   \
	"do measure_create ambito=crema code=B1 name=B1 kind=VOUCHER act=A by=manager;"            \
	"do measure_create ambito=crema code=B2 name=B2 kind=VOUCHER act=A by=manager;"            \
	"do measure_create ambito=crema code=SAD name=SAD kind=VOUCHER act=A by=manager;"
#define RELATION(a, b, rest)                                                                       \
	"do compatibility_create measure_a=" a " measure_b=" b " valid_from=2026-01-01 " rest      \
	" act=A by=manager;"

static enum result propose(struct acts *acts, const char *measure, const char *rest)
{
	char act[256];
	(void)snprintf(act, sizeof(act),
		       "do voucher_propose beneficiary=1 fund=FNPS lines=SAD_OSS:720 by=worker "
		       "measure=%s %s",
		       measure, rest);
	enum result result = acts_do(acts, act);
	if (result == RESULT_OK)
		acts->voucher.raw = acts->fixture->last.object;
	return result;
}

static void measures_that_exclude_each_other(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, MEASURES RELATION("B1", "B2", "relation=INCOMPATIBLE")
			     RELATION("B1", "SAD", "relation=COMPATIBLE"));
	assert_int_equal(propose(&acts, "B1", "first_month=2026-01 last_month=2026-03"), RESULT_OK);
	struct voucher_id first = acts.voucher;
	/* Two proposals may stand; the second to be issued is refused. */
	assert_int_equal(propose(&acts, "B2", "first_month=2026-03 last_month=2026-06"), RESULT_OK);
	struct voucher_id second = acts.voucher;
	acts.voucher = first;
	acts_must(&acts, "issue");
	acts.voucher = second;
	expect_result(&acts, "issue", RESULT_MEASURE_INCOMPATIBLE);
	assert_int_equal(acts.fixture->last.object, first.raw);
	assert_int_equal(propose(&acts, "B2", "first_month=2026-03 last_month=2026-06"),
			 RESULT_MEASURE_INCOMPATIBLE);
	assert_int_equal(propose(&acts, "B2", "first_month=2026-04 last_month=2026-06"), RESULT_OK);
	acts_must(&acts, "issue");
	assert_int_equal(propose(&acts, "SAD", "first_month=2026-01 last_month=2026-06"), RESULT_OK);
	acts_must(&acts, "issue");
	/* Revoked from March on: the other may begin then. */
	acts.voucher = first;
	acts_must(&acts, "revoke 2026-03-01");
	acts.voucher = second;
	expect_result(&acts, "issue", RESULT_OK);
}

static void relation_refusals(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, MEASURES RELATION("B1", "B2", "relation=INCOMPATIBLE"));
	expect_result(&acts, "do compatibility_create measure_a=B2 measure_b=B1 "
			     "relation=COMPATIBLE valid_from=2027-01-01 act=A by=manager",
		      RESULT_ALREADY_EXISTS);
	expect_result(&acts, "do compatibility_create measure_a=B1 measure_b=B1 "
			     "relation=COMPATIBLE valid_from=2027-01-01 act=A by=manager",
		      RESULT_FIELD_INVALID);
	expect_result(&acts, "do compatibility_create measure_a=B1 measure_b=SAD "
			     "relation=PRIORITY_MALUS valid_from=2027-01-01 act=A by=manager",
		      RESULT_FIELD_MISSING);
	expect_result(&acts, "do compatibility_create measure_a=B1 measure_b=SAD malus_points=5 "
			     "relation=COMPATIBLE valid_from=2027-01-01 act=A by=manager",
		      RESULT_FIELD_INVALID);
	expect_result(&acts, "do compatibility_create measure_a=B1 measure_b=SAD within_cost=1 "
			     "relation=COMPATIBLE valid_from=2027-01-01 act=A by=manager",
		      RESULT_FIELD_INVALID);
}

/* Sum of measures <= real cost, in the months in which they meet. */
static void together_within_the_real_cost(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, MEASURES RELATION("B1", "B2", "relation=CONDITIONAL within_cost=1"));
	assert_int_equal(propose(&acts, "B1", "first_month=2026-01 last_month=2026-03"), RESULT_OK);
	acts_must(&acts, "issue");
	assert_int_equal(propose(&acts, "B2", "first_month=2026-03 last_month=2026-04"), RESULT_OK);
	expect_result(&acts, "issue", RESULT_MEASURE_INCOMPATIBLE); /* no cost was declared */
	assert_int_equal(propose(&acts, "B2", "first_month=2026-03 last_month=2026-04 "
					      "real_cost_cents=56951"),
			 RESULT_OK);
	expect_result(&acts, "issue", RESULT_MEASURE_CAP_EXCEEDED);
	EXPECT_CENTS(acts.fixture->last.short_by, 1); /* March: twice 284,76 */
	assert_int_equal(propose(&acts, "B2", "first_month=2026-03 last_month=2026-04 "
					      "real_cost_cents=56952"),
			 RESULT_OK);
	acts_must(&acts, "issue");
}

static void most_of_a_year(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, MEASURES "do parameter_set ambito=crema measure=B1 "
				  "name=VOUCHER_MAX_ANNUAL_CENTS value=85428 "
				  "valid_from=2026-01-01 act=A by=manager");
	assert_int_equal(propose(&acts, "B1", "first_month=2026-01 last_month=2026-02"), RESULT_OK);
	acts_must(&acts, "issue");
	assert_int_equal(propose(&acts, "B1", "first_month=2026-05 last_month=2026-06"), RESULT_OK);
	expect_result(&acts, "issue", RESULT_MEASURE_CAP_EXCEEDED);
	EXPECT_CENTS(acts.fixture->last.short_by, 28476);
	assert_int_equal(propose(&acts, "B1", "first_month=2026-05 last_month=2026-05"), RESULT_OK);
	acts_must(&acts, "issue");
	assert_int_equal(propose(&acts, "B1", "first_month=2027-01 last_month=2027-03"), RESULT_OK);
	acts_must(&acts, "issue"); /* another year */
}

static void malus_is_told(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts,
		  MEASURES RELATION("B1", "B2", "relation=PRIORITY_MALUS malus_points=5"));
	assert_int_equal(propose(&acts, "B1", "first_month=2026-01 last_month=2026-03"), RESULT_OK);
	acts_must(&acts, "issue");
	assert_int_equal(propose(&acts, "B2", "first_month=2026-03 last_month=2026-04"), RESULT_OK);
	const struct state *ledger = &acts.fixture->state;
	uint32_t last = state_count(ledger, RECORD_KIND_EVENT);
	const struct event *event = state_event(ledger, (struct event_id){last});
	assert_int_equal(event->kind, EVENT_KIND_PRIORITY_MALUS);
	assert_int_equal(event->value, 5);
	assert_int_equal(event->voucher.raw, acts.voucher.raw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(expected_units_are_committed),
	    EXPECT_TEST(unfunded_supplement_is_told),
	    EXPECT_TEST(nights_of_both_changes_of_the_clock),
	    EXPECT_TEST(supplement_refusals),
	    EXPECT_TEST(measures_that_exclude_each_other),
	    EXPECT_TEST(relation_refusals),
	    EXPECT_TEST(together_within_the_real_cost),
	    EXPECT_TEST(most_of_a_year),
	    EXPECT_TEST(malus_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
