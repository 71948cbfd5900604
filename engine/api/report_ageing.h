/* What is owed to providers and since when: by payee, payer and state of the statement. Days count
 * from the last day to pay; before the invoice there is none. */
#ifndef ENGINE_API_REPORT_AGEING_H
#define ENGINE_API_REPORT_AGEING_H

#include "engine/api/report_parts.h"

const struct report *report_ageing(void);

#endif
