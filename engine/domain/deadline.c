/* Dates of a month: see deadline.h. Months of titles lie in 2000 to 2100 and distances are 16 bits
 * wide at the most, so that every date computed here exists. */
#include "engine/domain/deadline.h"

#include "engine/base/assert.h"

struct deadlines deadlines_of(const struct ambito *ambito, struct month month)
{
	ASSERT(ambito != NULL && month_is_valid(month));
	int32_t last = month_last_day(month).number;
	return (struct deadlines){
	    .submission = {last + ambito->submission_deadline_day},
	    .freeze = {last + ambito->statement_cutoff_day},
	    .late_window = {last + ambito->late_submission_days},
	};
}
