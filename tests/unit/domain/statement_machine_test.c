/* Machine STATEMENT: every state against every act, and what the acts beside the straight way do to
 * the books. The rows are those of state_transitions.csv. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

#include <stdio.h>
#include <string.h>

/* Two lines: title 1 of Pandino, title 2 of Crema, 15' each (SCENARIOS S14). */
#define WORLD                                                                                      \
	"title 2026-01 2026-01 720 alfa; live crema; title 2026-01 2026-01 720 alfa;"              \
	"now 2026-01-31T09:00; redeem 2026-01-05T09:00 15 title=1;"                                \
	"redeem 2026-01-06T09:00 15 title=2; now 2026-02-12T09:00;"

#define UP_TO_ATTESTED "freeze; confirm; attest by=deputy act=A-1;"

/* The ways to each state; the statement meant is always the first. */
static const struct {
	enum statement_state state;
	const char *way;
} ways[] = {
    {STATEMENT_STATE_OPEN, ""},
    {STATEMENT_STATE_FROZEN, "freeze"},
    {STATEMENT_STATE_PROVIDER_CONFIRMED, "freeze; confirm; attest"},
    {STATEMENT_STATE_CONTESTED, "freeze; contest 1"},
    {STATEMENT_STATE_ATTESTED, UP_TO_ATTESTED},
    {STATEMENT_STATE_INVOICED, UP_TO_ATTESTED "invoice"},
    {STATEMENT_STATE_APPROVED, UP_TO_ATTESTED "invoice; approve"},
    {STATEMENT_STATE_EXPORTED, UP_TO_ATTESTED "invoice; approve; export"},
    {STATEMENT_STATE_ORDERED, UP_TO_ATTESTED "invoice; approve; export; order"},
    {STATEMENT_STATE_PAID, UP_TO_ATTESTED "invoice; approve; export; order; pay"},
    {STATEMENT_STATE_BLOCKED, UP_TO_ATTESTED "invoice; approve; block"},
    {STATEMENT_STATE_CANCELLED, "freeze; annul"},
};

/* Each act, and where it is legal: from -> to. */
static const struct {
	const char *act;
	enum statement_state from;
	enum statement_state to;
} legal[] = {
    {"freeze", STATEMENT_STATE_OPEN, STATEMENT_STATE_FROZEN},
    {"confirm", STATEMENT_STATE_FROZEN, STATEMENT_STATE_PROVIDER_CONFIRMED},
    {"annul", STATEMENT_STATE_FROZEN, STATEMENT_STATE_CANCELLED},
    {"annul", STATEMENT_STATE_CONTESTED, STATEMENT_STATE_CANCELLED},
    {"contest", STATEMENT_STATE_FROZEN, STATEMENT_STATE_CONTESTED},
    {"contest", STATEMENT_STATE_PROVIDER_CONFIRMED, STATEMENT_STATE_CONTESTED},
    {"refreeze", STATEMENT_STATE_CONTESTED, STATEMENT_STATE_FROZEN},
    {"attest", STATEMENT_STATE_PROVIDER_CONFIRMED, STATEMENT_STATE_ATTESTED},
    {"split", STATEMENT_STATE_PROVIDER_CONFIRMED, STATEMENT_STATE_ATTESTED},
    {"invoice", STATEMENT_STATE_ATTESTED, STATEMENT_STATE_INVOICED},
    {"refuse", STATEMENT_STATE_ATTESTED, STATEMENT_STATE_ATTESTED},
    {"approve", STATEMENT_STATE_INVOICED, STATEMENT_STATE_APPROVED},
    {"export", STATEMENT_STATE_APPROVED, STATEMENT_STATE_EXPORTED},
    {"order", STATEMENT_STATE_EXPORTED, STATEMENT_STATE_ORDERED},
    {"pay", STATEMENT_STATE_ORDERED, STATEMENT_STATE_PAID},
    {"block", STATEMENT_STATE_APPROVED, STATEMENT_STATE_BLOCKED},
    {"block", STATEMENT_STATE_EXPORTED, STATEMENT_STATE_BLOCKED},
    {"unblock", STATEMENT_STATE_BLOCKED, STATEMENT_STATE_APPROVED},
};

