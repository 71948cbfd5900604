/* Months and days of the ledger's legal time. */
#ifndef ENGINE_AUDIT_CALENDAR_H
#define ENGINE_AUDIT_CALENDAR_H

#include "engine/audit/ledger.h"

/* Days since 1970-01-01 of the first of a month (year × 12 + month − 1). */
int64_t calendar_first_day(int64_t month);

/* Days since 1970-01-01 of an instant by the ledger's time zone. */
int64_t calendar_day(const struct ledger *ledger, int64_t instant);

/* The month, so written, of an instant by the ledger's time zone. */
int64_t calendar_month(const struct ledger *ledger, int64_t instant);

#endif
