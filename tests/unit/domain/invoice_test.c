/* E-invoices that came in: every state, each difference, what is refused, the same one twice. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

#include <stdio.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Two lines of 5,65 net: the statement is 11,30 + 0,57 (SCENARIOS S14). */
#define WORLD                                                                                      \
	"title 2026-01 2026-01 720 alfa; live crema; title 2026-01 2026-01 720 alfa;"              \
	"now 2026-01-31T09:00; redeem 2026-01-05T09:00 15 title=1;"                                \
	"redeem 2026-01-06T09:00 15 title=2; now 2026-02-12T09:00;"
#define ATTESTED WORLD "freeze; confirm; attest by=deputy act=A-1;"

/* What a test changes of an invoice that is right. */
struct paper {
	const char *number;
	const char *date;
	const char *received;
	const char *cig;
	const char *sdi;
	const char *provider;
	int64_t net;
	int64_t vat;
	uint8_t regime;
	uint8_t document;
	uint8_t file;
};

static const struct paper right = {"FPA-1/26", "2026-02-12", "2026-02-12", "B0A1C2D3E4", "",
				   "ALFA",     1130,	     57,	   VAT_REGIME_SPLIT,
				   INVOICE_DOCUMENT_TD01, 1};

static const struct invoice *invoice(const struct acts *acts, uint32_t id)
{
	const struct invoice *found =
	    state_invoice(&acts->fixture->state, (struct invoice_id){id});
	assert_non_null(found);
	return found;
}

static uint8_t statement_state(const struct acts *acts, uint32_t id)
{
	return state_statement(&acts->fixture->state, (struct statement_id){id})->state;
}

static enum result enter(struct acts *acts, const struct paper *paper)
{
	struct fixture *fixture = acts->fixture;
	struct command command =
	    fixture_command(COMMAND_KIND_INVOICE_REGISTER, fixture->role[ROLE_FINANCE]);
	struct command_invoice_register *input = &command.input.invoice_register;
	input->provider.raw = state_find_code(&fixture->state, RECORD_KIND_PROVIDER,
					      slice_from_text(paper->provider));
	assert_int_not_equal(input->provider.raw, 0);
	FIXTURE_TEXT(input->invoice_number, paper->number);
	FIXTURE_TEXT(input->cig, paper->cig);
	FIXTURE_TEXT(input->sdi_id, paper->sdi);
	input->invoice_date = fixture_day(paper->date);
	if (paper->received != NULL)
		input->received_on = fixture_day(paper->received);
	input->document = paper->document;
	input->net_cents = cents_from(paper->net);
	input->vat_cents = cents_from(paper->vat);
	input->vat_regime = paper->regime;
	memset(input->file_hash, paper->file, sizeof(input->file_hash));
	return fixture_result(fixture, &command);
}

static enum result match(struct acts *acts, uint32_t id, uint32_t statement, uint32_t corrects)
{
	struct command command = fixture_command(COMMAND_KIND_INVOICE_MATCH,
						 acts->fixture->role[ROLE_FINANCE]);
	command.input.invoice_match.invoice.raw = id;
	command.input.invoice_match.statement.raw = statement;
	command.input.invoice_match.corrects.raw = corrects;
	return fixture_result(acts->fixture, &command);
}

static enum result aside(struct acts *acts, uint32_t id, uint8_t difference, uint32_t statement)
{
	struct command command = fixture_command(COMMAND_KIND_INVOICE_SET_ASIDE,
						 acts->fixture->role[ROLE_FINANCE]);
	command.input.invoice_set_aside.invoice.raw = id;
	command.input.invoice_set_aside.difference = difference;
	command.input.invoice_set_aside.statement.raw = statement;
	return fixture_result(acts->fixture, &command);
}

