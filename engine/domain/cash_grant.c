/* Buoni: proposal, issue, activation, months, end. See cash_grant.h. */
#include "engine/domain/cash_grant.h"

#include "engine/domain/cash_grant_payment.h"
#include "engine/domain/cell.h"
#include "engine/domain/duties.h"
#include "engine/domain/event.h"
#include "engine/domain/incompatibility.h"
#include "engine/domain/isee.h"
#include "engine/domain/judge.h"
#include "engine/domain/parameter.h"
#include "engine/domain/share.h"
#include "engine/domain/voucher.h"
#include "engine/domain/voucher_reserve.h"

static const struct cash_grant *read_grant(struct decision *decision, struct cash_grant_id id)
{
	const struct cash_grant *grant = effects_read_cash_grant(decision->effects, id);
	ASSERT(grant != NULL);
	return grant;
}

static const struct voucher *title_of(struct decision *decision, const struct cash_grant *grant)
{
	const struct voucher *voucher = effects_read_voucher(decision->effects, grant->voucher);
	ASSERT(voucher != NULL);
	return voucher;
}

static enum result done(struct decision *decision, enum result result, struct cash_grant_id id)
{
	return judge_object(decision, result, RECORD_KIND_CASH_GRANT, id.raw);
}

/* ---- Proposal ---- */

static enum result check_proposal(struct decision *decision, const struct share_list *list)
{
	const struct command_cash_grant_propose *input =
	    &decision->command->input.cash_grant_propose;
	const struct measure *measure = effects_read_measure(decision->effects, input->measure);
	ASSERT(measure != NULL);
	if (measure->kind != TITLE_KIND_BUONO)
		return judge_field(decision, RESULT_FIELD_INVALID, "measure");
	if (cents_is_zero(input->monthly_cents) ||
	    cents_less(cents_from(VOUCHER_UNITS_PER_MONTH_MAX), input->monthly_cents))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "monthly_cents");
	const struct provider *assistant =
	    effects_read_provider(decision->effects, input->assistant);
	if (assistant != NULL && assistant->kind != PROVIDER_KIND_INDIVIDUAL_ASSISTANT)
		return judge_field(decision, RESULT_FIELD_INVALID, "assistant");
	enum result result = share_check_list(decision, list);
	if (result != RESULT_OK)
		return result;
	int64_t months = (int64_t)input->last_month.number - input->first_month.number + 1;
	uint32_t funds = list->count == 0 ? 1 : list->count;
	if (months < 1 || months > VOUCHER_MONTHS_MAX || months * funds > VOUCHER_CELLS_MAX)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "last_month");
	return RESULT_OK;
}

/* The title that holds the money: one line without a service, its units being cents. */
static enum result make_title(struct decision *decision, const struct share_list *list,
			      struct voucher_id *ret_id)
{
	const struct command_cash_grant_propose *input =
	    &decision->command->input.cash_grant_propose;
	struct effects *effects = decision->effects;
	const struct beneficiary *beneficiary =
	    effects_read_beneficiary(effects, input->beneficiary);
	ASSERT(beneficiary != NULL);
	struct voucher_id id;
	struct voucher *voucher = effects_create_voucher(effects, &id);
	voucher->proposed_at = decision->now;
	voucher->ambito = beneficiary->ambito;
	voucher->beneficiary = input->beneficiary;
	voucher->measure = input->measure;
	voucher->valid_from = month_first_day(input->first_month);
	voucher->valid_to = month_last_day(input->last_month);
	voucher->first_month = input->first_month;
	enum result result = voucher_enter_comune(effects, voucher, beneficiary);
	if (result != RESULT_OK)
		return result;
	voucher->rank = input->rank;
	voucher->line_count = 1;
	voucher->month_count =
	    (uint8_t)(input->last_month.number - input->first_month.number + 1);
	voucher->state = VOUCHER_STATE_PROPOSED;
	share_record_list(decision, id, list);
	struct voucher_line *line = effects_create_voucher_line(effects, &voucher->first_line);
	line->voucher = id;
	line->units_per_month = (uint32_t)input->monthly_cents.raw; /* raw: units are cents */
	*ret_id = id;
	return RESULT_OK;
}

