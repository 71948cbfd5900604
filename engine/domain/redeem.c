/* Redemption: a provider says that it served a person; the ledger answers at once. The hot path.
 *
 *                     redemption_submit
 *                            │  read      what is claimed: title, line, time, quantity   (static)
 *                            │  split     at New Year's midnight into two records
 *                            │  judge     title, provider, accreditation, deadlines      (state)
 *                            │  look      the same visit again? worker or person elsewhere?
 *                            │  take      units, money, statement                        (money)
 *              ┌─────────────┴─────────────┐
 *          ACCEPTED                    DISPUTED                    or refused: nothing moves
 *   F140 -> F150, U110 -> U130   F140 -> F155, U110 -> U120
 *
 * Invariants
 *  1. Everything is judged at the service date but the deadlines, which are judged today
 *     (DOMAIN section 6, principle 3).
 *  2. A redemption draws only from its title's commitment: it can break no ceiling and no fund, and
 *     touches neither (principle 2).
 *  3. While units suffice money does: net is at most what the month's allotment has left, gross at
 *     most its F140 (DOMAIN section 8, SCENARIOS S13).
 *  4. One visit is one natural key: title, worker, start (SCENARIOS S07).
 *  5. No scan: records by id, and the visits of one person and one worker on two or three days.
 *
 * A visit over New Year's midnight becomes two records, because two fiscal years pay; a visit over
 * any other midnight, month's end included, belongs to its start (SCENARIOS S06). */
#include "engine/domain/accreditation.h"
#include "engine/domain/cell.h"
#include "engine/domain/claim.h"
#include "engine/domain/deadline.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"
#include "engine/domain/statement.h"
#include "engine/domain/visit.h"
#include "engine/domain/voucher.h"

#define PARTS_MAX     2u
#define US_PER_MINUTE (INT64_C(60) * TIME_US_PER_SECOND)

/* What becomes one record. */
struct part {
	struct instant start;
	struct day day; /* legal day of the start */
	struct month month;
	struct cell_id cell;
	struct accreditation_id accreditation;
	struct redemption_id made;
	uint32_t minutes;
	uint32_t units;
};

struct submission {
	struct claim claim;
	struct visit_clashes clashes;
	struct redemption_id booking; /* that this fulfils; 0: none */
	struct cents held;            /* what the booking held for an earlier provider */
	enum result cause;            /* RESULT_OK, or why it is disputed */
	uint32_t part_count;
	struct part parts[PARTS_MAX];
	uint16_t vat_bp;              /* of the service by this provider */
	bool is_earlier_provider;     /* no longer the chosen one: may fulfil its booking */
};

/* ---- read ---- */

/* Elapsed minutes: given, or from the two instants; never from wall clocks (SCENARIOS S06). */
static enum result read_minutes(struct decision *decision, uint32_t *ret_minutes)
{
	const struct command_redemption_submit *input = &decision->command->input.redemption_submit;
	if (input->end.us == 0) {
		*ret_minutes = input->minutes;
		return RESULT_OK;
	}
	if (input->minutes != 0)
		return judge_field(decision, RESULT_FIELD_INVALID, "minutes");
	uint32_t minutes;
	if (!duration_minutes_between(input->start, input->end, &minutes))
		return judge_field(decision, RESULT_FIELD_INVALID, "end");
	if (minutes == 0 || minutes > VISIT_MINUTES_MAX)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "end");
	*ret_minutes = minutes;
	return RESULT_OK;
}

static enum result read_claim(struct decision *decision, struct submission *submission)
{
	const struct command_redemption_submit *input = &decision->command->input.redemption_submit;
	struct claim_input claimed = {.voucher = input->voucher,
				      .service = input->service,
				      .start = input->start,
				      .units = input->units};
	enum result result = read_minutes(decision, &claimed.minutes);
	if (result != RESULT_OK)
		return result;
	result = claim_resolve(decision, &claimed, &submission->claim);
	if (result != RESULT_OK)
		return result;
	int64_t minutes_us = (int64_t)submission->claim.minutes * US_PER_MINUTE;
	struct instant end = {input->start.us + minutes_us};
	if (instant_less(decision->now, end) || instant_less(decision->now, input->end))
		return RESULT_FUTURE_SERVICE;
	return RESULT_OK;
}

