/* What treasurers and banks tell of payments: orders, payments whole and in parts, rejections and
 * returns; by our reference, or by amount and date with a person; told twice, told wrong. */
#include "tests/support/random.h"
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/cash_grant_acts.h"
#include "tests/unit/domain/copay_acts.h"
#include "tests/unit/domain/expect.h"

#include <stdio.h>
#include <string.h>

/* Two lines: a title of Pandino and one of Crema, an hour each; exported. */
#define WORLD                                                                                      \
	"title 2026-01 2026-01 720 alfa; live crema; title 2026-01 2026-01 720 alfa;"              \
	"now 2026-01-31T09:00; redeem 2026-01-05T09:00 60 title=1;"                                \
	"redeem 2026-01-06T09:00 60 title=2; now 2026-02-12T09:00;"
#define TO_EXPORTED                                                                                \
	"freeze; confirm; attest by=deputy act=A-1; invoice; approve; export;"                    \
	"now 2026-03-20T09:00;"
#define OUR_REFERENCE "end_to_end=VCH-202601-S1-001"

static const struct statement *statement(const struct acts *acts, uint32_t id)
{
	const struct statement *found =
	    state_statement(&acts->fixture->state, (struct statement_id){id});
	assert_non_null(found);
	return found;
}

static const struct payment_outcome *latest(const struct acts *acts)
{
	const struct state *state = &acts->fixture->state;
	uint32_t count = state_count(state, RECORD_KIND_PAYMENT_OUTCOME);
	const struct payment_outcome *found =
	    state_payment_outcome(state, (struct payment_outcome_id){count});
	assert_non_null(found);
	return found;
}

static const struct file_in *file(const struct acts *acts, uint32_t id)
{
	const struct file_in *found = state_file_in(&acts->fixture->state, (struct file_in_id){id});
	assert_non_null(found);
	return found;
}

/* One line of file 1, after those before it. */
static enum result tell(struct acts *acts, const char *kind, int64_t cents, const char *more)
{
	char act[256];
	(void)snprintf(act, sizeof(act),
		       "do payment_outcome_record by=treasurer file_in=1 line=%u kind=%s "
		       "amount_cents=%lld day=2026-03-10 %s",
		       state_count(&acts->fixture->state, RECORD_KIND_PAYMENT_OUTCOME) + 1, kind,
		       (long long)cents, more);
	return acts_do(acts, act);
}

static void must_tell(struct acts *acts, const char *kind, int64_t cents, const char *more)
{
	assert_int_equal(tell(acts, kind, cents, more), RESULT_OK);
}

static struct acts begin(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, WORLD TO_EXPORTED
		  "do file_in_open by=treasurer ambito=crema kind=CAMT_054 content_hash=77 "
		  "line_count=40 total_cents=100000");
	return acts;
}

static int64_t payable(const struct acts *acts)
{
	return statement(acts, 1)->payable_net_cents.raw; /* raw: a test */
}

static uint32_t tasks(const struct acts *acts, enum event_kind kind)
{
	const struct state *state = &acts->fixture->state;
	uint32_t open = 0;
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_EVENT); i++) {
		const struct event *event = state_event(state, (struct event_id){i});
		open += event->kind == kind && event->task != 0 && event->closed == 0 ? 1 : 0;
	}
	return open;
}

/* ---- By reference ---- */

static void ordered_then_paid(void **state)
{
	struct acts acts = begin(state);
	int64_t net = payable(&acts);
	int64_t vat = acts_fund(&acts, 2026, FUND_VAT_PAYABLE);
	assert_int_equal(net, 4520);
	must_tell(&acts, "ORDERED", net, OUR_REFERENCE " order_number=101 order_date=2026-03-09");
	assert_int_equal(latest(&acts)->state, OUTCOME_STATE_APPLIED);
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_ORDERED);
	assert_string_equal(statement(&acts, 1)->order_number, "101");
	assert_int_equal(statement(&acts, 1)->order_date.number, fixture_day("2026-03-09").number);
	must_tell(&acts, "PAID", net, OUR_REFERENCE " receipt_number=55");
	assert_int_equal(latest(&acts)->state, OUTCOME_STATE_APPLIED);
	assert_int_equal(latest(&acts)->statement.raw, 1);
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_PAID);
	assert_string_equal(statement(&acts, 1)->receipt_number, "55");
	assert_int_equal(acts_fund(&acts, 2026, FUND_PAID), net);
	assert_int_equal(acts_fund(&acts, 2026, FUND_VAT_PAID), vat);
	assert_int_equal(acts_fund(&acts, 2026, FUND_SETTLED), 0);
	assert_int_equal(file(&acts, 1)->applied_count, 2);
	assert_int_equal(file(&acts, 1)->recorded_cents.raw, 2 * net); /* raw: a test */
}

/* A bank pays without an order of ours; an order may state net and VAT together. */
static void paid_without_an_order(void **state)
{
	struct acts acts = begin(state);
	int64_t gross = payable(&acts) + acts_fund(&acts, 2026, FUND_VAT_PAYABLE);
	must_tell(&acts, "PAID", gross, OUR_REFERENCE);
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_PAID);
	assert_int_equal(acts_fund(&acts, 2026, FUND_PAID), payable(&acts));
}

