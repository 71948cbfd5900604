/* Destinations and deliveries: what may be one, a file goes once, one courier at a time, and what
 * a person is called for. */
#include "engine/domain/delivery.h"
#include "engine/domain/destination.h"
#include "tests/support/random.h"
#include "tests/unit/domain/expect.h"

#include <string.h>

#define ROLE_OF(fixture, name) ((fixture)->role[ROLE_##name])

static struct command add(struct fixture *fixture, const char *code, enum destination_kind kind,
			  const char *address)
{
	struct command command =
	    fixture_command(COMMAND_KIND_DESTINATION_ADD, ROLE_OF(fixture, UDP_MANAGER));
	struct command_destination_add *input = &command.input.destination_add;
	input->ambito = fixture->ambito;
	input->kind = (uint8_t)kind;
	FIXTURE_TEXT(input->code, code);
	FIXTURE_TEXT(input->address, address);
	return command;
}

static struct destination_id must_add(struct fixture *fixture, const char *code,
				      enum destination_kind kind, const char *address)
{
	struct command command = add(fixture, code, kind, address);
	return (struct destination_id){fixture_must(fixture, &command)};
}

static struct destination_id bank(struct fixture *fixture)
{
	return must_add(fixture, "BANK", DESTINATION_KIND_SFTP, "sftp://bank.example/in/");
}

static struct command queue(struct fixture *fixture, struct destination_id destination,
			    const char *name, uint8_t hash)
{
	struct command command =
	    fixture_command(COMMAND_KIND_DELIVERY_QUEUE, ROLE_OF(fixture, FINANCE));
	struct command_delivery_queue *input = &command.input.delivery_queue;
	input->destination = destination;
	input->size = 1000;
	memset(input->file_hash, hash, sizeof(input->file_hash));
	FIXTURE_TEXT(input->file_name, name);
	return command;
}

static struct delivery_id must_queue(struct fixture *fixture, struct destination_id destination,
				     const char *name, uint8_t hash)
{
	struct command command = queue(fixture, destination, name, hash);
	return (struct delivery_id){fixture_must(fixture, &command)};
}

static struct command attempt(struct fixture *fixture, struct delivery_id delivery, uint64_t holder)
{
	struct command command =
	    fixture_command(COMMAND_KIND_DELIVERY_ATTEMPT, ROLE_OF(fixture, COURIER));
	command.input.delivery_attempt.delivery = delivery;
	command.input.delivery_attempt.holder = holder;
	command.input.delivery_attempt.lease_s = 60;
	return command;
}

static struct command report(struct fixture *fixture, struct delivery_id delivery, uint32_t number,
			     enum delivery_outcome outcome, uint8_t cause)
{
	struct command command =
	    fixture_command(COMMAND_KIND_DELIVERY_REPORT, ROLE_OF(fixture, COURIER));
	struct command_delivery_report *input = &command.input.delivery_report;
	input->delivery = delivery;
	input->attempt = number;
	input->outcome = (uint8_t)outcome;
	input->cause = cause;
	return command;
}

static struct command by_person(struct fixture *fixture, enum command_kind kind,
				struct delivery_id delivery)
{
	struct command command = fixture_command(kind, ROLE_OF(fixture, FINANCE));
	if (kind == COMMAND_KIND_DELIVERY_RETRY)
		command.input.delivery_retry.delivery = delivery;
	else
		command.input.delivery_cancel.delivery = delivery;
	return command;
}

static struct command acknowledge(struct fixture *fixture, struct destination_id hook,
				  uint32_t event, uint8_t cause)
{
	struct command command =
	    fixture_command(COMMAND_KIND_DESTINATION_ACKNOWLEDGE, ROLE_OF(fixture, COURIER));
	command.input.destination_acknowledge.destination = hook;
	command.input.destination_acknowledge.event.raw = event;
	command.input.destination_acknowledge.cause = cause;
	return command;
}

static const struct delivery *record(struct fixture *fixture, struct delivery_id id)
{
	return state_delivery(&fixture->state, id);
}

static const struct destination *place(struct fixture *fixture, struct destination_id id)
{
	return state_destination(&fixture->state, id);
}

