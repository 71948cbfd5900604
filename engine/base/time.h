/* Instants, legal days, months and the rules of a time zone, all of them values.
 *
 * An instant is a point on the UTC line. A legal day is a date on the wall calendar of the ledger's
 * zone (Europe/Rome): the day of a service, of an expiry, of an act. The two meet only through a
 * struct zone_table, which engine/system derives at start and everybody else receives; nothing here
 * reads a clock or a zone file. Days have 23, 24 or 25 hours, so durations are differences of
 * instants, never of wall-clock readings. Periods are half-open: [begin, end).
 *
 * Range: years 1 to 9999 of the proleptic Gregorian calendar; parsers refuse the rest.
 * SOURCE: DOMAIN section 8 ("Instants stored in UTC with the original offset; periods in
 * Europe/Rome, half-open; elapsed minutes from instants; ambiguous/non-existent local times
 * refused; record belongs to its start date") and SCENARIOS S06. */
#ifndef ENGINE_BASE_TIME_H
#define ENGINE_BASE_TIME_H

#include "engine/base/assert.h"
#include "engine/base/result.h"
#include "engine/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

#define TIME_YEAR_MIN          1
#define TIME_YEAR_MAX          9999
#define TIME_SECONDS_PER_DAY   86400
#define TIME_US_PER_SECOND     INT64_C(1000000)
#define TIME_US_PER_DAY        (TIME_SECONDS_PER_DAY * TIME_US_PER_SECOND)
#define TIME_OFFSET_MAX_S      (14 * 3600) /* offsets run from -14:00 to +14:00 */
#define ZONE_TRANSITIONS_MAX   256u

#define DAY_TEXT_SIZE          10u /* YYYY-MM-DD, no NUL */
#define MONTH_TEXT_SIZE        7u  /* YYYY-MM, no NUL */
#define INSTANT_TEXT_SIZE_MAX  32u /* YYYY-MM-DDThh:mm:ss.ffffff+hh:mm, no NUL */

struct instant {
	int64_t us; /* microseconds since 1970-01-01T00:00:00Z, leap seconds not counted */
};

struct duration {
	int64_t ms; /* milliseconds, either sign */
};

struct day {
	int32_t number; /* days since 1970-01-01 */
};

struct month {
	int32_t number; /* year x 12 + month - 1, so that months subtract */
};

struct civil_day {
	int32_t year; /* 1 … 9999 */
	int32_t month; /* 1 … 12 */
	int32_t day; /* 1 … 31 */
};

/* The rules of one zone: from at_us on, local time is UTC + offset_s. Sorted by at_us, strictly
 * rising; the first row stands for all time before the second (its at_us is INT64_MIN). */
struct zone_transition {
	int64_t at_us;
	int32_t offset_s;
};

struct zone_table {
	uint32_t count; /* 1 … ZONE_TRANSITIONS_MAX */
	struct zone_transition transitions[ZONE_TRANSITIONS_MAX];
};

/* A stretch of instants, begin included, end excluded. */
struct period {
	struct instant begin;
	struct instant end;
};

/* An instant as somebody wrote it: with an offset it names one instant; without, it is a reading of
 * the local clock that instant_resolve() places in the zone, or refuses. */
struct instant_text {
	bool has_offset;
	int32_t offset_s; /* as written; 0 for Z and where has_offset is false */
	struct day day;   /* the written date */
	int64_t us_of_day; /* the written time, microseconds since midnight, < 24 h */
};

/* ---- Calendar ---- */

bool year_is_leap(int32_t year);
/* Days in a month 1 … 12 of a year. */
int32_t year_month_days(int32_t year, int32_t month);

/* False: not a date of the calendar (31 April, year 0, …). */
MUST_CHECK bool day_from_civil(struct civil_day civil, struct day *ret_day);
struct civil_day day_to_civil(struct day day);
/* Within the years 1 to 9999? Days that were decoded are checked once with this. */
bool day_is_valid(struct day day);
bool day_equal(struct day left, struct day right);
bool day_less(struct day left, struct day right);
/* The day `days` later (earlier if negative). False: outside the calendar. */
MUST_CHECK bool day_plus(struct day day, int32_t days, struct day *ret_day);
/* 1 = Monday … 7 = Sunday (ISO 8601). */
int32_t day_of_week(struct day day);
/* The fiscal year of Italian public bodies is the calendar year. */
int32_t day_fiscal_year(struct day day);

/* False: year or month out of range. */
MUST_CHECK bool month_from_civil(int32_t year, int32_t month, struct month *ret_month);
bool month_is_valid(struct month month);
struct month month_of_day(struct day day);
struct day month_first_day(struct month month);
struct day month_last_day(struct month month);
int32_t month_year(struct month month);
int32_t month_of_year(struct month month); /* 1 … 12 */
/* The month `months` later. False: outside the calendar. */
MUST_CHECK bool month_plus(struct month month, int32_t months, struct month *ret_month);

