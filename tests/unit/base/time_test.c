/* Time: the cases of scenario S06, the whole calendar, every change of the clock in a century, odd
 * zones, and texts there and back. */
#include "engine/base/time.h"

#include "engine/base/money.h"
#include "tests/support/random.h"
#include "tests/support/rome_zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HOUR_US (3600 * TIME_US_PER_SECOND)
#define DAY_US	(24 * HOUR_US)

static struct day the_day(const char *text)
{
	struct day day = {.number = INT32_MIN};
	assert_true(day_parse(slice_from_text(text), &day));
	return day;
}

static struct instant the_instant(const char *text)
{
	struct instant_text parsed;
	struct instant instant = {.us = INT64_MIN};
	assert_true(instant_parse(slice_from_text(text), &parsed));
	assert_int_equal(instant_resolve(rome_zone(), parsed, &instant), RESULT_OK);
	return instant;
}

static enum result resolve(const char *text)
{
	struct instant_text parsed;
	struct instant instant;
	assert_true(instant_parse(slice_from_text(text), &parsed));
	return instant_resolve(rome_zone(), parsed, &instant);
}

static void assert_month(struct instant instant, const char *expected)
{
	char text[MONTH_TEXT_SIZE];
	month_format(month_of_instant(rome_zone(), instant), text);
	assert_memory_equal(text, expected, MONTH_TEXT_SIZE);
}

static void assert_instant(struct instant instant, const char *expected)
{
	char text[INSTANT_TEXT_SIZE_MAX];
	uint32_t size = instant_format(rome_zone(), instant, text);
	assert_int_equal(size, strlen(expected));
	assert_memory_equal(text, expected, size);
}

static uint32_t minutes(const char *begin, const char *end)
{
	uint32_t elapsed = UINT32_MAX;
	assert_true(duration_minutes_between(the_instant(begin), the_instant(end), &elapsed));
	return elapsed;
}

/* ---- S06 ---- */

static void s06_month_boundaries(void **state)
{
	(void)state;
	/* 31 March 23:30 to 1 April 00:30 belongs to March, its start date. */
	assert_int_equal(minutes("2024-03-31T23:30:00", "2024-04-01T00:30:00"), 60);
	assert_month(the_instant("2024-03-31T23:30:00"), "2024-03");
	assert_instant(the_instant("2024-03-31T21:30:00Z"), "2024-03-31T23:30:00+02:00");
	/* 1 November 00:10 is 31 October 23:10 in UTC. */
	assert_int_equal(minutes("2027-11-01T00:10", "2027-11-01T01:10"), 60);
	assert_month(the_instant("2027-11-01T00:10"), "2027-11");
	assert_true(instant_equal(the_instant("2027-11-01T00:10"),
				  the_instant("2027-10-31T23:10:00Z")));
}

static void s06_elapsed_over_the_change(void **state)
{
	(void)state;
	struct cents net;
	assert_int_equal(minutes("2027-10-30T22:00", "2027-10-31T06:00"), 540);
	assert_true(cents_net(540, cents_from(2260), 60, &net));
	assert_true(cents_equal(net, cents_from(20340)));
	assert_int_equal(minutes("2024-03-30T22:00", "2024-03-31T06:00"), 420);
	assert_true(cents_net(420, cents_from(2260), 60, &net));
	assert_true(cents_equal(net, cents_from(15820)));
}