static void in_parts(void **state)
{
	struct acts acts = begin(state);
	int64_t net = payable(&acts);
	must_tell(&acts, "PAID", 3000, OUR_REFERENCE);
	assert_int_equal(acts.fixture->last.net.raw, net - 3000); /* raw: a test */
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_ORDERED);
	assert_int_equal(acts_fund(&acts, 2026, FUND_PAID), 3000);
	assert_int_equal(acts_fund(&acts, 2026, FUND_SETTLED), net - 3000);
	assert_int_equal(acts_fund(&acts, 2026, FUND_VAT_PAID), 0);
	must_tell(&acts, "PAID", net, "end_to_end=VCH-202601-S1-002");
	assert_int_equal(latest(&acts)->state, OUTCOME_STATE_TO_CONFIRM);
	assert_int_equal(latest(&acts)->cause, OUTCOME_CAUSE_AMOUNT_EXCEEDED);
	assert_int_equal(acts_do(&acts, "do payment_outcome_confirm by=finance payment_outcome=2"),
			 RESULT_AMOUNT_EXCEEDED);
	assert_int_equal(acts.fixture->last.limit.raw, net - 3000); /* raw: a test */
	must_tell(&acts, "PAID", net - 3000, "end_to_end=VCH-202601-S1-002");
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_PAID);
	assert_int_equal(acts_fund(&acts, 2026, FUND_PAID), net);
	assert_true(acts_fund(&acts, 2026, FUND_VAT_PAID) > 0);
}

static void rejected_is_payable_again(void **state)
{
	struct acts acts = begin(state);
	must_tell(&acts, "ORDERED", payable(&acts), OUR_REFERENCE " order_number=101");
	must_tell(&acts, "REJECTED", payable(&acts), OUR_REFERENCE " reason_code=AC01");
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_APPROVED);
	assert_int_equal(statement(&acts, 1)->order_number[0], '\0');
	assert_string_equal(latest(&acts)->reason_code, "AC01");
	assert_int_equal(tasks(&acts, EVENT_KIND_PAYMENT_REJECTED), 1);
	acts_must(&acts, "export hash=9");
	must_tell(&acts, "PAID", payable(&acts), OUR_REFERENCE);
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_PAID);
}

/* A part was paid, the rest rejected: what is left is approved, and may be blocked and paid. */
static void the_rest_rejected(void **state)
{
	struct acts acts = begin(state);
	int64_t net = payable(&acts);
	must_tell(&acts, "PAID", 3000, OUR_REFERENCE);
	must_tell(&acts, "REJECTED", net - 3000, "end_to_end=VCH-202601-S1-002 reason_code=AC04");
	acts_must(&acts, "block SEIZURE");
	assert_int_equal(acts_fund(&acts, 2026, FUND_WITHHELD), net - 3000);
	assert_int_equal(acts_do(&acts, "unblock substituted=1600"), RESULT_FIELD_OUT_OF_RANGE);
	acts_must(&acts, "unblock substituted=500; export hash=9");
	must_tell(&acts, "PAID", net - 3500, "end_to_end=VCH-202601-S1-002");
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_PAID);
	assert_int_equal(acts_fund(&acts, 2026, FUND_PAID), net);
	assert_int_equal(acts_fund(&acts, 2026, FUND_SETTLED), 0);
}

static void returned_and_paid_again(void **state)
{
	struct acts acts = begin(state);
	int64_t net = payable(&acts);
	int64_t vat = acts_fund(&acts, 2026, FUND_VAT_PAYABLE);
	must_tell(&acts, "PAID", net, OUR_REFERENCE);
	must_tell(&acts, "RETURNED", net, OUR_REFERENCE " reason_code=AC04");
	assert_int_equal(latest(&acts)->state, OUTCOME_STATE_APPLIED);
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_APPROVED);
	assert_int_equal(statement(&acts, 1)->paid_net_cents.raw, 0); /* raw: a test */
	assert_int_equal(acts_fund(&acts, 2026, FUND_SETTLED), net);
	assert_int_equal(acts_fund(&acts, 2026, FUND_PAID), 0);
	assert_int_equal(acts_fund(&acts, 2026, FUND_VAT_PAID), vat); /* the Treasury keeps it */
	assert_int_equal(tasks(&acts, EVENT_KIND_PAYMENT_RETURNED), 1);
	must_tell(&acts, "RETURNED", 1, OUR_REFERENCE); /* nothing is left to come back */
	assert_int_equal(latest(&acts)->state, OUTCOME_STATE_TO_CONFIRM);
	acts_must(&acts, "export hash=9; order; pay");
	assert_int_equal(acts_fund(&acts, 2026, FUND_PAID), net);
	assert_int_equal(acts_fund(&acts, 2026, FUND_VAT_PAID), vat);
	assert_int_equal(statement(&acts, 1)->paid_net_cents.raw, net); /* raw: a test */
	must_tell(&acts, "RETURNED", net, "end_to_end=VCH-202601-S1-003"); /* and once more */
	assert_int_equal(acts_fund(&acts, 2026, FUND_SETTLED), net);
	acts_must(&acts, "reverse record=1 note=TD04-1; grant"); /* credited: it is not paid */
	assert_int_equal(acts_fund(&acts, 2026, FUND_SETTLED), net - 2260);
}

