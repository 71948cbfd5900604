/* A comune attests all its lines of a month in one act, what it excepts first; two comuni do not
 * wait for each other; who is late keeps nobody. */
#include "engine/domain/attest.h"

#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

/* Lines 1 and 3 are Pandino's, 2 and 4 Crema's; statement 1 is ALFA's, 2 is BETA's. */
#define WORLD                                                                                      \
	"title 2026-01 2026-02 720 alfa; live crema; title 2026-01 2026-01 720 alfa;"              \
	"live pandino; title 2026-01 2026-01 720 beta; live crema;"                                \
	"title 2026-01 2026-01 720 beta; now 2026-01-31T09:00;"                                    \
	"redeem 2026-01-05T09:00 15 title=1; redeem 2026-01-06T09:00 15 title=2;"                  \
	"redeem 2026-01-07T09:00 30 title=3 by=beta; redeem 2026-01-08T09:00 60 title=4 by=beta;"  \
	"now 2026-02-12T09:00; freeze statement=1; freeze statement=2;"
#define CONFIRMED WORLD "confirm statement=1; confirm statement=2 by=beta;"

static const struct statement *statement(const struct acts *acts, uint32_t id)
{
	const struct statement *found =
	    state_statement(&acts->fixture->state, (struct statement_id){id});
	assert_non_null(found);
	return found;
}

static bool is_attested(const struct acts *acts, uint32_t id)
{
	return state_statement_line(&acts->fixture->state, (struct statement_line_id){id})
		   ->attested != 0;
}

static void all_of_a_month(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, CONFIRMED "attest-month 2026-01");
	assert_int_equal(acts.fixture->last.units, 2);
	EXPECT_CENTS(acts.fixture->last.net, 565 + 1130);
	assert_int_equal(acts.fixture->last.object, 0); /* nothing is left to go on with */
	assert_true(is_attested(&acts, 1) && is_attested(&acts, 3));
	assert_false(is_attested(&acts, 2) || is_attested(&acts, 4));
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_PROVIDER_CONFIRMED);
	/* once more marks nothing, and is no error: the comune's lines are there */
	acts_must(&acts, "attest-month 2026-01");
	assert_int_equal(acts.fixture->last.units, 0);
	acts_must(&acts, "attest-month 2026-01 comune=crema act=SOST-1 by=manager");
	assert_int_equal(acts.fixture->last.units, 2);
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_ATTESTED);
	assert_int_equal(statement(&acts, 2)->state, STATEMENT_STATE_ATTESTED);
}

/* What is excepted is held with its reason; the other lines of both comuni stay attested, and the
 * statement needs its provider's word alone. */
static void exceptions_first(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, CONFIRMED "attest-month 2026-01 except=3");
	assert_int_equal(acts.fixture->last.units, 1);
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_PROVIDER_CONFIRMED);
	assert_int_equal(statement(&acts, 2)->state, STATEMENT_STATE_CONTESTED);
	const struct redemption *held =
	    state_redemption(&acts.fixture->state, (struct redemption_id){3});
	assert_int_equal(held->state, REDEMPTION_STATE_DISPUTED);
	assert_int_equal(held->reason, REASON_TYPING_ERROR);
	assert_int_equal(acts_fund(&acts, 2026, FUND_DISPUTED), 1187);
	/* the other comune attests what is contested meanwhile */
	acts_must(&acts, "attest-month 2026-01 comune=crema act=SOST-1 by=manager");
	assert_int_equal(acts.fixture->last.units, 2);
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_ATTESTED);
	assert_int_equal(statement(&acts, 2)->state, STATEMENT_STATE_CONTESTED);
	acts_must(&acts, "refreeze statement=2; confirm statement=2 by=beta");
	assert_int_equal(statement(&acts, 2)->state, STATEMENT_STATE_ATTESTED);
	EXPECT_CENTS(statement(&acts, 2)->net_cents, 2260);
	/* it was right after all: a supplementary statement */
	acts_must(&acts, "resolve accept record=3");
	assert_int_equal(statement(&acts, 3)->kind, STATEMENT_KIND_SUPPLEMENTARY);
	EXPECT_CENTS(statement(&acts, 3)->net_cents, 1130);
}

