/* Exports: each act against each state, one live export for each payment, totals to the cent, what
 * frees a statement and what does not; bodies that pay. */
#include "engine/domain/export.h"

#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/cash_grant_acts.h"
#include "tests/unit/domain/expect.h"

#include <stdio.h>
#include <string.h>

#define TO_APPROVED                                                                                \
	"title 2026-01 2026-01 720 alfa; now 2026-01-31T09:00;"                                    \
	"redeem 2026-01-05T09:00 60; redeem 2026-01-07T09:00 60; now 2026-02-12T09:00;"            \
	"freeze; confirm; attest by=deputy act=A-1; invoice; approve;"
#define BODY                                                                                       \
	"do paying_body_create by=finance ambito=CREMA code=CREMA-CAPO name=Comune "               \
	"tax_code=00111540191 iban=IT60X0542811101000000123456 act=D-1 "
#define OPEN	"do export_open by=finance paying_body=CREMA-CAPO month=2026-01;"
#define ADD_ONE "do export_add by=finance export=1 statement=1"
#define ADD	ADD_ONE ";"

static const struct export *export_of(const struct acts *acts, uint32_t id)
{
	const struct export *found = state_export(&acts->fixture->state, (struct export_id){id});
	assert_non_null(found);
	return found;
}

static const struct export_item *item_of(const struct acts *acts, uint32_t id)
{
	const struct export_item *found =
	    state_export_item(&acts->fixture->state, (struct export_item_id){id});
	assert_non_null(found);
	return found;
}

static enum statement_state statement_state(const struct acts *acts)
{
	return (enum statement_state)state_statement(&acts->fixture->state,
						     (struct statement_id){1})
	    ->state;
}

static struct command seal_command(const struct acts *acts, uint32_t id, uint8_t hash)
{
	const struct export *export = export_of(acts, id);
	struct command command =
	    fixture_command(COMMAND_KIND_EXPORT_SEAL, acts->fixture->role[ROLE_FINANCE]);
	struct command_export_seal *input = &command.input.export_seal;
	input->export.raw = id;
	input->item_count = export->item_count;
	input->net_cents = export->net_cents;
	input->vat_cents = export->vat_cents;
	memset(input->content_hash, hash, sizeof(input->content_hash));
	return command;
}

static enum result seal(struct acts *acts, uint32_t id, uint8_t hash)
{
	struct command command = seal_command(acts, id, hash);
	return fixture_result(acts->fixture, &command);
}

/* An approved statement of 45,20 + 2,26 and a body of the lead body; format as told. */
static struct acts begin(void **state, const char *body)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, TO_APPROVED);
	acts_must(&acts, body);
	return acts;
}

static struct acts begin_sealed(void **state, const char *body)
{
	struct acts acts = begin(state, body);
	acts_must(&acts, OPEN ADD);
	assert_int_equal(seal(&acts, 1, 7), RESULT_OK);
	return acts;
}

/* ---- Bodies that pay ---- */

static void bodies(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, BODY "format=OPI istat_code=000123456 treasury_abi=05428 bic=BAPPIT22 "
			      "cuc=ABC12345 ipa_code=UF1234");
	assert_int_equal(acts_do(&acts, BODY "format=OPI"), RESULT_ALREADY_EXISTS);
	assert_int_equal(acts_do(&acts, "do paying_body_create by=finance ambito=CREMA code=OTHER "
					"name=X tax_code=00111540191 format=TABLE act=D-1 "
					"iban=IT60X0542811101000000123456"),
			 RESULT_ALREADY_EXISTS); /* the lead body has one */
	acts_must(&acts, "do paying_body_update by=finance paying_body=CREMA-CAPO act=D-2 "
			 "bic=BAPPIT22XXX format=PAIN001_09");
	const struct paying_body *body =
	    state_paying_body(&acts.fixture->state, (struct paying_body_id){1});
	assert_string_equal(body->bic, "BAPPIT22XXX");
	assert_int_equal(body->format, EXPORT_FORMAT_PAIN001_09);
	assert_string_equal(body->cuc, "ABC12345"); /* not told: as it was */
}

