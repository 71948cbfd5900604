/* The machine CEILING: every transition, from every state; what overruns, overrides and modes do. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

#include "engine/domain/ceiling.h"

#include <string.h>

static int64_t balance(struct fixture *fixture, struct ceiling_id id,
		       enum ceiling_account_slot slot)
{
	return state_ceiling_balance(&fixture->state, id, slot).raw; /* raw: literals */
}

static const struct ceiling *ceiling_of(struct fixture *fixture, struct ceiling_id id)
{
	return state_ceiling(&fixture->state, id);
}

/* A ceiling of Pandino, 2026, in a mode. */
static struct ceiling_id make(struct fixture *fixture, int64_t cents, enum ceiling_mode mode)
{
	struct command command =
	    fixture_command(COMMAND_KIND_CEILING_SET, fixture->role[ROLE_UDP_MANAGER]);
	command.input.ceiling_set.ambito = fixture->ambito;
	command.input.ceiling_set.comune = fixture->pandino;
	command.input.ceiling_set.fund = fixture->fund;
	command.input.ceiling_set.year = 2026;
	command.input.ceiling_set.amount_cents = cents_from(cents);
	command.input.ceiling_set.mode = (uint8_t)mode;
	FIXTURE_TEXT(command.input.ceiling_set.act, "DEL-1");
	return (struct ceiling_id){fixture_must(fixture, &command)};
}

static struct ceiling_id make_other(struct fixture *fixture, int64_t cents)
{
	return fixture_ceiling(fixture, fixture->izano, 2026, cents);
}

static void set_parameter(struct fixture *fixture, enum parameter_name name, const char *value)
{
	struct command command =
	    fixture_command(COMMAND_KIND_PARAMETER_SET, fixture->role[ROLE_UDP_MANAGER]);
	command.input.parameter_set.ambito = fixture->ambito;
	command.input.parameter_set.name = (uint8_t)name;
	command.input.parameter_set.valid_from = fixture_day("2026-01-01");
	FIXTURE_TEXT(command.input.parameter_set.value, value);
	FIXTURE_TEXT(command.input.parameter_set.act, "DEL-9");
	EXPECT(fixture, &command, OK);
}

/* Grants what waits for a second person. */
static struct command grant(struct fixture *fixture, enum role role)
{
	struct command command =
	    fixture_command(COMMAND_KIND_APPROVAL_GRANT, fixture->role[role]);
	command.input.approval_grant.approval.raw = fixture->last.object;
	return command;
}

enum act {
	RAISE,
	LOWER,
	LOWER_BELOW,
	COVER,
	TRANSFER,
	OVERRIDE,
	FREEZE,
	UNFREEZE,
	CONSENT,
	ACTS,
};

