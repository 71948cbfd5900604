/* Exact arithmetic on cents: see money.h for the promises.
 *
 * Two ideas carry the file. Sums go through the compiler's overflow builtins. Products and
 * quotients go through 128 bits: an amount has at most 63 bits and a factor at most 64, so a
 * product has at most 127 and never wraps; only the way back to 64 bits can fail, in one place,
 * narrow(). */
#include "engine/base/money.h"

#include "engine/base/assert.h"

#include <assert.h>
#include <stddef.h>

#define WIDE unsigned __int128

static_assert(sizeof(struct cents) == sizeof(int64_t), "an amount is one machine word");

/* Back from 128 bits: false when the value is no int64_t. */
static bool narrow(WIDE value, struct cents *ret_amount)
{
	ASSERT(ret_amount != NULL);
	if (value > (WIDE)INT64_MAX)
		return false;
	*ret_amount = (struct cents){.raw = (int64_t)value};
	return true;
}

/* numerator / denominator, a half going up, for non-negative values. */
static WIDE div_half_up(WIDE numerator, WIDE denominator)
{
	ASSERT(denominator > 0);
	WIDE quotient;
	WIDE remainder;
	if (numerator <= UINT64_MAX && denominator <= UINT64_MAX) { /* nearly always */
		quotient = (uint64_t)numerator / (uint64_t)denominator;
		remainder = (uint64_t)numerator % (uint64_t)denominator;
	} else {
		quotient = numerator / denominator;
		remainder = numerator % denominator;
	}
	ASSERT(remainder < denominator);
	/* 2 x remainder >= denominator, written so that nothing can wrap. */
	if (remainder >= denominator - remainder)
		quotient++;
	return quotient;
}

struct cents cents_from(int64_t raw)
{
	return (struct cents){.raw = raw};
}

struct cents cents_zero(void)
{
	return (struct cents){.raw = 0};
}

bool cents_is_zero(struct cents amount)
{
	return amount.raw == 0;
}

bool cents_is_negative(struct cents amount)
{
	return amount.raw < 0;
}

bool cents_equal(struct cents left, struct cents right)
{
	return left.raw == right.raw;
}

bool cents_less(struct cents left, struct cents right)
{
	return left.raw < right.raw;
}

struct cents cents_min(struct cents left, struct cents right)
{
	return right.raw < left.raw ? right : left;
}

struct cents cents_max(struct cents left, struct cents right)
{
	return left.raw < right.raw ? right : left;
}

bool cents_add(struct cents left, struct cents right, struct cents *ret_sum)
{
	ASSERT(ret_sum != NULL);
	int64_t sum;
	if (__builtin_add_overflow(left.raw, right.raw, &sum))
		return false;
	*ret_sum = (struct cents){.raw = sum};
	return true;
}

void cents_increase(struct cents *balance, struct cents amount)
{
	ASSERT(balance != NULL);
	bool fits = cents_add(*balance, amount, balance);
	ASSERT(fits);
}

void cents_decrease(struct cents *balance, struct cents amount)
{
	ASSERT(balance != NULL);
	bool fits = cents_sub(*balance, amount, balance);
	ASSERT(fits);
}

bool cents_delta(struct cents left, struct cents right, struct cents *ret_delta)
{
	ASSERT(ret_delta != NULL);
	int64_t delta;
	if (__builtin_sub_overflow(left.raw, right.raw, &delta))
		return false;
	*ret_delta = (struct cents){.raw = delta};
	return true;
}

bool cents_sub(struct cents left, struct cents right, struct cents *ret_rest)
{
	ASSERT(ret_rest != NULL);
	struct cents rest;
	if (!cents_delta(left, right, &rest) || cents_is_negative(rest))
		return false;
	*ret_rest = rest;
	return true;
}

bool cents_adjust(struct cents balance, struct cents delta, struct cents *ret_balance)
{
	ASSERT(ret_balance != NULL);
	struct cents adjusted;
	if (!cents_add(balance, delta, &adjusted) || cents_is_negative(adjusted))
		return false;
	*ret_balance = adjusted;
	return true;
}

bool cents_times(struct cents amount, uint64_t count, struct cents *ret_product)
{
	ASSERT(ret_product != NULL);
	int64_t product;
	if (__builtin_mul_overflow(amount.raw, count, &product))
		return false;
	*ret_product = (struct cents){.raw = product};
	return true;
}

bool cents_div_floor(struct cents amount, uint64_t divisor, struct cents *ret_quotient)
{
	ASSERT(ret_quotient != NULL);
	if (amount.raw < 0 || divisor == 0)
		return false;
	uint64_t quotient = (uint64_t)amount.raw / divisor;
	ASSERT(quotient <= (uint64_t)INT64_MAX);
	*ret_quotient = (struct cents){.raw = (int64_t)quotient};
	return true;
}

bool cents_sum(const struct cents *amounts, uint32_t count, struct cents *ret_sum)
{
	ASSERT(ret_sum != NULL);
	if (count > 0)
		ASSERT(amounts != NULL);
	int64_t sum = 0;
	for (uint32_t i = 0; i < count; i++)
		if (__builtin_add_overflow(sum, amounts[i].raw, &sum))
			return false;
	*ret_sum = (struct cents){.raw = sum};
	return true;
}

bool cents_net(uint64_t units, struct cents rate, uint32_t per, struct cents *ret_net)
{
	ASSERT(ret_net != NULL);
	if (rate.raw < 0 || per == 0)
		return false;
	return narrow(div_half_up((WIDE)units * (WIDE)rate.raw, per), ret_net);
}

