/* Files on their way: see delivery.h. */
#include "engine/domain/delivery.h"

#include "engine/domain/destination.h"
#include "engine/domain/duties.h"
#include "engine/domain/export.h"
#include "engine/domain/judge.h"

#include <string.h>

/* ---- What is the same delivery ---- */

static bool is_name_symbol(char symbol)
{
	return (symbol >= 'a' && symbol <= 'z') || (symbol >= 'A' && symbol <= 'Z') ||
	       (symbol >= '0' && symbol <= '9') || symbol == '.' || symbol == '_' || symbol == '-';
}

bool delivery_name_fits(struct slice name)
{
	for (uint32_t i = 0; i < name.size; i++)
		if (!is_name_symbol(name.data[i]))
			return false;
	return name.size > 0 && name.data[0] != '.' && name.data[0] != '-';
}

struct delivery_id delivery_find_file(const struct state *state, struct destination_id destination,
				      const uint8_t file_hash[32])
{
	ASSERT(state != NULL && file_hash != NULL);
	const struct index *index = &state->deliveries_by_file;
	uint32_t id = index_first(index, state_delivery_file_key(destination, file_hash));
	for (; id != 0; id = index_next(index, id)) {
		const struct delivery *delivery = state_delivery(state, (struct delivery_id){id});
		if (delivery->destination.raw == destination.raw &&
		    memcmp(delivery->file_hash, file_hash, sizeof(delivery->file_hash)) == 0)
			break;
	}
	return (struct delivery_id){id};
}

/* A delivery that is not cancelled has this name there; 0: none. At most one has. */
static struct delivery_id find_name(const struct state *state, struct destination_id destination,
				    const char name[96])
{
	const struct index *index = &state->deliveries_by_name;
	uint32_t id = index_first(index, state_delivery_name_key(destination, name));
	for (; id != 0; id = index_next(index, id)) {
		const struct delivery *delivery = state_delivery(state, (struct delivery_id){id});
		if (delivery->destination.raw == destination.raw &&
		    delivery->state != DELIVERY_STATE_CANCELLED &&
		    memcmp(delivery->file_name, name, sizeof(delivery->file_name)) == 0)
			break;
	}
	return (struct delivery_id){id};
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
	uint32_t any = 0;
	for (size_t i = 0; i < size; i++)
		any |= bytes[i];
	return any == 0;
}

static enum result done(struct decision *decision, struct delivery_id id)
{
	return judge_object(decision, RESULT_OK, RECORD_KIND_DELIVERY, id.raw);
}

static enum result refuse(struct decision *decision, enum result result, struct delivery_id id)
{
	return judge_object(decision, result, RECORD_KIND_DELIVERY, id.raw);
}

static enum result refuse_destination(struct decision *decision, struct destination_id id)
{
	return judge_object(decision, RESULT_DESTINATION_UNFIT, RECORD_KIND_DESTINATION, id.raw);
}

static bool is_closed(struct decision *decision, struct destination_id id)
{
	return effects_read_destination(decision->effects, id)->state == DESTINATION_STATE_CLOSED;
}

/* ---- Moves ---- */

static bool is_under_way(uint8_t state)
{
	return state == DELIVERY_STATE_PENDING || state == DELIVERY_STATE_SENDING;
}

/* The only place where a state changes: the destination counts what is under way. */
static void move(struct decision *decision, struct delivery *delivery, enum delivery_state to)
{
	bool was = is_under_way(delivery->state);
	bool is = is_under_way((uint8_t)to);
	delivery->state = (uint8_t)to;
	if (was == is)
		return;
	struct destination *destination =
	    effects_edit_destination(decision->effects, delivery->destination);
	ASSERT(is || destination->under_way > 0);
	destination->under_way = is ? destination->under_way + 1 : destination->under_way - 1;
}

static void await(struct decision *decision, struct delivery *delivery)
{
	move(decision, delivery, DELIVERY_STATE_PENDING);
	delivery->next_at = decision->now;
	delivery->failures = 0;
	delivery->lease_until.us = 0;
	delivery->holder = 0;
	destination_close_task(decision, &delivery->task);
}