/* An act with inputs that are right where the state is. */
static struct command act_on(struct fixture *fixture, enum act act, struct ceiling_id id,
			     int64_t cents)
{
	static const uint8_t kinds[ACTS] = {
	    COMMAND_KIND_CEILING_RAISE,	   COMMAND_KIND_CEILING_LOWER,
	    COMMAND_KIND_CEILING_LOWER_BELOW_USED, COMMAND_KIND_CEILING_COVER_OVERRUN,
	    COMMAND_KIND_CEILING_TRANSFER, COMMAND_KIND_CEILING_AUTHORISE_OVERRIDE,
	    COMMAND_KIND_CEILING_FREEZE,   COMMAND_KIND_CEILING_UNFREEZE,
	    COMMAND_KIND_CEILING_CONSENT};
	bool is_manager = act == RAISE || act == LOWER || act == COVER || act == TRANSFER;
	struct command command =
	    fixture_command((enum command_kind)kinds[act],
			    fixture->role[is_manager ? ROLE_UDP_MANAGER : ROLE_COMUNE_ADMIN]);
	command.input.ceiling_raise.ceiling = id; /* the first member of all */
	if (act == TRANSFER)
		command.input.ceiling_transfer.to.raw = id.raw + 1;
	if (act == FREEZE)
		command.input.ceiling_freeze.reason = REASON_OFFICE_CHECK;
	if (act == OVERRIDE)
		command.input.ceiling_authorise_override.expires_on = fixture_day("2026-06-30");
	struct cents amount = cents_from(cents);
	if (act == RAISE)
		command.input.ceiling_raise.amount_cents = amount;
	else if (act == LOWER)
		command.input.ceiling_lower.amount_cents = amount;
	else if (act == LOWER_BELOW)
		command.input.ceiling_lower_below_used.amount_cents = amount;
	else if (act == COVER)
		command.input.ceiling_cover_overrun.amount_cents = amount;
	else if (act == TRANSFER)
		command.input.ceiling_transfer.amount_cents = amount;
	else if (act == OVERRIDE)
		command.input.ceiling_authorise_override.amount_cents = amount;
	else if (act == CONSENT)
		command.input.ceiling_consent.amount_cents = amount;
	static const char text[] = "DEL-7";
	char *texts[] = {command.input.ceiling_raise.act,
			 command.input.ceiling_lower.act,
			 command.input.ceiling_lower_below_used.act,
			 command.input.ceiling_cover_overrun.act,
			 command.input.ceiling_transfer.act,
			 command.input.ceiling_authorise_override.act,
			 NULL,
			 NULL,
			 command.input.ceiling_consent.act};
	if (texts[act] != NULL)
		memcpy(texts[act], text, sizeof(text) - 1);
	return command;
}

static void force(struct fixture *fixture, struct ceiling_id id, enum ceiling_state to)
{
	struct ceiling ceiling = *ceiling_of(fixture, id);
	ceiling.state = (uint8_t)to;
	assert_true(apply_record(&fixture->state, RECORD_KIND_CEILING, id.raw, &ceiling));
}

/* From each state, each act: legal where state_transitions.csv lists it, else refused. */
static void every_act_in_every_state(void **state)
{
	static const struct {
		enum act act;
		enum ceiling_state from;
	} legal[] = {
	    {RAISE, CEILING_STATE_ACTIVE},	 {LOWER, CEILING_STATE_ACTIVE},
	    {LOWER_BELOW, CEILING_STATE_ACTIVE}, {COVER, CEILING_STATE_OVERRUN},
	    {TRANSFER, CEILING_STATE_ACTIVE},	 {OVERRIDE, CEILING_STATE_ACTIVE},
	    {FREEZE, CEILING_STATE_ACTIVE},	 {UNFREEZE, CEILING_STATE_FROZEN},
	    {CONSENT, CEILING_STATE_ACTIVE},
	};
	struct fixture *fixture = *state;
	set_parameter(fixture, PARAMETER_CEILING_LOWER_BELOW_USED, "OVERRUN");
	struct ceiling_id id = make(fixture, 200000, CEILING_MODE_HARD_WITH_OVERRIDE);
	(void)make_other(fixture, 1000);
	(void)fixture_title(fixture, fixture->pandino, "2026-01", "2026-06", 720, fixture->alfa);
	fixture->transitions = NULL; /* states are forced here */
	for (uint32_t act = 0; act < ACTS; act++)
		for (uint32_t from = CEILING_STATE_ACTIVE; from <= CEILING_STATE_EXPIRED; from++) {
			force(fixture, id, (enum ceiling_state)from);
			bool is_legal = legal[act].from == from;
			struct command command =
			    act_on(fixture, (enum act)act, id, act == LOWER_BELOW ? 40000 : 10);
			enum result result = fixture_result(fixture, &command);
			assert_int_equal(result == RESULT_ILLEGAL_TRANSITION, !is_legal);
			assert_int_equal(result_is_success(result), is_legal);
		}
}

