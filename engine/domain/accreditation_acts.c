/* The machine ACCREDITATION: its acts, by file of duties.
 *
 *   apply ──> SUBMITTED ──request_integration──> INTEGRATION_REQUESTED ──integrate──> SUBMITTED
 *                 ├──reject──> REJECTED
 *                 └──approve──> APPROVED ──activate (pact, CIG)──> ACTIVE
 *   ACTIVE ──suspend──> SUSPENDED ──reinstate──> ACTIVE
 *   ACTIVE, SUSPENDED ──revoke──> REVOKED
 *   ACTIVE ──withdraw, at the notice's end──> WITHDRAWN      ACTIVE ──valid_to passed──> EXPIRED
 *   ACTIVE, EXPIRED ──renew──> ACTIVE      ACTIVE ──extend──> ACTIVE
 *   ACTIVE ──succeed, on its day──> SUCCEEDED                (succession.c)
 *
 * Invariants
 *  1. The version grows by one at each act, and each act is kept (accreditation_history.h).
 *  2. Dates judge services, the state judges acts: suspensions, ends, extensions hold from their
 *     day, whatever the state says meanwhile.
 *  3. A title is flagged at_risk when an act leaves its chosen provider unable to serve one of its
 *     lines (affected.h).
 * SOURCE state_transitions.csv, machine ACCREDITATION. */
#include "engine/base/identifier.h"
#include "engine/domain/accreditation_history.h"
#include "engine/domain/affected.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"
#include "engine/domain/parameter.h"
#include "engine/domain/requirement.h"

static enum result done(struct decision *decision, struct accreditation_id id)
{
	return judge_object(decision, RESULT_OK, RECORD_KIND_ACCREDITATION, id.raw);
}

static enum result refused(struct decision *decision, struct accreditation_id id)
{
	return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_ACCREDITATION, id.raw);
}

static int64_t parameter_of(struct decision *decision, struct ambito_id ambito,
			    enum parameter_name name)
{
	struct parameter_scope scope = {.ambito = ambito};
	return parameter_at(decision->state, name, &scope, decision->today);
}

static bool is_individual(struct decision *decision, const struct accreditation *record)
{
	const struct provider *provider =
	    effects_read_provider(decision->effects, record->provider);
	ASSERT(provider != NULL);
	return provider->kind == PROVIDER_KIND_INDIVIDUAL_ASSISTANT;
}

static uint64_t mask_of_services(const struct service_input *items, uint32_t count)
{
	uint64_t mask = 0;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t service = items[i].service.raw;
		ASSERT(service >= 1 && service <= SERVICES_MAX);
		mask |= UINT64_C(1) << (service - 1);
	}
	return mask;
}

static uint64_t mask_of_territory(struct effects *effects, const struct sub_ambito_input *items,
				  uint32_t count)
{
	uint64_t mask = 0;
	for (uint32_t i = 0; i < count; i++) {
		const struct sub_ambito *sub_ambito =
		    effects_read_sub_ambito(effects, items[i].sub_ambito);
		ASSERT(sub_ambito != NULL && sub_ambito->ordinal >= 1);
		mask |= UINT64_C(1) << (sub_ambito->ordinal - 1);
	}
	return mask;
}

/* ---- Application ---- */

/* Where an ambito has published a call, applications come under one that is open today for every
 * service asked for. */
static enum result check_call(struct decision *decision, struct ambito_id ambito, uint64_t services)
{
	const struct command_accreditation_apply *input =
	    &decision->command->input.accreditation_apply;
	const struct accreditation_call *call =
	    effects_read_accreditation_call(decision->effects, input->call);
	if (call != NULL) {
		bool is_open = !day_less(decision->today, call->opens) &&
			       (call->closes.number == 0 ||
				!day_less(call->closes, decision->today));
		bool is_covered = (services & ~call->services_mask) == 0;
		return is_open && is_covered ? RESULT_OK : RESULT_APPLICATION_NOT_OPEN;
	}
	for (uint32_t i = 1; i <= state_count(decision->state, RECORD_KIND_ACCREDITATION_CALL);
	     i++) {
		const struct accreditation_call *other =
		    state_accreditation_call(decision->state, (struct accreditation_call_id){i});
		if (other->ambito.raw == ambito.raw)
			return RESULT_APPLICATION_NOT_OPEN;
	}
	return RESULT_OK;
}