static void s06_local_times_refused(void **state)
{
	(void)state;
	assert_int_equal(resolve("2027-10-31T02:30"), RESULT_AMBIGUOUS_LOCAL_TIME);
	assert_int_equal(resolve("2024-03-31T02:30"), RESULT_NONEXISTENT_LOCAL_TIME);
	/* With an offset both halves of the doubled hour exist, an hour apart. */
	assert_int_equal(minutes("2027-10-31T02:30+02:00", "2027-10-31T02:30+01:00"), 60);
	/* The edges: [02:00, 03:00) is doubled in autumn and missing in spring. */
	assert_int_equal(resolve("2027-10-31T01:59:59"), RESULT_OK);
	assert_int_equal(resolve("2027-10-31T02:00:00"), RESULT_AMBIGUOUS_LOCAL_TIME);
	assert_int_equal(resolve("2027-10-31T02:59:59.999999"), RESULT_AMBIGUOUS_LOCAL_TIME);
	assert_int_equal(resolve("2027-10-31T03:00:00"), RESULT_OK);
	assert_int_equal(resolve("2024-03-31T01:59:59.999999"), RESULT_OK);
	assert_int_equal(resolve("2024-03-31T02:00:00"), RESULT_NONEXISTENT_LOCAL_TIME);
	assert_int_equal(resolve("2024-03-31T02:59:59.999999"), RESULT_NONEXISTENT_LOCAL_TIME);
	assert_int_equal(resolve("2024-03-31T03:00:00"), RESULT_OK);
	struct instant kept = {.us = 77};
	enum result result = instant_of_local(rome_zone(), the_day("2027-10-31"), 9000, &kept);
	assert_int_equal(result, RESULT_AMBIGUOUS_LOCAL_TIME);
	assert_int_equal(kept.us, 77);
}

static void s06_fiscal_years_split(void **state)
{
	(void)state;
	const struct zone_table *zone = rome_zone();
	struct instant begin = the_instant("2026-12-31T23:00");
	struct instant end = the_instant("2027-01-01T01:00");
	struct period old_year = period_of_fiscal_year(zone, 2026);
	struct period new_year = period_of_fiscal_year(zone, 2027);
	assert_int_equal(old_year.end.us, new_year.begin.us);
	uint32_t before;
	uint32_t after;
	assert_true(duration_minutes_between(begin, old_year.end, &before));
	assert_true(duration_minutes_between(new_year.begin, end, &after));
	assert_int_equal(before, 60);
	assert_int_equal(after, 60);
	assert_true(period_contains(old_year, begin));
	assert_false(period_contains(old_year, old_year.end));
	assert_true(period_contains(new_year, old_year.end));
	assert_int_equal(day_fiscal_year(day_of_instant(zone, begin)), 2026);
	assert_int_equal(day_fiscal_year(day_of_instant(zone, end)), 2027);
}

static void s06_lengths(void **state)
{
	(void)state;
	const struct zone_table *zone = rome_zone();
	struct month october;
	assert_true(month_parse(slice_from_text("2027-10"), &october));
	struct period whole = period_of_month(zone, october);
	assert_int_equal(whole.end.us - whole.begin.us, 745 * HOUR_US);
	struct period change = period_of_day(zone, the_day("2027-10-31"));
	assert_int_equal(change.end.us, whole.end.us);
	assert_int_equal(change.end.us - change.begin.us, 25 * HOUR_US);
	struct period spring = period_of_day(zone, the_day("2024-03-31"));
	assert_int_equal(spring.end.us - spring.begin.us, 23 * HOUR_US);
	assert_instant(whole.begin, "2027-10-01T00:00:00+02:00");
	assert_instant(whole.end, "2027-11-01T00:00:00+01:00");
}

/* ---- Calendar ---- */

