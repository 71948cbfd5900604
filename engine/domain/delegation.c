/* Delegated roles: see delegation.h. */
#include "engine/domain/delegation.h"

#include "engine/domain/duties.h"
#include "engine/domain/judge.h"

static bool is_delegate(const struct delegation *delegation, const struct principal *principal)
{
	if (delegation->to_consortium != 0)
		return principal->role == ROLE_CONSORTIUM &&
		       (principal->ambito.raw == 0 ||
			principal->ambito.raw == delegation->ambito.raw);
	if (delegation->to_sub_ambito.raw != 0)
		return principal->role == ROLE_SUBAMBITO_COORD &&
		       principal->sub_ambito.raw == delegation->to_sub_ambito.raw;
	return principal->role == delegation->role &&
	       principal->comune.raw == delegation->to_comune.raw;
}

uint32_t delegation_roles(const struct state *state, const struct principal *principal,
			  struct comune_id comune, struct day day)
{
	ASSERT(state != NULL && principal != NULL);
	const struct index *index = &state->delegations_by_comune;
	uint32_t roles = 0;
	if (comune.raw == 0 || index->count == 0)
		return roles;
	uint32_t id = index_first(index, hash64_of_u64(comune.raw, RECORD_KIND_DELEGATION));
	for (; id != 0; id = index_next(index, id)) {
		const struct delegation *delegation =
		    state_delegation(state, (struct delegation_id){id});
		if (delegation->comune.raw != comune.raw || day_less(day, delegation->valid_from) ||
		    day_less(delegation->valid_to, day))
			continue;
		if (is_delegate(delegation, principal))
			roles |= 1u << delegation->role;
	}
	return roles;
}

bool delegation_acts_as(const struct decision *decision, struct comune_id comune, enum role role)
{
	ASSERT(decision->principal != NULL);
	return decision->principal->role == (uint8_t)role ||
	       (delegation_roles(decision->state, decision->principal, comune, decision->today) &
		(1u << role)) != 0;
}

static bool may_be_lent(uint8_t role)
{
	return role == ROLE_COMUNE_ADMIN || role == ROLE_COMUNE_SOCIAL || role == ROLE_FINANCE ||
	       role == ROLE_SOCIAL_WORKER;
}

/* Lends a role of a comune. RESULT_OK; RESULT_FIELD_INVALID: a role that is not a comune's, itself
 * as the delegate, or several delegates; RESULT_FIELD_MISSING: no delegate;
 * RESULT_FIELD_OUT_OF_RANGE: it ends before it begins. */
enum result delegation_create(struct decision *decision)
{
	const struct command_delegation_create *input =
	    &decision->command->input.delegation_create;
	uint32_t delegates = (input->to_comune.raw != 0 ? 1u : 0u) +
			     (input->to_sub_ambito.raw != 0 ? 1u : 0u) + input->to_consortium;
	if (!may_be_lent(input->role))
		return judge_field(decision, RESULT_FIELD_INVALID, "role");
	if (delegates == 0)
		return judge_field(decision, RESULT_FIELD_MISSING, "to_comune");
	if (delegates > 1 || input->to_comune.raw == input->comune.raw)
		return judge_field(decision, RESULT_FIELD_INVALID, "to_comune");
	if (day_less(input->valid_to, input->valid_from))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "valid_to");
	const struct comune *comune = effects_read_comune(decision->effects, input->comune);
	ASSERT(comune != NULL);
	struct delegation_id id;
	struct delegation *delegation = effects_create_delegation(decision->effects, &id);
	*delegation = (struct delegation){
	    .ambito = comune->ambito,
	    .comune = input->comune,
	    .to_comune = input->to_comune,
	    .to_sub_ambito = input->to_sub_ambito,
	    .valid_from = input->valid_from,
	    .valid_to = input->valid_to,
	    .role = input->role,
	    .to_consortium = input->to_consortium,
	};
	JUDGE_COPY_TEXT(delegation->act, input->act);
	return judge_object(decision, RESULT_OK, RECORD_KIND_DELEGATION, id.raw);
}

/* Ends a delegation earlier. RESULT_OK; RESULT_FIELD_OUT_OF_RANGE: not earlier than it would end,
 * or in the past: what was done under it stands. */
enum result delegation_end(struct decision *decision)
{
	const struct command_delegation_end *input = &decision->command->input.delegation_end;
	struct delegation *delegation =
	    effects_edit_delegation(decision->effects, input->delegation);
	struct day yesterday = decision->today;
	bool exists = day_plus(decision->today, -1, &yesterday);
	ASSERT(exists);
	if (!day_less(input->valid_to, delegation->valid_to) ||
	    day_less(input->valid_to, yesterday))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "valid_to");
	delegation->valid_to = input->valid_to;
	JUDGE_COPY_TEXT(delegation->act, input->act);
	return judge_object(decision, RESULT_OK, RECORD_KIND_DELEGATION, input->delegation.raw);
}
