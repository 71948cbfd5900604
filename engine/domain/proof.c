/* Proof of a visit: see proof.h.
 *
 *   no reading            accepted, unless proof_required: then DISPUTED, but for a paper sheet or
 *                         a reason
 *   reading in tolerance  accepted
 *   device's times short  what they confirm is accepted, the rest contested (SCENARIOS S10)
 *   reading at another    DISPUTED, but for a reason why it was entered by hand
 *     time */
#include "engine/domain/proof.h"

#include "engine/domain/duties.h"
#include "engine/domain/judge.h"
#include "engine/domain/provider.h"
#include "engine/domain/statement.h"

#define US_PER_MINUTE (INT64_C(60) * TIME_US_PER_SECOND)

static struct instant end_of(const struct claim *claim)
{
	return (struct instant){claim->start.us + (int64_t)claim->minutes * US_PER_MINUTE};
}

/* Whole minutes of the visit that the device saw. */
static uint32_t minutes_seen(const struct claim *claim, const struct visit_facts *facts)
{
	struct instant end = end_of(claim);
	struct instant from = instant_less(claim->start, facts->evv_start) ? facts->evv_start
									   : claim->start;
	struct instant to = instant_less(facts->evv_end, end) ? facts->evv_end : end;
	uint32_t minutes = 0;
	if (instant_less(from, to) && duration_minutes_between(from, to, &minutes))
		return minutes;
	return 0;
}

static enum result check_times(struct decision *decision, const struct submission *submission)
{
	const struct visit_facts *facts = &submission->facts;
	bool has_times = facts->evv_start.us != 0;
	if (has_times != (facts->evv_end.us != 0))
		return judge_field(decision, RESULT_FIELD_MISSING,
				   has_times ? "evv_end" : "evv_start");
	if (has_times && facts->proven_minutes != 0)
		return judge_field(decision, RESULT_FIELD_INVALID, "confirmed_minutes");
	if (instant_less(facts->evv_end, facts->evv_start))
		return judge_field(decision, RESULT_FIELD_INVALID, "evv_end");
	if (instant_less(decision->now, facts->evv_end) ||
	    instant_less(decision->now, facts->proof_at))
		return RESULT_FUTURE_SERVICE;
	if (submission->claim.minutes == 0 && (has_times || facts->proven_minutes != 0))
		return judge_field(decision, RESULT_FIELD_INVALID,
				   has_times ? "evv_start" : "confirmed_minutes");
	return RESULT_OK;
}

enum result proof_read(struct decision *decision, struct submission *submission,
		       uint32_t *ret_proven)
{
	struct visit_facts *facts = &submission->facts;
	const struct claim *claim = &submission->claim;
	facts->are_given = facts->proof_at.us != 0 || facts->evv_start.us != 0 ||
			   facts->evv_end.us != 0 || facts->performer.raw != 0 ||
			   facts->proven_minutes != 0 || facts->qualification != 0 ||
			   facts->edit_reason != 0 || facts->located || facts->indirect;
	*ret_proven = claim->minutes;
	if (!facts->are_given)
		return RESULT_OK;
	enum result result = check_times(decision, submission);
	if (result != RESULT_OK)
		return result;
	facts->confirmed = facts->evv_start.us != 0 || facts->proven_minutes != 0;
	if (!facts->confirmed)
		return RESULT_OK;
	if (facts->evv_start.us != 0)
		facts->proven_minutes = minutes_seen(claim, facts);
	int64_t tolerance = claim_parameter(decision, claim, PARAMETER_EVV_TOLERANCE_MINUTES);
	if ((int64_t)facts->proven_minutes + tolerance >= (int64_t)claim->minutes)
		return RESULT_OK;
	if (claim->service->unit != UNIT_MINUTE) /* an access cannot be accepted in part */
		submission->cause = RESULT_VISIT_NOT_PROVEN;
	else
		*ret_proven = facts->proven_minutes;
	return RESULT_OK;
}

/* A higher level of the same trade serves for a lower one (enums.def). */
static enum result check_qualification(struct decision *decision,
				       const struct submission *submission)
{
	uint8_t least = submission->claim.service->qualification;
	uint8_t stated = submission->facts.qualification;
	if (least == 0)
		return RESULT_OK;
	if (stated == 0)
		return judge_field(decision, RESULT_FIELD_MISSING, "qualification");
	return stated / 10 == least / 10 && stated >= least ? RESULT_OK
							    : RESULT_QUALIFICATION_TOO_LOW;
}

static enum result check_tariff(struct decision *decision, const struct submission *submission)
{
	struct tariff_id expected = submission->facts.tariff;
	for (uint32_t i = 0; i < submission->parts.count && expected.raw != 0; i++) {
		const struct cell *cell =
		    state_cell(decision->state, submission->parts.items[i].cell);
		ASSERT(cell != NULL);
		if (cell->tariff.raw != expected.raw)
			return judge_object(decision, RESULT_TARIFF_VERSION_MISMATCH,
					    RECORD_KIND_TARIFF, cell->tariff.raw);
	}
	return RESULT_OK;
}

