/* Random commands of every kind, plausible and wild: nothing breaks an assertion, books balance
 * throughout, and no machine ever makes a step that tests/tables/transitions.csv does not list for
 * that command.
 *
 * suite: seconds 900
 *
 * TEST_SEED replays a run; MACHINES_COMMANDS says how many commands (1,000,000; `make properties` runs
 * 5,000,000). Each world lives 1,500 commands, over New Year, changes of hour and month ends. */
#include "tests/support/domain_fixture.h"
#include "tests/support/random.h"
#include "tests/support/random_command.h"
#include "tests/support/transitions.h"

#include "engine/base/assert.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define COMMANDS_DEFAULT   1000000u
#define COMMANDS_PER_WORLD 1500u
#define CHECK_EVERY	   500u
#define ADVANCE_EVERY	   60u

struct totals {
	uint64_t commands;
	uint64_t successes;
	uint64_t by_kind[RESULT_KIND_FAULT + 1];
};

static void check_all(const struct fixture *fixture)
{
	struct invariant_fault fault;
	if (apply_check_all(&fixture->state, &fault))
		return;
	printf("BROKEN: %s, %s %u\n0 passed, 1 failed\n", fault.rule,
	       record_info(fault.kind)->name, fault.id);
	exit(1);
}

static struct comune_id any_comune(struct test_random *random, const struct fixture *fixture)
{
	const struct comune_id comuni[] = {fixture->crema, fixture->pandino, fixture->offanengo,
					   fixture->izano, fixture->castelleone};
	return comuni[test_random_below(random, sizeof(comuni) / sizeof(comuni[0]))];
}

/* A title proposed for a few months around the present; others issue it, or it waits. */
static void propose(struct test_random *random, struct fixture *fixture)
{
	struct command command =
	    fixture_command(COMMAND_KIND_VOUCHER_PROPOSE, fixture->role[ROLE_SOCIAL_WORKER]);
	struct command_voucher_propose *input = &command.input.voucher_propose;
	struct month month = month_of_day(state_day(&fixture->state, fixture->now));
	struct command person =
	    fixture_command(COMMAND_KIND_BENEFICIARY_CREATE, fixture->role[ROLE_SOCIAL_WORKER]);
	person.input.beneficiary_create.comune = any_comune(random, fixture);
	input->beneficiary.raw = fixture_do(fixture, &person).object;
	if (!result_is_success(fixture->last.result))
		return; /* the comune merged into another */
	input->fund = fixture->fund;
	input->lines.count = 1;
	input->lines.items[0].service = fixture->service;
	input->lines.items[0].units_per_month = 60 + (uint32_t)test_random_below(random, 900);
	input->first_month.number = month.number - (int32_t)test_random_below(random, 2);
	input->last_month.number = month.number + (int32_t)test_random_below(random, 3);
	uint32_t voucher = fixture_do(fixture, &command).object;
	if (!result_is_success(fixture->last.result))
		return;
	command = fixture_issue(fixture, (struct voucher_id){voucher});
	(void)fixture_do(fixture, &command);
	command =
	    fixture_command(COMMAND_KIND_VOUCHER_CHOOSE_PROVIDER, fixture->role[ROLE_SOCIAL_WORKER]);
	command.input.voucher_choose_provider.voucher.raw = voucher;
	command.input.voucher_choose_provider.provider =
	    test_random_below(random, 2) == 0 ? fixture->alfa : fixture->beta;
	if (test_random_below(random, 8) != 0)
		(void)fixture_do(fixture, &command);
}

