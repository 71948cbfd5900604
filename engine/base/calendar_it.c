/* Italian holidays: see calendar_it.h. */
#include "engine/base/calendar_it.h"

#include <stddef.h>

#define SATURDAY 6

struct fixed_holiday {
	int32_t first_year;
	int32_t last_year;
	int32_t month;
	int32_t day;
};

static const struct fixed_holiday fixed_holidays[] = {
    {CALENDAR_IT_YEAR_MIN, CALENDAR_IT_YEAR_MAX, 1, 1},
    {CALENDAR_IT_YEAR_MIN, CALENDAR_IT_YEAR_MAX, 1, 6},
    {2011, 2011, 3, 17}, /* 150 years of the State */
    {CALENDAR_IT_YEAR_MIN, CALENDAR_IT_YEAR_MAX, 4, 25},
    {CALENDAR_IT_YEAR_MIN, CALENDAR_IT_YEAR_MAX, 5, 1},
    {2001, CALENDAR_IT_YEAR_MAX, 6, 2},
    {CALENDAR_IT_YEAR_MIN, CALENDAR_IT_YEAR_MAX, 8, 15},
    {2026, CALENDAR_IT_YEAR_MAX, 10, 4}, /* Saint Francis of Assisi */
    {CALENDAR_IT_YEAR_MIN, CALENDAR_IT_YEAR_MAX, 11, 1},
    {CALENDAR_IT_YEAR_MIN, CALENDAR_IT_YEAR_MAX, 12, 8},
    {CALENDAR_IT_YEAR_MIN, CALENDAR_IT_YEAR_MAX, 12, 25},
    {CALENDAR_IT_YEAR_MIN, CALENDAR_IT_YEAR_MAX, 12, 26},
};

bool calendar_it_patron_is_valid(struct patron_day patron)
{
	if (patron.easter_days > CALENDAR_IT_EASTER_DAYS_MAX)
		return false;
	if (patron.month == 0)
		return patron.day == 0;
	return patron.month <= 12 && patron.day >= 1 &&
	       patron.day <= year_month_days(2001, patron.month);
}

/* The Gregorian computus: golden number, century's corrections, epact, then the Sunday after. */
struct day calendar_it_easter(int32_t year)
{
	ASSERT(year >= CALENDAR_IT_YEAR_MIN && year <= CALENDAR_IT_YEAR_MAX);
	int32_t golden = year % 19;
	int32_t century = year / 100;
	int32_t of_century = year % 100;
	int32_t moon_shift = (8 * century + 13) / 25;
	int32_t moon = (19 * golden + century - century / 4 - moon_shift + 15) % 30;
	int32_t to_sunday =
	    (32 + 2 * (century % 4) + 2 * (of_century / 4) - moon - of_century % 4) % 7;
	int32_t late = (golden + 11 * moon + 22 * to_sunday) / 451;
	int32_t days = moon + to_sunday - 7 * late + 114;
	struct day easter = {0};
	bool exists = day_from_civil(
	    (struct civil_day){.year = year, .month = days / 31, .day = days % 31 + 1}, &easter);
	ASSERT(exists && day_of_week(easter) == 7);
	return easter;
}

bool calendar_it_is_holiday(struct day day, struct patron_day patron)
{
	ASSERT(day_is_valid(day));
	ASSERT(calendar_it_patron_is_valid(patron));
	struct civil_day civil = day_to_civil(day);
	if (civil.year < CALENDAR_IT_YEAR_MIN || civil.year > CALENDAR_IT_YEAR_MAX)
		return false;
	if (civil.month == patron.month && civil.day == patron.day)
		return true;
	for (uint32_t i = 0; i < sizeof(fixed_holidays) / sizeof(fixed_holidays[0]); i++) {
		const struct fixed_holiday *holiday = &fixed_holidays[i];
		if (civil.month == holiday->month && civil.day == holiday->day &&
		    civil.year >= holiday->first_year && civil.year <= holiday->last_year)
			return true;
	}
	int32_t after_easter = day.number - calendar_it_easter(civil.year).number;
	return after_easter == 0 || after_easter == 1 ||
	       (patron.easter_days != 0 && after_easter == patron.easter_days);
}

bool calendar_it_is_working_day(struct day day, struct patron_day patron)
{
	return day_of_week(day) < SATURDAY && !calendar_it_is_holiday(day, patron);
}

bool calendar_it_add_working_days(struct day day, uint32_t days, struct patron_day patron,
				  struct day *ret_day)
{
	ASSERT(ret_day != NULL);
	struct day reached = day;
	for (uint32_t left = days; left > 0;) {
		if (!day_plus(reached, 1, &reached))
			return false;
		if (calendar_it_is_working_day(reached, patron))
			left--;
	}
	*ret_day = reached;
	return true;
}