static void lowering_below_what_is_used(void **state)
{
	struct fixture *fixture = *state;
	struct ceiling_id id = make(fixture, 200000, CEILING_MODE_HARD);
	struct voucher_id title =
	    fixture_title(fixture, fixture->pandino, "2026-01", "2026-06", 720, fixture->alfa);
	assert_int_equal(balance(fixture, id, CEILING_FREE), 200000 - 170856);
	struct command lower = act_on(fixture, LOWER_BELOW, id, 50000);
	EXPECT(fixture, &lower, CEILING_BELOW_USED); /* the parameter's default refuses */
	EXPECT_CENTS(fixture->last.short_by, 50000 - 29144);
	set_parameter(fixture, PARAMETER_CEILING_LOWER_BELOW_USED, "OVERRUN");
	struct command little = act_on(fixture, LOWER_BELOW, id, 29144);
	EXPECT_FIELD(fixture, &little, FIELD_OUT_OF_RANGE, "amount_cents");
	EXPECT(fixture, &lower, APPROVAL_PENDING);
	struct command same = grant(fixture, ROLE_COMUNE_ADMIN);
	EXPECT(fixture, &same, FOUR_EYES_REQUIRED);
	EXPECT(fixture, &lower, APPROVAL_PENDING);
	struct command second = grant(fixture, ROLE_FINANCE);
	EXPECT(fixture, &second, OK);
	assert_int_equal(ceiling_of(fixture, id)->state, CEILING_STATE_OVERRUN);
	EXPECT_CENTS(ceiling_of(fixture, id)->shortfall_cents, 50000 - 29144);
	assert_int_equal(balance(fixture, id, CEILING_GRANTED), 170856);
	assert_int_equal(balance(fixture, id, CEILING_FREE), 0);
	/* new commits are refused, whatever the amount */
	struct voucher_id more =
	    fixture_propose(fixture, fixture_beneficiary(fixture, fixture->pandino), "2026-03",
			    "2026-03", 15);
	struct command issue = fixture_issue(fixture, more);
	EXPECT(fixture, &issue, WAITLISTED);
	assert_int_equal(fixture->last.cause, RESULT_CEILING_EXCEEDED);
	/* a cover that is too small; releases go to C100 until the shortfall is covered */
	struct command cover = act_on(fixture, COVER, id, 100);
	EXPECT(fixture, &cover, CEILING_BELOW_USED);
	EXPECT_CENTS(fixture->last.short_by, 20856 - 100);
	struct command revoke =
	    fixture_command(COMMAND_KIND_VOUCHER_REVOKE, fixture->role[ROLE_UDP_OFFICER]);
	revoke.input.voucher_revoke.voucher = title;
	revoke.input.voucher_revoke.effective_from = fixture_day("2026-02-01");
	revoke.input.voucher_revoke.reason = REASON_DEATH;
	EXPECT(fixture, &revoke, OK); /* five months of 284,76 come back */
	EXPECT_CENTS(ceiling_of(fixture, id)->shortfall_cents, 0);
	assert_int_equal(balance(fixture, id, CEILING_GRANTED), 150000);
	assert_int_equal(balance(fixture, id, CEILING_USED), 28476);
	assert_int_equal(balance(fixture, id, CEILING_FREE), 150000 - 28476);
	assert_int_equal(ceiling_of(fixture, id)->state, CEILING_STATE_OVERRUN);
	cover = act_on(fixture, COVER, id, 0);
	EXPECT(fixture, &cover, OK);
	assert_int_equal(ceiling_of(fixture, id)->state, CEILING_STATE_ACTIVE);
}

