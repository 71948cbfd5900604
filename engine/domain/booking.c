/* Bookings: see booking.h. A booking is a redemption record in the state BOOKED; what fulfils it is
 * a record of its own (redeem.c), because a record keeps the start by which it is found. */
#include "engine/domain/booking.h"

#include "engine/domain/accreditation.h"
#include "engine/domain/cell.h"
#include "engine/domain/claim.h"
#include "engine/domain/copay.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"
#include "engine/domain/missed.h"
#include "engine/domain/residence.h"
#include "engine/domain/visit.h"
#include "engine/domain/voucher.h"

void booking_end(struct decision *decision, struct redemption_id id)
{
	const struct redemption *booking = effects_read_redemption(decision->effects, id);
	ASSERT(booking != NULL && booking->state == REDEMPTION_STATE_BOOKED);
	struct cell_act act = {.cell = booking->cell,
			       .provider = booking->provider,
			       .kind = POSTING_KIND_BOOK};
	struct voucher_id voucher = booking->voucher;
	uint32_t units = booking->units;
	struct cents held = cell_cancel_booking(decision->effects, id);
	cell_return(decision, &act, units, held);
	voucher_units_back(decision->effects, voucher);
	voucher_units_gone(decision->effects, voucher); /* where they could not be kept */
}

/* Effects that ending one booking may need, with room for what follows. */
#define WRITES_PER_BOOKING   8u
#define POSTINGS_PER_BOOKING (8u + 3u * CEILINGS_ON_PATH_MAX)

static bool has_bookings(struct effects *effects, const struct voucher *voucher)
{
	for (uint32_t n = 0; n < voucher_cell_count(voucher); n++) {
		const struct cell *cell = effects_read_cell(
		    effects, (struct cell_id){voucher->first_cell.raw + n});
		ASSERT(cell != NULL);
		if (cell->booked_units > cell->disputed_units)
			return true;
	}
	return false;
}

bool booking_end_from(struct decision *decision, struct voucher_id id, struct instant from)
{
	struct effects *effects = decision->effects;
	const struct voucher *voucher = effects_read_voucher(effects, id);
	ASSERT(voucher != NULL);
	struct month after = {voucher->first_month.number + voucher->month_count};
	struct instant end = month_begin(&decision->state->zone, after);
	if (voucher->first_cell.raw == 0 || !instant_less(from, end) ||
	    !has_bookings(effects, voucher))
		return true;
	struct visit_walk walk;
	visit_walk_begin(&walk, decision->state, voucher->beneficiary, from, end);
	for (struct redemption_id visit = visit_walk_next(&walk); visit.raw != 0;
	     visit = visit_walk_next(&walk)) {
		const struct redemption *booking = effects_read_redemption(effects, visit);
		if (booking->voucher.raw != id.raw ||
		    booking->state != REDEMPTION_STATE_BOOKED ||
		    booking->provider.raw != voucher->provider.raw ||
		    instant_less(booking->start, from))
			continue;
		if (effects->write_count > EFFECT_WRITES_MAX / 2 - WRITES_PER_BOOKING ||
		    effects->posting_count > EFFECT_POSTINGS_MAX / 2 - POSTINGS_PER_BOOKING)
			return false;
		booking_end(decision, visit);
	}
	return true;
}

/* Title, provider, accreditation: judged at the planned day. */
static enum result check_claim(struct decision *decision, const struct claim *claim,
			       struct accreditation_id *ret_accreditation)
{
	if (instant_less(claim->start, decision->now))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "start");
	enum result result = claim_check_title(decision->state, claim, claim->day);
	if (result != RESULT_OK)
		return result;
	if (claim->voucher->provider.raw != claim->provider.raw)
		return RESULT_PROVIDER_NOT_CHOSEN;
	result = accreditation_at(decision->effects, claim->provider, claim->service_id,
				  residence_comune(decision->effects, claim->voucher,
						   month_of_day(claim->day)),
				  claim->day, ret_accreditation);
	if (result == RESULT_DISPUTED) /* suspended on that day: nothing new may be planned */
		return RESULT_NOT_ACCREDITED_AT_SERVICE_DATE;
	return result;
}

/* A booking of the same start is the same booking, sent twice. */
static enum result check_duplicate(struct decision *decision, const struct claim *claim)
{
	struct visit visit = {.voucher = claim->voucher_id,
			      .beneficiary = claim->voucher->beneficiary,
			      .provider = claim->provider,
			      .operator = decision->command->input.redemption_book.operator,
			      .start = claim->start,
			      .minutes = claim->minutes,
			      .line = {claim->voucher->first_line.raw + claim->line}};
	struct visit_clashes clashes;
	visit_look(decision->state, &visit, &clashes);
	if (clashes.booking.raw == 0)
		return RESULT_OK;
	return judge_object(decision, RESULT_DUPLICATE_SERVICE, RECORD_KIND_REDEMPTION,
			    clashes.booking.raw);
}

