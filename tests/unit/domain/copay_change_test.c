/* Model A: what titles promise, records draw and statements invoice; changes of the ISEE, funded
 * and not; previews. */
#include "engine/domain/copay_change.h"

#include "tests/unit/domain/copay_acts.h"
#include "tests/unit/domain/expect.h"

#include <stdio.h>

/* V-0500 of SCENARIOS S05: Jan-Jun 12 h, model A, BY_DATE, ceiling 1.600,00. */
static struct acts begin(struct fixture *fixture, int64_t ceiling)
{
	struct acts acts = acts_begin(fixture);
	copay_acts_parameter(fixture, PARAMETER_COPAY_COLLECTION_MODEL, "A");
	copay_acts_parameter(fixture, PARAMETER_ISEE_CHANGE_POLICY, "BY_DATE");
	(void)copay_acts_verdello(fixture);
	copay_acts_must_isee(fixture, fixture->person, 1240000, "2026-01-01", NULL);
	char text[64];
	(void)snprintf(text, sizeof(text), "ceiling pandino 2026 %lld", (long long)ceiling);
	acts_must(&acts, text);
	acts_must(&acts, "title 2026-01 2026-06 720 alfa");
	return acts;
}

static void promises_the_public_share(void **state)
{
	struct acts acts = begin(*state, 160000);
	struct fixture *fixture = acts.fixture;
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 124056); /* 72 x 17,23 */
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_FREE), 160000 - 124056);
	assert_int_equal(state_voucher(&fixture->state, acts.voucher)->copay_model,
			 COPAY_COLLECTION_MODEL_A);
	struct command bill = copay_acts_bill(fixture, acts.voucher, "2026-01");
	EXPECT(fixture, &bill, COPAY_COLLECTED_BY_PROVIDER);
	/* the model is the title's own, whatever is decided later */
	copay_acts_must_isee(fixture, fixture->person, 420000, "2026-05-14", "2026-11-13");
	assert_int_equal(copay_acts_tasks(fixture, EVENT_KIND_COPAY_CHANGE), 1);
}

/* 20 h left at 5,67 more: 113,40, once. */
static void funded(void **state)
{
	struct acts acts = begin(*state, 160000);
	struct fixture *fixture = acts.fixture;
	copay_acts_must_isee(fixture, fixture->person, 420000, "2026-05-14", "2026-11-13");
	struct command apply = copay_acts_apply(fixture, acts.voucher, "2026-05-14", 1200);
	(void)fixture_must(fixture, &apply);
	EXPECT_CENTS(fixture->last.gross, 11340);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 135396);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_FREE), 24604);
	EXPECT_CENTS(acts_cell(&acts, 5)->committed_cents, 27480); /* 12 x 22,90 */
	EXPECT_CENTS(acts_cell(&acts, 4)->committed_cents, 25212); /* 8 x 22,90 + 4 x 17,23 */
	assert_int_equal(copay_acts_tasks(fixture, EVENT_KIND_COPAY_CHANGE), 0);
	(void)fixture_must(fixture, &apply);
	EXPECT_CENTS(fixture->last.gross, 0);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 135396);
}

/* A ceiling without room: nothing moves, a task with the amount stands, the lower tariff counts:
 * what F140 no longer covers is refused, never billed at the old rate. Then money comes. */
