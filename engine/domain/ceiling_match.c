/* The look-up of ceilings: see ceiling_match.h. One look for each shape that some ceiling has (a
 * handful in practice), whatever the number of ceilings: those on other persons, services, months
 * of one place have other keys. Chains may hold strangers (equal hashes). */
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
	       is_any_or(ceiling->measure.raw, scope->measure.raw) &&
	       is_any_or(ceiling->provider.raw, scope->provider.raw) &&
	       is_any_or(ceiling->beneficiary.raw, scope->beneficiary.raw) &&
	       (ceiling->month.number == 0 || ceiling->month.number == scope->month.number) &&
	       is_any_or(ceiling->year, scope->year);
}

static bool is_in_part(const struct ceiling *ceiling, enum ceiling_part part)
{
	bool is_redeemed = ceiling->basis == CEILING_BASIS_REDEEMED_GROSS;
	switch (part) {
	case CEILING_PART_ALL:
		return !is_redeemed;
	case CEILING_PART_WITHOUT_PROVIDER:
		return !is_redeemed && ceiling->provider.raw == 0;
	case CEILING_PART_PROVIDER:
		return !is_redeemed && ceiling->provider.raw != 0;
	case CEILING_PART_REDEEMED:
		break;
	}
	return is_redeemed;
}

/* The dimensions of the one ceiling of each shape that a scope would match. */
static struct ceiling dimensions_of(const struct ceiling_scope *scope)
{
	return (struct ceiling){
	    .ambito = scope->ambito,
	    .fund = scope->fund,
	    .comune = scope->comune,
	    .sub_ambito = scope->sub_ambito,
	    .service = scope->service,
	    .measure = scope->measure,
	    .provider = scope->provider,
	    .beneficiary = scope->beneficiary,
	    .month = scope->month,
	    .year = scope->year,
	};
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

static bool match_shape(struct effects *effects, const struct ceiling_scope *scope,
			const struct ceiling *dimensions, uint32_t shape, enum ceiling_part part,
			struct tally *tally, struct ceiling_matches *matches)
{
	const struct index *index = &effects->state->ceilings_by_place;
	uint64_t key = state_ceiling_key(dimensions, shape);
	for (uint32_t id = index_first(index, key); id != 0; id = index_next(index, id)) {
		const struct ceiling *ceiling =
		    effects_read_ceiling(effects, (struct ceiling_id){id});
		ASSERT(ceiling != NULL);
		if (!is_in_part(ceiling, part) || state_ceiling_shape(ceiling) != shape ||
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
	struct ceiling dimensions = dimensions_of(scope);
	uint32_t absent = ~state_ceiling_shape(&dimensions);
	struct tally tally = {0, 0};
	ret_matches->count = 0;
	for (uint32_t word = 0; word < CEILING_SHAPES / 64; word++) {
		uint64_t shapes = effects->state->ceiling_shapes[word];
		for (; shapes != 0; shapes &= shapes - 1) {
			uint32_t shape = word * 64 + (uint32_t)__builtin_ctzll(shapes);
			if ((shape & absent) != 0) /* a dimension that the scope has not */
				continue;
			if (!match_shape(effects, scope, &dimensions, shape, part, &tally,
					 ret_matches))
				return false;
		}
	}
	return true;
}

struct ceiling_id ceiling_find_twin(struct effects *effects, const struct ceiling *dimensions)
{
	ASSERT(dimensions != NULL && dimensions->ambito.raw != 0);
	const struct index *index = &effects->state->ceilings_by_place;
	uint32_t shape = state_ceiling_shape(dimensions);
	uint64_t key = state_ceiling_key(dimensions, shape);
	uint32_t lowest = 0;
	for (uint32_t id = index_first(index, key); id != 0; id = index_next(index, id)) {
		const struct ceiling *other =
		    effects_read_ceiling(effects, (struct ceiling_id){id});
		bool is_twin = other->ambito.raw == dimensions->ambito.raw &&
			       other->comune.raw == dimensions->comune.raw &&
			       other->sub_ambito.raw == dimensions->sub_ambito.raw &&
			       other->fund.raw == dimensions->fund.raw &&
			       other->service.raw == dimensions->service.raw &&
			       other->measure.raw == dimensions->measure.raw &&
			       other->provider.raw == dimensions->provider.raw &&
			       other->beneficiary.raw == dimensions->beneficiary.raw &&
			       other->month.number == dimensions->month.number &&
			       other->year == dimensions->year;
		if (is_twin && (lowest == 0 || id < lowest))
			lowest = id;
	}
	return (struct ceiling_id){lowest};
}
