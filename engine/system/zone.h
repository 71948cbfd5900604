/* The rules of legal time, asked of libc once at start and passed on as a value.
 *
 * A misspelt zone silently becomes UTC in libc, so nothing is believed: the zone file must exist
 * and be one (TZif), and instants that are known from elsewhere must come out right, before the
 * table is handed to anybody.
 *
 * SOURCE ARCHITECTURE section 7: "system/ derives a transition table for 2000 to 2100 at start and
 * passes it as a value". */
#ifndef ENGINE_SYSTEM_ZONE_H
#define ENGINE_SYSTEM_ZONE_H

#include "engine/base/result.h"
#include "engine/base/time.h"

/* Derives the table of a zone by its name ("Europe/Rome"), years 2000 to 2100. Sets the process's
 * TZ: call it once, before there are threads. For Europe/Rome known instants are checked.
 * RESULT_OK; RESULT_BAD_TIME_ZONE: no such zone file, not a zone file, the name leaves the zone
 * folder, the table does not fit, or a known instant is wrong. */
MUST_CHECK enum result zone_derive(const char *name, struct zone_table *ret_zone);

/* The check of known instants alone: 1 January 2000, both changes of 2026 and the last of 2100, to
 * the second. SOURCE: Directive 2000/84/EC, changes at 01:00 UTC on the last Sundays of March and
 * October. */
bool zone_is_rome(const struct zone_table *zone);

#endif