/* What is to be recovered from the payee cannot come back from the bank as well. */
static void returned_after_a_reversal(void **state)
{
	struct acts acts = begin(state);
	int64_t net = payable(&acts);
	must_tell(&acts, "PAID", net, OUR_REFERENCE);
	acts_must(&acts, "reverse record=1; grant");
	must_tell(&acts, "RETURNED", net, OUR_REFERENCE);
	assert_int_equal(latest(&acts)->state, OUTCOME_STATE_TO_CONFIRM);
	assert_int_equal(latest(&acts)->cause, OUTCOME_CAUSE_AMOUNT_EXCEEDED);
	must_tell(&acts, "RETURNED", net - 2260, OUR_REFERENCE);
	assert_int_equal(latest(&acts)->state, OUTCOME_STATE_APPLIED);
	assert_int_equal(acts_fund(&acts, 2026, FUND_SETTLED), net - 2260);
}

/* ---- A person decides ---- */

static void unknown_reference(void **state)
{
	struct acts acts = begin(state);
	static const char *const wrong[] = {
	    "end_to_end=VCH-202602-S1-001", "end_to_end=VCH-202601-S99-001",
	    "end_to_end=VCH-202601-S1",	    "end_to_end=TIT-1",
	    "end_to_end=CPY-1",
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		must_tell(&acts, "PAID", payable(&acts), wrong[i]);
		assert_int_equal(latest(&acts)->state, OUTCOME_STATE_REFUSED);
		assert_int_equal(latest(&acts)->cause, OUTCOME_CAUSE_UNKNOWN_REFERENCE);
	}
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_EXPORTED);
	assert_int_equal(tasks(&acts, EVENT_KIND_OUTCOME_TO_CONFIRM), 5);
	assert_int_equal(acts_do(&acts, "do payment_outcome_confirm by=finance payment_outcome=1"),
			 RESULT_FIELD_MISSING);
	acts_must(&acts, "do payment_outcome_confirm by=finance payment_outcome=1 statement=1;"
			 "do payment_outcome_discard by=consortium payment_outcome=2");
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_PAID);
	assert_int_equal(tasks(&acts, EVENT_KIND_OUTCOME_TO_CONFIRM), 3);
	assert_int_equal(acts_do(&acts, "do payment_outcome_confirm by=finance payment_outcome=1"),
			 RESULT_OUTCOME_DECIDED);
	assert_int_equal(acts_do(&acts, "do payment_outcome_discard by=finance payment_outcome=2"),
			 RESULT_OUTCOME_DECIDED);
}

static void by_amount_and_date(void **state)
{
	struct acts acts = begin(state);
	assert_int_equal(tell(&acts, "PAID", payable(&acts) - 1, ""), RESULT_OUTCOME_UNMATCHED);
	assert_int_equal(tell(&acts, "RETURNED", payable(&acts), ""), RESULT_OUTCOME_UNMATCHED);
	must_tell(&acts, "PAID", payable(&acts), "");
	assert_int_equal(latest(&acts)->state, OUTCOME_STATE_TO_CONFIRM);
	assert_int_equal(latest(&acts)->cause, OUTCOME_CAUSE_NO_REFERENCE);
	assert_int_equal(latest(&acts)->statement.raw, 1);
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_EXPORTED);
	acts_must(&acts, "do payment_outcome_confirm by=finance payment_outcome=1");
	assert_int_equal(latest(&acts)->state, OUTCOME_STATE_CONFIRMED);
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_PAID);
	must_tell(&acts, "RETURNED", payable(&acts), "");
	assert_int_equal(latest(&acts)->state, OUTCOME_STATE_TO_CONFIRM);
	acts_must(&acts, "do payment_outcome_confirm by=finance payment_outcome=2");
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_APPROVED);
}

/* Two of the same amount: nobody but a person, who must say which. */
static void ambiguous(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-01 720 alfa; title 2026-01 2026-01 720 beta;"
			 "now 2026-01-31T09:00; redeem 2026-01-05T09:00 60 title=1;"
			 "redeem 2026-01-06T09:00 60 title=2 by=beta; now 2026-02-12T09:00;"
			 "freeze statement=1; confirm statement=1; freeze statement=2;"
			 "confirm statement=2 by=beta; attest by=deputy act=A statement=1;"
			 "attest by=deputy act=A statement=2; invoice statement=1;"
			 "invoice statement=2; approve statement=1; approve statement=2;"
			 "export statement=1; export statement=2; now 2026-03-20T09:00;"
			 "do file_in_open by=finance ambito=crema kind=CSV content_hash=1 "
			 "line_count=4 total_cents=9");
	must_tell(&acts, "ORDERED", 2260, "order_number=7 order_date=2026-03-01");
	assert_int_equal(latest(&acts)->cause, OUTCOME_CAUSE_AMBIGUOUS);
	assert_int_equal(latest(&acts)->candidate_count, 2);
	assert_int_equal(latest(&acts)->statement.raw, 0);
	assert_int_equal(acts_do(&acts, "do payment_outcome_confirm by=finance payment_outcome=1"),
			 RESULT_FIELD_MISSING);
	acts_must(&acts, "do payment_outcome_confirm by=finance payment_outcome=1 statement=2");
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_EXPORTED);
	assert_int_equal(statement(&acts, 2)->state, STATEMENT_STATE_ORDERED);
	/* From now on the order's number and year name it. */
	must_tell(&acts, "PAID", 2260, "order_number=7");
	assert_int_equal(latest(&acts)->state, OUTCOME_STATE_APPLIED);
	assert_int_equal(statement(&acts, 2)->state, STATEMENT_STATE_PAID);
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_EXPORTED);
}

