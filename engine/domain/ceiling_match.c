/* The look-up of ceilings: see ceiling_match.h. Chains may hold strangers (equal hashes) and hold
 * the ceilings of one (comune, fund, year) that differ in sub-ambito, service, provider, person or
 * month: thousands of ceilings on single persons of one place would be walked one by one. */
#include "engine/domain/ceiling_match.h"

static bool is_any_or(uint32_t dimension, uint32_t value)
{
	return dimension == 0 || dimension == value;
}

bool ceiling_matches_scope(const struct ceiling *ceiling, const struct ceiling_scope *scope)
{
	ASSERT(ceiling != NULL && scope != NULL);
	return ceiling->ambito.raw == scope->ambito.raw &&
	       is_any_or(ceiling->comune.raw, scope->comune.raw) &&
	       is_any_or(ceiling->sub_ambito.raw, scope->sub_ambito.raw) &&
	       is_any_or(ceiling->fund.raw, scope->fund.raw) &&
	       is_any_or(ceiling->service.raw, scope->service.raw) &&
	       is_any_or(ceiling->provider.raw, scope->provider.raw) &&
	       is_any_or(ceiling->beneficiary.raw, scope->beneficiary.raw) &&
	       (ceiling->month.number == 0 || ceiling->month.number == scope->month.number) &&
	       is_any_or(ceiling->year, scope->year);
}

static bool is_in_part(const struct ceiling *ceiling, enum ceiling_part part)
{
	switch (part) {
	case CEILING_PART_ALL:
		return true;
	case CEILING_PART_WITHOUT_PROVIDER:
		return ceiling->provider.raw == 0;
	case CEILING_PART_PROVIDER:
		break;
	}
	return ceiling->provider.raw != 0;
}

/* One place of the index: dimensions as the ceiling has them, 0 for any. */
struct probe {
	struct comune_id comune;
	struct fund_id fund;
	uint16_t year;
};

static bool is_at(const struct ceiling *ceiling, const struct probe *probe)
{
	return ceiling->comune.raw == probe->comune.raw && ceiling->fund.raw == probe->fund.raw &&
	       ceiling->year == probe->year;
}

/* Keeps the ids rising. */
static void insert_sorted(struct ceiling_matches *matches, struct ceiling_id id)
{
	ASSERT(matches->count < 2 * CEILINGS_ON_PATH_MAX);
	uint32_t place = matches->count;
	for (; place > 0 && matches->ids[place - 1].raw > id.raw; place--)
		matches->ids[place] = matches->ids[place - 1];
	matches->ids[place] = id;
	matches->count++;
}

/* How many were found with and without a provider dimension. */
struct tally {
	uint32_t with_provider;
	uint32_t without_provider;
};

static bool match_probe(struct effects *effects, const struct ceiling_scope *scope,
			const struct probe *probe, enum ceiling_part part, struct tally *tally,
			struct ceiling_matches *matches)
{
	const struct index *index = &effects->state->ceilings_by_place;
	uint64_t key = state_place_key(scope->ambito, probe->comune, probe->fund, probe->year);
	for (uint32_t id = index_first(index, key); id != 0; id = index_next(index, id)) {
		const struct ceiling *ceiling =
		    effects_read_ceiling(effects, (struct ceiling_id){id});
		ASSERT(ceiling != NULL);
		if (!is_at(ceiling, probe) || !is_in_part(ceiling, part) ||
		    !ceiling_matches_scope(ceiling, scope))
			continue;
		uint32_t *found = ceiling->provider.raw != 0 ? &tally->with_provider
							     : &tally->without_provider;
		if (*found >= CEILINGS_ON_PATH_MAX)
			return false;
		(*found)++;
		insert_sorted(matches, (struct ceiling_id){id});
	}
	return true;
}

bool ceiling_match(struct effects *effects, const struct ceiling_scope *scope,
		   enum ceiling_part part, struct ceiling_matches *ret_matches)
{
	ASSERT(effects != NULL && scope != NULL && ret_matches != NULL);
	ASSERT(scope->fund.raw != 0 && scope->year != 0);
	struct tally tally = {0, 0};
	ret_matches->count = 0;
	for (uint32_t bits = 0; bits < 8; bits++) {
		if ((bits & 1) != 0 && scope->comune.raw == 0)
			continue; /* several comuni: only ceilings on any count it */
		struct probe probe = {
		    .comune = {(bits & 1) != 0 ? scope->comune.raw : 0},
		    .fund = {(bits & 2) != 0 ? scope->fund.raw : 0},
		    .year = (bits & 4) != 0 ? scope->year : (uint16_t)0,
		};
		if (!match_probe(effects, scope, &probe, part, &tally, ret_matches))
			return false;
	}
	return true;
}

struct ceiling_id ceiling_find_twin(struct effects *effects, const struct ceiling *dimensions)
{
	ASSERT(dimensions != NULL && dimensions->ambito.raw != 0);
	const struct index *index = &effects->state->ceilings_by_place;
	uint64_t key = state_place_key(dimensions->ambito, dimensions->comune, dimensions->fund,
				       dimensions->year);
	uint32_t lowest = 0;
	for (uint32_t id = index_first(index, key); id != 0; id = index_next(index, id)) {
		const struct ceiling *other =
		    effects_read_ceiling(effects, (struct ceiling_id){id});
		bool is_twin = other->ambito.raw == dimensions->ambito.raw &&
			       other->comune.raw == dimensions->comune.raw &&
			       other->sub_ambito.raw == dimensions->sub_ambito.raw &&
			       other->fund.raw == dimensions->fund.raw &&
			       other->service.raw == dimensions->service.raw &&
			       other->provider.raw == dimensions->provider.raw &&
			       other->beneficiary.raw == dimensions->beneficiary.raw &&
			       other->month.number == dimensions->month.number &&
			       other->year == dimensions->year;
		if (is_twin && (lowest == 0 || id < lowest))
			lowest = id;
	}
	return (struct ceiling_id){lowest};
}