static void unfunded(void **state)
{
	struct acts acts = begin(*state, 130000);
	struct fixture *fixture = acts.fixture;
	copay_acts_must_isee(fixture, fixture->person, 420000, "2026-05-14", "2026-11-13");
	struct command apply = copay_acts_apply(fixture, acts.voucher, "2026-05-14", 1200);
	assert_int_equal(fixture_result(fixture, &apply), RESULT_COPAY_UNFUNDED);
	assert_int_equal(fixture->last.cause, RESULT_COPAY_CHANGE_UNFUNDED);
	EXPECT_CENTS(fixture->last.gross, 11340);
	EXPECT_CENTS(fixture->last.short_by, 11340 - (130000 - 124056));
	EXPECT_CENTS(fixture->last.limit, 130000 - 124056);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 124056);
	assert_int_equal(copay_acts_tasks(fixture, EVENT_KIND_COPAY_CHANGE_UNFUNDED), 1);
	assert_int_equal(fixture_result(fixture, &apply), RESULT_COPAY_UNFUNDED);
	assert_int_equal(copay_acts_tasks(fixture, EVENT_KIND_COPAY_CHANGE_UNFUNDED), 1);
	/* 9 h of June at 22,90 are 206,10 of 206,76; the tenth hour lacks 22,24 */
	acts_must(&acts, "now 2026-06-10T09:00; redeem 2026-06-05T08:00 540");
	EXPECT_CENTS(fixture->last.gross, 20610);
	assert_int_equal(acts_do(&acts, "redeem 2026-06-06T08:00 60"), RESULT_COPAY_CHANGE_UNFUNDED);
	EXPECT_CENTS(fixture->last.short_by, 2290 - 66);
	EXPECT_CENTS(fixture->last.limit, 66);
	struct command raise =
	    fixture_command(COMMAND_KIND_CEILING_RAISE, fixture->role[ROLE_UDP_MANAGER]);
	raise.input.ceiling_raise.ceiling.raw = 1;
	raise.input.ceiling_raise.amount_cents = cents_from(50000);
	FIXTURE_TEXT(raise.input.ceiling_raise.act, "SYNTHETIC 7");
	(void)fixture_must(fixture, &raise);
	apply.input.voucher_apply_copay.remaining_units = 180;
	(void)fixture_must(fixture, &apply);
	EXPECT_CENTS(fixture->last.gross, 3 * 2290 - 66);
	assert_int_equal(copay_acts_tasks(fixture, EVENT_KIND_COPAY_CHANGE_UNFUNDED), 0);
	acts_must(&acts, "redeem 2026-06-06T08:00 60");
	EXPECT_CENTS(fixture->last.gross, 2290);
}

/* A suspended year promises nothing more, nor a co-pay that falls on it; what falls back goes. */
static void a_suspended_year(void **state)
{
	struct acts acts = begin(*state, 300000);
	struct fixture *fixture = acts.fixture;
	struct command suspend =
	    fixture_command(COMMAND_KIND_FUND_YEAR_SUSPEND, fixture->role[ROLE_FINANCE]);
	suspend.input.fund_year_suspend.fund = fixture->fund;
	suspend.input.fund_year_suspend.year = 2026;
	FIXTURE_TEXT(suspend.input.fund_year_suspend.act, "SYNTHETIC 21");
	(void)fixture_must(fixture, &suspend);
	copay_acts_must_isee(fixture, fixture->person, 420000, "2026-05-14", "2026-11-13");
	struct command apply = copay_acts_apply(fixture, acts.voucher, "2026-05-14", 1200);
	EXPECT(fixture, &apply, FUND_SUSPENDED);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 124056);
}

/* A higher ISEE sets money free; NEXT_MONTH leaves the month in course alone. */
static void decreases(void **state)
{
	struct acts acts = begin(*state, 160000);
	struct fixture *fixture = acts.fixture;
	copay_acts_must_isee(fixture, fixture->person, 3000000, "2026-05-14", "2026-11-13");
	struct command apply = copay_acts_apply(fixture, acts.voucher, "2026-05-14", 720);
	(void)fixture_must(fixture, &apply);
	EXPECT_CENTS(fixture->last.gross, 0);
	EXPECT_CENTS(acts_cell(&acts, 5)->committed_cents, 12 * (2373 - 1868));
	EXPECT_CENTS(acts_cell(&acts, 4)->committed_cents, 20676);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 5 * 20676 + 6060);
}