static void bodies_are_checked(void **state)
{
	struct acts acts = acts_begin(*state);
	static const struct {
		const char *act;
		const char *field;
	} wrong[] = {
	    {"code=A/1 tax_code=00111540191 iban=IT60X0542811101000000123456", "code"},
	    {"code=A tax_code=RSSMRA80A01F205X iban=IT60X0542811101000000123456", "tax_code"},
	    {"code=A tax_code=00111540191 iban=IT60X0542811101000000123457", "iban"},
	    {"code=A tax_code=00111540191 iban=IT60X0542811101000000123456 bic=BAPPIT2", "bic"},
	    {"code=A tax_code=00111540191 iban=IT60X0542811101000000123456 cuc=1234567", "cuc"},
	    {"code=A tax_code=00111540191 iban=IT60X0542811101000000123456 ipa_code=U-1",
	     "ipa_code"},
	    {"code=A tax_code=00111540191 iban=IT60X0542811101000000123456 treasury_abi=123",
	     "treasury_abi"},
	    {"code=A tax_code=00111540191 iban=IT60X0542811101000000123456 istat_code=A1",
	     "istat_code"},
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char act[256];
		(void)snprintf(act, sizeof(act),
			       "do paying_body_create by=finance ambito=CREMA name=X format=OPI "
			       "act=D %s",
			       wrong[i].act);
		assert_int_equal(acts_do(&acts, act), RESULT_FIELD_INVALID);
		assert_string_equal(acts.fixture->last.field->name, wrong[i].field);
	}
	acts_must(&acts, BODY "format=OPI");
	assert_int_equal(acts_do(&acts, "do paying_body_update by=finance paying_body=1 act=D "
					"tax_code=1"),
			 RESULT_FIELD_INVALID);
}

/* ---- The life of an export ---- */

static void seal_exports_and_payment_closes(void **state)
{
	struct acts acts = begin(state, BODY "format=PAIN001_09 bic=BAPPIT22");
	acts_must(&acts, OPEN ADD);
	EXPECT_CENTS(acts.fixture->last.gross, 4746);
	acts_must(&acts, "do paying_body_update by=finance paying_body=1 act=D bic=OTHERX22");
	assert_string_equal(export_of(&acts, 1)->payer_bic, "BAPPIT22"); /* as when it was opened */
	assert_int_equal(export_of(&acts, 1)->ordinal, 1);
	assert_int_equal(statement_state(&acts), STATEMENT_STATE_APPROVED);
	assert_int_equal(seal(&acts, 1, 7), RESULT_OK);
	const struct export *sealed = export_of(&acts, 1);
	assert_int_equal(sealed->state, EXPORT_STATE_SEALED);
	EXPECT_CENTS(sealed->net_cents, 4520);
	EXPECT_CENTS(sealed->vat_cents, 226);
	EXPECT_CENTS(sealed->total_cents, 4746);
	assert_int_equal(statement_state(&acts), STATEMENT_STATE_EXPORTED);
	assert_int_equal(seal(&acts, 1, 7), RESULT_OK); /* again */
	assert_int_equal(seal(&acts, 1, 8), RESULT_EXPORT_HASH_DIFFERS);
	acts_must(&acts, "do export_result by=finance export_item=1 state=ACCEPTED reference=R-1");
	assert_int_equal(export_of(&acts, 1)->state, EXPORT_STATE_ACCEPTED);
	acts_must(&acts, "do export_result by=finance export_item=1 state=ACCEPTED reference=R-2");
	assert_string_equal(item_of(&acts, 1)->reference, "R-2");
	assert_int_equal(export_of(&acts, 1)->accepted_count, 1);
	acts_must(&acts, "order; pay");
	assert_int_equal(item_of(&acts, 1)->state, EXPORT_ITEM_STATE_PAID);
	assert_int_equal(acts_do(&acts, "do export_cancel by=finance export=1 act=D-9"),
			 RESULT_EXPORT_PAID);
	assert_int_equal(acts_do(&acts, "do export_result by=finance export_item=1 state=REJECTED"),
			 RESULT_EXPORT_PAID);
	assert_int_equal(acts_do(&acts, "do export_withdraw by=finance export_item=1 act=D-9"),
			 RESULT_EXPORT_PAID);
}

