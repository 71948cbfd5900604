/* Accreditations: see accreditation.h.
 *
 *   apply > SUBMITTED > approve > APPROVED > activate > ACTIVE <> SUSPENDED ; both > revoke >
 *   REVOKED
 *   (suspend and reinstate move between ACTIVE and SUSPENDED; who may: commands.def)
 *
 * Invariants
 *  1. The version grows by one at each act, from 1 at the application.
 *  2. Services and territory never change: another pact is another accreditation.
 *  3. The latest two suspensions are remembered with their notices; an older one is forgotten. The
 *     late window is two months at the most, so only a third suspension within it would matter.
 *  4. A title is flagged at_risk when an act leaves its chosen provider unable to serve one of its
 *     lines, and cleared when reinstatement makes it able again. One act touches at most
 *     ACCREDITATION_FLAGS_MAX titles, lowest ids first; a provider with more is found by its
 *     state. */
#include "engine/domain/accreditation.h"

#include "engine/domain/duties.h"
#include "engine/domain/judge.h"

static_assert(ACCREDITATION_FLAGS_MAX < EFFECT_WRITES_MAX, "flags fit in one command's effects");
static_assert(SERVICES_MAX <= 64 && SUB_AMBITI_PER_AMBITO_MAX <= 64, "masks of 64 bits");

uint16_t accreditation_provider_vat(const struct service *service, const struct provider *provider)
{
	ASSERT(service != NULL && provider != NULL);
	switch ((enum provider_kind)provider->kind) {
	case PROVIDER_KIND_SOCIAL_COOP:
		return service->vat_social_coop_bp;
	case PROVIDER_KIND_NON_COMMERCIAL_ETS:
		return service->vat_non_commercial_ets_bp;
	case PROVIDER_KIND_OTHER:
		break;
	}
	return service->vat_other_bp;
}

static bool covers_service(const struct accreditation *accreditation, struct service_id service)
{
	ASSERT(service.raw != 0 && service.raw <= SERVICES_MAX);
	return (accreditation->services_mask >> (service.raw - 1) & 1) != 0;
}

static bool covers_comune(struct effects *effects, const struct accreditation *accreditation,
			  struct comune_id id)
{
	const struct comune *comune = effects_read_comune(effects, id);
	ASSERT(comune != NULL);
	const struct sub_ambito *sub_ambito = effects_read_sub_ambito(effects, comune->sub_ambito);
	ASSERT(sub_ambito != NULL && sub_ambito->ordinal >= 1);
	return comune->ambito.raw == accreditation->ambito.raw &&
	       (accreditation->territory_mask >> (sub_ambito->ordinal - 1) & 1) != 0;
}

/* Half-open: from the first day of a suspension to the first day after it, or without an end. */
static bool is_between(struct day day, struct day from, struct day to)
{
	return from.number != 0 && !day_less(day, from) && (to.number == 0 || day_less(day, to));
}

/* What suspensions say of a day: RESULT_OK outside them. */
static enum result judge_suspensions(const struct accreditation *record, struct day day)
{
	if (is_between(day, record->suspended_from, record->suspended_to)) {
		bool is_held = record->safety == 0 && day_less(day, record->suspension_notified);
		return is_held ? RESULT_DISPUTED : RESULT_NOT_ACCREDITED_AT_SERVICE_DATE;
	}
	if (is_between(day, record->earlier_suspended_from, record->earlier_suspended_to)) {
		bool is_held =
		    record->earlier_safety == 0 && day_less(day, record->earlier_notified);
		return is_held ? RESULT_DISPUTED : RESULT_NOT_ACCREDITED_AT_SERVICE_DATE;
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
		enum result result = judge_suspensions(record, day);
		if (!covers_service(record, service))
			result = RESULT_SERVICE_NOT_COVERED;
		else if (!covers_comune(effects, record, comune))
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
		if (!covers_service(record, service) || !covers_comune(effects, record, comune))
			continue;
		const struct provider *provider = effects_read_provider(effects, record->provider);
		ASSERT(provider != NULL);
		uint16_t rate = accreditation_provider_vat(bought, provider);
		highest = rate > highest ? rate : highest;
		found = true;
	}
	if (!found)
		return RESULT_NO_PROVIDER_FOR_SERVICE;
	*ret_basis_points = highest;
	return RESULT_OK;
}

