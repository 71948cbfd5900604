/* Acts that need two persons: see approval.h. */
#include "engine/domain/approval.h"

#include "engine/domain/authorise.h"
#include "engine/domain/delegation.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"
#include "engine/domain/parameter.h"
#include "engine/domain/references.h"

#include <string.h>

/* The record to which an approval is bound, as it stands in the state. */
static uint64_t hash_of(const struct decision *decision, enum record_kind kind, uint32_t id)
{
	const void *record = state_record(decision->state, kind, id);
	ASSERT(record != NULL);
	return hash64(record, record_info(kind)->set.struct_size, kind);
}

static struct day last_day(const struct decision *decision, struct ambito_id ambito)
{
	struct parameter_scope scope = {.ambito = ambito};
	int64_t days = parameter_at(decision->state, PARAMETER_APPROVAL_DAYS, &scope,
				    decision->today);
	struct day last = decision->today;
	bool exists = day_plus(decision->today, (int32_t)days, &last);
	ASSERT(exists);
	return last;
}

enum result approval_require(struct decision *decision, uint32_t second_roles,
			     const struct approval_object *object)
{
	ASSERT(decision != NULL && object != NULL && object->id != 0);
	ASSERT((second_roles & ~ROLES_SECOND) == 0 && second_roles != 0);
	if (decision->first_principal.raw != 0)
		return RESULT_OK;
	const struct command *command = decision->command;
	uint8_t input[COMMAND_INPUT_SIZE_MAX];
	uint32_t size = command_encode(command, input);
	const void *record = state_record(decision->state, object->kind, object->id);
	ASSERT(record != NULL);
	struct place place =
	    place_of_record(decision->state, object->kind, object->id, record);
	struct approval_id id;
	struct approval *approval = effects_create_approval(decision->effects, &id);
	ASSERT(size <= sizeof(approval->input));
	memcpy(approval->input, input, size);
	approval->input_size = (uint16_t)size;
	approval->requested_at = decision->now;
	approval->object_hash = hash_of(decision, object->kind, object->id);
	approval->object_kind = (uint8_t)object->kind;
	approval->object = object->id;
	approval->ambito = place.ambito;
	approval->comune = object->comune;
	approval->first = command->principal;
	approval->expires = last_day(decision, place.ambito);
	approval->second_roles = second_roles;
	approval->command = command->kind;
	approval->state = APPROVAL_STATE_PENDING;
	return judge_object(decision, RESULT_APPROVAL_PENDING, RECORD_KIND_APPROVAL, id.raw);
}

/* What the second person must be, and the approval must be. */
static enum result check_second(struct decision *decision, const struct approval *approval)
{
	if (approval->state != APPROVAL_STATE_PENDING)
		return RESULT_ILLEGAL_TRANSITION;
	if (approval->first.raw == decision->command->principal.raw)
		return RESULT_FOUR_EYES_REQUIRED;
	ASSERT(decision->principal != NULL);
	uint32_t lent = delegation_roles(decision->state, decision->principal, approval->comune,
					 decision->today);
	if ((approval->second_roles & (ROLE_BIT_OF(decision->principal->role) | lent)) == 0)
		return RESULT_FORBIDDEN;
	return RESULT_OK;
}

/* Denies what waits. RESULT_OK; RESULT_ILLEGAL_TRANSITION: it was decided;
 * RESULT_FOUR_EYES_REQUIRED: who asked cannot decide; RESULT_FORBIDDEN: not a role that may be the
 * second person. */
enum result approval_deny(struct decision *decision)
{
	struct approval_id id = decision->command->input.approval_deny.approval;
	const struct approval *present = effects_read_approval(decision->effects, id);
	ASSERT(present != NULL);
	enum result result = check_second(decision, present);
	if (result != RESULT_OK)
		return result;
	struct approval *approval = effects_edit_approval(decision->effects, id);
	approval->state = APPROVAL_STATE_DENIED;
	approval->second = decision->command->principal;
	approval->decided_at = decision->now;
	return judge_object(decision, RESULT_OK, RECORD_KIND_APPROVAL, id.raw);
}

/* The stored act, as the second person's. */
static void restore(const struct decision *decision, const struct approval *approval,
		    struct command *ret_command)
{
	*ret_command = *decision->command;
	memset(&ret_command->input, 0, sizeof(ret_command->input));
	ret_command->kind = approval->command;
	bool is_read = command_decode(approval->input, approval->input_size, ret_command);
	ASSERT(is_read);
}

/* Grants what waits: the act runs now, with every check made again.
 *   RESULT_OK or the act's own success, with its outcome; every refusal of the act
 *   RESULT_ILLEGAL_TRANSITION, RESULT_FOUR_EYES_REQUIRED, RESULT_FORBIDDEN   as approval_deny
 *   RESULT_APPROVAL_STALE       it expired, or what it changes is not what it was
 *   RESULT_NOT_OWNER            outside the second person's scopes */
enum result approval_grant(struct decision *decision)
{
	struct approval_id id = decision->command->input.approval_grant.approval;
	const struct approval *present = effects_read_approval(decision->effects, id);
	ASSERT(present != NULL);
	enum result result = check_second(decision, present);
	if (result != RESULT_OK)
		return result;
	if (day_less(present->expires, decision->today) ||
	    present->object_hash != hash_of(decision, (enum record_kind)present->object_kind,
					    present->object))
		return RESULT_APPROVAL_STALE;
	struct command *inner =
	    arena_alloc_zeroed(&decision->effects->arena, 1, sizeof(struct command));
	ASSERT(inner != NULL);
	restore(decision, present, inner);
	struct decision second = *decision;
	second.command = inner;
	second.info = command_info(inner->kind);
	second.given = references_given(second.info, inner);
	second.first_principal = present->first;
	result = authorise_owner(&second);
	if (result != RESULT_OK)
		return result;
	struct approval *approval = effects_edit_approval(decision->effects, id);
	approval->state = APPROVAL_STATE_GRANTED;
	approval->second = decision->command->principal;
	approval->decided_at = decision->now;
	return decide_duty(&second);
}
