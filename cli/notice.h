/* `titoli notice io`: messages for App IO about persons' titles, to be posted by whoever holds the
 * service's key. Nothing is sent from here. */
#ifndef CLI_NOTICE_H
#define CLI_NOTICE_H

#include "cli/session.h"

int notice_run(struct session *session);

#endif
