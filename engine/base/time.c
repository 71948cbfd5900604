/* Calendar, zone rules and their texts: see time.h.
 *
 * Day numbers convert to dates with the era method (400-year cycles of 146 097 days, years starting
 * in March so that the leap day comes last); for the years 2000 to 2100, which the rules ask for
 * many times in every act, a table of the months' first days gives the same (decision 0059). Local
 * times convert to instants by asking every offset that was in force around the moment: one answer
 * is the answer, two are ambiguous, none means that the clock jumped over it. */
#include "engine/base/time.h"

#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define DAYS_PER_ERA       146097
#define YEARS_PER_ERA      400
#define DAYS_TO_1970_MARCH 719468 /* from 0000-03-01 to 1970-01-01 */
#define DAY_NUMBER_MIN     (-719162) /* 0001-01-01 */
#define DAY_NUMBER_MAX     2932896   /* 9999-12-31 */
#define MONTHS_PER_YEAR    12
/* Nothing can be farther from UTC: rows of a zone table within it may touch a local time. */
#define REACH_US           ((int64_t)TIME_OFFSET_MAX_S * TIME_US_PER_SECOND)

/* The mean distance of two changes of summer time. */
#define HALF_YEAR_US       (DAYS_PER_ERA * TIME_US_PER_DAY / (2 * YEARS_PER_ERA))

/* One day inside the calendar on both sides: with any offset the local date is still in it. */
#define INSTANT_US_MIN     ((DAY_NUMBER_MIN + 1) * TIME_US_PER_DAY)
#define INSTANT_US_MAX     (DAY_NUMBER_MAX * TIME_US_PER_DAY - 1)

static_assert(REACH_US < TIME_US_PER_DAY, "an offset moves a date by one day at the most");
static_assert(DAYS_PER_ERA == 365 * YEARS_PER_ERA + 97, "97 leap years in 400 years");

/* ---- The years at hand ---- */

#define TABLE_FIRST_YEAR 2000
#define TABLE_END_YEAR	 2101
#define TABLE_MONTHS	 ((TABLE_END_YEAR - TABLE_FIRST_YEAR) * MONTHS_PER_YEAR)
#define MONTHS_PER_ERA	 (YEARS_PER_ERA * MONTHS_PER_YEAR)

/* Days from 1970-01-01 to the first of each month of a year, as constants of the compiler. */
#define LEAPS_BEFORE(year) (((year) - 1) / 4 - ((year) - 1) / 100 + ((year) - 1) / 400)
#define LEAP(year)	   (LEAPS_BEFORE((year) + 1) - LEAPS_BEFORE(year))
#define NEW_YEAR(year)	   (365 * ((year) - 1970) + LEAPS_BEFORE(year) - LEAPS_BEFORE(1970))
#define FROM_MARCH(year)   (NEW_YEAR(year) + LEAP(year))
#define MONTHS_OF(year)                                                                            \
	NEW_YEAR(year), NEW_YEAR(year) + 31, FROM_MARCH(year) + 59, FROM_MARCH(year) + 90,         \
	    FROM_MARCH(year) + 120, FROM_MARCH(year) + 151, FROM_MARCH(year) + 181,                \
	    FROM_MARCH(year) + 212, FROM_MARCH(year) + 243, FROM_MARCH(year) + 273,                \
	    FROM_MARCH(year) + 304, FROM_MARCH(year) + 334
