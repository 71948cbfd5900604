/* Moves of residence, comuni that merge, comuni that join a measure. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

#include "engine/domain/membership.h"
#include "engine/domain/residence.h"

static struct principal_id comune_office(struct fixture *fixture, struct comune_id comune,
					 const char *code)
{
	struct command command =
	    fixture_command(COMMAND_KIND_PRINCIPAL_CREATE, fixture->role[ROLE_ADMINISTRATOR]);
	FIXTURE_TEXT(command.input.principal_create.code, code);
	command.input.principal_create.role = ROLE_COMUNE_SOCIAL;
	command.input.principal_create.comune = comune;
	return (struct principal_id){fixture_must(fixture, &command)};
}

static struct command move_to(struct fixture *fixture, struct beneficiary_id person,
			      struct comune_id comune, const char *day)
{
	struct command command =
	    fixture_command(COMMAND_KIND_RESIDENCE_CHANGE, fixture->role[ROLE_SOCIAL_WORKER]);
	command.input.residence_change.beneficiary = person;
	command.input.residence_change.comune = comune;
	command.input.residence_change.from = fixture_day(day);
	return command;
}

static struct command accept(struct principal_id who, uint32_t residence)
{
	struct command command = fixture_command(COMMAND_KIND_RESIDENCE_ACCEPT, who);
	command.input.residence_accept.residence.raw = residence;
	FIXTURE_TEXT(command.input.residence_accept.act, "DET-9");
	return command;
}

/* 12 h a month for four months, Pandino 2.000,00 and Izano 1.000,00; the person moves on 15 March,
 * when March is begun: April to June go over. */
static void months_to_come_go_to_the_new_comune(void **state)
{
	struct acts acts = acts_begin(*state);
	struct fixture *fixture = acts.fixture;
	acts_must(&acts, "ceiling pandino 2026 200000; ceiling izano 2026 80000;"
			 "title 2026-03 2026-06 720 alfa; now 2026-03-10T09:00;"
			 "redeem 2026-03-05T09:00 60");
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 113904);
	struct principal_id izano = comune_office(fixture, fixture->izano, "izano");
	struct command move = move_to(fixture, fixture->person, fixture->pandino, "2026-03-15");
	EXPECT_FIELD(fixture, &move, FIELD_INVALID, "comune");
	move.input.residence_change.comune = fixture->izano;
	uint32_t id = fixture_must(fixture, &move);
	const struct residence *residence =
	    state_residence(&fixture->state, (struct residence_id){id});
	const struct event *task = state_event(&fixture->state, residence->task);
	assert_int_equal(task->task, 1);
	assert_int_equal(task->comune.raw, fixture->izano.raw);
	struct command consent = accept(fixture->role[ROLE_COMUNE_SOCIAL], id);
	EXPECT(fixture, &consent, NOT_OWNER); /* Pandino's office */
	consent = accept(izano, id);
	EXPECT(fixture, &consent, CEILING_EXCEEDED); /* 3 x 284,76 = 854,28 */
	EXPECT_CENTS(fixture->last.short_by, 5428);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 113904);
	acts_must(&acts, "ceiling izano 2026 100000 provider=alfa");
	struct command raise =
	    fixture_command(COMMAND_KIND_CEILING_RAISE, fixture->role[ROLE_UDP_MANAGER]);
	raise.input.ceiling_raise.ceiling.raw = 2;
	raise.input.ceiling_raise.amount_cents = cents_from(20000);
	FIXTURE_TEXT(raise.input.ceiling_raise.act, "DET-10");
	EXPECT(fixture, &raise, OK);
	EXPECT(fixture, &consent, OK);
	EXPECT_CENTS(fixture->last.gross, 85428);
	assert_int_equal(residence->first_month.number, fixture_month("2026-04").number);
	assert_int_equal(task->closed, 1);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 28476);
	assert_int_equal(acts_ceiling(&acts, 2, CEILING_USED), 85428);
	assert_int_equal(acts_ceiling(&acts, 3, CEILING_USED), 85428); /* Izano's, of ALFA */
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 113904 - 2373);
	EXPECT(fixture, &consent, ILLEGAL_TRANSITION);
	effects_reset(&fixture->effects);
	const struct voucher *voucher = state_voucher(&fixture->state, acts.voucher);
	assert_int_equal(
	    residence_comune(&fixture->effects, voucher, fixture_month("2026-03")).raw,
	    fixture->pandino.raw);
	assert_int_equal(
	    residence_comune(&fixture->effects, voucher, fixture_month("2026-04")).raw,
	    fixture->izano.raw);
	/* lines of statements carry the comune that bears their month */
	acts_must(&acts, "redeem 2026-03-08T09:00 60; now 2026-04-10T09:00;"
			 "redeem 2026-04-05T09:00 60");
	const struct redemption *april = state_redemption(&fixture->state, acts.record);
	assert_int_equal(
	    state_statement_line(&fixture->state, april->statement_line)->comune.raw,
	    fixture->izano.raw);
	/* and what is released later leaves the right ceiling */
	acts_must(&acts, "revoke 2026-05-01");
	assert_int_equal(acts_ceiling(&acts, 2, CEILING_USED), 28476);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 28476);
}

