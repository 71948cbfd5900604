/* Additions to a tariff: see supplement.h. */
#include "engine/domain/supplement.h"

#include "engine/base/calendar_it.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"

#define MINUTES_PER_DAY 1440
#define US_PER_MINUTE   (INT64_C(60) * TIME_US_PER_SECOND)
#define SATURDAY	6
#define SUNDAY		7

static uint32_t first_of_service(const struct state *state, struct service_id service)
{
	if (state_count(state, RECORD_KIND_SUPPLEMENT) == 0)
		return 0;
	return index_first(&state->supplements_by_service,
			   hash64_of_u64(service.raw, RECORD_KIND_SUPPLEMENT));
}

bool supplement_exists(const struct state *state, struct service_id service)
{
	return first_of_service(state, service) != 0;
}

static bool holds_on(const struct supplement *supplement, struct day day)
{
	if (day_less(day, supplement->valid_from) ||
	    (supplement->valid_to.number != 0 && day_less(supplement->valid_to, day)))
		return false;
	struct patron_day patron = {.month = supplement->patron_month,
				    .day = supplement->patron_day};
	int32_t weekday = day_of_week(day);
	bool is_holiday = weekday == SUNDAY || calendar_it_is_holiday(day, patron);
	switch ((enum supplement_days)supplement->days) {
	case SUPPLEMENT_DAYS_ALL:
		return true;
	case SUPPLEMENT_DAYS_HOLIDAY:
		return is_holiday;
	case SUPPLEMENT_DAYS_SATURDAY:
		return weekday == SATURDAY && !is_holiday;
	case SUPPLEMENT_DAYS_WEEKDAY:
		return weekday < SATURDAY && !is_holiday;
	}
	ASSERT(false);
	return false;
}

static bool is_in_window(const struct supplement *supplement, int32_t minute)
{
	if (supplement->from_minute < supplement->to_minute)
		return minute >= supplement->from_minute && minute < supplement->to_minute;
	return minute >= supplement->from_minute || minute < supplement->to_minute;
}

/* The legal day and the minute of the local clock at an instant. */
static struct day local_minute(const struct zone_table *zone, struct instant at,
			       int32_t *ret_minute)
{
	struct day day = day_of_instant(zone, at);
	int64_t local_us = at.us + zone_offset_s(zone, at) * TIME_US_PER_SECOND;
	*ret_minute = (int32_t)((local_us - day.number * TIME_US_PER_DAY) / US_PER_MINUTE);
	ASSERT(*ret_minute >= 0 && *ret_minute < MINUTES_PER_DAY);
	return day;
}

/* How many of the units bear the supplement. */
static uint32_t units_in(const struct state *state, const struct supplement *supplement,
			 const struct supplement_question *question)
{
	int32_t minute;
	if (question->minutes == 0) {
		struct day day = local_minute(&state->zone, question->start, &minute);
		bool bears = holds_on(supplement, day) && is_in_window(supplement, minute);
		return bears ? question->units : 0;
	}
	uint32_t count = 0;
	struct instant at = question->start;
	for (uint32_t i = 0; i < question->minutes; i++) {
		struct day day = local_minute(&state->zone, at, &minute);
		if (is_in_window(supplement, minute) && holds_on(supplement, day))
			count++;
		at.us += US_PER_MINUTE;
	}
	return count;
}

/* What the supplement adds to `per` units. */
static bool rate_of(const struct supplement *supplement, const struct price *price,
		    struct cents *ret_rate)
{
	if (supplement->rate_bp == 0) {
		*ret_rate = supplement->net_cents;
		return true;
	}
	return cents_vat(price->rate, supplement->rate_bp, ret_rate); /* the same part, half-up */
}

bool supplement_net(const struct state *state, const struct supplement_question *question,
		    const struct price *price, struct cents *ret_net)
{
	struct cents sum = cents_zero();
	uint32_t id = first_of_service(state, question->service);
	for (; id != 0; id = index_next(&state->supplements_by_service, id)) {
		const struct supplement *supplement =
		    state_supplement(state, (struct supplement_id){id});
		if (supplement->service.raw != question->service.raw)
			continue;
		struct cents rate;
		struct cents net;
		if (!rate_of(supplement, price, &rate) ||
		    !cents_net(units_in(state, supplement, question), rate, price->per, &net) ||
		    !cents_add(sum, net, &sum))
			return false;
	}
	*ret_net = sum;
	return true;
}

