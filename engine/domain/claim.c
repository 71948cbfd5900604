/* Claims: see claim.h. */
#include "engine/domain/claim.h"

#include "engine/domain/cell.h"
#include "engine/domain/judge.h"
#include "engine/domain/share.h"
#include "engine/domain/suspension.h"

struct parameter_scope claim_scope(const struct voucher *voucher, struct service_id service)
{
	struct parameter_scope scope = parameter_scope_of_title(voucher);
	scope.service = service;
	return scope;
}

struct month claim_month(const struct claim *claim, struct day day)
{
	return day_equal(day, claim->day) ? claim->month : month_of_day(day);
}

int64_t claim_parameter(const struct decision *decision, const struct claim *claim,
			enum parameter_name name)
{
	return parameter_at(decision->state, name, &claim->scope, claim->day);
}

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
		if (line->service.raw == 0 ||
		    (service.raw != 0 && line->service.raw != service.raw))
			continue; /* a buono's line has none */
		claim->line = i;
		claim->plan = line;
		claim->service_id = line->service;
		claim->service = state_service(decision->state, line->service);
		ASSERT(claim->service != NULL);
		return RESULT_OK;
	}
	return RESULT_SERVICE_NOT_COVERED;
}

static uint32_t round_minutes(uint32_t minutes, uint32_t quantum, enum quantum_rounding direction)
{
	uint32_t rest = minutes % quantum;
	if (rest == 0 || direction == QUANTUM_ROUNDING_DOWN)
		return minutes - rest;
	if (direction == QUANTUM_ROUNDING_NEAREST && 2 * rest < quantum)
		return minutes - rest;
	return minutes - rest + quantum;
}

static uint32_t quantum_units(const struct decision *decision, const struct claim *claim,
			      uint32_t minutes)
{
	int64_t quantum = claim_parameter(decision, claim, PARAMETER_BILLING_QUANTUM_MINUTES);
	if (quantum <= 1)
		return minutes;
	int64_t direction = claim_parameter(decision, claim, PARAMETER_BILLING_QUANTUM_ROUNDING);
	return round_minutes(minutes, (uint32_t)quantum, (enum quantum_rounding)direction);
}

uint32_t claim_units_of(const struct decision *decision, const struct claim *claim,
			uint32_t minutes)
{
	ASSERT(claim->service->unit == UNIT_MINUTE);
	if (minutes >= claim->minutes)
		return claim->units;
	uint32_t units = quantum_units(decision, claim, minutes);
	return units < claim->units ? units : claim->units;
}

/* The length of a visit, against the least of its service (none: RESULT_OK). */
static enum result check_length(struct decision *decision, const struct claim *claim, int64_t least)
{
	if (claim->minutes > VISIT_MINUTES_MAX)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "minutes");
	if (least != PARAMETER_UNSET && claim->minutes < (uint32_t)least)
		return RESULT_VISIT_TOO_SHORT;
	return RESULT_OK;
}

/* Pieces, days, trips, euro; accesses may have a length, and where one is asked for they must. */
static enum result read_pieces(struct decision *decision, const struct claim_input *input,
			       struct claim *claim)
{
	int64_t least = PARAMETER_UNSET;
	if (claim->service->unit == UNIT_ACCESS)
		least = claim_parameter(decision, claim, PARAMETER_MIN_ACCESS_MINUTES);
	if (input->minutes != 0 && least == PARAMETER_UNSET)
		return judge_field(decision, RESULT_FIELD_INVALID, "minutes");
	if (input->units == 0)
		return judge_field(decision, RESULT_FIELD_MISSING, "units");
	if (input->minutes == 0 && least != PARAMETER_UNSET)
		return judge_field(decision, RESULT_FIELD_MISSING, "minutes");
	claim->minutes = input->minutes;
	claim->units = input->units;
	return check_length(decision, claim, least);
}

static enum result read_quantity(struct decision *decision, const struct claim_input *input,
				 struct claim *claim)
{
	if (claim->service->unit != UNIT_MINUTE)
		return read_pieces(decision, input, claim);
	if (input->units != 0)
		return judge_field(decision, RESULT_FIELD_INVALID, "units");
	if (input->minutes == 0)
		return judge_field(decision, RESULT_FIELD_MISSING, "minutes");
	claim->minutes = input->minutes;
	enum result result =
	    check_length(decision, claim,
			 claim_parameter(decision, claim, PARAMETER_MIN_ACCESS_MINUTES));
	if (result != RESULT_OK)
		return result;
	claim->units = quantum_units(decision, claim, input->minutes);
	return claim->units == 0 ? RESULT_VISIT_TOO_SHORT : RESULT_OK;
}

enum result claim_resolve(struct decision *decision, const struct claim_input *input,
			  struct claim *ret_claim)
{
	ASSERT(decision->principal != NULL);
	struct claim claim = {.voucher_id = input->voucher,
			      .provider = input->provider.raw != 0 ? input->provider
								   : decision->principal->provider,
			      .start = input->start};
	claim.voucher = state_voucher(decision->state, input->voucher);
	ASSERT(claim.voucher != NULL && claim.provider.raw != 0);
	const struct provider *provider = state_provider(decision->state, claim.provider);
	ASSERT(provider != NULL);
	if (provider->kind == PROVIDER_KIND_INDIVIDUAL_ASSISTANT)
		return RESULT_PAID_THROUGH_FAMILY;
	enum result result = find_line(decision, input->service, &claim);
	if (result != RESULT_OK)
		return result;
	claim.day = state_day(decision->state, input->start);
	claim.month = month_of_day(claim.day);
	claim.scope = claim_scope(claim.voucher, claim.service_id);
	if (!input->is_missed)
		result = read_quantity(decision, input, &claim);
	if (result != RESULT_OK)
		return result;
	*ret_claim = claim;
	return RESULT_OK;
}

enum result claim_check_title(const struct state *state, const struct claim *claim,
			      struct day day)
{
	const struct voucher *voucher = claim->voucher;
	ASSERT(voucher != NULL);
	switch ((enum voucher_state)voucher->state) {
	case VOUCHER_STATE_SUSPENDED: /* its intervals decide */
	case VOUCHER_STATE_ACTIVE:
	case VOUCHER_STATE_EXHAUSTED:
	case VOUCHER_STATE_EXPIRED:
	case VOUCHER_STATE_REVOKED:
	case VOUCHER_STATE_CLOSED:
		break;
	case VOUCHER_STATE_ISSUED:
		return RESULT_PROVIDER_NOT_CHOSEN;
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
	if (voucher->completes_by.number != 0 && day_less(voucher->completes_by, day))
		return RESULT_OUT_OF_VALIDITY;
	if (voucher->revoked_from.number != 0 && !day_less(day, voucher->revoked_from))
		return RESULT_VOUCHER_NOT_ACTIVE;
	if (suspension_covers(state, claim->voucher_id, day))
		return RESULT_VOUCHER_SUSPENDED_AT_SERVICE_DATE;
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
	const struct voucher *voucher = effects_read_voucher(decision->effects, cell->voucher);
	decision->outcome->limit =
	    share_spendable(decision->effects, voucher, cell_id, provider);
	decision->outcome->units = missing;
	return RESULT_EXCEEDS_MONTHLY_ALLOTMENT;
}