static void later(struct fixture *fixture, int64_t seconds)
{
	fixture_advance(fixture,
			(struct instant){fixture->now.us + seconds * TIME_US_PER_SECOND});
}

/* One attempt from beginning to end. */
static void ends(struct fixture *fixture, struct delivery_id id, enum delivery_outcome outcome,
		 uint8_t cause)
{
	struct command command = attempt(fixture, id, 7);
	EXPECT(fixture, &command, OK);
	command = report(fixture, id, record(fixture, id)->attempts, outcome, cause);
	command.input.delivery_report.delay_s = 30;
	EXPECT(fixture, &command, OK);
}

static void addresses_suit_their_kind(void **state)
{
	(void)state;
	static const struct {
		enum destination_kind kind;
		const char *address;
		bool fits;
	} rows[] = {
	    {DESTINATION_KIND_FOLDER, "/srv/out", true},
	    {DESTINATION_KIND_FOLDER, "srv/out", false},
	    {DESTINATION_KIND_FOLDER, "/srv/../etc", false},
	    {DESTINATION_KIND_FOLDER, "/srv/..", false},
	    {DESTINATION_KIND_FOLDER, "/srv/..out", true},
	    {DESTINATION_KIND_FOLDER, "/srv/my files", false},
	    {DESTINATION_KIND_HTTPS_PUT, "https://host/dav/", true},
	    {DESTINATION_KIND_HTTPS_PUT, "https://host:8443/dav/", true},
	    {DESTINATION_KIND_HTTPS_PUT, "https://host/dav", false},
	    {DESTINATION_KIND_HTTPS_PUT, "http://host/dav/", false},
	    {DESTINATION_KIND_HTTPS_PUT, "https://host", false},
	    {DESTINATION_KIND_HTTPS_PUT, "https:///dav/", false},
	    {DESTINATION_KIND_HTTPS_PUT, "https://:443/dav/", false},
	    {DESTINATION_KIND_HTTPS_PUT, "https://user:secret@host/dav/", false},
	    {DESTINATION_KIND_HTTPS_PUT, "https://host/%2e%2e/", false},
	    {DESTINATION_KIND_HTTPS_POST, "https://host/in", true},
	    {DESTINATION_KIND_HTTPS_POST, "https://host/in?token=1", false},
	    {DESTINATION_KIND_HTTPS_POST, "https://host/in#a", false},
	    {DESTINATION_KIND_SFTP, "sftp://host/in/", true},
	    {DESTINATION_KIND_SFTP, "sftp://host/in", false},
	    {DESTINATION_KIND_SFTP, "https://host/in/", false},
	    {DESTINATION_KIND_WEBHOOK, "https://host/hook", true},
	    {DESTINATION_KIND_WEBHOOK, "http://host/hook", false},
	    {DESTINATION_KIND_WEBHOOK, "", false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (destination_address_fits((uint8_t)rows[i].kind,
					     slice_from_text(rows[i].address)) != rows[i].fits)
			fail_msg("%s", rows[i].address);
	assert_false(destination_address_fits(0, slice_from_text("/srv")));
}

static void names_stand_as_they_are(void **state)
{
	(void)state;
	static const char *const good[] = {"a", "TIT-2026-03.opi.xml", "x_1"};
	static const char *const bad[] = {"", ".a", "-a", "a/b", "a b", "a%20", "a\\b", "\xc3\xa0"};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(delivery_name_fits(slice_from_text(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(delivery_name_fits(slice_from_text(bad[i])));
}

static void destinations_are_made_and_changed(void **state)
{
	struct fixture *fixture = *state;
	struct command command = add(fixture, "no token", DESTINATION_KIND_FOLDER, "/srv");
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "code");
	command = add(fixture, "F", DESTINATION_KIND_FOLDER, "srv");
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "address");
	command = add(fixture, "F", DESTINATION_KIND_FOLDER, "/srv");
	command.input.destination_add.event_kinds.count = 1;
	command.input.destination_add.event_kinds.items[0].kind = EVENT_KIND_NOTE;
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "event_kinds");
	command.input.destination_add.event_kinds.count = 0;
	command.input.destination_add.from_start = 1;
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "from_start");
	command.input.destination_add.from_start = 0;
	command.input.destination_add.attempts_max = 1001;
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "attempts_max");
	struct destination_id id = must_add(fixture, "F", DESTINATION_KIND_FOLDER, "/srv");
	assert_int_equal(place(fixture, id)->attempts_max, DESTINATION_ATTEMPTS_DEFAULT);
	command = add(fixture, "F", DESTINATION_KIND_FOLDER, "/other");
	EXPECT(fixture, &command, ALREADY_EXISTS);

	struct command change =
	    fixture_command(COMMAND_KIND_DESTINATION_CHANGE, ROLE_OF(fixture, UDP_MANAGER));
	change.input.destination_change.destination = id;
	EXPECT_FIELD(fixture, &change, FIELD_MISSING, "address");
	FIXTURE_TEXT(change.input.destination_change.address, "https://host/");
	EXPECT_FIELD(fixture, &change, FIELD_INVALID, "address");
	memset(change.input.destination_change.address, 0,
	       sizeof(change.input.destination_change.address));
	change.input.destination_change.every_event = 1;
	EXPECT_FIELD(fixture, &change, FIELD_INVALID, "event_kinds");
	change.input.destination_change.every_event = 0;
	change.input.destination_change.attempts_max = 1001;
	EXPECT_FIELD(fixture, &change, FIELD_OUT_OF_RANGE, "attempts_max");
	change.input.destination_change.attempts_max = 3;
	FIXTURE_TEXT(change.input.destination_change.address, "/srv/new");
	EXPECT(fixture, &change, OK);
	assert_string_equal(place(fixture, id)->address, "/srv/new");
	assert_int_equal(place(fixture, id)->attempts_max, 3);

	struct command close =
	    fixture_command(COMMAND_KIND_DESTINATION_CLOSE, ROLE_OF(fixture, UDP_MANAGER));
	close.input.destination_close.destination = id;
	struct delivery_id waiting = must_queue(fixture, id, "a.csv", 1);
	EXPECT(fixture, &close, ILLEGAL_TRANSITION);
	command = by_person(fixture, COMMAND_KIND_DELIVERY_CANCEL, waiting);
	EXPECT(fixture, &command, OK);
	EXPECT(fixture, &close, OK);
	EXPECT(fixture, &close, DESTINATION_UNFIT);
	EXPECT(fixture, &change, DESTINATION_UNFIT);
	command = queue(fixture, id, "b.csv", 2);
	EXPECT(fixture, &command, DESTINATION_UNFIT);
}

