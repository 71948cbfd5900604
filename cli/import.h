/* `titoli import KIND-or-COMMAND FILE`: a file of commands, its answers, their summary. */
#ifndef CLI_IMPORT_H
#define CLI_IMPORT_H

#include "cli/session.h"

int import_run(struct session *session);

#endif
