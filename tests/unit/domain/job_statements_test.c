/* What becomes of statements at midnight: freeze, silence, split; and nothing where it is off. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

#define WORLD                                                                                      \
	"title 2026-01 2026-01 720 alfa; live crema; title 2026-01 2026-01 720 alfa;"              \
	"now 2026-01-31T09:00; redeem 2026-01-05T09:00 15 title=1;"                                \
	"redeem 2026-01-06T09:00 15 title=2;"

static const struct statement *statement(const struct acts *acts, uint32_t id)
{
	const struct statement *found =
	    state_statement(&acts->fixture->state, (struct statement_id){id});
	assert_non_null(found);
	return found;
}

static uint32_t events(const struct acts *acts, enum event_kind kind)
{
	const struct state *state = &acts->fixture->state;
	uint32_t count = 0;
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_EVENT); i++)
		count += state_event(state, (struct event_id){i})->kind == kind ? 1 : 0;
	return count;
}

static void nothing_by_itself(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, WORLD "now 2026-02-13T00:00");
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_OPEN);
	acts_must(&acts, "freeze; now 2026-03-20T09:00");
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_FROZEN);
	acts_must(&acts, "confirm; now 2026-04-20T09:00");
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_PROVIDER_CONFIRMED);
}

/* 12 February is a Thursday: five working days end on the 19th, seven more on 3 March. */
static void the_whole_way(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "parameter AUTOMATIC_FREEZE true; parameter TACIT_CONFIRMATION true;"
			 "parameter SPLIT_UNATTESTED true;" WORLD "now 2026-02-11T23:59");
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_OPEN);
	acts_must(&acts, "now 2026-02-12T00:00");
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_FROZEN);
	EXPECT_CENTS(statement(&acts, 1)->vat_cents, 57);
	assert_int_equal(statement(&acts, 1)->due_on.number, fixture_day("2026-02-19").number);
	assert_int_equal(events(&acts, EVENT_KIND_STATEMENT_FROZEN), 1);
	acts_must(&acts, "now 2026-02-19T23:59");
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_FROZEN);
	acts_must(&acts, "now 2026-02-20T00:00");
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_PROVIDER_CONFIRMED);
	assert_int_equal(statement(&acts, 1)->due_on.number, fixture_day("2026-03-03").number);
	acts_must(&acts, "attest; now 2026-03-03T23:00");
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_PROVIDER_CONFIRMED);
	acts_must(&acts, "now 2026-03-04T00:00");
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_ATTESTED);
	EXPECT_CENTS(statement(&acts, 1)->gross_cents, 593);
	EXPECT_CENTS(statement(&acts, 2)->net_cents, 565);
	assert_int_equal(events(&acts, EVENT_KIND_STATEMENT_SPLIT), 1);
	/* the supplementary one is frozen with the next month's */
	acts_must(&acts, "now 2026-03-12T00:00");
	assert_int_equal(statement(&acts, 2)->state, STATEMENT_STATE_FROZEN);
}

/* 20 February 2026 is a Friday; seven working days end on Tuesday 3 March, and a day later where a
 * patron stands between. A comune's own patron counts for that comune alone. */
static void a_patron_between(void **state)
{
	static const struct {
		const char *patron;
		const char *due;
		const char *after_crema; /* what is left to attest is Pandino's */
		const char *after_pandino;
	} rows[] = {
	    {"", "2026-03-03", "2026-03-03", "2026-03-03"},
	    {"parameter PATRON_DAY 24-02;", "2026-03-04", "2026-03-04", "2026-03-04"},
	    {"parameter PATRON_DAY 24-02 comune=crema;", "2026-03-04", "2026-03-03", "2026-03-04"},
	    {"parameter PATRON_DAY 24-02 comune=pandino;", "2026-03-04", "2026-03-04",
	     "2026-03-03"},
	    {"parameter PATRON_DAY 21-02 comune=crema;", "2026-03-03", "2026-03-03", "2026-03-03"},
	    {"parameter PATRON_DAY 24-02; parameter PATRON_DAY 10-06 comune=crema;", "2026-03-04",
	     "2026-03-04", "2026-03-03"},
	};
	(void)state;
	for (uint32_t i = 0; i < 2 * (sizeof(rows) / sizeof(rows[0])); i++) {
		bool crema_first = i % 2 == 0;
		const char *left = crema_first ? rows[i / 2].after_crema : rows[i / 2].after_pandino;
		void *own = NULL;
		assert_int_equal(expect_setup(&own), 0);
		struct acts acts = acts_begin(own);
		if (rows[i / 2].patron[0] != '\0')
			acts_must(&acts, rows[i / 2].patron);
		acts_must(&acts, WORLD "now 2026-02-20T09:00; freeze; confirm");
		assert_int_equal(statement(&acts, 1)->due_on.number,
				 fixture_day(rows[i / 2].due).number);
		acts_must(&acts, crema_first ? "attest comune=crema act=S-1 by=manager"
					     : "attest comune=pandino act=S-1 by=manager");
		assert_int_equal(statement(&acts, 1)->due_on.number, fixture_day(left).number);
		assert_int_equal(expect_teardown(&own), 0);
	}
}

/* The patron of the lead body's place keeps the provider's silence one day longer. */
static void a_patron_before_the_tacit_confirmation(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "parameter TACIT_CONFIRMATION true; parameter PATRON_DAY 17-02;" WORLD
			 "now 2026-02-12T09:00; freeze; now 2026-02-20T00:00");
	assert_int_equal(statement(&acts, 1)->due_on.number, fixture_day("2026-02-20").number);
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_FROZEN);
	acts_must(&acts, "now 2026-02-21T00:00");
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_PROVIDER_CONFIRMED);
	assert_int_equal(statement(&acts, 1)->due_on.number, fixture_day("2026-03-03").number);
}

/* Nobody attests: the office is called, once; nothing is tacit. */
static void silence_is_no_attestation(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "parameter SPLIT_UNATTESTED true;" WORLD
			 "now 2026-02-12T09:00; freeze; confirm; now 2026-03-31T09:00");
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_PROVIDER_CONFIRMED);
	assert_int_equal(events(&acts, EVENT_KIND_ATTEST_OVERDUE), 1);
}

/* Cents that cannot be had stop the freeze of that statement, with a task for the office. */
static void what_cannot_be_frozen(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "parameter AUTOMATIC_FREEZE true; fund B 2026 1186;"
			 "title 2026-01 2026-01 15 alfa; live crema;"
			 "title 2026-01 2026-01 15 alfa; now 2026-01-31T09:00;"
			 "redeem 2026-01-05T09:00 15 title=1; redeem 2026-01-06T09:00 15 title=2;"
			 "now 2026-02-12T00:00");
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_OPEN);
	assert_int_equal(events(&acts, EVENT_KIND_STATEMENT_NOT_FROZEN), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(nothing_by_itself),
	    EXPECT_TEST(the_whole_way),
	    EXPECT_TEST(a_patron_between),
	    EXPECT_TEST(a_patron_before_the_tacit_confirmation),
	    EXPECT_TEST(silence_is_no_attestation),
	    EXPECT_TEST(what_cannot_be_frozen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