/* Can the title's provider serve all its lines on the first day from `day` on that the title lives?
 * A title that ends before that day is in no danger. */
static bool is_served(struct effects *effects, const struct voucher *voucher, struct day day)
{
	struct day judged = day_less(day, voucher->valid_from) ? voucher->valid_from : day;
	if (day_less(voucher->valid_to, judged))
		return true;
	for (uint32_t i = 0; i < voucher->line_count; i++) {
		const struct voucher_line *line = effects_read_voucher_line(
		    effects, (struct voucher_line_id){voucher->first_line.raw + i});
		ASSERT(line != NULL);
		struct accreditation_id found;
		if (accreditation_at(effects, voucher->provider, line->service, voucher->comune,
				     judged, &found) != RESULT_OK)
			return false;
	}
	return true;
}

/* Sets and clears the flags of the provider's active titles after an act in force from `from`. */
static void flag_titles(struct decision *decision, struct provider_id provider, struct day from)
{
	struct effects *effects = decision->effects;
	struct day day = day_less(from, decision->today) ? decision->today : from;
	uint32_t flagged = 0;
	uint32_t count = state_count(decision->state, RECORD_KIND_VOUCHER);
	for (uint32_t i = 1; i <= count && flagged < ACCREDITATION_FLAGS_MAX; i++) {
		struct voucher_id id = {i};
		const struct voucher *voucher = state_voucher(decision->state, id);
		if (voucher->provider.raw != provider.raw ||
		    voucher->state != VOUCHER_STATE_ACTIVE)
			continue;
		uint8_t at_risk = is_served(effects, voucher, day) ? 0 : 1;
		if (at_risk == voucher->at_risk)
			continue;
		effects_edit_voucher(effects, id)->at_risk = at_risk;
		flagged++;
	}
	decision->outcome->units = flagged;
}

static enum result done(struct decision *decision, struct accreditation_id id)
{
	return judge_object(decision, RESULT_OK, RECORD_KIND_ACCREDITATION, id.raw);
}

static enum result refused(struct decision *decision, struct accreditation_id id)
{
	return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_ACCREDITATION, id.raw);
}

enum result accreditation_apply(struct decision *decision)
{
	const struct command_accreditation_apply *input =
	    &decision->command->input.accreditation_apply;
	struct effects *effects = decision->effects;
	const struct provider *provider = effects_read_provider(effects, input->provider);
	ASSERT(provider != NULL);
	struct accreditation_id id;
	struct accreditation *record = effects_create_accreditation(effects, &id);
	for (uint32_t i = 0; i < input->services.count; i++) {
		uint32_t service = input->services.items[i].service.raw;
		ASSERT(service >= 1 && service <= SERVICES_MAX);
		record->services_mask |= UINT64_C(1) << (service - 1);
	}
	for (uint32_t i = 0; i < input->sub_ambiti.count; i++) {
		const struct sub_ambito *sub_ambito =
		    effects_read_sub_ambito(effects, input->sub_ambiti.items[i].sub_ambito);
		ASSERT(sub_ambito != NULL && sub_ambito->ordinal >= 1);
		record->territory_mask |= UINT64_C(1) << (sub_ambito->ordinal - 1);
	}
	record->provider = input->provider;
	record->ambito = provider->ambito;
	record->capacity_units = input->capacity_units;
	record->version = 1;
	record->state = ACCREDITATION_STATE_SUBMITTED;
	return done(decision, id);
}

enum result accreditation_approve(struct decision *decision)
{
	const struct command_accreditation_approve *input =
	    &decision->command->input.accreditation_approve;
	struct accreditation *record =
	    effects_edit_accreditation(decision->effects, input->accreditation);
	if (record->state != ACCREDITATION_STATE_SUBMITTED)
		return refused(decision, input->accreditation);
	record->state = ACCREDITATION_STATE_APPROVED;
	record->version++;
	JUDGE_COPY_TEXT(record->act, input->act);
	return done(decision, input->accreditation);
}