/* Walks every day of the calendar with a counter of its own. */
static void every_day(void **state)
{
	(void)state;
	struct civil_day walk = {.year = 1, .month = 1, .day = 1};
	struct day day = the_day("0001-01-01");
	int32_t weekday = 1; /* a Monday in the proleptic Gregorian calendar */
	struct day previous;
	for (;;) {
		struct civil_day civil = day_to_civil(day);
		struct day back;
		assert_true(civil.year == walk.year && civil.month == walk.month &&
			    civil.day == walk.day);
		assert_true(day_from_civil(walk, &back) && day_equal(back, day));
		assert_true(day_of_week(day) == weekday);
		struct month month = month_of_day(day);
		assert_true(month_year(month) == walk.year && month_of_year(month) == walk.month);
		int32_t days = year_month_days(walk.year, walk.month);
		assert_int_equal(month_first_day(month).number, day.number - walk.day + 1);
		assert_int_equal(month_last_day(month).number, day.number - walk.day + days);
		struct civil_day beyond = {walk.year, walk.month, days + 1};
		assert_false(day_from_civil(beyond, &back));
		previous = day;
		if (!day_plus(day, 1, &day))
			break;
		weekday = weekday % 7 + 1;
		bool leap = (walk.year % 4 == 0 && walk.year % 100 != 0) || walk.year % 400 == 0;
		int32_t length = walk.month == 2 ? (leap ? 29 : 28)
				 : walk.month == 4 || walk.month == 6 || walk.month == 9 ||
					 walk.month == 11
				     ? 30
				     : 31;
		assert_true(year_month_days(walk.year, walk.month) == length);
		walk.day++;
		if (walk.day <= length)
			continue;
		walk.day = 1;
		walk.month++;
		if (walk.month <= 12)
			continue;
		walk.month = 1;
		walk.year++;
	}
	assert_true(day_equal(previous, the_day("9999-12-31")));
	assert_int_equal(the_day("1970-01-01").number, 0);
	assert_int_equal(day_of_week(the_day("2026-03-05")), 4);
}

static void dates_that_do_not_exist(void **state)
{
	(void)state;
	static const struct civil_day bad[] = {
	    {2023, 2, 29}, {1900, 2, 29}, {2024, 2, 30}, {2024, 4, 31}, {2024, 13, 1},
	    {2024, 0, 1},  {2024, 1, 0},  {2024, 1, 32}, {0, 1, 1},     {10000, 1, 1},
	    {-1, 1, 1},    {INT32_MIN, INT32_MIN, INT32_MIN},
	};
	struct day kept = {.number = 77};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(day_from_civil(bad[i], &kept));
	assert_false(day_plus(the_day("9999-12-31"), 1, &kept));
	assert_false(day_plus(the_day("0001-01-01"), -1, &kept));
	assert_false(day_plus(the_day("2026-01-01"), INT32_MAX, &kept));
	assert_int_equal(kept.number, 77);
	struct month month = {.number = 77};
	assert_false(month_from_civil(2026, 13, &month));
	assert_false(month_from_civil(0, 1, &month));
	assert_int_equal(month.number, 77);
	assert_true(year_is_leap(2000));
	assert_false(year_is_leap(2100));
}

static void months(void **state)
{
	(void)state;
	struct month month;
	assert_true(month_from_civil(2026, 12, &month));
	assert_true(day_equal(month_first_day(month), the_day("2026-12-01")));
	assert_true(day_equal(month_last_day(month), the_day("2026-12-31")));
	assert_true(month_plus(month, 2, &month));
	assert_true(day_equal(month_last_day(month), the_day("2027-02-28")));
	assert_true(month_plus(month, -14, &month));
	assert_int_equal(month_year(month), 2025);
	assert_int_equal(month_of_year(month), 12);
	struct month kept = month;
	assert_false(month_plus(month, INT32_MAX, &kept));
	assert_false(month_plus(month, -30000, &kept));
	assert_int_equal(kept.number, month.number);
}

/* ---- Zone ---- */

/* Every hour and every change of 2000 … 2100: a reading has one meaning except in the change. */
static void every_change_of_a_century(void **state)
{
	(void)state;
	const struct zone_table *zone = rome_zone();
	assert_int_equal(zone->count, 203);
	for (uint32_t i = 1; i < zone->count; i++) {
		struct instant at = {.us = zone->transitions[i].at_us};
		struct day day = day_of_instant(zone, at);
		assert_int_equal(day_of_week(day), 7);
		bool spring = zone->transitions[i].offset_s == 7200;
		for (int32_t second = 0; second < TIME_SECONDS_PER_DAY; second += 600) {
			struct instant instant = {.us = INT64_MIN};
			enum result result = instant_of_local(zone, day, second, &instant);
			if (second >= 7200 && second < 10800) {
				assert_int_equal(result, spring ? RESULT_NONEXISTENT_LOCAL_TIME
								: RESULT_AMBIGUOUS_LOCAL_TIME);
				continue;
			}
			assert_int_equal(result, RESULT_OK);
			int32_t offset = zone_offset_s(zone, instant);
			int64_t local = instant.us + offset * TIME_US_PER_SECOND;
			assert_int_equal(local, day.number * TIME_US_PER_DAY +
						    second * TIME_US_PER_SECOND);
		}
	}
}