/* Indirect work: at most a share of the month's allotment. */
static enum result check_indirect(struct decision *decision, const struct submission *submission)
{
	const struct claim *claim = &submission->claim;
	if (!submission->facts.indirect)
		return RESULT_OK;
	int64_t share = claim_parameter(decision, claim, PARAMETER_INDIRECT_SHARE_MAX_PCT);
	if (share == 0 || claim->service->unit != UNIT_MINUTE)
		return judge_field(decision, RESULT_FIELD_INVALID, "indirect");
	for (uint32_t i = 0; i < submission->parts.count; i++) {
		const struct part *part = &submission->parts.items[i];
		const struct cell *cell = state_cell(decision->state, part->cell);
		uint64_t most = (uint64_t)cell->granted_units * (uint64_t)share / 100;
		uint64_t units =
		    (uint64_t)visit_indirect_units(decision->state, part->cell) + part->units;
		if (units > most)
			return claim_refuse_units(decision, part->cell, claim->provider,
						  (uint32_t)(units - most));
	}
	return RESULT_OK;
}

/* What was read at another time than the visit's, or not at all. */
static bool is_doubtful(struct decision *decision, const struct submission *submission)
{
	const struct claim *claim = &submission->claim;
	const struct visit_facts *facts = &submission->facts;
	if (facts->edit_reason != 0 || submission->proof == PROOF_PAPER)
		return false;
	if (facts->proof_at.us == 0)
		return submission->proof <= PROOF_NONE &&
		       claim_parameter(decision, claim, PARAMETER_PROOF_REQUIRED) != 0;
	int64_t tolerance_us =
	    claim_parameter(decision, claim, PARAMETER_EVV_TOLERANCE_MINUTES) * US_PER_MINUTE;
	struct instant first = {claim->start.us - tolerance_us};
	struct instant last = {end_of(claim).us + tolerance_us};
	return instant_less(facts->proof_at, first) || instant_less(last, facts->proof_at);
}

/* Who delivered: the provider itself, or a member of the consortium that it is. */
static bool may_perform(struct decision *decision, const struct submission *submission)
{
	struct provider_id performer = submission->facts.performer;
	const struct claim *claim = &submission->claim;
	return performer.raw == 0 || performer.raw == claim->provider.raw ||
	       provider_consortium_on(decision->effects, performer, claim->day).raw ==
		   claim->provider.raw;
}

enum result proof_judge(struct decision *decision, struct submission *submission)
{
	if (submission->mode == SUBMISSION_WAITING || submission->mode == SUBMISSION_MISSED)
		return RESULT_OK; /* judged when it was sent; nobody was served */
	enum result result = check_qualification(decision, submission);
	if (result == RESULT_OK)
		result = check_tariff(decision, submission);
	if (result == RESULT_OK && !may_perform(decision, submission))
		result = RESULT_PROVIDER_NOT_CHOSEN;
	if (result == RESULT_OK)
		result = check_indirect(decision, submission);
	if (result == RESULT_OK && submission->cause == RESULT_OK &&
	    is_doubtful(decision, submission))
		submission->cause = RESULT_VISIT_NOT_PROVEN;
	return result;
}

/* Enters or changes the proof of a record that is not settled yet; decides nothing.
 *   RESULT_OK
 *   RESULT_ILLEGAL_TRANSITION        it was undone, or was never delivered
 *   RESULT_REDEMPTION_IN_STATEMENT   its statement is frozen
 *   RESULT_FIELD_MISSING             the reason why a proof that stands is changed
 *   RESULT_FUTURE_SERVICE
 * SOURCE DOMAIN section 4.13; section 5, "manual edit with reason". */
enum result redemption_prove(struct decision *decision)
{
	const struct command_redemption_prove *input = &decision->command->input.redemption_prove;
	struct effects *effects = decision->effects;
	const struct redemption *present = effects_read_redemption(effects, input->redemption);
	ASSERT(present != NULL);
	if (present->state != REDEMPTION_STATE_ACCEPTED &&
	    present->state != REDEMPTION_STATE_DISPUTED &&
	    present->state != REDEMPTION_STATE_SUBMITTED &&
	    present->state != REDEMPTION_STATE_MISSED)
		return RESULT_ILLEGAL_TRANSITION;
	const struct statement *statement = statement_of(effects, present);
	if (statement != NULL && !statement_takes_changes(statement))
		return RESULT_REDEMPTION_IN_STATEMENT;
	if (instant_less(decision->now, input->proof_at))
		return RESULT_FUTURE_SERVICE;
	bool has_proof = present->proof > PROOF_NONE;
	if (has_proof && input->edit_reason == 0)
		return judge_field(decision, RESULT_FIELD_MISSING, "edit_reason");
	struct visit_detail *detail = submission_edit_detail(effects, input->redemption);
	effects_edit_redemption(effects, input->redemption)->proof = input->proof;
	detail->proof_at = input->proof_at;
	detail->edit_reason = input->edit_reason;
	detail->located = input->located;
	return judge_object(decision, RESULT_OK, RECORD_KIND_REDEMPTION, input->redemption.raw);
}
