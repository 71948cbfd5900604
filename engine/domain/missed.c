/* Missed accesses: see missed.h. */
#include "engine/domain/missed.h"

#include "engine/domain/cell.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"
#include "engine/domain/submission.h"
#include "engine/domain/voucher.h"

#define US_PER_HOUR (INT64_C(3600) * TIME_US_PER_SECOND)

/* Units that are paid; `planned` 0: nothing was. */
static uint32_t payable_units(const struct decision *decision, const struct claim *claim,
			      struct cell_id cell, uint32_t planned)
{
	if (claim->service->unit != UNIT_MINUTE || cell.raw == 0)
		return 0; /* the title is judged later */
	int64_t payable = claim_parameter(decision, claim, PARAMETER_MISSED_ACCESS_PAYABLE_MINUTES);
	int64_t most = claim_parameter(decision, claim, PARAMETER_MISSED_ACCESS_MAX_PER_MONTH);
	if (payable == 0 || (int64_t)visit_missed_count(decision->state, cell) >= most)
		return 0;
	return planned != 0 && planned < (uint32_t)payable ? planned : (uint32_t)payable;
}

/* The one part of a missed access: no minutes, because nobody was served. */
static void set_part(const struct decision *decision, struct submission *submission,
		     const struct redemption *booking, struct redemption_id booking_id)
{
	const struct claim *claim = &submission->claim;
	struct cell_id cell = voucher_cell(claim->voucher, claim->line, month_of_day(claim->day));
	struct part *part = &submission->parts.items[0];
	*part = (struct part){
	    .start = claim->start,
	    .day = claim->day,
	    .cell = cell,
	    .made = booking_id,
	    .units = payable_units(decision, claim, cell, booking == NULL ? 0 : booking->units)};
	submission->parts.count = 1;
	submission->parts.periods = 1;
}

/* Title, provider, accreditation, deadline, the same access again; then the payable part. */
static enum result enter(struct decision *decision, struct submission *submission,
			 struct redemption_id booking_id)
{
	const struct redemption *booking = state_redemption(decision->state, booking_id);
	submission->replaced = booking_id;
	set_part(decision, submission, booking, booking_id);
	enum result result = submission_judge(decision, submission, booking_id);
	if (result != RESULT_OK)
		return result;
	if (submission->cause != RESULT_OK) /* suspended on that day: nothing is paid for absence */
		return RESULT_NOT_ACCREDITED_AT_SERVICE_DATE;
	const struct redemption *found = state_redemption(decision->state, submission->booking);
	struct part *part = &submission->parts.items[0];
	if (booking == NULL && found != NULL) {
		part->made = submission->booking;
		part->units = payable_units(decision, &submission->claim, part->cell, found->units);
	}
	result = submission_take(decision, submission);
	if (!result_is_success(result))
		return result;
	if (found != NULL) {
		struct visit_detail *detail =
		    submission_edit_detail(decision->effects, part->made);
		detail->claimed_units = found->units;
	}
	return judge_object(decision, RESULT_OK, RECORD_KIND_REDEMPTION, part->made.raw);
}

/* Records that nobody was at home.
 *   RESULT_OK                     outcome: redemption, net and gross paid (0 where nothing is)
 *   RESULT_FUTURE_SERVICE, RESULT_FIELD_MISSING (service), RESULT_SERVICE_NOT_COVERED
 *   RESULT_UNKNOWN_REFERENCE, RESULT_ILLEGAL_TRANSITION   the booking named
 *   refusals of title, provider and accreditation as redemption_submit
 *   RESULT_SUBMISSION_WINDOW_CLOSED   after the deadline: absence is not authorised late
 *   RESULT_DUPLICATE_SERVICE          the same access, or a visit at that start
 *   RESULT_EXCEEDS_MONTHLY_ALLOTMENT  the month has not the payable units */
enum result missed_access(struct decision *decision)
{
	const struct command_missed_access *input = &decision->command->input.missed_access;
	if (instant_less(decision->now, input->start))
		return RESULT_FUTURE_SERVICE;
	struct claim_input claimed = {.voucher = input->voucher,
				      .service = input->service,
				      .start = input->start,
				      .is_missed = true};
	struct submission submission;
	submission_begin(&submission, SUBMISSION_MISSED);
	submission.operator = input->operator;
	submission.proof = input->proof;
	enum result result = claim_resolve(decision, &claimed, &submission.claim);
	if (result != RESULT_OK)
		return result;
	const struct redemption *booking = state_redemption(decision->state, input->booking);
	if (booking != NULL && !instant_equal(booking->start, input->start))
		return judge_field(decision, RESULT_UNKNOWN_REFERENCE, "booking");
	return enter(decision, &submission, input->booking);
}

/* The claim that a booking was. */
static enum result claim_of_booking(struct decision *decision, const struct redemption *booking,
				    struct claim *ret_claim)
{
	const struct voucher *voucher = state_voucher(decision->state, booking->voucher);
	const struct cell *cell = state_cell(decision->state, booking->cell);
	ASSERT(voucher != NULL && cell != NULL);
	const struct voucher_line *line = state_voucher_line(
	    decision->state, (struct voucher_line_id){voucher->first_line.raw + cell->line});
	struct claim_input claimed = {.voucher = booking->voucher,
				      .service = line->service,
				      .start = booking->start,
				      .provider = booking->provider,
				      .is_missed = true};
	return claim_resolve(decision, &claimed, ret_claim);
}

bool missed_is_late_cancel(struct decision *decision, struct redemption_id id)
{
	const struct redemption *booking = state_redemption(decision->state, id);
	ASSERT(booking != NULL && booking->state == REDEMPTION_STATE_BOOKED);
	struct claim claim;
	if (claim_of_booking(decision, booking, &claim) != RESULT_OK ||
	    payable_units(decision, &claim, booking->cell, booking->units) == 0)
		return false;
	int64_t hours = claim_parameter(decision, &claim, PARAMETER_MISSED_ACCESS_NOTICE_HOURS);
	return booking->start.us - decision->now.us < hours * US_PER_HOUR;
}

enum result missed_from_booking(struct decision *decision, struct redemption_id id)
{
	const struct redemption *booking = state_redemption(decision->state, id);
	ASSERT(booking != NULL && booking->state == REDEMPTION_STATE_BOOKED);
	struct submission submission;
	submission_begin(&submission, SUBMISSION_MISSED);
	submission.operator = booking->operator;
	enum result result = claim_of_booking(decision, booking, &submission.claim);
	return result == RESULT_OK ? enter(decision, &submission, id) : result;
}
