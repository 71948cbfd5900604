/* Reservations, the waitlist, mandatory and urgent titles, lent roles. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

#include "engine/domain/title_term.h"
#include "engine/domain/undo.h"

#include <stdlib.h>

static int64_t fund(struct fixture *fixture, enum fund_account_slot slot)
{
	return state_fund_balance(&fixture->state, fixture->year_2026, slot).raw; /* raw: literals */
}

static int64_t ceiling(struct fixture *fixture, struct ceiling_id id, enum ceiling_account_slot slot)
{
	return state_ceiling_balance(&fixture->state, id, slot).raw; /* raw: literals */
}

static const struct voucher *title_of(struct fixture *fixture, struct voucher_id id)
{
	return state_voucher(&fixture->state, id);
}

static struct command reserve(struct fixture *fixture, struct voucher_id id)
{
	struct command command =
	    fixture_command(COMMAND_KIND_VOUCHER_RESERVE, fixture->role[ROLE_SOCIAL_WORKER]);
	command.input.voucher_reserve.voucher = id;
	return command;
}

static struct command cancel(struct fixture *fixture, struct voucher_id id)
{
	struct command command =
	    fixture_command(COMMAND_KIND_VOUCHER_CANCEL, fixture->role[ROLE_UDP_OFFICER]);
	command.input.voucher_cancel.voucher = id;
	command.input.voucher_cancel.reason = REASON_OTHER_WITH_ACT;
	return command;
}

static struct voucher_id propose(struct fixture *fixture, uint32_t rank, uint32_t minutes)
{
	struct voucher_id id =
	    fixture_propose(fixture, fixture_beneficiary(fixture, fixture->pandino), "2026-01",
			    "2026-06", minutes);
	struct voucher voucher = *title_of(fixture, id);
	voucher.rank = rank;
	assert_true(apply_record(&fixture->state, RECORD_KIND_VOUCHER, id.raw, &voucher));
	return id;
}

static void reserve_then_issue(void **state)
{
	struct fixture *fixture = *state;
	struct ceiling_id id = fixture_ceiling(fixture, fixture->pandino, 2026, 200000);
	struct voucher_id title = propose(fixture, 0, 720);
	struct command command = reserve(fixture, title);
	EXPECT(fixture, &command, OK);
	EXPECT_CENTS(fixture->last.gross, 170856);
	assert_int_equal(title_of(fixture, title)->state, VOUCHER_STATE_RESERVED);
	assert_int_equal(fund(fixture, FUND_RESERVED), 170856);
	assert_int_equal(fund(fixture, FUND_COMMITTED), 0);
	assert_int_equal(ceiling(fixture, id, CEILING_RESERVED), 170856);
	EXPECT(fixture, &command, ILLEGAL_TRANSITION);
	const struct commitment *impegno =
	    state_commitment(&fixture->state, fixture->commitment_2026);
	EXPECT_CENTS(impegno->drawn_cents, 0);
	struct command issue = fixture_issue(fixture, title);
	EXPECT(fixture, &issue, OK);
	assert_int_equal(fund(fixture, FUND_RESERVED), 0);
	assert_int_equal(fund(fixture, FUND_COMMITTED), 170856);
	assert_int_equal(ceiling(fixture, id, CEILING_RESERVED), 0);
	assert_int_equal(ceiling(fixture, id, CEILING_USED), 170856);
	impegno = state_commitment(&fixture->state, fixture->commitment_2026);
	EXPECT_CENTS(impegno->drawn_cents, 170856);
	assert_int_equal(title_term_find(&fixture->effects, title, TITLE_TERM_KIND_RESERVATION).raw,
			 0);
}

static void reservations_expire_and_are_cancelled(void **state)
{
	struct fixture *fixture = *state;
	struct ceiling_id id = fixture_ceiling(fixture, fixture->pandino, 2026, 400000);
	struct voucher_id title = propose(fixture, 0, 720);
	struct command command = reserve(fixture, title);
	EXPECT(fixture, &command, OK); /* on 1 January, for 15 days */
	struct voucher_id other = propose(fixture, 0, 60);
	struct command again = reserve(fixture, other);
	EXPECT(fixture, &again, OK);
	struct command end = cancel(fixture, other);
	EXPECT(fixture, &end, OK);
	assert_int_equal(title_of(fixture, other)->state, VOUCHER_STATE_CANCELLED);
	assert_int_equal(fund(fixture, FUND_RESERVED), 170856);
	fixture_advance(fixture, fixture_instant("2026-01-16T23:00"));
	assert_int_equal(title_of(fixture, title)->state, VOUCHER_STATE_RESERVED);
	fixture_advance(fixture, fixture_instant("2026-01-17T01:00"));
	assert_int_equal(title_of(fixture, title)->state, VOUCHER_STATE_PROPOSED);
	assert_int_equal(fund(fixture, FUND_RESERVED), 0);
	assert_int_equal(fund(fixture, FUND_AVAILABLE), 14035000);
	assert_int_equal(ceiling(fixture, id, CEILING_FREE), 400000);
	uint32_t cells = state_count(&fixture->state, RECORD_KIND_CELL);
	struct command issue = fixture_issue(fixture, title);
	EXPECT(fixture, &issue, OK); /* on the cells of the reservation */
	assert_int_equal(state_count(&fixture->state, RECORD_KIND_CELL), cells);
	assert_int_equal(fund(fixture, FUND_COMMITTED), 170856);
}

