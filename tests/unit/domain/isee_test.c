/* The ISEE timeline: what is in force when, grace, maxima, annulment, and who may read it. */
#include "engine/domain/isee.h"

#include "engine/domain/authorise.h"
#include "tests/unit/domain/copay_acts.h"
#include "tests/unit/domain/expect.h"

static struct isee_view view_at(const struct fixture *fixture, const char *day, uint8_t type)
{
	struct isee_question question = {.beneficiary = fixture->person,
					 .scope = {.ambito = fixture->ambito,
						   .comune = fixture->pandino},
					 .day = fixture_day(day),
					 .type = type};
	return isee_at(&fixture->state, &question);
}

static void expect_view(const struct fixture *fixture, const char *day,
			enum isee_standing standing, int64_t cents)
{
	struct isee_view view = view_at(fixture, day, 0);
	assert_int_equal(view.standing, standing);
	assert_int_equal(view.is_known, cents >= 0);
	if (cents >= 0)
		EXPECT_CENTS(view.amount, cents);
}

/* A current ISEE stands in for the ordinary one and gives it back; then the year's end, the grace
 * until 31 March, nothing from April. */
static void timeline(void **state)
{
	struct fixture *fixture = *state;
	expect_view(fixture, "2026-02-01", ISEE_MISSING, -1);
	copay_acts_must_isee(fixture, fixture->person, 1240000, "2026-01-15", NULL);
	copay_acts_must_isee(fixture, fixture->person, 420000, "2026-05-14", "2026-11-13");
	expect_view(fixture, "2026-01-14", ISEE_MISSING, -1);
	expect_view(fixture, "2026-01-15", ISEE_IN_FORCE, 1240000);
	expect_view(fixture, "2026-05-13", ISEE_IN_FORCE, 1240000);
	expect_view(fixture, "2026-05-14", ISEE_IN_FORCE, 420000);
	expect_view(fixture, "2026-11-13", ISEE_IN_FORCE, 420000);
	expect_view(fixture, "2026-11-14", ISEE_IN_FORCE, 1240000);
	expect_view(fixture, "2026-12-31", ISEE_IN_FORCE, 1240000);
	expect_view(fixture, "2027-01-01", ISEE_IN_GRACE, 1240000);
	expect_view(fixture, "2027-03-31", ISEE_IN_GRACE, 1240000);
	expect_view(fixture, "2027-04-01", ISEE_MISSING, 1240000);
	copay_acts_parameter(fixture, PARAMETER_ISEE_RENEWAL_GRACE, "28-02");
	expect_view(fixture, "2027-02-28", ISEE_IN_GRACE, 1240000);
	expect_view(fixture, "2027-03-01", ISEE_MISSING, 1240000);
	copay_acts_must_isee(fixture, fixture->person, 900000, "2027-02-01", NULL);
	expect_view(fixture, "2027-04-01", ISEE_IN_FORCE, 900000);
}

/* Where a regulation asks for one type, only that and CORRENTE count. */
static void types(void **state)
{
	struct fixture *fixture = *state;
	copay_acts_must_isee(fixture, fixture->person, 1240000, "2026-01-01", NULL);
	struct command social =
	    copay_acts_isee(fixture, fixture->person, 700000, "2026-02-01", NULL);
	social.input.isee_register.type = ISEE_TYPE_SOCIOSANITARIO;
	(void)fixture_must(fixture, &social);
	EXPECT_CENTS(view_at(fixture, "2026-03-01", ISEE_TYPE_ORDINARIO).amount, 1240000);
	EXPECT_CENTS(view_at(fixture, "2026-03-01", ISEE_TYPE_SOCIOSANITARIO).amount, 700000);
	EXPECT_CENTS(view_at(fixture, "2026-03-01", 0).amount, 700000);
	assert_int_equal(view_at(fixture, "2026-03-01", ISEE_TYPE_RISTRETTO).standing,
			 ISEE_MISSING);
	copay_acts_must_isee(fixture, fixture->person, 300000, "2026-03-01", "2026-08-31");
	EXPECT_CENTS(view_at(fixture, "2026-03-01", ISEE_TYPE_ORDINARIO).amount, 300000);
}

static void refusals(void **state)
{
	struct fixture *fixture = *state;
	struct command early =
	    copay_acts_isee(fixture, fixture->person, 1, "2026-05-14", "2026-05-13");
	EXPECT_FIELD(fixture, &early, FIELD_OUT_OF_RANGE, "valid_to");
	struct command late =
	    copay_acts_isee(fixture, fixture->person, 1, "2026-05-14", "2027-01-01");
	EXPECT_FIELD(fixture, &late, FIELD_OUT_OF_RANGE, "valid_to");
	struct isee_id id =
	    copay_acts_must_isee(fixture, fixture->person, 100, "2026-01-01", NULL);
	struct command same = copay_acts_isee(fixture, fixture->person, 200, "2026-01-01", NULL);
	EXPECT(fixture, &same, ALREADY_EXISTS);
	assert_int_equal(fixture->last.object, id.raw);
	struct command annul =
	    fixture_command(COMMAND_KIND_ISEE_ANNUL, fixture->role[ROLE_UDP_OFFICER]);
	annul.input.isee_annul.isee = id;
	annul.input.isee_annul.reason = REASON_FALSE_DECLARATION;
	(void)fixture_must(fixture, &annul);
	expect_view(fixture, "2026-02-01", ISEE_MISSING, -1);
	EXPECT(fixture, &annul, ILLEGAL_TRANSITION);
	(void)fixture_must(fixture, &same); /* the place is free again */
	expect_view(fixture, "2026-02-01", ISEE_IN_FORCE, 200);
}