/* In words that are right wherever the act is legal. */
static const struct {
	const char *act;
	const char *words;
} acts_in_words[] = {
    {"freeze", "freeze statement=1"},
    {"confirm", "confirm statement=1"},
    {"annul", "annul statement=1"},
    {"contest", "contest 2 statement=1"},
    {"refreeze", "refreeze statement=1"},
    {"attest", "attest by=deputy act=A-2 statement=1"},
    {"split", "split statement=1"},
    {"invoice", "invoice statement=1"},
    {"refuse", "refuse net=1 on=2026-02-20 statement=1"},
    {"approve", "approve statement=1"},
    {"export", "export hash=8 statement=1"},
    {"order", "order statement=1"},
    {"pay", "pay statement=1"},
    {"block", "block SEIZURE statement=1"},
    {"unblock", "unblock statement=1"},
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct statement *statement(const struct acts *acts, uint32_t id)
{
	const struct statement *found =
	    state_statement(&acts->fixture->state, (struct statement_id){id});
	assert_non_null(found);
	return found;
}

static const struct statement_line *line(const struct acts *acts, uint32_t id)
{
	const struct statement_line *found =
	    state_statement_line(&acts->fixture->state, (struct statement_line_id){id});
	assert_non_null(found);
	return found;
}

/* Where the act leads from the state; 0: nowhere. */
static enum statement_state reached(const char *act, enum statement_state from)
{
	for (size_t i = 0; i < COUNT_OF(legal); i++)
		if (strcmp(legal[i].act, act) == 0 && legal[i].from == from)
			return legal[i].to;
	return (enum statement_state)0;
}

static void try_act(size_t way, size_t act)
{
	struct fixture *fixture = NULL;
	assert_int_equal(expect_setup((void **)&fixture), 0);
	struct acts acts = acts_begin(fixture);
	enum statement_state from = ways[way].state;
	acts_must(&acts, WORLD);
	if (ways[way].way[0] != '\0')
		acts_must(&acts, ways[way].way);
	assert_int_equal(statement(&acts, 1)->state, from);
	acts_must(&acts, "now 2026-02-25T09:00");
	enum statement_state to = reached(acts_in_words[act].act, from);
	enum result result = acts_do(&acts, acts_in_words[act].words);
	if ((to == 0 && result != RESULT_STATEMENT_NOT_OPEN) || (to != 0 && result != RESULT_OK))
		fail_msg("%s in state %d: %s", acts_in_words[act].act, (int)from,
			 result_code(result));
	assert_int_equal(statement(&acts, 1)->state, to == 0 ? from : to);
	assert_int_equal(expect_teardown((void **)&fixture), 0);
}

static void every_state_and_act(void **state)
{
	(void)state;
	for (size_t way = 0; way < COUNT_OF(ways); way++)
		for (size_t act = 0; act < COUNT_OF(acts_in_words); act++)
			try_act(way, act);
}

/* The figures that a freeze may change, and its undoing must bring back. */
struct figures {
	int64_t available, committed, redeemed, disputed, free, used, drawn;
};

static struct figures figures_of(const struct acts *acts)
{
	const struct commitment *commitment =
	    state_commitment(&acts->fixture->state, (struct commitment_id){1});
	return (struct figures){.available = acts_fund(acts, 2026, FUND_AVAILABLE),
				.committed = acts_fund(acts, 2026, FUND_COMMITTED),
				.redeemed = acts_fund(acts, 2026, FUND_REDEEMED),
				.disputed = acts_fund(acts, 2026, FUND_DISPUTED),
				.free = acts_ceiling(acts, 1, CEILING_FREE),
				.used = acts_ceiling(acts, 1, CEILING_USED),
				.drawn = commitment->drawn_cents.raw /* raw: compared */};
}

static void expect_same(const struct figures *one, const struct figures *other)
{
	assert_memory_equal(one, other, sizeof(*one));
}

/* A full month of 24 x 30' takes 284,76; 18 x 40' needs 6 cents at the freeze; a released month
 * gives cents back to the fund: all three come back to the cent. */
static void cancelling_undoes_the_rounding(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "ceiling pandino 2026 100000; title 2026-01 2026-01 60 alfa;"
			 "now 2026-01-31T09:00");
	for (int i = 1; i <= 4; i++) {
		char act[64];
		(void)snprintf(act, sizeof(act), "redeem 2026-01-0%dT09:00 15", i);
		acts_must(&acts, act); /* 5,65 net, 5,93 gross: 23,72 of 23,73 */
	}
	acts_must(&acts, "now 2026-02-12T09:00");
	struct figures before = figures_of(&acts);
	acts_must(&acts, "freeze");
	assert_int_equal(acts_fund(&acts, 2026, FUND_REDEEMED), 2373);
	struct figures frozen = figures_of(&acts);
	EXPECT_CENTS(statement(&acts, 1)->vat_cents, 113);
	acts_must(&acts, "annul");
	struct figures after = figures_of(&acts);
	expect_same(&before, &after);
	assert_int_equal(acts.statement.raw, 2);
	assert_int_equal(statement(&acts, 2)->origin.raw, 1);
	assert_int_equal(statement(&acts, 2)->redemption_count, 4);
	assert_int_equal(statement(&acts, 2)->kind, STATEMENT_KIND_ORDINARY);
	EXPECT_CENTS(statement(&acts, 2)->vat_cents, 112);
	/* the cancelled one keeps the figures it had */
	EXPECT_CENTS(statement(&acts, 1)->gross_cents, 2373);
	assert_int_equal(statement(&acts, 1)->line_count, 0);
	acts_must(&acts, "freeze");
	struct figures again = figures_of(&acts);
	expect_same(&frozen, &again);
}