/* Days, months and years tile the line: each ends where the next begins, and every instant is in
 * the period of its day. */
static void periods_tile(void **state)
{
	(void)state;
	const struct zone_table *zone = rome_zone();
	struct day day = the_day("1999-12-30");
	struct day last = the_day("2101-01-02");
	for (; day_less(day, last); day.number++) {
		struct period period = period_of_day(zone, day);
		struct day next = {.number = day.number + 1};
		assert_int_equal(period.end.us, day_begin(zone, next).us);
		struct instant final = {.us = period.end.us - 1};
		assert_true(day_equal(day_of_instant(zone, period.begin), day));
		assert_true(day_equal(day_of_instant(zone, final), day));
		assert_true(period_contains(period, final));
		assert_false(period_contains(period, period.end));
		struct period month = period_of_month(zone, month_of_day(day));
		assert_true(period_contains(month, period.begin));
		assert_true(period_contains(month, final));
		struct period year = period_of_fiscal_year(zone, day_fiscal_year(day));
		assert_true(period_contains(year, final));
	}
}

static void zone_make(struct zone_table *zone, int64_t at_us, int32_t before_s, int32_t after_s)
{
	*zone = (struct zone_table){.count = 2};
	zone->transitions[0] =
	    (struct zone_transition){.at_us = INT64_MIN, .offset_s = before_s};
	zone->transitions[1] = (struct zone_transition){.at_us = at_us, .offset_s = after_s};
}

/* Italy changed its clocks at midnight until 1979, and some zones skipped a whole day. */
static void odd_zones(void **state)
{
	(void)state;
	static struct zone_table zone;
	struct day day = the_day("1972-05-28");
	int64_t midnight = day.number * TIME_US_PER_DAY - HOUR_US; /* 00:00 at +01:00 */
	struct instant kept = {.us = 77};

	zone_make(&zone, midnight, 3600, 7200); /* 00:00 -> 01:00: midnight does not exist */
	assert_true(zone_is_valid(&zone));
	assert_int_equal(instant_of_local(&zone, day, 0, &kept), RESULT_NONEXISTENT_LOCAL_TIME);
	assert_int_equal(day_begin(&zone, day).us, midnight);
	assert_true(day_equal(day_of_instant(&zone, day_begin(&zone, day)), day));

	zone_make(&zone, midnight, 3600, 0); /* 00:00 -> 23:00 of the day before */
	assert_int_equal(instant_of_local(&zone, day, 0, &kept), RESULT_OK);
	assert_int_equal(kept.us, midnight + HOUR_US);
	struct day before = {.number = day.number - 1};
	assert_int_equal(instant_of_local(&zone, before, 84600, &kept),
			 RESULT_AMBIGUOUS_LOCAL_TIME);

	zone_make(&zone, midnight + HOUR_US, 3600, 0); /* 01:00 -> 00:00: midnight twice */
	assert_int_equal(instant_of_local(&zone, day, 0, &kept), RESULT_AMBIGUOUS_LOCAL_TIME);
	assert_int_equal(day_begin(&zone, day).us, midnight);

	/* From -10:00 to +14:00 at midnight: a whole day is missing. */
	int64_t skip = day.number * TIME_US_PER_DAY + 10 * HOUR_US;
	zone_make(&zone, skip, -36000, 50400);
	assert_int_equal(instant_of_local(&zone, day, 43200, &kept),
			 RESULT_NONEXISTENT_LOCAL_TIME);
	assert_int_equal(day_begin(&zone, day).us, skip);
}