/* A measure's maximum is asked at the proposal and again at the issue. */
static void maxima(void **state)
{
	struct fixture *fixture = *state;
	struct command measure =
	    fixture_command(COMMAND_KIND_MEASURE_CREATE, fixture->role[ROLE_UDP_MANAGER]);
	measure.input.measure_create.ambito = fixture->ambito;
	measure.input.measure_create.kind = TITLE_KIND_VOUCHER;
	FIXTURE_TEXT(measure.input.measure_create.code, "AUTONOMIA");
	FIXTURE_TEXT(measure.input.measure_create.name, "Voucher autonomia");
	FIXTURE_TEXT(measure.input.measure_create.act, "SYNTHETIC 1");
	struct measure_id id = {fixture_must(fixture, &measure)};
	struct command limit =
	    fixture_command(COMMAND_KIND_PARAMETER_SET, fixture->role[ROLE_UDP_MANAGER]);
	limit.input.parameter_set.ambito = fixture->ambito;
	limit.input.parameter_set.measure = id;
	limit.input.parameter_set.name = PARAMETER_ISEE_MAX_VOUCHER_AUTONOMIA_CENTS;
	limit.input.parameter_set.valid_from = fixture_day("2026-01-01");
	FIXTURE_TEXT(limit.input.parameter_set.value, "2000000");
	FIXTURE_TEXT(limit.input.parameter_set.act, "SYNTHETIC 2");
	(void)fixture_must(fixture, &limit);
	struct command propose =
	    fixture_command(COMMAND_KIND_VOUCHER_PROPOSE, fixture->role[ROLE_SOCIAL_WORKER]);
	struct command_voucher_propose *input = &propose.input.voucher_propose;
	input->beneficiary = fixture->person;
	input->fund = fixture->fund;
	input->first_month = fixture_month("2026-01");
	input->last_month = fixture_month("2026-02");
	input->lines.count = 1;
	input->lines.items[0] = (struct line_input){.service = fixture->service,
						       .units_per_month = 720};
	(void)fixture_must(fixture, &propose); /* under no measure: nothing is asked */
	input->measure = id;
	EXPECT(fixture, &propose, ISEE_EXPIRED);
	struct isee_id first =
	    copay_acts_must_isee(fixture, fixture->person, 2000000, "2026-01-01", NULL);
	struct voucher_id voucher = {fixture_must(fixture, &propose)};
	struct command annul =
	    fixture_command(COMMAND_KIND_ISEE_ANNUL, fixture->role[ROLE_UDP_OFFICER]);
	annul.input.isee_annul.isee = first;
	annul.input.isee_annul.reason = REASON_TYPING_ERROR;
	(void)fixture_must(fixture, &annul);
	copay_acts_must_isee(fixture, fixture->person, 2000001, "2026-01-01", NULL);
	struct command issue = fixture_issue(fixture, voucher);
	EXPECT(fixture, &issue, ISEE_ABOVE_MAXIMUM);
	EXPECT_CENTS(fixture->last.limit, 2000000);
	EXPECT(fixture, &propose, ISEE_ABOVE_MAXIMUM);
}

/* Decision 0010: read by who decides on titles, the person and the auditor; by nobody else. */
static void readers(void **state)
{
	struct fixture *fixture = *state;
	struct isee_id id =
	    copay_acts_must_isee(fixture, fixture->person, 100, "2026-01-01", NULL);
	uint32_t allowed = ROLE_BIT(UDP_OFFICER) | ROLE_BIT(UDP_MANAGER) |
			   ROLE_BIT(SOCIAL_WORKER) | ROLE_BIT(BENEFICIARY) | ROLE_BIT(AUDITOR);
	const struct isee *row = state_isee(&fixture->state, id);
	for (uint32_t role = 1; role < FIXTURE_ROLES; role++) {
		const struct principal *reader =
		    state_principal(&fixture->state, fixture->role[role]);
		if (reader == NULL)
			continue;
		assert_int_equal(
		    authorise_read(&fixture->state, reader, RECORD_KIND_ISEE, id.raw, row),
		    (allowed & 1u << role) != 0);
	}
	struct beneficiary_id other = fixture_beneficiary(fixture, fixture->pandino);
	struct isee_id others = copay_acts_must_isee(fixture, other, 100, "2026-01-01", NULL);
	assert_false(authorise_read(
	    &fixture->state,
	    state_principal(&fixture->state, fixture->role[ROLE_BENEFICIARY]), RECORD_KIND_ISEE,
	    others.raw, state_isee(&fixture->state, others)));
}

static void days_of_the_year(void **state)
{
	(void)state;
	assert_int_equal(isee_year_day(2027, 229).number, fixture_day("2027-02-28").number);
	assert_int_equal(isee_year_day(2028, 229).number, fixture_day("2028-02-29").number);
	assert_int_equal(isee_year_day(2026, 1231).number, fixture_day("2026-12-31").number);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(timeline), EXPECT_TEST(types),	 EXPECT_TEST(refusals),
	    EXPECT_TEST(maxima),   EXPECT_TEST(readers), EXPECT_TEST(days_of_the_year),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