/* Records what is asked; no money moves.
 *   RESULT_OK
 *   RESULT_FIELD_INVALID        a measure of vouchers; no individual assistant; the funds
 *   RESULT_FIELD_OUT_OF_RANGE   the amount, the months, too many funds
 *   RESULT_FIELD_MISSING        neither fund nor funds
 * *   RESULT_COMUNE_NOT_IN_MEASURE */
enum result cash_grant_propose(struct decision *decision)
{
	const struct command_cash_grant_propose *input =
	    &decision->command->input.cash_grant_propose;
	struct share_list list = {input->fund, input->funds.items, input->funds.count};
	enum result result = check_proposal(decision, &list);
	if (result != RESULT_OK)
		return result;
	struct voucher_id voucher_id;
	result = make_title(decision, &list, &voucher_id);
	if (result != RESULT_OK)
		return result;
	const struct voucher *voucher = effects_read_voucher(decision->effects, voucher_id);
	struct cash_grant_id id;
	struct cash_grant *grant = effects_create_cash_grant(decision->effects, &id);
	grant->monthly_cents = input->monthly_cents;
	grant->voucher = voucher_id;
	grant->ambito = voucher->ambito;
	grant->measure = input->measure;
	grant->assistant = input->assistant;
	grant->profile = input->profile != 0 ? input->profile : CASH_GRANT_PROFILE_OTHER;
	grant->against_payslip = input->assistant.raw != 0;
	return done(decision, RESULT_OK, id);
}

/* ---- Requirements ---- */

enum result cash_grant_requirements(struct decision *decision, const struct cash_grant *grant,
				    struct day day)
{
	const struct voucher *voucher = title_of(decision, grant);
	if (day_less(day, voucher->valid_from) || day_less(voucher->valid_to, day))
		return RESULT_OUT_OF_VALIDITY;
	if (voucher->revoked_from.number != 0 && !day_less(day, voucher->revoked_from))
		return RESULT_VOUCHER_NOT_ACTIVE;
	struct incompatibility_question question = {.beneficiary = voucher->beneficiary,
						    .measure = voucher->measure,
						    .from = day,
						    .to = day,
						    .voucher = grant->voucher};
	enum result result = incompatibility_check(decision, &question);
	if (result != RESULT_OK)
		return result;
	struct parameter_scope scope = parameter_scope_of_title(voucher);
	return isee_check_maximum(decision, voucher->beneficiary, &scope, day);
}

/* The least of two maximums, where PARAMETER_UNSET is none. */
static int64_t least_of(int64_t left, int64_t right)
{
	if (left == PARAMETER_UNSET)
		return right;
	return right == PARAMETER_UNSET || left < right ? left : right;
}

/* The most that a month may be worth. SOURCE parameters.csv buono_b2_*; DOMAIN section 2:
 * "caregiver up to 400 EUR/month; +400 with employed assistant; up to 800 with assistant and no
 * caregiver". */
static int64_t maximum_of(const struct state *state, const struct cash_grant *grant,
			  const struct parameter_scope *scope, struct day day)
{
	int64_t caregiver =
	    parameter_at(state, PARAMETER_BUONO_B2_CAREGIVER_MAX_CENTS, scope, day);
	int64_t extra =
	    parameter_at(state, PARAMETER_BUONO_B2_ASSISTANT_EXTRA_MAX_CENTS, scope, day);
	int64_t alone = parameter_at(state, PARAMETER_BUONO_B2_NO_CAREGIVER_MAX_CENTS, scope, day);
	int64_t all = parameter_at(state, PARAMETER_BUONO_MONTH_MAX_CENTS, scope, day);
	switch ((enum cash_grant_profile)grant->profile) {
	case CASH_GRANT_PROFILE_CAREGIVER:
		return least_of(caregiver, all);
	case CASH_GRANT_PROFILE_CAREGIVER_AND_ASSISTANT:
		if (caregiver != PARAMETER_UNSET && extra != PARAMETER_UNSET)
			caregiver += extra;
		return least_of(caregiver, all);
	case CASH_GRANT_PROFILE_ASSISTANT_ALONE:
		return least_of(alone, all);
	case CASH_GRANT_PROFILE_OTHER:
		break;
	}
	return all;
}

static enum result check_maximum(struct decision *decision, const struct cash_grant *grant)
{
	struct parameter_scope scope = parameter_scope_of_title(title_of(decision, grant));
	int64_t most = maximum_of(decision->state, grant, &scope, decision->today);
	if (most == PARAMETER_UNSET || !cents_less(cents_from(most), grant->monthly_cents))
		return RESULT_OK;
	return judge_short(decision, RESULT_CASH_GRANT_ABOVE_MAXIMUM, grant->monthly_cents,
			   cents_from(most));
}