static void payment_without_a_result_accepts(void **state)
{
	struct acts acts = begin_sealed(state, BODY "format=TABLE");
	acts_must(&acts, "order; pay");
	assert_int_equal(export_of(&acts, 1)->state, EXPORT_STATE_ACCEPTED);
	assert_int_equal(export_of(&acts, 1)->accepted_count, 1);
	assert_int_equal(acts_do(&acts, "do export_result by=finance export_item=1 state=ACCEPTED"),
			 RESULT_OK); /* its reference comes late */
	assert_int_equal(item_of(&acts, 1)->state, EXPORT_ITEM_STATE_PAID);
}

/* Two who open and add at once make one export. */
static void opening_and_adding_again(void **state)
{
	struct acts acts = begin(state, BODY "format=OPI");
	acts_must(&acts, OPEN OPEN ADD ADD);
	assert_int_equal(state_count(&acts.fixture->state, RECORD_KIND_EXPORT), 1);
	assert_int_equal(state_count(&acts.fixture->state, RECORD_KIND_EXPORT_ITEM), 1);
	EXPECT_CENTS(export_of(&acts, 1)->total_cents, 4746);
	acts_must(&acts, "do export_open by=finance paying_body=1 month=2026-01 format=PAIN001_03");
	assert_int_equal(acts.fixture->last.object, 2);
	assert_int_equal(acts_do(&acts, "do export_add by=finance export=2 statement=1"),
			 RESULT_STATEMENT_IN_EXPORT);
	assert_int_equal(acts.fixture->last.object, 1);
	assert_int_equal(acts_do(&acts, "export"), RESULT_STATEMENT_IN_EXPORT);
	acts_must(&acts, "do export_cancel by=finance export=1 act=D-9;"
			 "do export_add by=finance export=2 statement=1");
	assert_int_equal(export_of(&acts, 1)->state, EXPORT_STATE_CANCELLED);
	assert_int_equal(item_of(&acts, 1)->state, EXPORT_ITEM_STATE_CANCELLED);
	assert_int_equal(acts_do(&acts, ADD_ONE), RESULT_EXPORT_NOT_OPEN);
	assert_int_equal(seal(&acts, 1, 7), RESULT_EXPORT_NOT_OPEN);
	assert_int_equal(acts_do(&acts, "do export_open by=finance paying_body=1 month=2026-01 "
					"format=OPI profile=x"),
			 RESULT_FIELD_INVALID);
}

static void what_may_be_added(void **state)
{
	struct acts acts = begin(state, BODY "format=OPI");
	acts_must(&acts,
		  "do export_open by=finance paying_body=1 month=2026-02;"
		  "do export_open by=finance paying_body=1 month=2026-01;"
		  "do export_open by=finance paying_body=1 month=2026-01 family=CASH_GRANTS");
	assert_int_equal(acts_do(&acts, ADD_ONE), RESULT_EXPORT_OTHER_PAYER); /* another month */
	assert_int_equal(acts_do(&acts, "do export_add by=finance export=3 statement=1"),
			 RESULT_EXPORT_OTHER_PAYER); /* another family */
	assert_int_equal(acts_do(&acts, "do export_add by=finance export=2"), RESULT_FIELD_MISSING);
	assert_int_equal(seal(&acts, 2, 7), RESULT_EXPORT_EMPTY);
	acts_must(&acts, "do export_add by=finance export=2 statement=1");
}

static void another_payer(void **state)
{
	struct acts acts = acts_begin(*state);
	acts_must(&acts, "parameter PAYMENT_MODEL P2;" TO_APPROVED BODY "format=OPI");
	char act[256];
	(void)snprintf(act, sizeof(act),
		       "do paying_body_create by=finance ambito=CREMA code=PANDINO name=Pandino "
		       "tax_code=00111540191 iban=IT60X0542811101000000123456 act=D-1 "
		       "format=TABLE comune=%u",
		       acts.fixture->pandino.raw);
	acts_must(&acts, act);
	acts_must(&acts, OPEN "do export_open by=finance paying_body=PANDINO month=2026-01");
	assert_int_equal(acts_do(&acts, ADD_ONE), RESULT_EXPORT_OTHER_PAYER);
	acts_must(&acts, "do export_add by=finance export=2 statement=1");
	assert_int_equal(export_of(&acts, 2)->comune.raw, acts.fixture->pandino.raw);
}

