/* Visits in time: see visit.h. */
#include "engine/domain/visit.h"

#include "engine/base/assert.h"
#include "engine/base/limits.h"

#define US_PER_MINUTE (INT64_C(60) * TIME_US_PER_SECOND)

static_assert(VISIT_MINUTES_MAX * US_PER_MINUTE <= TIME_US_PER_DAY,
	      "a visit that began more than a day earlier is over");

static bool is_alive(const struct redemption *redemption)
{
	return redemption->state == REDEMPTION_STATE_ACCEPTED ||
	       redemption->state == REDEMPTION_STATE_DISPUTED;
}

/* Sent, and not undone: the same visit is not taken twice. */
static bool is_known(const struct redemption *redemption)
{
	return is_alive(redemption) || redemption->state == REDEMPTION_STATE_SUBMITTED ||
	       redemption->state == REDEMPTION_STATE_MISSED;
}

static bool overlaps(const struct visit *visit, const struct redemption *other)
{
	int64_t end_us = visit->start.us + (int64_t)visit->minutes * US_PER_MINUTE;
	int64_t other_end_us = other->start.us + (int64_t)other->minutes * US_PER_MINUTE;
	return visit->minutes > 0 && other->minutes > 0 && visit->start.us < other_end_us &&
	       other->start.us < end_us;
}

static void keep_lowest(struct redemption_id *kept, uint32_t id)
{
	if (kept->raw == 0 || id < kept->raw)
		kept->raw = id;
}

const struct visit_detail *visit_detail_of(const struct state *state, struct redemption_id id)
{
	const struct redemption *redemption = state_redemption(state, id);
	ASSERT(redemption != NULL);
	if (redemption->detailed == 0)
		return NULL;
	struct visit_detail_id detail = state_find_visit_detail(state, id);
	ASSERT(detail.raw != 0);
	return state_visit_detail(state, detail);
}

static bool is_indirect(const struct state *state, uint32_t id)
{
	const struct visit_detail *detail = visit_detail_of(state, (struct redemption_id){id});
	return detail != NULL && detail->indirect != 0;
}

static struct voucher_line_id line_of(const struct state *state, const struct redemption *record)
{
	const struct cell *cell = state_cell(state, record->cell);
	const struct voucher *voucher = state_voucher(state, record->voucher);
	ASSERT(cell != NULL && voucher != NULL);
	return (struct voucher_line_id){voucher->first_line.raw + cell->line};
}

/* Is it the record that the command replaces, or one of the same visit? */
static bool is_exempt(const struct state *state, const struct visit *visit, uint32_t id)
{
	if (visit->exempt.raw == 0 || visit->exempt.raw == id)
		return visit->exempt.raw == id;
	struct redemption_id next = state_redemption(state, visit->exempt)->sibling;
	for (uint32_t i = 0; i < VISIT_RECORDS_MAX && next.raw != 0; i++) {
		if (next.raw == visit->exempt.raw)
			break;
		if (next.raw == id)
			return true;
		next = state_redemption(state, next)->sibling;
	}
	return false;
}

/* What a look has met so far. */
struct look {
	const struct state *state;
	const struct visit *visit;
	struct visit_clashes clashes;
	struct redemption_id companion; /* the lowest other worker of the same line */
	uint64_t companion_operator;
	bool is_third;                  /* there is another beside it */
};

/* A second worker of a line for two, beside at most one other. */
static bool is_companion(struct look *look, const struct redemption *other, uint32_t id)
{
	const struct visit *visit = look->visit;
	if (!visit->two_operators || other->voucher.raw != visit->voucher.raw ||
	    other->operator == visit->operator ||
	    line_of(look->state, other).raw != visit->line.raw)
		return false;
	if (look->companion.raw != 0 && look->companion_operator != other->operator)
		look->is_third = true;
	look->companion_operator = other->operator;
	keep_lowest(&look->companion, id);
	return true;
}

static void meet_of_beneficiary(struct look *look, const struct redemption *other, uint32_t id)
{
	const struct visit *visit = look->visit;
	if (other->beneficiary.raw != visit->beneficiary.raw)
		return;
	bool is_same_start = other->voucher.raw == visit->voucher.raw &&
			     instant_equal(other->start, visit->start);
	if (other->state == REDEMPTION_STATE_BOOKED) {
		if (is_same_start && other->provider.raw == visit->provider.raw)
			keep_lowest(&look->clashes.booking, id);
		return;
	}
	if (!is_known(other) || is_exempt(look->state, visit, id))
		return;
	if (is_same_start && other->operator == visit->operator)
		keep_lowest(&look->clashes.duplicate, id);
	else if (is_alive(other) && overlaps(visit, other) && !visit->indirect &&
		 !is_indirect(look->state, id) && !is_companion(look, other, id))
		keep_lowest(&look->clashes.beneficiary_overlap, id);
}

