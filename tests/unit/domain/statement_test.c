/* Entering and leaving statements: one place, one open statement, full ones continued. */
#include "engine/domain/statement.h"

#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

#include <stdio.h>
#include <string.h>

static const struct statement *nth(const struct acts *acts, uint32_t id)
{
	const struct statement *found =
	    state_statement(&acts->fixture->state, (struct statement_id){id});
	assert_non_null(found);
	return found;
}

/* Provider, month and VAT rate part the statements; titles and comuni do not. */
static void what_parts_statements(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-02 720 alfa; live crema;"
			 "title 2026-01 2026-02 720 alfa;"
			 "live izano; title 2026-01 2026-02 720 beta; now 2026-02-10T09:00;"
			 "redeem 2026-01-05T09:00 60 title=1; redeem 2026-01-06T09:00 60 title=2;"
			 "redeem 2026-02-05T09:00 60 title=1;"
			 "redeem 2026-01-05T09:00 60 title=3 by=beta operator=5");
	assert_int_equal(state_count(&acts.fixture->state, RECORD_KIND_STATEMENT), 3);
	assert_int_equal(nth(&acts, 1)->line_count, 2);
	assert_int_equal(nth(&acts, 1)->provider.raw, acts.fixture->alfa.raw);
	assert_int_equal(nth(&acts, 1)->accreditation.raw, acts.fixture->alfa_accreditation.raw);
	assert_int_equal(nth(&acts, 2)->month.number, fixture_month("2026-02").number);
	assert_int_equal(nth(&acts, 3)->provider.raw, acts.fixture->beta.raw);
	acts_must(&acts, "service PASTI PIECE 650 social=1000;"
			 "enrol ALFA SOCIAL_COOP service=PASTI;"
			 "title 2026-02 2026-02 9 alfa service=PASTI; now 2026-02-28T09:00;"
			 "redeem 2026-02-20T12:00 units=1");
	assert_int_equal(nth(&acts, 4)->vat_bp, 1000);
	assert_int_not_equal(nth(&acts, 4)->accreditation.raw,
			     acts.fixture->alfa_accreditation.raw);
}

/* A cell's line is found again after its title went to another provider and came back. */
static void lines_of_a_cell(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-01 720 alfa; now 2026-01-31T09:00;"
			 "redeem 2026-01-05T09:00 60; choose beta;"
			 "redeem 2026-01-06T09:00 60 by=beta;"
			 "choose alfa; redeem 2026-01-07T09:00 60");
	assert_int_equal(state_count(&acts.fixture->state, RECORD_KIND_STATEMENT_LINE), 2);
	assert_int_equal(acts_cell(&acts, 0)->statement_line.raw, 2);
	assert_int_equal(nth(&acts, 1)->redemption_count, 2);
	assert_int_equal(nth(&acts, 1)->line_count, 1);
	assert_int_equal(nth(&acts, 2)->redemption_count, 1);
}

/* STATEMENT_LINES_MAX titles fill one; the next opens another, ORDINARY too; both are frozen. */
static void a_full_statement_is_continued(void **state)
{
	struct fixture *fixture = *state;
	struct acts acts = acts_begin(fixture);
	fixture->check_all = false;
	acts_must(&acts, "fund BIG 2026 100000000");
	for (uint32_t i = 0; i < STATEMENT_LINES_MAX + 2; i++)
		acts_must(&acts, "live pandino; title 2026-01 2026-01 15 alfa");
	acts_must(&acts, "now 2026-01-31T09:00");
	char act[96];
	for (uint32_t i = 1; i <= STATEMENT_LINES_MAX + 2; i++) {
		(void)snprintf(act, sizeof(act),
			       "redeem 2026-01-05T09:00 15 title=%u operator=%u", i, i);
		acts_must(&acts, act);
	}
	assert_int_equal(nth(&acts, 1)->line_count, STATEMENT_LINES_MAX);
	assert_int_equal(nth(&acts, 2)->line_count, 2);
	assert_int_equal(nth(&acts, 2)->kind, STATEMENT_KIND_ORDINARY);
	/* a title that stands in the full one stays there */
	acts_must(&acts, "reverse record=1; redeem 2026-01-05T09:00 15 title=1 operator=1");
	assert_int_equal(nth(&acts, 1)->redemption_count, STATEMENT_LINES_MAX);
	fixture->check_all = true;
	acts_must(&acts, "now 2026-02-12T09:00; freeze statement=1; freeze statement=2;"
			 "confirm statement=1; attest statement=1; invoice statement=1;"
			 "approve statement=1; export statement=1; order statement=1;"
			 "pay statement=1");
	/* 2,048 x 5,65 = 11.571,20; 5 % = 578,56 and not 2,048 x 0,28 */
	EXPECT_CENTS(nth(&acts, 1)->net_cents, 1157120);
	EXPECT_CENTS(nth(&acts, 1)->vat_cents, 57856);
	assert_int_equal(acts_fund(&acts, 2026, FUND_PAID), 1157120);
	assert_int_equal(acts_fund(&acts, 2026, FUND_VAT_PAID), 57856);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(what_parts_statements),
	    EXPECT_TEST(lines_of_a_cell),
	    EXPECT_TEST(a_full_statement_is_continued),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