/* Applies for services in a territory. RESULT_FIELD_INVALID: another VAT regime than the provider
 * has, or an account that is none; RESULT_APPLICATION_NOT_OPEN: no call is open for all of it;
 * RESULT_ILLEGAL_TRANSITION: the provider was merged into another. */
enum result accreditation_apply(struct decision *decision)
{
	const struct command_accreditation_apply *input =
	    &decision->command->input.accreditation_apply;
	struct effects *effects = decision->effects;
	const struct provider *provider = effects_read_provider(effects, input->provider);
	ASSERT(provider != NULL);
	if (input->vat_regime != 0 && input->vat_regime != provider->kind)
		return judge_field(decision, RESULT_FIELD_INVALID, "vat_regime");
	struct slice iban = JUDGE_TEXT(input->iban);
	if (iban.size != 0 && !identifier_iban_is_italian(iban))
		return judge_field(decision, RESULT_FIELD_INVALID, "iban");
	if (provider->successor.raw != 0)
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_PROVIDER,
				    input->provider.raw);
	uint64_t services = mask_of_services(input->services.items, input->services.count);
	enum result result = check_call(decision, provider->ambito, services);
	if (result != RESULT_OK)
		return result;
	struct accreditation_id id;
	struct accreditation *record = effects_create_accreditation(effects, &id);
	record->services_mask = services;
	record->territory_mask =
	    mask_of_territory(effects, input->sub_ambiti.items, input->sub_ambiti.count);
	record->provider = input->provider;
	record->ambito = provider->ambito;
	record->call = input->call;
	record->capacity_units = input->capacity_units;
	record->vat_regime = provider->kind;
	if (iban.size != 0)
		JUDGE_COPY_TEXT(record->iban, input->iban);
	else
		JUDGE_COPY_TEXT(record->iban, provider->iban);
	record->state = ACCREDITATION_STATE_SUBMITTED;
	accreditation_history_add(decision, id,
				  &(struct accreditation_deed){.event = ACCREDITATION_EVENT_APPLY});
	return done(decision, id);
}

/* Soccorso istruttorio: what is missing, and until when. RESULT_FIELD_OUT_OF_RANGE: the day is
 * past. */
enum result accreditation_request_integration(struct decision *decision)
{
	const struct command_accreditation_request_integration *input =
	    &decision->command->input.accreditation_request_integration;
	struct accreditation *record =
	    effects_edit_accreditation(decision->effects, input->accreditation);
	if (record->state != ACCREDITATION_STATE_SUBMITTED)
		return refused(decision, input->accreditation);
	struct day due = input->due;
	if (due.number == 0)
		due.number = decision->today.number +
			     (int32_t)parameter_of(decision, record->ambito,
						   PARAMETER_INTEGRATION_REQUEST_DAYS);
	if (day_less(due, decision->today))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "due");
	record->state = ACCREDITATION_STATE_INTEGRATION_REQUESTED;
	record->integration_due = due;
	record->missing_mask = 0;
	for (uint32_t i = 0; i < input->missing.count; i++)
		record->missing_mask |= UINT32_C(1) << input->missing.items[i].kind;
	accreditation_history_add(
	    decision, input->accreditation,
	    &(struct accreditation_deed){.event = ACCREDITATION_EVENT_REQUEST_INTEGRATION,
					 .act = input->act});
	return done(decision, input->accreditation);
}

/* The application is complete again. RESULT_APPLICATION_NOT_OPEN: the last day is over;
 * RESULT_REQUIREMENTS_MISSING: a document that was asked for was not handed in. */
enum result accreditation_integrate(struct decision *decision)
{
	const struct command_accreditation_integrate *input =
	    &decision->command->input.accreditation_integrate;
	struct accreditation *record =
	    effects_edit_accreditation(decision->effects, input->accreditation);
	if (record->state != ACCREDITATION_STATE_INTEGRATION_REQUESTED)
		return refused(decision, input->accreditation);
	if (day_less(record->integration_due, decision->today))
		return RESULT_APPLICATION_NOT_OPEN;
	for (uint32_t kind = 1; kind < 32; kind++) {
		bool is_asked = (record->missing_mask >> kind & 1) != 0;
		if (is_asked && !requirement_is_answered(decision->effects, record,
							 (enum document_kind)kind))
			return RESULT_REQUIREMENTS_MISSING;
	}
	record->state = ACCREDITATION_STATE_SUBMITTED;
	record->missing_mask = 0;
	accreditation_history_add(
	    decision, input->accreditation,
	    &(struct accreditation_deed){.event = ACCREDITATION_EVENT_INTEGRATE});
	return done(decision, input->accreditation);
}