/* CIG: ten capital letters and digits. */
static bool is_cig(struct slice text)
{
	if (text.size != 10)
		return false;
	for (uint32_t i = 0; i < text.size; i++) {
		char symbol = text.data[i];
		bool is_digit = symbol >= '0' && symbol <= '9';
		bool is_capital = symbol >= 'A' && symbol <= 'Z';
		if (!is_digit && !is_capital)
			return false;
	}
	return true;
}

enum result accreditation_activate(struct decision *decision)
{
	const struct command_accreditation_activate *input =
	    &decision->command->input.accreditation_activate;
	struct accreditation *record =
	    effects_edit_accreditation(decision->effects, input->accreditation);
	if (!is_cig(JUDGE_TEXT(input->cig)))
		return judge_field(decision, RESULT_FIELD_INVALID, "cig");
	if (day_less(input->valid_to, input->valid_from))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "valid_to");
	if (record->state != ACCREDITATION_STATE_APPROVED)
		return refused(decision, input->accreditation);
	record->state = ACCREDITATION_STATE_ACTIVE;
	record->version++;
	record->valid_from = input->valid_from;
	record->valid_to = input->valid_to;
	JUDGE_COPY_TEXT(record->cig, input->cig);
	JUDGE_COPY_TEXT(record->act, input->act);
	return done(decision, input->accreditation);
}

enum result accreditation_suspend(struct decision *decision)
{
	const struct command_accreditation_suspend *input =
	    &decision->command->input.accreditation_suspend;
	struct accreditation *record =
	    effects_edit_accreditation(decision->effects, input->accreditation);
	if (record->state != ACCREDITATION_STATE_ACTIVE)
		return refused(decision, input->accreditation);
	if (record->suspended_from.number != 0) {
		record->earlier_suspended_from = record->suspended_from;
		record->earlier_suspended_to = record->suspended_to;
		record->earlier_notified = record->suspension_notified;
		record->earlier_safety = record->safety;
	}
	record->state = ACCREDITATION_STATE_SUSPENDED;
	record->version++;
	record->suspended_from = input->effective_from;
	record->suspended_to = (struct day){0};
	record->suspension_notified = decision->today;
	record->safety = input->safety;
	JUDGE_COPY_TEXT(record->act, input->act);
	flag_titles(decision, record->provider, input->effective_from);
	return done(decision, input->accreditation);
}

enum result accreditation_reinstate(struct decision *decision)
{
	const struct command_accreditation_reinstate *input =
	    &decision->command->input.accreditation_reinstate;
	struct accreditation *record =
	    effects_edit_accreditation(decision->effects, input->accreditation);
	if (record->state != ACCREDITATION_STATE_SUSPENDED)
		return refused(decision, input->accreditation);
	if (day_less(input->effective_from, record->suspended_from))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "effective_from");
	record->state = ACCREDITATION_STATE_ACTIVE;
	record->version++;
	record->suspended_to = input->effective_from;
	JUDGE_COPY_TEXT(record->act, input->act);
	flag_titles(decision, record->provider, input->effective_from);
	return done(decision, input->accreditation);
}

enum result accreditation_revoke(struct decision *decision)
{
	const struct command_accreditation_revoke *input =
	    &decision->command->input.accreditation_revoke;
	struct accreditation *record =
	    effects_edit_accreditation(decision->effects, input->accreditation);
	if (record->state != ACCREDITATION_STATE_ACTIVE &&
	    record->state != ACCREDITATION_STATE_SUSPENDED)
		return refused(decision, input->accreditation);
	record->state = ACCREDITATION_STATE_REVOKED;
	record->version++;
	record->revoked_from = input->effective_from;
	JUDGE_COPY_TEXT(record->act, input->act);
	flag_titles(decision, record->provider, input->effective_from);
	return done(decision, input->accreditation);
}