#define DECADE(tens)                                                                               \
	MONTHS_OF(tens##0), MONTHS_OF(tens##1), MONTHS_OF(tens##2), MONTHS_OF(tens##3),            \
	    MONTHS_OF(tens##4), MONTHS_OF(tens##5), MONTHS_OF(tens##6), MONTHS_OF(tens##7),        \
	    MONTHS_OF(tens##8), MONTHS_OF(tens##9)

/* The first days of the months from January 2000 to December 2100, and of the one after. */
static const int32_t first_days[TABLE_MONTHS + 1] = {
    DECADE(200), DECADE(201), DECADE(202), DECADE(203), DECADE(204),	 DECADE(205),
    DECADE(206), DECADE(207), DECADE(208), DECADE(209), MONTHS_OF(2100), NEW_YEAR(TABLE_END_YEAR)};

static bool table_has_day(struct day day)
{
	return day.number >= NEW_YEAR(TABLE_FIRST_YEAR) && day.number < NEW_YEAR(TABLE_END_YEAR);
}

static bool table_has_year(int32_t year)
{
	return year >= TABLE_FIRST_YEAR && year < TABLE_END_YEAR;
}

/* The place of a month, TABLE_MONTHS or more: the table has not got it. */
static uint32_t table_place_of_month(struct month month)
{
	return (uint32_t)month.number - TABLE_FIRST_YEAR * MONTHS_PER_YEAR;
}

/* The place of a month of a year that the table has. */
static uint32_t table_place(int32_t year, int32_t month)
{
	return (uint32_t)((year - TABLE_FIRST_YEAR) * MONTHS_PER_YEAR + month - 1);
}

/* The place of the month that a day of the table falls in: as if months were equally long, which is
 * never wrong by more than one, and then one look. */
static uint32_t table_place_of_day(struct day day)
{
	uint32_t days = (uint32_t)(day.number - NEW_YEAR(TABLE_FIRST_YEAR));
	uint32_t place = days * MONTHS_PER_ERA / DAYS_PER_ERA;
	ASSERT(place < TABLE_MONTHS);
	if (first_days[place] > day.number)
		return place - 1;
	return place + (first_days[place + 1] <= day.number ? 1u : 0u);
}

/* ---- Calendar ---- */

bool year_is_leap(int32_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int32_t year_month_days(int32_t year, int32_t month)
{
	static const uint8_t days[MONTHS_PER_YEAR] = {31, 28, 31, 30, 31, 30,
						      31, 31, 30, 31, 30, 31};
	ASSERT(month >= 1);
	ASSERT(month <= MONTHS_PER_YEAR);
	return days[month - 1] + (month == 2 && year_is_leap(year) ? 1 : 0);
}

bool day_is_valid(struct day day)
{
	return day.number >= DAY_NUMBER_MIN && day.number <= DAY_NUMBER_MAX;
}

bool day_from_civil(struct civil_day civil, struct day *ret_day)
{
	ASSERT(ret_day != NULL);
	if (civil.year < TIME_YEAR_MIN || civil.year > TIME_YEAR_MAX)
		return false;
	if (civil.month < 1 || civil.month > MONTHS_PER_YEAR)
		return false;
	if (civil.day < 1 || civil.day > year_month_days(civil.year, civil.month))
		return false;
	if (table_has_year(civil.year)) {
		ret_day->number = first_days[table_place(civil.year, civil.month)] + civil.day - 1;
		return true;
	}

	/* Years from March: January and February belong to the year before. */
	int32_t year = civil.month <= 2 ? civil.year - 1 : civil.year;
	int32_t month = civil.month <= 2 ? civil.month + 9 : civil.month - 3;
	int32_t era = year / YEARS_PER_ERA;
	int32_t year_of_era = year % YEARS_PER_ERA;
	/* (153 x month + 2) / 5 counts the days of the months 31 30 31 30 31 31 30 31 30 31 31. */
	int32_t day_of_year = (153 * month + 2) / 5 + civil.day - 1;
	int32_t day_of_era =
	    year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	struct day day = {.number = era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970_MARCH};
	ASSERT(day_is_valid(day));
	*ret_day = day;
	return true;
}

struct civil_day day_to_civil(struct day day)
{
	ASSERT(day_is_valid(day));
	if (table_has_day(day)) {
		uint32_t place = table_place_of_day(day);
		return (struct civil_day){
		    .year = TABLE_FIRST_YEAR + (int32_t)(place / MONTHS_PER_YEAR),
		    .month = (int32_t)(place % MONTHS_PER_YEAR) + 1,
		    .day = day.number - first_days[place] + 1,
		};
	}
	int32_t shifted = day.number + DAYS_TO_1970_MARCH;
	ASSERT(shifted >= 0);
	int32_t era = shifted / DAYS_PER_ERA;
	int32_t day_of_era = shifted % DAYS_PER_ERA;
	int32_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
			       day_of_era / (DAYS_PER_ERA - 1)) /
			      365;
	int32_t day_of_year =
	    day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int32_t month = (5 * day_of_year + 2) / 153;
	struct civil_day civil = {
	    .year = era * YEARS_PER_ERA + year_of_era + (month >= 10 ? 1 : 0),
	    .month = month < 10 ? month + 3 : month - 9,
	    .day = day_of_year - (153 * month + 2) / 5 + 1,
	};
	ASSERT(civil.month >= 1 && civil.month <= MONTHS_PER_YEAR);
	ASSERT(civil.day >= 1 && civil.day <= year_month_days(civil.year, civil.month));
	return civil;
}

bool day_equal(struct day left, struct day right)
{
	return left.number == right.number;
}

bool day_less(struct day left, struct day right)
{
	return left.number < right.number;
}

bool day_plus(struct day day, int32_t days, struct day *ret_day)
{
	ASSERT(ret_day != NULL);
	ASSERT(day_is_valid(day));
	struct day sum;
	if (__builtin_add_overflow(day.number, days, &sum.number) || !day_is_valid(sum))
		return false;
	*ret_day = sum;
	return true;
}

int32_t day_of_week(struct day day)
{
	ASSERT(day_is_valid(day));
	/* 1970-01-01 was a Thursday; 0001-01-01 a Monday. */
	int32_t weekday = (day.number - DAY_NUMBER_MIN) % 7 + 1;
	ASSERT(weekday >= 1 && weekday <= 7);
	return weekday;
}

int32_t day_fiscal_year(struct day day)
{
	return day_to_civil(day).year;
}

bool month_is_valid(struct month month)
{
	return month.number >= TIME_YEAR_MIN * MONTHS_PER_YEAR &&
	       month.number < (TIME_YEAR_MAX + 1) * MONTHS_PER_YEAR;
}

bool month_from_civil(int32_t year, int32_t month, struct month *ret_month)
{
	ASSERT(ret_month != NULL);
	if (year < TIME_YEAR_MIN || year > TIME_YEAR_MAX)
		return false;
	if (month < 1 || month > MONTHS_PER_YEAR)
		return false;
	*ret_month = (struct month){.number = year * MONTHS_PER_YEAR + month - 1};
	ASSERT(month_is_valid(*ret_month));
	return true;
}

struct month month_of_day(struct day day)
{
	if (table_has_day(day))
		return (struct month){.number = TABLE_FIRST_YEAR * MONTHS_PER_YEAR +
						(int32_t)table_place_of_day(day)};
	struct civil_day civil = day_to_civil(day);
	return (struct month){.number = civil.year * MONTHS_PER_YEAR + civil.month - 1};
}

int32_t month_year(struct month month)
{
	ASSERT(month_is_valid(month));
	return month.number / MONTHS_PER_YEAR;
}

int32_t month_of_year(struct month month)
{
	ASSERT(month_is_valid(month));
	return month.number % MONTHS_PER_YEAR + 1;
}

struct day month_first_day(struct month month)
{
	uint32_t place = table_place_of_month(month);
	if (place < TABLE_MONTHS)
		return (struct day){first_days[place]};
	struct civil_day civil = {
	    .year = month_year(month), .month = month_of_year(month), .day = 1};
	struct day first;
	bool exists = day_from_civil(civil, &first);
	ASSERT(exists);
	return first;
}

struct day month_last_day(struct month month)
{
	uint32_t place = table_place_of_month(month);
	if (place < TABLE_MONTHS)
		return (struct day){first_days[place + 1] - 1};
	int32_t year = month_year(month);
	struct day day = month_first_day(month);
	day.number += year_month_days(year, month_of_year(month)) - 1;
	ASSERT(day_is_valid(day));
	return day;
}

bool month_plus(struct month month, int32_t months, struct month *ret_month)
{
	ASSERT(ret_month != NULL);
	ASSERT(month_is_valid(month));
	struct month sum;
	if (__builtin_add_overflow(month.number, months, &sum.number) || !month_is_valid(sum))
		return false;
	*ret_month = sum;
	return true;
}

/* ---- Zone ---- */

bool instant_is_valid(struct instant instant)
{
	return instant.us >= INSTANT_US_MIN && instant.us <= INSTANT_US_MAX;
}

bool zone_is_valid(const struct zone_table *zone)
{
	ASSERT(zone != NULL);
	if (zone->count < 1 || zone->count > ZONE_TRANSITIONS_MAX)
		return false;
	if (zone->transitions[0].at_us != INT64_MIN)
		return false;
	for (uint32_t i = 0; i < zone->count; i++) {
		const struct zone_transition *row = &zone->transitions[i];
		if (row->offset_s < -TIME_OFFSET_MAX_S || row->offset_s > TIME_OFFSET_MAX_S)
			return false;
		if (row->offset_s % 60 != 0)
			return false;
		if (i > 0 && row->at_us <= row[-1].at_us)
			return false;
	}
	return true;
}

/* The row in force at a moment, the last with at_us <= us, if it is where changes twice a year
 * would put it, or beside; else some row. */
static uint32_t zone_row_guess(const struct zone_table *zone, int64_t us)
{
	const struct zone_transition *rows = zone->transitions;
	if (zone->count < 2 || us < rows[1].at_us)
		return 0;
	uint64_t changes = ((uint64_t)us - (uint64_t)rows[1].at_us) / HALF_YEAR_US;
	uint32_t row = changes < zone->count - 2 ? (uint32_t)changes + 1 : zone->count - 1;
	if (rows[row].at_us > us)
		return row - 1;
	return row + (row + 1 < zone->count && rows[row + 1].at_us <= us ? 1u : 0u);
}

static bool zone_row_holds(const struct zone_table *zone, uint32_t row, int64_t us)
{
	const struct zone_transition *at = &zone->transitions[row];
	return at->at_us <= us && (row + 1 == zone->count || at[1].at_us > us);
}

/* The row in force at a moment: the last with at_us <= us. */
static uint32_t zone_row(const struct zone_table *zone, int64_t us)
{
	ASSERT(zone->count >= 1 && zone->count <= ZONE_TRANSITIONS_MAX);
	ASSERT(zone->transitions[0].at_us == INT64_MIN);
	uint32_t low = zone_row_guess(zone, us);
	if (zone_row_holds(zone, low, us))
		return low;
	low = 0;                     /* at_us <= us */
	uint32_t high = zone->count; /* at_us > us, or past the end */
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		if (zone->transitions[middle].at_us <= us)
			low = middle;
		else
			high = middle;
	}
	ASSERT(zone_row_holds(zone, low, us));
	return low;
}

int32_t zone_offset_s(const struct zone_table *zone, struct instant instant)
{
	ASSERT(zone != NULL);
	return zone->transitions[zone_row(zone, instant.us)].offset_s;
}

/* Microseconds of the local clock since local 1970-01-01T00:00, as if it were UTC. */
static int64_t local_us(struct instant instant, int32_t offset_s)
{
	ASSERT(offset_s >= -TIME_OFFSET_MAX_S && offset_s <= TIME_OFFSET_MAX_S);
	int64_t us;
	bool wraps = __builtin_add_overflow(instant.us, offset_s * TIME_US_PER_SECOND, &us);
	ASSERT(!wraps);
	return us;
}

/* Rounds towards the past, also before 1970. */
static struct day day_of_local_us(int64_t us)
{
	ASSERT(us >= DAY_NUMBER_MIN * TIME_US_PER_DAY);
	ASSERT(us < (DAY_NUMBER_MAX + 1) * TIME_US_PER_DAY);
	uint64_t since = (uint64_t)(us - DAY_NUMBER_MIN * TIME_US_PER_DAY);
	return (struct day){.number = (int32_t)(since / TIME_US_PER_DAY) + DAY_NUMBER_MIN};
}

struct day day_of_instant(const struct zone_table *zone, struct instant instant)
{
	return day_of_local_us(local_us(instant, zone_offset_s(zone, instant)));
}

struct month month_of_instant(const struct zone_table *zone, struct instant instant)
{
	return month_of_day(day_of_instant(zone, instant));
}

/* The instants that a reading of the local clock may mean. */
struct local_reading {
	uint32_t count; /* 0: jumped over; 1; 2 or more: shown again */
	struct instant first;
	struct instant jump; /* if count is 0: when the clock jumped over the reading */
};

static struct local_reading local_read(const struct zone_table *zone, int64_t us)
{
	ASSERT(us >= (int64_t)DAY_NUMBER_MIN * TIME_US_PER_DAY);
	ASSERT(us < ((int64_t)DAY_NUMBER_MAX + 1) * TIME_US_PER_DAY);
	struct local_reading reading = {.count = 0};

	for (uint32_t i = zone_row(zone, us - REACH_US); i < zone->count; i++) {
		const struct zone_transition *row = &zone->transitions[i];
		if (row->at_us > us + REACH_US)
			break;
		int64_t candidate = us - row->offset_s * TIME_US_PER_SECOND;
		bool begun = candidate >= row->at_us;
		bool over = i + 1 < zone->count && candidate >= row[1].at_us;
		if (begun && !over) {
			if (reading.count == 0)
				reading.first.us = candidate;
			reading.count++;
		}
		/* Past the old rule's end, before the new rule's beginning: in the gap. */
		if (over && us - row[1].offset_s * TIME_US_PER_SECOND < row[1].at_us)
			reading.jump.us = row[1].at_us;
	}
	return reading;
}

static enum result instant_of_local_us(const struct zone_table *zone, int64_t us,
				       struct instant *ret_instant)
{
	struct local_reading reading = local_read(zone, us);
	if (reading.count == 0)
		return RESULT_NONEXISTENT_LOCAL_TIME;
	if (reading.count > 1)
		return RESULT_AMBIGUOUS_LOCAL_TIME;
	if (!instant_is_valid(reading.first))
		return RESULT_FIELD_OUT_OF_RANGE;
	ASSERT(local_us(reading.first, zone_offset_s(zone, reading.first)) == us);
	*ret_instant = reading.first;
	return RESULT_OK;
}

enum result instant_of_local(const struct zone_table *zone, struct day day, int32_t second_of_day,
			     struct instant *ret_instant)
{
	ASSERT(zone != NULL);
	ASSERT(ret_instant != NULL);
	if (!day_is_valid(day) || second_of_day < 0 || second_of_day >= TIME_SECONDS_PER_DAY)
		return RESULT_FIELD_OUT_OF_RANGE;
	int64_t us = day.number * TIME_US_PER_DAY + second_of_day * TIME_US_PER_SECOND;
	return instant_of_local_us(zone, us, ret_instant);
}

enum result instant_resolve(const struct zone_table *zone, struct instant_text text,
			    struct instant *ret_instant)
{
	ASSERT(zone != NULL);
	ASSERT(ret_instant != NULL);
	ASSERT(day_is_valid(text.day));
	ASSERT(text.us_of_day >= 0 && text.us_of_day < TIME_US_PER_DAY);
	int64_t us = text.day.number * TIME_US_PER_DAY + text.us_of_day;
	if (!text.has_offset)
		return instant_of_local_us(zone, us, ret_instant);
	ASSERT(text.offset_s >= -TIME_OFFSET_MAX_S && text.offset_s <= TIME_OFFSET_MAX_S);
	struct instant instant = {.us = us - text.offset_s * TIME_US_PER_SECOND};
	if (!instant_is_valid(instant))
		return RESULT_FIELD_OUT_OF_RANGE;
	*ret_instant = instant;
	return RESULT_OK;
}

struct instant day_begin(const struct zone_table *zone, struct day day)
{
	ASSERT(zone != NULL);
	ASSERT(day_is_valid(day));
	struct local_reading reading = local_read(zone, day.number * TIME_US_PER_DAY);
	return reading.count > 0 ? reading.first : reading.jump;
}

struct instant month_begin(const struct zone_table *zone, struct month month)
{
	return day_begin(zone, month_first_day(month));
}

/* ---- Periods and durations ---- */

/* The first instant after a day; the calendar's last day ends without a successor. */
static struct instant day_end(const struct zone_table *zone, struct day day)
{
	struct day next;
	if (day_plus(day, 1, &next))
		return day_begin(zone, next);
	struct instant begin = day_begin(zone, day);
	return (struct instant){.us = begin.us + TIME_US_PER_DAY};
}

struct period period_of_day(const struct zone_table *zone, struct day day)
{
	struct period period = {.begin = day_begin(zone, day), .end = day_end(zone, day)};
	ASSERT(period.begin.us < period.end.us);
	return period;
}

struct period period_of_month(const struct zone_table *zone, struct month month)
{
	struct period period = {
	    .begin = month_begin(zone, month),
	    .end = day_end(zone, month_last_day(month)),
	};
	ASSERT(period.begin.us < period.end.us);
	return period;
}

struct period period_of_fiscal_year(const struct zone_table *zone, int32_t year)
{
	struct month first;
	struct month last;
	bool exists = month_from_civil(year, 1, &first) && month_from_civil(year, 12, &last);
	ASSERT(exists);
	struct period period = {
	    .begin = month_begin(zone, first),
	    .end = day_end(zone, month_last_day(last)),
	};
	ASSERT(period.begin.us < period.end.us);
	return period;
}

bool period_contains(struct period period, struct instant instant)
{
	ASSERT(period.begin.us <= period.end.us);
	return instant.us >= period.begin.us && instant.us < period.end.us;
}

bool period_overlaps(struct period left, struct period right)
{
	ASSERT(left.begin.us <= left.end.us);
	ASSERT(right.begin.us <= right.end.us);
	/* The common stretch, if it has any length. */
	int64_t begin = left.begin.us > right.begin.us ? left.begin.us : right.begin.us;
	int64_t end = left.end.us < right.end.us ? left.end.us : right.end.us;
	return begin < end;
}

bool instant_equal(struct instant left, struct instant right)
{
	return left.us == right.us;
}

bool instant_less(struct instant left, struct instant right)
{
	return left.us < right.us;
}

bool instant_plus(struct instant instant, struct duration duration, struct instant *ret_instant)
{
	ASSERT(ret_instant != NULL);
	int64_t us;
	if (__builtin_mul_overflow(duration.ms, INT64_C(1000), &us))
		return false;
	if (__builtin_add_overflow(instant.us, us, &us))
		return false;
	if (!instant_is_valid((struct instant){.us = us}))
		return false;
	*ret_instant = (struct instant){.us = us};
	return true;
}

struct duration duration_between(struct instant begin, struct instant end)
{
	int64_t us;
	bool wraps = __builtin_sub_overflow(end.us, begin.us, &us);
	ASSERT(!wraps);
	return (struct duration){.ms = us / 1000 - (us % 1000 < 0 ? 1 : 0)};
}

bool duration_minutes_between(struct instant begin, struct instant end, uint32_t *ret_minutes)
{
	ASSERT(ret_minutes != NULL);
	if (end.us < begin.us)
		return false;
	int64_t us;
	if (__builtin_sub_overflow(end.us, begin.us, &us))
		return false;
	int64_t minutes = us / (60 * TIME_US_PER_SECOND);
	ASSERT(minutes >= 0);
	if (minutes > UINT32_MAX)
		return false;
	*ret_minutes = (uint32_t)minutes;
	return true;
}

/* ---- Text ---- */

#define COMMON_TEXT_SIZE 25u /* 2026-03-05T09:00:00+01:00 */

/* A place in a text being read. Every read past the end, or of something else, sets `broken`. */
struct cursor {
	struct slice text;
	uint32_t at;
	bool broken;
};

static bool cursor_at(const struct cursor *cursor, char wanted)
{
	return !cursor->broken && cursor->at < cursor->text.size &&
	       cursor->text.data[cursor->at] == wanted;
}

static bool cursor_take(struct cursor *cursor, char wanted)
{
	if (!cursor_at(cursor, wanted))
		return false;
	cursor->at++;
	return true;
}

static void cursor_expect(struct cursor *cursor, char wanted)
{
	if (!cursor_take(cursor, wanted))
		cursor->broken = true;
}

static bool cursor_digit(const struct cursor *cursor, int32_t *ret_digit)
{
	if (cursor->broken || cursor->at >= cursor->text.size)
		return false;
	char byte = cursor->text.data[cursor->at];
	if (byte < '0' || byte > '9')
		return false;
	*ret_digit = byte - '0';
	return true;
}

/* Exactly `digits` digits as a number; 0 and broken otherwise. */
static int32_t cursor_number(struct cursor *cursor, uint32_t digits)
{
	ASSERT(digits >= 1 && digits <= 6);
	int32_t value = 0;
	for (uint32_t i = 0; i < digits; i++) {
		int32_t digit;
		if (!cursor_digit(cursor, &digit)) {
			cursor->broken = true;
			return 0;
		}
		value = value * 10 + digit;
		cursor->at++;
	}
	return value;
}

static bool cursor_finish(const struct cursor *cursor)
{
	return !cursor->broken && cursor->at == cursor->text.size;
}

static struct cursor cursor_on(struct slice text)
{
	if (text.size > 0)
		ASSERT(text.data != NULL);
	return (struct cursor){.text = text};
}

static bool read_day(struct cursor *cursor, struct day *ret_day)
{
	struct civil_day civil;
	civil.year = cursor_number(cursor, 4);
	cursor_expect(cursor, '-');
	civil.month = cursor_number(cursor, 2);
	cursor_expect(cursor, '-');
	civil.day = cursor_number(cursor, 2);
	return !cursor->broken && day_from_civil(civil, ret_day);
}

bool day_parse(struct slice text, struct day *ret_day)
{
	ASSERT(ret_day != NULL);
	struct cursor cursor = cursor_on(text);
	struct day day;
	if (!read_day(&cursor, &day) || !cursor_finish(&cursor))
		return false;
	ASSERT(day_is_valid(day));
	*ret_day = day;
	return true;
}

bool month_parse(struct slice text, struct month *ret_month)
{
	ASSERT(ret_month != NULL);
	struct cursor cursor = cursor_on(text);
	int32_t year = cursor_number(&cursor, 4);
	cursor_expect(&cursor, '-');
	int32_t month = cursor_number(&cursor, 2);
	if (!cursor_finish(&cursor))
		return false;
	return month_from_civil(year, month, ret_month);
}

/* One to six digits after the point, as microseconds. */
static int32_t read_fraction_us(struct cursor *cursor)
{
	int32_t us = 0;
	int32_t scale = 1000000;
	int32_t digit;
	while (scale > 1 && cursor_digit(cursor, &digit)) {
		scale /= 10;
		us += digit * scale;
		cursor->at++;
	}
	if (scale == 1000000)
		cursor->broken = true; /* a point without digits */
	return us;
}

/* hh:mm[:ss[.f…]] as microseconds since midnight. */
static bool read_time(struct cursor *cursor, int64_t *ret_us)
{
	int32_t hour = cursor_number(cursor, 2);
	cursor_expect(cursor, ':');
	int32_t minute = cursor_number(cursor, 2);
	int32_t second = 0;
	int32_t fraction_us = 0;
	if (cursor_take(cursor, ':')) {
		second = cursor_number(cursor, 2);
		if (cursor_take(cursor, '.'))
			fraction_us = read_fraction_us(cursor);
	}
	if (cursor->broken || hour > 23 || minute > 59 || second > 59)
		return false;
	*ret_us = (hour * 3600 + minute * 60 + second) * TIME_US_PER_SECOND + fraction_us;
	ASSERT(*ret_us >= 0 && *ret_us < TIME_US_PER_DAY);
	return true;
}

/* Nothing, Z, or ±hh:mm. */
static bool read_offset(struct cursor *cursor, struct instant_text *text)
{
	text->has_offset = true;
	text->offset_s = 0;
	if (cursor_take(cursor, 'Z') || cursor_take(cursor, 'z'))
		return true;
	bool minus = cursor_at(cursor, '-');
	if (!minus && !cursor_at(cursor, '+')) {
		text->has_offset = false;
		return true;
	}
	cursor->at++;
	int32_t hours = cursor_number(cursor, 2);
	cursor_expect(cursor, ':');
	int32_t minutes = cursor_number(cursor, 2);
	int32_t offset_s = hours * 3600 + minutes * 60;
	if (cursor->broken || minutes > 59 || offset_s > TIME_OFFSET_MAX_S)
		return false;
	text->offset_s = minus ? -offset_s : offset_s;
	return true;
}

#define EACH_BYTE (~UINT64_C(0) / 255)
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first byte of a word lies lowest");

/* Eight characters at once: where the picture has 0 they must be digits, elsewhere what it has.
 * Gives at each byte the number below 100 that the two digits from there on make. */
static inline bool read_picture(const char *at, const char *picture, uint64_t *ret_pairs)
{
	uint64_t text;
	uint64_t wanted;
	memcpy(&text, at, sizeof(text));
	memcpy(&wanted, picture, sizeof(wanted));
	/* 1 at each byte of the picture that is not 0: all are ASCII, nothing is carried. */
	uint64_t is_fixed = ((wanted ^ EACH_BYTE * '0') + EACH_BYTE * 0x7f) >> 7 & EACH_BYTE;
	/* A digit leaves its value, what should be there leaves 0. */
	uint64_t left = text ^ wanted;
	uint64_t limits = EACH_BYTE * (0x7f - 9) + is_fixed * 9;
	if ((((left + limits) | left) & EACH_BYTE * 0x80) != 0)
		return false;
	*ret_pairs = left * 10 + (left >> 8);
	return true;
}

static int32_t pair_at(uint64_t pairs, uint32_t byte)
{
	return (int32_t)(pairs >> 8 * byte & 0xff);
}

/* yyyy-mm-ddThh:mm:ss±hh:mm, as machines write it: each part has its place. False: it is not that,
 * or not right, for the general reader to say. */
static bool read_common(struct slice text, struct instant_text *ret_text)
{
	const char *at = text.data;
	uint64_t month;
	uint64_t minute;
	uint64_t offset;
	if (text.size != COMMON_TEXT_SIZE || !read_picture(at, "0000-00-", &month) ||
	    !read_picture(at + 8, "00T00:00", &minute) || at[16] != ':' ||
	    !read_picture(at + 17, at[19] == '-' ? "00-00:00" : "00+00:00", &offset))
		return false;
	struct civil_day civil = {.year = pair_at(month, 0) * 100 + pair_at(month, 2),
				  .month = pair_at(month, 5),
				  .day = pair_at(minute, 0)};
	int32_t hours = pair_at(minute, 3);
	int32_t minutes = pair_at(minute, 6);
	int32_t seconds = pair_at(offset, 0);
	int32_t offset_minutes = pair_at(offset, 6);
	int32_t offset_s = pair_at(offset, 3) * 3600 + offset_minutes * 60;
	if (hours > 23 || minutes > 59 || seconds > 59 || offset_minutes > 59 ||
	    offset_s > TIME_OFFSET_MAX_S || !day_from_civil(civil, &ret_text->day))
		return false;
	ret_text->us_of_day = (hours * 3600 + minutes * 60 + seconds) * TIME_US_PER_SECOND;
	ret_text->has_offset = true;
	ret_text->offset_s = at[19] == '-' ? -offset_s : offset_s;
	return true;
}

bool instant_parse(struct slice text, struct instant_text *ret_text)
{
	ASSERT(ret_text != NULL);
	if (read_common(text, ret_text))
		return true;
	struct cursor cursor = cursor_on(text);
	struct instant_text parsed = {.has_offset = false};
	if (!read_day(&cursor, &parsed.day))
		return false;
	if (!cursor_take(&cursor, 't'))
		cursor_expect(&cursor, 'T');
	if (!read_time(&cursor, &parsed.us_of_day) || !read_offset(&cursor, &parsed))
		return false;
	if (!cursor_finish(&cursor))
		return false;
	*ret_text = parsed;
	return true;
}

/* Writes a number below 100 as two digits; returns the place after it. */
static char *write_two(char *text, int32_t value)
{
	text_put_pair(text, (uint32_t)value);
	return text + 2;
}

static char *write_year(char *text, int32_t year)
{
	return write_two(write_two(text, year / 100), year % 100);
}

static char *write_byte(char *text, char byte)
{
	*text = byte;
	return text + 1;
}

void month_format(struct month month, char *ret_text)
{
	ASSERT(ret_text != NULL);
	char *at = write_year(ret_text, month_year(month));
	at = write_byte(at, '-');
	at = write_two(at, month_of_year(month));
	ASSERT(at == ret_text + MONTH_TEXT_SIZE);
}

void day_format(struct day day, char *ret_text)
{
	ASSERT(ret_text != NULL);
	struct civil_day civil = day_to_civil(day);
	char *at = write_year(ret_text, civil.year);
	at = write_byte(at, '-');
	at = write_two(at, civil.month);
	at = write_byte(at, '-');
	at = write_two(at, civil.day);
	ASSERT(at == ret_text + DAY_TEXT_SIZE);
}

/* hh:mm:ss[.f…], the fraction without trailing zeros, nothing when it is zero. */
static char *write_time(char *at, int64_t us_of_day)
{
	ASSERT(us_of_day >= 0 && us_of_day < TIME_US_PER_DAY);
	int32_t second = (int32_t)(us_of_day / TIME_US_PER_SECOND);
	int32_t fraction_us = (int32_t)(us_of_day % TIME_US_PER_SECOND);
	at = write_two(at, second / 3600);
	at = write_byte(at, ':');
	at = write_two(at, second / 60 % 60);
	at = write_byte(at, ':');
	at = write_two(at, second % 60);
	if (fraction_us == 0)
		return at;
	at = write_byte(at, '.');
	at = write_two(at, fraction_us / 10000);
	at = write_two(at, fraction_us / 100 % 100);
	at = write_two(at, fraction_us % 100);
	while (at[-1] == '0')
		at--;
	return at;
}

static char *write_offset(char *at, int32_t offset_s)
{
	ASSERT(offset_s % 60 == 0);
	int32_t minutes = (offset_s < 0 ? -offset_s : offset_s) / 60;
	at = write_byte(at, offset_s < 0 ? '-' : '+');
	at = write_two(at, minutes / 60);
	at = write_byte(at, ':');
	return write_two(at, minutes % 60);
}

/* The shared part of both formats, without the offset. */
static char *write_local(struct instant instant, int32_t offset_s, char *ret_text)
{
	int64_t us = local_us(instant, offset_s);
	struct day day = day_of_local_us(us);
	day_format(day, ret_text);
	char *at = write_byte(ret_text + DAY_TEXT_SIZE, 'T');
	return write_time(at, us - day.number * TIME_US_PER_DAY);
}

uint32_t instant_format(const struct zone_table *zone, struct instant instant, char *ret_text)
{
	ASSERT(ret_text != NULL);
	int32_t offset_s = zone_offset_s(zone, instant);
	char *end = write_offset(write_local(instant, offset_s, ret_text), offset_s);
	ASSERT(end - ret_text <= (ptrdiff_t)INSTANT_TEXT_SIZE_MAX);
	return (uint32_t)(end - ret_text);
}

uint32_t instant_format_offset(struct instant instant, int32_t offset_s, char *ret_text)
{
	ASSERT(ret_text != NULL);
	char *end = write_local(instant, offset_s, ret_text);
	end = offset_s == 0 ? write_byte(end, 'Z') : write_offset(end, offset_s);
	ASSERT(end - ret_text <= (ptrdiff_t)INSTANT_TEXT_SIZE_MAX);
	return (uint32_t)(end - ret_text);
}