static enum result take(struct decision *decision, const struct claim *claim,
			struct accreditation_id accreditation_id)
{
	struct effects *effects = decision->effects;
	struct cell_id cell_id =
	    voucher_cell(claim->voucher, claim->line, month_of_day(claim->day));
	const struct cell *cell = effects_read_cell(effects, cell_id);
	ASSERT(cell != NULL);
	if (cell->released != 0)
		return RESULT_SUBMISSION_WINDOW_CLOSED;
	if (claim->units > cell->free_units)
		return claim_refuse_units(decision, cell_id, claim->provider,
					  claim->units - cell->free_units);
	if (cell_booking_count(effects, cell_id) >= CELL_BOOKINGS_MAX)
		return RESULT_TOO_MANY_EFFECTS;
	struct price price = cell_price(effects, cell, claim->provider);
	struct worth worth;
	if (!price_units(&price, claim->units, &worth))
		return RESULT_FIELD_OUT_OF_RANGE;
	worth.gross = copay_promised(effects, cell_id, claim->units, worth.gross);
	const struct accreditation *accreditation =
	    effects_read_accreditation(effects, accreditation_id);
	ASSERT(accreditation != NULL);
	struct redemption_id id;
	struct redemption *booking = effects_create_redemption(effects, &id);
	*booking = (struct redemption){
	    .net_cents = worth.net,
	    .gross_cents = worth.gross,
	    .start = claim->start,
	    .submitted_at = decision->now,
	    .operator = decision->command->input.redemption_book.operator,
	    .voucher = claim->voucher_id,
	    .beneficiary = claim->voucher->beneficiary,
	    .cell = cell_id,
	    .provider = claim->provider,
	    .accreditation = accreditation_id,
	    .minutes = claim->minutes,
	    .units = claim->units,
	    .accreditation_version = accreditation->version,
	    .state = REDEMPTION_STATE_BOOKED};
	struct cell_act act = {.cell = cell_id,
			       .provider = claim->provider,
			       .kind = POSTING_KIND_BOOK};
	cell_move_units(effects, &act, UNITS_FREE, UNITS_BOOKED, claim->units);
	decision->outcome->net = worth.net;
	decision->outcome->gross = worth.gross;
	decision->outcome->units = effects_read_cell(effects, cell_id)->free_units;
	return judge_object(decision, RESULT_OK, RECORD_KIND_REDEMPTION, id.raw);
}

/* Books units of the month of the planned start: U110 -> U120.
 *   RESULT_OK                          outcome: net and gross as planned, units left
 *   static refusals of claim_resolve; RESULT_FIELD_OUT_OF_RANGE: the start is past
 *   refusals of claim_check_title; RESULT_PROVIDER_NOT_CHOSEN: another was
 *   RESULT_NOT_ACCREDITED_AT_SERVICE_DATE, _SERVICE_NOT_COVERED, _TERRITORY_NOT_COVERED
 *   RESULT_DUPLICATE_SERVICE           names the booking that exists
 *   RESULT_SUBMISSION_WINDOW_CLOSED    the month was released
 *   RESULT_EXCEEDS_MONTHLY_ALLOTMENT   units missing, their worth, what is left
 *   RESULT_TOO_MANY_EFFECTS            the month holds CELL_BOOKINGS_MAX bookings already
 * SOURCE state_transitions.csv REDEMPTION book. */
enum result redemption_book(struct decision *decision)
{
	const struct command_redemption_book *input = &decision->command->input.redemption_book;
	struct claim_input claimed = {.voucher = input->voucher,
				      .service = input->service,
				      .start = input->start,
				      .minutes = input->minutes,
				      .units = input->units};
	struct claim claim;
	enum result result = claim_resolve(decision, &claimed, &claim);
	if (result != RESULT_OK)
		return result;
	struct accreditation_id accreditation;
	result = check_claim(decision, &claim, &accreditation);
	if (result != RESULT_OK)
		return result;
	result = check_duplicate(decision, &claim);
	if (result != RESULT_OK)
		return result;
	return take(decision, &claim, accreditation);
}

/* Cancels a booking: U120 -> U110. Where missed accesses are paid and the person gave less notice
 * than missed_access_notice_hours, the booking is a missed access instead. RESULT_NOT_OWNER:
 * another provider's; RESULT_ILLEGAL_TRANSITION: it was fulfilled, cancelled or released. SOURCE
 * state_transitions.csv REDEMPTION cancel_booking. */
enum result booking_cancel(struct decision *decision)
{
	struct redemption_id id = decision->command->input.booking_cancel.redemption;
	const struct redemption *booking = effects_read_redemption(decision->effects, id);
	ASSERT(booking != NULL && decision->principal != NULL);
	if (decision->principal->role == ROLE_PROVIDER &&
	    decision->principal->provider.raw != booking->provider.raw)
		return RESULT_NOT_OWNER;
	if (booking->state != REDEMPTION_STATE_BOOKED)
		return RESULT_ILLEGAL_TRANSITION;
	if (decision->principal->role == ROLE_BENEFICIARY && missed_is_late_cancel(decision, id))
		return missed_from_booking(decision, id);
	booking_end(decision, id);
	const struct cell *cell = effects_read_cell(decision->effects, booking->cell);
	ASSERT(cell != NULL);
	decision->outcome->units = cell->free_units;
	return judge_object(decision, RESULT_OK, RECORD_KIND_REDEMPTION, id.raw);
}