static void checks_and_four_eyes(void **state)
{
	struct acts acts = begin(state);
	acts_must(&acts, "parameter PAYMENT_CHECKS true from=2026-01-01;"
			 "parameter TAX_DEBT_CHECK_THRESHOLD_CENTS 1000 from=2026-01-01");
	must_tell(&acts, "ORDERED", payable(&acts), OUR_REFERENCE " order_number=101");
	assert_int_equal(latest(&acts)->cause, OUTCOME_CAUSE_CHECK_MISSING);
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_EXPORTED);
	assert_int_equal(acts_do(&acts, "do payment_outcome_confirm by=finance payment_outcome=1"),
			 RESULT_PAYMENT_BLOCKED);
	acts_must(&acts, "do payment_outcome_confirm by=finance payment_outcome=1 "
			 "tax_debt_checked=1 antimafia_checked=1");
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_ORDERED);
}

static void not_on_its_way(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, WORLD "freeze; confirm; attest by=deputy act=A-1; invoice; approve;"
			       "now 2026-03-20T09:00; do file_in_open by=treasurer ambito=crema "
			       "kind=CAMT_053 content_hash=7 line_count=9 total_cents=1");
	static const char *const kinds[] = {"ORDERED", "PAID", "REJECTED", "RETURNED"};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		must_tell(&acts, kinds[i], payable(&acts), OUR_REFERENCE);
		assert_int_equal(latest(&acts)->state, OUTCOME_STATE_TO_CONFIRM);
		assert_int_equal(latest(&acts)->cause, OUTCOME_CAUSE_NOT_OPEN);
	}
	acts_must(&acts, "export; do payment_outcome_confirm by=finance payment_outcome=2");
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_PAID);
	must_tell(&acts, "COLLECTED", 5, OUR_REFERENCE); /* nobody pays us for a statement */
	assert_int_equal(latest(&acts)->state, OUTCOME_STATE_REFUSED);
}

/* ---- Told twice, told wrong ---- */

#define LINE_1                                                                                     \
	"do payment_outcome_record by=treasurer file_in=1 line=1 kind=PAID day=2026-03-10 "        \
	"amount_cents=3000 " OUR_REFERENCE

static void told_twice(void **state)
{
	struct acts acts = begin(state);
	must_tell(&acts, "PAID", 3000, OUR_REFERENCE);
	acts_must(&acts, LINE_1);
	assert_int_equal(state_count(&acts.fixture->state, RECORD_KIND_PAYMENT_OUTCOME), 1);
	assert_int_equal(acts_fund(&acts, 2026, FUND_PAID), 3000);
	assert_int_equal(acts_do(&acts, "do payment_outcome_record by=treasurer file_in=1 line=1 "
					"kind=PAID day=2026-03-10 amount_cents=3001 " OUR_REFERENCE),
			 RESULT_OUTCOME_DIFFERS);
	/* The day's statement tells what the notice had told. */
	acts_must(&acts, "do file_in_open by=finance ambito=crema kind=CAMT_053 content_hash=78 "
			 "line_count=1 total_cents=3000;"
			 "do payment_outcome_record by=treasurer file_in=2 line=1 kind=PAID "
			 "day=2026-03-10 amount_cents=3000 " OUR_REFERENCE);
	assert_int_equal(latest(&acts)->state, OUTCOME_STATE_DISCARDED);
	assert_int_equal(latest(&acts)->cause, OUTCOME_CAUSE_KNOWN);
	assert_int_equal(latest(&acts)->same_as.raw, 1);
	assert_int_equal(file(&acts, 2)->known_count, 1);
	assert_int_equal(acts_fund(&acts, 2026, FUND_PAID), 3000);
	/* Twice in one file is two transfers: the second is more than is left. */
	must_tell(&acts, "PAID", 3000, OUR_REFERENCE);
	assert_int_equal(latest(&acts)->cause, OUTCOME_CAUSE_AMOUNT_EXCEEDED);
}