/* ---- split ---- */

static void add_part(struct submission *submission, struct part part)
{
	if (part.units == 0)
		return;
	ASSERT(submission->part_count < PARTS_MAX);
	part.cell = voucher_cell(submission->claim.voucher, submission->claim.line, part.month);
	submission->parts[submission->part_count] = part;
	submission->part_count++;
}

/* A started minute before midnight belongs to the new year; a part without a whole minute
 * vanishes. */
static void split_at_new_year(struct decision *decision, struct submission *submission)
{
	const struct claim *claim = &submission->claim;
	struct part part = {.start = claim->start,
			    .day = claim->day,
			    .month = month_of_day(claim->day),
			    .minutes = claim->minutes,
			    .units = claim->units};
	bool is_last_day = month_of_year(part.month) == 12 &&
			   day_equal(claim->day, month_last_day(part.month));
	if (!is_last_day || claim->minutes == 0) {
		add_part(submission, part);
		return;
	}
	struct part next = {.month = {part.month.number + 1}};
	next.day = month_first_day(next.month);
	next.start = day_begin(&decision->state->zone, next.day);
	uint32_t before;
	if (!duration_minutes_between(claim->start, next.start, &before) || before > part.minutes)
		before = part.minutes;
	next.minutes = part.minutes - before;
	next.units = next.minutes;
	part.minutes = before;
	part.units = before;
	add_part(submission, part);
	add_part(submission, next);
}

/* ---- judge ---- */

/* The booking named, or one of the same title, provider and start. RESULT_UNKNOWN_REFERENCE: what
 * was named is not a booking of this title by this provider; RESULT_ILLEGAL_TRANSITION: it has
 * ended. */
static enum result find_booking(struct decision *decision, struct submission *submission)
{
	struct redemption_id named = decision->command->input.redemption_submit.booking;
	submission->booking = named.raw != 0 ? named : submission->clashes.booking;
	const struct redemption *booking =
	    state_redemption(decision->state, submission->booking);
	if (named.raw == 0) {
		if (booking != NULL && booking->cell.raw != submission->parts[0].cell.raw)
			submission->booking.raw = 0; /* of another service */
		return RESULT_OK;
	}
	ASSERT(booking != NULL);
	if (booking->voucher.raw != submission->claim.voucher_id.raw ||
	    booking->provider.raw != submission->claim.provider.raw)
		return judge_field(decision, RESULT_UNKNOWN_REFERENCE, "booking");
	if (booking->state == REDEMPTION_STATE_BOOKED)
		return RESULT_OK;
	submission->booking.raw = 0;
	return submission->clashes.duplicate.raw != 0 ? RESULT_OK : RESULT_ILLEGAL_TRANSITION;
}

/* The chosen provider, or an earlier one for the month of its booking. */
static enum result check_provider(struct decision *decision, struct submission *submission)
{
	const struct claim *claim = &submission->claim;
	submission->is_earlier_provider = claim->voucher->provider.raw != claim->provider.raw;
	if (!submission->is_earlier_provider)
		return RESULT_OK;
	const struct redemption *booking =
	    state_redemption(decision->state, submission->booking);
	for (uint32_t i = 0; i < submission->part_count; i++)
		if (booking == NULL || booking->cell.raw != submission->parts[i].cell.raw)
			return RESULT_PROVIDER_NOT_CHOSEN;
	return RESULT_OK;
}