static void transfers_need_consent_where_asked(void **state)
{
	struct fixture *fixture = *state;
	struct ceiling_id from = make(fixture, 5000, CEILING_MODE_HARD);
	struct ceiling_id to = make_other(fixture, 1000);
	struct command move = act_on(fixture, TRANSFER, from, 5001);
	EXPECT(fixture, &move, CEILING_BELOW_USED);
	EXPECT_CENTS(fixture->last.short_by, 1);
	move = act_on(fixture, TRANSFER, from, 2000);
	EXPECT(fixture, &move, OK);
	assert_int_equal(fixture->effects.posting_count, 2);
	assert_int_equal(fixture->effects.postings[0].kind, POSTING_KIND_CEILING_TRANSFER);
	assert_int_equal(balance(fixture, from, CEILING_GRANTED), 3000);
	assert_int_equal(balance(fixture, to, CEILING_FREE), 3000);
	move.input.ceiling_transfer.to = from;
	EXPECT_FIELD(fixture, &move, FIELD_INVALID, "to");
	set_parameter(fixture, PARAMETER_CEILING_TRANSFER_CONSENT, "true");
	move = act_on(fixture, TRANSFER, from, 500);
	EXPECT(fixture, &move, TRANSFER_NOT_CONSENTED);
	assert_int_equal(fixture->last.ceiling.raw, from.raw);
	struct command consent = act_on(fixture, CONSENT, from, 600);
	EXPECT(fixture, &consent, OK);
	EXPECT(fixture, &move, TRANSFER_NOT_CONSENTED); /* the other comune has not */
	assert_int_equal(fixture->last.ceiling.raw, to.raw);
	consent.input.ceiling_consent.ceiling = to;
	EXPECT(fixture, &consent, NOT_OWNER); /* Izano's is not Pandino's to give */
}

static void overrides_are_used_and_expire(void **state)
{
	struct fixture *fixture = *state;
	struct ceiling_id hard = make_other(fixture, 100);
	struct command command = act_on(fixture, OVERRIDE, hard, 100);
	command.principal = fixture->role[ROLE_FINANCE];
	EXPECT(fixture, &command, OVERRIDE_NOT_ALLOWED);
	struct ceiling_id id = make(fixture, 100000, CEILING_MODE_HARD_WITH_OVERRIDE);
	command = act_on(fixture, OVERRIDE, id, 14035001);
	EXPECT(fixture, &command, FUND_EXHAUSTED); /* no money behind it */
	EXPECT_CENTS(fixture->last.short_by, 1);
	command = act_on(fixture, OVERRIDE, id, 80000);
	command.input.ceiling_authorise_override.expires_on = fixture_day("2025-12-31");
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "expires_on");
	command.input.ceiling_authorise_override.expires_on = fixture_day("2026-01-31");
	command.principal = fixture->role[ROLE_FINANCE]; /* either may begin */
	EXPECT(fixture, &command, APPROVAL_PENDING);
	struct command second = grant(fixture, ROLE_COMUNE_ADMIN);
	EXPECT(fixture, &second, OK);
	assert_int_equal(balance(fixture, id, CEILING_OVERRIDE), 80000);
	assert_int_equal(balance(fixture, id, CEILING_GRANTED), 180000);
	(void)fixture_title(fixture, fixture->pandino, "2026-01", "2026-06", 720, fixture->alfa);
	assert_int_equal(balance(fixture, id, CEILING_USED), 170856);
	assert_int_equal(balance(fixture, id, CEILING_FREE), 0);
	assert_int_equal(balance(fixture, id, CEILING_OVERRIDE), 180000 - 170856);
	const struct ceiling_override *given =
	    state_ceiling_override(&fixture->state, (struct ceiling_override_id){1});
	EXPECT_CENTS(given->left_cents, 180000 - 170856);
	struct voucher_id more =
	    fixture_propose(fixture, fixture_beneficiary(fixture, fixture->pandino), "2026-06",
			    "2026-06", 720);
	struct command issue = fixture_issue(fixture, more);
	EXPECT(fixture, &issue, WAITLISTED);
	EXPECT_CENTS(fixture->last.limit, 180000 - 170856);
	fixture_advance(fixture, fixture_instant("2026-02-01T00:30"));
	assert_int_equal(balance(fixture, id, CEILING_OVERRIDE), 0);
	assert_int_equal(balance(fixture, id, CEILING_GRANTED), 170856);
	given = state_ceiling_override(&fixture->state, (struct ceiling_override_id){1});
	assert_int_equal(given->open, 0);
}

static uint32_t events_of(struct fixture *fixture, enum event_kind kind)
{
	uint32_t count = 0;
	for (uint32_t i = 1; i <= state_count(&fixture->state, RECORD_KIND_EVENT); i++)
		if (state_event(&fixture->state, (struct event_id){i})->kind == (uint8_t)kind)
			count++;
	return count;
}