/* One worker with several persons at once, where both plans allow it. */
static bool is_same_group(const struct look *look, const struct redemption *other)
{
	const struct visit *visit = look->visit;
	if (!visit->group_visits || !instant_equal(other->start, visit->start) ||
	    other->beneficiary.raw == visit->beneficiary.raw)
		return false;
	return state_voucher_line(look->state, line_of(look->state, other))->group_visits != 0;
}

static void meet_of_operator(struct look *look, const struct redemption *other, uint32_t id)
{
	const struct visit *visit = look->visit;
	if (other->operator == visit->operator && is_alive(other) && overlaps(visit, other) &&
	    !is_exempt(look->state, visit, id) && !is_same_group(look, other))
		keep_lowest(&look->clashes.operator_overlap, id);
}

static void meet_persons(struct look *look, const struct index *index, uint64_t key)
{
	for (uint32_t id = index_first(index, key); id != 0; id = index_next(index, id))
		meet_of_beneficiary(look, state_redemption(look->state, (struct redemption_id){id}),
				    id);
}

static void meet_operators(struct look *look, const struct index *index, uint64_t key)
{
	for (uint32_t id = index_first(index, key); id != 0; id = index_next(index, id))
		meet_of_operator(look, state_redemption(look->state, (struct redemption_id){id}),
				 id);
}

/* The records of the person, then of the worker, that began on one day. */
static void look_at_day(struct look *look, int32_t day)
{
	const struct state *state = look->state;
	const struct visit *visit = look->visit;
	uint64_t person = state_visit_key(visit->beneficiary.raw, visit->start, day);
	uint64_t operator = state_visit_key(visit->operator, visit->start, day);
	index_prefetch(&state->redemptions_by_operator, operator);
	meet_persons(look, &state->redemptions_by_beneficiary, person);
	if (visit->operator != 0)
		meet_operators(look, &state->redemptions_by_operator, operator);
}

/* Those that began on the day before and run into that of the start; most days there is none. */
static void look_at_nights(struct look *look)
{
	const struct state *state = look->state;
	const struct visit *visit = look->visit;
	if (state->nights_by_beneficiary.count == 0)
		return;
	meet_persons(look, &state->nights_by_beneficiary,
		     state_visit_key(visit->beneficiary.raw, visit->start, 0));
	if (visit->operator != 0)
		meet_operators(look, &state->nights_by_operator,
			       state_visit_key(visit->operator, visit->start, 0));
}

void visit_look(const struct state *state, const struct visit *visit,
		struct visit_clashes *ret_clashes)
{
	ASSERT(state != NULL && visit != NULL && ret_clashes != NULL);
	ASSERT(visit->start.us >= 0 && visit->minutes <= VISIT_MINUTES_MAX);
	struct look look = {.state = state, .visit = visit};
	look_at_day(&look, 0);
	look_at_nights(&look);
	if (state_visit_is_night(visit->start, visit->minutes))
		look_at_day(&look, 1);
	if (look.is_third)
		keep_lowest(&look.clashes.beneficiary_overlap, look.companion.raw);
	*ret_clashes = look.clashes;
}

void visit_walk_begin(struct visit_walk *walk, const struct state *state,
		      struct beneficiary_id beneficiary, struct instant from, struct instant to)
{
	ASSERT(walk != NULL && state != NULL);
	ASSERT(from.us >= 0 && from.us <= to.us);
	int64_t days = to.us / TIME_US_PER_DAY - from.us / TIME_US_PER_DAY;
	ASSERT(days <= INT32_MAX);
	*walk = (struct visit_walk){.state = state,
				    .beneficiary = beneficiary,
				    .from = from,
				    .day = 0,
				    .days = (int32_t)days,
				    .next = 0,
				    .begun = false};
}

