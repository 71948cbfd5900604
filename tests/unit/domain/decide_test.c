/* The door: identity before all else, what is stored and what is not, outcomes that come back the
 * same, refusals that leave nothing. */
#include "tests/unit/domain/expect.h"

#include <string.h>

static struct command new_beneficiary(struct fixture *fixture)
{
	struct command command =
	    fixture_command(COMMAND_KIND_BENEFICIARY_CREATE, fixture->role[ROLE_SOCIAL_WORKER]);
	command.input.beneficiary_create.comune = fixture->pandino;
	return command;
}

static struct command lower(struct fixture *fixture, struct ceiling_id ceiling, int64_t cents)
{
	struct command command =
	    fixture_command(COMMAND_KIND_CEILING_LOWER, fixture->role[ROLE_UDP_MANAGER]);
	command.input.ceiling_lower.ceiling = ceiling;
	command.input.ceiling_lower.amount_cents = cents_from(cents);
	FIXTURE_TEXT(command.input.ceiling_lower.act, "DEL-9");
	return command;
}

static void key_is_answered_once_and_again(void **state)
{
	struct fixture *fixture = *state;
	struct command command = new_beneficiary(fixture);
	struct outcome first = fixture_do_keyed(fixture, &command);
	assert_int_equal(first.result, RESULT_OK);
	assert_false(first.replayed);
	uint32_t persons = state_count(&fixture->state, RECORD_KIND_BENEFICIARY);
	uint64_t sequence = fixture->sequence;
	struct outcome second = fixture_do(fixture, &command);
	assert_true(second.replayed);
	assert_int_equal(state_count(&fixture->state, RECORD_KIND_BENEFICIARY), persons);
	assert_int_equal(fixture->sequence, sequence);
	second.replayed = false;
	assert_int_equal(second.object, first.object);
	assert_int_equal(second.object_kind, first.object_kind);
	assert_int_equal(second.sequence, first.sequence);
	assert_int_equal(second.command, first.command);
	assert_true(instant_equal(second.at, first.at));
}

static void other_body_or_command_under_a_key_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct command command = new_beneficiary(fixture);
	(void)fixture_do_keyed(fixture, &command);
	struct command changed = command;
	changed.request_hash[3] ^= 1;
	EXPECT(fixture, &changed, IDEMPOTENCY_KEY_REUSED);
	changed = command;
	changed.kind = COMMAND_KIND_VOUCHER_PROPOSE;
	EXPECT(fixture, &changed, IDEMPOTENCY_KEY_REUSED);
	assert_int_equal(fixture->last.sequence, 0);
	changed = command;
	changed.key_hash[15] ^= 1;
	EXPECT(fixture, &changed, OK);
}

static void replay_comes_before_authorisation(void **state)
{
	struct fixture *fixture = *state;
	struct command command = new_beneficiary(fixture);
	(void)fixture_do_keyed(fixture, &command);
	struct command foreign = command;
	foreign.principal = fixture->role[ROLE_AUDITOR];
	assert_true(fixture_do(fixture, &foreign).replayed);
	foreign.key_hash[0] ^= 0x80;
	EXPECT(fixture, &foreign, FORBIDDEN);
}

static void refusal_by_money_is_stored_with_its_figures(void **state)
{
	struct fixture *fixture = *state;
	struct ceiling_id ceiling = fixture_ceiling(fixture, fixture->pandino, 2026, 1000);
	struct command command = lower(fixture, ceiling, 1500);
	struct outcome first = fixture_do_keyed(fixture, &command);
	assert_int_equal(first.result, RESULT_CEILING_BELOW_USED);
	EXPECT_CENTS(first.short_by, 500);
	EXPECT_CENTS(first.limit, 1000);
	assert_int_equal(first.ceiling.raw, ceiling.raw);
	assert_int_equal(state_count(&fixture->state, RECORD_KIND_RECEIPT), 1);
	EXPECT_CENTS(state_ceiling_balance(&fixture->state, ceiling, CEILING_FREE), 1000);
	struct command raise =
	    fixture_command(COMMAND_KIND_CEILING_RAISE, fixture->role[ROLE_UDP_MANAGER]);
	raise.input.ceiling_raise.ceiling = ceiling;
	raise.input.ceiling_raise.amount_cents = cents_from(9000);
	FIXTURE_TEXT(raise.input.ceiling_raise.act, "DEL-9");
	EXPECT(fixture, &raise, OK);
	struct outcome second = fixture_do(fixture, &command);
	assert_true(second.replayed);
	assert_int_equal(second.result, RESULT_CEILING_BELOW_USED);
	EXPECT_CENTS(second.short_by, 500);
	EXPECT_CENTS(second.limit, 1000);
	assert_int_equal(second.sequence, first.sequence);
	assert_int_equal(second.ceiling.raw, ceiling.raw);
}

static void refusal_without_a_key_leaves_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct ceiling_id ceiling = fixture_ceiling(fixture, fixture->pandino, 2026, 1000);
	uint64_t sequence = fixture->sequence;
	struct command command = lower(fixture, ceiling, 1500);
	EXPECT(fixture, &command, CEILING_BELOW_USED);
	assert_int_equal(fixture->sequence, sequence);
	assert_int_equal(state_count(&fixture->state, RECORD_KIND_RECEIPT), 0);
}

