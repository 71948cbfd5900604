/* `titoli import opening FILE.csv --fund F --act A --stated-paid ...`: a draft of opening balances
 * with its rows, all of them or none. */
#ifndef CLI_IMPORT_OPENING_H
#define CLI_IMPORT_OPENING_H

#include "cli/session.h"

int import_opening(struct session *session, const char *file);

#endif