/* S14's cent is promised anew on an empty month: fund, ceiling and commitment take it back. */
static void promised_cents_go_back(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "ceiling crema 2026 100000; title 2026-01 2026-01 15 alfa; live crema;"
			 "title 2026-01 2026-01 15 alfa; now 2026-01-31T09:00;"
			 "redeem 2026-01-05T09:00 15 title=1; redeem 2026-01-06T09:00 15 title=2;"
			 "now 2026-02-12T09:00");
	struct figures before = figures_of(&acts);
	acts_must(&acts, "freeze");
	EXPECT_CENTS(line(&acts, 2)->vat_cents, 29); /* Crema 019035 */
	EXPECT_CENTS(line(&acts, 1)->vat_cents, 28);
	assert_int_equal(acts_fund(&acts, 2026, FUND_AVAILABLE), before.available - 1);
	acts_must(&acts, "annul");
	struct figures after = figures_of(&acts);
	expect_same(&before, &after);
	/* spent meanwhile by others: refused, nothing moves */
	acts_must(&acts, "freeze");
	assert_int_equal(statement(&acts, 2)->state, STATEMENT_STATE_FROZEN);
}

/* Cents that a released month gave back to the fund are promised again; without them, refused. */
static void returned_cents_are_had_again(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "fund B 2026 28476; ceiling pandino 2026 100000;"
			 "title 2026-01 2026-01 720 alfa;"
			 "now 2026-01-31T09:00; redeem 2026-01-05T09:00 30;"
			 "redeem 2026-01-06T09:00 30; now 2026-03-04T00:00");
	struct figures before = figures_of(&acts);
	acts_must(&acts, "freeze"); /* 23,74 by record, 23,73 on the invoice */
	assert_int_equal(acts_fund(&acts, 2026, FUND_AVAILABLE), before.available + 1);
	acts_must(&acts, "annul");
	struct figures after = figures_of(&acts);
	expect_same(&before, &after);
	/* 261,03 are left: eleven hours of another title take them all */
	acts_must(&acts, "freeze; live pandino; propose 2026-03 2026-03 660; issue");
	assert_int_equal(acts_fund(&acts, 2026, FUND_AVAILABLE), 0);
	assert_int_equal(acts_do(&acts, "annul"), RESULT_FUND_EXHAUSTED);
	assert_int_equal(statement(&acts, 2)->state, STATEMENT_STATE_FROZEN);
}