static void nobody_overtakes(void **state)
{
	struct fixture *fixture = *state;
	(void)fixture_ceiling(fixture, fixture->pandino, 2026, 100000);
	struct voucher_id second = propose(fixture, 2, 60);
	struct voucher_id first = propose(fixture, 1, 720);
	struct voucher_id outside = propose(fixture, 0, 60);
	struct command issue = fixture_issue(fixture, first);
	EXPECT(fixture, &issue, WAITLISTED);
	issue = fixture_issue(fixture, second);
	EXPECT(fixture, &issue, WAITLISTED);
	assert_int_equal(fixture->last.cause, RESULT_RANKED_BEFORE);
	EXPECT_CENTS(fixture->last.short_by, 0);
	issue.input.voucher_issue.refuse = 1;
	EXPECT(fixture, &issue, RANKED_BEFORE);
	issue = fixture_issue(fixture, outside); /* without a rank: outside the ranking */
	EXPECT(fixture, &issue, OK);
	struct command end = cancel(fixture, first);
	EXPECT(fixture, &end, OK);
	issue = fixture_issue(fixture, second);
	EXPECT(fixture, &issue, OK);
}

static struct voucher_id propose_order(struct fixture *fixture, enum title_priority priority)
{
	struct command command =
	    fixture_command(COMMAND_KIND_VOUCHER_PROPOSE, fixture->role[ROLE_SOCIAL_WORKER]);
	command.input.voucher_propose.beneficiary = fixture->person;
	command.input.voucher_propose.fund = fixture->fund;
	command.input.voucher_propose.lines.count = 1;
	command.input.voucher_propose.lines.items[0].service = fixture->service;
	command.input.voucher_propose.lines.items[0].units_per_month = 720;
	command.input.voucher_propose.first_month = fixture_month("2026-01");
	command.input.voucher_propose.last_month = fixture_month("2026-06");
	command.input.voucher_propose.priority = (uint8_t)priority;
	EXPECT_FIELD(fixture, &command, FIELD_MISSING, "priority_act");
	FIXTURE_TEXT(command.input.voucher_propose.priority_act, "TM-BS 12/2026");
	if (priority == TITLE_PRIORITY_MANDATORY) {
		EXPECT_FIELD(fixture, &command, FIELD_MISSING, "authority");
		FIXTURE_TEXT(command.input.voucher_propose.authority, "Tribunale per i minorenni");
	}
	return (struct voucher_id){fixture_must(fixture, &command)};
}

static void orders_pass_ceilings_never_the_fund(void **state)
{
	struct fixture *fixture = *state;
	struct ceiling_id id = fixture_ceiling(fixture, fixture->pandino, 2026, 100000);
	struct voucher_id title = propose_order(fixture, TITLE_PRIORITY_MANDATORY);
	struct command issue = fixture_issue(fixture, title);
	EXPECT(fixture, &issue, OK);
	const struct ceiling *record = state_ceiling(&fixture->state, id);
	assert_int_equal(record->state, CEILING_STATE_OVERRUN);
	EXPECT_CENTS(record->shortfall_cents, 70856);
	EXPECT_CENTS(record->priority_cents, 170856);
	assert_int_equal(ceiling(fixture, id, CEILING_USED), 170856);
	/* the fund's money is no policy: it waits before all others, with a task */
	struct acts acts = acts_begin(fixture);
	acts_must(&acts, "fund SMALL 2026 1000");
	struct voucher_id poor = propose_order(fixture, TITLE_PRIORITY_MANDATORY);
	issue = fixture_issue(fixture, poor);
	issue.input.voucher_issue.fund = acts.fund;
	EXPECT(fixture, &issue, WAITLISTED);
	assert_int_equal(fixture->last.cause, RESULT_FUND_EXHAUSTED);
	uint32_t last = state_count(&fixture->state, RECORD_KIND_EVENT);
	const struct event *event = state_event(&fixture->state, (struct event_id){last});
	assert_int_equal(event->kind, EVENT_KIND_PRIORITY_UNFUNDED);
	assert_int_equal(event->task, 1);
}