/* RESULT_OK: queued, or it had been (the object says which delivery it is); one that was cancelled
 * goes again. RESULT_DESTINATION_UNFIT: closed, or a webhook; RESULT_FIELD_INVALID: the name, or
 * another size of the same file; RESULT_FIELD_MISSING: hash or size of nothing;
 * RESULT_FILE_NAME_TAKEN: another file has the name; RESULT_ILLEGAL_TRANSITION: the export is not
 * sealed, its files may still change. */
enum result delivery_queue(struct decision *decision)
{
	const struct command_delivery_queue *input = &decision->command->input.delivery_queue;
	const struct destination *destination =
	    effects_read_destination(decision->effects, input->destination);
	if (destination->state == DESTINATION_STATE_CLOSED ||
	    destination->kind == DESTINATION_KIND_WEBHOOK)
		return refuse_destination(decision, input->destination);
	if (!delivery_name_fits(JUDGE_TEXT(input->file_name)))
		return judge_field(decision, RESULT_FIELD_INVALID, "file_name");
	if (is_zero(input->file_hash, sizeof(input->file_hash)))
		return judge_field(decision, RESULT_FIELD_MISSING, "file_hash");
	if (input->size == 0)
		return judge_field(decision, RESULT_FIELD_MISSING, "size");
	const struct export *export = effects_read_export(decision->effects, input->export);
	if (export != NULL && export->state == EXPORT_STATE_DRAFT)
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_EXPORT,
				    input->export.raw);
	struct delivery_id id =
	    delivery_find_file(decision->state, input->destination, input->file_hash);
	struct delivery *known =
	    id.raw == 0 ? NULL : effects_edit_delivery(decision->effects, id);
	if (known != NULL && known->size != input->size)
		return judge_field(decision, RESULT_FIELD_INVALID, "size");
	if (known != NULL && known->state != DELIVERY_STATE_CANCELLED)
		return done(decision, id);
	const char *name = known != NULL ? known->file_name : input->file_name;
	struct delivery_id twin = find_name(decision->state, input->destination, name);
	if (twin.raw != 0)
		return refuse(decision, RESULT_FILE_NAME_TAKEN, twin);
	if (known != NULL) {
		await(decision, known);
		return done(decision, id);
	}
	struct delivery *delivery = effects_create_delivery(decision->effects, &id);
	JUDGE_COPY_TEXT(delivery->file_name, input->file_name);
	memcpy(delivery->file_hash, input->file_hash, sizeof(delivery->file_hash));
	delivery->size = input->size;
	delivery->queued_at = decision->now;
	delivery->ambito = destination->ambito;
	delivery->destination = input->destination;
	delivery->export = input->export;
	await(decision, delivery);
	return done(decision, id);
}

static struct instant later(struct decision *decision, uint32_t seconds)
{
	struct instant then = decision->now;
	struct duration wait = {(int64_t)seconds * 1000};
	bool exists = instant_plus(decision->now, wait, &then);
	ASSERT(exists || then.us == decision->now.us);
	return then;
}

static bool is_leased(const struct decision *decision, const struct delivery *delivery)
{
	return delivery->state == DELIVERY_STATE_SENDING &&
	       instant_less(decision->now, delivery->lease_until);
}

/* Takes a delivery in hand. RESULT_OK; RESULT_DELIVERY_NOT_DUE; RESULT_DELIVERY_LEASED: another
 * courier has it; RESULT_ILLEGAL_TRANSITION: sent, given up or cancelled;
 * RESULT_DESTINATION_UNFIT: closed; RESULT_FIELD_OUT_OF_RANGE: lease_s. */
