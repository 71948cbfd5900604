/* The books: balances of accounts, what a year leaves to be settled and paid, and what each comune
 * has of them. */
#ifndef ENGINE_API_REPORT_BALANCES_H
#define ENGINE_API_REPORT_BALANCES_H

#include "engine/api/report_parts.h"

const struct report *report_balances(void);
const struct report *report_balances_residuals(void);
const struct report *report_balances_comuni(void);

#endif