static void totals_must_be_the_exports(void **state)
{
	struct acts acts = begin(state, BODY "format=OPI");
	acts_must(&acts, OPEN ADD);
	struct command command = seal_command(&acts, 1, 7);
	command.input.export_seal.net_cents = cents_from(4519);
	EXPECT(acts.fixture, &command, EXPORT_TOTALS_DIFFER);
	EXPECT_CENTS(acts.fixture->last.limit, 4746);
	EXPECT_CENTS(acts.fixture->last.short_by, 1);
	command = seal_command(&acts, 1, 7);
	command.input.export_seal.item_count = 2;
	EXPECT(acts.fixture, &command, EXPORT_TOTALS_DIFFER);
	command = seal_command(&acts, 1, 7); /* a cent moved between the two */
	command.input.export_seal.net_cents = cents_from(4521);
	command.input.export_seal.vat_cents = cents_from(225);
	EXPECT(acts.fixture, &command, EXPORT_TOTALS_DIFFER);
	assert_int_equal(statement_state(&acts), STATEMENT_STATE_APPROVED);
}

/* What fills an export is continued by another. */
static void a_full_export(void **state)
{
	struct acts acts = begin(state, BODY "format=OPI");
	acts_must(&acts, OPEN);
	struct export full = *export_of(&acts, 1);
	full.item_count = EXPORT_ITEMS_MAX;
	acts.fixture->check_all = false; /* the items themselves are not there */
	assert_true(apply_record(&acts.fixture->state, RECORD_KIND_EXPORT, 1, &full));
	assert_int_equal(acts_do(&acts, ADD_ONE), RESULT_EXPORT_FULL);
	assert_int_equal(acts.fixture->last.object, 1);
	full.item_count--;
	assert_true(apply_record(&acts.fixture->state, RECORD_KIND_EXPORT, 1, &full));
	assert_int_equal(acts_do(&acts, ADD_ONE), RESULT_OK);
}

/* ---- Held back, credited ---- */

static void a_block_leaves_the_draft(void **state)
{
	struct acts acts = begin(state, BODY "format=OPI");
	acts_must(&acts, OPEN ADD "block");
	assert_int_equal(item_of(&acts, 1)->state, EXPORT_ITEM_STATE_REMOVED);
	assert_int_equal(export_of(&acts, 1)->item_count, 0);
	EXPECT_CENTS(export_of(&acts, 1)->total_cents, 0);
	assert_int_equal(acts_do(&acts, ADD_ONE), RESULT_STATEMENT_NOT_OPEN);
	acts_must(&acts, "unblock durc=2026-05-31;" ADD);
	assert_int_equal(item_of(&acts, 2)->ordinal, 2);
	assert_int_equal(seal(&acts, 1, 7), RESULT_OK);
}

/* Let go on as the sealed export pays it: EXPORTED again. */
static void a_block_of_a_sealed_export(void **state)
{
	struct acts acts = begin_sealed(state, BODY "format=OPI");
	acts_must(&acts, "block; unblock durc=2026-05-31");
	assert_int_equal(statement_state(&acts), STATEMENT_STATE_EXPORTED);
	acts_must(&acts, "block; unblock durc=2026-05-31 substituted=1000");
	assert_int_equal(statement_state(&acts), STATEMENT_STATE_APPROVED);
	/* the sealed export would pay another amount: no other may have it until it is taken out */
	acts_must(&acts, OPEN);
	assert_int_equal(acts.fixture->last.object, 2);
	assert_int_equal(acts_do(&acts, "do export_add by=finance export=2 statement=1"),
			 RESULT_STATEMENT_IN_EXPORT);
	acts_must(&acts, "do export_withdraw by=finance export_item=1 act=NOTA-1;"
			 "do export_add by=finance export=2 statement=1");
	EXPECT_CENTS(export_of(&acts, 2)->net_cents, 3520);
	assert_int_equal(export_of(&acts, 1)->state, EXPORT_STATE_CANCELLED);
	EXPECT_CENTS(export_of(&acts, 1)->total_cents, 4746); /* what was sent stays told */
}

