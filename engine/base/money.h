/* Money: whole cents of euro, exact, checked.
 *
 * struct cents keeps amounts apart from counts, minutes and identifiers: the compiler refuses to
 * mix them. Its `raw` is touched in money.c only; elsewhere (codecs, formatting) the line says why
 * in a comment "raw: reason". Every operation that could leave the range of 64 bits, or go below
 * zero where a balance cannot, answers false and writes nothing: the caller must look
 * (MUST_CHECK). No floating point; every rounding has a name; intermediate products are 128 bits
 * wide, so no valid input overflows inside.
 *
 * SOURCE: DOMAIN section 8. "Half-up. Tariff net per hour, gross only derived." VAT rates are in
 * basis points: 5 % = 500. The table of SCENARIOS (60' at 22,60 EUR/h = 22,60 + 1,13) is the golden
 * test of this file. */
#ifndef ENGINE_BASE_MONEY_H
#define ENGINE_BASE_MONEY_H

#include "engine/base/assert.h"

#include <stdbool.h>
#include <stdint.h>

#define CENTS_BASIS_POINTS_ONE 10000u /* 100 % */

/* Empty in every build; `make tidy` marks the field with it, to find who reaches into an amount. */
#ifndef CENTS_RAW
#define CENTS_RAW
#endif

struct cents {
	int64_t raw CENTS_RAW; /* hundredths of euro */
};

/* A literal or decoded number of cents as money. Any int64_t is representable. */
struct cents cents_from(int64_t raw);
struct cents cents_zero(void);

/* Comparisons. */
bool cents_is_zero(struct cents amount);
bool cents_is_negative(struct cents amount);
bool cents_equal(struct cents left, struct cents right);
bool cents_less(struct cents left, struct cents right); /* left < right */
struct cents cents_min(struct cents left, struct cents right);
struct cents cents_max(struct cents left, struct cents right);

/* left + right, either sign. False: outside 64 bits. */
MUST_CHECK bool cents_add(struct cents left, struct cents right, struct cents *ret_sum);

/* What was proved to fit: asserted. Adds to a balance, and takes from one without going below
 * zero. */
void cents_increase(struct cents *balance, struct cents amount);
void cents_decrease(struct cents *balance, struct cents amount);

/* left - right, for balances: false when the result would be below zero (or outside 64 bits).
 * This is the operation that keeps a fund or a ceiling from being overspent. */
MUST_CHECK bool cents_sub(struct cents left, struct cents right, struct cents *ret_rest);

/* left - right where a negative difference is meaningful (rounding adjustments, variations,
 * credit notes). False: outside 64 bits. */
MUST_CHECK bool cents_delta(struct cents left, struct cents right, struct cents *ret_delta);

/* balance + delta, delta of either sign: false when the result would be below zero. */
MUST_CHECK bool cents_adjust(struct cents balance, struct cents delta, struct cents *ret_balance);

/* amount x count (a tariff per access times accesses). False: outside 64 bits. */
MUST_CHECK bool cents_times(struct cents amount, uint64_t count, struct cents *ret_product);

/* The largest quotient q with q x divisor <= amount, for amount >= 0 and divisor > 0;
 * else false. */
MUST_CHECK bool cents_div_floor(struct cents amount, uint64_t divisor, struct cents *ret_quotient);

/* The sum of `count` amounts of either sign; the empty sum is zero. False when the total, or a
 * partial sum from the left, is outside 64 bits. */
MUST_CHECK bool cents_sum(const struct cents *amounts, uint32_t count, struct cents *ret_sum);

/* Net of a delivery: units x rate / per, half-up. A rate of 22,60 EUR per hour with units in
 * minutes has per = 60; a rate per access has per = 1. False: negative rate, per = 0, outside
 * 64 bits. */
MUST_CHECK bool cents_net(uint64_t units, struct cents rate, uint32_t per, struct cents *ret_net);

/* VAT on a net amount: net x basis points / 10 000, half-up. False: negative net, outside
 * 64 bits. */
MUST_CHECK bool cents_vat(struct cents net, uint32_t basis_points, struct cents *ret_vat);

/* net + VAT of the net: what a commitment must cover. False as cents_vat, cents_add. */
MUST_CHECK bool cents_gross(struct cents net, uint32_t basis_points, struct cents *ret_gross);

/* Separation (scorporo): the net contained in a gross amount, gross x 10 000 / (10 000 + basis
 * points), half-up; the VAT is gross - net, never recomputed. False: negative gross. */
MUST_CHECK bool cents_net_of_gross(struct cents gross, uint32_t basis_points,
				   struct cents *ret_net);

/* The straight line through (from, low) and (to, high), half-up at `at`, which is clamped to
 * [from, to]: a co-payment inside an ISEE bracket. The line may fall. False: from >= to, or a
 * negative amount. */
struct cents_line {
	struct cents from;
	struct cents low; /* at `from` */
	struct cents to;
	struct cents high; /* at `to` */
};
MUST_CHECK bool cents_interpolate(const struct cents_line *line, struct cents at,
				  struct cents *ret_value);

/* Splits `total` in proportion to `weights` by the method of largest remainders: every part gets
 * its exact share rounded down, and the cents left go one each to the largest remainders; among
 * equal remainders the earlier index wins, so the caller expresses its tie rule (list order, ISTAT
 * code, …) by the order of the array. The parts always sum to `total` exactly, no part is negative
 * and a weight of zero gets nothing. Constant memory; time grows with count x bits of the weights.
 *
 * SOURCE: DOMAIN section 7, split funding and solidarity fund; section 8, VAT of a statement.
 * False (and `ret_parts` untouched): total < 0, count = 0, or all weights zero while total > 0. */
MUST_CHECK bool cents_allocate_largest_remainder(struct cents total, const uint64_t *weights,
						 uint32_t count, struct cents *ret_parts);

#endif