/* One line is contested: its records are held, the rest is frozen anew and goes on; resolved, they
 * come back in the month's supplementary statement. */
static void contested_lines_leave_and_come_back(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, WORLD "ceiling pandino 2026 100000; freeze; confirm; attest");
	EXPECT_CENTS(statement(&acts, 1)->net_cents, 1130);
	EXPECT_CENTS(statement(&acts, 1)->vat_cents, 57);
	assert_int_equal(acts_do(&acts, "contest 2 by=comune"), RESULT_NOT_OWNER); /* Crema's */
	assert_int_equal(acts_do(&acts, "contest 1 1"), RESULT_FIELD_INVALID);
	assert_int_equal(acts_do(&acts, "contest 1 by=beta"), RESULT_NOT_OWNER);
	acts_must(&acts, "contest 1 by=comune");
	assert_int_equal(acts.fixture->last.units, 1);
	assert_int_equal(acts_fund(&acts, 2026, FUND_DISPUTED), 593);
	assert_int_equal(acts_fund(&acts, 2026, FUND_REDEEMED), 593);
	EXPECT_CENTS(statement(&acts, 1)->net_cents, 565);
	const struct redemption *record =
	    state_redemption(&acts.fixture->state, (struct redemption_id){1});
	assert_int_equal(record->state, REDEMPTION_STATE_DISPUTED);
	assert_int_equal(record->reason, REASON_OFFICE_CHECK);
	acts_must(&acts, "refreeze");
	EXPECT_CENTS(statement(&acts, 1)->net_cents, 565);
	EXPECT_CENTS(statement(&acts, 1)->vat_cents, 28);
	assert_int_equal(statement(&acts, 1)->line_count, 1);
	assert_int_equal(statement(&acts, 1)->attested_count, 0); /* Pandino's had been attested */
	acts_must(&acts, "resolve accept record=1");
	assert_int_equal(acts.statement.raw, 2);
	assert_int_equal(statement(&acts, 2)->kind, STATEMENT_KIND_SUPPLEMENTARY);
	assert_int_equal(statement(&acts, 2)->origin.raw, 1);
	acts_must(&acts, "confirm statement=1; attest by=deputy act=A-1 statement=1;"
			 "invoice statement=1; approve statement=1; freeze");
	assert_int_equal(acts_fund(&acts, 2026, FUND_SETTLED), 565);
	EXPECT_CENTS(statement(&acts, 2)->gross_cents, 593);
}

/* What was attested and not contested need not be attested again. */
static void attested_stays_attested(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, WORLD "freeze; confirm; attest; contest 2; refreeze; confirm");
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_ATTESTED);
	EXPECT_CENTS(statement(&acts, 1)->net_cents, 565);
}

/* Every line contested: nothing to freeze, but it can be cancelled. A record may be reversed while
 * its statement is contested. */
static void contested_whole(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, WORLD "freeze; contest 1 2");
	assert_int_equal(acts_do(&acts, "refreeze"), RESULT_STATEMENT_EMPTY);
	acts_must(&acts, "annul");
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_CANCELLED);
	assert_int_equal(acts.statement.raw, 1); /* nothing to go on with */
	acts_must(&acts, "resolve accept record=1; resolve accept record=2; freeze");
	assert_int_equal(acts_do(&acts, "reverse record=1"), RESULT_REDEMPTION_IN_STATEMENT);
	acts_must(&acts, "contest 4; reverse record=1; resolve accept record=2");
	assert_int_equal(acts_do(&acts, "refreeze statement=2"), RESULT_STATEMENT_EMPTY);
}

