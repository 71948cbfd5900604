/* Redemption: a provider says that it served a person; the ledger answers at once. The hot path.
 *
 *                     redemption_submit
 *                            │  read      what is claimed: title, line, time, quantity   (static)
 *                            │  cut       at New Year's midnight, and where its proof ends
 *                            │  judge     title, provider, accreditation, deadlines      (state)
 *                            │  look      the same visit again? worker or person elsewhere?
 *                            │  take      units, money, statement                        (money)
 *              ┌─────────────┼─────────────┐──────────────────┐
 *          ACCEPTED       in part      DISPUTED           SUBMITTED    or refused: nothing moves
 *   F140 -> F150, U110 -> U130   F140 -> F155, U110 -> U120   late: nothing moves yet
 *
 * Invariants
 *  1. Everything is judged at the service date but the deadlines, which are judged today
 *     (DOMAIN section 6, principle 3).
 *  2. A redemption draws only from its title's commitment: it can break no ceiling and no fund, and
 *     touches neither (principle 2).
 *  3. While units suffice money does: net is at most what the month's allotment has left, gross at
 *     most its F140 (DOMAIN section 8, SCENARIOS S13).
 *  4. One visit is one natural key: title, worker, start (SCENARIOS S07).
 *  5. No scan: records by id, and the visits of one person and one worker on two or three days. */
#include "engine/domain/redeem.h"

#include "engine/domain/duties.h"
#include "engine/domain/judge.h"
#include "engine/domain/proof.h"

#define US_PER_MINUTE (INT64_C(60) * TIME_US_PER_SECOND)

/* Elapsed minutes: given, or from the two instants; never from wall clocks (SCENARIOS S06). */
static enum result read_minutes(struct decision *decision, const struct redeem_input *input,
				uint32_t *ret_minutes)
{
	const struct claim_input *claimed = &input->claimed;
	*ret_minutes = claimed->minutes;
	if (input->end.us == 0)
		return RESULT_OK;
	if (claimed->minutes != 0)
		return judge_field(decision, RESULT_FIELD_INVALID, "minutes");
	uint32_t minutes;
	if (!duration_minutes_between(claimed->start, input->end, &minutes))
		return judge_field(decision, RESULT_FIELD_INVALID, "end");
	if (minutes == 0 || minutes > VISIT_MINUTES_MAX)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "end");
	*ret_minutes = minutes;
	return RESULT_OK;
}

enum result redeem_read(struct decision *decision, const struct redeem_input *input,
			struct submission *submission)
{
	struct claim_input claimed = input->claimed;
	enum result result = read_minutes(decision, input, &claimed.minutes);
	if (result != RESULT_OK)
		return result;
	result = claim_resolve(decision, &claimed, &submission->claim);
	if (result != RESULT_OK)
		return result;
	int64_t minutes_us = (int64_t)submission->claim.minutes * US_PER_MINUTE;
	struct instant end = {claimed.start.us + minutes_us};
	if (instant_less(decision->now, end) || instant_less(decision->now, input->end))
		return RESULT_FUTURE_SERVICE;
	submission->facts = input->facts;
	uint32_t proven;
	result = proof_read(decision, submission, &proven);
	if (result != RESULT_OK)
		return result;
	part_list_of_claim(decision, &submission->claim, proven, &submission->parts);
	return RESULT_OK;
}

/* Takes one delivered service.
 *   RESULT_ACCEPTED, RESULT_DISPUTED (cause)   outcome: redemption, net, gross, units left
 *   RESULT_ACCEPTED_PARTIAL    what is proven is accepted, a record of its own holds the rest
 *   RESULT_LATE_SUBMISSION     kept until it is authorised; outcome: redemption, what it is worth
 *   static: RESULT_FIELD_MISSING, _INVALID, _OUT_OF_RANGE (field); RESULT_FUTURE_SERVICE
 *   title: RESULT_VOUCHER_NOT_ACTIVE, RESULT_PROVIDER_NOT_CHOSEN, RESULT_OUT_OF_VALIDITY,
 *          RESULT_VOUCHER_SUSPENDED_AT_SERVICE_DATE, RESULT_SERVICE_NOT_COVERED
 *   booking: RESULT_UNKNOWN_REFERENCE, RESULT_ILLEGAL_TRANSITION
 *   provider: RESULT_NOT_ACCREDITED_AT_SERVICE_DATE, RESULT_TERRITORY_NOT_COVERED
 *   facts: RESULT_QUALIFICATION_TOO_LOW, RESULT_TARIFF_VERSION_MISMATCH, RESULT_VISIT_TOO_SHORT,
 *          RESULT_DAILY_MAXIMUM_REACHED
 *   deadlines: RESULT_SUBMISSION_WINDOW_CLOSED, RESULT_LATE_PRIOR_YEAR (short = what the service is
 *              worth)
 *   RESULT_DUPLICATE_SERVICE                   outcome: the first record
 *   RESULT_EXCEEDS_MONTHLY_ALLOTMENT           outcome: units missing, their worth, money left
 * SOURCE state_transitions.csv REDEMPTION submit, accept, hold, reject; SCENARIOS S00, S03, S06 to
 * S10, S13. */
enum result redemption_submit(struct decision *decision)
{
	ASSERT(decision != NULL && decision->principal != NULL);
	const struct command_redemption_submit *input = &decision->command->input.redemption_submit;
	struct redeem_input said = {.claimed = {.voucher = input->voucher,
						.service = input->service,
						.start = input->start,
						.minutes = input->minutes,
						.units = input->units},
				    .end = input->end,
				    .facts = REDEEM_FACTS(input)};
	/* Its list of parts is long and mostly empty: kept where nothing clears it. */
	struct submission *submission =
	    arena_alloc(&decision->effects->arena, sizeof(*submission));
	ASSERT(submission != NULL);
	submission_begin(submission, SUBMISSION_NEW);
	submission->operator = input->operator;
	submission->proof = input->proof;
	enum result result = redeem_read(decision, &said, submission);
	if (result != RESULT_OK)
		return result;
	return submission_enter(decision, submission, input->booking);
}