static void a_credit_makes_a_draft_stale(void **state)
{
	struct acts acts = begin(state, BODY "format=OPI");
	acts_must(&acts, OPEN ADD "reverse note=TD04-1");
	assert_int_equal(seal(&acts, 1, 7), RESULT_EXPORT_STALE);
	assert_int_equal(acts.fixture->last.object, 1);
	acts_must(&acts, ADD);
	EXPECT_CENTS(export_of(&acts, 1)->total_cents, 2373);
	assert_int_equal(seal(&acts, 1, 7), RESULT_OK);
	assert_int_equal(export_of(&acts, 1)->last_adjustment.raw,
			 state_count(&acts.fixture->state, RECORD_KIND_LINE_ADJUSTMENT));
}

/* ---- Rejected, cancelled, replaced ---- */

static void a_rejection_frees(void **state)
{
	struct acts acts = begin_sealed(state, BODY "format=OPI");
	assert_int_equal(acts_do(&acts, "do export_result by=finance export_item=1 state=PAID"),
			 RESULT_FIELD_INVALID);
	acts_must(&acts, "do export_result by=finance export_item=1 state=REJECTED "
			 "reason_code=AC04;"
			 "do export_result by=finance export_item=1 state=REJECTED");
	assert_int_equal(export_of(&acts, 1)->state, EXPORT_STATE_REJECTED);
	assert_int_equal(statement_state(&acts), STATEMENT_STATE_APPROVED);
	assert_int_equal(acts_do(&acts, "do export_result by=finance export_item=1 state=ACCEPTED"),
			 RESULT_ILLEGAL_TRANSITION);
	assert_int_equal(acts_do(&acts, "do export_withdraw by=finance export_item=1 act=D"),
			 RESULT_ILLEGAL_TRANSITION);
	assert_int_equal(acts_do(&acts, "do export_cancel by=finance export=1 act=D"),
			 RESULT_EXPORT_NOT_OPEN);
	acts_must(&acts, OPEN "do export_add by=finance export=2 statement=1");
	assert_int_equal(export_of(&acts, 2)->ordinal, 2);
	assert_int_equal(acts_do(&acts, "do export_result by=finance export_item=2 state=ACCEPTED"),
			 RESULT_ILLEGAL_TRANSITION); /* a draft */
}

/* First accepted, then rejected by the bank. */
static void a_late_rejection(void **state)
{
	struct acts acts = begin_sealed(state, BODY "format=PAIN001_03");
	acts_must(&acts, "do export_result by=finance export_item=1 state=ACCEPTED;"
			 "do export_result by=finance export_item=1 state=REJECTED");
	assert_int_equal(export_of(&acts, 1)->accepted_count, 0);
	assert_int_equal(export_of(&acts, 1)->rejected_count, 1);
	assert_int_equal(statement_state(&acts), STATEMENT_STATE_APPROVED);
}

static void cancelling(void **state)
{
	struct acts acts = begin_sealed(state, BODY "format=PAIN001_03");
	acts_must(&acts, "do export_cancel by=finance export=1 act=D-9");
	assert_int_equal(export_of(&acts, 1)->state, EXPORT_STATE_CANCELLED);
	assert_int_equal(statement_state(&acts), STATEMENT_STATE_APPROVED);
	assert_int_equal(acts_do(&acts, "do export_replace by=finance export=1 act=D-9 "
					"operation=REPLACE"),
			 RESULT_FIELD_INVALID); /* no such flow in this format */
}

