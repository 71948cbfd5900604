/* The zone table of Europe/Rome for tests, built from the rule of the European Union (directive
 * 2000/84/EC: summer time from 01:00 UTC of the last Sunday of March to 01:00 UTC of the last
 * Sunday of October), years 2000 to 2100. Independent of the machine's zone files. */
#ifndef TESTS_SUPPORT_ROME_ZONE_H
#define TESTS_SUPPORT_ROME_ZONE_H

#include "engine/base/time.h"

const struct zone_table *rome_zone(void);

#endif