/* ---- Zone ---- */

/* Within the calendar by at least a day, so that its local date exists in every zone? Instants that
 * were decoded are checked once with this; the functions below assert on it. */
bool instant_is_valid(struct instant instant);

/* Rows strictly rising, offsets whole minutes within 14 h, first row from the beginning of time: a
 * table that came from outside (file, journal) is checked once with this; the functions below
 * assert on it. */
bool zone_is_valid(const struct zone_table *zone);
/* The zone's offset from UTC at an instant, in seconds. */
int32_t zone_offset_s(const struct zone_table *zone, struct instant instant);

/* The legal day on which an instant falls: the day a record belongs to. */
struct day day_of_instant(const struct zone_table *zone, struct instant instant);
struct month month_of_instant(const struct zone_table *zone, struct instant instant);

/* The instant of a wall-clock reading; second_of_day 0 … 86399, checked. RESULT_OK;
 * RESULT_AMBIGUOUS_LOCAL_TIME: the clock shows it twice that day;
 * RESULT_NONEXISTENT_LOCAL_TIME: the clock jumps over it;
 * RESULT_FIELD_OUT_OF_RANGE: second_of_day or day is not one, or at the calendar's very edge. */
MUST_CHECK enum result instant_of_local(const struct zone_table *zone, struct day day,
					int32_t second_of_day, struct instant *ret_instant);
/* The same for a text that was parsed; an explicit offset is taken at its word. Results as
 * above. */
MUST_CHECK enum result instant_resolve(const struct zone_table *zone, struct instant_text text,
				       struct instant *ret_instant);

/* The first instant of a legal day (local midnight, or the end of the jump that swallowed it). */
struct instant day_begin(const struct zone_table *zone, struct day day);
/* The first instant of a month; the month ends where the next begins. */
struct instant month_begin(const struct zone_table *zone, struct month month);

/* ---- Periods and durations ---- */

struct period period_of_day(const struct zone_table *zone, struct day day);
struct period period_of_month(const struct zone_table *zone, struct month month);
/* The fiscal year as instants: [1 January 00:00, next 1 January 00:00) local. */
struct period period_of_fiscal_year(const struct zone_table *zone, int32_t year);
bool period_contains(struct period period, struct instant instant);
bool period_overlaps(struct period left, struct period right); /* touching ends do not overlap */

bool instant_equal(struct instant left, struct instant right);
bool instant_less(struct instant left, struct instant right);
/* instant + duration. False: outside the calendar (instant_is_valid). */
MUST_CHECK bool instant_plus(struct instant instant, struct duration duration,
			     struct instant *ret_instant);
/* Elapsed time from begin to end, negative if end comes first. Whole milliseconds, rounded
 * towards the past. Both instants valid. */
struct duration duration_between(struct instant begin, struct instant end);
/* Elapsed whole minutes; a started minute does not count. False: end before begin. */
MUST_CHECK bool duration_minutes_between(struct instant begin, struct instant end,
					 uint32_t *ret_minutes);

/* ---- Text ---- */

/* Exactly YYYY-MM-DD of an existing day. False: anything else. */
MUST_CHECK bool day_parse(struct slice text, struct day *ret_day);
/* Exactly YYYY-MM. */
MUST_CHECK bool month_parse(struct slice text, struct month *ret_month);
/* RFC 3339: YYYY-MM-DDThh:mm[:ss[.f…]](Z|±hh:mm) with one to six digits of fraction, offsets up to
 * 14:00; seconds may be left out (ISO 8601). Without Z or offset it is a local reading. Leap
 * seconds and 24:00 are refused. */
MUST_CHECK bool instant_parse(struct slice text, struct instant_text *ret_text);

/* Writes exactly DAY_TEXT_SIZE bytes, no NUL. The day must be valid. */
void day_format(struct day day, char *ret_text);
/* Writes exactly MONTH_TEXT_SIZE bytes, no NUL. */
void month_format(struct month month, char *ret_text);
/* Writes the instant in the zone's local time with its offset, the fraction only when it is not
 * zero: 2026-03-05T09:00:00+01:00. Returns the bytes written, at most INSTANT_TEXT_SIZE_MAX. */
uint32_t instant_format(const struct zone_table *zone, struct instant instant, char *ret_text);
/* The same with a given offset (the one the sender used); 0 prints as Z. */
uint32_t instant_format_offset(struct instant instant, int32_t offset_s, char *ret_text);

#endif