static void malformed_and_forbidden_are_not_stored(void **state)
{
	struct fixture *fixture = *state;
	struct command command = new_beneficiary(fixture);
	command.input.beneficiary_create.comune.raw = 0;
	assert_int_equal(fixture_do_keyed(fixture, &command).result, RESULT_FIELD_MISSING);
	assert_int_equal(fixture->last.sequence, 0);
	command = new_beneficiary(fixture);
	command.principal = fixture->role[ROLE_FINANCE];
	assert_int_equal(fixture_do_keyed(fixture, &command).result, RESULT_FORBIDDEN);
	assert_int_equal(state_count(&fixture->state, RECORD_KIND_RECEIPT), 0);
	command.principal = fixture->role[ROLE_SOCIAL_WORKER];
	assert_int_equal(fixture_do(fixture, &command).result, RESULT_OK);
}

static void unknown_reference_is_stored(void **state)
{
	struct fixture *fixture = *state;
	struct command command = new_beneficiary(fixture);
	command.input.beneficiary_create.comune.raw = 4000;
	struct outcome outcome = fixture_do_keyed(fixture, &command);
	assert_int_equal(outcome.result, RESULT_UNKNOWN_REFERENCE);
	assert_string_equal(outcome.field->name, "comune");
	assert_true(fixture_do(fixture, &command).replayed);
}

static void receipt_renders_every_field(void **state)
{
	(void)state;
	struct receipt receipt;
	memset(&receipt, 0, sizeof(receipt));
	receipt.net_cents = cents_from(1);
	receipt.gross_cents = cents_from(2);
	receipt.short_cents = cents_from(3);
	receipt.limit_cents = cents_from(4);
	receipt.sequence = 5;
	receipt.at.us = 6;
	receipt.object = 7;
	receipt.units = 8;
	receipt.ceiling.raw = 9;
	receipt.result = RESULT_DISPUTED;
	receipt.cause = RESULT_OPERATOR_OVERLAP;
	receipt.command = COMMAND_KIND_REDEMPTION_SUBMIT;
	receipt.object_kind = RECORD_KIND_REDEMPTION;
	struct outcome outcome;
	decide_outcome_of_receipt(&receipt, &outcome);
	assert_true(outcome.replayed);
	EXPECT_CENTS(outcome.net, 1);
	EXPECT_CENTS(outcome.gross, 2);
	EXPECT_CENTS(outcome.short_by, 3);
	EXPECT_CENTS(outcome.limit, 4);
	assert_int_equal(outcome.sequence, 5);
	assert_int_equal(outcome.at.us, 6);
	assert_int_equal(outcome.object, 7);
	assert_int_equal(outcome.units, 8);
	assert_int_equal(outcome.ceiling.raw, 9);
	assert_int_equal(outcome.result, RESULT_DISPUTED);
	assert_int_equal(outcome.cause, RESULT_OPERATOR_OVERLAP);
	assert_int_equal(outcome.command, COMMAND_KIND_REDEMPTION_SUBMIT);
	assert_int_equal(outcome.object_kind, RECORD_KIND_REDEMPTION);
	assert_null(outcome.field);
}

/* A table at its limit refuses the next record, keyed or not, and nothing of it stays. */
static void full_tables_refuse(void **state)
{
	struct fixture *fixture = *state;
	uint32_t persons = state_count(&fixture->state, RECORD_KIND_BENEFICIARY);
	fixture->state.limits.capacity[RECORD_KIND_BENEFICIARY] = persons;
	struct command command = new_beneficiary(fixture);
	EXPECT(fixture, &command, CAPACITY_OF_LEDGER_REACHED);
	assert_int_equal(fixture->last.object, 0);
	assert_int_equal(state_count(&fixture->state, RECORD_KIND_BENEFICIARY), persons);
	fixture->state.limits.capacity[RECORD_KIND_BENEFICIARY] = persons + 1;
	fixture->state.limits.capacity[RECORD_KIND_RECEIPT] = 0;
	assert_int_equal(fixture_do_keyed(fixture, &command).result,
			 RESULT_CAPACITY_OF_LEDGER_REACHED);
	assert_int_equal(fixture->last.sequence, 0);
	assert_int_equal(fixture->last.object, 0);
	assert_int_equal(state_count(&fixture->state, RECORD_KIND_BENEFICIARY), persons);
	fixture->state.limits.capacity[RECORD_KIND_RECEIPT] = 10;
	assert_int_equal(fixture_do(fixture, &command).result, RESULT_OK);
}

/* Commands without inputs: whoever may give them gets a field at fault, and nobody a crash. */
static void empty_commands_are_refused(void **state)
{
	struct fixture *fixture = *state;
	for (uint32_t kind = 1; kind <= COMMAND_KIND_MAX; kind++) {
		const struct command_info *info = command_info((uint8_t)kind);
		if (info == NULL || info->roles == ROLES_NONE)
			continue;
		for (uint32_t role = 1; role < FIXTURE_ROLES; role++) {
			struct command command =
			    fixture_command((enum command_kind)kind, fixture->role[role]);
			struct outcome outcome = fixture_do(fixture, &command);
			assert_int_equal(result_info(outcome.result)->kind, RESULT_KIND_REQUEST);
			assert_int_equal(outcome.command, kind);
			assert_int_equal(outcome.object_kind, info->object);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(key_is_answered_once_and_again),
	    EXPECT_TEST(other_body_or_command_under_a_key_is_refused),
	    EXPECT_TEST(replay_comes_before_authorisation),
	    EXPECT_TEST(refusal_by_money_is_stored_with_its_figures),
	    EXPECT_TEST(refusal_without_a_key_leaves_nothing),
	    EXPECT_TEST(malformed_and_forbidden_are_not_stored),
	    EXPECT_TEST(unknown_reference_is_stored),
	    EXPECT_TEST(receipt_renders_every_field),
	    EXPECT_TEST(full_tables_refuse),
	    EXPECT_TEST(empty_commands_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