enum result accreditation_reject(struct decision *decision)
{
	const struct command_accreditation_reject *input =
	    &decision->command->input.accreditation_reject;
	struct accreditation *record =
	    effects_edit_accreditation(decision->effects, input->accreditation);
	if (record->state != ACCREDITATION_STATE_SUBMITTED)
		return refused(decision, input->accreditation);
	record->state = ACCREDITATION_STATE_REJECTED;
	accreditation_history_add(
	    decision, input->accreditation,
	    &(struct accreditation_deed){.event = ACCREDITATION_EVENT_REJECT,
					 .reason = (enum reason)input->reason,
					 .act = input->act});
	return done(decision, input->accreditation);
}

/* RESULT_DURC_INVALID, RESULT_REQUIREMENTS_MISSING: see requirement_check. */
enum result accreditation_approve(struct decision *decision)
{
	const struct command_accreditation_approve *input =
	    &decision->command->input.accreditation_approve;
	struct accreditation *record =
	    effects_edit_accreditation(decision->effects, input->accreditation);
	if (record->state != ACCREDITATION_STATE_SUBMITTED)
		return refused(decision, input->accreditation);
	enum result result =
	    requirement_check(decision, input->accreditation, input->durc_valid_to);
	if (result != RESULT_OK)
		return result;
	record->state = ACCREDITATION_STATE_APPROVED;
	accreditation_history_add(
	    decision, input->accreditation,
	    &(struct accreditation_deed){.event = ACCREDITATION_EVENT_APPROVE, .act = input->act});
	return done(decision, input->accreditation);
}

/* ---- The pact ---- */

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

/* A contract has a CIG of its own; a family's assistant has no contract with the ambito. */
static enum result check_cig(struct decision *decision, const struct accreditation *record)
{
	const struct command_accreditation_activate *input =
	    &decision->command->input.accreditation_activate;
	struct slice cig = JUDGE_TEXT(input->cig);
	if (is_individual(decision, record))
		return cig.size == 0 ? RESULT_OK
				     : judge_field(decision, RESULT_FIELD_INVALID, "cig");
	if (cig.size == 0)
		return judge_field(decision, RESULT_FIELD_MISSING, "cig");
	if (!is_cig(cig))
		return judge_field(decision, RESULT_FIELD_INVALID, "cig");
	return RESULT_OK;
}

/* The tariff accepted with the pact must be that of a service in it, in force on its first day. */
static enum result check_tariff(struct decision *decision, const struct accreditation *record)
{
	const struct command_accreditation_activate *input =
	    &decision->command->input.accreditation_activate;
	const struct tariff *tariff = effects_read_tariff(decision->effects, input->tariff);
	if (tariff == NULL)
		return RESULT_OK;
	if ((record->services_mask >> (tariff->service.raw - 1) & 1) == 0)
		return RESULT_SERVICE_NOT_COVERED;
	struct tariff_id in_force =
	    state_find_tariff(decision->state, tariff->service, input->valid_from);
	return in_force.raw == input->tariff.raw ? RESULT_OK : RESULT_TARIFF_VERSION_MISMATCH;
}

/* The last day, where the pact does not say it: the parameter's months. */
static bool last_day_of(struct decision *decision, const struct accreditation *record,
			struct day *ret_day)
{
	const struct command_accreditation_activate *input =
	    &decision->command->input.accreditation_activate;
	*ret_day = input->valid_to;
	if (input->valid_to.number != 0)
		return !day_less(input->valid_to, input->valid_from);
	struct month month = month_of_day(input->valid_from);
	int32_t offset = input->valid_from.number - month_first_day(month).number;
	month.number += (int32_t)parameter_of(decision, record->ambito,
					      PARAMETER_ACCREDITATION_VALIDITY_MONTHS);
	if (!judge_month_in_range(month))
		return false;
	ret_day->number = month_first_day(month).number + offset - 1;
	if (day_less(month_last_day(month), *ret_day)) /* the month has no such day */
		*ret_day = month_last_day(month);
	return true;
}

/* The pact is signed: from its first day on the provider may be chosen. RESULT_FIELD_MISSING,
 * RESULT_FIELD_INVALID: CIG; RESULT_FIELD_OUT_OF_RANGE: the last day; RESULT_SERVICE_NOT_COVERED,
 * RESULT_TARIFF_VERSION_MISMATCH: the tariff. */
