/* What accreditations say of a service on its day: see accreditation.h. The acts that change them
 * stand in accreditation_act.c. */
#include "engine/domain/accreditation.h"

static_assert(SERVICES_MAX <= 64 && SUB_AMBITI_PER_AMBITO_MAX <= 64, "masks of 64 bits");

uint16_t accreditation_provider_vat(const struct service *service, const struct provider *provider)
{
	ASSERT(service != NULL && provider != NULL);
	switch ((enum provider_kind)provider->kind) {
	case PROVIDER_KIND_SOCIAL_COOP:
		return service->vat_social_coop_bp;
	case PROVIDER_KIND_NON_COMMERCIAL_ETS:
		return service->vat_non_commercial_ets_bp;
	case PROVIDER_KIND_INDIVIDUAL_ASSISTANT: /* an employee of the family: no VAT */
		return 0;
	case PROVIDER_KIND_OTHER:
		break;
	}
	return service->vat_other_bp;
}

/* Services and territory as they stood on a day. */
struct scope {
	uint64_t services;
	uint64_t territory;
};

/* The latest extension in force on the day, or the application itself; newest acts come first. */
static struct scope scope_before_extension(struct effects *effects,
					   const struct accreditation *record, struct day day)
{
	struct scope scope = {record->services_mask, record->territory_mask};
	struct accreditation_act_id id = record->last_act;
	while (id.raw != 0) {
		const struct accreditation_act *act = effects_read_accreditation_act(effects, id);
		ASSERT(act != NULL);
		bool is_scope = act->event == ACCREDITATION_EVENT_EXTEND ||
				act->event == ACCREDITATION_EVENT_APPLY;
		if (is_scope) {
			scope = (struct scope){act->services_mask, act->territory_mask};
			if (!day_less(day, act->effective_from))
				break;
		}
		id = act->previous;
	}
	return scope;
}

static struct scope scope_on(struct effects *effects, const struct accreditation *record,
			     struct day day)
{
	if (record->scope_from.number == 0 || !day_less(day, record->scope_from))
		return (struct scope){record->services_mask, record->territory_mask};
	return scope_before_extension(effects, record, day);
}

static bool covers_service(const struct scope *scope, struct service_id service)
{
	ASSERT(service.raw != 0 && service.raw <= SERVICES_MAX);
	return (scope->services >> (service.raw - 1) & 1) != 0;
}

static bool covers_comune(struct effects *effects, const struct accreditation *accreditation,
			  const struct scope *scope, struct comune_id id)
{
	const struct comune *comune = effects_read_comune(effects, id);
	ASSERT(comune != NULL);
	const struct sub_ambito *sub_ambito = effects_read_sub_ambito(effects, comune->sub_ambito);
	ASSERT(sub_ambito != NULL && sub_ambito->ordinal >= 1);
	return comune->ambito.raw == accreditation->ambito.raw &&
	       (scope->territory >> (sub_ambito->ordinal - 1) & 1) != 0;
}

/* Half-open: from the first day of a suspension to the first day after it, or without an end. */
static bool is_between(struct day day, struct day from, struct day to)
{
	return from.number != 0 && !day_less(day, from) && (to.number == 0 || day_less(day, to));
}

static enum result judge_suspension(const struct accreditation_act *act, struct day day)
{
	bool is_held = act->safety == 0 && day_less(day, act->notified);
	return is_held ? RESULT_DISPUTED : RESULT_NOT_ACCREDITED_AT_SERVICE_DATE;
}

/* What suspensions, and the gaps before late renewals, say of a day: RESULT_OK outside them. */
static enum result judge_suspensions(struct effects *effects, const struct accreditation *record,
				     struct day day)
{
	struct accreditation_act_id id = record->last_suspension;
	while (id.raw != 0) {
		const struct accreditation_act *act = effects_read_accreditation_act(effects, id);
		ASSERT(act != NULL);
		if (is_between(day, act->effective_from, act->effective_to))
			return judge_suspension(act, day);
		id = act->earlier_suspension;
	}
	return RESULT_OK;
}