static void next_month(void **state)
{
	struct acts acts = begin(*state, 160000);
	struct fixture *fixture = acts.fixture;
	struct command later =
	    fixture_command(COMMAND_KIND_PARAMETER_SET, fixture->role[ROLE_UDP_MANAGER]);
	later.input.parameter_set.ambito = fixture->ambito;
	later.input.parameter_set.name = PARAMETER_ISEE_CHANGE_POLICY;
	later.input.parameter_set.valid_from = fixture_day("2026-02-01");
	FIXTURE_TEXT(later.input.parameter_set.value, "NEXT_MONTH");
	FIXTURE_TEXT(later.input.parameter_set.act, "SYNTHETIC 13");
	(void)fixture_must(fixture, &later);
	copay_acts_must_isee(fixture, fixture->person, 420000, "2026-05-14", "2026-11-13");
	struct command apply = copay_acts_apply(fixture, acts.voucher, "2026-05-14", 0);
	(void)fixture_must(fixture, &apply);
	EXPECT_CENTS(fixture->last.gross, 12 * 567);
	EXPECT_CENTS(acts_cell(&acts, 4)->committed_cents, 20676);
}

static void refusals(void **state)
{
	struct acts acts = begin(*state, 300000);
	struct fixture *fixture = acts.fixture;
	acts_must(&acts, "propose 2026-01 2026-02 720");
	struct command proposed = copay_acts_apply(fixture, acts.voucher, "2026-01-01", 0);
	EXPECT(fixture, &proposed, ILLEGAL_TRANSITION);
	acts_must(&acts, "service PASTI PIECE 800; enrol DELTA SOCIAL_COOP service=PASTI");
	(void)fixture_accredit(fixture, fixture->alfa,
			       (struct service_id){state_find_code(
				   &fixture->state, RECORD_KIND_SERVICE, slice_from_text("PASTI"))});
	acts_must(&acts, "propose 2026-01 2026-02 20 service=SAD_OSS,PASTI; issue; choose alfa");
	struct command two = copay_acts_apply(fixture, acts.voucher, "2026-01-01", 5);
	EXPECT_FIELD(fixture, &two, FIELD_INVALID, "remaining_units");
	acts_must(&acts, "live pandino; propose 2026-01 2026-02 720");
	copay_acts_parameter(fixture, PARAMETER_ISEE_MISSING_POLICY, "REFUSE");
	assert_int_equal(acts_do(&acts, "issue"), RESULT_ISEE_EXPIRED);
	assert_int_equal(acts_do(&acts, "propose 2026-01 2026-02 720"), RESULT_ISEE_EXPIRED);
}

static void entity_collects(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-02 720 alfa");
	struct command apply = copay_acts_apply(acts.fixture, acts.voucher, "2026-01-01", 0);
	EXPECT(acts.fixture, &apply, COPAY_COLLECTED_BY_ENTITY);
}

/* Half hours fill the allotment to the cent, and the statement separates its net once: VAT is net x
 * rate within a cent, nothing moves at the freeze. */
static void statement_of_the_public_share(void **state)
{
	struct acts acts = begin(*state, 160000);
	struct fixture *fixture = acts.fixture;
	acts_must(&acts, "now 2026-01-31T23:00");
	int64_t sum = 0;
	for (int i = 0; i < 24; i++) {
		char text[64];
		(void)snprintf(text, sizeof(text), "redeem 2026-01-%02dT09:00 30", i + 1);
		acts_must(&acts, text);
		/* own series: 11,87 - 3,25 */
		sum += fixture->last.gross.raw; /* raw: a sum of figures under test */
		if (i < 23)
			EXPECT_CENTS(fixture->last.gross, 862);
	}
	assert_int_equal(sum, 20676); /* 12 x 17,23: the last takes what is left, 8,50 */
	EXPECT_CENTS(acts_cell(&acts, 0)->committed_cents, 0);
	acts_must(&acts, "now 2026-02-12T09:00; freeze");
	const struct statement *statement = state_statement(&fixture->state, acts.statement);
	assert_int_equal(statement->net_of_copay, 1);
	EXPECT_CENTS(statement->gross_cents, 20676);
	EXPECT_CENTS(statement->net_cents, 19691); /* 206,76 / 1,05 = 196,914 */
	EXPECT_CENTS(statement->vat_cents, 985);   /* 196,91 x 5 % = 9,8455 */
	acts_must(&acts, "confirm; attest; invoice; approve; export; order; pay");
}