static enum result promise(struct decision *decision, struct voucher_id voucher)
{
	struct voucher_promise asked = {.voucher = voucher, .may_wait = true};
	return voucher_issue_promise(decision, &asked);
}

/* Grants a PROPOSED or WAITLISTED buono: F110 -> F140, C120 -> C140.
 *   RESULT_OK                        outcome: gross committed
 *   RESULT_CASH_GRANT_ABOVE_MAXIMUM  of the profile or the measure; limit, short
 *   RESULT_ISEE_EXPIRED, RESULT_ISEE_ABOVE_MAXIMUM, RESULT_MEASURE_INCOMPATIBLE
 *   results of voucher_issue, RESULT_WAITLISTED among them
 * SOURCE state_transitions.csv BUONO issue. */
enum result cash_grant_issue(struct decision *decision)
{
	const struct command_cash_grant_issue *input = &decision->command->input.cash_grant_issue;
	const struct cash_grant *present = read_grant(decision, input->cash_grant);
	const struct voucher *voucher = title_of(decision, present);
	if (voucher->state != VOUCHER_STATE_PROPOSED && voucher->state != VOUCHER_STATE_WAITLISTED)
		return done(decision, RESULT_ILLEGAL_TRANSITION, input->cash_grant);
	struct day day = decision->today;
	if (day_less(day, voucher->valid_from))
		day = voucher->valid_from;
	enum result result = check_maximum(decision, present);
	if (result == RESULT_OK)
		result = cash_grant_requirements(decision, present, day);
	if (result == RESULT_OK)
		result = promise(decision, present->voucher);
	if (result == RESULT_MEASURE_INCOMPATIBLE)
		return result; /* names the other title */
	if (result != RESULT_OK)
		return done(decision, result, input->cash_grant);
	struct cash_grant *grant = effects_edit_cash_grant(decision->effects, input->cash_grant);
	JUDGE_COPY_TEXT(grant->act, input->act);
	return done(decision, RESULT_OK, input->cash_grant);
}

/* ---- Months ---- */

static struct day day_of_month(struct month month, int64_t number)
{
	struct day day = month_first_day(month);
	day.number += (int32_t)number - 1; /* at most the 28th: parameters.def */
	return day;
}

struct day cash_grant_reference_day(const struct state *state, const struct cash_grant *grant,
				    struct month month)
{
	struct parameter_scope scope = {.ambito = grant->ambito, .measure = grant->measure};
	struct day first = month_first_day(month);
	return day_of_month(month,
			    parameter_at(state, PARAMETER_BUONO_REFERENCE_DAY, &scope, first));
}

struct day cash_grant_schedule_day(const struct state *state, struct ambito_id ambito,
				   struct month month)
{
	struct parameter_scope scope = {.ambito = ambito};
	struct day first = month_first_day(month);
	return day_of_month(month,
			    parameter_at(state, PARAMETER_BUONO_SCHEDULE_DAY, &scope, first));
}

enum result cash_grant_schedule_month(struct decision *decision, struct cash_grant_id id,
				      struct month month)
{
	const struct cash_grant *grant = read_grant(decision, id);
	if (grant->against_payslip != 0)
		return RESULT_CASH_GRANT_NEEDS_PAYSLIP;
	struct day day = cash_grant_reference_day(decision->state, grant, month);
	if (month.number < grant->start_month.number || day_less(decision->today, day))
		return RESULT_CASH_GRANT_MONTH_OUTSIDE;
	enum result result = cash_grant_requirements(decision, grant, day);
	if (result != RESULT_OK)
		return result;
	struct cash_grant_due due = {
	    .grant = id, .month = month, .most = grant->monthly_cents};
	return cash_grant_payment_schedule(decision, &due);
}

void cash_grant_run_month(struct decision *decision, struct cash_grant_id id, struct month month)
{
	const struct cash_grant *grant = read_grant(decision, id);
	struct outcome before = *decision->outcome;
	enum result result = cash_grant_schedule_month(decision, id, month);
	*decision->outcome = before;
	switch (result) {
	case RESULT_OK:
	case RESULT_CASH_GRANT_NEEDS_PAYSLIP:
	case RESULT_CASH_GRANT_MONTH_OUTSIDE:
	case RESULT_CASH_GRANT_MONTH_SCHEDULED:
		return;
	default: /* a requirement is lost: a person must know */
		break;
	}
	event_emit(decision, &(struct event){.kind = EVENT_KIND_CASH_GRANT_NOT_SCHEDULED,
					     .task = 1,
					     .voucher = grant->voucher,
					     .amount_cents = grant->monthly_cents,
					     .value = (uint32_t)result});
}