static void a_refused_move_changes_nothing(void **state)
{
	struct acts acts = acts_begin(*state);
	struct fixture *fixture = acts.fixture;
	acts_must(&acts, "ceiling pandino 2026 200000; title 2026-01 2026-06 720 alfa");
	struct principal_id izano = comune_office(fixture, fixture->izano, "izano");
	struct command move = move_to(fixture, fixture->person, fixture->izano, "2026-02-01");
	uint32_t id = fixture_must(fixture, &move);
	struct command refuse = fixture_command(COMMAND_KIND_RESIDENCE_REFUSE, izano);
	refuse.input.residence_refuse.residence.raw = id;
	FIXTURE_TEXT(refuse.input.residence_refuse.act, "DET-11");
	EXPECT(fixture, &refuse, OK);
	EXPECT(fixture, &refuse, ILLEGAL_TRANSITION);
	struct command consent = accept(izano, id);
	EXPECT(fixture, &consent, ILLEGAL_TRANSITION);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 170856);
	assert_int_equal(state_beneficiary(&fixture->state, fixture->person)->comune.raw,
			 fixture->pandino.raw);
	/* two moves recorded from the same comune: the second one is superseded by the first */
	id = fixture_must(fixture, &move);
	uint32_t second = fixture_must(fixture, &move);
	consent = accept(izano, id);
	EXPECT(fixture, &consent, OK);
	consent = accept(izano, second);
	EXPECT(fixture, &consent, ILLEGAL_TRANSITION);
	/* a title proposed now is the new comune's, also where it was future */
	acts_must(&acts, "propose 2026-01 2026-01 60; propose 2026-03 2026-04 60");
	assert_int_equal(state_voucher(&fixture->state, acts.voucher)->comune.raw,
			 fixture->izano.raw);
	assert_int_equal(state_voucher(&fixture->state,
				       (struct voucher_id){acts.voucher.raw - 1})
			     ->comune.raw,
			 fixture->pandino.raw);
}

static struct command merge(struct fixture *fixture, struct comune_id from, struct comune_id into,
			    const char *day)
{
	struct command command =
	    fixture_command(COMMAND_KIND_COMUNE_MERGE, fixture->role[ROLE_UDP_MANAGER]);
	command.input.comune_merge.comune = from;
	command.input.comune_merge.into = into;
	command.input.comune_merge.from = fixture_day(day);
	FIXTURE_TEXT(command.input.comune_merge.act, "LR 29/2017");
	return command;
}

/* As Camairago and Cavacurta became Castelgerundo: Offanengo and Izano into a new comune. */
static void comuni_that_merge(void **state)
{
	struct acts acts = acts_begin(*state);
	struct fixture *fixture = acts.fixture;
	struct comune_id made =
	    fixture_comune(fixture, fixture->group[2], "098062", "M393", 1500);
	acts_must(&acts, "ceiling offanengo 2026 100000; ceiling izano 2026 60000;"
			 "live offanengo; title 2026-01 2026-03 720 alfa;"
			 "live izano; title 2026-02 2026-03 360 beta; now 2026-01-20T09:00;"
			 "redeem 2026-01-10T09:00 60 title=1");
	struct command first = merge(fixture, fixture->offanengo, made, "2026-02-01");
	EXPECT(fixture, &first, UNKNOWN_REFERENCE); /* the new comune has no ceiling yet */
	assert_int_equal(fixture->last.ceiling.raw, 1);
	(void)fixture_ceiling(fixture, made, 2026, 0);
	struct command same = merge(fixture, fixture->izano, fixture->izano, "2026-02-01");
	EXPECT_FIELD(fixture, &same, FIELD_INVALID, "into");
	same = merge(fixture, fixture->izano, made, "2026-01-19");
	EXPECT_FIELD(fixture, &same, FIELD_OUT_OF_RANGE, "from");
	EXPECT(fixture, &first, OK);
	EXPECT_CENTS(fixture->last.gross, 2 * 28476);
	EXPECT(fixture, &first, ILLEGAL_TRANSITION);
	struct command second = merge(fixture, fixture->izano, made, "2026-02-01");
	EXPECT(fixture, &second, OK);
	EXPECT_CENTS(fixture->last.gross, 2 * 14238);
	/* 1.000,00 - 284,76 of January = 715,24; 600,00 whole: together 1.315,24 */
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_USED), 28476);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_FREE), 0);
	assert_int_equal(acts_ceiling(&acts, 1, CEILING_GRANTED), 28476);
	assert_int_equal(acts_ceiling(&acts, 2, CEILING_GRANTED), 0);
	assert_int_equal(acts_ceiling(&acts, 3, CEILING_GRANTED), 131524);
	assert_int_equal(acts_ceiling(&acts, 3, CEILING_USED), 2 * 28476 + 2 * 14238);
	assert_int_equal(acts_fund(&acts, 2026, FUND_COMMITTED), 3 * 28476 + 2 * 14238 - 2373);
	acts_must(&acts, "now 2026-02-10T09:00; redeem 2026-02-05T09:00 60 title=1");
	const struct redemption *visit = state_redemption(&fixture->state, acts.record);
	assert_int_equal(
	    state_statement_line(&fixture->state, visit->statement_line)->comune.raw, made.raw);
	struct command born =
	    fixture_command(COMMAND_KIND_BENEFICIARY_CREATE, fixture->role[ROLE_UDP_OFFICER]);
	born.input.beneficiary_create.comune = fixture->izano;
	EXPECT(fixture, &born, COMUNE_CLOSED);
	struct command move =
	    move_to(fixture, fixture->person, fixture->izano, "2026-03-01");
	EXPECT(fixture, &move, COMUNE_CLOSED);
	effects_reset(&fixture->effects);
	assert_int_equal(residence_comune_on(&fixture->effects, fixture->offanengo,
					     fixture_day("2026-01-31"))
			     .raw,
			 fixture->offanengo.raw);
	assert_int_equal(residence_comune_on(&fixture->effects, fixture->offanengo,
					     fixture_day("2026-02-01"))
			     .raw,
			 made.raw);
}