/* A contested statement goes back to what its records come to, and separates its net anew. */
static void contested_and_frozen_again(void **state)
{
	struct acts acts = begin(*state, 160000);
	struct fixture *fixture = acts.fixture;
	acts_must(&acts, "now 2026-01-31T09:00; redeem 2026-01-05T09:00 50;"
			 "redeem 2026-01-06T09:00 50; redeem 2026-01-07T09:00 50;"
			 "live crema; title 2026-01 2026-02 720 alfa; redeem 2026-01-05T11:00 50;"
			 "now 2026-02-12T09:00; freeze");
	const struct statement *statement = state_statement(&fixture->state, acts.statement);
	/* 50': 18,83 + 0,94 - 5,42 = 14,35, net 13,67; without an ISEE - 15,57 = 4,20, net 4,00;
	 * of the whole 47,25 / 1,05 = 45,00 */
	EXPECT_CENTS(statement->gross_cents, 4725);
	EXPECT_CENTS(statement->net_cents, 4500);
	EXPECT_CENTS(statement->vat_cents, 225);
	acts_must(&acts, "contest 2");
	EXPECT_CENTS(statement->gross_cents, 4305);
	EXPECT_CENTS(statement->net_cents, 3 * 1367);
	acts_must(&acts, "refreeze");
	EXPECT_CENTS(statement->gross_cents, 4305);
	EXPECT_CENTS(statement->net_cents, 4100);
}

/* What is redeemed of one title under A and one under B stands in two statements. */
static void models_apart(void **state)
{
	struct acts acts = begin(*state, 300000);
	struct fixture *fixture = acts.fixture;
	acts_must(&acts, "now 2026-01-31T09:00; redeem 2026-01-05T09:00 60");
	struct command later =
	    fixture_command(COMMAND_KIND_PARAMETER_SET, fixture->role[ROLE_UDP_MANAGER]);
	later.input.parameter_set.ambito = fixture->ambito;
	later.input.parameter_set.name = PARAMETER_COPAY_COLLECTION_MODEL;
	later.input.parameter_set.valid_from = fixture_day("2026-01-31");
	FIXTURE_TEXT(later.input.parameter_set.value, "B");
	FIXTURE_TEXT(later.input.parameter_set.act, "SYNTHETIC 13");
	(void)fixture_must(fixture, &later);
	acts_must(&acts, "title 2026-01 2026-02 720 alfa; redeem 2026-01-06T09:00 60");
	EXPECT_CENTS(fixture->last.gross, 2373);
	assert_int_equal(state_count(&fixture->state, RECORD_KIND_STATEMENT), 2);
	assert_int_equal(
	    state_statement(&fixture->state, (struct statement_id){1})->net_of_copay, 1);
	assert_int_equal(
	    state_statement(&fixture->state, (struct statement_id){2})->net_of_copay, 0);
}

static struct command net_ceiling(const struct fixture *fixture, int64_t cents)
{
	struct command command =
	    fixture_command(COMMAND_KIND_CEILING_SET, fixture->role[ROLE_UDP_MANAGER]);
	struct command_ceiling_set *input = &command.input.ceiling_set;
	input->ambito = fixture->ambito;
	input->fund = fixture->fund;
	input->year = 2026;
	input->comune = fixture->pandino;
	input->amount_cents = cents_from(cents);
	input->basis = CEILING_BASIS_COMMITMENT_NET_OF_COPAY;
	FIXTURE_TEXT(input->act, "SYNTHETIC 3");
	return command;
}

/* Model B under a ceiling that counts net of the co-pay: the commitment stays, the ceiling moves by
 * the same 113,40; without room a task stands; a higher ISEE gives back. */
