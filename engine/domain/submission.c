/* Submissions: see submission.h.
 *
 * A visit over New Year's midnight becomes two records, because two fiscal years pay; a visit over
 * any other midnight, month's end included, belongs to its start (SCENARIOS S06). */
#include "engine/domain/submission.h"

#include "engine/domain/accreditation.h"
#include "engine/domain/cell.h"
#include "engine/domain/copay.h"
#include "engine/domain/deadline.h"
#include "engine/domain/judge.h"
#include "engine/domain/share.h"
#include "engine/domain/statement.h"
#include "engine/domain/voucher.h"

#include <stddef.h>
#include <string.h>

#define US_PER_MINUTE (INT64_C(60) * TIME_US_PER_SECOND)

void submission_begin(struct submission *submission)
{
	ASSERT(submission != NULL);
	memset(submission, 0, offsetof(struct submission, parts));
	submission->vat_bp = 0;
	submission->proof = 0;
	submission->is_earlier_provider = false;
}

/* ---- split ---- */

/* The cells of a month, in the order in which a visit draws from them; the month's own is the last.
 * Returns how many. */
static uint32_t list_cells(const struct claim *claim, struct month month, struct cell_id *ret_cells)
{
	ret_cells[0] = voucher_cell(claim->voucher, claim->line, month);
	return 1;
}

static void add_part(struct submission *submission, const struct part *part)
{
	ASSERT(submission->part_count < SUBMISSION_PARTS_MAX);
	submission->parts[submission->part_count] = *part;
	submission->part_count++;
}

/* Draws a period from its cells: each gives what it has free, the month's own all the rest. */
static void add_period(struct decision *decision, struct submission *submission, struct part period)
{
	if (period.units == 0)
		return;
	struct cell_id cells[SUBMISSION_CELLS_MAX];
	uint32_t count = list_cells(&submission->claim, month_of_day(period.day), cells);
	ASSERT(count >= 1 && count <= SUBMISSION_CELLS_MAX);
	period.period = submission->period_count++;
	for (uint32_t i = 0; i < count && period.units > 0; i++) {
		struct part part = period;
		part.cell = cells[i];
		if (i + 1 < count) {
			const struct cell *cell = state_cell(decision->state, cells[i]);
			ASSERT(cell != NULL);
			if (cell->free_units == 0)
				continue;
			if (cell->free_units < part.units)
				part.units = cell->free_units;
			if (part.units < period.units && part.units < part.minutes)
				part.minutes = part.units;
		}
		add_part(submission, &part);
		period.units -= part.units;
		period.minutes -= part.minutes;
		period.start.us += (int64_t)part.minutes * US_PER_MINUTE;
	}
}

/* A started minute before midnight belongs to the new year; a period without a whole minute
 * vanishes. */
void submission_split(struct decision *decision, struct submission *submission)
{
	const struct claim *claim = &submission->claim;
	struct month month = month_of_day(claim->day);
	struct part period = {.start = claim->start,
			      .day = claim->day,
			      .minutes = claim->minutes,
			      .units = claim->units};
	bool is_last_day =
	    month_of_year(month) == 12 && day_equal(claim->day, month_last_day(month));
	if (!is_last_day || claim->minutes == 0) {
		add_period(decision, submission, period);
		return;
	}
	struct part next = {.day = month_first_day((struct month){month.number + 1})};
	next.start = day_begin(&decision->state->zone, next.day);
	uint32_t before;
	if (!duration_minutes_between(claim->start, next.start, &before) || before > period.minutes)
		before = period.minutes;
	next.minutes = period.minutes - before;
	next.units = next.minutes;
	period.minutes = before;
	period.units = before;
	add_period(decision, submission, period);
	add_period(decision, submission, next);
	ASSERT(submission->part_count > 0);
}

/* ---- judge ---- */

/* The booking named, or one of the same title, provider and start. RESULT_UNKNOWN_REFERENCE: what
 * was named is not a booking of this title by this provider; RESULT_ILLEGAL_TRANSITION: it has
 * ended. */
