/* The three payment models, the comuni's shares, and payees that are not who delivered. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

#define TWO_COMUNI                                                                                 \
	"title 2026-01 2026-01 720 alfa; live crema; title 2026-01 2026-01 720 alfa;"              \
	"now 2026-01-31T09:00; redeem 2026-01-05T09:00 60 title=1;"                                \
	"redeem 2026-01-06T09:00 60 title=2; redeem 2026-01-07T09:00 60 title=1;"                  \
	"now 2026-02-12T09:00;"
#define TO_APPROVED "freeze; confirm; attest by=deputy act=A-1; invoice; approve;"

static const struct statement *statement(const struct acts *acts, uint32_t id)
{
	const struct statement *found =
	    state_statement(&acts->fixture->state, (struct statement_id){id});
	assert_non_null(found);
	return found;
}

static const struct payer_charge *charge(const struct acts *acts, uint32_t id)
{
	const struct payer_charge *found =
	    state_payer_charge(&acts->fixture->state, (struct payer_charge_id){id});
	assert_non_null(found);
	return found;
}

static uint32_t charges(const struct acts *acts)
{
	return state_count(&acts->fixture->state, RECORD_KIND_PAYER_CHARGE);
}

/* Nothing set: the lead body pays and charges nobody. */
static void p1_by_default(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, TWO_COMUNI TO_APPROVED);
	assert_int_equal(statement(&acts, 1)->payer.raw, 0);
	assert_int_equal(statement(&acts, 1)->line_count, 2);
	assert_int_equal(charges(&acts), 0);
}

/* A fifth of each comune's lines: 47,46 and 23,73 gross. */
static void p1_with_a_share(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "parameter COMUNE_SHARE_BP 2000;" TWO_COMUNI TO_APPROVED);
	assert_int_equal(charges(&acts), 2);
	const struct payer_charge *crema = charge(&acts, 1);
	const struct payer_charge *pandino = charge(&acts, 2);
	assert_int_equal(crema->comune.raw, acts.fixture->crema.raw); /* its line is the newest */
	EXPECT_CENTS(crema->due_cents, 475);   /* 4,746 */
	EXPECT_CENTS(pandino->due_cents, 949); /* 9,492 */
	assert_int_equal(pandino->month.number, fixture_month("2026-01").number);
	assert_int_equal(acts_do(&acts, "charge-pay 2"), RESULT_ILLEGAL_TRANSITION);
	acts_must(&acts, "charge-bill 2");
	assert_int_equal(acts_do(&acts, "charge-bill 2"), RESULT_ILLEGAL_TRANSITION);
	assert_int_equal(acts_do(&acts, "charge-pay 2 on=2026-02-19"), RESULT_FIELD_OUT_OF_RANGE);
	/* a reversal gives the comune its part back */
	acts_must(&acts, "reverse record=1 note=TD04-1");
	EXPECT_CENTS(charge(&acts, 2)->credited_cents, 475);
	acts_must(&acts, "charge-pay 2");
	EXPECT_CENTS(acts.fixture->last.gross, 474);
	assert_int_equal(acts_do(&acts, "charge-pay 2"), RESULT_ILLEGAL_TRANSITION);
	assert_int_equal(charge(&acts, 1)->state, PAYER_CHARGE_STATE_DUE);
}

/* One statement for each comune; one's debts are set off by its own payer alone. */
static void p2(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "parameter PAYMENT_MODEL P2; parameter COMUNE_SHARE_BP 2000;" TWO_COMUNI);
	assert_int_equal(state_count(&acts.fixture->state, RECORD_KIND_STATEMENT), 2);
	assert_int_equal(statement(&acts, 1)->payer.raw, acts.fixture->pandino.raw);
	assert_int_equal(statement(&acts, 2)->payer.raw, acts.fixture->crema.raw);
	EXPECT_CENTS(statement(&acts, 1)->net_cents, 4520);
	acts_must(&acts, "freeze statement=1; confirm statement=1; attest statement=1;"
			 "invoice statement=1; approve statement=1; export statement=1;"
			 "order statement=1; pay statement=1; reverse record=1; grant;"
			 "freeze statement=2; confirm statement=2;"
			 "attest statement=2 by=deputy act=A-1; invoice statement=2;"
			 "approve statement=2");
	assert_int_equal(charges(&acts), 0);
	/* Pandino's 23,73 are not kept from what Crema pays */
	assert_int_equal(acts_fund(&acts, 2026, FUND_RECOVERABLE), 2373);
	EXPECT_CENTS(statement(&acts, 2)->payable_net_cents, 2260);
}

/* The model of the month of services, dated: January under P1, February under P2. */
static void models_are_dated(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "parameter PAYMENT_MODEL P2 from=2026-02-01;"
			 "title 2026-01 2026-02 720 alfa; now 2026-02-05T09:00;"
			 "redeem 2026-01-05T09:00 60; redeem 2026-02-02T09:00 60");
	assert_int_equal(statement(&acts, 1)->payer.raw, 0);
	assert_int_equal(statement(&acts, 2)->payer.raw, acts.fixture->pandino.raw);
}

/* One comune pays its own lines, the lead body those of the others. */
static void a_comune_may_pay_alone(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "parameter PAYMENT_MODEL P2 comune=crema;" TWO_COMUNI);
	assert_int_equal(state_count(&acts.fixture->state, RECORD_KIND_STATEMENT), 2);
	assert_int_equal(statement(&acts, 1)->payer.raw, 0);
	assert_int_equal(statement(&acts, 2)->payer.raw, acts.fixture->crema.raw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(p1_by_default),
	    EXPECT_TEST(p1_with_a_share),
	    EXPECT_TEST(p2),
	    EXPECT_TEST(models_are_dated),
	    EXPECT_TEST(a_comune_may_pay_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