static void a_file_goes_once(void **state)
{
	struct fixture *fixture = *state;
	struct destination_id id = bank(fixture);
	struct command command = queue(fixture, id, "../a", 1);
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "file_name");
	command = queue(fixture, id, "a.xml", 0);
	EXPECT_FIELD(fixture, &command, FIELD_MISSING, "file_hash");
	command = queue(fixture, id, "a.xml", 1);
	command.input.delivery_queue.size = 0;
	EXPECT_FIELD(fixture, &command, FIELD_MISSING, "size");
	struct delivery_id first = must_queue(fixture, id, "a.xml", 1);
	/* The same bytes under another name are the same delivery; it keeps its name. */
	assert_int_equal(must_queue(fixture, id, "b.xml", 1).raw, first.raw);
	assert_string_equal(record(fixture, first)->file_name, "a.xml");
	command = queue(fixture, id, "a.xml", 1);
	command.input.delivery_queue.size = 999;
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "size");
	/* Other bytes under the same name. */
	command = queue(fixture, id, "a.xml", 2);
	EXPECT(fixture, &command, FILE_NAME_TAKEN);
	assert_int_equal(fixture->last.object, first.raw);
	/* Another destination is another delivery. */
	struct destination_id other =
	    must_add(fixture, "DAV", DESTINATION_KIND_HTTPS_PUT, "https://host/dav/");
	assert_int_not_equal(must_queue(fixture, other, "a.xml", 1).raw, first.raw);
	assert_int_equal(place(fixture, id)->under_way, 1);
	/* A cancelled one frees its name, and goes again when it is queued again. */
	command = by_person(fixture, COMMAND_KIND_DELIVERY_CANCEL, first);
	EXPECT(fixture, &command, OK);
	EXPECT(fixture, &command, ILLEGAL_TRANSITION);
	assert_int_equal(place(fixture, id)->under_way, 0);
	struct delivery_id second = must_queue(fixture, id, "a.xml", 2);
	command = queue(fixture, id, "a.xml", 1);
	EXPECT(fixture, &command, FILE_NAME_TAKEN);
	command = by_person(fixture, COMMAND_KIND_DELIVERY_CANCEL, second);
	EXPECT(fixture, &command, OK);
	assert_int_equal(must_queue(fixture, id, "a.xml", 1).raw, first.raw);
	assert_int_equal(record(fixture, first)->state, DELIVERY_STATE_PENDING);
	struct destination_id hook =
	    must_add(fixture, "HOOK", DESTINATION_KIND_WEBHOOK, "https://host/hook");
	command = queue(fixture, hook, "a.xml", 1);
	EXPECT(fixture, &command, DESTINATION_UNFIT);
}

