/* Carry-over: SCENARIOS S09 under every policy, what is held back and given back, the bounds of the
 * year, of the cap and of the late windows, over the ends of 2020 to 2040. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

#include <stdio.h>

#define POLICY(value)                                                                              \
	"do parameter_set ambito=crema name=CARRY_OVER_POLICY value=" value                        \
	" valid_from=2024-01-01 act=A by=manager;"

static void expect_result(struct acts *acts, const char *act, enum result expected)
{
	assert_string_equal(result_code(acts_do(acts, act)), result_code(expected));
}

static void hours(struct acts *acts, const char *month, int first_day, int count)
{
	char act[64];
	for (int i = 0; i < count; i++) {
		(void)snprintf(act, sizeof(act), "redeem %s-%02dT09:00 60", month, first_day + i);
		acts_must(acts, act);
	}
}

/* The fixture of S09: 10 hours a month, January 6, February 12. */
static void s09_to_february(struct acts *acts)
{
	acts_must(acts, "ceiling pandino 2026 200000; title 2026-01 2026-06 600 alfa;"
			"now 2026-01-31T09:00");
	hours(acts, "2026-01", 1, 6);
	acts_must(acts, "now 2026-02-28T09:00");
	hours(acts, "2026-02", 1, 12);
}

static void s09_if_used_last_3(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, POLICY("IF_USED_LAST_N"));
	s09_to_february(&acts);
	assert_int_equal(acts_cell(&acts, 0)->free_units, 120); /* own first, then January's */
	assert_int_equal(acts_cell(&acts, 1)->free_units, 0);
	acts_must(&acts, "now 2026-05-31T23:59");
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 142380 - 18 * 2373);
	assert_int_equal(acts_cell(&acts, 2)->free_units, 600);
	acts_must(&acts, "now 2026-06-01T00:00");
	assert_int_equal(acts_cell(&acts, 0)->expired_units, 120);
	assert_int_equal(acts_cell(&acts, 4)->expired_units, 600);
	assert_int_equal(acts_cell(&acts, 4)->blocked, 1);
	assert_int_equal(acts_cell(&acts, 5)->free_units, 600);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 142380 - 18 * 2373);
	acts_must(&acts, "now 2026-07-01T23:59");
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 142380 - 18 * 2373);
	acts_must(&acts, "now 2026-07-02T00:00");
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 23730);
	assert_int_equal(acts_fund(&acts, 2026, FUND_REDEEMED), 42714);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 66444);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_FREE), 133556);
	uint32_t expired = 0;
	for (uint32_t n = 0; n < 6; n++)
		expired += acts_cell(&acts, n)->expired_units;
	assert_int_equal(expired, 1920);
	acts_must(&acts, "now 2026-08-01T00:00");
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 0);
	assert_int_equal(state_voucher(&acts.fixture->state, acts.voucher)->state,
			 VOUCHER_STATE_CLOSED);
}

/* One visit in April keeps all 32 hours. */
static void one_visit_keeps_all(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, POLICY("IF_USED_LAST_N"));
	s09_to_february(&acts);
	acts_must(&acts, "now 2026-04-30T12:00; redeem 2026-04-20T09:00 60; now 2026-06-01T00:00");
	assert_int_equal(acts_cell(&acts, 0)->blocked, 0);
	acts_must(&acts, "now 2026-06-30T20:00");
	hours(&acts, "2026-06", 1, 30);
	assert_int_equal(acts_cell(&acts, 5)->free_units, 0);
	assert_int_equal(acts_cell(&acts, 0)->free_units, 0); /* the oldest first */
	assert_int_equal(acts_cell(&acts, 2)->free_units, 0);
	assert_int_equal(acts_cell(&acts, 3)->free_units, 60);
	acts_must(&acts, "now 2026-07-02T00:00");
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 142380 - (18 + 1 + 30) * 2373);
	acts_must(&acts, "now 2026-08-01T00:00");
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 0);
}

