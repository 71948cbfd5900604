/* Money of titles that run, after their units or their price changed: a month keeps exactly what
 * its free and booked units are worth (remainders by subtraction, DOMAIN section 8). More is
 * promised all together or not at all; less is released. A month is named by its cell of share 0;
 * what it gains or loses is divided among the funds of the title (share.h). */
#ifndef ENGINE_DOMAIN_ADJUST_H
#define ENGINE_DOMAIN_ADJUST_H

#include "engine/domain/decide.h"
#include "engine/domain/share.h"

/* A month as it is to be. */
struct adjust_month {
	struct cell_id cell;
	struct tariff_id tariff;
	uint32_t free_units;
};

/* What F140 of the month lacks to its worth, and what it has beyond; one of the two is 0. Money of
 * kept bookings is left out. False: an amount leaves 64 bits. */
MUST_CHECK bool adjust_difference(struct effects *effects, const struct adjust_month *month,
				  struct cents *ret_lack, struct cents *ret_surplus);

/* F140 -> F110 of the month, with ceilings and commitments; at most what it has (asserted). */
void adjust_release(struct effects *effects, struct cell_id cell, struct cents amount);

/* Takes free units away, U110 -> U150, and the money that the month has beyond the rest. At most
 * the free units (asserted); the month must not be released. Returns what was released. */
struct cents adjust_lose_units(struct effects *effects, struct cell_id cell, uint32_t units);

/* What months of one title ask for, by cell. */
struct increase {
	const struct voucher *voucher;
	struct share_amounts limits; /* what its funds' caps leave */
	struct cents missing;	     /* that no fund of its list takes */
	uint32_t count;
	struct cell_id cells[VOUCHER_CELLS_MAX];
	struct cents amounts[VOUCHER_CELLS_MAX];
};

void adjust_begin(struct effects *effects, struct voucher_id voucher,
		  struct increase *ret_increase);
/* Adds what a month asks for; 0 adds nothing. */
void adjust_add(struct effects *effects, struct increase *increase, struct cell_id cell,
		struct cents amount);
struct cents adjust_sum(const struct increase *increase);

/* May the fund year of a cell promise anything at all? As fund_year_for_month. */
MUST_CHECK enum result adjust_check_open(struct decision *decision, struct cell_id cell);

/* Fund years, ceilings and commitments, each over all cells together: RESULT_OK, refusals of
 * fund_year_for_month, RESULT_FUND_EXHAUSTED, RESULT_SHARE_UNFUNDED, RESULT_CEILING_EXCEEDED or
 * _FROZEN, RESULT_COMMITMENT_EXCEEDED, RESULT_TOO_MANY_EFFECTS, with the outcome's figures. Moves
 * nothing. */
MUST_CHECK enum result adjust_check(struct decision *decision, const struct increase *increase);

/* Promises it; checked before. Returns the sum. */
struct cents adjust_promise(struct decision *decision, const struct increase *increase);

#endif
