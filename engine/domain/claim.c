/* Claims: see claim.h. */
#include "engine/domain/claim.h"

#include "engine/domain/cell.h"
#include "engine/domain/judge.h"
#include "engine/domain/share.h"

/* The title's line for the service named, or its only one. */
static enum result find_line(struct decision *decision, struct service_id service,
			     struct claim *claim)
{
	const struct voucher *voucher = claim->voucher;
	ASSERT(voucher->line_count > 0);
	if (service.raw == 0 && voucher->line_count > 1)
		return judge_field(decision, RESULT_FIELD_MISSING, "service");
	for (uint32_t i = 0; i < voucher->line_count; i++) {
		const struct voucher_line *line = state_voucher_line(
		    decision->state, (struct voucher_line_id){voucher->first_line.raw + i});
		ASSERT(line != NULL);
		if (service.raw != 0 && line->service.raw != service.raw)
			continue;
		claim->line = i;
		claim->service_id = line->service;
		claim->service = state_service(decision->state, line->service);
		ASSERT(claim->service != NULL);
		return RESULT_OK;
	}
	return RESULT_SERVICE_NOT_COVERED;
}

static enum result read_quantity(struct decision *decision, const struct claim_input *input,
				 struct claim *claim)
{
	if (claim->service->unit != UNIT_MINUTE) {
		if (input->minutes != 0)
			return judge_field(decision, RESULT_FIELD_INVALID, "minutes");
		if (input->units == 0)
			return judge_field(decision, RESULT_FIELD_MISSING, "units");
		claim->units = input->units;
		return RESULT_OK;
	}
	if (input->units != 0)
		return judge_field(decision, RESULT_FIELD_INVALID, "units");
	if (input->minutes == 0)
		return judge_field(decision, RESULT_FIELD_MISSING, "minutes");
	if (input->minutes > VISIT_MINUTES_MAX)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "minutes");
	claim->minutes = input->minutes;
	claim->units = input->minutes;
	return RESULT_OK;
}

enum result claim_resolve(struct decision *decision, const struct claim_input *input,
			  struct claim *ret_claim)
{
	ASSERT(decision->principal != NULL);
	struct claim claim = {.voucher_id = input->voucher,
			      .provider = decision->principal->provider,
			      .start = input->start};
	claim.voucher = state_voucher(decision->state, input->voucher);
	ASSERT(claim.voucher != NULL && claim.provider.raw != 0);
	enum result result = find_line(decision, input->service, &claim);
	if (result != RESULT_OK)
		return result;
	result = read_quantity(decision, input, &claim);
	if (result != RESULT_OK)
		return result;
	claim.day = state_day(decision->state, input->start);
	*ret_claim = claim;
	return RESULT_OK;
}

enum result claim_check_title(const struct voucher *voucher, struct day day)
{
	ASSERT(voucher != NULL);
	switch ((enum voucher_state)voucher->state) {
	case VOUCHER_STATE_ACTIVE:
	case VOUCHER_STATE_EXHAUSTED:
	case VOUCHER_STATE_EXPIRED:
	case VOUCHER_STATE_REVOKED:
	case VOUCHER_STATE_CLOSED:
		break;
	case VOUCHER_STATE_ISSUED:
		return RESULT_PROVIDER_NOT_CHOSEN;
	case VOUCHER_STATE_SUSPENDED:
		return RESULT_VOUCHER_SUSPENDED_AT_SERVICE_DATE;
	case VOUCHER_STATE_PROPOSED:
	case VOUCHER_STATE_RESERVED:
	case VOUCHER_STATE_WAITLISTED:
	case VOUCHER_STATE_CANCELLED:
		return RESULT_VOUCHER_NOT_ACTIVE;
	}
	if (voucher->provider.raw == 0) /* revoked or expired before any choice */
		return RESULT_PROVIDER_NOT_CHOSEN;
	if (day_less(day, voucher->valid_from) || day_less(voucher->valid_to, day))
		return RESULT_OUT_OF_VALIDITY;
	if (voucher->revoked_from.number != 0 && !day_less(day, voucher->revoked_from))
		return RESULT_VOUCHER_NOT_ACTIVE;
	return RESULT_OK;
}

enum result claim_refuse_units(struct decision *decision, struct cell_id cell_id,
			       struct provider_id provider, uint32_t missing)
{
	ASSERT(missing > 0);
	const struct cell *cell = effects_read_cell(decision->effects, cell_id);
	ASSERT(cell != NULL);
	struct price price = cell_price(decision->effects, cell, provider);
	struct worth worth = {cents_zero(), cents_zero()};
	if (price_units(&price, missing, &worth))
		decision->outcome->short_by = worth.gross;
	decision->outcome->limit = share_spendable(decision->effects, cell_id, provider);
	decision->outcome->units = missing;
	return RESULT_EXCEEDS_MONTHLY_ALLOTMENT;
}
