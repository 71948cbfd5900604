/* `titoli ca`: a local certificate authority for clients. Nothing of it goes to the daemon. */
#ifndef CLI_CA_H
#define CLI_CA_H

#include "cli/session.h"

int ca_run(struct session *session);

#endif