static void one_courier_at_a_time(void **state)
{
	struct fixture *fixture = *state;
	struct delivery_id id = must_queue(fixture, bank(fixture), "a.xml", 1);
	struct command mine = attempt(fixture, id, 7);
	struct command theirs = attempt(fixture, id, 8);
	mine.input.delivery_attempt.lease_s = 9;
	EXPECT_FIELD(fixture, &mine, FIELD_OUT_OF_RANGE, "lease_s");
	mine.input.delivery_attempt.lease_s = 86401;
	EXPECT_FIELD(fixture, &mine, FIELD_OUT_OF_RANGE, "lease_s");
	mine.input.delivery_attempt.lease_s = 60;
	EXPECT(fixture, &mine, OK);
	assert_int_equal(record(fixture, id)->uncertain, 0);
	EXPECT(fixture, &theirs, DELIVERY_LEASED);
	struct command cancel = by_person(fixture, COMMAND_KIND_DELIVERY_CANCEL, id);
	EXPECT(fixture, &cancel, DELIVERY_LEASED);
	/* The same courier after a restart: at once, and it has to ask first. */
	EXPECT(fixture, &mine, OK);
	assert_int_equal(record(fixture, id)->attempts, 2);
	assert_int_equal(record(fixture, id)->uncertain, 1);
	later(fixture, 59);
	EXPECT(fixture, &theirs, DELIVERY_LEASED);
	later(fixture, 1);
	EXPECT(fixture, &theirs, OK);
	assert_int_equal(record(fixture, id)->attempts, 3);
	/* Who lost its lease has no say. */
	struct command late = report(fixture, id, 2, DELIVERY_OUTCOME_SENT, 0);
	EXPECT(fixture, &late, DELIVERY_ATTEMPT_OVER);
	struct command good = report(fixture, id, 3, DELIVERY_OUTCOME_SENT, 0);
	FIXTURE_TEXT(good.input.delivery_report.reference, "Mario Rossi");
	EXPECT_FIELD(fixture, &good, FIELD_INVALID, "reference");
	memset(good.input.delivery_report.reference, 0,
	       sizeof(good.input.delivery_report.reference));
	FIXTURE_TEXT(good.input.delivery_report.reference, "\"65f-1a\"");
	good.input.delivery_report.cause = DELIVERY_CAUSE_REFUSED;
	EXPECT_FIELD(fixture, &good, FIELD_INVALID, "cause");
	good.input.delivery_report.cause = DELIVERY_CAUSE_ALREADY_THERE;
	good.input.delivery_report.status = 201;
	EXPECT(fixture, &good, OK);
	const struct delivery *delivery = record(fixture, id);
	assert_int_equal(delivery->state, DELIVERY_STATE_SENT);
	assert_int_equal(delivery->uncertain, 0);
	assert_int_equal(delivery->sent_at.us, fixture->now.us);
	assert_int_equal(delivery->status, 201);
	assert_string_equal(delivery->reference, "\"65f-1a\"");
	EXPECT(fixture, &good, DELIVERY_ATTEMPT_OVER);
	EXPECT(fixture, &mine, ILLEGAL_TRANSITION);
	EXPECT(fixture, &cancel, ILLEGAL_TRANSITION);
	struct command retry = by_person(fixture, COMMAND_KIND_DELIVERY_RETRY, id);
	EXPECT(fixture, &retry, ILLEGAL_TRANSITION);
}