bool cents_vat(struct cents net, uint32_t basis_points, struct cents *ret_vat)
{
	ASSERT(ret_vat != NULL);
	if (net.raw < 0)
		return false;
	return narrow(div_half_up((WIDE)net.raw * basis_points, CENTS_BASIS_POINTS_ONE), ret_vat);
}

bool cents_gross(struct cents net, uint32_t basis_points, struct cents *ret_gross)
{
	ASSERT(ret_gross != NULL);
	struct cents vat;
	if (!cents_vat(net, basis_points, &vat))
		return false;
	ASSERT(!cents_is_negative(vat));
	return cents_add(net, vat, ret_gross);
}

bool cents_net_of_gross(struct cents gross, uint32_t basis_points, struct cents *ret_net)
{
	ASSERT(ret_net != NULL);
	if (gross.raw < 0)
		return false;
	WIDE whole = (WIDE)CENTS_BASIS_POINTS_ONE + basis_points;
	struct cents net;
	if (!narrow(div_half_up((WIDE)gross.raw * CENTS_BASIS_POINTS_ONE, whole), &net))
		return false;
	ASSERT(net.raw <= gross.raw);
	*ret_net = net;
	return true;
}

bool cents_interpolate(const struct cents_line *line, struct cents at, struct cents *ret_value)
{
	ASSERT(line != NULL && ret_value != NULL);
	if (line->from.raw < 0 || line->low.raw < 0 || line->high.raw < 0 ||
	    line->from.raw >= line->to.raw)
		return false;
	at = cents_min(cents_max(at, line->from), line->to);
	WIDE left = (WIDE)(line->to.raw - at.raw) * (WIDE)line->low.raw;
	WIDE right = (WIDE)(at.raw - line->from.raw) * (WIDE)line->high.raw;
	return narrow(div_half_up(left + right, (WIDE)(line->to.raw - line->from.raw)), ret_value);
}

/* One division in largest-remainder terms: what the parts have and what each lacks. */
struct division {
	WIDE total;              /* cents to divide */
	WIDE weight_sum;         /* > 0 */
	const uint64_t *weights; /* borrowed */
	const struct cents *parts; /* the shares rounded down */
	uint32_t count;
};

/* What rounding down took from a part, in units of 1 / weight_sum cents; < weight_sum. */
static WIDE remainder_of(const struct division *division, uint32_t i)
{
	ASSERT(i < division->count);
	WIDE part = (WIDE)division->parts[i].raw;
	WIDE remainder = division->total * division->weights[i] - part * division->weight_sum;
	ASSERT(remainder < division->weight_sum);
	return remainder;
}

static uint32_t count_remainders_from(const struct division *division, WIDE threshold)
{
	ASSERT(threshold <= division->weight_sum);
	uint32_t found = 0;
	for (uint32_t i = 0; i < division->count; i++)
		found += remainder_of(division, i) >= threshold;
	return found;
}

/* The largest threshold that at least `wanted` remainders reach: the wanted-th largest remainder.
 * By bisection, because sorting would need memory. */
static WIDE remainder_threshold(const struct division *division, uint32_t wanted)
{
	ASSERT(wanted > 0);
	ASSERT(wanted < division->count);
	WIDE reached = 0;                   /* at least `wanted` remainders are >= this */
	WIDE missed = division->weight_sum; /* none is >= this */
	while (missed - reached > 1) {
		WIDE middle = reached + (missed - reached) / 2;
		if (count_remainders_from(division, middle) >= wanted)
			reached = middle;
		else
			missed = middle;
	}
	return reached;
}

/* Gives one cent to each of the `left` largest remainders, the earlier index first among equals. */
static void hand_out(const struct division *division, uint32_t left, struct cents *parts)
{
	WIDE threshold = remainder_threshold(division, left);
	/* The remainders sum to left x weight_sum and each is smaller: more than `left` of them are
	 * not zero, so a part of weight zero never gets a cent. */
	ASSERT(threshold > 0);
	uint32_t above = count_remainders_from(division, threshold + 1);
	ASSERT(above < left);
	uint32_t ties = left - above;

	for (uint32_t i = 0; i < division->count; i++) {
		/* Read before the part changes: each remainder is asked for once here. */
		WIDE remainder = remainder_of(division, i);
		bool tied = remainder == threshold && ties > 0;
		if (remainder > threshold || tied)
			parts[i].raw++;
		if (tied)
			ties--;
	}
	ASSERT(ties == 0);
}

bool cents_allocate_largest_remainder(struct cents total, const uint64_t *weights, uint32_t count,
				      struct cents *ret_parts)
{
	ASSERT(weights != NULL);
	ASSERT(ret_parts != NULL);
	if (total.raw < 0 || count == 0)
		return false;
	WIDE weight_sum = 0;
	for (uint32_t i = 0; i < count; i++)
		weight_sum += weights[i];
	if (weight_sum == 0 && total.raw > 0)
		return false;

	/* From here on nothing can fail. */
	int64_t given = 0;
	for (uint32_t i = 0; i < count; i++) {
		WIDE share = total.raw == 0 ? 0 : (WIDE)total.raw * weights[i] / weight_sum;
		ASSERT(share <= (WIDE)total.raw);
		ret_parts[i] = (struct cents){.raw = (int64_t)share};
		given += (int64_t)share;
	}
	ASSERT(given <= total.raw);
	int64_t left = total.raw - given;
	ASSERT(left < (int64_t)count);
	if (left > 0) {
		struct division division = {
		    .total = (WIDE)total.raw,
		    .weight_sum = weight_sum,
		    .weights = weights,
		    .parts = ret_parts,
		    .count = count,
		};
		hand_out(&division, (uint32_t)left, ret_parts);
	}
	return true;
}