/* A service of May that is sent in June gives the hours back. */
static void given_back_by_a_late_visit(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, POLICY("IF_USED_LAST_N"));
	s09_to_february(&acts);
	acts_must(&acts, "now 2026-06-05T09:00");
	expect_result(&acts, "redeem 2026-06-01T09:00 601", RESULT_EXCEEDS_MONTHLY_ALLOTMENT);
	acts_must(&acts, "redeem 2026-05-20T09:00 60");
	assert_int_equal(acts_cell(&acts, 0)->free_units, 120);
	assert_int_equal(acts_cell(&acts, 0)->blocked, 0);
	assert_int_equal(acts_cell(&acts, 4)->free_units, 540);
	acts_must(&acts, "redeem 2026-06-02T00:00 601"); /* own ten hours and one minute of January */
	assert_int_equal(acts_cell(&acts, 0)->free_units, 119);
	acts_must(&acts, "now 2026-07-02T00:00");
	assert_int_equal(acts_cell(&acts, 0)->released, 0);
	acts_must(&acts, "now 2026-08-01T00:00");
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 0);
}

static void s09_none(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-06 600 alfa; now 2026-01-31T09:00");
	hours(&acts, "2026-01", 1, 6);
	acts_must(&acts, "now 2026-02-28T09:00");
	hours(&acts, "2026-02", 1, 10);
	expect_result(&acts, "redeem 2026-02-11T09:00 120", RESULT_EXCEEDS_MONTHLY_ALLOTMENT);
	EXPECT_CENTS(acts.fixture->last.short_by, 4746);
	acts_must(&acts, "now 2026-03-04T00:00");
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 142380 - 16 * 2373 - 9492);
	acts_must(&acts, "now 2026-05-02T00:00");
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 142380 - 16 * 2373 - 9492 - 23730);
}

/* All that earlier months have left, until the title ends. */
static void s09_all(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, POLICY("ALL"));
	s09_to_february(&acts);
	acts_must(&acts, "now 2026-06-30T20:00");
	hours(&acts, "2026-06", 1, 30); /* ten of June, two of January, ten of March, eight of April */
	assert_int_equal(acts_cell(&acts, 3)->free_units, 120);
	assert_int_equal(acts_cell(&acts, 4)->free_units, 600);
	acts_must(&acts, "now 2026-07-31T23:59");
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 142380 - 48 * 2373);
	acts_must(&acts, "now 2026-08-01T00:00");
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 0);
	assert_int_equal(state_voucher(&acts.fixture->state, acts.voucher)->state,
			 VOUCHER_STATE_CLOSED);
}

/* Of each month at most three hours. */
static void s09_cap(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, POLICY("CAP") "do parameter_set ambito=crema name=CARRY_OVER_CAP_UNITS "
				       "value=180 valid_from=2024-01-01 act=A by=manager;");
	s09_to_february(&acts); /* two hours of January's four: one more may be carried */
	expect_result(&acts, "redeem 2026-02-20T09:00 61", RESULT_EXCEEDS_MONTHLY_ALLOTMENT);
	acts_must(&acts, "now 2026-03-04T00:00");
	assert_int_equal(acts_cell(&acts, 0)->free_units, 60);
	assert_int_equal(acts_cell(&acts, 0)->expired_units, 60);
	EXPECT_CENTS(acts_cell(&acts, 0)->committed_cents, 2373);
	acts_must(&acts, "now 2026-05-02T00:00"); /* March: ten hours, three stay */
	assert_int_equal(acts_cell(&acts, 2)->free_units, 180);
	EXPECT_CENTS(acts_cell(&acts, 2)->committed_cents, 7119);
}

/* Money and units come back to the month that gave them. */
static void reversal_returns_to_its_cell(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, POLICY("ALL") "title 2026-01 2026-03 600 alfa; now 2026-02-10T09:00;"
				       "redeem 2026-02-01T00:00 700");
	assert_int_equal(acts_cell(&acts, 0)->free_units, 500);
	assert_int_equal(acts_cell(&acts, 1)->free_units, 0);
	/* 700 minutes cost what they cost in one month. */
	EXPECT_CENTS(acts.fixture->last.net, 26367);
	EXPECT_CENTS(acts.fixture->last.gross, 27685);
	acts_must(&acts, "reverse");
	assert_int_equal(acts_cell(&acts, 0)->free_units, 600);
	assert_int_equal(acts_cell(&acts, 1)->free_units, 600);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 3 * 23730);
	assert_int_equal(acts_fund(&acts, 2026, FUND_REDEEMED), 0);
}