/* An OPI that was sent is taken back by an ANNULLO, when that is sealed. */
static void cancelling_an_opi(void **state)
{
	struct acts acts = begin_sealed(state, BODY "format=OPI");
	acts_must(&acts, "do export_cancel by=finance export=1 act=D-9;"
			 "do export_cancel by=finance export=1 act=D-9");
	assert_int_equal(acts.fixture->last.object, 2);
	assert_int_equal(export_of(&acts, 2)->operation, EXPORT_OPERATION_CANCEL);
	assert_int_equal(export_of(&acts, 1)->state, EXPORT_STATE_SEALED);
	assert_int_equal(acts_do(&acts, "do export_add by=finance export=2 statement=1"),
			 RESULT_EXPORT_NOT_OPEN);
	EXPECT_CENTS(export_of(&acts, 2)->total_cents, 4746);
	assert_int_equal(seal(&acts, 2, 9), RESULT_OK);
	assert_int_equal(export_of(&acts, 1)->state, EXPORT_STATE_CANCELLED);
	assert_int_equal(statement_state(&acts), STATEMENT_STATE_APPROVED);
	assert_int_equal(acts_do(&acts, "do export_cancel by=finance export=2 act=D-9"),
			 RESULT_EXPORT_NOT_OPEN);
}

static void replacing_an_opi(void **state)
{
	struct acts acts = begin_sealed(state, BODY "format=OPI");
	assert_int_equal(
	    acts_do(&acts, "do export_replace by=finance export=1 act=D operation=INSERT"),
	    RESULT_FIELD_INVALID);
	acts_must(&acts, "do export_replace by=finance export=1 act=D operation=REPLACE;"
			 "do export_replace by=finance export=1 act=D operation=REPLACE;"
			 "do export_add by=finance export=2 statement=1");
	assert_int_equal(export_of(&acts, 2)->replaces.raw, 1);
	assert_int_equal(statement_state(&acts), STATEMENT_STATE_EXPORTED);
	assert_int_equal(seal(&acts, 2, 9), RESULT_OK);
	assert_int_equal(export_of(&acts, 1)->state, EXPORT_STATE_REPLACED);
	assert_int_equal(item_of(&acts, 1)->state, EXPORT_ITEM_STATE_REPLACED);
	assert_int_equal(statement_state(&acts), STATEMENT_STATE_EXPORTED);
	acts_must(&acts, "order; pay");
	assert_int_equal(item_of(&acts, 2)->state, EXPORT_ITEM_STATE_PAID);
	assert_int_equal(
	    acts_do(&acts, "do export_replace by=finance export=1 act=D operation=REPLACE"),
	    RESULT_EXPORT_NOT_OPEN);
}

/* The replacement's seal finds the first one paid, or cancelled in between. */
static void replacing_too_late(void **state)
{
	struct acts acts = begin_sealed(state, BODY "format=OPI");
	acts_must(&acts, "do export_replace by=finance export=1 act=D operation=VARIATION;"
			 "do export_add by=finance export=2 statement=1; order");
	assert_int_equal(seal(&acts, 2, 9), RESULT_EXPORT_STALE);
	assert_int_equal(
	    acts_do(&acts, "do export_replace by=finance export=1 act=D operation=REPLACE"),
	    RESULT_EXPORT_PAID);
	acts_must(&acts, "pay");
	assert_int_equal(item_of(&acts, 1)->state, EXPORT_ITEM_STATE_PAID);
	assert_int_equal(item_of(&acts, 2)->state, EXPORT_ITEM_STATE_INCLUDED);
	acts_must(&acts, "do export_cancel by=finance export=2 act=D");
	assert_int_equal(statement_state(&acts), STATEMENT_STATE_PAID);
}

static void the_annullo_comes_first(void **state)
{
	struct acts acts = begin_sealed(state, BODY "format=OPI");
	acts_must(&acts, "do export_replace by=finance export=1 act=D operation=REPLACE;"
			 "do export_add by=finance export=2 statement=1;"
			 "do export_cancel by=finance export=1 act=D");
	assert_int_equal(seal(&acts, 3, 9), RESULT_OK);
	assert_int_equal(seal(&acts, 2, 9), RESULT_EXPORT_NOT_OPEN);
	assert_int_equal(acts.fixture->last.object, 1);
}