/* The offset in force, by walking the rows. */
static int32_t offset_by_walk(const struct zone_table *zone, int64_t us)
{
	int32_t offset_s = zone->transitions[0].offset_s;
	for (uint32_t i = 1; i < zone->count && zone->transitions[i].at_us <= us; i++)
		offset_s = zone->transitions[i].offset_s;
	return offset_s;
}

static void assert_offsets_around(const struct zone_table *zone, int64_t us)
{
	static const int64_t away[] = {-7 * DAY_US, -HOUR_US, -1, 0, 1, HOUR_US, 7 * DAY_US};
	for (uint32_t i = 0; i < sizeof(away) / sizeof(away[0]); i++)
		assert_int_equal(zone_offset_s(zone, (struct instant){us + away[i]}),
				 offset_by_walk(zone, us + away[i]));
}

/* The row in force is found where changes come twice a year, and where they come anyhow. */
static void offsets_in_any_table(void **state)
{
	(void)state;
	const struct zone_table *rome = rome_zone();
	for (uint32_t i = 1; i < rome->count; i++)
		assert_offsets_around(rome, rome->transitions[i].at_us);
	assert_offsets_around(rome, rome->transitions[rome->count - 1].at_us + 4000 * DAY_US);
	static const int64_t steps[] = {1, 2 * HOUR_US, 40 * DAY_US, 183 * DAY_US, 3000 * DAY_US};
	static struct zone_table zone;
	for (uint32_t count = 1; count <= ZONE_TRANSITIONS_MAX; count += 5) {
		int64_t at_us = -500 * DAY_US;
		zone.count = count;
		zone.transitions[0] = (struct zone_transition){.at_us = INT64_MIN, .offset_s = 0};
		for (uint32_t i = 1; i < count; i++) {
			at_us += steps[i * count % 5];
			zone.transitions[i] = (struct zone_transition){
			    .at_us = at_us, .offset_s = (int32_t)i * 60};
		}
		assert_true(zone_is_valid(&zone));
		for (uint32_t i = 1; i < count; i++)
			assert_offsets_around(&zone, zone.transitions[i].at_us);
		assert_offsets_around(&zone, at_us + 30000 * DAY_US);
	}
}

static void zone_tables_are_checked(void **state)
{
	(void)state;
	static struct zone_table zone;
	zone_make(&zone, 0, 3600, 7200);
	assert_true(zone_is_valid(&zone));
	zone.transitions[1].at_us = INT64_MIN;
	assert_false(zone_is_valid(&zone));
	zone_make(&zone, 0, 3600, 50401);
	assert_false(zone_is_valid(&zone));
	zone_make(&zone, 0, 2996, 3600); /* local mean time, not whole minutes */
	assert_false(zone_is_valid(&zone));
	zone_make(&zone, 0, 3600, 7200);
	zone.transitions[0].at_us = -1;
	assert_false(zone_is_valid(&zone));
	zone_make(&zone, 0, 3600, 7200);
	zone.count = 0;
	assert_false(zone_is_valid(&zone));
	zone.count = ZONE_TRANSITIONS_MAX + 1;
	assert_false(zone_is_valid(&zone));
}

/* ---- Durations ---- */