static enum result refuse(struct acts *acts, uint32_t id)
{
	struct command command = fixture_command(COMMAND_KIND_INVOICE_REFUSE,
						 acts->fixture->role[ROLE_FINANCE]);
	command.input.invoice_refuse.invoice.raw = id;
	return fixture_result(acts->fixture, &command);
}

static void agreed(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, ATTESTED);
	assert_int_equal(enter(&acts, &right), RESULT_OK);
	assert_int_equal(acts.fixture->last.object, 1);
	assert_int_equal(invoice(&acts, 1)->state, INVOICE_STATE_SET_ASIDE);
	assert_int_equal(match(&acts, 1, 0, 0), RESULT_FIELD_MISSING);
	assert_int_equal(match(&acts, 1, 1, 1), RESULT_FIELD_INVALID);
	assert_int_equal(match(&acts, 1, 1, 0), RESULT_OK);
	assert_int_equal(invoice(&acts, 1)->state, INVOICE_STATE_MATCHED);
	assert_int_equal(invoice(&acts, 1)->statement.raw, 1);
	assert_int_equal(invoice(&acts, 1)->difference, 0);
	EXPECT_CENTS(invoice(&acts, 1)->expected_net_cents, 1130);
	EXPECT_CENTS(invoice(&acts, 1)->expected_vat_cents, 57);
	assert_int_equal(statement_state(&acts, 1), STATEMENT_STATE_INVOICED);
	/* again, and again in another envelope: nothing new */
	assert_int_equal(match(&acts, 1, 1, 0), RESULT_OK);
	struct paper wrapped = right;
	wrapped.file = 2;
	assert_int_equal(enter(&acts, &wrapped), RESULT_OK);
	assert_int_equal(acts.fixture->last.object, 1);
	assert_int_equal(state_count(&acts.fixture->state, RECORD_KIND_INVOICE), 1);
	assert_int_equal(refuse(&acts, 1), RESULT_INVOICE_CLOSED);
	assert_int_equal(aside(&acts, 1, INVOICE_DIFFERENCE_ARITHMETIC, 0), RESULT_INVOICE_CLOSED);
}

static void keys(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, ATTESTED);
	struct paper paper = right;
	paper.sdi = "7001";
	assert_int_equal(enter(&acts, &paper), RESULT_OK);
	paper.net = 1131;
	assert_int_equal(enter(&acts, &paper), RESULT_INVOICE_NUMBER_TAKEN);
	assert_int_equal(acts.fixture->last.object, 1);
	paper.number = "FPA-2/26";
	assert_int_equal(enter(&acts, &paper), RESULT_INVOICE_FILE_TAKEN);
	assert_int_equal(acts.fixture->last.object, 1);
	paper = right;
	paper.date = "2025-12-31"; /* another year, another invoice */
	assert_int_equal(enter(&acts, &paper), RESULT_OK);
	assert_int_equal(acts.fixture->last.object, 2);
	paper = right;
	paper.document = INVOICE_DOCUMENT_TD04; /* notes have numbers of their own */
	assert_int_equal(enter(&acts, &paper), RESULT_OK);
	assert_int_equal(acts.fixture->last.object, 3);
	paper = right;
	paper.provider = "BETA";
	assert_int_equal(enter(&acts, &paper), RESULT_OK);
	assert_int_equal(acts.fixture->last.object, 4);
	paper.received = "2026-02-13";
	paper.number = "X-1";
	assert_int_equal(enter(&acts, &paper), RESULT_FIELD_OUT_OF_RANGE);
	paper.received = NULL;
	assert_int_equal(enter(&acts, &paper), RESULT_OK);
	assert_int_equal(invoice(&acts, 5)->received_on.number, fixture_day("2026-02-12").number);
}

