/* Titles of a provider after an act on its accreditation: see affected.h.
 *
 * A title is flagged at_risk while its chosen provider cannot serve one of its lines on the first
 * day, from the act's on, that the title lives; with the flag goes a task for who helps the person
 * to choose again, and both end with the new choice or when the provider can serve again. The
 * commitment stays on the title. SOURCE state_transitions.csv ACCREDITATION suspend, revoke,
 * expire, succeed; SCENARIOS S03, S11. */
#include "engine/domain/affected.h"

#include "engine/domain/accreditation.h"
#include "engine/domain/booking.h"
#include "engine/domain/event.h"
#include "engine/domain/residence.h"

/* One act stops at these; the last title, with its bookings, still fits. */
#define REVIEW_WRITES_MAX   (EFFECT_WRITES_MAX / 4u)
#define REVIEW_POSTINGS_MAX (EFFECT_POSTINGS_MAX / 4u)

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
		if (accreditation_at(effects, voucher->provider, line->service,
				     residence_comune(effects, voucher, month_of_day(judged)),
				     judged, &found) != RESULT_OK)
			return false;
	}
	return true;
}

static void set_flag(struct decision *decision, struct voucher_id id,
		     struct accreditation_id accreditation, uint8_t at_risk)
{
	struct effects *effects = decision->effects;
	struct voucher *voucher = effects_edit_voucher(effects, id);
	voucher->at_risk = at_risk;
	decision->outcome->units++;
	if (at_risk == 0) {
		event_close_tasks(effects, id, EVENT_KIND_RECHOICE);
		return;
	}
	event_emit(decision, &(struct event){.kind = EVENT_KIND_RECHOICE,
					     .task = 1,
					     .voucher = id,
					     .provider = voucher->provider,
					     .accreditation = accreditation});
}

/* One title; false when its bookings did not all fit: it is looked at again. */
static bool review_title(struct decision *decision, struct accreditation_id accreditation,
			 struct voucher_id id, struct day from)
{
	struct effects *effects = decision->effects;
	const struct voucher *voucher = effects_read_voucher(effects, id);
	struct day day = day_less(from, decision->today) ? decision->today : from;
	uint8_t at_risk = is_served(effects, voucher, day) ? 0 : 1;
	if (at_risk != voucher->at_risk)
		set_flag(decision, id, accreditation, at_risk);
	if (at_risk == 0)
		return true;
	struct instant begin = day_begin(&decision->state->zone, day);
	if (instant_less(begin, decision->now))
		begin = decision->now;
	return booking_end_from(decision, id, begin);
}

bool affected_go_on(struct decision *decision, struct accreditation_id id)
{
	struct effects *effects = decision->effects;
	const struct accreditation *present = effects_read_accreditation(effects, id);
	ASSERT(present != NULL);
	if (present->review_from.number == 0)
		return true;
	struct provider_id provider = present->provider;
	struct day from = present->review_from;
	uint32_t last = present->review_cursor;
	uint32_t count = state_count(decision->state, RECORD_KIND_VOUCHER);
	bool is_over = true;
	for (uint32_t i = last + 1; i <= count && is_over; i++) {
		const struct voucher *voucher =
		    effects_read_voucher(effects, (struct voucher_id){i});
		bool is_own = voucher->provider.raw == provider.raw &&
			      (voucher->state == VOUCHER_STATE_ACTIVE ||
			       voucher->state == VOUCHER_STATE_SUSPENDED);
		is_over = !is_own || (effects->write_count < REVIEW_WRITES_MAX &&
				      effects->posting_count < REVIEW_POSTINGS_MAX &&
				      review_title(decision, id, (struct voucher_id){i}, from));
		if (is_over)
			last = i;
	}
	struct accreditation *record = effects_edit_accreditation(effects, id);
	record->review_cursor = is_over ? 0 : last;
	if (is_over)
		record->review_from.number = 0;
	return is_over;
}

void affected_review(struct decision *decision, struct accreditation_id id, struct day from)
{
	struct accreditation *record = effects_edit_accreditation(decision->effects, id);
	record->review_from = from;
	record->review_cursor = 0;
	bool is_over = affected_go_on(decision, id);
	ASSERT(is_over || record->review_cursor != 0 || record->review_from.number != 0);
	event_emit(decision, &(struct event){.kind = EVENT_KIND_ACCREDITATION_CHANGED,
					     .ambito = record->ambito,
					     .provider = record->provider,
					     .accreditation = id,
					     .value = decision->outcome->units});
}