/* A booking keeps its month's units, and what fulfils it takes them before older ones. */
static void bookings_take_their_own(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, POLICY("ALL") "title 2026-01 2026-03 600 alfa; now 2026-02-01T09:00;"
				       "book 2026-02-05T00:00 600");
	expect_result(&acts, "book 2026-02-06T09:00 60", RESULT_EXCEEDS_MONTHLY_ALLOTMENT);
	acts_must(&acts, "now 2026-02-10T09:00; redeem 2026-02-05T00:00 660");
	assert_int_equal(acts_cell(&acts, 1)->free_units, 0);
	assert_int_equal(acts_cell(&acts, 1)->used_units, 600);
	assert_int_equal(acts_cell(&acts, 0)->used_units, 60);
	assert_int_equal(state_redemption(&acts.fixture->state, acts.booking)->state,
			 REDEMPTION_STATE_SUPERSEDED);
}

/* Titles in accesses, and packages: each service carries its own. */
static void other_units_and_packages(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, POLICY("ALL") "service PASTI PIECE 650;"
				       "enrol ALFA SOCIAL_COOP service=PASTI;"
				       "propose 2026-01 2026-03 20 service=SAD_OSS,PASTI; issue;"
				       "choose alfa; now 2026-02-10T09:00;"
				       "redeem 2026-02-01T09:00 units=30 service=PASTI");
	assert_int_equal(acts_cell(&acts, 3)->free_units, 10);
	assert_int_equal(acts_cell(&acts, 4)->free_units, 0);
	assert_int_equal(acts_cell(&acts, 0)->free_units, 20);
	expect_result(&acts, "redeem 2026-02-02T09:00 units=11 service=PASTI",
		      RESULT_EXCEEDS_MONTHLY_ALLOTMENT);
	acts_must(&acts, "do voucher_suspend effective_from=2026-02-10 reason=RESPITE;"
			 "now 2026-03-11T09:00; do voucher_resume returned_on=2026-03-11 act=D");
	/* Ten of March's 31 days of both services; February from the 10th, what was free. */
	assert_int_equal(acts_cell(&acts, 5)->free_units, 20 - 20 * 10 / 31);
	assert_int_equal(acts_cell(&acts, 2)->free_units, 20 - 20 * 10 / 31);
	assert_int_equal(acts_cell(&acts, 1)->free_units, 20 - 20 * 19 / 28);
}

/* Never into another fiscal year: December releases what its year has left. */
static void years_do_not_mix(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, POLICY("ALL") "title 2026-11 2027-02 600 alfa; now 2027-01-10T09:00;"
				       "redeem 2026-12-20T00:00 1200");
	assert_int_equal(acts_cell(&acts, 0)->free_units, 0);
	expect_result(&acts, "redeem 2027-01-02T00:00 601", RESULT_EXCEEDS_MONTHLY_ALLOTMENT);
	acts_must(&acts, "reverse; now 2027-01-31T23:59");
	assert_int_equal(acts_cell(&acts, 0)->released, 0);
	acts_must(&acts, "now 2027-02-01T00:00");
	assert_int_equal(acts_cell(&acts, 0)->released, 1);
	assert_int_equal(acts_cell(&acts, 1)->released, 1);
	assert_int_equal(acts_cell(&acts, 2)->released, 0);
	acts_must(&acts, "redeem 2027-01-25T00:00 600");
}

/* ALFA's second pact, so that titles run until 2041. */
static void accredit_until_2041(struct fixture *fixture)
{
	struct command command =
	    fixture_command(COMMAND_KIND_ACCREDITATION_APPLY, fixture->role[ROLE_ACCREDITOR]);
	struct command_accreditation_apply *apply = &command.input.accreditation_apply;
	apply->provider = fixture->alfa;
	apply->services.count = 1;
	apply->services.items[0].service = fixture->service;
	apply->sub_ambiti.count = 1;
	apply->sub_ambiti.items[0].sub_ambito = fixture->group[0];
	struct accreditation_id id = {fixture_must(fixture, &command)};
	command =
	    fixture_command(COMMAND_KIND_ACCREDITATION_APPROVE, fixture->role[ROLE_ACCREDITOR]);
	command.input.accreditation_approve.accreditation = id;
	FIXTURE_TEXT(command.input.accreditation_approve.act, "DET-2");
	command.input.accreditation_approve.durc_valid_to = fixture_day("2099-12-31");
	(void)fixture_must(fixture, &command);
	command =
	    fixture_command(COMMAND_KIND_ACCREDITATION_ACTIVATE, fixture->role[ROLE_CAPOFILA]);
	struct command_accreditation_activate *pact = &command.input.accreditation_activate;
	pact->accreditation = id;
	pact->valid_from = fixture_day("2029-01-01");
	pact->valid_to = fixture_day("2041-12-31");
	FIXTURE_TEXT(pact->cig, "B0A1C2D3E5");
	FIXTURE_TEXT(pact->act, "PATTO-2");
	(void)fixture_must(fixture, &command);
}

