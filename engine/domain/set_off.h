/* Set-off: what a payee owes is kept from what it is to be paid (SCENARIOS S04, S11). */
#ifndef ENGINE_DOMAIN_SET_OFF_H
#define ENGINE_DOMAIN_SET_OFF_H

#include "engine/domain/decide.h"

/* Sets the payee's open recoveries off in a statement just APPROVED, oldest first, up to what it
 * has to pay: F160 -> F170 and F165 -> F175 of its lines, F190 -> F110 (F180) and C140 -> C120 of
 * the recoveries. The statement's payable figures shrink. */
void set_off(struct decision *decision, struct statement_id statement);

#endif