/* Deadlines of the part's month, at the present day. */
static enum result check_window(struct decision *decision, const struct submission *submission,
				const struct part *part)
{
	const struct ambito *ambito =
	    state_ambito(decision->state, submission->claim.voucher->ambito);
	ASSERT(ambito != NULL);
	struct deadlines deadlines = deadlines_of(ambito, part->month);
	if (day_less(deadlines.late_window, decision->today))
		return RESULT_SUBMISSION_WINDOW_CLOSED;
	if (day_less(deadlines.submission, decision->today))
		return RESULT_LATE_SUBMISSION;
	const struct cell *cell = state_cell(decision->state, part->cell);
	ASSERT(cell != NULL && cell->month.number == part->month.number);
	return cell->released != 0 ? RESULT_SUBMISSION_WINDOW_CLOSED : RESULT_OK;
}

/* Accreditation on the day. A suspension that was made known later, without the code SAFETY, holds
 * the service instead of refusing it (SCENARIOS S03). */
static enum result check_accreditation(struct decision *decision, struct submission *submission,
				       struct part *part)
{
	const struct claim *claim = &submission->claim;
	enum result result =
	    accreditation_at(decision->effects, claim->provider, claim->service_id,
			     claim->voucher->comune, part->day, &part->accreditation);
	if (result != RESULT_DISPUTED)
		return result;
	submission->cause = RESULT_NOT_ACCREDITED_AT_SERVICE_DATE;
	return RESULT_OK;
}

static enum result judge(struct decision *decision, struct submission *submission)
{
	for (uint32_t i = 0; i < submission->part_count; i++) {
		enum result result =
		    claim_check_title(submission->claim.voucher, submission->parts[i].day);
		if (result != RESULT_OK)
			return result;
	}
	enum result result = check_provider(decision, submission);
	if (result != RESULT_OK)
		return result;
	for (uint32_t i = 0; i < submission->part_count; i++) {
		result = check_accreditation(decision, submission, &submission->parts[i]);
		if (result != RESULT_OK)
			return result;
		result = check_window(decision, submission, &submission->parts[i]);
		if (result != RESULT_OK)
			return result;
	}
	return RESULT_OK;
}

/* ---- look ---- */

static struct visit visit_of(const struct decision *decision, const struct submission *submission)
{
	const struct claim *claim = &submission->claim;
	return (struct visit){
	    .voucher = claim->voucher_id,
	    .beneficiary = claim->voucher->beneficiary,
	    .provider = claim->provider,
	    .operator = decision->command->input.redemption_submit.operator,
	    .start = submission->parts[0].start,
	    .minutes = claim->minutes};
}

/* The same visit is refused and pointed at; a worker or a person in two places at once may be a
 * typing error or fraud: a person decides (SCENARIOS S07). */
static enum result check_clashes(struct decision *decision, struct submission *submission)
{
	const struct visit_clashes *clashes = &submission->clashes;
	if (clashes->duplicate.raw != 0)
		return judge_object(decision, RESULT_DUPLICATE_SERVICE, RECORD_KIND_REDEMPTION,
				    clashes->duplicate.raw);
	if (submission->cause != RESULT_OK)
		return RESULT_OK;
	if (clashes->operator_overlap.raw != 0)
		submission->cause = RESULT_OPERATOR_OVERLAP;
	else if (clashes->beneficiary_overlap.raw != 0)
		submission->cause = RESULT_BENEFICIARY_OVERLAP;
	return RESULT_OK;
}

/* ---- take ---- */

/* Own rounding, bounded by what the month has left: the net first, then the gross of that net. */
static enum result price_part(struct decision *decision, const struct submission *submission,
			      const struct part *part, struct worth *ret_worth)
{
	struct effects *effects = decision->effects;
	const struct cell *cell = effects_read_cell(effects, part->cell);
	struct price price = price_of_tariff(submission->claim.service,
					     state_tariff(decision->state, cell->tariff),
					     submission->vat_bp);
	struct cents allotted;
	struct cents net;
	struct cents gross;
	if (!price_net(&price, part->units, &net) ||
	    !price_net(&price, cell->granted_units, &allotted))
		return RESULT_FIELD_OUT_OF_RANGE;
	struct cents net_left;
	if (!cents_sub(allotted, cell->used_net_cents, &net_left))
		net_left = cents_zero();
	net = cents_min(net, net_left);
	if (!price_gross(&price, part->units, net, &gross))
		return RESULT_FIELD_OUT_OF_RANGE;
	struct cents gross_left =
	    submission->is_earlier_provider
		? submission->held
		: cell_spendable(effects, part->cell, submission->claim.provider);
	*ret_worth = (struct worth){.net = net, .gross = cents_min(gross, gross_left)};
	return RESULT_OK;
}