static void it_is_tried_again_when_it_is_due(void **state)
{
	struct fixture *fixture = *state;
	struct delivery_id id = must_queue(fixture, bank(fixture), "a.xml", 1);
	struct command command = attempt(fixture, id, 7);
	EXPECT(fixture, &command, OK);
	struct command failed = report(fixture, id, 1, DELIVERY_OUTCOME_TRY_AGAIN, 0);
	EXPECT_FIELD(fixture, &failed, FIELD_MISSING, "cause");
	failed.input.delivery_report.cause = DELIVERY_CAUSE_UNREACHABLE;
	failed.input.delivery_report.delay_s = 604801;
	EXPECT_FIELD(fixture, &failed, FIELD_OUT_OF_RANGE, "delay_s");
	failed.input.delivery_report.delay_s = 0;
	EXPECT(fixture, &failed, OK);
	assert_int_equal(record(fixture, id)->uncertain, 0);
	later(fixture, 59);
	EXPECT(fixture, &command, DELIVERY_NOT_DUE);
	later(fixture, 1);
	EXPECT(fixture, &command, OK);
	failed = report(fixture, id, 2, DELIVERY_OUTCOME_UNKNOWN, DELIVERY_CAUSE_INTERRUPTED);
	failed.input.delivery_report.delay_s = 600;
	EXPECT(fixture, &failed, OK);
	assert_int_equal(record(fixture, id)->uncertain, 1);
	assert_int_equal(record(fixture, id)->failures, 2);
	EXPECT(fixture, &command, DELIVERY_NOT_DUE);
	/* A person does not wait; what is not known stays so. */
	struct command retry = by_person(fixture, COMMAND_KIND_DELIVERY_RETRY, id);
	EXPECT(fixture, &retry, OK);
	assert_int_equal(record(fixture, id)->failures, 0);
	assert_int_equal(record(fixture, id)->uncertain, 1);
	EXPECT(fixture, &command, OK);
}

static void a_person_is_called_for_what_is_given_up(void **state)
{
	struct fixture *fixture = *state;
	struct destination_id there = bank(fixture);
	struct delivery_id id = must_queue(fixture, there, "a.xml", 1);
	ends(fixture, id, DELIVERY_OUTCOME_NEVER, DELIVERY_CAUSE_HOST_KEY);
	const struct delivery *delivery = record(fixture, id);
	assert_int_equal(delivery->state, DELIVERY_STATE_DEAD);
	assert_int_equal(delivery->cause, DELIVERY_CAUSE_HOST_KEY);
	const struct event *task = state_event(&fixture->state, delivery->task);
	assert_int_equal(task->kind, EVENT_KIND_DELIVERY_DEAD);
	assert_int_equal(task->task, 1);
	assert_int_equal(task->closed, 0);
	assert_int_equal(task->delivery.raw, id.raw);
	assert_int_equal(task->destination.raw, there.raw);
	assert_int_equal(task->ambito.raw, fixture->ambito.raw);
	assert_int_equal(place(fixture, there)->state, DESTINATION_STATE_FAILING);
	assert_int_equal(place(fixture, there)->under_way, 0);
	struct command command = attempt(fixture, id, 7);
	EXPECT(fixture, &command, ILLEGAL_TRANSITION);
	/* Queueing it again is no decision of a person about the failure. */
	assert_int_equal(must_queue(fixture, there, "a.xml", 1).raw, id.raw);
	assert_int_equal(record(fixture, id)->state, DELIVERY_STATE_DEAD);
	command = by_person(fixture, COMMAND_KIND_DELIVERY_RETRY, id);
	EXPECT(fixture, &command, OK);
	assert_int_equal(task->closed, 1);
	assert_int_equal(record(fixture, id)->task.raw, 0);
	ends(fixture, id, DELIVERY_OUTCOME_SENT, 0);
	assert_int_equal(place(fixture, there)->state, DESTINATION_STATE_ACTIVE);
	/* Cancelling one that is dead closes its task too. */
	struct delivery_id other = must_queue(fixture, there, "b.xml", 2);
	ends(fixture, other, DELIVERY_OUTCOME_NEVER, DELIVERY_CAUSE_NAME_TAKEN);
	struct event_id second = record(fixture, other)->task;
	command = by_person(fixture, COMMAND_KIND_DELIVERY_CANCEL, other);
	EXPECT(fixture, &command, OK);
	assert_int_equal(state_event(&fixture->state, second)->closed, 1);
}