static void durations(void **state)
{
	(void)state;
	struct instant zero = {.us = 0};
	struct instant later;
	uint32_t elapsed = 77;
	assert_true(instant_plus(zero, (struct duration){.ms = -1}, &later));
	assert_int_equal(later.us, -1000);
	assert_false(instant_plus(zero, (struct duration){.ms = INT64_MAX}, &later));
	assert_false(instant_plus(zero, (struct duration){.ms = INT64_MAX / 1000}, &later));
	assert_int_equal(later.us, -1000);
	assert_int_equal(duration_between(zero, (struct instant){.us = 1999}).ms, 1);
	assert_int_equal(duration_between(zero, (struct instant){.us = -1}).ms, -1);
	assert_false(duration_minutes_between(zero, (struct instant){.us = -1}, &elapsed));
	assert_int_equal(elapsed, 77);
	assert_true(duration_minutes_between(
	    zero, (struct instant){.us = 60 * TIME_US_PER_SECOND - 1}, &elapsed));
	assert_int_equal(elapsed, 0);
	struct period early = {.begin = zero, .end = {.us = 10}};
	struct period touching = {.begin = {.us = 10}, .end = {.us = 20}};
	struct period inside = {.begin = {.us = 9}, .end = {.us = 10}};
	struct period empty = {.begin = {.us = 5}, .end = {.us = 5}};
	assert_false(period_overlaps(early, touching));
	assert_true(period_overlaps(early, inside));
	assert_false(period_overlaps(touching, inside));
	assert_false(period_overlaps(early, empty));
	assert_true(instant_less(zero, early.end));
}

/* ---- Text ---- */

static void texts_refused(void **state)
{
	(void)state;
	static const char *const bad_days[] = {
	    "",           "2026-3-05",   "2026-03-5",  "26-03-05",    "2026-02-29", "2026-03-05 ",
	    " 2026-03-05", "2026/03/05", "20260305",   "2026-03-05T", "+026-03-05", "2026-00-10",
	    "2026-13-01", "0000-01-01",  "02026-01-01", "2026-03-0x", "٢٠٢٦-03-05",
	};
	static const char *const bad_instants[] = {
	    "2026-03-05",
	    "2026-03-05T",
	    "2026-03-05T09",
	    "2026-03-05T09:00:",
	    "2026-03-05 09:00:00Z",
	    "2026-03-05T24:00:00Z",
	    "2026-03-05T09:60:00Z",
	    "2026-06-30T23:59:60Z",
	    "2026-03-05T09:00:00.Z",
	    "2026-03-05T09:00:00.1234567Z",
	    "2026-03-05T09:00:00,5Z",
	    "2026-03-05T09:00:00+1:00",
	    "2026-03-05T09:00:00+0100",
	    "2026-03-05T09:00:00+01",
	    "2026-03-05T09:00:00+14:01",
	    "2026-03-05T09:00:00-15:00",
	    "2026-03-05T09:00:00+01:60",
	    "2026-03-05T09:00:00ZZ",
	    "2026-03-05T09:00:00Z ",
	    "2026-02-30T09:00:00Z",
	    "2026-03-05T-9:00:00Z",
	    "2026-03-05T09:00:00+01:00x",
	};
	static const char *const bad_months[] = {"", "2026", "2026-", "2026-3", "2026-00",
						 "2026-13", "2026-03-", "0000-01"};
	struct day day = {.number = 77};
	struct month month = {.number = 77};
	struct instant_text text = {.offset_s = 77};
	for (size_t i = 0; i < sizeof(bad_days) / sizeof(bad_days[0]); i++)
		assert_false(day_parse(slice_from_text(bad_days[i]), &day));
	for (size_t i = 0; i < sizeof(bad_instants) / sizeof(bad_instants[0]); i++)
		assert_false(instant_parse(slice_from_text(bad_instants[i]), &text));
	for (size_t i = 0; i < sizeof(bad_months) / sizeof(bad_months[0]); i++)
		assert_false(month_parse(slice_from_text(bad_months[i]), &month));
	assert_int_equal(day.number, 77);
	assert_int_equal(month.number, 77);
	assert_int_equal(text.offset_s, 77);
}

