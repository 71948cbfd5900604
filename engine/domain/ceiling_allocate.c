/* The solidarity formula: a fund's total allotted to the comuni of its ambito as ceilings.
 *
 *   contribution i = T x (X p_i/P + Y q_i/Q + Z r_i/R), X + Y + Z = 100 %
 *
 * in cents by the largest remainder over the exact rational, tie by ISTAT code; the contributions
 * sum to T exactly. SOURCE DOMAIN section 7, SR6. Over the common divisor W = 10,000 P Q R a comune
 * weighs w_i = X p_i Q R + Y q_i P R + Z r_i P Q, whole numbers of up to 126 bits: T x w_i / W is
 * taken bit by bit of T, so that no product leaves 128 bits and nothing is rounded before its time.
 * A divisor whose share is zero is left out of W. */
#include "engine/domain/ceiling_match.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"

#include <string.h>

typedef unsigned __int128 wide; /* exact rationals only */

#define WIDE_MAX ((wide)1 << 126) /* doubled plus an addend it still fits in 128 bits */

/* One comune's part. */
struct part {
	struct comune_id comune;
	const struct comune *record;
	struct cents amount; /* whole cents, rounded down, then with its share of the rest */
	wide rest;           /* of W: what was rounded off */
};

struct totals {
	uint64_t population;
	uint64_t potential_users;
	uint64_t actual_users;
};

static bool wide_times(wide left, uint64_t right, wide *ret_product)
{
	wide product = 0;
	if (__builtin_mul_overflow(left, (wide)right, &product) || product > WIDE_MAX)
		return false;
	*ret_product = product;
	return true;
}

/* The ambito's comuni by rising ISTAT code; false when there are more than fit. */
static bool gather(const struct state *state, struct ambito_id ambito, struct part *parts,
		   uint32_t *ret_count)
{
	uint32_t count = 0;
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_COMUNE); i++) {
		struct comune_id id = {i};
		const struct comune *record = state_comune(state, id);
		if (record->ambito.raw != ambito.raw)
			continue;
		if (count == ALLOCATE_COMUNI_MAX)
			return false;
		uint32_t place = count++;
		for (; place > 0 && memcmp(parts[place - 1].record->istat_code, record->istat_code,
					   sizeof(record->istat_code)) > 0;
		     place--)
			parts[place] = parts[place - 1];
		parts[place] = (struct part){.comune = id, .record = record};
	}
	*ret_count = count;
	return true;
}

static struct totals add_up(const struct part *parts, uint32_t count)
{
	struct totals totals = {0, 0, 0};
	for (uint32_t i = 0; i < count; i++) {
		totals.population += parts[i].record->population;
		totals.potential_users += parts[i].record->potential_users;
		totals.actual_users += parts[i].record->actual_users;
	}
	return totals;
}

/* The shares must make 100 %, and a share that counts must have something to count. */
static enum result check_shares(struct decision *decision, const struct totals *totals)
{
	const struct command_ceiling_allocate *input =
	    &decision->command->input.ceiling_allocate;
	uint32_t sum = (uint32_t)input->population_bp + input->potential_users_bp +
		       input->actual_users_bp;
	if (sum != CENTS_BASIS_POINTS_ONE)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "population_bp");
	if (input->population_bp != 0 && totals->population == 0)
		return judge_field(decision, RESULT_FIELD_INVALID, "population_bp");
	if (input->potential_users_bp != 0 && totals->potential_users == 0)
		return judge_field(decision, RESULT_FIELD_INVALID, "potential_users_bp");
	if (input->actual_users_bp != 0 && totals->actual_users == 0)
		return judge_field(decision, RESULT_FIELD_INVALID, "actual_users_bp");
	return RESULT_OK;
}

/* Divisors of the formula; one where the share is zero, so that it drops out. */
static struct totals divisors_of(const struct command_ceiling_allocate *input,
				 const struct totals *totals)
{
	return (struct totals){
	    .population = input->population_bp != 0 ? totals->population : 1,
	    .potential_users = input->potential_users_bp != 0 ? totals->potential_users : 1,
	    .actual_users = input->actual_users_bp != 0 ? totals->actual_users : 1,
	};
}

/* share x own x other x another; false when it leaves 126 bits. */
static bool weigh(uint16_t share, uint32_t own, uint64_t other, uint64_t another, wide *sum)
{
	wide product = share;
	if (!wide_times(product, own, &product) || !wide_times(product, other, &product) ||
	    !wide_times(product, another, &product) || product > WIDE_MAX - *sum)
		return false;
	*sum += product;
	return true;
}

static bool weight_of(const struct command_ceiling_allocate *input, const struct comune *comune,
		      const struct totals *by, wide *ret_weight)
{
	wide weight = 0;
	if (!weigh(input->population_bp, comune->population, by->potential_users,
		   by->actual_users, &weight) ||
	    !weigh(input->potential_users_bp, comune->potential_users, by->population,
		   by->actual_users, &weight) ||
	    !weigh(input->actual_users_bp, comune->actual_users, by->population,
		   by->potential_users, &weight))
		return false;
	*ret_weight = weight;
	return true;
}

