/* Submissions: see submission.h. */
#include "engine/domain/submission.h"

#include "engine/domain/accreditation.h"
#include "engine/domain/carry_over.h"
#include "engine/domain/cell.h"
#include "engine/domain/copay.h"
#include "engine/domain/deadline.h"
#include "engine/domain/event.h"
#include "engine/domain/judge.h"
#include "engine/domain/late.h"
#include "engine/domain/parameter.h"
#include "engine/domain/proof.h"
#include "engine/domain/provider.h"
#include "engine/domain/residence.h"
#include "engine/domain/share.h"
#include "engine/domain/statement.h"
#include "engine/domain/succession.h"
#include "engine/domain/supplement.h"
#include "engine/domain/voucher.h"

#include <stddef.h>
#include <string.h>

void submission_begin(struct submission *submission, enum submission_mode mode)
{
	ASSERT(submission != NULL);
	memset(submission, 0, offsetof(struct submission, parts));
	submission->mode = mode;
	submission->parts.count = 0;
	submission->parts.periods = 0;
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
		if (booking != NULL && booking->cell.raw != submission->parts.items[0].cell.raw)
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

/* What an earlier provider's booking, or the record it corrects, holds for it. */
static void find_source(struct decision *decision, struct submission *submission)
{
	struct redemption_id id = submission->mode == SUBMISSION_CORRECT ? submission->replaced
									 : submission->booking;
	const struct redemption *held = state_redemption(decision->state, id);
	if (held == NULL)
		return;
	submission->source = (struct kept_source){
	    .cell = held->cell, .gross = held->gross_cents, .units = held->units};
}

/* Who was not chosen learns first that it could not have served at all (SCENARIOS S03). */
static enum result refuse_stranger(struct decision *decision, const struct claim *claim)
{
	struct accreditation_id found;
	enum result result =
	    accreditation_at(decision->effects, claim->provider, claim->service_id,
			     residence_comune(decision->effects, claim->voucher,
					      month_of_day(claim->day)),
			     claim->day, &found);
	return result == RESULT_NOT_ACCREDITED_AT_SERVICE_DATE ? result
							       : RESULT_PROVIDER_NOT_CHOSEN;
}

/* Was it merged into the chosen provider since (its own accreditation counts on the day), or does
 * it deliver as a member of the chosen consortium (whose accreditation counts)? */
static bool stands_for_chosen(struct decision *decision, struct submission *submission)
{
	const struct claim *claim = &submission->claim;
	struct provider_id chosen = claim->voucher->provider;
	if (chosen.raw == 0)
		return false;
	if (succession_leads_to(decision->effects, claim->provider, chosen))
		return true;
	if (provider_consortium_on(decision->effects, claim->provider, claim->day).raw !=
	    chosen.raw)
		return false;
	submission->judged = chosen;
	return true;
}

/* The chosen provider, or an earlier one for the month of what it still holds. */
static enum result check_provider(struct decision *decision, struct submission *submission)
{
	const struct claim *claim = &submission->claim;
	submission->is_earlier_provider = claim->voucher->provider.raw != claim->provider.raw;
	submission->judged = claim->provider;
	if (!submission->is_earlier_provider)
		return RESULT_OK;
	find_source(decision, submission);
	bool holds_booking =
	    submission->source.cell.raw != 0 && submission->mode != SUBMISSION_CORRECT;
	if (!holds_booking && stands_for_chosen(decision, submission)) {
		submission->is_earlier_provider = false;
		submission->is_for_chosen = true;
		return RESULT_OK;
	}
	for (uint32_t i = 0; i < submission->parts.count; i++)
		if (submission->source.cell.raw == 0 ||
		    submission->source.cell.raw != submission->parts.items[i].cell.raw)
			return refuse_stranger(decision, claim);
	return RESULT_OK;
}

/* Has the record that is corrected a part in this month? Then no deadline is missed. */
static bool is_month_of_replaced(struct decision *decision, const struct submission *submission,
				 struct month month)
{
	struct ring ring = submission_ring(decision->effects, submission->replaced);
	for (uint32_t i = 0; i < ring.count; i++) {
		const struct redemption *redemption =
		    state_redemption(decision->state, ring.ids[i]);
		struct day day = state_day(decision->state, redemption->start);
		if (month_of_day(day).number == month.number)
			return true;
	}
	return false;
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
	    cell_price(decision->effects, cell, submission->judged);
	struct worth worth;
	if (price_units(&price, part->units, &worth))
		decision->outcome->short_by = worth.gross;
	return RESULT_LATE_PRIOR_YEAR;
}

/* Deadlines of the part's month, at the present day. */
static enum result check_window(struct decision *decision, struct submission *submission,
				const struct part *part)
{
	struct month month = claim_month(&submission->claim, part->day);
	const struct cell *cell = state_cell(decision->state, part->cell);
	ASSERT(cell != NULL);
	enum result if_open =
	    cell->released != 0 ? RESULT_SUBMISSION_WINDOW_CLOSED : RESULT_OK;
	if (submission->mode == SUBMISSION_WAITING ||
	    (submission->mode == SUBMISSION_CORRECT &&
	     is_month_of_replaced(decision, submission, month)))
		return if_open;
	struct deadlines deadlines =
	    deadlines_of(decision->state, submission->claim.voucher->ambito, month);
	if (day_less(deadlines.late_window, decision->today))
		return refuse_after_window(decision, submission, part);
	if (if_open != RESULT_OK || !day_less(deadlines.submission, decision->today))
		return if_open;
	if (submission->mode != SUBMISSION_NEW)
		return RESULT_SUBMISSION_WINDOW_CLOSED;
	submission->is_late = true;
	return RESULT_OK;
}

/* Accreditation on the day. A suspension that was made known later, without the code SAFETY, holds
 * the service instead of refusing it (SCENARIOS S03). */
static enum result check_accreditation(struct decision *decision, struct submission *submission,
				       struct part *part)
{
	const struct claim *claim = &submission->claim;
	enum result result =
	    accreditation_at(decision->effects, submission->judged, claim->service_id,
			     residence_comune(decision->effects, claim->voucher,
					      claim_month(claim, part->day)),
			     part->day, &part->accreditation);
	if (result != RESULT_DISPUTED)
		return result;
	submission->cause = RESULT_NOT_ACCREDITED_AT_SERVICE_DATE;
	return RESULT_OK;
}

static enum result judge_parts(struct decision *decision, struct submission *submission)
{
	struct part_list *parts = &submission->parts;
	for (uint32_t i = 0; i < parts->count; i++) {
		enum result result =
		    claim_check_title(decision->state, &submission->claim, parts->items[i].day);
		if (result != RESULT_OK)
			return result;
	}
	enum result result = check_provider(decision, submission);
	if (result != RESULT_OK)
		return result;
	for (uint32_t i = 0; i < parts->count; i++) {
		result = check_accreditation(decision, submission, &parts->items[i]);
		if (result != RESULT_OK)
			return result;
		result = check_window(decision, submission, &parts->items[i]);
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
	    .start = submission->parts.items[0].start,
	    .minutes = claim->minutes,
	    .line = {claim->voucher->first_line.raw + claim->line},
	    .two_operators = claim->plan->two_operators != 0,
	    .group_visits = claim->plan->group_visits != 0,
	    .indirect = submission->facts.indirect,
	    .exempt = submission->replaced};
}

/* The most accesses that a day may have, where the service sets it. */
static enum result check_day(struct decision *decision, const struct submission *submission,
			     const struct visit *visit)
{
	const struct claim *claim = &submission->claim;
	int64_t most = claim_parameter(decision, claim, PARAMETER_MAX_ACCESSES_PER_DAY);
	if (most == PARAMETER_UNSET || submission->mode == SUBMISSION_MISSED)
		return RESULT_OK;
	uint32_t before = visit_count_of_day(decision->state, visit, claim->day);
	uint32_t more = claim->service->unit == UNIT_ACCESS ? claim->units : 1;
	if (before + more <= (uint32_t)most)
		return RESULT_OK;
	decision->outcome->units = before + more - (uint32_t)most;
	return RESULT_DAILY_MAXIMUM_REACHED;
}

/* The same visit is refused and pointed at; a worker or a person in two places at once may be a
 * typing error or fraud: a person decides (SCENARIOS S07). */
static enum result check_clashes(struct decision *decision, struct submission *submission,
				 const struct visit *visit)
{
	const struct visit_clashes *clashes = &submission->clashes;
	if (clashes->duplicate.raw != 0)
		return judge_object(decision, RESULT_DUPLICATE_SERVICE, RECORD_KIND_REDEMPTION,
				    clashes->duplicate.raw);
	enum result result = check_day(decision, submission, visit);
	if (result != RESULT_OK || submission->cause != RESULT_OK)
		return result;
	if (clashes->operator_overlap.raw != 0)
		submission->cause = RESULT_OPERATOR_OVERLAP;
	else if (clashes->beneficiary_overlap.raw != 0)
		submission->cause = RESULT_BENEFICIARY_OVERLAP;
	return RESULT_OK;
}

enum result submission_judge(struct decision *decision, struct submission *submission,
			     struct redemption_id booking)
{
	ASSERT(submission->parts.count > 0);
	struct visit visit = visit_of(submission);
	visit_look(decision->state, &visit, &submission->clashes);
	enum result result = find_booking(decision, submission, booking);
	if (result == RESULT_OK)
		result = judge_parts(decision, submission);
	if (result == RESULT_OK)
		result = proof_judge(decision, submission);
	if (result == RESULT_OK)
		result = check_clashes(decision, submission, &visit);
	return result;
}

/* ---- facts ---- */

struct visit_detail *submission_edit_detail(struct effects *effects, struct redemption_id id)
{
	struct redemption *redemption = effects_edit_redemption(effects, id);
	struct visit_detail_id detail_id = {0};
	if (redemption->detailed != 0)
		detail_id = state_find_visit_detail(effects->state, id);
	if (detail_id.raw != 0)
		return effects_edit_visit_detail(effects, detail_id);
	ASSERT(redemption->detailed == 0);
	redemption->detailed = 1;
	struct visit_detail *detail = effects_create_visit_detail(effects, &detail_id);
	detail->redemption = id;
	return detail;
}

/* The first accepted record of the visit; 0: none. */
static struct redemption_id first_accepted(const struct submission *submission)
{
	for (uint32_t i = 0; i < submission->parts.count; i++)
		if (!submission->parts.items[i].is_contested)
			return submission->parts.items[i].made;
	return (struct redemption_id){0};
}

void submission_keep_facts(struct decision *decision, const struct submission *submission,
			   const struct part *part)
{
	const struct visit_facts *facts = &submission->facts;
	bool is_correction = submission->mode == SUBMISSION_CORRECT;
	if (!facts->are_given && !part->is_contested && !is_correction && !submission->is_late &&
	    submission->act == NULL)
		return;
	struct visit_detail *detail = submission_edit_detail(decision->effects, part->made);
	if (part->is_contested)
		detail->contested_of = first_accepted(submission);
	if (is_correction)
		detail->supersedes = submission->replaced;
	if (submission->is_late)
		detail->late = 1;
	if (submission->act != NULL)
		memcpy(detail->act, submission->act, sizeof(detail->act));
	if (!facts->are_given)
		return;
	detail->proof_at = facts->proof_at;
	detail->evv_start = facts->evv_start;
	detail->evv_end = facts->evv_end;
	detail->performer = facts->performer;
	detail->proven_minutes = facts->proven_minutes;
	detail->qualification = facts->qualification;
	detail->edit_reason = facts->edit_reason;
	detail->confirmed = facts->confirmed;
	detail->located = facts->located;
	detail->indirect = facts->indirect;
}

void submission_join(struct decision *decision, const struct submission *submission)
{
	const struct part_list *parts = &submission->parts;
	for (uint32_t i = 0; i < parts->count && parts->count > 1; i++) {
		const struct part *part = &parts->items[i];
		uint32_t next = (i + 1) % parts->count;
		while (parts->items[next].is_contested != part->is_contested)
			next = (next + 1) % parts->count;
		if (next != i)
			effects_edit_redemption(decision->effects, part->made)->sibling =
			    parts->items[next].made;
	}
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
			    ? submission->source.gross
			    : share_spendable(effects, submission->claim.voucher, part->cell,
					      submission->claim.voucher->provider);
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

/* The net of a month's allotment, with what its line expects at a supplement. */
static bool allotted_net(struct decision *decision, const struct submission *submission,
			 const struct cell *cell, const struct price *price,
			 struct cents *ret_net)
{
	struct cents expected;
	const struct voucher_line *line = state_voucher_line(
	    decision->state, (struct voucher_line_id){submission->claim.voucher->first_line.raw +
						      submission->claim.line});
	ASSERT(line != NULL);
	return price_net(price, cell->granted_units, ret_net) &&
	       supplement_expected(decision->state, line->service, cell->month,
				   line->supplement_units, price, &expected) &&
	       cents_add(*ret_net, expected, ret_net);
}

/* Own rounding, bounded by what the month has left: the net first, then the gross of that net. */
static enum result price_whole(struct decision *decision, struct submission *submission,
			       const struct part *part, struct worth *ret_worth)
{
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
	    !allotted_net(decision, submission, cell, &price, &allotted))
		return RESULT_FIELD_OUT_OF_RANGE;
	net = beyond(net, running->worth.net);
	const struct voucher *voucher = submission->claim.voucher;
	net = cents_min(net, beyond(allotted, share_used_net(effects, voucher, part->cell)));
	if (!cents_add(running->worth.net, net, &running->worth.net) ||
	    !price_gross(&price, running->units, running->worth.net, &gross))
		return RESULT_FIELD_OUT_OF_RANGE;
	struct cents gross_left =
	    submission->is_earlier_provider
		? submission->source.gross
		: share_spendable(effects, voucher, part->cell, voucher->provider);
	gross = cents_min(beyond(gross, running->worth.gross), gross_left);
	if (!cents_add(running->worth.gross, gross, &running->worth.gross))
		return RESULT_FIELD_OUT_OF_RANGE;
	*ret_worth = (struct worth){.net = net, .gross = gross};
	return RESULT_OK;
}

/* What the month holds beyond this part and the units that are left: all that supplements may
 * take. */
static bool left_for_supplement(struct decision *decision, const struct submission *submission,
				const struct part *part, const struct price *price,
				const struct worth *worth, struct cents *ret_left)
{
	const struct cell *cell = effects_read_cell(decision->effects, part->cell);
	*ret_left = cents_zero();
	uint32_t open = cell->free_units + (cell->booked_units - cell->disputed_units);
	if (submission->is_earlier_provider || open < part->units)
		return true;
	struct worth rest;
	if (!price_units(price, open - part->units, &rest))
		return false;
	rest.gross = copay_promised(decision->effects, part->cell, open - part->units, rest.gross);
	const struct voucher *voucher = submission->claim.voucher;
	struct cents there =
	    share_spendable(decision->effects, voucher, part->cell, voucher->provider);
	*ret_left = beyond(beyond(there, worth->gross), rest.gross);
	return true;
}

/* The supplements of a part, where the month has money for them; else they are told as short. */
static enum result add_supplement(struct decision *decision, struct submission *submission,
				  const struct part *part, struct worth *worth)
{
	const struct cell *cell = effects_read_cell(decision->effects, part->cell);
	struct price price = price_of_tariff(submission->claim.service,
					     state_tariff(decision->state, cell->tariff),
					     submission->vat_bp);
	struct supplement_question question = {.service = submission->claim.service_id,
					       .start = part->start,
					       .minutes = part->minutes,
					       .units = part->units};
	struct cents net;
	struct cents gross;
	struct cents left;
	if (!supplement_net(decision->state, &question, &price, &net) ||
	    !cents_gross(net, submission->vat_bp, &gross) ||
	    !left_for_supplement(decision, submission, part, &price, worth, &left))
		return RESULT_FIELD_OUT_OF_RANGE;
	if (cents_less(left, gross)) {
		bool fits = cents_add(submission->short_of_supplement, gross,
				      &submission->short_of_supplement);
		return fits ? RESULT_OK : RESULT_FIELD_OUT_OF_RANGE;
	}
	if (!cents_add(worth->net, net, &worth->net) ||
	    !cents_add(worth->gross, gross, &worth->gross))
		return RESULT_FIELD_OUT_OF_RANGE;
	return RESULT_OK;
}

enum result submission_price_part(struct decision *decision, struct submission *submission,
				  const struct part *part, struct worth *ret_worth)
{
	enum result result =
	    submission->claim.voucher->copay_model == COPAY_COLLECTION_MODEL_A
		? price_public(decision, submission, part, ret_worth)
		: price_whole(decision, submission, part, ret_worth);
	if (result != RESULT_OK ||
	    !supplement_exists(decision->state, submission->claim.service_id))
		return result;
	return add_supplement(decision, submission, part, ret_worth);
}

static bool is_disputed(const struct submission *submission, const struct part *part)
{
	return submission->cause != RESULT_OK || submission->is_held || part->is_contested;
}

/* Makes the record of one part, or finds the one that waited or was booked. */
static struct redemption *edit_record(struct decision *decision, struct submission *submission,
				      struct part *part)
{
	struct effects *effects = decision->effects;
	if (part->made.raw != 0) {
		if (submission->mode == SUBMISSION_WAITING)
			late_leave(effects, part->made);
		return effects_edit_redemption(effects, part->made);
	}
	struct redemption *redemption = effects_create_redemption(effects, &part->made);
	redemption->start = part->start;
	redemption->submitted_at = decision->now;
	redemption->operator = submission->operator;
	redemption->voucher = submission->claim.voucher_id;
	redemption->beneficiary = submission->claim.voucher->beneficiary;
	redemption->cell = part->cell;
	redemption->provider = submission->claim.provider;
	redemption->proof = submission->proof;
	return redemption;
}

static uint8_t state_of(const struct submission *submission, const struct part *part)
{
	if (is_disputed(submission, part))
		return REDEMPTION_STATE_DISPUTED;
	return submission->mode == SUBMISSION_MISSED ? REDEMPTION_STATE_MISSED
						     : REDEMPTION_STATE_ACCEPTED;
}

/* What is delivered in another's stead counts on its own ceilings, no longer on the chosen
 * one's. */
static enum result hand_over(struct decision *decision, const struct submission *submission,
			     const struct part *part, struct cents amount)
{
	struct provider_id performer = submission->claim.provider;
	if (!submission->is_for_chosen)
		return RESULT_OK;
	enum result result = cell_check_hand_over(decision, part->cell, performer, amount);
	if (result == RESULT_OK)
		cell_hand_over(decision->effects, part->cell, performer, amount);
	return result;
}

/* The month of the part's start, which goes over into the next where a visit over the month's end
 * that is not cut there draws from several cells. */
static struct month month_of_start(const struct decision *decision,
				   const struct submission *submission, const struct part *part)
{
	const struct claim *claim = &submission->claim;
	return instant_equal(part->start, claim->start)
		   ? claim->month
		   : month_of_day(state_day(decision->state, part->start));
}

/* Writes the record of one part and moves its units and money. */
static enum result record_part(struct decision *decision, struct submission *submission,
			       struct part *part, const struct worth *worth)
{
	struct effects *effects = decision->effects;
	enum result result = hand_over(decision, submission, part, worth->gross);
	if (result != RESULT_OK)
		return result;
	const struct accreditation *accreditation =
	    state_accreditation(decision->state, part->accreditation);
	ASSERT(accreditation != NULL);
	bool disputed = is_disputed(submission, part);
	struct redemption *redemption = edit_record(decision, submission, part);
	redemption->net_cents = worth->net;
	redemption->gross_cents = worth->gross;
	redemption->accreditation = part->accreditation;
	redemption->accreditation_version = accreditation->version;
	redemption->minutes = part->minutes;
	redemption->units = part->units;
	redemption->cause = (uint16_t)(submission->cause == RESULT_OK && part->is_contested
					   ? RESULT_VISIT_NOT_PROVEN
					   : submission->cause);
	redemption->state = state_of(submission, part);
	submission_keep_facts(decision, submission, part);
	struct cell_act act = {.cell = part->cell,
			       .provider = submission->claim.provider,
			       .kind = disputed ? POSTING_KIND_HOLD : POSTING_KIND_REDEEM};
	struct cell *cell = effects_edit_cell(effects, part->cell);
	bool fits = cents_add(cell->used_net_cents, worth->net, &cell->used_net_cents);
	ASSERT(fits);
	bool pays = part->units > 0 || !cents_is_zero(worth->gross);
	if (!disputed && (pays || submission->mode != SUBMISSION_MISSED))
		act.statement = statement_enter(effects, part->made, submission->vat_bp,
						month_of_start(decision, submission, part));
	cell_take(effects, &act, worth->gross, part->units);
	if (cell->free_units == 0 && cell->booked_units == 0)
		voucher_units_gone(effects, submission->claim.voucher_id);
	return RESULT_OK;
}

/* One record for each fund of the title that pays part of it: the first has the units. */
static enum result record_shares(struct decision *decision, struct submission *submission,
				 struct part *part, const struct worth *worth)
{
	const struct voucher *voucher = submission->claim.voucher;
	if (voucher->share_count == 0)
		return record_part(decision, submission, part, worth);
	struct share_parts shares;
	struct provider_id payer = submission->is_earlier_provider ? submission->claim.provider
								   : voucher->provider;
	enum result result = share_divide_delivery(decision, part->cell, payer, worth, &shares);
	if (result != RESULT_OK)
		return result;
	struct cell_id first = part->cell;
	for (uint32_t n = 0; n < voucher->share_count; n++) {
		struct worth of_share = {.net = shares.net.of[n], .gross = shares.gross.of[n]};
		if (n == 0) {
			result = record_part(decision, submission, part, &of_share);
			if (result != RESULT_OK)
				return result;
			continue;
		}
		if (cents_is_zero(of_share.gross))
			continue;
		struct part of_part = *part;
		of_part.cell = share_cell(voucher, first, n);
		of_part.made.raw = 0;
		of_part.minutes = 0;
		of_part.units = 0;
		result = record_part(decision, submission, &of_part, &of_share);
		if (result != RESULT_OK)
			return result;
		part_list_add(&submission->parts, &of_part);
	}
	return RESULT_OK;
}

static enum result add_to_outcome(struct decision *decision, const struct submission *submission,
				  const struct part *part, const struct worth *worth)
{
	struct outcome *outcome = decision->outcome;
	if (part->period == 0)
		outcome->units = effects_read_cell(decision->effects, part->cell)->free_units;
	if (part->is_contested && first_accepted(submission).raw != 0 &&
	    submission->cause == RESULT_OK)
		return RESULT_OK; /* what is told is what was accepted */
	if (!cents_add(outcome->net, worth->net, &outcome->net) ||
	    !cents_add(outcome->gross, worth->gross, &outcome->gross))
		return RESULT_FIELD_OUT_OF_RANGE;
	return RESULT_OK;
}

static enum result take_part(struct decision *decision, struct submission *submission,
			     struct part *part)
{
	const struct cell *cell = effects_read_cell(decision->effects, part->cell);
	ASSERT(cell != NULL && cell->released == 0);
	uint32_t free_units =
	    submission->is_earlier_provider ? submission->source.units : cell->free_units;
	if (part->units > free_units)
		return claim_refuse_units(decision, part->cell, submission->claim.provider,
					  part->units - free_units);
	struct worth worth;
	enum result result = submission_price_part(decision, submission, part, &worth);
	if (result != RESULT_OK)
		return result;
	if (submission->is_earlier_provider) {
		submission->source.units -= part->units;
		submission->source.gross = beyond(submission->source.gross, worth.gross);
	}
	result = record_shares(decision, submission, part, &worth);
	if (result != RESULT_OK)
		return result;
	return add_to_outcome(decision, submission, part, &worth);
}

/* A booking's units return before they are taken; it then points at what fulfilled it. */
static void open_booking(struct decision *decision, struct submission *submission)
{
	if (submission->booking.raw == 0)
		return;
	struct cents held = cell_cancel_booking(decision->effects, submission->booking);
	if (submission->is_earlier_provider)
		submission->source.gross = held;
}

/* What an earlier provider held beyond the delivery goes to the chosen provider. */
static void close_source(struct decision *decision, const struct submission *submission)
{
	struct effects *effects = decision->effects;
	if (submission->booking.raw != 0 && submission->mode != SUBMISSION_MISSED) {
		struct redemption *booking =
		    effects_edit_redemption(effects, submission->booking);
		booking->state = REDEMPTION_STATE_SUPERSEDED;
		booking->sibling = submission->parts.items[0].made;
	}
	if (!submission->is_earlier_provider)
		return;
	struct cell_act act = {.cell = submission->source.cell,
			       .provider = submission->claim.provider,
			       .kind = POSTING_KIND_BOOK};
	cell_return(decision, &act, submission->source.units, submission->source.gross);
	voucher_units_gone(effects, submission->claim.voucher_id);
}

/* A supplement that was not paid is told, and a task for the plan office. */
static void tell_short_supplement(struct decision *decision, const struct submission *submission,
				  struct redemption_id made)
{
	if (cents_is_zero(submission->short_of_supplement))
		return;
	if (decision->outcome->cause == RESULT_OK)
		decision->outcome->cause = RESULT_SUPPLEMENT_UNFUNDED;
	decision->outcome->short_by = submission->short_of_supplement;
	event_emit(decision, &(struct event){.voucher = submission->claim.voucher_id,
					     .provider = submission->claim.provider,
					     .redemption = made,
					     .amount_cents = submission->short_of_supplement,
					     .kind = EVENT_KIND_SUPPLEMENT_UNFUNDED,
					     .task = 1});
}

/* Warns once, as a month's free units fall to the part that the parameter says. */
static void warn_of_end(struct decision *decision, const struct submission *submission)
{
	const struct claim *claim = &submission->claim;
	int64_t percent = claim_parameter(decision, claim, PARAMETER_UNITS_WARNING_PCT);
	if (percent == PARAMETER_UNSET)
		return;
	for (uint32_t i = 0; i < submission->parts.count; i++) {
		const struct part *part = &submission->parts.items[i];
		const struct cell *cell = effects_read_cell(decision->effects, part->cell);
		uint64_t bound = (uint64_t)cell->granted_units * (uint64_t)percent / 100;
		if (cell->free_units > bound || cell->free_units + part->units <= bound)
			continue;
		event_emit(decision, &(struct event){.voucher = claim->voucher_id,
						     .provider = claim->voucher->provider,
						     .due = month_last_day(cell->month),
						     .value = cell->free_units,
						     .kind = EVENT_KIND_UNITS_ENDING});
	}
}

/* ACCEPTED, DISPUTED, or both: then the accepted record is named. */
static enum result tell(struct decision *decision, const struct submission *submission)
{
	const struct part_list *parts = &submission->parts;
	struct redemption_id accepted = first_accepted(submission);
	bool is_partial = false;
	for (uint32_t i = 0; i < parts->count; i++)
		is_partial |= parts->items[i].is_contested;
	enum result result = RESULT_ACCEPTED;
	decision->outcome->cause = submission->cause;
	if (submission->cause != RESULT_OK || submission->is_held || accepted.raw == 0)
		result = RESULT_DISPUTED;
	else if (is_partial)
		result = RESULT_ACCEPTED_PARTIAL;
	if (is_partial && submission->cause == RESULT_OK)
		decision->outcome->cause = RESULT_VISIT_NOT_PROVEN;
	if (accepted.raw == 0)
		accepted = parts->items[0].made;
	tell_short_supplement(decision, submission, accepted);
	warn_of_end(decision, submission);
	return judge_object(decision, result, RECORD_KIND_REDEMPTION, accepted.raw);
}

/* A service of these months is taken: units that were held back for want of one return. */
static void give_back_held(struct decision *decision, const struct submission *submission)
{
	for (uint32_t i = 0; i < submission->parts.count; i++) {
		const struct part *part = &submission->parts.items[i];
		const struct cell *cell = effects_read_cell(decision->effects, part->cell);
		struct carry_line line = {submission->claim.voucher_id, submission->claim.line};
		if (cell->blocked != 0)
			carry_over_used(decision, line, month_of_day(part->day));
	}
}

enum result submission_take(struct decision *decision, struct submission *submission)
{
	const struct provider *provider =
	    state_provider(decision->state, submission->judged);
	ASSERT(provider != NULL);
	submission->vat_bp = accreditation_provider_vat(submission->claim.service, provider);
	if (submission->cause != RESULT_OK || submission->is_held)
		part_list_join(&submission->parts); /* all of it is disputed */
	open_booking(decision, submission);
	give_back_held(decision, submission);
	uint32_t count = submission->parts.count; /* records of further shares are added behind */
	for (uint32_t i = 0; i < count; i++) {
		enum result result = take_part(decision, submission, &submission->parts.items[i]);
		if (result != RESULT_OK)
			return result;
	}
	submission_join(decision, submission);
	close_source(decision, submission);
	return tell(decision, submission);
}

enum result submission_enter(struct decision *decision, struct submission *submission,
			     struct redemption_id booking)
{
	enum result result = submission_judge(decision, submission, booking);
	if (result != RESULT_OK)
		return result;
	if (submission->is_late)
		return late_keep(decision, submission);
	return submission_take(decision, submission);
}

/* ---- rings ---- */

struct ring submission_ring(struct effects *effects, struct redemption_id id)
{
	const struct redemption *named = effects_read_redemption(effects, id);
	ASSERT(named != NULL);
	struct ring ring = {.count = 1, .ids = {id}};
	struct redemption_id next = named->sibling;
	for (uint32_t i = 1; i < PARTS_MAX; i++) {
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

static bool is_before(struct effects *effects, struct redemption_id left,
		      struct redemption_id right)
{
	const struct redemption *first = effects_read_redemption(effects, left);
	const struct redemption *second = effects_read_redemption(effects, right);
	if (!instant_equal(first->start, second->start))
		return instant_less(first->start, second->start);
	return left.raw < right.raw;
}

void submission_sort_ring(struct effects *effects, struct ring *ring)
{
	for (uint32_t i = 1; i < ring->count; i++)
		for (uint32_t j = i; j > 0; j--) {
			struct redemption_id before = ring->ids[j - 1];
			if (!is_before(effects, ring->ids[j], before))
				break;
			ring->ids[j - 1] = ring->ids[j];
			ring->ids[j] = before;
		}
}
