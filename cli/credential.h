/* `titoli credential add`: a token, or the certificate of a PEM file. */
#ifndef CLI_CREDENTIAL_H
#define CLI_CREDENTIAL_H

#include "cli/session.h"

/* Runs `credential add`; -1: another noun or verb. Returns the exit code. */
MUST_CHECK int credential_verb(struct session *session, const char *noun, const char *verb);

#endif