static void files(void **state)
{
	struct acts acts = begin(state);
	acts_must(&acts, "do file_in_open by=finance ambito=crema kind=CSV content_hash=5 "
			 "line_count=2 total_cents=5000");
	assert_int_equal(acts.fixture->last.object, 2);
	acts_must(&acts, "do file_in_open by=finance ambito=crema kind=CSV content_hash=5 "
			 "line_count=2 total_cents=5000");
	assert_int_equal(acts.fixture->last.object, 2);
	assert_int_equal(acts_do(&acts, "do file_in_open by=finance ambito=crema kind=CSV "
					"content_hash=5 line_count=3 total_cents=5000"),
			 RESULT_OUTCOME_DIFFERS);
	assert_int_equal(acts_do(&acts, "do file_in_open by=finance ambito=crema kind=CSV "
					"content_hash=6 line_count=0"),
			 RESULT_FIELD_OUT_OF_RANGE);
	assert_int_equal(acts_do(&acts, "do file_in_close by=finance file_in=2"),
			 RESULT_FILE_IN_INCOMPLETE);
	acts_must(&acts, "do payment_outcome_record by=finance file_in=2 line=2 kind=PAID "
			 "day=2026-03-10 amount_cents=3000 " OUR_REFERENCE);
	assert_int_equal(acts_do(&acts, "do file_in_close by=finance file_in=2 other_count=1 "
					"other_cents=1999"),
			 RESULT_FILE_IN_INCOMPLETE);
	acts_must(&acts, "do file_in_close by=finance file_in=2 other_count=1 other_cents=2000;"
			 "do file_in_close by=finance file_in=2");
	assert_int_equal(file(&acts, 2)->state, FILE_IN_STATE_CLOSED);
	assert_int_equal(acts_do(&acts, "do payment_outcome_record by=finance file_in=2 line=1 "
					"kind=PAID day=2026-03-10 amount_cents=2000 " OUR_REFERENCE),
			 RESULT_FILE_IN_CLOSED);
	acts_must(&acts, "do payment_outcome_record by=finance file_in=2 line=2 kind=PAID "
			 "day=2026-03-10 amount_cents=3000 " OUR_REFERENCE);
}