enum result delivery_attempt(struct decision *decision)
{
	const struct command_delivery_attempt *input = &decision->command->input.delivery_attempt;
	struct delivery *delivery = effects_edit_delivery(decision->effects, input->delivery);
	uint32_t lease_s = input->lease_s == 0 ? DELIVERY_LEASE_DEFAULT_S : input->lease_s;
	if (lease_s < DELIVERY_LEASE_MIN_S || lease_s > DELIVERY_LEASE_MAX_S)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "lease_s");
	if (!is_under_way(delivery->state))
		return refuse(decision, RESULT_ILLEGAL_TRANSITION, input->delivery);
	if (is_closed(decision, delivery->destination))
		return refuse_destination(decision, delivery->destination);
	if (is_leased(decision, delivery) && delivery->holder != input->holder)
		return refuse(decision, RESULT_DELIVERY_LEASED, input->delivery);
	if (delivery->state == DELIVERY_STATE_PENDING &&
	    instant_less(decision->now, delivery->next_at))
		return refuse(decision, RESULT_DELIVERY_NOT_DUE, input->delivery);
	if (delivery->state == DELIVERY_STATE_SENDING)
		delivery->uncertain = 1; /* nobody said how that attempt ended */
	move(decision, delivery, DELIVERY_STATE_SENDING);
	delivery->attempts++;
	delivery->holder = input->holder;
	delivery->lease_until = later(decision, lease_s);
	return done(decision, input->delivery);
}

/* The server's reference goes into the ledger: only what cannot be a name or a sentence. */
static bool is_reference(struct slice text)
{
	for (uint32_t i = 0; i < text.size; i++) {
		char symbol = text.data[i];
		if (!is_name_symbol(symbol) && symbol != ':' && symbol != '/' && symbol != '+' &&
		    symbol != '=' && symbol != '"')
			return false;
	}
	return true;
}

static void give_up(struct decision *decision, struct delivery_id id, struct delivery *delivery)
{
	struct event task = {.ambito = delivery->ambito,
			     .destination = delivery->destination,
			     .delivery = id,
			     .value = delivery->attempts,
			     .kind = EVENT_KIND_DELIVERY_DEAD};
	move(decision, delivery, DELIVERY_STATE_DEAD);
	delivery->task = destination_call_person(decision, &task);
	struct destination *destination =
	    effects_edit_destination(decision->effects, delivery->destination);
	if (destination->state == DESTINATION_STATE_ACTIVE)
		destination->state = DESTINATION_STATE_FAILING;
}

/* An export has left when every file of it that was not cancelled has arrived. */
static void arrive_export(struct decision *decision, struct export_id id)
{
	const struct index *index = &decision->state->deliveries_by_export;
	const struct export *export = effects_read_export(decision->effects, id);
	if (export == NULL || export->state != EXPORT_STATE_SEALED)
		return;
	uint32_t raw = index_first(index, hash64_of_u64(id.raw, RECORD_KIND_DELIVERY));
	for (; raw != 0; raw = index_next(index, raw)) {
		const struct delivery *other =
		    effects_read_delivery(decision->effects, (struct delivery_id){raw});
		if (other->export.raw == id.raw && other->state != DELIVERY_STATE_SENT &&
		    other->state != DELIVERY_STATE_CANCELLED)
			return;
	}
	enum result result = export_delivered(decision, id);
	ASSERT(result == RESULT_OK); /* it is sealed */
}

static void arrive(struct decision *decision, struct delivery *delivery)
{
	const struct command_delivery_report *input = &decision->command->input.delivery_report;
	move(decision, delivery, DELIVERY_STATE_SENT);
	delivery->sent_at = decision->now;
	delivery->uncertain = 0;
	memcpy(delivery->receipt_hash, input->receipt_hash, sizeof(delivery->receipt_hash));
	memset(delivery->reference, 0, sizeof(delivery->reference));
	JUDGE_COPY_TEXT(delivery->reference, input->reference);
	struct destination *destination =
	    effects_edit_destination(decision->effects, delivery->destination);
	if (destination->state == DESTINATION_STATE_FAILING)
		destination->state = DESTINATION_STATE_ACTIVE;
	arrive_export(decision, delivery->export);
}