static void protocol(void **state)
{
	struct acts acts = begin(state, BODY "format=OPI");
	acts_must(&acts, OPEN ADD);
#define PROTOCOL "do export_protocol by=finance export=1 protocol_date=2026-02-13 protocol_number="
	assert_int_equal(acts_do(&acts, PROTOCOL "1/2026"), RESULT_EXPORT_NOT_OPEN);
	assert_int_equal(seal(&acts, 1, 7), RESULT_OK);
	acts_must(&acts, PROTOCOL "1/2026;" PROTOCOL "1/2026");
	assert_int_equal(acts_do(&acts, PROTOCOL "2/2026"), RESULT_ALREADY_EXISTS);
	assert_string_equal(export_of(&acts, 1)->protocol_number, "1/2026");
}

static void a_draft_gives_a_payment_back(void **state)
{
	struct acts acts = begin(state, BODY "format=OPI");
	acts_must(&acts, OPEN ADD "do export_withdraw by=finance export_item=1 act=NOTA");
	assert_int_equal(export_of(&acts, 1)->item_count, 0);
	assert_int_equal(statement_state(&acts), STATEMENT_STATE_APPROVED);
	acts_must(&acts, "export; order; pay"); /* by hand, as one statement */
	assert_int_equal(item_of(&acts, 1)->state, EXPORT_ITEM_STATE_REMOVED);
}

static void delivery(void **state)
{
	struct acts acts = begin_sealed(state, BODY "format=OPI");
	struct effects *effects = &acts.fixture->effects;
	effects_reset(effects);
	struct decision decision = {.state = &acts.fixture->state, .effects = effects};
	assert_int_equal(export_delivered(&decision, (struct export_id){1}), RESULT_OK);
	assert_int_equal(export_delivered(&decision, (struct export_id){1}), RESULT_OK);
	assert_int_equal(effects_read_export(effects, (struct export_id){1})->state,
			 EXPORT_STATE_DELIVERED);
	effects_edit_export(effects, (struct export_id){1})->state = EXPORT_STATE_CANCELLED;
	assert_int_equal(export_delivered(&decision, (struct export_id){1}),
			 RESULT_EXPORT_NOT_OPEN);
	effects_reset(effects);
}

static struct command file_of(const struct acts *acts, uint8_t hash, uint32_t export)
{
	struct command command =
	    fixture_command(COMMAND_KIND_DELIVERY_QUEUE, acts->fixture->role[ROLE_FINANCE]);
	struct command_delivery_queue *input = &command.input.delivery_queue;
	input->destination.raw = 1;
	input->export.raw = export;
	input->size = 10;
	input->file_name[0] = (char)('a' + hash);
	memset(input->file_hash, hash, sizeof(input->file_hash));
	return command;
}

static void arrives(struct acts *acts, uint32_t id)
{
	struct command command =
	    fixture_command(COMMAND_KIND_DELIVERY_ATTEMPT, acts->fixture->role[ROLE_COURIER]);
	command.input.delivery_attempt.delivery.raw = id;
	command.input.delivery_attempt.holder = 1;
	EXPECT(acts->fixture, &command, OK);
	command =
	    fixture_command(COMMAND_KIND_DELIVERY_REPORT, acts->fixture->role[ROLE_COURIER]);
	command.input.delivery_report.delivery.raw = id;
	command.input.delivery_report.attempt = 1;
	command.input.delivery_report.outcome = DELIVERY_OUTCOME_SENT;
	EXPECT(acts->fixture, &command, OK);
}

/* An export has left when the last of its files has; one that was cancelled does not count. */
static void files_of_an_export(void **state)
{
	struct acts acts = begin(state, BODY "format=OPI");
	acts_must(&acts, OPEN ADD "do destination_add by=manager ambito=CREMA code=T kind=FOLDER "
				  "address=/srv/out");
	struct command command = file_of(&acts, 1, 1);
	EXPECT(acts.fixture, &command, ILLEGAL_TRANSITION);
	assert_int_equal(seal(&acts, 1, 7), RESULT_OK);
	for (uint8_t hash = 1; hash <= 4; hash++) {
		command = file_of(&acts, hash, hash == 4 ? 0 : 1);
		EXPECT(acts.fixture, &command, OK);
	}
	arrives(&acts, 4);
	arrives(&acts, 1);
	assert_int_equal(export_of(&acts, 1)->state, EXPORT_STATE_SEALED);
	command =
	    fixture_command(COMMAND_KIND_DELIVERY_CANCEL, acts.fixture->role[ROLE_FINANCE]);
	command.input.delivery_cancel.delivery.raw = 2;
	EXPECT(acts.fixture, &command, OK);
	assert_int_equal(export_of(&acts, 1)->state, EXPORT_STATE_SEALED);
	arrives(&acts, 3);
	assert_int_equal(export_of(&acts, 1)->state, EXPORT_STATE_DELIVERED);
}

