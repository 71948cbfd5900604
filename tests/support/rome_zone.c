/* Europe/Rome by rule: see rome_zone.h. */
#include "tests/support/rome_zone.h"

#include "engine/base/assert.h"

#include <stddef.h>

#define YEAR_FIRST 2000
#define YEAR_LAST  2100

static int64_t last_sunday_0100_utc(int32_t year, int32_t month)
{
	struct day day;
	struct civil_day last = {.year = year, .month = month, .day = 31};
	ASSERT(day_from_civil(last, &day));
	int32_t number = day.number - day_of_week(day) % 7;
	return number * TIME_US_PER_DAY + 3600 * TIME_US_PER_SECOND;
}

static void add_row(struct zone_table *zone, int64_t at_us, int32_t offset_s)
{
	ASSERT(zone->count < ZONE_TRANSITIONS_MAX);
	zone->transitions[zone->count].at_us = at_us;
	zone->transitions[zone->count].offset_s = offset_s;
	zone->count++;
}

const struct zone_table *rome_zone(void)
{
	static struct zone_table zone;
	if (zone.count > 0)
		return &zone;
	add_row(&zone, INT64_MIN, 3600);
	for (int32_t year = YEAR_FIRST; year <= YEAR_LAST; year++) {
		add_row(&zone, last_sunday_0100_utc(year, 3), 7200);
		add_row(&zone, last_sunday_0100_utc(year, 10), 3600);
	}
	ASSERT(zone_is_valid(&zone));
	return &zone;
}