struct life {
	const char *first; /* months of the title */
	const char *last;
	const char *expires; /* -MM-DDT00:00 after the last day */
	const char *released; /* the 32nd day after the last month */
	int expires_year;     /* added to the year */
	int released_year;
};

/* One title: ACTIVE until the last minute, EXPIRED with the new day, all of it released when the
 * late window of its last month is over and not before. */
static void live(struct fixture *fixture, int year, const struct life *life)
{
	struct acts acts = acts_begin(fixture);
	char text[512];
	(void)snprintf(text, sizeof(text),
		       "live crema; fund L%d%s%s %d 1000000; now %d-%s-01T00:30;"
		       "title %d-%s %d-%s 600 alfa",
		       year, life->first, life->last, year, year, life->first, year, life->first,
		       year, life->last);
	acts_must(&acts, text);
	const struct voucher *voucher = state_voucher(&fixture->state, acts.voucher);
	(void)snprintf(text, sizeof(text), "%d%s", year + life->expires_year, life->expires);
	struct instant end = fixture_instant(text);
	fixture_advance(fixture, (struct instant){end.us - 1});
	assert_int_equal(voucher->state, VOUCHER_STATE_ACTIVE);
	fixture_advance(fixture, end);
	assert_int_equal(voucher->state, VOUCHER_STATE_EXPIRED);
	(void)snprintf(text, sizeof(text), "%d%s", year + life->released_year, life->released);
	struct instant gone = fixture_instant(text);
	fixture_advance(fixture, (struct instant){gone.us - 1});
	assert_int_equal(acts_cell(&acts, 0)->released, 0);
	assert_int_equal(voucher->state, VOUCHER_STATE_EXPIRED);
	fixture_advance(fixture, gone);
	assert_int_equal(voucher->state, VOUCHER_STATE_CLOSED);
	assert_int_equal(acts_fund(&acts, (uint16_t)year, FUND_COMMITTED), 0);
}

/* Both changes of the clock, a leap day inside a title, New Year: legal days all of them. */
static void every_year_until_2040(void **state)
{
	struct fixture *fixture = *state;
	fixture->check_all = false;
	struct acts acts = acts_begin(fixture);
	acts_must(&acts, POLICY("ALL"));
	accredit_until_2041(fixture);
	/* 31 days after the last month's end the window closes; the release is the day after. */
	static const struct life lives[] = {{"02", "03", "-04-01T00:00", "-05-02T00:00", 0, 0},
					    {"06", "06", "-07-01T00:00", "-08-01T00:00", 0, 0},
					    {"09", "09", "-10-01T00:00", "-11-01T00:00", 0, 0},
					    {"12", "12", "-01-01T00:00", "-02-01T00:00", 1, 1}};
	for (int year = 2026; year <= 2040; year++)
		for (uint32_t i = 0; i < sizeof(lives) / sizeof(lives[0]); i++)
			live(fixture, year, &lives[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(s09_if_used_last_3),
	    EXPECT_TEST(one_visit_keeps_all),
	    EXPECT_TEST(given_back_by_a_late_visit),
	    EXPECT_TEST(s09_none),
	    EXPECT_TEST(s09_all),
	    EXPECT_TEST(s09_cap),
	    EXPECT_TEST(reversal_returns_to_its_cell),
	    EXPECT_TEST(bookings_take_their_own),
	    EXPECT_TEST(other_units_and_packages),
	    EXPECT_TEST(years_do_not_mix),
	    EXPECT_TEST(every_year_until_2040),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