static void texts_accepted(void **state)
{
	(void)state;
	assert_instant(the_instant("2026-03-05T09:00:00+01:00"), "2026-03-05T09:00:00+01:00");
	assert_instant(the_instant("2026-03-05T09:00"), "2026-03-05T09:00:00+01:00");
	assert_instant(the_instant("2026-03-05t08:00:00z"), "2026-03-05T09:00:00+01:00");
	assert_instant(the_instant("2026-03-05T08:00:00-00:00"), "2026-03-05T09:00:00+01:00");
	assert_instant(the_instant("2026-07-05T09:00:00.5"), "2026-07-05T09:00:00.5+02:00");
	assert_instant(the_instant("2026-03-05T09:00:00.000001"),
		       "2026-03-05T09:00:00.000001+01:00");
	assert_instant(the_instant("2026-03-05T22:00:00+14:00"), "2026-03-05T09:00:00+01:00");
	assert_instant(the_instant("1969-12-31T23:59:59.999999Z"),
		       "1970-01-01T00:59:59.999999+01:00");
	struct instant_text text;
	assert_true(instant_parse(slice_from_text("2026-03-05T09:00:00-03:30"), &text));
	assert_true(text.has_offset);
	assert_int_equal(text.offset_s, -12600);
	assert_true(instant_parse(slice_from_text("2026-03-05T09:00:00"), &text));
	assert_false(text.has_offset);
	char buffer[INSTANT_TEXT_SIZE_MAX];
	uint32_t size = instant_format_offset(the_instant("2026-03-05T09:00"), 0, buffer);
	assert_memory_equal(buffer, "2026-03-05T08:00:00Z", size);
	assert_int_equal(size, 20);
	size = instant_format_offset(the_instant("2026-03-05T09:00"), -12600, buffer);
	assert_memory_equal(buffer, "2026-03-05T04:30:00-03:30", size);
}

/* The calendar's edge, where an offset could push a local date out of it. */
static void edge_of_the_calendar(void **state)
{
	(void)state;
	assert_int_equal(resolve("0001-01-01T00:00:00+14:00"), RESULT_FIELD_OUT_OF_RANGE);
	assert_int_equal(resolve("9999-12-31T23:59:59-14:00"), RESULT_FIELD_OUT_OF_RANGE);
	assert_int_equal(resolve("0001-01-01T00:00:00"), RESULT_FIELD_OUT_OF_RANGE);
	assert_int_equal(resolve("9999-12-31T23:59:59"), RESULT_FIELD_OUT_OF_RANGE);
	assert_int_equal(resolve("0001-01-03T00:00:00"), RESULT_OK);
	assert_int_equal(resolve("9999-12-30T00:00:00"), RESULT_OK);
	struct period last = period_of_day(rome_zone(), the_day("9999-12-31"));
	assert_true(last.end.us - last.begin.us == 24 * HOUR_US);
	struct instant kept = {.us = 77};
	struct day outside = {.number = INT32_MAX};
	assert_int_equal(instant_of_local(rome_zone(), outside, 0, &kept),
			 RESULT_FIELD_OUT_OF_RANGE);
	assert_int_equal(instant_of_local(rome_zone(), the_day("2026-01-01"), 86400, &kept),
			 RESULT_FIELD_OUT_OF_RANGE);
	assert_int_equal(instant_of_local(rome_zone(), the_day("2026-01-01"), -1, &kept),
			 RESULT_FIELD_OUT_OF_RANGE);
	assert_int_equal(kept.us, 77);
}

static void texts_there_and_back(void **state)
{
	(void)state;
	struct test_random random = test_random_make("texts_there_and_back");
	int64_t first = the_instant("0001-01-03T00:00:00Z").us;
	int64_t last = the_instant("9999-12-30T00:00:00Z").us;
	for (int i = 0; i < 200000; i++) {
		uint64_t span = (uint64_t)(last - first);
		struct instant instant = {
		    .us = first + (int64_t)test_random_below(&random, span)};
		if (i % 3 == 0)
			instant.us -= instant.us % TIME_US_PER_SECOND;
		struct instant_text parsed;
		struct instant back;
		char text[INSTANT_TEXT_SIZE_MAX];
		uint32_t size = instant_format(rome_zone(), instant, text);
		assert_true(instant_parse((struct slice){.data = text, .size = size}, &parsed));
		assert_int_equal(instant_resolve(rome_zone(), parsed, &back), RESULT_OK);
		assert_int_equal(back.us, instant.us);
		int32_t offset = ((int32_t)test_random_below(&random, 1681) - 840) * 60;
		size = instant_format_offset(instant, offset, text);
		assert_true(instant_parse((struct slice){.data = text, .size = size}, &parsed));
		assert_int_equal(parsed.offset_s, offset);
		assert_int_equal(instant_resolve(rome_zone(), parsed, &back), RESULT_OK);
		assert_int_equal(back.us, instant.us);
		/* Bytes of any kind never crash the parser. */
		text[test_random_below(&random, size)] = (char)test_random_u64(&random);
		(void)!instant_parse((struct slice){.data = text, .size = size}, &parsed);
	}
}

