/* Dates of a month: see deadline.h. Months of titles lie in 2000 to 2100 and distances are bounded
 * by parameters.def, so that every date computed here exists. */
#include "engine/domain/deadline.h"

#include "engine/base/assert.h"

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

struct patron_day deadline_patron(const struct state *state, struct ambito_id ambito,
				  struct comune_id comune, struct day day)
{
	ASSERT(ambito.raw != 0);
	struct parameter_scope scope = {.ambito = ambito, .comune = comune};
	int64_t fixed = parameter_at(state, PARAMETER_PATRON_DAY, &scope, day);
	int64_t moved = parameter_at(state, PARAMETER_PATRON_EASTER_DAYS, &scope, day);
	struct patron_day patron = {.month = 0};
	if (fixed != PARAMETER_UNSET) {
		patron.month = (uint8_t)(fixed / 100);
		patron.day = (uint8_t)(fixed % 100);
	}
	if (moved != PARAMETER_UNSET)
		patron.easter_days = (uint8_t)moved;
	ASSERT(calendar_it_patron_is_valid(patron));
	return patron;
}

struct day deadline_working(const struct state *state, enum parameter_name name,
			    struct ambito_id ambito, struct comune_id comune, struct day from)
{
	struct parameter_scope scope = {.ambito = ambito};
	int64_t days = parameter_at(state, name, &scope, from);
	struct patron_day patron = deadline_patron(state, ambito, comune, from);
	struct day last = from;
	ASSERT(days > 0 && days <= 366);
	bool exists = calendar_it_add_working_days(from, (uint32_t)days, patron, &last);
	ASSERT(exists);
	return last;
}