static bool is_valid_on(const struct accreditation *record, struct day day)
{
	if (record->valid_from.number == 0) /* no pact yet */
		return false;
	if (day_less(day, record->valid_from) || day_less(record->valid_to, day))
		return false;
	return record->revoked_from.number == 0 || day_less(day, record->revoked_from);
}

/* How near an answer is to yes. */
static uint32_t nearness(enum result result)
{
	if (result == RESULT_OK)
		return 4;
	if (result == RESULT_DISPUTED)
		return 3;
	if (result == RESULT_TERRITORY_NOT_COVERED)
		return 2;
	return result == RESULT_SERVICE_NOT_COVERED ? 1 : 0;
}

enum result accreditation_at(struct effects *effects, struct provider_id provider,
			     struct service_id service, struct comune_id comune, struct day day,
			     struct accreditation_id *ret_accreditation)
{
	ASSERT(provider.raw != 0 && comune.raw != 0);
	ASSERT(ret_accreditation != NULL);
	const struct index *index = &effects->state->accreditations_by_provider;
	enum result best = RESULT_NOT_ACCREDITED_AT_SERVICE_DATE;
	uint32_t best_id = 0;
	uint64_t key = hash64_of_u64(provider.raw, RECORD_KIND_ACCREDITATION);
	for (uint32_t id = index_first(index, key); id != 0; id = index_next(index, id)) {
		const struct accreditation *record =
		    effects_read_accreditation(effects, (struct accreditation_id){id});
		if (record->provider.raw != provider.raw || !is_valid_on(record, day))
			continue;
		struct scope scope = scope_on(effects, record, day);
		enum result result = judge_suspensions(effects, record, day);
		if (!covers_service(&scope, service))
			result = RESULT_SERVICE_NOT_COVERED;
		else if (!covers_comune(effects, record, &scope, comune))
			result = RESULT_TERRITORY_NOT_COVERED;
		bool is_nearer = nearness(result) > nearness(best);
		bool is_older = nearness(result) == nearness(best) && id < best_id;
		if (is_nearer || is_older) {
			best = result;
			best_id = id;
		}
	}
	if (best == RESULT_OK || best == RESULT_DISPUTED)
		ret_accreditation->raw = best_id;
	return best;
}

enum result accreditation_highest_vat(struct effects *effects, struct service_id service,
				      struct comune_id comune, struct day first, struct day last,
				      uint16_t *ret_basis_points)
{
	ASSERT(!day_less(last, first) && ret_basis_points != NULL);
	const struct service *bought = effects_read_service(effects, service);
	ASSERT(bought != NULL);
	bool found = false;
	uint16_t highest = 0;
	for (uint32_t i = 1; i <= effects_count(effects, RECORD_KIND_ACCREDITATION); i++) {
		const struct accreditation *record =
		    effects_read_accreditation(effects, (struct accreditation_id){i});
		if (record->state != ACCREDITATION_STATE_ACTIVE ||
		    day_less(last, record->valid_from) || day_less(record->valid_to, first))
			continue;
		struct scope scope = {record->services_mask, record->territory_mask};
		if (!covers_service(&scope, service) ||
		    !covers_comune(effects, record, &scope, comune))
			continue;
		const struct provider *provider = effects_read_provider(effects, record->provider);
		ASSERT(provider != NULL);
		if (provider->kind == PROVIDER_KIND_INDIVIDUAL_ASSISTANT)
			continue;
		uint16_t rate = accreditation_provider_vat(bought, provider);
		highest = rate > highest ? rate : highest;
		found = true;
	}
	if (!found)
		return RESULT_NO_PROVIDER_FOR_SERVICE;
	*ret_basis_points = highest;
	return RESULT_OK;
}
