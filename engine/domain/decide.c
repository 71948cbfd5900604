/* The door to the rules: see decide.h. One command goes through, in this order: identity, role,
 * fields, ownership, references, the duty (state, then money), the room in the tables, the receipt.
 *
 * Invariants
 *  1. A refusal leaves no effect but its receipt, and none at all when it is not stored.
 *  2. A replay leaves no effect and never reaches the duty.
 *  3. An outcome is stored under its key exactly when it is a success or of kind REFUSAL. */
#include "engine/domain/decide.h"

#include "engine/domain/authorise.h"
#include "engine/domain/duties.h"
#include "engine/domain/event.h"
#include "engine/domain/inputs.h"
#include "engine/domain/references.h"
#include "engine/domain/schedule.h"
#include "engine/domain/voucher.h"

#include <string.h>

typedef enum result duty(struct decision *decision);

/* By number of the command. */
static duty *const duties[COMMAND_KIND_MAX + 1] = {
#define C(name, NAME, number, path, object, roles, it, en) [number] = name,
    COMMANDS(C)
#undef C
};

void decide_outcome_of_receipt(const struct receipt *receipt, struct outcome *ret_outcome)
{
	ASSERT(receipt != NULL && ret_outcome != NULL);
	enum result result = RESULT_OK;
	enum result cause = RESULT_OK;
	bool known = result_from_number(receipt->result, &result);
	ASSERT(known);
	known = result_from_number(receipt->cause, &cause);
	ASSERT(known);
	*ret_outcome = (struct outcome){
	    .result = result,
	    .cause = cause,
	    .command = receipt->command,
	    .object_kind = receipt->object_kind,
	    .replayed = true,
	    .object = receipt->object,
	    .net = receipt->net_cents,
	    .gross = receipt->gross_cents,
	    .short_by = receipt->short_cents,
	    .limit = receipt->limit_cents,
	    .units = receipt->units,
	    .ceiling = receipt->ceiling,
	    .sequence = receipt->sequence,
	    .at = receipt->at,
	    .field = NULL,
	};
}

/* Keeps the outcome under the command's key. */
static void create_receipt(struct effects *effects, const struct command *command,
			   const struct outcome *outcome)
{
	struct receipt_id id;
	struct receipt *receipt = effects_create_receipt(effects, &id);
	ASSERT(outcome->result <= UINT16_MAX && outcome->cause <= UINT16_MAX);
	*receipt = (struct receipt){
	    .net_cents = outcome->net,
	    .gross_cents = outcome->gross,
	    .short_cents = outcome->short_by,
	    .limit_cents = outcome->limit,
	    .sequence = outcome->sequence,
	    .at = outcome->at,
	    .object = outcome->object,
	    .units = outcome->units,
	    .principal = command->principal,
	    .ceiling = outcome->ceiling,
	    .result = (uint16_t)outcome->result,
	    .cause = (uint16_t)outcome->cause,
	    .command = command->kind,
	    .object_kind = outcome->object_kind,
	};
	memcpy(receipt->key_hash, command->key_hash, sizeof(receipt->key_hash));
	memcpy(receipt->request_hash, command->request_hash, sizeof(receipt->request_hash));
}

/* True when the key was seen before: the outcome is filled. */
static bool find_replay(const struct state *state, const struct command *command,
			struct outcome *outcome)
{
	if (command->has_key == 0)
		return false;
	struct receipt_id id = state_find_receipt(state, command->key_hash);
	if (id.raw == 0)
		return false;
	const struct receipt *receipt = state_receipt(state, id);
	ASSERT(receipt != NULL);
	if (receipt->command != command->kind ||
	    memcmp(receipt->request_hash, command->request_hash, sizeof(receipt->request_hash)) !=
		0) {
		outcome->result = RESULT_IDEMPOTENCY_KEY_REUSED;
		return true;
	}
	decide_outcome_of_receipt(receipt, outcome);
	return true;
}

enum result decide_duty(struct decision *decision)
{
	ASSERT(decision != NULL && duties[decision->command->kind] != NULL);
	return duties[decision->command->kind](decision);
}