/* Months before the first that is paid are lost: F140 -> F110, C140 -> C120. */
static struct cents release_months(struct decision *decision, const struct voucher *voucher,
				   struct month from, struct month to)
{
	struct cents released = cents_zero();
	for (uint32_t n = 0; n < voucher_cell_count(voucher); n++) {
		struct cell_id id = {voucher->first_cell.raw + n};
		const struct cell *cell = effects_read_cell(decision->effects, id);
		ASSERT(cell != NULL);
		if (cell->released != 0 || cell->month.number < from.number ||
		    cell->month.number >= to.number)
			continue;
		bool fits = cents_add(released, cell->committed_cents, &released);
		ASSERT(fits);
		cell_expire(decision->effects, id, POSTING_KIND_RELEASE);
	}
	return released;
}

static struct month month_after_last(const struct voucher *voucher)
{
	return (struct month){voucher->first_month.number + voucher->month_count};
}

/* Starts the payments from a month on; months whose day has come already are scheduled at once.
 *   RESULT_OK                   outcome: gross released of months before the start
 *   RESULT_ILLEGAL_TRANSITION   not ISSUED
 *   RESULT_FIELD_OUT_OF_RANGE   the start lies outside the title's months
 * SOURCE state_transitions.csv BUONO activate. */
enum result cash_grant_activate(struct decision *decision)
{
	const struct command_cash_grant_activate *input =
	    &decision->command->input.cash_grant_activate;
	struct cash_grant *grant = effects_edit_cash_grant(decision->effects, input->cash_grant);
	const struct voucher *voucher = title_of(decision, grant);
	if (voucher->state != VOUCHER_STATE_ISSUED)
		return done(decision, RESULT_ILLEGAL_TRANSITION, input->cash_grant);
	struct month start =
	    input->start_month.number == 0 ? voucher->first_month : input->start_month;
	struct month end = month_after_last(voucher);
	if (start.number < voucher->first_month.number || start.number >= end.number)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "start_month");
	grant->account = input->account_reference;
	grant->has_account = 1;
	grant->start_month = start;
	effects_edit_voucher(decision->effects, grant->voucher)->state = VOUCHER_STATE_ACTIVE;
	decision->outcome->gross =
	    release_months(decision, voucher, voucher->first_month, start);
	for (struct month month = start; month.number < end.number; month.number++) {
		struct day day = cash_grant_schedule_day(decision->state, grant->ambito, month);
		if (!day_less(decision->today, day))
			cash_grant_run_month(decision, input->cash_grant, month);
	}
	return done(decision, RESULT_OK, input->cash_grant);
}

static bool is_payable(const struct voucher *voucher)
{
	return voucher->state == VOUCHER_STATE_ACTIVE || voucher->state == VOUCHER_STATE_EXPIRED ||
	       voucher->state == VOUCHER_STATE_REVOKED;
}

/* Schedules by hand a month that the job left out or that was cancelled: F140 -> F150.
 *   RESULT_OK                            outcome: the payment, gross
 *   RESULT_ILLEGAL_TRANSITION            the buono never was active
 *   RESULT_CASH_GRANT_NEEDS_PAYSLIP      it is paid against payslips
 *   RESULT_CASH_GRANT_MONTH_OUTSIDE, RESULT_CASH_GRANT_MONTH_SCHEDULED
 *   results of cash_grant_requirements on the reference day */
enum result cash_grant_schedule(struct decision *decision)
{
	const struct command_cash_grant_schedule *input =
	    &decision->command->input.cash_grant_schedule;
	const struct cash_grant *grant = read_grant(decision, input->cash_grant);
	if (!is_payable(title_of(decision, grant)))
		return done(decision, RESULT_ILLEGAL_TRANSITION, input->cash_grant);
	return cash_grant_schedule_month(decision, input->cash_grant, input->month);
}