/* ---- Buoni ---- */

static void buoni(void **state)
{
	struct grants grants = grants_begin(*state);
	struct acts acts = acts_begin(grants.fixture);
	assert_int_equal(grants_propose(&grants, 40000, "2026-01", "2026-03"), RESULT_OK);
	assert_int_equal(grants_issue(&grants), RESULT_OK);
	assert_int_equal(grants_activate(&grants, NULL), RESULT_OK);
	fixture_advance(grants.fixture, fixture_instant("2026-01-28T09:00"));
	acts_must(&acts, BODY "format=OPI; do export_open by=finance paying_body=1 month=2026-01 "
			      "family=CASH_GRANTS");
#define PUT "do export_add by=finance export=1 cash_grant_payment=1"
	assert_int_equal(acts_do(&acts, PUT), RESULT_ILLEGAL_TRANSITION); /* not approved */
	assert_int_equal(grants_approve(&grants, "2026-01"), RESULT_OK);
	acts_must(&acts, PUT);
	EXPECT_CENTS(export_of(&acts, 1)->net_cents, 40000);
	EXPECT_CENTS(export_of(&acts, 1)->vat_cents, 0);
	assert_int_equal(seal(&acts, 1, 7), RESULT_OK);
	assert_int_equal(grants_act(&grants, 1, COMMAND_KIND_CASH_GRANT_PAYMENT_PAY), RESULT_OK);
	assert_int_equal(item_of(&acts, 1)->state, EXPORT_ITEM_STATE_PAID);
	/* the transfer comes back: the payment may be exported again */
	assert_int_equal(grants_act(&grants, 1, COMMAND_KIND_CASH_GRANT_PAYMENT_BOUNCE), RESULT_OK);
	assert_int_equal(item_of(&acts, 1)->state, EXPORT_ITEM_STATE_RETURNED);
	acts_must(&acts, "do export_open by=finance paying_body=1 month=2026-01 family=CASH_GRANTS;"
			 "do export_add by=finance export=2 cash_grant_payment=1");
	assert_int_equal(export_of(&acts, 1)->state, EXPORT_STATE_ACCEPTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(bodies),
	    EXPECT_TEST(bodies_are_checked),
	    EXPECT_TEST(seal_exports_and_payment_closes),
	    EXPECT_TEST(payment_without_a_result_accepts),
	    EXPECT_TEST(opening_and_adding_again),
	    EXPECT_TEST(what_may_be_added),
	    EXPECT_TEST(another_payer),
	    EXPECT_TEST(totals_must_be_the_exports), EXPECT_TEST(a_full_export),
	    EXPECT_TEST(a_block_leaves_the_draft),
	    EXPECT_TEST(a_block_of_a_sealed_export),
	    EXPECT_TEST(a_credit_makes_a_draft_stale),
	    EXPECT_TEST(a_rejection_frees),
	    EXPECT_TEST(a_late_rejection),
	    EXPECT_TEST(cancelling),
	    EXPECT_TEST(cancelling_an_opi),
	    EXPECT_TEST(replacing_an_opi),
	    EXPECT_TEST(replacing_too_late),
	    EXPECT_TEST(the_annullo_comes_first),
	    EXPECT_TEST(protocol),
	    EXPECT_TEST(a_draft_gives_a_payment_back),
	    EXPECT_TEST(delivery),
	    EXPECT_TEST(files_of_an_export),
	    EXPECT_TEST(buoni),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