/* Days are looked up anew as they come; `next` stays 0 between two of them. */
static uint32_t next_candidate(struct visit_walk *walk)
{
	const struct index *index = &walk->state->redemptions_by_beneficiary;
	uint32_t id = walk->next;
	while (id == 0) {
		if (walk->begun)
			walk->day++;
		if (walk->day > walk->days)
			return 0;
		walk->begun = true;
		id = index_first(index,
				 state_visit_key(walk->beneficiary.raw, walk->from, walk->day));
	}
	walk->next = index_next(index, id);
	return id;
}

struct redemption_id visit_walk_next(struct visit_walk *walk)
{
	ASSERT(walk != NULL && walk->state != NULL);
	int64_t first_day = walk->from.us / TIME_US_PER_DAY;
	for (uint32_t id = next_candidate(walk); id != 0; id = next_candidate(walk)) {
		const struct redemption *redemption =
		    state_redemption(walk->state, (struct redemption_id){id});
		ASSERT(redemption != NULL);
		if (redemption->beneficiary.raw == walk->beneficiary.raw &&
		    redemption->start.us / TIME_US_PER_DAY == first_day + walk->day)
			return (struct redemption_id){id};
	}
	return (struct redemption_id){0};
}

/* ---- Counts ---- */

/* The same start, or a part or a contested rest of it, is the same access. */
static bool is_counted_before(const struct state *state, const struct redemption *record,
			      uint32_t id, const struct visit *visit)
{
	const struct visit_detail *detail = visit_detail_of(state, (struct redemption_id){id});
	if ((detail != NULL && detail->contested_of.raw != 0) ||
	    (record->sibling.raw != 0 && record->sibling.raw < id))
		return true;
	return visit->two_operators && instant_equal(record->start, visit->start);
}

uint32_t visit_count_of_day(const struct state *state, const struct visit *visit, struct day day)
{
	ASSERT(state != NULL && visit != NULL);
	const struct voucher_line *line = state_voucher_line(state, visit->line);
	ASSERT(line != NULL);
	bool by_units = state_service(state, line->service)->unit == UNIT_ACCESS;
	struct day next = {day.number + 1};
	struct visit_walk walk;
	visit_walk_begin(&walk, state, visit->beneficiary, day_begin(&state->zone, day),
			 day_begin(&state->zone, next));
	uint32_t count = 0;
	for (struct redemption_id id = visit_walk_next(&walk); id.raw != 0;
	     id = visit_walk_next(&walk)) {
		const struct redemption *record = state_redemption(state, id);
		if (!is_alive(record) || record->voucher.raw != visit->voucher.raw ||
		    is_exempt(state, visit, id.raw) ||
		    line_of(state, record).raw != visit->line.raw ||
		    !day_equal(state_day(state, record->start), day) ||
		    is_counted_before(state, record, id.raw, visit))
			continue;
		count += by_units ? record->units : 1;
	}
	return count;
}

/* Begins a walk over the days of a cell's month, widened by one on both sides: months are local. */
static void begin_month(struct visit_walk *walk, const struct state *state, struct cell_id id)
{
	const struct cell *cell = state_cell(state, id);
	ASSERT(cell != NULL);
	const struct voucher *voucher = state_voucher(state, cell->voucher);
	ASSERT(voucher != NULL);
	int64_t first = (int64_t)month_first_day(cell->month).number - 1;
	int64_t last = (int64_t)month_last_day(cell->month).number + 1;
	visit_walk_begin(walk, state, voucher->beneficiary,
			 (struct instant){first * TIME_US_PER_DAY},
			 (struct instant){last * TIME_US_PER_DAY});
}

uint32_t visit_indirect_units(const struct state *state, struct cell_id cell)
{
	uint32_t units = 0;
	struct visit_walk walk;
	begin_month(&walk, state, cell);
	for (struct redemption_id id = visit_walk_next(&walk); id.raw != 0;
	     id = visit_walk_next(&walk)) {
		const struct redemption *record = state_redemption(state, id);
		if (record->cell.raw == cell.raw && is_alive(record) && is_indirect(state, id.raw))
			units += record->units;
	}
	return units;
}

uint32_t visit_missed_count(const struct state *state, struct cell_id cell)
{
	uint32_t count = 0;
	struct visit_walk walk;
	begin_month(&walk, state, cell);
	for (struct redemption_id id = visit_walk_next(&walk); id.raw != 0;
	     id = visit_walk_next(&walk)) {
		const struct redemption *record = state_redemption(state, id);
		if (record->cell.raw == cell.raw && record->units > 0 &&
		    record->state == REDEMPTION_STATE_MISSED)
			count++;
	}
	return count;
}
