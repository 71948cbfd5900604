/* Where files and events go: see destination.h. */
#include "engine/domain/destination.h"

#include "engine/base/text.h"
#include "engine/domain/duties.h"
#include "engine/domain/event.h"
#include "engine/domain/judge.h"

#include <string.h>

/* ---- Addresses ---- */

static bool begins_with(struct slice text, const char *start)
{
	uint32_t size = (uint32_t)strlen(start);
	return text.size >= size && memcmp(text.data, start, size) == 0;
}

static bool contains(struct slice text, char symbol)
{
	for (uint32_t i = 0; i < text.size; i++)
		if (text.data[i] == symbol)
			return true;
	return false;
}

/* Printable ASCII without space: nothing that a URL or a header would have to escape. */
static bool is_plain(struct slice text)
{
	for (uint32_t i = 0; i < text.size; i++)
		if (text.data[i] <= ' ' || text.data[i] > '~')
			return false;
	return text.size > 0;
}

static bool climbs(struct slice text)
{
	for (uint32_t i = 0; i + 2 < text.size; i++)
		if (memcmp(text.data + i, "/..", 3) == 0 &&
		    (i + 3 == text.size || text.data[i + 3] == '/'))
			return true;
	return false;
}

/* After the scheme: a host, perhaps a port, and a path. A user before the host, a query or a
 * fragment could carry a credential. */
static bool is_place(struct slice rest)
{
	uint32_t host = 0;
	while (host < rest.size && rest.data[host] != '/')
		host++;
	bool has_credential = contains(rest, '@') || contains(rest, '?') || contains(rest, '#');
	return host > 0 && host < rest.size && rest.data[0] != ':' && !has_credential &&
	       !contains(rest, '\\') && !contains(rest, '%');
}

static bool is_url(struct slice address, const char *scheme)
{
	uint32_t size = (uint32_t)strlen(scheme);
	return begins_with(address, scheme) &&
	       is_place((struct slice){address.data + size, address.size - size});
}

bool destination_address_fits(uint8_t kind, struct slice address)
{
	if (!is_plain(address) || climbs(address))
		return false;
	switch ((enum destination_kind)kind) {
	case DESTINATION_KIND_FOLDER:
		return address.data[0] == '/';
	case DESTINATION_KIND_HTTPS_PUT:
		return is_url(address, "https://") && address.data[address.size - 1] == '/';
	case DESTINATION_KIND_HTTPS_POST:
	case DESTINATION_KIND_WEBHOOK:
		return is_url(address, "https://");
	case DESTINATION_KIND_SFTP:
		return is_url(address, "sftp://") && address.data[address.size - 1] == '/';
	}
	return false;
}

/* ---- Events that a webhook takes ---- */

static_assert(DESTINATION_EVENT_BYTES == sizeof(((struct destination *)0)->event_kinds),
	      "a bit for each number of an event kind");

bool destination_wants(const struct destination *destination, uint8_t event_kind)
{
	ASSERT(destination != NULL);
	uint32_t any = 0;
	for (uint32_t i = 0; i < DESTINATION_EVENT_BYTES; i++)
		any |= destination->event_kinds[i];
	return any == 0 || (destination->event_kinds[event_kind / 8] >> event_kind % 8 & 1) != 0;
}

static void set_kinds(struct destination *destination, const struct event_kind_input *kinds,
		      uint32_t count)
{
	memset(destination->event_kinds, 0, sizeof(destination->event_kinds));
	for (uint32_t i = 0; i < count; i++) {
		uint8_t *byte = &destination->event_kinds[kinds[i].kind / 8];
		*byte = (uint8_t)(*byte | 1u << kinds[i].kind % 8);
	}
}

/* ---- Tasks ---- */

struct event_id destination_call_person(struct decision *decision, const struct event *task)
{
	ASSERT(task != NULL && task->kind != 0);
	struct event event = *task;
	event.task = 1;
	event_emit(decision, &event);
	return (struct event_id){effects_count(decision->effects, RECORD_KIND_EVENT)};
}