/* Writes the record of one part and moves its units and money. */
static void record_part(struct decision *decision, struct submission *submission,
			struct part *part, const struct worth *worth)
{
	struct effects *effects = decision->effects;
	const struct command_redemption_submit *input = &decision->command->input.redemption_submit;
	const struct accreditation *accreditation =
	    state_accreditation(decision->state, part->accreditation);
	ASSERT(accreditation != NULL);
	bool is_disputed = submission->cause != RESULT_OK;
	struct redemption *redemption = effects_create_redemption(effects, &part->made);
	*redemption = (struct redemption){
	    .net_cents = worth->net,
	    .gross_cents = worth->gross,
	    .start = part->start,
	    .submitted_at = decision->now,
	    .operator = input->operator,
	    .voucher = submission->claim.voucher_id,
	    .beneficiary = submission->claim.voucher->beneficiary,
	    .cell = part->cell,
	    .provider = submission->claim.provider,
	    .accreditation = part->accreditation,
	    .minutes = part->minutes,
	    .units = part->units,
	    .accreditation_version = accreditation->version,
	    .cause = (uint16_t)submission->cause,
	    .state = is_disputed ? REDEMPTION_STATE_DISPUTED : REDEMPTION_STATE_ACCEPTED,
	    .proof = input->proof};
	struct cell_act act = {.cell = part->cell,
			       .provider = submission->claim.provider,
			       .kind = is_disputed ? POSTING_KIND_DISPUTE : POSTING_KIND_REDEEM};
	struct cell *cell = effects_edit_cell(effects, part->cell);
	bool fits = cents_add(cell->used_net_cents, worth->net, &cell->used_net_cents);
	ASSERT(fits);
	if (!is_disputed)
		act.statement = statement_enter(effects, part->made, submission->vat_bp);
	cell_move_money(effects, &act, FUND_COMMITTED,
			is_disputed ? FUND_DISPUTED : FUND_REDEEMED, worth->gross);
	cell_move_units(effects, &act, UNITS_FREE, is_disputed ? UNITS_BOOKED : UNITS_USED,
			part->units);
	if (cell->free_units == 0 && cell->booked_units == 0)
		voucher_units_gone(effects, submission->claim.voucher_id);
}

static enum result take_part(struct decision *decision, struct submission *submission,
			     struct part *part)
{
	const struct cell *cell = effects_read_cell(decision->effects, part->cell);
	ASSERT(cell != NULL && cell->released == 0);
	uint32_t free_units = cell->free_units;
	if (submission->is_earlier_provider)
		free_units = state_redemption(decision->state, submission->booking)->units;
	if (part->units > free_units)
		return claim_refuse_units(decision, part->cell, submission->claim.provider,
					  part->units - free_units);
	struct worth worth;
	enum result result = price_part(decision, submission, part, &worth);
	if (result != RESULT_OK)
		return result;
	record_part(decision, submission, part, &worth);
	struct outcome *outcome = decision->outcome;
	if (!cents_add(outcome->net, worth.net, &outcome->net) ||
	    !cents_add(outcome->gross, worth.gross, &outcome->gross))
		return RESULT_FIELD_OUT_OF_RANGE;
	if (part == &submission->parts[0])
		outcome->units = effects_read_cell(decision->effects, part->cell)->free_units;
	return RESULT_OK;
}

/* A booking's units return before they are taken; it then points at what fulfilled it. */
static void open_booking(struct decision *decision, struct submission *submission)
{
	if (submission->booking.raw != 0)
		submission->held = cell_cancel_booking(decision->effects, submission->booking);
}

