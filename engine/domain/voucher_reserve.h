/* The money of a title, before and at its issue.
 *
 *   PROPOSED ──voucher_reserve──> RESERVED ──voucher_issue──> ISSUED
 *       ^                            │
 *       └──tick: its last day is over┘   cancel: RESERVED ──> CANCELLED
 *
 * A reservation holds money (F120, C130) and grants nothing: no units, no commitment. Its cells
 * stay when it expires, empty, and serve the title's issue.
 * SOURCE state_transitions.csv VOUCHER. */
#ifndef ENGINE_DOMAIN_VOUCHER_RESERVE_H
#define ENGINE_DOMAIN_VOUCHER_RESERVE_H

#include "engine/domain/decide.h"

/* What is asked for a title: to be issued, or only reserved. */
struct voucher_promise {
	struct voucher_id voucher;
	struct fund_id fund; /* none: the proposed one */
	bool is_reservation;
	bool may_wait;  /* what lacks money goes on the waitlist; else it is refused */
	bool is_first_fit; /* in simulations: whoever fits is served */
	bool is_strict; /* nobody ranked before is overtaken, whatever the measure's policy */
};

/* Plans the title's cells and moves their money, all or nothing, or puts it on the waitlist. The
 * results are those of voucher_issue (voucher_issue.c), where it stands. */
MUST_CHECK enum result voucher_issue_promise(struct decision *decision,
					     const struct voucher_promise *asked);

/* F120 -> F110, C130 -> C120 of all cells; returns what was held. */
struct cents voucher_reserve_release(struct effects *effects, struct voucher_id voucher);

/* The last day of the reservation is over: RESERVED -> PROPOSED. */
void voucher_reserve_expire(struct decision *decision, struct voucher_id voucher);

#endif
