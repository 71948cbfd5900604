/* `titoli import isee FILE --persons FILE`: answers of INPS into persons' timelines. */
#ifndef CLI_IMPORT_ISEE_H
#define CLI_IMPORT_ISEE_H

#include "cli/session.h"
#include "connectors/format/persons.h"

int import_isee(struct session *session);

/* Reads a persons file, whole or not at all; what is wrong is told. Returns the exit code; the
 * memory is freed by the caller, in every case. */
MUST_CHECK int import_persons(const char *file, struct persons *persons, void **ret_memory);

#endif