static void refusals(void **state)
{
	static const struct {
		const char *before;
		const char *act;
		enum result result;
	} rows[] = {
	    {WORLD, "attest-month 2026-01", RESULT_STATEMENT_EMPTY}, /* nobody confirmed */
	    {CONFIRMED, "attest-month 2026-02", RESULT_STATEMENT_EMPTY},
	    {CONFIRMED, "attest-month 2026-01 comune=crema", RESULT_NOT_OWNER},
	    {CONFIRMED, "attest-month 2026-01 comune=crema by=manager", RESULT_FIELD_MISSING},
	    {CONFIRMED, "attest-month 2026-01 except=2", RESULT_NOT_OWNER},
	    {CONFIRMED, "attest-month 2026-01 except=2 comune=pandino act=S by=manager",
	     RESULT_UNKNOWN_REFERENCE},
	    {CONFIRMED, "attest-month 2026-02 except=1", RESULT_UNKNOWN_REFERENCE},
	    {CONFIRMED, "attest-month 2026-01 except=1,1", RESULT_FIELD_INVALID},
	    {CONFIRMED, "attest-month 2026-01 except=99", RESULT_UNKNOWN_REFERENCE},
	    {CONFIRMED, "attest-month 2026-02 after=1", RESULT_FIELD_INVALID},
	    {CONFIRMED "attest by=deputy act=A statement=1;", "attest-month 2026-01 except=1",
	     RESULT_STATEMENT_NOT_OPEN},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		void *own = NULL;
		assert_int_equal(expect_setup(&own), 0);
		struct acts acts = acts_begin(own);
		acts_must(&acts, rows[i].before);
		enum result result = acts_do(&acts, rows[i].act);
		if (result != rows[i].result)
			fail_msg("%s: %s", rows[i].act, result_code(result));
		assert_false(is_attested(&acts, 3));
		assert_int_equal(expect_teardown(&own), 0);
	}
}

/* The answer's statement is where the next call goes on: newest first. */
static void goes_on_after(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, CONFIRMED "attest-month 2026-01 after=2");
	assert_int_equal(acts.fixture->last.units, 1);
	assert_true(is_attested(&acts, 1));
	assert_false(is_attested(&acts, 3));
	acts_must(&acts, "attest-month 2026-01 after=1");
	assert_int_equal(acts.fixture->last.units, 0);
}

/* Crema is silent: its lines leave, Pandino's are settled; Crema's are attested a month later. */
static void a_late_comune(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "parameter SPLIT_UNATTESTED true; parameter PATRON_DAY 16-02;" CONFIRMED
			 "attest-month 2026-01; now 2026-02-24T23:00");
	assert_int_equal(statement(&acts, 2)->state, STATEMENT_STATE_PROVIDER_CONFIRMED);
	acts_must(&acts, "now 2026-02-25T00:00");
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_ATTESTED);
	assert_int_equal(statement(&acts, 2)->state, STATEMENT_STATE_ATTESTED);
	EXPECT_CENTS(statement(&acts, 2)->net_cents, 1130);
	assert_int_equal(statement(&acts, 3)->kind, STATEMENT_KIND_SUPPLEMENTARY);
	assert_int_equal(statement(&acts, 4)->kind, STATEMENT_KIND_SUPPLEMENTARY);
	acts_must(&acts, "invoice statement=1; invoice statement=2;"
			 "now 2026-03-12T09:00; freeze statement=3; freeze statement=4;");
	for (uint32_t id = 3; id <= 4; id++)
		assert_int_equal(statement(&acts, id)->state, STATEMENT_STATE_FROZEN);
	uint32_t of_alfa = statement(&acts, 3)->provider.raw == statement(&acts, 1)->provider.raw;
	acts_must(&acts, of_alfa ? "confirm statement=3; confirm statement=4 by=beta"
				 : "confirm statement=4; confirm statement=3 by=beta");
	acts_must(&acts, "attest-month 2026-01 comune=crema act=SOST-2 by=manager");
	assert_int_equal(acts.fixture->last.units, 2);
	assert_int_equal(statement(&acts, 3)->state, STATEMENT_STATE_ATTESTED);
	assert_int_equal(statement(&acts, 4)->state, STATEMENT_STATE_ATTESTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(all_of_a_month), EXPECT_TEST(exceptions_first), EXPECT_TEST(refusals),
	    EXPECT_TEST(goes_on_after),	 EXPECT_TEST(a_late_comune),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