/* total x weight / divisor: whole part and rest, by long multiplication over the bits of total. */
static void divide(uint64_t total, wide weight, wide divisor, uint64_t *ret_whole, wide *ret_rest)
{
	ASSERT(divisor > 0 && divisor <= WIDE_MAX);
	ASSERT(weight <= divisor);
	uint64_t whole = 0;
	wide rest = 0;
	for (uint32_t bit = 64; bit-- > 0;) {
		whole *= 2;
		rest *= 2;
		if ((total >> bit & 1) != 0)
			rest += weight;
		while (rest >= divisor) {
			rest -= divisor;
			whole++;
		}
	}
	*ret_whole = whole;
	*ret_rest = rest;
}

/* One more cent to the largest rests; among equals the lower ISTAT code. */
static void hand_out(struct part *parts, uint32_t count, struct cents left)
{
	static const struct cents one = {1}; /* raw: a cent */
	while (!cents_is_zero(left)) {
		uint32_t best = 0;
		for (uint32_t i = 1; i < count; i++)
			if (parts[i].rest > parts[best].rest)
				best = i;
		ASSERT(parts[best].rest > 0);
		bool fits = cents_add(parts[best].amount, one, &parts[best].amount) &&
			    cents_sub(left, one, &left);
		ASSERT(fits);
		parts[best].rest = 0;
	}
}

/* Fills the amounts. False: the numbers are too large to be exact. */
static bool allot(const struct command_ceiling_allocate *input, const struct totals *totals,
		  struct part *parts, uint32_t count)
{
	struct totals by = divisors_of(input, totals);
	wide divisor = CENTS_BASIS_POINTS_ONE;
	if (!wide_times(divisor, by.population, &divisor) ||
	    !wide_times(divisor, by.potential_users, &divisor) ||
	    !wide_times(divisor, by.actual_users, &divisor))
		return false;
	struct cents left = input->amount_cents;
	for (uint32_t i = 0; i < count; i++) {
		wide weight = 0;
		if (!weight_of(input, parts[i].record, &by, &weight))
			return false;
		uint64_t whole = 0;
		/* raw: exact division by hand; the sign was checked */
		divide((uint64_t)input->amount_cents.raw, weight, divisor, &whole, &parts[i].rest);
		ASSERT(whole <= INT64_MAX);
		parts[i].amount = cents_from((int64_t)whole);
		bool fits = cents_sub(left, parts[i].amount, &left);
		ASSERT(fits);
	}
	hand_out(parts, count, left);
	return true;
}

/* One ceiling for each comune, all or none. */
static enum result create_all(struct decision *decision, const struct part *parts, uint32_t count,
			      struct ambito_id ambito)
{
	const struct command_ceiling_allocate *input =
	    &decision->command->input.ceiling_allocate;
	struct ceiling ceilings[ALLOCATE_COMUNI_MAX];
	struct cents held[ALLOCATE_COMUNI_MAX];
	struct cents reserved[ALLOCATE_COMUNI_MAX];
	for (uint32_t i = 0; i < count; i++) {
		ceilings[i] = (struct ceiling){.ambito = ambito,
					       .fund = input->fund,
					       .comune = parts[i].comune,
					       .year = input->year};
		JUDGE_COPY_TEXT(ceilings[i].act, input->act);
		ceiling_fill_defaults(decision, &ceilings[i], parts[i].amount);
	}
	enum result result = ceiling_sum_held(decision, ceilings, count, held, reserved);
	for (uint32_t i = 0; i < count && result == RESULT_OK; i++) {
		struct ceiling_id id;
		struct ceiling_start start = {
		    .amount = parts[i].amount, .held = held[i], .reserved = reserved[i]};
		result = ceiling_create(decision, &ceilings[i], &start, &id);
	}
	return result;
}

enum result ceiling_allocate(struct decision *decision)
{
	const struct command_ceiling_allocate *input =
	    &decision->command->input.ceiling_allocate;
	const struct fund *fund = effects_read_fund(decision->effects, input->fund);
	ASSERT(fund != NULL);
	struct fund_year_id fund_year =
	    state_find_fund_year(decision->state, input->fund, input->year);
	if (fund_year.raw == 0)
		return judge_field(decision, RESULT_UNKNOWN_REFERENCE, "year");
	struct part parts[ALLOCATE_COMUNI_MAX];
	uint32_t count = 0;
	if (!gather(decision->state, fund->ambito, parts, &count))
		return RESULT_TOO_MANY_EFFECTS;
	struct totals totals = add_up(parts, count);
	enum result result = check_shares(decision, &totals);
	if (result != RESULT_OK)
		return result;
	if (!allot(input, &totals, parts, count))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "population_bp");
	result = create_all(decision, parts, count, fund->ambito);
	if (result != RESULT_OK)
		return result;
	decision->outcome->gross = input->amount_cents;
	decision->outcome->units = count;
	return judge_object(decision, RESULT_OK, RECORD_KIND_FUND_YEAR, fund_year.raw);
}