/* The SdI's identifier is no part of the file: it may be said later, once. */
static void sdi_said_later(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, ATTESTED);
	assert_int_equal(enter(&acts, &right), RESULT_OK);
	assert_int_equal(match(&acts, 1, 1, 0), RESULT_OK);
	struct paper later = right;
	later.sdi = "7001";
	assert_int_equal(enter(&acts, &later), RESULT_OK);
	assert_int_equal(acts.fixture->last.object, 1);
	assert_string_equal(invoice(&acts, 1)->sdi_id, "7001");
	assert_int_equal(invoice(&acts, 1)->state, INVOICE_STATE_MATCHED);
	later.sdi = "7002"; /* it keeps the first */
	assert_int_equal(enter(&acts, &later), RESULT_OK);
	assert_int_equal(enter(&acts, &right), RESULT_OK);
	assert_string_equal(invoice(&acts, 1)->sdi_id, "7001");
	struct paper other = right;
	other.number = "FPA-2/26";
	other.sdi = "7001"; /* and is found under it */
	assert_int_equal(enter(&acts, &other), RESULT_INVOICE_FILE_TAKEN);
	assert_int_equal(acts.fixture->last.object, 1);
}

/* One thing wrong at a time. */
static const struct {
	struct paper paper;
	uint8_t difference;
} wrong[] = {
    {{"A", "2026-02-12", NULL, "B0A1C2D3E4", "", "ALFA", 1131, 57, VAT_REGIME_SPLIT,
      INVOICE_DOCUMENT_TD01, 1},
     INVOICE_DIFFERENCE_TOTAL},
    {{"B", "2026-02-12", NULL, "B0A1C2D3E4", "", "ALFA", 1131, 56, VAT_REGIME_SPLIT,
      INVOICE_DOCUMENT_TD01, 1},
     INVOICE_DIFFERENCE_TAXABLE},
    {{"C", "2026-02-12", NULL, "", "", "ALFA", 1130, 57, VAT_REGIME_SPLIT, INVOICE_DOCUMENT_TD01,
      1},
     INVOICE_DIFFERENCE_CIG},
    {{"D", "2026-02-12", NULL, "b0a1c2d3e4", "", "ALFA", 1130, 57, VAT_REGIME_SPLIT,
      INVOICE_DOCUMENT_TD01, 1},
     INVOICE_DIFFERENCE_CIG},
    {{"E", "2026-02-12", NULL, "B0A1C2D3E4", "", "ALFA", 1130, 57, VAT_REGIME_IMMEDIATE,
      INVOICE_DOCUMENT_TD01, 1},
     INVOICE_DIFFERENCE_SPLIT_PAYMENT},
    {{"F", "2026-02-12", NULL, "B0A1C2D3E4", "", "BETA", 1130, 57, VAT_REGIME_SPLIT,
      INVOICE_DOCUMENT_TD01, 1},
     INVOICE_DIFFERENCE_ISSUER},
};