/* After seven working days what was not attested leaves (12 to 23 February 2026). */
static void silent_comuni(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, WORLD "freeze; confirm");
	assert_int_equal(statement(&acts, 1)->due_on.number, fixture_day("2026-02-23").number);
	acts_must(&acts, "now 2026-02-23T09:00");
	assert_int_equal(acts_do(&acts, "split"), RESULT_STATEMENT_TOO_EARLY);
	acts_must(&acts, "now 2026-02-24T09:00");
	assert_int_equal(acts_do(&acts, "split"), RESULT_STATEMENT_EMPTY); /* none attested */
	acts_must(&acts, "attest; split");
	assert_int_equal(acts.fixture->last.units, 1);
	EXPECT_CENTS(statement(&acts, 1)->net_cents, 565);
	EXPECT_CENTS(statement(&acts, 1)->vat_cents, 28);
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_ATTESTED);
	assert_int_equal(statement(&acts, 2)->state, STATEMENT_STATE_OPEN);
	assert_int_equal(statement(&acts, 2)->kind, STATEMENT_KIND_SUPPLEMENTARY);
	assert_int_equal(statement(&acts, 2)->origin.raw, 1);
	EXPECT_CENTS(statement(&acts, 2)->net_cents, 565);
	acts_must(&acts, "invoice; freeze statement=2; confirm statement=2;"
			 "attest by=deputy act=A-9 statement=2");
	assert_int_equal(statement(&acts, 2)->state, STATEMENT_STATE_ATTESTED);
}

static void invoices_are_refused(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, WORLD UP_TO_ATTESTED);
	assert_int_equal(acts_do(&acts, "refuse"), RESULT_INVOICE_CONFORMS);
	assert_int_equal(acts_do(&acts, "refuse net=1 on=2026-02-13"), RESULT_FIELD_OUT_OF_RANGE);
	acts_must(&acts, "now 2026-02-27T09:00; refuse vat=1");
	acts_must(&acts, "refuse cig=B0A1C2D3E5; refuse split=0; refuse issuer=beta");
	static const uint8_t differences[] = {INVOICE_DIFFERENCE_TOTAL, INVOICE_DIFFERENCE_CIG,
					      INVOICE_DIFFERENCE_SPLIT_PAYMENT,
					      INVOICE_DIFFERENCE_ISSUER};
	for (uint32_t i = 0; i < COUNT_OF(differences); i++)
		assert_int_equal(state_refused_invoice(&acts.fixture->state,
						       (struct refused_invoice_id){i + 1})
				     ->difference,
				 differences[i]);
	acts_must(&acts, "now 2026-02-28T09:00");
	assert_int_equal(acts_do(&acts, "refuse vat=1"), RESULT_INVOICE_REFUSAL_TOO_LATE);
	assert_int_equal(acts_do(&acts, "invoice issuer=beta"), RESULT_INVOICE_MISMATCH);
	acts_must(&acts, "invoice issuer=alfa");
	/* 30 days from 20 February */
	assert_int_equal(statement(&acts, 1)->due_on.number, fixture_day("2026-03-22").number);
}

/* F160 -> F168 -> F160, or to the creditor in the payee's stead. */
static void payments_held_back(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, WORLD UP_TO_ATTESTED "invoice; approve");
	assert_int_equal(acts_do(&acts, "block TAX_DEBT"), RESULT_PAYMENT_CHECK_NOT_DUE);
	acts_must(&acts, "block DURC_IRREGULAR");
	assert_int_equal(acts_fund(&acts, 2026, FUND_WITHHELD), 1130);
	assert_int_equal(acts_fund(&acts, 2026, FUND_VAT_PAYABLE), 57);
	assert_int_equal(acts_fund(&acts, 2026, FUND_SETTLED), 0);
	assert_int_equal(acts_do(&acts, "unblock"), RESULT_FIELD_MISSING);
	assert_int_equal(acts_do(&acts, "unblock durc=2026-02-11"), RESULT_DURC_INVALID);
	assert_int_equal(acts_do(&acts, "unblock substituted=1131 durc=2026-05-01"),
			 RESULT_FIELD_OUT_OF_RANGE);
	acts_must(&acts, "unblock substituted=700 durc=2026-05-01");
	assert_int_equal(acts_fund(&acts, 2026, FUND_PAID), 700);
	assert_int_equal(acts_fund(&acts, 2026, FUND_SETTLED), 430);
	EXPECT_CENTS(statement(&acts, 1)->payable_net_cents, 430);
	EXPECT_CENTS(statement(&acts, 1)->payable_vat_cents, 57);
	acts_must(&acts, "block; unblock; export; order; pay");
	assert_int_equal(acts_fund(&acts, 2026, FUND_PAID), 1130);
	assert_int_equal(acts_fund(&acts, 2026, FUND_VAT_PAID), 57);
}