enum result accreditation_activate(struct decision *decision)
{
	const struct command_accreditation_activate *input =
	    &decision->command->input.accreditation_activate;
	struct accreditation *record =
	    effects_edit_accreditation(decision->effects, input->accreditation);
	enum result result = check_cig(decision, record);
	if (result != RESULT_OK)
		return result;
	struct day valid_to;
	if (!last_day_of(decision, record, &valid_to))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "valid_to");
	if (record->state != ACCREDITATION_STATE_APPROVED)
		return refused(decision, input->accreditation);
	result = check_tariff(decision, record);
	if (result != RESULT_OK)
		return result;
	record->state = ACCREDITATION_STATE_ACTIVE;
	record->valid_from = input->valid_from;
	record->valid_to = valid_to;
	JUDGE_COPY_TEXT(record->cig, input->cig);
	accreditation_history_add(
	    decision, input->accreditation,
	    &(struct accreditation_deed){.event = ACCREDITATION_EVENT_SIGN_PACT,
					 .from = input->valid_from,
					 .act = input->act});
	return done(decision, input->accreditation);
}

/* ---- Suspension ---- */

/* From a day, which may be past: services between it and the notice are held, or refused at once
 * with the code SAFETY. */
enum result accreditation_suspend(struct decision *decision)
{
	const struct command_accreditation_suspend *input =
	    &decision->command->input.accreditation_suspend;
	struct accreditation *record =
	    effects_edit_accreditation(decision->effects, input->accreditation);
	if (record->state != ACCREDITATION_STATE_ACTIVE)
		return refused(decision, input->accreditation);
	record->state = ACCREDITATION_STATE_SUSPENDED;
	record->suspended_from = input->effective_from;
	record->suspended_to = (struct day){0};
	record->suspension_notified = decision->today;
	record->safety = input->safety;
	accreditation_history_add(
	    decision, input->accreditation,
	    &(struct accreditation_deed){.event = ACCREDITATION_EVENT_SUSPEND,
					 .from = input->effective_from,
					 .reason = (enum reason)input->reason,
					 .safety = input->safety != 0,
					 .is_gap = true,
					 .act = input->act});
	affected_review(decision, input->accreditation, input->effective_from);
	return done(decision, input->accreditation);
}

/* The cause was removed. RESULT_FIELD_OUT_OF_RANGE: a day before the suspension began. */
enum result accreditation_reinstate(struct decision *decision)
{
	const struct command_accreditation_reinstate *input =
	    &decision->command->input.accreditation_reinstate;
	struct effects *effects = decision->effects;
	struct accreditation *record = effects_edit_accreditation(effects, input->accreditation);
	if (record->state != ACCREDITATION_STATE_SUSPENDED)
		return refused(decision, input->accreditation);
	if (day_less(input->effective_from, record->suspended_from))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "effective_from");
	struct accreditation_act *suspension =
	    effects_edit_accreditation_act(effects, record->last_suspension);
	ASSERT(suspension->event == ACCREDITATION_EVENT_SUSPEND);
	suspension->effective_to = input->effective_from;
	record->state = ACCREDITATION_STATE_ACTIVE;
	record->suspended_to = input->effective_from;
	accreditation_history_add(
	    decision, input->accreditation,
	    &(struct accreditation_deed){.event = ACCREDITATION_EVENT_REINSTATE,
					 .from = input->effective_from,
					 .act = input->act});
	affected_review(decision, input->accreditation, input->effective_from);
	return done(decision, input->accreditation);
}

/* ---- Ends ---- */

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
	record->ending = 0;
	if (record->revoked_from.number == 0 ||
	    day_less(input->effective_from, record->revoked_from))
		record->revoked_from = input->effective_from;
	accreditation_history_add(
	    decision, input->accreditation,
	    &(struct accreditation_deed){.event = ACCREDITATION_EVENT_REVOKE,
					 .from = input->effective_from,
					 .reason = (enum reason)input->reason,
					 .act = input->act});
	affected_review(decision, input->accreditation, input->effective_from);
	return done(decision, input->accreditation);
}

/* The provider leaves, with notice: nothing may be planned for the days after it, and the state
 * follows on the day (job_register.c). RESULT_FIELD_OUT_OF_RANGE: shorter than the notice. */
