/* Italian holidays and working days, computed for the years 2000 to 2100.
 *
 * Holidays are those of the State (Sundays apart) and the patron saint of the place where a
 * deadline runs. Working days are Monday to Friday that are no holiday: offices work five days a
 * week.
 * Nothing is read from a table of dates: Easter is computed, laws that changed the list carry their
 * first year.
 * SOURCE L. 260/1949 art. 2, L. 54/1977, DPR 792/1985 (6 January), L. 336/2000 (2 June, from 2001),
 * DL 5/2011 (17 March 2011, that year alone), L. 151/2025 (4 October, from 2026); DOMAIN section 8
 * "Deadlines in working days need a calendar with Italian holidays and the patron saint per
 * comune". */
#ifndef ENGINE_BASE_CALENDAR_IT_H
#define ENGINE_BASE_CALENDAR_IT_H

#include "engine/base/time.h"

#define CALENDAR_IT_YEAR_MIN 2000
#define CALENDAR_IT_YEAR_MAX 2100

#define CALENDAR_IT_EASTER_DAYS_MAX 70u

/* The day of a comune's patron saint: the same in every year (month 0: none; 29 February is not
 * one), or so many days after Easter Sunday (0: none). A place may keep either, or both. */
struct patron_day {
	uint8_t month; /* 1 to 12 */
	uint8_t day;
	uint8_t easter_days; /* at most CALENDAR_IT_EASTER_DAYS_MAX */
};

/* Whether it is none, or a day that every year has. */
bool calendar_it_patron_is_valid(struct patron_day patron);

/* Easter Sunday; the year must be in range (asserted). */
struct day calendar_it_easter(int32_t year);

/* A holiday of the State or of the patron; a Sunday alone is not. Years out of range have none. */
bool calendar_it_is_holiday(struct day day, struct patron_day patron);

/* Monday to Friday, no holiday. */
bool calendar_it_is_working_day(struct day day, struct patron_day patron);

/* The last of `days` working days that follow `day`, which itself does not count; with 0 days, the
 * day itself. False: outside the calendar (time.h). */
MUST_CHECK bool calendar_it_add_working_days(struct day day, uint32_t days,
					     struct patron_day patron, struct day *ret_day);

#endif
