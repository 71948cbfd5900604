/* Services taken back: see withdraw.h. */
#include "engine/domain/withdraw.h"

#include "engine/domain/booking.h"
#include "engine/domain/dispute.h"
#include "engine/domain/event.h"
#include "engine/domain/visit.h"

/* Effects that one service taken back may need, the title's own cells apart. */
#define WRITES_PER_SERVICE   9u
#define POSTINGS_PER_SERVICE (8u + CEILINGS_ON_PATH_MAX)

static bool has_room(const struct effects *effects)
{
	return effects->write_count <= EFFECT_WRITES_MAX / 2 - WRITES_PER_SERVICE &&
	       effects->posting_count <= EFFECT_POSTINGS_MAX / 2 - POSTINGS_PER_SERVICE;
}

static void hold_or_report(struct decision *decision, struct redemption_id id, enum result cause)
{
	struct effects *effects = decision->effects;
	const struct redemption *redemption = effects_read_redemption(effects, id);
	struct event event = {.voucher = redemption->voucher,
			      .provider = redemption->provider,
			      .redemption = id,
			      .amount_cents = redemption->gross_cents,
			      .kind = EVENT_KIND_SERVICE_HELD};
	if (!dispute_withdraw(decision, id, cause)) {
		const struct statement_line *line =
		    effects_read_statement_line(effects, redemption->statement_line);
		ASSERT(line != NULL);
		event.statement = line->statement;
		event.kind = EVENT_KIND_PAID_SERVICE_TO_REVERSE;
		event.task = 1;
	}
	event_emit(decision, &event);
}

/* Instants of the title's days that are withdrawn. */
static struct period period_of(struct decision *decision, const struct withdrawal *withdrawal)
{
	const struct voucher *voucher =
	    effects_read_voucher(decision->effects, withdrawal->voucher);
	ASSERT(voucher != NULL);
	const struct zone_table *zone = &decision->state->zone;
	struct day from = withdrawal->from;
	if (day_less(from, voucher->valid_from))
		from = voucher->valid_from;
	struct month end = {voucher->first_month.number + voucher->month_count};
	struct period period = {day_begin(zone, from), month_begin(zone, end)};
	if (withdrawal->to.number != 0 && day_less(withdrawal->to, month_first_day(end)))
		period.end = day_begin(zone, withdrawal->to);
	if (instant_less(period.end, period.begin))
		period.end = period.begin;
	return period;
}

static enum result withdraw(struct decision *decision, const struct withdrawal *withdrawal,
			    bool bookings_only)
{
	struct effects *effects = decision->effects;
	const struct voucher *voucher = effects_read_voucher(effects, withdrawal->voucher);
	struct period period = period_of(decision, withdrawal);
	struct visit_walk walk;
	visit_walk_begin(&walk, decision->state, voucher->beneficiary, period.begin, period.end);
	for (struct redemption_id id = visit_walk_next(&walk); id.raw != 0;
	     id = visit_walk_next(&walk)) {
		const struct redemption *redemption = effects_read_redemption(effects, id);
		if (redemption->voucher.raw != withdrawal->voucher.raw ||
		    !period_contains(period, redemption->start))
			continue;
		if (!has_room(effects))
			return RESULT_TOO_MANY_EFFECTS;
		if (redemption->state == REDEMPTION_STATE_BOOKED)
			booking_end(decision, id);
		else if (redemption->state == REDEMPTION_STATE_ACCEPTED && !bookings_only)
			hold_or_report(decision, id, withdrawal->cause);
	}
	return RESULT_OK;
}

enum result withdraw_services(struct decision *decision, const struct withdrawal *withdrawal)
{
	ASSERT(withdrawal->cause != RESULT_OK);
	return withdraw(decision, withdrawal, false);
}

enum result withdraw_bookings(struct decision *decision, const struct withdrawal *withdrawal)
{
	return withdraw(decision, withdrawal, true);
}