static void wrong_lines(void **state)
{
	struct acts acts = begin(state);
	static const struct {
		const char *line;
		enum result result;
		const char *field;
	} rows[] = {
	    {"line=1 amount_cents=0 day=2026-03-10", RESULT_FIELD_OUT_OF_RANGE, "amount_cents"},
	    {"line=0 amount_cents=5 day=2026-03-10", RESULT_FIELD_OUT_OF_RANGE, "line"},
	    {"line=41 amount_cents=5 day=2026-03-10", RESULT_FIELD_OUT_OF_RANGE, "line"},
	    {"line=1 amount_cents=5 day=2026-03-21", RESULT_FIELD_OUT_OF_RANGE, "day"},
	    {"line=1 amount_cents=5 day=2026-03-10 end_to_end=STIPENDIO-MARZO",
	     RESULT_FIELD_INVALID, "end_to_end"},
	    {"line=1 amount_cents=5 day=2026-03-10 end_to_end=VCH-202601-rossi",
	     RESULT_FIELD_INVALID, "end_to_end"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char act[256];
		(void)snprintf(act, sizeof(act),
			       "do payment_outcome_record by=finance file_in=1 kind=PAID %s",
			       rows[i].line);
		assert_int_equal(acts_do(&acts, act), rows[i].result);
		assert_string_equal(acts.fixture->last.field->name, rows[i].field);
	}
	assert_int_equal(state_count(&acts.fixture->state, RECORD_KIND_PAYMENT_OUTCOME), 0);
}

/* ---- Buoni, bills ---- */

static void buono(void **state)
{
	struct grants grants = grants_begin(*state);
	struct acts acts = acts_begin(*state);
	assert_int_equal(grants_propose(&grants, 40000, "2026-01", "2026-03"), RESULT_OK);
	assert_int_equal(grants_issue(&grants), RESULT_OK);
	assert_int_equal(grants_activate(&grants, "2026-01"), RESULT_OK);
	fixture_advance(grants.fixture, fixture_instant("2026-02-02T09:00"));
	assert_int_equal(grants_approve(&grants, "2026-01"), RESULT_OK);
	acts_must(&acts, "now 2026-03-20T09:00; do file_in_open by=finance ambito=crema "
			 "kind=CAMT_053 content_hash=1 line_count=9 total_cents=1");
	assert_int_equal(tell(&acts, "PAID", 39999, ""), RESULT_OUTCOME_UNMATCHED);
	must_tell(&acts, "PAID", 40000, "receipt_number=Q-5");
	assert_int_equal(latest(&acts)->cause, OUTCOME_CAUSE_NO_REFERENCE);
	assert_int_equal(latest(&acts)->cash_grant_payment.raw, 1);
	acts_must(&acts, "do payment_outcome_confirm by=finance payment_outcome=1");
	assert_int_equal(grants_payment(&grants, 1)->state, CASH_GRANT_PAYMENT_STATE_PAID);
	assert_string_equal(grants_payment(&grants, 1)->receipt_number, "Q-5");
	must_tell(&acts, "RETURNED", 40000, "reason_code=AC04");
	acts_must(&acts, "do payment_outcome_confirm by=finance payment_outcome=2");
	assert_int_equal(grants_payment(&grants, 1)->state, CASH_GRANT_PAYMENT_STATE_APPROVED);
	must_tell(&acts, "REJECTED", 40000, "reason_code=AC04");
	acts_must(&acts, "do payment_outcome_confirm by=finance payment_outcome=3");
	assert_int_equal(tasks(&acts, EVENT_KIND_PAYMENT_REJECTED), 1);
}

/* A bill of the co-pay, collected by its reference, in two parts. */
static void bill(void **state)
{
	struct acts acts = acts_begin(*state);
	copay_acts_parameter(acts.fixture, PARAMETER_COPAY_COLLECTION_MODEL, "B");
	(void)copay_acts_verdello(acts.fixture);
	(void)copay_acts_must_isee(acts.fixture, acts.person, 1239500, "2026-01-01", NULL);
	acts_must(&acts, "title 2026-01 2026-06 720 alfa; now 2026-01-31T09:00;"
			 "redeem 2026-01-05T09:00 60");
	struct command command = copay_acts_bill(acts.fixture, acts.voucher, "2026-01");
	(void)fixture_must(acts.fixture, &command);
	int64_t owed = acts.fixture->last.net.raw; /* raw: a test */
	acts_must(&acts, "now 2026-03-20T09:00; do file_in_open by=finance ambito=crema kind=CSV "
			 "content_hash=1 line_count=9 total_cents=1");
	must_tell(&acts, "COLLECTED", 200, "end_to_end=CPY-1 receipt_number=PPA-1");
	assert_int_equal(latest(&acts)->state, OUTCOME_STATE_APPLIED);
	assert_int_equal(copay_acts_balance(acts.fixture, RECEIVABLE_COLLECTED), 200);
	must_tell(&acts, "COLLECTED", owed, "end_to_end=CPY-1 receipt_number=PPA-2");
	assert_int_equal(latest(&acts)->cause, OUTCOME_CAUSE_AMOUNT_EXCEEDED);
	must_tell(&acts, "COLLECTED", owed - 200, "end_to_end=CPY-1 receipt_number=PPA-3");
	assert_int_equal(copay_acts_balance(acts.fixture, RECEIVABLE_COLLECTED), owed);
	must_tell(&acts, "PAID", owed, "end_to_end=CPY-1"); /* nobody is paid for a bill */
	assert_int_equal(latest(&acts)->state, OUTCOME_STATE_REFUSED);
	must_tell(&acts, "COLLECTED", 5, "end_to_end=CPY-2"); /* there is no such bill */
	assert_int_equal(latest(&acts)->state, OUTCOME_STATE_REFUSED);
}

/* ---- Exports ---- */

/* The payment of an export is found by its reference, and the export learns of it. */
static void in_an_export(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, WORLD "freeze; confirm; attest by=deputy act=A-1; invoice; approve;"
			       "now 2026-03-20T09:00; do paying_body_create by=finance "
			       "ambito=crema code=CREMA name=X tax_code=00111540191 "
			       "iban=IT60X0542811101000000123456 format=PAIN001_09 act=D-1;"
			       "do export_open by=finance paying_body=1 month=2026-01;"
			       "do export_add by=finance export=1 statement=1");
	char seal[128];
	(void)snprintf(seal, sizeof(seal),
		       "do export_seal by=finance export=1 content_hash=3 item_count=1 "
		       "net_cents=%lld vat_cents=%lld",
		       (long long)payable(&acts), (long long)acts_fund(&acts, 2026, FUND_VAT_PAYABLE));
	acts_must(&acts, seal);
	acts_must(&acts, "do file_in_open by=treasurer ambito=crema kind=PAIN_002 content_hash=7 "
			 "line_count=9");
	const struct state *now = &acts.fixture->state;
	const struct export_item *item = state_export_item(now, (struct export_item_id){1});
	must_tell(&acts, "PAID", payable(&acts), "end_to_end=TIT-2-1-1"); /* another export */
	assert_int_equal(latest(&acts)->state, OUTCOME_STATE_REFUSED);
	must_tell(&acts, "ORDERED", payable(&acts), "end_to_end=TIT-1-1-1 order_number=9");
	assert_int_equal(item->state, EXPORT_ITEM_STATE_ACCEPTED);
	must_tell(&acts, "REJECTED", payable(&acts), "end_to_end=TIT-1-1-1 reason_code=AC01");
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_APPROVED);
	assert_int_equal(item->state, EXPORT_ITEM_STATE_REJECTED);
	assert_string_equal(item->reason_code, "AC01");
	acts_must(&acts, "do export_open by=finance paying_body=1 month=2026-01;"
			 "do export_add by=finance export=2 statement=1");
	(void)memcpy(strstr(seal, "export=1"), "export=2", 8);
	acts_must(&acts, seal);
	item = state_export_item(now, (struct export_item_id){2});
	must_tell(&acts, "PAID", payable(&acts), "end_to_end=TIT-2-2-1");
	assert_int_equal(item->state, EXPORT_ITEM_STATE_PAID);
	must_tell(&acts, "RETURNED", payable(&acts), "end_to_end=TIT-2-2-1");
	assert_int_equal(item->state, EXPORT_ITEM_STATE_RETURNED);
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_APPROVED);
	acts_must(&acts, "do export_open by=finance paying_body=1 month=2026-01;"
			 "do export_add by=finance export=3 statement=1");
}

/* ---- Single transfers ---- */

/* One statement of three impegni: 22,60 of one fund, 45,20 and 11,30 of two others. */
#define THREE_FUNDS                                                                                \
	"title 2026-01 2026-01 720 alfa; fund B 2026 100000; live crema;"                          \
	"title 2026-01 2026-01 720 alfa; fund C 2026 100000; live crema;"                          \
	"title 2026-01 2026-01 720 alfa; now 2026-01-31T09:00;"                                    \
	"redeem 2026-01-05T09:00 60 title=1; redeem 2026-01-06T09:00 120 title=2;"                 \
	"redeem 2026-01-07T09:00 30 title=3;"