/* Held back from the approval on: DURC irregular, the whole of it paid to INPS. */
static void approved_into_f168(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, WORLD UP_TO_ATTESTED "invoice");
	assert_int_equal(acts_do(&acts, "approve durc=2026-02-11"), RESULT_DURC_INVALID);
	uint32_t events = state_count(&acts.fixture->state, RECORD_KIND_EVENT);
	acts_must(&acts, "approve durc=2026-02-11 block=DURC_IRREGULAR");
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_BLOCKED);
	const struct event *told = state_event(&acts.fixture->state, (struct event_id){events + 1});
	assert_int_equal(told->kind, EVENT_KIND_PAYMENT_BLOCKED);
	assert_int_equal(told->value, BLOCK_CAUSE_DURC_IRREGULAR);
	EXPECT_CENTS(told->amount_cents, 1130);
	assert_int_equal(acts_fund(&acts, 2026, FUND_WITHHELD), 1130);
	acts_must(&acts, "unblock substituted=1130; export; order; pay");
	assert_int_equal(acts_fund(&acts, 2026, FUND_PAID), 1130);
	assert_int_equal(acts_fund(&acts, 2026, FUND_WITHHELD), 0);
}

/* Thresholds bind where the ambito says so. */
static void thresholds(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "parameter PAYMENT_CHECKS true; parameter DURC_VALIDITY_DAYS 120;"
			 "parameter TAX_DEBT_CHECK_THRESHOLD_CENTS 1129;"
			 "parameter ANTIMAFIA_THRESHOLD_CENTS 1129;"
			 WORLD UP_TO_ATTESTED "invoice");
	assert_int_equal(acts_do(&acts, "approve durc=2026-06-13"), RESULT_DURC_INVALID);
	acts_must(&acts, "approve durc=2026-06-12; block TAX_DEBT; unblock; export");
	assert_int_equal(acts_do(&acts, "order"), RESULT_PAYMENT_BLOCKED);
	assert_int_equal(acts_do(&acts, "order tax=1"), RESULT_PAYMENT_BLOCKED);
	acts_must(&acts, "order tax=1 antimafia=1");
	assert_int_equal(state_count(&acts.fixture->state, RECORD_KIND_EVENT), 4);
}

/* The antimafia threshold counts what the pact has earned: 11,30 and 11,30 are above 22,59. */
static void antimafia_is_of_the_contract(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "parameter PAYMENT_CHECKS true; parameter ANTIMAFIA_THRESHOLD_CENTS 2259;"
			 WORLD UP_TO_ATTESTED "invoice; approve durc=2026-06-12; export; order");
	struct accreditation_id pact = statement(&acts, 1)->accreditation;
	EXPECT_CENTS(state_accreditation(&acts.fixture->state, pact)->settled_cents, 1130);
	acts_must(&acts, "title 2026-02 2026-02 720 alfa; now 2026-02-28T09:00;"
			 "redeem 2026-02-05T09:00 30; now 2026-03-12T09:00;"
			 "freeze statement=2; confirm statement=2;"
			 "attest statement=2 act=S-2 by=deputy; invoice statement=2;"
			 "approve durc=2026-06-12 statement=2; export statement=2");
	EXPECT_CENTS(state_accreditation(&acts.fixture->state, pact)->settled_cents, 2260);
	assert_int_equal(acts_do(&acts, "order statement=2 tax=1"), RESULT_PAYMENT_BLOCKED);
	acts_must(&acts, "order statement=2 antimafia=1");
}

