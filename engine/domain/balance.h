/* Units left of a title, by line and month: what a provider asks before the visit.
 * SOURCE the issue ("hours left, asked by a provider before the visit"); DOMAIN section 14,
 * providers 4. */
#ifndef ENGINE_DOMAIN_BALANCE_H
#define ENGINE_DOMAIN_BALANCE_H

#include "engine/base/limits.h"
#include "engine/domain/state.h"

struct balance_month {
	struct month month;
	struct day last_day;  /* of services of this month: the title's, or the month's */
	struct day submit_by; /* last day on which they may be sent without authorisation */
	struct day ends;      /* last day on which what is left may be used by any month */
	uint32_t granted;
	uint32_t free;
	uint32_t booked;
	uint32_t used;
	uint32_t disputed;
	uint32_t carried; /* units of earlier months that services of this one may take too */
	uint8_t line;
	bool is_over;      /* nothing more is accepted */
	bool is_held_back; /* what was free waits for a service of the months before */
};

struct balance {
	struct day day;
	bool is_suspended; /* on that day */
	uint32_t count;
	struct balance_month months[VOUCHER_CELLS_MAX]; /* line-major, then month */
};

/* The title's balance on a day. It must exist (asserted). */
void balance_of(const struct state *state, struct voucher_id voucher, struct day day,
		struct balance *ret_balance);

#endif