/* A share set aside: ordinary titles leave it, orders use it. */
static void the_share_set_aside(void **state)
{
	struct fixture *fixture = *state;
	struct command set =
	    fixture_command(COMMAND_KIND_CEILING_SET, fixture->role[ROLE_UDP_MANAGER]);
	set.input.ceiling_set.ambito = fixture->ambito;
	set.input.ceiling_set.comune = fixture->pandino;
	set.input.ceiling_set.amount_cents = cents_from(400000);
	set.input.ceiling_set.set_aside_cents = cents_from(171000);
	FIXTURE_TEXT(set.input.ceiling_set.act, "DEL-1");
	struct ceiling_id id = {fixture_must(fixture, &set)};
	struct command issue = fixture_issue(fixture, propose(fixture, 0, 720));
	EXPECT(fixture, &issue, OK);
	issue = fixture_issue(fixture, propose(fixture, 0, 720));
	EXPECT(fixture, &issue, WAITLISTED); /* 229.144 free, 171.000 of it set aside */
	EXPECT_CENTS(fixture->last.limit, 400000 - 170856 - 171000);
	issue = fixture_issue(fixture, propose_order(fixture, TITLE_PRIORITY_MANDATORY));
	EXPECT(fixture, &issue, OK);
	EXPECT_CENTS(state_ceiling(&fixture->state, id)->shortfall_cents, 0);
	assert_int_equal(state_ceiling(&fixture->state, id)->state, CEILING_STATE_ACTIVE);
}

static void urgent_titles_are_validated_in_time(void **state)
{
	struct fixture *fixture = *state;
	struct voucher_id title = propose_order(fixture, TITLE_PRIORITY_URGENT);
	struct command validate =
	    fixture_command(COMMAND_KIND_VOUCHER_VALIDATE, fixture->role[ROLE_UDP_MANAGER]);
	validate.input.voucher_validate.voucher = title;
	FIXTURE_TEXT(validate.input.voucher_validate.act, "DET-5");
	EXPECT(fixture, &validate, ILLEGAL_TRANSITION); /* not issued yet */
	struct command issue = fixture_issue(fixture, title);
	EXPECT(fixture, &issue, OK);
	effects_reset(&fixture->effects);
	struct title_term_id term =
	    title_term_find(&fixture->effects, title, TITLE_TERM_KIND_URGENT);
	assert_int_equal(state_title_term(&fixture->state, term)->due.number,
			 fixture_day("2026-01-31").number);
	fixture_advance(fixture, fixture_instant("2026-02-01T01:00"));
	uint32_t last = state_count(&fixture->state, RECORD_KIND_EVENT);
	assert_int_equal(state_event(&fixture->state, (struct event_id){last})->kind,
			 EVENT_KIND_URGENT_NOT_VALIDATED);
	EXPECT(fixture, &validate, OK); /* late, but done */
	assert_int_equal(state_event(&fixture->state, (struct event_id){last})->closed, 1);
	EXPECT(fixture, &validate, ILLEGAL_TRANSITION);
}

static struct command delegate(struct fixture *fixture)
{
	struct command command =
	    fixture_command(COMMAND_KIND_DELEGATION_CREATE, fixture->role[ROLE_UDP_MANAGER]);
	command.input.delegation_create.comune = fixture->izano;
	command.input.delegation_create.role = ROLE_COMUNE_ADMIN;
	command.input.delegation_create.to_comune = fixture->pandino;
	command.input.delegation_create.valid_from = fixture_day("2026-01-01");
	command.input.delegation_create.valid_to = fixture_day("2026-03-31");
	FIXTURE_TEXT(command.input.delegation_create.act, "DEL-8");
	return command;
}