static void comuni_join_a_measure(void **state)
{
	struct acts acts = acts_begin(*state);
	struct fixture *fixture = acts.fixture;
	struct command create =
	    fixture_command(COMMAND_KIND_MEASURE_CREATE, fixture->role[ROLE_UDP_MANAGER]);
	create.input.measure_create.ambito = fixture->ambito;
	FIXTURE_TEXT(create.input.measure_create.code, "B1");
	FIXTURE_TEXT(create.input.measure_create.name, "Misura B1");
	FIXTURE_TEXT(create.input.measure_create.act, "DGR");
	create.input.measure_create.kind = TITLE_KIND_VOUCHER;
	struct measure_id measure = {fixture_must(fixture, &create)};
	struct day march = fixture_day("2026-03-01");
	effects_reset(&fixture->effects);
	assert_true(membership_holds(&fixture->effects, measure, fixture->pandino, march));
	struct command join =
	    fixture_command(COMMAND_KIND_MEASURE_JOIN, fixture->role[ROLE_UDP_MANAGER]);
	join.input.measure_join.measure = measure;
	join.input.measure_join.comune = fixture->izano;
	join.input.measure_join.from = march;
	join.input.measure_join.share_bp = 10001;
	FIXTURE_TEXT(join.input.measure_join.act, "DEL-1");
	EXPECT_FIELD(fixture, &join, FIELD_OUT_OF_RANGE, "share_bp");
	join.input.measure_join.share_bp = 4000;
	uint32_t id = fixture_must(fixture, &join);
	EXPECT(fixture, &join, ALREADY_EXISTS);
	effects_reset(&fixture->effects);
	assert_false(membership_holds(&fixture->effects, measure, fixture->pandino, march));
	assert_int_equal(membership_share(&fixture->effects, measure, fixture->izano, march), 4000);
	struct command propose =
	    fixture_command(COMMAND_KIND_VOUCHER_PROPOSE, fixture->role[ROLE_SOCIAL_WORKER]);
	struct command_voucher_propose *input = &propose.input.voucher_propose;
	input->beneficiary = fixture->person; /* of Pandino */
	input->fund = fixture->fund;
	input->measure = measure;
	input->lines.count = 1;
	input->lines.items[0].service = fixture->service;
	input->lines.items[0].units_per_month = 60;
	input->first_month = fixture_month("2026-03");
	input->last_month = fixture_month("2026-04");
	EXPECT(fixture, &propose, COMUNE_NOT_IN_MEASURE);
	input->beneficiary = fixture_beneficiary(fixture, fixture->izano);
	EXPECT(fixture, &propose, OK);
	input->first_month = fixture_month("2026-02");
	EXPECT(fixture, &propose, COMUNE_NOT_IN_MEASURE); /* not a member yet */
	struct command leave =
	    fixture_command(COMMAND_KIND_MEASURE_LEAVE, fixture->role[ROLE_UDP_MANAGER]);
	leave.input.measure_leave.measure_membership.raw = id;
	leave.input.measure_leave.to = fixture_day("2026-02-28");
	FIXTURE_TEXT(leave.input.measure_leave.act, "DEL-2");
	EXPECT_FIELD(fixture, &leave, FIELD_OUT_OF_RANGE, "to");
	leave.input.measure_leave.to = fixture_day("2026-07-01");
	EXPECT(fixture, &leave, OK);
	EXPECT(fixture, &leave, ILLEGAL_TRANSITION);
	input->first_month = fixture_month("2026-07");
	input->last_month = fixture_month("2026-07");
	EXPECT(fixture, &propose, COMUNE_NOT_IN_MEASURE);
	join.input.measure_join.from = fixture_day("2026-07-01");
	EXPECT(fixture, &join, OK); /* and may join again */
	EXPECT(fixture, &propose, OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(months_to_come_go_to_the_new_comune),
	    EXPECT_TEST(a_refused_move_changes_nothing),
	    EXPECT_TEST(comuni_that_merge),
	    EXPECT_TEST(comuni_join_a_measure),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