static enum result find_booking(struct decision *decision, struct submission *submission,
				struct redemption_id named)
{
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

/* After its late window a service of a past fiscal year is an off-budget debt, never accepted by a
 * click: the refusal says what it is worth (SCENARIOS S12). */
static enum result refuse_after_window(struct decision *decision,
				       const struct submission *submission,
				       const struct part *part)
{
	if (day_fiscal_year(part->day) >= day_fiscal_year(decision->today))
		return RESULT_SUBMISSION_WINDOW_CLOSED;
	const struct cell *cell = effects_read_cell(decision->effects, part->cell);
	ASSERT(cell != NULL);
	struct price price =
	    cell_price(decision->effects, cell, submission->claim.provider);
	struct worth worth;
	if (price_units(&price, part->units, &worth))
		decision->outcome->short_by = worth.gross;
	return RESULT_LATE_PRIOR_YEAR;
}

/* Deadlines of the part's month, at the present day. */
static enum result check_window(struct decision *decision, const struct submission *submission,
				const struct part *part)
{
	struct deadlines deadlines =
	    deadlines_of(decision->state, submission->claim.voucher->ambito,
			 month_of_day(part->day));
	if (day_less(deadlines.late_window, decision->today))
		return refuse_after_window(decision, submission, part);
	if (day_less(deadlines.submission, decision->today))
		return RESULT_LATE_SUBMISSION;
	const struct cell *cell = state_cell(decision->state, part->cell);
	ASSERT(cell != NULL);
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

static enum result judge_parts(struct decision *decision, struct submission *submission)
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

static struct visit visit_of(const struct submission *submission)
{
	const struct claim *claim = &submission->claim;
	return (struct visit){
	    .voucher = claim->voucher_id,
	    .beneficiary = claim->voucher->beneficiary,
	    .provider = claim->provider,
	    .operator = submission->operator,
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

enum result submission_judge(struct decision *decision, struct submission *submission,
			     struct redemption_id booking)
{
	ASSERT(submission->part_count > 0);
	struct visit visit = visit_of(submission);
	visit_look(decision->state, &visit, &submission->clashes);
	enum result result = find_booking(decision, submission, booking);
	if (result == RESULT_OK)
		result = judge_parts(decision, submission);
	if (result == RESULT_OK)
		result = check_clashes(decision, submission);
	return result;
}

/* ---- take ---- */

/* The worth of the parts of one period and tariff so far begins anew with another. */
static void begin_running(struct submission *submission, const struct part *part,
			  struct tariff_id tariff)
{
	struct running_worth *running = &submission->running;
	if (running->units > 0 && running->period == part->period &&
	    running->tariff.raw == tariff.raw)
		return;
	*running = (struct running_worth){
	    .tariff = tariff, .worth = {cents_zero(), cents_zero()}, .period = part->period};
}

/* What `whole` has more than `before`; nothing where it has less. */
static struct cents beyond(struct cents whole, struct cents before)
{
	struct cents rest;
	return cents_sub(whole, before, &rest) ? rest : cents_zero();
}

/* Model A: the cell pays the public share, the person the rest to the provider. */
static enum result price_public(struct decision *decision, struct submission *submission,
				const struct part *part, struct worth *ret_worth)
{
	struct effects *effects = decision->effects;
	const struct cell *cell = effects_read_cell(effects, part->cell);
	struct price price = price_of_tariff(submission->claim.service,
					     state_tariff(decision->state, cell->tariff),
					     submission->vat_bp);
	begin_running(submission, part, cell->tariff);
	struct running_worth *running = &submission->running;
	struct copay_delivery delivery = {.cell = part->cell,
					  .day = part->day,
					  .units_before = running->units,
					  .gross_before = running->worth.gross,
					  .units = part->units,
					  .vat_bp = submission->vat_bp};
	delivery.left = submission->is_earlier_provider
			    ? submission->held
			    : share_spendable(effects, part->cell, submission->claim.provider);
	running->units += part->units;
	struct worth whole;
	if (!price_units(&price, running->units, &whole))
		return RESULT_FIELD_OUT_OF_RANGE;
	struct worth worth = {.gross = beyond(whole.gross, running->worth.gross)};
	running->worth = whole;
	enum result result = copay_public_share(decision, &delivery, &worth);
	if (result == RESULT_OK)
		*ret_worth = worth;
	return result;
}

/* Own rounding, bounded by what the month has left: the net first, then the gross of that net. */
static enum result price_part(struct decision *decision, struct submission *submission,
			      const struct part *part, struct worth *ret_worth)
{
	if (submission->claim.voucher->copay_model == COPAY_COLLECTION_MODEL_A)
		return price_public(decision, submission, part, ret_worth);
	struct effects *effects = decision->effects;
	const struct cell *cell = effects_read_cell(effects, part->cell);
	struct price price = price_of_tariff(submission->claim.service,
					     state_tariff(decision->state, cell->tariff),
					     submission->vat_bp);
	begin_running(submission, part, cell->tariff);
	struct running_worth *running = &submission->running;
	running->units += part->units;
	struct cents allotted;
	struct cents net;
	struct cents gross;
	if (!price_net(&price, running->units, &net) ||
	    !price_net(&price, cell->granted_units, &allotted))
		return RESULT_FIELD_OUT_OF_RANGE;
	net = beyond(net, running->worth.net);
	net = cents_min(net, beyond(allotted, share_used_net(effects, part->cell)));
	if (!cents_add(running->worth.net, net, &running->worth.net) ||
	    !price_gross(&price, running->units, running->worth.net, &gross))
		return RESULT_FIELD_OUT_OF_RANGE;
	struct cents gross_left =
	    submission->is_earlier_provider
		? submission->held
		: share_spendable(effects, part->cell, submission->claim.provider);
	gross = cents_min(beyond(gross, running->worth.gross), gross_left);
	if (!cents_add(running->worth.gross, gross, &running->worth.gross))
		return RESULT_FIELD_OUT_OF_RANGE;
	*ret_worth = (struct worth){.net = net, .gross = gross};
	return RESULT_OK;
}

/* Writes the record of one part and moves its units and money. */
static void record_part(struct decision *decision, struct submission *submission,
			struct part *part, const struct worth *worth)
{
	struct effects *effects = decision->effects;
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
	    .operator = submission->operator,
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
	    .proof = submission->proof};
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

/* One record for each fund of the title that pays part of it: the first has the units. */
static enum result record_shares(struct decision *decision, struct submission *submission,
				 struct part *part, const struct worth *worth)
{
	const struct voucher *voucher = submission->claim.voucher;
	if (voucher->share_count == 0) {
		record_part(decision, submission, part, worth);
		return RESULT_OK;
	}
	struct share_parts shares;
	enum result result = share_divide_delivery(decision, part->cell,
						   submission->claim.provider, worth, &shares);
	if (result != RESULT_OK)
		return result;
	struct cell_id first = part->cell;
	for (uint32_t n = 0; n < voucher->share_count; n++) {
		struct worth of_share = {.net = shares.net.of[n], .gross = shares.gross.of[n]};
		struct part of_part = *part;
		if (n == 0) {
			record_part(decision, submission, part, &of_share);
			continue;
		}
		if (cents_is_zero(of_share.gross))
			continue;
		of_part.cell = share_cell(voucher, first, n);
		of_part.minutes = 0;
		of_part.units = 0;
		record_part(decision, submission, &of_part, &of_share);
		add_part(submission, &of_part);
	}
	return RESULT_OK;
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
	result = record_shares(decision, submission, part, &worth);
	if (result != RESULT_OK)
		return result;
	struct outcome *outcome = decision->outcome;
	if (!cents_add(outcome->net, worth.net, &outcome->net) ||
	    !cents_add(outcome->gross, worth.gross, &outcome->gross))
		return RESULT_FIELD_OUT_OF_RANGE;
	if (part->period == 0)
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

/* The records of one visit point at each other in a ring. */
static void join_parts(struct decision *decision, const struct submission *submission)
{
	uint32_t count = submission->part_count;
	for (uint32_t i = 0; i < count && count > 1; i++) {
		struct redemption *redemption =
		    effects_edit_redemption(decision->effects, submission->parts[i].made);
		redemption->sibling = submission->parts[(i + 1) % count].made;
	}
}

enum result submission_take(struct decision *decision, struct submission *submission)
{
	const struct provider *provider =
	    state_provider(decision->state, submission->claim.provider);
	ASSERT(provider != NULL);
	submission->vat_bp = accreditation_provider_vat(submission->claim.service, provider);
	open_booking(decision, submission);
	uint32_t count = submission->part_count; /* records of further shares are added behind */
	for (uint32_t i = 0; i < count; i++) {
		enum result result = take_part(decision, submission, &submission->parts[i]);
		if (result != RESULT_OK)
			return result;
	}
	join_parts(decision, submission);
	close_booking(decision, submission);
	decision->outcome->cause = submission->cause;
	return judge_object(decision,
			    submission->cause == RESULT_OK ? RESULT_ACCEPTED : RESULT_DISPUTED,
			    RECORD_KIND_REDEMPTION, submission->parts[0].made.raw);
}

/* ---- rings ---- */

struct ring submission_ring(struct effects *effects, struct redemption_id id)
{
	const struct redemption *named = effects_read_redemption(effects, id);
	ASSERT(named != NULL);
	struct ring ring = {.count = 1, .ids = {id}};
	struct redemption_id next = named->sibling;
	for (uint32_t i = 1; i < SUBMISSION_PARTS_MAX; i++) {
		if (next.raw == 0 || next.raw == id.raw)
			break;
		const struct redemption *sibling = effects_read_redemption(effects, next);
		ASSERT(sibling != NULL);
		if (sibling->state == named->state)
			ring.ids[ring.count++] = next;
		next = sibling->sibling;
	}
	return ring;
}