static void roles_are_lent_between_two_dates(void **state)
{
	struct fixture *fixture = *state;
	struct ceiling_id id = fixture_ceiling(fixture, fixture->izano, 2026, 1000);
	struct command freeze =
	    fixture_command(COMMAND_KIND_CEILING_FREEZE, fixture->role[ROLE_COMUNE_ADMIN]);
	freeze.input.ceiling_freeze.ceiling = id;
	freeze.input.ceiling_freeze.reason = REASON_OFFICE_CHECK;
	EXPECT(fixture, &freeze, NOT_OWNER);
	struct command command = delegate(fixture);
	command.input.delegation_create.role = ROLE_AUDITOR;
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "role");
	command = delegate(fixture);
	command.input.delegation_create.to_comune.raw = 0;
	EXPECT_FIELD(fixture, &command, FIELD_MISSING, "to_comune");
	command = delegate(fixture);
	command.input.delegation_create.to_consortium = 1;
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "to_comune");
	command = delegate(fixture);
	command.input.delegation_create.valid_to = fixture_day("2025-12-31");
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "valid_to");
	command = delegate(fixture);
	struct delegation_id made = {fixture_must(fixture, &command)};
	EXPECT(fixture, &freeze, OK);
	struct command unfreeze =
	    fixture_command(COMMAND_KIND_CEILING_UNFREEZE, fixture->role[ROLE_CONSORTIUM]);
	unfreeze.input.ceiling_unfreeze.ceiling = id;
	EXPECT(fixture, &unfreeze, FORBIDDEN);
	command = delegate(fixture);
	command.input.delegation_create.to_comune.raw = 0;
	command.input.delegation_create.to_consortium = 1;
	EXPECT(fixture, &command, OK);
	EXPECT(fixture, &unfreeze, OK);
	struct command end =
	    fixture_command(COMMAND_KIND_DELEGATION_END, fixture->role[ROLE_UDP_MANAGER]);
	end.input.delegation_end.delegation = made;
	end.input.delegation_end.valid_to = fixture_day("2026-03-31");
	FIXTURE_TEXT(end.input.delegation_end.act, "DEL-9");
	EXPECT_FIELD(fixture, &end, FIELD_OUT_OF_RANGE, "valid_to");
	end.input.delegation_end.valid_to = fixture_day("2026-01-01");
	EXPECT(fixture, &end, OK);
	fixture_advance(fixture, fixture_instant("2026-01-02T09:00"));
	EXPECT(fixture, &freeze, NOT_OWNER);
}

/* Everything that a run of commands wrote is taken back, and can be written again. */
static void what_is_undone_never_was(void **state)
{
	struct fixture *fixture = *state;
	struct undo undo;
	void *memory = aligned_alloc(64, UNDO_MEMORY_SIZE);
	assert_non_null(memory);
	undo_init(&undo, memory);
	struct ceiling_id id = fixture_ceiling(fixture, fixture->pandino, 2026, 200000);
	struct voucher_id titles[3];
	for (uint32_t i = 0; i < 3; i++)
		titles[i] = propose(fixture, i + 1, i == 1 ? 720 : 60);
	for (uint32_t round = 0; round < 3; round++) {
		uint32_t cells = state_count(&fixture->state, RECORD_KIND_CELL);
		uint32_t terms = state_count(&fixture->state, RECORD_KIND_TITLE_TERM);
		undo_begin(&undo, &fixture->state);
		for (uint32_t i = 0; i < 3; i++) {
			struct command issue = fixture_issue(fixture, titles[i]);
			struct outcome outcome;
			decide(&fixture->effects, &issue, fixture->now, 1, &outcome);
			assert_int_equal(outcome.result, i == 0 ? RESULT_OK : outcome.result);
			assert_true(undo_note(&undo, &fixture->effects));
			apply_effects(&fixture->state, &fixture->effects);
		}
		assert_true(ceiling(fixture, id, CEILING_USED) > 0);
		undo_all(&undo);
		assert_int_equal(ceiling(fixture, id, CEILING_USED), 0);
		assert_int_equal(fund(fixture, FUND_COMMITTED), 0);
		assert_int_equal(state_count(&fixture->state, RECORD_KIND_CELL), cells);
		assert_int_equal(state_count(&fixture->state, RECORD_KIND_TITLE_TERM), terms);
		assert_int_equal(fixture->state.terms_by_blocker.count, 0);
		for (uint32_t i = 0; i < 3; i++)
			assert_int_equal(title_of(fixture, titles[i])->state,
					 VOUCHER_STATE_PROPOSED);
	}
	for (uint32_t i = 0; i < 3; i++) {
		struct command issue = fixture_issue(fixture, titles[i]);
		EXPECT(fixture, &issue, OK);
	}
	free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(reserve_then_issue),
	    EXPECT_TEST(reservations_expire_and_are_cancelled),
	    EXPECT_TEST(nobody_overtakes),
	    EXPECT_TEST(orders_pass_ceilings_never_the_fund),
	    EXPECT_TEST(the_share_set_aside),
	    EXPECT_TEST(urgent_titles_are_validated_in_time),
	    EXPECT_TEST(roles_are_lent_between_two_dates),
	    EXPECT_TEST(what_is_undone_never_was),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
