/* What a title is under for a time: a wait, a reservation, an order, an urgency.
 *
 *   WAITING      from the waitlist to issue or cancellation; says which ceiling or fund year it
 *                waits for, and its rank
 *   RESERVATION  from reserve to issue, cancellation or its last day
 *   MANDATORY    the court's order by which the title is given, from proposal on
 *   URGENT       protected discharge: from issue to validation; not validated by its last day, it
 *                is told again: a person decides, nothing is taken back by itself
 *
 * A title has at most one open term of each kind. Closed ones stay, as history. */
#ifndef ENGINE_DOMAIN_TITLE_TERM_H
#define ENGINE_DOMAIN_TITLE_TERM_H

#include "engine/domain/decide.h"

/* The title's open term of a kind; 0: none. */
struct title_term_id title_term_find(struct effects *effects, struct voucher_id voucher,
				     enum title_term_kind kind);

/* Opens a term; what it says beyond voucher and kind is the caller's to fill. */
struct title_term *title_term_open(struct decision *decision, struct voucher_id voucher,
				   enum title_term_kind kind);

/* Closes the title's open term of a kind, if there is one. */
void title_term_close(struct effects *effects, struct voucher_id voucher,
		      enum title_term_kind kind);

/* Notes on a title that it is mandatory or urgent, as the command's fields `priority`, `authority`
 * and `priority_act` say. RESULT_OK, also where they say nothing; RESULT_FIELD_MISSING: an order
 * without authority or act; RESULT_FIELD_INVALID: an authority or act of nothing, or another
 * priority than the title has. */
struct title_order {
	uint8_t priority; /* enum title_priority; 0: nothing is said */
	struct slice authority;
	struct slice act;
};
MUST_CHECK enum result title_term_check_order(struct decision *decision,
					      const struct title_order *order, uint8_t present);
void title_term_note_order(struct decision *decision, struct voucher_id voucher,
			   const struct title_order *order);

/* The title is issued: waits, reservation and unfunded tasks end; an urgent one is to be validated
 * within the days of the parameter. */
void title_term_issued(struct decision *decision, struct voucher_id voucher);

#endif