static void ceilings_net_of_copay(void **state)
{
	struct fixture *fixture = *state;
	struct acts acts = acts_begin(fixture);
	copay_acts_parameter(fixture, PARAMETER_ISEE_CHANGE_POLICY, "BY_DATE");
	(void)copay_acts_verdello(fixture);
	copay_acts_must_isee(fixture, fixture->person, 1240000, "2026-01-01", NULL);
	struct command set = net_ceiling(fixture, 130000);
	(void)fixture_must(fixture, &set);
	acts_must(&acts, "title 2026-01 2026-06 720 alfa");
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 170856);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 124056);
	copay_acts_must_isee(fixture, fixture->person, 420000, "2026-05-14", "2026-11-13");
	assert_int_equal(copay_acts_tasks(fixture, EVENT_KIND_COPAY_CHANGE), 1);
	struct command apply = copay_acts_apply(fixture, acts.voucher, "2026-05-14", 1200);
	assert_int_equal(fixture_result(fixture, &apply), RESULT_COPAY_UNFUNDED);
	EXPECT_CENTS(fixture->last.gross, 11340);
	EXPECT_CENTS(fixture->last.short_by, 11340 - (130000 - 124056));
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 124056);
	assert_int_equal(copay_acts_tasks(fixture, EVENT_KIND_COPAY_CHANGE_UNFUNDED), 1);
	struct command raise =
	    fixture_command(COMMAND_KIND_CEILING_RAISE, fixture->role[ROLE_UDP_MANAGER]);
	raise.input.ceiling_raise.ceiling.raw = 1;
	raise.input.ceiling_raise.amount_cents = cents_from(30000);
	FIXTURE_TEXT(raise.input.ceiling_raise.act, "SYNTHETIC 7");
	(void)fixture_must(fixture, &raise);
	(void)fixture_must(fixture, &apply);
	EXPECT_CENTS(fixture->last.gross, 11340);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 135396);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_FREE), 24604);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 170856);
	assert_int_equal(copay_acts_tasks(fixture, EVENT_KIND_COPAY_CHANGE_UNFUNDED), 0);
	(void)fixture_must(fixture, &apply);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 135396);
	copay_acts_must_isee(fixture, fixture->person, 3000000, "2026-06-01", "2026-11-13");
	apply = copay_acts_apply(fixture, acts.voucher, "2026-06-01", 0);
	(void)fixture_must(fixture, &apply);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 135396 - 12 * (1868 - 83));
}

/* "What if": another ISEE, another regulation; nothing moves. */
static void previews(void **state)
{
	struct acts acts = begin(*state, 160000);
	struct fixture *fixture = acts.fixture;
	struct isee row = {.amount_cents = cents_from(420000),
			   .beneficiary = fixture->person,
			   .valid_from = fixture_day("2026-05-14"),
			   .valid_to = fixture_day("2026-12-31"),
			   .type = ISEE_TYPE_CORRENTE};
	struct copay_hypothesis lower = {.isee = &row};
	struct copay_preview preview;
	effects_reset(&fixture->effects);
	assert_int_equal(copay_change_preview(&fixture->effects, acts.voucher, &lower,
					      fixture_day("2026-06-01"), &preview),
			 RESULT_OK);
	assert_int_equal(preview.units, 720);
	EXPECT_CENTS(preview.share_before, 7800);
	EXPECT_CENTS(preview.share_after, 996);
	EXPECT_CENTS(preview.increase, 6804);
	EXPECT_CENTS(preview.decrease, 0);
	struct command flat = copay_acts_scheme(fixture, "FLAT");
	copay_acts_rule(&flat, COPAY_RULE_FLAT, 0, 0, 700, 700);
	struct copay_hypothesis dearer = {.scheme = {fixture_must(fixture, &flat)}};
	effects_reset(&fixture->effects);
	assert_int_equal(copay_change_preview(&fixture->effects, acts.voucher, &dearer,
					      fixture_day("2026-01-01"), &preview),
			 RESULT_OK);
	assert_int_equal(preview.units, 4320);
	EXPECT_CENTS(preview.share_after, 50400);
	EXPECT_CENTS(preview.decrease, 50400 - 46800);
	assert_int_equal(fixture->effects.write_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(promises_the_public_share),
	    EXPECT_TEST(funded),
	    EXPECT_TEST(unfunded),
	    EXPECT_TEST(decreases),
	    EXPECT_TEST(a_suspended_year),
	    EXPECT_TEST(next_month),
	    EXPECT_TEST(refusals),
	    EXPECT_TEST(entity_collects),
	    EXPECT_TEST(statement_of_the_public_share),
	    EXPECT_TEST(contested_and_frozen_again),
	    EXPECT_TEST(models_apart),
	    EXPECT_TEST(ceilings_net_of_copay),
	    EXPECT_TEST(previews),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