static void too_often_is_given_up(void **state)
{
	struct fixture *fixture = *state;
	struct command made =
	    add(fixture, "BANK", DESTINATION_KIND_SFTP, "sftp://bank.example/in/");
	made.input.destination_add.attempts_max = 3;
	struct destination_id there = {fixture_must(fixture, &made)};
	struct delivery_id id = must_queue(fixture, there, "a.xml", 1);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(record(fixture, id)->state, DELIVERY_STATE_PENDING);
		ends(fixture, id, DELIVERY_OUTCOME_TRY_AGAIN, DELIVERY_CAUSE_SERVER_ERROR);
		later(fixture, 30);
	}
	assert_int_equal(record(fixture, id)->state, DELIVERY_STATE_DEAD);
	struct command command =
	    fixture_command(COMMAND_KIND_DESTINATION_CLOSE, ROLE_OF(fixture, UDP_MANAGER));
	command.input.destination_close.destination = there;
	EXPECT(fixture, &command, OK);
	command = by_person(fixture, COMMAND_KIND_DELIVERY_RETRY, id);
	EXPECT(fixture, &command, DESTINATION_UNFIT);
}

/* An event without much ado. */
static uint32_t note(struct fixture *fixture, struct destination_id there, uint8_t hash)
{
	char name[8] = {'n', (char)('a' + hash % 26), (char)('a' + hash / 26), '\0'};
	struct delivery_id id = must_queue(fixture, there, name, hash);
	ends(fixture, id, DELIVERY_OUTCOME_NEVER, DELIVERY_CAUSE_REFUSED);
	return record(fixture, id)->task.raw;
}

static void the_cursor_of_a_webhook_moves_forward(void **state)
{
	struct fixture *fixture = *state;
	struct destination_id there = bank(fixture);
	uint32_t before = note(fixture, there, 1);
	struct command made =
	    add(fixture, "HOOK", DESTINATION_KIND_WEBHOOK, "https://host/hook");
	made.input.destination_add.attempts_max = 2;
	made.input.destination_add.event_kinds.count = 1;
	made.input.destination_add.event_kinds.items[0].kind = EVENT_KIND_DELIVERY_DEAD;
	struct destination_id hook = {fixture_must(fixture, &made)};
	assert_int_equal(place(fixture, hook)->last_event.raw, before);
	assert_true(destination_wants(place(fixture, hook), EVENT_KIND_DELIVERY_DEAD));
	assert_false(destination_wants(place(fixture, hook), EVENT_KIND_NOTE));
	struct command second = add(fixture, "ALL", DESTINATION_KIND_WEBHOOK, "https://host/all");
	second.input.destination_add.from_start = 1;
	struct destination_id all = {fixture_must(fixture, &second)};
	assert_int_equal(place(fixture, all)->last_event.raw, 0);
	assert_true(destination_wants(place(fixture, all), EVENT_KIND_NOTE));
	uint32_t event = note(fixture, there, 2);

	struct command command = acknowledge(fixture, there, event, 0);
	EXPECT(fixture, &command, DESTINATION_UNFIT);
	command = acknowledge(fixture, hook, event, 0);
	EXPECT(fixture, &command, OK);
	EXPECT(fixture, &command, OK);
	command = acknowledge(fixture, hook, before, 0);
	EXPECT(fixture, &command, ILLEGAL_TRANSITION);
	command = acknowledge(fixture, hook, event, DELIVERY_CAUSE_REFUSED);
	EXPECT(fixture, &command, ILLEGAL_TRANSITION);

	uint32_t next = note(fixture, there, 3);
	command = acknowledge(fixture, hook, next, DELIVERY_CAUSE_SERVER_ERROR);
	command.input.destination_acknowledge.status = 500;
	EXPECT(fixture, &command, OK);
	assert_int_equal(place(fixture, hook)->state, DESTINATION_STATE_ACTIVE);
	EXPECT(fixture, &command, OK);
	assert_int_equal(place(fixture, hook)->state, DESTINATION_STATE_FAILING);
	assert_int_equal(place(fixture, hook)->last_event.raw, event);
	struct event_id task = place(fixture, hook)->task;
	assert_int_equal(state_event(&fixture->state, task)->kind, EVENT_KIND_DESTINATION_FAILING);
	EXPECT(fixture, &command, OK); /* no second task */
	assert_int_equal(place(fixture, hook)->task.raw, task.raw);
	struct command change =
	    fixture_command(COMMAND_KIND_DESTINATION_CHANGE, ROLE_OF(fixture, UDP_MANAGER));
	change.input.destination_change.destination = hook;
	EXPECT(fixture, &change, OK);
	assert_int_equal(state_event(&fixture->state, task)->closed, 1);
	assert_int_equal(place(fixture, hook)->failures, 0);
	change.input.destination_change.every_event = 1;
	EXPECT(fixture, &change, OK);
	assert_true(destination_wants(place(fixture, hook), EVENT_KIND_NOTE));
}