/* A visit of the last weeks for any title, by its provider; sometimes a booking of the next days. */
static void serve(struct test_random *random, struct fixture *fixture)
{
	uint32_t count = state_count(&fixture->state, RECORD_KIND_VOUCHER);
	if (count == 0)
		return;
	struct voucher_id id = {1 + (uint32_t)test_random_below(random, count)};
	const struct voucher *voucher = state_voucher(&fixture->state, id);
	struct principal_id principal = voucher->provider.raw == fixture->beta.raw
					    ? fixture->beta_principal
					    : fixture->alfa_principal;
	int64_t hour = 3600 * TIME_US_PER_SECOND;
	bool is_booking = test_random_below(random, 5) == 0;
	int64_t hours = is_booking ? 1 + (int64_t)test_random_below(random, 24 * 12)
				   : -2 - (int64_t)test_random_below(random, 24 * 30);
	struct instant start = {(fixture->now.us / hour + hours) * hour};
	struct command command = fixture_command(
	    is_booking ? COMMAND_KIND_REDEMPTION_BOOK : COMMAND_KIND_REDEMPTION_SUBMIT, principal);
	if (is_booking) {
		command.input.redemption_book.voucher = id;
		command.input.redemption_book.start = start;
		command.input.redemption_book.minutes = 60;
	} else {
		command.input.redemption_submit.voucher = id;
		command.input.redemption_submit.start = start;
		command.input.redemption_submit.minutes =
		    15 * (1 + (uint32_t)test_random_below(random, 8));
		command.input.redemption_submit.operator= 1 + test_random_below(random, 6);
	}
	(void)fixture_do(fixture, &command);
}

static void act(struct test_random *random, struct fixture *fixture)
{
	uint64_t dice = test_random_below(random, 100);
	if (dice < 3)
		propose(random, fixture);
	else if (dice < 25)
		serve(random, fixture);
	else {
		struct command command = random_command(random, fixture);
		(void)fixture_do(fixture, &command);
	}
}

static void run_world(struct test_random *random, struct transitions *transitions,
		      struct totals *totals)
{
	static struct fixture fixture;
	fixture_init(&fixture);
	fixture.check_all = false;
	fixture.last.result = RESULT_OK; /* an act may find nothing to do */
	fixture.transitions = transitions;
	for (uint32_t i = 1; i <= COMMANDS_PER_WORLD; i++) {
		act(random, &fixture);
		enum result result = fixture.last.result;
		totals->commands++;
		totals->successes += result_is_success(result) ? 1 : 0;
		totals->by_kind[result_info(result)->kind]++;
		if (i % CHECK_EVERY == 0)
			check_all(&fixture);
		int64_t hours = 1 + (int64_t)test_random_below(random, 24 * 9);
		if (i % ADVANCE_EVERY == 0)
			fixture_advance(&fixture,
					(struct instant){fixture.now.us +
							 hours * 3600 * TIME_US_PER_SECOND});
	}
	check_all(&fixture);
	fixture_deinit(&fixture);
}

int main(void)
{
	static struct transitions transitions;
	static struct totals totals;
	const char *given = getenv("MACHINES_COMMANDS");
	uint64_t commands =
	    given == NULL ? COMMANDS_DEFAULT : strtoull(given, NULL, 10); /* banned: by hand */
	if (!transitions_load(&transitions, "tests/tables/transitions.csv")) {
		printf("%s\n0 passed, 1 failed\n", transitions.fault);
		return 1;
	}
	transitions.is_lenient = getenv("MACHINES_LENIENT") != NULL;
	struct test_random random = test_random_make("machines");
	while (totals.commands < commands)
		run_world(&random, &transitions, &totals);
	uint32_t met = 0;
	for (uint32_t i = 0; i < transitions.count; i++) {
		const struct transition *row = &transitions.rows[i];
		met += row->hits > 0 ? 1 : 0;
		printf("%-14s %-24s %10" PRIu64 "  %s\n", row->machine, row->event, row->hits,
		       row->how);
	}
	printf("%" PRIu64 " commands, %" PRIu64 " done, %" PRIu64 " refused; %u of %u transitions met, "
	       "no other\n",
	       totals.commands, totals.successes, totals.by_kind[RESULT_KIND_REFUSAL], met,
	       transitions.count);
	bool is_rich = totals.successes * 20 > totals.commands;
	printf("%u passed, %u failed\n", is_rich ? 2 : 1, is_rich ? 0 : 1);
	return is_rich ? 0 : 1;
}
