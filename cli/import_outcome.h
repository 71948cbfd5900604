/* `titoli import outcome FILE [--format PROFILE] [--ambito CODE]`: what treasurers and banks tell
 * of payments, each line with what became of it. */
#ifndef CLI_IMPORT_OUTCOME_H
#define CLI_IMPORT_OUTCOME_H

#include "cli/session.h"

int import_outcome(struct session *session, const char *file);

#endif