static void who_may_see_it(void **state)
{
	struct fixture *fixture = *state;
	struct destination_id there = bank(fixture);
	struct delivery_id id = must_queue(fixture, there, "a.xml", 1);
	static const enum role seeing[] = {ROLE_COURIER, ROLE_FINANCE, ROLE_UDP_OFFICER,
					   ROLE_AUDITOR, ROLE_CAPOFILA};
	static const enum role blind[] = {ROLE_PROVIDER, ROLE_BENEFICIARY, ROLE_OPERATOR,
					  ROLE_COMUNE_ADMIN, ROLE_TREASURER};
	for (size_t i = 0; i < sizeof(seeing) / sizeof(seeing[0]); i++)
		assert_true(decide_may_read(
		    &fixture->state, state_principal(&fixture->state, fixture->role[seeing[i]]),
		    RECORD_KIND_DELIVERY, id.raw, record(fixture, id)));
	for (size_t i = 0; i < sizeof(blind) / sizeof(blind[0]); i++)
		assert_false(decide_may_read(
		    &fixture->state, state_principal(&fixture->state, fixture->role[blind[i]]),
		    RECORD_KIND_DESTINATION, there.raw, place(fixture, there)));
	/* The courier sees no title, no statement, no provider. */
	assert_false(decide_may_read(
	    &fixture->state, state_principal(&fixture->state, ROLE_OF(fixture, COURIER)),
	    RECORD_KIND_PROVIDER, fixture->alfa.raw,
	    state_provider(&fixture->state, fixture->alfa)));
}

/* ---- Whatever happens ---- */

/* A destination counts what is under way; a file has one delivery there; a name one that is not
 * cancelled; what is given up, and nothing else, has an open task. */
static void check_invariants(struct fixture *fixture)
{
	uint32_t count = state_count(&fixture->state, RECORD_KIND_DELIVERY);
	for (uint32_t d = 1; d <= state_count(&fixture->state, RECORD_KIND_DESTINATION); d++) {
		uint32_t under_way = 0;
		for (uint32_t i = 1; i <= count; i++) {
			const struct delivery *one = record(fixture, (struct delivery_id){i});
			if (one->destination.raw != d)
				continue;
			under_way += one->state == DELIVERY_STATE_PENDING ||
				     one->state == DELIVERY_STATE_SENDING;
			const struct event *task = state_event(&fixture->state, one->task);
			assert_int_equal(one->state == DELIVERY_STATE_DEAD,
					 task != NULL && task->closed == 0);
			assert_int_equal(one->state == DELIVERY_STATE_SENT, one->sent_at.us != 0);
			for (uint32_t j = i + 1; j <= count; j++) {
				const struct delivery *two =
				    record(fixture, (struct delivery_id){j});
				if (two->destination.raw != d)
					continue;
				assert_memory_not_equal(one->file_hash, two->file_hash, 32);
				if (one->state != DELIVERY_STATE_CANCELLED &&
				    two->state != DELIVERY_STATE_CANCELLED)
					assert_memory_not_equal(one->file_name, two->file_name, 96);
			}
		}
		assert_int_equal(place(fixture, (struct destination_id){d})->under_way, under_way);
	}
}