static void fail(struct decision *decision, struct delivery_id id, struct delivery *delivery)
{
	const struct command_delivery_report *input = &decision->command->input.delivery_report;
	const struct destination *destination =
	    effects_read_destination(decision->effects, delivery->destination);
	uint32_t delay = input->delay_s == 0 ? DELIVERY_DELAY_DEFAULT_S : input->delay_s;
	delivery->failures++;
	if (input->outcome == DELIVERY_OUTCOME_UNKNOWN)
		delivery->uncertain = 1;
	if (input->outcome == DELIVERY_OUTCOME_NEVER ||
	    delivery->failures >= destination->attempts_max) {
		give_up(decision, id, delivery);
		return;
	}
	move(decision, delivery, DELIVERY_STATE_PENDING);
	delivery->next_at = later(decision, delay);
}

/* How the present attempt ended. RESULT_OK; RESULT_DELIVERY_ATTEMPT_OVER: another one began, or it
 * was reported; RESULT_FIELD_MISSING: a failure without its cause; RESULT_FIELD_INVALID: a success
 * with one, or a reference that is none; RESULT_FIELD_OUT_OF_RANGE: delay_s. */
enum result delivery_report(struct decision *decision)
{
	const struct command_delivery_report *input = &decision->command->input.delivery_report;
	struct delivery *delivery = effects_edit_delivery(decision->effects, input->delivery);
	bool is_sent = input->outcome == DELIVERY_OUTCOME_SENT;
	if (input->delay_s > DELIVERY_DELAY_MAX_S)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "delay_s");
	if (!is_sent && input->cause == 0)
		return judge_field(decision, RESULT_FIELD_MISSING, "cause");
	if (is_sent && input->cause != 0 && input->cause != DELIVERY_CAUSE_ALREADY_THERE)
		return judge_field(decision, RESULT_FIELD_INVALID, "cause");
	if (!is_reference(JUDGE_TEXT(input->reference)))
		return judge_field(decision, RESULT_FIELD_INVALID, "reference");
	if (delivery->state != DELIVERY_STATE_SENDING || input->attempt != delivery->attempts)
		return refuse(decision, RESULT_DELIVERY_ATTEMPT_OVER, input->delivery);
	delivery->cause = input->cause;
	delivery->status = input->status;
	delivery->lease_until.us = 0;
	delivery->holder = 0;
	if (is_sent)
		arrive(decision, delivery);
	else
		fail(decision, input->delivery, delivery);
	return done(decision, input->delivery);
}

/* A person has it tried again: now, and as often as a new one. RESULT_OK;
 * RESULT_ILLEGAL_TRANSITION: neither given up nor waiting; RESULT_DESTINATION_UNFIT: closed. */
enum result delivery_retry(struct decision *decision)
{
	struct delivery_id id = decision->command->input.delivery_retry.delivery;
	struct delivery *delivery = effects_edit_delivery(decision->effects, id);
	if (delivery->state != DELIVERY_STATE_DEAD && delivery->state != DELIVERY_STATE_PENDING)
		return refuse(decision, RESULT_ILLEGAL_TRANSITION, id);
	if (is_closed(decision, delivery->destination))
		return refuse_destination(decision, delivery->destination);
	await(decision, delivery);
	return done(decision, id);
}

/* RESULT_OK; RESULT_DELIVERY_LEASED: a courier is sending it; RESULT_ILLEGAL_TRANSITION: it has
 * arrived, or is cancelled. */
enum result delivery_cancel(struct decision *decision)
{
	struct delivery_id id = decision->command->input.delivery_cancel.delivery;
	struct delivery *delivery = effects_edit_delivery(decision->effects, id);
	if (delivery->state == DELIVERY_STATE_SENT || delivery->state == DELIVERY_STATE_CANCELLED)
		return refuse(decision, RESULT_ILLEGAL_TRANSITION, id);
	if (is_leased(decision, delivery))
		return refuse(decision, RESULT_DELIVERY_LEASED, id);
	move(decision, delivery, DELIVERY_STATE_CANCELLED);
	destination_close_task(decision, &delivery->task);
	return done(decision, id);
}
