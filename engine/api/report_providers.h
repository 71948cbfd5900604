/* What providers see of their work: their months, and what was refused and why. */
#ifndef ENGINE_API_REPORT_PROVIDERS_H
#define ENGINE_API_REPORT_PROVIDERS_H

#include "engine/api/report_parts.h"

const struct report *report_providers(void);
const struct report *report_providers_refusals(void);

#endif