void destination_close_task(struct decision *decision, struct event_id *task)
{
	ASSERT(task != NULL);
	const struct event *event = effects_read_event(decision->effects, *task);
	if (event != NULL && event->closed == 0)
		effects_edit_event(decision->effects, *task)->closed = 1;
	task->raw = 0;
}

static void make_active(struct decision *decision, struct destination *destination)
{
	destination->state = DESTINATION_STATE_ACTIVE;
	destination->failures = 0;
	destination->status = 0;
	destination->cause = 0;
	destination_close_task(decision, &destination->task);
}

/* ---- Acts ---- */

/* RESULT_OK; RESULT_FIELD_INVALID: no token as code, an address that does not suit the kind, what
 * only a webhook has; RESULT_FIELD_OUT_OF_RANGE: attempts_max; RESULT_ALREADY_EXISTS: the code. */
enum result destination_add(struct decision *decision)
{
	const struct command_destination_add *input = &decision->command->input.destination_add;
	struct slice code = JUDGE_TEXT(input->code);
	bool is_webhook = input->kind == DESTINATION_KIND_WEBHOOK;
	if (!text_is_token(code))
		return judge_field(decision, RESULT_FIELD_INVALID, "code");
	if (!destination_address_fits(input->kind, JUDGE_TEXT(input->address)))
		return judge_field(decision, RESULT_FIELD_INVALID, "address");
	if (!is_webhook && input->event_kinds.count > 0)
		return judge_field(decision, RESULT_FIELD_INVALID, "event_kinds");
	if (!is_webhook && input->from_start != 0)
		return judge_field(decision, RESULT_FIELD_INVALID, "from_start");
	if (input->attempts_max > DESTINATION_ATTEMPTS_MAX)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "attempts_max");
	uint32_t twin = state_find_code(decision->state, RECORD_KIND_DESTINATION, code);
	if (twin != 0)
		return judge_object(decision, RESULT_ALREADY_EXISTS, RECORD_KIND_DESTINATION, twin);
	struct destination_id id;
	struct destination *destination = effects_create_destination(decision->effects, &id);
	JUDGE_COPY_TEXT(destination->code, input->code);
	JUDGE_COPY_TEXT(destination->address, input->address);
	set_kinds(destination, input->event_kinds.items, input->event_kinds.count);
	destination->ambito = input->ambito;
	destination->attempts_max =
	    input->attempts_max == 0 ? DESTINATION_ATTEMPTS_DEFAULT : input->attempts_max;
	destination->kind = input->kind;
	destination->state = DESTINATION_STATE_ACTIVE;
	if (is_webhook && input->from_start == 0)
		destination->last_event.raw = state_count(decision->state, RECORD_KIND_EVENT);
	return judge_object(decision, RESULT_OK, RECORD_KIND_DESTINATION, id.raw);
}

/* Changes what is given, and makes a failing one active again. RESULT_OK; RESULT_FIELD_INVALID: as
 * above, or both kinds and every_event; RESULT_FIELD_OUT_OF_RANGE; RESULT_FIELD_MISSING: an active
 * one, and nothing to change; RESULT_DESTINATION_UNFIT: it is closed. */
