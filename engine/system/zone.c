/* Walks the years in steps shorter than any stretch of one offset, and halves each step in which
 * the offset changed until the second is known. See zone.h. */
#include "engine/system/zone.h"

#include "engine/system/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ZONE_FOLDER	  "/usr/share/zoneinfo"
#define ZONE_FIRST_SECOND INT64_C(946684800)  /* 2000-01-01T00:00:00Z */
#define ZONE_LAST_SECOND  INT64_C(4133980800) /* 2101-01-01T00:00:00Z */
#define ZONE_STEP_S	  (7 * INT64_C(86400))
#define ZONE_MAGIC	  "TZif"
#define ZONE_MAGIC_SIZE	  4u

struct zone_known {
	int64_t second; /* UTC */
	int32_t offset_s;
};

static const struct zone_known zone_known_rome[] = {
    {INT64_C(946684800), 3600},	 /* 2000-01-01T01:00+01:00 */
    {INT64_C(1774745999), 3600}, /* 2026-03-29T01:59:59+01:00 */
    {INT64_C(1774746000), 7200}, /* 2026-03-29T03:00:00+02:00 */
    {INT64_C(1792889999), 7200}, /* 2026-10-25T02:59:59+02:00 */
    {INT64_C(1792890000), 3600}, /* 2026-10-25T02:00:00+01:00 */
    {INT64_C(4128627599), 7200}, /* 2100-10-31T02:59:59+02:00 */
    {INT64_C(4128627600), 3600}, /* 2100-10-31T02:00:00+01:00 */
};

bool zone_is_rome(const struct zone_table *zone)
{
	ASSERT(zone_is_valid(zone));
	for (size_t i = 0; i < sizeof(zone_known_rome) / sizeof(zone_known_rome[0]); i++) {
		struct instant instant = {zone_known_rome[i].second * TIME_US_PER_SECOND};

		if (zone_offset_s(zone, instant) != zone_known_rome[i].offset_s)
			return false;
	}
	return true;
}

static bool zone_file_is_one(const char *path)
{
	struct file file = FILE_NONE;
	char magic[ZONE_MAGIC_SIZE];
	uint64_t size = 0;
	bool is_one;

	if (file_open(path, FILE_READ, &file) != RESULT_OK)
		return false;
	is_one =
	    file_read(file, (struct file_span){0, ZONE_MAGIC_SIZE}, magic, &size) == RESULT_OK &&
	    size == ZONE_MAGIC_SIZE && memcmp(magic, ZONE_MAGIC, ZONE_MAGIC_SIZE) == 0;
	file_close(&file);
	return is_one;
}

/* What libc says of a second, in seconds east of UTC. */
static int32_t zone_ask(int64_t second)
{
	time_t time = (time_t)second;
	struct tm local;

	ASSERT(localtime_r(&time, &local) != NULL);
	return (int32_t)local.tm_gmtoff;
}

/* The first second of the new offset, in (begin, end]. */
static int64_t zone_find_change(int64_t begin, int64_t end, int32_t before)
{
	ASSERT(begin < end);
	while (end - begin > 1) {
		int64_t middle = begin + (end - begin) / 2;

		if (zone_ask(middle) == before)
			begin = middle;
		else
			end = middle;
	}
	return end;
}

static bool zone_walk(struct zone_table *zone)
{
	int32_t offset_s = zone_ask(ZONE_FIRST_SECOND);

	zone->count = 1;
	zone->transitions[0] = (struct zone_transition){INT64_MIN, offset_s};
	for (int64_t at = ZONE_FIRST_SECOND; at < ZONE_LAST_SECOND; at += ZONE_STEP_S) {
		int64_t next = at + ZONE_STEP_S;
		int64_t change;

		if (zone_ask(next) == offset_s)
			continue;
		if (zone->count == ZONE_TRANSITIONS_MAX)
			return false;
		change = zone_find_change(at, next, offset_s);
		offset_s = zone_ask(next);
		zone->transitions[zone->count].at_us = change * TIME_US_PER_SECOND;
		zone->transitions[zone->count].offset_s = offset_s;
		zone->count++;
	}
	return zone_is_valid(zone);
}

enum result zone_derive(const char *name, struct zone_table *ret_zone)
{
	static struct zone_table zone; /* large, and this runs once */
	char path[FILE_PATH_SIZE_MAX];
	char setting[FILE_PATH_SIZE_MAX + 1];

	if (name[0] == '\0' || name[0] == '/' || strstr(name, "..") != NULL)
		return RESULT_BAD_TIME_ZONE;
	if (!file_path(ZONE_FOLDER, name, path) || !zone_file_is_one(path))
		return RESULT_BAD_TIME_ZONE;
	(void)snprintf(setting, sizeof(setting), ":%s", path);
	if (setenv("TZ", setting, 1) != 0) /* banned: once, at start, before there are threads */
		return RESULT_BAD_TIME_ZONE;
	tzset();
	memset(&zone, 0, sizeof(zone));
	if (!zone_walk(&zone))
		return RESULT_BAD_TIME_ZONE;
	if (strcmp(name, "Europe/Rome") == 0 && !zone_is_rome(&zone))
		return RESULT_BAD_TIME_ZONE;
	*ret_zone = zone;
	return RESULT_OK;
}