#define APPROVED                                                                                   \
	"now 2026-02-12T09:00; freeze; confirm; attest by=deputy act=A-1; invoice; approve;"
#define A_FILE                                                                                     \
	"do file_in_open by=treasurer ambito=crema kind=CAMT_054 content_hash=77 line_count=40 "   \
	"total_cents=100000;"

static void seal(struct acts *acts)
{
	char text[160];
	acts_must(acts, "do paying_body_create by=finance ambito=crema code=CREMA name=X "
			"tax_code=00111540191 iban=IT60X0542811101000000123456 format=PAIN001_09 "
			"act=D-1; do export_open by=finance paying_body=1 month=2026-01;"
			"do export_add by=finance export=1 statement=1");
	const struct export *export =
	    state_export(&acts->fixture->state, (struct export_id){1});
	(void)snprintf(text, sizeof(text),
		       "do export_seal by=finance export=1 content_hash=3 item_count=1 "
		       "net_cents=%lld vat_cents=%lld",
		       (long long)export->net_cents.raw,  /* raw: a test */
		       (long long)export->vat_cents.raw); /* raw: a test */
	acts_must(acts, text);
}

static void expect_proposed(struct acts *acts, const char *kind, int64_t cents, const char *more)
{
	char act[80];
	must_tell(acts, kind, cents, more);
	assert_int_equal(latest(acts)->state, OUTCOME_STATE_TO_CONFIRM);
	assert_int_equal(latest(acts)->cause, OUTCOME_CAUSE_NO_REFERENCE);
	assert_int_equal(latest(acts)->statement.raw, 1);
	(void)snprintf(act, sizeof(act), "do payment_outcome_confirm by=finance payment_outcome=%u",
		       state_count(&acts->fixture->state, RECORD_KIND_PAYMENT_OUTCOME));
	acts_must(acts, act);
	assert_int_equal(latest(acts)->state, OUTCOME_STATE_CONFIRMED);
}

static int64_t paid(const struct acts *acts)
{
	return statement(acts, 1)->paid_net_cents.raw; /* raw: a test */
}

/* Each transfer of a sealed export is offered to a person, in any order and with whatever orders,
 * and pays its part; what is no transfer is another's. */
static void transfers(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, THREE_FUNDS APPROVED "now 2026-03-20T09:00;" A_FILE);
	assert_int_equal(payable(&acts), 7910);
	assert_int_equal(tell(&acts, "PAID", 4520, ""), RESULT_OUTCOME_UNMATCHED);
	seal(&acts);
	static const int64_t others[] = {1, 2259, 2261, 3390, 4746, 7911};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(tell(&acts, "PAID", others[i], ""), RESULT_OUTCOME_UNMATCHED);
	assert_int_equal(tell(&acts, "RETURNED", 4520, ""), RESULT_OUTCOME_UNMATCHED);
	must_tell(&acts, "PAID", 4520, "");
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_EXPORTED);
	assert_int_equal(paid(&acts), 0);
	assert_int_equal(tasks(&acts, EVENT_KIND_OUTCOME_TO_CONFIRM), 1);
	acts_must(&acts, "do payment_outcome_discard by=finance payment_outcome=1");
	expect_proposed(&acts, "ORDERED", 4520, "order_number=101 order_date=2026-03-15");
	expect_proposed(&acts, "PAID", 4520, "order_number=101");
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_ORDERED);
	assert_int_equal(paid(&acts), 4520);
	assert_int_equal(tell(&acts, "PAID", 4520, ""), RESULT_OUTCOME_UNMATCHED); /* 33,90 left */
	expect_proposed(&acts, "PAID", 1130, "order_number=103");
	expect_proposed(&acts, "PAID", 2260, "order_number=102"); /* all that is left */
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_PAID);
	assert_int_equal(paid(&acts), 7910);
	assert_int_equal(tell(&acts, "PAID", 2260, ""), RESULT_OUTCOME_UNMATCHED);
	assert_int_equal(state_export_item(&acts.fixture->state, (struct export_item_id){1})->state,
			 EXPORT_ITEM_STATE_PAID);
}

static void a_transfer_returned(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, THREE_FUNDS APPROVED "now 2026-03-20T09:00;" A_FILE);
	seal(&acts);
	must_tell(&acts, "PAID", 7910, OUR_REFERENCE);
	assert_int_equal(tell(&acts, "RETURNED", 4521, ""), RESULT_OUTCOME_UNMATCHED);
	expect_proposed(&acts, "RETURNED", 4520, "reason_code=AC04");
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_APPROVED);
	assert_int_equal(paid(&acts), 3390);
}

/* What was credited before it left is no part of its transfers; who rejects one rejects all. */
static void transfers_as_they_left(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, THREE_FUNDS "redeem 2026-01-08T09:00 60 title=2;" APPROVED
				     "reverse record=2 note=TD04-1; now 2026-03-20T09:00;" A_FILE
				     "export");
	assert_int_equal(payable(&acts), 5650);
	assert_int_equal(tell(&acts, "PAID", 6780, ""), RESULT_OUTCOME_UNMATCHED);
	assert_int_equal(tell(&acts, "PAID", 4520, ""), RESULT_OUTCOME_UNMATCHED);
	expect_proposed(&acts, "PAID", 1130, "");
	expect_proposed(&acts, "REJECTED", 2260, "reason_code=AC04");
	assert_int_equal(statement(&acts, 1)->state, STATEMENT_STATE_APPROVED);
	assert_int_equal(tasks(&acts, EVENT_KIND_PAYMENT_REJECTED), 1);
}

