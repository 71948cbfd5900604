/* Dates of a month: see deadline.h. Months of titles lie in 2000 to 2100 and distances are 16 bits
 * wide at the most, so that every date computed here exists. */
#include "engine/domain/deadline.h"

#include "engine/base/assert.h"

static struct day days_after(struct day day, int32_t days)
{
	struct day later = day;
	bool exists = day_plus(day, days, &later);
	ASSERT(exists);
	return later;
}

/* The nth day of the month that follows; n = 0 is the month's own last day. */
static struct day day_of_next_month(struct month month, uint8_t n)
{
	return days_after(month_last_day(month), n);
}

struct day deadline_of_submission(const struct ambito *ambito, struct month month)
{
	ASSERT(ambito != NULL && month_is_valid(month));
	return day_of_next_month(month, ambito->submission_deadline_day);
}

struct day deadline_of_late_window(const struct ambito *ambito, struct month month)
{
	ASSERT(ambito != NULL && month_is_valid(month));
	return days_after(month_last_day(month), ambito->late_submission_days);
}

struct day deadline_of_freeze(const struct ambito *ambito, struct month month)
{
	ASSERT(ambito != NULL && month_is_valid(month));
	return day_of_next_month(month, ambito->statement_cutoff_day);
}
