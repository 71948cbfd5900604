/* Schemes: the tariffs of copay_schemes.csv to the cent, rules that are none, who adopts what. */
#include "engine/domain/copay_scheme.h"

#include "tests/unit/domain/copay_acts.h"
#include "tests/unit/domain/expect.h"

static int64_t tariff(const struct fixture *fixture, struct copay_scheme_id scheme, int64_t isee)
{
	return copay_scheme_tariff(&fixture->state, scheme, cents_from(isee))
	    .per_unit.raw; /* raw: the figure under test */
}

/* 18,68 x (ISEE - 3.000) / 27.000, clamped. */
static void verdello(void **state)
{
	struct fixture *fixture = *state;
	struct copay_scheme_id scheme = copay_acts_verdello(fixture);
	static const struct {
		int64_t isee;
		int64_t tariff;
	} rows[] = {{0, 0},	       {300000, 0},	  {300721, 0},	      {300723, 1},
		    {420000, 83},      {1240000, 650},	  {1650000, 934},     {2999999, 1868},
		    {3000000, 1868},   {3000001, 1868},	  {99999999999, 1868}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(tariff(fixture, scheme, rows[i].isee), rows[i].tariff);
	assert_int_equal(copay_scheme_without_isee(&fixture->state, scheme).per_unit.raw, 1868);
}

/* Every row of CASSANO_2023: 0-3.000 free; 3.001-7.500 from 2 to 5; 7.501-20.000 from 5 to 18;
 * above 18; without an ISEE 20. */
static void cassano(void **state)
{
	struct fixture *fixture = *state;
	struct command command = copay_acts_scheme(fixture, "CASSANO_2023");
	copay_acts_rule(&command, COPAY_RULE_BRACKETS_LINEAR, 0, 300000, 0, 0);
	copay_acts_rule(&command, COPAY_RULE_BRACKETS_LINEAR, 300100, 750000, 200, 500);
	copay_acts_rule(&command, COPAY_RULE_BRACKETS_LINEAR, 750100, 2000000, 500, 1800);
	copay_acts_rule(&command, COPAY_RULE_FLAT, 2000001, 0, 1800, 1800);
	copay_acts_rule(&command, COPAY_RULE_ISEE_MISSING, 0, 0, 2000, 2000);
	struct copay_scheme_id scheme = {fixture_must(fixture, &command)};
	static const struct {
		int64_t isee;
		int64_t tariff;
	} rows[] = {{0, 0},	       {300000, 0},	 {300050, 200},	    {300100, 200},
		    {525050, 350},     {750000, 500},	 {750050, 500},	    {750100, 500},
		    {1375050, 1150},   {2000000, 1800},	 {2000001, 1800},   {9000000, 1800},
		    {300850, 201} /* 2 + 3 x 7,50 / 4.499 = 2,005: half up */};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(tariff(fixture, scheme, rows[i].isee), rows[i].tariff);
	assert_int_equal(copay_scheme_without_isee(&fixture->state, scheme).per_unit.raw, 2000);
}

/* Crema's shape: three points, invented figures (the real ones are not legible). */
static void three_points(void **state)
{
	struct fixture *fixture = *state;
	struct command command = copay_acts_scheme(fixture, "CREMA_AMBITO_2018");
	copay_acts_rule(&command, COPAY_RULE_PIECEWISE, 500000, 0, 100, 0);
	copay_acts_rule(&command, COPAY_RULE_PIECEWISE, 1000000, 0, 600, 0);
	copay_acts_rule(&command, COPAY_RULE_PIECEWISE, 3000000, 0, 1600, 0);
	struct copay_scheme_id scheme = {fixture_must(fixture, &command)};
	assert_int_equal(tariff(fixture, scheme, 0), 100);
	assert_int_equal(tariff(fixture, scheme, 500000), 100);
	assert_int_equal(tariff(fixture, scheme, 750000), 350);
	assert_int_equal(tariff(fixture, scheme, 1000000), 600);
	assert_int_equal(tariff(fixture, scheme, 2000000), 1100);
	assert_int_equal(tariff(fixture, scheme, 3000000), 1600);
	assert_int_equal(tariff(fixture, scheme, 8000000), 1600);
	assert_int_equal(copay_scheme_without_isee(&fixture->state, scheme).per_unit.raw, 1600);
}

/* Puglia's: the part covered falls from 100 % to 20 %; without an ISEE the least is covered. */
static void percentage(void **state)
{
	struct fixture *fixture = *state;
	struct command command = copay_acts_scheme(fixture, "PUGLIA_BUONI");
	struct copay_rule_input *rule = copay_acts_rule(
	    &command, COPAY_RULE_PERCENT_COVERED, 750000, 4000000, 0, 0);
	rule->covered_from_bp = 10000;
	rule->covered_to_bp = 2000;
	struct copay_scheme_id scheme = {fixture_must(fixture, &command)};
	static const struct {
		int64_t isee;
		uint16_t covered;
	} rows[] = {{0, 10000}, {750000, 10000}, {2375000, 6000}, {4000000, 2000}, {5000000, 2000}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct copay_tariff got =
		    copay_scheme_tariff(&fixture->state, scheme, cents_from(rows[i].isee));
		assert_true(got.is_percent);
		assert_int_equal(got.covered_bp, rows[i].covered);
	}
	assert_int_equal(copay_scheme_without_isee(&fixture->state, scheme).covered_bp, 2000);
}

/* Rules that make no scheme: each row is one or two rules. */
static void rules_that_are_none(void **state)
{
	struct fixture *fixture = *state;
	static const struct {
		struct copay_rule_input rules[2];
		const char *code;
	} rows[] = {
	    {{{.kind = COPAY_RULE_LINEAR, .tariff_max_cents = {1}}}, "field_invalid"}, /* no end */
	    {{{.kind = COPAY_RULE_LINEAR, .isee_from_cents = {2}, .isee_to_cents = {2}}},
	     "field_invalid"},
	    {{{.kind = COPAY_RULE_FLAT, .tariff_min_cents = {1}, .tariff_max_cents = {2}}},
	     "field_invalid"},
	    {{{.kind = COPAY_RULE_PERCENT_COVERED, .isee_to_cents = {9}, .covered_from_bp = 10001}},
	     "field_invalid"},
	    {{{.kind = COPAY_RULE_ISEE_MISSING}}, "field_invalid"}, /* nothing beside it */
	    {{{.kind = COPAY_RULE_PIECEWISE, .isee_to_cents = {5}}}, "field_invalid"},
	    {{{.kind = COPAY_RULE_LINEAR, .isee_to_cents = {9}},
	      {.kind = COPAY_RULE_PIECEWISE, .isee_from_cents = {10}}},
	     "field_invalid"}, /* two families */
	    {{{.kind = COPAY_RULE_LINEAR, .isee_to_cents = {9}},
	      {.kind = COPAY_RULE_LINEAR, .isee_from_cents = {9}, .isee_to_cents = {10}}},
	     "field_out_of_range"}, /* overlap */
	    {{{.kind = COPAY_RULE_FLAT},
	      {.kind = COPAY_RULE_LINEAR, .isee_from_cents = {9}, .isee_to_cents = {10}}},
	     "field_out_of_range"}, /* after an open one */
	    {{{.kind = COPAY_RULE_PIECEWISE, .isee_from_cents = {9}},
	      {.kind = COPAY_RULE_PIECEWISE, .isee_from_cents = {9}}},
	     "field_out_of_range"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct command command = copay_acts_scheme(fixture, "X");
		struct command_copay_scheme_create *input = &command.input.copay_scheme_create;
		for (uint32_t n = 0; n < 2 && rows[i].rules[n].kind != 0; n++)
			input->rules.items[input->rules.count++] = rows[i].rules[n];
		assert_string_equal(result_code(fixture_result(fixture, &command)), rows[i].code);
		assert_string_equal(fixture->last.field->name, "rules");
	}
	assert_int_equal(state_count(&fixture->state, RECORD_KIND_COPAY_RULE), 0);
	struct command empty = copay_acts_scheme(fixture, "X");
	EXPECT_FIELD(fixture, &empty, FIELD_MISSING, "rules");
	(void)copay_acts_verdello(fixture);
	struct command same = copay_acts_scheme(fixture, "VERDELLO");
	copay_acts_rule(&same, COPAY_RULE_FLAT, 0, 0, 5, 5);
	EXPECT(fixture, &same, ALREADY_EXISTS);
}

static uint32_t scheme_in(const struct fixture *fixture, struct comune_id comune, const char *day)
{
	struct parameter_scope scope = {
	    .ambito = fixture->ambito, .comune = comune, .service = fixture->service};
	const struct copay_adoption *adoption =
	    copay_scheme_in_force(&fixture->state, &scope, fixture_day(day));
	return adoption == NULL ? 0 : adoption->scheme.raw;
}

/* Comune by comune from a date; a service's own regulation; an end. */
static void adoptions(void **state)
{
	struct fixture *fixture = *state;
	struct copay_scheme_id all = copay_acts_verdello(fixture);
	struct command flat = copay_acts_scheme(fixture, "FLAT");
	copay_acts_rule(&flat, COPAY_RULE_FLAT, 0, 0, 500, 500);
	struct copay_scheme_id own = {fixture_must(fixture, &flat)};
	struct command adopt = copay_acts_adoption(fixture, own, fixture->pandino, "2026-03-01");
	(void)fixture_must(fixture, &adopt);
	EXPECT(fixture, &adopt, ALREADY_EXISTS);
	assert_int_equal(scheme_in(fixture, fixture->pandino, "2025-12-31"), 0);
	assert_int_equal(scheme_in(fixture, fixture->pandino, "2026-02-28"), all.raw);
	assert_int_equal(scheme_in(fixture, fixture->pandino, "2026-03-01"), own.raw);
	assert_int_equal(scheme_in(fixture, fixture->crema, "2026-03-01"), all.raw);
	struct command end = copay_acts_adoption(fixture, (struct copay_scheme_id){0},
						 fixture->pandino, "2026-06-01");
	end.principal = fixture->role[ROLE_COMUNE_ADMIN]; /* of Pandino */
	(void)fixture_must(fixture, &end);
	assert_int_equal(scheme_in(fixture, fixture->pandino, "2026-06-01"), 0);
	struct command other = copay_acts_adoption(fixture, own, fixture->crema, "2026-06-01");
	other.principal = fixture->role[ROLE_COMUNE_ADMIN];
	EXPECT(fixture, &other, NOT_OWNER);
	struct command service = copay_acts_adoption(fixture, own, (struct comune_id){0},
						     "2026-02-01");
	service.input.copay_adoption_create.service = fixture->service;
	(void)fixture_must(fixture, &service);
	assert_int_equal(scheme_in(fixture, fixture->crema, "2026-02-01"), own.raw);
	assert_int_equal(scheme_in(fixture, fixture->pandino, "2026-06-01"), 0); /* its own act */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(verdello),	     EXPECT_TEST(cassano),
	    EXPECT_TEST(three_points),	     EXPECT_TEST(percentage),
	    EXPECT_TEST(rules_that_are_none), EXPECT_TEST(adoptions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