static void differences(void **state)
{
	struct acts acts = acts_begin(*state);
	const uint32_t last = (uint32_t)COUNT_OF(wrong) + 1u;
	acts_must(&acts, ATTESTED);
	for (uint32_t i = 0; i < COUNT_OF(wrong); i++) {
		uint32_t events = state_count(&acts.fixture->state, RECORD_KIND_EVENT);
		assert_int_equal(enter(&acts, &wrong[i].paper), RESULT_OK);
		assert_int_equal(match(&acts, i + 1, 1, 0), RESULT_OK);
		assert_int_equal(match(&acts, i + 1, 1, 0), RESULT_OK); /* one task, not two */
		assert_int_equal(invoice(&acts, i + 1)->state, INVOICE_STATE_MISMATCHED);
		assert_int_equal(invoice(&acts, i + 1)->difference, wrong[i].difference);
		assert_int_equal(state_count(&acts.fixture->state, RECORD_KIND_EVENT), events + 1);
		const struct event *event =
		    state_event(&acts.fixture->state, (struct event_id){events + 1});
		assert_int_equal(event->kind, EVENT_KIND_INVOICE_DIFFERS);
		assert_int_equal(event->due.number, fixture_day("2026-02-27").number);
	}
	assert_int_equal(statement_state(&acts, 1), STATEMENT_STATE_ATTESTED);
	assert_int_equal(refuse(&acts, 1), RESULT_OK);
	assert_int_equal(invoice(&acts, 1)->state, INVOICE_STATE_REFUSED);
	assert_int_equal(state_count(&acts.fixture->state, RECORD_KIND_REFUSED_INVOICE), 1);
	assert_int_equal(refuse(&acts, 1), RESULT_INVOICE_CLOSED);
	assert_int_equal(match(&acts, 1, 1, 0), RESULT_INVOICE_CLOSED);
	/* the refused file once more; then the same number with what is right */
	struct paper again = wrong[0].paper;
	assert_int_equal(enter(&acts, &again), RESULT_OK);
	assert_int_equal(acts.fixture->last.object, 1);
	again.net = 1130;
	again.file = 9;
	assert_int_equal(enter(&acts, &again), RESULT_OK);
	assert_int_equal(acts.fixture->last.object, last);
	acts_must(&acts, "now 2026-02-28T09:00");
	assert_int_equal(refuse(&acts, 2), RESULT_INVOICE_REFUSAL_TOO_LATE);
	assert_int_equal(match(&acts, last, 1, 0), RESULT_OK);
	assert_int_equal(invoice(&acts, last)->state, INVOICE_STATE_MATCHED);
	assert_int_equal(match(&acts, 3, 1, 0), RESULT_OK);
	assert_int_equal(invoice(&acts, 3)->difference, INVOICE_DIFFERENCE_ALREADY_INVOICED);
}

static void waiting(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, WORLD "freeze");
	assert_int_equal(enter(&acts, &right), RESULT_OK);
	assert_int_equal(match(&acts, 1, 1, 0), RESULT_OK);
	assert_int_equal(invoice(&acts, 1)->state, INVOICE_STATE_SET_ASIDE);
	assert_int_equal(invoice(&acts, 1)->difference, INVOICE_DIFFERENCE_NOT_ATTESTED);
	assert_int_equal(refuse(&acts, 1), RESULT_INVOICE_CONFORMS);
	assert_int_equal(aside(&acts, 1, INVOICE_DIFFERENCE_SEVERAL_STATEMENTS, 0), RESULT_OK);
	assert_int_equal(invoice(&acts, 1)->state, INVOICE_STATE_SET_ASIDE);
	assert_int_equal(aside(&acts, 1, INVOICE_DIFFERENCE_ARITHMETIC, 0), RESULT_OK);
	assert_int_equal(invoice(&acts, 1)->state, INVOICE_STATE_MISMATCHED);
	assert_int_equal(refuse(&acts, 1), RESULT_STATEMENT_NOT_OPEN); /* for no statement */
	assert_int_equal(aside(&acts, 1, INVOICE_DIFFERENCE_VOUCHER_LINES, 1), RESULT_OK);
	EXPECT_CENTS(invoice(&acts, 1)->expected_net_cents, 1130);
	acts_must(&acts, "confirm; attest by=deputy act=A-1");
	assert_int_equal(match(&acts, 1, 1, 0), RESULT_OK);
	assert_int_equal(invoice(&acts, 1)->state, INVOICE_STATE_MATCHED);
	assert_int_equal(match(&acts, 1, 2, 0), RESULT_UNKNOWN_REFERENCE);
}

/* Matched or refused by hand, the record says it too. */
static void by_hand(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, ATTESTED);
	assert_int_equal(enter(&acts, &right), RESULT_OK);
	acts_must(&acts, "refuse vat=58");
	assert_int_equal(invoice(&acts, 1)->state, INVOICE_STATE_REFUSED);
	struct paper again = right;
	again.file = 2;
	assert_int_equal(enter(&acts, &again), RESULT_OK);
	acts_must(&acts, "invoice");
	assert_int_equal(invoice(&acts, 1)->state, INVOICE_STATE_REFUSED);
	assert_int_equal(invoice(&acts, 2)->state, INVOICE_STATE_MATCHED);
	assert_int_equal(invoice(&acts, 2)->statement.raw, 1);
}