static void soft_ceilings_pass_and_tell(void **state)
{
	struct fixture *fixture = *state;
	struct ceiling_id id = make(fixture, 100000, CEILING_MODE_SOFT);
	struct voucher_id title =
	    fixture_title(fixture, fixture->pandino, "2026-01", "2026-06", 720, fixture->alfa);
	EXPECT_CENTS(ceiling_of(fixture, id)->shortfall_cents, 70856);
	assert_int_equal(ceiling_of(fixture, id)->state, CEILING_STATE_ACTIVE);
	assert_int_equal(balance(fixture, id, CEILING_GRANTED), 170856);
	assert_int_equal(balance(fixture, id, CEILING_USED), 170856);
	assert_true(events_of(fixture, EVENT_KIND_CEILING_OVERRUN) > 0);
	assert_int_equal(events_of(fixture, EVENT_KIND_CEILING_ALERT), 3); /* 80, 90, 100: once */
	struct command raise = act_on(fixture, RAISE, id, 50000);
	EXPECT(fixture, &raise, OK); /* covers first */
	EXPECT_CENTS(ceiling_of(fixture, id)->shortfall_cents, 20856);
	assert_int_equal(balance(fixture, id, CEILING_FREE), 0);
	struct command revoke =
	    fixture_command(COMMAND_KIND_VOUCHER_REVOKE, fixture->role[ROLE_UDP_OFFICER]);
	revoke.input.voucher_revoke.voucher = title;
	revoke.input.voucher_revoke.effective_from = fixture_day("2026-02-01");
	revoke.input.voucher_revoke.reason = REASON_DEATH;
	EXPECT(fixture, &revoke, OK);
	assert_int_equal(balance(fixture, id, CEILING_FREE), 150000 - 28476);
	assert_int_equal(ceiling_of(fixture, id)->alerted, 0); /* below: it may be told again */
}

static void pairs_and_defaults(void **state)
{
	struct fixture *fixture = *state;
	struct command command =
	    fixture_command(COMMAND_KIND_CEILING_SET, fixture->role[ROLE_UDP_MANAGER]);
	command.input.ceiling_set.ambito = fixture->ambito;
	command.input.ceiling_set.amount_cents = cents_from(100);
	command.input.ceiling_set.basis = CEILING_BASIS_REDEEMED_GROSS;
	FIXTURE_TEXT(command.input.ceiling_set.act, "DEL-1");
	EXPECT(fixture, &command, CEILING_PAIR_REFUSED);
	command.input.ceiling_set.mode = CEILING_MODE_HARD_WITH_OVERRIDE;
	EXPECT(fixture, &command, CEILING_PAIR_REFUSED);
	command.input.ceiling_set.basis = CEILING_BASIS_COMMITMENT_NET_OF_COPAY;
	command.input.ceiling_set.provider = fixture->alfa;
	EXPECT(fixture, &command, CEILING_PAIR_REFUSED);
	command.input.ceiling_set.provider.raw = 0;
	command.input.ceiling_set.set_aside_cents = cents_from(101);
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "set_aside_cents");
	command.input.ceiling_set.set_aside_cents = cents_zero();
	command.input.ceiling_set.valid_to = fixture_day("2025-12-31");
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "valid_to");
	set_parameter(fixture, PARAMETER_CEILING_MODE, "SOFT");
	set_parameter(fixture, PARAMETER_CEILING_BASIS, "REDEEMED_GROSS");
	set_parameter(fixture, PARAMETER_ALERT_THRESHOLDS_PCT, "50,75");
	command.input.ceiling_set.valid_to.number = 0;
	command.input.ceiling_set.mode = 0;
	command.input.ceiling_set.basis = 0;
	struct ceiling_id id = {fixture_must(fixture, &command)};
	assert_int_equal(ceiling_of(fixture, id)->mode, CEILING_MODE_SOFT);
	assert_int_equal(ceiling_of(fixture, id)->basis, CEILING_BASIS_REDEEMED_GROSS);
	assert_int_equal(ceiling_of(fixture, id)->alert_first_pct, 50);
	assert_int_equal(ceiling_of(fixture, id)->alert_third_pct, 0);
}