enum result destination_change(struct decision *decision)
{
	const struct command_destination_change *input =
	    &decision->command->input.destination_change;
	struct destination *destination =
	    effects_edit_destination(decision->effects, input->destination);
	struct slice address = JUDGE_TEXT(input->address);
	bool has_events = input->event_kinds.count > 0 || input->every_event != 0;
	if (destination->state == DESTINATION_STATE_CLOSED)
		return judge_object(decision, RESULT_DESTINATION_UNFIT, RECORD_KIND_DESTINATION,
				    input->destination.raw);
	if (address.size > 0 && !destination_address_fits(destination->kind, address))
		return judge_field(decision, RESULT_FIELD_INVALID, "address");
	if (has_events && (destination->kind != DESTINATION_KIND_WEBHOOK ||
			   (input->event_kinds.count > 0 && input->every_event != 0)))
		return judge_field(decision, RESULT_FIELD_INVALID, "event_kinds");
	if (input->attempts_max > DESTINATION_ATTEMPTS_MAX)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "attempts_max");
	if (address.size == 0 && !has_events && input->attempts_max == 0 &&
	    destination->state == DESTINATION_STATE_ACTIVE)
		return judge_field(decision, RESULT_FIELD_MISSING, "address");
	if (address.size > 0)
		JUDGE_COPY_TEXT(destination->address, input->address);
	if (has_events)
		set_kinds(destination, input->event_kinds.items, input->event_kinds.count);
	if (input->attempts_max != 0)
		destination->attempts_max = input->attempts_max;
	make_active(decision, destination);
	return judge_object(decision, RESULT_OK, RECORD_KIND_DESTINATION, input->destination.raw);
}

/* RESULT_OK; RESULT_DESTINATION_UNFIT: it is closed; RESULT_ILLEGAL_TRANSITION: files are on their
 * way to it: cancel them first. */
enum result destination_close(struct decision *decision)
{
	struct destination_id id = decision->command->input.destination_close.destination;
	struct destination *destination = effects_edit_destination(decision->effects, id);
	if (destination->state == DESTINATION_STATE_CLOSED)
		return judge_object(decision, RESULT_DESTINATION_UNFIT, RECORD_KIND_DESTINATION,
				    id.raw);
	if (destination->under_way > 0)
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_DESTINATION,
				    id.raw);
	destination_close_task(decision, &destination->task);
	destination->state = DESTINATION_STATE_CLOSED;
	return judge_object(decision, RESULT_OK, RECORD_KIND_DESTINATION, id.raw);
}

/* One more event that the webhook did not take. */
static void count_failure(struct decision *decision, struct destination *destination)
{
	const struct command_destination_acknowledge *input =
	    &decision->command->input.destination_acknowledge;
	if (destination->failures < UINT16_MAX)
		destination->failures++;
	destination->status = input->status;
	destination->cause = input->cause;
	if (destination->failures < destination->attempts_max ||
	    destination->state == DESTINATION_STATE_FAILING)
		return;
	destination->state = DESTINATION_STATE_FAILING;
	struct event task = {.ambito = destination->ambito,
			     .destination = input->destination,
			     .value = destination->failures,
			     .kind = EVENT_KIND_DESTINATION_FAILING};
	destination->task = destination_call_person(decision, &task);
}

/* Events of a webhook, in order: the cursor moves forward only. RESULT_OK, also for the one that
 * was acknowledged last; RESULT_DESTINATION_UNFIT: no webhook, or closed;
 * RESULT_ILLEGAL_TRANSITION: the event lies behind the cursor. */
enum result destination_acknowledge(struct decision *decision)
{
	const struct command_destination_acknowledge *input =
	    &decision->command->input.destination_acknowledge;
	struct destination *destination =
	    effects_edit_destination(decision->effects, input->destination);
	if (destination->kind != DESTINATION_KIND_WEBHOOK ||
	    destination->state == DESTINATION_STATE_CLOSED)
		return judge_object(decision, RESULT_DESTINATION_UNFIT, RECORD_KIND_DESTINATION,
				    input->destination.raw);
	if (input->event.raw < destination->last_event.raw ||
	    (input->cause != 0 && input->event.raw == destination->last_event.raw))
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_EVENT,
				    destination->last_event.raw);
	if (input->cause != 0) {
		count_failure(decision, destination);
	} else {
		destination->last_event = input->event;
		make_active(decision, destination);
	}
	return judge_object(decision, RESULT_OK, RECORD_KIND_DESTINATION, input->destination.raw);
}