/* GAMMA is exempt: above 77,47 its invoice bears a stamp, shown and not paid. */
static void stamp(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-01 720 gamma; now 2026-01-31T09:00;"
			 "redeem 2026-01-05T09:00 205 by=gamma; now 2026-02-12T09:00; freeze");
	EXPECT_CENTS(statement(&acts, 1)->net_cents, 7722); /* 77,22 */
	EXPECT_CENTS(statement(&acts, 1)->stamp_cents, 0);
	acts_must(&acts, "annul; now 2026-02-12T09:01; parameter STAMP_DUTY_THRESHOLD_CENTS 7721;"
			 "freeze");
	EXPECT_CENTS(statement(&acts, 2)->stamp_cents, 200);
	EXPECT_CENTS(statement(&acts, 2)->gross_cents, 7722);
}

/* An OPEN statement shows the VAT that its records come to. */
static void provisional_figures(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-01 720 alfa; live crema;"
			 "title 2026-01 2026-01 720 alfa; now 2026-01-31T09:00;"
			 "redeem 2026-01-05T09:00 15 title=1; redeem 2026-01-06T09:00 15 title=2;"
			 "redeem 2026-01-07T09:00 60 title=1");
	EXPECT_CENTS(statement(&acts, 1)->net_cents, 3390);
	EXPECT_CENTS(statement(&acts, 1)->vat_cents, 169); /* 0,28 + 0,28 + 1,13 */
	EXPECT_CENTS(statement(&acts, 1)->payable_net_cents, 3390);
	EXPECT_CENTS(line(&acts, 1)->vat_cents, 141);
	acts_must(&acts, "reverse");
	EXPECT_CENTS(statement(&acts, 1)->vat_cents, 56);
}

/* The same ledger frozen twice: the same effects, byte for byte. */
static void freeze_is_reproducible(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, WORLD);
	struct command command =
	    fixture_command(COMMAND_KIND_STATEMENT_FREEZE, acts.fixture->role[ROLE_UDP_OFFICER]);
	command.input.statement_freeze.statement.raw = 1;
	struct effects *effects = &acts.fixture->effects;
	struct outcome outcome;
	static uint8_t bytes[2][65536];
	size_t sizes[2] = {0, 0};
	for (size_t run = 0; run < 2; run++) {
		decide(effects, &command, acts.fixture->now, acts.fixture->sequence, &outcome);
		assert_int_equal(outcome.result, RESULT_OK);
		for (uint32_t i = 0; i < effects->write_count; i++) {
			const struct effect_write *write = &effects->writes[i];
			size_t size =
			    record_info((enum record_kind)write->kind)->set.struct_size;
			memcpy(bytes[run] + sizes[run], write->record, size);
			sizes[run] += size;
		}
		size_t postings = effects->posting_count * sizeof(struct posting);
		memcpy(bytes[run] + sizes[run], effects->postings, postings);
		sizes[run] += postings;
	}
	assert_true(sizes[0] > 0);
	assert_int_equal(sizes[0], sizes[1]);
	assert_memory_equal(bytes[0], bytes[1], sizes[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_state_and_act),
	    EXPECT_TEST(cancelling_undoes_the_rounding),
	    EXPECT_TEST(promised_cents_go_back),
	    EXPECT_TEST(returned_cents_are_had_again),
	    EXPECT_TEST(contested_lines_leave_and_come_back),
	    EXPECT_TEST(attested_stays_attested),
	    EXPECT_TEST(contested_whole),
	    EXPECT_TEST(silent_comuni),
	    EXPECT_TEST(invoices_are_refused),
	    EXPECT_TEST(payments_held_back),
	    EXPECT_TEST(approved_into_f168),
	    EXPECT_TEST(thresholds),
	    EXPECT_TEST(antimafia_is_of_the_contract),
	    EXPECT_TEST(stamp),
	    EXPECT_TEST(provisional_figures),
	    EXPECT_TEST(freeze_is_reproducible),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
