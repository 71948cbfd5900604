/* Which comune bears a title's month: where the person lived on its first day, and which comune
 * stands in that one's place since (mergers of comuni). */
#ifndef ENGINE_DOMAIN_RESIDENCE_H
#define ENGINE_DOMAIN_RESIDENCE_H

#include "engine/domain/decide.h"

/* The comune that bears the title's month. Costs one look-up where nobody moved or merged. */
struct comune_id residence_comune(struct effects *effects, const struct voucher *voucher,
				  struct month month);

/* The comune that stands in another's place on a day: itself, or its successor. */
struct comune_id residence_comune_on(struct effects *effects, struct comune_id comune,
				     struct day day);

/* Gives a new title its comune and the moves that it follows. */
void residence_enter(struct effects *effects, struct voucher *voucher,
		     const struct beneficiary *beneficiary);

/* What a cell promises and nobody delivered: taken from the ceilings of the comune that bears its
 * month, and given to those of the comune that will. Between the two the caller changes who bears
 * it. RESULT_OK of the second: the new ceilings hold it; else as cell_check_promise. */
void residence_take_up(struct effects *effects, struct cell_id cell, enum posting_kind kind,
		       struct cents *ret_amount);
MUST_CHECK enum result residence_put_down(struct decision *decision, struct cell_id cell,
					  enum posting_kind kind, struct cents amount);

#endif
