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

static void meet_of_beneficiary(const struct visit *visit, const struct redemption *other,
				uint32_t id, struct visit_clashes *clashes)
{
	if (other->beneficiary.raw != visit->beneficiary.raw)
		return;
	bool is_same_start = other->voucher.raw == visit->voucher.raw &&
			     instant_equal(other->start, visit->start);
	if (other->state == REDEMPTION_STATE_BOOKED) {
		if (is_same_start && other->provider.raw == visit->provider.raw)
			keep_lowest(&clashes->booking, id);
		return;
	}
	if (!is_alive(other))
		return;
	if (is_same_start && other->operator == visit->operator)
		keep_lowest(&clashes->duplicate, id);
	else if (overlaps(visit, other))
		keep_lowest(&clashes->beneficiary_overlap, id);
}

static void meet_of_operator(const struct visit *visit, const struct redemption *other, uint32_t id,
			     struct visit_clashes *clashes)
{
	if (other->operator == visit->operator && is_alive(other) && overlaps(visit, other))
		keep_lowest(&clashes->operator_overlap, id);
}

/* The days, relative to that of the start, on which a visit could meet others: the day before
 * always, the day after only when the visit runs into it. */
static int32_t last_day_met(const struct visit *visit)
{
	int64_t of_day_us = visit->start.us % TIME_US_PER_DAY;
	int64_t end_us = of_day_us + (int64_t)visit->minutes * US_PER_MINUTE;
	return end_us > TIME_US_PER_DAY ? 1 : 0;
}

/* The keys of the days met, so that all first buckets are asked of memory before the first is
 * read. */
struct visit_keys {
	uint32_t count;
	uint64_t beneficiary[3];
	uint64_t operator[3];
};

static struct visit_keys keys_of(const struct state *state, const struct visit *visit)
{
	struct visit_keys keys = {.count = 0};
	for (int32_t day = -1; day <= last_day_met(visit); day++) {
		uint64_t beneficiary = state_visit_key(visit->beneficiary.raw, visit->start, day);
		uint64_t operator = state_visit_key(visit->operator, visit->start, day);
		index_prefetch(&state->redemptions_by_beneficiary, beneficiary);
		index_prefetch(&state->redemptions_by_operator, operator);
		keys.beneficiary[keys.count] = beneficiary;
		keys.operator[keys.count] = operator;
		keys.count++;
	}
	ASSERT(keys.count <= 3);
	return keys;
}

void visit_look(const struct state *state, const struct visit *visit,
		struct visit_clashes *ret_clashes)
{
	ASSERT(state != NULL && visit != NULL && ret_clashes != NULL);
	ASSERT(visit->start.us >= 0 && visit->minutes <= VISIT_MINUTES_MAX);
	struct visit_clashes clashes = {{0}, {0}, {0}, {0}};
	struct visit_keys keys = keys_of(state, visit);
	const struct index *by_beneficiary = &state->redemptions_by_beneficiary;
	const struct index *by_operator = &state->redemptions_by_operator;
	for (uint32_t i = 0; i < keys.count; i++)
		for (uint32_t id = index_first(by_beneficiary, keys.beneficiary[i]); id != 0;
		     id = index_next(by_beneficiary, id))
			meet_of_beneficiary(visit,
					    state_redemption(state, (struct redemption_id){id}),
					    id, &clashes);
	for (uint32_t i = 0; i < keys.count && visit->operator != 0; i++)
		for (uint32_t id = index_first(by_operator, keys.operator[i]); id != 0;
		     id = index_next(by_operator, id))
			meet_of_operator(visit,
					 state_redemption(state, (struct redemption_id){id}), id,
					 &clashes);
	*ret_clashes = clashes;
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