/* Sum of the rates of the supplements that hold at a moment. */
static bool rates_at(const struct state *state, struct service_id service,
		     const struct price *price, struct day day, int32_t minute,
		     struct cents *ret_sum)
{
	*ret_sum = cents_zero();
	uint32_t id = first_of_service(state, service);
	for (; id != 0; id = index_next(&state->supplements_by_service, id)) {
		const struct supplement *supplement =
		    state_supplement(state, (struct supplement_id){id});
		struct cents rate;
		if (supplement->service.raw != service.raw || !holds_on(supplement, day) ||
		    !is_in_window(supplement, minute))
			continue;
		if (!rate_of(supplement, price, &rate) || !cents_add(*ret_sum, rate, ret_sum))
			return false;
	}
	return true;
}

/* The highest sum on a day: sums change where a window begins, or at midnight. */
static bool highest_of_day(const struct state *state, struct service_id service,
			   const struct price *price, struct day day, struct cents *highest)
{
	struct cents sum;
	if (!rates_at(state, service, price, day, 0, &sum))
		return false;
	*highest = cents_max(*highest, sum);
	uint32_t id = first_of_service(state, service);
	for (; id != 0; id = index_next(&state->supplements_by_service, id)) {
		const struct supplement *supplement =
		    state_supplement(state, (struct supplement_id){id});
		if (!rates_at(state, service, price, day, supplement->from_minute, &sum))
			return false;
		*highest = cents_max(*highest, sum);
	}
	return true;
}

bool supplement_expected(const struct state *state, struct service_id service, struct month month,
			 uint32_t units, const struct price *price, struct cents *ret_net)
{
	struct cents highest = cents_zero();
	if (units == 0 || price->in_euro || first_of_service(state, service) == 0) {
		*ret_net = cents_zero();
		return true;
	}
	struct day last = month_last_day(month);
	for (struct day day = month_first_day(month); !day_less(last, day); day.number++)
		if (!highest_of_day(state, service, price, day, &highest))
			return false;
	return cents_net(units, highest, price->per, ret_net);
}

/* ---- Rules ---- */

static enum result check_window(struct decision *decision)
{
	const struct command_supplement_create *input =
	    &decision->command->input.supplement_create;
	if (input->from_minute >= MINUTES_PER_DAY)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "from_minute");
	if (input->to_minute > MINUTES_PER_DAY)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "to_minute");
	if (input->from_minute == input->to_minute && input->from_minute != 0)
		return judge_field(decision, RESULT_FIELD_INVALID, "to_minute");
	if (input->valid_to.number != 0 && day_less(input->valid_to, input->valid_from))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "valid_to");
	struct patron_day patron = {.month = input->patron_month, .day = input->patron_day};
	if (!calendar_it_patron_is_valid(patron))
		return judge_field(decision, RESULT_FIELD_INVALID, "patron_day");
	return RESULT_OK;
}

/* Sets an addition to a service's tariff, for titles issued from now on and for services from its
 * first day.
 *   RESULT_OK
 *   RESULT_FIELD_OUT_OF_RANGE   window or validity; a first day that is past
 *   RESULT_FIELD_INVALID        an empty window; a day no patron has; a service in euro
 *   RESULT_FIELD_MISSING        neither a part nor an amount, or both (net_cents)
 * SOURCE DOMAIN section 4 (tariffs); state_transitions.csv VOUCHER issue. */
enum result supplement_create(struct decision *decision)
{
	const struct command_supplement_create *input =
	    &decision->command->input.supplement_create;
	const struct service *service = effects_read_service(decision->effects, input->service);
	ASSERT(service != NULL);
	if (service->unit == UNIT_EURO)
		return judge_field(decision, RESULT_FIELD_INVALID, "service");
	enum result result = check_window(decision);
	if (result != RESULT_OK)
		return result;
	if (day_less(input->valid_from, decision->today))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "valid_from");
	if ((input->rate_bp == 0) == cents_is_zero(input->net_cents))
		return judge_field(decision, RESULT_FIELD_MISSING, "net_cents");
	bool is_whole_day = input->from_minute == 0 && input->to_minute == 0;
	struct supplement_id id;
	struct supplement *supplement = effects_create_supplement(decision->effects, &id);
	JUDGE_COPY_TEXT(supplement->act, input->act);
	supplement->net_cents = input->net_cents;
	supplement->service = input->service;
	supplement->valid_from = input->valid_from;
	supplement->valid_to = input->valid_to;
	supplement->from_minute = input->from_minute;
	supplement->to_minute = is_whole_day ? MINUTES_PER_DAY : input->to_minute;
	supplement->rate_bp = input->rate_bp;
	supplement->days = input->days;
	supplement->patron_month = input->patron_month;
	supplement->patron_day = input->patron_day;
	return judge_object(decision, RESULT_OK, RECORD_KIND_SUPPLEMENT, id.raw);
}
