/* `titoli import isee FILE --persons FILE`: answers of INPS into persons' timelines. */
#ifndef CLI_IMPORT_ISEE_H
#define CLI_IMPORT_ISEE_H

#include "cli/session.h"

int import_isee(struct session *session);

#endif