/* What an earlier provider's booking held beyond the delivery goes to the chosen provider. */
static void close_booking(struct decision *decision, const struct submission *submission)
{
	struct effects *effects = decision->effects;
	if (submission->booking.raw == 0)
		return;
	struct redemption *booking = effects_edit_redemption(effects, submission->booking);
	booking->state = REDEMPTION_STATE_SUPERSEDED;
	booking->sibling = submission->parts[0].made;
	if (!submission->is_earlier_provider)
		return;
	const struct redemption *made =
	    effects_read_redemption(effects, submission->parts[0].made);
	struct cents rest;
	bool fits = cents_sub(submission->held, made->gross_cents, &rest);
	ASSERT(fits && booking->units >= made->units);
	struct cell_act act = {.cell = booking->cell, .provider = booking->provider,
			       .kind = POSTING_KIND_BOOK};
	cell_return(decision, &act, booking->units - made->units, rest);
	voucher_units_gone(effects, submission->claim.voucher_id);
}

static enum result take(struct decision *decision, struct submission *submission)
{
	const struct provider *provider =
	    state_provider(decision->state, submission->claim.provider);
	ASSERT(provider != NULL);
	submission->vat_bp = accreditation_provider_vat(submission->claim.service, provider);
	open_booking(decision, submission);
	for (uint32_t i = 0; i < submission->part_count; i++) {
		enum result result = take_part(decision, submission, &submission->parts[i]);
		if (result != RESULT_OK)
			return result;
	}
	if (submission->part_count == PARTS_MAX) {
		struct redemption_id first = submission->parts[0].made;
		struct redemption_id second = submission->parts[1].made;
		effects_edit_redemption(decision->effects, first)->sibling = second;
		effects_edit_redemption(decision->effects, second)->sibling = first;
	}
	close_booking(decision, submission);
	decision->outcome->cause = submission->cause;
	return judge_object(decision,
			    submission->cause == RESULT_OK ? RESULT_ACCEPTED : RESULT_DISPUTED,
			    RECORD_KIND_REDEMPTION, submission->parts[0].made.raw);
}

/* Takes one delivered service.
 *   RESULT_ACCEPTED, RESULT_DISPUTED (cause)   outcome: redemption, net, gross, units left
 *   static: RESULT_FIELD_MISSING, _INVALID, _OUT_OF_RANGE (field); RESULT_FUTURE_SERVICE
 *   title: RESULT_VOUCHER_NOT_ACTIVE, RESULT_PROVIDER_NOT_CHOSEN, RESULT_OUT_OF_VALIDITY,
 *          RESULT_VOUCHER_SUSPENDED_AT_SERVICE_DATE, RESULT_SERVICE_NOT_COVERED
 *   booking: RESULT_UNKNOWN_REFERENCE, RESULT_ILLEGAL_TRANSITION
 *   provider: RESULT_NOT_ACCREDITED_AT_SERVICE_DATE, RESULT_TERRITORY_NOT_COVERED
 *   deadlines: RESULT_LATE_SUBMISSION, RESULT_SUBMISSION_WINDOW_CLOSED
 *   RESULT_DUPLICATE_SERVICE                   outcome: the first record
 *   RESULT_EXCEEDS_MONTHLY_ALLOTMENT           outcome: units missing, their worth, money left
 * SOURCE state_transitions.csv REDEMPTION submit, accept, hold, reject; SCENARIOS S00, S03, S06 to
 * S09, S13. */
enum result redemption_submit(struct decision *decision)
{
	ASSERT(decision != NULL && decision->principal != NULL);
	struct submission submission = {.cause = RESULT_OK};
	enum result result = read_claim(decision, &submission);
	if (result != RESULT_OK)
		return result;
	split_at_new_year(decision, &submission);
	ASSERT(submission.part_count > 0);
	struct visit visit = visit_of(decision, &submission);
	visit_look(decision->state, &visit, &submission.clashes);
	result = find_booking(decision, &submission);
	if (result == RESULT_OK)
		result = judge(decision, &submission);
	if (result == RESULT_OK)
		result = check_clashes(decision, &submission);
	if (result == RESULT_OK)
		result = take(decision, &submission);
	return result;
}
