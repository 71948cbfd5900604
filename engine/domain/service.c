/* Services that titles buy, and their dated net tariffs.
 *
 * Invariants: a service's tariffs have strictly rising first days, in the order of their ids, so
 * that one tariff is in force on any day from the first on; a tariff never changes. */
#include "engine/base/text.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"

enum result service_create(struct decision *decision)
{
	const struct command_service_create *input = &decision->command->input.service_create;
	struct slice code = JUDGE_TEXT(input->code);
	if (!text_is_token(code))
		return judge_field(decision, RESULT_FIELD_INVALID, "code");
	if (input->vat_social_coop_bp > CENTS_BASIS_POINTS_ONE)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "vat_social_coop_bp");
	if (input->vat_non_commercial_ets_bp > CENTS_BASIS_POINTS_ONE)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE,
				   "vat_non_commercial_ets_bp");
	if (input->vat_other_bp > CENTS_BASIS_POINTS_ONE)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "vat_other_bp");
	uint32_t twin = state_find_code(decision->state, RECORD_KIND_SERVICE, code);
	if (twin != 0)
		return judge_object(decision, RESULT_ALREADY_EXISTS, RECORD_KIND_SERVICE, twin);
	if (effects_count(decision->effects, RECORD_KIND_SERVICE) >= SERVICES_MAX)
		return RESULT_CAPACITY_OF_LEDGER_REACHED;
	struct service_id id;
	struct service *service = effects_create_service(decision->effects, &id);
	JUDGE_COPY_TEXT(service->code, input->code);
	JUDGE_COPY_TEXT(service->name, input->name);
	JUDGE_COPY_TEXT(service->siope_code, input->siope_code);
	service->ambito = input->ambito;
	service->vat_social_coop_bp = input->vat_social_coop_bp;
	service->vat_non_commercial_ets_bp = input->vat_non_commercial_ets_bp;
	service->vat_other_bp = input->vat_other_bp;
	service->unit = input->unit;
	service->qualification = input->qualification;
	return judge_object(decision, RESULT_OK, RECORD_KIND_SERVICE, id.raw);
}

/* The service's tariff with the latest first day; 0 when it has none. */
static uint32_t latest_tariff(const struct state *state, struct service_id service)
{
	uint32_t latest = 0;
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_TARIFF); i++)
		if (state_tariff(state, (struct tariff_id){i})->service.raw == service.raw)
			latest = i;
	return latest;
}

enum result tariff_create(struct decision *decision)
{
	const struct command_tariff_create *input = &decision->command->input.tariff_create;
	if (cents_is_zero(input->net_cents))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "net_cents");
	uint32_t latest = latest_tariff(decision->state, input->service);
	const struct tariff *present =
	    effects_read_tariff(decision->effects, (struct tariff_id){latest});
	if (present != NULL && !day_less(present->valid_from, input->valid_from)) {
		decision->outcome->object = latest;
		return judge_field(decision, RESULT_ALREADY_EXISTS, "valid_from");
	}
	struct tariff_id id;
	struct tariff *tariff = effects_create_tariff(decision->effects, &id);
	tariff->net_cents = input->net_cents;
	tariff->service = input->service;
	tariff->valid_from = input->valid_from;
	JUDGE_COPY_TEXT(tariff->act, input->act);
	return judge_object(decision, RESULT_OK, RECORD_KIND_TARIFF, id.raw);
}