enum result accreditation_withdraw(struct decision *decision)
{
	const struct command_accreditation_withdraw *input =
	    &decision->command->input.accreditation_withdraw;
	struct accreditation *record =
	    effects_edit_accreditation(decision->effects, input->accreditation);
	if (record->state != ACCREDITATION_STATE_ACTIVE || record->ending != 0)
		return refused(decision, input->accreditation);
	struct day end = {decision->today.number +
			  (int32_t)parameter_of(decision, record->ambito,
						PARAMETER_WITHDRAWAL_NOTICE_DAYS)};
	if (input->effective_from.number != 0 && day_less(input->effective_from, end))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "effective_from");
	if (input->effective_from.number != 0)
		end = input->effective_from;
	record->revoked_from = end;
	record->ending = ACCREDITATION_STATE_WITHDRAWN;
	accreditation_history_add(
	    decision, input->accreditation,
	    &(struct accreditation_deed){.event = ACCREDITATION_EVENT_WITHDRAW, .from = end});
	affected_review(decision, input->accreditation, end);
	return done(decision, input->accreditation);
}

/* ---- Renewal and extension ---- */

/* Requirements are declared anew. Days between the old end and the new beginning stay uncovered.
 * RESULT_FIELD_OUT_OF_RANGE: it would not last longer, or begin before the old end;
 * RESULT_DURC_INVALID, RESULT_REQUIREMENTS_MISSING: see requirement_check. */
enum result accreditation_renew(struct decision *decision)
{
	const struct command_accreditation_renew *input =
	    &decision->command->input.accreditation_renew;
	struct accreditation *record =
	    effects_edit_accreditation(decision->effects, input->accreditation);
	if ((record->state != ACCREDITATION_STATE_ACTIVE &&
	     record->state != ACCREDITATION_STATE_EXPIRED) ||
	    record->ending != 0)
		return refused(decision, input->accreditation);
	struct day end = {record->valid_to.number + 1}; /* first day without it */
	struct day from = end;
	if (record->state == ACCREDITATION_STATE_EXPIRED)
		from = input->valid_from.number != 0 ? input->valid_from : decision->today;
	if (day_less(from, end))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "valid_from");
	if (!day_less(record->valid_to, input->valid_to) || day_less(input->valid_to, from))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "valid_to");
	enum result result =
	    requirement_check(decision, input->accreditation, input->durc_valid_to);
	if (result != RESULT_OK)
		return result;
	bool was_expired = record->state == ACCREDITATION_STATE_EXPIRED;
	bool is_gap = day_less(end, from);
	record->state = ACCREDITATION_STATE_ACTIVE;
	record->valid_to = input->valid_to;
	accreditation_history_add(
	    decision, input->accreditation,
	    &(struct accreditation_deed){.event = ACCREDITATION_EVENT_RENEW,
					 .from = is_gap ? end : from,
					 .to = is_gap ? from : (struct day){0},
					 .safety = is_gap,
					 .is_gap = is_gap,
					 .act = input->act});
	if (was_expired)
		affected_review(decision, input->accreditation, from);
	return done(decision, input->accreditation);
}

/* More services, territory, or another capacity, from a day. RESULT_FIELD_MISSING: nothing is
 * extended; RESULT_FIELD_OUT_OF_RANGE: before the pact or before an earlier extension. */
enum result accreditation_extend(struct decision *decision)
{
	const struct command_accreditation_extend *input =
	    &decision->command->input.accreditation_extend;
	struct effects *effects = decision->effects;
	struct accreditation *record = effects_edit_accreditation(effects, input->accreditation);
	if (record->state != ACCREDITATION_STATE_ACTIVE)
		return refused(decision, input->accreditation);
	if (input->services.count == 0 && input->sub_ambiti.count == 0 &&
	    input->capacity_units == 0)
		return judge_field(decision, RESULT_FIELD_MISSING, "services");
	if (day_less(input->effective_from, record->valid_from) ||
	    day_less(input->effective_from, record->scope_from) ||
	    day_less(record->valid_to, input->effective_from))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "effective_from");
	uint64_t services = mask_of_services(input->services.items, input->services.count);
	uint64_t territory =
	    mask_of_territory(effects, input->sub_ambiti.items, input->sub_ambiti.count);
	if (input->services.count != 0 || input->sub_ambiti.count != 0)
		record->scope_from = input->effective_from;
	record->services_mask |= services;
	record->territory_mask |= territory;
	if (input->capacity_units != 0)
		record->capacity_units = input->capacity_units;
	accreditation_history_add(
	    decision, input->accreditation,
	    &(struct accreditation_deed){.event = ACCREDITATION_EVENT_EXTEND,
					 .from = input->effective_from,
					 .act = input->act});
	affected_review(decision, input->accreditation, input->effective_from);
	return done(decision, input->accreditation);
}