/* What the reader of common forms says of a text of theirs, and what the general one says of the
 * same with a fraction of nothing, which only it takes. */
static bool assert_read_alike(const char text[25])
{
	char longer[27];
	struct instant_text one;
	struct instant_text other;
	memcpy(longer, text, 19);
	memcpy(longer + 19, ".0", 2);
	memcpy(longer + 21, text + 19, 6);
	bool is_common = instant_parse((struct slice){.data = text, .size = 25}, &one);
	bool is_general = instant_parse((struct slice){.data = longer, .size = 27}, &other);
	if (text[19] >= '0' && text[19] <= '9') { /* would be more of the fraction */
		assert_false(is_common);
		return false;
	}
	if (is_common != is_general)
		fail_msg("read in one way only: %.25s", text);
	if (!is_common)
		return false;
	assert_int_equal(one.day.number, other.day.number);
	assert_int_equal(one.us_of_day, other.us_of_day);
	assert_int_equal(one.has_offset, other.has_offset);
	assert_int_equal(one.offset_s, other.offset_s);
	return true;
}

static void common_texts_are_read_as_any(void **state)
{
	static const char *const right[] = {"2026-03-05T09:00:00+01:00", "1999-12-31T23:59:59-13:59",
					    "0001-01-03T00:00:00+00:00"};
	(void)state;
	for (uint32_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		char text[25];
		memcpy(text, right[i], sizeof(text));
		assert_true(assert_read_alike(text));
		/* Any one byte wrong, then any two. */
		for (uint32_t at = 0; at < sizeof(text); at++) {
			for (uint32_t byte = 0; byte <= UINT8_MAX; byte++) {
				text[at] = (char)byte;
				(void)assert_read_alike(text);
			}
			text[at] = right[i][at];
		}
	}
	struct test_random random = test_random_make("common_texts_are_read_as_any");
	uint32_t accepted = 0;
	for (uint32_t i = 0; i < 200000; i++) {
		char text[25];
		memcpy(text, right[0], sizeof(text));
		for (uint32_t changes = 0; changes < 4; changes++) {
			static const char bytes[] = "0123456789-:+TZ";
			uint64_t byte = test_random_below(&random, 10 + 6 * (i % 2));
			text[test_random_below(&random, sizeof(text))] = bytes[byte];
		}
		accepted += assert_read_alike(text);
	}
	assert_true(accepted > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(s06_month_boundaries),
	    cmocka_unit_test(s06_elapsed_over_the_change),
	    cmocka_unit_test(s06_local_times_refused),
	    cmocka_unit_test(s06_fiscal_years_split),
	    cmocka_unit_test(s06_lengths),
	    cmocka_unit_test(every_day),
	    cmocka_unit_test(dates_that_do_not_exist),
	    cmocka_unit_test(months),
	    cmocka_unit_test(every_change_of_a_century),
	    cmocka_unit_test(periods_tile),
	    cmocka_unit_test(odd_zones),
	    cmocka_unit_test(offsets_in_any_table),
	    cmocka_unit_test(zone_tables_are_checked),
	    cmocka_unit_test(durations),
	    cmocka_unit_test(texts_refused),
	    cmocka_unit_test(texts_accepted),
	    cmocka_unit_test(edge_of_the_calendar),
	    cmocka_unit_test(texts_there_and_back),
	    cmocka_unit_test(common_texts_are_read_as_any),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
