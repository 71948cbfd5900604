/* Dates of a month: see deadline.h. Months of titles lie in 2000 to 2100 and distances are bounded
 * by parameters.def, so that every date computed here exists. */
#include "engine/domain/deadline.h"

#include "engine/base/assert.h"
#include "engine/domain/parameter.h"

static struct day days_after(const struct state *state, enum parameter_name name,
			     const struct parameter_scope *scope, struct day last)
{
	int64_t days = parameter_at(state, name, scope, last);
	ASSERT(days >= 0 && days <= 366);
	return (struct day){last.number + (int32_t)days};
}

struct deadlines deadlines_of(const struct state *state, struct ambito_id ambito,
			      struct month month)
{
	ASSERT(ambito.raw != 0 && month_is_valid(month));
	struct parameter_scope scope = {.ambito = ambito};
	struct day last = month_last_day(month);
	return (struct deadlines){
	    .submission = days_after(state, PARAMETER_SUBMISSION_DEADLINE_DAY, &scope, last),
	    .freeze = days_after(state, PARAMETER_STATEMENT_CUTOFF_DAY, &scope, last),
	    .late_window = days_after(state, PARAMETER_LATE_SUBMISSION_LAST_DAY, &scope, last),
	};
}