/* What is redeemed counts at acceptance, and goes with a reversal. */
static void redeemed_gross_counts_deliveries(void **state)
{
	struct acts acts = acts_begin(*state);
	struct fixture *fixture = acts.fixture;
	struct command command =
	    fixture_command(COMMAND_KIND_CEILING_SET, fixture->role[ROLE_UDP_MANAGER]);
	command.input.ceiling_set.ambito = fixture->ambito;
	command.input.ceiling_set.amount_cents = cents_from(3000);
	command.input.ceiling_set.mode = CEILING_MODE_SOFT;
	command.input.ceiling_set.basis = CEILING_BASIS_REDEEMED_GROSS;
	command.input.ceiling_set.provider = fixture->alfa;
	FIXTURE_TEXT(command.input.ceiling_set.act, "DEL-1");
	struct ceiling_id id = {fixture_must(fixture, &command)};
	acts_must(&acts, "title 2026-01 2026-06 720 alfa");
	assert_int_equal(balance(fixture, id, CEILING_USED), 0);
	acts_must(&acts, "now 2026-01-10T12:00; redeem 2026-01-05T09:00 60");
	assert_int_equal(balance(fixture, id, CEILING_USED), 2373);
	acts_must(&acts, "redeem 2026-01-06T09:00 60");
	assert_int_equal(balance(fixture, id, CEILING_USED), 2 * 2373);
	EXPECT_CENTS(ceiling_of(fixture, id)->shortfall_cents, 2 * 2373 - 3000);
	acts_must(&acts, "reverse");
	assert_int_equal(balance(fixture, id, CEILING_USED), 2373);
	assert_int_equal(balance(fixture, id, CEILING_FREE), 3000 - 2373);
}

static void freezing_and_expiring(void **state)
{
	struct fixture *fixture = *state;
	struct command command =
	    fixture_command(COMMAND_KIND_CEILING_SET, fixture->role[ROLE_UDP_MANAGER]);
	command.input.ceiling_set.ambito = fixture->ambito;
	command.input.ceiling_set.comune = fixture->pandino;
	command.input.ceiling_set.amount_cents = cents_from(1000000);
	command.input.ceiling_set.valid_to = fixture_day("2026-01-31");
	FIXTURE_TEXT(command.input.ceiling_set.act, "DEL-1");
	struct ceiling_id id = {fixture_must(fixture, &command)};
	struct command freeze = act_on(fixture, FREEZE, id, 0);
	EXPECT(fixture, &freeze, OK);
	assert_int_equal(ceiling_of(fixture, id)->reason, REASON_OFFICE_CHECK);
	struct voucher_id title = fixture_propose(fixture, fixture->person, "2026-02", "2026-02", 60);
	struct command issue = fixture_issue(fixture, title);
	EXPECT(fixture, &issue, CEILING_FROZEN);
	struct command unfreeze = act_on(fixture, UNFREEZE, id, 0);
	EXPECT(fixture, &unfreeze, OK);
	fixture_advance(fixture, fixture_instant("2026-01-31T23:30"));
	assert_int_equal(ceiling_of(fixture, id)->state, CEILING_STATE_ACTIVE);
	fixture_advance(fixture, fixture_instant("2026-02-01T00:30"));
	assert_int_equal(ceiling_of(fixture, id)->state, CEILING_STATE_EXPIRED);
	EXPECT(fixture, &issue, CEILING_FROZEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(every_act_in_every_state),
	    EXPECT_TEST(lowering_below_what_is_used),
	    EXPECT_TEST(transfers_need_consent_where_asked),
	    EXPECT_TEST(overrides_are_used_and_expire),
	    EXPECT_TEST(soft_ceilings_pass_and_tell),
	    EXPECT_TEST(pairs_and_defaults),
	    EXPECT_TEST(redeemed_gross_counts_deliveries),
	    EXPECT_TEST(freezing_and_expiring),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