static void credit_notes(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, ATTESTED "invoice; approve");
	struct paper note = right;
	note.document = INVOICE_DOCUMENT_TD04;
	note.number = "TD04-77";
	note.net = 565;
	note.vat = 28;
	assert_int_equal(enter(&acts, &note), RESULT_OK);
	assert_int_equal(match(&acts, 1, 0, 0), RESULT_OK);
	assert_int_equal(invoice(&acts, 1)->difference, INVOICE_DIFFERENCE_NO_SERVICE);
	assert_int_equal(refuse(&acts, 1), RESULT_INVOICE_CLOSED);
	acts_must(&acts, "reverse record=1 note=TD04-77");
	assert_int_equal(match(&acts, 1, 0, 0), RESULT_OK);
	EXPECT_CENTS(invoice(&acts, 1)->expected_vat_cents, 28);
	assert_int_equal(invoice(&acts, 1)->state, INVOICE_STATE_CREDIT_NOTE);
	note.number = "TD04-78";
	note.net = 1;
	assert_int_equal(enter(&acts, &note), RESULT_OK);
	acts_must(&acts, "reverse record=2 note=TD04-78");
	assert_int_equal(match(&acts, 2, 0, 0), RESULT_OK);
	assert_int_equal(invoice(&acts, 2)->state, INVOICE_STATE_MISMATCHED);
	assert_int_equal(invoice(&acts, 2)->difference, INVOICE_DIFFERENCE_TOTAL);
	EXPECT_CENTS(invoice(&acts, 2)->expected_net_cents, 565);
	assert_int_equal(invoice(&acts, 2)->statement.raw, 1);
}

/* A wrong invoice, the note that takes it back whole, and the right one. */
static void taken_back(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, ATTESTED);
	assert_int_equal(enter(&acts, &wrong[0].paper), RESULT_OK);
	assert_int_equal(match(&acts, 1, 1, 0), RESULT_OK);
	struct paper note = wrong[0].paper;
	note.document = INVOICE_DOCUMENT_TD04;
	note.vat = 58;
	assert_int_equal(enter(&acts, &note), RESULT_OK);
	assert_int_equal(match(&acts, 2, 0, 1), RESULT_OK);
	assert_int_equal(invoice(&acts, 2)->difference, INVOICE_DIFFERENCE_TOTAL);
	note.vat = 57;
	note.number = "A-bis";
	assert_int_equal(enter(&acts, &note), RESULT_OK);
	assert_int_equal(match(&acts, 3, 0, 2), RESULT_FIELD_INVALID); /* a note */
	assert_int_equal(match(&acts, 3, 0, 1), RESULT_OK);
	assert_int_equal(invoice(&acts, 3)->state, INVOICE_STATE_CREDIT_NOTE);
	assert_int_equal(invoice(&acts, 3)->corrects.raw, 1);
	assert_int_equal(match(&acts, 3, 0, 1), RESULT_OK);
	assert_int_equal(enter(&acts, &right), RESULT_OK);
	assert_int_equal(match(&acts, 4, 1, 0), RESULT_OK);
	note.number = "A-ter";
	assert_int_equal(enter(&acts, &note), RESULT_OK);
	assert_int_equal(match(&acts, 5, 0, 4), RESULT_FIELD_INVALID); /* matched */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(agreed),
	    EXPECT_TEST(keys),
	    EXPECT_TEST(sdi_said_later),
	    EXPECT_TEST(differences),
	    EXPECT_TEST(waiting),
	    EXPECT_TEST(by_hand),
	    EXPECT_TEST(credit_notes),
	    EXPECT_TEST(taken_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