/* Records the receipt of an assistant's payslip and schedules the month: at most what the family
 * spent; the rest of the month is released with its late window. Results as cash_grant_schedule;
 * RESULT_ILLEGAL_TRANSITION also where it is not paid against payslips; RESULT_FIELD_OUT_OF_RANGE:
 * a cost of 0. SOURCE DOMAIN section 6, rule 11. */
enum result cash_grant_payslip(struct decision *decision)
{
	const struct command_cash_grant_payslip *input =
	    &decision->command->input.cash_grant_payslip;
	const struct cash_grant *grant = read_grant(decision, input->cash_grant);
	if (grant->against_payslip == 0 || !is_payable(title_of(decision, grant)))
		return done(decision, RESULT_ILLEGAL_TRANSITION, input->cash_grant);
	if (cents_is_zero(input->cost_cents))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "cost_cents");
	struct day day = cash_grant_reference_day(decision->state, grant, input->month);
	if (input->month.number < grant->start_month.number || day_less(decision->today, day))
		return done(decision, RESULT_CASH_GRANT_MONTH_OUTSIDE, input->cash_grant);
	enum result result = cash_grant_requirements(decision, grant, day);
	if (result != RESULT_OK)
		return done(decision, result, input->cash_grant);
	struct cash_grant_due due = {
	    .grant = input->cash_grant,
	    .month = input->month,
	    .most = cents_min(grant->monthly_cents, input->cost_cents),
	    .payslip = input->receipt_number};
	return cash_grant_payment_schedule(decision, &due);
}

/* ---- End ---- */

/* Ends a buono that never paid: F140 -> F110, C140 -> C120. RESULT_OK, or
 * RESULT_ILLEGAL_TRANSITION once it was activated. */
enum result cash_grant_cancel(struct decision *decision)
{
	struct cash_grant_id id = decision->command->input.cash_grant_cancel.cash_grant;
	const struct cash_grant *grant = read_grant(decision, id);
	const struct voucher *voucher = title_of(decision, grant);
	if (voucher->state != VOUCHER_STATE_PROPOSED && voucher->state != VOUCHER_STATE_RESERVED &&
	    voucher->state != VOUCHER_STATE_WAITLISTED && voucher->state != VOUCHER_STATE_ISSUED)
		return done(decision, RESULT_ILLEGAL_TRANSITION, id);
	if (voucher->first_cell.raw != 0)
		decision->outcome->gross = release_months(decision, voucher, voucher->first_month,
							  month_after_last(voucher));
	effects_edit_voucher(decision->effects, grant->voucher)->state = VOUCHER_STATE_CANCELLED;
	return done(decision, RESULT_OK, id);
}

/* Ends a buono from a day on, which may be past: months whose reference day is that day or later
 * are lost, their payments not yet approved cancelled, the paid ones become tasks.
 *   RESULT_OK                   outcome: gross that became free
 *   RESULT_ILLEGAL_TRANSITION   neither ISSUED nor ACTIVE
 *   RESULT_FIELD_OUT_OF_RANGE   the day lies after the last one */
enum result cash_grant_revoke(struct decision *decision)
{
	const struct command_cash_grant_revoke *input =
	    &decision->command->input.cash_grant_revoke;
	const struct cash_grant *grant = read_grant(decision, input->cash_grant);
	const struct voucher *voucher = title_of(decision, grant);
	if (voucher->state != VOUCHER_STATE_ISSUED && voucher->state != VOUCHER_STATE_ACTIVE)
		return done(decision, RESULT_ILLEGAL_TRANSITION, input->cash_grant);
	if (day_less(voucher->valid_to, input->effective_from))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "effective_from");
	struct voucher *revoked = effects_edit_voucher(decision->effects, grant->voucher);
	revoked->state = VOUCHER_STATE_REVOKED;
	revoked->revoked_from = input->effective_from;
	struct month first = voucher->first_month;
	struct month end = month_after_last(voucher);
	while (first.number < end.number &&
	       day_less(cash_grant_reference_day(decision->state, grant, first),
			input->effective_from))
		first.number++;
	struct cents freed =
	    cash_grant_payment_withdraw(decision, input->cash_grant, first, input->reason);
	struct cents released = release_months(decision, revoked, first, end);
	bool fits = cents_add(freed, released, &decision->outcome->gross);
	ASSERT(fits);
	voucher_close_if_done(decision->effects, grant->voucher, decision->today);
	return done(decision, RESULT_OK, input->cash_grant);
}