/* A transfer of one statement, the whole of another: several are told as several. */
static void several_transfers(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "title 2026-01 2026-01 720 alfa; title 2026-01 2026-01 720 beta;"
			 "fund B 2026 100000; live crema; title 2026-01 2026-01 720 alfa;"
			 "now 2026-01-31T09:00; redeem 2026-01-05T09:00 60 title=1;"
			 "redeem 2026-01-06T09:00 60 title=2 by=beta;"
			 "redeem 2026-01-07T09:00 30 title=3;"
			 "now 2026-02-12T09:00;"
			 "freeze statement=1; confirm statement=1; freeze statement=2;"
			 "confirm statement=2 by=beta; attest by=deputy act=A statement=1;"
			 "attest by=deputy act=A statement=2; invoice statement=1;"
			 "invoice statement=2; approve statement=1; approve statement=2;"
			 "export statement=1; export statement=2; now 2026-03-20T09:00;" A_FILE);
	must_tell(&acts, "PAID", 2260, "");
	assert_int_equal(latest(&acts)->state, OUTCOME_STATE_TO_CONFIRM);
	assert_int_equal(latest(&acts)->cause, OUTCOME_CAUSE_AMBIGUOUS);
	assert_int_equal(latest(&acts)->candidate_count, 2);
	assert_int_equal(latest(&acts)->statement.raw, 0);
	acts_must(&acts, "do payment_outcome_confirm by=finance payment_outcome=1 statement=1");
	assert_int_equal(paid(&acts), 2260);
	assert_int_equal(statement(&acts, 2)->state, STATEMENT_STATE_EXPORTED);
}

/* ---- Any order of things ---- */

static const char *any_act(struct test_random *random, char text[160])
{
	static const char *const acts[] = {"export hash=8", "export hash=9", "order", "pay",
					   "block SEIZURE", "unblock", "unblock substituted=700",
					   "reverse record=1 note=TD04-1", "grant by=finance",
					   "reverse record=2 note=TD04-2"};
	static const char *const kinds[] = {"ORDERED", "PAID", "PAID", "PAID", "REJECTED",
					    "RETURNED", "RETURNED"};
	static const int amounts[] = {1, 700, 2260, 3000, 4520, 4746};
	uint32_t choice = (uint32_t)test_random_below(random, 30);
	if (choice < 10)
		return acts[choice];
	if (choice < 14)
		(void)snprintf(text, 160, "do payment_outcome_%s by=finance payment_outcome=%u",
			       choice == 13 ? "discard" : "confirm",
			       1 + (uint32_t)test_random_below(random, 6));
	else
		(void)snprintf(text, 160,
			       "do payment_outcome_record by=treasurer file_in=1 line=%u kind=%s "
			       "amount_cents=%d day=2026-03-10 %s",
			       1 + (uint32_t)test_random_below(random, 40),
			       kinds[test_random_below(random, 7)],
			       amounts[test_random_below(random, 6)],
			       test_random_below(random, 4) == 0 ? "" : OUR_REFERENCE);
	return text;
}

/* Whatever comes in whatever order, the books balance (the fixture checks all of them after every
 * act), and what is left of the lines is what is left of the statement. */
static void in_any_order(void **state)
{
	struct test_random random = test_random_make("in_any_order");
	for (uint32_t world = 0; world < 25; world++) {
		struct acts acts = begin(state);
		for (uint32_t i = 0; i < 80; i++) {
			char text[160];
			enum result result = acts_do(&acts, any_act(&random, text));
			const struct statement *now = statement(&acts, 1);
			(void)result;
			assert_false(cents_less(now->payable_net_cents, now->paid_net_cents));
			int64_t left = now->payable_net_cents.raw - /* raw: a test */
				       now->paid_net_cents.raw;	    /* raw: a test */
			int64_t stands = acts_fund(&acts, 2026, FUND_SETTLED) +
					 acts_fund(&acts, 2026, FUND_WITHHELD);
			assert_int_equal(stands, left);
		}
		assert_int_equal(expect_teardown(state), 0);
		assert_int_equal(expect_setup(state), 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, expect_setup, expect_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(ordered_then_paid),
	    TEST(paid_without_an_order),
	    TEST(in_parts),
	    TEST(rejected_is_payable_again),
	    TEST(the_rest_rejected),
	    TEST(returned_and_paid_again),
	    TEST(returned_after_a_reversal),
	    TEST(unknown_reference),
	    TEST(by_amount_and_date),
	    TEST(ambiguous),
	    TEST(checks_and_four_eyes),
	    TEST(not_on_its_way),
	    TEST(told_twice),
	    TEST(files),
	    TEST(wrong_lines),
	    TEST(buono),
	    TEST(bill),
	    TEST(in_an_export),
	    TEST(transfers),
	    TEST(a_transfer_returned),
	    TEST(transfers_as_they_left),
	    TEST(several_transfers),
	    TEST(in_any_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