static struct command any_act(struct fixture *fixture, struct test_random *random)
{
	uint32_t count = state_count(&fixture->state, RECORD_KIND_DELIVERY);
	struct delivery_id id = {count == 0 ? 1 : 1 + (uint32_t)test_random_below(random, count)};
	const struct delivery *delivery = record(fixture, id);
	char name[4] = {'f', (char)('a' + test_random_below(random, 12)), '\0'};
	switch (test_random_below(random, count == 0 ? 1 : 8)) {
	case 0:
		return queue(fixture,
			     (struct destination_id){1 + (uint32_t)test_random_below(random, 2)},
			     name, (uint8_t)(1 + test_random_below(random, 12)));
	case 1:
	case 2:
		return attempt(fixture, id, 1 + test_random_below(random, 2));
	case 3:
	case 4:
	case 5: {
		uint8_t outcome = (uint8_t)(1 + test_random_below(random, 4));
		uint8_t cause = outcome == DELIVERY_OUTCOME_SENT ? 0 : DELIVERY_CAUSE_INTERRUPTED;
		uint32_t number = delivery->attempts - (uint32_t)test_random_below(random, 2);
		return report(fixture, id, number, (enum delivery_outcome)outcome, cause);
	}
	case 6:
		return by_person(fixture, COMMAND_KIND_DELIVERY_RETRY, id);
	default:
		return by_person(fixture, COMMAND_KIND_DELIVERY_CANCEL, id);
	}
}

static void whatever_happens(void **state)
{
	struct fixture *fixture = *state;
	struct test_random random = test_random_make("delivery");
	uint64_t successes = 0;
	fixture->check_all = false;
	for (uint32_t i = 0; i < 2; i++) {
		struct command command =
		    add(fixture, i == 0 ? "A" : "B", DESTINATION_KIND_FOLDER, "/srv/out");
		command.input.destination_add.attempts_max = (uint16_t)(2 + i);
		(void)fixture_must(fixture, &command);
	}
	for (uint32_t i = 0; i < 20000; i++) {
		struct command command = any_act(fixture, &random);
		uint32_t id = command.kind == COMMAND_KIND_DELIVERY_REPORT
				  ? command.input.delivery_report.delivery.raw
				  : 0;
		struct delivery before = {.attempts = 0};
		if (id != 0)
			before = *record(fixture, (struct delivery_id){id});
		bool is_done = result_is_success(fixture_do(fixture, &command).result);
		successes += is_done;
		/* What arrived stays so, and only the latest attempt has a say. */
		if (id != 0 && before.state == DELIVERY_STATE_SENT)
			assert_false(is_done);
		if (id != 0 && is_done)
			assert_int_equal(before.attempts,
					 command.input.delivery_report.attempt);
		if (test_random_below(&random, 20) == 0)
			fixture->now.us += (int64_t)test_random_below(&random, 100) *
					   TIME_US_PER_SECOND;
		if (i % 16 == 0)
			check_invariants(fixture);
	}
	check_invariants(fixture);
	assert_true(successes > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(addresses_suit_their_kind),
	    cmocka_unit_test(names_stand_as_they_are),
	    EXPECT_TEST(destinations_are_made_and_changed),
	    EXPECT_TEST(a_file_goes_once),
	    EXPECT_TEST(one_courier_at_a_time),
	    EXPECT_TEST(it_is_tried_again_when_it_is_due),
	    EXPECT_TEST(a_person_is_called_for_what_is_given_up),
	    EXPECT_TEST(too_often_is_given_up),
	    EXPECT_TEST(the_cursor_of_a_webhook_moves_forward),
	    EXPECT_TEST(who_may_see_it),
	    EXPECT_TEST(whatever_happens),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