/* A buono is a title with a machine of its own (cash_grant.h): acts on vouchers are not for it. */
static bool is_of_another_machine(const struct decision *decision)
{
	if (decision->info->object != RECORD_KIND_VOUCHER)
		return false;
	struct references references;
	struct reference reference;
	references_of(&references, decision);
	while (references_next(&references, &reference)) {
		if (reference.kind != RECORD_KIND_VOUCHER)
			continue;
		const struct voucher *voucher =
		    state_voucher(decision->state, (struct voucher_id){reference.id});
		if (voucher_is_cash_grant(decision->effects, voucher))
			return true;
	}
	return false;
}

/* Everything after identity. */
static enum result judge(struct decision *decision)
{
	enum result result = authorise_role(decision);
	if (result == RESULT_OK)
		result = inputs_check_fields(decision);
	if (result == RESULT_OK)
		result = authorise_owner(decision);
	if (result == RESULT_OK)
		result = inputs_check_references(decision);
	if (result != RESULT_OK)
		return result;
	if (is_of_another_machine(decision))
		return RESULT_ILLEGAL_TRANSITION;
	result = decide_duty(decision);
	if (result_is_success(result) && effects_result(decision->effects) != RESULT_OK) {
		decision->outcome->object = 0; /* it was not made */
		return effects_result(decision->effects);
	}
	return result;
}

/* A refusal states what is missing, never what was made or moved. */
static void keep_refusal_only(struct effects *effects, struct outcome *outcome)
{
	effects_reset(effects);
	outcome->cause = RESULT_OK;
	outcome->net = cents_zero();
	outcome->gross = cents_zero();
}

/* The task that the refused act leaves, unless the title has an open one of its kind. */
static void leave_task(struct decision *decision)
{
	struct event *task = &decision->task_of_refusal;
	if (task->kind == 0)
		return;
	ASSERT(task->task != 0 && task->voucher.raw != 0);
	struct event_id open = event_open_task(decision->effects, task->voucher,
					       (enum event_kind)task->kind);
	if (open.raw == 0)
		event_emit(decision, task);
}

void decide(struct effects *effects, const struct command *command, struct instant now,
	    uint64_t sequence, struct outcome *ret_outcome)
{
	ASSERT(effects != NULL && command != NULL && ret_outcome != NULL);
	const struct command_info *info = command_info(command->kind);
	ASSERT(info != NULL && duties[command->kind] != NULL);
	effects_reset(effects);
	effects->now = now;
	*ret_outcome = (struct outcome){
	    .command = command->kind, .object_kind = info->object, .at = now};
	if (find_replay(effects->state, command, ret_outcome))
		return;
	struct decision decision = {
	    .effects = effects,
	    .state = effects->state,
	    .command = command,
	    .info = info,
	    .given = references_given(info, command),
	    .principal = state_principal(effects->state, command->principal),
	    .outcome = ret_outcome,
	    .now = now,
	    .today = state_day(effects->state, now),
	};
	ret_outcome->result = judge(&decision);
	bool is_success = result_is_success(ret_outcome->result);
	bool is_stored = is_success ||
			 result_info(ret_outcome->result)->kind == RESULT_KIND_REFUSAL;
	if (!is_success)
		keep_refusal_only(effects, ret_outcome);
	if (is_success || (is_stored && command->has_key != 0))
		ret_outcome->sequence = sequence;
	if (!is_success && is_stored && command->has_key != 0)
		leave_task(&decision);
	if (is_stored && command->has_key != 0) {
		create_receipt(effects, command, ret_outcome);
		if (effects_result(effects) != RESULT_OK) {
			ret_outcome->result = effects_result(effects);
			ret_outcome->sequence = 0;
			ret_outcome->object = 0;
			keep_refusal_only(effects, ret_outcome);
		}
	}
	if (!decide_has_effects(effects))
		ret_outcome->sequence = 0;
}

bool decide_has_effects(const struct effects *effects)
{
	ASSERT(effects != NULL);
	return effects->write_count > 0;
}

bool decide_tick_due(const struct state *state, struct instant now, struct command *ret_command,
		     struct instant *ret_due)
{
	return schedule_due(state, now, ret_command, ret_due);
}

bool decide_may_read(const struct state *state, const struct principal *principal,
		     enum record_kind kind, uint32_t id, const void *record)
{
	return authorise_read(state, principal, kind, id, record);
}
