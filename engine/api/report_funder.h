/* What a funder asks for: persons served, units and cost, by measure, service, fund year and month.
 * Fewer than REPORT_FUNDER_LEAST persons are not counted out: the number is left out. */
#ifndef ENGINE_API_REPORT_FUNDER_H
#define ENGINE_API_REPORT_FUNDER_H

#include "engine/api/report_parts.h"

#define REPORT_FUNDER_LEAST 5

const struct report *report_funder(void);

#endif
