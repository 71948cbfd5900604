/* The comune's view: its ceilings, what it has to attest, its year to come, what stays at the
 * year's end, what nobody uses, and its account with the lead body. Each is told of what the caller
 * may see, and its sums are the books' (report.h, balances). */
#ifndef ENGINE_API_REPORT_COMUNE_H
#define ENGINE_API_REPORT_COMUNE_H

#include "engine/api/report_parts.h"
#include "engine/api/route.h"

/* The report of a query; NULL where it is none of these. */
const struct report *report_comune_find(enum route_query query);

#endif
